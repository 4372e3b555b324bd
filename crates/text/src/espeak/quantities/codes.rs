//! Numbers that name something: telephone numbers, versions, codes.

use super::clock::last_word;
use super::years::is_counted;
use super::{Words, digits, is_end};
use crate::language::Language;
use crate::written::numbers::spaced;

/// Programs and other words, in small letters, before two numbers with a point between them.
const POINTED: &str = "versión version versione versão web artículo article articolo artigo python ios ipados macos watchos android windows \
    ubuntu debian fedora linux java javascript typescript php ruby rust swift kotlin node django angular firefox chrome safari bluetooth \
    usb gpt gemini claude llama html http unity postgresql";

impl Words {
    /// A telephone number in groups of digits, which are said one after the other: "91 123 45 67", "+34 612-345-678", and in
    /// French "01.23.45.67.89". Long groups are said digit by digit, and all in Italian and in Hindi.
    pub fn telephone(&self, text: &str, before: &str) -> Option<(String, usize)> {
        const LONGEST: usize = 28;
        let plus = usize::from(text.starts_with('+'));
        let body = &text[plus..];
        let end = body.bytes().take(LONGEST).take_while(|c| c.is_ascii_digit() || b" -.".contains(c)).count();
        let written = body[..end].trim_end_matches([' ', '-', '.']);
        // "(11) 91234-5678"
        let separator = if plus == 1 { written.find([' ', '-']) } else { written.find([' ', '-', '.']) };
        let mixed: &[char] = if plus == 1 { &[' ', '-'] } else { &[written[separator?..].chars().next()?] };
        let groups: Vec<&str> = written.split(mixed).collect();
        let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
        let count: usize = lengths.iter().sum();
        let digits_only = groups.iter().all(|group| !group.is_empty() && group.bytes().all(|c| c.is_ascii_digit()));
        let small = lengths.iter().all(|length| (1..=4).contains(length));
        let known = match (mixed, &lengths[..]) {
            _ if plus == 1 => groups.len() > 1 && (8..=15).contains(&count),
            (_, [5, 5]) => self.language == Language::Hindi,
            (['-'], [3 | 4, 7 | 8]) => self.language == Language::Hindi && written.starts_with('0'),
            ([' '], [3, 7]) => self.language == Language::Italian && written.starts_with('3'),
            ([' '], [2..=4, 6..=8]) => self.language == Language::Italian && written.starts_with('0'),
            // "(11) 3456-7890"
            (['-'], [4, 4]) => self.language == Language::Portuguese && ends_with_area(before),
            ([' ' | '-'], [5, 4]) => self.language == Language::Portuguese,
            (['.'], _) => self.language == Language::French && written.starts_with('0') && lengths == [2; 5],
            (['-'], _) => small && groups.len() > 2 && count == 9 && lengths[0] > 1,
            _ => {
                // Numbers beside each other stay: "ediciones 1998 2002 2006".
                let spaced = groups.len() > 2 && small && (9..=13).contains(&count);
                spaced
                    && (written.starts_with('0') || self.is_national(&groups))
                    && self.amount(text).is_some_and(|(.., length)| length < written.len())
            }
        };
        let plus_sign = if plus == 1 { "+" } else { "" };
        let by_digits = matches!(self.language, Language::Italian | Language::Hindi);
        let said =
            groups.iter().map(|group| if group.len() > 3 || by_digits { spaced(group) } else { (*group).to_owned() });
        (known && digits_only && is_end(&body[written.len()..]))
            .then(|| (format!("{plus_sign}{}", said.collect::<Vec<_>>().join(" ")), plus + written.len()))
    }

    /// Whether groups are those of a telephone number of the language's country.
    fn is_national(&self, groups: &[&str]) -> bool {
        let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
        let first = groups[0].bytes().next().unwrap_or_default();
        let years = groups.iter().filter(|group| group.len() == 4).all(|group| group.starts_with(['1', '2']));
        match (self.language, &lengths[..]) {
            (Language::Spanish, [3, 3, 3] | [3, 2, 2, 2] | [2, 3, 2, 2]) => first >= b'6',
            (Language::Spanish | Language::Portuguese, [2, 4, 4]) => first >= b'1' && !years,
            (Language::Portuguese, [3, 3, 3]) => matches!(first, b'2' | b'9'),
            (Language::Italian, [3, 3, 4] | [3, 3, 2, 2] | [3, 2, 2, 3]) => first == b'3',
            (Language::Hindi, [3, 3, 4] | [4, 3, 3]) => first >= b'6',
            _ => false,
        }
    }

    /// "2.5.1", a version or an address of a computer.
    pub fn version(&self, text: &str) -> Option<(String, usize)> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let written = text[..end].trim_end_matches('.');
        let parts: Vec<&str> = written.split('.').collect();
        let amount = self.amount(text).is_some_and(|(.., length)| length == written.len());
        let short = (3..=4).contains(&parts.len()) && parts.iter().all(|part| (1..=3).contains(&part.len()));
        let known = short && !amount && is_end(&text[written.len()..]);
        known.then(|| (parts.join(&format!(" {} ", self.dot)), written.len()))
    }

    /// "3.12" with its point after the name of a program or the word for a version or an article. Other decimals are amounts.
    pub fn pointed(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let word = last_word(before);
        let known = before.ends_with(' ') && POINTED.split_whitespace().any(|name| name == word);
        self.two(text).filter(|_| known && self.language != Language::Hindi)
    }

    /// Two numbers with a point between them. Three digits after it may be thousands.
    fn two(&self, text: &str) -> Option<(String, usize)> {
        let whole = digits(text);
        let part = digits(text[whole.len()..].strip_prefix('.')?);
        let length = whole.len() + 1 + part.len();
        let after = &text[length..];
        let more = after.strip_prefix('.').is_some_and(|rest| !digits(rest).is_empty());
        let known = (1..=3).contains(&whole.len()) && (1..=2).contains(&part.len()) && !more && is_end(after);
        known.then(|| (format!("{whole} {} {part}", self.dot), length))
    }

    /// The words for a version at the start of `text`, "v2.3", and its length.
    pub fn labelled(&self, text: &str) -> Option<(String, usize)> {
        let numbers = text.strip_prefix(['v', 'V'])?;
        let (spoken, length) = self.version(numbers).or_else(|| self.two(numbers))?;
        Some((format!("{} {spoken}", &text[..1]), 1 + length))
    }

    /// "007" digit by digit: a number does not begin with a zero.
    pub fn code(&self, text: &str) -> Option<(String, usize)> {
        let code = digits(text);
        let after = &text[code.len()..];
        let more = after.strip_prefix(['.', ',', ':', '/', '-', '–']).is_some_and(|rest| !digits(rest).is_empty());
        // A mobile number in India, but "8000000000 लोग"
        let mobile = self.language == Language::Hindi
            && code.len() == 10
            && code.starts_with(['6', '7', '8', '9'])
            && !code.ends_with("0000")
            && !is_counted(after)
            && self.money(text).is_none()
            && !self.is_measured(code.len(), text);
        ((code.starts_with('0') && code.len() > 2 || mobile) && !more && is_end(after))
            .then(|| (spaced(code), code.len()))
    }
}

/// Whether a text ends with the code of an area: "(11) ".
fn ends_with_area(before: &str) -> bool {
    let code = before.strip_suffix(") ").and_then(|head| head.get(head.len().checked_sub(3)?..));
    code.and_then(|code| code.strip_prefix('(')).is_some_and(|code| code.bytes().all(|c| c.is_ascii_digit()))
}
