//! A kernel: a shader's text and bindings as data, and its pipeline on one device.

use super::Context;
use crate::{Error, Result};

/// How a kernel uses a storage buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// One variant of one shader. Binding 0 is the step's scalars in a uniform buffer with a dynamic offset,
/// the storage buffers follow in the order of `bindings`.
#[derive(Debug)]
pub(crate) struct Kernel {
    /// Unique among all kernels: the shader's file name, and the variant's behind a dot.
    pub name: &'static str,
    /// The whole WGSL text.
    pub source: &'static str,
    /// Storage buffers from binding 1 on.
    pub bindings: &'static [Access],
    /// Size of the scalars' struct.
    pub params: usize,
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
        let entry = |binding, ty, has_dynamic_offset| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
            count: None,
        };
        let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform, true)];
        for (binding, access) in (1..).zip(kernel.bindings) {
            let read_only = *access == Access::Read;
            entries.push(entry(binding, wgpu::BufferBindingType::Storage { read_only }, false));
        }
        let label = Some(kernel.name);
        context.count_pipeline();
        context
            .guarded("compiling a kernel", || {
                let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                    label,
                    source: wgpu::ShaderSource::Wgsl(context.wgsl(kernel).into()),
                });
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
                        // Every kernel writes its workgroup memory before it reads it. (On Vulkan wgpu 30 zeroes it all
                        // the same where a module has no override constants, so that a mistake shows elsewhere only.)
                        zero_initialize_workgroup_memory: false,
                    },
                    cache: context.pipelines().cache(),
                });
                Self { pipeline, layout }
            })
            .map_err(|error| match error {
                Error::Gpu { message, .. } => Error::Shader { kernel: kernel.name.to_owned(), message },
                other => other,
            })
    }
}
