//! Addresses of pages and of mail, as they are said: without scheme, `www.` and query.

use super::Written;
use crate::language::Language;

/// Words for the signs of addresses.
struct Names {
    language: Language,
    dot: &'static str,
    slash: &'static str,
    at: &'static str,
    dash: &'static str,
    underscore: &'static str,
    colon: &'static str,
    /// Endings of addresses in the countries that speak the language.
    domains: &'static str,
}

/// The languages whose readers do not say addresses themselves.
#[rustfmt::skip]
const NAMES: [Names; 6] = [
    Names { language: Language::Spanish, dot: "punto", slash: "barra", at: "arroba", dash: "guion", underscore: "guion bajo", colon: "dos puntos", domains: "es mx ar cl pe" },
    Names { language: Language::French, dot: "point", slash: "slash", at: "arobase", dash: "tiret", underscore: "tiret bas", colon: "deux points", domains: "fr be ch ca" },
    Names { language: Language::Italian, dot: "punto", slash: "barra", at: "chiocciola", dash: "trattino", underscore: "trattino basso", colon: "due punti", domains: "it ch" },
    Names { language: Language::Portuguese, dot: "ponto", slash: "barra", at: "arroba", dash: "hífen", underscore: "sublinhado", colon: "dois pontos", domains: "br pt" },
    Names { language: Language::Hindi, dot: "डॉट", slash: "स्लैश", at: "ऐट", dash: "डैश", underscore: "अंडरस्कोर", colon: "कोलन", domains: "in" },
    Names { language: Language::Japanese, dot: "ドット", slash: "スラッシュ", at: "アットマーク", dash: "ハイフン", underscore: "アンダーバー", colon: "コロン", domains: "jp" },
];

/// The line with its addresses in words.
pub fn spelled(line: &str, language: Language) -> Written<'_> {
    let names = NAMES.iter().find(|names| names.language == language);
    let names = names.filter(|_| line.contains(['.', '@']) || line.contains("://"));
    Written::replaced(line, |rest, before| {
        let inside = before.ends_with(|c: char| c.is_alphanumeric() && c < '\u{2e80}' || "./:,-_".contains(c));
        names.filter(|_| !inside).and_then(|names| address(rest, names))
    })
}

/// The bytes of the longest address that is looked for.
const LONGEST_ADDRESS: usize = 1024;

/// Endings of addresses everywhere.
const DOMAINS: &str = "com org net info edu gov io dev app eu";

/// An address at the start of `text`: how it is said, without scheme, `www.` and query, and its length in bytes.
fn address(text: &str, names: &Names) -> Option<(String, usize)> {
    // An address is ASCII; and no long run is looked at again from each of its characters.
    let end =
        text.bytes().take(LONGEST_ADDRESS).take_while(|c| c.is_ascii_graphic() && !b"<>\"()[]{}|".contains(c)).count();
    if end == LONGEST_ADDRESS || text[end..].starts_with(|c: char| c.is_alphanumeric() && c < '\u{2e80}') {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language::{French, Hindi, Italian, Japanese, Portuguese, Spanish};

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
            ("example.co.jp/a_bを", Japanese, Some("example ドット co ドット jp スラッシュ a アンダーバー b")),
            ("fin.El", Spanish, None),
            ("p.ej.", Spanish, None),
            ("1.234", Spanish, None),
            ("EE.UU.", Spanish, None),
            ("@ana", Spanish, None),
            ("a://", Spanish, None),
            ("https://#a", Spanish, None),
        ] {
            assert_eq!(
                NAMES
                    .iter()
                    .find(|names| names.language == language)
                    .and_then(|names| address(written, names))
                    .map(|(spoken, _)| spoken)
                    .as_deref(),
                expected,
                "{written}"
            );
        }
    }
}
