//! A text with markup: stretches, each in its own voice, language and rate, and the silences between.

use std::ffi::OsStr;

use kokoro_wgpu::text::markup::{self, Segment};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{Error, G2p, Language, TextStream};
use kokoro_wgpu::{SAMPLE_RATE, Voice};

use crate::failure::Failure;
use crate::fetch::Access;
use crate::say::Args;
use crate::voice;

/// A text with markup, and what speaks it.
pub struct Parts {
    /// Of everything that names no other.
    pub voice: Voice,
    pub named: Vec<(String, Voice)>,
    pub readers: Vec<(Language, Box<dyn G2p>)>,
    pub parts: Vec<Part>,
}

pub enum Part {
    /// Samples.
    Silence(usize),
    /// `voice` and `reader` are places in [`Parts`].
    Spoken { text: String, rate: f32, voice: Option<usize>, reader: usize, marks: Vec<markup::Mark> },
}

impl Parts {
    pub fn open(
        segments: Vec<Segment>,
        args: &Args,
        voice: Voice,
        vocabulary: &Vocabulary,
        model: &crate::model::Source,
        access: Access,
    ) -> Result<Self, Failure> {
        let marked_up = !segments.is_empty();
        let mut this = Self { voice, named: Vec::new(), readers: Vec::new(), parts: Vec::new() };
        let mut spoken = false;
        for segment in segments {
            let (text, prosody, marks) = match segment {
                Segment::Silence { seconds } => {
                    this.parts.push(Part::Silence((seconds * SAMPLE_RATE as f32).round() as usize));
                    continue;
                }
                Segment::Text { text, prosody, marks } => (text, prosody, marks),
                _ => continue,
            };
            let language = args.language(prosody.voice.as_deref().unwrap_or(this.voice.name()))?;
            let reader = match this.readers.iter().position(|(known, _)| *known == language) {
                Some(at) => at,
                None => {
                    this.readers.push((language, language.reader_for(vocabulary)?));
                    this.readers.len() - 1
                }
            };
            let voice = match prosody.voice {
                None => None,
                Some(name) => Some(match this.named.iter().position(|(known, _)| *known == name) {
                    Some(at) => at,
                    None => {
                        let voice = voice::open(Some(OsStr::new(&name)), model, access)?;
                        this.named.push((name, voice));
                        this.named.len() - 1
                    }
                }),
            };
            let mut script = TextStream::new([text.as_str()], this.readers[reader].1.as_ref(), args.chunking());
            spoken |= !script.is_silent(vocabulary)?;
            drop(script);
            this.parts.push(Part::Spoken { text, rate: prosody.rate, voice, reader, marks });
        }
        match marked_up && !spoken {
            true => Err(Error::Unspeakable { reason: "there is nothing to speak in it".to_owned() }.into()),
            false => Ok(this),
        }
    }
}
