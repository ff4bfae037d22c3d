//! Searching in text of any width for text of any width: `taipan_text::find` behind [`StrView`].

use taipan_text::find::Needle;

use super::kinds::{StrView, Unit, with_units};

/// The needle in the width of a haystack of `U` units.
pub(super) fn needle<U: Unit>(text: StrView<'_>) -> Needle<'_, U> {
    with_units!(text, n => Needle::new(n))
}

/// Position of the first occurrence of `wanted`, which may be empty.
pub fn find(haystack: StrView<'_>, wanted: StrView<'_>) -> Option<usize> {
    with_units!(haystack, h => needle(wanted).find(h))
}

pub fn rfind(haystack: StrView<'_>, wanted: StrView<'_>) -> Option<usize> {
    with_units!(haystack, h => needle(wanted).rfind(h))
}

/// Number of occurrences that do not overlap; an empty one fits between all characters.
pub fn count(haystack: StrView<'_>, wanted: StrView<'_>) -> usize {
    with_units!(haystack, h => needle(wanted).count(h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_may_differ() {
        assert_eq!(find(StrView::One(b"abc"), StrView::Two(&[0x100])), None);
        assert_eq!(count(StrView::One(b"abc"), StrView::Four(&[0x10000])), 0);
        assert_eq!(find(StrView::Two(&[0x100, 0x61]), StrView::One(b"a")), Some(1));
        assert_eq!(rfind(StrView::Four(&[0x61, 0x10000, 0x61]), StrView::One(b"a")), Some(2));
        assert_eq!(count(StrView::One(b"abc"), StrView::EMPTY), 4);
    }
}
