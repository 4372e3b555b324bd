//! `kokoro phonemize`, and `kokoro say` with a model's own phonemes.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn phonemize(arguments: &[&str], stdin: &str, path: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    command.arg("phonemize").args(arguments);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Fails if the program ends before it reads, which is allowed.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn phonemize_prints_a_line_per_line() {
    let american = printed(&phonemize(&[], "home\n\nA home.\n...\nhome", None));
    assert_eq!(american, "hˈOm\n\nɐ hˈOm.\n\nhˈOm\n");
    assert_eq!(printed(&phonemize(&["--lang", "b", "home"], "", None)), "hˈQm\n");
    let warned = phonemize(&[], "home\n...\n", None);
    assert!(String::from_utf8(warned.stderr).unwrap().contains("warning: line 2: nothing in"));
    for (arguments, stdin, status, message) in [
        (&["..."][..], "", 1, "nothing in it can be spoken"),
        (&[], " \n", 1, "it is empty"),
        (&["--lang", "xx", "x"], "", 2, "\"xx\" is not known"),
        (&["-i", "absent.txt"], "", 1, "absent.txt"),
    ] {
        let output = phonemize(arguments, stdin, None);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(status) && stderr.contains(message), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_missing_espeak_ng_is_reported_with_its_package() {
    let folder = tempfile::tempdir().unwrap();
    let output = phonemize(&["--lang", "es", "hola"], "", folder.path().to_str());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("espeak-ng: not found") && stderr.contains("apt-get install espeak-ng"), "{stderr}");
}

/// The published config.json with a vocabulary in zhuyin.
fn zhuyin_config(folder: &std::path::Path) -> String {
    let mut config: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/golden/config.json")).unwrap();
    config["vocab"] = serde_json::json!({"ㄅ": 30, "ㄚ": 40, "4": 52, "/": 7, ",": 3, " ": 16});
    let path = folder.join("config.json");
    std::fs::write(&path, config.to_string()).unwrap();
    path.display().to_string()
}

#[test]
fn a_models_own_phonemes_are_printed_and_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let config = zhuyin_config(folder.path());
    let model = folder.path().join("kokoro-v1_1-zh.pth").display().to_string();
    assert_eq!(printed(&phonemize(&["--lang", "zh", "爸，爸"], "", None)), "pa↘, pa↘\n");
    for arguments in [["--config", config.as_str()], ["--model", model.as_str()]] {
        assert_eq!(
            printed(&phonemize(&[&["--lang", "z", "爸，爸"], &arguments[..]].concat(), "", None)),
            "ㄅㄚ4, ㄅㄚ4\n"
        );
    }
    // A config.json of another program is ignored, and none at all is needed, but by a model that has another alphabet.
    let published = folder.path().join("kokoro-v1_0.pth").display().to_string();
    for file in [&published, &model] {
        std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/tiny.pth"), file).unwrap();
    }
    let of_v1_0 = folder.path().join("v1_0.json").display().to_string();
    std::fs::write(&of_v1_0, include_str!("../../../tests/golden/config.json")).unwrap();
    for config in [Some("{\"model_type\": \"bert\"}"), None, Some(include_str!("../../../tests/golden/config.json"))] {
        let path = folder.path().join("config.json");
        match config {
            Some(config) => std::fs::write(path, config).unwrap(),
            None => std::fs::remove_file(path).unwrap(),
        }
        assert_eq!(printed(&phonemize(&["--lang", "zh", "--model", &published, "爸"], "", None)), "pa↘\n");
        for arguments in [&["--model", &model][..], &["--model", &model, "--config", &of_v1_0]] {
            let refused = phonemize(&[arguments, &["--lang", "zh", "爸"]].concat(), "", None);
            let stderr = String::from_utf8(refused.stderr).unwrap();
            assert_eq!(refused.status.code(), Some(1), "{stderr}");
            assert!(stderr.contains("kokoro-v1_1-zh.pth has phonemes of its own"), "{stderr}");
            assert!(stderr.contains("config.json published with v1.1-zh must be beside the model"), "{stderr}");
        }
    }

    let config = zhuyin_config(folder.path());
    let timings = folder.path().join("out.json").display().to_string();
    let audio = folder.path().join("out.wav").display().to_string();
    for (given, warned) in [(&["--lang", "zh", "爸，八"][..], "'1'"), (&["--phonemes", "ㄅㄚ4ə"], "'ə'")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
        command.args(["say", "--model", "seeded:0", "--speed", "4", "--config", &config, "-o", &audio]);
        let output = command.args(["--timings", &timings]).args(given).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        assert_eq!(stderr.matches("not in the model's alphabet and dropped").count(), 1, "{stderr}");
        assert!(stderr.contains(warned), "{stderr}");
        let timings: serde_json::Value = serde_json::from_slice(&std::fs::read(&timings).unwrap()).unwrap();
        let symbols: String =
            timings["phonemes"].as_array().unwrap().iter().map(|p| p["text"].as_str().unwrap()).collect();
        assert_eq!(symbols, if given.len() == 3 { "ㄅㄚ4, ㄅㄚ" } else { "ㄅㄚ4" });
    }
}

#[test]
fn a_lexicon_gives_words_their_phonemes() {
    let folder = tempfile::tempdir().unwrap();
    let names = folder.path().join("names.txt");
    let run = |text: &str| {
        std::fs::write(&names, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
        command.args(["phonemize", "--lexicon"]).arg(&names).arg("Kokoro's home").output().unwrap()
    };
    let output = run("# names\nKokoro /kˈoʊkəɹoʊ/\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "kˈOkəɹOz hˈOm\n");
    let output = run("Kokoro k%\n");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && stderr.contains("names.txt: line 1: '%'"), "{stderr}");
}
