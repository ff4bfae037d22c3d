//! `split`, `rsplit` and `splitlines`: iterators over ranges of the text.

use std::ops::Range;

use super::{Needle, Positions};
use crate::units::Unit;

/// `text.split(separator, limit)`; `limit` is the number of splits, `usize::MAX` for all. The separator
/// must not be empty (`ValueError: empty separator`).
pub fn split<'a, 'n, U: Unit>(text: &'a [U], separator: &'a Needle<'n, U>, limit: usize) -> Split<'a, 'n, U> {
    Split {
        positions: separator.positions(text),
        width: separator.len(),
        start: Some(0),
        end: text.len(),
        left: limit,
    }
}

/// See [`split`].
pub struct Split<'a, 'n, U: Unit> {
    positions: Positions<'a, 'n, U>,
    width: usize,
    start: Option<usize>,
    end: usize,
    left: usize,
}

impl<U: Unit> Iterator for Split<'_, '_, U> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.start.take()?;
        let found = if self.left == 0 { None } else { self.positions.next() };
        let Some(at) = found else { return Some(start..self.end) };
        self.left -= 1;
        self.start = Some(at + self.width);
        Some(start..at)
    }
}

/// `text.rsplit(separator, limit)`, the last part first.
pub fn rsplit<'a, 'n, U: Unit>(
    text: &'a [U],
    separator: &'a Needle<'n, U>,
    limit: usize,
) -> RSplit<'a, 'n, U> {
    RSplit { text, separator, end: Some(text.len()), left: limit }
}

/// See [`rsplit`].
pub struct RSplit<'a, 'n, U: Unit> {
    text: &'a [U],
    separator: &'a Needle<'n, U>,
    end: Option<usize>,
    left: usize,
}

impl<U: Unit> Iterator for RSplit<'_, '_, U> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let end = self.end.take()?;
        let found = if self.left == 0 { None } else { self.separator.rfind(&self.text[..end]) };
        let Some(at) = found else { return Some(0..end) };
        self.left -= 1;
        self.end = Some(at);
        Some(at + self.separator.len()..end)
    }
}

/// `text.split(None, limit)`: runs of white space separate, and none are left at the ends (except
/// behind the last part once the limit is reached).
pub fn split_space<U: Unit, F: Fn(u32) -> bool>(
    text: &[U],
    limit: usize,
    is_space: F,
) -> SplitSpace<'_, U, F> {
    SplitSpace { text, at: 0, left: limit, is_space }
}

/// See [`split_space`].
pub struct SplitSpace<'a, U: Unit, F> {
    text: &'a [U],
    at: usize,
    left: usize,
    is_space: F,
}

impl<U: Unit, F: Fn(u32) -> bool> Iterator for SplitSpace<'_, U, F> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let is_space = |unit: &U| (self.is_space)(unit.code());
        let start = self.at + self.text[self.at..].iter().position(|unit| !is_space(unit))?;
        let end = match self.left.checked_sub(1) {
            None => self.text.len(),
            Some(left) => {
                self.left = left;
                self.text[start..].iter().position(is_space).map_or(self.text.len(), |len| start + len)
            }
        };
        self.at = end;
        Some(start..end)
    }
}

/// `text.rsplit(None, limit)`, the last part first.
pub fn rsplit_space<U: Unit, F: Fn(u32) -> bool>(
    text: &[U],
    limit: usize,
    is_space: F,
) -> RSplitSpace<'_, U, F> {
    RSplitSpace { text, end: text.len(), left: limit, is_space }
}

/// See [`rsplit_space`].
pub struct RSplitSpace<'a, U: Unit, F> {
    text: &'a [U],
    end: usize,
    left: usize,
    is_space: F,
}

impl<U: Unit, F: Fn(u32) -> bool> Iterator for RSplitSpace<'_, U, F> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let is_space = |unit: &U| (self.is_space)(unit.code());
        let end = self.text[..self.end].iter().rposition(|unit| !is_space(unit))? + 1;
        let start = match self.left.checked_sub(1) {
            None => 0,
            Some(left) => {
                self.left = left;
                self.text[..end].iter().rposition(is_space).map_or(0, |at| at + 1)
            }
        };
        self.end = start;
        Some(start..end)
    }
}

/// `text.splitlines(keep_ends)`. `is_break` is `unicode::is_line_break` for `str`, and `\n` and `\r`
/// for `bytes`; `\r\n` is one break.
pub fn lines<U: Unit, F: Fn(u32) -> bool>(text: &[U], keep_ends: bool, is_break: F) -> Lines<'_, U, F> {
    Lines { text, at: 0, keep_ends, is_break }
}

/// See [`lines`].
pub struct Lines<'a, U: Unit, F> {
    text: &'a [U],
    at: usize,
    keep_ends: bool,
    is_break: F,
}

impl<U: Unit, F: Fn(u32) -> bool> Iterator for Lines<'_, U, F> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if start == self.text.len() {
            return None;
        }
        let is_break = |unit: &U| (self.is_break)(unit.code());
        let end = self.text[start..].iter().position(is_break).map_or(self.text.len(), |len| start + len);
        let code = |at: usize| self.text.get(at).map(|unit| unit.code());
        let width = match (code(end), code(end + 1)) {
            (Some(0x0D), Some(0x0A)) => 2,
            (Some(_), _) => 1,
            (None, _) => 0,
        };
        self.at = end + width;
        Some(start..if self.keep_ends { self.at } else { end })
    }
}
