//! Upper and lower case, and the questions `is…`.

use taipan_layout::Value;

use super::build::{NewStr, StrBuilder};
use super::kinds::{StrView, Unit, ascii, length, view, with_units};
use super::unicode;
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

/// ASCII text mapped byte by byte.
fn map_ascii(vm: &Vm, text: &[u8], map: impl Fn(u8) -> u8) -> PyResult {
    if let [one] = text {
        return super::from_char(vm, map(*one) as u32);
    }
    if text.is_empty() {
        return Ok(super::empty(vm));
    }
    let mut s = NewStr::new(vm, text.len(), 0x7F)?;
    for (to, from) in s.units::<u8>().iter_mut().zip(text) {
        to.write(map(*from));
    }
    Ok(s.finish())
}

/// Text mapped code point by code point.
fn map_all(vm: &Vm, text: StrView<'_>, mut map: impl FnMut(usize, u32, &mut StrBuilder)) -> PyResult {
    let mut b = StrBuilder::with_capacity(text.len());
    for (i, c) in text.iter().enumerate() {
        map(i, c, &mut b);
    }
    b.finish(vm)
}

pub(super) fn upper(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        return map_ascii(vm, text, |c| c.to_ascii_uppercase());
    }
    map_all(vm, view(&this), |_, c, b| unicode::to_upper(c, |c| b.push(c)))
}

pub(super) fn lower(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        return map_ascii(vm, text, |c| c.to_ascii_lowercase());
    }
    let text = view(&this);
    map_all(vm, text, |i, c, b| push_lower(text, i, c, b))
}

pub(super) fn casefold(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        return map_ascii(vm, text, |c| c.to_ascii_lowercase());
    }
    map_all(vm, view(&this), |_, c, b| unicode::to_folded(c, |c| b.push(c)))
}

const CAPITAL_SIGMA: u32 = 0x3A3;

fn push_lower(text: StrView<'_>, i: usize, c: u32, b: &mut StrBuilder) {
    if c == CAPITAL_SIGMA {
        b.push(lower_sigma(text, i));
    } else {
        unicode::to_lower(c, |c| b.push(c));
    }
}

/// A capital sigma at the end of a word becomes the final form: a cased letter before it and none after it, ignoring
/// what has no case (Unicode, section 3.13, Final_Sigma).
fn lower_sigma(text: StrView<'_>, i: usize) -> u32 {
    const SMALL_SIGMA: u32 = 0x3C3;
    const FINAL_SIGMA: u32 = 0x3C2;
    let before = text.slice(0, i).iter().rev().find(|c| !unicode::is_case_ignorable(*c));
    if !before.is_some_and(unicode::is_cased) {
        return SMALL_SIGMA;
    }
    let after = text.slice(i + 1, text.len()).iter().find(|c| !unicode::is_case_ignorable(*c));
    if after.is_some_and(unicode::is_cased) { SMALL_SIGMA } else { FINAL_SIGMA }
}

pub(super) fn swapcase(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        return map_ascii(vm, text, swap_ascii);
    }
    let text = view(&this);
    map_all(vm, text, |i, c, b| {
        if unicode::is_upper(c) {
            push_lower(text, i, c, b);
        } else if unicode::is_lower(c) {
            unicode::to_upper(c, |c| b.push(c));
        } else {
            b.push(c);
        }
    })
}

pub(crate) fn swap_ascii(c: u8) -> u8 {
    if c.is_ascii_alphabetic() { c ^ 0x20 } else { c }
}

pub(super) fn capitalize(vm: &Vm, this: Value) -> PyResult {
    let text = view(&this);
    map_all(vm, text, |i, c, b| {
        if i == 0 {
            unicode::to_title(c, |c| b.push(c));
        } else {
            push_lower(text, i, c, b);
        }
    })
}

pub(super) fn title(vm: &Vm, this: Value) -> PyResult {
    let text = view(&this);
    let mut after_cased = false;
    map_all(vm, text, |i, c, b| {
        if after_cased {
            push_lower(text, i, c, b);
        } else {
            unicode::to_title(c, |c| b.push(c));
        }
        after_cased = unicode::is_cased(c);
    })
}

/// Whether the string is not empty and every character is `so`.
fn all(this: Value, so: impl Fn(u32) -> bool) -> PyResult {
    let text = view(&this);
    Ok(Owned::bool(!text.is_empty() && with_units!(text, u => u.iter().all(|c| so(c.code())))))
}

pub(super) fn is_alnum(_: &Vm, this: Value) -> PyResult {
    all(this, |c| {
        unicode::is_alpha(c) || unicode::is_decimal(c) || unicode::is_digit(c) || unicode::is_numeric(c)
    })
}
pub(super) fn is_alpha(_: &Vm, this: Value) -> PyResult {
    all(this, unicode::is_alpha)
}
pub(super) fn is_decimal(_: &Vm, this: Value) -> PyResult {
    all(this, unicode::is_decimal)
}
pub(super) fn is_digit(_: &Vm, this: Value) -> PyResult {
    all(this, unicode::is_digit)
}
pub(super) fn is_numeric(_: &Vm, this: Value) -> PyResult {
    all(this, unicode::is_numeric)
}
pub(super) fn is_space(_: &Vm, this: Value) -> PyResult {
    all(this, unicode::is_space)
}
pub(super) fn is_ascii(_: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(super::kinds::is_ascii(this)))
}
pub(super) fn is_printable(_: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(length(this) == 0 || view(&this).iter().all(unicode::is_printable)))
}
pub(super) fn is_identifier(_: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(identifier(view(&this))))
}

pub(super) fn identifier(text: StrView<'_>) -> bool {
    let mut all = text.iter();
    all.next().is_some_and(unicode::is_identifier_start) && all.all(unicode::is_identifier_continue)
}

/// At least one cased character, and none of them is `wrong`.
fn cased(this: Value, right: impl Fn(u32) -> bool, wrong: impl Fn(u32) -> bool) -> PyResult {
    let mut any = false;
    for c in view(&this).iter() {
        if wrong(c) {
            return Ok(Owned::bool(false));
        }
        any |= right(c);
    }
    Ok(Owned::bool(any))
}

pub(super) fn is_lower(_: &Vm, this: Value) -> PyResult {
    cased(this, unicode::is_lower, |c| unicode::is_upper(c) || unicode::is_title(c))
}
pub(super) fn is_upper(_: &Vm, this: Value) -> PyResult {
    cased(this, unicode::is_upper, |c| unicode::is_lower(c) || unicode::is_title(c))
}

pub(super) fn is_title(_: &Vm, this: Value) -> PyResult {
    let (mut any, mut after_cased) = (false, false);
    for c in view(&this).iter() {
        if unicode::is_upper(c) || unicode::is_title(c) {
            if after_cased {
                return Ok(Owned::bool(false));
            }
            (any, after_cased) = (true, true);
        } else if unicode::is_lower(c) {
            if !after_cased {
                return Ok(Owned::bool(false));
            }
            any = true;
        } else {
            after_cased = false;
        }
    }
    Ok(Owned::bool(any))
}
