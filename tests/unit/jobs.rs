//! Jobs: pieces within a budget, several at once, and samples that stay on the GPU.

use std::time::{Duration, Instant};

use super::network::{assert_same, context, default_limits, fresh, full, load_narrow, narrow, utterance};
use crate::gpu::{BufferView, read};
use crate::{ConvVariant, Error, Job, Jobs, Speech, Synthesizer, Utterance, Voice};

/// One unit of a dispatch at a time.
const LEAST: Duration = Duration::from_nanos(1);

/// Steps until the speech is there. Returns the steps as well.
fn finish(job: &mut Job, budget: Duration) -> (Speech, usize) {
    let (mut steps, mut progress) = (0, 0.0);
    loop {
        steps += 1;
        let spoken = job.step(budget).unwrap();
        let now = job.progress();
        assert!((progress..=1.0).contains(&now), "{progress}, then {now}");
        progress = now;
        match spoken {
            Some(speech) => return (speech, steps),
            None => std::thread::sleep(Duration::from_micros(200)),
        }
    }
}

#[test]
fn a_job_says_what_a_call_says_however_it_is_divided() {
    let Some(model) = narrow() else { return };
    let spoken = utterance(9);
    let mut steps = Vec::new();
    for budget in [LEAST, Duration::from_micros(300), Duration::from_secs(3600)] {
        let mut job = Job::new(Synthesizer::new(model).unwrap(), &spoken);
        assert_eq!(job.progress(), 0.0);
        let (speech, count) = finish(&mut job, budget);
        assert_same(&format!("{budget:?}"), &speech, &fresh(model, &spoken));
        assert!(job.is_over() && job.progress() == 1.0);
        let again = job.step(budget).unwrap_err();
        assert!(matches!(again, Error::Argument { name: "job", .. }), "{again}");
        steps.push(count);
    }
    assert!(steps[0] > 500 && steps[0] > 4 * steps[2], "steps: {steps:?}");
}

#[test]
fn every_form_of_the_convolutions_can_be_divided() {
    if context().is_none() {
        return;
    }
    let mut context = crate::Context::new_blocking(&crate::AdapterChoice::default()).unwrap();
    for form in context.conv_variants() {
        context.set_conv_variant(form).unwrap();
        let model = load_narrow(&context);
        let mut job = Job::new(Synthesizer::new(&model).unwrap(), &utterance(5));
        assert_same(&form.to_string(), &finish(&mut job, LEAST).0, &fresh(&model, &utterance(5)));
        context = model.context().clone();
    }
    assert!(context.conv_variants().contains(&ConvVariant::Shared));
}

#[test]
fn a_cancelled_job_leaves_its_synthesizer_as_new() {
    let Some(model) = narrow() else { return };
    let mut synthesizer = Synthesizer::new(model).unwrap();
    for steps in [0, 1, 40, 400] {
        let mut job = Job::new(synthesizer, &utterance(20));
        for _ in 0..steps {
            assert_eq!(job.step(Duration::from_micros(50)).unwrap(), None, "the job ended before it was cancelled");
        }
        synthesizer = job.cancel();
        let speech = synthesizer.synthesize_blocking(&utterance(3)).unwrap();
        assert_same(&format!("after {steps} steps"), &speech, &fresh(model, &utterance(3)));
    }
}

#[test]
fn jobs_of_one_priority_share_the_gpu_in_equal_parts() {
    let Some(model) = narrow() else { return };
    let mut jobs = Jobs::new(model);
    let ids = [jobs.start(&utterance(12), 0).unwrap(), jobs.start(&utterance(12), 0).unwrap()];
    let budget = Duration::from_micros(500);
    let (mut over, mut widest, mut compared) = (Vec::new(), 0.0_f64, 0);
    while !jobs.is_empty() {
        over.extend(jobs.step(budget));
        if over.is_empty() {
            widest = widest.max((jobs.seconds(ids[0]) - jobs.seconds(ids[1])).abs());
            compared += 1;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
    let all = jobs_seconds(model);
    assert!(compared > 20, "both ran for {compared} steps only");
    assert!(widest < 0.25 * all, "one was {widest} s of {all} s ahead");
    for (id, spoken) in over {
        assert_same(&format!("{id:?}"), &spoken.unwrap(), &fresh(model, &utterance(12)));
    }
}

/// What one of these jobs takes by itself.
fn jobs_seconds(model: &crate::Model) -> f64 {
    let mut job = Job::new(Synthesizer::new(model).unwrap(), &utterance(12));
    finish(&mut job, Duration::from_millis(2));
    job.seconds()
}

#[test]
fn a_higher_priority_is_served_first() {
    let Some(model) = narrow() else { return };
    let mut jobs = Jobs::new(model);
    let low = jobs.start(&utterance(12), -1).unwrap();
    let high = jobs.start(&utterance(12), 5).unwrap();
    let mut order = Vec::new();
    while !jobs.is_empty() {
        order.extend(jobs.step(Duration::from_micros(300)).into_iter().map(|(id, spoken)| spoken.map(|_| id).unwrap()));
        std::thread::sleep(Duration::from_micros(100));
    }
    assert_eq!(order, [high, low]);
    // Raised in mid-run, the later one overtakes; a third is cancelled.
    let [first, second, third] = [0; 3].map(|priority| jobs.start(&utterance(12), priority).unwrap());
    jobs.step(Duration::from_micros(300));
    assert!(jobs.set_priority(second, 1) && jobs.cancel(third) && !jobs.cancel(third));
    assert_eq!((jobs.len(), jobs.progress(third)), (2, None));
    let mut order = Vec::new();
    while !jobs.is_empty() {
        order.extend(jobs.step(Duration::from_micros(300)).into_iter().map(|(id, _)| id));
        std::thread::sleep(Duration::from_micros(100));
    }
    assert_eq!(order, [second, first]);
    assert!(!jobs.set_priority(first, 1));
}

#[test]
fn a_job_that_fails_is_over_and_others_go_on() {
    let Some(model) = narrow() else { return };
    let mut jobs = Jobs::new(model);
    let bad = jobs.start(&Utterance { speed: 9.0, ..utterance(3) }, 0).unwrap();
    let good = jobs.start(&utterance(3), 0).unwrap();
    let mut over = Vec::new();
    while !jobs.is_empty() {
        over.extend(jobs.step(Duration::from_secs(1)));
    }
    assert!(matches!(&over[0], (id, Err(Error::Argument { name: "speed", .. })) if *id == bad), "{over:?}");
    assert!(matches!(&over[1], (id, Ok(_)) if *id == good));
    let elsewhere = Synthesizer::new(&load_narrow(&default_limits())).unwrap();
    assert!(matches!(jobs.add(elsewhere), Err(Error::Argument { name: "synthesizer", .. })));
}

/// What a frame of the host's waits for, at most, in milliseconds.
fn worst_frame(model: &crate::Model, mut step: impl FnMut() -> bool) -> f64 {
    let context = model.context();
    let mut worst = 0.0_f64;
    loop {
        let over = step();
        let began = Instant::now();
        let submission = context.queue().submit([]);
        let wait = wgpu::PollType::Wait { submission_index: Some(submission), timeout: None };
        context.device().poll(wait).unwrap();
        worst = worst.max(began.elapsed().as_secs_f64() * 1e3);
        if over {
            return worst;
        }
    }
}

#[test]
fn a_budget_bounds_what_a_frame_waits_for() {
    let Some(model) = full() else { return };
    let spoken = Utterance::from_ids(&[50, 83, 54], &Voice::seeded(0));
    let mut synthesizer = Synthesizer::new(model).unwrap();
    // What is compiled with the first run and learnt from the first job is not what a frame waits for later.
    let frames = synthesizer.synthesize_blocking(&spoken).unwrap().durations.iter().sum();
    synthesizer.warm_up_blocking(frames).unwrap();
    let mut job = Job::new(synthesizer, &spoken);
    finish(&mut job, Duration::from_millis(20));
    let mut without = Job::new(job.cancel(), &spoken);
    let all = worst_frame(model, || without.step(Duration::MAX).unwrap().is_some());
    let mut within = Job::new(without.cancel(), &spoken);
    let worst = worst_frame(model, || within.step(Duration::from_millis(10)).unwrap().is_some());
    // Tests beside it take their share of the CPU, on which the GPU may run.
    println!("worst frame: {worst:.1} ms with a budget of 10 ms, {all:.1} ms without");
    assert!(worst < 0.5 * all, "worst frame: {worst:.1} ms with a budget of 10 ms, {all:.1} ms without");
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
    let durations = synthesizer.synthesize_into_blocking(&utterance(4), &buffer).unwrap();
    let whole = BufferView::whole(buffer);
    let mut samples = pollster::block_on(read(context, &whole)).unwrap();
    assert_eq!(samples.split_off(expected.samples.len()), [0.0; 16], "written behind the samples");
    assert_same("into", &Speech { samples, durations }, &expected);

    for (size, usage) in [(size - 4, both), (size, wgpu::BufferUsages::STORAGE)] {
        let error = synthesizer.synthesize_into_blocking(&utterance(4), &make(size, usage)).unwrap_err();
        assert!(matches!(error, Error::Argument { name: "buffer", .. }), "{error}");
    }
    assert_same("after errors", &synthesizer.synthesize_blocking(&utterance(4)).unwrap(), &expected);
}
