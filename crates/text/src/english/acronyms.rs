//! Acronyms that people write in lower case, and capitals that are no shouting.

use super::numbers::is_one_of;

/// Acronyms that are read as their capitals are, letter by letter, when they are in lower case. What is also a word or a unit
/// ("it", "us", "id", "led", "hr", "dm") is not here.
#[rustfmt::skip]
const LOWER: &str = "ai api atm aws brb btw ceo cli cpu css csv cto db diy dna dns dvd eu faq fbi ftp ftw fyi gcp gdp gg gpt gps gpu gui hdmi \
    html http https ide iirc imho imo irl jpg jvm kpi lcd llm lmk lol mri nba nfl ngl nlp npm nsfw nvm omg omw os pc pdf php png pov \
    psa qa rpm rsvp sdk smh sms sql ssd ssh ssl sso svg tbh tcp tldr tls tts ttyl tv uk ui uri url usa usb ux vip vpn wtf xml";

/// The bytes of the longest of them, in the plural.
const LONGEST: usize = 6;

/// Others, with their usual form.
const MIXED: [(&str, &str); 3] = [("ios", "iOS"), ("idk", "IDK"), ("phd", "PhD")];

/// Words that are acronyms too, so that a row of them may be a list: "US, UK, EU".
#[rustfmt::skip]
const ACRONYMS_TOO: &str = "act ads aid aids ai am app apt arm cad cam cat chip dos ed esp est et eta fat gap hip hr id it lan led mac mad \
    mat min nap ok or pa pal pan pet pin pm pop pr pt ram rem rip rom ros rest sad salt sam sat sim so soap spa sum swat tap us wan who";

/// The usual form of an acronym in lower case, or of several that are joined: "api" is "API", "gpus" is "GPUs", "css/html" is
/// "CSS HTML".
pub fn lower_acronym(core: &str) -> Option<String> {
    let joints = |c: char| c == '-' || c == '/';
    if core.contains(joints) {
        let known = core.split(joints).any(|part| acronym(part).is_some());
        let words = core.split(joints).all(|part| part.bytes().all(|c| c.is_ascii_lowercase()) && !part.is_empty());
        return (known && words).then(|| {
            // misaki would give the first letters no stress in "HTML-CSS".
            let parts = core.split(joints).map(|part| acronym(part).unwrap_or_else(|| part.to_owned()));
            parts.collect::<Vec<_>>().join(" ")
        });
    }
    acronym(core)
}

fn acronym(word: &str) -> Option<String> {
    if word.len() > LONGEST {
        return None;
    }
    let whole = |word: &str| {
        let mixed = MIXED.iter().find(|(lower, _)| *lower == word).map(|(_, usual)| (*usual).to_owned());
        mixed.or_else(|| is_one_of(LOWER, word).then(|| word.to_uppercase()))
    };
    // "pcs" are pieces.
    let many = || word.strip_suffix('s').filter(|one| one.len() > 2).and_then(whole).map(|one| one + "s");
    whole(word).or_else(many)
}

/// Whether a word in lower case, which a dictionary has, shows that the capitals around it are shouted.
pub fn is_ordinary(lower: &str) -> bool {
    lower.len() > 1 && !is_one_of(ACRONYMS_TOO, lower) && acronym(lower).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_longer_than_the_longest() {
        let longest = LOWER.split(' ').chain(MIXED.map(|(lower, _)| lower)).map(str::len).max();
        assert_eq!(longest.map(|longest| longest + 1), Some(LONGEST));
    }

    #[test]
    fn acronyms_in_lower_case_have_their_usual_form() {
        for (written, expected) in [
            ("api", Some("API")),
            ("gpus", Some("GPUs")),
            ("ios", Some("iOS")),
            ("css/html", Some("CSS HTML")),
            ("usb-c", Some("USB c")),
            ("pcs", None),
            ("its", None),
            ("and/or", None),
            ("us", None),
            ("", None),
            ("a-", None),
            ("api-2", None),
        ] {
            assert_eq!(lower_acronym(written).as_deref(), expected, "{written}");
        }
    }
}
