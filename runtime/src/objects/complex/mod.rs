//! `complex`: two doubles.
//!
//! | module | holds |
//! |---|---|
//! | `arith` | the arithmetic, without objects |
//! | `construct` | `complex(real, imag)`, `from_number` |
#![allow(unsafe_code, reason = "object layout")]

mod arith;
mod construct;

use std::mem::offset_of;

use taipan_layout::{Header, Kind, Value};
use taipan_text::float as algorithms;
use taipan_text::hash::combine_complex;

use super::spec::{Member, MemberType, class_method1, member, method0, method1, tp_flags};
use super::{CompareOp, Slots, TypeSpec, float, int, is_instance, is_kind, new_object, str, tuple};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::vm::Vm;

pub use arith::{C64, Failure};
pub use construct::of_number;

/// A complex number; instances of subclasses begin like this too.
#[repr(C)]
pub struct Complex {
    pub header: Header,
    pub value: [f64; 2],
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "complex",
    basicsize: size_of::<Complex>(),
    kind: Kind::Complex,
    flags: tp_flags::BASETYPE,
    doc: "The complex number with the given parts, or the one that a text spells or a number equals.",
    signature: "(real=0, imag=0)",
    slots: Slots {
        new: Some(construct::new_slot),
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        add: Some(add),
        subtract: Some(subtract),
        multiply: Some(multiply),
        true_divide: Some(true_divide),
        power: Some(power_slot),
        negative: Some(|vm, v| from_c64(vm, -own(v))),
        positive: Some(exact_copy),
        absolute: Some(absolute),
        bool: Some(|_, v| Ok(own(v) != C64::real(0.0))),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__complex__", exact_copy, "The number as an exact complex."),
        method1("__format__", "($self, format_spec, /)", format, "The text that format_spec describes."),
        method0("__getnewargs__", getnewargs, ""),
        method0("conjugate", conjugate, "The number with the imaginary part negated."),
        class_method1(
            "from_number",
            "($type, number, /)",
            construct::from_number,
            "The complex of a number.",
        ),
    ],
    members: &[
        Member {
            doc: "the real part of a complex number",
            ..member("real", MemberType::F64, offset_of!(Complex, value), true)
        },
        Member {
            doc: "the imaginary part of a complex number",
            ..member("imag", MemberType::F64, offset_of!(Complex, value) + size_of::<f64>(), true)
        },
    ],
    ..TypeSpec::DEFAULT
};

/// The complex number of two parts.
pub fn new(vm: &Vm, re: f64, im: f64) -> PyResult {
    let object = new_object::<Complex>(vm, vm.types.complex, size_of::<Complex>())?;
    // SAFETY: the object is new and of this layout.
    unsafe { (*object).value = [re, im] };
    Ok(Owned::from_new(object))
}

/// The complex number `value`.
pub fn from_c64(vm: &Vm, value: C64) -> PyResult {
    new(vm, value.re, value.im)
}

/// The value of a `complex`, exact or of a subclass.
pub fn as_c64(vm: &Vm, v: Value) -> Option<C64> {
    (is_kind(v, Kind::Complex) || v.is_heap() && is_instance(vm, v, vm.types.complex)).then(|| own(v))
}

/// The value of `self`, which the framework has checked to be a complex.
fn own(v: Value) -> C64 {
    // SAFETY: a complex or an instance of a subclass has this layout.
    let [re, im] = unsafe { (*v.as_ptr::<Complex>()).value };
    C64::new(re, im)
}

fn exact_copy(vm: &Vm, v: Value) -> PyResult {
    if is_kind(v, Kind::Complex) { Ok(v.own()) } else { from_c64(vm, own(v)) }
}

/// An operand: real ones stay real.
#[derive(Clone, Copy)]
enum Number {
    Real(f64),
    Complex(C64),
}

impl Number {
    fn complex(self) -> C64 {
        match self {
            Number::Real(re) => C64::real(re),
            Number::Complex(c) => c,
        }
    }
}

fn operand(vm: &Vm, v: Value) -> PyResult<Option<Number>> {
    if let Some(value) = float::as_f64(v) {
        return Ok(Some(Number::Real(value)));
    }
    if let Some(i) = int::exact_value(vm, v) {
        return Ok(Some(Number::Real(int::to_f64(vm, i)?)));
    }
    Ok(as_c64(vm, v).map(Number::Complex))
}

fn operands(vm: &Vm, a: Value, b: Value) -> PyResult<Option<(Number, Number)>> {
    let Some(a) = operand(vm, a)? else { return Ok(None) };
    Ok(operand(vm, b)?.map(|b| (a, b)))
}

macro_rules! binary_slots {
    ($($slot:ident = $operation:ident;)*) => {$(
        fn $slot(vm: &Vm, a: Value, b: Value) -> PyResult {
            match operands(vm, a, b)? {
                Some((a, b)) => match $operation(a, b) {
                    Ok(value) => from_c64(vm, value),
                    Err(_) => Err(int::arith::division_by_zero(vm)),
                },
                None => Ok(Owned::not_implemented()),
            }
        }
    )*};
}

binary_slots! {
    add = sum;
    subtract = difference;
    multiply = product;
    true_divide = quotient;
}

fn sum(a: Number, b: Number) -> Result<C64, Failure> {
    Ok(match (a, b) {
        (Number::Complex(a), Number::Real(b)) => C64::new(a.re + b, a.im),
        (Number::Real(a), Number::Complex(b)) => C64::new(a + b.re, b.im),
        (a, b) => a.complex() + b.complex(),
    })
}

fn difference(a: Number, b: Number) -> Result<C64, Failure> {
    Ok(match (a, b) {
        (Number::Complex(a), Number::Real(b)) => C64::new(a.re - b, a.im),
        (Number::Real(a), Number::Complex(b)) => C64::new(a - b.re, -b.im),
        (a, b) => a.complex() - b.complex(),
    })
}

fn product(a: Number, b: Number) -> Result<C64, Failure> {
    Ok(match (a, b) {
        (Number::Complex(a), Number::Real(b)) => a.scale(b),
        (Number::Real(a), Number::Complex(b)) => b.scale(a),
        (a, b) => a.complex() * b.complex(),
    })
}

fn quotient(a: Number, b: Number) -> Result<C64, Failure> {
    match (a, b) {
        (Number::Complex(_), Number::Real(0.0)) => Err(Failure::Domain),
        (Number::Complex(a), Number::Real(b)) => Ok(C64::new(a.re / b, a.im / b)),
        (Number::Real(a), Number::Complex(b)) => C64::real_quotient(a, b),
        (a, b) => a.complex().quotient(b.complex()),
    }
}

/// `a ** b`.
pub fn power(vm: &Vm, a: C64, b: C64) -> PyResult {
    match a.pow(b) {
        Ok(value) => from_c64(vm, value),
        Err(failure) => Err(raise_power(vm, failure)),
    }
}

#[cold]
fn raise_power(vm: &Vm, failure: Failure) -> Raised {
    match failure {
        Failure::Domain => vm.raise(vm.types.zero_division_error, "zero to a negative or complex power"),
        Failure::Overflow => vm.overflow_error("complex exponentiation"),
    }
}

fn power_slot(vm: &Vm, a: Value, b: Value, modulus: Value) -> PyResult {
    let Some((a, b)) = operands(vm, a, b)? else { return Ok(Owned::not_implemented()) };
    if !modulus.is_none() {
        return Err(vm.value_error("complex modulo"));
    }
    power(vm, a.complex(), b.complex())
}

fn absolute(vm: &Vm, v: Value) -> PyResult {
    let value = own(v);
    let result = value.abs();
    if result.is_infinite() && value.re.is_finite() && value.im.is_finite() {
        return Err(vm.overflow_error("absolute value too large"));
    }
    float::new(vm, result)
}

fn repr(vm: &Vm, v: Value) -> PyResult {
    let value = own(v);
    str::new(vm, &algorithms::complex_repr(value.re, value.im))
}

fn hash(_: &Vm, v: Value) -> PyResult<i64> {
    let value = own(v);
    Ok(combine_complex(float::hash_f64(value.re, v), float::hash_f64(value.im, v)))
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    let value = own(a);
    let equal = if let Some(other) = as_c64(vm, b) {
        value == other
    } else if let Some(ordering) = float::compare(vm, value.re, b) {
        value.im == 0.0 && ordering.is_some_and(|o| o.is_eq())
    } else {
        return Ok(Owned::not_implemented());
    };
    Ok(Owned::bool(equal == (op == CompareOp::Eq)))
}

fn conjugate(vm: &Vm, v: Value) -> PyResult {
    let value = own(v);
    new(vm, value.re, -value.im)
}

fn getnewargs(vm: &Vm, v: Value) -> PyResult {
    let value = own(v);
    let (real, imag) = (float::new(vm, value.re)?, float::new(vm, value.im)?);
    tuple::from_slice(vm, &[*real, *imag])
}

fn format(vm: &Vm, this: Value, spec: Value) -> PyResult {
    int::format::format_complex(vm, this, own(this), spec)
}
