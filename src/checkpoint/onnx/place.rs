//! Which module of the network a part of an ONNX graph belongs to, by the names that exporters give.

use crate::checkpoint::names;

/// The children of the network and, without its name, those of the predictor, which exporters may see as its siblings.
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

/// What parameters are called within their modules, besides the numbers of Snake's alphas.
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

/// The published name of the module that a node or a value such as `/encoder/F0.0/conv1/Conv_quant` belongs to, or
/// `None` if its name says nothing.
///
/// The path is that of the calls, whose last part is the operator: a module that is called again has a number (`query_1`),
/// one within a list or sequence has its parent's name too (`cnn.0/cnn.0.1`), and exporters put modules of their own
/// around the network or its halves (`kmodel`, `/encoder/bert`, `/decoder/decoder`).
pub(crate) fn module_of_path(path: &str) -> Option<String> {
    let (modules, _operator) = path.strip_prefix('/')?.rsplit_once('/')?;
    let mut parts: Vec<&str> = Vec::new();
    for part in modules.split('/') {
        let part = without_number(part);
        if parts.last().is_some_and(|last| part.strip_prefix(last).is_some_and(|rest| rest.starts_with('.'))) {
            parts.pop();
        }
        parts.push(part);
    }
    module(&parts.join("."))
}

/// The published name of a tensor that has the name it had in PyTorch, behind wrappers' names: `kmodel.decoder...bias`,
/// `encoder.predictor...alpha1.0`. What exporters make up (`onnx::MatMul_12`, `/F0.0/Mul_output_0`) is none.
pub(crate) fn tensor(name: &str) -> Option<String> {
    if name.contains(['/', ':', ' ']) {
        return None;
    }
    let name = name.strip_suffix("_quantized").unwrap_or(name);
    let (module_name, leaf) = name.rsplit_once('.')?;
    let alpha = leaf.parse::<u32>().is_ok();
    let known = alpha || LEAVES.contains(&leaf.trim_end_matches("_reverse"));
    if !known {
        return None;
    }
    names::published(&format!("{}.{leaf}", module(module_name)?))
}

/// `query` of `query_1`.
fn without_number(part: &str) -> &str {
    match part.rsplit_once('_') {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => part,
    }
}

/// A module's published name, of one behind any wrappers' names.
pub(crate) fn module(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('.').filter(|part| *part != "module").collect();
    // The transform and its inverse, whose bases follow from their definition.
    if parts.iter().any(|part| matches!(*part, "stft" | "istft")) {
        return None;
    }
    let root = parts.iter().position(|part| ROOTS.contains(part))?;
    parts.drain(..root);
    if parts.starts_with(&["decoder", "decoder"]) {
        parts.remove(0);
    }
    let of_predictor = match parts.as_slice() {
        ["bert" | "bert_encoder" | "predictor" | "decoder", ..] => false,
        ["text_encoder", rest @ ..] => rest.first() == Some(&"lstms"),
        _ => true,
    };
    if of_predictor {
        parts.insert(0, "predictor");
    }
    Some(parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::{module_of_path, tensor};

    #[test]
    fn paths_of_all_exporters_lead_to_the_published_module() {
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
            assert_eq!(module_of_path(path).as_deref(), Some(module), "{path}");
        }
        for path in ["/decoder/generator/stft/Conv", "Conv_12", "/Conv", "", "/encoder/MatMul_1"] {
            assert_eq!(module_of_path(path), None, "{path}");
        }
    }

    #[test]
    fn names_of_parameters_survive_their_wrappers() {
        for (name, published) in [
            ("kmodel.decoder.generator.conv_post.bias", "decoder.generator.conv_post.bias"),
            ("decoder.decoder.generator.resblocks.0.alpha1.2", "decoder.generator.resblocks.0.alpha1.2"),
            ("encoder.bert.embeddings.word_embeddings.weight_quantized", "bert.embeddings.word_embeddings.weight"),
            ("encoder.predictor.F0_proj.bias", "predictor.F0_proj.bias"),
            ("text_encoder.cnn.0.1.gamma", "text_encoder.cnn.0.1.gamma"),
            ("kmodel.predictor.shared.weight_hh_l0_reverse", "predictor.shared.weight_hh_l0_reverse"),
        ] {
            assert_eq!(tensor(name).as_deref(), Some(published), "{name}");
        }
        let strange = [
            "onnx::MatMul_12",
            "/F0.0/Mul_output_0_quantized",
            "decoder.generator.stft.weight_forward_real",
            "a.b.weight",
        ];
        for name in strange.into_iter().chain(["decoder.decoder.generator.conv_post.bias_scale"]) {
            assert_eq!(tensor(name), None, "{name}");
        }
    }
}
