//! `[word](/phonemes/)` and `[word](+1)` in a line, as misaki reads them.

/// What a marker sets.
#[derive(Clone, Debug, PartialEq)]
pub enum Feature {
    /// `(+1)`, `(-0.5)`: the change of stress.
    Stress(f64),
    /// `(/phonemes/)`.
    Phonemes(String),
}

/// A marker of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Where its word begins in the plain line, in bytes.
    pub start: usize,
    /// Where its word ends.
    pub end: usize,
    /// What it sets.
    pub feature: Feature,
}

/// A line with the words in place of `[word](anything)`, and the markers among these.
pub fn markers(line: &str) -> (String, Vec<Marker>) {
    let (mut plain, mut markers, mut at) = (String::with_capacity(line.len()), Vec::new(), 0);
    let (mut word_end, mut feature_end) = (Next::of(line, ']'), Next::of(line, ')'));
    while let Some(open) = line[at..].find('[').map(|length| at + length) {
        plain.push_str(&line[at..open]);
        let link = word_end.from(open + 1).filter(|end| *end > open + 1).and_then(|close| {
            let inner = close + "](".len();
            let end = feature_end.from(inner).filter(|_| line[close..].starts_with("]("))?;
            Some((&line[open + 1..close], &line[inner..end], end + 1))
        });
        let Some((word, feature, end)) = link else {
            plain.push('[');
            at = open + 1;
            continue;
        };
        let start = plain.len();
        plain.push_str(word);
        if let Some(feature) = parse(feature) {
            markers.push(Marker { start, end: plain.len(), feature });
        }
        at = end;
    }
    plain.push_str(&line[at..]);
    (plain, markers)
}

/// The next place of a sign, which is searched once on the way through a line.
struct Next<'a> {
    line: &'a str,
    sign: char,
    at: Option<usize>,
}

impl<'a> Next<'a> {
    fn of(line: &'a str, sign: char) -> Self {
        Self { line, sign, at: line.find(sign) }
    }

    /// Its first place from `start` on, which never goes back.
    fn from(&mut self, start: usize) -> Option<usize> {
        if self.at.is_some_and(|at| at < start) {
            self.at = self.line.get(start..).and_then(|rest| rest.find(self.sign)).map(|length| start + length);
        }
        self.at
    }
}

/// The marker that a part of the plain line is in. Markers are in order and apart from each other.
pub fn marker_at(markers: &[Marker], start: usize, end: usize) -> Option<&Marker> {
    let first = markers.partition_point(|marker| marker.end < end);
    markers.get(first).filter(|marker| marker.start <= start)
}

fn parse(feature: &str) -> Option<Feature> {
    let digits = feature.strip_prefix(['+', '-']).unwrap_or(feature);
    if !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit()) {
        return feature.parse::<i32>().ok().map(|stress| Feature::Stress(f64::from(stress)));
    }
    match feature {
        "0.5" | "+0.5" => Some(Feature::Stress(0.5)),
        "-0.5" => Some(Feature::Stress(-0.5)),
        _ => {
            let phonemes = feature.strip_prefix('/').filter(|rest| rest.ends_with('/'))?;
            Some(Feature::Phonemes(phonemes.trim_end_matches('/').to_owned()))
        }
    }
}
