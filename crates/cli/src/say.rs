//! `kokoro say`: text to sound.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum;
use kokoro_wgpu::text::markup::{self, Segment};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{self, Chunking, G2p, Language, Phonemes, TextStream, ssml};
use kokoro_wgpu::timestamps::Timestamps;
use kokoro_wgpu::{Chunk, Model, Result, SAMPLE_RATE, Synthesizer, Utterance, Voice};

use serde_json::json;

use crate::adapter::{self, AdapterArg};
use crate::audio::{Audio, SoundArg};
use crate::failure::{Failure, Outcome, note};
use crate::fetch::Access;
use crate::figures::{bytes, thousands};
use crate::model::{ConfigArg, ModelArg};
use crate::parts::{Part, Parts};
use crate::progress::Progress;
use crate::text::{Given, Source, TextArg, warn_of};
use crate::timings::{self, Mark, TimingsFile};
use crate::{interrupt, output, voice};

/// Bytes of text that are worth a progress bar.
const LONG: u64 = 400;

/// Speak text into a file or aloud
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    text: TextArg,
    #[command(flatten)]
    sound: SoundArg,
    /// Write when each word and phoneme is spoken: FILE.json, .srt, .vtt or .tsv
    ///
    /// Times are exact, in seconds and in samples. Words follow the rule of the Python package: they begin up to 75 ms
    /// before their first phoneme. SSML marks are named with the sample at which the next word begins, in .vtt as notes;
    /// .srt has no place for them. Subtitles have words only.
    #[arg(long, value_name = "FILE", conflicts_with = "tokens")]
    timings: Option<PathBuf>,
    /// What is spoken at once: whole sentences, short ones merged and the first one soon, or as many as fit
    #[arg(long, default_value = "sentences", value_name = "RULE")]
    split: Split,
    /// Speak up to 16 passages at once: sooner done where the GPU has room, but the first sound comes later. The sound
    /// stays the same
    #[arg(long)]
    batch: bool,
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    config: ConfigArg,
    /// Voice: a name, looked for beside the model, in `voices` there, in $KOKORO_VOICES and among the published ones; a
    /// blend such as af_heart:0.7,bm_george:0.3; a file; or one made from a seed
    /// [default: af_heart, for a seeded model seeded:0]
    #[arg(long, value_name = "NAME|FILE|seeded:N")]
    voice: Option<OsString>,
    /// Language: en-us, en-gb, es, fr-fr, hi, it, pt-br, zh, ja (kana only), or the letter its voices begin with; es to
    /// pt-br need the program espeak-ng [default: the voice's, ef_dora speaks es]
    #[arg(long, value_name = "CODE")]
    lang: Option<Language>,
    /// The text is SSML, as one of up to a megabyte that begins with <speak> is anyway
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
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
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
  kokoro say \"Hello there.\" --play
  kokoro say -i chapter.txt -o chapter.flac --play
  kokoro say -i lines.txt -o lines.wav --batch
  kokoro say -i chapter.txt --raw | ffplay -f s16le -ar 24000 -
  kokoro say -i chapter.txt -o chapter.wav --timings chapter.srt
  kokoro say \"One. [pause:0.5s] Two, said [Kokoro](/kˈOkəɹO/).\" -o two.wav
  kokoro say \"<speak>One <break time='1s'/> <prosody rate='slow'>two</prosody></speak>\" -o slow.wav
  kokoro say --phonemes \"həlˈO ðˈɛɹ.\" -o hello.wav

Exit status: 0 success, 1 failure, 2 wrong usage, 3 the hub is out of reach and pip or npm is not installed,
130 stopped by Ctrl-C.

Ctrl-C stops after the chunk that is being spoken (with --batch, after the first of them), finishes the files with what was spoken so far, and ends with status
130. A second Ctrl-C stops at once and leaves no file.

Without the trained model, to hear noise that only shows that everything runs:
  kokoro say \"Hello there.\" -o noise.wav --model seeded:0";

/// What `--speed` takes, and what it is times a rate in the text.
const SPEEDS: RangeInclusive<f32> = 0.25..=4.0;

#[derive(Clone, Copy, ValueEnum)]
enum Split {
    /// By sentences
    Sentences,
    /// Up to 510 phonemes, as the Python package
    Published,
}

fn speed(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|speed| SPEEDS.contains(speed)).ok_or_else(|| "expected 0.25 to 4".to_owned())
}

pub fn run(args: &Args) -> Outcome {
    // What is quick to check comes before what takes seconds.
    if args.json && args.sound.is_stdout() {
        return Err(Failure::Usage("--json: standard output has the sound; name a file with -o FILE".to_owned()));
    }
    let sound = args.sound.open()?;
    let timings = args.timings.as_deref().map(TimingsFile::new).transpose()?;
    let access = Access::new(args.offline, args.quiet);
    let source = args.model.or_published(access)?;
    let checkpoint = source.open()?;
    let voice = voice::open(args.voice.as_deref(), &source, access)?;
    let config = args.config.of(&source, Some(&checkpoint))?;
    let given = args.text.read(&config.vocab, args.quiet)?;
    let language = args.language(voice.name());
    let (given, marked_up) = args.marked_up(given, &language)?;
    let parts = Parts::open(marked_up, args, voice, &config.vocab, &source, access)?;
    let g2p: Box<dyn G2p> = match given {
        Some(Given::Text(_)) => language?.reader_for(&config.vocab)?,
        _ => Box::new(Phonemes),
    };
    // Phonemes that were given have been checked.
    let warns = !args.quiet && !matches!(given, Some(Given::Phonemes(_)));
    let work = given.map(|given| args.work(given, g2p.as_ref(), &config.vocab)).transpose()?;
    let context = args.adapter.open()?;
    if checkpoint.is_seeded() && !args.quiet {
        let origin = checkpoint.origin();
        note(format_args!("notice: {origin} has untrained weights: they make noise, not speech"));
    }
    let start = Instant::now();
    let model = args.model.precision.load(&context, &checkpoint, &config)?;
    drop(checkpoint); // unmaps the file
    let mut synthesizer = Synthesizer::new(&model)?;
    let loaded = start.elapsed().as_secs_f64();
    if args.verbose {
        describe(&model, &parts.voice);
    }

    interrupt::watch(args.quiet);
    let start = Instant::now();
    let mut results = Results {
        audio: sound.begin()?,
        timings: timings.as_ref().map(TimingsFile::begin).transpose()?,
        vocabulary: &config.vocab,
        unknown: BTreeSet::new(),
        start,
        first: None,
        verbose: args.verbose,
    };
    let reopen = || {
        log::warn!("the GPU device was lost: going on with a new one");
        let model = args.model.precision.load(&args.adapter.open()?, &source.open()?, &config)?;
        Synthesizer::new(&model)
    };
    match work {
        Some(work) => args.speak(&mut synthesizer, &reopen, &parts.voice, work, &mut results)?,
        None => args.speak_parts(&mut synthesizer, &reopen, &parts, &mut results)?,
    }
    let taken = start.elapsed().as_secs_f64();
    let (samples, clipped) = (results.audio.samples, results.audio.clipped);
    let first = results.first.unwrap_or(taken);
    if warns {
        warn_of(&results.unknown);
    }
    if results.first.is_some() {
        results.finish()?;
    }
    let stopped = interrupt::asked();
    if args.verbose {
        let (weights, activations) = (model.resident_bytes(), synthesizer.peak_bytes());
        let all = bytes(weights + activations);
        note(format_args!("peak GPU bytes: {all}, {} of them activations", thousands(activations)));
        note(format_args!("clipped: {} of {} samples", thousands(clipped), thousands(samples)));
    }
    let (name, seconds) = (adapter::name(context.info()), seconds(samples));
    let ratio = seconds / taken;
    if !args.quiet {
        note(format_args!(
            "{name}: {seconds:.2} s of audio in {taken:.2} s, the first after {first:.2} s, {ratio:.2} times real time \
             (after loading for {loaded:.1} s)"
        ));
    }
    if args.json {
        let facts = json!({
            "file": args.sound.file(), "samples": samples, "sample_rate": SAMPLE_RATE, "audio_seconds": seconds,
            "seconds": taken, "first_audio_seconds": first, "times_real_time": ratio, "load_seconds": loaded,
            "clipped": clipped, "stopped": stopped, "model": model.origin(), "voice": parts.voice.name(),
            "adapter": name, "timings": args.timings,
        });
        output::stdout(format!("{facts}\n").as_bytes())?;
    }
    Ok(if stopped { ExitCode::from(interrupt::STATUS) } else { ExitCode::SUCCESS })
}

fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(SAMPLE_RATE)
}

/// What is to be spoken, checked.
enum Work<'a> {
    TextStream(TextStream<'a>, Option<u64>),
    Ids(Vec<u32>),
}

impl Args {
    pub fn language(&self, voice: &str) -> text::Result<Language> {
        self.lang.map_or_else(|| Language::of_voice(voice), Ok)
    }

    pub fn chunking(&self) -> Chunking {
        match self.split {
            Split::Sentences => Chunking::default(),
            Split::Published => Chunking::Published,
        }
    }

    /// Text chunks of a narration.
    fn at_once(&self) -> usize {
        if self.batch { usize::MAX } else { 1 }
    }

    /// What is given, or the segments of a text that has markup.
    fn marked_up(
        &self,
        given: Given,
        language: &text::Result<Language>,
    ) -> Result<(Option<Given>, Vec<Segment>), Failure> {
        let text = match given {
            Given::Text(source) if self.ssml || source.is_short() => source.whole()?,
            given => return Ok((Some(given), Vec::new())),
        };
        if self.ssml || ssml::is_ssml(&text) {
            let language = *language.as_ref().unwrap_or(&Language::AmericanEnglish);
            return Ok((None, ssml::parse(&text, language)?));
        }
        let segments = markup::parse(&text);
        match segments.iter().any(|segment| matches!(segment, Segment::Silence { .. })) {
            true => Ok((None, segments)),
            false => Ok((Some(Given::Text(Source::Argument(text))), Vec::new())),
        }
    }

    fn work<'a>(&self, given: Given, g2p: &'a dyn G2p, vocabulary: &Vocabulary) -> text::Result<Work<'a>> {
        let chunking = self.chunking();
        let (mut script, size) = match given {
            Given::Ids(ids) => return Ok(Work::Ids(ids)),
            Given::Phonemes(phonemes) => (TextStream::new([phonemes], g2p, Chunking::Published), None),
            Given::Text(source) => {
                let size = source.size();
                (source.script(g2p, chunking), size)
            }
        };
        match script.is_silent(vocabulary)? {
            true => {
                Err(text::Error::Unspeakable { reason: "it is empty, or has nothing that can be spoken".to_owned() })
            }
            false => Ok(Work::TextStream(script, size)),
        }
    }

    fn speak(
        &self,
        synthesizer: &mut Synthesizer,
        reopen: &(dyn Fn() -> Result<Synthesizer> + Sync),
        voice: &Voice,
        work: Work<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Failure> {
        let (script, size) = match work {
            Work::Ids(ids) => {
                let utterance = Utterance::from_ids(&ids, voice);
                let utterance = Utterance { speed: self.speed, noise_seed: self.seed, ..utterance };
                let speech = synthesizer.synthesize_blocking(&utterance)?;
                let (text, phonemes) = (String::new(), format!("{} ids", ids.len()));
                let chunk = Chunk { text, phonemes, speech, start: 0, timestamps: Timestamps::default() };
                return results.add(&chunk, Vec::new());
            }
            Work::TextStream(script, size) => (script, size),
        };
        let progress = Progress::new(size, !self.quiet && !self.verbose && size.is_none_or(|size| size > LONG));
        let narration = synthesizer.narrate(script, voice).batch(self.at_once()).on_device_lost(reopen);
        for chunk in narration.speed(self.speed).noise_seed(self.seed) {
            let chunk = chunk?;
            results.add(&chunk, Vec::new())?;
            progress.add(chunk.text.len() as u64, seconds(results.audio.samples));
            if interrupt::asked() {
                break;
            }
        }
        progress.finish();
        Ok(())
    }

    /// Text with markup: every stretch in its own voice, language and rate, and the silences between.
    fn speak_parts(
        &self,
        synthesizer: &mut Synthesizer,
        reopen: &(dyn Fn() -> Result<Synthesizer> + Sync),
        parts: &Parts,
        results: &mut Results<'_>,
    ) -> Result<(), Failure> {
        for part in &parts.parts {
            let (text, rate, voice, reader, marks) = match part {
                Part::Silence(samples) => {
                    results.audio.add(&vec![0.0; *samples])?;
                    continue;
                }
                Part::Spoken { text, rate, voice, reader, marks } => (text, *rate, *voice, *reader, marks),
            };
            let voice = voice.map_or(&parts.voice, |at| &parts.named[at].1);
            let script = TextStream::new([text.as_str()], parts.readers[reader].1.as_ref(), self.chunking());
            let speed = (self.speed * rate).clamp(*SPEEDS.start(), *SPEEDS.end());
            let before = results.audio.samples;
            // Bytes of the text that were spoken, and its marks that were not passed.
            let (mut done, mut marks) = (0, marks.iter().peekable());
            let narration = synthesizer.narrate(script, voice).batch(self.at_once()).on_device_lost(reopen);
            for chunk in narration.speed(speed).noise_seed(self.seed).after(before) {
                let chunk = chunk?;
                let end = chunk.start + chunk.speech.samples.len() as u64;
                let mut inside = Vec::new();
                while let Some(mark) = marks.next_if(|mark| mark.offset < done + chunk.text.len()) {
                    let sample = chunk.timestamps.sample_at(&chunk.text, mark.offset - done).unwrap_or(end);
                    inside.push(Mark { name: mark.name.clone(), sample });
                }
                done += chunk.text.len();
                results.add(&chunk, inside)?;
                if interrupt::asked() {
                    return Ok(());
                }
            }
            let sample = results.audio.samples;
            let rest: Vec<Mark> = marks.map(|mark| Mark { name: mark.name.clone(), sample }).collect();
            if let (Some(timings), false) = (&mut results.timings, rest.is_empty()) {
                timings.mark(rest)?;
            }
        }
        Ok(())
    }
}

/// What is made, as it is made.
struct Results<'a> {
    audio: Audio<'a>,
    timings: Option<timings::Writer<'a>>,
    vocabulary: &'a Vocabulary,
    /// Phonemes that the model has no ids for.
    unknown: BTreeSet<char>,
    start: Instant,
    /// Seconds until there was something to hear.
    first: Option<f64>,
    verbose: bool,
}

impl Results<'_> {
    fn add(&mut self, chunk: &Chunk, marks: Vec<Mark>) -> Result<(), Failure> {
        // Marks that other languages have are no loss.
        self.unknown.extend(self.vocabulary.unknown(&chunk.phonemes).filter(|symbol| symbol.is_alphanumeric()));
        self.audio.add(&chunk.speech.samples)?;
        self.first.get_or_insert_with(|| self.start.elapsed().as_secs_f64());
        if let Some(timings) = &mut self.timings {
            timings.add(chunk, marks)?;
        }
        if self.verbose {
            let durations: Vec<String> = chunk.speech.durations.iter().map(ToString::to_string).collect();
            let (phonemes, seconds) = (&chunk.phonemes, chunk.speech.seconds());
            note(format_args!("spoken: {phonemes}\ndurations of 25 ms: {} ({seconds:.2} s)", durations.join(" ")));
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        let samples = self.audio.samples;
        self.audio.finish()?;
        self.timings.map_or(Ok(()), |timings| timings.finish(samples))
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
