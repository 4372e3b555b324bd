//! Shared by all targets: a memory limit, and archives around fuzzed members.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use kokoro_wgpu::Checkpoint;

/// Bytes that an input of 4 KiB may allocate: far more than any parser here needs. libFuzzer's own limit counts only memory
/// that was touched.
const LIMIT: usize = 256 << 20;

struct Limited;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ALLOCATED.fetch_add(layout.size(), Relaxed) + layout.size() > LIMIT {
            std::process::abort(); // an allocator must not unwind
        }
        // SAFETY: the caller upholds its contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Limited = Limited;

/// Reads all tensors if the bytes are a checkpoint.
pub fn read_all(bytes: &[u8]) {
    let Ok(checkpoint) = Checkpoint::from_bytes("fuzzed", bytes.to_vec()) else { return };
    let names: Vec<String> = checkpoint.names().into_iter().map(str::to_owned).collect();
    for name in names {
        let shape = checkpoint.shape(&name).unwrap_or_default().to_vec();
        let Ok(values) = checkpoint.tensor(&name, &shape) else { continue };
        assert_eq!(values.len(), shape.iter().product::<usize>(), "{name}");
        assert!(values.iter().all(|value| value.is_finite()), "{name}");
    }
}

/// A zip archive of uncompressed members, as PyTorch and NumPy write.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in files {
        let (length, start) = ((data.len() as u32).to_le_bytes(), (archive.len() as u32).to_le_bytes());
        let common = [&[20, 0, 0, 0, 0, 0][..], &[0; 8], &length, &length, &[name.len() as u8, 0, 0, 0]].concat();
        archive.extend([b"PK\x03\x04", &common[..], name.as_bytes(), data].concat());
        directory.extend([b"PK\x01\x02\x14\x00", &common[..], &[0; 10], &start, name.as_bytes()].concat());
    }
    let (start, length) = ((archive.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes());
    let count = files.len() as u8;
    archive.extend([&directory[..], b"PK\x05\x06\0\0\0\0", &[count, 0, count, 0], &length, &start, &[0, 0]].concat());
    archive
}
