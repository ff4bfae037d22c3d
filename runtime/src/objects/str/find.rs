//! Searching: the generic loops behind find, count, replace, split and `in`.
//!
//! One-byte text is searched with `memchr` (vectorised, linear time); wider text by looking for the needle's first unit
//! and comparing.

use super::kinds::{StrView, Unit, with_units};

pub(super) fn find_wide<T: Unit>(haystack: &[T], needle: &[T]) -> Option<usize> {
    let first = needle[0];
    let last_start = haystack.len().checked_sub(needle.len())?;
    let mut at = 0;
    while at <= last_start {
        at += haystack[at..=last_start].iter().position(|c| *c == first)?;
        if haystack[at..at + needle.len()] == *needle {
            return Some(at);
        }
        at += 1;
    }
    None
}

pub(super) fn rfind_wide<T: Unit>(haystack: &[T], needle: &[T]) -> Option<usize> {
    let first = needle[0];
    let mut end = haystack.len().checked_sub(needle.len())? + 1;
    while let Some(at) = haystack[..end].iter().rposition(|c| *c == first) {
        if haystack[at..at + needle.len()] == *needle {
            return Some(at);
        }
        end = at;
    }
    None
}

/// Position of the first occurrence of `needle`, which may be empty.
pub fn find(haystack: StrView<'_>, needle: StrView<'_>) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    if needle.len() > haystack.len() {
        return None;
    }
    with_units!(haystack, h => Unit::fit(needle).and_then(|n| Unit::find(h, &n)))
}

pub fn rfind(haystack: StrView<'_>, needle: StrView<'_>) -> Option<usize> {
    if needle.is_empty() {
        return Some(haystack.len());
    }
    if needle.len() > haystack.len() {
        return None;
    }
    with_units!(haystack, h => Unit::fit(needle).and_then(|n| Unit::rfind(h, &n)))
}

/// Number of occurrences that do not overlap; an empty needle fits between all characters.
pub fn count(haystack: StrView<'_>, needle: StrView<'_>) -> usize {
    if needle.is_empty() {
        return haystack.len() + 1;
    }
    with_units!(haystack, h => match Unit::fit(needle) {
        Some(n) => count_units(h, &n, usize::MAX),
        None => 0,
    })
}

/// Number of occurrences of a non-empty needle, counting at most `limit`.
pub fn count_units<T: Unit>(haystack: &[T], needle: &[T], limit: usize) -> usize {
    if let [one] = needle
        && limit == usize::MAX
    {
        return haystack.iter().filter(|c| *c == one).count();
    }
    Matches::new(haystack, needle).take(limit).count()
}

/// Positions of the occurrences of a non-empty needle that do not overlap, from the left.
pub struct Matches<'a, T> {
    haystack: &'a [T],
    needle: &'a [T],
    at: usize,
}

impl<'a, T: Unit> Matches<'a, T> {
    pub fn new(haystack: &'a [T], needle: &'a [T]) -> Matches<'a, T> {
        debug_assert!(!needle.is_empty());
        Matches { haystack, needle, at: 0 }
    }
}

impl<T: Unit> Iterator for Matches<'_, T> {
    type Item = usize;
    #[inline]
    fn next(&mut self) -> Option<usize> {
        let found = self.at + T::find(&self.haystack[self.at..], self.needle)?;
        self.at = found + self.needle.len();
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_narrow_search_agree() {
        for (h, n) in [
            ("abcabc", "abc"),
            ("aaaa", "aa"),
            ("xay", "y"),
            ("", "a"),
            ("ab", "abc"),
            ("abab", "b"),
            ("abcd", "cd"),
        ] {
            let wide: Vec<u16> = h.bytes().map(u16::from).collect();
            let needle: Vec<u16> = n.bytes().map(u16::from).collect();
            assert_eq!(find_wide(&wide, &needle), h.find(n), "{n:?} in {h:?}");
            assert_eq!(rfind_wide(&wide, &needle), h.rfind(n), "{n:?} in {h:?}");
            assert_eq!(count_units(&wide, &needle, usize::MAX), h.matches(n).count(), "{n:?} in {h:?}");
        }
    }

    #[test]
    fn a_wider_needle_is_never_found() {
        assert_eq!(find(StrView::One(b"abc"), StrView::Two(&[0x100])), None);
        assert_eq!(count(StrView::One(b"abc"), StrView::Four(&[0x10000])), 0);
        assert_eq!(find(StrView::Two(&[0x100, 0x61]), StrView::One(b"a")), Some(1));
        assert_eq!(count(StrView::One(b"abc"), StrView::EMPTY), 4);
    }
}
