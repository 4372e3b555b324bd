//! ONNX models: whole files, and graphs wrapped in a model.
#![no_main]

use kokoro_wgpu_fuzz::read_all;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    read_all(bytes);
    // Field 1: version 9. Field 7: the graph, its length encoded in three bytes.
    let length = bytes.len();
    let length = [length as u8 | 0x80, (length >> 7) as u8 | 0x80, (length >> 14) as u8 & 0x7F];
    read_all(&[&[0x08, 9, 0x3A], &length[..], bytes].concat());
});
