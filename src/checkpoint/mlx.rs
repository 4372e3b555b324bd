//! MLX's quantised matrices: a few bits per value.

use std::collections::HashMap;

use safetensors::tensor::Dtype;

use super::derived::{Derived, Encoding, GroupQuantised, Offset};
use super::entry::Entry;
use super::numbers::{Numbers, Type};

/// MLX's default group size.
const GROUP: usize = 64;
/// Pairs of a matrix and a vector that is never quantised and has as many values as the matrix has columns.
const KNOWN: [(&str, &str); 2] = [
    ("bert.embeddings.word_embeddings", "bert.embeddings.LayerNorm.weight"),
    ("bert_encoder", "bert.encoder.embedding_hidden_mapping_in.bias"),
];

/// Removes the quantised matrices from a file's tensors and returns them. Each is `{name}.weight` in words of 32 bits,
/// with a scale and a bias for each group of columns in `{name}.scales` and `{name}.biases`. The error is a reason.
pub(super) fn take_quantised(entries: &mut HashMap<String, Entry>) -> Result<HashMap<String, Derived>, String> {
    let prefixes: Vec<String> =
        entries.keys().filter_map(|name| name.strip_suffix(".scales")).map(str::to_owned).collect();
    // No header has the group size. It follows from one matrix of known width.
    let group = KNOWN.iter().find_map(|(matrix, vector)| {
        let groups = *entries.get(&format!("{matrix}.scales"))?.shape.get(1)?;
        let columns = *entries.get(*vector)?.shape.first()?;
        columns.checked_div(groups).filter(|group| group * groups == columns)
    });
    let group = group.unwrap_or(GROUP);
    let mut tensors = HashMap::new();
    for prefix in prefixes {
        let name = format!("{prefix}.weight");
        let mut take = |leaf: &str| entries.remove(&format!("{prefix}.{leaf}"));
        let parts = (take("weight"), take("scales"), take("biases"));
        let tensor = match parts {
            (Some(words), Some(scales), Some(biases)) => tensor(&words, &scales, &biases, group),
            _ => {
                return Err(format!(
                    "is quantised in an unsupported way: {prefix} has scales, but no weight or no biases"
                ));
            }
        };
        let tensor = tensor
            .ok_or_else(|| format!("is quantised in an unsupported way ({name}): use a bf16 or f32 file instead"))?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

fn tensor(words: &Entry, scales: &Entry, biases: &Entry, group: usize) -> Option<Derived> {
    let (&[rows, words_in_row], &[scaled_rows, groups]) = (words.shape.as_slice(), scales.shape.as_slice()) else {
        return None;
    };
    let columns = groups.checked_mul(group)?;
    let bits = words_in_row.checked_mul(32)?.checked_div(columns)?;
    let whole = bits * columns == words_in_row * 32;
    if words.dtype != Dtype::U32 || scaled_rows != rows || biases.shape != scales.shape || !whole {
        return None;
    }
    let (codes, scales, biases) = (words.dense_range()?, numbers(scales)?, numbers(biases)?);
    let quantised = GroupQuantised { codes, bits, group, rows, columns, scales, offset: Offset::Biases(biases) };
    let shape = vec![rows, columns];
    quantised.is_consistent().then(|| Derived::new(shape, Encoding::GroupQuantised(quantised), None))?
}

fn numbers(entry: &Entry) -> Option<Numbers> {
    let kind = match entry.dtype {
        Dtype::F32 => Type::F32,
        Dtype::F16 => Type::F16,
        Dtype::BF16 => Type::Bf16,
        _ => return None,
    };
    let count = entry.shape.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))?;
    Numbers::raw(kind, count, entry.dense_range()?)
}
