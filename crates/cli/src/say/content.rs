//! Input that was parsed and checked before the model is loaded.

use kokoro_wgpu::text::markup::{self, Segment};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{self, Chunking, G2p, Language, Lexicon, Phonemes, TextStream, ssml};

use super::segments::Segments;
use crate::failure::Failure;
use crate::published::Access;
use crate::reader;
use crate::text_input::{Input, TextSource};

/// Input divided by its markup.
pub enum ParsedInput {
    Plain(Input),
    MarkedUp(Vec<Segment>),
}

impl ParsedInput {
    /// Parses SSML, and pauses in plain text. Long text is only read if it must be SSML.
    pub fn new(input: Input, is_ssml: bool, language: &text::Result<Language>) -> Result<Self, Failure> {
        let text = match input {
            Input::Text(source) if is_ssml || source.is_short() => source.into_string()?,
            input => return Ok(Self::Plain(input)),
        };
        if is_ssml || ssml::is_ssml(&text) {
            let language = *language.as_ref().unwrap_or(&Language::AmericanEnglish);
            return Ok(Self::MarkedUp(ssml::parse(&text, language)?));
        }
        let segments = markup::parse(&text);
        match segments.iter().any(|segment| matches!(segment, Segment::Silence { .. })) {
            true => Ok(Self::MarkedUp(segments)),
            false => Ok(Self::Plain(Input::Text(TextSource::Argument(text)))),
        }
    }

    /// Reader of plain text. Segments have their own readers.
    pub fn g2p(
        &self,
        language: text::Result<Language>,
        vocabulary: &Vocabulary,
        lexicon: Option<&Lexicon>,
        access: Access,
    ) -> Result<Box<dyn G2p>, Failure> {
        match self {
            Self::Plain(Input::Text(TextSource::Argument(text))) => {
                reader::open(language?, vocabulary, Some(text), lexicon, access)
            }
            Self::Plain(Input::Text(_)) => reader::open(language?, vocabulary, None, lexicon, access),
            _ => Ok(Box::new(Phonemes)),
        }
    }
}

/// What to speak.
pub enum Content<'a> {
    Ids(Vec<u32>),
    /// Text or phonemes, with the length of the text in bytes, if it is known.
    Stream(TextStream<'a>, Option<u64>),
    Segments(Segments),
}

impl<'a> Content<'a> {
    /// Checks that there is something to speak.
    pub fn new(input: Input, g2p: &'a dyn G2p, chunking: Chunking, vocabulary: &Vocabulary) -> text::Result<Self> {
        let (mut stream, size) = match input {
            Input::Ids(ids) => return Ok(Self::Ids(ids)),
            Input::Phonemes(phonemes) => (TextStream::new([phonemes], g2p, Chunking::Published), None),
            Input::Text(source) => {
                let size = source.size();
                (source.into_stream(g2p, chunking), size)
            }
        };
        match stream.is_silent(vocabulary)? {
            true => {
                Err(text::Error::Unspeakable { reason: "it is empty, or has nothing that can be spoken".to_owned() })
            }
            false => Ok(Self::Stream(stream, size)),
        }
    }
}
