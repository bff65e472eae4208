#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
# Makes a clip of the PNG pictures of a folder, all of one size, in the order of their names. FFV1
# keeps every sample, so that perturbations (and settled blocks) are in the clip as in the pictures.
#
#   examples/clip.sh FOLDER CLIP.mkv
set -euo pipefail

[ $# = 2 ] || { echo "usage: $0 FOLDER CLIP.mkv" >&2; exit 1; }
folder=$1 clip=$2
pictures=("$folder"/*.png)
[ -e "${pictures[0]}" ] || { echo "$folder has no PNG picture" >&2; exit 1; }

pixels() { # element that reads
    gst-launch-1.0 -q "$@" ! videoconvert ! video/x-raw,format=RGB ! fdsink | sha256sum
}
cat "${pictures[@]}" | gst-launch-1.0 -q fdsrc ! pngparse ! image/png,framerate=2/1 ! pngdec \
    ! videoconvert ! video/x-raw,format=BGRx ! avenc_ffv1 ! matroskamux ! filesink "location=$clip"
stills=$(cat "${pictures[@]}" | pixels fdsrc ! pngparse ! pngdec)
if [ "$(pixels filesrc "location=$clip" ! matroskademux ! avdec_ffv1)" != "$stills" ]; then
    rm -f "$clip"
    echo "$clip would not show what the pictures show: are they of one size, 8-bit RGB?" >&2
    exit 1
fi
echo "$clip: ${#pictures[@]} pictures, every sample as it was"
