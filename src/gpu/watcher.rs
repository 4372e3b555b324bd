//! A context's thread that waits for the GPU, so that none of the host's need.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
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
type Told = Box<dyn FnOnce(Result<Duration, String>) + Send>;

/// Something to wait for.
struct Watched {
    submitted: Instant,
    /// Set by whoever polls the device first after it was done.
    done: Arc<OnceLock<Instant>>,
    told: Told,
}

/// The way to the thread, which starts with the first submission.
pub(super) struct Watcher {
    sender: Mutex<Option<Sender<Watched>>>,
    /// Milliseconds.
    patience: Arc<AtomicU64>,
}

impl Default for Watcher {
    fn default() -> Self {
        let patience = Arc::new(AtomicU64::new(PATIENCE.as_millis() as u64));
        Self { sender: Mutex::default(), patience }
    }
}

impl Context {
    /// Has `told` called when all that was submitted is done, on the context's own thread.
    pub(crate) fn watch(&self, told: impl FnOnce(Result<Duration, String>) + Send + 'static) -> Result<()> {
        let failed = |message: String| Error::Gpu { what: "waiting for the GPU", message };
        let watcher = self.watcher();
        // Locked from here on, so that the thread hears of submissions in their order.
        let mut slot = watcher.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let submitted = Instant::now();
        let done = Arc::new(OnceLock::new());
        let seen = Arc::clone(&done);
        self.queue().on_submitted_work_done(move || {
            let _ = seen.set(Instant::now());
        });
        let sender = match &mut *slot {
            Some(sender) => sender,
            none => {
                let (made, receiver) = channel();
                let (device, lost, patience) = (self.device().clone(), self.loss(), Arc::clone(&watcher.patience));
                let watch = move || wait_for_each(receiver, || poll(&device), &lost, &patience);
                let spawned = thread::Builder::new().name("kokoro watcher".to_owned()).spawn(watch);
                spawned.map_err(|e| failed(e.to_string()))?;
                none.insert(made)
            }
        };
        let watched = Watched { submitted, done, told: Box::new(told) };
        sender.send(watched).map_err(|_| {
            *slot = None; // the next starts another
            failed("the thread that waits has ended".to_owned())
        })
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
    receiver: Receiver<Watched>,
    poll: impl Fn() -> Result<(), String>,
    lost: &OnceLock<String>,
    patience: &AtomicU64,
) {
    let mut free = Instant::now();
    for Watched { submitted, done, told } in receiver {
        let mut waited = Duration::ZERO;
        let result = loop {
            let began = Instant::now();
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
            thread::sleep((waited / PAUSES).clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
            waited += began.elapsed().min(MOST);
        };
        let took = result.map(|done| {
            let took = done.saturating_duration_since(submitted.max(free));
            free = done;
            took
        });
        // It may wake a host's future, and that may panic: the others are waited for all the same.
        let _ = catch_unwind(AssertUnwindSafe(|| told(took)));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// What becomes of submissions, of which `poll` is given the flags.
    fn watched(
        submissions: usize,
        patience: u64,
        poll: impl Fn(&[Arc<OnceLock<Instant>>]) -> Result<(), String>,
    ) -> Vec<Result<(), String>> {
        let (sender, receiver) = channel();
        let (tell, told) = channel();
        let flags: Vec<_> = (0..submissions).map(|_| Arc::default()).collect();
        for done in flags.clone() {
            let tell = tell.clone();
            let told: Told = Box::new(move |result| drop(tell.send(result.map(drop))));
            sender.send(Watched { submitted: Instant::now(), done, told }).unwrap();
        }
        drop(sender);
        wait_for_each(receiver, || poll(&flags), &OnceLock::new(), &AtomicU64::new(patience));
        drop(tell);
        told.into_iter().collect()
    }

    fn set(done: &OnceLock<Instant>) {
        let _ = done.set(Instant::now());
    }

    #[test]
    fn each_submission_is_waited_for() {
        let polls = Cell::new(0_usize);
        let poll = |flags: &[Arc<OnceLock<Instant>>]| {
            polls.set(polls.get() + 1);
            if polls.get().is_multiple_of(3) {
                set(&flags[polls.get() / 3 - 1]);
            }
            Ok(())
        };
        assert_eq!(watched(4, 1000, poll), vec![Ok(()); 4]);
        assert_eq!(polls.get(), 12);
    }

    #[test]
    fn a_driver_that_hangs_counts_as_lost() {
        let poll = |flags: &[Arc<OnceLock<Instant>>]| {
            set(&flags[0]);
            Ok(())
        };
        let hangs = || Err("the driver did not answer for 0.0 s".to_owned());
        assert_eq!(watched(4, 20, poll), [Ok(()), hangs(), hangs(), hangs()]);
    }

    #[test]
    fn sleep_is_no_hang() {
        let polls = Cell::new(0_usize);
        let poll = |flags: &[Arc<OnceLock<Instant>>]| {
            polls.set(polls.get() + 1);
            match polls.get() {
                1 => thread::sleep(Duration::from_millis(300)), // a lid that was closed
                _ => set(&flags[0]),
            }
            Ok(())
        };
        assert_eq!(watched(1, 200, poll), [Ok(())]);
    }

    #[test]
    fn a_failure_is_told_to_all_behind_it() {
        let polls = Cell::new(0_usize);
        let poll = |flags: &[Arc<OnceLock<Instant>>]| {
            polls.set(polls.get() + 1);
            if polls.get() > 1 {
                return Err("gone".to_owned());
            }
            set(&flags[0]);
            Ok(())
        };
        let gone = || Err("gone".to_owned());
        assert_eq!(watched(3, 1000, poll), [Ok(()), gone(), gone()]);
    }
}
