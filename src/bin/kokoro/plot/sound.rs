//! What is drawn: samples of a WAV file, words and marks of a file of timings.

use std::path::Path;

use hound::{SampleFormat, WavReader};
use kokoro_wgpu::Error;
use serde_json::Value;

use crate::failure::Failure;

/// Samples of one channel, full scale being 1.
pub struct Sound {
    pub rate: u32,
    samples: Vec<f32>,
}

/// A word from `start` to `end`, or a mark at `start`, in seconds.
#[derive(Debug, PartialEq)]
pub struct Stretch {
    pub name: String,
    pub start: f64,
    pub end: f64,
}

impl Sound {
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let mut file = std::fs::read(path).map_err(|source| Error::Io { action: "open", path: path.into(), source })?;
        mend(&mut file);
        let wrong = |error: hound::Error| bad(path, format!("is no WAV file that can be read: {error}"));
        let reader = WavReader::new(file.as_slice()).map_err(wrong)?;
        let spec = reader.spec();
        let values: Vec<f32> = match spec.sample_format {
            SampleFormat::Float => whole(reader.into_samples::<f32>()),
            SampleFormat::Int => {
                let scale = 0.5f32.powi(i32::from(spec.bits_per_sample) - 1);
                whole(reader.into_samples::<i32>().map(|sample| sample.map(|sample| sample as f32 * scale)))
            }
        }
        .map_err(wrong)?;
        let channels = usize::from(spec.channels.max(1));
        let mix = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
        let samples: Vec<f32> = values.chunks_exact(channels).map(mix).collect();
        match samples.is_empty() || spec.sample_rate == 0 {
            true => Err(bad(path, "has no samples".to_owned())),
            false => Ok(Self { rate: spec.sample_rate, samples }),
        }
    }

    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    /// The samples of a stretch, at least one if there is any.
    pub fn between(&self, from: f64, to: f64) -> &[f32] {
        let start = ((from * f64::from(self.rate)) as usize).min(self.samples.len());
        let end = ((to * f64::from(self.rate)).ceil() as usize).clamp(start, self.samples.len());
        &self.samples[start..end]
    }

    /// The sample at a place, silence beyond the ends.
    pub fn at(&self, place: i64) -> f32 {
        usize::try_from(place).ok().and_then(|place| self.samples.get(place)).copied().unwrap_or_default()
    }
}

fn whole(samples: impl Iterator<Item = hound::Result<f32>>) -> hound::Result<Vec<f32>> {
    samples.map(|sample| sample.map(|sample| if sample.is_finite() { sample } else { 0.0 })).collect()
}

/// Gives the sound of a file its true length: written into a pipe, it claims 4 GB; cut short, more than there is.
fn mend(file: &mut [u8]) {
    let word = |file: &[u8], at: usize| {
        file.get(at..at.checked_add(4)?).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes)
    };
    let (mut at, mut frame) = (12_usize, 1_usize);
    while let Some(size) = word(file, at.saturating_add(4)) {
        let start = at + 8;
        match &file[at..at + 4] {
            b"fmt " => frame = file.get(start + 12).copied().unwrap_or(1).max(1).into(),
            b"data" => {
                let there = file.len() - start;
                if size as usize > there {
                    let there = (there - there % frame) as u32;
                    file[at + 4..start].copy_from_slice(&there.to_le_bytes());
                }
                return;
            }
            _ => {}
        }
        at = start.saturating_add(size as usize).saturating_add(size as usize % 2);
    }
}

/// The words and the marks that `say --timings FILE.json` wrote.
pub fn timings(path: &Path, rate: u32) -> Result<(Vec<Stretch>, Vec<Stretch>), Failure> {
    let text = std::fs::read(path).map_err(|source| Error::Io { action: "read", path: path.into(), source })?;
    let wrong = |reason: String| bad(path, reason);
    let json: Value = serde_json::from_slice(&text)
        .map_err(|error| wrong(format!("is no JSON, as `say --timings FILE.json` writes it: {error}")))?;
    let Some(words) = json.get("words").and_then(Value::as_array) else {
        return Err(wrong("has no list of words, as `say --timings FILE.json` writes it".to_owned()));
    };
    let marks = json.get("marks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // Samples are counted at the rate that the file tells.
    let rate = json.get("sample_rate").and_then(Value::as_f64).filter(|rate| *rate > 0.0).unwrap_or(rate.into());
    let read = |list: &str, entries: &[Value], name: &str, start: [&str; 2], end: [&str; 2]| {
        let stretch = |(at, entry): (usize, &Value)| {
            let number = |[seconds, sample]: [&str; 2]| {
                let samples = || Some(entry.get(sample)?.as_f64()? / rate);
                entry.get(seconds).and_then(Value::as_f64).or_else(samples).filter(|time| *time >= 0.0)
            };
            let name = entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let start = number(start).ok_or_else(|| wrong(format!("{list}[{at}] has no {}", start[0])))?;
            Ok(Stretch { name, start, end: number(end).unwrap_or(start).max(start) })
        };
        let mut stretches = entries.iter().enumerate().map(stretch).collect::<Result<Vec<_>, Failure>>()?;
        stretches.sort_by(|a, b| a.start.total_cmp(&b.start));
        Ok::<_, Failure>(stretches)
    };
    let word = (["start", "start_sample"], ["end", "end_sample"]);
    let mark = ["time", "sample"];
    Ok((read("words", words, "text", word.0, word.1)?, read("marks", marks, "name", mark, mark)?))
}

fn bad(path: &Path, reason: String) -> Failure {
    Error::BadFile { origin: path.display().to_string(), reason }.into()
}
