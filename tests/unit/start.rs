//! Startup costs: uploads, kernel compilation and its cache, and the objects that only a first utterance creates.

use std::path::Path;
use std::thread;

use super::network::{assert_same, context, default_limits, fresh, load_narrow, narrow, narrow_config, utterance};
use crate::checkpoint::Checkpoint;
use crate::gpu::{BufferView, Kernel, Staging, read};
use crate::model::{ModelOptions, Precision, used_kernels};
use crate::{AdapterChoice, Context, Error, Model, Synthesizer, block_on};

#[test]
fn a_replay_creates_no_objects_after_the_first_of_its_capacity() {
    if context().is_none() {
        return;
    }
    // A separate device, because other tests create objects on the shared one.
    let context = default_limits();
    let mut synthesizer = Synthesizer::new(&load_narrow(&context)).unwrap();
    let mut created_by = |count: usize| {
        let before = context.resource_counts();
        let speech = block_on(synthesizer.synthesize(&utterance(count))).unwrap();
        let after = context.resource_counts();
        ([0, 1, 2].map(|at| after[at] - before[at]), speech)
    };
    let ([buffers, bind_groups, pipelines], _) = created_by(40);
    assert!(buffers > 2 && bind_groups > 20, "the first utterance creates its plan: {buffers}, {bind_groups}");
    assert_eq!(pipelines, 0, "pipelines are compiled while the model is loaded");
    // The same, shorter ones, and the first again.
    for count in [40, 39, 7, 1, 40] {
        assert_eq!(created_by(count).0, [0, 0, 0], "{count} ids after 40");
    }
    let ([buffers, bind_groups, pipelines], _) = created_by(200);
    assert!(
        buffers > 2 && bind_groups > 20 && pipelines == 0,
        "another capacity: {buffers}, {bind_groups}, {pipelines}"
    );
    assert_eq!(created_by(200).0, [0, 0, 0], "200 ids again");
}

#[test]
fn after_a_warm_up_the_first_utterance_creates_no_objects() {
    if context().is_none() {
        return;
    }
    let context = default_limits();
    let model = load_narrow(&context);
    let mut synthesizer = Synthesizer::new(&model).unwrap();
    let wanted = fresh(&model, &utterance(30));
    let frames = wanted.durations.iter().sum();
    block_on(synthesizer.warm_up(frames)).unwrap();
    let before = context.resource_counts();
    assert_same("warm", &block_on(synthesizer.synthesize(&utterance(30))).unwrap(), &wanted);
    assert_eq!(context.resource_counts(), before);

    let limit = synthesizer.max_frames();
    let error = block_on(synthesizer.warm_up(limit + 1)).unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
}

#[test]
fn loading_compiles_exactly_the_kernels_that_the_network_runs() {
    if context().is_none() {
        return;
    }
    for precision in [Precision::F32, Precision::F16] {
        let context = default_limits();
        let options = ModelOptions::default().with_config(narrow_config()).with_precision(precision);
        let model = Model::load_with(&context, &Checkpoint::seeded(0), &options).unwrap();
        let mut names: Vec<&str> = used_kernels(&context, precision).iter().map(|kernel| kernel.name).collect();
        names.sort_unstable();
        assert_eq!(context.compiled_kernels(), names, "{precision:?}, loaded");
        let ahead = default_limits();
        Model::compile(&ahead, precision).unwrap();
        assert_eq!(ahead.compiled_kernels(), names, "{precision:?}, before a model is there");
        let mut synthesizer = Synthesizer::new(&model).unwrap();
        block_on(synthesizer.synthesize(&utterance(2))).unwrap();
        assert_eq!(synthesizer.kernels(), names, "{precision:?}, run");
    }
}

#[test]
fn concurrent_requests_compile_a_kernel_once() {
    let Some(kernels) = context().map(|context| used_kernels(context, Precision::F32)) else { return };
    let context = default_limits();
    // More threads than compile at once, each requesting every kernel.
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
fn errors_during_parallel_compilation_are_returned() {
    static BROKEN: Kernel =
        Kernel { name: "broken", source: "fn main( {", bindings: &[], params_bytes: 16, clamped: true };
    let Some(context) = context() else { return };
    match context.compile_during(&[&BROKEN], || Ok(())) {
        Err(Error::Shader { kernel, .. }) => assert_eq!(kernel, "broken"),
        other => panic!("{other:?}"),
    }
    let failure = || Error::Argument { name: "work", reason: "fails".to_owned() };
    let error = context.compile_during::<()>(&[&BROKEN], || Err(failure())).unwrap_err();
    assert!(matches!(error, Error::Argument { name: "work", .. }), "{error}");
    assert!(context.pipeline(&BROKEN).is_err(), "a failed kernel is not cached");
}

#[test]
fn staged_uploads_of_any_size_arrive() {
    let Some(context) = context() else { return };
    const STAGING: usize = 4 << 20;
    // One word, around the size of a staging buffer, and more than all three buffers; the last in odd pieces.
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
        let found = block_on(read(context, &BufferView::whole(target))).unwrap();
        let (before, found) = found.split_at(gap / 4);
        let (found, behind) = found.split_at(words.len());
        assert_eq!(found.iter().zip(&words).position(|(a, b)| a != b), None, "{size} bytes by {piece}");
        assert!(before.iter().chain(behind).all(|word| *word == 0.0), "{size} bytes by {piece}: outside");
    }
}

/// A device whose pipeline cache is in `folder`, and whether kernels were found there.
fn cached(folder: &Path) -> (Context, bool) {
    let context = block_on(Context::new(&AdapterChoice::Fastest)).unwrap();
    let found = context.load_pipeline_cache(folder).unwrap();
    (context, found)
}

#[test]
fn compiled_kernels_are_cached_and_damaged_caches_are_replaced() {
    let Some(model) = narrow() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("not there yet");
    let (first, found) = cached(&folder);
    let Some(file) = first.pipeline_cache().map(Path::to_path_buf) else {
        println!("this driver has no pipeline caches");
        return;
    };
    assert!(!found && !folder.exists(), "written before it was saved");
    let wanted = fresh(model, &utterance(3));
    assert_same("without", &fresh(&load_narrow(&first), &utterance(3)), &wanted);
    assert!(first.save_pipeline_cache().unwrap(), "new kernels are saved");
    assert!(!first.save_pipeline_cache().unwrap(), "nothing new to save");
    assert!(matches!(first.load_pipeline_cache(&folder), Err(Error::Argument { .. })), "a second folder");
    let whole = std::fs::read(&file).unwrap();

    let (second, found) = cached(&folder);
    assert!(found, "{} is used", file.display());
    assert_same("with", &fresh(&load_narrow(&second), &utterance(3)), &wanted);

    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for (damage, bytes) in [("empty", &[][..]), ("cut", &whole[..whole.len() - 1]), ("a bit flipped", &flipped)] {
        std::fs::write(&file, bytes).unwrap();
        let (context, found) = cached(&folder);
        assert!(!found, "{damage}");
        load_narrow(&context);
        assert!(context.save_pipeline_cache().unwrap(), "{damage}: replaced");
        assert!(cached(&folder).1, "{damage}: valid again");
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let (context, found) = cached(&folder);
    load_narrow(&context);
    assert!(!found && context.save_pipeline_cache().is_err(), "a folder in its place");
}

#[test]
fn concurrent_saves_leave_an_intact_file() {
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
                    assert!(found, "a reader saw a partial file");
                    // Compiling a kernel changes the data with most drivers.
                    context.pipeline(used_kernels(&context, Precision::F32)[0]).unwrap();
                    context.save_pipeline_cache().unwrap();
                }
            });
        }
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file is left");
}
