//! `hex` and `fromhex`; the digits also serve `binascii`.

use taipan_layout::Value;

use super::buffer::{buffer, is_bytes_like};
use super::shared::{contents, with_room};
use crate::objects::str::{self, StrView, args};
use crate::objects::{TypeRef, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// `bytes.hex([sep[, bytes_per_sep]])`.
pub(super) fn method_hex(vm: &Vm, this: Value, given: &[Value]) -> PyResult {
    let _held = super::shared::held(vm, this)?;
    let (sep, group) = arguments(vm, given, Separator::Ascii)?;
    to_hex(vm, contents(vm, &this), sep, group)
}

/// What may stand between the digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    /// For digits that become a `str`.
    Ascii,
    AnyByte,
}

/// The separator and after how many bytes it goes, counted from the end (positive) or the beginning (negative).
pub(crate) fn arguments(vm: &Vm, given: &[Value], allowed: Separator) -> PyResult<(Option<u8>, isize)> {
    let group = if given[1].is_null() { 1 } else { args::c_int(vm, given[1])? as isize };
    if given[0].is_null() {
        return Ok((None, group));
    }
    let sep = given[0];
    if protocol::item::len(vm, sep)? != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    let byte = if args::is_str(vm, sep) {
        str::view(&sep).get(0)
    } else if is_bytes_like(vm, sep) {
        buffer(vm, sep)?.as_slice()[0] as u32
    } else {
        return Err(vm.type_error("sep must be str or bytes."));
    };
    match u8::try_from(byte) {
        Ok(b) if b.is_ascii() || allowed == Separator::AnyByte => Ok((Some(b), group)),
        _ => Err(vm.value_error("sep must be ASCII.")),
    }
}

pub(super) fn to_hex(vm: &Vm, bytes: &[u8], sep: Option<u8>, group: isize) -> PyResult {
    str::from_ascii(vm, &digits(vm, bytes, sep, group)?)
}

/// The digits of all bytes.
pub(crate) fn digits(vm: &Vm, bytes: &[u8], sep: Option<u8>, group: isize) -> PyResult<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let size = group.unsigned_abs();
    let mut out = with_room(vm, bytes.len().saturating_mul(if sep.is_some() && size != 0 { 3 } else { 2 }))?;
    for (i, b) in bytes.iter().enumerate() {
        if let Some(sep) = sep
            && size != 0
            && i != 0
        {
            let boundary = if group > 0 { (bytes.len() - i).is_multiple_of(size) } else { i % size == 0 };
            if boundary {
                out.push(sep);
            }
        }
        out.extend([DIGITS[(b >> 4) as usize], DIGITS[(b & 15) as usize]]);
    }
    Ok(out)
}

/// The bytes that pairs of hexadecimal digits in `source` stand for; white space may go between the pairs.
pub(super) fn parse(vm: &Vm, source: Value) -> PyResult<Vec<u8>> {
    if args::is_str(vm, source) {
        return parse_text(vm, str::view(&source));
    }
    if is_bytes_like(vm, source) {
        return parse_text(vm, StrView::One(buffer(vm, source)?.as_slice()));
    }
    let got = type_of(vm, source).name_str();
    Err(vm.type_error(&format!("fromhex() argument must be str or bytes-like, not {got}")))
}

fn parse_text(vm: &Vm, text: StrView<'_>) -> PyResult<Vec<u8>> {
    let digit = |i: usize| {
        if i == text.len() { None } else { char::from_u32(text.get(i)).and_then(|c| c.to_digit(16)) }
    };
    let bad =
        |i: usize| vm.value_error(&format!("non-hexadecimal number found in fromhex() arg at position {i}"));
    let mut out = with_room(vm, text.len() / 2)?;
    let mut at = 0;
    while at < text.len() {
        if matches!(text.get(at), 9..=13 | 32) {
            at += 1;
            continue;
        }
        let Some(high) = digit(at) else { return Err(bad(at)) };
        if at + 1 == text.len() {
            let message = "fromhex() arg must contain an even number of hexadecimal digits";
            return Err(vm.value_error(message));
        }
        let Some(low) = digit(at + 1) else { return Err(bad(at + 1)) };
        out.push((high << 4 | low) as u8);
        at += 2;
    }
    Ok(out)
}

/// A `bytes` or `bytearray` made by a class method: a subclass is called with it.
pub(super) fn of_class(vm: &Vm, class: Value, made: Owned) -> PyResult {
    let exact = type_of(vm, *made);
    if TypeRef::from_value(vm, class) == Some(exact) {
        return Ok(made);
    }
    protocol::call::positional(vm, class, &[*made])
}
