//! Compute pipelines of a Vulkan driver, and what its compiler says of them. wgpu neither asks for these statistics nor opens
//! a device without hardware, so these are Vulkan's own calls, with the features, layouts and flags of wgpu-hal 30.
#![expect(unsafe_code, reason = "Vulkan's functions are unsafe")]

use std::collections::BTreeMap;
use std::ffi::CStr;

use ash::{Device, Entry, Instance, ext, khr, vk};
use naga::back::spv::Capability;
use naga::{AddressSpace, Scalar, ScalarKind, TypeInner};

use super::super::translate::Shader;

/// The first device of the driver that the loader finds.
pub struct Driver {
    /// Such as `Mesa 25.0.7`.
    pub version: String,
    /// Most subgroups that a SIMD unit can hold, of the smallest size, if the driver tells.
    pub max_subgroups: Option<u32>,
    /// The smallest size of a subgroup.
    pub min_subgroup_size: u32,
    /// What kernels may need and chips may lack: whether this one has it.
    capabilities: [(Capability, bool); 5],
    /// Matrices that multiply each other: A, B and C of A B + C.
    matrices: Vec<[Matrix; 3]>,
    executables: khr::pipeline_executable_properties::Device,
    device: Device,
    instance: Instance,
    /// The loaded library, which must outlive what it made.
    _entry: Entry,
}

/// Columns, rows and type.
type Matrix = (u32, u32, vk::ComponentTypeKHR);

/// A compiled kernel.
pub struct Executable {
    pub subgroup_size: u32,
    /// By the driver's names, such as `VGPRs`.
    pub statistics: BTreeMap<String, u64>,
    /// The stages of compilation with their names, the last of which is the assembly; empty unless asked for.
    stages: Vec<(String, String)>,
}

impl Executable {
    /// Everything as one text.
    pub fn text(&self) -> String {
        let statistics = self.statistics.iter().map(|(name, value)| format!("{name}: {value}\n"));
        statistics.chain(self.stages.iter().map(|(name, text)| format!("\n{name}\n\n{text}\n"))).collect()
    }
}

impl Driver {
    pub fn open() -> Self {
        // SAFETY: loads the same library as wgpu, whose initialisation has no conditions.
        let entry = unsafe { Entry::load() }.unwrap();
        let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
        let info = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: no layer or extension is asked for.
        let instance = unsafe { entry.create_instance(&info, None) }.unwrap();
        // SAFETY: the instance is valid, here and in what follows.
        let physical = unsafe { instance.enumerate_physical_devices() }.unwrap()[0];
        // SAFETY: likewise.
        let extensions = unsafe { instance.enumerate_device_extension_properties(physical) }.unwrap();
        let offers = |name: &CStr| extensions.iter().any(|e| e.extension_name_as_c_str() == Ok(name));

        let (mut driver, mut sizes, mut core) = Default::default();
        let mut properties = vk::PhysicalDeviceProperties2::default()
            .push_next::<vk::PhysicalDeviceDriverProperties<'_>>(&mut driver)
            .push_next::<vk::PhysicalDeviceSubgroupSizeControlProperties<'_>>(&mut sizes)
            .push_next::<vk::PhysicalDeviceShaderCorePropertiesAMD<'_>>(&mut core);
        // SAFETY: drivers skip what they don't know of a chain; the rest is of Vulkan 1.3.
        unsafe { instance.get_physical_device_properties2(physical, &mut properties) };

        let (device, capabilities) = open_device(&instance, physical, &offers);
        let matrices = if capabilities.contains(&(Capability::CooperativeMatrixKHR, true)) {
            let matrices = khr::cooperative_matrix::Instance::new(&entry, &instance);
            // SAFETY: the physical device has the extension.
            let found = unsafe { matrices.get_physical_device_cooperative_matrix_properties(physical) }.unwrap();
            let roles = |p: &vk::CooperativeMatrixPropertiesKHR<'_>| {
                [(p.k_size, p.m_size, p.a_type), (p.n_size, p.k_size, p.b_type), (p.n_size, p.m_size, p.c_type)]
            };
            found.iter().map(roles).collect()
        } else {
            Vec::new()
        };
        Self {
            version: driver.driver_info_as_c_str().unwrap().to_string_lossy().into_owned(),
            max_subgroups: offers(ash::amd::shader_core_properties::NAME).then_some(core.wavefronts_per_simd),
            min_subgroup_size: sizes.min_subgroup_size,
            capabilities,
            matrices,
            executables: khr::pipeline_executable_properties::Device::new(&instance, &device),
            device,
            instance,
            _entry: entry,
        }
    }

    /// What the kernel needs and the chip lacks.
    pub fn lacks(&self, shader: &Shader, spirv: &[u32]) -> Option<String> {
        let missing = self.capabilities.iter().find(|(capability, has)| !has && declares(spirv, *capability));
        if let Some((capability, _)) = missing {
            return Some(format!("{capability:?}"));
        }
        let missing = shader.module.types.iter().find_map(|(_, ty)| {
            let TypeInner::CooperativeMatrix { columns, rows, scalar, role } = ty.inner else { return None };
            let matrix = (columns as u32, rows as u32, component(scalar));
            (!self.matrices.iter().any(|roles| roles[role as usize] == matrix)).then_some(matrix)
        });
        missing.map(|(columns, rows, component)| format!("matrices of {columns} x {rows} {component:?}"))
    }

    /// Compiles a kernel that the chip supports; with the texts of every stage of compilation, if they are asked for.
    pub fn compile(&self, shader: &Shader, spirv: &[u32], stages: bool) -> Executable {
        let device = &self.device;
        let bindings: Vec<_> =
            shader.bindings().into_iter().map(|(at, space)| layout_binding(at.binding, space)).collect();
        let layout_info = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
        // SAFETY: the device is valid, and so are the handles that the calls before made; nothing runs on the device, so
        // that each can be destroyed as soon as it is no longer named below.
        unsafe {
            let set = device.create_descriptor_set_layout(&layout_info, None).unwrap();
            let layout_info = vk::PipelineLayoutCreateInfo::default().set_layouts(std::slice::from_ref(&set));
            let layout = device.create_pipeline_layout(&layout_info, None).unwrap();
            let module = device.create_shader_module(&vk::ShaderModuleCreateInfo::default().code(spirv), None).unwrap();
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .flags(vk::PipelineShaderStageCreateFlags::ALLOW_VARYING_SUBGROUP_SIZE) // wgpu's if it has subgroups
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(module)
                .name(c"main");
            let mut capture = vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR;
            if stages {
                capture |= vk::PipelineCreateFlags::CAPTURE_INTERNAL_REPRESENTATIONS_KHR;
            }
            let info = vk::ComputePipelineCreateInfo::default().flags(capture).stage(stage).layout(layout);
            let pipelines = device.create_compute_pipelines(vk::PipelineCache::null(), &[info], None);
            let pipeline = pipelines.unwrap_or_else(|(_, error)| panic!("{}: {error}", shader.name))[0];
            let executable = self.read(pipeline, stages);
            device.destroy_pipeline(pipeline, None);
            device.destroy_shader_module(module, None);
            device.destroy_pipeline_layout(layout, None);
            device.destroy_descriptor_set_layout(set, None);
            executable
        }
    }

    /// What the compiler tells of a pipeline that was created with its statistics, and its stages if they are asked for.
    fn read(&self, pipeline: vk::Pipeline, stages: bool) -> Executable {
        let info = vk::PipelineInfoKHR::default().pipeline(pipeline);
        // A compute pipeline is one executable, the first.
        let executable = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline).executable_index(0);
        // SAFETY: the pipeline is valid and was created to be asked.
        let (properties, statistics) = unsafe {
            let properties = self.executables.get_pipeline_executable_properties(&info).unwrap();
            (properties, self.executables.get_pipeline_executable_statistics(&executable).unwrap())
        };
        let statistics = statistics.iter().map(|statistic| {
            // SAFETY: RADV's are all integers. Other drivers have truth values too, whose other bytes are still zero.
            (text(statistic.name_as_c_str()), unsafe { statistic.value.u64 })
        });
        let statistics = statistics.collect();
        let stages = if stages { self.stages(&executable) } else { Vec::new() };
        Executable { subgroup_size: properties[0].subgroup_size, statistics, stages }
    }

    fn stages(&self, executable: &vk::PipelineExecutableInfoKHR<'_>) -> Vec<(String, String)> {
        // SAFETY: the pipeline was created to be asked. The first call tells the sizes of the texts, the second fills them in.
        let mut found =
            unsafe { self.executables.get_pipeline_executable_internal_representations(executable) }.unwrap();
        let mut texts: Vec<Vec<u8>> = found.iter().map(|stage| vec![0; stage.data_size]).collect();
        for (stage, bytes) in found.iter_mut().zip(&mut texts) {
            stage.p_data = bytes.as_mut_ptr().cast();
        }
        let fill_in = self.executables.fp().get_pipeline_executable_internal_representations_khr;
        let mut count = found.len() as u32;
        // SAFETY: there are as many structures as `count` says, and each points to as many bytes as it says.
        unsafe { fill_in(self.device.handle(), executable, &mut count, found.as_mut_ptr()) }.result().unwrap();
        let named = |(stage, bytes): (&vk::PipelineExecutableInternalRepresentationKHR<'_>, &Vec<u8>)| {
            (text(stage.name_as_c_str()), String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned())
        };
        found.iter().zip(&texts).map(named).collect()
    }
}

fn text<E: std::fmt::Debug>(name: Result<&CStr, E>) -> String {
    name.unwrap().to_string_lossy().into_owned()
}

impl Drop for Driver {
    fn drop(&mut self) {
        // SAFETY: every pipeline is destroyed; nothing else of the device or of the instance is left.
        unsafe {
            self.device.destroy_device(None);
            self.instance.destroy_instance(None);
        }
    }
}

/// Whether SPIR-V declares a capability: `OpCapability`, number 17, of two words, is among its first instructions, after five
/// words of header.
fn declares(spirv: &[u32], capability: Capability) -> bool {
    spirv[5..].chunks_exact(2).take_while(|words| words[0] == 2 << 16 | 17).any(|words| words[1] == capability as u32)
}

fn component(scalar: Scalar) -> vk::ComponentTypeKHR {
    match (scalar.kind, scalar.width) {
        (ScalarKind::Float, 2) => vk::ComponentTypeKHR::FLOAT16,
        (ScalarKind::Float, 4) => vk::ComponentTypeKHR::FLOAT32,
        _ => panic!("no kernel multiplies matrices of {scalar:?}"),
    }
}

fn layout_binding(binding: u32, space: AddressSpace) -> vk::DescriptorSetLayoutBinding<'static> {
    let ty = match space {
        AddressSpace::Uniform => vk::DescriptorType::UNIFORM_BUFFER_DYNAMIC,
        _ => vk::DescriptorType::STORAGE_BUFFER,
    };
    let binding = vk::DescriptorSetLayoutBinding::default().binding(binding).descriptor_type(ty).descriptor_count(1);
    binding.stage_flags(vk::ShaderStageFlags::COMPUTE)
}

/// A device with the features that wgpu-hal enables where they are offered, as far as the kernels' code may depend on them;
/// and the capabilities of SPIR-V that they give.
fn open_device(
    instance: &Instance,
    physical: vk::PhysicalDevice,
    offers: &dyn Fn(&CStr) -> bool,
) -> (Device, [(Capability, bool); 5]) {
    let (mut v11, mut v12, mut v13, mut robustness, mut matrix) = Default::default();
    let mut offered = vk::PhysicalDeviceFeatures2::default()
        .push_next::<vk::PhysicalDeviceVulkan11Features<'_>>(&mut v11)
        .push_next::<vk::PhysicalDeviceVulkan12Features<'_>>(&mut v12)
        .push_next::<vk::PhysicalDeviceVulkan13Features<'_>>(&mut v13)
        .push_next::<vk::PhysicalDeviceRobustness2FeaturesEXT<'_>>(&mut robustness)
        .push_next::<vk::PhysicalDeviceCooperativeMatrixFeaturesKHR<'_>>(&mut matrix);
    // SAFETY: the instance is valid, and drivers skip what they don't know of a chain.
    unsafe { instance.get_physical_device_features2(physical, &mut offered) };
    // Without it naga would write checks of its own: another SPIR-V than the one compiled here.
    assert!(robustness.robust_buffer_access2 == vk::TRUE, "the driver lacks robustBufferAccess2");

    let matrices = matrix.cooperative_matrix == vk::TRUE;
    let mut extensions = vec![ext::robustness2::NAME.as_ptr(), khr::pipeline_executable_properties::NAME.as_ptr()];
    assert!(offers(khr::pipeline_executable_properties::NAME), "the driver has no statistics of pipelines");
    let mut v11 = vk::PhysicalDeviceVulkan11Features::default()
        .storage_buffer16_bit_access(v11.storage_buffer16_bit_access == vk::TRUE)
        .uniform_and_storage_buffer16_bit_access(v11.uniform_and_storage_buffer16_bit_access == vk::TRUE);
    let mut v12 = vk::PhysicalDeviceVulkan12Features::default()
        .shader_float16(v12.shader_float16 == vk::TRUE)
        .vulkan_memory_model(matrices)
        .vulkan_memory_model_device_scope(matrices);
    let mut v13 = vk::PhysicalDeviceVulkan13Features::default()
        .subgroup_size_control(true)
        .shader_zero_initialize_workgroup_memory(true);
    let mut robustness = vk::PhysicalDeviceRobustness2FeaturesEXT::default()
        .robust_buffer_access2(true)
        .robust_image_access2(robustness.robust_image_access2 == vk::TRUE);
    let mut executable =
        vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default().pipeline_executable_info(true);
    let core = vk::PhysicalDeviceFeatures::default().robust_buffer_access(true);
    let mut matrix = vk::PhysicalDeviceCooperativeMatrixFeaturesKHR::default().cooperative_matrix(true);
    let capabilities = [
        (Capability::Float16, v12.shader_float16 == vk::TRUE),
        (Capability::StorageBuffer16BitAccess, v11.storage_buffer16_bit_access == vk::TRUE),
        (Capability::UniformAndStorageBuffer16BitAccess, v11.uniform_and_storage_buffer16_bit_access == vk::TRUE),
        (Capability::CooperativeMatrixKHR, matrices),
        (Capability::VulkanMemoryModel, matrices),
    ];
    let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
    let mut info = vk::DeviceCreateInfo::default().queue_create_infos(&queues).enabled_features(&core);
    info = info
        .push_next(&mut v11)
        .push_next(&mut v12)
        .push_next(&mut v13)
        .push_next(&mut robustness)
        .push_next(&mut executable);
    if matrices {
        extensions.push(khr::cooperative_matrix::NAME.as_ptr());
        info = info.push_next(&mut matrix);
    }
    info = info.enabled_extension_names(&extensions);
    // SAFETY: the extensions and features are offered (those of Vulkan 1.3 always are), and family 0 has a queue.
    (unsafe { instance.create_device(physical, &info, None) }.unwrap(), capabilities)
}
