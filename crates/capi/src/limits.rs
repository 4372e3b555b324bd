//! Memory limit, timeout and self-check of a context.

use kokoro_wgpu::block_on;
use std::ffi::c_char;
use std::time::Duration;

use super::arguments::{borrow, optional_string, property, write_out};
use super::device::KokoroContext;
use super::status::{Failure, KokoroStatus, to_status};

/// Limits the GPU memory for everything created on the context, model parameters included, to `bytes`. UINT64_MAX
/// removes the limit. An allocation beyond it fails with KOKORO_STATUS_OUT_OF_MEMORY; text is then retried in shorter
/// chunks. Existing memory is not released, even if it exceeds the limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_set_memory_limit(context: *const KokoroContext, bytes: u64) -> KokoroStatus {
    to_status(|| {
        // SAFETY: the header requires valid pointers. The same holds for every function in this file.
        unsafe { borrow(context, "context") }?.context.set_memory_limit(bytes);
        Ok(())
    })
}

/// Writes the bytes of GPU memory that buffers of the context use now to `current`, and the highest number so far to
/// `peak`. Both may be NULL. The driver's own memory is not counted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_memory(context: *const KokoroContext, current: *mut u64, peak: *mut u64) {
    // SAFETY: as above.
    unsafe {
        let (bytes_now, bytes_peak) = property(context, (0, 0), |context| {
            let memory = context.context.memory();
            (memory.used, memory.peak)
        });
        write_out(current, bytes_now);
        write_out(peak, bytes_peak);
    }
}

/// Sets how many seconds the driver may take for one submission, which is about a second's work on a slow adapter. The
/// default is 120. After that the device counts as lost. Time in which the machine sleeps does not count.
///
/// Errors: KOKORO_STATUS_ARGUMENT if `seconds` is less than 0.001 or not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_set_timeout(context: *const KokoroContext, seconds: f64) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let context = unsafe { borrow(context, "context") }?;
        let timeout = Duration::try_from_secs_f64(seconds).ok().filter(|timeout| timeout.as_millis() > 0);
        let invalid = || Failure::argument("seconds", format!("{seconds}, expected at least 0.001"));
        context.context.set_timeout(timeout.ok_or_else(invalid)?);
        Ok(())
    })
}

/// Checks that the adapter computes correct results, and measures which convolution kernel is the fastest on it. Takes
/// about two seconds, or longer when the driver compiles the kernels for the first time. Later work on the context uses
/// the fastest kernel that computes correct results, so call this before loading a model. If `folder` is not NULL, the
/// result is stored in a file there, and reused as long as the adapter, the driver and the library version are the
/// same. A failure to write the file is ignored.
///
/// Errors: KOKORO_STATUS_WRONG_ADAPTER if no kernel computes correct results, so that this adapter cannot be used;
/// KOKORO_STATUS_GPU, KOKORO_STATUS_DEVICE_LOST.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_self_check(
    context: *const KokoroContext,
    folder: *const c_char,
) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let (context, folder) = unsafe { (borrow(context, "context")?, optional_string(folder, "folder")?) };
        match folder {
            Some(folder) => drop(block_on(context.context.self_check_once(folder))?),
            None => {
                block_on(context.context.self_check())?.result()?;
                block_on(context.context.tune())?;
            }
        }
        Ok(())
    })
}
