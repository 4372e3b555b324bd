//! Spanish, French, Hindi, Italian and Portuguese by espeak-ng, an installed program.
//!
//! The program is run, never linked: its licence asks of what is linked with it to be GPL too. What it prints becomes
//! Kokoro's alphabet by the rules of misaki (`misaki.espeak`), with which the network was trained: text is split at
//! punctuation, which is kept, tied symbols become one, flags of foreign words and hyphens go.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::{G2p, Language, nothing_in};
use crate::{Error, Result};

/// The program looked for in `PATH`.
const PROGRAM: &str = "espeak-ng";
/// Punctuation that espeak-ng does not see, as phonemizer splits it off.
const MARKS: &str = ";:,.!?¡¿—…\"“”(){}[]";
/// Characters given to one process: its answer must come within [`PATIENCE`], and fits a pipe's buffer.
const LONGEST: usize = 600;
/// A piece takes some 10 ms; a machine may be busy, a program may hang.
const PATIENCE: Duration = Duration::from_secs(20);
/// More than it prints of the longest piece.
const MOST_OUTPUT: u64 = 1 << 20;

/// Tied symbols that are one in Kokoro's alphabet, of misaki's `EspeakG2P.E2M`.
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

/// Text to phonemes by espeak-ng. A process is run for every stretch between two punctuation marks.
///
/// As in Python, a few symbols of the result are not in the network's vocabulary (`¿`), which drops them.
#[derive(Debug, Clone)]
pub struct Espeak {
    program: PathBuf,
    language: Language,
}

impl Espeak {
    /// The `espeak-ng` that `PATH` finds.
    ///
    /// # Errors
    /// [`Error::Program`] if there is none, or it has no voice for the language.
    pub fn new(language: Language) -> Result<Self> {
        Self::with_program(language, PROGRAM)
    }

    /// The program of that name or path.
    ///
    /// # Errors
    /// [`Error::Program`] likewise.
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

    fn line(&self, line: &str) -> Result<String> {
        let mut spoken = String::new();
        let mut rest = line;
        while let Some(symbol) = rest.chars().next() {
            if let Some((_, phonemes, length)) = link(rest) {
                push(&mut spoken, phonemes);
                rest = &rest[length..];
                continue;
            }
            if MARKS.contains(symbol) || symbol.is_whitespace() {
                // White space around a mark is kept: French writes it before.
                match symbol {
                    '{' | '}' | '[' | ']' => {}
                    symbol if symbol.is_whitespace() => push(&mut spoken, " "),
                    symbol => spoken.push(symbol),
                }
                rest = &rest[symbol.len_utf8()..];
                continue;
            }
            let marks = rest.find(|c| MARKS.contains(c)).unwrap_or(rest.len());
            let (piece, tail) = rest.split_at(fitting(&rest[..marks]));
            push(&mut spoken, &alphabet(&self.run(piece)?));
            if piece.ends_with(char::is_whitespace) {
                push(&mut spoken, " ");
            }
            rest = tail;
        }
        Ok(spoken)
    }

    /// What the program prints for a text without marks. The text goes through a pipe, so that it is never an option.
    fn run(&self, text: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        // `-b 1`: UTF-8 whatever the locale.
        let mut child = Command::new(&self.program)
            .args(["-q", "--stdin", "-b", "1", "--ipa", "--tie=^", "-v", self.language.code()].map(OsStr::new))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => self.failed(format!(
                    "not found, and {} is read through it; install it (apt-get install espeak-ng, brew install \
                     espeak-ng, or from github.com/espeak-ng/espeak-ng), or give phonemes",
                    self.language
                )),
                _ => self.failed_by(error),
            })?;
        let outcome = self.converse(&mut child, text, deadline);
        if outcome.is_err() {
            let _ = child.kill(); // it may have ended by itself
            let _ = child.wait();
        }
        outcome
    }

    fn converse(&self, child: &mut Child, text: &str, deadline: Instant) -> Result<String> {
        // A program that ends before it has read says why on its standard error.
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(text.as_bytes());
        }
        let (sender, receiver) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                let mut printed = Vec::new();
                let read = stdout.take(MOST_OUTPUT).read_to_end(&mut printed).map(|_| printed);
                let _ = sender.send(read); // nobody waits any more
            });
        }
        let late = || self.failed(format!("no answer within {} s", PATIENCE.as_secs()));
        let printed = receiver.recv_timeout(PATIENCE).map_err(|_| late())?;
        let status = loop {
            match child.try_wait().map_err(|error| self.failed_by(error))? {
                Some(status) => break status,
                None if Instant::now() > deadline => return Err(late()),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        if !status.success() {
            let mut said = String::new();
            if let Some(stderr) = child.stderr.take() {
                let _ = stderr.take(1000).read_to_string(&mut said); // the status is told in any case
            }
            return Err(self.failed(format!("{status}: {}", said.lines().next().unwrap_or_default())));
        }
        let printed = printed.map_err(|error| self.failed_by(error))?;
        String::from_utf8(printed).map_err(|_| self.failed("what it printed is not UTF-8"))
    }
}

impl G2p for Espeak {
    fn phonemize(&self, text: &str) -> Result<String> {
        let mut spoken = String::new();
        for line in text.lines() {
            let phonemes = self.line(&plain(line))?;
            push(&mut spoken, " ");
            push(&mut spoken, phonemes.trim());
        }
        if spoken.chars().any(|c| c.is_alphabetic() && !"ˈˌː".contains(c)) {
            return Ok(spoken.trim().to_owned());
        }
        Err(nothing_in(text))
    }
}

/// Appends with one space where both sides have one.
fn push(spoken: &mut String, phonemes: &str) {
    let double = spoken.is_empty() || spoken.ends_with(' ');
    spoken.push_str(if double { phonemes.trim_start() } else { phonemes });
}

/// Curly quotes as misaki has them; nothing that espeak-ng takes for a command.
fn plain(line: &str) -> String {
    let plain = line.chars().map(|symbol| match symbol {
        '«' => '“',
        '»' => '”',
        symbol if symbol.is_control() => ' ',
        symbol => symbol,
    });
    plain.collect()
}

/// How much of a text goes to one process, cut at white space if there is some.
fn fitting(text: &str) -> usize {
    let Some((end, _)) = text.char_indices().nth(LONGEST) else { return text.len() };
    let space = text[..end].char_indices().rev().find(|(_, symbol)| symbol.is_whitespace());
    space.map_or(end, |(at, symbol)| at + symbol.len_utf8())
}

/// `[word](/phonemes/)` at the start of `text`: both, and its length in bytes.
pub(super) fn link(text: &str) -> Option<(&str, &str, usize)> {
    let (word, rest) = text.strip_prefix('[')?.split_once("](/")?;
    let (phonemes, _) = rest.split_once("/)")?;
    let whole = !word.contains(['[', ']']) && !phonemes.contains(['/', '(', ')']);
    whole.then_some((word, phonemes, 1 + word.len() + 3 + phonemes.len() + 2))
}

/// What espeak-ng prints, in Kokoro's alphabet.
fn alphabet(printed: &str) -> String {
    let mut spoken = String::with_capacity(printed.len());
    let mut flag = false;
    // A flag, "(en)", says that the words after it are of another language.
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
    fn what_is_printed_becomes_the_alphabet() {
        for (printed, spoken) in [
            ("mˈa^ɪs\n", "mˈIs"),
            ("d^ʒ d^z t^s t^ʃ s^s a^ʊ e^ɪ o^ʊ ə^ʊ ɔ^ɪ", "ʤ ʣ ʦ ʧ S W A O Q Y"),
            ("sˈɐ̃^ʊ̃", "sˈɐ̃ʊ̃"),
            ("lə- (^e^n)wiːkˈɛnd(^f^r) də-", "lə wiːkˈɛnd də"),
            ("one\ntwo  three\n", "one two three"),
            ("a_b", "ab"),
        ] {
            assert_eq!(alphabet(printed), spoken);
        }
    }

    #[test]
    fn long_pieces_are_cut_at_spaces_and_whole() {
        for (text, why) in [("palabra ".repeat(300), "words"), ("é".repeat(2000), "no space at all")] {
            let (mut rest, mut pieces) = (text.as_str(), Vec::new());
            while !rest.is_empty() {
                let (piece, tail) = rest.split_at(fitting(rest));
                assert!(!piece.is_empty() && piece.chars().count() <= LONGEST, "{why}");
                pieces.push(piece);
                rest = tail;
            }
            assert_eq!(pieces.concat(), text, "{why}");
            assert!(pieces.iter().all(|piece| why != "words" || piece.ends_with(' ')));
        }
    }

    #[test]
    fn links_are_taken_whole() {
        assert_eq!(link("[Kokoro](/kˈOkəɹO/) x"), Some(("Kokoro", "kˈOkəɹO", "[Kokoro](/kˈOkəɹO/)".len())));
        for text in ["[a] (/b/)", "[a](/b", "[a](b)", "a[b](/c/)", "[a [b](/c/)"] {
            assert_eq!(link(text), None, "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_fails_is_named_with_its_reason() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for (name, script, said) in [
            ("fails", "echo no voice >&2; exit 3", "no voice"),
            ("mute", "cat >/dev/null", "has no voice for es"),
            ("garbled", "printf '\\377'", "not UTF-8"),
        ] {
            let program = folder.path().join(name);
            std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
            let error = Espeak::with_program(Language::Spanish, &program).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(said), "{error}");
        }
        let error = Espeak::with_program(Language::Spanish, folder.path().join("absent")).unwrap_err().to_string();
        assert!(error.contains("absent: not found") && error.contains("apt-get install espeak-ng"), "{error}");
    }
}
