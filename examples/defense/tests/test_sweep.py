# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Tables are chosen and reported on different pictures, and the front is what nothing beats."""

from types import SimpleNamespace

import numpy as np
import pytest
from defense import defences, intervals, sweep
from defense.candidates import Candidate, candidates
from defense.data import Pictures
from defense.front import GOALS, Point, undominated


def some_pictures(count: int) -> Pictures:
    samples = np.zeros((count, 8, 8, 3), np.uint8)
    return Pictures([str(number) for number in range(count)], samples, np.arange(count) % 2)


def test_halves_share_no_picture() -> None:
    views = [some_pictures(21)] * 3
    order = np.random.default_rng(1).permutation(21)[:15]
    network = SimpleNamespace(classes=lambda samples: np.zeros(len(samples), int))
    evaluation = SimpleNamespace(
        pictures=views[0], seed=0, order=order, chosen=views[0].take(order), network=network
    )
    choosing, reporting = sweep.halves(evaluation, views)
    names = [set(half.views[0].names) for half in (choosing, reporting)]
    assert len(names[0]) == 10 and len(names[1]) == 11 and not names[0] & names[1]
    for half, own in zip((choosing, reporting), names, strict=True):
        assert set(evaluation.chosen.take(half.attacked).names) == own & set(evaluation.chosen.names)
        assert np.array_equal(half.alone, np.stack([half.views[0].labels == 0] * 3, axis=1))


def test_the_front_is_what_nothing_beats() -> None:
    def point(name: str, lost: float, *hits: int) -> Point:
        attacked = {attack: intervals.Share(count, 100) for attack, count in zip(GOALS[1], hits, strict=True)}
        return Point(Candidate(name, "", ""), 1, "choosing", intervals.Drop(lost, (0, 0), 100), attacked)

    points = [point("fine", 0.01, 20, 90), point("beaten", 0.02, 15, 85), point("coarse", 0.05, 60, 90)]
    points += [point("good against one", 0.03, 10, 95), point("too dear", 0.2, 99, 99)]
    assert {candidate.name for candidate, _ in undominated(points)} == {"fine", "coarse", "good against one"}


def test_drops_over_views_count_pictures() -> None:
    before = np.ones((50, 5), bool)
    after = before.copy()
    after[:5] = False
    lost = intervals.drop_over_views(before, after)
    assert lost.n == 50 and lost.value == pytest.approx(0.1)
    # What a normal interval of 5 of 50 has, not of 25 of 250.
    assert lost.interval[0] == pytest.approx(0.1 - 1.96 * np.sqrt(0.09 / 50), abs=0.02)
    same = intervals.drop_over_views(before, before)
    assert same.value == 0 and same.interval[0] < 0 < same.interval[1]


@pytest.mark.usefixtures("plugin")
def test_the_element_takes_all_candidates(pictures: np.ndarray, tmp_path) -> None:
    names = set()
    for candidate in candidates(tmp_path):
        defence = defences.one_pass(candidate.name, candidate.properties, candidate.subsampled)
        assert not np.array_equal(defence.filter(pictures), pictures)
        names.add(candidate.name)
    assert len(names) == len(list(candidates(tmp_path)))
