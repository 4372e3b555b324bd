#!/usr/bin/env bash
# All that tells whether and how fast kokoro-wgpu runs on this machine's GPU, in one Markdown file that names no person, folder
# or host: self-check, every stage in every kernel and precision, speed by length and batch, time by stage, and predictions to
# hold beside it. No network. Minutes on a GPU; on a CPU give short lengths.
#
#   benches/gpu_report.sh [-o FILE] [TOKENS ...]     default: gpu-report.md, 10 60 200 510
#
#   ADAPTER=    a part of the adapter's name, or its index in `kokoro info`
#   KOKORO=     the program [built here, release profile]
#   REFERENCE=  folder with peers.py: PyTorch beside ours, if PYTHON has it (benches/compare.sh)
set -uo pipefail

file=gpu-report.md
if [ "${1:-}" = -o ]; then
    file=$2
    shift 2
fi
[ $# -gt 0 ] || set -- 10 60 200 510
file=$(realpath -m -- "$file")
cd "$(dirname "$0")/.." || exit 1
if [ -z "${KOKORO:-}" ]; then
    cargo build --locked --release --quiet --bin kokoro || exit 1
    KOKORO=${CARGO_TARGET_DIR:-target}/release/kokoro
fi
adapter=(${ADAPTER:+--adapter "$ADAPTER"})
export KOKORO_CACHE # an empty one keeps the machine's own results out of the report
KOKORO_CACHE=$(mktemp -d)
trap 'rm -rf "$KOKORO_CACHE"' EXIT

failed=0
section() { # heading, then a command, whose output stands as it is
    echo "gpu_report.sh: $1" >&2
    printf '\n## %s\n\n```text\n' "$1"
    shift
    "$@" "${adapter[@]}" 2>&1 | sed "s|$HOME|~|g"
    [ "${PIPESTATUS[0]}" = 0 ] || {
        echo '(failed)'
        failed=1
    }
    echo '```'
}

{
    echo "# kokoro-wgpu on a GPU"
    echo
    echo "$(date -u +%Y-%m-%d), $("$KOKORO" --version), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), $(uname -sm)"
    section "Adapter, and the kernels measured" "$KOKORO" info --tune
    section "Self-check and limits" "$KOKORO" info --report -
    # Those of the first adapter in the list, which is the one given or, on most machines, the GPU.
    kernels=$("$KOKORO" info --json "${adapter[@]}" | sed -n '/"convs"/,/]/{s/^ *"\([a-z]*\)",*$/\1/p;/]/q}')
    for precision in f32 f16; do
        for kernel in $kernels; do
            section "Every stage, $kernel, $precision" "$KOKORO" verify --conv "$kernel" --precision "$precision"
        done
    done
    section "Speed" "$KOKORO" bench --model seeded:0 --tokens "$@"
    for kernel in $kernels; do
        section "Speed, $kernel" "$KOKORO" bench --model seeded:0 --runs 3 --tokens "$1" --conv "$kernel"
    done
    section "Speed, float16 weights" "$KOKORO" bench --model seeded:0 --runs 3 --tokens "$1" --precision f16
    for batch in 4 16; do
        section "Speed, $batch utterances at once" "$KOKORO" bench --model seeded:0 --runs 3 --tokens "$1" --batch $batch
    done
    section "Time by stage" "$KOKORO" profile --model seeded:0 --tokens "$1"
    section "The model of time beside this adapter" "$KOKORO" profile --model seeded:0 --tokens "$1" --predict this
    adapter=() # predictions are of other chips
    section "Predicted for other GPUs" "$KOKORO" profile --model seeded:0 --tokens "$1" --predict all
    if [ -f "${REFERENCE:-}/peers.py" ]; then
        section "Beside PyTorch on the CPU" benches/compare.sh "$1"
    fi
} >"$file"
echo "$file"
exit $failed
