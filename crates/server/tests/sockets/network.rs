//! The whole way: text, network, audio.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::OnceLock;

use kokoro_wgpu::text::{Chunking, Language, TextStream};
use kokoro_wgpu::{Utterance, Voice, block_on};
use serde_json::{Value, json};

use super::client::{JSON, await_metric, get, metric, post, receive, send, speech};
use super::narrow::{self, WIDTH, synthesizer};
use super::started::{NAMES, Started};

/// One server for the tests that leave its device alone.
fn server() -> SocketAddr {
    static SERVER: OnceLock<Started> = OnceLock::new();
    SERVER.get_or_init(narrow::server_with_large_batches).address
}

/// What the library says, in 16 bits, without the server.
fn expected(text: &str, voice: &str, speed: f32) -> Vec<u8> {
    let case = NAMES.iter().position(|name| *name == voice).unwrap();
    let voice = Voice::seeded_width(case as u64, WIDTH);
    let (vocabulary, mut synthesizer) = (narrow::config().vocab, synthesizer().unwrap());
    let reader = Language::AmericanEnglish.reader().unwrap();
    let mut samples = Vec::new();
    for text_chunk in TextStream::new([text], &*reader, Chunking::default()) {
        let utterance =
            Utterance::in_vocabulary(&vocabulary, &text_chunk.unwrap().phonemes(), &voice).with_speed(speed);
        samples.extend(block_on(synthesizer.synthesize(&utterance)).unwrap().samples);
    }
    let format = kokoro_wgpu::audio::Format::Raw(kokoro_wgpu::audio::SampleFormat::Pcm16);
    format.to_bytes(&samples).unwrap()
}

#[test]
fn clients_at_the_same_time_each_get_their_own_text_bit_by_bit() {
    let address = server();
    let texts =
        ["One, two, three.", "A longer sentence is spoken by another voice. It has a second one.", "Hello there."];
    let cases =
        texts.iter().flat_map(|text| [("af_sky", 1.0), ("af_bella", 1.5)].map(|(voice, speed)| (*text, voice, speed)));
    std::thread::scope(|scope| {
        let clients: Vec<_> = cases
            .map(|(text, voice, speed)| {
                let body = json!({ "input": text, "voice": voice, "speed": speed, "response_format": "pcm" });
                (text, voice, speed, scope.spawn(move || speech(address, &body)))
            })
            .collect();
        for (text, voice, speed, client) in clients {
            let answer = client.join().unwrap();
            assert_eq!((answer.status, answer.header("content-type")), (200, Some("audio/pcm")), "{}", answer.text());
            assert!(answer.body == expected(text, voice, speed), "{text}, {voice}, {speed}");
        }
    });
}

#[test]
fn clients_that_share_a_batch_each_get_what_they_would_have_alone_bit_by_bit() {
    let (server, mut gate) = narrow::gated_server_with_large_batches();
    let address = server.address;
    let texts =
        ["Yes.", "The kettle is on.", "What a good idea!", "There are two trains in the morning, and one at night."];
    let bodies = (0..16).map(|n| {
        let (text, voice, speed) = (texts[n % 4], NAMES[n % 3], 1.0 + (n / 8) as f32 / 2.0);
        json!({ "input": text, "voice": voice, "speed": speed, "response_format": "pcm" })
    });
    let ask = |body: &Value| send(address, "POST", "/v1/audio/speech", &[JSON], &body.to_string());
    // One sentence is held at the engine until all others have been asked for.
    let first = ask(&json!({ "input": "Hello.", "response_format": "pcm" }));
    await_metric(address, "kokoro_batch_sentences_count", 2.0); // the other is that by which the server warmed up
    let clients: Vec<_> = bodies.clone().map(|body| ask(&body)).collect();
    await_metric(address, "kokoro_requests_active", 17.0);
    gate.open();
    assert_eq!(receive(first).status, 200);
    let together: Vec<_> = clients.into_iter().map(receive).collect();
    let sizes: Vec<usize> = gate.batches().iter().map(Vec::len).collect();
    println!("sentences in each batch: {sizes:?}");
    assert!(sizes.iter().sum::<usize>() == 17 && sizes.len() < 17, "{sizes:?}");
    for (together, body) in together.into_iter().zip(bodies) {
        let alone = speech(address, &body);
        assert!(together.status == 200 && together.body == alone.body, "{body}");
    }
    assert!(gate.batches()[sizes.len()..].iter().all(|batch| batch.len() == 1));
}

#[test]
fn every_format_has_the_same_sound() {
    let address = server();
    let body = |format: &str, stream: bool| json!({ "model": "tts-1", "input": "Hello there.", "voice": "af_sky", "response_format": format, "stream": stream });
    let pcm = speech(address, &body("pcm", true)).body;
    let samples: Vec<i16> = pcm.chunks(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    for stream in [true, false] {
        let wav = speech(address, &body("wav", stream));
        assert_eq!(wav.header("content-type"), Some("audio/wav"));
        assert_eq!(&wav.body[44..], pcm, "stream: {stream}");
        let size = u32::from_le_bytes(wav.body[40..44].try_into().unwrap());
        assert_eq!(size as usize, if stream { u32::MAX as usize } else { pcm.len() });
        let flac = speech(address, &body("flac", stream));
        let decoded =
            claxon::FlacReader::new(&flac.body[..]).unwrap().samples().collect::<Result<Vec<_>, _>>().unwrap();
        assert!(decoded.iter().copied().eq(samples.iter().map(|sample| i32::from(*sample))), "stream: {stream}");
        let opus = speech(address, &body("opus", stream));
        assert_eq!((opus.header("content-type"), &opus.body[..4]), (Some("audio/opus"), &b"OggS"[..]));
        let mp3 = speech(address, &body("mp3", stream));
        assert_eq!((mp3.header("content-type"), mp3.body[0]), (Some("audio/mpeg"), 0xff));
    }
    // MP3 is what a client gets that does not say.
    assert_eq!(speech(address, &json!({ "input": "Hello there." })).header("content-type"), Some("audio/mpeg"));
}

#[test]
fn events_carry_the_same_bytes() {
    let address = server();
    let body = json!({ "input": "Hello there. This is a second sentence, so that there are two events at least, or more.",
        "voice": { "id": "af_sky" }, "response_format": "pcm" });
    let plain = speech(address, &body).body;
    let mut sse = body.clone();
    sse["stream_format"] = json!("sse");
    let answer = speech(address, &sse);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let text = answer.text();
    let events: Vec<Value> = text
        .split_terminator("\n\n")
        .map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap())
        .collect();
    let (done, deltas) = events.split_last().unwrap();
    assert!(deltas.iter().all(|event| event["type"] == "speech.audio.delta"), "{deltas:?}");
    assert!(deltas.iter().flat_map(|event| decoded(&event["audio"])).eq(plain.iter().copied()));
    assert_eq!(done["type"], "speech.audio.done");
    let number = |name: &str| done["usage"][name].as_u64().unwrap();
    assert_eq!(number("output_tokens"), plain.len() as u64 / 1_200);
    assert_eq!(number("input_tokens") + number("output_tokens"), number("total_tokens"));
}

fn decoded(base64: &Value) -> Vec<u8> {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.decode(base64.as_str().unwrap()).unwrap()
}

#[test]
fn captions_are_those_of_kokoro_fastapi() {
    let address = server();
    let text = "Hello there. It has two sentences, with a pause between them that is short.";
    let body = |stream: bool| json!({ "model": "kokoro", "input": text, "voice": "af_sky", "response_format": "pcm", "stream": stream });
    let plain = speech(address, &body(true)).body;
    let whole = post(address, "/dev/captioned_speech", &body(false)).json();
    let keys: Vec<&str> = whole.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((keys, &whole["audio_format"]), (vec!["audio", "audio_format", "timestamps"], &json!("audio/pcm")));
    assert_eq!(decoded(&whole["audio"]), plain);
    let words = whole["timestamps"].as_array().unwrap();
    let spoken: Vec<&str> = words.iter().map(|word| word["word"].as_str().unwrap()).collect();
    let marked = text.replace(',', " ,").replace('.', " .");
    assert_eq!(spoken, marked.split(' ').collect::<Vec<_>>(), "a mark has an entry of its own");
    let times: Vec<f64> = words
        .iter()
        .flat_map(|word| [&word["start_time"], &word["end_time"]])
        .map(|time| time.as_f64().unwrap())
        .collect();
    assert!(times.is_sorted() && times.last().unwrap() <= &(plain.len() as f64 / 48_000.0), "{times:?}");

    let lines = post(address, "/dev/captioned_speech", &body(true)).text();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().flat_map(|line| decoded(&line["audio"])).eq(plain.iter().copied()));
    let streamed: Vec<&Value> = lines.iter().flat_map(|line| line["timestamps"].as_array().unwrap()).collect();
    assert_eq!(streamed, words.iter().collect::<Vec<_>>());
    let mut without = body(false);
    without["return_timestamps"] = json!(false);
    assert_eq!(post(address, "/dev/captioned_speech", &without).json()["timestamps"], json!([]));
}

#[test]
fn phonemes_can_be_read_and_spoken() {
    let address = server();
    let read = post(address, "/dev/phonemize", &json!({ "text": "Hello there.", "language": "a" })).json();
    assert_eq!(read, json!({ "phonemes": "həlˈO ðˈɛɹ.", "tokens": [] }));
    let spoken =
        post(address, "/dev/generate_from_phonemes", &json!({ "phonemes": read["phonemes"], "voice": "af_sky" }));
    assert_eq!(spoken.header("content-type"), Some("audio/wav"));
    let written = speech(address, &json!({ "input": "Hello there.", "voice": "af_sky", "response_format": "wav" }));
    assert!(spoken.body == written.body);
    let silent = post(address, "/dev/generate_from_phonemes", &json!({ "phonemes": "@", "voice": "af_sky" }));
    assert_eq!((silent.status, silent.json()["detail"]["type"].clone()), (400, json!("invalid_request_error")));
}

#[test]
fn pauses_voices_and_volume_are_heard() {
    let address = server();
    let pcm = |input: &str, voice: &str, volume: f32| {
        let body = json!({ "input": input, "voice": voice, "response_format": "pcm", "volume_multiplier": volume });
        let answer = speech(address, &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.body
    };
    let (one, two) = (pcm("One.", "af_sky", 1.0), pcm("Two.", "af_sky", 1.0));
    let paused = pcm("One. [pause:0.5s] Two.", "af_sky", 1.0);
    assert_eq!(paused, [&one[..], &[0; 24_000], &two].concat());
    let ssml = pcm("<speak>One.<break time='0.5s'/><voice name='af_bella'>Two.</voice></speak>", "af_sky", 1.0);
    assert_eq!(ssml, [&one[..], &[0; 24_000], &pcm("Two.", "af_bella", 1.0)].concat());
    assert_eq!(pcm("One.", "shimmer", 1.0), one, "OpenAI's name for af_sky");
    assert_eq!(pcm("One.", "af_sky:3", 1.0), one);
    assert_ne!(pcm("One.", "af_sky(1)+af_bella(1)", 1.0), one);
    assert!(pcm("One.", "af_sky", 0.0).iter().all(|byte| *byte == 0));
}

#[test]
fn a_lost_device_is_replaced_while_clients_wait() {
    let (server, contexts) = narrow::server();
    let address = server.address;
    let body = json!({ "input": "Hello there. How are you today?", "voice": "af_sky", "response_format": "pcm" });
    let before = speech(address, &body);
    assert_eq!(before.status, 200, "{}", before.text());
    contexts.lock().unwrap()[0].device().destroy();
    let after = speech(address, &body);
    assert_eq!((after.status, after.body == before.body), (200, true), "{}", after.text());
    assert_eq!(metric(address, "kokoro_device_losses_total"), 1.0);
    assert_eq!((contexts.lock().unwrap().len(), get(address, "/ready").status), (2, 200));
    await_metric(address, "kokoro_requests_active", 0.0);
}

#[test]
fn metrics_are_in_the_text_format_and_say_what_happened() {
    let (server, _) = narrow::server();
    let address = server.address;
    let pcm = speech(address, &json!({ "input": "Hello there.", "response_format": "pcm" })).body;
    let text = get(address, "/metrics").text();
    assert!(text.ends_with("# EOF\n"));
    let values: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.rsplit_once(' ')).collect();
    let audio = metric(address, "kokoro_audio_seconds_total");
    assert!(audio > pcm.len() as f64 / 48_000.0, "with the sentence by which the server warmed up: {audio}");
    assert_eq!(values["kokoro_sentences_total"], "2");
    assert_eq!(values["kokoro_first_audio_seconds_count"], "1");
    assert_eq!(values["kokoro_requests_total{route=\"/v1/audio/speech\",status=\"200\"}"], "1");
    assert!(values["kokoro_gpu_memory_bytes"].parse::<u64>().unwrap() > 1_000_000);
}
