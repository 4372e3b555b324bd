//! Wrong command lines and files, as a table. Each case must end with its status and one error line that names the cause
//! and, where there is one, the remedy. It must leave every file unchanged. `cargo test --test faults -- --nocapture` lists
//! the cases. Downloads, checkpoints, mutated files and values in the network have tests of their own.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::path::Path;
use std::process::{Command, Stdio};

/// Name, command line, exit status, and texts that the error must contain.
type Case = (&'static str, &'static [&'static str], i32, &'static [&'static str]);

/// Environment variables of a case.
type Environment<'a> = &'a [(&'a str, &'a str)];

/// Cases of `say`, with a seeded model and `-o out.wav` unless the case has its own.
const SAY: &[Case] = &[
    ("no model", &["hi", "-o", "out.wav", "--offline"], 1, &["no model", "hexgrad/Kokoro-82M", "--model seeded:0"]),
    ("absent model", &["hi", "-o", "out.wav", "--model", "absent"], 1, &["cannot open absent: "]),
    ("a folder as model", &["hi", "-o", "out.wav", "--model", "folder"], 1, &["cannot open folder: is a directory"]),
    ("no seed", &["hi", "-o", "out.wav", "--model", "seeded:x"], 2, &["seeded:x", "expected a seed of 0 to"]),
    ("an empty model", &["hi", "-o", "out.wav", "--model", "empty"], 1, &["empty: is empty"]),
    (
        "a model cut short",
        &["hi", "-o", "out.wav", "--model", "short.safetensors"],
        1,
        &["short.safetensors: truncated"],
    ),
    (
        "a header cut short",
        &["hi", "-o", "out.wav", "--model", "head.safetensors"],
        1,
        &["head.safetensors: truncated"],
    ),
    ("a zip cut short", &["hi", "-o", "out.wav", "--model", "zip.pth"], 1, &["zip.pth: truncated", "zip"]),
    ("a checkpoint cut short", &["hi", "-o", "out.wav", "--model", "truncated.pth"], 1, &["truncated.pth: truncated"]),
    ("a checkpoint that runs code", &["hi", "-o", "out.wav", "--model", "evil.pth"], 1, &["evil.pth: "]),
    ("a checkpoint that explodes", &["hi", "-o", "out.wav", "--model", "bomb.pth"], 1, &["bomb.pth: "]),
    ("an old checkpoint", &["hi", "-o", "out.wav", "--model", "tiny-legacy.pth"], 1, &["is a pickle", "torch.save"]),
    ("a web page as model", &["hi", "-o", "out.wav", "--model", "page.html"], 1, &["page.html: is a web page"]),
    ("a pointer as model", &["hi", "-o", "out.wav", "--model", "lfs.pth"], 1, &["Git LFS pointer", "git lfs pull"]),
    ("an ONNX model", &["hi", "-o", "out.wav", "--model", "model.onnx"], 1, &["is an ONNX model", "truncated"]),
    ("a GGUF model", &["hi", "-o", "out.wav", "--model", "model.gguf"], 1, &["is a GGUF model", "safetensors"]),
    (
        "float64 weights",
        &["hi", "-o", "out.wav", "--model", "double.safetensors", "--voice", "seeded:0"],
        1,
        &["double.safetensors: "],
    ),
    (
        "tensors missing",
        &["hi", "-o", "out.wav", "--model", "golden.safetensors", "--voice", "seeded:0"],
        1,
        &["golden.safetensors: tensor", "is missing"],
    ),
    (
        "a published voice that is not cached",
        &["hi", "-o", "out.wav", "--model", "golden.safetensors", "--voice", "af_bella"],
        1,
        &["no voice af_bella", "af_bella.pt"],
    ),
    (
        "too little GPU memory",
        &["hi", "-o", "out.wav", "--model", "seeded:0", "--max-gpu-memory", "100M"],
        1,
        &["not enough GPU memory", "the limit of 104857600", "float16"],
    ),
    (
        "no amount of memory",
        &["hi", "-o", "out.wav", "--model", "seeded:0", "--max-gpu-memory", "much"],
        2,
        &["'much' for '--max-gpu-memory", "800M or 1.5G"],
    ),
    (
        "output in no folder",
        &["hi", "-o", "absent/out.wav", "--model", "seeded:0"],
        1,
        &["cannot write absent/out.wav: "],
    ),
    (
        "output in a file",
        &["hi", "-o", "blank.txt/out.wav", "--model", "seeded:0"],
        1,
        &["cannot write blank.txt/out.wav: "],
    ),
    ("output is a folder", &["hi", "-o", "folder", "--model", "seeded:0"], 1, &["cannot write folder: is a directory"]),
    (
        "output is to be a folder",
        &["hi", "-o", "new/", "--model", "seeded:0"],
        1,
        &["cannot write new/: is a directory"],
    ),
    ("output without a name", &["hi", "-o", "", "--model", "seeded:0"], 2, &["-o"]),
    #[cfg(target_os = "linux")]
    (
        "a folder nobody can write",
        &["hi", "-o", "/proc/out.wav", "--model", "seeded:0"],
        1,
        &["cannot write /proc/out.wav: "],
    ),
    (
        "an MP3 file",
        &["hi", "-o", "out.mp3", "--model", "seeded:0"],
        2,
        &["out.mp3", ".wav, .flac and .opus", "ffmpeg"],
    ),
    (
        "float32 in FLAC",
        &["hi", "-o", "out.flac", "--float", "--model", "seeded:0"],
        2,
        &["--float", "FLAC has 16 bits"],
    ),
    ("float32 in Opus", &["hi", "-o", "out.opus", "--float", "--model", "seeded:0"], 2, &["--float", "Opus"]),
    ("two formats", &["hi", "--raw", "--format", "flac"], 2, &["cannot be used with"]),
    ("an unknown format", &["hi", "--format", "mp3"], 2, &["wav, flac, opus"]),
    (
        "JSON and audio on standard output",
        &["hi", "--json", "-o", "-", "--model", "seeded:0"],
        2,
        &["--json", "-o FILE"],
    ),
    (
        "no sound device",
        &["hi", "--play", "--model", "seeded:0"],
        1,
        &[if cfg!(feature = "play") { "cannot open a sound device" } else { "--features play" }],
    ),
    ("empty text", &[""], 1, &["empty"]),
    ("blank text", &[" \n"], 1, &["empty"]),
    ("empty standard input", &[], 1, &["empty"]),
    ("a blank file", &["-i", "blank.txt"], 1, &["empty"]),
    ("text that is not UTF-8", &["-i", "latin1.txt"], 1, &["cannot read latin1.txt", "UTF-8"]),
    ("text that is UTF-16", &["-i", "utf16.txt"], 1, &["cannot read utf16.txt", "UTF-16", "save it as UTF-8"]),
    ("absent text", &["-i", "absent.txt"], 1, &["cannot read absent.txt"]),
    ("a folder as text", &["-i", "folder"], 1, &["cannot read folder"]),
    ("only an emoji without a name", &["😀"], 1, &["text: "]),
    ("only stops", &["...\n"], 1, &["text: ", "nothing that can be spoken"]),
    ("no phonemes", &["--phonemes", ""], 1, &["phonemes"]),
    ("unknown phonemes", &["--phonemes", "@#"], 1, &["phonemes", "alphabet"]),
    ("text and phonemes", &["hi", "--phonemes", "h"], 2, &["cannot be used with"]),
    ("text and ids", &["hi", "--tokens", "1"], 2, &["cannot be used with"]),
    ("an id that is no number", &["--tokens", "1,x"], 2, &["'x'", "0 to 177"]),
    ("an id beyond the vocabulary", &["--tokens", "1,178"], 2, &["'178'", "0 to 177"]),
    ("no ids", &["--tokens", ""], 2, &["0 to 177"]),
    ("speed 0", &["hi", "--speed", "0"], 2, &["0.25 to 4"]),
    ("a negative speed", &["hi", "--speed", "-1"], 2, &["0.25 to 4"]),
    ("a speed that is no number", &["hi", "--speed", "nan"], 2, &["0.25 to 4"]),
    ("an endless speed", &["hi", "--speed", "inf"], 2, &["0.25 to 4"]),
    ("an unknown language", &["hi", "--lang", "xx"], 2, &["en-us", "pt-br (p)"]),
    ("a seed beyond 32 bits", &["hi", "--seed", "4294967296"], 2, &["--seed"]),
    ("an unknown voice", &["hi", "--voice", "am_nobody"], 1, &["no voice am_nobody", "KOKORO_VOICES"]),
    ("a voice without a name", &["hi", "--voice", ""], 2, &["--voice: the name is empty"]),
    ("a voice cut short", &["hi", "--voice", "short.bin"], 1, &["short.bin: has 1024 bytes", "522240 bytes"]),
    ("an empty voice", &["hi", "--voice", "empty.pt"], 1, &["empty.pt: is empty"]),
    ("a voice that is a cut zip", &["hi", "--voice", "voice.pt"], 1, &["voice.pt: truncated", "zip"]),
    ("a voice of integers", &["hi", "--voice", "integers.npy"], 1, &["integers.npy: ", "<i8", "<f4"]),
    ("a voice with a broken header", &["hi", "--voice", "broken.npy"], 1, &["broken.npy: is a damaged NumPy array"]),
    ("a voice of another shape", &["hi", "--voice", "flat.npy"], 1, &["flat.npy: voice flat is [3]", "[510, 1, 256]"]),
    ("a voice of another width", &["hi", "--voice", "narrow.json"], 1, &["3", "256"]),
    ("a voice with uneven rows", &["hi", "--voice", "uneven.json"], 1, &["row 1 has 1 values, row 0 2"]),
    ("a voice that is no array", &["hi", "--voice", "object.json"], 1, &["object.json: is JSON, but no voice"]),
    ("a voice that is not a number", &["hi", "--voice", "nan.npy"], 1, &["nan.npy: ", "NaN, not a finite number"]),
    ("a file of several voices", &["hi", "--voice", "several.json"], 1, &["several.json: ", "FILE:NAME"]),
    ("a voice that its file lacks", &["hi", "--voice", "several.json:c"], 1, &["several.json: ", "a, b"]),
    ("an absent voice", &["hi", "--voice", "absent.bin"], 1, &["cannot open absent.bin"]),
    ("a negative voice seed", &["hi", "--voice", "seeded:-1"], 2, &["seeded:-1"]),
    ("a blend with an unknown voice", &["hi", "--voice", "seeded:1,am_nobody"], 1, &["no voice am_nobody"]),
    ("a blend with half its weights", &["hi", "--voice", "seeded:1:2,seeded:2"], 2, &["1 of 2 weights"]),
    ("a blend of nothing", &["hi", "--voice", "seeded:1:0,seeded:2:0"], 2, &["all weights of", "are 0"]),
    ("a negative weight", &["hi", "--voice", "seeded:1:-1,seeded:2:2"], 2, &["-1"]),
    ("a weight that is no number", &["hi", "--voice", "seeded:1:nan,seeded:2:1"], 2, &["nan"]),
    ("an absent adapter", &["hi", "--adapter", "no such adapter"], 1, &["no GPU adapter matches \"no such adapter\""]),
    ("an unknown convolution kernel", &["hi", "--conv", "fast"], 2, &["\"fast\" is none of registers, shared"]),
    ("an adapter beyond the last", &["hi", "--adapter", "99"], 1, &["no GPU adapter matches \"99\"; available: 0: "]),
    ("quiet and verbose", &["hi", "-q", "-v"], 2, &["cannot be used with"]),
    ("timings of no known kind", &["hi", "--timings", "out.txt"], 2, &["out.txt", ".json, .srt or .vtt"]),
    ("timings as a table", &["hi", "--timings", "out.tsv"], 2, &["out.tsv", ".json, .srt or .vtt"]),
    ("timings in no folder", &["hi", "--timings", "absent/out.srt"], 1, &["cannot write absent/out.srt"]),
    ("timings of ids", &["--tokens", "50", "--timings", "out.srt"], 2, &["cannot be used with"]),
    ("an unknown rule", &["hi", "--split", "words"], 2, &["sentences", "published"]),
    ("SSML that does not end", &["<speak>hi"], 1, &["SSML, line 1, column"]),
    ("SSML with tags crossed", &["<speak><p><s>hi</p></s></speak>"], 1, &["SSML, line 1, column"]),
    ("SSML of another root", &["--ssml", "<p>hi</p>"], 1, &["the root is <p>, expected <speak>"]),
    (
        "SSML with entities of its own",
        &["--ssml", "<!DOCTYPE speak [<!ENTITY a \"b\">]><speak>&a;</speak>"],
        1,
        &["SSML, line", "DTD"],
    ),
    ("SSML with an unknown entity", &["<speak>&nbsp;</speak>"], 1, &["SSML, line 1, column"]),
    ("SSML without words", &["<speak><break time='1s'/></speak>"], 1, &["nothing to speak"]),
    ("SSML with an unknown voice", &["<speak><voice name='am_nobody'>hi</voice></speak>"], 1, &["no voice am_nobody"]),
    ("SSML with a break of no length", &["<speak>a<break time='soon'/>b</speak>"], 1, &["time=\"soon\"", "500ms"]),
    (
        "SSML with an absurd rate",
        &["<speak><prosody rate='900%'>hi</prosody></speak>"],
        1,
        &["rate=\"900%\"", "0.25 to 4"],
    ),
    (
        "sound over the text",
        &["-i", "utf8.txt", "-o", "utf8.txt"],
        2,
        &["-o would write over utf8.txt, which -i reads"],
    ),
    (
        "timings over the voice",
        &["hi", "-o", "out.wav", "--voice", "narrow.json", "--timings", "narrow.json"],
        2,
        &["--timings would write over narrow.json, which --voice reads"],
    ),
    ("sound and timings in one file", &["hi", "-o", "x.json", "--timings", "x.json"], 2, &["name the same file"]),
    (
        "SSML with unknown sounds",
        &["<speak><phoneme ph='@'>hi</phoneme></speak>"],
        1,
        &["ph=\"@\"", "not phonemes of Kokoro"],
    ),
];

/// Cases of the other commands.
const OTHERS: &[Case] = &[
    ("nothing asked", &[], 2, &[]),
    ("an unknown command", &["sing"], 2, &["sing"]),
    ("an unknown option", &["info", "--colour"], 2, &["--colour"]),
    ("nothing to phonemize", &["phonemize", " "], 1, &["empty"]),
    ("a language without a reader", &["phonemize", "--lang", "xx", "hi"], 2, &["en-us"]),
    ("an unknown file to fetch", &["fetch", "af_nobody", "--offline"], 2, &["af_nobody"]),
    ("an empty cache offline", &["fetch", "--offline"], 1, &["kokoro-v1_0.pth"]),
    ("voices of no file", &["voices", "absent.npz"], 1, &["cannot open absent.npz"]),
    ("voices of a broken file", &["voices", "broken.npz"], 1, &["broken.npz: ", "zip"]),
    (
        "a blend into no folder",
        &["voices", "blend", "seeded:1,seeded:2", "-o", "absent/mine.bin"],
        1,
        &["absent/mine.bin"],
    ),
    ("no checkpoint to convert", &["convert", "absent.pth", "out.safetensors"], 1, &["cannot open absent.pth"]),
    ("the alphabet of no model", &["phonemize", "--model", "absent.pth", "hi"], 1, &["cannot open absent.pth"]),
    ("the alphabet of a broken model", &["phonemize", "--model", "zip.pth", "hi"], 1, &["zip.pth: truncated"]),
    (
        "a batch to predict that is too large",
        &["profile", "--predict", "all", "--batch", "17"],
        2,
        &["--batch", "1..=16"],
    ),
    ("voices of a file without any", &["voices", "none.safetensors"], 1, &["none.safetensors", "has no voice"]),
    ("a seeded one to convert", &["convert", "seeded:0", "out.safetensors"], 1, &["seeded:0 has no list of tensors"]),
    ("a conversion into no folder", &["convert", "tiny.pth", "absent/out.safetensors"], 1, &["absent/out.safetensors"]),
    ("an evil one to convert", &["convert", "evil.pth", "out.safetensors"], 1, &["evil.pth: "]),
    ("an absent golden file", &["verify", "absent.safetensors"], 1, &["cannot open absent.safetensors"]),
    ("a golden file cut short", &["verify", "short.safetensors"], 1, &["short.safetensors: truncated"]),
    ("a golden file that is none", &["verify", "double.safetensors"], 1, &["double.safetensors: "]),
    ("a golden file that is a zip", &["verify", "zip.pth"], 1, &["zip archive"]),
    ("a dump into no folder", &["verify", "--dump", "absent/dump"], 1, &["cannot write absent/dump"]),
    (
        "a dump of two",
        &["verify", "golden.safetensors", "golden.safetensors", "--dump", "dump"],
        2,
        &["--dump: give one golden file"],
    ),
    ("a format for what is only played", &["say", "hi", "--play", "--raw"], 2, &["--raw", "-o FILE"]),
    ("verify on no adapter", &["verify", "--adapter", "no such adapter"], 1, &["no GPU adapter"]),
    ("a profile of nothing", &["profile", "--tokens", "0"], 2, &["1 to 510"]),
    ("a bench of too much", &["bench", "--tokens", "511"], 2, &["1 to 510"]),
    ("a bench without runs", &["bench", "--runs", "0"], 2, &["--runs"]),
    ("an unknown chip", &["profile", "--predict", "rtx"], 2, &["unknown chip; expected all, this, rtx-4090, rtx-3060"]),
    ("a trace of a prediction", &["profile", "--predict", "all", "--trace", "x.json"], 2, &["cannot be used with"]),
    ("a trace into no folder", &["profile", "--trace", "absent/trace.json"], 1, &["cannot write absent/trace.json"]),
    ("an unknown shell", &["completions", "cmd"], 2, &["bash", "fish"]),
];

/// Writes invalid files.
fn write_bad_files(folder: &Path) {
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let golden = std::fs::read(tests.join("golden/short.safetensors")).unwrap();
    write("golden.safetensors", &golden);
    write("short.safetensors", &golden[..golden.len() - 1]);
    write("head.safetensors", &golden[..100]);
    for name in ["tiny.pth", "evil.pth", "bomb.pth", "truncated.pth", "tiny-legacy.pth"] {
        std::fs::copy(tests.join("fixtures").join(name), folder.join(name)).unwrap();
    }
    write("empty", b"");
    write("empty.pt", b"");
    for name in ["zip.pth", "voice.pt", "broken.npz"] {
        write(name, b"PK\x03\x04 and so on");
    }
    write("page.html", b"<!DOCTYPE html><title>Sign in</title>");
    write("lfs.pth", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    write("model.onnx", &[8, 7, 0x12, 7]);
    write("model.gguf", b"GGUF\x03\0\0\0");
    let header = br#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#;
    write("double.safetensors", &[&(header.len() as u64).to_le_bytes()[..], header, &[0; 8]].concat());
    write("short.bin", &[0; 1024]);
    let npy = |descr: &str, shape: &str, data: &[u8]| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
    };
    write("integers.npy", &npy("<i8", "(1, 1, 3)", &[0; 24]));
    write("flat.npy", &npy("<f4", "(3,)", &[0; 12]));
    write("nan.npy", &npy("<f4", "(1, 1, 3)", &[f32::NAN.to_le_bytes(); 3].concat()));
    write("broken.npy", b"\x93NUMPY\x01\0\xff\xff{'descr'");
    write("narrow.json", b"[[[1, 2, 3]]]");
    write("uneven.json", b"[[1, 2], [3]]");
    write("several.json", br#"{"a": [[1, 2]], "b": [[3, 4]]}"#);
    write("object.json", br#"{"a": 1}"#);
    write("none.safetensors", &[&2u64.to_le_bytes()[..], b"{}"].concat());
    write("utf8.txt", b"hi");
    write("latin1.txt", b"caf\xe9");
    write("utf16.txt", b"\xff\xfeh\0i\0");
    write("blank.txt", b" \n\t\n");
    std::fs::create_dir(folder.join("folder")).unwrap();
}

/// Every file and its contents.
fn contents(folder: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<_> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).ok()))
        .collect();
    files.sort_unstable();
    files
}

fn kokoro(folder: &Path, arguments: &[&str], environment: Environment) -> (i32, Vec<u8>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    for variable in ["KOKORO_MODEL", "KOKORO_VOICES", "RUST_LOG"] {
        command.env_remove(variable);
    }
    command.env("HF_HUB_CACHE", folder.join("no cache")).env("HF_HUB_OFFLINE", "1");
    command.env("XDG_RUNTIME_DIR", std::env::temp_dir()); // otherwise Mesa prints an error
    command.env("ALSA_CONFIG_PATH", folder.join("absent")); // there is no sound device on any machine
    command.envs(environment.iter().copied()).args(arguments).current_dir(folder).stdin(Stdio::null());
    let output = command.output().unwrap();
    (output.status.code().unwrap_or(-1), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Runs a case and prints a line about it. Returns how its end differs from the expected one.
fn check(folder: &Path, number: usize, case: &Case, arguments: &[&str], environment: Environment) -> Option<String> {
    let (name, _, status, texts) = *case;
    let before = contents(folder);
    let (ended, stdout, stderr) = kokoro(folder, arguments, environment);
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    println!("{number:3} {name}: {}", errors.first().unwrap_or(&"(help)"));
    let wrong = match () {
        () if ended != status => format!("ends with {ended}, expected {status}"),
        () if !texts.is_empty() && errors.len() != 1 => format!("{} errors, expected one", errors.len()),
        () if !stdout.is_empty() => "writes to standard output".to_owned(),
        () if stderr.contains("internal error") || stderr.contains("panicked") => "panics".to_owned(),
        () if contents(folder) != before => "leaves or changes a file".to_owned(),
        () => format!("does not contain {:?}", texts.iter().find(|part| !stderr.contains(**part))?),
    };
    Some(format!("{name}, {arguments:?}: {wrong}: {stderr}"))
}

#[test]
fn every_fault_is_reported_and_leaves_all_files_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    write_bad_files(folder.path());
    let ids = vec!["7"; 511].join(",");
    let deep = format!("<speak>{}hi{}</speak>", "<p>".repeat(200), "</p>".repeat(200));
    let nowhere = [("PATH", ""), ("VK_DRIVER_FILES", "/nonexistent"), ("VK_ICD_FILENAMES", "/nonexistent")];
    let (path, driver) = (&nowhere[..1], &nowhere[1..]);
    let model = [("KOKORO_MODEL", "absent.pth")];
    // Cases that need computed arguments or an environment.
    let special: [(Case, &[&str], Environment); 6] = [
        (
            ("too many ids", &[], 2, &["511 ids, at most 510"]),
            &["say", "-o", "o.wav", "--model", "seeded:0", "--tokens", &ids],
            &[],
        ),
        (
            ("SSML too deep", &[], 1, &["nested deeper than 64"]),
            &["say", "-o", "o.wav", "--model", "seeded:0", &deep],
            &[],
        ),
        (
            ("no espeak-ng", &[], 1, &["espeak-ng", "install"]),
            &["say", "-o", "o.wav", "--model", "seeded:0", "--lang", "es", "hola"],
            path,
        ),
        (
            ("no espeak-ng to phonemize", &[], 1, &["espeak-ng", "install"]),
            &["phonemize", "--lang", "it", "ciao"],
            path,
        ),
        (("an absent $KOKORO_MODEL", &[], 1, &["cannot open absent.pth"]), &["say", "-o", "o.wav", "hi"], &model),
        (
            ("no driver", &[], 1, &["no GPU adapter", "mesa-vulkan-drivers"]),
            &["say", "-o", "o.wav", "--model", "seeded:0", "hi"],
            driver,
        ),
    ];
    // The driver's variables work on Linux only.
    let special = &special[..if cfg!(target_os = "linux") { 6 } else { 5 }];

    let (mut number, mut wrong) = (0, Vec::new());
    let mut next = |case: &Case, arguments: &[&str], environment: Environment| {
        number += 1;
        wrong.extend(check(folder.path(), number, case, arguments, environment));
    };
    for case in SAY {
        let is_complete = case.1.iter().any(|word| ["-o", "--model", "--raw", "--format"].contains(word));
        let seeded: &[&str] = if is_complete { &[] } else { &["--model", "seeded:0", "-o", "out.wav"] };
        next(case, &[&["say"], case.1, seeded].concat(), &[]);
    }
    for case in OTHERS {
        next(case, case.1, &[]);
    }
    for (case, arguments, environment) in special {
        next(case, arguments, environment);
    }
    println!("{number} cases");
    assert!(wrong.is_empty(), "{} of {number} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// The error occurs only after everything was spoken.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["say", "--tokens", "50", "--model", "seeded:0", "-o", "/dev/full"];
    let (status, stdout, stderr) = kokoro(folder.path(), &arguments, &[]);
    assert_eq!((status, stdout.len()), (1, 0), "{stderr}");
    assert!(stderr.contains("cannot write /dev/full: No space left on device"), "{stderr}");
}
