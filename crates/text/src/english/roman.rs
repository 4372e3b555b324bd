//! Roman numerals after the names of parts, of rulers and of sequels.

use std::borrow::Cow;

use super::numbers::{bare, is_one_of, ordinal};

/// "IV" after "Chapter" or "Rocky" to "4", "VIII" after "Henry" to "the 8th", "XIX" before "century" to "19th".
/// `tail` is the punctuation after it.
pub fn roman(core: &str, tail: &str, before: &[&str], next: &str) -> Option<String> {
    const PARTS: &str = "act article book bowl ch chapter fig figure grade level part phase pt sec section scene stage table title \
        type vol volume war";
    const PAGES: &str = "p page pages pp";
    const REALMS: &str = "emperor empress king kings pope prince queen tsar under";
    if !core.starts_with(['C', 'L', 'X', 'V', 'I', 'c', 'l', 'x', 'v', 'i']) {
        return None;
    }
    let previous = before.last().copied().unwrap_or_default();
    let earlier = before.len().checked_sub(2).map_or("", |at| before[at]);
    let name = previous.trim_end_matches('.').to_lowercase();
    // "chapter iv", "pp. iv-x"
    if core.starts_with(|c: char| c.is_ascii_lowercase()) {
        let paged = is_one_of(PAGES, &name);
        if let Some((first, last)) = core.split_once('-').filter(|_| paged) {
            return Some(format!("{} to {}", small_number(first)?, small_number(last)?));
        }
        let number = if core.len() > 1 { small_number(core) } else { None };
        return number.filter(|_| paged || is_one_of(PARTS, &name)).map(|number| number.to_string());
    }
    // "Henry IV's"
    let owner = core.strip_suffix("'s").or_else(|| core.strip_suffix("’s"));
    if let Some(owner) = owner.filter(|owner| !owner.contains(['\'', '’'])) {
        return roman(owner, "'s", before, next).filter(|spoken| spoken.starts_with("the ")).map(|spoken| spoken + "s");
    }
    const RULERS: &str = "alexander benedict catherine charles clement edward elizabeth francis frederick george gregory \
        harold henry innocent ivan james john joseph julius leo leopold louis mary napoleon nicholas otto paul peter \
        philip pius ptolemy ramses richard robert urban victoria wilhelm william";
    let number = roman_number(core)?;
    if ["century", "centuries"].contains(&next.trim_end_matches(['.', ','])) {
        return Some(ordinal(number));
    }
    // "the XXI Olympic Games", not "the XL Pipeline"
    let ordinal_name =
        core.len() > 1 && (core.starts_with('X') || core == "IX") && core.bytes().all(|c| b"XVI".contains(&c));
    if name == "the" && ordinal_name && core != "XXX" && next.starts_with(char::is_uppercase) {
        return Some(ordinal(number));
    }
    // "Part C" and "Type L" are letters.
    if is_one_of(PARTS, &name) && !["C", "L"].contains(&core) {
        return Some(number.to_string());
    }
    /// Words that begin sentences after a ruler's name.
    const SENTENCES: &str =
        "A After And As At But By For From He Her His However In It On She That The They This To When With";
    // The "I" of "Elizabeth I went" may be the pronoun, and "Malcolm X" a name.
    if core.len() == 1 {
        let titled =
            is_one_of(REALMS, &earlier.to_lowercase()) || earlier.is_empty() || earlier.ends_with(['.', '!', '?']);
        let reigns = is_one_of("became died is of reigned ruled was who", bare(next));
        // "King Charles I, who", "Charles I (1600–1649)", "Elizabeth I's"
        let ends = !tail.is_empty() && is_one_of(REALMS, &earlier.to_lowercase());
        let dated = tail.is_empty()
            && next.strip_prefix('(').is_some_and(|date| date.starts_with(|c: char| c.is_ascii_digit()));
        let certain = ends || dated || tail == "'s" || next == "of";
        if core == "I" && is_one_of(RULERS, &name) && (titled && reigns || certain) {
            return Some("the 1st".to_owned());
        }
        // "Henry V", but "John V. Smith" has an initial.
        let initial = next.starts_with(char::is_uppercase) && !is_one_of(REALMS, &earlier.to_lowercase());
        let initial = initial && !is_one_of(SENTENCES, next);
        return (["V", "X"].contains(&core) && is_one_of(RULERS, &name) && !initial)
            .then(|| format!("the {}", ordinal(number)));
    }
    if is_one_of(RULERS, &name) {
        return Some(format!("the {}", ordinal(number)));
    }
    let capitalised =
        previous.starts_with(|c: char| c.is_uppercase()) && previous.ends_with(|c: char| c.is_lowercase());
    (capitalised && number < 40 && !is_one_of("the an this that his her", &name)).then(|| number.to_string())
}

/// Whether a word is a Roman numeral, in capitals or of several small letters.
pub fn is_numeral(word: &str) -> bool {
    let word = bare(word);
    roman_number(word).is_some() || word.len() > 1 && roman_number(&word.to_uppercase()).is_some()
}

/// The value of a Roman numeral in small letters.
fn small_number(text: &str) -> Option<u32> {
    let small = text.bytes().all(|c| c.is_ascii_lowercase());
    if small { roman_number(&text.to_uppercase()) } else { None }
}

/// The line with digits for the small numerals of clauses, "4(b)(ii)" to "4(b)(2)". Of one letter they may be letters, and elsewhere
/// they are short for something: "intravenous (iv)".
pub fn bracketed(line: &str) -> Cow<'_, str> {
    const CLAUSES: &str = "article chapter clause paragraph rule section subsection";
    const NUMERALS: &str = "ii iii iv vi vii viii ix xi xii";
    let is_clause = |word: &str| is_one_of(CLAUSES, &word.to_lowercase());
    let mut out = String::new();
    let mut taken = 0;
    for (open, _) in line.match_indices('(') {
        let inner = &line[open + 1..];
        let numeral = &inner[..inner.bytes().take_while(u8::is_ascii_lowercase).count()];
        let before = &line[..open];
        let clause = before.is_empty()
            || before.ends_with(|c: char| c.is_ascii_digit() || c == ')')
            || before.strip_suffix(' ').and_then(|before| before.split(' ').next_back()).is_some_and(is_clause);
        let closed = clause && inner[numeral.len()..].starts_with(')');
        if let Some(number) = small_number(numeral).filter(|_| closed && is_one_of(NUMERALS, numeral)) {
            out += &line[taken..=open];
            out += &number.to_string();
            taken = open + 1 + numeral.len();
        }
    }
    if taken == 0 { Cow::Borrowed(line) } else { Cow::Owned(out + &line[taken..]) }
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
