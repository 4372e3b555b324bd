//! Mandarin: any text gives phonemes of the vocabulary or nothing, in both alphabets, and no text is lost on the way to the network.
#![no_main]

use std::sync::LazyLock;

use kokoro_wgpu::text::G2p;
use kokoro_wgpu::text::mandarin::{Alphabet, Mandarin};
use libfuzzer_sys::fuzz_target;

#[path = "shared/reading.rs"]
mod reading;

static IPA: LazyLock<Mandarin> = LazyLock::new(|| Mandarin::new(Alphabet::Ipa));
static ZHUYIN: LazyLock<Mandarin> = LazyLock::new(|| Mandarin::new(Alphabet::Zhuyin));

fuzz_target!(|text: &str| {
    reading::check(&*IPA, text);
    let _ = ZHUYIN.tokens(text);
});
