//! What a self-check found and measured, remembered from one process to the next.

use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::SelfCheck;
use crate::adapter_cache::Entry;
use crate::gpu::Context;
use crate::tune::{self, ConvSpeed};
use crate::{ConvVariant, Result};

/// What is remembered of an adapter: which forms of the convolutions are right, and how fast they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verdict {
    /// The forms of the convolutions that are right, at least one.
    pub right: Vec<ConvVariant>,
    /// Those that are wrong.
    pub wrong: Vec<ConvVariant>,
    /// As [`SelfCheck::loop_turns`].
    pub loop_turns: Option<u32>,
    /// The measured speeds of the right forms.
    pub speeds: Vec<ConvSpeed>,
}

impl Verdict {
    fn new(check: &SelfCheck, speeds: Vec<ConvSpeed>) -> Self {
        Self { right: check.right.clone(), wrong: check.wrong.clone(), loop_turns: check.loop_turns, speeds }
    }

    /// What [`Context::self_check_once`] remembers of this adapter in `folder`. `None` if there is nothing of this adapter,
    /// driver and version, or the file is damaged.
    pub fn recall(info: &wgpu::AdapterInfo, folder: impl AsRef<Path>) -> Option<Self> {
        Entry::of(info, folder.as_ref()).read().filter(|verdict: &Self| !verdict.right.is_empty())
    }

    /// The form that is used: the fastest of the right ones. `None` if none was measured.
    pub fn fastest(&self) -> Option<ConvVariant> {
        tune::fastest(self.speeds.iter().filter(|speed| self.right.contains(&speed.conv)))
    }

    /// Whether it says of every form if it is right, and some are. A device may lack what the right forms need.
    fn covers(&self, forms: &[ConvVariant]) -> bool {
        let Self { right, wrong, .. } = self;
        forms.iter().all(|form| right.contains(form) || wrong.contains(form))
            && forms.iter().any(|form| right.contains(form))
    }
}

impl Context {
    /// The [`self_check`](Self::self_check) and the measurement of [`tune`](Self::tune), at first use on an adapter with
    /// its driver and this version of the kernels: the result is kept in a file of `folder`, and taken from there
    /// afterwards. Either way wrong forms of the convolutions are left out and the fastest right one is used from then on;
    /// [`set_conv_variant`](Self::set_conv_variant) chooses another.
    ///
    /// The file appears whole or not at all, and processes that check at once do not disturb each other. A damaged one is
    /// ignored, one that cannot be written is a line in the log; an error is not kept.
    ///
    /// # Errors
    /// [`Error::SelfCheck`](crate::Error::SelfCheck) if no form of the convolutions is right, and as
    /// [`self_check`](Self::self_check).
    pub async fn self_check_once(&self, folder: impl AsRef<Path>) -> Result<Verdict> {
        let folder = folder.as_ref();
        let forms = self.runnable_conv_variants();
        if let Some(verdict) = Verdict::recall(self.info(), folder).filter(|verdict| verdict.covers(&forms)) {
            self.exclude_conv_variants(&verdict.wrong);
            self.use_fastest(&verdict.speeds)?;
            return Ok(verdict);
        }
        let verdict = self.check_and_measure().await?;
        let entry = Entry::of(self.info(), folder);
        match entry.write(&verdict) {
            Ok(()) => log::info!("remembered in {}", entry.facts_path().display()),
            Err(error) => log::info!("not remembered: {error}"),
        }
        Ok(verdict)
    }

    /// Like [`Context::self_check_once`], and waits for it.
    ///
    /// # Errors
    /// As [`Context::self_check_once`].
    pub fn self_check_once_blocking(&self, folder: impl AsRef<Path>) -> Result<Verdict> {
        pollster::block_on(self.self_check_once(folder))
    }

    /// Does what [`self_check_once`](Self::self_check_once) does at first use, now, and replaces what is remembered: for a
    /// measurement that other work disturbed, say.
    ///
    /// # Errors
    /// As [`self_check_once`](Self::self_check_once), and [`Error::Io`](crate::Error::Io) if the file cannot be written.
    pub async fn self_check_again(&self, folder: impl AsRef<Path>) -> Result<Verdict> {
        let verdict = self.check_and_measure().await?;
        Entry::of(self.info(), folder.as_ref()).write(&verdict)?;
        Ok(verdict)
    }

    /// Like [`Context::self_check_again`], and waits for it.
    ///
    /// # Errors
    /// As [`Context::self_check_again`].
    pub fn self_check_again_blocking(&self, folder: impl AsRef<Path>) -> Result<Verdict> {
        pollster::block_on(self.self_check_again(folder))
    }

    async fn check_and_measure(&self) -> Result<Verdict> {
        let check = self.self_check().await?;
        check.result()?;
        let began = Instant::now();
        // Which form is the fastest is not worth failing for: the one in use stays.
        let speeds = self.tune().await.unwrap_or_else(|error| {
            log::warn!("the forms of the convolutions could not be measured: {error}");
            Vec::new()
        });
        let verdict = Verdict::new(&check, speeds);
        let speeds: Vec<String> = verdict.speeds.iter().map(ToString::to_string).collect();
        let (checked, measured, speeds) = (check.seconds, began.elapsed().as_secs_f64(), speeds.join(", "));
        log::info!("self-check passed in {checked:.2} s, measured in {measured:.2} s: {speeds} GFLOP/s");
        Ok(verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConvVariant::{Matrix, Registers, Shared, Subgroup};

    fn verdict(right: &[ConvVariant], wrong: &[ConvVariant]) -> Verdict {
        let speed = |(at, conv): (usize, &ConvVariant)| ConvSpeed { conv: *conv, gflops: 10.5 + at as f64 };
        let speeds = right.iter().enumerate().map(speed).collect();
        Verdict { right: right.to_vec(), wrong: wrong.to_vec(), loop_turns: Some(65_535), speeds }
    }

    #[test]
    fn a_verdict_is_recalled_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let info = wgpu::AdapterInfo::new(wgpu::DeviceType::Cpu, wgpu::Backend::Vulkan);
        let write = |verdict: &Verdict| Entry::of(&info, folder.path()).write(verdict).unwrap();
        assert_eq!(Verdict::recall(&info, folder.path()), None);
        for kept in [
            verdict(&[Registers, Shared], &[Subgroup, Matrix]),
            Verdict { loop_turns: None, speeds: vec![], ..verdict(&[Shared], &[]) },
        ] {
            write(&kept);
            assert_eq!(Verdict::recall(&info, folder.path()), Some(kept));
        }
        write(&verdict(&[], &[Registers]));
        assert_eq!(Verdict::recall(&info, folder.path()), None, "no form is right");

        write(&verdict(&[Registers], &[]));
        let path = Entry::of(&info, folder.path()).facts_path();
        let text = std::fs::read_to_string(&path).unwrap();
        for (from, to) in [("\"registers\"", "\"fast\""), ("\"right\"", "\"left\""), ("10.5", "null"), ("65535", "-1")]
        {
            assert!(text.contains(from), "{from} in {text}");
            std::fs::write(&path, text.replace(from, to)).unwrap();
            assert_eq!(Verdict::recall(&info, folder.path()), None, "{from} for {to}");
        }
    }

    #[test]
    fn a_verdict_serves_where_it_knows_every_form() {
        let known = verdict(&[Registers, Shared], &[Subgroup]);
        assert!(known.covers(&[Registers, Shared, Subgroup]) && known.covers(&[Shared]));
        assert!(!known.covers(&[Registers, Matrix]), "a device with matrices is checked with them");
        assert!(!known.covers(&[Subgroup]), "nothing right is left");
        assert_eq!(known.fastest(), Some(Shared));
    }
}
