# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""Both ends agree: arrays, the element and the encoder give the same bytes for the same frame and settings."""

import io

import numpy as np
import pytest
from frames import random_frame
from PIL import Image

import featuredistill
from featuredistill import Distiller

pytest.importorskip("gi", reason="GStreamer's Python bindings are missing (python3-gi)")


@pytest.fixture(scope="module")
def gst():
    featuredistill.setup()
    from gi.repository import Gst

    return Gst


def run(gst, frames, elements, digests=None):
    """Return the buffers that come out of ``elements`` when ``frames`` go in.

    Appends to ``digests`` those that elements post.
    """
    height, width = frames[0].shape[:2]
    fmt = "GRAY8" if frames[0].ndim == 2 else "RGB"
    pipeline = gst.parse_launch(
        f"appsrc name=source format=time caps=video/x-raw,format={fmt},width={width},height={height},framerate=25/1 "
        f"! {elements} ! fakesink name=sink sync=false signal-handoffs=true"
    )
    buffers = []
    pipeline.get_by_name("sink").connect(
        "handoff", lambda _sink, buffer, _pad: buffers.append(buffer.extract_dup(0, buffer.get_size()))
    )
    pipeline.set_state(gst.State.PLAYING)
    source = pipeline.get_by_name("source")
    for frame in frames:
        rows = frame.reshape(height, -1)
        # GStreamer's rows start at multiples of four bytes.
        padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4)))
        source.emit("push-buffer", gst.Buffer.new_wrapped(padded.tobytes()))
    source.emit("end-of-stream")
    kinds = gst.MessageType.EOS | gst.MessageType.ERROR | gst.MessageType.ELEMENT
    while message := pipeline.get_bus().timed_pop_filtered(60 * gst.SECOND, kinds):
        if message.type != gst.MessageType.ELEMENT:
            break
        if digests is not None and message.get_structure().get_name() == "featuredistill":
            digests.append(message.get_structure().get_string("digest"))
    pipeline.set_state(gst.State.NULL)
    assert message is not None and message.type == gst.MessageType.EOS, message and message.parse_error()
    return buffers


def unpadded(buffer, shape):
    rows = np.frombuffer(buffer, np.uint8).reshape(shape[0], -1)
    return rows[:, : int(np.prod(shape[1:]))].reshape(shape)


SETTINGS = [
    {"preset": "one-pass", "color_mode": "ycbcr"},
    {"preset": "one-pass", "color_mode": "native"},
    {"preset": "two-step", "as_step": 31, "md_step": 12, "as_count": 9, "color_mode": "native"},
    {"preset": "released", "quality": 30, "color_mode": "ycbcr"},
    {"preset": "annex-k", "quality": 75, "color_mode": "ycbcr"},
    {"preset": "certified", "epsilon": 1.5, "settle": True, "color_mode": "native"},
    {"preset": "certified", "epsilon": 2.0, "settle": True, "color_mode": "ycbcr"},
    {"preset": "certified-samples", "epsilon": 1.0},
    {"preset": "certified-samples", "epsilon": 4.0, "settle": True},
    {"preset": "certified-samples", "epsilon": 15.0, "color_mode": "ycbcr"},
]


def properties(settings):
    return " ".join(f"{name.replace('_', '-')}={value}" for name, value in settings.items())


@pytest.mark.parametrize("settings", SETTINGS, ids=properties)
@pytest.mark.parametrize("channels", [1, 3], ids=["gray", "RGB"])
def test_arrays_and_the_element_agree(gst, settings, channels):
    random = np.random.default_rng(11)
    distiller = Distiller(**settings)
    for _ in range(6):
        frame = random_frame(random, channels)
        frames = [frame, 255 - frame]
        buffers = run(gst, frames, f"featuredistill {properties(settings)}")
        for frame, buffer in zip(frames, buffers, strict=True):
            np.testing.assert_array_equal(unpadded(buffer, frame.shape), distiller(frame).frames)


@pytest.mark.parametrize(("channels", "color_mode"), [(1, "native"), (3, "native"), (3, "ycbcr")])
@pytest.mark.parametrize("preset", ["certified", "two-step"])
def test_arrays_and_the_encoder_agree(gst, preset, channels, color_mode):
    random = np.random.default_rng(12)
    settings = {"preset": preset, "epsilon": 1.0, "color_mode": color_mode}
    for _ in range(6):
        frame = random_frame(random, channels)
        (jpeg,) = run(gst, [frame], f"featuredistillenc {properties(settings)}")
        decoded = np.asarray(Image.open(io.BytesIO(jpeg)))
        settled = Distiller(**settings, settle=True)(frame).frames
        np.testing.assert_array_equal(decoded, settled)
        # A consumer's pass over arrays changes nothing of what the encoder sent.
        assert Distiller(**settings)(decoded).report.max_change == 0


@pytest.fixture(params=[False, True], ids=["no key", "key"])
def key_file(request, tmp_path):
    """None, or the path of a file with a key."""
    if not request.param:
        return None
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text("0123456789abcdef" * 4)
    return path


@pytest.mark.parametrize(("channels", "color_mode"), [(1, "native"), (3, "native"), (3, "ycbcr")])
def test_arrays_the_element_and_the_encoder_give_the_same_bytes_and_digests(gst, channels, color_mode, key_file):
    random = np.random.default_rng(13)
    settings = {"preset": "certified", "epsilon": 1.0, "color_mode": color_mode}
    with_key = f" key-file={key_file}" if key_file else ""
    source = Distiller(**settings, settle=True, digest="blake3", key=key_file)
    consumer = Distiller(**settings, digest="blake3", key=key_file)
    for _ in range(4):
        frame = random_frame(random, channels)
        settled, report = source(frame)
        digests = []
        (buffer,) = run(
            gst,
            [frame],
            f"featuredistill {properties(settings)} settle=true digest=blake3{with_key} post-messages=true",
            digests,
        )
        np.testing.assert_array_equal(unpadded(buffer, frame.shape), settled)
        assert digests == report.digests
        (jpeg,) = run(gst, [frame], f"featuredistillenc {properties(settings)}")
        decoded = np.asarray(Image.open(io.BytesIO(jpeg)))
        np.testing.assert_array_equal(decoded, settled)
        assert consumer(decoded).report.digests == digests


def test_arrays_and_the_element_give_the_same_digests_of_rounded_samples(gst, key_file):
    random = np.random.default_rng(14)
    settings = {"preset": "certified-samples", "epsilon": 4.0, "digest": "blake3"}
    with_key = f" key-file={key_file}" if key_file else ""
    distiller = Distiller(**settings, key=key_file)
    frame = random_frame(random, 3)
    frames = np.stack([frame, 255 - frame, frame[::-1]])
    digests = []
    buffers = run(gst, list(frames), f"featuredistill {properties(settings)}{with_key} post-messages=true", digests)
    rounded, report = distiller(frames)
    for buffer, expected in zip(buffers, rounded, strict=True):
        np.testing.assert_array_equal(unpadded(buffer, expected.shape), expected)
    assert digests == report.digests
    assert len(set(digests)) == 3


def test_setup_can_be_called_again_and_needs_no_environment(gst, monkeypatch):
    monkeypatch.delenv("GST_PLUGIN_PATH", raising=False)
    version = featuredistill.setup()
    plugin = gst.ElementFactory.find("featuredistill").get_plugin()
    assert plugin.get_version() == version
    assert plugin.get_filename() == str(featuredistill.plugin_path())
    for name in ["featuredistillenc", "featurecalibrate"]:
        assert gst.ElementFactory.find(name)
