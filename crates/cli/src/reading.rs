//! Options for how text is read: the model, the voice, the language.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;
use kokoro_wgpu::text::{self, Chunking, Language};
use kokoro_wgpu::{Utterance, Voice};

use crate::model::{ConfigArg, ModelArg};

#[derive(clap::Args)]
pub struct ReadingArg {
    /// How to split the text: into sentences, with short ones merged, or into chunks as long as possible
    #[arg(long, default_value = "sentences", value_name = "RULE")]
    split: Split,
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub config: ConfigArg,
    /// Voice: a name; a file, or FILE:NAME for one of several voices in it; a blend such as af_heart:0.7,bm_george:0.3; or
    /// seeded:N for one made from a seed. Names are searched beside the model, in the folder `voices` there, in
    /// $KOKORO_VOICES and among the published voices [default: af_heart, for a seeded model seeded:0]
    #[arg(long, value_name = "NAME|FILE|seeded:N")]
    pub voice: Option<OsString>,
    /// Language: en-us, en-gb, es, fr-fr, hi, it, pt-br, zh, ja, or the first letter of a voice (e: es). The
    /// program espeak-ng must be installed for es, fr-fr, hi, it and pt-br; ja downloads a dictionary if there are kanji
    /// [default: the voice's, es for ef_dora]
    #[arg(long, value_name = "CODE")]
    pub lang: Option<Language>,
    /// Say words as this file has them: a word and its phonemes a line, in IPA or misaki's alphabet
    #[arg(long, value_name = "FILE")]
    pub lexicon: Option<PathBuf>,
    /// Speed, 0.25 to 4: 2 is twice as fast
    #[arg(long, default_value = "1.0", value_parser = speed, allow_negative_numbers = true)]
    pub speed: f32,
    /// Seed of the random noise in the sound: the same seed gives the same samples
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Split {
    /// By sentences
    Sentences,
    /// Up to 510 phonemes, as the Python package
    Published,
}

fn speed(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|speed| Utterance::SPEEDS.contains(speed)).ok_or_else(|| "expected 0.25 to 4".to_owned())
}

impl ReadingArg {
    pub fn language(&self, voice: &Voice) -> text::Result<Language> {
        self.lang.map_or_else(|| Language::of_voice(voice.name()), Ok)
    }

    pub fn chunking(&self) -> Chunking {
        match self.split {
            Split::Sentences => Chunking::default(),
            Split::Published => Chunking::Published,
        }
    }
}
