//! Numbers with their context, in Chinese characters: dates, times, amounts of money, ranges, fractions, units.
//!
//! Each function parses one form at the start of a text and returns the Chinese characters and the length in bytes.

use super::clock::{clock, date, years};
use super::codes::named;
use super::numerals::{cardinal, digits, number, telephone};
use super::pieces::is_han;
use super::units::{LATIN_UNITS, count, currency, is_counted, unit};
use crate::written::numbers::{self, exponent, is_sum};

/// A number at the start of `text`, in any form, after the text `before`.
pub fn quantity(text: &str, before: &str) -> Option<(String, usize)> {
    if let Some(minus) = minus(text, before) {
        return Some(("减".to_owned(), minus));
    }
    if before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    if let Some((fraction, length)) = fraction_sign(text) {
        return Some((fraction, length));
    }
    let plain = mail(text)
        .or_else(|| telephone_number(text))
        .or_else(|| named(text, before))
        .or_else(|| years(text, before))
        .or_else(|| date(text))
        .or_else(|| clock(text))
        .or_else(|| money(text));
    plain.or_else(|| score(text, before)).or_else(|| range(text)).or_else(|| signed(text, before))
}

/// The length of a minus between the numbers of a sum: "7 - 4 = 3".
fn minus(text: &str, before: &str) -> Option<usize> {
    let sign = text.chars().next().filter(|c| "-−－".contains(*c))?;
    let after = &text[sign.len_utf8()..];
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let between = digit(before.trim_end().chars().next_back()) && digit(after.trim_start().chars().next());
    (between && is_sum(before, after)).then_some(sign.len_utf8())
}

/// A fraction of one character, and its length in bytes.
fn fraction_sign(text: &str) -> Option<(String, usize)> {
    let sign = text.chars().next()?;
    let (above, below) = numbers::fraction(sign)?;
    Some((format!("{}分之{}", cardinal(below.into()), cardinal(above.into())), sign.len_utf8()))
}

/// The digits before an address of mail, 10086@qq.com, one by one.
fn mail(text: &str) -> Option<(String, usize)> {
    let name = leading_digits(text);
    let host = text[name.len()..].strip_prefix('@').filter(|_| !name.is_empty())?;
    host.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| (telephone(name), name.len()))
}

pub fn is_year(digits: &str) -> bool {
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

/// The signs between the ends of a range.
pub const JOINTS: [char; 5] = ['-', '~', '～', '–', '—'];

/// The digits at the start of `text`.
pub fn leading_digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

/// A number with separators and decimal point: "1,234.5", "10 000".
fn amount(text: &str) -> Option<&str> {
    let whole = leading_digits(text);
    if whole.is_empty() {
        return None;
    }
    let mut end = numbers::grouped_by_spaces(text).map_or(whole.len(), |(_, length)| length);
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

/// The bytes of the longest telephone number.
const LONGEST_TELEPHONE: usize = 24;

/// Mobile numbers of eleven digits, groups of digits joined by hyphens, and those with the code of the city in brackets.
fn telephone_number(text: &str) -> Option<(String, usize)> {
    if let Some(inner) = text.strip_prefix(['(', '（']) {
        let code = leading_digits(inner);
        let number = inner[code.len()..].strip_prefix([')', '）'])?.trim_start_matches(' ');
        let written = &number[..number.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(number.len())];
        let digits = written.replace('-', "");
        let known = code.starts_with('0') && matches!(code.len(), 3 | 4) && matches!(digits.len(), 7 | 8);
        return known.then(|| (telephone(code) + &telephone(&digits), text.len() - number.len() + written.len()));
    }
    let plus = usize::from(text.starts_with('+'));
    let body = &text[plus..];
    let end = body.bytes().take(LONGEST_TELEPHONE).take_while(|c| c.is_ascii_digit() || b"- ".contains(c)).count();
    let (body, after) = body.split_at(end);
    if after.starts_with(|c: char| c.is_ascii_digit() || c == '-') && !body.ends_with(' ') {
        return None;
    }
    // "+86 138 1234 5678"
    if plus == 1 {
        let written = body.trim_end_matches(['-', ' ']);
        let digits = written.replace(['-', ' '], "");
        let known = digits.len() < written.len() && (8..=15).contains(&digits.len());
        return known.then(|| (format!("加{}", telephone(&digits)), 1 + written.len()));
    }
    // Groups stand apart by spaces where no numbers can be meant: "138 1234 5678", "400 123 4567", "021-5555 1234".
    let groups: Vec<&str> = body.split([' ', '-']).take(3).collect();
    let whole = match groups[..] {
        [first, second, third] => match (first.len(), second.len(), third.len()) {
            (3, 4, 4) => first.starts_with(['0', '1']),
            (4, 4, 4) | (4, 3, 4) => first.starts_with('0'),
            (3, 3, 4) | (3, 4, 3) => ["400", "800"].contains(&first),
            _ => false,
        },
        _ => false,
    };
    let joined = groups.iter().map(|group| group.len() + 1).sum::<usize>() - 1;
    let body = if whole { &body[..joined] } else { body.split(' ').next().unwrap_or_default().trim_end_matches('-') };
    let groups: Vec<&str> = body.split(['-', ' ']).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let mobile = |group: &str| group.len() == 11 && group.starts_with('1');
    let known = match lengths.as_slice() {
        [11] => mobile(body),
        [3 | 4, 7 | 8] | [3, 3 | 4, 4] => true,
        [4, 3 | 4, 4] => body.starts_with('0'),
        [2, 11] => mobile(groups[1]),
        _ => false,
    };
    known.then(|| (groups.iter().map(|group| telephone(group)).collect(), body.len()))
}

/// "￥99.5" to 九十九点五元.
fn money(text: &str) -> Option<(String, usize)> {
    let (sign, currency) = currency(text)?;
    let after = text[sign..].trim_start_matches(' ');
    let sum = amount(after)?;
    let mut length = text.len() - after.len() + sum.len();
    let scale: String = text[length..].chars().take_while(|c| "百千万亿".contains(*c)).collect();
    length += scale.len();
    let plain = if sum.contains('.') { sum.trim_end_matches('0').trim_end_matches('.') } else { sum };
    // "¥5-10", but not "¥100-2人餐".
    let until = text[length..].strip_prefix(JOINTS).map(|until| until.strip_prefix(&text[..sign]).unwrap_or(until));
    let value = |number: &str| number.replace([',', ' '], "").parse::<f64>().ok();
    if let Some((until, most)) = until.and_then(|until| Some((until, amount(until)?)))
        && value(sum) < value(most)
        && goes_no_further(&until[most.len()..])
    {
        let rest = &until[most.len()..];
        let end = text.len() - rest.strip_prefix(currency).unwrap_or(rest).len();
        return Some((format!("{}{scale}到{}{currency}", number(plain), number(most)), end));
    }
    // "￥5元" has the name of the currency already.
    let currency = if text[length..].starts_with(currency) { "" } else { currency };
    Some((format!("{}{scale}{currency}", number(plain)), length))
}

/// Whether the second of two amounts ends before this text: no number goes on, and nothing is counted.
fn goes_no_further(after: &str) -> bool {
    let number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
        && !after.strip_prefix([':', '：', '/', '.', ',']).is_some_and(number)
        && (after.starts_with('元') || !is_counted(after))
}

/// "2-1" as a result, where the words around tell of one: "以2-1战胜".
fn score(text: &str, before: &str) -> Option<(String, usize)> {
    const AFTER: [&str; 18] = [
        "战胜", "击败", "大胜", "获胜", "取胜", "险胜", "完胜", "胜出", "力克", "逆转", "领先", "落败", "不敌", "战平",
        "负于", "淘汰", "横扫", "告负",
    ];
    const BEFORE: [&str; 4] = ["比分", "比分是", "比分为", "大比分"];
    let from = leading_digits(text);
    let rest = text[from.len()..].strip_prefix(['-', '–', '—'])?;
    let to = leading_digits(rest);
    let after = &rest[to.len()..];
    let short = |number: &str| (1..=2).contains(&number.len());
    let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || "-–.:".contains(c));
    let told = AFTER.iter().any(|word| after.trim_start().starts_with(word))
        || BEFORE.iter().any(|word| before.trim_end().ends_with(word));
    (short(from) && short(to) && ends && told)
        .then(|| (format!("{}比{}", number(from), number(to)), text.len() - after.len()))
}

/// "3-5天", "10%~20%", "2019-2021年".
fn range(text: &str) -> Option<(String, usize)> {
    let (first, from) = measure(text, "")?;
    let joined = text[from..].strip_prefix(JOINTS);
    let apart = || text[from..].strip_prefix(' ')?.strip_prefix(JOINTS)?.strip_prefix(' ');
    let rest = joined.or_else(apart)?;
    let (second, to) = measure(rest, "")?;
    let after = &rest[to..];
    let ascends = || leading_digits(text).parse::<u64>().ok() < leading_digits(rest).parse().ok();
    // Apart, results and the parts of titles are between names: "阿森纳 1 - 3 切尔西".
    let counts = || to > amount(rest).map_or(0, str::len) || is_counted(after.trim_start());
    if is_sum("", rest) || joined.is_none() && !(ascends() && counts()) {
        return None;
    }
    // "1-2-3" is not a range.
    if after.starts_with(['-', '–']) {
        return None;
    }
    let length = text.len() - after.len();
    let (a, b) = (leading_digits(text), leading_digits(rest));
    let plain = a.len() == from && b.len() == to;
    if plain
        && is_year(a)
        && is_year(b)
        && a < b
        && (["年", "学年", "财年", "赛季"].iter().any(|noun| after.starts_with(noun)) || !after.starts_with(is_han))
    {
        return Some((format!("{}到{}", digits(a), digits(b)), length));
    }
    // "5-10%"
    if a.len() == from
        && let Some(percent) = second.strip_prefix("百分之")
    {
        return Some((format!("百分之{first}到{percent}"), length));
    }
    let first = if a == "2" && a.len() == from && is_counted(after) { "两" } else { &first };
    Some((format!("{first}到{second}"), length))
}

/// A number with an optional minus sign, and its fraction or unit.
fn signed(text: &str, before: &str) -> Option<(String, usize)> {
    let minus = text.chars().next().filter(|c| "-−－".contains(*c)).map(char::len_utf8);
    let Some(length) = minus else { return measure(text, before) };
    if let Some(found) =
        temperatures(&text[length..]).filter(|_| !before.ends_with(|c: char| c.is_ascii_alphanumeric()))
    {
        return Some((found.0, length + found.1));
    }
    let (spoken, more) = date(&text[length..]).or_else(|| measure(&text[length..], before))?;
    let temperature = spoken.ends_with("摄氏度") || spoken.ends_with("华氏度");
    let sign = match before.chars().next_back().filter(|c| c.is_alphanumeric()) {
        _ if temperature => "零下",
        // 结果是-7
        Some('是' | '为' | '于' | '到' | '至') => "负",
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

/// "5~3℃" after a minus, and "10~-5℃".
fn temperatures(text: &str) -> Option<(String, usize)> {
    let from = amount(text)?;
    let rest = text[from.len()..].strip_prefix(JOINTS)?;
    let until = rest.strip_prefix(['-', '−', '－']);
    let (to, length) = measure(until.unwrap_or(rest), "")?;
    let degrees = to.ends_with("摄氏度") || to.ends_with("华氏度");
    let below = if until.is_some() { "零下" } else { "" };
    degrees.then(|| (format!("零下{}到{below}{to}", number(from)), text.len() - until.unwrap_or(rest).len() + length))
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
    // "1½", "10^6", "100€"
    if let Some((fraction, length)) = fraction_sign(rest) {
        return Some((format!("{}又{fraction}", number(value)), value.len() + length));
    }
    if let Some((power, length)) = exponent(rest).filter(|(power, _)| power != "1") {
        let spoken = match power.strip_prefix('-') {
            Some(size) => format!("负{}", number(size)),
            None => number(&power),
        };
        return Some((format!("{}的{spoken}次方", number(value)), value.len() + length));
    }
    if let Some(after) = rest.strip_prefix(['x', 'X']).filter(|_| value != "0")
        && let Some(second) = amount(after).filter(|second| !after[second.len()..].starts_with(['x', 'X']))
        && let Some((spoken, more)) = measure(after, "")
        && more >= second.len()
    {
        return Some((format!("{}乘{spoken}", number(value)), value.len() + 1 + more));
    }
    if let Some(found) = duration(text) {
        return Some(found);
    }
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    if let Some((sign, currency)) = currency(&rest[spaces..]) {
        let ends = !rest[spaces + sign..].trim_start_matches(' ').starts_with(|c: char| c.is_ascii_alphanumeric());
        if ends {
            return Some((format!("{}{currency}", count(value)), value.len() + spaces + sign));
        }
    }
    for (sign, name) in [("%", "百分之"), ("％", "百分之"), ("‰", "千分之")] {
        if rest.starts_with(sign) {
            return Some((format!("{name}{}", number(value)), value.len() + sign.len()));
        }
    }
    if let Some((unit, name)) = unit(rest) {
        return Some((format!("{}{name}", count(value)), value.len() + unit));
    }
    // "16GB" is 十六 and the letters.
    let letters = rest.trim_start_matches(' ');
    if LATIN_UNITS.iter().any(|unit| {
        letters.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    }) {
        return Some((count(value), value.len()));
    }
    // A word such as "3D".
    if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let is_count = value == "2" && !before.trim_end().ends_with('第') && is_counted(rest.trim_start());
    Some((if is_count { count(value) } else { number(value) }, value.len()))
}

/// "2h15min"
fn duration(text: &str) -> Option<(String, usize)> {
    let hours = leading_digits(text);
    let rest = text[hours.len()..].strip_prefix('h').filter(|_| !hours.is_empty())?;
    let minutes = leading_digits(rest);
    let after = rest[minutes.len()..].strip_prefix("min").filter(|_| !minutes.is_empty())?;
    let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric());
    ends.then(|| (format!("{}小时{}分钟", count(hours), count(minutes)), text.len() - after.len()))
}

/// A version or an address with at least two dots, such as "1.2.3".
fn version(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let version = text[..end].trim_end_matches('.');
    (version.matches('.').count() > 1 && !version.contains("..")).then_some(version)
}
