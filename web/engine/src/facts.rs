//! What a page is told, as JSON.

use kokoro_wgpu::timestamps::WordTimestamp;
use kokoro_wgpu::verify::Report;
use kokoro_wgpu::{Context, ConvSpeed, Model, SAMPLE_RATE, SelfCheck, wgpu};
use serde::Serialize;
use serde_json::{Value, json};

pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default() // no value here has keys that are not strings
}

/// `model`: with the most frames of an utterance.
pub fn device(context: &Context, model: Option<&(Model, u32)>) -> String {
    let (limits, memory) = (context.device().limits(), context.memory());
    json(&json!({
        "description": context.info().name,
        "fallback": context.info().device_type == wgpu::DeviceType::Cpu,
        "kernel": context.conv_variant().to_string(),
        "limits": {
            "maxStorageBufferBindingSize": limits.max_storage_buffer_binding_size,
            "maxBufferSize": limits.max_buffer_size,
            "maxComputeWorkgroupStorageSize": limits.max_compute_workgroup_storage_size,
            "maxComputeInvocationsPerWorkgroup": limits.max_compute_invocations_per_workgroup,
        },
        "memory": { "used": memory.used, "peak": memory.peak },
        "model": model.map(|(model, max_frames)| json!({
            "origin": model.origin(),
            "parameters": model.parameters(),
            "bytes": model.resident_bytes(),
            "precision": format!("{:?}", model.precision()).to_lowercase(),
            "maxSeconds": f64::from(*max_frames) / 40.0,
        })),
    }))
}

pub fn check(check: &SelfCheck) -> String {
    let trials = check.trials.iter().map(|trial| {
        json!({
            "kernel": trial.conv.to_string(),
            "name": trial.name,
            "error": number(trial.error),
            "bound": trial.bound,
            "passed": trial.passed(),
            "compileError": trial.compile_error,
        })
    });
    json(&json!({
        "passed": check.passed(),
        "passing": check.passing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "failing": check.failing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "trials": trials.collect::<Vec<_>>(),
        "loopIterations": check.loop_iterations,
        "seconds": check.seconds,
    }))
}

pub fn report(report: &Report) -> String {
    let stages = report.stages.iter().map(|stage| {
        json!({ "name": stage.name, "error": number(stage.error), "bound": stage.bound, "passed": stage.passed() })
    });
    json(&json!({ "passed": report.passed(), "stages": stages.collect::<Vec<_>>() }))
}

pub fn speeds(speeds: &[ConvSpeed]) -> String {
    json(&speeds)
}

pub fn words(words: &[WordTimestamp]) -> String {
    let seconds = |samples: u64| samples as f64 / f64::from(SAMPLE_RATE);
    let word = |word: &WordTimestamp| {
        json!({
            "text": word.text,
            "phonemes": word.phonemes,
            "spaced": word.spaced,
            "start": seconds(word.span.start),
            "end": seconds(word.span.end),
        })
    };
    json(&words.iter().map(word).collect::<Vec<_>>())
}

/// JSON has no NaN.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}
