//! `--timings FILE`: times of words and phonemes, as JSON or subtitles by the file's extension.

mod subtitles;

use std::fmt::Write as _;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use kokoro_wgpu::timestamps::{Span, Timestamps};
use kokoro_wgpu::{Error, SAMPLE_RATE};
use serde_json::{Value, json};

use self::subtitles::{srt, vtt};
use crate::failure::Failure;
use crate::output::{Output, Sink};

/// Bytes of phonemes to copy at once.
const BLOCK: usize = 1 << 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Words, phonemes and marks
    Json,
    /// SubRip
    Srt,
    /// WebVTT
    Vtt,
}

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Srt => "srt",
            Self::Vtt => "vtt",
        }
    }
}

/// The file to write.
#[derive(Debug)]
pub struct TimingsFile {
    output: Output,
    format: Format,
}

impl TimingsFile {
    /// Checks the extension, and that the file can be written.
    pub fn new(path: &Path) -> Result<Self, Failure> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let known = |format: &Format| Some(format.extension()) == extension.as_deref();
        let Some(format) = Format::value_variants().iter().copied().find(known) else {
            let message = format!("--timings: {} must end in .json, .srt or .vtt", path.display());
            return Err(Failure::Usage(message));
        };
        Ok(Self { output: Output::file(path)?, format })
    }

    pub fn output(&self) -> &Output {
        &self.output
    }

    pub fn begin(&self) -> Result<Writer<'_>, Failure> {
        let mut writer = Writer {
            sink: self.output.begin()?,
            format: self.format,
            phonemes: tempfile::tempfile().map_err(temporary_file)?,
            marks: Vec::new(),
            words_written: 0,
            phonemes_written: 0,
            cues_written: 0,
        };
        writer.sink.write(header(self.format).as_bytes())?;
        Ok(writer)
    }
}

/// A named place in the audio.
#[derive(Debug)]
pub struct Mark {
    pub name: String,
    pub sample: u64,
}

/// Writes timings chunk by chunk.
pub struct Writer<'a> {
    sink: Sink<'a>,
    format: Format,
    /// A temporary file with JSON's second list, which is copied after the first.
    phonemes: std::fs::File,
    /// JSON's third list.
    marks: Vec<Mark>,
    words_written: u64,
    phonemes_written: u64,
    cues_written: u64,
}

impl Writer<'_> {
    /// Adds marks after the last chunk.
    pub fn add_marks(&mut self, marks: Vec<Mark>) -> Result<(), Failure> {
        self.add(&Timestamps::default(), marks)
    }

    /// Adds a chunk and the marks in it.
    pub fn add(&mut self, timings: &Timestamps, marks: Vec<Mark>) -> Result<(), Failure> {
        let text = match self.format {
            Format::Json => {
                let phonemes = json_phonemes(timings, &mut self.phonemes_written);
                self.phonemes.write_all(phonemes.as_bytes()).map_err(temporary_file)?;
                self.marks.extend(marks);
                json_words(timings, &mut self.words_written)
            }
            Format::Srt => srt(timings, &mut self.cues_written),
            Format::Vtt => vtt(timings, &marks),
        };
        self.sink.write(text.as_bytes())
    }

    /// Completes the file. `samples` is the length of the audio.
    pub fn finish(mut self, samples: u64) -> Result<(), Failure> {
        if self.format == Format::Json {
            self.sink.write(b"\n],\n\"phonemes\":[")?;
            self.phonemes.rewind().map_err(temporary_file)?;
            let mut block = vec![0; BLOCK];
            loop {
                let count = self.phonemes.read(&mut block).map_err(temporary_file)?;
                if count == 0 {
                    break;
                }
                self.sink.write(&block[..count])?;
            }
            let (marks, seconds) = (json_marks(&self.marks), seconds(samples));
            self.sink.write(
                format!("\n],\n\"marks\":[{marks}\n],\n\"samples\":{samples},\n\"seconds\":{seconds}\n}}\n").as_bytes(),
            )?;
        }
        self.sink.finish()
    }
}

fn temporary_file(source: std::io::Error) -> Error {
    Error::Io { action: "write", path: PathBuf::from("a temporary file"), source }
}

fn header(format: Format) -> String {
    match format {
        Format::Json => format!("{{\n\"sample_rate\":{SAMPLE_RATE},\n\"words\":["),
        Format::Srt => String::new(),
        Format::Vtt => "WEBVTT\n".to_owned(),
    }
}

fn json_words(timings: &Timestamps, written: &mut u64) -> String {
    let words = timings.words.iter().map(|word| {
        json!({
            "text": word.text, "phonemes": word.phonemes,
            "start": word.span.start_seconds(), "end": word.span.end_seconds(),
            "start_sample": word.span.start, "end_sample": word.span.end,
        })
    });
    json_lines(words, written)
}

fn json_phonemes(timings: &Timestamps, written: &mut u64) -> String {
    let phonemes = timings.phonemes.iter().map(|phoneme| {
        json!({
            "text": phoneme.symbol,
            "start": phoneme.span.start_seconds(), "end": phoneme.span.end_seconds(),
            "start_sample": phoneme.span.start, "end_sample": phoneme.span.end,
        })
    });
    json_lines(phonemes, written)
}

fn json_marks(marks: &[Mark]) -> String {
    let entry = |mark: &Mark| json!({ "name": mark.name, "time": seconds(mark.sample), "sample": mark.sample });
    json_lines(marks.iter().map(entry), &mut 0)
}

fn seconds(sample: u64) -> f64 {
    Span { start: sample, end: sample }.start_seconds()
}

/// Entries of a JSON list, one on each line. `written` counts the list's entries over all calls.
fn json_lines(entries: impl Iterator<Item = Value>, written: &mut u64) -> String {
    entries.fold(String::new(), |mut text, entry| {
        let comma = if *written == 0 { "" } else { "," };
        *written += 1;
        let _ = write!(text, "{comma}\n{entry}"); // cannot fail for a String
        text
    })
}

#[cfg(test)]
mod tests {
    use super::subtitles::tests::{mark, timings};
    use super::*;

    #[test]
    fn json_has_words_phonemes_and_marks() {
        let timings = timings();
        let marks = [mark("a", 86_403_000), mark("b\n--> c", 86_420_000)];
        let file = format!(
            "{}{}\n],\"phonemes\":[{}\n],\"marks\":[{}\n]}}",
            header(Format::Json),
            json_words(&timings, &mut 0),
            json_phonemes(&timings, &mut 0),
            json_marks(&marks)
        );
        let parsed: Value = serde_json::from_str(&file).unwrap();
        assert_eq!(parsed["words"][1]["text"], "A&B!");
        assert_eq!(parsed["words"][1]["start_sample"], 86_406_000);
        assert_eq!(parsed["phonemes"].as_array().unwrap().len(), 15);
        assert_eq!(parsed["phonemes"][0]["start_sample"], 86_401_800);
        assert_eq!(parsed["marks"][0], json!({"name": "a", "time": 3600.125, "sample": 86_403_000}));
    }

    #[test]
    fn the_extension_selects_the_format() {
        let folder = tempfile::tempdir().unwrap();
        let format = |name: &str| TimingsFile::new(&folder.path().join(name)).map(|file| file.format).ok();
        let formats = ["a.json", "b.SRT", "c.vtt"].map(format);
        assert_eq!(formats, [Format::Json, Format::Srt, Format::Vtt].map(Some));
        assert_eq!(["a.txt", "a.tsv", "srt"].map(format), [None, None, None]);
    }
}
