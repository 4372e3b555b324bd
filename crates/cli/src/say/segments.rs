//! Text with markup: segments with their own voice, language and rate, and silences between them.

use std::ffi::OsStr;

use kokoro_wgpu::text::markup::{self, Mark};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{self, Chunking, Error, G2p, Language, Lexicon, TextStream};
use kokoro_wgpu::{SAMPLE_RATE, Voice};

use crate::failure::Failure;
use crate::model::ModelSource;
use crate::published::Access;
use crate::{reader, voice};

/// Segments, with the voices and readers that they share.
#[derive(Default)]
pub struct Segments {
    voices: Vec<(String, Voice)>,
    readers: Vec<(Language, Box<dyn G2p>)>,
    segments: Vec<Segment>,
}

pub enum Segment {
    Silence { samples: usize },
    Speech(SpeechSegment),
}

pub struct SpeechSegment {
    pub text: String,
    /// Factor on the speed of the whole text.
    pub rate: f32,
    pub marks: Vec<Mark>,
    /// Index of the voice, if the markup names one.
    voice: Option<usize>,
    /// Index of the reader.
    reader: usize,
}

/// Settings for the whole text.
pub struct SegmentContext<'a> {
    /// The voice of segments that name none.
    pub voice: &'a Voice,
    /// The language of all segments, in place of their voices'.
    pub lang: Option<Language>,
    /// Words that come before those of the readers.
    pub lexicon: Option<&'a Lexicon>,
    pub chunking: Chunking,
    pub vocabulary: &'a Vocabulary,
    pub model: &'a ModelSource,
    pub access: Access,
}

impl SegmentContext<'_> {
    /// The language of a segment with this voice.
    fn language(&self, voice: Option<&str>) -> text::Result<Language> {
        self.lang.map_or_else(|| Language::of_voice(voice.unwrap_or(self.voice.name())), Ok)
    }

    /// The text of all segments in a language.
    fn text_in(&self, language: Language, segments: &[markup::Segment]) -> text::Result<String> {
        let mut joined = String::new();
        for segment in segments {
            if let markup::Segment::Text { text, prosody, .. } = segment
                && self.language(prosody.voice.as_deref())? == language
            {
                joined += &format!("{text}\n");
            }
        }
        Ok(joined)
    }
}

impl Segments {
    /// Opens voices and readers, and checks that there is something to speak.
    pub fn open(segments: Vec<markup::Segment>, context: &SegmentContext<'_>) -> Result<Self, Failure> {
        let mut this = Self::default();
        let mut any_spoken = false;
        let japanese = context.text_in(Language::Japanese, &segments)?;
        for segment in segments {
            let (text, prosody, marks) = match segment {
                markup::Segment::Silence { seconds } => {
                    let samples = (seconds * SAMPLE_RATE as f32).round() as usize;
                    this.segments.push(Segment::Silence { samples });
                    continue;
                }
                markup::Segment::Text { text, prosody, marks } => (text, prosody, marks),
                _ => continue,
            };
            let language = context.language(prosody.voice.as_deref())?;
            let reader = this.reader_index(language, &japanese, context)?;
            let voice = prosody.voice.map(|name| this.voice_index(name, context)).transpose()?;
            let mut stream = TextStream::new([text.as_str()], this.readers[reader].1.as_ref(), context.chunking);
            any_spoken |= !stream.is_silent(context.vocabulary)?;
            drop(stream);
            this.segments.push(Segment::Speech(SpeechSegment { text, rate: prosody.rate, marks, voice, reader }));
        }
        match any_spoken {
            true => Ok(this),
            false => Err(Error::Unspeakable { reason: "there is nothing to speak in it".to_owned() }.into()),
        }
    }

    /// `japanese`: all text in Japanese, for which one reader must do.
    fn reader_index(
        &mut self,
        language: Language,
        japanese: &str,
        context: &SegmentContext<'_>,
    ) -> Result<usize, Failure> {
        if let Some(index) = self.readers.iter().position(|(known, _)| *known == language) {
            return Ok(index);
        }
        let reader = reader::open(language, context.vocabulary, Some(japanese), context.lexicon, context.access)?;
        self.readers.push((language, reader));
        Ok(self.readers.len() - 1)
    }

    fn voice_index(&mut self, name: String, context: &SegmentContext<'_>) -> Result<usize, Failure> {
        if let Some(index) = self.voices.iter().position(|(known, _)| *known == name) {
            return Ok(index);
        }
        let voice = voice::open(Some(OsStr::new(&name)), context.model, context.access)?;
        self.voices.push((name, voice));
        Ok(self.voices.len() - 1)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter()
    }

    /// The segment's voice, or `default` if it names none.
    pub fn voice_of<'a>(&'a self, segment: &SpeechSegment, default: &'a Voice) -> &'a Voice {
        segment.voice.map_or(default, |index| &self.voices[index].1)
    }

    pub fn g2p_of(&self, segment: &SpeechSegment) -> &dyn G2p {
        self.readers[segment.reader].1.as_ref()
    }
}
