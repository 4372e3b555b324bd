//! Speaks lines of text in one batch. Writes a WAV file and a table of word timestamps for each line.
//!
//! ```sh
//! cargo run --release --example lines [MODEL VOICE [LINES.txt]]
//! ```
//!
//! Without a model it uses random weights (`seeded:0`), which make noise instead of speech.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use std::fmt::Write;

use kokoro_wgpu::audio::{Format, SampleFormat};
use kokoro_wgpu::text::english::{Accent, English};
use kokoro_wgpu::text::{G2p, Token};
use kokoro_wgpu::timestamps::Timestamps;
use kokoro_wgpu::{AdapterChoice, Checkpoint, Context, Model, Synthesizer, Utterance, Voice, block_on};

const LINES: &str = "All aboard.\nMind the gap.\nThe doors are closing.";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (checkpoint, voice) = match arguments.as_slice() {
        [] => (Checkpoint::seeded(0), Voice::seeded(0)),
        [model, voice, ..] => (Checkpoint::open(model)?, Voice::open(voice)?),
        _ => return Err("usage: lines [MODEL VOICE [LINES.txt]]".into()),
    };
    let text = arguments.get(2).map_or(Ok(LINES.to_owned()), std::fs::read_to_string)?;
    // Text to phonemes, word by word.
    let reader = English::new(Accent::American)?;
    let lines: Vec<(&str, Vec<Token>)> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| Ok((line, reader.tokens(line)?)))
        .collect::<kokoro_wgpu::Result<_>>()?;
    let phonemes: Vec<String> = lines.iter().map(|(_, tokens)| phonemes_of(tokens)).collect();
    let utterances: Vec<Utterance> = phonemes.iter().map(|line| Utterance::from_phonemes(line, &voice)).collect();

    let context = block_on(Context::new(&AdapterChoice::default()))?;
    let model = Model::load(&context, &checkpoint)?;
    let mut synthesizer = Synthesizer::new(&model)?;
    // All of them in one replay, each at its own length.
    let spoken = block_on(synthesizer.synthesize_batch(&utterances))?;
    for (at, ((line, tokens), speech)) in lines.iter().zip(spoken).enumerate() {
        let name = format!("line-{}", at + 1);
        std::fs::write(format!("{name}.wav"), Format::Wav(SampleFormat::Pcm16).to_bytes(&speech.samples)?)?;
        let timings = Timestamps::new(tokens, &speech.durations, 0);
        std::fs::write(format!("{name}.tsv"), table(&timings)?)?;
        println!("{name}.wav: {:.2} s, {} words timed in {name}.tsv: {line}", speech.seconds(), timings.words.len());
    }
    Ok(())
}

/// The phonemes of a line, as one string.
fn phonemes_of(tokens: &[Token]) -> String {
    tokens.iter().flat_map(|token| [token.phonemes.as_str(), &token.whitespace]).collect::<String>().trim().to_owned()
}

/// Start and end in seconds, and the word, separated by tabs.
fn table(timestamps: &Timestamps) -> Result<String, std::fmt::Error> {
    let mut table = String::new();
    for word in &timestamps.words {
        writeln!(table, "{:.4}\t{:.4}\t{}", word.span.start_seconds(), word.span.end_seconds(), word.text)?;
    }
    Ok(table)
}
