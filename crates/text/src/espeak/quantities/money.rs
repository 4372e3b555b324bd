//! Amounts of money, with their sign before or after them.

use super::{Words, is_end, unspaced};
use crate::espeak::counting::{counted, of, scaled};

/// The signs of [`Words::currencies`].
const SIGNS: [&str; 10] = ["€", "$", "£", "R$", "₹", "¥", "A$", "C$", "HK$", "NZ$"];

impl Words {
    /// "R$ 25,90", "$5 millones", "€5-10"
    pub fn money_after_sign(&self, text: &str) -> Option<(String, usize)> {
        let (sign, text) = match text.strip_prefix("US") {
            Some(dollars) if dollars.starts_with('$') => ("US$", text),
            _ => (SIGNS.into_iter().find(|sign| text.starts_with(sign))?, text),
        };
        let amount = text[sign.len()..].trim_start_matches([' ', '\u{a0}']);
        let (whole, decimals, length) = self.amount(amount)?;
        if let Some((spoken, end)) = self.scaled_money(&whole, &decimals, &amount[length..], sign) {
            return Some((spoken, text.len() - amount.len() + length + end));
        }
        let joint = amount[length..].strip_prefix(['-', '–']);
        let second = joint.map(|rest| rest.strip_prefix(sign).unwrap_or(rest));
        if let Some((more, cents, end)) = second.and_then(|second| self.amount(second)) {
            let after = &second?[end..];
            let price = self.price(&more, &cents, sign)?;
            if is_end(after) && decimals.is_empty() {
                return Some((format!("{whole} {} {price}", self.to.0), text.len() - after.len()));
            }
        }
        Some((self.price(&whole, &decimals, sign)?, text.len() - amount.len() + length))
    }

    /// "1.234,56 €", "5 M€"
    pub fn money(&self, text: &str) -> Option<(String, usize)> {
        const AFTER: [&str; 7] = ["€", "£", "₹", "¥", "$", "EUR", "USD"];
        let (whole, decimals, length) = self.amount(text)?;
        let sign = |rest: &str| AFTER.into_iter().find(|sign| rest.starts_with(sign) && is_end(&rest[sign.len()..]));
        let rest = unspaced(&text[length..]);
        if let Some(sign) = sign(rest) {
            return Some((self.price(&whole, &decimals, sign)?, text.len() - rest.len() + sign.len()));
        }
        let scale = scaled("", rest, true, self.language)?;
        let after = unspaced(&rest[scale.length..]);
        let sign = sign(after)?;
        let (spoken, _) = self.scaled_money(&whole, &decimals, rest, sign)?;
        Some((spoken, text.len() - after.len() + sign.len()))
    }

    /// An amount with the scale at the start of `rest`, and the currency that follows it in words.
    fn scaled_money(&self, whole: &str, decimals: &str, rest: &str, sign: &str) -> Option<(String, usize)> {
        let number =
            if decimals.is_empty() { whole.to_owned() } else { format!("{whole} {} {decimals}", self.decimal) };
        let scaled = scaled(&number, unspaced(rest), true, self.language)?;
        let (_, many) = self.currency(sign)?;
        let name = if scaled.of { of(many, self.language) } else { (*many).to_owned() };
        let after = &unspaced(rest)[scaled.length..];
        let after = unspaced(after).strip_prefix(&name).filter(|after| is_end(after)).unwrap_or(after);
        Some((format!("{} {name}", scaled.spoken), rest.len() - after.len()))
    }

    fn currency(&self, sign: &str) -> Option<&(&'static str, &'static str)> {
        let sign = match sign {
            "US$" | "USD" => "$",
            "EUR" => "€",
            sign => sign,
        };
        self.currencies.get(SIGNS.iter().position(|known| *known == sign)?)
    }

    fn price(&self, whole: &str, decimals: &str, sign: &str) -> Option<String> {
        let (one, many) = self.currency(sign)?;
        let price = || counted(whole, if whole == "1" { one } else { many }, self.language);
        Some(match decimals.len() {
            0 => price(),
            2 if decimals == "00" => price(),
            2 => [price().as_str(), self.cents, decimals.trim_start_matches('0')]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            _ => format!("{whole} {} {decimals} {many}", self.decimal),
        })
    }
}
