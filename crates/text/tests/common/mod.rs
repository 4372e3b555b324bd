//! What the tests of several languages share.
#![allow(
    dead_code,
    clippy::panic,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "each test binary uses a part"
)]

#[cfg(feature = "languages")]
use kokoro_text::espeak::Espeak;
#[cfg(feature = "japanese")]
use kokoro_text::japanese::{DICTIONARY_VARIABLE, Japanese};
#[cfg(feature = "languages")]
use kokoro_text::{Error, G2p, Language};

/// The number of equal words in order: the length of the longest common subsequence. `equal` gets ours and the golden word.
pub fn matched(ours: &[&str], golden: &[&str], equal: impl Fn(&str, &str) -> bool) -> usize {
    let mut row = vec![0; golden.len() + 1];
    for word in ours {
        let mut diagonal = 0;
        for (at, other) in golden.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if equal(word, other) { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[golden.len()]
}

/// Notes that something is not installed, so that a test has nothing to do. With `KOKORO_TEST_LANGUAGES=all` that is a failure.
pub fn skip(missing: impl std::fmt::Display) {
    assert!(std::env::var_os("KOKORO_TEST_LANGUAGES").is_none_or(|which| which != "all"), "{missing}");
    println!("skipped: {missing}");
}

/// The reader with the dictionary that the environment names, or else the one in the cache; without any, a note.
#[cfg(feature = "japanese")]
pub fn japanese() -> Option<Japanese> {
    let folder = |variable| std::env::var_os(variable).map(std::path::PathBuf::from);
    let hub = folder("HF_HUB_CACHE").or_else(|| Some(folder("HF_HOME")?.join("hub")));
    let hub = hub.or_else(|| Some(folder("HOME")?.join(".cache/huggingface/hub")));
    let cached = hub.map(|hub| hub.join("models--hexgrad--Kokoro-82M/packages/japanese"));
    let found = folder(DICTIONARY_VARIABLE).or_else(|| cached.filter(|folder| folder.join("sys.dic").exists()));
    if found.is_none() {
        skip("no Japanese dictionary; `kokoro fetch japanese` gets it");
    }
    found.map(|folder| Japanese::open(folder).unwrap_or_else(|error| panic!("{error}")))
}

/// The reader of a language that espeak-ng says; without the program, a note.
#[cfg(feature = "languages")]
pub fn espeak(language: Language) -> Option<Espeak> {
    match Espeak::new(language) {
        Ok(espeak) => Some(espeak),
        Err(error @ Error::Program { .. }) => {
            skip(error);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// The reader of a language, if what it needs is here.
#[cfg(feature = "languages")]
pub fn reader(language: Language) -> Option<Box<dyn G2p>> {
    match language {
        #[cfg(feature = "japanese")]
        Language::Japanese => Some(Box::new(japanese()?)),
        #[cfg(not(feature = "japanese"))]
        Language::Japanese => None,
        #[cfg(not(feature = "mandarin"))]
        Language::Mandarin => None,
        Language::AmericanEnglish | Language::BritishEnglish | Language::Mandarin => {
            Some(language.reader().unwrap_or_else(|error| panic!("{error}")))
        }
        language => Some(Box::new(espeak(language)?)),
    }
}
