//! Letters that name something, and names that are partly spelled: "Plan A", "from A to B", "Ctrl+C", "US-101".

use super::numbers::{LETTER_A, bare, is_digits, is_one_of, is_plural, spaced};

/// What has letters for names; the second are verbs too.
const NAMED: &str = "annex appendix category division haemophilia hemophilia hepatitis influenza option patient series terminal vitamin";
const NAMED_OR_DONE: &str =
    "block class exhibit form grade group level part plan point pool row schedule section team type zone";
/// What follows such letters and no article.
const AFTER_LETTERS: &str =
    "are failed fails is was were will works beef behavior behaviour blood influenza milk personality student";

/// The keys that are held, and others, as they are said.
const HELD: [(&str, &str); 7] = [
    ("alt", "alt"),
    ("cmd", "command"),
    ("command", "command"),
    ("ctrl", "control"),
    ("control", "control"),
    ("shift", "shift"),
    ("option", "option"),
];
const KEYS: [(&str, &str); 5] =
    [("del", "delete"), ("esc", "escape"), ("ins", "insert"), ("pgdn", "page down"), ("pgup", "page up")];

/// Other words with letters, and how they are said.
const SAID: [(&str, &str); 5] = [
    ("2FA", "2 F [A](/ˈA/)"),
    ("QoQ", "quarter over quarter"),
    ("YoY", "year over year"),
    ("n/a", "N [A](/ˈA/)"),
    ("N/A", "N [A](/ˈA/)"),
];

/// The words for a word with such letters between `head` and `tail`, its punctuation.
pub fn name(head: &str, core: &str, tail: &str, before: &[&str], next: &[&str]) -> Option<String> {
    if core == "A" {
        return is_letter(head, tail, before, next).then(|| LETTER_A.to_owned());
    }
    // "Ctrl + C"
    let held = |word: &str| is_one_of("Alt Cmd Ctrl Shift", word);
    if core == "+" && before.last().is_some_and(|word| held(word)) {
        return Some(String::new());
    }
    if core == "Cmd" && next.first() == Some(&"+") {
        return Some("command".to_owned());
    }
    let said = SAID.iter().find(|(word, _)| *word == core).map(|(_, said)| (*said).to_owned());
    said.or_else(|| level(core)).or_else(|| keys(core)).or_else(|| highway(core)).or_else(|| sequencing(core))
}

/// Whether a capital A is the name of the letter, not the article.
fn is_letter(head: &str, tail: &str, before: &[&str], next: &[&str]) -> bool {
    let previous = before.last().copied().unwrap_or_default();
    // "an A in maths"
    if head.is_empty() && (["an", "An"].contains(&previous) || is_named(previous, tail, next)) {
        return true;
    }
    let joined = next.first().is_some_and(|next| is_one_of("and or to vs vs. versus", next));
    // "from A to B", "A to Z"
    (head.is_empty() || head == "(") && tail.is_empty() && joined && is_capital(next.get(1))
}

/// Whether a capital A before `tail` and the `next` words is the letter of what `previous` names: "Plan A failed", but "Plan A party".
pub fn is_named(previous: &str, tail: &str, next: &[&str]) -> bool {
    let previous = previous.to_lowercase();
    let (noun, verb) = (is_one_of(NAMED, &previous), is_one_of(NAMED_OR_DONE, &previous));
    let following = next.first().copied().unwrap_or_default();
    let ends = !tail.is_empty() || following.is_empty();
    let plural = is_plural(following) && !bare(following).ends_with("us") && !bare(following).ends_with("ics");
    let joined = is_one_of("and or", following) && is_capital(next.get(1));
    noun && (ends || following.starts_with(char::is_lowercase))
        || verb && (ends || plural || joined || is_one_of(AFTER_LETTERS, bare(following)))
}

/// Whether a word is one capital, but not "I".
fn is_capital(word: Option<&&str>) -> bool {
    word.is_some_and(|word| matches!(bare(word).as_bytes(), [letter] if letter.is_ascii_uppercase() && *letter != b'I'))
}

/// "A-level" to the name of the letter.
fn level(core: &str) -> Option<String> {
    let rest = core.strip_prefix("A-").filter(|rest| rest.len() > 1 && rest.bytes().all(|c| c.is_ascii_lowercase()))?;
    Some(format!("{LETTER_A} {rest}"))
}

/// "Ctrl+C" to "control C", "Cmd-Shift-Esc" to "command shift escape".
fn keys(core: &str) -> Option<String> {
    let joint = ['+', '-'].into_iter().find(|joint| core.contains(*joint))?;
    let parts: Vec<&str> = core.split(joint).collect();
    let said = |table: &[(&str, &'static str)], key: &str| {
        table.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, said)| *said)
    };
    let (last, held) = parts.split_last()?;
    // "Ctrl/Cmd+K" has a choice.
    let choice = |keys: &str| {
        let keys: Vec<_> = keys.split('/').map(|key| said(&HELD, key)).collect::<Option<_>>()?;
        Some(keys.join(" or "))
    };
    let mut words: Vec<String> = held.iter().map(|keys| choice(keys)).collect::<Option<_>>()?;
    // "control-flow", "Shift-left" and "option-A" are words.
    let clipped = held.iter().any(|key| is_one_of("cmd ctrl ctrl/cmd", &key.to_lowercase()));
    let letter = last.len() == 1;
    let known = said(&KEYS, last).or_else(|| said(&HELD, last));
    if !(clipped || joint == '+') || last.is_empty() || !last.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    words.push(match known {
        Some(known) => known.to_owned(),
        None if letter => spaced(&last.to_uppercase()),
        None => (*last).to_owned(),
    });
    Some(words.join(" "))
}

/// "US-101" to "U S 1 oh 1", "US-50" to "U S 50".
fn highway(core: &str) -> Option<String> {
    let number = core.strip_prefix("US-").filter(|number| is_digits(number) && number.len() < 4)?;
    Some(format!("U S {}", with_oh(number).unwrap_or_else(|| number.to_owned())))
}

/// "404" as it is said of rooms, roads and the like: "4 oh 4".
pub fn with_oh(number: &str) -> Option<String> {
    match number.as_bytes() {
        [first @ b'1'..=b'9', b'0', last @ b'1'..=b'9'] => {
            Some(format!("{} oh {}", char::from(*first), char::from(*last)))
        }
        _ => None,
    }
}

/// "RNA-seq" to "RNA seek".
fn sequencing(core: &str) -> Option<String> {
    let kind = core.strip_suffix("-seq").or_else(|| core.strip_suffix("-Seq"))?;
    kind.ends_with(|c: char| c.is_ascii_uppercase()).then(|| format!("{kind} seek"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_said_without_signs() {
        for (written, expected) in [
            ("Ctrl+C", Some("control C")),
            ("ctrl-a", Some("control [A](/ˈA/)")),
            ("Cmd+Shift+Esc", Some("command shift escape")),
            ("Alt+F4", Some("alt F4")),
            ("Shift+Tab", Some("shift Tab")),
            ("control-flow", None),
            ("Shift-left", None),
            ("alt-rock", None),
            ("C++", None),
            ("Ctrl+", None),
            ("a+b", None),
        ] {
            assert_eq!(keys(written).as_deref(), expected, "{written}");
        }
    }
}
