//! Roman numerals after the names of parts, of rulers and of sequels.

use super::numbers::{is_one_of, ordinal};

/// "IV" after "Chapter" or "Rocky" to "4", "VIII" after "Henry" to "the 8th", "XIX" before "century" to "19th".
pub fn roman(core: &str, previous: &str, next: &str) -> Option<String> {
    const PARTS: &str = "act article book bowl chapter figure grade level part phase section scene stage table title type \
        volume war";
    const RULERS: &str = "alexander benedict catherine charles clement edward elizabeth francis frederick george gregory \
        harold henry innocent ivan james john joseph julius leo leopold louis mary napoleon nicholas otto paul peter \
        philip pius ptolemy ramses richard robert urban victoria wilhelm william";
    let number = roman_number(core)?;
    if ["century", "centuries"].contains(&next.trim_end_matches(['.', ','])) {
        return Some(ordinal(number));
    }
    let name = previous.to_lowercase();
    // "Part C" and "Type L" are letters.
    if is_one_of(PARTS, &name) && !["C", "L"].contains(&core) {
        return Some(number.to_string());
    }
    // The "I" of "Elizabeth I went" may be the pronoun, and "Malcolm X" a name.
    if core.len() == 1 {
        return None;
    }
    if is_one_of(RULERS, &name) {
        return Some(format!("the {}", ordinal(number)));
    }
    let capitalised =
        previous.starts_with(|c: char| c.is_uppercase()) && previous.ends_with(|c: char| c.is_lowercase());
    (capitalised && number < 40 && !is_one_of("the an this that his her", &name)).then(|| number.to_string())
}

/// The value of a Roman numeral below 400.
fn roman_number(text: &str) -> Option<u32> {
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    const TENS: [&str; 10] = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"];
    let hundreds = text.bytes().take_while(|c| *c == b'C').take(3).count();
    let rest = &text[hundreds..];
    let value = TENS.iter().zip(0..).find_map(|(tens, ten)| {
        let ones = rest.strip_prefix(tens)?;
        ONES.iter().position(|one| *one == ones).map(|one| 10 * ten + one as u32)
    })?;
    Some(100 * hundreds as u32 + value).filter(|number| *number > 0)
}
