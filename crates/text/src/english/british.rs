//! What is written or said otherwise in Britain: postcodes, roads, scores, clock times with a full stop, and "and" within
//! numbers.

use super::accent::Accent;
use super::misaki::Misaki;
use super::numbers::{LETTER_A, bare, is_digits, is_one_of, spaced};

/// A postcode at the start of `words`, letter by letter: "SW1A 1AA". Returns the words, with the punctuation around them,
/// and the number of words that they replace.
pub fn postcode(words: &[&str]) -> Option<(String, usize)> {
    // No postcode ends in these letters; endings of ordinals and sizes of memory are likelier than the postcode.
    const NOT_LAST: &str = "CIKMOV";
    const OTHERS: &str = "GB ND RD ST TB TH";
    let [outward, inward, ..] = words else { return None };
    let area = outward.trim_start_matches(['(', '“', '"']);
    let head = &outward[..outward.len() - area.len()];
    let core = bare(inward);
    let letters = area.bytes().take_while(u8::is_ascii_uppercase).count();
    let (name, district) = area.split_at(letters);
    let digits = district.trim_end_matches(|c: char| c.is_ascii_uppercase());
    let district_fits = is_digits(digits) && digits.len() < 3 && district.len() < 3;
    let last = core.get(1..)?;
    let inward_fits = core.len() == 3
        && core.starts_with(|c: char| c.is_ascii_digit())
        && last.chars().all(|c| c.is_ascii_uppercase() && !NOT_LAST.contains(c))
        && !is_one_of(OTHERS, last);
    let fits = matches!(letters, 1 | 2) && district_fits && inward_fits;
    let district = format!("{digits} {}", spaced(&district[digits.len()..]));
    fits.then(|| (format!("{head}{} {} {}{}", spaced(name), district.trim_end(), spaced(core), &inward[3..]), 2))
}

/// "A303" to "A 3 oh 3", as the numbers of roads are said.
pub fn road(core: &str, accent: Accent) -> Option<String> {
    let number = core.strip_prefix(['A', 'B', 'M']).filter(|number| is_digits(number))?;
    let letter = if core.starts_with('A') { LETTER_A } else { &core[..1] };
    let known = accent == Accent::British && matches!(number.len(), 3 | 4) && !number.starts_with('0');
    known.then(|| format!("{letter} {}", spaced(number).replace('0', "oh")))
}

/// The words of a line in which the scores of sets are looked for.
const LONGEST_REPORT: usize = 400;

/// "3–0" to "3 nil", but not beside the scores of sets, in which it is no goals.
pub fn score(core: &str, previous: &str, line: &str, accent: Accent) -> Option<String> {
    if accent == Accent::American {
        return None;
    }
    const BEFORE: &str = "beat beaten down drew finished lost trailed won";
    fn sides(text: &str) -> Option<(&str, &str)> {
        let (from, to) = bare(text).split_once(['–', '-'])?;
        [from, to].iter().all(|side| is_digits(side) && side.len() == 1).then_some((from, to))
    }
    let (goals, against) = sides(core)?;
    let is_set = |word: &str| {
        word != core && sides(word).is_some_and(|(from, to)| [from, to].iter().any(|games| is_one_of("6 7", games)))
    };
    let side = |goals: &str| if goals == "0" { "nil".to_owned() } else { goals.to_owned() };
    let known = against == "0" || goals == "0" && is_one_of(BEFORE, previous);
    (known && !line.split_whitespace().take(LONGEST_REPORT).any(is_set))
        .then(|| format!("{} {}", side(goals), side(against)))
}

/// How many words back a price is looked for.
const NEAR: usize = 32;

/// "5.30pm" and "5.30 pm" to "5:30pm" and "5:30"; in British English also "at 16.30".
pub fn time(core: &str, tail: &str, before: &[&str], next: &[&str], accent: Accent) -> Option<String> {
    const GOING_ON: &str = "I a an and each every for from he in it on or sharp she the there they this to today tomorrow tonight we \
        when with you";
    // What stands at 4.25, too.
    const PRICED: &str = "dollar dollars euro growth index inflation interest odds point points pound pounds price priced prices \
        rate rates share shares stands stood trading yield";
    let half = ["am", "pm"].into_iter().find(|half| core.ends_with(half)).unwrap_or_default();
    let (hour, minute) = core[..core.len() - half.len()].split_once('.')?;
    let valid = is_digits(hour) && is_digits(minute) && hour.len() < 3 && minute.len() == 2;
    let (hours, minutes) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
    if !valid || hours > 24 || minutes > 59 {
        return None;
    }
    let is_half = |word: &str| is_one_of("am pm a.m p.m AM PM A.M P.M", bare(word));
    let following = next.first().copied().unwrap_or_default();
    // "9.30 to 5.30pm"
    let until = following == "to"
        && (next.get(1).is_some_and(|to| to.contains('.') && bare(to).ends_with('m'))
            || next.get(2).is_some_and(|half| is_half(half)));
    let named = !half.is_empty() || tail.is_empty() && (is_half(following) || until);
    let goes_on = !tail.is_empty() || following.is_empty() || is_one_of(GOING_ON, following);
    let priced = before.iter().rev().take(NEAR).any(|word| is_one_of(PRICED, &bare(word).to_lowercase()));
    let at = before.last().is_some_and(|word| word.eq_ignore_ascii_case("at"));
    let bare_time = accent == Accent::British && at && goes_on && !priced && minutes % 5 == 0;
    (named && hours < 13 || bare_time).then(|| format!("{hour}:{minute}{half}"))
}

/// The phonemes of the words of numbers, which tell where "and" belongs: "one hundred and five".
pub struct Numerals {
    /// Those below a hundred, as cardinals and as ordinals.
    small: Vec<String>,
    hundred: String,
    /// Thousand and above.
    scales: Vec<String>,
}

impl Numerals {
    /// Looks the words up.
    pub fn new(misaki: &Misaki) -> Self {
        const SMALL: &str = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
            seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety first second third fourth fifth \
            sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth \
            nineteenth twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth";
        let sounds =
            |words: &str| words.split_whitespace().map(|word| plain(&misaki.phonemes(word))).collect::<Vec<_>>();
        let hundred = sounds("hundred").concat();
        Self { small: sounds(SMALL), hundred, scales: sounds("thousand million billion trillion") }
    }

    /// The phonemes of a number with "and" after the hundreds, or after the thousands if there are none.
    pub fn with_and(&self, phonemes: &str) -> String {
        let words: Vec<&str> = phonemes.split(' ').collect();
        let sounds: Vec<String> = words.iter().map(|word| plain(word)).collect();
        let is_small = |sound: &String| self.small.contains(sound);
        let mut out: Vec<&str> = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| &sounds[before]);
            let after_scale = before.is_some_and(|before| self.scales.contains(before));
            // "one million fifty thousand"
            let next = sounds[at..].iter().find(|sound| !is_small(sound));
            let last = next.is_none_or(|next| *next != self.hundred && !self.scales.contains(next));
            if is_small(&sounds[at]) && (before == Some(&self.hundred) || after_scale && last) {
                out.push("and");
            }
            out.push(word);
        }
        out.join(" ")
    }
}

/// Phonemes without stress and punctuation.
fn plain(phonemes: &str) -> String {
    phonemes.chars().filter(|c| c.is_alphabetic() && !"ˈˌ".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_and_where_it_is_said() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let numerals = Numerals {
            small: words("one two five fifty twenty first"),
            hundred: "hundred".to_owned(),
            scales: words("thousand million"),
        };
        for (number, expected) in [
            ("one hundred five", "one hundred and five"),
            ("one hundred twenty first", "one hundred and twenty first"),
            ("two thousand five", "two thousand and five"),
            ("two thousand one hundred", "two thousand one hundred"),
            ("one million fifty thousand", "one million fifty thousand"),
            ("one hundred fifty thousand two hundred", "one hundred and fifty thousand two hundred"),
            ("two hundred pounds", "two hundred pounds"),
            ("five pounds and fifty pence", "five pounds and fifty pence"),
            ("twenty twenty", "twenty twenty"),
        ] {
            assert_eq!(numerals.with_and(number), expected);
        }
    }

    #[test]
    fn postcodes_are_told_from_other_codes() {
        let spoken = |text: &str| postcode(&text.split(' ').collect::<Vec<_>>()).map(|(spoken, _)| spoken);
        assert_eq!(spoken("SW1W 0NY."), Some("S W 1 W 0 N Y.".to_owned()));
        assert_eq!(spoken("(M1 4BT)"), Some("(M 1 4 B T)".to_owned()));
        for other in ["B2 4GB", "A4 2ND", "M25 10AM", "SW1 London", "AB123 4CD", "M1 4cd", "Q3 2OM", "É1 4BT"] {
            assert_eq!(spoken(other), None, "{other}");
        }
    }
}
