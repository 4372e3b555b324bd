//! `say-as`: text rewritten so that what reads it says it as asked.

use crate::Language;

const MONTHS: [(Language, [&str; 12]); 5] = [
    (
        Language::Spanish,
        [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
    ),
    (
        Language::French,
        [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
    ),
    (
        Language::Hindi,
        ["जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्तूबर", "नवंबर", "दिसंबर"],
    ),
    (
        Language::Italian,
        [
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ],
    ),
    (
        Language::Portuguese,
        [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
    ),
];
const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `text` as `kind` says; as it is, if that makes no sense of it.
pub fn read(text: &str, kind: &str, format: &str, language: Language) -> String {
    let read = match kind {
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
    read.unwrap_or_else(|| text.to_owned())
}

fn english(language: Language) -> bool {
    matches!(language, Language::AmericanEnglish | Language::BritishEnglish)
}

fn characters(text: &str, language: Language) -> String {
    let name = |symbol: char| match symbol {
        // Else it is the article.
        'a' | 'A' if english(language) => "[A](/ˈA/)".to_owned(),
        symbol => symbol.to_uppercase().collect(),
    };
    text.chars().filter(|symbol| !symbol.is_whitespace()).map(name).collect::<Vec<_>>().join(" ")
}

/// Figure by figure, a comma between groups.
fn digits(text: &str) -> String {
    let plus = if text.starts_with('+') { "+ " } else { "" };
    let groups = text.split(|c: char| !c.is_alphanumeric()).filter(|group| !group.is_empty());
    let spaced = groups.map(|group| group.chars().map(String::from).collect::<Vec<_>>().join(" "));
    plus.to_owned() + &spaced.collect::<Vec<_>>().join(", ")
}

/// The figures of a whole number, without what groups them.
fn whole(text: &str) -> Option<String> {
    let figures: String = text.chars().filter(|c| !c.is_whitespace() && *c != ',' && *c != '_').collect();
    (!figures.is_empty() && figures.len() <= 15 && figures.bytes().all(|c| c.is_ascii_digit())).then_some(figures)
}

fn cardinal(text: &str, language: Language) -> Option<String> {
    let (sign, figures) = match text.strip_prefix(['-', '−']) {
        Some(rest) => ("minus ", whole(rest)?),
        None => ("", whole(text)?),
    };
    match english(language) {
        // As figures it might be a year.
        true => Some(format!("{sign}{}", words(figures.parse().ok()?))),
        false => Some(format!("{}{figures}", if sign.is_empty() { "" } else { "-" })),
    }
}

fn ordinal(text: &str, language: Language) -> Option<String> {
    let text = text.trim_end_matches(|c: char| c.is_alphabetic() || ".ºª".contains(c));
    let number: u64 = whole(text)?.parse().ok()?;
    Some(match language {
        Language::French if number == 1 => "premier".to_owned(),
        Language::French => format!("{number}e"),
        Language::Hindi => format!("{number}वां"),
        Language::Spanish | Language::Italian | Language::Portuguese => format!("{number}º"),
        _ => {
            let spoken = words(number);
            let (head, last) = spoken.rsplit_once(' ').unwrap_or(("", &spoken));
            let last = match last {
                "one" => "first".to_owned(),
                "two" => "second".to_owned(),
                "three" => "third".to_owned(),
                "five" => "fifth".to_owned(),
                "eight" => "eighth".to_owned(),
                "nine" => "ninth".to_owned(),
                "twelve" => "twelfth".to_owned(),
                last => last.strip_suffix('y').map_or_else(|| format!("{last}th"), |stem| format!("{stem}ieth")),
            };
            format!("{head} {last}").trim_start().to_owned()
        }
    })
}

/// A number below a thousand billions in English words.
fn words(number: u64) -> String {
    const SMALL: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    const SCALES: [(u64, &str); 5] = [
        (1_000_000_000_000, "trillion"),
        (1_000_000_000, "billion"),
        (1_000_000, "million"),
        (1000, "thousand"),
        (100, "hundred"),
    ];
    let and = |head: String, rest: u64| if rest == 0 { head } else { format!("{head} {}", words(rest)) };
    if let Some((scale, name)) = SCALES.into_iter().find(|(scale, _)| number >= *scale) {
        return and(format!("{} {name}", words(number / scale)), number % scale);
    }
    match usize::try_from(number).unwrap_or_default() {
        small @ 0..20 => SMALL[small].to_owned(),
        large => and(TENS[large / 10].to_owned(), number % 10),
    }
}

/// A date by its format: the order of `y`, `m` and `d` (Americans write `mdy`, years come first otherwise).
fn date(text: &str, format: &str, language: Language) -> Option<String> {
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
    let (year, month, day) = (part('y'), part('m'), part('d'));
    if order.len() != parts.len() || day.is_some_and(|day| !(1..=31).contains(&day)) || year.is_some_and(|y| y > 9999) {
        return None;
    }
    let table = MONTHS.iter().find(|(of, _)| *of == language).map_or(&ENGLISH_MONTHS, |(_, months)| months);
    let month = match month {
        Some(month) => Some(*table.get(month.checked_sub(1)? as usize)?),
        None => None,
    };
    let day_text = day.map(|day| match language {
        language if english(language) => ordinal(&day.to_string(), language).unwrap_or_default(),
        Language::French | Language::Italian if day == 1 => {
            if language == Language::French {
                "premier".to_owned()
            } else {
                "primo".to_owned()
            }
        }
        _ => day.to_string(),
    });
    let year = year.map(|year| year.to_string());
    let said: Vec<String> = match language {
        Language::AmericanEnglish => {
            let month_day = [month.map(str::to_owned), day_text].into_iter().flatten().collect::<Vec<_>>().join(" ");
            return Some(
                [month_day, year.unwrap_or_default()]
                    .into_iter()
                    .filter(|s| !s.is_empty())
                    .collect::<Vec<_>>()
                    .join(", "),
            );
        }
        Language::BritishEnglish => {
            let day = day_text.map(|day| format!("the {day} of"));
            [day, month.map(str::to_owned), year].into_iter().flatten().collect()
        }
        Language::Spanish | Language::Portuguese => {
            let joined: Vec<String> = [day_text, month.map(str::to_owned), year].into_iter().flatten().collect();
            return Some(joined.join(" de "));
        }
        _ => [day_text, month.map(str::to_owned), year].into_iter().flatten().collect(),
    };
    Some(said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_as_asked() {
        use Language::{AmericanEnglish as Us, BritishEnglish as Gb, French, Hindi, Italian, Portuguese, Spanish};
        for (text, kind, format, language, said) in [
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
            ("13/13/2021", "date", "mdy", Us, "13/13/2021"),
            ("soon", "date", "", Us, "soon"),
            ("7:45", "time", "", Us, "7:45"),
        ] {
            assert_eq!(read(text, kind, format, language), said, "{text} as {kind} {format} in {language}");
        }
    }
}
