//! Which words of a text the words of espeak-ng belong to: a number becomes several, and "tout le" becomes one.

use crate::token::{self, Token};

/// The most words of the text that espeak-ng joins.
const JOINED: usize = 4;
/// The most words that it makes of one.
const SPLIT: usize = 16;
/// The most parts that a word has more in a sentence than alone.
const MORE: usize = 4;
/// How far, in parts, the parts of a word may lie from where they would be if all words were said as they are alone.
const BAND: usize = 24;
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
    let counts: Vec<usize> = alone.iter().map(|part| part.split(' ').count()).collect();
    let Some(groups) = groups(&expected, &heard, &counts, &mut 0) else {
        // More words than can be joined.
        return token::pair_words(&text.join(" "), spoken);
    };
    let mut tokens = Vec::new();
    let (mut word, mut part) = (0, 0);
    for (words, count) in groups {
        let (to, until) = (word + words, part + count);
        let whitespace = if until < parts.len() { " " } else { "" };
        tokens.push(Token::new(text[word..to].join(" "), parts[part..until].join(" "), whitespace));
        (word, part) = (to, until);
    }
    tokens
}

/// How many words and how many parts belong together, one after the other, with the least cost; `None` if nothing fits.
/// `counts` are the numbers of parts that the words have alone. `compared` counts the groups that were compared.
fn groups(
    expected: &[Vec<char>],
    heard: &[Vec<char>],
    counts: &[usize],
    compared: &mut usize,
) -> Option<Vec<(usize, usize)>> {
    let total: usize = counts.iter().sum();
    // The least cost of the first words and parts, and the numbers of both in the last group. The parts of a word lie near
    // where they would be if all words were said as they are alone, so only a band of the table is filled.
    let mut best = vec![vec![(usize::MAX, 0, 0); 2 * BAND + 1]; expected.len() + 1];
    let mut starts = vec![0];
    let mut so_far = 0;
    for count in counts {
        so_far += count;
        starts.push((so_far * heard.len() / total.max(1)).saturating_sub(BAND));
    }
    best[0][0].0 = 0;
    for word in 0..expected.len() {
        for at in 0..=2 * BAND {
            let (so_far, ..) = best[word][at];
            let part = starts[word] + at;
            if so_far == usize::MAX {
                continue;
            }
            // A number that could not be said alone.
            let digits = expected[word].iter().any(char::is_ascii_digit);
            let most = if digits { SPLIT } else { SPLIT.min(counts[word] + MORE) };
            let one_to_many = (1..=most).map(|count| (1, count));
            for (words, count) in one_to_many.chain((2..=JOINED).map(|count| (count, 1))) {
                let (to, until) = (word + words, part + count);
                if to > expected.len() || until > heard.len() {
                    continue;
                }
                let Some(cell) = until.checked_sub(starts[to]).filter(|cell| *cell <= 2 * BAND) else { continue };
                *compared += 1;
                let cost = distance(&expected[word..to].concat(), &heard[part..until].concat());
                let cost = so_far + cost + UNEVEN * (words + count - 2);
                if cost < best[to][cell].0 {
                    best[to][cell] = (cost, words, count);
                }
            }
        }
    }
    let mut found = Vec::new();
    let (mut word, mut part) = (expected.len(), heard.len());
    while word > 0 {
        let (_, words, count) = *best[word].get(part.checked_sub(starts[word])?)?;
        if words == 0 {
            return None;
        }
        found.push((words, count));
        (word, part) = (word - words, part - count);
    }
    found.reverse();
    Some(found)
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

    #[test]
    fn the_work_grows_with_the_number_of_words() {
        let work = |words: usize| {
            let letters: Vec<Vec<char>> = (0..words).map(|at| vec![char::from(b'a' + (at % 26) as u8)]).collect();
            let (mut heard, mut compared) = (letters.clone(), 0);
            // One word has two parts, so that the counts differ.
            heard.insert(words / 2, vec!['z']);
            let groups = groups(&letters, &heard, &vec![1; words], &mut compared).unwrap();
            assert_eq!(groups.iter().map(|(_, parts)| parts).sum::<usize>(), words + 1);
            compared
        };
        let (some, many) = (work(300), work(1200));
        assert!(some <= 300 * (2 * BAND + 1) * (1 + MORE + JOINED), "{some}");
        assert!(many < 5 * some, "{many} after {some}: four times the words");
    }
}
