//! How long the server waits for a client that reads.

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The time until which a client must have read what it was sent, set by its request and kept by its connection. The body of
/// an answer cannot keep it: nobody asks a body for more until there is room for it.
#[derive(Clone, Debug, Default)]
pub struct Patience(watch::Sender<Option<Instant>>);

impl Patience {
    /// Waits for the client until then.
    pub fn until(&self, deadline: Instant) {
        self.0.send_replace(Some(deadline));
    }

    /// Waits for the client no longer.
    pub fn end(&self) {
        self.0.send_replace(None);
    }

    /// Returns when a client has taken too long.
    pub async fn exhausted(&self) {
        let mut deadlines = self.0.subscribe();
        loop {
            let deadline = *deadlines.borrow_and_update();
            let passed = async {
                match deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = passed => return,
                _ = deadlines.changed() => {} // the sender is `self`
            }
        }
    }
}
