//! Numbers that name what they stand beside, and count nothing: decades, networks, streets and chapters.

use super::clock::last_word;
use super::{Words, digits, is_end};

/// Nouns that a number after them names, so that it does not count the noun after it: "rua 22 casas".
const NUMBERED: &str = "avenida avenue calle rua rue carretera canal página pagina page capítulo capitolo chapitre sala salle camera chambre \
    habitación versão version versión versione línea ligne linea linha acte lot code";

/// Nouns before a decade: "años 90s".
const YEARS: &str = "años anos anni";

/// Articles before a decade: "los 90s".
const ARTICLES: &str = "los os nos dos gli degli negli";

/// Words before "4g", a network for telephones.
const NETWORKS: &str = "red redes el la il conexión cobertura tecnología internet móvil rede conexão tecnologia rete reti connessione réseau réseaux \
    connexion";

/// Whether a text ends with a noun that is named by the number after it.
pub fn is_numbered(before: &str) -> bool {
    let word = last_word(before);
    before.ends_with(' ') && NUMBERED.split_whitespace().any(|noun| noun == word)
}

/// Whether a number begins a decade: "90", "1990".
fn is_decade(number: &str) -> bool {
    number.ends_with('0') && (number.len() == 2 || number.len() == 4 && number.starts_with(['1', '2']))
}

/// Whether a text ends with a decade and "and": "los 80 y ".
fn is_second(before: &str) -> bool {
    let head = [" y ", " e "].iter().find_map(|and| before.strip_suffix(and)).unwrap_or_default();
    let first = head.trim_end_matches(|c: char| c.is_ascii_digit());
    first.ends_with(' ') && is_after_words(&head[first.len()..], first)
}

/// Whether a number after a text is a decade. Fewer than 50 after an article may be seconds: "los 30s finales".
fn is_after_words(number: &str, before: &str) -> bool {
    let word = last_word(before);
    let after = |words: &str| words.split_whitespace().any(|known| known == word);
    is_decade(number) && (after(YEARS) || after(ARTICLES) && (number.len() == 4 || number >= "50"))
}

/// Whether a text tells that the seconds before it are part of a time: "los 60s finales".
fn is_rest(after: &str) -> bool {
    const REST: &str = "de del da do di finales finais finali restantes rimanenti que che";
    let word = after.trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    REST.split(' ').any(|known| known == word)
}

impl Words {
    /// "90s" as 90, and "4g" as 4 G, where the word before says that they are no seconds or grams.
    pub fn named_by_number(&self, text: &str, before: &str) -> Option<(String, usize)> {
        let number = digits(text);
        let (letter, rest) = text[number.len()..].split_at_checked(1)?;
        if !is_end(rest) || !before.ends_with(' ') {
            return None;
        }
        let after = |words: &str| words.split_whitespace().any(|word| word == last_word(before));
        match letter {
            "s" if (is_after_words(number, before) || is_decade(number) && is_second(before)) && !is_rest(rest) => {
                Some((number.to_owned(), number.len() + 1))
            }
            "g" if number.len() == 1 && after(NETWORKS) => Some((format!("{number} G"), number.len() + 1)),
            _ => None,
        }
    }
}
