//! Words in capitals that are no acronyms: those that are shouted, and names. misaki spells those that it does not know.

use std::borrow::Cow;

use super::English;
use super::acronyms;
use super::letters::is_named;
use super::numbers::is_one_of;
use super::words::WORDS;

/// Words in capitals in a row, from which on they are shouted and not acronyms.
const SHOUTED_WORDS: usize = 3;
/// Letters of the longest word that is looked up to see whether it is shouted; a longer one would take long.
const LONGEST_WORD: usize = 32;
/// Letters from which on a word that no dictionary has is a name, among others and among those that are shouted.
const NAME: usize = 6;
const SHOUTED_NAME: usize = 4;

/// Titles before names.
const TITLES: &str = "DAME DR LADY LORD MISS MR MRS MS PROF SIR";
/// Acronyms that are spelled, although they could be said as words are.
const SPELLED: &str = "afaict eacces ebita ebitda ebitdar eagain einval enoent enomem iphone nyse openai pubmed sighup unaids uscentcom ymca ywca";
/// Consonants that words begin and end with, beside single ones.
const ONSETS: &str = "bl br ch chr cl cr dr dw fl fr gh gl gn gr kh kl kn kr ph phr pl pr ps rh sc sch schl schm schn schr schw scr sh shr sk sl sm sn sp spl spr \
    st str sv sw th thr tr ts tw vl wh wr zh";
const CODAS: &str = "ch ck cks ct cts ds dt ff ffs ft fts gh ght ghts gs ks ld lds lf lk lks ll lls lm lms lp lps ls lt lts mb mbs mp mps ms nc nch \
    nd nds ng ngs nk nks nn nns ns nt nts nz ph phs ps pt pts rb rbs rc rch rd rds rf rg rgs rk rks rl rls rm rms rn rns rp rps rr rs rsh rst \
    rt rth rts sh sk sks sm sms sp sps ss st sts sz tch th ths ts tt tts tz wk wks wl wls wn wns ws";

impl English {
    /// A line whose runs of words in capitals are in lower case, as far as the dictionary has them, and whose names in capitals have
    /// one.
    pub(super) fn without_capitals<'a>(&self, line: &'a str) -> Cow<'a, str> {
        let capitals = |word: &str| word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase);
        let words: Vec<&str> = line.split_whitespace().collect();
        // "US, UK, EU" has acronyms only.
        let ordinary = |word: &&str| {
            let lower = trimmed(word).to_lowercase();
            acronyms::is_ordinary(&lower) && self.misaki.lexicon.golds.contains_key(&lower)
        };
        let shouting = |run: &[&str]| run.len() >= SHOUTED_WORDS && run.iter().any(ordinary);
        let (mut changed, mut at) = (false, 0);
        let mut calm: Vec<Cow<'_, str>> = Vec::with_capacity(words.len());
        for run in words.chunk_by(|a, b| capitals(a) == capitals(b)) {
            let shouted = capitals(run[0]) && shouting(run);
            for word in run {
                let previous = if at == 0 { "" } else { words[at - 1] };
                let next = &words[at + 1..];
                let other = if capitals(word) { self.without_capital(word, previous, next, shouted) } else { None };
                changed |= other.is_some();
                calm.push(other.map_or(Cow::Borrowed(*word), Cow::Owned));
                at += 1;
            }
        }
        if changed { Cow::Owned(calm.join(" ")) } else { Cow::Borrowed(line) }
    }

    /// A word in capitals in lower case or with one capital; `None` to leave it.
    fn without_capital(&self, word: &str, previous: &str, next: &[&str], shouted: bool) -> Option<String> {
        let letters = trimmed(word);
        let following = next.first().copied().unwrap_or_default();
        if shouted && letters == "A" {
            // "VITAMIN A IS GOOD", "SECTION A: READING"
            let lower = following.to_lowercase();
            let after = [lower.as_str(), next.get(1).copied().unwrap_or_default()];
            let named = word.strip_prefix('A').is_some_and(|tail| is_named(previous, tail, &after));
            return (!named).then(|| word.replace('A', "a"));
        }
        // "MRS. DALLOWAY", which misaki spells.
        if is_one_of("MRS. MS.", word) && following.bytes().take(2).filter(u8::is_ascii_uppercase).count() == 2 {
            return Some(word[..1].to_owned() + &word[1..].to_lowercase());
        }
        if !letters.replace('’', "").is_ascii() || !(2..=LONGEST_WORD).contains(&letters.len()) {
            return None;
        }
        let lower = letters.to_lowercase();
        if shouted && self.fallback().known(&lower).is_some() {
            return Some(word.replace(letters, &lower));
        }
        let (name, ending) = letters.split_at(letters.find(['\'', '’']).unwrap_or(letters.len()));
        let is_name = name.len() >= SHOUTED_NAME
            && name.bytes().all(|c| c.is_ascii_uppercase())
            && ["", "'S", "’S"].contains(&ending)
            && self.is_name(name, shouted || is_one_of(TITLES, previous.trim_end_matches('.')));
        is_name.then(|| word.replace(letters, &(letters[..1].to_owned() + &lower[1..])))
    }

    /// Whether a word in capitals is a name or another word, and no acronym. `expected` tells that a short one may be.
    fn is_name(&self, name: &str, expected: bool) -> bool {
        let (golds, silvers) = (&self.misaki.lexicon.golds, &self.misaki.lexicon.silvers);
        let lower = name.to_lowercase();
        // misaki reads these as they are.
        let read = golds.contains_key(&lower) || golds.contains_key(name) || silvers.contains_key(name);
        if read || WORDS.iter().any(|(word, ..)| word.eq_ignore_ascii_case(name)) {
            return false;
        }
        let title = name[..1].to_owned() + &lower[1..];
        // The dictionary has it as a name only.
        let known = golds.contains_key(&title);
        let long = name.len() >= NAME || expected && !name.starts_with(['A', 'E', 'I', 'O', 'U']);
        (known || long) && can_be_said(&lower) && !is_one_of(SPELLED, &lower)
    }
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphabetic())
}

/// Whether the letters of a word, in lower case, follow one another as those of words do: "biden", but not "lgbtqia".
fn can_be_said(lower: &str) -> bool {
    const VOWELS: [char; 6] = ['a', 'e', 'i', 'o', 'u', 'y'];
    let runs: Vec<&[u8]> = lower
        .as_bytes()
        .chunk_by(|a, b| VOWELS.contains(&char::from(*a)) == VOWELS.contains(&char::from(*b)))
        .collect();
    let vowels = |run: &[u8]| VOWELS.contains(&char::from(run[0]));
    let among = |list: &str, run: &[u8]| run.len() == 1 || str::from_utf8(run).is_ok_and(|run| is_one_of(list, run));
    let last = runs.len().saturating_sub(1);
    let fits = |(at, run): (usize, &&[u8])| match (vowels(run), at) {
        (true, _) => run.len() < 4,
        (false, 0) => among(ONSETS, run),
        (false, at) if at == last => among(CODAS, run),
        // "ckn" of "acknowledge"
        (false, _) => {
            run.len() < 4
                && (1..=run.len())
                    .any(|end| among(CODAS, &run[..end]) && (end == run.len() || among(ONSETS, &run[end..])))
                || among(ONSETS, run)
        }
    };
    // Notes and bases are letters: "EADGBE", "TATAAA".
    let rows = ["abcdefg", "acgt"].iter().any(|row| lower.chars().all(|c| row.contains(c)));
    let queer =
        lower.split('q').skip(1).any(|rest| !["ua", "ue", "ui", "uo"].iter().any(|sound| rest.starts_with(sound)));
    // "YMCA" has one, "DARCY" two.
    let syllables = runs
        .iter()
        .enumerate()
        .filter(|(at, run)| vowels(run) && (run.iter().any(|c| *c != b'y') || *at > 0 && *at == last))
        .count();
    syllables > 1 && !rows && !queer && runs.iter().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_differ_from_rows_of_letters() {
        for word in ["biden", "gandalf", "ophelia", "hermione", "samsung", "acknowledgements", "schreiber", "xiaomi"] {
            assert!(can_be_said(word), "{word}");
        }
        for word in [
            "lgbtqia", "unhcr", "nycfc", "msnbc", "sncf", "rspca", "stdout", "aaaaah", "xml", "", "naacp", "ymca",
            "eadgbe", "tataaa", "qukebo",
        ] {
            assert!(!can_be_said(word), "{word}");
        }
    }
}
