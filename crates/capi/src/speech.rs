//! What was said.

use std::ffi::{CString, c_char};
use std::ptr;

use super::arguments::{fact, freed, list, text, values};
use super::c_string;
use super::status::{KokoroStatus, guarded};
use kokoro_wgpu::audio::{Format, SampleFormat};
use kokoro_wgpu::timestamps::Timestamps;
use kokoro_wgpu::{Chunk, Speech};

/// Audio with its timings, in the host's memory. Any threads may read one at once. It does not change, so that what
/// its functions hand out lives as long as it does.
pub struct KokoroSpeech {
    samples: Vec<f32>,
    durations: Vec<u32>,
    start: u64,
    text: CString,
    phonemes: CString,
    words: Vec<KokoroWord>,
    symbols: Vec<KokoroSymbol>,
    #[expect(dead_code, reason = "the words point to them")]
    strings: Vec<CString>,
}

/// When a word is spoken, in samples of the joined audio.
#[repr(C)]
pub struct KokoroWord {
    /// As written, with the marks that touch it.
    pub text: *const c_char,
    /// As spoken.
    pub phonemes: *const c_char,
    /// The first sample.
    pub start: u64,
    /// The sample after the last.
    pub end: u64,
}

/// When a phoneme is spoken, in samples of the joined audio.
#[repr(C)]
pub struct KokoroSymbol {
    /// The first sample.
    pub start: u64,
    /// The sample after the last.
    pub end: u64,
    /// In Unicode; marks and spaces are symbols too.
    pub code_point: u32,
    /// 0.
    pub reserved: u32,
}

impl KokoroSpeech {
    pub(crate) fn new(chunk: Chunk) -> Self {
        let Chunk { text, phonemes, speech, start, timestamps } = chunk;
        let (text, phonemes) = (c_string(&text), c_string(&phonemes));
        let Timestamps { phonemes: symbols, words } = timestamps;
        let mut strings = Vec::with_capacity(2 * words.len());
        let words = words.into_iter().map(|word| {
            let (text, phonemes) = (c_string(&word.text), c_string(&word.phonemes));
            let shown = KokoroWord {
                text: text.as_ptr(),
                phonemes: phonemes.as_ptr(),
                start: word.span.start,
                end: word.span.end,
            };
            strings.extend([text, phonemes]); // moved, but not what they point to
            shown
        });
        let words = words.collect();
        let symbols = symbols.into_iter().map(|phoneme| KokoroSymbol {
            start: phoneme.span.start,
            end: phoneme.span.end,
            code_point: phoneme.symbol.into(),
            reserved: 0,
        });
        let symbols = symbols.collect();
        let (samples, durations) = (speech.samples, speech.durations);
        Self { samples, durations, start, text, phonemes, words, symbols, strings }
    }

    /// Of ids, which have no text.
    pub(crate) fn wordless(speech: Speech) -> Self {
        let (text, phonemes, timestamps) = Default::default();
        Self::new(Chunk { text, phonemes, speech, start: 0, timestamps })
    }
}

/// The samples, mostly within -1 to 1, neither clipped nor trimmed. `count` learns how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_samples(speech: *const KokoroSpeech, count: *mut usize) -> *const f32 {
    // SAFETY: the caller's word, as the header asks for it. So in every function here.
    unsafe { list(speech, count, |speech| &speech.samples) }
}

/// Frames of every token: of each chunk the start boundary, each phoneme, the end boundary. KOKORO_FRAME_SAMPLES times
/// their sum are the samples. `count` learns how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_durations(speech: *const KokoroSpeech, count: *mut usize) -> *const u32 {
    // SAFETY: as above.
    unsafe { list(speech, count, |speech| &speech.durations) }
}

/// The words in their order, none overlapping another; none where ids were spoken. `count` learns how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_words(speech: *const KokoroSpeech, count: *mut usize) -> *const KokoroWord {
    // SAFETY: as above.
    unsafe { list(speech, count, |speech| &speech.words) }
}

/// The phonemes in their order; none where ids were spoken. Those of a chunk follow each other without a gap. `count`
/// learns how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_symbols(speech: *const KokoroSpeech, count: *mut usize) -> *const KokoroSymbol {
    // SAFETY: as above.
    unsafe { list(speech, count, |speech| &speech.symbols) }
}

/// The first sample's place in the joined audio: 0, but of the later chunks of a narration.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_start(speech: *const KokoroSpeech) -> u64 {
    // SAFETY: as above.
    unsafe { fact(speech, 0, |speech| speech.start) }
}

/// What was read, with the white space around it: the texts of a narration's chunks, joined, are its text, but for what
/// has nothing to speak at its end. "" where ids were spoken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_text(speech: *const KokoroSpeech) -> *const c_char {
    // SAFETY: as above.
    unsafe { fact(speech, ptr::null(), |speech| speech.text.as_ptr()) }
}

/// What was spoken, as phonemes. "" where ids were spoken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_phonemes(speech: *const KokoroSpeech) -> *const c_char {
    // SAFETY: as above.
    unsafe { fact(speech, ptr::null(), |speech| speech.phonemes.as_ptr()) }
}

/// Frees a speech that a function handed out, but not one that a callback was lent. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_free(speech: *mut KokoroSpeech) {
    // SAFETY: as above.
    unsafe { freed(speech) }
}

/// Writes samples as a WAV file: 16 bits, one channel, KOKORO_SAMPLE_RATE; what lies beyond -1 to 1 is clipped. The file
/// appears whole or not at all.
///
/// KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE if `path` is no regular file, KOKORO_STATUS_ARGUMENT beyond 24 hours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_wav_write(path: *const c_char, samples: *const f32, count: usize) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        let (path, samples) = unsafe { (text(path, "path")?, values(samples, count, "samples")?) };
        Ok(Format::Wav(SampleFormat::Pcm16).save(path, samples)?)
    })
}
