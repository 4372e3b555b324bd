//! Names for file formats that users mistake for the expected one.

use std::path::Path;

/// Description of an unknown format.
pub(crate) const UNKNOWN: &str = "is another format";
/// Description of a file by `numpy.savez`, if its name ends in .npz.
pub(crate) const NUMPY_ARCHIVE: &str = "is a NumPy archive (.npz)";
/// Description of a file that starts like an ONNX model, or whose name ends in .onnx.
pub(crate) const ONNX: &str = "is an ONNX model";
/// Description of a file by `torch.save` before PyTorch 1.6, or with its zip format switched off.
pub(crate) const PICKLE: &str = "is a pickle, as old versions of PyTorch wrote for .pth and .pt";
/// Remedy for [`PICKLE`].
pub(crate) const PICKLE_REMEDY: &str =
    "load it with a current PyTorch and save it again, `torch.save(torch.load(IN, weights_only=True), OUT)`";

/// Bytes at the start of a file that tell its format.
pub(crate) const HEAD: usize = 1 << 20;

/// Magic bytes of a NumPy array.
pub(crate) const NUMPY_MAGIC: &[u8] = b"\x93NUMPY";

/// Whether a file that starts with `head` is a zip archive.
pub(crate) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Describes a file named `origin` that starts with `head`.
pub(crate) fn describe(origin: &str, head: &[u8]) -> &'static str {
    let extension = Path::new(origin).extension().unwrap_or_default().to_ascii_lowercase();
    // Protobuf has no magic; an ONNX model starts with field 1 (ir_version, small), followed by another varint or a
    // string.
    let protobuf = head.len() > 2 && head[0] == 0x08 && head[1] < 0x20 && matches!(head[2], 0x10 | 0x12 | 0x1A | 0x3A);
    match head {
        [] => "is empty",
        _ if is_zip(head) && extension == "npz" => NUMPY_ARCHIVE,
        _ if is_zip(head) => "is a zip archive, as PyTorch writes for .pth and .pt",
        [0x80, 2..=5, ..] => PICKLE,
        _ if head.starts_with(NUMPY_MAGIC) => "is a NumPy array (.npy)",
        _ if head.starts_with(b"GGUF") => describe_gguf(head),
        _ if head.starts_with(b"version https://git-lfs") => {
            "is a Git LFS pointer, not the file itself (`git lfs pull` fetches it)"
        }
        [b'<', ..] => "is a web page (a failed download?)",
        _ if extension == "onnx" || protobuf => ONNX,
        _ => UNKNOWN,
    }
}

/// Names the program that wrote a GGUF file: each has its own tensor names and packing.
fn describe_gguf(head: &[u8]) -> &'static str {
    // Tensor names follow a few kilobytes of metadata.
    let head = &head[..head.len().min(HEAD)];
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    if has(b"kokoro.albert.") {
        "is a GGUF model in the form of TTS.cpp and koboldcpp, which is not supported"
    } else if has(b"kokoro.bert.") {
        "is a GGUF model in the form of elizaOS, which is not supported"
    } else if has(b"bert.embd.") || has(b"pred.dur_enc.") {
        "is a GGUF model in the form of CrispASR, which is not supported"
    } else {
        "is a GGUF model"
    }
}

/// Whether text in a file's metadata is the network's config.json.
pub(super) fn is_config(text: &str) -> bool {
    text.contains("\"istftnet\"")
}
