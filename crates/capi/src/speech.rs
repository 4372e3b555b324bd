//! Synthesized speech: samples, durations and timings.

use std::ffi::{CString, c_char};
use std::ptr;

use super::arguments::{array, free, property, slice, string};
use super::c_string;
use super::status::{KokoroStatus, to_status};
use kokoro_wgpu::audio::{Format, SampleFormat};
use kokoro_wgpu::timestamps::Timestamps;
use kokoro_wgpu::{Chunk, Speech};

/// Synthesized audio with its timings, in host memory. It never changes; threads may share it.
pub struct KokoroSpeech {
    samples: Vec<f32>,
    durations: Vec<u32>,
    start: u64,
    text: CString,
    phonemes: CString,
    words: Vec<KokoroWord>,
    symbols: Vec<KokoroSymbol>,
    #[expect(dead_code, reason = "owns the strings that `words` points to")]
    strings: Vec<CString>,
}

/// The timing of a word, in samples from the start of the text.
#[repr(C)]
pub struct KokoroWord {
    /// The word as written, with adjacent punctuation.
    pub text: *const c_char,
    /// The word as phonemes.
    pub phonemes: *const c_char,
    /// First sample.
    pub start: u64,
    /// One past the last sample.
    pub end: u64,
}

/// The timing of a phoneme, in samples from the start of the text.
#[repr(C)]
pub struct KokoroSymbol {
    /// First sample.
    pub start: u64,
    /// One past the last sample.
    pub end: u64,
    /// The phoneme as a Unicode code point. Punctuation and spaces are included.
    pub code_point: u32,
    /// Always 0.
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
            let timing = KokoroWord {
                text: text.as_ptr(),
                phonemes: phonemes.as_ptr(),
                start: word.span.start,
                end: word.span.end,
            };
            strings.extend([text, phonemes]); // moving a CString does not move its characters
            timing
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

    /// Speech from token ids, which has no text and no timings.
    pub(crate) fn from_ids(speech: Speech) -> Self {
        let (text, phonemes, timestamps) = Default::default();
        Self::new(Chunk { text, phonemes, speech, start: 0, timestamps })
    }
}

/// Returns the samples at KOKORO_SAMPLE_RATE, neither clipped nor trimmed: mostly within -1 to 1. Writes their number
/// to `count`, which may be NULL, here and in the functions below. The array belongs to the speech.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_samples(speech: *const KokoroSpeech, count: *mut usize) -> *const f32 {
    // SAFETY: the header requires valid pointers. The same holds for every function in this file.
    unsafe { slice(speech, count, |speech| &speech.samples) }
}

/// Returns the duration of each token in frames: per chunk the start boundary, each phoneme, and the end boundary.
/// Their sum times KOKORO_FRAME_SAMPLES is the number of samples. The array belongs to the speech.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_durations(speech: *const KokoroSpeech, count: *mut usize) -> *const u32 {
    // SAFETY: as above.
    unsafe { slice(speech, count, |speech| &speech.durations) }
}

/// Returns the words in order, without overlaps; none if token ids were synthesized. The array belongs to the speech.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_words(speech: *const KokoroSpeech, count: *mut usize) -> *const KokoroWord {
    // SAFETY: as above.
    unsafe { slice(speech, count, |speech| &speech.words) }
}

/// Returns the phonemes in order, without gaps inside a chunk; none if token ids were synthesized. The array belongs to
/// the speech.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_symbols(speech: *const KokoroSpeech, count: *mut usize) -> *const KokoroSymbol {
    // SAFETY: as above.
    unsafe { slice(speech, count, |speech| &speech.symbols) }
}

/// Returns the position of the first sample, in samples from the start of the text: 0 except for later chunks of a
/// text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_start(speech: *const KokoroSpeech) -> u64 {
    // SAFETY: as above.
    unsafe { property(speech, 0, |speech| speech.start) }
}

/// Returns the text of this speech with the white space around it; "" if token ids were synthesized. The texts of all
/// chunks joined are the given text, except for an unspeakable rest at its end. The string belongs to the speech.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_text(speech: *const KokoroSpeech) -> *const c_char {
    // SAFETY: as above.
    unsafe { property(speech, ptr::null(), |speech| speech.text.as_ptr()) }
}

/// Returns the phonemes of this speech; "" if token ids were synthesized. The string belongs to the speech.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_phonemes(speech: *const KokoroSpeech) -> *const c_char {
    // SAFETY: as above.
    unsafe { property(speech, ptr::null(), |speech| speech.phonemes.as_ptr()) }
}

/// Frees a speech that a kokoro_synthesize function returned. Must not be called on the speech passed to a callback.
/// NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_speech_free(speech: *mut KokoroSpeech) {
    // SAFETY: as above.
    unsafe { free(speech) }
}

/// Writes samples as a WAV file: 16-bit mono at KOKORO_SAMPLE_RATE, clipped to -1 to 1. The file is replaced as a
/// whole: an error never leaves a partial file.
///
/// Errors: KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE if `path` is not a regular file, KOKORO_STATUS_ARGUMENT beyond 24
/// hours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_wav_write(path: *const c_char, samples: *const f32, count: usize) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let (path, samples) = unsafe { (string(path, "path")?, array(samples, count, "samples")?) };
        Ok(Format::Wav(SampleFormat::Pcm16).save(path, samples)?)
    })
}
