#!/usr/bin/env bash
# All that tells whether and how fast kokoro-wgpu runs on this machine's GPU, in one Markdown file without names of people or
# hosts: self-check, every stage in every kernel and precision, speed by length and batch, time by stage, and predictions to
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
absolute() { case $1 in '' | /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
file=$(absolute "$file")
KOKORO=$(absolute "${KOKORO:-}")
REFERENCE=$(absolute "${REFERENCE:-}")
: >"$file" || exit 1
cd "$(dirname "$0")/.." || exit 1
if [ -z "$KOKORO" ]; then
    echo "gpu_report.sh: building, some minutes" >&2
    cargo build --locked --release --bin kokoro || exit 1
    KOKORO=$(absolute "${CARGO_TARGET_DIR:-target}/release/kokoro")
fi
export KOKORO REFERENCE
unset KOKORO_MODEL KOKORO_VOICES HF_HUB_CACHE HF_HOME # paths, which the report would name
KOKORO_CACHE=$(mktemp -d) # results of its own
export KOKORO_CACHE
trap 'rm -rf "$KOKORO_CACHE"' EXIT
# As a program of Windows sees the folder, in a sed pattern.
native=$(cygpath -w "$KOKORO_CACHE" 2>/dev/null | sed 's|\\|\\\\|g')
native=${native:-$KOKORO_CACHE}
# A driver that hangs ends one section. macOS has no such program, and that of Windows does something else.
limit=
timeout --version >/dev/null 2>&1 && limit=timeout

failed=0
section() { # heading, then a command, whose output stands as it is
    echo "gpu_report.sh: $1" >&2
    printf '\n## %s\n\n```text\n' "$1"
    shift
    ${limit:+$limit 600} "$@" 2>&1 | sed "s|$KOKORO_CACHE|CACHE|g; s|$native|CACHE|g"
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
    # Everything runs on one adapter: that of ADAPTER, else the one that a first run chooses.
    adapter=${ADAPTER:-$(${limit:+$limit 600} "$KOKORO" bench --json --model seeded:0 --runs 1 --tokens 1 | sed -n 's/.*"adapter":"\([^",]*\).*/\1/p')}
    section "Adapter, and the kernels measured" "$KOKORO" info --tune --adapter "$adapter"
    section "Self-check and limits" "$KOKORO" info --report - --adapter "$adapter"
    kernels=$(${limit:+$limit 600} "$KOKORO" info --json --adapter "$adapter" | sed -n '/"convs"/,/]/s/^ *"\([a-z0-9]*\)",*$/\1/p')
    [ -n "$kernels" ] || failed=1
    for precision in f32 f16; do
        for kernel in $kernels; do
            case $precision$kernel in f32matrix* | f32half) continue ;; esac # half precision has float16 weights
            section "Every stage, $kernel, $precision" "$KOKORO" verify --conv "$kernel" --precision "$precision" --adapter "$adapter"
        done
    done
    section "Speed" "$KOKORO" bench --model seeded:0 --tokens "$@" --adapter "$adapter"
    for kernel in $kernels; do
        case $kernel in matrix* | half) precision=f16 ;; *) precision=f32 ;; esac
        section "Speed, $kernel, $precision" "$KOKORO" bench --model seeded:0 --runs 3 --tokens "$1" --conv "$kernel" \
            --precision $precision --adapter "$adapter"
    done
    section "Speed, float16 weights" "$KOKORO" bench --model seeded:0 --runs 3 --tokens "$1" --precision f16 --adapter "$adapter"
    for batch in 4 16; do
        section "Speed, $batch utterances at once" "$KOKORO" bench --model seeded:0 --runs 3 --tokens "${@:1:2}" --batch $batch --adapter "$adapter"
    done
    for tokens in "${@:1:2}"; do
        section "Time by stage, $tokens tokens" "$KOKORO" profile --model seeded:0 --tokens "$tokens" --adapter "$adapter"
        section "The model of time beside this adapter, $tokens tokens" \
            "$KOKORO" profile --model seeded:0 --tokens "$tokens" --predict this --adapter "$adapter"
        section "Predicted for other GPUs, $tokens tokens" "$KOKORO" profile --model seeded:0 --tokens "$tokens" --predict all
    done
    if [ -f "$REFERENCE/peers.py" ]; then
        section "Beside PyTorch on the CPU" benches/compare.sh "$1"
    fi
} >"$file"
[ $failed = 0 ] || echo "gpu_report.sh: some sections failed, and say why; the file is of use all the same" >&2
echo "$file"
exit $failed
