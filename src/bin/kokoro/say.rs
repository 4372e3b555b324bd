//! `kokoro say`: text to a WAV file.

use std::ffi::{OsStr, OsString};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use kokoro_wgpu::text::phonemes::MAX_PHONEMES;
use kokoro_wgpu::text::{Language, chunks, markup, ssml};
use kokoro_wgpu::{Model, Result, Speech, Synthesizer, Utterance, Voice, wav};

use crate::adapter::{self, AdapterArg};
use crate::failure::{Failure, Outcome, note};
use crate::fetch::Access;
use crate::figures::{bytes, thousands};
use crate::model::{ModelArg, Source};
use crate::output::Output;
use crate::pieces::{self, Piece};
use crate::text::{Given, TextArg};
use crate::{speak, voice};

/// Speak text into a WAV file
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    text: TextArg,
    /// WAV file to write, 16 bits, mono, 24 kHz; `-` for standard output [default: standard output, if redirected]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArg,
    /// Voice: a name, looked for beside the model, in `voices` there, in $KOKORO_VOICES and among the published ones; a
    /// blend such as af_heart:0.7,bm_george:0.3; a file; or one made from a seed
    /// [default: af_heart, for a seeded model seeded:0]
    #[arg(long, value_name = "NAME|FILE|seeded:N")]
    voice: Option<OsString>,
    /// Language: en-us, en-gb, es, fr-fr, hi, it, pt-br, or the letter its voices begin with; all but English need the
    /// program espeak-ng [default: the voice's, ef_dora speaks es]
    #[arg(long, value_name = "CODE")]
    lang: Option<Language>,
    /// The text is SSML, as one that begins with <speak> is anyway
    #[arg(long, conflicts_with_all = ["phonemes", "tokens"])]
    ssml: bool,
    /// Speed, 0.25 to 4: 2 is twice as fast
    #[arg(long, default_value = "1.0", value_parser = speed, allow_negative_numbers = true)]
    speed: f32,
    /// Seed of the noise in the voice's source: the same seed gives the same samples
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u32,
    #[command(flatten)]
    adapter: AdapterArg,
    /// Download nothing
    #[arg(long)]
    offline: bool,
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also say what was loaded, phonemes and durations, and the memory taken
    #[arg(short, long)]
    verbose: bool,
}

const EXAMPLES: &str = "Examples:
  kokoro say \"Hello there.\" -o hello.wav
  kokoro say -i chapter.txt -o chapter.wav --voice bf_emma --speed 1.2
  echo \"Hello there.\" | kokoro say | aplay
  kokoro say \"One. [pause:0.5s] Two, said [Kokoro](/kˈOkəɹO/).\" -o two.wav
  kokoro say \"<speak>One <break time='1s'/> <prosody rate='slow'>two</prosody></speak>\" -o slow.wav
  kokoro say --phonemes \"həlˈO ðˈɛɹ.\" -o hello.wav

Without the trained model, to hear noise that only shows that everything runs:
  kokoro say \"Hello there.\" -o noise.wav --model seeded:0";

/// What `--speed` takes, and what it is times a rate in the text.
const SPEEDS: RangeInclusive<f32> = 0.25..=4.0;

fn speed(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|speed| SPEEDS.contains(speed)).ok_or_else(|| "expected 0.25 to 4".to_owned())
}

pub fn run(args: &Args) -> Outcome {
    // What is quick to check comes before what takes seconds.
    let output = Output::new(args.output.as_deref())?;
    let access = Access { offline: args.offline, quiet: args.quiet };
    let source = args.model.or_published(access)?;
    let checkpoint = source.open()?;
    let voice = voice::open(args.voice.as_deref(), &source, access)?;
    let given = args.text.read(|text| args.pieces(text, &voice), args.quiet)?;
    let voices = Voices::open(voice, &given, &source, access)?;
    let context = args.adapter.open()?;
    if checkpoint.is_seeded() && !args.quiet {
        let origin = checkpoint.origin();
        note(format_args!("notice: {origin} has untrained weights: they make noise, not speech"));
    }
    let start = Instant::now();
    let model = args.model.precision.load(&context, &checkpoint)?;
    drop(checkpoint); // unmaps the file
    let mut synthesizer = Synthesizer::new(&model)?;
    let loaded = start.elapsed().as_secs_f64();
    if args.verbose {
        describe(&model, &voices.main);
    }

    let start = Instant::now();
    let samples = args.speak(&mut synthesizer, &voices, &given)?;
    let taken = start.elapsed().as_secs_f64();
    output.write(&wav::bytes(&samples)?)?;
    if args.verbose {
        let (weights, activations) = (model.resident_bytes(), synthesizer.peak_bytes());
        let all = bytes(weights + activations);
        note(format_args!("peak GPU bytes: {all}, {} of them activations", thousands(activations)));
        note(format_args!(
            "clipped: {} of {} samples",
            thousands(wav::clipped(&samples) as u64),
            thousands(samples.len() as u64)
        ));
    }
    if !args.quiet {
        let seconds = samples.len() as f64 / f64::from(kokoro_wgpu::SAMPLE_RATE);
        let name = adapter::name(context.info());
        let ratio = seconds / taken;
        note(format_args!(
            "{name}: {seconds:.2} s of audio in {taken:.2} s, {ratio:.2} times real time (after loading for {loaded:.1} s)"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn pieces(&self, text: &str, voice: &Voice) -> Result<Vec<Piece>> {
        let language =
            |name: Option<&str>| self.lang.map_or_else(|| Language::of_voice(name.unwrap_or(voice.name())), Ok);
        let segments = match self.ssml || ssml::is_ssml(text) {
            true => ssml::parse(text, language(None)?)?,
            false => markup::parse(text),
        };
        pieces::read(segments, language)
    }

    fn speak(&self, synthesizer: &mut Synthesizer, voices: &Voices, given: &Given) -> Result<Vec<f32>, Failure> {
        let mut samples = Vec::new();
        let complete = |utterance, rate: f32| {
            let speed = (self.speed * rate).clamp(*SPEEDS.start(), *SPEEDS.end());
            Utterance { speed, noise_seed: self.seed, ..utterance }
        };
        match given {
            Given::Ids(ids) => {
                let utterance = complete(Utterance::from_ids(ids, &voices.main), 1.0);
                let speech = synthesizer.synthesize_blocking(&utterance)?;
                self.keep(&mut samples, &format!("{} ids", ids.len()), &speech);
            }
            Given::Pieces(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Silence(seconds) => {
                            let count = (seconds * kokoro_wgpu::SAMPLE_RATE as f32).round() as usize;
                            samples.resize(samples.len() + count, 0.0);
                        }
                        Piece::Spoken { phonemes, rate, voice } => {
                            let voice = voices.named(voice.as_deref());
                            let chunks = chunks::split(phonemes, MAX_PHONEMES);
                            let speak = |chunk: &str| {
                                let utterance = complete(Utterance::from_phonemes(chunk, voice), *rate);
                                synthesizer.synthesize_blocking(&utterance)
                            };
                            speak::all(&chunks, speak, |chunk, speech| self.keep(&mut samples, chunk, &speech))?;
                        }
                    }
                }
            }
        }
        Ok(samples)
    }

    fn keep(&self, samples: &mut Vec<f32>, phonemes: &str, speech: &Speech) {
        samples.extend_from_slice(&speech.samples);
        if self.verbose {
            let durations: Vec<String> = speech.durations.iter().map(ToString::to_string).collect();
            let seconds = speech.seconds();
            note(format_args!("spoken: {phonemes}\ndurations of 25 ms: {} ({seconds:.2} s)", durations.join(" ")));
        }
    }
}

/// The voice of everything, and those that the text names.
struct Voices {
    main: Voice,
    named: Vec<(String, Voice)>,
}

impl Voices {
    fn open(main: Voice, given: &Given, model: &Source, access: Access) -> Result<Self, Failure> {
        let mut named: Vec<(String, Voice)> = Vec::new();
        if let Given::Pieces(pieces) = given {
            for piece in pieces {
                let Piece::Spoken { voice: Some(name), .. } = piece else { continue };
                if !named.iter().any(|(known, _)| known == name) {
                    named.push((name.clone(), voice::open(Some(OsStr::new(name)), model, access)?));
                }
            }
        }
        Ok(Self { main, named })
    }

    fn named(&self, name: Option<&str>) -> &Voice {
        let found = self.named.iter().find(|(known, _)| Some(known.as_str()) == name);
        found.map_or(&self.main, |(_, voice)| voice)
    }
}

fn describe(model: &Model, voice: &Voice) {
    note(format_args!(
        "model: {}, {} tensors, {} parameters, {} bytes resident",
        model.origin(),
        thousands(model.tensors() as u64),
        thousands(model.parameters()),
        thousands(model.resident_bytes())
    ));
    note(format_args!("voice: {}", voice.name()));
}
