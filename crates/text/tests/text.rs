//! Phoneme ids, chunks of phonemes, and English text to phonemes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[cfg(feature = "languages")]
mod common;

use kokoro_text::{chunks, phonemes};

/// A deterministic generator (xorshift), so that failures are reproducible.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn pick(&mut self, from: &[char]) -> char {
        from[self.below(from.len())]
    }

    fn text(&mut self, from: &[char], max: usize) -> String {
        let length = self.below(max) + 1;
        (0..length).map(|_| self.pick(from)).collect()
    }
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn unknown_code_points_are_dropped_and_listed() {
    assert_eq!(phonemes::ids("hg❓ə"), [50, 83]);
    assert_eq!(phonemes::unknown("hg❓ə").collect::<String>(), "g❓");
    assert!(phonemes::ids("").is_empty());
}

#[test]
fn chunks_lose_nothing_and_fit() {
    let symbols: Vec<char> = "abcəɹˈˌː.!?…:;,—)”“(    ".chars().collect();
    let mut random = Random(82);
    for case in 0..2000 {
        let text = random.text(&symbols, 400);
        let limit = random.below(60) + 1;
        let chunks = chunks::split(&text, limit);
        assert_eq!(without_spaces(&chunks.concat()), without_spaces(&text), "case {case}, limit {limit}: {text:?}");
        for chunk in &chunks {
            assert!(!chunk.is_empty() && chunk.trim() == *chunk, "case {case}: {chunk:?}");
            assert!(chunk.chars().count() <= limit, "case {case}: {} of {limit} in {chunk:?}", chunk.chars().count());
        }
        // A boundary may fall inside a word only if the chunk before it has no space to cut at.
        let mut at = 0;
        for chunk in chunks.iter().take(chunks.len().saturating_sub(1)) {
            at += text[at..].find(chunk).unwrap() + chunk.len();
            let inside = !text[at..].starts_with(char::is_whitespace);
            assert!(!inside || !chunk.contains(' '), "case {case}, limit {limit}: {chunk:?} of {text:?}");
        }
    }
}

#[test]
fn chunks_end_at_the_best_mark() {
    for (text, limit, expected, why) in [
        ("ab. cd, ef gh", 11, vec!["ab.", "cd, ef gh"], "a full stop before a later comma"),
        ("ab: cd, ef gh", 11, vec!["ab:", "cd, ef gh"], "a colon before a later comma"),
        ("ab, cd ef gh", 11, vec!["ab,", "cd ef gh"], "a comma before a later space"),
        ("ab cd ef gh", 10, vec!["ab cd ef", "gh"], "the last space"),
        ("abcdefgh", 3, vec!["abc", "def", "gh"], "no space at all"),
        ("(ab cd.) ef", 9, vec!["(ab cd.)", "ef"], "the bracket stays with the mark"),
        ("“ab cd.” ef", 9, vec!["“ab cd.”", "ef"], "the quote stays with the mark"),
        ("ab... cd", 6, vec!["ab...", "cd"], "an ellipsis stays whole"),
        ("a.b cd", 5, vec!["a.b", "cd"], "a mark inside a word is no end"),
        ("ab cd", 5, vec!["ab cd"], "an exact fit"),
        ("abc de", 3, vec!["abc", "de"], "a space at the limit"),
        ("əˈəˈəː", 2, vec!["ə", "ˈə", "ˈə", "ː"], "stress stays with its vowel where it can"),
        ("  ", 5, vec![], "white space"),
        ("ab", 0, vec!["a", "b"], "a limit of zero"),
    ] {
        assert_eq!(chunks::split(text, limit), expected, "{why}");
    }
}

#[test]
fn six_hundred_words_without_punctuation_lose_nothing() {
    let text = vec!["wˈɜɹd"; 600].join(" ");
    let chunks = chunks::split(&text, phonemes::MAX_PHONEMES);
    assert!(chunks.iter().all(|chunk| chunk.chars().count() <= phonemes::MAX_PHONEMES));
    assert_eq!(chunks.join(" "), text, "cut at spaces only");
    assert_eq!(chunks.len(), 8, "filled greedily: 73 words a chunk");
}

#[cfg(feature = "languages")]
mod english {
    use std::sync::LazyLock;

    use kokoro_text::english::{Accent, English};
    use kokoro_text::{G2p, Language, Lexicon, phonemes};

    use super::common::matched;
    use super::without_spaces;

    static AMERICAN: LazyLock<English> = LazyLock::new(|| English::new(Accent::American).unwrap());
    static BRITISH: LazyLock<English> = LazyLock::new(|| English::new(Accent::British).unwrap());

    fn american(text: &str) -> String {
        AMERICAN.phonemize(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
    }

    /// Golden lines that differ on purpose.
    const ON_PURPOSE: [&str; 12] = [
        "HTML, CSS and JSON are used on the WWW.",
        "Her mother-in-law's address is 221B Baker Street.",
        "He is the one who did it, not I.",
        "Red/green and/or blue; choose one: A, B, or C.",
        "The room is 10 x 12 feet with a 9' ceiling.",
        "Prof. Lee vs. Gen. Grant, etc.",
        "On 14 February 2022, the EU and the UK signed it.",
        "Call me at 555-0199 or 1-800-555-1234.",
        "The lead singer will lead us past the lead pipes.",
        "The bass player caught a bass in the lake.",
        "A minute detail took a minute to find.",
        "The date 2024-06-30 is written in the ISO format.",
    ];

    #[test]
    fn golden_lines_match_and_stay_in_the_vocabulary() {
        let mut wrong = Vec::new();
        println!("language  lines  complete  exact  words  matched  score");
        for (code, english) in [("en-us", &*AMERICAN), ("en-gb", &*BRITISH)] {
            let (mut lines, mut complete, mut exact, mut equal, mut words) = (0, 0, 0, 0, 0);
            for line in include_str!("golden/g2p.tsv").lines().filter(|line| !line.starts_with('#')) {
                let [text, golden, language] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line:?}") };
                if language != code {
                    continue;
                }
                let ours = english.phonemize(text).unwrap();
                assert_eq!(phonemes::unknown(&ours).collect::<String>(), "", "{text:?}");
                let golden_words: Vec<_> = golden.split(' ').filter(|word| !word.contains('❓')).collect();
                lines += 1;
                equal += matched(&ours.split(' ').collect::<Vec<_>>(), &golden_words, |a, b| a == b);
                words += golden_words.len();
                // A line with a word that misaki does not know cannot be the same.
                if !golden.contains('❓') {
                    complete += 1;
                    exact += usize::from(ours == golden);
                    if ours != golden && !ON_PURPOSE.contains(&text) {
                        wrong.push(format!("{text}\n   ours {ours}\n golden {golden}"));
                    }
                }
            }
            let score = 100.0 * f64::from(equal as u32) / f64::from(words as u32);
            println!("{code:<8}  {lines:>5}  {complete:>8}  {exact:>5}  {words:>5}  {equal:>7}  {score:>4.1} %");
            assert!(score >= 95.0, "{code}: {score} %");
        }
        println!("different on purpose: {}", if ON_PURPOSE.is_empty() { "none" } else { "" });
        ON_PURPOSE.iter().for_each(|text| println!("  {text}"));
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn symbols_and_accents_are_spoken() {
        let mut wrong = Vec::new();
        // The text, and the same in words of the dictionary.
        for (written, spoken) in [
            ("Café, naïve, façade", "cafe, naive, facade"),
            ("cafe\u{301}", "cafe"),
            ("Ｆｕｌｌ ﬁne", "full fine"),
            ("b=c", "B equals C"),
            ("x = y", "X equals Y"),
            ("50% of R&D", "fifty percent of R and D"),
            ("2*3", "two times three"),
            ("C++ and C#", "C plus plus and C sharp"),
            ("b_c", "B underscore C"),
            ("the #1 hit", "the number one hit"),
            ("*bold* and **very bold**", "bold and very bold"),
            ("20°C", "twenty degrees Celsius"),
            ("½ x²", "one half X squared"),
            ("7:45", "seven forty five"),
            ("7:45:00 or 7:00:00", "seven forty five or seven o'clock"),
            ("7:45:01, 7:45:02", "seven forty five and one second, seven forty five and two seconds"),
            ("at 10am or 7:30 PM, not 8 pm today", "at ten a.m. or seven thirty p.m., not eight p.m. today"),
            ("5'10\" tall", "five foot ten tall"),
            ("x && y", "X and Y"),
            ("11:05 p.m.", "eleven oh five p.m."),
            ("at 6:00, or 9:00-17:30", "at six o'clock, or nine o'clock to seventeen thirty"),
            ("$3.5 million", "three point five million dollars"),
            ("¥100", "one hundred yen"),
            ("It took 1 hr and 2 hrs", "It took one hour and two hours"),
            ("It weighs 2.5kg, or 5.5 lbs.", "It weighs two point five kilograms, or five point five pounds."),
            ("Main St. in St. Paul", "Main Street in Saint pall"),
            ("said Lt. Cmdr. Data.", "said lieutenant commander Data."),
            ("approx. 2 percent", "approximately two percent"),
            ("Apple Inc.", "Apple incorporated."),
            ("getHTTPResponse", "get H T T P response"),
            ("https://example.com/b?id=42", "example dot com slash B question mark id equals forty two"),
            ("me@example.com", "me at example dot com"),
            ("世界 wide。Next！", "wide. Next!"),
            ("- one\n* two\n## three", "one two three"),
            ("one\ttwo\r\nthree\u{a0}four", "one two three four"),
        ] {
            let letters = |text: &str| american(text).replace(['ˈ', 'ˌ', ' '], "");
            if letters(written) != letters(spoken) {
                wrong.push(format!("{written:?} is {}, expected {}", american(written), american(spoken)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn abbreviated_text_is_expanded() {
        let mut wrong = Vec::new();
        for (written, spoken) in [
            // Times and dates.
            ("The 3:15 train left at 3:17.", "The three fifteen train left at three seventeen."),
            ("Open 9am–5pm daily.", "Open nine a.m. to five p.m. daily."),
            ("Open 9–5.", "Open nine to five."),
            ("It starts at 7 p.m. sharp.", "It starts at seven p.m. sharp."),
            ("On 12/25/2020 we slept.", "On December twenty fifth, twenty twenty we slept."),
            ("See pages 3–5.", "See pages three to five."),
            ("The years 1914–1918 were hard.", "The years nineteen fourteen to nineteen eighteen were hard."),
            ("In the '90s and the 2010s.", "In the nineties and the twenty tens."),
            ("The 21st century.", "The twenty first century."),
            ("It was 00:30 then.", "It was zero thirty then."),
            // Numbers.
            ("He won 2/3 of the vote.", "He won two thirds of the vote."),
            ("Add 1/2 cup and 3/4 cup.", "Add one half cup and three quarters cup."),
            ("It fell to -5°C.", "It fell to minus five degrees Celsius."),
            ("It fell to −12 degrees.", "It fell to minus twelve degrees."),
            ("About 98.6°F today.", "About ninety eight point six degrees Fahrenheit today."),
            ("Turn 90° left.", "Turn ninety degrees left."),
            ("Version v1.2.3 is out.", "Version v one point two point three is out."),
            ("Version 2.0 is out.", "Version two point zero is out."),
            ("Pick #3 of 10.", "Pick number three of ten."),
            ("It is 3x faster and 10x cheaper.", "It is three times faster and ten times cheaper."),
            ("A 4x4 grid.", "A four by four grid."),
            ("A 1920x1080 screen.", "A nineteen twenty by ten eighty screen."),
            ("Chapter IV begins.", "Chapter four begins."),
            ("Henry VIII and Louis XIV.", "Henry the eighth and Louis the fourteenth."),
            ("World War II ended.", "World War two ended."),
            ("1,000,000 people.", "one million people."),
            ("She ran 5k and 10km.", "She ran five k and ten kilometers."),
            ("60 mph or 100 km/h.", "sixty miles an hour or one hundred kilometers an hour."),
            ("It has 16GB and 5 GHz.", "It has sixteen gigabytes and five giga hertz."),
            ("It is 20 m² and 5 km².", "It is twenty square meters and five square kilometers."),
            // Dates in digits.
            ("2026-11-25", "November twenty fifth, twenty twenty six"),
            (
                "On 11/25/2026 or 25/11/2026.",
                "On November twenty fifth, twenty twenty six or November twenty fifth, twenty twenty six.",
            ),
            ("(2001-09-01)", "(September first, two thousand one)"),
            // Units.
            ("It is 10m long.", "It is ten meters long."),
            ("10M users and 10m users", "ten million users and ten million users"),
            ("The pipe is 6 in wide.", "The pipe is six inches wide."),
            ("A 6-in pipe, 6 in.", "A six inch pipe, six inches."),
            ("6 in the morning, 6 in total", "six in the morning, six in total"),
            ("It weighs 3 lb or 1 lb.", "It weighs three pounds or one pound."),
            ("Add 250 ml, then 1.5L.", "Add two hundred fifty milliliters, then one point five liters."),
            ("5mph winds", "five miles an hour winds"),
            ("a 5 kg bag of rice", "a five kilogram bag of rice"),
            ("a 5G phone", "a five G phone"),
            ("90 min at 60W", "ninety minutes at sixty watts"),
            // Codes.
            ("agent 007", "agent zero zero seven"),
            ("PIN 0042", "PIN zero zero four two"),
            ("flight UA 1907", "flight UA one nine zero seven"),
            ("code: 4711", "code: four seven one one"),
            ("the class of '08", "the class of oh eight"),
            // Addresses of pages.
            (
                "See https://www.example.com/docs?page=2.",
                "See example dot com slash docs question mark page equals two.",
            ),
            ("http://example.org/", "example dot org"),
            // Clipped words and letters.
            ("the gov't, int'l and dep't offices", "the government, international and department offices"),
            ("the gov’t", "the government"),
            // Powers.
            ("10^6 and 10⁶", "ten to the sixth and ten to the sixth"),
            ("x² and y^2", "X squared and Y squared"),
            ("2^n and 10^-3", "two to the N and ten to the minus three"),
            ("5 m³", "five cubic meters"),
            // Marks of lines, and headlines.
            ("## 2 Methods", "two Methods"),
            ("* 5 eggs", "five eggs"),
            ("$3.5 Million", "three point five million dollars"),
            // Money.
            (
                "It cost $3.5 million, £2bn and €1.2M.",
                "It cost three point five million dollars, two billion pounds and one point two million euros.",
            ),
            ("$1 and $1.01 and $0.99.", "one dollar and one dollar and one cent and ninety nine cents."),
            ("It is £1,250.50.", "It is one thousand two hundred fifty pounds and fifty pence."),
            ("It costs 50¢.", "It costs fifty cents."),
            ("US$100 or C$50.", "one hundred U S dollars or fifty Canadian dollars."),
            ("$5–10 each.", "five to ten dollars each."),
            ("$5–$10, £3-£5 or €7-9 each", "five to ten dollars, three to five pounds or seven to nine euros each"),
            ("$5–$10 million, £2m–£3m", "five to ten million dollars, two million pounds to three million pounds"),
            ("$1.50-$2.25", "one dollar and fifty cents to two dollars and twenty five cents"),
            ("$1.5k a month.", "one point five thousand dollars a month."),
            // Abbreviations.
            ("Mr. and Mrs. Smith met Dr. Jones.", "Mister and Mrs. Smith met Doctor Jones."),
            ("Smith vs. Jones, No. 7.", "Smith versus Jones, number seven."),
            ("St. Mary's is on 5th Ave.", "Saint Mary's is on fifth avenue."),
            ("She lives at 12 Oak Rd., near Elm Blvd.", "She lives at twelve Oak road, near Elm boulevard."),
            ("Fig. 3 and Vol. 2, pp. 10–12.", "figure three and volume two, pages ten to twelve."),
            ("Acme Co., Ltd. and Foo Corp.", "Acme company, limited and Foo corporation."),
            ("See Sec. 3, not sec. 12.", "See section three, not section twelve."),
            ("Wait 30 sec. 5 times.", "Wait thirty seconds five times."),
            ("It is by Acme Co. The next is not.", "It is by Acme company. The next is not."),
            ("Take 5th Ave. It is short.", "Take fifth avenue. It is short."),
            ("Foo Corp. shares fell.", "Foo corporation shares fell."),
            // What looks like a kind and is not of it.
            ("Jane Roe, MD, is from CA. 5 people know.", "Jane Roe, M D, is from [CA.](/siA./) five people know."),
            ("Take plan C. 5 of us agree.", "Take plan C. five of us agree."),
            (
                "Since 9-11 the Boeing 737-800 flies.",
                "Since nine eleven the Boeing seven hundred thirty seven eight hundred flies.",
            ),
            ("She may 5 times, John 3:5 says.", "She may five times, John three five says."),
            ("They lost 5-3 and 24-17.", "They lost five three and twenty four seventeen."),
            ("Malcolm X takes vitamin C.", "Malcolm X takes vitamin C."),
            ("A B2B deal in size XL.", "A B to B deal in size X L."),
            ("If x <3 then stop.", "If X less than three then stop."),
            // Signs.
            ("a + b = c", "[A](/ˈA/) plus B equals C"),
            ("5 > 3 and 2 < 4", "five greater than three and two less than four"),
            ("x ≤ 5, y ≥ 2, z ≠ 0", "X at most five, Y at least two, Z ≠ zero"),
            ("H₂O and CO₂", "H two O and C O two"),
            ("10 ± 2", "ten plus or minus two"),
            ("3 × 4 ÷ 2", "three times four divided by two"),
            ("@john said #winning", "at john said winning"),
            ("black & white", "black and white"),
            ("AT&T and R&B", "AT and T and R and B"),
            ("100% sure", "one hundred percent sure"),
            ("and/or", "and or"),
            ("24/7", "twenty four seven"),
            ("Well... yes — no – maybe", "Well... yes — no — maybe"),
            // Telephones, addresses.
            ("Call (555) 123-4567.", "Call five five five, one two three, four five six seven."),
            ("Call +1 212-555-0123.", "Call plus one two one two, five five five, zero one two three."),
            (
                "Call 212.555.0123 or 1-800-555-0199.",
                "Call two one two, five five five, zero one two three or one, eight zero zero, five five five, zero one nine nine.",
            ),
            ("Call +44 20 7946 0958.", "Call plus four four two zero, seven nine four six, zero nine five eight."),
            ("(+442079460958)", "(plus four four two zero seven nine four six zero nine five eight)"),
            ("Call 020 7946 0958, not 7.", "Call zero two zero, seven nine four six, zero nine five eight, not seven."),
            ("+100 points, +5% and +1 to all", "plus one hundred points, plus five percent and plus one to all"),
            ("Go to www.example.com/help.", "Go to example dot com slash help."),
            ("joe.b@mail.co.uk", "joe dot B at mail dot C O dot U K"),
            // Words.
            ("Blorptown's mayor", "Blorptown's mayor"),
            ("the iPhone's getURL", "the iPhone's get U R L"),
            ("STOP! DO NOT ENTER!", "Stop! Do not enter!"),
            ("exposed façade", "exposed facade"),
            ("He's 5'10\".", "He's five foot ten."),
            ("I love it 😀!", "I love it!"),
        ] {
            let letters = |text: &str| american(text).replace(['ˈ', 'ˌ', ' '], "");
            if letters(written) != letters(spoken) {
                wrong.push(format!("{written:?}\n      is {}\n expected {}", american(written), american(spoken)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn british_text_is_expanded_as_it_is_said_there() {
        let letters = |text: &str| BRITISH.phonemize(text).unwrap().replace(['ˈ', 'ˌ', ' '], "");
        let mut wrong = Vec::new();
        for (written, spoken) in [
            ("At 7.05 the A1 was shut.", "At seven oh five the [A](/ˈA/) one was shut."),
            ("The rate stood at 5.25 in May.", "The rate stood at five point two five in May."),
            ("He ran at 9.15 miles an hour.", "He ran at nine point one five miles an hour."),
            ("He won 6-0, 6-4.", "He won six zero, six four."),
            ("They drew 0–0, then lost 0-3.", "They drew nil nil, then lost nil three."),
            ("For ages 0-3 or 10-12.", "For ages zero to three or ten to twelve."),
            (
                "Of 1,005 in 2005, 1,050,000 and the 101st",
                "Of one thousand and five in two thousand and five, one million fifty thousand and the one hundred and first",
            ),
            ("$1,250.50", "one thousand two hundred and fifty dollars and fifty cents"),
            ("in 1905, or 1900", "in nineteen oh five, or nineteen hundred"),
            ("The Rt. Hon. Jane Smith", "The Right Honourable Jane Smith"),
            ("Take the B4009, print it on A4.", "Take the B four oh oh nine, print it on [A](/ˈA/) four."),
            ("Ring 101 people.", "Ring one hundred and one people."),
        ] {
            if letters(written) != letters(spoken) {
                wrong.push(format!("{written:?}\n      is {}\n expected {}", letters(written), letters(spoken)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(
            !letters("A blorptastic fantlet").contains(['æ', 'T', 'ᵻ']),
            "the vowels of the accent in unknown words"
        );
    }

    #[test]
    fn unknown_names_are_pronounced_or_spelled() {
        let known = american("went home");
        for name in ["Xqzzt", "Dothraki", "Xiomara", "Łódź", "blorptastic", "mp3x"] {
            let spoken = american(&format!("{name} went home"));
            assert!(spoken.ends_with(&known), "{spoken}");
            assert!(spoken.chars().count() > known.chars().count() + 3, "{name} is {spoken}");
        }
        assert!(american("Dothraki's home").contains("z hˈOm"), "the possessive is spoken");
        assert_eq!(american("the Oluwaseun"), "ði əlˈuwəsᵊn", "the article depends on the next sound");
        assert_eq!(american("the Xiomara"), "ðə zˌiOmˈɑɹə");
        assert_eq!(american("Neil and Beyoncé"), "nˈil ænd biˈɑnsA", "names that once were spelled");
        assert_eq!(american("Timothée, Zoblé"), "tˈɪməθA, zˈɑblˌA", "a final é is spoken");
        assert_eq!(american("McOkonkwo"), "məkOkˈɑŋkwO", "not camel case");
        assert_eq!(american("the QZX"), "ðə kjˌuzˌiˈɛks", "acronyms are spelled");
        assert_eq!(american("99999999999999999999999999").split(' ').count(), 26, "digit by digit");
    }

    /// The phonemes of a reading as far as they must agree. Of heteronyms, which stress alone may tell apart, the stress
    /// too, except the secondary one; elsewhere it depends on whether a number's words are one token. Spaces count, unless
    /// words are joined in either text: by letters that are spelled, or by hyphens and other signs.
    fn comparable(kind: &str, written: &str, reading: &str, phonemes: &str) -> String {
        let phonemes = phonemes.replace('ˌ', "");
        if kind == "heteronym" {
            return phonemes;
        }
        let phonemes = phonemes.replace('ˈ', "");
        let bare = |word: &str| {
            let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']).trim_end_matches("'s");
            word.strip_suffix('s').filter(|letter| letter.len() == 1).unwrap_or(word).to_owned()
        };
        let spelled =
            |word: &str| word.starts_with('[') || bare(word).len() == 1 && !["a", "I"].contains(&bare(word).as_str());
        let joined = written.contains(['-', '/', '#'])
            || !written.is_ascii()
            || ["chemistry", "technical"].contains(&kind)
            || reading.split(' ').any(spelled);
        if joined { phonemes.replace(' ', "") } else { phonemes }
    }

    #[test]
    fn readings_agree_with_the_words_of_the_dictionary() {
        let (mut score, mut wrong) = (std::collections::BTreeMap::<(&str, &str), [usize; 2]>::new(), Vec::new());
        let lines = include_str!("golden/readings.tsv").lines().chain(include_str!("golden/mended.tsv").lines());
        for line in lines.filter(|line| !line.starts_with("# ")) {
            let known_failure = line.starts_with('!');
            let columns: Vec<&str> = line.trim_start_matches('!').split('\t').collect();
            let [half, kind, written, readings @ ..] = &columns[..] else { panic!("{line:?}") };
            let halves = ["dev", "held", "blind", "fresh", "british", "mended", "reported"];
            assert!(halves.contains(half) && !readings.is_empty(), "{line:?}");
            let english = if *half == "british" { &BRITISH } else { &AMERICAN };
            let say = |text: &str| english.phonemize(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            let spoken = say(written);
            let right = readings.iter().any(|reading| {
                comparable(kind, written, reading, &spoken) == comparable(kind, written, reading, &say(reading))
            });
            for kind in [kind, "all"] {
                let [equal, all] = score.entry((half, kind)).or_default();
                (*equal, *all) = (*equal + usize::from(right), *all + 1);
            }
            if right == known_failure {
                let spoken: Vec<String> = readings.iter().map(|reading| say(reading)).collect();
                let (is, expected) = (say(written), spoken.join("\n       or "));
                let change = if right { "not a failure any more" } else { "fails" };
                wrong.push(format!("{half} {kind} {change}: {written}\n      is {is}\n expected {expected}"));
            }
        }
        for ((half, kind), [equal, all]) in &score {
            println!("{half:<4}  {kind:<12}  {equal:>3} of {all:>3}, {:>3} %", 100 * equal / all);
        }
        assert!(score.iter().filter(|((_, kind), _)| *kind == "all").all(|(_, [_, all])| *all >= 50), "{score:?}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn heteronyms_are_read_by_meaning() {
        let mut wrong = Vec::new();
        for (text, readings) in [
            ("The pipe is made of lead, and they lead the way.", "lˈɛd lˈid"),
            ("The lead singer drank from lead pipes.", "lˈid lˈɛd"),
            ("What we must do is read.", "ɹˈid"),
            ("I read it yesterday, and I will read it again.", "ɹˈɛd ɹˈid"),
            ("Have you read it? Did you read it?", "ɹˈɛd ɹˈid"),
            ("She mended the tear in her dress.", "tˈɛɹ"),
            ("She shed a tear.", "tˈɪɹ"),
            ("She saw the tear in her dress and shed a tear.", "tˈɛɹ tˈɪɹ"),
            ("A tear fell on the dress.", "tˈɪɹ"),
            ("They used tear gas, so tear it up.", "tˈɪɹ tˈɛɹ"),
            ("He plays bass; we caught a bass while fishing.", "bˈAs bˈæs"),
            ("The ship's bow hit a rock.", "bˈW"),
            ("He drew his bow and arrow.", "bˈO"),
            ("She took two shells in her bow.", "bˈW"),
            ("It was a surprise upset.", "ˈʌpsˌɛt"),
            ("A species of minute snails; wait a minute.", "mInˈut mˈɪnət"),
            ("Refuse collection is late; they refuse.", "ɹˈɛfjˌus ɹəfjˈuz"),
            ("Send your resume before we resume.", "ɹˈɛzəmˌA ɹəzˈum"),
            ("He dove into the pool; the dove flew.", "dˈOv dˈʌv"),
            ("The sow and her piglets.", "sˈW"),
            ("Wind up the toy in the wind.", "wˈInd wˈɪnd"),
            ("Live music where we live.", "lˈIv lˈɪv"),
            ("Close the door, stay close to me.", "klˈOz klˈOs"),
            ("They marched to protest the war in a protest.", "pɹətˈɛst pɹˈOtˌɛst"),
            ("We export what is for export.", "ɪkspˈɔɹt ˈɛkspˌɔɹt"),
            ("The recount showed nothing.", "ɹˈikˌWnt"),
            ("An implant surgeon; they implant it.", "ˈɪmplˌænt ɪmplˈænt"),
            ("The insert page; we insert a page.", "ˈɪnsˌɜɹt ɪnsˈɜɹt"),
            ("The light was diffuse, like diffuse clouds; they diffuse it.", "dəfjˈus dəfjˈus dəfjˈuz"),
            ("Two axes of the plot. Stone axes.", "ˈæksˌiz ˈæksᵻz"),
            ("An elaborate plan; a deliberate act.", "əlˈæbəɹət dəlˈɪbəɹət"),
            ("He rode his moped.", "mˈOpˌɛd"),
            ("Celtic won the league; a Celtic song.", "sˈɛltɪk kˈɛltɪk"),
            ("A quartet by Ravel.", "ɹəvˈɛl"),
            ("Blessed are the poor; she blessed them.", "blˈɛsᵻd blˈɛst"),
            ("The mobile phone rang in Mobile, Alabama.", "mˈObᵊl mObˈil"),
            ("Reading a book in Reading, Pennsylvania.", "ɹˈidɪŋ ɹˈɛdɪŋ"),
            ("For its own sake; a cup of sake and rice.", "sˈAk sˈɑki"),
            ("A learned society learned of it.", "lˈɜɹnᵻd lˈɜɹnd"),
            ("We close at ten. We were close to it.", "klˈOz klˈOs"),
            ("He was content with his content.", "kəntˈɛnt kˈɑntɛnt"),
            ("Use force. Use of force is of no use.", "jˈuz jˈus jˈus"),
            ("The rebels rebel against a rebel.", "ɹəbˈɛl ɹˈɛbᵊl"),
            ("Within its confines he confines himself to work.", "kˈɑnfˌInz kənfˈInz"),
            ("She wore perfume.", "pˈɜɹfjˌum"),
            ("Who asked the EU and the doctors of the WHO?", "hˌu dˌʌbᵊljuˌAʧˈO"),
        ] {
            let words = american(text);
            let words: Vec<_> = words.split(' ').map(|word| word.trim_matches([',', '.', ';', '?', '!'])).collect();
            let mut rest = words.iter();
            if !readings.split(' ').all(|reading| rest.any(|word| *word == reading)) {
                wrong.push(format!("{text}\n      is {}\n expected {readings}", words.join(" ")));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn technical_names_and_loanwords_are_read_as_people_say_them() {
        for (text, expected) in [
            ("Kubernetes", "kˌubəɹnˈɛTiz"),
            ("nginx", "ˌɛnʤənˈɛks"),
            ("GIF", "ɡˈɪf"),
            ("PyTorch", "pˈItˌɔɹʧ"),
            ("SQLite", "ˌɛskjˌuˈɛlˌIt"),
            ("YAML", "jˈæməl"),
            ("iOS", "ˌIOˈɛs"),
            ("macOS", "mˌækˌOˈɛs"),
            ("Résumé", "ɹˈɛzəmˌA"),
            ("re\u{301}sume\u{301}", "ɹˈɛzəmˌA"),
            ("exposé", "ˌɛkspOzˈA"),
            ("pâté", "pɑtˈA"),
            ("A-level", "ˈA lˈɛvᵊl"),
            ("B-side", "bˈisˌId"),
            ("X-axis", "ˈɛksˌæksɪs"),
            ("YAML's", "jˈæməlz"),
        ] {
            assert_eq!(american(text), expected, "{text}");
        }
    }

    #[test]
    fn words_keep_their_written_form() {
        for text in [
            "It is 40–60°C and 10m deep on 2026-11-25, says https://www.example.com/docs?page=2 today.",
            "The YAML file by agent 007 weighs 3 lb, x² or 10^6 more.",
            "Her résumé covers flight UA 1907 and the gov't. Her A-level is 6 in wide.",
            "## 2 Methods cost $3.5 Million, OK?",
            "MR. DARCY HAS Plan A: GANDALF lives at No 10 (Jane Austen, 1775-1817) with Ctrl+C in 4(b)(ii) by Fri, today.",
            "An 8/10 for 0-60 mph in 30 s on US-101 or Room 101, a 9x13-inch pan, pp. iv–x of Messrs. Smith, Shh!",
            "DO NOT TOUCH THE WIRE, it is 5–10 kg or $5–$10, July 4–6, at 45 W. 34th St., `code` :-) 1990's.",
        ] {
            let tokens = AMERICAN.tokens(text).unwrap();
            let written: String = tokens.iter().map(|token| token.text.as_str()).collect();
            assert_eq!(without_spaces(&written), without_spaces(text), "{tokens:?}");
        }
        let tokens = AMERICAN.tokens("IT WAS THE BEST OF TIMES, said he.").unwrap();
        assert!(tokens.iter().any(|token| token.text == "BEST" && token.phonemes == "bˈɛst"), "{tokens:?}");
        let tokens = AMERICAN.tokens("Add 2–3 to the *list* on <b>5/6</b>.").unwrap();
        let words: Vec<(&str, &str)> =
            tokens.iter().map(|token| (token.text.as_str(), token.phonemes.as_str())).collect();
        assert_eq!(words[1], ("2–3", &*american("2 to 3")), "{words:?}");
        assert_eq!(words[2..4].iter().map(|(text, _)| *text).collect::<Vec<_>>(), ["to", "the"], "{words:?}");
        let tokens = AMERICAN.tokens("It is 40–60°C now.").unwrap();
        assert!(tokens.iter().any(|token| token.text == "40–60°C"), "{tokens:?}");
    }

    #[test]
    fn a_lexicon_comes_first() {
        let lexicon = Lexicon::parse("words.txt", "Kokoro\tkˈOkəɹO\nYAML wˈI\npolish pˈoʊlɪʃ").unwrap();
        let reader = lexicon.reader(Language::AmericanEnglish.reader().unwrap());
        assert_eq!(reader.phonemize("Kokoro's YAML").unwrap(), "kˈOkəɹOz wˈI");
        assert_eq!(reader.phonemize("polish").unwrap(), "pˈOlɪʃ");
        let tokens = reader.tokens("Kokoro costs 40–60°C.").unwrap();
        let texts: Vec<_> = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts.concat(), "Kokorocosts40–60°C.");
    }

    #[test]
    fn decades_are_plural() {
        assert!(american("the 1990s").ends_with("nˌIntˈin nˈIndiz"));
        assert!(american("the mid-1990s").ends_with("mˈɪd nˌIntˈin nˈIndiz"));
        assert!(american("the '80s.").ends_with("ˈATiz."));
    }

    #[test]
    fn markup_sets_phonemes_and_stress() {
        assert_eq!(american("[New York](/ˈɛks/) home"), "ˈɛks hˈOm", "even if the dictionary has the words");
        assert_eq!(american("[girl](/gˈɜɹl/)"), "ɡˈɜɹl", "ASCII g becomes IPA ɡ");
        assert_eq!(american("[hello](/hãlO/)"), "ha\u{303}lO");
    }

    #[test]
    fn tokens_have_their_text_and_phonemes() {
        let text = "Dr. Smith paid $5.50 at 5:30 p.m.,\nin the 1990s — didn't he?";
        let tokens = AMERICAN.tokens(text).unwrap();
        let spoken: String = tokens.iter().flat_map(|token| [token.phonemes.as_str(), &token.whitespace]).collect();
        assert_eq!(spoken, american(text));
        let written: String = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(written, text.split_whitespace().collect::<String>(), "{tokens:?}");
        for (word, phonemes) in [
            ("Dr.", "dˈɑktəɹ"),
            ("5.50", "fˈIv dˈɑləɹz ænd fˈɪfti sˈɛnts"),
            ("5:30", "fˈIv θˈɜɹTi"),
            ("1990s", "nˌIntˈin nˈIndiz"),
            ("didn't", "dˈɪdᵊnt"),
        ] {
            let found = tokens.iter().find(|token| token.text == word).unwrap_or_else(|| panic!("{word}: {tokens:?}"));
            assert_eq!(found.phonemes, phonemes, "{word}");
        }
        assert!(AMERICAN.tokens("* * *\n").unwrap().is_empty(), "nothing to speak is not an error");
    }

    #[test]
    fn text_that_cannot_be_spoken_is_an_error() {
        for text in ["", "  \n\t", "你好世界", "😀", "...", "?!", "====="] {
            let error = AMERICAN.phonemize(text).expect_err(text).to_string();
            assert!(error.starts_with("text: nothing in"), "{error}");
        }
        assert_eq!(american("你好 hello 😀."), american("hello."), "the rest is spoken");
    }

    #[test]
    fn any_string_is_phonemized_or_an_error() {
        let ascii: Vec<char> = (' '..='~').collect();
        let numbers: Vec<char> = "0123456789.,-:/$£€%°ast's'’ndrdthHe\u{301}éßİſK".chars().collect();
        let plane: Vec<char> = ('\u{1}'..='\u{2fff}').collect();
        let any: Vec<char> = ('\u{1}'..='\u{10ffff}').step_by(97).collect();
        let mut random = super::Random(24_000);
        for case in 0..800 {
            let text = random.text([&ascii, &numbers, &plane, &any][case % 4], 30);
            if let Ok(phonemes) = AMERICAN.phonemize(&text) {
                assert_eq!(phonemes::unknown(&phonemes).collect::<String>(), "", "{text:?}");
            }
        }
    }

    #[test]
    fn long_runs_and_long_lines_are_complete() {
        // Without breaking such runs, the first one alone would take minutes.
        for (part, count) in [("a-", 2000), ("x=", 500)] {
            let phonemes = american(&part.repeat(count));
            assert!(phonemes.chars().count() >= count, "{part}: {} phonemes", phonemes.chars().count());
        }
        let words = american(&"word ".repeat(600));
        assert_eq!(words.split(' ').count(), 600);
    }

    #[test]
    fn accents_have_names() {
        for (name, accent) in
            [("en-us", Accent::American), ("A", Accent::American), ("en-GB", Accent::British), ("b", Accent::British)]
        {
            assert_eq!(name.parse::<Accent>().unwrap(), accent);
        }
        assert!("fr".parse::<Accent>().unwrap_err().to_string().contains("en-us"));
        assert_ne!(BRITISH.phonemize("home").unwrap(), american("home"));
    }
}
