//! The three widths of text: what a `str` object looks like inside, and how code is written once for all widths.
//!
//! ```text
//!   | Header | length | hash | length × 1, 2 or 4 bytes …
//! ```
//!
//! A `str` keeps one code point per unit in the narrowest unit that holds its largest code point (PEP 393), so that
//! indexing is O(1) and equal strings have equal bytes. Lone surrogates are ordinary units.
//! One-byte units are Latin-1 code points, *not* UTF-8; the flag `STR_ASCII` says that they are both.
//!
//! [`StrView`] is a borrowed string of any width; [`with_units!`] runs the same generic body for each width.
#![allow(unsafe_code, reason = "object layout")]

use std::slice;

use taipan_layout::header::flag;
use taipan_layout::objects::Str;
use taipan_layout::{Header, Kind, Value};
use taipan_text::units::{Unit as _, bytes_of};

use crate::objects::is_kind;

/// One code point in 1, 2 or 4 bytes.
pub trait Unit: taipan_text::units::Unit {
    /// log2 of the bytes per unit.
    const WIDTH: u32;

    /// The unit for `code`, which is known to fit.
    fn pack(code: u32) -> Self;
    fn view(units: &[Self]) -> StrView<'_>;
}

/// Text of any width.
#[derive(Clone, Copy, Debug)]
pub enum StrView<'a> {
    /// Latin-1 code points.
    One(&'a [u8]),
    Two(&'a [u16]),
    Four(&'a [u32]),
}

/// Evaluates the body with `$units` bound to the slice of units, once per width.
macro_rules! with_units {
    ($view:expr, $units:ident => $body:expr) => {
        match $view {
            $crate::objects::str::StrView::One($units) => $body,
            $crate::objects::str::StrView::Two($units) => $body,
            $crate::objects::str::StrView::Four($units) => $body,
        }
    };
}
pub(crate) use with_units;

impl<'a> StrView<'a> {
    pub const EMPTY: StrView<'static> = StrView::One(&[]);

    /// Text that is known to be ASCII.
    pub fn ascii(text: &'a str) -> StrView<'a> {
        debug_assert!(text.is_ascii());
        StrView::One(text.as_bytes())
    }
    #[inline]
    pub fn len(self) -> usize {
        with_units!(self, u => u.len())
    }
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
    /// The code point at `index`, which is in range.
    #[inline]
    pub fn get(self, index: usize) -> u32 {
        with_units!(self, u => u[index].code())
    }
    pub fn slice(self, from: usize, to: usize) -> StrView<'a> {
        match self {
            StrView::One(u) => StrView::One(&u[from..to]),
            StrView::Two(u) => StrView::Two(&u[from..to]),
            StrView::Four(u) => StrView::Four(&u[from..to]),
        }
    }
    pub fn iter(self) -> CodePoints<'a> {
        CodePoints { view: self, from: 0, to: self.len() }
    }
    /// log2 of the bytes per unit.
    pub fn width(self) -> u32 {
        match self {
            StrView::One(_) => 0,
            StrView::Two(_) => 1,
            StrView::Four(_) => 2,
        }
    }
    /// The raw bytes of the units, in native order.
    pub fn bytes(self) -> &'a [u8] {
        with_units!(self, u => bytes_of(u))
    }
    /// The bytes, when all of them are ASCII.
    pub fn as_ascii(self) -> Option<&'a [u8]> {
        match self {
            StrView::One(u) if u.is_ascii() => Some(u),
            _ => None,
        }
    }
    pub fn is_ascii(self) -> bool {
        self.as_ascii().is_some()
    }
    /// The largest code point, or a rounded-up one of the same width (and the same side of 128).
    pub fn max_bound(self) -> u32 {
        match self {
            StrView::One(u) => {
                if u.is_ascii() {
                    0x7F
                } else {
                    0xFF
                }
            }
            StrView::Two(u) => u.iter().fold(0, |m, &c| m | c) as u32,
            StrView::Four(u) => u.iter().fold(0, |m, &c| if c > m { c } else { m }),
        }
    }
    pub fn equals(self, other: StrView<'_>) -> bool {
        match (self, other) {
            (StrView::One(a), StrView::One(b)) => a == b,
            (StrView::Two(a), StrView::Two(b)) => a == b,
            (StrView::Four(a), StrView::Four(b)) => a == b,
            // Slices of a wide string may be narrow in content.
            (a, b) => a.len() == b.len() && a.iter().eq(b.iter()),
        }
    }
    /// Generalised UTF-8: surrogates take three bytes.
    pub fn to_wtf8(self) -> Vec<u8> {
        if let Some(ascii) = self.as_ascii() {
            return ascii.to_vec();
        }
        let mut out = Vec::with_capacity(self.len() + self.len() / 2);
        for c in self.iter() {
            push_wtf8(&mut out, c);
        }
        out
    }
    pub fn to_string_lossy(self) -> String {
        if let Some(ascii) = self.as_ascii() {
            // SAFETY: ASCII is UTF-8.
            return unsafe { String::from_utf8_unchecked(ascii.to_vec()) };
        }
        self.iter().map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

pub fn push_wtf8(out: &mut Vec<u8>, c: u32) {
    match c {
        0..0x80 => out.push(c as u8),
        0x80..0x800 => out.extend([0xC0 | (c >> 6) as u8, 0x80 | (c & 0x3F) as u8]),
        0x800..0x10000 => {
            out.extend([0xE0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3F) as u8, 0x80 | (c & 0x3F) as u8]);
        }
        _ => out.extend([
            0xF0 | (c >> 18) as u8,
            0x80 | (c >> 12 & 0x3F) as u8,
            0x80 | (c >> 6 & 0x3F) as u8,
            0x80 | (c & 0x3F) as u8,
        ]),
    }
}

/// The code points of a [`StrView`], from either end.
#[derive(Clone)]
pub struct CodePoints<'a> {
    view: StrView<'a>,
    from: usize,
    to: usize,
}

impl Iterator for CodePoints<'_> {
    type Item = u32;
    #[inline]
    fn next(&mut self) -> Option<u32> {
        (self.from < self.to).then(|| {
            self.from += 1;
            self.view.get(self.from - 1)
        })
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.to - self.from, Some(self.to - self.from))
    }
}

impl DoubleEndedIterator for CodePoints<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        (self.from < self.to).then(|| {
            self.to -= 1;
            self.view.get(self.to)
        })
    }
}

impl ExactSizeIterator for CodePoints<'_> {}

/// Whether the object is text: a `str` or an instance of a subclass has this layout.
#[inline(always)]
pub fn is_exact(v: Value) -> bool {
    is_kind(v, Kind::Str)
}

/// The fields of a `str`.
///
/// # Safety
/// `v` is a `str` or an instance of a subclass of it.
#[inline(always)]
pub(super) unsafe fn object<'a>(v: Value) -> &'a mut Str {
    // SAFETY: the caller's promise.
    unsafe { crate::objects::cast::<Str>(v) }
}

/// Header flags of `v`, a `str`.
#[inline(always)]
pub(super) fn flags(v: Value) -> u32 {
    debug_assert!(v.is_heap());
    // SAFETY: callers pass text, which is a heap object.
    unsafe { (*v.header()).flags }
}

/// Number of code points.
#[inline(always)]
pub fn length(v: Value) -> usize {
    // SAFETY: callers pass text.
    unsafe { object(v).length }
}

/// log2 of the bytes per unit.
#[inline(always)]
pub(super) fn width(v: Value) -> u32 {
    (flags(v) & flag::STR_WIDTH_MASK) >> flag::STR_WIDTH_SHIFT
}

/// All code points are below 128: the units are UTF-8.
#[inline(always)]
pub fn is_ascii(v: Value) -> bool {
    flags(v) & flag::STR_ASCII != 0
}

/// Address of the first unit.
#[inline(always)]
pub(super) fn data(v: Value) -> *mut u8 {
    (v.0 as usize + size_of::<Str>()) as *mut u8
}

/// The text of `v`, a `str` or an instance of a subclass. Strings never change while anybody else can see them, so the
/// view is good as long as the reference behind `v` is.
#[inline(always)]
pub fn view(v: &Value) -> StrView<'_> {
    let (len, p) = (length(*v), data(*v));
    // SAFETY: `len` units of the width in the header follow the fixed part of a `str`.
    unsafe {
        match width(*v) {
            0 => StrView::One(slice::from_raw_parts(p, len)),
            1 => StrView::Two(slice::from_raw_parts(p.cast(), len)),
            _ => StrView::Four(slice::from_raw_parts(p.cast(), len)),
        }
    }
}

/// The units, when they are ASCII.
#[inline(always)]
pub fn ascii(v: &Value) -> Option<&[u8]> {
    // SAFETY: as for `view`; ASCII strings have one-byte units.
    is_ascii(*v).then(|| unsafe { slice::from_raw_parts(data(*v), length(*v)) })
}

const _: () = assert!(size_of::<Header>() == 16 && size_of::<Str>() == 32);

macro_rules! unit {
    ($ty:ty, $variant:ident, $width:expr) => {
        impl Unit for $ty {
            const WIDTH: u32 = $width;
            #[inline(always)]
            fn pack(code: u32) -> $ty {
                code as $ty
            }
            fn view(units: &[$ty]) -> StrView<'_> {
                StrView::$variant(units)
            }
        }
    };
}
unit!(u8, One, 0);
unit!(u16, Two, 1);
unit!(u32, Four, 2);
