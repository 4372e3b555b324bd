//! Phonemes: every symbol has an id or is unknown, and the joined text chunks equal the text.
#![no_main]

use kokoro_wgpu::Config;
use kokoro_wgpu::text::phonemes::{self, MAX_PHONEMES, Vocabulary};
use kokoro_wgpu::text::{Chunking, Phonemes, TextChunk, TextStream, chunks};
use kokoro_wgpu::voice::parse_blend;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let ids = phonemes::ids(text);
    assert_eq!(ids.len() + phonemes::unknown(text).count(), text.chars().count());
    assert_eq!(phonemes::ids(&ids.iter().filter_map(|id| phonemes::symbol(*id)).collect::<String>()), ids);

    let bare = |text: &str| text.chars().filter(|symbol| !symbol.is_whitespace()).collect::<String>();
    for limit in [0, 1, 7, MAX_PHONEMES] {
        let pieces = chunks::split(text, limit);
        assert!(pieces.iter().all(|piece| (1..=limit.max(1)).contains(&piece.chars().count())), "{pieces:?}");
        assert_eq!(bare(&pieces.concat()), bare(text));
    }
    for chunking in [Chunking::default(), Chunking::Published] {
        let chunks = TextStream::new([text], &Phonemes, chunking).map(|chunk| chunk.expect("phonemes are never wrong"));
        let chunks: Vec<_> = chunks.collect();
        assert_eq!(chunks.iter().map(|chunk| chunk.text.as_str()).collect::<String>(), text);
        assert!(chunks.iter().all(|chunk| chunk.phonemes().chars().count() <= MAX_PHONEMES), "{chunks:?}");
        for chunk in chunks {
            let (text, spoken) = (chunk.text.clone(), phonemes::ids(&bare(&chunk.phonemes())));
            if let Some(halves) = chunk.halves(&Vocabulary::published()) {
                assert_eq!(halves.iter().map(|half| half.text.as_str()).collect::<String>(), text);
                let phonemes: String = halves.iter().map(TextChunk::phonemes).collect();
                assert_eq!(phonemes::ids(&bare(&phonemes)), spoken);
            }
        }
    }
    if let Ok(parts) = parse_blend(text) {
        assert!(!parts.is_empty());
    }
    drop((Vocabulary::from_config_json("fuzzed", text.as_bytes()), Config::from_json("fuzzed", text.as_bytes())));
});
