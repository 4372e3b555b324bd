//! A dictionary of words and their phonemes that a reader uses before its own.

use std::collections::HashMap;
use std::path::Path;

use crate::error::{Error, Result};
use crate::g2p::G2p;
use crate::links::{inline_phonemes, is_english_path};
use crate::phonemes;
use crate::token::Token;
use crate::utf8;

/// Punctuation that is not part of a word, unless an entry has it.
const MARKS: &str = "([{“‘«‹\"'*_`.,;:!?…)]}”’»›—";
/// Signs that join words.
const JOINTS: [char; 2] = ['-', '/'];
/// IPA symbols that are one symbol of Kokoro's alphabet, which is misaki's.
const IPA: [(&str, &str); 12] = [
    ("\u{361}", ""),
    ("eɪ", "A"),
    ("aɪ", "I"),
    ("oʊ", "O"),
    ("əʊ", "Q"),
    ("aʊ", "W"),
    ("ɔɪ", "Y"),
    ("dʒ", "ʤ"),
    ("tʃ", "ʧ"),
    ("ɝ", "ɜɹ"),
    ("g", "ɡ"),
    ("'", "ˈ"),
];

/// Words with their phonemes. Upper and lower case differ: an entry for `polish` leaves `Polish` alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexicon {
    entries: HashMap<String, String>,
}

impl Lexicon {
    /// Reads a file; [`Lexicon::parse`] describes it.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] as for [`parse`](Self::parse), or if the file is not UTF-8.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let origin = path.display().to_string();
        match utf8::decode(phonemes::read(path)?) {
            Ok(text) => Self::parse(&origin, &text),
            Err(error) => Err(Error::BadFile { origin, reason: error.to_string(), source: None }),
        }
    }

    /// Reads entries, one a line: a word, a tab or spaces, and its phonemes in IPA or in misaki's alphabet, with or
    /// without slashes around them. A name of several words has an entry for each. Phonemes of several words whose first
    /// is of plain letters, without a stress, need the tab or the slashes: `C++\tsi plˈʌs`, since `New York nˈu jˈɔɹk`
    /// would be `New` otherwise. Blank lines and lines that begin with `# ` are skipped. `origin` names the text in errors.
    ///
    /// # Errors
    /// [`Error::BadFile`] with the number of the line if a word has no phonemes, or some that look like the path of a link
    /// (`[word](/path/)`), or is there twice, if there is more than
    /// one word, if a phoneme is not in the vocabulary, or if the word has a bracket; and if there is no entry at all.
    pub fn parse(origin: &str, text: &str) -> Result<Self> {
        let mut lexicon = Self::default();
        let mut lines: HashMap<&str, usize> = HashMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line == "#" || line.starts_with("# ") {
                continue;
            }
            let wrong = |reason: String| {
                let reason = format!("line {}: {reason}", index + 1);
                Error::BadFile { origin: origin.to_owned(), reason, source: None }
            };
            let (word, spoken) = divide(line).map_err(|words| {
                wrong(format!(
                    "{words:?} is more than one word: each needs a line of its own, or its phonemes a tab before them"
                ))
            })?;
            if word.contains(['[', ']']) {
                return Err(wrong(format!("the word {word:?} has a bracket")));
            }
            let spoken = to_misaki(spoken.trim());
            if !spoken.contains(|c: char| c.is_alphabetic() && !"ˈˌː".contains(c)) {
                return Err(wrong(format!("{word:?} has no phonemes")));
            }
            let unknown = |symbol: &char| !phonemes::is_known(*symbol) || "()/".contains(*symbol);
            if let Some(symbol) = spoken.chars().find(unknown) {
                return Err(wrong(format!(
                    "{symbol:?} in the phonemes of {word:?} is not a phoneme of the vocabulary"
                )));
            }
            if is_english_path(word, &spoken) {
                return Err(wrong(format!(
                    "the phonemes of {word:?} look like the address of a page: mark their stress, as ˈ{spoken}"
                )));
            }
            if let Some(first) = lines.insert(word, index + 1) {
                return Err(wrong(format!("{word:?} is already on line {first}")));
            }
            lexicon.entries.insert(word.to_owned(), spoken);
        }
        if lexicon.entries.is_empty() {
            let reason = "has no entries, expected lines of a word and its phonemes".to_owned();
            return Err(Error::BadFile { origin: origin.to_owned(), reason, source: None });
        }
        Ok(lexicon)
    }

    /// A lexicon of a table that is part of the program. A word in lower case also stands at the start of a sentence.
    pub(crate) fn of_table(table: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        let mut entries: HashMap<String, String> = HashMap::new();
        for (word, spoken) in table {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            entries.entry(first.chain(letters).collect()).or_insert_with(|| spoken.to_owned());
            entries.insert(word.to_owned(), spoken.to_owned());
        }
        Self { entries }
    }

    /// The phonemes of a word.
    pub fn get(&self, word: &str) -> Option<&str> {
        self.entries.get(word).map(String::as_str)
    }

    /// The text with `[word](/phonemes/)` in place of each word that has an entry, or its possessive. Words with phonemes
    /// keep them.
    pub fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(symbol) = rest.chars().next() {
            let length = match inline_phonemes(rest) {
                Some((_, _, length)) => length,
                None if symbol.is_whitespace() => symbol.len_utf8(),
                None => {
                    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                    let marked = |at: &usize| *at > 0 && inline_phonemes(&rest[*at..]).is_some();
                    let end = rest[..end].match_indices('[').map(|(at, _)| at).find(marked).unwrap_or(end);
                    self.push_word(&rest[..end], &mut out);
                    rest = &rest[end..];
                    continue;
                }
            };
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        }
        out
    }

    fn push_word(&self, written: &str, out: &mut String) {
        let core = written.trim_start_matches(|c| MARKS.contains(c));
        let head = &written[..written.len() - core.len()];
        let trimmed = core.trim_end_matches(|c| MARKS.contains(c));
        for word in [core, trimmed] {
            if let Some(spoken) = self.spoken(word) {
                let tail = &core[word.len()..];
                out.extend([head, "[", word, "](/", &spoken, "/)", tail]);
                return;
            }
        }
        if let Some(spoken) = self.parts(trimmed) {
            out.extend([head, &spoken, &core[trimmed.len()..]]);
            return;
        }
        out.push_str(written);
    }

    /// The parts of a compound, "Kubernetes-native" or "YAML/JSON", if one of them has an entry. They become words of their
    /// own, because phonemes are those of a whole word.
    fn parts(&self, compound: &str) -> Option<String> {
        let words = || compound.split(JOINTS);
        let plain = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '\'' || c == '’');
        if !compound.contains(JOINTS) || !words().all(plain) || !words().any(|word| self.spoken(word).is_some()) {
            return None;
        }
        let marked = words().map(|word| match self.spoken(word) {
            Some(spoken) => format!("[{word}](/{spoken}/)"),
            None => word.to_owned(),
        });
        Some(marked.collect::<Vec<_>>().join(" "))
    }

    /// The phonemes of a word or of its possessive.
    fn spoken(&self, word: &str) -> Option<String> {
        if let Some(spoken) = self.get(word) {
            return Some(spoken.to_owned());
        }
        let spoken = self.get(word.strip_suffix("'s").or_else(|| word.strip_suffix("’s"))?)?;
        Some(format!("{spoken}{}", possessive(spoken)))
    }

    /// A reader that takes the words of this lexicon from it and reads the rest as `inner` does.
    pub fn reader(self, inner: Box<dyn G2p>) -> Box<dyn G2p> {
        Box::new(WithLexicon { lexicon: self, inner })
    }
}

/// A reader with a lexicon before it.
struct WithLexicon {
    lexicon: Lexicon,
    inner: Box<dyn G2p>,
}

impl G2p for WithLexicon {
    fn phonemize(&self, text: &str) -> Result<String> {
        self.inner.phonemize(&self.lexicon.apply(text))
    }

    fn tokens(&self, text: &str) -> Result<Vec<Token>> {
        self.inner.tokens(&self.lexicon.apply(text))
    }
}

/// The sound of "'s" after a word with these phonemes.
pub(crate) fn possessive(spoken: &str) -> &'static str {
    match spoken.chars().next_back() {
        Some(last) if "ptkfθ".contains(last) => "s",
        Some(last) if "szʃʒʧʤ".contains(last) => "ɪz",
        _ => "z",
    }
}

/// The word of a line and its phonemes, which stand after a tab, between slashes, or after the first space.
///
/// # Errors
/// What is there in place of a word if it is more than one.
fn divide(line: &str) -> std::result::Result<(&str, &str), &str> {
    let marked = line.split_once('\t').or_else(|| line.strip_suffix('/')?.split_once(" /"));
    if let Some((word, spoken)) = marked {
        let word = word.trim();
        return if word.contains(char::is_whitespace) { Err(word) } else { Ok((word, spoken)) };
    }
    let (word, spoken) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let spoken = spoken.trim_start();
    // Plain letters are phonemes, too, but several words of phonemes hardly begin with one that has no other symbol.
    match spoken.split_once(char::is_whitespace) {
        Some((first, _)) if first.is_ascii() && !first.contains('\'') => {
            Err(&line[..line.len() - spoken.len() + first.len()])
        }
        _ => Ok((word, spoken)),
    }
}

/// Phonemes in misaki's alphabet.
fn to_misaki(written: &str) -> String {
    let bare = written.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).unwrap_or(written);
    IPA.iter().fold(bare.to_owned(), |spoken, (ipa, misaki)| spoken.replace(ipa, misaki))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_marked_in_the_text() {
        let text = "# Names\nKokoro\tkˈOkəɹO\n\nnginx /ˌɛndʒənˈɛks/\nC++ sˌiplˈʌs\n";
        let lexicon = Lexicon::parse("names.txt", text).unwrap();
        for (text, expected) in [
            ("Kokoro, kokoro", "[Kokoro](/kˈOkəɹO/), kokoro"),
            ("(“nginx”)", "(“[nginx](/ˌɛnʤənˈɛks/)”)"),
            ("nginx's and Kokoro’s", "[nginx's](/ˌɛnʤənˈɛksɪz/) and [Kokoro’s](/kˈOkəɹOz/)"),
            ("C++.", "[C++](/sˌiplˈʌs/)."),
            ("`nginx`, «Kokoro»", "`[nginx](/ˌɛnʤənˈɛks/)`, «[Kokoro](/kˈOkəɹO/)»"),
            ("nginx/Apache (Kokoro-based)", "[nginx](/ˌɛnʤənˈɛks/) Apache ([Kokoro](/kˈOkəɹO/) based)"),
            ("red/green /etc/nginx/conf nginx-", "red/green /etc/nginx/conf nginx-"),
            ("[Kokoro](/x/) [Kokoro is](/y/)", "[Kokoro](/x/) [Kokoro is](/y/)"),
            ("x[Kokoro](/x/) y", "x[Kokoro](/x/) y"),
            ("", ""),
            (" \n ", " \n "),
        ] {
            assert_eq!(lexicon.apply(text), expected, "{text:?}");
        }
    }

    #[test]
    fn phonemes_of_several_words_stand_after_one() {
        for line in ["C++ sˈi plˈʌs", "C++  /sˈi plˈʌs/", "C++\tsˈi plˈʌs", "C++\t/sˈi plˈʌs/", "C++ s'i plˈʌs"]
        {
            assert_eq!(Lexicon::parse("names.txt", line).unwrap().get("C++"), Some("sˈi plˈʌs"), "{line:?}");
        }
        for line in ["C++\tsi plˈʌs", "C++ /si plˈʌs/", "C++ \t si plˈʌs"] {
            assert_eq!(Lexicon::parse("names.txt", line).unwrap().get("C++"), Some("si plˈʌs"), "{line:?}");
        }
        for (line, word, spoken) in
            [("w/ wɪð", "w/", "wɪð"), ("see si", "see", "si"), ("AC/DC /ˌAsˌidˈisˈi/", "AC/DC", "ˌAsˌidˈisˈi")]
        {
            assert_eq!(Lexicon::parse("names.txt", line).unwrap().get(word), Some(spoken), "{line:?}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        for (text, expected) in [
            ("", "has no entries"),
            ("# only\n", "has no entries"),
            ("a ə\nword", "line 2: \"word\" has no phonemes"),
            ("word ˈˌ", "line 1: \"word\" has no phonemes"),
            ("word w%d", "line 1: '%' in the phonemes of \"word\""),
            ("word w(d)", "line 1: '(' in the phonemes"),
            ("a ə\n\na ə", "line 3: \"a\" is already on line 1"),
            ("New York nˈu jˈɔɹk", "line 1: \"New York\" is more than one word"),
            ("New  York nuː jˈɔɹk", "line 1: \"New  York\" is more than one word"),
            ("Rio Grande City ɹˈioʊ", "line 1: \"Rio Grande\" is more than one word"),
            ("New York /nˈu jˈɔɹk/", "line 1: \"New York\" is more than one word"),
            ("New York\tnˈu jˈɔɹk", "line 1: \"New York\" is more than one word"),
            ("C++ si plˈʌs", "line 1: \"C++ si\" is more than one word"),
            (
                "pizza pitsa",
                "line 1: the phonemes of \"pizza\" look like the address of a page: mark their stress, as ˈpitsa",
            ),
            ("[a] ə", "line 1: the word \"[a]\" has a bracket"),
        ] {
            let error = Lexicon::parse("names.txt", text).unwrap_err().to_string();
            assert!(error.starts_with("names.txt: ") && error.contains(expected), "{text:?}: {error}");
        }
        assert!(Lexicon::open("/no/such/file").unwrap_err().to_string().contains("cannot open /no/such/file"));
    }
}
