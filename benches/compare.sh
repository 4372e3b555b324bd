#!/usr/bin/env bash
# Ours beside what a user would run instead, on this machine, on the same ids, style and weights: one Markdown table on
# standard output, and with -o also in a file.
#
#   benches/compare.sh [-o FILE] [TOKENS ...]     default: 12 60
#
# The systems take turns, ROUNDS times each: what else the machine does meets all of them. Each turn's first run is left
# out (it compiles); of the others the table has the median, over all rounds.
#
#   RUNS=3 ROUNDS=3      runs a turn, turns
#   ADAPTER=             ours runs on this adapter, as --adapter has it
#   REFERENCE=           folder of peers.py [../shared/reference beside the repository]
#   PYTHON=              with torch and kokoro [python3]
#   ONNX=                a model that `peers.py export` wrote
#   ONNX_PYTHON=         with onnxruntime [PYTHON]
#   KOKORO=              our binary [built here]
set -euo pipefail

file=
if [ "${1:-}" = -o ]; then
    file=$(realpath -m -- "$2")
    shift 2
fi
[ $# -gt 0 ] || set -- 12 60
cd "$(dirname "$0")/.."
: "${RUNS:=3}" "${ROUNDS:=3}" "${PYTHON:=python3}" "${REFERENCE:=../shared/reference}"
: "${ONNX_PYTHON:=$PYTHON}" "${KOKORO:=target/release/kokoro}" "${ADAPTER:=}" "${ONNX:=}"

say() { echo "compare.sh: $*" >&2; }
command -v "$PYTHON" >/dev/null || { say "no $PYTHON, which also writes the table: set PYTHON"; exit 1; }
[ "$KOKORO" != target/release/kokoro ] || cargo build --locked --release --quiet --bin kokoro

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

ours() { "$KOKORO" bench --json --model seeded:0 --runs "$RUNS" --tokens "$1" ${ADAPTER:+--adapter "$ADAPTER"}; }
torch() { "$PYTHON" "$REFERENCE/peers.py" torch --tokens "$1" --runs "$RUNS"; }
onnx() { "$ONNX_PYTHON" "$REFERENCE/peers.py" onnx "$ONNX" --tokens "$1" --runs "$RUNS"; }

systems=(ours)
if [ ! -f "$REFERENCE/peers.py" ]; then
    say "no peers.py in $REFERENCE: ours alone. Set REFERENCE."
else
    if "$PYTHON" -c 'import torch, importlib.util as u; assert u.find_spec("kokoro")' 2>/dev/null; then systems+=(torch); else
        say "$PYTHON cannot import torch and kokoro: without PyTorch. Set PYTHON."
    fi
    if [ -z "$ONNX" ] || [ ! -f "$ONNX" ]; then
        say "no exported model: without ONNX Runtime. Set ONNX to the file of: peers.py export kokoro.onnx"
    elif ! "$ONNX_PYTHON" -c 'import onnxruntime' 2>/dev/null; then
        say "$ONNX_PYTHON cannot import onnxruntime: without ONNX Runtime. Set ONNX_PYTHON."
    else systems+=(onnx); fi
fi

for round in $(seq "$ROUNDS"); do
    for tokens in "$@"; do
        for system in "${systems[@]}"; do
            say "round $round of $ROUNDS, $tokens tokens: $system"
            "$system" "$tokens" >>"$lines" || { say "$system failed"; exit 1; }
        done
    done
done

commit=$(git describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
load=$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo unknown)
table() {
    "$PYTHON" - "$lines" "$commit" "$(date -u +%F)" "$ROUNDS" "$RUNS" "$load" "$(getconf _NPROCESSORS_ONLN)" <<'PYTHON'
import json, statistics, sys

path, commit, date, rounds, runs, load, cores = sys.argv[1:]
rows = {}
for line in open(path):
    row = json.loads(line)
    rows.setdefault(row["tokens"], {}).setdefault(row["system"], []).append(row)
ours = next(r for systems in rows.values() for group in systems.values() for r in group if "adapter" in r)
print(f"{date}, commit {commit}. Ours on {ours['adapter']}, driver {ours['driver']}. {cores} CPU cores,")
print(f"load average at the end {load}. {rounds} turns of {runs} runs each, in turn; medians over the turns.\n")
print("| tokens | system | device | seconds | fastest | times real time | first run | ours / this, seconds | peak RSS |")
print("|---:|---|---|---:|---:|---:|---:|---:|---:|")
for tokens, systems in sorted(rows.items()):
    middle = {s: statistics.median(r["median_seconds"] for r in g) for s, g in systems.items()}
    own = middle[ours["system"]]
    for system, group in systems.items():
        row = group[0]
        device = row.get("adapter") or row.get("device") or row.get("provider")
        threads = f", {row['threads']} threads" if "threads" in row else ""
        print(f"| {tokens} | {system} | {device}{threads} | {middle[system]:.3f} | {min(r['min_seconds'] for r in group):.3f} | "
              f"{row['audio_seconds'] / middle[system]:.2f} | {statistics.median(r['first_seconds'] for r in group):.2f} | "
              f"{own / middle[system]:.2f} | {max(r['peak_rss_mib'] or 0 for r in group)} MiB |")
first = [r for systems in rows.values() for g in systems.values() for r in g if r.get("first_audio_seconds")]
print("\nOurs, besides:\n\n| tokens | first audio from a cold process | peak GPU bytes | dispatches |\n|---:|---:|---:|---:|")
for tokens in sorted(rows):
    mine = [r for r in first if r["tokens"] == tokens]
    print(f"| {tokens} | {statistics.median(r['first_audio_seconds'] for r in mine):.2f} s | "
          f"{mine[0]['gpu_peak_bytes']:,} | {mine[0]['dispatches']} |")
PYTHON
}
if [ -n "$file" ]; then table | tee "$file"; else table; fi
