//! Numbers that name something: codes, versions, telephone numbers.

use super::letters::with_oh;
use super::numbers::{bare, is_digits, is_one_of, is_plural, spaced};
use super::street::is_postal_code;

/// The digits of a number that is a code, one by one: "007", because a number does not begin with a zero, and "PIN 1042".
pub fn code(core: &str, before: &[&str], following: &[&str]) -> Option<String> {
    const NAMED: &str = "pin code otp passcode zip extension ext flight dial dialed";
    let previous = before.last().copied().unwrap_or_default();
    let next = following.first().copied().unwrap_or_default();
    if let Some(number) = book(core, before) {
        return Some(number);
    }
    if !is_digits(core) || core.len() < 2 {
        return None;
    }
    // "Text STOP to 40404"
    let message = before.iter().rev().take(4).any(|word| is_one_of("text texted texting sms", &word.to_lowercase()));
    let short = previous == "to" && message && matches!(core.len(), 5 | 6);
    let postal = is_postal_code(core, previous);
    let previous = previous.trim_end_matches([':', '#', '.']);
    let named = is_one_of(NAMED, &previous.to_lowercase());
    // "Your code is 482913", but "The code is 1984."
    let said = is_one_of("is are was", previous) && before.len() > 1 && {
        const SECRETS: &str = "code otp passcode password pin";
        let mut words = before[..before.len() - 1].iter().rev();
        let secret = words.next().is_some_and(|word| is_one_of(SECRETS, &word.to_lowercase()));
        let kind = words
            .next()
            .is_some_and(|word| is_one_of("access login pin security sms verification", &word.to_lowercase()));
        secret && (kind || core.len() > 4)
    };
    let named = named || said;
    // "HTTP 404", "Route 101"
    const PLACED: &str = "apartment apt error http interstate room route suite";
    // "a 404 error", but "404 error messages" and "room 105 feet below"
    let failed = bare(next) == "error"
        && is_one_of("a an the", &previous.to_lowercase())
        && !following.get(1).is_some_and(|noun| is_plural(noun));
    if (is_one_of(PLACED, &previous.to_lowercase()) && !is_plural(next) && next != "feet" || failed)
        && let Some(number) = with_oh(core)
    {
        return Some(number);
    }
    let emergency = ["911", "999", "112"].contains(&core)
        && is_one_of("call called calling", &previous.to_lowercase())
        && (!is_plural(next) || is_one_of("dispatchers operators", bare(next)));
    // "Ring 101 people" counts them.
    let emergency = emergency || is_service(core, before) && !is_plural(next);
    // "UA 1907"
    let airline = previous.len() == 2 && core.len() > 2 && is_one_of(AIRLINES, previous);
    (core.starts_with('0') || named || airline || emergency || short || postal).then(|| spaced(core))
}

/// The number of a book after "ISBN" or "ISBN no.", digit by digit, with a pause between its parts.
pub fn book(core: &str, before: &[&str]) -> Option<String> {
    let mut names = before.iter().rev().take(2).map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let named = names
        .find(|word| !is_one_of("no No number", word))
        .is_some_and(|name| is_one_of("ISBN ISBN-10 ISBN-13 ISSN", name));
    // Those of journals have eight signs.
    let digits = core.bytes().filter(u8::is_ascii_digit).count();
    let known = named && digits > 6 && core.bytes().all(|c| c.is_ascii_digit() || b"-X".contains(&c));
    known.then(|| core.split('-').map(spaced).collect::<Vec<_>>().join(", "))
}

/// "flight BA117" digit by digit.
pub fn flight(core: &str, before: &[&str]) -> Option<String> {
    let (airline, number) = core.split_at_checked(2)?;
    let near = before.iter().rev().take(3).any(|word| is_one_of("flight flights", &word.to_lowercase()));
    (near && is_one_of(AIRLINES, airline) && is_digits(number)).then(|| spaced(core))
}

/// Whether a number is one of those that are called for help, in a sentence that dials: "Dial 999 for an ambulance, 101 for
/// the police."
fn is_service(core: &str, before: &[&str]) -> bool {
    const VERBS: &str = "dial dialed dialled dialing dialling phone ring rang";
    let sentence = before.iter().rev().take_while(|word| !word.ends_with(['.', '!', '?']));
    is_one_of("101 111 112 911 999", core) && sentence.take(8).any(|word| is_one_of(VERBS, &word.to_lowercase()))
}

/// "0600 hours" to "0 6 hundred".
pub fn military_hour(core: &str, next: &str) -> Option<String> {
    let (hour, minute) = core.strip_prefix('0').filter(|rest| is_digits(rest) && rest.len() == 3)?.split_at(1);
    let minute = match minute {
        "00" => "hundred".to_owned(),
        minute => minute.strip_prefix('0').map_or_else(|| minute.to_owned(), |ones| format!("oh {ones}")),
    };
    is_one_of("hours hrs", bare(next)).then(|| format!("0 {hour} {minute}"))
}

/// Codes of airlines, before the number of a flight.
const AIRLINES: &str =
    "AA AC AF AS AY AZ B6 BA CX DL EK EY F9 FR IB JL KE KL LH LX NH NK NZ OS QF QR SK SQ TK TP U2 UA VS WN WS";

/// "v1.2.3" to "v 1 point 2 point 3", "2.0" to "2 point 0".
pub fn version(core: &str) -> Option<String> {
    // "127.0.0.1:8080"
    if let Some((address, port)) = core.split_once(':').filter(|(address, _)| address.matches('.').count() == 3) {
        return version(address).filter(|_| is_digits(port)).map(|address| format!("{address} colon {port}"));
    }
    // "2.0-rc1"
    if let Some((number, label)) = core.split_once('-') {
        let name = label.trim_end_matches(|c: char| c.is_ascii_digit());
        let spelled = if name == "rc" { "R C" } else { name };
        let known = is_one_of("alpha beta dev preview rc stable", name);
        return version(number).filter(|_| known).map(|number| format!("{number} {spelled} {}", &label[name.len()..]));
    }
    let numbers = core.trim_start_matches(['v', 'V']);
    let letter = if numbers.len() < core.len() { "v " } else { "" };
    let parts: Vec<&str> = numbers.split('.').collect();
    let whole = parts.len() > 1 && parts.iter().all(|part| is_digits(part)) && core.len() - numbers.len() < 2;
    let joint = if parts.len() > 3 { " dot " } else { " point " };
    let round = parts.len() == 2 && parts[1].bytes().all(|c| c == b'0');
    let wanted = parts.len() > 2 || round || !letter.is_empty();
    (whole && wanted).then(|| letter.to_owned() + &parts.join(joint))
}

/// Programs whose versions have a number after the point, "three point ten", not a decimal.
#[rustfmt::skip]
const PROGRAMS: &str = "alpine android angular ansible blender bun chrome clang cmake cuda debian deno django docker fedora firefox flask gcc \
    git go golang ios java julia kernel kotlin kubernetes libreoffice linux llvm macos mysql node node.js npm numpy openssl pandas perl php \
    pip postgres postgresql python pytorch rails react redis release ruby rust scala swift typescript ubuntu unity version wgpu \
    windows";

/// "Python 3.10" to "3 point 10", and "9.50" to "9 point 5 0": misaki drops the zero.
pub fn round_decimal(core: &str, previous: &str) -> Option<String> {
    let (whole, decimals) = core.split_once('.').filter(|(whole, decimals)| is_digits(whole) && is_digits(decimals))?;
    let short = decimals.len() == 2 && !decimals.starts_with('0');
    if short && is_one_of(PROGRAMS, &previous.trim_end_matches(':').to_lowercase()) {
        return Some(format!("{whole} point {decimals}"));
    }
    decimals.ends_with('0').then(|| format!("{whole} point {}", spaced(decimals)))
}

/// Further words of a telephone number at most.
const MOST_WORDS: usize = 7;

/// The telephone number at the start of `words`, digit by digit: "212-555-0123", "(555) 123-4567", "+44 20 7946 0958".
/// Returns the words, with the punctuation around them, and the number of words that they replace.
pub fn telephone(words: &[&str]) -> Option<(String, usize)> {
    let first = words.first()?.trim_start_matches(['“', '"', '‘', '\'']);
    let first = first.strip_prefix('(').filter(|rest| rest.starts_with('+')).unwrap_or(first);
    let international = first.strip_prefix('+');
    let mut groups: Vec<&str> = Vec::new();
    let (mut taken, mut tail) = (0, "");
    let further = words[1..].iter().copied().take(MOST_WORDS);
    for word in std::iter::once(international.unwrap_or(first)).chain(further) {
        let core = if word.contains('(') { word.trim_end_matches([',', '.', ';']) } else { bare(word) };
        let digits = core.split(['(', ')', '-', '.']).filter(|group| !group.is_empty());
        if core.is_empty() || !digits.clone().all(is_digits) {
            break;
        }
        groups.extend(digits);
        (taken, tail) = (taken + 1, &word[core.len()..]);
        if !tail.is_empty() {
            break;
        }
    }
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let total: usize = lengths.iter().sum();
    let known = match lengths[..] {
        _ if international.is_some() => (7..=15).contains(&total),
        // "555-0134", not "500-1000"
        [3, 4] => {
            taken == 1
                && first.contains('-')
                && first.starts_with(|c| ('2'..='9').contains(&c))
                && !groups.iter().all(|group| group.ends_with('0'))
        }
        [3, 3, 4] if taken == 3 => {
            let code = first.starts_with(|c| ('2'..='9').contains(&c));
            code && !groups.iter().all(|group| group.ends_with('0'))
        }
        [3, 3, 4] | [1, 3, 3, 4] => taken == 1 || first.starts_with('('),
        // "020 7946 0958"
        [code, _, ..] => {
            let trunk = code > 2 && first.trim_start_matches('(').starts_with('0');
            trunk && groups.len() == taken && (9..=11).contains(&total)
        }
        _ => false,
    };
    let spoken: Vec<String> = groups.iter().map(|group| spaced(group)).collect();
    let spoken = match (international, spoken.split_first()) {
        (Some(_), Some((code, number))) => format!("plus {code} {}", number.join(", ")).trim_end().to_owned(),
        _ => spoken.join(", "),
    };
    let head = &words.first()?[..words.first()?.len() - first.len()];
    known.then(|| ([head, &spoken, tail].concat(), taken))
}
