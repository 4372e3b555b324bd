//! The program `kokoro`: text to speech on the command line.
#![forbid(unsafe_code)]

mod adapter;
mod audio;
mod bench;
mod bench_input;
mod book;
mod cache;
mod completions;
mod convert;
mod download_progress;
mod dump;
mod failure;
mod fetch;
mod format;
mod info;
mod interrupt;
#[cfg(target_os = "linux")]
mod mesa_layer;
mod model;
#[cfg(feature = "nats")]
mod nats;
mod output;
mod packages;
mod phonemize;
mod picture;
mod play;
mod profile;
mod published;
mod reader;
mod reading;
mod report;
mod say;
#[cfg(feature = "serve")]
mod serve;
mod sha256;
mod text_input;
mod timings;
mod verify;
mod voice;
mod voices;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use self::failure::Failure;

/// Kokoro-82M text to speech on the GPU
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  kokoro say \"Hello there.\" -o hello.wav                    downloads the model the first time
  kokoro say \"Hello there.\" -o hello.wav --model kokoro-v1_0.pth
  kokoro say \"Hello there.\" -o hello.wav --model seeded:0   without trained weights: noise, not speech
  kokoro fetch                                              download the published model
  kokoro verify                                             test this machine's GPU driver
  kokoro info                                               list the GPU adapters
  kokoro help say                                           options and examples of a command

Exit status: 0 success, 1 failure (`verify`: also if a stage fails), 2 wrong usage, 3 the model hub
cannot be reached and pip or npm is not installed, 130 stopped by Ctrl-C.
Colours and progress bars appear on terminals only; $NO_COLOR turns colours off.";

#[derive(Subcommand)]
enum Command {
    Say(say::Args),
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    #[cfg(feature = "nats")]
    Submit(nats::SubmitArgs),
    #[cfg(feature = "nats")]
    Worker(nats::WorkerArgs),
    #[cfg(feature = "nats")]
    Collect(nats::CollectArgs),
    Phonemize(phonemize::Args),
    Fetch(fetch::Args),
    Voices(voices::Args),
    Convert(convert::Args),
    Verify(verify::Args),
    Info(info::Args),
    Profile(profile::Args),
    Bench(bench::Args),
    Completions(completions::Args),
}

fn main() -> ExitCode {
    let started = Instant::now();
    #[cfg(target_os = "linux")]
    mesa_layer::disable();
    // Print one line for a bug, not a backtrace. The exit status is still 101.
    std::panic::set_hook(Box::new(|panic| failure::note(format!("error: internal error, please report it: {panic}"))));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            return match unbuilt(std::env::args_os().skip(1).find(|argument| argument != "help")) {
                Some(failure) if error.kind() == ErrorKind::InvalidSubcommand => failure.report(),
                _ => error.exit(),
            };
        }
    };
    start_log(match &cli.command {
        Command::Say(args) if args.quiet => "error",
        #[cfg(feature = "serve")]
        Command::Serve(args) if !args.quiet => "error,kokoro=warn,kokoro_server=info",
        _ => "error,kokoro=warn",
    });
    let outcome = match cli.command {
        Command::Say(args) => say::run(&args),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args),
        #[cfg(feature = "nats")]
        Command::Submit(args) => nats::submit(&args),
        #[cfg(feature = "nats")]
        Command::Worker(args) => nats::work(&args),
        #[cfg(feature = "nats")]
        Command::Collect(args) => nats::collect(&args),
        Command::Phonemize(args) => phonemize::run(&args),
        Command::Fetch(args) => fetch::run(&args),
        Command::Voices(args) => voices::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Profile(args) => profile::run(&args),
        Command::Bench(args) => bench::run(&args, started),
        Command::Completions(args) => completions::run(&args),
    };
    outcome.unwrap_or_else(|failure| failure.report())
}

/// The failure of a command that the program can be built with, if this one was built without.
fn unbuilt(command: Option<OsString>) -> Option<Failure> {
    let features = [("serve", ["serve"].as_slice()), ("nats", &["submit", "worker", "collect"])];
    let command = command?.into_string().ok()?;
    let (feature, _) = features.into_iter().find(|(_, commands)| commands.contains(&command.as_str()))?;
    let help =
        format!("Build it with the feature `{feature}`: cargo install --path crates/cli --locked --features {feature}");
    Some(Failure::with_help(format_args!("this kokoro was built without `kokoro {command}`"), help))
}

/// Prints what `default` selects in the style of the errors. `RUST_LOG` shows more.
fn start_log(default: &str) {
    // Without a driver the Vulkan loader prints messages of its own. Our error says what helps.
    let default = format!("{default},wgpu_hal::vulkan::instance=off");
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(default))
        .format(|out, record| {
            let level = match record.level() {
                log::Level::Warn => "warning".to_owned(),
                level => level.as_str().to_lowercase(),
            };
            match record.target() {
                target if target.starts_with("kokoro") => writeln!(out, "{level}: {}", record.args()),
                target => writeln!(out, "{level}: {target}: {}", record.args()),
            }
        })
        .init();
}
