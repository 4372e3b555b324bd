//! Phonemes, their ids, and chunks.

use kokoro_wgpu::text::{chunks, phonemes};

/// A small deterministic generator (xorshift), so that a failure repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn pick(&mut self, from: &[char]) -> char {
        from[self.below(from.len())]
    }

    fn text(&mut self, from: &[char], longest: usize) -> String {
        let length = self.below(longest) + 1;
        (0..length).map(|_| self.pick(from)).collect()
    }
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn the_vocabulary_is_the_published_one() {
    let config: serde_json::Value = serde_json::from_str(include_str!("golden/config.json")).unwrap();
    let published = config["vocab"].as_object().unwrap();
    assert_eq!(published.len(), 114);
    for (symbol, id) in published {
        let id = id.as_u64().unwrap() as u32;
        assert_eq!(phonemes::ids(symbol), [id], "{symbol:?}");
        assert_eq!(phonemes::symbol(id).map(String::from).as_ref(), Some(symbol));
    }
    let known = (0..200).filter_map(phonemes::symbol).count();
    assert_eq!(known, 114, "no symbol beyond the published ones");
    assert_eq!(phonemes::symbol(0), None, "the boundary token has no symbol");
}

#[test]
fn unknown_code_points_are_dropped_and_listed() {
    assert_eq!(phonemes::ids("hg❓ə"), [50, 83]);
    assert_eq!(phonemes::unknown("hg❓ə").collect::<String>(), "g❓");
    assert!(phonemes::ids("").is_empty());
}

#[test]
fn chunks_lose_nothing_and_fit() {
    let symbols: Vec<char> = "abcəɹˈˌː.!?…:;,—)”“(    ".chars().collect();
    let mut random = Random(82);
    for case in 0..2000 {
        let text = random.text(&symbols, 400);
        let limit = random.below(60) + 1;
        let chunks = chunks::split(&text, limit);
        assert_eq!(without_spaces(&chunks.concat()), without_spaces(&text), "case {case}, limit {limit}: {text:?}");
        for chunk in &chunks {
            assert!(!chunk.is_empty() && chunk.trim() == *chunk, "case {case}: {chunk:?}");
            assert!(chunk.chars().count() <= limit, "case {case}: {} of {limit} in {chunk:?}", chunk.chars().count());
        }
        // A boundary may fall inside a word only if the chunk before it has no space to cut at.
        let mut at = 0;
        for chunk in chunks.iter().take(chunks.len().saturating_sub(1)) {
            at += text[at..].find(chunk).unwrap() + chunk.len();
            let inside = !text[at..].starts_with(char::is_whitespace);
            assert!(!inside || !chunk.contains(' '), "case {case}, limit {limit}: {chunk:?} of {text:?}");
        }
    }
}

#[test]
fn chunks_end_at_the_best_mark() {
    for (text, limit, expected, why) in [
        ("ab. cd, ef gh", 11, vec!["ab.", "cd, ef gh"], "a full stop before a later comma"),
        ("ab: cd, ef gh", 11, vec!["ab:", "cd, ef gh"], "a colon before a later comma"),
        ("ab, cd ef gh", 11, vec!["ab,", "cd ef gh"], "a comma before a later space"),
        ("ab cd ef gh", 10, vec!["ab cd ef", "gh"], "the last space"),
        ("abcdefgh", 3, vec!["abc", "def", "gh"], "no space at all"),
        ("(ab cd.) ef", 9, vec!["(ab cd.)", "ef"], "the bracket goes along"),
        ("“ab cd.” ef", 9, vec!["“ab cd.”", "ef"], "the quote goes along"),
        ("ab... cd", 6, vec!["ab...", "cd"], "an ellipsis stays whole"),
        ("a.b cd", 5, vec!["a.b", "cd"], "a mark inside a word is no end"),
        ("ab cd", 5, vec!["ab cd"], "an exact fit"),
        ("abc de", 3, vec!["abc", "de"], "a space at the limit"),
        ("əˈəˈəː", 2, vec!["ə", "ˈə", "ˈə", "ː"], "stress stays with its vowel where it can"),
        ("  ", 5, vec![], "white space"),
        ("ab", 0, vec!["a", "b"], "a limit of nothing"),
    ] {
        assert_eq!(chunks::split(text, limit), expected, "{why}");
    }
}

#[test]
fn six_hundred_words_without_punctuation_are_all_there() {
    let text = vec!["wˈɜɹd"; 600].join(" ");
    let chunks = chunks::split(&text, phonemes::MAX_PHONEMES);
    assert!(chunks.iter().all(|chunk| chunk.chars().count() <= phonemes::MAX_PHONEMES));
    assert_eq!(chunks.join(" "), text, "cut at spaces only");
    assert_eq!(chunks.len(), 8, "filled greedily: 73 words a chunk");
}
