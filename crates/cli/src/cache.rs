//! What is kept from one run to the next: compiled kernels, and what the self-check found and measured.

use std::ffi::OsString;
use std::path::PathBuf;

use kokoro_wgpu::{Context, ConvVariant, Result, Verdict};

use crate::failure::Failure;

/// The folder; empty for none.
const VARIABLE: &str = "KOKORO_CACHE";

/// Where the user's system keeps what programs can make again, in a folder of this program's.
pub fn folder() -> Option<PathBuf> {
    folder_from(&|name| std::env::var_os(name), std::env::home_dir())
}

fn folder_from(variable: &dyn Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    if let Some(folder) = variable(VARIABLE) {
        return Some(PathBuf::from(folder)).filter(|folder| !folder.as_os_str().is_empty());
    }
    // The XDG specification has relative paths ignored.
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

/// Looks for what earlier runs compiled. Without it everything works, after compiling.
pub fn load(context: &Context) {
    let Some(folder) = folder() else { return };
    match context.load_pipeline_cache(&folder) {
        Ok(found) => log::info!("compiled kernels in {}: {}", folder.display(), if found { "taken" } else { "none" }),
        Err(error) => log::info!("no compiled kernels: {error}"),
    }
}

/// Checks at first use what the adapter computes, and measures in which form the convolutions are the fastest. Without a
/// folder to remember it in there is no first use: then `verify` and `info --report` are the ones that check.
pub fn self_check(context: &Context) -> Result<()> {
    folder().map_or(Ok(()), |folder| context.self_check_once_blocking(folder).map(drop))
}

/// Checks and measures now, and replaces what is remembered.
pub fn tune(context: &Context) -> Result<(), Failure> {
    let missing =
        || Failure::Usage("there is no cache folder to remember it in: set KOKORO_CACHE to a folder".to_owned());
    context.self_check_again_blocking(folder().ok_or_else(missing)?)?;
    Ok(())
}

/// The form of the convolutions that is the fastest on this adapter, if it was measured.
pub fn fastest(context: &Context) -> Option<ConvVariant> {
    Verdict::recall(context.info(), folder()?)?.fastest()
}

/// Uses that form.
pub fn use_fastest(context: &Context) -> Result<()> {
    let usable = context.conv_variants();
    fastest(context).filter(|form| usable.contains(form)).map_or(Ok(()), |form| context.set_conv_variant(form))
}

/// Keeps what was compiled. A home that cannot be written to is no reason to complain at every run.
pub fn save(context: &Context) {
    match context.save_pipeline_cache() {
        Ok(true) => log::info!("compiled kernels kept in {:?}", context.pipeline_cache()),
        Ok(false) => {}
        Err(error) => log::info!("compiled kernels not kept: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_systems_unless_the_user_names_one() {
        let home = || Some(std::env::temp_dir());
        let given = |set: &'static [(&str, &str)]| {
            move |name: &str| set.iter().find(|entry| entry.0 == name).map(|entry| entry.1.into())
        };
        assert_eq!(folder_from(&given(&[(VARIABLE, "here")]), home()), Some("here".into()));
        assert_eq!(folder_from(&given(&[(VARIABLE, "")]), home()), None);
        assert_eq!(folder_from(&given(&[]), None), None);
        let own = folder_from(&given(&[]), home()).unwrap();
        assert!(own.starts_with(std::env::temp_dir()) && own.ends_with("kokoro"), "{}", own.display());
        if cfg!(target_os = "linux") {
            assert_eq!(folder_from(&given(&[("XDG_CACHE_HOME", "/x")]), home()), Some("/x/kokoro".into()));
            assert_eq!(folder_from(&given(&[("XDG_CACHE_HOME", "x")]), home()), Some(own));
        }
    }
}
