//! Stopping a call that runs.

use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::{created, fact, freed};
use super::status::{Failure, KokoroStatus};
use kokoro_wgpu::Error;

/// A switch that stops running calls. One may serve many calls, at once or one after the other.
pub struct KokoroCancel(AtomicBool);

/// Makes one that is off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_cancel_new(out: *mut *mut KokoroCancel) -> KokoroStatus {
    // SAFETY: the caller's word, as the header asks for it. So in every function here.
    unsafe { created(out, || Ok(KokoroCancel(AtomicBool::new(false)))) }
}

/// From now on, or until `requested` is false again, calls with it stop before their next chunk and end with
/// KOKORO_STATUS_CANCELLED. Any thread may ask, also a callback, and so may a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_cancel_request(cancel: *const KokoroCancel, requested: bool) {
    // SAFETY: as above.
    unsafe { fact(cancel, (), |cancel| cancel.0.store(requested, Ordering::Relaxed)) }
}

/// Frees it, once no call has it. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_cancel_free(cancel: *mut KokoroCancel) {
    // SAFETY: as above.
    unsafe { freed(cancel) }
}

impl KokoroCancel {
    pub(super) fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

pub(super) fn cancelled() -> Failure {
    Error::Cancelled { what: "the speech".to_owned() }.into()
}
