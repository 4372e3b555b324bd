//! The program `kokoro`, run as a process.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by failing, in their helpers too")]

use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use kokoro_wgpu::Golden;
use serde_json::Value;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/short.safetensors");
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
    // Keep the user's cache folder unchanged.
    command.env("KOKORO_CACHE", "");
    // Ignore voices that the user has downloaded.
    command.env("HF_HUB_CACHE", folder.join("no cache"));
    command.env("HF_HUB_OFFLINE", "1");
    // As on a server, where Mesa's device-select layer prints an error.
    command.env_remove("XDG_RUNTIME_DIR").env_remove("NODEVICE_SELECT");
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(mut command: Command, stdin: &[u8]) -> Run {
    let mut child = command.spawn().unwrap();
    // Fails if the program ends before it reads, which is allowed.
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

#[test]
fn voices_are_found_in_files_beside_the_model() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(GOLDEN, folder.path().join("golden.safetensors")).unwrap();
    std::fs::write(folder.path().join("voices.bin"), vec![0; 2 * 510 * 256 * 4]).unwrap();
    let say = |voice| ["say", "hi", "-o", "out.wav", "--model", "golden.safetensors", "--voice", voice];
    // The voice is opened before the model's tensors are found missing.
    let found = kokoro(folder.path(), &say("1"));
    assert!(found.status == 1 && found.stderr.contains("golden.safetensors: tensor"), "{}", found.stderr);
    let missing = kokoro(folder.path(), &say("2"));
    assert!(missing.status == 1 && missing.stderr.contains("voices.bin: 0, 1\n"), "{}", missing.stderr);
    std::fs::write(folder.path().join("voices.bin"), [0; 1001]).unwrap();
    let damaged = kokoro(folder.path(), &say("0"));
    let list = damaged.stderr.split_once("also not found in:").unwrap().1;
    let line = list.lines().find(|line| line.contains("voices.bin")).unwrap();
    assert!(line.contains("1001 bytes") && !line.contains("0.pt"), "{}", damaged.stderr);
}

#[test]
fn the_error_lists_where_voices_are_searched() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(GOLDEN, folder.path().join("golden.safetensors")).unwrap();
    let arguments = ["say", "hi", "-o", "out.wav", "--model", "golden.safetensors", "--voice", "bf_x"];
    let mut command = command(folder.path(), &arguments);
    command.env("KOKORO_VOICES", std::env::join_paths(["one", "two"]).unwrap());
    let searched: Vec<String> =
        run(command, b"").stderr.lines().filter_map(|line| Some(line.strip_prefix("  ")?.replace('\\', "/"))).collect();
    assert_eq!(searched[..4], ["bf_x.pt", "voices/bf_x.pt", "one/bf_x.pt", "two/bf_x.pt"]);
}

#[test]
fn a_failure_keeps_the_existing_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("out.wav"), "before").unwrap();
    let arguments = ["say", "hi", "-o", "out.wav", "--model", "seeded:0", "--adapter", "no such adapter"];
    assert_eq!(kokoro(folder.path(), &arguments).status, 1);
    assert_eq!(std::fs::read(folder.path().join("out.wav")).unwrap(), b"before");
}

#[test]
fn closed_standard_output_prints_no_error() {
    let mut child = command(Path::new("."), &["info"]).spawn().unwrap();
    drop(child.stdout.take()); // before the adapters are listed
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(1), Vec::new()));
}

fn json(run: &Run) -> Value {
    serde_json::from_slice(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&run.stdout)))
}

#[test]
fn info_counts_parameters_and_stores_kernels() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["info", "--model", "seeded:0", "--json"]);
    command.env("KOKORO_CACHE", folder.path().join("kernels"));
    let result = run(command, b"");
    assert_eq!(result.status, 0, "{}", result.stderr);
    let info = json(&result);
    let (adapter, model) = (&info["adapters"][0], &info["model"]);
    assert_eq!((&model["origin"], &model["parameters"]), (&"seeded:0".into(), &81_810_022.into()));
    assert!(model["resident_bytes"].as_u64() >= Some(4 * 81_810_022), "{model}");
    // The largest activation of ten seconds alone has 24.6 MB.
    assert!(model["activation_bytes"].as_u64() > Some(24_600_000), "{model}");
    assert_eq!(adapter["name"], model["adapter"]);
    // The first is computed from the limits alone, the second from all activations of the plan.
    assert_eq!(adapter["longest_utterance_frames"], model["longest_utterance_frames"]);
    // The reported file is the only one; without the feature there is no folder either.
    let features = adapter["features"].as_array().unwrap();
    let kept = adapter["pipeline_cache"].as_str().map(Path::new);
    assert_eq!(kept.is_some(), features.contains(&"PIPELINE_CACHE".into()) && adapter["backend"] == "Vulkan");
    let expected: Vec<String> = kept.map(|_| "kernels".to_owned()).into_iter().collect();
    assert_eq!(listing(folder.path()), expected);
    assert!(kept.is_none_or(|file| file.is_file() && listing(&folder.path().join("kernels")).len() == 1), "{kept:?}");
}

#[test]
fn ids_are_spoken_as_their_phonemes() {
    let folder = tempfile::tempdir().unwrap();
    let ids = ["50"; 12].join(","); // 50 is "h"
    let said = kokoro(folder.path(), &["say", "--tokens", &ids, "--model", "seeded:0", "-o", "out.wav", "--verbose"]);
    assert!(said.status == 0 && said.stderr.contains("\nspoken: hhhhhhhhhhhh\n"), "{}", said.stderr);
    assert!(!said.stderr.contains("alphabet"), "{}", said.stderr);
}

#[test]
fn processes_share_a_cache() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["say", "--phonemes", HELLO, "--model", "seeded:0", "-o"];
    let start = |file| {
        let mut command = command(folder.path(), &[&arguments[..], &[file]].concat());
        command.env("KOKORO_CACHE", folder.path().join("kernels"));
        command.spawn().unwrap()
    };
    // The first three find no folder, and store what they compiled.
    let children = ["1.wav", "2.wav", "3.wav"].map(start);
    for child in children.into_iter().chain([start("4.wav")]) {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let sounds = ["1.wav", "2.wav", "3.wav", "4.wav"].map(|file| std::fs::read(folder.path().join(file)).unwrap());
    assert!(sounds.iter().all(|sound| *sound == sounds[0]));
    let left = |name: &String| name.contains("tmp");
    assert!(!listing(&folder.path().join("kernels")).iter().any(left), "an incomplete file");
}

#[test]
fn a_report_has_self_checks_and_no_user_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["info", "--report", "report.json"]);
    let home = folder.path().join("home");
    command.env("HOME", &home).env("KOKORO_VOICES", home.join("voices")).env("LP_NUM_THREADS", "2");
    let result = run(command, b"");
    assert_eq!((result.status, result.stderr.as_str()), (0, ""));
    // Some drivers keep a cache of their own in the home folder.
    let written: Vec<_> = listing(folder.path()).into_iter().filter(|name| name != "home").collect();
    assert_eq!(written, ["report.json"]);
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    assert_eq!((&report["version"], &report["os"]), (&env!("CARGO_PKG_VERSION").into(), &std::env::consts::OS.into()));
    assert_eq!(report["environment"]["LP_NUM_THREADS"], "2");
    if cfg!(unix) {
        assert_eq!(report["environment"]["KOKORO_VOICES"], "~/voices", "without the home folder");
    }
    for adapter in report["adapters"].as_array().unwrap() {
        let check = &adapter["self_check"];
        assert_eq!(
            (&adapter["error"], &check["passed"], &check["failing"]),
            (&Value::Null, &true.into(), &Value::Array(vec![]))
        );
        // For each kernel: ten convolutions, and with both precisions of the weights 44 stages and two more rows of the spectrum.
        let kernels = check["passing"].as_array().unwrap().len();
        assert_eq!(adapter["speeds"].as_array().unwrap().len(), kernels);
        assert_eq!(check["trials"].as_array().unwrap().len(), kernels * (10 + 2 * 46));
        assert!(adapter["limits"]["max_buffer_size"].as_u64() >= Some(256 << 20), "{}", adapter["limits"]);
        assert!(adapter["limits"].as_object().unwrap().len() > 20 && adapter["features"].is_array());
    }
}

#[test]
fn a_kernel_that_failed_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let kokoro = |arguments: &[&str]| {
        let mut command = command(folder.path(), arguments);
        command.env("KOKORO_CACHE", &cache).env("RUST_LOG", "kokoro_wgpu=info");
        run(command, b"")
    };
    let say = ["say", "--phonemes", "a", "-o", "out.wav", "--model", "seeded:0"];
    let first = kokoro(&say);
    assert_eq!(first.status, 0, "{}", first.stderr);
    assert!(first.stderr.contains("self-check passed in "), "{}", first.stderr);
    let file = listing(&cache).into_iter().find(|name| name.ends_with(".json")).unwrap();

    // As if all others had failed.
    let mut stored: Value = serde_json::from_slice(&std::fs::read(cache.join(&file)).unwrap()).unwrap();
    stored["passing"] = ["registers"].into();
    stored["failing"] = ["shared", "wide", "subgroup", "texture"].into();
    std::fs::write(cache.join(&file), stored.to_string()).unwrap();
    let second = kokoro(&[&say[..], &["--conv", "shared"]].concat());
    assert_eq!(second.status, 1, "{}", second.stderr);
    assert!(second.stderr.contains("the self-check found shared wrong"), "{}", second.stderr);
    assert!(!second.stderr.contains("self-check passed in "), "checked again: {}", second.stderr);
    let info = json(&kokoro(&["info", "--json"]));
    let adapter = &info["adapters"][0];
    assert_eq!((&adapter["conv"], &adapter["self_check"]["failing"]), (&"registers".into(), &stored["failing"]));

    // A new check passes them.
    let text = kokoro(&["info", "--tune"]);
    assert_eq!(text.status, 0, "{}", text.stderr);
    let text = String::from_utf8(text.stdout).unwrap();
    for part in ["passed: registers, shared", "the fastest measured; GFLOP/s: registers ", &file] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let info = json(&kokoro(&["info", "--json"]));
    let check = &info["adapters"][0]["self_check"];
    assert_eq!((&info["adapters"][0]["conv_measured"], &check["failing"]), (&true.into(), &Value::Array(vec![])));
    assert_eq!(check["speeds"].as_array().unwrap().len(), check["passing"].as_array().unwrap().len());
}

#[test]
fn tune_needs_a_folder_for_its_results() {
    let folder = tempfile::tempdir().unwrap();
    let unset = kokoro(folder.path(), &["info", "--tune"]);
    assert_eq!((unset.status, unset.stdout.len()), (2, 0), "{}", unset.stderr);
    assert!(unset.stderr.contains("set KOKORO_CACHE to a folder"), "{}", unset.stderr);
    std::fs::write(folder.path().join("file"), "").unwrap();
    let mut blocked = command(folder.path(), &["info", "--tune"]);
    blocked.env("KOKORO_CACHE", "file/cache");
    let blocked = run(blocked, b"");
    // Every adapter fails and is reported, and the list is still printed.
    let list = String::from_utf8(blocked.stdout).unwrap();
    let adapters = list.matches("adapter ").count();
    assert!(blocked.status == 1 && adapters > 0, "{}", blocked.stderr);
    assert_eq!(blocked.stderr.matches("cannot create file/cache").count(), adapters, "{}", blocked.stderr);
}

#[test]
fn say_writes_the_same_audio_to_files_and_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.wav");
    std::fs::write(&file, "before").unwrap();
    let phonemes = format!("{HELLO}@");
    let arguments = ["say", "--phonemes", &phonemes, "--model", "seeded:0", "--seed", "3"];
    let to_file = kokoro(folder.path(), &[&arguments[..], &["-v", "-o", "out.wav"]].concat());
    assert_eq!(to_file.status, 0, "{}", to_file.stderr);
    assert!(to_file.stdout.is_empty());
    for part in ["dropped: '@'", "noise, not speech", "81,810,022 parameters", "peak GPU bytes", "times real time"] {
        assert!(to_file.stderr.contains(part), "{part:?} is missing: {}", to_file.stderr);
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

    // A pipe gets a header without sizes, then the same samples.
    let to_stdout = kokoro(folder.path(), &[&arguments[..], &["-q", "--timings", "out.json"]].concat());
    assert_eq!((to_stdout.status, to_stdout.stderr.as_str()), (0, ""));
    assert_eq!((&to_stdout.stdout[4..8], &to_stdout.stdout[40..44]), ([0xff; 4].as_slice(), [0xff; 4].as_slice()));
    assert!(to_stdout.stdout[44..] == bytes[44..], "a second run differs");

    let timings: Value = serde_json::from_slice(&std::fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(timings["samples"], 600 * durations.iter().sum::<u32>());
    let mut start = 600 * durations[0];
    let phonemes = timings["phonemes"].as_array().unwrap();
    assert_eq!(phonemes.len(), 6);
    for (phoneme, frames) in phonemes.iter().zip(&durations[1..]) {
        assert_eq!((&phoneme["start_sample"], &phoneme["end_sample"]), (&start.into(), &(start + 600 * frames).into()));
        start += 600 * frames;
    }
    assert_eq!(timings["words"].as_array().unwrap().len(), 1);

    {
        let flac = kokoro(folder.path(), &[&arguments[..], &["-q", "-o", "out.flac", "--json"]].concat());
        let facts = json(&flac);
        assert_eq!((&facts["file"], &facts["samples"]), (&"out.flac".into(), &timings["samples"]), "{facts}");
        assert!(facts["first_audio_seconds"].as_f64() <= facts["seconds"].as_f64(), "{facts}");
        let mut flac = claxon::FlacReader::open(folder.path().join("out.flac")).unwrap();
        let samples: Vec<u8> = flac.samples().flat_map(|sample| (sample.unwrap() as i16).to_le_bytes()).collect();
        assert!(samples == bytes[44..], "lossless");
    }

    let raw = kokoro(folder.path(), &[&arguments[..], &["-q", "--raw", "--float"]].concat());
    assert_eq!(raw.stdout.len(), 2 * (bytes.len() - 44), "float32 without a header");
    let sample = |at: usize| f32::from_le_bytes(raw.stdout[4 * at..][..4].try_into().unwrap());
    let quantised = |at: usize| i16::from_le_bytes(bytes[44 + 2 * at..][..2].try_into().unwrap());
    for at in 0..raw.stdout.len() / 4 {
        let expected = (sample(at).clamp(-1.0, 1.0) * 32767.0).round();
        assert_eq!(f32::from(quantised(at)), expected, "sample {at}");
    }
}

#[test]
fn a_batch_gives_the_same_audio() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lines.txt"), "Go home.\n\nNo.\n\nYes, now.\n").unwrap();
    let say = |more: &[&str]| {
        let fixed = ["say", "-i", "lines.txt", "--raw", "--speed", "4", "--model", "seeded:0"];
        let run = kokoro(folder.path(), &[&fixed, more].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stdout
    };
    let (one_by_one, together) = (say(&[]), say(&["--batch"]));
    assert!(!one_by_one.is_empty());
    assert!(one_by_one == together, "{} bytes one by one, {} together", one_by_one.len(), together.len());
}

#[test]
fn completions_contain_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let result = kokoro(Path::new("."), &["completions", shell]);
        assert_eq!(result.status, 0, "{shell}: {}", result.stderr);
        let script = String::from_utf8(result.stdout).unwrap();
        for word in ["say", "phonemize", "convert", "completions", "--timings", "--adapter"] {
            // fish writes options without dashes.
            assert!(script.contains(word.trim_start_matches('-')), "{shell} lacks {word}");
        }
    }
}

#[test]
fn a_command_of_another_build_is_named() {
    for (command, feature) in [("serve", "serve"), ("submit", "nats"), ("worker", "nats"), ("collect", "nats")] {
        if cfg!(feature = "serve") && feature == "serve" || cfg!(feature = "nats") && feature == "nats" {
            continue;
        }
        for arguments in [[command, "--help"], ["help", command]] {
            let result = kokoro(Path::new("."), &arguments);
            assert_eq!(result.status, 1);
            assert!(
                result.stderr.contains("built without") && result.stderr.contains(&format!("--features {feature}"))
            );
        }
    }
}

#[test]
fn a_conversion_goes_to_standard_output_too() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/tiny.pth");
    assert_eq!(kokoro(folder.path(), &["convert", checkpoint, "tiny.safetensors"]).status, 0);
    let piped = kokoro(folder.path(), &["convert", checkpoint, "-"]);
    assert_eq!((piped.status, piped.stdout), (0, std::fs::read(folder.path().join("tiny.safetensors")).unwrap()));
    assert_eq!(listing(folder.path()), ["tiny.safetensors"]);
}

#[test]
fn every_command_has_help_with_examples() {
    let help = String::from_utf8(kokoro(Path::new("."), &["help"]).stdout).unwrap();
    assert!(help.contains("Exit status: 0 success, 1 failure") && help.contains("NO_COLOR"), "{help}");
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let names = commands.lines().map_while(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let help = String::from_utf8(kokoro(Path::new("."), &[name, "--help"]).stdout).unwrap();
        assert!(help.contains("Examples:\n") && help.contains(&format!("kokoro {name}")), "{help}");
        assert!(!help.contains('\u{1b}'), "colours where there is no terminal: {help}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_completes_the_files() {
    a_signal_completes_the_files("INT");
}

/// As `timeout` and systemd send it.
#[cfg(unix)]
#[test]
fn a_request_to_end_completes_the_files() {
    a_signal_completes_the_files("TERM");
}

#[cfg(unix)]
fn a_signal_completes_the_files(signal: &str) {
    use std::io::{BufRead, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let arguments = ["say", "--model", "seeded:0", "--speed", "4", "-v", "-o", "out.wav", "--timings", "out.json"];
    let mut child = command(folder.path(), &arguments).spawn().unwrap();
    // Standard input stays open, as for a user who is still typing.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"This is the first one. And").unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let durations =
        lines.by_ref().find_map(|line| line.strip_prefix("durations of 25 ms: ").map(str::to_owned)).unwrap();
    let frames: u32 = durations.split_whitespace().map_while(|word| word.parse::<u32>().ok()).sum();
    // The shell's own `kill`: the program of that name is no part of a minimal system.
    // `timeout` sends its signal twice.
    let sent = if signal == "TERM" {
        format!("kill -TERM {0}; kill -TERM {0}", child.id())
    } else {
        format!("kill -{signal} {}", child.id())
    };
    let interrupted = Command::new("sh").args(["-c", &sent]).status().unwrap();
    assert!(interrupted.success());
    let rest: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("Ctrl-C again")), "{rest:?}");
    let wav = hound::WavReader::open(folder.path().join("out.wav")).unwrap();
    assert!(wav.len() >= 600 * frames && wav.len().is_multiple_of(600), "{} samples", wav.len());
    let timings = std::fs::read(folder.path().join("out.json")).unwrap();
    let timings: Value = serde_json::from_slice(&timings).unwrap();
    assert!(timings["words"].as_array().unwrap().iter().any(|word| word["text"] == "one."), "{timings}");
    assert_eq!(listing(folder.path()), ["out.json", "out.wav"]);
}

#[test]
fn verify_passes_the_built_in_golden_file_and_dumps_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let result = kokoro(folder.path(), &["verify", "--json", "--dump", "dump.safetensors"]);
    let report = json(&result);
    assert_eq!((result.status, &report["passed"]), (0, &true.into()), "{report:#}");
    assert_eq!(report["stages"].as_array().unwrap().len(), 46, "44 stages, one of them, the spectrum, in three rows");
    let share = report["worst_share_of_bound"].as_f64().unwrap();
    assert!(share > 0.0 && share <= 1.0, "{share}");

    let (golden, dump) = (Golden::open(GOLDEN).unwrap(), Golden::open(folder.path().join("dump.safetensors")).unwrap());
    assert_eq!((golden.input_ids(), golden.ref_s()), (dump.input_ids(), dump.ref_s()));
    assert_eq!(golden.durations(), dump.durations());
    assert_eq!(golden.stages().len(), dump.stages().len());
    for (reference, ours) in golden.stages().iter().zip(dump.stages()) {
        let layout =
            |s: &kokoro_wgpu::verify::Stage| (s.name.clone(), s.shape.clone(), s.stored_shape.clone(), s.stride);
        assert_eq!(layout(reference), layout(ours));
        assert_eq!(reference.torch_error, ours.torch_error, "{}", reference.name);
        if reference.name != "decoder.generator.har" {
            let norm = |v: &mut dyn Iterator<Item = f32>| v.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt();
            let difference = norm(&mut reference.values.iter().zip(&ours.values).map(|(a, b)| a - b));
            // The report has this figure in double precision.
            assert!(difference <= 4e-5 * norm(&mut reference.values.iter().copied()), "{} is off", reference.name);
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
fn verify_fails_a_file_with_other_values() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("off.safetensors"), scaled(std::fs::read(GOLDEN).unwrap(), "audio", 1.001))
        .unwrap();
    let result = kokoro(folder.path(), &["verify", "off.safetensors"]);
    assert_eq!(result.status, 1, "{}", result.stderr);
    let table = String::from_utf8(result.stdout).unwrap();
    let failing: Vec<&str> = table.lines().filter(|line| line.contains("FAILED")).collect();
    assert!(failing.len() == 1 && failing[0].starts_with("audio "), "{table}");
    assert!(table.contains("45 of 46 stages passed"), "{table}");
}

#[test]
fn say_follows_pauses_rates_voices_and_marks_of_ssml() {
    let folder = tempfile::tempdir().unwrap();
    let text = "<speak><p>Hi.</p><mark name='over'/><break time='1s'/><mark name='on'/><prosody rate='2'><voice name='seeded:1'>\
         <mark name='two'/>Hi.<mark name='end'/></voice></prosody></speak>";
    let arguments = ["say", text, "-o", "out.wav", "--model", "seeded:0", "-v", "--timings", "out.json"];
    let result = kokoro(folder.path(), &arguments);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let lines = result.stderr.lines().filter_map(|line| line.strip_prefix("durations of 25 ms: "));
    let frames: Vec<u32> =
        lines.map(|line| line.split_whitespace().map_while(|word| word.parse::<u32>().ok()).sum()).collect();
    assert_eq!(frames.len(), 2, "{}", result.stderr);
    assert_ne!(frames[0], frames[1], "the second has another voice and rate");
    let wav = hound::WavReader::open(folder.path().join("out.wav")).unwrap();
    assert_eq!(wav.len(), (frames[0] + frames[1]) * 600 + 24_000, "the pause has a second of samples");
    let samples: Vec<i16> = wav.into_samples().map(Result::unwrap).collect();
    let start = frames[0] as usize * 600;
    assert!(samples[start..start + 24_000].iter().all(|sample| *sample == 0), "silence");
    let timings = std::fs::read(folder.path().join("out.json")).unwrap();
    let timings: Value = serde_json::from_slice(&timings).unwrap();
    let marks = timings["marks"].as_array().unwrap().iter();
    let marks: Vec<_> = marks.map(|mark| (mark["name"].as_str().unwrap(), mark["sample"].as_u64().unwrap())).collect();
    let second = timings["words"][1]["start_sample"].as_u64().unwrap();
    let (pause, end) = (start as u64, samples.len() as u64);
    assert_eq!(marks, [("over", pause), ("on", pause + 24_000), ("two", second), ("end", end)]);
    assert!(second >= pause + 24_000 && second < end, "{second}");

    for (text, message) in [
        ("<speak>x</speak", "SSML, line 1, column"),
        ("<speak><voice name='xf_alpha'>x</voice></speak>", "is not known"),
        ("<speak><voice name='af_none'>x</voice></speak>", "no voice af_none"),
        ("[pause:1s]", "nothing to speak"),
    ] {
        let result = kokoro(folder.path(), &["say", text, "-o", "out.wav", "--model", "seeded:0"]);
        assert!(result.status == 1 && result.stderr.contains(message), "{text}: {}", result.stderr);
    }
}

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/tiny.pth");

#[test]
fn convert_writes_a_complete_file_or_none() {
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
    for (arguments, message) in cases {
        let result = kokoro(folder.path(), &arguments);
        assert!(result.status == 1 && result.stderr.contains(message), "{arguments:?}: {}", result.stderr);
    }
    assert_eq!(listing(folder.path()), ["out.safetensors"]);
}

#[test]
fn voices_are_listed_and_blended() {
    let folder = tempfile::tempdir().unwrap();
    let list = kokoro(folder.path(), &["voices"]);
    let text = String::from_utf8(list.stdout).unwrap();
    assert_eq!((list.status, text.lines().count()), (0, 55), "a header and 54 voices");
    assert!(text.contains("bm_lewis        en-gb     male    D+\n"), "{text}");
    let json: Value = serde_json::from_slice(&kokoro(folder.path(), &["voices", "--json"]).stdout).unwrap();
    assert_eq!(json[0], serde_json::json!({"name": "af_heart", "language": "en-us", "sex": "female", "grade": "A"}));

    let blend = ["voices", "blend", "seeded:1:3,seeded:2:1", "-o", "mine.bin"];
    let result = kokoro(folder.path(), &blend);
    assert_eq!((result.status, result.stderr.as_str()), (0, "mine.bin: seeded:1:0.750,seeded:2:0.250\n"));
    let [one, two] = [1, 2].map(|case| kokoro_wgpu::Voice::seeded(case).row(1)[0]);
    let mine = kokoro_wgpu::Voice::open(folder.path().join("mine.bin")).unwrap();
    assert!((mine.row(9)[0] - (0.75 * one + 0.25 * two)).abs() < 1e-7);
    assert_eq!(kokoro(folder.path(), &["voices", "."]).stdout, b"mine\n");
    let result = kokoro(folder.path(), &["voices", "blend", "mine,seeded:1", "-o", "again.bin", "--from", ".", "-q"]);
    assert_eq!((result.status, result.stderr.as_str()), (0, ""));
    assert_eq!(listing(folder.path()), ["again.bin", "mine.bin"]);
    let result = kokoro(folder.path(), &["voices", "blend", "am_nobody", "-o", "x.bin"]);
    assert!(result.status == 1 && result.stderr.contains("no voice am_nobody"), "{}", result.stderr);
}

/// Two phonemes run all stages of the seeded network in a second or two.
#[test]
fn profile_accounts_for_all_time_and_memory() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["profile", "--tokens", "2", "--json", "--trace", "trace.json", "--svg", "stages.svg"];
    let result = kokoro(folder.path(), &arguments);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let profile = json(&result);
    let total = &profile["total"];
    // Some drivers give all dispatches the same timestamp.
    let all = total["milliseconds"].as_f64().unwrap();
    for list in ["stages", "kernels"] {
        let list = profile[list].as_array().unwrap();
        let sum = |key: &str| list.iter().map(|group| group[key].as_f64().unwrap()).sum::<f64>();
        assert!(all == 0.0 || (sum("share") - 1.0).abs() < 1e-9, "shares sum to {}", sum("share"));
        assert_eq!(sum("dispatches"), total["dispatches"].as_f64().unwrap());
        assert_eq!(sum("flops"), total["flops"].as_f64().unwrap());
    }
    assert_eq!(profile["dispatches"], total["dispatches"]);
    // 55 GFLOP per second of audio, plus ALBERT.
    let flops_a_second = total["flops"].as_f64().unwrap() / profile["audio_seconds"].as_f64().unwrap();
    assert!((5e10..6.5e10).contains(&flops_a_second), "{flops_a_second:e}");
    let stages: Vec<&str> =
        profile["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    for stage in ["bert", "text_encoder", "decoder.decode", "decoder.generator.resblocks.5"] {
        assert!(stages.contains(&stage), "{stage} is missing: {stages:?}");
    }
    let peak = |key: &str| profile["peak"][key].as_f64().unwrap();
    assert!(peak("gflops") > 0.0 && peak("gigabytes_per_second") > 0.0, "{}", profile["peak"]);
    let buffers = profile["buffers"].as_array().unwrap().iter().map(|buffer| buffer["bytes"].as_u64().unwrap());
    let bytes = buffers.sum::<u64>() + profile["parameter_bytes"].as_u64().unwrap();
    assert_eq!(profile["gpu_peak_bytes"], bytes);

    let trace: Value = serde_json::from_slice(&std::fs::read(folder.path().join("trace.json")).unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let (dispatches, rest): (Vec<&Value>, Vec<&Value>) = events.iter().partition(|e| e["args"]["kernel"].is_string());
    assert_eq!(total["dispatches"], dispatches.len());
    let milliseconds = dispatches.iter().map(|event| event["dur"].as_f64().unwrap()).sum::<f64>() / 1e3;
    assert!((milliseconds - all).abs() <= 1e-6 * all, "{milliseconds} and {all}");
    let spans = rest.iter().filter(|event| event["ph"] == "X");
    assert_eq!(total["dispatches"], spans.map(|span| span["args"]["dispatches"].as_u64().unwrap()).sum::<u64>());
    let svg = std::fs::read_to_string(folder.path().join("stages.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("\ndecoder.generator.resblocks.5\n</text>"), "{svg}");
    assert_eq!(listing(folder.path()), ["stages.svg", "trace.json"]);
}

#[test]
fn bench_prints_a_line_for_each_length() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["bench", "--tokens", "1", "3", "--runs", "1", "--batch", "2", "--json", "--svg", "cost.svg"];
    let result = kokoro(folder.path(), &arguments);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let lines = String::from_utf8(result.stdout).unwrap();
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["tokens"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 3]);
    for row in &rows {
        let number = |key: &str| row[key].as_f64().unwrap_or_else(|| panic!("{key} is missing: {row}"));
        assert_eq!(number("median_seconds"), number("min_seconds"), "one run");
        assert_eq!(row["batch"], 2);
        // Within the rounding to four and three digits.
        let (times, median) = (number("times_real_time"), number("median_seconds"));
        let rounding = 1e-3 + times * 1e-4 + median * 1e-3;
        assert!((times * median - number("audio_seconds")).abs() <= rounding, "{row}");
        assert!(number("gpu_peak_bytes") > 327e6 && number("dispatches") > 300.0, "{row}");
        assert!(row["system"].as_str().unwrap().starts_with("kokoro-wgpu ") && row["driver"].is_string());
        assert!(!cfg!(target_os = "linux") || number("peak_rss_mib") > 1.0);
    }
    // Only the first length of a process has a cold start.
    assert!(rows[0]["first_audio_seconds"].is_f64() && rows[1]["first_audio_seconds"].is_null());
    let svg = std::fs::read_to_string(folder.path().join("cost.svg")).unwrap();
    assert_eq!(svg.matches("<circle ").count(), 3 * rows.len(), "time, audio and memory of each length");
}

#[test]
fn bench_and_profile_report_invalid_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], i32, &str); 6] = [
        (&["bench", "--tokens", "0"], 2, "1 to 510"),
        (&["bench", "--tokens", "12", "511"], 2, "1 to 510"),
        (&["bench", "--runs", "0"], 2, "--runs"),
        (&["bench", "--svg", "absent/cost.svg"], 1, "cannot write absent/cost.svg"),
        (&["profile", "--trace", "absent/trace.json"], 1, "cannot write absent/trace.json"),
        (&["profile", "--adapter", "no such adapter"], 1, "no GPU adapter"),
    ];
    for (arguments, status, message) in cases {
        let result = kokoro(folder.path(), arguments);
        assert!(result.stderr.contains(message), "{arguments:?}: {}", result.stderr);
        assert_eq!((result.status, result.stdout.len()), (status, 0), "{arguments:?}");
    }
}
