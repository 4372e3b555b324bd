//! The cache folder: compiled kernels, and results of the self-check and its measurements.

use std::ffi::OsString;
use std::path::PathBuf;

use kokoro_wgpu::{Context, SelfCheckResult, block_on};

use crate::failure::Failure;

/// Environment variable with the cache folder. Empty: no folder.
const VARIABLE: &str = "KOKORO_CACHE";

/// This program's folder in the system's cache folder, or the one set by the user.
pub fn folder() -> Option<PathBuf> {
    folder_from(&|name| std::env::var_os(name), std::env::home_dir())
}

fn folder_from(variable: &dyn Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    if let Some(folder) = variable(VARIABLE) {
        return Some(PathBuf::from(folder)).filter(|folder| !folder.as_os_str().is_empty());
    }
    // The XDG specification says to ignore relative paths.
    let named = |name| variable(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let caches = if cfg!(windows) {
        named("LOCALAPPDATA").or_else(|| Some(home?.join("AppData").join("Local")))
    } else if cfg!(target_os = "macos") {
        Some(home?.join("Library").join("Caches"))
    } else {
        named("XDG_CACHE_HOME").or_else(|| Some(home?.join(".cache")))
    };
    Some(caches?.join("kokoro"))
}

/// Loads kernels that earlier runs compiled. Without them, they are compiled again.
pub fn load_pipelines(context: &Context) {
    let Some(folder) = folder() else { return };
    match context.load_pipeline_cache(&folder) {
        Ok(found) => log::info!("compiled kernels in {}: {}", folder.display(), if found { "loaded" } else { "none" }),
        Err(error) => log::info!("no compiled kernels: {error}"),
    }
}

/// Checks the adapter at first use, and measures the fastest convolution kernel. Skipped without a cache folder, where
/// every use would be the first; `verify` and `info --report` check anyway.
pub fn self_check(context: &Context) -> kokoro_wgpu::Result<()> {
    folder().map_or(Ok(()), |folder| block_on(context.self_check_once(folder)).map(drop))
}

/// The cache folder, for a command that cannot work without one.
pub fn required_folder() -> Result<PathBuf, Failure> {
    let missing =
        || Failure::Usage("there is no cache folder to store results in: set KOKORO_CACHE to a folder".to_owned());
    folder().ok_or_else(missing)
}

/// Uses the kernel that was measured as the fastest, if the device supports it.
pub fn use_fastest(context: &Context) -> kokoro_wgpu::Result<()> {
    let known = folder().and_then(|folder| SelfCheckResult::open(context.info(), folder));
    known.map_or(Ok(()), |known| context.use_fastest(&known.speeds))
}

/// Saves compiled kernels. A failure is only logged, because it would be reported at every run.
pub fn save_pipelines(context: &Context) {
    match context.save_pipeline_cache() {
        Ok(true) => log::info!("compiled kernels saved in {:?}", context.pipeline_cache()),
        Ok(false) => {}
        Err(error) => log::info!("compiled kernels not saved: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_systems_unless_the_user_sets_one() {
        let home = || Some(std::env::temp_dir());
        let variables = |set: &'static [(&str, &str)]| {
            move |name: &str| set.iter().find(|entry| entry.0 == name).map(|entry| entry.1.into())
        };
        assert_eq!(folder_from(&variables(&[(VARIABLE, "here")]), home()), Some("here".into()));
        assert_eq!(folder_from(&variables(&[(VARIABLE, "")]), home()), None);
        assert_eq!(folder_from(&variables(&[]), None), None);
        let default = folder_from(&variables(&[]), home()).unwrap();
        assert!(default.starts_with(std::env::temp_dir()) && default.ends_with("kokoro"), "{}", default.display());
        if cfg!(target_os = "linux") {
            assert_eq!(folder_from(&variables(&[("XDG_CACHE_HOME", "/x")]), home()), Some("/x/kokoro".into()));
            assert_eq!(folder_from(&variables(&[("XDG_CACHE_HOME", "x")]), home()), Some(default));
        }
    }
}
