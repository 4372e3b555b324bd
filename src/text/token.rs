//! Words and how they are spoken.

/// A word or mark of a text, with its phonemes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// As written, without white space.
    pub text: String,
    /// As spoken. Empty for what is not spoken by itself, such as the sign before a sum of money; several words, with
    /// spaces between them, for a number.
    pub phonemes: String,
    /// What separates it from the next token: spaces, which the network reads too, or nothing.
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
    use crate::text::{chunks, phonemes::MAX_PHONEMES};

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
