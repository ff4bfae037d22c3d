//! `localeconv`: how numbers and amounts of money are written.

use std::ffi::{CStr, CString, c_char, c_int};

use taipan_text::spec::number::Locale;

use super::text::{decode, to_string_lossy};
use crate::objects::{dict, list, str};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

/// The C library's description, which the next `setlocale` or `localeconv` may change.
fn description() -> &'static libc::lconv {
    // SAFETY: never null; nothing calls the C library's functions while it is looked at, for which the interpreter's lock
    // has to be held.
    unsafe { &*libc::localeconv() }
}

/// A text of the description.
fn text(p: *const c_char) -> &'static CStr {
    if p.is_null() {
        return c"";
    }
    // SAFETY: a text that ends with a zero byte.
    unsafe { CStr::from_ptr(p) }
}

/// Sizes of groups from the point on: up to the zero after which the last repeats, or `CHAR_MAX`, which ends grouping.
fn sizes(p: *const c_char) -> &'static [u8] {
    let bytes = text(p).to_bytes();
    let stop = bytes.iter().position(|b| *b == c_char::MAX.cast_unsigned());
    &bytes[..stop.map_or(bytes.len(), |at| at + 1)]
}

/// How ints and floats are formatted with the type `n`.
pub fn number_format() -> Locale {
    let lconv = description();
    let grouping = sizes(lconv.grouping).to_vec();
    let (point, separator) = (text(lconv.decimal_point).to_owned(), text(lconv.thousands_sep).to_owned());
    Locale {
        decimal_point: to_string_lossy(&point, libc::LC_NUMERIC),
        thousands_sep: to_string_lossy(&separator, libc::LC_NUMERIC),
        grouping,
    }
}

/// `_locale.localeconv()`.
pub(super) fn localeconv(vm: &Vm) -> PyResult {
    let lconv = description();
    // Decoding asks the C library again, so everything is copied first.
    let money = |p| Entry::Text(text(p).to_owned(), libc::LC_MONETARY);
    let number = |p| Entry::Text(text(p).to_owned(), libc::LC_NUMERIC);
    let groups = |p| Entry::Sizes(sizes(p).to_vec());
    let entries = [
        ("int_curr_symbol", money(lconv.int_curr_symbol)),
        ("currency_symbol", money(lconv.currency_symbol)),
        ("mon_decimal_point", money(lconv.mon_decimal_point)),
        ("mon_thousands_sep", money(lconv.mon_thousands_sep)),
        ("mon_grouping", groups(lconv.mon_grouping)),
        ("positive_sign", money(lconv.positive_sign)),
        ("negative_sign", money(lconv.negative_sign)),
        ("int_frac_digits", Entry::Number(lconv.int_frac_digits)),
        ("frac_digits", Entry::Number(lconv.frac_digits)),
        ("p_cs_precedes", Entry::Number(lconv.p_cs_precedes)),
        ("p_sep_by_space", Entry::Number(lconv.p_sep_by_space)),
        ("n_cs_precedes", Entry::Number(lconv.n_cs_precedes)),
        ("n_sep_by_space", Entry::Number(lconv.n_sep_by_space)),
        ("p_sign_posn", Entry::Number(lconv.p_sign_posn)),
        ("n_sign_posn", Entry::Number(lconv.n_sign_posn)),
        ("decimal_point", number(lconv.decimal_point)),
        ("thousands_sep", number(lconv.thousands_sep)),
        ("grouping", groups(lconv.grouping)),
    ];
    let out = dict::new(vm)?;
    for (name, entry) in &entries {
        let value = match entry {
            Entry::Text(text, category) => decode(vm, text, *category)?,
            Entry::Sizes(sizes) => group_list(vm, sizes)?,
            Entry::Number(n) => Owned::fixnum(i64::from(*n)),
        };
        dict::set_str(vm, *out, *str::intern(vm, name), *value)?;
    }
    Ok(out)
}

/// An item of the description.
enum Entry {
    /// With the category whose encoding it is in.
    Text(CString, c_int),
    Sizes(Vec<u8>),
    Number(c_char),
}

/// Sizes of groups as `locale.py` takes them: with the zero that says that the last one repeats.
fn group_list(vm: &Vm, sizes: &[u8]) -> PyResult {
    let mut all: Vec<Owned> = sizes.iter().map(|n| Owned::fixnum(i64::from(*n))).collect();
    if sizes.last().is_some_and(|last| *last != c_char::MAX.cast_unsigned()) {
        all.push(Owned::fixnum(0));
    }
    list::new(vm, all)
}
