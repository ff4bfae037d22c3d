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

use std::fmt::Write;

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
        return;
    }
    if value.is_infinite() {
        out.push_str(if value < 0.0 { "-inf" } else { "inf" });
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let printed = buffer.format_finite(value);
    if (1e-4..1e16).contains(&value.abs()) {
        // In this range both write the number without an exponent and with a point.
        debug_assert!(printed.contains('.') && !printed.contains('e'));
        out.push_str(if add_dot_zero { printed } else { printed.strip_suffix(".0").unwrap_or(printed) });
        return;
    }
    let unsigned = printed.strip_prefix('-').unwrap_or(printed);
    out.push_str(&printed[..printed.len() - unsigned.len()]);
    Digits::of_shortest(unsigned, &mut [0; SHORTEST])
        .write_repr(Form { add_dot_zero, ..Form::default() }, out);
}

/// Some room below the largest C `int`, which CPython leaves for everything but the digits.
const MAX_PRECISION: usize = i32::MAX as usize - 1024;

/// CPython's `PyOS_double_to_string`: one number without padding or grouping.
///
/// Fails if the requested precision is above [`MAX_PRECISION`] or does not fit into memory.
pub fn format(value: f64, style: Style, precision: usize, flags: Flags) -> Result<String> {
    if precision > MAX_PRECISION {
        return Err(Error::value("precision too big"));
    }
    let mut out = String::with_capacity(32);
    if !value.is_finite() {
        out.push_str(match (value.is_nan(), value < 0.0) {
            (false, true) => "-",
            _ if flags.always_sign => "+",
            _ => "",
        });
        out.push_str(match (value.is_nan(), flags.uppercase) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        });
        return Ok(out);
    }
    if value.is_sign_negative() {
        out.push('-');
    } else if flags.always_sign {
        out.push('+');
    }
    let magnitude = value.abs();
    match style {
        Style::Fixed => push_fixed(magnitude, precision, flags, &mut out)?,
        Style::Exponent => push_scientific(magnitude, precision, flags, &mut out)?,
        Style::General => push_general(magnitude, precision, flags, &mut out)?,
        Style::Repr => {
            let mut buffer = zmij::Buffer::new();
            let printed = buffer.format_finite(magnitude);
            Digits::of_shortest(printed, &mut [0; SHORTEST]).write_repr(Form::of(flags), &mut out);
        }
    }
    if flags.no_negative_zero && value.is_sign_negative() && is_zero(&out) {
        out.replace_range(..1, if flags.always_sign { "+" } else { "" });
    }
    Ok(out)
}

/// Whether all digits of a printed number are zero.
fn is_zero(printed: &str) -> bool {
    let mantissa = printed.split(['e', 'E']).next().unwrap_or(printed);
    !mantissa.bytes().any(|b| matches!(b, b'1'..=b'9'))
}

/// No double has a decimal digit beyond this many after the point, nor more significant digits; what
/// a longer precision adds is zeros. (Rust's formatter takes at most 65535.)
const MAX_DIGITS: usize = 1100;

fn push_zeros(out: &mut String, count: usize) -> Result<()> {
    out.try_reserve(count).map_err(|_| Error::MEMORY)?;
    out.extend(std::iter::repeat_n('0', count));
    Ok(())
}

const WRITE: &str = "writing to a String never fails";

fn push_fixed(value: f64, precision: usize, flags: Flags, out: &mut String) -> Result<()> {
    let exact = precision.min(MAX_DIGITS);
    write!(out, "{value:.exact$}").expect(WRITE);
    push_zeros(out, precision - exact)?;
    if precision == 0 && (flags.alternate || flags.add_dot_zero) {
        out.push_str(if flags.add_dot_zero { ".0" } else { "." });
    }
    Ok(())
}

fn push_scientific(value: f64, precision: usize, flags: Flags, out: &mut String) -> Result<()> {
    let exact = precision.min(MAX_DIGITS);
    write!(out, "{value:.exact$e}").expect(WRITE);
    let exponent = split_exponent(out);
    if precision == 0 && flags.alternate {
        out.push('.');
    }
    push_zeros(out, precision - exact)?;
    push_exponent(out, if flags.uppercase { 'E' } else { 'e' }, exponent);
    Ok(())
}

/// Cuts the exponent off what Rust's `{:e}` wrote.
fn split_exponent(text: &mut String) -> i32 {
    let at = text.rfind('e').expect("`{:e}` writes an exponent");
    let exponent = text[at + 1..].parse().expect("`{:e}` writes a decimal exponent");
    text.truncate(at);
    exponent
}

fn push_general(value: f64, precision: usize, flags: Flags, out: &mut String) -> Result<()> {
    let precision = precision.max(1);
    let exact = precision.min(MAX_DIGITS);
    let mut text = String::with_capacity(exact + 8);
    write!(text, "{value:.*e}", exact - 1).expect(WRITE);
    let exponent = split_exponent(&mut text);
    if exact > 1 {
        text.remove(1);
    }
    if flags.alternate {
        push_zeros(&mut text, precision - exact)?;
    } else {
        text.truncate(text.trim_end_matches('0').len().max(1));
    }
    let digits = Digits { text: &text, point: exponent + 1 };
    let limit = precision - usize::from(flags.add_dot_zero);
    let use_exponent = digits.point <= -4 || i64::from(digits.point) > limit as i64;
    digits.write(use_exponent, Form::of(flags), out);
    Ok(())
}

/// The longest shortest representation has 17 digits; zmij pads with zeros to 21 or so.
const SHORTEST: usize = 32;

/// A decimal number `0.DIGITS * 10^point`.
struct Digits<'a> {
    text: &'a str,
    point: i32,
}

/// How [`Digits`] are written.
#[derive(Clone, Copy, Default)]
struct Form {
    add_dot_zero: bool,
    /// Keep a point behind the last digit.
    alternate: bool,
    uppercase: bool,
}

impl Form {
    fn of(flags: Flags) -> Form {
        let Flags { add_dot_zero, alternate, uppercase, .. } = flags;
        Form { add_dot_zero, alternate, uppercase }
    }
}

impl<'a> Digits<'a> {
    /// Takes apart what zmij printed for a non-negative double, whatever its layout.
    fn of_shortest(printed: &str, scratch: &'a mut [u8; SHORTEST]) -> Digits<'a> {
        let (mantissa, exponent) = match printed.split_once('e') {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().unwrap_or(0)),
            None => (printed, 0),
        };
        let whole = mantissa.find('.').unwrap_or(mantissa.len());
        let mut len = 0;
        for digit in mantissa.bytes().filter(|b| *b != b'.').take(SHORTEST) {
            scratch[len] = digit;
            len += 1;
        }
        let text = std::str::from_utf8(&scratch[..len]).unwrap_or_default().trim_end_matches('0');
        let digits = text.trim_start_matches('0');
        if digits.is_empty() {
            return Digits { text: "0", point: 1 };
        }
        let leading = text.len() - digits.len();
        Digits { text: digits, point: whole as i32 - leading as i32 + exponent }
    }

    fn write_repr(&self, form: Form, out: &mut String) {
        self.write(self.point <= -4 || self.point > 16, form, out);
    }

    fn write(&self, use_exponent: bool, form: Form, out: &mut String) {
        let digits = self.text;
        let (first, rest) = digits.split_at(1);
        if use_exponent {
            out.push_str(first);
            if form.alternate || !rest.is_empty() {
                out.push('.');
            }
            out.push_str(rest);
            push_exponent(out, if form.uppercase { 'E' } else { 'e' }, self.point - 1);
            return;
        }
        match usize::try_from(self.point) {
            Ok(0) | Err(_) => {
                out.push_str("0.");
                out.extend(std::iter::repeat_n('0', self.point.unsigned_abs() as usize));
                out.push_str(digits);
            }
            Ok(point) if point < digits.len() => {
                out.push_str(&digits[..point]);
                out.push('.');
                out.push_str(&digits[point..]);
            }
            Ok(point) => {
                out.push_str(digits);
                out.extend(std::iter::repeat_n('0', point - digits.len()));
                if form.add_dot_zero {
                    out.push_str(".0");
                } else if form.alternate {
                    out.push('.');
                }
            }
        }
    }
}

/// At least two digits, and always a sign.
fn push_exponent(out: &mut String, letter: char, exponent: i32) {
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{letter}{sign}{:02}", exponent.unsigned_abs()).expect(WRITE);
}

#[cfg(test)]
mod tests;
