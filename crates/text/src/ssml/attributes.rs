//! The attributes of SSML elements.

use std::ops::RangeInclusive;

use roxmltree::Node;

use super::ipa;
use crate::error::{Error, Result};
use crate::markup::{decimal, seconds};
use crate::phonemes;

/// The rates that are allowed, as for the option `--speed` of the command line.
pub const RATES: RangeInclusive<f32> = 0.25..=4.0;

/// The name of an element.
pub fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

/// The error for an element, with its position.
pub fn error_at(node: Node<'_, '_>, reason: impl Into<String>) -> Error {
    let position = node.document().text_pos_at(node.range().start);
    Error::Ssml { line: position.row, column: position.col, reason: reason.into() }
}

/// The value of an attribute that must be present and not empty.
pub fn required<'a>(node: Node<'a, '_>, attribute: &str) -> Result<&'a str> {
    let value = node.attribute(attribute).map(str::trim).filter(|value| !value.is_empty());
    value.ok_or_else(|| error_at(node, format!("<{}> has no {attribute}", name(node))))
}

/// The text in an element and its descendants.
pub fn text_of(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text).filter_map(|node| node.text());
    texts.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The length of a `break` in seconds.
pub fn pause(node: Node<'_, '_>) -> Result<f32> {
    if let Some(time) = node.attribute("time") {
        let reason = || error_at(node, format!("<break time={time:?}> is not a time such as 500ms or 1.5s"));
        return seconds(time).ok_or_else(reason);
    }
    Ok(match node.attribute("strength").unwrap_or("medium") {
        "none" => 0.0,
        "x-weak" => 0.1,
        "weak" => 0.25,
        "medium" => 0.5,
        "strong" => 0.75,
        "x-strong" => 1.0,
        other => return Err(error_at(node, format!("<break strength={other:?}> is not known"))),
    })
}

/// The factor of a `prosody rate`.
pub fn rate_factor(node: Node<'_, '_>, rate: &str) -> Result<f32> {
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
        let (min, max) = (RATES.start(), RATES.end());
        error_at(
            node,
            format!("<prosody rate={rate:?}> is not a rate from {min} to {max} (such as slow, 120%, +20%, 1.2)"),
        )
    })
}

/// The phonemes of a `phoneme` element, in Kokoro's vocabulary.
pub fn phoneme(node: Node<'_, '_>) -> Result<String> {
    let ph = required(node, "ph")?;
    let kokoro = match node.attribute("alphabet").unwrap_or("ipa") {
        "ipa" => ipa::to_kokoro(ph),
        "x-kokoro" | "x-misaki" => ph.to_owned(),
        other => {
            let reason = format!("<phoneme alphabet={other:?}> is not known, expected ipa or x-kokoro");
            return Err(error_at(node, reason));
        }
    };
    let unknown: String = phonemes::unknown(&kokoro).chain(kokoro.chars().filter(|c| "()".contains(*c))).collect();
    match unknown.is_empty() && kokoro.chars().any(char::is_alphabetic) {
        true => Ok(kokoro),
        false => Err(error_at(node, format!("<phoneme ph={ph:?}>: not phonemes of Kokoro: {unknown:?}"))),
    }
}
