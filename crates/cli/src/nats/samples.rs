//! The samples of parts in the object store: chunks, and then a name for them. A worker that is suspended between the two finds
//! no chunks any more if another has taken them for leftovers, and would give a name to nothing.

use std::collections::HashMap;

use async_nats::header;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::object_store::{InfoErrorKind, ObjectInfo};
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};

use super::{SAMPLES, Server, failed, get, name_subject};
use crate::failure::Failure;

/// What the store has of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    Nothing,
    /// A name whose chunks are missing, or some of them.
    Broken,
    Whole,
}

/// How often samples are stored that something has removed meanwhile, before the part is left to another time.
const TRIES: usize = 2;
/// Bytes of a chunk, as in the other clients of object stores.
const CHUNK: usize = 128 * 1024;

/// The name of a part's samples.
pub fn samples_name(book: &str, hash: &str) -> String {
    format!("{book}/{hash}")
}

/// The subject of the chunks of samples.
pub fn chunks_subject(nuid: &str) -> String {
    format!("$O.{SAMPLES}.C.{nuid}")
}

impl Server {
    /// What there is under this name, by the number of chunks.
    pub async fn stored(&self, name: &str) -> Result<Stored, Failure> {
        let info = match self.samples.info(name).await {
            Ok(info) if info.deleted => return Ok(Stored::Nothing),
            Ok(info) => info,
            Err(error) if error.kind() == InfoErrorKind::NotFound => return Ok(Stored::Nothing),
            Err(error) => return Err(failed("look for a part")(error)),
        };
        let chunks = self.samples_stream.info_with_subjects(chunks_subject(&info.nuid)).await;
        let chunks = chunks.map_err(failed("look for a part"))?.map_ok(|(_, chunks)| chunks);
        let chunks: Vec<usize> = chunks.try_collect().await.map_err(failed("look for a part"))?;
        Ok(if chunks.iter().sum::<usize>() == info.chunks { Stored::Whole } else { Stored::Broken })
    }

    /// Stores the samples of a part, and looks whether they are there.
    pub async fn store(&self, name: &str, samples: &[u8]) -> Result<(), Failure> {
        for _ in 0..TRIES {
            self.put_samples(name, samples).await?;
            if self.stored(name).await? == Stored::Whole {
                return Ok(());
            }
            log::warn!("samples of {name} were removed before they were stored whole");
        }
        Err(failed("keep samples")("they were removed each time"))
    }

    /// Writes chunks and their name, unless another worker has given the name to its own since this one began: the part may be
    /// done then, so that nobody would mend what this one breaks and does not live to look at. The client's own `put` knows no
    /// such condition.
    async fn put_samples(&self, name: &str, samples: &[u8]) -> Result<(), Failure> {
        let subject = name_subject(SAMPLES, name);
        let (before, sequence) = match self.samples_stream.get_last_raw_message_by_subject(&subject).await {
            Ok(message) => (serde_json::from_slice::<ObjectInfo>(&message.payload).ok(), message.sequence),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => (None, 0),
            Err(error) => return Err(failed("look for a part")(error)),
        };
        // Looked for after the message, so that what is named from here on is noticed by the server.
        if self.stored(name).await? == Stored::Whole {
            return Ok(());
        }
        let nuid = self.context.client().new_inbox().replace('.', "");
        let chunks = chunks_subject(&nuid);
        for chunk in samples.chunks(CHUNK) {
            let sent = self.context.publish(chunks.clone(), chunk.to_vec().into()).await;
            sent.map_err(failed("write into the store"))?.await.map_err(failed("write into the store"))?;
        }
        let info = ObjectInfo {
            name: name.to_owned(),
            description: None,
            metadata: HashMap::new(),
            headers: None,
            options: None,
            bucket: SAMPLES.to_owned(),
            nuid,
            size: samples.len(),
            chunks: samples.len().div_ceil(CHUNK),
            modified: None,
            digest: Some(format!("SHA-256={}", BASE64_URL_SAFE.encode(Sha256::digest(samples)))),
            deleted: false,
        };
        let info = serde_json::to_vec(&info).map_err(failed("write into the store"))?;
        let message = PublishMessage::build().payload(info.into()).expected_last_subject_sequence(sequence);
        let message = message.header(header::NATS_ROLLUP, "sub"); // replaces what had the name
        let sent = self.context.send_publish(subject, message).await.map_err(failed("write into the store"))?;
        let replaced = match sent.await {
            Ok(_) => before.map(|info| chunks_subject(&info.nuid)),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Some(chunks),
            Err(error) => return Err(failed("write into the store")(error)),
        };
        if let Some(chunks) = replaced {
            self.samples_stream.purge().filter(chunks).await.map_err(failed("remove leftovers"))?;
        }
        Ok(())
    }

    /// The samples of a part, if they are there. Broken ones are not read: what is missing would be waited for.
    pub async fn samples(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        match self.stored(name).await? {
            Stored::Whole => get(&self.samples, name).await,
            Stored::Nothing => Ok(None),
            Stored::Broken => Err(failed("read samples")(format_args!(
                "{name} is not whole. If no worker is at it, submit the book again"
            ))),
        }
    }
}
