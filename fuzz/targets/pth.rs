//! PyTorch checkpoints: a whole archive, or a pickle in an archive with three storages.
#![no_main]

use kokoro_wgpu::Voice;
use kokoro_wgpu_fuzz::{read_all, zip};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"PK") {
        read_all(bytes);
        return;
    }
    let (key, storage) = (["x/data/0", "x/data/1", "x/data/2"], [0_u8; 256]);
    let archive = zip(&[("x/data.pkl", bytes), (key[0], &storage), (key[1], &storage), (key[2], &storage)]);
    read_all(&archive);
    drop(Voice::from_bytes("fuzzed", &archive));
});
