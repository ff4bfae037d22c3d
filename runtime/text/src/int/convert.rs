//! Conversions to and from doubles and bytes, and comparison with doubles.

use std::cmp::Ordering;

use dashu_int::{IBig, Sign, UBig};

use super::arith::magnitude;
use crate::error::{Error, ErrorKind, Result};
use crate::float::{compose, trunc_to_int};

/// `n.bit_length()`.
pub fn bit_length(n: &IBig) -> usize {
    let words = n.as_sign_words().1;
    match words.last() {
        None => 0,
        Some(top) => words.len() * 64 - top.leading_zeros() as usize,
    }
}

/// `n.bit_count()`: the one bits of the absolute value.
pub fn bit_count(n: &IBig) -> usize {
    n.as_sign_words().1.iter().map(|word| word.count_ones() as usize).sum()
}

/// `float(n)`: the nearest double, ties to even.
pub fn to_f64(n: &IBig) -> Result<f64> {
    let (sign, words) = n.as_sign_words();
    let bits = bit_length(n);
    let value = match words {
        [] => 0.0,
        // The hardware rounds this one.
        [word] => *word as f64,
        _ if bits > 1024 => f64::INFINITY,
        [rest @ .., low, top] => {
            // The leading 64 bits, and whether anything below them is set.
            let shift = top.leading_zeros();
            let (mantissa, lost) = match shift {
                0 => (*top, *low),
                _ => (top << shift | low >> (64 - shift), low << shift),
            };
            let sticky = lost != 0 || rest.iter().any(|word| *word != 0);
            compose(mantissa, bits as i32 - 64, sticky)
        }
    };
    if value.is_infinite() {
        return Err(Error::fixed(ErrorKind::OverflowError, "int too large to convert to float"));
    }
    Ok(if sign == Sign::Negative { -value } else { value })
}

/// Compares exactly, without rounding the int; `None` for NaN.
pub fn compare_f64(n: &IBig, value: f64) -> Option<Ordering> {
    if value.is_nan() {
        return None;
    }
    let Ok(whole) = trunc_to_int(value) else {
        return Some(if value > 0.0 { Ordering::Less } else { Ordering::Greater });
    };
    // With equal whole parts the fraction decides.
    Some(n.cmp(&whole).then_with(|| 0.0f64.partial_cmp(&value.fract()).unwrap_or(Ordering::Equal)))
}

/// The `byteorder` argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

/// `n.to_bytes(length, order, signed=signed)`.
pub fn to_bytes(n: &IBig, length: usize, order: ByteOrder, signed: bool) -> Result<Vec<u8>> {
    const TOO_BIG: Error = Error::fixed(ErrorKind::OverflowError, "int too big to convert");
    let negative = n.sign() == Sign::Negative;
    if negative && !signed {
        return Err(Error::fixed(ErrorKind::OverflowError, "can't convert negative int to unsigned"));
    }
    // In two's complement -2^(8k-1) needs no more bits than the number one above it.
    let needed = match (signed, negative) {
        (false, _) => bit_length(n),
        (true, false) if n.is_zero() => 0,
        (true, false) => bit_length(n) + 1,
        (true, true) => bit_length(&(n + IBig::ONE)) + 1,
    };
    if needed.div_ceil(8) > length {
        return Err(TOO_BIG);
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| Error::MEMORY)?;
    if negative {
        // -n = !(n - 1): fill with the complement of the number one above.
        let complement = magnitude(&(n + IBig::ONE)).to_le_bytes();
        bytes.extend(complement.iter().map(|byte| !byte));
        bytes.resize(length, 0xFF);
    } else {
        bytes.extend_from_slice(&magnitude(n).to_le_bytes());
        bytes.resize(length, 0);
    }
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    Ok(bytes)
}

/// `int.from_bytes(bytes, order, signed=signed)`.
pub fn from_bytes(bytes: &[u8], order: ByteOrder, signed: bool) -> IBig {
    let (value, top) = match order {
        ByteOrder::Little => (UBig::from_le_bytes(bytes), bytes.last()),
        ByteOrder::Big => (UBig::from_be_bytes(bytes), bytes.first()),
    };
    let value = IBig::from(value);
    match top {
        Some(top) if signed && top & 0x80 != 0 => value - (IBig::ONE << (8 * bytes.len())),
        _ => value,
    }
}
