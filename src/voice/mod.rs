//! Voices: style rows by the length of the phoneme string.

mod blend;
mod files;
mod table;

use std::io::Write;
use std::path::Path;

pub use self::blend::parse_blend;
pub use self::files::list;
pub use self::table::{PUBLISHED, Published, Sex, language, sex};
use crate::checkpoint::entry::check_finite;
use crate::checkpoint::{file, seeded};
use crate::{Error, Result};

/// Rows of a published voice pack: one for each length of the phoneme string, 1 to 510.
const ROWS: usize = 510;
/// Values of a published row: the decoder's style (128), then the predictor's (128).
const WIDTH: usize = 256;

/// A voice pack: style rows of twice the network's `style_dim`, chosen by the length of the phoneme string.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    name: String,
    /// `[rows, width]`, at least one row.
    rows: Vec<f32>,
    width: usize,
}

impl Voice {
    /// Reads the voice that a file holds, whatever its format: `torch.save`'s (.pt), NumPy's (.npz, .npy),
    /// safetensors, JSON, or raw little-endian float32 `[510, 1, 256]` without a header (.bin). Values are F32, F16 or
    /// BF16, `[rows, 1, width]` or `[rows, width]`. The voice's name is the file's stem.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] for another size, shape or format, and for a file of several voices, which it
    /// lists; [`Error::TensorType`] for other numbers; [`Error::NonFinite`] for a NaN or an infinity.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        files::open(path.as_ref(), None)
    }

    /// Reads one of the voices of a file (an .npz, say, or JSON `{"af_heart": [[...], ...], ...}`), or of a folder with
    /// a file for each, such as `af_heart.pt`.
    ///
    /// # Errors
    /// As for [`open`](Self::open); [`Error::BadFile`] listing what there is if the name is not among it.
    pub fn open_named(path: impl AsRef<Path>, name: &str) -> Result<Self> {
        files::open(path.as_ref(), Some(name))
    }

    /// Reads a voice from a file's contents that are in memory, and calls it `name`.
    ///
    /// # Errors
    /// As for [`open`](Self::open), but for [`Error::Io`].
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        files::read(name, name, bytes, None)
    }

    /// Writes the voice as raw little-endian float32 `[510, 1, 256]`, which [`open`](Self::open) and other programs
    /// read as .bin. The file appears whole or not at all. A voice of one row for every length has it repeated.
    ///
    /// # Errors
    /// [`Error::Argument`] for a voice that is not 256 wide or has neither 510 rows nor one; [`Error::Io`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        if self.width != WIDTH || ![1, ROWS].contains(&self.row_count()) {
            let (name, rows, width) = (&self.name, self.row_count(), self.width);
            return Err(argument(format!("{name} is [{rows}, {width}], a .bin file holds [{ROWS}, {WIDTH}]")));
        }
        file::replace(path.as_ref(), |out| {
            (1..=ROWS).flat_map(|row| self.style(row)).try_for_each(|value| out.write_all(&value.to_le_bytes()))
        })
    }

    /// A voice of these rows, each `width` values: row `i` is for phoneme strings of `i + 1` code points, the
    /// last also for longer ones.
    ///
    /// # Errors
    /// [`Error::Argument`] unless there is at least one whole row and no part of one, [`Error::NonFinite`].
    pub fn from_rows(name: &str, rows: Vec<f32>, width: usize) -> Result<Self> {
        if rows.is_empty() || width == 0 || !rows.len().is_multiple_of(width) {
            return Err(argument(format!("{name} has {} values, expected one or more rows of {width}", rows.len())));
        }
        check_finite(name, "voice", &rows)?;
        Ok(Self { name: name.to_owned(), rows, width })
    }

    /// The seeded voice `seeded:N`: one row of 256 for every length.
    pub fn seeded(case: u64) -> Self {
        Self::seeded_width(case, WIDTH)
    }

    /// A seeded voice for a network of another width, which is twice its `style_dim` and at least 1.
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

    /// The row for a phoneme string of this many code points, counted before unknown ones are dropped: row
    /// `phonemes - 1`, or the nearest there is. The first half styles the decoder, the second the predictor.
    pub fn style(&self, phonemes: usize) -> &[f32] {
        let row = phonemes.saturating_sub(1).min(self.row_count() - 1);
        &self.rows[row * self.width..][..self.width]
    }

    /// The weighted mean of voices; the weights need not sum to 1. Voices of one row serve every length.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are none, if a weight is negative or not finite, if all are zero, or if
    /// the voices differ in width or in rows.
    pub fn blend(parts: &[(&Voice, f32)]) -> Result<Voice> {
        let Some(&(first, first_weight)) = parts.first() else {
            return Err(argument("a blend needs at least one".to_owned()));
        };
        let row_count = parts.iter().map(|(voice, _)| voice.row_count()).max().unwrap_or(1);
        for (voice, weight) in parts {
            if !weight.is_finite() || *weight < 0.0 {
                return Err(argument(format!("{} has weight {weight}, expected a number of at least 0", voice.name)));
            }
            if voice.width != first.width {
                return Err(argument(format!(
                    "{} is {} wide, {} is {}",
                    voice.name, voice.width, first.name, first.width
                )));
            }
            if ![1, row_count].contains(&voice.row_count()) {
                return Err(argument(format!(
                    "{} has {} rows, another voice has {row_count}",
                    voice.name,
                    voice.row_count()
                )));
            }
        }
        let total: f64 = parts.iter().map(|&(_, weight)| f64::from(weight)).sum();
        if total == 0.0 {
            return Err(argument("all weights of the blend are 0".to_owned()));
        }
        let shares: Vec<f64> = parts.iter().map(|&(_, weight)| f64::from(weight) / total).collect();
        let mean = |row: usize, column: usize| {
            let terms =
                parts.iter().zip(&shares).map(|((voice, _), share)| share * f64::from(voice.style(row + 1)[column]));
            terms.sum::<f64>() as f32
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

    fn row_count(&self) -> usize {
        self.rows.len() / self.width
    }
}

fn argument(reason: String) -> Error {
    Error::Argument { name: "voice", reason }
}
