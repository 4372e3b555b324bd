//! IPA to Kokoro's phonemes.

/// Converts IPA to Kokoro's phonemes: a diphthong or affricate is one symbol, and stress comes directly before the vowel.
pub fn to_kokoro(ipa: &str) -> String {
    const PAIRS: [(&str, &str); 14] = [
        ("aɪ", "I"),
        ("aʊ", "W"),
        ("eɪ", "A"),
        ("oʊ", "O"),
        ("əʊ", "Q"),
        ("ɔɪ", "Y"),
        ("dʒ", "ʤ"),
        ("tʃ", "ʧ"),
        ("ts", "ʦ"),
        ("dz", "ʣ"),
        ("ɝ", "ɜɹ"),
        ("ɫ", "l"),
        ("r", "ɹ"),
        ("g", "ɡ"),
    ];
    let mut phonemes: String = ipa.chars().filter(|c| !".‿͜͡".contains(*c)).collect();
    for (ipa, kokoro) in PAIRS {
        phonemes = phonemes.replace(ipa, kokoro);
    }
    let (mut spoken, mut stress) = (String::new(), None);
    for symbol in phonemes.chars() {
        match symbol {
            '\'' | 'ˈ' => stress = Some('ˈ'),
            ',' | 'ˌ' => stress = Some('ˌ'),
            symbol => {
                if "AIOQWYaeiouyæøœɐɑɒɔəɚɛɜɤɨɪɯʊʌᵻ".contains(symbol) {
                    spoken.extend(stress.take());
                }
                spoken.push(symbol);
            }
        }
    }
    spoken
}
