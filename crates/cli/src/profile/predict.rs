//! `kokoro profile --predict`: the time that a model gives for GPUs that are not at hand, and for this adapter.

mod cache;
pub mod chips;
pub mod compare;
mod model;
mod text;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::str::FromStr;

use kokoro_wgpu::{Context, ConvVariant, PlannedDispatch, Synthesizer, timestamps, wgpu};
use serde_json::{Value, json};

use super::{Args, groups};
use crate::bench_input;
use crate::failure::{Failure, Outcome};
use crate::output;
use chips::{CHIPS, Chip};
use model::{Dispatch, Time};

/// Lengths without `--tokens`: a short sentence and a long one.
const LENGTHS: [usize; 2] = [10, 60];
/// Assumed length of the audio, since nothing computes the durations: 0.1 s for a phoneme, which is usual in English.
const FRAMES_PER_TOKEN: usize = 4;
/// What the labels of the generator's dispatches begin with.
const GENERATOR: &str = "decoder.generator";
/// How often the host waits in one utterance: for the durations, and for the samples.
const ROUND_TRIPS: f64 = 2.0;

/// What to predict.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// The adapter of this machine, measured as well.
    This,
    Chips(&'static [Chip]),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::Chips(&CHIPS)),
            "this" => Ok(Self::This),
            key => chips::find(key)
                .map(|chip| Self::Chips(std::slice::from_ref(chip)))
                .ok_or_else(|| format!("unknown chip; expected all, this, {}", chips::keys())),
        }
    }
}

/// The predicted time of a batch of utterances on one chip.
struct Prediction<'a> {
    chip: &'a Chip,
    tokens: usize,
    batch: usize,
    /// Of all utterances.
    audio_seconds: f64,
    dispatches: &'a [PlannedDispatch],
    times: Vec<Time>,
}

/// Utterances of one length that are spoken at once.
struct Planned {
    tokens: usize,
    batch: usize,
    /// The share of the peak that matrix products reach at most.
    product_share: f64,
    dispatches: Vec<PlannedDispatch>,
}

/// Sum over the dispatches of one stage or kernel.
struct Group {
    name: String,
    dispatches: u64,
    time: Time,
}

impl<'a> Prediction<'a> {
    fn new(chip: &'a Chip, plan: &'a Planned) -> Self {
        let Planned { tokens, batch, product_share, dispatches } = plan;
        let samples = batch * FRAMES_PER_TOKEN * tokens * timestamps::FRAME_SAMPLES as usize;
        let audio_seconds = samples as f64 / f64::from(timestamps::SAMPLE_RATE);
        Self {
            chip,
            tokens: *tokens,
            batch: *batch,
            audio_seconds,
            dispatches,
            times: times(dispatches, chip, *product_share),
        }
    }

    fn stages(&self) -> Vec<Group> {
        stages(self.dispatches, &self.times)
    }

    /// Kernels by decreasing time.
    fn kernels(&self) -> Vec<Group> {
        let mut kernels = sum(self.dispatches, &self.times, |dispatch| dispatch.kernel.to_owned());
        kernels.sort_by(|a, b| b.time.seconds().total_cmp(&a.time.seconds()));
        kernels
    }

    /// Time on the GPU.
    fn gpu(&self) -> Group {
        let (name, dispatches) = ("all".to_owned(), self.dispatches.len() as u64);
        Group { name, dispatches, time: self.times.iter().copied().sum() }
    }

    /// The share of the chip's peak that the generator reaches: by the operations of the direct convolutions, as peers are
    /// compared, and by those executed, of which Winograd's form needs fewer.
    fn generator_shares(&self) -> [f64; 2] {
        let generator =
            || self.dispatches.iter().zip(&self.times).filter(|(dispatch, _)| dispatch.label.starts_with(GENERATOR));
        let possible = self.chip.flops * generator().map(|(_, time)| time.seconds()).sum::<f64>();
        let sum = |flops: fn(&PlannedDispatch) -> u64| generator().map(|(dispatch, _)| flops(dispatch)).sum::<u64>();
        [sum(|dispatch| dispatch.direct_flops), sum(|dispatch| dispatch.flops)].map(|flops| flops as f64 / possible)
    }

    /// Time of submissions and readbacks.
    fn host_seconds(&self) -> f64 {
        ROUND_TRIPS * self.chip.round_trip
    }

    fn seconds(&self) -> f64 {
        self.gpu().time.seconds() + self.host_seconds()
    }

    fn times_real_time(&self) -> f64 {
        self.audio_seconds / self.seconds()
    }

    fn json(&self) -> Value {
        let [direct, executed] = self.generator_shares();
        let list = |groups: &[Group]| groups.iter().map(Group::json).collect::<Vec<_>>();
        json!({
            "chip": self.chip.key, "name": self.chip.name, "tokens": self.tokens, "batch": self.batch, "audio_seconds": self.audio_seconds,
            "milliseconds": 1e3 * self.seconds(), "times_real_time": self.times_real_time(),
            "generator_share_of_peak": { "direct": direct, "executed": executed },
            "host_milliseconds": 1e3 * self.host_seconds(), "total": self.gpu().json(), "stages": list(&self.stages()),
            "kernels": list(&self.kernels()), "source": self.chip.source,
        })
    }
}

impl Group {
    fn json(&self) -> Value {
        let by_bound: serde_json::Map<_, _> =
            self.time.bounds().map(|(bound, seconds)| (bound.to_owned(), json!(1e3 * seconds))).into_iter().collect();
        json!({
            "name": self.name, "dispatches": self.dispatches, "milliseconds": 1e3 * self.time.seconds(),
            "bound": self.time.bound(), "milliseconds_by_bound": by_bound,
        })
    }
}

/// Sums by name, in the order of the first dispatch of each.
fn sum(dispatches: &[PlannedDispatch], times: &[Time], name: impl Fn(&PlannedDispatch) -> String) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (dispatch, time) in dispatches.iter().zip(times) {
        let name = name(dispatch);
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => {
                group.dispatches += 1;
                group.time += *time;
            }
            None => groups.push(Group { name, dispatches: 1, time: *time }),
        }
    }
    groups
}

fn stages(dispatches: &[PlannedDispatch], times: &[Time]) -> Vec<Group> {
    sum(dispatches, times, |dispatch| groups::stage(&dispatch.label))
}

/// The time of every dispatch.
fn times(dispatches: &[PlannedDispatch], chip: &Chip, product_share: f64) -> Vec<Time> {
    let missed = cache::missed(dispatches, chip.cache_bytes);
    dispatches
        .iter()
        .zip(missed)
        .map(|(dispatch, missed)| model::time(&Dispatch::new(dispatch, missed, product_share), chip))
        .collect()
}

/// Predicts for named chips. Nothing runs.
pub fn run(args: &Args, chips: &[Chip]) -> Outcome {
    let mut synthesizer = synthesizer(args)?;
    let lengths = args.tokens.map_or(LENGTHS.to_vec(), |tokens| vec![tokens]);
    let mut plans = Vec::with_capacity(lengths.len());
    for tokens in lengths {
        let (batch, product_share) = (usize::from(args.batch), args.product_share.unwrap_or(1.0));
        let frames = FRAMES_PER_TOKEN * tokens;
        let dispatches = synthesizer.planned_batch(tokens as u32, frames as u32, batch)?;
        plans.push(Planned { tokens, batch, product_share, dispatches });
    }
    let of_chip = |chip| plans.iter().map(move |plan| Prediction::new(chip, plan));
    let predictions: Vec<Prediction<'_>> = chips.iter().flat_map(of_chip).collect();
    let text = if args.json {
        let list: Vec<Value> = predictions.iter().map(Prediction::json).collect();
        format!("{:#}\n", json!({ "predictions": list, "assumptions": assumptions(args, &predictions) }))
    } else if chips.len() > 1 {
        text::overview(&predictions)
    } else {
        text::stages(&predictions)
    };
    output::stdout(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn assumptions(args: &Args, predictions: &[Prediction<'_>]) -> Value {
    let kernels =
        predictions.iter().flat_map(|prediction| prediction.dispatches.iter().map(|dispatch| dispatch.kernel));
    json!({
        "arithmetic_share": kernels.into_iter().map(|kernel| (kernel, model::arithmetic_share(kernel))).collect::<BTreeMap<_, _>>(),
        "product_share_at_most": args.product_share,
        "memory_efficiency": model::MEMORY_EFFICIENCY,
        "frames_per_token": FRAMES_PER_TOKEN, "round_trips": ROUND_TRIPS,
    })
}

/// A synthesizer with the plan that a GPU would run. It is recorded on wgpu's noop device, so no adapter is needed, unless
/// `--conv` asks for a kernel with features that only an adapter has.
fn synthesizer(args: &Args) -> Result<Synthesizer, Failure> {
    let (checkpoint, config) = bench_input::model(&args.model, &args.config)?;
    let variant = args.adapter.conv().unwrap_or(ConvVariant::Wide);
    if matches!(variant, ConvVariant::Matrix8 | ConvVariant::Matrix16) {
        let message =
            format!("--predict knows nothing of the matrix units that --conv {variant} uses: name another kernel");
        return Err(Failure::Usage(message));
    }
    let required_features =
        if variant == ConvVariant::Half { wgpu::Features::SHADER_F16 } else { wgpu::Features::empty() };
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor { required_features, ..Default::default() });
    let mut context = Context::from_wgpu(device, queue)?;
    if context.conv_variants().contains(&variant) {
        context.set_conv_variant(variant)?;
    } else {
        context = args.adapter.open_unchecked()?;
    }
    Ok(Synthesizer::new(&args.model.precision.load(&context, &checkpoint, &config)?)?)
}
