//! Errors as JavaScript has them: an `Error` whose `name` says what kind it is.

use kokoro_wgpu::Error;
use wasm_bindgen::JsValue;

/// An error that becomes a JavaScript `Error`.
#[derive(Debug)]
pub struct Failure {
    name: &'static str,
    message: String,
}

impl Failure {
    pub fn new(name: &'static str, message: &str) -> Self {
        Self { name, message: message.to_owned() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::NoAdapter { .. } => "NoAdapter",
            Error::Unsupported { .. } => "Unsupported",
            Error::DeviceLost { .. } => "DeviceLost",
            Error::OutOfMemory { .. } => "OutOfMemory",
            Error::Argument { .. } | Error::TooLong { .. } | Error::TooManyTokens { .. } => "Argument",
            Error::Shader { .. } | Error::Gpu { .. } | Error::SelfCheck { .. } | Error::NonFinite { .. } => "Gpu",
            Error::Io { source, .. } if source.kind() == std::io::ErrorKind::OutOfMemory => "OutOfMemory",
            Error::Io { .. } => "Unreadable",
            _ => "BadFile",
        };
        Self { name, message: error.to_string() }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error = js_sys::Error::new(&failure.message);
        error.set_name(failure.name);
        error.into()
    }
}
