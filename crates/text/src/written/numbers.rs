//! Forms of numbers that are the same in all languages.

/// The numerator and the denominator of a fraction of one character.
pub fn fraction(sign: char) -> Option<(u32, u32)> {
    const SIGNS: [(char, u32, u32); 18] = [
        ('½', 1, 2),
        ('⅓', 1, 3),
        ('⅔', 2, 3),
        ('¼', 1, 4),
        ('¾', 3, 4),
        ('⅕', 1, 5),
        ('⅖', 2, 5),
        ('⅗', 3, 5),
        ('⅘', 4, 5),
        ('⅙', 1, 6),
        ('⅚', 5, 6),
        ('⅐', 1, 7),
        ('⅛', 1, 8),
        ('⅜', 3, 8),
        ('⅝', 5, 8),
        ('⅞', 7, 8),
        ('⅑', 1, 9),
        ('⅒', 1, 10),
    ];
    SIGNS.into_iter().find(|(known, ..)| *known == sign).map(|(_, above, below)| (above, below))
}

/// The exponent at the start of `text`, after the base: "^-3" or "⁻³" as "-3", and its length in bytes.
pub fn exponent(text: &str) -> Option<(String, usize)> {
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    /// The characters of the longest exponent.
    const LONGEST: usize = 8;
    let raised = |c: char| RAISED.chars().position(|raised| raised == c).map(|digit| char::from(b'0' + digit as u8));
    let (written, plain) = match text.strip_prefix('^') {
        Some(written) => (written, true),
        None => (text, false),
    };
    let digits = written.strip_prefix(['-', '−', '⁻']).unwrap_or(written);
    let mut spoken = String::from(if digits.len() < written.len() { "-" } else { "" });
    let signs = spoken.len();
    let mut length = text.len() - digits.len();
    for symbol in digits.chars().take(LONGEST) {
        let digit = if plain { Some(symbol).filter(char::is_ascii_digit) } else { raised(symbol) };
        let Some(digit) = digit else { break };
        spoken.push(digit);
        length += symbol.len_utf8();
    }
    (spoken.len() > signs).then_some((spoken, length))
}

/// White space within a number, or between it and its unit.
pub const SPACES: [char; 4] = [' ', '\u{a0}', '\u{2009}', '\u{202f}'];

/// Groups of three digits that may be one number.
pub struct Groups {
    /// The digits of all.
    pub number: String,
    /// Their length in the text, in bytes.
    pub length: usize,
    /// Whether they can only be one number: numbers beside each other, "100 200 300", do not begin with a zero, and only plain
    /// spaces stand between them.
    pub certain: bool,
}

impl Groups {
    /// The groups at the start of `text`, which one of the `separators` divides; also a single one.
    pub fn at(text: &str, separators: &[char]) -> Option<Self> {
        /// From this many digits on, no group is added.
        const LONG: usize = 15;
        let digits = |text: &str| text.bytes().take(4).take_while(u8::is_ascii_digit).count();
        let first = digits(text);
        if !(1..=3).contains(&first) || text.starts_with('0') {
            return None;
        }
        let mut groups = Self { number: text[..first].to_owned(), length: first, certain: false };
        let next = |length: usize| text[length..].strip_prefix(separators).filter(|group| digits(group) == 3);
        while let Some(group) = next(groups.length).filter(|_| groups.number.len() < LONG) {
            groups.certain |= group.starts_with('0') || !text[groups.length..].starts_with(' ');
            groups.number += &group[..3];
            groups.length = text.len() - group.len() + 3;
        }
        Some(groups)
    }
}

/// The digits of a number at the start of `text` whose groups are apart by spaces, "10 000", and its length in bytes, where no
/// numbers beside each other can be meant.
pub fn grouped_by_spaces(text: &str) -> Option<(String, usize)> {
    let groups = Groups::at(text, &SPACES)?;
    let rest = &text[groups.length..];
    let more = rest.trim_start_matches([' ', '-', '/', ':']).starts_with(|c: char| c.is_ascii_digit());
    // "10 000-15 000"
    let range =
        || rest.strip_prefix('-').and_then(|rest| Groups::at(rest, &SPACES)).is_some_and(|groups| groups.certain);
    (groups.certain && (!more || range())).then_some((groups.number, groups.length))
}

/// The characters of a text with spaces between them: digits that are said one by one.
pub fn spaced(text: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

/// Whether what stands between two texts is a part of a sum, so that a hyphen there is a minus: "7 - 4 = 3".
pub fn is_sum(before: &str, after: &str) -> bool {
    /// How far a sign of equality is looked for.
    const NEAR: usize = 32;
    // Figures and signs of full width are those of ASCII.
    let narrow = |c: char| match c {
        '０'..='９' | '＝' | '＋' | '－' => char::from(u8::try_from(u32::from(c) - 0xfee0).unwrap_or_default()),
        c => c,
    };
    let term = |c: &char| c.is_ascii_digit() || " .,+-−×÷*/()".contains(*c);
    let next = after.chars().take(NEAR).map(narrow).find(|c| !term(c));
    // From the end: "TEL=03-1234-5678" has a name or a code, and is no sum.
    let near: Vec<char> = before.chars().rev().take(NEAR).map(narrow).collect();
    let head = near.iter().position(|c| !term(c)).unwrap_or(near.len());
    let (number, rest) = near.split_at(head);
    let code = matches!(number, [.., digit, '0'] if digit.is_ascii_digit());
    let named = matches!(rest, ['=', a, b, ..] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic());
    next == Some('=') || rest.first() == Some(&'=') && !code && !named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_after_a_caret_or_raised() {
        for (text, expected) in [
            ("^6 a", Some(("6", 2))),
            ("^-12", Some(("-12", 4))),
            ("⁶.", Some(("6", 3))),
            ("⁻³", Some(("-3", 5))),
            ("^", None),
            ("^-", None),
            ("^⁶", None),
            ("6", None),
        ] {
            assert_eq!(exponent(text), expected.map(|(digits, length)| (digits.to_owned(), length)), "{text}");
        }
    }

    #[test]
    fn groups_are_a_number_only_where_no_numbers_can_be_meant() {
        for (text, expected) in [
            ("10 000 rows", Some("10000")),
            ("1 234 000.5", Some("1234000")),
            ("1\u{202f}234", Some("1234")),
            ("100 200 300", None),
            ("0 000", None),
            ("1000 000", None),
            ("10 0000", None),
            ("10 000 1234", None),
            ("1 800 000-1234", None),
            ("10", None),
            ("10 000-15 000", Some("10000")),
            ("10 000-15", None),
        ] {
            assert_eq!(grouped_by_spaces(text).map(|(number, _)| number).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_sum_has_a_sign_of_equality() {
        for (before, after, expected) in [
            ("So 7 ", " 4 = 3", true),
            ("3 = 7 ", " 4.", true),
            ("7 ", " 4 + 2 = 5", true),
            ("5 ", " 10 km", false),
            ("x = 3, or 5 ", " 10", false),
            ("x = 7 ", " 4", true),
            ("12 = 16", "4", true),
            ("TEL=03", "1234-5678", false),
            ("電話＝０３", "1234-5678", false),
            ("The rest = 7 ", " 4", true),
            ("答え=7", "4", true),
            ("x = 0.5 ", " 0.2", true),
            ("７", "４＝３", true),
        ] {
            assert_eq!(is_sum(before, after), expected, "{before}-{after}");
        }
    }
}
