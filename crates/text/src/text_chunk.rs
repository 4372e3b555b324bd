//! A chunk of text: what the network speaks in one run.

use serde::{Deserialize, Serialize};

use crate::chunks;
use crate::phonemes::Vocabulary;
use crate::token::{self, Token};

/// A piece of text with its phonemes, short enough for one run of the network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextChunk {
    /// The text as written, including the white space after it: the chunks of a stream joined are its text. If one
    /// sentence became several chunks, its text is divided in proportion.
    pub text: String,
    /// The words with their phonemes; empty if there is nothing to speak in `text`.
    pub tokens: Vec<Token>,
}

impl TextChunk {
    /// The phonemes, as the network reads them.
    pub fn phonemes(&self) -> String {
        token::phonemes(&self.tokens)
    }

    /// Whether the chunk has a phoneme of this vocabulary.
    pub fn is_spoken(&self, vocabulary: &Vocabulary) -> bool {
        self.tokens.iter().any(|token| token.phonemes.chars().any(|symbol| vocabulary.id(symbol).is_some()))
    }

    /// The chunk in two, divided between the words nearest to its middle, for a device on which it is too long. A half
    /// without a phoneme of this vocabulary loses its phonemes and stays with the other. `None` for a single word.
    pub fn halves(self, vocabulary: &Vocabulary) -> Option<Vec<Self>> {
        let phonemes = self.phonemes();
        let count = phonemes.chars().count();
        // v1.1-zh writes a slash between words; it stays with the word before it.
        let word_ends = phonemes.chars().enumerate().filter_map(|(index, symbol)| match symbol {
            '/' => Some(index + 1),
            _ => symbol.is_whitespace().then_some(index),
        });
        let middle = word_ends.filter(|end| *end < count).min_by_key(|end| end.abs_diff(count / 2))?;
        let (mut first, mut second) = self.split_at(middle);
        let spoken = [first.is_spoken(vocabulary), second.is_spoken(vocabulary)];
        if spoken == [true, true] {
            return Some(vec![first, second]);
        }
        for (half, spoken) in [(&mut first, spoken[0]), (&mut second, spoken[1])] {
            for token in half.tokens.iter_mut().filter(|_| !spoken) {
                token.phonemes.clear();
                // The slash of v1.1-zh would be read.
                token.whitespace.retain(char::is_whitespace);
            }
        }
        first.text += &second.text;
        first.tokens.append(&mut second.tokens);
        Some(vec![first])
    }

    /// Splits the chunk after its first `length` phonemes.
    fn split_at(self, length: usize) -> (Self, Self) {
        let total = self.phonemes().chars().count();
        let (first, second) = token::split_at(self.tokens, length);
        let (head, tail) = self.text.split_at(proportional_cut(&self.text, length, total));
        (Self { text: head.to_owned(), tokens: first }, Self { text: tail.to_owned(), tokens: second })
    }

    /// Splits the chunk into chunks of at most `limit` phonemes.
    pub fn split(self, limit: usize) -> Vec<Self> {
        let (mut pieces, mut rest) = (Vec::new(), self);
        loop {
            let phonemes = rest.phonemes();
            match chunks::split(&phonemes, limit).as_slice() {
                [first, _, ..] => {
                    let (piece, tail) = rest.split_at(first.chars().count());
                    pieces.push(piece);
                    rest = tail;
                }
                _ => break,
            }
        }
        pieces.push(rest);
        pieces
    }
}

/// The byte offset that divides `text` about as `part` divides `whole`; after white space if there is any.
fn proportional_cut(text: &str, part: usize, whole: usize) -> usize {
    let target = text.len() * part / whole.max(1);
    let word_starts = text.char_indices().filter(|(_, symbol)| symbol.is_whitespace()).map(|(at, c)| at + c.len_utf8());
    let inside = word_starts.filter(|at| *at < text.len()).min_by_key(|at| at.abs_diff(target));
    inside.unwrap_or_else(|| (0..=target).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_halved_at_a_space_as_long_as_it_has_one() {
        let chunk = TextChunk { text: "ab cd ef".to_owned(), tokens: token::pair_words("ab cd ef", "ab cd ef") };
        let vocabulary = Vocabulary::published();
        let [first, second] = <[TextChunk; 2]>::try_from(chunk.halves(&vocabulary).unwrap()).unwrap();
        assert_eq!((first.phonemes().as_str(), second.phonemes().as_str()), ("ab cd", "ef"));
        assert_eq!(first.text + &second.text, "ab cd ef");
        assert!(second.halves(&vocabulary).is_none());
    }

    #[test]
    fn a_half_without_anything_to_speak_joins_the_other() {
        let vocabulary = Vocabulary::published();
        for (text, spoken) in [("@@@@ ab", "ab"), ("ab @@@@", "ab")] {
            let chunk = TextChunk { text: text.to_owned(), tokens: token::pair_words(text, text) };
            let [half] = <[TextChunk; 1]>::try_from(chunk.halves(&vocabulary).unwrap()).unwrap();
            assert_eq!((half.text.as_str(), half.phonemes().trim(), half.tokens.len()), (text, spoken, 2));
        }
    }
}
