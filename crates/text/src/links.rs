//! `[word](/phonemes/)` in a text, and links to pages, which look like it.

use unicode_normalization::UnicodeNormalization;

use crate::markup::link;

/// What paths are made of.
fn is_plain(phonemes: &str) -> bool {
    phonemes.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.#?=&%~/".contains(c))
}

/// Whether what stands between the slashes of `[word](/phonemes/)` is a path of a page: with digits or signs, or the word itself.
fn is_path(word: &str, phonemes: &str) -> bool {
    let signs = phonemes.contains(|c: char| !c.is_ascii_lowercase());
    let mut words = word.split(|c: char| !c.is_alphanumeric());
    let named = phonemes.len() > 1 && words.any(|word| word.eq_ignore_ascii_case(phonemes));
    named && phonemes.is_ascii() || is_plain(phonemes) && signs
}

/// The same in English, whose phonemes of several syllables have a stress.
pub(crate) fn is_english_path(word: &str, phonemes: &str) -> bool {
    let vowel = |c: char| "aeiouy".contains(c);
    let syllables = phonemes.split(|c| !vowel(c)).filter(|vowels| !vowels.is_empty()).count();
    is_path(word, phonemes) || is_plain(phonemes) && syllables > 1 && word.is_ascii()
}

/// Parses `[word](/phonemes/)` at the start of `text`. Returns the word, the phonemes and the length in bytes.
pub(crate) fn inline_phonemes(text: &str) -> Option<(&str, &str, usize)> {
    link(text).filter(|(word, phonemes, _)| !phonemes.contains('/') && !is_path(word, phonemes))
}

/// The text without what is marked with phonemes.
pub(crate) fn unmarked(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(open) = rest.find('[') {
        let length = inline_phonemes(&rest[open..]).map_or(1, |(_, _, length)| length);
        out += &rest[..open];
        rest = &rest[open + length..];
    }
    out + rest
}

/// The phonemes of `[word](/phonemes/)` as every reader speaks them: those for which there is an id (`has`), and one space
/// between words. The rest would be dropped where ids are looked up, so it is left out here and told.
pub(crate) fn spoken(word: &str, phonemes: &str, has: impl Fn(char) -> bool) -> String {
    let (mut spoken, mut skipped) = (String::with_capacity(phonemes.len()), String::new());
    // The letter g for its IPA symbol, which looks the same.
    for symbol in phonemes.chars().map(|symbol| if symbol == 'g' { 'ɡ' } else { symbol }) {
        if symbol.is_whitespace() {
            spoken.push(' ');
        } else {
            push_symbol(symbol, &has, &mut spoken, &mut skipped);
        }
    }
    if !skipped.is_empty() {
        log::warn!("no pronunciation for {skipped:?} in the phonemes of {word:?}, skipped");
    }
    spoken.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Appends a symbol, decomposed if necessary (`ã` is `a` and a tilde). One without an id goes to `skipped`.
pub(crate) fn push_symbol(
    symbol: char,
    has: impl Fn(char) -> bool,
    spoken: &mut String,
    skipped: &mut impl Extend<char>,
) {
    if has(symbol) {
        spoken.push(symbol);
    } else if symbol.nfd().all(has) {
        spoken.extend(symbol.nfd());
    } else {
        skipped.extend([symbol]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes;

    #[test]
    fn phonemes_without_an_id_are_left_out() {
        for (written, expected) in [
            ("ꭧʰʊ↗\u{34b}", "ꭧʰʊ↗"),
            ("gˈato", "ɡˈato"),
            ("ˈbõ", "ˈbo\u{303}"),
            (" nˈu \t jˈɔɹk% ", "nˈu jˈɔɹk"),
            ("%_1", ""),
        ] {
            assert_eq!(spoken("x", written, phonemes::is_known), expected, "{written}");
        }
    }

    #[test]
    fn inline_phonemes_are_parsed_only_if_well_formed() {
        assert_eq!(inline_phonemes("[Kokoro](/kˈOkəɹO/) x"), Some(("Kokoro", "kˈOkəɹO", "[Kokoro](/kˈOkəɹO/)".len())));
        for text in ["[a] (/b/)", "[a](/b", "[a](b)", "a[b](/c/)", "[a [b](/c/)"] {
            assert_eq!(inline_phonemes(text), None, "{text}");
        }
        for text in [
            "[Home](/#/)",
            "[back](/../)",
            "[x](/%/)",
            "[Install](/install/)",
            "[the docs](/docs/)",
            "[Next](/page-2/)",
            "[x](/docs/start/)",
        ] {
            assert_eq!(inline_phonemes(text), None, "{text}");
        }
        assert!(inline_phonemes("[hola](/ola/)").is_some(), "other languages need no stress");
        for text in ["[beat](/bit/)", "[y](/wI/)", "[a](/b/)", "[gato](/ɡˈato/)", "[川](/kawa/)", "[baby](/bAbi/)"] {
            assert!(inline_phonemes(text).is_some(), "{text}");
            let (word, phonemes, _) = inline_phonemes(text).unwrap();
            assert!(!is_english_path(word, phonemes), "{text}");
        }
    }
}
