//! C's functions of doubles. C reports a bad argument by NaN and a result that is too large by infinity; Python raises.

use taipan_layout::Value;

use super::{domain_error, gamma, range_error, real, truth};
use crate::args::Args;
use crate::objects::int::{self, Int};
use crate::objects::{float, type_of};
use crate::owned::{PyResult, Raised};
use crate::protocol;
use crate::signature::{no_keywords, positional_between};
use crate::vm::Vm;

/// The platform's libm; Rust's own methods are not always the same functions.
mod c {
    #![allow(unsafe_code, reason = "libm's functions")]
    // SAFETY: functions of C's standard library that take and return doubles and have no preconditions.
    unsafe extern "C" {
        pub safe fn acos(x: f64) -> f64;
        pub safe fn acosh(x: f64) -> f64;
        pub safe fn asin(x: f64) -> f64;
        pub safe fn asinh(x: f64) -> f64;
        pub safe fn atan(x: f64) -> f64;
        pub safe fn atan2(y: f64, x: f64) -> f64;
        pub safe fn atanh(x: f64) -> f64;
        pub safe fn cbrt(x: f64) -> f64;
        pub safe fn cos(x: f64) -> f64;
        pub safe fn cosh(x: f64) -> f64;
        pub safe fn erf(x: f64) -> f64;
        pub safe fn erfc(x: f64) -> f64;
        pub safe fn exp(x: f64) -> f64;
        pub safe fn exp2(x: f64) -> f64;
        pub safe fn expm1(x: f64) -> f64;
        pub safe fn log(x: f64) -> f64;
        pub safe fn log10(x: f64) -> f64;
        pub safe fn log1p(x: f64) -> f64;
        pub safe fn log2(x: f64) -> f64;
        pub safe fn pow(x: f64, y: f64) -> f64;
        pub safe fn remainder(x: f64, y: f64) -> f64;
        pub safe fn sin(x: f64) -> f64;
        pub safe fn sinh(x: f64) -> f64;
        pub safe fn tan(x: f64) -> f64;
        pub safe fn tanh(x: f64) -> f64;
    }
}

/// `ValueError` with the argument in the place of `{}`.
#[cold]
fn bad_argument(vm: &Vm, expected: &str, x: f64) -> Raised {
    vm.value_error(&format!("{expected}, got {}", float::repr_string(x)))
}

/// Whether an infinite result of a finite argument is too large, or the argument a pole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Infinite {
    Overflow,
    Pole,
}

fn unary(vm: &Vm, x: Value, f: impl Fn(f64) -> f64, infinite: Infinite, expected: &str) -> PyResult {
    let x = real(vm, x)?;
    let r = f(x);
    if r.is_nan() && !x.is_nan() {
        return Err(bad_argument(vm, expected, x));
    }
    if r.is_infinite() && x.is_finite() {
        return Err(match infinite {
            Infinite::Overflow => range_error(vm),
            Infinite::Pole => bad_argument(vm, expected, x),
        });
    }
    float::new(vm, r)
}

macro_rules! unary_functions {
    ($($name:ident = $f:expr, $infinite:ident, $expected:literal;)*) => {$(
        pub fn $name(vm: &Vm, _: Value, x: Value) -> PyResult {
            unary(vm, x, |x| $f(x), Infinite::$infinite, $expected)
        }
    )*};
}

unary_functions! {
    acos = c::acos, Pole, "expected a number in range from -1 up to 1";
    acosh = c::acosh, Pole, "expected argument value not less than 1";
    asin = c::asin, Pole, "expected a number in range from -1 up to 1";
    asinh = c::asinh, Pole, "math domain error";
    atan = c::atan, Pole, "math domain error";
    atanh = c::atanh, Pole, "expected a number between -1 and 1";
    cbrt = c::cbrt, Pole, "math domain error";
    cos = c::cos, Pole, "expected a finite input";
    cosh = c::cosh, Overflow, "math domain error";
    exp = c::exp, Overflow, "math domain error";
    exp2 = c::exp2, Overflow, "math domain error";
    expm1 = c::expm1, Overflow, "math domain error";
    fabs = f64::abs, Pole, "math domain error";
    log1p = c::log1p, Pole, "expected argument value > -1";
    sin = c::sin, Pole, "expected a finite input";
    sinh = c::sinh, Overflow, "math domain error";
    sqrt = f64::sqrt, Pole, "expected a nonnegative input";
    tan = c::tan, Pole, "expected a finite input";
    tanh = c::tanh, Pole, "math domain error";
    erf = c::erf, Pole, "math domain error";
    erfc = c::erfc, Pole, "math domain error";
}

pub fn degrees(vm: &Vm, _: Value, x: Value) -> PyResult {
    float::new(vm, real(vm, x)? * (180.0 / std::f64::consts::PI))
}

pub fn radians(vm: &Vm, _: Value, x: Value) -> PyResult {
    float::new(vm, real(vm, x)? * (std::f64::consts::PI / 180.0))
}

fn gamma_result(vm: &Vm, x: f64, result: Result<f64, gamma::Failure>) -> PyResult {
    match result {
        Ok(value) => float::new(vm, value),
        Err(gamma::Failure::Pole) => Err(bad_argument(vm, "expected a noninteger or positive integer", x)),
        Err(gamma::Failure::Overflow) => Err(range_error(vm)),
    }
}

pub fn gamma_function(vm: &Vm, _: Value, x: Value) -> PyResult {
    let x = real(vm, x)?;
    gamma_result(vm, x, gamma::gamma(x))
}

pub fn lgamma(vm: &Vm, _: Value, x: Value) -> PyResult {
    let x = real(vm, x)?;
    gamma_result(vm, x, gamma::lgamma(x))
}

pub fn atan2(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (y, x) = (real(vm, args[0])?, real(vm, args[1])?);
    float::new(vm, c::atan2(y, x))
}

pub fn copysign(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (x, y) = (real(vm, args[0])?, real(vm, args[1])?);
    float::new(vm, x.copysign(y))
}

pub fn fmod(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (x, y) = (real(vm, args[0])?, real(vm, args[1])?);
    let r = x % y;
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(vm));
    }
    float::new(vm, r)
}

pub fn remainder(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (x, y) = (real(vm, args[0])?, real(vm, args[1])?);
    let r = c::remainder(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(vm));
    }
    float::new(vm, r)
}

pub fn pow(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (x, y) = (real(vm, args[0])?, real(vm, args[1])?);
    let r = c::pow(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(vm));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(if x == 0.0 { domain_error(vm) } else { range_error(vm) });
    }
    float::new(vm, r)
}

pub fn fma(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (x, y, z) = (real(vm, args[0])?, real(vm, args[1])?, real(vm, args[2])?);
    let r = x.mul_add(y, z);
    if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(vm.overflow_error("overflow in fma"));
    }
    float::new(vm, r)
}

pub fn isclose(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (a, b) = (real(vm, args[0])?, real(vm, args[1])?);
    let rel_tol = if args[2].is_null() { 1e-9 } else { real(vm, args[2])? };
    let abs_tol = if args[3].is_null() { 0.0 } else { real(vm, args[3])? };
    if rel_tol < 0.0 || abs_tol < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return truth(true);
    }
    if a.is_infinite() || b.is_infinite() {
        return truth(false);
    }
    let difference = (b - a).abs();
    truth(difference <= (rel_tol * b).abs() || difference <= (rel_tol * a).abs() || difference <= abs_tol)
}

/// `floor` and the like: the type's method, else by way of a double.
fn rounded(vm: &Vm, x: Value, method: Value, of_double: fn(f64) -> f64) -> PyResult {
    if int::is_exact(x) {
        return Ok(crate::owned::Counted::own(x));
    }
    if !float::is_exact(x)
        && let Some(result) = protocol::call::special(vm, x, method, &[])?
    {
        return Ok(result);
    }
    float::whole_to_int(vm, of_double(real(vm, x)?))
}

pub fn ceil(vm: &Vm, _: Value, x: Value) -> PyResult {
    rounded(vm, x, *vm.names.__ceil__, f64::ceil)
}

pub fn floor(vm: &Vm, _: Value, x: Value) -> PyResult {
    rounded(vm, x, *vm.names.__floor__, f64::floor)
}

pub fn trunc(vm: &Vm, _: Value, x: Value) -> PyResult {
    if let Some(value) = float::as_f64(x).filter(|_| float::is_exact(x)) {
        return float::whole_to_int(vm, value.trunc());
    }
    match protocol::call::special(vm, x, *vm.names.__trunc__, &[])? {
        Some(result) => Ok(result),
        None => {
            let ty = type_of(vm, x).name_str();
            Err(vm.type_error(&format!("type {ty} doesn't define __trunc__ method")))
        }
    }
}

/// The logarithm of a number of any size: `of_double` for doubles; for an int beyond their range the logarithm of
/// `m * 2**e` is that of `m` plus `e` times that of two.
fn logarithm(vm: &Vm, x: Value, of_double: impl Fn(f64) -> f64, of_two: f64) -> PyResult<f64> {
    const EXPECTED: &str = "expected a positive input";
    if let Some(i) = int::exact_value(vm, x) {
        let view = int::view(i);
        if view.is_zero() || view.is_negative() {
            return Err(vm.value_error(EXPECTED));
        }
        return Ok(match view {
            Int::Small(i) => of_double(i as f64),
            Int::Big(b) => match taipan_text::int::to_f64(b) {
                Ok(value) => of_double(value),
                Err(_) => {
                    let (mantissa, exponent) = bits_of(b);
                    of_double(mantissa) + of_two * exponent as f64
                }
            },
        });
    }
    let x = real(vm, x)?;
    let r = of_double(x);
    if x <= 0.0 || r.is_nan() && !x.is_nan() {
        return Err(bad_argument(vm, EXPECTED, x));
    }
    Ok(r)
}

/// `b == m * 2**e` with `0.5 <= m < 1`, correctly rounded.
fn bits_of(b: &dashu_int::IBig) -> (f64, usize) {
    let bits = taipan_text::int::bit_length(b);
    // 64 bits more than a double has, the last of them sticky, round as the whole number would.
    let shift = bits - 128;
    let top = b >> shift;
    let sticky = dashu_int::IBig::from(u8::from(b.trailing_zeros().is_some_and(|zeros| zeros < shift)));
    let value = taipan_text::int::to_f64(&(top | sticky)).unwrap_or(f64::INFINITY);
    let (mantissa, exponent) = taipan_text::float::frexp(value);
    (mantissa, shift + exponent as usize)
}

pub fn log(vm: &Vm, _: Value, args: Args) -> PyResult {
    no_keywords(vm, "math.log", &args)?;
    positional_between(vm, "log", &args, 1, 2)?;
    let ln = |x| logarithm(vm, x, |x| c::log(x), std::f64::consts::LN_2);
    let numerator = ln(args.pos()[0])?;
    match args.pos().get(1) {
        None => float::new(vm, numerator),
        Some(base) => {
            let denominator = ln(*base)?;
            if denominator == 0.0 {
                return Err(int::arith::division_by_zero(vm));
            }
            float::new(vm, numerator / denominator)
        }
    }
}

pub fn log10(vm: &Vm, _: Value, x: Value) -> PyResult {
    float::new(vm, logarithm(vm, x, |x| c::log10(x), std::f64::consts::LOG10_2)?)
}

pub fn log2(vm: &Vm, _: Value, x: Value) -> PyResult {
    float::new(vm, logarithm(vm, x, |x| c::log2(x), 1.0)?)
}
