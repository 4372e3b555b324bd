//! Markup in text: pauses, inline phonemes, and the segments that [SSML](crate::ssml) is parsed into.

/// The longest single pause, in seconds.
pub const LONGEST_PAUSE: f32 = 60.0;

/// The bytes of the longest tag of a pause that is looked for.
const LONGEST_TAG: usize = 64;

/// How a segment of text is spoken.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Prosody {
    /// Factor on the speed of the whole text.
    pub rate: f32,
    /// The name of the voice, if it is not the voice of the whole text.
    pub voice: Option<String>,
}

impl Default for Prosody {
    fn default() -> Self {
        Self { rate: 1.0, voice: None }
    }
}

/// A named position in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mark {
    /// The byte offset in the text of the segment.
    pub offset: usize,
    /// The name.
    pub name: String,
}

/// A segment of a text with markup.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Segment {
    /// Text to speak. It may contain `[word](/phonemes/)`, which the [`G2p`](crate::G2p) resolves.
    Text {
        /// The text; blank only if there are marks.
        text: String,
        /// Voice and rate.
        prosody: Prosody,
        /// Named positions, in order.
        marks: Vec<Mark>,
    },
    /// A pause.
    Silence {
        /// The length, at most [`LONGEST_PAUSE`].
        seconds: f32,
    },
}

/// Splits plain text at its pauses, `[pause:0.5s]` or `[pause:500ms]`. A malformed pause stays text.
pub fn parse(text: &str) -> Vec<Segment> {
    let (mut segments, mut rest, mut from) = (Vec::new(), text, 0);
    while let Some(found) = rest[from..].find("[pause:") {
        let at = from + found;
        let end = rest.as_bytes()[at..].iter().take(LONGEST_TAG).position(|c| *c == b']').map(|length| at + length);
        let pause = end.and_then(|end| Some((seconds(&rest[at + "[pause:".len()..end])?, &rest[end + 1..])));
        match pause {
            Some((seconds, after)) => {
                push_text(&rest[..at], &mut segments);
                segments.push(Segment::Silence { seconds });
                (rest, from) = (after, 0);
            }
            None => from = at + 1,
        }
    }
    push_text(rest, &mut segments);
    segments
}

fn push_text(text: &str, segments: &mut Vec<Segment>) {
    if !text.trim().is_empty() {
        segments.push(Segment::Text { text: text.to_owned(), prosody: Prosody::default(), marks: Vec::new() });
    }
}

/// The text with the word in place of each `[word](/phonemes/)`.
pub(crate) fn words_only(text: &str) -> String {
    let (mut words, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(symbol) = rest.chars().next() {
        let (word, length) = match link(rest) {
            Some((word, _, length)) => (word, length),
            None => (&rest[..symbol.len_utf8()], symbol.len_utf8()),
        };
        words += word;
        rest = &rest[length..];
    }
    words
}

/// Parses `[word](/what/)` at the start of `text`. Returns the word, what stands between the slashes, and the length in bytes.
pub(crate) fn link(text: &str) -> Option<(&str, &str, usize)> {
    let inner = text.strip_prefix('[')?;
    let (word, rest) = inner.split_at(inner.find(['[', ']'])?);
    let rest = rest.strip_prefix("](/")?;
    let (target, rest) = rest.split_at(rest.find(['(', ')'])?);
    let phonemes = target.strip_suffix('/').filter(|_| rest.starts_with(')'))?;
    Some((word, phonemes, 1 + word.len() + 3 + phonemes.len() + 2))
}

/// Parses `0.5s` or `500ms`. Returns seconds, at most [`LONGEST_PAUSE`].
pub(crate) fn seconds(time: &str) -> Option<f32> {
    let time = time.trim();
    let (number, unit) = match time.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (time.strip_suffix('s')?, 1.0),
    };
    Some((decimal(number)? * unit).min(LONGEST_PAUSE))
}

/// Parses a finite decimal number, with or without a plus sign, without an exponent.
pub(crate) fn decimal(number: &str) -> Option<f32> {
    let number = number.strip_prefix('+').unwrap_or(number);
    let plain = number.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    number.parse().ok().filter(|value: &f32| plain && value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let of = |segment| match segment {
            Segment::Text { text, .. } => text,
            Segment::Silence { seconds } => format!("<{seconds}>"),
        };
        parse(text).into_iter().map(of).collect()
    }

    #[test]
    fn pauses_split_text() {
        for (text, expected) in [
            ("One.[pause:0.5s]Two.", vec!["One.", "<0.5>", "Two."]),
            ("[pause:250ms]", vec!["<0.25>"]),
            ("a [pause:1s] [pause:.5s] b", vec!["a ", "<1>", "<0.5>", " b"]),
            ("a[pause:9999999s]", vec!["a", "<60>"]),
            (
                "a [pause:] [pause:x] [pause:-1s] [pause:1] [pause:1h] [pause:1e3s]",
                vec!["a [pause:] [pause:x] [pause:-1s] [pause:1] [pause:1h] [pause:1e3s]"],
            ),
            ("[pause:[pause:1s]b", vec!["[pause:", "<1>", "b"]),
            ("[pause:1s", vec!["[pause:1s"]),
            ("[a](/b/)", vec!["[a](/b/)"]),
            ("", vec![]),
            (" \n", vec![]),
        ] {
            assert_eq!(texts(text), expected, "{text}");
        }
    }

    #[test]
    fn segments_and_pauses_are_the_whole_text() {
        let parts = ["[pause:1s]", "[pause:", "]", "é", "x", "[", "s]", "[pause:20ms]", "你", "pause:"];
        let mut state = 82_usize;
        for case in 0..3000 {
            let mut text = String::new();
            for _ in 0..case % 12 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) & 0xffff_ffff;
                text.push_str(parts[(state >> 16) % parts.len()]);
            }
            let tags = text.replace("[pause:1s]", "").replace("[pause:20ms]", "");
            let kept: String = parse(&text)
                .into_iter()
                .map(|segment| if let Segment::Text { text, .. } = segment { text } else { String::new() })
                .collect();
            assert_eq!(kept, tags, "{text:?}");
        }
    }

    #[test]
    fn words_of_links_are_kept() {
        assert_eq!(words_only("[a](/b [a [b](/c/)"), "[a](/b [a b");
        assert_eq!(words_only("El [gato](/ɡ ˈato/), [él](/ˈel/)."), "El gato, él.");
    }
}
