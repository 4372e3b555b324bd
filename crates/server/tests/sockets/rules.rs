//! What clients may not do, and what happens when they do it. The engine has no GPU.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{JSON, await_metric, get, metric, post, receive, request, send, speech};
use super::fake::{FRAMES, gated, open};
use super::started::{NAMES, options};

/// A text of this many sentences, each of which is a text chunk of its own.
fn book(sentences: usize) -> String {
    "This sentence of the book is one of many which are read one by one, until the last of them has been heard. "
        .repeat(3)
        .repeat(sentences)
}

#[test]
fn when_too_many_ask_the_next_is_told_when_to_come_back() {
    let mut options = options();
    options.limits.requests = 2;
    let (server, mut gate) = gated(options, FRAMES);
    let address = server.address;
    let body = json!({ "input": "Hello.", "response_format": "pcm" }).to_string();
    let waiting = [(); 2].map(|()| send(address, "POST", "/v1/audio/speech", &[JSON], &body));
    await_metric(address, "kokoro_requests_active", 2.0);
    let refused = request(address, "POST", "/v1/audio/speech", &[JSON], &body);
    assert_eq!((refused.status, refused.json()["error"]["code"].clone()), (429, json!("rate_limit_exceeded")));
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    assert_eq!(metric(address, "kokoro_requests_rejected_total"), 1.0);
    gate.open();
    assert!(waiting.into_iter().map(receive).all(|answer| answer.status == 200));
    assert_eq!(speech(address, &json!({ "input": "Hello." })).status, 200);
}

#[test]
fn connections_beyond_the_limit_are_told_so_and_make_room_when_they_close() {
    let mut options = options();
    options.limits.connections = 2;
    options.limits.receive = Duration::from_secs(600); // none is closed for being idle
    options.wyoming = Some(options.address);
    let server = open(options);
    let address = server.address;
    // One of each kind, both accepted: the first waits before those that come later, the second has been answered.
    let silent = TcpStream::connect(address).unwrap();
    let mut answered = TcpStream::connect(server.wyoming.unwrap()).unwrap();
    answered.write_all(b"{\"type\":\"ping\"}\n").unwrap();
    answered.read_exact(&mut [0]).unwrap();
    let refused = get(address, "/health");
    assert_eq!((refused.status, refused.json()["error"]["code"].clone()), (503, json!("unavailable")));
    assert!(refused.text().contains("2 connections are open"), "{}", refused.text());
    assert_eq!(refused.header("retry-after"), Some("5"));
    let mut event = String::new();
    TcpStream::connect(server.wyoming.unwrap()).unwrap().read_to_string(&mut event).unwrap();
    assert!(event.contains("\"type\":\"error\"") && event.contains("2 connections are open"), "{event}");
    drop((silent, answered));
    assert!((0..200_000).any(|_| get(address, "/health").status == 200), "closed connections are still counted");
}

#[test]
fn a_client_that_goes_takes_its_book_along() {
    let mut options = options();
    options.limits.gather = Duration::ZERO; // the first sentence goes to the engine before the second is read
    let (server, mut gate) = gated(options, FRAMES);
    let address = server.address;
    let body = json!({ "input": book(40), "response_format": "pcm" }).to_string();
    let reader = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    // One sentence is at the engine, others wait.
    await_metric(address, "kokoro_requests_active", 1.0);
    drop(reader);
    await_metric(address, "kokoro_requests_active", 0.0);
    gate.open();
    let short = speech(address, &json!({ "input": "Hello.", "response_format": "pcm" }));
    assert_eq!(short.status, 200);
    let spoken = gate.batches().concat();
    assert!(spoken.len() <= 3, "what was at the engine, then the short one; not the 16 that were read: {spoken:?}");
    await_metric(address, "kokoro_waiting_sentences", 0.0);
}

#[test]
fn a_book_does_not_starve_a_short_sentence() {
    let (server, mut gate) = gated(options(), FRAMES);
    let address = server.address;
    let text = json!({ "input": book(20), "response_format": "pcm" }).to_string();
    let reader = send(address, "POST", "/v1/audio/speech", &[JSON], &text);
    await_metric(address, "kokoro_waiting_sentences", 0.0); // the first sentence is at the engine
    let short = json!({ "input": "Hello.", "response_format": "pcm" }).to_string();
    let short = send(address, "POST", "/v1/audio/speech", &[JSON], &short);
    await_metric(address, "kokoro_requests_active", 2.0);
    gate.open();
    assert_eq!(receive(short).status, 200);
    assert_eq!(receive(reader).status, 200);
    let batches = gate.batches();
    let at = batches.iter().position(|batch| batch.iter().any(|phonemes| *phonemes < 20)).unwrap();
    // The short sentence may come while the engine takes its second batch, but no later.
    assert!(at <= 2 && batches.len() > 3, "{batches:?}");
}

#[test]
fn a_client_that_reads_nothing_is_let_go() {
    let mut options = options();
    options.limits.stall = Duration::from_millis(300);
    // A sentence of a book has more than a million samples: a few of them fill what the system buffers for a socket.
    let (server, mut gate) = gated(options, 20);
    gate.open();
    let address = server.address;
    let body = json!({ "input": book(40), "response_format": "pcm" }).to_string();
    let reader = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    await_metric(address, "kokoro_first_audio_seconds_count", 1.0);
    await_metric(address, "kokoro_requests_active", 0.0);
    let spoken = gate.batches().concat().len();
    assert!(spoken < 60, "reading goes no further than the client: {spoken} of 120");
    let mut received = Vec::new();
    let _ = { reader }.read_to_end(&mut received); // reset
    assert!(!received.ends_with(b"0\r\n\r\n"), "the transfer is seen to be broken");
    assert_eq!(speech(address, &json!({ "input": "Hello." })).status, 200);
}

#[test]
fn a_request_that_takes_too_long_ends() {
    let mut options = options();
    options.limits.time = Duration::from_millis(50);
    let (server, _gate) = gated(options, FRAMES);
    let answer = speech(server.address, &json!({ "input": "Hello." }));
    assert_eq!((answer.status, answer.json()["error"]["code"].clone()), (504, json!("timeout")));
    await_metric(server.address, "kokoro_requests_active", 0.0);
}

#[test]
fn one_key_has_half_of_the_places() {
    let mut options = options();
    options.api_keys = vec!["first".to_owned(), "second".to_owned()];
    (options.limits.requests, options.limits.client_requests) = (4, 2);
    let (server, mut gate) = gated(options, FRAMES);
    let address = server.address;
    let body = json!({ "input": "Hello.", "response_format": "pcm" }).to_string();
    let [first, second] = ["Bearer first", "Bearer second"].map(|key| [JSON, ("Authorization", key)]);
    let waiting = [(); 2].map(|()| send(address, "POST", "/v1/audio/speech", &first, &body));
    await_metric(address, "kokoro_requests_active", 2.0);
    let refused = request(address, "POST", "/v1/audio/speech", &first, &body);
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (429, true));
    assert!(refused.text().contains("2 of your requests are in progress"), "{}", refused.text());
    let other = send(address, "POST", "/v1/audio/speech", &second, &body);
    gate.open();
    assert!(waiting.into_iter().chain([other]).map(receive).all(|answer| answer.status == 200));
}

#[test]
fn phonemes_take_a_place_too() {
    let mut options = options();
    options.limits.requests = 1;
    let (server, mut gate) = gated(options, FRAMES);
    let address = server.address;
    let body = json!({ "input": "Hello.", "response_format": "pcm" }).to_string();
    let waiting = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    await_metric(address, "kokoro_requests_active", 1.0);
    let text = json!({ "text": "Hello there." });
    assert_eq!(post(address, "/dev/phonemize", &text).status, 429);
    gate.open();
    assert_eq!(receive(waiting).status, 200);
    await_metric(address, "kokoro_requests_active", 0.0);
    assert_eq!(post(address, "/dev/phonemize", &text).json()["phonemes"], "həlˈO ðˈɛɹ.");
}

#[test]
fn a_request_must_arrive_in_time_and_an_idle_connection_is_closed() {
    let mut options = options();
    options.limits.receive = Duration::from_millis(50);
    options.wyoming = Some(options.address);
    let server = open(options);
    let address = server.address;
    let head = "POST /v1/audio/speech HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100\r\n";
    let answer = |sent: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer); // returns because the server closes
        String::from_utf8(answer).unwrap()
    };
    for sent in ["", head, "GET /health HTTP/1.1\r\nHost: h\r\n\r\n"] {
        let answer = answer(sent);
        assert!(answer.is_empty() || !sent.starts_with("POST"), "{sent}: {answer}");
    }
    let late = answer(&format!("{head}\r\n{{"));
    assert!(late.starts_with("HTTP/1.1 408 ") && late.contains("did not arrive"), "{late}");
    // Byte by byte it takes no longer: no time between bytes is too short to be refused.
    let mut trickling = TcpStream::connect(address).unwrap();
    assert!(std::iter::repeat(b'x').any(|byte| trickling.write_all(&[byte]).is_err()));
    let mut begun = TcpStream::connect(server.wyoming.unwrap()).unwrap();
    begun.write_all(b"{").unwrap();
    assert_eq!(begun.read(&mut [0]).unwrap_or_default(), 0);
}

#[test]
fn a_whole_answer_has_a_limit_and_a_stream_has_none() {
    let mut options = options();
    options.limits.answer_bytes = 1 << 20;
    let server = open(options);
    let ask = |path: &str, format: &str, stream: bool| {
        post(server.address, path, &json!({ "input": book(10), "response_format": format, "stream": stream }))
    };
    let large = ask("/v1/audio/speech", "wav", false);
    assert_eq!((large.status, large.json()["error"]["param"].clone()), (413, json!("stream")));
    assert!(large.text().contains("leave out"), "{}", large.text());
    assert_eq!(ask("/dev/captioned_speech", "wav", false).status, 413);
    let streamed = ask("/v1/audio/speech", "wav", true);
    assert!(streamed.status == 200 && streamed.body.len() > 1 << 20);
    let opus = ask("/v1/audio/speech", "opus", false);
    assert_eq!(opus.header("content-length").unwrap(), opus.body.len().to_string());
}

#[test]
fn long_texts_and_bodies_are_refused() {
    let mut options = options();
    options.limits.characters = 100;
    let address = open(options);
    let address = address.address;
    let long = speech(address, &json!({ "input": "é".repeat(101) }));
    assert_eq!((long.status, long.json()["error"]["param"].clone()), (413, json!("input")));
    assert!(long.text().contains("101 characters, at most 100"));
    assert_eq!(speech(address, &json!({ "input": "é".repeat(100) })).status, 200);
    let body = format!("{{\"input\": \"{}\"}}", " ".repeat(200_000));
    assert_eq!(request(address, "POST", "/v1/audio/speech", &[JSON], &body).status, 413);
}

#[test]
fn invalid_requests_are_errors_in_openais_form() {
    let server = open(options());
    let address = server.address;
    let cases = [
        (json!({ "input": "" }), 400, "input", "is empty"),
        (json!({ "input": "* * *" }), 400, "input", "can be spoken"),
        (json!({ "input": "hi", "voice": "af_nobody" }), 400, "voice", "\"af_nobody\" is not known"),
        (json!({ "input": "hi", "voice": "../../etc/passwd" }), 400, "voice", "is not known"),
        (json!({ "input": "hi", "speed": 5 }), 400, "speed", "expected 0.25 to 4"),
        (json!({ "input": "hi", "speed": "fast" }), 400, "speed", "invalid type: string \"fast\", expected a number"),
        (json!({ "input": "hi", "stream": "maybe" }), 400, "stream", "expected true or false"),
        (json!({ "input": "hi", "response_format": "mod" }), 400, "response_format", "unknown variant `mod`"),
        (json!({ "input": "hi", "model": "gpt-5" }), 400, "model", "\"gpt-5\" is not known"),
        (json!({ "input": "hi", "lang_code": "xx" }), 400, "lang_code", "\"xx\" is not known"),
        (json!({ "input": "hi", "volume_multiplier": -1 }), 400, "volume_multiplier", "expected 0 to 10"),
        (json!({ "input": "hi [pause:60s]".repeat(11) }), 400, "input", "the pauses add up to 660 s, at most 600"),
        (json!({ "input": "<speak>a<b>" }), 400, "input", "SSML, line 1"),
    ];
    for (body, status, param, reason) in cases {
        let answer = speech(address, &body);
        let error = answer.json()["error"].clone();
        let keys: Vec<&String> = error.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["code", "message", "param", "type"]);
        assert_eq!(
            (answer.status, &error["param"], &error["type"]),
            (status, &json!(param), &json!("invalid_request_error")),
            "{body}"
        );
        assert!(error["message"].as_str().unwrap().contains(reason), "{body}: {error}");
    }
    assert!(speech(address, &json!({})).text().contains("missing field `input`"));
    // A web page of another origin can send such a body without asking.
    let form = request(address, "POST", "/v1/audio/speech", &[("Content-Type", "text/plain")], "{\"input\": \"hi\"}");
    assert_eq!(form.status, 415);
    let detail =
        post(address, "/dev/captioned_speech", &json!({ "input": "hi", "voice": "x" })).json()["detail"].clone();
    assert_eq!((&detail["error"], &detail["type"]), (&json!("validation_error"), &json!("invalid_request_error")));
    assert_eq!(get(address, "/nothing").json()["error"]["code"], "not_found");
    assert_eq!(get(address, "/v1/audio/speech").status, 405);
    assert_eq!(get(address, "/v1/models/gpt-5").status, 404);
    // What pydantic takes.
    for words in
        [json!({ "speed": "1.5", "stream": "true", "volume_multiplier": "0.5" }), json!({ "speed": 2, "stream": 0 })]
    {
        let mut body = words.clone();
        body["input"] = json!("hi");
        assert_eq!(speech(address, &body).status, 200, "{words}");
    }
    // Fields of other servers and of later versions are ignored.
    let extra = json!({ "input": "hi", "instructions": "cheerfully", "normalization_options": { "normalize": true }, "user": 1 });
    assert_eq!(speech(address, &extra).status, 200);
}

#[test]
fn keys_protect_all_that_costs_something() {
    let mut options = options();
    options.api_keys = vec!["first".to_owned(), "second".to_owned()];
    let server = open(options);
    let address = server.address;
    let body = json!({ "input": "hi" }).to_string();
    let ask = |headers: &[(&str, &str)]| {
        request(address, "POST", "/v1/audio/speech", &[&[JSON], headers].concat(), &body).status
    };
    for (header, status) in
        [("Bearer first", 200), ("Bearer second", 200), ("Bearer firs", 401), ("first", 401), ("Bearer ", 401)]
    {
        assert_eq!(ask(&[("Authorization", header)]), status, "{header}");
    }
    assert_eq!(ask(&[]), 401);
    for path in ["/v1/models", "/v1/audio/voices"] {
        assert_eq!(get(address, path).json()["error"]["code"], "invalid_api_key", "{path}");
    }
    for path in ["/", "/docs", "/openapi.json", "/health", "/ready", "/metrics"] {
        assert_eq!(get(address, path).status, 200, "{path}");
    }
}

#[test]
fn other_origins_may_ask_only_if_told() {
    let asked = |cors: &[&str], origin: &str| {
        let mut options = options();
        options.cors = cors.iter().map(|origin| (*origin).to_owned()).collect();
        let server = open(options);
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type"),
        ];
        let answer = request(server.address, "OPTIONS", "/v1/audio/speech", &headers, "");
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(asked(&[], "https://a.example"), None);
    assert_eq!(asked(&["https://a.example"], "https://a.example").as_deref(), Some("https://a.example"));
    assert_eq!(asked(&["https://a.example"], "https://b.example"), None);
    assert_eq!(asked(&["*"], "https://b.example").as_deref(), Some("*"));
}

#[test]
fn what_is_in_progress_at_the_end_may_end() {
    let (server, mut gate) = gated(options(), FRAMES);
    let address = server.address;
    let body = json!({ "input": "Hello there. How are you?", "response_format": "pcm" }).to_string();
    let client = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    await_metric(address, "kokoro_requests_active", 1.0);
    server.stop();
    gate.open();
    assert_eq!(receive(client).status, 200);
    server.join().unwrap();
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_second_signal_stops_at_once() {
    let (server, mut gate) = gated(options(), FRAMES);
    let address = server.address;
    let body = json!({ "input": book(3) }).to_string();
    let client = send(address, "POST", "/v1/audio/speech", &[JSON], &body);
    await_metric(address, "kokoro_requests_active", 1.0);
    server.stop();
    // The listener is gone once the first signal has arrived; a second one before that would be the same signal.
    while TcpStream::connect(address).is_ok() {}
    server.stop();
    gate.open(); // the thread that owns the engine ends with its batch
    server.join().unwrap();
    let mut answer = Vec::new();
    let _ = { client }.read_to_end(&mut answer); // reset, or empty
    assert!(!answer.ends_with(b"0\r\n\r\n"));
}

#[test]
fn a_panic_of_the_engine_ends_the_server_with_an_error() {
    let (server, gate) = gated(options(), FRAMES);
    gate.break_engine();
    assert_eq!(speech(server.address, &json!({ "input": "Hello." })).status, 503);
    let error = server.join().unwrap_err().to_string();
    assert!(error.contains("has panicked") && error.contains("the engine is broken"), "{error}");
}

#[test]
fn a_taken_port_is_an_error() {
    let server = open(options());
    let mut options = options();
    options.address = server.address;
    let error = kokoro_server::Server::bind(options).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen on {}: ", server.address)), "{error}");
}

#[test]
fn the_description_has_every_route_and_no_other() {
    let server = open(options());
    let description = get(server.address, "/openapi.json").json();
    let described: Vec<&String> = description["paths"].as_object().unwrap().keys().collect();
    let source = include_str!("../../src/http/mod.rs");
    let mut routes: Vec<&str> = source.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    routes.sort_unstable();
    assert_eq!(described, routes);
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let error = &operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"];
            let expected = if path.starts_with("/dev/") { "DevError" } else { "Error" };
            assert!(error.is_null() || *error == format!("#/components/schemas/{expected}"), "{path}: {error}");
            let answer =
                request(server.address, &method.to_uppercase(), &path.replace("{id}", "kokoro"), &[JSON], "{}");
            assert!(![404, 405].contains(&answer.status), "{method} {path}: {}", answer.status);
            if let Some(schema) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() {
                let name = schema.rsplit('/').next().unwrap();
                assert!(description["components"]["schemas"][name]["properties"].is_object(), "{name}");
            }
        }
    }
}

/// The names of the fields of a struct, in order of the alphabet.
fn fields(source: &str, name: &str) -> Vec<String> {
    let body = source.split_once(&format!("struct {name} {{\n")).unwrap().1.split_once("\n}").unwrap().0;
    let named = body.lines().filter_map(|line| line.trim().trim_start_matches("pub ").split_once(": "));
    let mut names: Vec<String> =
        named.map(|(name, _)| name.to_owned()).filter(|name| !name.contains([' ', '"', '/'])).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_description_has_every_field_and_no_other() {
    let server = open(options());
    let description = get(server.address, "/openapi.json").json();
    let described = |schema: &str| -> Vec<String> {
        description["components"]["schemas"][schema]["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let (speech, dev) = (include_str!("../../src/http/speech.rs"), include_str!("../../src/http/dev.rs"));
    let request = fields(speech, "SpeechRequest");
    assert_eq!(request.len(), 10, "{request:?}");
    // Each of two routes has a field of its own.
    let without = |name: &str| request.iter().filter(|field| *field != name).cloned().collect::<Vec<_>>();
    assert_eq!(described("Speech"), without("return_timestamps"));
    assert_eq!(described("CaptionedSpeech"), without("stream_format"));
    assert_eq!(described("Phonemize"), fields(dev, "PhonemizeRequest"));
    assert_eq!(described("Phonemes"), fields(dev, "PhonemesRequest"));
    for (path, schema) in [("/v1/nothing", "Error"), ("/dev/captioned_speech", "DevError")] {
        let error = post(server.address, path, &json!({})).json();
        let keys: Vec<String> = error.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, described(schema), "{error}");
    }
    let types = description["paths"]["/v1/audio/speech"]["post"]["responses"]["200"]["content"].clone();
    assert!(types["text/event-stream"].is_object() && types["audio/*"].is_object(), "{types}");
}

#[test]
fn what_programs_send_is_answered() {
    let server = open(options());
    let ask = |headers: &[(&str, &str)], body: &Value| {
        let headers = [&[JSON], headers].concat();
        let answer = request(server.address, "POST", "/v1/audio/speech", &headers, &body.to_string());
        assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        (answer.header("content-type").unwrap().to_owned(), answer.body)
    };
    let key = [("Authorization", "Bearer none")];
    // SillyTavern's "OpenAI compatible": voices are typed by hand.
    let body = json!({ "input": "Hello.", "response_format": "mp3", "voice": "af_sky", "speed": 1, "model": "tts-1" });
    assert_eq!(ask(&key, &body).0, "audio/mpeg");
    // LiveKit's openai.TTS: it looks at the type of what it gets, and reads `delta` or `audio`.
    let body = json!({ "input": "Hello.", "model": "gpt-4o-mini-tts", "voice": "ash", "response_format": "mp3", "speed": 1.0,
        "stream_format": "sse", "instructions": "calmly" });
    let (kind, events) = ask(&[("Accept", "*/*")], &body);
    assert_eq!(kind, "text/event-stream");
    assert!(String::from_utf8(events).unwrap().contains("data: {\"audio\":\""));
    assert_eq!(get(server.address, "/").status, 200, "it opens a connection beforehand");
    // Pipecat's OpenAITTSService: 24 kHz, 16 bits.
    let body = json!({ "input": "Hello.", "model": "gpt-4o-mini-tts", "voice": "alloy", "response_format": "pcm" });
    let (kind, samples) = ask(&key, &body);
    assert!(kind == "audio/pcm" && samples.len() % 1_200 == 0);
    // Open WebUI: the user's own parameters beside the three; voices need an `id`.
    let body = json!({ "model": "tts-1", "input": "Hello.", "voice": "af_sky", "custom": { "a": [1] } });
    assert_eq!(ask(&[("X-OpenWebUI-User-Name", "a")], &body).0, "audio/mpeg");
    let voices = get(server.address, "/v1/audio/voices").json();
    assert!(voices["voices"].as_array().unwrap().iter().all(|voice| voice["id"].is_string()));
}

#[test]
fn lists_have_the_forms_that_clients_expect() {
    let server = open(options());
    let voices = get(server.address, "/v1/audio/voices").json();
    assert_eq!(voices["voices"][3], json!({ "id": "bm_george", "name": "bm_george", "language": "en-gb" }));
    let names = get(server.address, "/v1/audio/voices?legacy=true").json();
    assert_eq!(names, json!({ "voices": NAMES }));
    let models = get(server.address, "/v1/models").json();
    assert_eq!((&models["object"], &models["data"][0]["id"]), (&json!("list"), &json!("kokoro")));
    assert_eq!(get(server.address, "/v1/models/tts-1").json(), models["data"][1]);
    assert_eq!(get(server.address, "/health").json(), json!({ "status": "healthy" }));
    for path in ["/", "/docs"] {
        let page = get(server.address, path);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
        assert!(!page.text().contains("://"), "nothing is loaded from elsewhere");
    }
}
