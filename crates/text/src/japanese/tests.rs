//! The reader on a small dictionary that is compiled here as MeCab does.

use std::collections::{BTreeMap, BTreeSet};

use super::align::align;
use super::*;

/// A word: text, id for both neighbours, cost, feature.
type Entry<'a> = (&'a str, u16, i16, &'a str);

/// Costs of words with the ids 0 to 2 after each other: particles (2) after nouns (1) are cheap.
const COSTS: [[i16; 3]; 3] = [[0, 0, 500], [0, 300, -200], [0, 100, 500]];

const WORDS: [Entry<'static>; 18] = [
    ("今日", 1, 100, "名詞,副詞可能,*,*,*,*,今日,キョウ,キョー,1/2,C3"),
    ("今", 1, 300, "名詞,副詞可能,*,*,*,*,今,イマ,イマ,1/2,C3"),
    ("日", 1, 200, "名詞,接尾,助数詞,*,*,*,日,ニチ,ニチ,1/2,C3"),
    ("は", 2, 10, "助詞,係助詞,*,*,*,*,は,ハ,ワ,0/1,*"),
    ("犬", 1, 100, "名詞,一般,*,*,*,*,犬,イヌ,イヌ,2/2,C3"),
    ("。", 2, 0, "記号,句点,*,*,*,*,。,、,、,0/0,*"),
    ("「", 2, 0, "記号,括弧開,*,*,*,*,「,、,、,0/0,*"),
    ("」", 2, 0, "記号,括弧閉,*,*,*,*,」,、,、,0/0,*"),
    ("１", 1, 100, "名詞,数,*,*,*,*,一,イチ,イチ,2/2,C3"),
    ("４", 1, 100, "名詞,数,*,*,*,*,四,ヨン,ヨン,1/2,C1"),
    ("８", 1, 100, "名詞,数,*,*,*,*,八,ハチ,ハチ,2/2,C3"),
    ("本", 1, 100, "名詞,接尾,助数詞,*,*,*,本,ホン,ホン,1/2,C3"),
    ("月", 1, 100, "名詞,一般,*,*,*,*,月,ガツ,ガツ,0/2,C3"),
    ("行き", 1, 100, "動詞,自立,*,*,五段・カ行促音便,連用形,行く,イキ,イキ,0/2,*"),
    ("ます", 2, 100, "助動詞,*,*,*,特殊・マス,基本形,ます,マス,マス’,1/2,*"),
    ("まし", 2, 100, "助動詞,*,*,*,特殊・マス,連用形,ます,マシ,マシ’,1/2,*"),
    ("た", 2, 100, "助動詞,*,*,*,特殊・タ,基本形,た,タ,タ,0/1,*"),
    ("新しい", 1, 100, "形容詞,自立,*,*,形容詞・イ段,基本形,新しい,アタラシイ,アタラシイ,4/5,C1"),
];

const UNKNOWN: [Entry<'static>; 4] = [
    ("DEFAULT", 1, 3000, "記号,一般,*,*,*,*,*"),
    ("KANA", 1, 1000, "名詞,一般,*,*,*,*,*"),
    ("ALPHA", 1, 1000, "名詞,固有名詞,組織,*,*,*,*"),
    ("KANJI", 1, 2000, "名詞,一般,*,*,*,*,*"),
];

/// A `sys.dic` or `unk.dic` of these words.
fn lexicon(words: &[Entry<'_>]) -> Vec<u8> {
    let mut groups: BTreeMap<&str, Vec<&Entry<'_>>> = BTreeMap::new();
    for word in words {
        groups.entry(word.0).or_default().push(word);
    }
    let (mut tokens, mut features, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (text, words) in &groups {
        values.push((text.as_bytes().to_vec(), (tokens.len() as u32 / 16) << 8 | words.len() as u32));
        for (_, id, cost, feature) in words {
            let offset = features.len() as u32;
            tokens.extend([&id.to_le_bytes()[..], &id.to_le_bytes(), &[0, 0], &cost.to_le_bytes()].concat());
            tokens.extend([offset.to_le_bytes(), [0; 4]].concat());
            features.extend([feature.as_bytes(), &[0]].concat());
        }
    }
    let mut units = vec![(0i32, 0u32); 1];
    let mut bases = BTreeSet::new();
    insert(&mut units, &mut bases, 0, &values, 0);
    let array: Vec<u8> =
        units.iter().flat_map(|(base, check)| [base.to_le_bytes(), check.to_le_bytes()].concat()).collect();
    let size = 72 + array.len() + tokens.len() + features.len();
    let numbers = [size as u32 ^ 0xef71_8f77, 102, 0, words.len() as u32, 3, 3];
    let sizes = [array.len() as u32, tokens.len() as u32, features.len() as u32, 0];
    let mut file: Vec<u8> = numbers.iter().chain(&sizes).flat_map(|number| number.to_le_bytes()).collect();
    file.extend(b"UTF-8".iter().chain(&[0; 27]));
    [file, array, tokens, features].concat()
}

/// Puts the texts, which are alike up to `depth`, below the unit `at` of a double array.
fn insert(units: &mut Vec<(i32, u32)>, bases: &mut BTreeSet<u32>, at: usize, texts: &[(Vec<u8>, u32)], depth: usize) {
    let mut children: BTreeMap<u32, Vec<(Vec<u8>, u32)>> = BTreeMap::new();
    for text in texts {
        let code = text.0.get(depth).map_or(0, |byte| u32::from(*byte) + 1);
        children.entry(code).or_default().push(text.clone());
    }
    let is_free = |base: u32| {
        let free = |code: &u32| units.get((base + code) as usize).is_none_or(|unit| *unit == (0, 0));
        !bases.contains(&base) && children.keys().all(free)
    };
    let base = (1..).find(|base| is_free(*base)).unwrap();
    bases.insert(base);
    units[at].0 = base as i32;
    units.resize(units.len().max(base as usize + 258), (0, 0));
    for code in children.keys() {
        units[(base + code) as usize].1 = base;
    }
    for (code, texts) in &children {
        match code {
            0 => units[base as usize].0 = -(texts[0].1 as i32) - 1,
            code => insert(units, bases, (base + code) as usize, texts, depth + 1),
        }
    }
}

fn costs() -> Vec<u8> {
    let mut file = [3u16.to_le_bytes(), 3u16.to_le_bytes()].concat();
    file.extend((0..9).flat_map(|at| COSTS[at % 3][at / 3].to_le_bytes()));
    file
}

fn characters() -> Vec<u8> {
    let mut file = 4u32.to_le_bytes().to_vec();
    for (name, ..) in UNKNOWN {
        file.extend(name.bytes().chain([0; 32]).take(32));
    }
    for code in 0..0xffffu32 {
        // Category, longest unknown word, whether characters that are alike group.
        let (category, length, group) = match char::from_u32(code) {
            Some('ぁ'..='ヿ') => (1, 2, 1),
            Some('Ａ'..='Ｚ' | 'ａ'..='ｚ') => (2, 0, 1),
            Some('一'..='龠') => (3, 2, 0),
            _ => (0, 1, 0),
        };
        let class = 1u32 << category | category << 18 | length << 26 | group << 30;
        file.extend(class.to_le_bytes());
    }
    file
}

fn files() -> [Vec<u8>; 4] {
    [lexicon(&WORDS), lexicon(&UNKNOWN), costs(), characters()]
}

fn japanese() -> Japanese {
    Japanese::from_bytes(files()).unwrap()
}

#[test]
fn the_cheapest_path_has_known_and_unknown_words() {
    let Japanese { segmenter, .. } = japanese();
    for (text, words, known) in [
        ("今日は犬。", vec!["今日", "は", "犬", "。"], 4),
        ("今犬", vec!["今", "犬"], 2),
        ("日今日", vec!["日", "今日"], 2),
        ("テスト犬", vec!["テスト", "犬"], 1),
        ("猫鼠鳥は", vec!["猫", "鼠鳥", "は"], 1),
        ("ＡＢＣ１", vec!["ＡＢＣ", "１"], 1),
        ("😀犬", vec!["😀", "犬"], 1),
        ("", vec![], 0),
    ] {
        let found = segmenter.words(text).unwrap();
        let texts: Vec<&str> = found.iter().map(|word| word.text).collect();
        assert_eq!(texts.concat(), text);
        assert_eq!(texts.len(), words.len(), "{text}: {texts:?}");
        assert_eq!(found.iter().filter(|word| word.is_known).count(), known, "{text}: {texts:?}");
        if known > 1 {
            assert_eq!(texts, words);
        }
    }
}

#[test]
fn sentences_become_words_with_the_text_as_written() {
    let japanese = japanese();
    for (written, phonemes, words) in [
        ("今日は犬。", "kʲoː βa inɯ.", "今日 は 犬 。"),
        ("「テスト」は 新しい", "“tesɨto” βa ataɾaɕiː", "「 テスト 」 は 新しい"),
        ("行きます。行きました。", "ikʲimasɨ. ikʲi maɕita.", "行きます 。 行き ました 。"),
        ("1本", "iʔpoɴ", "1本"),
        ("８本は１本", "haʔpoɴ βa iʔpoɴ", "８本 は １本"),
        ("14日は4月1日", "ʥɨːjoʔka βa joɴ ɡaʦɨ ʦɨitaʨi", "14日 は 4 月 1日"),
        ("1,148本", "seɴ çakɯ joɲʥɨːhaʔpoɴ", "1,148本"),
        ("ﾃｽﾄ犬", "tesɨto inɯ", "ﾃｽﾄ 犬"),
        ("[今日](/koɲɲiʨi/)は", "koɲɲiʨi βa", "今日 は"),
        ("犬\n犬", "inɯ inɯ", "犬 犬"),
    ] {
        let tokens = japanese.tokens(written).unwrap();
        assert_eq!(japanese.phonemize(written).unwrap(), phonemes, "{written}");
        let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts.join(" "), words, "{written}");
        assert_eq!(phonemes::unknown(phonemes).count(), 0);
    }
    assert!(japanese.tokens("。「」").unwrap().is_empty() && japanese.phonemize("猫").is_err());
    assert!(japanese.phonemize("Testは犬").unwrap().starts_with("tˈɛst βa inɯ"));
}

#[test]
fn long_and_odd_texts_are_read() {
    let japanese = japanese();
    for text in ["犬".repeat(3000), "1".repeat(3000), "テ".repeat(3000), "猫鼠".repeat(1000), "，．￥1￥".repeat(300)]
    {
        let tokens = japanese.tokens(&text).unwrap();
        let written: usize = tokens.iter().map(|token| token.text.chars().count()).sum();
        assert!(written <= text.chars().count());
    }
}

#[test]
fn dates_and_times_in_figures_are_spelled() {
    for (written, normalized) in [
        ("09:30に", "９時３０分に"),
        ("9:00に", "９時に"),
        ("21:05:07", "２１時５分７秒"),
        ("２０２６/１０/０１、", "２０２６年１０月１日、"),
        ("2026-1-5", "２０２６年１月５日"),
        ("16:9と1/2と25:61", "１６対９と２ぶんの１と２５：６１"),
        ("2026.10.1と3.14と1.2.3", "２０２６年１０月１日と３．１４と１点２点３"),
        ("24/7、1/2/3、A/1/2、v1/2", "２４／７、１／２／３、Ａ／１／２、ｖ１／２"),
        ("10/1(水)、3/4、3/4から", "１０月１日水曜日、４ぶんの３、３月４日から"),
        ("18:00-20:00、9:00–9:30、1:30-5", "１８時から２０時、９時から９時３０分、１時３０分−５"),
        ("3-5日、3-5、1-2-3号", "３から５日、３−５、１−２−３号"),
        ("03-1234-5678", "０３−１２３４−５６７８"),
        ("12026/10/1", "１２０２６／１０／１"),
        ("1:2:3:4 2026/10:1", "１：２：３：４\u{3000}２０２６／１０：１"),
        ("3〜5 あ〜", "３から５\u{3000}あ〜"),
        ("99999999999:30", "９９９９９９９９９９９：３０"),
    ] {
        let source = Source::new(written);
        assert_eq!(source.normalized(), normalized);
        assert_eq!(source.written(0..normalized.len()), written);
    }
    let source = Source::new("09:30に");
    assert_eq!([source.written(0..6), source.written(6..15)], ["09:", "30"]);
}

#[test]
fn replaced_words_keep_their_part_of_the_text() {
    for (text, words, parts) in [
        ("２０２６年", &["二", "千", "二", "十", "六", "年"][..], &["２０２６", "", "", "", "", "年"][..]),
        ("１４日です", &["十四日", "です"], &["１４日", "です"]),
        ("１億２千人", &["一", "億", "二", "千", "人"], &["１", "億", "２", "千", "人"]),
        ("二〇二六年", &["二", "千", "二", "十", "六", "年"], &["二", "〇二六", "", "", "", "年"]),
        ("￥３０", &["三", "十", "円"], &["￥３０", "", ""]),
        ("犬猫", &["犬", "x"], &["犬", "猫"]),
        ("犬猫鳥", &["x", "鳥"], &["犬猫", "鳥"]),
        ("犬", &["犬", "犬"], &["犬", ""]),
        ("犬犬", &["犬"], &["犬犬"]),
        ("", &[], &[]),
    ] {
        let found: Vec<&str> = align(text, words).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, parts, "{text} as {words:?}");
    }
}

#[test]
fn damaged_files_are_errors_and_never_panic() {
    let texts = "今日は新しいテスト、14日行きました。1,148本猫鼠鳥ABC😀";
    let whole = files();
    let read = |files: [Vec<u8>; 4]| Japanese::from_bytes(files).and_then(|japanese| japanese.tokens(texts));
    assert!(read(whole.clone()).is_ok());
    for file in 0..4 {
        let size = whole[file].len();
        for length in (0..size).step_by(1 + size / 100) {
            let mut files = whole.clone();
            files[file].truncate(length);
            let error = read(files).unwrap_err().to_string();
            assert!(error.starts_with(DICTIONARY_FILES[file]), "{length} bytes: {error}");
        }
        let mut errors = 0;
        for at in (0..size).step_by(1 + size / 150) {
            let mut files = whole.clone();
            files[file][at] ^= 1 << (at % 8);
            errors += usize::from(read(files).is_err());
        }
        assert!(errors > 0, "{}", DICTIONARY_FILES[file]);
    }
}

#[test]
fn a_dictionary_that_is_missing_or_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Japanese::open(folder.path()).unwrap_err().to_string();
    assert!(error.starts_with("cannot read") && error.contains("sys.dic"), "{error}");
    for (name, bytes) in DICTIONARY_FILES.iter().zip(files()) {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    assert_eq!(Japanese::open(folder.path()).unwrap().phonemize("犬").unwrap(), "inɯ");
    fs::write(folder.path().join("matrix.bin"), [1, 0, 1, 0, 0, 0]).unwrap();
    let error = Japanese::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("sys.dic: a word has an id that is not in matrix.bin"), "{error}");
    let mut files = files();
    files[1] = lexicon(&UNKNOWN[..3]);
    let error = Japanese::from_bytes(files).unwrap_err().to_string();
    assert!(error.contains("no words of the category \"KANJI\""), "{error}");
}
