//! English: any text gives phonemes of the vocabulary or nothing, and no text is lost on the way to the network.
#![no_main]

use std::sync::LazyLock;

use kokoro_wgpu::text::english::{Accent, English};
use kokoro_wgpu::text::{Chunking, G2p, TextStream, phonemes};
use libfuzzer_sys::fuzz_target;

static READER: LazyLock<English> =
    LazyLock::new(|| English::new(Accent::American).expect("the dictionary is built in"));

fuzz_target!(|text: &str| {
    if let Ok(spoken) = READER.phonemize(text) {
        assert_eq!(phonemes::unknown(&spoken).collect::<String>(), "", "{spoken:?}");
    }
    let mut joined = String::new();
    for passage in TextStream::new([text], &*READER, Chunking::default()) {
        let Ok(passage) = passage else { return };
        joined += &passage.text;
    }
    assert_eq!(joined, text);
});
