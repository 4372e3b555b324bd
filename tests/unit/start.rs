//! What comes before the first samples: uploads, compiled kernels, kept from run to run; and what replays need not make.

use std::path::Path;
use std::thread;

use super::network::{assert_same, context, default_limits, fresh, load_narrow, narrow, narrow_config, utterance};
use crate::checkpoint::Checkpoint;
use crate::gpu::{BufferView, Kernel, Staging, read};
use crate::model::{Precision, needed};
use crate::{AdapterChoice, Context, Error, Model, Synthesizer};

#[test]
fn a_replay_makes_nothing_after_the_first_of_its_bucket() {
    if context().is_none() {
        return;
    }
    // A device of its own: other tests make things on theirs.
    let context = default_limits();
    let mut synthesizer = Synthesizer::new(&load_narrow(&context)).unwrap();
    let mut made_by = |count: usize| {
        let before = context.resource_counts();
        let speech = synthesizer.synthesize_blocking(&utterance(count)).unwrap();
        let after = context.resource_counts();
        ([0, 1, 2].map(|at| after[at] - before[at]), speech)
    };
    let ([buffers, bind_groups, pipelines], _) = made_by(40);
    assert!(buffers > 2 && bind_groups > 20, "a first utterance makes its plan: {buffers}, {bind_groups}");
    assert_eq!(pipelines, 0, "they were compiled while the model was loaded");
    // The same, shorter ones, and the first again.
    for count in [40, 39, 7, 1, 40] {
        assert_eq!(made_by(count).0, [0, 0, 0], "{count} ids after 40");
    }
    let ([buffers, bind_groups, pipelines], _) = made_by(200);
    assert!(buffers > 2 && bind_groups > 20 && pipelines == 0, "another bucket: {buffers}, {bind_groups}, {pipelines}");
    assert_eq!(made_by(200).0, [0, 0, 0], "200 ids again");
}

#[test]
fn after_a_warm_up_the_first_utterance_makes_nothing() {
    if context().is_none() {
        return;
    }
    let context = default_limits();
    let model = load_narrow(&context);
    let mut synthesizer = Synthesizer::new(&model).unwrap();
    let wanted = fresh(&model, &utterance(30));
    let frames = wanted.durations.iter().sum();
    synthesizer.warm_up_blocking(frames).unwrap();
    let before = context.resource_counts();
    assert_same("warm", &synthesizer.synthesize_blocking(&utterance(30)).unwrap(), &wanted);
    assert_eq!(context.resource_counts(), before);

    let limit = synthesizer.max_frames();
    let error = synthesizer.warm_up_blocking(limit + 1).unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
}

#[test]
fn loading_compiles_what_the_network_runs_and_nothing_else() {
    if context().is_none() {
        return;
    }
    for precision in [Precision::F32, Precision::F16] {
        let context = default_limits();
        let model = Model::load_with(&context, &Checkpoint::seeded(0), &narrow_config(), precision).unwrap();
        let mut names: Vec<&str> = needed(&context, precision).iter().map(|kernel| kernel.name).collect();
        names.sort_unstable();
        assert_eq!(context.compiled_kernels(), names, "{precision:?}, loaded");
        let mut synthesizer = Synthesizer::new(&model).unwrap();
        synthesizer.synthesize_blocking(&utterance(2)).unwrap();
        assert_eq!(synthesizer.kernels(), names, "{precision:?}, run");
    }
}

#[test]
fn a_kernel_is_compiled_once_whoever_asks() {
    let Some(kernels) = context().map(|context| needed(context, Precision::F32)) else { return };
    let context = default_limits();
    // More threads than kernels are compiled at once, and all want all of them.
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| kernels.iter().for_each(|kernel| drop(context.pipeline(kernel).unwrap())));
        }
    });
    assert_eq!(context.resource_counts()[2], kernels.len() as u64);
    let done = context.compile_during(&kernels, || Ok(5)).unwrap();
    assert_eq!((done, context.resource_counts()[2]), (5, kernels.len() as u64));
}

#[test]
fn what_goes_wrong_beside_compiling_is_told() {
    static BROKEN: Kernel = Kernel { name: "broken", prelude: "", source: "fn main( {", bindings: &[], params: 16 };
    let Some(context) = context() else { return };
    match context.compile_during(&[&BROKEN], || Ok(())) {
        Err(Error::Shader { kernel, .. }) => assert_eq!(kernel, "broken"),
        other => panic!("{other:?}"),
    }
    let failure = || Error::Argument { name: "work", reason: "fails".to_owned() };
    let error = context.compile_during::<()>(&[&BROKEN], || Err(failure())).unwrap_err();
    assert!(matches!(error, Error::Argument { name: "work", .. }), "{error}");
    assert!(context.pipeline(&BROKEN).is_err(), "a failure is not kept");
}

#[test]
fn staged_bytes_arrive_whatever_their_number() {
    let Some(context) = context() else { return };
    const STAGING: usize = 4 << 20;
    // One word, around one staging buffer, and past the three that are used by turns; the last in odd pieces.
    let sizes = [(4, 4), (STAGING - 4, STAGING), (STAGING, STAGING), (STAGING + 4, 1 << 30), (17 << 20, 999_996)];
    for (size, piece) in sizes {
        let gap = 256;
        let target = context.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: (size + 2 * gap) as u64,
            usage: wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        // Floats count exactly up to 2^24.
        let words: Vec<f32> = (1..=size / 4).map(|at| at as f32).collect();
        let mut staging = Staging::new(context);
        for (number, bytes) in bytemuck::cast_slice::<f32, u8>(&words).chunks(piece).enumerate() {
            staging.write(&target, (gap + number * piece) as u64, bytes).unwrap();
        }
        staging.finish().unwrap();
        let found = pollster::block_on(read(context, &BufferView::whole(target))).unwrap();
        let (before, found) = found.split_at(gap / 4);
        let (found, behind) = found.split_at(words.len());
        assert_eq!(found.iter().zip(&words).position(|(a, b)| a != b), None, "{size} bytes by {piece}");
        assert!(before.iter().chain(behind).all(|word| *word == 0.0), "{size} bytes by {piece}: outside");
    }
}

/// A device that keeps its kernels in `folder`, and whether some were there.
fn cached(folder: &Path) -> (Context, bool) {
    let context = Context::new_blocking(&AdapterChoice::Fastest).unwrap();
    let found = context.load_pipeline_cache(folder).unwrap();
    (context, found)
}

#[test]
fn compiled_kernels_outlive_the_process_and_damage_does_no_harm() {
    let Some(model) = narrow() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("not there yet");
    let (first, found) = cached(&folder);
    let Some(file) = first.pipeline_cache().map(Path::to_path_buf) else {
        println!("this driver has no pipeline caches");
        return;
    };
    assert!(!found && !folder.exists(), "nothing is written unasked");
    let wanted = fresh(model, &utterance(3));
    assert_same("without", &fresh(&load_narrow(&first), &utterance(3)), &wanted);
    assert!(first.save_pipeline_cache().unwrap(), "new kernels are kept");
    assert!(!first.save_pipeline_cache().unwrap(), "there is nothing new");
    assert!(matches!(first.load_pipeline_cache(&folder), Err(Error::Argument { .. })), "a second folder");
    let whole = std::fs::read(&file).unwrap();

    let (second, found) = cached(&folder);
    assert!(found, "{} is taken", file.display());
    assert_same("with", &fresh(&load_narrow(&second), &utterance(3)), &wanted);

    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for (damage, bytes) in [("empty", &[][..]), ("cut", &whole[..whole.len() - 1]), ("a bit flipped", &flipped)] {
        std::fs::write(&file, bytes).unwrap();
        let (context, found) = cached(&folder);
        assert!(!found, "{damage}");
        load_narrow(&context);
        assert!(context.save_pipeline_cache().unwrap(), "{damage}: replaced");
        assert!(cached(&folder).1, "{damage}: sound again");
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let (context, found) = cached(&folder);
    load_narrow(&context);
    assert!(!found && context.save_pipeline_cache().is_err(), "a folder in its place");
}

#[test]
fn processes_that_save_at_once_leave_a_whole_file() {
    if context().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (context, _) = cached(folder.path());
    if context.pipeline_cache().is_none() {
        println!("this driver has no pipeline caches");
        return;
    }
    context.save_pipeline_cache().unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let (context, found) = cached(folder.path());
                    assert!(found, "a reader saw half a file");
                    // What it compiles makes the data another, where the driver's data tell.
                    context.pipeline(needed(&context, Precision::F32)[0]).unwrap();
                    context.save_pipeline_cache().unwrap();
                }
            });
        }
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}
