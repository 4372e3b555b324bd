//! A file with the kernels as the driver compiled them, which saves the next process the compilation.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{AdapterSummary, Context};
use crate::error::{Error, Result};
use crate::util::files;
use crate::util::hash::fnv1a64;

const MAGIC: &[u8; 16] = b"kokoro-pipelines";
/// Far more than any driver's data for these kernels.
const MAX_BYTES: u64 = 256 << 20;

pub(super) struct CacheFile {
    pub cache: wgpu::PipelineCache,
    path: PathBuf,
    /// Adapter, driver and version. The data of a file is only used if they are equal.
    identity: String,
    /// Checksum of the data in the file.
    stored: Mutex<Option<u64>>,
}

impl Context {
    /// Loads compiled kernels from the file at `path` if its identity matches; `save_pipeline_cache` will write to it.
    pub(crate) fn open_pipeline_cache(&self, path: PathBuf, identity: String) -> Result<bool> {
        if let Some(path) = self.pipeline_cache() {
            let reason = format!("{} is already in use", path.display());
            return Err(Error::argument("pipeline cache", reason));
        }
        if !has_pipeline_cache(self.info(), self.device().features()) {
            return Ok(false);
        }
        let data = read(&path, &identity).inspect_err(|reason| log::info!("{reason}")).ok();
        let found = data.as_ref().and_then(|data| Some((fnv1a64(data), self.new_cache(Some(data)).ok()?)));
        let (stored, cache) = match found {
            Some((checksum, cache)) => (Some(checksum), cache),
            None => (None, self.new_cache(None)?),
        };
        let file = CacheFile { cache, path, identity, stored: Mutex::new(stored) };
        // If two threads get here at once, the first one's file is used.
        Ok(self.pipelines().file.set(file).is_ok() && stored.is_some())
    }

    /// Writes the compiled kernels to the file and returns `true`, or `false` if there are no new ones. The file is replaced
    /// atomically: if several processes write at once, the last one wins.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn save_pipeline_cache(&self) -> Result<bool> {
        let Some(file) = self.pipelines().file.get() else { return Ok(false) };
        let Some(data) = file.cache.get_data() else { return Ok(false) };
        let checksum = fnv1a64(&data);
        let mut stored = file.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if *stored == Some(checksum) {
            return Ok(false);
        }
        files::write_whole(&file.path, &encode(&file.identity, &data))?;
        *stored = Some(checksum);
        Ok(true)
    }

    /// The file given to [`load_pipeline_cache`](Self::load_pipeline_cache), if the driver supports one.
    pub fn pipeline_cache(&self) -> Option<&Path> {
        self.pipelines().file.get().map(|file| file.path.as_path())
    }

    fn new_cache(&self, data: Option<&[u8]>) -> Result<wgpu::PipelineCache> {
        let descriptor = wgpu::PipelineCacheDescriptor { label: Some("kokoro"), data, fallback: true };
        // SAFETY: `get_data` returned this data for the same adapter and driver: `decode` compared both, and a checksum.
        // Whoever can write to the user's cache folder can write to the user's programs as well.
        #[expect(unsafe_code, reason = "the driver trusts the compiled kernels")]
        self.guarded("making a pipeline cache", || unsafe { self.device().create_pipeline_cache(&descriptor) })
    }
}

impl AdapterSummary {
    /// Whether the driver exports its compiled kernels.
    pub(crate) fn has_pipeline_cache(&self) -> bool {
        has_pipeline_cache(&self.info, self.features)
    }
}

fn has_pipeline_cache(info: &wgpu::AdapterInfo, features: wgpu::Features) -> bool {
    features.contains(wgpu::Features::PIPELINE_CACHE) && wgpu::util::pipeline_cache_key(info).is_some()
}

/// The data of the file, or the reason for ignoring it.
fn read(path: &Path, identity: &str) -> Result<Vec<u8>, String> {
    let bytes = files::read_at_most(path, MAX_BYTES).map_err(|error| error.to_string())?;
    let data = decode(identity, &bytes).map_err(|reason| format!("ignoring {}: it {reason}", path.display()))?;
    Ok(data.to_vec())
}

/// Layout: magic; length of the identity, length and checksum of the data, as little-endian u64; identity; data.
fn encode(identity: &str, data: &[u8]) -> Vec<u8> {
    let numbers = [identity.len() as u64, data.len() as u64, fnv1a64(data)];
    let numbers = numbers.map(u64::to_le_bytes).concat();
    [MAGIC, &numbers[..], identity.as_bytes(), data].concat()
}

fn decode<'a>(identity: &str, bytes: &'a [u8]) -> Result<&'a [u8], &'static str> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("is not a pipeline cache")?;
    let (numbers, rest) = rest.split_at_checked(24).ok_or("is truncated")?;
    let &[identity_length, length, checksum] = numbers.as_chunks().0 else { return Err("is truncated") };
    let split = usize::try_from(u64::from_le_bytes(identity_length)).ok().and_then(|at| rest.split_at_checked(at));
    let (found, data) = split.ok_or("is truncated")?;
    if found != identity.as_bytes() {
        return Err("is for another version, adapter or driver");
    }
    if data.len() as u64 != u64::from_le_bytes(length) {
        return Err("does not have the length in its header");
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
    fn only_intact_files_with_the_same_identity_are_used() {
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
        assert!(decode(identity, &[&whole[..], &[0]].concat()).is_err(), "an extra byte");
        for other in ["0.1.1\nadapter\ndriver", "", "0.1.0\nadapter\ndriver2"] {
            assert!(decode(other, &whole).is_err(), "{other:?}");
        }
        assert_eq!(decode("", &encode("", &[])), Ok(&[][..]));
    }
}
