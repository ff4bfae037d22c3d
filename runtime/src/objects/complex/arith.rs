//! Arithmetic of complex numbers: C11's rules for infinities and NaN (Annex G), and C11's mixed forms, in which a real
//! operand has no imaginary part at all rather than a zero, so that signs of zeros survive.

use std::ops::{Add, Mul, Neg, Sub};

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct C64 {
    pub re: f64,
    pub im: f64,
}

/// Why a power or quotient has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Division by zero, zero to a negative or complex power, or a power that turns infinitely often.
    Domain,
    Overflow,
}

/// 1 for an infinity and 0 for all else, with the sign of `x`.
fn boxed(x: f64) -> f64 {
    f64::from(u8::from(x.is_infinite())).copysign(x)
}

fn nan_to_zero(x: f64) -> f64 {
    if x.is_nan() { 0.0f64.copysign(x) } else { x }
}

impl C64 {
    pub const ONE: C64 = C64 { re: 1.0, im: 0.0 };

    pub const fn new(re: f64, im: f64) -> C64 {
        C64 { re, im }
    }
    pub const fn real(re: f64) -> C64 {
        C64 { re, im: 0.0 }
    }
    fn is_infinite(self) -> bool {
        self.re.is_infinite() || self.im.is_infinite()
    }
    fn is_finite(self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }
    /// The infinity that the number is, as a point of the unit square.
    fn boxed(self) -> C64 {
        C64::new(boxed(self.re), boxed(self.im))
    }
    fn without_nan(self) -> C64 {
        C64::new(nan_to_zero(self.re), nan_to_zero(self.im))
    }
    pub fn scale(self, factor: f64) -> C64 {
        C64::new(self.re * factor, self.im * factor)
    }

    /// By Smith's method: the larger part of the divisor scales the other, so that nothing overflows on the way.
    pub fn quotient(self, other: C64) -> Result<C64, Failure> {
        let quotient = if other.re.abs() >= other.im.abs() {
            if other.re == 0.0 {
                return Err(Failure::Domain);
            }
            let ratio = other.im / other.re;
            let denominator = other.re + other.im * ratio;
            C64::new((self.re + self.im * ratio) / denominator, (self.im - self.re * ratio) / denominator)
        } else if other.im.abs() >= other.re.abs() {
            let ratio = other.re / other.im;
            let denominator = other.re * ratio + other.im;
            C64::new((self.re * ratio + self.im) / denominator, (self.im * ratio - self.re) / denominator)
        } else {
            // A part of the divisor is NaN.
            C64::new(f64::NAN, f64::NAN)
        };
        if !quotient.re.is_nan() || !quotient.im.is_nan() {
            return Ok(quotient);
        }
        if self.is_infinite() && other.is_finite() {
            let a = self.boxed();
            return Ok(C64::new(
                f64::INFINITY * (a.re * other.re + a.im * other.im),
                f64::INFINITY * (a.im * other.re - a.re * other.im),
            ));
        }
        if other.is_infinite() && self.is_finite() {
            let b = other.boxed();
            return Ok(C64::new(
                0.0 * (self.re * b.re + self.im * b.im),
                0.0 * (self.im * b.re - self.re * b.im),
            ));
        }
        Ok(quotient)
    }

    /// `real / other`.
    pub fn real_quotient(real: f64, other: C64) -> Result<C64, Failure> {
        let quotient = if other.re.abs() >= other.im.abs() {
            if other.re == 0.0 {
                return Err(Failure::Domain);
            }
            let ratio = other.im / other.re;
            let denominator = other.re + other.im * ratio;
            C64::new(real / denominator, (-real * ratio) / denominator)
        } else if other.im.abs() >= other.re.abs() {
            let ratio = other.re / other.im;
            let denominator = other.re * ratio + other.im;
            C64::new((real * ratio) / denominator, -real / denominator)
        } else {
            C64::new(f64::NAN, f64::NAN)
        };
        if quotient.re.is_nan() && quotient.im.is_nan() && other.is_infinite() && real.is_finite() {
            let b = other.boxed();
            return Ok(C64::new(0.0 * (real * b.re), 0.0 * (-real * b.im)));
        }
        Ok(quotient)
    }

    /// The absolute value; infinite when it is too large.
    pub fn abs(self) -> f64 {
        self.re.hypot(self.im)
    }

    /// `self ** exponent`; small whole exponents by multiplication, which is more exact.
    pub fn pow(self, exponent: C64) -> Result<C64, Failure> {
        let whole = exponent.im == 0.0 && exponent.re == exponent.re.floor() && exponent.re.abs() <= 100.0;
        let power = if whole { self.pow_whole(exponent.re as i32)? } else { self.pow_polar(exponent)? };
        if power.is_infinite() { Err(Failure::Overflow) } else { Ok(power) }
    }

    fn pow_whole(self, exponent: i32) -> Result<C64, Failure> {
        let mut rest = exponent.unsigned_abs();
        let (mut result, mut square) = (C64::ONE, self);
        while rest != 0 {
            if rest & 1 != 0 {
                result = result * square;
            }
            rest >>= 1;
            square = square * square;
        }
        if exponent < 0 { C64::ONE.quotient(result) } else { Ok(result) }
    }

    fn pow_polar(self, exponent: C64) -> Result<C64, Failure> {
        if exponent.re == 0.0 && exponent.im == 0.0 {
            return Ok(C64::ONE);
        }
        if self.re == 0.0 && self.im == 0.0 {
            if exponent.im != 0.0 || exponent.re < 0.0 {
                return Err(Failure::Domain);
            }
            return Ok(C64::real(0.0));
        }
        let (modulus, angle) = (self.abs(), self.im.atan2(self.re));
        let mut length = modulus.powf(exponent.re);
        let mut phase = angle * exponent.re;
        if exponent.im != 0.0 {
            length *= (-angle * exponent.im).exp();
            phase += exponent.im * modulus.ln();
        }
        if phase.is_infinite() {
            // C's cosine calls this a domain error, and so does CPython, in the same words as for zero.
            return Err(Failure::Domain);
        }
        Ok(C64::new(length * phase.cos(), length * phase.sin()))
    }
}

impl Add for C64 {
    type Output = C64;
    fn add(self, other: C64) -> C64 {
        C64::new(self.re + other.re, self.im + other.im)
    }
}

impl Sub for C64 {
    type Output = C64;
    fn sub(self, other: C64) -> C64 {
        C64::new(self.re - other.re, self.im - other.im)
    }
}

impl Neg for C64 {
    type Output = C64;
    fn neg(self) -> C64 {
        C64::new(-self.re, -self.im)
    }
}

impl Mul for C64 {
    type Output = C64;
    fn mul(self, other: C64) -> C64 {
        let parts = |a: C64, b: C64| [a.re * b.re, a.im * b.im, a.re * b.im, a.im * b.re];
        let [ac, bd, ad, bc] = parts(self, other);
        let plain = C64::new(ac - bd, ad + bc);
        if !plain.re.is_nan() || !plain.im.is_nan() {
            return plain;
        }
        // NaN in both parts: an infinite factor still makes the product infinite.
        let (mut a, mut b) = (self, other);
        let mut recover = false;
        if a.is_infinite() {
            a = a.boxed();
            b = b.without_nan();
            recover = true;
        }
        if b.is_infinite() {
            b = b.boxed();
            a = a.without_nan();
            recover = true;
        }
        if !recover && [ac, bd, ad, bc].iter().any(|p| p.is_infinite()) {
            a = a.without_nan();
            b = b.without_nan();
            recover = true;
        }
        if !recover {
            return plain;
        }
        let [ac, bd, ad, bc] = parts(a, b);
        C64::new(f64::INFINITY * (ac - bd), f64::INFINITY * (ad + bc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinite_factors_make_infinite_products() {
        let product = C64::new(f64::INFINITY, f64::NAN) * C64::new(1.0, 1.0);
        assert!(product.is_infinite());
    }

    #[test]
    fn quotients_scale() {
        assert_eq!(C64::new(1.0, 2.0).quotient(C64::new(3.0, 4.0)), Ok(C64::new(0.44, 0.08)));
        assert_eq!(C64::ONE.quotient(C64::real(0.0)), Err(Failure::Domain));
        let huge = C64::new(1e307, 1e307);
        assert_eq!(huge.quotient(huge), Ok(C64::ONE));
    }

    #[test]
    fn whole_powers_multiply() {
        assert_eq!(C64::new(1.0, 1.0).pow(C64::real(2.0)), Ok(C64::new(0.0, 2.0)));
        assert_eq!(C64::new(0.0, 0.0).pow(C64::real(-1.0)), Err(Failure::Domain));
        assert_eq!(C64::new(1e200, 1.0).pow(C64::real(2.0)), Err(Failure::Overflow));
    }
}
