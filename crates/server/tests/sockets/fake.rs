//! An engine without a GPU, which speaks a batch when the test allows it.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use kokoro_server::{Audio, Engine, Options};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::{Result, Utterance};

use super::started::{Started, voices};

/// Frames of a token.
pub const FRAMES: u32 = 2;

pub struct Fake {
    allowed: Receiver<()>,
    /// Lengths of the utterances of each batch.
    batches: Arc<Mutex<Vec<Vec<usize>>>>,
    frames: u32,
}

/// What the test holds of the engine.
pub struct Gate {
    allow: Option<Sender<()>>,
    batches: Arc<Mutex<Vec<Vec<usize>>>>,
}

impl Gate {
    /// Lets the engine speak without end.
    pub fn open(&mut self) {
        self.allow = None;
    }

    /// Lengths of the utterances of each batch, without the first, by which the server warms up.
    pub fn batches(&self) -> Vec<Vec<usize>> {
        self.batches.lock().unwrap()[1..].to_vec()
    }
}

impl Engine for Fake {
    fn speak(&mut self, utterances: &[Utterance]) -> Result<Vec<Audio>> {
        let _ = self.allowed.recv(); // an error means that the gate is open
        self.batches.lock().unwrap().push(utterances.iter().map(|utterance| utterance.ids.len()).collect());
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
    let (allow, allowed) = mpsc::channel();
    allow.send(()).unwrap(); // the server warms up
    let batches = Arc::default();
    let gate = Gate { allow: Some(allow), batches: Arc::clone(&batches) };
    let engine = Fake { allowed, batches, frames };
    (Started::new(options, engine, Vocabulary::published(), voices(256)), gate)
}

/// A server whose engine speaks at once.
pub fn open(options: Options) -> Started {
    let (server, _) = gated(options, FRAMES);
    server
}
