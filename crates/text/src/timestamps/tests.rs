use super::*;

fn token(text: &str, phonemes: &str, whitespace: &str) -> Token {
    Token::new(text, phonemes, whitespace)
}

fn words(timestamps: &Timestamps) -> Vec<(&str, u64, u64)> {
    let half_frames = |word: &WordTimestamp| (word.span.start / 300, word.span.end / 300);
    timestamps.words.iter().map(|word| (word.text.as_str(), half_frames(word).0, half_frames(word).1)).collect()
}

#[test]
fn words_follow_the_rule_of_the_python_package() {
    // The Python package computes from these durations: left = right = 2 max(0, 5 - 3) = 4;
    // "ab": left = 4 + 2 (3 + 4) + 5 = 23, right = 28; "cd": left = 28 + 2 (2 + 6) = 44.
    let tokens = [token("Ab", "ab", " "), token("cd", "cd", ""), token(".", ".", "")];
    let durations = [5, 3, 4, 5, 2, 6, 7, 9];
    let timestamps = Timestamps::new(&tokens, &durations, 0);
    assert_eq!(words(&timestamps), [("Ab", 4, 23), ("cd.", 23, 44)]);
    // Phonemes follow the durations exactly.
    let spans: Vec<(char, u64, u64)> =
        timestamps.phonemes.iter().map(|p| (p.symbol, p.span.start / 600, p.span.end / 600)).collect();
    let expected = [('a', 5, 8), ('b', 8, 12), (' ', 12, 17), ('c', 17, 19), ('d', 19, 25), ('.', 25, 32)];
    assert_eq!(spans, expected);
    // A start boundary shorter than three frames is used up.
    let timestamps = Timestamps::new(&tokens, &[2, 3, 4, 5, 2, 6, 7, 9], 1200);
    assert_eq!(words(&timestamps)[0], ("Ab", 4, 23), "1200 samples are 4 half-frames");
}

#[test]
fn an_offset_in_the_text_maps_to_the_start_of_the_next_word() {
    let tokens = [token("“Ab", "ab", " "), token("cd", "cd", ""), token(".", ".", " "), token("ef", "f", "")];
    let timestamps = Timestamps::new(&tokens, &[4; 10], 1000);
    let text = " “Ab cd. [ef](/f/)";
    let starts: Vec<u64> = timestamps.words.iter().map(|word| word.span.start).collect();
    for (offset, word) in
        [(0, Some(0)), (1, Some(0)), (4, Some(1)), (6, Some(1)), (7, Some(1)), (8, Some(2)), (12, Some(2)), (13, None)]
    {
        assert_eq!(timestamps.sample_at(text, offset), word.map(|word| starts[word]), "at byte {offset}");
    }
    assert_eq!(Timestamps::default().sample_at(text, 0), None);
}

#[test]
fn the_vocabulary_of_the_model_decides_which_symbols_have_durations() {
    let config = r#"{"n_token": 9, "vocab": {"ㄋ": 1, "ㄧ": 2, "3": 3, "/": 4}}"#;
    let vocabulary = Vocabulary::from_config_json("c", config.as_bytes()).unwrap();
    let tokens = [token("你", "ㄋㄧ3", "/"), token("你", "ㄋa", "")];
    let chunk = TextChunk { text: "你你".to_owned(), tokens: tokens.to_vec() };
    let timestamps = Timestamps::of_chunk(&vocabulary, &chunk, &[3, 1, 1, 1, 2, 1, 3], 0);
    assert_eq!(timestamps.phonemes.iter().map(|phoneme| phoneme.symbol).collect::<String>(), "ㄋㄧ3/ㄋ");
    assert_eq!(words(&timestamps), [("你", 0, 8), ("你", 8, 12)], "adjacent words share the slash");
}

#[test]
fn stored_timestamps_are_the_same_where_the_audio_is_put() {
    let tokens = [token("Ab", "ab", " "), token("cd", "cd", ""), token(".", ".", "")];
    let durations = [5, 3, 4, 5, 2, 6, 7, 9];
    let stored = serde_json::to_vec(&Timestamps::new(&tokens, &durations, 0)).unwrap();
    let read: Timestamps = serde_json::from_slice(&stored).unwrap();
    assert_eq!(read.after(1_234), Timestamps::new(&tokens, &durations, 1_234));
}

#[test]
fn symbols_without_an_id_shift_nothing() {
    let plain = Timestamps::new(&[token("ab", "ab", " "), token("c", "c", "")], &[1, 2, 3, 4, 5, 6], 0);
    let unknown = Timestamps::new(&[token("ab", "a@b", " "), token("c", "#c", " ")], &[1, 2, 3, 4, 5, 6], 0);
    assert_eq!(unknown.phonemes, plain.phonemes);
    assert_eq!(words(&unknown), words(&plain));
}

#[test]
fn tokens_without_a_space_between_them_are_one_word() {
    let tokens = [
        token("“", "“", ""),
        token("well", "wˈɛl", ""),
        token("-", "", ""),
        token("known", "nˈOn", ""),
        token(",", ",", " "),
        token("$", "", ""),
        token("5", "fˈIv", " "),
        token("*", "", " "),
        token("你", "ni", ""),
        token("好", "xau", ""),
        token("。", ".", ""),
    ];
    let known = Vocabulary::published();
    let ids: usize = tokens.iter().map(|t| known.ids(&(t.phonemes.clone() + &t.whitespace)).len()).sum();
    let timestamps = Timestamps::new(&tokens, &vec![4; ids + 2], 0);
    let texts: Vec<&str> = timestamps.words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(texts, ["“well-known,", "$5", "*", "你", "好。"]);
    let spans: Vec<Span> = timestamps.words.iter().map(|word| word.span).collect();
    assert!(spans.iter().all(|span| span.start <= span.end), "{spans:?}");
    assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "{spans:?}");
    // 4 frames of boundary, less the lead of 3, and 4 frames of quotation mark: the word begins at frame 5.
    assert_eq!(spans[0].start, 5 * 600);
}

#[test]
fn words_are_spaced_as_in_the_text() {
    let spaced = |text: &str, tokens: &[Token]| -> String {
        let chunk = TextChunk { text: text.to_owned(), tokens: tokens.to_vec() };
        let words = Timestamps::of_chunk(&Vocabulary::published(), &chunk, &[4; 30], 0).words;
        words.into_iter().map(|word| word.text + if word.spaced { "_" } else { "" }).collect()
    };
    let tokens = [
        token("他说", "a", ""),
        token("：", ":", " "),
        token("“", "“", ""),
        token("你好", "i", ""),
        token("”", "”", ""),
        token("，", ",", " "),
        token("我", "o", " "),
        token("用", "u", " "),
        token("3", "s", " "),
        token("iPhone", "e", ""),
    ];
    assert_eq!(spaced("他说：“你好”，我用3 iPhone", &tokens), "他说：“你好”，我用3_iPhone");
    let kana = [token("わたしは", "a", " "), token("ねこ", "o", " "), token("です", "e", "")];
    assert_eq!(spaced("わたしは ねこです。 ", &kana), "わたしは_ねこです");
    // Without the text, as the phonemes.
    assert!(Timestamps::new(&kana, &[4; 30], 0).words[1].spaced);
    assert_eq!(spaced("elsewhere", &kana), "わたしは_ねこ_です", "words that are not in the text");
}
