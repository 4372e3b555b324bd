//! Japanese with naist-jdic, as `kokoro fetch japanese` gets it. Without it these tests print a note and pass, unless
//! `KOKORO_TEST_LANGUAGES=all`.
#![cfg(feature = "japanese")]

mod common;

use std::sync::LazyLock;

use kokoro_text::japanese::Japanese;
use kokoro_text::{G2p, Token, phonemes};

static JAPANESE: LazyLock<Option<Japanese>> = LazyLock::new(common::japanese);

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
        ("-5℃と−3度、3-5", "mainasɨ ɡo do to mainasɨ saɴ do, saɴ ɡo"),
        ("¥1,980", "seɴ kʲɨː çakɯ haʨiʥɨː eɴ"),
        ("母は東京へ本を送った。", "haha βa toːkʲoː e hoɴ o okɯʔta."),
        ("「こんにちは」と言いました。", "“koɲɲiʨiβa” to iː maɕita."),
        ("RustとGPU", "ɹˈʌst to ʥiːpʲiːjɯː"),
        ("髙橋さん", "takahaɕi saɴ"),
        ("18:00-20:00と9:30~10:00", "ʥɨːhaʨiʥi kaɾa ɲiʥɨːʥi to kɯʥi saɲʥɨʔpɯɴ kaɾa ʥɨːʥi"),
        ("10/1(水)から", "ʥɨːɡaʦɨ ʦɨitaʨi sɨijoːbʲi kaɾa"),
        ("12/25に、2026/10に", "ʥɨːɲiɡaʦɨ ɲiʥɨːɡo ɲiʨi ɲi, ɲi seɴ ɲiʥɨːɾokɯ neɴ ʥɨːɡaʦɨ ɲi"),
        ("1/2と3分の2と3/4(土)", "ɲi bɯɴ no iʨi to saɴ bɯɴ no ɲi to saŋɡaʦɨ joʔka dojoːbʲi"),
        ("9時30分の1本", "kɯʥi saɲʥɨʔpɯɴ no iʔpoɴ"),
        ("3-5日と10-20人、3-2", "saɴ kaɾa iʦɨka to ʥɨː kaɾa ɲiʥɨː ɲiɴ, saɴ ɲi"),
        ("12 PMと9 am、5 pmx", "ɡoɡo ʥɨːɲiʥi to ɡoʣeɴ kɯʥi, ɡo pˌiˌɛmˈɛks"),
        ("25/12/2024と3/5/20245", "ɲi seɴ ɲiʥɨːjo neɴ ʥɨːɲiɡaʦɨ ɲiʥɨːɡo ɲiʨi to saɴ ɡo ɲi maɴ ɲi çakɯ joɲʥɨːɡo"),
        ("10⁻³、5^", "ʥɨː no mainasɨ saɴ ʥoː, ɡo"),
        ("3 - 1と1 - 3と5-10km", "saɴ iʨi to iʨi kaɾa saɴ to ɡo kaɾa ʥɨʔkʲiɾomeːtoɾɯ"),
        ("TEL=03-1234-5678とB2X5", "teɾɯ ikoːɾɯ ʣeɾo saɴ iʨi ɲiː saɴ joɴ ɡoː ɾokɯ nana haʨi to bʲiː ɲi eʔkɯsɨ ɡo"),
        ("7-4=3とA-5=B", "nana mainasɨ joɴ ikoːɾɯ saɴ to ei ɡo ikoːɾɯ bʲiː"),
        ("£5.50と₩5億、£", "ɡoː teɴ ɡoː ʣeɾo pondo to ɡo okɯ βoɴ, pondo"),
        ("+5と+81 5", "tasɨ ɡo to tasɨ haʨiʥɨːiʨi ɡo"),
        ("3<5とa<b、<3", "saɴɕoː naɾʲi ɡo to ei ɕoː naɾʲi bʲiː, saɴ"),
        ("a≤bとVec<T>、ファイル>新規", "ei ɕoː naɾʲi ikoːɾɯ bʲiː to vˈɛk tʲiː, ɸaiɾɯ ɕiŋkʲi"),
        ("#1と#旅、C#1", "nambaː iʨi to tabʲi, ɕiː iʨi"),
        ("2.5.1と1.5と1.2.3.4.5", "ɲi teɴ ɡo teɴ iʨi to iʔteɴ ɡo to iʔteɴ ɲi saɴ teɴ joɴ ɡo"),
        ("50 USDと50 USDX", "ɡoʥɨː doɾɯ to ɡoʥɨː jɯːesɨdʲiːeʔkɯsɨ"),
        ("⅞と2¾km", "haʨi bɯɴ no nana to ɲi to joɴ bɯɴ no saɴ kʲiɾomeːtoɾɯ"),
        ("x=5、a==b", "eʔkɯsɨ ikoːɾɯ ɡo, ei bʲiː"),
        ("NASAとRAMとATMとRAMPのFBI", "nasa to ɾamɯ to eitʲiːemɯ to aːɾɯeiemɯpʲiː no eɸɯbʲiːai"),
    ] {
        assert_eq!(japanese.phonemize(written).unwrap(), spoken, "{written}");
    }
}

#[test]
fn units_in_latin_letters_are_words() {
    let Some(japanese) = &*JAPANESE else { return };
    for (written, spoken) in [
        ("砂糖200g、塩5 g。", "砂糖200グラム、塩5グラム。"),
        ("50gを、1Lの、高さ3m。", "50グラムを、1リットルの、高さ3メートル。"),
        ("800m地点で2t、500 ml", "800メートル地点で2トン、500ミリリットル"),
        ("１００ｇと1.5mと2,000kg", "１００グラムと1.5メートルと2,000キログラム"),
        ("5 cmと3 mmと10 km、20 cmと2dL", "5cmと3mmと10km、20cmと2デシリットル"),
        ("時速60km/hと20m²", "時速60キロメートル毎時と20平方メートル"),
        ("100m走と100m", "100メートルソーと100メートル"),
        ("1m20cmと2m50、50m²", "1メートル20cmと2メートル50、50㎡"),
        ("前日比+1.2%、+120円", "前日比プラス1.2%、プラス120円"),
        ("2-1で勝った、3-0の勝利", "2対1で勝った、3対0の勝利"),
        ("打率3割2分5厘、2分5秒", "打率3割2ぶ5厘、2分5秒"),
        ("2-1で下した", "2対1で下した"),
    ] {
        let sounds = |text: &str| japanese.phonemize(text).unwrap().replace(' ', "");
        assert_eq!(sounds(written), sounds(spoken), "{written}");
    }
    // What looks alike is no metre, gram or litre.
    for (written, unit) in [
        ("5Gの携帯", "グラム"),
        ("3Lサイズ", "リットル"),
        ("3Lのシャツ", "リットル"),
        ("2Lの服", "リットル"),
        ("サイズは3L", "リットル"),
        ("出口1-2で下車", "対"),
        ("1-2で下がる", "対"),
        ("時間割5分前", "ぶ"),
        ("役割2分", "ぶ"),
        ("B5mの紙", "メートル"),
        ("第3話mail", "メートル"),
        ("5Mの", "メートル"),
        ("2tb", "トン"),
    ] {
        let (spoken, unit) = (japanese.phonemize(written).unwrap(), japanese.phonemize(unit).unwrap());
        assert!(!spoken.contains(&unit), "{written}: {spoken}");
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

#[test]
fn changed_sentences_are_read_in_the_alphabet_or_an_error() {
    let Some(japanese) = &*JAPANESE else { return };
    let lines: Vec<&str> =
        include_str!("golden/g2p-japanese.tsv").lines().filter(|line| !line.starts_with('#')).collect();
    // Marks of voice and length, half and full width, figures in all forms, signs of sums, dates and times, what is in no
    // word, characters beyond 16 bits, and Latin words.
    let odd: Vec<&str> = "゙ ゚ ﾞ ﾟ ー ｰ っ ッ ん ゝ ヶ 々 〆 ０ 1 二 〇 十 百 千 万 億 兆 京 年 月 日 時 分 円 ￥ $ % ： : / - − ～ 〜 . ． , ， 、 。 ・ ！ ？ ( ） 「 』 \u{3000} \u{0} \u{200d} \
        \u{feff} \u{fffd} 😀 𠮷 𩸽 가 ℃ ㎡ ㍻ ㍿ ① Ⅳ ½ ² iPhone GPU a 10 100000000000000000000 9:30 2026/10/1 [猫](/neko/) [ ] \\ ' \""
        .split(' ')
        .collect();
    let mut state = 82_u64;
    let mut random = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let cases = std::env::var("KOKORO_JAPANESE_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    for case in 0..cases {
        let mut text: Vec<String> =
            lines[random(lines.len())].split('\t').next().unwrap_or_default().chars().map(String::from).collect();
        for _ in 0..1 + random(8) {
            let at = random(text.len() + 1);
            match random(4) {
                0 if at < text.len() => drop(text.remove(at)),
                1 if at < text.len() => {
                    let other = random(text.len());
                    text.swap(at, other);
                }
                2 => text.splice(at..at, vec![odd[random(odd.len())].to_owned(); 1 + random(5)]).for_each(drop),
                _ => text.insert(at, odd[random(odd.len())].to_owned()),
            }
        }
        let text = text.concat();
        let tokens = japanese.tokens(&text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let spoken = token_phonemes(&tokens);
        assert_eq!(phonemes::unknown(&spoken).collect::<String>(), "", "case {case}: {text:?} is {spoken}");
        match japanese.phonemize(&text) {
            Ok(phonemes) => assert_eq!(phonemes, spoken, "case {case}: {text:?}"),
            Err(error) => assert!(tokens.is_empty(), "case {case}: {text:?}: {error}"),
        }
    }
}

/// Changed sentences of the test; `$KOKORO_JAPANESE_CASES` asks for more.
const CASES: usize = 2000;

fn token_phonemes(tokens: &[Token]) -> String {
    let joined: String = tokens.iter().flat_map(|token| [token.phonemes.as_str(), &token.whitespace]).collect();
    joined.trim().to_owned()
}
