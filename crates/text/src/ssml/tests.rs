use super::*;

fn segments(content: &str) -> Result<Vec<Segment>> {
    parse(&format!("<speak>{content}</speak>"), Language::AmericanEnglish)
}

/// The segments as strings: text, `<seconds>` for silence, `voice*rate:` before other prosody, `#name@offset` after marks.
fn shown(content: &str) -> Vec<String> {
    let show = |segment| match segment {
        Segment::Silence { seconds } => format!("<{seconds}>"),
        Segment::Text { text, prosody, marks } => {
            let marks: String = marks.iter().map(|mark| format!("#{}@{}", mark.name, mark.offset)).collect();
            let voice = prosody.voice.unwrap_or_default();
            let head = if prosody.rate == 1.0 { voice } else { format!("{voice}*{}", prosody.rate) };
            let colon = if head.is_empty() { "" } else { ":" };
            format!("{head}{colon}{}{marks}", text.trim())
        }
    };
    segments(content).unwrap_or_else(|error| panic!("{content}: {error}")).into_iter().map(show).collect()
}

#[test]
fn every_element_has_its_effect() {
    for (content, expected) in [
        ("Hello   there.\n Bye &amp; &#x41;", vec!["Hello there. Bye & A"]),
        ("One<break time=\"500ms\"/>two", vec!["One", "<0.5>", "two"]),
        ("One<break strength=\"strong\"/><break strength=\"none\"/>two", vec!["One", "<0.75>", "two"]),
        ("<break time='99999s'/>", vec!["<60>"]),
        ("<p>One</p><p><s>Two</s><s>Three!</s></p>", vec!["One.", "<0.3>", "Two.", "Three!"]),
        ("<p>One.</p> <break time='1s'/> <p>Two.</p>", vec!["One.", "<1>", "Two."]),
        ("A <phoneme ph='təˈmeɪtoʊ'>tomato</phoneme>s", vec!["A [tomato](/təmˈAtO/)s"]),
        ("<phoneme alphabet='x-kokoro' ph='kˈOkəɹO'>Ko(ko)](/</phoneme>", vec!["[Koko](/kˈOkəɹO/)"]),
        ("<phoneme ph='ˈtʃɜːtʃ'/>", vec!["[x](/ʧˈɜːʧ/)"]),
        ("The <sub alias='World Wide Web'>WWW</sub>.", vec!["The World Wide Web."]),
        ("<say-as interpret-as='digits'>42</say-as> is", vec!["4 2 is"]),
        ("a<prosody rate='slow'>b<prosody rate='+100%'>c</prosody></prosody>", vec!["a", "*0.75:b", "*1.5:c"]),
        ("<prosody rate='50%'>b</prosody><prosody rate='-20%'>c</prosody>", vec!["*0.5:b", "*0.8:c"]),
        ("<prosody pitch='high'>b</prosody> c", vec!["b c"]),
        ("<voice name='bf_emma'>Hi <prosody rate='2'>you</prosody></voice>", vec!["bf_emma:Hi", "bf_emma*2:you"]),
        ("<voice name='ef_dora'><say-as interpret-as='ordinal'>3</say-as></voice>", vec!["ef_dora:3º"]),
        ("one <mark name='m'/>two", vec!["one two#m@4"]),
        ("<p>One</p><mark name='m'/><break time='1s'/>two", vec!["One.", "#m@0", "<1>", "two"]),
        ("<metadata>not this</metadata><emphasis>this</emphasis> <audio>and this</audio>", vec!["this and this"]),
        ("[a](/b/) &lt;tag> <![CDATA[<b>]]>", vec!["[a] (/b/) <tag> <b>"]),
        ("", vec![]),
        ("<!-- nothing -->  \n", vec![]),
    ] {
        assert_eq!(shown(content), expected, "{content}");
    }
}

#[test]
fn errors_have_a_line_and_a_column() {
    for (content, column, message) in [
        ("<break time='soon'/>", 8, "not a time such as 500ms"),
        ("<break strength='huge'/>", 8, "is not known"),
        ("ab<prosody rate='9'>x</prosody>", 10, "not a rate from 0.25 to 4"),
        ("<prosody rate='NaN'>x</prosody>", 8, "not a rate"),
        ("<phoneme>x</phoneme>", 8, "has no ph"),
        ("<phoneme ph='?/)'>x</phoneme>", 8, "not phonemes of Kokoro"),
        ("<phoneme alphabet='x-sampa' ph='a'>x</phoneme>", 8, "expected ipa or x-kokoro"),
        ("<sub>x</sub>", 8, "has no alias"),
        ("<say-as>x</say-as>", 8, "has no interpret-as"),
        ("<voice>x</voice>", 8, "has no name"),
        ("<voice name='xf_alpha'>x</voice>", 8, "is not known"),
        ("<mark/>", 8, "has no name"),
        ("<b>x</i>", 12, "expected 'b' tag, not 'i'"),
        ("&bomb;", 8, "bomb"),
    ] {
        let error = segments(content).expect_err(content).to_string();
        let place = format!("SSML, line 1, column {column}: ");
        assert!(error.starts_with(&place) && error.contains(message), "{content}: {error}");
    }
    for (source, message) in [
        ("", "SSML, line 1"),
        ("<speak>", "SSML, line 1"),
        ("<speak>\n\n<p>x</speak>", "SSML, line 3"),
        ("<talk/>", "expected <speak>"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><speak>&b;</speak>", "DTD"),
    ] {
        let error = parse(source, Language::Spanish).expect_err(source).to_string();
        assert!(error.contains(message), "{source}: {error}");
    }
}

#[test]
fn a_document_is_recognised_by_its_root() {
    for (text, ssml) in [
        ("<speak>x</speak>", true),
        ("\u{feff} \n<?xml version='1.0'?>\n<speak version='1.1'>", true),
        ("<speaker>", false),
        ("Say <speak>", false),
        ("<?xml", false),
        ("", false),
    ] {
        assert_eq!(is_ssml(text), ssml, "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}x{}", "<w>".repeat(depth), "</w>".repeat(depth));
    assert_eq!(shown(&nested(MAX_DEPTH - 1)), ["x"]);
    for depth in [MAX_DEPTH + 1, 1000, 1_000_000] {
        let error = segments(&nested(depth)).unwrap_err().to_string();
        assert!(error.contains("nested deeper than 64"), "{error}");
    }
    // Comments that look like end tags do not hide the depth.
    assert!(segments(&"<w><!--</w>-->".repeat(100_000)).is_err());
    assert!(segments(&"<w a='>'>".repeat(100_000)).is_err());
    let many = shown(&"<w>x </w>".repeat(10_000)).concat();
    assert_eq!(many.split(' ').count(), 10_000, "side by side is not deep");
}

#[test]
fn any_string_is_parsed_or_an_error() {
    let parts = [
        "<p>",
        "</p>",
        "<s>",
        "</s>",
        "<break time='1s'/>",
        "<prosody rate='fast'>",
        "</prosody>",
        "<voice name='a'>",
        "</voice>",
        "<",
        ">",
        "&",
        "&lt;",
        "&#0;",
        "&#x110000;",
        "'",
        "\"",
        "é",
        "你",
        " ",
        "\0",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "<?x ?>",
        "x",
        "<mark name='m'/>",
        "<sub alias='a'/>",
        "<say-as interpret-as='date'>",
        "</say-as>",
        "1/2/3",
        "<phoneme ph='ə'>",
        "</phoneme>",
        "<!DOCTYPE",
        "</speak>",
        "<speak>",
        "[",
        "](/",
        "/)",
        "[pause:1s]",
    ];
    let (mut state, mut parsed) = (82_usize, 0);
    for case in 0..20_000 {
        let mut source = String::from("<speak>");
        for _ in 0..case % 9 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) & 0xffff_ffff;
            source.push_str(parts[(state >> 12) % parts.len()]);
        }
        source.push_str("</speak>");
        if let Ok(segments) = parse(&source, Language::AmericanEnglish) {
            parsed += 1;
            for segment in segments {
                if let Segment::Text { text, marks, .. } = segment {
                    assert!(marks.iter().all(|mark| text.is_char_boundary(mark.offset)), "{source}");
                }
            }
        }
    }
    assert!(parsed > 2000, "only {parsed} documents are well formed: too few to test the walk");
}
