//! The order of dispatches in a replay.

use std::ops::Range;

use super::step::Loop;
use crate::batch::BatchEntry;

/// Number of iterations as a function of an utterance.
type Iterations = Box<dyn Fn(&BatchEntry) -> u32 + Send + Sync>;

/// Consecutive steps that run once, or in a loop.
struct Block {
    steps: Range<usize>,
    /// `None` runs the steps once.
    iterations: Option<Iterations>,
}

/// A step in one iteration of its loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scheduled {
    pub step: usize,
    pub iteration: u32,
}

/// All steps of a plan, divided into blocks.
pub(super) struct Schedule {
    blocks: Vec<Block>,
    /// Block of each step.
    block_of: Vec<usize>,
}

impl Schedule {
    /// `loops` are in the order of their steps and do not overlap.
    pub fn new(steps: usize, loops: Vec<Loop>) -> Self {
        let mut blocks = Vec::new();
        let mut end = 0;
        for Loop { steps, iterations } in loops.into_iter().filter(|l| !l.steps.is_empty()) {
            blocks.push(Block { steps: end..steps.start, iterations: None });
            end = steps.end;
            blocks.push(Block { steps, iterations: Some(iterations) });
        }
        blocks.push(Block { steps: end..steps, iterations: None });
        let block_of = blocks.iter().enumerate().flat_map(|(index, block)| block.steps.clone().map(move |_| index));
        Self { block_of: block_of.collect(), blocks }
    }

    /// Every dispatch of a replay in order. A loop runs as often as the utterance with the most iterations needs.
    pub fn dispatches(&self, entries: &[BatchEntry]) -> Vec<Scheduled> {
        let mut order = Vec::with_capacity(self.block_of.len());
        for block in &self.blocks {
            for iteration in 0..block.iterations(entries) {
                order.extend(block.steps.clone().map(|step| Scheduled { step, iteration }));
            }
        }
        order
    }

    /// How often a step runs.
    pub fn iterations(&self, step: usize, entries: &[BatchEntry]) -> u32 {
        self.blocks[self.block_of[step]].iterations(entries)
    }
}

impl Block {
    fn iterations(&self, entries: &[BatchEntry]) -> u32 {
        let Some(iterations) = &self.iterations else { return 1 };
        entries.iter().map(iterations).max().unwrap_or_default()
    }
}
