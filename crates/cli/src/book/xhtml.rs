//! The text of a book's XHTML: without scripts, styles, page numbers and references to notes.

use std::collections::HashSet;

use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// The text from one anchor to the next.
#[derive(Debug, Default, PartialEq)]
pub struct Piece {
    /// The id at which it begins; `None` at the start of the document.
    pub id: Option<String>,
    pub text: String,
}

/// What a document says.
#[derive(Debug, Default, PartialEq)]
pub struct Document {
    /// At least one.
    pub pieces: Vec<Piece>,
    /// The text of its first heading.
    pub heading: Option<String>,
}

/// Elements whose content is not read. `rt` and `rp` repeat what ruby text says; `nav` lists chapters.
const SILENT: [&str; 11] = ["head", "script", "style", "template", "svg", "math", "nav", "rt", "rp", "audio", "video"];
/// Values of `epub:type` and `role` whose elements are not read.
const SILENT_TYPES: [&str; 4] = ["pagebreak", "noteref", "doc-pagebreak", "doc-noteref"];
/// Elements that a paragraph does not cross.
const BLOCKS: [&str; 32] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];

/// Reads a document, divided at the elements with these ids.
///
/// # Errors
/// What is wrong with the XML, and at which byte.
pub fn read(document: &str, ids: &HashSet<&str>) -> Result<Document, String> {
    let mut reader = Reader::from_str(document);
    // Books are not always well-formed, and nothing here depends on it.
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut text = Text::default();
    // The name of the element that is not read, and how many of that name are open.
    let mut silent: Option<(String, usize)> = None;
    loop {
        let event = reader.read_event().map_err(|error| format!("{error}, at byte {}", reader.error_position()))?;
        match (event, &mut silent) {
            (Event::Eof, _) => return Ok(text.end()),
            (Event::Start(tag), Some((name, open))) => *open += usize::from(tag.local_name().as_ref() == name),
            (Event::End(tag), Some((name, open))) => {
                *open -= usize::from(tag.local_name().as_ref() == name);
                if *open == 0 {
                    silent = None;
                }
            }
            (_, Some(_)) => {}
            (Event::Start(tag), None) => {
                text.open(&tag, ids);
                if is_silent(&tag) {
                    silent = Some((tag.local_name().as_ref().to_owned(), 1));
                }
            }
            (Event::Empty(tag), None) => {
                text.open(&tag, ids);
                text.close(tag.local_name().as_ref());
            }
            (Event::End(tag), None) => text.close(tag.local_name().as_ref()),
            (Event::Text(content), None) => text.push(&content.xml10_content()),
            (Event::CData(content), None) => text.push(&content.xml10_content()),
            (Event::GeneralRef(entity), None) => text.push(&resolved(&entity)),
            _ => {}
        }
    }
}

fn is_silent(tag: &BytesStart<'_>) -> bool {
    let has_silent_type = |name| {
        let value = tag.try_get_attribute(name).ok().flatten();
        value.is_some_and(|found| found.value.split_whitespace().any(|kind| SILENT_TYPES.contains(&kind)))
    };
    SILENT.contains(&tag.local_name().as_ref())
        || has_silent_type("epub:type")
        || has_silent_type("role")
        || tag.try_get_attribute("hidden").is_ok_and(|hidden| hidden.is_some())
}

/// The character that an entity stands for; a space for one that is not known.
fn resolved(entity: &BytesRef<'_>) -> String {
    match entity.resolve_char_ref() {
        Ok(Some(character)) => character.to_string(),
        _ => resolve_html5_entity(&entity.xml10_content()).unwrap_or(" ").to_owned(),
    }
}

/// Text with single spaces, and a blank line between paragraphs.
#[derive(Default)]
struct Text {
    /// The pieces before the current one, and the first heading.
    document: Document,
    piece: Piece,
    /// What comes before the next word.
    gap: Gap,
    /// The first heading, while it is read: its element and where it began.
    heading: Option<(String, usize)>,
}

#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

impl Text {
    fn widen(&mut self, gap: Gap) {
        if gap > self.gap {
            self.gap = gap;
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, ids: &HashSet<&str>) {
        let name = tag.local_name();
        if BLOCKS.contains(&name.as_ref()) {
            self.widen(Gap::Paragraph);
        }
        let id = tag.try_get_attribute("id").ok().flatten();
        if let Some(id) = id.filter(|id| ids.contains(id.value.as_ref())) {
            let next = Piece { id: Some(id.value.into_owned()), text: String::new() };
            self.document.pieces.push(std::mem::replace(&mut self.piece, next));
            self.gap = Gap::None;
            // A heading may have its anchor within.
            self.heading.iter_mut().for_each(|(_, start)| *start = 0);
        }
        let is_heading = name.as_ref().len() == 2 && name.as_ref().starts_with('h') && name.as_ref() != "hr";
        if is_heading && self.heading.is_none() && self.document.heading.is_none() {
            self.heading = Some((name.as_ref().to_owned(), self.piece.text.len()));
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "br" => self.widen(Gap::Line),
            name if BLOCKS.contains(&name) => self.widen(Gap::Paragraph),
            _ => {}
        }
        if let Some((_, start)) = self.heading.take_if(|(heading, _)| heading == name) {
            let heading = self.piece.text.get(start..).unwrap_or_default().trim().replace('\n', " ");
            self.document.heading = Some(heading).filter(|heading| !heading.is_empty());
        }
    }

    fn push(&mut self, content: &str) {
        for character in content.chars() {
            if character.is_whitespace() {
                self.widen(Gap::Space);
                continue;
            }
            let gap = std::mem::take(&mut self.gap);
            let text = &mut self.piece.text;
            if !text.is_empty() {
                text.push_str(match gap {
                    Gap::None => "",
                    Gap::Space => " ",
                    Gap::Line => "\n",
                    Gap::Paragraph => "\n\n",
                });
            }
            // A hyphen that is shown only at the end of a line.
            if character != '\u{ad}' {
                text.push(character);
            }
        }
    }

    fn end(mut self) -> Document {
        self.document.pieces.push(self.piece);
        self.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(document: &str) -> String {
        let read = read(document, &HashSet::new()).unwrap();
        read.pieces.into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn paragraphs_are_apart_and_words_are_not() {
        let document = "<html><body><h1>One</h1>\n<p>It  was\n<i>so</i>&#160;late, <b>w</b>e&mdash;he\u{ad}re&nbsp;&amp; <br/>\
                        there.</p><p>End</p></body></html>";
        assert_eq!(text(document), "One\n\nIt was so late, we—here &\nthere.\n\nEnd");
    }

    #[test]
    fn what_is_not_prose_is_left_out() {
        for silent in [
            "<head><title>T</title><style>p { color: red }</style></head>",
            "<script><![CDATA[ if (a < b) f(); ]]></script>",
            "<nav><ol><li>Chapter</li></ol></nav>",
            "<span epub:type='pagebreak'>12</span>",
            "<a role='doc-noteref' href='#n'>3</a>",
            "<p hidden='hidden'>secret</p>",
            "<svg><text>drawn</text></svg>",
            "<head><meta charset='utf-8'><link rel='x'></head>",
            "<!-- comment --><?php echo ?>",
        ] {
            assert_eq!(text(&format!("<html>{silent}<p>Prose.</p></html>")), "Prose.", "{silent}");
        }
        assert_eq!(text("<p><ruby>漢<rt>かん</rt>字<rp>(</rp><rt>じ</rt><rp>)</rp></ruby></p>"), "漢字");
        assert_eq!(text("<span epub:type='pagebreak' id='p1'/><p>After.</p>"), "After.");
    }

    #[test]
    fn anchors_divide_the_text() {
        let document =
            "<body>Front<h2 id='a'>A <em>title</em></h2><p>one</p><h2><a id='b'/>B</h2><p id='c'>two</p></body>";
        let read = read(document, &HashSet::from(["a", "b"])).unwrap();
        let pieces: Vec<_> = read.pieces.iter().map(|piece| (piece.id.as_deref(), piece.text.as_str())).collect();
        assert_eq!(pieces, [(None, "Front"), (Some("a"), "A title\n\none"), (Some("b"), "B\n\ntwo")]);
        assert_eq!(read.heading.as_deref(), Some("A title"));
    }

    #[test]
    fn careless_markup_is_read() {
        assert_eq!(text("<p>Fish & chips</p></div><p>AT&T &unknown; open"), "Fish & chips\n\nAT&T open");
        assert!(read("<p>a <", &HashSet::new()).is_err());
    }
}
