//! The sound on its way into a file, a pipe or the sound device.

use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use kokoro_wgpu::Error;
use kokoro_wgpu::audio::{self, Encoder, SampleFormat};

use crate::book;
use crate::failure::Failure;
use crate::output::{Output, Sink};
use crate::play::{Device, Player};

#[derive(clap::Args)]
pub struct SoundArg {
    /// File to write, mono, 24 kHz: FLAC if it is called .flac, Opus if .opus or .ogg, else WAV; `-` for standard output
    /// [default: standard output, if redirected]. For a book, a folder [default: the book's name]
    ///
    /// A file is replaced by the finished one only. Standard output has each chunk as it is made; a WAV header there
    /// has sizes of 0xFFFFFFFF, which players read as "until the end".
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What to write, whatever the file is called
    #[arg(long, value_name = "FORMAT", conflicts_with = "raw")]
    format: Option<Format>,
    /// Write float32 samples in place of 16 bits (WAV and --raw)
    #[arg(long)]
    float: bool,
    /// Write the samples only, little-endian, without a header
    #[arg(long)]
    raw: bool,
    /// Play it, each chunk as soon as it is made; with -o also write it
    #[arg(long)]
    play: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Uncompressed, 16 bits, or float32 with --float
    Wav,
    /// Without loss, about half the size
    Flac,
    /// Opus in Ogg, 48 kbit/s
    Opus,
}

/// Extensions of audio formats that are not written.
const OTHERS: [&str; 9] = ["mp3", "m4a", "mp4", "aac", "aif", "aiff", "wma", "webm", "oga"];

impl Format {
    /// The format of a file of this name.
    fn of(path: &Path) -> Result<Self, Failure> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("flac") => Ok(Self::Flac),
            Some("opus" | "ogg") => Ok(Self::Opus),
            Some(other) if OTHERS.contains(&other) => Err(Failure::Usage(format!(
                "-o {}: .{other} files are not written: .wav, .flac and .opus are, and ffmpeg makes any of them",
                path.display()
            ))),
            _ => Ok(Self::Wav),
        }
    }
}

/// Where the sound goes, checked before anything is made.
pub struct Destination {
    file: Option<(Output, audio::Format)>,
    device: Option<Device>,
}

impl SoundArg {
    /// Checks that the file can be written and that there is a sound device.
    pub fn open(&self) -> Result<Destination, Failure> {
        let file = match (&self.output, self.play) {
            (None, true) if self.is_plain() => None,
            (None, true) => {
                let reason =
                    "--format, --float and --raw are for a file: name it with -o FILE, or -o - for standard output";
                return Err(Failure::Usage(reason.to_owned()));
            }
            _ => Some((Output::new(self.output.as_deref())?, self.file_format()?)),
        };
        Ok(Destination { file, device: self.play.then(Device::open).transpose()? })
    }

    /// The folder and the format of a book's chapters.
    pub fn for_book(&self, book: &Path) -> Result<(PathBuf, book::Format), Failure> {
        let refused = |reason: &str| Err(Failure::Usage(format!("a book is written as a folder of files: {reason}")));
        let format = match self.format {
            None | Some(Format::Opus) => book::Format::Opus,
            Some(Format::Flac) => book::Format::Flac,
            Some(Format::Wav) => return refused("WAV has no chapter marks; --format flac has them, and opus"),
        };
        if self.play || self.raw || self.float {
            return refused("--play, --raw and --float are for a text");
        }
        let named = PathBuf::from(book.file_stem().unwrap_or_default());
        match self.output.clone().unwrap_or(named) {
            folder if folder == Path::new("-") => refused("name it with -o FOLDER"),
            folder if folder.exists() && !folder.is_dir() => refused(&format!("{} is a file", folder.display())),
            folder => Ok((folder, format)),
        }
    }

    /// Whether no option of a file is given.
    fn is_plain(&self) -> bool {
        self.format.is_none() && !self.float && !self.raw
    }

    /// Whether the sound goes to standard output.
    pub fn is_stdout(&self) -> bool {
        self.output.as_deref().map_or(!self.play, |path| path == Path::new("-"))
    }

    /// The file to write.
    pub fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }

    fn file_format(&self) -> Result<audio::Format, Failure> {
        let samples = if self.float { SampleFormat::Float32 } else { SampleFormat::Pcm16 };
        if self.raw {
            return Ok(audio::Format::Raw(samples));
        }
        let by_name = || self.file().map_or(Ok(Format::Wav), Format::of);
        let no_float = |reason| Err(Failure::Usage(format!("--float: {reason}; float32 is for WAV and --raw")));
        match self.format.map_or_else(by_name, Ok)? {
            Format::Wav => Ok(audio::Format::Wav(samples)),
            Format::Flac if self.float => no_float("FLAC has 16 bits"),
            Format::Opus if self.float => no_float("Opus has no samples"),
            Format::Flac => Ok(audio::Format::Flac),
            Format::Opus => Ok(audio::Format::Opus),
        }
    }
}

impl Destination {
    /// The file or the stream, if there is one.
    pub fn output(&self) -> Option<&Output> {
        self.file.as_ref().map(|(output, _)| output)
    }

    pub fn begin(&self) -> Result<Audio<'_>, Failure> {
        let file = self.file.as_ref().map(|(output, format)| {
            let sink = output.begin()?;
            let encoder = if sink.is_file() { format.into_file(sink) } else { format.into_pipe(sink) };
            Ok::<_, Failure>((output, encoder.map_err(|error| cannot_encode(output, error))?))
        });
        let player = self.device.as_ref().map(Device::begin);
        Ok(Audio { file: file.transpose()?, player, samples: 0, clipped: 0 })
    }
}

/// Samples on their way.
pub struct Audio<'a> {
    file: Option<(&'a Output, Box<dyn Encoder<Sink<'a>> + Send + 'a>)>,
    player: Option<Player<'a>>,
    pub samples: u64,
    pub clipped: u64,
}

/// Names the file of a failing encoder.
fn cannot_encode(output: &Output, error: Error) -> Failure {
    match error {
        Error::Encoding { source, .. } => output.failure(match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        }),
        other => other.into(),
    }
}

impl Audio<'_> {
    pub fn add(&mut self, samples: &[f32]) -> Result<(), Failure> {
        self.samples += samples.len() as u64;
        self.clipped += audio::count_clipped(samples) as u64;
        if let Some((output, encoder)) = &mut self.file {
            encoder.encode(samples).map_err(|error| cannot_encode(output, error))?;
        }
        if let Some(player) = &mut self.player {
            player.add(samples);
        }
        Ok(())
    }

    /// Ends the file, and waits until the player has played all samples.
    pub fn finish(self) -> Result<(), Failure> {
        if let Some((output, encoder)) = self.file {
            encoder.finish().map_err(|error| cannot_encode(output, error))?.finish()?;
        }
        self.player.map_or(Ok(()), Player::finish)
    }
}
