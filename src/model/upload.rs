//! Uploads of weights, in the layouts that the kernels read.

use crate::error::Result;
use crate::gpu::BufferView;
use crate::kernels::{ConvLayout, ConvWeight, UpsamplingConv, UpsamplingFilters, WinogradLayout, WinogradWeight};
use crate::weights::Scope;

/// Whole rows of so many columns, in the order in which a kernel reads them.
pub(crate) fn rows(scope: &Scope<'_>, values: &[f32], columns: u32) -> Result<BufferView> {
    let columns = columns as usize;
    debug_assert!(values.len().is_multiple_of(columns));
    scope.upload_rows([values.len() / columns, columns], |first, rows| {
        rows.copy_from_slice(&values[first * columns..][..rows.len()]);
    })
}

/// A convolution, from torch's filters `[out, in, taps]`; a linear layer has one tap. `size`: out, in, taps.
pub(crate) fn conv(scope: &Scope<'_>, filters: &[f32], bias: Option<&[f32]>, size: [u32; 3]) -> Result<ConvWeight> {
    let layout = ConvLayout::new(filters, size);
    let matrix = scope.upload_rows(layout.shape(), |first, rows| layout.fill(first, rows))?;
    let bias = bias.map_or_else(|| vec![0.0; size[0] as usize], <[f32]>::to_vec);
    Ok(layout.uploaded(matrix, scope.precision, scope.upload_channels(bias, 0.0)?))
}

/// An upsampling by `stride`, from torch's transposed convolution `[in, out, 2 * stride]`. `size`: in, out, stride.
pub(crate) fn upsampling(scope: &Scope<'_>, values: &[f32], bias: &[f32], size: [u32; 3]) -> Result<UpsamplingConv> {
    let filters = UpsamplingFilters::new(values, bias, size);
    let weight = conv(scope, &filters.filters, Some(&filters.bias), filters.size)?;
    let [_, out, stride] = size;
    Ok(UpsamplingConv::new(weight, out, stride))
}

/// A convolution in Winograd's form, from torch's filters `[channels, channels, taps]`.
pub(crate) fn winograd(
    scope: &Scope<'_>,
    filters: &[f32],
    bias: &[f32],
    [channels, taps]: [u32; 2],
) -> Result<WinogradWeight> {
    let layout = WinogradLayout::new(filters, channels, taps);
    let matrix = scope.upload_rows(layout.shape(), |first, rows| layout.fill(first, rows))?;
    Ok(layout.uploaded(matrix, scope.precision, scope.upload_channels(bias.to_vec(), 0.0)?))
}
