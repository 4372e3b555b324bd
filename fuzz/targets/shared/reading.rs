//! What every reader of a language must hold to.

use kokoro_wgpu::text::{Chunking, G2p, TextStream, phonemes};

/// Any text gives phonemes of the vocabulary or nothing, and no text is lost on the way to the network.
pub fn check(reader: &dyn G2p, text: &str) {
    if let Ok(spoken) = reader.phonemize(text) {
        assert_eq!(phonemes::unknown(&spoken).collect::<String>(), "", "{spoken:?}");
    }
    let mut joined = String::new();
    for text_chunk in TextStream::new([text], reader, Chunking::default()) {
        let Ok(text_chunk) = text_chunk else { return };
        joined += &text_chunk.text;
    }
    assert_eq!(joined, text);
}
