//! Assignment of tensors to shared buffers (slots) by their lifetimes, greedy by size.
//!
//! From Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (arXiv 2001.03288): the largest
//! tensor first, into the smallest slot that is free during its lifetime.

/// The lifetime of a tensor: from the step that writes it to the last step that reads it, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// Index of the step that writes it.
    pub first: usize,
    /// Index of the last step that reads it.
    pub last: usize,
    /// Size of the tensor in bytes.
    pub bytes: u64,
}

/// The slot of every tensor, and the size of every slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    /// Slot of each tensor, in the order of the lifetimes.
    pub of: Vec<usize>,
    /// Size of each slot in bytes.
    pub bytes: Vec<u64>,
}

/// Assigns slots such that tensors with overlapping lifetimes never share one.
pub(crate) fn assign(lifetimes: &[Lifetime]) -> Slots {
    let mut order: Vec<usize> = (0..lifetimes.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(lifetimes[i].bytes), lifetimes[i].first));
    let mut slots = Slots { of: vec![usize::MAX; lifetimes.len()], bytes: Vec::new() };
    let mut taken: Vec<Vec<Lifetime>> = Vec::new();
    for i in order {
        let lifetime = lifetimes[i];
        // A slot is opened by its largest tensor, so any free one is large enough. The last one opened is the smallest.
        let free = (0..taken.len())
            .rev()
            .find(|&s| taken[s].iter().all(|other| other.last < lifetime.first || lifetime.last < other.first));
        let slot = free.unwrap_or_else(|| {
            taken.push(Vec::new());
            slots.bytes.push(lifetime.bytes);
            taken.len() - 1
        });
        taken[slot].push(lifetime);
        slots.of[i] = slot;
    }
    slots
}
