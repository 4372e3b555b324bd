use super::*;

fn blocks(text: &str, limits: Limits, piece: usize) -> Vec<String> {
    let mut splitter = SentenceSplitter::new(limits);
    let mut out = Vec::new();
    let symbols: Vec<char> = text.chars().collect();
    for piece in symbols.chunks(piece) {
        splitter.push(&piece.iter().collect::<String>());
        out.extend(std::iter::from_fn(|| splitter.next(false)));
    }
    out.extend(std::iter::from_fn(|| splitter.next(true)));
    out
}

/// Limits with which every sentence is a block.
fn one_per_block() -> Limits {
    Limits { first: 1000, merged: 1, min: 0, max: 1000 }
}

#[test]
fn sentences_end_where_a_reader_pauses() {
    for (text, expected) in [
        ("One. Two! Three?", vec!["One. ", "Two! ", "Three?"]),
        ("Dr. Smith met Mr. J. K. Jones. They spoke.", vec!["Dr. Smith met Mr. J. K. Jones. ", "They spoke."]),
        ("It cost 3.14 dollars. Cheap.", vec!["It cost 3.14 dollars. ", "Cheap."]),
        ("Vive en la Avda. Mayor. El séc. XX.", vec!["Vive en la Avda. Mayor. ", "El séc. XX."]),
        ("Mira el cap. 5 y una cap. Luego.", vec!["Mira el cap. 5 y una cap. ", "Luego."]),
        ("See e.g. Paris, i.e. France. Yes.", vec!["See e.g. Paris, i.e. France. ", "Yes."]),
        ("No. It is No. 5 of them.", vec!["No. ", "It is No. 5 of them."]),
        ("\"Stop!\" he cried. \"Why?\" She ran.", vec!["\"Stop!\" he cried. ", "\"Why?\" ", "She ran."]),
        ("Wait... what? (Really.) Yes.", vec!["Wait... what? ", "(Really.) ", "Yes."]),
        (
            "He came at 5 p.m. and left. So it was I. Then",
            vec!["He came at 5 p.m. and left. ", "So it was I. ", "Then"],
        ),
        ("你好。今天怎么样？「好！」他说。", vec!["你好。", "今天怎么样？", "「好！」", "他说。"]),
        ("यह अच्छा है। वह आया।", vec!["यह अच्छा है। ", "वह आया।"]),
        ("CHAPTER I\n\nIt was\nnight. Dark.", vec!["CHAPTER I\n\n", "It was\nnight. ", "Dark."]),
        ("See p. 5. Then go to plan b. Now.", vec!["See p. 5. ", "Then go to plan b. ", "Now."]),
        ("I CAN'T. 'J. Smith' did.", vec!["I CAN'T. ", "'J. Smith' did."]),
        ("什么……？他走了。えっ…。でも", vec!["什么……？", "他走了。", "えっ…。", "でも"]),
        ("see kokoro.dev now", vec!["see kokoro.dev now"]),
        ("  \n\n Hi. ", vec!["  \n\n Hi. "]),
        ("", vec![]),
    ] {
        for piece in [1, 2, 1000] {
            assert_eq!(blocks(text, one_per_block(), piece), expected, "{text:?} in pieces of {piece}");
        }
    }
}

#[test]
fn the_first_block_is_short_and_short_sentences_are_merged() {
    let text = "No. ".repeat(3) + &"This is a sentence of some words. ".repeat(20);
    let blocks = blocks(&text, Limits::default(), 7);
    let lengths: Vec<usize> = blocks.iter().map(|block| block.trim().len()).collect();
    assert_eq!(blocks[0], "No. No. No. This is a sentence of some words. ");
    assert!(lengths[1..lengths.len() - 1].iter().all(|length| (200..=250).contains(length)), "{lengths:?}");
}

#[test]
fn a_long_first_sentence_is_cut_after_a_clause() {
    let text = format!("When the night had come to the town, {}.", ["and the moon was up"; 10].join(" "));
    assert_eq!(blocks(&text, Limits::default(), 1000)[0], "When the night had come to the town, ");
}

#[test]
fn unpunctuated_text_is_cut_at_words() {
    let text = vec!["word"; 3000].join(" ");
    let blocks = blocks(&text, Limits::default(), 64);
    assert_eq!(blocks.concat(), text);
    assert!(blocks.iter().all(|block| block.split_whitespace().all(|word| word == "word")));
    assert!(blocks.iter().all(|block| block.trim().len() <= 400));
    assert!(blocks.len() < 50, "{} are too many", blocks.len());
}

#[test]
fn blocks_joined_are_the_text() {
    let words = [
        "a", "word", "Dr.", "Mr.", "3.14", "U.S.", "...", "!", "?!", "。", "？", "他说", "好！", "\n", "\n\n", " ",
        "  ", ", ", "; ", "—", "(", ")", "\"", "“", "”", "Yes. ", "no. ", "😀", "e\u{301}", "\t", "\r\n", "॥",
    ];
    let mut state = 1_u64;
    let mut random = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    for case in 0..2000 {
        let text: String = (0..random(200))
            .map(|_| {
                let gap = if random(3) == 0 { "" } else { " " };
                words[random(words.len())].to_owned() + gap
            })
            .collect();
        let limits = Limits { first: random(60), merged: random(120), min: random(30), max: 1 + random(150) };
        let max = limits.max;
        let out = blocks(&text, limits, 1 + random(40));
        assert_eq!(out.concat(), text, "case {case}, {limits:?}");
        for block in &out {
            assert!(!block.is_empty(), "case {case}");
            assert!(block.trim().chars().count() <= max, "case {case}, {limits:?}: {block:?}");
        }
    }
}
