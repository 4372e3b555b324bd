//! `kokoro phonemize`: prints the phonemes of each line of a text.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use kokoro_wgpu::text::markup::{self, Segment};
use kokoro_wgpu::text::{Error, G2p, Language, Lexicon, Result};
use serde_json::json;

use crate::failure::{Outcome, note};
use crate::model::{ConfigArg, ModelSource};
use crate::published::Access;
use crate::text_input::TextSource;
use crate::{output, reader};

/// Print the phonemes of a text, line by line
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Text to convert [default: standard input]
    #[arg(conflicts_with = "input")]
    text: Option<String>,
    /// Read the text from a file, `-` for standard input
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Language: en-us, en-gb, es, fr-fr, hi, it, pt-br, zh, ja, or the first letter of its voices. The
    /// program espeak-ng must be installed for es, fr-fr, hi, it and pt-br; ja downloads a dictionary if there are kanji
    #[arg(long, default_value = "en-us", value_name = "CODE")]
    lang: Language,
    /// Read words as this file has them: a word and its phonemes a line, in IPA or misaki's alphabet
    #[arg(long, value_name = "FILE")]
    lexicon: Option<PathBuf>,
    /// Use the phoneme alphabet of this model, from its config.json: v1.1-zh has its own for Mandarin
    #[arg(long, value_name = "FILE")]
    model: Option<OsString>,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON, one object per line
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  kokoro phonemize \"Hello there.\"
  kokoro phonemize --lang es -i chapter.txt > chapter.phonemes
  kokoro phonemize --lang zh \"今天天气很好。\"
  kokoro phonemize --lang ja \"今日は2026年10月1日です。\"
  kokoro phonemize --lang zh --model kokoro-v1_1-zh.pth \"今天天气很好。\"
  kokoro phonemize \"[Kokoro](/kˈOkəɹO/) speaks.\"
  kokoro phonemize --lexicon names.txt \"Kokoro speaks.\"
  kokoro phonemize --json \"Hello there.\"

A line that cannot be spoken gives an empty line.";

pub fn run(args: &Args) -> Outcome {
    let text = TextSource::new(args.text.as_deref(), args.input.as_deref())?.into_string()?;
    if text.trim().is_empty() {
        return Err(Error::Unspeakable { reason: "it is empty".to_owned() }.into());
    }
    let model = args.model.as_deref().map_or(Ok(ModelSource::Seeded(0)), ModelSource::parse)?;
    let access = Access::new(false, false);
    let lexicon = args.lexicon.as_deref().map(Lexicon::open).transpose()?;
    let vocabulary = args.config.open_alone(&model)?.vocab;
    let reader = reader::open(args.lang, &vocabulary, Some(&text), lexicon.as_ref(), access)?;
    let mut any_spoken = false;
    for (index, line) in text.lines().enumerate() {
        let phonemes = match phonemes(&*reader, line) {
            Ok(phonemes) => {
                any_spoken = true;
                phonemes
            }
            Err(Error::Unspeakable { reason }) => {
                if !line.trim().is_empty() {
                    note(format_args!("warning: line {}: {reason}", index + 1));
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
    match any_spoken {
        true => Ok(ExitCode::SUCCESS),
        false => Err(Error::Unspeakable { reason: "nothing in it can be spoken".to_owned() }.into()),
    }
}

/// Phonemes of a line. Pauses in its markup are ignored.
fn phonemes(reader: &dyn G2p, line: &str) -> Result<String> {
    let spoken = markup::parse(line).into_iter().filter_map(|segment| match segment {
        Segment::Text { text, .. } => Some(text),
        _ => None,
    });
    reader.phonemize(&spoken.collect::<Vec<_>>().join(" "))
}
