//! Models that are uploaded while their file is on its way.

use std::io::{Cursor, Read, Result as IoResult, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::loading::Tensors;
use super::network::{assert_same, context, fresh, narrow, narrow_config, utterance};
use crate::model::{Loading, ModelOptions};
use crate::{Checkpoint, Error, Model, Precision, Result};

const NAME: &str = "narrow.safetensors";

/// Bytes that were read: at once, and in sum.
#[derive(Default)]
struct Counts {
    largest: AtomicUsize,
    total: AtomicUsize,
}

/// A file that counts what is read of it.
struct Counted {
    file: Cursor<Vec<u8>>,
    counts: Arc<Counts>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        self.counts.largest.fetch_max(into.len(), Ordering::Relaxed);
        self.counts.total.fetch_add(into.len(), Ordering::Relaxed);
        self.file.read(into)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        self.file.seek(to)
    }
}

fn options(precision: Precision) -> ModelOptions {
    ModelOptions::default().with_config(narrow_config()).with_precision(precision)
}

/// The first bytes of a file.
fn first(bytes: &[u8], available: usize, counts: &Arc<Counts>) -> Checkpoint {
    let file = Counted { file: Cursor::new(bytes[..available].to_vec()), counts: Arc::clone(counts) };
    Checkpoint::from_prefix(NAME, file, bytes.len() as u64).unwrap()
}

/// A model of which `step` bytes arrive at a time, and then the whole file.
fn arrive(loading: &mut Loading, bytes: &[u8], step: usize, counts: &Arc<Counts>) -> Result<()> {
    (step..bytes.len()).step_by(step).try_for_each(|available| loading.advance(first(bytes, available, counts)))
}

fn whole(bytes: &[u8]) -> Checkpoint {
    Checkpoint::from_bytes(NAME, bytes.to_vec()).unwrap()
}

#[test]
fn pieces_of_any_size_give_the_model_of_the_whole_file() {
    let Some(context) = context() else { return };
    let tensors = Tensors::seeded(context);
    for (bytes, precision) in [(tensors.file(), Precision::F32), (tensors.half_file(), Precision::F16)] {
        let options = options(precision);
        let expected = Model::load_with(context, &whole(&bytes), &options).unwrap();
        for (step, why) in
            [(60_013, "a prime"), (64 << 10, "what a connection gives"), (bytes.len(), "nothing before the end")]
        {
            let mut loading = Loading::new(context, &options).unwrap();
            arrive(&mut loading, &bytes, step, &Arc::default()).unwrap();
            // One tensor may end with the file, and those of two layers that are one for the GPU wait for each other.
            let early = loading.uploaded() as f64 / expected.tensors() as f64;
            assert!(early > 0.9 || step == bytes.len(), "{why}: {early} of the tensors before the end");
            let model = loading.finish(&whole(&bytes), &options).unwrap();
            assert_same(why, &fresh(&model, &utterance(8)), &fresh(&expected, &utterance(8)));
            assert_eq!((model.tensors(), model.parameters()), (expected.tensors(), expected.parameters()), "{why}");
            assert_eq!(model.resident_bytes(), expected.resident_bytes(), "{why}");
        }
    }
}

/// Nothing is held between two pieces, and each tensor is read about once.
#[test]
fn a_tensor_is_read_when_it_has_arrived() {
    let Some(context) = context() else { return };
    let bytes = Tensors::seeded(context).file();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let counts = Arc::default();
    let mut loading = Loading::new(context, &options(Precision::F32)).unwrap();
    let step = bytes.len() / 10;
    arrive(&mut loading, &bytes, step, &counts).unwrap();
    let Counts { largest, total } = &*counts;
    let (largest, total) = (largest.load(Ordering::Relaxed), total.load(Ordering::Relaxed));
    // The header is read each time in pages that overlap by a quarter, and at first together with what its length may be.
    let headers = (bytes.len() / step + 1) * (2 * header + (1 << 20));
    assert!(
        total < bytes.len() * 5 / 4 + headers,
        "{total} bytes of {} were read, {header} of them the header",
        bytes.len()
    );
    let whole = whole(&bytes);
    let largest_tensor =
        whole.names().iter().map(|name| 4 * whole.shape(name).unwrap().iter().product::<usize>()).max().unwrap();
    assert!(
        largest <= largest_tensor.max(2 * header + (1 << 20)),
        "{largest} bytes at once, the largest tensor has {largest_tensor}"
    );
}

#[test]
fn a_beginning_of_another_file_is_not_used() {
    let (Some(context), Some(model)) = (context(), narrow()) else { return };
    let mut tensors = Tensors::seeded(context);
    let (bytes, expected) = (tensors.file(), fresh(model, &utterance(8)));
    // Its tensors are elsewhere in the file.
    tensors.remove("bert.embeddings.LayerNorm.bias");
    let other = tensors.file();
    let finish = |options: &ModelOptions, bytes: &[u8]| {
        let mut loading = Loading::new(context, options).unwrap();
        arrive(&mut loading, bytes, 1 << 16, &Arc::default()).unwrap();
        assert!(loading.uploaded() > 0);
        loading
    };
    let loaded = finish(&options(Precision::F32), &other).finish(&whole(&bytes), &options(Precision::F32)).unwrap();
    assert_same("another layout", &fresh(&loaded, &utterance(8)), &expected);
    let loaded = finish(&options(Precision::F16), &bytes).finish(&whole(&bytes), &options(Precision::F32)).unwrap();
    assert_same("another precision", &fresh(&loaded, &utterance(8)), &expected);
    let assumed = ModelOptions::default(); // the published dimensions
    let mut loading = Loading::new(context, &assumed).unwrap();
    assert!(arrive(&mut loading, &bytes, 1 << 16, &Arc::default()).is_err());
    let loaded = loading.finish(&whole(&bytes), &options(Precision::F32)).unwrap();
    assert_same("other dimensions", &fresh(&loaded, &utterance(8)), &expected);
}

#[test]
fn what_failed_to_arrive_is_uploaded_again() {
    fn movable<T: Send>(loading: T) -> T {
        loading
    }
    let (Some(context), Some(model)) = (context(), narrow()) else { return };
    let tensors = Tensors::seeded(context);
    let mut infinite = tensors.clone();
    infinite.get("bert_encoder.bias").1[3] = f32::INFINITY;
    let (bytes, damaged, options) = (tensors.file(), infinite.file(), options(Precision::F32));
    let mut loading = movable(Loading::new(context, &options).unwrap());
    let failed = loading.advance(first(&damaged, damaged.len() - 1, &Arc::default()));
    assert!(matches!(failed, Err(Error::NonFinite { name, .. }) if name == "bert_encoder.bias"));
    assert!(loading.uploaded() > 0);
    let loaded = loading.finish(&whole(&bytes), &options).unwrap();
    assert_same("after a failure", &fresh(&loaded, &utterance(8)), &fresh(model, &utterance(8)));
}

#[test]
fn what_arrives_damaged_is_told() {
    let Some(context) = context() else { return };
    let load = |bytes: &[u8]| -> Result<Model> {
        let mut loading = Loading::new(context, &options(Precision::F32)).unwrap();
        arrive(&mut loading, bytes, 1 << 16, &Arc::default())?;
        loading.finish(&Checkpoint::from_bytes(NAME, bytes.to_vec())?, &options(Precision::F32))
    };
    let tensors = Tensors::seeded(context);
    let mut missing = tensors.clone();
    missing.remove("predictor.lstm.weight_hh_l0");
    assert!(
        matches!(load(&missing.file()), Err(Error::MissingTensor { name, .. }) if name == "predictor.lstm.weight_hh_l0")
    );
    let mut misshapen = tensors.clone();
    misshapen.get("bert_encoder.weight").0.reverse();
    assert!(matches!(load(&misshapen.file()), Err(Error::TensorShape { name, .. }) if name == "bert_encoder.weight"));
    let mut infinite = tensors.clone();
    infinite.get("bert_encoder.bias").1[3] = f32::INFINITY;
    assert!(matches!(load(&infinite.file()), Err(Error::NonFinite { name, .. }) if name == "bert_encoder.bias"));
    // The connection ended early: the beginning was uploaded, and is no model.
    let bytes = tensors.file();
    let mut loading = Loading::new(context, &options(Precision::F32)).unwrap();
    arrive(&mut loading, &bytes, 1 << 16, &Arc::default()).unwrap();
    let beginning = first(&bytes, bytes.len() - 1, &Arc::default());
    let finished = loading.finish(&beginning, &options(Precision::F32));
    assert!(matches!(finished, Err(Error::MissingTensor { .. })), "{finished:?}");
}

/// The trained int8 model in steps of 4 MiB, as a page uploads it.
#[test]
fn the_trained_model_arrives() {
    let Some(path) = std::env::var_os("KOKORO_TEST_INT8").filter(|path| std::path::Path::new(path).is_file()) else {
        println!("skipped: KOKORO_TEST_INT8 names no int8 ONNX model");
        return;
    };
    let Some(context) = context() else { return };
    let bytes = std::fs::read(&path).unwrap();
    let options = ModelOptions::default().with_precision(Precision::F16);
    let counts = Arc::default();
    let mut loading = Loading::new(context, &options).unwrap();
    arrive(&mut loading, &bytes, 4 << 20, &counts).unwrap();
    let uploaded = loading.uploaded();
    let whole = Checkpoint::open(&path).unwrap();
    let model = loading.finish(&whole, &options).unwrap();
    let Counts { largest, total } = &*counts;
    println!("{uploaded} of {} tensors before the end", model.tensors());
    let (largest, total) = (largest.load(Ordering::Relaxed), total.load(Ordering::Relaxed));
    println!("{total} bytes read, {largest} at once");
    // Its largest tensor is stored as float32. Some are read again until those that belong to them have arrived.
    assert_eq!(largest, 512 * 256 * 20 * 4);
    assert!(total < 5 * bytes.len() / 2, "{total} bytes of {}", bytes.len());
    assert!(uploaded as f64 > 0.9 * model.tensors() as f64, "{uploaded} of {}", model.tensors());
    let expected = Model::load_with(context, &whole, &options).unwrap();
    let utterance = crate::Utterance::from_ids(&[50, 83, 54, 156, 57], &crate::Voice::seeded(0));
    assert_same("int8", &fresh(&model, &utterance), &fresh(&expected, &utterance));
}
