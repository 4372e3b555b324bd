//! Figures of a finished run.

use kokoro_wgpu::SAMPLE_RATE;
use serde_json::Value;

use super::recorder::Recorder;

pub struct Summary {
    pub samples: u64,
    pub clipped: u64,
    /// Seconds from the start of speaking to its end.
    seconds: f64,
    /// Seconds from the start of speaking to the first audio.
    first_audio: f64,
    load_seconds: f64,
}

impl Summary {
    pub fn new(recorder: &Recorder<'_>, load_seconds: f64) -> Self {
        let seconds = recorder.start.elapsed().as_secs_f64();
        Self {
            samples: recorder.audio.samples,
            clipped: recorder.audio.clipped,
            seconds,
            first_audio: recorder.first_audio.unwrap_or(seconds),
            load_seconds,
        }
    }

    fn audio_seconds(&self) -> f64 {
        self.samples as f64 / f64::from(SAMPLE_RATE)
    }

    fn times_real_time(&self) -> f64 {
        self.audio_seconds() / self.seconds
    }

    pub fn text(&self, adapter: &str) -> String {
        let Self { seconds, first_audio, load_seconds, .. } = self;
        let (audio, speed) = (self.audio_seconds(), self.times_real_time());
        format!(
            "{adapter}: {audio:.2} s of audio in {seconds:.2} s, the first after {first_audio:.2} s, {speed:.2} times real \
             time (after loading for {load_seconds:.1} s)"
        )
    }

    /// Adds the figures to the JSON object `facts`.
    pub fn json(&self, mut facts: Value) -> Value {
        let figures: [(&str, Value); 8] = [
            ("samples", self.samples.into()),
            ("sample_rate", SAMPLE_RATE.into()),
            ("audio_seconds", self.audio_seconds().into()),
            ("seconds", self.seconds.into()),
            ("first_audio_seconds", self.first_audio.into()),
            ("times_real_time", self.times_real_time().into()),
            ("load_seconds", self.load_seconds.into()),
            ("clipped", self.clipped.into()),
        ];
        for (key, value) in figures {
            facts[key] = value;
        }
        facts
    }
}
