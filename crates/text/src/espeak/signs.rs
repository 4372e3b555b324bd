//! Symbols that espeak-ng does not name.

use super::words::column;
use crate::language::Language;
use crate::written::numbers::is_sum;

/// Words for symbols that espeak-ng names in English or not at all, in the order of [`super::words::ORDER`].
struct Names {
    and: &'static str,
    times: &'static str,
    /// Before a number.
    number: &'static str,
    degree: (&'static str, &'static str),
    /// Nouns before which the sign of degrees is that of an ordinal: "3° piano".
    counted: &'static str,
    /// Months, whose first day has an ordinal: "1° maggio".
    months: &'static str,
}

#[rustfmt::skip]
const NAMES: [Names; 5] = [
    Names { and: "y", times: "por", number: "número", degree: ("grado", "grados"), counted: "piso puesto lugar grado grupo capítulo año curso turno nivel trimestre",
        months: "de enero,de febrero,de marzo,de abril,de mayo,de junio,de julio,de agosto,de septiembre,de octubre,de noviembre,de diciembre" },
    Names { and: "et", times: "fois", number: "numéro", degree: ("degré", "degrés"), counted: "étage",
        months: "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre" },
    Names { and: "e", times: "per", number: "numero", degree: ("grado", "gradi"), counted: "piano posto capitolo secolo classificato premio trimestre grado giorno turno tempo anno livello gruppo anniversario classe",
        months: "gennaio,febbraio,marzo,aprile,maggio,giugno,luglio,agosto,settembre,ottobre,novembre,dicembre" },
    Names { and: "e", times: "vezes", number: "número", degree: ("grau", "graus"), counted: "lugar andar ano dia capítulo século grau colocado trimestre turno tempo bimestre semestre",
        months: "de janeiro,de fevereiro,de março,de abril,de maio,de junho,de julho,de agosto,de setembro,de outubro,de novembro,de dezembro" },
    Names { and: "और", times: "गुणा", number: "नंबर", degree: ("डिग्री", "डिग्री"), counted: "", months: "" },
];

/// Symbols with the same meaning wherever they stand before a number or a word.
#[rustfmt::skip]
const SIGNS: [(char, [&str; 5]); 8] = [
    ('=', ["igual a", "égale", "uguale a", "igual a", "बराबर"]),
    ('÷', ["entre", "divisé par", "diviso", "dividido por", "भाग"]),
    ('−', ["menos", "moins", "meno", "menos", "माइनस"]),
    ('±', ["más menos", "plus ou moins", "più o meno", "mais ou menos", "प्लस माइनस"]),
    ('≈', ["aproximadamente", "environ", "circa", "aproximadamente", "लगभग"]),
    ('≤', ["menor o igual que", "inférieur ou égal à", "minore o uguale a", "menor ou igual a", "लेस दैन या बराबर"]),
    ('≥', ["mayor o igual que", "supérieur ou égal à", "maggiore o uguale a", "maior ou igual a", "ग्रेटर दैन या बराबर"]),
    ('§', ["párrafo", "paragraphe", "paragrafo", "parágrafo", "धारा"]),
];
/// Signs of comparison, which are brackets and arrows elsewhere.
#[rustfmt::skip]
const COMPARISONS: [(char, [&str; 5]); 2] = [
    ('<', ["menor que", "inférieur à", "minore di", "menor que", "लेस दैन"]),
    ('>', ["mayor que", "supérieur à", "maggiore di", "maior que", "ग्रेटर दैन"]),
];

/// The name of a symbol at the start of `text` after `before`, with the spaces that it needs, and its length in bytes.
pub fn symbol(text: &str, before: &str, language: Language) -> Option<(String, usize)> {
    let (names, at) = (names(language)?, column(language)?);
    let symbol = text.chars().next()?;
    let length = symbol.len_utf8();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    if !"&×*·#°-<>".contains(symbol) && !SIGNS.iter().any(|(sign, _)| *sign == symbol) {
        return None;
    }
    let of = |table: &[(char, [&'static str; 5])]| Some(table.iter().find(|(sign, _)| *sign == symbol)?.1[at]);
    let (last, next) = (before.trim_end().chars().next_back(), text[length..].trim_start().chars().next());
    let name = match symbol {
        '&' => names.and,
        // "7 - 4 = 3"
        '-' if digit(last) && digit(next) && is_sum(before, &text[length..]) => {
            SIGNS.iter().find(|(sign, _)| *sign == '−')?.1[at]
        }
        '<' | '>' if compares(before, &text[length..]) => of(&COMPARISONS)?,
        '×' => names.times,
        '*' | '·' if digit(last) && digit(next) => names.times,
        // Between words, and in "étudiant·e·s".
        '·' => "",
        '#' if digit(text[length..].chars().next()) => names.number,
        // A tag is its word.
        '#' if next.is_some_and(char::is_alphabetic) && !before.ends_with(char::is_alphanumeric) => "",
        '°' if digit(last) && (is_counted(&text[length..], names) || is_first(before, &text[length..], names)) => {
            return Some(("º".to_owned(), length));
        }
        '°' if digit(last) => {
            let head = before.trim_end_matches(|c: char| c.is_ascii_digit());
            if &before[head.len()..] == "1" { names.degree.0 } else { names.degree.1 }
        }
        _ => of(&SIGNS)?,
    };
    let left = if name.is_empty() || before.is_empty() || before.ends_with([' ', '(', '“']) { "" } else { " " };
    let right = if name.is_empty() || text[length..].starts_with(char::is_alphanumeric) { " " } else { "" };
    Some((format!("{left}{name}{}", if name.is_empty() { "" } else { right }), length))
}

/// Whether a sign between two texts compares them: "3 < 5", "a<b", "(> 5 %)". A heart, "<3", and an arrow, "->", do not.
fn compares(before: &str, after: &str) -> bool {
    let begins = before.is_empty() || before.ends_with(['(', '“']);
    let (last, next) = (before.trim_end().chars().next_back(), after.trim_start().chars().next());
    let even = before.ends_with(char::is_whitespace) == after.starts_with(char::is_whitespace);
    // Words of several letters have arrows and brackets: "Ajustes > General", "Vec<T>".
    let letter = |c: char, mut beyond: std::str::Chars<'_>, at_end: bool| {
        let neighbour = if at_end { beyond.nth_back(1) } else { beyond.nth(1) };
        c.is_ascii_digit() || c.is_alphabetic() && !neighbour.is_some_and(char::is_alphanumeric)
    };
    let between = last.is_some_and(|c| letter(c, before.trim_end().chars(), true))
        && next.is_some_and(|c| letter(c, after.trim_start().chars(), false) || "-−".contains(c));
    if begins { next.is_some_and(|c| c.is_ascii_digit()) && after.starts_with(' ') } else { between && even }
}

/// Whether a noun at the start of `text` makes the number before it an ordinal.
fn is_counted(text: &str, names: &Names) -> bool {
    let noun = text.strip_prefix(' ').unwrap_or_default();
    let noun = &noun[..noun.find(|c: char| !c.is_alphabetic()).unwrap_or(noun.len())];
    !noun.is_empty() && names.counted.split(' ').any(|known| known == noun)
}

/// Whether a month at the start of `text` makes the one before it the first day.
fn is_first(before: &str, text: &str, names: &Names) -> bool {
    let one = before.strip_suffix('1').is_some_and(|head| !head.ends_with(|c: char| c.is_alphanumeric()));
    let month = |month: &str| text.strip_prefix(' ')?.strip_prefix(month);
    let named = |known: &str| month(known).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    one && names.months.split(',').any(|known| !known.is_empty() && named(known))
}

/// "and"
pub fn and(language: Language) -> &'static str {
    names(language).map_or("", |names| names.and)
}

/// "equals"
pub fn equal(language: Language) -> &'static str {
    let names = SIGNS.iter().find(|(sign, _)| *sign == '=').map(|(_, names)| names);
    names.zip(column(language)).map_or("", |(names, at)| names[at])
}

fn names(language: Language) -> Option<&'static Names> {
    NAMES.get(column(language)?)
}
