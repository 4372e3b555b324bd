//! Which words of a text the words of espeak-ng belong to: a number becomes several, and "tout le" becomes one.

use crate::token::{self, Token};

/// The most words of the text that espeak-ng joins.
const JOINED: usize = 4;
/// The most words that it makes of one.
const SPLIT: usize = 16;
/// The cost of joining or splitting, in letters, so that words stay apart where both fit.
const UNEVEN: usize = 1;

/// A token for each word of `text`, whose phonemes together are `spoken`. `alone` are the phonemes of each word said by
/// itself. Words that espeak-ng joined become one token.
pub fn pair(text: &[&str], alone: &[String], spoken: &str) -> Vec<Token> {
    let parts: Vec<&str> = spoken.split(' ').collect();
    let letters =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric() && !"ˈˌː".contains(*c)).collect::<Vec<char>>();
    let heard: Vec<Vec<char>> = parts.iter().map(|part| letters(part)).collect();
    let expected: Vec<Vec<char>> = alone.iter().map(|part| letters(part)).collect();
    // The least cost of the first words and parts, and the numbers of both in the last group.
    let mut best = vec![vec![(usize::MAX, 0, 0); parts.len() + 1]; text.len() + 1];
    best[0][0].0 = 0;
    for word in 0..text.len() {
        for part in 0..parts.len() {
            let (so_far, ..) = best[word][part];
            if so_far == usize::MAX {
                continue;
            }
            let one_to_many = (1..=SPLIT).map(|count| (1, count));
            for (words, count) in one_to_many.chain((2..=JOINED).map(|count| (count, 1))) {
                let (to, until) = (word + words, part + count);
                if to > text.len() || until > parts.len() {
                    continue;
                }
                let cost = distance(&expected[word..to].concat(), &heard[part..until].concat());
                let cost = so_far + cost + UNEVEN * (words + count - 2);
                if cost < best[to][until].0 {
                    best[to][until] = (cost, words, count);
                }
            }
        }
    }
    let mut tokens = Vec::new();
    let (mut word, mut part) = (text.len(), parts.len());
    while word > 0 {
        let (_, words, count) = best[word][part];
        if words == 0 {
            // More words than can be joined.
            return token::pair_words(&text.join(" "), spoken);
        }
        let whitespace = if part < parts.len() { " " } else { "" };
        tokens.push(Token::new(text[word - words..word].join(" "), parts[part - count..part].join(" "), whitespace));
        (word, part) = (word - words, part - count);
    }
    tokens.reverse();
    tokens
}

/// The edit distance of two words.
fn distance(first: &[char], second: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=second.len()).collect();
    for (at, letter) in first.iter().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (to, other) in second.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[to + 1];
            row[to + 1] = replaced.min(diagonal + 1).min(row[to] + 1);
        }
    }
    row[second.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_words_and_joined_words_are_one() {
        for (text, alone, spoken, expected) in [
            (
                vec!["cuesta", "1234", "euros"],
                vec!["kwˈesta", "mˈil ðosθjˈentos tɾˌAntaikwˈatɾo", "ˈeʊɾos"],
                "kwˈesta mˈil ðosθjˈentos tɾˌAntaikwˈatɾo ˈeʊɾos",
                vec![("cuesta", "kwˈesta"), ("1234", "mˈil ðosθjˈentos tɾˌAntaikwˈatɾo"), ("euros", "ˈeʊɾos")],
            ),
            (
                vec!["bonjour", "tout", "le", "monde"],
                vec!["bɔ̃ʒˈuʁ", "tˈu", "lˈə", "mˈɔ̃d"],
                "bɔ̃ʒˈuʁ tulmˈɔ̃d",
                vec![("bonjour", "bɔ̃ʒˈuʁ"), ("tout le monde", "tulmˈɔ̃d")],
            ),
            (vec!["a", "b", "c", "d", "e", "f"], vec!["a"; 6], "a", vec![("a", "a")]),
        ] {
            let alone: Vec<String> = alone.into_iter().map(str::to_owned).collect();
            let tokens = pair(&text, &alone, spoken);
            assert_eq!(token::phonemes(&tokens), spoken);
            let pairs: Vec<_> = tokens.iter().map(|token| (token.text.as_str(), token.phonemes.as_str())).collect();
            assert_eq!(pairs, expected);
        }
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&letters("kitten"), &letters("sitting")), 3);
    }
}
