//! Thousands of files with a few changed bytes: each gives an error or a value, never a panic or high memory use. A
//! test binary of its own, because it counts every allocation.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use kokoro_wgpu::{Checkpoint, Config, Voice, text::phonemes::Vocabulary};

/// Counts allocated bytes and their peak.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "implementing an allocator is unsafe")]
// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(ALLOCATED.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
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
static ALLOCATOR: Counting = Counting;

/// Memory allowed for a file of at most 64 KiB: about a hundred times its size.
const MEMORY: usize = 8 << 20;

/// SplitMix64, so that every run changes the same bytes.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) % below as u64) as usize
    }
}

/// The file with one to four changes: a flipped bit, a random byte, 0xFF, 0, a moved range, a truncated end.
fn mutated(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=random.next(4) {
        let at = random.next(bytes.len());
        match random.next(16) {
            0..6 => bytes[at] ^= 1 << random.next(8),
            6..11 => bytes[at] = random.next(256) as u8,
            11..13 => bytes[at] = 0xFF,
            13 => bytes[at] = 0,
            14 => {
                let length = random.next(40).min(bytes.len() - at);
                let from = random.next(bytes.len() - length + 1);
                bytes.copy_within(from..from + length, at);
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)).unwrap()
}

/// Opens a checkpoint and reads all tensors. Returns the number of valid ones if it opened.
fn read_all(bytes: Vec<u8>) -> Option<usize> {
    let checkpoint = Checkpoint::from_bytes("mutated", bytes).ok()?;
    let read = |name: &&str| checkpoint.tensor(name, checkpoint.shape(name).unwrap()).is_ok();
    Some(checkpoint.names().into_iter().filter(read).count())
}

/// Runs `open` on many mutants and asserts the memory limit. Some must open and some must not, or the mutants test
/// nothing.
fn survive(name: &str, file: &[u8], rounds: u32, mut open: impl FnMut(Vec<u8>) -> bool) {
    let mut random = Random(rounds.into());
    let mut opened = 0;
    for round in 0..rounds {
        let bytes = mutated(file, &mut random);
        let before = ALLOCATED.load(Relaxed);
        PEAK.store(before, Relaxed);
        opened += u32::from(open(bytes));
        let peak = PEAK.load(Relaxed).saturating_sub(before);
        assert!(peak < MEMORY, "{name}, mutant {round}: {peak} bytes");
    }
    println!("{name}: {opened} of {rounds} mutants opened");
    assert!(opened > 0 && opened < rounds, "{name}: {opened} of {rounds} opened");
}

/// A small .npy in a zip archive.
fn npz(deflated: bool) -> Vec<u8> {
    let mut header =
        b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order': False, 'shape': (4, 1, 3), }".to_vec();
    header.resize(79, b' ');
    let array = [&header[..], b"\n", &[0; 48]].concat();
    let data = if deflated { miniz_oxide::deflate::compress_to_vec(&array, 6) } else { array.clone() };
    let [packed, size, end] = [data.len(), array.len(), 35 + data.len()].map(|word| (word as u32).to_le_bytes());
    let method = if deflated { 8 } else { 0 };
    let common = [&[20, 0, 0, 0, method, 0][..], &[0; 8], &packed, &size, &[5, 0, 0, 0]].concat();
    let file = [b"PK\x03\x04", &common[..], b"a.npy", &data].concat();
    let directory = [b"PK\x01\x02\x14\x00", &common[..], &[0; 14], b"a.npy"].concat();
    [&file[..], &directory, b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &[51, 0, 0, 0], &end, &[0, 0]].concat()
}

/// A single test, so that no other allocates at the same time.
#[test]
fn mutated_files_give_an_error_or_a_value() {
    let bomb = read("fixtures/bomb.pth");
    let before = ALLOCATED.load(Relaxed);
    PEAK.store(before, Relaxed);
    assert!(Checkpoint::from_bytes("bomb", bomb).is_err());
    let peak = PEAK.load(Relaxed).saturating_sub(before);
    assert!(peak < 1 << 16, "64 MB that are never unpacked used {peak} bytes");

    let tiny = read("fixtures/tiny.pth");
    survive("tiny.pth", &tiny, 20_000, |bytes| read_all(bytes).is_some());
    // Only its pickle, a third of the file.
    let (start, end) = (64, 64 + 992);
    assert!(tiny[start..].starts_with(b"\x80\x02}") && tiny[end - 1] == b'.');
    let mut whole = tiny.clone();
    survive("data.pkl", &tiny[start..end], 40_000, |mut pickle| {
        pickle.resize(end - start, b'.');
        whole[start..end].copy_from_slice(&pickle);
        read_all(whole.clone()).is_some()
    });

    let header = br#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}}"#;
    let safetensors = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 26]].concat();
    survive("safetensors", &safetensors, 20_000, |bytes| read_all(bytes) > Some(0));

    for form in ["half", "dynamic", "static", "blocks"] {
        let model = read(&format!("fixtures/onnx/{form}.onnx"));
        survive(&format!("{form}.onnx"), &model, 3_000, |bytes| read_all(bytes).is_some());
    }

    let voice = |bytes: Vec<u8>| Voice::from_bytes("mutated", &bytes).is_ok();
    survive("npz", &npz(false), 10_000, voice);
    survive("deflated npz", &npz(true), 10_000, voice);
    survive("json", br#"{"a": [[[0, 1.5e3, -2]], [[6, 7, 8]]]}"#, 10_000, voice);

    survive("config.json", &read("golden/config.json"), 2_000, |bytes| {
        Vocabulary::from_config_json("mutated", &bytes).is_ok() & Config::from_json("mutated", &bytes).is_ok()
    });
}
