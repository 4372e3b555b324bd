//! Ranges of buffers, and reading them back.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use super::Context;
use crate::{Error, Result};

/// A range of a buffer, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BufferView {
    pub(crate) buffer: wgpu::Buffer,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

impl BufferView {
    pub(crate) fn whole(buffer: wgpu::Buffer) -> Self {
        let size = buffer.size();
        Self { buffer, offset: 0, size }
    }

    pub(crate) fn binding(&self) -> wgpu::BindingResource<'_> {
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &self.buffer,
            offset: self.offset,
            size: std::num::NonZeroU64::new(self.size),
        })
    }
}

/// A host-readable copy of part of a buffer, on its way.
#[derive(Debug)]
pub(crate) struct Readback {
    staging: wgpu::Buffer,
    state: Arc<Mutex<Mapping>>,
}

#[derive(Debug, Default)]
struct Mapping {
    result: Option<Result<(), wgpu::BufferAsyncError>>,
    waker: Option<Waker>,
}

impl Readback {
    /// Records the copy of `views`, one behind the other, into a staging buffer.
    pub fn record(context: &Context, encoder: &mut wgpu::CommandEncoder, views: &[BufferView]) -> Self {
        let size = views.iter().map(|v| v.size).sum();
        let staging = context.device().create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut offset = 0;
        for view in views {
            encoder.copy_buffer_to_buffer(&view.buffer, view.offset, &staging, offset, view.size);
            offset += view.size;
        }
        Self { staging, state: Arc::default() }
    }

    /// Asks for the mapping, once the copy was submitted. A thread of our own waits for this submission, so that
    /// any executor can await the result and the host's threads stay free.
    pub fn start(&self, context: &Context, submission: wgpu::SubmissionIndex) {
        let state = Arc::clone(&self.state);
        self.staging.map_async(wgpu::MapMode::Read, .., move |result| {
            let mut mapping = state.lock().unwrap_or_else(PoisonError::into_inner);
            mapping.result = Some(result);
            if let Some(waker) = mapping.waker.take() {
                waker.wake();
            }
        });
        let device = context.device().clone();
        std::thread::spawn(move || {
            device.poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None })
        });
    }

    /// The bytes, when they have arrived.
    pub async fn bytes(self, context: &Context) -> Result<Vec<u8>> {
        let arrived = Arrival(&self.state).await;
        context.check_lost()?;
        let failed = |message: String| Error::Gpu { what: "reading back", message };
        arrived.map_err(|e| failed(e.to_string()))?;
        let range = self.staging.get_mapped_range(..).map_err(|e| failed(e.to_string()))?;
        Ok(range.to_vec())
    }
}

struct Arrival<'a>(&'a Mutex<Mapping>);

impl Future for Arrival<'_> {
    type Output = Result<(), wgpu::BufferAsyncError>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let mut mapping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match mapping.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                mapping.waker = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Copies a buffer's values to the host.
pub(crate) async fn read(context: &Context, view: &BufferView) -> Result<Vec<f32>> {
    let readback = context.guarded("reading back", || {
        let mut encoder =
            context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("readback") });
        let readback = Readback::record(context, &mut encoder, std::slice::from_ref(view));
        let submission = context.queue().submit([encoder.finish()]);
        readback.start(context, submission);
        readback
    })?;
    Ok(bytemuck::pod_collect_to_vec(&readback.bytes(context).await?))
}
