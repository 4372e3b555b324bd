//! An app that shares its own GPU device with the synthesizer. Its own shader measures how loud each tenth of a second is.
//!
//! ```sh
//! cargo run --release --example lend [MODEL VOICE]
//! ```
//!
//! Without a model it uses random weights (`seeded:0`), which make noise instead of speech.
#![expect(clippy::disallowed_methods, reason = "this app owns the device")]
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use kokoro_wgpu::wgpu::util::{BufferInitDescriptor, DeviceExt};
use kokoro_wgpu::{Checkpoint, Context, Model, SAMPLE_RATE, Synthesizer, Utterance, Voice, block_on, wgpu};

const SHADER: &str = "
@group(0) @binding(0) var<storage, read> samples: array<f32>;
@group(0) @binding(1) var<storage, read_write> loudness: array<f32>;
const WINDOW = 2400u;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&loudness) { return; }
    var sum = 0.0;
    for (var at = 0u; at < WINDOW; at++) {
        let sample = samples[min(id.x * WINDOW + at, arrayLength(&samples) - 1u)];
        sum += sample * sample;
    }
    loudness[id.x] = sqrt(sum / f32(WINDOW));
}";
const WINDOW: usize = SAMPLE_RATE as usize / 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (checkpoint, voice) = match arguments.as_slice() {
        [] => (Checkpoint::seeded(0), Voice::seeded(0)),
        [model, voice] => (Checkpoint::open(model)?, Voice::open(voice)?),
        _ => return Err("usage: lend [MODEL VOICE]".into()),
    };
    // The app's own device. WebGPU's default limits are enough.
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))?;
    let (device, queue) = block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()))?;
    let app = App::new(device.clone(), queue.clone());
    let silence = app.loudness(&[0.0; WINDOW])?;
    println!("before: the app measures {:.3} for silence on {}", silence[0], adapter.get_info().name);

    let context = Context::from_wgpu(device, queue)?;
    let model = Model::load(&context, &checkpoint)?;
    let speech = block_on(Synthesizer::new(&model)?.synthesize(&Utterance::from_phonemes("həlˈO ðˈɛɹ.", &voice)))?;
    println!("spoken: {:.2} s by {}", speech.seconds(), model.origin());

    for (tenth, loudness) in app.loudness(&speech.samples)?.into_iter().enumerate() {
        println!("{:4.1} s {loudness:.3} {}", tenth as f32 / 10.0, "#".repeat((60.0 * loudness) as usize));
    }
    Ok(())
}

/// The work of the app on the same device.
struct App {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
}

impl App {
    fn new(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        let source = wgpu::ShaderSource::Wgsl(SHADER.into());
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("loudness"),
            layout: None,
            module: &module,
            entry_point: None,
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        Self { device, queue, pipeline }
    }

    /// The root mean square of each tenth of a second.
    fn loudness(&self, samples: &[f32]) -> Result<Vec<f32>, Box<dyn std::error::Error>> {
        let windows = samples.len().div_ceil(WINDOW);
        let size = 4 * windows as u64;
        let contents: &[u8] = bytemuck::cast_slice(samples);
        let samples = BufferInitDescriptor { label: None, contents, usage: wgpu::BufferUsages::STORAGE };
        let samples = self.device.create_buffer_init(&samples);
        let buffer = |usage| {
            self.device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
        };
        let loudness = buffer(wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC);
        let read = buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: samples.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: loudness.as_entire_binding() },
            ],
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &bindings, &[]);
            pass.dispatch_workgroups(windows.div_ceil(64) as u32, 1, 1);
        }
        encoder.copy_buffer_to_buffer(&loudness, 0, &read, 0, size);
        self.queue.submit([encoder.finish()]);
        read.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        self.device.poll(wgpu::PollType::wait_indefinitely())?;
        Ok(bytemuck::pod_collect_to_vec(&read.slice(..).get_mapped_range()?))
    }
}
