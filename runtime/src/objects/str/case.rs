//! Upper and lower case, and the questions `is…`: ASCII text byte by byte, all other by the tables of `taipan_text`.

use taipan_layout::Value;
use taipan_text::unicode;
use taipan_text::units::Unit as _;

use super::build::{NewStr, from_view};
use super::kinds::{StrView, ascii, length, view, with_units};
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

/// Like `map_ascii`; the function also learns whether the byte follows a letter.
fn map_ascii_words(vm: &Vm, text: &[u8], map: impl Fn(u8, bool) -> u8) -> PyResult {
    let after = std::cell::Cell::new(false);
    map_ascii(vm, text, |c| map(c, after.replace(c.is_ascii_alphabetic())))
}

pub(super) fn upper(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        return map_ascii(vm, text, |c| c.to_ascii_uppercase());
    }
    from_view(vm, StrView::Four(&with_units!(view(&this), u => unicode::upper(u))))
}

pub(super) fn lower(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        return map_ascii(vm, text, |c| c.to_ascii_lowercase());
    }
    from_view(vm, StrView::Four(&with_units!(view(&this), u => unicode::lower(u))))
}

pub(super) fn casefold(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        return map_ascii(vm, text, |c| c.to_ascii_lowercase());
    }
    from_view(vm, StrView::Four(&with_units!(view(&this), u => unicode::casefold(u))))
}

pub(super) fn swapcase(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        return map_ascii(vm, text, swap_ascii);
    }
    from_view(vm, StrView::Four(&with_units!(view(&this), u => unicode::swapcase(u))))
}

pub(crate) fn swap_ascii(c: u8) -> u8 {
    if c.is_ascii_alphabetic() { c ^ 0x20 } else { c }
}

pub(super) fn capitalize(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        let first = std::cell::Cell::new(true);
        return map_ascii(vm, text, |c| {
            if first.replace(false) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
        });
    }
    from_view(vm, StrView::Four(&with_units!(view(&this), u => unicode::capitalize(u))))
}

pub(super) fn title(vm: &Vm, this: Value) -> PyResult {
    if let Some(text) = ascii(&this) {
        return map_ascii_words(vm, text, |c, inside| {
            if inside { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() }
        });
    }
    from_view(vm, StrView::Four(&with_units!(view(&this), u => unicode::title(u))))
}

/// Whether the string is not empty and every character is `so`.
fn all(this: Value, so: impl Fn(u32) -> bool) -> PyResult {
    let text = view(&this);
    Ok(Owned::bool(!text.is_empty() && with_units!(text, u => u.iter().all(|c| so(c.code())))))
}

pub(super) fn is_alnum(_: &Vm, this: Value) -> PyResult {
    all(this, unicode::is_alnum)
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
    Ok(Owned::bool(with_units!(view(&this), u => unicode::is_identifier(u))))
}
pub(super) fn is_lower(_: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(with_units!(view(&this), u => unicode::is_lower_text(u))))
}
pub(super) fn is_upper(_: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(with_units!(view(&this), u => unicode::is_upper_text(u))))
}
pub(super) fn is_title(_: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(with_units!(view(&this), u => unicode::is_title_text(u))))
}
