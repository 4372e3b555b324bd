//! What a context may take, and whether its adapter computes right.

use std::ffi::c_char;
use std::time::Duration;

use super::arguments::{fact, object, optional_text, put};
use super::device::KokoroContext;
use super::status::{Failure, KokoroStatus, guarded};

/// Allows what is made on the context no more than `bytes` of GPU memory, parameters and all, from now on; UINT64_MAX
/// lifts it. What would pass it ends with KOKORO_STATUS_OUT_OF_MEMORY; a text is then spoken in shorter chunks. What is
/// there already stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_set_memory_limit(context: *const KokoroContext, bytes: u64) -> KokoroStatus {
    guarded(|| {
        // SAFETY: the caller's word, as the header asks for it. So in every function here.
        unsafe { object(context, "context") }?.context.set_memory_limit(bytes);
        Ok(())
    })
}

/// Bytes of GPU memory that buffers of the context take: `held` (or NULL) learns those now, `most` (or NULL) the most so
/// far. What the driver takes beside them is its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_memory(context: *const KokoroContext, held: *mut u64, most: *mut u64) {
    // SAFETY: as above.
    unsafe {
        let (now, peak) = fact(context, (0, 0), |context| {
            let memory = context.context.memory();
            (memory.held, memory.most)
        });
        put(held, now);
        put(most, peak);
    }
}

/// How long the driver may take for one submission, which on a slow adapter is a second's work: 120 seconds unless this
/// is called. If it does not answer for longer, the device counts as lost. Time in which the machine sleeps does not
/// count.
///
/// KOKORO_STATUS_ARGUMENT for less than a millisecond, or what is no number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_set_timeout(context: *const KokoroContext, seconds: f64) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        let context = unsafe { object(context, "context") }?;
        let timeout = Duration::try_from_secs_f64(seconds).ok().filter(|timeout| timeout.as_millis() > 0);
        let refused = || Failure::argument("seconds", format!("{seconds}, expected at least 0.001"));
        context.context.set_timeout(timeout.ok_or_else(refused)?);
        Ok(())
    })
}

/// Checks what the adapter computes, since drivers have mistakes, and measures in which form the convolutions are the
/// fastest there: in a second or two, or longer while the driver compiles for the first time. What computes wrong is left
/// out from then on, if something else computes right, and the fastest is used: call it before loading a model. With a
/// `folder` (or NULL) the result is kept in a file there, and while adapter, driver and version stay the same the next call
/// takes it from there.
///
/// KOKORO_STATUS_WRONG_ADAPTER if nothing computes right, and so no speech from it can be trusted; KOKORO_STATUS_GPU,
/// KOKORO_STATUS_DEVICE_LOST. That the file cannot be written is no failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_self_check(
    context: *const KokoroContext,
    folder: *const c_char,
) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        let (context, folder) = unsafe { (object(context, "context")?, optional_text(folder, "folder")?) };
        match folder {
            Some(folder) => drop(context.context.self_check_once_blocking(folder)?),
            None => {
                context.context.self_check_blocking()?.result()?;
                context.context.tune_blocking()?;
            }
        }
        Ok(())
    })
}
