//! `complex(real, imag)`: text or a number alone, or two parts.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::{Kind, Value};
use taipan_text::float::{ComplexError, parse_complex_ascii};

use super::{C64, Complex, as_c64, from_c64};
use crate::args::Args;
use crate::modules::warnings;
use crate::objects::{TypeRef, float, int, is_instance, is_kind, new_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::signature::unexpected_keyword;
use crate::vm::Vm;

/// `complex.__new__(cls, real=0, imag=0)`.
pub(super) fn new_slot(vm: &Vm, cls: Value, args: Args) -> PyResult {
    if args.pos().len() == 1 && !args.has_keywords() {
        let x = args.pos()[0];
        if is_kind(x, Kind::Complex) && cls == vm.types.complex.value() {
            return Ok(x.own());
        }
        let value = from_text_or_number(vm, x)?;
        return instance(vm, cls, value);
    }
    let (real, imag) = arguments(vm, args)?;
    let value = from_parts(vm, real, imag)?;
    instance(vm, cls, value)
}

fn instance(vm: &Vm, cls: Value, value: C64) -> PyResult {
    match TypeRef::from_value(vm, cls) {
        Some(ty) if ty != vm.types.complex => {
            let object = new_instance::<Complex>(vm, ty)?;
            // SAFETY: the object is new, and instances of subclasses begin like a complex.
            unsafe { (*object).value = [value.re, value.im] };
            Ok(Owned::from_new(object))
        }
        _ => from_c64(vm, value),
    }
}

fn arguments(vm: &Vm, args: Args) -> PyResult<(Option<Value>, Option<Value>)> {
    let total = args.all().len();
    if total > 2 {
        return Err(vm.type_error(&format!("complex() takes at most 2 arguments ({total} given)")));
    }
    let mut parts = [args.pos().first().copied(), args.pos().get(1).copied()];
    for (keyword, value) in args.keywords() {
        let name = str::to_string_lossy(keyword);
        let Some(i) = ["real", "imag"].iter().position(|n| *n == name) else {
            return Err(unexpected_keyword(vm, "complex", keyword, ["real", "imag"]));
        };
        if parts[i].is_some() {
            return Err(vm.type_error(&format!(
                "argument for complex() given by name ('{name}') and position ({})",
                i + 1
            )));
        }
        parts[i] = Some(value);
    }
    Ok((parts[0], parts[1]))
}

fn from_text_or_number(vm: &Vm, x: Value) -> PyResult<C64> {
    if is_instance(vm, x, vm.types.str) {
        let mut text = int::number_text(x);
        // What follows a NUL is not looked at: underscores there do not change the message.
        if let Some(nul) = text.iter().position(|b| *b == 0) {
            text.truncate(nul + 1);
        }
        return match parse_complex_ascii(float::trim(&text)) {
            Ok((re, im)) => Ok(C64::new(re, im)),
            Err(ComplexError::Malformed) => Err(vm.value_error("complex() arg is a malformed string")),
            Err(ComplexError::Underscores) => {
                let shown = protocol::object::repr_string(vm, x)?;
                Err(vm.value_error(&format!("could not convert string to complex: {shown}")))
            }
        };
    }
    if let Some(value) = by_method(vm, x)? {
        return Ok(value);
    }
    if is_real(vm, x) {
        return Ok(C64::real(float::real_number(vm, x)?));
    }
    let got = type_of(vm, x).name_str();
    Err(vm.type_error(&format!("complex() argument must be a string or a number, not {got}")))
}

/// A number as a complex one: what `cmath`'s functions do with their arguments.
pub fn of_number(vm: &Vm, x: Value) -> PyResult<C64> {
    match by_method(vm, x)? {
        Some(value) => Ok(value),
        None => Ok(C64::real(float::real_number(vm, x)?)),
    }
}

/// A complex by itself or by its `__complex__`; `None` for all others.
fn by_method(vm: &Vm, x: Value) -> PyResult<Option<C64>> {
    if is_kind(x, Kind::Complex) {
        return Ok(as_c64(vm, x));
    }
    let Some(result) = protocol::call::special(vm, x, *vm.names.__complex__, &[])? else {
        return Ok(as_c64(vm, x));
    };
    let what = format!("__complex__ returned non-complex (type {})", type_of(vm, *result).name_str());
    let Some(value) = as_c64(vm, *result) else { return Err(vm.type_error(&what)) };
    if !is_kind(*result, Kind::Complex) {
        let message = format!(
            "{what}.  The ability to return an instance of a strict subclass of complex is deprecated, and may be removed \
             in a future version of Python."
        );
        warnings::warn(vm, vm.types.deprecation_warning, &message, 1)?;
    }
    Ok(Some(value))
}

fn is_real(vm: &Vm, x: Value) -> bool {
    let ty = type_of(vm, x);
    let slots = ty.slots();
    slots.float.is_some() || slots.index.is_some()
}

fn not_real(vm: &Vm, parameter: &str, x: Value) -> String {
    format!("complex() argument '{parameter}' must be a real number, not {}", type_of(vm, x).name_str())
}

/// `real + imag * 1j`, with complex arguments allowed as CPython still does.
fn from_parts(vm: &Vm, real: Option<Value>, imag: Option<Value>) -> PyResult<C64> {
    let mut result = C64::real(0.0);
    // What a complex `real` adds to the imaginary part; a real one adds nothing, not even a zero.
    let mut extra = None;
    if let Some(x) = real {
        if let Some(value) = by_method(vm, x)? {
            warnings::warn(vm, vm.types.deprecation_warning, &not_real(vm, "real", x), 1)?;
            result.re = value.re;
            extra = Some(value.im);
        } else if is_real(vm, x) {
            result.re = float::real_number(vm, x)?;
        } else {
            return Err(vm.type_error(&not_real(vm, "real", x)));
        }
    }
    match imag {
        None => result.im = extra.unwrap_or(0.0),
        Some(x) => {
            let im = if let Some(value) = as_c64(vm, x) {
                warnings::warn(vm, vm.types.deprecation_warning, &not_real(vm, "imag", x), 1)?;
                result.re -= value.im;
                value.re
            } else if is_real(vm, x) {
                float::real_number(vm, x)?
            } else {
                return Err(vm.type_error(&not_real(vm, "imag", x)));
            };
            result.im = extra.map_or(im, |extra| im + extra);
        }
    }
    Ok(result)
}

/// `complex.from_number(number)`.
pub(super) fn from_number(vm: &Vm, cls: Value, x: Value) -> PyResult {
    if is_kind(x, Kind::Complex) && cls == vm.types.complex.value() {
        return Ok(x.own());
    }
    let value = match by_method(vm, x)? {
        Some(value) => value,
        None => C64::real(float::real_number(vm, x)?),
    };
    let value = from_c64(vm, value)?;
    if cls == vm.types.complex.value() {
        return Ok(value);
    }
    protocol::call::positional(vm, cls, &[*value])
}
