// Copyright (C) 2026 The gst-plugin-featuredistill authors
//
// This Source Code Form is subject to the terms of the Mozilla Public License, v2.0.
// If a copy of the MPL was not distributed with this file, You can obtain one at
// <https://mozilla.org/MPL/2.0/>.
//
// SPDX-License-Identifier: MPL-2.0

//! The comparison of frames with the digests that their source lists. No I/O and no clock.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use gstfeaturedistill::codec::Digest;

/// Time that a digest may take from the source's filter to its list.
const GRACE: Duration = Duration::from_secs(2);

/// Time that a frame waits for a list.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Time that a frame may come after its digest was read; one that comes later is unknown.
const MEMORY: Duration = Duration::from_secs(20);

/// Frames by which one may come after a later one and is no replay.
const JITTER: u64 = 50;

/// The outcome for one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The source lists it.
    Verified,
    /// A list that would have it has it not.
    Unknown,
    /// The source lists it, but before frames that have come already.
    Replayed,
    /// No list could be read that would have it.
    Unverified,
}

impl Verdict {
    pub const ALL: [Self; 4] = [
        Self::Verified,
        Self::Unknown,
        Self::Replayed,
        Self::Unverified,
    ];
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verified => "verified",
            Self::Unknown => "unknown",
            Self::Replayed => "replayed",
            Self::Unverified => "unverified",
        })
    }
}

/// The frames of one camera that wait, and what was read of their source.
#[derive(Default)]
pub struct Matching {
    /// The source's digests in its order, with the time at which each was read first.
    known: VecDeque<(Digest, Instant)>,
    /// Digests that have left the front of these.
    forgotten: u64,
    /// The list as it was last read.
    list: Vec<Digest>,
    /// Lists have followed each other without a gap since then.
    joined_since: Option<Instant>,
    /// Frames without a verdict, and when they came.
    waiting: VecDeque<(Digest, Instant)>,
    /// The place in the source's order that the frames have come to.
    place: u64,
    verdicts: Vec<Verdict>,
}

impl Matching {
    /// Takes a frame that came at `now`.
    pub fn seen(&mut self, digest: Digest, now: Instant) {
        if self.advance(&digest) {
            self.verdicts.push(Verdict::Verified);
        } else {
            self.waiting.push_back((digest, now));
        }
    }

    /// Takes the source's list, the oldest digest first, which it was asked for at `asked`.
    pub fn listed(&mut self, list: Vec<Digest>, asked: Instant) {
        let overlap = overlap(&self.list, &list);
        let follows = overlap > 0 || self.list.is_empty();
        let since = self.joined_since.filter(|_| follows).unwrap_or(asked);
        self.joined_since = Some(since);
        let new = list[overlap..].iter().map(|&digest| (digest, asked));
        self.known.extend(new);
        self.list = list;
        while let Some((_, read)) = self.known.front()
            && *read + MEMORY < asked
        {
            self.known.pop_front();
            self.forgotten += 1;
        }
        for (digest, came) in std::mem::take(&mut self.waiting) {
            let verdict = if self.advance(&digest) {
                Verdict::Verified
            } else if asked < came + GRACE {
                self.waiting.push_back((digest, came));
                continue;
            } else if came < since {
                // Its digest may have been in a list that nobody read.
                Verdict::Unverified
            } else if self.known.iter().any(|(known, _)| *known == digest) {
                Verdict::Replayed
            } else {
                Verdict::Unknown
            };
            self.verdicts.push(verdict);
        }
    }

    /// The outcomes since the last call; frames that have waited too long are unverified.
    pub fn verdicts(&mut self, now: Instant) -> Vec<Verdict> {
        while let Some((_, came)) = self.waiting.front()
            && *came + PATIENCE < now
        {
            self.waiting.pop_front();
            self.verdicts.push(Verdict::Unverified);
        }
        std::mem::take(&mut self.verdicts)
    }

    /// Goes on to a frame in the source's order, if it is there and not too far back. Of pictures that
    /// the source had several times, the first that can be is taken.
    fn advance(&mut self, digest: &Digest) -> bool {
        let places = (self.forgotten..).zip(&self.known);
        let places = places.filter(|(_, (known, _))| known == digest);
        let mut places = places.map(|(place, _)| place);
        let earliest = self.place.saturating_sub(JITTER);
        let Some(mut found) = places.by_ref().find(|place| *place >= earliest) else {
            return false;
        };
        if found < self.place {
            found = places.find(|place| *place >= self.place).unwrap_or(found);
        }
        self.place = self.place.max(found);
        true
    }
}

/// Digests at the end of the list before that are at the beginning of the next one.
fn overlap(before: &[Digest], next: &[Digest]) -> usize {
    let longest = before.len().min(next.len());
    (0..=longest)
        .rev()
        .find(|&len| before[before.len() - len..] == next[..len])
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Replayed, Unknown, Unverified, Verified};

    fn digest(frame: u64) -> Digest {
        format!("{frame:064x}").parse().unwrap()
    }

    fn list(frames: std::ops::Range<u64>) -> Vec<Digest> {
        frames.map(digest).collect()
    }

    /// A matching and a way to say times in seconds.
    fn start() -> (Matching, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        (Matching::default(), move |second| {
            start + Duration::from_secs(second)
        })
    }

    #[test]
    fn a_frame_may_come_before_its_digest_or_after() {
        let (mut matching, at) = start();
        matching.listed(list(0..10), at(0));
        matching.seen(digest(9), at(1));
        matching.seen(digest(10), at(1));
        assert_eq!(matching.verdicts(at(1)), [Verified]);
        matching.listed(list(5..15), at(2));
        assert_eq!(matching.verdicts(at(2)), [Verified]);
        assert_eq!(matching.verdicts(at(60)), []);
    }

    #[test]
    fn a_frame_that_the_source_never_lists_is_unknown() {
        let (mut matching, at) = start();
        matching.listed(list(0..10), at(0));
        matching.seen(digest(99), at(1));
        matching.listed(list(0..20), at(2));
        assert_eq!(matching.verdicts(at(2)), []);
        matching.listed(list(0..30), at(3));
        assert_eq!(matching.verdicts(at(3)), [Unknown]);
        // A source that lists nothing sends nothing.
        let (mut matching, at) = start();
        matching.listed(Vec::new(), at(0));
        matching.seen(digest(0), at(1));
        matching.listed(Vec::new(), at(3));
        assert_eq!(matching.verdicts(at(3)), [Unknown]);
    }

    #[test]
    fn without_a_list_no_frame_is_verified_nor_unknown() {
        let (mut matching, at) = start();
        matching.seen(digest(0), at(1));
        assert_eq!(matching.verdicts(at(11)), []);
        assert_eq!(matching.verdicts(at(12)), [Unverified]);
        // It goes on as soon as there is one.
        matching.seen(digest(1), at(13));
        matching.listed(list(0..5), at(14));
        assert_eq!(matching.verdicts(at(14)), [Verified]);
    }

    #[test]
    fn frames_on_their_way_while_the_source_starts_again_are_unverified() {
        let (mut matching, at) = start();
        matching.listed(list(0..10), at(0));
        matching.seen(digest(12), at(1));
        matching.listed(Vec::new(), at(5));
        assert_eq!(matching.verdicts(at(5)), [Unverified]);
        matching.listed(list(20..30), at(6));
        matching.seen(digest(29), at(6));
        matching.seen(digest(12), at(6));
        matching.listed(list(20..40), at(8));
        assert_eq!(matching.verdicts(at(8)), [Verified, Unknown]);
    }

    #[test]
    fn an_old_frame_that_comes_again_is_a_replay() {
        let (mut matching, at) = start();
        matching.listed(list(0..200), at(0));
        for frame in (0..150).chain([140, 10]) {
            matching.seen(digest(frame), at(1));
        }
        assert_eq!(matching.verdicts(at(1)), vec![Verified; 151]);
        matching.listed(list(0..210), at(3));
        assert_eq!(matching.verdicts(at(3)), [Replayed]);
        // The stream itself is where it was.
        matching.seen(digest(150), at(3));
        assert_eq!(matching.verdicts(at(3)), [Verified]);
    }

    #[test]
    fn pictures_that_the_source_had_several_times_are_no_replay() {
        let period = |length: usize| (0..60).map(digest).cycle().take(length).collect::<Vec<_>>();
        let (mut matching, at) = start();
        for second in 0..10 {
            // The list is half a second ahead of the frames, then behind them.
            let second_index = usize::try_from(second).unwrap();
            matching.listed(period(25 * second_index + 12), at(second));
            for frame in 25 * second..25 * (second + 1) {
                matching.seen(digest(frame % 60), at(second));
            }
        }
        matching.listed(period(300), at(11));
        assert_eq!(matching.verdicts(at(11)), vec![Verified; 250]);
    }

    #[test]
    fn a_frame_that_comes_very_late_is_unknown() {
        let (mut matching, at) = start();
        for second in 0..60 {
            matching.listed(list(25 * second..25 * second + 500), at(second));
        }
        assert!(matching.known.len() < 1100, "{}", matching.known.len());
        matching.seen(digest(0), at(59));
        matching.listed(list(25 * 62..25 * 62 + 500), at(62));
        assert_eq!(matching.verdicts(at(62)), [Unknown]);
    }
}
