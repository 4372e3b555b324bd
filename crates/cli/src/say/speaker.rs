//! Speaks content chunk by chunk.

use kokoro_wgpu::text::{Chunking, TextStream};
use kokoro_wgpu::timestamps::Timestamps;
use kokoro_wgpu::{Chunk, Narration, Result, Synthesizer, Utterance, Voice, block_on};

use super::content::Content;
use super::progress::Progress;
use super::recorder::Recorder;
use super::segments::{Segment, Segments, SpeechSegment};
use crate::failure::Failure;
use crate::interrupt;
use crate::timings::Mark;

/// Texts of more bytes than this get a progress bar.
const PROGRESS_BYTES: u64 = 400;

pub struct Speaker<'a> {
    pub synthesizer: Synthesizer,
    /// Makes a synthesizer on a new device after the loss of the old one.
    pub reopen: &'a (dyn Fn() -> Result<Synthesizer> + Sync),
    pub voice: &'a Voice,
    pub chunking: Chunking,
    /// Chunks to speak at once.
    pub batch: usize,
    pub speed: f32,
    pub noise_seed: u32,
    pub show_progress: bool,
}

impl Speaker<'_> {
    /// Speaks everything, or until Ctrl-C.
    pub fn speak(&mut self, content: Content<'_>, recorder: &mut Recorder<'_>) -> Result<(), Failure> {
        match content {
            Content::Ids(ids) => self.speak_ids(&ids, recorder),
            Content::Stream(stream, size) => self.speak_stream(stream, size, recorder),
            Content::Segments(segments) => {
                for segment in segments.iter() {
                    match segment {
                        Segment::Silence { samples } => recorder.add_silence(*samples)?,
                        Segment::Speech(segment) => self.speak_segment(&segments, segment, recorder)?,
                    }
                    if interrupt::requested() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    fn speak_ids(&mut self, ids: &[u32], recorder: &mut Recorder<'_>) -> Result<(), Failure> {
        let utterance = Utterance::from_ids(ids, self.voice);
        let utterance = utterance.with_speed(self.speed).with_noise_seed(self.noise_seed);
        let speech = block_on(self.synthesizer.synthesize(&utterance))?;
        let vocabulary = &self.synthesizer.model().config().vocab;
        let phonemes = ids.iter().filter_map(|id| vocabulary.symbol(*id)).collect();
        let (text, timestamps) = (String::new(), Timestamps::default());
        recorder.add(&Chunk { text, phonemes, speech, start: 0, timestamps }, Vec::new())
    }

    fn speak_stream(
        &mut self,
        stream: TextStream<'_>,
        text_bytes: Option<u64>,
        recorder: &mut Recorder<'_>,
    ) -> Result<(), Failure> {
        let is_long = text_bytes.is_none_or(|bytes| bytes > PROGRESS_BYTES);
        let progress = Progress::new(text_bytes, self.show_progress && is_long);
        for chunk in self.narrate(stream, self.voice, 1.0, 0) {
            let chunk = chunk?;
            recorder.add(&chunk, Vec::new())?;
            progress.add(chunk.text.len() as u64, recorder.audio_seconds());
            if interrupt::requested() {
                break;
            }
        }
        progress.finish();
        Ok(())
    }

    fn speak_segment(
        &mut self,
        segments: &Segments,
        segment: &SpeechSegment,
        recorder: &mut Recorder<'_>,
    ) -> Result<(), Failure> {
        let voice = segments.voice_of(segment, self.voice);
        let stream = TextStream::new([segment.text.as_str()], segments.g2p_of(segment), self.chunking);
        // Bytes of the segment's text before the chunk, and the marks from there on.
        let (mut offset, mut marks) = (0, segment.marks.iter().peekable());
        for chunk in self.narrate(stream, voice, segment.rate, recorder.audio.samples) {
            let chunk = chunk?;
            let end = chunk.start + chunk.speech.samples.len() as u64;
            let mut marks_inside = Vec::new();
            while let Some(mark) = marks.next_if(|mark| mark.offset < offset + chunk.text.len()) {
                let sample = chunk.timestamps.sample_at(&chunk.text, mark.offset - offset).unwrap_or(end);
                marks_inside.push(Mark { name: mark.name.clone(), sample });
            }
            offset += chunk.text.len();
            recorder.add(&chunk, marks_inside)?;
            if interrupt::requested() {
                return Ok(());
            }
        }
        let sample = recorder.audio.samples;
        recorder.add_marks(marks.map(|mark| Mark { name: mark.name.clone(), sample }).collect())
    }

    /// Narrates `stream` at `rate` times the speaker's speed. Its audio starts at sample `samples_before`.
    fn narrate<'n>(
        &'n mut self,
        stream: TextStream<'n>,
        voice: &'n Voice,
        rate: f32,
        samples_before: u64,
    ) -> Narration<'n> {
        let speed = (self.speed * rate).clamp(*Utterance::SPEEDS.start(), *Utterance::SPEEDS.end());
        let narration = self.synthesizer.narrate(stream, voice).batch(self.batch).on_device_lost(self.reopen);
        narration.speed(speed).noise_seed(self.noise_seed).after(samples_before)
    }
}
