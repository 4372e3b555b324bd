//! Streaming: speaks standard input sentence by sentence, each as soon as it is ready.
//!
//! ```sh
//! echo "One. Two." | cargo run --release --features play --example play [MODEL VOICE]
//! echo "One. Two." | cargo run --release --example play [MODEL VOICE] | aplay -f FLOAT_LE -r 24000
//! ```
//!
//! With the feature `play` it plays on the default sound device, without it it writes float32 samples to standard output.
//! Without a model it uses random weights (`seeded:0`), which make noise instead of speech.
#![expect(clippy::print_stderr, reason = "an example prints its results")]

use std::io::BufReader;
use std::time::Instant;

use kokoro_wgpu::text::english::{Accent, English};
use kokoro_wgpu::text::{Chunking, TextStream};
use kokoro_wgpu::{AdapterChoice, Checkpoint, Context, Model, Synthesizer, Voice};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (checkpoint, voice) = match arguments.as_slice() {
        [] => (Checkpoint::seeded(0), Voice::seeded(0)),
        [model, voice] => (Checkpoint::open(model)?, Voice::open(voice)?),
        _ => return Err("usage: play [MODEL VOICE] < text".into()),
    };
    let mut speaker = Speaker::open()?;
    let context = Context::new_blocking(&AdapterChoice::default())?;
    let model = Model::load(&context, &checkpoint)?;
    let mut synthesizer = Synthesizer::new(&model)?;
    let reader = English::new(Accent::American)?;
    // `live`: read no further than needed, because standard input may block.
    let text =
        TextStream::from_reader(BufReader::new(std::io::stdin()), "standard input", &reader, Chunking::default())
            .live();
    let start = Instant::now();
    for chunk in synthesizer.narrate(text, &voice) {
        let chunk = chunk?;
        speaker.add(&chunk.speech.samples)?;
        let (seconds, now) = (chunk.speech.seconds(), start.elapsed().as_secs_f64());
        eprintln!("after {now:.2} s: {seconds:.2} s of {:?}", chunk.text.trim());
    }
    speaker.finish();
    Ok(())
}

/// Plays samples on the sound device.
#[cfg(feature = "play")]
struct Speaker {
    queue: rodio::Player,
    device: rodio::MixerDeviceSink,
}

#[cfg(feature = "play")]
impl Speaker {
    fn open() -> Result<Self, Box<dyn std::error::Error>> {
        let mut device = rodio::DeviceSinkBuilder::open_default_sink()?;
        device.log_on_drop(false);
        Ok(Self { queue: rodio::Player::connect_new(device.mixer()), device })
    }

    fn add(&mut self, samples: &[f32]) -> Result<(), Box<dyn std::error::Error>> {
        let (channels, rate) = (1.try_into()?, kokoro_wgpu::SAMPLE_RATE.try_into()?);
        self.queue.append(rodio::buffer::SamplesBuffer::new(channels, rate, samples));
        Ok(())
    }

    fn finish(self) {
        self.queue.sleep_until_end();
        drop(self.device); // dropping it earlier would stop the sound
    }
}

/// Writes samples to standard output.
#[cfg(not(feature = "play"))]
struct Speaker;

#[cfg(not(feature = "play"))]
impl Speaker {
    fn open() -> Result<Self, Box<dyn std::error::Error>> {
        Ok(Self)
    }

    fn add(&mut self, samples: &[f32]) -> Result<(), Box<dyn std::error::Error>> {
        use std::io::Write;

        let mut out = std::io::stdout().lock();
        out.write_all(&kokoro_wgpu::wav::Encoding::Float32.encode(samples))?;
        Ok(out.flush()?)
    }

    fn finish(self) {}
}
