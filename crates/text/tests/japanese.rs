//! Japanese with naist-jdic, as `kokoro fetch japanese` gets it. Without it these tests print a note and pass.
#![cfg(feature = "japanese")]
#![expect(clippy::panic, clippy::print_stdout, reason = "tests fail by panicking and print a score")]

mod common;

use std::env;
use std::path::PathBuf;
use std::sync::LazyLock;

use kokoro_text::japanese::{DICTIONARY_VARIABLE, Japanese};
use kokoro_text::{G2p, phonemes};

/// The reader with the dictionary that the environment names, or else the one in the cache.
static JAPANESE: LazyLock<Option<Japanese>> = LazyLock::new(|| {
    let folder = |variable| env::var_os(variable).map(PathBuf::from);
    let hub = folder("HF_HUB_CACHE").or_else(|| Some(folder("HF_HOME")?.join("hub")));
    let hub = hub.or_else(|| Some(folder("HOME")?.join(".cache/huggingface/hub")));
    let cached = hub.map(|hub| hub.join("models--hexgrad--Kokoro-82M/packages/japanese"));
    let found = folder(DICTIONARY_VARIABLE).or_else(|| cached.filter(|folder| folder.join("sys.dic").exists()));
    if found.is_none() {
        println!("skipped: no Japanese dictionary; `kokoro fetch japanese` gets it");
    }
    found.map(|folder| Japanese::open(folder).unwrap_or_else(|error| panic!("{error}")))
});

#[test]
fn golden_lines_match() {
    let Some(japanese) = &*JAPANESE else { return };
    println!("golden      lines  exact  without spaces  words  matched");
    // Open JTalk differs in spaces, in 新しい, and in dates, times and sums in figures, which it does not know. misaki
    // finds words in another dictionary, and has no rules for numbers.
    for (name, column, least_words, least_lines) in [("Open JTalk", 1, 90, 85), ("misaki", 2, 80, 58)] {
        let (mut lines, mut exact, mut spoken, mut words, mut equal, mut wrong) = (0, 0, 0, 0, 0, Vec::new());
        for line in include_str!("golden/g2p-japanese.tsv").lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            let (text, golden) = (columns[0], columns[column]);
            let ours = japanese.phonemize(text).unwrap();
            assert_eq!(phonemes::unknown(&ours).collect::<String>(), "", "{text}");
            let (mine, theirs): (Vec<_>, Vec<_>) = (ours.split(' ').collect(), golden.split(' ').collect());
            (lines, words, equal) =
                (lines + 1, words + theirs.len(), equal + common::matched(&mine, &theirs, |a, b| a == b));
            exact += usize::from(ours == golden);
            let same = mine.concat() == theirs.concat();
            spoken += usize::from(same);
            if !same {
                wrong.push(format!("{text}\n   ours {ours}\n golden {golden}"));
            }
        }
        println!("{name:<10} {lines:>6} {exact:>6} {spoken:>15} {words:>6} {equal:>8}");
        let enough = 100 * equal >= least_words * words && 100 * spoken >= least_lines * lines;
        assert!(lines == 100 && enough, "{name}\n{}", wrong.join("\n"));
    }
}

#[test]
fn numbers_counters_dates_and_particles_are_read() {
    let Some(japanese) = &*JAPANESE else { return };
    for (written, spoken) in [
        ("今日は2026年10月1日です。", "kʲoː βa ɲi seɴ ɲiʥɨːɾokɯ neɴ ʥɨːɡaʦɨ ʦɨitaʨi desɨ."),
        ("一本", "iʔpoɴ"),
        ("三百", "sambʲakɯ"),
        ("八百円", "haʔpʲakɯ eɴ"),
        ("二十歳", "hataʨi"),
        ("6匹", "ɾoʔpʲikʲi"),
        ("3本と10本", "saɴ boɴ to ʥɨʔpoɴ"),
        ("一人と二人と三人", "çitoɾʲi to ɸɯtaɾʲi to saɴ ɲiɴ"),
        ("二十日と8日", "haʦɨka to joːka"),
        ("4月7日9:30", "ɕiɡaʦɨ nanoka kɯʥi saɲʥɨʔpɯɴ"),
        ("2026/10/01", "ɲi seɴ ɲiʥɨːɾokɯ neɴ ʥɨːɡaʦɨ ʦɨitaʨi"),
        ("¥1,980", "seɴ kʲɨː çakɯ haʨiʥɨː eɴ"),
        ("母は東京へ本を送った。", "haha βa toːkʲoː e hoɴ o okɯʔta."),
        ("「こんにちは」と言いました。", "“koɲɲiʨiβa” to iː maɕita."),
        ("RustとGPU", "ɹˈʌst to ʥiːpʲiːjɯː"),
        ("髙橋さん", "takahaɕi saɴ"),
    ] {
        assert_eq!(japanese.phonemize(written).unwrap(), spoken, "{written}");
    }
}

#[test]
fn tokens_have_the_text_as_written() {
    let Some(japanese) = &*JAPANESE else { return };
    for (written, words) in [
        ("今日は2026年10月1日です。", "今日 は 2026 年 10月 1日 です 。"),
        ("¥1,980の本を３冊買いました。", "¥1,980 の 本 を ３ 冊 買い ました 。"),
        ("人口は約1億2千万人", "人口 は 約 1 億 2 千万 人"),
        ("iPhoneとﾃﾚﾋﾞ", "iPhone と ﾃﾚﾋﾞ"),
    ] {
        let tokens = japanese.tokens(written).unwrap();
        let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts.join(" "), words);
    }
    for line in include_str!("golden/g2p-japanese.tsv").lines().filter(|line| !line.starts_with('#')) {
        let text = line.split('\t').next().unwrap_or_default();
        let spelled: String = japanese.tokens(text).unwrap().iter().map(|token| token.text.as_str()).collect();
        assert_eq!(spelled, text.replace("03-1234-5678", "0312345678"), "only hyphens are not spoken");
    }
}
