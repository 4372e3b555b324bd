//! Synthesis of token ids, phonemes and text.

use std::ffi::{c_char, c_int, c_void};

use super::arguments::{borrow, create, string};
use super::cancel::cancelled;
use super::options::{self, KokoroSpeakOptions, SpeakParams, nothing_to_speak};
use super::speech::KokoroSpeech;
use super::status::{Failure, KokoroStatus, Result, to_status};
use super::synthesizer::KokoroSynthesizer;
use super::voice::KokoroVoice;
use kokoro_wgpu::text::TextStream;
use kokoro_wgpu::{Chunk, Speech, Synthesizer, Utterance, block_on};

/// Callback that receives each chunk of a text once it is synthesized. Return 0 to continue, any other value to stop.
/// `chunk` is valid until the callback returns; `user_data` is the caller's pointer. It runs on the calling thread. It
/// may call all functions of this interface, but must not free objects that the call uses, throw an exception, or
/// longjmp.
pub type KokoroOnChunk = Option<unsafe extern "C" fn(chunk: *const KokoroSpeech, user_data: *mut c_void) -> c_int>;

/// Synthesizes token ids (phonemes), at most 510, without the two boundary tokens. `options` may be NULL. Free the
/// result with kokoro_speech_free().
///
/// Errors: KOKORO_STATUS_ARGUMENT for an invalid id or speed, or a voice of the wrong width; KOKORO_STATUS_TOO_LONG,
/// KOKORO_STATUS_CANCELLED, KOKORO_STATUS_BUSY, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU,
/// KOKORO_STATUS_DEVICE_LOST, KOKORO_STATUS_NON_FINITE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesize_ids(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    ids: *const u32,
    count: usize,
    options: *const KokoroSpeakOptions,
    out: *mut *mut KokoroSpeech,
) -> KokoroStatus {
    let synthesize = || {
        // SAFETY: as above.
        let (synthesizer, params) = unsafe { (borrow(synthesizer, "synthesizer")?, SpeakParams::read(options)?) };
        // SAFETY: as above.
        let utterance = unsafe { options::utterance_from_ids(voice, ids, count, &params) }?;
        let speech = synthesizer.with(|synthesizer| synthesize_utterance(synthesizer, &utterance, &params))?;
        Ok(KokoroSpeech::from_ids(speech))
    };
    // SAFETY: as above.
    unsafe { create(out, synthesize) }
}

/// Synthesizes a string of phonemes, at most 510 code points. Symbols that the model does not know are skipped, as in
/// the published code. The result has the timings of words and phonemes.
///
/// Errors: as kokoro_synthesize_ids().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesize_phonemes(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    phonemes: *const c_char,
    options: *const KokoroSpeakOptions,
    out: *mut *mut KokoroSpeech,
) -> KokoroStatus {
    let synthesize = || {
        // SAFETY: as above.
        let (synthesizer, params) = unsafe { (borrow(synthesizer, "synthesizer")?, SpeakParams::read(options)?) };
        // SAFETY: as above.
        let (text_chunk, voice) = unsafe { (options::text_chunk_from_phonemes(phonemes)?, borrow(voice, "voice")?) };
        let vocabulary = &synthesizer.model.config().vocab;
        let utterance = params.utterance(&text_chunk, &voice.voice, vocabulary);
        let speech = synthesizer.with(|synthesizer| synthesize_utterance(synthesizer, &utterance, &params))?;
        Ok(KokoroSpeech::new(Chunk::new(text_chunk, speech, vocabulary, 0)))
    };
    // SAFETY: as above.
    unsafe { create(out, synthesize) }
}

fn synthesize_utterance(synthesizer: &mut Synthesizer, utterance: &Utterance, params: &SpeakParams) -> Result<Speech> {
    params.check_cancel()?;
    Ok(block_on(synthesizer.synthesize(utterance))?)
}

/// Synthesizes text of any length and returns all of its audio joined. For long text prefer kokoro_narrate(), which
/// delivers the first audio earlier.
///
/// Errors: as kokoro_narrate().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesize_text(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    text: *const c_char,
    options: *const KokoroSpeakOptions,
    out: *mut *mut KokoroSpeech,
) -> KokoroStatus {
    let synthesize = || {
        let mut joined: Option<Chunk> = None;
        let join = |chunk: Chunk| {
            match &mut joined {
                None => joined = Some(chunk),
                Some(joined) => append(joined, chunk),
            }
            Ok(())
        };
        // SAFETY: as above.
        unsafe { narrate(synthesizer, voice, text, options, join) }?;
        joined.map(KokoroSpeech::new).ok_or_else(nothing_to_speak)
    };
    // SAFETY: as above.
    unsafe { create(out, synthesize) }
}

fn append(joined: &mut Chunk, chunk: Chunk) {
    joined.text += &chunk.text;
    joined.phonemes += " ";
    joined.phonemes += &chunk.phonemes;
    joined.speech.samples.extend(chunk.speech.samples);
    joined.speech.durations.extend(chunk.speech.durations);
    joined.timestamps.phonemes.extend(chunk.timestamps.phonemes);
    joined.timestamps.words.extend(chunk.timestamps.words);
}

/// Synthesizes text of any length and passes each chunk to `on_chunk` once it is ready, while the next one is computed.
/// In English text, "[word](/phonemes/)" sets the pronunciation of a word. `options` may be NULL.
///
/// Errors: KOKORO_STATUS_TEXT if there is nothing to speak, KOKORO_STATUS_CANCELLED if the callback or options->cancel
/// stopped the call, KOKORO_STATUS_PROGRAM if the language needs espeak-ng and it is not installed; otherwise as
/// kokoro_synthesize_ids(). Chunks delivered before an error are valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_narrate(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    text: *const c_char,
    options: *const KokoroSpeakOptions,
    on_chunk: KokoroOnChunk,
    user_data: *mut c_void,
) -> KokoroStatus {
    to_status(|| {
        let Some(on_chunk) = on_chunk else { return Err(Failure::argument("on_chunk", "is NULL")) };
        let deliver = |chunk: Chunk| {
            let chunk = KokoroSpeech::new(chunk);
            // SAFETY: the header defines the callback's contract.
            match unsafe { on_chunk(&raw const chunk, user_data) } {
                0 => Ok(()),
                _ => Err(cancelled()),
            }
        };
        // SAFETY: as above.
        unsafe { narrate(synthesizer, voice, text, options, deliver) }
    })
}

unsafe fn narrate(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    text: *const c_char,
    options: *const KokoroSpeakOptions,
    mut deliver: impl FnMut(Chunk) -> Result<()>,
) -> Result<()> {
    // SAFETY: as above.
    let (text, params) = unsafe { (string(text, "text")?, SpeakParams::read(options)?) };
    // SAFETY: as above.
    let (synthesizer, voice) = unsafe { (borrow(synthesizer, "synthesizer")?, borrow(voice, "voice")?) };
    let (voice, vocabulary) = (&voice.voice, &synthesizer.model.config().vocab);
    synthesizer.with(|inner| {
        params.check_cancel()?;
        let g2p = synthesizer.g2p_cache.get(params.language, voice, vocabulary)?;
        let mut text_stream = TextStream::new([text], &*g2p, params.chunking);
        if text_stream.is_silent(vocabulary)? {
            return Err(nothing_to_speak());
        }
        let narration = inner.narrate(text_stream, voice).speed(params.speed).noise_seed(params.seed);
        for chunk in narration.batch(params.batch) {
            deliver(chunk?)?;
            params.check_cancel()?;
        }
        Ok(())
    })
}
