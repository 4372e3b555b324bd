# `make` lists the targets. Those that run the network first install what the machine lacks (.ci/needs).

# A shell that has not read rustup's profile finds it all the same.
export PATH := $(PATH):$(HOME)/.cargo/bin
# Mesa prints a line if it is unset, and then does without.
export XDG_RUNTIME_DIR ?= /tmp

TEXT ?= The quick brown fox jumps over the lazy dog, and nobody minds.
OUT ?= hello.wav
GOLDEN ?=
export TEXT OUT

.PHONY: help say test verify drivers lint doc fuzz needs

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

say: needs ## speak TEXT="..." into OUT=hello.wav, with the model at $KOKORO_MODEL if it is set
	cargo build --locked --release --bin kokoro
ifeq ($(KOKORO_MODEL),)
	@echo 'KOKORO_MODEL names no trained model: running untrained weights (seeded:0), which make noise, not speech.'
endif
	cargo run --locked --release --quiet --bin kokoro -- say "$$TEXT" -o "$$OUT" $(if $(KOKORO_MODEL),,--model seeded:0)

test: needs ## all tests
	cargo test --locked -- --quiet

verify: needs ## compare every stage with PyTorch on this machine's adapter, or with the files in GOLDEN="..."
	cargo run --locked --release --bin kokoro -- verify $(GOLDEN)

drivers: needs ## the self-check, verify and one utterance on Mesa 25 and SwiftShader too, beside this machine's driver
	drivers=$$(.ci/drivers target/drivers) && KOKORO_TEST_DRIVERS="$$drivers" \
	    cargo test --locked --lib -- drivers:: --nocapture --test-threads 1

lint: ## formatting and clippy, also of the bare runtime
	@cargo fmt --version >/dev/null && cargo clippy --version >/dev/null || rustup component add rustfmt clippy
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --no-default-features --lib --example hello -- -D warnings
	@if pkg-config --exists alsa 2>/dev/null; then set -x; cargo clippy --features play --bins --examples -- -D warnings; fi

doc: ## the library's documentation, warnings refused
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --lib

fuzz: ## feed every parser with changed files and texts, ten minutes each; needs cargo-fuzz
	@cargo fuzz --version >/dev/null || cargo install --locked cargo-fuzz
	fuzz/run

needs: # what cargo does not bring
	@.ci/needs
