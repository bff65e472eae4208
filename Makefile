# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# Packages of Debian and Ubuntu for building, tests and demos.
PACKAGES = pkg-config gcc libc6-dev libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev \
	gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
	gstreamer1.0-plugins-bad gstreamer1.0-libav libjpeg-turbo-progs \
	python3-gi gir1.2-gst-plugins-base-1.0
# More packages for the archive example.
ARCHIVE_PACKAGES = python3-venv
ARCHIVE = GST_PLUGIN_PATH="$(abspath $(dir $(PLUGIN)))$${GST_PLUGIN_PATH:+:$$GST_PLUGIN_PATH}" PYTHONPATH=examples \
	$$(examples/shared/venv.sh examples/archive/requirements.txt) -m
# More packages for the evaluation.
EVALUATE_PACKAGES = python3-venv
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

# Network, names of its classes, and properties of featuredistill in front of it.
MODEL ?= .cache/models/efficientnet-lite0.onnx
LABELS ?= $(if $(filter .cache/models/%,$(MODEL)),.cache/models/labels.txt)
FILTER ?= preset=certified epsilon=1

# Running time of each fuzz target, and of the storm under each sanitizer.
SECONDS ?= 60
# Running time of the storm in `make soak`; fractions will do.
HOURS ?= 1

export CARGO_TARGET_DIR

.SILENT:
.PHONY: help demo demo-twopass demo-calibrate demo-attack demo-archive test-archive measure-tamper measure-encoder \
	measure-threshold test build install check bench deps clean fuzz soak sanitize test-neon \
	evaluate evaluate-full evaluate-second evaluate-sweep evaluate-results evaluate-detector test-evaluate images \
	deps-gateway demo-gateway test-gateway \
	classify test-facedetect test-onnxinference test-versions

help:
	sed -n -e 's/^##@ \(.*\)/\n\1/p' -e 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 22

##@ Use it

build: deps ## build the plugin
	cargo build --release --lib
	echo "built $(PLUGIN)"

# Builds nothing, so that `sudo make install` runs no compiler as root.
install: ## copy the plugin to $(DESTDIR)$(PLUGINDIR)
	test -n "$(PLUGINDIR)" || { echo "no plugin folder: pkg-config doesn't know gstreamer-1.0; set PLUGINDIR=..."; exit 1; }
	test -f "$(PLUGIN)" || { echo "$(PLUGIN) is missing: run 'make build' first"; exit 1; }
	install -D -m 644 "$(PLUGIN)" "$(DESTDIR)$(PLUGINDIR)/libgstfeaturedistill.so"
	echo "installed $(DESTDIR)$(PLUGINDIR)/libgstfeaturedistill.so"

demo: deps ## filter a real clip: film, picture and figures in demo-out/
	examples/demo.sh

classify: deps $(MODEL) $(LABELS) ## classify frames with and without the filter (CLIP=clip or folder of pictures)
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

##@ Examples on real clips

demo-attack: PACKAGES += $(EVALUATE_PACKAGES)
demo-attack: build ## attack a photograph, with and without the filter: table on the terminal, picture in demo-out/
	examples/stills.sh
	PYTHONPATH=examples PYTHONUNBUFFERED=1 $$(examples/shared/venv.sh examples/defense/demo/requirements.txt) \
		-m defense.demo .footage/coffee.png demo-out/attack.png --plugin "$(PLUGIN)"

demo-twopass: PACKAGES += gstreamer1.0-plugins-ugly
demo-twopass: deps ## two passes, attacks and transports: tables on the terminal, pictures in demo-out/
	examples/footage.sh
	cargo run --release --quiet --example twopass -- demo .footage/bikes.mp4 demo-out
	cargo run --release --quiet --example twopass -- codecs demo-out \
		.footage/bikes.mp4 .footage/carphone_pristine.mp4

demo-calibrate: deps ## make a table from clips: statistics on the terminal, pictures in demo-out/calibrate/
	examples/footage.sh
	cargo run --release --quiet --example calibrate -- demo-out/calibrate \
		.footage/carphone_pristine.mp4 .footage/bigbuckbunny.mp4 .footage/bikes.mp4

demo-archive test-archive: PACKAGES += $(ARCHIVE_PACKAGES)

demo-archive: build ## calibrate on a folder of clips with two workers, and filter them: demo-out/archive/
	examples/footage.sh
	mkdir -p demo-out
	$(ARCHIVE) archive .footage demo-out/archive --harden demo-out/archive/hardened
	cat demo-out/archive/table.txt

deps-gateway demo-gateway test-gateway: PACKAGES += $(GATEWAY_PACKAGES)

demo-gateway: deps ## two cameras behind the RTSP gateway, one killed and started again: table on the terminal
	examples/gateway/demo.sh

##@ Develop

test: deps ## run the tests of the plugin
	examples/footage.sh || echo "no clips: tests of codecs on film are skipped"
	cargo test

check: deps ## formatting, lints, documentation
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
	tests/features.sh

bench: PACKAGES += libjpeg62-turbo-dev python3-venv
# Kernels of the table; `cargo bench --bench kernels` times all.
bench: KERNELS = ^gray-512x512/(avx|neon|libjpeg)
bench: deps ## measure speed: the table of tests/bench/RESULTS.md (GOALS=1 fails where a goal is missed)
	examples/footage.sh
	cargo bench --bench kernels -- --warm-up-time 1 --measurement-time 4 '$(KERNELS)'
	python=$$(examples/shared/venv.sh tests/bench/requirements.txt) && \
		BENCH_PYTHON=$$python cargo bench --bench table $(if $(GOALS),-- --goals)

fuzz: PACKAGES += g++
fuzz: deps ## fuzz table files, backends and buffers (SECONDS=60 each)
	tests/fuzz/run.sh $(SECONDS)

soak: PACKAGES += gdb
# One heap for all threads: thousands of pipelines come and go, and a heap of each thread's own would keep what was
# freed in it.
soak: export MALLOC_ARENA_MAX = 1
soak: deps ## do random things to running pipelines for HOURS=1; memory over time: demo-out/soak.svg
	mkdir -p demo-out
	STORM_SECONDS=$$(awk 'BEGIN { print int($(HOURS) * 3600) }') STORM_MEMORY="$(abspath demo-out)/soak.svg" \
		cargo test --test storm -- --nocapture

sanitize: PACKAGES += valgrind
sanitize: deps ## tests and random use under the address sanitizer and Valgrind (SECONDS=60 each)
	tests/sanitize/run.sh $(SECONDS)

clean: ## remove all that was built, and demo-out/; the clips stay
	cargo clean
	rm -rf demo-out .neon/target

deps: ## install missing packages (apt-get), check the version of Rust
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

##@ Tests that need more than Rust

test-versions: deps ## GStreamer 1.26 and 1.28, in Debian trixie and forky roots
	tests/debian/versions.sh

test-facedetect: deps ## OpenCV's face detector behind the filter
	tests/inference/facedetect.sh

test-onnxinference: deps ## onnxinference of GStreamer 1.28 behind the filter, in a Debian forky root
	MODEL="$(MODEL)" LABELS="$(LABELS)" FILTER="$(FILTER)" PICTURES="$(PICTURES)" tests/inference/onnx.sh

deps-gateway: deps ## install what the gateway needs

test-gateway: deps ## the gateway, with long runs (GATEWAY_SECONDS=3600 of memory, drawn in demo-out/)
	cargo clippy --features gateway --example gateway --example gateway-camera --test gateway -- -D warnings
	cargo build --features gateway --lib --example gateway --example gateway-camera
	cargo test --features gateway --example gateway
	cargo test --features gateway --test gateway -- --include-ignored --nocapture

# The cross linker, the emulator and the key of Debian's archive.
test-neon: PACKAGES += gcc-aarch64-linux-gnu qemu-user debian-archive-keyring
test-neon: deps ## the codec on an emulated Arm CPU (NEON)
	tests/neon.sh

test-archive: build ## the archive example, with workers that are killed (two minutes)
	$(ARCHIVE) pytest -q -p no:cacheprovider examples/archive

test-evaluate: build ## the evaluation (installs Python packages into .venv, 0.8 GB, once)
	PLUGIN="$(abspath $(PLUGIN))" $(DEFENSE) pytest -q -p no:cacheprovider examples/defense/tests
	$(DEFENSE) ruff check --no-cache examples/defense
	$(DEFENSE) ruff format --no-cache --check examples/defense

##@ Measure

evaluate evaluate-full evaluate-second evaluate-sweep evaluate-results evaluate-detector test-evaluate: PACKAGES += $(EVALUATE_PACKAGES)

evaluate: images build ## attack a network with and without the filter: report/ (IMAGES=folder)
	$(call EVALUATE,small)

evaluate-full: images build ## the same with more attacks and pictures, for the published tables (an hour)
	$(call EVALUATE,full)

evaluate-second: images build ## the main comparisons on a second network, EfficientNet-Lite2: report/second/
	$(call EVALUATE,brief --network efficientnet-lite2 --report report/second)

evaluate-sweep: images build ## clean and attacked accuracy of many tables: report/sweep.svg (half an hour)
	$(call EVALUATE,sweep)

evaluate-results: images build ## what examples/defense/results lacks (hours; resumes; ARGS="--minutes 60" stops)
	$(DEFENSE) defense.study --plugin "$(PLUGIN)" --images "$(IMAGES)" $(ARGS)
	$(DEFENSE) defense report

evaluate-detector: PACKAGES += gstreamer1.0-plugins-ugly
evaluate-detector: build ## attack a pedestrian detector on real footage, with and without the filter (an hour; resumes)
	examples/pedestrians.sh
	$(DEFENSE) defense.detector --plugin "$(PLUGIN)" $(ARGS)
	$(DEFENSE) defense report

images:
	test -d "$(IMAGES)" || { \
		echo "Labeled pictures are needed: make $(MAKECMDGOALS) IMAGES=folder, with files in the folder named"; \
		echo "nXXXXXXXX_label.JPEG (the WordNet id of one of ImageNet's 1000 classes), at least one a class."; \
		echo "ImageNet's license doesn't allow this project to bring them."; \
		exit 1; \
	}

measure-tamper: deps ## false alarms and detection of tampering over 12,000 frames (a minute)
	examples/footage.sh
	cargo run --release --quiet --example twopass -- measure .footage/*.mp4

measure-encoder: PACKAGES += $(EVALUATE_PACKAGES) $(GATEWAY_PACKAGES)
measure-encoder: build ## the attack that is left behind the gateway's filter and encoder (minutes): examples/gateway/RESULTS.md
	examples/stills.sh
	PYTHONPATH=examples $$(examples/shared/venv.sh examples/defense/demo/requirements.txt) examples/gateway/encoder.py \
		"$(PLUGIN)" .cache/models .footage/coffee.png .footage/chelsea.png .footage/rocket.jpg

measure-threshold: PACKAGES += $(GATEWAY_PACKAGES)
measure-threshold: build ## RMS change of settled and unsettled film behind the gateway's encoder: examples/gateway/RESULTS.md
	examples/footage.sh
	examples/gateway/threshold.sh "$(PLUGIN)" .footage/*.mp4

##@ Package it

LICENSES = .ci/packages/licenses.txt
WHEEL_LICENSES = examples/python/THIRD-PARTY-LICENSES.txt
DENY = cargo deny --config $(CURDIR)/.ci/deny.toml $(1) check --allow unmatched-skip licenses bans sources
DIST = $(CARGO_TARGET_DIR)/packages

.PHONY: check-deny deny licenses test-licenses deb test-deb wheel test-wheel cinstall test-crate test-packages

check: check-deny test-licenses

# Building the tool takes minutes: `make check` uses it where it is.
check-deny:
	if cargo deny --version >/dev/null 2>&1; then \
		$(call DENY) && $(call DENY,--manifest-path examples/python/Cargo.toml); \
	else \
		echo "SKIPPED: licenses, duplicates and sources of dependencies: 'make deny' installs cargo-deny (minutes) and checks them"; \
	fi

deny: deps ## check licenses, duplicates and sources of all dependencies (installs cargo-deny)
	cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
	$(MAKE) --no-print-directory check-deny

licenses: ## write anew the licenses of all that is linked into the plugin and the wheel
	.ci/packages/licenses.py . >$(LICENSES)
	.ci/packages/licenses.py . examples/python >$(WHEEL_LICENSES)

test-licenses: ## check that these are up to date
	.ci/packages/licenses.py . | diff $(LICENSES) - && .ci/packages/licenses.py . examples/python | diff $(WHEEL_LICENSES) - || { \
		echo "the dependencies have changed: run 'make licenses'"; exit 1; }

deb: PACKAGES += dpkg-dev
deb: build ## a Debian package in target/packages/
	mkdir -p $(DIST)
	.ci/packages/deb.sh "$(PLUGIN)" $(LICENSES) $(DIST)

test-deb: PACKAGES += dpkg-dev lintian
test-deb: deb ## install, use and purge it in roots of Debian 12, trixie and forky
	tests/packages/deb.sh $(DIST)/gstreamer1.0-featuredistill_*.deb

wheel: PACKAGES += python3-venv
wheel: build ## a Python wheel in target/packages/
	mkdir -p $(DIST)
	.ci/packages/wheel.sh "$(PLUGIN)" $(DIST)

test-wheel: PACKAGES += python3-venv python3-gi gir1.2-gst-plugins-base-1.0 unzip binutils
test-wheel: wheel ## test it in clean virtual environments, here and in Debian trixie and forky (WITH=torch: 5 GB)
	tests/packages/wheel.sh $(DIST)/featuredistill-*.whl

cinstall: deps ## install with cargo-c below $(DESTDIR), as distributions do (installs cargo-c, ten minutes)
	cargo cinstall --version >/dev/null 2>&1 || cargo install --locked cargo-c --version 0.10.24+cargo-0.98.0
	cargo cinstall --release --prefix /usr --libdir "$(patsubst %/gstreamer-1.0,%,$(PLUGINDIR))" $(if $(DESTDIR),--destdir "$(DESTDIR)")

test-crate: deps ## the crate's package: what is in it, and that it can be published
	tests/packages/crate.sh

test-packages: test-licenses test-crate test-deb test-wheel ## test all packages
