//! Packages from shell scripts in place of pip and npm.

use std::process::Command;

use super::*;

/// A folder with a client script, the files it serves, and the package folder.
struct Setup {
    folder: tempfile::TempDir,
    client: String,
}

impl Setup {
    /// `script` is the client's shell code; `$wanted` is the requested package.
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let client = folder.path().join("client").to_str().unwrap().to_owned();
        let log = folder.path().join("log");
        let files = folder.path().join("files");
        fs::create_dir(&files).unwrap();
        let head = format!(
            "[ \"$*\" != --version ] || exit 0\nfor wanted; do :; done\n\
             [ \"$wanted\" != ../requirements.txt ] || read -r wanted <../requirements.txt\necho \"$wanted\" >>'{}'\nfiles='{}'\n",
            log.display(),
            files.display()
        );
        fs::write(&client, head + script).unwrap();
        Self { folder, client }
    }

    /// Adds a file for the client to serve.
    fn serve(&self, name: &str, contents: &[u8]) {
        fs::write(self.folder.path().join("files").join(name), contents).unwrap();
    }

    fn locked(&self) -> LockedFolder {
        LockedFolder::open(self.folder.path().join("packages"), &mut |_| ()).unwrap()
    }

    fn model(&self, parts: &[Part<'_>], whole: &[u8]) -> Result<PathBuf, PackageError> {
        self.model_in(&self.locked(), parts, whole)
    }

    fn model_in(&self, folder: &LockedFolder, parts: &[Part<'_>], whole: &[u8]) -> Result<PathBuf, PackageError> {
        let sha256 = sha256(whole);
        let model = Model { file: "model.onnx", pin: Pin { sha256: &sha256, size: whole.len() as u64 }, parts };
        let commands: &[&[&str]] = &[&["/no/such/program"], &["/bin/sh", &self.client]];
        folder.model(&model, &Program { name: "pip", commands, debian: "python3-pip" }, &mut |_| ())
    }

    fn voice(&self, voices: &Voices<'_>, name: &str) -> Result<PathBuf, PackageError> {
        let commands: &[&[&str]] = &[&["/bin/sh", &self.client]];
        self.locked().voice(voices, name, &Program { name: "npm", commands, debian: "npm" }, &mut |_| ())
    }

    /// Packages requested from the client since the last call.
    fn requested(&self) -> Vec<String> {
        let path = self.folder.path().join("log");
        let log = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        log.lines().map(str::to_owned).collect()
    }

    /// Names in the package folder.
    fn listing(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("packages")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }
}

/// Copies `files/part-1` to where pip would install `part-1==1`, and fails if it is missing.
const PIP_SCRIPT: &str = "name=${wanted%%==*}; mkdir -p ../package/$name && cp \"$files/$name\" ../package/$name/part.bin || \
                          { echo 'ERROR: no such part' >&2; exit 1; }";

const NAMES: [&str; 3] = ["part-1", "part-2", "part-3"];
const FILES: [&str; 3] = ["part-1/part.bin", "part-2/part.bin", "part-3/part.bin"];

const WHEEL: &str = "0123";

/// Requirement lines of these packages.
fn requirements(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{name}==1 --hash=sha256:{WHEEL}")).collect()
}

/// Three parts, their checksums, and all of them joined.
struct Fixture {
    parts: [Vec<u8>; 3],
    sha256: [String; 3],
    whole: Vec<u8>,
}

impl Fixture {
    fn new() -> Self {
        let parts = [vec![1; 70_000], vec![2; 70_000], vec![3; 69_999]];
        let sha256 = parts.each_ref().map(|bytes| sha256(bytes));
        let whole = parts.concat();
        Self { parts, sha256, whole }
    }

    fn expected(&self) -> Vec<Part<'_>> {
        let part = |index: usize| {
            let pin = Pin { sha256: &self.sha256[index], size: self.parts[index].len() as u64 };
            Part { package: NAMES[index], version: "1", wheel: Pin { sha256: WHEEL, size: 1 }, file: FILES[index], pin }
        };
        (0..3).map(part).collect()
    }

    /// Serves all parts.
    fn serve(&self, setup: &Setup) {
        for (name, bytes) in NAMES.iter().zip(&self.parts) {
            setup.serve(name, bytes);
        }
    }
}

fn message(result: Result<PathBuf, PackageError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn parts_are_joined_and_then_cached() {
    let setup = Setup::new(PIP_SCRIPT);
    let fixture = Fixture::new();
    fixture.serve(&setup);
    let path = setup.model(&fixture.expected(), &fixture.whole).unwrap();
    assert!(fs::read(&path).unwrap() == fixture.whole);
    assert_eq!(setup.requested(), requirements(&NAMES));
    assert_eq!(setup.listing(), ["lock", "model.onnx"]);
    assert_eq!(setup.model(&fixture.expected(), &fixture.whole).unwrap(), path);
    assert!(setup.requested().is_empty(), "it is cached");
}

#[test]
fn concurrent_fetches_download_once() {
    let setup = Setup::new(PIP_SCRIPT);
    let fixture = Fixture::new();
    fixture.serve(&setup);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| setup.model(&fixture.expected(), &fixture.whole).unwrap());
        }
    });
    assert_eq!(setup.requested().len(), 3, "one of them downloaded the three parts");
}

#[test]
fn waiting_for_the_lock_is_reported() {
    let setup = Setup::new("");
    let locked = setup.locked();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let packages = setup.folder.path().join("packages");
        let waiting = scope.spawn(move || {
            let on_step = &mut |step: Step<'_>| sender.send(matches!(step, Step::WaitingForLock)).unwrap();
            LockedFolder::open(packages, on_step).unwrap().suffix
        });
        assert!(receiver.recv().unwrap());
        drop(locked);
        assert_eq!(waiting.join().unwrap(), "", "no suffix: it has the lock");
    });
}

#[test]
fn without_locks_unfinished_files_have_the_process_id() {
    let setup = Setup::new(&format!("ls -d ../../* >>\"$files/../seen\"; {PIP_SCRIPT}"));
    let fixture = Fixture::new();
    let mut folder = setup.locked();
    folder.suffix = "-7".to_owned();
    setup.serve("part-1", &fixture.parts[0]);
    assert_eq!(message(setup.model_in(&folder, &fixture.expected(), &fixture.whole)), "pip: no such part");
    assert_eq!(setup.listing(), ["lock"]);
    let seen = fs::read_to_string(setup.folder.path().join("seen")).unwrap();
    assert_eq!(
        seen.lines().take(3).collect::<Vec<_>>(),
        ["../../lock", "../../model.onnx.incomplete-7", "../../work-7"]
    );
    fixture.serve(&setup);
    let path = setup.model_in(&folder, &fixture.expected(), &fixture.whole).unwrap();
    assert!(fs::read(path).unwrap() == fixture.whole);
    assert_eq!(setup.listing(), ["lock", "model.onnx"]);
}

#[test]
fn complete_parts_need_no_client() {
    let setup = Setup::new("");
    let fixture = Fixture::new();
    fs::remove_file(&setup.client).unwrap();
    drop(setup.locked());
    fs::write(setup.folder.path().join("packages/model.onnx.incomplete"), &fixture.whole).unwrap();
    let path = setup.model(&fixture.expected(), &fixture.whole).unwrap();
    assert!(fs::read(path).unwrap() == fixture.whole);
}

#[test]
fn complete_parts_are_kept_for_the_next_attempt() {
    let setup = Setup::new(PIP_SCRIPT);
    let fixture = Fixture::new();
    setup.serve("part-1", &fixture.parts[0]);
    assert_eq!(message(setup.model(&fixture.expected(), &fixture.whole)), "pip: no such part");
    assert_eq!(setup.requested(), requirements(&NAMES[..2]));
    assert_eq!(setup.listing(), ["lock", "model.onnx.incomplete"]);
    // As after a power failure while the second part was written.
    let incomplete = setup.folder.path().join("packages/model.onnx.incomplete");
    fs::write(&incomplete, &fixture.whole[..100_000]).unwrap();
    setup.serve("part-2", &fixture.parts[1]);
    setup.serve("part-3", &fixture.parts[2]);
    let path = setup.model(&fixture.expected(), &fixture.whole).unwrap();
    assert_eq!(setup.requested(), requirements(&NAMES[1..]));
    assert!(fs::read(path).unwrap() == fixture.whole);
}

#[test]
fn truncated_or_changed_parts_are_rejected() {
    let setup = Setup::new(PIP_SCRIPT);
    let fixture = Fixture::new();
    setup.serve("part-1", &fixture.parts[0][..60_000]);
    let reason = message(setup.model(&fixture.expected(), &fixture.whole));
    assert_eq!(reason, "part-1==1 is not the expected package: its part-1/part.bin has 60000 bytes, expected 70000");
    setup.serve("part-1", &[9; 70_000]);
    let reason = message(setup.model(&fixture.expected(), &fixture.whole));
    let found = sha256(&[9; 70_000]);
    assert!(reason.ends_with(&format!("has SHA-256 {found}, expected {}", fixture.sha256[0])), "{reason}");
    assert_eq!(fs::read(setup.folder.path().join("packages/model.onnx.incomplete")).unwrap(), b"");
    // Every part passes, the joined file does not.
    fixture.serve(&setup);
    let reason = message(setup.model(&fixture.expected(), &[&fixture.whole[1..], b"x"].concat()));
    assert!(reason.starts_with("its parts, joined, has SHA-256 "), "{reason}");
    assert_eq!(setup.listing(), ["lock"]);
}

#[test]
fn a_missing_client_is_named_with_its_debian_package() {
    let setup = Setup::new("");
    let fixture = Fixture::new();
    fs::remove_file(&setup.client).unwrap();
    let error = setup.model(&fixture.expected(), &fixture.whole).unwrap_err();
    let PackageError::Program(ProgramError::NotInstalled { name, debian }) = error else { panic!("{error:?}") };
    assert_eq!((name.as_str(), debian.as_str()), ("pip", "python3-pip"));
}

/// A package of voices of four bytes each.
fn archive<'a>((sha256, size): &'a (String, u64), voices: &'a [(&'a str, &'a str)]) -> Voices<'a> {
    let pin = Pin { sha256, size: *size };
    Voices { package: "v", version: "1", archive: "v-1.tgz", pin, folder: "package/voices", size: 4, voices }
}

#[test]
fn one_archive_has_all_voices() {
    let setup = Setup::new("cp \"$files/v.tgz\" v-1.tgz");
    let make = |b: &[u8]| {
        let folder = setup.folder.path().join("made/package/voices");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.bin"), b"aaaa").unwrap();
        fs::write(folder.join("b.bin"), b).unwrap();
        let archive = setup.folder.path().join("files/v.tgz");
        let mut tar = Command::new("tar");
        tar.arg("-czf").arg(&archive).arg("-C").arg(setup.folder.path().join("made")).arg("package");
        assert!(tar.status().unwrap().success());
        let bytes = fs::read(archive).unwrap();
        (sha256(&bytes), bytes.len() as u64)
    };
    let (a, b) = (sha256(b"aaaa"), sha256(b"bbbb"));
    let names = [("a", a.as_str()), ("b", b.as_str())];
    let changed = make(b"BBBB");
    let reason = message(setup.voice(&archive(&changed, &names), "a"));
    assert!(reason.starts_with("v@1 is not the expected package: its b.bin has SHA-256 "), "{reason}");
    assert_eq!(setup.requested(), ["v@1"]);

    let right = make(b"bbbb");
    let reason = message(setup.voice(&archive(&changed, &names), "b"));
    assert!(reason.starts_with("v@1 is not the expected package: its archive has "), "{reason}");
    let path = setup.voice(&archive(&right, &names), "b").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"bbbb");
    assert_eq!(setup.requested(), ["v@1", "v@1"]);
    assert_eq!(setup.listing(), ["lock", "voices"]);
    assert_eq!(fs::read(setup.voice(&archive(&right, &names), "a").unwrap()).unwrap(), b"aaaa");
    assert!(setup.requested().is_empty(), "it was in the same archive");
    assert_eq!(message(setup.voice(&archive(&right, &names), "c")), "v 1 has no voice c");
}

#[test]
fn a_dictionary_is_taken_out_of_its_package() {
    let setup = Setup::new(
        "mkdir -p ../package/d && cp \"$files/sys.dic\" \"$files/char.bin\" ../package/d; echo code >../package/code.py",
    );
    let (words, characters) = (sha256(b"words"), sha256(b"characters"));
    let files = [("sys.dic", Pin { sha256: &words, size: 5 }), ("char.bin", Pin { sha256: &characters, size: 10 })];
    let wheel = Pin { sha256: WHEEL, size: 1 };
    let dictionary = Dictionary { package: "d", version: "1", wheel, platform: "", folder: "d", files: &files };
    let commands: &[&[&str]] = &[&["/bin/sh", &setup.client]];
    let pip = Program { name: "pip", commands, debian: "python3-pip" };
    let fetch = || setup.locked().dictionary(&dictionary, &pip, &mut |_| ());
    setup.serve("sys.dic", b"words");
    setup.serve("char.bin", b"CHARACTERS");
    assert!(message(fetch()).starts_with("d==1 is not the expected package: its char.bin has SHA-256 "));
    setup.serve("char.bin", b"characters");
    let path = fetch().unwrap();
    assert_eq!(fs::read(path.join("sys.dic")).unwrap(), b"words");
    assert_eq!(fs::read_dir(&path).unwrap().count(), 2, "nothing else of the package is kept");
    assert_eq!(setup.requested(), [requirements(&["d"]), requirements(&["d"])].concat());
    assert_eq!(setup.listing(), ["japanese", "lock"]);
    assert_eq!(fetch().unwrap(), path);
    assert!(setup.requested().is_empty(), "it is cached");
    fs::write(path.join("sys.dic"), "WORDS").unwrap();
    assert!(dictionary.is_in(&path, false) && !dictionary.is_in(&path, true));
}
