//! `int(x, base)`: from numbers by their conversion methods, from text.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::Value;
use taipan_text::int::{ParseError, parse_ascii};
use taipan_text::unicode::to_ascii_number;

use super::{IntSubclass, arith, as_i64, from_big, is_exact, is_int, own_exact, text};
use crate::args::Args;
use crate::modules::warnings;
use crate::objects::str::{self, StrView};
use crate::objects::{TypeRef, bytes, is_instance, new_instance, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::signature::{positional_between, unexpected_keyword};
use crate::vm::Vm;

/// `int.__new__(cls, x=0, /, base=10)`.
pub(super) fn new_slot(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let (x, base) = arguments(vm, args)?;
    let value = match (x, base) {
        (None, None) => Owned::fixnum(0),
        (None, Some(_)) => return Err(vm.type_error("int() missing string argument")),
        (Some(x), None) => from_object(vm, x)?,
        (Some(x), Some(base)) => from_text(vm, x, base)?,
    };
    from_exact_or_subclass(vm, cls, value)
}

fn arguments(vm: &Vm, args: Args) -> PyResult<(Option<Value>, Option<Value>)> {
    let pos = args.pos();
    if !args.has_keywords() {
        positional_between(vm, "int", &args, 0, 2)?;
        return Ok((pos.first().copied(), pos.get(1).copied()));
    }
    let total = args.all().len();
    if total > 2 {
        return Err(vm.type_error(&format!("int() takes at most 2 arguments ({total} given)")));
    }
    let mut base = pos.get(1).copied();
    for (name, value) in args.keywords() {
        if str::to_string_lossy(name) != "base" {
            return Err(unexpected_keyword(vm, "int", name, ["base"]));
        }
        if base.is_some() {
            return Err(vm.type_error("argument for int() given by name ('base') and position (2)"));
        }
        base = Some(value);
    }
    Ok((pos.first().copied(), base))
}

/// The exact int `value` as an instance of `cls`, which is `int` or a subclass.
pub fn from_exact_or_subclass(vm: &Vm, cls: Value, value: Owned) -> PyResult {
    if cls == vm.types.int.value() {
        return Ok(value);
    }
    let Some(ty) = TypeRef::from_value(vm, cls) else { return Ok(value) };
    let object = new_instance::<IntSubclass>(vm, ty)?;
    // SAFETY: the object is new and has the layout of a subclass; the field takes the reference over.
    unsafe { (*object).payload = value.into_value() };
    Ok(Owned::from_new(object))
}

/// `int(x)`: an exact int.
pub fn from_object(vm: &Vm, x: Value) -> PyResult {
    if is_exact(x) {
        return Ok(x.own());
    }
    let ty = type_of(vm, x);
    let slots = ty.slots();
    if let Some(convert) = slots.int {
        let result = convert(vm, x)?;
        if is_exact(*result) {
            return Ok(result);
        }
        let got = type_of(vm, *result).name_str();
        if !is_int(vm, *result) {
            return Err(vm.type_error(&format!("__int__ returned non-int (type {got})")));
        }
        let message = format!(
            "__int__ returned non-int (type {got}).  The ability to return an instance of a strict subclass of int is \
             deprecated, and may be removed in a future version of Python."
        );
        warnings::warn(vm, vm.types.deprecation_warning, &message, 1)?;
        return Ok(own_exact(*result));
    }
    if slots.index.is_some() {
        return protocol::number::index(vm, x);
    }
    if is_instance(vm, x, vm.types.str) {
        return parse_str(vm, x, 10);
    }
    if bytes::is_plain_buffer(vm, x) {
        return parse_bytes(vm, x, 10);
    }
    let got = type_of(vm, x).name_str();
    Err(vm.type_error(&format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{got}'"
    )))
}

/// `int(x, base)`.
fn from_text(vm: &Vm, x: Value, base: Value) -> PyResult {
    let base = protocol::number::index(vm, base)?;
    let base = match as_i64(*base) {
        Some(base @ (0 | 2..=36)) => base as u32,
        _ => return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0")),
    };
    if is_instance(vm, x, vm.types.str) {
        parse_str(vm, x, base)
    } else if bytes::is_bytes(vm, x) || is_instance(vm, x, vm.types.bytearray) {
        parse_bytes(vm, x, base)
    } else {
        Err(vm.type_error("int() can't convert non-string with explicit base"))
    }
}

/// The text of a `str` as the number parsers want it, see `to_ascii_number`.
pub(crate) fn number_text(v: Value) -> Vec<u8> {
    match str::view(&v) {
        StrView::One(units) => to_ascii_number(units),
        StrView::Two(units) => to_ascii_number(units),
        StrView::Four(units) => to_ascii_number(units),
    }
}

/// `int(v, base)` for a `str`.
pub fn parse_str(vm: &Vm, v: Value, base: u32) -> PyResult {
    let parsed = match str::ascii(&v) {
        Some(ascii) => parse_ascii(ascii, base, text::max_str_digits(vm)),
        None => parse_ascii(&number_text(v), base, text::max_str_digits(vm)),
    };
    match parsed {
        Ok(value) => from_big(vm, value),
        Err(error) => Err(parse_error(vm, error, base, v)),
    }
}

fn parse_bytes(vm: &Vm, v: Value, base: u32) -> PyResult {
    let buffer = bytes::buffer(vm, v)?;
    match parse_ascii(buffer.as_slice(), base, text::max_str_digits(vm)) {
        Ok(value) => from_big(vm, value),
        Err(error) => {
            // The message shows any kind of buffer as bytes.
            let shown = bytes::new(vm, &buffer.as_slice()[..buffer.len().min(200)])?;
            Err(parse_error(vm, error, base, *shown))
        }
    }
}

#[cold]
fn parse_error(vm: &Vm, error: ParseError, base: u32, source: Value) -> Raised {
    if !matches!(error, ParseError::InvalidLiteral) {
        return arith::value_error(vm, error.to_string());
    }
    match protocol::object::repr_string(vm, source) {
        Ok(shown) => {
            let shown: String = shown.chars().take(200).collect();
            arith::value_error(vm, format!("invalid literal for int() with base {base}: {shown}"))
        }
        Err(raised) => raised,
    }
}
