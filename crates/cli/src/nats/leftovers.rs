//! What is left of parts that were not stored whole, because their worker was killed or the server's disk was full. Nothing
//! names it, so that it would lie on the disk for ever, and each try on a full disk would add to it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;

use super::objects::chunks_subject;
use super::{Server, failed};
use crate::failure::Failure;

/// Chunks without a name, as they were at the last look.
pub struct Leftovers {
    /// Numbers of chunks by subject.
    seen: BTreeMap<String, usize>,
    looked: Option<Instant>,
    /// The least time between two looks. What a worker stores meanwhile has grown by then: the client gives up on a
    /// chunk that the server does not take within 5 s.
    between: Duration,
}

impl Leftovers {
    pub fn new(between: Duration) -> Self {
        Self { seen: BTreeMap::new(), looked: None, between }
    }

    /// Removes what has had no name since the last look; returns how many chunks those were.
    pub async fn remove(&mut self, server: &Server) -> Result<usize, Failure> {
        if self.looked.is_some_and(|looked| looked.elapsed() < self.between) {
            return Ok(0);
        }
        let mut there = look(server).await?;
        let mut removed = 0;
        for (subject, chunks) in &self.seen {
            if there.get(subject) == Some(chunks) {
                server.parts_stream.purge().filter(subject).await.map_err(failed("remove leftovers"))?;
                there.remove(subject);
                removed += chunks;
            }
        }
        (self.seen, self.looked) = (there, Some(Instant::now()));
        Ok(removed)
    }
}

/// Numbers of chunks, by subject, that have no name.
async fn look(server: &Server) -> Result<BTreeMap<String, usize>, Failure> {
    let chunks = server.parts_stream.info_with_subjects(chunks_subject(">")).await;
    let chunks = chunks.map_err(failed("look for leftovers"))?;
    let mut chunks: BTreeMap<String, usize> = chunks.try_collect().await.map_err(failed("look for leftovers"))?;
    // Looked for later, so that what was completed in between is found.
    let named = server.parts.list().await.map_err(failed("list the parts"))?;
    let named: Vec<_> = named.try_collect().await.map_err(failed("list the parts"))?;
    for info in named {
        chunks.remove(&chunks_subject(&info.nuid));
    }
    Ok(chunks)
}
