//! Completion of submissions in a browser, which calls back: there is nothing to poll, and no thread to do it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Context;
use crate::error::Result;
use crate::util::Instant;

/// Stands in for the native thread of this name.
#[derive(Default)]
pub(super) struct CompletionThread {
    /// When the latest submission completed.
    previous: Arc<Mutex<Option<Instant>>>,
}

impl Context {
    /// Calls `callback` when everything submitted so far is complete: with the GPU time of the submission, measured from when it
    /// was submitted or, if later, from when the previous one completed; or with an error message when the device is lost.
    pub(crate) fn on_completion(&self, callback: impl FnOnce(Result<Duration, String>) + Send + 'static) -> Result<()> {
        let (lost, previous) = (self.lost_message(), Arc::clone(&self.completion_thread().previous));
        let submitted = Instant::now();
        self.queue().on_submitted_work_done(move || {
            let now = Instant::now();
            let previous = previous.lock().unwrap_or_else(PoisonError::into_inner).replace(now);
            let began = previous.map_or(submitted, |previous| previous.max(submitted));
            callback(
                lost.get().map_or_else(|| Ok(now.saturating_duration_since(began)), |message| Err(message.clone())),
            );
        });
        Ok(())
    }

    /// Does nothing in a browser, which itself takes the device away from a driver that hangs.
    pub fn set_timeout(&self, _timeout: Duration) {}
}

/// Browsers process completed work by themselves.
pub(super) fn poll(_device: &wgpu::Device) -> Result<(), String> {
    Ok(())
}
