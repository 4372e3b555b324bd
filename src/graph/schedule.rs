//! The order of dispatches in a replay.

use std::ops::Range;

use super::step::Loop;
use crate::batch::BatchEntry;

/// Number of iterations as a function of an utterance.
type Iterations = Box<dyn Fn(&BatchEntry) -> u32 + Send + Sync>;

/// Consecutive steps that run once, or in a loop.
struct Section {
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

/// All steps of a plan, divided into sections.
pub(super) struct Schedule {
    sections: Vec<Section>,
    /// The section of each step.
    section_of: Vec<usize>,
}

impl Schedule {
    /// `loops` are in the order of their steps and do not overlap.
    pub fn new(steps: usize, loops: Vec<Loop>) -> Self {
        let mut sections = Vec::new();
        let mut end = 0;
        for Loop { steps, iterations } in loops.into_iter().filter(|l| !l.steps.is_empty()) {
            sections.push(Section { steps: end..steps.start, iterations: None });
            end = steps.end;
            sections.push(Section { steps, iterations: Some(iterations) });
        }
        sections.push(Section { steps: end..steps, iterations: None });
        let section_of =
            sections.iter().enumerate().flat_map(|(index, section)| section.steps.clone().map(move |_| index));
        Self { section_of: section_of.collect(), sections }
    }

    /// Every dispatch of a replay in order. A loop runs as often as the utterance with the most iterations needs.
    pub fn dispatches(&self, entries: &[BatchEntry]) -> Vec<Scheduled> {
        let mut order = Vec::with_capacity(self.section_of.len());
        for section in &self.sections {
            for iteration in 0..section.iterations(entries) {
                order.extend(section.steps.clone().map(|step| Scheduled { step, iteration }));
            }
        }
        order
    }

    /// How often a step runs.
    pub fn iterations(&self, step: usize, entries: &[BatchEntry]) -> u32 {
        self.sections[self.section_of[step]].iterations(entries)
    }
}

impl Section {
    fn iterations(&self, entries: &[BatchEntry]) -> u32 {
        let Some(iterations) = &self.iterations else { return 1 };
        entries.iter().map(iterations).max().unwrap_or_default()
    }
}
