//! Numbers with their context, in Chinese characters: dates, times, amounts of money, ranges, fractions, units.
//!
//! Each function parses one form at the start of a text and returns the Chinese characters and the length in bytes.

use super::numerals::{cardinal, digits, number, telephone};
use super::pieces::is_han;

/// A number at the start of `text`, in any form, after the text `before`.
pub fn quantity(text: &str, before: &str) -> Option<(String, usize)> {
    if before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let plain = telephone_number(text).or_else(|| date(text)).or_else(|| clock(text)).or_else(|| money(text));
    plain.or_else(|| range(text)).or_else(|| signed(text, before))
}

/// The signs between the ends of a range.
const JOINTS: [char; 5] = ['-', '~', '～', '–', '—'];

/// The digits at the start of `text`.
fn leading_digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

/// A number with separators and decimal point: "1,234.5".
fn amount(text: &str) -> Option<&str> {
    let whole = leading_digits(text);
    if whole.is_empty() {
        return None;
    }
    let mut end = whole.len();
    while let Some(group) =
        text[end..].strip_prefix(',').map(leading_digits).filter(|group| group.len() == 3 && whole.len() <= 3)
    {
        end += 1 + group.len();
    }
    if let Some(decimals) = text[end..].strip_prefix('.').map(leading_digits).filter(|decimals| !decimals.is_empty()) {
        let length = 1 + decimals.len();
        // "1.2.3" is a version.
        if !text[end + length..].strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            end += length;
        }
    }
    Some(&text[..end])
}

/// Mobile numbers of eleven digits, and groups of digits joined by hyphens.
fn telephone_number(text: &str) -> Option<(String, usize)> {
    let (plus, body) = match text.strip_prefix('+') {
        Some(body) => (1, body),
        None => (0, text),
    };
    let end = body.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(body.len());
    let body = body[..end].trim_end_matches('-');
    let groups: Vec<&str> = body.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let mobile = |group: &str| group.len() == 11 && group.starts_with('1');
    let known = match lengths.as_slice() {
        [11] => mobile(body),
        [3 | 4, 7 | 8] | [3, 3 | 4, 4] => true,
        [2, 11] => mobile(groups[1]),
        _ => false,
    };
    let spoken = groups.iter().map(|group| telephone(group)).collect::<String>();
    known.then(|| (if plus == 1 { format!("加{spoken}") } else { spoken }, plus + body.len()))
}

/// "2024-06-30", "2024/6/30", "2024年6月".
fn date(text: &str) -> Option<(String, usize)> {
    let year = leading_digits(text);
    let rest = &text[year.len()..];
    if rest.starts_with('年') {
        // "24年6月" is a year, "10年" is ten years.
        let month = leading_digits(&rest['年'.len_utf8()..]);
        let named = rest['年'.len_utf8() + month.len()..].starts_with('月') && !month.is_empty();
        return (year.len() == 4 || year.len() == 2 && named).then(|| (digits(year), year.len()));
    }
    let separator = rest.chars().next().filter(|c| "-/.".contains(*c))?;
    let month = leading_digits(&rest[1..]);
    let day = leading_digits(rest[1 + month.len()..].strip_prefix(separator)?);
    let length = year.len() + month.len() + day.len() + 2;
    let whole = !text[length..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    let valid = year.len() == 4 && (1..=12).contains(&month) && (1..=31).contains(&day) && whole;
    valid.then(|| (format!("{}年{}月{}日", digits(year), cardinal(month), cardinal(day)), length))
}

/// "8:30" to 八点三十分, "9:00-18:00" to 九点到十八点. A colon between other numbers is a ratio, 比.
fn clock(text: &str) -> Option<(String, usize)> {
    let (first, length, is_time) = clock_or_ratio(text)?;
    let joint = text[length..].strip_prefix(JOINTS).filter(|_| is_time);
    Some(match joint.and_then(|rest| Some((rest, clock_or_ratio(rest)?))) {
        Some((rest, (second, end, true))) => (format!("{first}到{second}"), text.len() - rest.len() + end),
        _ => (first, length),
    })
}

/// A time or a ratio, its length in bytes, and whether it is a time.
fn clock_or_ratio(text: &str) -> Option<(String, usize, bool)> {
    let hours = leading_digits(text);
    let rest = &text[hours.len()..];
    let colon = rest.chars().next().filter(|c| ":：".contains(*c))?.len_utf8();
    let minutes = leading_digits(&rest[colon..]);
    let mut length = hours.len() + colon + minutes.len();
    let (hour, minute): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours.len() > 2 || minutes.len() != 2 || hour > 24 || minute > 59 {
        return Some((format!("{}比{}", number(hours), number(minutes)), length, false));
    }
    let mut spoken = match minute {
        0 => format!("{}点", counted(hour)),
        1..=9 => format!("{}点零{}分", counted(hour), cardinal(minute)),
        _ => format!("{}点{}分", counted(hour), cardinal(minute)),
    };
    let seconds = text[length..].strip_prefix(':').map_or("", leading_digits);
    if let (2, Ok(second)) = (seconds.len(), seconds.parse()) {
        length += 3;
        let zero = if minute == 0 { "零分" } else { "" };
        spoken += &format!("{zero}{}秒", cardinal(second));
    }
    Some((spoken, length, true))
}

/// A count, in which two is 两.
fn counted(count: u64) -> String {
    if count == 2 { "两".to_owned() } else { cardinal(count) }
}

/// "￥99.5" to 九十九点五元.
fn money(text: &str) -> Option<(String, usize)> {
    const CURRENCIES: [(&str, &str); 9] = [
        ("HK$", "港元"),
        ("US$", "美元"),
        ("￥", "元"),
        ("¥", "元"),
        ("$", "美元"),
        ("€", "欧元"),
        ("£", "英镑"),
        ("₩", "韩元"),
        ("₹", "卢比"),
    ];
    let (sign, currency) = CURRENCIES.into_iter().find(|(sign, _)| text.starts_with(sign))?;
    let sum = amount(&text[sign.len()..])?;
    let mut length = sign.len() + sum.len();
    let scale: String = text[length..].chars().take_while(|c| "百千万亿".contains(*c)).collect();
    length += scale.len();
    let plain = if sum.contains('.') { sum.trim_end_matches('0').trim_end_matches('.') } else { sum };
    // "￥5元" has the name of the currency already.
    let currency = if text[length..].starts_with(currency) { "" } else { currency };
    Some((format!("{}{scale}{currency}", number(plain)), length))
}

/// "3-5天", "10%~20%", "2019-2021年".
fn range(text: &str) -> Option<(String, usize)> {
    let (first, from) = measure(text, "")?;
    let rest = text[from..].strip_prefix(JOINTS)?;
    let (second, to) = measure(rest, "")?;
    let after = &rest[to..];
    // "1-2-3" is not a range.
    if after.starts_with(['-', '–']) {
        return None;
    }
    let length = text.len() - after.len();
    let (a, b) = (leading_digits(text), leading_digits(rest));
    let plain = a.len() == from && b.len() == to;
    let is_year = |year: &str| year.len() == 4 && (year.starts_with("19") || year.starts_with("20"));
    if plain && is_year(a) && is_year(b) && a < b && (after.starts_with('年') || !after.starts_with(is_han)) {
        return Some((format!("{}到{}", digits(a), digits(b)), length));
    }
    let first = if a == "2" && a.len() == from && is_counted(after) { "两" } else { &first };
    Some((format!("{first}到{second}"), length))
}

/// A number with an optional minus sign, and its fraction or unit.
fn signed(text: &str, before: &str) -> Option<(String, usize)> {
    let minus = text.chars().next().filter(|c| "-−－".contains(*c)).map(char::len_utf8);
    let Some(length) = minus else { return measure(text, before) };
    let (spoken, more) = date(&text[length..]).or_else(|| measure(&text[length..], before))?;
    let temperature = spoken.ends_with("摄氏度") || spoken.ends_with("华氏度");
    let sign = match before.chars().next_back().filter(|c| c.is_alphanumeric()) {
        _ if temperature => "零下",
        // 3天-5天
        Some(_) if ends_with_quantity(before) => "到",
        Some(_) if spoken.starts_with("百分之") => "负",
        // 利润-5亿, but 方案-2
        Some(noun) if is_amount(&text[length..][..more], &text[length + more..]) && !NUMBERED.contains(noun) => "负",
        Some(_) => return None,
        None => "负",
    };
    Some((format!("{sign}{spoken}"), length + more))
}

/// The last characters of words that a number after a hyphen belongs to, as 编号-5.
const NUMBERED: &str = "号码型章节图表卷级版第栋座楼室";

/// Whether a number and what follows it are an amount, which may be negative.
fn is_amount(number: &str, after: &str) -> bool {
    number.contains('.')
        || number.contains(char::is_alphabetic)
        || after.starts_with(|c| "万亿元角块美欧英港日度人个".contains(c))
}

/// Whether a text ends with a number and its measure word, of at most two characters.
fn ends_with_quantity(before: &str) -> bool {
    let is_number = |c: char| c.is_ascii_digit() || "〇零一二两三四五六七八九十百千万亿".contains(c);
    let head = before.trim_end_matches(|c: char| is_han(c) && !is_number(c));
    head.ends_with(is_number) && before[head.len()..].chars().count() <= 2
}

/// A number without a sign, and its fraction or unit.
fn measure(text: &str, before: &str) -> Option<(String, usize)> {
    let value = amount(text)?;
    let rest = &text[value.len()..];
    // "1.2.3", a version or an address.
    if let Some(version) = version(text) {
        return Some((version.split('.').map(number).collect::<Vec<_>>().join("点"), version.len()));
    }
    if let Some(below) =
        rest.strip_prefix('/').map(leading_digits).filter(|below| !below.is_empty() && !value.contains('.'))
    {
        if (value, below) == ("24", "7") {
            return Some(("二十四七".to_owned(), value.len() + 1 + below.len()));
        }
        return Some((format!("{}分之{}", number(below), number(value)), value.len() + 1 + below.len()));
    }
    for (sign, name) in [("%", "百分之"), ("％", "百分之"), ("‰", "千分之")] {
        if rest.starts_with(sign) {
            return Some((format!("{name}{}", number(value)), value.len() + sign.len()));
        }
    }
    if let Some((unit, name)) = unit(rest) {
        let count = if value == "2" { "两".to_owned() } else { number(value) };
        return Some((format!("{count}{name}"), value.len() + unit));
    }
    // "16GB" is 十六 and the letters.
    let letters = rest.trim_start_matches(' ');
    if LATIN_UNITS.iter().any(|unit| {
        letters.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    }) {
        return Some((if value == "2" { "两".to_owned() } else { number(value) }, value.len()));
    }
    // A word such as "3D".
    if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let is_count = value == "2" && !before.trim_end().ends_with('第') && is_counted(rest.trim_start());
    Some((if is_count { "两".to_owned() } else { number(value) }, value.len()))
}

/// Whether 2 before this text is 两.
fn is_counted(text: &str) -> bool {
    let starts = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    (text.starts_with(|c| MEASURES.contains(c)) || starts(&LONG_MEASURES)) && !starts(&ORDINALS)
}

/// Measure words before which 2 is 两.
const MEASURES: &str = "个只条张本次位件块杯瓶辆台家所种名倍岁天周年千万亿米斤克吨升部把架艘棵朵匹头对双套份封首座栋间排群支根颗粒滴片篇句场户碗盘箱袋包盒桶罐届人点秒元度口页集步笔";
/// Measure words of several characters, whose first is not one.
const LONG_MEASURES: [&str; 13] =
    ["小时", "分钟", "刻钟", "公里", "公斤", "平方", "厘米", "毫米", "毫升", "英里", "美元", "欧元", "英镑"];
/// Words that begin as a measure word, before which 2 is 二.
const ORDINALS: [&str; 4] = ["年级", "年代", "次方", "个位"];
/// Units that are read letter by letter.
const LATIN_UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];

/// A version or an address with at least two dots, such as "1.2.3".
fn version(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let version = text[..end].trim_end_matches('.');
    (version.matches('.').count() > 1 && !version.contains("..")).then_some(version)
}

/// A unit at the start of `text`: its length in bytes and its name.
fn unit(text: &str) -> Option<(usize, &'static str)> {
    const UNITS: [(&str, &str); 35] = [
        ("km/h", "公里每小时"),
        ("km²", "平方公里"),
        ("m/s", "米每秒"),
        ("m²", "平方米"),
        ("m³", "立方米"),
        ("km", "公里"),
        ("cm", "厘米"),
        ("mm", "毫米"),
        ("kg", "千克"),
        ("mg", "毫克"),
        ("ml", "毫升"),
        ("mL", "毫升"),
        ("kW", "千瓦"),
        ("Hz", "赫兹"),
        ("kHz", "千赫"),
        ("MHz", "兆赫"),
        ("GHz", "吉赫"),
        ("℃", "摄氏度"),
        ("°C", "摄氏度"),
        ("℉", "华氏度"),
        ("°F", "华氏度"),
        ("㎡", "平方米"),
        ("mAh", "毫安时"),
        ("kWh", "千瓦时"),
        ("min", "分钟"),
        ("dB", "分贝"),
        ("nm", "纳米"),
        ("ha", "公顷"),
        ("W", "瓦"),
        ("V", "伏"),
        ("m", "米"),
        ("g", "克"),
        ("L", "升"),
        ("h", "小时"),
        ("s", "秒"),
    ];
    let spaces = text.len() - text.trim_start_matches(' ').len();
    let rest = &text[spaces..];
    let ends = |unit: &str| !rest[unit.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let found = UNITS.into_iter().find(|(unit, _)| rest.starts_with(unit) && ends(unit));
    found.map(|(unit, name)| (spaces + unit.len(), name))
}
