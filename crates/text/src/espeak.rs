//! Spanish, French, Hindi, Italian and Portuguese through espeak-ng, an installed program.
//!
//! The program is run, never linked, because it is licensed under the GPL. Its output is converted to Kokoro's phonemes
//! as misaki does (`misaki.espeak`), with which the network was trained: the text is split at punctuation, which is kept;
//! tied symbols become one symbol; language flags and hyphens are removed. Numbers with their context are written out before,
//! and the words of the result are given back to those of the text.

mod abbreviations;
mod counting;
mod nouns;
mod pairing;
mod quantities;
mod signs;
mod words;

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::g2p::{G2p, nothing_to_speak};
use crate::language::Language;
use crate::links::{self, inline_phonemes};
use crate::phonemes;
use crate::token::{self, Token};
use crate::written::{self, Written};

/// The name of the program, searched in `PATH`.
const PROGRAM: &str = "espeak-ng";
/// Punctuation at which the text is split before espeak-ng gets it, as phonemizer does.
const PUNCTUATION: &str = ";:,.!?¡¿—…\"“”(){}[]";
/// The most characters per process, so that it finishes within [`TIMEOUT`] and its output fits into the buffer of a pipe.
const MAX_INPUT: usize = 600;
/// The time limit of one process. One takes about 10 ms, but the machine may be busy.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The most bytes read from one process; more than it prints for [`MAX_INPUT`] characters.
const MAX_OUTPUT: u64 = 1 << 20;

/// Tied symbols that are one symbol in Kokoro's alphabet, from misaki's `EspeakG2P.E2M`.
const TIED: [(&str, &str); 11] = [
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^z", "ʣ"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("o^ʊ", "O"),
    ("s^s", "S"),
    ("t^s", "ʦ"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
    ("ə^ʊ", "Q"),
];

/// Text to phonemes through espeak-ng. It runs one process for each piece of text between two punctuation marks.
///
/// As in the Python package, a few symbols of the result, such as `¿`, are not in the vocabulary and are dropped later.
#[derive(Debug, Clone)]
pub struct Espeak {
    program: PathBuf,
    language: Language,
}

impl Espeak {
    /// Uses the `espeak-ng` in `PATH`.
    ///
    /// # Errors
    /// [`Error::Program`] if it is not installed or has no voice for the language.
    pub fn new(language: Language) -> Result<Self> {
        Self::with_program(language, PROGRAM)
    }

    /// Uses the program with this name or path.
    ///
    /// # Errors
    /// As [`Espeak::new`].
    pub fn with_program(language: Language, program: impl Into<PathBuf>) -> Result<Self> {
        let this = Self { program: program.into(), language };
        match this.run("a")?.trim() {
            "" => Err(this.failed(format!("it has no voice for {language}"))),
            _ => Ok(this),
        }
    }

    fn failed(&self, reason: impl Into<String>) -> Error {
        Error::Program { program: self.program.clone(), reason: reason.into(), source: None }
    }

    fn failed_by(&self, source: io::Error) -> Error {
        Error::Program { program: self.program.clone(), reason: source.to_string(), source: Some(source) }
    }

    /// Appends the tokens of a line: one for each of `words`, or else one for each piece of text.
    fn push_line(&self, line: &str, words: bool, tokens: &mut Vec<Token>) -> Result<()> {
        let mut rest = line;
        while let Some(symbol) = rest.chars().next() {
            if let Some((word, phonemes, length)) = inline_phonemes(rest) {
                tokens.push(Token::new(word, links::spoken(word, phonemes, phonemes::is_known), ""));
                rest = &rest[length..];
                continue;
            }
            if PUNCTUATION.contains(symbol) || symbol.is_whitespace() {
                // French writes a space before some punctuation; it is kept.
                match symbol {
                    '{' | '}' | '[' | ']' => tokens.push(Token::new(symbol, "", "")),
                    symbol if symbol.is_whitespace() => push_space(tokens),
                    symbol => tokens.push(Token::new(symbol, symbol, "")),
                }
                rest = &rest[symbol.len_utf8()..];
                continue;
            }
            let end = rest.char_indices().take(MAX_INPUT + 1).find(|(_, c)| PUNCTUATION.contains(*c));
            let end = end.map_or(rest.len(), |(at, _)| at);
            let (piece, tail) = rest.split_at(piece_length(&rest[..end]));
            let spoken = to_kokoro(&self.run(piece)?);
            if words {
                tokens.extend(self.paired(piece, &spoken)?);
            } else {
                tokens.push(Token::new(piece.trim_end(), spoken, ""));
            }
            if piece.ends_with(char::is_whitespace) {
                push_space(tokens);
            }
            rest = tail;
        }
        Ok(())
    }

    /// The tokens of a text.
    fn read(&self, text: &str, words: bool) -> Result<Vec<Token>> {
        let mut tokens = Vec::new();
        for written in text.lines() {
            push_space(&mut tokens);
            let before = tokens.len();
            let line = said(written, self.language);
            self.push_line(line.text(), words, &mut tokens)?;
            if words {
                let read = tokens.split_off(before);
                tokens.extend(line.restore(read));
            }
        }
        if tokens.iter().any(|token| token.phonemes.contains(|c: char| c.is_alphabetic() && !"ˈˌː".contains(c))) {
            return Ok(tokens);
        }
        Err(nothing_to_speak(text))
    }

    /// The words of a piece of text with their part of its phonemes. If the counts differ, espeak-ng says each word alone
    /// too, which tells the parts from each other.
    fn paired(&self, piece: &str, spoken: &str) -> Result<Vec<Token>> {
        let words: Vec<&str> = piece.split_whitespace().collect();
        if spoken.is_empty() || words.len() == spoken.split(' ').count() {
            let mut tokens = token::pair_words(piece, spoken);
            if tokens.is_empty() {
                tokens.push(Token::new(piece.trim_end(), "", ""));
            }
            return Ok(tokens);
        }
        let mut alone = Vec::new();
        let mut rest = words.as_slice();
        while !rest.is_empty() {
            // A paragraph is a line of the output. Each word is followed by two line ends.
            let mut length = 0;
            let fits = rest.iter().take_while(|word| {
                length += word.chars().count() + 2;
                length <= MAX_INPUT
            });
            let (some, more) = rest.split_at(fits.count().max(1));
            let printed = self.run(&some.join("\n\n"))?;
            let lines: Vec<String> = printed.trim_end_matches('\n').split('\n').map(to_kokoro).collect();
            let whole = lines.len() == some.len();
            alone.extend(
                some.iter().enumerate().map(|(at, word)| if whole { lines[at].clone() } else { (*word).to_owned() }),
            );
            rest = more;
        }
        Ok(pairing::pair(&words, &alone, spoken))
    }

    /// Runs the program on a text without punctuation and returns its output. The text goes through a pipe, so that it
    /// cannot be mistaken for an option.
    fn run(&self, text: &str) -> Result<String> {
        // `-b 1` selects UTF-8, whatever the locale.
        let mut child = Command::new(&self.program)
            .args(["-q", "--stdin", "-b", "1", "--ipa", "--tie=^", "-v", self.language.code()].map(OsStr::new))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => self.failed(format!(
                    "not found, but needed for {}; install it (apt-get install espeak-ng, brew install espeak-ng, or \
                     from github.com/espeak-ng/espeak-ng), or give phonemes",
                    self.language
                )),
                io::ErrorKind::Unsupported => {
                    self.failed(format!("needed for {}, but programs don't run here; give phonemes", self.language))
                }
                _ => self.failed_by(error),
            })?;
        let deadline = Instant::now() + TIMEOUT;
        let outcome = self.exchange(&mut child, text, deadline);
        if outcome.is_err() {
            let _ = child.kill(); // fails if it has ended
            let _ = child.wait();
        }
        outcome
    }

    /// Writes the text to the process and reads its output.
    fn exchange(&self, child: &mut Child, text: &str, deadline: Instant) -> Result<String> {
        // Writing fails if the program ended early; its standard error then has the reason.
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(text.as_bytes());
        }
        let (sender, receiver) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                let mut printed = Vec::new();
                let read = stdout.take(MAX_OUTPUT).read_to_end(&mut printed).map(|_| printed);
                let _ = sender.send(read); // fails after the timeout
            });
        }
        let timed_out = || self.failed(format!("no answer within {} s", TIMEOUT.as_secs()));
        let printed = receiver.recv_timeout(TIMEOUT).map_err(|_| timed_out())?;
        let status = loop {
            match child.try_wait().map_err(|error| self.failed_by(error))? {
                Some(status) => break status,
                None if Instant::now() > deadline => return Err(timed_out()),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        if !status.success() {
            let mut message = String::new();
            if let Some(stderr) = child.stderr.take() {
                let _ = stderr.take(1000).read_to_string(&mut message); // the error has the status in any case
            }
            return Err(self.failed(format!("{status}: {}", message.lines().next().unwrap_or_default())));
        }
        let printed = printed.map_err(|error| self.failed_by(error))?;
        String::from_utf8(printed).map_err(|_| self.failed("its output is not UTF-8"))
    }
}

/// A line as espeak-ng gets it: numbers with their context, addresses and symbols in words, without Markdown, emoji and control
/// characters. In other languages than those of this module numbers stay.
pub fn written_out(line: &str, language: Language) -> String {
    said(line, language).text().to_owned()
}

fn said(line: &str, language: Language) -> Written<'_> {
    let plain = written::read(line, language);
    plain.then(&quantities::expand(plain.text(), language))
}

impl G2p for Espeak {
    fn phonemize(&self, text: &str) -> Result<String> {
        Ok(token::phonemes(&self.read(text, false)?))
    }

    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        match self.read(text, true) {
            Err(Error::Unspeakable { .. }) if !links::unmarked(text).contains(char::is_alphanumeric) => Ok(Vec::new()),
            tokens => tokens,
        }
    }
}

/// Appends a space, without doubling it.
fn push_space(tokens: &mut [Token]) {
    let silent = |token: &Token| token.phonemes.is_empty() && token.whitespace.is_empty();
    let spaced = tokens.iter().rev().find(|token| !silent(token)).is_none_or(|token| !token.whitespace.is_empty());
    if let Some(last) = tokens.last_mut().filter(|_| !spaced) {
        " ".clone_into(&mut last.whitespace);
    }
}

/// Appends phonemes, without doubling spaces.
fn push(spoken: &mut String, phonemes: &str) {
    let no_space = spoken.is_empty() || spoken.ends_with(' ');
    spoken.push_str(if no_space { phonemes.trim_start() } else { phonemes });
}

/// The length in bytes of the text for one process, cut at white space if possible.
fn piece_length(text: &str) -> usize {
    let Some((end, _)) = text.char_indices().nth(MAX_INPUT) else { return text.len() };
    let space = text[..end].char_indices().rev().find(|(_, symbol)| symbol.is_whitespace());
    space.map_or(end, |(at, symbol)| at + symbol.len_utf8())
}

/// Converts the output of espeak-ng to Kokoro's phonemes.
fn to_kokoro(printed: &str) -> String {
    let mut spoken = String::with_capacity(printed.len());
    // A flag such as "(en)" marks words of another language.
    let mut flag = false;
    for symbol in printed.trim().chars() {
        match symbol {
            '(' => flag = true,
            ')' => flag = false,
            _ if flag => {}
            '\n' => push(&mut spoken, " "),
            '_' => {}
            ' ' => push(&mut spoken, " "),
            symbol => spoken.push(symbol),
        }
    }
    for (tied, one) in TIED {
        spoken = spoken.replace(tied, one);
    }
    spoken.replace(['^', '-'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_converted_to_kokoros_phonemes() {
        for (printed, spoken) in [
            ("mˈa^ɪs\n", "mˈIs"),
            ("d^ʒ d^z t^s t^ʃ s^s a^ʊ e^ɪ o^ʊ ə^ʊ ɔ^ɪ", "ʤ ʣ ʦ ʧ S W A O Q Y"),
            ("sˈɐ̃^ʊ̃", "sˈɐ̃ʊ̃"),
            ("lə- (^e^n)wiːkˈɛnd(^f^r) də-", "lə wiːkˈɛnd də"),
            ("one\ntwo  three\n", "one two three"),
            ("a_b", "ab"),
        ] {
            assert_eq!(to_kokoro(printed), spoken);
        }
    }

    #[test]
    fn long_text_is_cut_at_spaces_without_loss() {
        for (text, why) in [("palabra ".repeat(300), "words"), ("é".repeat(2000), "no space at all")] {
            let (mut rest, mut pieces) = (text.as_str(), Vec::new());
            while !rest.is_empty() {
                let (piece, tail) = rest.split_at(piece_length(rest));
                assert!(!piece.is_empty() && piece.chars().count() <= MAX_INPUT, "{why}");
                pieces.push(piece);
                rest = tail;
            }
            assert_eq!(pieces.concat(), text, "{why}");
            assert!(pieces.iter().all(|piece| why != "words" || piece.ends_with(' ')));
        }
    }

    #[cfg(unix)]
    #[test]
    fn errors_name_the_program_and_the_reason() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for (name, script, message) in [
            ("fails", "echo no voice >&2; exit 3", "no voice"),
            ("mute", "cat >/dev/null", "has no voice for es"),
            ("garbled", "printf '\\377'", "not UTF-8"),
        ] {
            let program = folder.path().join(name);
            std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
            let error = Espeak::with_program(Language::Spanish, &program).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(message), "{error}");
        }
        let error = Espeak::with_program(Language::Spanish, folder.path().join("absent")).unwrap_err().to_string();
        assert!(error.contains("absent: not found") && error.contains("apt-get install espeak-ng"), "{error}");
    }
}
