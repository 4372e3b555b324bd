//! The error type of the crate.

use std::path::PathBuf;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of another library, whose type is no part of this crate's interface.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// Every failure of this crate. A message names the culprit (file, tensor, kernel, argument) and, where the user can do
/// something, the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// The attempted action: "open", "read", "write", ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The content of a file is not what its name promises: it is truncated, in another format, or has a broken header.
    #[error("{origin}: {reason}")]
    BadFile {
        /// The file.
        origin: String,
        /// What is wrong with the content.
        reason: String,
    },
    /// The checkpoint lacks a tensor of the network.
    #[error("{origin}: tensor {name} is missing")]
    MissingTensor {
        /// The checkpoint.
        origin: String,
        /// The tensor's name in the published checkpoint.
        name: String,
    },
    /// The checkpoint has tensors that the network does not: it is of another model or version.
    #[error("{origin}: {count} unknown tensor(s), the first is {name}", count = names.len(), name = names.first().map_or("", String::as_str))]
    UnknownTensors {
        /// The checkpoint.
        origin: String,
        /// Their names, sorted.
        names: Vec<String>,
    },
    /// The shape of a tensor differs from the configuration's.
    #[error("{origin}: tensor {name} is {found:?}, expected {expected:?}")]
    TensorShape {
        /// The checkpoint or golden file.
        origin: String,
        /// The tensor.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape in the configuration.
        expected: Vec<usize>,
    },
    /// A tensor is stored in an unsupported element type.
    #[error("{origin}: tensor {name} is stored as {found}, expected {expected}")]
    TensorType {
        /// The checkpoint or golden file.
        origin: String,
        /// The tensor.
        name: String,
        /// The type in the file.
        found: String,
        /// The supported types.
        expected: &'static str,
    },
    /// A value is NaN or infinite.
    #[error("{origin}: {name}[{index}] is {value}, not a finite number")]
    NonFinite {
        /// The checkpoint, voice or result.
        origin: String,
        /// The tensor.
        name: String,
        /// Index into the flattened tensor or the samples.
        index: usize,
        /// The value found.
        value: f32,
    },
    /// An argument is outside its domain.
    #[error("{name}: {reason}")]
    Argument {
        /// The argument.
        name: &'static str,
        /// The value and the allowed values.
        reason: String,
    },
    /// The utterance has more phoneme ids than the network has positions.
    #[error("{tokens} phoneme ids, at most {limit}: split the text (`text::chunks` does)")]
    TooManyTokens {
        /// Number of ids, without the two boundary tokens.
        tokens: usize,
        /// Maximum number of ids.
        limit: usize,
    },
    /// The predicted durations are so long that an activation does not fit into one of the device's bindings.
    #[error("the utterance is {frames} frames ({seconds:.1} s) long, at most {limit} ({limit_seconds:.1} s) fit this device in one piece: \
             split the text or raise the speed", seconds = *frames as f32 / 40.0, limit_seconds = *limit as f32 / 40.0)]
    TooLong {
        /// Sum of the durations, in frames of 25 ms.
        frames: u64,
        /// Maximum number of frames.
        limit: u32,
    },
    /// No GPU adapter matches.
    #[error("no GPU adapter{wanted}; available: {available}. On Linux without a GPU, Mesa's CPU driver works: apt-get install mesa-vulkan-drivers",
            wanted = wanted.as_ref().map(|w| format!(" matches {w:?}")).unwrap_or_default(),
            available = if available.is_empty() { "none".to_owned() } else { available.join(", ") })]
    NoAdapter {
        /// The requested name or index, if any.
        wanted: Option<String>,
        /// The adapters of this machine.
        available: Vec<String>,
    },
    /// The device lacks limits or features.
    #[error("the device's {}. Another adapter or a newer driver may offer what is missing; a device that an app lends must be created with it",
            missing.iter().map(Shortfall::to_string).collect::<Vec<_>>().join("; its "))]
    Unsupported {
        /// Every limit and feature that is missing.
        missing: Vec<Shortfall>,
    },
    /// Every convolution kernel computes wrong values on this adapter: it cannot synthesize speech.
    #[error(
        "{adapter} failed the self-check: {what}: {reason}. Update its driver or choose another adapter; \
             `kokoro info --report FILE` writes the details for a bug report"
    )]
    SelfCheck {
        /// The adapter's name and backend.
        adapter: String,
        /// The first convolution or network stage that failed.
        what: String,
        /// The relative error and its bound, or why the driver refused the kernel.
        reason: String,
    },
    /// Validation or the driver refused a shader.
    #[error("kernel {kernel}: {source}")]
    Shader {
        /// The kernel and its variant.
        kernel: String,
        /// The compiler's error.
        source: Source,
    },
    /// An operator cannot take the tensor it was given. This is a bug in this crate's description of the network.
    #[error("{op} in {scope}: {reason}")]
    Operand {
        /// The operator.
        op: &'static str,
        /// The module that uses it.
        scope: String,
        /// Both sides of the mismatch.
        reason: String,
    },
    /// The GPU is out of memory, or [`Context::set_memory_limit`](crate::Context::set_memory_limit) is reached. A narration
    /// retries with shorter pieces.
    #[error(
        "{what}: not enough GPU memory: {reason}. Shorter text, float16 weights, another adapter or a higher limit help"
    )]
    OutOfMemory {
        /// The operation that failed.
        what: &'static str,
        /// The bytes, or that the driver refused.
        reason: String,
    },
    /// A GPU operation failed.
    #[error("{what}: {source}")]
    Gpu {
        /// The operation.
        what: &'static str,
        /// The driver's or wgpu's error.
        source: Source,
    },
    /// The device was lost: it was reset or unplugged, or its driver crashed or hung. Open a new context and load the model
    /// again.
    #[error("the GPU device was lost ({message}): open a new context and load the model again")]
    DeviceLost {
        /// The driver's message.
        message: String,
    },
    /// Text, markup or a vocabulary could not be read.
    #[error(transparent)]
    Text(#[from] kokoro_text::Error),
    /// A published file could not be downloaded.
    #[cfg(feature = "download")]
    #[error(transparent)]
    Hub(#[from] kokoro_hub::Error),
    /// An audio file could not be encoded.
    #[error("{format}: {source}")]
    Encoding {
        /// "WAV", "raw samples", "FLAC" or "Opus".
        format: &'static str,
        /// The encoder's error.
        source: Source,
    },
}

/// A limit or feature that the device lacks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {have}, needed {need}")]
#[non_exhaustive]
pub struct Shortfall {
    /// The limit or feature.
    pub name: String,
    /// The required value.
    pub need: String,
    /// The device's value.
    pub have: String,
}

impl Error {
    /// Whether a shorter utterance may succeed: [`Error::TooLong`] and [`Error::OutOfMemory`].
    pub fn is_too_long(&self) -> bool {
        matches!(self, Self::TooLong { .. } | Self::OutOfMemory { .. })
    }

    /// [`Error::BadFile`].
    pub(crate) fn bad_file(origin: &(impl ToString + ?Sized), reason: impl Into<String>) -> Self {
        Self::BadFile { origin: origin.to_string(), reason: reason.into() }
    }

    /// [`Error::Argument`].
    pub(crate) fn argument(name: &'static str, reason: impl Into<String>) -> Self {
        Self::Argument { name, reason: reason.into() }
    }

    /// An [`Error::Io`] of this action on this file.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// An [`Error::Gpu`] that wraps an error of wgpu's. On wasm32 those are not `Send`, so that only their text is kept.
    pub(crate) fn gpu(what: &'static str, error: impl std::error::Error + wgpu::WasmNotSendSync + 'static) -> Self {
        #[cfg(target_family = "wasm")]
        let source = error.to_string().into();
        #[cfg(not(target_family = "wasm"))]
        let source = Box::new(error);
        Self::Gpu { what, source }
    }

    /// What the device reported.
    pub(crate) fn of_device(what: &'static str, error: wgpu::Error) -> Self {
        match error {
            wgpu::Error::OutOfMemory { .. } => Self::OutOfMemory { what, reason: "the driver has no more".to_owned() },
            error => Self::gpu(what, error),
        }
    }

    /// An [`Error::Unsupported`] of one limit or feature.
    pub(crate) fn unsupported(name: &str, need: &impl ToString, have: &impl ToString) -> Self {
        let (name, need, have) = (name.to_owned(), need.to_string(), have.to_string());
        Self::Unsupported { missing: vec![Shortfall { name, need, have }] }
    }
}
