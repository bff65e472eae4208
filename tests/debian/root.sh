#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
# Other releases of Debian, for GStreamer newer than this machine's. To be sourced in the project's
# folder; the roots are kept in .cache/debian/ (0.9 GB each; remove a folder to have it made anew).
#
#   debian_root SUITE                  makes the root, unless it is there; says why where it can't
#   in_root SUITE DIRECTORY COMMAND... runs a command there, which sees DIRECTORY as /mnt

packages=(gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad)

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

debian_root() { # suite
    local root=.cache/debian/$1
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        echo "SKIPPED: Debian $1 needs root, and there is no sudo"
        return 1
    fi
    if ! as_root unshare --mount true 2>/dev/null; then
        echo "SKIPPED: Debian $1 needs the right to mount, which even root lacks here"
        return 1
    fi
    [ ! -f "$root/.complete" ] || return 0
    if ! command -v debootstrap >/dev/null && ! make --silent deps PACKAGES=debootstrap; then
        echo "SKIPPED: Debian $1 needs debootstrap, which can't be installed"
        return 1
    fi
    mkdir -p .cache/debian
    echo "making a root of Debian $1 in $root (once, some minutes; $root.log tells more)"
    if ! make_root "$1" "$root" >"$root.log" 2>&1; then
        tail -n 3 "$root.log"
        echo "SKIPPED: no root of Debian $1 (see $root.log; is there a network?)"
        return 1
    fi
    as_root touch "$root/.complete"
}

make_root() { # suite, folder
    local mirror
    # Where this machine has its own packages from: that may be a mirror nearby.
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian \(.*\/debian\/\)$/\1/p' | head -n 1)
    as_root rm -rf --one-file-system "$2" &&
        # The script for sid does for all releases, also for those that this debootstrap doesn't know.
        as_root debootstrap --variant=minbase --include=ca-certificates "$1" "$2" \
            "${mirror:-http://deb.debian.org/debian}" sid &&
        # A snapshot's release file may be out of date; its signature counts all the same.
        as_root tee "$2/etc/apt/apt.conf.d/99snapshot" <<<'Acquire::Check-Valid-Until "false";' &&
        in_root "$1" "$2/tmp" apt-get update &&
        in_root "$1" "$2/tmp" apt-get install -y --no-install-recommends "${packages[@]}" &&
        in_root "$1" "$2/tmp" apt-get clean
}

in_root() { # suite, directory, command...
    # The mounts live in a namespace of their own and vanish with the command.
    as_root unshare --mount sh -euc '
        root=$1 directory=$2
        shift 2
        mount --bind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        mount --bind "$directory" "$root/mnt"
        exec chroot "$root" env -u GST_PLUGIN_PATH -u GST_REGISTRY -u LD_LIBRARY_PATH \
            PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
    ' in_root ".cache/debian/$1" "${@:2}"
}
