//! Extents as functions of an utterance's lengths: pure arithmetic.

/// Utterances of one replay, at most: `BATCH` in lib/batch.wgsl.
pub(crate) const BATCH: usize = 16;

/// Lengths of one utterance, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lengths {
    /// Token ids with the two boundary tokens of each utterance.
    pub tokens: u32,
    /// Frames of 25 ms: the sum of the durations.
    pub frames: u32,
    pub utterances: u32,
}

/// One utterance of a replay: what differs from one replay of a plan to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Run {
    /// Token ids with the two boundary tokens.
    pub tokens: u32,
    /// Frames of 25 ms: the sum of the durations.
    pub frames: u32,
    /// Divides the durations.
    pub speed: f32,
    /// Seed of the harmonic source's noise.
    pub noise_seed: u32,
    /// What lies before it in every tensor.
    pub before: Lengths,
    /// Its place among the utterances of the replay.
    pub lane: u32,
    /// Utterances of the replay.
    pub lanes: u32,
}

impl Default for Run {
    fn default() -> Self {
        Self::one()
    }
}

impl Run {
    /// An utterance without length, alone in its replay.
    pub const fn one() -> Self {
        let before = Lengths { tokens: 0, frames: 0, utterances: 0 };
        Self { tokens: 0, frames: 0, speed: 1.0, noise_seed: 0, before, lane: 0, lanes: 1 }
    }

    /// The lengths up to its end.
    pub fn end(&self) -> Lengths {
        let Lengths { tokens, frames, utterances } = self.before;
        Lengths { tokens: tokens + self.tokens, frames: frames + self.frames, utterances: utterances + 1 }
    }
}

/// The extent `ceil((a * tokens + b * frames + c) / over)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dim {
    tokens: u32,
    frames: u32,
    fixed: u32,
    over: u32,
    /// The utterances of a replay divide it among themselves.
    shared: bool,
}

impl Dim {
    pub const TOKENS: Self = Self { tokens: 1, ..Self::fixed(0) };
    pub const FRAMES: Self = Self { frames: 1, ..Self::fixed(0) };

    pub const fn fixed(fixed: u32) -> Self {
        Self { tokens: 0, frames: 0, fixed, over: 1, shared: false }
    }

    /// `fixed` rows for all utterances of a replay together, for their operators to divide.
    pub const fn shared(fixed: u32) -> Self {
        Self { shared: true, ..Self::fixed(fixed) }
    }

    pub const fn times(self, factor: u32) -> Self {
        let Self { tokens, frames, fixed, .. } = self;
        Self { tokens: tokens * factor, frames: frames * factor, fixed: fixed * factor, ..self }
    }

    /// More of what is divided, where something is.
    pub const fn plus(self, more: u32) -> Self {
        Self { fixed: self.fixed + more, ..self }
    }

    /// The blocks of `size` that cover the extent.
    pub const fn blocks(self, size: u32) -> Self {
        Self { over: self.over * size, ..self }
    }

    /// Rows of a convolution, `floor((self + 2 padding - dilation (taps - 1) - 1) / stride) + 1`, if that is affine.
    pub fn convolved(self, taps: u32, stride: u32, padding: u32, dilation: u32) -> Option<Self> {
        let fixed = i64::from(self.fixed) + 2 * i64::from(padding) - i64::from(dilation) * (i64::from(taps) - 1) - 1;
        let fixed = u32::try_from(fixed.div_euclid(stride.into()) + 1).ok()?;
        let affine = self.tokens.is_multiple_of(stride) && self.frames.is_multiple_of(stride) && self.over == 1;
        affine.then_some(Self { tokens: self.tokens / stride, frames: self.frames / stride, fixed, ..self })
    }

    pub const fn at(self, run: &Run) -> u32 {
        (self.tokens * run.tokens + self.frames * run.frames + self.fixed).div_ceil(self.over)
    }

    /// Room for the rows of utterances that have these lengths together, each rounded up by itself.
    pub const fn total(self, lengths: &Lengths) -> u32 {
        if self.shared {
            return self.fixed;
        }
        let Lengths { tokens, frames, utterances } = *lengths;
        let rounding = if self.over > 1 { utterances } else { 0 };
        (self.tokens * tokens + self.frames * frames + self.fixed * utterances) / self.over + rounding
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
        if self.over > 1 { write!(f, " over {}", self.over) } else { Ok(()) }
    }
}

/// Time-major rows of channels. Rows lie `pitch` values apart: channels rounded up to four, so that every row
/// starts on a vec4; the values between are zero wherever a vec4 is read. Signals of one channel may lie densely instead.
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

    /// One value a row, without padding.
    pub const fn dense(rows: Dim) -> Self {
        Self { rows, channels: 1, pitch: 1 }
    }

    /// Columns in vec4.
    pub const fn pitch4(self) -> u32 {
        self.pitch / 4
    }

    /// Of one utterance.
    pub const fn bytes(self, run: &Run) -> u64 {
        self.rows.at(run) as u64 * self.pitch as u64 * 4
    }

    /// Of all utterances of these lengths.
    pub const fn total_bytes(self, lengths: &Lengths) -> u64 {
        self.rows.total(lengths) as u64 * self.pitch as u64 * 4
    }

    /// The utterance's first value, in values.
    pub const fn start(self, run: &Run) -> u32 {
        if self.rows.shared { 0 } else { self.rows.total(&run.before) * self.pitch }
    }

    /// The same in vec4, for tensors whose rows start on them.
    pub const fn start4(self, run: &Run) -> u32 {
        self.start(run) / 4
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}, {}]", self.rows, self.channels)
    }
}
