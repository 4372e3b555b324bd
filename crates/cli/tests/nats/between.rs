//! What goes on between a worker and the server, and what the server has.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use serde_json::{Value, json};

/// A way between one worker and a server: tells subject and content of each message before the server has it, and ends with an error.
pub fn between(
    server: SocketAddr,
    mut publishes: impl FnMut(&str, &[u8]) -> io::Result<()> + Send + 'static,
) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let to = TcpStream::connect(server).unwrap();
        let (mut back, mut answers) = (client.try_clone().unwrap(), to.try_clone().unwrap());
        std::thread::spawn(move || io::copy(&mut answers, &mut back));
        let _ = forward(client, to, &mut publishes); // a worker that is killed closes its connection at any moment
    });
    url
}

/// Hands on what a client sends, and tells subject and content of each message before.
fn forward(
    from: TcpStream,
    mut to: TcpStream,
    publishes: &mut impl FnMut(&str, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut from = BufReader::new(from);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return to.shutdown(Shutdown::Both);
        }
        let words: Vec<_> = line.split_whitespace().collect();
        let mut message = Vec::new();
        if let ["PUB" | "HPUB", subject, .., bytes] = words[..] {
            message.resize(bytes.parse::<usize>().unwrap() + 2, 0); // the end of the line
            from.read_exact(&mut message)?;
            publishes(subject, &message)?;
        }
        to.write_all(line.as_bytes())?;
        to.write_all(&message)?;
    }
}

/// The streams of the parts and of the records of tries.
pub const PARTS: &str = "OBJ_kokoro-parts";
const TRIES: &str = "KOKORO_TRIES";

/// Asks JetStream about a stream, or to change it.
pub fn ask(server: SocketAddr, what: &str, stream: &str, body: &Value) -> Value {
    let (mut connection, body) = (TcpStream::connect(server).unwrap(), body.to_string());
    let request = format!("PUB $JS.API.STREAM.{what}.{stream} answer {}\r\n{body}\r\n", body.len());
    connection.write_all(format!("CONNECT {{\"verbose\":false}}\r\nSUB answer 1\r\n{request}").as_bytes()).unwrap();
    let mut lines = BufReader::new(connection).lines().map(Result::unwrap);
    serde_json::from_str(&lines.find(|line| line.contains("_response\"")).unwrap()).unwrap()
}

/// Removes the messages of a subject of the parts' stream.
pub fn remove_chunks(server: SocketAddr, subject: &str) {
    let answer = ask(server, "PURGE", PARTS, &json!({ "filter": subject }));
    assert!(answer["purged"].as_u64() > Some(0), "{answer}");
}

/// The last record of tries, if there is one.
pub fn record_of_tries(server: SocketAddr) -> Option<Value> {
    let answer = ask(server, "MSG.GET", TRIES, &json!({ "last_by_subj": "kokoro.tries.>" }));
    if answer["error"]["code"] == 404 {
        return None;
    }
    let record = answer["message"]["data"].as_str().unwrap_or_else(|| panic!("{answer}"));
    Some(serde_json::from_slice(&BASE64_STANDARD.decode(record).unwrap()).unwrap())
}

pub const CHUNKS: &str = "$O.kokoro-parts.C.";
pub const NAMES: &str = "$O.kokoro-parts.M.";

/// What a worker stores of a part.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Samples,
    Timings,
}

/// What is stored under the name of which a subject tells, if it tells of a name.
pub fn kind_of(subject: &str) -> Option<Kind> {
    let name = String::from_utf8(BASE64_URL_SAFE.decode(subject.strip_prefix(NAMES)?).unwrap()).unwrap();
    Some(if name.ends_with(".timings") { Kind::Timings } else { Kind::Samples })
}
