//! Checkpoint files of the narrow network: complete, incomplete and faulty. Errors name the tensor.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, TensorView};

use super::network::{assert_same, context, fresh, load, narrow, utterance};
use crate::checkpoint::seeded;
use crate::{Checkpoint, Context, Error, Synthesizer, block_on};

/// The shapes and values of a file's tensors, by name.
#[derive(Clone)]
pub struct Tensors(BTreeMap<String, (Vec<usize>, Vec<f32>)>);

impl Tensors {
    /// All tensors of the narrow network, with the seeded values.
    pub fn seeded(context: &Context) -> Self {
        let checkpoint = Checkpoint::seeded(0);
        load(context, &checkpoint).unwrap();
        let read = checkpoint.read_shapes();
        Self(
            read.into_iter()
                .map(|(name, shape)| (name.clone(), (shape.clone(), seeded::tensor(&name, &shape, 0))))
                .collect(),
        )
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::from_bytes("narrow.safetensors", self.file()).unwrap()
    }

    /// The tensors as a safetensors file.
    pub fn file(&self) -> Vec<u8> {
        self.stored(Dtype::F32, |value| value.to_le_bytes().to_vec())
    }

    /// The tensors as a safetensors file of float16.
    pub fn half_file(&self) -> Vec<u8> {
        self.stored(Dtype::F16, |value| half::f16::from_f32(value).to_le_bytes().to_vec())
    }

    fn stored(&self, dtype: Dtype, bytes: impl Fn(f32) -> Vec<u8>) -> Vec<u8> {
        let bytes = |values: &[f32]| values.iter().flat_map(|value| bytes(*value)).collect::<Vec<u8>>();
        let data: Vec<_> = self.0.iter().map(|(name, (shape, values))| (name, shape, bytes(values))).collect();
        let views = data
            .iter()
            .map(|(name, shape, bytes)| (name.as_str(), TensorView::new(dtype, shape.to_vec(), bytes).unwrap()));
        safetensors::serialize(views, None).unwrap()
    }

    pub fn remove(&mut self, name: &str) {
        assert!(self.0.remove(name).is_some(), "the network does not read {name}");
    }

    pub fn get(&mut self, name: &str) -> &mut (Vec<usize>, Vec<f32>) {
        self.0.get_mut(name).unwrap_or_else(|| panic!("the network does not read {name}"))
    }

    fn load_error(&self, context: &Context) -> Error {
        load(context, &self.checkpoint()).unwrap_err()
    }
}

#[test]
fn a_file_with_seeded_values_is_bit_identical_to_the_seed() {
    let (Some(context), Some(model)) = (context(), narrow()) else { return };
    let tensors = Tensors::seeded(context);
    let expected = fresh(model, &utterance(8));

    let whole = load(context, &tensors.checkpoint()).unwrap();
    assert_same("whole", &fresh(&whole, &utterance(8)), &expected);
    assert_eq!((whole.tensors(), whole.parameters()), (model.tensors(), model.parameters()));
    assert_eq!((whole.origin(), whole.is_seeded()), ("narrow.safetensors", false));
    assert_eq!(whole.parameters() as usize, tensors.0.values().map(|(_, values)| values.len()).sum::<usize>());

    // The published checkpoint lacks the affine parameters of the instance norms; others lack the unused pooler.
    let mut sparse = tensors.clone();
    let optional = |name: &str| name.contains(".norm.") || name.starts_with("bert.pooler.");
    sparse.0.retain(|name, _| !optional(name));
    let absent: Vec<&String> = tensors.0.keys().filter(|name| optional(name)).collect();
    // Two norms in each of the 6 blocks of the curves and 5 of the decoder; six in each of the 8 blocks of the generator.
    assert_eq!(absent.len(), 2 * (2 * 11 + 6 * 8) + 2, "{absent:?}");
    let sparse = load(context, &sparse.checkpoint()).unwrap();
    assert_eq!(sparse.tensors(), whole.tensors() - absent.len());
    assert_same("without optional tensors", &fresh(&sparse, &utterance(8)), &expected);
}

#[test]
fn a_missing_tensor_is_named() {
    let Some(context) = context() else { return };
    let tensors = Tensors::seeded(context);
    for missing in [
        "bert.embeddings.word_embeddings.weight",
        "bert_encoder.bias",
        "predictor.lstm.weight_hh_l0_reverse",
        "predictor.F0.1.pool.weight_v",
        "text_encoder.cnn.1.1.gamma",
        "decoder.generator.noise_res.0.alpha2.1",
        "decoder.generator.conv_post.weight_g",
    ] {
        let mut tensors = tensors.clone();
        tensors.remove(missing);
        match tensors.load_error(context) {
            Error::MissingTensor { origin, name } => {
                assert_eq!((origin.as_str(), name.as_str()), ("narrow.safetensors", missing));
            }
            other => panic!("{missing}: {other}"),
        }
    }
}

#[test]
fn unknown_tensors_are_named() {
    let Some(context) = context() else { return };
    let mut tensors = Tensors::seeded(context);
    for name in ["decoder.zoom.weight", "decoder.extra.weight"] {
        tensors.0.insert(name.to_owned(), (vec![2, 1], vec![0.5; 2]));
    }
    match tensors.load_error(context) {
        Error::UnknownTensors { names, .. } => assert_eq!(names, ["decoder.extra.weight", "decoder.zoom.weight"]),
        other => panic!("{other}"),
    }
}

#[test]
fn a_misshapen_tensor_is_named() {
    let Some(context) = context() else { return };
    let tensors = Tensors::seeded(context);
    for (wrong, shape, why) in [
        ("text_encoder.embedding.weight", vec![64, 178], "transposed"),
        ("decoder.asr_res.0.weight_v", vec![8, 64], "a linear layer for a convolution of one tap"),
        ("predictor.duration_proj.linear_layer.bias", vec![1, 50], "an extra dimension"),
    ] {
        let mut tensors = tensors.clone();
        let expected = std::mem::replace(&mut tensors.get(wrong).0, shape.clone());
        match tensors.load_error(context) {
            Error::TensorShape { name, found, expected: asked, .. } => {
                assert_eq!((name.as_str(), found, asked), (wrong, shape, expected), "{why}");
            }
            other => panic!("{why}: {other}"),
        }
    }
}

#[test]
fn a_tensor_with_a_non_finite_value_is_named() {
    let Some(context) = context() else { return };
    let tensors = Tensors::seeded(context);
    for (poisoned, at, value) in [
        ("bert.pooler.weight", 5, f32::NAN), // even if unused
        ("predictor.F0_proj.weight", 3, f32::NAN),
        ("decoder.generator.resblocks.5.alpha1.2", 0, f32::INFINITY),
        ("decoder.generator.ups.1.weight_v", 100, f32::NEG_INFINITY),
    ] {
        let mut tensors = tensors.clone();
        tensors.get(poisoned).1[at] = value;
        match tensors.load_error(context) {
            Error::NonFinite { name, index, .. } => assert_eq!((name.as_str(), index), (poisoned, at)),
            other => panic!("{poisoned}: {other}"),
        }
    }
}

#[test]
fn non_finite_samples_are_an_error() {
    let Some(context) = context() else { return };
    let mut tensors = Tensors::seeded(context);
    // Finite weights with infinite products: float32 holds 1e30 but not its square.
    for name in ["decoder.generator.conv_post.weight_g", "decoder.generator.ups.1.weight_g"] {
        tensors.get(name).1.fill(1e30);
    }
    let model = load(context, &tensors.checkpoint()).unwrap();
    match block_on(Synthesizer::new(&model).unwrap().synthesize(&utterance(2))) {
        Err(Error::NonFinite { origin, name, .. }) => {
            assert_eq!((origin.as_str(), name.as_str()), ("narrow.safetensors", "audio"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn non_finite_durations_are_an_error() {
    let Some(context) = context() else { return };
    let mut tensors = Tensors::seeded(context);
    // Sums of such weights are infinite in both directions. Only the durations depend on this layer: without the check, the
    // audio would be finite, with one frame per token.
    for value in &mut tensors.get("predictor.lstm.weight_hh_l0").1 {
        *value = value.signum() * 3e38;
    }
    let model = load(context, &tensors.checkpoint()).unwrap();
    match block_on(Synthesizer::new(&model).unwrap().synthesize(&utterance(8))) {
        Err(Error::NonFinite { name, .. }) => assert_eq!(name, "durations"),
        other => panic!("{other:?}"),
    }
}
