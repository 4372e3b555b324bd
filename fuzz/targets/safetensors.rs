//! Safetensors: checkpoints, voices and golden files. A header alone gets its length and some data.
#![no_main]

use kokoro_wgpu::{Golden, Voice};
use kokoro_wgpu_fuzz::read_all;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = match bytes.first() {
        Some(b'{') => [&(bytes.len() as u64).to_le_bytes()[..], bytes, &[0; 64]].concat(),
        _ => bytes.to_vec(),
    };
    read_all(&whole);
    drop(Voice::from_bytes("fuzzed", &whole));
    drop(Golden::from_bytes("fuzzed", &whole));
});
