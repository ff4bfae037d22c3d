//! The three widths in which a `str` keeps its code points.
#![allow(unsafe_code, reason = "viewing integers as their bytes")]

mod sealed {
    /// Only integers without padding: [`bytes_of`](super::bytes_of) relies on it.
    pub trait Sealed {}
}

/// A code unit of a string of one kind: each unit is a whole code point.
pub trait Unit: Copy + Eq + Ord + Default + sealed::Sealed + 'static {
    /// The code point.
    fn code(self) -> u32;
    /// The code point as a unit of this width, if it fits.
    fn from_code(code: u32) -> Option<Self>;
}

macro_rules! unit {
    ($($width:ty),*) => {$(
        impl sealed::Sealed for $width {}

        impl Unit for $width {
            #[inline(always)]
            fn code(self) -> u32 {
                self.into()
            }

            #[inline(always)]
            fn from_code(code: u32) -> Option<Self> {
                code.try_into().ok()
            }
        }
    )*};
}

unit!(u8, u16, u32);

/// The buffer of a string in native byte order.
pub fn bytes_of<U: Unit>(units: &[U]) -> &[u8] {
    // SAFETY: `Unit` is sealed to integers, all of whose bytes are initialised; `u8` has no alignment.
    unsafe { std::slice::from_raw_parts(units.as_ptr().cast(), size_of_val(units)) }
}

/// The same slice under its other name, if `A` and `B` are the same width.
pub fn same_width<A: Unit, B: Unit>(units: &[A]) -> Option<&[B]> {
    // SAFETY: `Unit` is sealed to one integer type for each width, so `A` and `B` are the same type.
    (size_of::<A>() == size_of::<B>())
        .then(|| unsafe { std::slice::from_raw_parts(units.as_ptr().cast(), units.len()) })
}

/// `text` in units of another width, if its code points fit.
pub fn in_width<A: Unit, B: Unit>(text: &[A]) -> Option<std::borrow::Cow<'_, [B]>> {
    if let Some(same) = same_width(text) {
        return Some(same.into());
    }
    let converted = text.iter().map(|unit| B::from_code(unit.code())).collect::<Option<Vec<B>>>();
    converted.map(Into::into)
}
