//! `--timings FILE`: when each word and phoneme is spoken, in the format that the file's name says.

use std::fmt::Write as _;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use kokoro_wgpu::timestamps::{Span, Timestamps, WordTimestamp};
use kokoro_wgpu::{Chunk, Error, SAMPLE_RATE};
use serde_json::json;

use crate::failure::Failure;
use crate::output::{Output, Sink};

/// Characters of a subtitle: two lines of 42.
const CUE: usize = 84;
/// Bytes of phonemes that are copied at once.
const BLOCK: usize = 1 << 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Srt,
    Vtt,
    Tsv,
}

/// A file to write timings to.
#[derive(Debug)]
pub struct TimingsFile {
    output: Output,
    format: Format,
}

impl TimingsFile {
    /// Checks the name and that the file can be written.
    pub fn new(path: &Path) -> Result<Self, Failure> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let format = match extension.as_deref() {
            Some("json") => Format::Json,
            Some("srt") => Format::Srt,
            Some("vtt") => Format::Vtt,
            Some("tsv") => Format::Tsv,
            _ => {
                let message = format!("--timings: {} ends neither in .json, .srt, .vtt nor .tsv", path.display());
                return Err(Failure::Usage(message));
            }
        };
        Ok(Self { output: Output::file(path)?, format })
    }

    pub fn begin(&self) -> Result<Writer<'_>, Failure> {
        let mut writer = Writer {
            sink: self.output.begin()?,
            format: self.format,
            phonemes: tempfile::tempfile().map_err(spooling)?,
            marks: Vec::new(),
            words: 0,
            phonemes_written: 0,
            cues: 0,
        };
        writer.sink.write(head(self.format).as_bytes())?;
        Ok(writer)
    }
}

/// A named place of the text in the audio.
#[derive(Debug)]
pub struct Mark {
    pub name: String,
    pub sample: u64,
}

/// Timestamps that are written as they come.
pub struct Writer<'a> {
    sink: Sink<'a>,
    format: Format,
    /// JSON's second list, until the first is finished.
    phonemes: std::fs::File,
    /// JSON's third list.
    marks: Vec<Mark>,
    words: u64,
    phonemes_written: u64,
    cues: u64,
}

impl Writer<'_> {
    /// A chunk, and the marks in it.
    pub fn add(&mut self, chunk: &Chunk, marks: Vec<Mark>) -> Result<(), Failure> {
        self.write(&chunk.timestamps, marks)
    }

    /// Marks where nothing is spoken.
    pub fn mark(&mut self, marks: Vec<Mark>) -> Result<(), Failure> {
        self.write(&Timestamps::default(), marks)
    }

    fn write(&mut self, timings: &Timestamps, marks: Vec<Mark>) -> Result<(), Failure> {
        let text = match self.format {
            Format::Json => {
                let phonemes = json_phonemes(timings, &mut self.phonemes_written);
                self.phonemes.write_all(phonemes.as_bytes()).map_err(spooling)?;
                self.marks.extend(marks);
                json_words(timings, &mut self.words)
            }
            Format::Tsv => tsv(timings, &marks),
            Format::Srt => srt(timings, &mut self.cues),
            Format::Vtt => vtt(timings, &marks),
        };
        self.sink.write(text.as_bytes())
    }

    /// Gives the file its name, once the audio has as many samples.
    pub fn finish(mut self, samples: u64) -> Result<(), Failure> {
        if self.format == Format::Json {
            self.sink.write(b"\n],\n\"phonemes\":[")?;
            self.phonemes.rewind().map_err(spooling)?;
            let mut block = vec![0; BLOCK];
            loop {
                let count = self.phonemes.read(&mut block).map_err(spooling)?;
                if count == 0 {
                    break;
                }
                self.sink.write(&block[..count])?;
            }
            let marks = json_marks(&self.marks);
            let seconds = Span { start: 0, end: samples }.end_seconds();
            self.sink.write(
                format!("\n],\n\"marks\":[{marks}\n],\n\"samples\":{samples},\n\"seconds\":{seconds}\n}}\n").as_bytes(),
            )?;
        }
        self.sink.finish()
    }
}

fn spooling(source: std::io::Error) -> Error {
    Error::Io { action: "write", path: PathBuf::from("a temporary file"), source }
}

/// What the file begins with.
fn head(format: Format) -> String {
    match format {
        Format::Json => format!("{{\n\"sample_rate\":{SAMPLE_RATE},\n\"words\":["),
        Format::Tsv => "start\tend\tstart_sample\tend_sample\tkind\ttext\n".to_owned(),
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
    listed(words, written)
}

fn json_phonemes(timings: &Timestamps, written: &mut u64) -> String {
    let phonemes = timings.phonemes.iter().map(|phoneme| {
        json!({
            "text": phoneme.symbol,
            "start": phoneme.span.start_seconds(), "end": phoneme.span.end_seconds(),
            "start_sample": phoneme.span.start, "end_sample": phoneme.span.end,
        })
    });
    listed(phonemes, written)
}

fn json_marks(marks: &[Mark]) -> String {
    let entry = |mark: &Mark| json!({ "name": mark.name, "time": seconds(mark.sample), "sample": mark.sample });
    listed(marks.iter().map(entry), &mut 0)
}

fn seconds(sample: u64) -> f64 {
    Span { start: sample, end: sample }.start_seconds()
}

/// Entries of a list that goes on, a line each.
fn listed(entries: impl Iterator<Item = serde_json::Value>, written: &mut u64) -> String {
    entries.fold(String::new(), |mut text, entry| {
        let comma = if *written == 0 { "" } else { "," };
        *written += 1;
        let _ = write!(text, "{comma}\n{entry}"); // a String takes everything
        text
    })
}

/// Marks, words and phonemes by their start, in this order where they start together.
fn tsv(timings: &Timestamps, marks: &[Mark]) -> String {
    let plain = |name: &str| name.replace(|c: char| c.is_control(), " ");
    let marks = marks.iter().map(|mark| (Span { start: mark.sample, end: mark.sample }, "mark", plain(&mark.name)));
    let words = timings.words.iter().map(|word| (word.span, "word", word.text.clone()));
    let phonemes = timings.phonemes.iter().map(|phoneme| (phoneme.span, "phoneme", phoneme.symbol.to_string()));
    let mut rows: Vec<_> = marks.chain(words).chain(phonemes).collect();
    rows.sort_by_key(|(span, ..)| span.start);
    rows.iter().fold(String::new(), |mut text, (span, kind, what)| {
        let (start, end) = (span.start_seconds(), span.end_seconds());
        let _ = writeln!(text, "{start:.4}\t{end:.4}\t{}\t{}\t{kind}\t{what}", span.start, span.end);
        text
    })
}

/// A chunk's words as subtitles: each ends with a sentence or with two full lines.
fn cues(words: &[WordTimestamp]) -> Vec<&[WordTimestamp]> {
    let (mut cues, mut start, mut length) = (Vec::new(), 0, 0);
    for (at, word) in words.iter().enumerate() {
        let count = word.text.chars().count() + usize::from(word.spaced);
        if length + count > CUE && at > start {
            cues.push(&words[start..at]);
            (start, length) = (at, 0);
        }
        length += count;
        if word
            .text
            .trim_end_matches(['"', '”', '’', '\'', ')', '」', '』'])
            .ends_with(['.', '!', '?', '…', '。', '！', '？'])
        {
            cues.push(&words[start..=at]);
            (start, length) = (at + 1, 0);
        }
    }
    cues.push(&words[start..]);
    cues.retain(|cue| cue.last().zip(cue.first()).is_some_and(|(last, first)| last.span.end > first.span.start));
    cues
}

/// The lines of a subtitle: one, or two of about a length. `shown` writes a word, by whether it is the first.
fn lines(cue: &[WordTimestamp], shown: impl Fn(&WordTimestamp, bool) -> String) -> String {
    let total: usize = cue.iter().map(|word| word.text.chars().count() + usize::from(word.spaced)).sum();
    let (mut text, mut length, mut broken) = (String::new(), 0, total <= CUE / 2);
    for (at, word) in cue.iter().enumerate() {
        text += &shown(word, at == 0);
        length += word.text.chars().count() + usize::from(word.spaced);
        if at + 1 == cue.len() {
            break;
        }
        if !broken && 2 * length >= total {
            text.push('\n');
            broken = true;
        } else if word.spaced {
            text.push(' ');
        }
    }
    text
}

fn from_to(cue: &[WordTimestamp], point: char) -> String {
    let (start, end) = cue.first().zip(cue.last()).map_or((0, 0), |(first, last)| (first.span.start, last.span.end));
    format!("{} --> {}", clock(start, point), clock(end, point))
}

fn srt(timings: &Timestamps, written: &mut u64) -> String {
    cues(&timings.words).into_iter().fold(String::new(), |mut text, cue| {
        *written += 1;
        let _ = write!(text, "{written}\n{}\n{}\n\n", from_to(cue, ','), lines(cue, |word, _| word.text.clone()));
        text
    })
}

/// With the time of each word inside, which players can follow. Marks are notes before what is spoken after them.
fn vtt(timings: &Timestamps, marks: &[Mark]) -> String {
    let shown = |word: &WordTimestamp, first: bool| {
        let plain = word.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if first { plain } else { format!("<{}>{plain}", clock(word.span.start, '.')) }
    };
    let mut marks = marks.iter().peekable();
    let mut text = cues(&timings.words).into_iter().fold(String::new(), |mut text, cue| {
        let end = cue.last().map_or(0, |word| word.span.end);
        while let Some(mark) = marks.next_if(|mark| mark.sample < end) {
            text += &vtt_note(mark);
        }
        let _ = write!(text, "\n{}\n{}\n", from_to(cue, '.'), lines(cue, shown));
        text
    });
    marks.for_each(|mark| text += &vtt_note(mark));
    text
}

/// A comment: a cue lasts, a mark does not.
fn vtt_note(mark: &Mark) -> String {
    // An arrow would make a cue of it, a line break end it.
    let name = mark.name.replace(|c: char| c.is_control(), " ").replace("-->", "->");
    format!("\nNOTE mark {} {name}\n", clock(mark.sample, '.'))
}

/// Hours, minutes, seconds and milliseconds.
fn clock(sample: u64, point: char) -> String {
    let milliseconds = sample * 1000 / u64::from(SAMPLE_RATE);
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}{point}{:03}", seconds % 60, milliseconds % 1000)
}

#[cfg(test)]
mod tests {
    use kokoro_wgpu::text::Token;

    use super::*;

    fn timings() -> Timestamps {
        let tokens = [
            Token::new("Well", "wˈɛl", ""),
            Token::new(",", ",", " "),
            Token::new("A&B", "bˈi", ""),
            Token::new("!", "!", " "),
            Token::new("Yes", "jˈɛs", ""),
        ];
        Timestamps::new(&tokens, &[3, 1, 1, 2, 1, 4, 2, 1, 1, 3, 6, 2, 1, 1, 1, 5, 2], 24_000 * 3600)
    }

    fn mark(name: &str, sample: u64) -> Mark {
        Mark { name: name.to_owned(), sample }
    }

    #[test]
    fn each_format_is_as_its_readers_expect() {
        let timings = timings();
        assert_eq!(
            srt(&timings, &mut 6),
            "7\n01:00:00,000 --> 01:00:00,400\nWell, A&B!\n\n8\n01:00:00,575 --> 01:00:00,800\nYes\n\n"
        );
        assert_eq!(
            vtt(&timings, &[]),
            "\n01:00:00.000 --> 01:00:00.400\nWell, <01:00:00.250>A&amp;B!\n\n01:00:00.575 --> 01:00:00.800\nYes\n"
        );
        let marks = [mark("a", 86_403_000), mark("b\n--> c", 86_420_000)];
        assert_eq!(
            vtt(&timings, &marks),
            "\nNOTE mark 01:00:00.125 a\n\n01:00:00.000 --> 01:00:00.400\nWell, <01:00:00.250>A&amp;B!\n\n\
             01:00:00.575 --> 01:00:00.800\nYes\n\nNOTE mark 01:00:00.833 b -> c\n"
        );
        let marked = tsv(&timings, &marks);
        assert_eq!(marked.lines().count(), 3 + 15 + 2);
        assert!(marked.ends_with("3600.8333\t3600.8333\t86420000\t86420000\tmark\tb --> c\n"), "{marked}");
        let table = tsv(&timings, &[]);
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows.len(), 3 + 15);
        assert_eq!(rows[0], "3600.0000\t3600.1250\t86400000\t86403000\tword\tWell,");
        assert_eq!(rows[1], "3600.0750\t3600.1000\t86401800\t86402400\tphoneme\tw");
        let whole = format!(
            "{}{}\n],\"phonemes\":[{}\n],\"marks\":[{}\n]}}",
            head(Format::Json),
            json_words(&timings, &mut 0),
            json_phonemes(&timings, &mut 0),
            json_marks(&marks)
        );
        let parsed: serde_json::Value = serde_json::from_str(&whole).unwrap();
        assert_eq!(parsed["words"][1]["text"], "A&B!");
        assert_eq!(parsed["words"][1]["start_sample"], 86_406_000);
        assert_eq!(parsed["phonemes"].as_array().unwrap().len(), 15);
        assert_eq!(parsed["marks"][0], json!({"name": "a", "time": 3600.125, "sample": 86_403_000}));
    }

    #[test]
    fn long_subtitles_have_two_lines_and_no_more() {
        let tokens: Vec<Token> = (0..40).map(|_| Token::new("words", "ə", " ")).collect();
        let timings = Timestamps::new(&tokens, &[4; 81], 0);
        let text = srt(&timings, &mut 0);
        assert_eq!(text.matches("words").count(), 40);
        assert!(text.lines().all(|line| line.chars().count() <= CUE / 2 + 3), "{text}");
        assert_eq!(text.matches(" --> ").count(), 3, "14 words of 6 characters a cue");
    }

    #[test]
    fn the_name_says_the_format() {
        let folder = tempfile::tempdir().unwrap();
        let format = |name: &str| TimingsFile::new(&folder.path().join(name)).map(|file| file.format).ok();
        let formats = ["a.json", "b.SRT", "c.vtt", "d.tsv"].map(format);
        assert_eq!(formats, [Format::Json, Format::Srt, Format::Vtt, Format::Tsv].map(Some));
        assert_eq!([format("a.txt"), format("srt")], [None, None]);
    }
}
