//! `kokoro fetch`: published files into the hub's cache.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use kokoro_wgpu::Error;
use kokoro_wgpu::hub::{self, Phase, Progress, Request};
use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::output;

/// The name of the published model on the command line.
const MODEL: &str = "v1.0";
const ALL: &str = "all";

/// Download the published model and voices, or find them in the cache
///
/// Prints the path of each file. The cache is the one that Python programs use: $HF_HUB_CACHE, $HF_HOME/hub or
/// ~/.cache/huggingface/hub. $HF_ENDPOINT names a mirror, $HTTPS_PROXY a proxy.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  kokoro fetch                        the model and the voice af_heart
  kokoro fetch v1.0 af_bella bm_lewis the model and two voices
  kokoro fetch all                    every voice
  kokoro fetch --verify --offline     check what is there")]
pub struct Args {
    /// `v1.0` is the model (327 MB), `all` every voice (0.5 MB each), anything else a voice [default: v1.0 af_heart]
    #[arg(value_name = "MODEL|VOICE")]
    names: Vec<String>,
    /// Look into the cache only
    #[arg(long)]
    offline: bool,
    /// Compute the checksum of the model too if it is in the cache already
    #[arg(long)]
    verify: bool,
    /// Print JSON, an object per file
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(short, long)]
    quiet: bool,
}

pub fn run(args: &Args) -> Outcome {
    // Every name is looked at before anything travels.
    for request in &mut requests(&args.names)? {
        request.offline |= args.offline;
        request.verify = args.verify;
        let path = file(request, args.quiet)?;
        let printed = match args.json {
            true => json!({ "file": request.file, "path": path }).to_string(),
            false => path.display().to_string(),
        };
        output::stdout(format!("{printed}\n").as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn requests(names: &[String]) -> Result<Vec<Request>, Failure> {
    if names.is_empty() {
        return requests(&[MODEL.to_owned(), "af_heart".to_owned()]);
    }
    let mut requests = Vec::new();
    for name in names {
        match name.as_str() {
            MODEL => requests.push(Request::new(hub::MODEL)),
            ALL => requests.extend(hub::voices().map(|voice| Request::new(hub::voice_file(voice)))),
            voice => requests.push(Request::voice(voice).map_err(|error| Failure::Usage(error.to_string()))?),
        }
    }
    Ok(requests)
}

/// How a command may get a published file that it needs.
#[derive(Clone, Copy)]
pub struct Access {
    pub offline: bool,
    pub quiet: bool,
}

impl Access {
    /// The file's path, from the cache or downloaded.
    pub fn get(self, mut request: Request) -> Result<PathBuf, Failure> {
        request.offline |= self.offline;
        file(&request, self.quiet)
    }
}

/// The file's path, from the cache or downloaded with a bar on a terminal.
pub fn file(request: &Request, quiet: bool) -> Result<PathBuf, Failure> {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(request.file.clone());
    let mut shown = None;
    let found = hub::fetch(request, &mut |progress| {
        show(&bar, &progress, &mut shown);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    found.map_err(|error| match error {
        Error::Download { url, reason, remedy } => {
            Failure::with_help(format!("cannot download {url}: {reason}"), remedy)
        }
        error => error.into(),
    })
}

fn show(bar: &ProgressBar, progress: &Progress<'_>, shown: &mut Option<Phase>) {
    if *shown != Some(progress.phase) {
        *shown = Some(progress.phase);
        // The speed is that of the phase, and of what is still missing.
        bar.reset();
        bar.set_position(progress.done);
        bar.reset_eta();
        bar.enable_steady_tick(Duration::from_millis(500));
        bar.set_message(match progress.phase {
            Phase::Waiting => "waiting",
            Phase::Checking => "checking",
            _ => "",
        });
    }
    if let Some(total) = progress.total {
        bar.set_length(total);
    }
    bar.set_position(progress.done);
}
