//! Options of a synthesis, and utterances with these options.

use std::ffi::c_char;

use bytemuck::Zeroable;

use super::arguments::{VersionedOptions, array, borrow, optional_string, read_options, string};
use super::cancel::{KokoroCancel, cancelled};
use super::status::{Failure, Result};
use super::voice::KokoroVoice;
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::sentences::Limits;
use kokoro_wgpu::text::{self, Chunking, G2p, Phonemes, TextChunk};
use kokoro_wgpu::{Synthesizer, Utterance, Voice};

/// Split text into sentences; short ones are merged, and the first chunk is kept short. For playback while the rest is
/// synthesized. The default.
pub const KOKORO_SPLIT_SENTENCES: u32 = 0;
/// Split text like the published Python pipeline: chunks of up to 510 phonemes.
pub const KOKORO_SPLIT_PUBLISHED: u32 = 1;

const MAX_BATCH: u32 = Synthesizer::MAX_BATCH as u32;

/// Options of a synthesis. Set `size`; zeros in all other fields mean defaults.
#[repr(C)]
#[derive(Clone, Copy, Zeroable)]
pub struct KokoroSpeakOptions {
    /// sizeof(KokoroSpeakOptions).
    pub size: usize,
    /// Language of the text: "en-us", "en-gb", "es", "fr-fr", "hi", "it", "pt-br", "zh", "ja" or "phonemes".
    /// NULL: the language in the voice's name. "ja" is read in kana only, unless the library was built with the feature
    /// `japanese` and $KOKORO_JAPANESE_DICTIONARY names a folder with naist-jdic (`kokoro fetch japanese` prints one). A
    /// library built without the feature `text` supports only "phonemes".
    pub language: *const c_char,
    /// A flag that can stop the call, or NULL. It must stay valid during the call.
    pub cancel: *const KokoroCancel,
    /// Speaking rate, 0.25 to 4; 2 is twice as fast. 0 means 1.
    pub speed: f32,
    /// Seed of the noise. On one adapter the same seed gives the same samples.
    pub seed: u32,
    /// Chunks synthesized together, at most 16. More chunks give more audio per second if the GPU has capacity left,
    /// but the first one is delivered only with the last. 0 means 1. Only for text.
    pub batch: u32,
    /// KOKORO_SPLIT_SENTENCES or KOKORO_SPLIT_PUBLISHED. Only for text.
    pub split: u32,
}

// SAFETY: `repr(C)`, begins with its size, all bit patterns are valid, and the assertion below excludes padding.
unsafe impl VersionedOptions for KokoroSpeakOptions {
    const MIN_SIZE: usize = size_of::<usize>() + 2 * size_of::<*const c_char>() + 16;
}
const _: () = assert!(size_of::<KokoroSpeakOptions>() == KokoroSpeakOptions::MIN_SIZE);

/// KokoroSpeakOptions after validation, with defaults filled in.
pub(super) struct SpeakParams<'a> {
    pub(super) language: Option<&'a str>,
    pub(super) cancel: Option<&'a KokoroCancel>,
    pub(super) speed: f32,
    pub(super) seed: u32,
    pub(super) batch: usize,
    pub(super) chunking: Chunking,
}

impl<'a> SpeakParams<'a> {
    pub(super) unsafe fn read(options: *const KokoroSpeakOptions) -> Result<Self> {
        // SAFETY: the header requires valid pointers. The same holds for every function in this file.
        let options = unsafe { read_options(options, "options") }?;
        let chunking = match options.split {
            KOKORO_SPLIT_SENTENCES => Chunking::Sentences(Limits::default()),
            KOKORO_SPLIT_PUBLISHED => Chunking::Published,
            split => return Err(Failure::argument("split", format!("{split} is unknown"))),
        };
        if options.batch > MAX_BATCH {
            return Err(Failure::argument("batch", format!("{}, expected at most {MAX_BATCH}", options.batch)));
        }
        Ok(Self {
            // SAFETY: as above.
            language: unsafe { optional_string(options.language, "language") }?,
            cancel: match options.cancel.is_null() {
                true => None,
                // SAFETY: as above.
                false => Some(unsafe { borrow(options.cancel, "cancel") }?),
            },
            speed: if options.speed == 0.0 { 1.0 } else { options.speed },
            seed: options.seed,
            batch: options.batch.max(1) as usize,
            chunking,
        })
    }

    pub(super) fn check_cancel(&self) -> Result<()> {
        match self.cancel {
            Some(cancel) if cancel.is_requested() => Err(cancelled()),
            _ => Ok(()),
        }
    }

    /// The utterance for a text chunk with these options.
    pub(super) fn utterance(&self, text_chunk: &TextChunk, voice: &Voice, vocabulary: &Vocabulary) -> Utterance {
        let utterance = Utterance::in_vocabulary(vocabulary, &text_chunk.phonemes(), voice);
        utterance.with_speed(self.speed).with_noise_seed(self.seed)
    }
}

/// The utterance for token ids with these options.
pub(super) unsafe fn utterance_from_ids(
    voice: *const KokoroVoice,
    ids: *const u32,
    count: usize,
    params: &SpeakParams,
) -> Result<Utterance> {
    // SAFETY: as above.
    let (ids, voice) = unsafe { (array(ids, count, "ids")?, borrow(voice, "voice")?) };
    Ok(Utterance::from_ids(ids, &voice.voice).with_speed(params.speed).with_noise_seed(params.seed))
}

/// The text chunk for a string of phonemes, which is not split.
pub(super) unsafe fn text_chunk_from_phonemes(phonemes: *const c_char) -> Result<TextChunk> {
    // SAFETY: as above.
    let phonemes = unsafe { string(phonemes, "phonemes") }?;
    Ok(TextChunk { text: phonemes.to_owned(), tokens: Phonemes.tokens(phonemes)? })
}

pub(super) fn nothing_to_speak() -> Failure {
    text::Error::Unspeakable { reason: "there is nothing to speak".to_owned() }.into()
}
