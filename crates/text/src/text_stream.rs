//! Text of any length as chunks for the network, in constant memory.

use std::collections::VecDeque;
use std::io::{BufRead, ErrorKind};

use crate::error::{Error, Result};
use crate::g2p::{G2p, Phonemes};
use crate::phonemes::{MAX_PHONEMES, Vocabulary};
use crate::sentences::{Limits, SentenceSplitter};
use crate::text_chunk::TextChunk;
use crate::utf8::{BYTE_ORDER_MARK, wrong_encoding};

/// How a text is divided into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Chunking {
    /// By sentences. Short ones are merged; the first chunk is kept short, so that sound starts early.
    Sentences(Limits),
    /// As the Python pipeline does: up to 510 phonemes, filled greedily ([`chunks::split`](crate::chunks::split)).
    Published,
}

impl Default for Chunking {
    fn default() -> Self {
        Self::Sentences(Limits::default())
    }
}

/// A text as an iterator of chunks. It reads only as far as it must; memory stays constant.
pub struct TextStream<'a> {
    source: Box<dyn Iterator<Item = Result<String>> + Send + 'a>,
    g2p: &'a dyn G2p,
    splitter: SentenceSplitter,
    /// Fill chunks greedily ([`Chunking::Published`]).
    greedy: bool,
    source_ended: bool,
    /// After an error the stream ends.
    failed: bool,
    live: bool,
    /// Finished chunks.
    ready: VecDeque<TextChunk>,
    /// The unfinished last chunk, if `greedy`.
    unfinished: TextChunk,
}

impl std::fmt::Debug for TextStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextStream").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl<'a> TextStream<'a> {
    /// A text in pieces, which may be cut anywhere.
    pub fn new<I>(text: I, g2p: &'a dyn G2p, chunking: Chunking) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
        I::IntoIter: Send + 'a,
    {
        Self::try_new(text.into_iter().map(|piece| Ok(piece.into())), g2p, chunking)
    }

    /// A text in UTF-8, read as needed. `name` names it in errors.
    pub fn from_reader(text: impl BufRead + Send + 'a, name: &str, g2p: &'a dyn G2p, chunking: Chunking) -> Self {
        Self::try_new(utf8_pieces(text, name.to_owned()), g2p, chunking)
    }

    /// A text in pieces from a source that may fail.
    pub fn try_new(
        text: impl Iterator<Item = Result<String>> + Send + 'a,
        g2p: &'a dyn G2p,
        chunking: Chunking,
    ) -> Self {
        let (greedy, limits) = match chunking {
            Chunking::Sentences(limits) => (false, limits),
            // The G2P gets sentences in any case; only the chunks differ.
            Chunking::Published => (true, Limits::default()),
        };
        Self {
            source: Box::new(text),
            g2p,
            splitter: SentenceSplitter::new(limits),
            greedy,
            source_ended: false,
            failed: false,
            live: false,
            ready: VecDeque::new(),
            unfinished: TextChunk::default(),
        }
    }

    /// Chunks that were made before.
    pub fn of_chunks(chunks: Vec<TextChunk>) -> Self {
        let none = std::iter::empty::<String>();
        Self { ready: chunks.into(), ..Self::new(none, &Phonemes, Chunking::default()) }
    }

    /// Marks the source as one that may block, such as a person or a language model. Then text is read only when it is
    /// needed, so that finished audio does not wait for more text.
    #[must_use]
    pub fn live(self) -> Self {
        Self { live: true, ..self }
    }

    /// Whether the source may block: [`TextStream::live`].
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Whether the text has no phoneme of this vocabulary. Reads as far as the first chunk that has one. After an error, the
    /// text ends where it was.
    ///
    /// # Errors
    /// As the iterator's items.
    pub fn is_silent(&mut self, vocabulary: &Vocabulary) -> Result<bool> {
        while !self.ready.iter().any(|chunk| chunk.is_spoken(vocabulary)) {
            if !self.advance()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes one step towards the next chunk. Returns false at the end of the text, and after an error.
    fn advance(&mut self) -> Result<bool> {
        if self.failed {
            return Ok(false);
        }
        let advanced = self.read_on();
        self.failed = advanced.is_err();
        advanced
    }

    fn read_on(&mut self) -> Result<bool> {
        match self.splitter.next(self.source_ended) {
            Some(text) => self.add(text)?,
            None if !self.source_ended => match self.source.next() {
                Some(piece) => self.splitter.push(&piece?),
                None => self.source_ended = true,
            },
            None if !self.unfinished.text.is_empty() => self.ready.push_back(std::mem::take(&mut self.unfinished)),
            None => return Ok(false),
        }
        Ok(true)
    }

    /// Adds sentences that the splitter returned.
    fn add(&mut self, text: String) -> Result<()> {
        let tokens = if text.trim().is_empty() { Vec::new() } else { self.g2p.tokens(&text)? };
        if !self.greedy {
            self.ready.extend(TextChunk { text, tokens }.split(MAX_PHONEMES));
            return Ok(());
        }
        let unfinished = &mut self.unfinished;
        // The last token of a text has no separator: without one, two sentences would be spoken as one word where they meet.
        if let (Some(last), false) = (unfinished.tokens.last_mut(), tokens.is_empty())
            && last.whitespace.is_empty()
        {
            " ".clone_into(&mut last.whitespace);
        }
        unfinished.text += &text;
        unfinished.tokens.extend(tokens);
        let mut chunks = std::mem::take(unfinished).split(MAX_PHONEMES);
        self.unfinished = chunks.pop().unwrap_or_default();
        self.ready.extend(chunks);
        Ok(())
    }
}

impl Iterator for TextStream<'_> {
    type Item = Result<TextChunk>;

    /// The next chunk, or an error, after which the stream ends.
    fn next(&mut self) -> Option<Result<TextChunk>> {
        while self.ready.is_empty() {
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        self.ready.pop_front().map(Ok)
    }
}

/// The bytes of a reader as UTF-8, in the pieces in which they arrive, without a byte order mark.
fn utf8_pieces(mut text: impl BufRead, name: String) -> impl Iterator<Item = Result<String>> {
    let mut bytes = Vec::new();
    let mut is_start = true;
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
            // The piece may end inside a character.
            Err(error) if error.error_len().is_none() && count > 0 => error.valid_up_to(),
            Err(_) => return failed(wrong_encoding(&bytes)),
        };
        let rest = bytes.split_off(valid);
        let mut piece = String::from_utf8(std::mem::replace(&mut bytes, rest)).ok()?;
        if is_start && piece.starts_with(BYTE_ORDER_MARK) {
            piece.remove(0);
        }
        is_start &= valid == 0;
        Some(Ok(piece))
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::chunks;

    fn text_chunks(stream: TextStream<'_>) -> Vec<TextChunk> {
        stream.collect::<Result<_>>().unwrap()
    }

    fn chapter(words: usize) -> String {
        (0..words).map(|at| if at % 9 == 8 { "wˈɜɹd. " } else { "ən " }).collect()
    }

    #[test]
    fn greedy_chunks_are_those_of_the_whole_string() {
        let text = chapter(900);
        let spoken = text_chunks(TextStream::new([text.as_str()], &Phonemes, Chunking::Published));
        let ours: Vec<String> = spoken.iter().map(TextChunk::phonemes).collect();
        assert_eq!(ours, chunks::split(&text, MAX_PHONEMES));
        assert_eq!(spoken.iter().map(|chunk| chunk.text.as_str()).collect::<String>(), text);
    }

    #[test]
    fn chunks_joined_are_the_text() {
        let text = format!("...\n\n{}{}", chapter(300), "ˈa".repeat(1000));
        for chunking in [Chunking::Published, Chunking::default()] {
            let spoken = text_chunks(TextStream::from_reader(text.as_bytes(), "text", &Phonemes, chunking));
            assert!(spoken.iter().all(|chunk| chunk.phonemes().chars().count() <= MAX_PHONEMES));
            assert_eq!(spoken.iter().map(|chunk| chunk.text.as_str()).collect::<String>(), text);
            let tokens = spoken.iter().flat_map(|chunk| &chunk.tokens);
            let words: String = tokens.map(|token| token.text.as_str()).collect();
            assert_eq!(words, text.split_whitespace().collect::<String>());
        }
    }

    #[test]
    fn chunks_that_were_made_before_stay_as_they_are() {
        let text = chapter(300);
        let chunks = text_chunks(TextStream::new([text.as_str()], &Phonemes, Chunking::default()));
        assert!(chunks.len() > 1);
        assert_eq!(text_chunks(TextStream::of_chunks(chunks.clone())), chunks);
    }

    #[test]
    fn pieces_may_end_inside_a_character_and_invalid_utf8_is_an_error() {
        let text = "“wˈɜɹd…” ".repeat(50);
        let byte_by_byte = io::BufReader::with_capacity(1, text.as_bytes());
        let spoken = text_chunks(TextStream::from_reader(byte_by_byte, "text", &Phonemes, Chunking::default()));
        assert_eq!(spoken.iter().map(|chunk| chunk.text.as_str()).collect::<String>(), text);
        for bytes in [b"caf\xe9".as_slice(), b"caf\xe9 au lait", b"\xe2\x80"] {
            let error = TextStream::from_reader(bytes, "latin1.txt", &Phonemes, Chunking::default())
                .next()
                .unwrap()
                .unwrap_err();
            assert!(error.to_string().contains("latin1.txt") && error.to_string().contains("UTF-8"), "{error}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        for capacity in [1, 2, 4, 100] {
            let marked = io::BufReader::with_capacity(capacity, "\u{feff}wˈɜɹd\u{feff}.".as_bytes());
            let spoken = text_chunks(TextStream::from_reader(marked, "text", &Phonemes, Chunking::default()));
            let text: String = spoken.iter().map(|chunk| chunk.text.as_str()).collect();
            assert_eq!(text, "wˈɜɹd\u{feff}.", "buffer of {capacity} bytes");
        }
    }

    #[test]
    fn a_text_with_nothing_to_speak_is_detected() {
        for (text, silent) in [("", true), (" \n", true), ("@ # @", true), ("@. a", false)] {
            assert_eq!(
                TextStream::new([text], &Phonemes, Chunking::default()).is_silent(&Vocabulary::published()).unwrap(),
                silent,
                "{text:?}"
            );
        }
    }
}
