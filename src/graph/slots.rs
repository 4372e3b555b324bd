//! Which tensors share a buffer: greedy by size over the intervals in which they live.
//!
//! The greedy rule is from Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference"
//! (arXiv 2001.03288): the largest tensor first, into the smallest slot that is free while it lives.

/// A tensor's life: from the step that writes it to the last that reads it, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    /// The step that writes it.
    pub first: usize,
    /// The last step that needs it.
    pub last: usize,
    /// Its bytes.
    pub bytes: u64,
}

/// The slot of every tensor, and the bytes of every slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    /// Slot of each tensor, in the order given.
    pub of: Vec<usize>,
    /// Bytes of each slot.
    pub bytes: Vec<u64>,
}

/// Assigns slots so that tensors that live at the same step never share one.
pub(crate) fn assign(lives: &[Life]) -> Slots {
    let mut order: Vec<usize> = (0..lives.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(lives[i].bytes), lives[i].first));
    let mut slots = Slots { of: vec![usize::MAX; lives.len()], bytes: Vec::new() };
    let mut taken: Vec<Vec<Life>> = Vec::new();
    for i in order {
        let life = lives[i];
        // Slots are opened by their largest tensor, so any free one is large enough; the last opened is the smallest.
        let free = (0..taken.len())
            .rev()
            .find(|&s| taken[s].iter().all(|other| other.last < life.first || life.last < other.first));
        let slot = free.unwrap_or_else(|| {
            taken.push(Vec::new());
            slots.bytes.push(life.bytes);
            taken.len() - 1
        });
        taken[slot].push(life);
        slots.of[i] = slot;
    }
    slots
}
