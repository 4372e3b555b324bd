//! How much work the device does a second, measured on what jobs submit.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Context;
use crate::Result;

/// Work a second before anything was measured: a slow device's, so that the first submissions are short.
const FIRST: f64 = 4e9;
/// Weight of all earlier measurements after one more. A device that is slower than believed is found out by one
/// submission; one that is faster, by a dozen.
const KEPT: f64 = 0.75;
/// Longer than lies between two submissions that one look at the device finds finished, shorter than it looks again.
const SEEN_AT_ONCE: Duration = Duration::from_micros(50);

/// Work that one step of a job may submit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// In the units of [`Plan::pieces`](crate::graph::Plan::pieces).
    pub work: u64,
    /// Nothing is in flight: something must be submitted, however much work its smallest part is.
    pub idle: bool,
}

/// The throughput of one device, and the work it has yet to do.
#[derive(Debug)]
pub(crate) struct Throughput {
    /// Work of the finished submissions, where earlier ones count less.
    work: f64,
    /// The time that they took, weighted alike.
    seconds: f64,
    /// Work of the submissions that are not finished.
    in_flight: u64,
    submissions: usize,
}

impl Default for Throughput {
    fn default() -> Self {
        let seconds = 0.01; // weighs little beside the first measurements
        Self { work: FIRST * seconds, seconds, in_flight: 0, submissions: 0 }
    }
}

impl Throughput {
    /// Work that fills the device up to `budget`, counting what is in flight.
    pub fn allowance(&self, budget: Duration) -> Allowance {
        let all = (budget.as_secs_f64() * (self.work / self.seconds)) as u64; // saturates
        Allowance { work: all.saturating_sub(self.in_flight), idle: self.submissions == 0 }
    }

    /// Returns whether nothing else was in flight.
    fn submitted(&mut self, work: u64) -> bool {
        self.in_flight += work;
        self.submissions += 1;
        self.submissions == 1
    }

    /// A submission finished or was lost.
    fn ended(&mut self, work: u64) {
        self.in_flight -= work;
        self.submissions -= 1;
    }

    /// Of several submissions that are seen finished at once, the first is reported with the time of all and the others
    /// with next to none: those belong to the measurement before them. One that was `alone` is a measurement however short
    /// it was, or a device that is much faster than believed would never be found out.
    fn learn(&mut self, work: u64, took: Duration, alone: bool) {
        if alone || took > SEEN_AT_ONCE {
            self.work *= KEPT;
            self.seconds *= KEPT;
        }
        self.work += work as f64;
        self.seconds += took.as_secs_f64();
    }
}

/// A submission in flight, until it is dropped.
struct InFlight {
    throughput: Arc<Mutex<Throughput>>,
    work: u64,
}

impl InFlight {
    fn with<T>(&self, change: impl FnOnce(&mut Throughput) -> T) -> T {
        change(&mut self.throughput.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.with(|throughput| throughput.ended(self.work));
    }
}

impl Context {
    /// Work that a job may submit now, so that what is in flight takes `budget`.
    pub(crate) fn allowance(&self, budget: Duration) -> Allowance {
        self.throughput().lock().unwrap_or_else(PoisonError::into_inner).allowance(budget)
    }

    /// Counts the `work` that was just submitted as in flight until it is finished, and learns from the time it took.
    pub(crate) fn measure(&self, work: u64) -> Result<()> {
        // Not the context itself, which would keep its own thread alive.
        let submission = InFlight { throughput: Arc::clone(self.throughput()), work };
        let alone = submission.with(|throughput| throughput.submitted(work));
        self.watch(move |took| {
            if let Ok(took) = took {
                submission.with(|throughput| throughput.learn(work, took, alone));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_millis(4);

    /// The work that a device of `speed`, which is always idle, is given in `steps` steps of a budget, one each.
    fn steps(throughput: &mut Throughput, speed: f64, steps: usize) -> Vec<u64> {
        let mut given = Vec::new();
        for _ in 0..steps {
            let Allowance { work, idle } = throughput.allowance(BUDGET);
            assert!(idle);
            let work = work.max(1);
            let alone = throughput.submitted(work);
            throughput.learn(work, Duration::from_secs_f64(work as f64 / speed), alone);
            throughput.ended(work);
            given.push(work);
        }
        given
    }

    fn right(speed: f64) -> f64 {
        speed * BUDGET.as_secs_f64()
    }

    #[test]
    fn the_speed_of_a_device_is_learnt() {
        for (speed, within) in [(4e9, 1), (4e12, 24), (1.3e8, 24), (1e15, 48)] {
            let given = steps(&mut Throughput::default(), speed, within + 1);
            let error = given[within] as f64 / right(speed) - 1.0;
            assert!(error.abs() < 0.05, "{speed:e}: {given:?}");
        }
    }

    #[test]
    fn a_device_that_is_slower_than_believed_gets_less_at_once() {
        let mut throughput = Throughput::default();
        steps(&mut throughput, 1e12, 100);
        let given = steps(&mut throughput, 1e10, 2); // another program began to use it
        assert!(given[0] as f64 > 90.0 * right(1e10), "{given:?}");
        assert!((given[1] as f64) < 5.0 * right(1e10), "{given:?}");
    }

    #[test]
    fn a_pause_of_hours_is_forgotten() {
        let mut throughput = Throughput::default();
        steps(&mut throughput, 1e12, 100);
        throughput.learn(1, Duration::from_secs(36_000), true);
        let given = steps(&mut throughput, 1e12, 100);
        assert!((given[99] as f64 / right(1e12) - 1.0).abs() < 0.05, "{given:?}");
    }

    #[test]
    fn what_is_in_flight_counts_until_it_ends() {
        let mut throughput = Throughput::default();
        let all = throughput.allowance(BUDGET).work;
        throughput.submitted(all / 2);
        throughput.submitted(all / 4);
        assert_eq!(throughput.allowance(BUDGET), Allowance { work: all - all / 2 - all / 4, idle: false });
        throughput.submitted(all);
        assert_eq!(throughput.allowance(BUDGET), Allowance { work: 0, idle: false });
        throughput.ended(all);
        throughput.ended(all / 2);
        throughput.ended(all / 4);
        assert_eq!(throughput.allowance(BUDGET), Allowance { work: all, idle: true });
        assert_eq!(throughput.allowance(Duration::MAX).work, u64::MAX);
        assert_eq!(throughput.allowance(Duration::ZERO).work, 0);
    }

    #[test]
    fn submissions_that_are_seen_finished_at_once_share_their_time() {
        for group in [1, 4, 16] {
            let mut throughput = Throughput::default();
            for at in 0..40 * group {
                let (alone, took) = if at % group == 0 { (true, f64::from(group)) } else { (false, 1e-6) };
                throughput.learn(1_000_000_000, Duration::from_secs_f64(took), alone);
            }
            let speed = throughput.allowance(Duration::from_secs(1)).work as f64 / 1e9;
            assert!((speed - 1.0).abs() < 0.05, "groups of {group}: {speed}");
        }
    }
}
