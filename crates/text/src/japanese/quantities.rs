//! Amounts of money, powers, mixed numbers, hours with AM and PM, versions, numbers that are called abroad, and signs of sums.
//!
//! Each function gives parts of a text at its beginning: the length of each in bytes, and how the dictionary spells it.

use super::align::narrow;
use super::spelling::{date_time_or_fraction, is_figure, spelled};
use crate::written::numbers::{exponent, fraction, is_sum};

type Parts = Vec<(usize, String)>;

/// Signs of currencies before an amount that the rules for numbers do not know, and their names.
const CURRENCIES: [(&str, &str); 7] = [
    ("US$", "ドル"),
    ("€", "ユーロ"),
    ("HK$", "香港ドル"),
    ("£", "ポンド"),
    ("₩", "ウォン"),
    ("₹", "ルピー"),
    ("₽", "ルーブル"),
];

/// Codes of currencies, and units that the dictionary lacks, after an amount.
const AFTER: [(&str, &str); 10] = [
    ("USD", "ドル"),
    ("EUR", "ユーロ"),
    ("GBP", "ポンド"),
    ("JPY", "円"),
    ("KRW", "ウォン"),
    ("CHF", "スイスフラン"),
    ("mph", "マイル毎時"),
    ("lbs", "ポンド"),
    ("lb", "ポンド"),
    ("ft", "フィート"),
];

/// Units after an amount in Latin letters of any width that the dictionary lacks, and their names. In capitals "M" is no metre, and
/// "G" no gram.
const UNITS: [(&str, &str); 9] = [
    ("m", "メートル"),
    ("g", "グラム"),
    ("mL", "ミリリットル"),
    ("dl", "デシリットル"),
    ("dL", "デシリットル"),
    ("L", "リットル"),
    ("l", "リットル"),
    ("t", "トン"),
    ("kL", "キロリットル"),
];

/// Units that the dictionary has, with the sound of the number before them, unless a space is between.
const KNOWN_UNITS: [&str; 6] = ["km", "cm", "mm", "kg", "mg", "ml"];

/// The first characters of counters and units after a range of numbers.
const COUNTED: &str = "人個日月年時分秒回本枚匹冊歳度円台週名倍点ヶか件階話章問杯足頭羽曲席泊キメセミグパドユ";

/// What stands at the beginning of `text`, after `before`. `after_digit` tells that a number goes on.
pub fn quantity(before: &str, text: &str, after_digit: bool) -> Option<Parts> {
    let symbol = text.chars().next()?;
    let alone =
        !before.ends_with(|c: char| narrow(c).is_ascii_alphanumeric() || matches!(narrow(c), '.' | '/' | ':' | '-'));
    if is_figure(symbol) {
        let number = || half_of_day(text).or_else(|| month_first(text)).or_else(|| version(text));
        return if after_digit || !alone { None } else { number() };
    }
    if after_digit && let Some(found) = after_number(before, text) {
        return Some(found);
    }
    if let Some((above, below)) = fraction(symbol) {
        let and = if after_digit { "と" } else { "" };
        return Some(vec![(symbol.len_utf8(), format!("{and}{}{}", spelled(below, "ぶんの"), spelled(above, "")))]);
    }
    if !alone {
        return sign(before, text, symbol);
    }
    money(text).or_else(|| telephone_abroad(text)).or_else(|| sign(before, text, symbol))
}

/// The length in bytes of the figures at the beginning of a text.
fn figures(text: &str) -> usize {
    text.find(|c| !is_figure(c)).unwrap_or(text.len())
}

/// The value of the number at the beginning of a text.
fn value(text: &str) -> Option<u32> {
    text[..figures(text)].chars().map(narrow).collect::<String>().parse().ok()
}

fn is_end(text: &str) -> bool {
    !text.starts_with(|c| narrow(c).is_ascii_alphanumeric())
}

/// "5 PM" as 午後5時, "9:30 AM" as 午前9時 and 30分.
fn half_of_day(text: &str) -> Option<Parts> {
    let hour = value(text).filter(|hour| (1..=12).contains(hour))?;
    let mut parts = date_time_or_fraction(text, None);
    if parts.is_empty() {
        parts.push((figures(text), spelled(hour, "時")));
    }
    let length: usize = parts.iter().map(|(length, _)| length).sum();
    let rest = text[length..].trim_start_matches(' ');
    let half = match rest.get(..2)?.to_ascii_lowercase().as_str() {
        "am" => "午前",
        "pm" => "午後",
        _ => return None,
    };
    let (first, last) = (parts.first_mut()?.1.ends_with('時'), is_end(&rest[2..]));
    parts[0].1.insert_str(0, half);
    parts.last_mut()?.0 += text.len() - length - rest.len() + 2;
    (first && last).then_some(parts)
}

/// "3/5/2024": the month stands before the day, unless it can be none.
fn month_first(text: &str) -> Option<Parts> {
    let second = text.get(figures(text)..)?.strip_prefix('/')?;
    let third = second[figures(second)..].strip_prefix('/')?;
    let (a, b, year) = (value(text)?, value(second)?, value(third)?);
    let (month, day) = if a > 12 { (b, a) } else { (a, b) };
    let after = &third[figures(third)..];
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && (1000..3000).contains(&year);
    let date = [spelled(year, "年"), spelled(month, "月"), spelled(day, "日")].concat();
    (valid && is_end(after) && !after.starts_with('/')).then(|| vec![(text.len() - after.len(), date)])
}

/// "2.5.1" with each point: the rules for numbers read the first only.
fn version(text: &str) -> Option<Parts> {
    let mut parts = Parts::new();
    let mut rest = text;
    loop {
        let length = figures(rest);
        let number = value(rest).filter(|_| length < 4)?;
        let next = rest[length..].strip_prefix('.').filter(|next| next.starts_with(is_figure));
        parts.push((length + usize::from(next.is_some()), spelled(number, if next.is_some() { "点" } else { "" })));
        match next {
            Some(next) if parts.len() < 4 => rest = next,
            Some(_) => return None,
            None => break,
        }
    }
    let length: usize = parts.iter().map(|(length, _)| length).sum();
    (parts.len() > 2 && is_end(&text[length..])).then_some(parts)
}

/// "£20", "₩5億"
fn money(text: &str) -> Option<Parts> {
    let (sign, name) = CURRENCIES.into_iter().find(|(sign, _)| text.starts_with(sign))?;
    let amount = &text[sign.len()..];
    let number = amount.find(|c| !is_figure(c) && !matches!(c, ',' | '.')).unwrap_or(amount.len());
    let number = amount[..number].trim_end_matches([',', '.']);
    let scale = &amount[number.len()..];
    let scale = &scale[..scale.find(|c| !"百千万億兆".contains(c)).unwrap_or(scale.len())];
    let figures: String = number.chars().filter(|c| *c != ',').map(super::align::wide).collect();
    let length = sign.len() + number.len() + scale.len();
    (number.starts_with(is_figure)).then(|| vec![(length, [&figures, scale, name].concat())])
}

/// "+81 90 1234 5678", figure by figure.
fn telephone_abroad(text: &str) -> Option<Parts> {
    const LONGEST: usize = 28;
    const NAMES: [&str; 10] = ["ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー"];
    let body = text.strip_prefix('+')?;
    let end = body.bytes().take(LONGEST).take_while(|c| c.is_ascii_digit() || b" -".contains(c)).count();
    let written = body[..end].trim_end_matches([' ', '-']);
    let digits: Vec<&str> =
        written.bytes().filter(u8::is_ascii_digit).map(|digit| NAMES[usize::from(digit - b'0')]).collect();
    let known = written.contains([' ', '-']) && (8..=15).contains(&digits.len()) && is_end(&body[written.len()..]);
    known.then(|| vec![(1 + written.len(), format!("プラス・{}", digits.join("・")))])
}

/// What belongs to the number before it: a power, a code of a currency, a range with spaces around its dash.
fn after_number(before: &str, text: &str) -> Option<Parts> {
    if let Some((power, length)) = exponent(text).filter(|(power, _)| power != "1") {
        let (minus, size) = power.strip_prefix('-').map_or(("", power.as_str()), |size| ("マイナス", size));
        return Some(vec![(length, format!("の{minus}{}", spelled(size.parse().ok()?, "乗")))]);
    }
    // "10x15cm"
    let times = text.chars().next().filter(|c| matches!(narrow(*c), 'x' | 'X')).map_or(0, char::len_utf8);
    let number = before.trim_end_matches(is_figure);
    let is_code = number.ends_with(|c| narrow(c).is_ascii_alphabetic())
        || before[number.len()..].chars().all(|c| narrow(c) == '0');
    if times > 0 && text[times..].starts_with(is_figure) && !is_code {
        return Some(vec![(times, "かける".to_owned())]);
    }
    if let Some(found) = unit(before, text) {
        return Some(vec![found]);
    }
    let rest = text.trim_start_matches(' ');
    let known = AFTER.into_iter().find(|(code, _)| rest.strip_prefix(code).is_some_and(is_end));
    if let Some((code, name)) = known {
        return Some(vec![(text.len() - rest.len() + code.len(), name.to_owned())]);
    }
    let until = [" - ", " – ", " ~ ", " 〜 "].iter().find_map(|joint| text.strip_prefix(joint))?;
    let low =
        before.rfind(|c| !is_figure(c)).map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
    // Results and the parts of titles are beside names, "日本 1 - 3 ブラジル", unless what is counted follows.
    let name = |c: char| matches!(c, 'ァ'..='ー' | '一'..='龠') || narrow(c).is_ascii_alphabetic();
    let named = before[..low].trim_end().ends_with(name);
    let ends = until.trim_start_matches(is_figure);
    let counts = ends.starts_with(|c| COUNTED.contains(c) || narrow(c).is_ascii_alphabetic() || "%％℃°".contains(c));
    ((counts || !named) && value(&before[low..])? < value(until)? && !is_sum(before, until))
        .then(|| vec![(text.len() - until.len(), "から".to_owned())])
}

/// What is worn, after its size.
const CLOTHES: [&str; 9] =
    ["シャツ", "Tシャツ", "Ｔシャツ", "服", "パンツ", "ズボン", "ジャケット", "コート", "セーター"];

/// A unit after the number at the end of `before`. Sizes of clothes and prints, "3Lサイズ", and what is divided, "mg/dL", are none.
fn unit(before: &str, text: &str) -> Option<(usize, String)> {
    // The dictionary has "m走".
    const SIZES: [&str; 5] = ["サイズ", "寸", "版", "判", "走"];
    let rest = text.strip_prefix([' ', '\u{3000}']).unwrap_or(text);
    let end = rest.find(|c: char| !narrow(c).is_ascii_alphabetic()).unwrap_or(rest.len());
    let sign: String = rest[..end].chars().take(3).map(narrow).collect();
    let after = &rest[end..];
    let number = before.trim_end_matches(|c| is_figure(c) || matches!(narrow(c), '.' | ','));
    // "1m20cm", "2m50", but "50m2"
    let figures = figures(after);
    let parts = sign == "m"
        && after[..figures].chars().count() == 2
        && (is_end(&after[figures..]) || after[figures..].chars().map(narrow).take(2).eq("cm".chars()));
    let goes_on = !parts && after.starts_with(|c| matches!(narrow(c), '0'..='9' | '/' | '²' | '³' | '^' | '-'))
        || SIZES.iter().any(|size| after.starts_with(size));
    let code = number.ends_with(|c| narrow(c).is_ascii_alphabetic() || narrow(c) == '-');
    let lacking = UNITS.into_iter().find(|(known, _)| *known == sign).map(|(_, name)| name.to_owned());
    let apart = rest.len() < text.len() && KNOWN_UNITS.contains(&sign.as_str());
    let name = lacking.or_else(|| apart.then(|| sign.chars().map(super::align::wide).collect()))?;
    // "3Lのシャツ", "サイズは3L"
    let worn = || after.strip_prefix('の').is_some_and(|rest| CLOTHES.iter().any(|word| rest.starts_with(word)));
    let head = number.trim_end_matches(['は', 'が', 'も']);
    let size = sign == "L" && (worn() || head.ends_with("サイズ"));
    (!goes_on && !code && !size).then_some((text.len() - after.len(), name))
}

/// What an amount that has changed is counted in.
const CHANGES: [&str; 11] = ["%", "％", "円", "ドル", "度", "℃", "点", "ポイント", "人", "件", "億"];

/// A sign of a sum or a comparison between numbers or names, and signs before numbers.
fn sign(before: &str, text: &str, symbol: char) -> Option<Parts> {
    if !"=-−<>≤≦≥≧≠±√≈#+".contains(narrow(symbol)) {
        return None;
    }
    let after = &text[symbol.len_utf8()..];
    let (last, next) = (before.trim_end().chars().next_back(), after.trim_start().chars().next());
    let (figure_before, figure_after) = (last.is_some_and(is_figure), next.is_some_and(is_figure));
    let even = before.ends_with(' ') == after.starts_with(' ');
    let term = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "()-−".contains(c));
    // Between words it joins the parts of a name: "サン＝テグジュペリ".
    let counts = |c: Option<char>| c.is_some_and(|c| narrow(c).is_ascii_alphanumeric() || "()-−（）".contains(c));
    // A figure or a single letter: "a<b", but not "Vec<T>".
    let letter = |c: Option<char>| c.is_some_and(|c| narrow(c).is_ascii_alphanumeric());
    let name = |text: &mut dyn Iterator<Item = char>| match (text.next(), text.next()) {
        (Some(c), _) if is_figure(c) => true,
        (first, second) => letter(first) && !letter(second),
    };
    let compares = even && name(&mut before.trim_end().chars().rev()) && name(&mut after.trim_start().chars());
    let spoken = match narrow(symbol) {
        '=' if term(last) && term(next) && (counts(last) || counts(next)) => "イコール",
        '-' | '−' if figure_before && figure_after && is_sum(before, after) => "マイナス",
        '<' if compares => "小なり",
        '>' if compares => "大なり",
        '≤' | '≦' if compares => "小なりイコール",
        '≥' | '≧' if compares => "大なりイコール",
        '≠' if compares => "ノットイコール",
        '±' if figure_after => "プラスマイナス",
        '√' if figure_after => "ルート",
        '≈' if figure_after => "ニアリーイコール",
        // "前日比+1.2%", but "5+3"
        '+' if after.starts_with(is_figure)
            && !last.is_some_and(|c| narrow(c).is_ascii_alphanumeric() || ")）".contains(c)) =>
        {
            let unit = after.trim_start_matches(|c| is_figure(c) || matches!(narrow(c), '.' | ','));
            CHANGES.iter().find(|change| unit.starts_with(**change)).map(|_| "プラス")?
        }
        '#' if after.starts_with(is_figure) && !last.is_some_and(|c| narrow(c).is_ascii_alphanumeric()) => "ナンバー",
        _ => return None,
    };
    Some(vec![(symbol.len_utf8(), spoken.to_owned())])
}
