//! The status that a call returns, and the message of its error.

use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, TryLockError};

use super::c_string;
use kokoro_wgpu::{Error, text};

/// Result of a call. The numbers never change, but later versions may add some: treat every value except
/// KOKORO_STATUS_OK as an error.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KokoroStatus {
    /// Success.
    Ok = 0,
    /// An argument is invalid: NULL where that is not allowed, not UTF-8, or out of range.
    Argument = 1,
    /// A file could not be read or written.
    Io = 2,
    /// A file is truncated, damaged, or in an unsupported format.
    BadFile = 3,
    /// A tensor of the model is missing, unknown, or of the wrong shape or type.
    WrongModel = 4,
    /// A weight, a voice or a result is NaN or infinite.
    NonFinite = 5,
    /// More phonemes, or more audio at once, than the network or the device supports. Split the text.
    TooLong = 6,
    /// There is no GPU adapter, or none that matches the request.
    NoAdapter = 7,
    /// The device lacks a required limit or feature.
    Unsupported = 8,
    /// The GPU driver rejected an operation or a shader.
    Gpu = 9,
    /// The GPU device was lost. Free everything created on it, then start with a new context.
    DeviceLost = 10,
    /// The text cannot be converted to phonemes, or has nothing to speak.
    Text = 11,
    /// An external program for the language, such as espeak-ng, is missing or failed.
    Program = 12,
    /// The callback or a KokoroCancel stopped the call. Chunks delivered before are valid.
    Cancelled = 13,
    /// The synthesizer or the jobs are in use, by another thread or by the call that runs this callback.
    Busy = 14,
    /// A bug in the library. Free the object concerned, and please report it.
    Internal = 15,
    /// The GPU is out of memory, or the limit set by kokoro_context_set_memory_limit() is reached.
    OutOfMemory = 16,
    /// The self-check found that the adapter and its driver compute wrong results.
    WrongAdapter = 17,
}

impl KokoroStatus {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok\0",
            Self::Argument => "argument\0",
            Self::Io => "io\0",
            Self::BadFile => "bad file\0",
            Self::WrongModel => "wrong model\0",
            Self::NonFinite => "non-finite\0",
            Self::TooLong => "too long\0",
            Self::NoAdapter => "no adapter\0",
            Self::Unsupported => "unsupported\0",
            Self::Gpu => "gpu\0",
            Self::DeviceLost => "device lost\0",
            Self::Text => "text\0",
            Self::Program => "program\0",
            Self::Cancelled => "cancelled\0",
            Self::Busy => "busy\0",
            Self::Internal => "internal\0",
            Self::OutOfMemory => "out of memory\0",
            Self::WrongAdapter => "wrong adapter\0",
        }
    }
}

const ALL: [KokoroStatus; 18] = [
    KokoroStatus::Ok,
    KokoroStatus::Argument,
    KokoroStatus::Io,
    KokoroStatus::BadFile,
    KokoroStatus::WrongModel,
    KokoroStatus::NonFinite,
    KokoroStatus::TooLong,
    KokoroStatus::NoAdapter,
    KokoroStatus::Unsupported,
    KokoroStatus::Gpu,
    KokoroStatus::DeviceLost,
    KokoroStatus::Text,
    KokoroStatus::Program,
    KokoroStatus::Cancelled,
    KokoroStatus::Busy,
    KokoroStatus::Internal,
    KokoroStatus::OutOfMemory,
    KokoroStatus::WrongAdapter,
];

/// The status and message of a failed call.
#[derive(Debug)]
pub(crate) struct Failure {
    pub status: KokoroStatus,
    pub message: String,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn argument(name: &str, reason: impl std::fmt::Display) -> Self {
        Self { status: KokoroStatus::Argument, message: format!("{name}: {reason}") }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Argument { .. } => KokoroStatus::Argument,
            Error::Io { .. } | Error::Encoding { .. } => KokoroStatus::Io,
            Error::BadFile { .. } => KokoroStatus::BadFile,
            Error::MissingTensor { .. }
            | Error::UnknownTensors { .. }
            | Error::TensorShape { .. }
            | Error::TensorType { .. } => KokoroStatus::WrongModel,
            Error::NonFinite { .. } => KokoroStatus::NonFinite,
            Error::TooManyTokens { .. } | Error::TooLong { .. } => KokoroStatus::TooLong,
            Error::NoAdapter { .. } => KokoroStatus::NoAdapter,
            Error::Unsupported { .. } => KokoroStatus::Unsupported,
            Error::Shader { .. } | Error::Gpu { .. } => KokoroStatus::Gpu,
            Error::SelfCheck { .. } => KokoroStatus::WrongAdapter,
            Error::OutOfMemory { .. } => KokoroStatus::OutOfMemory,
            Error::DeviceLost { .. } => KokoroStatus::DeviceLost,
            Error::Text(text::Error::Io { .. }) => KokoroStatus::Io,
            Error::Text(text::Error::BadFile { .. }) => KokoroStatus::BadFile,
            Error::Text(text::Error::Language { .. }) => KokoroStatus::Argument,
            Error::Text(text::Error::Program { .. }) => KokoroStatus::Program,
            Error::Text(_) => KokoroStatus::Text,
            // Errors that only a bug in the library causes, and variants newer than this list.
            _ => KokoroStatus::Internal,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<text::Error> for Failure {
    fn from(error: text::Error) -> Self {
        Error::from(error).into()
    }
}

/// Locks an object that refuses concurrent calls; KOKORO_STATUS_BUSY if it is in use.
pub(crate) fn try_lock<'a, T>(mutex: &'a Mutex<T>, name: &str) -> Result<MutexGuard<'a, T>> {
    mutex.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => {
            Failure { status: KokoroStatus::Busy, message: format!("{name}: in use by another call") }
        }
        TryLockError::Poisoned(_) => poisoned(name),
    })
}

/// Locks an object, waiting for other calls to finish.
pub(crate) fn lock<'a, T>(mutex: &'a Mutex<T>, name: &str) -> Result<MutexGuard<'a, T>> {
    mutex.lock().map_err(|_| poisoned(name))
}

fn poisoned(name: &str) -> Failure {
    let message = format!("{name}: an earlier call panicked, so it cannot be used any more: free it");
    Failure { status: KokoroStatus::Internal, message }
}

thread_local! {
    static MESSAGE: RefCell<CString> = RefCell::default();
}

/// Runs the body of an exported function. An error or a panic becomes a status, with a message for the thread.
pub(crate) fn to_status(work: impl FnOnce() -> Result<()>) -> KokoroStatus {
    // Unwind safe: a panic poisons the lock of objects that it may leave inconsistent; other objects are immutable.
    let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(Failure { status: KokoroStatus::Internal, message: format!("the library panicked: {message}") })
    });
    match result {
        Ok(()) => KokoroStatus::Ok,
        Err(Failure { status, message }) => {
            // Fails only while the thread ends, when nobody can read the message any more.
            let _ = MESSAGE.try_with(|slot| slot.replace(c_string(&message)));
            status
        }
    }
}

/// Returns the message of the last failed call on this thread: one line of UTF-8 that names the cause, or "" if no call
/// failed yet. The string is valid until the next failed call on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn kokoro_error_message() -> *const c_char {
    // The string is on the heap, so the pointer outlives the borrow; `to_status` frees it when it replaces it.
    MESSAGE.try_with(|message| message.borrow().as_ptr()).unwrap_or(c"".as_ptr())
}

/// Returns a short description of a status, such as "bad file", or "unknown" for an unknown number. The string is
/// static.
#[unsafe(no_mangle)]
pub extern "C" fn kokoro_status_name(status: i32) -> *const c_char {
    let known = ALL.into_iter().find(|known| *known as i32 == status);
    known.map_or("unknown\0", KokoroStatus::name).as_ptr().cast()
}
