//! Phonemes: every symbol has an id or is unknown, and the joined passages equal the text.
#![no_main]

use kokoro_wgpu::Config;
use kokoro_wgpu::text::phonemes::{self, MAX_PHONEMES, Vocabulary};
use kokoro_wgpu::text::{Chunking, Phonemes, TextStream, chunks};
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
        let passages =
            TextStream::new([text], &Phonemes, chunking).map(|passage| passage.expect("phonemes are never wrong"));
        let passages: Vec<_> = passages.collect();
        assert_eq!(passages.iter().map(|passage| passage.text.as_str()).collect::<String>(), text);
        assert!(passages.iter().all(|passage| passage.phonemes().chars().count() <= MAX_PHONEMES), "{passages:?}");
        for passage in passages {
            let (text, spoken) = (passage.text.clone(), bare(&passage.phonemes()));
            if let Some((first, second)) = passage.halves() {
                assert_eq!(first.text.clone() + &second.text, text);
                assert_eq!(bare(&first.phonemes()) + &bare(&second.phonemes()), spoken);
            }
        }
    }
    if let Ok(parts) = parse_blend(text) {
        assert!(!parts.is_empty());
    }
    drop((Vocabulary::from_config_json("fuzzed", text.as_bytes()), Config::from_json("fuzzed", text.as_bytes())));
});
