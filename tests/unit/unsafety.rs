//! Where unsafe code is. The lint `unsafe_code` denies it, but an `expect` beside it lifts that: here is what was lifted.

use std::path::Path;

/// Every file with unsafe code, and why it has some. All others are as safe as Rust is.
const NAMED: &[(&str, &str)] = &[
    ("src/checkpoint/file.rs", "a model's file is mapped"),
    ("src/gpu/pipeline_cache.rs", "the driver takes compiled kernels unseen"),
    ("src/gpu/variant.rs", "wgpu calls cooperative matrices experimental"),
];

fn unsafe_files(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            unsafe_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
            let mut words = code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
            if words.any(|word| word == "unsafe") {
                let root = Path::new(env!("CARGO_MANIFEST_DIR"));
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
                let whole = NAMED.iter().any(|(named, _)| *named == folder);
                found.push(if whole { folder.to_owned() } else { name });
            }
        }
    }
}

#[test]
fn unsafe_code_is_only_where_it_is_named() {
    let mut found = Vec::new();
    unsafe_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort_unstable();
    found.dedup();
    let named: Vec<&str> = NAMED.iter().map(|(file, _)| *file).collect();
    assert_eq!(found, named, "each needs a reason in the list, and the list no more");
}
