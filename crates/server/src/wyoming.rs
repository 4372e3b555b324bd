//! Wyoming, the protocol by which Home Assistant speaks: events of one JSON line, then data and payload, over TCP.
//!
//! `describe` is answered by `info`, and `synthesize` by `audio-start`, `audio-chunk`s and `audio-stop`. A text that is still
//! being written comes as `synthesize-start`, `synthesize-chunk`s and `synthesize-stop`; its sentences are spoken as soon as
//! they are complete, and `synthesize-stopped` ends the answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use kokoro_wgpu::SAMPLE_RATE;
use kokoro_wgpu::audio::{Format, SampleFormat};
use kokoro_wgpu::text::Language;
use kokoro_wgpu::text::sentences::{Limits as SentenceLimits, SentenceSplitter};
use kokoro_wgpu::voice;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;

use crate::error::ApiError;
use crate::http::client_of;
use crate::listener::TimedListener;
use crate::options::Limits;
use crate::patience::Patience;
use crate::speech::{Client, Request, Speaker, Text};

/// The version of the protocol, which is that of the Python package.
const VERSION: &str = "1.7.2";
/// The longest line of JSON.
const LINE_LIMIT: u64 = 64 << 10;
/// What an event takes in memory beside its bytes, about.
const EVENT: usize = 256;
/// Samples in an event: 0.1 s.
const CHUNK: usize = SAMPLE_RATE as usize / 10;

/// An event without its payload: none that a server of speech understands has one.
#[derive(Debug, Default, PartialEq)]
struct Event {
    kind: String,
    data: Map<String, Value>,
    /// The bytes of its line and its data.
    size: usize,
}

/// An event that waits, and its share of the memory that those of a connection may take.
type Waiting = (Event, OwnedSemaphorePermit);

/// Serves connections for ever.
pub async fn serve(listener: TimedListener, speaker: Arc<Speaker>, limits: Limits) {
    loop {
        let (stream, address) = listener.next().await;
        let speaker = speaker.clone();
        tokio::spawn(async move {
            let patience = Patience::default();
            let (input, output) = tokio::io::split(stream);
            let client = client_of(&address, patience.clone());
            let mut connection = Connection { output, speaker, client, limits, streaming: None };
            let (sender, events) = mpsc::unbounded_channel();
            // Events are read while an answer is made, so that a client that goes is noticed.
            let ended = tokio::select! {
                read = read_events(BufReader::new(input), sender, limits) => read,
                run = connection.run(events) => run,
                () = patience.exhausted() => Err(io::Error::new(io::ErrorKind::TimedOut, "it reads too slowly")),
            };
            if let Err(error) = ended {
                log::debug!("Wyoming client {address}: {error}");
            }
        });
    }
}

/// Reads events. A client that sends no more gets the answers to what it has sent, so that this ends only if it is in the middle of a
/// text, or has gone altogether. One that has closed its connection looks the same until something is written to it.
async fn read_events(
    mut input: impl AsyncBufRead + Unpin,
    events: mpsc::UnboundedSender<Waiting>,
    limits: Limits,
) -> io::Result<()> {
    let limit = limits.body_bytes();
    let room = Arc::new(Semaphore::new(limit + LINE_LIMIT as usize + EVENT));
    let mut within_text = false;
    while let Some(event) = read_event(&mut input, limit as u64, limits.receive).await? {
        let size = u32::try_from(event.size + EVENT).unwrap_or(u32::MAX);
        let permit = room.clone().acquire_many_owned(size).await.map_err(io::Error::other)?;
        match event.kind.as_str() {
            "synthesize-start" => within_text = true,
            "synthesize-stop" => within_text = false,
            _ => {}
        }
        if events.send((event, permit)).is_err() {
            return Ok(());
        }
    }
    if within_text {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    drop(events); // what waits is answered, and then the connection is closed
    std::future::pending().await
}

/// A connection, and the text that it is sending.
struct Connection<W> {
    output: W,
    speaker: Arc<Speaker>,
    client: Client,
    limits: Limits,
    /// Between `synthesize-start` and `synthesize-stop`.
    streaming: Option<Streaming>,
}

struct Streaming {
    voice: VoiceChoice,
    splitter: SentenceSplitter,
    /// Characters so far.
    characters: usize,
    /// The audio so far.
    answer: Answer,
    failed: bool,
}

#[derive(Clone, Default)]
struct VoiceChoice {
    name: Option<String>,
    language: Option<Language>,
}

/// How far an answer has come.
#[derive(Default)]
struct Answer {
    started: bool,
    samples: usize,
}

impl<W: AsyncWrite + Unpin> Connection<W> {
    /// Answers events, until none comes for as long as a request may take.
    async fn run(&mut self, mut events: mpsc::UnboundedReceiver<Waiting>) -> io::Result<()> {
        while let Some((event, _room)) = timeout(self.limits.time + self.limits.stall, events.recv()).await? {
            self.handle(event).await?;
        }
        Ok(())
    }

    async fn handle(&mut self, event: Event) -> io::Result<()> {
        let text = || event.data.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
        match event.kind.as_str() {
            "describe" => self.send("info", &info(&self.speaker), &[]).await,
            "ping" => self.send("pong", &Value::Object(event.data), &[]).await,
            // A client that streams sends the whole text too, for servers that cannot.
            "synthesize" if self.streaming.is_some() => Ok(()),
            "synthesize" => {
                let mut answer = Answer::default();
                let spoken = self.speak(text(), &voice_of(&event.data), &mut answer).await?;
                self.report(spoken.err()).await?;
                self.stop_audio(answer).await
            }
            "synthesize-start" => {
                self.streaming = Some(Streaming {
                    voice: voice_of(&event.data),
                    splitter: SentenceSplitter::new(SentenceLimits::default()),
                    characters: 0,
                    answer: Answer::default(),
                    failed: false,
                });
                Ok(())
            }
            "synthesize-chunk" => self.stream(&text(), false).await,
            "synthesize-stop" => {
                self.stream("", true).await?;
                if let Some(streaming) = self.streaming.take() {
                    self.stop_audio(streaming.answer).await?;
                }
                self.send("synthesize-stopped", &json!({}), &[]).await
            }
            // Events of other services and of later versions.
            _ => Ok(()),
        }
    }

    /// Adds text, and speaks the sentences that are complete.
    async fn stream(&mut self, text: &str, ended: bool) -> io::Result<()> {
        let Some(mut streaming) = self.streaming.take() else { return Ok(()) };
        streaming.characters += text.chars().count();
        let mut failure = None;
        if streaming.characters > self.limits.characters {
            let limit = self.limits.characters;
            failure = Some(ApiError::too_long(format!("the text has more than {limit} characters")));
        } else {
            streaming.splitter.push(text);
        }
        while !streaming.failed
            && failure.is_none()
            && let Some(sentences) = streaming.splitter.next(ended)
        {
            if !sentences.contains(char::is_alphanumeric) {
                continue;
            }
            failure = self.speak(sentences, &streaming.voice, &mut streaming.answer).await?.err();
        }
        if let Some(failure) = failure.filter(|_| !streaming.failed) {
            streaming.failed = true; // what follows would be a text with a hole
            self.report(Some(failure)).await?;
        }
        self.streaming = Some(streaming);
        Ok(())
    }

    async fn speak(
        &mut self,
        text: String,
        voice: &VoiceChoice,
        answer: &mut Answer,
    ) -> io::Result<Result<(), ApiError>> {
        let request = Request {
            client: self.client.clone(),
            text: Text::Written(text),
            voice: voice.name.clone().or_else(|| self.speaker.voices.of_language(voice.language?)),
            language: voice.language,
            speed: 1.0,
        };
        let mut sounds = match self.speaker.start(request) {
            Ok(sounds) => sounds,
            Err(error) => return Ok(Err(error)),
        };
        loop {
            match sounds.next().await {
                Ok(Some(sound)) => self.send_samples(&sound.samples, answer).await?,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    async fn send_samples(&mut self, samples: &[f32], answer: &mut Answer) -> io::Result<()> {
        if !answer.started {
            answer.started = true;
            self.send("audio-start", &audio_format(0), &[]).await?;
        }
        let mut encoder = Format::Raw(SampleFormat::Pcm16).into_pipe(Vec::new()).map_err(io::Error::other)?;
        encoder.encode(samples).map_err(io::Error::other)?;
        let pcm = encoder.finish().map_err(io::Error::other)?;
        for chunk in pcm.chunks(2 * CHUNK) {
            self.send("audio-chunk", &audio_format(answer.samples), chunk).await?;
            answer.samples += chunk.len() / 2;
        }
        Ok(())
    }

    /// Ends the audio, even if there is none: clients wait for that.
    async fn stop_audio(&mut self, answer: Answer) -> io::Result<()> {
        if !answer.started {
            self.send("audio-start", &audio_format(0), &[]).await?;
        }
        self.send("audio-stop", &json!({ "timestamp": milliseconds(answer.samples) }), &[]).await
    }

    async fn report(&mut self, error: Option<ApiError>) -> io::Result<()> {
        match error {
            Some(error) => self.send("error", &description(&error), &[]).await,
            None => Ok(()),
        }
    }

    async fn send(&mut self, kind: &str, data: &Value, payload: &[u8]) -> io::Result<()> {
        self.output.write_all(&message(kind, data, payload)).await?;
        self.output.flush().await
    }
}

fn message(kind: &str, data: &Value, payload: &[u8]) -> Vec<u8> {
    let data = data.to_string();
    let (data_length, payload_length) = (data.len(), payload.len());
    let header = json!({
        "type": kind, "version": VERSION, "data_length": data_length, "payload_length": payload_length,
    });
    [format!("{header}\n{data}").as_bytes(), payload].concat()
}

/// The event for a connection that is not served.
pub fn refusal(error: &ApiError) -> Vec<u8> {
    message("error", &description(error), &[])
}

fn description(error: &ApiError) -> Value {
    json!({ "text": error.message, "code": error.code })
}

/// Reads an event of at most `limit` bytes; `None` at the end. Once begun it must arrive within `time`.
async fn read_event(input: &mut (impl AsyncBufRead + Unpin), limit: u64, time: Duration) -> io::Result<Option<Event>> {
    if input.fill_buf().await?.is_empty() {
        return Ok(None);
    }
    timeout(time, read_begun_event(input, limit)).await?.map(Some)
}

async fn read_begun_event(input: &mut (impl AsyncBufRead + Unpin), limit: u64) -> io::Result<Event> {
    let mut line = Vec::new();
    input.take(LINE_LIMIT).read_until(b'\n', &mut line).await?;
    let bad = |reason: &str| io::Error::new(io::ErrorKind::InvalidData, reason.to_owned());
    let header: Value = serde_json::from_slice(&line).map_err(|error| bad(&error.to_string()))?;
    let length = |name: &str| header.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (data_length, payload_length) = (length("data_length"), length("payload_length"));
    if data_length > limit || payload_length > limit {
        return Err(bad("an event is too long"));
    }
    let object = |value: Option<Value>| match value {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    let mut data = object(header.get("data").cloned());
    if data_length > 0 {
        let mut bytes = Vec::new();
        input.take(data_length).read_to_end(&mut bytes).await?;
        data.extend(object(Some(serde_json::from_slice(&bytes).map_err(|error| bad(&error.to_string()))?)));
    }
    tokio::io::copy(&mut input.take(payload_length), &mut tokio::io::sink()).await?;
    let kind = header.get("type").and_then(Value::as_str).ok_or_else(|| bad("an event has no type"))?;
    Ok(Event { kind: kind.to_owned(), data, size: line.len() + data_length as usize })
}

fn voice_of(data: &Map<String, Value>) -> VoiceChoice {
    let field = |name: &str| Some(data.get("voice")?.get(name)?.as_str()?.to_owned());
    let language = field("language").and_then(|language| language.parse().ok());
    VoiceChoice { name: field("speaker").or_else(|| field("name")), language }
}

fn audio_format(samples: usize) -> Value {
    json!({ "rate": SAMPLE_RATE, "width": 2, "channels": 1, "timestamp": milliseconds(samples) })
}

fn milliseconds(samples: usize) -> usize {
    samples * 1_000 / SAMPLE_RATE as usize
}

fn info(speaker: &Speaker) -> Value {
    let attribution = json!({ "name": "hexgrad", "url": "https://huggingface.co/hexgrad/Kokoro-82M" });
    let voice = |name: &String| {
        let language = voice::language(name).unwrap_or("en-us");
        json!({
            "name": name, "attribution": attribution, "installed": true, "description": name, "version": null,
            "languages": [language], "speakers": null,
        })
    };
    let voices: Value = speaker.voices.names().iter().map(voice).collect();
    json!({
        "tts": [{
            "name": "kokoro", "attribution": attribution, "installed": true,
            "description": "Kokoro-82M text to speech", "version": env!("CARGO_PKG_VERSION"),
            "voices": voices, "supports_synthesize_streaming": true,
        }],
        "asr": [], "handle": [], "intent": [], "wake": [], "mic": [], "snd": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn events_have_their_data_in_the_line_or_after_it() {
        let bytes = b"{\"type\":\"synthesize\",\"data\":{\"a\":1},\"data_length\":13,\"payload_length\":3}\n{\"text\":\"hi\"}xyz{\"type\":\"describe\"}\n";
        let mut input = &bytes[..];
        let event = read_event(&mut input, 100, Duration::MAX).await.unwrap().unwrap();
        assert_eq!((event.kind.as_str(), event.data.len(), &event.data["text"]), ("synthesize", 2, &json!("hi")));
        assert_eq!(read_event(&mut input, 100, Duration::MAX).await.unwrap().unwrap().kind, "describe");
        assert_eq!(read_event(&mut input, 100, Duration::MAX).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_no_event_ends_the_connection() {
        let endless = vec![b'x'; 100_000];
        for bytes in [&b"GET / HTTP/1.1\r\n"[..], b"{}\n", b"{\"type\":\"a\",\"data_length\":101}\n", &endless] {
            assert!(read_event(&mut &bytes[..], 100, Duration::MAX).await.is_err());
        }
    }

    #[test]
    fn a_voice_is_a_name_or_a_speaker_and_may_have_a_language() {
        let Value::Object(data) = json!({ "voice": { "name": "af_sky", "language": "en-gb" } }) else { unreachable!() };
        let voice = voice_of(&data);
        assert_eq!((voice.name.as_deref(), voice.language), (Some("af_sky"), Some(Language::BritishEnglish)));
        assert!(voice_of(&Map::new()).name.is_none());
    }
}
