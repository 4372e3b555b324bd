//! Copies of buffers to the host.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use super::{BufferView, Context, MemoryReservation, completion};
use crate::error::{Error, Result};

/// Stores the result of the mapping, unless there is one already, and wakes the waiting task.
fn set_result(mapping: &Mutex<Mapping>, result: Result<(), String>) {
    let mut mapping = mapping.lock().unwrap_or_else(PoisonError::into_inner);
    mapping.result.get_or_insert(result);
    let waker = mapping.waker.take();
    drop(mapping); // the woken task may lock it at once
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// A staging buffer that is reused from one readback to the next.
#[derive(Debug, Default)]
pub(crate) struct ReadbackPool {
    /// Minimum size of a new buffer, so that it also serves longer utterances.
    min_bytes: u64,
    free: FreeBuffer,
}

/// The buffer while no readback uses it.
type FreeBuffer = Arc<Mutex<Option<(wgpu::Buffer, MemoryReservation)>>>;

impl ReadbackPool {
    /// Raises the size of new buffers by `bytes`.
    pub fn expect(&mut self, bytes: u64) {
        self.min_bytes += bytes;
    }

    /// Takes the free buffer if it is large enough, else creates one.
    fn take(&self, context: &Context, size: u64) -> Result<(wgpu::Buffer, MemoryReservation)> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(free) = free.filter(|(buffer, _)| buffer.size() >= size) {
            return Ok(free);
        }
        let size = size.max(self.min_bytes);
        let reservation = context.reserve_memory("allocating the copy for the host", size)?;
        let buffer = context.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Ok((buffer, reservation))
    }
}

/// A pending copy of parts of buffers to the host. Dropping it early discards its staging buffer, because a buffer with a
/// pending mapping cannot be reused.
#[derive(Debug)]
pub(crate) struct Readback {
    context: Context,
    /// `None` after the bytes were read.
    staging: Option<(wgpu::Buffer, MemoryReservation)>,
    size: u64,
    free: FreeBuffer,
    mapping: Arc<Mutex<Mapping>>,
}

#[derive(Debug, Default)]
struct Mapping {
    /// The error is the driver's message.
    result: Option<Result<(), String>>,
    waker: Option<Waker>,
}

impl Readback {
    /// Records the copy of `views`, concatenated, into a staging buffer.
    pub fn record(
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        views: &[BufferView],
        pool: &ReadbackPool,
    ) -> Result<Self> {
        let size = views.iter().map(|v| v.size).sum();
        let staging = pool.take(context, size)?;
        let mut offset = 0;
        for view in views {
            encoder.copy_buffer_to_buffer(&view.buffer, view.offset, &staging.0, offset, view.size);
            offset += view.size;
        }
        let (context, free) = (context.clone(), Arc::clone(&pool.free));
        Ok(Self { context, staging: Some(staging), size, free, mapping: Arc::default() })
    }

    /// Requests the mapping. Call it after the copy was submitted. The context's completion thread polls the device, so that
    /// any executor can await the result.
    pub fn start(&self) -> Result<()> {
        let mapping = Arc::clone(&self.mapping);
        if let Some((staging, _)) = &self.staging {
            staging.map_async(wgpu::MapMode::Read, ..self.size, move |mapped| {
                set_result(&mapping, mapped.map_err(|error| error.to_string()));
            });
        }
        let mapping = Arc::clone(&self.mapping);
        // If the device is lost, the mapping may never be answered.
        self.context.on_completion(move |completed| {
            if let Err(message) = completed {
                set_result(&mapping, Err(message));
            }
        })
    }

    /// Whether [`values`](Self::values) returns without waiting.
    pub fn has_arrived(&self) -> bool {
        self.mapping.lock().unwrap_or_else(PoisonError::into_inner).result.is_some()
    }

    /// Waits for the copy and returns its values.
    pub async fn values<T: bytemuck::Pod>(mut self) -> Result<Vec<T>> {
        let context = self.context.clone();
        // Only a lost device makes the mapping of our own buffer fail. wgpu reports the loss when the device is polled. If
        // the device is the app's, it tells only the app, so the mapping's own message is kept.
        let lost = |message: String| {
            let _ = completion::poll(context.device());
            Error::DeviceLost { message: context.lost_message().get_or_init(|| message).clone() }
        };
        let arrived = Arrival(&self.mapping).await;
        context.check_lost()?; // says more than the mapping
        arrived.map_err(lost)?;
        let Some((staging, reservation)) = self.staging.take() else { return Ok(Vec::new()) };
        let range = staging.get_mapped_range(..self.size).map_err(|e| lost(e.to_string()))?;
        let values = bytemuck::pod_collect_to_vec(&range);
        drop(range);
        staging.unmap();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) = Some((staging, reservation));
        Ok(values)
    }
}

/// Resolves when the mapping has a result.
struct Arrival<'a>(&'a Mutex<Mapping>);

impl Future for Arrival<'_> {
    type Output = Result<(), String>;

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

/// Copies the values of a buffer to the host.
pub(crate) async fn read(context: &Context, view: &BufferView) -> Result<Vec<f32>> {
    let readback = context.guarded("reading back", || {
        let mut encoder =
            context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("readback") });
        let readback = Readback::record(context, &mut encoder, std::slice::from_ref(view), &ReadbackPool::default())?;
        context.queue().submit([encoder.finish()]);
        readback.start().map(|()| readback)
    })??;
    readback.values().await
}
