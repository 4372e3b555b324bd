//! The smallest program: speaks one line of phonemes into hello.wav.
//!
//! ```sh
//! cargo run --release --example hello [MODEL.safetensors VOICE.bin]
//! ```
//!
//! Without a model it uses random weights (`seeded:0`), which make noise instead of speech. `kokoro fetch` downloads the
//! model and a voice and prints their paths.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use kokoro_wgpu::{AdapterChoice, Checkpoint, Context, Model, SAMPLE_RATE, Synthesizer, Utterance, Voice, block_on};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (checkpoint, voice) = match arguments.as_slice() {
        [] => (Checkpoint::seeded(0), Voice::seeded(0)),
        [model, voice] => (Checkpoint::open(model)?, Voice::open(voice)?),
        _ => return Err("usage: hello [MODEL.safetensors VOICE.bin]".into()),
    };
    // The GPU, the weights on it, and the compiled network.
    let context = block_on(Context::new(&AdapterChoice::default()))?;
    let model = Model::load(&context, &checkpoint)?;
    let mut synthesizer = Synthesizer::new(&model)?;

    // Phonemes, not text: see the example `lines` for text.
    let speech = block_on(synthesizer.synthesize(&Utterance::from_phonemes("həlˈO wˈɜɹld!", &voice)))?;

    // `speech.samples` are f32 from -1 to 1. `kokoro_wgpu::audio::Format` writes them too; hound shows how simple they are.
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create("hello.wav", spec)?;
    for sample in &speech.samples {
        wav.write_sample((sample.clamp(-1.0, 1.0) * 32767.0).round() as i16)?;
    }
    wav.finalize()?;
    println!("hello.wav: {:.2} s by {} on {}", speech.seconds(), model.origin(), context.info().name);
    Ok(())
}
