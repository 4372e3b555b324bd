//! What the operator decides.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// How to serve.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Where HTTP clients connect.
    pub address: SocketAddr,
    /// Where Wyoming clients connect, if they may.
    pub wyoming: Option<SocketAddr>,
    /// Keys of which clients must send one; none are needed if it is empty.
    pub api_keys: Vec<String>,
    /// Web pages of these origins may use the server; `*` means all.
    pub cors: Vec<String>,
    /// Bounds on what clients may ask for.
    pub limits: Limits,
    /// How long requests in progress may take after the signal to stop.
    pub drain: Duration,
}

/// Bounds on what clients may ask for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Requests for speech in progress; more are refused with status 429.
    pub requests: usize,
    /// How many of these one client may have: a key, or the address of another machine. An address of this machine may be a
    /// proxy's, behind which there are many.
    pub client_requests: usize,
    /// Open connections, HTTP and Wyoming; more are told so and closed. Each takes a file descriptor, of which many systems allow a
    /// process 1,024.
    pub connections: usize,
    /// Characters of a text.
    pub characters: usize,
    /// Bytes of an answer that is sent as a whole. It is held in memory until it is complete; what is sent while it is made
    /// has no such bound.
    pub answer_bytes: usize,
    /// The time for the head of a request to arrive, counted from the end of the one before it, and then for its body.
    pub receive: Duration,
    /// The time in which the audio of a request must be made. The time for which the client makes the server wait is not
    /// counted.
    pub time: Duration,
    /// How long a client may read nothing before its connection is closed, and how much later than at half the pace of
    /// playback it may read.
    pub stall: Duration,
    /// How long the first sentence waits for others that can share its batch.
    pub gather: Duration,
    /// How long a batch of several sentences may take, as far as it can be predicted. Zero speaks them one at a time.
    pub batch_time: Duration,
}

impl Default for Options {
    /// Port 8880 of loopback, without keys.
    fn default() -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8880),
            wyoming: None,
            api_keys: Vec::new(),
            cors: Vec::new(),
            limits: Limits::default(),
            drain: Duration::from_secs(30),
        }
    }
}

impl Default for Limits {
    /// 64 requests of 50,000 characters, 32 of one client, ten minutes each, on 512 connections.
    fn default() -> Self {
        Self {
            requests: 64,
            client_requests: 32,
            connections: 512,
            characters: 50_000,
            answer_bytes: 32 << 20,
            receive: Duration::from_secs(20),
            time: Duration::from_secs(600),
            stall: Duration::from_secs(60),
            gather: Duration::from_millis(4),
            batch_time: Duration::from_millis(500),
        }
    }
}

impl Limits {
    /// The largest body in bytes: every character may be written as two escapes of six bytes.
    pub(crate) fn body_bytes(&self) -> usize {
        12 * self.characters + (64 << 10)
    }
}
