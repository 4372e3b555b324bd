//! Synthesis with a narrow network: exact lengths, repeatable samples, checked arguments.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::network::{assert_same, context, default_limits, fresh, load_narrow, narrow, narrow_config, utterance};
use crate::batch::MAX_BATCH;
use crate::model::{ModelOptions, Precision};
use crate::{Checkpoint, Error, FRAME_SAMPLES, Model, Speech, Synthesizer, Utterance, block_on};

fn speak(synthesizer: &mut Synthesizer, utterance: &Utterance) -> Speech {
    block_on(synthesizer.synthesize(utterance)).unwrap()
}

#[test]
fn earlier_utterances_do_not_influence_later_ones() {
    let Some(model) = narrow() else { return };
    let [short, long] = [utterance(3), utterance(70)];
    let slow = Utterance { speed: 0.5, ..short.clone() };
    let noisy = Utterance { noise_seed: 7, ..short.clone() };
    // Slightly shorter than another in the same buffers, so that stale tokens and frames follow its end.
    let shorter = Utterance { ids: long.ids[..69].to_vec(), ..long.clone() };
    let references = [&short, &long, &slow, &noisy, &shorter].map(|utterance| (utterance, fresh(model, utterance)));
    let [s, l, w, n, r] = &references;
    for (label, order) in [
        ("long, short", vec![l, s]),
        ("short, long, short", vec![s, l, s]),
        ("slow, short, slow", vec![w, s, w]),
        ("another seed, then the first", vec![n, s]),
        ("a token less, then the first", vec![l, r, l]),
    ] {
        let mut synthesizer = Synthesizer::new(model).unwrap();
        for (index, (utterance, expected)) in order.into_iter().enumerate() {
            assert_same(&format!("{label}: utterance {index}"), &speak(&mut synthesizer, utterance), expected);
        }
    }
}

#[test]
fn synthesis_is_repeatable() {
    let Some(model) = narrow() else { return };
    let utterance = utterance(9);
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let first = speak(&mut synthesizer, &utterance);
    assert!(first.samples.iter().any(|sample| *sample != first.samples[0]), "silence");
    assert_same("again", &first, &speak(&mut synthesizer, &utterance));
    assert_same("by another synthesizer", &first, &fresh(model, &utterance));
}

#[test]
fn a_batch_is_bit_identical_to_single_utterances() {
    let Some(model) = narrow() else { return };
    // More utterances than one replay holds, of different lengths, with the shortest next to the longest, and with their own
    // speeds and seeds.
    let many: Vec<Utterance> = [9, 1, 70, 2, 33, 5, 12, 3, 64, 7, 8, 4, 6, 10, 11, 13, 14, 15]
        .into_iter()
        .enumerate()
        .map(|(i, count)| {
            let speed = if i % 3 == 0 { 1.0 } else { 2.0 };
            Utterance { speed, noise_seed: i as u32 / 4, ..utterance(count) }
        })
        .collect();
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let spoken = block_on(synthesizer.synthesize_batch(&many)).unwrap();
    assert_eq!(spoken.len(), many.len());
    let mut alone = Synthesizer::new(model).unwrap();
    for (index, (utterance, together)) in many.iter().zip(&spoken).enumerate() {
        assert_same(&format!("utterance {index} of the batch"), together, &speak(&mut alone, utterance));
    }
    // The larger buffers also serve a single utterance and a smaller batch.
    assert_same("alone after the batch", &speak(&mut synthesizer, &many[1]), &spoken[1]);
    for (index, again) in block_on(synthesizer.synthesize_batch(&many[2..5])).unwrap().iter().enumerate() {
        assert_same("a smaller batch", again, &spoken[2 + index]);
    }
    assert_eq!(block_on(synthesizer.synthesize_batch(&[])).unwrap(), []);
    // With a lower limit of frames per replay, the longest is alone and the others are in twos and threes.
    synthesizer.limit_frames(spoken[2].durations.iter().sum());
    for (index, again) in block_on(synthesizer.synthesize_batch(&many)).unwrap().iter().enumerate() {
        assert_same("in several replays", again, &spoken[index]);
    }
}

#[test]
fn a_batch_is_checked_before_it_runs() {
    let Some(model) = narrow() else { return };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let bad = Utterance { speed: f32::NAN, ..utterance(2) };
    match block_on(synthesizer.synthesize_batch(&[utterance(2), bad])) {
        Err(Error::Argument { name: "speed", .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(synthesizer.stats().dispatches, 0, "something ran");
}

#[test]
fn synthesizers_of_one_model_are_independent() {
    let Some(model) = narrow() else { return };
    let utterances = [utterance(4), utterance(23)];
    let references = utterances.each_ref().map(|utterance| fresh(model, utterance));
    let [mut a, mut b] = [Synthesizer::new(model).unwrap(), Synthesizer::new(model).unwrap()];
    for turn in [0, 1, 0] {
        assert_same("interleaved", &speak(&mut a, &utterances[turn]), &references[turn]);
        assert_same("interleaved", &speak(&mut b, &utterances[1 - turn]), &references[1 - turn]);
    }
    thread::scope(|scope| {
        for (synthesizer, at) in [(&mut a, 0), (&mut b, 1)] {
            let (utterances, references) = (&utterances, &references);
            scope.spawn(move || {
                for turn in [at, 1 - at, at] {
                    assert_same("in two threads", &speak(synthesizer, &utterances[turn]), &references[turn]);
                }
            });
        }
    });
}

#[test]
fn the_seed_determines_the_noise() {
    let Some(model) = narrow() else { return };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let mut with = |noise_seed| speak(&mut synthesizer, &Utterance { noise_seed, ..utterance(5) });
    let [first, other, large] = [0, 1, u32::MAX].map(&mut with);
    assert_same("seed 0 again", &first, &with(0));
    for (seed, speech) in [(1, other), (u32::MAX, large)] {
        assert_eq!(speech.durations, first.durations, "seed {seed}");
        assert_ne!(speech.samples, first.samples, "seed {seed}");
    }
}

#[test]
fn the_speed_divides_the_durations() {
    let Some(model) = narrow() else { return };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let mut frames = |speed| {
        let speech = speak(&mut synthesizer, &Utterance { speed, ..utterance(12) });
        assert!(speech.durations.iter().all(|frames| *frames >= 1), "every token lasts at least one frame");
        speech.durations.iter().sum::<u32>()
    };
    let [slow, normal, fast] = [0.25, 1.0, 4.0].map(&mut frames);
    // 14 tokens, each rounded by up to half a frame: at most 4 * 7 + 7 frames from exactly four times.
    assert!(slow.abs_diff(4 * normal) <= 35 && slow > normal && normal > fast, "{slow}, {normal}, {fast} frames");
}

#[test]
fn every_length_works_and_compiles_nothing_new() {
    if context().is_none() {
        return;
    }
    // A separate device, because other tests compile pipelines on the shared one.
    let context = default_limits();
    let mut synthesizer = Synthesizer::new(&load_narrow(&context)).unwrap();
    let mut compiled = None;
    // One id, two, one less than the maximum, and the maximum. At high speed, because every token lasts at least one frame.
    for count in [1, 2, 509, 510] {
        let speech = speak(&mut synthesizer, &Utterance { speed: 4.0, ..utterance(count) });
        assert_eq!(speech.durations.len(), count + 2);
        assert_eq!(speech.samples.len() as u32, FRAME_SAMPLES * speech.durations.iter().sum::<u32>(), "{count} ids");
        let pipelines = context.compiled_pipelines();
        assert_eq!(*compiled.get_or_insert(pipelines), pipelines, "pipelines after {count} ids");
    }
    assert!(compiled > Some(0));
}

#[test]
fn invalid_arguments_are_refused() {
    let Some(model) = narrow() else { return };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let good = utterance(3);
    let mut refusal = |change: &dyn Fn(&mut Utterance)| {
        let mut bad = good.clone();
        change(&mut bad);
        block_on(synthesizer.synthesize(&bad)).expect_err(&format!("{bad:?}"))
    };
    let argument = |error: &Error, wanted: &str| matches!(error, Error::Argument { name, .. } if *name == wanted);

    let error = refusal(&|u| u.ids = vec![1; 511]);
    assert!(matches!(error, Error::TooManyTokens { tokens: 511, limit: 510 }), "{error}");
    let error = refusal(&|u| u.ids.clear());
    assert!(argument(&error, "ids"), "{error}");
    for id in [178, u32::MAX] {
        let error = refusal(&|u| u.ids[1] = id);
        assert!(argument(&error, "ids") && error.to_string().contains(&id.to_string()), "{error}");
    }
    for speed in [f32::NAN, 0.0, -0.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, 0.2499, 4.001] {
        let error = refusal(&|u| u.speed = speed);
        assert!(argument(&error, "speed"), "{speed}: {error}");
    }
    for width in [0, 15, 17, 32] {
        for (name, error) in [
            ("style.decoder", refusal(&|u| u.style.decoder.resize(width, 0.0))),
            ("style.predictor", refusal(&|u| u.style.predictor.resize(width, 0.0))),
        ] {
            assert!(argument(&error, name) && error.to_string().contains("expected 16"), "{width}: {error}");
        }
    }
    for value in [f32::NAN, f32::INFINITY] {
        let error = refusal(&|u| u.style.predictor[1] = value);
        assert!(matches!(&error, Error::NonFinite { name, index: 1, .. } if name == "style.predictor"), "{error}");
    }
    assert_same("after the errors", &speak(&mut synthesizer, &good), &fresh(model, &good));
}

#[test]
fn an_utterance_too_long_for_the_device_is_refused_before_it_is_computed() {
    if context().is_none() {
        return;
    }
    // Ten times as many logits give ten times as many frames: 510 ids at a quarter of the speed exceed 128 MiB.
    let mut config = narrow_config();
    config.max_dur *= 10;
    let model = Model::load_with(
        &default_limits(),
        &Checkpoint::seeded(0),
        &ModelOptions::default().with_config(config.clone()),
    )
    .unwrap();
    let mut synthesizer = Synthesizer::new(&model).unwrap();
    // The largest tensor is the spectrum: 120 rows per frame and one per utterance, of 22 values at a pitch of 24.
    let limit = ((128 << 20) / (24 * 4) - MAX_BATCH as u32) / 120;
    assert_eq!(synthesizer.max_frames(), limit);
    assert_eq!(config.max_frames(&wgpu::Limits::default()), limit);
    match block_on(synthesizer.synthesize(&Utterance { speed: 0.25, ..utterance(510) })) {
        Err(Error::TooLong { frames, limit: found }) => assert!(frames > limit.into() && found == limit, "{frames}"),
        other => panic!("{:?}", other.map(|speech| speech.durations)),
    }
    let error = synthesizer.reserve(limit + 1).unwrap_err();
    assert!(matches!(error, Error::TooLong { frames, .. } if frames == u64::from(limit) + 1), "{error}");
    assert_eq!(
        error.to_string(),
        "the utterance is 11651 frames (291.3 s) long, at most 11650 (291.2 s) fit this device in one piece: split the \
         text or raise the speed"
    );
    let short = utterance(2);
    assert_same("after the error", &speak(&mut synthesizer, &short), &fresh(&model, &short));
}

#[test]
fn what_was_reserved_stays_for_batches() {
    let Some(model) = narrow() else { return };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    assert!(matches!(synthesizer.reserve(0), Err(Error::Argument { name: "frames", .. })));
    synthesizer.reserve(400).unwrap();
    let decoder_bytes = |synthesizer: &Synthesizer| -> u64 {
        let buffers = synthesizer.stats().buffers;
        buffers.iter().filter(|(name, _)| name.starts_with("decoder")).map(|(_, bytes)| bytes).sum()
    };
    let reserved = decoder_bytes(&synthesizer);
    block_on(synthesizer.synthesize_batch(&[utterance(2), utterance(3)])).unwrap();
    assert!(decoder_bytes(&synthesizer) >= reserved, "the batch's plan is smaller");
}

#[test]
fn a_reservation_for_which_memory_has_become_too_small_stops_no_speech() {
    if context().is_none() {
        return;
    }
    let context = default_limits(); // a device of its own, whose memory limit concerns no other test
    let model = load_narrow(&context);
    let mut synthesizer = Synthesizer::new(&model).unwrap();
    synthesizer.reserve(4000).unwrap();
    let limit = context.memory().used - synthesizer.peak_bytes() / 2;
    context.set_memory_limit(limit);
    let utterances = [utterance(2), utterance(3)];
    let spoken = block_on(synthesizer.synthesize_batch(&utterances)).unwrap();
    assert!(context.memory().used <= limit);
    context.set_memory_limit(u64::MAX);
    for (speech, utterance) in spoken.iter().zip(&utterances) {
        assert_same("in less memory", speech, &fresh(&model, utterance));
    }
}

#[test]
fn float16_weights_do_not_change_durations() {
    let (Some(context), Some(model)) = (context(), narrow()) else { return };
    let options = ModelOptions::default().with_config(narrow_config()).with_precision(Precision::F16);
    let halved = Model::load_with(context, &Checkpoint::seeded(0), &options).unwrap();
    let [exact, rounded] = [model, &halved].map(|model| fresh(model, &utterance(20)));
    assert_eq!(exact.durations, rounded.durations);
    // How near the samples are is told on the same F0 only, by tests/unit/stages.rs: a pitch off by a hundredth drifts away.
    assert!(rounded.samples != exact.samples);
}

/// A minimal executor: a thread that sleeps until it is woken.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[test]
fn synthesis_runs_on_any_executor() {
    let Some(model) = narrow() else { return };
    let utterance = utterance(6);
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let mut future = pin!(assert_send(synthesizer.synthesize(&utterance)));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let speech = loop {
        match future.as_mut().poll(&mut TaskContext::from_waker(&waker)) {
            Poll::Ready(speech) => break speech.unwrap(),
            Poll::Pending => thread::park(),
        }
    };
    assert_same("awaited", &speech, &fresh(model, &utterance));
}

/// Multi-threaded executors require `Send` futures.
fn assert_send<T: Send>(future: T) -> T {
    future
}

#[test]
fn a_dropped_future_leaves_the_synthesizer_usable() {
    let Some(model) = narrow() else { return };
    let (dropped, next) = (utterance(40), utterance(6));
    let expected = fresh(model, &next);
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    // Dropped before the first poll, while the durations are computed, and while the samples are computed.
    for polls in 0..3 {
        let mut future = Box::pin(synthesizer.synthesize(&dropped));
        for _ in 0..polls {
            // The GPU may have finished already, and a ready future must not be polled again.
            if future.as_mut().poll(&mut TaskContext::from_waker(&waker)).is_ready() {
                break;
            }
            thread::park();
        }
        drop(future);
        assert_same(&format!("after {polls} polls"), &speak(&mut synthesizer, &next), &expected);
    }
}
