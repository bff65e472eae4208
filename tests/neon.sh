#!/usr/bin/env bash
# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

# Builds the plugin for 64-bit Arm and runs the tests of the codec on an emulated CPU: every backend
# there, NEON above all, against the scalar definition; and the benchmark of NEON once, untimed.
#
# The compiler, Rust's standard library and GStreamer for Arm are those of Debian 12. They are
# unpacked into .neon/, not installed (240 MB to fetch, 2.5 GB with the build).
set -euo pipefail
cd "$(dirname "$0")/.."

tests=(--lib --test backends --test levels --test moments --test settle)
root=$PWD/.neon
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

skip() {
    echo "SKIPPED, nothing was tested on Arm: $*" >&2
    exit 0
}

# Packages of both architectures, known to this folder alone.
configure_apt() {
    mkdir -p "$root"/apt/{state/lists/partial,cache/archives/partial,debs}
    : >"$root/apt/status"
    local suite debian="deb [signed-by=$keyring] http://deb.debian.org"
    for suite in 'debian bookworm' 'debian bookworm-updates' 'debian-security bookworm-security'; do
        echo "$debian/$suite main"
    done >"$root/apt/sources.list"
    cat >"$root/apt/apt.conf" <<CONF
Dir::Etc::SourceList "$root/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$root/apt/state";
Dir::State::status "$root/apt/status";
Dir::Cache "$root/apt/cache";
APT::Architecture "arm64";
APT::Architectures { "arm64"; "amd64"; };
APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false";
Acquire::Languages "none";
CONF
}

apt() { APT_CONFIG=$root/apt/apt.conf apt-get -qq "$@"; }

# Unpacks packages into a folder in which /lib is a link, as on today's systems.
unpack() {
    local folder=$1 package
    shift
    mkdir -p "$folder/usr/lib"
    ln -sfn usr/lib "$folder/lib"
    for package; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -C "$folder" -x --keep-directory-symlink --exclude='./usr/share/doc*'
    done
}

fetch() {
    echo "fetching Rust and GStreamer for Arm from Debian (240 MB)"
    configure_apt
    apt update || skip "Debian's package lists can't be fetched"
    (
        cd "$root/apt/debs"
        apt download {rustc-web,libstd-rust-web-dev,libstd-rust-web-1.96,libllvm22,libz3-4}:amd64 \
            libstd-rust-web-dev:arm64
    ) || skip "Debian 12 has no such Rust any more"
    apt install --yes --download-only libc6-dev:arm64 \
        libgstreamer-plugins-base1.0-dev:arm64 || skip "Debian 12's GStreamer for Arm can't be fetched"
    unpack "$root/rust" "$root"/apt/debs/*.deb
    unpack "$root/arm" "$root"/apt/cache/archives/*.deb
    cat >"$root/rustc" <<RUSTC
#!/bin/sh
LD_LIBRARY_PATH=$root/rust/usr/lib/x86_64-linux-gnu exec $root/rust/usr/bin/rustc "\$@"
RUSTC
    chmod +x "$root/rustc"
    rm -rf "$root/apt"
    touch "$root/complete"
}

case $(uname -m) in
aarch64) exec cargo test "${tests[@]}" ;;
x86_64) ;;
*) skip "this is set up on x86-64 machines alone" ;;
esac
for tool in apt-get dpkg-deb aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v "$tool" >/dev/null || skip "$tool is missing ('make test-neon' installs it)"
done
[ -f "$keyring" ] || skip "$keyring is missing ('make test-neon' installs it)"
if [ ! -e "$root/complete" ]; then
    rm -rf "$root"
    fetch
fi

libraries=$root/arm/usr/lib/aarch64-linux-gnu
export RUSTC=$root/rustc CARGO_TARGET_DIR=$root/target CARGO_PROFILE_DEV_DEBUG=false
export CARGO_BUILD_TARGET=aarch64-unknown-linux-gnu
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-Clink-arg=--sysroot=$root/arm
    -Clink-arg=-B$libraries -Clink-arg=-Wl,-rpath-link,$libraries"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L $root/arm"
export CFLAGS_aarch64_unknown_linux_gnu="--sysroot=$root/arm -isystem $root/arm/usr/include/aarch64-linux-gnu"
export PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_SYSROOT_DIR=$root/arm
export PKG_CONFIG_LIBDIR=$libraries/pkgconfig:$root/arm/usr/share/pkgconfig
# The scanner of plugins would be an Arm process that nothing emulates.
export GST_REGISTRY_FORK=no GST_REGISTRY=$root/registry.bin
cargo test "${tests[@]}"
cargo test --bench kernels -- '^gray-512x512/neon'
