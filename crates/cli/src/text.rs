//! What is to be spoken.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, IsTerminal, Read as _};
use std::path::{Path, PathBuf};

use kokoro_wgpu::text::phonemes::{MAX_PHONEMES, Vocabulary};
use kokoro_wgpu::text::{Chunking, G2p, TextStream};
use kokoro_wgpu::{Config, Error};

use crate::failure::{Failure, note};
use crate::interrupt;

#[derive(clap::Args)]
#[group(multiple = false)]
pub struct TextArg {
    /// Text to speak; without any, standard input is read
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

/// Bytes of text in which markup is looked for unasked; longer ones are spoken as they are read.
const MARKED_UP: u64 = 1 << 20;

/// What the network is to speak.
pub enum Given {
    Text(Source),
    Phonemes(String),
    Ids(Vec<u32>),
}

/// Where a text comes from.
pub enum Source {
    Argument(String),
    File(File, PathBuf),
    Stdin,
}

impl Source {
    /// Bytes of the text, where that is known.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Argument(text) => Some(text.len() as u64),
            Self::File(file, _) => file.metadata().ok().filter(Metadata::is_file).map(|found| found.len()),
            Self::Stdin => None,
        }
    }

    /// A text short enough to be looked through for markup before it is spoken.
    pub fn is_short(&self) -> bool {
        self.size().is_some_and(|size| size <= MARKED_UP)
    }

    /// The whole text.
    pub fn whole(self) -> Result<String, Failure> {
        let mut text = String::new();
        let (read, path) = match self {
            Self::Argument(text) => return Ok(text),
            Self::File(mut file, path) => (file.read_to_string(&mut text), path),
            Self::Stdin => (interrupt::stdin().read_to_string(&mut text), "standard input".into()),
        };
        read.map_err(cannot_read(&path))?;
        Ok(text)
    }

    /// The text as the network is to speak it. It is read as it is needed.
    pub fn script(self, g2p: &dyn G2p, chunking: Chunking) -> TextStream<'_> {
        match self {
            Self::Argument(text) => TextStream::new([text], g2p, chunking),
            Self::File(file, path) => {
                TextStream::from_reader(BufReader::new(file), &path.display().to_string(), g2p, chunking)
            }
            Self::Stdin => {
                TextStream::from_reader(BufReader::new(interrupt::stdin()), "standard input", g2p, chunking).live()
            }
        }
    }
}

impl TextArg {
    /// What the user gave.
    pub fn read(&self, vocabulary: &Vocabulary, quiet: bool) -> Result<Given, Failure> {
        if let Some(ids) = &self.tokens {
            return match ids.len() {
                count if count > MAX_PHONEMES => Err(Failure::Usage(format!(
                    "--tokens: {count} ids, at most {MAX_PHONEMES} are spoken in one piece"
                ))),
                _ => Ok(Given::Ids(ids.clone())),
            };
        }
        if let Some(given) = &self.phonemes {
            return checked(given.trim(), vocabulary, quiet);
        }
        Ok(Given::Text(source(self.text.as_deref(), self.input.as_deref())?))
    }
}

/// The text given, or that of the file, or of standard input.
pub fn source(text: Option<&str>, input: Option<&Path>) -> Result<Source, Failure> {
    Ok(match (text, input) {
        (Some(text), _) => Source::Argument(text.to_owned()),
        (None, Some(path)) if path != Path::new("-") => {
            let file = File::open(path).map_err(cannot_read(path))?;
            // It opens on some systems, and cannot be read.
            if file.metadata().is_ok_and(|found| found.is_dir()) {
                return Err(cannot_read(path)(io::ErrorKind::IsADirectory.into()).into());
            }
            Source::File(file, path.to_owned())
        }
        (None, None) if io::stdin().is_terminal() => {
            let message = "nothing to speak: give a text, -i FILE, or pipe text into standard input";
            return Err(Failure::Usage(message.to_owned()));
        }
        _ => Source::Stdin,
    })
}

fn cannot_read(path: &Path) -> impl FnOnce(io::Error) -> Error + use<'_> {
    |source| Error::Io { action: "read", path: path.to_owned(), source }
}

fn checked(given: &str, vocabulary: &Vocabulary, quiet: bool) -> Result<Given, Failure> {
    if vocabulary.ids(given).is_empty() {
        let reason = if given.is_empty() { "there are none" } else { "none of them is in the model's alphabet" };
        return Err(Error::Argument { name: "phonemes", reason: reason.to_owned() }.into());
    }
    if !quiet {
        warn_of(&vocabulary.unknown(given).collect());
    }
    Ok(Given::Phonemes(given.to_owned()))
}

/// Says which phonemes the model has no ids for.
pub fn warn_of(unknown: &BTreeSet<char>) {
    if !unknown.is_empty() {
        let listed: Vec<String> = unknown.iter().map(|symbol| format!("{symbol:?}")).collect();
        note(format_args!("warning: not in the model's alphabet and dropped: {}", listed.join(" ")));
    }
}

fn id(text: &str) -> Result<u32, String> {
    let ids = Config::default().n_token;
    let number = text.trim().parse().ok().filter(|id| *id < ids);
    number.ok_or_else(|| format!("expected an id of 0 to {}", ids - 1))
}
