//! The download of one file: resumed after interruptions, limited in length, verified by checksum.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use ureq::http::header;

use crate::checksum::Checksum;
use crate::error::{AttemptError, Retry};
use crate::http::{Client, Response};
use crate::http_error;
use crate::progress::{Phase, Reporter};
use crate::request::Request;

const BUFFER_BYTES: usize = 1 << 16;
/// An attempt that receives this many bytes resets the count of failures, so that a long download may be interrupted any
/// number of times.
const RESET_BYTES: u64 = 1 << 20;
/// Longest file accepted if neither the request nor the server states the length.
const MAX_UNKNOWN_BYTES: u64 = 8 << 30;

pub(super) struct Download<'a> {
    pub client: &'a Client<'a>,
    pub request: &'a Request,
    pub checksum: &'a Checksum,
    /// Length in bytes, if the request states it.
    pub size: Option<u64>,
    /// The unfinished download.
    pub path: &'a Path,
}

/// State across attempts.
#[derive(Default)]
struct State {
    /// Whether the unfinished file has bytes of more than one response, or of an earlier run.
    is_pieced: bool,
    /// Whether a complete file had the wrong checksum, and the download started over.
    has_restarted: bool,
    /// Bytes received by all attempts of this run.
    received: u64,
    /// The hub's name for the blob.
    blob_name: Option<Checksum>,
}

impl Download<'_> {
    /// Downloads until the file is complete and verified. Returns the name for its blob.
    ///
    /// # Errors
    /// The error of the last attempt. A file with the wrong checksum is deleted; an unfinished one stays.
    pub fn run(&self, reporter: &mut Reporter<'_>) -> Result<String, AttemptError> {
        let mut state = State { is_pieced: self.length() > 0, ..State::default() };
        let mut failures = 0;
        loop {
            let before = state.received;
            match self.attempt(&mut state, reporter) {
                Ok(()) => {
                    let found = self.checksum.of_file(self.path, reporter)?;
                    if found == *self.checksum {
                        return self.blob_name(&state, reporter);
                    }
                    fs::remove_file(self.path).map_err(|source| AttemptError::disk("remove", self.path, &source))?;
                    if !state.is_pieced || state.has_restarted {
                        return Err(self.wrong_checksum(&found));
                    }
                    // The earlier part may be the wrong one: download once more, in one piece.
                    log::info!("{}: the resumed download has the wrong checksum; starting over", reporter.file);
                    (state.is_pieced, state.has_restarted) = (false, true);
                }
                Err(AttemptError::Download { reason, advice, retry }) => {
                    failures = if state.received - before >= RESET_BYTES { 0 } else { failures + 1 };
                    let Some(pause) = self.pause(retry, failures, state.received) else {
                        return Err(self.give_up(reason, advice, retry, failures));
                    };
                    log::info!("{reason}; retrying");
                    state.is_pieced = self.length() > 0;
                    reporter.sleep(pause, self.length())?;
                }
                Err(error @ AttemptError::Final(_)) => return Err(error),
            }
        }
    }

    /// The pause before the next attempt; `None` to give up.
    fn pause(&self, retry: Retry, failures: u32, received: u64) -> Option<Duration> {
        let timeouts = self.request.timeouts;
        let usual = timeouts.backoff * 2_u32.saturating_pow(failures.saturating_sub(1));
        match retry {
            _ if failures > timeouts.retries => None,
            Retry::Never => None,
            Retry::IfReceived => (received > 0).then_some(usual),
            Retry::After(asked) => Some(asked.unwrap_or(usual)),
        }
    }

    fn give_up(&self, reason: String, advice: String, retry: Retry, failures: u32) -> AttemptError {
        let reason = if failures > 1 { format!("{reason}, {failures} times in a row") } else { reason };
        match self.length() {
            0 => AttemptError::new(reason, advice, retry),
            have => AttemptError::new(
                format!("{reason}; the first {have} bytes are kept and the next try resumes after them"),
                advice,
                retry,
            ),
        }
    }

    fn length(&self) -> u64 {
        fs::metadata(self.path).map_or(0, |metadata| metadata.len())
    }

    fn wrong_checksum(&self, found: &Checksum) -> AttemptError {
        let reason = format!("the downloaded file has {found}, expected {}, and was deleted", self.checksum);
        AttemptError::new(
            reason,
            "The server, or a proxy on the way, changed the file: try another network or mirror.",
            Retry::Never,
        )
    }

    /// One request for the missing bytes, or for the whole file if the server does not support ranges.
    fn attempt(&self, state: &mut State, reporter: &mut Reporter<'_>) -> Result<(), AttemptError> {
        let disk = |source: std::io::Error| AttemptError::disk("write", self.path, &source);
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
        reporter.report(Phase::Receiving, have)?;
        let response = self.client.get(&self.request.url(), have)?;
        self.check_headers(&response)?;
        if response.checksum.is_some() {
            state.blob_name.clone_from(&response.checksum);
        }
        let total = match self.range(&response, have)? {
            ContentRange::Rest { total } => total,
            ContentRange::Whole { total } => {
                if have > 0 {
                    file.set_len(0).map_err(disk)?;
                }
                have = 0;
                state.is_pieced = false;
                total
            }
            ContentRange::Unusable => {
                file.set_len(0).map_err(disk)?;
                let reason = format!("{} cannot resume at byte {have}", response.host);
                return Err(AttemptError::new(reason, "", Retry::After(None)));
            }
        };
        reporter.total = total.or(reporter.total);
        file.seek(SeekFrom::Start(have)).map_err(disk)?;
        let received = self.receive(response, &mut file, have, total, reporter);
        state.received += file.stream_position().map_or(0, |end| end.saturating_sub(have));
        received?;
        // The contents must reach the disk before the final name does.
        file.sync_all().map_err(disk)
    }

    /// Refuses a response whose headers show that it is not the file, before its body is read.
    fn check_headers(&self, response: &Response) -> Result<(), AttemptError> {
        const ADVICE: &str = "The server has another file under this name: try another mirror.";
        if let (Checksum::Sha256(_), Some(theirs @ Checksum::Sha256(_))) = (self.checksum, &response.checksum)
            && theirs != self.checksum
        {
            let reason = format!("{} offers a file with {theirs}, expected {}", response.host, self.checksum);
            return Err(AttemptError::new(reason, ADVICE, Retry::Never));
        }
        let kind = response.http.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        // A page with 416 only explains that the unfinished file is longer than the server's: `range` handles that.
        let is_page = kind.is_some_and(|kind| kind.starts_with("text/html")) && response.http.status().as_u16() != 416;
        if is_page && !self.request.file.ends_with(".html") {
            let reason = format!("{} sends a web page instead of the file", response.host);
            return Err(AttemptError::new(reason, "Some networks ask to log in with a browser first.", Retry::Never));
        }
        Ok(())
    }

    /// The part of the file in a response. `have` is the unfinished file's length.
    fn range(&self, response: &Response, have: u64) -> Result<ContentRange, AttemptError> {
        let text = |name| response.http.headers().get(name).and_then(|value| value.to_str().ok());
        let wrong_size = |found: u64, size: u64| {
            let reason = format!("{} offers {found} bytes, expected {size}", response.host);
            AttemptError::new(reason, "The server has another file under this name: try another mirror.", Retry::Never)
        };
        match response.http.status().as_u16() {
            200 => {
                let length = text(header::CONTENT_LENGTH).and_then(|value| value.parse().ok());
                match (length, self.size) {
                    (Some(length), Some(size)) if length != size => Err(wrong_size(length, size)),
                    (length, size) => Ok(ContentRange::Whole { total: size.or(length) }),
                }
            }
            206 => match text(header::CONTENT_RANGE).and_then(content_range) {
                Some((start, Some(total))) if self.size.is_some_and(|size| size != total) => {
                    // From byte 0 on, another length is that of another file; later, the server may have confused the
                    // range: start over.
                    if start == 0 { Err(wrong_size(total, self.size.unwrap_or(0))) } else { Ok(ContentRange::Unusable) }
                }
                Some((start, total)) if start == have => Ok(ContentRange::Rest { total: self.size.or(total) }),
                _ => Ok(ContentRange::Unusable),
            },
            416 if have > 0 => Ok(ContentRange::Unusable),
            status => {
                let reason = format!("{} sends HTTP {status} to a download", response.host);
                Err(AttemptError::new(reason, "", Retry::Never))
            }
        }
    }

    fn receive(
        &self,
        response: Response,
        file: &mut File,
        mut have: u64,
        total: Option<u64>,
        reporter: &mut Reporter<'_>,
    ) -> Result<(), AttemptError> {
        let Response { http, host, .. } = response;
        let mut body = http.into_body().into_reader();
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let count =
                body.read(&mut buffer).map_err(|error| http_error::transport(&host, &ureq::Error::from(error)))?;
            if count == 0 {
                break;
            }
            if have + count as u64 > total.unwrap_or(MAX_UNKNOWN_BYTES) {
                let reason =
                    format!("{host} sends more than the {} bytes expected", total.unwrap_or(MAX_UNKNOWN_BYTES));
                return Err(AttemptError::new(reason, "Try another mirror.", Retry::Never));
            }
            let written = file.write_all(&buffer[..count]);
            written.map_err(|source| AttemptError::disk("write", self.path, &source))?;
            have += count as u64;
            reporter.report(Phase::Receiving, have)?;
        }
        match total {
            Some(total) if have < total => {
                let reason = format!("{host}: the connection ended after {have} of {total} bytes");
                Err(AttemptError::new(reason, "Check the network.", Retry::After(None)))
            }
            _ => Ok(()),
        }
    }

    /// The name of the file in the cache: the hub's git id if it names the file so, as it does small ones, else the
    /// checksum.
    fn blob_name(&self, state: &State, reporter: &mut Reporter<'_>) -> Result<String, AttemptError> {
        if let Some(name @ Checksum::Git(_)) = &state.blob_name
            && name.of_file(self.path, reporter)? == *name
        {
            return Ok(name.digits().to_owned());
        }
        Ok(self.checksum.digits().to_owned())
    }
}

/// The part of the file in a response, and the file's length if known.
enum ContentRange {
    /// From the end of the unfinished file on.
    Rest { total: Option<u64> },
    /// All of it.
    Whole { total: Option<u64> },
    /// Another part: the download has to start over.
    Unusable,
}

/// Parses `bytes 100-199/200` or `bytes 100-199/*` into the first byte and the file's length.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let start = range.split_once('-')?.0.trim().parse().ok()?;
    Some((start, total.trim().parse().ok()))
}
