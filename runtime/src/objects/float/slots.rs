//! Operators: each operand is a float or an int of any size, which is converted first (and may be too large).

use std::cmp::Ordering;

use dashu_int::IBig;
use taipan_layout::Value;
use taipan_text::float as algorithms;
use taipan_text::int as big;

use super::{as_f64, is_exact, new, to_str};
use crate::objects::int::{self, Int, arith};
use crate::objects::{CompareOp, Slots, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub(super) const SLOTS: Slots = Slots {
    new: Some(super::construct::new_slot),
    repr: Some(|vm, v| to_str(vm, own(v))),
    hash: Some(|_, v| Ok(hash_f64(own(v), v))),
    richcompare: Some(richcompare),
    add: Some(add),
    subtract: Some(subtract),
    multiply: Some(multiply),
    remainder: Some(remainder),
    divmod: Some(divmod),
    power: Some(power),
    negative: Some(|vm, v| new(vm, -own(v))),
    positive: Some(exact_copy),
    absolute: Some(|vm, v| new(vm, own(v).abs())),
    bool: Some(|_, v| Ok(own(v) != 0.0)),
    int: Some(trunc),
    float: Some(exact_copy),
    floor_divide: Some(floor_divide),
    true_divide: Some(true_divide),
    ..Slots::EMPTY
};

/// The value of `self`, which the framework has checked to be a float.
pub(super) fn own(v: Value) -> f64 {
    as_f64(v).unwrap_or(f64::NAN)
}

pub(super) fn exact_copy(vm: &Vm, v: Value) -> PyResult {
    if is_exact(v) { Ok(v.own()) } else { new(vm, own(v)) }
}

/// `int(v)`.
pub(super) fn trunc(vm: &Vm, v: Value) -> PyResult {
    whole_to_int(vm, own(v).trunc())
}

/// The int of a whole double; errors for infinities and NaN.
pub fn whole_to_int(vm: &Vm, value: f64) -> PyResult {
    // Both bounds are exact doubles.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) {
        return int::new(vm, value as i64);
    }
    int::from_big(vm, arith::check(vm, algorithms::trunc_to_int(value))?)
}

/// A float, or an int as one; `None` declines.
#[inline]
fn operand(vm: &Vm, v: Value) -> PyResult<Option<f64>> {
    if let Some(value) = as_f64(v) {
        return Ok(Some(value));
    }
    match int::exact_value(vm, v) {
        Some(i) => arith::to_f64(vm, i).map(Some),
        None => Ok(None),
    }
}

#[inline]
fn operands(vm: &Vm, a: Value, b: Value) -> PyResult<Option<(f64, f64)>> {
    let Some(a) = operand(vm, a)? else { return Ok(None) };
    Ok(operand(vm, b)?.map(|b| (a, b)))
}

macro_rules! binary_slots {
    ($($slot:ident = |$vm:ident, $a:ident, $b:ident| $body:expr;)*) => {$(
        fn $slot($vm: &Vm, a: Value, b: Value) -> PyResult {
            match operands($vm, a, b)? {
                Some(($a, $b)) => $body,
                None => Ok(Owned::not_implemented()),
            }
        }
    )*};
}

binary_slots! {
    add = |vm, a, b| new(vm, a + b);
    subtract = |vm, a, b| new(vm, a - b);
    multiply = |vm, a, b| new(vm, a * b);
    true_divide = |vm, a, b| {
        if b == 0.0 {
            return Err(arith::division_by_zero(vm));
        }
        new(vm, a / b)
    };
    floor_divide = |vm, a, b| new(vm, arith::check(vm, algorithms::floor_div(a, b))?);
    remainder = |vm, a, b| new(vm, arith::check(vm, algorithms::floor_mod(a, b))?);
    divmod = |vm, a, b| {
        let (quotient, remainder) = arith::check(vm, algorithms::divmod(a, b))?;
        let (quotient, remainder) = (new(vm, quotient)?, new(vm, remainder)?);
        tuple::from_slice(vm, &[*quotient, *remainder])
    };
}

fn power(vm: &Vm, a: Value, b: Value, modulus: Value) -> PyResult {
    if !modulus.is_none() {
        return Err(vm.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    match operands(vm, a, b)? {
        Some((a, b)) => super::power(vm, a, b),
        None => Ok(Owned::not_implemented()),
    }
}

/// Compares a double with an exact int, exactly; `None` for NaN.
fn compare_with_int(value: f64, i: Value) -> Option<Ordering> {
    /// Ints up to this magnitude are doubles.
    const EXACT: u64 = 1 << 53;
    match int::view(i) {
        Int::Small(i) if i.unsigned_abs() <= EXACT => value.partial_cmp(&(i as f64)),
        Int::Small(i) => big::compare_f64(&IBig::from(i), value).map(Ordering::reverse),
        Int::Big(b) => big::compare_f64(b, value).map(Ordering::reverse),
    }
}

/// The order of a double and a float or int: `None` declines, `Some(None)` is unordered.
pub fn compare(vm: &Vm, value: f64, other: Value) -> Option<Option<Ordering>> {
    if let Some(other) = as_f64(other) {
        return Some(value.partial_cmp(&other));
    }
    int::exact_value(vm, other).map(|i| compare_with_int(value, i))
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    match compare(vm, own(a), b) {
        Some(Some(ordering)) => Ok(Owned::bool(op.holds(ordering))),
        Some(None) => Ok(Owned::bool(op == CompareOp::Ne)),
        None => Ok(Owned::not_implemented()),
    }
}

/// `hash` of `value`; a NaN hashes by the identity of its object.
pub fn hash_f64(value: f64, object: Value) -> i64 {
    taipan_text::hash::hash_f64(value).unwrap_or_else(|| match object.0.rotate_right(4) as i64 {
        -1 => -2,
        hash => hash,
    })
}
