//! Voices: rows, blends, and malformed files.

use kokoro_wgpu::{Error, Golden, Voice};

use super::{assert_says, repository_file, shared};

/// Rows of two values: the row's index and the voice's number.
fn numbered(name: &str, rows: usize, voice: f32) -> Voice {
    Voice::from_rows(name, (0..rows).flat_map(|row| [row as f32, voice]).collect(), 2).unwrap()
}

#[test]
fn the_row_is_the_length_less_one() {
    let voice = numbered("v", 510, 0.0);
    for (phonemes, row) in [(0, 0.0), (1, 0.0), (2, 1.0), (24, 23.0), (510, 509.0), (511, 509.0), (usize::MAX, 509.0)] {
        assert_eq!(voice.row(phonemes)[0], row, "{phonemes} phonemes");
    }
}

#[test]
fn a_seeded_voice_equals_the_golden_file() {
    let golden = Golden::open(repository_file("short.safetensors")).unwrap();
    let voice = Voice::seeded(1);
    assert_eq!((voice.name(), voice.width()), ("seeded:1", 256));
    for phonemes in [1, 3, 510] {
        assert_eq!(voice.row(phonemes), golden.ref_s());
    }
    assert_eq!(Voice::seeded_width(1, 16).row(9), &golden.ref_s()[..16]);
}

#[test]
fn published_packs_are_read_whole() {
    let Some(path) = shared("voices/af_heart.bin") else { return };
    let bytes = std::fs::read(&path).unwrap();
    let voice = Voice::open(&path).unwrap();
    assert_eq!(voice.name(), "af_heart");
    for (phonemes, row) in [(1, 0), (24, 23), (510, 509)] {
        let row = &bytes[row * 1024..][..1024];
        let style: Vec<u8> = voice.row(phonemes).iter().flat_map(|value| value.to_le_bytes()).collect();
        assert!(style == row, "{phonemes} phonemes");
    }
    assert_eq!(voice.row(24)[..3], [-0.22851186, 0.18000537, -0.007964697]);

    let Some(path) = shared("golden/voice.safetensors") else { return };
    assert_eq!(Golden::open(path).unwrap().ref_s(), voice.row(24), "PyTorch's row for 24 phonemes");
    let Some(path) = shared("voices/am_michael.bin") else { return };
    let blend = Voice::blend(&[(&voice, 1.0), (&Voice::open(path).unwrap(), 1.0)]).unwrap();
    assert_eq!(blend.row(24)[..2], [-0.22008137, 0.17662692], "numpy's mean");
}

#[test]
fn a_blend_is_the_weighted_mean() {
    let (a, b, one) = (numbered("a", 3, 1.0), numbered("b", 3, 5.0), numbered("one", 1, 9.0));
    let even = Voice::blend(&[(&a, 1.0), (&b, 1.0)]).unwrap();
    assert_eq!((even.name(), even.row(2)), ("a,b", &[1.0, 3.0][..]));
    let uneven = Voice::blend(&[(&a, 3.0), (&b, 1.0)]).unwrap();
    assert_eq!((uneven.name(), uneven.row(3)), ("a:0.750,b:0.250", &[2.0, 2.0][..]));
    let stretched = Voice::blend(&[(&one, 0.5), (&a, 0.5)]).unwrap();
    assert_eq!([1, 2, 3, 4].map(|phonemes| stretched.row(phonemes)[0]), [0.0, 0.5, 1.0, 1.0]);
    assert_eq!(Voice::blend(&[(&a, 0.3)]).unwrap(), a, "a blend of one is that one");
}

#[test]
fn blends_that_mean_nothing_are_refused() {
    let (a, b) = (numbered("a", 3, 1.0), numbered("b", 2, 1.0));
    let wide = Voice::from_rows("wide", vec![0.0; 12], 4).unwrap();
    assert_says(Voice::blend(&[]), &["at least one"]);
    assert_says(Voice::blend(&[(&a, 0.0), (&a, 0.0)]), &["all weights"]);
    assert_says(Voice::blend(&[(&a, 2.0), (&b, 1.0)]), &["b has 2 rows", "3"]);
    assert_says(Voice::blend(&[(&a, 1.0), (&wide, 1.0)]), &["wide is 4 wide", "a is 2"]);
    for weight in [-1.0, f32::NAN, f32::INFINITY] {
        assert_says(Voice::blend(&[(&a, 2.0), (&b, weight)]), &["b has weight", &weight.to_string()]);
    }
}

#[test]
fn malformed_files_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let mut pack: Vec<u8> = (0..510 * 256).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let open = |bytes: &[u8]| {
        let path = folder.path().join("v.bin");
        std::fs::write(&path, bytes).unwrap();
        Voice::open(path)
    };
    assert_eq!(open(&pack).unwrap().row(510)[255], 130_559.0);
    assert_says(open(&pack[..1024]), &["v.bin", "has 1024 bytes", "522240"]);
    assert_says(open(&pack[..pack.len() - 1]), &["has 522239 bytes"]);
    assert_says(open(&[&pack[..], &[0]].concat()), &["has 522241 bytes", "522240"]);
    assert_says(open(b""), &["is empty"]);
    assert_says(open(b"PK\x03\x04 and more"), &["truncated", "zip"]);
    pack[1028..1032].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_says(open(&pack), &["v.bin", "v[257] is NaN"]);
    assert!(matches!(Voice::open(folder.path()), Err(Error::Io { .. })));
    assert!(matches!(Voice::open(folder.path().join("absent.bin")), Err(Error::Io { .. })));

    for (values, width) in [(0, 2), (3, 2), (4, 0)] {
        let error = Voice::from_rows("v", vec![0.0; values], width).unwrap_err();
        assert!(matches!(error, Error::Argument { .. }), "{values} by {width}: {error}");
    }
    assert_says(Voice::from_rows("v", vec![0.0, f32::INFINITY], 1), &["v: voice[1] is inf"]);
}
