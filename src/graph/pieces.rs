//! A replay in pieces, each of as much work as its caller allows.

use super::builder::{Division, Groups};
use super::plan::{DISPATCHES_PER_SUBMIT, Dispatch, FLOPS_PER_SUBMIT, Plan, Work, encode, scalars_size, schedule};
use crate::Result;
use crate::gpu::{Allowance, BufferView, Readback};
use crate::shape::Run;

/// Work of moving a byte, in floating-point operations of a convolution: 5 to 12 on a CPU.
const WORK_PER_BYTE: u64 = 8;

/// One utterance's replay, and how far it is.
#[derive(Debug)]
pub(crate) struct Pieces {
    run: Run,
    reads: Vec<BufferView>,
    /// Step and loop iteration of every dispatch that is not yet submitted, the next one last.
    rest: Vec<(usize, u32)>,
    /// Units of the next dispatch that are submitted.
    units: u32,
    /// Work that is submitted.
    submitted: u64,
    /// Work of the whole replay.
    all: u64,
}

impl Pieces {
    /// The part of the work that is submitted, 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.rest.is_empty() { 1.0 } else { (self.submitted as f64 / self.all as f64).min(1.0) }
    }

    /// Work that is submitted.
    #[cfg(test)]
    pub fn submitted(&self) -> u64 {
        self.submitted
    }
}

/// A dispatch, and the units it can be divided into.
struct Whole {
    scalars: Vec<u8>,
    groups: Groups,
    division: Option<Division>,
    units: u32,
    /// Work of one unit.
    each: u64,
}

impl Whole {
    fn work(&self) -> u64 {
        u64::from(self.units) * self.each
    }
}

/// What one submission of a replay holds.
#[derive(Default)]
struct Piece {
    scalars: Vec<u8>,
    dispatches: Vec<Dispatch>,
    work: u64,
}

impl Plan {
    /// Begins a replay of one utterance, after which `reads` are copied for the host.
    ///
    /// Its work is counted in floating-point operations of a convolution; bytes and the LSTMs' operations count as several,
    /// so that on one device equal work takes about equal time.
    pub fn pieces(&mut self, run: &Run, reads: Vec<BufferView>) -> Pieces {
        self.work = Work::default();
        let mut rest = schedule(self.steps.len(), &self.loops, std::slice::from_ref(run));
        let all = rest.iter().map(|dispatch| self.whole(run, *dispatch).work()).sum();
        rest.reverse();
        Pieces { run: *run, reads, rest, units: 0, submitted: 0, all }
    }

    fn whole(&self, run: &Run, (index, turn): (usize, u32)) -> Whole {
        let step = &self.steps[index].step;
        let (scalars, groups) = (step.scalars)(run, turn);
        let cost = self.cost(index, std::slice::from_ref(run));
        let (units, slowness) = step
            .division
            .as_ref()
            .map_or((1, 1), |division| ((division.units)(&scalars, groups).max(1), division.slowness));
        let work = cost.flops * slowness + WORK_PER_BYTE * cost.bytes;
        Whole { scalars, groups, division: step.division, units, each: work.div_ceil(units.into()).max(1) }
    }

    /// Submits as much of what is left as `allowance` admits. Returns the reads with the last piece.
    pub fn advance(&mut self, pieces: &mut Pieces, mut allowance: Allowance) -> Result<Option<Readback>> {
        loop {
            let piece = self.next_piece(pieces, allowance);
            if piece.dispatches.is_empty() {
                return Ok(None);
            }
            allowance = Allowance { work: allowance.work.saturating_sub(piece.work), idle: false };
            if let Some(readback) = self.submit(pieces, &piece)? {
                return Ok(Some(readback));
            }
        }
    }

    /// As much as is allowed and one submission holds.
    fn next_piece(&self, pieces: &mut Pieces, allowance: Allowance) -> Piece {
        let mut piece = Piece::default();
        let most = allowance.work.min(FLOPS_PER_SUBMIT);
        while let Some(dispatch) = pieces.rest.last().copied() {
            let size = scalars_size(self.steps[dispatch.0].step.kernel, 1);
            if piece.dispatches.len() == DISPATCHES_PER_SUBMIT || piece.scalars.len() + size > self.scalars_bytes {
                break;
            }
            let Whole { mut scalars, mut groups, division, units, each } = self.whole(&pieces.run, dispatch);
            let left = units - pieces.units;
            let fitting = u64::from(left).min((most - piece.work) / each) as u32;
            let taken = if allowance.idle && piece.dispatches.is_empty() { fitting.max(1) } else { fitting };
            if taken == 0 {
                break;
            }
            if let Some(division) = division.filter(|_| taken < units) {
                (division.take)(&mut scalars, &mut groups, pieces.units..pieces.units + taken);
            }
            let at = piece.scalars.len();
            piece.scalars.extend_from_slice(&scalars);
            piece.scalars.resize(at + size, 0);
            piece.dispatches.push((dispatch.0, at as u32, groups));
            piece.work += u64::from(taken) * each;
            if taken == left {
                pieces.rest.pop();
                pieces.units = 0;
            } else {
                pieces.units += taken;
            }
            if piece.work >= most {
                break;
            }
        }
        pieces.submitted += piece.work;
        piece
    }

    fn submit(&mut self, pieces: &Pieces, piece: &Piece) -> Result<Option<Readback>> {
        self.context.check_lost()?;
        self.work.submits += 1;
        self.work.dispatches += piece.dispatches.len() as u64;
        self.work.uploaded += piece.scalars.len() as u64;
        let context = &self.context;
        context.guarded("running a piece of the network", || {
            // It takes effect between the pieces before and this one.
            context.queue().write_buffer(&self.scalars, 0, &piece.scalars);
            let label = Some("piece");
            let mut encoder = context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
            encode(&mut encoder, &self.steps, &piece.dispatches, None);
            let readback = (pieces.rest.is_empty() && !pieces.reads.is_empty())
                .then(|| Readback::record(context, &mut encoder, &pieces.reads, &self.readbacks))
                .transpose()?;
            context.queue().submit([encoder.finish()]);
            context.measure(piece.work)?;
            if let Some(readback) = &readback {
                readback.start()?;
            }
            Ok(readback)
        })?
    }
}

#[cfg(test)]
impl Plan {
    /// The largest unit of a replay's work, and all of it.
    pub fn unit_and_all(&self, run: &Run) -> (u64, u64) {
        let order = schedule(self.steps.len(), &self.loops, std::slice::from_ref(run));
        let wholes = order.into_iter().map(|dispatch| self.whole(run, dispatch));
        wholes.fold((0, 0), |(unit, all), whole| (unit.max(whole.each), all + whole.work()))
    }
}
