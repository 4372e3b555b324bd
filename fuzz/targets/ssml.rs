//! SSML: an error with a position, or segments that can be spoken.
#![no_main]

use kokoro_wgpu::text::markup::{LONGEST_PAUSE, Segment};
use kokoro_wgpu::text::{Error, Language, ssml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    ssml::is_ssml(text);
    for language in [Language::AmericanEnglish, Language::Spanish] {
        match ssml::parse(text, language) {
            Ok(segments) => segments.iter().for_each(check),
            Err(Error::Ssml { line, column, .. }) => assert!(line > 0 && column > 0),
            Err(other) => panic!("{other}"),
        }
    }
});

fn check(segment: &Segment) {
    match segment {
        Segment::Text { text, prosody, marks } => {
            assert!((0.01..=100.0).contains(&prosody.rate), "{prosody:?}");
            assert!(!text.trim().is_empty() || !marks.is_empty());
            assert!(marks.is_sorted_by_key(|mark| mark.offset), "{marks:?}");
            assert!(marks.iter().all(|mark| text.is_char_boundary(mark.offset)), "{marks:?} in {text:?}");
        }
        Segment::Silence { seconds } => assert!((0.0..=LONGEST_PAUSE).contains(seconds), "{seconds}"),
        _ => {}
    }
}
