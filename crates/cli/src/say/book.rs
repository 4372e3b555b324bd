//! `kokoro say -i BOOK.epub`: a file for each chapter.

use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use kokoro_wgpu::Synthesizer;
use serde_json::json;

use super::Args;
use crate::book::{self, Engine, Files, Folder, Prepared};
use crate::failure::{Failure, Outcome, note};
use crate::format::clock;
use crate::published::Access;
use crate::timings::Format;
use crate::{interrupt, output};

pub fn run(args: &Args, path: &Path) -> Outcome {
    if args.ssml {
        return Err(Failure::Usage("--ssml is for a text, not for a book".to_owned()));
    }
    let timings = args.timings.as_deref().map(timings_format).transpose()?;
    let (folder, format) = args.sound.for_book(path)?;
    let access = Access::new(args.offline, args.quiet);
    let Prepared { plan, parts, voice, source, config, .. } = book::prepare(path, &args.reading, access)?;
    let opened = Folder::open(&folder, Files { format, timings })?;
    let batch = if args.batch { Synthesizer::MAX_BATCH } else { 1 };
    let mut engine = Engine::open(&args.reading.model, &source, &config, &args.adapter, batch)?;
    interrupt::install(args.quiet);
    let done = book::speak(&plan, &parts, &voice, &mut engine, opened, args.quiet)?;
    if !args.quiet {
        let kept = match (done.chapters_kept, done.parts_kept) {
            (0, 0) => String::new(),
            (chapters, parts) => format!("; {chapters} chapters and {parts} parts were there"),
        };
        let (chapters, audio) = (done.chapters_spoken, clock(done.audio_seconds));
        note(format_args!("{}: {chapters} chapters, {audio} of audio{kept}", engine.adapter));
    }
    let stopped = interrupt::requested();
    if args.json {
        let summary = json!({
            "folder": folder.to_string_lossy(), "chapters": plan.chapters.len(), "chapters_spoken": done.chapters_spoken,
            "chapters_kept": done.chapters_kept, "parts_spoken": done.parts_spoken, "parts_kept": done.parts_kept,
            "audio_seconds": done.audio_seconds, "adapter": engine.adapter, "stopped": stopped,
        });
        output::stdout(format!("{summary}\n").as_bytes())?;
    }
    Ok(if stopped { ExitCode::from(interrupt::STATUS) } else { ExitCode::SUCCESS })
}

/// The format of the timings of each chapter, in place of a file's name.
fn timings_format(argument: &Path) -> Result<Format, Failure> {
    Format::from_str(&argument.to_string_lossy(), true).map_err(|_| {
        let argument = argument.display();
        Failure::Usage(format!(
            "--timings {argument}: for a book, whose chapters have a file each, say json, srt or vtt"
        ))
    })
}
