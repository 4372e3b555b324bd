//! Ids, phonemes and text to speech.

use std::ffi::{c_char, c_int, c_void};

use super::arguments::{created, object, text};
use super::cancel::cancelled;
use super::options::{self, KokoroSpeakOptions, SpeakParams, silent};
use super::speech::KokoroSpeech;
use super::status::{Failure, KokoroStatus, Result, guarded};
use super::synthesizer::KokoroSynthesizer;
use super::voice::KokoroVoice;
use kokoro_wgpu::text::TextStream;
use kokoro_wgpu::{Chunk, Speech, Synthesizer, Utterance};

/// Given each chunk as soon as it is spoken; returns 0 for the next one, anything else to stop. `chunk` is lent until it
/// returns, `user_data` is what the caller gave. It runs on the thread that called, and must return: no exception, no
/// longjmp. It may call whatever it likes, but not free what the call uses.
pub type KokoroOnChunk = Option<unsafe extern "C" fn(chunk: *const KokoroSpeech, user_data: *mut c_void) -> c_int>;

/// Speaks phoneme ids without the two boundary tokens, at most 510.
///
/// KOKORO_STATUS_ARGUMENT for an id or speed outside its domain, or a voice of another width; KOKORO_STATUS_TOO_LONG,
/// KOKORO_STATUS_CANCELLED, KOKORO_STATUS_BUSY, KOKORO_STATUS_GPU, KOKORO_STATUS_DEVICE_LOST, KOKORO_STATUS_NON_FINITE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesize_ids(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    ids: *const u32,
    count: usize,
    options: *const KokoroSpeakOptions,
    out: *mut *mut KokoroSpeech,
) -> KokoroStatus {
    let speak = || {
        // SAFETY: as above.
        let (synthesizer, params) = unsafe { (object(synthesizer, "synthesizer")?, SpeakParams::read(options)?) };
        // SAFETY: as above.
        let utterance = unsafe { options::ids(voice, ids, count, &params) }?;
        let speech = synthesizer.with(|synthesizer| say(synthesizer, &utterance, &params))?;
        Ok(KokoroSpeech::wordless(speech))
    };
    // SAFETY: as above.
    unsafe { created(out, speak) }
}

/// Speaks phonemes, at most 510 code points, with timings. What is not in the model's alphabet is left out, as the
/// published code does.
///
/// As kokoro_synthesize_ids().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesize_phonemes(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    phonemes: *const c_char,
    options: *const KokoroSpeakOptions,
    out: *mut *mut KokoroSpeech,
) -> KokoroStatus {
    let speak = || {
        // SAFETY: as above.
        let (synthesizer, params) = unsafe { (object(synthesizer, "synthesizer")?, SpeakParams::read(options)?) };
        // SAFETY: as above.
        let (passage, voice) = unsafe { (options::phonemes(phonemes)?, object(voice, "voice")?) };
        let vocabulary = &synthesizer.model.config().vocab;
        let utterance = params.utterance(&passage, &voice.voice, vocabulary);
        let speech = synthesizer.with(|synthesizer| say(synthesizer, &utterance, &params))?;
        Ok(KokoroSpeech::new(Chunk::new(passage, speech, vocabulary, 0)))
    };
    // SAFETY: as above.
    unsafe { created(out, speak) }
}

fn say(synthesizer: &mut Synthesizer, utterance: &Utterance, params: &SpeakParams) -> Result<Speech> {
    params.check_cancel()?;
    Ok(synthesizer.synthesize_blocking(utterance)?)
}

/// Reads text of any length and speaks it, all of it in one: kokoro_narrate() joined, which is better for long ones.
///
/// As kokoro_narrate().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesize_text(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    text: *const c_char,
    options: *const KokoroSpeakOptions,
    out: *mut *mut KokoroSpeech,
) -> KokoroStatus {
    let speak = || {
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
        joined.map(KokoroSpeech::new).ok_or_else(silent)
    };
    // SAFETY: as above.
    unsafe { created(out, speak) }
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

/// Reads text of any length and hands each chunk to `on_chunk` as soon as it is spoken, while the next is on its way. Of
/// English, "[word](/phonemes/)" says how to speak a word.
///
/// KOKORO_STATUS_TEXT if there is nothing to speak, KOKORO_STATUS_CANCELLED if the callback or options->cancel asked to
/// stop, KOKORO_STATUS_PROGRAM if the language needs espeak-ng and that is not installed; else as
/// kokoro_synthesize_ids(). What was handed out before a failure is valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_narrate(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    text: *const c_char,
    options: *const KokoroSpeakOptions,
    on_chunk: KokoroOnChunk,
    user_data: *mut c_void,
) -> KokoroStatus {
    guarded(|| {
        let Some(on_chunk) = on_chunk else { return Err(Failure::argument("on_chunk", "is NULL")) };
        let hand = |chunk: Chunk| {
            let chunk = KokoroSpeech::new(chunk);
            // SAFETY: the caller's function, as the header describes it.
            match unsafe { on_chunk(&raw const chunk, user_data) } {
                0 => Ok(()),
                _ => Err(cancelled()),
            }
        };
        // SAFETY: as above.
        unsafe { narrate(synthesizer, voice, text, options, hand) }
    })
}

unsafe fn narrate(
    synthesizer: *const KokoroSynthesizer,
    voice: *const KokoroVoice,
    written: *const c_char,
    options: *const KokoroSpeakOptions,
    mut take: impl FnMut(Chunk) -> Result<()>,
) -> Result<()> {
    // SAFETY: as above.
    let (written, params) = unsafe { (text(written, "text")?, SpeakParams::read(options)?) };
    // SAFETY: as above.
    let (synthesizer, voice) = unsafe { (object(synthesizer, "synthesizer")?, object(voice, "voice")?) };
    let (voice, vocabulary) = (&voice.voice, &synthesizer.model.config().vocab);
    synthesizer.with(|speaker| {
        params.check_cancel()?;
        let reader = synthesizer.readers.get(params.language, voice, vocabulary)?;
        let mut script = TextStream::new([written], &*reader, params.chunking);
        if script.is_silent(vocabulary)? {
            return Err(silent());
        }
        let narration = speaker.narrate(script, voice).speed(params.speed).noise_seed(params.seed);
        for chunk in narration.batch(params.batch) {
            take(chunk?)?;
            params.check_cancel()?;
        }
        Ok(())
    })
}
