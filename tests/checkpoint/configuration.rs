//! config.json: published and other dimensions and vocabularies.

use kokoro_wgpu::Config;
use kokoro_wgpu::text::phonemes::{self, Vocabulary};
use serde_json::{Value, json};

use super::{assert_says, repository_file};

fn published() -> Value {
    serde_json::from_str(&std::fs::read_to_string(repository_file("config.json")).unwrap()).unwrap()
}

/// The published file with one value changed, or removed if it is null.
fn changed(pointer: &str, value: &Value) -> Vec<u8> {
    let mut config = published();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = config.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => drop(parent.remove(key)),
        value => drop(parent.insert(key.to_owned(), value.clone())),
    }
    config.to_string().into_bytes()
}

#[test]
fn the_published_file_is_the_default() {
    assert_eq!(Config::open(repository_file("config.json")).unwrap(), Config::default());
    let vocabulary = Vocabulary::open(repository_file("config.json")).unwrap();
    assert_eq!(vocabulary, Vocabulary::published());
    assert_eq!(vocabulary.symbols().len(), 114);
    assert_eq!(vocabulary.ids("həlˈO!"), phonemes::ids("həlˈO!"));
}

#[test]
fn the_vocabulary_is_the_published_one() {
    let config = published();
    let published = config["vocab"].as_object().unwrap();
    assert_eq!(published.len(), 114);
    for (symbol, id) in published {
        let id = id.as_u64().unwrap() as u32;
        assert_eq!(phonemes::ids(symbol), [id], "{symbol:?}");
        assert_eq!(phonemes::symbol(id).map(String::from).as_ref(), Some(symbol));
    }
    let known = (0..200).filter_map(phonemes::symbol).count();
    assert_eq!(known, 114, "no symbol beyond the published ones");
    assert_eq!(phonemes::symbol(0), None, "the boundary token has no symbol");
}

#[test]
fn other_dimensions_are_read_and_unknown_keys_ignored() {
    let narrow = Config::from_json("c", &changed("/hidden_dim", &json!(64))).unwrap();
    assert_eq!((narrow.hidden_dim, narrow.style_dim), (64, 128));
    let added = Config::from_json("c", &changed("/model_type", &json!("kokoro"))).unwrap();
    assert_eq!(added, Config::default());
    let albert = Config::from_json("c", &changed("/plbert/embedding_size", &json!(64))).unwrap();
    assert_eq!(albert.plbert.embedding_size, 64);
    let decoder = Config::from_json("c", &changed("/decoder_dim", &json!(96))).unwrap();
    assert_eq!((decoder.decoder_dim, decoder.asr_res_dim), (96, 64));
}

#[test]
fn unsupported_values_are_named() {
    let faults = [
        ("/istftnet/upsample_rates", json!([8, 8]), "istftnet.upsample_rates is [8, 8], only [10, 6]"),
        ("/istftnet/gen_istft_n_fft", json!(16), "istftnet.gen_istft_n_fft is 16"),
        ("/istftnet/resblock_kernel_sizes", json!([3, 7]), "istftnet.resblock_kernel_sizes"),
        ("/istftnet/resblock_dilation_sizes", Value::Null, "missing field `resblock_dilation_sizes`"),
        ("/hidden_dim", json!(63), "hidden_dim must be a multiple of 16"),
        ("/hidden_dim", json!(-1), "integer `-1`"),
        ("/hidden_dim", json!(0), "hidden_dim is 0, expected 1 to 32768"),
        ("/n_token", json!("many"), "string \"many\""),
        ("/n_layer", json!(1e9), "float"),
        ("/n_layer", json!(100_000), "n_layer is 100000, expected 1 to 32768"),
        ("/plbert/hidden_size", Value::Null, "missing field `hidden_size`"),
        ("/plbert", json!({}), "missing field `hidden_size`"),
    ];
    for (pointer, value, words) in faults {
        assert_says(Config::from_json("c.json", &changed(pointer, &value)), &["c.json: ", words]);
    }
    for text in ["", "{", "[]", "null", "\u{0}"] {
        assert_says(Config::from_json("c.json", text.as_bytes()), &["c.json: "]);
        assert_says(Vocabulary::from_config_json("c.json", text.as_bytes()), &["c.json: "]);
    }
}

#[test]
fn a_model_may_have_its_own_vocabulary() {
    let vocabulary = json!({"ㄅ": 24, "a": 43, "压": 177, "1": 1});
    let changed_file = changed("/vocab", &vocabulary);
    let vocabulary = Vocabulary::from_config_json("c", &changed_file).unwrap();
    assert_eq!(Config::from_json("c", &changed_file).unwrap().vocab, vocabulary);
    assert_eq!(vocabulary.ids("aㄅ?压1"), [43, 24, 177, 1]);
    assert_eq!(vocabulary.unknown("aㄅ?压b").collect::<String>(), "?b");
    assert_eq!((vocabulary.symbol(177), vocabulary.symbol(2), vocabulary.id('b')), (Some('压'), None, None));
    let faults = [
        (json!({"ab": 3}), "\"ab\" is not one code point"),
        (json!({"": 3}), "\"\" is not one code point"),
        (json!({"a": 0}), "\"a\" has id 0, expected 1 to 177"),
        (json!({"a": 178}), "has id 178"),
        (json!({"a": -1}), "has id -1"),
        (json!({"a": 1.5}), "has id 1.5"),
        (json!({}), "has no vocab"),
        (Value::Null, "has no vocab"),
    ];
    for (vocabulary, words) in faults {
        assert_says(Vocabulary::from_config_json("c", &changed("/vocab", &vocabulary)), &["c: ", words]);
    }
}
