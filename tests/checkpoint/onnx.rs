//! ONNX models: fixtures written by tests/fixtures/onnx.py, a trained model if available, and damaged ones.

use std::collections::BTreeMap;
use std::sync::Mutex;

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

/// A node with one attribute.
fn node_with(name: &str, op: &str, inputs: &[&str], attribute: &str, value: &[u8]) -> Vec<u8> {
    let plain = node(name, op, inputs);
    let (_, content) = plain.split_at(if plain[1] > 0x7F { 3 } else { 2 });
    field(1, &[content, &field(5, &[&field(1, attribute.as_bytes()), value].concat())].concat())
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A tensor `[4, 2]` of ONNX's type `kind`, with more fields.
fn tensor(name: &str, kind: u8, rest: &[u8]) -> Vec<u8> {
    field(5, &[&varint(1, 4), &varint(1, 2), &varint(2, kind), &field(8, name.as_bytes()), rest].concat())
}

fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    [varint(1, 9), field(7, &graph.concat())].concat()
}

fn open(graph: &[Vec<u8>]) -> kokoro_wgpu::Result<Checkpoint> {
    Checkpoint::from_bytes("model.bin", model(graph))
}

/// A layer that makes the model recognisable.
fn known() -> [Vec<u8>; 2] {
    [tensor("w", 1, &field(9, &[0; 32])), node("/bert_encoder/MatMul", "MatMul", &["x", "w"])]
}

#[test]
fn every_fixture_has_its_values() {
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
fn a_model_may_contain_its_configuration() {
    let json =
        |form: &str| Checkpoint::open(fixture(&format!("onnx/{form}.onnx"))).unwrap().config_json().map(str::to_owned);
    assert!(json("float").unwrap().contains("\"gen_istft_n_fft\": 20"));
    assert_eq!(json("half"), None);
}

#[test]
fn conversion_keeps_values_and_float16() {
    let folder = tempfile::tempdir().unwrap();
    for (form, kind) in [("float", "F32"), ("half", "F16"), ("dynamic", "F32")] {
        let path = folder.path().join(form);
        let read = Checkpoint::open(fixture(&format!("onnx/{form}.onnx"))).unwrap();
        kokoro_wgpu::checkpoint::convert(&read, &path, false).unwrap();
        let again = Checkpoint::open(&path).unwrap();
        assert_eq!(read.names(), again.names());
        assert_eq!(read.config_json(), again.config_json());
        for name in read.names() {
            let shape = read.shape(name).unwrap();
            assert_eq!(read.tensor(name, shape).unwrap(), again.tensor(name, shape).unwrap(), "{form}: {name}");
        }
        let text = std::fs::read(&path).unwrap();
        let header = String::from_utf8_lossy(&text[..text.len().min(4096)]);
        assert!(header.contains(&format!("\"dtype\":\"{kind}\"")), "{form}");
    }
}

/// The digest of each module is by tests/fixtures/onnx.py.
#[test]
fn the_trained_model_has_the_values_that_python_reads() {
    let Some(path) = std::env::var_os("KOKORO_TEST_INT8") else {
        println!("skipped: KOKORO_TEST_INT8 names no int8 ONNX model, or folder of its four parts");
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
fn errors_name_the_node_and_the_tensor() {
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
    for (op, factor) in [("Gemm", "alpha"), ("Gemm", "beta"), ("FusedMatMul", "alpha")] {
        // The tensor's own name would identify it.
        let weight = "predictor.duration_proj.linear_layer.weight";
        let value = [&[2 << 3 | 5][..], &0.5f32.to_le_bytes()].concat();
        let scaled = node_with("/duration_proj/linear_layer/Gemm", op, &["x", weight], factor, &value);
        missing(&[tensor(weight, 1, &field(9, &[0; 32])), scaled], &[op, weight, &format!("{factor} = 0.5")]);
    }
    // A computed zero point must not be replaced by the default.
    let blocks = node("/duration_proj/linear_layer/MatMul_Q4", "MatMulNBits", &["x", "d", "s", "z"]);
    let codes = [tensor("d", 2, &field(9, &[0; 8])), tensor("s", 1, &field(9, &[0; 32])), blocks];
    missing(&codes, &["MatMulNBits", "tensor z is no constant"]);
    let unsupported = [&codes[..], &[tensor("z", 22, &field(9, &[0; 4]))]].concat();
    missing(&unsupported, &["MatMulNBits", "tensor z is stored as INT4"]);
    let found = open(&known()).unwrap();
    assert_eq!(found.names(), ["bert_encoder.weight"]);
    assert!(matches!(found.tensor("bert_encoder.weight", &[4, 2]), Err(Error::TensorShape { .. })), "it is [out, in]");
    assert_says(open(&[node("a", "Relu", &["x"])]), &["model.bin", "ONNX", "none of its 1 nodes"]);
}

/// Collects log messages.
struct Log(Mutex<Vec<String>>);

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }

    fn log(&self, record: &log::Record) {
        self.0.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
    }

    fn flush(&self) {}
}

static LOG: Log = Log(Mutex::new(Vec::new()));

#[test]
fn tensors_that_are_not_converted_are_logged() {
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let json = format!("{{\"istftnet\": \"{}\"}}", "x".repeat((1 << 20) + 1));
    let config = field(14, &[field(1, b"config"), field(2, json.as_bytes())].concat());
    // An LSTM's initial state of zeros is what the network assumes.
    let unknown = [
        tensor("d", 10, &field(9, &[0; 16])),
        node("/duration_proj/linear_layer/Einsum", "Einsum", &["d"]),
        tensor("h", 10, &field(9, &[0; 16])),
        tensor("c", 10, &field(9, &[1; 16])),
        node("/text_encoder/lstm/LSTM_quant", "DynamicQuantizeLSTM", &["x", "", "", "", "", "h", "c"]),
    ];
    let bytes = [model(&[&known()[..], &unknown].concat()), config].concat();
    let read = Checkpoint::from_bytes("unknown.onnx", bytes).unwrap();
    assert_eq!(read.config_json(), Some(json.as_str()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    kokoro_wgpu::checkpoint::convert(&read, &path, false).unwrap();
    let again = Checkpoint::open(&path).unwrap();
    assert_eq!((again.names(), again.config_json()), (vec!["bert_encoder.weight"], None));
    let log = LOG.0.lock().unwrap();
    let lines: Vec<&String> = log.iter().filter(|line| line.contains("unknown.onnx")).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("WARN") && lines[0].contains("tensor d, FLOAT16 [4, 2]"), "{lines:?}");
    assert!(lines[1].starts_with("WARN") && lines[1].contains("tensor c, FLOAT16 [4, 2]"), "{lines:?}");
    assert!(lines[2].starts_with("WARN") && lines[2].contains("config.json"), "{lines:?}");
}

#[test]
fn scales_follow_a_tensor_that_is_transposed() {
    let codes: [i8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
    let codes = tensor("d", 3, &field(9, &codes.map(|code| code as u8)));
    let vector = |name: &str, values: &[f32]| {
        let dims = varint(1, values.len() as u8);
        field(5, &[dims, varint(2, 1), field(8, name.as_bytes()), field(9, &floats(values))].concat())
    };
    let layer = "/duration_proj/linear_layer/MatMul";
    let of_codes = |scale: &[f32]| [codes.clone(), vector("s", scale), node("t", "Transpose", &["d"])];
    let read = |graph: &[Vec<u8>]| {
        let checkpoint = open(&[&known()[..], graph].concat()).unwrap();
        checkpoint.tensor("predictor.duration_proj.linear_layer.weight", &[4, 2]).unwrap()
    };
    let scaled = [1.0, 2.0, 30.0, 40.0, 500.0, 600.0, 7000.0, 8000.0];
    let rows = of_codes(&[1.0, 10.0, 100.0, 1000.0]);
    // In [2, 4] the outputs are axis 1: by default, or as axis -1.
    let dequantised = node("q", "DequantizeLinear", &["t_output", "s"]);
    let product = node(layer, "MatMul", &["x", "q_output"]);
    assert_eq!(read(&[&rows[..], &[dequantised, product.clone()]].concat()), scaled);
    let last = [&[3 << 3][..], &[0xFF; 9], &[1]].concat();
    let dequantised = node_with("q", "DequantizeLinear", &["t_output", "s"], "axis", &last);
    assert_eq!(read(&[&rows[..], &[dequantised, product.clone()]].concat()), scaled);
    // Axis 0 is the inputs.
    let dequantised = node_with("q", "DequantizeLinear", &["t_output", "s"], "axis", &varint(3, 0));
    let columns = [&of_codes(&[1.0, 10.0])[..], &[dequantised, product]].concat();
    assert_eq!(read(&columns), [1.0, 20.0, 3.0, 40.0, 5.0, 60.0, 7.0, 80.0]);
    // An operator with its own scales.
    let product = node(layer, "MatMulIntegerToFloat", &["x", "t_output", "xs", "s"]);
    assert_eq!(read(&[&rows[..], &[product]].concat()), scaled);
}

#[test]
fn truncated_and_hostile_models_are_errors() {
    let whole = std::fs::read(fixture("onnx/dynamic.onnx")).unwrap();
    for length in [20, 1000, whole.len() / 2, whole.len() - 1] {
        assert_says(Checkpoint::from_bytes("a.onnx", whole[..length].to_vec()), &["a.onnx", "truncated"]);
    }
    // Graphs nested in attributes, deeper than any stack.
    let mut deep = Vec::new();
    for _ in 0..20_000 {
        deep = field(6, &field(1, &field(5, &deep)));
    }
    let graph = [&known()[..], &[field(1, &field(5, &deep))]].concat();
    assert_eq!(open(&graph).unwrap().names(), ["bert_encoder.weight"]);
    assert_says(open(&vec![node("", "", &[]); 40_000]), &["more than 32768 nodes"]);
    // Nodes that read their own results.
    let cycles = [
        node("/decoder/generator/resblocks.0/Sin", "Sin", &["/q_output"]),
        node("/q", "DequantizeLinear", &["/q_output", "w"]),
        node("/decoder/generator/resblocks.1/Sin", "Sin", &["/r_output"]),
        node("/r", "QuantizeLinear", &["/s_output", "w"]),
        node("/s", "DequantizeLinear", &["/r_output", "w"]),
    ];
    assert_eq!(open(&[&known()[..], &cycles].concat()).unwrap().names(), ["bert_encoder.weight"]);
    // A shape whose product overflows, and one with more values than the file.
    let huge = |dims: &[u8]| field(5, &[dims, &varint(2, 1), &field(8, b"bert.a.weight"), &field(9, &[0; 8])].concat());
    let largest = [1 << 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F].repeat(3);
    let added = node("/bert_encoder/Add", "Add", &["/bert_encoder/MatMul_output", "bert.a.weight"]);
    for dims in [&largest[..], &varint(1, 100)] {
        let graph = [&known()[..], &[huge(dims), added.clone()]].concat();
        assert_eq!(open(&graph).unwrap().names(), ["bert_encoder.weight"]);
    }
}
