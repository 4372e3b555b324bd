//! Compares this module with misaki-rs's own G2P, which tags with spaCy's network.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use misaki_rs::spacy_tagger::hash_string;
use misaki_rs::spacy_tokenizer::SpacyTokenizer;
use misaki_rs::{G2P, Language, norms, spacy_tagger};

use super::pieces::{Piece, Pieces};
use super::subtokens::subtokens;
use super::tagger::Tagger;
use super::{Feature, Misaki, Tags, UNKNOWN, markers};
use crate::english::normalize::normalize;
use crate::english::{Accent, English};
use crate::g2p::G2p;

/// Texts in columns, with other things.
const GOLDEN: [&str; 3] = [
    include_str!("../../../tests/golden/g2p.tsv"),
    include_str!("../../../tests/golden/mended.tsv"),
    include_str!("../../../tests/golden/readings.tsv"),
];

/// What the golden texts have little of.
const RARE: [&str; 12] = [
    "B2B and G2P, iPhone's eBay; 'tis the '90s, rock 'n' roll -- or five-storied out-of-the-way houses.",
    "[Read](+1) the [word](-1) or [this](0.5) and [that](-2), not [links](elsewhere) or [5](#cardinal#).",
    "-40 or -4.5, 3.14 and .5, 1,234.50, v1.2.3, 10.0.19, 1st, 22nd, 1905, 2005, 1900, 2000, 1066, 0199.",
    "Call 555-0199, 800-100-907; it costs $9, $1, $0.50, $1,250.75, £3 and €2.01, but $9 and 5 more.",
    "Mr. and Mrs. Smith, Ph.D., of the U.S.A. at 10 a.m. vs. E. B. White et al., i.e. nobody.",
    "\"Don’t,\" she’d said, “you’d’ve gone”—wouldn't you? (She'd've.) ‘Yes’… no!",
    "_Like_ this_one, *bold*, a/b, x_y [Illustration] {braces} <tags> #5 @home & 50% + 5 = ~7 ^ 2.",
    "café naïve é à ñ Zürich Müller's São; Straße — Ångström ™ © Ⅳ ½ 北京 Здравствуй",
    "THE USED TO AM BY IN VS; I am used to it, used it; the FBI, the WHO, an hour, to the end, in it, am I?",
    "PDFs, CEOs, APIs, NASA, NATO's, McDonald's, O'Neill, dogs' tails, James's, boss', The THESE HTML5 mp3.",
    "cannot gonna gotta dont Im ima 'em 'Cause c'mon y'all rock’n’roll o'clock ma'am ol' doin' Nothin’",
    "... .. . !!! ?! ;-) :) -_- -- --- a--b — – a—b a–b A-Z 1-25—1469-94 x2y 2x 4x4 3D 5km 10% 20°C. 7+ 8.",
];

/// Every fourth golden text, and what they have little of, as this module gets them.
fn lines(accent: Accent) -> impl Iterator<Item = String> {
    let columns = GOLDEN.iter().flat_map(|file| file.lines()).flat_map(|line| line.split('\t'));
    let texts = columns.filter(|text| text.is_ascii() && text.contains(' ')).step_by(4).chain(RARE);
    // misaki-rs reads a word with phonemes from its dictionary.
    texts.map(move |text| normalize(text, accent)).filter(|line| !line.contains("](/"))
}

/// spaCy's network, as misaki-rs has it.
fn network() -> Tags {
    let (tokenizer, tagger) = (SpacyTokenizer::new(), spacy_tagger::Tagger::load());
    let names: HashMap<String, &'static str> =
        tagger.labels.iter().map(|name| (name.clone(), &*name.clone().leak())).collect();
    Box::new(move |pieces: &[Piece<'_>]| {
        let line: String = pieces.iter().flat_map(|piece| [piece.text, piece.whitespace]).collect();
        let seen = tokenizer.tokenize(&line).into_iter().map(|token| {
            let norm = token.norm.clone().unwrap_or_else(|| norms::norm_of(&token.text, hash_string));
            (token.text.clone(), norm, !token.whitespace.is_empty())
        });
        tagger.tag(&seen.collect::<Vec<_>>()).into_iter().map(|tag| names[tag]).collect()
    })
}

/// The texts, phonemes and white space of words.
fn parts(words: impl IntoIterator<Item = (String, Option<String>, String)>) -> Vec<[String; 3]> {
    let part = |(text, phonemes, whitespace): (String, Option<String>, _)| {
        [text, phonemes.unwrap_or_else(|| UNKNOWN.into()), whitespace]
    };
    words.into_iter().map(part).collect()
}

fn ours(misaki: &Misaki, line: &str) -> Vec<[String; 3]> {
    parts(misaki.words(line).into_iter().map(|word| (word.text, word.phonemes, word.whitespace)))
}

fn theirs(misaki: &G2P, line: &str) -> Vec<[String; 3]> {
    let (_, words) = misaki.g2p(line).unwrap();
    parts(words.into_iter().map(|word| (word.text, word.phonemes, word.whitespace)))
}

#[test]
fn with_the_same_tags_the_phonemes_are_those_of_misaki_and_with_its_own_nearly() {
    for (accent, language) in [(Accent::American, Language::EnglishUS), (Accent::British, Language::EnglishGB)] {
        let reference = G2P::with_fallback(language, None);
        let (same, own) = (Misaki::with_tags(language, network()), Misaki::new(language));
        let (mut words, mut others, mut wrong) = (0, 0, Vec::new());
        for line in lines(accent) {
            let expected = theirs(&reference, &line);
            let spoken = ours(&same, &line);
            if spoken != expected {
                let first = spoken.iter().zip(&expected).find(|(spoken, expected)| spoken != expected);
                wrong.push(format!("{line}\n    first difference: {first:?}"));
            }
            words += expected.len();
            others += expected.len() - in_common(&ours(&own, &line), &expected);
        }
        println!("{accent:?}: {words} words, of which {others} differ with its own tags");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(words > 4000 && 100 * others < words, "{accent:?}: {others} of {words}");
    }
}

/// The length of the longest sequence that two have in common, in order.
fn in_common<T: PartialEq>(ours: &[T], theirs: &[T]) -> usize {
    let mut row = vec![0; theirs.len() + 1];
    for word in ours {
        let mut diagonal = 0;
        for (at, other) in theirs.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[theirs.len()]
}

/// Numbers that look random, and the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    /// A run of some of these.
    fn run(&mut self, of: &[&str], most: usize) -> String {
        (0..=self.below(most)).map(|_| of[self.below(of.len())]).collect()
    }
}

#[test]
fn pieces_and_subtokens_are_those_of_the_patterns() {
    let (tokenizer, reference) = (SpacyTokenizer::new(), G2P::with_fallback(Language::EnglishUS, None));
    let (pieces, mut random) = (Pieces::new(), Random(1));
    let of = [
        "a", "b", "the", "Do", "n't", "N", "S", "U.S.", "Mr", "can", "'s", "’s", "'ll", "’re", "gonna", "i'm", "em",
        "nuff", ".", "..", ",", ":", ";", "!", "?", "'", "’", "‘", "\"", "“", "”", "(", ")", "[", "]", "-", "--", "—",
        "–", "…", "/", "=", "<", ">", "_", "#", "*", "&", "$", "%", "+", "1", "23", "4.5", "km", "é", "Ω", "°", "D",
        ".com", "{", "}",
    ];
    for _ in 0..3000 {
        let run = random.run(&of, 6);
        let expected: Vec<String> = tokenizer.tokenize(&run).into_iter().map(|token| token.text).collect();
        let found: Vec<&str> = pieces.of(&run).iter().map(|piece| piece.text).collect();
        assert_eq!(found, expected, "{run}");
        let expected: Vec<String> = reference.tokenize(&run).into_iter().map(|token| token.text).collect();
        assert_eq!(subtokens(&run), expected, "{run}");
    }
}

#[test]
fn markers_are_those_of_misaki() {
    let reference = G2P::with_fallback(Language::EnglishUS, None);
    let mut random = Random(2);
    let of = ["[", "]", "(", ")", "](", "/", "a", "é", " ", "+1", "-2", "0.5", "-0.5", "/x/", "[b](/y/)", "[c](1)"];
    for _ in 0..2000 {
        let line = random.run(&of, 12);
        let (expected, theirs) = reference.preprocess_links(&line);
        let (plain, ours) = markers(&line);
        assert_eq!(plain, expected, "{line}");
        let ours: Vec<_> = ours.into_iter().map(|marker| (marker.start, marker.end, marker.feature)).collect();
        let theirs = theirs.into_iter().filter_map(|marker| {
            let feature = match marker.feature {
                misaki_rs::g2p::LinkFeature::Stress(stress) => Feature::Stress(stress),
                misaki_rs::g2p::LinkFeature::Phonemes(phonemes) => Feature::Phonemes(phonemes),
                misaki_rs::g2p::LinkFeature::NumFlags(_) => return None,
            };
            Some((marker.byte_start, marker.byte_end, feature))
        });
        assert_eq!(ours, theirs.collect::<Vec<_>>(), "{line}");
    }
}

#[test]
fn a_sentence_is_tagged_once_and_plain_prose_needs_no_patterns() {
    let (lines, words) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted_lines, counted_words, tagger) = (lines.clone(), words.clone(), Tagger::new());
    let tags: Tags = Box::new(move |pieces| {
        counted_lines.fetch_add(1, Ordering::Relaxed);
        counted_words.fetch_add(pieces.len(), Ordering::Relaxed);
        tagger.tags(pieces)
    });
    let mut english = English::new(Accent::American).unwrap();
    english.misaki = Misaki::with_tags(Language::EnglishUS, tags);
    let sentence = "“Well,” she said, “I don’t know--the old-fashioned clock isn't mine; it's his.”";
    english.phonemize(&[sentence; 50].join("\n")).unwrap();
    assert_eq!(lines.load(Ordering::Relaxed), 50);
    assert_eq!(words.load(Ordering::Relaxed), 50 * 27);
    assert!(!english.misaki.pieces.has_patterns());
    english.phonemize("Zoë is away.").unwrap();
    assert!(english.misaki.pieces.has_patterns());
}
