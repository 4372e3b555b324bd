//! `say-as`: rewrites text so that a reader speaks it as requested.

use num2words::Num2Words;

use super::months::month;
use crate::language::Language;

/// Rewrites `text` for an `interpret-as` of `kind`. Text that does not fit the kind stays as it is.
pub fn rewrite(text: &str, kind: &str, format: &str, language: Language) -> String {
    let rewritten = match kind {
        "characters" | "spell-out" | "verbatim" => Some(characters(text, language)),
        "digits" | "telephone" => Some(digits(text)),
        "cardinal" | "number" => cardinal(text, language),
        "ordinal" => ordinal(text, language),
        "date" => date(text, format, language),
        _ => {
            log::warn!("SSML: <say-as interpret-as={kind:?}> is read as plain text");
            None
        }
    };
    rewritten.unwrap_or_else(|| text.to_owned())
}

fn is_english(language: Language) -> bool {
    matches!(language, Language::AmericanEnglish | Language::BritishEnglish)
}

fn characters(text: &str, language: Language) -> String {
    let name = |symbol: char| match symbol {
        // A plain "A" would be the article.
        'a' | 'A' if is_english(language) => "[A](/ˈA/)".to_owned(),
        symbol => symbol.to_uppercase().collect(),
    };
    text.chars().filter(|symbol| !symbol.is_whitespace()).map(name).collect::<Vec<_>>().join(" ")
}

/// Digit by digit, with a comma between groups.
fn digits(text: &str) -> String {
    let plus = if text.starts_with('+') { "+ " } else { "" };
    let groups = text.split(|c: char| !c.is_alphanumeric()).filter(|group| !group.is_empty());
    let spaced = groups.map(|group| group.chars().map(String::from).collect::<Vec<_>>().join(" "));
    plus.to_owned() + &spaced.collect::<Vec<_>>().join(", ")
}

/// The digits of a whole number, without separators.
fn whole_number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != ',' && *c != '_').collect();
    (!digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|c| c.is_ascii_digit())).then_some(digits)
}

fn cardinal(text: &str, language: Language) -> Option<String> {
    let (sign, digits) = match text.strip_prefix(['-', '−']) {
        Some(rest) => ("minus ", whole_number(rest)?),
        None => ("", whole_number(text)?),
    };
    match is_english(language) {
        // Four digits would be spoken as a year.
        true => Some(format!("{sign}{}", english_words(Num2Words::new(digits.parse::<i64>().ok()?))?)),
        false => Some(format!("{}{digits}", if sign.is_empty() { "" } else { "-" })),
    }
}

fn ordinal(text: &str, language: Language) -> Option<String> {
    let text = text.trim_end_matches(|c: char| c.is_alphabetic() || ".ºª".contains(c));
    let number: i64 = whole_number(text)?.parse().ok()?;
    Some(match language {
        Language::French if number == 1 => "premier".to_owned(),
        Language::French => format!("{number}e"),
        Language::Hindi => format!("{number}वां"),
        Language::Spanish | Language::Italian | Language::Portuguese => format!("{number}º"),
        Language::Mandarin | Language::Japanese => format!("第{number}"),
        _ => english_words(Num2Words::new(number).ordinal())?,
    })
}

/// The words of a number as misaki knows them: without hyphens, commas and "and".
fn english_words(number: Num2Words) -> Option<String> {
    let words = number.to_words().ok()?;
    let words = words.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty() && *word != "and");
    Some(words.collect::<Vec<_>>().join(" "))
}

/// Rewrites a date. `format` is the order of `y`, `m` and `d`; by default `ymd` if the year comes first, else `mdy` in
/// American English and `dmy` in other languages.
pub fn date(text: &str, format: &str, language: Language) -> Option<String> {
    let parts: Vec<u32> = text.split(['-', '/', '.', ' ']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let year_first = text.find(|c: char| !c.is_ascii_digit()) == Some(4);
    let order = match (format, language) {
        ("", _) if year_first => "ymd",
        ("", Language::AmericanEnglish) => "mdy",
        ("", _) => "dmy",
        (format, _) => format,
    };
    let order = if format.is_empty() { order.get(..parts.len())? } else { order };
    let part = |letter| order.find(letter).and_then(|at| parts.get(at)).copied();
    let (year, day) = (part('y'), part('d'));
    if order.len() != parts.len() || day.is_some_and(|day| !(1..=31).contains(&day)) || year.is_some_and(|y| y > 9999) {
        return None;
    }
    let month = match part('m') {
        Some(number) => Some(month(number, language)?.to_owned()),
        None => None,
    };
    let day = day.map(|day| match language {
        language if is_english(language) => ordinal(&day.to_string(), language).unwrap_or_default(),
        Language::French if day == 1 => "premier".to_owned(),
        Language::Italian if day == 1 => "primo".to_owned(),
        _ => day.to_string(),
    });
    let year = year.map(|year| year.to_string());
    if matches!(language, Language::Mandarin | Language::Japanese) {
        let named = |number: Option<String>, unit| number.map(|number| format!("{number}{unit}"));
        let parts = [named(year, '年'), named(part('m').map(|month| month.to_string()), '月'), named(day, '日')];
        return Some(parts.into_iter().flatten().collect());
    }
    let join = |parts: [Option<String>; 3], separator| parts.into_iter().flatten().collect::<Vec<_>>().join(separator);
    Some(match language {
        Language::AmericanEnglish => {
            let month_day = Some(join([month, day, None], " ")).filter(|text| !text.is_empty());
            join([month_day, year, None], ", ")
        }
        Language::BritishEnglish => join([day.map(|day| format!("the {day} of")), month, year], " "),
        Language::Spanish | Language::Portuguese => join([day, month, year], " de "),
        _ => join([day, month, year], " "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_rewritten() {
        use Language::{AmericanEnglish as Us, BritishEnglish as Gb, French, Hindi, Italian, Portuguese, Spanish};
        for (text, kind, format, language, expected) in [
            ("NASA", "characters", "", Us, "N [A](/ˈA/) S [A](/ˈA/)"),
            ("ab1", "spell-out", "", Spanish, "A B 1"),
            ("042", "digits", "", Us, "0 4 2"),
            ("+1 555-0199", "telephone", "", Us, "+ 1, 5 5 5, 0 1 9 9"),
            ("1990", "cardinal", "", Us, "one thousand nine hundred ninety"),
            (
                "-1,234,567",
                "cardinal",
                "",
                Gb,
                "minus one million two hundred thirty four thousand five hundred sixty seven",
            ),
            ("0", "cardinal", "", Us, "zero"),
            ("1990", "cardinal", "", French, "1990"),
            ("many", "cardinal", "", Us, "many"),
            ("1", "ordinal", "", Us, "first"),
            ("22nd", "ordinal", "", Us, "twenty second"),
            ("30", "ordinal", "", Us, "thirtieth"),
            ("112", "ordinal", "", Us, "one hundred twelfth"),
            ("3", "ordinal", "", Spanish, "3º"),
            ("1er", "ordinal", "", French, "premier"),
            ("3", "ordinal", "", French, "3e"),
            ("3", "ordinal", "", Hindi, "3वां"),
            ("2021-03-02", "date", "", Us, "March second, 2021"),
            ("3/2/2021", "date", "", Us, "March second, 2021"),
            ("3/2/2021", "date", "dmy", Us, "February third, 2021"),
            ("3/2/2021", "date", "", Gb, "the third of February 2021"),
            ("12/2020", "date", "my", Us, "December, 2020"),
            ("3/2", "date", "md", Us, "March second"),
            ("2.3.2021", "date", "", Spanish, "2 de marzo de 2021"),
            ("1.5.2021", "date", "", Italian, "primo maggio 2021"),
            ("1.5.2021", "date", "", French, "premier mai 2021"),
            ("7.9.1822", "date", "", Portuguese, "7 de setembro de 1822"),
            ("2.3.2021", "date", "", Hindi, "2 मार्च 2021"),
            ("2021-03-02", "date", "", Language::Mandarin, "2021年3月2日"),
            ("3/2/2021", "date", "mdy", Language::Japanese, "2021年3月2日"),
            ("3", "ordinal", "", Language::Mandarin, "第3"),
            ("13/13/2021", "date", "mdy", Us, "13/13/2021"),
            ("soon", "date", "", Us, "soon"),
            ("7:45", "time", "", Us, "7:45"),
        ] {
            assert_eq!(rewrite(text, kind, format, language), expected, "{text} as {kind} {format} in {language}");
        }
    }
}
