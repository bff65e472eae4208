#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# GStreamer 1.28's own inference elements behind featuredistill, in Debian forky
# (`make test-onnxinference`): `onnxinference ! classifiertensordecoder` must see in every
# frame, with and without the filter, what the classify example (another inference engine) sees.
#
#   [MODEL=model.onnx] [PICTURES=folder or clip] [FILTER=properties] [LABELS=file] tests/inference/onnx.sh
#
# The network takes RGB, float32, N x 3 x height x width as (sample - 127) / 128, and gives logits; its
# tensors are called `input` and `logits`.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/debian/root.sh

model=${MODEL:-.cache/models/efficientnet-lite0.onnx}
labels=${LABELS:-}
pictures=${PICTURES:-.footage}
filter=${FILTER:-preset=certified epsilon=1}
suite=forky

debian_root $suite || exit 0
# The Makefile knows how the usual network is made.
for file in "$model" ${labels:+"$labels"}; do
    [ -f "$file" ] || make --silent "$file"
done
[ -n "${PICTURES:-}" ] || examples/stills.sh
echo "building (release); the inference engine takes some minutes the first time"
cargo build --release --quiet --lib
cargo build --profile classify --quiet --features classify --example classify
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/plugin" "$work/frames"
cp "$target/release/libgstfeaturedistill.so" "$work/plugin"
cp "$model" "$work/model.onnx"

# The frames at the network's size, and what is to be seen in them: frame class confidence class confidence.
"$target/classify/examples/classify" "$model" "$pictures" --filter "$filter" --all --save "$work/frames" \
    >"$work/report"
size=$(sed -n '1s/.*, //p' "$work/report")
awk '$NF == "alarm" { NF-- } $NF ~ /%$/ && $(NF - 2) ~ /%$/ { print $(NF - 3), $(NF - 2), $(NF - 1), $NF }' \
    "$work/report" >"$work/here"

# The names are those of the model's tensors; `ranges` is what 0..255 becomes in each channel.
range=-0.9921875,1.0
cat >"$work/model.onnx.modelinfo" <<INFO
[modelinfo]
version=1.0
group-id=classification-generic-out

[input]
id=image-input
type=float32
dims=-1,3,${size#*x},${size%x*}
dir=input
ranges=$range;$range;$range

[logits]
id=classification-generic-out
type=float32
dims=-1,1000
dir=output
INFO

# Prints class and confidence of every frame as the decoder's log has them.
infer() { # elements in front of the inference
    in_root $suite "$work" env GST_PLUGIN_PATH=/mnt/plugin GST_REGISTRY=/tmp/registry.bin \
        GST_DEBUG_NO_COLOR=1 GST_DEBUG=classifiertensordecoder:6 \
        timeout 600 gst-launch-1.0 multifilesrc location=/mnt/frames/%06d.png caps=image/png,framerate=1/1 \
        ! pngdec ! videoconvert ! video/x-raw,format=RGB "$@" \
        ! onnxinference model-file=/mnt/model.onnx optimization-level=enable-all \
        ! classifiertensordecoder ! fakesink >"$work/log" 2>&1 || { cat "$work/log"; exit 1; } >&2
    sed -n 's/.*Max class is \([0-9]*\):.* with \([0-9.]*\).*/\1 \2/p' "$work/log"
}

echo "$(in_root $suite "$work" gst-inspect-1.0 --version | sed -n 2p) in Debian $suite:"
in_root $suite "$work" env GST_PLUGIN_PATH=/mnt/plugin gst-inspect-1.0 featuredistill 2>/dev/null |
    sed -n 's/^ *\(Long-name\|Version\|Filename\) /    \1 /p'
echo "    classifying $(wc -l <"$work/here") frames of $size twice"
read -ra properties <<<"$filter"
infer >"$work/plain"
infer ! featuredistill qos=false "${properties[@]}" >"$work/filtered"

python3 - "$work" "$filter" "$labels" <<'PYTHON'
import pathlib, sys
work, filter, labels = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
names = pathlib.Path(labels).read_text().splitlines() if labels else []
def rows(name): return [line.split() for line in (work / name).read_text().splitlines()]
def label(number): return f"{number} {names[number] if number < len(names) else ''}"[:28]
here, plain, filtered = rows("here"), rows("plain"), rows("filtered")
if not len(here) == len(plain) == len(filtered):
    sys.exit(f"FAILED: {len(here)} frames, but {len(plain)} verdicts without and {len(filtered)} with the filter")

wrong = changed = 0
print(f"\n{'frame':<6} {'without the filter':<34} featuredistill {filter}")
for frame, (expected, *seen) in enumerate(zip(here, plain, filtered)):
    cells, problems = [], []
    for (number, confidence), (want, percent) in zip(seen, (expected[:2], expected[2:])):
        percent, confidence = float(percent.rstrip("%")), 100 * float(confidence)
        cells.append(f"{label(int(number)):<28}{confidence:5.1f}%")
        # The report has one digit after the point, and two engines round differently.
        if number != want or abs(confidence - percent) > 0.1:
            problems.append(f"expected {label(int(want)).strip()} {percent:.1f}%")
    wrong += bool(problems)
    changed += expected[1] != expected[3]
    print(f"{frame:<6} {'  '.join(cells)}", *(f"  FAILED: {problem}" for problem in problems))
print()
if wrong:
    sys.exit(f"FAILED: {wrong} of {len(here)} frames are not seen as the classify example sees them")
if not changed:
    sys.exit("FAILED: the filter changes no confidence at all: is it in the pipeline?")
print(f"passed: onnxinference and the classify example agree on all {len(here)} frames, with and without the filter")
PYTHON
