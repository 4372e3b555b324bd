//! The driver's compiled form of the kernels as a file, so that the next process need not compile them again.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{AdapterSummary, Context};
use crate::util::files;
use crate::util::hash::fnv1a64;
use crate::{Error, Result};

const MAGIC: &[u8; 16] = b"kokoro-pipelines";
/// What no driver's data for these kernels comes near.
const MOST_BYTES: u64 = 256 << 20;

pub(super) struct CacheFile {
    pub cache: wgpu::PipelineCache,
    path: PathBuf,
    /// Adapter, driver and version, which must be equal for the data to be used.
    identity: String,
    /// Checksum of what the file holds.
    stored: Mutex<Option<u64>>,
}

impl Context {
    /// Takes compiled kernels from the file at `path`, if it is of this identity, and has `save_pipeline_cache` write it.
    pub(crate) fn open_pipeline_cache(&self, path: PathBuf, identity: String) -> Result<bool> {
        if let Some(path) = self.pipeline_cache() {
            let reason = format!("{} is in use already", path.display());
            return Err(Error::Argument { name: "pipeline cache", reason });
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
        files::write_whole(&file.path, &encode(&file.identity, &data))?;
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
    /// Whether the driver hands over what it compiled.
    pub(crate) fn has_pipeline_cache(&self) -> bool {
        has_pipeline_cache(&self.info, self.features)
    }
}

fn has_pipeline_cache(info: &wgpu::AdapterInfo, features: wgpu::Features) -> bool {
    features.contains(wgpu::Features::PIPELINE_CACHE) && wgpu::util::pipeline_cache_key(info).is_some()
}

/// The data of a file, or why it isn't used.
fn read(path: &Path, identity: &str) -> Result<Vec<u8>, String> {
    let bytes = files::read_at_most(path, MOST_BYTES).map_err(|error| error.to_string())?;
    let data = decode(identity, &bytes).map_err(|reason| format!("{} is ignored: it {reason}", path.display()))?;
    Ok(data.to_vec())
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
