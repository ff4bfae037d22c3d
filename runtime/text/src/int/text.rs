//! Digits to int and back, with the limit of `sys.set_int_max_str_digits`.

use std::fmt;

use dashu_int::{IBig, UBig};

use super::convert::bit_length;
use crate::error::{Error, Result};

/// `sys.int_info.default_max_str_digits`.
pub const DEFAULT_MAX_STR_DIGITS: usize = 4300;

/// Numbers of up to this many digits are never limited (`sys.int_info.str_digits_check_threshold`).
const CHECK_THRESHOLD: usize = 640;

/// Why a text is no int. All are `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// `invalid literal for int() with base B: …`; the message ends in the repr of the argument,
    /// cut to 200 characters, which only the caller has.
    InvalidLiteral,
    /// The base is neither 0 nor 2 to 36.
    BadBase,
    /// More digits than the limit.
    TooManyDigits { limit: usize, digits: usize },
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::InvalidLiteral => f.write_str("invalid literal for int()"),
            ParseError::BadBase => f.write_str("int() base must be >= 2 and <= 36, or 0"),
            ParseError::TooManyDigits { limit, digits } => write!(
                f,
                "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} \
                 digits; use sys.set_int_max_str_digits() to increase the limit"
            ),
        }
    }
}

impl std::error::Error for ParseError {}

/// `int(text, base)` for ASCII (a `str` goes through `unicode::to_ascii_number` first; `bytes` as they
/// are). `limit` is the digit limit, 0 for none; it holds for bases that are no power of two.
pub fn parse_ascii(text: &[u8], base: u32, limit: usize) -> std::result::Result<IBig, ParseError> {
    if base == 1 || base > 36 {
        return Err(ParseError::BadBase);
    }
    let is_space = |b: &u8| matches!(b, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|b| !is_space(b)).unwrap_or(text.len());
    let (negative, mut rest) = match &text[start..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let prefix_base = match rest {
        [b'0', b'x' | b'X', ..] => Some(16),
        [b'0', b'o' | b'O', ..] => Some(8),
        [b'0', b'b' | b'B', ..] => Some(2),
        _ => None,
    };
    let radix = if base == 0 { prefix_base.unwrap_or(10) } else { base };
    // `010` with base 0 would have been octal once; only zeros are let through.
    let must_be_zero = base == 0 && prefix_base.is_none() && rest.first() == Some(&b'0');
    if prefix_base == Some(radix) {
        rest = &rest[2..];
        rest = rest.strip_prefix(b"_").unwrap_or(rest);
    }

    // One pass finds the digits, their number and, while it fits, their value.
    let (mut scanned, mut count, mut value) = (0, 0, 0u64);
    for &byte in rest {
        match char::from(byte).to_digit(radix) {
            Some(digit) => {
                value = value.wrapping_mul(u64::from(radix)).wrapping_add(u64::from(digit));
                count += 1;
            }
            None if byte == b'_' => (),
            None => break,
        }
        scanned += 1;
    }
    let (digits, tail) = rest.split_at(scanned);
    let bad_underscore = count != scanned
        && (digits.first() == Some(&b'_')
            || digits.last() == Some(&b'_')
            || digits.windows(2).any(|pair| pair == b"__"));
    if count == 0 || bad_underscore {
        return Err(ParseError::InvalidLiteral);
    }
    if !tail.iter().all(is_space) {
        return Err(ParseError::InvalidLiteral);
    }
    if limit != 0 && count > CHECK_THRESHOLD && count > limit && !radix.is_power_of_two() {
        return Err(ParseError::TooManyDigits { limit, digits: count });
    }
    // 36^12 < 2^63: so many digits of any radix have not overflowed.
    let value = if count <= 12 { value.into() } else { magnitude(digits, radix) };
    if must_be_zero && !value.is_zero() {
        return Err(ParseError::InvalidLiteral);
    }
    let value = IBig::from(value);
    Ok(if negative { -value } else { value })
}

/// `digits` are valid for `radix`, with underscores among them.
fn magnitude(digits: &[u8], radix: u32) -> UBig {
    let text = std::str::from_utf8(digits).unwrap_or("0");
    UBig::from_str_radix(text, radix).expect("only digits of the radix and underscores were scanned")
}

/// `str(n)`; `limit` is the digit limit, 0 for none.
pub fn to_decimal(n: &IBig, limit: usize) -> Result<String> {
    let too_long = || {
        Error::value(format!(
            "Exceeds the limit ({limit} digits) for integer string conversion; use \
             sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    if let Ok(small) = i128::try_from(n) {
        return Ok(small.to_string());
    }
    let limited = limit != 0;
    // log10(2) > 0.30102: a number whose lower bound is too long is not worth converting, which takes
    // more than linear time.
    let at_least = (bit_length(n).saturating_sub(1) as u64).saturating_mul(30102) / 100_000 + 1;
    if limited && at_least > limit.max(CHECK_THRESHOLD) as u64 {
        return Err(too_long());
    }
    let text = n.to_string();
    let digits = text.len() - usize::from(text.starts_with('-'));
    if limited && digits > CHECK_THRESHOLD && digits > limit {
        return Err(too_long());
    }
    Ok(text)
}

/// The digits of `n` in base 2, 8 or 16 (lower case), with a sign and, if asked for, `0b`, `0o`, `0x`.
pub fn to_radix(n: &IBig, radix: u32, prefix: bool) -> String {
    match (radix, prefix) {
        (2, false) => format!("{n:b}"),
        (2, true) => format!("{n:#b}"),
        (8, false) => format!("{n:o}"),
        (8, true) => format!("{n:#o}"),
        (16, false) => format!("{n:x}"),
        (16, true) => format!("{n:#x}"),
        _ => n.to_string(),
    }
}
