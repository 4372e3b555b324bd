//! How a call ended: a number for the program, words for its user.

use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, TryLockError};

use super::c_string;
use kokoro_wgpu::{Error, text};

/// How a call ended. The numbers stay what they are; new ones may come, so take any but KOKORO_STATUS_OK as a failure.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KokoroStatus {
    /// Done.
    Ok = 0,
    /// An argument is NULL where it may not be, no valid UTF-8, or outside its domain.
    Argument = 1,
    /// A file could not be read or written.
    Io = 2,
    /// A file is truncated, damaged, or of another format.
    BadFile = 3,
    /// A model's tensors are not those of this network: missing, unknown, of another shape or type.
    WrongModel = 4,
    /// A weight, a voice or a result is NaN or infinite.
    NonFinite = 5,
    /// More phonemes, or more audio at once, than the network or the device takes: split the text.
    TooLong = 6,
    /// No adapter matches, or there is none.
    NoAdapter = 7,
    /// The device lacks a limit or a feature.
    Unsupported = 8,
    /// The GPU's driver refused an operation or a shader.
    Gpu = 9,
    /// The device was lost. Free everything that was made on it, and begin with a new context.
    DeviceLost = 10,
    /// The text cannot be read, or has nothing to speak.
    Text = 11,
    /// A program that reads the language, such as espeak-ng, is absent or failed.
    Program = 12,
    /// The callback or a KokoroCancel asked to stop. What was handed out before is valid.
    Cancelled = 13,
    /// The synthesizer, or the jobs, are in use: by another thread, or by the call whose callback this is.
    Busy = 14,
    /// A mistake in the library. Free the object it happened to, and please report it.
    Internal = 15,
    /// The GPU's memory, or as much of it as is allowed, does not suffice.
    OutOfMemory = 16,
    /// The adapter with its driver computes wrong, as a self-check found.
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

/// What a call failed with.
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
            Error::Io { .. } | Error::Encoding { .. } | Error::Wav(_) => KokoroStatus::Io,
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
            Error::Cancelled { .. } => KokoroStatus::Cancelled,
            // An operand is the model description's mistake; what is newer than this list is nothing a program can name.
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

/// What only one call at a time may have.
pub(crate) fn tried<'a, T>(lock: &'a Mutex<T>, what: &str) -> Result<MutexGuard<'a, T>> {
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => {
            Failure { status: KokoroStatus::Busy, message: format!("{what}: in use by another call") }
        }
        TryLockError::Poisoned(_) => poisoned(what),
    })
}

/// Likewise, and waits for it.
pub(crate) fn locked<'a, T>(lock: &'a Mutex<T>, what: &str) -> Result<MutexGuard<'a, T>> {
    lock.lock().map_err(|_| poisoned(what))
}

fn poisoned(what: &str) -> Failure {
    let message = format!("{what}: a call panicked half done: free it");
    Failure { status: KokoroStatus::Internal, message }
}

thread_local! {
    static MESSAGE: RefCell<CString> = RefCell::default();
}

/// Runs what a function does, and makes its failure, or its panic, a status with a message.
pub(crate) fn guarded(work: impl FnOnce() -> Result<()>) -> KokoroStatus {
    // A panic may leave the object half changed. A synthesizer's lock is poisoned by it, and that of jobs; the others do not change.
    let ended = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a message");
        Err(Failure { status: KokoroStatus::Internal, message: format!("the library panicked: {said}") })
    });
    match ended {
        Ok(()) => KokoroStatus::Ok,
        Err(Failure { status, message }) => {
            // While a thread ends there is nobody left to ask.
            let _ = MESSAGE.try_with(|slot| slot.replace(c_string(&message)));
            status
        }
    }
}

/// What the last failure of a call on this thread was, in one line of UTF-8 that names the culprit; "" if there was
/// none. It stays until the next failure on this thread: copy it to keep it.
#[unsafe(no_mangle)]
pub extern "C" fn kokoro_error_message() -> *const c_char {
    // The string is not behind the cell but on the heap, and lives until `guarded` replaces it.
    MESSAGE.try_with(|message| message.borrow().as_ptr()).unwrap_or(c"".as_ptr())
}

/// A status in words, such as "bad file"; "unknown" for a number that this library does not have. It lives as long as
/// the library.
#[unsafe(no_mangle)]
pub extern "C" fn kokoro_status_name(status: i32) -> *const c_char {
    let known = ALL.into_iter().find(|known| *known as i32 == status);
    known.map_or("unknown\0", KokoroStatus::name).as_ptr().cast()
}
