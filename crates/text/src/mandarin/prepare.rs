//! A line in pieces: Chinese, and what is read as Chinese (figures, dates, times, sums, units, signs), Latin words,
//! marks.

use super::numerals::{cardinal, digits, number, telephone};
use crate::espeak::link;

/// A stretch of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Chinese characters, and what they were written as.
    Chinese { written: &'a str, spoken: String },
    /// Read as English.
    Latin(&'a str),
    /// A word with its phonemes.
    Given { word: &'a str, phonemes: &'a str },
    /// Punctuation, as the network knows it.
    Mark { written: &'a str, mark: &'static str },
    /// White space.
    Space,
    /// Has no reading.
    Skipped(char),
}

/// The pieces of a line: joined they are the line.
pub fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(symbol) = rest.chars().next() {
        let before = line[..line.len() - rest.len()].chars().next_back();
        let (piece, length) = piece(rest, symbol, before);
        pieces.push(piece);
        rest = &rest[length..];
    }
    pieces
}

fn piece(rest: &str, symbol: char, before: Option<char>) -> (Piece<'_>, usize) {
    if let Some((word, phonemes, length)) = link(rest) {
        return (Piece::Given { word, phonemes }, length);
    }
    if is_han(symbol) {
        let length = rest.find(|c| !is_han(c)).unwrap_or(rest.len());
        return (Piece::Chinese { written: &rest[..length], spoken: rest[..length].to_owned() }, length);
    }
    if let Some((spoken, length)) = figures(rest, before) {
        return (Piece::Chinese { written: &rest[..length], spoken }, length);
    }
    let length = latin(rest);
    if length > 0 {
        return (Piece::Latin(&rest[..length]), length);
    }
    let length = symbol.len_utf8();
    let written = &rest[..length];
    let piece = match (mark(symbol), sign(symbol)) {
        _ if symbol.is_whitespace() || symbol.is_control() => Piece::Space,
        (Some(mark), _) => Piece::Mark { written, mark },
        (None, Some(spoken)) => Piece::Chinese { written, spoken: spoken.to_owned() },
        (None, None) => Piece::Skipped(symbol),
    };
    (piece, length)
}

/// A Chinese character.
pub fn is_han(symbol: char) -> bool {
    matches!(symbol, '〇' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Punctuation as the network knows it: that of Chinese with the space that its width contains.
fn mark(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        ',' => ",",
        '，' | '、' | '､' => ", ",
        '.' => ".",
        '。' | '．' | '｡' => ". ",
        '!' => "!",
        '！' => "! ",
        '?' => "?",
        '？' => "? ",
        ';' => ";",
        '；' => "; ",
        ':' => ":",
        '：' => ": ",
        '…' => "…",
        '—' | '―' => "—",
        '"' => "\"",
        '(' => "(",
        ')' => ")",
        '“' => "“",
        '”' => "”",
        '（' | '〔' => " (",
        '）' | '〕' => ") ",
        '«' | '《' | '〈' | '「' | '『' | '【' => " “",
        '»' | '》' | '〉' | '」' | '』' | '】' => "” ",
        _ => return None,
    })
}

/// The name of a sign; empty for what is only seen.
fn sign(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        '+' | '＋' => "加",
        '=' | '＝' => "等于",
        '×' => "乘以",
        '÷' => "除以",
        '<' | '＜' => "小于",
        '>' | '＞' => "大于",
        '≤' => "小于等于",
        '≥' => "大于等于",
        '≠' => "不等于",
        '≈' => "约等于",
        '±' => "正负",
        '√' => "根号",
        '∞' => "无穷大",
        '%' | '％' => "百分号",
        '&' | '＆' => "和",
        '@' | '＠' => "艾特",
        '°' => "度",
        '²' => "平方",
        '³' => "立方",
        '→' => "到",
        '½' => "二分之一",
        '/'
        | '-'
        | '－'
        | '–'
        | '~'
        | '～'
        | '·'
        | '•'
        | '\''
        | '‘'
        | '’'
        | '`'
        | '*'
        | '_'
        | '#'
        | '^'
        | '|'
        | '['
        | ']'
        | '{'
        | '}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2060}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ad}' => "",
        _ => return None,
    })
}

/// Bytes of the Latin words at the start of `text`: names, addresses, "GPT-4", "New York".
fn latin(text: &str) -> usize {
    let letter = |c: char| c.is_alphabetic() && c < '\u{250}' || ('\u{1e00}'..'\u{1f00}').contains(&c);
    // "3D" is a word, "3" a number.
    let head = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if !text[head..].starts_with(letter) {
        return 0;
    }
    let (mut end, mut gap) = (0, false);
    for (at, symbol) in text.char_indices() {
        if letter(symbol) || symbol.is_ascii_digit() && !gap || "\u{301}\u{300}\u{308}\u{303}".contains(symbol) {
            (end, gap) = (at + symbol.len_utf8(), false);
        } else if symbol == ' ' {
            gap = true;
        } else if !"'’-.&+#@/:_%~?=".contains(symbol) || gap {
            break;
        }
    }
    // "C++", "C#"
    end + ["++", "#"].iter().find(|sign| text[end..].starts_with(**sign)).map_or(0, |sign| sign.len())
}

/// A number at the start of `text`, with all that belongs to it, in Chinese, and its length in bytes.
fn figures(text: &str, before: Option<char>) -> Option<(String, usize)> {
    if before.is_some_and(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let plain = telephone_number(text).or_else(|| date(text)).or_else(|| clock(text)).or_else(|| money(text));
    plain.or_else(|| range(text)).or_else(|| quantity(text, before))
}

fn run(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

/// Figures with their separators and point: "1,234.5".
fn amount(text: &str) -> Option<&str> {
    let whole = run(text);
    if whole.is_empty() {
        return None;
    }
    let mut end = whole.len();
    while let Some(group) = text[end..].strip_prefix(',').map(run).filter(|group| group.len() == 3 && whole.len() <= 3)
    {
        end += 1 + group.len();
    }
    if let Some(decimals) = text[end..].strip_prefix('.').map(run).filter(|decimals| !decimals.is_empty()) {
        let length = 1 + decimals.len();
        // "1.2.3" is a version.
        if !text[end + length..].strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            end += length;
        }
    }
    Some(&text[..end])
}

/// Mobile numbers of eleven figures, and groups of figures joined by hyphens.
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
    let year = run(text);
    let rest = &text[year.len()..];
    if rest.starts_with('年') {
        // "24年6月" is a year, "10年" ten of them.
        let month = run(&rest['年'.len_utf8()..]);
        let named = rest['年'.len_utf8() + month.len()..].starts_with('月') && !month.is_empty();
        return (year.len() == 4 || year.len() == 2 && named).then(|| (digits(year), year.len()));
    }
    let separator = rest.chars().next().filter(|c| "-/.".contains(*c))?;
    let month = run(&rest[1..]);
    let day = run(rest[1 + month.len()..].strip_prefix(separator)?);
    let length = year.len() + month.len() + day.len() + 2;
    let whole = !text[length..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    let real = year.len() == 4 && (1..=12).contains(&month) && (1..=31).contains(&day) && whole;
    real.then(|| (format!("{}年{}月{}日", digits(year), cardinal(month), cardinal(day)), length))
}

/// "8:30" is 八点三十分; a colon between other numbers is a ratio, 比.
fn clock(text: &str) -> Option<(String, usize)> {
    let hours = run(text);
    let rest = &text[hours.len()..];
    let colon = rest.chars().next().filter(|c| ":：".contains(*c))?.len_utf8();
    let minutes = run(&rest[colon..]);
    let mut length = hours.len() + colon + minutes.len();
    let (hour, minute): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours.len() > 2 || minutes.len() != 2 || hour > 24 || minute > 59 {
        return Some((format!("{}比{}", number(hours), number(minutes)), length));
    }
    let mut spoken = match minute {
        0 => format!("{}点", two(hour)),
        1..=9 => format!("{}点零{}分", two(hour), cardinal(minute)),
        _ => format!("{}点{}分", two(hour), cardinal(minute)),
    };
    let seconds = text[length..].strip_prefix(':').map_or("", run);
    if let (2, Ok(second)) = (seconds.len(), seconds.parse()) {
        length += 3;
        let zero = if minute == 0 { "零分" } else { "" };
        spoken += &format!("{zero}{}秒", cardinal(second));
    }
    Some((spoken, length))
}

/// Two o'clock, two of something.
fn two(count: u64) -> String {
    if count == 2 { "两".to_owned() } else { cardinal(count) }
}

/// "￥99.5" is 九十九点五元.
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
    // "￥5元"
    let currency = if text[length..].starts_with(currency) { "" } else { currency };
    Some((format!("{}{scale}{currency}", number(plain)), length))
}

/// "3-5天", "10%~20%".
fn range(text: &str) -> Option<(String, usize)> {
    let (first, from) = measure(text, None)?;
    let rest = &text[from..];
    let joint = rest.chars().next().filter(|c| "-~～–—".contains(*c))?.len_utf8();
    let (second, to) = measure(&rest[joint..], None)?;
    let after = &rest[joint + to..];
    // "1-2-3" is something else.
    (!after.starts_with(['-', '–'])).then(|| (format!("{first}到{second}"), from + joint + to))
}

/// A number with its sign, fraction, unit.
fn quantity(text: &str, before: Option<char>) -> Option<(String, usize)> {
    let minus = text.chars().next().filter(|c| "-−－".contains(*c)).map(char::len_utf8);
    if let Some(length) = minus {
        if before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let (spoken, more) = measure(&text[length..], before)?;
        let cold = spoken.ends_with("摄氏度") || spoken.ends_with("华氏度");
        return Some((format!("{}{spoken}", if cold { "零下" } else { "负" }), length + more));
    }
    measure(text, before)
}

/// Without a sign.
fn measure(text: &str, before: Option<char>) -> Option<(String, usize)> {
    let figures = amount(text)?;
    let rest = &text[figures.len()..];
    // "1.2.3", a version or an address.
    if let Some(version) = version(text) {
        return Some((version.split('.').map(number).collect::<Vec<_>>().join("点"), version.len()));
    }
    if let Some(below) = rest.strip_prefix('/').map(run).filter(|below| !below.is_empty() && !figures.contains('.')) {
        return Some((format!("{}分之{}", number(below), number(figures)), figures.len() + 1 + below.len()));
    }
    for (sign, name) in [("%", "百分之"), ("％", "百分之"), ("‰", "千分之")] {
        if rest.starts_with(sign) {
            return Some((format!("{name}{}", number(figures)), figures.len() + sign.len()));
        }
    }
    if let Some((unit, name)) = unit(rest) {
        let count = if figures == "2" { "两".to_owned() } else { number(figures) };
        return Some((format!("{count}{name}"), figures.len() + unit));
    }
    // A word such as "3D".
    if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let counted = figures == "2" && before != Some('第') && rest.starts_with(|c: char| MEASURES.contains(c));
    Some((if counted { "两".to_owned() } else { number(figures) }, figures.len()))
}

/// Measure words before which 2 is 两.
const MEASURES: &str = "个只条张本次位件块杯瓶辆台家所种名倍岁天周年千万亿米斤克吨升";

fn version(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let version = text[..end].trim_end_matches('.');
    (version.matches('.').count() > 1 && !version.contains("..")).then_some(version)
}

/// A unit at the start of `text`: its length in bytes, and its name.
fn unit(text: &str) -> Option<(usize, &'static str)> {
    const UNITS: [(&str, &str); 27] = [
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

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(line: &str) -> String {
        let show = |piece: Piece<'_>| match piece {
            Piece::Chinese { spoken, .. } => spoken,
            Piece::Latin(word) => format!("<{word}>"),
            Piece::Given { word, phonemes } => format!("<{word}={phonemes}>"),
            Piece::Mark { mark, .. } => mark.to_owned(),
            Piece::Space => " ".to_owned(),
            Piece::Skipped(symbol) => format!("?{symbol}"),
        };
        pieces(line).into_iter().map(show).collect()
    }

    #[test]
    fn figures_are_read_as_they_are_meant() {
        for (written, expected) in [
            ("2024年6月30日", "二零二四年六月三十日"),
            ("24年6月", "二四年六月"),
            ("10年", "十年"),
            ("2024-06-30", "二零二四年六月三十日"),
            ("2024/6/1到期", "二零二四年六月一日到期"),
            ("8:30开会", "八点三十分开会"),
            ("2:05", "两点零五分"),
            ("14：00", "十四点"),
            ("12:30:15", "十二点三十分十五秒"),
            ("3:2获胜", "三比二获胜"),
            ("25%", "百分之二十五"),
            ("-3.5%", "负百分之三点五"),
            ("10%~20%", "百分之十到百分之二十"),
            ("1/3的人", "三分之一的人"),
            ("-5℃", "零下五摄氏度"),
            ("25 °C", "二十五摄氏度"),
            ("￥99.50", "九十九点五元"),
            ("¥1,234", "一千二百三十四元"),
            ("$3.5亿", "三点五亿美元"),
            ("￥5元", "五元"),
            ("3-5天", "三到五天"),
            ("13812345678", "幺三八幺二三四五六七八"),
            ("010-12345678", "零幺零幺二三四五六七八"),
            ("400-800-1234", "四零零八零零幺二三四"),
            ("+86-13812345678", "加八六幺三八幺二三四五六七八"),
            ("1,234,567人", "一百二十三万四千五百六十七人"),
            ("100km", "一百公里"),
            ("2kg", "两千克"),
            ("120km/h", "一百二十公里每小时"),
            ("2个", "两个"),
            ("第2个", "第二个"),
            ("12个", "十二个"),
            ("3+2=5", "三加二等于五"),
            ("v1.2.3", "<v1.2.3>"),
            ("1.2.3版", "一点二点三版"),
            ("5G手机", "<5G>手机"),
            ("007", "零零七"),
        ] {
            assert_eq!(spoken(written), expected, "{written}");
        }
    }

    #[test]
    fn the_rest_is_told_apart() {
        for (written, expected) in [
            ("我用iPhone 15打给Tom。", "我用<iPhone> 十五打给<Tom>. "),
            ("去New York吧", "去<New York>吧"),
            ("a.b@example.com，", "<a.b@example.com>, "),
            ("C++和C#", "<C++>和<C#>"),
            ("《红楼梦》（上）", " “红楼梦”  (上) "),
            ("[重](/ꭧʰʊ↗ŋ/)庆", "<重=ꭧʰʊ↗ŋ>庆"),
            ("かな😀", "?か?な?😀"),
            ("二〇二四", "二〇二四"),
            ("他说：‘好’……", "他说: 好……"),
        ] {
            assert_eq!(spoken(written), expected, "{written}");
        }
    }
}
