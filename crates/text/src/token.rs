//! Words and how they are spoken.

/// A word or mark of a text, with its phonemes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// As written, without white space.
    pub text: String,
    /// As spoken. Empty if it is not spoken by itself, such as the sign before a sum of money; several words, with
    /// spaces between them, for a number.
    pub phonemes: String,
    /// The separator before the next token: spaces, which the network reads too, or nothing.
    pub whitespace: String,
}

impl Token {
    /// A token followed by `whitespace`.
    pub fn new(text: impl Into<String>, phonemes: impl Into<String>, whitespace: impl Into<String>) -> Self {
        Self { text: text.into(), phonemes: phonemes.into(), whitespace: whitespace.into() }
    }
}

/// The phoneme string of tokens, without white space at its ends.
pub fn phonemes(tokens: &[Token]) -> String {
    let joined: String = tokens.iter().flat_map(|token| [token.phonemes.as_str(), &token.whitespace]).collect();
    joined.trim().to_owned()
}

/// The words of a phoneme string with those of the text if there are as many, else with themselves.
pub fn paired(text: &str, phonemes: &str) -> Vec<Token> {
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

/// Words that are looked ahead to find where the text and its tokens agree again.
#[cfg(feature = "languages")]
const AHEAD: usize = 12;

/// Gives tokens the text as it was written, where it was rewritten to be read ("5:30" as "5 30"): those of a rewritten
/// stretch become one.
#[cfg(feature = "languages")]
pub fn as_written(tokens: Vec<Token>, text: &str) -> Vec<Token> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut groups: Vec<Vec<Token>> = vec![Vec::new()];
    for token in tokens {
        let ends = !token.whitespace.is_empty();
        groups.last_mut().into_iter().for_each(|group| group.push(token.clone()));
        if ends {
            groups.push(Vec::new());
        }
    }
    groups.retain(|group| !group.is_empty());
    let read: Vec<String> =
        groups.iter().map(|group| group.iter().map(|token| token.text.as_str()).collect()).collect();
    let (mut word, mut group) = (0, 0);
    let mut out: Vec<Token> = Vec::new();
    while group < groups.len() {
        if words.get(word) == Some(&read[group].as_str()) {
            out.append(&mut groups[group]);
            (word, group) = (word + 1, group + 1);
            continue;
        }
        let agree = |&(more, others): &(usize, usize)| {
            words.get(word + more).zip(read.get(group + others)).is_some_and(|(word, read)| word == read)
        };
        // A stretch has something to speak: at least one group.
        let stretches = (1..2 * AHEAD).flat_map(|sum| (1..=sum).map(move |others| (sum - others, others)));
        let (more, others) =
            stretches.into_iter().find(agree).unwrap_or((words.len().saturating_sub(word), groups.len() - group));
        let stretch: Vec<Token> = groups[group..group + others].iter().flatten().cloned().collect();
        let whitespace = stretch.last().map_or("", |token| token.whitespace.as_str());
        out.push(Token::new(words[word..][..more].join(" "), phonemes(&stretch), whitespace));
        (word, group) = (word + more, group + others);
    }
    if let Some(last) = out.last_mut().filter(|_| word < words.len()) {
        last.text = format!("{} {}", last.text, words[word..].join(" "));
    }
    out
}

/// The tokens of the first `length` phonemes, which begin with one that is not white space, and the others.
pub fn split_at(tokens: Vec<Token>, length: usize) -> (Vec<Token>, Vec<Token>) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut left = length;
    let mut begun = false;
    for mut token in tokens {
        if !begun {
            // What `phonemes` trims does not count.
            token.phonemes = token.phonemes.trim_start().to_owned();
            begun = !token.phonemes.is_empty();
            if !begun {
                token.whitespace.clear();
            }
        }
        let count = token.phonemes.chars().count();
        if !second.is_empty() || left == 0 && count > 0 {
            second.push(token);
        } else if count > left {
            let (head, tail) = torn(token, left);
            first.push(head);
            second.push(tail);
        } else {
            left = (left - count).saturating_sub(token.whitespace.chars().count());
            first.push(token);
        }
    }
    (first, second)
}

/// Both parts of a token whose phonemes are cut after the first `at`; its text is cut in proportion.
fn torn(token: Token, at: usize) -> (Token, Token) {
    let cut = |text: &str, at: usize| text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
    let (letters, symbols) = (token.text.chars().count(), token.phonemes.chars().count());
    let (head, tail) = token.phonemes.split_at(cut(&token.phonemes, at));
    let (first, second) = token.text.split_at(cut(&token.text, letters * at / symbols.max(1)));
    (Token::new(first, head.trim_end(), ""), Token::new(second, tail.trim_start(), token.whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chunks, phonemes::MAX_PHONEMES};

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
    fn words_are_paired_where_there_are_as_many() {
        assert_eq!(texts(&paired("One two", "wˈʌn tˈu")), ["One", "two"]);
        assert_eq!(texts(&paired("21", "twˈɛnti wˈʌn")), ["twˈɛnti", "wˈʌn"]);
        assert_eq!(phonemes(&paired("", " ab  cd ")), "ab  cd", "white space stays");
    }

    #[cfg(feature = "languages")]
    #[test]
    fn text_that_was_rewritten_is_as_it_was_written() {
        let tokens = |read: &str| paired(read, read);
        for (written, read, expected) in [
            ("at 5:30 now", "at 5 30 now", vec!["at", "5:30", "now"]),
            ("- Item one", "Item one", vec!["- Item", "one"]),
            ("so 你 it is", "so it is", vec!["so", "你 it", "is"]),
            ("a b !", "a b", vec!["a", "b !"]),
            ("3°C", "3 degrees Celsius", vec!["3°C"]),
            ("x", "y z", vec!["x"]),
            ("", "y z", vec![""]),
        ] {
            let given = as_written(tokens(read), written);
            assert_eq!(texts(&given), expected, "{written:?} read as {read:?}");
            assert_eq!(phonemes(&given), read);
        }
    }

    #[test]
    fn tokens_split_as_their_phonemes_do() {
        let long = "ˈa".repeat(300);
        for (string, limit) in
            [("ab cd. ef gh", 7), ("ab, cd", 3), ("abcdefgh", 3), (&long, MAX_PHONEMES), ("a  b c", 3)]
        {
            let pieces = split(paired(string, string), limit);
            let spoken: Vec<String> = pieces.iter().map(|piece| phonemes(piece)).collect();
            assert_eq!(spoken, chunks::split(string, limit), "{string:?} in {limit}");
            let text: String = pieces.iter().flat_map(|piece| texts(piece)).collect();
            assert_eq!(text, string.replace(' ', ""), "text of {string:?} in {limit}");
        }
        // A token of several words is cut at a space, and its text somewhere.
        let number =
            vec![Token::new("1990s", "nˌIntˈin nˈIntiz", " "), Token::new("$", "", ""), Token::new("x", "ˈɛks", "")];
        let pieces = split(number, 12);
        assert_eq!(phonemes(&pieces[0]), "nˌIntˈin");
        assert_eq!(phonemes(&pieces[1]), "nˈIntiz ˈɛks");
        assert_eq!(texts(&pieces[0])[0].to_owned() + texts(&pieces[1])[0], "1990s");
    }
}
