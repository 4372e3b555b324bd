//! ONNX models: the fixtures that tests/fixtures/onnx.py wrote, a trained one if there is one, and damaged ones.

use std::collections::BTreeMap;

use kokoro_wgpu::{Checkpoint, Error};
use sha2::{Digest, Sha256};

use super::{assert_says, fixture, repository_file};

const FORMS: [&str; 5] = ["float", "half", "dynamic", "static", "blocks"];

/// A field of a protocol buffer: bytes, text or a message.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = content.len();
    while length > 0x7F {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(content);
    bytes
}

fn varint(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

fn node(name: &str, op: &str, inputs: &[&str]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| field(1, input.as_bytes())).collect();
    field(
        1,
        &[inputs, field(2, format!("{name}_output").as_bytes()), field(3, name.as_bytes()), field(4, op.as_bytes())]
            .concat(),
    )
}

/// A tensor `[4, 2]` of ONNX's type `kind`, and what else is said of it.
fn tensor(name: &str, kind: u8, rest: &[u8]) -> Vec<u8> {
    field(5, &[&varint(1, 4), &varint(1, 2), &varint(2, kind), &field(8, name.as_bytes()), rest].concat())
}

fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    [varint(1, 9), field(7, &graph.concat())].concat()
}

fn open(graph: &[Vec<u8>]) -> kokoro_wgpu::Result<Checkpoint> {
    Checkpoint::from_bytes("model.bin", model(graph))
}

/// A layer that is read, so that the model is known.
fn known() -> [Vec<u8>; 2] {
    [tensor("w", 1, &field(9, &[0; 32])), node("/bert_encoder/MatMul", "MatMul", &["x", "w"])]
}

#[test]
fn each_form_has_the_values_that_its_maker_put_in() {
    for form in FORMS {
        let read = Checkpoint::open(fixture(&format!("onnx/{form}.onnx"))).unwrap();
        let expected = Checkpoint::open(fixture(&format!("onnx/{form}.safetensors"))).unwrap();
        assert_eq!(read.names(), expected.names(), "{form}");
        for name in expected.names() {
            let shape = expected.shape(name).unwrap();
            assert_eq!(read.shape(name), Some(shape), "{form}: {name}");
            let bits = |checkpoint: &Checkpoint| -> Vec<u32> {
                checkpoint.tensor(name, shape).unwrap().into_iter().map(f32::to_bits).collect()
            };
            assert!(bits(&read) == bits(&expected), "{form}: {name}");
        }
        read.finish().unwrap();
    }
}

#[test]
fn a_model_may_hold_its_configuration() {
    let json =
        |form: &str| Checkpoint::open(fixture(&format!("onnx/{form}.onnx"))).unwrap().config_json().map(str::to_owned);
    assert!(json("float").unwrap().contains("\"gen_istft_n_fft\": 20"));
    assert_eq!(json("half"), None);
}

#[test]
fn converted_it_is_the_same_and_float16_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    for (form, kind) in [("half", "F16"), ("dynamic", "F32")] {
        let path = folder.path().join(form);
        let read = Checkpoint::open(fixture(&format!("onnx/{form}.onnx"))).unwrap();
        kokoro_wgpu::checkpoint::convert(&read, &path, false).unwrap();
        let again = Checkpoint::open(&path).unwrap();
        assert_eq!(read.names(), again.names());
        for name in read.names() {
            let shape = read.shape(name).unwrap();
            assert_eq!(read.tensor(name, shape).unwrap(), again.tensor(name, shape).unwrap(), "{form}: {name}");
        }
        let text = std::fs::read(&path).unwrap();
        let header = String::from_utf8_lossy(&text[..text.len().min(4096)]);
        assert!(header.contains(&format!("\"dtype\":\"{kind}\"")), "{form}");
    }
}

/// What tests/fixtures/onnx.py says of the trained weights, by module.
#[test]
fn the_trained_model_has_the_values_that_python_reads() {
    let Some(path) = std::env::var_os("KOKORO_TEST_INT8") else {
        println!("not tested: KOKORO_TEST_INT8 names no int8 ONNX model, or folder of its four parts");
        return;
    };
    let text = std::fs::read(repository_file("int8.json")).unwrap();
    let expected: BTreeMap<String, String> = serde_json::from_slice(&text).unwrap();
    let checkpoint = Checkpoint::open(path).unwrap();
    let mut modules: BTreeMap<String, Sha256> = BTreeMap::new();
    for name in checkpoint.names() {
        let module: Vec<&str> = name.split('.').take(3).collect();
        let digest = modules.entry(module.join(".")).or_default();
        digest.update(name);
        for value in checkpoint.tensor(name, checkpoint.shape(name).unwrap()).unwrap() {
            digest.update(value.to_le_bytes());
        }
    }
    assert_eq!(checkpoint.read_count().0, 457);
    let hex = |digest: Sha256| digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let found: BTreeMap<String, String> = modules.into_iter().map(|(module, digest)| (module, hex(digest))).collect();
    assert_eq!(found, expected);
}

#[test]
fn errors_name_the_node_and_what_it_holds() {
    let missing = |graph: &[Vec<u8>], words: &[&str]| {
        let checkpoint = open(&[&known()[..], graph].concat()).unwrap();
        assert_says(checkpoint.tensor("predictor.duration_proj.linear_layer.weight", &[2, 4]), words);
    };
    let layer = || node("/duration_proj/linear_layer/MatMul", "MatMul", &["x", "d"]);
    missing(&[], &["predictor.duration_proj.linear_layer.weight is missing"]);
    missing(
        &[tensor("d", 22, &field(9, &[0; 4])), layer()],
        &["/duration_proj/linear_layer/MatMul", "MatMul", "tensor d", "INT4"],
    );
    missing(&[tensor("d", 1, &varint(14, 1)), layer()], &["tensor d", "another file"]);
    missing(&[tensor("d", 1, &field(9, &[0; 31])), layer()], &["tensor d", "damaged"]);
    missing(&[tensor("d", 3, &field(9, &[0; 8])), layer()], &["tensor d", "INT8", "scale"]);
    let unknown = node("/duration_proj/linear_layer/Einsum", "Einsum", &["x", "d"]);
    missing(&[tensor("d", 10, &field(9, &[0; 16])), unknown], &["(Einsum)", "tensor d", "FLOAT16 [4, 2]"]);
    let found = open(&known()).unwrap();
    assert_eq!(found.names(), ["bert_encoder.weight"]);
    assert!(matches!(found.tensor("bert_encoder.weight", &[4, 2]), Err(Error::TensorShape { .. })), "it is [out, in]");
    assert_says(open(&[node("a", "Relu", &["x"])]), &["model.bin", "ONNX", "none of its 1 nodes"]);
}

#[test]
fn truncated_and_hostile_models_are_errors() {
    let whole = std::fs::read(fixture("onnx/dynamic.onnx")).unwrap();
    for length in [20, 1000, whole.len() / 2, whole.len() - 1] {
        assert_says(Checkpoint::from_bytes("a.onnx", whole[..length].to_vec()), &["a.onnx", "truncated"]);
    }
    // Graphs in attributes of nodes in graphs: deeper than any stack.
    let mut deep = Vec::new();
    for _ in 0..20_000 {
        deep = field(6, &field(1, &field(5, &deep)));
    }
    let graph = [&known()[..], &[field(1, &field(5, &deep))]].concat();
    assert_eq!(open(&graph).unwrap().names(), ["bert_encoder.weight"]);
    assert_says(open(&vec![node("", "", &[]); 40_000]), &["more than 32768 nodes"]);
    // A shape whose product overflows, and one of values that are not there.
    let huge = |dims: &[u8]| field(5, &[dims, &varint(2, 1), &field(8, b"bert.a.weight"), &field(9, &[0; 8])].concat());
    let most = [1 << 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F].repeat(3);
    let added = node("/bert_encoder/Add", "Add", &["/bert_encoder/MatMul_output", "bert.a.weight"]);
    for dims in [&most[..], &varint(1, 100)] {
        let graph = [&known()[..], &[huge(dims), added.clone()]].concat();
        assert_eq!(open(&graph).unwrap().names(), ["bert_encoder.weight"]);
    }
}
