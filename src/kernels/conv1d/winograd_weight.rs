//! The transformed filters of a Winograd convolution.

use super::weight::{StripRow, block_rows, padded_shape};
use crate::gpu::BufferView;
use crate::variant::Precision;

/// Products per tile, and so planes of the transformed data.
pub(super) const PLANES: u32 = 7;
/// Outputs per tile, and taps per sub-kernel.
pub(super) const TILE: u32 = 4;

/// The finite interpolation points; the seventh is infinity. All are dyadic, so that the input transform is exact.
const POINTS: [f64; 6] = [0.0, 1.0, -1.0, 0.5, 2.0, -1.5];
/// Factors by which winograd_input.wgsl divides the rows of its matrix, to make them similar in size.
const SCALES: [f64; 7] = [8.0, 4.0, 4.0, 4.0, 2.0, 4.0, 8.0];

/// torch's filters `[channels, channels, taps]`, transformed: seven planes of sub-kernels, each laid out like the taps of a
/// [`ConvLayout`](super::ConvLayout).
#[derive(Clone, Copy)]
pub(crate) struct WinogradLayout {
    channels: u32,
    taps: u32,
    transform: [[f64; 4]; 7],
}

impl WinogradLayout {
    pub fn new(channels: u32, taps: u32) -> Self {
        Self { channels, taps, transform: filter_transform() }
    }

    /// Out, in, and the sub-kernels of all planes.
    fn size(&self) -> [u32; 3] {
        [self.channels, self.channels, PLANES * self.taps.div_ceil(TILE)]
    }

    /// Rows (plane, sub-kernel, strip, input channel) and columns (output channels of a strip).
    pub fn shape(&self) -> [usize; 2] {
        padded_shape(self.size())
    }

    /// Fills the rows from `first` on in `block`, which is zero.
    pub fn fill(&self, filters: &[f32], first: usize, block: &mut [f32]) {
        let [channels, taps, tile] = [self.channels, self.taps, TILE].map(|c| c as usize);
        let subs = taps.div_ceil(tile);
        for (StripRow { tap: sub, first_out, input }, values) in block_rows(self.size(), first, block) {
            let (factors, tap) = (self.transform[sub / subs], sub % subs * tile);
            let own = input * taps + tap..input * taps + taps.min(tap + tile);
            for (value, filter) in values.iter_mut().zip(filters.chunks_exact(channels * taps).skip(first_out)) {
                let products = filter[own.clone()].iter().zip(factors).map(|(tap, factor)| f64::from(*tap) * factor);
                *value = products.sum::<f64>() as f32;
            }
        }
    }

    /// The weight whose matrix was uploaded in this layout. `bias`: one value per channel, padded to a multiple of 4.
    pub fn uploaded(&self, matrix: BufferView, precision: Precision, bias: BufferView) -> WinogradWeight {
        WinogradWeight { matrix, precision, bias, channels: self.channels, taps: self.taps }
    }
}

/// The filter transform. Row i is the powers of the point p_i over the product of its differences to the other points,
/// times the scale that the input transform divides by.
fn filter_transform() -> [[f64; 4]; 7] {
    std::array::from_fn(|i| {
        let Some(point) = POINTS.get(i) else { return [0.0, 0.0, 0.0, SCALES[i]] };
        let others = POINTS.iter().filter(|q| *q != point).map(|q| point - q);
        let scale = SCALES[i] / others.product::<f64>();
        std::array::from_fn(|j| point.powi(j as i32) * scale)
    })
}

/// Transformed filters and bias on the device.
#[derive(Debug)]
pub(crate) struct WinogradWeight {
    pub(super) matrix: BufferView,
    pub(super) precision: Precision,
    pub(super) bias: BufferView,
    pub(super) channels: u32,
    pub(super) taps: u32,
}
