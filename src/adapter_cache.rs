//! Files that cache facts about an adapter between processes.
//!
//! There are two files per adapter and driver: `.json` holds the results of the self-check, `.bin` the kernels as the driver
//! compiled them. They are separate because they are written at different times, before and after a model is loaded. In one
//! file, each writer would have to copy the other's part, which is lost if two processes write at once.

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::gpu::{AdapterSummary, Context};
use crate::kernels;
use crate::util::files;
use crate::util::hash::fnv1a64;

/// Maximum size of a `.json` file; typical ones have about a kilobyte.
const MAX_BYTES: u64 = 1 << 16;

/// The files of one adapter and driver.
pub(crate) struct Entry {
    /// Path of both files, without extension.
    stem: PathBuf,
    /// Adapter, driver, and versions of this crate and its kernels. Files with another identity are ignored.
    identity: String,
}

#[derive(Serialize, Deserialize)]
struct Stored<T> {
    identity: String,
    #[serde(flatten)]
    facts: T,
}

impl Entry {
    /// The entry of an adapter in `folder`. Different drivers have different files; versions of this crate share them.
    pub fn of(info: &wgpu::AdapterInfo, folder: &Path) -> Self {
        let wgpu::AdapterInfo { name, vendor, device, driver, driver_info, backend, .. } = info;
        let [least, most] = [info.subgroup_min_size, info.subgroup_max_size];
        let adapter = format!(
            "{name}, {backend:?} {vendor:04x}:{device:04x}, driver {driver} {driver_info}, subgroups of {least} to {most}"
        );
        let wgsl: String = kernels::shaders(least).map(|(_, wgsl)| wgsl).collect();
        let (adapter_hash, kernels_hash) = (fnv1a64(adapter.as_bytes()), fnv1a64(wgsl.as_bytes()));
        let version = env!("CARGO_PKG_VERSION");
        Self {
            stem: folder.join(format!("adapter-{adapter_hash:016x}")),
            identity: format!("{adapter}, kokoro-wgpu {version} with kernels {kernels_hash:016x}"),
        }
    }

    /// Path of the file of facts.
    pub fn facts_path(&self) -> PathBuf {
        self.stem.with_extension("json")
    }

    /// Path of the file of compiled kernels.
    fn kernels_path(&self) -> PathBuf {
        self.stem.with_extension("bin")
    }

    /// The facts, if the file exists and has this identity. The reason for ignoring a file is logged.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        let path = self.facts_path();
        let bytes = match files::read_at_most(&path, MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                log::info!("ignoring it: {error}");
                return None;
            }
        };
        self.decode(&bytes).inspect_err(|reason| log::info!("ignoring {}: {reason}", path.display())).ok()
    }

    /// Writes the facts, replacing the file atomically.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write<T: Serialize>(&self, facts: &T) -> Result<()> {
        let path = self.facts_path();
        let text = self.encode(facts).map_err(|error| Error::io("write", &path)(error.into()))?;
        files::write_whole(&path, text.as_bytes())
    }

    fn encode<T: Serialize>(&self, facts: &T) -> serde_json::Result<String> {
        let stored = Stored { identity: self.identity.clone(), facts };
        serde_json::to_string_pretty(&stored).map(|text| text + "\n")
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, String> {
        let stored: Stored<T> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if stored.identity != self.identity {
            return Err(format!("it is for {}, expected {}", stored.identity, self.identity));
        }
        Ok(stored.facts)
    }
}

impl Context {
    /// Loads compiled kernels from this adapter's file in `folder`, and returns whether there were any. From then on the
    /// context collects the kernels it compiles for [`save_pipeline_cache`](Self::save_pipeline_cache). Call this before
    /// loading a model. A damaged file, or one for another version, adapter or driver, is ignored.
    ///
    /// The driver trusts the file. Use a folder to which other users cannot write, such as one in the user's cache folder.
    /// Without [`wgpu::Features::PIPELINE_CACHE`], as on Metal and DX12, this does nothing; drivers there have their own
    /// cache. A borrowed device must have the feature enabled.
    ///
    /// # Errors
    /// [`Error::Argument`] if the context already has a folder, and errors of the device.
    pub fn load_pipeline_cache(&self, folder: impl AsRef<Path>) -> Result<bool> {
        let entry = Entry::of(self.info(), folder.as_ref());
        self.open_pipeline_cache(entry.kernels_path(), entry.identity)
    }
}

impl AdapterSummary {
    /// The file in `folder` with the results of [`Context::self_check_once`].
    pub fn self_check_file(&self, folder: impl AsRef<Path>) -> PathBuf {
        Entry::of(&self.info, folder.as_ref()).facts_path()
    }

    /// The file in `folder` that [`Context::load_pipeline_cache`] loads; `None` if it does nothing.
    pub fn pipeline_cache(&self, folder: impl AsRef<Path>) -> Option<PathBuf> {
        let path = || Entry::of(&self.info, folder.as_ref()).kernels_path();
        self.has_pipeline_cache().then(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> wgpu::AdapterInfo {
        wgpu::AdapterInfo::new(wgpu::DeviceType::Cpu, wgpu::Backend::Vulkan)
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Facts {
        count: u32,
    }

    #[test]
    fn only_facts_with_the_same_identity_are_read() {
        let entry = Entry::of(&info(), Path::new(""));
        let text = entry.encode(&Facts { count: 7 }).unwrap();
        assert_eq!(entry.decode(text.as_bytes()), Ok(Facts { count: 7 }));
        for length in 0..text.trim_end().len() {
            assert!(entry.decode::<Facts>(&text.as_bytes()[..length]).is_err(), "cut to {length} bytes");
        }
        for (from, to) in [("count", "amount"), (": 7", ": -7"), ("kokoro-wgpu", "another"), ("identity", "name")] {
            assert!(text.contains(from), "{from} in {text}");
            assert!(entry.decode::<Facts>(text.replace(from, to).as_bytes()).is_err(), "{to} for {from}");
        }
    }

    #[test]
    fn each_adapter_and_driver_has_its_own_files() {
        let of = |info: &wgpu::AdapterInfo| Entry::of(info, Path::new("folder"));
        let others = [
            wgpu::AdapterInfo { name: "another".to_owned(), ..info() },
            wgpu::AdapterInfo { driver_info: "2.0".to_owned(), ..info() },
            wgpu::AdapterInfo { subgroup_min_size: 64, ..info() },
            wgpu::AdapterInfo { device: 7, ..info() },
        ];
        assert_eq!(of(&info()).stem, of(&info()).stem);
        for other in others {
            assert_ne!(of(&other).stem, of(&info()).stem, "{other:?}");
            assert_ne!(of(&other).identity, of(&info()).identity, "{other:?}");
        }
        let Entry { stem, .. } = of(&info());
        assert_eq!(of(&info()).facts_path().with_extension(""), stem);
        assert_eq!(of(&info()).kernels_path().with_extension(""), stem);
    }

    #[test]
    fn damaged_files_are_ignored_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let entry = Entry::of(&info(), &folder.path().join("new"));
        let path = entry.facts_path();
        assert_eq!(entry.read::<Facts>(), None);
        entry.write(&Facts { count: 1 }).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let mut long = whole.clone();
        long.resize(MAX_BYTES as usize + 1, b' ');
        for damaged in [&[][..], b"[]", b"null", &[0xff, 0], &whole[1..], &long] {
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(entry.read::<Facts>(), None, "{:?}", String::from_utf8_lossy(&damaged[..damaged.len().min(40)]));
            entry.write(&Facts { count: 2 }).unwrap();
            assert_eq!(entry.read(), Some(Facts { count: 2 }));
        }
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1, "a temporary file is left");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(entry.read::<Facts>(), None, "a folder in its place");
        assert!(matches!(entry.write(&Facts { count: 3 }), Err(Error::BadFile { .. })));
    }
}
