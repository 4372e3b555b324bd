//! `kokoro phonemize`: text to phonemes, a line each.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use kokoro_wgpu::text::markup::{self, Segment};
use kokoro_wgpu::text::{Error, G2p, Language, Result};
use serde_json::json;

use crate::failure::{Outcome, note};
use crate::model::{ConfigArg, Source};
use crate::{output, text};

/// Print the phonemes of a text, one line per line
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Text to read; without any, standard input is read
    #[arg(conflicts_with = "input")]
    text: Option<String>,
    /// Read the text from a file, `-` for standard input
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Language: en-us, en-gb, es, fr-fr, hi, it, pt-br, zh, ja (kana only), or the letter its voices begin with; es to
    /// pt-br need the program espeak-ng
    #[arg(long, default_value = "en-us", value_name = "CODE")]
    lang: Language,
    /// Write the alphabet of this model, as the config.json beside it says: v1.1-zh has its own for Mandarin
    #[arg(long, value_name = "FILE")]
    model: Option<OsString>,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON, an object per line
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  kokoro phonemize \"Hello there.\"
  kokoro phonemize --lang es -i chapter.txt > chapter.phonemes
  kokoro phonemize --lang zh \"今天天气很好。\"
  kokoro phonemize --lang zh --model kokoro-v1_1-zh.pth \"今天天气很好。\"
  kokoro phonemize \"[Kokoro](/kˈOkəɹO/) speaks.\"
  kokoro phonemize --json \"Hello there.\"

A line in which nothing can be spoken gives an empty one.";

pub fn run(args: &Args) -> Outcome {
    let text = text::source(args.text.as_deref(), args.input.as_deref())?.whole()?;
    if text.trim().is_empty() {
        return Err(Error::Unspeakable { reason: "it is empty, there is nothing to read".to_owned() }.into());
    }
    let model = args.model.as_deref().map_or(Ok(Source::Seeded(0)), Source::parse)?;
    // Of a file that is not there, or no model, what lies beside it will do.
    let checkpoint = model.open().ok();
    let reader = args.lang.reader_for(&args.config.of(&model, checkpoint.as_ref())?.vocab)?;
    let mut read = false;
    for (at, line) in text.lines().enumerate() {
        let phonemes = match phonemes(&*reader, line) {
            Ok(phonemes) => {
                read = true;
                phonemes
            }
            Err(Error::Unspeakable { reason }) => {
                if !line.trim().is_empty() {
                    note(format_args!("warning: line {}: {reason}", at + 1));
                }
                String::new()
            }
            Err(error) => return Err(error.into()),
        };
        let printed = match args.json {
            true => json!({ "text": line, "phonemes": phonemes, "lang": args.lang.code() }).to_string(),
            false => phonemes,
        };
        output::stdout(format!("{printed}\n").as_bytes())?;
    }
    if read {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(Error::Unspeakable { reason: "nothing in it can be spoken".to_owned() }.into())
    }
}

/// A line's phonemes, without its pauses.
fn phonemes(reader: &dyn G2p, line: &str) -> Result<String> {
    let spoken = markup::parse(line).into_iter().filter_map(|segment| match segment {
        Segment::Text { text, .. } => Some(text),
        _ => None,
    });
    reader.phonemize(&spoken.collect::<Vec<_>>().join(" "))
}
