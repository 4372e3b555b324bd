//! HTML in a line: entities and tags.

/// Entities of HTML and what they stand for.
const ENTITIES: [(&str, &str); 13] = [
    ("&amp;", "&"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&ndash;", "–"),
    ("&mdash;", "—"),
    ("&hellip;", "…"),
    ("&lsquo;", "‘"),
    ("&rsquo;", "’"),
    ("&ldquo;", "“"),
    ("&rdquo;", "”"),
];

/// Tags that are not spoken, and `br`, which is a pause.
const TAGS: &str = "b i u s em strong small sub sup code kbd mark span p div del ins img br hr h1 h2 h3 h4 h5 h6 ul ol li pre blockquote";

/// The bytes of the longest tag.
const LONGEST_TAG: usize = 256;

/// The character of an entity at the start of `text`, and its length.
pub fn entity(text: &str) -> Option<(String, usize)> {
    if let Some((entity, plain)) = ENTITIES.iter().find(|(entity, _)| text.starts_with(entity)) {
        return Some(((*plain).to_owned(), entity.len()));
    }
    let end = text.bytes().take("&#x10ffff;".len()).position(|c| c == b';')?;
    let number = text[..end].strip_prefix("&#")?;
    let number = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => number.parse().ok()?,
    };
    let symbol = char::from_u32(number).filter(|symbol| !symbol.is_control())?;
    Some((symbol.to_string(), end + 1))
}

/// What a tag is for the ear.
pub enum Tag {
    Silent(usize),
    Pause(usize),
    /// An address in angle brackets, up to the second.
    Address(usize),
}

/// A tag, or an address in angle brackets, at the start of `text`.
pub fn tag(text: &str) -> Option<Tag> {
    let end = text.bytes().take(LONGEST_TAG).position(|c| c == b'>')?;
    let inner = &text[1..end];
    if ["http://", "https://", "mailto:"].iter().any(|scheme| inner.starts_with(scheme)) && !inner.contains(' ') {
        return Some(Tag::Address(end));
    }
    let plain = inner.trim_matches(['/', ' ']);
    let (name, attributes) = plain.split_once(' ').unwrap_or((plain, ""));
    let known = TAGS.split(' ').any(|known| name.eq_ignore_ascii_case(known))
        && (attributes.is_empty() || attributes.contains('='));
    let link = name.eq_ignore_ascii_case("a") && (attributes.contains('=') || inner.starts_with('/'));
    match name.eq_ignore_ascii_case("br") {
        true if known => Some(Tag::Pause(end + 1)),
        _ => (known || link).then_some(Tag::Silent(end + 1)),
    }
}
