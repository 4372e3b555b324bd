//! The longest possible utterances, checked without computing them: every dispatch of the published network is within
//! WebGPU's limits, every index fits 32 bits, and the loops of every invocation are within the limit of Mesa 22's CPU
//! driver.

use std::collections::BTreeMap;

use crate::ConvVariant;
use crate::batch::{BatchEntry, Extents, MAX_BATCH};
use crate::graph::{Graph, Options};
use crate::model::{Encoded, MAX_FRAMES, Styles};
use crate::shape::{Dim, Shape};
use crate::tests::harness::KernelTest;
use crate::tests::network::{full, full_f16};

/// Iterations of all loops of an invocation, after which the driver silently stops them.
const MAX_ITERATIONS: u32 = 65_535;

/// Iterations of all loops of a kernel's busiest invocation, from the words of its parameters, if the compiler unrolls
/// nothing.
fn iterations(kernel: &str, p: &[u32]) -> u32 {
    // For a convolution: vec4 of channels, blocks of 16 vec4, steps of 4 vec4.
    let convolution = |in4: u32| (in4, in4.div_ceil(16), in4.div_ceil(4));
    match kernel.trim_end_matches(".f16") {
        "add"
        | "concat"
        | "embed"
        | "winograd_input"
        | "winograd_input.texture"
        | "winograd_output"
        | "winograd_output.texture" => 0,
        "attention" => {
            let (keys, head4) = (p[0].div_ceil(64), p[2]);
            keys * (1 + head4) + 12 + keys + p[0].div_ceil(64 / head4) + 64 / head4
        }
        "conv1d" => {
            let (channels, blocks, _) = convolution(p[2]);
            p[4] * (9 + blocks * (1 + 2 * 9) + channels * (1 + 8 + 2 * 9)) + 2 * 9 + 16
        }
        "conv1d.shared" => {
            let (_, blocks, depth_steps) = convolution(p[2]);
            4 + p[4] * (1 + blocks * (1 + 9) + depth_steps * (1 + 4 + 4 + 4 * (1 + 8 + 9))) + 9 + 8
        }
        "conv1d.half" => {
            let (_, blocks, depth_steps) = convolution(p[2]);
            4 + p[4] * (1 + blocks + depth_steps * (1 + 4 + 4 + 4 * (1 + 8 + 9) + 9)) + 9 + 8
        }
        "conv1d.wide" => {
            let (_, blocks, depth_steps) = convolution(p[2]);
            6 + p[4] * (1 + blocks * (1 + 18) + depth_steps * (1 + 6 + 6 + 4 * (1 + 8 + 18))) + 18 + 16
        }
        "conv1d.half.small" => {
            let (_, blocks, depth_steps) = convolution(p[2]);
            let fours = depth_steps.div_ceil(4);
            3 + p[4] * (1 + blocks + fours * (1 + 3 + 3 + 2 * (1 + 4 + 5) + 5)) + 3 * (1 + 5 + 5) + 5 + 4
        }
        "conv1d.small" => {
            let (_, blocks, depth_steps) = convolution(p[2]);
            let fours = depth_steps.div_ceil(4);
            3 + p[4] * (1 + blocks * (1 + 5) + fours * (1 + 3 + 3 + 2 * (1 + 4 + 5))) + 3 * (1 + 5 + 5) + 5 + 4
        }
        "conv1d.subgroup" | "conv1d.subgroup.texture" => {
            let (channels, blocks, _) = convolution(p[2]);
            2 * (1 + p[4] * (5 + blocks * (1 + 17) + channels * (1 + 4 + 17)) + 17 + 16)
        }
        "conv1d.matrix8" | "conv1d.matrix16" => {
            let (_, _, depth_steps) = convolution(p[2]);
            let side = if kernel.ends_with("matrix8") { 8 } else { 16 };
            // Matrices along a quarter's side, and products of a subgroup for all that is staged.
            let count = 32 / side;
            let products = 2 * (1 + 32 / side * (1 + count * (1 + count)));
            let slices = 4 * (1 + 2 * (1 + 16 / side * (1 + count)) + 2);
            8 + 8 + 2 * count * count + p[4] * (1 + depth_steps.div_ceil(2) * (1 + 8 + 8 + products)) + slices + 9 + 8
        }
        "conv_transpose1d" => p[3] / p[4] + 1,
        "duration" => p[0].div_ceil(64) * (1 + p[1]) + p[0],
        "expand" => p[0].ilog2() + 1,
        "instance_norm" | "instance_norm.texture" => p[0] / 512 + (p[0] % 512).div_ceil(128) + 14,
        "instance_norm.leaky" => p[0] / 512 + (p[0] % 512).div_ceil(128) + p[0].div_ceil(128) + 14,
        "istft" => 4 * (1 + 11 * 6 + 5) + 5,
        "layer_norm" => 3 * p[1].div_ceil(64) + 12,
        "lstm" | "lstm.pair" | "lstm.subgroup.texture" | "lstm.pair.subgroup.texture" => p[3] * (1 + p[1] / 8),
        "source" => 9,
        "source_phase" => 2 * p[0].div_ceil(256) * (1 + 10) + 8,
        "stft" => 20 + 11 * 21 + 2,
        other => panic!("how many loop iterations does {other} have?"),
    }
}

/// The graphs of the text side and of the frame side.
fn network(conv: ConvVariant) -> Option<[Graph; 2]> {
    let model = if conv.is_half_precision() { full_f16()? } else { full()? };
    let test = KernelTest::new()?;
    let options = Options { conv, ..Options::default() };
    // Nothing runs, so what is bound may be short.
    let view = test.upload(&[0.0; 4]);
    let style = Shape::new(Dim::fixed(1), model.config().style_dim);
    let mut text = Graph::new(options.clone());
    let (ids, own_style) = (text.bind(&view, Shape::dense(Dim::TOKENS)), text.bind(&view, style));
    let (encoded, _) = model.record_text(&mut text, ids, own_style).unwrap();

    let mut frames = Graph::new(options);
    let mut bind = |shape| frames.bind(&view, shape);
    let Encoded { for_predictor, for_decoder, ends } = encoded;
    let encoded = Encoded {
        for_predictor: bind(for_predictor.shape),
        for_decoder: bind(for_decoder.shape),
        ends: bind(ends.shape),
    };
    let styles = Styles { decoder: bind(style), predictor: bind(style) };
    model.record_frames(&mut frames, &encoded, &styles).unwrap();
    Some([text, frames])
}

fn check(conv: ConvVariant, label: &str, capacity: Extents, run: BatchEntry) {
    let Some(graphs) = network(conv) else { return };
    let mut worst = BTreeMap::new();
    for graph in &graphs {
        for (kernel, uniforms, [x, y, z]) in graph.dispatches(&run) {
            let most = wgpu::Limits::default().max_compute_workgroups_per_dimension;
            let batch = z * run.batch_size;
            assert!(x <= most && y <= most && batch <= most, "{label}: {kernel} has {x} x {y} x {batch} workgroups");
            let iterations = iterations(kernel, &bytemuck::pod_collect_to_vec(&uniforms));
            let worst = worst.entry(kernel).or_insert(0);
            *worst = iterations.max(*worst);
        }
        for shape in graph.shapes() {
            // Ends in bytes must fit 32 bits too.
            assert!(u32::try_from(shape.total_bytes(&capacity)).is_ok(), "{label}: {shape} for {capacity:?}");
        }
    }
    println!("{label}, iterations: {worst:?}");
    let past = worst.iter().find(|(_, iterations)| **iterations > MAX_ITERATIONS);
    assert!(past.is_none(), "{label}: {past:?} iterations, at most {MAX_ITERATIONS}");
}

#[test]
fn dispatches_indices_and_loops() {
    let (tokens, frames) = (512, MAX_FRAMES);
    for conv in ConvVariant::ALL {
        let alone = Extents { tokens, frames, utterances: 1 };
        check(conv, &conv.to_string(), alone, BatchEntry { tokens, frames, ..BatchEntry::default() });

        // The last utterance of a full batch that is as long in total.
        let lanes = MAX_BATCH as u32;
        let all = Extents { tokens: lanes * tokens, frames, utterances: lanes };
        let before = Extents { tokens: all.tokens - tokens, frames: frames - frames / lanes, utterances: lanes - 1 };
        let run = BatchEntry {
            tokens,
            frames: frames / lanes,
            before,
            batch_index: lanes - 1,
            batch_size: lanes,
            ..BatchEntry::default()
        };
        check(conv, &format!("{conv}, {lanes} utterances"), all, run);
    }
}
