//! Fractions, mixed numbers, powers and ratios.

use super::clock::last_word;
use super::{OF, Words, digits, is_end, is_named, is_part};
use crate::espeak::abbreviations::abbreviation;
use crate::espeak::counting::{self, counted};
use crate::espeak::nouns::{self, is_feminine};
use crate::espeak::{signs, words};
use crate::language::Language;
use crate::written::numbers::{self, SPACES, is_sum};

/// The denominators that have a name, and the names in the order of [`words::ORDER`]. In Hindi two numbers are joined.
const DENOMINATORS: [u32; 12] = [3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 100];
#[rustfmt::skip]
const PARTS: [[&str; 12]; 4] = [
    ["tercio", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno", "décimo", "doceavo", "dieciseisavo", "veinteavo", "centésimo"],
    ["tiers", "quart", "cinquième", "sixième", "septième", "huitième", "neuvième", "dixième", "douzième", "seizième", "vingtième", "centième"],
    ["terzo", "quarto", "quinto", "sesto", "settimo", "ottavo", "nono", "decimo", "dodicesimo", "sedicesimo", "ventesimo", "centesimo"],
    ["terço", "quarto", "quinto", "sexto", "sétimo", "oitavo", "nono", "décimo", "doze avos", "dezesseis avos", "vinte avos", "centésimo"],
];

/// Words after which a fraction has no article.
const ARTICLES: &str = "el le il del du al au un uno um o do ao no";

/// Books of verses.
const BOOKS: &str = "juan jean giovanni joão mateo matthieu matteo mateus marcos marc marco lucas luc luca génesis genèse genesi gênesis \
    éxodo exode esodo êxodo salmo psaume romanos romains romani hechos actes atti atos apocalipsis apocalypse apocalisse apocalipse \
    corán coran corano alcorão corintios corinthiens corinzi coríntios efesios efésios hebreos hébreux ebrei hebreus proverbios \
    proverbes proverbi provérbios isaías ésaïe isaia";

/// Whether a word, in small letters, is a book of verses.
pub fn is_book(word: &str) -> bool {
    BOOKS.split_whitespace().any(|book| book == word)
}

/// Whether the number at the start of a text is a verse after a book, "Juan 3:16", not a time after a name: "con Juan 10:02".
pub fn is_verse(text: &str, before: &str) -> bool {
    const PEOPLE: &str = "san são sao saint st con com avec";
    const AFTER: [&str; 6] = ["h", "a ", "à ", "às ", "alle ", "-"];
    let name = last_word(before);
    let Some(rest) = text[digits(text).len()..].strip_prefix(':').filter(|_| is_book(&name)) else { return false };
    let minutes = digits(rest);
    let after = rest[minutes.len()..].trim_start();
    // "3:16-18" are verses, "9:12-9:40" times.
    let timed = AFTER.iter().filter_map(|word| after.strip_prefix(word)).any(|rest| match after.starts_with('-') {
        true => rest[digits(rest).len()..].starts_with(':'),
        false => true,
    });
    let head = before.trim_end();
    let previous = last_word(&head[..head.rfind(|c: char| !c.is_alphabetic()).unwrap_or(0)]);
    let round = minutes.len() == 2 && minutes.ends_with(['0', '5']);
    !round && !timed && !PEOPLE.split(' ').any(|word| word == previous)
}

/// What follows the number of payments or doses in Portuguese.
const PAYMENTS: &[&str] =
    &[" sem juros", " por dia", " por semana", " ao dia", " ao mês", " de R$", " no cartão", " no crédito"];

/// A fraction: above, below, and its length in bytes.
type Fraction = (u32, u32, usize);

/// A fraction at the start of `text`: "⅛", "2/5".
fn written(text: &str) -> Option<Fraction> {
    let first = text.chars().next()?;
    if let Some((above, below)) = numbers::fraction(first) {
        return Some((above, below, first.len_utf8()));
    }
    let above = digits(text);
    let below = digits(text[above.len()..].strip_prefix('/')?);
    let length = above.len() + 1 + below.len();
    let ends = !text[length..].starts_with('/');
    let (above, below) = (above.parse().ok()?, below.parse().ok()?);
    (ends && (1..below).contains(&above)).then_some((above, below, length))
}

/// A half, before or after a noun.
fn half(feminine: bool, language: Language) -> &'static str {
    match (language, feminine) {
        (Language::Spanish, false) => "medio",
        (Language::Spanish, true) => "media",
        (Language::French, false) => "demi",
        (Language::French, true) => "demie",
        (Language::Italian, false) => "mezzo",
        (Language::Italian, true) => "mezza",
        (Language::Portuguese, false) => "meio",
        (Language::Portuguese, true) => "meia",
        _ => "आधा",
    }
}

/// A fraction that is no half, in words.
fn parts(above: u32, below: u32, language: Language) -> Option<String> {
    if language == Language::Hindi {
        return Some(match (above, below) {
            (1, 3) => "एक तिहाई".to_owned(),
            (2, 3) => "दो तिहाई".to_owned(),
            (1, 4) => "एक चौथाई".to_owned(),
            (3, 4) => "तीन चौथाई".to_owned(),
            _ => format!("{above} बटा {below}"),
        });
    }
    let row = PARTS.get(words::column(language)?)?;
    let name = row[DENOMINATORS.iter().position(|known| *known == below)?];
    let one = if language == Language::Portuguese { "um" } else { "un" };
    Some(match above {
        1 => format!("{one} {name}"),
        _ if name.ends_with('s') => format!("{above} {name}"),
        _ if language == Language::Italian => format!("{above} {}i", &name[..name.len() - 1]),
        _ => format!("{above} {name}s"),
    })
}

/// A whole number with a fraction in Hindi, which has words for the quarters between two numbers.
fn hindi_mixed(whole: u32, above: u32, below: u32) -> String {
    match (whole, above, below) {
        (1, 1, 2) => "डेढ़".to_owned(),
        (2, 1, 2) => "ढाई".to_owned(),
        (_, 1, 2) => format!("साढ़े {whole}"),
        (1, 1, 4) => "सवा".to_owned(),
        (_, 1, 4) => format!("सवा {whole}"),
        (_, 3, 4) => format!("पौने {}", whole + 1),
        _ => format!("{whole} सही {above} बटा {below}"),
    }
}

impl Words {
    /// "1/2", "¾", "2½", "2 1/2", with the unit after it.
    pub fn fraction(&self, text: &str, before: &str) -> Option<(String, usize)> {
        if let Some(found) = self.mixed(text).or_else(|| self.either(text)) {
            return Some(found);
        }
        let (above, below, length) = written(text)?;
        if text.starts_with(|c: char| c.is_ascii_digit()) && !self.is_fraction((above, below), before, &text[length..])
        {
            return None;
        }
        if let Some(found) = self.equal_parts((above, below, length), text) {
            return Some(found);
        }
        let unit = self.unit_after("1", length, text).or_else(|| self.part_of(length, text));
        let end = unit.as_ref().map_or(length, |(_, end)| *end);
        let unit = unit.map(|(unit, _)| unit);
        let feminine = unit.as_deref().is_some_and(|unit| is_feminine(unit, self.language));
        let spoken = match ((above, below), self.language) {
            // "une demi-heure"
            ((1, 2), Language::French) => if feminine { "une demi" } else { "un demi" }.to_owned(),
            ((1, 2), language) => half(feminine, language).to_owned(),
            // "el quinto", "un quinto"
            (_, language) => {
                let spoken = parts(above, below, language)?;
                let article = ARTICLES.split(' ').any(|article| article == last_word(before));
                let bare = spoken.strip_prefix("un ").or_else(|| spoken.strip_prefix("um ")).filter(|_| article);
                bare.map_or_else(|| spoken.clone(), str::to_owned)
            }
        };
        let of = match self.language {
            Language::French if below == 2 => "-",
            Language::Hindi => " ",
            _ if below == 2 => " ",
            Language::Italian => " di ",
            _ => " de ",
        };
        Some((unit.map_or_else(|| spoken.clone(), |unit| format!("{spoken}{of}{unit}")), end))
    }

    /// Whether two numbers between `before` and `after` are a fraction, not a day and a month: those with an article before them
    /// are not, and beyond quarters it takes what they are a part of, or that something is equal to them.
    fn is_fraction(&self, (above, below): (u32, u32), before: &str, after: &str) -> bool {
        let rest = after.trim_start();
        // "no 5/6 casa", a day
        let article = ARTICLES.split(' ').any(|article| article == last_word(before));
        let of = || {
            let noun = OF.iter().find_map(|of| rest.strip_prefix(of));
            noun.is_some_and(|noun| digits(noun).is_empty())
                || self.unit_after("1", 0, after).is_some()
                || !article && self.part_of(0, after).is_some()
        };
        // The sign is a word by now.
        let is = || before.trim_end().ends_with(signs::equal(self.language));
        // Halves, thirds and quarters are frequent, and days of the first four months rare without an article.
        let fraction = below < 5 || self.language == Language::Hindi || of() || is();
        // "el 1/5 de la población"
        fraction && (above == 1 && below > 2 && is_part(after) || !self.is_dated(before, after, below < 5))
    }

    /// The noun of the lists after the first `length` bytes of `text`, as one if `single`, else as many, and where it ends.
    fn noun_after(&self, single: bool, length: usize, text: &str) -> Option<(String, usize)> {
        let rest = text[length..].strip_prefix(SPACES)?;
        let noun = nouns::noun(rest, self.language)?;
        Some((if single { noun.one } else { noun.many }.to_owned(), text.len() - rest.len() + noun.length))
    }

    /// The abbreviation of a noun of the lists after the first `length` bytes of `text`, and where it ends: "1/2 c. à s."
    fn spoon_after(&self, single: bool, length: usize, text: &str) -> Option<(String, usize)> {
        let rest = text[length..].strip_prefix(SPACES)?;
        let (words, more) = abbreviation(rest, "", self.language)?;
        let noun = nouns::noun(&words, self.language).filter(|noun| noun.length == words.len())?;
        Some((if single { noun.one } else { noun.many }.to_owned(), text.len() - rest.len() + more))
    }

    /// The noun of the lists after the first `length` bytes of `text` in the singular, and where it ends: "3/4 hora". In "2/3 horas"
    /// two or three are meant, but parts are parts.
    fn part_of(&self, length: usize, text: &str) -> Option<(String, usize)> {
        self.noun_after(true, length, text)
            .filter(|(noun, end)| noun == "parte" || text[..*end].ends_with(noun.as_str()))
            .or_else(|| self.spoon_after(true, length, text))
    }

    /// The words of a fraction before "partes", and where that ends: "cuatro quintas partes".
    fn equal_parts(&self, (above, below, length): Fraction, text: &str) -> Option<(String, usize)> {
        if !matches!(self.language, Language::Spanish | Language::Portuguese) {
            return None;
        }
        let rest = text[length..].strip_prefix(SPACES)?;
        let noun = ["partes", "parte"].into_iter().find(|noun| rest.strip_prefix(noun).is_some_and(is_end))?;
        let part = match (below, parts(1, below, self.language)?.split_once(' ')?.1) {
            (3, _) => if self.language == Language::Spanish { "tercera" } else { "terça" }.to_owned(),
            (_, name) => format!("{}a", name.strip_suffix('o')?),
        };
        let many = if above == 1 { "" } else { "s" };
        let number = counting::feminine(above, self.language);
        Some((format!("{number} {part}{many} {noun}"), text.len() - rest.len() + noun.len()))
    }

    /// "7/8 horas" as seven or eight: no time is counted in eighths.
    fn either(&self, text: &str) -> Option<(String, usize)> {
        const TIMES: &str = "minutos horas días dias semanas meses años anos minutes heures jours semaines mois ans minuti ore giorni settimane \
            mesi anni";
        let from = digits(text);
        let to = digits(text[from.len()..].strip_prefix('/')?);
        let length = from.len() + 1 + to.len();
        let (low, high): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
        let noun = text[length..].strip_prefix(SPACES)?;
        let noun = &noun[..noun.find(|c: char| !c.is_alphabetic()).unwrap_or(noun.len())];
        let timed = TIMES.split_whitespace().any(|time| time == noun);
        let or = match self.language {
            // "siete u ocho"
            Language::Spanish if matches!(high, 8 | 11 | 80..=89) => "u",
            Language::Spanish | Language::Italian => "o",
            Language::French | Language::Portuguese => "ou",
            _ => return None,
        };
        (low > 3 && high == low + 1 && high < 100 && timed).then(|| (format!("{from} {or} {to}"), length))
    }

    /// "2½", "2 1/2" and "2 y 1/2" of something, with the unit between the number and the fraction: "2 kilómetros y medio".
    fn mixed(&self, text: &str) -> Option<(String, usize)> {
        let whole = digits(text);
        let number: u32 = whole.parse().ok().filter(|_| whole.len() < 4)?;
        let rest = &text[whole.len()..];
        let begins = |rest: &&str| rest.starts_with(|c: char| c.is_ascii_digit() || numbers::fraction(c).is_some());
        let and = rest.strip_prefix(&*format!(" {} ", signs::and(self.language))).filter(begins);
        let fraction = and.or_else(|| rest.strip_prefix(SPACES).filter(begins)).unwrap_or(rest);
        let glued = fraction.len() == rest.len();
        if glued && fraction.starts_with('/') {
            return None;
        }
        let (above, below, length) = written(fraction)?;
        let end = text.len() - fraction.len() + length;
        let unit = self.unit_after(whole, end, text).or_else(|| self.noun_after(whole == "1", end, text));
        let unit = unit.or_else(|| self.spoon_after(whole == "1", end, text));
        if and.is_some() && unit.is_none() {
            return None;
        }
        let noun = unit.as_ref().map_or("", |(unit, _)| unit);
        let end = unit.as_ref().map_or(end, |(_, end)| *end);
        if self.language == Language::Hindi {
            return Some((format!("{} {noun}", hindi_mixed(number, above, below)).trim_end().to_owned(), end));
        }
        let part = match (above, below) {
            (1, 2) => half(is_feminine(noun, self.language), self.language).to_owned(),
            _ => parts(above, below, self.language)?,
        };
        let counted = if noun.is_empty() { whole.to_owned() } else { counted(whole, noun, self.language) };
        Some((format!("{counted} {} {part}", signs::and(self.language)), end))
    }

    /// "10^6", "10⁻³"
    pub fn power(&self, text: &str) -> Option<(String, usize)> {
        let (base, length) = self.number(text).unwrap_or_else(|| (digits(text).to_owned(), digits(text).len()));
        let after = &text[length..];
        let (exponent, more) = numbers::exponent(after)?;
        // The mark of a note at a year, and of any at a number.
        let year = length == 4 && base.parse().is_ok_and(|year: u32| (1900..2100).contains(&year));
        if !after.starts_with('^') && (year || exponent == "1") || !is_end(&after[more..]) {
            return None;
        }
        let (square, cube, other) = match self.language {
            Language::Spanish => ("al cuadrado", "al cubo", "elevado a"),
            Language::French => ("au carré", "au cube", "puissance"),
            Language::Italian => ("al quadrato", "al cubo", "elevato a"),
            Language::Portuguese => ("ao quadrado", "ao cubo", "elevado a"),
            _ => ("का वर्ग", "का घन", "की घात"),
        };
        let spoken = match exponent.as_str() {
            "2" => format!("{base} {square}"),
            "3" => format!("{base} {cube}"),
            exponent => match exponent.strip_prefix('-') {
                Some(size) => format!("{base} {other} {} {size}", self.minus),
                None => format!("{base} {other} {exponent}"),
            },
        };
        Some((spoken, length + more))
    }

    /// "10x15 cm"
    pub fn size(&self, text: &str, before: &str) -> Option<(String, usize)> {
        if let Some(result) = self.result(text, before) {
            return Some(result);
        }
        // "0x10" is a number of a program.
        let from = Some(digits(text)).filter(|from| !from.starts_with('0'))?;
        let after = &text[from.len()..];
        if let Some(times) = self.times(from, after) {
            return Some((times, from.len() + 1));
        }
        let spaced = after.strip_prefix(" x ");
        let rest = spaced.or_else(|| after.strip_prefix(['x', '×'])).filter(|rest| !digits(rest).is_empty())?;
        let (to, length) = self.measure(rest);
        // "3 x 4 m" is a size; without a unit it may be a product, a board or a result, but between two names a result.
        if spaced.is_some() && length == digits(rest).len() {
            let capital = |word: Option<&str>| word.is_some_and(|word| word.starts_with(char::is_uppercase));
            let result = self.language == Language::Portuguese
                && capital(before.strip_suffix(' ').and_then(|before| before.rsplit(' ').next()))
                && capital(rest[length..].strip_prefix(' '))
                && [from, &to].iter().all(|goals| goals.len() == 1);
            return result.then(|| (format!("{from} a {to}"), text.len() - rest.len() + length));
        }
        let is_product = text[from.len()..].starts_with('×') && is_sum(before, rest);
        let by = match self.language {
            // "4 x 100 m", a relay, but "10x15 cm"
            Language::French if is_product || spaced.is_some() => "fois",
            Language::French => "sur",
            Language::Italian => "per",
            Language::Hindi => "गुणा",
            _ => "por",
        };
        let ends = is_end(&rest[length..]);
        ends.then(|| (format!("{from} {by} {to}"), text.len() - rest.len() + length))
    }

    /// "3x1" as the goals of two sides in Portuguese, where words or names around say so; "foto 3x4" is a size.
    fn result(&self, text: &str, before: &str) -> Option<(String, usize)> {
        const BEFORE: &str = "placar venceu vence vencer ganhou ganha ganhar perdeu bateu empatou empate derrotou goleou vitória \
            derrota goleada";
        let after = text.get(3..).filter(|_| self.language == Language::Portuguese && is_end(&text[3..]))?;
        let [from, b'x', to] = text.as_bytes()[..3] else { return None };
        let both = from.is_ascii_digit() && to.is_ascii_digit();
        let bare = before.trim_end();
        let bare = [" por", " de", " em"].iter().find_map(|word| bare.strip_suffix(word)).unwrap_or(bare);
        let told = BEFORE.split_whitespace().any(|word| word == last_word(bare));
        let next = after.strip_prefix(' ').unwrap_or_default();
        let named = before.ends_with(' ')
            && before.trim_end().rsplit(' ').next().is_some_and(|word| word.starts_with(char::is_uppercase))
            && next.starts_with(char::is_uppercase);
        // "4x0", but "0x1" may be of a program.
        let nil = to == b'0' && from != b'0';
        (both && (told || named || nil) && self.unit_after("", 3, text).is_none())
            .then(|| (format!("{} a {}", char::from(from), char::from(to)), 3))
    }

    /// The words for the number of payments or doses in "12x sem juros" and "1x por dia". Elsewhere "2x" may be algebra or a name.
    fn times(&self, number: &str, after: &str) -> Option<String> {
        let (noun, next) = match self.language {
            Language::Portuguese if number == "1" => ("vez", PAYMENTS),
            Language::Portuguese => ("vezes", PAYMENTS),
            Language::French => ("fois", &[" sans frais", " par jour", " par semaine"][..]),
            _ => return None,
        };
        let after = after.strip_prefix('x')?;
        let follows = |next: &str| after.strip_prefix(next).is_some_and(|rest| is_end(rest) || next.ends_with('$'));
        let known = next.iter().any(|next| follows(next));
        known.then(|| counted(number, noun, self.language))
    }

    /// "16:9", which is no time. After a name the numbers are those of a verse: "según Juan 3:5".
    pub fn ratio(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let from = digits(text);
        let to = digits(text[from.len()..].strip_prefix(':')?);
        let length = from.len() + 1 + to.len();
        let after = &text[length..];
        let more = after.strip_prefix([':', '.', ',', '/']).is_some_and(|rest| !digits(rest).is_empty());
        if from.len() > 4 || !(1..=4).contains(&to.len()) || more || !is_end(after) {
            return None;
        }
        // Two digits are minutes, "dura 45:30", unless they are a scale or round as the first: "1:50", "60:40".
        let round = |number: &str| number.ends_with('0');
        let name = last_word(before);
        if to.len() > 1 && from != "1" && !(round(from) && round(to)) && !is_verse(text, before) {
            return None;
        }
        let acronym = before.trim_end().ends_with(char::is_uppercase);
        let verse = is_named(before) && !acronym || is_book(&name);
        let to_word = match self.language {
            _ if verse => "",
            // "3:2 से जीता"
            Language::Hindi if after.starts_with(" से") => "",
            Language::Portuguese => "para ",
            Language::French => "sur ",
            Language::Hindi => "अनुपात ",
            _ => "a ",
        };
        Some((format!("{from} {to_word}{to}"), length))
    }
}
