//! Reading buffers back to the host.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use super::{BufferView, Context, Held, watcher};
use crate::{Error, Result};

/// The first result counts.
fn arrive(state: &Mutex<Mapping>, result: Result<(), String>) {
    let mut mapping = state.lock().unwrap_or_else(PoisonError::into_inner);
    mapping.result.get_or_insert(result);
    let waker = mapping.waker.take();
    drop(mapping); // whoever is woken may look at once
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Where host-readable copies lie, kept from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Readbacks {
    /// Of a new buffer, so that it serves longer runs too.
    least_bytes: u64,
    free: Free,
}

/// A buffer that nothing is copied into at present, and its count.
type Free = Arc<Mutex<Option<(wgpu::Buffer, Held)>>>;

impl Readbacks {
    /// Makes room for `bytes` more.
    pub fn expect(&mut self, bytes: u64) {
        self.least_bytes += bytes;
    }

    /// The free buffer, if it is large enough, else a new one.
    fn take(&self, context: &Context, size: u64) -> Result<(wgpu::Buffer, Held)> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(free) = free.filter(|(buffer, _)| buffer.size() >= size) {
            return Ok(free);
        }
        let size = size.max(self.least_bytes);
        let held = context.hold("allocating the copy for the host", size)?;
        let buffer = context.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Ok((buffer, held))
    }
}

/// A host-readable copy of part of a buffer, on its way. Dropped before it has arrived, it lets go of its staging
/// buffer: wgpu would take the end of the old copy for the end of the next one into the same buffer.
#[derive(Debug)]
pub(crate) struct Readback {
    context: Context,
    /// Until it was read.
    staging: Option<(wgpu::Buffer, Held)>,
    size: u64,
    free: Free,
    state: Arc<Mutex<Mapping>>,
}

#[derive(Debug, Default)]
struct Mapping {
    /// Why it failed, in the driver's words.
    result: Option<Result<(), String>>,
    waker: Option<Waker>,
}

impl Readback {
    /// Records the copy of `views`, one behind the other, into a staging buffer.
    pub fn record(
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        views: &[BufferView],
        readbacks: &Readbacks,
    ) -> Result<Self> {
        let size = views.iter().map(|v| v.size).sum();
        let (staging, held) = readbacks.take(context, size)?;
        let mut offset = 0;
        for view in views {
            encoder.copy_buffer_to_buffer(&view.buffer, view.offset, &staging, offset, view.size);
            offset += view.size;
        }
        let (context, free) = (context.clone(), Arc::clone(&readbacks.free));
        Ok(Self { context, staging: Some((staging, held)), size, free, state: Arc::default() })
    }

    /// Asks for the mapping, once the copy was submitted. The context's own thread waits for it, so that any executor can
    /// await the result and the host's threads stay free.
    pub fn start(&self) -> Result<()> {
        let state = Arc::clone(&self.state);
        if let Some((staging, _)) = &self.staging {
            let mapped = move |mapped: Result<(), wgpu::BufferAsyncError>| {
                arrive(&state, mapped.map_err(|e| e.to_string()));
            };
            staging.map_async(wgpu::MapMode::Read, ..self.size, self.context.unless_silent(mapped));
        }
        let state = Arc::clone(&self.state);
        // A device that is lost while it works may never answer the mapping.
        self.context.watch(move |done| {
            if let Err(message) = done {
                arrive(&state, Err(message));
            }
        })
    }

    /// Whether [`bytes`](Self::bytes) need not wait.
    pub fn has_arrived(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).result.is_some()
    }

    /// The bytes, when they have arrived.
    pub async fn bytes(mut self) -> Result<Vec<u8>> {
        let context = self.context.clone();
        // A destroyed device tells so only when it is polled, and a lent one tells only its host. But nothing else makes the
        // mapping of a buffer of ours fail.
        let lost = |message: String| {
            let _ = watcher::poll(context.device());
            Error::DeviceLost { message: context.loss().get_or_init(|| message).clone() }
        };
        Arrival(&self.state).await.map_err(lost)?;
        context.check_lost()?;
        let Some((staging, held)) = self.staging.take() else { return Ok(Vec::new()) };
        let range = staging.get_mapped_range(..self.size).map_err(|e| lost(e.to_string()))?;
        let bytes = range.to_vec();
        drop(range);
        staging.unmap();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) = Some((staging, held));
        Ok(bytes)
    }
}

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

/// Copies a buffer's values to the host.
pub(crate) async fn read(context: &Context, view: &BufferView) -> Result<Vec<f32>> {
    let readback = context.guarded("reading back", || {
        let mut encoder =
            context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("readback") });
        let readback = Readback::record(context, &mut encoder, std::slice::from_ref(view), &Readbacks::default())?;
        context.queue().submit([encoder.finish()]);
        readback.start().map(|()| readback)
    })??;
    Ok(bytemuck::pod_collect_to_vec(&readback.bytes().await?))
}
