//! `--play`: playback on the sound device.

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

    /// Time that a device may take beyond the length of the audio before it counts as stuck.
    const TIMEOUT: Duration = Duration::from_secs(5);
    /// Interval of the checks for Ctrl-C.
    const INTERVAL: Duration = Duration::from_millis(20);

    /// The system's default device.
    pub struct Device {
        sink: MixerDeviceSink,
        /// The error that stopped the device.
        failed: Arc<Mutex<Option<String>>>,
    }

    impl Device {
        pub fn open() -> Result<Self, Failure> {
            // Otherwise ALSA prints ten lines about its configuration before our one error.
            #[cfg(target_os = "linux")]
            let _quiet = alsa::Output::local_error_handler();
            let failed: Arc<Mutex<Option<String>>> = Arc::default();
            let reason = Arc::clone(&failed);
            let sink = DeviceSinkBuilder::from_default_device().and_then(|device| {
                let device = device.with_error_callback(move |error| match error.kind() {
                    // Playback continues after these.
                    ErrorKind::Xrun | ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => log::info!("{error}"),
                    _ => {
                        reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error.to_string());
                    }
                });
                device.open_stream()
            });
            let mut sink = sink.map_err(|error| {
                let help =
                    "Without a sound device, write a file: -o FILE.wav. A container must be given access to a device.";
                Failure::with_help(format!("cannot open a sound device: {error}"), help)
            })?;
            sink.log_on_drop(false);
            Ok(Self { sink, failed })
        }

        pub fn begin(&self) -> Player<'_> {
            Player { device: self, queue: rodio::Player::connect_new(self.sink.mixer()), end: Instant::now() }
        }
    }

    /// Playback of chunks one after the other.
    pub struct Player<'a> {
        device: &'a Device,
        queue: rodio::Player,
        /// Expected end of playback.
        end: Instant,
    }

    impl Player<'_> {
        pub fn add(&mut self, samples: &[f32]) {
            let (Some(channels), Some(rate)) = (NonZero::new(1), NonZero::new(SAMPLE_RATE)) else { return };
            let length = Duration::from_secs_f64(samples.len() as f64 / f64::from(SAMPLE_RATE));
            self.end = self.end.max(Instant::now()) + length;
            let samples: Vec<f32> = samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
            let sound = SamplesBuffer::new(channels, rate, samples).stoppable();
            self.queue.append(sound.periodic_access(INTERVAL, |sound| {
                if interrupt::requested() {
                    sound.stop();
                }
            }));
        }

        /// Waits until everything was played, or until Ctrl-C.
        pub fn finish(self) -> Result<(), Failure> {
            let deadline = self.end + TIMEOUT;
            while !self.queue.empty() && !interrupt::requested() {
                let failed = self.device.failed.lock().unwrap_or_else(PoisonError::into_inner).take();
                let failed = failed.or_else(|| (Instant::now() > deadline).then(|| "it does not play".to_owned()));
                if let Some(reason) = failed {
                    let help = "The audio is in the file given with -o, if any.";
                    return Err(Failure::with_help(format!("the sound device failed: {reason}"), help));
                }
                std::thread::sleep(INTERVAL);
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

    /// Never exists: this build has no playback.
    pub struct Device(Infallible);

    impl Device {
        pub fn open() -> Result<Self, Failure> {
            let help = "Build it with `--features play` (on Linux: apt-get install libasound2-dev pkg-config first), or\n\
                        pipe the audio into a player: kokoro say ... | aplay";
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
