//! Every stage of the published network beside PyTorch's float64 values.

use std::path::Path;

use super::network::{context, full};
use crate::verify::{Report, verify, verify_variant};
use crate::{Checkpoint, ConvVariant, Error, Golden, Model, ModelOptions, Precision, block_on};

const SHORT: &[u8] = include_bytes!("../golden/short.safetensors");

fn failing(report: &Report) -> Vec<&str> {
    report.stages.iter().filter(|stage| !stage.passed()).map(|stage| stage.name.as_str()).collect()
}

#[test]
fn every_stage_of_short_passes_with_every_kernel() {
    let Some(model) = full() else { return };
    let golden = Golden::from_bytes("short", SHORT).unwrap();
    for variant in model.context().conv_variants() {
        let report = block_on(verify_variant(model, &golden, variant)).unwrap();
        // The spectrum has two additional rows, angles and real bins.
        assert_eq!(report.stages.len(), golden.stages().len() + 2);
        assert_eq!(report.computed.len(), golden.stages().len());
        let failing: Vec<_> = report.stages.iter().filter(|stage| !stage.passed()).collect();
        assert!(failing.is_empty() && report.passed(), "{variant}: {failing:#?}");
    }
}

/// Float16 weights in the fastest kernel, and in those of half precision, which multiply float16 inputs; with
/// KOKORO_LONG_TESTS=1 in every kernel.
#[test]
fn every_stage_of_short_passes_with_float16_weights() {
    let Some(context) = context() else { return };
    let golden = Golden::from_bytes("short", SHORT).unwrap();
    let options = ModelOptions::default().with_precision(Precision::F16);
    let model = Model::load_with(context, &Checkpoint::seeded(0), &options).unwrap();
    let every = std::env::var_os("KOKORO_LONG_TESTS").is_some();
    let is_tested = |variant: &ConvVariant| every || variant.is_half_precision() || *variant == context.conv_variant();
    for variant in context.conv_variants().into_iter().filter(is_tested) {
        let report = block_on(verify_variant(&model, &golden, variant)).unwrap();
        let failing: Vec<_> = report.stages.iter().filter(|stage| !stage.passed()).collect();
        assert!(failing.is_empty() && report.passed(), "{variant}: {failing:#?}");
        let worst = report.stages.iter().map(|stage| stage.error).fold(0.0, f64::max);
        println!("{variant}: at most {worst:.1e}");
    }
}

#[test]
fn a_modified_golden_file_fails() {
    let Some(model) = full() else { return };
    let mut file = SHORT.to_vec();
    // One frame more for one token and one less for another: the total stays the same, so the rest is still compared.
    let durations = Golden::from_bytes("short", SHORT).unwrap().durations().to_vec();
    let long = durations.iter().position(|frames| *frames > 1).unwrap();
    let other = usize::from(long == 0);
    change(&mut file, "pred_dur", long, |frames| (u32::from_le_bytes(frames) - 1).to_le_bytes());
    change(&mut file, "pred_dur", other, |frames| (u32::from_le_bytes(frames) + 1).to_le_bytes());
    // One of 3482 values, changed by a tenth of its neighbours' magnitude.
    change(&mut file, "decoder.encode", 1234, |value| (f32::from_le_bytes(value) + 0.1).to_le_bytes());
    change(&mut file, "audio", 10_199, |value| (f32::from_le_bytes(value) + 0.01).to_le_bytes());
    let report = block_on(verify(model, &Golden::from_bytes("changed", &file).unwrap())).unwrap();
    assert!(!report.passed());
    assert_eq!(failing(&report), ["decoder.encode", "pred_dur", "audio"]);
    assert_eq!(report.stages.iter().find(|stage| stage.name == "pred_dur").unwrap().error, 2.0);
}

#[test]
fn durations_of_another_length_are_rejected() {
    let Some(model) = full() else { return };
    let mut file = SHORT.to_vec();
    change(&mut file, "pred_dur", 0, |frames| (u32::from_le_bytes(frames) + 1).to_le_bytes());
    match block_on(verify(model, &Golden::from_bytes("changed", &file).unwrap())) {
        Err(Error::BadFile { origin, reason }) => {
            assert_eq!((origin.as_str(), reason.contains("as long as the durations")), ("changed", true), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_stage_of_voice_passes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/golden/voice.safetensors");
    if std::env::var_os("KOKORO_LONG_TESTS").is_none() || !file.exists() {
        return println!("skipped: KOKORO_LONG_TESTS is not set, or ../shared/golden/voice.safetensors is absent");
    }
    let Some(model) = full() else { return };
    let report = block_on(verify(model, &Golden::open(file).unwrap())).unwrap();
    assert!(failing(&report).is_empty() && report.passed(), "{:#?}", report.stages);
}

/// Changes one word of a tensor in a safetensors file.
fn change(file: &mut [u8], tensor: &str, index: usize, to: impl Fn([u8; 4]) -> [u8; 4]) {
    let size = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&file[8..8 + size]).unwrap();
    let start = 8 + size + header[tensor]["data_offsets"][0].as_u64().unwrap() as usize + 4 * index;
    let word = &mut file[start..start + 4];
    word.copy_from_slice(&to((&*word).try_into().unwrap()));
}
