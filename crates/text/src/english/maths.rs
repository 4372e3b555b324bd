//! Fractions, powers and chemical formulas.

use super::normalize::MAX_RUN;
use super::numbers::{LETTER_A, bare, is_digits, is_one_of, ordinal, spaced};
use super::symbols::symbol;

/// Fractions of one character.
pub const VULGAR: &str = "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞";

/// "odds of 5/1" to "5 to 1".
pub fn odds(core: &str, before: &[&str]) -> Option<String> {
    let (high, low) = core.split_once('/').filter(|(high, low)| is_digits(high) && is_digits(low) && high != low)?;
    let near = before.iter().rev().take(3).any(|word| is_one_of("odds", bare(word)));
    near.then(|| format!("{high} to {low}"))
}

/// "an 8/10" to "8 out of 10", where the words beside it tell that it is a mark and no part or day.
pub fn rating(core: &str, before: &[&str], next: &str) -> Option<String> {
    const GIVEN: &str = "gave give gives";
    const RATED: &str = "rate rated rates rating score scored scores scoring";
    const AFTER: &str = "and at because book but by experience film for from game in meal movie on overall place so";
    let earlier = |count: usize| before.len().checked_sub(count).map_or("", |at| before[at]);
    let previous = earlier(1);
    let (mark, most) = core.split_once('/').filter(|(_, most)| ["5", "10"].contains(most))?;
    let value: u32 = mark.parse().ok().filter(|_| is_digits(mark))?;
    let begins = previous.is_empty() || previous.ends_with(['.', '!', '?']);
    // "gave it 8/10", but "cut it 3/5 through"
    let verb = if previous == "it" { earlier(2) } else { previous };
    let verb = bare(verb).to_lowercase();
    let valued = is_one_of(GIVEN, &verb) || is_one_of(RATED, &verb);
    // "an 8/10 for effort", but "a 3/10 mile walk", "a 4/5 majority" and "a 1/10 and a 1/5"
    let marked = is_one_of("a an", &previous.to_lowercase()) && most == "10" && value > 1;
    let alone = next.is_empty() || is_one_of(AFTER, bare(next));
    let stars = is_one_of("star stars", bare(next));
    // In the middle of a sentence it may be a day.
    let whole = mark == most && begins && (next.is_empty() || is_one_of("recommend recommended would", bare(next)));
    let rated = stars || whole || alone && (valued || marked);
    (rated && value <= most.parse().ok()?).then(|| format!("{mark} out of {most}"))
}

/// "1/x" to "1 over x", "x/2" to "x over 2".
pub fn over_letter(core: &str) -> Option<String> {
    let (above, below) = core.split_once('/')?;
    let letter = |text: &str| text.len() == 1 && text.bytes().all(|c| c.is_ascii_lowercase());
    let formula = is_digits(above) && letter(below) || letter(above) && is_digits(below);
    formula.then(|| format!("{above} over {below}").replace('a', LETTER_A))
}

/// "2/3" to "2 thirds", but not dates or "24/7"; "2 1/2" to "2 and 1 half", "6½" to "6 and one half". `of` tells that what it is a
/// part of follows.
pub fn fraction(core: &str, previous: &str, of: bool) -> Option<String> {
    const PARTS: [(&str, &str, &str); 15] = [
        ("2", "half", "halves"),
        ("3", "third", "thirds"),
        ("4", "quarter", "quarters"),
        ("5", "fifth", "fifths"),
        ("6", "sixth", "sixths"),
        ("8", "eighth", "eighths"),
        ("10", "tenth", "tenths"),
        ("16", "sixteenth", "sixteenths"),
        ("32", "thirty second", "thirty seconds"),
        ("100", "hundredth", "hundredths"),
        ("7", "seventh", "sevenths"),
        ("9", "ninth", "ninths"),
        ("11", "eleventh", "elevenths"),
        ("12", "twelfth", "twelfths"),
        ("20", "twentieth", "twentieths"),
    ];
    // Alone these are days, 3/7 and 9/11, or marks, 15/20; what they are a part of, or a whole number, tells that they are parts.
    const RARE: [&str; 5] = ["7", "9", "11", "12", "20"];
    // "5½-foot"
    if let Some((number, noun)) = core.split_once('-').filter(|(number, _)| number.ends_with(|c| VULGAR.contains(c))) {
        let number = fraction(number, previous, of).or_else(|| symbol(number.chars().next()?).map(str::to_owned))?;
        return Some(format!("{number} {noun}"));
    }
    if let Some((whole, part)) = core.char_indices().next_back().map(|(at, part)| (&core[..at], part))
        && is_digits(whole)
        && VULGAR.contains(part)
    {
        return Some(format!("{whole} and {}", symbol(part)?));
    }
    let (above, below) = core.split_once('/')?;
    // A mark: "9.9/10".
    if let Some((whole, part)) = above.split_once('.') {
        return (is_digits(whole) && is_digits(part) && is_digits(below)).then(|| format!("{above} out of {below}"));
    }
    let (_, one, many) = PARTS.into_iter().find(|(digits, ..)| *digits == below)?;
    let proper = is_digits(above) && above.parse::<u32>().ok()? < below.parse().ok()?;
    let proper = proper && (of || is_digits(previous) || !RARE.contains(&below));
    let and = if is_digits(previous) { "and " } else { "" };
    proper.then(|| format!("{and}{above} {}", if above == "1" { one } else { many }))
}

/// "10^6" to "10 to the 6th", "x²" to "x squared", "2^n" to "2 to the n".
pub fn power(core: &str) -> Option<String> {
    if core.len() > MAX_RUN {
        return None;
    }
    // "3×10^8"
    if let Some((factor, rest)) =
        core.split_once('×').filter(|(factor, _)| factor.ends_with(|c: char| c.is_ascii_digit()))
    {
        return Some(format!("{factor} times {}", power(rest)?));
    }
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let raised = |c: char| RAISED.chars().position(|digit| digit == c).map(|digit| char::from(b'0' + digit as u8));
    let (base, exponent) = match core.split_once('^') {
        Some((base, exponent)) => (base, exponent.trim_matches(['{', '}', '(']).to_owned()),
        None => {
            let at = core.find(|c| raised(c).is_some() || "⁻ⁿ".contains(c))?;
            let digit = |c| match c {
                '⁻' => Some('-'),
                'ⁿ' => Some('n'),
                c => raised(c),
            };
            (&core[..at], core[at..].chars().map(digit).collect::<Option<String>>()?)
        }
    };
    let plain = |text: &str| text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'.') && !text.is_empty();
    let (minus, size) = match exponent.strip_prefix(['-', '−']) {
        Some(size) => ("minus ", size),
        None => ("", exponent.as_str()),
    };
    if !plain(base) || !plain(size) || base.len() > 1 && !base.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let base = if base.eq_ignore_ascii_case("a") { LETTER_A } else { base };
    Some(match size {
        "2" if minus.is_empty() => format!("{base} squared"),
        "3" if minus.is_empty() => format!("{base} cubed"),
        size if is_digits(size) && minus.is_empty() && size.len() < 4 => {
            format!("{base} to the {}", ordinal(size.parse().ok()?))
        }
        size => format!("{base} to the {minus}{size}"),
    })
}

/// Symbols of two letters among those of the commoner elements.
const ELEMENTS: &str = "Ag Al Ar Au Ba Be Br Ca Cd Cl Co Cr Cs Cu Fe Ga Ge He Hg Kr Li Mg Mn Na Ne Ni Pb Pt Ra Rb Rn Se Si Sn Sr \
    Ti Xe Zn Zr";
/// Formulas without a number, and metals that are written as ions.
const COMPOUNDS: &str = "AgCl CaO CuO FeO FeS GaN HCl KBr KCl LiCl MgO NaBr NaCl NaF NaOH SiC ZnO";
const IONS: &str = "Ag Al Ca Cu Fe H K Li Mg Na Zn";

/// Symbols of one letter.
const LETTERS: &str = "BCFHIKNOPSUVWY";

/// "CO₂", "CO2", "Fe2O3", "CaCO3", "Ca(OH)2" and "C6H12O6" letter by letter, with whole numbers; "Na+" with its charge.
pub fn formula(core: &str) -> Option<String> {
    let digit = |c: char| match c {
        '₀'..='₉' => char::from_digit(c as u32 - '₀' as u32, 10),
        c => c.is_ascii_digit().then_some(c),
    };
    // The 2 of "B2B" is "to".
    if core.len() == 3 && core.get(1..).is_some_and(|rest| rest.starts_with('2') && !rest.ends_with('O')) {
        return None;
    }
    if let Some(ion) = core.strip_suffix(['+', '⁺']) {
        let metal = ion.trim_end_matches(|c: char| c.is_ascii_digit() || "²³".contains(c));
        let charge = ion[metal.len()..].replace('²', "2").replace('³', "3");
        return is_one_of(IONS, metal).then(|| format!("{} {charge} plus", spaced(&metal.to_uppercase())));
    }
    if is_one_of(COMPOUNDS, core) {
        return Some(spaced(&core.to_uppercase()));
    }
    let mut words: Vec<String> = Vec::new();
    // Elements of two letters, letters in a row, and the most of them.
    let (mut elements, mut letters, mut row) = (0, 0, 0);
    let mut symbols = core.char_indices();
    while let Some((at, symbol)) = symbols.next() {
        // Several elements, so that "Au2" is a name.
        if core.get(at..at + 2).is_some_and(|two| is_one_of(ELEMENTS, two)) && core.len() > 3 {
            words.push(spaced(&core[at..at + 2].to_uppercase()));
            symbols.next();
            (elements, letters) = (elements + 1, 1);
            continue;
        }
        match digit(symbol) {
            Some(digit) if letters == 0 => words.last_mut()?.push(digit),
            Some(digit) => {
                words.push(digit.to_string());
                letters = 0;
            }
            // The brackets of a group, "Ca(OH)2", are not said, but keep numbers apart, as in "(NH4)2SO4".
            None if symbol == '(' => {}
            None if symbol == ')' => letters = letters.max(1),
            None if symbol.is_ascii_uppercase() => {
                words.push(spaced(&symbol.to_string()));
                letters += 1;
                row = letters.max(row);
            }
            None => return None,
        }
    }
    // Three letters in a row may be any code; in formulas they are of elements, as in "CaCO3", or end in oxygen: "HNO3".
    let single = core.chars().all(|c| !c.is_ascii_uppercase() || LETTERS.contains(c) || elements > 0);
    let mut end = core.chars().rev();
    let acid = end.next().is_some_and(|c| digit(c).is_some()) && end.next() == Some('O');
    if row > 4 || row > 2 && !(single && (elements > 0 || acid)) {
        return None;
    }
    (words.len() > 1 && core.contains(|c| digit(c).is_some())).then(|| words.join(" "))
}
