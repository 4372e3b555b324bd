//! Signs of texts for the eye: Markdown, emoji, addresses of pages and of mail, and symbols that espeak-ng does not name.

use super::words::ORDER;
use crate::language::Language;
use crate::links::inline_phonemes;

/// Words for the signs of addresses, and for symbols that espeak-ng names in English or not at all, in the order of [`ORDER`].
struct Names {
    dot: &'static str,
    slash: &'static str,
    at: &'static str,
    dash: &'static str,
    underscore: &'static str,
    colon: &'static str,
    and: &'static str,
    equals: &'static str,
    times: &'static str,
    /// Before a number.
    number: &'static str,
    degree: (&'static str, &'static str),
    /// Endings of addresses in the countries that speak the language.
    domains: &'static str,
}

#[rustfmt::skip]
const NAMES: [Names; 5] = [
    Names { dot: "punto", slash: "barra", at: "arroba", dash: "guion", underscore: "guion bajo", colon: "dos puntos", and: "y", equals: "igual a",
        times: "por", number: "número", degree: ("grado", "grados"), domains: "es mx ar cl pe" },
    Names { dot: "point", slash: "slash", at: "arobase", dash: "tiret", underscore: "tiret bas", colon: "deux points", and: "et", equals: "égale",
        times: "fois", number: "numéro", degree: ("degré", "degrés"), domains: "fr be ch ca" },
    Names { dot: "punto", slash: "barra", at: "chiocciola", dash: "trattino", underscore: "trattino basso", colon: "due punti", and: "e",
        equals: "uguale a", times: "per", number: "numero", degree: ("grado", "gradi"), domains: "it ch" },
    Names { dot: "ponto", slash: "barra", at: "arroba", dash: "hífen", underscore: "sublinhado", colon: "dois pontos", and: "e", equals: "igual a",
        times: "vezes", number: "número", degree: ("grau", "graus"), domains: "br pt" },
    Names { dot: "डॉट", slash: "स्लैश", at: "ऐट", dash: "डैश", underscore: "अंडरस्कोर", colon: "कोलन", and: "और", equals: "बराबर",
        times: "गुणा", number: "नंबर", degree: ("डिग्री", "डिग्री"), domains: "in" },
];

/// The bytes of the longest address that is looked for.
const LONGEST_ADDRESS: usize = 1024;

/// Endings of addresses everywhere.
const DOMAINS: &str = "com org net info edu gov io dev app eu";

/// The line without Markdown and emoji. Links are their text; `[word](/phonemes/)` stays.
pub fn plain(line: &str) -> String {
    let start = line.trim_start();
    let marked = [("#", "# "), ("*", "* "), (">", "> ")].into_iter().find_map(|(mark, end)| {
        start.trim_start_matches(mark).strip_prefix(&end[1..]).filter(|_| start.starts_with(mark))
    });
    let mut rest = marked.unwrap_or(line);
    let mut out = String::with_capacity(line.len());
    while let Some(symbol) = rest.chars().next() {
        if let Some((_, _, length)) = inline_phonemes(rest) {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        if let Some((text, length)) = link(rest) {
            out.push_str(&plain(text));
            rest = &rest[length..];
            continue;
        }
        if matches!(symbol, '*' | '_' | '`' | '~') {
            let after = rest.trim_start_matches(symbol);
            let run = rest.len() - after.len();
            let (before, next) = (out.chars().next_back(), after.chars().next());
            let inner = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            // "5 * 3", "mi_archivo" and "~5" stay.
            let emphasis = run < 4 && (symbol != '~' || run == 2);
            let around = edge(before) && next.is_some_and(|c| !c.is_whitespace())
                || edge(next) && before.is_some_and(|c| !c.is_whitespace());
            if emphasis && around && !(inner(before) && inner(next)) {
                rest = after;
                continue;
            }
            out.push_str(&rest[..run]);
            rest = after;
            continue;
        }
        rest = &rest[symbol.len_utf8()..];
        if !is_emoji(symbol) {
            out.push(symbol);
            continue;
        }
        // A joiner belongs to emoji here, but to letters in Hindi.
        rest = rest.trim_start_matches(|c| is_emoji(c) || c == '\u{200d}');
        // No space before punctuation, nor two.
        if out.ends_with(' ') && rest.starts_with([' ', ',', '.', ';', ':', '!', '?']) {
            out.pop();
        }
    }
    out
}

/// `[text](address)` at the start of a text, also of an image: the text, and the length of all.
fn link(text: &str) -> Option<(&str, usize)> {
    let image = usize::from(text.starts_with("!["));
    let (word, rest) = text[image..].strip_prefix('[')?.split_once("](")?;
    let (address, _) = rest.split_once(')')?;
    let address_only = !address.is_empty() && !address.starts_with(char::is_whitespace) && !word.contains('[');
    address_only.then_some((word, image + 1 + word.len() + 2 + address.len() + 1))
}

fn is_emoji(symbol: char) -> bool {
    matches!(symbol, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}' | '\u{fe0f}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}')
}

/// An address at the start of `text`: how it is said, without scheme, `www.` and query, and its length in bytes.
pub fn address(text: &str, language: Language) -> Option<(String, usize)> {
    let names = names(language)?;
    // An address is ASCII; and no long run is looked at again from each of its characters.
    let end =
        text.bytes().take(LONGEST_ADDRESS).take_while(|c| c.is_ascii_graphic() && !b"<>\"()[]{}|".contains(c)).count();
    if end == LONGEST_ADDRESS || text[end..].starts_with(char::is_alphanumeric) {
        return None;
    }
    let written = text[..end].trim_end_matches(|c: char| ".,;:!?…'’।*_".contains(c));
    if !is_address(written, names) {
        return None;
    }
    let rest = written.split_once("://").map_or(written, |(_, rest)| rest);
    let rest = rest.strip_prefix("mailto:").unwrap_or(rest);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let path = rest.split(['?', '#']).next().unwrap_or(rest).trim_end_matches('/');
    let mut words: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(symbol) = path[at..].chars().next() {
        let part = path[at..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(path.len(), |length| at + length);
        if part > at {
            words.push(&path[at..part]);
            at = part;
            continue;
        }
        words.extend(match symbol {
            '.' => Some(names.dot),
            '/' => Some(names.slash),
            '@' => Some(names.at),
            '-' => Some(names.dash),
            '_' => Some(names.underscore),
            ':' => Some(names.colon),
            _ => None,
        });
        at += 1;
    }
    (!words.is_empty()).then(|| (words.join(" "), written.len()))
}

fn is_address(written: &str, names: &Names) -> bool {
    let name = |text: &str| text.contains(|c: char| c.is_ascii_alphanumeric());
    if let Some((scheme, rest)) = written.split_once("://") {
        return ["http", "https", "ftp"].contains(&scheme) && name(rest);
    }
    let (user, host) = written.split_once('@').unwrap_or(("", written));
    let host = host.split(['/', ':', '?', '#']).next().unwrap_or(host);
    let labels: Vec<&str> = host.split('.').collect();
    let label = |label: &&str| !label.is_empty() && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    if labels.len() < 2 || !labels.iter().all(label) {
        return false;
    }
    let last = labels[labels.len() - 1];
    let known = DOMAINS.split(' ').chain(names.domains.split(' ')).any(|domain| domain == last);
    let mail = written.contains('@') && name(user) && last.len() > 1 && !last.contains(|c: char| c.is_ascii_digit());
    mail || !written.contains('@') && (known || labels[0] == "www") && !labels[0].is_empty()
}

/// The name of a symbol at the start of `text` after `before`, with the spaces that it needs, and its length in bytes.
pub fn symbol(text: &str, before: &str, language: Language) -> Option<(String, usize)> {
    let names = names(language)?;
    let symbol = text.chars().next()?;
    let length = symbol.len_utf8();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let (last, next) = (before.trim_end().chars().next_back(), text[length..].trim_start().chars().next());
    let name = match symbol {
        '&' => names.and,
        '=' => names.equals,
        '×' => names.times,
        '*' if digit(last) && digit(next) => names.times,
        '#' if digit(text[length..].chars().next()) => names.number,
        // A tag is its word.
        '#' if next.is_some_and(char::is_alphabetic) && !before.ends_with(char::is_alphanumeric) => "",
        '°' if digit(last) => {
            let head = before.trim_end_matches(|c: char| c.is_ascii_digit());
            if &before[head.len()..] == "1" { names.degree.0 } else { names.degree.1 }
        }
        _ => return None,
    };
    let left = if name.is_empty() || before.is_empty() || before.ends_with(char::is_whitespace) { "" } else { " " };
    let right = if name.is_empty() || text[length..].starts_with(char::is_alphanumeric) { " " } else { "" };
    Some((format!("{left}{name}{}", if name.is_empty() { "" } else { right }), length))
}

/// "and"
pub fn and(language: Language) -> &'static str {
    names(language).map_or("", |names| names.and)
}

fn names(language: Language) -> Option<&'static Names> {
    NAMES.get(ORDER.iter().position(|known| *known == language)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language::{French, Hindi, Italian, Portuguese, Spanish};

    #[test]
    fn markdown_and_emoji_are_left_out() {
        for (written, expected) in [
            ("Lee [la guía](https://ejemplo.com/a_b) **ahora** o *luego*.", "Lee la guía ahora o luego."),
            ("## Título", "Título"),
            ("* uno", "uno"),
            ("> cita", "cita"),
            ("![foto](a.png) `código` ~~no~~ __sí__", "foto código no sí"),
            ("Hola 😀👩‍🚀🇪🇸, mundo ❤️! 🎉 Sí", "Hola, mundo! Sí"),
            ("[Oi](/ˈoj/) mi_archivo 5 * 3 a*b", "[Oi](/ˈoj/) mi_archivo 5 * 3 a*b"),
            ("क्‍ष", "क्‍ष"),
            ("(**dos**), \"*tres*\"", "(dos), \"tres\""),
            ("[a] (b) [c](", "[a] (b) [c]("),
            ("#uno * _", "#uno * _"),
        ] {
            assert_eq!(plain(written), expected);
        }
    }

    #[test]
    fn addresses_are_said_in_the_language() {
        for (written, language, expected) in [
            ("https://www.ejemplo.com/guia-1?x=2#y y", Spanish, Some("ejemplo punto com barra guia guion 1")),
            ("info@ejemplo.es.", Spanish, Some("info arroba ejemplo punto es")),
            ("www.lemonde.fr,", French, Some("lemonde point fr")),
            ("lemonde.fr", French, Some("lemonde point fr")),
            ("a_b@posta.it", Italian, Some("a trattino basso b chiocciola posta punto it")),
            ("globo.com.br/x", Portuguese, Some("globo ponto com ponto br barra x")),
            ("http://localhost:8080", Hindi, Some("localhost कोलन 8080")),
            ("fin.El", Spanish, None),
            ("p.ej.", Spanish, None),
            ("1.234", Spanish, None),
            ("EE.UU.", Spanish, None),
            ("@ana", Spanish, None),
            ("a://", Spanish, None),
            ("https://#a", Spanish, None),
        ] {
            assert_eq!(address(written, language).map(|(spoken, _)| spoken).as_deref(), expected, "{written}");
        }
    }
}
