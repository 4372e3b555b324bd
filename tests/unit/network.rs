//! The device and the networks that all tests of a process share, and their inputs.

use std::sync::OnceLock;

use crate::checkpoint::seeded;
use crate::model::ModelOptions;
pub(crate) use crate::verify::self_check::narrow_config;
use crate::{AdapterChoice, Checkpoint, Context, Model, Precision, Speech, Synthesizer, Utterance, Voice, block_on};

/// The shared device, or `None` if `KOKORO_SKIP_GPU=1` is set. Without it, a machine without an adapter fails the test.
pub fn context() -> Option<&'static Context> {
    static CONTEXT: OnceLock<Context> = OnceLock::new();
    if std::env::var_os("KOKORO_SKIP_GPU").is_some_and(|skip| skip == "1") {
        println!("skipped: KOKORO_SKIP_GPU=1");
        return None;
    }
    // So that the variants of half precision are tested where the adapter has them.
    let open = || {
        block_on(Context::with_half_precision(&AdapterChoice::Fastest))
            .expect("KOKORO_SKIP_GPU=1 skips what needs a GPU")
    };
    Some(CONTEXT.get_or_init(open))
}

/// A device with exactly WebGPU's default limits.
pub fn default_limits() -> Context {
    block_on(Context::with_limits(&AdapterChoice::Fastest, wgpu::Limits::default())).unwrap()
}

/// The published dimensions with untrained weights, on a device with the lowest limits that WebGPU permits.
pub fn full() -> Option<&'static Model> {
    static MODEL: OnceLock<Model> = OnceLock::new();
    context()?;
    Some(MODEL.get_or_init(|| load_full(Precision::F32)))
}

/// The same with weights in float16.
pub fn full_f16() -> Option<&'static Model> {
    static MODEL: OnceLock<Model> = OnceLock::new();
    context()?;
    Some(MODEL.get_or_init(|| load_full(Precision::F16)))
}

fn load_full(precision: Precision) -> Model {
    let options = ModelOptions::default().with_precision(precision);
    Model::load_with(&default_limits(), &Checkpoint::seeded(0), &options).unwrap()
}

/// A network with every module of the published one, and a thousandth of the work.
pub fn narrow() -> Option<&'static Model> {
    static MODEL: OnceLock<Model> = OnceLock::new();
    let context = context()?;
    Some(MODEL.get_or_init(|| load_narrow(context)))
}

/// The narrow network on another device.
pub fn load_narrow(context: &Context) -> Model {
    load(context, &Checkpoint::seeded(0)).unwrap()
}

/// A model with the narrow network's dimensions.
pub fn load(context: &Context, checkpoint: &Checkpoint) -> crate::Result<Model> {
    Model::load_with(context, checkpoint, &ModelOptions::default().with_config(narrow_config()))
}

/// `count` ids with the narrow network's seeded voice, at speed 2 to compute less.
pub fn utterance(count: usize) -> Utterance {
    let voice = Voice::seeded_width(0, 2 * narrow_config().style_dim as usize);
    let ids = &seeded::tokens(0, count)[1..=count];
    Utterance { speed: 2.0, ..Utterance::from_ids(ids, &voice) }
}

/// The result of a new synthesizer.
pub fn fresh(model: &Model, utterance: &Utterance) -> Speech {
    block_on(Synthesizer::new(model).unwrap().synthesize(utterance)).unwrap()
}

/// Fails unless both are bit-identical.
#[track_caller]
pub fn assert_same(label: &str, left: &Speech, right: &Speech) {
    assert_eq!(left.durations, right.durations, "{label}: durations");
    assert_eq!(left.samples.len(), right.samples.len(), "{label}: samples");
    let differs = left.samples.iter().zip(&right.samples).position(|(a, b)| a.to_bits() != b.to_bits());
    if let Some(at) = differs {
        panic!("{label}: sample {at} of {} is {} and {}", left.samples.len(), left.samples[at], right.samples[at]);
    }
}

/// Resident memory of this process in MiB.
pub fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

/// Lets the driver's threads run between two polls.
pub fn between_polls() {
    std::thread::sleep(std::time::Duration::from_micros(200)); // time: a pause that nothing is asserted of
}
