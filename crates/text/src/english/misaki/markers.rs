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
    let (mut plain, mut markers, mut rest) = (String::with_capacity(line.len()), Vec::new(), line);
    while let Some(open) = rest.find('[') {
        let (before, from) = rest.split_at(open);
        plain.push_str(before);
        let Some((word, feature, length)) = link(from) else {
            plain.push('[');
            rest = &from[1..];
            continue;
        };
        let start = plain.len();
        plain.push_str(word);
        if let Some(feature) = parse(feature) {
            markers.push(Marker { start, end: plain.len(), feature });
        }
        rest = &from[length..];
    }
    plain.push_str(rest);
    (plain, markers)
}

/// `[word](feature)` at the start of a text, and its length.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let (word, after) = text.get(1..)?.split_once(']')?;
    let (feature, _) = after.strip_prefix('(')?.split_once(')')?;
    (!word.is_empty()).then_some((word, feature, word.len() + feature.len() + "[]()".len()))
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
