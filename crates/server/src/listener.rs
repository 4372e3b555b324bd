//! Connections that cannot hang, and no more of them than are allowed.

use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

use crate::error::ApiError;
use crate::options::Limits;

/// Clients that are being told at the same time that there are too many connections.
const REFUSALS: usize = 16;
/// How long a refused client may take to read why.
const REFUSAL: Duration = Duration::from_secs(1);

/// A listener whose connections end when the client reads nothing for too long. A client beyond the number allowed is told so,
/// and let go.
pub struct TimedListener {
    listener: TcpListener,
    limits: Limits,
    room: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    refusal: Vec<u8>,
}

/// A connection, counted until it is dropped.
pub struct Counted {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    _room: OwnedSemaphorePermit,
}

impl Deref for Counted {
    type Target = Pin<Box<TimeoutStream<TcpStream>>>;

    fn deref(&self) -> &Self::Target {
        &self.stream
    }
}

impl DerefMut for Counted {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.stream
    }
}

impl TimedListener {
    /// `room` is shared by all listeners: a connection takes one of its permits. `refusal` makes of the error what a client of
    /// this listener understands.
    pub fn new(
        listener: TcpListener,
        limits: Limits,
        room: Arc<Semaphore>,
        refusal: impl FnOnce(&ApiError) -> Vec<u8>,
    ) -> Self {
        let message =
            format!("{} connections are open, and no more are allowed: close those not in use", limits.connections);
        let refusal = refusal(&ApiError::unavailable(message));
        Self { listener, limits, room, refusals: Arc::new(Semaphore::new(REFUSALS)), refusal }
    }

    /// Accepts a connection, however often the system fails to.
    pub async fn next(&self) -> (Pin<Counted>, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => match self.room.clone().try_acquire_owned() {
                    Ok(room) => {
                        return (Pin::new(Counted { stream: timed(stream, &self.limits), _room: room }), address);
                    }
                    Err(_) => self.refuse(stream, address),
                },
                Err(error) => {
                    log::warn!("a connection was not accepted: {error}");
                    // Too many open files, for example: give some time to close.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn refuse(&self, mut stream: TcpStream, address: SocketAddr) {
        // Who comes while many are being told is let go without a word.
        let Ok(turn) = self.refusals.clone().try_acquire_owned() else { return };
        log::debug!("{address} was refused: too many connections");
        let refusal = self.refusal.clone();
        tokio::spawn(async move {
            let told = async {
                stream.write_all(&refusal).await?;
                stream.shutdown().await?;
                // A socket that is closed before all was read from it is reset, and the client may not see the answer.
                let mut rest = [0; 4_096];
                while stream.read(&mut rest).await? > 0 {}
                Ok::<_, io::Error>(())
            };
            let _ = tokio::time::timeout(REFUSAL, told).await; // the client may have gone
            drop(turn);
        });
    }
}

/// Sets the time after which a client that reads nothing is let go.
fn timed(stream: TcpStream, limits: &Limits) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let _ = stream.set_nodelay(true); // only a matter of speed
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.stall));
    Box::pin(stream)
}
