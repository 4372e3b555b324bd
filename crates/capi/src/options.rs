//! Options of a call, and the utterances that it speaks.

use std::ffi::c_char;

use bytemuck::Zeroable;

use super::arguments::{Options, object, optional_text, options, text, values};
use super::cancel::{KokoroCancel, cancelled};
use super::status::{Failure, Result};
use super::voice::KokoroVoice;
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::sentences::Limits;
use kokoro_wgpu::text::{self, Chunking, G2p, Phonemes, TextChunk};
use kokoro_wgpu::{Synthesizer, Utterance, Voice};

/// Short sentences merged, the first chunk soon: for listening while it is made. The default.
pub const KOKORO_SPLIT_SENTENCES: u32 = 0;
/// As the published Python pipeline: chunks of up to 510 phonemes.
pub const KOKORO_SPLIT_PUBLISHED: u32 = 1;

/// Text chunks spoken at once, at most.
const MAX_BATCH: u32 = Synthesizer::MAX_BATCH as u32;

/// How to speak. Set `size` and leave the rest zero for the defaults.
#[repr(C)]
#[derive(Clone, Copy, Zeroable)]
pub struct KokoroSpeakOptions {
    /// sizeof(KokoroSpeakOptions).
    pub size: usize,
    /// Of the text: "en-us", "en-gb", "es", "fr-fr", "hi", "it", "pt-br", "zh", "ja" (kana only), or "phonemes". NULL for
    /// that of the voice, by its name. Without the feature `text` there is only "phonemes".
    pub language: *const c_char,
    /// What may ask to stop, or NULL. It must outlive the call.
    pub cancel: *const KokoroCancel,
    /// 0.25 to 4: 2 is twice as fast. 0 is 1.
    pub speed: f32,
    /// Of the noise: on one adapter the same seed gives the same samples.
    pub seed: u32,
    /// Chunks spoken at once, up to 16: more audio a second where the GPU has room for it, but the first comes with the
    /// last of them. 0 is 1. Only for text.
    pub batch: u32,
    /// KOKORO_SPLIT_SENTENCES or KOKORO_SPLIT_PUBLISHED. Only for text.
    pub split: u32,
}

// SAFETY: `repr(C)`, begins with its size, takes any bits, and its fields' sizes sum to its own.
unsafe impl Options for KokoroSpeakOptions {
    const LEAST: usize = size_of::<usize>() + 2 * size_of::<*const c_char>() + 16;
}
const _: () = assert!(size_of::<KokoroSpeakOptions>() == KokoroSpeakOptions::LEAST);

/// The options, checked and with their defaults.
pub(super) struct SpeakParams<'a> {
    pub(super) language: Option<&'a str>,
    pub(super) cancel: Option<&'a KokoroCancel>,
    pub(super) speed: f32,
    pub(super) seed: u32,
    pub(super) batch: usize,
    pub(super) chunking: Chunking,
}

impl<'a> SpeakParams<'a> {
    pub(super) unsafe fn read(given: *const KokoroSpeakOptions) -> Result<Self> {
        // SAFETY: the caller's word, as the header asks for it. So in every function here.
        let given = unsafe { options(given, "options") }?;
        let chunking = match given.split {
            KOKORO_SPLIT_SENTENCES => Chunking::Sentences(Limits::default()),
            KOKORO_SPLIT_PUBLISHED => Chunking::Published,
            split => return Err(Failure::argument("split", format!("{split} is unknown"))),
        };
        if given.batch > MAX_BATCH {
            return Err(Failure::argument("batch", format!("{}, expected at most {MAX_BATCH}", given.batch)));
        }
        Ok(Self {
            // SAFETY: as above.
            language: unsafe { optional_text(given.language, "language") }?,
            cancel: match given.cancel.is_null() {
                true => None,
                // SAFETY: as above.
                false => Some(unsafe { object(given.cancel, "cancel") }?),
            },
            speed: if given.speed == 0.0 { 1.0 } else { given.speed },
            seed: given.seed,
            batch: given.batch.max(1) as usize,
            chunking,
        })
    }

    pub(super) fn check_cancel(&self) -> Result<()> {
        match self.cancel {
            Some(cancel) if cancel.is_requested() => Err(cancelled()),
            _ => Ok(()),
        }
    }

    /// A passage to be spoken with these options.
    pub(super) fn utterance(&self, passage: &TextChunk, voice: &Voice, vocabulary: &Vocabulary) -> Utterance {
        let utterance = Utterance::in_vocabulary(vocabulary, &passage.phonemes(), voice);
        Utterance { speed: self.speed, noise_seed: self.seed, ..utterance }
    }
}

/// Ids to be spoken with these options.
pub(super) unsafe fn ids(
    voice: *const KokoroVoice,
    given: *const u32,
    count: usize,
    params: &SpeakParams,
) -> Result<Utterance> {
    // SAFETY: as above.
    let (ids, voice) = unsafe { (values(given, count, "ids")?, object(voice, "voice")?) };
    Ok(Utterance { speed: params.speed, noise_seed: params.seed, ..Utterance::from_ids(ids, &voice.voice) })
}

/// Phonemes to be spoken in one piece.
pub(super) unsafe fn phonemes(given: *const c_char) -> Result<TextChunk> {
    // SAFETY: as above.
    let written = unsafe { text(given, "phonemes") }?;
    Ok(TextChunk { text: written.to_owned(), tokens: Phonemes.tokens(written)? })
}

pub(super) fn silent() -> Failure {
    text::Error::Unspeakable { reason: "there is nothing to speak".to_owned() }.into()
}
