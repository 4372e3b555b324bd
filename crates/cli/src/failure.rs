//! Failures of commands, their messages and exit statuses.

use std::error::Error as _;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use kokoro_wgpu::Error;

pub type Outcome = Result<ExitCode, Failure>;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The command line is invalid.
    Usage(String),
    /// The message, and what the user can do.
    Failed { message: String, help: Option<String> },
    /// A program that downloads files is not installed.
    NoProgram { message: String, help: String },
    /// The reader of standard output has closed it.
    ReaderGone,
}

/// Exit status of [`Failure::NoProgram`]: a script can react by installing the program.
const NO_PROGRAM: u8 = 3;

impl Failure {
    pub fn with_help(message: impl Display, help: impl Into<String>) -> Self {
        Self::Failed { message: message.to_string(), help: Some(help.into()) }
    }

    /// The message without the help.
    pub fn message(&self) -> &str {
        match self {
            Self::Usage(message) | Self::Failed { message, .. } | Self::NoProgram { message, .. } => message,
            Self::ReaderGone => "standard output was closed by its reader",
        }
    }

    /// Adds help.
    pub fn with_help_added(self, more: &str) -> Self {
        let message = self.message().to_owned();
        self.with_more_help(message, more)
    }

    /// Replaces the message, and adds help.
    pub fn with_more_help(self, message: String, more: &str) -> Self {
        match self {
            Self::NoProgram { help, .. } => Self::NoProgram { message, help: format!("{help}\n\n{more}") },
            Self::Failed { help: Some(help), .. } => Self::with_help(message, format!("{help}\n\n{more}")),
            _ => Self::with_help(message, more),
        }
    }

    /// Prints the failure to standard error and returns its exit status.
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

/// What the library says when the driver does not answer within [`Context::set_timeout`](kokoro_wgpu::Context::set_timeout).
const NO_ANSWER: &str = "did not answer";

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if let Error::DeviceLost { message } = &error {
            let help = match message.contains(NO_ANSWER) {
                true => "A GPU that is only slow, or busy with something else, needs more time: --gpu-timeout SECONDS.",
                false => {
                    "Start it again. If that does not help, `kokoro info` lists the adapters: --adapter NAME selects another."
                }
            };
            return Self::with_help(format_args!("the GPU device was lost ({message})"), help);
        }
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Most messages of the library contain their cause already.
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

/// Prints a line to standard error.
pub fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}"); // a failure cannot be reported anywhere
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_appears_once() {
        let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let Failure::Failed { message, .. } = Error::Io { action: "open", path: "a.wav".into(), source }.into() else {
            panic!("another variant")
        };
        assert_eq!(message, "cannot open a.wav: permission denied");
    }
}
