//! Spanish, French, Italian, Portuguese and Hindi before espeak-ng: any text is written out in words that it can be given. The first
//! character selects the language.
#![no_main]

use kokoro_wgpu::text::{Language, espeak};
use libfuzzer_sys::fuzz_target;

const LANGUAGES: [Language; 5] =
    [Language::Spanish, Language::French, Language::Italian, Language::Portuguese, Language::Hindi];

fuzz_target!(|text: &str| {
    let mut symbols = text.chars();
    let Some(first) = symbols.next() else { return };
    let written = symbols.as_str();
    let out = espeak::written_out(written, LANGUAGES[first as usize % LANGUAGES.len()]);
    assert!(!out.chars().any(|c| c.is_control()), "{out:?}");
    // Nothing is repeated without end: the longest name of one character has fewer bytes.
    assert!(out.len() <= 64 * written.len(), "{out:?}");
});
