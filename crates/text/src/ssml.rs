//! A subset of [SSML 1.1](https://www.w3.org/TR/speech-synthesis11/).
//!
//! | element | effect |
//! |---|---|
//! | `speak` | the root |
//! | `p`, `s` | a paragraph, with a pause after it; a sentence |
//! | `break` | a pause of its `time` (`500ms`, `1.5s`) or `strength` |
//! | `phoneme` | phonemes, from its `ph`; `alphabet` is `ipa` or `x-kokoro` |
//! | `sub` | its `alias` is spoken |
//! | `say-as` | interprets the text: `characters`, `digits`, `telephone`, `cardinal`, `ordinal`, `date` |
//! | `prosody` | multiplies the `rate`: `slow`, `120%`, `+20%`, `1.2` |
//! | `voice` | speaks with the voice of that `name` |
//! | `mark` | names a position |
//!
//! `metadata` and the like are ignored. The content of any other element is spoken, with a warning unless the element is
//! `w`, `token` or `emphasis`. Documents with a DTD are errors, so there are no entities other than the five of XML.

mod attributes;
mod ipa;
mod months;
pub(crate) use months::month;
pub(crate) use say_as::date;
mod say_as;

use roxmltree::{Document, Node, ParsingOptions};

use crate::error::{Error, Result};
use crate::language::Language;
use crate::markup::{Mark, Prosody, Segment};
use attributes::{RATES, error_at, name, pause, phoneme, rate_factor, required, text_of};

/// The maximum depth of elements, because the walk over them is recursive. (The parser is not.)
const MAX_DEPTH: usize = 64;
/// The maximum number of elements, texts and comments. Each takes about 100 bytes.
const MAX_NODES: u32 = 4_000_000;
/// The pause between paragraphs, in seconds.
const PARAGRAPH_PAUSE: f32 = 0.3;

/// Whether a text is an SSML document rather than plain text.
pub fn is_ssml(text: &str) -> bool {
    let mut text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("<?xml") {
        text = text.split_once("?>").map_or("", |(_, rest)| rest).trim_start();
    }
    text.strip_prefix("<speak")
        .is_some_and(|rest| rest.starts_with(['>', '/']) || rest.starts_with(char::is_whitespace))
}

/// Parses a document into segments. `language` is the language of text outside `voice` elements of another language.
///
/// # Errors
/// [`Error::Ssml`], with line and column, if the XML is not well formed or an attribute is missing or wrong.
pub fn parse(source: &str, language: Language) -> Result<Vec<Segment>> {
    let source = source.trim_start_matches('\u{feff}').trim_start();
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(source, options).map_err(|error| {
        let (position, reason) = (error.pos(), error.to_string());
        // The message of roxmltree ends with the position.
        let reason = reason.rsplit_once(" at ").map_or(reason.as_str(), |(reason, _)| reason).to_owned();
        Error::Ssml { line: position.row, column: position.col, reason }
    })?;
    let root = document.root_element();
    let mut walk = Walk { segments: Vec::new(), text: String::new(), marks: Vec::new(), paragraph_ended: false };
    if name(root) != "speak" {
        return Err(error_at(root, format!("the root is <{}>, expected <speak>", name(root))));
    }
    walk.content(root, &Prosody::default(), language)?;
    walk.flush(&Prosody::default(), false);
    Ok(walk.segments)
}

/// The state of the recursive walk over the elements.
struct Walk {
    segments: Vec<Segment>,
    /// The text of the unfinished segment.
    text: String,
    /// The marks in `text`.
    marks: Vec<Mark>,
    /// A paragraph ended, so a pause comes before the next text.
    paragraph_ended: bool,
}

impl Walk {
    /// Walks the children of an element.
    fn content(&mut self, node: Node<'_, '_>, prosody: &Prosody, language: Language) -> Result<()> {
        if node.ancestors().take(MAX_DEPTH + 2).count() > MAX_DEPTH + 1 {
            return Err(error_at(node, format!("elements are nested deeper than {MAX_DEPTH}")));
        }
        for child in node.children() {
            if child.is_text() {
                self.push(&child.text().unwrap_or_default().replace("](", "] ("));
            } else if child.is_element() {
                self.element(child, prosody, language)?;
            }
        }
        Ok(())
    }

    fn element(&mut self, node: Node<'_, '_>, prosody: &Prosody, language: Language) -> Result<()> {
        match name(node) {
            "p" | "s" => {
                self.flush(prosody, true);
                self.content(node, prosody, language)?;
                self.flush(prosody, true);
                self.paragraph_ended |= name(node) == "p" && !self.segments.is_empty();
            }
            "break" => {
                let seconds = pause(node)?;
                self.flush(prosody, false);
                if seconds > 0.0 {
                    self.segments.push(Segment::Silence { seconds });
                    self.paragraph_ended = false;
                }
            }
            "phoneme" => {
                let phonemes = phoneme(node)?;
                let text: String = text_of(node).chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect();
                self.push(&format!("[{}](/{phonemes}/)", if text.trim().is_empty() { "x" } else { text.trim() }));
            }
            "sub" => self.push(required(node, "alias")?),
            "say-as" => {
                let (kind, format) = (required(node, "interpret-as")?, node.attribute("format").unwrap_or_default());
                self.push(&say_as::rewrite(&text_of(node), kind, format, language));
            }
            "prosody" => {
                for ignored in ["pitch", "contour", "range", "duration", "volume"] {
                    if node.has_attribute(ignored) {
                        log::warn!("SSML: <prosody {ignored}> has no effect");
                    }
                }
                let rate = node.attribute("rate").map_or(Ok(1.0), |rate| rate_factor(node, rate))?;
                let rate = (prosody.rate * rate).clamp(*RATES.start(), *RATES.end());
                self.content_with(node, prosody, &Prosody { rate, ..prosody.clone() }, language)?;
            }
            "voice" => {
                let voice = required(node, "name")?.to_owned();
                let language = match voice.as_bytes() {
                    [_, _, b'_', ..] => {
                        Language::of_voice(&voice).map_err(|error| error_at(node, error.to_string()))?
                    }
                    _ => language,
                };
                self.content_with(node, prosody, &Prosody { voice: Some(voice), ..prosody.clone() }, language)?;
            }
            "mark" => {
                let name = required(node, "name")?.to_owned();
                self.marks.push(Mark { offset: self.text.len(), name });
            }
            "metadata" | "meta" | "lexicon" | "lookup" | "desc" => {}
            other => {
                if !["w", "token", "emphasis"].contains(&other) {
                    log::warn!("SSML: <{other}> has no effect on what it contains");
                }
                self.content(node, prosody, language)?;
            }
        }
        Ok(())
    }

    /// Walks the content of an element that changes the prosody.
    fn content_with(&mut self, node: Node<'_, '_>, outer: &Prosody, inner: &Prosody, language: Language) -> Result<()> {
        if outer == inner {
            return self.content(node, inner, language);
        }
        self.flush(outer, false);
        self.content(node, inner, language)?;
        self.flush(inner, false);
        Ok(())
    }

    /// Appends text, with white space collapsed.
    fn push(&mut self, text: &str) {
        for symbol in text.chars() {
            match symbol.is_whitespace() {
                true if self.text.is_empty() || self.text.ends_with(' ') => {}
                true => self.text.push(' '),
                false => self.text.push(symbol),
            }
        }
    }

    /// Ends the unfinished segment, if it is not empty. `sentence`: a sentence ends here.
    fn flush(&mut self, prosody: &Prosody, sentence: bool) {
        if self.text.trim().is_empty() && self.marks.is_empty() {
            self.text.clear();
            return;
        }
        let mut text = std::mem::take(&mut self.text);
        // Without a full stop the network would speak the sentence as if it continued.
        if sentence && text.trim_end().ends_with(char::is_alphanumeric) {
            text.truncate(text.trim_end().len());
            text.push('.');
        }
        // Marks alone are not a paragraph.
        if !text.trim().is_empty() && std::mem::take(&mut self.paragraph_ended) {
            self.segments.push(Segment::Silence { seconds: PARAGRAPH_PAUSE });
        }
        let mut marks = std::mem::take(&mut self.marks);
        for mark in &mut marks {
            mark.offset = mark.offset.min(text.len());
        }
        self.segments.push(Segment::Text { text, prosody: prosody.clone(), marks });
    }
}

#[cfg(test)]
mod tests;
