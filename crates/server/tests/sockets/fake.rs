//! Engines that speak a batch when the test allows it, and engines without a GPU.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use kokoro_server::{Audio, Engine, Options};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::{Result, Utterance};

use super::started::{Started, options, voices};

/// Frames of a token.
pub const FRAMES: u32 = 2;

/// An engine that waits at a gate.
pub struct Gated<E> {
    engine: E,
    /// For each batch whether it may be spoken; if not, the engine panics.
    allowed: Receiver<bool>,
    /// Lengths of the utterances of each batch.
    batches: Arc<Mutex<Vec<Vec<usize>>>>,
}

/// What the test holds of the engine.
pub struct Gate {
    allow: Option<Sender<bool>>,
    batches: Arc<Mutex<Vec<Vec<usize>>>>,
}

impl Gate {
    /// Lets the engine speak without end.
    pub fn open(&mut self) {
        self.allow = None;
    }

    /// Makes the engine panic at its next batch.
    pub fn break_engine(&self) {
        self.allow.as_ref().unwrap().send(false).unwrap();
    }

    /// Lengths of the utterances of each batch, without the first, by which the server warms up.
    pub fn batches(&self) -> Vec<Vec<usize>> {
        self.batches.lock().unwrap()[1..].to_vec()
    }
}

impl<E: Engine> Engine for Gated<E> {
    fn speak(&mut self, utterances: &[Utterance]) -> Result<Vec<Audio>> {
        // An error means that the gate is open.
        assert_ne!(self.allowed.recv(), Ok(false), "the engine is broken");
        self.batches.lock().unwrap().push(utterances.iter().map(|utterance| utterance.ids.len()).collect());
        self.engine.speak(utterances)
    }

    fn reopen(&mut self) -> Result<()> {
        self.engine.reopen()
    }
}

/// Puts a gate before an engine, which is open for the first batch, by which the server warms up.
pub fn gate<E: Engine>(engine: E) -> (Gated<E>, Gate) {
    let (allow, allowed) = mpsc::channel();
    allow.send(true).unwrap();
    let batches = Arc::default();
    let gate = Gate { allow: Some(allow), batches: Arc::clone(&batches) };
    (Gated { engine, allowed, batches }, gate)
}

/// Gives every token this many frames, of one value.
struct Even {
    frames: u32,
}

impl Engine for Even {
    fn speak(&mut self, utterances: &[Utterance]) -> Result<Vec<Audio>> {
        let audio = |utterance: &Utterance| {
            let durations = vec![self.frames; utterance.ids.len() + 2];
            let samples = durations.iter().sum::<u32>() * kokoro_wgpu::FRAME_SAMPLES;
            Audio { samples: vec![0.25; samples as usize], durations }
        };
        Ok(utterances.iter().map(audio).collect())
    }

    fn reopen(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A server whose engine waits at a gate, and gives every token this many frames.
pub fn gated(options: Options, frames: u32) -> (Started, Gate) {
    let (engine, gate) = gate(Even { frames });
    (Started::new(options, engine, Vocabulary::published(), voices(256)), gate)
}

/// A sound like a voice: a note that rises, with overtones, which swells and fades, so that no part is like another.
struct Tone;

impl Engine for Tone {
    fn speak(&mut self, utterances: &[Utterance]) -> Result<Vec<Audio>> {
        let audio = |utterance: &Utterance| {
            let durations = vec![FRAMES; utterance.ids.len() + 2];
            let samples = durations.iter().sum::<u32>() * kokoro_wgpu::FRAME_SAMPLES;
            let sample = |at: u32| {
                let time = at as f32 / kokoro_wgpu::SAMPLE_RATE as f32;
                let phase = std::f32::consts::TAU * (120.0 + 30.0 * time) * time;
                let voice = phase.sin() + 0.5 * (2.0 * phase).sin() + 0.25 * (5.0 * phase).sin();
                0.2 * voice * (3.0 * time).sin()
            };
            Audio { samples: (0..samples).map(sample).collect(), durations }
        };
        Ok(utterances.iter().map(audio).collect())
    }

    fn reopen(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A server whose sound is one that codecs are made for.
pub fn tone() -> Started {
    Started::new(options(), Tone, Vocabulary::published(), voices(256))
}

/// A server whose engine speaks at once.
pub fn open(options: Options) -> Started {
    let (server, _) = gated(options, FRAMES);
    server
}
