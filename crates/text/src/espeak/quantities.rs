//! Numbers with their context, written so that espeak-ng says them as people do: amounts with separators, money, clock
//! times, dates, negative numbers, units, fractions, ordinals; and abbreviations. Plain digits stay; espeak-ng reads them.

mod clock;
mod codes;
mod decades;
mod elisions;
mod fractions;
mod joined;
mod money;
mod numbers;
mod ranges;
#[cfg(test)]
mod tests;
mod years;

use self::decades::is_numbered;
use super::abbreviations::{self, abbreviation};
use super::counting::{before_noun, counted, scaled};
use super::{signs, words};
use crate::language::Language;
use crate::ssml::date;
use crate::written::Written;
use crate::written::numbers::SPACES;

/// How a language writes and says quantities.
struct Words {
    language: Language,
    /// Between groups of three digits; the other of comma and full stop is the decimal separator.
    group: char,
    decimal: &'static str,
    /// Between the parts of a version.
    dot: &'static str,
    minus: &'static str,
    /// After the hours of a full hour, one and many.
    full_hour: (&'static str, &'static str),
    /// Between hours and minutes, one and many.
    hour: (&'static str, &'static str),
    /// After the minutes.
    minute: &'static str,
    /// Words before a time, after which its minutes may follow a full stop.
    before_time: &'static str,
    /// Between the ends of a range of numbers, and of times.
    to: (&'static str, &'static str),
    /// Between an amount of money and its cents.
    cents: &'static str,
}

#[rustfmt::skip]
const WORDS: [Words; 5] = [
    Words { language: Language::Spanish, group: '.', dot: "punto", decimal: "coma", minus: "menos", full_hour: ("hora", "horas"), hour: ("y", "y"), minute: "",
        before_time: "la las", to: ("a", "a"), cents: "con" },
    Words { language: Language::French, group: ' ', dot: "point", decimal: "virgule", minus: "moins", full_hour: ("heure", "heures"), hour: ("heure", "heures"), minute: "",
        before_time: "", to: ("à", "à"), cents: "" },
    Words { language: Language::Italian, group: '.', dot: "punto", decimal: "virgola", minus: "meno", full_hour: ("in punto", "in punto"), hour: ("e", "e"), minute: "",
        before_time: "alle dalle delle all' dall' ore le l'", to: ("a", "alle"), cents: "e" },
    Words { language: Language::Portuguese, group: '.', dot: "ponto", decimal: "vírgula", minus: "menos", full_hour: ("hora", "horas"), hour: ("hora e", "horas e"), minute: "",
        before_time: "à às das", to: ("a", "às"), cents: "e" },
    Words { language: Language::Hindi, group: ',', dot: "डॉट", decimal: "दशमलव", minus: "माइनस", full_hour: ("बजे", "बजे"), hour: ("बजकर", "बजकर"), minute: "मिनट",
        before_time: "", to: ("से", "से"), cents: "और" },
];

/// Dashes of a range that stand alone.
const SPACED_DASHES: [&str; 2] = [" - ", " – "];

/// The line with its quantities in words and plain digits, and its symbols in words.
pub fn expand(line: &str, language: Language) -> Written<'_> {
    let words = WORDS.iter().find(|words| words.language == language);
    Written::replaced(line, |rest, before| {
        let words = words?;
        let inside = before.ends_with(|c: char| c.is_alphanumeric() || "./:,-_".contains(c));
        let found = if inside { None } else { words.elided(words.spoken(rest, before), rest, before) };
        found.or_else(|| signs::symbol(rest, before, language))
    })
}

fn digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

fn is_end(text: &str) -> bool {
    !text.starts_with(char::is_alphanumeric)
}

/// Whether a text ends with a name: a capitalised word that begins no sentence.
fn is_named(text: &str) -> bool {
    let text = text.trim_end();
    let start = text.char_indices().rev().take(32).find(|(_, c)| !c.is_alphabetic());
    let word = start.map_or(0, |(at, c)| at + c.len_utf8());
    let earlier = text[..word].trim_end();
    text[word..].starts_with(char::is_uppercase)
        && !earlier.is_empty()
        && !earlier.ends_with(['.', '!', '?', ':', '¿', '¡'])
}

/// Words before a part of a whole, followed by a noun: "de la población", not "de 9 a 14 h".
const OF: [&str; 17] = [
    "de ", "del ", "du ", "des ", "d'", "d’", "di ", "della ", "dello ", "dell'", "dei ", "delle ", "degli ", "do ",
    "da ", "dos ", "das ",
];

/// Whether a text tells what the fraction before it is a part of. Days are those of months and years.
fn is_part(after: &str) -> bool {
    const TIMES: &str = "mes año mois année mese anno mês ano corriente presente próximo";
    let rest = after.trim_start();
    let noun = OF.iter().find_map(|of| rest.strip_prefix(of)).map(str::trim_start);
    let word = |noun: &str| noun.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_owned();
    noun.is_some_and(|noun| {
        let first = word(noun);
        let noun = if ["la", "l", "este", "cette"].contains(&first.as_str()) {
            word(noun[first.len()..].trim_start_matches([' ', '\'', '’']))
        } else {
            first
        };
        !noun.is_empty() && !TIMES.split(' ').any(|time| time == noun)
    })
}

/// Whether hours follow a day: "de 9 a 14 h", "das 9h", "de 9:00".
fn hours_follow(after: &str) -> bool {
    let hour = [" de ", " das ", " dalle "].iter().find_map(|of| after.strip_prefix(of)).unwrap_or_default();
    let number = digits(hour);
    let rest = &hour[number.len()..];
    let marked = rest.starts_with(':') || unspaced(rest).strip_prefix('h').is_some_and(is_end);
    let until = [" a ", " às ", " à ", " alle "].iter().find_map(|until| rest.strip_prefix(until));
    (1..=2).contains(&number.len()) && (marked || until.is_some_and(|until| !digits(until).is_empty()))
}

/// Whether a character is a letter or a sign of Devanagari.
fn is_devanagari(symbol: char) -> bool {
    ('\u{900}'..='\u{963}').contains(&symbol)
}

/// Whether a text ends with a number of three digits and a space.
fn goes_on(before: &str) -> bool {
    let number = before.strip_suffix(' ').unwrap_or_default();
    number.bytes().rev().take(4).take_while(u8::is_ascii_digit).count() == 3
}

/// Whether what follows "ha" has been done, so that it is the verb: "ha llegado", not "20 ha quemadas".
fn is_done(after: &str) -> bool {
    const ENDINGS: [&str; 6] = ["ado", "ido", "ato", "ito", "uto", "sto"];
    const IRREGULAR: &str = "abierto dicho escrito hecho muerto puesto roto vuelto aperto chiuso corso deciso detto fatto letto messo \
        morto perso preso scritto speso vinto";
    let word = &after[..after.find(|c: char| !c.is_alphanumeric()).unwrap_or(after.len())];
    ENDINGS.iter().any(|ending| word.ends_with(ending)) || IRREGULAR.split_whitespace().any(|known| known == word)
}

/// Whether a text ends with a ruler and a name: "rey Carlos ", "reinado de Carlos ".
fn reigns(before: &str) -> bool {
    const RULERS: &str = "rey rei reina rainha reinado emperador imperador";
    let head = before.trim_end();
    let head = head[..head.rfind(|c: char| !c.is_alphabetic()).unwrap_or(0)].trim_end();
    let head = [" de", " do", " da", " del"].iter().find_map(|of| head.strip_suffix(of)).unwrap_or(head);
    RULERS.split(' ').any(|ruler| ruler == clock::last_word(head))
}

fn unspaced(text: &str) -> &str {
    text.trim_start_matches(SPACES)
}

impl Words {
    /// A quantity, a version, an abbreviation or the like at the start of `text` after `before`.
    fn spoken(&self, text: &str, before: &str) -> Option<(String, usize)> {
        self.labelled(text).or_else(|| self.quantity(text, before)).or_else(|| self.word(text, before))
    }

    /// An abbreviation, a Roman numeral or a unit without a number, after the text `before`.
    fn word(&self, text: &str, before: &str) -> Option<(String, usize)> {
        if !text.starts_with(|c: char| !c.is_whitespace()) {
            return None;
        }
        const ARTICLES: &str = "o el le il al do ao por par per un um cada chaque ogni प्रति";
        let previous = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let after_word = if before.trim_end().ends_with(char::is_alphanumeric) { previous } else { "" };
        let after_word = if abbreviations::is_initial(before) { abbreviations::INITIAL } else { after_word };
        if let Some(found) = abbreviation(text, after_word, self.language)
            .or_else(|| words::numeral(text, previous, reigns(before), self.language))
        {
            return Some(found);
        }
        // "h 9.30"
        if self.language == Language::Italian
            && text.strip_prefix("h ").is_some_and(|time| self.clock(time, "ore ").is_some())
        {
            return Some(("ore".to_owned(), 1));
        }
        let sign = ["km/h", "km²", "km", "kg", "cm"]
            .into_iter()
            .find(|sign| text.starts_with(sign) && is_end(&text[sign.len()..]))?;
        // "en el km 120", "km 5"
        let place = sign == "km" && unspaced(&text[sign.len()..]).starts_with(|c: char| c.is_ascii_digit());
        let one = place || ARTICLES.split(' ').any(|article| article == previous);
        Some((words::unit(sign, one, self.language)?, sign.len()))
    }

    /// The words for a unit after the number at the start of `text`, whose words are `spoken`, and the length of both.
    fn with_unit(&self, (spoken, length): (String, usize), text: &str) -> (String, usize) {
        match self.unit_after(&spoken, length, text) {
            Some((unit, end)) => (counted(&spoken, &unit, self.language), end),
            None => (spoken, length),
        }
    }

    fn unit_after(&self, spoken: &str, length: usize, text: &str) -> Option<(String, usize)> {
        let rest = unspaced(&text[length..]);
        let end = rest.find(|c: char| c.is_whitespace() || ",.;:!?)»”\"।-–".contains(c)).unwrap_or(rest.len());
        // "Nel 2020 ha vinto", "magnitudo 6.2 ha causato": the verb.
        let year = length == 4 && text[..4].parse().is_ok_and(|year: u32| (1900..=2100).contains(&year));
        let next = rest[end..].strip_prefix(' ').unwrap_or_default();
        let is_verb = &rest[..end] == "ha"
            && matches!(self.language, Language::Spanish | Language::Italian)
            && (is_done(next) || year);
        let unit = words::unit(&rest[..end], spoken == "1", self.language).filter(|_| !is_verb)?;
        Some((unit, text.len() - rest.len() + end))
    }

    /// A quantity at the start of `text` after the text `before`: its words, and its length in bytes.
    fn quantity(&self, text: &str, before: &str) -> Option<(String, usize)> {
        if let Some(found) = self.money_after_sign(text) {
            return Some(self.with_rate(found, text));
        }
        let named = self.named_by_number(text, before).or_else(|| self.year(text, before));
        let joined = || self.height(text).or_else(|| self.cents_after_sign(text)).or_else(|| self.mark(text, before));
        if let Some(found) = named.or_else(joined) {
            return Some(found);
        }
        if let Some(positive) = text.strip_prefix(['-', '−']).filter(|rest| !digits(rest).is_empty()) {
            let (spoken, length) = self.money(positive).unwrap_or_else(|| self.measure(positive));
            return Some((format!("{} {spoken}", self.minus), text.len() - positive.len() + length));
        }
        if let Some(found) = self.fraction(text, before).or_else(|| self.telephone(text, before)) {
            return Some(found);
        }
        // A number of a list whose first did not begin a larger number.
        if digits(text).is_empty()
            || digits(text).len() == 3
                && goes_on(before)
                && self.amount(text).is_some_and(|(.., length)| text[..length].contains(' '))
        {
            return None;
        }
        let found = self
            .date(text)
            .or_else(|| self.day(text, before))
            .or_else(|| self.version(text))
            .or_else(|| self.pointed(text, before))
            .or_else(|| self.clock(text, before))
            .or_else(|| self.ratio(text, before))
            .or_else(|| self.power(text))
            .or_else(|| self.size(text, before))
            .or_else(|| self.range(text, before));
        let money = || Some(self.with_rate(self.money(text)?, text));
        let found = found.or_else(money).or_else(|| words::ordinal(text, self.language));
        let found = found.or_else(|| self.code(text));
        found.or_else(|| self.hectares(text, before)).or_else(|| {
            let (spoken, length) = self.measure(text);
            let agreeing =
                before_noun(&spoken, &spoken, &text[length..], self.language).filter(|_| !is_numbered(before));
            let agreeing = agreeing.map(|(number, more)| (number, length + more));
            agreeing.or_else(|| (spoken != text[..length]).then_some((spoken, length)))
        })
    }

    /// Hectares after "de" or "di", whatever follows: "un parque de 300 ha situado en".
    fn hectares(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let (number, length) = self.number(text).unwrap_or_else(|| (digits(text).to_owned(), digits(text).len()));
        let after = unspaced(&text[length..]).strip_prefix("ha").filter(|after| is_end(after))?;
        let year = number.len() == 4 && number.starts_with(['1', '2']) && length == 4;
        let of = ["de", "di"].contains(&clock::last_word(before).as_str()) && self.language != Language::Hindi;
        let unit = words::unit("ha", number == "1", self.language).filter(|_| of && !year)?;
        Some((counted(&number, &unit, self.language), text.len() - after.len()))
    }

    /// A number at the start of `text`, which begins with a digit, with its scale and unit: "1.234,5 km", "5 Mio".
    fn measure(&self, text: &str) -> (String, usize) {
        let (number, length) = self.number(text).unwrap_or_else(|| (digits(text).to_owned(), digits(text).len()));
        let rest = unspaced(&text[length..]);
        if let Some(scaled) = scaled(&number, rest, false, self.language) {
            return (scaled.spoken, text.len() - rest.len() + scaled.length);
        }
        self.with_unit((number, length), text)
    }

    /// "3/5/2024", "3.5.2024", "3/5/24", "2024-05-03T17:30:00Z"
    fn date(&self, text: &str) -> Option<(String, usize)> {
        let end = text.find(|c: char| !c.is_ascii_digit() && !"/-.".contains(c)).unwrap_or(text.len());
        let written = text[..end].trim_end_matches('.');
        let separators = written.chars().filter(|c| !c.is_ascii_digit()).collect::<Vec<_>>();
        let whole = matches!(separators[..], [first, second] if first == second);
        let parts: Vec<&str> = written.split(['/', '-', '.']).collect();
        let day_first = matches!(parts[..], [day, month, _] if day.len() < 3 && month.len() < 3);
        let four = parts.iter().any(|part| part.len() == 4) && (separators.first() != Some(&'.') || day_first);
        // The years from 1970 to 2069.
        let short = whole && separators[0] == '/' && day_first && parts[2].len() == 2 && written.len() > 5;
        let century = if short && parts[2] < "70" { "20" } else { "19" };
        let dated = if short { format!("{}/{}/{century}{}", parts[0], parts[1], parts[2]) } else { written.to_owned() };
        let after = &text[written.len()..];
        let time = after
            .strip_prefix('T')
            .and_then(|rest| self.clock(rest, "").map(|(spoken, length)| (spoken, rest, length)));
        let ends = time.is_some() || is_end(after);
        let spoken = date(&dated, "", self.language).filter(|_| whole && (four || short) && ends)?;
        Some(match time {
            Some((time, rest, length)) => {
                let zone = usize::from(rest[length..].starts_with('Z'));
                (format!("{spoken}, {time}"), text.len() - rest.len() + length + zone)
            }
            None => (spoken, written.len()),
        })
    }

    /// "el 3/7", a day and a month, where the words around say so. "el 1/2" may be a half.
    fn day(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let day = digits(text);
        let month = digits(text[day.len()..].strip_prefix('/')?);
        let length = day.len() + 1 + month.len();
        let after = &text[length..];
        let (a, b): (u32, u32) = (day.parse().ok()?, month.parse().ok()?);
        let part = a < b && b < 5 || a == 1 && is_part(after);
        let known = !part && self.is_dated(before, after, part) && is_end(after) && !after.starts_with('/');
        known.then(|| date(&text[..length], "dm", self.language).map(|spoken| (spoken, length)))?
    }

    /// Whether what stands between two texts is a day. A frequent `part`, "1/2", takes more than a preposition before it.
    fn is_dated(&self, before: &str, after: &str, part: bool) -> bool {
        const BEFORE: &str = "el le il al du au del dia día dal lunes martes miércoles jueves viernes sábado domingo lundi mardi mercredi jeudi \
            vendredi samedi dimanche lunedì martedì mercoledì giovedì venerdì sabato domenica feira segunda terça quarta quinta sexta \
            l' all' dall' dell'";
        // "on", "until" and "from" come after it.
        const AFTER: [&str; 3] = [" को", " तक", " से"];
        let previous = clock::last_word(before);
        let apart = before.ends_with(char::is_whitespace)
            || self.language == Language::Italian && before.ends_with(['\'', '’']);
        // "em 3/7", but "em 3/5 dos casos".
        let weak = || self.language == Language::Portuguese && previous == "em" && !part && !is_part(after);
        match self.language {
            Language::Hindi => AFTER.iter().any(|word| {
                let rest = after.strip_prefix(word).filter(|rest| !rest.starts_with(is_devanagari));
                // "2/3 से अधिक", more than two thirds
                let more =
                    || rest.is_some_and(|rest| years::MORE.iter().any(|more| rest.trim_start().starts_with(more)));
                rest.is_some() && !more()
            }),
            _ => hours_follow(after) || apart && (BEFORE.split_whitespace().any(|word| word == previous) || weak()),
        }
    }
}
