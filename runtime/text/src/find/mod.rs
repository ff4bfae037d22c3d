//! Substring search for `str` of every kind and for `bytes`, and what is built on it.
//!
//! A [`Needle`] is prepared once in the width of the haystack (a needle with a code point that does
//! not fit the haystack's width occurs nowhere). Then
//!
//! * bytes and Latin-1 text use the crate `memchr` (`memmem`, vectorised, linear);
//! * a single wide unit is looked for in blocks that the compiler vectorises;
//! * longer wide needles look for their first unit in that way and compare; if comparing costs more
//!   than scanning, the search goes on with the two-way algorithm, whose worst case is linear.
//!
//! Positions are indices of units in the haystack. An empty needle occurs before every unit and at the
//! end, as in Python.

mod split;
mod two_way;

pub use split::{
    Lines, RSplit, RSplitSpace, Split, SplitSpace, lines, rsplit, rsplit_space, split, split_space,
};

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use memchr::memmem;

use crate::units::{Unit, bytes_of, in_width};
use two_way::{Direction, TwoWay};

/// What to search for, prepared for haystacks of width `U`.
pub struct Needle<'n, U: Unit> {
    /// `None`: it does not fit the width, so it occurs nowhere.
    units: Option<Cow<'n, [U]>>,
    forward: OnceCell<TwoWay>,
    backward: OnceCell<TwoWay>,
    /// Units compared in vain so far, less those scanned; once positive beyond [`PATIENCE`], the
    /// two-way algorithm takes over.
    debt: Cell<isize>,
}

/// How many comparisons a search may waste beyond the units that it scanned.
const PATIENCE: isize = 256;

impl<'n, U: Unit> Needle<'n, U> {
    pub fn new<N: Unit>(needle: &'n [N]) -> Self {
        Needle {
            units: in_width(needle),
            forward: OnceCell::new(),
            backward: OnceCell::new(),
            debt: Cell::new(0),
        }
    }

    /// The length of the needle; 0 too if it can occur nowhere.
    pub fn len(&self) -> usize {
        self.units.as_deref().map_or(0, <[U]>::len)
    }

    /// Whether the needle is the empty text.
    pub fn is_empty(&self) -> bool {
        self.units.as_deref().is_some_and(<[U]>::is_empty)
    }

    /// The first occurrence.
    pub fn find(&self, haystack: &[U]) -> Option<usize> {
        let needle = self.units.as_deref()?;
        match needle {
            _ if needle.len() > haystack.len() => None,
            [] => Some(0),
            [unit] => find_unit(haystack, *unit),
            _ if size_of::<U>() == 1 => memmem::find(bytes_of(haystack), bytes_of(needle)),
            _ => self.find_wide(haystack, needle),
        }
    }

    /// The last occurrence.
    pub fn rfind(&self, haystack: &[U]) -> Option<usize> {
        let needle = self.units.as_deref()?;
        match needle {
            _ if needle.len() > haystack.len() => None,
            [] => Some(haystack.len()),
            [unit] => rfind_unit(haystack, *unit),
            _ if size_of::<U>() == 1 => memmem::rfind(bytes_of(haystack), bytes_of(needle)),
            _ => self.rfind_wide(haystack, needle),
        }
    }

    /// The occurrences from left to right, none overlapping another.
    pub fn positions<'a>(&'a self, haystack: &'a [U]) -> Positions<'a, 'n, U> {
        // Preparing the searcher once pays off here.
        let bytes = match self.units.as_deref() {
            Some(units) if size_of::<U>() == 1 && units.len() > 1 => {
                Some(memmem::Finder::new(bytes_of(units)))
            }
            _ => None,
        };
        Positions { needle: self, haystack, bytes, next: Some(0) }
    }

    /// `haystack.count(needle)`.
    pub fn count(&self, haystack: &[U]) -> usize {
        match self.units.as_deref() {
            Some([]) => haystack.len() + 1,
            Some([unit]) => count_unit(haystack, *unit),
            _ => self.positions(haystack).count(),
        }
    }

    fn find_wide(&self, haystack: &[U], needle: &[U]) -> Option<usize> {
        let last = haystack.len() - needle.len();
        let mut at = 0;
        while at <= last {
            if self.debt.get() > PATIENCE {
                let two_way = self.forward.get_or_init(|| TwoWay::new(needle, Direction::Forward));
                return two_way.find(&haystack[at..], needle, Direction::Forward).map(|found| at + found);
            }
            let candidate = at + find_unit(&haystack[at..=last], needle[0])?;
            let equal = equal_prefix(haystack[candidate..].iter(), needle.iter());
            if equal == needle.len() {
                return Some(candidate);
            }
            self.charge(equal, candidate + 1 - at);
            at = candidate + 1;
        }
        None
    }

    fn rfind_wide(&self, haystack: &[U], needle: &[U]) -> Option<usize> {
        let last = needle.len() - 1;
        let mut end = haystack.len();
        while end >= needle.len() {
            if self.debt.get() > PATIENCE {
                let two_way = self.backward.get_or_init(|| TwoWay::new(needle, Direction::Backward));
                let found = two_way.find(&haystack[..end], needle, Direction::Backward)?;
                return Some(end - found - needle.len());
            }
            // One past the last unit of the candidate.
            let stop = last + rfind_unit(&haystack[last..end], needle[last])? + 1;
            let equal = equal_prefix(haystack[..stop].iter().rev(), needle.iter().rev());
            if equal == needle.len() {
                return Some(stop - needle.len());
            }
            self.charge(equal, end + 1 - stop);
            end = stop - 1;
        }
        None
    }

    fn charge(&self, compared: usize, scanned: usize) {
        // Scanning a block is several times cheaper than comparing unit by unit, and never below zero:
        // a long quiet text does not pay for a bad stretch later.
        let debt = self.debt.get() + compared as isize - scanned as isize / 4;
        self.debt.set(debt.max(0));
    }
}

fn equal_prefix<'a, U: Unit>(a: impl Iterator<Item = &'a U>, b: impl Iterator<Item = &'a U>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// See [`Needle::positions`].
pub struct Positions<'a, 'n, U: Unit> {
    needle: &'a Needle<'n, U>,
    haystack: &'a [U],
    bytes: Option<memmem::Finder<'a>>,
    /// Where to go on; `None` at the end.
    next: Option<usize>,
}

impl<U: Unit> Iterator for Positions<'_, '_, U> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let from = self.next.take()?;
        let rest = self.haystack.get(from..)?;
        let found = match &self.bytes {
            Some(finder) => finder.find(bytes_of(rest)),
            None => self.needle.find(rest),
        }?;
        let at = from + found;
        self.next = Some(at + self.needle.len().max(1));
        Some(at)
    }
}

/// Units in a block of [`find_unit`]: a few vector registers.
const BLOCK: usize = 32;

/// The first occurrence of one unit.
pub fn find_unit<U: Unit>(haystack: &[U], unit: U) -> Option<usize> {
    if size_of::<U>() == 1 {
        return memchr::memchr(unit.code() as u8, bytes_of(haystack));
    }
    let (blocks, _) = haystack.as_chunks::<BLOCK>();
    let blocks = blocks.iter().take_while(|block| !contains(block, unit)).count();
    let from = blocks * BLOCK;
    haystack[from..].iter().position(|other| *other == unit).map(|at| from + at)
}

/// The last occurrence of one unit.
pub fn rfind_unit<U: Unit>(haystack: &[U], unit: U) -> Option<usize> {
    if size_of::<U>() == 1 {
        return memchr::memrchr(unit.code() as u8, bytes_of(haystack));
    }
    let (_, blocks) = haystack.as_rchunks::<BLOCK>();
    let blocks = blocks.iter().rev().take_while(|block| !contains(block, unit)).count();
    let to = haystack.len() - blocks * BLOCK;
    haystack[..to].iter().rposition(|other| *other == unit)
}

/// Without an early exit, so that it becomes vector code.
fn contains<U: Unit>(block: &[U; BLOCK], unit: U) -> bool {
    block.iter().fold(false, |any, other| any | (*other == unit))
}

/// How often one unit occurs.
pub fn count_unit<U: Unit>(haystack: &[U], unit: U) -> usize {
    if size_of::<U>() == 1 {
        return memchr::memchr_iter(unit.code() as u8, bytes_of(haystack)).count();
    }
    haystack.iter().filter(|other| **other == unit).count()
}

/// The range that is left when units for which `strip` holds are removed from the chosen ends.
pub fn strip_range<U: Unit>(
    text: &[U],
    left: bool,
    right: bool,
    mut strip: impl FnMut(u32) -> bool,
) -> std::ops::Range<usize> {
    let (mut start, mut end) = (0, text.len());
    if left {
        start = text.iter().position(|unit| !strip(unit.code())).unwrap_or(end);
    }
    if right {
        end = text[start..].iter().rposition(|unit| !strip(unit.code())).map_or(start, |at| start + at + 1);
    }
    start..end
}

#[cfg(test)]
mod tests;
