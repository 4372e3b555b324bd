//! Markdown in a line: markers, tables, links, emphasis and dashes.

/// The bytes of the longest address of a link.
const LONGEST_TARGET: usize = 2048;
/// The most markers that a line begins with, as in "> - [x] one".
const MOST_MARKERS: usize = 4;

/// Whether a line separates the head of a table from its rows: "|---|:--:|".
pub fn is_rule(line: &str) -> bool {
    line.contains('|') && line.contains("--") && line.chars().all(|c| "|:-+ \t".contains(c))
}

/// Whether a line is a ruler, such as "* * *", or the fence of a program.
pub fn is_ruler(line: &str) -> bool {
    let symbols = || line.chars().filter(|symbol| !symbol.is_whitespace());
    symbols().all(|symbol| "*-_=~#·•`".contains(symbol)) && symbols().nth(2).is_some()
}

/// The length of the markers of list items, boxes of tasks, headings and quotations at the start of a line. "- 5" is a negative
/// number, and "> 5" a comparison.
pub fn line_marker(line: &str) -> usize {
    let mut rest = line.trim_start();
    for _ in 0..MOST_MARKERS {
        let heading = rest.trim_start_matches('#');
        let item = rest.strip_prefix(['-', '–', '*', '>', '•', '+']);
        let Some(after) = item.or((heading.len() < rest.len()).then_some(heading)) else { break };
        let Some(text) = after.strip_prefix(' ').map(str::trim_start) else { break };
        let is_number = text.starts_with(|c: char| c.is_ascii_digit());
        if rest.starts_with(['-', '–', '>', '+']) && is_number {
            break;
        }
        let boxes = ["[ ] ", "[x] ", "[X] "];
        rest = boxes.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    }
    if rest.len() < line.trim_start().len() { line.len() - rest.len() } else { 0 }
}

/// Whether a text is a row of a table: "| Name | Age |". Without bars at the ends a row has two between words at least.
pub fn is_row(text: &str) -> bool {
    let row = text.trim();
    let framed =
        row.strip_prefix('|').and_then(|rest| rest.strip_suffix('|')).is_some_and(|inner| !inner.starts_with('|'));
    framed || row.matches(" | ").nth(1).is_some() && !row.starts_with('|') && !row.contains(['(', '`'])
}

/// The bars between two cells at the start of `rest`, with their white space: a comma, unless a cell ends in punctuation.
pub fn bar(rest: &str, before: &str) -> Option<(&'static str, usize)> {
    // What follows the first space has been looked at there.
    if !rest.starts_with('|') && (!rest.starts_with(char::is_whitespace) || before.ends_with(char::is_whitespace)) {
        return None;
    }
    let after = rest.trim_start_matches(|c: char| c == '|' || c.is_whitespace());
    let length = rest.len() - after.len();
    let text = match before.chars().next_back() {
        None => "",
        Some(_) if after.is_empty() => "",
        Some(last) if ".,;:!?".contains(last) => " ",
        Some(_) => ", ",
    };
    rest[..length].contains('|').then_some((text, length))
}

/// The length of the mark of a footnote in Markdown, `[^1]`, at the start of `text`.
pub fn note(text: &str) -> Option<usize> {
    let name = text.strip_prefix("[^")?;
    let end = name.bytes().take(32).position(|c| c == b']').filter(|end| *end > 0)?;
    let note = 2 + end + 1;
    (!name[..end].contains(char::is_whitespace)).then(|| note + usize::from(text[note..].starts_with(':')))
}

/// The length of the word of `[word](address)` at the start of a text, and the length of all.
pub fn link(text: &str) -> Option<(usize, usize)> {
    let inner = text.strip_prefix('[')?;
    let word = inner.find(['[', ']'])?;
    let target = inner[word..].strip_prefix("](")?;
    let end = target.bytes().take(LONGEST_TARGET).position(|c| c == b')').filter(|end| *end > 0)?;
    (!target.starts_with(char::is_whitespace)).then_some((word, 1 + word + 2 + end + 1))
}

/// Whether `length` signs between two texts are emphasis. "5 * 3", "mi_archivo" and "~5" are not. Characters of Chinese and
/// Japanese have no spaces between them.
pub fn is_emphasis(symbol: char, length: usize, before: &str, after: &str) -> bool {
    let (before, next) = (before.chars().next_back(), after.chars().next());
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && c < '\u{2e80}');
    let around = !word(before) && next.is_some_and(|c| !c.is_whitespace())
        || !word(next) && before.is_some_and(|c| !c.is_whitespace());
    length < 4 && (symbol != '~' || length == 2) && around && !(word(before) && word(next))
}

/// The dash for two or three hyphens after a word or its punctuation, "he paused--then", or between numbers. Those of "--help"
/// and "i--" stay.
pub fn dash(before: &str, length: usize, after: &str) -> Option<&'static str> {
    let digit = |c: char| c.is_ascii_digit();
    if length == 2 && before.ends_with(digit) && after.starts_with(digit) {
        return Some("–");
    }
    let start = before.char_indices().rev().take(8).take_while(|(_, c)| !c.is_whitespace()).last();
    let letters = before[start.map_or(before.len(), |(at, _)| at)..].trim_matches(|c: char| !c.is_alphabetic());
    let spoken = letters.chars().nth(1).is_some() || ["I", "O", "A"].contains(&letters);
    let ends = before.ends_with(|c: char| c.is_alphabetic() || ",.;:!?\"'”’)_".contains(c));
    let goes_on = after.is_empty() || after.starts_with(|c: char| c.is_alphabetic() || " \"'“‘(_".contains(c));
    (length < 4 && spoken && ends && goes_on).then_some("—")
}
