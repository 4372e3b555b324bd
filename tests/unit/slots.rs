//! Arithmetic of the plans: shapes of tensors, and which tensors share a buffer.

use crate::batch::{BatchEntry, Extents};
use crate::graph::slots::{Lifetime, Slots, assign};
use crate::shape::{Dim, Shape};

fn lifetime(first: usize, last: usize, bytes: u64) -> Lifetime {
    Lifetime { first, last, bytes }
}

/// Asserts that tensors with overlapping lifetimes have different slots, and that a slot is as large as its largest tensor.
fn check(lives: &[Lifetime]) -> Slots {
    let slots = assign(lives);
    assert_eq!(slots.of.len(), lives.len());
    for step in 0..=lives.iter().map(|life| life.last).max().unwrap_or(0) {
        let mut owner = vec![None; slots.bytes.len()];
        for (tensor, life) in lives.iter().enumerate().filter(|(_, life)| (life.first..=life.last).contains(&step)) {
            let other = owner[slots.of[tensor]].replace(tensor);
            assert_eq!(other, None, "at step {step} tensor {tensor} shares a slot: {lives:?} {slots:?}");
            assert!(life.bytes <= slots.bytes[slots.of[tensor]], "{lives:?} {slots:?}");
        }
    }
    let largest = |slot: usize| lives.iter().zip(&slots.of).filter(|(_, of)| **of == slot).map(|(l, _)| l.bytes).max();
    for (slot, bytes) in slots.bytes.iter().enumerate() {
        assert_eq!(Some(*bytes), largest(slot), "slot {slot}: {lives:?} {slots:?}");
    }
    slots
}

/// Highest number of bytes live at the same step: a lower bound for every assignment.
fn floor(lives: &[Lifetime]) -> u64 {
    let at = |step| lives.iter().filter(|life| life.first <= step && step <= life.last).map(|life| life.bytes).sum();
    (0..=lives.iter().map(|life| life.last).max().unwrap_or(0)).map(at).max().unwrap_or(0)
}

#[test]
fn a_chain_needs_two_slots() {
    // Each step reads the output of the previous one, so its input and output never share a slot.
    let lives: Vec<Lifetime> = (0..5).map(|step| lifetime(step, step + 1, 16)).collect();
    assert_eq!(check(&lives), Slots { of: vec![0, 1, 0, 1, 0], bytes: vec![16, 16] });
}

#[test]
fn a_tensor_kept_to_the_end_has_a_slot_of_its_own() {
    let lives = [lifetime(0, 4, 64), lifetime(1, 2, 32), lifetime(2, 3, 32), lifetime(3, 4, 16)];
    assert_eq!(check(&lives), Slots { of: vec![0, 1, 2, 1], bytes: vec![64, 32, 32] });
}

#[test]
fn a_later_and_larger_tensor_opens_the_slot() {
    let lives = [lifetime(0, 1, 16), lifetime(3, 4, 64)];
    assert_eq!(check(&lives), Slots { of: vec![0, 0], bytes: vec![64] });
}

#[test]
fn no_tensors_need_no_slots() {
    assert_eq!(check(&[]), Slots::default());
}

#[test]
fn random_lifetimes_never_collide() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut below = |limit: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % limit
    };
    let (mut total, mut least) = (0, 0);
    for round in 0..300 {
        let lives: Vec<Lifetime> = (0..1 + below(40))
            .map(|_| {
                let first = below(50) as usize;
                lifetime(first, first + below(10) as usize, 16 * (1 + below(64)))
            })
            .collect();
        let (peak, sum) = (check(&lives).bytes.iter().sum::<u64>(), lives.iter().map(|l| l.bytes).sum::<u64>());
        assert!(floor(&lives) <= peak && peak <= sum, "round {round}: {peak} of {sum}");
        total += peak;
        least += floor(&lives);
    }
    // Greedy is not optimal, but without sharing the total would be four times the lower bound.
    assert!(total * 10 <= least * 12, "{total} bytes, the lower bound is {least}");
}

const NONE: Extents = Extents { tokens: 0, frames: 0, utterances: 0 };
const ENTRY: BatchEntry =
    BatchEntry { tokens: 7, frames: 33, speed: 1.0, noise_seed: 0, before: NONE, batch_index: 0, batch_size: 1 };

#[test]
fn dimensions_follow_the_lengths() {
    for (dim, at, text) in [
        (Dim::fixed(0), 0, "0"),
        (Dim::fixed(5), 5, "5"),
        (Dim::TOKENS, 7, "T"),
        (Dim::FRAMES.times(2), 66, "2F"),
        (Dim::FRAMES.times(120).plus(1), 3961, "120F + 1"),
        (Dim::FRAMES.plus(1).times(2), 68, "2F + 2"),
    ] {
        assert_eq!((dim.at(&ENTRY), dim.to_string().as_str()), (at, text));
    }
}

#[test]
fn convolutions_keep_lengths_as_torch_does() {
    let rows = |x: u32, [taps, stride, padding, dilation]: [u32; 4]| {
        (x + 2 * padding - dilation * (taps - 1) - 1) / stride + 1
    };
    for (dim, conv, why) in [
        (Dim::FRAMES, [1, 1, 0, 1], "one tap"),
        (Dim::FRAMES, [3, 1, 1, 1], "same length"),
        (Dim::FRAMES, [11, 1, 25, 5], "same length, dilated"),
        (Dim::TOKENS, [5, 1, 2, 1], "the text encoder's"),
        (Dim::FRAMES.times(2), [3, 2, 1, 1], "halves the curves"),
        (Dim::FRAMES.times(120).plus(1), [12, 6, 3, 1], "the source's spectrum, to a sixth"),
        (Dim::FRAMES.times(120).plus(1), [1, 1, 0, 1], "the source's spectrum, as it is"),
    ] {
        let [taps, stride, padding, dilation] = conv;
        let convolved = dim.convolved(taps, stride, padding, dilation).unwrap_or_else(|| panic!("{why}: not affine"));
        for frames in [1, 2, 31, 33, 960] {
            let entry = BatchEntry { frames, tokens: frames, ..ENTRY };
            assert_eq!(convolved.at(&entry), rows(dim.at(&entry), conv), "{why}: {dim} of {frames}");
        }
    }
    assert_eq!(Dim::FRAMES.convolved(3, 2, 1, 1), None, "half of an odd length is not affine");
}

#[test]
fn the_utterances_of_a_batch_do_not_overlap() {
    let lengths = [(3, 33), (512, 1), (7, 64), (9, 65)];
    for dim in [Dim::fixed(2), Dim::TOKENS, Dim::FRAMES.times(120).plus(1)] {
        let (mut before, mut end) = (NONE, 0);
        for (tokens, frames) in lengths {
            let entry = BatchEntry { tokens, frames, before, ..ENTRY };
            let start = Shape::new(dim, 4).start4(&entry);
            assert!(end <= start, "{dim}: starts at {start}, the previous one ends at {end}");
            end = start + dim.at(&entry);
            before = entry.end();
            assert!(end <= dim.total(&before), "{dim}: ends at {end} of {}", dim.total(&before));
        }
    }
}

#[test]
fn rows_start_on_a_vec4() {
    for (channels, pitch) in [(1, 4), (4, 4), (22, 24), (514, 516)] {
        let shape = Shape::new(Dim::FRAMES, channels);
        assert_eq!((shape.pitch, shape.pitch4() * 4, shape.bytes(&ENTRY)), (pitch, pitch, 33 * u64::from(pitch) * 4));
        assert_eq!(shape.to_string(), format!("[F, {channels}]"));
    }
    assert_eq!(Shape::dense(Dim::FRAMES.times(600)).bytes(&ENTRY), 33 * 600 * 4);
    // 128 channels at 4,800 rows per second exceed 4 GiB after half an hour: bytes need 64 bits.
    let hour = BatchEntry { frames: 40 * 3600, ..ENTRY };
    assert_eq!(Shape::new(Dim::FRAMES.times(120), 128).bytes(&hour), 8_847_360_000);
}
