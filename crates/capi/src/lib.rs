//! The C interface: what `include/kokoro.h` declares, which cbindgen writes from these files (`make header`).
//!
//! Every function that can fail goes through [`status::guarded`], so that no panic leaves it, and gives a
//! [`status::KokoroStatus`]; the words for it wait in a thread-local, because calls block and so belong to one thread.
//! Handles are boxes of what kokoro-wgpu exports. A synthesizer, and jobs, stand behind a lock that is only
//! tried, which makes a second call at once an error instead of a data race.
//!
//! What is documented here is read in C: the names are the header's, and so are the promises.
#![expect(unsafe_code, reason = "C hands over pointers and calls functions by name")]

mod arguments;
mod cancel;
mod device;
mod jobs;
mod limits;
mod model;
mod options;
mod reader;
mod speak;
mod speech;
mod status;
mod synthesizer;
mod tasks;
#[cfg(test)]
mod tests;
mod voice;

use std::ffi::{CString, c_char};

/// The version of this interface: of its functions, types and numbers. It changes when a program that was compiled
/// against an older header would no longer run; what is only added leaves it as it is. Compare it with
/// kokoro_abi_version() before anything else.
pub const KOKORO_ABI_VERSION: u32 = 1;

/// Samples a second, always one channel.
pub const KOKORO_SAMPLE_RATE: u32 = 24_000;
/// Samples a frame of 25 ms, the unit of durations.
pub const KOKORO_FRAME_SAMPLES: u32 = 600;
// cbindgen reads numbers, not names.
const _: () =
    assert!(KOKORO_SAMPLE_RATE == kokoro_wgpu::SAMPLE_RATE && KOKORO_FRAME_SAMPLES == kokoro_wgpu::FRAME_SAMPLES);

/// KOKORO_ABI_VERSION of the library that is loaded.
#[unsafe(no_mangle)]
pub extern "C" fn kokoro_abi_version() -> u32 {
    KOKORO_ABI_VERSION
}

/// The library's version, such as "0.1.0". It lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn kokoro_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Text for C, which ends at the first NUL: there are none in what was read, and a name from a file loses its own.
fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}
