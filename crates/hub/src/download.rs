//! One file's way into the cache: resumed, bounded, checked.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use ureq::http::header;

use crate::checksum::Checksum;
use crate::failure::{Failure, Retry};
use crate::http::{Answer, Client};
use crate::request::Request;
use crate::{Phase, Watch};

const BUFFER: usize = 1 << 16;
/// A try that brings this many bytes counts as a success: a long download may be cut any number of times.
const PROGRESS: u64 = 1 << 20;
/// Of a file whose length nobody states, more than this is refused.
const LIMIT: u64 = 8 << 30;

pub(super) struct Job<'a> {
    pub client: &'a Client<'a>,
    pub request: &'a Request,
    pub checksum: &'a Checksum,
    pub size: Option<u64>,
    /// The incomplete file.
    pub path: &'a Path,
}

/// What is known after some tries.
#[derive(Default)]
struct State {
    /// Some bytes are from an earlier answer than the last one, or from an earlier run.
    pieced: bool,
    /// A whole file was wrong already.
    restarted: bool,
    /// Bytes received by this call.
    received: u64,
    /// The name that the hub has for the blob.
    name: Option<Checksum>,
}

impl Job<'_> {
    /// Downloads until the incomplete file is whole and right. Returns the name that its blob is to have.
    ///
    /// # Errors
    /// What the last try failed of. A file with the wrong checksum is deleted, any other stays.
    pub fn run(&self, watch: &mut Watch<'_>) -> Result<String, Failure> {
        let mut state = State { pieced: self.length() > 0, ..State::default() };
        let mut failed = 0;
        loop {
            let before = state.received;
            match self.attempt(&mut state, watch) {
                Ok(()) => {
                    let found = self.checksum.of_file(self.path, watch)?;
                    if found == *self.checksum {
                        return self.blob_name(&state, watch);
                    }
                    fs::remove_file(self.path).map_err(|source| Failure::disk("remove", self.path, &source))?;
                    if !state.pieced || state.restarted {
                        return Err(self.wrong(&found));
                    }
                    // The earlier piece may be at fault: once more, in one piece.
                    log::info!("{} was pieced together from parts that do not match; starting anew", watch.file);
                    (state.pieced, state.restarted) = (false, true);
                }
                Err(Failure::Network { reason, advice, retry }) => {
                    failed = if state.received - before >= PROGRESS { 0 } else { failed + 1 };
                    let Some(pause) = self.pause(retry, failed, state.received) else {
                        return Err(self.give_up(reason, advice, retry, failed));
                    };
                    log::info!("{reason}; trying again");
                    state.pieced = self.length() > 0;
                    watch.wait(pause, self.length())?;
                }
                Err(ours) => return Err(ours),
            }
        }
    }

    fn pause(&self, retry: Retry, failed: u32, received: u64) -> Option<Duration> {
        let timeouts = self.request.timeouts;
        let usual = timeouts.backoff * 2_u32.saturating_pow(failed.saturating_sub(1));
        match retry {
            _ if failed > timeouts.retries => None,
            Retry::Never => None,
            Retry::IfBegun => (received > 0).then_some(usual),
            Retry::After(asked) => Some(asked.unwrap_or(usual)),
        }
    }

    fn give_up(&self, reason: String, advice: String, retry: Retry, failed: u32) -> Failure {
        let reason = if failed > 1 { format!("{reason}, {failed} times in a row") } else { reason };
        match self.length() {
            0 => Failure::new(reason, advice, retry),
            have => Failure::new(
                format!("{reason}; {have} bytes are here and the next try goes on from them"),
                advice,
                retry,
            ),
        }
    }

    fn length(&self) -> u64 {
        fs::metadata(self.path).map_or(0, |metadata| metadata.len())
    }

    fn wrong(&self, found: &Checksum) -> Failure {
        let reason = format!("what came has {found}, expected {}, and was deleted", self.checksum);
        Failure::new(
            reason,
            "The server or something on the way changes files: try another network or mirror.",
            Retry::Never,
        )
    }

    /// One request: the missing rest, or everything where the server knows no ranges.
    fn attempt(&self, state: &mut State, watch: &mut Watch<'_>) -> Result<(), Failure> {
        let disk = |source: std::io::Error| Failure::disk("write", self.path, &source);
        let mut options = File::options();
        let mut file = options.create(true).write(true).truncate(false).open(self.path).map_err(disk)?;
        let mut have = file.metadata().map_err(disk)?.len();
        if self.size.is_some_and(|size| have > size) {
            file.set_len(0).map_err(disk)?;
            have = 0;
        }
        if self.size == Some(have) {
            return Ok(());
        }
        watch.tell(Phase::Receiving, have)?;
        let answer = self.client.get(&self.request.url(), have)?;
        self.check_promise(&answer)?;
        if answer.checksum.is_some() {
            state.name.clone_from(&answer.checksum);
        }
        let total = match self.range(&answer, have)? {
            Range::Rest { total } => total,
            Range::Whole { total } => {
                if have > 0 {
                    file.set_len(0).map_err(disk)?;
                }
                have = 0;
                state.pieced = false;
                total
            }
            Range::Useless => {
                file.set_len(0).map_err(disk)?;
                let reason = format!("{} could not go on from byte {have}", answer.host);
                return Err(Failure::new(reason, "", Retry::After(None)));
            }
        };
        watch.total = total.or(watch.total);
        file.seek(SeekFrom::Start(have)).map_err(disk)?;
        let received = self.receive(answer, &mut file, have, total, watch);
        state.received += file.stream_position().map_or(0, |end| end.saturating_sub(have));
        received?;
        // The name follows the contents to the disk, not the other way round.
        file.sync_all().map_err(disk)
    }

    /// An answer that is bound to be wrong is refused before its bytes travel.
    fn check_promise(&self, answer: &Answer) -> Result<(), Failure> {
        const ADVICE: &str = "The server has another file under this name: try another mirror.";
        if let (Checksum::Sha256(_), Some(theirs @ Checksum::Sha256(_))) = (self.checksum, &answer.checksum)
            && theirs != self.checksum
        {
            let reason = format!("{} offers a file with {theirs}, expected {}", answer.host, self.checksum);
            return Err(Failure::new(reason, ADVICE, Retry::Never));
        }
        let kind = answer.response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("text/html")) && !self.request.file.ends_with(".html") {
            let reason = format!("{} answers with a web page instead of the file", answer.host);
            return Err(Failure::new(reason, "Some networks ask to log in with a browser first.", Retry::Never));
        }
        Ok(())
    }

    /// Which bytes an answer brings, and the whole file's length if it is known.
    fn range(&self, answer: &Answer, have: u64) -> Result<Range, Failure> {
        let text = |name| answer.response.headers().get(name).and_then(|value| value.to_str().ok());
        let wrong_size = |found: u64, size: u64| {
            let reason = format!("{} offers {found} bytes, expected {size}", answer.host);
            Failure::new(reason, "The server has another file under this name: try another mirror.", Retry::Never)
        };
        match answer.response.status().as_u16() {
            200 => {
                let length = text(header::CONTENT_LENGTH).and_then(|value| value.parse().ok());
                match (length, self.size) {
                    (Some(length), Some(size)) if length != size => Err(wrong_size(length, size)),
                    (length, size) => Ok(Range::Whole { total: size.or(length) }),
                }
            }
            206 => match text(header::CONTENT_RANGE).and_then(content_range) {
                Some((start, Some(total))) if self.size.is_some_and(|size| size != total) => {
                    // Before the first byte was taken this is another file; after it, a range gone wrong.
                    if start == 0 { Err(wrong_size(total, self.size.unwrap_or(0))) } else { Ok(Range::Useless) }
                }
                Some((start, total)) if start == have => Ok(Range::Rest { total: self.size.or(total) }),
                _ => Ok(Range::Useless),
            },
            416 if have > 0 => Ok(Range::Useless),
            status => {
                let reason = format!("{} answers HTTP {status} to a download", answer.host);
                Err(Failure::new(reason, "", Retry::Never))
            }
        }
    }

    fn receive(
        &self,
        answer: Answer,
        file: &mut File,
        mut have: u64,
        total: Option<u64>,
        watch: &mut Watch<'_>,
    ) -> Result<(), Failure> {
        let Answer { response, host, .. } = answer;
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; BUFFER];
        loop {
            let count = body.read(&mut buffer).map_err(|error| Failure::transport(&host, &ureq::Error::from(error)))?;
            if count == 0 {
                break;
            }
            if have + count as u64 > total.unwrap_or(LIMIT) {
                let reason = format!("{host} sends more than the {} bytes expected", total.unwrap_or(LIMIT));
                return Err(Failure::new(reason, "Try another mirror.", Retry::Never));
            }
            let written = file.write_all(&buffer[..count]);
            written.map_err(|source| Failure::disk("write", self.path, &source))?;
            have += count as u64;
            watch.tell(Phase::Receiving, have)?;
        }
        match total {
            Some(total) if have < total => {
                let reason = format!("{host}: the connection ended after {have} of {total} bytes");
                Err(Failure::new(reason, "Check the network.", Retry::After(None)))
            }
            _ => Ok(()),
        }
    }

    /// Small files of the hub are blobs by their git id, even if their SHA-256 is known.
    fn blob_name(&self, state: &State, watch: &mut Watch<'_>) -> Result<String, Failure> {
        if let Some(name @ Checksum::Git(_)) = &state.name
            && name.of_file(self.path, watch)? == *name
        {
            return Ok(name.digits().to_owned());
        }
        Ok(self.checksum.digits().to_owned())
    }
}

enum Range {
    /// From where the incomplete file ends.
    Rest { total: Option<u64> },
    /// From the first byte.
    Whole { total: Option<u64> },
    /// Neither.
    Useless,
}

/// `bytes 100-199/200` or `bytes 100-199/*`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let start = range.split_once('-')?.0.trim().parse().ok()?;
    Some((start, total.trim().parse().ok()))
}
