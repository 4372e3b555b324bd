//! Books, on the narrow network.
#![expect(clippy::unwrap_used, reason = "tests say what they expect by failing, in their helpers too")]

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use claxon::FlacReader;
use serde_json::{Value, json};

mod epub;
#[path = "../../../tests/golden/narrow.rs"]
mod narrow;

use epub::epub;

const NARROW: [&str; 4] = ["--model", "seeded:0", "--config", "narrow.json"];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    fs::write(folder.join("narrow.json"), narrow::config().to_string()).unwrap();
    // Another row for each length, as published voices have.
    let row = |number| kokoro_wgpu::Voice::seeded_width(number, 32).row(1).to_vec();
    fs::write(folder.join("voice.json"), json!({ "voice": (0..200).map(row).collect::<Vec<_>>() }).to_string())
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kokoro"));
    for variable in ["KOKORO_MODEL", "KOKORO_VOICES", "RUST_LOG"] {
        command.env_remove(variable);
    }
    command.env("KOKORO_CACHE", "").env("HF_HUB_OFFLINE", "1").env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command.args(["say", "-i"]).args(arguments).args(NARROW).args(["--voice", "voice.json", "--lang", "en-us"]);
    command.current_dir(folder);
    command
}

/// Speaks a book and returns the summary.
fn speak(folder: &Path, arguments: &[&str]) -> Value {
    let Output { status, stdout, stderr } = command(folder, arguments).arg("--json").output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    serde_json::from_slice(&stdout).unwrap()
}

fn refusal(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command(folder, arguments).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// Names of the files in a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

fn flac(path: &Path) -> FlacReader<BufReader<File>> {
    FlacReader::new(BufReader::new(File::open(path).unwrap())).unwrap()
}

fn tag(file: &FlacReader<BufReader<File>>, name: &str) -> String {
    file.get_tag(name).collect::<Vec<_>>().join("|")
}

/// What `kokoro say` makes of a text.
fn samples_of(folder: &Path, text: &str) -> Vec<i32> {
    samples_with(folder, text, &[])
}

fn samples_with(folder: &Path, text: &str, options: &[&str]) -> Vec<i32> {
    fs::write(folder.join("text.txt"), text).unwrap();
    let text = ["text.txt", "-o", "text.flac", "--speed", "4"];
    let output = command(folder, &[&text, options].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    flac(&folder.join("text.flac")).samples().map(Result::unwrap).collect()
}

#[test]
fn a_book_becomes_a_file_for_each_chapter_with_marks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    epub(
        &folder.join("book.epub"),
        &[
            ("cover", "<img src='cover.jpg'/>"),
            ("one", "<h1>One</h1><p>It begins.</p><h2 id='later'>Later</h2><p>It goes on.</p>"),
            ("rest", "<p>Still the first chapter.</p>"),
            ("two", "<h1>Two</h1><p>It ends.</p>"),
        ],
        "<li><a href='one.xhtml'>One: \"begin\"</a><ol><li><a href='one.xhtml#later'>Later</a></li></ol></li>
         <li><a href='two.xhtml'>Two</a></li>",
    );
    let summary = speak(folder, &["book.epub", "--format", "flac", "--speed", "4"]);
    assert_eq!((&summary["chapters"], &summary["chapters_spoken"]), (&2.into(), &2.into()), "{summary}");
    let book = folder.join("book");
    assert_eq!(files(&book), ["01 One begin.flac", "02 Two.flac"]);
    let first = flac(&book.join("01 One begin.flac"));
    let facts = ["TITLE", "ALBUM", "ARTIST", "TRACKNUMBER", "TRACKTOTAL"].map(|name| tag(&first, name));
    assert_eq!(facts, ["One: \"begin\"", "The Book", "A. Writer", "1", "2"]);
    let marks = ["CHAPTER001", "CHAPTER001NAME", "CHAPTER002NAME", "CHAPTER003"].map(|name| tag(&first, name));
    assert_eq!(marks, ["00:00:00.000", "One: \"begin\"", "Later", ""]);

    // Nothing but the text is spoken, all of it, in order, and the second mark is where its section begins.
    let (begin, rest) = (samples_of(folder, "One\n\nIt begins."), "Later\n\nIt goes on.\n\nStill the first chapter.");
    let spoken: Vec<i32> = flac(&book.join("01 One begin.flac")).samples().map(Result::unwrap).collect();
    assert!(spoken == [&begin[..], &samples_of(folder, rest)].concat(), "{} samples", spoken.len());
    let milliseconds = begin.len() / 24;
    let expected = format!("00:00:{:02}.{:03}", milliseconds / 1_000, milliseconds % 1_000);
    assert_eq!(tag(&first, "CHAPTER002"), expected);

    // Opus has the same marks.
    speak(folder, &["book.epub", "-o", "opus", "--speed", "4"]);
    // At another speed it is another book.
    let slower = speak(folder, &["book.epub", "-o", "opus", "--speed", "3.9"]);
    assert_eq!((&slower["chapters_kept"], &slower["chapters_spoken"]), (&0.into(), &2.into()));
    speak(folder, &["book.epub", "-o", "opus", "--speed", "4"]);
    let opus = fs::read(folder.join("opus/01 One begin.opus")).unwrap();
    let mark = format!("CHAPTER002={expected}");
    assert!(opus.starts_with(b"OggS") && opus.windows(mark.len()).any(|window| window == mark.as_bytes()));
}

/// Memory that is enough for forty phonemes, but not for fifty.
const LITTLE_MEMORY: [&str; 4] = ["--max-gpu-memory", "44M", "--conv", "registers"]; // whose memory is that of any adapter

#[test]
fn a_chunk_that_does_not_fit_is_halved_as_in_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = "This sentence is a good deal longer than the other one, because it must not fit.";
    let contents = "<li><a href='one.xhtml'>One</a></li>";
    epub(&folder.join("book.epub"), &[("one", &format!("<p>{text}</p>"))], contents);
    let book = ["book.epub", "--format", "flac", "--speed", "4", "--timings", "json"];
    speak(folder, &[&book[..], &LITTLE_MEMORY].concat());
    let spoken: Vec<i32> = flac(&folder.join("book/01 One.flac")).samples().map(Result::unwrap).collect();
    let timed = [&["--timings", "text.json"], &LITTLE_MEMORY[..]].concat();
    assert!(spoken == samples_with(folder, text, &timed));
    assert_ne!(spoken.len(), samples_of(folder, text).len(), "it was not halved");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("book/01 One.json"), read("text.json"));

    // A single word has no halves.
    let word = "pneumonoultramicroscopicsilicovolcanoconiosis".repeat(2);
    epub(&folder.join("long.epub"), &[("one", &format!("<p>It begins.</p><p>It is {word}.</p>"))], contents);
    let (status, error) = refusal(folder, &[&["long.epub", "--speed", "4"], &LITTLE_MEMORY[..]].concat());
    assert_eq!(status, Some(1), "{error}");
    assert!(error.contains(&format!("It is {word}.")) && error.contains("not enough GPU memory"), "{error}");
    assert_eq!(files(&folder.join("long")), [".kokoro-parts"], "no half chapter");
}

#[test]
fn timings_stand_beside_each_chapter() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let chapters = [
        ("one", "<h1>One</h1><p>It begins.</p><h2 id='later'>Later</h2><p>It goes on.</p>"),
        ("two", "<h1>Two</h1><p>It ends.</p>"),
    ];
    epub(
        &folder.join("book.epub"),
        &chapters,
        "<li><a href='one.xhtml'>One</a><ol><li><a href='one.xhtml#later'>Later</a></li></ol></li>
         <li><a href='two.xhtml'>Two</a></li>",
    );
    let book = ["book.epub", "--format", "flac", "--speed", "4", "--timings"];
    let kept = |format: &str| speak(folder, &[&book[..], &[format]].concat())["chapters_kept"].as_u64();
    assert_eq!(kept("vtt"), Some(0));
    assert_eq!(files(&folder.join("book")), ["01 One.flac", "01 One.vtt", "02 Two.flac", "02 Two.vtt"]);
    assert_eq!(kept("vtt"), Some(2));
    let vtt = fs::read_to_string(folder.join("book/01 One.vtt")).unwrap();
    assert!(vtt.contains("NOTE mark") && vtt.contains("Later") && vtt.contains("begins."), "{vtt}");
    // Those of another format, or that are gone, are made anew, with their chapters, and what they replace does not stay.
    assert_eq!(kept("json"), Some(0));
    assert_eq!(files(&folder.join("book")), ["01 One.flac", "01 One.json", "02 Two.flac", "02 Two.json"]);
    fs::remove_file(folder.join("book/01 One.json")).unwrap();
    assert_eq!(kept("json"), Some(1));

    let json: Value = serde_json::from_slice(&fs::read(folder.join("book/01 One.json")).unwrap()).unwrap();
    let words: Vec<&str> =
        json["words"].as_array().unwrap().iter().map(|word| word["text"].as_str().unwrap()).collect();
    assert_eq!(words.join(" "), "One It begins. Later It goes on.");
    let (before, all) = (samples_of(folder, "One\n\nIt begins.").len(), &json["samples"]);
    assert_eq!(json["marks"], json!([{ "name": "Later", "time": before as f64 / 24_000.0, "sample": before }]));
    assert_eq!(*all, flac(&folder.join("book/01 One.flac")).samples().count());
    let later = &json["words"][3];
    assert!(later["start_sample"].as_u64() >= Some(before as u64), "{later}");
}

#[test]
fn a_killed_run_continues_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Long enough to be spoken alone.
    let sentence = |chapter: usize, number: usize| format!("<p>Chapter {chapter}, sentence {number}.</p>");
    let text = |chapter: usize, sentences| (0..sentences).map(|number| sentence(chapter, number)).collect::<String>();
    let chapters = [text(1, 2), text(2, 20), text(3, 2)];
    let names = ["one", "two", "three"];
    let documents: Vec<(&str, &str)> = names.into_iter().zip(chapters.iter().map(String::as_str)).collect();
    let contents: String = names.iter().map(|name| format!("<li><a href='{name}.xhtml'>{name}</a></li>")).collect();
    epub(&folder.join("book.epub"), &documents, &contents);

    // Untrained weights speak slowly.
    let whole = speak(folder, &["book.epub", "-o", "whole", "--speed", "4"]);
    assert_eq!((&whole["parts_spoken"], &whole["parts_kept"]), (&5.into(), &0.into()), "{whole}");

    // The first run is killed when two parts are there besides the first chapter, whose single part may not be removed yet.
    let mut run =
        command(folder, &["book.epub", "-o", "killed", "--speed", "4"]).stderr(Stdio::null()).spawn().unwrap();
    let killed = folder.join("killed");
    let is_second = || {
        let has_first = killed.join("01 one.opus").exists();
        has_first && files(&killed.join(".kokoro-parts")).iter().filter(|name| name.ends_with(".pcm")).count() > 1
    };
    while !is_second() {
        assert!(run.try_wait().unwrap().is_none(), "it ended before it could be killed");
    }
    run.kill().unwrap(); // SIGKILL
    run.wait().unwrap();
    assert!(!killed.join("03 three.opus").exists());

    let rest = speak(folder, &["book.epub", "-o", "killed", "--speed", "4"]);
    let number = |name: &str| rest[name].as_u64().unwrap();
    assert!(number("chapters_kept") == 1 && number("parts_kept") > 0, "{rest}");
    assert_eq!(number("parts_kept") + number("parts_spoken"), 4, "{rest}");
    assert_eq!(files(&killed), files(&folder.join("whole")));
    for name in files(&killed) {
        assert!(fs::read(killed.join(&name)).unwrap() == fs::read(folder.join("whole").join(&name)).unwrap(), "{name}");
    }

    // Nothing is left to do.
    let again = speak(folder, &["book.epub", "-o", "killed", "--speed", "4"]);
    assert_eq!((&again["chapters_kept"], &again["parts_spoken"]), (&3.into(), &0.into()));
}

#[test]
fn what_is_no_book_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text.epub"), "no archive").unwrap();
    let (status, error) = refusal(folder, &["text.epub"]);
    assert!(status == Some(1) && error.contains("text.epub") && error.contains("it is no EPUB"), "{error}");
    epub(
        &folder.join("empty.epub"),
        &[("cover", "<img src='cover.jpg'/>")],
        "<li><a href='cover.xhtml'>Cover</a></li>",
    );
    let (status, error) = refusal(folder, &["empty.epub"]);
    assert!(status == Some(1) && error.contains("nothing to speak"), "{error}");
    epub(&folder.join("broken.epub"), &[("one", "<p>Never closed <!-- ")], "<li><a href='one.xhtml'>One</a></li>");
    let (status, error) = refusal(folder, &["broken.epub"]);
    assert!(status == Some(1) && error.contains("one.xhtml") && error.contains("at byte"), "{error}");
    for (arguments, reason) in [
        (&["empty.epub", "--format", "wav"][..], "WAV has no chapter marks"),
        (&["empty.epub", "-o", "text.epub"], "text.epub is a file"),
        (&["empty.epub", "-o", "-"], "-o FOLDER"),
        (&["empty.epub", "--timings", "t.srt"], "say json, srt or vtt"),
    ] {
        let (status, error) = refusal(folder, arguments);
        assert!(status == Some(2) && error.contains(reason), "{arguments:?}: {error}");
    }
    assert_eq!(
        files(folder),
        ["broken.epub", "empty.epub", "narrow.json", "text.epub", "voice.json"],
        "nothing was written"
    );
}
