//! Parts that failed: a record of each by its subject, until it is spoken or its book is submitted again. Without one a part that
//! can never be spoken would be tried for ever, and nobody would be told why its book is not finished.

use async_nats::jetstream::Context;
use async_nats::jetstream::stream::{self, LastRawMessageErrorKind, Stream};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::{Server, failed};
use crate::failure::Failure;

/// How often a part is tried. A first worker that dies of it leaves no record, so that there may be one try more.
pub const MAX_TRIES: u32 = 5;
/// The stream of the records.
const TRIES: &str = "KOKORO_TRIES";

/// How often speaking a part was tried, and what came of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tries {
    pub count: u32,
    /// What went wrong at last.
    pub error: String,
    /// Whether it is tried no more.
    pub given_up: bool,
}

/// The subject of a part's record.
fn subject(book: &str, hash: &str) -> String {
    format!("kokoro.tries.{book}.{hash}")
}

/// The subjects of a book's records.
fn book_subjects(book: &str) -> String {
    format!("kokoro.tries.{book}.*")
}

pub async fn stream(context: &Context) -> Result<Stream, Failure> {
    let config = stream::Config {
        name: TRIES.to_owned(),
        subjects: vec!["kokoro.tries.>".to_owned()],
        max_messages_per_subject: 1,
        ..stream::Config::default()
    };
    context.get_or_create_stream(config).await.map_err(failed("make the records of tries"))
}

impl Server {
    /// What is recorded of a part.
    pub async fn tries(&self, book: &str, hash: &str) -> Result<Option<Tries>, Failure> {
        self.tries_of(&subject(book, hash)).await
    }

    async fn tries_of(&self, subject: &str) -> Result<Option<Tries>, Failure> {
        match self.tries_stream.get_last_raw_message_by_subject(subject).await {
            Ok(message) => serde_json::from_slice(&message.payload).map_err(failed("read a record of tries")).map(Some),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(failed("read a record of tries")(error)),
        }
    }

    pub async fn record_tries(&self, book: &str, hash: &str, tries: &Tries) -> Result<(), Failure> {
        let json = serde_json::to_vec(tries).map_err(failed("record a try"))?;
        let sent = self.context.publish(subject(book, hash), json.into()).await;
        sent.map_err(failed("record a try"))?.await.map_err(failed("record a try"))?;
        Ok(())
    }

    /// Removes the record of a part.
    pub async fn forget_tries(&self, book: &str, hash: &str) -> Result<(), Failure> {
        self.purge_tries(subject(book, hash)).await
    }

    /// Removes the records of a book.
    pub async fn forget_all_tries(&self, book: &str) -> Result<(), Failure> {
        self.purge_tries(book_subjects(book)).await
    }

    async fn purge_tries(&self, subjects: String) -> Result<(), Failure> {
        self.tries_stream.purge().filter(subjects).await.map(drop).map_err(failed("remove a record of tries"))
    }

    /// The parts of a book that were given up, but for those that somebody has stored all the same.
    pub async fn unspoken(&self, book: &str) -> Result<Vec<(String, Tries)>, Failure> {
        let mut unspoken = Vec::new();
        for (hash, tries) in self.given_up(book).await? {
            if !self.has_part(book, &hash).await? {
                unspoken.push((hash, tries));
            }
        }
        Ok(unspoken)
    }

    /// The hashes of the parts of a book that are tried no more, and why.
    pub async fn given_up(&self, book: &str) -> Result<Vec<(String, Tries)>, Failure> {
        let subjects = self.tries_stream.info_with_subjects(book_subjects(book)).await;
        let subjects = subjects.map_err(failed("look for records of tries"))?.map_ok(|(subject, _)| subject);
        let subjects: Vec<String> = subjects.try_collect().await.map_err(failed("look for records of tries"))?;
        let mut given_up = Vec::new();
        for subject in subjects {
            let hash = subject.rsplit('.').next().unwrap_or_default().to_owned();
            given_up.extend(self.tries_of(&subject).await?.filter(|tries| tries.given_up).map(|tries| (hash, tries)));
        }
        Ok(given_up)
    }
}
