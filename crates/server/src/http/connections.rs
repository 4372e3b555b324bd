//! Connections of HTTP clients.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Peer;
use crate::listener::{Counted, TimedListener};
use crate::patience::Patience;

/// Serves connections until `stopped`, and then those that are in the middle of a request. axum has a function for this, which
/// sets no time for the head of a request.
pub async fn serve(listener: TimedListener, router: Router, receive: Duration, stopped: impl Future<Output = ()>) {
    let mut connections = JoinSet::new();
    let stopping = watch::Sender::new(false);
    let mut stopped = pin!(stopped);
    loop {
        tokio::select! {
            (stream, address) = listener.next() => {
                let connection = connection(stream, address, router.clone(), receive, stopping.subscribe());
                connections.spawn(connection);
            }
            Some(_) = connections.join_next() => {}
            () = &mut stopped => break,
        }
    }
    drop(listener);
    stopping.send_replace(true);
    while connections.join_next().await.is_some() {}
}

async fn connection(
    stream: Pin<Counted>,
    address: SocketAddr,
    router: Router,
    receive: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    let patience = Patience::default();
    let peer = Peer { address, patience: patience.clone() };
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        let answer = router.call(request);
        async { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(receive);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut is_stopping = false;
    loop {
        tokio::select! {
            served = served.as_mut() => {
                if let Err(error) = served {
                    log::debug!("HTTP client {address}: {error}");
                }
                return;
            }
            () = patience.exhausted() => {
                log::info!("{address} reads too slowly: its connection is closed");
                return;
            }
            _ = stopping.wait_for(|stopping| *stopping), if !is_stopping => {
                is_stopping = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::{Body, Bytes};
    use axum::extract::Extension;
    use axum::routing::get;
    use futures_util::stream::{self, StreamExt};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::Semaphore;

    use super::*;
    use crate::options::Limits;

    #[tokio::test]
    async fn a_connection_ends_with_its_patience_in_the_middle_of_an_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = TimedListener::new(listener, Limits::default(), Arc::new(Semaphore::new(1)), |_| Vec::new());
        let answer = async |Extension(Peer { patience, .. }): Extension<Peer>| {
            patience.until(tokio::time::Instant::now()); // time: only that it has passed
            let begun = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"begun"))]);
            Body::from_stream(begun.chain(stream::pending()))
        };
        let router = Router::new().route("/", get(answer));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, router, Duration::from_secs(60), async {
            let _ = stopped.await;
        }));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        assert!(!received.ends_with(b"0\r\n\r\n"), "the transfer is seen to be broken");
        stop.send(()).unwrap();
        served.await.unwrap();
    }
}
