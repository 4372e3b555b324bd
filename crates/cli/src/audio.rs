//! The sound on its way into a file, a pipe or the sound device.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use kokoro_wgpu::flac;
use kokoro_wgpu::opus;
use kokoro_wgpu::wav::{self, Encoding};

use crate::failure::Failure;
use crate::output::{Output, Sink};
use crate::play::{Device, Player};

#[derive(clap::Args)]
pub struct SoundArg {
    /// File to write, mono, 24 kHz: FLAC if it is called .flac, Opus if .opus or .ogg, else WAV; `-` for standard output
    /// [default: standard output, if redirected]
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

/// What files with these names hold, which nothing here writes.
const OTHERS: [&str; 9] = ["mp3", "m4a", "mp4", "aac", "aif", "aiff", "wma", "webm", "oga"];

impl Format {
    /// What a file of this name holds.
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
    file: Option<(Output, Kind)>,
    device: Option<Device>,
}

/// How the samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Raw(Encoding),
    File(Format, Encoding),
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
            _ => Some((Output::new(self.output.as_deref())?, self.kind()?)),
        };
        Ok(Destination { file, device: self.play.then(Device::open).transpose()? })
    }

    /// Whether nothing is said of what to write.
    fn is_plain(&self) -> bool {
        self.format.is_none() && !self.float && !self.raw
    }

    /// Whether standard output has the sound.
    pub fn is_stdout(&self) -> bool {
        self.output.as_deref().map_or(!self.play, |path| path == Path::new("-"))
    }

    /// The file to write.
    pub fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }

    fn kind(&self) -> Result<Kind, Failure> {
        let encoding = if self.float { Encoding::Float32 } else { Encoding::Pcm16 };
        if self.raw {
            return Ok(Kind::Raw(encoding));
        }
        let named = || self.file().map_or(Ok(Format::Wav), Format::of);
        let format = self.format.map_or_else(named, Ok)?;
        match format {
            Format::Flac | Format::Opus if self.float => {
                let name = if format == Format::Flac { "FLAC has 16 bits" } else { "Opus has no samples" };
                Err(Failure::Usage(format!("--float: {name}; float32 is for WAV and --raw")))
            }
            format => Ok(Kind::File(format, encoding)),
        }
    }
}

impl Destination {
    pub fn begin(&self) -> Result<Audio<'_>, Failure> {
        let file = match &self.file {
            Some((output, kind)) => Some((output.begin()?, Stream::new(*kind)?)),
            None => None,
        };
        Ok(Audio { file, player: self.device.as_ref().map(Device::begin), samples: 0, clipped: 0 })
    }
}

/// Samples on their way.
pub struct Audio<'a> {
    file: Option<(Sink<'a>, Stream)>,
    player: Option<Player<'a>>,
    pub samples: u64,
    pub clipped: u64,
}

/// What turns samples into bytes.
enum Stream {
    Raw(Encoding),
    Wav(Encoding),
    Flac(Box<flac::Encoder>),
    Opus(Box<opus::Encoder>),
}

impl Stream {
    fn new(kind: Kind) -> Result<Self, Failure> {
        Ok(match kind {
            Kind::Raw(encoding) => Self::Raw(encoding),
            Kind::File(Format::Flac, _) => Self::Flac(Box::new(flac::Encoder::new()?)),
            Kind::File(Format::Opus, _) => Self::Opus(Box::new(opus::Encoder::new()?)),
            Kind::File(_, encoding) => Self::Wav(encoding),
        })
    }
}

impl Audio<'_> {
    pub fn add(&mut self, samples: &[f32]) -> Result<(), Failure> {
        let before = self.samples;
        self.samples += samples.len() as u64;
        self.clipped += wav::clipped(samples) as u64;
        if let Some((sink, stream)) = &mut self.file {
            let bytes = match stream {
                Stream::Raw(encoding) => encoding.encode(samples),
                Stream::Wav(encoding) => {
                    // Also refuses what a WAV file cannot hold.
                    let header = encoding.header(sink.is_file().then_some(self.samples))?;
                    let header = if before == 0 { header } else { Vec::new() };
                    [header, encoding.encode(samples)].concat()
                }
                Stream::Flac(encoder) => encoder.encode(samples)?,
                Stream::Opus(encoder) => encoder.encode(samples)?,
            };
            sink.write(&bytes)?;
        }
        if let Some(player) = &mut self.player {
            player.add(samples);
        }
        Ok(())
    }

    /// Ends the file, and waits until all has been heard.
    pub fn finish(self) -> Result<(), Failure> {
        if let Some((mut sink, stream)) = self.file {
            match stream {
                Stream::Raw(_) => {}
                Stream::Wav(encoding) if sink.is_file() => sink.rewrite(&encoding.header(Some(self.samples))?)?,
                Stream::Wav(_) => {}
                Stream::Flac(encoder) => {
                    let end = encoder.finish()?;
                    sink.write(&end.tail)?;
                    sink.rewrite(&end.head)?;
                }
                Stream::Opus(encoder) => sink.write(&encoder.finish()?)?,
            }
            sink.finish()?;
        }
        self.player.map_or(Ok(()), Player::finish)
    }
}
