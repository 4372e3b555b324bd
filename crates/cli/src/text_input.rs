//! Input of `say` and `phonemize`: text, phonemes or ids.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

use kokoro_wgpu::text::phonemes::{MAX_PHONEMES, Vocabulary};
use kokoro_wgpu::text::{self, Chunking, G2p, TextStream};
use kokoro_wgpu::{Config, Error};

use crate::book::Book;
use crate::failure::{Failure, note};
use crate::interrupt;

#[derive(clap::Args)]
#[group(multiple = false)]
pub struct TextArg {
    /// Text to speak [default: standard input]
    text: Option<String>,
    /// Read the text from a file, `-` for standard input; from a book, FILE.epub
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Speak phonemes in Kokoro's alphabet instead of text
    #[arg(long, conflicts_with = "lexicon")]
    phonemes: Option<String>,
    /// Speak phoneme ids instead of text, at most 510, without the two boundary tokens
    #[arg(long, value_name = "ID,ID,...", value_delimiter = ',', value_parser = id, conflicts_with = "lexicon")]
    tokens: Option<Vec<u32>>,
}

/// Longest text in bytes that is searched for markup. Longer text is spoken while it is read.
const MARKUP_LIMIT: u64 = 1 << 20;

pub enum Input {
    Text(TextSource),
    Phonemes(String),
    Ids(Vec<u32>),
}

pub enum TextSource {
    Argument(String),
    File(File, PathBuf),
    Stdin,
}

impl TextSource {
    /// The text given as an argument, else the file's, else that of standard input.
    pub fn new(text: Option<&str>, input: Option<&Path>) -> Result<Self, Failure> {
        Ok(match (text, input) {
            (Some(text), _) => Self::Argument(text.to_owned()),
            (None, Some(path)) if path != Path::new("-") => {
                let file = File::open(path).map_err(cannot_read(path))?;
                // Some systems open folders, which then cannot be read.
                if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                    return Err(cannot_read(path)(io::ErrorKind::IsADirectory.into()).into());
                }
                Self::File(file, path.to_owned())
            }
            (None, None) if io::stdin().is_terminal() => {
                let message = "there is no text: give one as an argument, with -i FILE, or through standard input";
                return Err(Failure::Usage(message.to_owned()));
            }
            _ => Self::Stdin,
        })
    }

    /// Length of the text in bytes, if it is known.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Argument(text) => Some(text.len() as u64),
            Self::File(file, _) => file.metadata().ok().filter(Metadata::is_file).map(|metadata| metadata.len()),
            Self::Stdin => None,
        }
    }

    /// Whether the text is short enough to be searched for markup.
    pub fn is_short(&self) -> bool {
        self.size().is_some_and(|size| size <= MARKUP_LIMIT)
    }

    /// Reads the whole text.
    pub fn into_string(self) -> Result<String, Failure> {
        let (read, path) = match self {
            Self::Argument(text) => return Ok(text),
            Self::File(file, path) => (text::read_to_string(file), path),
            Self::Stdin => (text::read_to_string(interrupt::stdin()), "standard input".into()),
        };
        Ok(read.map_err(cannot_read(&path))?)
    }

    /// Splits the text into chunks while it is read.
    pub fn into_stream(self, g2p: &dyn G2p, chunking: Chunking) -> TextStream<'_> {
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
    /// The book to speak, if it is one.
    pub fn book(&self) -> Option<&Path> {
        self.input.as_deref().filter(|path| Book::is_epub(path))
    }

    /// The file of the text.
    pub fn file(&self) -> Option<&Path> {
        self.input.as_deref()
    }

    /// Opens what is to be spoken. [`Input::check`] remains, once the vocabulary is known.
    pub fn open(&self) -> Result<Input, Failure> {
        if let Some(ids) = &self.tokens {
            return match ids.len() {
                count if count > MAX_PHONEMES => {
                    Err(Failure::Usage(format!("--tokens: {count} ids, at most {MAX_PHONEMES} can be spoken at once")))
                }
                _ => Ok(Input::Ids(ids.clone())),
            };
        }
        if let Some(phonemes) = &self.phonemes {
            return Ok(Input::Phonemes(phonemes.trim().to_owned()));
        }
        Ok(Input::Text(TextSource::new(self.text.as_deref(), self.input.as_deref())?))
    }
}

pub fn cannot_read(path: &Path) -> impl FnOnce(io::Error) -> Error + use<'_> {
    |source| Error::Io { action: "read", path: path.to_owned(), source }
}

impl Input {
    /// Checks phonemes against the model's alphabet, and warns of those that it lacks.
    pub fn check(&self, vocabulary: &Vocabulary, quiet: bool) -> Result<(), Failure> {
        let Self::Phonemes(phonemes) = self else { return Ok(()) };
        if vocabulary.ids(phonemes).is_empty() {
            let reason = if phonemes.is_empty() { "there are none" } else { "none of them is in the model's alphabet" };
            return Err(Error::Argument { name: "phonemes", reason: reason.to_owned() }.into());
        }
        if !quiet {
            warn_of_unknown(&vocabulary.unknown(phonemes).collect());
        }
        Ok(())
    }
}

/// Prints a warning with the phonemes that have no id in the model, if there are any.
pub fn warn_of_unknown(phonemes: &BTreeSet<char>) {
    if !phonemes.is_empty() {
        let listed: Vec<String> = phonemes.iter().map(|phoneme| format!("{phoneme:?}")).collect();
        note(format_args!("warning: not in the model's alphabet and dropped: {}", listed.join(" ")));
    }
}

fn id(text: &str) -> Result<u32, String> {
    let ids = Config::default().n_token;
    let number = text.trim().parse().ok().filter(|id| *id < ids);
    number.ok_or_else(|| format!("expected an id of 0 to {}", ids - 1))
}
