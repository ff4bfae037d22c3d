//! The two-way string matching algorithm: linear time, constant space, any ordered alphabet.
//!
//! The needle is cut at a critical position, where the local period equals the period of the whole. The
//! right part is compared from left to right, then the left part from right to left. A mismatch on the
//! right shifts past what was compared; one on the left shifts by the period. For a needle that repeats
//! its period from the start, the part known to match after such a shift is remembered.
//!
//! The backward direction is the same algorithm on reversed views.
//!
//! Source: M. Crochemore and D. Perrin, "Two-way string-matching", JACM 38 (1991).

use crate::units::Unit;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

/// The prepared needle (which the caller keeps and passes again).
pub(super) struct TwoWay {
    critical: usize,
    period: usize,
    /// Whether the needle begins with its period repeated, so that a prefix survives a shift.
    remembers: bool,
}

/// The unit at `index` in the direction of reading.
#[inline(always)]
fn at<U: Unit>(text: &[U], index: usize, direction: Direction) -> U {
    match direction {
        Direction::Forward => text[index],
        Direction::Backward => text[text.len() - 1 - index],
    }
}

impl TwoWay {
    pub(super) fn new<U: Unit>(needle: &[U], direction: Direction) -> TwoWay {
        let (less, period_less) = maximal_suffix(needle, direction, |a, b| a < b);
        let (greater, period_greater) = maximal_suffix(needle, direction, |a, b| a > b);
        let (critical, period) = if less > greater { (less, period_less) } else { (greater, period_greater) };
        let remembers = critical + period <= needle.len()
            && (0..critical).all(|i| at(needle, i, direction) == at(needle, period + i, direction));
        // Otherwise the period is long, and this lower bound of it is good enough.
        let period = if remembers { period } else { critical.max(needle.len() - critical) + 1 };
        TwoWay { critical, period, remembers }
    }

    /// The first occurrence in the direction of reading: how many units lie before it.
    pub(super) fn find<U: Unit>(&self, haystack: &[U], needle: &[U], direction: Direction) -> Option<usize> {
        let equal = |needle_at: usize, hay_at: usize| {
            at(needle, needle_at, direction) == at(haystack, hay_at, direction)
        };
        let (mut position, mut known) = (0, 0);
        while position + needle.len() <= haystack.len() {
            let mut right = self.critical.max(known);
            while right < needle.len() && equal(right, position + right) {
                right += 1;
            }
            if right < needle.len() {
                position += right - self.critical + 1;
                known = 0;
                continue;
            }
            let mut left = self.critical;
            while left > known && equal(left - 1, position + left - 1) {
                left -= 1;
            }
            if left <= known {
                return Some(position);
            }
            position += self.period;
            known = if self.remembers { needle.len() - self.period } else { 0 };
        }
        None
    }
}

/// The start of the maximal suffix under an order of units, and its period.
fn maximal_suffix<U: Unit>(
    needle: &[U],
    direction: Direction,
    before: impl Fn(U, U) -> bool,
) -> (usize, usize) {
    let (mut suffix, mut candidate, mut offset, mut period) = (0, 1, 0, 1);
    while candidate + offset < needle.len() {
        let (new, old) = (at(needle, candidate + offset, direction), at(needle, suffix + offset, direction));
        if before(new, old) {
            // The candidate is smaller: the suffix so far has a longer period.
            candidate += offset + 1;
            offset = 0;
            period = candidate - suffix;
        } else if new == old {
            if offset + 1 == period {
                candidate += period;
                offset = 0;
            } else {
                offset += 1;
            }
        } else {
            suffix = candidate;
            candidate += 1;
            offset = 0;
            period = 1;
        }
    }
    (suffix, period)
}
