//! The command line.
#![forbid(unsafe_code)]

mod adapter;
mod audio;
mod bench;
mod cache;
mod completions;
mod convert;
mod dump;
mod failure;
mod fetch;
mod figures;
mod info;
mod interrupt;
mod model;
mod output;
mod packages;
mod parts;
mod phonemize;
mod play;
mod profile;
mod progress;
#[cfg(target_os = "linux")]
mod quiet_layer;
mod report;
mod say;
mod svg;
mod text;
mod timings;
mod verify;
mod voice;
mod voices;
mod waiting;
mod work;

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};

/// Kokoro-82M text to speech on the GPU
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  kokoro say \"Hello there.\" -o hello.wav                    downloads the published model at first
  kokoro say \"Hello there.\" -o hello.wav --model kokoro-v1_0.pth
  kokoro say \"Hello there.\" -o hello.wav --model seeded:0   without trained weights: noise, not speech
  kokoro fetch                                              download the published model, or find it
  kokoro verify                                             test this machine's GPU driver
  kokoro info                                               list the adapters
  kokoro help say                                           what a command takes, with examples

Exit status: 0 success, 1 failure (of verify: a stage that does not hold), 2 wrong usage, 3 the
model hub is out of reach and pip or npm is not installed, 130 stopped by Ctrl-C.
Colours and progress bars are for terminals only; $NO_COLOR switches colours off there too.";

#[derive(Subcommand)]
enum Command {
    Say(say::Args),
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
    quiet_layer::leave_out();
    // A bug should cost its user one line, not a backtrace. Unwinding then ends the process with status 101.
    std::panic::set_hook(Box::new(|panic| failure::note(format!("error: internal error, please report it: {panic}"))));
    let cli = Cli::parse();
    start_log(matches!(&cli.command, Command::Say(args) if args.quiet));
    let outcome = match cli.command {
        Command::Say(args) => say::run(&args),
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

/// Warnings read like the errors; `RUST_LOG` asks for more.
fn start_log(quiet: bool) {
    // Without a driver the Vulkan loader complains in lines of its own, and then we say what helps.
    let default = if quiet { "error" } else { "error,kokoro=warn" };
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
