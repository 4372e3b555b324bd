//! What is to be spoken.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use kokoro_wgpu::text::phonemes::{self, MAX_PHONEMES};
use kokoro_wgpu::{Config, Error, Result};

use crate::failure::{Failure, note};
use crate::pieces::Piece;

#[derive(clap::Args)]
#[group(multiple = false)]
pub struct TextArg {
    /// Text to speak, with pauses `[pause:0.5s]` and pronunciations `[Kokoro](/kˈOkəɹO/)`, or SSML; without any,
    /// standard input is read
    text: Option<String>,
    /// Read the text from a file, `-` for standard input
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Speak phonemes in Kokoro's alphabet in place of text
    #[arg(long)]
    phonemes: Option<String>,
    /// Speak phoneme ids in place of text, at most 510, without the two boundary tokens
    #[arg(long, value_name = "ID,ID,...", value_delimiter = ',', value_parser = id)]
    tokens: Option<Vec<u32>>,
}

/// What the network is to speak.
pub enum Given {
    Pieces(Vec<Piece>),
    Ids(Vec<u32>),
}

impl TextArg {
    /// What the user gave, text as the pieces that `pieces` makes of it.
    pub fn read(&self, pieces: impl FnOnce(&str) -> Result<Vec<Piece>>, quiet: bool) -> Result<Given, Failure> {
        if let Some(ids) = &self.tokens {
            return match ids.len() {
                count if count > MAX_PHONEMES => Err(Failure::Usage(format!(
                    "--tokens: {count} ids, at most {MAX_PHONEMES} are spoken in one piece"
                ))),
                _ => Ok(Given::Ids(ids.clone())),
            };
        }
        if let Some(given) = &self.phonemes {
            return checked(given.trim(), quiet);
        }
        let text = source(self.text.as_deref(), self.input.as_deref())?;
        match text.trim().is_empty() {
            true => Err(Error::Text { reason: "it is empty, there is nothing to speak".to_owned() }.into()),
            false => Ok(Given::Pieces(pieces(&text)?)),
        }
    }
}

/// The text given, or that of the file, or of standard input.
pub fn source(text: Option<&str>, input: Option<&Path>) -> Result<String, Failure> {
    match (text, input) {
        (Some(text), _) => Ok(text.to_owned()),
        (None, Some(path)) if path != Path::new("-") => std::fs::read_to_string(path)
            .map_err(|source| Error::Io { action: "read", path: path.to_owned(), source }.into()),
        (None, None) if io::stdin().is_terminal() => {
            let message = "nothing to read: give a text, -i FILE, or pipe text into standard input";
            Err(Failure::Usage(message.to_owned()))
        }
        _ => Ok(stdin()?),
    }
}

fn stdin() -> Result<String> {
    let mut text = String::new();
    let read = io::stdin().lock().read_to_string(&mut text);
    read.map_err(|source| Error::Io { action: "read", path: "standard input".into(), source })?;
    Ok(text)
}

fn checked(given: &str, quiet: bool) -> Result<Given, Failure> {
    let mut unknown: Vec<char> = Vec::new();
    for symbol in phonemes::unknown(given) {
        if !unknown.contains(&symbol) {
            unknown.push(symbol);
        }
    }
    if phonemes::ids(given).is_empty() {
        let reason = if given.is_empty() { "there are none" } else { "none of them is in Kokoro's alphabet" };
        return Err(Error::Argument { name: "phonemes", reason: reason.to_owned() }.into());
    }
    if !unknown.is_empty() && !quiet {
        let listed: Vec<String> = unknown.iter().map(|symbol| format!("{symbol:?}")).collect();
        note(format_args!("warning: not in Kokoro's alphabet and dropped: {}", listed.join(" ")));
    }
    Ok(Given::Pieces(vec![Piece::Spoken { phonemes: given.to_owned(), rate: 1.0, voice: None }]))
}

fn id(text: &str) -> Result<u32, String> {
    let ids = Config::default().n_token;
    let number = text.trim().parse().ok().filter(|id| *id < ids);
    number.ok_or_else(|| format!("expected an id of 0 to {}", ids - 1))
}
