//! Subtitles: SubRip (.srt) and WebVTT (.vtt).

use std::fmt::Write;

use kokoro_wgpu::SAMPLE_RATE;
use kokoro_wgpu::timestamps::{Timestamps, WordTimestamp};

use super::Mark;

/// Longest subtitle in characters: two lines of 42.
const CUE_LENGTH: usize = 84;

/// Splits a chunk's words into subtitles. A subtitle ends with a sentence, or when it has two full lines.
fn cues(words: &[WordTimestamp]) -> Vec<&[WordTimestamp]> {
    let (mut cues, mut start, mut length) = (Vec::new(), 0, 0);
    for (index, word) in words.iter().enumerate() {
        let count = char_count(word);
        if length + count > CUE_LENGTH && index > start {
            cues.push(&words[start..index]);
            (start, length) = (index, 0);
        }
        length += count;
        if word
            .text
            .trim_end_matches(['"', '”', '’', '\'', ')', '」', '』'])
            .ends_with(['.', '!', '?', '…', '。', '！', '？'])
        {
            cues.push(&words[start..=index]);
            (start, length) = (index + 1, 0);
        }
    }
    cues.push(&words[start..]);
    cues.retain(|cue| cue.last().zip(cue.first()).is_some_and(|(last, first)| last.span.end > first.span.start));
    cues
}

fn char_count(word: &WordTimestamp) -> usize {
    word.text.chars().count() + usize::from(word.spaced)
}

/// Text of a subtitle in one line, or in two of similar length. `format_word` gets a word and whether it is the first.
fn lines(cue: &[WordTimestamp], format_word: impl Fn(&WordTimestamp, bool) -> String) -> String {
    let total: usize = cue.iter().map(char_count).sum();
    let (mut text, mut length, mut is_broken) = (String::new(), 0, total <= CUE_LENGTH / 2);
    for (index, word) in cue.iter().enumerate() {
        text += &format_word(word, index == 0);
        length += char_count(word);
        if index + 1 == cue.len() {
            break;
        }
        if !is_broken && 2 * length >= total {
            text.push('\n');
            is_broken = true;
        } else if word.spaced {
            text.push(' ');
        }
    }
    text
}

fn time_range(cue: &[WordTimestamp], decimal_mark: char) -> String {
    let (start, end) = cue.first().zip(cue.last()).map_or((0, 0), |(first, last)| (first.span.start, last.span.end));
    format!("{} --> {}", clock(start, decimal_mark), clock(end, decimal_mark))
}

/// SubRip subtitles. `written` counts the file's subtitles over all calls.
pub fn srt(timings: &Timestamps, written: &mut u64) -> String {
    cues(&timings.words).into_iter().fold(String::new(), |mut text, cue| {
        *written += 1;
        let _ = write!(text, "{written}\n{}\n{}\n\n", time_range(cue, ','), lines(cue, |word, _| word.text.clone()));
        text
    })
}

/// WebVTT subtitles with the time of each word. A mark is a note before the subtitle in which it lies.
pub fn vtt(timings: &Timestamps, marks: &[Mark]) -> String {
    let format_word = |word: &WordTimestamp, is_first: bool| {
        let escaped = word.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if is_first { escaped } else { format!("<{}>{escaped}", clock(word.span.start, '.')) }
    };
    let mut marks = marks.iter().peekable();
    let mut text = cues(&timings.words).into_iter().fold(String::new(), |mut text, cue| {
        let end = cue.last().map_or(0, |word| word.span.end);
        while let Some(mark) = marks.next_if(|mark| mark.sample < end) {
            text += &vtt_note(mark);
        }
        let _ = write!(text, "\n{}\n{}\n", time_range(cue, '.'), lines(cue, format_word));
        text
    });
    marks.for_each(|mark| text += &vtt_note(mark));
    text
}

/// A mark as a note, because a WebVTT cue must have a duration.
fn vtt_note(mark: &Mark) -> String {
    // An arrow would turn the note into a cue, and a line break would end it.
    let name = mark.name.replace(|c: char| c.is_control(), " ").replace("-->", "->");
    format!("\nNOTE mark {} {name}\n", clock(mark.sample, '.'))
}

/// Hours, minutes, seconds and milliseconds.
fn clock(sample: u64, decimal_mark: char) -> String {
    let milliseconds = sample * 1000 / u64::from(SAMPLE_RATE);
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}{decimal_mark}{:03}", seconds % 60, milliseconds % 1000)
}

#[cfg(test)]
pub(super) mod tests {
    use kokoro_wgpu::text::Token;

    use super::*;

    /// Three words after one hour of audio.
    pub fn timings() -> Timestamps {
        let tokens = [
            Token::new("Well", "wˈɛl", ""),
            Token::new(",", ",", " "),
            Token::new("A&B", "bˈi", ""),
            Token::new("!", "!", " "),
            Token::new("Yes", "jˈɛs", ""),
        ];
        Timestamps::new(&tokens, &[3, 1, 1, 2, 1, 4, 2, 1, 1, 3, 6, 2, 1, 1, 1, 5, 2], 24_000 * 3600)
    }

    pub fn mark(name: &str, sample: u64) -> Mark {
        Mark { name: name.to_owned(), sample }
    }

    #[test]
    fn srt_numbers_its_cues() {
        assert_eq!(
            srt(&timings(), &mut 6),
            "7\n01:00:00,000 --> 01:00:00,400\nWell, A&B!\n\n8\n01:00:00,575 --> 01:00:00,800\nYes\n\n"
        );
    }

    #[test]
    fn vtt_escapes_text_and_has_marks_as_notes() {
        let timings = timings();
        assert_eq!(
            vtt(&timings, &[]),
            "\n01:00:00.000 --> 01:00:00.400\nWell, <01:00:00.250>A&amp;B!\n\n01:00:00.575 --> 01:00:00.800\nYes\n"
        );
        let marks = [mark("a", 86_403_000), mark("b\n--> c", 86_420_000)];
        assert_eq!(
            vtt(&timings, &marks),
            "\nNOTE mark 01:00:00.125 a\n\n01:00:00.000 --> 01:00:00.400\nWell, <01:00:00.250>A&amp;B!\n\n\
             01:00:00.575 --> 01:00:00.800\nYes\n\nNOTE mark 01:00:00.833 b -> c\n"
        );
    }

    #[test]
    fn long_subtitles_have_at_most_two_lines() {
        let tokens: Vec<Token> = (0..40).map(|_| Token::new("words", "ə", " ")).collect();
        let timings = Timestamps::new(&tokens, &[4; 81], 0);
        let text = srt(&timings, &mut 0);
        assert_eq!(text.matches("words").count(), 40);
        assert!(text.lines().all(|line| line.chars().count() <= CUE_LENGTH / 2 + 3), "{text}");
        assert_eq!(text.matches(" --> ").count(), 3, "14 words of 6 characters a cue");
    }
}
