#!/usr/bin/env python3
"""Loads a server of OpenAI's speech API, and stops by itself. Python's standard library is all it needs.

    kokoro serve --port 8880 --max-requests 128 &
    benches/load.py clients http://127.0.0.1:8880                   # 1, 4, 16 and 64 clients: first audio, throughput
    benches/load.py clients http://127.0.0.1:8880 --json ours.json
    benches/load.py draw --out load.svg Ours=ours.json Other=other.json
    benches/load.py mixed http://127.0.0.1:8880 --pid $! --requests 10000

`clients`: each client asks again as soon as it has its answer. The sentences are the same for every number of clients. First audio
is the time from sending a request to its first byte of samples; a client that is refused with 429 asks again after the time that the
answer names, which counts too, and refusals are counted. Audio is counted as raw samples, 24 kHz and 16 bits.

`mixed`: texts, voices and speeds at random from a seed; some clients go away in the middle, some read slowly. Every whole answer
must be, byte for byte, what the same request gives alone. The server's memory is read from /proc.
"""

import argparse
import asyncio
import hashlib
import json
import random
import re
import statistics
import sys
import time
import urllib.parse

SENTENCES = [
    "The kettle is on.",
    "She opened the window and looked down at the street.",
    "Nobody had asked him, and so he said nothing at all.",
    "It rained for three days, and on the fourth the river came over its banks.",
    "Please leave your coat at the door.",
    "There are two trains in the morning, and one at night.",
    "What a good idea!",
    "The house at the end of the road has been empty for years.",
]
BYTES_PER_SECOND = 48_000


class Refused(Exception):
    """The server answered with an error."""


class Full(Refused):
    """The server has no place, and says after how many seconds it may have one."""

    def __init__(self, message, seconds):
        super().__init__(message)
        self.seconds = seconds


async def ask(address, body, abort_after=None, pause=0.0):
    """Asks for speech; returns the seconds to the first samples and the samples. `abort_after`: leaves after so many bytes."""
    host, port = address
    started = time.monotonic()
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
    try:
        payload = json.dumps(body).encode()
        head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        status = int(answer.split()[1])
        if status != 200:
            message = f"{status}: {(await reader.read()).decode(errors='replace')[:300]}"
            after = re.search(r"\r\nretry-after: *(\d+)", answer)
            raise Full(message, int(after.group(1))) if status == 429 and after else Refused(message)
        chunked = "transfer-encoding: chunked" in answer
        samples, first = bytearray(), None
        while True:
            if chunked:
                size = int(await reader.readuntil(b"\r\n"), 16)
                part = (await reader.readexactly(size + 2))[:-2]
            else:
                part = await reader.read(1 << 16)
            if part and first is None:
                first = time.monotonic() - started
            if not part:
                return first, bytes(samples)
            samples += part
            if abort_after is not None and len(samples) >= abort_after:
                return first, None
            if pause:
                await asyncio.sleep(pause)
    finally:
        writer.close()


def quantile(values, share):
    """The smallest value that is not exceeded by this share of all."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 100) - 1))]


async def level(address, clients, requests, fields):
    """So many clients; each takes the next request until none is left."""
    waiting = list(reversed(range(requests)))
    firsts, wholes, seconds, refused = [], [], 0.0, 0

    async def client():
        nonlocal seconds, refused
        while waiting:
            text = SENTENCES[waiting.pop() % len(SENTENCES)]
            asked = time.monotonic()
            while True:
                again = time.monotonic()
                try:
                    first, samples = await ask(address, {**fields, "input": text, "response_format": "pcm"})
                    break
                except Full as full:
                    refused += 1
                    await asyncio.sleep(full.seconds)
            firsts.append(again - asked + first)
            wholes.append(time.monotonic() - asked)
            seconds += len(samples) / BYTES_PER_SECOND

    started = time.monotonic()
    await asyncio.gather(*(client() for _ in range(clients)))
    wall = time.monotonic() - started
    return {
        "clients": clients, "requests": requests, "first_p50": statistics.median(firsts), "first_p99": quantile(firsts, 99),
        "whole_p50": statistics.median(wholes), "refused": refused, "audio_seconds": seconds, "wall_seconds": wall, "throughput": seconds / wall,
    }


async def run_clients(address, options):
    fields = {"model": "kokoro", "voice": options.voice, "speed": options.speed}
    await ask(address, {**fields, "input": SENTENCES[0], "response_format": "pcm"})  # what the first request alone pays
    rows = []
    print("| clients | requests | refused | first audio p50 | p99 | audio s per s | times one client's |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for clients in options.clients:
        requests = max(options.requests, clients)
        row = await level(address, clients, requests, fields)
        rows.append(row)
        gain = row["throughput"] / rows[0]["throughput"]
        figures = f"{row['first_p50']:.2f} s | {row['first_p99']:.2f} s | {row['throughput']:.2f} | {gain:.2f}"
        print(f"| {clients} | {requests} | {row['refused']} | {figures} |", flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


def memory(pid):
    """Resident memory of a process in MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


async def run_mixed(address, options):
    chance = random.Random(options.seed)
    texts = ["Yes.", "Not now.", "The kettle is on.", "One, two, three.", "What a good idea!", "Two words. And two more."]
    bodies = [
        {"model": "kokoro", "input": text, "voice": voice, "speed": speed, "response_format": "pcm"}
        for text in texts for voice in options.voices for speed in options.speeds
    ]
    expected = [hashlib.sha256((await ask(address, body))[1]).digest() for body in bodies]
    if len(set(expected)) != len(expected):
        sys.exit("two different requests have the same samples: nothing could be seen to be mixed up")
    left, done, counts = options.requests, 0, {"whole": 0, "aborted": 0, "slow": 0, "refused": 0}
    firsts, wholes, memories, started = [], [], [], time.monotonic()
    end = started + options.seconds
    if options.pid:
        memories.append((0, memory(options.pid)))

    async def ask_in_time(*request, **manner):
        try:
            return await asyncio.wait_for(ask(address, *request, **manner), options.patience)
        except TimeoutError:
            sys.exit(f"hung: no end of {request} within {options.patience:g} s")

    async def client():
        nonlocal left, done
        while left > 0 and time.monotonic() < end:
            left -= 1
            case, manner = chance.randrange(len(bodies)), chance.random()
            if manner < 0.2:
                # Some leave before the first byte, some after it.
                wanted = chance.choice([0, 1])
                if wanted:
                    await ask_in_time(bodies[case], abort_after=wanted)
                else:
                    task = asyncio.ensure_future(ask(address, bodies[case]))
                    await asyncio.sleep(chance.random() * 0.1)
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
                counts["aborted"] += 1
            else:
                slow = manner < 0.3
                asked = time.monotonic()
                try:
                    first, samples = await ask_in_time(bodies[case], pause=0.2 if slow else 0.0)
                except Refused as refused:
                    if not str(refused).startswith("429"):
                        raise
                    counts["refused"] += 1
                    await asyncio.sleep(0.5)
                    continue
                if hashlib.sha256(samples).digest() != expected[case]:
                    sys.exit(f"mixed up: {bodies[case]} has {len(samples)} bytes of something else")
                counts["slow" if slow else "whole"] += 1
                firsts.append(first)
                if not slow:
                    wholes.append(time.monotonic() - asked)
            done += 1
            if done % max(1, options.requests // 20) == 0:
                if options.pid:
                    memories.append((done, memory(options.pid)))
                size = f", {memories[-1][1]:.0f} MiB" if options.pid else ""
                print(f"{done} requests, {time.monotonic() - started:.0f} s{size}, {counts}", flush=True)

    await asyncio.gather(*(client() for _ in range(options.clients)))
    wall = time.monotonic() - started
    print(f"{done} requests in {wall:.0f} s, {counts}: nothing mixed up among {len(bodies)} different requests")
    for name, seconds in [("first audio", firsts), ("whole answers", wholes)]:
        if seconds:
            print(f"{name}: p50 {statistics.median(seconds):.2f} s, p99 {quantile(seconds, 99):.2f} s, at most {max(seconds):.2f} s")
    if memories:
        half = memories[len(memories) // 2 :]
        grown = max(size for _, size in half) - half[0][1]
        print(f"memory over the second half: {half[0][1]:.0f} MiB, at most {grown:+.0f} MiB")


def draw(options):
    """Two panels by number of clients: throughput, and first audio on a logarithmic scale."""
    import math

    colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"]
    series = []
    for name, path in (pair.split("=", 1) for pair in options.series):
        with open(path, encoding="utf-8") as file:
            series.append((name, json.load(file)))
    counts = sorted({row["clients"] for _, rows in series for row in rows})
    width, height, top, left = 360, 220, 54, 64
    text = '<text x="{:.1f}" y="{:.1f}" font-size="12" text-anchor="{}" fill="{}">{}</text>'
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="920" height="340" font-family="sans-serif">',
        '<rect width="920" height="340" fill="#fff"/>',
        f'<text x="{left}" y="22" font-size="15" fill="#222">{options.title}</text>',
    ]

    def panel(x0, label, lines, low, high, ticks, place):
        out.append(text.format(x0, top - 8, "start", "#222", label))
        for tick in ticks:
            y = top + height * (1 - place(tick, low, high))
            out.append(f'<path d="M{x0} {y:.1f}h{width}" stroke="#ddd"/>')
            out.append(text.format(x0 - 6, y + 4, "end", "#222", f"{tick:g}"))
        for count in counts:
            x = x0 + width * (counts.index(count) + 0.5) / len(counts)
            out.append(text.format(x, top + height + 18, "middle", "#222", count))
        out.append(text.format(x0 + width / 2, top + height + 36, "middle", "#222", "clients"))
        for colour, dash, rows, key in lines:
            at = [(x0 + width * (counts.index(row["clients"]) + 0.5) / len(counts),
                   top + height * (1 - place(row[key], low, high))) for row in rows]
            path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
            out.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
            out.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in at)

    highest = max(row["throughput"] for _, rows in series for row in rows)
    step = 10 ** math.floor(math.log10(highest))
    step = step if highest / step > 3 else step / 2
    ticks = [step * n for n in range(int(highest / step) + 2)]
    panel(left, "seconds of audio a second", [(colours[n], "none", rows, "throughput") for n, (_, rows) in enumerate(series)],
          0, ticks[-1], ticks, lambda value, low, high: (value - low) / (high - low))
    values = [row[key] for _, rows in series for row in rows for key in ("first_p50", "first_p99")]
    low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))
    decades = [10.0 ** n for n in range(round(math.log10(low)), round(math.log10(high)) + 1)]
    lines = [(colours[n], dash, rows, key) for n, (_, rows) in enumerate(series)
             for dash, key in (("none", "first_p50"), ("5 4", "first_p99"))]
    panel(left + width + 96, "seconds to the first audio: p50, and p99 dashed", lines, low, high, decades,
          lambda value, low, high: math.log(value / low) / math.log(high / low))
    for n, (name, _) in enumerate(series):
        out.append(f'<rect x="{left + 220 * n}" y="318" width="12" height="12" fill="{colours[n]}"/>')
        out.append(text.format(left + 220 * n + 18, 328, "start", "#222", name))
    with open(options.out, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n</svg>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    clients = commands.add_parser("clients", help="first audio and throughput by number of clients")
    clients.add_argument("url")
    clients.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")], default=[1, 4, 16, 64])
    clients.add_argument("--requests", type=int, default=64, help="for every number of clients, and at least one for each")
    clients.add_argument("--voice", default="af_heart")
    clients.add_argument("--speed", type=float, default=1.0)
    clients.add_argument("--json", help="also write the figures into this file")
    mixed = commands.add_parser("mixed", help="mixed requests, some of which are given up or read slowly")
    mixed.add_argument("url")
    mixed.add_argument("--requests", type=int, default=10_000)
    mixed.add_argument("--seconds", type=float, default=float("inf"), help="begin no request after this time")
    mixed.add_argument("--clients", type=int, default=32)
    mixed.add_argument("--patience", type=float, default=300.0, help="seconds after which a request has hung")
    mixed.add_argument("--voices", type=lambda text: text.split(","), default=["af_heart", "af_sky"])
    mixed.add_argument("--speeds", type=lambda text: [float(speed) for speed in text.split(",")], default=[1.0, 2.0])
    mixed.add_argument("--pid", type=int, help="the server, whose memory is printed")
    mixed.add_argument("--seed", type=int, default=0)
    picture = commands.add_parser("draw", help="figures of --json as a picture")
    picture.add_argument("--out", required=True)
    picture.add_argument("--title", default="Speech by number of clients")
    picture.add_argument("series", nargs="+", metavar="NAME=FILE")
    options = parser.parse_args()
    if options.command == "draw":
        return draw(options)
    url = urllib.parse.urlsplit(options.url)
    address = (url.hostname, url.port or 80)
    return asyncio.run((run_clients if options.command == "clients" else run_mixed)(address, options))


if __name__ == "__main__":
    main()
