//! The self-check's result and the kernels' measured speeds, cached in a file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::check::SelfCheck;
use crate::adapter_cache::Entry;
use crate::error::Result;
use crate::gpu::Context;
use crate::tune::{self, ConvSpeed};
use crate::util::Instant;
use crate::variant::ConvVariant;

/// Cached facts about an adapter: which convolution kernels compute correct results, and how fast they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SelfCheckResult {
    /// Convolution kernels that passed, at least one.
    pub passing: Vec<ConvVariant>,
    /// Convolution kernels that failed.
    pub failing: Vec<ConvVariant>,
    /// As [`SelfCheck::loop_iterations`].
    pub loop_iterations: Option<u32>,
    /// Measured speeds of the passing kernels, without those of half precision.
    pub speeds: Vec<ConvSpeed>,
}

impl SelfCheckResult {
    fn new(check: &SelfCheck, speeds: Vec<ConvSpeed>) -> Self {
        let (passing, failing) = (check.passing.clone(), check.failing.clone());
        Self { passing, failing, loop_iterations: check.loop_iterations, speeds }
    }

    /// Reads the result that [`Context::self_check_once`] cached in `folder` for this adapter. `None` if there is none
    /// for this adapter, driver and version, or if the file is damaged.
    pub fn open(info: &wgpu::AdapterInfo, folder: impl AsRef<Path>) -> Option<Self> {
        Entry::of(info, folder.as_ref()).read().filter(|result: &Self| !result.passing.is_empty())
    }

    /// The fastest passing kernel, which is the one in use. `None` if none was measured.
    pub fn fastest(&self) -> Option<ConvVariant> {
        tune::fastest(self.speeds.iter().filter(|speed| self.passing.contains(&speed.conv))).map(|speed| speed.conv)
    }

    /// Whether the result covers all these kernels and at least one of them passed: a device may lack features that the
    /// passing kernels need.
    fn covers(&self, kernels: &[ConvVariant]) -> bool {
        let Self { passing, failing, .. } = self;
        kernels.iter().all(|kernel| passing.contains(kernel) || failing.contains(kernel))
            && kernels.iter().any(|kernel| passing.contains(kernel))
    }
}

impl Context {
    /// Runs [`self_check`](Self::self_check) and [`tune`](Self::tune) once for each adapter, driver and version of the
    /// kernels: the result is cached in a file of `folder` and read from there afterwards. Failing convolution kernels
    /// are disabled, and the fastest passing one is used from then on; [`set_conv_variant`](Self::set_conv_variant)
    /// chooses another.
    ///
    /// The file appears whole or not at all, so processes may check at the same time. A damaged file is ignored; if the
    /// file cannot be written, that is logged. Errors are not cached, and a failed measurement is tried again by the next call.
    ///
    /// # Errors
    /// [`Error::SelfCheck`](crate::Error::SelfCheck) if no convolution kernel passes, and as
    /// [`self_check`](Self::self_check).
    pub async fn self_check_once(&self, folder: impl AsRef<Path>) -> Result<SelfCheckResult> {
        let folder = folder.as_ref();
        let kernels = self.runnable_conv_variants();
        let known = SelfCheckResult::open(self.info(), folder).filter(|result| result.covers(&kernels));
        if let Some(known) = &known {
            self.set_excluded_conv_variants(&known.failing, &kernels);
        }
        let result = match known {
            Some(known) if !known.speeds.is_empty() => {
                self.use_fastest(&known.speeds)?;
                return Ok(known);
            }
            Some(known) => SelfCheckResult { speeds: self.measure().await, ..known },
            None => self.check_and_measure().await?,
        };
        let entry = Entry::of(self.info(), folder);
        match entry.write(&result) {
            Ok(()) => log::info!("self-check cached in {}", entry.facts_path().display()),
            Err(error) => log::info!("self-check not cached: {error}"),
        }
        Ok(result)
    }

    /// Checks and measures even if there is a cached result, and replaces it: for example, after a measurement that
    /// other work disturbed.
    ///
    /// # Errors
    /// As [`self_check_once`](Self::self_check_once), and [`Error::Io`](crate::Error::Io) if the file cannot be
    /// written.
    pub async fn self_check_again(&self, folder: impl AsRef<Path>) -> Result<SelfCheckResult> {
        let result = self.check_and_measure().await?;
        Entry::of(self.info(), folder.as_ref()).write(&result)?;
        Ok(result)
    }

    async fn check_and_measure(&self) -> Result<SelfCheckResult> {
        let check = self.self_check().await?;
        check.result()?;
        let began = Instant::now();
        let speeds = self.measure().await;
        let result = SelfCheckResult::new(&check, speeds);
        let speeds: Vec<String> = result.speeds.iter().map(ToString::to_string).collect();
        let (checked, measured, speeds) = (check.seconds, began.elapsed().as_secs_f64(), speeds.join(", "));
        log::info!("self-check passed in {checked:.2} s, measured in {measured:.2} s: {speeds} GFLOP/s");
        Ok(result)
    }

    /// The speeds of the passing kernels; none if they cannot be measured, which is no reason to fail: the kernel in use stays.
    async fn measure(&self) -> Vec<ConvSpeed> {
        self.tune().await.unwrap_or_else(|error| {
            log::warn!("the convolution kernels could not be measured: {error}");
            Vec::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConvVariant::{Matrix8, Registers, Shared, Subgroup};

    fn result(passing: &[ConvVariant], failing: &[ConvVariant]) -> SelfCheckResult {
        let speed = |(index, conv): (usize, &ConvVariant)| ConvSpeed { conv: *conv, gflops: 10.5 + index as f64 };
        let speeds = passing.iter().enumerate().map(speed).collect();
        let (passing, failing) = (passing.to_vec(), failing.to_vec());
        SelfCheckResult { passing, failing, loop_iterations: Some(65_535), speeds }
    }

    #[test]
    fn only_intact_results_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let info = wgpu::AdapterInfo::new(wgpu::DeviceType::Cpu, wgpu::Backend::Vulkan);
        let write = |result: &SelfCheckResult| Entry::of(&info, folder.path()).write(result).unwrap();
        assert_eq!(SelfCheckResult::open(&info, folder.path()), None);
        for written in [
            result(&[Registers, Shared], &[Subgroup, Matrix8]),
            SelfCheckResult { loop_iterations: None, speeds: vec![], ..result(&[Shared], &[]) },
        ] {
            write(&written);
            assert_eq!(SelfCheckResult::open(&info, folder.path()), Some(written));
        }
        write(&result(&[], &[Registers]));
        assert_eq!(SelfCheckResult::open(&info, folder.path()), None, "no kernel passes");

        write(&result(&[Registers], &[]));
        let path = Entry::of(&info, folder.path()).facts_path();
        let text = std::fs::read_to_string(&path).unwrap();
        for (from, to) in
            [("\"registers\"", "\"fast\""), ("\"passing\"", "\"left\""), ("10.5", "null"), ("65535", "-1")]
        {
            assert!(text.contains(from), "{from} in {text}");
            std::fs::write(&path, text.replace(from, to)).unwrap();
            assert_eq!(SelfCheckResult::open(&info, folder.path()), None, "{from} replaced by {to}");
        }
    }

    #[test]
    fn a_result_is_used_only_if_it_covers_every_kernel() {
        let known = result(&[Registers, Shared], &[Subgroup]);
        assert!(known.covers(&[Registers, Shared, Subgroup]) && known.covers(&[Shared]));
        assert!(!known.covers(&[Registers, Matrix8]), "Matrix8 was not checked");
        assert!(!known.covers(&[Subgroup]), "no passing kernel is left");
        assert_eq!(known.fastest(), Some(Shared));
    }
}
