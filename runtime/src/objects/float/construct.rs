//! `float(x)`: from numbers by their conversion methods, from text.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::Value;
use taipan_layout::objects::Float;
use taipan_text::float as algorithms;

use super::{as_f64, is_exact, new};
use crate::args::Args;
use crate::modules::warnings;
use crate::objects::int::arith;
use crate::objects::{TypeRef, bytes, int, is_instance, new_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::signature::{no_keywords, positional_between};
use crate::vm::Vm;

/// `float.__new__(cls, x=0.0, /)`.
pub(super) fn new_slot(vm: &Vm, cls: Value, args: Args) -> PyResult {
    // A subclass with an `__init__` of its own decides about keywords itself.
    let init = |ty: TypeRef| ty.slots().init.map(|f| f as usize);
    if TypeRef::from_value(vm, cls).is_none_or(|ty| init(ty) == init(vm.types.float)) {
        no_keywords(vm, "float", &args)?;
    }
    positional_between(vm, "float", &args, 0, 1)?;
    let value = match args.pos().first() {
        Some(x) if is_exact(*x) && cls == vm.types.float.value() => return Ok(x.own()),
        Some(x) => from_object(vm, *x)?,
        None => 0.0,
    };
    from_exact_or_subclass(vm, cls, value)
}

/// `value` as an instance of `cls`, which is `float` or a subclass.
pub fn from_exact_or_subclass(vm: &Vm, cls: Value, value: f64) -> PyResult {
    match TypeRef::from_value(vm, cls) {
        Some(ty) if ty != vm.types.float => {
            let object = new_instance::<Float>(vm, ty)?;
            // SAFETY: the object is new, and instances of subclasses begin like a float.
            unsafe { (*object).value = value };
            Ok(Owned::from_new(object))
        }
        _ => new(vm, value),
    }
}

/// `float(x)`.
pub fn from_object(vm: &Vm, x: Value) -> PyResult<f64> {
    if is_exact(x) {
        return Ok(as_f64(x).unwrap_or(f64::NAN));
    }
    if is_instance(vm, x, vm.types.str) {
        // A subclass of str may define `__float__`.
        return match number(vm, x)? {
            Some(value) => Ok(value),
            None => parse_str(vm, x),
        };
    }
    if let Some(value) = number(vm, x)? {
        return Ok(value);
    }
    if bytes::is_plain_buffer(vm, x) {
        let buffer = bytes::buffer(vm, x)?;
        return match parse(buffer.as_slice()) {
            Some(value) => Ok(value),
            None => Err(malformed(vm, x)),
        };
    }
    let got = type_of(vm, x).name_str();
    Err(vm.type_error(&format!("float() argument must be a string or a real number, not '{got}'")))
}

/// By `__float__` or `__index__`; `None` when the object has neither.
fn number(vm: &Vm, x: Value) -> PyResult<Option<f64>> {
    let ty = type_of(vm, x);
    let slots = ty.slots();
    if let Some(convert) = slots.float {
        let result = convert(vm, x)?;
        if is_exact(*result) {
            return Ok(as_f64(*result));
        }
        let what = format!(
            "{}.__float__ returned non-float (type {})",
            ty.name_str(),
            type_of(vm, *result).name_str()
        );
        let Some(value) = as_f64(*result) else { return Err(vm.type_error(&what)) };
        let message = format!(
            "{what}.  The ability to return an instance of a strict subclass of float is deprecated, and may be removed in \
             a future version of Python."
        );
        warnings::warn(vm, vm.types.deprecation_warning, &message, 1)?;
        return Ok(Some(value));
    }
    if let Some(value) = as_f64(x) {
        return Ok(Some(value));
    }
    if slots.index.is_some() {
        let i = protocol::number::index(vm, x)?;
        return arith::to_f64(vm, *i).map(Some);
    }
    Ok(None)
}

/// The float of a number, without parsing text: what most arguments of native functions go through.
pub fn real_number(vm: &Vm, x: Value) -> PyResult<f64> {
    if let Some(value) = as_f64(x) {
        return Ok(value);
    }
    if x.is_fixnum() {
        return Ok(x.as_fixnum() as f64);
    }
    match number(vm, x)? {
        Some(value) => Ok(value),
        None => {
            let got = type_of(vm, x).name_str();
            Err(vm.type_error(&format!("must be real number, not {got}")))
        }
    }
}

/// `float(v)` for a `str`.
pub fn parse_str(vm: &Vm, v: Value) -> PyResult<f64> {
    let parsed = match str::ascii(&v) {
        Some(ascii) => parse(ascii),
        None => parse(&int::number_text(v)),
    };
    match parsed {
        Some(value) => Ok(value),
        None => Err(malformed(vm, v)),
    }
}

fn parse(text: &[u8]) -> Option<f64> {
    algorithms::parse_ascii(trim(text))
}

/// Without the white space that numbers may have around them.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let is_space = |b: &u8| matches!(b, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|b| !is_space(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !is_space(b)).map_or(start, |i| i + 1);
    &text[start..end]
}

#[cold]
fn malformed(vm: &Vm, source: Value) -> crate::owned::Raised {
    match protocol::object::repr_string(vm, source) {
        Ok(shown) => vm.value_error(&format!("could not convert string to float: {shown}")),
        Err(raised) => raised,
    }
}
