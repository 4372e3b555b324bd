//! Narrations with a narrow network: all text is spoken and timed to the sample, in constant memory.

use std::future::Future as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

#[cfg(feature = "text")]
use super::network::resident;
use super::network::{assert_same, context, default_limits, fresh, load_narrow, narrow, narrow_config, utterance};
#[cfg(feature = "text")]
use crate::Model;
#[cfg(feature = "text")]
use crate::text::english::{Accent, English};
use crate::text::{self, Chunking, G2p, TextStream, phonemes};
use crate::{Chunk, Error, FRAME_SAMPLES, Result, Synthesizer, Utterance, Voice, block_on};

/// A G2P for which every letter is a phoneme.
struct Letters;

impl G2p for Letters {
    fn phonemize(&self, text: &str) -> text::Result<String> {
        let symbols = text.chars().map(|c| if c == 'g' { 'ɡ' } else { c.to_ascii_lowercase() });
        let known: String =
            symbols.filter(|c| c.is_whitespace() || !phonemes::ids(&c.to_string()).is_empty()).collect();
        match known.contains(char::is_alphabetic) {
            true => Ok(known.split_whitespace().collect::<Vec<_>>().join(" ")),
            false => Err(text::Error::Unspeakable { reason: "nothing can be spoken".to_owned() }),
        }
    }
}

fn voice() -> Voice {
    Voice::seeded_width(0, 2 * narrow_config().style_dim as usize)
}

/// A story of at least so many words, by sentence or line of dialogue. It has abbreviations, figures, times, sums of money,
/// quotation marks, dividing lines, and long stretches without punctuation.
#[cfg(feature = "text")]
fn story(words: usize) -> impl Iterator<Item = String> + Send {
    const OPENINGS: [&str; 8] = [
        "The old lantern",
        "Nobody",
        "Dr. Marlow",
        "My aunt in St. Ives",
        "A ship",
        "Mr. Quill",
        "Jem's dog",
        "One of us",
    ];
    const VERBS: [&str; 8] =
        ["burned low", "came home", "waited", "had seen it before", "laughed", "said nothing", "went up", "was wrong"];
    const PLACES: [&str; 8] = [
        "by the harbour",
        "at 7:45 p.m.",
        "for £3.50",
        "in the winter of 1887",
        "with 22 men",
        "on the 3rd of May",
        "beyond the well-known rocks",
        "in the 1790s",
    ];
    const JOINTS: [&str; 6] = [", and ", "; then ", " because ", "—or so they say—", ": ", ", while "];
    const ENDS: [&str; 8] = [". ", ". ", "! ", "? ", "... ", ".\n\n", ".\n\n* * *\n\n", ". "];
    const LOOSE: [&str; 10] = ["and", "the", "sea", "rolled", "on", "under", "grey", "birds", "without", "end"];
    let mut state = 1_u64;
    let mut random = move |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let mut count = 0;
    std::iter::from_fn(move || {
        let [first, second] = [(); 2].map(|()| [OPENINGS[random(8)], VERBS[random(8)], PLACES[random(8)]].join(" "));
        let piece = match random(20) {
            0..=4 => format!("“{first},” said {}. “{second}!”\n\n", OPENINGS[random(8)]),
            5 => format!("({first}.) "),
            6 => (0..50 + random(250)).map(|_| LOOSE[random(10)].to_owned() + " ").collect(),
            7..=13 => first + JOINTS[random(6)] + &second + ENDS[random(8)],
            _ => first + ENDS[random(8)],
        };
        let unfinished = count < words;
        count += piece.split_whitespace().filter(|word| *word != "*").count();
        unfinished.then_some(piece)
    })
}

/// Asserts that a chunk's timings match its durations, with words after `words_end`. Returns the end of its last word.
#[track_caller]
fn check_timings(chunk: &Chunk, start: u64, words_end: u64) -> u64 {
    let unit = u64::from(FRAME_SAMPLES);
    let durations: Vec<u64> = chunk.speech.durations.iter().map(|frames| u64::from(*frames) * unit).collect();
    assert_eq!(chunk.start, start);
    assert_eq!(chunk.speech.samples.len() as u64, durations.iter().sum::<u64>());
    assert_eq!(chunk.timestamps.phonemes.len() + 2, durations.len(), "{:?}", chunk.phonemes);
    let mut now = start + durations[0];
    for (phoneme, duration) in chunk.timestamps.phonemes.iter().zip(&durations[1..]) {
        assert_eq!((phoneme.span.start, phoneme.span.end), (now, now + duration));
        now += duration;
    }
    let symbols: String = chunk.timestamps.phonemes.iter().map(|phoneme| phoneme.symbol).collect();
    assert_eq!(symbols, chunk.phonemes);
    let mut words_now = words_end;
    for word in &chunk.timestamps.words {
        assert!(word.span.start >= words_now && word.span.end >= word.span.start, "{word:?} after {words_now}");
        assert!(word.span.start % (unit / 2) == 0 && word.span.end % (unit / 2) == 0, "{word:?}");
        words_now = word.span.end;
    }
    let end = start + chunk.speech.samples.len() as u64;
    assert!(words_now <= end);
    words_now
}

/// Narrates a story and checks every chunk.
#[cfg(feature = "text")]
fn read_aloud(model: &Model, words: usize) {
    let (mut synthesizer, voice) = (Synthesizer::new(model).unwrap(), voice());
    let english = English::new(Accent::American).unwrap();
    let text_stream = TextStream::new(story(words), &english, Chunking::default());
    let mut narration = synthesizer.narrate(text_stream, &voice).speed(4.0);
    let (mut samples, mut words_end, mut spoken_words, mut longest, mut memory_early) = (0, 0, 0, 0, None);
    let mut rest = story(words).collect::<String>();
    let words = rest.split_whitespace().filter(|word| *word != "*").count();
    for chunk in narration.by_ref() {
        let chunk = chunk.unwrap();
        words_end = check_timings(&chunk, samples, words_end);
        samples += chunk.speech.samples.len() as u64;
        longest = longest.max(chunk.speech.samples.len());
        rest =
            rest.strip_prefix(chunk.text.as_str()).unwrap_or_else(|| panic!("{:?} is not next", chunk.text)).to_owned();
        let written = chunk.timestamps.words.iter().map(|word| word.text.as_str());
        let spoken = chunk.text.trim_start_matches(|c: char| "*.”\n ".contains(c));
        assert_eq!(written.collect::<String>(), spoken.split_whitespace().collect::<String>());
        // Words read as one, such as "7:45 p.m.", are timed as one.
        spoken_words += chunk.timestamps.words.iter().map(|word| word.text.split_whitespace().count()).sum::<usize>();
        if spoken_words > words / 4 && memory_early.is_none() {
            memory_early = resident();
        }
    }
    assert_eq!(narration.unspoken(), rest, "the rest has nothing to speak");
    assert!(!rest.contains(char::is_alphanumeric), "{rest:?}");
    assert_eq!(spoken_words, words);
    println!("{words} words: {} s of audio, the longest chunk {} s", samples / 24_000, longest / 24_000);
    if let Some((before, after)) = memory_early.zip(resident()).filter(|_| words >= 20_000) {
        println!("{before} MiB after a quarter, {after} MiB at the end");
        // The samples of the other three quarters alone would take several hundred MiB.
        assert!(after < before + 64, "{before} MiB after a quarter, {after} MiB at the end");
    }
}

#[cfg(feature = "text")]
#[test]
fn a_story_is_spoken_completely_and_timed_to_the_sample() {
    let Some(model) = narrow() else { return };
    read_aloud(model, 200);
}

#[cfg(feature = "text")]
#[test]
fn twenty_thousand_words_take_constant_memory() {
    if std::env::var_os("KOKORO_LONG_TESTS").is_none() {
        println!("skipped: minutes on a CPU; KOKORO_LONG_TESTS=1 runs it");
        return;
    }
    let Some(model) = narrow() else { return };
    read_aloud(model, 20_000);
}

#[test]
fn narration_in_batches_gives_the_same_chunks() {
    let Some(model) = narrow() else { return };
    let (mut synthesizer, voice) = (Synthesizer::new(model).unwrap(), voice());
    // Silent text at the end must stay there however the text chunks are grouped.
    let text = || story(90).chain(["\n\n* * *\n".to_owned()]);
    let mut narrated = |batch: usize| -> Vec<Chunk> {
        let text_stream = TextStream::new(text(), &Letters, Chunking::default());
        synthesizer.narrate(text_stream, &voice).speed(4.0).batch(batch).collect::<Result<_>>().unwrap()
    };
    let (alone, together) = (narrated(1), narrated(16));
    assert!(alone.len() > 3, "{} chunks", alone.len());
    assert_eq!(together.len(), alone.len());
    for (index, (one, other)) in alone.iter().zip(&together).enumerate() {
        assert!(one == other, "chunk {index}: {:?} and {:?}", one.text, other.text);
    }
    // A text chunk that is too long for the device is split, in a batch as well, and the others stay the same.
    let longest = alone.iter().map(|chunk| chunk.speech.durations.iter().sum::<u32>()).max().unwrap();
    for batch in [1, 16] {
        synthesizer.limit_frames(longest - 1);
        let text_stream = TextStream::new(text(), &Letters, Chunking::default());
        let mut narration = synthesizer.narrate(text_stream, &voice).speed(4.0).batch(batch);
        let chunks: Vec<Chunk> = narration.by_ref().collect::<Result<_>>().unwrap();
        assert!(chunks.len() > alone.len());
        let spoken: String = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
        assert_eq!(spoken + narration.unspoken(), text().collect::<String>());
    }
}

#[test]
fn narrations_and_jobs_are_send() {
    fn is_send<T: Send>() {}
    is_send::<crate::Narration<'static>>();
    is_send::<crate::Job>();
}

#[test]
fn dropping_the_future_of_a_chunk_ends_the_narration() {
    if context().is_none() {
        return;
    }
    // A separate device that hangs, so that the chunk is still in flight when its future is dropped.
    let context = default_limits();
    let mut synthesizer = Synthesizer::new(&load_narrow(&context)).unwrap();
    context.simulate_hang();
    let (text_stream, voice) = (TextStream::new(story(40), &Letters, Chunking::default()), voice());
    let mut narration = synthesizer.narrate(text_stream, &voice).speed(4.0);
    let mut chunk = Box::pin(narration.next_chunk());
    assert!(chunk.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(chunk);
    match narration.next() {
        Some(Err(Error::Argument { name: "narration", .. })) => {}
        other => panic!("text went missing: {other:?}"),
    }
    assert!(narration.next().is_none());
    context.set_timeout(std::time::Duration::ZERO); // ends the completion thread
}

#[test]
fn a_narration_goes_on_where_its_device_was_lost() {
    if context().is_none() {
        return;
    }
    // Single words, for many text chunks.
    let words =
        || "One day it had been there for as long as anyone knew.".split(' ').map(|word| format!("{word}.\n\n"));
    let text_stream = || TextStream::new(words(), &Letters, Chunking::default());
    let (voice, open) = (voice(), || Synthesizer::new(&load_narrow(&default_limits())).unwrap());
    for batch in [1, 3] {
        let mut synthesizer = open();
        let narration = synthesizer.narrate(text_stream(), &voice).speed(4.0).batch(batch);
        let expected: Vec<Chunk> = narration.collect::<Result<_>>().unwrap();
        assert_eq!(expected.len(), 12);
        // Two devices are lost, each while a chunk is returned.
        let device = Mutex::new(synthesizer.model().context().device().clone());
        let losses = AtomicUsize::new(0);
        let reopen = || {
            losses.fetch_add(1, Ordering::SeqCst);
            let synthesizer = open();
            *device.lock().unwrap() = synthesizer.model().context().device().clone();
            Ok(synthesizer)
        };
        let narration = synthesizer.narrate(text_stream(), &voice).speed(4.0).batch(batch).on_device_lost(reopen);
        let mut spoken = Vec::new();
        for chunk in narration {
            spoken.push(chunk.unwrap());
            if [1, 8].contains(&spoken.len()) {
                device.lock().unwrap().destroy();
            }
        }
        assert_eq!(losses.load(Ordering::SeqCst), 2, "{batch} at once");
        assert!(spoken == expected, "{batch} at once: other chunks");
    }
    // Without `on_device_lost`, or if every device is lost, it is an error.
    let mut synthesizer = open();
    synthesizer.model().context().device().destroy();
    let error = synthesizer.narrate(text_stream(), &voice).next().unwrap().unwrap_err();
    assert!(matches!(error, Error::DeviceLost { .. }), "{error}");
    let losses = AtomicUsize::new(0);
    let lost = || {
        losses.fetch_add(1, Ordering::SeqCst);
        let synthesizer = open();
        synthesizer.model().context().device().destroy();
        Ok(synthesizer)
    };
    let error = synthesizer.narrate(text_stream(), &voice).on_device_lost(lost).next().unwrap().unwrap_err();
    assert!(
        matches!(error, Error::DeviceLost { .. }) && losses.load(Ordering::SeqCst) == 3,
        "{error} after {}",
        losses.load(Ordering::SeqCst)
    );
}

/// A G2P that fails on one word.
struct Fails(&'static str);

impl G2p for Fails {
    fn phonemize(&self, text: &str) -> text::Result<String> {
        match text.contains(self.0) {
            true => Err(text::Error::Unspeakable { reason: format!("{} cannot be read", self.0) }),
            false => Letters.phonemize(text),
        }
    }
}

#[test]
fn a_g2p_error_follows_the_chunks_before_it() {
    let Some(model) = narrow() else { return };
    let (mut synthesizer, voice, g2p) = (Synthesizer::new(model).unwrap(), voice(), Fails("seven"));
    let words = || "one two three four five six seven eight nine".split(' ').map(|word| format!("{word}.\n\n"));
    // In a text chunk of its own, in the middle of a batch, and at the start of a batch while the previous one is decoded.
    for batch in [1, 4, 3] {
        let text_stream = TextStream::new(words(), &g2p, Chunking::default());
        let mut spoken: Vec<Result<Chunk>> = synthesizer.narrate(text_stream, &voice).speed(4.0).batch(batch).collect();
        let last = spoken.pop();
        assert!(matches!(last, Some(Err(Error::Text(text::Error::Unspeakable { .. })))), "{batch} at once: {last:?}");
        let text: String = spoken.into_iter().map(|chunk| chunk.unwrap().text).collect();
        assert_eq!(text, words().take(6).collect::<String>(), "{batch} at once");
    }
}

#[test]
fn short_of_memory_a_narration_speaks_shorter_pieces() {
    if context().is_none() {
        return;
    }
    let text_stream = || TextStream::new(story(60), &Letters, Chunking::default());
    let (context, voice) = (default_limits(), voice());
    let model = load_narrow(&context);
    let used = || context.memory().used;
    let alone = Synthesizer::new(&model).unwrap().narrate(text_stream(), &voice).speed(4.0).collect::<Result<Vec<_>>>();
    let (alone, weights) = (alone.unwrap(), used());
    let peak = context.memory().peak - weights;
    // A limit between the memory of a word and that of a text chunk.
    let mut synthesizer = Synthesizer::new(&model).unwrap();
    block_on(synthesizer.synthesize(&utterance(2))).unwrap();
    let limit = (used() + weights + peak) / 2;
    context.set_memory_limit(limit);
    let narration = synthesizer.narrate(text_stream(), &voice).speed(4.0);
    let chunks: Vec<Chunk> = narration.collect::<Result<_>>().unwrap();
    assert!(chunks.len() > alone.len(), "{} and {} chunks", chunks.len(), alone.len());
    let text = |chunks: &[Chunk]| chunks.iter().map(|chunk| chunk.text.as_str()).collect::<String>();
    assert_eq!(text(&chunks), text(&alone));
    assert!(used() <= limit && context.memory().limit == limit);
    // With a limit below the memory of a word it is an error. The synthesizer works again when the limit is raised.
    let whole = Utterance { speed: 1.0, ..utterance(5) };
    context.set_memory_limit(used() / 2);
    let mut synthesizer = synthesizer;
    synthesizer.limit_frames(6_000);
    let long = Utterance { speed: 0.25, ..utterance(60) };
    let error = block_on(synthesizer.synthesize(&long)).unwrap_err();
    assert!(matches!(error, Error::OutOfMemory { .. }), "{error:?}");
    assert!(matches!(Synthesizer::new(&model), Err(Error::OutOfMemory { .. })));
    context.set_memory_limit(u64::MAX);
    assert_same("after", &block_on(synthesizer.synthesize(&whole)).unwrap(), &fresh(&model, &whole));
    drop((synthesizer, chunks));
    assert_eq!(used(), weights, "memory counted without a buffer");
}

#[cfg(feature = "stream")]
#[test]
fn the_stream_gives_the_chunks_of_the_iterator() {
    use futures_util::StreamExt as _;
    let Some(model) = narrow() else { return };
    let (mut synthesizer, voice) = (Synthesizer::new(model).unwrap(), voice());
    let text_stream = || TextStream::new(story(40), &Letters, Chunking::default());
    let iterated: Vec<Chunk> = synthesizer.narrate(text_stream(), &voice).speed(4.0).collect::<Result<_>>().unwrap();
    let stream = synthesizer.narrate(text_stream(), &voice).speed(4.0).into_stream();
    let streamed: Vec<Result<Chunk>> = block_on(stream.collect());
    assert!(iterated.len() > 1 && streamed.into_iter().map(Result::unwrap).eq(iterated));
}

#[test]
fn text_is_read_lazily() {
    let Some(model) = narrow() else { return };
    let (mut synthesizer, voice) = (Synthesizer::new(model).unwrap(), voice());
    let taken = Arc::new(AtomicUsize::new(0));
    for live in [false, true] {
        let counter = Arc::clone(&taken);
        let endless = std::iter::repeat_with(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            "Nobody came to the house.\n"
        });
        let text_stream = TextStream::new(endless, &Letters, Chunking::default());
        let text_stream = if live { text_stream.live() } else { text_stream };
        let first = synthesizer.narrate(text_stream, &voice).speed(4.0).next().unwrap().unwrap();
        assert_eq!(first.text, "Nobody came to the house.\n");
        let most = if live { 2 } else { 15 }; // the next word marks the end of a sentence
        let count = taken.swap(0, Ordering::Relaxed);
        assert!((2..=most).contains(&count), "{count} pieces, live: {live}");
    }
}

#[test]
fn a_text_chunk_too_long_for_the_device_is_spoken_in_parts() {
    let Some(model) = narrow() else { return };
    let (mut synthesizer, voice) = (Synthesizer::new(model).unwrap(), voice());
    synthesizer.limit_frames(520); // 13 seconds
    let text = ["nobody came"; 20].join(" ");
    let text_stream = TextStream::new([text.as_str()], &Letters, Chunking::Published);
    let chunks: Vec<Chunk> = synthesizer.narrate(text_stream, &voice).speed(0.25).map(Result::unwrap).collect();
    assert!(chunks.len() > 1, "{} s in one piece", chunks[0].speech.seconds());
    let (mut samples, mut words_end) = (0, 0);
    for chunk in &chunks {
        words_end = check_timings(chunk, samples, words_end);
        samples += chunk.speech.samples.len() as u64;
    }
    assert_eq!(chunks.iter().map(|chunk| chunk.text.as_str()).collect::<String>(), text);
    assert_eq!(chunks.iter().map(|chunk| chunk.phonemes.as_str()).collect::<Vec<_>>().join(" "), text);
    let word = "b".repeat(500);
    let text_stream = TextStream::new([word.as_str()], &Letters, Chunking::Published);
    let mut narration = synthesizer.narrate(text_stream, &voice).speed(0.25);
    assert!(matches!(narration.next(), Some(Err(Error::TooLong { .. }))), "a single word");
    assert!(narration.next().is_none(), "after an error there is nothing more");
}

#[test]
fn the_longest_text_chunk_at_half_speed_is_spoken_in_halves() {
    let Some(model) = narrow() else { return };
    let (mut synthesizer, voice) = (Synthesizer::new(model).unwrap(), voice());
    let text = ["nobody came"; 42].join(" ") + " hurray";
    assert_eq!(text.len(), 510);
    let narrate = |synthesizer: &mut Synthesizer| -> Vec<Chunk> {
        let text_stream = TextStream::new([text.as_str()], &Letters, Chunking::Published);
        synthesizer.narrate(text_stream, &voice).speed(0.5).collect::<Result<_>>().unwrap()
    };
    let whole = narrate(&mut synthesizer);
    assert_eq!(whole.len(), 1);
    let frames: u32 = whole[0].speech.durations.iter().sum();
    // With the published network it takes 89.5 s, and WebGPU's default bindings hold 54.6 s.
    synthesizer.limit_frames(frames * 546 / 895);
    let halves = narrate(&mut synthesizer);
    assert_eq!(halves.len(), 2);
    assert_eq!(halves.iter().map(|chunk| chunk.text.as_str()).collect::<String>(), text);
}
