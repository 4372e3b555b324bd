//! An app that renders 60 frames per second and speaks on the same GPU device: first with the whole network submitted at
//! once, then within a budget per frame. Prints the worst frame time of both and writes the last frame to frame.png.
//!
//! ```sh
//! cargo run --release --example frame [BUDGET_MS [MODEL VOICE]]
//! ```
//!
//! Without a model it uses random weights (`seeded:0`), which make noise instead of speech.
#![expect(clippy::disallowed_methods, reason = "this app owns the device")]
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::time::{Duration, Instant};

use kokoro_wgpu::{Checkpoint, Context, Job, Model, Speech, Synthesizer, Utterance, Voice, block_on, wgpu};

const SIZE: [u32; 2] = [640, 360];
/// The frame time of a 60 Hz display.
const FRAME: Duration = Duration::from_nanos(16_666_667);
const BARS: u32 = 90;
/// The samples to draw: three seconds.
const SHOWN: u64 = 3 * 24_000;
const PICTURE: &str = "frame.png";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = || "usage: frame [BUDGET_MS [MODEL VOICE]]";
    let budget = arguments.first().map_or(Ok(4.0), |text| text.parse()).map_err(|_| usage())?;
    let budget = Duration::try_from_secs_f64(budget / 1000.0).map_err(|_| usage())?;
    let (checkpoint, voice) = match arguments.get(1..).unwrap_or_default() {
        [] => (Checkpoint::seeded(0), Voice::seeded(0)),
        [model, voice] => (Checkpoint::open(model)?, Voice::open(voice)?),
        _ => return Err(usage().into()),
    };
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))?;
    Context::check_adapter(&adapter)?;
    let (device, queue) = block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        required_features: Context::useful_features(&adapter),
        // The rendering of the app needs less than these.
        required_limits: Context::required_limits(),
        ..wgpu::DeviceDescriptor::default()
    }))?;
    let app = App::new(device.clone(), queue.clone());
    let model = Model::load(&Context::from_wgpu(device, queue)?, &checkpoint)?;
    let utterance = Utterance::from_phonemes("həlˈO ðˈɛɹ, wˈɜɹld!", &voice);

    // Warm up: compile the kernels, allocate the buffers, and measure how fast this GPU is.
    let mut synthesizer = Synthesizer::new(&model)?;
    let first = block_on(synthesizer.synthesize(&utterance))?;
    let (synthesizer, _) = app.speak(Job::new(synthesizer, &utterance), Duration::from_millis(20))?;

    println!("{:.2} s of speech on {}, {} x {} pixels", first.seconds(), adapter.get_info().name, SIZE[0], SIZE[1]);
    let (synthesizer, without) = app.speak(Job::new(synthesizer, &utterance), Duration::MAX)?;
    println!("without a budget   {without}");
    let (mut synthesizer, within) = app.speak(Job::new(synthesizer, &utterance), budget)?;
    println!("{:5.1} ms a frame   {within}", budget.as_secs_f64() * 1e3);

    // The samples of the network go into the picture without leaving the GPU.
    block_on(synthesizer.synthesize_into(&utterance, &app.samples))?;
    app.save_picture(PICTURE)?;
    println!("{PICTURE}: the last frame");
    Ok(())
}

/// The frame times during one utterance.
struct FrameTimes {
    milliseconds: Vec<f64>,
    total: Duration,
}

impl std::fmt::Display for FrameTimes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (count, worst) = (self.milliseconds.len(), self.milliseconds.iter().copied().fold(0.0, f64::max));
        let mut sorted = self.milliseconds.clone();
        sorted.sort_by(f64::total_cmp);
        let (median, seconds) = (sorted[count / 2], self.total.as_secs_f64());
        write!(f, "{count:5} frames, median {median:6.1} ms, worst {worst:7.1} ms; finished after {seconds:.2} s")
    }
}

/// The renderer.
struct App {
    device: wgpu::Device,
    queue: wgpu::Queue,
    target: wgpu::Texture,
    pipeline: wgpu::RenderPipeline,
    bindings: wgpu::BindGroup,
    uniforms: wgpu::Buffer,
    samples: wgpu::Buffer,
    start: Instant,
}

impl App {
    fn new(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        let buffer = |size, usage| {
            let usage = usage | wgpu::BufferUsages::COPY_DST;
            device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
        };
        let (uniforms, samples) =
            (buffer(32, wgpu::BufferUsages::UNIFORM), buffer(4 * SHOWN, wgpu::BufferUsages::STORAGE));
        let format = wgpu::TextureFormat::Rgba8Unorm;
        let target = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("frame"),
            size: extent(),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let source = wgpu::ShaderSource::Wgsl(include_str!("frame.wgsl").into());
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
        let stage = wgpu::PipelineCompilationOptions::default;
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("frame"),
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: None,
                compilation_options: stage(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: None,
                compilation_options: stage(),
                targets: &[Some(format.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: uniforms.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: samples.as_entire_binding() },
            ],
        });
        Self { device, queue, target, pipeline, bindings, uniforms, samples, start: Instant::now() }
    }

    /// Renders at 60 Hz until the job is finished.
    fn speak(&self, mut job: Job, budget: Duration) -> Result<(Synthesizer, FrameTimes), Box<dyn Error>> {
        let start = Instant::now();
        let mut milliseconds = Vec::new();
        loop {
            let frame = Instant::now();
            let speech: Option<Speech> = job.step(budget)?;
            let submission = self.render(job.progress() as f32);
            // Wait as long as a display would for this frame.
            self.device.poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None })?;
            milliseconds.push(frame.elapsed().as_secs_f64() * 1e3);
            if speech.is_some() {
                return Ok((job.cancel(), FrameTimes { milliseconds, total: start.elapsed() }));
            }
            std::thread::sleep(FRAME.saturating_sub(frame.elapsed()));
        }
    }

    fn render(&self, progress: f32) -> wgpu::SubmissionIndex {
        let seconds = self.start.elapsed().as_secs_f32();
        let [x, y] = SIZE.map(|extent| extent as f32 / 2.0);
        let mut uniforms = [seconds, progress, 0.0, 0.0, x, y, 0.0, 0.0].map(f32::to_bits);
        uniforms[2] = BARS;
        self.queue.write_buffer(&self.uniforms, 0, bytemuck::cast_slice(&uniforms));
        let view = self.target.create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations { load: wgpu::LoadOp::default(), store: wgpu::StoreOp::Store },
                })],
                ..wgpu::RenderPassDescriptor::default()
            });
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bindings, &[]);
            pass.draw(0..3, 0..1);
        }
        self.queue.submit([encoder.finish()])
    }

    /// Renders one frame into a file.
    fn save_picture(&self, path: &str) -> Result<(), Box<dyn Error>> {
        self.render(1.0);
        let row = SIZE[0] * 4; // copies need a multiple of 256
        let read = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(row * SIZE[1]),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None };
        encoder.copy_texture_to_buffer(
            self.target.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &read, layout },
            extent(),
        );
        self.queue.submit([encoder.finish()]);
        read.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        self.device.poll(wgpu::PollType::wait_indefinitely())?;
        let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), SIZE[0], SIZE[1]);
        encoder.set_color(png::ColorType::Rgba);
        encoder.write_header()?.write_image_data(&read.slice(..).get_mapped_range()?)?;
        Ok(())
    }
}

fn extent() -> wgpu::Extent3d {
    wgpu::Extent3d { width: SIZE[0], height: SIZE[1], depth_or_array_layers: 1 }
}
