//! The registries' own clients, run as programs: they know their registry, its mirrors, proxies and certificates.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A client, and the ways to start it that are tried in turn.
pub struct Program<'a> {
    pub name: &'a str,
    pub ways: &'a [&'a [&'a str]],
    /// Debian's package that has it.
    pub debian: &'a str,
}

pub const PIP: Program<'static> = Program {
    name: "pip",
    ways: &[&["python3", "-m", "pip"], &["pip3"], &["pip"], &["py", "-m", "pip"]],
    debian: "python3-pip",
};

pub const NPM: Program<'static> =
    Program { name: "npm", ways: if cfg!(windows) { &[&["npm.cmd"]] } else { &[&["npm"]] }, debian: "npm" };

pub const TAR: Program<'static> = Program { name: "tar", ways: &[&["tar"]], debian: "tar" };

/// Why a program did not do its work.
#[derive(Debug)]
pub enum Trouble {
    /// It is not installed.
    Absent { name: String, debian: String },
    /// The disk is full where it works.
    Full { name: String, folder: PathBuf },
    /// What the registry has is not what the checksum is of.
    Changed { name: String },
    /// It ended with this complaint.
    Failed { name: String, reason: String },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { name, .. } => write!(f, "{name} is not installed"),
            Self::Full { name, folder } => write!(f, "{name}: no space left for it in {}", folder.display()),
            Self::Changed { name } => write!(f, "{name}: what arrived has another SHA-256 than expected"),
            Self::Failed { name, reason } => write!(f, "{name}: {reason}"),
        }
    }
}

impl<'a> Program<'a> {
    /// The first of its ways that works on this machine, tried in an empty folder.
    pub fn find(&self, empty: &Path) -> Result<Client<'a>, Trouble> {
        let absent = || Trouble::Absent { name: self.name.to_owned(), debian: self.debian.to_owned() };
        let way = self.ways.iter().find(|way| works(way, empty)).ok_or_else(absent)?;
        Ok(Client { name: self.name, way })
    }
}

/// A program that is installed.
pub struct Client<'a> {
    pub name: &'a str,
    way: &'a [&'a str],
}

impl Client<'_> {
    /// Runs it in `folder`, quietly, and waits for its end.
    pub fn run(&self, folder: &Path, arguments: &[&str]) -> Result<(), Trouble> {
        let failed = |reason| Trouble::Failed { name: self.name.to_owned(), reason };
        let mut command = command(self.way, folder).ok_or_else(|| failed("it has no name".to_owned()))?;
        let output = command.args(arguments).output().map_err(|error| failed(error.to_string()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        log::info!("{} ended with {}: {said}", self.name, output.status);
        match output.status.success() {
            true => Ok(()),
            // None of them says these briefly.
            false if said.contains("No space left on device") || said.contains("ENOSPC") => {
                Err(Trouble::Full { name: self.name.to_owned(), folder: folder.to_owned() })
            }
            false if said.contains("DO NOT MATCH THE HASHES") => Err(Trouble::Changed { name: self.name.to_owned() }),
            false => Err(failed(complaint(&said).unwrap_or_else(|| output.status.to_string()))),
        }
    }
}

fn works(way: &[&str], empty: &Path) -> bool {
    let Some(mut command) = command(way, empty) else { return false };
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The client, to be run in `folder`. Never in the user's: `python3 -m pip` would run a pip.py that lies there, and npm read
/// its .npmrc.
fn command(way: &[&str], folder: &Path) -> Option<Command> {
    let (first, rest) = way.split_first()?;
    let mut command = Command::new(first);
    command.args(rest).current_dir(folder).stdin(Stdio::null());
    // pip refuses --target where the user's settings say --user.
    command.env("PYTHONSAFEPATH", "1").env("PIP_USER", "0");
    Some(command)
}

/// What a client that failed says is wrong, in a line.
fn complaint(said: &str) -> Option<String> {
    // pip ends with "no matching distribution" also where it reached no registry, which it says before.
    if let Some((_, cause)) = said.split_once("connection broken by ") {
        let cause = cause.lines().next().unwrap_or_default();
        let cause = cause.rsplit_once("': /").map_or(cause, |(cause, _)| cause);
        let cause = cause.rsplit_once(": ").map_or(cause, |(_, cause)| cause);
        return Some(format!("no connection to its registry ({})", cause.trim_matches(['\'', '"', '(', ')', ' '])));
    }
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    // npm ends with where its log is.
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
    fn a_complaint_is_the_line_that_says_what_is_wrong() {
        let pip = "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<pip._vendor \
                   object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/x/\n\
                   ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)\n\
                   ERROR: No matching distribution found for x==1\n";
        assert_eq!(complaint(pip).unwrap(), "no connection to its registry ([Errno 111] Connection refused)");
        let (_, unknown) = pip.split_once('\n').unwrap();
        assert_eq!(complaint(unknown).unwrap(), "No matching distribution found for x==1");
        let npm = "npm ERR! code ECONNREFUSED\nnpm ERR! syscall connect\nnpm ERR! errno ECONNREFUSED\nnpm ERR! request to \
                   http://127.0.0.1:9/x failed, reason: refused\n\nnpm ERR! A complete log of this run can be found in: /root\n";
        assert_eq!(complaint(npm).unwrap(), "request to http://127.0.0.1:9/x failed, reason: refused");
        assert_eq!(complaint(" \n"), None);
    }
}
