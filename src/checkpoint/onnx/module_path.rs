//! Published names of modules and parameters, from the names that exporters give to nodes and tensors.

use crate::checkpoint::names;

/// The network's modules, and the predictor's, which some exporters place beside it.
const ROOTS: [&str; 12] = [
    "bert",
    "bert_encoder",
    "predictor",
    "text_encoder",
    "decoder",
    "lstm",
    "shared",
    "duration_proj",
    "F0",
    "N",
    "F0_proj",
    "N_proj",
];

/// Names of parameters within their modules. Snake's alphas have numbers instead.
const LEAVES: [&str; 12] = [
    "weight",
    "weight_g",
    "weight_v",
    "original0",
    "original1",
    "bias",
    "gamma",
    "beta",
    "weight_ih_l0",
    "weight_hh_l0",
    "bias_ih_l0",
    "bias_hh_l0",
];

/// The published module of a node or a value such as `/encoder/F0.0/conv1/Conv_quant`; `None` if the name contains no
/// known module.
///
/// The path lists nested calls and ends with the operator. A module that is called again has a number appended
/// (`query_1`), a module in a list or sequence repeats its parent's name (`cnn.0/cnn.0.1`), and exporters wrap the
/// network or its halves in modules of their own (`kmodel`, `/encoder/bert`, `/decoder/decoder`).
pub(super) fn of_path(path: &str) -> Option<String> {
    let (modules, _operator) = path.strip_prefix('/')?.rsplit_once('/')?;
    let mut parts: Vec<&str> = Vec::new();
    for part in modules.split('/') {
        let part = without_number(part);
        if parts.last().is_some_and(|last| part.strip_prefix(last).is_some_and(|rest| rest.starts_with('.'))) {
            parts.pop();
        }
        parts.push(part);
    }
    published(&parts.join("."))
}

/// The published name of a tensor that kept its PyTorch name, possibly preceded by the names of wrappers:
/// `kmodel.decoder...bias`, `encoder.predictor...alpha1.0`. `None` for names that exporters generate
/// (`onnx::MatMul_12`, `/F0.0/Mul_output_0`).
pub(super) fn of_parameter(name: &str) -> Option<String> {
    if name.contains(['/', ':', ' ']) {
        return None;
    }
    let name = name.strip_suffix("_quantized").unwrap_or(name);
    let (module, leaf) = name.rsplit_once('.')?;
    let is_alpha = leaf.parse::<u32>().is_ok();
    let known = is_alpha || LEAVES.contains(&leaf.trim_end_matches("_reverse"));
    if !known {
        return None;
    }
    names::published(&format!("{}.{leaf}", published(module)?))
}

/// `query` of `query_1`.
fn without_number(part: &str) -> &str {
    match part.rsplit_once('_') {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => part,
    }
}

/// The published name of a module path that may start with the names of wrappers.
pub(super) fn published(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('.').filter(|part| *part != "module").collect();
    // The bases of the STFT and its inverse follow from their definition.
    if parts.iter().any(|part| matches!(*part, "stft" | "istft")) {
        return None;
    }
    let root = parts.iter().position(|part| ROOTS.contains(part))?;
    parts.drain(..root);
    if parts.starts_with(&["decoder", "decoder"]) {
        parts.remove(0);
    }
    let in_predictor = match parts.as_slice() {
        ["bert" | "bert_encoder" | "predictor" | "decoder", ..] => false,
        ["text_encoder", rest @ ..] => rest.first() == Some(&"lstms"),
        _ => true,
    };
    if in_predictor {
        parts.insert(0, "predictor");
    }
    Some(parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::{of_parameter, of_path};

    #[test]
    fn paths_of_all_exporters_name_the_published_module() {
        let layer = "bert.encoder.albert_layer_groups.0.albert_layers.0";
        let path = "bert/encoder/albert_layer_groups.0/albert_layers.0";
        for (path, module) in [
            ("/encoder/F0.0/conv1/Conv_quant", "predictor.F0.0.conv1"),
            ("/F0.1/pool/ConvTranspose", "predictor.F0.1.pool"),
            ("/N_proj/Conv", "predictor.N_proj"),
            ("/encoder/text_encoder/cnn.0/cnn.0.1/LayerNormalization", "text_encoder.cnn.0.1"),
            ("/text_encoder/cnn.2/cnn.2.0/Conv_output_0", "text_encoder.cnn.2.0"),
            ("/decoder/decoder/asr_res/asr_res.0/Conv_quant", "decoder.asr_res.0"),
            ("/decoder/generator/noise_convs.1/Conv", "decoder.generator.noise_convs.1"),
            (
                "/decoder/decoder/generator/resblocks.4/adain2.2/fc/Gemm_MatMul_quant",
                "decoder.generator.resblocks.4.adain2.2.fc",
            ),
            ("/encoder/predictor/text_encoder/lstms.0/LSTM", "predictor.text_encoder.lstms.0"),
            ("/text_encoder_1/lstms.4/LSTM_quant", "predictor.text_encoder.lstms.4"),
            ("/text_encoder/lstm/LSTM", "text_encoder.lstm"),
            ("/encoder/lstm/LSTM_quant", "predictor.lstm"),
            ("/duration_proj/linear_layer/MatMul", "predictor.duration_proj.linear_layer"),
            ("/bert_encoder/MatMul", "bert_encoder"),
            (&format!("/{path}/attention/query_11/MatMul"), &format!("{layer}.attention.query")),
            (
                &format!("/encoder/{path}/full_layer_layer_norm_3/LayerNormalization"),
                &format!("{layer}.full_layer_layer_norm"),
            ),
        ] {
            assert_eq!(of_path(path).as_deref(), Some(module), "{path}");
        }
        for path in ["/decoder/generator/stft/Conv", "Conv_12", "/Conv", "", "/encoder/MatMul_1"] {
            assert_eq!(of_path(path), None, "{path}");
        }
    }

    #[test]
    fn wrappers_are_removed_from_parameter_names() {
        for (name, published) in [
            ("kmodel.decoder.generator.conv_post.bias", "decoder.generator.conv_post.bias"),
            ("decoder.decoder.generator.resblocks.0.alpha1.2", "decoder.generator.resblocks.0.alpha1.2"),
            ("encoder.bert.embeddings.word_embeddings.weight_quantized", "bert.embeddings.word_embeddings.weight"),
            ("encoder.predictor.F0_proj.bias", "predictor.F0_proj.bias"),
            ("text_encoder.cnn.0.1.gamma", "text_encoder.cnn.0.1.gamma"),
            ("kmodel.predictor.shared.weight_hh_l0_reverse", "predictor.shared.weight_hh_l0_reverse"),
        ] {
            assert_eq!(of_parameter(name).as_deref(), Some(published), "{name}");
        }
        let generated = [
            "onnx::MatMul_12",
            "/F0.0/Mul_output_0_quantized",
            "decoder.generator.stft.weight_forward_real",
            "a.b.weight",
        ];
        for name in generated.into_iter().chain(["decoder.decoder.generator.conv_post.bias_scale"]) {
            assert_eq!(of_parameter(name), None, "{name}");
        }
    }
}
