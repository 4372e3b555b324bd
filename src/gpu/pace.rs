//! How long this device takes for a kernel's work, learnt from every piece of a job, and what it has yet to do.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use super::Context;

/// Seconds an operation, to start from: a slow device's, so that the first pieces are short.
const FIRST: f64 = 1.0 / 4e9;
/// How much one piece may change what is believed: perhaps it ran beside work of the host's.
const MOST_CHANGE: f64 = 4.0;

/// A piece that took less than this part of what was expected was done when the one before was seen.
const SAME_LOOK: f64 = 0.1;

/// Seconds that a piece of a job is expected to take, by kernel.
pub(crate) type Expected = BTreeMap<&'static str, f64>;

/// One device's.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Seconds an operation, by kernel.
    seconds: BTreeMap<&'static str, f64>,
    /// Pieces that were submitted and are not done, and what was expected of them.
    pieces: usize,
    in_flight: f64,
    /// The last pieces that were done, and what they took together.
    seen: Option<(Expected, f64)>,
}

impl Pace {
    /// Seconds that a kernel is expected to take for `work` operations. One that never ran is believed to be as slow as the
    /// slowest that did.
    pub fn expect(&mut self, kernel: &'static str, work: u64) -> f64 {
        let slowest = self.seconds.values().copied().reduce(f64::max).unwrap_or(FIRST);
        work as f64 * *self.seconds.entry(kernel).or_insert(slowest)
    }

    /// Expected of what was submitted and is not done, in seconds. None if all is done.
    pub fn in_flight(&self) -> Option<f64> {
        (self.pieces > 0).then_some(self.in_flight)
    }

    /// A piece was submitted.
    pub fn sent(&mut self, expected: &Expected) {
        self.pieces += 1;
        self.in_flight += expected.values().sum::<f64>();
    }

    /// A piece is done, and took so many seconds, unless it failed.
    pub fn done(&mut self, expected: &Expected, took: Option<f64>) {
        let all: f64 = expected.values().sum();
        self.pieces -= 1;
        self.in_flight = (self.in_flight - all).max(0.0);
        if let Some(took) = took {
            // Pieces that one look finds done share the time that the first is said to have taken.
            let with_last = took < SAME_LOOK * all && self.seen.is_some();
            let (mut seen, mut time) = self.seen.take().unwrap_or_default();
            if !with_last {
                self.learn(&mem::take(&mut seen), mem::take(&mut time));
            }
            for (kernel, seconds) in expected {
                *seen.entry(kernel).or_default() += seconds;
            }
            self.seen = Some((seen, time + took));
        }
        if self.pieces == 0
            && let Some((seen, time)) = self.seen.take()
        {
            self.learn(&seen, time);
        }
    }

    fn learn(&mut self, expected: &Expected, took: f64) {
        let all: f64 = expected.values().sum();
        if all <= 0.0 {
            return;
        }
        // Each kernel answers for as much of the difference as it was expected to take of the time.
        let change = (took / all).clamp(1.0 / MOST_CHANGE, MOST_CHANGE);
        for (kernel, expected) in expected {
            if let Some(seconds) = self.seconds.get_mut(kernel) {
                *seconds *= change.powf(expected / all);
            }
        }
    }
}

/// A piece that was submitted, until it is done or nobody will tell.
struct Flying {
    pace: Arc<Mutex<Pace>>,
    expected: Expected,
    took: Option<f64>,
}

impl Flying {
    fn landed(mut self, took: Option<f64>) {
        self.took = took;
    }
}

impl Drop for Flying {
    fn drop(&mut self) {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner).done(&self.expected, self.took);
    }
}

impl Context {
    /// What is believed of this device.
    pub(crate) fn with_pace<T>(&self, work: impl FnOnce(&mut Pace) -> T) -> T {
        work(&mut self.pace().lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Learns from the piece that was just submitted, once it is done.
    pub(crate) fn learn(&self, expected: Expected) -> crate::Result<()> {
        self.with_pace(|pace| pace.sent(&expected));
        // Not the context itself, which would keep its own thread.
        let flying = Flying { pace: Arc::clone(self.pace()), expected, took: None };
        self.watch(move |took| flying.landed(took.ok().map(|took| took.as_secs_f64())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device of fixed speeds: seconds of a piece.
    fn run(pace: &mut Pace, work: &[(&'static str, u64)], speed: impl Fn(&str) -> f64) -> f64 {
        let expected = work.iter().map(|(kernel, work)| (*kernel, pace.expect(kernel, *work))).collect();
        pace.sent(&expected);
        let took = work.iter().map(|(kernel, work)| *work as f64 * speed(kernel)).sum();
        pace.done(&expected, Some(took));
        took
    }

    #[test]
    fn a_kernels_time_is_learnt_within_a_few_pieces() {
        // A slow kernel and fast ones, also on devices a thousand times faster and thirty times slower than the first guess.
        let pieces: [&[(&'static str, u64)]; 2] =
            [&[("lstm", 1_000_000)], &[("conv1d", 9_000_000), ("stft", 1_000_000)]];
        for factor in [1.0, 1e-3, 30.0] {
            let speed = |kernel: &str| factor * if kernel == "lstm" { 20.0 * FIRST } else { FIRST };
            let mut pace = Pace::default();
            for _ in 0..12 {
                for piece in pieces {
                    run(&mut pace, piece, speed);
                }
            }
            for piece in pieces {
                let expected: f64 = piece.iter().map(|(kernel, work)| pace.expect(kernel, *work)).sum();
                let took = run(&mut pace, piece, speed);
                assert!((0.8..1.25).contains(&(expected / took)), "{factor}, {piece:?}: {expected} for {took}");
            }
            assert_eq!(pace.in_flight(), None);
        }
    }

    #[test]
    fn what_is_under_way_counts_until_it_is_done_or_lost() {
        let mut pace = Pace::default();
        let first = Expected::from([("conv1d", 2.0)]);
        let second = Expected::from([("lstm", 1.0), ("conv1d", 0.5)]);
        pace.sent(&first);
        pace.sent(&second);
        assert_eq!(pace.in_flight(), Some(3.5));
        pace.done(&first, Some(1.0));
        assert_eq!(pace.in_flight(), Some(1.5));
        pace.done(&second, None);
        assert_eq!(pace.in_flight(), None);
    }

    #[test]
    fn pieces_that_are_seen_at_once_share_their_time() {
        let mut pace = Pace::default();
        let before = pace.expect("conv1d", 1_000_000);
        let piece = Expected::from([("conv1d", before)]);
        for _ in 0..8 {
            (0..4).for_each(|_| pace.sent(&piece));
            // All is said to have been the first's.
            (0..4).for_each(|at| pace.done(&piece, Some(if at == 0 { 4.0 * before } else { 0.0 })));
        }
        assert!((pace.expect("conv1d", 1_000_000) / before - 1.0).abs() < 1e-9);
    }

    #[test]
    fn one_odd_piece_changes_little() {
        let mut pace = Pace::default();
        let before = pace.expect("conv1d", 1_000_000);
        let expected = Expected::from([("conv1d", before)]);
        pace.sent(&expected);
        pace.done(&expected, Some(1000.0 * before));
        assert!((pace.expect("conv1d", 1_000_000) / before - MOST_CHANGE).abs() < 1e-9);
    }
}
