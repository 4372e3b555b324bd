//! A replay in pieces, each as long as its caller likes.

use super::builder::{Division, Groups};
use super::plan::{DISPATCHES_PER_SUBMIT, FLOPS_PER_SUBMIT, Plan, Work, encode, scalars_size, schedule};
use crate::Result;
use crate::gpu::{BufferView, Expected, Readback};
use crate::shape::Run;

/// One utterance's replay, and how far it is.
#[derive(Debug)]
pub(crate) struct Pieces {
    run: Run,
    reads: Vec<BufferView>,
    /// Step and turn of every dispatch that is not submitted, the next one last.
    rest: Vec<(usize, u32)>,
    /// Units of the next dispatch that are submitted.
    units: u32,
    /// Seconds that were expected of what is submitted.
    submitted: f64,
    /// And of all of it, when it began.
    all: f64,
}

impl Pieces {
    /// The part that is submitted.
    pub fn progress(&self) -> f64 {
        if self.rest.is_empty() { 1.0 } else { (self.submitted / self.all).min(1.0) }
    }

    /// What was submitted was expected to take so many seconds.
    pub fn seconds(&self) -> f64 {
        self.submitted
    }
}

/// A dispatch, or the part of it that fits.
struct Part {
    scalars: Vec<u8>,
    groups: Groups,
    units: u32,
    is_rest: bool,
    seconds: f64,
    flops: u64,
}

impl Plan {
    /// Begins a replay of one utterance, after which `reads` are copied for the host.
    pub fn pieces(&mut self, run: &Run, reads: Vec<BufferView>) -> Pieces {
        self.work = Work::default();
        let mut rest = schedule(self.steps.len(), &self.loops, std::slice::from_ref(run));
        let all = rest.iter().filter_map(|dispatch| Some(self.part(run, *dispatch, 0, f64::MAX)?.seconds)).sum();
        rest.reverse();
        Pieces { run: *run, reads, rest, units: 0, submitted: 0.0, all }
    }

    /// What of a dispatch, of which `submitted` units are, fits into so many seconds. None if it is nothing.
    fn part(&self, run: &Run, (index, turn): (usize, u32), submitted: u32, seconds: f64) -> Option<Part> {
        let step = &self.steps[index].step;
        let (mut scalars, mut groups) = (step.scalars)(run, turn);
        let cost = || {
            let cost = self.cost(index, std::slice::from_ref(run));
            (1, cost.flops + cost.bytes)
        };
        let measure =
            |division: &Division| ((division.units)(&scalars, groups).max(1), (division.work)(&scalars, groups));
        let (units, work) = step.division.as_ref().map_or_else(cost, measure);
        let each = self.context.with_pace(|pace| pace.expect(step.kernel.name, work)) / f64::from(units);
        let left = units - submitted;
        let fitting = if each * f64::from(left) <= seconds { left } else { (seconds / each) as u32 };
        if fitting == 0 {
            return None;
        }
        if let Some(division) = step.division.as_ref().filter(|_| fitting < units) {
            (division.take)(&mut scalars, &mut groups, submitted..submitted + fitting);
        }
        let flops = self.flops(index, std::slice::from_ref(run)) / u64::from(units) * u64::from(fitting);
        Some(Part {
            flops,
            scalars,
            groups,
            units: fitting,
            is_rest: fitting == left,
            seconds: each * f64::from(fitting),
        })
    }

    /// Submits as much of what is left as is expected to take `seconds` (what was submitted before and is not done
    /// included), and if nothing is under way at least one unit. Returns the reads with the last piece.
    pub fn advance(&mut self, pieces: &mut Pieces, seconds: f64) -> Result<Option<Readback>> {
        let under_way = self.context.with_pace(|pace| pace.in_flight());
        let (mut allowed, mut must) = (seconds - under_way.unwrap_or_default(), under_way.is_none());
        loop {
            let (before, left) = (pieces.submitted, pieces.rest.len());
            let readback = self.submit_piece(pieces, allowed, must)?;
            if readback.is_some() || pieces.rest.len() == left && pieces.submitted == before {
                return Ok(readback);
            }
            (allowed, must) = (allowed - (pieces.submitted - before), false);
        }
    }

    /// As much of it as one submission holds.
    fn submit_piece(&mut self, pieces: &mut Pieces, mut allowed: f64, must: bool) -> Result<Option<Readback>> {
        let context = self.context.clone();
        context.check_lost()?;
        let (mut scalars, mut dispatches, mut expected) = (Vec::new(), Vec::new(), Expected::new());
        let mut flops = 0;
        while let Some((index, turn)) = pieces.rest.last().copied() {
            let kernel = self.steps[index].step.kernel;
            let size = scalars_size(kernel, 1);
            if dispatches.len() == DISPATCHES_PER_SUBMIT || scalars.len() + size > self.scalars_bytes {
                break;
            }
            let must = must && dispatches.is_empty();
            let fits = |allowed| self.part(&pieces.run, (index, turn), pieces.units, allowed);
            // A unit takes as long as it takes.
            let Some(part) = fits(allowed).or_else(|| if must { self.unit(pieces, (index, turn)) } else { None })
            else {
                break;
            };
            flops += part.flops;
            if flops > FLOPS_PER_SUBMIT && !dispatches.is_empty() {
                break;
            }
            let at = scalars.len();
            scalars.extend_from_slice(&part.scalars);
            scalars.resize(at + size, 0);
            dispatches.push((index, at as u32, part.groups));
            *expected.entry(kernel.name).or_default() += part.seconds;
            (allowed, pieces.submitted) = (allowed - part.seconds, pieces.submitted + part.seconds);
            if part.is_rest {
                pieces.rest.pop();
                pieces.units = 0;
            } else {
                pieces.units += part.units;
            }
        }
        if dispatches.is_empty() {
            return Ok(None);
        }
        self.work.submits += 1;
        self.work.dispatches += dispatches.len() as u64;
        self.work.uploaded += scalars.len() as u64;
        context.guarded("running a piece of the network", || {
            // It takes effect between the pieces before and this one.
            context.queue().write_buffer(&self.scalars, 0, &scalars);
            let label = Some("piece");
            let mut encoder = context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
            encode(&mut encoder, &self.steps, &dispatches, None);
            let readback = (pieces.rest.is_empty() && !pieces.reads.is_empty())
                .then(|| Readback::record(&context, &mut encoder, &pieces.reads, &self.readbacks))
                .transpose()?;
            context.queue().submit([encoder.finish()]);
            context.learn(expected)?;
            if let Some(readback) = &readback {
                readback.start()?;
            }
            Ok(readback)
        })?
    }

    /// The next unit, however long it takes.
    fn unit(&self, pieces: &Pieces, dispatch: (usize, u32)) -> Option<Part> {
        let whole = self.part(&pieces.run, dispatch, pieces.units, f64::MAX)?;
        let one = whole.seconds / f64::from(whole.units);
        // A little more than one, whatever rounding does.
        self.part(&pieces.run, dispatch, pieces.units, one * 1.001)
    }
}
