//! The layout of a convolution's weight in memory, and the weight on the device.

use crate::gpu::BufferView;
use crate::variant::Precision;

/// Output channels of a strip. Eight invocations read a vec4 each of a strip's row, and then its next rows, which follow in memory:
/// a row of all output channels would put them so far apart that they compete for the same lines of a cache. `STRIP4` in
/// shaders/conv1d.wgsl.
pub(in super::super) const STRIP: u32 = 32;

/// torch's filters `[out, in, taps]` (a linear layer has one tap) as the kernel reads them: `[taps, strips, in, STRIP]`, with
/// zeros where the input channels are no multiple of 4 and the output channels no multiple of [`STRIP`].
#[derive(Clone, Copy)]
pub(crate) struct ConvLayout {
    size: [u32; 3],
}

impl ConvLayout {
    /// `size`: out, in, taps.
    pub fn new(size: [u32; 3]) -> Self {
        Self { size }
    }

    /// Rows (tap, strip, input channel) and columns (output channels of a strip).
    pub fn shape(&self) -> [usize; 2] {
        padded_shape(self.size)
    }

    /// Fills the rows from `first` on in `block`, which is zero.
    pub fn fill(&self, filters: &[f32], first: usize, block: &mut [f32]) {
        let [in_channels, taps] = [self.size[1], self.size[2]].map(|c| c as usize);
        for (StripRow { tap, first_out, input }, values) in block_rows(self.size, first, block) {
            let filters = filters.chunks_exact(in_channels * taps).skip(first_out);
            for (value, filter) in values.iter_mut().zip(filters) {
                *value = filter[input * taps + tap];
            }
        }
    }

    /// The weight whose matrix was uploaded in this layout. `bias`: one value per output channel, padded to a multiple
    /// of 4.
    pub fn uploaded(&self, matrix: BufferView, precision: Precision, bias: BufferView) -> ConvWeight {
        let [out_channels, in_channels, taps] = self.size;
        ConvWeight { matrix, precision, bias, in_channels, out_channels, taps }
    }
}

/// Rows and columns of the matrix for filters `[out, in, taps]`.
pub(super) fn padded_shape([out, in_channels, taps]: [u32; 3]) -> [usize; 2] {
    let rows = taps * out.div_ceil(STRIP) * in_channels.next_multiple_of(4);
    [rows as usize, STRIP as usize]
}

/// A row of the matrix: the weights of one input channel for a strip of output channels.
pub(super) struct StripRow {
    pub tap: usize,
    /// The first output channel of the strip.
    pub first_out: usize,
    pub input: usize,
}

/// The rows in `block`, of which the first has the number `first`, for filters `[out, in, taps]`; not those of padding.
pub(super) fn block_rows(
    [out, in_channels, _]: [u32; 3],
    first: usize,
    block: &mut [f32],
) -> impl Iterator<Item = (StripRow, &mut [f32])> {
    let [strip, strips, in_channels] = [STRIP, out.div_ceil(STRIP), in_channels].map(|c| c as usize);
    let pitch = in_channels.next_multiple_of(4);
    let row = move |row: usize| StripRow {
        tap: row / pitch / strips,
        first_out: row / pitch % strips * strip,
        input: row % pitch,
    };
    (first..).map(row).zip(block.chunks_exact_mut(strip)).filter(move |(row, _)| row.input < in_channels)
}

/// Weight and bias of a convolution or linear layer on the device.
#[derive(Debug)]
pub(crate) struct ConvWeight {
    pub(super) matrix: BufferView,
    pub(super) precision: Precision,
    pub(super) bias: BufferView,
    pub(super) in_channels: u32,
    pub(super) out_channels: u32,
    pub(super) taps: u32,
}

impl ConvWeight {
    /// Floating-point operations per output row.
    pub(super) fn flops(&self) -> u64 {
        2 * u64::from(self.in_channels) * u64::from(self.out_channels) * u64::from(self.taps)
    }
}
