//! Devices: with WebGPU's default limits, below them, borrowed from a host, and lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::network::{assert_same, context, default_limits, fresh, full, load_narrow, narrow, utterance};
use crate::gpu::Kernel;
use crate::graph::Options;
use crate::kernels::{ALL, in_network, variants_of};
use crate::{
    AdapterChoice, AdapterSummary, Context, ConvVariant, Error, Precision, Shortfall, Synthesizer, Utterance, Voice,
    block_on,
};

/// A device as a host creates it.
fn host_device(limits: &wgpu::Limits) -> (wgpu::Device, wgpu::Queue) {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).unwrap();
    let wanted = wgpu::DeviceDescriptor { required_limits: limits.clone(), ..Default::default() };
    block_on(adapter.request_device(&wanted)).unwrap()
}

/// Creates an invalid buffer, which is mappable for reading and writing.
#[expect(clippy::disallowed_methods, reason = "nothing is created")]
fn mistake(device: &wgpu::Device) {
    let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::MAP_WRITE;
    drop(device.create_buffer(&wgpu::BufferDescriptor { label: None, size: 4, usage, mapped_at_creation: false }));
}

#[test]
fn every_kernel_without_optional_features_fits_webgpus_defaults() {
    // A device without a driver: wgpu runs its own validation.
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let context = Context::from_wgpu(device, queue).unwrap();
    for kernel in ALL {
        let compiled = context.pipeline(kernel);
        let needs = ["subgroup", "half", "matrix"].into_iter().any(|feature| kernel.name.contains(feature));
        assert_eq!(compiled.is_err(), needs, "{}: {:?}", kernel.name, compiled.err());
    }
}

#[test]
fn webgpus_default_limits_suffice() {
    let Some(model) = narrow() else { return };
    let context = default_limits();
    assert_eq!(context.device().limits().max_storage_buffer_binding_size, 128 << 20);
    assert_same("limited", &fresh(&load_narrow(&context), &utterance(5)), &fresh(model, &utterance(5)));
}

#[test]
fn the_published_network_runs_within_webgpus_default_limits() {
    let Some(model) = full() else { return };
    assert_eq!(model.context().device().limits(), default_limits().device().limits());
    assert_eq!(model.parameters(), 81_810_022);
    let mut synthesizer = Synthesizer::new(model).unwrap();
    assert_eq!(synthesizer.max_frames(), 2184);
    let speech = block_on(synthesizer.synthesize(&Utterance::from_ids(&[50], &Voice::seeded(0)))).unwrap();
    assert_eq!(speech.durations.len(), 3);
    assert_eq!(speech.samples.len() as u32, 600 * speech.durations.iter().sum::<u32>());
}

#[test]
fn a_borrowed_device_keeps_the_hosts_error_handler() {
    let Some(model) = narrow() else { return };
    let (device, queue) = host_device(&wgpu::Limits::default());
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    device.on_uncaptured_error(Arc::new(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    }));
    let context = Context::from_wgpu(device.clone(), queue).unwrap();
    assert_same("borrowed", &fresh(&load_narrow(&context), &utterance(5)), &fresh(model, &utterance(5)));

    let error = context.guarded("making a mistake", || mistake(&device)).unwrap_err();
    assert!(matches!(error, Error::Gpu { what: "making a mistake", .. }), "{error}");
    assert_eq!(seen.load(Ordering::SeqCst), 0, "our error went to the host's handler");
    mistake(&device);
    assert_eq!(seen.load(Ordering::SeqCst), 1, "the host's handler did not get its error");
}

#[test]
fn the_required_limits_suffice() {
    let Some(model) = narrow() else { return };
    let (device, queue) = host_device(&Context::required_limits());
    assert_eq!(device.limits().max_sampled_textures_per_shader_stage, 16, "WebGPU's default, which is unused");
    // Two contexts on one device, with one and two models.
    let contexts = [(); 2].map(|()| Context::from_wgpu(device.clone(), queue.clone()).unwrap());
    // Every kernel compiles, also those that this adapter would not choose.
    let check = block_on(contexts[0].self_check()).unwrap();
    assert_eq!((&check.failing[..], &check.passing[..]), (&[][..], &contexts[0].conv_variants()[..]));
    let models = [&contexts[0], &contexts[1], &contexts[1]].map(load_narrow);
    let (models, expected) = (&models, fresh(model, &utterance(5)));
    std::thread::scope(|scope| {
        for borrowed in models {
            let expected = &expected;
            scope.spawn(move || assert_same("borrowed", &fresh(borrowed, &utterance(5)), expected));
        }
    });
}

#[test]
fn an_adapter_is_checked_before_its_device_is_created() {
    let Some(context) = context() else { return };
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).unwrap();
    Context::check_adapter(&adapter).unwrap();
    let features = Context::useful_features(&adapter);
    assert!(adapter.features().contains(features) && !features.contains(wgpu::Features::SHADER_F16));
    // Our own device has them enabled.
    assert!(context.device().features().contains(features));
}

#[test]
fn a_convolution_kernel_that_the_device_lacks_features_for_is_refused() {
    if context().is_none() {
        return;
    }
    let (device, queue) = host_device(&wgpu::Limits::default());
    let context = Context::from_wgpu(device, queue).unwrap();
    assert_eq!(context.conv_variants(), [ConvVariant::Registers, ConvVariant::Shared, ConvVariant::Wide]);
    let needing = |variant: &ConvVariant| !context.conv_variants().contains(variant);
    for variant in ConvVariant::ALL.into_iter().filter(needing) {
        match context.set_conv_variant(variant) {
            Err(Error::Unsupported { missing }) => {
                let [Shortfall { need, have, .. }] = &missing[..] else { panic!("{missing:?}") };
                assert_eq!((need, have.as_str()), (&variant.to_string(), "registers, shared, wide"));
            }
            other => panic!("{variant}: {other:?}"),
        }
    }
    for variant in [ConvVariant::Shared, ConvVariant::Registers] {
        context.set_conv_variant(variant).unwrap();
        assert_eq!(context.conv_variant(), variant);
    }
}

#[test]
fn half_precision_needs_float16_weights() {
    let Some(model) = narrow() else { return };
    for conv in [ConvVariant::Half, ConvVariant::Matrix8] {
        match Synthesizer::with_options(model, Options { conv, ..Options::default() }) {
            Err(Error::Argument { name: "conv", reason }) => assert!(reason.contains("load it as f16"), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_synthesizer_keeps_its_convolution_kernel() {
    let Some(model) = narrow() else { return };
    let (context, spoken) = (default_limits(), utterance(3));
    let own = load_narrow(&context);
    let mut first = Synthesizer::new(&own).unwrap();
    let expected = fresh(model, &spoken);
    assert_same("before", &block_on(first.synthesize(&spoken)).unwrap(), &expected);
    let compiled = context.compiled_pipelines();
    let own_variant = context.conv_variant();
    let other = if own_variant == ConvVariant::Shared { ConvVariant::Registers } else { ConvVariant::Shared };
    context.set_conv_variant(other).unwrap();
    assert_same("after", &block_on(first.synthesize(&spoken)).unwrap(), &expected);
    assert_eq!(context.compiled_pipelines(), compiled, "the existing synthesizer needs no new pipelines");
    // A new synthesizer compiles the kernels of the other variant.
    assert_eq!(fresh(&own, &spoken).durations, expected.durations);
    let runs =
        |kernel: &Kernel, variant| in_network(kernel) && variants_of(kernel).contains(&(variant, Precision::F32));
    let added = ALL.iter().filter(|kernel| runs(kernel, other) && !runs(kernel, own_variant)).count();
    assert_eq!(context.compiled_pipelines(), compiled + added);
}

#[test]
fn the_likely_fastest_convolution_kernel_runs() {
    use wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu, Other, VirtualGpu};
    for device_type in [Cpu, DiscreteGpu, IntegratedGpu, VirtualGpu, Other] {
        let info = wgpu::AdapterInfo::new(device_type, wgpu::Backend::Vulkan);
        for features in [wgpu::Features::empty(), wgpu::Features::SUBGROUP, wgpu::Features::all()] {
            let adapter = adapter(&info, features, &[8, 16]);
            let likely = ConvVariant::likely_fastest(&adapter);
            assert!(likely.runs_on(&adapter), "{likely} on {device_type:?} with {features:?}");
            assert!(!likely.is_half_precision(), "half precision is only for those who ask for it");
        }
    }
    let cpu = wgpu::AdapterInfo::new(Cpu, wgpu::Backend::Vulkan);
    let llvmpipe = adapter(&wgpu::AdapterInfo { subgroup_min_size: 8, ..cpu }, wgpu::Features::SUBGROUP, &[]);
    assert_eq!(ConvVariant::likely_fastest(&llvmpipe), ConvVariant::Texture);
    let without_textures = AdapterSummary { limits: Context::required_limits(), ..llvmpipe.clone() };
    assert_eq!(ConvVariant::likely_fastest(&without_textures), ConvVariant::Subgroup);
    let without_subgroups = AdapterSummary { features: wgpu::Features::empty(), ..llvmpipe };
    assert_eq!(ConvVariant::likely_fastest(&without_subgroups), ConvVariant::Registers);
}

/// An adapter with WebGPU's default limits.
fn adapter(info: &wgpu::AdapterInfo, features: wgpu::Features, matrix_sizes: &[u32]) -> AdapterSummary {
    let (info, limits, matrix_sizes) = (info.clone(), wgpu::Limits::default(), matrix_sizes.to_vec());
    AdapterSummary { info, features, limits, matrix_sizes }
}

#[test]
fn requirements_of_the_convolution_kernels() {
    let with = |subgroup_min_size, subgroup_max_size| wgpu::AdapterInfo {
        subgroup_min_size,
        subgroup_max_size,
        ..wgpu::AdapterInfo::new(wgpu::DeviceType::Other, wgpu::Backend::Vulkan)
    };
    let (none, subgroup) = (wgpu::Features::empty(), wgpu::Features::SUBGROUP);
    let all = subgroup | wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX | wgpu::Features::SHADER_F16;
    let cpu = wgpu::AdapterInfo { device_type: wgpu::DeviceType::Cpu, ..with(4, 4) };
    assert!(ConvVariant::Texture.runs_on(&adapter(&cpu, subgroup, &[])));
    assert!(!ConvVariant::Texture.runs_on(&adapter(&cpu, none, &[])));
    for (variant, features, subgroups, matrix_sizes, runs) in [
        (ConvVariant::Subgroup, subgroup, (4, 4), &[][..], true),
        (ConvVariant::Subgroup, subgroup, (64, 128), &[], true),
        (ConvVariant::Subgroup, none, (8, 8), &[], false),
        (ConvVariant::Texture, subgroup, (32, 32), &[], false),
        (ConvVariant::Half, wgpu::Features::SHADER_F16, (0, 0), &[], true),
        (ConvVariant::Half, subgroup, (32, 32), &[], false),
        (ConvVariant::Matrix8, all, (8, 8), &[8], true),
        (ConvVariant::Matrix8, all, (32, 32), &[16], false),
        (ConvVariant::Matrix16, all, (32, 64), &[16], true),
        (ConvVariant::Matrix16, all, (64, 128), &[16], false),
        (ConvVariant::Matrix16, all - wgpu::Features::SHADER_F16, (32, 32), &[16], false),
    ] {
        let info = with(subgroups.0, subgroups.1);
        let found = variant.runs_on(&adapter(&info, features, matrix_sizes));
        assert_eq!(
            found, runs,
            "{variant} in subgroups of {subgroups:?} with {features:?}, matrices of {matrix_sizes:?}"
        );
    }
}

#[test]
fn a_device_below_the_default_limits_is_refused() {
    if context().is_none() {
        return;
    }
    let full = wgpu::Limits::default();
    let less: [(&str, wgpu::Limits); 7] = [
        (
            "max_storage_buffers_per_shader_stage",
            wgpu::Limits { max_storage_buffers_per_shader_stage: 4, ..full.clone() },
        ),
        (
            "max_compute_invocations_per_workgroup",
            wgpu::Limits { max_compute_invocations_per_workgroup: 128, ..full.clone() },
        ),
        ("max_compute_workgroup_size_x", wgpu::Limits { max_compute_workgroup_size_x: 128, ..full.clone() }),
        (
            "max_compute_workgroup_storage_size",
            wgpu::Limits { max_compute_workgroup_storage_size: 16_352, ..full.clone() },
        ),
        (
            "max_compute_workgroups_per_dimension",
            wgpu::Limits { max_compute_workgroups_per_dimension: 65_534, ..full.clone() },
        ),
        ("max_storage_buffer_binding_size", wgpu::Limits { max_storage_buffer_binding_size: 64 << 20, ..full.clone() }),
        ("max_buffer_size", wgpu::Limits { max_buffer_size: 255 << 20, ..full }),
    ];
    for (limit, limits) in less {
        let (device, queue) = host_device(&limits);
        match Context::from_wgpu(device, queue) {
            Err(Error::Unsupported { missing }) => {
                let [Shortfall { name, need, have }] = &missing[..] else { panic!("{missing:?}") };
                assert_eq!(name, limit);
                assert!(have.parse::<u64>().unwrap() < need.parse::<u64>().unwrap(), "{limit}: {have} of {need}");
            }
            other => panic!("{limit}: {other:?}"),
        }
    }
    // Several limits at once.
    let (device, queue) = host_device(&wgpu::Limits::downlevel_webgl2_defaults());
    let error = Context::from_wgpu(device, queue).unwrap_err().to_string();
    for part in ["max_storage_buffers_per_shader_stage", "max_compute_workgroup_size_x", "needed 8", "is 0", "driver"] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
}

#[test]
fn the_error_for_an_unknown_adapter_lists_all_adapters() {
    let Some(context) = context() else { return };
    for (choice, asked) in
        [("no such GPU".parse::<AdapterChoice>().unwrap(), "no such GPU"), ("99".parse().unwrap(), "99")]
    {
        match block_on(Context::new(&choice)) {
            Err(Error::NoAdapter { wanted, available }) => {
                assert_eq!(wanted.as_deref(), Some(asked));
                assert!(available.iter().any(|name| name.contains(&context.info().name)), "{available:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_lost_device_is_an_error() {
    if context().is_none() {
        return;
    }
    let context = default_limits();
    let mut synthesizer = Synthesizer::new(&load_narrow(&context)).unwrap();
    block_on(synthesizer.synthesize(&utterance(2))).unwrap();
    context.device().destroy();
    let error = block_on(synthesizer.synthesize(&utterance(2))).unwrap_err();
    assert!(matches!(&error, Error::DeviceLost { .. }), "{error}");
}

#[test]
fn a_lent_device_that_is_lost_is_the_same_error() {
    if context().is_none() {
        return;
    }
    let (device, queue) = host_device(&wgpu::Limits::default());
    let losses = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&losses);
    device.set_device_lost_callback(move |_, _| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let context = Context::from_wgpu(device.clone(), queue).unwrap();
    let mut synthesizer = Synthesizer::new(&load_narrow(&context)).unwrap();
    block_on(synthesizer.synthesize(&utterance(2))).unwrap();
    device.destroy();
    for attempt in 0..2 {
        let error = block_on(synthesizer.synthesize(&utterance(2))).unwrap_err();
        assert!(matches!(&error, Error::DeviceLost { .. }), "{attempt}: {error:?}");
    }
    // wgpu calls back in a poll after the last work has ended.
    while losses.load(Ordering::SeqCst) == 0 {
        device.poll(wgpu::PollType::Poll).unwrap();
    }
}

#[test]
fn a_driver_that_does_not_answer_counts_as_lost() {
    if context().is_none() {
        return;
    }
    let context = default_limits();
    let mut synthesizer = Synthesizer::new(&load_narrow(&context)).unwrap();
    block_on(synthesizer.synthesize(&utterance(2))).unwrap();
    context.simulate_hang();
    context.set_timeout(std::time::Duration::ZERO);
    for _ in 0..2 {
        let error = block_on(synthesizer.synthesize(&utterance(40))).unwrap_err();
        assert!(matches!(&error, Error::DeviceLost { message } if message.contains("did not answer")), "{error:?}");
    }
}
