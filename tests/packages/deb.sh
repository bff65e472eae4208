#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
#
# The Debian package in clean roots of Debian 12, trixie and forky: installs, works without environment
# variables, and leaves nothing behind when it is purged.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/debian/root.sh
package=${1:?usage: $0 PACKAGE.deb}

if command -v lintian >/dev/null; then
    lintian --fail-on error --allow-root "$package"
else
    echo "SKIPPED: lintian is not installed"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$package" "$work/package.deb"
cat >"$work/cases.sh" <<'CASES'
set -euo pipefail
export XDG_CACHE_HOME=/tmp/cases-cache
files() { find / -xdev \( -path /proc -o -path /dev -o -path /mnt -o -path /tmp -o -path /var/log -o -path /var/cache \
    -o -path '/var/lib/apt' -o -path '/var/lib/dpkg/*-old' \) -prune -o -type f -print | sort; }
# A run before this one may have been stopped.
dpkg --purge gstreamer1.0-featuredistill >/dev/null 2>&1 || true
files >/tmp/before
apt-get install -y -qq /mnt/package.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
gst-inspect-1.0 featuredistill | grep libgstfeaturedistill.so >/dev/null
for element in featuredistill featuredistillenc featurecalibrate; do gst-inspect-1.0 $element >/dev/null; done
frames=$(gst-launch-1.0 videotestsrc pattern=ball num-buffers=20 ! video/x-raw,width=320,height=240 \
    ! featuredistill preset=certified settle=true ! featuredistillenc ! jpegdec idct-method=islow ! featuredistill preset=certified \
    ! filesink location=/tmp/frames >/dev/null && stat -c %s /tmp/frames)
[ "$frames" = $((20 * 320 * 240 * 3 / 2)) ]
apt-get purge -y -qq gstreamer1.0-featuredistill >/tmp/log 2>&1
files >/tmp/after
diff /tmp/before /tmp/after
! dpkg-query -W gstreamer1.0-featuredistill 2>/dev/null
! gst-inspect-1.0 featuredistill >/dev/null 2>&1
rm -rf /tmp/cases-cache /tmp/frames /tmp/before /tmp/after /tmp/log
CASES

failures=0
for suite in bookworm trixie forky; do
    debian_root $suite || continue
    if in_root $suite "$work" bash /mnt/cases.sh; then
        version=$(in_root $suite "$work" gst-inspect-1.0 --version | sed -n 's/^GStreamer //p')
        echo "Debian $suite, GStreamer $version: installed, used and purged"
    else
        echo "Debian $suite: FAILED, see above"
        failures=1
    fi
done
exit $failures
