//! What Markdown, HTML and plain text write for marks: tables, boxes of tasks, entities, tags, and two hyphens for a dash.

/// Entities of HTML and what they stand for.
const ENTITIES: [(&str, &str); 14] = [
    ("&amp;", "&"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&nbsp;", " "),
    ("&ndash;", "–"),
    ("&mdash;", "—"),
    ("&hellip;", "…"),
    ("&lsquo;", "‘"),
    ("&rsquo;", "’"),
    ("&ldquo;", "“"),
    ("&rdquo;", "”"),
];

/// Tags that change the look of words only. `br` is a pause.
const TAGS: &str = "b i u s em strong small sub sup code kbd mark span p div";

/// Comparisons of programs, which are words of their own.
const COMPARISONS: [(&str, &str); 2] = [("===", "="), ("!==", "≠")];

/// The line with plain marks.
pub fn plain(line: &str) -> String {
    let mut line = line.to_owned();
    if line.contains('<') {
        line = without_tags(&line);
    }
    if line.contains('&') {
        line = ENTITIES.iter().fold(line, |line, (entity, mark)| line.replace(entity, mark));
    }
    if line.contains("==") {
        line = line.split(' ').map(comparison).collect::<Vec<_>>().join(" ");
    }
    if line.contains("--") {
        line = with_dashes(&line);
    }
    // spaCy takes ":*" for a face.
    if line.contains(":**") {
        line = line.strip_suffix(":**").map_or(line.clone(), |line| format!("{line}:")).replace(":** ", ": ");
    }
    cells(&line).unwrap_or(line)
}

fn comparison(word: &str) -> &str {
    COMPARISONS.iter().find(|(sign, _)| *sign == word).map_or(word, |(_, plain)| plain)
}

/// Whether a line separates the head of a table from its rows: "|---|:--:|".
pub fn is_rule(line: &str) -> bool {
    line.contains('|') && line.contains("--") && line.chars().all(|c| "|:-+ \t".contains(c))
}

/// The cells of a row with commas between them, if the line is one: "| Name | Age |" is "Name, Age". Without bars at the ends
/// a row has two between words at least.
fn cells(line: &str) -> Option<String> {
    let row = line.trim();
    let framed = row.strip_prefix('|').and_then(|rest| rest.strip_suffix('|')).filter(|inner| !inner.starts_with('|'));
    let inner = framed
        .or((row.matches(" | ").count() > 1 && !row.starts_with('|') && !row.contains(['(', '`'])).then_some(row))?;
    let cells = inner.split('|').map(str::trim).filter(|cell| !cell.is_empty());
    let mut out = String::with_capacity(row.len());
    for cell in cells {
        if !out.is_empty() {
            out.push_str(if out.ends_with(['.', ',', ';', ':', '!', '?']) { " " } else { ", " });
        }
        out.push_str(cell);
    }
    Some(out)
}

/// The line without the box of a task: "- [x] Write" is "- Write".
pub fn without_box(line: &str) -> &str {
    let item = line.strip_prefix(['-', '*', '+']).and_then(|rest| rest.strip_prefix(' ')).map(str::trim_start);
    let boxes = ["[ ] ", "[x] ", "[X] "];
    item.and_then(|item| boxes.iter().find_map(|mark| item.strip_prefix(mark))).unwrap_or(line)
}

/// The line with a pause for `<br>`, and without the tags of [`TAGS`].
fn without_tags(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let tag = rest[at + 1..].split_once('>').map(|(tag, after)| (tag.trim_matches(['/', ' ']), after));
        rest = match tag {
            Some((tag, after)) if tag.eq_ignore_ascii_case("br") => {
                let ends = out.trim_end().ends_with(['.', ',', ';', ':', '!', '?', '|']) || out.trim().is_empty();
                out.push_str(if ends { " " } else { ", " });
                after
            }
            Some((tag, after)) if TAGS.split(' ').any(|known| tag.eq_ignore_ascii_case(known)) => after,
            _ => {
                out.push('<');
                &rest[at + 1..]
            }
        };
    }
    out.push_str(rest);
    out
}

/// The line with a dash for two hyphens after a word or its punctuation, "he paused--then", or between numbers. Those of
/// "--help" and "i--" stay.
fn with_dashes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("--") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after = from.trim_start_matches('-');
        let hyphens = &from[..from.len() - after.len()];
        let word = out.rsplit(char::is_whitespace).next().unwrap_or_default();
        let letters = word.trim_matches(|c: char| !c.is_alphabetic());
        let spoken = letters.chars().count() > 1 || ["I", "O", "A"].contains(&letters);
        let ends = out.ends_with(|c: char| c.is_alphabetic() || ",.;:!?\"'”’)_".contains(c));
        let goes_on = after.is_empty() || after.starts_with(|c: char| c.is_alphabetic() || " \"'“‘(_".contains(c));
        let digit = |c: char| c.is_ascii_digit();
        if hyphens.len() == 2 && out.ends_with(digit) && after.starts_with(digit) {
            out.push('–');
            rest = after;
            continue;
        }
        out.push_str(if hyphens.len() < 4 && spoken && ends && goes_on { "—" } else { hyphens });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_plain() {
        for (written, expected) in [
            ("| Name | Age |", "Name, Age"),
            ("| Total: | 5 |  |", "Total: 5"),
            ("|a|", "a"),
            ("|x| > 3", "|x| > 3"),
            ("|x", "|x"),
            ("pages 5--10", "pages 5–10"),
            ("|| b", "|| b"),
            ("a | b", "a | b"),
            ("Name | Age | Town", "Name, Age, Town"),
            ("a|b|c", "a|b|c"),
            ("|x| = 1 | y | z", "|x| = 1 | y | z"),
            ("one<br>two<br/> three", "one, two,  three"),
            ("<b>bold</b> x < y > z <em", "bold x < y > z <em"),
            ("Q&amp;A &lt;3", "Q&A <3"),
            ("a === b !== c == d", "a = b ≠ c == d"),
            ("he paused--then, \"No,\"--he said--", "he paused—then, \"No,\"—he said—"),
            ("I--I see", "I—I see"),
            ("use --help, i--; x--y, Mr. ---- and a -- b", "use --help, i--; x--y, Mr. ---- and a -- b"),
        ] {
            assert_eq!(plain(written), expected, "{written}");
        }
        assert_eq!(without_box("- [x] Write"), "Write");
        assert_eq!(without_box("[x] Write"), "[x] Write");
        assert!(is_rule("|---|:--:|") && is_rule("--- | ---") && !is_rule("| - |") && !is_rule("---"));
    }
}
