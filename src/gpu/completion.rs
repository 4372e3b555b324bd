//! A context's thread that waits for submissions to complete, so that the app's threads need not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Context;
use crate::error::{Error, Result};

/// Longest pause between two polls. The thread polls because waiting in wgpu holds a lock that presenting a frame and
/// destroying a buffer need: an app's render loop would stall. (Also, waits with a timeout on several threads fail an
/// assertion of wgpu-core 30.)
const MAX_PAUSE: Duration = Duration::from_millis(1);
const MIN_PAUSE: Duration = Duration::from_micros(50);
/// A pause is a sixteenth of the time waited so far, within the two above, so that short submissions are noticed soon.
const PAUSE_DIVISOR: u32 = 16;
/// One poll and pause add at most this to the time waited, so that a suspended laptop does not time out.
const MAX_WAIT_STEP: Duration = Duration::from_millis(100);
/// Default time limit of a submission. On a slow device it has at most 8 GFLOP, or a single dispatch with more: seconds on the
/// slowest known adapters.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// Called once: with the GPU time of the submission, measured from when it was submitted or, if later, from when the
/// previous one completed; or with an error message.
type Callback = Box<dyn FnOnce(Result<Duration, String>) + Send>;

/// The time since some moment, and pauses. Tests replace it with a clock that does not wait.
trait Clock {
    fn now(&self) -> Duration;
    fn pause(&self, time: Duration);
}

#[derive(Clone, Copy)]
struct SystemClock(Instant);

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn pause(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// A submission to wait for.
struct Submission {
    /// The clock's time when it was submitted.
    submitted: Duration,
    /// Time of completion, set by whichever thread polls the device first.
    completed: Arc<OnceLock<Duration>>,
    callback: Callback,
}

/// Handle of the thread, which starts with the first submission.
pub(super) struct CompletionThread {
    clock: SystemClock,
    sender: Mutex<Option<Sender<Submission>>>,
    timeout_ms: Arc<AtomicU64>,
    /// The thread does not poll the device, as if its driver hung.
    #[cfg(test)]
    hangs: Arc<std::sync::atomic::AtomicBool>,
}

impl Default for CompletionThread {
    fn default() -> Self {
        Self {
            clock: SystemClock(Instant::now()),
            sender: Mutex::default(),
            timeout_ms: Arc::new(AtomicU64::new(DEFAULT_TIMEOUT.as_millis() as u64)),
            #[cfg(test)]
            hangs: Arc::default(),
        }
    }
}

impl CompletionThread {
    /// Spawns the thread. It ends when the sender is dropped and nothing is in flight.
    fn spawn(&self, context: &Context) -> Result<Sender<Submission>> {
        let (sender, receiver) = channel();
        let (device, lost) = (context.device().clone(), context.lost_message());
        let (clock, timeout_ms) = (self.clock, Arc::clone(&self.timeout_ms));
        #[cfg(test)]
        let hangs = Arc::clone(&self.hangs);
        let poll = move || {
            #[cfg(test)]
            if hangs.load(Ordering::Relaxed) {
                return Ok(());
            }
            poll(&device)
        };
        let wait = move || wait_for_each(receiver, poll, &lost, &timeout_ms, &clock);
        let spawned = thread::Builder::new().name("kokoro completion".to_owned()).spawn(wait);
        spawned.map_err(|source| Error::Gpu { what: "waiting for the GPU", source: source.into() })?;
        Ok(sender)
    }
}

impl Context {
    /// Calls `callback` on the context's own thread when everything submitted so far is complete, or with an error message
    /// when the device is lost. See [`Callback`].
    pub(crate) fn on_completion(&self, callback: impl FnOnce(Result<Duration, String>) + Send + 'static) -> Result<()> {
        let thread = self.completion_thread();
        // Locked until the submission is sent, so that the thread receives submissions in order.
        let mut sender = thread.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let (clock, completed) = (thread.clock, Arc::new(OnceLock::new()));
        let submitted = clock.now();
        let set_completed = Arc::clone(&completed);
        self.queue().on_submitted_work_done(move || {
            let _ = set_completed.set(clock.now());
        });
        let running = match &mut *sender {
            Some(running) => running,
            none => none.insert(thread.spawn(self)?),
        };
        running.send(Submission { submitted, completed, callback: Box::new(callback) }).map_err(|_| {
            *sender = None; // the next submission starts another thread
            Error::Gpu { what: "waiting for the GPU", source: "the waiting thread has ended".into() }
        })
    }

    /// From now on the device is not polled and nothing completes, as if its driver hung.
    #[cfg(test)]
    pub(crate) fn simulate_hang(&self) {
        self.completion_thread().hangs.store(true, Ordering::Relaxed);
    }

    /// Sets the time limit of one submission; 120 s by default. A submission has at most 8 GFLOP, or 5 ms of convolutions at the
    /// speed that [`Context::tune`] measured, or a single dispatch with more. If the driver takes longer, the device counts as
    /// lost: [`Error::DeviceLost`]. Time while the machine sleeps does not count. Uploading the weights has no limit.
    pub fn set_timeout(&self, timeout: Duration) {
        let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1);
        self.completion_thread().timeout_ms.store(milliseconds, Ordering::Relaxed);
    }
}

/// Lets wgpu process completed work, without waiting. wgpu panics if the driver reports a lost device.
pub(super) fn poll(device: &wgpu::Device) -> Result<(), String> {
    match catch_unwind(AssertUnwindSafe(|| device.poll(wgpu::PollType::Poll))) {
        Ok(polled) => polled.map(drop).map_err(|error| error.to_string()),
        Err(panic) => {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            Err(message.or(panic.downcast_ref::<&str>().copied()).unwrap_or("polling it failed").to_owned())
        }
    }
}

/// The body of the thread: waits for each submission in order.
fn wait_for_each(
    receiver: Receiver<Submission>,
    poll: impl Fn() -> Result<(), String>,
    lost: &OnceLock<String>,
    timeout_ms: &AtomicU64,
    clock: &impl Clock,
) {
    let mut previous_completed = clock.now();
    for Submission { submitted, completed, callback } in receiver {
        let mut waited = Duration::ZERO;
        let result = loop {
            let began = clock.now();
            let polled = poll();
            // wgpu reports all work on a lost device as complete, but its results are lost.
            if let Some(message) = lost.get() {
                break Err(message.clone());
            }
            if let Some(completed) = completed.get() {
                break Ok(*completed);
            }
            let timeout = Duration::from_millis(timeout_ms.load(Ordering::Relaxed));
            let timed_out = || format!("the driver did not answer for {:.1} s", timeout.as_secs_f64());
            if let Some(message) = polled.err().or_else(|| (waited > timeout).then(timed_out)) {
                break Err(lost.get_or_init(|| message).clone());
            }
            clock.pause((waited / PAUSE_DIVISOR).clamp(MIN_PAUSE, MAX_PAUSE));
            waited += clock.now().saturating_sub(began).min(MAX_WAIT_STEP);
        };
        let time = result.map(|completed| {
            let time = completed.saturating_sub(submitted.max(previous_completed));
            previous_completed = completed;
            time
        });
        // The callback may wake an app's future, which may panic. The other submissions must still be waited for.
        let _ = catch_unwind(AssertUnwindSafe(|| callback(time)));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A clock that only advances by pauses.
    #[derive(Default)]
    struct FakeClock(Cell<Duration>);

    impl Clock for FakeClock {
        fn now(&self) -> Duration {
            self.0.get()
        }

        fn pause(&self, time: Duration) {
            self.0.set(self.0.get() + time);
        }
    }

    /// The results of submissions that are all made at time zero. `poll` sets the completion times passed to it.
    fn results_of(
        submissions: usize,
        timeout: Duration,
        poll: impl Fn(&FakeClock, &[Arc<OnceLock<Duration>>]) -> Result<(), String>,
    ) -> Vec<Result<Duration, String>> {
        let (sender, receiver) = channel();
        let (results, received) = channel();
        let completions: Vec<_> = (0..submissions).map(|_| Arc::default()).collect();
        for completed in completions.clone() {
            let results = results.clone();
            let callback: Callback = Box::new(move |result| drop(results.send(result)));
            sender.send(Submission { submitted: Duration::ZERO, completed, callback }).unwrap();
        }
        drop((sender, results));
        let (clock, timeout_ms) = (FakeClock::default(), AtomicU64::new(timeout.as_millis() as u64));
        wait_for_each(receiver, || poll(&clock, &completions), &OnceLock::new(), &timeout_ms, &clock);
        received.into_iter().collect()
    }

    #[test]
    fn each_submission_is_timed_from_the_completion_of_the_one_before() {
        let ends = [1, 3, 4, 8].map(|second| second * SECOND);
        let poll = |clock: &FakeClock, completions: &[Arc<OnceLock<Duration>>]| {
            for (completed, end) in completions.iter().zip(ends).filter(|(_, end)| *end <= clock.now()) {
                let _ = completed.set(end);
            }
            Ok(())
        };
        assert_eq!(results_of(4, 5 * SECOND, poll), [1, 2, 1, 4].map(|seconds| Ok(seconds * SECOND)));
        // The timeout applies to each of them.
        let timed_out = || Err("the driver did not answer for 3.5 s".to_owned());
        assert_eq!(results_of(4, 7 * SECOND / 2, poll), [Ok(SECOND), Ok(2 * SECOND), Ok(SECOND), timed_out()]);
    }

    #[test]
    fn a_driver_that_hangs_counts_as_lost() {
        let poll = |_: &FakeClock, completions: &[Arc<OnceLock<Duration>>]| {
            let _ = completions[0].set(SECOND);
            Ok(())
        };
        let timed_out = || Err("the driver did not answer for 120.0 s".to_owned());
        assert_eq!(results_of(4, DEFAULT_TIMEOUT, poll), [Ok(SECOND), timed_out(), timed_out(), timed_out()]);
    }

    #[test]
    fn time_while_the_machine_sleeps_does_not_count_towards_the_timeout() {
        let poll = |clock: &FakeClock, completions: &[Arc<OnceLock<Duration>>]| {
            if clock.now() < SECOND / 2 {
                clock.pause(3600 * SECOND); // a closed laptop
            } else if clock.now() > 3600 * SECOND + SECOND / 2 {
                let _ = completions[0].set(clock.now());
            }
            Ok(())
        };
        let results = results_of(1, SECOND, poll);
        assert!(results[0].as_ref().is_ok_and(|time| *time >= 3600 * SECOND), "{results:?}");
    }

    #[test]
    fn after_an_error_all_later_submissions_fail() {
        let poll = |_: &FakeClock, completions: &[Arc<OnceLock<Duration>>]| match completions[0].set(SECOND) {
            Ok(()) => Ok(()),
            Err(_) => Err("gone".to_owned()),
        };
        let gone = || Err("gone".to_owned());
        assert_eq!(results_of(3, DEFAULT_TIMEOUT, poll), [Ok(SECOND), gone(), gone()]);
    }
}
