//! Voices: whole files, and a NumPy array alone and in an archive.
#![no_main]

use kokoro_wgpu::Voice;
use kokoro_wgpu_fuzz::zip;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = |bytes: &[u8]| {
        let Ok(voice) = Voice::from_bytes("fuzzed", bytes) else { return };
        for phonemes in [0, 1, 510, usize::MAX] {
            assert_eq!(voice.row(phonemes).len(), voice.width());
        }
    };
    read(bytes);
    if bytes.starts_with(b"\x93NUMPY") {
        read(&zip(&[("a.npy", bytes)]));
    }
});
