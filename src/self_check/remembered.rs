//! What a self-check found, kept from one process to the next.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::SelfCheck;
use crate::checkpoint::file;
use crate::checkpoint::seeded::fnv1a64;
use crate::gpu::{AdapterSummary, Context};
use crate::{ConvVariant, Error, Result, kernels};

/// What no such file comes near.
const MOST_BYTES: u64 = 1 << 16;

/// What is remembered of a self-check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The forms of the convolutions that are right, at least one.
    pub right: Vec<ConvVariant>,
    /// Those that are wrong.
    pub wrong: Vec<ConvVariant>,
    /// As [`SelfCheck::loop_turns`].
    pub loop_turns: Option<u32>,
}

impl From<&SelfCheck> for Verdict {
    fn from(check: &SelfCheck) -> Self {
        Self { right: check.right.clone(), wrong: check.wrong.clone(), loop_turns: check.loop_turns }
    }
}

impl Context {
    /// The [`self_check`](Self::self_check), at first use on an adapter with its driver and this version of the kernels:
    /// what it finds is kept in a file of `folder`, and taken from there afterwards. The file appears whole or not at
    /// all, and processes that check at once do not disturb each other. A damaged one is ignored, one that cannot be
    /// written is a line in the log; an error is not kept.
    ///
    /// # Errors
    /// [`Error::SelfCheck`] if no form of the convolutions is right, and as [`self_check`](Self::self_check).
    pub async fn self_check_once(&self, folder: impl AsRef<Path>) -> Result<Verdict> {
        let file = File::of(self.info(), folder.as_ref());
        let forms = self.runnable_conv_variants();
        let told_of = |verdict: &Verdict| {
            let Verdict { right, wrong, .. } = verdict;
            // A device may lack what the right forms need.
            forms.iter().all(|f| right.contains(f) || wrong.contains(f)) && forms.iter().any(|f| right.contains(f))
        };
        if let Some(verdict) = file.read().filter(told_of) {
            self.leave_out(&verdict.wrong);
            return Ok(verdict);
        }
        let check = self.self_check().await?;
        check.result()?;
        let verdict = Verdict::from(&check);
        match file.write(&verdict) {
            Ok(()) => log::info!("self-check in {:.2} s, kept in {}", check.seconds, file.path.display()),
            Err(error) => log::info!("self-check in {:.2} s, not kept: {error}", check.seconds),
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
}

impl AdapterSummary {
    /// What [`Context::self_check_once`] found and kept in this folder.
    pub fn self_check(&self, folder: impl AsRef<Path>) -> Option<Verdict> {
        File::of(&self.info, folder.as_ref()).read()
    }
}

/// One for each adapter and driver: two that differ never write to the same.
struct File {
    path: PathBuf,
    /// What must be equal for it to be used.
    identity: String,
}

impl File {
    fn of(info: &wgpu::AdapterInfo, folder: &Path) -> Self {
        let wgpu::AdapterInfo { name, vendor, device, driver, driver_info, backend, .. } = info;
        let sizes = [info.subgroup_min_size, info.subgroup_max_size];
        let adapter = format!("{name}, {backend:?}, {vendor:04x}:{device:04x}, {driver} {driver_info}, {sizes:?}");
        let kernels: String = kernels::shaders().map(|(_, wgsl)| wgsl).collect();
        let identity =
            format!("{adapter}, {} with kernels {:016x}", env!("CARGO_PKG_VERSION"), fnv1a64(kernels.as_bytes()));
        Self { path: folder.join(format!("self-check-{:016x}.json", fnv1a64(adapter.as_bytes()))), identity }
    }

    fn read(&self) -> Option<Verdict> {
        let (file, length) = file::open(&self.path).ok()?;
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes).ok().filter(|_| length <= MOST_BYTES)?;
        let verdict = decode(&self.identity, &bytes);
        if verdict.is_none() {
            log::info!("{} is of another driver or version, or damaged: checking again", self.path.display());
        }
        verdict
    }

    fn write(&self, verdict: &Verdict) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        file::replace(&self.path, |out| out.write_all(encode(&self.identity, verdict).as_bytes()))
    }
}

fn encode(identity: &str, verdict: &Verdict) -> String {
    let names = |forms: &[ConvVariant]| forms.iter().map(ToString::to_string).collect::<Vec<_>>();
    let Verdict { right, wrong, loop_turns } = verdict;
    format!("{:#}\n", json!({ "of": identity, "right": names(right), "wrong": names(wrong), "loop_turns": loop_turns }))
}

fn decode(identity: &str, bytes: &[u8]) -> Option<Verdict> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let forms = |key: &str| -> Option<Vec<ConvVariant>> {
        value.get(key)?.as_array()?.iter().map(|form| form.as_str()?.parse().ok()).collect()
    };
    let loop_turns = match value.get("loop_turns")? {
        Value::Null => None,
        turns => Some(u32::try_from(turns.as_u64()?).ok()?),
    };
    let verdict = Verdict { right: forms("right")?, wrong: forms("wrong")?, loop_turns };
    let same = value.get("of").and_then(Value::as_str) == Some(identity);
    Some(verdict).filter(|verdict| same && !verdict.right.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_for_this_adapter_is_read() {
        for (loop_turns, wrong) in [(Some(65_535), vec![ConvVariant::Subgroup, ConvVariant::Matrix]), (None, vec![])] {
            let verdict = Verdict { right: vec![ConvVariant::Registers, ConvVariant::Shared], wrong, loop_turns };
            let text = encode("adapter", &verdict);
            assert_eq!(decode("adapter", text.as_bytes()), Some(verdict));
            assert_eq!(decode("another", text.as_bytes()), None, "of another adapter");
            for length in 0..text.len() - 2 {
                assert_eq!(decode("adapter", &text.as_bytes()[..length]), None, "cut to {length} bytes");
            }
            for (from, to) in
                [("registers", "fast"), ("[", "{"), ("\"right\"", "\"left\""), ("turns\": ", "turns\": -")]
            {
                assert!(text.contains(from), "{from}");
                assert_eq!(decode("adapter", text.replace(from, to).as_bytes()), None, "{from} for {to}");
            }
        }
        let none = Verdict { right: vec![], wrong: vec![ConvVariant::Registers], loop_turns: None };
        assert_eq!(decode("adapter", encode("adapter", &none).as_bytes()), None, "no form is right");
    }

    #[test]
    fn each_adapter_and_driver_has_its_file() {
        let info = wgpu::AdapterInfo::new(wgpu::DeviceType::Cpu, wgpu::Backend::Vulkan);
        let of = |info: &wgpu::AdapterInfo| File::of(info, Path::new("")).path;
        let others = [
            wgpu::AdapterInfo { name: "another".to_owned(), ..info.clone() },
            wgpu::AdapterInfo { driver_info: "2.0".to_owned(), ..info.clone() },
            wgpu::AdapterInfo { subgroup_min_size: 64, ..info.clone() },
        ];
        assert_eq!(of(&info), of(&info.clone()));
        others.iter().for_each(|other| assert_ne!(of(other), of(&info), "{other:?}"));
    }
}
