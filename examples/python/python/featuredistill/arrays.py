# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0
"""The filter for numpy arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from numbers import Real
from typing import Any, Literal, NamedTuple, SupportsIndex, Union

import numpy as np
from numpy.typing import NDArray

from ._native import Plan, Report

Preset = Literal["one-pass", "two-step", "released", "uniform", "certified", "certified-samples", "annex-k"]
ColorMode = Literal["auto", "native", "ycbcr"]
Digest = Literal["none", "blake3"]
Backend = Literal["auto", "scalar", "avx2", "avx-vnni", "avx512", "neon"]
Table = Union[
    str, "os.PathLike[str]", NDArray[np.integer[Any]], Sequence[Sequence[int]], Sequence[Sequence[Sequence[int]]]
]

SHAPES = "(H, W), (H, W, 3) or (N, H, W, 3), none of them 0"


class _Pool:
    """The compiled part's threads. A fork of a process that has used them has none, and would wait for them forever."""

    used = False
    lost = False

    @classmethod
    def forked(cls) -> None:
        cls.lost = cls.used


os.register_at_fork(after_in_child=_Pool.forked)


class Distilled(NamedTuple):
    """Frames that were distilled, and the report on them."""

    frames: NDArray[np.uint8]
    report: Report


class Distiller:
    """A filter with fixed settings, to be used for many arrays. Threads may share it.

    It can be copied and pickled; a copy reads table and key files again.

    Args:
        preset: the table: ``one-pass``, ``two-step``, ``released``, ``uniform``, ``certified`` or ``annex-k``; or
            ``certified-samples``, which has none and rounds each sample.
        epsilon: the perturbation budget of ``certified``, in levels of 0..255, 0 to 15; and of ``certified-samples``,
            1 to 15 without what follows the point.
        table: the table instead of the preset's: a path to a file that the element's ``table-file`` reads, or
            integers of 1..255 in an array of shape (8, 8), or (2, 8, 8) for luma and chroma. Row v and column u
            hold the step of vertical frequency v and horizontal frequency u.
        quality: libjpeg's scaling of the table, 1 to 100; 50 leaves it as it is.
        color_mode: ``native`` quantizes R, G and B as they are, ``ycbcr`` as Y, Cb and Cr without subsampling,
            ``auto`` is ``ycbcr`` where the table has one for chroma. ``certified-samples`` rounds R, G and B as they
            are.
        settle: makes every frame its own fixed point; with ``certified`` one that survives ``epsilon``. Frames of
            ``certified-samples`` always are.
        threads: most threads to use; 0 is one per core. Forks of a process that has used one, such as a data loader's
            workers, use one thread.
        as_step: step of the accuracy-sensitive band of ``two-step``, 1 to 255.
        md_step: step of its other band, and of ``uniform``, 1 to 255.
        as_count: coefficients in the accuracy-sensitive band, 0 to 64.
        backend: the best instruction set to use: ``auto``, ``scalar``, ``avx2``, ``avx-vnni``, ``avx512`` or
            ``neon``. The bytes are the same with all.
        digest: ``blake3`` gives the digest of each frame as it leaves, in ``Report.digests``; ``none`` gives none.
            It is the element's for the same frame.
        key: the key of the digest: 32 bytes, or a path to a file that the element's ``key-file`` reads (32 bytes, or
            64 hexadecimal digits). A file that others can read is a warning.

    Raises:
        ValueError: a setting is out of its range, or the table can't be read. The message names it, says what
            was found and what was expected.
        TypeError: a setting is of another type.
    """

    def __init__(
        self,
        preset: Preset = "one-pass",
        *,
        epsilon: float = 1.0,
        table: Table | None = None,
        quality: SupportsIndex = 50,
        color_mode: ColorMode = "auto",
        settle: bool = False,
        threads: SupportsIndex = 0,
        as_step: SupportsIndex = 26,
        md_step: SupportsIndex = 18,
        as_count: SupportsIndex = 15,
        backend: Backend = "auto",
        digest: Digest = "none",
        key: bytes | str | os.PathLike[str] | None = None,
    ) -> None:
        self._settings = {
            "preset": _typed("preset", preset, str, "a name"),
            "epsilon": _typed("epsilon", epsilon, Real, "a number"),
            "table": _table(table),
            "quality": _integer("quality", quality, 1, 100),
            "color_mode": _typed("color_mode", color_mode, str, "a name"),
            "settle": bool(_typed("settle", settle, (bool, np.bool_), "True or False")),
            "threads": _integer("threads", threads, 0, 1024),
            "as_step": _integer("as_step", as_step, 1, 255),
            "md_step": _integer("md_step", md_step, 1, 255),
            "as_count": _integer("as_count", as_count, 0, 64),
            "backend": _typed("backend", backend, str, "a name"),
            "digest": _typed("digest", digest, str, "a name"),
            "key": _key(key),
        }
        self._plan = self._new_plan()

    def _new_plan(self) -> Plan:
        return Plan(**self._settings | {"table": _steps(self._settings["table"])})

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self._settings), ()

    @property
    def tables(self) -> NDArray[np.uint8] | None:
        """The tables in force: uint8 of shape (2, 8, 8), luma's (also that of gray and of native RGB) and chroma's.

        None where ``certified-samples`` rounds samples.
        """
        return self._plan.tables

    @property
    def ycbcr(self) -> bool:
        """True if RGB is taken through YCbCr."""
        return self._plan.ycbcr

    @property
    def backend(self) -> str:
        """The instruction set in use."""
        return self._plan.backend

    def distill(self, frames: NDArray[np.uint8], out: NDArray[np.uint8] | None = None) -> Distilled:
        """Distill ``frames``; see :func:`distill`."""
        frames = _frames("frames", frames)
        if out is None:
            out = np.array(frames, order="C")
        else:
            _check_out(out, frames)
            if out is not frames:
                # numpy takes care of memory that the two share.
                np.copyto(out, frames)
        if out.flags.c_contiguous:
            return Distilled(out, self._in_place(out))
        packed = np.ascontiguousarray(out)
        report = self._in_place(packed)
        np.copyto(out, packed)
        return Distilled(out, report)

    __call__ = distill

    def _in_place(self, frames: NDArray[np.uint8]) -> Report:
        height, width = frames.shape[:2] if frames.ndim < 4 else frames.shape[1:3]
        channels = 1 if frames.ndim == 2 else 3
        if _Pool.lost and self._settings["threads"] != 1:
            self._settings["threads"] = 1
            self._plan = self._new_plan()
        _Pool.used = True
        return self._plan.distill(frames.reshape(-1, height, width, channels))


def distill(
    frames: NDArray[np.uint8], preset: Preset = "one-pass", *, out: NDArray[np.uint8] | None = None, **settings: Any
) -> Distilled:
    """Take frames through the JPEG round trip of the element ``featuredistill``.

    Args:
        frames: uint8 samples 0..255 of shape (H, W) for gray, (H, W, 3) for RGB or (N, H, W, 3) for N RGB frames, with
            any strides. They are not changed, unless they are ``out`` too.
        preset: the table; see :class:`Distiller`.
        out: an array of the same shape and type to be written, with any strides; may be ``frames``. By default a
            new array in C order.
        settings: the other settings of :class:`Distiller`.

    Returns:
        ``(frames, report)``: the array written, and a :class:`Report` on what changed, in levels of 0..255.

    Raises:
        ValueError: an array is of another type or shape, ``out`` can't be written, or a setting is out of its range.

    The GIL is released while frames are distilled.
    """
    return Distiller(preset, **settings).distill(frames, out)


def _frames(name: str, frames: Any) -> NDArray[np.uint8]:
    if not isinstance(frames, np.ndarray):
        raise ValueError(f"{name}: found {type(frames).__name__}, expected a numpy array of uint8")
    if frames.dtype != np.uint8:
        raise ValueError(f"{name}: found dtype {frames.dtype}, expected uint8 (samples 0..255)")
    fits = frames.ndim == 2 or frames.ndim in (3, 4) and frames.shape[-1] == 3
    if not fits or 0 in frames.shape:
        hint = ""
        if frames.ndim in (3, 4) and frames.shape[-3] == 3:
            hint = "; with channels first, pass numpy.moveaxis(frames, -3, -1)"
        raise ValueError(f"{name}: found shape {frames.shape}, expected {SHAPES}{hint}")
    return frames


def _check_out(out: Any, frames: NDArray[np.uint8]) -> None:
    _frames("out", out)
    if out.shape != frames.shape:
        raise ValueError(f"out: found shape {out.shape}, expected that of frames, {frames.shape}")
    if not out.flags.writeable:
        raise ValueError("out: found a read-only array, expected one that can be written")


def _typed(name: str, value: Any, kind: type | tuple[type, ...], expected: str) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{name}: found {type(value).__name__}, expected {expected}")
    return value


def _integer(name: str, value: SupportsIndex, least: int, most: int) -> int:
    try:
        number = value.__index__()
    except AttributeError:
        raise TypeError(f"{name}: found {type(value).__name__}, expected an integer") from None
    if not least <= number <= most:
        raise ValueError(f"{name}: found {number}, expected {least} to {most}")
    return number


def _key(key: Any) -> bytes | str | os.PathLike[str] | None:
    if key is None or isinstance(key, (str, os.PathLike)):
        return key
    if not isinstance(key, (bytes, bytearray)):
        raise TypeError(f"key: found {type(key).__name__}, expected bytes or a path")
    if len(key) != 32:
        raise ValueError(f"key: found {len(key)} bytes, expected 32")
    return bytes(key)


def _table(table: Table | None) -> str | os.PathLike[str] | NDArray[np.uint8] | None:
    """Return None, a path, or one or two tables of 8x8 steps."""
    if table is None or isinstance(table, (str, os.PathLike)):
        return table
    try:
        steps = np.asarray(table)
    except ValueError as error:
        raise ValueError(f"table: found rows of several lengths, expected 8 of 8 steps ({error})") from None
    if steps.dtype.kind not in "iu" or steps.shape not in ((8, 8), (2, 8, 8)):
        raise ValueError(
            f"table: found shape {steps.shape} of {steps.dtype}, expected a path, or integers of shape (8, 8) "
            "or (2, 8, 8)"
        )
    if steps.min() < 1 or steps.max() > 255:
        raise ValueError(f"table: found steps {steps.min()} to {steps.max()}, expected 1 to 255")
    return steps.astype(np.uint8)


def _steps(table: Any) -> str | os.PathLike[str] | list[list[int]] | None:
    """Return ``table`` as the compiled part takes it: arrays as lists of 64 steps."""
    if not isinstance(table, np.ndarray):
        path: str | os.PathLike[str] | None = table
        return path
    steps: list[list[int]] = table.reshape(-1, 64).tolist()
    return steps
