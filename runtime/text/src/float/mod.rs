//! `float`: printing and parsing, rounding, division with Python's signs, powers.
//!
//! Printing has two sources of digits. `repr` needs the shortest digits that read back as the same
//! double (crate `zmij`); every format with a precision needs the exact decimal expansion rounded half
//! to even (Rust's `{:.*}` and `{:.*e}` are exact). What is left to do here is the layout: CPython
//! places the point by the value of the exponent, where Rust and zmij have rules of their own.

mod arith;
mod hex;
mod parse;

pub use arith::{
    Power, as_integer_ratio, divmod, floor_div, floor_mod, frexp, is_integer, power, round, round_to_int,
    trunc_to_int,
};
pub(crate) use arith::{compose, decompose};
pub use hex::{from_hex, to_hex};
pub use parse::{ComplexError, parse_ascii, parse_complex_ascii};

use crate::error::{Error, Result};

/// How the digits are chosen and laid out: the conversions of C's `printf`, and `repr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `e`: one digit before the point, `precision` after it.
    Exponent,
    /// `f`: `precision` digits after the point.
    Fixed,
    /// `g`: `precision` significant digits; an exponent if it is below -4 or not below the precision.
    General,
    /// Shortest digits that round-trip; an exponent below -4 or from 16 on. Ignores the precision.
    Repr,
}

/// Modifiers of [`format`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// A plus sign before what is not negative.
    pub always_sign: bool,
    /// `.0` after what would look like an int (and with [`Style::General`], one digit less before the
    /// exponent appears, as `str.format` without a type wants it).
    pub add_dot_zero: bool,
    /// `#`: keep the point and trailing zeros.
    pub alternate: bool,
    /// `z`: no minus sign if all printed digits are zero.
    pub no_negative_zero: bool,
    /// `E`, `INF`, `NAN`.
    pub uppercase: bool,
}

/// `repr(value)`.
pub fn repr(value: f64) -> String {
    let mut out = String::with_capacity(24);
    write_repr(value, true, &mut out);
    out
}

/// `repr(complex(real, imag))`.
pub fn complex_repr(real: f64, imag: f64) -> String {
    let mut out = String::with_capacity(50);
    // A real part of positive zero is not shown.
    if real.to_bits() == 0 {
        write_repr(imag, false, &mut out);
        out.push('j');
        return out;
    }
    out.push('(');
    write_repr(real, false, &mut out);
    if !imag.is_sign_negative() || imag.is_nan() {
        out.push('+');
    }
    write_repr(imag, false, &mut out);
    out.push_str("j)");
    out
}

fn write_repr(value: f64, add_dot_zero: bool, out: &mut String) {
    if value.is_nan() {
        out.push_str("nan");
    } else if value.is_infinite() {
        out.push_str(if value < 0.0 { "-inf" } else { "inf" });
    } else {
        if value.is_sign_negative() {
            out.push('-');
        }
        let digits = Digits::shortest(value.abs());
        let use_exponent = digits.point <= -4 || digits.point > 16;
        digits.write(use_exponent, add_dot_zero, 'e', out);
    }
}

/// CPython's `PyOS_double_to_string`: one number without padding or grouping.
///
/// Fails only if the requested precision does not fit into memory.
pub fn format(value: f64, style: Style, precision: usize, flags: Flags) -> Result<String> {
    if !value.is_finite() {
        let sign = match (value.is_nan(), value < 0.0) {
            (false, true) => "-",
            _ if flags.always_sign => "+",
            _ => "",
        };
        let name = match (value.is_nan(), flags.uppercase) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        };
        return Ok(format!("{sign}{name}"));
    }
    let body = match style {
        Style::Fixed => fixed(value.abs(), precision, flags)?,
        Style::Exponent => exponent(value.abs(), precision, flags)?,
        Style::General => general(value.abs(), precision, flags)?,
        Style::Repr => {
            let mut out = String::with_capacity(24);
            let digits = Digits::shortest(value.abs());
            let use_exponent = digits.point <= -4 || digits.point > 16;
            let letter = if flags.uppercase { 'E' } else { 'e' };
            if flags.alternate && !use_exponent && digits.text.len() as i32 <= digits.point {
                digits.write(false, false, letter, &mut out);
                out.push_str(if flags.add_dot_zero { ".0" } else { "." });
            } else if flags.alternate && use_exponent && digits.text.len() == 1 {
                digits.write(true, false, letter, &mut out);
                out.insert(1, '.');
            } else {
                digits.write(use_exponent, flags.add_dot_zero, letter, &mut out);
            }
            out
        }
    };
    let mut negative = value.is_sign_negative();
    if negative && flags.no_negative_zero {
        let mantissa = body.split(['e', 'E']).next().unwrap_or(&body);
        negative = mantissa.bytes().any(|b| matches!(b, b'1'..=b'9'));
    }
    Ok(match (negative, flags.always_sign) {
        (true, _) => format!("-{body}"),
        (false, true) => format!("+{body}"),
        (false, false) => body,
    })
}

/// No double has a decimal digit beyond this many after the point, nor more significant digits; what
/// a longer precision adds is zeros. (Rust's formatter takes at most 65535.)
const MAX_DIGITS: usize = 1100;

fn push_zeros(out: &mut String, count: usize) -> Result<()> {
    out.try_reserve(count).map_err(|_| Error::MEMORY)?;
    out.extend(std::iter::repeat_n('0', count));
    Ok(())
}

fn fixed(value: f64, precision: usize, flags: Flags) -> Result<String> {
    let exact = precision.min(MAX_DIGITS);
    let mut out = format!("{value:.exact$}");
    push_zeros(&mut out, precision - exact)?;
    if precision == 0 && (flags.alternate || flags.add_dot_zero) {
        out.push('.');
        if flags.add_dot_zero {
            out.push('0');
        }
    }
    Ok(out)
}

/// Significant digits of Rust's exact scientific notation, and the decimal exponent of the first.
fn scientific(value: f64, precision: usize) -> (String, i32) {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').expect("`{:e}` writes an exponent");
    let digits = mantissa.chars().filter(|c| *c != '.').collect();
    (digits, exponent.parse().expect("`{:e}` writes a decimal exponent"))
}

fn exponent(value: f64, precision: usize, flags: Flags) -> Result<String> {
    let exact = precision.min(MAX_DIGITS);
    let (digits, exponent) = scientific(value, exact);
    let mut out = String::with_capacity(precision.min(1 << 20) + 8);
    out.push_str(&digits[..1]);
    if precision > 0 || flags.alternate {
        out.push('.');
    }
    out.push_str(&digits[1..]);
    push_zeros(&mut out, precision - exact)?;
    push_exponent(&mut out, if flags.uppercase { 'E' } else { 'e' }, exponent);
    Ok(out)
}

fn general(value: f64, precision: usize, flags: Flags) -> Result<String> {
    let precision = precision.max(1);
    let exact = precision.min(MAX_DIGITS);
    let (mut text, exponent) = scientific(value, exact - 1);
    if flags.alternate {
        push_zeros(&mut text, precision - exact)?;
    } else {
        text.truncate(text.trim_end_matches('0').len().max(1));
    }
    let digits = Digits { text, point: if value == 0.0 { 1 } else { exponent + 1 } };
    let limit = precision - usize::from(flags.add_dot_zero);
    let use_exponent = digits.point <= -4 || i64::from(digits.point) > limit as i64;
    let letter = if flags.uppercase { 'E' } else { 'e' };
    let mut out = String::with_capacity(digits.text.len() + 8);
    // With `#` all digits are there; what may be missing is the point after the last one.
    let bare = if use_exponent {
        digits.text.len() == 1
    } else {
        digits.text.len() as i64 <= i64::from(digits.point)
    };
    if flags.alternate && bare && (use_exponent || !flags.add_dot_zero) {
        if use_exponent {
            digits.write(true, false, letter, &mut out);
            out.insert(1, '.');
        } else {
            digits.write(false, false, letter, &mut out);
            out.push('.');
        }
    } else {
        digits.write(use_exponent, flags.add_dot_zero, letter, &mut out);
    }
    Ok(out)
}

/// A decimal number `0.DIGITS * 10^point`, without trailing zeros unless they are wanted.
struct Digits {
    text: String,
    point: i32,
}

impl Digits {
    /// The shortest digits of a finite, non-negative double.
    fn shortest(value: f64) -> Digits {
        if value == 0.0 {
            return Digits { text: "0".into(), point: 1 };
        }
        let mut buffer = zmij::Buffer::new();
        let printed = buffer.format_finite(value);
        let (mantissa, exponent) = match printed.split_once('e') {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().unwrap_or(0)),
            None => (printed, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut text = String::with_capacity(20);
        text.push_str(whole);
        text.push_str(fraction);
        text.truncate(text.trim_end_matches('0').len());
        let leading = text.len() - text.trim_start_matches('0').len();
        text.drain(..leading);
        Digits { text, point: whole.len() as i32 - leading as i32 + exponent }
    }

    fn write(&self, use_exponent: bool, add_dot_zero: bool, letter: char, out: &mut String) {
        let digits = &self.text;
        let count = digits.len();
        if use_exponent {
            out.push_str(&digits[..1]);
            if count > 1 {
                out.push('.');
                out.push_str(&digits[1..]);
            }
            push_exponent(out, letter, self.point - 1);
            return;
        }
        match usize::try_from(self.point) {
            Ok(0) | Err(_) => {
                out.push_str("0.");
                out.extend(std::iter::repeat_n('0', self.point.unsigned_abs() as usize));
                out.push_str(digits);
            }
            Ok(point) if point < count => {
                out.push_str(&digits[..point]);
                out.push('.');
                out.push_str(&digits[point..]);
            }
            Ok(point) => {
                out.push_str(digits);
                out.extend(std::iter::repeat_n('0', point - count));
                if add_dot_zero {
                    out.push_str(".0");
                }
            }
        }
    }
}

/// At least two digits, and always a sign.
fn push_exponent(out: &mut String, letter: char, exponent: i32) {
    use std::fmt::Write;
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{letter}{sign}{:02}", exponent.unsigned_abs()).expect("writing to a String never fails");
}

#[cfg(test)]
mod tests;
