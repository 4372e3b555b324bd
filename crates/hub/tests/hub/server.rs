//! An HTTP server for tests, with one request per connection. Its `respond` function may misbehave, and may block
//! until the test goes on.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

#[derive(Clone, Debug)]
pub struct HttpRequest {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl HttpRequest {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.0 == name).map(|header| header.1.as_str())
    }

    /// The first byte of the requested range `bytes=N-`.
    pub fn range_start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

#[derive(Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Close the connection after this many bytes of the body.
    pub cut: Option<usize>,
    /// At that point send nothing until the server is dropped, instead of closing.
    pub stall: bool,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The response of a server that supports ranges.
    pub fn file(body: &[u8], received: &HttpRequest) -> Self {
        match received.range_start() {
            Some(from) if from < body.len() => {
                let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
                Self { body: body[from..].to_vec(), ..Self::status(206) }.with("Content-Range", &range)
            }
            Some(_) => Self::status(416).with("Content-Range", &format!("bytes */{}", body.len())),
            None => Self { body: body.to_vec(), ..Self::status(200) },
        }
    }

    pub fn redirect(location: &str) -> Self {
        Self::status(302).with("Location", location)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn cut(self, after: usize) -> Self {
        Self { cut: Some(after), ..self }
    }
}

/// Set when the server is dropped.
#[derive(Default)]
struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    fn wait(&self) {
        drop(self.changed.wait_while(self.stopped.lock().unwrap(), |stopped| !*stopped).unwrap());
    }
}

pub struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<HttpRequest>>>,
    stop: Arc<Stop>,
}

impl Server {
    /// `respond` gets the request and the number of requests before it.
    pub fn start(respond: impl Fn(&HttpRequest, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (log, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::<Stop>::default());
        let (thread_log, thread_stop, respond) = (log.clone(), stop.clone(), Arc::new(respond));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if *thread_stop.stopped.lock().unwrap() {
                    break;
                }
                let (log, stop, respond) = (thread_log.clone(), thread_stop.clone(), respond.clone());
                // Clients may close the connection early; that is not an error of the server.
                thread::spawn(move || drop(serve(stream, &log, &stop, &*respond)));
            }
        });
        Self { address, log, stop }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> Vec<HttpRequest> {
        self.log.lock().unwrap().clone()
    }

    pub fn gets(&self) -> usize {
        self.requests().iter().filter(|received| received.method == "GET").count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *self.stop.stopped.lock().unwrap() = true;
        self.stop.changed.notify_all();
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<HttpRequest>>,
    stop: &Stop,
    respond: &dyn Fn(&HttpRequest, usize) -> Reply,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(()) };
    let mut headers = Vec::new();
    for line in lines {
        match line?.split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let received = HttpRequest { method, path, headers };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(received.clone());
        log.len() - 1
    };
    let reply = respond(&received, before);
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    if !reply.headers.iter().any(|header| header.0 == "Content-Length" || header.0 == "Transfer-Encoding") {
        head += &format!("Content-Length: {}\r\n", reply.body.len());
    }
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    if received.method == "HEAD" {
        return Ok(());
    }
    let end = reply.cut.unwrap_or(reply.body.len()).min(reply.body.len());
    stream.write_all(&reply.body[..end])?;
    if reply.stall {
        stop.wait();
    }
    Ok(())
}
