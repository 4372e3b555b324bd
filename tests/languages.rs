//! Languages read through espeak-ng: golden lines, and `kokoro phonemize`. Without the program these say so and pass.
#![cfg(feature = "cli")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests say what they expect by failing, and their score"
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use kokoro_wgpu::Error;
use kokoro_wgpu::text::espeak::Espeak;
use kokoro_wgpu::text::{G2p, Language};

fn espeak(language: Language) -> Option<Espeak> {
    match Espeak::new(language) {
        Ok(espeak) => Some(espeak),
        Err(error @ Error::Program { .. }) => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn phonemize(arguments: &[&str], stdin: &str, path: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    command.arg("phonemize").args(arguments);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that fails early does not read it.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn golden_lines_match() {
    let mut score: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in include_str!("golden/g2p-espeak.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [text, golden, language] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line:?}") };
        let Some(espeak) = espeak(language.parse().unwrap()) else { return };
        let ours = espeak.phonemize(text).unwrap();
        let [lines, exact, equal, all] = score.entry(language).or_default();
        (*lines, *exact) = (*lines + 1, *exact + usize::from(ours == golden));
        let words: Vec<_> = golden.split(' ').collect();
        *equal += ours.split(' ').zip(&words).filter(|(word, other)| word == *other).count();
        *all += words.len();
        if ours != golden {
            wrong.push(format!("{text}\n   ours {ours}\n golden {golden}"));
        }
    }
    println!("language  lines  exact  words  matched");
    for (language, [lines, exact, equal, all]) in &score {
        println!("{language:<8}  {lines:>5}  {exact:>5}  {all:>5}  {equal:>7}");
    }
    assert_eq!(score.len(), 5);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn text_is_never_a_command() {
    let Some(espeak) = espeak(Language::Spanish) else { return };
    let hello = espeak.phonemize("hola").unwrap();
    // An option, espeak-ng's phoneme brackets, its command character, a NUL, SSML.
    for text in ["--version hola", "[[hola]]", "\u{1}20S hola", "\0hola", "-f /etc/passwd hola", "<break/> hola"] {
        let spoken = espeak.phonemize(text).unwrap();
        assert!(spoken.ends_with(&hello), "{text:?} is {spoken}");
    }
    assert_eq!(espeak.phonemize("[hola](/ˈola/) hola").unwrap(), format!("ˈola {hello}"));
    assert_eq!(espeak.phonemize("(hola) [hola]").unwrap(), format!("({hello}) {hello}"));
    for text in ["", " \n ", "...", "¿?"] {
        assert!(espeak.phonemize(text).unwrap_err().to_string().contains("nothing in"), "{text:?}");
    }
}

#[test]
fn long_text_is_whole() {
    let Some(espeak) = espeak(Language::Italian) else { return };
    let spoken = espeak.phonemize(&"casa ".repeat(500)).unwrap();
    assert_eq!(spoken.split(' ').count(), 500, "cut into five pieces, no word lost");
}

#[test]
fn phonemize_prints_a_line_per_line() {
    let american = printed(&phonemize(&[], "home\n\nA home.\n...\nhome", None));
    assert_eq!(american, "hˈOm\n\nɐ hˈOm.\n\nhˈOm\n");
    assert_eq!(printed(&phonemize(&["--lang", "b", "home"], "", None)), "hˈQm\n");
    let warned = phonemize(&[], "home\n...\n", None);
    assert!(String::from_utf8(warned.stderr).unwrap().contains("warning: line 2: nothing in"));
    for (arguments, stdin, status, said) in [
        (&["..."][..], "", 1, "nothing in it can be spoken"),
        (&[], " \n", 1, "it is empty"),
        (&["--lang", "xx", "x"], "", 2, "\"xx\" is not known"),
        (&["--lang", "ja", "日"], "", 1, "'日' in \"日\": of Japanese only kana are read"),
        (&["-i", "absent.txt"], "", 1, "absent.txt"),
    ] {
        let output = phonemize(arguments, stdin, None);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(status) && stderr.contains(said), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_machine_without_the_program_is_told_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let output = phonemize(&["--lang", "es", "hola"], "", folder.path().to_str());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("espeak-ng: not found") && stderr.contains("apt-get install espeak-ng"), "{stderr}");
}

/// The published config.json with a vocabulary in zhuyin.
#[cfg(feature = "mandarin")]
fn zhuyin_config(folder: &std::path::Path) -> String {
    let mut config: serde_json::Value = serde_json::from_str(include_str!("golden/config.json")).unwrap();
    config["vocab"] = serde_json::json!({"ㄅ": 30, "ㄚ": 40, "4": 52, "/": 7, ",": 3, " ": 16});
    let path = folder.join("config.json");
    std::fs::write(&path, config.to_string()).unwrap();
    path.display().to_string()
}

#[cfg(feature = "mandarin")]
#[test]
fn the_models_own_phonemes_are_written_and_spoken() {
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
    // Another program's file of that name is no model's.
    std::fs::write(folder.path().join("config.json"), "{\"model_type\": \"bert\"}").unwrap();
    assert_eq!(printed(&phonemize(&["--lang", "zh", "--model", &model, "爸"], "", None)), "pa↘\n");

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
