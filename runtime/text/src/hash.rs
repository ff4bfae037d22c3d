//! `hash()` of numbers: the residue modulo the prime 2^61 - 1.
//!
//! A rational `p / q` hashes to `p * q^-1` in that field, so equal numbers of different types hash
//! equally: `hash(0.5) == hash(Fraction(1, 2))`. Negative numbers negate the result, and -1, the error
//! value of `tp_hash`, becomes -2.
//!
//! Source: "Hashing of numeric types" in the documentation of Python's standard types.

use dashu_int::{IBig, Sign};

use crate::float::decompose;

const BITS: u32 = 61;
const MODULUS: u64 = (1 << BITS) - 1;
const INFINITY: i64 = 314159;
const IMAGINARY: i64 = 1000003;

fn signed(residue: u64, negative: bool) -> i64 {
    let hash = if negative { -(residue as i64) } else { residue as i64 };
    if hash == -1 { -2 } else { hash }
}

/// `hash(n)` of a machine-word int.
pub fn hash_i64(n: i64) -> i64 {
    signed(n.unsigned_abs() % MODULUS, n < 0)
}

/// `hash(n)`.
pub fn hash_int(n: &IBig) -> i64 {
    let (sign, words) = n.as_sign_words();
    let residue = words.iter().rev().fold(0u64, |residue, word| {
        ((u128::from(residue) << 64 | u128::from(*word)) % u128::from(MODULUS)) as u64
    });
    signed(residue, sign == Sign::Negative)
}

/// `hash(value)`; `None` for NaN, whose hash is that of the object's identity.
pub fn hash_f64(value: f64) -> Option<i64> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { INFINITY } else { -INFINITY });
    }
    let (mantissa, exponent) = decompose(value);
    // 2 has order 61, and multiplying by a power of it rotates the 61 bits.
    let rotation = exponent.rem_euclid(BITS as i32) as u32;
    let residue =
        (mantissa << rotation & MODULUS) | if rotation == 0 { 0 } else { mantissa >> (BITS - rotation) };
    Some(signed(residue % MODULUS, value < 0.0))
}

/// `hash(complex)`; `None` if a part is NaN (see [`hash_f64`]; combine with [`combine_complex`]).
pub fn hash_complex(real: f64, imag: f64) -> Option<i64> {
    Some(combine_complex(hash_f64(real)?, hash_f64(imag)?))
}

/// The hash of a complex number from those of its parts.
pub fn combine_complex(real: i64, imag: i64) -> i64 {
    match real.wrapping_add(imag.wrapping_mul(IMAGINARY)) {
        -1 => -2,
        hash => hash,
    }
}
