//! What the targets share: a limit on memory, and archives around what the fuzzer makes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use kokoro_wgpu::Checkpoint;

/// Of an input of 4 KiB: far more than any parser here has a use for. Counted when asked for, touched or not, which
/// libFuzzer's own limit on resident memory does not.
const MOST: usize = 256 << 20;

struct Limited;

static HELD: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if HELD.fetch_add(layout.size(), Relaxed) + layout.size() > MOST {
            std::process::abort(); // an allocator must not unwind
        }
        // SAFETY: the caller's promises are those that it needs.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: likewise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Limited = Limited;

/// Reads every tensor of a checkpoint, if it is one.
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

/// A zip archive of uncompressed files, as PyTorch and NumPy write them.
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
