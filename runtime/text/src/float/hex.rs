//! `float.hex` and `float.fromhex`.

use crate::error::{Error, ErrorKind, Result};
use crate::float::decompose;

/// `value.hex()`.
pub fn to_hex(value: f64) -> String {
    if !value.is_finite() {
        return super::repr(value);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let biased = (bits >> 52 & 0x7FF) as i32;
    // Subnormals keep the smallest exponent and a leading zero.
    let (lead, exponent) = if biased == 0 { (0, -1022) } else { (1, biased - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}")
}

const INVALID: Error = Error::fixed(ErrorKind::ValueError, "invalid hexadecimal floating-point string");
const TOO_LARGE: Error =
    Error::fixed(ErrorKind::OverflowError, "hexadecimal value too large to represent as a float");

/// `float.fromhex(text)`: the text as bytes (a `str` with anything beyond ASCII is invalid anyway).
pub fn from_hex(text: &[u8]) -> Result<f64> {
    let is_space = |b: &u8| matches!(b, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|b| !is_space(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !is_space(b)).map_or(start, |i| i + 1);
    let text = &text[start..end];
    let (negative, body) = match text {
        [b'-', body @ ..] => (true, body),
        [b'+', body @ ..] => (false, body),
        _ => (false, text),
    };
    let magnitude = magnitude(body)?;
    Ok(if negative { -magnitude } else { magnitude })
}

fn magnitude(body: &[u8]) -> Result<f64> {
    for (name, value) in [("inf", f64::INFINITY), ("infinity", f64::INFINITY), ("nan", f64::NAN)] {
        if body.eq_ignore_ascii_case(name.as_bytes()) {
            return Ok(value);
        }
    }
    let body = match body {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => body,
    };
    let hex_digits = |s: &[u8]| s.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let whole = hex_digits(body);
    let mut fraction: &[u8] = &[];
    let mut rest = &body[whole..];
    if let Some(after) = rest.strip_prefix(b".") {
        let count = hex_digits(after);
        fraction = &after[..count];
        rest = &after[count..];
    }
    if whole + fraction.len() == 0 {
        return Err(INVALID);
    }
    let mut exponent: i64 = 0;
    if let [b'p' | b'P', after @ ..] = rest {
        let (negative, digits) = match after {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            _ => (false, after),
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(INVALID);
        }
        // Saturation is far outside of what any string in memory could compensate.
        exponent = digits.iter().fold(0i64, |e, b| e.saturating_mul(10).saturating_add(i64::from(b - b'0')));
        exponent = exponent.min(i64::MAX / 4);
        if negative {
            exponent = -exponent;
        }
    } else if !rest.is_empty() {
        return Err(INVALID);
    }
    exponent -= 4 * fraction.len() as i64;

    // The leading 60 bits or so, and whether anything non-zero follows.
    let (mut mantissa, mut sticky) = (0u64, false);
    for &byte in body[..whole].iter().chain(fraction) {
        let digit = char::from(byte).to_digit(16).unwrap_or(0);
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
        } else {
            sticky |= digit != 0;
            exponent += 4;
        }
    }
    if mantissa == 0 {
        return Ok(0.0);
    }
    let exponent = i32::try_from(exponent).unwrap_or(if exponent < 0 { i32::MIN / 2 } else { i32::MAX / 2 });
    let value = super::compose(mantissa, exponent, sticky);
    debug_assert!(value.is_infinite() || decompose(value).0 <= 1 << 53);
    if value.is_infinite() { Err(TOO_LARGE) } else { Ok(value) }
}
