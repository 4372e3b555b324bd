//! The parts of a word that the dictionary has together: "co-op" of "co-op-like".

use std::collections::HashSet;

use misaki_rs::lexicon::{Lexicon, TokenContext};

use super::{Misaki, UNKNOWN, Word, entries, groups};

/// Whether a sign joins the parts of a word. Apostrophes and full stops are of endings and of acronyms too.
fn is_joint(symbol: char) -> bool {
    !symbol.is_alphabetic() && !matches!(symbol, '\'' | '‘' | '’' | '.')
}

/// The text up to its last joint: "co-" of "co-op". An ending, as of "co-ops", leaves that alone.
fn head(text: &str) -> Option<&str> {
    text.char_indices().rev().find(|(_, symbol)| is_joint(*symbol)).map(|(at, symbol)| &text[..at + symbol.len_utf8()])
}

/// The bytes of the longest run of parts without a joint that is looked up, if it is more than one part. Words of the dictionary
/// are shorter, with their endings too.
const LONGEST_LOOKED_UP: usize = 48;

/// The heads of all words of a dictionary that have a joint, in small letters. A run of parts with another head is in no
/// dictionary, so that it need not be looked up in all the ways that misaki has.
pub struct Heads {
    known: HashSet<String>,
    /// The bytes of the longest.
    longest: usize,
}

impl Heads {
    pub fn of(lexicon: &Lexicon) -> Self {
        let words = lexicon.golds.keys().chain(lexicon.silvers.keys());
        let known: HashSet<String> = words.filter_map(|word| head(word)).map(str::to_lowercase).collect();
        let longest = known.iter().map(String::len).max().unwrap_or_default();
        Self { known, longest }
    }

    /// The first part of each run up to the end of `parts` that the dictionary may have, the longest run first. `parts` are in
    /// small letters, as the dictionary writes them.
    fn runs(&self, parts: &[String]) -> Vec<usize> {
        let joint = parts.iter().rposition(|part| part.contains(is_joint));
        // Without a joint it may have any of them.
        let mut length = 0;
        let short = |at: &usize| {
            length += parts[*at].len();
            at + 1 == parts.len() || length <= LONGEST_LOOKED_UP
        };
        let mut starts: Vec<usize> =
            (joint.map_or(0, |joint| joint + 1)..parts.len()).rev().take_while(short).collect();
        let Some(joint) = joint else {
            starts.reverse();
            return starts;
        };
        let mut text = head(&parts[joint]).unwrap_or_default().to_owned();
        for at in (0..=joint).rev() {
            if at < joint {
                text.insert_str(0, &parts[at]);
            }
            // A single part may be a sign that is in no other word.
            if at + 1 == parts.len() || self.known.contains(&text) {
                starts.push(at);
            }
            if text.len() > self.longest {
                break;
            }
        }
        starts.reverse();
        starts
    }
}

impl Misaki {
    /// The phonemes of each part of a word: from the right the longest run of parts that the dictionary has. The phonemes of a
    /// run are those of its first part.
    pub(super) fn spans(&self, parts: &[Word], following: &[TokenContext]) -> Vec<String> {
        let keys: Vec<String> = parts.iter().map(|part| entries::key(&part.text).to_lowercase()).collect();
        let mut spoken: Vec<Option<String>> = vec![None; parts.len()];
        let mut right = parts.len();
        while right > 0 {
            let found = self.heads.runs(&keys[..right]).into_iter().find_map(|left| {
                let (text, tag) = groups::joined(&parts[left..right]);
                Some((left, self.lookup(&entries::key(&text), tag, None, &following[left])?))
            });
            match found {
                Some((left, phonemes)) => {
                    spoken[left..right].fill(Some(String::new()));
                    spoken[left] = Some(phonemes);
                    right = left;
                }
                None => right -= 1,
            }
        }
        let unresolved = |part: &Word| {
            if groups::is_silent(&part.text) {
                String::new()
            } else {
                part.phonemes.clone().unwrap_or_else(|| UNKNOWN.into())
            }
        };
        spoken.into_iter().zip(parts).map(|(spoken, part)| spoken.unwrap_or_else(|| unresolved(part))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::english::misaki::subtokens::subtokens;

    #[test]
    fn every_word_with_a_joint_is_found_with_its_endings() {
        let lexicon = Lexicon::new(misaki_rs::Language::EnglishUS);
        let heads = Heads::of(&lexicon);
        let longest = lexicon.golds.keys().chain(lexicon.silvers.keys()).map(String::len).max();
        assert!(longest.is_some_and(|longest| longest + "'s".len() <= LONGEST_LOOKED_UP), "{longest:?}");
        let joined: Vec<&String> =
            lexicon.golds.keys().chain(lexicon.silvers.keys()).filter(|word| word.contains(is_joint)).collect();
        assert!(joined.len() > 100, "{}", joined.len());
        for word in joined {
            for text in [word.clone(), format!("{word}s"), format!("{word}'s"), word.to_uppercase()] {
                let parts: Vec<String> = subtokens(&text).iter().map(|part| part.to_lowercase()).collect();
                // Some apostrophes are in no part.
                let whole = parts.concat() == text.to_lowercase();
                assert!(!whole || heads.runs(&parts).first() == Some(&0), "{parts:?}");
            }
        }
    }

    #[test]
    fn few_runs_of_a_long_word_are_looked_up() {
        let heads = Heads::of(&Lexicon::new(misaki_rs::Language::EnglishUS));
        let parts: Vec<String> = ["a", "-"].repeat(60).into_iter().map(str::to_owned).collect();
        let looked_up: usize = (1..=parts.len()).map(|right| heads.runs(&parts[..right]).len()).sum();
        assert!(looked_up < 4 * parts.len(), "{looked_up} of {} parts", parts.len());
        // Capitals within a word are no joints.
        let parts = vec!["a".to_owned(); 120];
        assert_eq!(heads.runs(&parts).len(), LONGEST_LOOKED_UP);
        assert_eq!(heads.runs(&["x".repeat(100), "y".to_owned(), "z".repeat(100)]), [2]);
    }
}
