//! Streaming: speaks standard input sentence by sentence, each as soon as it is ready.
//!
//! ```sh
//! echo "One. Two." | cargo run --release --example play [MODEL VOICE] | aplay -f FLOAT_LE -r 24000
//! ```
//!
//! Without a model it uses random weights (`seeded:0`), which make noise instead of speech.
#![expect(clippy::print_stderr, reason = "an example prints its results")]

use std::io::{self, BufReader};
use std::time::Instant;

use kokoro_wgpu::audio::{Format, SampleFormat};
use kokoro_wgpu::text::english::{Accent, English};
use kokoro_wgpu::text::{Chunking, TextStream};
use kokoro_wgpu::{AdapterChoice, Checkpoint, Context, Model, Synthesizer, Voice, block_on};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (checkpoint, voice) = match arguments.as_slice() {
        [] => (Checkpoint::seeded(0), Voice::seeded(0)),
        [model, voice] => (Checkpoint::open(model)?, Voice::open(voice)?),
        _ => return Err("usage: play [MODEL VOICE] < text".into()),
    };
    let mut out = Format::Raw(SampleFormat::Float32).into_pipe(io::stdout())?;
    let context = block_on(Context::new(&AdapterChoice::default()))?;
    let model = Model::load(&context, &checkpoint)?;
    let mut synthesizer = Synthesizer::new(&model)?;
    let reader = English::new(Accent::American)?;
    // `live`: read no further than needed, because standard input may block.
    let text =
        TextStream::from_reader(BufReader::new(io::stdin()), "standard input", &reader, Chunking::default()).live();
    let start = Instant::now();
    for chunk in synthesizer.narrate(text, &voice) {
        let chunk = chunk?;
        out.encode(&chunk.speech.samples)?;
        let (seconds, now) = (chunk.speech.seconds(), start.elapsed().as_secs_f64());
        eprintln!("after {now:.2} s: {seconds:.2} s of {:?}", chunk.text.trim());
    }
    Ok(())
}
