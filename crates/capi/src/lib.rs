//! The C interface. cbindgen writes `include/kokoro.h` from these files (`make header`).
//!
//! Every function that can fail runs inside [`status::to_status`], which catches panics and returns a
//! [`status::KokoroStatus`]; the message is stored per thread. Objects are boxed types of kokoro-wgpu. A mutex around a
//! synthesizer or a queue of jobs turns concurrent calls into the error KOKORO_STATUS_BUSY.
//!
//! The documentation of exported items is copied into the header, so it is written for C programmers.
#![expect(unsafe_code, reason = "C functions take raw pointers and need unmangled names")]

mod arguments;
mod cancel;
mod device;
mod g2p;
mod jobs;
mod limits;
mod model;
mod options;
mod queue;
mod speak;
mod speech;
mod status;
mod synthesizer;
#[cfg(test)]
mod tests;
mod voice;

use std::ffi::{CString, c_char};

/// Version of this interface: of its functions, types and constants. It changes when programs compiled against an older
/// header would no longer work; additions do not change it. Compare it with kokoro_abi_version() before any other call.
pub const KOKORO_ABI_VERSION: u32 = 1;

/// Sample rate in Hz. All audio is mono.
pub const KOKORO_SAMPLE_RATE: u32 = 24_000;
/// Samples in a frame of 25 ms, the unit of durations.
pub const KOKORO_FRAME_SAMPLES: u32 = 600;
// cbindgen needs literals; these must equal the library's constants.
const _: () =
    assert!(KOKORO_SAMPLE_RATE == kokoro_wgpu::SAMPLE_RATE && KOKORO_FRAME_SAMPLES == kokoro_wgpu::FRAME_SAMPLES);

/// Returns the KOKORO_ABI_VERSION of the loaded library.
#[unsafe(no_mangle)]
pub extern "C" fn kokoro_abi_version() -> u32 {
    KOKORO_ABI_VERSION
}

/// Returns the version of the loaded library, such as "0.1.0". The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn kokoro_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Converts text to a C string, without its NUL characters. Only names read from files can have any.
fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}
