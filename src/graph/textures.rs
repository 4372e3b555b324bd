//! Operands in textures. A dispatch of a kernel that reads textures ([`Access::Texture`]) is preceded by copies of its operands
//! into textures that all steps of a plan share.

use std::collections::HashMap;
use std::ops::Range;

use super::step::{Operand, Step};
use crate::batch::Extents;
use crate::error::{Error, Result};
use crate::gpu::{Access, BufferView, Context};

/// Operands in textures that a kernel has at most.
pub(super) const MAX_TEXTURES: usize = 2;

/// Texels in a row of a texture; shaders/lib/texel.wgsl repeats it.
pub(crate) const ROW: u32 = 4096;

/// Whether a device has textures of this width, and can bind as many as kernels have. WebGPU's defaults are above both.
pub(crate) fn has_textures(limits: &wgpu::Limits) -> bool {
    limits.max_texture_dimension_2d >= ROW && limits.max_storage_textures_per_shader_stage >= MAX_TEXTURES as u32
}

/// The texels that a dispatch reads for one utterance of each operand in a texture, in the order of its bindings.
pub(crate) type Texels = [Range<u32>; MAX_TEXTURES];

/// Bytes of a texel.
fn texel_bytes(format: wgpu::TextureFormat) -> u32 {
    format.block_copy_size(None).unwrap_or(16)
}

/// A texture by the number of the operand and the format: each holds the largest of these operands.
type Key = (usize, wgpu::TextureFormat);

/// The rows of the textures that the steps of a plan need.
pub(super) struct TextureRows(HashMap<Key, u32>);

impl TextureRows {
    pub fn new(context: &Context, steps: &[Step], capacity: &Extents) -> Result<Self> {
        let mut rows = HashMap::new();
        for step in steps {
            for (operand_at, (operand, access)) in step.operands.iter().zip(step.kernel.bindings).enumerate() {
                let Access::Texture(format) = *access else { continue };
                let bytes = match operand {
                    Operand::Tensor(tensor) => tensor.shape.total_bytes(capacity),
                    Operand::Buffer(view) => view.size,
                };
                let needed = bytes.div_ceil(u64::from(ROW * texel_bytes(format))).max(1) as u32;
                let most = rows.entry((operand_at, format)).or_insert(needed);
                *most = needed.max(*most);
            }
        }
        let have = context.device().limits().max_texture_dimension_2d;
        if let Some(need) = rows.values().find(|need| **need > have) {
            return Err(Error::unsupported("max_texture_dimension_2d", need, &have.to_string()));
        }
        Ok(Self(rows))
    }

    /// Bytes of all.
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(|((_, format), rows)| u64::from(ROW * texel_bytes(*format)) * u64::from(*rows)).sum()
    }

    pub fn allocate(&self, context: &Context) -> Textures {
        let texture = |format, height| {
            context.device().create_texture(&wgpu::TextureDescriptor {
                label: Some("operand"),
                size: wgpu::Extent3d { width: ROW, height, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: wgpu::TextureUsages::STORAGE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            })
        };
        Textures(self.0.iter().map(|(key, rows)| (*key, texture(key.1, *rows))).collect())
    }
}

/// The textures of a plan.
pub(super) struct Textures(HashMap<Key, wgpu::Texture>);

impl Textures {
    /// The texture of a step's operand, if its kernel reads it from one.
    pub fn of(&self, operand_at: usize, access: Access) -> Option<&wgpu::Texture> {
        let Access::Texture(format) = access else { return None };
        self.0.get(&(operand_at, format))
    }
}

/// A copy of an operand into its texture.
pub(super) struct TextureCopy {
    pub source: BufferView,
    pub texture: wgpu::Texture,
}

impl TextureCopy {
    /// Copies these texels, and those before them in their row: the full rows, then what is left.
    pub fn record(&self, encoder: &mut wgpu::CommandEncoder, texels: &Range<u32>) {
        let row_bytes = ROW * texel_bytes(self.texture.format());
        let (start, end) = (texels.start / ROW, texels.end / ROW);
        for (first, width, height) in [(start, ROW, end - start), (end, texels.end % ROW, 1)] {
            if width == 0 || height == 0 {
                continue;
            }
            let layout = wgpu::TexelCopyBufferLayout {
                offset: self.source.offset + u64::from(first) * u64::from(row_bytes),
                bytes_per_row: Some(row_bytes),
                rows_per_image: None,
            };
            let mut to = self.texture.as_image_copy();
            to.origin.y = first;
            let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
            encoder.copy_buffer_to_texture(wgpu::TexelCopyBufferInfo { buffer: &self.source.buffer, layout }, to, size);
        }
    }
}
