//! Jobs: synthesis within the frames of a program that renders.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::arguments::{borrow, create, free, property, string, write_out};
use super::c_string;
use super::g2p::G2pCache;
use super::model::KokoroModel;
use super::options::{self, KokoroSpeakOptions, SpeakParams};
use super::queue::{JobEvent, JobQueue, PendingUtterance, utterances_of_text};
use super::speech::KokoroSpeech;
use super::status::{Failure, KokoroStatus, Result, lock, to_status, try_lock};
use super::voice::KokoroVoice;
use kokoro_wgpu::text::TextStream;
use kokoro_wgpu::{Model, Synthesizer, Voice, block_on};

/// Synthesis for programs that render frames, such as games. Jobs of one model share the time that each frame leaves,
/// in one kokoro_jobs_step() per frame. Jobs started earlier go first; later ones get the rest of the step's budget.
/// For more urgent speech, create another KokoroJobs and step it first. No function waits for the GPU except
/// kokoro_jobs_warm_up(). Concurrent calls fail with KOKORO_STATUS_BUSY, unless documented otherwise.
pub struct KokoroJobs {
    queue: Mutex<JobQueue>,
    model: Model,
    g2p_cache: Arc<G2pCache>,
    /// Number of unfinished jobs, for kokoro_jobs_count(), which must not wait for the queue.
    count: AtomicUsize,
}

impl KokoroJobs {
    /// Runs `work` with the queue; KOKORO_STATUS_BUSY if another call uses it.
    fn with<T>(&self, work: impl FnOnce(&mut JobQueue) -> Result<T>) -> Result<T> {
        let mut queue = try_lock(&self.queue, "the jobs")?;
        let result = work(&mut queue);
        self.count.store(queue.len(), Ordering::Relaxed);
        result
    }
}

/// Callback of kokoro_jobs_step() with a result of job `id`. On success, `status` is KOKORO_STATUS_OK, `speech` is the
/// audio and `message` is NULL. On failure, `speech` is NULL and `message` describes the error. Both are valid until
/// the callback returns. `is_last` is true in the last call for a job: a job of ids or phonemes has one call, a job of
/// text one per chunk; a failure is always the last. `user_data` is the caller's pointer. The callback runs on the
/// thread that called kokoro_jobs_step(). It may call all functions of this interface, also to start and cancel jobs,
/// but must not free objects that the step uses, throw an exception, or longjmp.
pub type KokoroOnSpoken = Option<
    unsafe extern "C" fn(
        id: u64,
        status: KokoroStatus,
        message: *const c_char,
        speech: *const KokoroSpeech,
        is_last: bool,
        user_data: *mut c_void,
    ),
>;

/// Creates an empty queue of jobs. Each job that runs at the same time needs its own buffers, which later jobs reuse:
/// see kokoro_jobs_warm_up(). Free it with kokoro_jobs_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_new(model: *const KokoroModel, out: *mut *mut KokoroJobs) -> KokoroStatus {
    let make = || {
        // SAFETY: the header requires valid pointers. The same holds for every function in this file.
        let KokoroModel { model, g2p_cache, .. } = unsafe { borrow(model, "model") }?;
        let queue = Mutex::new(JobQueue::new(model));
        Ok(KokoroJobs { queue, model: model.clone(), g2p_cache: Arc::clone(g2p_cache), count: AtomicUsize::new(0) })
    };
    // SAFETY: as above.
    unsafe { create(out, make) }
}

/// Allocates the buffers of `count` simultaneous jobs, each of up to `frames` times 25 ms of speech, and runs every
/// kernel once, so that later calls of kokoro_jobs_step() are not delayed. It waits for the GPU: call it while the
/// program loads. Other threads may step the jobs meanwhile.
///
/// Errors: KOKORO_STATUS_ARGUMENT for 0 frames, KOKORO_STATUS_TOO_LONG, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU,
/// KOKORO_STATUS_DEVICE_LOST. Buffers allocated before an error are kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_warm_up(jobs: *const KokoroJobs, frames: u32, count: u32) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let jobs = unsafe { borrow(jobs, "jobs") }?;
        for _ in 0..count {
            let mut synthesizer = Synthesizer::new(&jobs.model)?;
            block_on(synthesizer.warm_up(frames))?;
            // Waits for a running step instead of failing, which would waste the warm-up.
            lock(&jobs.queue, "the jobs")?.add_idle(synthesizer);
        }
        Ok(())
    })
}

/// Starts a job that synthesizes token ids (phonemes), at most 510, without the two boundary tokens. Writes the job's
/// id, which is never 0, to `id`, which may be NULL. `options` may be NULL; options->cancel must be NULL, because
/// kokoro_jobs_cancel() stops a job, and options->batch is ignored. Invalid or too many ids, or an invalid speed, are
/// reported by kokoro_jobs_step().
///
/// Errors: KOKORO_STATUS_ARGUMENT, KOKORO_STATUS_BUSY, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU,
/// KOKORO_STATUS_DEVICE_LOST.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_start_ids(
    jobs: *const KokoroJobs,
    voice: *const KokoroVoice,
    ids: *const u32,
    count: usize,
    options: *const KokoroSpeakOptions,
    id: *mut u64,
) -> KokoroStatus {
    let utterances = |_: &KokoroJobs, _: &Arc<Voice>, params: &SpeakParams| {
        // SAFETY: as above.
        let utterance = unsafe { options::utterance_from_ids(voice, ids, count, params) }?;
        Ok((vec![PendingUtterance::from_ids(utterance)], None))
    };
    // SAFETY: as above.
    unsafe { start(jobs, voice, options, id, utterances) }
}

/// Starts a job that synthesizes a string of phonemes, at most 510 code points, with timings. Symbols that the model
/// does not know are skipped.
///
/// Errors: as kokoro_jobs_start_ids().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_start_phonemes(
    jobs: *const KokoroJobs,
    voice: *const KokoroVoice,
    phonemes: *const c_char,
    options: *const KokoroSpeakOptions,
    id: *mut u64,
) -> KokoroStatus {
    let utterances = |jobs: &KokoroJobs, voice: &Arc<Voice>, params: &SpeakParams| {
        // SAFETY: as above.
        let text_chunk = unsafe { options::text_chunk_from_phonemes(phonemes) }?;
        let utterance = params.utterance(&text_chunk, voice, &jobs.model.config().vocab);
        Ok((vec![PendingUtterance::from_text_chunk(text_chunk, utterance)], None))
    };
    // SAFETY: as above.
    unsafe { start(jobs, voice, options, id, utterances) }
}

/// Starts a job that synthesizes text of any length. Its chunks are delivered one by one, as by kokoro_narrate(). The
/// text is converted to phonemes before this returns: a page of English takes a few milliseconds, but the first use of
/// a language loads its dictionaries, which takes 0.1 s.
///
/// Errors: KOKORO_STATUS_TEXT if there is nothing to speak, KOKORO_STATUS_PROGRAM if the language needs espeak-ng and
/// it is not installed; otherwise as kokoro_jobs_start_ids().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_start_text(
    jobs: *const KokoroJobs,
    voice: *const KokoroVoice,
    text: *const c_char,
    options: *const KokoroSpeakOptions,
    id: *mut u64,
) -> KokoroStatus {
    let utterances = |jobs: &KokoroJobs, voice: &Arc<Voice>, params: &SpeakParams| {
        // SAFETY: as above.
        let (text, vocabulary) = (unsafe { string(text, "text") }?, &jobs.model.config().vocab);
        let g2p = jobs.g2p_cache.get(params.language, voice, vocabulary)?;
        let text_stream = TextStream::new([text], &*g2p, params.chunking);
        Ok((utterances_of_text(text_stream, params, voice, vocabulary)?, Some(Arc::clone(voice))))
    };
    // SAFETY: as above.
    unsafe { start(jobs, voice, options, id, utterances) }
}

/// The utterances of a job and, for a text, the voice for the halves of those that are too long for the device.
type JobUtterances = (Vec<PendingUtterance>, Option<Arc<Voice>>);

unsafe fn start(
    jobs: *const KokoroJobs,
    voice: *const KokoroVoice,
    options: *const KokoroSpeakOptions,
    id: *mut u64,
    utterances: impl FnOnce(&KokoroJobs, &Arc<Voice>, &SpeakParams) -> Result<JobUtterances>,
) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let (jobs, voice, params) =
            unsafe { (borrow(jobs, "jobs")?, borrow(voice, "voice")?, SpeakParams::read(options)?) };
        if params.cancel.is_some() {
            return Err(Failure::argument("cancel", "must be NULL: stop a job with kokoro_jobs_cancel()"));
        }
        let (utterances, split_voice) = utterances(jobs, &voice.voice, &params)?;
        let new_id = jobs.with(|queue| queue.start(utterances, split_voice))?;
        // SAFETY: as above.
        unsafe { write_out(id, new_id) };
        Ok(())
    })
}

/// Submits as much of the jobs' work as the GPU is expected to finish within `budget` seconds, and passes finished
/// speech and errors to `on_spoken`. Call it once per frame with the time that the frame has left for speech, such as
/// 0.004. It does not wait for the GPU. The expected time is measured as jobs run. The samples are the same as those of
/// kokoro_synthesize_ids() and the like, bit for bit.
///
/// Errors: KOKORO_STATUS_ARGUMENT if `on_spoken` is NULL, or the budget is negative, not finite or too large;
/// KOKORO_STATUS_BUSY. Errors of a job are
/// passed to `on_spoken` instead.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_step(
    jobs: *const KokoroJobs,
    budget: f64,
    on_spoken: KokoroOnSpoken,
    user_data: *mut c_void,
) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let jobs = unsafe { borrow(jobs, "jobs") }?;
        let Some(on_spoken) = on_spoken else { return Err(Failure::argument("on_spoken", "is NULL")) };
        let budget = Duration::try_from_secs_f64(budget)
            .map_err(|error| Failure::argument("budget", format!("{budget}: {error}")))?;
        // Callbacks run after the queue is unlocked, so that they can start and cancel jobs.
        let events = jobs.with(|queue| Ok(queue.step(budget, &jobs.model.config().vocab)))?;
        for JobEvent { id, result, is_last } in events {
            match result {
                // SAFETY: the header defines the callback's contract.
                Ok(speech) => unsafe {
                    on_spoken(id, KokoroStatus::Ok, ptr::null(), &raw const speech, is_last, user_data);
                },
                Err(Failure { status, message }) => {
                    let message = c_string(&message);
                    // SAFETY: as above.
                    unsafe { on_spoken(id, status, message.as_ptr(), ptr::null(), is_last, user_data) };
                }
            }
        }
        Ok(())
    })
}

/// Writes the fraction of the job's work that has been submitted, 0 to 1, to `progress`. It never decreases.
///
/// Errors: KOKORO_STATUS_ARGUMENT if there is no such job or it is finished, KOKORO_STATUS_BUSY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_progress(jobs: *const KokoroJobs, id: u64, progress: *mut f64) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let fraction = unsafe { borrow(jobs, "jobs") }?.with(|queue| queue.progress(id))?;
        // SAFETY: as above.
        unsafe { write_out(progress, fraction) };
        Ok(())
    })
}

/// Stops a job. No callback is called for it any more, except by a step that is already running. Submitted GPU work
/// still completes.
///
/// Errors: as kokoro_jobs_progress().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_cancel(jobs: *const KokoroJobs, id: u64) -> KokoroStatus {
    // SAFETY: as above.
    to_status(|| unsafe { borrow(jobs, "jobs") }?.with(|queue| queue.cancel(id)))
}

/// Returns the number of unfinished jobs. Never fails with KOKORO_STATUS_BUSY: any thread may call it at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_count(jobs: *const KokoroJobs) -> usize {
    // SAFETY: as above.
    unsafe { property(jobs, 0, |jobs| jobs.count.load(Ordering::Relaxed)) }
}

/// Stops and frees all jobs. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_free(jobs: *mut KokoroJobs) {
    // SAFETY: as above.
    unsafe { free(jobs) }
}
