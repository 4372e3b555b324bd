//! Finds the weights of the tagger of English, an averaged perceptron that repeats what misaki-rs's network says.
//!
//! ```text
//! cargo run --release -p kokoro-text --example tagger label < TEXT > LABELLED
//! cargo run --release -p kokoro-text --example tagger train crates/text/src/english/misaki/tagger/weights.bin LABELLED HELD
//! ```
//!
//! TEXT has a paragraph or a sentence on each line. `label` writes a line for each token: the token, whether white space follows
//! and its tag; and an empty line after each line of the text. It takes a millisecond a word. `train` writes the weights and says
//! how often they agree with the tags of HELD, which is such a file, too. It is the same on every run.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

#[path = "../src/english/misaki/tagger/features.rs"]
mod features;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::fs;
use std::io::{self, BufWriter, Write};

use features::{Form, UNKNOWN, features, word_hash};
use misaki_rs::data::load_us_gold;
use misaki_rs::lexicon::PhonemeEntry;
use misaki_rs::norms::norm_of;
use misaki_rs::spacy_tagger::{Tagger, hash_string};
use misaki_rs::spacy_tokenizer::SpacyTokenizer;

/// Passes over the tokens.
const PASSES: usize = 6;
/// A right answer is learned from, too, if its score is not so much greater than the next.
const MARGIN: f32 = 6.0;
/// Times that a feature is seen, at least.
const SEEN: u32 = 3;
/// Times that a word is seen, at least, to be in the table of words.
const SEEN_WORD: u32 = 6;
/// Times that a word is seen, at least, to have its tag without its surroundings being looked at, and how many of a thousand have
/// that tag then.
const SEEN_CERTAIN: u32 = 40;
const SAME_OF_THOUSAND: u32 = 997;
/// How much more is learned from a word whose reading depends on its tag.
const SEVERAL_READINGS: f32 = 2.0;
/// The most weights that are kept, the greatest.
const WEIGHTS: usize = 320_000;
/// The most tags.
const TAGS: usize = 50;

type Sentence = Vec<(String, bool, u8)>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["label"] => label(),
        ["train", weights, labelled, held] => train(weights, labelled, held),
        _ => Err("usage: tagger label < TEXT > LABELLED, or tagger train WEIGHTS LABELLED HELD".into()),
    }
}

fn label() -> Result<(), Box<dyn Error>> {
    let (tokenizer, tagger) = (SpacyTokenizer::new(), Tagger::load());
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::read_to_string(io::stdin())?.lines() {
        let tokens = tokenizer.tokenize(line.trim());
        let seen = tokens.iter().map(|token| {
            let norm = token.norm.clone().unwrap_or_else(|| norm_of(&token.text, hash_string));
            (token.text.clone(), norm, !token.whitespace.is_empty())
        });
        let seen: Vec<_> = seen.collect();
        for ((text, _, space), tag) in seen.iter().zip(tagger.tag(&seen)) {
            writeln!(out, "{text}\t{}\t{tag}", u8::from(*space))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The sentences of a labelled file. Tags that `names` lacks are added to it.
fn sentences(path: &str, names: &mut Vec<String>) -> Result<Vec<Sentence>, Box<dyn Error>> {
    let mut sentences = vec![Sentence::new()];
    for line in fs::read_to_string(path)?.lines() {
        match &line.split('\t').collect::<Vec<_>>()[..] {
            [text, space, tag] => {
                let name = names.iter().position(|name| name == tag).unwrap_or_else(|| {
                    names.push((*tag).to_owned());
                    names.len() - 1
                });
                sentences.last_mut().ok_or("no sentence")?.push((
                    (*text).to_owned(),
                    *space == "1",
                    u8::try_from(name)?,
                ));
            }
            _ => sentences.push(Sentence::new()),
        }
    }
    sentences.retain(|sentence| !sentence.is_empty());
    Ok(sentences)
}

/// Weights of one feature, and what is needed for their average over all updates.
#[derive(Clone)]
struct Row {
    weights: [f32; TAGS],
    totals: [f32; TAGS],
}

fn train(path: &str, labelled: &str, held: &str) -> Result<(), Box<dyn Error>> {
    let mut names = Vec::new();
    let sentences = sentences(labelled, &mut names)?;
    let held = self::sentences(held, &mut names)?;
    if names.len() > TAGS {
        return Err("too many tags".into());
    }
    let words = words(&sentences);
    let class = |hash: u32| words.get(&hash).map_or(UNKNOWN, |(tag, _)| *tag);
    let forms = |sentence: &Sentence| -> Vec<Form> {
        sentence.iter().map(|(text, space, _)| Form::new(text, *space, class)).collect()
    };
    let certain = |form: &Form| words.get(&form.word).filter(|(_, certain)| *certain).map(|(tag, _)| *tag);

    let mut counts: HashMap<u32, u32> = HashMap::new();
    for sentence in &sentences {
        let forms = forms(sentence);
        for at in (0..forms.len()).filter(|at| certain(&forms[*at]).is_none()) {
            let tag = |back: usize| at.checked_sub(back).map_or(UNKNOWN, |at| sentence[at].2);
            for feature in features(&forms, at, tag(1), tag(2)) {
                *counts.entry(feature).or_default() += 1;
            }
        }
    }
    counts.retain(|_, count| *count >= SEEN);
    let mut keys: Vec<u32> = counts.into_keys().collect();
    keys.sort_unstable();
    let place: HashMap<u32, u32> = keys.iter().zip(0..).map(|(key, place)| (*key, place)).collect();
    eprintln!("{} sentences, {} words in the table, {} features", sentences.len(), words.len(), keys.len());

    let readings: HashSet<String> = load_us_gold()
        .into_iter()
        .filter(|(_, entry)| matches!(entry, PhonemeEntry::Tagged(_)))
        .map(|(word, _)| word.to_lowercase())
        .collect();
    let mut rows = vec![Row { weights: [0.0; TAGS], totals: [0.0; TAGS] }; keys.len()];
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    let (mut random, mut time) = (1_u64, 0.0_f32);
    for pass in 0..PASSES {
        for at in (1..order.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, (random >> 33) as usize % (at + 1));
        }
        let (mut wrong, mut all) = (0, 0);
        for &sentence in &order {
            let (sentence, forms) = (&sentences[sentence], forms(&sentences[sentence]));
            let (mut previous, mut before) = (UNKNOWN, UNKNOWN);
            for (at, form) in forms.iter().enumerate() {
                all += 1;
                let tag = certain(form).unwrap_or_else(|| {
                    time += 1e-6;
                    let seen: Vec<usize> = features(&forms, at, previous, before)
                        .iter()
                        .filter_map(|feature| place.get(feature).map(|place| *place as usize))
                        .collect();
                    let mut scores = [0.0; TAGS];
                    for &row in &seen {
                        for (score, weight) in scores.iter_mut().zip(&rows[row].weights) {
                            *score += weight;
                        }
                    }
                    let right = sentence[at].2 as usize;
                    let best = |except: usize| {
                        (0..TAGS).filter(|tag| *tag != except).fold(usize::from(except == 0), |best, tag| {
                            if scores[tag] > scores[best] { tag } else { best }
                        })
                    };
                    let (rival, found) = (best(right), best(TAGS));
                    if scores[right] < scores[rival] + MARGIN {
                        let several = readings.contains(&sentence[at].0.to_lowercase());
                        let step = if several { SEVERAL_READINGS } else { 1.0 };
                        for &row in &seen {
                            let row = &mut rows[row];
                            for (tag, change) in [(right, step), (rival, -step)] {
                                row.weights[tag] += change;
                                // The average is the sum of the changes, each for the time that was left.
                                row.totals[tag] += change * time;
                            }
                        }
                    }
                    u8::try_from(found).unwrap_or(UNKNOWN)
                });
                wrong += usize::from(tag != sentence[at].2);
                (before, previous) = (previous, tag);
            }
        }
        eprintln!("pass {}: {wrong} of {all} wrong", pass + 1);
    }
    let mut all: Vec<(f32, u32, u8)> = Vec::new();
    for (row, key) in rows.iter().zip(&keys) {
        for tag in 0..names.len() {
            let weight = row.weights[tag] - row.totals[tag] / time;
            if weight != 0.0 {
                all.push((weight, *key, u8::try_from(tag)?));
            }
        }
    }
    all.sort_unstable_by(|(a, ..), (b, ..)| b.abs().total_cmp(&a.abs()));
    eprintln!("{} weights, of which {WEIGHTS} are kept", all.len());
    all.truncate(WEIGHTS);
    // A few are so great that the others would have too few steps.
    let greatest = all.get(all.len() / 2000).map_or(1.0, |(weight, ..)| weight.abs());
    let mut table: BTreeMap<u32, Vec<(u8, i8)>> = BTreeMap::new();
    for (weight, key, tag) in all {
        let small = (weight / greatest * 127.0).round().clamp(-127.0, 127.0) as i8;
        if small != 0 {
            table.entry(key).or_default().push((tag, small));
        }
    }
    let written = file(&names, &words, &table)?;
    fs::write(path, &written)?;

    let mut wrong: BTreeMap<(u8, u8), usize> = BTreeMap::new();
    let mut count = 0;
    for sentence in &held {
        let forms = forms(sentence);
        let (mut previous, mut before) = (UNKNOWN, UNKNOWN);
        for (at, form) in forms.iter().enumerate() {
            let tag = certain(form).unwrap_or_else(|| {
                let mut scores = [0; TAGS];
                for feature in features(&forms, at, previous, before) {
                    for (tag, weight) in table.get(&feature).into_iter().flatten() {
                        scores[usize::from(*tag)] += i32::from(*weight);
                    }
                }
                let best = (0..TAGS).fold(0, |best, tag| if scores[tag] > scores[best] { tag } else { best });
                u8::try_from(best).unwrap_or(UNKNOWN)
            });
            if tag != sentence[at].2 {
                *wrong.entry((sentence[at].2, tag)).or_default() += 1;
            }
            count += 1;
            (before, previous) = (previous, tag);
        }
    }
    let differ: usize = wrong.values().sum();
    println!(
        "{} bytes; {differ} of {count} held tags differ, {:.2} %",
        written.len(),
        100.0 * differ as f64 / count as f64
    );
    let mut common: Vec<_> = wrong.into_iter().collect();
    common.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((right, found), count) in common.iter().take(24) {
        println!("{count:>5} {} as {}", names[usize::from(*right)], names[usize::from(*found)]);
    }
    Ok(())
}

/// The words that are seen often: their commonest tag, and whether it is the only one.
fn words(sentences: &[Sentence]) -> BTreeMap<u32, (u8, bool)> {
    let mut counts: BTreeMap<u32, BTreeMap<u8, u32>> = BTreeMap::new();
    for (text, _, tag) in sentences.iter().flatten() {
        *counts.entry(word_hash(text)).or_default().entry(*tag).or_default() += 1;
    }
    let common = counts.into_iter().filter_map(|(word, tags)| {
        let seen: u32 = tags.values().sum();
        let (tag, _) = tags.iter().max_by_key(|(_, count)| **count)?;
        (seen >= SEEN_WORD)
            .then_some((word, (*tag, seen >= SEEN_CERTAIN && 1000 * tags[tag] >= SAME_OF_THOUSAND * seen)))
    });
    common.collect()
}

/// The bytes of the file, as `tagger.rs` reads them.
fn file(
    names: &[String],
    words: &BTreeMap<u32, (u8, bool)>,
    table: &BTreeMap<u32, Vec<(u8, i8)>>,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut out = Vec::new();
    let names = names.join(" ");
    out.extend(u32::try_from(names.len())?.to_le_bytes());
    out.extend(names.bytes());
    out.extend(u32::try_from(words.len())?.to_le_bytes());
    out.extend(words.keys().flat_map(|word| word.to_le_bytes()));
    out.extend(words.values().map(|(tag, certain)| tag | u8::from(*certain) << 7));
    out.extend(u32::try_from(table.len())?.to_le_bytes());
    out.extend(table.keys().flat_map(|feature| feature.to_le_bytes()));
    for weights in table.values() {
        out.push(u8::try_from(weights.len())?);
    }
    for (tag, weight) in table.values().flatten() {
        out.extend([*tag, weight.to_le_bytes()[0]]);
    }
    Ok(out)
}
