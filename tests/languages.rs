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
    let mut score: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in include_str!("golden/g2p-espeak.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [text, golden, language] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line:?}") };
        let Some(espeak) = espeak(language.parse().unwrap()) else { return };
        let ours = espeak.phonemize(text).unwrap();
        let (equal, all) = score.entry(language).or_default();
        let words: Vec<_> = golden.split(' ').collect();
        *equal += ours.split(' ').zip(&words).filter(|(word, other)| word == *other).count();
        *all += words.len();
        if ours != golden {
            wrong.push(format!("{text}\n   ours {ours}\n golden {golden}"));
        }
    }
    for (language, (equal, all)) in &score {
        println!("{language}: {equal} of {all} golden words");
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
        (&["--lang", "ja", "x"], "", 2, "Japanese text is not read yet"),
        (&["--lang", "zh", "x"], "", 2, "Mandarin text is not read yet"),
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
