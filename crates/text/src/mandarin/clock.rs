//! Dates and times in figures.

use super::numerals::{cardinal, digits, number};
use super::quantities::{JOINTS, is_year, leading_digits};

/// "2024-06-30", "2024/6/30", "2024年6月", and two days with a dash between them.
pub fn date(text: &str) -> Option<(String, usize)> {
    let (day, length) = season(text).or_else(|| one_date(text))?;
    let until = text[length..].strip_prefix(['~', '～', '–', '—']).filter(|_| day.ends_with('日'));
    Some(match until.and_then(|until| Some((until, one_date(until)?))) {
        Some((until, (spoken, more))) => (format!("{day}到{spoken}"), text.len() - until.len() + more),
        None => (day, length),
    })
}

/// Four digits before 年 that are a number of years and no year: "5000年", "2000年历史". Others may be a year.
pub fn years(text: &str, before: &str) -> Option<(String, usize)> {
    const AFTER: [&str; 4] = ["历史", "的历史", "文明", "之久"];
    /// Words before a year.
    const SINCE: [&str; 6] = ["公元", "到", "至", "自", "从", "自从"];
    let count = leading_digits(text);
    let after = text[count.len()..].strip_prefix('年')?;
    let number = count.parse::<u64>().ok().filter(|number| count.len() == 4 && *number >= 1000)?;
    let follows = AFTER.iter().any(|word| after.starts_with(word)) || after.starts_with("以前") && !is_year(count);
    let since = SINCE.iter().any(|word| before.trim_end().ends_with(word));
    let month = after.starts_with(|c: char| c.is_ascii_digit());
    let known = number > 2100 || number.is_multiple_of(100) && follows;
    (known && !month && !since).then(|| (cardinal(number), count.len()))
}

/// "2011/12" before 赛季, a year and the next one.
fn season(text: &str) -> Option<(String, usize)> {
    let year = leading_digits(text);
    let next = leading_digits(text[year.len()..].strip_prefix(['/', '-', '–'])?);
    let joint = text[year.len()..].chars().next().map_or(0, char::len_utf8);
    let after = &text[year.len() + joint + next.len()..];
    let follows =
        next.len() == 2 && is_year(year) && next.parse() == year[2..].parse::<u32>().map(|year| (year + 1) % 100);
    let named = ["赛季", "学年", "财年"].iter().any(|noun| after.trim_start_matches(' ').starts_with(noun));
    (follows && named).then(|| (format!("{}到{}", digits(year), digits(next)), text.len() - after.len()))
}

fn one_date(text: &str) -> Option<(String, usize)> {
    let year = leading_digits(text);
    let rest = &text[year.len()..];
    if rest.starts_with('年') {
        // "24年6月" is a year, "10年" is ten years.
        let month = leading_digits(&rest['年'.len_utf8()..]);
        let named = rest['年'.len_utf8() + month.len()..].starts_with('月') && !month.is_empty();
        return (year.len() == 4 || year.len() == 2 && named).then(|| (digits(year), year.len()));
    }
    let first = year;
    let separator = rest.chars().next().filter(|c| "-/.".contains(*c))?;
    let second = leading_digits(&rest[1..]);
    let after = &rest[1 + second.len()..];
    let Some(third) = after.strip_prefix(separator).map(leading_digits) else {
        return month_of_year(first, second, separator, after);
    };
    let length = first.len() + second.len() + third.len() + 2;
    let time = text[length..].strip_prefix('T').filter(|time| clock(time).is_some());
    let whole = time.is_some() || !text[length..].starts_with(|c: char| c.is_ascii_alphanumeric());
    // "3/5/2024": the month stands before the day, unless it can be none.
    let (year, month, day) = match separator == '/' && first.len() < 3 && is_year(third) {
        true if first.parse().is_ok_and(|month: u64| month > 12) => (third, second, first),
        true => (third, first, second),
        false => (first, second, third),
    };
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    let valid = year.len() == 4 && (1..=12).contains(&month) && (1..=31).contains(&day) && whole;
    let day = format!("{}年{}月{}日", digits(year), cardinal(month), cardinal(day));
    // "2024-06-01T14:30:00Z"
    if let Some((spoken, more)) = time.and_then(clock).filter(|_| valid) {
        let end = length + 1 + more;
        return Some((day + &spoken, end + usize::from(text[end..].starts_with('Z'))));
    }
    valid.then_some((day, length))
}

/// "2024/5", before the text `after`.
fn month_of_year(year: &str, month: &str, separator: char, after: &str) -> Option<(String, usize)> {
    let number = month.parse().ok().filter(|number| (1..=12).contains(number))?;
    let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || "-./%％".contains(c));
    (separator == '/' && is_year(year) && ends)
        .then(|| (format!("{}年{}月", digits(year), cardinal(number)), year.len() + 1 + month.len()))
}

/// "8:30" to 八点三十分, "9:00-18:00" to 九点到十八点. A colon between other numbers is a ratio, 比.
pub fn clock(text: &str) -> Option<(String, usize)> {
    let (first, length, is_time) = clock_or_ratio(text)?;
    let rest = &text[length..];
    let apart = || rest.strip_prefix(' ')?.strip_prefix(JOINTS)?.strip_prefix(' ');
    let joint = rest.strip_prefix(JOINTS).or_else(apart).filter(|_| is_time);
    Some(match joint.and_then(|rest| Some((rest, clock_or_ratio(rest)?))) {
        Some((rest, (second, end, true))) => (format!("{first}到{second}"), text.len() - rest.len() + end),
        _ => (first, length),
    })
}

/// A time or a ratio, its length in bytes, and whether it is a time.
fn clock_or_ratio(text: &str) -> Option<(String, usize, bool)> {
    let hours = leading_digits(text);
    let rest = &text[hours.len()..];
    // "5 PM"
    if let Some((hour, (half, more))) = hours.parse().ok().and_then(|hour| Some((hour, half_of_day(hour, rest)?))) {
        return Some((format!("{half}{}点", counted(hour)), hours.len() + more, true));
    }
    let colon = rest.chars().next().filter(|c| ":：".contains(*c))?.len_utf8();
    let minutes = leading_digits(&rest[colon..]);
    let mut length = hours.len() + colon + minutes.len();
    let (hour, minute): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
    // "任务3：2024年"
    if is_year(minutes) && colon > 1 {
        return None;
    }
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
    if let Some((half, more)) = half_of_day(hour, &text[length..]) {
        return Some((format!("{half}{spoken}"), length + more, true));
    }
    Some((spoken, length, true))
}

/// "am" and "pm" after a time, as the part of the day before it.
fn half_of_day(hour: u64, text: &str) -> Option<(&'static str, usize)> {
    let half = text.trim_start_matches(' ');
    let letters = half.get(..2)?.to_ascii_lowercase();
    let spoken = match (letters.as_str(), hour) {
        ("am", 0..6 | 12) => "凌晨",
        ("am", 6..12) => "上午",
        ("pm", 12) => "中午",
        ("pm", 1..7) => "下午",
        ("pm", 7..12) => "晚上",
        _ => return None,
    };
    (!half[2..].starts_with(|c: char| c.is_ascii_alphanumeric())).then_some((spoken, text.len() - half.len() + 2))
}

/// A count, in which two is 两.
fn counted(count: u64) -> String {
    if count == 2 { "两".to_owned() } else { cardinal(count) }
}
