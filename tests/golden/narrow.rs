//! The configuration of the network of narrow.py, which needs a thousandth of the published one's work. Tests of several crates
//! include this file.

use serde_json::{Value, json};

/// config.json: the published one with other dimensions.
pub fn config() -> Value {
    let mut config: Value = serde_json::from_str(include_str!("config.json")).unwrap();
    for (key, size) in [("hidden_dim", 64), ("style_dim", 16), ("n_layer", 2), ("decoder_dim", 64), ("asr_res_dim", 8)]
    {
        config[key] = json!(size);
    }
    config["istftnet"]["upsample_initial_channel"] = json!(64);
    let bert = [("embedding_size", 16), ("hidden_size", 48), ("num_attention_heads", 3), ("intermediate_size", 64)];
    for (key, size) in bert.into_iter().chain([("num_hidden_layers", 2)]) {
        config["plbert"][key] = json!(size);
    }
    config
}
