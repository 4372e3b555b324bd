//! Devices by the limits that they report: what wgpu makes of these, whether the plan fits, with which kernel, and how long a
//! piece may be. Nothing runs; wgpu validates on a device without a driver.

use std::path::Path;
use std::{env, fs};

use serde::Deserialize;
use wgpu::{AdapterInfo, Backend, DeviceType, Features, Limits};

use super::network::load_narrow;
use super::translate::Shader;
use crate::gpu::Kernel;
use crate::kernels::ALL;
use crate::model::Config;
use crate::{AdapterSummary, Checkpoint, Context, ConvVariant, Model, Synthesizer, block_on};

/// Set to write the committed table instead of comparing it.
const WRITE: &str = "KOKORO_TEST_PROFILES_WRITE";
/// The committed table.
const TABLE: &str = "docs/devices.md";
/// The device whose limits the published network is planned with; the others have the narrow one, which loads at once.
const PUBLISHED: &str = "Mali-G57 MC2";
/// Frames of a phoneme at normal speed.
const FRAMES_PER_PHONEME: u32 = 4;
/// Stages of a pipeline, among which wgpu divides the limits of a descriptor set.
const STAGES: u64 = 2;

const LEGEND: &str = "\
# Devices by their limits

`cargo test --lib profiles` computes this table and compares it; with `KOKORO_TEST_PROFILES_WRITE=1` it writes this file. Nothing of
it has run on these devices: it says what fits, not what is fast or right.

For each device, wgpu opens a device without a driver that has its limits, compiles and validates every kernel for it, and validates
every dispatch of an utterance. storage buffers: as many as wgpu permits a shader; the kernels bind at most {buffers}. binding: MiB of
the largest buffer that a shader sees; it limits the length of a piece. memory: KiB of workgroup memory; the kernels have at most
{memory}. invocations: of a workgroup; the kernels have at most {invocations}. subgroups: invocations, where wgpu offers subgroups.
kernel: the variant of the convolution until it is tuned or named. piece: the longest that is spoken at once, and its phonemes at
normal speed, a tenth of a second each; 510 is the network's own limit. Longer text is spoken in pieces.

The limits are those of reports on vulkan.gpuinfo.org (CC BY 4.0, mirrored in kainino0x/gpuinfo-vulkan-reports-mirror; `report 38004`
is <https://vulkan.gpuinfo.org/displayreport.php?id=38004>), of the profiles that Android requires (KhronosGroup/Vulkan-Profiles), and
of WebGPU's specification. wgpu 30 reads them as follows (`wgpu-hal`, `vulkan/adapter.rs`): storage buffers are the lower of a stage's
limit and half of a set's. But where they, storage images and color attachments add up to more than
`maxFragmentCombinedOutputResources` (AMD, Imagination, Intel and NVIDIA excepted), all three are cut evenly: drivers that report a
sum of 8 have 2 to 4. It does the same with all bindings for `maxPerStageResources` and half of `maxPerSetDescriptors`. A buffer has
at most 2 GiB - 1 on Linux and Android, but for NVIDIA. Metal reports only the size of a buffer; the rest are wgpu's constants
(`metal/adapter.rs`).
";

const COUNTS: &str = "
## How many devices that is

vulkan.gpuinfo.org had 36,461 reports in May 2025, of which 5,194 are of 122 GPUs in phones and tablets (by Arm, Imagination, Qualcomm,
Samsung; NVIDIA's Tegra). By the same reading of their limits, 395 of these are refused:

- 331 have 3 or 4 storage buffers: Adreno 418 to 540, Mali-T760 to T880, G71 and G72, mostly (296) on Android 7 and 8, and early
  Turnip. Later drivers for these chips have more, except for Adreno 418 to 430 and Mali-T860.
- 63 are Mali-T830, which has 128 invocations (31 of them also 4 storage buffers).
- One reports a largest buffer of no bytes.

Six storage buffers would do; to require six instead of eight would admit none of these. With four, seven kernels would need
another form. Of the newer half of the reports (numbers from 19,000 on) 14 are refused, half of them Mali-T830.
";

#[derive(Deserialize)]
struct Profiles {
    vulkan: Vec<Vulkan>,
    metal: Vec<Metal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulkan {
    device: String,
    source: String,
    system: String,
    #[serde(rename = "vendorID")]
    vendor_id: u32,
    device_type: u32,
    limits: VulkanLimits,
    #[serde(default)]
    subgroup_supported_operations: u32,
    #[serde(default)]
    subgroup_supported_stages: u32,
    /// Smallest and largest, if the driver controls them (`VK_EXT_subgroup_size_control`, Vulkan 1.3).
    subgroup_sizes: Option<[u32; 2]>,
}

/// `VkPhysicalDeviceLimits`, and what later versions add.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VulkanLimits {
    max_uniform_buffer_range: u64,
    max_storage_buffer_range: u64,
    max_per_stage_descriptor_samplers: u64,
    max_per_stage_descriptor_uniform_buffers: u64,
    max_per_stage_descriptor_storage_buffers: u64,
    max_per_stage_descriptor_sampled_images: u64,
    max_per_stage_descriptor_storage_images: u64,
    max_per_stage_resources: u64,
    max_descriptor_set_samplers: u64,
    max_descriptor_set_uniform_buffers: u64,
    max_descriptor_set_uniform_buffers_dynamic: u64,
    max_descriptor_set_storage_buffers: u64,
    max_descriptor_set_sampled_images: u64,
    max_descriptor_set_storage_images: u64,
    max_fragment_output_attachments: u64,
    max_fragment_combined_output_resources: u64,
    max_color_attachments: u64,
    max_compute_shared_memory_size: u32,
    max_compute_work_group_count: [u32; 3],
    max_compute_work_group_invocations: u32,
    max_compute_work_group_size: [u32; 3],
    min_uniform_buffer_offset_alignment: u32,
    min_storage_buffer_offset_alignment: u32,
    max_per_set_descriptors: Option<u64>,
    max_memory_allocation_size: Option<u64>,
    max_buffer_size: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metal {
    device: String,
    source: String,
    max_buffer_length: u64,
}

/// A device as wgpu describes its adapter.
struct Profile {
    device: String,
    source: String,
    limits: Limits,
    features: Features,
    info: AdapterInfo,
}

/// Cuts limits that add up to more than `sum`, the lowest last.
fn share<const N: usize>(mut limits: [&mut u64; N], sum: u64) {
    limits.sort();
    let mut rest = sum;
    for (limit, sharers) in limits.into_iter().zip((1..=N as u64).rev()) {
        *limit = (rest / sharers).min(*limit);
        rest -= *limit;
    }
}

fn to_u32(limit: u64) -> u32 {
    limit.try_into().unwrap_or(u32::MAX)
}

impl Vulkan {
    /// As wgpu-hal 30 does it, for the limits that compute shaders meet.
    fn limits(&self) -> Limits {
        const IGNORE_COMBINED: [u32; 4] = [0x1002, 0x1010, 0x10de, 0x8086]; // AMD, Imagination, NVIDIA, Intel
        const NVIDIA: u32 = 0x10de;
        let own = &self.limits;
        let of_stage = |stage: u64, set: u64| stage.min(set / STAGES);
        let mut images = of_stage(own.max_per_stage_descriptor_storage_images, own.max_descriptor_set_storage_images);
        let mut buffers =
            of_stage(own.max_per_stage_descriptor_storage_buffers, own.max_descriptor_set_storage_buffers);
        let mut textures = of_stage(own.max_per_stage_descriptor_sampled_images, own.max_descriptor_set_sampled_images);
        let mut uniforms =
            of_stage(own.max_per_stage_descriptor_uniform_buffers, own.max_descriptor_set_uniform_buffers);
        let mut samplers = of_stage(own.max_per_stage_descriptor_samplers, own.max_descriptor_set_samplers);
        let mut colors = own.max_color_attachments.min(own.max_fragment_output_attachments);
        if !IGNORE_COMBINED.contains(&self.vendor_id) {
            share([&mut images, &mut buffers, &mut colors], own.max_fragment_combined_output_resources);
        }
        share([&mut textures, &mut uniforms, &mut images, &mut buffers, &mut colors], own.max_per_stage_resources);
        let of_set = own.max_per_set_descriptors.unwrap_or(256) / STAGES;
        share([&mut textures, &mut uniforms, &mut images, &mut buffers, &mut samplers, &mut 0], of_set);

        let cap =
            if self.system.starts_with("windows") || self.vendor_id == NVIDIA { 1 << 52 } else { i32::MAX as u64 };
        let sizes = [own.max_buffer_size, own.max_memory_allocation_size, Some(cap)];
        let buffer = sizes.into_iter().flatten().min().unwrap();
        let binding = |range: u64| range.min(i32::MAX as u64).min(buffer);
        let invocations = own.max_compute_work_group_invocations;
        let [x, y, z] = own.max_compute_work_group_size.map(|size| size.min(invocations));
        Limits {
            max_storage_buffers_per_shader_stage: to_u32(buffers),
            max_uniform_buffers_per_shader_stage: to_u32(uniforms),
            max_dynamic_uniform_buffers_per_pipeline_layout: to_u32(
                own.max_descriptor_set_uniform_buffers_dynamic.min(uniforms),
            ),
            max_buffer_size: buffer,
            max_uniform_buffer_binding_size: binding(own.max_uniform_buffer_range),
            max_storage_buffer_binding_size: binding(own.max_storage_buffer_range) & !3,
            min_uniform_buffer_offset_alignment: own.min_uniform_buffer_offset_alignment.max(32),
            min_storage_buffer_offset_alignment: own.min_storage_buffer_offset_alignment.max(32),
            max_compute_workgroup_storage_size: own.max_compute_shared_memory_size,
            max_compute_invocations_per_workgroup: invocations,
            max_compute_workgroup_size_x: x,
            max_compute_workgroup_size_y: y,
            max_compute_workgroup_size_z: z,
            max_compute_workgroups_per_dimension: own.max_compute_work_group_count.into_iter().min().unwrap(),
            ..Limits::default()
        }
    }

    fn profile(self) -> Profile {
        // Basic, vote, arithmetic, ballot, shuffle, relative shuffle and quad; in fragment and compute shaders.
        const OPERATIONS: u32 = 0xbf;
        const IN_STAGES: u32 = 0x30;
        let has_subgroups = self.subgroup_sizes.is_some()
            && self.subgroup_supported_operations & OPERATIONS == OPERATIONS
            && self.subgroup_supported_stages & IN_STAGES == IN_STAGES;
        let device_type = match self.device_type {
            1 => DeviceType::IntegratedGpu,
            2 => DeviceType::DiscreteGpu,
            3 => DeviceType::VirtualGpu,
            4 => DeviceType::Cpu,
            _ => DeviceType::Other,
        };
        let limits = self.limits();
        let sizes = self.subgroup_sizes.unwrap_or([4, 128]); // wgpu's range if the driver doesn't tell
        Profile::new(self.device, self.source, limits, has_subgroups.then_some(sizes), device_type)
    }
}

impl Metal {
    /// wgpu-hal's constants for the GPUs since A11 and Intel's in Macs.
    fn profile(self) -> Profile {
        const BUFFERS: u32 = 29; // 31, less those for immediate data and for the sizes of the others
        const THREADS: u32 = 1024;
        let limits = Limits {
            max_storage_buffers_per_shader_stage: BUFFERS,
            max_uniform_buffers_per_shader_stage: BUFFERS,
            max_dynamic_uniform_buffers_per_pipeline_layout: BUFFERS,
            max_buffers_and_acceleration_structures_per_shader_stage: BUFFERS,
            max_buffer_size: self.max_buffer_length,
            max_uniform_buffer_binding_size: self.max_buffer_length,
            max_storage_buffer_binding_size: self.max_buffer_length,
            max_compute_workgroup_storage_size: 32 << 10,
            max_compute_invocations_per_workgroup: THREADS,
            max_compute_workgroup_size_x: THREADS,
            max_compute_workgroup_size_y: THREADS,
            max_compute_workgroup_size_z: THREADS,
            ..Limits::default()
        };
        // wgpu takes the family Metal3, which begins with A13, for subgroups of 4 to 64.
        let subgroups = (self.device != "Apple A12").then_some([4, 64]);
        Profile::new(self.device, self.source, limits, subgroups, DeviceType::IntegratedGpu)
    }
}

impl Profile {
    fn new(
        device: String,
        source: String,
        limits: Limits,
        subgroups: Option<[u32; 2]>,
        device_type: DeviceType,
    ) -> Self {
        let features = if subgroups.is_some() { Features::SUBGROUP } else { Features::empty() };
        let [subgroup_min_size, subgroup_max_size] = subgroups.unwrap_or([4, 128]);
        let info = AdapterInfo::new(device_type, Backend::Noop);
        let info = AdapterInfo { subgroup_min_size, subgroup_max_size, ..info };
        Self { device, source, limits, features, info }
    }

    /// An adapter of wgpu's, with these limits and features.
    fn adapter(&self) -> wgpu::Adapter {
        let noop = wgpu::NoopBackendOptions {
            enable: true,
            limits: Some(self.limits.clone()),
            features: Some(self.features),
            subgroup_min_size: Some(self.info.subgroup_min_size),
            subgroup_max_size: Some(self.info.subgroup_max_size),
            ..Default::default()
        };
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::NOOP,
            backend_options: wgpu::BackendOptions { noop, ..Default::default() },
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).unwrap()
    }

    /// The chosen kernel and the frames of the longest piece, or why the device is refused.
    fn plan(&self) -> Result<(ConvVariant, u32), String> {
        let adapter = self.adapter();
        Context::check_adapter(&adapter).map_err(|e| e.to_string())?;
        let descriptor = wgpu::DeviceDescriptor {
            required_features: Context::useful_features(&adapter),
            required_limits: adapter.limits(),
            ..Default::default()
        };
        let (device, queue) = block_on(adapter.request_device(&descriptor)).unwrap();
        let context = Context::from_wgpu(device, queue).unwrap();
        // wgpu calls every device without a driver a CPU.
        let (info, features, limits) = (self.info.clone(), self.features, self.limits.clone());
        let variant = ConvVariant::likely_fastest(&AdapterSummary { info, features, limits, matrix_sizes: Vec::new() });
        context.set_conv_variant(variant).unwrap();
        for kernel in ALL {
            let lacks = ["half", "matrix"].iter().any(|feature| kernel.name.contains(feature))
                || kernel.name.contains("subgroup") && !self.features.contains(Features::SUBGROUP);
            let compiled = context.pipeline(kernel);
            assert_eq!(compiled.is_err(), lacks, "{}: {}: {:?}", self.device, kernel.name, compiled.err());
        }
        let frames = Config::default().max_frames(&self.limits);
        let published = self.device == PUBLISHED;
        let model =
            if published { Model::load(&context, &Checkpoint::seeded(0)).unwrap() } else { load_narrow(&context) };
        let mut synthesizer = Synthesizer::new(&model).unwrap();
        synthesizer.submit(12, 12 * FRAMES_PER_PHONEME).unwrap();
        if published {
            assert_eq!(synthesizer.max_frames(), frames, "{}", self.device);
            assert_eq!(model.parameters(), 81_810_022);
        }
        Ok((variant, frames))
    }

    /// A row of the table, and why the device is refused.
    fn row(&self) -> (String, Option<String>) {
        let Limits {
            max_storage_buffers_per_shader_stage: buffers,
            max_storage_buffer_binding_size: binding,
            max_compute_workgroup_storage_size: memory,
            max_compute_invocations_per_workgroup: invocations,
            ..
        } = &self.limits;
        let subgroups = match (self.info.subgroup_min_size, self.info.subgroup_max_size) {
            _ if !self.features.contains(Features::SUBGROUP) => "-".to_owned(),
            (min, max) if min == max => min.to_string(),
            (min, max) => format!("{min} to {max}"),
        };
        let (plan, refused) = match self.plan() {
            Ok((variant, frames)) => {
                let phonemes = (frames / FRAMES_PER_PHONEME).min(510);
                (format!("{variant} | {:.1} s | {phonemes}", f64::from(frames) / 40.0), None)
            }
            Err(message) => ("refused | - | -".to_owned(), Some(format!("- {}: {message}\n", self.device))),
        };
        let (device, source, binding, memory) = (&self.device, &self.source, binding >> 20, memory >> 10);
        let row = format!(
            "| {device} | {source} | {buffers} | {binding} | {memory} | {invocations} | {subgroups} | {plan} |\n"
        );
        (row, refused)
    }
}

fn profiles() -> Vec<Profile> {
    let Profiles { vulkan, metal } = serde_json::from_str(include_str!("profiles.json")).unwrap();
    let of = |device: &str, limits| {
        let source = "specification".to_owned();
        Profile::new(device.to_owned(), source, limits, None, DeviceType::Other)
    };
    let mut all = vec![
        of("WebGPU's defaults", Limits::default()),
        of("wgpu's `downlevel_defaults`", Limits::downlevel_defaults()),
    ];
    all.extend(vulkan.into_iter().map(Vulkan::profile));
    all.extend(metal.into_iter().map(Metal::profile));
    all
}

#[test]
fn the_table_of_devices_is_current() {
    let headings = "\n| device | source | storage buffers | binding | memory | invocations | subgroups | kernel | piece | phonemes |\n\
                    |---|---|---:|---:|---:|---:|---|---|---:|---:|\n";
    let (rows, refused): (String, Vec<Option<String>>) = profiles().iter().map(Profile::row).unzip();
    let refused: String = refused.into_iter().flatten().collect();
    let most = |of: fn(&Kernel) -> u32| ALL.iter().map(|kernel| of(kernel)).max().unwrap().to_string();
    let legend = LEGEND
        .replace("{buffers}", &most(|kernel| kernel.bindings.len() as u32))
        .replace("{memory}", &most(|kernel| Shader::parse(kernel.name, kernel.source).unwrap().workgroup_bytes() >> 10))
        .replace("{invocations}", &most(Kernel::workgroup_size));
    let table = format!("{legend}{headings}{rows}\n## What is said to those refused\n\n{refused}{COUNTS}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if env::var_os(WRITE).is_some() {
        return fs::write(path, table).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap();
    let changed: Vec<&str> = table.lines().filter(|line| !committed.lines().any(|other| other == *line)).collect();
    assert!(table == committed, "{TABLE} has other lines than these; {WRITE}=1 writes them: {changed:#?}");
}

#[test]
fn wgpus_division_of_a_sum() {
    let mut limits = [100, 3, 8];
    share(limits.each_mut(), 15);
    assert_eq!(limits, [6, 3, 6], "the lowest keeps its own");
    let mut limits = [4, 4, 4];
    share(limits.each_mut(), 100);
    assert_eq!(limits, [4, 4, 4], "nothing is cut below the sum");
}
