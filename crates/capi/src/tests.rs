//! Tests of the C interface that need Rust: model files of the narrow network, and panics. The programs in `tests` call
//! every function from C.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::OnceLock;

use crate::arguments::{borrow, create};
use crate::device::{kokoro_context_free, kokoro_context_open};
use crate::model::*;
use crate::options::KokoroSpeakOptions;
use crate::speak::kokoro_synthesize_ids;
use crate::speech::{kokoro_speech_durations, kokoro_speech_free, kokoro_speech_samples};
use crate::status::{KokoroStatus, kokoro_error_message, to_status};
use crate::synthesizer::{KokoroSynthesizer, kokoro_synthesizer_free, kokoro_synthesizer_new};
use crate::voice::{kokoro_voice_free, kokoro_voice_seeded};
use safetensors::tensor::{Dtype, TensorView};

#[path = "../../../tests/golden/narrow.rs"]
mod narrow_json;
use kokoro_wgpu::checkpoint::seeded;
use kokoro_wgpu::{
    AdapterChoice, Checkpoint, Config, Context, Model, ModelOptions, Synthesizer, Utterance, Voice, block_on,
};

fn message() -> &'static str {
    // SAFETY: valid until the next failed call on this thread.
    unsafe { CStr::from_ptr(kokoro_error_message()) }.to_str().unwrap()
}

/// The object created by a function of the C interface.
fn create_object<T>(create: impl FnOnce(*mut *mut T) -> KokoroStatus) -> *mut T {
    let mut out = ptr::null_mut();
    assert_eq!(create(&raw mut out), KokoroStatus::Ok, "{}", message());
    out
}

/// The device shared by the tests; `None` if `KOKORO_SKIP_GPU=1`. Without an adapter it panics.
fn context() -> Option<&'static Context> {
    static CONTEXT: OnceLock<Context> = OnceLock::new();
    if std::env::var_os("KOKORO_SKIP_GPU").is_some_and(|skip| skip == "1") {
        return None;
    }
    let open = || block_on(Context::new(&AdapterChoice::Fastest)).expect("no GPU; KOKORO_SKIP_GPU=1 skips these tests");
    Some(CONTEXT.get_or_init(open))
}

/// The narrow network, loaded through Rust.
fn narrow_model(context: &Context, checkpoint: &Checkpoint) -> Model {
    let config = Config::from_json("narrow", narrow_json::config().to_string().as_bytes()).unwrap();
    Model::load_with(context, checkpoint, &ModelOptions::default().with_config(config)).unwrap()
}

/// A safetensors file of the narrow network's tensors from a seeded checkpoint.
fn narrow_file(shapes: &BTreeMap<String, Vec<usize>>) -> Vec<u8> {
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let data: Vec<_> =
        shapes.iter().map(|(name, shape)| (name, shape, bytes(&seeded::tensor(name, shape, 0)))).collect();
    let views = data
        .iter()
        .map(|(name, shape, bytes)| (name.as_str(), TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

/// Eight token ids with a seeded voice, at speed 2 for shorter audio.
fn utterance() -> Utterance {
    let ids = &seeded::tokens(0, 8)[1..=8];
    Utterance::from_ids(ids, &Voice::seeded_width(0, 32)).with_speed(2.0)
}

fn narrow_options(json: &CString) -> KokoroModelOptions {
    let size = size_of::<KokoroModelOptions>();
    KokoroModelOptions { size, config_json: json.as_ptr(), precision: KOKORO_PRECISION_F32, reserved: 0 }
}

/// Samples and durations of [`utterance`], synthesized through C. Frees the model.
unsafe fn synthesize_and_free(model: *mut KokoroModel) -> (Vec<f32>, Vec<u32>) {
    let utterance = utterance();
    let options = KokoroSpeakOptions {
        size: size_of::<KokoroSpeakOptions>(),
        speed: utterance.speed,
        ..bytemuck::Zeroable::zeroed()
    };
    // SAFETY: the objects are valid, and freed once.
    unsafe {
        let synthesizer = create_object(|out| kokoro_synthesizer_new(model, out));
        let voice = create_object(|out| kokoro_voice_seeded(0, kokoro_model_voice_width(model), out));
        let (ids, count) = (utterance.ids.as_ptr(), utterance.ids.len());
        let speech =
            create_object(|out| kokoro_synthesize_ids(synthesizer, voice, ids, count, &raw const options, out));
        let (mut samples, mut tokens) = (0, 0);
        let first = kokoro_speech_samples(speech, &raw mut samples);
        let frames = kokoro_speech_durations(speech, &raw mut tokens);
        let result =
            (std::slice::from_raw_parts(first, samples).to_vec(), std::slice::from_raw_parts(frames, tokens).to_vec());
        kokoro_speech_free(speech);
        kokoro_voice_free(voice);
        kokoro_synthesizer_free(synthesizer);
        kokoro_model_free(model);
        result
    }
}

#[test]
fn model_files_give_the_same_speech_through_c_and_rust() {
    let Some(device) = context() else { return };
    let checkpoint = Checkpoint::seeded(0);
    let model = narrow_model(device, &checkpoint);
    let expected = block_on(Synthesizer::new(&model).unwrap().synthesize(&utterance())).unwrap();
    let expected = (expected.samples, expected.durations);
    let bytes = narrow_file(&checkpoint.read_shapes());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("narrow.safetensors");
    std::fs::write(&path, &bytes).unwrap();
    let path = CString::new(path.to_str().unwrap()).unwrap();

    let json = CString::new(narrow_json::config().to_string()).unwrap();
    let options = narrow_options(&json);
    let options = &raw const options;
    // SAFETY: all arguments live until the end of the function.
    unsafe {
        let context = create_object(|out| kokoro_context_open(ptr::null(), out));
        let opened = create_object(|out| kokoro_model_open(context, path.as_ptr(), options, out));
        assert!(!kokoro_model_is_seeded(opened) && kokoro_model_parameters(opened) == model.parameters());
        assert_eq!(CStr::from_ptr(kokoro_model_origin(opened)), path.as_c_str());
        assert_eq!(synthesize_and_free(opened), expected, "opened");
        let read = create_object(|out| kokoro_model_from_bytes(context, bytes.as_ptr(), bytes.len(), options, out));
        assert_eq!(synthesize_and_free(read), expected, "from bytes");
        kokoro_context_free(context);
    }
}

#[test]
fn panics_become_a_status() {
    assert_eq!(to_status(|| panic!("of {}", 7)), KokoroStatus::Internal);
    assert_eq!(message(), "the library panicked: of 7");
    let mut out = ptr::dangling_mut::<u8>();
    // SAFETY: `out` can be written to.
    assert_eq!(unsafe { create(&raw mut out, || panic!("early")) }, KokoroStatus::Internal);
    assert!(out.is_null() && message().ends_with("early"));
}

#[test]
fn a_synthesizer_fails_after_a_panic() {
    if context().is_none() {
        return;
    }
    let json = CString::new(narrow_json::config().to_string()).unwrap();
    let options = narrow_options(&json);
    // SAFETY: the objects are valid, and freed once.
    unsafe {
        let context = create_object(|out| kokoro_context_open(ptr::null(), out));
        let model = create_object(|out| kokoro_model_seeded(context, 0, &raw const options, out));
        let synthesizer: *mut KokoroSynthesizer = create_object(|out| kokoro_synthesizer_new(model, out));
        let panics = || borrow(synthesizer, "synthesizer")?.with(|_| panic!("in a call"));
        assert_eq!(to_status(panics), KokoroStatus::Internal);
        let after = || borrow(synthesizer, "synthesizer")?.with(|_| Ok(()));
        assert_eq!((to_status(after), message().contains("free it")), (KokoroStatus::Internal, true));
        kokoro_synthesizer_free(synthesizer);
        kokoro_model_free(model);
        kokoro_context_free(context);
    }
}
