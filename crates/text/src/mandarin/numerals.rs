//! Numbers in Chinese characters.

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// The most digits of one number; longer ones are read digit by digit. 万亿 is 10^12.
const MAX_DIGITS: usize = 16;

/// A number digit by digit.
pub fn digits(text: &str) -> String {
    text.chars().filter_map(|digit| DIGITS.get(digit.to_digit(10)? as usize)).collect()
}

/// A telephone number: digit by digit, with 1 as yāo.
pub fn telephone(text: &str) -> String {
    digits(text).replace('一', "幺")
}

/// A number with an optional decimal point and thousands separators, which may be spaces.
pub fn number(text: &str) -> String {
    let plain = text.replace(|c: char| c == ',' || c.is_whitespace(), "");
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let code = whole.len() > 1 && whole.starts_with('0') || whole.len() > MAX_DIGITS;
    let mut spoken = match whole.parse() {
        Ok(whole) if !code => cardinal(whole),
        _ => digits(whole),
    };
    if !decimals.is_empty() {
        spoken.push('点');
        spoken += &digits(decimals);
    }
    spoken
}

/// A cardinal number: 105000 is 十万五千.
pub fn cardinal(number: u64) -> String {
    let spoken = with_leading_one(number);
    // 12 is 十二, but 112 一百一十二.
    spoken.strip_prefix("一十").map_or_else(|| spoken.clone(), |rest| format!("十{rest}"))
}

/// A cardinal number that keeps the 一 of 一十.
fn with_leading_one(number: u64) -> String {
    const UNITS: [(u64, char); 5] = [(100_000_000, '亿'), (10_000, '万'), (1000, '千'), (100, '百'), (10, '十')];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| number >= *unit) else {
        return DIGITS[number as usize].to_string();
    };
    let (count, rest) = (number / unit, number % unit);
    // The count of 万 and 亿 is a number of its own: 十二万, not 一十二万.
    let count = if unit >= 10_000 { cardinal(count) } else { with_leading_one(count) };
    match rest {
        0 => format!("{count}{name}"),
        rest if rest < unit / 10 => format!("{count}{name}零{}", with_leading_one(rest)),
        rest => format!("{count}{name}{}", with_leading_one(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_cn2an() {
        for (written, spoken) in [
            ("0", "零"),
            ("10", "十"),
            ("12", "十二"),
            ("20", "二十"),
            ("105", "一百零五"),
            ("110", "一百一十"),
            ("1,234", "一千二百三十四"),
            ("10010", "一万零一十"),
            ("105000", "十万五千"),
            ("120000", "十二万"),
            ("10000001", "一千万零一"),
            ("100000000", "一亿"),
            ("1000000000000", "一万亿"),
            ("0.05", "零点零五"),
            ("99.50", "九十九点五零"),
            ("007", "零零七"),
            ("12345678901234567", "一二三四五六七八九零一二三四五六七"),
        ] {
            assert_eq!(number(written), spoken, "{written}");
        }
        assert_eq!(telephone("10086"), "幺零零八六");
    }
}
