//! Checkpoints read in parts: the same tensors as from whole files, few bytes at a time, and errors of the file.

use std::io::{Cursor, Error as IoError, Read, Result as IoResult, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kokoro_wgpu::{Checkpoint, Error};

use super::{Raw, assert_says, container, fixture};

/// A file that counts the bytes it gives at once, and breaks at a position.
struct Disk {
    file: Cursor<Vec<u8>>,
    largest: Arc<AtomicUsize>,
    total: Arc<AtomicUsize>,
    breaks_at: u64,
}

impl Disk {
    fn new(bytes: Vec<u8>) -> Self {
        Self { file: Cursor::new(bytes), largest: Arc::default(), total: Arc::default(), breaks_at: u64::MAX }
    }
}

impl Read for Disk {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        if self.file.position() + into.len() as u64 > self.breaks_at {
            return Err(IoError::other("the disk is gone"));
        }
        self.largest.fetch_max(into.len(), Ordering::Relaxed);
        self.total.fetch_add(into.len(), Ordering::Relaxed);
        self.file.read(into)
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        self.file.seek(to)
    }
}

fn fixtures() -> Vec<String> {
    let forms = ["float", "half", "dynamic", "static", "blocks"];
    let both = forms.iter().flat_map(|form| [format!("onnx/{form}.onnx"), format!("onnx/{form}.safetensors")]);
    both.chain(["tiny.pth".to_owned()]).collect()
}

/// A tensor's name, shape, and the bits of its values.
type Tensor = (String, Vec<usize>, Vec<u32>);

/// All tensors, or the error of the first one that fails.
fn all(checkpoint: kokoro_wgpu::Result<Checkpoint>) -> Result<Vec<Tensor>, String> {
    let checkpoint = checkpoint.map_err(|error| error.to_string())?;
    let tensor = |name: &str| {
        let shape = checkpoint.shape(name).unwrap_or_default().to_vec();
        let values = checkpoint.tensor(name, &shape).map_err(|error| error.to_string())?;
        Ok((name.to_owned(), shape, values.into_iter().map(f32::to_bits).collect()))
    };
    checkpoint.names().into_iter().map(tensor).collect()
}

#[test]
fn every_format_has_the_same_tensors() {
    for name in fixtures() {
        let bytes = std::fs::read(fixture(&name)).unwrap();
        let in_parts = all(Checkpoint::from_reader(&name, Disk::new(bytes.clone())));
        // `tiny.pth` has a tensor of integers: the same error.
        assert!(
            in_parts.as_ref().is_ok_and(|tensors| !tensors.is_empty()) || name == "tiny.pth",
            "{name}: {in_parts:?}"
        );
        assert_eq!(in_parts, all(Checkpoint::from_bytes(&name, bytes)), "{name}");
    }
}

#[test]
fn the_trained_model_has_the_same_tensors() {
    let Some(path) = std::env::var_os("KOKORO_TEST_INT8").filter(|path| std::path::Path::new(path).is_file()) else {
        println!("skipped: KOKORO_TEST_INT8 names no int8 ONNX model");
        return;
    };
    let whole = Checkpoint::open(&path).unwrap();
    let in_parts = Checkpoint::from_reader("int8", std::fs::File::open(&path).unwrap()).unwrap();
    assert_eq!(in_parts.names(), whole.names());
    for name in whole.names() {
        let shape = whole.shape(name).unwrap();
        assert!(in_parts.tensor(name, shape).unwrap() == whole.tensor(name, shape).unwrap(), "{name}");
    }
}

#[test]
fn damaged_files_have_the_same_errors() {
    for name in fixtures() {
        let bytes = std::fs::read(fixture(&name)).unwrap();
        for length in [0, 1, 8, 9, 100, bytes.len() / 2, bytes.len() - 1] {
            let cut = bytes[..length].to_vec();
            let in_parts = all(Checkpoint::from_reader(&name, Disk::new(cut.clone())));
            assert_eq!(in_parts, all(Checkpoint::from_bytes(&name, cut)), "{name}, its first {length} bytes");
        }
        for at in (0..bytes.len()).step_by(997) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            let in_parts = all(Checkpoint::from_reader(&name, Disk::new(damaged.clone())));
            assert_eq!(in_parts, all(Checkpoint::from_bytes(&name, damaged)), "{name}, damaged at {at}");
        }
    }
}

/// A file of three tensors of 4 MiB.
fn large() -> Vec<u8> {
    let values = vec![0.5; 1 << 20];
    container(&[], &["a", "b", "c"].map(|name| Raw::f32(name, &[1 << 20], &values)))
}

#[test]
fn a_tensor_is_read_when_it_is_needed() {
    let disk = Disk::new(large());
    let (largest, total) = (Arc::clone(&disk.largest), Arc::clone(&disk.total));
    let checkpoint = Checkpoint::from_reader("large.safetensors", disk).unwrap();
    let opened = total.load(Ordering::Relaxed);
    assert!(opened < 2 << 20, "{opened} bytes for the header");
    assert!(checkpoint.tensor("b", &[1 << 20]).unwrap().iter().all(|&value| value == 0.5));
    assert_eq!(total.load(Ordering::Relaxed) - opened, 4 << 20);
    assert_eq!(largest.load(Ordering::Relaxed), 4 << 20);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_of_reading() {
    let open = |breaks_at| Checkpoint::from_reader("large.safetensors", Disk { breaks_at, ..Disk::new(large()) });
    let expected = ["large.safetensors", "the disk is gone"];
    assert_says(open(100), &expected);
    let checkpoint = open(6 << 20).unwrap();
    assert!(checkpoint.tensor("a", &[1 << 20]).is_ok());
    for name in ["b", "c"] {
        let read = checkpoint.tensor(name, &[1 << 20]);
        assert!(matches!(read, Err(Error::Io { .. })), "{read:?}");
        assert_says(read, &expected);
    }
    for name in fixtures() {
        let bytes = std::fs::read(fixture(&name)).unwrap();
        let read = Checkpoint::from_reader(&name, Disk { breaks_at: 8, ..Disk::new(bytes) });
        assert!(matches!(read, Err(Error::Io { .. })), "{name}: {read:?}");
    }
}
