//! A flag that stops running calls.

use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::{create, free, property};
use super::status::{Failure, KokoroStatus};

/// A flag that stops running calls. One flag may serve many calls, at the same time or one after the other.
pub struct KokoroCancel(AtomicBool);

/// Creates a flag that is not set. Free it with kokoro_cancel_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_cancel_new(out: *mut *mut KokoroCancel) -> KokoroStatus {
    // SAFETY: the header requires valid pointers. The same holds for every function in this file.
    unsafe { create(out, || Ok(KokoroCancel(AtomicBool::new(false)))) }
}

/// Sets the flag, or clears it if `requested` is false. While it is set, calls with this flag stop before their next
/// chunk and fail with KOKORO_STATUS_CANCELLED. May be called from any thread, from callbacks and from signal handlers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_cancel_request(cancel: *const KokoroCancel, requested: bool) {
    // SAFETY: as above.
    unsafe { property(cancel, (), |cancel| cancel.0.store(requested, Ordering::Relaxed)) }
}

/// Frees the flag. No running call may use it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_cancel_free(cancel: *mut KokoroCancel) {
    // SAFETY: as above.
    unsafe { free(cancel) }
}

impl KokoroCancel {
    pub(super) fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

pub(super) fn cancelled() -> Failure {
    Failure { status: KokoroStatus::Cancelled, message: "the speech was stopped".to_owned() }
}
