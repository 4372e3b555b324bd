//! The dispatches of a plan, counted without running it.

use std::collections::BTreeSet;

use super::network::{default_limits, fresh, load_narrow, narrow, narrow_config, utterance};
use crate::graph::PlannedDispatch;
use crate::{Context, ConvVariant, Error, Synthesizer, block_on};

/// The narrow network's plan on a device without a driver.
fn recorded(variant: ConvVariant) -> Synthesizer {
    let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor::default());
    let context = Context::from_wgpu(device, queue).unwrap();
    context.set_conv_variant(variant).unwrap();
    Synthesizer::new(&load_narrow(&context)).unwrap()
}

fn of_kernel<'a>(dispatches: &'a [PlannedDispatch], kernel: &str) -> Vec<&'a PlannedDispatch> {
    dispatches.iter().filter(|dispatch| dispatch.kernel == kernel).collect()
}

#[test]
fn they_are_those_of_a_run() {
    let Some(model) = narrow() else { return };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let (speech, rows) = block_on(synthesizer.profile(&utterance(5))).unwrap();
    let frames = speech.durations.iter().sum();
    let dispatches = synthesizer.planned_dispatches(5, frames).unwrap();
    let expected: Vec<_> = rows.iter().map(|row| (row.label.as_str(), row.kernel)).collect();
    assert_eq!(dispatches.iter().map(|d| (d.label.as_str(), d.kernel)).collect::<Vec<_>>(), expected);
    for (dispatch, row) in dispatches.iter().zip(&rows) {
        let bytes: u64 = dispatch.buffers.iter().map(|(_, bytes)| bytes).sum();
        let rounding = dispatch.buffers.len() as u64;
        assert!(bytes <= row.bytes && bytes + rounding >= row.bytes, "{}: {bytes}, not {}", dispatch.label, row.bytes);
    }
    // A speech after the count is as one before it: nothing was written.
    assert_eq!(block_on(synthesizer.synthesize(&utterance(5))).unwrap().samples, fresh(model, &utterance(5)).samples);
}

#[test]
fn a_device_without_a_driver_gives_the_same_dispatches() {
    if narrow().is_none() {
        return;
    }
    let context = default_limits(); // a device of its own, whose choice of a kernel concerns no other test
    context.set_conv_variant(ConvVariant::Shared).unwrap();
    let mut real = Synthesizer::new(&load_narrow(&context)).unwrap();
    assert_eq!(
        recorded(ConvVariant::Shared).planned_dispatches(10, 40).unwrap(),
        real.planned_dispatches(10, 40).unwrap()
    );
}

#[test]
fn tiles_and_time_steps_are_counted_as_executed() {
    let config = narrow_config();
    let dispatches = recorded(ConvVariant::Shared).planned_dispatches(10, 40).unwrap();
    // ALBERT's embedding projection: 12 rows of 16 inputs to 48 columns take one tile of 64 by 64. The bias is loaded and y
    // stored only where y is.
    let tile = dispatches.iter().find(|d| d.label.starts_with("bert") && d.kernel == "conv1d.shared").unwrap();
    assert_eq!((tile.workgroups, tile.workgroup_size, tile.flops), (1, 128, 2 * 64 * 64 * 16), "{tile:?}");
    assert_eq!((tile.moved_bytes, tile.rounds), (4 * ((64 + 64) * 16 + 48 + 12 * 48), 1), "{tile:?}");
    // A layer of 12 time steps in two directions loads [4, hidden, hidden] weights and 4 hidden gates in each, and stores
    // hidden outputs. It loads and stores hidden h and c.
    let hidden = u64::from(config.hidden_dim / 2);
    let lstm = of_kernel(&dispatches, "lstm")[0];
    let steps = 12;
    assert_eq!((lstm.workgroups, lstm.workgroup_size), (2, 256));
    let (each_step, state) = (4 * hidden * hidden + 4 * hidden + hidden, 2 * 2 * hidden);
    assert_eq!(lstm.moved_bytes, 2 * 4 * (steps * each_step + state), "{lstm:?}");
    assert_eq!((lstm.flops, lstm.rounds), (steps * 2 * 8 * hidden * hidden, steps * (hidden / 8 + 1)));
    // Each of 12 queries loads itself and 12 keys and values, and stores its y.
    let attention = of_kernel(&dispatches, "attention")[0];
    assert_eq!(
        attention.moved_bytes,
        12 * 4 * u64::from(config.plbert.hidden_size) * (1 + 12 + 12 + 1),
        "{attention:?}"
    );
}

#[test]
fn operands_that_are_absent_use_no_buffer() {
    let dispatches = recorded(ConvVariant::Shared).planned_dispatches(10, 40).unwrap();
    let outputs = of_kernel(&dispatches, "winograd_output");
    let buffers = |convs: &str| -> Vec<usize> {
        let of = outputs.iter().filter(|dispatch| dispatch.label.contains(convs));
        of.map(|dispatch| dispatch.buffers.len()).collect()
    };
    let (first, second) = (buffers("resblocks.0.convs1.0"), buffers("resblocks.0.convs2.0"));
    assert!(!first.is_empty() && first.iter().all(|count| *count == 3), "m, bias, y: {first:?}");
    assert!(!second.is_empty() && second.iter().all(|count| *count == 4), "and the residual: {second:?}");
}

#[test]
fn operations_grow_with_the_length_and_too_much_is_refused() {
    let mut synthesizer = recorded(ConvVariant::Shared);
    let mut sum = |ids, frames| -> u64 {
        synthesizer.planned_dispatches(ids, frames).unwrap().iter().map(|dispatch| dispatch.flops).sum()
    };
    let (short, long, longest) = (sum(10, 40), sum(10, 400), sum(100, 400));
    assert!(short < long && long < longest, "{short}, {long}, {longest}");
    assert!(matches!(synthesizer.planned_dispatches(511, 40), Err(Error::TooManyTokens { tokens: 511, limit: 510 })));
    assert!(matches!(synthesizer.planned_dispatches(10, 1 << 20), Err(Error::TooLong { .. })));
}

#[test]
fn a_batch_has_the_dispatches_of_one_utterance_with_the_work_of_all() {
    let mut synthesizer = recorded(ConvVariant::Shared);
    let one = synthesizer.planned_dispatches(10, 40).unwrap();
    let four = synthesizer.planned_batch(10, 40, 4).unwrap();
    // Winograd's windows are shared, so that there are more of them, with a little more work. All else is one dispatch as before.
    let count = |dispatches: &[PlannedDispatch], label: &str| dispatches.iter().filter(|d| d.label == label).count();
    let labels: BTreeSet<&str> = one.iter().map(|dispatch| dispatch.label.as_str()).collect();
    let shared: BTreeSet<&str> =
        labels.iter().copied().filter(|label| count(&one, label) != count(&four, label)).collect();
    let of = |dispatches: &[PlannedDispatch], is_shared: bool| -> Vec<PlannedDispatch> {
        dispatches.iter().filter(|d| shared.contains(d.label.as_str()) == is_shared).cloned().collect()
    };
    let sum = |dispatches: &[PlannedDispatch]| dispatches.iter().map(|dispatch| dispatch.flops).sum::<u64>();
    assert!(shared.iter().any(|label| label.contains("winograd")), "{shared:?}");
    assert!(sum(&of(&four, true)) >= 4 * sum(&of(&one, true)));
    let (one, four) = (of(&one, false), of(&four, false));
    assert!(one.iter().any(|dispatch| dispatch.kernel.starts_with("lstm")));
    assert_eq!(four.len(), one.len());
    for (four, one) in four.iter().zip(&one) {
        assert_eq!((&four.label, four.kernel, four.rounds), (&one.label, one.kernel, one.rounds));
        assert_eq!((four.workgroups, four.flops), (4 * one.workgroups, 4 * one.flops), "{}", one.label);
        // Of each buffer the bytes are rounded down.
        let bytes = |dispatch: &PlannedDispatch| dispatch.buffers.iter().map(|(_, bytes)| bytes).sum::<u64>();
        let (four_bytes, most) = (bytes(four), 4 * (bytes(one) + one.buffers.len() as u64));
        assert!((bytes(one)..=most).contains(&four_bytes), "{}: {four_bytes}, at most {most}", one.label);
    }
    // 16 utterances of 20 s are more frames than one replay of the decoder has.
    let count = |utterances, synthesizer: &mut Synthesizer| {
        let dispatches = synthesizer.planned_batch(10, 800, utterances).unwrap();
        dispatches.iter().filter(|dispatch| dispatch.label.starts_with("decoder.generator.conv_post")).count()
    };
    assert_eq!([1, 2, 16].map(|utterances| count(utterances, &mut synthesizer)), [1, 1, 8]);
    for utterances in [0, 17] {
        let refused = synthesizer.planned_batch(10, 40, utterances);
        assert!(matches!(refused, Err(Error::Argument { name: "utterances", .. })), "{refused:?}");
    }
}
