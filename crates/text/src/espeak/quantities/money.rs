//! Amounts of money, with their sign or code before or after them.

use super::{SPACED_DASHES, Words, digits, is_end, unspaced};
use crate::espeak::counting::{counted, of, scaled};
use crate::espeak::words;
use crate::language::Language;

/// A currency: its signs and codes, and one and many of it in the order of [`words::ORDER`].
type Currency = (&'static str, [(&'static str, &'static str); 5]);

#[rustfmt::skip]
const CURRENCIES: [Currency; 13] = [
    ("€ EUR", [("euro", "euros"), ("euro", "euros"), ("euro", "euro"), ("euro", "euros"), ("यूरो", "यूरो")]),
    ("$ US$ USD", [("dólar", "dólares"), ("dollar", "dollars"), ("dollaro", "dollari"), ("dólar", "dólares"), ("डॉलर", "डॉलर")]),
    ("£ GBP", [("libra", "libras"), ("livre", "livres"), ("sterlina", "sterline"), ("libra", "libras"), ("पाउंड", "पाउंड")]),
    ("R$ BRL", [("real", "reales"), ("réal", "réaux"), ("real", "real"), ("real", "reais"), ("रियाल", "रियाल")]),
    ("₹ INR Rs. Rs", [("rupia", "rupias"), ("roupie", "roupies"), ("rupia", "rupie"), ("rúpia", "rúpias"), ("रुपया", "रुपये")]),
    ("¥ ￥ JPY", [("yen", "yenes"), ("yen", "yens"), ("yen", "yen"), ("iene", "ienes"), ("येन", "येन")]),
    ("A$ AUD", [("dólar australiano", "dólares australianos"), ("dollar australien", "dollars australiens"), ("dollaro australiano", "dollari australiani"),
        ("dólar australiano", "dólares australianos"), ("ऑस्ट्रेलियाई डॉलर", "ऑस्ट्रेलियाई डॉलर")]),
    ("C$ CAD", [("dólar canadiense", "dólares canadienses"), ("dollar canadien", "dollars canadiens"), ("dollaro canadese", "dollari canadesi"),
        ("dólar canadense", "dólares canadenses"), ("कनाडाई डॉलर", "कनाडाई डॉलर")]),
    ("HK$ HKD", [("dólar de Hong Kong", "dólares de Hong Kong"), ("dollar de Hong Kong", "dollars de Hong Kong"), ("dollaro di Hong Kong", "dollari di Hong Kong"),
        ("dólar de Hong Kong", "dólares de Hong Kong"), ("हॉन्ग कॉन्ग डॉलर", "हॉन्ग कॉन्ग डॉलर")]),
    ("NZ$ NZD", [("dólar neozelandés", "dólares neozelandeses"), ("dollar néo-zélandais", "dollars néo-zélandais"), ("dollaro neozelandese", "dollari neozelandesi"),
        ("dólar neozelandês", "dólares neozelandeses"), ("न्यूज़ीलैंड डॉलर", "न्यूज़ीलैंड डॉलर")]),
    ("₩ KRW", [("won", "wones"), ("won", "wons"), ("won", "won"), ("won", "wons"), ("वॉन", "वॉन")]),
    ("₽ RUB", [("rublo", "rublos"), ("rouble", "roubles"), ("rublo", "rubli"), ("rublo", "rublos"), ("रूबल", "रूबल")]),
    ("CHF", [("franco suizo", "francos suizos"), ("franc suisse", "francs suisses"), ("franco svizzero", "franchi svizzeri"),
        ("franco suíço", "francos suíços"), ("स्विस फ़्रैंक", "स्विस फ़्रैंक")]),
];

/// The sign or code of a currency at the start of a text, and one and many of the currency.
struct Sign {
    length: usize,
    one: &'static str,
    many: &'static str,
}

impl Words {
    /// A sign or code at the start of `text`: the longest, "R$" rather than "$".
    fn currency(&self, text: &str) -> Option<Sign> {
        let column = words::column(self.language)?;
        let signs = CURRENCIES.iter().flat_map(|(signs, names)| signs.split(' ').map(move |sign| (sign, names)));
        let (sign, names) = signs.filter(|(sign, _)| text.starts_with(sign)).max_by_key(|(sign, _)| sign.len())?;
        let (one, many) = names[column];
        Some(Sign { length: sign.len(), one, many })
    }

    /// "R$ 25,90", "$5 millones", "€5-10", "₹10 - ₹20", "USD 50"
    pub fn money_after_sign(&self, text: &str) -> Option<(String, usize)> {
        let sign = self.currency(text)?;
        let amount = text[sign.length..].trim_start_matches([' ', '\u{a0}']);
        let (whole, decimals, length) = self.american(amount, &text[..sign.length]).or_else(|| self.amount(amount))?;
        // Codes are words elsewhere: "CAD 3D", "AUTO CAD 2024", "INR 2,5".
        let code = &text[..sign.length];
        let is_code = code.bytes().all(|c| c.is_ascii_alphabetic());
        let certain = decimals.len() == 2 || length > whole.len() && decimals.is_empty();
        if ["CAD", "INR"].contains(&code) && !certain {
            return None;
        }
        if let Some((spoken, end)) = self.scaled_money(&whole, &decimals, &amount[length..], &sign) {
            return Some((spoken, text.len() - amount.len() + length + end));
        }
        if is_code && !is_end(&amount[length..]) {
            return None;
        }
        let spaced = || SPACED_DASHES.iter().find_map(|joint| amount[length..].strip_prefix(*joint));
        let joint = amount[length..].strip_prefix(['-', '–']).or_else(spaced);
        let second = joint.map(|rest| unspaced(rest.strip_prefix(&text[..sign.length]).unwrap_or(rest)));
        if let Some((more, cents, end)) = second.and_then(|second| self.amount(second)) {
            let after = &second?[end..];
            let ascends = whole.parse::<u64>().ok() < more.parse().ok();
            let goes_on =
                after.strip_prefix([':', '/', '.', ',', '-', '–']).is_some_and(|rest| !digits(rest).is_empty());
            if is_end(after) && decimals.is_empty() && ascends && !goes_on {
                let price = self.price(&more, &cents, &sign);
                return Some((format!("{whole} {} {price}", self.to.0), text.len() - after.len()));
            }
        }
        Some((self.price(&whole, &decimals, &sign), text.len() - amount.len() + length))
    }

    /// "1.234,56 €", "5 M€"
    pub fn money(&self, text: &str) -> Option<(String, usize)> {
        let (whole, decimals, length) = self.amount(text)?;
        let sign = |rest: &str| self.currency(rest).filter(|sign| is_end(&rest[sign.length..]));
        let rest = unspaced(&text[length..]);
        if let Some(sign) = sign(rest) {
            return Some((self.price(&whole, &decimals, &sign), text.len() - rest.len() + sign.length));
        }
        let scale = scaled("", rest, true, self.language)?;
        let after = unspaced(&rest[scale.length..]);
        let sign = sign(after)?;
        let (spoken, _) = self.scaled_money(&whole, &decimals, rest, &sign)?;
        Some((spoken, text.len() - after.len() + sign.length))
    }

    /// An amount with the scale at the start of `rest`, and the currency that follows it in words.
    fn scaled_money(&self, whole: &str, decimals: &str, rest: &str, sign: &Sign) -> Option<(String, usize)> {
        let number =
            if decimals.is_empty() { whole.to_owned() } else { format!("{whole} {} {decimals}", self.decimal) };
        let scaled = scaled(&number, unspaced(rest), true, self.language)?;
        let name = if scaled.of { of(sign.many, self.language) } else { sign.many.to_owned() };
        let after = &unspaced(rest)[scaled.length..];
        let after = unspaced(after).strip_prefix(&name).filter(|after| is_end(after)).unwrap_or(after);
        Some((format!("{} {name}", scaled.spoken), rest.len() - after.len()))
    }

    /// "1,250.50" in the form of Mexico and the United States, which in an amount of money can be nothing else.
    fn american(&self, text: &str, sign: &str) -> Option<(String, String, usize)> {
        if !matches!(self.language, Language::Spanish | Language::Portuguese) {
            return None;
        }
        let first = digits(text);
        let (mut whole, mut length) = (first.to_owned(), first.len());
        while let Some(group) =
            text[length..].strip_prefix(',').map(digits).filter(|group| group.len() == 3 && whole.len() < 12)
        {
            whole += group;
            length += 4;
        }
        let decimals = text[length..].strip_prefix('.').map_or("", digits);
        // "R$ 5,899" is the price of a litre.
        let thousands = self.language == Language::Spanish && sign.ends_with('$') && sign != "R$";
        let ends = length + if decimals.is_empty() { 0 } else { 1 + decimals.len() };
        let known = (1..=3).contains(&first.len())
            && length > first.len()
            && (decimals.len() == 2 || decimals.is_empty() && thousands);
        let more = text[ends..].starts_with([',', '.']) && text[ends + 1..].starts_with(|c: char| c.is_ascii_digit());
        (known && !more && !first.starts_with('0')).then(|| (whole, decimals.to_owned(), ends))
    }

    fn price(&self, whole: &str, decimals: &str, sign: &Sign) -> String {
        let price = || counted(whole, if whole == "1" { sign.one } else { sign.many }, self.language);
        match decimals.len() {
            0 => price(),
            2 if decimals == "00" => price(),
            2 => [price().as_str(), self.cents, decimals.trim_start_matches('0')]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            _ => format!("{whole} {} {decimals} {}", self.decimal, sign.many),
        }
    }
}
