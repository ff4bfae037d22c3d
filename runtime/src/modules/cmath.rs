//! `cmath`: functions of complex numbers.
//!
//! The functions are the C library's, which follow C11's Annex G for zeros, infinities and NaN, as CPython does. What C
//! reports by a flag is decided here from arguments and results: a point without a value is a `ValueError`, a finite
//! argument whose result is too large an `OverflowError`.

use taipan_layout::Value;

use super::math::{domain_error, range_error};
use super::{NativeModule, native};
use crate::objects::complex::{self, C64};
use crate::objects::spec::{MethodSpec, OneArgFn, function, function1};
use crate::objects::{float, tuple};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "cmath",
    doc: "Functions of complex numbers.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        use std::f64::consts;
        for (name, x) in [
            ("pi", consts::PI),
            ("e", consts::E),
            ("tau", consts::TAU),
            ("inf", f64::INFINITY),
            ("nan", f64::NAN),
        ] {
            super::set(vm, m, name, *float::new(vm, x)?)?;
        }
        super::set(vm, m, "infj", *complex::new(vm, 0.0, f64::INFINITY)?)?;
        super::set(vm, m, "nanj", *complex::new(vm, 0.0, f64::NAN)?)
    },
};

/// C's `double complex`: on the platforms that Taipan runs on it is passed as a structure of two doubles is.
mod c {
    #![allow(unsafe_code, reason = "libm's functions")]
    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Complex {
        pub re: f64,
        pub im: f64,
    }
    // SAFETY: functions of C's standard library that take and return numbers and have no preconditions.
    #[allow(
        improper_ctypes,
        reason = "complex numbers have the layout and the calling convention of the structure"
    )]
    unsafe extern "C" {
        pub safe fn cacos(z: Complex) -> Complex;
        pub safe fn cacosh(z: Complex) -> Complex;
        pub safe fn casin(z: Complex) -> Complex;
        pub safe fn casinh(z: Complex) -> Complex;
        pub safe fn catan(z: Complex) -> Complex;
        pub safe fn catanh(z: Complex) -> Complex;
        pub safe fn ccos(z: Complex) -> Complex;
        pub safe fn ccosh(z: Complex) -> Complex;
        pub safe fn cexp(z: Complex) -> Complex;
        pub safe fn clog(z: Complex) -> Complex;
        pub safe fn csin(z: Complex) -> Complex;
        pub safe fn csinh(z: Complex) -> Complex;
        pub safe fn csqrt(z: Complex) -> Complex;
        pub safe fn ctan(z: Complex) -> Complex;
        pub safe fn ctanh(z: Complex) -> Complex;
        pub safe fn sincos(x: f64, sine: &mut f64, cosine: &mut f64);
        pub safe fn hypot(x: f64, y: f64) -> f64;
        pub safe fn atan2(y: f64, x: f64) -> f64;
    }
}

static FUNCTIONS: &[MethodSpec] = &[
    plain("acos", |vm, _, z| apply(vm, z, c::cacos, |_| false), "The angle whose cosine is z."),
    plain("acosh", |vm, _, z| apply(vm, z, c::cacosh, |_| false), "The number whose hyperbolic cosine is z."),
    plain("asin", |vm, _, z| apply(vm, z, c::casin, |_| false), "The angle whose sine is z."),
    plain("asinh", |vm, _, z| apply(vm, z, c::casinh, |_| false), "The number whose hyperbolic sine is z."),
    plain(
        "atan",
        |vm, _, z| apply(vm, z, c::catan, |z| z.re == 0.0 && z.im.abs() == 1.0),
        "The angle whose tangent is z.",
    ),
    plain(
        "atanh",
        |vm, _, z| apply(vm, z, c::catanh, |z| z.im == 0.0 && z.re.abs() == 1.0),
        "The number whose hyperbolic tangent is z.",
    ),
    plain(
        "cos",
        |vm, _, z| apply(vm, z, c::ccos, |z| z.re.is_infinite() && !z.im.is_nan()),
        "The cosine of an angle in radians.",
    ),
    plain(
        "cosh",
        |vm, _, z| apply(vm, z, c::ccosh, |z| z.im.is_infinite() && !z.re.is_nan()),
        "The hyperbolic cosine.",
    ),
    plain(
        "exp",
        |vm, _, z| {
            apply(vm, z, c::cexp, |z| z.im.is_infinite() && !z.re.is_nan() && z.re != f64::NEG_INFINITY)
        },
        "e to the power of z.",
    ),
    function(
        "log",
        "($module, z, base=<unrepresentable>, /)",
        log,
        "log(z[, base]) gives the logarithm of z.\n\nThe base is e if it is left out.",
    ),
    plain("log10", log10, "The logarithm to base 10."),
    plain(
        "sin",
        |vm, _, z| apply(vm, z, c::csin, |z| z.re.is_infinite() && !z.im.is_nan()),
        "The sine of an angle in radians.",
    ),
    plain(
        "sinh",
        |vm, _, z| apply(vm, z, c::csinh, |z| z.im.is_infinite() && !z.re.is_nan()),
        "The hyperbolic sine.",
    ),
    plain("sqrt", |vm, _, z| apply(vm, z, c::csqrt, |_| false), "The root whose real part is not negative."),
    plain(
        "tan",
        |vm, _, z| apply(vm, z, c::ctan, |z| z.re.is_infinite() && z.im.is_finite()),
        "The tangent of an angle in radians.",
    ),
    plain(
        "tanh",
        |vm, _, z| apply(vm, z, c::ctanh, |z| z.im.is_infinite() && z.re.is_finite()),
        "The hyperbolic tangent.",
    ),
    plain("phase", phase, "The angle between z and the positive real axis, in radians."),
    plain("polar", polar, "(r, phi): how far z is from 0, and its angle."),
    function(
        "rect",
        "($module, r, phi, /)",
        rect,
        "The complex number with this distance from 0 and this angle.",
    ),
    plain(
        "isfinite",
        |vm, _, z| test(vm, z, |z| z.re.is_finite() && z.im.is_finite()),
        "Whether neither part of z is infinite or not a number.",
    ),
    plain(
        "isinf",
        |vm, _, z| test(vm, z, |z| z.re.is_infinite() || z.im.is_infinite()),
        "Whether a part of z is infinite.",
    ),
    plain(
        "isnan",
        |vm, _, z| test(vm, z, |z| z.re.is_nan() || z.im.is_nan()),
        "Whether a part of z is not a number.",
    ),
    function(
        "isclose",
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        isclose,
        "Determine whether two complex numbers are close in value.",
    ),
];

const fn plain(name: &'static str, f: OneArgFn, doc: &'static str) -> MethodSpec {
    function1(name, "($module, z, /)", f, doc)
}

fn argument(vm: &Vm, v: Value) -> PyResult<C64> {
    complex::of_number(vm, v)
}

/// Finite arguments with a result that is not are too large.
fn checked(vm: &Vm, z: C64, result: C64) -> PyResult {
    let finite = |z: C64| z.re.is_finite() && z.im.is_finite();
    if finite(z) && !finite(result) {
        return Err(range_error(vm));
    }
    complex::from_c64(vm, result)
}

fn call(f: extern "C" fn(c::Complex) -> c::Complex, z: C64) -> C64 {
    let r = f(c::Complex { re: z.re, im: z.im });
    C64::new(r.re, r.im)
}

/// A function that has no value where `is_pole` says so.
fn apply(
    vm: &Vm,
    z: Value,
    f: extern "C" fn(c::Complex) -> c::Complex,
    is_pole: fn(C64) -> bool,
) -> PyResult {
    let z = argument(vm, z)?;
    if is_pole(z) {
        return Err(domain_error(vm));
    }
    checked(vm, z, call(f, z))
}

fn test(vm: &Vm, z: Value, f: fn(C64) -> bool) -> PyResult {
    Ok(Owned::bool(f(argument(vm, z)?)))
}

fn logarithm(vm: &Vm, z: Value) -> PyResult<C64> {
    let z = argument(vm, z)?;
    if z.re == 0.0 && z.im == 0.0 {
        return Err(domain_error(vm));
    }
    Ok(call(c::clog, z))
}

fn log(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let top = logarithm(vm, args[0])?;
    let Some(base) = native::passed(args[1]) else { return complex::from_c64(vm, top) };
    let base = logarithm(vm, base)?;
    match top.quotient(base) {
        Ok(q) => complex::from_c64(vm, q),
        Err(_) => Err(domain_error(vm)),
    }
}

fn log10(vm: &Vm, _: Value, z: Value) -> PyResult {
    let l = logarithm(vm, z)?;
    complex::new(vm, l.re / std::f64::consts::LN_10, l.im / std::f64::consts::LN_10)
}

fn phase(vm: &Vm, _: Value, z: Value) -> PyResult {
    let z = argument(vm, z)?;
    float::new(vm, c::atan2(z.im, z.re))
}

fn polar(vm: &Vm, _: Value, z: Value) -> PyResult {
    let z = argument(vm, z)?;
    let r = c::hypot(z.re, z.im);
    if r.is_infinite() && z.re.is_finite() && z.im.is_finite() {
        return Err(range_error(vm));
    }
    tuple::pair(vm, float::new(vm, r)?, float::new(vm, c::atan2(z.im, z.re))?)
}

fn rect(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (r, phi) = (protocol::number::to_float(vm, args[0])?, protocol::number::to_float(vm, args[1])?);
    if phi.is_infinite() && r != 0.0 && !r.is_nan() {
        return Err(domain_error(vm));
    }
    if !r.is_finite() || !phi.is_finite() {
        let (re, im) = special_rect(r, phi);
        return complex::new(vm, re, im);
    }
    if phi == 0.0 {
        // The sign of a zero angle survives.
        return complex::new(vm, r, r * phi);
    }
    let (mut sine, mut cosine) = (0.0, 0.0);
    c::sincos(phi, &mut sine, &mut cosine);
    complex::new(vm, r * cosine, r * sine)
}

/// [`rect`] where a coordinate is infinite or NaN.
fn special_rect(r: f64, phi: f64) -> (f64, f64) {
    if r.is_infinite() && phi.is_finite() {
        if phi == 0.0 {
            return (r, if r > 0.0 { phi } else { -phi });
        }
        let (mut sine, mut cosine) = (0.0, 0.0);
        c::sincos(phi, &mut sine, &mut cosine);
        return (r.abs().copysign(cosine * r.signum()), r.abs().copysign(sine * r.signum()));
    }
    match (r == 0.0, r.is_infinite()) {
        (true, _) => (r.abs(), 0.0),
        (_, true) => (f64::INFINITY, f64::NAN),
        // NaN times an angle of zero has a real part only.
        _ if phi == 0.0 => (f64::NAN, 0.0),
        _ => (f64::NAN, f64::NAN),
    }
}

fn isclose(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (a, b) = (argument(vm, args[0])?, argument(vm, args[1])?);
    let tolerance =
        |v: Value, default: f64| native::passed(v).map_or(Ok(default), |v| protocol::number::to_float(vm, v));
    let (rel_tol, abs_tol) = (tolerance(args[2], 1e-9)?, tolerance(args[3], 0.0)?);
    if rel_tol < 0.0 || abs_tol < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Owned::bool(true));
    }
    if [a.re, a.im, b.re, b.im].iter().any(|x| x.is_infinite()) {
        return Ok(Owned::bool(false));
    }
    let difference = C64::new(a.re - b.re, a.im - b.im).abs();
    Ok(Owned::bool(
        difference <= rel_tol * b.abs() || difference <= rel_tol * a.abs() || difference <= abs_tol,
    ))
}
