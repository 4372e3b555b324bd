//! Books spoken by workers that are killed, with a server that is restarted and disks that are full, on the narrow network.
//!
//! Needs nats-server (`make nats-test` installs it).
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by failing")]

mod between;
#[cfg(unix)]
mod ends;
#[path = "../epub/mod.rs"]
mod epub;
mod kills;
#[path = "../../../../tests/golden/narrow.rs"]
mod narrow;
mod setup;
mod store;
mod tries;
