//! Amounts of money that misaki reads wrongly: `$3.5 million` ("three dollars and five cents million"), "a $5 bill", and
//! currencies that it does not know.

use super::numbers::{bare, is_digits, is_one_of, number_length};
use super::symbols;
use super::units::is_adjective;

/// What an amount is the value of, so that the currency is singular: "the £20 note".
const VALUED: &str = "bill bills note notes coin coins store stores stamp stamps";

/// Expands amounts with a sign in a line.
pub fn money(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(symbol) = rest.chars().next() {
        rest = &rest[symbol.len_utf8()..];
        // Accounts write a loss as "$(1,200)".
        let bracketed = currency(symbol).and(rest.strip_prefix('('));
        if let Some(inner) = bracketed.filter(|inner| !amount(inner).is_empty()) {
            out.push('(');
            rest = inner;
        }
        let amount = amount(rest);
        let Some(currency) = currency(symbol).filter(|_| !amount.is_empty()) else {
            out.push(symbol);
            continue;
        };
        let scale = scale(&rest[amount.len()..]);
        let mut end = amount.len() + scale.map_or(0, |(_, length)| length);
        let previous = out.split_whitespace().next_back().unwrap_or_default();
        let next =
            rest[end..].strip_prefix([' ', '-']).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
        let one = currency.trim_end_matches('s');
        // "a $3-million-dollar house", "$5-million-a-year"
        let compound = scale.is_some() && rest[amount.len()..].starts_with('-') && rest[end..].starts_with('-');
        let own = compound && rest[end + 1..].starts_with(one);
        let adjective = own || is_adjective(previous, next) || is_one_of(VALUED, bare(next));
        let whole = is_digits(&amount.replace(',', ""));
        let name = if adjective { one } else { currency };
        match scale {
            Some((scale, _)) => out.push_str(&format!("{amount} {scale} {name}")),
            // "$0.002" and "$2.5" have no cents.
            None if !"$£€".contains(symbol) || adjective && whole || is_decimal(amount) => {
                out.push_str(&format!("{amount} {name}"));
            }
            // misaki itself reads $, £ and € without a scale.
            None => out.push_str(&format!("{symbol}{amount}")),
        }
        if compound && !own {
            out.push(' ');
            end += 1;
        }
        rest = &rest[end + if own { 1 + one.len() } else { 0 }..];
    }
    out
}

/// The line with each sign of a currency directly before its amount, whose cents follow a full stop: "R$ 25,90" to
/// "R$25.90", "15 €" to "€15".
pub fn joined(line: &str) -> String {
    if !line.contains(|c| symbols::CURRENCIES.contains(c)) {
        return line.to_owned();
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let next = words.get(at + 1).copied().unwrap_or_default();
        let sign = word.trim_start_matches(['(', '“', '"', '-', '−', '+']);
        let is_amount = |text: &str| !amount(text).is_empty();
        let (amount_word, taken) = match is_sign(sign) && is_amount(next) {
            true => ([word, next].concat(), 2),
            false => (word.to_owned(), 1),
        };
        let start = amount_word.find(|c: char| c.is_ascii_digit()).unwrap_or(amount_word.len());
        let (signs, number) = amount_word.split_at(start);
        let digits = amount(number);
        let after = &number[digits.len()..];
        let own_sign = signs.ends_with(|c| symbols::CURRENCIES.contains(c));
        // "15€" and "15 €", but not "1 $5 note" or "in $ and €".
        let own = after.chars().next().filter(|c| symbols::CURRENCIES.contains(*c));
        let own = own.filter(|c| !after[c.len_utf8()..].starts_with(char::is_alphanumeric));
        let following = next.chars().next().filter(|c| symbols::CURRENCIES.contains(*c));
        let following = following.filter(|c| after.is_empty() && taken == 1 && bare(&next[c.len_utf8()..]).is_empty());
        match own.or(following).filter(|_| !digits.is_empty() && !own_sign) {
            Some(sign) => {
                let tail = if own.is_some() { &after[sign.len_utf8()..] } else { &next[sign.len_utf8()..] };
                out.push([signs, &sign.to_string(), &with_point(digits), tail].concat());
                at += if own.is_some() { 1 } else { 2 };
            }
            None if own_sign => {
                out.push([signs, &with_point(digits), after].concat());
                at += taken;
            }
            None => {
                out.push(word.to_owned());
                at += 1;
            }
        }
    }
    out.join(" ")
}

/// Whether a word is the sign of a currency: "€", "R$".
fn is_sign(word: &str) -> bool {
    let letters = word.trim_end_matches(|c| symbols::CURRENCIES.contains(c));
    word.len() > letters.len() && (letters.is_empty() || SIGNS.iter().any(|(sign, ..)| *sign == word))
}

/// An amount with a decimal comma as English writes it: "1.234,50" to "1,234.50".
fn with_point(amount: &str) -> String {
    let swap = |c: char| match c {
        ',' => '.',
        '.' => ',',
        c => c,
    };
    let cents = amount.rsplit_once(',').filter(|(whole, cents)| cents.len() == 2 && !whole.contains(','));
    if cents.is_some() { amount.chars().map(swap).collect() } else { amount.to_owned() }
}

/// Signs of currencies that have letters, their names, and those of their hundredths.
const SIGNS: [(&str, &str, &str); 10] = [
    ("R$", "reais", "[centavos](/sɛntˈɑvOz/)"),
    ("S$", "Singapore dollars", "cents"),
    ("MX$", "Mexican pesos", "[centavos](/sɛntˈɑvOz/)"),
    ("US$", "U S dollars", "cents"),
    ("C$", "Canadian dollars", "cents"),
    ("CA$", "Canadian dollars", "cents"),
    ("A$", "Australian dollars", "cents"),
    ("AU$", "Australian dollars", "cents"),
    ("NZ$", "New Zealand dollars", "cents"),
    ("HK$", "Hong Kong dollars", "cents"),
];

/// An amount in a currency that two signs or a code name, with the magnitude after it: "US$100", "A$20 million",
/// "USD 50 million". Returns the words, with the punctuation after them, and the number of words that they replace.
pub fn foreign(core: &str, tail: &str, next: &[&str]) -> Option<(String, usize)> {
    let sign = SIGNS.into_iter().find_map(|(sign, name, cents)| Some((core.strip_prefix(sign)?, name, cents)));
    let ((sum, tail), name, taken) = match (sign, next.first()) {
        (Some((sum, name, _)), _) => ((sum, tail), name, 1),
        (None, Some(next)) if tail.is_empty() => (next.split_at(bare(next).len()), code(core)?, 2),
        (None, Some(next)) if tail == "." && core == "Rs" => (next.split_at(bare(next).len()), "rupees", 2),
        _ => return None,
    };
    let number = amount(sum);
    if number.is_empty() {
        return None;
    }
    if let Some((scale, _)) = scale(&sum[number.len()..]) {
        return Some((format!("{number} {scale} {name}{tail}"), taken));
    }
    let word = next.get(taken - 1).copied().unwrap_or_default();
    let magnitude = bare(word);
    match scale(&format!(" {magnitude}")) {
        Some((scale, _)) if number.len() == sum.len() && tail.is_empty() => {
            Some((format!("{number} {scale} {name}{}", &word[magnitude.len()..]), taken + 1))
        }
        _ if number.len() != sum.len() => None,
        _ => Some((format!("{}{tail}", with_cents(number, name, sign.map(|(.., cents)| cents))), taken)),
    }
}

/// "5.50" as "5 Australian dollars and 50 cents".
fn with_cents(number: &str, name: &str, hundredths: Option<&str>) -> String {
    let one = match name {
        "reais" => "[real](/ɹAˈɑl/)",
        name => name.trim_end_matches('s'),
    };
    let named = |whole: &str| format!("{whole} {}", if whole == "1" { one } else { name });
    match (number.split_once('.'), hundredths) {
        (Some((whole, "00")), Some(_)) => named(whole),
        (Some((whole, cents)), Some(hundredths)) if cents.len() == 2 => {
            format!("{} and {} {hundredths}", named(whole), cents.trim_start_matches('0'))
        }
        _ => named(number),
    }
}

/// "99¢" to "99 cents", "a 5¢ coin" to "a 5 cent coin".
pub fn cents(core: &str, previous: &str, next: &str) -> Option<String> {
    let amount = core.strip_suffix('¢').filter(|amount| is_digits(amount))?;
    let one = amount == "1" || is_adjective(previous, next) || is_one_of(VALUED, bare(next));
    Some(format!("{amount} {}", if one { "cent" } else { "cents" }))
}

/// The name of a currency by its code after an amount: "50 EUR".
pub fn code_after(core: &str, previous: &str) -> Option<String> {
    let counted = previous.ends_with(|c: char| c.is_ascii_digit()) || scale(&format!(" {previous}")).is_some();
    let name = code(core).filter(|_| counted)?;
    Some(if previous == "1" { name.trim_end_matches('s') } else { name }.to_owned())
}

/// The name of a currency by its code.
fn code(code: &str) -> Option<&'static str> {
    Some(match code {
        "USD" => "U S dollars",
        "EUR" => "euros",
        "GBP" => "pounds",
        "JPY" => "yen",
        "CHF" => "Swiss francs",
        "CAD" => "Canadian dollars",
        "AUD" => "Australian dollars",
        "NZD" => "New Zealand dollars",
        "INR" | "Rs" => "rupees",
        "BRL" => "reais",
        "CNY" => "yuan",
        "DKK" => "Danish kroner",
        "HKD" => "Hong Kong dollars",
        "ILS" => "shekels",
        "KRW" => "won",
        "MXN" => "Mexican pesos",
        "NOK" => "Norwegian kroner",
        "PLN" => "zloty",
        "RUB" => "[rubles](/ɹˈubᵊlz/)",
        "SEK" => "Swedish kronor",
        "SGD" => "Singapore dollars",
        "THB" => "baht",
        "ZAR" => "rand",
        _ => return None,
    })
}

/// "$5–$10" and "£3-5" to "5 to $10" and "3 to £5".
pub fn range(core: &str) -> Option<String> {
    let sign = core.chars().next().filter(|c| symbols::CURRENCIES.contains(*c))?;
    let (from, to) = core.split_once(['–', '-'])?;
    let to = to.strip_prefix(sign).unwrap_or(to);
    let low = &from[sign.len_utf8()..];
    // Cents and magnitudes are said with the currency: "$5.50 to $7.25".
    let from = if is_digits(&low.replace(',', "")) { low } else { from };
    (!amount(low).is_empty() && !amount(to).is_empty()).then(|| format!("{from} to {sign}{to}"))
}

/// Whether an amount has decimals that are no cents, which are two.
fn is_decimal(amount: &str) -> bool {
    amount.split_once('.').is_some_and(|(_, decimals)| is_digits(decimals) && decimals.len() != 2)
}

fn currency(symbol: char) -> Option<&'static str> {
    symbols::CURRENCIES.contains(symbol).then(|| symbols::symbol(symbol)).flatten()
}

/// Parses " million", "-million", "M" and the like at the start of `text`. Returns the word and the length in bytes.
fn scale(text: &str) -> Option<(&'static str, usize)> {
    const SCALES: [(&str, &str); 16] = [
        (" hundred", "hundred"),
        (" thousand", "thousand"),
        (" million", "million"),
        (" billion", "billion"),
        (" trillion", "trillion"),
        ("bn", "billion"),
        ("k", "thousand"),
        ("K", "thousand"),
        ("m", "million"),
        ("M", "million"),
        ("b", "billion"),
        ("B", "billion"),
        ("tn", "trillion"),
        ("trn", "trillion"),
        ("t", "trillion"),
        ("T", "trillion"),
    ];
    // Headlines write "Million".
    // "$5-million"
    let found = |key: &str| match key.strip_prefix(' ') {
        Some(key) => text
            .strip_prefix([' ', '-'])
            .and_then(|word| word.get(..key.len()))
            .is_some_and(|start| start.eq_ignore_ascii_case(key)),
        None => text.starts_with(key),
    };
    let (key, word) = SCALES.iter().find(|(key, _)| found(key))?;
    (!text[key.len()..].starts_with(char::is_alphanumeric)).then_some((*word, key.len()))
}

/// The number at the start of `text`, with commas and decimal point.
fn amount(text: &str) -> &str {
    if text.starts_with(|c: char| c.is_ascii_digit()) { &text[..number_length(text)] } else { "" }
}
