//! Everything that can go wrong, each named by its culprit.

use std::path::PathBuf;

/// Shorthand for this crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every failure of this crate. A message names the culprit (file, tensor, kernel, argument) and, where a
/// user can do something, the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was attempted: "open", "read", "write", ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A checkpoint or golden file is not what its name says: truncated, another format, a broken header.
    #[error("{origin}: {reason}")]
    BadFile {
        /// The file.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The checkpoint lacks a tensor that the network needs.
    #[error("{origin}: tensor {name} is missing")]
    MissingTensor {
        /// The checkpoint.
        origin: String,
        /// The tensor's published name.
        name: String,
    },
    /// The checkpoint holds tensors that the network does not know: another model or another version.
    #[error("{origin}: {count} unknown tensor(s), the first is {name}", count = names.len(), name = names.first().map_or("", String::as_str))]
    UnknownTensors {
        /// The checkpoint.
        origin: String,
        /// All their names, sorted.
        names: Vec<String>,
    },
    /// A tensor has another shape than the configuration asks for.
    #[error("{origin}: tensor {name} is {found:?}, expected {expected:?}")]
    TensorShape {
        /// The checkpoint or golden file.
        origin: String,
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape asked for.
        expected: Vec<usize>,
    },
    /// A tensor is stored in a type that is not read.
    #[error("{origin}: tensor {name} is stored as {found}, expected {expected}")]
    TensorType {
        /// The checkpoint or golden file.
        origin: String,
        /// The tensor.
        name: String,
        /// Its type in the file.
        found: String,
        /// The types that are read.
        expected: &'static str,
    },
    /// A value is NaN or infinite.
    #[error("{origin}: {name}[{index}] is {value}, not a finite number")]
    NonFinite {
        /// The checkpoint, voice or result.
        origin: String,
        /// The tensor.
        name: String,
        /// Index into the flattened tensor.
        index: usize,
        /// The value found.
        value: f32,
    },
    /// An argument is outside its domain.
    #[error("{name}: {reason}")]
    Argument {
        /// The argument.
        name: &'static str,
        /// The value found and the values allowed.
        reason: String,
    },
    /// The utterance has more token ids than the network has positions for.
    #[error("{tokens} phoneme ids, at most {limit}: split the text (`text::chunks` does)")]
    TooManyTokens {
        /// Ids given, without the two boundary tokens.
        tokens: usize,
        /// Ids allowed.
        limit: usize,
    },
    /// The predicted durations make an utterance whose largest activation does not fit the device's buffers.
    #[error("the utterance is {frames} frames ({seconds:.1} s) long, at most {limit} ({limit_seconds:.1} s) fit this device in one piece: \
             split the text or raise the speed", seconds = *frames as f32 / 40.0, limit_seconds = *limit as f32 / 40.0)]
    TooLong {
        /// Frames of 25 ms that the durations sum to.
        frames: u64,
        /// Frames that fit.
        limit: u32,
    },
    /// No adapter matches.
    #[error("no GPU adapter{wanted}; available: {available}. On Linux without a GPU, Mesa's CPU driver works: apt-get install mesa-vulkan-drivers",
            wanted = wanted.as_ref().map(|w| format!(" matches {w:?}")).unwrap_or_default(),
            available = if available.is_empty() { "none".to_owned() } else { available.join(", ") })]
    NoAdapter {
        /// The name or index asked for, if any.
        wanted: Option<String>,
        /// The adapters there are.
        available: Vec<String>,
    },
    /// The device lacks a limit or a feature.
    #[error("the device's {what} is {have}, needed {need}")]
    Unsupported {
        /// The limit or feature, or several, in the order of the values.
        what: String,
        /// What is needed.
        need: String,
        /// What the device has.
        have: String,
    },
    /// The adapter, or its driver, computes wrongly in every form there is, so that no sound can come of it.
    #[error(
        "{adapter} does not compute right: {what}: {reason}. Update its driver or choose another adapter; \
             `kokoro info --report FILE` writes what a report of this needs"
    )]
    SelfCheck {
        /// The adapter's name and backend.
        adapter: String,
        /// The convolution, or the network's stage, that is wrong first.
        what: String,
        /// How far off it is, or why the driver refuses it.
        reason: String,
    },
    /// A shader was refused by the driver or by validation.
    #[error("kernel {kernel}: {message}")]
    Shader {
        /// The kernel and its variant.
        kernel: String,
        /// The compiler's text.
        message: String,
    },
    /// An operator was given a tensor it cannot take. This is a bug in the model's description.
    #[error("{op} in {scope}: {reason}")]
    Operand {
        /// The operator.
        op: &'static str,
        /// The module that records it.
        scope: String,
        /// Both sides of the mismatch.
        reason: String,
    },
    /// The GPU's memory, or as much of it as is allowed, does not suffice. A narration speaks shorter pieces then.
    #[error(
        "{what}: not enough GPU memory: {reason}. Shorter text, float16 weights, another adapter or a higher limit help"
    )]
    OutOfMemory {
        /// What was being done.
        what: &'static str,
        /// The bytes, or that the driver refused.
        reason: String,
    },
    /// The GPU refused an operation.
    #[error("{what}: {message}")]
    Gpu {
        /// What was being done.
        what: &'static str,
        /// The driver's text.
        message: String,
    },
    /// The device was lost: reset, unplugged, or the driver crashed. Open a new context and load the model again.
    #[error("the GPU device was lost ({message}): open a new context and load the model again")]
    DeviceLost {
        /// The driver's text.
        message: String,
    },
    /// Text, markup or a vocabulary could not be read.
    #[error(transparent)]
    Text(#[from] kokoro_text::Error),
    /// A published file could not be had.
    #[cfg(feature = "download")]
    #[error(transparent)]
    Hub(#[from] kokoro_hub::Error),
    /// The caller asked to stop.
    #[error("{what} was stopped")]
    Cancelled {
        /// What was going on.
        what: String,
    },
    /// Samples could not be made a file of this format.
    #[error("{format}: {reason}")]
    Encoding {
        /// "FLAC" or "Opus".
        format: &'static str,
        /// The library's reason.
        reason: String,
    },
    /// A WAV file could not be encoded.
    #[error("wav: {0}")]
    Wav(#[from] hound::Error),
}

impl Error {
    /// Adds what was done to which file.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
