#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
# The plugin built here, in Debian's newer releases with their newer GStreamer (`make test-versions`):
# it must load, and give the same bytes and the same errors.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/debian/root.sh

echo "building (release)"
cargo build --release --quiet --lib
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/plugin" "$work/frames"
cp "${CARGO_TARGET_DIR:-target}/release/libgstfeaturedistill.so" "$work/plugin"
cp tests/debian/cases.sh "$work"
for format in I420 NV12 YUY2 Y444 AYUV GRAY8 RGB BGRx GBR I420_10LE; do
    gst-launch-1.0 -q videotestsrc pattern=ball num-buffers=1 foreground-color=0xffc08040 \
        ! "video/x-raw,format=$format,width=67,height=45" ! multifilesink "location=$work/frames/$format-0.raw"
    gst-launch-1.0 -q videotestsrc pattern=snow num-buffers=1 \
        ! "video/x-raw,format=$format,width=67,height=45" ! filesink "location=$work/frames/$format-1.raw"
done
head -c 100 "$work/frames/GRAY8-0.raw" >"$work/frames/short-0.raw"

version() { sed -n 's/^GStreamer //p'; }
echo "here, GStreamer $(gst-inspect-1.0 --version | version):"
bash "$work/cases.sh" "$work" | tee "$work/here" | sed 's/^/    /'

failures=0
for suite in trixie forky; do
    debian_root $suite || continue
    there=$(in_root $suite "$work" gst-inspect-1.0 --version | version)
    if in_root $suite "$work" bash /mnt/cases.sh /mnt >"$work/there" && diff "$work/here" "$work/there"; then
        echo "Debian $suite, GStreamer $there: the same in all $(wc -l <"$work/here") cases"
    else
        echo "Debian $suite, GStreamer $there: FAILED, see above (<: here, >: there)"
        failures=1
    fi
done
exit $failures
