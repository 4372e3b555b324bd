//! Bytes on their way to the device, through a few mapped buffers that are used by turns.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use super::{BufferView, Context, Held};
use crate::{Error, Result};

/// Of one buffer: enough that its submission costs nothing beside its copy.
const BYTES: u64 = 4 << 20;
/// One is written while others are copied.
const BUFFERS: usize = 3;

/// How long the news of a mapping may take that has happened.
const NEWS: Duration = Duration::from_secs(10);

/// Writes into buffers of any size; takes 12 MB beside them, whatever is written.
pub(crate) struct Staging {
    context: Context,
    open: Option<Open>,
    /// Submitted, the oldest first.
    flying: VecDeque<Flying>,
    /// A count for each buffer.
    held: Vec<Held>,
}

/// Mapped, and being filled.
struct Open {
    buffer: wgpu::Buffer,
    mapped: wgpu::BufferViewMut,
    used: u64,
    /// Target, and where in the staging buffer its bytes lie.
    copies: Vec<(BufferView, u64)>,
}

/// On its way to being mapped again, once its copies are done.
struct Flying {
    buffer: wgpu::Buffer,
    submission: wgpu::SubmissionIndex,
    mapped: Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Staging {
    pub fn new(context: &Context) -> Self {
        Self { context: context.clone(), open: None, flying: VecDeque::new(), held: Vec::new() }
    }

    /// Copies `bytes`, a multiple of four, to `offset` of a buffer. They arrive before whatever is submitted after
    /// [`finish`](Self::finish).
    pub fn write(&mut self, target: &wgpu::Buffer, mut offset: u64, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => self.next()?,
            };
            let (part, rest) = bytes.split_at(bytes.len().min((BYTES - open.used) as usize));
            let at = open.used as usize;
            open.mapped.slice(at..at + part.len()).copy_from_slice(part);
            let size = part.len() as u64;
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
            if open.used == BYTES {
                self.submit(open)?;
            } else {
                self.open = Some(open);
            }
        }
        Ok(())
    }

    /// Waits until everything has arrived.
    pub fn finish(&mut self) -> Result<()> {
        if let Some(open) = self.open.take() {
            self.submit(open)?;
        }
        while let Some(flying) = self.flying.pop_front() {
            self.land(&flying)?;
        }
        Ok(())
    }

    /// A buffer to write into: a new one, or the one that was submitted first.
    fn next(&mut self) -> Result<Open> {
        let oldest = if self.flying.len() == BUFFERS { self.flying.pop_front() } else { None };
        let buffer = match oldest {
            Some(flying) => {
                self.land(&flying)?;
                flying.buffer
            }
            None => {
                let what = "allocating staging memory";
                self.held.push(self.context.hold(what, BYTES)?);
                self.context.guarded(what, || {
                    self.context.create_buffer(&wgpu::BufferDescriptor {
                        label: Some("staging"),
                        size: BYTES,
                        usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
                        mapped_at_creation: true,
                    })
                })?
            }
        };
        let mapped = buffer.get_mapped_range_mut(..).map_err(|error| failed(&error))?;
        Ok(Open { buffer, mapped, used: 0, copies: Vec::new() })
    }

    fn submit(&mut self, open: Open) -> Result<()> {
        let Open { buffer, mapped, copies, .. } = open;
        drop(mapped);
        let flying = self.context.guarded("uploading the weights", || {
            buffer.unmap();
            let descriptor = wgpu::CommandEncoderDescriptor { label: Some("staging") };
            let mut encoder = self.context.device().create_command_encoder(&descriptor);
            for (to, from) in copies {
                encoder.copy_buffer_to_buffer(&buffer, from, &to.buffer, to.offset, to.size);
            }
            let submission = self.context.queue().submit([encoder.finish()]);
            let (arrived, mapped) = sync_channel(1);
            buffer.map_async(wgpu::MapMode::Write, .., move |result| drop(arrived.send(result)));
            Flying { buffer, submission, mapped }
        })?;
        self.flying.push_back(flying);
        Ok(())
    }

    /// Waits until a buffer's copies are done and it is mapped again.
    fn land(&self, flying: &Flying) -> Result<()> {
        let wait = wgpu::PollType::Wait { submission_index: Some(flying.submission.clone()), timeout: None };
        let polled = self.context.guarded("uploading the weights", || self.context.device().poll(wait))?;
        polled.map_err(|error| failed(&error))?;
        // Another thread that polls the device may have taken the news along, and not told it yet.
        match flying.mapped.recv_timeout(NEWS) {
            Ok(result) => result.map_err(|error| failed(&error)),
            Err(_) => Err(failed(&"the staging memory was not mapped")),
        }
    }
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::Gpu { what: "uploading the weights", message: error.to_string() }
}
