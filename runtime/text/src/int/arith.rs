//! Division, powers, shifts, roots and rounding.

use dashu_int::fast_div::ConstDivisor;
use dashu_int::monty::MontgomeryRepr;
use dashu_int::ops::{BitTest, DivRem, Gcd, SquareRoot};
use dashu_int::{IBig, Sign, UBig};

use super::MAX_BITS;
use super::convert::bit_length;
use crate::error::{Error, ErrorKind, Result};
use crate::float::compose;

/// `divmod(a, b)`: the quotient is rounded down, so the remainder has the sign of `b`.
pub fn divmod(a: &IBig, b: &IBig) -> Result<(IBig, IBig)> {
    if b.is_zero() {
        return Err(Error::DIVISION_BY_ZERO);
    }
    let (quotient, remainder) = a.div_rem(b);
    if !remainder.is_zero() && remainder.sign() != b.sign() {
        return Ok((quotient - IBig::ONE, remainder + b));
    }
    Ok((quotient, remainder))
}

/// `a // b`.
pub fn floor_div(a: &IBig, b: &IBig) -> Result<IBig> {
    divmod(a, b).map(|(quotient, _)| quotient)
}

/// `a % b`.
pub fn floor_mod(a: &IBig, b: &IBig) -> Result<IBig> {
    if b.is_zero() {
        return Err(Error::DIVISION_BY_ZERO);
    }
    let remainder = a % b;
    Ok(if !remainder.is_zero() && remainder.sign() != b.sign() { remainder + b } else { remainder })
}

/// `a / b`: the double nearest to the exact quotient, ties to even.
pub fn true_div(a: &IBig, b: &IBig) -> Result<f64> {
    if b.is_zero() {
        return Err(Error::DIVISION_BY_ZERO);
    }
    let negative = (a.sign() == Sign::Negative) != (b.sign() == Sign::Negative);
    let magnitude = true_div_magnitude(a, b)?;
    Ok(if negative { -magnitude } else { magnitude })
}

fn true_div_magnitude(a: &IBig, b: &IBig) -> Result<f64> {
    const TOO_LARGE: Error =
        Error::fixed(ErrorKind::OverflowError, "integer division result too large for a float");
    let (a_bits, b_bits) = (bit_length(a), bit_length(b));
    if a_bits <= 53 && b_bits <= 53 {
        // Both are doubles, and the hardware's division is correctly rounded.
        let exact = |n: &IBig| i64::try_from(n).unwrap_or(0).unsigned_abs() as f64;
        return Ok(exact(a) / exact(b));
    }
    let difference = a_bits as i64 - b_bits as i64;
    if a.is_zero() || difference < -1080 {
        return Ok(0.0);
    }
    if difference > 1025 {
        return Err(TOO_LARGE);
    }
    // Shift so that the integer quotient has 63 or 64 bits; what is lost is only "non-zero or not".
    let shift = 63 - difference;
    let (a, b) = (magnitude(a), magnitude(b));
    let (quotient, remainder) = if shift >= 0 {
        (a << shift as usize).div_rem(b)
    } else {
        a.div_rem(b << shift.unsigned_abs() as usize)
    };
    let quotient = u64::try_from(quotient).expect("the shift leaves at most 64 bits");
    let value = compose(quotient, -shift as i32, !remainder.is_zero());
    if value.is_infinite() { Err(TOO_LARGE) } else { Ok(value) }
}

pub(super) fn magnitude(n: &IBig) -> UBig {
    n.clone().into_parts().1
}

/// `a ** b` for `b >= 0`. (With a negative exponent Python's result is a float.)
pub fn pow(a: &IBig, b: &IBig) -> Result<IBig> {
    if b.sign() == Sign::Negative {
        return Err(Error::value("negative exponent"));
    }
    if bit_length(a) <= 1 {
        // 0, 1 and -1 to any power.
        if b.is_zero() || *a == IBig::ONE {
            return Ok(IBig::ONE);
        }
        let odd = b.bit(0);
        return Ok(if a.is_zero() || odd { a.clone() } else { IBig::ONE });
    }
    let exponent = usize::try_from(b).map_err(|_| Error::MEMORY)?;
    if bit_length(a).saturating_sub(1).saturating_mul(exponent) > MAX_BITS {
        return Err(Error::MEMORY);
    }
    Ok(a.pow(exponent))
}

/// `pow(base, exponent, modulus)`; a negative exponent inverts the base first.
pub fn pow_mod(base: &IBig, exponent: &IBig, modulus: &IBig) -> Result<IBig> {
    if modulus.is_zero() {
        return Err(Error::fixed(ErrorKind::ValueError, "pow() 3rd argument cannot be 0"));
    }
    const NOT_INVERTIBLE: Error =
        Error::fixed(ErrorKind::ValueError, "base is not invertible for the given modulus");
    let ring = magnitude(modulus);
    let reduced = base % &ring;
    let invert = exponent.sign() == Sign::Negative;
    let power = magnitude(exponent);
    let residue = if ring == UBig::ONE {
        UBig::ZERO
    } else if ring.bit(0) && (256..=8192).contains(&ring.bit_len()) && !invert {
        // In this range Montgomery's form is the faster one (dashu's own measurement).
        let ring = MontgomeryRepr::new(ring);
        ring.reduce(reduced).pow(&power).residue()
    } else {
        let ring = ConstDivisor::new(ring);
        // Reduced by hand: dashu 0.6.2 asserts when it reduces a long number in a ring of two words.
        let mut element = ring.reduce(reduced);
        if invert {
            element = element.inv().ok_or(NOT_INVERTIBLE)?;
        }
        element.pow(&power).residue()
    };
    let residue = IBig::from(residue);
    // The result has the sign of the modulus.
    Ok(if modulus.sign() == Sign::Negative && !residue.is_zero() { residue + modulus } else { residue })
}

const NEGATIVE_SHIFT: Error = Error::fixed(ErrorKind::ValueError, "negative shift count");

/// `a << b`.
pub fn shift_left(a: &IBig, b: &IBig) -> Result<IBig> {
    if b.sign() == Sign::Negative && !b.is_zero() {
        return Err(NEGATIVE_SHIFT);
    }
    if a.is_zero() {
        return Ok(IBig::ZERO);
    }
    // CPython's limit is on the number of its 30-bit digits; below it only memory limits.
    const TOO_MANY: Error = Error::fixed(ErrorKind::OverflowError, "too many digits in integer");
    let count = usize::try_from(b).map_err(|_| TOO_MANY)?;
    if count.div_ceil(30).saturating_add(bit_length(a).div_ceil(30)) > isize::MAX as usize / 30 {
        return Err(TOO_MANY);
    }
    if count.saturating_add(bit_length(a)) > MAX_BITS {
        return Err(Error::MEMORY);
    }
    Ok(a << count)
}

/// `a >> b`: rounds down, so what is negative ends at -1.
pub fn shift_right(a: &IBig, b: &IBig) -> Result<IBig> {
    if b.sign() == Sign::Negative && !b.is_zero() {
        return Err(NEGATIVE_SHIFT);
    }
    match usize::try_from(b) {
        Ok(count) if count < bit_length(a) => Ok(a >> count),
        _ => Ok(if a.sign() == Sign::Negative { IBig::NEG_ONE } else { IBig::ZERO }),
    }
}

/// `math.gcd(a, b)`.
pub fn gcd(a: &IBig, b: &IBig) -> IBig {
    if a.is_zero() && b.is_zero() {
        // The library leaves this case undefined.
        return IBig::ZERO;
    }
    magnitude(a).gcd(magnitude(b)).into()
}

/// `math.lcm(a, b)`.
pub fn lcm(a: &IBig, b: &IBig) -> IBig {
    if a.is_zero() || b.is_zero() {
        return IBig::ZERO;
    }
    let divisor = magnitude(a).gcd(magnitude(b));
    (magnitude(a) / divisor * magnitude(b)).into()
}

/// `math.isqrt(n)`.
pub fn isqrt(n: &IBig) -> Result<IBig> {
    if n.sign() == Sign::Negative {
        return Err(Error::fixed(ErrorKind::ValueError, "isqrt() argument must be nonnegative"));
    }
    Ok(magnitude(n).sqrt().into())
}

/// `round(n, ndigits)`: to a multiple of `10**-ndigits`, ties to even.
pub fn round(n: &IBig, ndigits: &IBig) -> Result<IBig> {
    if ndigits.sign() == Sign::Positive {
        return Ok(n.clone());
    }
    // Once ten to the places exceeds twice the number, the result is zero.
    let places = magnitude(ndigits);
    let places = match usize::try_from(&places) {
        Ok(places) if places <= bit_length(n) / 3 + 2 => places,
        _ => return Ok(IBig::ZERO),
    };
    let unit = UBig::from(10u8).pow(places);
    let (sign, magnitude) = n.clone().into_parts();
    let (mut quotient, remainder) = magnitude.div_rem(&unit);
    let twice = remainder << 1usize;
    if twice > unit || twice == unit && quotient.bit(0) {
        quotient += UBig::ONE;
    }
    Ok(IBig::from_parts(sign, quotient * unit))
}
