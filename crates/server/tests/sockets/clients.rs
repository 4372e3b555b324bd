//! Real clients, which `make serve-test` installs into the folder that $KOKORO_TEST_CLIENTS names.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::client::speech;
use super::{fake, narrow};

/// Runs a client, which must end well.
fn run(program: &Path, arguments: &[&str]) {
    let output =
        Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn clients_that_people_use_are_served() {
    let Some(folder) = std::env::var_os("KOKORO_TEST_CLIENTS").map(PathBuf::from) else {
        println!("skipped: `make serve-test` installs the clients and sets KOKORO_TEST_CLIENTS");
        return;
    };
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
    let (server, _) = narrow::server_with_key("secret");
    let url = format!("http://{}", server.address);
    let python = folder.join("venv/bin/python");
    run(&python, &[&format!("{scripts}/openai_client.py"), &url, "secret"]);
    run(Path::new("node"), &[folder.join("openai.mjs").to_str().unwrap(), &url, "secret"]);
    let wyoming = server.wyoming.unwrap();
    let (host, port) = (wyoming.ip().to_string(), wyoming.port().to_string());
    run(&python, &[&format!("{scripts}/wyoming_client.py"), &host, &port]);
}

/// Samples that ffmpeg decodes from a file, at 24 kHz.
fn decode(folder: &Path, name: &str, bytes: &[u8]) -> Vec<f32> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(&path).args(["-f", "f32le", "-ac", "1", "-ar", "24000", "-"]);
    let output = ffmpeg.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && error.is_empty(), "{name}: {error}");
    output.stdout.chunks_exact(4).map(|sample| f32::from_le_bytes(sample.try_into().unwrap())).collect()
}

/// How much alike two sounds are, 1 for the same, where the second begins at most `delay` samples later.
fn likeness(sound: &[f32], later: &[f32], delay: usize) -> f64 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    // The delay is found by a piece of the middle, and the whole is compared with that delay.
    let piece = sound.len() / 2..sound.len() / 2 + 3_000;
    let at = |delay: &usize| product(&sound[piece.clone()], &later[piece.start + delay..]);
    let delay = (0..=delay).max_by(|a, b| at(a).total_cmp(&at(b))).unwrap();
    let later = &later[delay..];
    let (sound, later) = (&sound[..later.len().min(sound.len())], &later[..later.len().min(sound.len())]);
    product(sound, later) / (product(sound, sound) * product(later, later)).sqrt()
}

#[test]
fn every_format_is_decoded_by_another_program() {
    if std::env::var_os("KOKORO_TEST_CLIENTS").is_none() {
        println!("skipped: `make serve-test` installs ffmpeg and sets KOKORO_TEST_CLIENTS");
        return;
    }
    let server = fake::tone();
    let folder = tempfile::tempdir().unwrap();
    let ask = |format: &str, stream: bool| {
        let text = "Hello there. This is the second sentence, which is somewhat longer, so that it comes by itself.";
        let answer = speech(server.address, &json!({ "input": text, "response_format": format, "stream": stream }));
        assert_eq!(answer.status, 200, "{format}: {}", answer.text());
        answer.body
    };
    let pcm = ask("pcm", true);
    let sound: Vec<f32> =
        pcm.chunks(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0).collect();
    // What an encoder adds before and after: MP3 and AAC a few frames of 576 or 1,024 samples, of which the decoder may know.
    for (format, added, alike) in
        [("wav", 0, 1.0), ("flac", 0, 1.0), ("opus", 960, 0.98), ("mp3", 2_400, 0.98), ("aac", 3_072, 0.98)]
    {
        for stream in [true, false] {
            let name = format!("{stream}.{format}");
            let decoded = decode(folder.path(), &name, &ask(format, stream));
            let (samples, expected) = (decoded.len(), sound.len());
            assert!(
                (expected..=expected + added).contains(&samples),
                "{name}: {samples} samples, {expected} were said"
            );
            let likeness = likeness(&sound, &decoded, added);
            assert!(likeness > alike - 1e-6, "{name}: {likeness}");
        }
    }
}

/// The lines of README and the manual that begin with `curl`, joined where they end with a backslash.
fn curl_lines() -> Vec<String> {
    let pages = concat!(include_str!("../../../../README.md"), include_str!("../../../../docs/server.md"));
    pages.replace("\\\n", "").lines().filter(|line| line.starts_with("curl ")).map(str::to_owned).collect()
}

#[test]
fn the_lines_of_the_pages_work_as_printed() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: curl is not installed");
        return;
    }
    let (server, _) = narrow::server();
    let folder = tempfile::tempdir().unwrap();
    // An error is a failure of curl too.
    std::fs::write(folder.path().join(".curlrc"), "fail\nsilent\nshow-error\n").unwrap();
    let lines = curl_lines();
    assert_eq!(lines.len(), 12);
    for line in &lines {
        let here = line.replace("localhost:8880", &server.address.to_string());
        let mut shell = Command::new("sh");
        shell.args(["-c", &here]).current_dir(folder.path()).env("CURL_HOME", folder.path());
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        match line.rsplit_once(" -o ").map(|(_, file)| file.split(' ').next().unwrap()) {
            Some(file) => assert!(std::fs::metadata(folder.path().join(file)).unwrap().len() > 1_000, "{line}"),
            None => assert!(!output.stdout.is_empty(), "{line}"),
        }
    }
}
