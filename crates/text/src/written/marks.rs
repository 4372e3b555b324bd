//! Marks that are for the eye: Markdown, HTML, emoji, and characters that cannot be seen.

mod html;
mod markdown;

use std::borrow::Cow;

use self::html::{Tag, entity, tag};
use self::markdown::{bar, dash, is_emphasis, is_row, is_rule, is_ruler, line_marker, link, note};
use super::{LONGEST_RUN, Written};
use crate::language::Language;
use crate::links::{inline_phonemes, is_english_path};
use crate::markup;

/// The line without marks. `[word](/phonemes/)` stays. In English links and emphasis stay too, because its reader knows
/// `[word](+1)` and tells programs by backticks, and so do emoji, whose names it knows.
pub fn plain(line: &str, language: Language) -> Written<'_> {
    let reader = Reader {
        english: matches!(language, Language::AmericanEnglish | Language::BritishEnglish),
        asian: matches!(language, Language::Mandarin | Language::Japanese),
    };
    let mut out = Written::new(line);
    if is_rule(line) || is_ruler(line) {
        out.push("", line.len());
        return out;
    }
    let marker = line_marker(line);
    if marker > 0 {
        out.push("", marker);
    }
    let row = is_row(out.rest());
    // Where the ends of links are, the innermost last, and the length of each.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut run = 0;
    while let Some(symbol) = out.rest().chars().next() {
        let rest = out.rest();
        let at = line.len() - rest.len();
        if let Some((_, length)) = ends.pop_if(|(end, _)| at >= *end) {
            out.push("", length);
            continue;
        }
        run = if symbol.is_ascii() && !symbol.is_whitespace() { run + 1 } else { 0 };
        if run > LONGEST_RUN {
            out.push(" ", 0);
            run = 1;
        }
        let cell = || bar(rest, out.text()).filter(|_| row).map(|(text, length)| Step::Say(text.into(), length));
        let step = reader.marked(rest).or_else(cell).or_else(|| reader.mark(symbol, rest, out.text()));
        match step.unwrap_or_else(|| reader.character(symbol, rest)) {
            Step::Keep(length) => out.keep(length),
            Step::Say(text, length) => out.push(&text, length),
            Step::Open { length, end, closing } => {
                ends.push((at + end, closing));
                out.push("", length);
            }
        }
    }
    out
}

/// What becomes of the start of a text.
enum Step {
    /// So many bytes stay.
    Keep(usize),
    /// Another text stands for so many bytes.
    Say(Cow<'static, str>, usize),
    /// So many bytes open a link, whose words stay. What closes it begins after `end` bytes.
    Open { length: usize, end: usize, closing: usize },
}

impl Step {
    fn silent(length: usize) -> Self {
        Self::Say("".into(), length)
    }
}

/// What the reader of a language knows itself.
#[derive(Clone, Copy)]
struct Reader {
    english: bool,
    asian: bool,
}

impl Reader {
    /// `[word](/phonemes/)`, which stays.
    fn marked(self, rest: &str) -> Option<Step> {
        let (word, target, length) = inline_phonemes(rest)?;
        (!(self.english && is_english_path(word, target))).then_some(Step::Keep(length))
    }

    /// A mark that begins with `symbol` at the start of `rest`, after the text `before`.
    fn mark(self, symbol: char, rest: &str, before: &str) -> Option<Step> {
        match symbol {
            '&' => entity(rest).map(|(text, length)| Step::Say(text.into(), length)),
            '<' => match tag(rest)? {
                Tag::Silent(length) => Some(Step::silent(length)),
                Tag::Pause(length) => {
                    let before = before.trim_end();
                    let ended = before.is_empty() || before.ends_with(['.', ',', ';', ':', '!', '?', '|']);
                    Some(Step::Say(if ended { " " } else { ", " }.into(), length))
                }
                Tag::Address(length) => Some(Step::Open { length: 1, end: length, closing: 1 }),
            },
            '[' | '!' => note(rest).map(Step::silent).or_else(|| self.link(symbol, rest)),
            '*' | '_' | '`' | '~' if !self.english => {
                let after = rest.trim_start_matches(symbol);
                let length = rest.len() - after.len();
                Some(if is_emphasis(symbol, length, before, after) { Step::silent(length) } else { Step::Keep(length) })
            }
            '-' if rest.starts_with("--") => {
                let length = rest.len() - rest.trim_start_matches('-').len();
                let dash = dash(before, length, &rest[length..]);
                Some(dash.map_or(Step::Keep(length), |dash| Step::Say(dash.into(), length)))
            }
            ' ' if !self.english && rest[1..].starts_with(is_emoji) => {
                // No space before punctuation, nor two.
                let after = after_emoji(&rest[1..]);
                after.starts_with([' ', ',', '.', ';', ':', '!', '?']).then(|| Step::silent(rest.len() - after.len()))
            }
            _ => None,
        }
    }

    /// A link or an image, which begins with `symbol`.
    fn link(self, symbol: char, rest: &str) -> Option<Step> {
        let image = usize::from(symbol == '!');
        let inner = &rest[image..];
        let (word, length) = link(inner).filter(|_| image == 0 || inline_phonemes(inner).is_none())?;
        let path = || markup::link(inner).is_some_and(|(word, target, _)| is_english_path(word, target));
        if !self.english || path() {
            return Some(Step::Open { length: image + 1, end: image + 1 + word, closing: length - 1 - word });
        }
        (image > 0).then(|| Step::silent(image))
    }

    /// A character that is no mark.
    fn character(self, symbol: char, rest: &str) -> Step {
        let length = symbol.len_utf8();
        let say = |text: &'static str| Step::Say(text.into(), length);
        let plain = |first, to| Step::Say(ascii(symbol, first, to).into(), length);
        match symbol {
            _ if !self.english && is_emoji(symbol) => Step::silent(rest.len() - after_emoji(rest).len()),
            _ if is_invisible(symbol) => Step::silent(length),
            _ if symbol.is_control() => say(" "),
            '०'..='९' => plain('०', '0'),
            '０'..='９' if self.asian => plain('０', '0'),
            'Ａ'..='Ｚ' if self.asian => plain('Ａ', 'A'),
            'ａ'..='ｚ' if self.asian => plain('ａ', 'a'),
            // As misaki does for espeak-ng.
            '«' if !self.english && !self.asian => say("“"),
            '»' if !self.english && !self.asian => say("”"),
            _ => Step::Keep(length),
        }
    }
}

/// The character of ASCII in the place of `symbol`, which is as far from `first` as that from `plain`.
fn ascii(symbol: char, first: char, plain: char) -> String {
    char::from_u32(symbol as u32 - first as u32 + plain as u32).into_iter().collect()
}

fn is_emoji(symbol: char) -> bool {
    matches!(symbol, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23fa}'
        | '\u{25b6}' | '\u{25c0}' | '\u{2b05}'..='\u{2b07}' | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' | '\u{fe0f}' | '\u{20e3}'
        | '\u{e0020}'..='\u{e007f}')
}

/// The text after the emoji at its start. A joiner belongs to emoji here, but to letters in Hindi.
fn after_emoji(text: &str) -> &str {
    let after = text.trim_start_matches(is_emoji);
    if after.len() < text.len() { text.trim_start_matches(|c| is_emoji(c) || c == '\u{200d}') } else { text }
}

/// Whether a character cannot be seen: soft hyphen, space without width, marks of direction and of variants, byte order mark.
fn is_invisible(symbol: char) -> bool {
    matches!(symbol, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{AmericanEnglish as English, Japanese, Mandarin, Spanish};

    #[test]
    fn marks_are_left_out_in_all_languages() {
        for (written, expected) in [
            ("| Name | Age |", "Name, Age"),
            ("| Total: | 5 |  |", "Total: 5"),
            ("|a|", "a"),
            ("|x| > 3", "|x| > 3"),
            ("|x", "|x"),
            ("|| b", "|| b"),
            ("a | b", "a | b"),
            ("Name | Age | Town", "Name, Age, Town"),
            ("a|b|c", "a|b|c"),
            ("|x| = 1 | y | z", "|x| = 1 | y | z"),
            ("|---|:--:|", ""),
            ("--- | ---", ""),
            ("* * *", ""),
            ("```", ""),
            ("- [x] Write", "Write"),
            ("[x] Write", "[x] Write"),
            ("+ one", "one"),
            ("> - ## one", "one"),
            ("- 5", "- 5"),
            ("> 5 km", "> 5 km"),
            ("#one", "#one"),
            ("one<br>two<br/> three", "one, two,  three"),
            ("<b>bold</b> x < y > z <em", "bold x < y > z <em"),
            ("<a href=\"x\">one</a> <span class='x'>two</span> <a> <x y>", "one two <a> <x y>"),
            ("<https://a.com/b> or <mailto:a@b.com>", "https://a.com/b or mailto:a@b.com"),
            ("Q&amp;A &lt;3 it&#8217;s &#x41; &#1; &#;", "Q&A <3 it’s A &#1; &#;"),
            ("one[^1] two[^a b] [^2]: three", "one two[^a b]  three"),
            ("pages 5--10", "pages 5–10"),
            ("he paused--then, \"No,\"--he said--", "he paused—then, \"No,\"—he said—"),
            ("I--I see", "I—I see"),
            ("use --help, i--; x--y, Mr. ---- and a -- b", "use --help, i--; x--y, Mr. ---- and a -- b"),
            ("so\u{ad}ft\u{200b} \u{1}५", "soft  5"),
            ("[a](/ˈa/) ![b](/ˈb/)", "[a](/ˈa/) ![b](/ˈb/)"),
        ] {
            for language in [English, Spanish, Mandarin, Japanese] {
                assert_eq!(plain(written, language).text(), expected, "{written} in {language}");
            }
        }
    }

    #[test]
    fn links_emphasis_and_emoji_are_left_out_where_the_reader_does_not_know_them() {
        for (written, expected) in [
            ("Lee [la guía](https://ejemplo.com/a_b) **ahora** o *luego*.", "Lee la guía ahora o luego."),
            ("![foto](a.png) `código` ~~no~~ __sí__", "foto código no sí"),
            ("Hola 😀👩‍🚀🇪🇸, mundo ❤️! 🎉 Sí ⏰", "Hola, mundo! Sí "),
            ("[Oi](/ˈoj/) mi_archivo 5 * 3 a*b", "[Oi](/ˈoj/) mi_archivo 5 * 3 a*b"),
            ("क्‍ष", "क्‍ष"),
            ("(**dos**), \"*tres*\"", "(dos), \"tres\""),
            ("[a] (b) [c](", "[a] (b) [c]("),
            ("#uno * _", "#uno * _"),
            ("[*a*](b) [](c)", "a "),
            ("看[文档](https://a.com/b)吧", "看文档吧"),
            ("这是**重点**。", "这是重点。"),
        ] {
            assert_eq!(plain(written, Spanish).text(), expected, "{written}");
        }
        assert_eq!(plain("[a](b.c) ![d](e) *f* 😀 [girl](+1)", English).text(), "[a](b.c) [d](e) *f* 😀 [girl](+1)");
        assert_eq!(plain("[Install](/install/) [a](/b/) [c] [x](/guide/)", English).text(), "Install [a](/b/) [c] x");
        assert_eq!(plain("１００％ ＡＢＣ，", Mandarin).text(), "100％ ABC，");
        assert_eq!(plain("«sí»", Spanish).text(), "“sí”");
    }

    #[test]
    fn what_is_no_word_is_broken() {
        let long = format!("{} b", "a-".repeat(LONGEST_RUN));
        let plain = plain(&long, English);
        assert!(plain.text().split(' ').all(|word| word.len() <= LONGEST_RUN));
        assert_eq!(plain.text().replace(' ', ""), long.replace(' ', ""));
    }
}
