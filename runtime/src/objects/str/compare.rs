//! Equality and order of strings.
#![allow(unsafe_code, reason = "object layout")]

use std::cmp::Ordering;

use taipan_layout::Value;
use taipan_layout::header::flag;

use taipan_text::units::Unit as _;

use super::kinds::{StrView, data, flags, object, view, with_units};

/// `a == b` for two strings (or instances of subclasses). Canonical widths make this a comparison of bytes.
#[inline]
pub fn equal(a: Value, b: Value) -> bool {
    const SAME: u32 = flag::STR_WIDTH_MASK | flag::STR_ASCII;
    if a == b {
        return true;
    }
    let (fa, fb) = (flags(a), flags(b));
    if fa & SAME != fb & SAME || fa & fb & flag::STR_INTERNED != 0 {
        return false;
    }
    // SAFETY: callers pass text.
    let (x, y) = unsafe { (object(a), object(b)) };
    if x.length != y.length || (x.hash != y.hash && x.hash != -1 && y.hash != -1) {
        return false;
    }
    let size = x.length << ((fa & flag::STR_WIDTH_MASK) >> flag::STR_WIDTH_SHIFT);
    // SAFETY: both have `size` bytes of units.
    unsafe { libc::memcmp(data(a).cast(), data(b).cast(), size) == 0 }
}

/// `v == text` without making an object.
pub fn equals_str(v: Value, text: &str) -> bool {
    match view(&v) {
        StrView::One(units) if text.is_ascii() => units == text.as_bytes(),
        other => other.iter().eq(text.chars().map(u32::from)),
    }
}

/// Order by code points.
pub fn compare(a: Value, b: Value) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    compare_views(view(&a), view(&b))
}

pub fn compare_views(a: StrView<'_>, b: StrView<'_>) -> Ordering {
    match (a, b) {
        (StrView::One(x), StrView::One(y)) => x.cmp(y),
        (StrView::Two(x), StrView::Two(y)) => x.cmp(y),
        (StrView::Four(x), StrView::Four(y)) => x.cmp(y),
        _ => with_units!(a, x => with_units!(b, y => {
            x.iter().map(|c| c.code()).cmp(y.iter().map(|c| c.code()))
        })),
    }
}
