# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""Arrays: the bytes of libjpeg, whatever the strides, and errors that say what is wrong."""

import copy
import multiprocessing
import pickle
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from frames import pillow, random_frame, random_tables

import featuredistill
from featuredistill import Distiller, distill


def test_a_thousand_random_frames_have_the_bytes_of_pillow():
    random = np.random.default_rng(1)
    modes = set()
    for _ in range(1000):
        frame, tables = random_frame(random), random_tables(random)
        ycbcr = bool(random.integers(2)) and frame.ndim == 3
        result = distill(frame, table=tables, color_mode="ycbcr" if ycbcr else "native").frames
        np.testing.assert_array_equal(result, pillow(frame, tables, ycbcr))
        modes.add((frame.ndim, ycbcr))
    assert len(modes) == 3


def test_all_backends_and_thread_counts_give_the_same_bytes():
    random = np.random.default_rng(2)
    frame = random.integers(0, 256, (1100, 1000, 3), dtype=np.uint8)
    expected = Distiller(backend="scalar", threads=1)(frame).frames
    for backend in ["auto", "avx2", "avx-vnni", "avx512", "neon"]:
        for threads in [0, 1, 2, 5]:
            np.testing.assert_array_equal(Distiller(backend=backend, threads=threads)(frame).frames, expected)


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_a_batch_is_its_frames_one_by_one(threads):
    random = np.random.default_rng(3)
    batch = random.integers(0, 256, (7, 50, 41, 3), dtype=np.uint8)
    distiller = Distiller(threads=threads)
    result, report = distiller(batch)
    assert report.frames == 7
    assert report.samples == batch.size
    for frame, expected in zip(batch, result, strict=True):
        np.testing.assert_array_equal(distiller(frame).frames, expected)


def test_the_report_is_of_what_changed():
    frame = np.random.default_rng(4).integers(0, 256, (64, 48), dtype=np.uint8)
    result, report = distill(frame, "released")
    change = result.astype(int) - frame
    assert report.max_change == np.abs(change).max() > 0
    assert report.rms_change == pytest.approx(np.sqrt((change**2).mean()))
    assert (report.coefficients, report.certified_epsilon, report.unsettled) == (frame.size, None, 0)
    assert 0 < report.zeroed < report.coefficients
    assert "rms_change=" in repr(report)


def views(frames):
    """Return arrays with the content of ``frames`` and other strides."""
    yield np.asfortranarray(frames)
    yield np.ascontiguousarray(frames[::-1])[::-1]
    yield np.ascontiguousarray(frames[..., ::-1])[..., ::-1]
    padded = np.zeros((*frames.shape[:-1], frames.shape[-1] + 5), np.uint8)
    padded[..., 2:-3] = frames
    yield padded[..., 2:-3]
    # Channels first in memory, as torch has it.
    yield np.moveaxis(np.ascontiguousarray(np.moveaxis(frames, -1, 0)), 0, -1)
    yield np.repeat(frames, 2, axis=-2)[..., ::2, :]


@pytest.mark.parametrize("shape", [(37, 53), (37, 53, 3), (3, 20, 17, 3)])
def test_strides_make_no_difference(shape):
    frames = np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)
    expected = distill(frames).frames
    for view in views(frames):
        np.testing.assert_array_equal(view, frames)
        np.testing.assert_array_equal(distill(view).frames, expected)
    for out in views(np.zeros_like(frames)):
        result = distill(frames, out=out).frames
        assert result is out
        np.testing.assert_array_equal(out, expected)


def test_the_frames_stay_as_they_are_unless_they_are_out():
    frames = np.random.default_rng(6).integers(0, 256, (30, 20, 3), dtype=np.uint8)
    before = frames.copy()
    result = distill(frames).frames
    np.testing.assert_array_equal(frames, before)
    assert not np.shares_memory(result, frames)
    frames.flags.writeable = False
    distill(frames)
    frames.flags.writeable = True
    assert distill(frames, out=frames).frames is frames
    np.testing.assert_array_equal(frames, result)
    # Rows of the result that lie over rows that are still to be read.
    memory = np.zeros((40, 20, 3), np.uint8)
    memory[:30] = before
    distill(memory[:30], out=memory[5:35])
    np.testing.assert_array_equal(memory[5:35], result)


def test_settled_frames_are_certified_and_come_back_from_perturbations():
    random = np.random.default_rng(7)
    frame = random.integers(40, 216, (64, 64, 3), dtype=np.uint8)
    source = Distiller("certified", epsilon=2, settle=True)
    consumer = Distiller("certified", epsilon=2)
    settled, report = source(frame)
    assert report.certified_epsilon >= 2 and report.unsettled == 0
    assert consumer(settled).report.max_change == 0
    attacked = np.clip(settled.astype(int) + random.integers(-2, 3, settled.shape), 0, 255).astype(np.uint8)
    np.testing.assert_array_equal(consumer(attacked).frames, settled)


@pytest.mark.parametrize("epsilon", [1, 4, 15])
def test_rounded_samples_come_back_from_every_perturbation_within_epsilon(epsilon):
    random = np.random.default_rng(9)
    frames = random.integers(0, 256, (3, 31, 45, 3), dtype=np.uint8)
    distiller = Distiller("certified-samples", epsilon=epsilon)
    rounded, report = distiller(frames)
    assert (report.certified_epsilon, report.coefficients, report.unsettled) == (epsilon, 0, 0)
    assert report.max_change <= epsilon
    for change in [-epsilon, epsilon, random.integers(-epsilon, epsilon + 1, frames.shape)]:
        attacked = np.clip(rounded.astype(int) + change, 0, 255).astype(np.uint8)
        np.testing.assert_array_equal(distiller(attacked).frames, rounded)
    assert distiller.tables is None and not distiller.ycbcr
    # A table wins over the preset, as in the element.
    assert Distiller("certified-samples", epsilon=0, table=np.full((8, 8), 3)).tables.max() == 3


@pytest.mark.parametrize("threads", [1, 3])
def test_digests_are_of_the_frames_that_leave(threads, tmp_path: Path):
    frames = np.random.default_rng(10).integers(0, 256, (9, 20, 17, 3), dtype=np.uint8)
    distiller = Distiller("certified-samples", epsilon=2, digest="blake3", threads=threads)
    result, report = distiller(frames)
    assert len(set(report.digests)) == 9 and all(len(bytes.fromhex(digest)) == 32 for digest in report.digests)
    # What leaves a second pass is what left the first one.
    assert [distiller(frame).report.digests for frame in result] == [[digest] for digest in report.digests]
    assert distiller(result[:, ::-1]).report.digests != report.digests
    # A key changes them, and is the same from a file and as bytes.
    key = bytes(range(32))
    keyed = Distiller(digest="blake3", key=key)(frames).report.digests
    assert not set(keyed) & set(Distiller(digest="blake3")(frames).report.digests)
    for content in [key, key.hex().encode(), key.hex().encode() + b"\n"]:
        file = tmp_path / "key"
        file.touch(mode=0o600)
        file.write_bytes(content)
        assert Distiller(digest="blake3", key=file)(frames).report.digests == keyed
    file.chmod(0o644)
    with pytest.warns(UserWarning, match="Others can read the key file .*chmod 600"):
        Distiller(digest="blake3", key=file)
    file.write_bytes(b"secret")
    with pytest.raises(ValueError, match="key: .*/key: a key has 32 bytes or 64 hexadecimal digits"):
        Distiller(digest="blake3", key=file)
    assert distill(frames).report.digests == []


def test_the_presets_are_those_of_the_element():
    assert Distiller("released").tables[0, 0].tolist() == [25] * 4 + [30] * 4
    assert Distiller("uniform", md_step=7).tables.tolist() == np.full((2, 8, 8), 7).tolist()
    assert np.count_nonzero(Distiller("two-step", as_step=3, md_step=9, as_count=4).tables[0] == 3) == 4
    assert Distiller("annex-k", quality=75).tables[:, 0, 0].tolist() == [8, 9]
    assert Distiller("one-pass").ycbcr and Distiller("annex-k").ycbcr
    assert not Distiller("two-step").ycbcr and not Distiller("one-pass", color_mode="native").ycbcr


def test_tables_are_read_from_files_and_arrays(tmp_path: Path):
    steps = np.arange(1, 65).reshape(8, 8)
    file = tmp_path / "table.txt"
    file.write_text("# mine\n" + " ".join(map(str, steps.flatten())))
    for table in [file, str(file), steps, steps.astype(np.uint8), steps.tolist()]:
        assert (Distiller(table=table).tables == steps).all()
    chroma = steps + 1
    assert (Distiller(table=np.stack([steps, chroma])).tables == [steps, chroma]).all()


GRAY = np.zeros((8, 8), np.uint8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distill(np.zeros((8, 8))), "frames: found dtype float64, expected uint8"),
        (lambda: distill([[1, 2]]), "frames: found list, expected a numpy array of uint8"),
        (lambda: distill(np.zeros((3, 8, 8), np.uint8)), "channels first, pass numpy.moveaxis"),
        (lambda: distill(np.zeros((8, 8, 4), np.uint8)), r"found shape \(8, 8, 4\), expected \(H, W\)"),
        (lambda: distill(np.zeros((8, 0), np.uint8)), r"found shape \(8, 0\)"),
        (lambda: distill(np.zeros((0, 8, 8, 3), np.uint8)), r"found shape \(0, 8, 8, 3\)"),
        (lambda: distill(np.zeros(8, np.uint8)), r"found shape \(8,\)"),
        (lambda: distill(GRAY, out=np.zeros((8, 9), np.uint8)), r"out: found shape \(8, 9\), expected that of frames"),
        (lambda: distill(GRAY, out=np.zeros((8, 8))), "out: found dtype float64, expected uint8"),
        (lambda: distill(GRAY, out=np.broadcast_to(np.uint8(0), (8, 8))), "out: found a read-only array"),
        (lambda: distill(GRAY, "best"), 'preset: found "best", expected one of one-pass, two-step'),
        (lambda: distill(GRAY, epsilon=16), "epsilon: found 16, expected 0 to 15"),
        (lambda: distill(GRAY, epsilon=float("nan")), "epsilon: found NaN, expected 0 to 15"),
        (lambda: distill(GRAY, quality=0), "quality: found 0, expected 1 to 100"),
        (lambda: distill(GRAY, quality=1000), "quality: found 1000, expected 1 to 100"),
        (lambda: distill(GRAY, as_step=-1), "as_step: found -1, expected 1 to 255"),
        (lambda: distill(GRAY, as_count=65), "as_count: found 65, expected 0 to 64"),
        (lambda: distill(GRAY, threads=-1), "threads: found -1, expected 0 to 1024"),
        (lambda: distill(GRAY, color_mode="hsv"), 'color_mode: found "hsv", expected one of auto, native, ycbcr'),
        (lambda: distill(GRAY, backend="mmx"), 'backend: found "mmx", expected one of auto, scalar'),
        (
            lambda: distill(GRAY, "certified-samples", epsilon=0.9),
            'epsilon: found 0.9, expected 1 to 15 with preset="certified-samples"',
        ),
        (lambda: distill(GRAY, digest="md5"), 'digest: found "md5", expected one of none, blake3'),
        (lambda: distill(GRAY, digest="blake3", key=b"short"), "key: found 5 bytes, expected 32"),
        (lambda: distill(GRAY, digest="blake3", key="/nonexistent"), "key: /nonexistent: No such file or directory"),
        (lambda: distill(GRAY, digest="blake3", key=Path(__file__)), "test_arrays.py: larger than 66 bytes"),
        (lambda: distill(GRAY, key=bytes(32)), 'key: found one with digest="none", expected digest="blake3"'),
        (lambda: distill(GRAY, table="/nonexistent"), "table: /nonexistent: No such file or directory"),
        (lambda: distill(GRAY, table=Path(__file__)), "test_arrays.py: line 8: found .*, expected a step of 1 to 255"),
        (lambda: distill(GRAY, table=np.zeros((8, 8), int)), "table: found steps 0 to 0, expected 1 to 255"),
        (lambda: distill(GRAY, table=np.ones((8, 8))), r"table: found shape \(8, 8\) of float64"),
        (lambda: distill(GRAY, table=np.ones((3, 8, 8), int)), r"table: found shape \(3, 8, 8\)"),
        (lambda: distill(GRAY, table=[[1, 2], [3]]), "table: found rows of several lengths, expected 8 of 8 steps"),
    ],
)
def test_bad_input_is_one_error_that_says_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": None}, "preset: found NoneType, expected a name"),
        ({"epsilon": "1"}, "epsilon: found str, expected a number"),
        ({"quality": 5.5}, "quality: found float, expected an integer"),
        ({"settle": 3}, "settle: found int, expected True or False"),
        ({"color_mode": 1}, "color_mode: found int, expected a name"),
        ({"backend": b"avx2"}, "backend: found bytes, expected a name"),
        ({"digest": True}, "digest: found bool, expected a name"),
        ({"key": 5}, "key: found int, expected bytes or a path"),
        ({"presets": "one-pass"}, "unexpected keyword argument 'presets'"),
    ],
)
def test_a_setting_of_the_wrong_type_is_a_type_error_that_names_it(settings, message):
    with pytest.raises(TypeError, match=message):
        distill(GRAY, **settings)


def test_numbers_of_numpy_are_numbers():
    expected = Distiller("certified", epsilon=1.5, settle=True, quality=50)(GRAY)
    result = Distiller("certified", epsilon=np.float32(1.5), settle=np.True_, quality=np.uint8(50))(GRAY)
    np.testing.assert_array_equal(result.frames, expected.frames)


def test_other_threads_run_while_frames_are_distilled():
    frames = np.zeros((1200, 1200, 3), np.uint8)
    distiller = Distiller(threads=1, backend="scalar", table=np.full((8, 8), 1), settle=True)
    span = []

    def work():
        begin = time.perf_counter()
        distiller.distill(frames, out=frames)
        span.extend([begin, time.perf_counter()])

    thread = threading.Thread(target=work)
    thread.start()
    ticks = []
    while thread.is_alive():
        ticks.append(time.perf_counter())
        time.sleep(0.001)
    begin, end = span
    # With the lock held, no tick would come between the copy before and the end.
    longest = max(np.diff([begin, *(tick for tick in ticks if begin < tick < end), end]))
    assert longest < (end - begin) / 2


def test_threads_may_share_a_distiller():
    random = np.random.default_rng(8)
    distiller = Distiller()
    frames = [random_frame(random) for _ in range(8)]
    expected = [distill(frame).frames for frame in frames]
    wrong = []

    def work(index):
        for _ in range(50):
            if not np.array_equal(distiller(frames[index]).frames, expected[index]):
                wrong.append(index)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(frames))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_fork_distills_too():
    frame = np.random.default_rng(9).integers(0, 256, (1100, 1000, 3), dtype=np.uint8)
    distiller = Distiller(threads=2)
    expected = distiller(frame).frames

    def work():
        np.testing.assert_array_equal(distiller(frame).frames, expected)
        np.testing.assert_array_equal(distiller(np.stack([frame, frame])).frames[1], expected)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(60)
    process.kill()
    assert process.exitcode == 0


def test_copies_have_the_same_settings(tmp_path: Path):
    file = tmp_path / "table.txt"
    file.write_text("7 " * 64)
    for settings in [
        {"preset": "certified", "epsilon": 2.0, "settle": True, "color_mode": "native", "threads": 1},
        {"table": np.arange(1, 65).reshape(8, 8), "quality": 30},
        {"table": file, "digest": "blake3", "key": bytes(range(32))},
    ]:
        frame = random_frame(np.random.default_rng(10))
        distiller = Distiller(**settings)
        for copied in [copy.deepcopy(distiller), pickle.loads(pickle.dumps(distiller))]:
            expected, result = distiller(frame), copied(frame)
            np.testing.assert_array_equal(result.frames, expected.frames)
            assert result.report.digests == expected.report.digests
            assert result.report.certified_epsilon == expected.report.certified_epsilon


def test_everything_that_is_exported_is_documented():
    for name in featuredistill.__all__:
        assert getattr(featuredistill, name).__doc__
