//! The uniform parameters that all variants of the convolution share: `Params` in shaders/conv1d.wgsl.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use super::weight::STRIP;
use crate::graph::{Groups, Splittable};

/// A suffix of 4 marks counts and offsets in vec4.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(super) struct Params {
    /// Rows of y, per plane.
    pub rows: u32,
    /// Rows of x, per plane.
    pub in_rows: u32,
    pub in_pitch4: u32,
    /// Columns of the weight.
    pub columns4: u32,
    pub taps: u32,
    pub stride: u32,
    pub dilation: u32,
    pub padding: u32,
    /// Slope of the LeakyReLU on x, in (0, 1]; 1 is none.
    pub in_slope: f32,
    /// Whether y = gelu(y), as the last operation.
    pub gelu: u32,
    pub scale: f32,
    pub has_residual: u32,
    /// 1 adds each row of the residual to two rows of y.
    pub residual_shift: u32,
    /// Values before the start of y, which are computed but not stored.
    pub out_skip4: u32,
    /// Values of y from its offset on, per plane.
    pub out_size4: u32,
    /// Independent convolutions of the same size, with x, w and y one after another.
    pub planes: u32,
    pub x_offset4: u32,
    pub residual_offset4: u32,
    pub y_offset4: u32,
    /// Distance between rows of y, and of the residual.
    pub out_pitch4: u32,
    pub has_bias: u32,
    /// First tile of rows, where the convolution is split into several dispatches.
    pub first_tile: u32,
}

impl Params {
    /// A convolution with stride 1, no padding, no activation and no residual.
    pub fn new([rows, in_rows]: [u32; 2], [in_pitch4, columns4]: [u32; 2], taps: u32) -> Self {
        Self {
            rows,
            in_rows,
            in_pitch4,
            columns4,
            taps,
            stride: 1,
            dilation: 1,
            in_slope: 1.0,
            scale: 1.0,
            out_size4: rows * columns4,
            planes: 1,
            has_bias: 1,
            out_pitch4: columns4,
            ..Self::zeroed()
        }
    }

    /// The vec4 of x and of the weight that the dispatch reads.
    pub fn read4(&self) -> [Range<u32>; 2] {
        let matrix4 = 4 * self.in_pitch4 * self.columns4.next_multiple_of(STRIP / 4);
        [
            self.x_offset4..self.x_offset4 + self.planes * self.in_rows * self.in_pitch4,
            0..self.planes * self.taps * matrix4,
        ]
    }

    /// Bytes that the epilogue of all workgroups loads and stores: y, again for its GELU, the residual, and the bias for
    /// each tile of rows.
    pub fn epilogue_bytes(&self, [_, row_tiles, _]: Groups) -> u64 {
        let values4 = u64::from(self.planes) * u64::from(self.out_size4.min(self.rows * self.columns4));
        let biases4 = u64::from(self.planes * row_tiles) * u64::from(self.columns4);
        16 * (values4 * u64::from(1 + 2 * self.gelu + self.has_residual) + biases4 * u64::from(self.has_bias))
    }
}

impl Splittable for Params {
    const RELATIVE_COST: u64 = 1;

    /// Tiles of rows.
    fn parts(&self, [_, y, _]: Groups) -> u32 {
        y
    }

    fn restrict(&mut self, groups: &mut Groups, parts: Range<u32>) {
        self.first_tile += parts.start;
        groups[1] = parts.len() as u32;
    }
}
