//! `kokoro say`: speaks text into a file, a pipe or the sound device.

mod content;
mod progress;
mod recorder;
mod segments;
mod speaker;
mod summary;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum;
use kokoro_wgpu::text::{self, Chunking, Language, Lexicon};
use kokoro_wgpu::{Config, Model, Synthesizer, Utterance, Voice};
use serde_json::json;

use self::content::{Content, ParsedInput};
use self::recorder::Recorder;
use self::segments::{SegmentContext, Segments};
use self::speaker::Speaker;
use self::summary::Summary;
use crate::adapter::{self, AdapterArg};
use crate::audio::SoundArg;
use crate::failure::{Failure, Outcome, note};
use crate::format::{bytes, count};
use crate::model::{ConfigArg, ModelArg, ModelSource};
use crate::published::Access;
use crate::text_input::{Input, TextArg, warn_of_unknown};
use crate::timings::TimingsFile;
use crate::{interrupt, output, voice};

/// Speak text into a file or aloud
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    text: TextArg,
    #[command(flatten)]
    sound: SoundArg,
    /// Write the times of words and phonemes: FILE.json, .srt or .vtt
    ///
    /// In seconds and in samples. Phonemes have exact times. As in the Python package, neighbouring words share the space
    /// between them, and all begin and end up to 75 ms early. An SSML mark has the time of the next word; .vtt has marks as
    /// notes, .srt has none. Subtitles contain words only.
    #[arg(long, value_name = "FILE", conflicts_with = "tokens")]
    timings: Option<PathBuf>,
    /// How to split the text: into sentences, with short ones merged, or into chunks as long as possible
    #[arg(long, default_value = "sentences", value_name = "RULE")]
    split: Split,
    /// Speak up to 16 chunks at once: faster where the GPU has room, but the first audio comes later. The audio is the
    /// same
    #[arg(long)]
    batch: bool,
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    config: ConfigArg,
    /// Voice: a name; a file, or FILE:NAME for one of several voices in it; a blend such as af_heart:0.7,bm_george:0.3; or
    /// seeded:N for one made from a seed. Names are searched beside the model, in the folder `voices` there, in
    /// $KOKORO_VOICES and among the published voices [default: af_heart, for a seeded model seeded:0]
    #[arg(long, value_name = "NAME|FILE|seeded:N")]
    voice: Option<OsString>,
    /// Language: en-us, en-gb, es, fr-fr, hi, it, pt-br, zh, ja, or the first letter of a voice (e: es). The
    /// program espeak-ng must be installed for es, fr-fr, hi, it and pt-br; ja downloads a dictionary if there are kanji
    /// [default: the voice's, es for ef_dora]
    #[arg(long, value_name = "CODE")]
    lang: Option<Language>,
    /// Say words as this file has them: a word and its phonemes a line, in IPA or misaki's alphabet
    #[arg(long, value_name = "FILE", conflicts_with_all = ["phonemes", "tokens"])]
    lexicon: Option<PathBuf>,
    /// Read the text as SSML. Text of up to a megabyte that begins with <speak> is SSML anyway
    #[arg(long, conflicts_with_all = ["phonemes", "tokens"])]
    ssml: bool,
    /// Speed, 0.25 to 4: 2 is twice as fast
    #[arg(long, default_value = "1.0", value_parser = speed, allow_negative_numbers = true)]
    speed: f32,
    /// Seed of the random noise in the sound: the same seed gives the same samples
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u32,
    #[command(flatten)]
    adapter: AdapterArg,
    /// Download nothing
    #[arg(long)]
    offline: bool,
    /// Print a summary as JSON
    #[arg(long)]
    json: bool,
    /// Print errors only
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also print the model, phonemes, durations and GPU memory
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
  kokoro say hi -o hi.wav --voice voices-v1.0.npz:af_bella

Exit status: 0 success, 1 failure, 2 wrong usage, 3 the model hub cannot be reached and pip or npm is not installed,
130 stopped by Ctrl-C.

Ctrl-C stops after the current chunk (with --batch, after the first chunk of the current batch), completes the files with what
was spoken so far, and exits with status 130. A second Ctrl-C stops at once and leaves no file.

To try everything without the trained model (untrained weights make noise):
  kokoro say \"Hello there.\" -o noise.wav --model seeded:0";

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

pub fn run(args: &Args) -> Outcome {
    // What fails at once comes before downloads.
    if args.json && args.sound.is_stdout() {
        let message = "--json prints to standard output, where the audio goes: write the audio to a file with -o FILE";
        return Err(Failure::Usage(message.to_owned()));
    }
    let input = args.text.open()?;
    let destination = args.sound.open()?;
    let timings = args.timings.as_deref().map(TimingsFile::new).transpose()?;
    let lexicon = args.lexicon.as_deref().map(Lexicon::open).transpose()?;
    let access = Access::new(args.offline, args.quiet);
    let source = args.model.source_or_published(access)?;
    let checkpoint = source.open()?;
    let voice = voice::open(args.voice.as_deref(), &source, access)?;
    let config = args.config.of(&source, Some(&checkpoint))?;
    input.check(&config.vocab, args.quiet)?;
    // `check` has warned of unknown phonemes that the user gave.
    let warn = !args.quiet && !matches!(input, Input::Phonemes(_));
    // An unknown language is an error only if text is read: phonemes and ids need none.
    let language = args.language(&voice);
    let input = ParsedInput::new(input, args.ssml, &language)?;
    let g2p = input.g2p(language, &config.vocab, lexicon.as_ref(), access)?;
    let content = match input {
        // Reads to the first sentence with a phoneme, so that an empty or unreadable text fails before the model is loaded.
        ParsedInput::Plain(input) => Content::new(input, g2p.as_ref(), args.chunking(), &config.vocab)?,
        ParsedInput::MarkedUp(segments) => {
            let context = args.segment_context(lexicon.as_ref(), &voice, &config, &source, access);
            Content::Segments(Segments::open(segments, &context)?)
        }
    };
    let context = args.adapter.open()?;
    if checkpoint.is_seeded() && !args.quiet {
        let origin = checkpoint.origin();
        note(format_args!("notice: {origin} has untrained weights: they make noise, not speech"));
    }
    let start = Instant::now();
    let model = args.model.precision.load(&context, &checkpoint, &config)?;
    drop(checkpoint); // unmaps the file
    let synthesizer = Synthesizer::new(&model)?;
    let load_seconds = start.elapsed().as_secs_f64();
    if args.verbose {
        describe(&model, &voice);
    }

    interrupt::install(args.quiet);
    let timings = timings.as_ref().map(TimingsFile::begin).transpose()?;
    let mut recorder = Recorder::new(destination.begin()?, timings, &config.vocab, args.verbose);
    let reopen = || {
        log::warn!("the GPU device was lost: continuing on a new one");
        let model = args.model.precision.load(&args.adapter.open()?, &source.open()?, &config)?;
        Synthesizer::new(&model)
    };
    let mut speaker = Speaker {
        synthesizer,
        reopen: &reopen,
        voice: &voice,
        chunking: args.chunking(),
        batch: if args.batch { Synthesizer::MAX_BATCH } else { 1 },
        speed: args.speed,
        noise_seed: args.seed,
        show_progress: !args.quiet && !args.verbose,
    };
    speaker.speak(content, &mut recorder)?;
    let summary = Summary::new(&recorder, load_seconds);
    if warn {
        warn_of_unknown(&recorder.unknown);
    }
    // Without audio, Ctrl-C came before the first chunk: no file remains.
    if recorder.first_audio.is_some() {
        recorder.finish()?;
    }
    let stopped = interrupt::requested();
    if args.verbose {
        let activations = speaker.synthesizer.peak_bytes();
        let total = bytes(model.resident_bytes() + activations);
        note(format_args!("peak GPU bytes: {total}, {} of them activations", count(activations)));
        note(format_args!("clipped: {} of {} samples", count(summary.clipped), count(summary.samples)));
    }
    let adapter = adapter::name(context.info());
    if !args.quiet {
        note(summary.text(&adapter));
    }
    if args.json {
        let facts = json!({
            "file": args.sound.file().map(Path::to_string_lossy),
            "timings": args.timings.as_deref().map(Path::to_string_lossy), "model": model.origin(), "voice": voice.name(),
            "adapter": adapter, "stopped": stopped,
        });
        output::stdout(format!("{}\n", summary.json(facts)).as_bytes())?;
    }
    Ok(if stopped { ExitCode::from(interrupt::STATUS) } else { ExitCode::SUCCESS })
}

impl Args {
    fn language(&self, voice: &Voice) -> text::Result<Language> {
        self.lang.map_or_else(|| Language::of_voice(voice.name()), Ok)
    }

    fn chunking(&self) -> Chunking {
        match self.split {
            Split::Sentences => Chunking::default(),
            Split::Published => Chunking::Published,
        }
    }

    fn segment_context<'a>(
        &self,
        lexicon: Option<&'a Lexicon>,
        voice: &'a Voice,
        config: &'a Config,
        model: &'a ModelSource,
        access: Access,
    ) -> SegmentContext<'a> {
        let (lang, chunking) = (self.lang, self.chunking());
        SegmentContext { voice, lang, lexicon, chunking, vocabulary: &config.vocab, model, access }
    }
}

fn describe(model: &Model, voice: &Voice) {
    note(format_args!(
        "model: {}, {} tensors, {} parameters, {} bytes resident",
        model.origin(),
        count(model.tensors() as u64),
        count(model.parameters()),
        count(model.resident_bytes())
    ));
    note(format_args!("voice: {}", voice.name()));
}
