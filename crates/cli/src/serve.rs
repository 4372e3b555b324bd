//! `kokoro serve`: speech over HTTP.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use kokoro_server::{Error, GpuEngine, Options, Server, Voices};
use kokoro_wgpu::text::Lexicon;
use kokoro_wgpu::{Synthesizer, Voice};

use crate::adapter::AdapterArg;
use crate::failure::{Failure, Outcome, note};
use crate::model::{ConfigArg, ModelArg, ModelSource};
use crate::published::Access;
use crate::{reader, voice};

/// Speak for other programs: OpenAI's speech API over HTTP
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    config: ConfigArg,
    /// Address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for all that can reach it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 for any free one
    #[arg(long, value_name = "N", default_value = "8880")]
    port: u16,
    /// Also listen for Wyoming clients, such as Home Assistant: on this port of this machine only, or on an address such as
    /// 0.0.0.0:10200, for all that can reach it. Wyoming has no API keys
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = wyoming)]
    wyoming: Option<SocketAddr>,
    /// Read words as this file has them: a word and its phonemes a line, in IPA or misaki's alphabet
    #[arg(long, value_name = "FILE")]
    lexicon: Option<PathBuf>,
    /// A file of API keys, one a line: HTTP clients must send one. Also $KOKORO_API_KEYS, separated by commas
    #[arg(long, value_name = "FILE")]
    api_keys: Option<PathBuf>,
    /// Let web pages of this origin use the server, such as https://example.org; `*` for all. May be repeated
    #[arg(long, value_name = "ORIGIN")]
    cors: Vec<String>,
    /// Requests in progress; more are refused with status 429
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    max_requests: u32,
    /// Requests in progress of one client, a key or the address of another machine; more are refused with status 429. Half of
    /// --max-requests, unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    max_client_requests: Option<u32>,
    /// Open connections; more are told so and closed
    #[arg(long, value_name = "N", default_value = "512", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// Characters of a text; longer ones are refused with status 413
    #[arg(long, value_name = "N", default_value = "50000", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    max_characters: u32,
    /// MiB of an answer that is sent as a whole ("stream": false), and so held in memory; larger ones are refused with status 413
    #[arg(long, value_name = "MIB", default_value = "32", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    max_answer: u32,
    /// Seconds in which the audio of a request must be made
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    max_seconds: u32,
    /// Milliseconds that a batch of several sentences may take: a new short sentence waits about that long, and 0 speaks one at a time
    #[arg(long, value_name = "MS", default_value = "500", value_parser = clap::value_parser!(u32).range(..=3_600_000))]
    batch_time: u32,
    #[command(flatten)]
    adapter: AdapterArg,
    /// Download nothing
    #[arg(long)]
    offline: bool,
    /// Print warnings and errors only
    #[arg(short, long)]
    pub quiet: bool,
}

const EXAMPLES: &str = "Examples:
  kokoro serve
  kokoro serve --model kokoro-v1_0.pth --host 0.0.0.0 --port 8880 --api-keys keys.txt
  kokoro serve --wyoming 10200
  curl localhost:8880/v1/audio/speech -H 'Content-Type: application/json' -d '{\"input\": \"Hello there.\"}' -o hello.mp3

http://localhost:8880/ is a page to try it, http://localhost:8880/docs lists the routes.
Ctrl-C or SIGTERM lets requests in progress end, for at most 30 s; a second one stops at once.";

const KEYS: &str = "KOKORO_API_KEYS";

pub fn run(args: Args) -> Outcome {
    // Fast checks come before slow work.
    let options = args.options()?;
    let lexicon = args.lexicon.as_deref().map(Lexicon::open).transpose()?;
    let is_open = options.api_keys.is_empty() && !args.host.is_loopback();
    let server = Server::bind(options).map_err(refused)?;
    if is_open {
        log::warn!("everyone who can reach {} may use this server: --api-keys FILE allows only some", args.host);
    }
    if let Some(address) = args.wyoming.filter(|address| !address.ip().is_loopback()) {
        log::warn!("everyone who can reach {address} may use this server: Wyoming has no API keys");
    }
    let server = server
        .with_readers(move |language, vocabulary| reader::with_what_is_here(language, vocabulary, lexicon.as_ref()));
    let access = Access::new(args.offline, args.quiet);
    let source = args.model.source_or_published(access)?;
    let config = args.config.of(&source, Some(&source.open()?))?;
    let voices = voices(&source, 2 * config.style_dim as usize, access)?;
    let vocabulary = config.vocab.clone();
    let Args { model, adapter, .. } = args;
    let engine = GpuEngine::new(move || {
        let model = model.precision.load(&adapter.open()?, &source.open()?, &config)?;
        Synthesizer::new(&model)
    })?;
    note(format_args!("listening on http://{}", server.address().map_err(|error| refused(error.into()))?));
    server.run(engine, vocabulary, voices).map_err(refused)?;
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn options(&self) -> Result<Options, Failure> {
        let mut options = Options::default();
        options.address = SocketAddr::new(self.host, self.port);
        options.wyoming = self.wyoming;
        options.api_keys = self.keys()?;
        options.cors.clone_from(&self.cors);
        options.limits.requests = self.max_requests as usize;
        options.limits.client_requests = self.max_client_requests.unwrap_or(self.max_requests.div_ceil(2)) as usize;
        options.limits.answer_bytes = (self.max_answer as usize) << 20;
        options.limits.connections = self.max_connections as usize;
        options.limits.characters = self.max_characters as usize;
        options.limits.batch_time = Duration::from_millis(self.batch_time.into());
        options.limits.time = Duration::from_secs(self.max_seconds.into());
        Ok(options)
    }

    fn keys(&self) -> Result<Vec<String>, Failure> {
        let lines = |text: &str| text.split(['\n', ',']).map(|key| key.trim().to_owned()).collect::<Vec<_>>();
        let mut keys = lines(&std::env::var(KEYS).unwrap_or_default());
        if let Some(path) = &self.api_keys {
            keys.extend(lines(&read(path)?));
        }
        keys.retain(|key| !key.is_empty());
        match &self.api_keys {
            // Without a key everyone could come in.
            Some(path) if keys.is_empty() => {
                Err(Failure::Usage(format!("--api-keys {}: there is no key in it", path.display())))
            }
            _ => Ok(keys),
        }
    }
}

/// Parses a port of this machine, or an address with its port.
fn wyoming(text: &str) -> Result<SocketAddr, String> {
    let port = || text.parse().map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    text.parse()
        .or_else(|_| port())
        .map_err(|_| "expected a port, or an address and a port: 127.0.0.1:10200".to_owned())
}

fn read(path: &Path) -> kokoro_wgpu::Result<String> {
    let failed = |source| kokoro_wgpu::Error::Io { action: "read", path: path.to_owned(), source };
    File::open(path).and_then(kokoro_wgpu::text::read_to_string).map_err(failed)
}

/// The voices that clients may name. A seeded model has seeded voices under the published names.
fn voices(model: &ModelSource, width: usize, access: Access) -> Result<Voices, Failure> {
    if let ModelSource::Seeded(_) = model {
        note("notice: the model has untrained weights: they make noise, not speech");
        let names: Vec<String> = kokoro_wgpu::hub::voices().map(str::to_owned).collect();
        let listed = names.clone();
        let case = move |name: &str| listed.iter().position(|listed| listed == name).unwrap_or_default();
        return Ok(Voices::new(names, move |name| Ok(Voice::seeded_width(case(name) as u64, width))));
    }
    let names = voice::listed(model, access);
    if names.is_empty() {
        let help = "Put voices beside the model, or in a folder that $KOKORO_VOICES names; or let them be downloaded.";
        return Err(Failure::with_help("there are no voices", help));
    }
    let model = model.clone();
    let open =
        move |name: &str| voice::open_listed(name, &model, access).map_err(|failure| failure.message().to_owned());
    Ok(Voices::new(names, open))
}

fn refused(error: Error) -> Failure {
    match error {
        Error::Bind { .. } => Failure::with_help(error, "Another program may use this port: --port N chooses another."),
        error => Failure::with_help(error, "`kokoro verify` tests this machine's GPU driver."),
    }
}
