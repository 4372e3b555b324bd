//! Connections that cannot hang.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;

use crate::options::Limits;

/// A listener whose connections end when the client reads nothing, or sends nothing, for too long.
pub struct TimedListener {
    listener: TcpListener,
    limits: Limits,
}

impl TimedListener {
    pub fn new(listener: TcpListener, limits: Limits) -> Self {
        Self { listener, limits }
    }
}

/// Sets the times after which a silent connection ends.
pub fn timed(stream: TcpStream, limits: &Limits) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let _ = stream.set_nodelay(true); // only a matter of speed
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.stall));
    // While a client waits for its answer it sends nothing.
    stream.set_read_timeout(Some(limits.time + limits.stall));
    Box::pin(stream)
}

/// Accepts a connection, however often the system fails to.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                log::warn!("a connection was not accepted: {error}");
                // Too many open files, for example: give some time to close.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

impl Listener for TimedListener {
    type Io = Pin<Box<TimeoutStream<TcpStream>>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = accept(&self.listener).await;
        (timed(stream, &self.limits), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
