#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
#
# Makes a Debian package of the plugin that was built: deb.sh PLUGIN LICENSES FOLDER
# Build on the oldest release that it is for: what it depends on follows from the libraries here.
set -euo pipefail
plugin=$(realpath "$1") licenses=$(realpath "$2") folder=$(realpath "$3")
cd "$(dirname "$0")/../.."
name=gstreamer1.0-featuredistill
field() { sed -n "0,/^\[lib\]/s/^$1 = \"\(.*\)\"/\1/p" Cargo.toml; }
version=$(field version)-1
date=$(date -u -d "$(sed -n 's/^release_date = "\(.*\)"/\1/p' Cargo.toml)" -R)
# Whoever makes the package is its maintainer, as Debian's tools have it.
maintainer="${DEBFULLNAME:-$(git config user.name || echo "The gst-plugin-featuredistill authors")}"
maintainer="$maintainer <${DEBEMAIL:-$(git config user.email || echo "$(id -un)@$(hostname -f)")}>"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

root=$work/root doc=$work/root/usr/share/doc/$name
install -D -m 644 "$plugin" \
    "$root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)/gstreamer-1.0/libgstfeaturedistill.so"
library=$(echo "$root"/usr/lib/*/gstreamer-1.0/libgstfeaturedistill.so)
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$library"
mkdir -p "$doc"
{
    echo "$name is free software: $(field repository)"
    echo
    echo "Copyright: 2026 The gst-plugin-featuredistill authors"
    echo "License: Mozilla Public License 2.0, on Debian systems in /usr/share/common-licenses/MPL-2.0"
    echo
    # Debian has the Apache license itself, and wants no copies.
    sed '/^ *Apache License$/,/^.*limitations under the License\.$/c\See /usr/share/common-licenses/Apache-2.0.' "$licenses"
} >"$doc/copyright"
printf '%s (%s) unstable; urgency=medium\n\n  * Version %s; see changelog.gz.\n\n -- %s  %s\n' \
    "$name" "$version" "${version%-*}" "$maintainer" "$date" | gzip -9n >"$doc/changelog.Debian.gz"
gzip -9n <CHANGELOG.md >"$doc/changelog.gz"

# dpkg-shlibdeps wants a source package around it, and this folder beside the plugin's.
mkdir "$work/debian" "$root/DEBIAN"
printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' "$name" "$name" >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O --warnings=0 "$library" | sed -n 's/^shlibs:Depends=//p')
cat >"$root/DEBIAN/control" <<CONTROL
Package: $name
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $(du -k -s --exclude=DEBIAN "$root" | cut -f 1)
Depends: $depends
Section: libs
Priority: optional
Homepage: $(field repository)
Description: GStreamer plugin against adversarial perturbations (feature distillation)
 Takes each frame through a JPEG round trip with a quantization table that was
 chosen for neural networks, which takes adversarial perturbations out of video
 in front of a classifier or detector.
 .
 It holds the elements featuredistill (the filter), featuredistillenc (a JPEG
 encoder for two passes) and featurecalibrate (tables from footage).
CONTROL
(cd "$root" && find usr -type f -exec md5sum {} +) >"$root/DEBIAN/md5sums"
package=$folder/${name}_${version}_$(dpkg --print-architecture).deb
# xz: Debian 12's lintian doesn't know zstd.
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package"
