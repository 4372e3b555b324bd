//! The binary `kokoro`, run as a user runs it.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by failing, in their helpers too")]

use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use kokoro_wgpu::Golden;
use serde_json::Value;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/short.safetensors");
const HELLO: &str = "həlˈO.";

struct Run {
    status: i32,
    stdout: Vec<u8>,
    stderr: String,
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    for variable in ["KOKORO_MODEL", "KOKORO_VOICES", "RUST_LOG"] {
        command.env_remove(variable);
    }
    // Whoever runs the tests may have downloaded voices.
    command.env("HF_HUB_CACHE", folder.join("no cache"));
    command.env("HF_HUB_OFFLINE", "1");
    command.env("XDG_RUNTIME_DIR", std::env::temp_dir()); // Mesa complains where it is unset
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(mut command: Command, stdin: &[u8]) -> Run {
    let mut child = command.spawn().unwrap();
    // A program that fails early does not read it, which is its right.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Run { status: output.status.code().unwrap(), stdout: output.stdout, stderr }
}

fn kokoro(folder: &Path, arguments: &[&str]) -> Run {
    run(command(folder, arguments), b"")
}

fn listing(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Files that are not what they should be.
fn folder_of_bad_files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let golden = std::fs::read(GOLDEN).unwrap();
    write("truncated.safetensors", &golden[..golden.len() - 1]);
    write("headless.safetensors", &golden[..100]);
    write("golden.safetensors", &golden);
    write("kokoro.pth", b"PK\x03\x04 and so on");
    write("short.bin", &[0; 1024]);
    write("voice.pt", b"PK\x03\x04 and so on");
    write("latin1.txt", b"caf\xe9");
    write("blank.txt", b" \n\t\n");
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    folder
}

#[test]
fn what_cannot_be_done_is_said_and_leaves_no_file() {
    let seeded = ["--model", "seeded:0", "-o", "out.wav"];
    let ids = vec!["7"; 511].join(",");
    // (arguments of `say`, whether the model and output are given by `seeded`, status, what is said)
    let cases: &[(&[&str], bool, i32, &[&str])] = &[
        (&["hi", "-o", "out.wav"], false, 1, &["no model", "hexgrad/Kokoro-82M", "--model seeded:0"]),
        (&["hi", "-o", "out.wav", "--model", "absent"], false, 1, &["cannot open absent: "]),
        (&["hi", "-o", "out.wav", "--model", "folder"], false, 1, &["cannot open folder: is a directory"]),
        (&["hi", "-o", "out.wav", "--model", "seeded:x"], false, 2, &["seeded:x"]),
        (&["hi", "-o", "out.wav", "--model", "truncated.safetensors"], false, 1, &["truncated.safetensors: truncated"]),
        (&["hi", "-o", "out.wav", "--model", "headless.safetensors"], false, 1, &["headless.safetensors: truncated"]),
        (&["hi", "-o", "out.wav", "--model", "kokoro.pth"], false, 1, &["kokoro.pth: truncated", "zip"]),
        (&["hi", "-o", "out.wav", "--model", "golden.safetensors"], false, 1, &["no voice af_heart", "af_heart.pt"]),
        (&["hi", "-o", "absent/out.wav", "--model", "seeded:0"], false, 1, &["cannot write absent/out.wav: "]),
        (&["hi", "-o", "blank.txt/out.wav", "--model", "seeded:0"], false, 1, &["cannot write blank.txt/out.wav: "]),
        (&["hi", "-o", "folder", "--model", "seeded:0"], false, 1, &["cannot write folder: is a directory"]),
        (&["hi", "-o", "new/", "--model", "seeded:0"], false, 1, &["cannot write new/: is a directory"]),
        (&["hi", "-o", "", "--model", "seeded:0"], false, 2, &["-o"]),
        (&[""], true, 1, &["empty"]),
        (&[" \n"], true, 1, &["empty"]),
        (&[], true, 1, &["empty"]), // standard input
        (&["-i", "blank.txt"], true, 1, &["empty"]),
        (&["-i", "latin1.txt"], true, 1, &["cannot read latin1.txt", "UTF-8"]),
        (&["-i", "absent.txt"], true, 1, &["cannot read absent.txt"]),
        (&["-i", "folder"], true, 1, &["cannot read folder"]),
        (&["😀"], true, 1, &["text: "]),
        (&["--phonemes", ""], true, 1, &["phonemes"]),
        (&["--phonemes", "@#"], true, 1, &["phonemes", "alphabet"]),
        (&["hi", "--phonemes", "h"], true, 2, &["cannot be used with"]),
        (&["hi", "--tokens", "1"], true, 2, &["cannot be used with"]),
        (&["--tokens", "1,x"], true, 2, &["'x'", "0 to 177"]),
        (&["--tokens", "1,178"], true, 2, &["'178'", "0 to 177"]),
        (&["--tokens", ""], true, 2, &["0 to 177"]),
        (&["--tokens", &ids], true, 2, &["511 ids, at most 510"]),
        (&["hi", "--speed", "0"], true, 2, &["0.25 to 4"]),
        (&["hi", "--speed", "-1"], true, 2, &["0.25 to 4"]),
        (&["hi", "--speed", "nan"], true, 2, &["0.25 to 4"]),
        (&["hi", "--lang", "xx"], true, 2, &["en-us", "pt-br (p)"]),
        (&["hi", "--seed", "4294967296"], true, 2, &["--seed"]),
        (&["hi", "--voice", "am_nobody"], true, 1, &["no voice am_nobody", "KOKORO_VOICES"]),
        (&["hi", "--voice", "short.bin"], true, 1, &["short.bin: has 1024 bytes", "522240 bytes"]),
        (&["hi", "--voice", "voice.pt"], true, 1, &["voice.pt: truncated", "zip"]),
        (&["hi", "--voice", "seeded:1,am_nobody"], true, 1, &["no voice am_nobody"]),
        (&["hi", "--voice", "seeded:1:2,seeded:2"], true, 2, &["1 of 2 weights"]),
        (&["hi", "--voice", "absent.bin"], true, 1, &["cannot open absent.bin"]),
        (&["hi", "--voice", "seeded:-1"], true, 2, &["seeded:-1"]),
        (&["hi", "--adapter", "no such adapter"], true, 1, &["no GPU adapter matches \"no such adapter\""]),
        (&["hi", "--adapter", "99"], true, 1, &["no GPU adapter matches \"99\"; available: 0: "]),
        (&["hi", "--conv", "fast"], true, 2, &["\"fast\" is none of registers, shared, subgroup, matrix"]),
        (&["hi", "-q", "-v"], true, 2, &["cannot be used with"]),
        (&["...\n"], true, 1, &["text: ", "nothing that can be spoken"]),
        (&["hi", "--timings", "out.txt"], true, 2, &["out.txt", ".json, .srt, .vtt nor .tsv"]),
        (&["hi", "--timings", "absent/out.srt"], true, 1, &["cannot write absent/out.srt"]),
        (&["--tokens", "50", "--timings", "out.srt"], true, 2, &["cannot be used with"]),
        (&["hi", "--split", "words"], true, 2, &["sentences", "published"]),
    ];
    let folder = folder_of_bad_files();
    let before = listing(folder.path());
    for (arguments, with_seeded, status, said) in cases {
        let rest: &[&str] = if *with_seeded { &seeded } else { &[] };
        let result = kokoro(folder.path(), &[&["say"], *arguments, rest].concat());
        assert_eq!(result.status, *status, "{arguments:?}: {}", result.stderr);
        let errors = result.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "{arguments:?}: {}", result.stderr); // a warning may come first
        for part in *said {
            assert!(result.stderr.contains(part), "{arguments:?} does not say {part:?}: {}", result.stderr);
        }
        assert!(result.stdout.is_empty(), "{arguments:?} writes to standard output");
        assert_eq!(listing(folder.path()), before, "{arguments:?} leaves a file");
    }
}

#[test]
fn voices_are_looked_for_where_the_error_says() {
    let folder = folder_of_bad_files();
    let arguments = ["say", "hi", "-o", "out.wav", "--model", "golden.safetensors", "--voice", "bf_x"];
    let mut command = command(folder.path(), &arguments);
    command.env("KOKORO_VOICES", std::env::join_paths(["one", "two"]).unwrap());
    let looked: Vec<String> =
        run(command, b"").stderr.lines().filter_map(|line| Some(line.strip_prefix("  ")?.replace('\\', "/"))).collect();
    assert_eq!(looked[..4], ["bf_x.pt", "voices/bf_x.pt", "one/bf_x.pt", "two/bf_x.pt"]);
}

#[test]
fn a_failure_keeps_the_file_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("out.wav"), "before").unwrap();
    let arguments = ["say", "hi", "-o", "out.wav", "--model", "seeded:0", "--adapter", "no such adapter"];
    assert_eq!(kokoro(folder.path(), &arguments).status, 1);
    assert_eq!(std::fs::read(folder.path().join("out.wav")).unwrap(), b"before");
}

#[test]
fn a_reader_that_goes_is_no_error_message() {
    let mut child = command(Path::new("."), &["info"]).spawn().unwrap();
    drop(child.stdout.take()); // long before it has found the adapters
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(1), Vec::new()));
}

fn json(run: &Run) -> Value {
    serde_json::from_slice(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&run.stdout)))
}

#[test]
fn info_counts_a_full_seeded_model() {
    let folder = tempfile::tempdir().unwrap();
    let result = kokoro(folder.path(), &["info", "--model", "seeded:0", "--json"]);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let info = json(&result);
    let (adapter, model) = (&info["adapters"][0], &info["model"]);
    assert_eq!((&model["origin"], &model["parameters"]), (&"seeded:0".into(), &81_810_022.into()));
    assert!(model["resident_bytes"].as_u64() >= Some(4 * 81_810_022), "{model}");
    // Ten seconds' largest activation alone is 24.6 MB.
    assert!(model["activation_bytes"].as_u64() > Some(24_600_000), "{model}");
    assert_eq!(adapter["name"], model["adapter"]);
    // Once from the limits alone, once from every activation of the plan.
    assert_eq!(adapter["longest_utterance_frames"], model["longest_utterance_frames"]);
}

#[test]
fn say_writes_the_same_sound_to_a_file_and_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.wav");
    std::fs::write(&file, "before").unwrap();
    let phonemes = format!("{HELLO}@");
    let arguments = ["say", "--phonemes", &phonemes, "--model", "seeded:0", "--seed", "3"];
    let to_file = kokoro(folder.path(), &[&arguments[..], &["-v", "-o", "out.wav"]].concat());
    assert_eq!(to_file.status, 0, "{}", to_file.stderr);
    assert!(to_file.stdout.is_empty());
    for said in ["dropped: '@'", "noise, not speech", "81,810,022 parameters", "peak GPU bytes", "times real time"] {
        assert!(to_file.stderr.contains(said), "{said:?} is missing: {}", to_file.stderr);
    }
    let (_, durations) = to_file.stderr.split_once("durations of 25 ms: ").unwrap();
    let durations: Vec<u32> = durations.split_whitespace().map_while(|word| word.parse().ok()).collect();
    assert_eq!(durations.len(), 6 + 2, "each phoneme and the two boundaries");

    let bytes = std::fs::read(&file).unwrap();
    let wav = hound::WavReader::new(Cursor::new(&bytes)).unwrap();
    let spec = wav.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 24_000, 16));
    assert_eq!(wav.len(), 600 * durations.iter().sum::<u32>());
    let loudest = wav.into_samples::<i16>().map(|sample| sample.unwrap().unsigned_abs()).max();
    assert!(loudest > Some(1000), "silence: the loudest sample is {loudest:?}");
    assert_eq!(listing(folder.path()), ["out.wav"]);

    // A pipe has it as it is made: the sizes are not known, all else is the same.
    let to_stdout = kokoro(folder.path(), &[&arguments[..], &["-q", "--timings", "out.json"]].concat());
    assert_eq!((to_stdout.status, to_stdout.stderr.as_str()), (0, ""));
    assert_eq!((&to_stdout.stdout[4..8], &to_stdout.stdout[40..44]), ([0xff; 4].as_slice(), [0xff; 4].as_slice()));
    assert!(to_stdout.stdout[44..] == bytes[44..], "a second run differs");

    let timings: Value = serde_json::from_slice(&std::fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(timings["samples"], 600 * durations.iter().sum::<u32>());
    let mut now = 600 * durations[0];
    let phonemes = timings["phonemes"].as_array().unwrap();
    assert_eq!(phonemes.len(), 6);
    for (phoneme, frames) in phonemes.iter().zip(&durations[1..]) {
        assert_eq!((&phoneme["start_sample"], &phoneme["end_sample"]), (&now.into(), &(now + 600 * frames).into()));
        now += 600 * frames;
    }
    assert_eq!(timings["words"].as_array().unwrap().len(), 1);

    let raw = kokoro(folder.path(), &[&arguments[..], &["-q", "--raw", "--float"]].concat());
    assert_eq!(raw.stdout.len(), 2 * (bytes.len() - 44), "float32 without a header");
    let sample = |at: usize| f32::from_le_bytes(raw.stdout[4 * at..][..4].try_into().unwrap());
    let quantised = |at: usize| i16::from_le_bytes(bytes[44 + 2 * at..][..2].try_into().unwrap());
    for at in 0..raw.stdout.len() / 4 {
        let expected = (sample(at).clamp(-1.0, 1.0) * 32767.0).round();
        assert_eq!(f32::from(quantised(at)), expected, "sample {at}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_valid_file_of_what_was_spoken() {
    use std::io::{BufRead, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let arguments = ["say", "--model", "seeded:0", "--speed", "4", "-v", "-o", "out.wav", "--timings", "out.tsv"];
    let mut child = command(folder.path(), &arguments).spawn().unwrap();
    // Standard input stays open: a person who writes on, or a program that thinks.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"This is the first one. And").unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let durations =
        said.by_ref().find_map(|line| line.strip_prefix("durations of 25 ms: ").map(str::to_owned)).unwrap();
    let frames: u32 = durations.split_whitespace().map_while(|word| word.parse::<u32>().ok()).sum();
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let rest: Vec<String> = said.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("Ctrl-C again")), "{rest:?}");
    let wav = hound::WavReader::open(folder.path().join("out.wav")).unwrap();
    assert!(wav.len() >= 600 * frames && wav.len().is_multiple_of(600), "{} samples", wav.len());
    let table = std::fs::read_to_string(folder.path().join("out.tsv")).unwrap();
    assert!(table.lines().any(|line| line.ends_with("word\tone.")), "{table}");
    assert_eq!(listing(folder.path()), ["out.tsv", "out.wav"]);
}

#[test]
fn verify_passes_its_own_golden_file_and_dumps_what_it_computed() {
    let folder = tempfile::tempdir().unwrap();
    let result = kokoro(folder.path(), &["verify", "--json", "--dump", "dump.safetensors"]);
    let report = json(&result);
    assert_eq!((result.status, &report["holds"]), (0, &true.into()), "{report:#}");
    assert_eq!(report["stages"].as_array().unwrap().len(), 46, "44 stages, the spectrum in three rows");
    let share = report["worst_share_of_bound"].as_f64().unwrap();
    assert!(share > 0.0 && share <= 1.0, "{share}");

    let (golden, dump) = (Golden::open(GOLDEN).unwrap(), Golden::open(folder.path().join("dump.safetensors")).unwrap());
    assert_eq!((golden.input_ids(), golden.ref_s()), (dump.input_ids(), dump.ref_s()));
    assert_eq!(golden.durations(), dump.durations());
    assert_eq!(golden.stages().len(), dump.stages().len());
    for (truth, ours) in golden.stages().iter().zip(dump.stages()) {
        let layout =
            |s: &kokoro_wgpu::golden::Stage| (s.name.clone(), s.shape.clone(), s.stored_shape.clone(), s.stride);
        assert_eq!(layout(truth), layout(ours));
        assert_eq!(truth.torch_error, ours.torch_error, "{}", truth.name);
        if truth.name != "decoder.generator.har" {
            let norm = |v: &mut dyn Iterator<Item = f32>| v.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt();
            let difference = norm(&mut truth.values.iter().zip(&ours.values).map(|(a, b)| a - b));
            // The report has the same figure, in double precision.
            assert!(difference <= 4e-5 * norm(&mut truth.values.iter().copied()), "{} is off", truth.name);
        }
    }
}

/// Multiplies the values of one tensor of a safetensors file.
fn scaled(mut file: Vec<u8>, tensor: &str, factor: f32) -> Vec<u8> {
    let size = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&file[8..8 + size]).unwrap();
    let offset = |end: usize| 8 + size + header[tensor]["data_offsets"][end].as_u64().unwrap() as usize;
    for value in file[offset(0)..offset(1)].as_chunks_mut().0 {
        *value = (f32::from_le_bytes(*value) * factor).to_le_bytes();
    }
    file
}

#[test]
fn verify_fails_a_file_that_differs() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("off.safetensors"), scaled(std::fs::read(GOLDEN).unwrap(), "audio", 1.001))
        .unwrap();
    let result = kokoro(folder.path(), &["verify", "off.safetensors"]);
    assert_eq!(result.status, 1, "{}", result.stderr);
    let table = String::from_utf8(result.stdout).unwrap();
    let failing: Vec<&str> = table.lines().filter(|line| line.contains("FAILS")).collect();
    assert!(failing.len() == 1 && failing[0].starts_with("audio "), "{table}");
    assert!(table.contains("45 of 46 stages hold"), "{table}");
}

#[test]
fn verify_says_what_it_cannot_do() {
    let folder = folder_of_bad_files();
    let before = listing(folder.path());
    let cases: [(&[&str], i32, &str); 6] = [
        (&["absent.safetensors"], 1, "cannot open absent.safetensors"),
        (&["truncated.safetensors"], 1, "truncated"),
        (&["kokoro.pth"], 1, "zip archive"),
        (&["--dump", "absent/dump"], 1, "cannot write absent/dump"),
        (&["golden.safetensors", "golden.safetensors", "--dump", "dump"], 2, "--dump"),
        (&["--adapter", "no such adapter"], 1, "no GPU adapter"),
    ];
    for (arguments, status, said) in cases {
        let result = kokoro(folder.path(), &[&["verify"], arguments].concat());
        assert!(
            result.stderr.starts_with("error: ") && result.stderr.contains(said),
            "{arguments:?}: {}",
            result.stderr
        );
        assert_eq!((result.status, result.stdout.len()), (status, 0), "{arguments:?}");
        assert_eq!(listing(folder.path()), before, "{arguments:?} leaves a file");
    }
}

#[test]
fn say_keeps_pauses_rates_and_voices_of_ssml() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "<speak><p>Hi.</p><break time='1s'/><prosody rate='2'><voice name='seeded:1'>Hi.</voice></prosody></speak>";
    let result = kokoro(folder.path(), &["say", text, "-o", "out.wav", "--model", "seeded:0", "-v"]);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let lines = result.stderr.lines().filter_map(|line| line.strip_prefix("durations of 25 ms: "));
    let frames: Vec<u32> =
        lines.map(|line| line.split_whitespace().map_while(|word| word.parse::<u32>().ok()).sum()).collect();
    assert_eq!(frames.len(), 2, "{}", result.stderr);
    assert_ne!(frames[0], frames[1], "the second is spoken by another voice, faster");
    let wav = hound::WavReader::open(folder.path().join("out.wav")).unwrap();
    assert_eq!(wav.len(), (frames[0] + frames[1]) * 600 + 24_000, "the pause is a second of samples");
    let samples: Vec<i16> = wav.into_samples().map(Result::unwrap).collect();
    let start = frames[0] as usize * 600;
    assert!(samples[start..start + 24_000].iter().all(|sample| *sample == 0), "silence");

    for (text, said) in [
        ("<speak>x</speak", "SSML, line 1, column"),
        ("<speak><voice name='jf_alpha'>x</voice></speak>", "Japanese text is not read yet"),
        ("<speak><voice name='af_none'>x</voice></speak>", "no voice af_none"),
        ("[pause:1s]", "nothing to speak"),
    ] {
        let result = kokoro(folder.path(), &["say", text, "-o", "out.wav", "--model", "seeded:0"]);
        assert!(result.status == 1 && result.stderr.contains(said), "{text}: {}", result.stderr);
    }
}

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tiny.pth");

#[test]
fn convert_writes_safetensors_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let result = kokoro(folder.path(), &["convert", TINY, "out.safetensors", "--f16"]);
    assert_eq!(result.status, 0, "{}", result.stderr);
    assert!(result.stderr.starts_with("out.safetensors: 9 tensors, "), "{}", result.stderr);
    let checkpoint = kokoro_wgpu::Checkpoint::open(folder.path().join("out.safetensors")).unwrap();
    assert_eq!(checkpoint.tensor("bert_encoder.bias", &[2]).unwrap(), [-0.132_934_57, 0.833_984_4]);
    let cases = [
        (["convert", "absent.pth", "x"], "cannot open absent.pth"),
        (["convert", "seeded:0", "x"], "seeded:0 has no list of tensors"),
        (["convert", TINY, "absent/x"], "absent/x"),
    ];
    for (arguments, said) in cases {
        let result = kokoro(folder.path(), &arguments);
        assert!(result.status == 1 && result.stderr.contains(said), "{arguments:?}: {}", result.stderr);
    }
    assert_eq!(listing(folder.path()), ["out.safetensors"]);
}

#[test]
fn voices_are_listed_and_blended() {
    let folder = tempfile::tempdir().unwrap();
    let list = kokoro(folder.path(), &["voices"]);
    let text = String::from_utf8(list.stdout).unwrap();
    assert_eq!((list.status, text.lines().count()), (0, 55), "a head and 54 voices");
    assert!(text.contains("bm_lewis        en-gb     male    D+\n"), "{text}");
    let json: Value = serde_json::from_slice(&kokoro(folder.path(), &["voices", "--json"]).stdout).unwrap();
    assert_eq!(json[0], serde_json::json!({"name": "af_heart", "language": "en-us", "sex": "female", "grade": "A"}));

    let blend = ["voices", "blend", "seeded:1:3,seeded:2:1", "-o", "mine.bin"];
    let result = kokoro(folder.path(), &blend);
    assert_eq!((result.status, result.stderr.as_str()), (0, "mine.bin: seeded:1:0.750,seeded:2:0.250\n"));
    let [one, two] = [1, 2].map(|case| kokoro_wgpu::Voice::seeded(case).style(1)[0]);
    let mine = kokoro_wgpu::Voice::open(folder.path().join("mine.bin")).unwrap();
    assert!((mine.style(9)[0] - (0.75 * one + 0.25 * two)).abs() < 1e-7);
    assert_eq!(kokoro(folder.path(), &["voices", "."]).stdout, b"mine\n");
    let result = kokoro(folder.path(), &["voices", "blend", "mine,seeded:1", "-o", "again.bin", "--from", ".", "-q"]);
    assert_eq!((result.status, result.stderr.as_str()), (0, ""));
    assert_eq!(listing(folder.path()), ["again.bin", "mine.bin"]);
    let result = kokoro(folder.path(), &["voices", "blend", "am_nobody", "-o", "x.bin"]);
    assert!(result.status == 1 && result.stderr.contains("no voice am_nobody"), "{}", result.stderr);
}

/// The seeded network, two phonemes: all stages, in a second or two.
#[test]
fn profile_accounts_for_all_of_the_time_and_memory() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["profile", "--tokens", "2", "--json", "--trace", "trace.json", "--svg", "stages.svg"];
    let result = kokoro(folder.path(), &arguments);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let profile = json(&result);
    let total = &profile["total"];
    for list in ["stages", "kernels"] {
        let list = profile[list].as_array().unwrap();
        let sum = |key: &str| list.iter().map(|group| group[key].as_f64().unwrap()).sum::<f64>();
        assert!((sum("share") - 1.0).abs() < 1e-9, "shares sum to {}", sum("share"));
        assert_eq!(sum("dispatches"), total["dispatches"].as_f64().unwrap());
        assert_eq!(sum("flops"), total["flops"].as_f64().unwrap());
    }
    assert_eq!(profile["dispatches"], total["dispatches"]);
    // 55 GFLOP a second of audio, and ALBERT's beside.
    let flops_a_second = total["flops"].as_f64().unwrap() / profile["audio_seconds"].as_f64().unwrap();
    assert!((5e10..6.5e10).contains(&flops_a_second), "{flops_a_second:e}");
    let stages: Vec<&str> =
        profile["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    for stage in ["bert", "text_encoder", "decoder.decode", "decoder.generator.resblocks.5"] {
        assert!(stages.contains(&stage), "{stage} is missing: {stages:?}");
    }
    let roof = |key: &str| profile["roof"][key].as_f64().unwrap();
    assert!(roof("gflops") > 0.1 && roof("gigabytes_per_second") > 0.1, "{}", profile["roof"]);
    let buffers = profile["buffers"].as_array().unwrap().iter().map(|buffer| buffer["bytes"].as_u64().unwrap());
    let bytes = buffers.sum::<u64>() + profile["parameter_bytes"].as_u64().unwrap();
    assert_eq!(profile["gpu_peak_bytes"], bytes);

    let trace: Value = serde_json::from_slice(&std::fs::read(folder.path().join("trace.json")).unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let (dispatches, rest): (Vec<&Value>, Vec<&Value>) = events.iter().partition(|e| e["args"]["kernel"].is_string());
    assert_eq!(total["dispatches"], dispatches.len());
    let milliseconds = dispatches.iter().map(|event| event["dur"].as_f64().unwrap()).sum::<f64>() / 1e3;
    assert!((milliseconds / total["milliseconds"].as_f64().unwrap() - 1.0).abs() < 1e-6, "{milliseconds}");
    let spans = rest.iter().filter(|event| event["ph"] == "X");
    assert_eq!(total["dispatches"], spans.map(|span| span["args"]["dispatches"].as_u64().unwrap()).sum::<u64>());
    let svg = std::fs::read_to_string(folder.path().join("stages.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains(">decoder.generator.resblocks.5</text>"), "{svg}");
    assert_eq!(listing(folder.path()), ["stages.svg", "trace.json"]);
}

#[test]
fn bench_prints_a_line_for_each_length() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["bench", "--tokens", "1", "3", "--runs", "1", "--json", "--svg", "cost.svg"];
    let result = kokoro(folder.path(), &arguments);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let lines = String::from_utf8(result.stdout).unwrap();
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["tokens"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 3]);
    for row in &rows {
        let number = |key: &str| row[key].as_f64().unwrap_or_else(|| panic!("{key} is missing: {row}"));
        assert_eq!(number("median_seconds"), number("min_seconds"), "one run");
        assert!((number("times_real_time") / (number("audio_seconds") / number("median_seconds")) - 1.0).abs() < 0.1);
        assert!(number("gpu_peak_bytes") > 327e6 && number("dispatches") > 300.0 && number("first_seconds") > 0.0);
        assert!(row["system"].as_str().unwrap().starts_with("kokoro-wgpu ") && row["driver"].is_string());
        assert!(!cfg!(target_os = "linux") || number("peak_rss_mib") > 1.0);
    }
    // Only the first of a process is cold.
    assert!(rows[0]["first_audio_seconds"].as_f64() >= rows[0]["first_seconds"].as_f64());
    assert!(rows[1]["first_audio_seconds"].is_null());
    let svg = std::fs::read_to_string(folder.path().join("cost.svg")).unwrap();
    assert_eq!(svg.matches("<circle ").count(), 3 * rows.len(), "time, audio and memory of each length");
}

#[test]
fn measurements_say_what_they_cannot_do() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], i32, &str); 6] = [
        (&["bench", "--tokens", "0"], 2, "1 to 510"),
        (&["bench", "--tokens", "12", "511"], 2, "1 to 510"),
        (&["bench", "--runs", "0"], 2, "--runs"),
        (&["bench", "--svg", "absent/cost.svg"], 1, "cannot write absent/cost.svg"),
        (&["profile", "--trace", "absent/trace.json"], 1, "cannot write absent/trace.json"),
        (&["profile", "--adapter", "no such adapter"], 1, "no GPU adapter"),
    ];
    for (arguments, status, said) in cases {
        let result = kokoro(folder.path(), arguments);
        assert!(result.stderr.contains(said), "{arguments:?}: {}", result.stderr);
        assert_eq!((result.status, result.stdout.len()), (status, 0), "{arguments:?}");
    }
}
