//! Functions of a double's representation.

use taipan_layout::Value;
use taipan_text::float as algorithms;

use super::{range_error, real, truth};
use crate::objects::{float, int, tuple};
use crate::owned::PyResult;
use crate::protocol;
use crate::vm::Vm;

pub(super) mod c {
    #![allow(unsafe_code, reason = "libm's functions")]
    // SAFETY: functions of C's standard library without preconditions.
    unsafe extern "C" {
        pub safe fn ldexp(x: f64, exponent: libc::c_int) -> f64;
        pub safe fn nextafter(x: f64, y: f64) -> f64;
    }
}

pub fn isfinite(vm: &Vm, _: Value, x: Value) -> PyResult {
    truth(real(vm, x)?.is_finite())
}

pub fn isinf(vm: &Vm, _: Value, x: Value) -> PyResult {
    truth(real(vm, x)?.is_infinite())
}

pub fn isnan(vm: &Vm, _: Value, x: Value) -> PyResult {
    truth(real(vm, x)?.is_nan())
}

pub fn frexp(vm: &Vm, _: Value, x: Value) -> PyResult {
    let (mantissa, exponent) = algorithms::frexp(real(vm, x)?);
    let mantissa = float::new(vm, mantissa)?;
    tuple::from_slice(vm, &[*mantissa, Value::fixnum(exponent.into())])
}

pub fn modf(vm: &Vm, _: Value, x: Value) -> PyResult {
    let x = real(vm, x)?;
    let whole = x.trunc();
    let fraction = if x.is_infinite() { 0.0f64.copysign(x) } else { (x - whole).copysign(x) };
    let (fraction, whole) = (float::new(vm, fraction)?, float::new(vm, whole)?);
    tuple::from_slice(vm, &[*fraction, *whole])
}

pub fn ldexp(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let x = real(vm, args[0])?;
    let Some(i) = int::exact_value(vm, args[1]) else {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    };
    if x == 0.0 || !x.is_finite() {
        return float::new(vm, x);
    }
    let exponent = match int::as_i64(i) {
        Some(i) => i,
        None if int::view(i).is_negative() => i64::MIN,
        None => i64::MAX,
    };
    // No double is changed into another finite one by more than this.
    let r = c::ldexp(x, exponent.clamp(-5000, 5000) as libc::c_int);
    if r.is_infinite() {
        return Err(range_error(vm));
    }
    float::new(vm, r)
}

const SIGN: u64 = 1 << 63;

/// The double `steps` representable numbers from `x` on the way to `y`, no further than `y`.
fn advance(x: f64, y: f64, steps: u64) -> f64 {
    if steps == 0 || x.is_nan() {
        return x;
    }
    if y.is_nan() {
        return y;
    }
    if x == y {
        return y;
    }
    // Magnitudes count the steps from zero; the two zeros are one step of none.
    let (bits, target) = (x.to_bits(), y.to_bits());
    let (from, to) = (bits & !SIGN, target & !SIGN);
    if (bits ^ target) & SIGN != 0 {
        if from + to <= steps {
            y
        } else if from < steps {
            f64::from_bits(target & SIGN | (steps - from))
        } else {
            f64::from_bits(bits - steps)
        }
    } else if from > to {
        if from - to >= steps { f64::from_bits(bits - steps) } else { y }
    } else if to - from >= steps {
        f64::from_bits(bits + steps)
    } else {
        y
    }
}

pub fn nextafter(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (x, y) = (real(vm, args[0])?, real(vm, args[1])?);
    let steps = args[2];
    if steps.is_null() || steps.is_none() {
        return float::new(vm, c::nextafter(x, y));
    }
    let steps = protocol::number::index(vm, steps)?;
    if int::view(*steps).is_negative() {
        return Err(vm.value_error("steps must be a non-negative integer"));
    }
    let steps = int::to_big(*steps).and_then(|i| u64::try_from(&i).ok()).unwrap_or(u64::MAX);
    float::new(vm, advance(x, y, steps))
}

pub fn ulp(vm: &Vm, _: Value, x: Value) -> PyResult {
    let x = real(vm, x)?.abs();
    if !x.is_finite() {
        return float::new(vm, x);
    }
    let above = x.next_up();
    float::new(vm, if above.is_infinite() { x - x.next_down() } else { above - x })
}

#[cfg(test)]
mod tests {
    use super::advance;

    #[test]
    fn steps_cross_zero() {
        let tiny = f64::from_bits(1);
        assert_eq!(advance(-tiny, tiny, 2), tiny);
        assert_eq!(advance(-tiny, tiny, 1).to_bits(), (-0.0f64).to_bits());
        assert_eq!(advance(-1.0, 1.0, 1 << 62), 2.2250738585072014e-308);
        assert_eq!(advance(1.0, 2.0, 5), 1.000000000000001);
        assert_eq!(advance(1.0, 2.0, u64::MAX), 2.0);
    }
}
