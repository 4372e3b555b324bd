//! Markup in plain text: pauses are removed, everything else stays in order.
#![no_main]

use kokoro_wgpu::text::markup::{self, LONGEST_PAUSE, Segment};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut rest = text;
    for segment in markup::parse(text) {
        match segment {
            Segment::Text { text: part, .. } => {
                // Only blanks and pauses precede it.
                let at = rest.find(&part).expect("a segment is a stretch of the text");
                rest = &rest[at + part.len()..];
            }
            Segment::Silence { seconds } => {
                assert!((0.0..=LONGEST_PAUSE).contains(&seconds), "{seconds}");
                let at = rest.find("[pause:").expect("silence is asked for");
                rest = &rest[at + rest[at..].find(']').expect("a pause ends")..];
            }
            _ => {}
        }
    }
    assert!(rest.trim_start_matches(']').trim().is_empty(), "{rest:?} of {text:?} is lost");
});
