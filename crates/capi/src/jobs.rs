//! Speech within a host's frames.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::arguments::{created, fact, freed, object, put, text};
use super::c_string;
use super::model::KokoroModel;
use super::options::{self, KokoroSpeakOptions, SpeakParams};
use super::reader::Readers;
use super::speech::KokoroSpeech;
use super::status::{Failure, KokoroStatus, Result, guarded, locked, tried};
use super::tasks::{News, Part, Tasks, read};
use super::voice::KokoroVoice;
use kokoro_wgpu::text::TextStream;
use kokoro_wgpu::{Model, Synthesizer, Voice};

/// Speech for a program that draws: jobs of one model that share what is left of every frame, one
/// kokoro_jobs_step() a frame. They are served in the order in which they were started; what the first leaves of a
/// step's budget is for those behind it. For speech that is more urgent, make another KokoroJobs and step it first. None
/// of the calls waits for the GPU, but kokoro_jobs_warm_up(); two at once refuse each other with KOKORO_STATUS_BUSY.
pub struct KokoroJobs {
    tasks: Mutex<Tasks>,
    model: Model,
    readers: Arc<Readers>,
    count: AtomicUsize,
}

impl KokoroJobs {
    /// Works with the jobs, if nobody else does.
    fn with<T>(&self, work: impl FnOnce(&mut Tasks) -> Result<T>) -> Result<T> {
        let mut tasks = tried(&self.tasks, "the jobs")?;
        let worked = work(&mut tasks);
        self.count.store(tasks.len(), Ordering::Relaxed);
        worked
    }
}

/// Told by kokoro_jobs_step() what became of the job `id`. KOKORO_STATUS_OK comes with `speech`, which is lent until the
/// function returns, and a NULL `message`; all else with the words for it, likewise lent, and without speech. `is_over`
/// is true the last time that a job is told of: of ids and phonemes that is the first, of text it is the last chunk, or a
/// failure. `user_data` is what the caller of the step gave. It runs on that thread, and must return: no exception, no
/// longjmp. It may call whatever it likes, also start and cancel jobs, but not free what the call uses.
pub type KokoroOnSpoken = Option<
    unsafe extern "C" fn(
        id: u64,
        status: KokoroStatus,
        message: *const c_char,
        speech: *const KokoroSpeech,
        is_over: bool,
        user_data: *mut c_void,
    ),
>;

/// Makes a place for jobs. Each of those at once has buffers of its own, which later ones take over: see
/// kokoro_jobs_warm_up().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_new(model: *const KokoroModel, out: *mut *mut KokoroJobs) -> KokoroStatus {
    let make = || {
        // SAFETY: the caller's word, as the header asks for it. So in every function here.
        let KokoroModel { model, readers, .. } = unsafe { object(model, "model") }?;
        let tasks = Mutex::new(Tasks::new(model));
        Ok(KokoroJobs { tasks, model: model.clone(), readers: Arc::clone(readers), count: AtomicUsize::new(0) })
    };
    // SAFETY: as above.
    unsafe { created(out, make) }
}

/// Does what the first `count` jobs at once would wait for, or make a frame wait for: makes their buffers, for up to
/// `frames` frames of 25 ms each, and runs every kernel once. Call it while the program loads; another thread may do so
/// while jobs are stepped.
///
/// KOKORO_STATUS_TOO_LONG, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU, KOKORO_STATUS_DEVICE_LOST. What was warm
/// before a failure stays so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_warm_up(jobs: *const KokoroJobs, frames: u32, count: u32) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        let jobs = unsafe { object(jobs, "jobs") }?;
        for _ in 0..count {
            let mut synthesizer = Synthesizer::new(&jobs.model)?;
            synthesizer.warm_up_blocking(frames)?;
            // A step that is under way is soon done, and this work must not be lost to it.
            locked(&jobs.tasks, "the jobs")?.keep(synthesizer);
        }
        Ok(())
    })
}

/// Starts to speak phoneme ids without the two boundary tokens, at most 510. `id` (or NULL) learns the
/// job's number, which is never 0. What is wrong with the ids or with options->speed, kokoro_jobs_step() tells.
/// options->cancel must be NULL, see kokoro_jobs_cancel(), and options->batch is not looked at.
///
/// KOKORO_STATUS_ARGUMENT, KOKORO_STATUS_BUSY, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU,
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
    let parts = |_: &KokoroJobs, _: &Arc<Voice>, params: &SpeakParams| {
        // SAFETY: as above.
        let utterance = unsafe { options::ids(voice, ids, count, params) }?;
        Ok((vec![Part::ids(utterance)], None))
    };
    // SAFETY: as above.
    unsafe { start(jobs, voice, options, id, parts) }
}

/// Starts to speak phonemes, at most 510 code points, with timings. What is not in the model's alphabet is left out.
///
/// As kokoro_jobs_start_ids().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_start_phonemes(
    jobs: *const KokoroJobs,
    voice: *const KokoroVoice,
    phonemes: *const c_char,
    options: *const KokoroSpeakOptions,
    id: *mut u64,
) -> KokoroStatus {
    let parts = |jobs: &KokoroJobs, voice: &Arc<Voice>, params: &SpeakParams| {
        // SAFETY: as above.
        let passage = unsafe { options::phonemes(phonemes) }?;
        let utterance = params.utterance(&passage, voice, &jobs.model.config().vocab);
        Ok((vec![Part::passage(passage, utterance)], None))
    };
    // SAFETY: as above.
    unsafe { start(jobs, voice, options, id, parts) }
}

/// Reads text of any length, and starts to speak it. Its chunks are handed out one by one, as by kokoro_narrate(). The
/// text is made phonemes before this returns: of English a page takes a few milliseconds, but the language's first use
/// loads it, 0.2 s.
///
/// KOKORO_STATUS_TEXT if there is nothing to speak, KOKORO_STATUS_PROGRAM if the language needs espeak-ng and that is
/// not installed; else as kokoro_jobs_start_ids().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_start_text(
    jobs: *const KokoroJobs,
    voice: *const KokoroVoice,
    text: *const c_char,
    options: *const KokoroSpeakOptions,
    id: *mut u64,
) -> KokoroStatus {
    let parts = |jobs: &KokoroJobs, voice: &Arc<Voice>, params: &SpeakParams| {
        // SAFETY: as above.
        let (written, vocabulary) = (unsafe { self::text(text, "text") }?, &jobs.model.config().vocab);
        let reader = jobs.readers.get(params.language, voice, vocabulary)?;
        let script = TextStream::new([written], &*reader, params.chunking);
        Ok((read(script, params, voice, vocabulary)?, Some(Arc::clone(voice))))
    };
    // SAFETY: as above.
    unsafe { start(jobs, voice, options, id, parts) }
}

/// What is to be spoken, and the voice of what may be divided further.
type Parts = (Vec<Part>, Option<Arc<Voice>>);

unsafe fn start(
    jobs: *const KokoroJobs,
    voice: *const KokoroVoice,
    options: *const KokoroSpeakOptions,
    id: *mut u64,
    parts: impl FnOnce(&KokoroJobs, &Arc<Voice>, &SpeakParams) -> Result<Parts>,
) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        let (jobs, voice, params) =
            unsafe { (object(jobs, "jobs")?, object(voice, "voice")?, SpeakParams::read(options)?) };
        if params.cancel.is_some() {
            return Err(Failure::argument("cancel", "is not NULL: a job is stopped by kokoro_jobs_cancel()"));
        }
        let (parts, divisible) = parts(jobs, &voice.voice, &params)?;
        let started = jobs.with(|tasks| tasks.start(parts, divisible))?;
        // SAFETY: as above.
        unsafe { put(id, started) };
        Ok(())
    })
}

/// Submits as much of the jobs' work as the GPU is expected to finish within `budget` seconds, and tells `on_spoken`
/// what was spoken since the last step, and what failed. Call it once a frame, with what the frame has left for speech:
/// 0.004, say. It does not wait for the GPU. How much work the device does a second is measured as it goes; the samples
/// are those of kokoro_synthesize_ids() and its like, bit for bit.
///
/// KOKORO_STATUS_ARGUMENT if the budget is negative or not finite, KOKORO_STATUS_BUSY. What fails of a job is not the
/// step's failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_step(
    jobs: *const KokoroJobs,
    budget: f64,
    on_spoken: KokoroOnSpoken,
    user_data: *mut c_void,
) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        let jobs = unsafe { object(jobs, "jobs") }?;
        let Some(on_spoken) = on_spoken else { return Err(Failure::argument("on_spoken", "is NULL")) };
        let budget = Duration::try_from_secs_f64(budget)
            .map_err(|error| Failure::argument("budget", format!("{budget}: {error}")))?;
        // Told when the jobs are free again, so that the callback can start others.
        let news = jobs.with(|tasks| Ok(tasks.step(budget, &jobs.model.config().vocab)))?;
        for News { id, told, is_over } in news {
            match told {
                // SAFETY: the caller's function, as the header describes it.
                Ok(speech) => unsafe {
                    on_spoken(id, KokoroStatus::Ok, ptr::null(), &raw const speech, is_over, user_data);
                },
                Err(Failure { status, message }) => {
                    let message = c_string(&message);
                    // SAFETY: likewise.
                    unsafe { on_spoken(id, status, message.as_ptr(), ptr::null(), is_over, user_data) };
                }
            }
        }
        Ok(())
    })
}

/// The part of a job's work that is submitted, 0 to 1. It never falls.
///
/// KOKORO_STATUS_ARGUMENT if the job is over, or of others; KOKORO_STATUS_BUSY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_progress(jobs: *const KokoroJobs, id: u64, progress: *mut f64) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        let now = unsafe { object(jobs, "jobs") }?.with(|tasks| tasks.progress(id))?;
        // SAFETY: as above.
        unsafe { put(progress, now) };
        Ok(())
    })
}

/// Stops a job. No callback tells of it any more, except from a step that is under way. What was submitted runs to its
/// end.
///
/// As kokoro_jobs_progress().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_cancel(jobs: *const KokoroJobs, id: u64) -> KokoroStatus {
    // SAFETY: as above.
    guarded(|| unsafe { object(jobs, "jobs") }?.with(|tasks| tasks.cancel(id)))
}

/// Jobs that are not over. Any thread may ask at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_count(jobs: *const KokoroJobs) -> usize {
    // SAFETY: as above.
    unsafe { fact(jobs, 0, |jobs| jobs.count.load(Ordering::Relaxed)) }
}

/// Stops all jobs and frees them. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_jobs_free(jobs: *mut KokoroJobs) {
    // SAFETY: as above.
    unsafe { freed(jobs) }
}
