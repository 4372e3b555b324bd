//! Which form of the convolutions is the fastest here: a fraction of a second of the generator's own work in each form.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::batch::BatchEntry;
use crate::checkpoint::seeded::symmetric;
use crate::gpu::{BufferView, Context, Profile};
use crate::graph::{Graph, Options, Plan};
use crate::kernels::{Conv1d, Gemm};
use crate::shape::{Dim, Shape};
use crate::weights::Weights;
use crate::{Checkpoint, ConvVariant, Result};

/// How fast an adapter runs a form of the convolutions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConvSpeed {
    /// The form.
    pub conv: ConvVariant,
    /// Floating-point operations a second, in 10^9, over equal amounts of work in the generator's two stages.
    pub gflops: f64,
}

impl std::fmt::Display for ConvSpeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:.1}", self.conv, self.gflops)
    }
}

/// Channels in and out of a convolution of the generator's first and second stage. Minimal filtering turns its kernels of
/// 11 taps into convolutions of [`TAPS`], over so many rows.
const STAGES: [u32; 2] = [256, 128];
const TAPS: u32 = 3;
/// Values of the largest input: 4,096 rows of the first stage, 8,192 of the second, as much as the network convolves in
/// one dispatch.
const MOST_VALUES: u32 = 1 << 20;
/// Rows of the first attempt: one tile of the form with the largest.
const LEAST_ROWS: u32 = 64;
/// Values of an input that occupies every core of a CPU adapter.
const WIDE: u32 = 1 << 16;
/// Dispatches in a row, for adapters that do one in no time.
const MOST_RUNS: u32 = 8;

/// A sample this long is long enough whatever its size.
const LONG: Duration = Duration::from_millis(30);
/// A sample of [`WIDE`] inputs is long enough when it takes this: much more than the clock's resolution.
const SHORT: Duration = Duration::from_millis(4);
/// Samples of each form and stage once they are long enough; the best counts, since what else the machine does only slows.
const SAMPLES: usize = 6;
/// Samples at least, however slow the adapter is.
const LEAST_SAMPLES: usize = 2;
/// No more than that are taken after so much time in a stage.
const BUDGET: Duration = Duration::from_millis(250);
/// A form this many times slower than another, in two samples, needs no third.
const BEATEN: f64 = 4.0;
/// How much faster another form must be to be preferred to an earlier one, so that chance does not change the choice.
const MARGIN: f64 = 1.05;

/// The form to use: the fastest, or an earlier one in the list that is about as fast. `None` if nothing was measured.
pub(crate) fn fastest<'a>(speeds: impl IntoIterator<Item = &'a ConvSpeed>) -> Option<ConvVariant> {
    let faster =
        |best: &'a ConvSpeed, other: &'a ConvSpeed| if other.gflops > MARGIN * best.gflops { other } else { best };
    speeds.into_iter().reduce(faster).map(|speed| speed.conv)
}

/// An amount of work: a convolution over so many rows, run so many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Work {
    rows: u32,
    runs: u32,
}

impl Work {
    const LEAST: Self = Self { rows: LEAST_ROWS, runs: 1 };

    /// Twice as much, unless that is too much.
    fn doubled(self, channels: u32) -> Option<Self> {
        let Self { rows, runs } = self;
        let more = if 2 * rows * channels <= MOST_VALUES {
            Self { rows: 2 * rows, runs }
        } else {
            Self { rows, runs: 2 * runs }
        };
        (more.runs <= MOST_RUNS).then_some(more)
    }

    fn flops(self, channels: u32) -> f64 {
        let Self { rows, runs } = self;
        2.0 * f64::from(channels) * f64::from(channels) * f64::from(TAPS) * f64::from(rows) * f64::from(runs)
    }

    /// Whether a sample of it that took `time` says how fast a form is.
    fn is_enough(self, channels: u32, time: Duration) -> bool {
        time >= LONG || (self.rows * channels >= WIDE && time >= SHORT)
    }
}

/// Tells how long forms take, by position: the adapter itself, or made-up times in tests.
trait Clock {
    /// The time that `work` takes in a form, on a convolution of so many channels.
    async fn time(&mut self, form: usize, channels: u32, work: Work) -> Result<Duration>;
}

/// Operations a second of each form over equal work in all stages; 0 for a form whose time the clock cannot tell.
async fn measure(forms: usize, clock: &mut impl Clock) -> Result<Vec<f64>> {
    let mut seconds = vec![0.0; forms];
    for channels in STAGES {
        let rates = measure_stage(forms, channels, clock).await?;
        seconds.iter_mut().zip(rates).for_each(|(seconds, rate)| *seconds += 1.0 / rate);
    }
    Ok(seconds.into_iter().map(|seconds| STAGES.len() as f64 / seconds).collect())
}

/// What is known of a form in one stage.
#[derive(Clone, Copy, Default)]
struct Seen {
    samples: u32,
    /// The highest rate of any sample.
    best: f64,
    /// The highest rate of the samples of the present amount of work.
    rate: f64,
}

/// Operations a second of each form in one stage. The forms take turns, so that what else the machine does meets all.
async fn measure_stage(forms: usize, channels: u32, clock: &mut impl Clock) -> Result<Vec<f64>> {
    let mut work = Work::LEAST;
    for form in 0..forms {
        clock.time(form, channels, work).await?; // the driver compiles with the first run
    }
    let mut seen = vec![Seen::default(); forms];
    let (mut spent, mut rounds) = (Duration::ZERO, 0);
    while rounds < LEAST_SAMPLES || (rounds < SAMPLES && spent < BUDGET) {
        let best = seen.iter().map(|seen| seen.best).fold(0.0, f64::max);
        let mut shortest = Duration::MAX;
        for (form, Seen { samples, best: own, rate }) in seen.iter_mut().enumerate() {
            // One sample may have met other work.
            if *samples >= 2 && BEATEN * *own < best {
                *rate = *own;
                continue;
            }
            let time = clock.time(form, channels, work).await?;
            spent += time;
            shortest = shortest.min(time);
            // A time of 0 is that of a clock that cannot tell.
            let sampled = if time.is_zero() { 0.0 } else { work.flops(channels) / time.as_secs_f64() };
            *samples += 1;
            *own = own.max(sampled);
            *rate = if rounds == 0 { sampled } else { rate.max(sampled) };
        }
        match work.doubled(channels).filter(|_| rounds == 0 && !work.is_enough(channels, shortest)) {
            Some(more) => work = more,
            None => rounds += 1,
        }
    }
    Ok(seen.into_iter().map(|seen| seen.rate).collect())
}

/// An adapter as a clock: by its own timestamps where it has them, else by the host's time.
struct Adapter<'a> {
    context: &'a Context,
    has_timestamps: bool,
    /// Of each form one plan a stage, with the start of its output.
    plans: Vec<[(Plan, BufferView); STAGES.len()]>,
}

impl<'a> Adapter<'a> {
    fn new(context: &'a Context, forms: &[ConvVariant]) -> Result<Self> {
        let checkpoint = Checkpoint::seeded(0); // nothing is read from it
        let weights = Weights::new(context, &checkpoint);
        let x = weights.upload(&symmetric("tune.x", MOST_VALUES as usize, 0))?;
        let pack = |channels: u32| {
            let values = symmetric("tune.weight", (channels * channels * TAPS) as usize, 0);
            Gemm::pack(&weights.scope("tune"), &values, None, [channels, channels, TAPS])
        };
        let [first, second] = STAGES;
        let gemms = [(first, pack(first)?), (second, pack(second)?)];
        weights.flush()?;
        let plan = |conv: ConvVariant, channels: u32, gemm: &Gemm| -> Result<_> {
            let mut graph = Graph::new(Options { conv, ..Options::default() });
            let input = graph.bind(&x, Shape::new(Dim::FRAMES, channels));
            let y = Conv1d { padding: TAPS / 2, ..Conv1d::new(gemm) }.record(&mut graph, input)?;
            graph.keep(y);
            let most = BatchEntry { frames: MOST_VALUES / channels, ..BatchEntry::single() };
            let plan = Plan::new(context, graph, most.end())?;
            let start = plan.view(y, &BatchEntry { frames: 1, ..BatchEntry::single() });
            let lost = || crate::Error::Gpu { what: "planning", source: "no output".into() };
            Ok((plan, start.ok_or_else(lost)?))
        };
        let of = |conv: &ConvVariant| -> Result<_> {
            let [(a, first), (b, second)] = &gemms;
            Ok([plan(*conv, *a, first)?, plan(*conv, *b, second)?])
        };
        let has_timestamps = context.check_timestamps().is_ok();
        Ok(Self { context, has_timestamps, plans: forms.iter().map(of).collect::<Result<_>>()? })
    }
}

impl Clock for Adapter<'_> {
    async fn time(&mut self, form: usize, channels: u32, Work { rows, runs }: Work) -> Result<Duration> {
        let stage = STAGES.iter().position(|stage| *stage == channels).unwrap_or_default();
        let (plan, start) = &mut self.plans[form][stage];
        let run = BatchEntry { frames: rows, ..BatchEntry::single() };
        if self.has_timestamps {
            let mut profile = Profile::new();
            for _ in 0..runs {
                plan.replay(&[run], &[], Some(&mut profile))?;
            }
            let dispatches = profile.finish(self.context).await?;
            let nanoseconds = dispatches.iter().map(|dispatch| dispatch.nanoseconds).sum();
            if nanoseconds > 0 {
                return Ok(Duration::from_nanos(nanoseconds));
            }
            self.has_timestamps = false; // of some drivers they stand still
        }
        let began = Instant::now();
        for _ in 1..runs {
            plan.replay(&[run], &[], None)?;
        }
        if let Some(readback) = plan.replay(&[run], std::slice::from_ref(start), None)? {
            readback.values::<f32>().await?;
        }
        Ok(began.elapsed())
    }
}

impl Context {
    /// Measures each form of the convolutions that this device can run and no [`self_check`](Self::self_check) found
    /// wrong, within a fraction of a second once the driver has compiled them, and uses the fastest from then on, as
    /// [`set_conv_variant`](Self::set_conv_variant) does. Another form must be a twentieth faster than the one before it in
    /// [`ConvVariant::ALL`] to be preferred. Returns the speeds.
    ///
    /// [`self_check_once`](Self::self_check_once) does it at first use, and remembers the result.
    ///
    /// # Errors
    /// What the device can fail with.
    pub async fn tune(&self) -> Result<Vec<ConvSpeed>> {
        let forms = self.conv_variants();
        let rates = measure(forms.len(), &mut Adapter::new(self, &forms)?).await?;
        // Whole MFLOP/s are read from a file as they were written.
        let speed = |(conv, rate): (ConvVariant, f64)| ConvSpeed { conv, gflops: (rate / 1e6).round() / 1e3 };
        let speeds = forms.into_iter().zip(rates).map(speed).filter(|speed| speed.gflops > 0.0);
        let speeds: Vec<ConvSpeed> = speeds.collect();
        self.use_fastest(&speeds)?;
        Ok(speeds)
    }

    /// Like [`Context::tune`], and waits for it.
    ///
    /// # Errors
    /// As [`Context::tune`].
    pub fn tune_blocking(&self) -> Result<Vec<ConvSpeed>> {
        pollster::block_on(self.tune())
    }

    /// Uses the fastest form of those that can be used here. Without a measurement the form stays.
    pub(crate) fn use_fastest(&self, speeds: &[ConvSpeed]) -> Result<()> {
        let usable = self.conv_variants();
        let form = fastest(speeds.iter().filter(|speed| usable.contains(&speed.conv)));
        form.map_or(Ok(()), |form| self.set_conv_variant(form))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConvVariant::{Matrix, Registers, Shared, Subgroup};

    /// An adapter of made-up speeds: operations a second of each form, in 10^9, and seconds of every dispatch.
    struct MadeUp {
        gflops: Vec<f64>,
        overhead: f64,
        /// What was asked for.
        asked: Vec<(usize, u32, Work)>,
    }

    impl Clock for MadeUp {
        async fn time(&mut self, form: usize, channels: u32, work: Work) -> Result<Duration> {
            self.asked.push((form, channels, work));
            let seconds = work.flops(channels) / self.gflops[form] / 1e9 + f64::from(work.runs) * self.overhead;
            Ok(Duration::from_secs_f64(seconds))
        }
    }

    /// What is measured of such an adapter, in 10^9 operations a second, and what it was asked for.
    fn measured(gflops: &[f64], overhead: f64) -> (Vec<f64>, Vec<(usize, u32, Work)>) {
        let mut clock = MadeUp { gflops: gflops.to_vec(), overhead, asked: Vec::new() };
        let rates = pollster::block_on(measure(gflops.len(), &mut clock)).unwrap();
        (rates.into_iter().map(|rate| rate / 1e9).collect(), clock.asked)
    }

    fn speeds(all: &[(ConvVariant, f64)]) -> Vec<ConvSpeed> {
        all.iter().map(|(conv, gflops)| ConvSpeed { conv: *conv, gflops: *gflops }).collect()
    }

    #[test]
    fn the_fastest_form_is_chosen_and_chance_does_not_change_it() {
        let chosen = |all: &[(ConvVariant, f64)]| fastest(&speeds(all));
        assert_eq!(chosen(&[]), None);
        assert_eq!(chosen(&[(Shared, 0.01)]), Some(Shared));
        assert_eq!(chosen(&[(Registers, 24.0), (Shared, 7.0), (Subgroup, 31.0)]), Some(Subgroup));
        assert_eq!(chosen(&[(Registers, 24.0), (Shared, 7.0), (Subgroup, 1.6)]), Some(Registers));
        assert_eq!(chosen(&[(Registers, 900.0), (Shared, 4000.0), (Subgroup, 4100.0)]), Some(Shared), "within 5 %");
        assert_eq!(chosen(&[(Registers, 900.0), (Shared, 4000.0), (Subgroup, 4300.0)]), Some(Subgroup), "beyond 5 %");
        assert_eq!(chosen(&[(Shared, 4000.0), (Matrix, 4100.0)]), Some(Shared), "matrices must be worth it");
        assert_eq!(chosen(&[(Shared, 4000.0), (Matrix, 9000.0)]), Some(Matrix));
    }

    #[test]
    fn speeds_are_found_on_slow_and_fast_adapters() {
        for scale in [0.05, 1.0, 20.0, 1e3, 1e5] {
            let gflops = [1.0, 0.7, 1.3].map(|speed| speed * scale);
            let (rates, _) = measured(&gflops, 0.0);
            for (rate, truth) in rates.iter().zip(gflops) {
                assert!((rate / truth - 1.0).abs() < 1e-3, "{rate} of {truth}"); // times are whole nanoseconds
            }
        }
        // Dispatches that cost as much as their work must not hide which form is the fastest.
        let (rates, _) = measured(&[5e3, 8e3, 6e3], 5e-5);
        assert!(rates[1] > MARGIN * rates[2] && rates[2] > MARGIN * rates[0], "{rates:?}");
    }

    /// Seconds that an adapter of this speed works, all forms and stages together.
    fn seconds(gflops: f64) -> f64 {
        let (_, asked) = measured(&[gflops; 3], 0.0);
        asked.iter().map(|(_, channels, work)| work.flops(*channels) / gflops / 1e9).sum()
    }

    #[test]
    fn the_work_fits_the_adapter() {
        // SwiftShader, a slow Mesa, llvmpipe, an integrated and a large GPU.
        for gflops in [0.5, 3.0, 25.0, 1e3, 2e4] {
            assert!(seconds(gflops) < 1.0, "{gflops} GFLOP/s take {} s", seconds(gflops));
        }
        let largest = |gflops: f64| measured(&[gflops; 3], 0.0).1.last().map(|(_, _, work)| *work);
        assert_eq!(largest(0.1), Some(Work::LEAST), "a slow adapter gets no more than it must");
        assert_eq!(largest(1e6), Some(Work { rows: 8192, runs: 8 }), "a fast one all there is");
        let samples = |gflops: f64| {
            let (_, asked) = measured(&[gflops; 3], 0.0);
            let last = asked.last().copied().unwrap();
            asked.iter().filter(|sample| **sample == last).count()
        };
        assert_eq!(samples(1e3), SAMPLES);
        assert_eq!(samples(0.1), 1 + LEAST_SAMPLES, "once to compile");
    }

    #[test]
    fn forms_take_turns_and_a_beaten_one_leaves() {
        let (rates, asked) = measured(&[20.0, 0.5, 25.0], 0.0);
        assert!((rates[1] - 0.5).abs() < 1e-3, "its speed is known all the same: {rates:?}");
        let of = |form: usize| asked.iter().filter(|sample| sample.0 == form).count();
        assert_eq!(of(1), 3 * STAGES.len(), "once to compile, twice to measure");
        assert_eq!(of(0), of(2));
        let order: Vec<usize> = asked.iter().map(|sample| sample.0).take(11).collect();
        assert_eq!(order, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2]);
    }

    #[test]
    fn samples_that_met_other_work_do_not_count() {
        /// Every third sample takes fifty times as long.
        struct Busy(MadeUp, usize);
        impl Clock for Busy {
            async fn time(&mut self, form: usize, channels: u32, work: Work) -> Result<Duration> {
                self.1 += 1;
                let time = self.0.time(form, channels, work).await?;
                Ok(if self.1.is_multiple_of(3) { 50 * time } else { time })
            }
        }
        // Two forms, so that both are met, each in turn.
        for gflops in [[20.0, 25.0], [25.0, 20.0], [1e3, 2e3]] {
            let mut clock = Busy(MadeUp { gflops: gflops.to_vec(), overhead: 0.0, asked: Vec::new() }, 0);
            let rates = pollster::block_on(measure(2, &mut clock)).unwrap();
            for (rate, truth) in rates.iter().zip(gflops) {
                assert!((rate / 1e9 / truth - 1.0).abs() < 1e-3, "{rates:?} of {gflops:?}");
            }
        }
    }

    #[test]
    fn a_clock_that_stands_still_measures_nothing() {
        struct Still(u32);
        impl Clock for Still {
            async fn time(&mut self, _: usize, _: u32, _: Work) -> Result<Duration> {
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
