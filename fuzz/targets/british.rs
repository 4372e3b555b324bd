//! British English: any text gives phonemes of the vocabulary or nothing, and no text is lost on the way to the network.
#![no_main]

use std::sync::LazyLock;

use kokoro_wgpu::text::english::{Accent, English};
use libfuzzer_sys::fuzz_target;

#[path = "shared/reading.rs"]
mod reading;

static READER: LazyLock<English> = LazyLock::new(|| English::new(Accent::British).expect("the dictionary is built in"));

fuzz_target!(|text: &str| {
    reading::check(&*READER, text);
});
