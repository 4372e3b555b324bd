//! Text of any length as passages for the network, in constant memory.

use std::collections::VecDeque;
use std::io::{self, BufRead, ErrorKind};

use super::phonemes::{MAX_PHONEMES, Vocabulary};
use super::sentences::{Limits, Splitter};
use super::token::{self, Token};
use super::{G2p, chunks};
use crate::{Error, Result};

/// How a text is divided into the passages that the network speaks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Chunking {
    /// By sentences, short ones merged, the first soon.
    Sentences(Limits),
    /// As the published pipeline: up to 510 phonemes, filled greedily ([`chunks::split`]).
    Published,
}

impl Default for Chunking {
    fn default() -> Self {
        Self::Sentences(Limits::default())
    }
}

/// A stretch of text with its phonemes, which the network takes at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// As written, with the white space that follows: the passages of a script joined are the text. Where one
    /// stretch became several passages, it is divided about where they are.
    pub text: String,
    /// As spoken; none if there is nothing to speak in `text`.
    pub tokens: Vec<Token>,
}

impl Passage {
    /// The phonemes, as the network reads them.
    pub fn phonemes(&self) -> String {
        token::phonemes(&self.tokens)
    }

    /// Whether there is something for a network of this vocabulary in it.
    pub fn is_spoken(&self, vocabulary: &Vocabulary) -> bool {
        self.tokens.iter().any(|token| token.phonemes.chars().any(|symbol| vocabulary.id(symbol).is_some()))
    }

    /// Both parts of a passage, divided between the words nearest to its middle: for a device on which it turned out
    /// too long. `None` for a single word.
    pub fn halves(self) -> Option<(Self, Self)> {
        let spoken = self.phonemes();
        let middle = spoken.chars().count() / 2;
        // v1.1-zh's alphabet has a slash between words, which stays with the word before it.
        let ends = spoken.chars().enumerate().filter_map(|(at, symbol)| match symbol {
            '/' => Some(at + 1),
            _ => symbol.is_whitespace().then_some(at),
        });
        let length = ends.filter(|at| *at < spoken.chars().count()).min_by_key(|at| at.abs_diff(middle))?;
        Some(self.cut(length))
    }

    fn cut(self, length: usize) -> (Self, Self) {
        let total = self.phonemes().chars().count();
        let (first, second) = token::split_at(self.tokens, length);
        let (head, tail) = self.text.split_at(share(&self.text, length, total));
        (Self { text: head.to_owned(), tokens: first }, Self { text: tail.to_owned(), tokens: second })
    }

    fn pieces(self, limit: usize) -> Vec<Self> {
        let (mut pieces, mut rest) = (Vec::new(), self);
        loop {
            let spoken = rest.phonemes();
            match chunks::split(&spoken, limit).as_slice() {
                [first, _, ..] => {
                    let (piece, tail) = rest.cut(first.chars().count());
                    pieces.push(piece);
                    rest = tail;
                }
                _ => break,
            }
        }
        pieces.push(rest);
        pieces
    }
}

/// Where to cut a text (after white space, if it has some) of which `part` of `whole` is to be left of the cut.
fn share(text: &str, part: usize, whole: usize) -> usize {
    let target = text.len() * part / whole.max(1);
    let ends = text.char_indices().filter(|(_, symbol)| symbol.is_whitespace()).map(|(at, c)| at + c.len_utf8());
    let inside = ends.filter(|at| *at < text.len()).min_by_key(|at| at.abs_diff(target));
    inside.unwrap_or_else(|| (0..=target).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0))
}

/// A text as an iterator of passages. It is read as they are asked for; memory stays constant.
pub struct Script<'a> {
    source: Box<dyn Iterator<Item = Result<String>> + Send + 'a>,
    g2p: &'a dyn G2p,
    published: bool,
    splitter: Splitter,
    ended: bool,
    live: bool,
    /// Cut already.
    ready: VecDeque<Passage>,
    /// Still to be filled, by the published rule.
    filling: Passage,
}

impl std::fmt::Debug for Script<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl<'a> Script<'a> {
    /// A text in pieces, cut anywhere and joined as they are.
    pub fn new<I>(text: I, g2p: &'a dyn G2p, chunking: Chunking) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
        I::IntoIter: Send + 'a,
    {
        Self::fallible(text.into_iter().map(|piece| Ok(piece.into())), g2p, chunking)
    }

    /// A text in UTF-8, read as needed. `name` stands for it in errors.
    pub fn read(text: impl BufRead + Send + 'a, name: &str, g2p: &'a dyn G2p, chunking: Chunking) -> Self {
        Self::fallible(pieces(text, name.to_owned()), g2p, chunking)
    }

    /// A text in pieces whose source may fail, which ends the script.
    pub fn fallible(
        text: impl Iterator<Item = Result<String>> + Send + 'a,
        g2p: &'a dyn G2p,
        chunking: Chunking,
    ) -> Self {
        let (published, limits) = match chunking {
            Chunking::Sentences(limits) => (false, limits),
            // The G2P is given sentences all the same.
            Chunking::Published => (true, Limits::default()),
        };
        let (ready, filling) = (VecDeque::new(), Passage::default());
        let splitter = Splitter::new(limits);
        Self { source: Box::new(text), g2p, published, splitter, ended: false, live: false, ready, filling }
    }

    /// The source may make one wait, as a person or a language model does: text is read only when it is needed, so
    /// that what was spoken is not held back.
    #[must_use]
    pub fn live(self) -> Self {
        Self { live: true, ..self }
    }

    /// Whether passages are to be read no sooner than they are needed: [`Script::live`].
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Whether there is nothing to speak in all of the text, for a network of this vocabulary: it is read as far as
    /// the first passage that has something.
    ///
    /// # Errors
    /// As the iterator's items.
    pub fn is_silent(&mut self, vocabulary: &Vocabulary) -> Result<bool> {
        while !self.ready.iter().any(|passage| passage.is_spoken(vocabulary)) {
            if !self.advance()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn prepare(&mut self) -> Result<()> {
        while self.ready.is_empty() && self.advance()? {}
        Ok(())
    }

    /// One step towards more passages; false if the text has come to its end.
    fn advance(&mut self) -> Result<bool> {
        match self.splitter.next(self.ended) {
            Some(text) => self.add(text)?,
            None if !self.ended => match self.source.next() {
                Some(piece) => self.splitter.push(&piece.inspect_err(|_| self.ended = true)?),
                None => self.ended = true,
            },
            None if !self.filling.text.is_empty() => self.ready.push_back(std::mem::take(&mut self.filling)),
            None => return Ok(false),
        }
        Ok(true)
    }

    fn add(&mut self, text: String) -> Result<()> {
        let tokens = if text.trim().is_empty() { Vec::new() } else { self.g2p.tokens(&text)? };
        if !self.published {
            self.ready.extend(Passage { text, tokens }.pieces(MAX_PHONEMES));
            return Ok(());
        }
        let filling = &mut self.filling;
        if let (Some(last), false) = (filling.tokens.last_mut(), tokens.is_empty())
            && last.whitespace.is_empty()
        {
            " ".clone_into(&mut last.whitespace);
        }
        filling.text += &text;
        filling.tokens.extend(tokens);
        let mut pieces = std::mem::take(filling).pieces(MAX_PHONEMES);
        self.filling = pieces.pop().unwrap_or_default();
        self.ready.extend(pieces);
        Ok(())
    }
}

impl Iterator for Script<'_> {
    type Item = Result<Passage>;

    fn next(&mut self) -> Option<Result<Passage>> {
        match self.prepare() {
            Ok(()) => self.ready.pop_front().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }
}

/// What arrives, as it arrives.
fn pieces(mut text: impl BufRead, name: String) -> impl Iterator<Item = Result<String>> {
    let mut bytes = Vec::new();
    std::iter::from_fn(move || {
        let failed = |source| Some(Err(Error::Io { action: "read", path: name.clone().into(), source }));
        let count = loop {
            match text.fill_buf() {
                Ok(arrived) => {
                    bytes.extend_from_slice(arrived);
                    break arrived.len();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return failed(error),
            }
        };
        text.consume(count);
        let valid = match std::str::from_utf8(&bytes) {
            Ok(_) if count == 0 => return None,
            Ok(_) => bytes.len(),
            // The end of what arrived may have torn a character.
            Err(error) if error.error_len().is_none() && count > 0 => error.valid_up_to(),
            Err(_) => return failed(not_utf8()),
        };
        let rest = bytes.split_off(valid);
        String::from_utf8(std::mem::replace(&mut bytes, rest)).ok().map(Ok)
    })
}

fn not_utf8() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "stream did not contain valid UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Phonemes;

    fn passages(script: Script<'_>) -> Vec<Passage> {
        script.collect::<Result<_>>().unwrap()
    }

    fn chapter(words: usize) -> String {
        (0..words).map(|at| if at % 9 == 8 { "wˈɜɹd. " } else { "ən " }).collect()
    }

    #[test]
    fn the_published_rule_is_that_of_the_whole_string() {
        let text = chapter(900);
        let spoken = passages(Script::new([text.as_str()], &Phonemes, Chunking::Published));
        let ours: Vec<String> = spoken.iter().map(Passage::phonemes).collect();
        assert_eq!(ours, chunks::split(&text, MAX_PHONEMES));
        assert_eq!(spoken.iter().map(|passage| passage.text.as_str()).collect::<String>(), text);
    }

    #[test]
    fn passages_are_the_text_however_it_is_divided() {
        let text = format!("...\n\n{}{}", chapter(300), "ˈa".repeat(1000));
        for chunking in [Chunking::Published, Chunking::default()] {
            let spoken = passages(Script::read(text.as_bytes(), "text", &Phonemes, chunking));
            assert!(spoken.iter().all(|passage| passage.phonemes().chars().count() <= MAX_PHONEMES));
            assert_eq!(spoken.iter().map(|passage| passage.text.as_str()).collect::<String>(), text);
            let tokens = spoken.iter().flat_map(|passage| &passage.tokens);
            let words: String = tokens.map(|token| token.text.as_str()).collect();
            assert_eq!(words, text.split_whitespace().collect::<String>());
        }
    }

    #[test]
    fn halves_are_cut_at_a_space_as_long_as_there_is_one() {
        let passage = passages(Script::new(["ab cd ef"], &Phonemes, Chunking::default())).remove(0);
        let (first, second) = passage.halves().unwrap();
        assert_eq!((first.phonemes().as_str(), second.phonemes().as_str()), ("ab cd", "ef"));
        assert_eq!(first.text + &second.text, "ab cd ef");
        assert!(second.halves().is_none());
    }

    #[test]
    fn text_that_is_torn_anywhere_is_read_and_what_is_no_text_is_refused() {
        let text = "“wˈɜɹd…” ".repeat(50);
        let torn = io::BufReader::with_capacity(1, text.as_bytes());
        let spoken = passages(Script::read(torn, "text", &Phonemes, Chunking::default()));
        assert_eq!(spoken.iter().map(|passage| passage.text.as_str()).collect::<String>(), text);
        for bytes in [b"caf\xe9".as_slice(), b"caf\xe9 au lait", b"\xe2\x80"] {
            let error = Script::read(bytes, "latin1.txt", &Phonemes, Chunking::default()).next().unwrap().unwrap_err();
            assert!(error.to_string().contains("latin1.txt") && error.to_string().contains("UTF-8"), "{error}");
        }
    }

    #[test]
    fn silence_is_known_before_anything_is_spoken() {
        for (text, silent) in [("", true), (" \n", true), ("@ # @", true), ("@. a", false)] {
            assert_eq!(
                Script::new([text], &Phonemes, Chunking::default()).is_silent(&Vocabulary::published()).unwrap(),
                silent,
                "{text:?}"
            );
        }
    }
}
