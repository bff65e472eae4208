# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""The report's page in a real browser: it sorts, filters, links, and fits a phone."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from defense import attacks, defences, report
from defense.cache import Cache
from defense.data import Pictures
from defense.evaluate import Cell, Cost, Evaluation, Results
from defense.gallery import Gallery
from defense.intervals import Share
from defense.plan import Adaptive, Job, Plan, Subject

CHROMIUM = shutil.which("chromium")
browser = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page of few results, with a sheet for each."""
    gallery = Gallery(tmp_path)
    pictures = np.random.default_rng(1).integers(0, 256, (3, 224, 224, 3), np.uint8)
    labels, lost = np.array([1, 2, 3]), {"n": 3, "value": 0.01, "interval": [-0.03, 0.05]}
    results = Results()
    for number, name in enumerate(["none", "two-step, one pass", "one-pass, I420, one pass"]):
        sheet = gallery.add(name, {"clean": pictures}, [labels], labels)
        results.costs.append(Cost(name, "preset=x", 1.5 + number, Share(3 - number, 3), lost, sheet))
        for attack, epsilon in (("FGSM eps 2", 2), ("PGD20 eps 2", 2)):
            right = Share((number * 2 + epsilon) % 4, 30)
            results.cells.append(Cell(name, "static", attack, epsilon, right, sheet=sheet))
    about = {"network": "a network", "pictures": 3, "plugin": "0", "seed": 0}
    chosen = Pictures(["a", "b", "c"], pictures, labels)
    path = tmp_path / "index.html"
    report.write_page(path, results, about, chosen, [], lambda pictures: np.zeros(len(pictures), int))
    return path


def opened(page: Path, script: str, *options: str) -> str:
    """The page's DOM after `script` has run in it."""
    copy = page.with_name("copy.html")
    copy.write_text(page.read_text().replace("</body>", f"<script>{script}</script></body>"))
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        *options,
        "--dump-dom",
        f"file://{copy}",
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def first_rows(dom: str) -> list[str]:
    """Headings of the visible rows of the first table."""
    body = re.search(r"<tbody>(.*?)</tbody>", dom, re.DOTALL)[1]
    return [re.search(r"<th>([^<]*)", row)[1] for row in body.split("<tr")[1:] if "hidden" not in row[:20]]


def test_the_page_needs_nothing_from_elsewhere(page: Path) -> None:
    assert not re.search(r"(src|href)=['\"](https?:)?//", page.read_text())


def test_numbers_lead_to_pictures_that_are_there(page: Path) -> None:
    addresses = re.findall(r"<a href='([^']+)'", page.read_text())
    assert len(addresses) == 9 and all((page.parent / address).stat().st_size for address in addresses)


@pytest.mark.usefixtures("plugin")
def test_an_evaluation_has_a_sheet_for_each_number(tmp_path: Path, brightness) -> None:
    generator = np.random.default_rng(3)
    samples = 128 + 12 * generator.normal(size=(6, 224, 224, 3)) + np.array([-3, 3] * 3)[:, None, None, None]
    pictures = Pictures(list("abcdef"), np.rint(samples).clip(0, 255).astype(np.uint8), np.array([0, 1] * 3))
    fgsm, properties = Job(attacks.fgsm(2), 4), "preset=certified epsilon=1"
    subjects = [
        Subject(defences.none()),
        Subject(defences.one_pass("one", properties), adaptive=[Adaptive(2, 2, 2)]),
        Subject(defences.two_passes("two", properties), [fgsm], radius=1),
    ]
    gallery = Gallery(tmp_path)
    evaluation = Evaluation(brightness, pictures, Cache(tmp_path / "cache"), gallery, "plugin", 0)
    results = evaluation.run(Plan([fgsm], subjects), lambda results: None)
    found = [*results.costs, *results.cells]
    assert len(results.costs) == 3 and len(results.cells) == 6
    assert len({one.sheet for one in found}) == len(found)
    assert all((tmp_path / one.sheet).stat().st_size for one in found)


@browser
def test_a_click_on_a_heading_sorts_by_number(page: Path) -> None:
    click = "document.querySelectorAll('thead th')[3].click();"
    assert first_rows(opened(page, click))[0] == "one-pass, I420, one pass"
    assert first_rows(opened(page, click * 2))[0] == "none"


@browser
def test_the_filter_keeps_rows_with_all_words(page: Path) -> None:
    script = """const box = document.querySelector('input[type=search]'); box.value = 'pass I420';
        box.dispatchEvent(new Event('input'));"""
    assert first_rows(opened(page, script)) == ["one-pass, I420, one pass"]


@browser
def test_on_a_phone_only_tables_scroll_sideways(page: Path) -> None:
    # Narrower than a window can be made: the page in a frame of a phone's width.
    frame = page.with_name("phone.html")
    frame.write_text("<iframe src='index.html' width=390 height=844></iframe>")
    script = """const page = document.querySelector('iframe');
        page.addEventListener('load', () => {
            const root = page.contentDocument.documentElement;
            document.title = `${root.scrollWidth} of ${root.clientWidth}`;
        });"""
    dom = opened(
        frame_with_body(frame), script, "--allow-file-access-from-files", "--virtual-time-budget=3000"
    )
    wide, seen = map(int, re.search(r"<title>(\d+) of (\d+)", dom).groups())
    assert 0 < wide <= seen


def frame_with_body(path: Path) -> Path:
    """The same file with a body, where `opened` puts its script."""
    path.write_text(f"<html><head><title></title></head><body>{path.read_text()}</body></html>")
    return path
