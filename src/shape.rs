//! Dimensions and shapes of tensors as functions of an utterance's lengths.

use crate::batch::{BatchEntry, Extents};

/// The size `tokens * T + frames * F + fixed` of an utterance of T tokens and F frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dim {
    tokens: u32,
    frames: u32,
    fixed: u32,
    /// One size for the whole batch, divided among its utterances.
    shared: bool,
}

impl Dim {
    pub const TOKENS: Self = Self { tokens: 1, ..Self::fixed(0) };
    pub const FRAMES: Self = Self { frames: 1, ..Self::fixed(0) };

    pub const fn fixed(fixed: u32) -> Self {
        Self { tokens: 0, frames: 0, fixed, shared: false }
    }

    /// `fixed` rows for the whole batch; the operators divide them among the utterances.
    pub const fn shared(fixed: u32) -> Self {
        Self { shared: true, ..Self::fixed(fixed) }
    }

    pub const fn times(self, factor: u32) -> Self {
        let Self { tokens, frames, fixed, .. } = self;
        Self { tokens: tokens * factor, frames: frames * factor, fixed: fixed * factor, ..self }
    }

    pub const fn plus(self, more: u32) -> Self {
        Self { fixed: self.fixed + more, ..self }
    }

    /// Output rows of a convolution, `floor((self + 2 padding - dilation (taps - 1) - 1) / stride) + 1`; `None` unless
    /// that is affine in the lengths.
    pub fn convolved(self, taps: u32, stride: u32, padding: u32, dilation: u32) -> Option<Self> {
        let fixed = i64::from(self.fixed) + 2 * i64::from(padding) - i64::from(dilation) * (i64::from(taps) - 1) - 1;
        let fixed = u32::try_from(fixed.div_euclid(stride.into()) + 1).ok()?;
        let affine = self.tokens.is_multiple_of(stride) && self.frames.is_multiple_of(stride);
        affine.then_some(Self { tokens: self.tokens / stride, frames: self.frames / stride, fixed, ..self })
    }

    /// Size for one utterance; for the whole batch if it is shared.
    pub const fn at(self, entry: &BatchEntry) -> u32 {
        self.tokens * entry.tokens + self.frames * entry.frames + self.fixed
    }

    /// The sum over utterances with these summed extents.
    pub const fn total(self, extents: &Extents) -> u32 {
        if self.shared {
            return self.fixed;
        }
        let Extents { tokens, frames, utterances } = *extents;
        self.tokens * tokens + self.frames * frames + self.fixed * utterances
    }
}

impl std::fmt::Display for Dim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut separator = "";
        for (factor, symbol) in [(self.tokens, "T"), (self.frames, "F")] {
            match factor {
                0 => continue,
                1 => write!(f, "{separator}{symbol}")?,
                _ => write!(f, "{separator}{factor}{symbol}")?,
            }
            separator = " + ";
        }
        if self.fixed > 0 || separator.is_empty() {
            write!(f, "{separator}{}", self.fixed)?;
        }
        Ok(())
    }
}

/// A time-major matrix, \[rows, channels\]. Rows are `pitch` values apart: channels rounded up to a multiple of four, so
/// that every row starts on a vec4. The padding is zero wherever a kernel reads vec4s. One-channel signals may be dense
/// (pitch 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub rows: Dim,
    pub channels: u32,
    pub pitch: u32,
}

impl Shape {
    pub const fn new(rows: Dim, channels: u32) -> Self {
        Self { rows, channels, pitch: channels.next_multiple_of(4) }
    }

    /// One value per row, without padding.
    pub const fn dense(rows: Dim) -> Self {
        Self { rows, channels: 1, pitch: 1 }
    }

    /// The pitch in vec4s.
    pub const fn pitch4(self) -> u32 {
        self.pitch / 4
    }

    /// Bytes of one utterance; of the whole batch if the rows are shared.
    pub const fn bytes(self, entry: &BatchEntry) -> u64 {
        self.rows.at(entry) as u64 * self.pitch as u64 * 4
    }

    /// Bytes of all utterances with these summed extents.
    pub const fn total_bytes(self, extents: &Extents) -> u64 {
        self.rows.total(extents) as u64 * self.pitch as u64 * 4
    }

    /// Offset of an utterance's first value, in values.
    pub const fn start(self, entry: &BatchEntry) -> u32 {
        if self.rows.shared { 0 } else { self.rows.total(&entry.before) * self.pitch }
    }

    /// Offset of an utterance's first value in vec4s, for tensors whose rows start on one.
    pub const fn start4(self, entry: &BatchEntry) -> u32 {
        self.start(entry) / 4
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}, {}]", self.rows, self.channels)
    }
}
