//! American and British English with the dictionary and the rules of misaki, the G2P that Kokoro was trained with.
//!
//! The module `misaki` looks words up and marks those that it does not know. This module looks them up again without
//! accents, in parts and in a table of abbreviations, and then asks a letter-to-sound model. Acronyms and unpronounceable
//! words are spelled, and symbols are named. Other scripts and emoji are skipped with a warning. `[word](/phonemes/)` sets
//! the phonemes of a word; `[word](+1)` or `(-1)` changes its stress.

mod abbreviations;
mod accent;
mod acronyms;
mod address;
mod british;
mod capitals;
mod codes;
mod dates;
mod durations;
mod fallback;
mod formulas;
#[cfg(test)]
mod held_out;
mod heteronyms;
mod letter_to_sound;
mod letters;
mod marks;
mod maths;
mod misaki;
mod money;
mod normalize;
mod numbers;
mod ranges;
mod roman;
mod street;
mod symbols;
mod units;
mod words;

use std::borrow::Cow;

use misaki_rs::Language;
use misaki_rs::lexicon::TokenContext;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::error::Result;
use crate::g2p::{G2p, nothing_to_speak};
use crate::lexicon::{self, Lexicon};
use crate::links;
use crate::phonemes;
use crate::token::{self, Token};
use crate::written;
pub use accent::Accent;
use british::Numerals;
use fallback::{Context, Fallback, Pronunciation};
use misaki::{Feature, Misaki, UNKNOWN, VOWELS, Word, entries, gap, marker_at, markers};

/// English text to phonemes.
pub struct English {
    misaki: Misaki,
    accent: Accent,
    /// Technical names and loanwords.
    words: Lexicon,
    /// The words of numbers, in which British English says "and".
    numerals: Option<Numerals>,
}

impl std::fmt::Debug for English {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("English").field("accent", &self.accent).finish_non_exhaustive()
    }
}

impl English {
    /// Loads the dictionaries, which are part of the program. This takes about 0.1 s and 45 MB per accent, so keep the
    /// value.
    ///
    /// # Errors
    /// None today; a G2P that reads its dictionaries from files would have some.
    pub fn new(accent: Accent) -> Result<Self> {
        let language = match accent {
            Accent::American => Language::EnglishUS,
            Accent::British => Language::EnglishGB,
        };
        let words = words::WORDS.iter().map(|(word, american, british)| match accent {
            Accent::American => (*word, *american),
            Accent::British => (*word, *british),
        });
        let misaki = Misaki::new(language);
        let numerals = (accent == Accent::British).then(|| Numerals::new(&misaki));
        Ok(Self { misaki, accent, words: Lexicon::of_table(words), numerals })
    }

    /// The accent of the phonemes.
    pub fn accent(&self) -> Accent {
        self.accent
    }

    fn fallback(&self) -> Fallback<'_> {
        Fallback { misaki: &self.misaki, accent: self.accent }
    }

    /// The tokens of a normalized line, and which of them are marked words that have nothing to say. Adds characters without
    /// phonemes to `skipped`.
    fn line_tokens(&self, line: &str, skipped: &mut Vec<char>) -> (Vec<Token>, Vec<usize>) {
        let (plain, markers) = markers(line);
        let mut tokens = self.misaki.marked_words(&plain, &markers);
        let mut start = 0;
        // The first token of the last marked word, which has its phonemes, and where it begins; and the endings of such words.
        let mut marked = (0, usize::MAX);
        let mut endings = Vec::new();
        let mut silent = Vec::new();
        for at in 0..tokens.len() {
            start += gap(plain.get(start..).unwrap_or_default(), &tokens[at].text);
            let end = start + tokens[at].text.len();
            let marker = marker_at(&markers, start, end);
            let context = Context {
                previous: at.checked_sub(1).map_or("", |previous| tokens[previous].text.as_str()),
                next: tokens[at + 1..]
                    .iter()
                    .take(3)
                    .map(|token| token.text.as_str())
                    .find(|text| *text != ".")
                    .unwrap_or(""),
                before: plain.get(..start).and_then(|text| text.chars().next_back()).filter(|c| !c.is_whitespace()),
                after: plain.get(end..).and_then(|text| text.chars().next()).filter(|c| !c.is_whitespace()),
                first: at == 0,
            };
            if let Some(marker) = marker
                && let Feature::Phonemes(phonemes) = &marker.feature
            {
                // misaki would prefer its dictionary to the phonemes in the text.
                let head = marker.start == start;
                let spoken = || links::spoken(&plain[marker.start..marker.end], phonemes, phonemes::is_known);
                tokens[at].phonemes = Some(if head { spoken() } else { String::new() });
                if head {
                    marked = (at, start);
                }
                if tokens[marked.0].phonemes.as_deref() == Some("") {
                    silent.push(at - endings.len());
                }
            } else if at > 0
                && ["'s", "’s"].contains(&tokens[at].text.as_str())
                && marker_at(&markers, start - 1, start).is_some_and(|marker| marker.start == marked.1)
            {
                let word = tokens[marked.0].phonemes.get_or_insert_default();
                // A silent word takes its ending along.
                if !word.is_empty() {
                    word.push_str(lexicon::possessive(word));
                }
                tokens[at].phonemes = Some(String::new());
                endings.push(at);
            } else if let Some(mut pronunciation) = self.correct(&tokens[at], context) {
                skipped.append(&mut pronunciation.skipped);
                tokens[at].phonemes = Some(with_spaces(pronunciation.phonemes, context));
                self.update_previous(&mut tokens, at);
            } else if let Some(reading) = heteronyms::reading(&tokens, at, self.accent) {
                tokens[at].phonemes = Some(reading.to_owned());
            } else if let Some(reading) = heteronyms::by_part_of_speech(&self.misaki.lexicon, &tokens, at) {
                tokens[at].phonemes = Some(reading);
            }
            if let Some(numerals) = &self.numerals
                && tokens[at].text.contains(|c: char| c.is_ascii_digit())
                && marker.is_none()
            {
                tokens[at].phonemes = tokens[at].phonemes.take().map(|phonemes| numerals.with_and(&phonemes));
            }
            start = end + tokens[at].whitespace.len();
        }
        drop_abbreviation_stops(&mut tokens);
        // The full stop of "at 5 p.m." or "Plan B." ends the sentence too.
        if let Some(last) = tokens.last_mut().filter(|last| last.text.ends_with('.')) {
            let spoken = last.phonemes.as_deref().filter(|phonemes| phonemes.ends_with(char::is_alphabetic));
            last.phonemes = spoken.map(|phonemes| format!("{phonemes}.")).or(last.phonemes.take());
        }
        let token = |word: Word| Token::new(word.text, word.phonemes.unwrap_or_default(), word.whitespace);
        let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
        for (at, token) in tokens.into_iter().map(token).enumerate() {
            match joined.last_mut().filter(|_| endings.binary_search(&at).is_ok()) {
                Some(word) => {
                    word.text += &token.text;
                    word.whitespace = token.whitespace;
                }
                None => joined.push(token),
            }
        }
        (joined, silent)
    }

    /// The phonemes of a token that misaki does not know or gets wrong; `None` to keep misaki's.
    fn correct(&self, token: &Word, context: Context<'_>) -> Option<Pronunciation> {
        let text = token.text.as_str();
        // misaki reads "1990s" as "nineteen ninety S".
        let (head, decade) = text.rsplit_once('-').unwrap_or(("", text));
        let years = decade.trim_start_matches(['\'', '’']).strip_suffix('s').unwrap_or_default();
        // "the 4ths" is what `roman` makes of "Henry IV's".
        let digits =
            ["st", "nd", "rd", "th"].into_iter().find_map(|ending| years.strip_suffix(ending)).unwrap_or(years);
        if numbers::is_digits(digits) {
            let head = if head.is_empty() { None } else { Some(self.fallback().pronounce(head, context)) };
            let mut pronunciation = head.unwrap_or_default();
            pronunciation.push_word(&self.misaki.lexicon.append_s(&self.fallback().number(years)));
            return Some(pronunciation);
        }
        // "1920s-era", but "15s-long"
        if let Some((years, rest)) = text.split_once('-')
            && years.strip_suffix('s').is_some_and(|years| years.len() == 4 && numbers::is_digits(years))
            && rest.bytes().all(|c| c.is_ascii_alphabetic())
        {
            let mut decade = token.clone();
            years.clone_into(&mut decade.text);
            let mut pronunciation = self.correct(&decade, context)?;
            pronunciation.push_word(&self.fallback().pronounce(rest, context).phonemes);
            return Some(pronunciation);
        }
        let fallback = || Some(self.fallback().pronounce(text, context));
        match token.phonemes.as_deref() {
            None => fallback(),
            Some(phonemes) if phonemes.contains(UNKNOWN) => fallback(),
            Some("") if text == "/" && !(context.before.is_none() && context.after.is_some()) => None,
            // The number token has the name of the currency.
            Some("") if "$£€".contains(text) && context.next.starts_with(|c: char| c.is_ascii_digit()) => None,
            Some("") => fallback(),
            // misaki drops the full stop of an item, "1. Wash the rice."
            Some(phonemes) if context.first && text.strip_suffix('.').is_some_and(numbers::is_digits) => {
                Some(Pronunciation { phonemes: format!("{phonemes}."), skipped: Vec::new() })
            }
            Some(_) => None,
        }
    }

    /// Updates `the`, `to`, `in` or `am` before a corrected token, because they depend on its first sound.
    fn update_previous(&self, tokens: &mut [Word], corrected: usize) {
        let Some(at) = corrected.checked_sub(1) else { return };
        let sound =
            tokens[corrected].phonemes.iter().flat_map(|phonemes| phonemes.chars()).find(|c| !"ˈˌ“”(".contains(*c));
        let following = TokenContext {
            future_vowel: sound.filter(|c| c.is_alphabetic()).map(|c| VOWELS.contains(c)),
            future_to: false,
        };
        let token = &mut tokens[at];
        let word = ["the", "to", "in", "am"].iter().any(|word| token.text.eq_ignore_ascii_case(word));
        if word
            && sound.is_some()
            && let Some(phonemes) =
                entries::by_misaki(&self.misaki.lexicon, &token.text, token.tag, None, Some(&following))
        {
            token.phonemes = Some(phonemes);
        }
    }
}

/// Adds spaces between the name of a symbol and adjacent words, as in "a_b".
fn with_spaces(phonemes: String, context: Context<'_>) -> String {
    if !phonemes.chars().any(char::is_alphabetic) {
        // "names[1]"
        let index = phonemes == "(" && context.before.is_some_and(char::is_alphanumeric);
        return if index { format!(" {phonemes}") } else { phonemes };
    }
    let gap = |side: Option<char>, marks: &str| side.is_some_and(|c| !marks.contains(c) && !symbols::is_silent(c));
    let (before, after) = (gap(context.before, "([{“"), gap(context.after, ".,!?;:…—)]}”"));
    [if before { " " } else { "" }, &phonemes, if after { " " } else { "" }].concat()
}

/// Removes the pause of a full stop after an abbreviation, unless it also ends the line or the sentence.
fn drop_abbreviation_stops(tokens: &mut [Word]) {
    for at in 1..tokens.len().saturating_sub(1) {
        let (abbreviation, next) = (&tokens[at - 1], tokens[at + 1].text.as_str());
        if tokens[at].text != "." || !abbreviation.whitespace.is_empty() {
            continue;
        }
        let continues = if abbreviations::title(&abbreviation.text).is_some() {
            true
        } else {
            abbreviations::words(&abbreviation.text).is_some() && !next.starts_with(|c: char| c.is_uppercase())
        };
        if continues {
            tokens[at].phonemes = None;
        }
    }
}

impl G2p for English {
    fn phonemize(&self, text: &str) -> Result<String> {
        let tokens = self.tokens(text)?;
        if tokens.is_empty() { Err(nothing_to_speak(text)) } else { Ok(token::phonemes(&tokens)) }
    }

    /// Works line by line, so that memory is bounded and an error quotes its line.
    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        let (mut spoken, mut skipped) = (Vec::new(), Vec::new());
        let composed = if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) };
        for written in composed.lines() {
            let written = written::read(written, crate::language::Language::AmericanEnglish);
            let line = normalize::normalize(&self.words.apply(&self.without_capitals(written.text())), self.accent);
            if line.is_empty() {
                continue;
            }
            let (tokens, silent) = self.line_tokens(&line, &mut skipped);
            // Where a silent word and the one before it end: no space between them and the next word is spoken.
            let ends = silent.into_iter().flat_map(|at| at.saturating_sub(1)..=at);
            let ends: Vec<usize> = ends.filter(|at| !tokens[*at].whitespace.is_empty()).collect();
            let before = spoken.len();
            join(&tokens, &mut spoken, &mut skipped);
            let tokens = spoken.split_off(before);
            let (plain, _) = markers(written.text());
            spoken.extend(written.restore(token::restore_text(tokens, &plain, &ends)));
        }
        if !skipped.is_empty() {
            log::warn!("no pronunciation for {:?}, skipped", skipped.iter().collect::<String>());
        }
        // Unicode counts stress marks as letters.
        let letter = |c: char| c.is_alphabetic() && !"ˈˌː".contains(c);
        Ok(if spoken.iter().any(|token| token.phonemes.contains(letter)) { spoken } else { Vec::new() })
    }
}

/// Appends the tokens of a line, with one space between words and only symbols of the vocabulary.
fn join(line: &[Token], spoken: &mut Vec<Token>, skipped: &mut Vec<char>) {
    let symbols = line
        .iter()
        .enumerate()
        .flat_map(|(at, token)| token.phonemes.chars().chain(token.whitespace.chars()).map(move |symbol| (at, symbol)));
    let symbols: Vec<(usize, char)> = symbols.collect();
    // The token after or inside which the next space goes: the last one with phonemes.
    let mut last = spoken.iter().rposition(|token| !token.phonemes.is_empty());
    let base = spoken.len();
    spoken.extend(line.iter().map(|token| Token::new(token.text.as_str(), "", "")));
    for word in symbols.split(|(_, symbol)| symbol.is_whitespace()).filter(|word| !word.is_empty()) {
        // Punctuation after a skipped word goes to the word before it.
        let after_skipped = (base + word[0].0).checked_sub(1).is_some_and(|at| spoken[at].phonemes.is_empty());
        let orphan = after_skipped && word.iter().all(|(_, symbol)| ".,!?;:…".contains(*symbol));
        if let (Some(last), false) = (last, orphan) {
            let inside = last == base + word[0].0;
            let space = if inside { &mut spoken[last].phonemes } else { &mut spoken[last].whitespace };
            if !space.ends_with(' ') {
                space.push(' ');
            }
        }
        for &(at, symbol) in word {
            links::push_symbol(symbol, phonemes::is_known, &mut spoken[base + at].phonemes, skipped);
            if !spoken[base + at].phonemes.is_empty() {
                last = Some(base + at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dictionaries_know_every_word_of_the_tables() {
        let names = (' '..='⏿').filter_map(symbols::symbol).chain(('Α'..='ω').filter_map(symbols::greek));
        let titles = abbreviations::TITLES.iter().chain(abbreviations::WORDS).map(|(_, words)| *words);
        let units = abbreviations::UNITS.iter().flat_map(|(_, singular, plural)| [*singular, *plural]);
        let clipped = abbreviations::CLIPPED.iter().map(|(_, word)| *word);
        let in_place = abbreviations::IN_PLACE.iter().map(|(_, words, _)| *words);
        let before_names = abbreviations::BEFORE_NAMES.iter().map(|(_, words)| *words);
        let words: Vec<_> =
            names.chain(titles).chain(units).chain(clipped).chain(in_place).chain(before_names).collect();
        for accent in [Accent::American, Accent::British] {
            let english = English::new(accent).unwrap();
            let missing: Vec<_> = words.iter().filter(|words| english.fallback().known(words).is_none()).collect();
            assert!(missing.is_empty(), "{accent:?}: {missing:?}");
        }
    }

    #[test]
    fn no_letter_is_cut_and_no_run_takes_long() {
        let english = English::new(Accent::American).unwrap();
        for text in ["sautéing", "clichéing", "Ünnüing", "one\u{a0}day--then", "one\u{3000}day--then"] {
            assert!(!english.phonemize(text).unwrap().is_empty(), "{text}");
        }
        // Each took a minute and more when every place of a run was read to its end.
        let shouted = format!("THE CAT SAT {}", "A-".repeat(2_000));
        for text in [shouted, "1".repeat(20_000), "1,".repeat(20_000), "。".repeat(30_000)] {
            let _ = english.tokens(&text).unwrap();
        }
    }

    #[test]
    fn markers_stay_on_their_words_after_what_no_word_has() {
        let english = English::new(Accent::American).unwrap();
        let read = |text: &str| english.phonemize(text).unwrap();
        assert!(read("class x'9 [tomato](/zˈuzu/)").ends_with("zˈuzu"));
        assert!(read("[ a](/bˈu/) [b](/kˈu/)").ends_with("kˈu"));
        assert_eq!(read("No [x](/bˈu/)."), "nˈO bˈu.");
        for (text, spoken) in [
            ("[Bob](/bˈu/)'s", "bˈuz"),
            ("It was [x](/௵/)'s hat.", "ˌɪt wʌz hˈæt."),
            ("[New York](/nˈu jˈɔɹk/)'s hat", "nˈu jˈɔɹks hˈæt"),
            ("[Bob](/bˈup/)’s hat", "bˈups hˈæt"),
            ("[Max](/bˈus/)'s", "bˈusɪz"),
            ("[C++](/bˈu/)-like", "bˈulˈIk"),
            ("It's", "ˌɪts"),
            ("'s [Bob](/bˈu/)", "s bˈu"),
        ] {
            assert_eq!(read(text), spoken, "{text}");
        }
        assert_eq!(read("[y](/bˈu/). [U.S.](/kˈu/) x."), "bˈu. kˈu ˈɛks.");
    }

    #[test]
    fn the_phonemes_of_the_tables_are_in_the_vocabulary() {
        let words = words::WORDS.iter().flat_map(|(_, american, british)| [*american, *british]);
        for spoken in words.chain(heteronyms::readings()) {
            assert_eq!(phonemes::unknown(spoken).collect::<String>(), "", "{spoken}");
            assert_eq!(spoken.matches('ˈ').count(), 1, "{spoken}");
        }
    }
}
