//! Errors that the device reports, and its loss, in a browser. It tells them later, and a task must not wait for it.

use std::sync::{Arc, PoisonError};

use super::Context;
use crate::error::{Error, Result};

impl Context {
    /// Runs `work`. The errors it causes on the device are returned by a later call of this or of
    /// [`check_lost`](Self::check_lost).
    pub(crate) fn guarded<T>(&self, what: &'static str, work: impl FnOnce() -> T) -> Result<T> {
        use wgpu::ErrorFilter::{OutOfMemory, Validation};
        // No scope for internal errors: wgpu 30 panics at them. Without one, the browser prints the error, and what it broke is
        // invalid when it is used.
        let scopes = [Validation, OutOfMemory].map(|filter| self.device().push_error_scope(filter));
        let value = work();
        // Scopes nest: the last pushed is popped first.
        for scope in scopes.into_iter().rev() {
            let (popped, late) = (scope.pop(), Arc::clone(self.late_error()));
            wasm_bindgen_futures::spawn_local(async move {
                if let Some(error) = popped.await {
                    let mut late = late.lock().unwrap_or_else(PoisonError::into_inner);
                    late.get_or_insert_with(|| Error::of_device(what, error));
                }
            });
        }
        self.check_lost()?;
        Ok(value)
    }

    /// An error of earlier work that the browser has told since the last call, or [`Error::DeviceLost`] if the device is lost.
    /// Readbacks call this after their work has run.
    pub(crate) fn check_lost(&self) -> Result<()> {
        let lost = self.lost_message();
        if let Some(message) = lost.get() {
            return Err(Error::DeviceLost { message: message.clone() });
        }
        self.late_error().lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}
