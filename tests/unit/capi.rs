//! The C interface where it needs the crate's inside: files of the narrow network, and panics. Every function is called
//! from C in tests/capi.
#![expect(unsafe_code, reason = "as C does")]

use std::ffi::{CStr, CString};
use std::ptr;

use serde_json::{Value, json};

use super::loading::Tensors;
use super::network::{assert_same, context, fresh, narrow, narrow_config, utterance};
use crate::capi::arguments::{created, object};
use crate::capi::device::{kokoro_context_free, kokoro_context_open};
use crate::capi::manner::KokoroSpeakOptions;
use crate::capi::model::*;
use crate::capi::speak::kokoro_synthesize_ids;
use crate::capi::speech::{kokoro_speech_durations, kokoro_speech_free, kokoro_speech_samples};
use crate::capi::status::{KokoroStatus, guarded, kokoro_error_message};
use crate::capi::synthesizer::{KokoroSynthesizer, kokoro_synthesizer_free, kokoro_synthesizer_new};
use crate::capi::voice::{kokoro_voice_free, kokoro_voice_seeded};
use crate::{Config, Speech};

fn message() -> &'static str {
    // SAFETY: the message of this thread, looked at before the next failure.
    unsafe { CStr::from_ptr(kokoro_error_message()) }.to_str().unwrap()
}

/// What a function of the C interface makes.
fn made<T>(make: impl FnOnce(*mut *mut T) -> KokoroStatus) -> *mut T {
    let mut out = ptr::null_mut();
    assert_eq!(make(&raw mut out), KokoroStatus::Ok, "{}", message());
    out
}

/// The narrow network's config.json.
fn narrow_json() -> CString {
    let mut config: Value = serde_json::from_slice(include_bytes!("../golden/config.json")).unwrap();
    let narrow = narrow_config();
    let (bert, istftnet) = (narrow.plbert.clone(), narrow.istftnet.clone());
    for (pointer, key, size) in [
        ("", "hidden_dim", narrow.hidden_dim),
        ("", "style_dim", narrow.style_dim),
        ("", "n_layer", narrow.n_layer),
        ("", "decoder_dim", narrow.decoder_dim),
        ("", "asr_res_dim", narrow.asr_res_dim),
        ("/plbert", "embedding_size", bert.embedding_size),
        ("/plbert", "hidden_size", bert.hidden_size),
        ("/plbert", "num_attention_heads", bert.num_attention_heads),
        ("/plbert", "intermediate_size", bert.intermediate_size),
        ("/plbert", "num_hidden_layers", bert.num_hidden_layers),
        ("/istftnet", "upsample_initial_channel", istftnet.upsample_initial_channel),
    ] {
        config.pointer_mut(pointer).unwrap()[key] = json!(size);
    }
    assert_eq!(Config::from_json("narrow", config.to_string().as_bytes()).unwrap(), narrow);
    CString::new(config.to_string()).unwrap()
}

fn narrow_options(json: &CString) -> KokoroModelOptions {
    let size = size_of::<KokoroModelOptions>();
    KokoroModelOptions { size, config_json: json.as_ptr(), precision: KOKORO_PRECISION_F32, reserved: 0 }
}

/// What a model says, through C, and then is freed.
unsafe fn said(model: *mut KokoroModel) -> Speech {
    let utterance = utterance(8);
    let options = KokoroSpeakOptions {
        size: size_of::<KokoroSpeakOptions>(),
        speed: utterance.speed,
        ..bytemuck::Zeroable::zeroed()
    };
    // SAFETY: each is what the function before it made; what it made is freed, once.
    unsafe {
        let synthesizer = made(|out| kokoro_synthesizer_new(model, out));
        let voice = made(|out| kokoro_voice_seeded(0, kokoro_model_voice_width(model), out));
        let (ids, count) = (utterance.ids.as_ptr(), utterance.ids.len());
        let speech = made(|out| kokoro_synthesize_ids(synthesizer, voice, ids, count, &raw const options, out));
        let (mut samples, mut tokens) = (0, 0);
        let first = kokoro_speech_samples(speech, &raw mut samples);
        let frames = kokoro_speech_durations(speech, &raw mut tokens);
        let said = Speech {
            samples: std::slice::from_raw_parts(first, samples).to_vec(),
            durations: std::slice::from_raw_parts(frames, tokens).to_vec(),
        };
        kokoro_speech_free(speech);
        kokoro_voice_free(voice);
        kokoro_synthesizer_free(synthesizer);
        kokoro_model_free(model);
        said
    }
}

#[test]
fn a_file_says_through_c_what_it_says_in_rust() {
    let (Some(device), Some(model)) = (context(), narrow()) else { return };
    let expected = fresh(model, &utterance(8));
    let bytes = Tensors::seeded(device).file();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("narrow.safetensors");
    std::fs::write(&path, &bytes).unwrap();
    let path = CString::new(path.to_str().unwrap()).unwrap();

    let json = narrow_json();
    let options = narrow_options(&json);
    let options = &raw const options;
    // SAFETY: all of it lives until the end of the function.
    unsafe {
        let context = made(|out| kokoro_context_open(ptr::null(), out));
        let opened = made(|out| kokoro_model_open(context, path.as_ptr(), options, out));
        assert!(!kokoro_model_is_seeded(opened) && kokoro_model_parameters(opened) == model.parameters());
        assert_eq!(CStr::from_ptr(kokoro_model_origin(opened)), path.as_c_str());
        assert_same("opened", &said(opened), &expected);
        let read = made(|out| kokoro_model_from_bytes(context, bytes.as_ptr(), bytes.len(), options, out));
        assert_same("from bytes", &said(read), &expected);
        kokoro_context_free(context);
    }
}

#[test]
fn a_panic_is_a_status() {
    assert_eq!(guarded(|| panic!("of {}", 7)), KokoroStatus::Internal);
    assert_eq!(message(), "the library panicked: of 7");
    let mut out = ptr::dangling_mut::<u8>();
    // SAFETY: `out` can be written to.
    assert_eq!(unsafe { created(&raw mut out, || panic!("early")) }, KokoroStatus::Internal);
    assert!(out.is_null() && message().ends_with("early"));
}

#[test]
fn a_synthesizer_that_panicked_says_so_ever_after() {
    if context().is_none() {
        return; // as was asked for
    }
    let json = narrow_json();
    let options = narrow_options(&json);
    // SAFETY: each is what the function before it made, and is freed, once.
    unsafe {
        let context = made(|out| kokoro_context_open(ptr::null(), out));
        let model = made(|out| kokoro_model_seeded(context, 0, &raw const options, out));
        let synthesizer: *mut KokoroSynthesizer = made(|out| kokoro_synthesizer_new(model, out));
        let panics = || object(synthesizer, "synthesizer")?.with(|_| panic!("half done"));
        assert_eq!(guarded(panics), KokoroStatus::Internal);
        let after = || object(synthesizer, "synthesizer")?.with(|_| Ok(()));
        assert_eq!((guarded(after), message().contains("free it")), (KokoroStatus::Internal, true));
        kokoro_synthesizer_free(synthesizer);
        kokoro_model_free(model);
        kokoro_context_free(context);
    }
}
