//! Jobs: submissions within a work budget, several jobs at once, and samples that stay on the GPU.

use std::time::Duration;

use super::network::{assert_same, between_polls, context, fresh, full, load_narrow, narrow, utterance};
use crate::gpu::{BufferView, WorkBudget, read};
use crate::{ConvVariant, Error, Job, Speech, Stats, Synthesizer, Utterance, block_on};

/// One part of a dispatch per submission.
const ONE_PART: WorkBudget = WorkBudget { work: 0, idle: true };
const UNLIMITED: WorkBudget = WorkBudget { work: u64::MAX, idle: true };

/// Steps a job with the same budget until it returns the speech. Also returns its statistics.
fn finish(mut job: Job, budget: WorkBudget) -> (Speech, Stats) {
    let mut progress = 0.0;
    loop {
        let before = job.submitted_work();
        let spoken = job.step_within(budget).unwrap();
        if let (Some(before), Some(now)) = (before, job.submitted_work())
            && !budget.idle
        {
            assert!(now - before <= budget.work, "{} submitted, {} allowed", now - before, budget.work);
        }
        let now = job.progress();
        assert!((progress..=1.0).contains(&now), "{progress}, then {now}");
        progress = now;
        if let Some(speech) = spoken {
            assert!(job.is_over() && now == 1.0);
            let again = job.step_within(budget).unwrap_err();
            assert!(matches!(again, Error::Argument { name: "job", .. }), "{again}");
            return (speech, job.cancel().stats());
        }
        between_polls();
    }
}

#[test]
fn a_job_is_bit_identical_to_a_call_however_it_is_split() {
    let Some(model) = narrow() else { return };
    let (spoken, expected) = (utterance(9), fresh(model, &utterance(9)));
    let run = |budget| {
        let (speech, stats) = finish(Job::new(Synthesizer::new(model).unwrap(), &spoken), budget);
        assert_same(&format!("{budget:?}"), &speech, &expected);
        stats
    };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let frames = block_on(synthesizer.synthesize(&spoken)).unwrap().durations.iter().sum();
    let (part, _) = synthesizer.part_and_total_work(frames).unwrap();
    let [by_part, some, whole] = [ONE_PART, WorkBudget { work: part, idle: false }, UNLIMITED].map(run);
    block_on(synthesizer.synthesize(&spoken)).unwrap();
    assert_eq!(whole.dispatches, synthesizer.stats().dispatches, "split without need");
    assert_eq!(by_part.submits, by_part.dispatches, "one part per submission");
    assert!(by_part.dispatches > whole.dispatches, "{} and {}", by_part.dispatches, whole.dispatches);
    assert!(by_part.submits > some.submits && some.submits > whole.submits, "{} submissions", some.submits);
}

#[test]
fn every_convolution_kernel_can_be_split() {
    if context().is_none() {
        return;
    }
    let mut context = block_on(crate::Context::new(&crate::AdapterChoice::default())).unwrap();
    for variant in context.conv_variants() {
        context.set_conv_variant(variant).unwrap();
        let model = load_narrow(&context);
        let job = Job::new(Synthesizer::new(&model).unwrap(), &utterance(5));
        assert_same(&variant.to_string(), &finish(job, ONE_PART).0, &fresh(&model, &utterance(5)));
        context = model.context().clone();
    }
    assert!(context.conv_variants().contains(&ConvVariant::Shared));
}

#[test]
fn a_cancelled_job_leaves_its_synthesizer_as_new() {
    let Some(model) = narrow() else { return };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    for progress in [0.0, 0.001, 0.05, 0.1, 0.5, 0.9] {
        let mut job = Job::new(synthesizer, &utterance(20));
        while job.progress() < progress {
            assert_eq!(job.step_within(ONE_PART).unwrap(), None);
        }
        synthesizer = job.cancel();
        let speech = block_on(synthesizer.synthesize(&utterance(3))).unwrap();
        assert_same(&format!("cancelled at {progress}"), &speech, &fresh(model, &utterance(3)));
    }
}

#[test]
fn jobs_that_share_a_budget_are_bit_identical_to_calls() {
    let Some(model) = narrow() else { return };
    let lengths = [12, 3, 7];
    let mut jobs = lengths.map(|count| Job::new(Synthesizer::new(model).unwrap(), &utterance(count)));
    let mut spoken = [const { None }; 3];
    while spoken.iter().any(Option::is_none) {
        for (job, spoken) in jobs.iter_mut().zip(&mut spoken).filter(|(job, _)| !job.is_over()) {
            *spoken = job.step(Duration::from_micros(500)).unwrap();
        }
        between_polls();
    }
    for (count, speech) in lengths.into_iter().zip(spoken) {
        assert_same(&format!("{count} tokens"), &speech.unwrap(), &fresh(model, &utterance(count)));
    }
}

#[test]
fn a_job_that_fails_is_over_and_its_synthesizer_speaks_on() {
    let Some(model) = narrow() else { return };
    let mut job = Job::new(Synthesizer::new(model).unwrap(), &Utterance { speed: 9.0, ..utterance(3) });
    let error = job.step(Duration::from_secs(1)).unwrap_err();
    assert!(matches!(error, Error::Argument { name: "speed", .. }), "{error}");
    assert!(job.is_over());
    let job = Job::new(job.cancel(), &utterance(3));
    assert_same("after an error", &finish(job, UNLIMITED).0, &fresh(model, &utterance(3)));
}

/// A step may exceed its budget by one part of a dispatch.
#[test]
fn a_part_of_a_dispatch_is_little_of_the_published_network() {
    let Some(model) = full() else { return };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    for frames in [60, 600] {
        let (part, all) = synthesizer.part_and_total_work(frames).unwrap();
        println!("{frames} frames: {part} of {all}");
        assert!(part < all / 200, "{frames} frames: {part} of {all}");
    }
}

#[test]
fn samples_may_stay_on_the_gpu() {
    let Some(model) = narrow() else { return };
    let (context, expected) = (model.context(), fresh(model, &utterance(4)));
    let size = 4 * expected.samples.len() as u64;
    let make = |size, usage| {
        let descriptor = wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false };
        context.create_buffer(&descriptor)
    };
    let both = wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
    let mut synthesizer = Synthesizer::new(model).unwrap();
    let buffer = make(size + 64, both);
    let durations = block_on(synthesizer.synthesize_into(&utterance(4), &buffer)).unwrap();
    let whole = BufferView::whole(buffer);
    let mut samples = block_on(read(context, &whole)).unwrap();
    assert_eq!(samples.split_off(expected.samples.len()), [0.0; 16], "written after the samples");
    assert_same("into", &Speech { samples, durations }, &expected);

    for (size, usage) in [(size - 4, both), (size, wgpu::BufferUsages::STORAGE)] {
        let error = block_on(synthesizer.synthesize_into(&utterance(4), &make(size, usage))).unwrap_err();
        assert!(matches!(error, Error::Argument { name: "buffer", .. }), "{error}");
    }
    assert_same("after errors", &block_on(synthesizer.synthesize(&utterance(4))).unwrap(), &expected);
}
