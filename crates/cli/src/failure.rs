//! How a command ends when it does not succeed.

use std::error::Error as _;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use kokoro_wgpu::Error;

pub type Outcome = Result<ExitCode, Failure>;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The command line asks for what cannot be.
    Usage(String),
    /// What went wrong, and what the user can do about it.
    Failed { message: String, help: Option<String> },
    /// The same, where a program that brings files is not installed.
    NoProgram { message: String, help: String },
    /// Whoever read standard output has gone.
    ReaderGone,
}

/// Status of [`Failure::NoProgram`], by which a caller knows that installing something helps.
const NO_PROGRAM: u8 = 3;

impl Failure {
    pub fn with_help(message: impl Display, help: impl Into<String>) -> Self {
        Self::Failed { message: message.to_string(), help: Some(help.into()) }
    }

    /// What went wrong, without the advice.
    pub fn message(&self) -> &str {
        match self {
            Self::Usage(message) | Self::Failed { message, .. } | Self::NoProgram { message, .. } => message,
            Self::ReaderGone => "whoever read standard output has gone",
        }
    }

    /// The same failure with another message, and more advice after its own.
    pub fn with_more(self, message: String, more: &str) -> Self {
        match self {
            Self::NoProgram { help, .. } => Self::NoProgram { message, help: format!("{help}\n\n{more}") },
            Self::Failed { help: Some(help), .. } => Self::with_help(message, format!("{help}\n\n{more}")),
            _ => Self::with_help(message, more),
        }
    }

    /// Says why on standard error.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Usage(message) => {
                note(format_args!("error: {message}\n\nFor more information, try '--help'."));
                return ExitCode::from(2);
            }
            Self::Failed { message, help } => {
                note(format_args!("error: {message}"));
                if let Some(help) = help {
                    note(format_args!("\n{help}"));
                }
            }
            Self::NoProgram { message, help } => {
                note(format_args!("error: {message}\n\n{help}"));
                return ExitCode::from(NO_PROGRAM);
            }
            Self::ReaderGone => {}
        }
        ExitCode::FAILURE
    }
}

impl From<kokoro_wgpu::hub::Error> for Failure {
    fn from(error: kokoro_wgpu::hub::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Most messages of the library quote their cause already.
            if !message.contains(&text) {
                message = format!("{message}: {text}");
            }
            source = cause.source();
        }
        Self::Failed { message, help: None }
    }
}

impl From<kokoro_wgpu::text::Error> for Failure {
    fn from(error: kokoro_wgpu::text::Error) -> Self {
        Error::from(error).into()
    }
}

/// A line on standard error, whoever reads it.
pub fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}"); // there is nowhere to report a failure to report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let Failure::Failed { message, .. } = Error::Io { action: "open", path: "a.wav".into(), source }.into() else {
            panic!("not a plain failure")
        };
        assert_eq!(message, "cannot open a.wav: permission denied");
    }
}
