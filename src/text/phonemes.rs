//! The published vocabulary: one phoneme symbol is one code point is one id.

/// Phoneme ids that the network takes in one utterance, without the two boundary tokens.
pub const MAX_PHONEMES: usize = 510;

// config.json's `vocab`, sorted by code point. Id 0 is the boundary token and has no symbol.
#[rustfmt::skip]
const VOCABULARY: [(char, u32); 114] = [
    (' ', 16), ('!', 5), ('"', 11), ('(', 12), (')', 13), (',', 3), ('.', 4), (':', 2), (';', 1), ('?', 6),
    ('A', 24), ('I', 25), ('O', 31), ('Q', 33), ('S', 35), ('T', 36), ('W', 39), ('Y', 41), ('a', 43),
    ('b', 44), ('c', 45), ('d', 46), ('e', 47), ('f', 48), ('h', 50), ('i', 51), ('j', 52), ('k', 53),
    ('l', 54), ('m', 55), ('n', 56), ('o', 57), ('p', 58), ('q', 59), ('r', 60), ('s', 61), ('t', 62),
    ('u', 63), ('v', 64), ('w', 65), ('x', 66), ('y', 67), ('z', 68), ('æ', 72), ('ç', 78), ('ð', 81),
    ('ø', 116), ('ŋ', 112), ('œ', 120), ('ɐ', 70), ('ɑ', 69), ('ɒ', 71), ('ɔ', 76), ('ɕ', 77), ('ɖ', 80),
    ('ə', 83), ('ɚ', 85), ('ɛ', 86), ('ɜ', 87), ('ɟ', 90), ('ɡ', 92), ('ɣ', 139), ('ɤ', 140), ('ɥ', 99),
    ('ɨ', 101), ('ɪ', 102), ('ɯ', 110), ('ɰ', 111), ('ɲ', 114), ('ɳ', 113), ('ɴ', 115), ('ɸ', 118),
    ('ɹ', 123), ('ɻ', 126), ('ɽ', 129), ('ɾ', 125), ('ʁ', 128), ('ʂ', 130), ('ʃ', 131), ('ʈ', 132),
    ('ʊ', 135), ('ʋ', 136), ('ʌ', 138), ('ʎ', 143), ('ʒ', 147), ('ʔ', 148), ('ʝ', 103), ('ʣ', 18), ('ʤ', 82),
    ('ʥ', 19), ('ʦ', 20), ('ʧ', 133), ('ʨ', 21), ('ʰ', 162), ('ʲ', 164), ('ˈ', 156), ('ˌ', 157), ('ː', 158),
    ('\u{303}', 17), ('β', 75), ('θ', 119), ('χ', 142), ('ᵊ', 42), ('ᵝ', 22), ('ᵻ', 177), ('—', 9),
    ('“', 14), ('”', 15), ('…', 10), ('→', 171), ('↓', 169), ('↗', 172), ('↘', 173), ('\u{ab67}', 23),
];

/// The ids of a phoneme string, one per code point of the vocabulary; other code points are dropped, as the reference
/// drops them ([`unknown`] lists them). The two boundary tokens (id 0) are not included.
pub fn ids(phonemes: &str) -> Vec<u32> {
    phonemes.chars().filter_map(id).collect()
}

/// The code points of a phoneme string that [`ids`] drops, in order of appearance.
pub fn unknown(phonemes: &str) -> impl Iterator<Item = char> {
    phonemes.chars().filter(|&symbol| id(symbol).is_none())
}

/// The phoneme symbol of an id, if the vocabulary has one.
pub fn symbol(id: u32) -> Option<char> {
    VOCABULARY.iter().find(|(_, other)| *other == id).map(|(symbol, _)| *symbol)
}

/// The id of one phoneme symbol.
pub(crate) fn id(symbol: char) -> Option<u32> {
    VOCABULARY.binary_search_by_key(&symbol, |(symbol, _)| *symbol).ok().map(|at| VOCABULARY[at].1)
}
