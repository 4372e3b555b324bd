//! MP3, by a library in Rust alone.

use kokoro_wgpu::SAMPLE_RATE;
use rusty_mp3::{Mp3Encoder, Mp3EncoderConfig};

use super::{MP3_KBPS, failed};
use crate::error::ApiError;

/// The frames of a file that is being made.
pub struct Mp3 {
    encoder: Mp3Encoder,
    /// Whether the file is returned at its end, as a whole.
    whole: bool,
    /// Whether the first frame was taken.
    started: bool,
}

impl Mp3 {
    pub fn new(whole: bool) -> Self {
        let encoder = Mp3Encoder::new(Mp3EncoderConfig { bitrate_kbps: MP3_KBPS, vbr_quality: None });
        Self { encoder, whole, started: false }
    }

    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<u8>, ApiError> {
        self.encoder.push_pcm_f32(samples, 1, SAMPLE_RATE).map_err(failed)?;
        Ok(if self.whole { Vec::new() } else { self.take() })
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.encoder.finish();
        self.take()
    }

    /// The frames that are ready. The first one only tells how long the file is, which a stream does not know: players
    /// would take it for an empty one.
    fn take(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Ok(packet) = self.encoder.next_packet() {
            if self.started || self.whole {
                bytes.extend(packet);
            }
            self.started = true;
        }
        bytes
    }
}
