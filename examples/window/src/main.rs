//! The example `frame` in a window: an app that presents frames and speaks on the same GPU device. It speaks first with the
//! whole network submitted at once, then within a budget per frame, prints the longest time between two frames of both, and
//! exits.
//!
//! ```sh
//! cargo run --release --manifest-path examples/window/Cargo.toml [BUDGET_MS]
//! ```
#![expect(clippy::disallowed_methods, reason = "this app owns the device")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kokoro_wgpu::{Checkpoint, Context, Job, Model, Synthesizer, Utterance, Voice, block_on, wgpu};
use winit::application::ApplicationHandler;
use winit::dpi::LogicalSize;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoop};
use winit::window::{Window, WindowAttributes, WindowId};

const BARS: u32 = 90;
/// The samples to draw: three seconds.
const SHOWN: u64 = 3 * 24_000;

fn main() -> Result<(), Box<dyn Error>> {
    let budget = std::env::args().nth(1).map_or(Ok(4.0), |text| text.parse::<f64>())?;
    let budget = Duration::try_from_secs_f64(budget / 1000.0)?;
    let events = EventLoop::new()?;
    let mut app = App { budget, running: None, failed: None };
    events.run_app(&mut app)?;
    app.failed.map_or(Ok(()), Err)
}

struct App {
    budget: Duration,
    running: Option<Running>,
    failed: Option<Box<dyn Error>>,
}

impl ApplicationHandler for App {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.running.is_none() {
            match Running::new(events, self.budget) {
                Ok(running) => self.running = Some(running),
                Err(error) => self.fail(events, error),
            }
        }
    }

    fn window_event(&mut self, events: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(running) = &mut self.running else { return };
        match event {
            // Drops an unfinished job; the work already submitted still completes.
            WindowEvent::CloseRequested => events.exit(),
            WindowEvent::Resized(size) => running.resize([size.width, size.height]),
            WindowEvent::RedrawRequested => match running.frame() {
                Ok(true) => running.window.request_redraw(),
                Ok(false) => events.exit(),
                Err(error) => self.fail(events, error),
            },
            _ => {}
        }
    }
}

impl App {
    fn fail(&mut self, events: &ActiveEventLoop, error: Box<dyn Error>) {
        self.failed = Some(error);
        events.exit();
    }
}

/// The state of the app once it has a window.
struct Running {
    window: Arc<Window>,
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::RenderPipeline,
    bindings: wgpu::BindGroup,
    uniforms: wgpu::Buffer,
    samples: wgpu::Buffer,
    utterance: Utterance,
    job: Option<Job>,
    /// The remaining passes; the last one is current.
    passes: Vec<Pass>,
    milliseconds: Vec<f64>,
    start: Instant,
    last_frame: Instant,
}

/// One utterance, spoken within a budget per frame.
#[derive(Clone, Copy)]
struct Pass {
    name: &'static str,
    budget: Duration,
}

impl Running {
    fn new(events: &ActiveEventLoop, budget: Duration) -> Result<Self, Box<dyn Error>> {
        let size = LogicalSize::new(640, 360);
        let window = WindowAttributes::default().with_title("kokoro-wgpu").with_inner_size(size);
        let window = Arc::new(events.create_window(window)?);
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let surface = instance.create_surface(Arc::clone(&window))?;
        let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
            compatible_surface: Some(&surface),
            ..wgpu::RequestAdapterOptions::default()
        }))?;
        Context::check_adapter(&adapter)?;
        let (device, queue) = block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            required_features: Context::useful_features(&adapter),
            required_limits: Context::required_limits().using_resolution(adapter.limits()),
            ..wgpu::DeviceDescriptor::default()
        }))?;
        let size = window.inner_size();
        let config = surface.get_default_config(&adapter, size.width.max(1), size.height.max(1));
        let mut config = config.ok_or("the adapter cannot present in this window")?;
        // The shader writes sRGB values itself.
        let formats = surface.get_capabilities(&adapter).formats;
        config.format = formats.into_iter().find(|format| !format.is_srgb()).unwrap_or(config.format);
        surface.configure(&device, &config);

        let model = Model::load(&Context::from_wgpu(device.clone(), queue.clone())?, &Checkpoint::seeded(0))?;
        let utterance = Utterance::from_phonemes("həlˈO ðˈɛɹ, wˈɜɹld!", &Voice::seeded(0));
        // Warm up: compile the kernels and allocate the buffers before the first frame.
        let mut synthesizer = Synthesizer::new(&model)?;
        let first = block_on(synthesizer.synthesize(&utterance))?;
        let size = window.inner_size();
        println!(
            "{:.2} s of speech on {}, {} x {} pixels",
            first.seconds(),
            adapter.get_info().name,
            size.width,
            size.height
        );

        let buffer = |size, usage| {
            let usage = usage | wgpu::BufferUsages::COPY_DST;
            device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
        };
        let (uniforms, samples) =
            (buffer(32, wgpu::BufferUsages::UNIFORM), buffer(4 * SHOWN, wgpu::BufferUsages::STORAGE));
        let pipeline = pipeline(&device, config.format);
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: uniforms.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: samples.as_entire_binding() },
            ],
        });
        // In reverse order.
        let passes = vec![
            Pass { name: "within the budget", budget },
            Pass { name: "without a budget", budget: Duration::MAX },
            Pass { name: "", budget: Duration::from_millis(20) }, // measures how fast this GPU is
        ];
        let job = Some(Job::new(synthesizer, &utterance));
        let (milliseconds, start, last_frame) = (Vec::new(), Instant::now(), Instant::now());
        window.request_redraw();
        Ok(Self {
            window,
            surface,
            config,
            device,
            queue,
            pipeline,
            bindings,
            uniforms,
            samples,
            utterance,
            job,
            passes,
            milliseconds,
            start,
            last_frame,
        })
    }

    fn resize(&mut self, [width, height]: [u32; 2]) {
        (self.config.width, self.config.height) = (width.max(1), height.max(1));
        self.surface.configure(&self.device, &self.config);
    }

    /// Submits one step of the network and presents a frame. Returns false after the last one.
    fn frame(&mut self) -> Result<bool, Box<dyn Error>> {
        let (Some(mut job), Some(pass)) = (self.job.take(), self.passes.last().copied()) else { return Ok(false) };
        let speech = job.step(pass.budget)?;
        self.present(job.progress() as f32)?;
        let now = Instant::now();
        self.milliseconds.push((now - self.last_frame).as_secs_f64() * 1e3);
        self.last_frame = now;
        let Some(speech) = speech else {
            self.job = Some(job);
            return Ok(true);
        };
        let shown = speech.samples.len().min(SHOWN as usize);
        self.queue.write_buffer(&self.samples, 0, bytemuck::cast_slice(&speech.samples[..shown]));
        if !pass.name.is_empty() {
            let (count, worst) = (self.milliseconds.len(), self.milliseconds.iter().copied().fold(0.0, f64::max));
            println!("{:17}  {count:5} frames, at most {worst:7.1} ms from one to the next", pass.name);
        }
        self.milliseconds.clear();
        self.passes.pop();
        self.job = (!self.passes.is_empty()).then(|| Job::new(job.cancel(), &self.utterance));
        Ok(self.job.is_some())
    }

    fn present(&mut self, progress: f32) -> Result<(), Box<dyn Error>> {
        let texture = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(texture) => texture,
            wgpu::CurrentSurfaceTexture::Timeout | wgpu::CurrentSurfaceTexture::Occluded => return Ok(()),
            // The window changed; the next frame will fit it.
            wgpu::CurrentSurfaceTexture::Suboptimal(_) | wgpu::CurrentSurfaceTexture::Outdated => {
                self.surface.configure(&self.device, &self.config);
                return Ok(());
            }
            other => return Err(format!("cannot present a frame: {other:?}").into()),
        };
        let half = [self.config.width, self.config.height].map(|extent| extent as f32 / 2.0);
        let mut uniforms =
            [self.start.elapsed().as_secs_f32(), progress, 0.0, 0.0, half[0], half[1], 0.0, 0.0].map(f32::to_bits);
        uniforms[2] = BARS;
        self.queue.write_buffer(&self.uniforms, 0, bytemuck::cast_slice(&uniforms));
        let view = texture.texture.create_view(&wgpu::TextureViewDescriptor::default());
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
        self.queue.submit([encoder.finish()]);
        self.window.pre_present_notify();
        self.queue.present(texture);
        Ok(())
    }
}

fn pipeline(device: &wgpu::Device, format: wgpu::TextureFormat) -> wgpu::RenderPipeline {
    let source = wgpu::ShaderSource::Wgsl(include_str!("../../frame.wgsl").into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    let stage = wgpu::PipelineCompilationOptions::default;
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("frame"),
        layout: None,
        vertex: wgpu::VertexState { module: &module, entry_point: None, compilation_options: stage(), buffers: &[] },
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
    })
}
