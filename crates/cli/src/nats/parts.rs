//! What the store has of a book beside its plan: the samples and timings of each part, and the voice that speaks them.

use kokoro_wgpu::Voice;

use super::{PARTS, Server, failed, remove};
use crate::book::{self, Part, Spoken, VoiceIdentity};
use crate::failure::Failure;

/// The name of a part's samples.
fn samples_name(book: &str, hash: &str) -> String {
    format!("{book}/{hash}")
}

/// The name of a part's timings.
fn timings_name(book: &str, hash: &str) -> String {
    format!("{book}/{hash}.timings")
}

fn voice_name(book: &str) -> String {
    format!("{book}/voice")
}

impl Server {
    /// Whether a part is there, whole.
    pub async fn has_part(&self, book: &str, hash: &str) -> Result<bool, Failure> {
        Ok(self.has_object(&samples_name(book, hash)).await? && self.has_object(&timings_name(book, hash)).await?)
    }

    pub async fn put_part(&self, book: &str, hash: &str, part: &Spoken) -> Result<(), Failure> {
        self.put_object(&timings_name(book, hash), &part.timings).await?;
        self.put_object(&samples_name(book, hash), &part.samples).await
    }

    /// A part, if it is there.
    pub async fn part(&self, book: &str, hash: &str) -> Result<Option<Spoken>, Failure> {
        // In the order in which they were stored, so that it is told of broken timings without samples.
        let Some(timings) = self.object(&timings_name(book, hash)).await? else { return Ok(None) };
        let samples = self.object(&samples_name(book, hash)).await?;
        Ok(samples.map(|samples| Spoken { samples, timings }))
    }

    pub async fn put_voice(&self, book: &str, voice: &Voice) -> Result<(), Failure> {
        self.put_object(&voice_name(book), &book::voice_bytes(voice)).await
    }

    /// The voice that a part of this book needs.
    pub async fn voice(&self, book: &str, part: &Part) -> Result<Option<Voice>, Failure> {
        let Some(bytes) = self.object(&voice_name(book)).await? else { return Ok(None) };
        let voice = book::voice_from_bytes(&bytes)?;
        match VoiceIdentity::new(&voice) == part.voice {
            true => Ok(Some(voice)),
            false => Err(failed("read the voice")("it is another one than the part was made for")),
        }
    }

    /// Removes the voice and these parts of a book.
    pub async fn remove_parts(&self, book: &str, hashes: impl IntoIterator<Item = &String>) -> Result<(), Failure> {
        for hash in hashes {
            for name in [samples_name(book, hash), timings_name(book, hash)] {
                remove(&self.context, PARTS, &self.parts, &name).await?;
            }
        }
        remove(&self.context, PARTS, &self.parts, &voice_name(book)).await
    }
}
