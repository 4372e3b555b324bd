//! `--play`: the sound device.

#[cfg(feature = "play")]
pub use device::{Device, Player};
#[cfg(not(feature = "play"))]
pub use none::{Device, Player};

#[cfg(feature = "play")]
mod device {
    use std::num::NonZero;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::{Duration, Instant};

    use kokoro_wgpu::SAMPLE_RATE;
    use rodio::buffer::SamplesBuffer;
    use rodio::cpal::ErrorKind;
    use rodio::{DeviceSinkBuilder, MixerDeviceSink, Source};

    use crate::failure::Failure;
    use crate::interrupt;

    /// How much longer than the sound a device may take before it counts as stuck.
    const PATIENCE: Duration = Duration::from_secs(5);
    /// How often a sound looks whether the user wants to stop.
    const ATTENTION: Duration = Duration::from_millis(20);

    /// The system's default device, open.
    pub struct Device {
        sink: MixerDeviceSink,
        /// Why it stopped, if it did.
        failed: Arc<Mutex<Option<String>>>,
    }

    impl Device {
        pub fn open() -> Result<Self, Failure> {
            // ALSA would print ten lines about its own configuration before our one.
            #[cfg(target_os = "linux")]
            let _quiet = alsa::Output::local_error_handler();
            let failed: Arc<Mutex<Option<String>>> = Arc::default();
            let reason = Arc::clone(&failed);
            let sink = DeviceSinkBuilder::from_default_device().and_then(|device| {
                let device = device.with_error_callback(move |error| match error.kind() {
                    // The sound goes on after these.
                    ErrorKind::Xrun | ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => log::info!("{error}"),
                    _ => {
                        reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error.to_string());
                    }
                });
                device.open_stream()
            });
            let mut sink = sink.map_err(|error| {
                let help = "Without a sound device, write a file: -o FILE.wav. In a container, it must be lent one.";
                Failure::with_help(format!("no sound device can be opened: {error}"), help)
            })?;
            sink.log_on_drop(false);
            Ok(Self { sink, failed })
        }

        pub fn begin(&self) -> Player<'_> {
            Player { device: self, queue: rodio::Player::connect_new(self.sink.mixer()), ends: Instant::now() }
        }
    }

    /// Sound that is played one piece after the other.
    pub struct Player<'a> {
        device: &'a Device,
        queue: rodio::Player,
        /// When all that was added is heard.
        ends: Instant,
    }

    impl Player<'_> {
        pub fn add(&mut self, samples: &[f32]) {
            let (Some(channels), Some(rate)) = (NonZero::new(1), NonZero::new(SAMPLE_RATE)) else { return };
            let lasts = Duration::from_secs_f64(samples.len() as f64 / f64::from(SAMPLE_RATE));
            self.ends = self.ends.max(Instant::now()) + lasts;
            let samples: Vec<f32> = samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
            let sound = SamplesBuffer::new(channels, rate, samples).stoppable();
            self.queue.append(sound.periodic_access(ATTENTION, |sound| {
                if interrupt::asked() {
                    sound.stop();
                }
            }));
        }

        /// Waits until all has been heard, or the user wants to stop.
        pub fn finish(self) -> Result<(), Failure> {
            let stuck = self.ends + PATIENCE;
            while !self.queue.empty() && !interrupt::asked() {
                let failed = self.device.failed.lock().unwrap_or_else(PoisonError::into_inner).take();
                let failed = failed.or_else(|| (Instant::now() > stuck).then(|| "it plays nothing".to_owned()));
                if let Some(reason) = failed {
                    let help = "What was made is in the file, if -o named one.";
                    return Err(Failure::with_help(format!("the sound device failed: {reason}"), help));
                }
                std::thread::sleep(ATTENTION);
            }
            Ok(())
        }
    }
}

#[cfg(not(feature = "play"))]
mod none {
    use std::convert::Infallible;
    use std::marker::PhantomData;

    use crate::failure::Failure;

    /// There is none in this build.
    pub struct Device(Infallible);

    impl Device {
        pub fn open() -> Result<Self, Failure> {
            let help = "Build it with `--features play` (on Linux: apt-get install libasound2-dev pkg-config first), or\n\
                        pipe the sound into a player: kokoro say ... | aplay";
            Err(Failure::with_help("this kokoro was built without --play", help))
        }

        pub fn begin(&self) -> Player<'_> {
            match self.0 {}
        }
    }

    pub struct Player<'a>(Infallible, PhantomData<&'a Device>);

    impl Player<'_> {
        pub fn add(&mut self, _samples: &[f32]) {
            match self.0 {}
        }

        pub fn finish(self) -> Result<(), Failure> {
            match self.0 {}
        }
    }
}
