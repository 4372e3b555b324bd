//! The folder of a spoken book: a file for each chapter and, until all are there, the parts that are finished.

use std::fs::{self, File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use kokoro_wgpu::timestamps::Timestamps;
use kokoro_wgpu::{Error, SAMPLE_RATE, audio};

use super::engine::Spoken;
use super::plan::{Chapter, Plan};
use crate::failure::{Failure, note};
use crate::format::clock;
use crate::output::{Output, cannot_write};
use crate::sha256::sha256;
use crate::text_input::cannot_read;
use crate::timings::{self, Mark, TimingsFile};

/// What a chapter's file can be: both formats have tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Without loss, about half the size of WAV
    Flac,
    /// Opus in Ogg, 48 kbit/s
    Opus,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Flac => "flac",
            Self::Opus => "opus",
        }
    }
}

/// Which files a chapter has.
#[derive(Clone, Copy, Debug)]
pub struct Files {
    pub format: Format,
    /// The times of words, beside the audio.
    pub timings: Option<timings::Format>,
}

/// The folder of the parts.
const PARTS: &str = ".kokoro-parts";
/// The tag by which a finished chapter is known. Its value is a hash of all that the file depends on.
const SOURCE: &str = "KOKORO_SOURCE";
/// The tag with the extension of the file of timings that was made with a chapter.
const TIMINGS: &str = "KOKORO_TIMINGS";
/// Bytes at the start of a file within which its tags are.
const TAGS: u64 = 64 << 10;
/// Bytes of a sample in a part.
const SAMPLE: u64 = 2;

/// A book's folder, locked against a second process.
pub struct Folder {
    path: PathBuf,
    parts: PathBuf,
    files: Files,
    _lock: File,
}

impl Folder {
    pub fn open(path: &Path, files: Files) -> Result<Self, Failure> {
        let parts = path.join(PARTS);
        fs::create_dir_all(&parts).map_err(cannot_write(path))?;
        let lock = parts.join("lock");
        let file = File::create(&lock).map_err(cannot_write(&lock))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let message = format!("{} is in use: another process writes a book there", path.display());
                Err(Failure::with_help(message, "Wait until it has ended, or choose another folder with -o FOLDER."))
            }
            // Where a file system has no locks, two processes would do the same work twice, no more.
            _ => Ok(Self { path: path.to_owned(), parts, files, _lock: file }),
        }
    }

    fn samples(&self, hash: &str) -> PathBuf {
        self.parts.join(format!("{hash}.pcm"))
    }

    fn timings(&self, hash: &str) -> PathBuf {
        self.parts.join(format!("{hash}.json"))
    }

    pub fn has_part(&self, hash: &str) -> bool {
        self.samples(hash).is_file() && self.timings(hash).is_file()
    }

    /// Keeps a part.
    pub fn put_part(&self, hash: &str, part: &Spoken) -> Result<(), Failure> {
        Output::file(&self.timings(hash))?.write(&part.timings)?;
        Output::file(&self.samples(hash))?.write(&part.samples)
    }

    /// A file of a chapter, counted from 0.
    fn chapter(&self, plan: &Plan, number: usize, extension: &str) -> PathBuf {
        let digits = plan.chapters.len().to_string().len().max(2);
        let title = file_name(&plan.chapters[number].title);
        self.path.join(format!("{:0digits$} {title}.{extension}", number + 1))
    }

    /// Whether the files of a chapter are there, and made of what the plan says.
    pub fn has_chapter(&self, plan: &Plan, number: usize) -> bool {
        let mut start = Vec::new();
        let Ok(file) = File::open(self.chapter(plan, number, self.files.format.extension())) else { return false };
        if file.take(TAGS).read_to_end(&mut start).is_err() {
            return false;
        }
        let has_tag = |name: &str, value: &str| {
            let wanted = format!("{name}={value}");
            start.windows(wanted.len()).any(|window| window == wanted.as_bytes())
        };
        let has_timings = |format: timings::Format| {
            let extension = format.extension();
            has_tag(TIMINGS, extension) && self.chapter(plan, number, extension).is_file()
        };
        has_tag(SOURCE, &source(plan, number)) && self.files.timings.is_none_or(has_timings)
    }

    /// Makes the files of a chapter of its parts, all of which must be there, and removes those that no other chapter needs. Returns
    /// its seconds.
    pub fn finish_chapter(&self, plan: &Plan, number: usize, quiet: bool) -> Result<f64, Failure> {
        let mut starts = Vec::new();
        let mut samples = 0;
        for part in &plan.chapters[number].parts {
            starts.push(samples);
            let path = self.samples(part);
            samples += fs::metadata(&path).map_err(cannot_read(&path))?.len() / SAMPLE;
        }
        // The audio last: its tags say that all is there.
        if let Some(format) = self.files.timings {
            self.write_timings(plan, number, format, &starts, samples)?;
        }
        self.remove_other_timings(plan, number)?;
        let path = self.write_audio(plan, number, &starts)?;
        self.remove_parts(plan, number)?;
        let seconds = samples as f64 / f64::from(SAMPLE_RATE);
        if !quiet {
            note(format_args!("{}: {}", path.display(), clock(seconds)));
        }
        Ok(seconds)
    }

    /// Joins the samples of a chapter's parts, which begin at the samples `starts`; returns the file.
    fn write_audio(&self, plan: &Plan, number: usize, starts: &[u64]) -> Result<PathBuf, Failure> {
        let path = self.chapter(plan, number, self.files.format.extension());
        // Made beside the parts, so that nothing of it remains where the chapters are if this process is killed.
        let unfinished = self.parts.join("chapter");
        let output = Output::file(&unfinished)?;
        let format = match self.files.format {
            Format::Flac => audio::Format::Flac,
            Format::Opus => audio::Format::Opus,
        };
        let tags = tags(plan, number, starts, self.files.timings);
        let mut encoder = format.into_tagged_file(output.begin()?, &tags)?;
        for part in &plan.chapters[number].parts {
            let path = self.samples(part);
            let bytes = fs::read(&path).map_err(cannot_read(&path))?;
            let samples: Vec<f32> = bytes.chunks_exact(2).map(|pair| sample([pair[0], pair[1]])).collect();
            encoder.encode(&samples)?;
        }
        encoder.finish()?.finish()?;
        fs::rename(&unfinished, &path).map_err(cannot_write(&path))?;
        Ok(path)
    }

    /// Joins the timings of a chapter's parts, with a mark where each section begins.
    fn write_timings(
        &self,
        plan: &Plan,
        number: usize,
        format: timings::Format,
        starts: &[u64],
        samples: u64,
    ) -> Result<(), Failure> {
        let Chapter { parts, marks, .. } = &plan.chapters[number];
        let path = self.chapter(plan, number, format.extension());
        let unfinished = self.parts.join("chapter").with_extension(format.extension());
        let file = TimingsFile::new(&unfinished)?;
        let mut writer = file.begin()?;
        for (at, (part, start)) in parts.iter().zip(starts).enumerate() {
            let begun = marks.iter().filter(|mark| mark.part == at);
            let mut begun = begun.map(|mark| Mark { name: mark.title.clone(), sample: *start }).collect();
            let path = self.timings(part);
            let bytes = fs::read(&path).map_err(cannot_read(&path))?;
            let chunks: Vec<Timestamps> = serde_json::from_slice(&bytes).map_err(|error| {
                let reason = format!("it has no timings: {error}; remove it and start again");
                Error::BadFile { origin: path.display().to_string(), reason }
            })?;
            for chunk in chunks {
                writer.add(&chunk.after(*start), std::mem::take(&mut begun))?;
            }
        }
        writer.finish(samples)?;
        Ok(fs::rename(&unfinished, &path).map_err(cannot_write(&path))?)
    }

    /// Removes the timings of a chapter in other formats: they may be those of another text.
    fn remove_other_timings(&self, plan: &Plan, number: usize) -> Result<(), Failure> {
        for format in timings::Format::value_variants() {
            let path = self.chapter(plan, number, format.extension());
            if Some(*format) != self.files.timings && path.exists() {
                fs::remove_file(&path).map_err(cannot_write(&path))?;
            }
        }
        Ok(())
    }

    /// Removes the parts of a finished chapter that no other one needs.
    fn remove_parts(&self, plan: &Plan, number: usize) -> Result<(), Failure> {
        let others = &plan.chapters[number + 1..];
        for part in &plan.chapters[number].parts {
            for path in [self.samples(part), self.timings(part)] {
                if !others.iter().any(|other| other.parts.contains(part)) && path.exists() {
                    fs::remove_file(&path).map_err(cannot_write(&path))?;
                }
            }
        }
        Ok(())
    }

    /// Removes what only an unfinished book needs.
    pub fn finish(self) -> Result<(), Failure> {
        Ok(fs::remove_dir_all(&self.parts).map_err(cannot_write(&self.parts))?)
    }
}

/// The inverse of rounding to 16 bits: rounded again, it is the same.
fn sample(bytes: [u8; 2]) -> f32 {
    f32::from(i16::from_le_bytes(bytes)) / f32::from(i16::MAX)
}

/// A hash of all that a chapter's file depends on.
fn source(plan: &Plan, number: usize) -> String {
    let Chapter { title, parts, marks } = &plan.chapters[number];
    let marks: Vec<_> = marks.iter().map(|mark| (&mark.title, mark.part)).collect();
    let all = format!("{:?}", (&plan.title, &plan.author, number, plan.chapters.len(), title, parts, marks));
    sha256(all.as_bytes())
}

/// Vorbis comments: what players show, and the marks, as `CHAPTER001=00:00:00.000` and `CHAPTER001NAME`.
fn tags(plan: &Plan, number: usize, starts: &[u64], timings: Option<timings::Format>) -> Vec<(String, String)> {
    let chapter = &plan.chapters[number];
    let mut tags = vec![
        ("TITLE".to_owned(), chapter.title.clone()),
        ("ALBUM".to_owned(), plan.title.clone()),
        ("TRACKNUMBER".to_owned(), (number + 1).to_string()),
        ("TRACKTOTAL".to_owned(), plan.chapters.len().to_string()),
        ("GENRE".to_owned(), "Audiobook".to_owned()),
        (SOURCE.to_owned(), source(plan, number)),
    ];
    // Before the marks, of which there may be many: only the start of the file is read again.
    tags.extend(timings.map(|format| (TIMINGS.to_owned(), format.extension().to_owned())));
    tags.extend(plan.author.iter().map(|author| ("ARTIST".to_owned(), author.clone())));
    let begin = (chapter.marks.first().is_none_or(|mark| mark.part > 0)).then_some((0, &chapter.title));
    let marks = begin.into_iter().chain(chapter.marks.iter().map(|mark| (starts[mark.part], &mark.title)));
    for (at, (sample, title)) in marks.enumerate() {
        let milliseconds = sample * 1_000 / u64::from(SAMPLE_RATE);
        let (seconds, milliseconds) = (milliseconds / 1_000, milliseconds % 1_000);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let name = format!("CHAPTER{:03}", at + 1);
        tags.push((format!("{name}NAME"), title.clone()));
        tags.push((name, format!("{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}")));
    }
    tags
}

/// A title as part of a file's name, on all systems.
fn file_name(title: &str) -> String {
    let allowed =
        |character: char| if character.is_alphanumeric() || "-_',()!&".contains(character) { character } else { ' ' };
    let name: String = title.chars().map(allowed).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    // File systems allow 255 bytes.
    let end = (0..=name.len().min(120)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
    name[..end].trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_of_16_bits_stays_the_same() {
        for value in i16::MIN + 1..=i16::MAX {
            let again = (sample(value.to_le_bytes()) * f32::from(i16::MAX)).round();
            assert_eq!(again, f32::from(value));
        }
    }

    #[test]
    fn titles_become_names_that_any_file_system_takes() {
        assert_eq!(file_name("1. A/B: \"why?\"  \u{0}…"), "1 A B why");
        assert_eq!(file_name("../../etc"), "etc");
        assert_eq!(file_name("Größe, 第一章"), "Größe, 第一章");
        assert!(file_name(&"章".repeat(200)).len() <= 120);
    }

    #[test]
    fn marks_have_times_and_the_first_is_the_chapter() {
        let mark = |title: &str, part| super::super::plan::Mark { title: title.to_owned(), part };
        let chapter = Chapter {
            title: "One".to_owned(),
            parts: vec!["a".to_owned(), "b".to_owned()],
            marks: vec![mark("Second half", 1)],
        };
        let plan = Plan { title: "Book".to_owned(), author: None, chapters: vec![chapter] };
        let tags = tags(&plan, 0, &[0, 24_000 * 3_661 + 12], Some(timings::Format::value_variants()[0]));
        let value = |name: &str| tags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!((value("CHAPTER001"), value("CHAPTER001NAME")), (Some("00:00:00.000"), Some("One")));
        assert_eq!((value("CHAPTER002"), value("CHAPTER002NAME")), (Some("01:01:01.000"), Some("Second half")));
        assert_eq!((value("TRACKNUMBER"), value("ARTIST"), value("CHAPTER003")), (Some("1"), None, None));
        let at = |name: &str| tags.iter().position(|(known, _)| known == name).unwrap();
        assert!(at(TIMINGS) < at("CHAPTER001NAME") && at(SOURCE) < at("CHAPTER001NAME"));
    }
}
