//! Voices: style rows, chosen by the length of the phoneme string.

mod arrays;
mod blend;
mod files;
mod style;
mod table;

use std::io::Write;
use std::path::Path;

pub use self::blend::parse_blend;
pub use self::files::list;
use self::files::{ROWS, Rows, WIDTH};
pub use self::style::Style;
pub use self::table::{PUBLISHED, Published, Sex, language, sex};
use crate::checkpoint::entry::check_finite;
use crate::checkpoint::seeded;
use crate::error::{Error, Result};
use crate::util;

/// A voice: style rows of twice the network's `style_dim`, chosen by the length of the phoneme string.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    name: String,
    /// `[rows, width]`, at least one row.
    rows: Vec<f32>,
    width: usize,
}

impl Voice {
    /// Reads a file with one voice: `torch.save`'s (.pt), NumPy's (.npz, .npy), safetensors, JSON, or raw little-endian
    /// float32 `[510, 1, 256]` without a header (.bin). The format is detected by content. Values are F32, F16 or BF16,
    /// `[rows, 1, width]` or `[rows, width]`. The voice's name is the file's stem.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] for another size, shape or format, and for a file with several voices, which
    /// it lists; [`Error::TensorType`]; [`Error::NonFinite`] for a NaN or an infinity.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        files::open(path.as_ref(), None).map(Self::from_file)
    }

    /// Reads one voice of a file with several (for example .npz, or JSON `{"af_heart": [[...], ...], ...}`), or of a
    /// folder with a file for each, such as `af_heart.pt`.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Error::BadFile`] listing the voices if there is none of this name.
    pub fn open_named(path: impl AsRef<Path>, name: &str) -> Result<Self> {
        files::open(path.as_ref(), Some(name)).map(Self::from_file)
    }

    /// Reads a file in memory; `name` becomes the voice's name.
    ///
    /// # Errors
    /// As [`open`](Self::open), except [`Error::Io`].
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        files::read(name, name, bytes, None).map(Self::from_file)
    }

    /// Writes the voice as raw little-endian float32 `[510, 1, 256]`, which [`open`](Self::open) and other programs
    /// read as .bin. The file appears whole or not at all. A voice with a single row is written with 510 copies of it.
    ///
    /// # Errors
    /// [`Error::Argument`] unless the voice is 256 wide and has 510 rows or one; [`Error::Io`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        if self.width != WIDTH || ![1, ROWS].contains(&self.row_count()) {
            let (name, rows, width) = (&self.name, self.row_count(), self.width);
            return Err(Error::argument(
                "voice",
                format!("{name} is [{rows}, {width}], a .bin file holds [{ROWS}, {WIDTH}]"),
            ));
        }
        util::files::replace(path.as_ref(), |out| {
            (1..=ROWS).flat_map(|row| self.row(row)).try_for_each(|value| out.write_all(&value.to_le_bytes()))
        })
    }

    /// A voice from `[rows, width]`: row `i` is for phoneme strings of `i + 1` code points, the last also for longer
    /// ones.
    ///
    /// # Errors
    /// [`Error::Argument`] unless there are one or more whole rows; [`Error::NonFinite`].
    pub fn from_rows(name: &str, rows: Vec<f32>, width: usize) -> Result<Self> {
        if rows.is_empty() || width == 0 || !rows.len().is_multiple_of(width) {
            return Err(Error::argument(
                "voice",
                format!("{name} has {} values, expected one or more rows of {width}", rows.len()),
            ));
        }
        check_finite(name, "voice", &rows)?;
        Ok(Self { name: name.to_owned(), rows, width })
    }

    /// The seeded voice `seeded:N`: one row of 256 values for every length.
    pub fn seeded(case: u64) -> Self {
        Self::seeded_width(case, WIDTH)
    }

    /// A seeded voice with rows of another width, at least 1: twice the network's `style_dim`.
    pub fn seeded_width(case: u64, width: usize) -> Self {
        let width = width.max(1);
        Self { name: format!("seeded:{case}"), rows: seeded::style(case, width), width }
    }

    /// The name: a file's stem, `seeded:N`, or a blend's parts.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Values in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All rows, one after another, as [`from_rows`](Self::from_rows) takes them.
    pub fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// The style for a phoneme string of this many code points, counted before unknown ones are dropped.
    pub fn style(&self, phonemes: usize) -> Style {
        Style::from_row(self.row(phonemes))
    }

    /// The row for such a phoneme string: row `phonemes - 1`, or the nearest one.
    pub fn row(&self, phonemes: usize) -> &[f32] {
        let row = phonemes.saturating_sub(1).min(self.row_count() - 1);
        &self.rows[row * self.width..][..self.width]
    }

    /// The weighted mean of voices; the weights need not sum to 1. Voices with a single row serve every length.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are none, if a weight is negative or not finite, if all are zero, or if the voices
    /// differ in width or in rows.
    pub fn blend(parts: &[(&Voice, f32)]) -> Result<Voice> {
        let Some(&(first, first_weight)) = parts.first() else {
            return Err(Error::argument("voice", "a blend needs at least one voice"));
        };
        let row_count = parts.iter().map(|(voice, _)| voice.row_count()).max().unwrap_or(1);
        parts.iter().try_for_each(|(voice, weight)| voice.check_part(*weight, first, row_count))?;
        let total: f64 = parts.iter().map(|&(_, weight)| f64::from(weight)).sum();
        if total == 0.0 {
            return Err(Error::argument("voice", "all weights of the blend are 0"));
        }
        let shares: Vec<f64> = parts.iter().map(|&(_, weight)| f64::from(weight) / total).collect();
        let mean = |row: usize, column: usize| {
            let terms = parts.iter().zip(&shares);
            terms.map(|((voice, _), share)| share * f64::from(voice.row(row + 1)[column])).sum::<f64>() as f32
        };
        let rows = (0..row_count).flat_map(|row| (0..first.width).map(move |column| (row, column)));
        let even = parts.iter().all(|&(_, weight)| weight == first_weight);
        let names = parts.iter().zip(&shares).map(|((voice, _), share)| match even {
            true => voice.name.clone(),
            false => format!("{}:{share:.3}", voice.name),
        });
        Ok(Self {
            name: names.collect::<Vec<_>>().join(","),
            rows: rows.map(|(row, column)| mean(row, column)).collect(),
            width: first.width,
        })
    }

    /// Checks a voice and its weight in a blend with `first`.
    fn check_part(&self, weight: f32, first: &Voice, row_count: usize) -> Result<()> {
        let Self { name, width, .. } = self;
        if !weight.is_finite() || weight < 0.0 {
            return Err(Error::argument(
                "voice",
                format!("{name} has weight {weight}, expected a number of at least 0"),
            ));
        }
        if *width != first.width {
            return Err(Error::argument("voice", format!("{name} is {width} wide, {} is {}", first.name, first.width)));
        }
        if ![1, row_count].contains(&self.row_count()) {
            return Err(Error::argument(
                "voice",
                format!("{name} has {} rows, another voice has {row_count}", self.row_count()),
            ));
        }
        Ok(())
    }

    fn from_file(Rows { name, values, width }: Rows) -> Self {
        Self { name, rows: values, width }
    }

    fn row_count(&self) -> usize {
        self.rows.len() / self.width
    }
}
