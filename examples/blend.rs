//! Blends two voices in five steps and speaks with each blend.
//!
//! ```sh
//! cargo run --release --example blend [MODEL VOICE VOICE]
//! ```
//!
//! Without a model it uses random weights (`seeded:0`), which make noise instead of speech.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use kokoro_wgpu::audio::{Format, SampleFormat};
use kokoro_wgpu::{AdapterChoice, Checkpoint, Context, Model, Synthesizer, Utterance, Voice, block_on};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (checkpoint, first, second) = match arguments.as_slice() {
        [] => (Checkpoint::seeded(0), Voice::seeded(0), Voice::seeded(1)),
        [model, first, second] => (Checkpoint::open(model)?, Voice::open(first)?, Voice::open(second)?),
        _ => return Err("usage: blend [MODEL VOICE VOICE]".into()),
    };
    let context = block_on(Context::new(&AdapterChoice::default()))?;
    let model = Model::load(&context, &checkpoint)?;
    let mut synthesizer = Synthesizer::new(&model)?;
    for quarters in 0..=4_u8 {
        // The weights need not add up to 1.
        let blend = Voice::blend(&[(&first, f32::from(4 - quarters)), (&second, f32::from(quarters))])?;
        let speech = block_on(synthesizer.synthesize(&Utterance::from_phonemes("həlˈO ðˈɛɹ.", &blend)))?;
        let file = format!("blend-{quarters}.wav");
        std::fs::write(&file, Format::Wav(SampleFormat::Pcm16).to_bytes(&speech.samples)?)?;
        println!("{file}: {:.2} s by {}", speech.seconds(), blend.name());
    }
    Ok(())
}
