//! The measured throughput of a device, from which a job's time budget becomes an amount of work, and the size of a
//! submission.
//!
//! Work is counted in floating-point operations of a convolution; see [`Cost::work`]. On one device, equal work takes about
//! equal time. A [`Job`](crate::Job) asks for a [`WorkBudget`], and a
//! [`PartialReplay`](crate::graph::PartialReplay) submits that much and reports it with [`Context::track_submission`].

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Context, Cost};
use crate::error::Result;

/// Work of moving one byte: 5 to 12 operations on a CPU.
const WORK_PER_BYTE: u64 = 8;
/// Work per second assumed before anything was measured: that of a slow device, so that the first submissions are short.
const INITIAL_THROUGHPUT: f64 = 4e9;
/// Every new measurement multiplies the weight of all earlier ones by this. A device that is slower than assumed is noticed
/// after one submission; a faster one after a dozen.
const DECAY: f64 = 0.75;
/// Upper bound on the measured time of a submission that was seen complete in the same poll as the one before it; less than
/// the time between two polls.
const SAME_POLL: Duration = Duration::from_micros(50);

/// Floating-point operations that a submission may have on a device of unknown or low speed. They leave a slow one time for other
/// users of the GPU, and stay below a driver's watchdog (2 s on Windows).
pub(super) const MIN_FLOPS_PER_SUBMIT: u64 = 8_000_000_000;
/// The time of a submission on a device that does more in it: a third of a frame at 60 Hz, so that an app's frames go on. Each
/// submission costs the host and the driver time, more than the work itself on a fast device.
const SUBMISSION_TIME: Duration = Duration::from_millis(5);

impl Cost {
    /// The work of a step, one of whose operations takes as long as `relative_cost` operations of a convolution.
    pub(crate) fn work(self, relative_cost: u64) -> u64 {
        self.flops * relative_cost + WORK_PER_BYTE * self.bytes
    }
}

/// Work that one step of a job may submit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkBudget {
    pub work: u64,
    /// Nothing is in flight: at least one part of a dispatch must be submitted, whatever its work, or the job would never end.
    pub idle: bool,
}

/// The throughput of one device, and its work in flight.
#[derive(Debug)]
pub(crate) struct Throughput {
    /// Exponentially weighted work of the completed submissions.
    work: f64,
    /// Their time, with the same weights.
    seconds: f64,
    work_in_flight: u64,
    submissions_in_flight: usize,
}

impl Default for Throughput {
    fn default() -> Self {
        let seconds = 0.01; // the assumption weighs as much as 10 ms of measurements, until DECAY makes it fade
        Self { work: INITIAL_THROUGHPUT * seconds, seconds, work_in_flight: 0, submissions_in_flight: 0 }
    }
}

impl Throughput {
    /// The work that the device can do in `time`, less the work in flight.
    fn work_budget(&self, time: Duration) -> WorkBudget {
        let total = (time.as_secs_f64() * (self.work / self.seconds)) as u64; // saturates
        WorkBudget { work: total.saturating_sub(self.work_in_flight), idle: self.submissions_in_flight == 0 }
    }

    /// Counts a submission as in flight. Returns whether it is the only one.
    fn submitted(&mut self, work: u64) -> bool {
        self.work_in_flight += work;
        self.submissions_in_flight += 1;
        self.submissions_in_flight == 1
    }

    /// A submission completed or was lost.
    fn ended(&mut self, work: u64) {
        self.work_in_flight -= work;
        self.submissions_in_flight -= 1;
    }

    /// Adds a measurement. The time of a submission counts from when it was submitted or, if later, from when the one before it
    /// completed. If several submissions are seen complete in the same poll, the first is reported with the time of all and the
    /// others with almost none, so the others are merged into the measurement before them. A submission that was `alone` in
    /// flight is always a measurement of its own: otherwise a device that is much faster than assumed would never be noticed.
    fn learn(&mut self, work: u64, time: Duration, alone: bool) {
        if alone || time > SAME_POLL {
            self.work *= DECAY;
            self.seconds *= DECAY;
        }
        self.work += work as f64;
        self.seconds += time.as_secs_f64();
    }
}

/// A submission that counts as in flight until this is dropped.
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
    /// Most floating-point operations of one submission; a dispatch that has more gets one of its own. Operations of all
    /// kernels count alike here; jobs weigh them by their time ([`Cost::work`]).
    pub(crate) fn flops_per_submit(&self) -> u64 {
        self.flops_per_submit_cell().load(Ordering::Relaxed)
    }

    /// Sets the measured speed of the device's convolutions, from which the size of submissions follows.
    pub(crate) fn set_convolution_speed(&self, flops_per_second: f64) {
        let flops = (flops_per_second * SUBMISSION_TIME.as_secs_f64()) as u64; // saturates
        self.flops_per_submit_cell().store(flops.max(MIN_FLOPS_PER_SUBMIT), Ordering::Relaxed);
    }

    /// Sizes submissions as on a device whose speed is not known.
    pub(crate) fn forget_convolution_speed(&self) {
        self.set_convolution_speed(0.0);
    }

    /// The work that jobs may submit now, so that the device finishes all work in flight within `time`.
    pub(crate) fn work_budget(&self, time: Duration) -> WorkBudget {
        self.throughput().lock().unwrap_or_else(PoisonError::into_inner).work_budget(time)
    }

    /// Counts `work`, which was just submitted, as in flight until it completes, and learns from the time it takes.
    pub(crate) fn track_submission(&self, work: u64) -> Result<()> {
        // Does not hold the context: the completion thread ends when the context is dropped.
        let submission = InFlight { throughput: Arc::clone(self.throughput()), work };
        let alone = submission.with(|throughput| throughput.submitted(work));
        self.on_completion(move |time| {
            if let Ok(time) = time {
                submission.with(|throughput| throughput.learn(work, time, alone));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_millis(4);

    /// The work that an otherwise idle device of this speed is given in so many steps of [`BUDGET`].
    fn run_steps(throughput: &mut Throughput, speed: f64, steps: usize) -> Vec<u64> {
        let mut submitted = Vec::new();
        for _ in 0..steps {
            let WorkBudget { work, idle } = throughput.work_budget(BUDGET);
            assert!(idle);
            let work = work.max(1);
            let alone = throughput.submitted(work);
            throughput.learn(work, Duration::from_secs_f64(work as f64 / speed), alone);
            throughput.ended(work);
            submitted.push(work);
        }
        submitted
    }

    fn exact_budget(speed: f64) -> f64 {
        speed * BUDGET.as_secs_f64()
    }

    #[test]
    fn the_speed_of_a_device_is_learnt() {
        for (speed, within) in [(4e9, 1), (4e12, 24), (1.3e8, 24), (1e15, 48)] {
            let submitted = run_steps(&mut Throughput::default(), speed, within + 1);
            let error = submitted[within] as f64 / exact_budget(speed) - 1.0;
            assert!(error.abs() < 0.05, "{speed:e}: {submitted:?}");
        }
    }

    #[test]
    fn a_device_that_slows_down_gets_less_after_one_submission() {
        let mut throughput = Throughput::default();
        run_steps(&mut throughput, 1e12, 100);
        let submitted = run_steps(&mut throughput, 1e10, 2); // another program began to use it
        assert!(submitted[0] as f64 > 90.0 * exact_budget(1e10), "{submitted:?}");
        assert!((submitted[1] as f64) < 5.0 * exact_budget(1e10), "{submitted:?}");
    }

    #[test]
    fn a_pause_of_hours_is_forgotten() {
        let mut throughput = Throughput::default();
        run_steps(&mut throughput, 1e12, 100);
        throughput.learn(1, Duration::from_secs(36_000), true);
        let submitted = run_steps(&mut throughput, 1e12, 100);
        assert!((submitted[99] as f64 / exact_budget(1e12) - 1.0).abs() < 0.05, "{submitted:?}");
    }

    #[test]
    fn work_in_flight_counts_until_it_ends() {
        let mut throughput = Throughput::default();
        let all = throughput.work_budget(BUDGET).work;
        throughput.submitted(all / 2);
        throughput.submitted(all / 4);
        assert_eq!(throughput.work_budget(BUDGET), WorkBudget { work: all - all / 2 - all / 4, idle: false });
        throughput.submitted(all);
        assert_eq!(throughput.work_budget(BUDGET), WorkBudget { work: 0, idle: false });
        throughput.ended(all);
        throughput.ended(all / 2);
        throughput.ended(all / 4);
        assert_eq!(throughput.work_budget(BUDGET), WorkBudget { work: all, idle: true });
        assert_eq!(throughput.work_budget(Duration::MAX).work, u64::MAX);
        assert_eq!(throughput.work_budget(Duration::ZERO).work, 0);
    }

    #[test]
    fn submissions_seen_complete_in_one_poll_share_their_time() {
        for group in [1, 4, 16] {
            let mut throughput = Throughput::default();
            for index in 0..40 * group {
                let (alone, time) = if index % group == 0 { (true, f64::from(group)) } else { (false, 1e-6) };
                throughput.learn(1_000_000_000, Duration::from_secs_f64(time), alone);
            }
            let speed = throughput.work_budget(Duration::from_secs(1)).work as f64 / 1e9;
            assert!((speed - 1.0).abs() < 0.05, "groups of {group}: {speed}");
        }
    }
}
