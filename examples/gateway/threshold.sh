#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# Measures the RMS change of the consumer's pass behind the gateway's encoder, on films that were settled and
# on the same films unsettled: tamper-threshold has to lie in between. Writes the table in RESULTS.md.
# threshold.sh PLUGIN FILM...
set -euo pipefail
plugin=$(realpath "${1:?usage: $0 PLUGIN FILM...}")
shift
folder=$(dirname "$0")
encoder=$(sed -n '/^pub const ENCODER/,/;/s/.*"\(.*\)".*/\1/p' "$folder/options.rs")
header='| film | frames | settled | unsettled |'

changes() { # film, elements in front of the encoder: number of frames, smallest and largest change
    # shellcheck disable=SC2086
    gst-launch-1.0 -m --gst-plugin-load="$plugin" filesrc location="$1" ! decodebin ! videoconvert \
        ! video/x-raw,format=I420 $2 ! $encoder ! h264parse ! avdec_h264 \
        ! featuredistill preset=certified epsilon=2 qos=false post-messages=true ! fakesink sync=false |
        sed -n 's/.*rms-change=(double)\([0-9.e-]*\).*/\1/p' | sort -g |
        awk 'NR == 1 { least = $1 } END { printf "%d %.2f %.2f\n", NR, least, $1 }'
}

rows=
for film; do
    read -r frames least most < <(changes "$film" "! featuredistill preset=certified epsilon=2 settle=true qos=false")
    read -r _ unsettled_least unsettled_most < <(changes "$film" "")
    name=$(basename "${film%.*}")
    row="| $name | $frames | $least to $most | $unsettled_least to $unsettled_most |"
    echo "$row"
    rows+=$row$'\n'
done

# In the place of the rows that the results have.
awk -v header="$header" -v rows="$rows" '
    $0 == header { print; getline; print; printf "%s", rows; skipping = 1; next }
    skipping && /^\|/ { next }
    { skipping = 0; print }' "$folder/RESULTS.md" >"$folder/RESULTS.md.new"
mv "$folder/RESULTS.md.new" "$folder/RESULTS.md"
