//! Clients of the package registries, run as programs. They have the user's settings for mirrors, proxies and certificates.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program, with the command lines that may start it in the order of trying.
pub struct Program<'a> {
    pub name: &'a str,
    pub commands: &'a [&'a [&'a str]],
    /// Debian package of the program.
    pub debian: &'a str,
}

pub const PIP: Program<'static> = Program {
    name: "pip",
    commands: &[&["python3", "-m", "pip"], &["pip3"], &["pip"], &["py", "-m", "pip"]],
    debian: "python3-pip",
};

pub const NPM: Program<'static> =
    Program { name: "npm", commands: if cfg!(windows) { &[&["npm.cmd"]] } else { &[&["npm"]] }, debian: "npm" };

pub const TAR: Program<'static> = Program { name: "tar", commands: &[&["tar"]], debian: "tar" };

/// Why a program failed.
#[derive(Debug)]
pub enum ProgramError {
    /// It is not installed.
    NotInstalled { name: String, debian: String },
    /// The disk of its working folder is full.
    DiskFull { name: String, folder: PathBuf },
    /// The download does not have the expected checksum.
    ChecksumMismatch { name: String },
    /// It ended with this error message.
    Failed { name: String, reason: String },
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled { name, .. } => write!(f, "{name} is not installed"),
            Self::DiskFull { name, folder } => write!(f, "{name}: no space left in {}", folder.display()),
            Self::ChecksumMismatch { name } => write!(f, "{name}: the download does not have the expected SHA-256"),
            Self::Failed { name, reason } => write!(f, "{name}: {reason}"),
        }
    }
}

impl<'a> Program<'a> {
    /// Finds the first command line that works. `empty` is an empty folder to run it in.
    pub fn find(&self, empty: &Path) -> Result<Client<'a>, ProgramError> {
        let not_installed =
            || ProgramError::NotInstalled { name: self.name.to_owned(), debian: self.debian.to_owned() };
        let command = self.commands.iter().find(|command| works(command, empty)).ok_or_else(not_installed)?;
        Ok(Client { name: self.name, command })
    }
}

/// An installed program.
pub struct Client<'a> {
    pub name: &'a str,
    command: &'a [&'a str],
}

impl Client<'_> {
    /// Runs it in `folder` without output, and waits until it ends.
    pub fn run(&self, folder: &Path, arguments: &[&str]) -> Result<(), ProgramError> {
        let failed = |reason| ProgramError::Failed { name: self.name.to_owned(), reason };
        let mut command = command_in(self.command, folder).ok_or_else(|| failed("it has no name".to_owned()))?;
        let output = command.args(arguments).output().map_err(|error| failed(error.to_string()))?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        log::info!("{} ended with {}: {stderr}", self.name, output.status);
        match output.status.success() {
            true => Ok(()),
            // The programs' own messages for these are long.
            false if stderr.contains("No space left on device") || stderr.contains("ENOSPC") => {
                Err(ProgramError::DiskFull { name: self.name.to_owned(), folder: folder.to_owned() })
            }
            false if stderr.contains("DO NOT MATCH THE HASHES") => {
                Err(ProgramError::ChecksumMismatch { name: self.name.to_owned() })
            }
            false => Err(failed(error_line(&stderr).unwrap_or_else(|| output.status.to_string()))),
        }
    }
}

fn works(command: &[&str], empty: &Path) -> bool {
    let Some(mut command) = command_in(command, empty) else { return false };
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The command with `folder` as its working directory. In the user's own, `python3 -m pip` would run a pip.py found there,
/// and npm would read an .npmrc.
fn command_in(command: &[&str], folder: &Path) -> Option<Command> {
    let (first, rest) = command.split_first()?;
    let mut command = Command::new(first);
    command.args(rest).current_dir(folder).stdin(Stdio::null());
    // pip refuses --target if the user's settings contain --user.
    command.env("PYTHONSAFEPATH", "1").env("PIP_USER", "0");
    Some(command)
}

/// The line of a failed client's output that says why.
fn error_line(stderr: &str) -> Option<String> {
    // pip ends with "no matching distribution" even if it could not connect, which an earlier line says.
    if let Some((_, cause)) = stderr.split_once("connection broken by ") {
        let cause = cause.lines().next().unwrap_or_default();
        let cause = cause.rsplit_once("': /").map_or(cause, |(cause, _)| cause);
        let cause = cause.rsplit_once(": ").map_or(cause, |(_, cause)| cause);
        return Some(format!("no connection to its registry ({})", cause.trim_matches(['\'', '"', '(', ')', ' '])));
    }
    let lines = || stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    // npm's last line is the path of its log.
    let npm = lines().find_map(|line| {
        let rest = line.strip_prefix("npm ERR! ").or_else(|| line.strip_prefix("npm error "))?;
        (!rest.starts_with("code ") && !rest.starts_with("errno ") && !rest.starts_with("syscall ")).then_some(rest)
    });
    npm.or_else(|| lines().next_back().map(|line| line.trim_start_matches("ERROR: "))).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_line_finds_the_cause() {
        let pip = "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<pip._vendor \
                   object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/x/\n\
                   ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)\n\
                   ERROR: No matching distribution found for x==1\n";
        assert_eq!(error_line(pip).unwrap(), "no connection to its registry ([Errno 111] Connection refused)");
        let (_, unknown) = pip.split_once('\n').unwrap();
        assert_eq!(error_line(unknown).unwrap(), "No matching distribution found for x==1");
        let npm = "npm ERR! code ECONNREFUSED\nnpm ERR! syscall connect\nnpm ERR! errno ECONNREFUSED\nnpm ERR! request to \
                   http://127.0.0.1:9/x failed, reason: refused\n\nnpm ERR! A complete log of this run can be found in: /root\n";
        assert_eq!(error_line(npm).unwrap(), "request to http://127.0.0.1:9/x failed, reason: refused");
        assert_eq!(error_line(" \n"), None);
    }
}
