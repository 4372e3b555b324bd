//! Japanese: bytes as the words of a dictionary are an error or give words, and any text gives phonemes of the vocabulary.
#![no_main]

use std::sync::LazyLock;

use kokoro_wgpu::text::japanese::Japanese;
use kokoro_wgpu::text::G2p;
use libfuzzer_sys::fuzz_target;

#[path = "shared/reading.rs"]
mod reading;

const WORDS: &[u8] = include_bytes!("../seeds/japanese/words");
const UNKNOWN: &[u8] = include_bytes!("../seeds/japanese/unknown");
const TEXT: &str = "今日は1本、14日9:30に行きます。猫テストＡＢＣ";

static READER: LazyLock<Japanese> = LazyLock::new(|| open(WORDS.to_vec()).expect("the seeds are a dictionary"));

/// A `char.bin` with the categories of the seeds.
static CHARACTERS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut file = 4u32.to_le_bytes().to_vec();
    for name in ["DEFAULT", "KANA", "ALPHA", "KANJI"] {
        file.extend(name.bytes().chain([0; 32]).take(32));
    }
    for code in 0..0xffffu32 {
        let (category, length) = match char::from_u32(code) {
            Some('ぁ'..='ヿ') => (1, 2),
            Some('Ａ'..='Ｚ' | 'ａ'..='ｚ') => (2, 0),
            Some('一'..='龠') => (3, 2),
            _ => (0, 1),
        };
        file.extend((1u32 << category | category << 18 | length << 26 | 1 << 30).to_le_bytes());
    }
    file
});

/// A reader with these words and the seeds' unknown ones.
fn open(words: Vec<u8>) -> kokoro_wgpu::text::Result<Japanese> {
    let costs = [&[3, 0, 3, 0][..], &[0; 18]].concat();
    Japanese::from_bytes([words, UNKNOWN.to_vec(), costs, CHARACTERS.clone()])
}

fuzz_target!(|bytes: &[u8]| {
    // With the right size in the header, which no fuzzer would guess.
    let mut words = bytes.to_vec();
    if let Some(magic) = words.first_chunk_mut() {
        *magic = (bytes.len() as u32 ^ 0xef71_8f77).to_le_bytes();
    }
    if let Ok(reader) = open(words) {
        let _ = reader.tokens(TEXT);
    }
    let Ok(text) = str::from_utf8(bytes) else { return };
    reading::check(&*READER, text);
});
