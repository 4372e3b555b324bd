//! Which words are relatives, as far as their spelling tells.

const ENDINGS: &str = "a able ably al als ally an ance ances ans ant ants ate ated ates ation ations dom e ed ence ences ent ents er ers es \
    est ful fully hood ia ian ians ible ibly ic ical ically ics ied ies iness ing ings ion ions ise ised iser ises ish ising ism isms ist \
    ists ities ity ive ively ives ization ize ized izer izes izing less like ly ment ments ness nesses or ors ous ously s ship \
    ships y";
const BEGINNINGS: &str = "anti de dis in inter mis non out over pre re semi sub un under up";
/// Letters that a stem has at least.
const STEM: usize = 4;

/// A name for the family of a word: its stem, without up to four endings and one beginning. Words are taken for relatives rather
/// than not ("temper" and "tempest"), but those of a compound have no other relatives ("bushwalking").
pub fn family(word: &str) -> String {
    let mut stem = word;
    for _ in 0..4 {
        let shorter = ENDINGS.split_whitespace().filter_map(|ending| stem.strip_suffix(ending));
        match shorter.filter(|stem| stem.len() >= STEM).min_by_key(|stem| stem.len()) {
            Some(shorter) => stem = shorter,
            None => break,
        }
    }
    let letters = stem.as_bytes();
    // As in "ritzier" and "fitter".
    let doubled = letters.len() > STEM && letters[letters.len() - 1] == letters[letters.len() - 2];
    let changed = letters.len() > STEM && stem.ends_with('i');
    if doubled || changed {
        stem = &stem[..stem.len() - 1];
    }
    let inner = BEGINNINGS.split(' ').filter_map(|beginning| stem.strip_prefix(beginning));
    inner.filter(|stem| stem.len() >= STEM).min_by_key(|stem| stem.len()).unwrap_or(stem).to_owned()
}
