#!/usr/bin/env python3
"""Synthesizes a text into a WAV file through the C interface, with Python's standard library only:

    say.py OUT.wav TEXT [MODEL VOICE]

Without MODEL and VOICE, random weights produce noise instead of speech. $KOKORO_LIBRARY is the library's path if the
system does not find it.
"""

import array
import ctypes
import ctypes.util
import os
import sys
import wave
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_size_t, c_uint32, c_uint64, c_void_p

ABI_VERSION = 1
SAMPLE_RATE = 24_000


class SpeakOptions(ctypes.Structure):
    """KokoroSpeakOptions. Omitted fields are zero, the default."""

    _fields_ = [
        ("size", c_size_t),
        ("language", c_char_p),
        ("cancel", c_void_p),
        ("speed", c_float),
        ("seed", c_uint32),
        ("batch", c_uint32),
        ("split", c_uint32),
    ]

    def __init__(self, **fields):
        super().__init__(ctypes.sizeof(SpeakOptions), **fields)


class Word(ctypes.Structure):
    """KokoroWord."""

    _fields_ = [("text", c_char_p), ("phonemes", c_char_p), ("start", c_uint64), ("end", c_uint64)]


OnChunk = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)


def open_library():
    found = os.environ.get("KOKORO_LIBRARY") or ctypes.util.find_library("kokoro")
    if not found:
        sys.exit("error: no library kokoro: install it with `cargo cinstall`, or set $KOKORO_LIBRARY to its path")
    library = ctypes.CDLL(found)
    if library.kokoro_abi_version() != ABI_VERSION:
        sys.exit(f"error: {found} has another ABI version than this program")
    library.kokoro_error_message.restype = c_char_p
    library.kokoro_context_adapter.restype = c_char_p
    library.kokoro_model_origin.restype = c_char_p
    library.kokoro_speech_samples.restype = POINTER(c_float)
    library.kokoro_speech_words.restype = POINTER(Word)
    return library


class Kokoro:
    """A model and a voice on the fastest adapter, freed at the end of a `with` block."""

    def __init__(self, model=None, voice=None):
        self.library = open_library()
        self.objects = []
        self.context = self.make("context", "open", None)
        if model is None:
            self.model = self.make("model", "seeded", self.context, c_uint64(0), None)
            self.voice = self.make("voice", "seeded", c_uint64(0), c_size_t(0))
        else:
            self.model = self.make("model", "open", self.context, os.fsencode(model), None)
            self.voice = self.make("voice", "open", os.fsencode(voice), None)
        self.synthesizer = self.make("synthesizer", "new", self.model)

    def check(self, status):
        if status != 0:
            raise RuntimeError(self.library.kokoro_error_message().decode())

    def make(self, kind, how, *arguments):
        handle = c_void_p()
        self.check(self.library[f"kokoro_{kind}_{how}"](*arguments, byref(handle)))
        self.objects.append((kind, handle))
        return handle

    def narrate(self, text, on_chunk, **options):
        """Calls on_chunk(samples, words) for each chunk once it is ready; words are (text, start, end) in seconds."""

        def receive(chunk, _):
            chunk, count = c_void_p(chunk), c_size_t()
            samples = self.library.kokoro_speech_samples(chunk, byref(count))
            samples = array.array("f", ctypes.string_at(samples, 4 * count.value))
            words = self.library.kokoro_speech_words(chunk, byref(count))
            words = [(w.text.decode(), w.start / SAMPLE_RATE, w.end / SAMPLE_RATE) for w in words[: count.value]]
            on_chunk(samples, words)
            return 0

        # The variable keeps Python from freeing the callback during the call.
        callback, options = OnChunk(receive), SpeakOptions(**options)
        self.check(
            self.library.kokoro_narrate(
                self.synthesizer, self.voice, text.encode(), byref(options), callback, None
            )
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for kind, handle in reversed(self.objects):
            self.library[f"kokoro_{kind}_free"](handle)


def main():
    if len(sys.argv) not in (3, 5):
        sys.exit("usage: say.py OUT.wav TEXT [MODEL VOICE]")
    out, text, *files = sys.argv[1:]
    with Kokoro(*files) as kokoro, wave.open(out, "wb") as wav:
        wav.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))

        def on_chunk(samples, words):
            clipped = (max(-1.0, min(1.0, sample)) for sample in samples)
            pcm = array.array("h", (round(32767 * sample) for sample in clipped))
            if sys.byteorder == "big":
                pcm.byteswap()
            wav.writeframes(pcm.tobytes())
            for word, start, end in words:
                print(f"{start:7.3f} {end:7.3f} {word}")

        kokoro.narrate(text, on_chunk)
        origin = kokoro.library.kokoro_model_origin(kokoro.model)
        adapter = kokoro.library.kokoro_context_adapter(kokoro.context)
        print(f"{out}: {wav.tell() / SAMPLE_RATE:.2f} s by {origin.decode()} on {adapter.decode()}")


if __name__ == "__main__":
    main()
