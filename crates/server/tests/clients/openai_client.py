"""OpenAI's Python package, and the calls that Kokoro-FastAPI documents, against a server. usage: openai_client.py URL KEY"""

import base64
import json
import re
import sys
from urllib.request import Request, urlopen

from openai import AuthenticationError, BadRequestError, OpenAI

url, key = sys.argv[1:]
client = OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
text = "Hello there. This is the second sentence, which is somewhat longer, so that it comes by itself."
asked = {"model": "tts-1", "voice": "af_sky", "input": text}

# At once, and while it is made.
pcm = client.audio.speech.create(**asked, response_format="pcm").content
assert len(pcm) > 24_000 and len(pcm) % 1_200 == 0, len(pcm)
with client.audio.speech.with_streaming_response.create(**asked, response_format="pcm") as answer:
    assert answer.headers["content-type"] == "audio/pcm"
    assert b"".join(answer.iter_bytes()) == pcm

# Every format, and the one that is meant if none is named.
for name, start in [("wav", b"RIFF"), ("flac", b"fLaC"), ("opus", b"OggS"), ("mp3", b"\xff")]:
    content = client.audio.speech.create(**asked, response_format=name).content
    assert content.startswith(start), (name, content[:8])
assert client.audio.speech.create(**asked).content == content, "mp3 is the default"

# Server-sent events.
with client.audio.speech.with_streaming_response.create(**asked, response_format="pcm", stream_format="sse") as answer:
    events = [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line]
assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == pcm
assert [event["type"] for event in events] == ["speech.audio.delta"] * (len(events) - 1) + ["speech.audio.done"]

# Voices: OpenAI's, blends, and one that there is not.
assert client.audio.speech.create(**asked | {"voice": "shimmer"}, response_format="pcm").content == pcm
blend = client.audio.speech.create(**asked | {"voice": "af_bella(2)+af_sky(1)"}, response_format="pcm").content
assert blend and blend != pcm
slow = client.audio.speech.create(**asked, speed=0.5, response_format="pcm").content
assert len(slow) > 1.5 * len(pcm)
try:
    client.audio.speech.create(**asked | {"voice": "nobody"})
    raise SystemExit("a voice that there is not")
except BadRequestError as error:
    assert error.param == "voice" and "nobody" in error.body["message"], error.body
try:
    OpenAI(base_url=f"{url}/v1", api_key="wrong", max_retries=0).models.list()
    raise SystemExit("a wrong key")
except AuthenticationError as error:
    assert error.code == "invalid_api_key"
assert "tts-1" in [model.id for model in client.models.list()]
assert client.models.retrieve("tts-1").owned_by == "kokoro"

# A client that stops reading.
for _ in range(3):
    with client.audio.speech.with_streaming_response.create(**asked | {"input": 20 * text}) as answer:
        next(answer.iter_bytes(1))
assert client.audio.speech.create(**asked, response_format="pcm").content == pcm

# Kokoro-FastAPI's own routes.


def ask(path, body=None):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urlopen(Request(url + path, body and json.dumps(body).encode(), headers)) as answer:
        return answer.headers["Content-Type"], answer.read()


voices = json.loads(ask("/v1/audio/voices")[1])["voices"]
assert {"id", "name"} <= voices[0].keys()
body = {"model": "kokoro", "input": text, "voice": "af_sky", "speed": 1.0, "response_format": "pcm"}
whole = json.loads(ask("/dev/captioned_speech", body | {"stream": False})[1])
assert base64.b64decode(whole["audio"]) == pcm
assert [word["word"] for word in whole["timestamps"]] == re.findall(r"\w+|[.,]", text)
parts = [json.loads(line) for line in ask("/dev/captioned_speech", body)[1].splitlines()]
assert b"".join(base64.b64decode(part["audio"]) for part in parts) == pcm
assert sum((part["timestamps"] for part in parts), []) == whole["timestamps"]
phonemes = json.loads(ask("/dev/phonemize", {"text": "Hello there.", "language": "a"})[1])["phonemes"]
content_type, spoken = ask("/dev/generate_from_phonemes", {"phonemes": phonemes, "voice": "af_sky"})
assert content_type == "audio/wav" and spoken.startswith(b"RIFF")
print("openai, and Kokoro-FastAPI's routes: passed")
