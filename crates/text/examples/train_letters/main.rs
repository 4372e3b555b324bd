//! Makes the models of letter_to_sound from misaki's gold dictionaries, and counts what they read right of words they have not seen.
//!
//! ```text
//! cargo run --release -p kokoro-text --example train_letters [american|british]
//! ```
//!
//! Each takes a few minutes of one core and 300 MB, and gives the same file every time. The words that `held_out_words.rs` holds
//! out are left out, and with them all words that seem to be of the same family.

#![allow(clippy::print_stdout, reason = "a program for the command line")]

mod align;
mod families;
mod learn;

#[path = "../../src/english/letter_to_sound/contexts.rs"]
mod contexts;
#[path = "../../src/english/letter_to_sound/held_out_words.rs"]
mod held_out_words;
#[path = "../../src/english/letter_to_sound/model.rs"]
mod model;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use misaki_rs::lexicon::PhonemeEntry;

use families::family;
use held_out_words::{HeldOut, Score, as_spoken};
use model::Model;

/// Sounds that fewer letters of the dictionary have are no sounds of a letter.
const RARE: usize = 4;

/// A word of the dictionary.
pub struct Word {
    letters: Vec<u8>,
    capital: bool,
    phonemes: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for accent in ["american", "british"] {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == accent) {
            make(accent)?;
        }
    }
    Ok(())
}

fn make(accent: &str) -> Result<(), Box<dyn Error>> {
    let golds = if accent == "american" { misaki_rs::data::load_us_gold() } else { misaki_rs::data::load_gb_gold() };
    let [words, names] = [false, true].map(|names| HeldOut::of(&golds, names));
    let held_out: BTreeSet<String> = [&words, &names]
        .into_iter()
        .flat_map(|held_out| held_out.counted.iter().chain(&held_out.compared))
        .map(|(word, _)| word.to_lowercase())
        .collect();
    let families: BTreeSet<String> = held_out.iter().map(|word| family(word)).collect();
    let (seen, relatives): (Vec<Word>, Vec<Word>) = golds
        .into_iter()
        .collect::<BTreeMap<_, _>>()
        .iter()
        .filter_map(|(word, entry)| usable(word, entry))
        .partition(|word| !families.contains(&family(&String::from_utf8_lossy(&word.letters))));
    println!(
        "{accent}: {} words; {} held out, and {} of their families",
        seen.len(),
        held_out.len(),
        relatives.iter().filter(|word| !held_out.contains(&*String::from_utf8_lossy(&word.letters))).count()
    );
    let sounds = align::align(&seen);
    let lines = inventory(&seen, &sounds);
    let table = learn::learn(&seen, &sounds, &model::inventory(&lines));
    let length = u32::try_from(lines.len())?;
    let file = [&length.to_le_bytes(), lines.as_bytes(), &table].concat();
    let model = Model::new(&file).ok_or("the file is no model")?;
    for (name, held_out) in [("words", words), ("names", names)] {
        let mut score = Score::default();
        for (word, phonemes) in held_out.compared {
            let capital = word.starts_with(|letter: char| letter.is_ascii_uppercase());
            score.add(&model.read(word.to_lowercase().as_bytes(), capital), &phonemes);
        }
        let Score { words, exact, but_for_stress, .. } = score;
        println!(
            "{words} {name}: {exact} exact, {but_for_stress} but for stress, {:.1} % phoneme errors",
            score.errors()
        );
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/english/letter_to_sound");
    Ok(fs::write(folder.join(accent).with_extension("bin"), file)?)
}

/// A word of letters with one primary stress.
fn usable(word: &str, entry: &PhonemeEntry) -> Option<Word> {
    let phonemes = match entry {
        PhonemeEntry::Simple(phonemes) => phonemes,
        PhonemeEntry::Tagged(readings) => readings.get("DEFAULT")?.as_ref()?,
    };
    let letters = word.len() > 1
        && word.bytes().all(|letter| letter.is_ascii_alphabetic())
        && word.bytes().skip(1).all(|letter| letter.is_ascii_lowercase());
    (letters && phonemes.matches('ˈ').count() == 1).then(|| Word {
        letters: word.to_ascii_lowercase().into_bytes(),
        capital: word.starts_with(|letter: char| letter.is_ascii_uppercase()),
        phonemes: as_spoken(phonemes),
    })
}

/// The sounds of each letter, as the model has them: one line a letter, separated by tabs.
fn inventory(words: &[Word], sounds: &[Vec<String>]) -> String {
    let mut counts: BTreeMap<(u8, &str), usize> = BTreeMap::new();
    for (word, sounds) in words.iter().zip(sounds) {
        for (letter, sound) in word.letters.iter().zip(sounds) {
            *counts.entry((*letter, sound)).or_default() += 1;
        }
    }
    let line = |letter: u8| {
        let common = counts.iter().filter(|((of, _), count)| *of == letter && **count >= RARE);
        common.map(|((_, sound), _)| *sound).collect::<Vec<_>>().join("\t") + "\n"
    };
    (b'a'..=b'z').map(line).collect()
}
