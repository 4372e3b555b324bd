//! `kokoro completions`: completion scripts for shells.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::Outcome;
use crate::{Cli, output};

/// Print the completion script of a shell
#[derive(clap::Args)]
#[command(after_help = "Examples:
  kokoro completions bash > ~/.local/share/bash-completion/completions/kokoro
  kokoro completions zsh > ~/.zfunc/_kokoro                 with `fpath+=~/.zfunc` before compinit in ~/.zshrc
  kokoro completions fish > ~/.config/fish/completions/kokoro.fish
  kokoro completions powershell >> $PROFILE")]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kokoro", &mut script);
    output::stdout(&script)?;
    Ok(ExitCode::SUCCESS)
}
