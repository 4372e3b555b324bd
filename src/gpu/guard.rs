//! Errors that the device reports, and its loss.

use super::{Context, completion};
use crate::error::{Error, Result};

impl Context {
    /// Runs `work` and returns the errors it causes on the device. Otherwise they would go to the device's global handler,
    /// which is the app's (and panics by default).
    pub(crate) fn guarded<T>(&self, what: &'static str, work: impl FnOnce() -> T) -> Result<T> {
        let (value, error) = self.with_error_scopes(work);
        if error.is_some() {
            // wgpu reports a destroyed device only when it is polled. This does not wait; its error would say nothing more.
            let _ = completion::poll(self.device());
            let lost = self.lost_message();
            if lost.get().is_none() && self.is_dead() {
                // Another thread polled, and has not called us yet.
                let _ = lost.set("the device makes no buffers any more".to_owned());
            }
        }
        self.check_lost()?;
        error.map_or(Ok(value), |error| Err(Error::of_device(what, error)))
    }

    /// Runs `work`; returns the first error it causes on the device, too.
    fn with_error_scopes<T>(&self, work: impl FnOnce() -> T) -> (T, Option<wgpu::Error>) {
        use wgpu::ErrorFilter::{Internal, OutOfMemory, Validation};
        let scopes = [Validation, OutOfMemory, Internal].map(|filter| self.device().push_error_scope(filter));
        let value = work();
        // Scopes nest: the last pushed is popped first. On native the futures are ready at once.
        let mut first = None;
        for scope in scopes.into_iter().rev() {
            first = first.or(pollster::block_on(scope.pop()));
        }
        (value, first)
    }

    /// Whether the device makes only invalid buffers: those of a lost one are, and using one is the first error that wgpu
    /// reports.
    fn is_dead(&self) -> bool {
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let ((), error) = self.with_error_scopes(|| {
            let descriptor = wgpu::BufferDescriptor { label: None, size: 4, usage, mapped_at_creation: false };
            self.create_buffer(&descriptor).map_async(wgpu::MapMode::Read, .., |_| ());
        });
        matches!(error, Some(wgpu::Error::Validation { .. }))
    }

    /// [`Error::DeviceLost`] if the device is lost.
    pub(crate) fn check_lost(&self) -> Result<()> {
        self.lost_message().get().map_or(Ok(()), |message| Err(Error::DeviceLost { message: message.clone() }))
    }
}
