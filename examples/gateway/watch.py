# Copyright (C) 2026 The gst-plugin-featuredistill authors
#
# This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
# If a copy of the MPL was not distributed with this file, You can obtain one at
# <https://mozilla.org/MPL/2.0/>.
#
# SPDX-License-Identifier: MPL-2.0

"""Watches a stream with OpenCV for some seconds and opens it again whenever it ends.

watch.py URL SECONDS      prints the number of frames and the longest time without one
"""

import os
import sys
import time

os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "rtsp_transport;tcp"
os.environ["OPENCV_LOG_LEVEL"] = "OFF"
os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"

import cv2


def main(url: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    frames, gap, last = 0, 0.0, None
    while time.monotonic() < end:
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
        while time.monotonic() < end and capture.read()[0]:
            now = time.monotonic()
            gap = max(gap, now - (last or now))
            frames, last = frames + 1, now
        capture.release()
        time.sleep(0.2)
    print(frames, f"{gap:.1f}_s")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
