//! Arithmetic where Python differs from IEEE and C: floor division, powers, rounding, conversion.

use dashu_int::{IBig, UBig};

use crate::error::{Error, ErrorKind, Result};

/// `|value| = mantissa * 2^exponent` for a finite double, `mantissa` below 2^53.
pub(crate) fn decompose(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match (bits >> 52 & 0x7FF) as i32 {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased - 1075),
    }
}

/// The double nearest to `(mantissa + s) * 2^exponent`, ties to even, where `0 <= s < 1` is non-zero
/// if `sticky`. Infinite on overflow. With `sticky`, `mantissa` must have 55 bits at least.
pub(crate) fn compose(mantissa: u64, exponent: i32, sticky: bool) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let top = i64::from(64 - mantissa.leading_zeros()) + i64::from(exponent);
    if top > 1024 {
        return f64::INFINITY;
    }
    // How many bits must go: down to 53, or to the unit of the subnormals.
    let drop = (top - 53).max(-1074) - i64::from(exponent);
    if drop <= 0 {
        // Exact: the mantissa has room. Both factors below are powers of two or exact products.
        return scale(mantissa, exponent);
    }
    if drop > 64 {
        return 0.0;
    }
    let wide = u128::from(mantissa);
    let (kept, lost) = ((wide >> drop) as u64, wide & ((1 << drop) - 1));
    let half = 1u128 << (drop - 1);
    let up = lost > half || lost == half && (sticky || kept & 1 == 1);
    scale(kept + u64::from(up), (i64::from(exponent) + drop) as i32)
}

/// `mantissa * 2^exponent`, exact if it is representable (mantissa up to 2^53), infinite if too large.
fn scale(mantissa: u64, exponent: i32) -> f64 {
    // Normalise so that the top bit is 2^52 where the exponent allows it, then build the bits.
    let shift = (53 - (64 - mantissa.leading_zeros() as i32)).min(exponent + 1074);
    let (mantissa, exponent) = match shift {
        0.. => (mantissa << shift, exponent - shift),
        // Only for 2^53 itself, whose low bit is zero.
        _ => (mantissa >> -shift, exponent - shift),
    };
    if mantissa >> 52 == 0 {
        return f64::from_bits(mantissa);
    }
    let biased = exponent + 1075;
    if biased >= 0x7FF {
        return f64::INFINITY;
    }
    f64::from_bits((biased as u64) << 52 | mantissa & ((1 << 52) - 1))
}

/// `math.frexp`: `value = m * 2^e` with `0.5 <= |m| < 1`; zero, infinities and NaN have exponent 0.
pub fn frexp(value: f64) -> (f64, i32) {
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    let (mantissa, exponent) = decompose(value);
    let bits = 64 - mantissa.leading_zeros() as i32;
    (scale(mantissa, -bits).copysign(value), exponent + bits)
}

/// `a // b`.
pub fn floor_div(a: f64, b: f64) -> Result<f64> {
    divmod(a, b).map(|(quotient, _)| quotient)
}

/// `a % b`: the sign is that of the divisor.
pub fn floor_mod(a: f64, b: f64) -> Result<f64> {
    if b == 0.0 {
        return Err(Error::DIVISION_BY_ZERO);
    }
    let remainder = a % b;
    if remainder == 0.0 {
        return Ok(0.0f64.copysign(b));
    }
    Ok(if (b < 0.0) != (remainder < 0.0) { remainder + b } else { remainder })
}

/// `divmod(a, b)`.
pub fn divmod(a: f64, b: f64) -> Result<(f64, f64)> {
    if b == 0.0 {
        return Err(Error::DIVISION_BY_ZERO);
    }
    let mut remainder = a % b;
    // `a - remainder` is very nearly a multiple of b, so the quotient is nearly an integer.
    let mut quotient = (a - remainder) / b;
    if remainder == 0.0 {
        remainder = 0.0f64.copysign(b);
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return Ok((0.0f64.copysign(a / b), remainder));
    }
    let floor = quotient.floor();
    Ok((if quotient - floor > 0.5 { floor + 1.0 } else { floor }, remainder))
}

/// The result of `a ** b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Power {
    Real(f64),
    /// A negative base and a fractional exponent: the power is to be taken in the complex numbers.
    Complex,
}

/// `a ** b`.
pub fn power(a: f64, b: f64) -> Result<Power> {
    let odd = || b.abs() % 2.0 == 1.0;
    let real = |value| Ok(Power::Real(value));
    if a > 0.0 && a.is_finite() && b.is_finite() {
        let value = a.powf(b);
        return if value.is_infinite() { Err(Error::RANGE) } else { real(value) };
    }
    // The special cases come first: C libraries do not agree on them and on errno.
    if b == 0.0 || a == 1.0 {
        return real(1.0);
    }
    if a.is_nan() || b.is_nan() {
        return real(f64::NAN.copysign(if a.is_nan() { a } else { b }));
    }
    if b.is_infinite() {
        return real(match a.abs() {
            1.0 => 1.0,
            base if (b > 0.0) == (base > 1.0) => f64::INFINITY,
            _ => 0.0,
        });
    }
    if a.is_infinite() {
        let magnitude = if b > 0.0 { f64::INFINITY } else { 0.0 };
        return real(if odd() { magnitude.copysign(a) } else { magnitude });
    }
    if a == 0.0 {
        if b < 0.0 {
            return Err(Error::fixed(ErrorKind::ZeroDivisionError, "zero to a negative power"));
        }
        return real(if odd() { a } else { 0.0 });
    }
    if a < 0.0 && b != b.floor() {
        return Ok(Power::Complex);
    }
    if a == -1.0 {
        return real(if odd() { -1.0 } else { 1.0 });
    }
    let value = a.abs().powf(b);
    if value.is_infinite() {
        return Err(Error::RANGE);
    }
    real(if a < 0.0 && odd() { -value } else { value })
}

/// `value.is_integer()`.
pub fn is_integer(value: f64) -> bool {
    value.is_finite() && value == value.trunc()
}

/// `int(value)`: truncates; exact.
pub fn trunc_to_int(value: f64) -> Result<IBig> {
    if value.is_nan() {
        return Err(Error::fixed(ErrorKind::ValueError, "cannot convert float NaN to integer"));
    }
    if value.is_infinite() {
        return Err(Error::fixed(ErrorKind::OverflowError, "cannot convert float infinity to integer"));
    }
    let truncated = value.trunc();
    // The bounds are exact doubles; the upper one is just outside of an i64.
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&truncated) {
        return Ok(IBig::from(truncated as i64));
    }
    let (mantissa, exponent) = decompose(value);
    let magnitude = IBig::from(UBig::from(mantissa) << exponent as usize);
    Ok(if value < 0.0 { -magnitude } else { magnitude })
}

/// `round(value)`: to the nearest int, ties to even.
pub fn round_to_int(value: f64) -> Result<IBig> {
    trunc_to_int(value.round_ties_even())
}

/// `value.as_integer_ratio()`: numerator and positive denominator in lowest terms.
pub fn as_integer_ratio(value: f64) -> Result<(IBig, IBig)> {
    if value.is_nan() {
        return Err(Error::fixed(ErrorKind::ValueError, "cannot convert NaN to integer ratio"));
    }
    if value.is_infinite() {
        return Err(Error::fixed(ErrorKind::OverflowError, "cannot convert Infinity to integer ratio"));
    }
    if value == 0.0 {
        return Ok((IBig::ZERO, IBig::ONE));
    }
    let (mantissa, exponent) = decompose(value);
    let twos = mantissa.trailing_zeros() as i32;
    let (mantissa, exponent) = (UBig::from(mantissa >> twos), exponent + twos);
    let (numerator, denominator) = if exponent >= 0 {
        (mantissa << exponent as usize, UBig::ONE)
    } else {
        (mantissa, UBig::ONE << exponent.unsigned_abs() as usize)
    };
    let numerator = IBig::from(numerator);
    Ok((if value < 0.0 { -numerator } else { numerator }, denominator.into()))
}

/// The powers of ten that are doubles.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// `round(value, ndigits)`: the double nearest to the decimal nearest to `value`, ties (of the exact
/// binary value) to even.
pub fn round(value: f64, ndigits: i64) -> Result<f64> {
    // Beyond these limits every double is already round, or rounds to zero.
    if !value.is_finite() || value == 0.0 || ndigits > 323 {
        return Ok(value);
    }
    if ndigits < -308 {
        return Ok(0.0f64.copysign(value));
    }
    if let Some(rounded) = round_fast(value, ndigits) {
        return Ok(rounded);
    }
    let magnitude = value.abs();
    let rounded = if ndigits >= 0 {
        let digits = ndigits as usize;
        format!("{magnitude:.digits$}").parse().unwrap_or(magnitude)
    } else {
        round_left_of_point(magnitude, -ndigits as usize)
    };
    if rounded.is_infinite() {
        return Err(Error::fixed(ErrorKind::OverflowError, "rounded value too large to represent"));
    }
    Ok(rounded.copysign(value))
}

/// Few digits of a moderate number: the scaled value fits into a double with a known error, and its
/// integer divided by an exact power of ten is correctly rounded.
fn round_fast(value: f64, ndigits: i64) -> Option<f64> {
    let power = *EXACT_POWERS.get(usize::try_from(ndigits).ok()?)?;
    let scaled = value * power;
    if scaled.abs() >= 4_503_599_627_370_496.0 || scaled.abs() < 1e-200 {
        return None;
    }
    let error = value.mul_add(power, -scaled);
    let mut integer = scaled.round_ties_even();
    // The error is at most half a unit of `scaled`, so it matters only for an apparent tie.
    let distance = scaled - integer;
    if distance.abs() == 0.5 && error != 0.0 {
        if (distance > 0.0) && (error > 0.0) {
            integer += 1.0;
        } else if (distance < 0.0) && (error < 0.0) {
            integer -= 1.0;
        }
    }
    Some((integer / power).copysign(value))
}

/// Rounds to a multiple of `10^places`.
fn round_left_of_point(magnitude: f64, places: usize) -> f64 {
    let (mantissa, exponent) = decompose(magnitude);
    let unit = UBig::from(10u8).pow(places);
    let (numerator, denominator) = if exponent >= 0 {
        (UBig::from(mantissa) << exponent as usize, unit.clone())
    } else {
        (UBig::from(mantissa), unit.clone() << exponent.unsigned_abs() as usize)
    };
    let (quotient, remainder) = (&numerator / &denominator, &numerator % &denominator);
    let twice = remainder << 1usize;
    let odd = (&quotient & UBig::ONE) == UBig::ONE;
    let rounded =
        if twice > denominator || twice == denominator && odd { quotient + UBig::ONE } else { quotient };
    crate::int::to_f64(&IBig::from(rounded * unit)).unwrap_or(f64::INFINITY)
}
