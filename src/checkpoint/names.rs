//! Published names and layouts of tensors, from those of other files.

use super::entry::Entry;

/// Names of an LSTM's tensors in MLX and in PyTorch.
const MLX_LSTM: [(&str, &str); 8] = [
    ("Wx_forward", "weight_ih_l0"),
    ("Wh_forward", "weight_hh_l0"),
    ("bias_ih_forward", "bias_ih_l0"),
    ("bias_hh_forward", "bias_hh_l0"),
    ("Wx_backward", "weight_ih_l0_reverse"),
    ("Wh_backward", "weight_hh_l0_reverse"),
    ("bias_ih_backward", "bias_ih_l0_reverse"),
    ("bias_hh_backward", "bias_hh_l0_reverse"),
];

/// The published name of a file's tensor; `None` for a table of indices that old versions of transformers saved along
/// with the parameters.
///
/// Removes the `module.` of PyTorch's DataParallel, which the published checkpoint has after the first component,
/// others at the front or as `bert_module.`. Renames parametrized weight norms to `weight_g` and `weight_v`, and MLX's
/// LSTMs and layer norms to PyTorch's names.
pub(crate) fn published(name: &str) -> Option<String> {
    let name = name.strip_prefix("module.").unwrap_or(name);
    let name = match name.split_once('.') {
        Some((first, rest)) => {
            let rest = rest.strip_prefix("module.").unwrap_or(rest);
            format!("{}.{rest}", first.strip_suffix("_module").unwrap_or(first))
        }
        None => name.to_owned(),
    };
    if name == "bert.embeddings.position_ids" {
        return None;
    }
    let Some((prefix, leaf)) = name.rsplit_once('.') else { return Some(name) };
    if let Some((_, torch)) = MLX_LSTM.iter().find(|(mlx, _)| *mlx == leaf) {
        return Some(format!("{prefix}.{torch}"));
    }
    // text_encoder.cnn.N is a convolution (0) and its layer norm (1).
    let is_norm = prefix.strip_prefix("text_encoder.cnn.").is_some_and(|rest| rest.ends_with(".1"));
    let leaf = match leaf {
        "original0" | "original1" => {
            let Some(prefix) = prefix.strip_suffix(".parametrizations.weight") else { return Some(name) };
            return Some(format!("{prefix}.weight_{}", if leaf == "original0" { "g" } else { "v" }));
        }
        "weight" if is_norm => "gamma",
        "bias" if is_norm => "beta",
        leaf => leaf,
    };
    Some(format!("{prefix}.{leaf}"))
}

/// Whether a file's convolutions are `[out, taps, in]`, as in MLX. Decided by those with as many inputs as outputs, the
/// text encoder's and the residual blocks': no kernel is as long as its layer is wide.
pub(crate) fn channels_last<'a>(tensors: impl Iterator<Item = (&'a String, &'a Entry)>) -> bool {
    let square = |name: &str| ["text_encoder.cnn.", ".convs1.", ".convs2."].iter().any(|part| name.contains(part));
    let votes = tensors
        .filter(|(name, entry)| is_convolution(name, entry) && square(name))
        .map(|(_, entry)| i32::from(entry.shape[0] == entry.shape[2]) - i32::from(entry.shape[0] == entry.shape[1]));
    votes.sum::<i32>() > 0
}

/// Whether a tensor is a convolution's weight, or the direction of its weight norm.
pub(crate) fn is_convolution(name: &str, entry: &Entry) -> bool {
    entry.shape.len() == 3 && entry.is_float() && (name.ends_with(".weight") || name.ends_with(".weight_v"))
}
