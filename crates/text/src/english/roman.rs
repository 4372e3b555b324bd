//! Roman numerals after the names of parts and of rulers.

use super::numbers::{is_one_of, ordinal};

/// "IV" after "Chapter" to "4", "VIII" after "Henry" to "the 8th".
pub fn roman(core: &str, previous: &str) -> Option<String> {
    const PARTS: &str =
        "act article book chapter figure grade level part phase section scene stage table title type volume war";
    const RULERS: &str = "alexander benedict catherine charles clement edward elizabeth francis frederick george gregory \
        harold henry innocent ivan james john joseph julius leo leopold louis mary napoleon nicholas otto paul peter \
        philip pius ptolemy ramses richard robert urban victoria wilhelm william";
    let number = roman_number(core)?;
    let previous = previous.to_lowercase();
    if is_one_of(PARTS, &previous) {
        return Some(number.to_string());
    }
    // The "I" of "Elizabeth I went" may be the pronoun.
    (is_one_of(RULERS, &previous) && core.len() > 1).then(|| format!("the {}", ordinal(number)))
}

/// The value of a Roman numeral below 40.
fn roman_number(text: &str) -> Option<u32> {
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    let tens = text.bytes().take_while(|c| *c == b'X').count();
    let ones = ONES.iter().position(|ones| *ones == &text[tens..])?;
    let number = 10 * tens as u32 + ones as u32;
    (1..40).contains(&number).then_some(number)
}
