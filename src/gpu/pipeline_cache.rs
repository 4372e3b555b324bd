//! The driver's compiled form of the kernels as a file, so that the next process need not compile them again.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{AdapterSummary, Context};
use crate::checkpoint::file;
use crate::checkpoint::seeded::fnv1a64;
use crate::{Error, Result};

const MAGIC: &[u8; 16] = b"kokoro-pipelines";
/// What no driver's data for these kernels comes near.
const MOST_BYTES: u64 = 256 << 20;

pub(super) struct CacheFile {
    pub cache: wgpu::PipelineCache,
    path: PathBuf,
    /// What must be equal for the data to be used: version, adapter, driver.
    identity: String,
    /// Checksum of what the file holds.
    stored: Mutex<Option<u64>>,
}

impl Context {
    /// Looks for compiled kernels in a file of `folder`, one for each kind of adapter, and returns whether it found
    /// any. From then on the context collects what it compiles for [`save_pipeline_cache`](Self::save_pipeline_cache).
    /// Call it before loading a model. A file of another version, adapter or driver, or a damaged one, is ignored.
    ///
    /// The driver believes what the file says, so that others should not be able to write to the folder: it belongs
    /// below the user's own cache folder. Where the device lacks [`wgpu::Features::PIPELINE_CACHE`], as on Metal and
    /// DX12, nothing happens, and the driver keeps a cache of its own. A device that the host lends needs the feature.
    ///
    /// # Errors
    /// [`Error::Argument`] if the context has a folder already, and what the device refuses.
    pub fn load_pipeline_cache(&self, folder: impl AsRef<Path>) -> Result<bool> {
        if let Some(path) = self.pipeline_cache() {
            let reason = format!("{} is in use already", path.display());
            return Err(Error::Argument { name: "pipeline cache", reason });
        }
        let info = self.info();
        let Some(name) = file_name(info, self.device().features()) else { return Ok(false) };
        let path = folder.as_ref().join(&name);
        let identity = [env!("CARGO_PKG_VERSION"), &name, &info.driver, &info.driver_info].join("\n");
        let data = read(&path, &identity).inspect_err(|reason| log::info!("{}: {reason}", path.display())).ok();
        let found = data.as_ref().and_then(|data| Some((fnv1a64(data), self.new_cache(Some(data)).ok()?)));
        let (stored, cache) = match found {
            Some((checksum, cache)) => (Some(checksum), cache),
            None => (None, self.new_cache(None)?),
        };
        let file = CacheFile { cache, path, identity, stored: Mutex::new(stored) };
        // Of two threads that come here at once one wins, and both are served.
        Ok(self.pipelines().file.set(file).is_ok() && stored.is_some())
    }

    /// Writes what was compiled to the file, if that is new, and returns whether it was. The file appears whole or not
    /// at all: processes that write at once do not disturb each other, the last one stays.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written.
    pub fn save_pipeline_cache(&self) -> Result<bool> {
        let Some(file) = self.pipelines().file.get() else { return Ok(false) };
        let Some(data) = file.cache.get_data() else { return Ok(false) };
        let checksum = fnv1a64(&data);
        let mut stored = file.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if *stored == Some(checksum) {
            return Ok(false);
        }
        if let Some(folder) = file.path.parent() {
            std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        file::replace(&file.path, |out| out.write_all(&encode(&file.identity, &data)))?;
        *stored = Some(checksum);
        Ok(true)
    }

    /// The file, if there is one to load from and save to.
    pub fn pipeline_cache(&self) -> Option<&Path> {
        self.pipelines().file.get().map(|file| file.path.as_path())
    }

    fn new_cache(&self, data: Option<&[u8]>) -> Result<wgpu::PipelineCache> {
        let descriptor = wgpu::PipelineCacheDescriptor { label: Some("kokoro"), data, fallback: true };
        // SAFETY: the data is what `get_data` gave, on this kind of adapter with this driver: `decode` compared both,
        // and a checksum. Whoever can write to the user's cache folder can write to the user's programs as well.
        #[expect(unsafe_code, reason = "the driver takes compiled kernels unseen")]
        self.guarded("making a pipeline cache", || unsafe { self.device().create_pipeline_cache(&descriptor) })
    }
}

impl AdapterSummary {
    /// The file that [`Context::load_pipeline_cache`] looks for in this folder; `None` where it does nothing.
    pub fn pipeline_cache(&self, folder: impl AsRef<Path>) -> Option<PathBuf> {
        file_name(&self.info, self.features).map(|name| folder.as_ref().join(name))
    }
}

/// One for each kind of adapter.
fn file_name(info: &wgpu::AdapterInfo, features: wgpu::Features) -> Option<String> {
    let key = wgpu::util::pipeline_cache_key(info).filter(|_| features.contains(wgpu::Features::PIPELINE_CACHE));
    key.map(|key| format!("{key}.bin"))
}

/// The data of a file, or why it isn't used.
fn read(path: &Path, identity: &str) -> Result<Vec<u8>, String> {
    let (file, length) = file::open(path).map_err(|error| error.to_string())?;
    if length > MOST_BYTES {
        return Err(format!("{length} bytes are too many"));
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(decode(identity, &bytes)?.to_vec())
}

/// Magic; lengths of identity and data, and the data's checksum, as little-endian u64; identity; data.
fn encode(identity: &str, data: &[u8]) -> Vec<u8> {
    let numbers = [identity.len() as u64, data.len() as u64, fnv1a64(data)];
    let numbers = numbers.map(u64::to_le_bytes).concat();
    [MAGIC, &numbers[..], identity.as_bytes(), data].concat()
}

fn decode<'a>(identity: &str, bytes: &'a [u8]) -> Result<&'a [u8], &'static str> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("is no pipeline cache")?;
    let (numbers, rest) = rest.split_at_checked(24).ok_or("is truncated")?;
    let &[identity_length, length, checksum] = numbers.as_chunks().0 else { return Err("is truncated") };
    let split = usize::try_from(u64::from_le_bytes(identity_length)).ok().and_then(|at| rest.split_at_checked(at));
    let (found, data) = split.ok_or("is truncated")?;
    if found != identity.as_bytes() {
        return Err("is of another version, adapter or driver");
    }
    if data.len() as u64 != u64::from_le_bytes(length) {
        return Err("has another length than it says");
    }
    if fnv1a64(data) != u64::from_le_bytes(checksum) {
        return Err("is damaged");
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_files_of_the_same_identity_are_taken() {
        let (identity, data) = ("0.1.0\nadapter\ndriver", [7, 0, 255, 10]);
        let whole = encode(identity, &data);
        assert_eq!(decode(identity, &whole), Ok(&data[..]));
        for length in 0..whole.len() {
            assert!(decode(identity, &whole[..length]).is_err(), "cut to {length} bytes");
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[at] ^= 1 << bit;
                assert!(decode(identity, &damaged).is_err(), "bit {bit} of byte {at} flipped");
            }
        }
        assert!(decode(identity, &[&whole[..], &[0]].concat()).is_err(), "a byte more");
        for other in ["0.1.1\nadapter\ndriver", "", "0.1.0\nadapter\ndriver2"] {
            assert!(decode(other, &whole).is_err(), "{other:?}");
        }
        assert_eq!(decode("", &encode("", &[])), Ok(&[][..]));
    }
}
