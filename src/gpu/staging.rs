//! Uploads through a ring of mapped buffers.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use super::{BufferView, Context, MemoryReservation};
use crate::error::{Error, Result};

/// Size of one buffer in bytes: large enough that the cost of its submission is negligible.
const BUFFER_BYTES: u64 = 4 << 20;
/// Number of buffers: one is filled while the others are copied.
const BUFFERS: usize = 3;

/// Time limit for the map callback once the GPU has finished.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(10);

/// Writes into buffers of any size, with at most 12 MiB of staging memory.
pub(crate) struct Staging {
    context: Context,
    open: Option<Open>,
    /// Submitted buffers, the oldest first.
    in_flight: VecDeque<InFlight>,
    /// One per buffer.
    reservations: Vec<MemoryReservation>,
}

/// A mapped buffer that is being filled.
struct Open {
    buffer: wgpu::Buffer,
    mapped: wgpu::BufferViewMut,
    /// Number of bytes filled so far.
    used: u64,
    /// Targets, and the offsets of their bytes in the staging buffer.
    copies: Vec<(BufferView, u64)>,
}

/// A buffer that is mapped again when its copies are complete.
struct InFlight {
    buffer: wgpu::Buffer,
    submission: wgpu::SubmissionIndex,
    /// Receives the result of mapping it again.
    map_result: Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Staging {
    pub fn new(context: &Context) -> Self {
        Self { context: context.clone(), open: None, in_flight: VecDeque::new(), reservations: Vec::new() }
    }

    /// Writes `bytes` at `offset` of `target`, in bytes; the length and `offset` are multiples of four. Submissions after
    /// [`finish`](Self::finish) see them.
    pub fn write(&mut self, target: &wgpu::Buffer, mut offset: u64, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => self.next()?,
            };
            let (part, rest) = bytes.split_at(bytes.len().min((BUFFER_BYTES - open.used) as usize));
            let at = open.used as usize;
            open.mapped.slice(at..at + part.len()).copy_from_slice(part);
            let size = part.len() as u64;
            // Extends the previous copy if this part follows it in both buffers.
            match open.copies.last_mut() {
                Some((last, from))
                    if last.buffer == *target
                        && last.offset + last.size == offset
                        && *from + last.size == open.used =>
                {
                    last.size += size;
                }
                _ => open.copies.push((BufferView { buffer: target.clone(), offset, size }, open.used)),
            }
            open.used += size;
            (offset, bytes) = (offset + size, rest);
            if open.used == BUFFER_BYTES {
                self.submit(open)?;
            } else {
                self.open = Some(open);
            }
        }
        Ok(())
    }

    /// Submits the rest and waits until all copies are complete.
    pub fn finish(&mut self) -> Result<()> {
        if let Some(open) = self.open.take() {
            self.submit(open)?;
        }
        while let Some(oldest) = self.in_flight.pop_front() {
            self.wait(&oldest)?;
        }
        Ok(())
    }

    /// Returns an empty buffer: a new one, or the oldest in flight.
    fn next(&mut self) -> Result<Open> {
        let oldest = if self.in_flight.len() == BUFFERS { self.in_flight.pop_front() } else { None };
        let buffer = match oldest {
            Some(oldest) => {
                self.wait(&oldest)?;
                oldest.buffer
            }
            None => {
                let what = "allocating staging memory";
                self.reservations.push(self.context.reserve_memory(what, BUFFER_BYTES)?);
                self.context.guarded(what, || {
                    self.context.create_buffer(&wgpu::BufferDescriptor {
                        label: Some("staging"),
                        size: BUFFER_BYTES,
                        usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
                        mapped_at_creation: true,
                    })
                })?
            }
        };
        let mapped = buffer.get_mapped_range_mut(..).map_err(failed)?;
        Ok(Open { buffer, mapped, used: 0, copies: Vec::new() })
    }

    fn submit(&mut self, open: Open) -> Result<()> {
        let Open { buffer, mapped, copies, .. } = open;
        drop(mapped);
        let in_flight = self.context.guarded("uploading the weights", || {
            buffer.unmap();
            let descriptor = wgpu::CommandEncoderDescriptor { label: Some("staging") };
            let mut encoder = self.context.device().create_command_encoder(&descriptor);
            for (to, from) in copies {
                encoder.copy_buffer_to_buffer(&buffer, from, &to.buffer, to.offset, to.size);
            }
            let submission = self.context.queue().submit([encoder.finish()]);
            let (sender, map_result) = sync_channel(1);
            buffer.map_async(wgpu::MapMode::Write, .., move |result| drop(sender.send(result)));
            InFlight { buffer, submission, map_result }
        })?;
        self.in_flight.push_back(in_flight);
        Ok(())
    }

    /// Waits until a buffer's copies are complete and it is mapped again.
    fn wait(&self, buffer: &InFlight) -> Result<()> {
        // Loading may wait inside wgpu (docs/app.md). A time limit here would meet the assertion of wgpu-core 30 that
        // completion.rs names.
        let wait = wgpu::PollType::Wait { submission_index: Some(buffer.submission.clone()), timeout: None };
        let polled = self.context.guarded("uploading the weights", || self.context.device().poll(wait))?;
        polled.map_err(failed)?;
        // If another thread polled the device, it may have taken the callback without having called it yet.
        match buffer.map_result.recv_timeout(CALLBACK_TIMEOUT) {
            Ok(result) => result.map_err(failed),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: impl std::error::Error + wgpu::WasmNotSendSync + 'static) -> Error {
    Error::gpu("uploading the weights", error)
}
