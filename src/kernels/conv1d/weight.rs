//! The layout of a convolution's weight in memory, and the weight on the device.

use crate::gpu::BufferView;
use crate::variant::Precision;

/// torch's filters `[out, in, taps]` (a linear layer has one tap) as the kernel reads them: `[taps, in, out]`, both
/// channels padded with zeros to multiples of 4.
#[derive(Clone, Copy)]
pub(crate) struct ConvLayout {
    size: [u32; 3],
}

impl ConvLayout {
    /// `size`: out, in, taps.
    pub fn new(size: [u32; 3]) -> Self {
        Self { size }
    }

    /// Rows (a tap's input channels, tap by tap) and columns (output channels).
    pub fn shape(&self) -> [usize; 2] {
        padded_shape(self.size)
    }

    /// Fills the rows from `first` on in `block`, which is zero.
    pub fn fill(&self, filters: &[f32], first: usize, block: &mut [f32]) {
        let [rows, columns] = self.shape();
        let [in_channels, taps] = [self.size[1], self.size[2]].map(|c| c as usize);
        let pitch = rows / taps;
        // For each row: where it starts in the block, and the index of its value within a filter.
        let rows = (first..).map(|row| (row / pitch, row % pitch)).zip((0..block.len()).step_by(columns));
        let rows = rows.filter(|((_, input), _)| *input < in_channels);
        let rows: Vec<_> = rows.map(|((tap, input), start)| (start, input * taps + tap)).collect();
        for (out, filter) in filters.chunks_exact(in_channels * taps).enumerate() {
            for (start, index) in &rows {
                block[start + out] = filter[*index];
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
    let [rows, columns] = [in_channels, out].map(|c| c.next_multiple_of(4) as usize);
    [taps as usize * rows, columns]
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
