//! `kokoro say`: speaks text into a file, a pipe or the sound device.

mod book;
mod content;
mod progress;
mod recorder;
mod segments;
mod speaker;
mod summary;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use kokoro_wgpu::text::Lexicon;
use kokoro_wgpu::{Config, Model, Synthesizer, Voice};
use serde_json::json;

use self::content::{Content, ParsedInput};
use self::recorder::Recorder;
use self::segments::{SegmentContext, Segments};
use self::speaker::Speaker;
use self::summary::Summary;
use crate::adapter::{self, AdapterArg};
use crate::audio::{Destination, SoundArg};
use crate::failure::{Failure, Outcome, note};
use crate::format::{bytes, count};
use crate::model::ModelSource;
use crate::published::Access;
use crate::reading::ReadingArg;
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
    /// Write the times of words and phonemes: FILE.json, .srt or .vtt; for a book json, srt or vtt
    ///
    /// In seconds and in samples. Phonemes have exact times. As in the Python package, neighbouring words share the space
    /// between them, and all begin and end up to 75 ms early. An SSML mark has the time of the next word; .vtt has marks as
    /// notes, .srt has none. Subtitles contain words only. A book has a file for each chapter, with marks where sections begin.
    #[arg(long, value_name = "FILE", conflicts_with = "tokens")]
    timings: Option<PathBuf>,
    /// Speak up to 16 chunks at once: faster where the GPU has room, but the first audio comes later. The audio is the
    /// same
    #[arg(long)]
    batch: bool,
    #[command(flatten)]
    reading: ReadingArg,
    /// Read the text as SSML. Text of up to a megabyte that begins with <speak> is SSML anyway
    #[arg(long, conflicts_with_all = ["phonemes", "tokens"])]
    ssml: bool,
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
  kokoro say -i book.epub -o book --format flac --timings vtt
  kokoro say hi -o hi.wav --voice voices-v1.0.npz:af_bella

A book, BOOK.epub, becomes a folder with a file for each chapter, Opus or FLAC, with marks where its sections begin. A run that was
stopped or killed continues where it was when it is started again.

Exit status: 0 success, 1 failure, 2 wrong usage, 3 the model hub cannot be reached and pip or npm is not installed,
130 stopped by Ctrl-C.

Ctrl-C stops after the current chunk (with --batch, after the first chunk of the current batch), completes the files with what
was spoken so far, and exits with status 130. A second Ctrl-C stops at once and leaves no file.

To try everything without the trained model (untrained weights make noise):
  kokoro say \"Hello there.\" -o noise.wav --model seeded:0";

pub fn run(args: &Args) -> Outcome {
    if let Some(path) = args.text.book() {
        return book::run(args, path);
    }
    // What fails at once comes before downloads.
    if args.json && args.sound.is_stdout() {
        let message = "--json prints to standard output, where the audio goes: write the audio to a file with -o FILE";
        return Err(Failure::Usage(message.to_owned()));
    }
    let input = args.text.open()?;
    let destination = args.sound.open()?;
    let timings = args.timings.as_deref().map(TimingsFile::new).transpose()?;
    args.check_outputs(&destination, timings.as_ref())?;
    let lexicon = args.reading.lexicon.as_deref().map(Lexicon::open).transpose()?;
    let access = Access::new(args.offline, args.quiet);
    let source = args.reading.model.source_or_published(access)?;
    let checkpoint = source.open()?;
    let voice = voice::open(args.reading.voice.as_deref(), &source, access)?;
    let config = args.reading.config.of(&source, Some(&checkpoint))?;
    input.check(&config.vocab, args.quiet)?;
    // `check` has warned of unknown phonemes that the user gave.
    let warn = !args.quiet && !matches!(input, Input::Phonemes(_));
    // An unknown language is an error only if text is read: phonemes and ids need none.
    let language = args.reading.language(&voice);
    let input = ParsedInput::new(input, args.ssml, &language)?;
    let g2p = input.g2p(language, &config.vocab, lexicon.as_ref(), access)?;
    let content = match input {
        // Reads to the first sentence with a phoneme, so that an empty or unreadable text fails before the model is loaded.
        ParsedInput::Plain(input) => Content::new(input, g2p.as_ref(), args.reading.chunking(), &config.vocab)?,
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
    let model = args.reading.model.precision.load(&context, &checkpoint, &config)?;
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
        let model = args.reading.model.precision.load(&args.adapter.open()?, &source.open()?, &config)?;
        Synthesizer::new(&model)
    };
    let mut speaker = Speaker {
        synthesizer,
        reopen: &reopen,
        voice: &voice,
        chunking: args.reading.chunking(),
        batch: if args.batch { Synthesizer::MAX_BATCH } else { 1 },
        speed: args.reading.speed,
        noise_seed: args.reading.seed,
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
    /// Refuses to write over a file that is read, and both results into one file.
    fn check_outputs(&self, destination: &Destination, timings: Option<&TimingsFile>) -> Result<(), Failure> {
        let reading = &self.reading;
        let inputs = [
            ("-i", self.text.file()),
            ("--voice", reading.voice.as_deref().map(Path::new)),
            ("--lexicon", reading.lexicon.as_deref()),
            ("--model", reading.model.file()),
            ("--config", reading.config.file()),
        ];
        let outputs = [("-o", destination.output()), ("--timings", timings.map(TimingsFile::output))];
        for (option, output) in outputs.into_iter().filter_map(|(option, output)| Some((option, output?))) {
            let same = inputs.iter().find(|(_, input)| input.is_some_and(|input| output.is(input)));
            if let Some((input, path)) = same {
                let path = path.unwrap_or(Path::new("")).display();
                return Err(Failure::Usage(format!("{option} would write over {path}, which {input} reads")));
            }
        }
        if self.timings.is_some() && self.timings.as_deref() == self.sound.file() {
            return Err(Failure::Usage("-o and --timings name the same file".to_owned()));
        }
        Ok(())
    }

    fn segment_context<'a>(
        &self,
        lexicon: Option<&'a Lexicon>,
        voice: &'a Voice,
        config: &'a Config,
        model: &'a ModelSource,
        access: Access,
    ) -> SegmentContext<'a> {
        let (lang, chunking) = (self.reading.lang, self.reading.chunking());
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
