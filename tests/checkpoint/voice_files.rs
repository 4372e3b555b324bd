//! Voice files in all formats, files with several voices, folders, parsed blends, and the table of published voices.

use std::path::PathBuf;

use kokoro_wgpu::Voice;
use kokoro_wgpu::voice::{self, PUBLISHED, Sex, parse_blend};
use miniz_oxide::deflate::compress_to_vec;
use tempfile::TempDir;

use super::{Raw, assert_says, container, shared, zip};

/// Rows of three values: the row's index, the voice's number, and a constant.
fn values(rows: usize, voice: f32) -> Vec<f32> {
    (0..rows).flat_map(|row| [row as f32, voice, -0.5]).collect()
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A .npy file.
fn npy(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
}

fn write(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[track_caller]
fn assert_voice(voice: &Voice, name: &str, rows: usize, mark: f32) {
    assert_eq!((voice.name(), voice.width()), (name, 3));
    for row in 0..rows {
        assert_eq!(voice.row(row + 1), [row as f32, mark, -0.5], "row {row}");
    }
    assert_eq!(voice.row(rows + 1)[0], (rows - 1) as f32, "no more rows");
}

#[test]
fn pytorchs_file_is_the_published_voice() {
    let (Some(pt), Some(bin)) = (shared("fixtures/af_heart.pt"), shared("voices/af_heart.bin")) else { return };
    let (pt, bin) = (Voice::open(pt).unwrap(), Voice::open(bin).unwrap());
    assert_eq!(pt, bin);
    assert_eq!((pt.name(), pt.row(24)[0]), ("af_heart", -0.22851186));
    let Some(npz) = shared("fixtures/voices.npz") else { return };
    assert_eq!(voice::list(&npz).unwrap(), ["af_heart", "am_michael"]);
    assert_eq!(Voice::open_named(&npz, "af_heart").unwrap(), bin);
    assert_says(Voice::open(&npz), &["voices.npz", "2 voices (af_heart, am_michael)", "choose one"]);
    let Some(other) = shared("voices/am_michael.bin") else { return };
    assert_eq!(Voice::open_named(&npz, "am_michael").unwrap(), Voice::open(other).unwrap());
}

#[test]
fn numpy_arrays_stored_and_deflated() {
    let folder = tempfile::tempdir().unwrap();
    let one = npy("<f4", "False", "(4, 1, 3)", &bytes(&values(4, 1.0)));
    let two = npy("<f4", "False", "(5, 3)", &bytes(&values(5, 2.0)));
    let packed = compress_to_vec(&two, 6);
    // kokoro-onnx names such a file .bin: the content decides, not the name.
    let path = write(&folder, "voices.bin", &zip(&[("one.npy", &one, None), ("two.npy", &two, Some(&packed))]));
    assert_eq!(voice::list(&path).unwrap(), ["one", "two"]);
    assert_voice(&Voice::open_named(&path, "one").unwrap(), "one", 4, 1.0);
    assert_voice(&Voice::open_named(&path, "two").unwrap(), "two", 5, 2.0);
    assert_says(Voice::open_named(&path, "three"), &["no voice three", "one, two"]);
    assert_voice(&Voice::open(write(&folder, "a.npy", &one)).unwrap(), "a", 4, 1.0);

    let columns: Vec<f32> = (0..3).flat_map(|column| (0..4).map(move |row| values(4, 7.0)[row * 3 + column])).collect();
    let fortran = npy("<f4", "True", "(4, 3)", &bytes(&columns));
    assert_voice(&Voice::open(write(&folder, "f.npy", &fortran)).unwrap(), "f", 4, 7.0);
    let halves: Vec<u8> = values(4, 3.0).iter().flat_map(|value| half::f16::from_f32(*value).to_le_bytes()).collect();
    assert_voice(&Voice::open(write(&folder, "h.npy", &npy("<f2", "False", "(4, 3)", &halves))).unwrap(), "h", 4, 3.0);
}

#[test]
fn arrays_that_are_not_voices_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let data = bytes(&values(4, 1.0));
    let open = |content: &[u8]| Voice::open(write(&folder, "v.npy", content));
    assert_says(open(&npy("<f8", "False", "(4, 3)", &data)), &["v.npy", "<f8", "<f4"]);
    assert_says(open(&npy(">f4", "False", "(4, 3)", &data)), &[">f4"]);
    assert_says(open(&npy("|O", "False", "(4, 3)", &data)), &["|O"]);
    assert_says(open(&npy("<f4", "False", "(4, 2, 3)", &data)), &["its storage holds 12 values"]);
    assert_says(open(&npy("<f4", "False", "(2, 2, 3)", &data)), &["voice v is [2, 2, 3]", "[510, 1, 256]"]);
    assert_says(open(&npy("<f4", "False", "(12,)", &data)), &["voice v is [12]"]);
    assert_says(open(&npy("<f4", "False", "(0, 3)", &[])), &["voice v is [0, 3]"]);
    assert_says(open(&npy("<f4", "False", "(9223372036854775807, 3)", &data)), &["damaged"]);
    assert_says(open(&npy("<f4", "False", "(-4, 3)", &data)), &["damaged"]);
    assert_says(open(&npy("<f4", "False", "(5000, 1)", &[0; 20_000])), &["voice v is [5000, 1]"]);
    let whole = npy("<f4", "False", "(4, 3)", &data);
    for length in 0..whole.len() {
        assert!(open(&whole[..length]).is_err(), "{length} bytes");
    }
    // An array larger than its header claims, and one that claims to be huge.
    let bomb = compress_to_vec(&vec![0; 1 << 22], 9);
    let claims = zip(&[("v.npy", &vec![0; 1 << 10], Some(&bomb))]);
    assert_says(Voice::open(write(&folder, "v.npz", &claims)), &["v.npz", "v.npy does not decompress to 1024 bytes"]);
    let mut huge = zip(&[("v.npy", &whole, Some(&bomb))]);
    let directory = huge.len() - 22 - 46 - "v.npy".len();
    huge[directory + 24..][..4].copy_from_slice(&0xF000_0000u32.to_le_bytes());
    assert_says(Voice::open(write(&folder, "v.npz", &huge)), &["4026531840 bytes, at most"]);
}

#[test]
fn safetensors_one_or_many() {
    let folder = tempfile::tempdir().unwrap();
    let one = container(&[], &[Raw::f32("voice", &[4, 1, 3], &values(4, 1.0))]);
    let path = write(&folder, "af_one.safetensors", &one);
    assert_eq!(voice::list(&path).unwrap(), ["af_one"]);
    for voice in [Voice::open(&path), Voice::open_named(&path, "af_one")] {
        assert_voice(&voice.unwrap(), "af_one", 4, 1.0);
    }
    assert_says(Voice::open_named(&path, "af_two"), &["no voice af_two"]);
    let many = container(&[], &[Raw::f32("a", &[4, 1, 3], &values(4, 1.0)), Raw::f32("b", &[2, 3], &values(2, 2.0))]);
    let path = write(&folder, "many.safetensors", &many);
    assert_voice(&Voice::open_named(&path, "b").unwrap(), "b", 2, 2.0);
    assert_says(Voice::open(&path), &["2 voices (a, b)"]);
    let integers = container(&[], &[Raw::new("voice", "I64", &[1, 1], vec![0; 8])]);
    assert_says(Voice::open(write(&folder, "i.safetensors", &integers)), &["i.safetensors", "I64"]);
    assert_says(Voice::open(write(&folder, "e.safetensors", &container(&[], &[]))), &["has no voice"]);
}

#[test]
fn json_one_or_many() {
    let folder = tempfile::tempdir().unwrap();
    let open = |text: &str| Voice::open(write(&folder, "v.json", text.as_bytes()));
    for text in [
        "[[[0, 7, -0.5]], [[1, 7, -0.5]]]",
        " [[0, 7, -0.5],\n[1, 7e0, -5e-1]]",
        r#"{"x": [[[0,7,-0.5]],[[1,7,-0.5]]]}"#,
    ] {
        assert_voice(&open(text).unwrap(), "v", 2, 7.0);
    }
    let many = write(&folder, "m.json", br#"{"b": [[0, 2, -0.5]], "a": [[0, 1, -0.5]]}"#);
    assert_eq!(voice::list(&many).unwrap(), ["a", "b"]);
    assert_voice(&Voice::open_named(&many, "b").unwrap(), "b", 1, 2.0);
    let faults = [
        ("[]", "voice v is [0, 0]"),
        ("[[]]", "voice v is [1, 0]"),
        ("{}", "has no voice"),
        ("[[1, 2], [3]]", "row 1 has 1 values, row 0 2"),
        ("[[[1], [2]]]", "voice v is [1, 0]"),
        ("[[1, null]]", "is JSON, but no voice"),
        ("[[1, 1e39]]", "inf"),
        ("[[1, 2]", "EOF"),
        ("{\"a\": 1}", "is JSON, but no voice"),
    ];
    for (text, word) in faults {
        assert_says(open(text), &["v.json", word]);
    }
    assert!(open(&"[".repeat(100_000)).is_err());
}

#[test]
fn other_formats_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let open = |content: &[u8]| Voice::open(write(&folder, "v.pt", content));
    assert_says(open(b"<html>"), &["v.pt", "web page", "a voice is"]);
    assert_says(open(b"version https://git-lfs.github.com/spec/v1\n"), &["git lfs pull"]);
    assert_says(open(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P"), &["old versions of PyTorch", "torch.load"]);
    assert_says(Voice::open(super::fixture("evil.pth")), &["posix.system"]);
    assert_says(Voice::open(super::fixture("bomb.pth")), &["compressed"]);
}

#[test]
fn folders_contain_voices_by_name() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "af_b.json", b"[[0, 2, -0.5]]");
    write(&folder, "af_a.npy", &npy("<f4", "False", "(4, 1, 3)", &bytes(&values(4, 1.0))));
    write(&folder, "notes.txt", b"");
    assert_eq!(voice::list(folder.path()).unwrap(), ["af_a", "af_b"]);
    assert_voice(&Voice::open_named(folder.path(), "af_a").unwrap(), "af_a", 4, 1.0);
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    assert_says(Voice::open_named(folder.path(), "af_c"), &["no voice af_c", ".safetensors"]);
    for outside in ["../af_a", "inner/../af_a", "", ".."] {
        assert_says(Voice::open_named(&inner, outside), &["no voice"]);
    }
}

#[test]
fn a_saved_voice_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.bin");
    let rows: Vec<f32> = (0..510 * 256).map(|i| i as f32 / 7.0).collect();
    let voice = Voice::from_rows("mine", rows, 256).unwrap();
    voice.save(&path).unwrap();
    assert_eq!(Voice::open(&path).unwrap(), voice);
    Voice::seeded(1).save(&path).unwrap();
    let saved = Voice::open(&path).unwrap();
    assert!([1, 255, 510].iter().all(|&row| saved.row(row) == Voice::seeded(1).row(row)), "one row for every length");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
    let narrow = Voice::from_rows("narrow", vec![0.0; 6], 3).unwrap();
    assert_says(narrow.save(&path), &["narrow is [2, 3]", "[510, 256]"]);
    assert_says(voice.save(folder.path()), &["not a regular file"]);
}

#[test]
fn blends_are_parsed() {
    let blends: [(&str, &[(&str, f32)]); 9] = [
        ("af_heart", &[("af_heart", 1.0)]),
        ("a,b", &[("a", 0.5), ("b", 0.5)]),
        ("af_heart:0.7,bm_george:0.3", &[("af_heart", 0.7), ("bm_george", 0.3)]),
        (" a : 3 , b : 1 ", &[("a", 0.75), ("b", 0.25)]),
        ("a:1,b:0", &[("a", 1.0), ("b", 0.0)]),
        ("a,a,a,b", &[("a", 0.25), ("a", 0.25), ("a", 0.25), ("b", 0.25)]),
        ("seeded:3,seeded:4", &[("seeded:3", 0.5), ("seeded:4", 0.5)]),
        ("seeded:3:1,a:3", &[("seeded:3", 0.25), ("a", 0.75)]),
        (r"C:\voices\a.pt:2,C:/b.pt:2", &[(r"C:\voices\a.pt", 0.5), ("C:/b.pt", 0.5)]),
    ];
    for (text, expected) in blends {
        let found = parse_blend(text).unwrap();
        let found: Vec<(&str, f32)> = found.iter().map(|(name, weight)| (name.as_str(), *weight)).collect();
        assert_eq!(found, expected, "{text}");
    }
    assert_eq!(parse_blend(r"C:\a.pt").unwrap(), [(r"C:\a.pt".to_owned(), 1.0)]);
    let faults = [
        ("", "lacks a name"),
        ("a,,b", "lacks a name"),
        (":1", "lacks a name"),
        ("seeded:", "lacks a name"),
        ("a:1,b", "1 of 2 weights"),
        ("a:x", "weight \"x\""),
        ("a:", "weight \"\""),
        ("a:-1,b:2", "weight \"-1\""),
        ("a:NaN", "weight \"NaN\""),
        ("a:inf", "weight \"inf\""),
        ("a:1e300", "weight \"1e300\""),
        ("a:0,b:0", "are 0"),
    ];
    for (text, word) in faults {
        assert_says(parse_blend(text), &["voice: ", word]);
    }
}

#[test]
fn the_table_is_the_publishers() {
    let mut names: Vec<&str> = PUBLISHED.iter().map(|voice| voice.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 54);
    let count = |language: &str, sex: Sex| {
        PUBLISHED.iter().filter(|voice| voice.language() == language && voice.sex() == Some(sex)).count()
    };
    // VOICES.md's headings, women and men.
    let expected = [
        ("en-us", 11, 9),
        ("en-gb", 4, 4),
        ("ja", 4, 1),
        ("zh", 4, 4),
        ("es", 1, 2),
        ("fr-fr", 1, 0),
        ("hi", 2, 2),
        ("it", 1, 1),
        ("pt-br", 1, 2),
    ];
    for (language, women, men) in expected {
        assert_eq!((count(language, Sex::Female), count(language, Sex::Male)), (women, men), "{language}");
    }
    let grade = |name: &str| PUBLISHED.iter().find(|voice| voice.name == name).unwrap().grade;
    let grades = ["af_heart", "af_bella", "bf_emma", "am_adam", "ef_dora"].map(grade);
    assert_eq!(grades, [Some("A"), Some("A-"), Some("B-"), Some("F+"), None]);
    assert_eq!(
        (voice::language("zf_001"), voice::sex("zm_100")),
        (Some("zh"), Some(Sex::Male)),
        "those of v1.1-zh too"
    );
    assert_eq!((voice::language("mine"), voice::language("xf_a"), voice::sex("af_")), (None, None, None));
}

#[test]
fn raw_voices_one_after_the_other_have_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let voices: Vec<f32> = (0..12).flat_map(|voice| vec![voice as f32; 510 * 256]).collect();
    let path = write(&folder, "voices.bin", &bytes(&voices));
    let names = voice::list(&path).unwrap();
    assert_eq!(names.len(), 12);
    for name in names {
        let voice = Voice::open_named(&path, &name).unwrap();
        assert_eq!((voice.name(), voice.width()), (&*name, 256));
        assert_eq!(voice.row(510), [name.parse::<f32>().unwrap(); 256]);
    }
    assert_says(Voice::open(&path), &["12 voices (0, 1,", "choose one"]);
    assert_says(Voice::open_named(&path, "12"), &["no voice 12"]);
    let torn = write(&folder, "torn.bin", &bytes(&voices[1..]));
    assert_says(Voice::open(torn), &["bytes", "522240"]);
}
