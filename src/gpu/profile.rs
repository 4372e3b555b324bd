//! GPU time of every dispatch: each gets a pass of its own, with timestamps at both ends.

use super::{BufferView, Context, Readback, ReadbackPool};
use crate::error::{Error, Result};

/// Operations and bytes of a step, at least, whatever its algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    /// Multiplications and additions of the direct algorithm.
    pub flops: u64,
    /// Bytes of the operands, each counted once.
    pub bytes: u64,
}

/// Time, operations and bytes of one dispatch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProfileRow {
    /// The module's path, named as in the checkpoint (ALBERT's shared layer is `bert.layer.N`), followed by the kernel.
    pub label: String,
    /// The name of the kernel.
    pub kernel: &'static str,
    /// Start in nanoseconds, relative to the start of the first dispatch.
    pub start: u64,
    /// Duration on the GPU in nanoseconds.
    pub nanoseconds: u64,
    /// Floating-point operations of the direct algorithm, which a kernel may undercut.
    pub flops: u64,
    /// Minimum number of bytes moved: every operand once.
    pub bytes: u64,
}

/// Timestamp pairs in one query set. WebGPU limits a set to 4,096 queries.
const PAIRS: u32 = 2_048;

/// Timestamps of the dispatches recorded so far.
pub(crate) struct Profile {
    sets: Vec<wgpu::QuerySet>,
    rows: Vec<ProfileRow>,
}

impl Profile {
    pub(crate) fn new() -> Self {
        Self { sets: Vec::new(), rows: Vec::new() }
    }

    /// Adds a dispatch; returns its query set and the index of its first timestamp.
    pub(crate) fn next(
        &mut self,
        context: &Context,
        label: &str,
        kernel: &'static str,
        cost: Cost,
    ) -> (&wgpu::QuerySet, u32) {
        let at = self.rows.len() as u32;
        if at.is_multiple_of(PAIRS) {
            self.sets.push(context.device().create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("profile"),
                ty: wgpu::QueryType::Timestamp,
                count: 2 * PAIRS,
            }));
        }
        let Cost { flops, bytes } = cost;
        self.rows.push(ProfileRow { label: label.to_owned(), kernel, start: 0, nanoseconds: 0, flops, bytes });
        (&self.sets[(at / PAIRS) as usize], at % PAIRS * 2)
    }

    /// Waits until all dispatches have run, and returns their times.
    pub(crate) async fn finish(mut self, context: &Context) -> Result<Vec<ProfileRow>> {
        let period = f64::from(context.queue().get_timestamp_period());
        let mut ticks: Vec<u64> = Vec::with_capacity(2 * self.rows.len());
        for (number, set) in self.sets.iter().enumerate() {
            let pairs = (self.rows.len() as u32 - number as u32 * PAIRS).min(PAIRS);
            let size = u64::from(pairs) * 16;
            let readback = context.guarded("reading the profile", || {
                let resolved = context.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("profile"),
                    size,
                    usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                    mapped_at_creation: false,
                });
                let mut encoder =
                    context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("profile") });
                encoder.resolve_query_set(set, 0..2 * pairs, &resolved, 0);
                let readback =
                    Readback::record(context, &mut encoder, &[BufferView::whole(resolved)], &ReadbackPool::default())?;
                context.queue().submit([encoder.finish()]);
                readback.start().map(|()| readback)
            })??;
            ticks.extend(readback.values::<u64>().await?);
        }
        let first = ticks.first().copied().unwrap_or_default();
        let nanoseconds = |from: u64, to: u64| (to.saturating_sub(from) as f64 * period) as u64;
        for (row, pair) in self.rows.iter_mut().zip(ticks.chunks_exact(2)) {
            (row.start, row.nanoseconds) = (nanoseconds(first, pair[0]), nanoseconds(pair[0], pair[1]));
        }
        Ok(self.rows)
    }
}

impl Context {
    /// An error unless the device has timestamps, which a profile needs.
    pub(crate) fn check_timestamps(&self) -> Result<()> {
        let have = self.device().features();
        if have.contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Ok(());
        }
        Err(Error::unsupported("feature set", &"TIMESTAMP_QUERY", &format!("{have:?}")))
    }
}
