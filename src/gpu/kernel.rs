//! Kernels: the static description of a shader and its bindings, and its compiled pipeline.

use std::num::NonZeroU64;

use super::Context;
use crate::batch::MAX_BATCH;
use crate::error::{Error, Result};

/// The least that a storage buffer has: a vec4. wgpu checks what is bound once then, and not again at every dispatch.
const VEC4_BYTES: NonZeroU64 = NonZeroU64::new(16).unwrap();

/// How a kernel uses an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads a storage buffer.
    Read,
    /// Writes a storage buffer, and may read it.
    Write,
    /// Reads a storage texture of this format, into which the operand is copied before each dispatch.
    Texture(wgpu::TextureFormat),
}

impl Access {
    /// Reads vec4 of float32 from a texture.
    pub const TEXTURE_F32: Self = Self::Texture(wgpu::TextureFormat::Rgba32Float);
    /// Reads vec4 of float16, two per word, from a texture.
    pub const TEXTURE_F16: Self = Self::Texture(wgpu::TextureFormat::Rg32Uint);

    fn binding_type(self) -> wgpu::BindingType {
        let (has_dynamic_offset, min_binding_size) = (false, Some(VEC4_BYTES));
        let buffer = |read_only| wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only },
            has_dynamic_offset,
            min_binding_size,
        };
        match self {
            Self::Read => buffer(true),
            Self::Write => buffer(false),
            Self::Texture(format) => wgpu::BindingType::StorageTexture {
                access: wgpu::StorageTextureAccess::ReadOnly,
                format,
                view_dimension: wgpu::TextureViewDimension::D2,
            },
        }
    }
}

/// One variant of one shader. Binding 0 is a uniform buffer with a dynamic offset that holds the step's uniforms; the
/// operands follow in the order of `bindings`.
#[derive(Debug)]
pub(crate) struct Kernel {
    /// Unique name: the shader's file name, for variants followed by a dot and the variant.
    pub name: &'static str,
    /// The complete WGSL, for subgroups of any size.
    pub source: &'static str,
    /// Access to the operands, from binding 1 on.
    pub bindings: &'static [Access],
    /// Size of the struct of uniforms in bytes.
    pub params_bytes: usize,
    /// Whether wgpu clamps every index to its array. Not needed if the shader's own conditions keep all of them inside.
    pub clamped: bool,
}

/// A constant of conv1d_subgroup.wgsl, for subgroups of four invocations or more and for those of eight or more.
const SPANS: [&str; 2] = ["const SPAN = 4u;", "const SPAN = 8u;"];

impl Kernel {
    /// The WGSL for a device whose subgroups have at least so many invocations.
    pub fn wgsl(&self, subgroup_min_size: u32) -> String {
        let [four, eight] = SPANS;
        if subgroup_min_size >= 8 { self.source.replace(four, eight) } else { self.source.to_owned() }
    }

    /// Bytes of one utterance's uniforms: elements of a uniform array are aligned to 16.
    pub fn uniforms_stride(&self) -> usize {
        self.params_bytes.next_multiple_of(16)
    }

    /// Invocations per workgroup, from the WGSL: numbers, or constants defined as one. A test compares it with naga's.
    pub fn workgroup_size(&self) -> u32 {
        let after = |marker: &str| self.source.split_once(marker).map(|(_, rest)| rest);
        let number = |text: &str| text.trim().trim_end_matches('u').parse().ok();
        let constant = |name: &str| after(&format!("const {name} = "))?.split(';').next().and_then(number);
        let sizes = after("@workgroup_size(").and_then(|rest| rest.split(')').next()).unwrap_or_default();
        sizes.split(',').map(|size| number(size).or_else(|| constant(size.trim())).unwrap_or(1)).product()
    }
}

/// A compiled kernel.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    pub pipeline: wgpu::ComputePipeline,
    pub layout: wgpu::BindGroupLayout,
}

impl Pipeline {
    pub fn compile(context: &Context, kernel: &Kernel) -> Result<Self> {
        let device = context.device();
        let uniforms = wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: true,
            min_binding_size: NonZeroU64::new((kernel.uniforms_stride() * MAX_BATCH) as u64),
        };
        let types = std::iter::once(uniforms).chain(kernel.bindings.iter().map(|access| access.binding_type()));
        let entry = |(binding, ty)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty,
            count: None,
        };
        let entries: Vec<_> = (0..).zip(types).map(entry).collect();
        let label = Some(kernel.name);
        context.count_pipeline();
        context
            .guarded("compiling a kernel", || {
                let descriptor = wgpu::ShaderModuleDescriptor {
                    label,
                    source: wgpu::ShaderSource::Wgsl(context.wgsl(kernel).into()),
                };
                // wgpu adds a counter to every loop, which keeps drivers from unrolling the innermost ones: AMD's compiler
                // leaves a branch before every load.
                let checks = wgpu::ShaderRuntimeChecks {
                    force_loop_bounding: false,
                    bounds_checks: kernel.clamped,
                    ..Default::default()
                };
                // SAFETY: every loop ends by its own counter, as tests/unit/shaders.rs checks. Indices are clamped, but for
                // conv1d_shared.wgsl and conv1d_matrix.wgsl. Their tiles in workgroup memory have constant sizes; in
                // buffers they read (lib/conv1d_fetch.wgsl) and write only rows, channels and columns that their parameters
                // count. Conv1d, UpsamplingConv and WinogradConv take those counts from the shapes of the tensors they
                // bind.
                #[expect(unsafe_code, reason = "what wgpu cannot prove, it checks at run time")]
                let module = unsafe { device.create_shader_module_trusted(descriptor, checks) };
                let layout =
                    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
                let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                    label,
                    bind_group_layouts: &[Some(&layout)],
                    immediate_size: 0,
                });
                #[expect(clippy::disallowed_methods, reason = "counted above")]
                let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                    label,
                    layout: Some(&pipeline_layout),
                    module: &module,
                    entry_point: Some("main"),
                    compilation_options: wgpu::PipelineCompilationOptions {
                        constants: &[],
                        // Every kernel writes its workgroup memory before it reads it (tests/unit/kernels/workgroup_memory.rs).
                        // On Vulkan, wgpu 30 zeroes it anyway in modules without override constants.
                        zero_initialize_workgroup_memory: false,
                    },
                    cache: context.pipelines().cache(),
                });
                Self { pipeline, layout }
            })
            .map_err(|error| match error {
                Error::Gpu { source, .. } => Error::Shader { kernel: kernel.name.to_owned(), source },
                other => other,
            })
    }
}
