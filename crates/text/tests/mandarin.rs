//! Mandarin: golden lines in the alphabets of both models, and text that the Python package does not read.
#![cfg(feature = "mandarin")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

use std::sync::LazyLock;

use kokoro_text::mandarin::{Alphabet, Mandarin};
use kokoro_text::{G2p, Language, phonemes};

/// Readings that differ on purpose, that of the Python package first: the particles 地 and 得, to which it gives the tones
/// of the nouns, and the verb 得 ("must").
const ON_PURPOSE: [(&str, &str); 3] = [("ti↘", "tɤ"), ("tɤ↗", "tɤ"), ("tɤ↗", "tei↓")];

/// The number of equal words in order, including those that differ on purpose.
fn matched(ours: &[&str], golden: &[&str]) -> usize {
    common::matched(ours, golden, |word, other| word == other || ON_PURPOSE.contains(&(other, word)))
}

#[test]
fn golden_lines_match() {
    println!("reader   lines  exact  words  matched");
    let mut failed = String::new();
    // v1.0 is a table lookup. v1.1 adds tone sandhi, and the Python package finds parts of speech with another model.
    for (reader, alphabet, least) in [("zh", Alphabet::Ipa, 99), ("zh-v1.1", Alphabet::Zhuyin, 95)] {
        let mandarin = Mandarin::new(alphabet);
        let (mut lines, mut exact, mut words, mut equal, mut wrong) = (0, 0, 0, 0, Vec::new());
        for line in include_str!("golden/g2p-mandarin.tsv").lines().filter(|line| !line.starts_with('#')) {
            let [text, golden, of] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line:?}") };
            if of != reader {
                continue;
            }
            let ours = mandarin.phonemize(text).unwrap();
            let (mine, theirs): (Vec<_>, Vec<_>) =
                (ours.split([' ', '/']).collect(), golden.split([' ', '/']).collect());
            let found = matched(&mine, &theirs);
            (lines, words, equal) = (lines + 1, words + theirs.len(), equal + found);
            exact += usize::from(ours == golden);
            if found < theirs.len() || mine.len() != theirs.len() {
                wrong.push(format!("{text}\n   ours {ours}\n golden {golden}"));
            }
        }
        println!("{reader:<8} {lines:>5}  {exact:>5}  {words:>5}  {equal:>7}\n{}", wrong.join("\n"));
        if 100 * equal < least * words {
            failed += &wrong.join("\n");
        }
    }
    println!("Different on purpose: {}", ON_PURPOSE.map(|(theirs, ours)| format!("{theirs} as {ours}")).join(", "));
    assert!(failed.is_empty(), "{failed}");
}

static MANDARIN: LazyLock<Mandarin> = LazyLock::new(Mandarin::default);

fn ipa(text: &str) -> String {
    MANDARIN.phonemize(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn numbers_and_latin_words_are_read() {
    for (written, spoken) in [
        ("今天是2024-06-30，8:30见。", "今天是二零二四年六月三十日，八点三十分见。"),
        ("涨了25%，花了￥99.5", "涨了百分之二十五，花了九十九点五元"),
        ("电话13812345678", "电话幺三八幺二三四五六七八"),
        ("零下：-5℃", "零下：零下五摄氏度"),
        ("3-5天", "三到五天"),
        ("１００％", "百分之一百"),
    ] {
        assert_eq!(ipa(written).replace(' ', ""), ipa(spoken).replace(' ', ""), "{written}");
    }
    let reader = Language::AmericanEnglish.reader().unwrap();
    let english = |text: &str| reader.phonemize(text).unwrap();
    for (written, expected) in [
        ("我用iPhone。", format!("{} {}.", ipa("我用"), english("iPhone"))),
        ("Hello世界", format!("{} {}", english("Hello"), ipa("世界"))),
        ("A座5G手机", format!("ˈA {} {} {}", ipa("座五"), english("G"), ipa("手机"))),
        ("坐G102次列车", format!("{} {} {}", ipa("坐"), english("G"), ipa("幺零二次列车"))),
        ("[重](/ꭧʰʊ↗ŋ/)庆", format!("ꭧʰʊ↗ŋ {}", ipa("庆"))),
        ("《红楼梦》很好", format!("“{}” {}", ipa("红楼梦"), ipa("很好"))),
        ("他说：“好”（笑）……", format!("{}: “{}” ({}) ……", ipa("他说"), ipa("好"), ipa("笑"))),
    ] {
        assert_eq!(ipa(written), expected, "{written}");
    }
}

#[test]
fn tokens_have_the_original_text() {
    for alphabet in [Alphabet::Ipa, Alphabet::Zhuyin] {
        let mandarin = Mandarin::new(alphabet);
        let text = "王先生2024年花了￥1,234.5买iPhone 15和5G手机，\n涨了25%！";
        let tokens = mandarin.tokens(text).unwrap();
        let spoken: String = tokens.iter().flat_map(|token| [token.phonemes.as_str(), &token.whitespace]).collect();
        assert_eq!(spoken.trim(), mandarin.phonemize(text).unwrap());
        let written: String = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(written, text.split_whitespace().collect::<String>(), "{tokens:?}");
        assert!(tokens.iter().any(|token| token.text.contains("￥1,234.5")), "an amount is one token: {tokens:?}");
    }
}

#[test]
fn any_string_is_read_in_the_alphabet_or_an_error() {
    let published: Vec<char> = "零一不儿了地得着，。“”（）0123456789.:-%￥km℃aB'→\u{303}😀か \n".chars().collect();
    let han: Vec<char> = ('\u{4e00}'..='\u{9fff}').step_by(31).collect();
    let any: Vec<char> = ('\u{1}'..='\u{2fff}').chain('\u{3000}'..='\u{4dff}').step_by(7).collect();
    let readers = [Alphabet::Ipa, Alphabet::Zhuyin].map(|alphabet| (alphabet, Mandarin::new(alphabet)));
    let mut state = 82_u64;
    let mut random = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    for case in 0..1500 {
        let from = [&published, &han, &any][case % 3];
        let text: String = (0..1 + random(25)).map(|_| from[random(from.len())]).collect();
        for (alphabet, mandarin) in &readers {
            let Ok(spoken) = mandarin.tokens(&text) else { panic!("{text:?}") };
            let spoken: String = spoken.into_iter().map(|token| token.phonemes).collect();
            let unknown: String = phonemes::unknown(&spoken).filter(|_| *alphabet == Alphabet::Ipa).collect();
            assert_eq!(unknown, "", "{text:?} is {spoken}");
        }
    }
    for text in ["", " \n", "。。。", "😀", "かな", "→"] {
        let read = MANDARIN.phonemize(text);
        assert_eq!(read.is_ok(), text == "→", "{text:?} is {read:?}");
    }
}

/// What the `vocab` of Kokoro-82M-v1.1-zh has beside symbols of v1.0, with their ids. Nine symbols of v1.0 are not in it, because
/// others have their ids: `ꭧ ɚ ɥ ɻ ɤ` and the arrows. Together they are 171.
const ZHUYIN: &str = "/7 ㄓ23 ㄅ30 ㄆ32 R34 ㄇ37 ㄈ38 ㄉ40 ㄊ49 ㄋ73 ㄌ74 ㄍ79 ㄎ84 ㄦ85 ㄏ88 ㄐ89 ㄑ91 ㄒ93 ㄔ94 ㄕ95 ㄗ96 ㄘ97 ㄙ98 月99 ㄚ100 ㄛ104 \
    ㄝ105 ㄞ106 ㄟ107 ㄠ108 ㄡ109 ㄢ117 ㄣ121 ㄤ122 ㄥ124 ㄖ126 ㄧ127 ㄨ134 ㄩ137 ㄜ140 ㄭ141 十144 压145 言146 阳149 要150 阴151 应152 用153 \
    又154 中155 穵159 外160 万161 王163 为165 文166 瓮167 我168 3:169 5:170 1:171 2:172 4:173 元175 云176";

/// The vocabulary of v1.1-zh.
fn zhuyin_vocabulary() -> phonemes::Vocabulary {
    let own = ZHUYIN.split(' ').map(|entry| {
        let symbol = entry.chars().next().unwrap();
        (symbol, entry[symbol.len_utf8()..].trim_start_matches(':').parse().unwrap())
    });
    let own: Vec<(char, u32)> = own.collect();
    let published = phonemes::Vocabulary::published();
    let taken = |id| own.iter().any(|(_, other)| *other == id);
    let shared = (1..178).filter(|id| !taken(*id)).filter_map(|id| Some((published.symbol(id)?, id)));
    let vocabulary: std::collections::BTreeMap<char, u32> = shared.chain(own.iter().copied()).collect();
    assert_eq!((own.len(), vocabulary.len()), (66, 171));
    let quoted = |symbol: &char| if *symbol == '"' { "\\\"".to_owned() } else { symbol.to_string() };
    let entries: Vec<String> = vocabulary.iter().map(|(symbol, id)| format!("\"{}\": {id}", quoted(symbol))).collect();
    let config = format!("{{\"n_token\": 178, \"vocab\": {{{}}}}}", entries.join(", "));
    phonemes::Vocabulary::from_config_json("config.json", config.as_bytes()).unwrap()
}

#[test]
fn zhuyin_is_in_the_vocabulary_of_its_model() {
    let vocabulary = zhuyin_vocabulary();
    let reader = Language::Mandarin.reader_for(&vocabulary).unwrap();
    // Every syllable that a character has.
    let (mut characters, mut used) = (0, std::collections::BTreeSet::new());
    for character in '\u{4e00}'..='\u{9fa5}' {
        let Ok(spoken) = reader.phonemize(&character.to_string()) else { continue };
        assert_eq!(vocabulary.unknown(&spoken).collect::<String>(), "", "{character} is {spoken}");
        used.extend(spoken.chars());
        characters += 1;
    }
    assert!(characters > 20_000, "{characters}");
    // The slash is between words, R in 儿 after another syllable; only 哦 and the like have no more than a vowel.
    let missing: String =
        ZHUYIN.split(' ').filter_map(|entry| entry.chars().next()).filter(|c| !used.contains(c)).collect();
    assert_eq!(missing, "/R");
    for line in include_str!("golden/g2p-mandarin.tsv").lines().filter(|line| !line.starts_with('#')) {
        let text = line.split('\t').next().unwrap();
        let spoken = reader.phonemize(text).unwrap();
        assert_eq!(vocabulary.unknown(&spoken).collect::<String>(), "", "{text} is {spoken}");
        if line.ends_with("zh-v1.1") {
            let golden = line.split('\t').nth(1).unwrap();
            assert_eq!(vocabulary.unknown(golden).filter(|c| *c != '❓').collect::<String>(), "", "misaki's {golden}");
        }
    }
}

#[test]
fn the_vocabulary_decides_which_phonemes_a_word_may_have() {
    let zhuyin = zhuyin_vocabulary();
    // The arrow and `ꭧ` are of v1.0 alone, zhuyin and the digits of v1.1-zh.
    for text in ["[重](/ꭧʊ↗ŋ/)", "[重](/ㄓ中4/)", "[重](/ꭧʰʊ↗\u{34b}/)"] {
        let published = Language::Mandarin.reader().unwrap().phonemize(text).unwrap_or_default();
        assert_eq!(phonemes::unknown(&published).collect::<String>(), "", "{text}");
        let of_model = Language::Mandarin.reader_for(&zhuyin).unwrap().phonemize(text).unwrap_or_default();
        assert_eq!(zhuyin.unknown(&of_model).collect::<String>(), "", "{text}");
    }
    for reader in [Language::Mandarin.reader_for(&zhuyin).unwrap(), Box::new(Mandarin::new(Alphabet::Zhuyin))] {
        assert_eq!(reader.phonemize("[重](/ㄓ中4/)").unwrap(), "ㄓ中4");
        assert_eq!(reader.phonemize("[儿](/ㄉ言R3\u{34b}/)").unwrap(), "ㄉ言R3");
    }
}

#[test]
fn the_vocabulary_decides_the_alphabet() {
    let config = r#"{"n_token": 178, "vocab": {"ㄅ": 30, "ㄚ": 31, "1": 49, "4": 52}}"#;
    let zhuyin = phonemes::Vocabulary::from_config_json("config.json", config.as_bytes()).unwrap();
    assert_eq!(Language::Mandarin.reader_for(&zhuyin).unwrap().phonemize("爸").unwrap(), "ㄅㄚ4");
    assert_eq!(Language::Mandarin.reader().unwrap().phonemize("爸").unwrap(), "pa↘");
    assert_eq!(Language::of_voice("zf_xiaobei").unwrap(), Language::Mandarin);
}
