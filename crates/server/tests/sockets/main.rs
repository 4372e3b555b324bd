//! The server over real sockets on loopback.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests say what they expect by failing, in their helpers too"
)]

mod client;
mod clients;
mod ends;
mod fake;
mod narrow;
mod network;
mod requests;
mod rules;
mod started;
mod wyoming;
