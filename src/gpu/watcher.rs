//! A context's thread that waits for the GPU, so that none of the host's need.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Context;
use crate::{Error, Result};

/// Between two looks, at most. A thread that waited in wgpu would hold a lock that presenting a frame and destroying a buffer
/// need as well: a host's render loop would stand still. (And waits with a timeout on several threads fail an assertion of
/// wgpu-core 30.)
const LONGEST_PAUSE: Duration = Duration::from_millis(1);
const SHORTEST_PAUSE: Duration = Duration::from_micros(50);
/// A pause is at most this part of the time waited so far, so that a short submission is soon seen.
const PAUSES: u32 = 16;
/// What one look and pause count, at most: a machine that slept meanwhile was not waiting.
const MOST: Duration = Duration::from_millis(100);
/// A submission holds 8 GFLOP or one dispatch: seconds for the slowest adapters seen.
const PATIENCE: Duration = Duration::from_secs(120);

/// Called when a submission is done, with the time that it took since it was submitted or the one before was done; or
/// with what went wrong instead.
type Callback = Box<dyn FnOnce(Result<Duration, String>) + Send>;

/// The time since some moment, and pauses; a trait, so that tests of the watcher need no time.
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

/// Something to wait for.
struct Submission {
    submitted: Duration,
    /// Set by whoever polls the device first after it was done.
    done: Arc<OnceLock<Duration>>,
    callback: Callback,
}

/// The way to the thread, which starts with the first submission.
pub(super) struct Watcher {
    clock: SystemClock,
    sender: Mutex<Option<Sender<Submission>>>,
    /// Milliseconds.
    patience: Arc<AtomicU64>,
    /// Nothing that the driver says is heard, as if it hung.
    silent: Arc<AtomicBool>,
}

impl Default for Watcher {
    fn default() -> Self {
        let patience = Arc::new(AtomicU64::new(PATIENCE.as_millis() as u64));
        let (clock, sender) = (SystemClock(Instant::now()), Mutex::default());
        Self { clock, sender, patience, silent: Arc::default() }
    }
}

impl Context {
    /// Has `callback` called when all that was submitted is done, on the context's own thread.
    pub(crate) fn watch(&self, callback: impl FnOnce(Result<Duration, String>) + Send + 'static) -> Result<()> {
        let failed = |message: String| Error::Gpu { what: "waiting for the GPU", message };
        let watcher = self.watcher();
        // Locked from here on, so that the thread hears of submissions in their order.
        let mut slot = watcher.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let (clock, done) = (watcher.clock, Arc::new(OnceLock::new()));
        let submitted = clock.now();
        let seen = Arc::clone(&done);
        let heard = self.unless_silent(move |()| {
            let _ = seen.set(clock.now());
        });
        self.queue().on_submitted_work_done(move || heard(()));
        let sender = match &mut *slot {
            Some(sender) => sender,
            none => {
                let (made, receiver) = channel();
                let (device, lost, patience) = (self.device().clone(), self.loss(), Arc::clone(&watcher.patience));
                let watch = move || wait_for_each(receiver, || poll(&device), &lost, &patience, &clock);
                let spawned = thread::Builder::new().name("kokoro watcher".to_owned()).spawn(watch);
                spawned.map_err(|e| failed(e.to_string()))?;
                none.insert(made)
            }
        };
        let submission = Submission { submitted, done, callback: Box::new(callback) };
        sender.send(submission).map_err(|_| {
            *slot = None; // the next starts another
            failed("the thread that waits has ended".to_owned())
        })
    }

    /// A callback for wgpu, which tests can keep from being called.
    pub(super) fn unless_silent<T, F: FnOnce(T)>(&self, callback: F) -> impl FnOnce(T) + use<T, F> {
        let silent = Arc::clone(&self.watcher().silent);
        move |result| {
            if !silent.load(Ordering::Relaxed) {
                callback(result);
            }
        }
    }

    /// From here on nothing that the GPU does is heard of, as if its driver hung, however fast it is.
    #[cfg(test)]
    pub(crate) fn silence(&self) {
        self.watcher().silent.store(true, Ordering::Relaxed);
    }

    /// How long one submission, 8 GFLOP or a single dispatch, may take: 120 s unless this is called. A driver that does
    /// not answer for longer counts as lost: [`Error::DeviceLost`]. Time in which the machine sleeps does not count.
    pub fn set_timeout(&self, timeout: Duration) {
        let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1);
        self.watcher().patience.store(milliseconds, Ordering::Relaxed);
    }
}

/// Lets wgpu see what is done; does not wait. wgpu panics where the driver says that the device is lost.
pub(super) fn poll(device: &wgpu::Device) -> Result<(), String> {
    match catch_unwind(AssertUnwindSafe(|| device.poll(wgpu::PollType::Poll))) {
        Ok(polled) => polled.map(drop).map_err(|error| error.to_string()),
        Err(panic) => Err(panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "polling it failed".to_owned())),
    }
}

/// Ends when the context is gone and nothing is under way.
fn wait_for_each(
    receiver: Receiver<Submission>,
    poll: impl Fn() -> Result<(), String>,
    lost: &OnceLock<String>,
    patience: &AtomicU64,
    clock: &impl Clock,
) {
    let mut free = clock.now();
    for Submission { submitted, done, callback } in receiver {
        let mut waited = Duration::ZERO;
        let result = loop {
            let began = clock.now();
            let polled = poll();
            // A device that is lost is done with everything, and what it was doing with it is lost too.
            if let Some(message) = lost.get() {
                break Err(message.clone());
            }
            if let Some(done) = done.get() {
                break Ok(*done);
            }
            let most = Duration::from_millis(patience.load(Ordering::Relaxed));
            let hangs = || format!("the driver did not answer for {:.1} s", most.as_secs_f64());
            if let Some(message) = polled.err().or_else(|| (waited > most).then(hangs)) {
                break Err(lost.get_or_init(|| message).clone());
            }
            clock.pause((waited / PAUSES).clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
            waited += clock.now().saturating_sub(began).min(MOST);
        };
        let took = result.map(|done| {
            let took = done.saturating_sub(submitted.max(free));
            free = done;
            took
        });
        // It may wake a host's future, and that may panic: the others are waited for all the same.
        let _ = catch_unwind(AssertUnwindSafe(|| callback(took)));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A clock that only pauses move.
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

    /// How submissions end that are made at the clock's start, of which `poll` is given the flags.
    fn watched(
        submissions: usize,
        patience: Duration,
        poll: impl Fn(&FakeClock, &[Arc<OnceLock<Duration>>]) -> Result<(), String>,
    ) -> Vec<Result<Duration, String>> {
        let (sender, receiver) = channel();
        let (results, ended) = channel();
        let flags: Vec<_> = (0..submissions).map(|_| Arc::default()).collect();
        for done in flags.clone() {
            let results = results.clone();
            let callback: Callback = Box::new(move |result| drop(results.send(result)));
            sender.send(Submission { submitted: Duration::ZERO, done, callback }).unwrap();
        }
        drop((sender, results));
        let (clock, patience) = (FakeClock::default(), AtomicU64::new(patience.as_millis() as u64));
        wait_for_each(receiver, || poll(&clock, &flags), &OnceLock::new(), &patience, &clock);
        ended.into_iter().collect()
    }

    #[test]
    fn each_submission_is_waited_for_and_timed_from_the_one_before() {
        let ends = [1, 3, 4, 8].map(|second| second * SECOND);
        let poll = |clock: &FakeClock, flags: &[Arc<OnceLock<Duration>>]| {
            for (flag, end) in flags.iter().zip(ends).filter(|(_, end)| *end <= clock.now()) {
                let _ = flag.set(end);
            }
            Ok(())
        };
        assert_eq!(watched(4, 5 * SECOND, poll), [1, 2, 1, 4].map(|seconds| Ok(seconds * SECOND)));
        // Patience is with each of them.
        let hangs = || Err("the driver did not answer for 3.5 s".to_owned());
        assert_eq!(watched(4, 7 * SECOND / 2, poll), [Ok(SECOND), Ok(2 * SECOND), Ok(SECOND), hangs()]);
    }

    #[test]
    fn a_driver_that_hangs_counts_as_lost() {
        let poll = |_: &FakeClock, flags: &[Arc<OnceLock<Duration>>]| {
            let _ = flags[0].set(SECOND);
            Ok(())
        };
        let hangs = || Err("the driver did not answer for 120.0 s".to_owned());
        assert_eq!(watched(4, PATIENCE, poll), [Ok(SECOND), hangs(), hangs(), hangs()]);
    }

    #[test]
    fn sleep_is_no_hang() {
        let poll = |clock: &FakeClock, flags: &[Arc<OnceLock<Duration>>]| {
            if clock.now() < SECOND / 2 {
                clock.pause(3600 * SECOND); // a lid that was closed
            } else if clock.now() > 3600 * SECOND + SECOND / 2 {
                let _ = flags[0].set(clock.now());
            }
            Ok(())
        };
        let ended = watched(1, SECOND, poll);
        assert!(ended[0].as_ref().is_ok_and(|took| *took >= 3600 * SECOND), "{ended:?}");
    }

    #[test]
    fn a_failure_is_the_end_of_all_behind_it() {
        let poll = |_: &FakeClock, flags: &[Arc<OnceLock<Duration>>]| match flags[0].set(SECOND) {
            Ok(()) => Ok(()),
            Err(_) => Err("gone".to_owned()),
        };
        let gone = || Err("gone".to_owned());
        assert_eq!(watched(3, PATIENCE, poll), [Ok(SECOND), gone(), gone()]);
    }
}
