//! Output of spoken chunks: audio, timings and messages.

use std::collections::BTreeSet;
use std::time::Instant;

use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::{Chunk, SAMPLE_RATE};

use crate::audio::Audio;
use crate::failure::{Failure, note};
use crate::timings::{Mark, Writer};

/// Writes chunks to all outputs as they are spoken.
pub struct Recorder<'a> {
    pub audio: Audio<'a>,
    timings: Option<Writer<'a>>,
    vocabulary: &'a Vocabulary,
    /// Spoken phonemes that have no id in the model.
    pub unknown: BTreeSet<char>,
    pub start: Instant,
    /// Seconds from the start to the first chunk.
    pub first_audio: Option<f64>,
    verbose: bool,
}

impl<'a> Recorder<'a> {
    pub fn new(audio: Audio<'a>, timings: Option<Writer<'a>>, vocabulary: &'a Vocabulary, verbose: bool) -> Self {
        let (unknown, start) = (BTreeSet::new(), Instant::now());
        Self { audio, timings, vocabulary, unknown, start, first_audio: None, verbose }
    }

    /// Adds a chunk and the marks in it.
    pub fn add(&mut self, chunk: &Chunk, marks: Vec<Mark>) -> Result<(), Failure> {
        // Other languages have punctuation and accents without ids; only letters and digits are worth a warning.
        self.unknown.extend(self.vocabulary.unknown(&chunk.phonemes).filter(|symbol| symbol.is_alphanumeric()));
        self.audio.add(&chunk.speech.samples)?;
        self.first_audio.get_or_insert_with(|| self.start.elapsed().as_secs_f64());
        if let Some(timings) = &mut self.timings {
            timings.add(&chunk.timestamps, marks)?;
        }
        if self.verbose {
            let durations: Vec<String> = chunk.speech.durations.iter().map(ToString::to_string).collect();
            let (phonemes, seconds) = (&chunk.phonemes, chunk.speech.seconds());
            note(format_args!("spoken: {phonemes}\ndurations of 25 ms: {} ({seconds:.2} s)", durations.join(" ")));
        }
        Ok(())
    }

    pub fn add_silence(&mut self, samples: usize) -> Result<(), Failure> {
        self.audio.add(&vec![0.0; samples])
    }

    /// Adds marks after the last chunk.
    pub fn add_marks(&mut self, marks: Vec<Mark>) -> Result<(), Failure> {
        match &mut self.timings {
            Some(timings) if !marks.is_empty() => timings.add_marks(marks),
            _ => Ok(()),
        }
    }

    /// Length of the audio so far.
    pub fn audio_seconds(&self) -> f64 {
        self.audio.samples as f64 / f64::from(SAMPLE_RATE)
    }

    /// Completes the files, and waits until everything was played.
    pub fn finish(self) -> Result<(), Failure> {
        let samples = self.audio.samples;
        self.audio.finish()?;
        self.timings.map_or(Ok(()), |timings| timings.finish(samples))
    }
}
