//! Extents as functions of an utterance's lengths: pure arithmetic.

/// What differs from one replay of a plan to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Run {
    /// Token ids with the two boundary tokens.
    pub tokens: u32,
    /// Frames of 25 ms: the sum of the durations.
    pub frames: u32,
    /// Divides the durations.
    pub speed: f32,
    /// Seed of the harmonic source's noise.
    pub noise_seed: u32,
}

/// The extent `ceil((a * tokens + b * frames + c) / over)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dim {
    tokens: u32,
    frames: u32,
    fixed: u32,
    over: u32,
}

impl Dim {
    pub const TOKENS: Self = Self { tokens: 1, frames: 0, fixed: 0, over: 1 };
    pub const FRAMES: Self = Self { tokens: 0, frames: 1, fixed: 0, over: 1 };

    pub const fn fixed(fixed: u32) -> Self {
        Self { tokens: 0, frames: 0, fixed, over: 1 }
    }

    pub const fn times(self, factor: u32) -> Self {
        Self { tokens: self.tokens * factor, frames: self.frames * factor, fixed: self.fixed * factor, over: self.over }
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
        affine.then_some(Self { tokens: self.tokens / stride, frames: self.frames / stride, fixed, over: 1 })
    }

    pub const fn at(self, run: &Run) -> u32 {
        (self.tokens * run.tokens + self.frames * run.frames + self.fixed).div_ceil(self.over)
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

    pub const fn bytes(self, run: &Run) -> u64 {
        self.rows.at(run) as u64 * self.pitch as u64 * 4
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}, {}]", self.rows, self.channels)
    }
}
