//! Divides a piece of spaCy's into what misaki looks up: "iPhone" into "i" and "Phone", "3rd" into "3" and "rd".

/// The parts of a piece. Stray apostrophes between them are left out, as misaki does.
pub fn subtokens(piece: &str) -> Vec<&str> {
    let bytes = piece.as_bytes();
    if bytes.iter().all(u8::is_ascii_alphabetic) && bytes.iter().skip(1).all(u8::is_ascii_lowercase) {
        return vec![piece];
    }
    let symbols: Vec<(usize, char)> = piece.char_indices().collect();
    let end = |at: usize| symbols.get(at).map_or(piece.len(), |(offset, _)| *offset);
    let mut parts = Vec::new();
    let mut at = 0;
    while at < symbols.len() {
        let length = length(&symbols, at);
        if length > 0 {
            parts.push(&piece[end(at)..end(at + length)]);
        }
        at += length.max(1);
    }
    if parts.is_empty() { vec![piece] } else { parts }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '‘' | '’')
}

/// The number of characters of the part at `at`; none for a stray apostrophe.
fn length(symbols: &[(usize, char)], at: usize) -> usize {
    let symbol = |at: usize| symbols.get(at).map(|(_, symbol)| *symbol);
    let is = |at: usize, kind: fn(char) -> bool| symbol(at).is_some_and(kind);
    let run = |at: usize, kind: fn(char) -> bool| (at..).take_while(|at| is(*at, kind)).count();
    let apostrophes = run(at, is_apostrophe);
    if at == 0 && apostrophes > 0 {
        return apostrophes;
    }
    // "A" of "APlace"
    if is(at, char::is_uppercase) && is(at + 1, char::is_uppercase) && is(at + 2, char::is_lowercase) {
        return 1;
    }
    let sign = usize::from(at == 0 && symbol(at) == Some('-'));
    let digits = number(&symbol, at + sign);
    if digits > 0 {
        return sign + digits;
    }
    let joints = run(at, |c| matches!(c, '-' | '_'));
    if joints > 0 {
        return joints;
    }
    if apostrophes > 1 {
        return apostrophes;
    }
    let letters = run(at, char::is_alphabetic);
    let pairs = |at: usize| {
        (0..).take_while(|pair| is(at + 2 * pair, is_apostrophe) && is(at + 2 * pair + 1, char::is_alphabetic)).count()
    };
    // Up to a lower-case letter before a capital: "i" of "iPhone".
    for letters in 0..=letters {
        for pair in 0..=pairs(at + letters) {
            let last = at + letters + 2 * pair;
            if is(last, char::is_lowercase) && is(last + 1, char::is_uppercase) {
                return last + 1 - at;
            }
        }
    }
    if letters > 0 {
        return letters + 2 * pairs(at + letters);
    }
    match symbol(at) {
        // An apostrophe at the end is a part, but one that letters or digits follow is none.
        Some(c) if is_apostrophe(c) => usize::from(at + 1 == symbols.len()),
        _ => 1,
    }
}

/// The number of characters of a number, with single points and commas before digits.
fn number(symbol: &impl Fn(usize) -> Option<char>, start: usize) -> usize {
    let digit = |at: usize| symbol(at).is_some_and(char::is_numeric);
    let mut at = start;
    loop {
        if digit(at) {
            at += 1;
        } else if matches!(symbol(at), Some('.' | ',')) && digit(at + 1) {
            at += 2;
        } else {
            return at - start;
        }
    }
}
