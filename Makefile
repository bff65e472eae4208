# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# What building, the tests and the demo need beside Rust, as Debian and Ubuntu call it.
PACKAGES = pkg-config gcc libc6-dev libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev \
	gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
	gstreamer1.0-plugins-bad gstreamer1.0-libav libjpeg-turbo-progs
# What the archive example needs beside these.
ARCHIVE_PACKAGES = python3-venv
ARCHIVE = GST_PLUGIN_PATH="$(abspath $(dir $(PLUGIN)))$${GST_PLUGIN_PATH:+:$$GST_PLUGIN_PATH}" PYTHONPATH=examples \
	$$(examples/shared/venv.sh examples/archive/requirements.txt) -m
# What the evaluation needs beside these.
EVALUATE_PACKAGES = python3-venv python3-gi gir1.2-gst-plugins-base-1.0
DEFENSE = PYTHONPATH=examples PYTHONUNBUFFERED=1 \
	$$(examples/shared/venv.sh examples/defense/requirements.txt) -m
EVALUATE = $(DEFENSE) defense $(1) --plugin "$(PLUGIN)" --images "$(IMAGES)" \
	$(if $(TABLE),--add "table file=table-file=$(abspath $(TABLE))") $(if $(COMPARE),--compare "$(COMPARE)") $(ARGS)

# What the gateway, its demo and its tests need beside these.
GATEWAY_PACKAGES = libgstrtspserver-1.0-dev gstreamer1.0-rtsp gstreamer1.0-plugins-ugly glib-networking \
	ffmpeg curl openssl python3-opencv chromium

CARGO_TARGET_DIR ?= target
PLUGIN = $(CARGO_TARGET_DIR)/release/libgstfeaturedistill.so
PLUGINDIR ?= $(shell pkg-config --variable=pluginsdir gstreamer-1.0)

# What classifies, what its classes are called, and what featuredistill is set to in front of it.
MODEL ?= .cache/models/efficientnet-lite0.onnx
LABELS ?= $(if $(filter .cache/models/%,$(MODEL)),.cache/models/labels.txt)
FILTER ?= preset=certified epsilon=1

# How long each fuzz target runs.
SECONDS ?= 60

export CARGO_TARGET_DIR

.SILENT:
.PHONY: help demo demo-twopass demo-calibrate demo-archive test-archive measure-tamper test build install check bench deps clean fuzz test-neon \
	evaluate evaluate-full evaluate-second evaluate-sweep test-evaluate images \
	deps-gateway demo-gateway test-gateway \
	classify test-facedetect test-onnxinference test-versions

help: ## list these targets
	sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: deps ## harden a real clip; picture, film and figures go to demo-out/
	examples/demo.sh

demo-twopass: deps ## two passes on a real clip: table on the terminal, picture in demo-out/
	examples/footage.sh
	cargo run --release --quiet --example twopass -- demo .footage/bikes.mp4 demo-out

demo-calibrate: deps ## a table from real clips: statistics on the terminal, pictures in demo-out/calibrate/
	examples/footage.sh
	cargo run --release --quiet --example calibrate -- demo-out/calibrate \
		.footage/carphone_pristine.mp4 .footage/bigbuckbunny.mp4 .footage/bikes.mp4

measure-tamper: deps ## false alarms and detection over 12,000 frames (a minute)
	examples/footage.sh
	cargo run --release --quiet --example twopass -- measure .footage/*.mp4

demo-archive test-archive: PACKAGES += $(ARCHIVE_PACKAGES)

demo-archive: build ## calibrate on the clips with two workers, and harden them: demo-out/archive/
	examples/footage.sh
	mkdir -p demo-out
	$(ARCHIVE) archive .footage demo-out/archive --harden demo-out/archive/hardened
	cat demo-out/archive/table.txt

test-archive: build ## test the archive example, with workers that are killed (two minutes)
	$(ARCHIVE) pytest -q -p no:cacheprovider examples/archive

evaluate evaluate-full evaluate-second evaluate-sweep test-evaluate: PACKAGES += $(EVALUATE_PACKAGES)

evaluate: images build ## attack a network, with and without the filter: report/ (IMAGES=folder)
	$(call EVALUATE,small)

evaluate-full: images build ## the same with more attacks and pictures: what the README's tables come from (an hour)
	$(call EVALUATE,full)

evaluate-second: images build ## the cells that decide, on EfficientNet-Lite2: report/second/
	$(call EVALUATE,brief --network efficientnet-lite2 --report report/second)

evaluate-sweep: images build ## clean accuracy against attacked for many tables: report/sweep.svg (half an hour)
	$(call EVALUATE,sweep)

test-evaluate: build ## tests of the evaluation (installs Python packages into .venv, 0.8 GB, once)
	PLUGIN="$(abspath $(PLUGIN))" $(DEFENSE) pytest -q -p no:cacheprovider examples/defense/tests
	$(DEFENSE) ruff check --no-cache examples/defense
	$(DEFENSE) ruff format --no-cache --check examples/defense

deps-gateway demo-gateway test-gateway: PACKAGES += $(GATEWAY_PACKAGES)

deps-gateway: deps ## install what the gateway needs

demo-gateway: deps ## two cameras behind the gateway, one killed and started again: a table on the terminal
	examples/gateway/demo.sh

test-gateway: deps ## test the gateway, long runs too (GATEWAY_SECONDS=3600 of memory, drawn in demo-out/)
	cargo fmt --check
	cargo clippy --features gateway --example gateway --example gateway-camera --test gateway -- -D warnings
	cargo build --features gateway --lib --example gateway --example gateway-camera
	cargo test --features gateway --example gateway
	cargo test --features gateway --test gateway -- --include-ignored --nocapture

images:
	test -d "$(IMAGES)" || { \
		echo "labelled pictures are needed: make $(MAKECMDGOALS) IMAGES=folder, where the folder has files named"; \
		echo "nXXXXXXXX_label.JPEG (the WordNet id of one of ImageNet's 1000 classes), one or more a class."; \
		echo "They can't come with this project: ImageNet's licence doesn't allow it."; \
		exit 1; \
	}

classify: deps $(MODEL) $(LABELS) ## what a network sees with and without the filter (CLIP=clip or folder)
	test -n "$(CLIP)" || { echo "name a clip, a picture or a folder of pictures: make classify CLIP=..."; exit 1; }
	echo "building; the inference engine takes some minutes the first time"
	cargo run --profile classify --quiet --features classify --example classify -- \
		"$(MODEL)" "$(CLIP)" --filter "$(FILTER)" $(if $(LABELS),--labels "$(LABELS)")

.cache/models/%: PACKAGES += $(EVALUATE_PACKAGES)

.cache/models/%.onnx: | deps
	echo "exporting $@ (installs Python packages into .venv, 0.8 GB, once)"
	$(DEFENSE) defense.export $(@D) $*

.cache/models/labels.txt: | deps
	mkdir -p $(@D)
	$(DEFENSE:-m=-c) 'from defense.data import class_names; print(*class_names(), sep="\n")' >$@.part
	mv $@.part $@

test: deps ## run all tests
	cargo test

# The cross linker, the emulator and the key of Debian's archive.
test-neon: PACKAGES += gcc-aarch64-linux-gnu qemu-user debian-archive-keyring
test-neon: deps ## test the codec on an emulated Arm CPU (NEON)
	tests/neon.sh

fuzz: PACKAGES += g++
fuzz: deps ## fuzz the table files and the backends (SECONDS=60 each)
	tests/fuzz/run.sh $(SECONDS)

test-facedetect: deps ## OpenCV's face detector behind the filter
	tests/inference/facedetect.sh

test-onnxinference: deps ## GStreamer 1.28's onnxinference behind the filter, in a Debian forky root
	MODEL="$(MODEL)" LABELS="$(LABELS)" FILTER="$(FILTER)" PICTURES="$(PICTURES)" tests/inference/onnx.sh

test-versions: deps ## the plugin in GStreamer 1.26 and 1.28, in Debian trixie and forky roots
	tests/debian/versions.sh

build: deps ## build the plugin (release)
	cargo build --release --lib
	echo "built $(PLUGIN)"

# Builds nothing, so that `sudo make install` runs no compiler as root.
install: ## copy the built plugin to $(DESTDIR)$(PLUGINDIR)
	test -n "$(PLUGINDIR)" || { echo "no plugin folder: pkg-config doesn't know gstreamer-1.0; set PLUGINDIR=..."; exit 1; }
	test -f "$(PLUGIN)" || { echo "$(PLUGIN) is missing: run 'make build' first"; exit 1; }
	install -D -m 644 "$(PLUGIN)" "$(DESTDIR)$(PLUGINDIR)/libgstfeaturedistill.so"
	echo "installed $(DESTDIR)$(PLUGINDIR)/libgstfeaturedistill.so"

check: deps ## formatting and lints
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings

bench: PACKAGES += libjpeg62-turbo-dev python3-venv
# The kernels that the table needs; `cargo bench --bench kernels` times all of them.
bench: KERNELS = ^gray-512x512/(avx|libjpeg)
bench: deps ## measure what the README says about speed: one table, in target/bench.md too
	examples/footage.sh
	cargo bench --bench kernels -- --warm-up-time 1 --measurement-time 4 '$(KERNELS)'
	python=$$(examples/shared/venv.sh tests/bench/requirements.txt) && \
		BENCH_PYTHON=$$python cargo bench --bench table

deps: ## install what is missing (apt-get), check Rust
	want=$$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml); \
	have=$$(cargo --version 2>/dev/null | cut -d' ' -f2); \
	if ! printf '%s\n' "$$want" "$$have" | sort -CV; then \
		echo "Rust $$want or newer is needed, found $${have:-none}. Get it from https://rustup.rs:"; \
		echo "    curl -sSf https://sh.rustup.rs | sh -s -- -y && . ~/.cargo/env    (or: rustup update)"; \
		exit 1; \
	fi
	if ! command -v dpkg-query >/dev/null; then \
		echo "not a Debian-like system: the equivalents of these must be there: $(PACKAGES)"; \
		exit 0; \
	fi; \
	missing=; \
	for package in $(PACKAGES); do \
		dpkg-query -W -f='$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed \
			|| missing="$$missing $$package"; \
	done; \
	python3 -m pip --version >/dev/null 2>&1 || missing="$$missing python3-pip"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	echo "installing what is missing:$$missing"; \
	sudo=; \
	if [ "$$(id -u)" != 0 ]; then \
		command -v sudo >/dev/null || { echo "this needs root: apt-get install$$missing"; exit 1; }; \
		sudo=sudo; \
	fi; \
	$$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null

clean: ## remove what was built and the demo's results; the footage stays
	cargo clean
	rm -rf demo-out .neon/target
