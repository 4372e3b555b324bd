//! Uploads of weights, in the layouts that the kernels read.

use crate::checkpoint::Checkpoint;
use crate::error::Result;
use crate::gpu::BufferView;
use crate::kernels::{ConvLayout, ConvWeight, UpsamplingConv, UpsamplingLayout, WinogradLayout, WinogradWeight};
use crate::weights::{Read, Scope};

/// Whole rows of so many columns, in the order in which a kernel reads them.
pub(crate) fn rows(scope: &Scope<'_>, shape: [usize; 2], values: Read) -> Result<BufferView> {
    let [_, columns] = shape;
    scope.upload_rows(shape, values, move |values, first, rows| {
        rows.copy_from_slice(&values[first * columns..][..rows.len()]);
    })
}

/// A convolution, from torch's filters `[out, in, taps]`; a linear layer has one tap. `size`: out, in, taps.
pub(crate) fn conv(scope: &Scope<'_>, size: [u32; 3], filters: Read, bias: Read) -> Result<ConvWeight> {
    let layout = ConvLayout::new(size);
    let matrix =
        scope.upload_rows(layout.shape(), filters, move |values, first, rows| layout.fill(values, first, rows))?;
    Ok(layout.uploaded(matrix, scope.precision, scope.upload_channels(size[0], 0.0, bias)?))
}

/// An upsampling by `stride`, from torch's transposed convolution `[in, out, 2 * stride]`. `size`: in, out, stride.
pub(crate) fn upsampling(scope: &Scope<'_>, size: [u32; 3], values: Read, bias: Read) -> Result<UpsamplingConv> {
    let layout = UpsamplingLayout::new(size);
    let filters = move |checkpoint: &Checkpoint| Ok(layout.filters(&values(checkpoint)?));
    let bias = move |checkpoint: &Checkpoint| Ok(layout.bias(&bias(checkpoint)?));
    let weight = conv(scope, layout.conv_size(), Box::new(filters), Box::new(bias))?;
    let [_, out, stride] = size;
    Ok(UpsamplingConv::new(weight, out, stride))
}

/// A convolution in Winograd's form, from torch's filters `[channels, channels, taps]`.
pub(crate) fn winograd(
    scope: &Scope<'_>,
    [channels, taps]: [u32; 2],
    filters: Read,
    bias: Read,
) -> Result<WinogradWeight> {
    let layout = WinogradLayout::new(channels, taps);
    let matrix =
        scope.upload_rows(layout.shape(), filters, move |values, first, rows| layout.fill(values, first, rows))?;
    Ok(layout.uploaded(matrix, scope.precision, scope.upload_channels(channels, 0.0, bias)?))
}
