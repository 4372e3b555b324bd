//! Long phoneme strings, chunk by chunk.

use kokoro_wgpu::text::phonemes;
use kokoro_wgpu::{Error, Result, Speech};

/// Speaks chunks in order, and gives every piece spoken to `spoken`. A chunk that turns out too long for the device
/// is spoken in halves: no text is lost.
///
/// # Errors
/// What `speak` fails with; [`Error::TooLong`] only for a single word.
pub fn all<'a>(
    chunks: &[&'a str],
    mut speak: impl FnMut(&'a str) -> Result<Speech>,
    mut spoken: impl FnMut(&'a str, Speech),
) -> Result<()> {
    let mut waiting: Vec<&str> = chunks.iter().rev().copied().collect();
    while let Some(chunk) = waiting.pop() {
        if phonemes::ids(chunk).is_empty() {
            continue; // symbols outside the alphabet, of which the user was warned
        }
        match speak(chunk) {
            Ok(speech) => spoken(chunk, speech),
            Err(error @ Error::TooLong { .. }) => {
                let (first, second) = halves(chunk).ok_or(error)?;
                waiting.extend([second, first]);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Both sides of the space that is nearest to the middle.
fn halves(chunk: &str) -> Option<(&str, &str)> {
    let chunk = chunk.trim();
    let spaces = chunk.char_indices().filter(|(_, symbol)| symbol.is_whitespace()).map(|(at, _)| at);
    let middle = spaces.min_by_key(|at| at.abs_diff(chunk.len() / 2))?;
    let (first, second) = chunk.split_at(middle);
    Some((first.trim_end(), second.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device for which `limit` code points are too long.
    fn device(limit: usize) -> impl FnMut(&str) -> Result<Speech> {
        move |chunk| match chunk.chars().count() {
            count if count > limit => Err(Error::TooLong { frames: count as u64, limit: limit as u32 }),
            count => Ok(Speech { samples: vec![0.0; count], durations: Vec::new() }),
        }
    }

    fn pieces(chunks: &[&str], limit: usize) -> Result<Vec<String>> {
        let mut spoken = Vec::new();
        all(chunks, device(limit), |chunk, _| spoken.push(chunk.to_owned()))?;
        Ok(spoken)
    }

    #[test]
    fn what_is_too_long_is_halved_at_spaces_in_order() {
        assert_eq!(pieces(&["ab ab", "cd"], 5).unwrap(), ["ab ab", "cd"]);
        assert_eq!(pieces(&["wˈʌn tˈu θɹˈi fˈɔɹ", "fˈIv"], 8).unwrap(), ["wˈʌn tˈu", "θɹˈi", "fˈɔɹ", "fˈIv"]);
        for limit in 4..30 {
            let text = "wˈʌn tˈu θɹˈi fˈɔɹ fˈIv sˈɪks";
            assert_eq!(
                pieces(&[text], limit).map(|p| p.join(" ")).unwrap_or_default(),
                if limit < 5 { "" } else { text }
            );
        }
    }

    #[test]
    fn a_single_word_that_is_too_long_is_the_error() {
        assert!(matches!(pieces(&["ab", "abcdefgh ab"], 5), Err(Error::TooLong { frames: 8, limit: 5 })));
    }

    #[test]
    fn a_chunk_without_a_known_phoneme_is_skipped() {
        assert_eq!(pieces(&["ab", "@@", "cd"], 5).unwrap(), ["ab", "cd"]);
    }
}
