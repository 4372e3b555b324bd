//! A subset of [SSML 1.1](https://www.w3.org/TR/speech-synthesis11/).
//!
//! | element | does |
//! |---|---|
//! | `speak` | is the root |
//! | `p`, `s` | end a paragraph (with a pause) or a sentence |
//! | `break` | is silent for its `time` (`500ms`, `1.5s`), or by its `strength` |
//! | `phoneme` | is spoken as its `ph` says, `alphabet` being `ipa` or `x-kokoro` |
//! | `sub` | is spoken as its `alias` |
//! | `say-as` | is read as `interpret-as` says: `characters`, `digits`, `telephone`, `cardinal`, `ordinal`, `date` |
//! | `prosody` | multiplies the `rate`: `slow`, `120%`, `+20%`, `1.2` |
//! | `voice` | is spoken by the voice of that `name` |
//! | `mark` | names a place |
//!
//! `metadata` and the like are passed over; of any other element the content is spoken, and a warning logged. Documents
//! with a DTD are refused, so that there are no entities but XML's five.

mod say_as;

use roxmltree::{Document, Node, ParsingOptions};

use super::markup::{Manner, Mark, Segment, decimal, seconds};
use super::{Language, phonemes};
use crate::{Error, Result};

/// Elements within elements. The walk is recursive.
const DEEPEST: usize = 64;
/// Elements, texts and comments: each takes some 100 bytes.
const MOST_NODES: u32 = 4_000_000;
/// Silence between paragraphs, in seconds.
const PARAGRAPH: f32 = 0.3;
/// Rates that the command line allows too.
const RATES: std::ops::RangeInclusive<f32> = 0.25..=4.0;

/// Whether a text is a document in SSML rather than plain.
pub fn is_ssml(text: &str) -> bool {
    let mut text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("<?xml") {
        text = text.split_once("?>").map_or("", |(_, rest)| rest).trim_start();
    }
    text.strip_prefix("<speak")
        .is_some_and(|rest| rest.starts_with(['>', '/']) || rest.starts_with(char::is_whitespace))
}

/// The segments of a document. `language` is that of its text where no voice of another language speaks.
///
/// # Errors
/// [`Error::Ssml`], with line and column, for what is not well formed XML and for attributes that are missing or wrong.
pub fn parse(source: &str, language: Language) -> Result<Vec<Segment>> {
    let source = source.trim_start_matches('\u{feff}').trim_start();
    too_deep(source)?;
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(source, options).map_err(|error| {
        let (position, reason) = (error.pos(), error.to_string());
        // Its message ends with the position.
        let reason = reason.rsplit_once(" at ").map_or(reason.as_str(), |(reason, _)| reason).to_owned();
        Error::Ssml { line: position.row, column: position.col, reason }
    })?;
    let root = document.root_element();
    let mut walk = Walk { segments: Vec::new(), text: String::new(), marks: Vec::new(), between: false };
    if name(root) != "speak" {
        return Err(wrong(root, format!("the root is <{}>, expected <speak>", name(root))));
    }
    walk.content(root, &Manner::default(), language)?;
    walk.flush(&Manner::default(), false);
    Ok(walk.segments)
}

/// Refuses a document whose elements could exhaust the parser's stack, before it is parsed.
fn too_deep(source: &str) -> Result<()> {
    // Every open element counts, comments and sections too; at worst a strange document is refused.
    let (mut depth, mut from) = (0_usize, 0);
    while let Some(at) = source[from..].find('<').map(|at| from + at) {
        let rest = &source[at..];
        let skipped =
            [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")].iter().find(|(open, _)| rest.starts_with(open));
        if let Some((_, close)) = skipped {
            from = rest.find(close).map_or(source.len(), |end| at + end + close.len());
            continue;
        }
        let end = rest.find('>').unwrap_or(rest.len());
        if rest.starts_with("</") {
            depth = depth.saturating_sub(1);
        } else if !rest[..end].ends_with('/') {
            depth += 1;
        }
        if depth > 4 * DEEPEST {
            let before = &source[..at];
            let line = before.matches('\n').count() as u32 + 1;
            let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) as u32 + 1;
            return Err(Error::Ssml { line, column, reason: format!("elements are nested deeper than {DEEPEST}") });
        }
        from = at + 1;
    }
    Ok(())
}

fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

fn wrong(node: Node<'_, '_>, reason: impl Into<String>) -> Error {
    let position = node.document().text_pos_at(node.range().start);
    Error::Ssml { line: position.row, column: position.col, reason: reason.into() }
}

fn required<'a>(node: Node<'a, '_>, attribute: &str) -> Result<&'a str> {
    let value = node.attribute(attribute).map(str::trim).filter(|value| !value.is_empty());
    value.ok_or_else(|| wrong(node, format!("<{}> has no {attribute}", name(node))))
}

/// All the text in an element.
fn text_of(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text).filter_map(|node| node.text());
    texts.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Walk {
    segments: Vec<Segment>,
    /// Of the segment that grows.
    text: String,
    marks: Vec<Mark>,
    /// A paragraph has ended.
    between: bool,
}

impl Walk {
    fn content(&mut self, node: Node<'_, '_>, manner: &Manner, language: Language) -> Result<()> {
        if node.ancestors().take(DEEPEST + 2).count() > DEEPEST + 1 {
            return Err(wrong(node, format!("elements are nested deeper than {DEEPEST}")));
        }
        for child in node.children() {
            if child.is_text() {
                self.push(&child.text().unwrap_or_default().replace("](", "] ("));
            } else if child.is_element() {
                self.element(child, manner, language)?;
            }
        }
        Ok(())
    }

    fn element(&mut self, node: Node<'_, '_>, manner: &Manner, language: Language) -> Result<()> {
        match name(node) {
            "p" | "s" => {
                self.flush(manner, true);
                self.content(node, manner, language)?;
                self.flush(manner, true);
                self.between |= name(node) == "p" && !self.segments.is_empty();
            }
            "break" => {
                let seconds = pause(node)?;
                self.flush(manner, false);
                if seconds > 0.0 {
                    self.segments.push(Segment::Silence { seconds });
                    self.between = false;
                }
            }
            "phoneme" => {
                let given = spoken(node)?;
                let text: String = text_of(node).chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect();
                self.push(&format!("[{}](/{given}/)", if text.trim().is_empty() { "x" } else { text.trim() }));
            }
            "sub" => self.push(required(node, "alias")?),
            "say-as" => {
                let (kind, format) = (required(node, "interpret-as")?, node.attribute("format").unwrap_or_default());
                self.push(&say_as::read(&text_of(node), kind, format, language));
            }
            "prosody" => {
                for ignored in ["pitch", "contour", "range", "duration", "volume"] {
                    if node.has_attribute(ignored) {
                        log::warn!("SSML: <prosody {ignored}> has no effect");
                    }
                }
                let rate = node.attribute("rate").map_or(Ok(1.0), |rate| factor(node, rate))?;
                let rate = (manner.rate * rate).clamp(*RATES.start(), *RATES.end());
                self.within(node, manner, &Manner { rate, ..manner.clone() }, language)?;
            }
            "voice" => {
                let voice = required(node, "name")?.to_owned();
                let language = match voice.as_bytes() {
                    [_, _, b'_', ..] => Language::of_voice(&voice).map_err(|error| wrong(node, error.to_string()))?,
                    _ => language,
                };
                self.within(node, manner, &Manner { voice: Some(voice), ..manner.clone() }, language)?;
            }
            "mark" => {
                let name = required(node, "name")?.to_owned();
                self.marks.push(Mark { at: self.text.len(), name });
            }
            "metadata" | "meta" | "lexicon" | "lookup" | "desc" => {}
            other => {
                if !["w", "token", "emphasis"].contains(&other) {
                    log::warn!("SSML: <{other}> has no effect on what it contains");
                }
                self.content(node, manner, language)?;
            }
        }
        Ok(())
    }

    /// The content of an element that is spoken in another manner than what is around it.
    fn within(&mut self, node: Node<'_, '_>, around: &Manner, own: &Manner, language: Language) -> Result<()> {
        if around == own {
            return self.content(node, own, language);
        }
        self.flush(around, false);
        self.content(node, own, language)?;
        self.flush(own, false);
        Ok(())
    }

    /// Appends with white space as one space.
    fn push(&mut self, text: &str) {
        for symbol in text.chars() {
            match symbol.is_whitespace() {
                true if self.text.is_empty() || self.text.ends_with(' ') => {}
                true => self.text.push(' '),
                false => self.text.push(symbol),
            }
        }
    }

    /// Ends the segment that grows, if there is something in it.
    fn flush(&mut self, manner: &Manner, sentence: bool) {
        if self.text.trim().is_empty() && self.marks.is_empty() {
            self.text.clear();
            return;
        }
        let mut text = std::mem::take(&mut self.text);
        // A sentence without a full stop is spoken as if it went on.
        if sentence && text.trim_end().ends_with(char::is_alphanumeric) {
            text.truncate(text.trim_end().len());
            text.push('.');
        }
        // A mark alone is no paragraph.
        if !text.trim().is_empty() && std::mem::take(&mut self.between) {
            self.segments.push(Segment::Silence { seconds: PARAGRAPH });
        }
        let mut marks = std::mem::take(&mut self.marks);
        for mark in &mut marks {
            mark.at = mark.at.min(text.len());
        }
        self.segments.push(Segment::Text { text, manner: manner.clone(), marks });
    }
}

/// The seconds of a `break`.
fn pause(node: Node<'_, '_>) -> Result<f32> {
    if let Some(time) = node.attribute("time") {
        let reason = || wrong(node, format!("<break time={time:?}> is no time such as 500ms or 1.5s"));
        return seconds(time).ok_or_else(reason);
    }
    Ok(match node.attribute("strength").unwrap_or("medium") {
        "none" => 0.0,
        "x-weak" => 0.1,
        "weak" => 0.25,
        "medium" => 0.5,
        "strong" => 0.75,
        "x-strong" => 1.0,
        other => return Err(wrong(node, format!("<break strength={other:?}> is not known"))),
    })
}

/// The factor of a `prosody rate`.
fn factor(node: Node<'_, '_>, rate: &str) -> Result<f32> {
    let rate = rate.trim();
    let named = match rate {
        "x-slow" => Some(0.5),
        "slow" => Some(0.75),
        "medium" | "default" => Some(1.0),
        "fast" => Some(1.25),
        "x-fast" => Some(1.5),
        _ => None,
    };
    let percent = || {
        let number = rate.strip_suffix('%')?;
        let change = if rate.starts_with('+') { 1.0 } else { 0.0 };
        match number.strip_prefix('-') {
            Some(less) => Some(1.0 - decimal(less)? / 100.0),
            None => Some(change + decimal(number)? / 100.0),
        }
    };
    let factor = named.or_else(percent).or_else(|| decimal(rate)).filter(|factor| RATES.contains(factor));
    factor.ok_or_else(|| {
        let (least, most) = (RATES.start(), RATES.end());
        wrong(node, format!("<prosody rate={rate:?}> is no rate of {least} to {most} times (slow, 120%, +20%, 1.2)"))
    })
}

/// The phonemes of a `phoneme`, in Kokoro's alphabet.
fn spoken(node: Node<'_, '_>) -> Result<String> {
    let given = required(node, "ph")?;
    let kokoro = match node.attribute("alphabet").unwrap_or("ipa") {
        "ipa" => from_ipa(given),
        "x-kokoro" | "x-misaki" => given.to_owned(),
        other => {
            return Err(wrong(node, format!("<phoneme alphabet={other:?}> is not known, expected ipa or x-kokoro")));
        }
    };
    let unknown: String = phonemes::unknown(&kokoro).chain(kokoro.chars().filter(|c| "()".contains(*c))).collect();
    match unknown.is_empty() && kokoro.chars().any(char::is_alphabetic) {
        true => Ok(kokoro),
        false => Err(wrong(node, format!("<phoneme ph={given:?}>: not in Kokoro's alphabet: {unknown:?}"))),
    }
}

/// IPA in Kokoro's alphabet: diphthongs and affricates are one symbol, stress stands before its vowel.
fn from_ipa(ipa: &str) -> String {
    const PAIRS: [(&str, &str); 14] = [
        ("aɪ", "I"),
        ("aʊ", "W"),
        ("eɪ", "A"),
        ("oʊ", "O"),
        ("əʊ", "Q"),
        ("ɔɪ", "Y"),
        ("dʒ", "ʤ"),
        ("tʃ", "ʧ"),
        ("ts", "ʦ"),
        ("dz", "ʣ"),
        ("ɝ", "ɜɹ"),
        ("ɫ", "l"),
        ("r", "ɹ"),
        ("g", "ɡ"),
    ];
    let mut plain: String = ipa.chars().filter(|c| !".‿͜͡".contains(*c)).collect();
    for (ipa, kokoro) in PAIRS {
        plain = plain.replace(ipa, kokoro);
    }
    let (mut spoken, mut stress) = (String::new(), None);
    for symbol in plain.chars() {
        match symbol {
            '\'' | 'ˈ' => stress = Some('ˈ'),
            ',' | 'ˌ' => stress = Some('ˌ'),
            symbol => {
                if "AIOQWYaeiouyæøœɐɑɒɔəɚɛɜɤɨɪɯʊʌᵻ".contains(symbol) {
                    spoken.extend(stress.take());
                }
                spoken.push(symbol);
            }
        }
    }
    spoken
}

#[cfg(test)]
mod tests;
