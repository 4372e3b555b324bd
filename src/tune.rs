//! Measurement of which variant of the convolution is the fastest: each runs the generator's shapes for a fraction of a
//! second.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::batch::BatchEntry;
use crate::checkpoint::Checkpoint;
use crate::checkpoint::seeded::symmetric;
use crate::error::{Error, Result};
use crate::gpu::{BufferView, Context, Profile};
use crate::graph::{Graph, Options, Plan};
use crate::kernels::{Conv1d, ConvWeight};
use crate::model::upload;
use crate::shape::{Dim, Shape};
use crate::util::Instant;
use crate::variant::ConvVariant;
use crate::weights::{Weights, ready};

/// The measured speed of a variant of the convolution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConvSpeed {
    /// The variant.
    pub conv: ConvVariant,
    /// GFLOP/s, over equal amounts of work at the shapes after each of the generator's two upsamplings.
    pub gflops: f64,
}

impl std::fmt::Display for ConvSpeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:.1}", self.conv, self.gflops)
    }
}

/// Input and output channels of the convolutions after the generator's first and second upsampling. Winograd's transform turns
/// their kernels of 11 taps into convolutions of [`TAPS`].
const CHANNELS: [u32; 2] = [256, 128];
const TAPS: u32 = 3;
/// Values of the largest input: 4,096 rows of 256 channels, 8,192 of 128. The network's largest dispatches
/// have as many.
const MAX_VALUES: u32 = 1 << 20;
/// Rows of the smallest input: a tile of every variant but `wide`, which has 128 rows. As many would take SwiftShader, at
/// 0.5 GFLOP/s, longer than a second in all; adapters that slow measure `wide` at half its speed.
const MIN_ROWS: u32 = 64;
/// Values of an input that is large enough to occupy every core of a CPU adapter.
const WIDE: u32 = 1 << 16;
/// Largest number of dispatches per sample, for adapters on which one is too short to measure.
const MAX_REPEATS: u32 = 8;

/// Shortest sufficient duration of a sample of any size.
const MIN_TIME: Duration = Duration::from_millis(30);
/// Shortest sufficient duration of a sample with an input of [`WIDE`] values: far above the clock's resolution.
const MIN_TIME_WIDE: Duration = Duration::from_millis(4);
/// Samples per variant and number of channels once they are long enough. The best counts, since other load can only slow them down.
const SAMPLES: usize = 6;
/// Smallest number of samples, on slow adapters.
const MIN_SAMPLES: usize = 2;
/// Time per number of channels after which no more than [`MIN_SAMPLES`] are taken.
const BUDGET: Duration = Duration::from_millis(250);
/// A variant that was slower than another by this factor in two samples is not measured again.
const BEATEN: f64 = 4.0;
/// How much faster a variant must be to replace an earlier one, so that noise does not change the choice.
const MARGIN: f64 = 1.05;

/// The variant to use, with its speed: the fastest, or an earlier one in the list that is about as fast. `None` if nothing was
/// measured.
pub(crate) fn fastest<'a>(speeds: impl IntoIterator<Item = &'a ConvSpeed>) -> Option<ConvSpeed> {
    let faster =
        |best: &'a ConvSpeed, other: &'a ConvSpeed| if other.gflops > MARGIN * best.gflops { other } else { best };
    speeds.into_iter().reduce(faster).copied()
}

/// The work of a sample: a convolution over `rows` rows, computed `repeats` times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Work {
    rows: u32,
    repeats: u32,
}

impl Work {
    const MIN: Self = Self { rows: MIN_ROWS, repeats: 1 };

    /// Twice the work, if that is within the limits.
    fn doubled(self, channels: u32) -> Option<Self> {
        let Self { rows, repeats } = self;
        let more = if 2 * rows * channels <= MAX_VALUES {
            Self { rows: 2 * rows, repeats }
        } else {
            Self { rows, repeats: 2 * repeats }
        };
        (more.repeats <= MAX_REPEATS).then_some(more)
    }

    fn flops(self, channels: u32) -> f64 {
        let Self { rows, repeats } = self;
        2.0 * f64::from(channels) * f64::from(channels) * f64::from(TAPS) * f64::from(rows) * f64::from(repeats)
    }

    /// Whether a sample that took `time` is long enough to measure the speed.
    fn is_enough(self, channels: u32, time: Duration) -> bool {
        time >= MIN_TIME || (self.rows * channels >= WIDE && time >= MIN_TIME_WIDE)
    }
}

/// Measures durations: on the adapter, or simulated in tests. Variants are identified by their position.
trait Stopwatch {
    /// The time that a variant needs for `work`, with so many channels.
    async fn measure(&mut self, variant: usize, channels: u32, work: Work) -> Result<Duration>;
}

/// FLOP/s of each variant over equal work with each number of channels; 0 if the clock does not advance.
async fn measure(variants: usize, stopwatch: &mut impl Stopwatch) -> Result<Vec<f64>> {
    let mut seconds_per_flop = vec![0.0; variants];
    for channels in CHANNELS {
        let rates = measure_shape(variants, channels, stopwatch).await?;
        seconds_per_flop.iter_mut().zip(rates).for_each(|(seconds, rate)| *seconds += 1.0 / rate);
    }
    Ok(seconds_per_flop.into_iter().map(|seconds| CHANNELS.len() as f64 / seconds).collect())
}

/// The measurements of a variant with one number of channels.
#[derive(Clone, Copy, Default)]
struct Measured {
    samples: u32,
    /// The highest rate of all samples.
    best: f64,
    /// The highest rate of the samples with the current amount of work.
    rate: f64,
}

/// FLOP/s of each variant with so many channels. The variants alternate, so that other load affects all of them.
async fn measure_shape(variants: usize, channels: u32, stopwatch: &mut impl Stopwatch) -> Result<Vec<f64>> {
    let mut work = Work::MIN;
    for variant in 0..variants {
        stopwatch.measure(variant, channels, work).await?; // the driver compiles during the first run
    }
    let mut measured = vec![Measured::default(); variants];
    // Rounds with the final amount of work. Round 0 repeats with twice the work until its samples are long enough.
    let (mut spent, mut rounds) = (Duration::ZERO, 0);
    while rounds < MIN_SAMPLES || (rounds < SAMPLES && spent < BUDGET) {
        let best = measured.iter().map(|measured| measured.best).fold(0.0, f64::max);
        let mut shortest = Duration::MAX;
        for (variant, Measured { samples, best: own, rate }) in measured.iter_mut().enumerate() {
            // A single sample may have been disturbed by other load.
            if *samples >= 2 && BEATEN * *own < best {
                *rate = *own;
                continue;
            }
            let time = stopwatch.measure(variant, channels, work).await?;
            spent += time;
            shortest = shortest.min(time);
            // A time of 0 means that the clock does not advance.
            let sampled = if time.is_zero() { 0.0 } else { work.flops(channels) / time.as_secs_f64() };
            *samples += 1;
            *own = own.max(sampled);
            // In round 0, earlier samples had less work.
            *rate = if rounds == 0 { sampled } else { rate.max(sampled) };
        }
        match work.doubled(channels).filter(|_| rounds == 0 && !work.is_enough(channels, shortest)) {
            Some(more) => work = more,
            None => rounds += 1,
        }
    }
    Ok(measured.into_iter().map(|measured| measured.rate).collect())
}

/// Measures on the adapter, with its timestamps if it has them, else with the host's clock.
struct GpuStopwatch<'a> {
    context: &'a Context,
    has_timestamps: bool,
    /// For each variant and number of channels: the plan, and the first row of its output. Reading that row back waits for the GPU.
    plans: Vec<[(Plan, BufferView); CHANNELS.len()]>,
}

impl<'a> GpuStopwatch<'a> {
    fn new(context: &'a Context, variants: &[ConvVariant]) -> Result<Self> {
        let weights = Weights::new(context);
        let scope = weights.scope("tune");
        let x = scope.upload_values(symmetric("tune.x", MAX_VALUES as usize, 0))?;
        let load = |channels: u32| {
            let values = symmetric("tune.weight", (channels * channels * TAPS) as usize, 0);
            upload::conv(&scope, [channels, channels, TAPS], ready(values), ready(vec![0.0; channels as usize]))
        };
        let [first, second] = CHANNELS;
        let convs = [(first, load(first)?), (second, load(second)?)];
        weights.flush(&Checkpoint::seeded(0))?; // nothing is read from it
        let plan = |conv: ConvVariant, channels: u32, weight: &ConvWeight| -> Result<_> {
            let mut graph = Graph::new(Options { conv, ..Options::default() });
            let input = graph.bind(&x, Shape::new(Dim::FRAMES, channels));
            let y = Conv1d { padding: TAPS / 2, ..Conv1d::new(weight) }.record(&mut graph, input)?;
            graph.keep(y);
            let most = BatchEntry { frames: MAX_VALUES / channels, ..BatchEntry::single() };
            let plan = Plan::new(context, graph, most.end())?;
            let start = plan.view(y, &BatchEntry { frames: 1, ..BatchEntry::single() });
            let lost = || Error::Gpu { what: "planning", source: "no output".into() };
            Ok((plan, start.ok_or_else(lost)?))
        };
        let plans = |conv: &ConvVariant| -> Result<_> {
            let [(a, first), (b, second)] = &convs;
            Ok([plan(*conv, *a, first)?, plan(*conv, *b, second)?])
        };
        let has_timestamps = context.check_timestamps().is_ok();
        Ok(Self { context, has_timestamps, plans: variants.iter().map(plans).collect::<Result<_>>()? })
    }
}

impl Stopwatch for GpuStopwatch<'_> {
    async fn measure(&mut self, variant: usize, channels: u32, Work { rows, repeats }: Work) -> Result<Duration> {
        let index = CHANNELS.iter().position(|other| *other == channels).unwrap_or_default();
        let (plan, start) = &mut self.plans[variant][index];
        let entry = BatchEntry { frames: rows, ..BatchEntry::single() };
        if self.has_timestamps {
            let mut profile = Profile::new();
            for _ in 0..repeats {
                plan.replay(&[entry], &[], Some(&mut profile))?;
            }
            let dispatches = profile.finish(self.context).await?;
            let nanoseconds = dispatches.iter().map(|dispatch| dispatch.nanoseconds).sum();
            if nanoseconds > 0 {
                return Ok(Duration::from_nanos(nanoseconds));
            }
            self.has_timestamps = false; // some drivers return constant timestamps
        }
        let began = Instant::now();
        for _ in 1..repeats {
            plan.replay(&[entry], &[], None)?;
        }
        if let Some(readback) = plan.replay(&[entry], std::slice::from_ref(start), None)? {
            readback.values::<f32>().await?;
        }
        Ok(began.elapsed())
    }
}

impl Context {
    /// Measures the variants in [`conv_variants`](Self::conv_variants) but those of half precision, which takes a fraction
    /// of a second once the driver has compiled them, and selects the fastest, as
    /// [`set_conv_variant`](Self::set_conv_variant) does. Of two variants, the later one in [`ConvVariant::ALL`] must be
    /// 5 % faster to be preferred. The size of submissions follows from its speed. Returns the speeds.
    ///
    /// [`self_check_once`](Self::self_check_once) does this at first use, and stores the result.
    ///
    /// # Errors
    /// Errors of the device, such as [`Error::Gpu`], [`Error::OutOfMemory`] and [`Error::DeviceLost`].
    pub async fn tune(&self) -> Result<Vec<ConvSpeed>> {
        // Those of half precision round more, so speed is no reason to choose one.
        let variants: Vec<_> = self.conv_variants().into_iter().filter(|v| !v.is_half_precision()).collect();
        let rates = measure(variants.len(), &mut GpuStopwatch::new(self, &variants)?).await?;
        // Rounded to whole MFLOP/s, which are the same after writing and reading a file.
        let speed = |(conv, rate): (ConvVariant, f64)| ConvSpeed { conv, gflops: (rate / 1e6).round() / 1e3 };
        let speeds = variants.into_iter().zip(rates).map(speed).filter(|speed| speed.gflops > 0.0);
        let speeds: Vec<ConvSpeed> = speeds.collect();
        self.use_fastest(&speeds)?;
        Ok(speeds)
    }

    /// Selects the fastest of the usable variants, and sizes submissions by its speed. Without a measurement both stay.
    ///
    /// # Errors
    /// As [`set_conv_variant`](Self::set_conv_variant).
    pub fn use_fastest(&self, speeds: &[ConvSpeed]) -> Result<()> {
        let usable = self.conv_variants();
        let Some(ConvSpeed { conv, gflops }) = fastest(speeds.iter().filter(|speed| usable.contains(&speed.conv)))
        else {
            return Ok(());
        };
        self.set_conv_variant(conv)?;
        self.set_convolution_speed(1e9 * gflops);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConvVariant::{Registers, Shared, Subgroup};

    /// A simulated adapter: GFLOP/s of each variant, and seconds of overhead per dispatch.
    struct Simulated {
        gflops: Vec<f64>,
        overhead: f64,
        /// The requested samples.
        samples: Vec<(usize, u32, Work)>,
    }

    impl Stopwatch for Simulated {
        async fn measure(&mut self, variant: usize, channels: u32, work: Work) -> Result<Duration> {
            self.samples.push((variant, channels, work));
            let seconds = work.flops(channels) / self.gflops[variant] / 1e9 + f64::from(work.repeats) * self.overhead;
            Ok(Duration::from_secs_f64(seconds))
        }
    }

    /// The measured GFLOP/s of a simulated adapter, and the requested samples.
    fn measured(gflops: &[f64], overhead: f64) -> (Vec<f64>, Vec<(usize, u32, Work)>) {
        let mut stopwatch = Simulated { gflops: gflops.to_vec(), overhead, samples: Vec::new() };
        let rates = pollster::block_on(measure(gflops.len(), &mut stopwatch)).unwrap();
        (rates.into_iter().map(|rate| rate / 1e9).collect(), stopwatch.samples)
    }

    fn speeds(all: &[(ConvVariant, f64)]) -> Vec<ConvSpeed> {
        all.iter().map(|(conv, gflops)| ConvSpeed { conv: *conv, gflops: *gflops }).collect()
    }

    #[test]
    fn the_fastest_variant_is_chosen_and_noise_does_not_change_it() {
        let chosen = |all: &[(ConvVariant, f64)]| fastest(&speeds(all)).map(|speed| speed.conv);
        assert_eq!(chosen(&[]), None);
        assert_eq!(chosen(&[(Shared, 0.01)]), Some(Shared));
        assert_eq!(chosen(&[(Registers, 24.0), (Shared, 7.0), (Subgroup, 31.0)]), Some(Subgroup));
        assert_eq!(chosen(&[(Registers, 24.0), (Shared, 7.0), (Subgroup, 1.6)]), Some(Registers));
        assert_eq!(chosen(&[(Registers, 900.0), (Shared, 4000.0), (Subgroup, 4100.0)]), Some(Shared), "within 5 %");
        assert_eq!(chosen(&[(Registers, 900.0), (Shared, 4000.0), (Subgroup, 4300.0)]), Some(Subgroup), "beyond 5 %");
    }

    #[test]
    fn speeds_are_measured_on_slow_and_fast_adapters() {
        for scale in [0.05, 1.0, 20.0, 1e3, 1e5] {
            let gflops = [1.0, 0.7, 1.3].map(|speed| speed * scale);
            let (rates, _) = measured(&gflops, 0.0);
            for (rate, truth) in rates.iter().zip(gflops) {
                assert!((rate / truth - 1.0).abs() < 1e-3, "{rate} of {truth}"); // times are whole nanoseconds
            }
        }
        // An overhead as large as the work must not hide which variant is the fastest.
        let (rates, _) = measured(&[5e3, 8e3, 6e3], 5e-5);
        assert!(rates[1] > MARGIN * rates[2] && rates[2] > MARGIN * rates[0], "{rates:?}");
    }

    /// Seconds of work on an adapter of this speed, over all variants and numbers of channels.
    fn seconds(gflops: f64) -> f64 {
        let (_, samples) = measured(&[gflops; 3], 0.0);
        samples.iter().map(|(_, channels, work)| work.flops(*channels) / gflops / 1e9).sum()
    }

    #[test]
    fn the_work_fits_the_adapter() {
        // SwiftShader, a slow Mesa, llvmpipe, an integrated and a large GPU.
        for gflops in [0.5, 3.0, 25.0, 1e3, 2e4] {
            assert!(seconds(gflops) < 1.0, "{gflops} GFLOP/s take {} s", seconds(gflops));
        }
        let largest = |gflops: f64| measured(&[gflops; 3], 0.0).1.last().map(|(_, _, work)| *work);
        assert_eq!(largest(0.1), Some(Work::MIN), "a slow adapter gets the minimum");
        assert_eq!(largest(1e6), Some(Work { rows: 8192, repeats: 8 }), "a fast adapter gets the maximum");
        let samples = |gflops: f64| {
            let (_, samples) = measured(&[gflops; 3], 0.0);
            let last = samples.last().copied().unwrap();
            samples.iter().filter(|sample| **sample == last).count()
        };
        assert_eq!(samples(1e3), SAMPLES);
        assert_eq!(samples(0.1), 1 + MIN_SAMPLES, "one to compile");
    }

    #[test]
    fn variants_alternate_and_a_slow_one_is_dropped() {
        let (rates, samples) = measured(&[20.0, 0.5, 25.0], 0.0);
        assert!((rates[1] - 0.5).abs() < 1e-3, "its speed is measured all the same: {rates:?}");
        let of = |variant: usize| samples.iter().filter(|sample| sample.0 == variant).count();
        assert_eq!(of(1), 3 * CHANNELS.len(), "one to compile, two to measure");
        assert_eq!(of(0), of(2));
        let order: Vec<usize> = samples.iter().map(|sample| sample.0).take(11).collect();
        assert_eq!(order, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2]);
    }

    #[test]
    fn disturbed_samples_do_not_count() {
        /// Every third sample takes fifty times as long.
        struct Busy(Simulated, usize);
        impl Stopwatch for Busy {
            async fn measure(&mut self, variant: usize, channels: u32, work: Work) -> Result<Duration> {
                self.1 += 1;
                let time = self.0.measure(variant, channels, work).await?;
                Ok(if self.1.is_multiple_of(3) { 50 * time } else { time })
            }
        }
        // With two variants, every third sample disturbs both, alternately.
        for gflops in [[20.0, 25.0], [25.0, 20.0], [1e3, 2e3]] {
            let mut stopwatch = Busy(Simulated { gflops: gflops.to_vec(), overhead: 0.0, samples: Vec::new() }, 0);
            let rates = pollster::block_on(measure(2, &mut stopwatch)).unwrap();
            for (rate, truth) in rates.iter().zip(gflops) {
                assert!((rate / 1e9 / truth - 1.0).abs() < 1e-3, "{rates:?} of {gflops:?}");
            }
        }
    }

    #[test]
    fn a_clock_that_does_not_advance_measures_nothing() {
        struct Still(u32);
        impl Stopwatch for Still {
            async fn measure(&mut self, _: usize, _: u32, _: Work) -> Result<Duration> {
                self.0 += 1;
                Ok(Duration::ZERO)
            }
        }
        let mut still = Still(0);
        let rates = pollster::block_on(measure(2, &mut still)).unwrap();
        assert_eq!(rates, [0.0, 0.0]);
        assert!(still.0 < 100, "{} samples", still.0);
    }
}
