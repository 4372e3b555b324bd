//! Speaks a book on this machine, from where the last run ended.

use std::collections::BTreeMap;

use kokoro_wgpu::Voice;

use super::plan::Part;
use super::{Engine, Folder, Plan};
use crate::failure::Failure;
use crate::interrupt;

/// What a run has done.
#[derive(Debug, Default)]
pub struct Done {
    pub chapters_spoken: usize,
    /// Chapters that were there already.
    pub chapters_kept: usize,
    pub parts_spoken: usize,
    /// Parts of unfinished chapters that were there already.
    pub parts_kept: usize,
    /// Length of the chapters spoken.
    pub audio_seconds: f64,
}

/// Speaks what is missing. At Ctrl-C it ends after the current part, and the next run continues there.
pub fn speak(
    plan: &Plan,
    parts: &BTreeMap<String, Vec<u8>>,
    voice: &Voice,
    engine: &mut Engine<'_>,
    folder: Folder,
    quiet: bool,
) -> Result<Done, Failure> {
    let mut done = Done::default();
    for (number, chapter) in plan.chapters.iter().enumerate() {
        if folder.has_chapter(plan, number) {
            done.chapters_kept += 1;
            continue;
        }
        for hash in &chapter.parts {
            if interrupt::requested() {
                return Ok(done);
            }
            if folder.has_part(hash) {
                done.parts_kept += 1;
                continue;
            }
            let part = Part::from_json(&parts[hash])?;
            folder.put_part(hash, &engine.speak(&part, voice)?)?;
            done.parts_spoken += 1;
        }
        done.audio_seconds += folder.finish_chapter(plan, number, quiet)?;
        done.chapters_spoken += 1;
    }
    folder.finish()?;
    Ok(done)
}
