//! Addresses of pages and of mail and names of files, as they are said: "example dot com slash docs". The scheme and `www.` are left out,
//! and so is a query of more than a few letters, which nobody says.

use super::numbers::{is_one_of, spaced};

/// The longest query that is spoken, in characters.
const MAX_QUERY: usize = 24;

/// Whether a text is an internet address.
fn is_address(text: &str) -> bool {
    const DOMAINS: [&str; 14] =
        [".com", ".org", ".net", ".io", ".dev", ".gov", ".edu", ".rs", ".uk", ".de", ".fr", ".eu", ".app", ".info"];
    let host = text.split(['/', ':', '?', '#']).next().unwrap_or(text).to_lowercase();
    let named = |host: &str| DOMAINS.iter().any(|domain| host.len() > domain.len() && host.ends_with(domain));
    text.split_once("://").is_some_and(|(scheme, rest)| {
        scheme.bytes().all(|c| c.is_ascii_alphanumeric()) && rest.contains(char::is_alphanumeric)
    }) || host.starts_with("www.") && host.len() > 4
        || named(&host)
        || text.split_once('@').is_some_and(|(name, host)| {
            name.contains(char::is_alphanumeric) && host.trim_end_matches('.').contains('.')
        })
}

/// Endings of the names of files that are spelled, and those that are words.
const SPELLED: &str = "bmp cpp css csv docx exe htm html jpg js md mkv mp3 mp4 pdf php png ppt pptx py rb rs sh sql \
    srt svg tsv ts txt wav xls xlsx xml yml";
const SPOKEN: &str = "bat doc epub gif jpeg json log toml yaml zip";

/// Whether a text is the name of a file.
fn is_file(text: &str) -> bool {
    let name = |c: char| c.is_alphanumeric() || "-_./~".contains(c);
    text.rsplit_once('.').is_some_and(|(stem, ending)| {
        stem.contains(char::is_alphanumeric)
            && stem.chars().all(name)
            && (is_one_of(SPELLED, ending) || is_one_of(SPOKEN, ending))
    })
}

/// Whether a text is a path in the home folder, or a name with underscores: "~/bin", "@john_smith", "get_size".
fn is_name(text: &str) -> bool {
    let name = text.strip_prefix('@').unwrap_or(text);
    let ends = |end: Option<char>| end.is_some_and(|c| c.is_ascii_alphanumeric());
    let inner = name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    let path = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    text.strip_prefix("~/").is_some_and(|rest| !rest.is_empty() && rest.chars().all(path))
        || name.contains('_') && inner && ends(name.chars().next()) && ends(name.chars().next_back())
}

/// The words of an address.
pub fn address(core: &str) -> Option<String> {
    if is_name(core) {
        let mut words = Vec::new();
        push_words(core, &mut words);
        return Some(words.join(" "));
    }
    if !core.contains('.') && !core.contains("://") || !is_address(core) && !is_file(core) {
        return None;
    }
    let rest = core.split_once("://").map_or(core, |(_, rest)| rest);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let spoken_query = !query.is_empty() && query.chars().count() <= MAX_QUERY && !query.contains('%');
    let mut words = Vec::new();
    push_words(path.trim_end_matches('/'), &mut words);
    if spoken_query {
        words.push("question mark".to_owned());
        push_words(query, &mut words);
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// Appends the words and the names of the signs of a part of an address.
fn push_words(part: &str, words: &mut Vec<String>) {
    let mut rest = part;
    let mut after_dot = false;
    while let Some(symbol) = rest.chars().next() {
        let class = |c: char| (c.is_alphabetic(), c.is_ascii_digit());
        if symbol.is_alphanumeric() {
            let end = rest.find(|c| class(c) != class(symbol)).unwrap_or(rest.len());
            let word = &rest[..end];
            // "io", "co", "uk", "pdf"
            let spelled = after_dot
                && symbol.is_ascii_alphabetic()
                && (word.len() == 2 || word == "edu" || is_one_of(SPELLED, word));
            words.push(match spelled {
                true => spaced(&word.to_uppercase()),
                false if word == "json" => "Jason".to_owned(),
                // Not the title before a name.
                false if word.eq_ignore_ascii_case("gov") => "[gov](/ɡˈʌv/)".to_owned(),
                false if word.len() == 1 => word.to_uppercase(),
                false => word.to_owned(),
            });
            (rest, after_dot) = (&rest[end..], false);
            continue;
        }
        after_dot = symbol == '.';
        words.extend(match symbol {
            '.' => Some("dot".to_owned()),
            '/' => Some("slash".to_owned()),
            '-' | '–' => Some("dash".to_owned()),
            '_' => Some("underscore".to_owned()),
            '@' => Some("at".to_owned()),
            ':' => Some("colon".to_owned()),
            '#' => Some("hash".to_owned()),
            '=' => Some("equals".to_owned()),
            '&' => Some("and".to_owned()),
            '+' => Some("plus".to_owned()),
            '~' => Some("tilde".to_owned()),
            '%' => Some("percent".to_owned()),
            _ => None,
        });
        rest = &rest[symbol.len_utf8()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_said_without_scheme() {
        for (written, expected) in [
            ("https://www.example.com/docs?page=2", Some("example dot com slash docs question mark page equals 2")),
            ("http://example.org/", Some("example dot org")),
            ("www.example.co.uk", Some("example dot C O dot U K")),
            ("crates.io/crates/hound", Some("crates dot I O slash crates slash hound")),
            ("https://localhost:8080", Some("localhost colon 8080")),
            ("https://a.com/x?utm_source=mail&utm_campaign=winter", Some("A dot com slash X")),
            ("report.pdf", Some("report dot P D F")),
            ("~/main.py", Some("tilde slash main dot P Y")),
            ("www.gov.uk", Some("[gov](/ɡˈʌv/) dot U K")),
            ("data.json", Some("data dot Jason")),
            ("song.mp3", Some("song dot M P 3")),
            ("joe.b@mail.org", Some("joe dot B at mail dot org")),
            ("a-b.com/c_d#top", Some("A dash B dot com slash C underscore D hash top")),
            (".com", None),
            ("e.g", None),
            ("@john", None),
            ("3.14", None),
            ("://", None),
        ] {
            assert_eq!(address(written).as_deref(), expected, "{written}");
        }
    }
}
