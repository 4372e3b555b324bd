//! Words of the languages that espeak-ng reads: units, fractions, ordinals, Roman numerals.

use super::abbreviations::opens;
use crate::language::Language::{self, French, Hindi, Italian, Portuguese, Spanish};

/// The languages in the order of the tables.
pub const ORDER: [Language; 5] = [Spanish, French, Italian, Portuguese, Hindi];

/// Units by their sign, one and many, in the order of [`ORDER`].
#[rustfmt::skip]
const UNITS: &[(&str, [(&str, &str); 5])] = &[
    ("km", [("kilómetro", "kilómetros"), ("kilomètre", "kilomètres"), ("chilometro", "chilometri"), ("quilômetro", "quilômetros"), ("किलोमीटर", "किलोमीटर")]),
    ("m", [("metro", "metros"), ("mètre", "mètres"), ("metro", "metri"), ("metro", "metros"), ("मीटर", "मीटर")]),
    ("cm", [("centímetro", "centímetros"), ("centimètre", "centimètres"), ("centimetro", "centimetri"), ("centímetro", "centímetros"), ("सेंटीमीटर", "सेंटीमीटर")]),
    ("mm", [("milímetro", "milímetros"), ("millimètre", "millimètres"), ("millimetro", "millimetri"), ("milímetro", "milímetros"), ("मिलीमीटर", "मिलीमीटर")]),
    ("ha", [("hectárea", "hectáreas"), ("hectare", "hectares"), ("ettaro", "ettari"), ("hectare", "hectares"), ("हेक्टेयर", "हेक्टेयर")]),
    ("kg", [("kilo", "kilos"), ("kilo", "kilos"), ("chilo", "chili"), ("quilo", "quilos"), ("किलोग्राम", "किलोग्राम")]),
    ("g", [("gramo", "gramos"), ("gramme", "grammes"), ("grammo", "grammi"), ("grama", "gramas"), ("ग्राम", "ग्राम")]),
    ("mg", [("miligramo", "miligramos"), ("milligramme", "milligrammes"), ("milligrammo", "milligrammi"), ("miligrama", "miligramas"), ("मिलीग्राम", "मिलीग्राम")]),
    ("t", [("tonelada", "toneladas"), ("tonne", "tonnes"), ("tonnellata", "tonnellate"), ("tonelada", "toneladas"), ("टन", "टन")]),
    ("l", [("litro", "litros"), ("litre", "litres"), ("litro", "litri"), ("litro", "litros"), ("लीटर", "लीटर")]),
    ("ml", [("mililitro", "mililitros"), ("millilitre", "millilitres"), ("millilitro", "millilitri"), ("mililitro", "mililitros"), ("मिलीलीटर", "मिलीलीटर")]),
    ("dl", [("decilitro", "decilitros"), ("décilitre", "décilitres"), ("decilitro", "decilitri"), ("decilitro", "decilitros"), ("डेसीलीटर", "डेसीलीटर")]),
    ("hg", [("hectogramo", "hectogramos"), ("hectogramme", "hectogrammes"), ("etto", "etti"), ("hectograma", "hectogramas"), ("हेक्टोग्राम", "हेक्टोग्राम")]),
    ("cl", [("centilitro", "centilitros"), ("centilitre", "centilitres"), ("centilitro", "centilitri"), ("centilitro", "centilitros"), ("सेंटीलीटर", "सेंटीलीटर")]),
    ("lb", [("libra", "libras"), ("livre", "livres"), ("libbra", "libbre"), ("libra", "libras"), ("पाउंड", "पाउंड")]),
    ("ft", [("pie", "pies"), ("pied", "pieds"), ("piede", "piedi"), ("pé", "pés"), ("फ़ुट", "फ़ुट")]),
    ("mph", [("milla por hora", "millas por hora"), ("mile par heure", "miles par heure"), ("miglio all'ora", "miglia all'ora"),
        ("milha por hora", "milhas por hora"), ("मील प्रति घंटा", "मील प्रति घंटा")]),
    ("h", [("hora", "horas"), ("heure", "heures"), ("ora", "ore"), ("hora", "horas"), ("घंटा", "घंटे")]),
    ("min", [("minuto", "minutos"), ("minute", "minutes"), ("minuto", "minuti"), ("minuto", "minutos"), ("मिनट", "मिनट")]),
    ("s", [("segundo", "segundos"), ("seconde", "secondes"), ("secondo", "secondi"), ("segundo", "segundos"), ("सेकंड", "सेकंड")]),
    ("°C", [("grado Celsius", "grados Celsius"), ("degré Celsius", "degrés Celsius"), ("grado Celsius", "gradi Celsius"), ("grau Celsius", "graus Celsius"), ("डिग्री सेल्सियस", "डिग्री सेल्सियस")]),
    ("°F", [("grado Fahrenheit", "grados Fahrenheit"), ("degré Fahrenheit", "degrés Fahrenheit"), ("grado Fahrenheit", "gradi Fahrenheit"), ("grau Fahrenheit", "graus Fahrenheit"), ("डिग्री फ़ारेनहाइट", "डिग्री फ़ारेनहाइट")]),
    ("%", [("por ciento", "por ciento"), ("pour cent", "pour cent"), ("per cento", "per cento"), ("por cento", "por cento"), ("प्रतिशत", "प्रतिशत")]),
    ("‰", [("por mil", "por mil"), ("pour mille", "pour mille"), ("per mille", "per mille"), ("por mil", "por mil"), ("प्रति हज़ार", "प्रति हज़ार")]),
    ("W", [("vatio", "vatios"), ("watt", "watts"), ("watt", "watt"), ("watt", "watts"), ("वॉट", "वॉट")]),
    ("kW", [("kilovatio", "kilovatios"), ("kilowatt", "kilowatts"), ("chilowatt", "chilowatt"), ("quilowatt", "quilowatts"), ("किलोवॉट", "किलोवॉट")]),
    ("V", [("voltio", "voltios"), ("volt", "volts"), ("volt", "volt"), ("volt", "volts"), ("वोल्ट", "वोल्ट")]),
    ("Hz", [("hercio", "hercios"), ("hertz", "hertz"), ("hertz", "hertz"), ("hertz", "hertz"), ("हर्ट्ज़", "हर्ट्ज़")]),
    ("MHz", [("megahercio", "megahercios"), ("mégahertz", "mégahertz"), ("megahertz", "megahertz"), ("megahertz", "megahertz"), ("मेगाहर्ट्ज़", "मेगाहर्ट्ज़")]),
    ("GHz", [("gigahercio", "gigahercios"), ("gigahertz", "gigahertz"), ("gigahertz", "gigahertz"), ("gigahertz", "gigahertz"), ("गीगाहर्ट्ज़", "गीगाहर्ट्ज़")]),
    ("MB", [("megabyte", "megabytes"), ("mégaoctet", "mégaoctets"), ("megabyte", "megabyte"), ("megabyte", "megabytes"), ("मेगाबाइट", "मेगाबाइट")]),
    ("GB", [("gigabyte", "gigabytes"), ("gigaoctet", "gigaoctets"), ("gigabyte", "gigabyte"), ("gigabyte", "gigabytes"), ("गीगाबाइट", "गीगाबाइट")]),
    ("TB", [("terabyte", "terabytes"), ("téraoctet", "téraoctets"), ("terabyte", "terabyte"), ("terabyte", "terabytes"), ("टेराबाइट", "टेराबाइट")]),
];

/// Other signs of the same units.
#[rustfmt::skip]
const ALIASES: [(&str, &str); 22] = [
    ("mq", "m²"), ("kmq", "km²"), ("gr", "g"), ("dL", "dl"), ("घंटा", "h"), ("घंटे", "h"),
    ("L", "l"), ("lbs", "lb"), ("mL", "ml"), ("ºC", "°C"), ("ºF", "°F"), ("℃", "°C"), ("℉", "°F"), ("Mo", "MB"), ("Go", "GB"), ("To", "TB"),
    ("किमी", "km"), ("सेमी", "cm"), ("मिमी", "mm"), ("किग्रा", "kg"), ("मी", "m"), ("मिली", "ml"),
];

pub fn column(language: Language) -> Option<usize> {
    ORDER.iter().position(|known| *known == language)
}

/// The bytes of the longest unit that is looked for.
const LONGEST_UNIT: usize = 40;

/// The words for a unit with its power or the unit that it is divided by: "m²", "km/h".
pub fn unit(sign: &str, one: bool, language: Language) -> Option<String> {
    let at = column(language).filter(|_| sign.len() <= LONGEST_UNIT)?;
    let sign = ALIASES.into_iter().find(|(alias, _)| *alias == sign).map_or(sign, |(_, sign)| sign);
    if let Some((above, below)) = sign.split_once('/') {
        let per = ["por", "par", "al", "por", "प्रति"][at];
        let below = unit(below, true, language)?;
        let above = unit(above, one, language)?;
        return Some(if below == "ora" { format!("{above} all'ora") } else { format!("{above} {per} {below}") });
    }
    for (power, names) in [
        (
            '²',
            [
                ("cuadrado", "cuadrados"),
                ("carré", "carrés"),
                ("quadrato", "quadrati"),
                ("quadrado", "quadrados"),
                ("वर्ग", "वर्ग"),
            ],
        ),
        ('³', [("cúbico", "cúbicos"), ("cube", "cubes"), ("cubo", "cubi"), ("cúbico", "cúbicos"), ("घन", "घन")]),
    ] {
        // "80 m2"
        let digit = if power == '²' { '2' } else { '3' };
        let plain = || sign.strip_suffix(digit).filter(|length| ["km", "m", "cm", "mm"].contains(length));
        if let Some(length) = sign.strip_suffix(power).or_else(plain) {
            let (length, (single, many)) = (unit(length, one, language)?, names[at]);
            let power = if one { single } else { many };
            return Some(if language == Hindi { format!("{power} {length}") } else { format!("{length} {power}") });
        }
    }
    let (_, names) = UNITS.iter().find(|(known, _)| *known == sign)?;
    let (single, many) = names[at];
    Some(if one { single } else { many }.to_owned())
}

/// Names of rulers and popes, after which a Roman numeral says which.
const RULERS: &str = "Alfonso Amadeo Benedicto Carlos Clemente Enrique Felipe Fernando Francisco Gregorio Isabel Jorge Juan Leopoldo Luis Napoleón \
    Pablo Pío Catalina Alexandre Benoît Charles Clément Édouard Élisabeth François Georges Grégoire Guillaume Henri Jacques Jean \
    Léon Louis Napoléon Nicolas Paul Philippe Pie Ramsès Afonso Bento João Luís Manuel Maria Miguel Paulo Pedro Sancho Duarte";

/// The value of a Roman numeral below 40.
fn roman(text: &str) -> Option<u32> {
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    let tens = text.bytes().take_while(|c| *c == b'X').take(3).count();
    let ones = ONES.iter().position(|ones| *ones == &text[tens..])?;
    Some((10 * tens + ones) as u32).filter(|number| *number > 0)
}

/// A Roman numeral at the start of `text` after `previous`: "Felipe VI", "siglo XXI", "XVIIe siècle". `reigns` tells that `previous`
/// is called a ruler, so that a single letter is no initial.
pub fn numeral(text: &str, previous: &str, reigns: bool, language: Language) -> Option<(String, usize)> {
    let end = text.find(|c| !"XVI".contains(c)).unwrap_or(text.len());
    let (number, after) = (roman(&text[..end])?, &text[end..]);
    let is_end = |text: &str| !text.starts_with(char::is_alphanumeric);
    if language == French
        && let Some(ending) =
            ["ème", "e", "er", "°", "º"].into_iter().find(|ending| after.strip_prefix(ending).is_some_and(is_end))
    {
        return Some((french_ordinal(number)?, end + ending.len()));
    }
    if !is_end(after) {
        return None;
    }
    // "Juan I. Pérez", an initial, but "Juan I. Su hijo"
    if end == 1
        && !reigns
        && after.strip_prefix(". ").is_some_and(|next| next.starts_with(char::is_uppercase) && !opens(next, language))
    {
        return None;
    }
    let ruler = RULERS.split_whitespace().any(|name| name == previous);
    if let Some(found) = beside(number, &text[..end], after, previous, language) {
        return Some((found, end));
    }
    let spoken = match language {
        Spanish if previous.eq_ignore_ascii_case("siglo") => number.to_string(),
        Spanish | Portuguese if ruler => {
            let (spanish, portuguese) = (
                ["primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno", "décimo"],
                ["primeiro", "segundo", "terceiro", "quarto", "quinto", "sexto", "sétimo", "oitavo", "nono", "décimo"],
            );
            let names = if language == Spanish { spanish } else { portuguese };
            match names.get(number as usize - 1) {
                Some(name) if previous.ends_with('a') || previous == "Isabel" => {
                    format!("{}a", &name[..name.len() - 1])
                }
                Some(name) => (*name).to_owned(),
                None => number.to_string(),
            }
        }
        Italian if end == 1 && ITALIAN_RULERS.split_whitespace().any(|name| name == previous) => {
            let ordinal = ITALIAN.iter().find(|(known, _)| *known == number)?.1;
            if previous == "Elisabetta" { format!("{}a", &ordinal[..ordinal.len() - 1]) } else { ordinal.to_owned() }
        }
        French if ruler && number == 1 => "premier".to_owned(),
        French if ruler => number.to_string(),
        _ => return None,
    };
    Some((spoken, end))
}

/// The words for a Roman numeral that its neighbours make one: "la II Guerra Mundial", "III Reich", "capítulo V".
fn beside(number: u32, written: &str, after: &str, previous: &str, language: Language) -> Option<String> {
    const CHAPTERS: [&str; 9] =
        ["capítulo", "capitolo", "chapitre", "tomo", "tome", "volumen", "volume", "libro", "título"];
    let next = after.strip_prefix(' ').unwrap_or_default();
    let noun = &next[..next.find(|c: char| !c.is_alphabetic()).unwrap_or(next.len())];
    let feminine = ["Guerra", "guerra", "República", "Internacional", "Repubblica"].contains(&noun);
    let ordinals = match language {
        Spanish if noun == "Reich" => ["primer", "segundo", "tercer", "cuarto"],
        Spanish => ["primera", "segunda", "tercera", "cuarta"],
        Portuguese if noun == "Reich" => ["primeiro", "segundo", "terceiro", "quarto"],
        Portuguese => ["primeira", "segunda", "terceira", "quarta"],
        Italian if feminine => ["prima", "seconda", "terza", "quarta"],
        _ => [""; 4],
    };
    let ordinal = ordinals.get(number as usize - 1).filter(|ordinal| !ordinal.is_empty());
    match ordinal {
        Some(ordinal) if feminine || noun == "Reich" => Some((*ordinal).to_owned()),
        // espeak-ng knows those of several letters.
        // "il libro I Malavoglia", an article
        _ if language == Italian && written == "I" && next.starts_with(char::is_alphabetic) => None,
        _ if written.len() == 1 && CHAPTERS.contains(&previous.to_lowercase().as_str()) => Some(number.to_string()),
        _ => None,
    }
}

/// Italian ordinals that a single Roman letter may stand for.
const ITALIAN: [(u32, &str); 3] = [(1, "primo"), (5, "quinto"), (10, "decimo")];

/// Names of Italian rulers and popes.
const ITALIAN_RULERS: &str = "Alessandro Amedeo Benedetto Bonifacio Carlo Clemente Cosimo Elisabetta Emanuele Enrico Federico Ferdinando \
    Filippo Francesco Giacomo Giorgio Giovanni Giulio Gregorio Guglielmo Innocenzo Leone Luigi Napoleone Niccolò Paolo Pio Sisto \
    Umberto Urbano";

/// An ordinal at the start of `text`, which begins with a digit, where espeak-ng does not say it: "3.er", "4.º", "21e".
pub fn ordinal(text: &str, language: Language) -> Option<(String, usize)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, after) = text.split_at(digits);
    let ends = |ending: &str| after.strip_prefix(ending).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    match language {
        Spanish => {
            if let Some(ending) = [".er", "er"].into_iter().find(|ending| ends(ending)) {
                let word = ["primer", "tercer"][["1", "3"].iter().position(|known| *known == number)?];
                return Some((word.to_owned(), digits + ending.len()));
            }
            if let Some(ending) = ["ro", "do", "to", "mo", "vo", "no", "ra", "da", "ta", "ma", "va", "na"]
                .into_iter()
                .find(|ending| ends(ending))
            {
                let sign = if ending.ends_with('a') { 'ª' } else { 'º' };
                return Some((format!("{number}{sign}"), digits + ending.len()));
            }
            let sign = after.strip_prefix('.')?.chars().next().filter(|c| "ºª".contains(*c))?;
            Some((format!("{number}{sign}"), digits + 1 + sign.len_utf8()))
        }
        French => {
            let ending = ["ère", "re", "er", "ième", "ème", "e", "nde", "nd", "º", "ª"]
                .into_iter()
                .find(|ending| ends(ending))?;
            let spoken = match (number, ending) {
                ("1", "ère" | "re" | "ª") => "première".to_owned(),
                ("2", "nd" | "nde") => format!("secon{}", &ending[1..]),
                (_, "ère" | "re" | "nd" | "nde") => return None,
                (number, _) => french_ordinal(number.parse().ok()?)?,
            };
            Some((spoken, digits + ending.len()))
        }
        Hindi => {
            let sign = after.chars().next().filter(|c| "ºª".contains(*c))?;
            Some((format!("{number}वां"), digits + sign.len_utf8()))
        }
        _ => None,
    }
}

/// A French ordinal below 1000: "vingt-et-unième".
fn french_ordinal(number: u32) -> Option<String> {
    if number == 1 {
        return Some("premier".to_owned());
    }
    let cardinal = french_cardinal(number)?;
    Some(match cardinal.strip_suffix('e') {
        Some(stem) => format!("{stem}ième"),
        None if cardinal.ends_with("cinq") => format!("{cardinal}uième"),
        None if cardinal.ends_with("neuf") => format!("{}vième", &cardinal[..cardinal.len() - 1]),
        None => format!("{cardinal}ième"),
    })
}

/// A French number below 1000, as ordinals are made of it: "vingt-et-un".
pub fn french_cardinal(number: u32) -> Option<String> {
    const SMALL: [&str; 17] = [
        "", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
        "quatorze", "quinze", "seize",
    ];
    const TENS: [&str; 10] =
        ["", "dix", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt"];
    let (hundreds, below) = (number / 100, number % 100);
    let mut parts: Vec<&str> = match hundreds {
        0 => vec![],
        1 => vec!["cent"],
        2..=9 => vec![SMALL[hundreds as usize], "cent"],
        _ => return None,
    };
    // 70 to 79 and 90 to 99 count on from 60 and 80.
    let tens = below / 10;
    let ones = if tens == 7 || tens == 9 { below % 20 } else { below % 10 };
    match (below, tens) {
        (0, _) => {}
        (1..=16, _) => parts.push(SMALL[below as usize]),
        _ => {
            parts.push(TENS[tens as usize]);
            parts.extend((tens < 8 && tens > 1 && (ones == 1 || ones == 11)).then_some("et"));
            match ones {
                0 => {}
                1..=16 => parts.push(SMALL[ones as usize]),
                _ => parts.extend(["dix", SMALL[ones as usize - 10]]),
            }
        }
    }
    Some(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_powers_and_divisors_but_not_without_end() {
        assert_eq!(unit("km/h", false, Italian).as_deref(), Some("chilometri all'ora"));
        assert_eq!(unit("किग्रा/m³", true, Hindi).as_deref(), Some("किलोग्राम प्रति घन मीटर"));
        // Each sign would be a call within a call.
        assert_eq!(unit(&"m/".repeat(500_000), false, Spanish), None);
        assert_eq!(unit(&("m".to_owned() + &"²".repeat(500_000)), false, Spanish), None);
    }

    #[test]
    fn french_ordinals_follow_their_rules() {
        for (number, expected) in [
            (1, "premier"),
            (2, "deuxième"),
            (4, "quatrième"),
            (5, "cinquième"),
            (9, "neuvième"),
            (11, "onzième"),
            (17, "dix-septième"),
            (20, "vingtième"),
            (21, "vingt-et-unième"),
            (30, "trentième"),
            (71, "soixante-et-onzième"),
            (75, "soixante-quinzième"),
            (77, "soixante-dix-septième"),
            (80, "quatre-vingtième"),
            (81, "quatre-vingt-unième"),
            (91, "quatre-vingt-onzième"),
            (99, "quatre-vingt-dix-neuvième"),
            (100, "centième"),
            (251, "deux-cent-cinquante-et-unième"),
        ] {
            assert_eq!(french_ordinal(number).as_deref(), Some(expected));
        }
        assert_eq!(french_ordinal(1000), None);
    }
}
