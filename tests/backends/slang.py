"""Compiles HLSL with Slang, whose front end checks syntax, types and intrinsics as Direct3D's own compilers do.

usage: slang.py FOLDER    every .hlsl in it; exit status 1 if one is refused

Those compilers run on Windows or are not packaged; Slang comes with slangpy. Its library is called through C, since slangpy
opens a GPU when it is imported.
"""

import ctypes
import importlib.util
import re
import sys
import tempfile
from pathlib import Path


def library():
    package = Path(importlib.util.find_spec("slangpy").origin).parent
    slang = ctypes.CDLL(str(next(package.glob("libslang-compiler.so*"))))
    for name in ["spCreateSession", "spCreateCompileRequest"]:
        getattr(slang, name).restype = ctypes.c_void_p
    slang.spGetDiagnosticOutput.restype = ctypes.c_char_p
    return slang


def for_slang(text):
    """What Slang reads otherwise than Direct3D's compilers, of what naga writes."""
    # Of an unnamed array of arrays, the dimensions from the other side.
    text = re.sub(r"\((\w+)\[(\d+)\]\[(\d+)\]\)0", r"(\1[\3][\2])0", text)
    # No function may make a global constant, though its arguments are constants.
    return re.sub(r"static const (\w+ \w+\[\d+\] = Constructarray)", r"static \1", text)


def compile_hlsl(slang, session, source, profile, output):
    """What the compiler says if it refuses, else None."""
    request = ctypes.c_void_p(slang.spCreateCompileRequest(session))
    arguments = ["-lang", "hlsl", str(source), "-entry", "main", "-stage", "compute", "-profile", profile]
    arguments += ["-target", "spirv", "-o", str(output)]
    words = (ctypes.c_char_p * len(arguments))(*[word.encode() for word in arguments])
    failed = slang.spProcessCommandLineArguments(request, words, len(words)) < 0 or slang.spCompile(request) < 0
    said = (slang.spGetDiagnosticOutput(request) or b"").decode()
    slang.spDestroyCompileRequest(request)
    return said if failed else None


def main():
    folder = Path(sys.argv[1])
    slang = library()
    session = ctypes.c_void_p(slang.spCreateSession(None))
    sources = sorted(folder.glob("*.hlsl"))
    refused = 0
    with tempfile.TemporaryDirectory() as scratch:
        broken = Path(scratch) / "broken.hlsl"
        broken.write_text("[numthreads(1, 1, 1)] void main() { float x = unknown; }")
        if compile_hlsl(slang, session, broken, "sm_6_0", broken.with_suffix(".spv")) is None:
            sys.exit("slang.py: Slang takes what it must refuse")
        for source in sources:
            adapted = Path(scratch) / source.name
            adapted.write_text(for_slang(source.read_text()))
            said = compile_hlsl(slang, session, adapted, "sm_6_0", adapted.with_suffix(".spv"))
            if said is not None:
                refused += 1
                print(f"{source.name}: {said}")
    print(f"HLSL: Slang compiles {len(sources) - refused} of {len(sources)}")
    sys.exit(not sources or refused > 0)


main()
