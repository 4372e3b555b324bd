//! The worker on an engine without a GPU and a clock that only the test moves.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use kokoro_wgpu::Result;
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{Chunking, Phonemes, TextStream};

use super::*;
use crate::schedule::{Limits, Queue};

#[derive(Default)]
struct State {
    /// Lengths of the utterances of each batch.
    batches: Vec<Vec<usize>>,
    /// Errors of the next calls.
    errors: Vec<Error>,
    reopened: usize,
    /// Whether a device can be opened again.
    broken: bool,
    /// The longest utterance, in phonemes.
    longest: usize,
}

#[derive(Clone)]
struct Fake(Arc<Mutex<State>>);

fn lost() -> Error {
    Error::DeviceLost { message: "pulled".to_owned() }
}

impl Engine for Fake {
    fn speak(&mut self, utterances: &[Utterance]) -> Result<Vec<Audio>> {
        let mut state = self.0.lock().unwrap();
        state.batches.push(utterances.iter().map(|utterance| utterance.ids.len()).collect());
        if let Some(error) = state.errors.pop() {
            return Err(error);
        }
        if utterances.iter().any(|utterance| utterance.ids.len() > state.longest) {
            return Err(Error::TooLong { frames: 9_999, limit: 1 });
        }
        let audio = |utterance: &Utterance| Audio { samples: Vec::new(), durations: vec![1; utterance.ids.len() + 2] };
        Ok(utterances.iter().map(audio).collect())
    }

    fn reopen(&mut self) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        state.reopened += 1;
        if state.broken { Err(lost()) } else { Ok(()) }
    }
}

struct Bench {
    state: Arc<Mutex<State>>,
    worker: Worker<Fake, Box<dyn Fn() -> Duration>>,
    now: Rc<Cell<Duration>>,
    metrics: Arc<Metrics>,
}

type Reply = oneshot::Receiver<Result<Vec<Spoken>, Failure>>;

impl Bench {
    fn new() -> Self {
        let state = Arc::new(Mutex::new(State { longest: 510, ..State::default() }));
        let now = Rc::new(Cell::new(Duration::ZERO));
        let clock = now.clone();
        let mut queue = Queue::new(Limits { jobs: 16, gather: Duration::ZERO, batch_time: Duration::from_secs(1) });
        queue.ran(10_000, Duration::from_secs(1));
        let metrics = Arc::new(Metrics::default());
        let clock: Box<dyn Fn() -> Duration> = Box::new(move || clock.get());
        let worker = Worker::new(Fake(state.clone()), queue, Vocabulary::published(), clock, metrics.clone());
        Self { state, worker, now, metrics }
    }

    /// One whose device was lost while it spoke, failed the request, and cannot be opened again.
    fn without_device() -> Self {
        let mut bench = Self::new();
        bench.fail([lost()]);
        bench.state.lock().unwrap().broken = true;
        let reply = bench.push("wˈʌn");
        bench.run();
        assert!(matches!(answer(reply), Err(Failure::Unavailable(_))));
        bench
    }

    fn push(&mut self, phonemes: &str) -> Reply {
        let text_chunk = TextStream::new([phonemes], &Phonemes, Chunking::default()).next().unwrap().unwrap();
        let (reply, receiver) = oneshot::channel();
        let origin = Origin { client: 1, request: 1 };
        let voice = Arc::new(Voice::seeded(0));
        self.worker.push(Job { origin, text_chunk, voice, speed: 1.0, noise_seed: 0, reply });
        receiver
    }

    /// Speaks all that waits.
    fn run(&mut self) {
        while self.worker.turn() == Turn::Spoke {
            self.now.set(self.now.get() + Duration::from_millis(1));
        }
    }

    fn fail(&self, errors: impl IntoIterator<Item = Error>) {
        self.state.lock().unwrap().errors.extend(errors);
    }
}

fn answer(mut reply: Reply) -> Result<usize, Failure> {
    reply.try_recv().expect("an answer").map(|parts| parts.len())
}

#[test]
fn jobs_are_spoken_together_and_answered_apart() {
    let mut bench = Bench::new();
    let replies = ["wˈʌn", "tˈu", "θɹˈi"].map(|phonemes| bench.push(phonemes));
    bench.run();
    assert_eq!(replies.map(answer), [Ok(1), Ok(1), Ok(1)]);
    assert_eq!(bench.state.lock().unwrap().batches, [[4, 3, 4]]);
    assert_eq!((bench.metrics.sentences.get(), bench.metrics.waiting_sentences.get()), (3, 0));
}

#[test]
fn a_client_that_goes_takes_its_jobs_along() {
    let mut bench = Bench::new();
    let (gone, stays) = (bench.push("ɡˈɔn"), bench.push("stˈAz"));
    drop(gone);
    bench.run();
    assert_eq!(answer(stays), Ok(1));
    assert_eq!(bench.state.lock().unwrap().batches.concat().len(), 1);
}

#[test]
fn a_lost_device_is_opened_again_and_the_batch_repeated() {
    let mut bench = Bench::new();
    bench.fail([lost()]);
    let replies = ["wˈʌn", "tˈu"].map(|phonemes| bench.push(phonemes));
    bench.run();
    assert_eq!(replies.map(answer), [Ok(1), Ok(1)]);
    assert_eq!(bench.state.lock().unwrap().reopened, 1);
    assert_eq!((bench.metrics.device_losses.get(), bench.metrics.is_ready()), (1, true));
}

#[test]
fn a_device_that_stays_away_fails_requests_until_it_is_back() {
    let mut bench = Bench::without_device();
    assert!(!bench.metrics.is_ready());

    bench.state.lock().unwrap().broken = false;
    let reply = bench.push("tˈu");
    bench.run();
    assert_eq!(answer(reply), Ok(1));
    assert!(bench.metrics.is_ready());
}

#[test]
fn a_device_that_comes_back_is_opened_though_nobody_asks() {
    let mut bench = Bench::without_device();
    // It is tried again at the times the worker says, and not before.
    for attempts in 2..5 {
        let Turn::WaitUntil(time) = bench.worker.turn() else { panic!("the worker waits for a job") };
        assert_eq!(bench.state.lock().unwrap().reopened, attempts - 1);
        bench.now.set(time);
        bench.state.lock().unwrap().broken = attempts < 4;
        bench.worker.turn();
        assert_eq!((bench.state.lock().unwrap().reopened, bench.metrics.is_ready()), (attempts, attempts == 4));
    }
    assert_eq!(bench.worker.turn(), Turn::Idle);
}

#[test]
fn a_worker_without_a_device_ends_with_its_senders() {
    let bench = Bench::without_device();
    let (_, jobs) = std::sync::mpsc::channel();
    bench.worker.run(&jobs);
}

#[test]
fn a_device_lost_over_and_over_is_given_up() {
    let mut bench = Bench::new();
    bench.fail((0..10).map(|_| lost()));
    let reply = bench.push("wˈʌn");
    bench.run();
    assert!(matches!(answer(reply), Err(Failure::Unavailable(message)) if message.contains("3 times")));
    assert_eq!(bench.state.lock().unwrap().batches.len(), 3);
}

#[test]
fn one_bad_job_does_not_fail_the_others() {
    let mut bench = Bench::new();
    // The batch fails, then the first job by itself.
    let error = || Error::NonFinite { origin: "o".to_owned(), name: "n".to_owned(), index: 0, value: f32::NAN };
    bench.fail([error(), error()]);
    let [first, second] = ["wˈʌn", "tˈu"].map(|phonemes| bench.push(phonemes));
    bench.run();
    assert!(matches!(answer(first), Err(Failure::Failed(message)) if message.contains("NaN")));
    assert_eq!(answer(second), Ok(1));
}

#[test]
fn a_text_chunk_that_is_too_long_comes_back_in_parts() {
    let mut bench = Bench::new();
    bench.state.lock().unwrap().longest = 9;
    let (long, word) = (bench.push("wˈʌn tˈu θɹˈi fˈɔɹ"), bench.push("ɪmpˈɑsɪbᵊl"));
    bench.run();
    let parts = { long }.try_recv().unwrap().unwrap();
    let spoken: Vec<String> = parts.iter().map(|part| part.text_chunk.phonemes()).collect();
    assert_eq!(spoken, ["wˈʌn tˈu", "θɹˈi fˈɔɹ"]);
    assert!(matches!(answer(word), Err(Failure::Failed(message)) if message.contains("split the text")));
}
