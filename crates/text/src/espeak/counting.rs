//! Numbers before nouns, in the gender that the noun wants, and scales such as millions.
//!
//! Figures stay figures where espeak-ng reads them as people do. It knows no nouns, so that "21 horas" is "veintiuno horas" to it.

use super::abbreviations::abbreviation;
use super::nouns::{gender, is_feminine};
use super::words::{self, ORDER};
use crate::language::Language::{self, French, Italian, Portuguese, Spanish};
use crate::written::numbers::SPACES;

/// A whole number in figures, or in words with a decimal sign between, before a noun: "21" and "horas" are "veintiuna horas".
pub fn counted(number: &str, noun: &str, language: Language) -> String {
    let whole = number.bytes().all(|c| c.is_ascii_digit());
    // "por ciento" is no noun.
    if !whole || ["por ", "pour ", "per "].iter().any(|by| noun.starts_with(by)) {
        return format!("{number} {noun}");
    }
    if number.len() > 6 && number.ends_with("000000") {
        return format!("{number} {}", of(noun, language));
    }
    let feminine = is_feminine(noun, language);
    if language == Italian && number == "1" {
        return format!("{}{noun}", italian_one(noun, feminine));
    }
    let words = joined(number, noun, language).or_else(|| agreeing(number, feminine, language));
    format!("{} {noun}", words.unwrap_or_else(|| number.to_owned()))
}

/// The words of a French number before "ans" and "heures" where its sound changes: "neuf heures". espeak-ng does not join figures.
fn joined(number: &str, noun: &str, language: Language) -> Option<String> {
    let joins = ["ans", "heures"].iter().any(|known| {
        noun.strip_prefix(known).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
    });
    let nine = language == French && matches!(number, "9" | "19" | "29" | "39" | "49" | "59" | "69" | "89");
    if joins && nine { words::french_cardinal(number.parse().ok()?) } else { None }
}

/// The words of a whole number before the noun at the start of `after`, if that noun changes them, and how many bytes of `after` they
/// replace: "una" of "1 hora". `last` is the number beside the noun: the same, or the end of its range.
pub fn before_noun(number: &str, last: &str, after: &str, language: Language) -> Option<(String, usize)> {
    let noun = after.strip_prefix(SPACES)?;
    let abbreviated = abbreviation(noun, last, language).map(|(words, _)| words);
    let noun = abbreviated.as_deref().unwrap_or(noun);
    let feminine = gender(last, noun, language)?;
    if language == Italian && number == "1" && last == "1" {
        let one = italian_one(noun, feminine);
        return Some((one.trim_end().to_owned(), usize::from(one.ends_with('\''))));
    }
    if let Some(words) = joined(number, noun, language) {
        return Some((words, 0));
    }
    let thousands = number.strip_suffix(" mil").map(|thousands| format!("{thousands}000"));
    let figures = thousands.as_deref().unwrap_or(number);
    // "En 2021 mujeres"
    let year = figures.len() == 4
        && figures.parse().is_ok_and(|year: u32| (1900..=2100).contains(&year) && !year.is_multiple_of(100));
    let whole = !year && figures.len() < 7 && !figures.starts_with('0') && figures.bytes().all(|c| c.is_ascii_digit());
    let spoken = if whole { agreeing(figures, feminine, language) } else { None };
    spoken.map(|number| (number, 0))
}

/// The Italian article of a noun, with the space after it if it takes one.
fn italian_one(noun: &str, feminine: bool) -> &'static str {
    match (feminine, noun.starts_with(|c| "aeiou".contains(c))) {
        (true, true) => "un'",
        (true, false) => "una ",
        (false, _) => "un ",
    }
}

/// The words or figures of a number of hours or parts, without the noun: "veintiuna", "uma".
pub fn feminine(number: u32, language: Language) -> String {
    match (language, number) {
        (Italian, 1) => "una".to_owned(),
        _ => agreeing(&number.to_string(), true, language).unwrap_or_else(|| number.to_string()),
    }
}

/// A noun after millions: "de euros", "d'euros".
pub fn of(noun: &str, language: Language) -> String {
    match language {
        Spanish | Portuguese => format!("de {noun}"),
        Italian => format!("di {noun}"),
        French if noun.starts_with(|c| "aeéiouh".contains(c)) => format!("d'{noun}"),
        French => format!("de {noun}"),
        _ => noun.to_owned(),
    }
}

/// A number in words as far as its gender, or its form before a noun, differs from what espeak-ng says. None if nothing does.
fn agreeing(number: &str, feminine: bool, language: Language) -> Option<String> {
    let (thousands, last) = number.split_at(number.len().saturating_sub(3));
    let tail = last_three(last, !thousands.is_empty(), feminine, language);
    if thousands.is_empty() {
        return tail;
    }
    // "doscientas mil"
    let counts = matches!(language, Spanish | Portuguese) && thousands.len() < 4 && thousands != "1";
    let head = if counts { last_three(thousands, false, feminine, language) } else { None };
    if head.is_none() && tail.is_none() {
        return None;
    }
    let head = head.map_or_else(|| format!("{thousands}000"), |head| format!("{head} mil"));
    let digits = || last.trim_start_matches('0').to_owned();
    Some(format!("{head} {}", tail.unwrap_or_else(digits)).trim_end().to_owned())
}

/// The last three digits of a number. `after_thousands` tells that it has more.
fn last_three(number: &str, after_thousands: bool, feminine: bool, language: Language) -> Option<String> {
    const SPANISH: [&str; 10] = [
        "",
        "ciento",
        "doscient",
        "trescient",
        "cuatrocient",
        "quinient",
        "seiscient",
        "setecient",
        "ochocient",
        "novecient",
    ];
    const PORTUGUESE: [&str; 10] =
        ["", "cento", "duzent", "trezent", "quatrocent", "quinhent", "seiscent", "setecent", "oitocent", "novecent"];
    const SPANISH_TENS: [&str; 10] =
        ["", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"];
    const PORTUGUESE_TENS: [&str; 10] =
        ["", "", "vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta", "noventa"];
    let last: u32 = number.parse().ok()?;
    let (hundreds, below) = (last as usize / 100, last % 100);
    let (tens, ones) = (below as usize / 10, below % 10);
    let hundreds_differ = feminine && hundreds > 1;
    let mut parts: Vec<String> = Vec::new();
    match language {
        Spanish if hundreds_differ || ones == 1 && tens != 1 => {
            let ending = match hundreds {
                0 | 1 => "",
                _ if feminine => "as",
                _ => "os",
            };
            parts.extend((hundreds > 0).then(|| format!("{}{ending}", SPANISH[hundreds])));
            match (tens, ones) {
                (0, 0) => {}
                (2, 1) => parts.push(if feminine { "veintiuna" } else { "veintiún" }.to_owned()),
                (_, 1) if tens != 1 => {
                    parts.extend((tens > 0).then(|| format!("{} y", SPANISH_TENS[tens])));
                    parts.push(if feminine { "una" } else { "un" }.to_owned());
                }
                _ => parts.push(below.to_string()),
            }
        }
        Portuguese if hundreds_differ || feminine && matches!(ones, 1 | 2) && tens != 1 => {
            parts.extend((hundreds > 0).then(|| match hundreds {
                1 => PORTUGUESE[1].to_owned(),
                _ => format!("{}as", PORTUGUESE[hundreds]),
            }));
            parts.extend((tens > 1).then(|| PORTUGUESE_TENS[tens].to_owned()));
            match (tens, ones) {
                (_, 0) => {}
                (1, _) => parts.push(below.to_string()),
                (_, 1) => parts.push("uma".to_owned()),
                (_, 2) => parts.push("duas".to_owned()),
                _ => parts.push(ones.to_string()),
            }
            let joined = parts.join(" e ");
            let joint = if after_thousands && (below == 0 || hundreds == 0) { "e " } else { "" };
            parts = vec![format!("{joint}{joined}")];
        }
        French if feminine && ones == 1 && !matches!(tens, 1 | 7 | 9) => {
            parts.push(words::french_cardinal(last)? + "e");
        }
        _ => return None,
    }
    Some(parts.join(" "))
}

/// Scales: how they are written, one and many in words, and whether a noun after them takes "de".
struct Scale {
    written: &'static str,
    one: &'static str,
    many: &'static str,
    of: bool,
}

const fn scale(written: &'static str, one: &'static str, many: &'static str, of: bool) -> Scale {
    Scale { written, one, many, of }
}

/// The scales of each language, in the order of [`ORDER`]. A capital M stands for millions only before a currency.
#[rustfmt::skip]
const SCALES: [&[Scale]; 5] = [
    &[scale("mil millones", "mil millones", "mil millones", true), scale("millón millones Mio Mill. mill.", "millón", "millones", true),
        scale("billón billones", "billón", "billones", true), scale("mil", "mil", "mil", false)],
    &[scale("million millions Mio", "million", "millions", true), scale("milliard milliards Md Mds Mrd", "milliard", "milliards", true),
        scale("mille", "mille", "mille", false)],
    &[scale("milione milioni Mio mln", "milione", "milioni", true), scale("miliardo miliardi Mrd mld", "miliardo", "miliardi", true),
        scale("mila", "mila", "mila", false), scale("mille", "mille", "mille", false)],
    &[scale("milhão milhões Mio mi", "milhão", "milhões", true), scale("bilhão bilhões bi", "bilhão", "bilhões", true),
        scale("trilhão trilhões tri", "trilhão", "trilhões", true), scale("mil", "mil", "mil", false)],
    &[scale("लाख", "लाख", "लाख", false), scale("करोड\u{93c} करो\u{95c}", "करोड\u{93c}", "करोड\u{93c}", false), scale("अरब", "अरब", "अरब", false),
        scale("हज\u{93c}ार ह\u{95b}ार हजार", "हज\u{93c}ार", "हज\u{93c}ार", false), scale("मिलियन", "मिलियन", "मिलियन", false), scale("बिलियन", "बिलियन", "बिलियन", false)],
];

/// A number with a scale.
pub struct Scaled {
    /// The number and the scale in words: "5 millones".
    pub spoken: String,
    /// Whether a noun after it takes "de".
    pub of: bool,
    /// The length of the scale in bytes.
    pub length: usize,
}

/// A scale at the start of `text`, after a number. `money` tells that the number is an amount of money.
pub fn scaled(number: &str, text: &str, money: bool, language: Language) -> Option<Scaled> {
    let row = SCALES[ORDER.iter().position(|known| *known == language)?];
    let ends = |written: &str| !text[written.len()..].starts_with(|c: char| c.is_alphanumeric() || is_mark(c));
    // "mil millones" are two words.
    let forms = |scale: &Scale| if scale.of && scale.written.starts_with("mil ") { '|' } else { ' ' };
    let find =
        |scale: &Scale| scale.written.split(forms(scale)).find(|written| text.starts_with(written) && ends(written));
    let (scale, written) = row.iter().find_map(|scale| Some((scale, find(scale)?))).or_else(|| {
        let million = row.iter().find(|scale| scale.written.contains("Mio")).filter(|_| money)?;
        Some((million, "M"))
            .filter(|(_, written)| text.starts_with(written) && !text[1..].starts_with(char::is_alphanumeric))
    })?;
    // "mi" and the like are words elsewhere.
    if !money && ["mi", "bi", "tri", "M"].contains(&written) {
        return None;
    }
    // "1,7 bilhão" in Portuguese and French, and as it is written elsewhere.
    let below_two =
        number == "1" || matches!(language, French | Portuguese) && number.starts_with("1 ") || written == scale.one;
    let name = if below_two { scale.one } else { scale.many };
    Some(Scaled { spoken: counted(number, name, language), of: scale.of, length: written.len() })
}

/// Signs over and under letters of Devanagari.
fn is_mark(symbol: char) -> bool {
    matches!(symbol, '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language::Hindi;

    #[test]
    fn numbers_take_the_gender_of_their_noun() {
        for (number, noun, language, expected) in [
            ("1", "hora", Spanish, "una hora"),
            ("1", "euro", Spanish, "un euro"),
            ("21", "horas", Spanish, "veintiuna horas"),
            ("21", "euros", Spanish, "veintiún euros"),
            ("31", "kilómetros", Spanish, "treinta y un kilómetros"),
            ("11", "horas", Spanish, "11 horas"),
            ("101", "libras", Spanish, "ciento una libras"),
            ("200", "libras", Spanish, "doscientas libras"),
            ("200", "euros", Spanish, "200 euros"),
            ("1250", "libras", Spanish, "1000 doscientas 50 libras"),
            ("321", "euros", Spanish, "trescientos veintiún euros"),
            ("1000", "libras", Spanish, "1000 libras"),
            ("1000000", "euros", Spanish, "1000000 de euros"),
            ("1500000", "euros", Spanish, "1500000 euros"),
            ("21", "por ciento", Spanish, "21 por ciento"),
            ("1", "heure", French, "une heure"),
            ("21", "heures", French, "vingt-et-une heures"),
            ("81", "livres", French, "quatre-vingt-une livres"),
            ("71", "livres", French, "71 livres"),
            ("21", "euros", French, "21 euros"),
            ("2000001", "livres", French, "2000000 une livres"),
            ("3000000", "euros", French, "3000000 d'euros"),
            ("3000000", "livres", French, "3000000 de livres"),
            ("1", "ora", Italian, "un'ora"),
            ("1", "sterlina", Italian, "una sterlina"),
            ("1", "euro", Italian, "un euro"),
            ("21", "ore", Italian, "21 ore"),
            ("2000000", "euro", Italian, "2000000 di euro"),
            ("1", "hora", Portuguese, "uma hora"),
            ("2", "horas", Portuguese, "duas horas"),
            ("2", "reais", Portuguese, "2 reais"),
            ("12", "horas", Portuguese, "12 horas"),
            ("22", "libras", Portuguese, "vinte e duas libras"),
            ("200", "libras", Portuguese, "duzentas libras"),
            ("1200", "libras", Portuguese, "1000 e duzentas libras"),
            ("1221", "libras", Portuguese, "1000 duzentas e vinte e uma libras"),
            ("1", "रुपया", Hindi, "1 रुपया"),
            ("1 coma 5", "horas", Spanish, "1 coma 5 horas"),
        ] {
            assert_eq!(counted(number, noun, language), expected);
        }
        assert_eq!(
            [feminine(1, Italian), feminine(21, Spanish), feminine(2, Portuguese)],
            ["una", "veintiuna", "duas"]
        );
    }

    #[test]
    fn scales_are_words() {
        for (text, money, language, expected) in [
            ("milhões", true, Portuguese, Some("5 milhões")),
            ("mi.", true, Portuguese, Some("5 milhões")),
            ("mil", true, Portuguese, Some("5 mil")),
            ("mil millones", true, Spanish, Some("5 mil millones")),
            ("Mio", false, Spanish, Some("5 millones")),
            ("M€", true, French, Some("5 millions")),
            ("M", false, French, None),
            ("लाख", true, Hindi, Some("5 लाख")),
            ("millas", true, Spanish, None),
            ("minutos", true, Portuguese, None),
        ] {
            assert_eq!(scaled("5", text, money, language).map(|scaled| scaled.spoken).as_deref(), expected, "{text}");
        }
    }
}
