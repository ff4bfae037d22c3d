//! `float`: doubles. Those with a common exponent are immediates (flonums), the others a [`Float`] object; which
//! is which is the word's business (`taipan_layout::value`), [`new`] and [`as_f64`] are all that others need.
//!
//! An instance of a Python subclass is a `Float` object too, with another type and no kind.
//!
//! | module | holds |
//! |---|---|
//! | `slots` | operators, comparison, hash |
//! | `construct` | `float(x)`, `from_number`, `fromhex` |
//! | `methods` | the type's declaration, the named methods |
#![allow(unsafe_code, reason = "object layout")]

mod construct;
mod methods;
mod slots;

use taipan_layout::objects::Float;
use taipan_layout::{Kind, Value};
use taipan_text::float as algorithms;

use super::{complex, int, is_instance, new_object, str};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

pub(crate) use construct::trim;
pub use construct::{from_exact_or_subclass, from_object, parse_str, real_number};
pub use methods::SPEC;
pub use slots::{compare, hash_f64, whole_to_int};

/// The float `value`.
#[inline(always)]
pub fn new(vm: &Vm, value: f64) -> PyResult {
    match Value::try_flonum(value) {
        // SAFETY: a flonum is an immediate: there is no reference to own.
        Some(v) => Ok(unsafe { Owned::from_owned(v) }),
        None => new_boxed(vm, value),
    }
}

#[cold]
fn new_boxed(vm: &Vm, value: f64) -> PyResult {
    let object = new_object::<Float>(vm, vm.types.float, size_of::<Float>())?;
    // SAFETY: the object is new and of this layout.
    unsafe { (*object).value = value };
    Ok(Owned::from_new(object))
}

/// The value of a `float`, exact or of a subclass.
#[inline(always)]
pub fn as_f64(v: Value) -> Option<f64> {
    if v.is_flonum() { Some(v.as_flonum()) } else { as_f64_boxed(v) }
}

fn as_f64_boxed(v: Value) -> Option<f64> {
    if !v.is_heap() {
        return None;
    }
    // SAFETY: a heap word points to a live object; floats and instances of subclasses have this layout.
    unsafe {
        if (*v.header()).is(Kind::Float) {
            return Some((*v.as_ptr::<Float>()).value);
        }
        // Other kinds are exact types that are not float.
        let vm = Vm::current();
        ((*v.header()).is(Kind::Other) && is_instance(vm, v, vm.types.float))
            .then(|| (*v.as_ptr::<Float>()).value)
    }
}

/// Whether `v` is exactly a `float`.
#[inline(always)]
pub fn is_exact(v: Value) -> bool {
    v.is_flonum() || super::is_kind(v, Kind::Float)
}

/// `repr(value)` as Rust text.
pub fn repr_string(value: f64) -> String {
    algorithms::repr(value)
}

/// `repr(value)` as a `str`.
pub fn to_str(vm: &Vm, value: f64) -> PyResult {
    str::new(vm, &algorithms::repr(value))
}

/// `a ** b` where that is a real number: machine code has seen to it.
pub fn real_power(vm: &Vm, a: f64, b: f64) -> PyResult<f64> {
    match int::arith::check(vm, algorithms::power(a, b))? {
        algorithms::Power::Real(value) => Ok(value),
        algorithms::Power::Complex => Ok(f64::NAN),
    }
}

/// `a ** b`; complex for a negative base and a fractional exponent.
pub fn power(vm: &Vm, a: f64, b: f64) -> PyResult {
    match int::arith::check(vm, algorithms::power(a, b))? {
        algorithms::Power::Real(value) => new(vm, value),
        algorithms::Power::Complex => complex::power(vm, complex::C64::real(a), complex::C64::real(b)),
    }
}
