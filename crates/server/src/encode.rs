//! Audio formats of answers.

#[cfg(feature = "mp3")]
mod mp3;

use std::io::{self, Cursor, Write};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use kokoro_wgpu::audio::{self, Encoder, SampleFormat};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;

use crate::error::ApiError;

/// Bits per second of MP3, in thousands. Speech at 24 kHz gains nothing from more.
#[cfg(feature = "mp3")]
const MP3_KBPS: u32 = 96;
/// What ffmpeg is told of the two formats that it makes.
const AAC: [&str; 6] = ["-c:a", "aac", "-b:a", "64k", "-f", "adts"];
#[cfg(not(feature = "mp3"))]
const MP3: [&str; 8] = ["-c:a", "libmp3lame", "-b:a", "96k", "-write_xing", "0", "-f", "mp3"];

/// A format that clients may ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Mp3,
    Opus,
    Aac,
    Flac,
    Wav,
    Pcm,
}

impl Format {
    #[cfg(test)]
    pub const ALL: [Self; 6] = [Self::Mp3, Self::Opus, Self::Aac, Self::Flac, Self::Wav, Self::Pcm];

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Opus => "audio/opus",
            Self::Aac => "audio/aac",
            Self::Flac => "audio/flac",
            Self::Wav => "audio/wav",
            Self::Pcm => "audio/pcm",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Aac => "aac",
            Self::Flac => "flac",
            Self::Wav => "wav",
            Self::Pcm => "pcm",
        }
    }

    /// About how many bytes this many samples take, and for FLAC at most.
    pub fn bytes(self, samples: usize) -> usize {
        match self {
            Self::Wav | Self::Pcm | Self::Flac => 2 * samples,
            Self::Mp3 => samples / 2, // 96 kbit/s
            Self::Aac | Self::Opus => samples / 3,
        }
    }

    fn native(self) -> Option<audio::Format> {
        match self {
            Self::Mp3 | Self::Aac => None,
            Self::Opus => Some(audio::Format::Opus),
            Self::Flac => Some(audio::Format::Flac),
            Self::Wav => Some(audio::Format::Wav(SampleFormat::Pcm16)),
            Self::Pcm => Some(audio::Format::Raw(SampleFormat::Pcm16)),
        }
    }

    /// An encoder whose bytes come as soon as they are ready. Lengths in headers are unknown.
    ///
    /// # Errors
    /// For AAC, if ffmpeg cannot be started.
    pub fn streaming(self) -> Result<AudioWriter, ApiError> {
        let Some(native) = self.native() else { return self.other(false) };
        let sink = Sink::default();
        let encoder = native.into_pipe(sink.clone()).map_err(failed)?;
        Ok(AudioWriter::Streaming(encoder, sink))
    }

    /// An encoder whose bytes come at the end, with lengths in their headers.
    ///
    /// # Errors
    /// As [`Format::streaming`].
    pub fn whole(self) -> Result<AudioWriter, ApiError> {
        let Some(native) = self.native() else { return self.other(true) };
        Ok(AudioWriter::Whole(native.into_file(Cursor::new(Vec::new())).map_err(failed)?))
    }

    #[cfg(feature = "mp3")]
    fn other(self, whole: bool) -> Result<AudioWriter, ApiError> {
        match self {
            Self::Aac => Program::start(self, &AAC).map(Box::new).map(AudioWriter::Program),
            _ => Ok(AudioWriter::Mp3(Box::new(mp3::Mp3::new(whole)))),
        }
    }

    #[cfg(not(feature = "mp3"))]
    fn other(self, _whole: bool) -> Result<AudioWriter, ApiError> {
        let arguments = if self == Self::Aac { &AAC[..] } else { &MP3 };
        Program::start(self, arguments).map(Box::new).map(AudioWriter::Program)
    }
}

fn failed(error: impl std::fmt::Display) -> ApiError {
    ApiError::internal(format!("the audio cannot be encoded: {error}"))
}

/// Samples in, bytes out.
pub enum AudioWriter {
    Streaming(Box<dyn Encoder<Sink> + Send>, Sink),
    Whole(Box<dyn Encoder<Cursor<Vec<u8>>> + Send>),
    #[cfg(feature = "mp3")]
    Mp3(Box<mp3::Mp3>),
    Program(Box<Program>),
}

impl AudioWriter {
    /// Encodes samples. Returns the bytes that are ready.
    ///
    /// # Errors
    /// If the encoder fails.
    pub async fn push(self, samples: Vec<f32>) -> Result<(Self, Vec<u8>), ApiError> {
        if let Self::Program(mut program) = self {
            let bytes = program.push(&samples).await.map_err(failed)?;
            return Ok((Self::Program(program), bytes));
        }
        off_the_runtime(move || self.encode(&samples)).await
    }

    /// Ends the file. Returns the remaining bytes.
    ///
    /// # Errors
    /// If the encoder fails.
    pub async fn finish(self) -> Result<Vec<u8>, ApiError> {
        match self {
            Self::Program(program) => program.finish().await.map_err(failed),
            writer => off_the_runtime(move || writer.end()).await,
        }
    }

    fn encode(mut self, samples: &[f32]) -> Result<(Self, Vec<u8>), ApiError> {
        let bytes = match &mut self {
            Self::Streaming(encoder, sink) => {
                encoder.encode(samples).map_err(failed)?;
                sink.take()
            }
            Self::Whole(encoder) => {
                encoder.encode(samples).map_err(failed)?;
                Vec::new()
            }
            #[cfg(feature = "mp3")]
            Self::Mp3(mp3) => mp3.push(samples)?,
            Self::Program(_) => Vec::new(),
        };
        Ok((self, bytes))
    }

    fn end(self) -> Result<Vec<u8>, ApiError> {
        match self {
            Self::Streaming(encoder, sink) => {
                encoder.finish().map_err(failed)?;
                Ok(sink.take())
            }
            Self::Whole(encoder) => Ok(encoder.finish().map_err(failed)?.into_inner()),
            #[cfg(feature = "mp3")]
            Self::Mp3(mp3) => Ok(mp3.finish()),
            Self::Program(_) => Ok(Vec::new()),
        }
    }
}

/// Runs an encoder where it delays no other client.
async fn off_the_runtime<T: Send + 'static>(
    encode: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(encode).await.unwrap_or_else(|error| Err(failed(error)))
}

/// Bytes that an encoder wrote, until they are taken.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The program ffmpeg. It is killed when this is dropped.
pub struct Program {
    child: Child,
    input: ChildStdin,
    output: mpsc::UnboundedReceiver<Vec<u8>>,
}

/// What is made without ffmpeg.
const OTHERS: &str = if cfg!(feature = "mp3") { "mp3, opus, flac, wav or pcm" } else { "opus, flac, wav or pcm" };

impl Program {
    fn start(format: Format, arguments: &[&str]) -> Result<Self, ApiError> {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-f", "f32le", "-ar", "24000", "-ac", "1", "-i", "pipe:0"]);
        command.args(arguments).arg("pipe:1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let remedy = |error: io::Error| {
            let message = format!(
                "response_format {} needs the program ffmpeg on the server, which cannot be started ({error}): install it there, \
                 or ask for {OTHERS}",
                format.extension()
            );
            ApiError::invalid(message).param("response_format")
        };
        let mut child = command.spawn().map_err(remedy)?;
        let (Some(input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("ffmpeg has no pipes"));
        };
        // What it writes is read at once, lest it stop reading. It is a tenth of what it is given.
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut block = vec![0; 16 << 10];
            while let Ok(count @ 1..) = output.read(&mut block).await {
                if sender.send(block[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, input, output: receiver })
    }

    async fn push(&mut self, samples: &[f32]) -> io::Result<Vec<u8>> {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.input.write_all(&bytes).await?;
        let mut ready = Vec::new();
        while let Ok(block) = self.output.try_recv() {
            ready.extend(block);
        }
        Ok(ready)
    }

    async fn finish(self) -> io::Result<Vec<u8>> {
        let Self { mut child, input, mut output } = self;
        drop(input);
        let mut rest = Vec::new();
        while let Some(block) = output.recv().await {
            rest.extend(block);
        }
        match child.wait().await? {
            status if status.success() => Ok(rest),
            status => Err(io::Error::other(format!("ffmpeg ended with {status}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use kokoro_wgpu::SAMPLE_RATE;

    use super::*;

    /// A second of a tone.
    fn tone() -> Vec<f32> {
        (0..SAMPLE_RATE)
            .map(|at| 0.5 * (at as f32 * 440.0 * std::f32::consts::TAU / SAMPLE_RATE as f32).sin())
            .collect()
    }

    async fn encoded(mut writer: AudioWriter) -> (Vec<u8>, usize) {
        let (mut bytes, mut before_the_end) = (Vec::new(), 0);
        for samples in tone().chunks(7_000) {
            let (next, ready) = writer.push(samples.to_vec()).await.unwrap();
            writer = next;
            before_the_end += ready.len();
            bytes.extend(ready);
        }
        bytes.extend(writer.finish().await.unwrap());
        (bytes, before_the_end)
    }

    #[tokio::test]
    async fn streams_start_before_their_end_and_whole_files_know_their_length() {
        for format in Format::ALL
            .into_iter()
            .filter(|format| *format != Format::Aac && (cfg!(feature = "mp3") || *format != Format::Mp3))
        {
            let (stream, early) = encoded(format.streaming().unwrap()).await;
            let (whole, none) = encoded(format.whole().unwrap()).await;
            assert!(early > stream.len() / 3, "{format:?}: {early} of {}", stream.len());
            assert_eq!(none, 0, "{format:?}");
            assert!(whole.len().abs_diff(stream.len()) < 1_200, "{format:?}: {}, {}", whole.len(), stream.len());
        }
        let (wav, _) = encoded(Format::Wav.whole().unwrap()).await;
        assert_eq!(hound::WavReader::new(&wav[..]).unwrap().duration(), SAMPLE_RATE);
        let (pcm, _) = encoded(Format::Pcm.streaming().unwrap()).await;
        assert_eq!(pcm.len(), 2 * SAMPLE_RATE as usize);
        let (flac, _) = encoded(Format::Flac.whole().unwrap()).await;
        assert_eq!(claxon::FlacReader::new(&flac[..]).unwrap().samples().count(), SAMPLE_RATE as usize);
        assert_eq!(&encoded(Format::Opus.streaming().unwrap()).await.0[..4], b"OggS");
    }

    #[cfg(feature = "mp3")]
    #[tokio::test]
    async fn mp3_decodes_to_the_tone() {
        for writer in [Format::Mp3.streaming().unwrap(), Format::Mp3.whole().unwrap()] {
            let (bytes, _) = encoded(writer).await;
            let mut decoder = rusty_mp3::Mp3Decoder::new();
            decoder.push(&bytes);
            decoder.flush();
            let mut samples = Vec::new();
            while let Ok(frame) = decoder.next_frame() {
                assert_eq!((frame.sample_rate, frame.channels), (SAMPLE_RATE, 1));
                samples.extend(frame.samples);
            }
            assert!(samples.len() >= SAMPLE_RATE as usize, "{}", samples.len());
            // The tone's power is 1/8, wherever the codec's delay puts it.
            let power: f32 = samples.iter().map(|sample| sample * sample).sum::<f32>() / SAMPLE_RATE as f32;
            assert!((0.11..0.14).contains(&power), "{power}");
        }
    }

    #[tokio::test]
    async fn aac_needs_ffmpeg_and_says_so() {
        // `make serve-test` has it, and decodes what it makes.
        match Format::Aac.streaming() {
            Ok(writer) => {
                let (bytes, _) = encoded(writer).await;
                assert_eq!((bytes[0], bytes[1] & 0xf6), (0xff, 0xf0), "an ADTS header");
            }
            Err(error) => {
                assert_eq!((error.status, error.param.as_deref()), (400, Some("response_format")));
                assert!(error.message.contains("install it there, or ask for mp3"), "{}", error.message);
            }
        }
    }
}
