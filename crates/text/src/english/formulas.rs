//! Formulas in one word with powers: "E=mc^2", "O(n^2)", "(a+b)^2".

use super::numbers::{LETTER_A, is_digits, ordinal};

/// Functions, by their names before a bracket or a letter, and how they are said.
const FUNCTIONS: [(&str, &str); 7] = [
    ("sin", "sine"),
    ("cos", "cosine"),
    ("tan", "tangent"),
    ("log", "log"),
    ("ln", "natural log"),
    ("exp", "exponent"),
    ("sqrt", "square root"),
];

/// The deepest brackets within exponents that are read.
const MAX_DEPTH: usize = 4;

/// The words of a formula with a power, with the punctuation around it.
pub fn formula(word: &str) -> Option<String> {
    if !word.contains('^') {
        return None;
    }
    let mut core = word.trim_start_matches(['"', '“', '\'', '‘']);
    core = core.trim_end_matches(['.', ',', ';', ':', '!', '?', '…', '"', '”', '\'', '’']);
    let (opened, closed) = (core.matches('(').count(), core.matches(')').count());
    for _ in opened..closed {
        core = core.strip_suffix(')')?;
    }
    for _ in closed..opened {
        core = core.strip_prefix('(')?;
    }
    let at = word.find(core)?;
    let words = read(core, MAX_DEPTH).filter(|words| !words.is_empty())?.join(" ").replace(" ,", ",");
    Some([&word[..at], &words, &word[at + core.len()..]].concat())
}

/// The words of an expression; `None` if it is none.
fn read(text: &str, depth: usize) -> Option<Vec<String>> {
    let depth = depth.checked_sub(1)?;
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    // Whether each open bracket holds the argument of a function.
    let mut brackets: Vec<bool> = Vec::new();
    let mut last = ' ';
    while let Some(symbol) = rest.chars().next() {
        let run = |belongs: fn(char) -> bool| &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
        let mut length = symbol.len_utf8();
        match symbol {
            '0'..='9' => {
                let number = run(|c| c.is_ascii_digit() || c == '.');
                words.push(number.to_owned());
                length = number.len();
            }
            'a'..='z' | 'A'..='Z' => {
                let name = run(|c| c.is_ascii_alphabetic());
                match FUNCTIONS.iter().find(|(function, _)| *function == name) {
                    Some((_, said)) => words.push((*said).to_owned()),
                    // Longer names are words, and their "^" is no power.
                    None if name.len() > 3 => return None,
                    None => words.extend(name.chars().map(letter)),
                }
                length = name.len();
            }
            '^' if !words.is_empty() => {
                let (power, taken) = exponent(&rest[1..], depth)?;
                words.push(power);
                length = 1 + taken;
            }
            '(' => {
                // "f(x)", and the bracket of "sin^2(x)" is no factor either.
                let function = words.iter().rev().nth(1).is_some_and(|word| is_function(word));
                let argument = last.is_ascii_alphabetic();
                brackets.push(argument || function);
                match last {
                    _ if function => {}
                    _ if argument => words.push("of".to_owned()),
                    '0'..='9' | ')' => words.push("times".to_owned()),
                    _ => {}
                }
            }
            ')' => {
                // "A plus B, squared"
                let group = !brackets.pop()?;
                if group && rest[1..].starts_with('^') {
                    words.push(",".to_owned());
                }
            }
            _ => words.push(operator(symbol)?.to_owned()),
        }
        last = rest[..length].chars().next_back().unwrap_or(' ');
        rest = &rest[length..];
    }
    brackets.is_empty().then_some(words)
}

/// The words of the exponent at the start of `text`, and its length in bytes.
fn exponent(text: &str, depth: usize) -> Option<(String, usize)> {
    let closing = match text.chars().next()? {
        '{' => Some('}'),
        '(' => Some(')'),
        _ => None,
    };
    let (inner, taken) = match closing {
        Some(closing) => {
            let end = text.find(closing)?;
            (&text[1..end], end + 1)
        }
        None => {
            let sign = usize::from(text.starts_with('-'));
            let size = &text[sign..];
            let digits = size.find(|c: char| !c.is_ascii_digit()).unwrap_or(size.len());
            let letters = usize::from(size.starts_with(|c: char| c.is_ascii_alphabetic()));
            let end = sign + digits.max(letters);
            (&text[..end], end)
        }
    };
    let power = match inner {
        "" | "-" => return None,
        "2" => "squared".to_owned(),
        "3" => "cubed".to_owned(),
        number if is_digits(number) && number.len() < 4 => format!("to the {}", ordinal(number.parse().ok()?)),
        inner => format!("to the {}", read(inner, depth)?.join(" ")),
    };
    Some((power, taken))
}

fn is_function(said: &str) -> bool {
    FUNCTIONS.iter().any(|(_, function)| *function == said)
}

fn letter(letter: char) -> String {
    match letter.to_ascii_uppercase() {
        'A' => LETTER_A.to_owned(),
        letter => letter.to_string(),
    }
}

fn operator(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        '+' => "plus",
        '-' | '−' => "minus",
        '*' | '×' | '·' => "times",
        '/' | '÷' => "over",
        '=' => "equals",
        '<' => "is less than",
        '>' => "is greater than",
        '≤' => "is at most",
        '≥' => "is at least",
        '≈' => "is about",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_read_without_carets() {
        for (written, expected) in [
            ("O(n^2)", Some("O of N squared")),
            ("E=mc^2.", Some("E equals M C squared.")),
            ("x^2+y^2", Some("X squared plus Y squared")),
            ("(a+b)^2", Some("[A](/ˈA/) plus B, squared")),
            ("(2^n", Some("(2 to the N")),
            ("e^{-x}", Some("E to the minus X")),
            ("2^(n+1)-1", Some("2 to the N plus 1 minus 1")),
            ("sin^2(x)", Some("sine squared X")),
            ("10^-3", Some("10 to the minus 3")),
            ("^2", None),
            ("foo_bar^2", None),
            ("caret^", None),
            ("names^2", None),
            ("(((((", None),
        ] {
            assert_eq!(formula(written).as_deref(), expected, "{written}");
        }
    }
}
