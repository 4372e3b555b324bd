//! Parses blends.

use crate::error::{Error, Result};

/// Parses a blend such as `af_heart:0.7,bm_george:0.3` into names and weights. The weights are normalised to sum to 1,
/// so `7` and `3` mean the same; without weights, all are equal: `af_heart,bm_george`. A single name is a blend too.
///
/// A weight follows the last colon. `seeded:3` is a name (`seeded:3:0.5` has a weight), and so is a path with a drive
/// letter.
///
/// # Errors
/// [`Error::Argument`] if a name is missing, if only some names have a weight, if a weight is
/// negative or no number, and if all are 0.
pub fn parse_blend(text: &str) -> Result<Vec<(String, f32)>> {
    let parts: Vec<(&str, Option<f64>)> = text.split(',').map(|part| parse_part(text, part)).collect::<Result<_>>()?;
    let weighted = parts.iter().filter(|(_, weight)| weight.is_some()).count();
    if ![0, parts.len()].contains(&weighted) {
        return Err(Error::argument(
            "voice",
            format!("{text:?} gives {weighted} of {} weights: give all or none", parts.len()),
        ));
    }
    let total: f64 = parts.iter().map(|(_, weight)| weight.unwrap_or(1.0)).sum();
    if total == 0.0 {
        return Err(Error::argument("voice", format!("all weights of {text:?} are 0")));
    }
    Ok(parts.into_iter().map(|(name, weight)| (name.to_owned(), (weight.unwrap_or(1.0) / total) as f32)).collect())
}

fn parse_part<'a>(text: &str, part: &'a str) -> Result<(&'a str, Option<f64>)> {
    let part = part.trim();
    let (prefix, rest) = part.split_at(if part.starts_with("seeded:") { "seeded:".len() } else { 0 });
    let (name, weight) = match rest.rsplit_once(':') {
        // C:\voices\a.pt
        Some((_, path)) if path.contains(['/', '\\']) => (part, None),
        Some((name, weight)) => (&part[..prefix.len() + name.len()], Some(weight.trim())),
        None => (part, None),
    };
    let name = name.trim();
    if name.is_empty() || name == prefix && !prefix.is_empty() {
        return Err(Error::argument(
            "voice",
            format!("{text:?} lacks a name, expected NAME or NAME:WEIGHT, separated by commas"),
        ));
    }
    let weight = weight.map(|weight| match weight.parse::<f64>() {
        // The bound keeps the sum of any text's weights finite.
        Ok(value) if (0.0..=1e9).contains(&value) => Ok(value),
        _ => Err(Error::argument("voice", format!("{name} has weight {weight:?}, expected a number of 0 to 1e9"))),
    });
    Ok((name, weight.transpose()?))
}
