//! `[word](/phonemes/)` in a text, and links to pages, which look like it.

use std::borrow::Cow;

use crate::markup::link;

/// An English text with the words in place of each link to a path, `[Install](/install/)`, which looks like inline phonemes.
pub(crate) fn without_paths(text: &str) -> Cow<'_, str> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('[') {
        let link = link(&rest[at..]).filter(|(word, phonemes, _)| is_english_path(word, phonemes));
        let (word, length) = link.map_or(("[", 1), |(word, _, length)| (word, length));
        out.extend([&rest[..at], word]);
        rest = &rest[at + length..];
    }
    if out.len() + rest.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(out + rest) }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_phonemes_are_parsed_only_if_well_formed() {
        assert_eq!(inline_phonemes("[Kokoro](/kˈOkəɹO/) x"), Some(("Kokoro", "kˈOkəɹO", "[Kokoro](/kˈOkəɹO/)".len())));
        for text in ["[a] (/b/)", "[a](/b", "[a](b)", "a[b](/c/)", "[a [b](/c/)"] {
            assert_eq!(inline_phonemes(text), None, "{text}");
        }
        for text in ["[Install](/install/)", "[the docs](/docs/)", "[Next](/page-2/)", "[x](/docs/start/)"] {
            assert_eq!(inline_phonemes(text), None, "{text}");
        }
        assert_eq!(without_paths("[Install](/install/) [a](/b/) [c] [x](/guide/)"), "Install [a](/b/) [c] x");
        assert!(inline_phonemes("[hola](/ola/)").is_some(), "other languages need no stress");
        for text in ["[beat](/bit/)", "[y](/wI/)", "[a](/b/)", "[gato](/ɡˈato/)", "[川](/kawa/)", "[baby](/bAbi/)"] {
            assert!(inline_phonemes(text).is_some(), "{text}");
            assert_eq!(without_paths(text), text);
        }
    }
}
