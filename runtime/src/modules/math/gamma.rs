//! `gamma` and `lgamma` by Lanczos' approximation, without objects.
//!
//! `gamma(x) = L(x) * (y / e) ** (x - 1/2) / e ** g'` with `y = x + g - 1/2`, where `L` is a rational function fitted to the
//! parameter `g`. The coefficients are those of Boost's `lanczos13m53` (g ≈ 6.0247, relative error below 1e-17).
//! Arguments below zero go through the reflection `gamma(x) * gamma(-x) = -pi / (x * sin(pi * x))`.
//!
//! Sources: C. Lanczos, "A Precision Approximation of the Gamma Function" (1964); G. Pugh's thesis (2004) for the
//! choice of parameters; Boost.Math's documentation for the rational form.

use std::f64::consts::PI;

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Pole,
    Overflow,
}

const G: f64 = 6.024680040776729583740234375;
const G_MINUS_HALF: f64 = 5.524680040776729583740234375;
const LOG_PI: f64 = 1.144729885849400174143427351353058711647;

/// Numerator and denominator of `L`, constant term first.
const TERMS: [(f64, f64); 13] = [
    (23531376880.410759688572007674451636754734846804940, 0.0),
    (42919803642.649098768957899047001988850926355848959, 39916800.0),
    (35711959237.355668049440185451547166705960488635843, 120543840.0),
    (17921034426.037209699919755754458931112671403265390, 150917976.0),
    (6039542586.3520280050642916443072979210699388420708, 105258076.0),
    (1439720407.3117216736632230727949123939715485786372, 45995730.0),
    (248874557.86205415651146038641322942321632125127801, 13339535.0),
    (31426415.585400194380614231628318205362874684987640, 2637558.0),
    (2876370.6289353724412254090516208496135991145378768, 357423.0),
    (186056.26539522349504029498971604569928220784236328, 32670.0),
    (8071.6720023658162106380029022722506138218516325024, 1925.0),
    (210.82427775157934587250973392071336271166969580291, 66.0),
    (2.5066282746310002701649081771338373386264310793408, 1.0),
];

/// `L(x)` for positive x. For large x the powers of 1/x are summed, so that nothing overflows.
fn lanczos_sum(x: f64) -> f64 {
    let step = |(num, den): (f64, f64), &(a, b): &(f64, f64)| {
        if x < 5.0 { (num * x + a, den * x + b) } else { (num / x + a, den / x + b) }
    };
    let (num, den) =
        if x < 5.0 { TERMS.iter().rev().fold((0.0, 0.0), step) } else { TERMS.iter().fold((0.0, 0.0), step) };
    num / den
}

/// `sin(pi * x)` for finite x, exact at the zeros.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let r = match (2.0 * y).round() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    1.0f64.copysign(x) * r
}

pub fn gamma(x: f64) -> Result<f64, Failure> {
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x == 0.0 || x == f64::NEG_INFINITY {
        return Err(Failure::Pole);
    }
    if x == x.floor() {
        if x < 0.0 {
            return Err(Failure::Pole);
        }
        // Up to 22! the factorials are exact doubles.
        if x <= 23.0 {
            return Ok((1..x as u32).fold(1.0, |product, i| product * f64::from(i)));
        }
    }
    let magnitude = x.abs();
    if magnitude < 1e-20 {
        return finite(1.0 / x);
    }
    if magnitude > 200.0 {
        return if x < 0.0 { Ok(0.0 / sin_pi(x)) } else { Err(Failure::Overflow) };
    }
    let y = magnitude + G_MINUS_HALF;
    // What the sum above lost to rounding, relative to its use in the power below.
    let lost = if magnitude > G_MINUS_HALF {
        (y - magnitude) - G_MINUS_HALF
    } else {
        (y - G_MINUS_HALF) - magnitude
    };
    let correction = lost * G / y;
    // The power alone may overflow where the product does not: then it is taken in two halves.
    let halves = magnitude >= 140.0;
    let power = if halves { y.powf(magnitude / 2.0 - 0.25) } else { y.powf(magnitude - 0.5) };
    let mut r;
    if x < 0.0 {
        r = -PI / sin_pi(magnitude) / magnitude * y.exp() / lanczos_sum(magnitude);
        r -= correction * r;
        r /= power;
        if halves {
            r /= power;
        }
    } else {
        r = lanczos_sum(magnitude) / y.exp();
        r += correction * r;
        r *= power;
        if halves {
            r *= power;
        }
    }
    finite(r)
}

fn finite(r: f64) -> Result<f64, Failure> {
    if r.is_infinite() { Err(Failure::Overflow) } else { Ok(r) }
}

pub fn lgamma(x: f64) -> Result<f64, Failure> {
    if x.is_nan() {
        return Ok(x);
    }
    if x.is_infinite() {
        return Ok(f64::INFINITY);
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(Failure::Pole) } else { Ok(0.0) };
    }
    let magnitude = x.abs();
    if magnitude < 1e-20 {
        return Ok(-magnitude.ln());
    }
    let mut r = lanczos_sum(magnitude).ln() - G;
    r += (magnitude - 0.5) * ((magnitude + G - 0.5).ln() - 1.0);
    if x < 0.0 {
        r = LOG_PI - sin_pi(magnitude).abs().ln() - magnitude.ln() - r;
    }
    finite(r)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::approx_constant, reason = "the last digit is CPython's, not that of ln 2")]
    fn known_values() {
        assert_eq!(gamma(0.5), Ok(1.7724538509055159));
        assert_eq!(gamma(10.0), Ok(362880.0));
        assert_eq!(gamma(170.6), Ok(9.295995953500918e+305));
        assert_eq!(gamma(-1.0), Err(Failure::Pole));
        assert_eq!(gamma(1e-320), Err(Failure::Overflow));
        assert_eq!(lgamma(3.0), Ok(0.693147180559945));
        assert_eq!(lgamma(-100.5), Ok(-364.90096830942736));
        assert_eq!(lgamma(1e306), Err(Failure::Overflow));
    }
}
