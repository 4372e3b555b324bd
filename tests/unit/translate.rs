//! Translation of WGSL for Vulkan, Metal and Direct3D 12, with the options that wgpu 30 passes to naga, so that the
//! result is what drivers compile. The example `shaders` includes this file.

use naga::back::{hlsl, msl, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ShaderStages, SubgroupOperationSet, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ResourceBinding, StorageAccess};

/// What kernels that need subgroups, float16 arithmetic or cooperative matrices have in their name.
const SUBGROUP: &str = "subgroup";
const HALF: &str = "half";
const MATRICES: [&str; 2] = ["matrix8", "matrix16"];
/// The variants whose indices wgpu does not clamp (`Kernel::clamped`).
const UNCLAMPED: [&str; 6] = ["shared", "wide", "small", "half", "matrix8", "matrix16"];

/// A kernel that naga has validated.
pub struct Shader {
    pub name: &'static str,
    pub module: Module,
    pub info: ModuleInfo,
}

fn is_variant(name: &str, variant: &str) -> bool {
    name.split('.').skip(1).any(|part| part == variant)
}

fn is_matrix(name: &str) -> bool {
    MATRICES.iter().any(|variant| is_variant(name, variant))
}

/// What a kernel may use: WGSL without extensions (naga counts the conversion of packed f16 as one), and the extensions
/// that the context requires for its variant.
fn capabilities(name: &str) -> Capabilities {
    let mut all = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    all.set(Capabilities::SUBGROUP, is_variant(name, SUBGROUP) || is_matrix(name));
    all.set(Capabilities::COOPERATIVE_MATRIX, is_matrix(name));
    all.set(Capabilities::SHADER_FLOAT16, is_matrix(name) || is_variant(name, HALF));
    all
}

impl Shader {
    /// Parses and validates; an error names the place.
    pub fn parse(name: &'static str, wgsl: &str) -> Result<Self, String> {
        let capabilities = capabilities(name);
        let options = naga::front::wgsl::Options { capabilities, ..naga::front::wgsl::Options::new() };
        let module = naga::front::wgsl::Frontend::new_with_options(options).parse(wgsl);
        let module = module.map_err(|e| format!("{name}: {}", e.emit_to_string(wgsl)))?;
        let info = Validator::new(ValidationFlags::all(), capabilities)
            .subgroup_stages(ShaderStages::COMPUTE)
            .subgroup_operations(SubgroupOperationSet::all())
            .validate(&module)
            .map_err(|e| format!("{name}: {}", e.emit_to_string(wgsl)))?;
        Ok(Self { name, module, info })
    }

    /// The bound buffers and textures in the order of their bindings, with their address spaces.
    pub fn bindings(&self) -> Vec<(ResourceBinding, AddressSpace)> {
        let globals = self.module.global_variables.iter();
        let mut all: Vec<_> = globals.filter_map(|(_, global)| Some((global.binding?, global.space))).collect();
        all.sort_by_key(|(binding, _)| *binding);
        all
    }

    /// Bytes of workgroup memory, as WebGPU counts them.
    pub fn workgroup_bytes(&self) -> u32 {
        let context = self.module.to_ctx();
        let globals = self.module.global_variables.iter().map(|(_, global)| global);
        let shared = globals.filter(|global| global.space == AddressSpace::WorkGroup);
        shared.map(|global| self.module.types[global.ty].inner.size(context).next_multiple_of(16)).sum()
    }

    /// Whether the kernel can run on Direct3D 12, where wgpu has no cooperative matrices.
    pub fn has_hlsl(&self) -> bool {
        !is_matrix(self.name) && !self.has_textures()
    }

    /// Whether the kernel can run on Metal, whose cooperative matrices are of 8 x 8 (naga writes 16 x 16 too).
    pub fn has_msl(&self) -> bool {
        !is_variant(self.name, "matrix16") && !self.has_textures()
    }

    /// Whether the kernel reads textures, as on processors by Vulkan only.
    pub fn has_textures(&self) -> bool {
        self.bindings().iter().any(|(_, space)| *space == AddressSpace::Handle)
    }

    /// Whether wgpu clamps indices to their arrays.
    pub fn is_clamped(&self) -> bool {
        !UNCLAMPED.iter().any(|variant| is_variant(self.name, variant))
    }

    fn policies(&self) -> BoundsCheckPolicies {
        use BoundsCheckPolicy::{Restrict, Unchecked};
        let policy = if self.is_clamped() { Restrict } else { Unchecked };
        BoundsCheckPolicies { index: policy, buffer: policy, image_load: policy, binding_array: Unchecked }
    }

    /// SPIR-V of this version for Vulkan: 1.3 for Vulkan 1.1, 1.6 for 1.3. `robust`: the driver has
    /// `robustBufferAccess2` and checks buffer indices itself. wgpu translates a module without override constants
    /// before it knows that the workgroup memory need not be zeroed, so it is zeroed.
    pub fn spirv(&self, lang_version: (u8, u8), robust: bool) -> Result<Vec<u32>, String> {
        let mut policies = self.policies();
        if robust {
            policies.buffer = BoundsCheckPolicy::Unchecked;
        }
        let bindings = self.bindings().into_iter().map(|(at, _)| {
            (at, spv::BindingInfo { descriptor_set: at.group, binding: at.binding, binding_array_size: None })
        });
        let options = spv::Options {
            lang_version,
            binding_map: bindings.collect(),
            flags: spv::WriterFlags::LABEL_VARYINGS | spv::WriterFlags::FORCE_POINT_SIZE,
            bounds_check_policies: policies,
            zero_initialize_workgroup_memory: match lang_version {
                (1, 0..=5) => spv::ZeroInitializeWorkgroupMemoryMode::Polyfill,
                _ => spv::ZeroInitializeWorkgroupMemoryMode::Native,
            },
            force_loop_bounding: false,
            fake_missing_bindings: false,
            ..spv::Options::default()
        };
        spv::write_vec(&self.module, &self.info, &options, None).map_err(|e| format!("{}: {e}", self.name))
    }

    /// MSL for Metal, with the buffers in the order of their bindings, then a buffer of their sizes.
    pub fn msl(&self) -> Result<String, String> {
        let mut resources = msl::EntryPointResources::default();
        let mut slots = 0..;
        for (binding, space) in self.bindings() {
            let stores = |access: StorageAccess| access.contains(StorageAccess::STORE);
            let mutable = matches!(space, AddressSpace::Storage { access } if stores(access));
            let target = msl::BindTarget { buffer: slots.next(), mutable, ..Default::default() };
            resources.resources.insert(binding, target);
        }
        resources.sizes_buffer = slots.next();
        let options = msl::Options {
            // The version of macOS 12. Cooperative matrices need 2.3.
            lang_version: (2, 4),
            per_entry_point_map: [("main".to_owned(), resources)].into(),
            bounds_check_policies: self.policies(),
            zero_initialize_workgroup_memory: false,
            force_loop_bounding: false,
            fake_missing_bindings: false,
            ..msl::Options::default()
        };
        let pipeline = msl::PipelineOptions {
            entry_point: Some((naga::ShaderStage::Compute, "main".to_owned())),
            vertex_pulling_transform: true,
            ..msl::PipelineOptions::default()
        };
        let (text, translation) = msl::write_string(&self.module, &self.info, &options, &pipeline)
            .map_err(|e| format!("{}: {e}", self.name))?;
        let missing = translation.entry_point_names.into_iter().find_map(Result::err);
        missing.map_or(Ok(text), |e| Err(format!("{}: {e}", self.name)))
    }

    /// HLSL for Direct3D 12. Constant, read-only and writable buffers are numbered separately, and the number of
    /// workgroups follows the parameters. The old compiler (FXC), to which wgpu falls back, supports shader model 5.1.
    pub fn hlsl(&self, shader_model: hlsl::ShaderModel) -> Result<String, String> {
        let [mut constants, mut read, mut written] = [hlsl::BindTarget::default(); 3];
        let binding_map = self.bindings().into_iter().map(|(binding, space)| {
            let next = match space {
                AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => &mut written,
                AddressSpace::Storage { .. } => &mut read,
                _ => &mut constants,
            };
            // The uniform buffer has a dynamic offset, so its indices are checked by the shader, not by the hardware.
            let target = hlsl::BindTarget { restrict_indexing: matches!(space, AddressSpace::Uniform), ..*next };
            next.register += 1;
            (binding, target)
        });
        let options = hlsl::Options {
            shader_model,
            binding_map: binding_map.collect(),
            zero_initialize_workgroup_memory: false,
            restrict_indexing: self.is_clamped(),
            force_loop_bounding: false,
            fake_missing_bindings: false,
            ..hlsl::Options::default()
        };
        let options = hlsl::Options { special_constants_binding: Some(constants), ..options };
        let entry_point = Some((naga::ShaderStage::Compute, "main".to_owned()));
        let (mut text, pipeline) = (String::new(), hlsl::PipelineOptions { entry_point });
        let reflection = hlsl::Writer::new(&mut text, &options, &pipeline)
            .write(&self.module, &self.info, None)
            .map_err(|e| format!("{}: {e}", self.name))?;
        let missing = reflection.entry_point_names.into_iter().find_map(Result::err);
        missing.map_or(Ok(text), |e| Err(format!("{}: {e}", self.name)))
    }
}
