//! What requests may say, and who may ask.

use serde_json::{Value, json};

use super::client::{JSON, get, post, request, speech};
use super::fake::open;
use super::started::{NAMES, options};
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
