//! `math`: functions of real numbers over doubles, and of integers of any size.
//!
//! | module | holds |
//! |---|---|
//! | `elementary` | roots, powers, logarithms, trigonometry: C's functions with Python's errors |
//! | `gamma` | `gamma` and `lgamma` |
//! | `bits` | what looks at a double's representation: `nextafter`, `ulp`, `frexp`, … |
//! | `integer` | `gcd`, `lcm`, `factorial`, `comb`, `perm`, `isqrt` |
//! | `sums` | sums and products that round once: `fsum`, `sumprod`, `prod`, `hypot`, `dist` |
//!
//! C's functions come from the platform's libm, as CPython's do, so results agree to the last bit on the same platform.
//! The exception is `cbrt`, which the Rust compiler's own library brings along, correctly rounded.

mod bits;
mod elementary;
mod gamma;
mod integer;
mod sums;

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::float;
use crate::objects::spec::{MethodSpec, function, function1, raw_function};
use crate::owned::{Owned, PyResult, Raised};
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "math",
    doc: "Functions of real numbers and of integers.",
    functions: FUNCTIONS,
    fill,
};

static FUNCTIONS: &[MethodSpec] = &[
    function1("acos", "($module, x, /)", elementary::acos, "Arc cosine of x, in radians."),
    function1("acosh", "($module, x, /)", elementary::acosh, "Inverse hyperbolic cosine of x."),
    function1("asin", "($module, x, /)", elementary::asin, "Arc sine of x, in radians."),
    function1("asinh", "($module, x, /)", elementary::asinh, "Inverse hyperbolic sine of x."),
    function1("atan", "($module, x, /)", elementary::atan, "Arc tangent of x, in radians."),
    function("atan2", "($module, y, x, /)", elementary::atan2, "Angle of the point (x, y), in radians."),
    function1("atanh", "($module, x, /)", elementary::atanh, "Inverse hyperbolic tangent of x."),
    function1("cbrt", "($module, x, /)", elementary::cbrt, "Cube root of x."),
    function1("ceil", "($module, x, /)", elementary::ceil, "Smallest integer that is not less than x."),
    function(
        "comb",
        "($module, n, k, /)",
        integer::comb,
        "Ways to choose k of n things, order not counting.",
    ),
    function(
        "copysign",
        "($module, x, y, /)",
        elementary::copysign,
        "The magnitude of x with the sign of y.",
    ),
    function1("cos", "($module, x, /)", elementary::cos, "Cosine of x radians."),
    function1("cosh", "($module, x, /)", elementary::cosh, "Hyperbolic cosine of x."),
    function1("degrees", "($module, x, /)", elementary::degrees, "x radians in degrees."),
    function("dist", "($module, p, q, /)", sums::dist, "Euclidean distance of two points."),
    function1("erf", "($module, x, /)", elementary::erf, "The error function."),
    function1(
        "erfc",
        "($module, x, /)",
        elementary::erfc,
        "One minus the error function, precise for large x.",
    ),
    function1("exp", "($module, x, /)", elementary::exp, "e raised to the power of x."),
    function1("exp2", "($module, x, /)", elementary::exp2, "2 raised to the power of x."),
    function1("expm1", "($module, x, /)", elementary::expm1, "exp(x) - 1, exact also for small x."),
    function1("fabs", "($module, x, /)", elementary::fabs, "Absolute value of the float x."),
    function1("factorial", "($module, n, /)", integer::factorial, "n!"),
    function1("floor", "($module, x, /)", elementary::floor, "Largest integer that is not greater than x."),
    function("fma", "($module, x, y, z, /)", elementary::fma, "(x * y) + z, rounded once."),
    function("fmod", "($module, x, y, /)", elementary::fmod, "Remainder of x / y with the sign of x."),
    function1("frexp", "($module, x, /)", bits::frexp, "(m, e) with x == m * 2**e and 0.5 <= abs(m) < 1."),
    function1("fsum", "($module, seq, /)", sums::fsum, "Sum of floats, rounded once."),
    function1("gamma", "($module, x, /)", elementary::gamma_function, "The gamma function."),
    raw_function("gcd", "($module, /, *integers)", integer::gcd, "Greatest common divisor."),
    raw_function("hypot", "($module, /, *coordinates)", sums::hypot, "Length of the vector."),
    function(
        "isclose",
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        elementary::isclose,
        "Whether a and b differ by no more than the larger of the tolerances.",
    ),
    function1("isfinite", "($module, x, /)", bits::isfinite, "Whether x is neither infinite nor NaN."),
    function1("isinf", "($module, x, /)", bits::isinf, "Whether x is an infinity."),
    function1("isnan", "($module, x, /)", bits::isnan, "Whether x is a NaN."),
    function1("isqrt", "($module, n, /)", integer::isqrt, "Integer part of the square root of n."),
    raw_function("lcm", "($module, /, *integers)", integer::lcm, "Least common multiple."),
    function("ldexp", "($module, x, i, /)", bits::ldexp, "x * 2**i."),
    function1(
        "lgamma",
        "($module, x, /)",
        elementary::lgamma,
        "Logarithm of the gamma function's magnitude at x.",
    ),
    raw_function("log", "", elementary::log, "log(x, [base=math.e])\nLogarithm of x to the base."),
    function1("log10", "($module, x, /)", elementary::log10, "Logarithm of x to base 10."),
    function1(
        "log1p",
        "($module, x, /)",
        elementary::log1p,
        "Natural logarithm of 1 + x, exact also for small x.",
    ),
    function1("log2", "($module, x, /)", elementary::log2, "Logarithm of x to base 2."),
    function1("modf", "($module, x, /)", bits::modf, "Fraction and whole part of x, both with its sign."),
    function(
        "nextafter",
        "($module, x, y, /, *, steps=None)",
        bits::nextafter,
        "The float that many steps from x towards y.",
    ),
    function(
        "perm",
        "($module, n, k=None, /)",
        integer::perm,
        "Ways to choose k of n things, order counting.",
    ),
    function("pow", "($module, x, y, /)", elementary::pow, "x to the power of y, as floats."),
    function("prod", "($module, iterable, /, *, start=1)", sums::prod, "Product of the items."),
    function1("radians", "($module, x, /)", elementary::radians, "x degrees in radians."),
    function("remainder", "($module, x, y, /)", elementary::remainder, "x less the nearest multiple of y."),
    function1("sin", "($module, x, /)", elementary::sin, "Sine of x radians."),
    function1("sinh", "($module, x, /)", elementary::sinh, "Hyperbolic sine of x."),
    function1("sqrt", "($module, x, /)", elementary::sqrt, "Square root of x."),
    function("sumprod", "($module, p, q, /)", sums::sumprod, "Sum of the products of the items."),
    function1("tan", "($module, x, /)", elementary::tan, "Tangent of x radians."),
    function1("tanh", "($module, x, /)", elementary::tanh, "Hyperbolic tangent of x."),
    function1("trunc", "($module, x, /)", elementary::trunc, "Integer part of x."),
    function1("ulp", "($module, x, /)", bits::ulp, "Value of the last bit of x."),
];

const CONSTANTS: [(&str, f64); 5] = [
    ("pi", std::f64::consts::PI),
    ("e", std::f64::consts::E),
    ("tau", std::f64::consts::TAU),
    ("inf", f64::INFINITY),
    ("nan", f64::NAN),
];

fn fill(vm: &Vm, math: Value) -> PyResult<()> {
    for (name, value) in CONSTANTS {
        let value = float::new(vm, value)?;
        super::set(vm, math, name, *value)?;
    }
    Ok(())
}

/// The argument as a double, as most functions here want it.
#[inline]
fn real(vm: &Vm, v: Value) -> PyResult<f64> {
    if v.is_flonum() { Ok(v.as_flonum()) } else { float::real_number(vm, v) }
}

#[cold]
pub(super) fn domain_error(vm: &Vm) -> Raised {
    vm.value_error("math domain error")
}

#[cold]
pub(super) fn range_error(vm: &Vm) -> Raised {
    vm.overflow_error("math range error")
}

fn truth(b: bool) -> PyResult {
    Ok(Owned::bool(b))
}
