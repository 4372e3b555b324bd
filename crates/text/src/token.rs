//! Tokens: words and punctuation with their phonemes.

#[cfg(feature = "languages")]
use std::cell::LazyCell;
#[cfg(feature = "languages")]
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// A word or punctuation mark of a text, with its phonemes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The text as written, without white space.
    pub text: String,
    /// The phonemes. Empty for a token that is not spoken by itself, such as the sign before an amount of money. A
    /// number may become several words, separated by spaces.
    pub phonemes: String,
    /// The separator before the next token, which the network reads too: spaces, `/` between words of v1.1-zh, or
    /// nothing.
    pub whitespace: String,
}

impl Token {
    /// A token with the separator that follows it.
    pub fn new(text: impl Into<String>, phonemes: impl Into<String>, whitespace: impl Into<String>) -> Self {
        Self { text: text.into(), phonemes: phonemes.into(), whitespace: whitespace.into() }
    }
}

/// The phonemes of all tokens with their separators, trimmed.
pub fn phonemes(tokens: &[Token]) -> String {
    let joined: String = tokens.iter().flat_map(|token| [token.phonemes.as_str(), &token.whitespace]).collect();
    joined.trim().to_owned()
}

/// A token for each word of a phoneme string. Its text is the word of the text at the same position, or the phonemes if
/// the word counts differ.
pub fn pair_words(text: &str, phonemes: &str) -> Vec<Token> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = phonemes.trim();
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        rest = tail.trim_start();
        tokens.push(Token::new(word, word, &tail[..tail.len() - rest.len()]));
    }
    if words.len() == tokens.len() {
        for (token, word) in tokens.iter_mut().zip(words) {
            word.clone_into(&mut token.text);
        }
    }
    tokens
}

/// The most words to look ahead for the place where the text and its tokens agree again.
#[cfg(feature = "languages")]
const LOOKAHEAD: usize = 12;

/// Restores the original text of tokens whose text was normalized before reading ("5:30" to "5 30"). The tokens of a
/// normalized range become one token. A word also ends with each token of `ends`, which rise.
#[cfg(feature = "languages")]
pub fn restore_text(tokens: Vec<Token>, text: &str, ends: &[usize]) -> Vec<Token> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut groups: Vec<Vec<Token>> = vec![Vec::new()];
    for (at, token) in tokens.into_iter().enumerate() {
        let ends = !token.whitespace.is_empty() || ends.binary_search(&at).is_ok();
        groups.last_mut().into_iter().for_each(|group| group.push(token.clone()));
        if ends {
            groups.push(Vec::new());
        }
    }
    groups.retain(|group| !group.is_empty());
    let normalized: Vec<String> =
        groups.iter().map(|group| group.iter().map(|token| token.text.as_str()).collect()).collect();
    let pairs = LazyCell::new(|| pairs(&words));
    let (mut word, mut group) = (0, 0);
    let mut out: Vec<Token> = Vec::new();
    while group < groups.len() {
        if let Some(written) = words.get(word).filter(|written| written.eq_ignore_ascii_case(&normalized[group])) {
            // The letters of both are equally long.
            let mut start = 0;
            for mut token in groups[group].drain(..) {
                let end = start + token.text.len();
                written.get(start..end).unwrap_or_default().clone_into(&mut token.text);
                start = end;
                out.push(token);
            }
            (word, group) = (word + 1, group + 1);
            continue;
        }
        // Find the nearest position at which both agree again: `w` words and `g` groups further. A range has something
        // to speak, so `g` is at least 1.
        let agrees = |&(w, g): &(usize, usize)| {
            words
                .get(word + w)
                .zip(normalized.get(group + g))
                .is_some_and(|(word, normalized)| word.eq_ignore_ascii_case(normalized))
        };
        let mut candidates = (1..2 * LOOKAHEAD).flat_map(|sum| (1..=sum).map(move |g| (sum - g, g)));
        // The "to" of "2–3 to" is not that of "2 to 3 to".
        let complete = |&(w, g): &(usize, usize)| has_numbers(&words[word..word + w], &normalized[group..group + g]);
        let fitting = candidates.clone().find(|candidate| agrees(candidate) && complete(candidate));
        let (w, g) = fitting
            .or_else(|| candidates.find(agrees))
            .or_else(|| further(&pairs, &normalized, word, group))
            .unwrap_or((words.len().saturating_sub(word), groups.len() - group));
        let range: Vec<Token> = groups[group..group + g].iter().flatten().cloned().collect();
        let whitespace = range.last().map_or("", |token| token.whitespace.as_str());
        out.push(Token::new(words[word..][..w].join(" "), phonemes(&range), whitespace));
        (word, group) = (word + w, group + g);
    }
    if let Some(last) = out.last_mut().filter(|_| word < words.len()) {
        last.text = format!("{} {}", last.text, words[word..].join(" "));
    }
    out
}

/// Whether the numbers of some written words are in the text that stands for them, in order.
#[cfg(feature = "languages")]
fn has_numbers(words: &[&str], normalized: &[String]) -> bool {
    fn numbers(text: &str) -> impl Iterator<Item = &str> {
        text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty())
    }
    let mut spoken = normalized.iter().flat_map(|text| numbers(text));
    words.iter().flat_map(|word| numbers(word)).all(|number| spoken.any(|other| other == number))
}

/// Two words beside each other in lower case; the last word stands alone.
#[cfg(feature = "languages")]
type Pair = (String, String);

/// The positions of each pair of words, rising.
#[cfg(feature = "languages")]
fn pairs(words: &[&str]) -> HashMap<Pair, Vec<usize>> {
    let mut pairs: HashMap<Pair, Vec<usize>> = HashMap::new();
    for at in 0..words.len() {
        pairs.entry(pair(words, at)).or_default().push(at);
    }
    pairs
}

#[cfg(feature = "languages")]
fn pair<S: AsRef<str>>(words: &[S], at: usize) -> Pair {
    let lower = |at: usize| words.get(at).map_or_else(String::new, |word| word.as_ref().to_ascii_lowercase());
    (lower(at), lower(at + 1))
}

/// The nearest position beyond [`LOOKAHEAD`] at which two words agree, as words and groups from `word` and `group`. It looks
/// no further than what it finds, so that all searches of a line together take time in proportion to the line.
#[cfg(feature = "languages")]
fn further(
    pairs: &HashMap<Pair, Vec<usize>>,
    normalized: &[String],
    word: usize,
    group: usize,
) -> Option<(usize, usize)> {
    let mut nearest: Option<(usize, usize)> = None;
    for g in 1..normalized.len() - group {
        if nearest.is_some_and(|(w, best)| w + best <= g) {
            break;
        }
        let Some(positions) = pairs.get(&pair(normalized, group + g)) else { continue };
        let at = positions.partition_point(|at| *at < word);
        let found = positions.get(at).map(|at| (at - word, g));
        let sum = |(w, g): (usize, usize)| w + g;
        nearest = [nearest, found].into_iter().flatten().min_by_key(|candidate| sum(*candidate));
    }
    nearest
}

/// Splits tokens after the first `length` phonemes of [`phonemes`]. A token across the cut is divided.
pub fn split_at(tokens: Vec<Token>, length: usize) -> (Vec<Token>, Vec<Token>) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut remaining = length;
    let mut started = false;
    for mut token in tokens {
        if !started {
            // `phonemes` trims leading white space, so it does not count.
            token.phonemes = token.phonemes.trim_start().to_owned();
            started = !token.phonemes.is_empty();
            if !started {
                token.whitespace.clear();
            }
        }
        let count = token.phonemes.chars().count();
        if !second.is_empty() || remaining == 0 && count > 0 {
            second.push(token);
        } else if count > remaining {
            let (head, tail) = split_token(token, remaining);
            first.push(head);
            second.push(tail);
        } else {
            remaining = (remaining - count).saturating_sub(token.whitespace.chars().count());
            first.push(token);
        }
    }
    (first, second)
}

/// Splits a token after its first `at` phonemes, and its text in proportion.
fn split_token(token: Token, at: usize) -> (Token, Token) {
    let cut = |text: &str, at: usize| text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
    let (letters, symbols) = (token.text.chars().count(), token.phonemes.chars().count());
    let (head, tail) = token.phonemes.split_at(cut(&token.phonemes, at));
    let (first, second) = token.text.split_at(cut(&token.text, letters * at / symbols.max(1)));
    (Token::new(first, head.trim_end(), ""), Token::new(second, tail.trim_start(), token.whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunks;
    use crate::phonemes::MAX_PHONEMES;

    fn texts(tokens: &[Token]) -> Vec<&str> {
        tokens.iter().map(|token| token.text.as_str()).collect()
    }

    fn split(mut rest: Vec<Token>, limit: usize) -> Vec<Vec<Token>> {
        let mut pieces = Vec::new();
        while let [first, _, ..] = chunks::split(&phonemes(&rest), limit).as_slice() {
            let (piece, tail) = split_at(rest, first.chars().count());
            pieces.push(piece);
            rest = tail;
        }
        pieces.push(rest);
        pieces
    }

    #[test]
    fn words_are_paired_if_the_counts_agree() {
        assert_eq!(texts(&pair_words("One two", "wˈʌn tˈu")), ["One", "two"]);
        assert_eq!(texts(&pair_words("21", "twˈɛnti wˈʌn")), ["twˈɛnti", "wˈʌn"]);
        assert_eq!(phonemes(&pair_words("", " ab  cd ")), "ab  cd", "white space stays");
    }

    #[cfg(feature = "languages")]
    #[test]
    fn normalized_text_is_restored() {
        let tokens = |normalized: &str| pair_words(normalized, normalized);
        for (written, normalized, expected) in [
            ("at 5:30 now", "at 5 30 now", vec!["at", "5:30", "now"]),
            ("- Item one", "Item one", vec!["- Item", "one"]),
            ("so 你 it is", "so it is", vec!["so", "你 it", "is"]),
            ("a b !", "a b", vec!["a", "b !"]),
            ("3°C", "3 degrees Celsius", vec!["3°C"]),
            ("Add 2–3 to the list", "Add 2 to 3 to the list", vec!["Add", "2–3", "to", "the", "list"]),
            ("at 17:30 and then", "at 17 and 30 and then", vec!["at", "17:30", "and", "then"]),
            ("the 1st of 1 May", "the first of 1 May", vec!["the", "1st", "of", "1", "May"]),
            ("x", "y z", vec!["x"]),
            ("", "y z", vec![""]),
        ] {
            let restored = restore_text(tokens(normalized), written, &[]);
            assert_eq!(texts(&restored), expected, "{written:?} normalized to {normalized:?}");
            assert_eq!(phonemes(&restored), normalized);
        }
    }

    #[cfg(feature = "languages")]
    #[test]
    fn words_after_a_long_expansion_keep_their_text() {
        let address = vec!["dot"; 40].join(" ");
        let normalized = format!("see {address} and then more words");
        let restored = restore_text(tokens_of(&normalized), "see a.b.c and then more words", &[]);
        assert_eq!(texts(&restored), ["see", "a.b.c", "and", "then", "more", "words"]);
        assert_eq!(phonemes(&restored), normalized);
        // A line without any agreement is still one token, in a time that grows with the line and not with its square.
        let (written, spoken) = (vec!["a"; 20_000].join(" "), vec!["b"; 20_000].join(" "));
        assert_eq!(restore_text(tokens_of(&spoken), &written, &[]).len(), 1);
        let (written, spoken) = (format!("{written} c d"), format!("{spoken} c d"));
        assert_eq!(restore_text(tokens_of(&spoken), &written, &[]).len(), 3);
    }

    #[cfg(feature = "languages")]
    fn tokens_of(words: &str) -> Vec<Token> {
        pair_words(words, words)
    }

    #[test]
    fn tokens_split_as_their_phonemes_do() {
        let long = "ˈa".repeat(300);
        for (string, limit) in
            [("ab cd. ef gh", 7), ("ab, cd", 3), ("abcdefgh", 3), (&long, MAX_PHONEMES), ("a  b c", 3)]
        {
            let pieces = split(pair_words(string, string), limit);
            let spoken: Vec<String> = pieces.iter().map(|piece| phonemes(piece)).collect();
            assert_eq!(spoken, chunks::split(string, limit), "{string:?} in {limit}");
            let text: String = pieces.iter().flat_map(|piece| texts(piece)).collect();
            assert_eq!(text, string.replace(' ', ""), "text of {string:?} in {limit}");
        }
        // A token of several words is cut at a space, its text anywhere.
        let number =
            vec![Token::new("1990s", "nˌIntˈin nˈIntiz", " "), Token::new("$", "", ""), Token::new("x", "ˈɛks", "")];
        let pieces = split(number, 12);
        assert_eq!(phonemes(&pieces[0]), "nˌIntˈin");
        assert_eq!(phonemes(&pieces[1]), "nˈIntiz ˈɛks");
        assert_eq!(texts(&pieces[0])[0].to_owned() + texts(&pieces[1])[0], "1990s");
    }
}
