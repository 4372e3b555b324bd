//! Objects in the store: chunks, and then a name for them. A worker that is suspended between the two finds no chunks any more if
//! another has taken them for leftovers, and would give a name to nothing.

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

use super::{PARTS, Server, failed, get, name_subject};
use crate::failure::Failure;

/// What the store has of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    Nothing,
    /// A name whose chunks are missing, or some of them.
    Broken,
    Whole,
}

/// What has a name, and the number of the message that says so.
struct Named {
    nuid: Option<String>,
    sequence: u64,
}

/// How often an object is stored that something has removed meanwhile, before the part is left to another time.
const TRIES: usize = 2;
/// Bytes of a chunk, as in the other clients of object stores.
const CHUNK: usize = 128 * 1024;

/// The subject of an object's chunks.
pub fn chunks_subject(nuid: &str) -> String {
    format!("$O.{PARTS}.C.{nuid}")
}

impl Server {
    /// What there is under this name, by the number of chunks.
    async fn stored(&self, name: &str) -> Result<Stored, Failure> {
        let info = match self.parts.info(name).await {
            Ok(info) if info.deleted => return Ok(Stored::Nothing),
            Ok(info) => info,
            Err(error) if error.kind() == InfoErrorKind::NotFound => return Ok(Stored::Nothing),
            Err(error) => return Err(failed("look for an object")(error)),
        };
        let chunks = self.parts_stream.info_with_subjects(chunks_subject(&info.nuid)).await;
        let chunks = chunks.map_err(failed("look for an object"))?.map_ok(|(_, chunks)| chunks);
        let chunks: Vec<usize> = chunks.try_collect().await.map_err(failed("look for an object"))?;
        Ok(if chunks.iter().sum::<usize>() == info.chunks { Stored::Whole } else { Stored::Broken })
    }

    pub async fn has_object(&self, name: &str) -> Result<bool, Failure> {
        Ok(self.stored(name).await? == Stored::Whole)
    }

    /// Stores an object, and looks whether it is there.
    pub async fn put_object(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        for _ in 0..TRIES {
            self.try_put(name, bytes).await?;
            if self.has_object(name).await? {
                return Ok(());
            }
            log::warn!("{name} was removed before it was stored whole");
        }
        Err(failed("keep an object")("it was removed each time"))
    }

    /// Writes chunks and their name, unless another worker has given the name to its own since this one began: the part may be
    /// done then, so that nobody would mend what this one breaks and does not live to look at. The client's own `put` knows no
    /// such condition.
    async fn try_put(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let before = self.named(name).await?;
        // Looked for after the message, so that what is named from here on is noticed by the server.
        if self.has_object(name).await? {
            return Ok(());
        }
        let object = self.put_chunks(name, bytes).await?;
        let chunks = object.nuid.clone();
        let replaced = if self.give_name(object, before.sequence).await? { before.nuid } else { Some(chunks) };
        if let Some(nuid) = replaced {
            let purged = self.parts_stream.purge().filter(chunks_subject(&nuid)).await;
            purged.map_err(failed("remove leftovers"))?;
        }
        Ok(())
    }

    async fn named(&self, name: &str) -> Result<Named, Failure> {
        match self.parts_stream.get_last_raw_message_by_subject(&name_subject(PARTS, name)).await {
            Ok(message) => {
                let object = serde_json::from_slice::<ObjectInfo>(&message.payload).ok();
                Ok(Named { nuid: object.map(|object| object.nuid), sequence: message.sequence })
            }
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {
                Ok(Named { nuid: None, sequence: 0 })
            }
            Err(error) => Err(failed("look for an object")(error)),
        }
    }

    /// Writes chunks that have no name yet.
    async fn put_chunks(&self, name: &str, bytes: &[u8]) -> Result<ObjectInfo, Failure> {
        let nuid = self.context.client().new_inbox().replace('.', "");
        let subject = chunks_subject(&nuid);
        for chunk in bytes.chunks(CHUNK) {
            let sent = self.context.publish(subject.clone(), chunk.to_vec().into()).await;
            sent.map_err(failed("write into the store"))?.await.map_err(failed("write into the store"))?;
        }
        Ok(ObjectInfo {
            name: name.to_owned(),
            description: None,
            metadata: HashMap::new(),
            headers: None,
            options: None,
            bucket: PARTS.to_owned(),
            nuid,
            size: bytes.len(),
            chunks: bytes.len().div_ceil(CHUNK),
            modified: None,
            digest: Some(format!("SHA-256={}", BASE64_URL_SAFE.encode(Sha256::digest(bytes)))),
            deleted: false,
        })
    }

    /// Gives an object its name if the last message of that name is still this one; returns whether it was.
    async fn give_name(&self, object: ObjectInfo, sequence: u64) -> Result<bool, Failure> {
        let subject = name_subject(PARTS, &object.name);
        let info = serde_json::to_vec(&object).map_err(failed("write into the store"))?;
        let message = PublishMessage::build().payload(info.into()).expected_last_subject_sequence(sequence);
        let message = message.header(header::NATS_ROLLUP, "sub"); // replaces what had the name
        let sent = self.context.send_publish(subject, message).await.map_err(failed("write into the store"))?;
        match sent.await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(false),
            Err(error) => Err(failed("write into the store")(error)),
        }
    }

    /// An object, if it is there. A broken one is not read: what is missing would be waited for.
    pub async fn object(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        match self.stored(name).await? {
            Stored::Whole => get(&self.parts, name).await,
            Stored::Nothing => Ok(None),
            Stored::Broken => Err(failed("read from the store")(format_args!(
                "{name} is not whole. If no worker is at it, submit the book again"
            ))),
        }
    }
}
