//! Figures that name something and are said one by one, and figures beside Latin letters.

use super::numerals::{cardinal, digits, telephone};
use super::pieces::is_han;
use super::quantities::leading_digits;
use super::units::{count, is_counted};

/// Numbers of services that are dialled.
const SERVICES: [&str; 10] = ["110", "119", "120", "122", "12306", "12315", "12320", "12345", "10086", "10010"];

/// What follows the number of a service.
const CALLED: [&str; 12] =
    ["报警", "急救", "热线", "指挥中心", "接警", "客服", "火警", "网站", "平台", "电话", "咨询", "求助"];

/// Words before a line of buses.
const BUSES: [&str; 6] = ["坐", "乘", "搭", "换", "转", "公交"];

/// Decades in which generations are born.
const BORN: [&str; 13] = ["50", "55", "60", "65", "70", "75", "80", "85", "90", "95", "00", "05", "10"];

/// Figures at the start of `text` that name a room, a line of buses, a service, a post code, a generation or a group of universities.
pub fn named(text: &str, before: &str) -> Option<(String, usize)> {
    let figures = leading_digits(text);
    let after = &text[figures.len()..];
    let follows = |words: &[&str]| words.iter().any(|word| after.starts_with(word));
    let preceded = |words: &[&str]| {
        let before = before.trim_end_matches(['：', ':', ' ', '是', '为']);
        words.iter().any(|word| before.ends_with(word))
    };
    // "升到80后", after a number is reached
    let reached = before.ends_with(['到', '至', '过', '等', '减', '加', '在', '为']);
    let several = before.ends_with(['有', '共', '部', '总', '计', '剩', '达']);
    let alone =
        || !after.starts_with(is_han) && !after.starts_with(|c: char| c.is_ascii_alphanumeric() || ".-:/%".contains(c));
    let known = match figures {
        "985" | "211" if follows(&["高校", "大学", "工程", "院校", "名校", "、211", "、985"]) => true,
        // "90后", but "十分钟后" and "90后面"
        _ if BORN.contains(&figures) && follows(&["后"]) && !reached && !preceded(&["点", "第", "前"]) => {
            !follows(&["后来", "后面", "后方", "后卫", "后退", "后备", "后天"])
        }
        _ if (3..=4).contains(&figures.len()) && follows(&["室", "号房", "房间"]) => {
            !several && !figures.ends_with("00")
        }
        _ if figures.len() == 3 && follows(&["路"]) => preceded(&BUSES) || follows(&["路公交", "路车", "路公共汽车"]),
        _ if figures.len() == 6 && preceded(&["邮编", "邮政编码"]) => true,
        _ if (3..=5).contains(&figures.len()) && preceded(&["拨打", "致电", "拨"]) => alone() || follows(&CALLED),
        service if SERVICES.contains(&service) => follows(&CALLED) || preceded(&["打", "报", "呼叫"]) && alone(),
        _ => false,
    };
    known.then(|| (telephone(figures), figures.len()))
}

/// The figures and letters of "G102", "5G" or "PM2.5" at the start of `text`, where they stand beside Chinese characters.
struct Code<'a> {
    letters: &'a str,
    figures: &'a str,
    letters_first: bool,
    after: &'a str,
}

/// The bytes of the longest part of a code.
const LONGEST: usize = 6;
/// The bytes of a text within which a code and the noun after it lie.
const WINDOW: usize = 24;

/// At most this many capitals are said one by one in a code.
const MOST_LETTERS: usize = 3;

impl<'a> Code<'a> {
    fn at(text: &'a str) -> Option<Self> {
        let capitals =
            |text: &'a str| text.split_at(text.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(text.len()));
        let figures = |text: &'a str| {
            let whole = leading_digits(text).len();
            let part = text[whole..].strip_prefix('.').map_or(0, |rest| leading_digits(rest).len());
            text.split_at(if whole > 0 && part > 0 { whole + 1 + part } else { whole })
        };
        let letters_first = text.starts_with(|c: char| c.is_ascii_uppercase());
        let (first, rest) = if letters_first { capitals(text) } else { figures(text) };
        let (second, after) = if letters_first { figures(rest) } else { capitals(rest) };
        let (letters, figures) = if letters_first { (first, second) } else { (second, first) };
        let ends = !after.starts_with(|c: char| c.is_alphanumeric() && !is_han(c) || "'’-.&+#@/:_%~?=".contains(c));
        let ends =
            ends || after.starts_with(['.', '?', ':']) && !after[1..].starts_with(|c: char| c.is_ascii_alphanumeric());
        let known = (1..=MOST_LETTERS).contains(&letters.len()) && !figures.is_empty() && figures.len() < 6 && ends;
        known.then_some(Self { letters, figures, letters_first, after })
    }

    /// Whether its letters are said one by one, as in "MU5101" and "CO2": two capitals may be read as a word.
    fn is_spelled(&self) -> bool {
        self.letters.len() == 2
    }

    /// The figures in Chinese: one or two as a number, more one by one, with the yāo of trains and flights.
    fn spoken(&self) -> String {
        let travels = ["次", "航班", "列车", "高铁", "动车"].iter().any(|noun| self.after.starts_with(noun));
        let (whole, part) = self.figures.split_once('.').unwrap_or((self.figures, ""));
        // "KTV200元", "CT2次", but "CO2升高"
        let gas = ["CO", "NO", "SO"].contains(&self.letters);
        let name = self.letters_first && self.letters.len() > 1 && !gas;
        let counts = name && whole.len() < 4 && is_counted(self.after);
        let whole = match (whole.len(), whole.parse()) {
            _ if counts && !whole.starts_with('0') => count(whole),
            _ if travels => telephone(whole),
            // "128G", "TOP100", but "1080P"
            (length, Ok(number))
                if !whole.starts_with('0')
                    && (length < 3 || self.letters == "TOP" || !self.letters_first && self.letters != "P") =>
            {
                cardinal(number)
            }
            _ => digits(whole),
        };
        if part.is_empty() { whole } else { format!("{whole}点{}", digits(part)) }
    }
}

/// What a code at the start of `text` after `before` begins with: the length of its letters, or its figures in Chinese.
pub enum Part {
    Letters(usize),
    Figures(String, usize),
}

/// The next part of a code beside Chinese characters. Its first part comes with the second in `before`.
pub fn part(text: &str, before: &str) -> Option<Part> {
    let first = text.chars().next().filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit())?;
    let run = |of: fn(&u8) -> bool| before.bytes().rev().take(LONGEST).take_while(of).count();
    let capitals = run(u8::is_ascii_uppercase);
    let figures = run(|c| c.is_ascii_digit() || *c == b'.');
    let done = if first.is_ascii_digit() || figures == 0 { capitals } else { figures };
    let (head, begun) = before.split_at(before.len() - done);
    if head.ends_with(|c: char| c.is_ascii_alphanumeric() || "-._'’@/&+#%~=".contains(c)) {
        return None;
    }
    let end = (0..=text.len().min(WINDOW)).rev().find(|end| text.is_char_boundary(*end))?;
    let whole = [begun, &text[..end]].concat();
    let code = Code::at(&whole).filter(|code| head.ends_with(is_han) || code.after.starts_with(is_han))?;
    let (letters, figures) = (code.letters.len(), code.figures.len());
    let part = match (code.letters_first, done) {
        (true, 0) if code.is_spelled() => Part::Letters(1),
        (true, 0) => Part::Letters(letters),
        (true, 1) if code.is_spelled() && !first.is_ascii_digit() => Part::Letters(1),
        (false, 0) => Part::Figures(code.spoken(), figures),
        (true, done) if done == letters => Part::Figures(code.spoken(), figures),
        (false, done) if done == figures => Part::Letters(letters),
        _ => return None,
    };
    Some(part)
}
