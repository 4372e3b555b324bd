//! Numbers with their context, written so that espeak-ng says them as people do: amounts with separators, money, clock
//! times, dates, negative numbers, units, fractions, ordinals; and abbreviations. Plain digits stay; espeak-ng reads them.

use super::abbreviations::abbreviation;
use super::words;
use crate::language::Language;
use crate::ssml::date;

/// How a language writes and says quantities.
struct Words {
    language: Language,
    /// Between groups of three digits; the other of comma and full stop is the decimal separator.
    group: char,
    decimal: &'static str,
    minus: &'static str,
    /// After the hours of a full hour.
    full_hour: &'static str,
    /// Between hours and minutes.
    hour: &'static str,
    /// After the minutes.
    minute: &'static str,
    /// Between an amount of money and its cents.
    cents: &'static str,
    /// One and many of [`SIGNS`].
    currencies: [(&'static str, &'static str); 10],
}

#[rustfmt::skip]
const WORDS: [Words; 5] = [
    Words { language: Language::Spanish, group: '.', decimal: "coma", minus: "menos", full_hour: "horas", hour: "y", minute: "", cents: "con",
        currencies: [("euro", "euros"), ("dólar", "dólares"), ("libra", "libras"), ("real", "reales"), ("rupia", "rupias"),
            ("yen", "yenes"), ("dólar australiano", "dólares australianos"), ("dólar canadiense", "dólares canadienses"), ("dólar de Hong Kong", "dólares de Hong Kong"), ("dólar neozelandés", "dólares neozelandeses")] },
    Words { language: Language::French, group: ' ', decimal: "virgule", minus: "moins", full_hour: "heures", hour: "heures", minute: "", cents: "",
        currencies: [("euro", "euros"), ("dollar", "dollars"), ("livre", "livres"), ("réal", "réaux"), ("roupie", "roupies"),
            ("yen", "yens"), ("dollar australien", "dollars australiens"), ("dollar canadien", "dollars canadiens"), ("dollar de Hong Kong", "dollars de Hong Kong"), ("dollar néo-zélandais", "dollars néo-zélandais")] },
    Words { language: Language::Italian, group: '.', decimal: "virgola", minus: "meno", full_hour: "in punto", hour: "e", minute: "", cents: "e",
        currencies: [("euro", "euro"), ("dollaro", "dollari"), ("sterlina", "sterline"), ("real", "real"), ("rupia", "rupie"),
            ("yen", "yen"), ("dollaro australiano", "dollari australiani"), ("dollaro canadese", "dollari canadesi"), ("dollaro di Hong Kong", "dollari di Hong Kong"), ("dollaro neozelandese", "dollari neozelandesi")] },
    Words { language: Language::Portuguese, group: '.', decimal: "vírgula", minus: "menos", full_hour: "horas", hour: "horas e", minute: "", cents: "e",
        currencies: [("euro", "euros"), ("dólar", "dólares"), ("libra", "libras"), ("real", "reais"), ("rúpia", "rúpias"),
            ("iene", "ienes"), ("dólar australiano", "dólares australianos"), ("dólar canadense", "dólares canadenses"), ("dólar de Hong Kong", "dólares de Hong Kong"), ("dólar neozelandês", "dólares neozelandeses")] },
    Words { language: Language::Hindi, group: ',', decimal: "दशमलव", minus: "माइनस", full_hour: "बजे", hour: "बजकर", minute: "मिनट", cents: "और",
        currencies: [("यूरो", "यूरो"), ("डॉलर", "डॉलर"), ("पाउंड", "पाउंड"), ("रियाल", "रियाल"), ("रुपया", "रुपये"),
            ("येन", "येन"), ("ऑस्ट्रेलियाई डॉलर", "ऑस्ट्रेलियाई डॉलर"), ("कनाडाई डॉलर", "कनाडाई डॉलर"), ("हॉन्ग कॉन्ग डॉलर", "हॉन्ग कॉन्ग डॉलर"), ("न्यूज़ीलैंड डॉलर", "न्यूज़ीलैंड डॉलर")] },
];

/// The signs of [`Words::currencies`].
const SIGNS: [&str; 10] = ["€", "$", "£", "R$", "₹", "¥", "A$", "C$", "HK$", "NZ$"];

/// The line with its quantities in words and plain digits.
pub fn expand(line: &str, language: Language) -> String {
    let Some(words) = WORDS.iter().find(|words| words.language == language) else { return line.to_owned() };
    // The digits of Devanagari are those of ASCII to all rules.
    let line: String = line
        .chars()
        .map(|c| if let '०'..='९' = c { char::from(b'0' + (c as u32 - '०' as u32) as u8) } else { c })
        .collect();
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(symbol) = rest.chars().next() {
        let inside = out.ends_with(|c: char| c.is_alphanumeric() || "./:,-_".contains(c));
        let found = if inside { None } else { words.quantity(rest, &out).or_else(|| words.word(rest, &out)) };
        match found {
            Some((spoken, length)) => {
                out.push_str(&spoken);
                rest = &rest[length..];
            }
            None => {
                out.push(symbol);
                rest = &rest[symbol.len_utf8()..];
            }
        }
    }
    out
}

fn digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

fn is_end(text: &str) -> bool {
    !text.starts_with(char::is_alphanumeric)
}

impl Words {
    /// An abbreviation, a Roman numeral or a unit without a number, after the text `before`.
    fn word(&self, text: &str, before: &str) -> Option<(String, usize)> {
        if !text.starts_with(|c: char| !c.is_whitespace()) {
            return None;
        }
        const ARTICLES: &str = "o el le il al do ao por par per un um cada chaque ogni प्रति";
        let previous = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let after_word = if before.trim_end().ends_with(char::is_alphanumeric) { previous } else { "" };
        if let Some(found) =
            abbreviation(text, after_word, self.language).or_else(|| words::numeral(text, previous, self.language))
        {
            return Some(found);
        }
        let sign = ["km/h", "km²", "km", "kg", "cm"]
            .into_iter()
            .find(|sign| text.starts_with(sign) && is_end(&text[sign.len()..]))?;
        let one = ARTICLES.split(' ').any(|article| article == previous);
        Some((words::unit(sign, one, self.language)?, sign.len()))
    }

    /// The words for a unit after the number at the start of `text`, whose words are `spoken`, and the length of both.
    fn with_unit(&self, (spoken, length): (String, usize), text: &str) -> (String, usize) {
        let rest = text[length..].trim_start_matches([' ', '\u{a0}', '\u{202f}']);
        let end = rest.find(|c: char| c.is_whitespace() || ",.;:!?)»”\"।-–".contains(c)).unwrap_or(rest.len());
        let one = spoken == "1";
        // "Nel 2020 ha vinto": the verb.
        let is_verb =
            &rest[..end] == "ha" && length == 4 && matches!(self.language, Language::Spanish | Language::Italian);
        let Some(unit) = words::unit(&rest[..end], one, self.language).filter(|_| !is_verb) else {
            return (spoken, length);
        };
        (format!("{spoken} {unit}"), text.len() - rest.len() + end)
    }

    /// "1/2", "¾", with the unit after it. A day and a month follow an article.
    fn fraction(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let length = text.find(|c: char| !c.is_ascii_digit() && !"/½⅓⅔¼¾".contains(c)).unwrap_or(text.len());
        let (spoken, of) = words::fraction(&text[..length], self.language)?;
        let dated = text[..length].contains('/')
            && ["el ", "le ", "il ", "al ", "del ", "dia "].iter().any(|word| before.ends_with(word));
        if dated {
            return None;
        }
        let (measured, end) = self.with_unit(("1".to_owned(), length), text);
        let unit = measured
            .strip_prefix("1 ")
            .map(|unit| [spoken, of, unit].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
        Some((unit.unwrap_or_else(|| spoken.to_owned()), end))
    }

    /// A quantity at the start of `text` after the text `before`: its words, and its length in bytes.
    fn quantity(&self, text: &str, before: &str) -> Option<(String, usize)> {
        if let Some(found) = self.money_after_sign(text) {
            return Some(found);
        }
        if let Some(positive) = text.strip_prefix(['-', '−']).filter(|rest| !digits(rest).is_empty()) {
            let plain = || Some((digits(positive).to_owned(), digits(positive).len()));
            let amount = || self.number(positive).or_else(plain).map(|found| self.with_unit(found, positive));
            let (spoken, length) = self.money(positive).or_else(amount)?;
            return Some((format!("{} {spoken}", self.minus), text.len() - positive.len() + length));
        }
        if let Some(found) = self.fraction(text, before) {
            return Some(found);
        }
        if digits(text).is_empty() {
            return None;
        }
        let found = self.date(text).or_else(|| self.clock(text)).or_else(|| self.money(text));
        let found = found.or_else(|| words::ordinal(text, self.language));
        found.or_else(|| {
            let plain = (digits(text).to_owned(), digits(text).len());
            let (number, length) = self.number(text).unwrap_or_else(|| plain.clone());
            let found = self.with_unit((number, length), text);
            (found != plain).then_some(found)
        })
    }

    /// "3/5/2024"
    fn date(&self, text: &str) -> Option<(String, usize)> {
        let end = text.find(|c: char| !c.is_ascii_digit() && !"/-".contains(c)).unwrap_or(text.len());
        let written = &text[..end];
        let separators = written.chars().filter(|c| !c.is_ascii_digit()).collect::<Vec<_>>();
        let four = written.split(['/', '-']).any(|part| part.len() == 4);
        let whole = four && is_end(&text[end..]) && matches!(separators[..], [first, second] if first == second);
        let spoken = date(written, "", self.language).filter(|_| whole)?;
        Some((spoken, end))
    }

    /// "17:30", "17:30 h", "9h30", "9 h 30", "9h15min", "9h"
    fn clock(&self, text: &str) -> Option<(String, usize)> {
        const SPACES: [char; 3] = [' ', '\u{a0}', '\u{202f}'];
        let hours = digits(text);
        // Around the letter there may be spaces if minutes follow.
        let spaced = text[hours.len()..]
            .trim_start_matches(SPACES)
            .strip_prefix('h')
            .map(|rest| rest.trim_start_matches(SPACES));
        let spaced = spaced.filter(|rest| digits(rest).len() == 2);
        let letter = spaced.is_some() || text[hours.len()..].starts_with('h');
        let rest = spaced.or_else(|| text[hours.len()..].strip_prefix([':', 'h']))?;
        let minutes = digits(rest);
        let mut length = text.len() - rest.len() + minutes.len();
        let (hour, minute) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().unwrap_or(0));
        let valid = hours.len() < 3 && hour < 25 && minute < 60 && (minutes.len() == 2 || letter && minutes.is_empty());
        let after = |sign: &str| {
            let rest = text[length..].trim_start_matches(SPACES).strip_prefix(sign).filter(|rest| is_end(rest))?;
            Some(text.len() - rest.len())
        };
        let (named, hourly) = (after("min").filter(|_| letter), after("h").filter(|_| !letter));
        let joined = named.is_none() && !is_end(&rest[minutes.len()..]);
        if !valid || joined || rest[minutes.len()..].starts_with(':') {
            return None;
        }
        let minute_name = match named {
            Some(_) => words::unit("min", minute == 1, self.language)?,
            None => self.minute.to_owned(),
        };
        length = named.or(hourly).unwrap_or(length);
        let spoken = match minute {
            0 => format!("{hour} {}", self.full_hour),
            minute => format!("{hour} {} {minute} {minute_name}", self.hour),
        };
        Some((spoken.trim_end().to_owned(), length))
    }

    /// "R$ 25,90"
    fn money_after_sign(&self, text: &str) -> Option<(String, usize)> {
        let (sign, text) = match text.strip_prefix("US") {
            Some(dollars) if dollars.starts_with('$') => ("US$", text),
            _ => (SIGNS.into_iter().find(|sign| text.starts_with(sign))?, text),
        };
        let amount = text[sign.len()..].trim_start_matches([' ', '\u{a0}']);
        let (whole, decimals, length) = self.amount(amount)?;
        Some((self.price(&whole, &decimals, sign)?, text.len() - amount.len() + length))
    }

    /// "1.234,56 €"
    fn money(&self, text: &str) -> Option<(String, usize)> {
        let (whole, decimals, length) = self.amount(text)?;
        let rest = text[length..].trim_start_matches([' ', '\u{a0}', '\u{202f}']);
        let sign = ["€", "£", "₹", "¥", "$", "EUR", "USD"]
            .into_iter()
            .find(|sign| rest.starts_with(sign) && is_end(&rest[sign.len()..]))?;
        Some((self.price(&whole, &decimals, sign)?, text.len() - rest.len() + sign.len()))
    }

    fn price(&self, whole: &str, decimals: &str, sign: &str) -> Option<String> {
        let sign = match sign {
            "US$" | "USD" => "$",
            "EUR" => "€",
            sign => sign,
        };
        let (one, many) = self.currencies.get(SIGNS.iter().position(|known| *known == sign)?)?;
        let name = if whole == "1" { one } else { many };
        Some(match decimals.len() {
            0 => format!("{whole} {name}"),
            2 if decimals == "00" => format!("{whole} {name}"),
            2 => [whole, name, self.cents, decimals.trim_start_matches('0')]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            _ => format!("{whole} {} {decimals} {many}", self.decimal),
        })
    }

    /// "1.234,5"
    fn number(&self, text: &str) -> Option<(String, usize)> {
        let (whole, decimals, length) = self.amount(text)?;
        // "1.2.3" and plain digits stay.
        let more = text[length..].strip_prefix(['.', ',', ':', '/']).is_some_and(|rest| !digits(rest).is_empty());
        if more || whole.len() == length {
            return None;
        }
        let spaced = decimals.len() > 2 || decimals.starts_with('0');
        let decimals = match spaced {
            true => decimals.chars().map(String::from).collect::<Vec<_>>().join(" "),
            false => decimals,
        };
        let spoken = if decimals.is_empty() { whole } else { format!("{whole} {} {decimals}", self.decimal) };
        Some((spoken, length))
    }

    /// The digits before and after the decimal separator, and the length in bytes.
    fn amount(&self, text: &str) -> Option<(String, String, usize)> {
        let first = digits(text);
        if first.is_empty() {
            return None;
        }
        let (mut whole, mut length) = (first.to_owned(), first.len());
        let is_group = |c: char| c == self.group || self.group == ' ' && "\u{a0}\u{202f}".contains(c);
        while let Some(rest) = text[length..].strip_prefix(is_group) {
            let group = digits(rest);
            // Hindi groups by two digits, then by three.
            let size = group.len() == 3 || self.group == ',' && group.len() == 2;
            if !size || first.len() > 3 || first.starts_with('0') {
                break;
            }
            whole += group;
            length = text.len() - rest.len() + group.len();
        }
        let decimal = if self.group == ',' { '.' } else { ',' };
        let decimals = text[length..].strip_prefix(decimal).map_or("", digits);
        // A decimal point, as in English, is not a group if it is not followed by three digits.
        let point = text[length..].strip_prefix('.').map_or("", digits);
        let decimals = if decimals.is_empty() && whole == first && point.len() != 3 { point } else { decimals };
        if !decimals.is_empty() {
            length += 1 + decimals.len();
        }
        Some((whole, decimals.to_owned(), length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_as_they_are_said() {
        use Language::{French, Hindi, Italian, Portuguese, Spanish};
        for (language, written, expected) in [
            (Spanish, "Cuesta 1.234,56 €.", "Cuesta 1234 euros con 56."),
            (Spanish, "a las 17:30 del 3/5/2024", "a las 17 y 30 del 3 de mayo de 2024"),
            (Spanish, "50% y 3,5 o 3.5", "50 por ciento y 3 coma 5 o 3 coma 5"),
            (Spanish, "-5 grados, versión 1.2.3", "menos 5 grados, versión 1.2.3"),
            (Spanish, "1º, 1.000.000", "1º, 1000000"),
            (French, "à 9h30 ou 17:00", "à 9 heures 30 ou 17 heures"),
            (French, "12,50 € et 1 234 567", "12 euros 50 et 1234567"),
            (French, "1º le 3/5/2024", "premier le 3 mai 2024"),
            (Italian, "1,05 € alle 17:30", "1 euro e 5 alle 17 e 30"),
            (Italian, "3,14159", "3 virgola 1 4 1 5 9"),
            (Portuguese, "R$ 25,90 às 9h30", "25 reais e 90 às 9 horas e 30"),
            (Portuguese, "R$1.000,00", "1000 reais"),
            (Hindi, "₹1,23,456.50", "123456 रुपये और 50"),
            (Hindi, "3.5 17:30", "3 दशमलव 5 17 बजकर 30 मिनट"),
            (Spanish, "5,, 5. 5: 5/ 5h2 R$ € x5,5", "5,, 5. 5: 5/ 5h2 R$ € x5,5"),
            (Spanish, "el 3.er piso, 4.º y 2.ª", "el tercer piso, 4º y 2ª"),
            (Spanish, "a 120 km/h, 1,5 kg por kg", "a 120 kilómetros por hora, 1 coma 5 kilos por kilo"),
            (Spanish, "El Sr. López y D. Juan I, siglo XX. I", "El señor López y don Juan primero, siglo 20. I"),
            (Spanish, "8:00 h, 1/2 l, 3/4 l, el 1/2", "8 horas, medio litro, tres cuartos de litro, el 1/2"),
            (French, "17 h 30, 3 h, XIXe siècle, Louis XIV", "17 heures 30, 3 heures, dix-neuvième siècle, Louis 14"),
            (
                French,
                "M. Roy au n° 5, 2nde, 1re, 21e, 5e",
                "monsieur Roy au numéro 5, seconde, première, vingt-et-unième, cinquième",
            ),
            (
                Italian,
                "90 km/h, 20 °C, 50%, 5 m²",
                "90 chilometri all'ora, 20 gradi Celsius, 50 per cento, 5 metri quadrati",
            ),
            (
                Portuguese,
                "8h15min, US$ 1.000, Pedro II, Maria I",
                "8 horas e 15 minutos, 1000 dólares, Pedro segundo, Maria primeira",
            ),
            (Hindi, "५०० किमी, -5°C", "500 किलोमीटर, माइनस 5 डिग्री सेल्सियस"),
            (Spanish, "vitamina D. Además, D. Luis y el Sr. Es él", "vitamina D. Además, don Luis y el señor. Es él"),
            (Spanish, "Habló D. Pedro del grupo D. Luego, plan D.", "Habló don Pedro del grupo D. Luego, plan D."),
            (French, "la taille M. Il voit M. Roy", "la taille M. Il voit monsieur Roy"),
            (French, "le groupe M. Paul, M. et Mme Roy", "le groupe M. Paul, monsieur et madame Roy"),
            (French, "au cas M. C'est M. D'Alembert", "au cas M. C'est monsieur D'Alembert"),
            (Portuguese, "plano D. Depois D. Maria", "plano D. Depois dom Maria"),
            (Italian, "dal Sig. Poi il Sig. Rossi", "dal signor. Poi il signor Rossi"),
            (
                Portuguese,
                "R$ 15, A$20, US$ 5, HK$100",
                "15 reais, 20 dólares australianos, 5 dólares, 100 dólares de Hong Kong",
            ),
            (
                Portuguese,
                "C$1, € 15, 15 €, £ 4.50, ¥ 500, ₹ 99",
                "1 dólar canadense, 15 euros, 15 euros, 4 libras e 50, 500 ienes, 99 rúpias",
            ),
            (Spanish, "MD. Mes, 5 me, I.V. km2", "MD. Mes, 5 me, I.V. km2"),
            (Spanish, "2024, y 3-4", "2024, y 3-4"),
        ] {
            assert_eq!(expand(written, language), expected, "{written} in {language}");
        }
    }

    #[test]
    fn any_text_is_expanded() {
        let parts = [
            "1", "23", "456", ".", ",", ":", "/", "-", "h", "€", "R$", " ", "\u{a0}", "º", "é", "2024", "XV", "½",
            "m²", "Sr.", "e",
        ];
        let mut state = 82_usize;
        for case in 0..20_000 {
            let mut text = String::new();
            for _ in 0..case % 9 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) & 0xffff_ffff;
                text.push_str(parts[(state >> 16) % parts.len()]);
            }
            let language = [Language::Spanish, Language::French, Language::Hindi][case % 3];
            let expanded = expand(&text, language);
            assert_eq!(expanded.is_empty(), text.is_empty(), "{text:?}");
        }
    }
}
