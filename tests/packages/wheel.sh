#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
#
# The wheel in clean virtual environments: of this system's Python with GStreamer's bindings, the Adversarial
# Robustness Toolbox and mypy (WITH=torch adds PyTorch, 5 GB), of the same without anything, and of the Pythons and
# GStreamers of Debian trixie and forky.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/debian/root.sh
wheel=$(realpath "${1:?usage: $0 FEATUREDISTILL.whl}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r examples/python/tests "$work/tests"
cp "$wheel" "$work"
needs=(numpy pillow pytest)
pytest=(-m pytest -q -p no:cacheprovider)

echo "the wheel holds:"
python3 -m zipfile -l "$wheel" | awk 'NR > 1 { print "    " $1, $NF }'
unzip -q -o "$wheel" 'featuredistill/_native*.so' -d "$work/unpacked"
if readelf -d "$work"/unpacked/featuredistill/_native*.so | grep -E 'NEEDED.*lib(gst|glib|gobject)'; then
    echo "FAILED: arrays must not need GStreamer"
    exit 1
fi

/usr/bin/python3 -m venv "$work/bare"
"$work/bare/bin/pip" install --quiet --disable-pip-version-check "$wheel" "${needs[@]}"
echo "$("$work/bare/bin/python" --version), no GStreamer bindings:"
(cd "$work" && bare/bin/python "${pytest[@]}" tests)

/usr/bin/python3 -m venv --system-site-packages "$work/full"
"$work/full/bin/pip" install --quiet --disable-pip-version-check "$wheel" "${needs[@]}" \
    adversarial-robustness-toolbox mypy ${WITH:-}
echo "$("$work/full/bin/python" --version), GStreamer $(gst-inspect-1.0 --version | sed -n 's/^GStreamer //p'), ART, mypy${WITH:+, $WITH}:"
(cd "$work" && env -u GST_PLUGIN_PATH full/bin/python "${pytest[@]}" tests)
rm -rf "$work/bare" "$work/full"

in_debian() { # suite
    local python
    in_root "$1" "$work" apt-get install -y -qq --no-install-recommends python3-venv python3-gi gir1.2-gst-plugins-base-1.0 \
        >"$work/log" 2>&1 || { cat "$work/log"; return 1; }
    python=$(in_root "$1" "$work" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    # pip's configuration is this system's: fetched here, installed there.
    python3 -m pip download --quiet --disable-pip-version-check --only-binary=:all: --python-version "$python" \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux2014_x86_64 \
        --dest "$work/wheels" "${needs[@]}" || return 1
    echo "Debian $1, Python $python, GStreamer $(in_root "$1" "$work" gst-inspect-1.0 --version | sed -n 's/^GStreamer //p'):"
    in_root "$1" "$work" sh -euc '
        cd /mnt
        python3 -m venv --system-site-packages /tmp/venv
        trap "rm -rf /tmp/venv" EXIT
        /tmp/venv/bin/pip --isolated install --quiet --no-index --find-links wheels featuredistill-*.whl numpy pillow pytest
        /tmp/venv/bin/python -m pytest -q -p no:cacheprovider tests'
}

failures=0
for suite in trixie forky; do
    debian_root $suite || continue
    in_debian $suite || { echo "Debian $suite: FAILED, see above"; failures=1; }
done
exit $failures
