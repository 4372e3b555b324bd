//! Lexicons: any text is an error that names a line, or entries with phonemes of the vocabulary, with which any text is marked.
#![no_main]

use kokoro_wgpu::text::{Lexicon, phonemes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (entries, read) = text.split_once("\n\n").unwrap_or((text, text));
    match Lexicon::parse("fuzzed", entries) {
        Ok(lexicon) => {
            for line in entries.lines() {
                let word = line.split_whitespace().next().unwrap_or_default();
                let spoken = lexicon.get(word).unwrap_or_default();
                assert_eq!(phonemes::unknown(spoken).collect::<String>(), "", "{word:?}");
            }
            // Entries only add marks.
            assert!(lexicon.apply(read).len() >= read.len());
        }
        Err(error) => assert!(error.to_string().starts_with("fuzzed: "), "{error}"),
    }
});
