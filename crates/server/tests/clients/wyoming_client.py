"""The Python package of Wyoming against a server. usage: wyoming_client.py HOST PORT"""

import asyncio
import sys

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

TEXT = "Hello there. This is the second sentence, which is somewhat longer, so that it comes by itself."


async def sound(client, last):
    audio, event = b"", await client.read_event()
    assert AudioStart.is_type(event.type), event.type
    assert AudioStart.from_event(event).rate == 24_000
    while not last(event := await client.read_event()):
        if AudioChunk.is_type(event.type):
            audio += AudioChunk.from_event(event).audio
    return audio


async def main(host, port):
    async with AsyncTcpClient(host, int(port)) as client:
        await client.write_event(Describe().event())
        info = Info.from_event(await client.read_event())
        assert info.tts[0].supports_synthesize_streaming and "af_sky" in [voice.name for voice in info.tts[0].voices]

        voice = SynthesizeVoice(name="af_sky")
        await client.write_event(Synthesize(text=TEXT, voice=voice).event())
        whole = await sound(client, lambda event: AudioStop.is_type(event.type))
        assert len(whole) > 24_000, len(whole)

        await client.write_event(SynthesizeStart(voice=voice).event())
        for at in range(0, len(TEXT), 9):
            await client.write_event(SynthesizeChunk(text=TEXT[at : at + 9]).event())
        await client.write_event(Synthesize(text=TEXT, voice=voice).event())
        await client.write_event(SynthesizeStop().event())
        streamed = await sound(client, lambda event: SynthesizeStopped.is_type(event.type))
        assert streamed == whole, (len(streamed), len(whole))

        await client.write_event(Synthesize(text="Hello.", voice=SynthesizeVoice(name="nobody")).event())
        event = await client.read_event()
        assert Error.is_type(event.type) and "nobody" in Error.from_event(event).text
    print("wyoming: passed")


asyncio.run(main(*sys.argv[1:]))
