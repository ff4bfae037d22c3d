//! The operators over exact ints. Two fixnums are computed in machine words, inline; everything else goes out of line to
//! `taipan_text::int`, which has Python's rounding, limits and errors.
//!
//! All functions take exact ints ([`super::is_exact`]).

use std::borrow::Cow;

use dashu_int::IBig;
use taipan_layout::Value;
use taipan_text::ErrorKind;
use taipan_text::int as big;

use super::{Int, from_big, from_i128, new, view};
use crate::objects::{float, tuple};
use crate::owned::{Counted, PyResult, Raised};
use crate::vm::Vm;

/// The Python exception for a failed algorithm.
#[cold]
pub(crate) fn raise(vm: &Vm, error: taipan_text::Error) -> Raised {
    let ty = match error.kind {
        ErrorKind::MemoryError => return vm.memory_error(),
        ErrorKind::OverflowErrorRange => {
            return match crate::objects::str::new(vm, &error.message) {
                Ok(text) => {
                    vm.raise_with(vm.types.overflow_error, &[Value::fixnum(libc::ERANGE.into()), *text])
                }
                Err(raised) => raised,
            };
        }
        ErrorKind::ValueError => vm.types.value_error,
        ErrorKind::TypeError => vm.types.type_error,
        ErrorKind::OverflowError => vm.types.overflow_error,
        ErrorKind::ZeroDivisionError => vm.types.zero_division_error,
        ErrorKind::KeyError => vm.types.key_error,
        ErrorKind::IndexError => vm.types.index_error,
        ErrorKind::UnicodeDecodeError => vm.types.unicode_decode_error,
    };
    vm.raise(ty, &error.message)
}

/// Shorthand: the result of an algorithm with its error raised.
pub(crate) fn check<T>(vm: &Vm, result: taipan_text::Result<T>) -> PyResult<T> {
    result.map_err(|e| raise(vm, e))
}

#[cold]
pub(crate) fn division_by_zero(vm: &Vm) -> Raised {
    vm.raise(vm.types.zero_division_error, "division by zero")
}

/// Both operands when they are fixnums.
#[inline(always)]
fn fixnums(a: Value, b: Value) -> Option<(i64, i64)> {
    (a.is_fixnum() && b.is_fixnum()).then(|| (a.as_fixnum(), b.as_fixnum()))
}

#[inline]
pub fn add(vm: &Vm, a: Value, b: Value) -> PyResult {
    match fixnums(a, b) {
        // Two 63-bit numbers cannot overflow 64 bits.
        Some((a, b)) => new(vm, a + b),
        None => add_big(vm, a, b),
    }
}

#[inline]
pub fn sub(vm: &Vm, a: Value, b: Value) -> PyResult {
    match fixnums(a, b) {
        Some((a, b)) => new(vm, a - b),
        None => sub_big(vm, a, b),
    }
}

#[inline]
pub fn mul(vm: &Vm, a: Value, b: Value) -> PyResult {
    match fixnums(a, b) {
        Some((a, b)) => match a.checked_mul(b) {
            Some(product) => new(vm, product),
            None => from_i128(vm, i128::from(a) * i128::from(b)),
        },
        None => mul_big(vm, a, b),
    }
}

#[inline(never)]
fn add_big(vm: &Vm, a: Value, b: Value) -> PyResult {
    from_big(vm, &*view(a).operand() + &*view(b).operand())
}

#[inline(never)]
fn sub_big(vm: &Vm, a: Value, b: Value) -> PyResult {
    from_big(vm, &*view(a).operand() - &*view(b).operand())
}

#[inline(never)]
fn mul_big(vm: &Vm, a: Value, b: Value) -> PyResult {
    let (a, b) = (view(a), view(b));
    if a.bit_len() + b.bit_len() > big::MAX_BITS {
        return Err(vm.memory_error());
    }
    from_big(vm, &*a.operand() * &*b.operand())
}

/// Quotient rounded down and remainder with the divisor's sign; `b` is not 0.
///
/// The quotient of two fixnums always fits an `i64`: the smallest fixnum negated is a valid `i64`.
#[inline(always)]
fn floor_divmod(a: i64, b: i64) -> (i64, i64) {
    let (quotient, remainder) = (a / b, a % b);
    if remainder != 0 && (remainder ^ b) < 0 { (quotient - 1, remainder + b) } else { (quotient, remainder) }
}

#[inline]
pub fn floor_div(vm: &Vm, a: Value, b: Value) -> PyResult {
    match fixnums(a, b) {
        Some((_, 0)) => Err(division_by_zero(vm)),
        Some((a, b)) => new(vm, floor_divmod(a, b).0),
        None => binary_big(vm, a, b, big::floor_div),
    }
}

#[inline]
pub fn remainder(vm: &Vm, a: Value, b: Value) -> PyResult {
    match fixnums(a, b) {
        Some((_, 0)) => Err(division_by_zero(vm)),
        Some((a, b)) => new(vm, floor_divmod(a, b).1),
        None => binary_big(vm, a, b, big::floor_mod),
    }
}

/// `divmod(a, b)` as a tuple.
pub fn divmod(vm: &Vm, a: Value, b: Value) -> PyResult {
    let (quotient, remainder) = match fixnums(a, b) {
        Some((_, 0)) => return Err(division_by_zero(vm)),
        Some((a, b)) => {
            let (quotient, remainder) = floor_divmod(a, b);
            (new(vm, quotient)?, new(vm, remainder)?)
        }
        None => {
            let result = big::divmod(&view(a).operand(), &view(b).operand());
            let (quotient, remainder) = check(vm, result)?;
            (from_big(vm, quotient)?, from_big(vm, remainder)?)
        }
    };
    tuple::from_slice(vm, &[*quotient, *remainder])
}

#[inline(never)]
fn binary_big(
    vm: &Vm,
    a: Value,
    b: Value,
    operation: fn(&IBig, &IBig) -> taipan_text::Result<IBig>,
) -> PyResult {
    let result = operation(&view(a).operand(), &view(b).operand());
    from_big(vm, check(vm, result)?)
}

/// `a / b`.
#[inline]
pub fn true_div(vm: &Vm, a: Value, b: Value) -> PyResult {
    /// Ints up to this magnitude are doubles, and the hardware's division is correctly rounded.
    const EXACT: u64 = 1 << 53;
    if let Some((x, y)) = fixnums(a, b)
        && x.unsigned_abs() <= EXACT
        && y.unsigned_abs() <= EXACT
        && y != 0
    {
        return float::new(vm, x as f64 / y as f64);
    }
    true_div_big(vm, a, b)
}

#[inline(never)]
fn true_div_big(vm: &Vm, a: Value, b: Value) -> PyResult {
    let result = big::true_div(&view(a).operand(), &view(b).operand());
    float::new(vm, check(vm, result)?)
}

/// `a ** b`: an int, or a float when `b` is negative.
pub fn pow(vm: &Vm, a: Value, b: Value) -> PyResult {
    if view(b).is_negative() {
        let (base, exponent) = (to_f64(vm, a)?, to_f64(vm, b)?);
        return float::power(vm, base, exponent);
    }
    if let Some((base, exponent)) = fixnums(a, b)
        && let Ok(exponent) = u32::try_from(exponent)
        && let Some(result) = base.checked_pow(exponent)
    {
        return new(vm, result);
    }
    binary_big(vm, a, b, big::pow)
}

/// `pow(a, b, modulus)`.
pub fn pow_mod(vm: &Vm, a: Value, b: Value, modulus: Value) -> PyResult {
    if let (Some((base, exponent)), true) = (fixnums(a, b), modulus.is_fixnum())
        && exponent >= 0
        && modulus.as_fixnum() != 0
    {
        return new(vm, pow_mod_fixnum(base, exponent as u64, modulus.as_fixnum()));
    }
    let result = big::pow_mod(&view(a).operand(), &view(b).operand(), &view(modulus).operand());
    from_big(vm, check(vm, result)?)
}

/// Square and multiply; the products have at most 124 bits.
fn pow_mod_fixnum(base: i64, mut exponent: u64, modulus: i64) -> i64 {
    let ring = u128::from(modulus.unsigned_abs());
    let mut square = i128::from(base).rem_euclid(ring as i128) as u128;
    let mut result = 1 % ring;
    while exponent != 0 {
        if exponent & 1 != 0 {
            result = result * square % ring;
        }
        square = square * square % ring;
        exponent >>= 1;
    }
    let result = result as i64;
    if modulus < 0 && result != 0 { result + modulus } else { result }
}

#[inline]
pub fn lshift(vm: &Vm, a: Value, b: Value) -> PyResult {
    if let Some((a, count @ 0..=63)) = fixnums(a, b)
        && (a << count) >> count == a
    {
        return new(vm, a << count);
    }
    lshift_big(vm, a, b)
}

#[inline(never)]
fn lshift_big(vm: &Vm, a: Value, b: Value) -> PyResult {
    binary_big(vm, a, b, big::shift_left)
}

#[inline]
pub fn rshift(vm: &Vm, a: Value, b: Value) -> PyResult {
    match fixnums(a, b) {
        Some((a, count @ 0..)) => new(vm, a >> count.min(63)),
        _ => binary_big(vm, a, b, big::shift_right),
    }
}

macro_rules! bitwise {
    ($($name:ident $slow:ident $op:tt)*) => {$(
        #[inline]
        pub fn $name(vm: &Vm, a: Value, b: Value) -> PyResult {
            match fixnums(a, b) {
                Some((a, b)) => new(vm, a $op b),
                None => $slow(vm, a, b),
            }
        }

        #[inline(never)]
        fn $slow(vm: &Vm, a: Value, b: Value) -> PyResult {
            from_big(vm, &*view(a).operand() $op &*view(b).operand())
        }
    )*};
}

bitwise! {
    and and_big &
    or or_big |
    xor xor_big ^
}

pub fn negate(vm: &Vm, v: Value) -> PyResult {
    match view(v) {
        Int::Small(i) => new(vm, -i),
        Int::Big(b) => from_big(vm, -b),
    }
}

pub fn absolute(vm: &Vm, v: Value) -> PyResult {
    if view(v).is_negative() { negate(vm, v) } else { Ok(v.own()) }
}

pub fn invert(vm: &Vm, v: Value) -> PyResult {
    match view(v) {
        Int::Small(i) => new(vm, !i),
        Int::Big(b) => from_big(vm, !b),
    }
}

/// The nearest double, or `OverflowError`.
#[inline]
pub fn to_f64(vm: &Vm, v: Value) -> PyResult<f64> {
    match view(v) {
        Int::Small(i) => Ok(i as f64),
        Int::Big(b) => check(vm, big::to_f64(b)),
    }
}

/// An owned copy of an exact int.
pub fn same(_vm: &Vm, v: Value) -> PyResult {
    Ok(v.own())
}

/// `ValueError(message)` for messages that are built.
pub(super) fn value_error(vm: &Vm, message: impl Into<Cow<'static, str>>) -> Raised {
    vm.value_error(&message.into())
}
