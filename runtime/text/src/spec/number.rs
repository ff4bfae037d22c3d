//! Formatting of int, float and complex.
//!
//! A number is a sign, a prefix, whole digits, a point and fraction digits, and a remainder (exponent,
//! percent sign; for `inf` and `nan` all of it). Separators go between groups of the whole digits,
//! counted from the point leftwards, and of the fraction digits, counted rightwards. Where zeros pad a
//! number after its sign, they take part in the grouping, so such a field can become one wider than
//! asked for: it must not begin with a separator.

use dashu_int::IBig;

use super::layout::padding;
use super::{Align, FormatSpec, Grouping, Layout, Sign, unknown_kind};
use crate::error::{Error, ErrorKind, Result};
use crate::float::{self, Flags, Style};
use crate::int;

/// How the current locale writes numbers (`locale.localeconv()`), for the type `n`.
#[derive(Clone, Debug)]
pub struct Locale {
    pub decimal_point: String,
    pub thousands_sep: String,
    /// Sizes of groups from the point on; the last repeats, but 127 stops grouping.
    pub grouping: Vec<u8>,
}

impl Default for Locale {
    /// The C locale.
    fn default() -> Self {
        Locale { decimal_point: ".".into(), thousands_sep: String::new(), grouping: Vec::new() }
    }
}

/// What an int is formatted with beside the specification.
#[derive(Clone, Copy)]
pub struct IntContext<'a> {
    pub type_name: &'a str,
    /// `sys.get_int_max_str_digits()`; 0 for no limit.
    pub max_digits: usize,
    pub locale: &'a Locale,
}

/// `format(value, spec)` for an int.
pub fn format_int(spec: &FormatSpec, value: &IBig, context: IntContext<'_>) -> Result<Layout> {
    let kind = spec.kind.unwrap_or('d'.into());
    let radix = match char::from_u32(kind) {
        Some('b') => 2,
        Some('o') => 8,
        Some('x' | 'X') => 16,
        Some('d' | 'n') => 10,
        Some('c') => return format_code_point(spec, value),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
            return format_float(spec, int::to_f64(value)?, context.type_name, context.locale);
        }
        _ => return Err(unknown_kind(kind, context.type_name)),
    };
    check_int(spec)?;
    let mut text = match radix {
        10 => int::to_decimal(value, context.max_digits)?,
        _ => int::to_radix(value, radix, false),
    };
    let upper = kind == u32::from('X');
    if upper {
        text.make_ascii_uppercase();
    }
    let prefix = match (spec.alternate, radix) {
        (true, 2) => "0b",
        (true, 8) => "0o",
        (true, 16) if upper => "0X",
        (true, 16) => "0x",
        _ => "",
    };
    let parts = Parts { prefix, ..Parts::of_int(&text, spec.sign) };
    let is_locale = kind == u32::from('n');
    Ok(parts.lay_out(spec, &Separators::new(spec, is_locale.then_some(context.locale), radix != 10)))
}

fn check_int(spec: &FormatSpec) -> Result<()> {
    if spec.precision.is_some() {
        return Err(Error::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(Error::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    Ok(())
}

/// The type `c`: the character with that number.
fn format_code_point(spec: &FormatSpec, value: &IBig) -> Result<Layout> {
    check_int(spec)?;
    if spec.sign.is_some() {
        return Err(Error::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(Error::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let code = i64::try_from(value)
        .map_err(|_| Error::new(ErrorKind::OverflowError, "Python int too large to convert to C long"))?;
    let code = u32::try_from(code)
        .ok()
        .filter(|code| *code < 0x110000)
        .ok_or_else(|| Error::new(ErrorKind::OverflowError, "%c arg not in range(0x110000)"))?;
    if let Some(c) = char::from_u32(code) {
        return Ok(Layout::new(String::new(), c.into(), spec.width, spec.align, spec.fill));
    }
    let (left, inner, right) = padding(spec.width.unwrap_or(0).saturating_sub(1), spec.align);
    Ok(Layout { fill: spec.fill, left, inner, surrogate: Some(code), right, ..Layout::default() })
}

/// `format(value, spec)` for a float.
pub fn format_float(spec: &FormatSpec, value: f64, type_name: &str, locale: &Locale) -> Result<Layout> {
    let (style, uppercase) = style(spec.kind, type_name, true)?;
    let percent = spec.kind == Some('%'.into());
    let value = if percent { value * 100.0 } else { value };
    let flags = Flags {
        add_dot_zero: spec.kind.is_none(),
        alternate: spec.alternate,
        no_negative_zero: spec.no_negative_zero,
        uppercase,
        always_sign: false,
    };
    let (style, precision) = with_precision(style, spec.precision)?;
    let text = float::format(value, style, precision, flags)?;
    let parts = Parts { suffix: if percent { "%" } else { "" }, ..Parts::of_float(&text, spec.sign) };
    let is_locale = spec.kind == Some('n'.into());
    Ok(parts.lay_out(spec, &Separators::new(spec, is_locale.then_some(locale), false)))
}

/// `format(complex(real, imag), spec)`.
pub fn format_complex(
    spec: &FormatSpec,
    real: f64,
    imag: f64,
    type_name: &str,
    locale: &Locale,
) -> Result<Layout> {
    let (style, uppercase) = style(spec.kind, type_name, false)?;
    if spec.precision.is_some_and(|precision| precision > i32::MAX as usize) {
        return Err(PRECISION_TOO_BIG);
    }
    if spec.fill == u32::from('0') {
        return Err(Error::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(Error::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let flags = Flags {
        alternate: spec.alternate,
        no_negative_zero: spec.no_negative_zero,
        uppercase,
        ..Flags::default()
    };
    let (style, precision) = with_precision(style, spec.precision)?;
    // Without a type it looks like the repr: a positive zero as real part is left out.
    let like_repr = spec.kind.is_none();
    let skip_real = like_repr && real.to_bits() == 0;
    let is_locale = spec.kind == Some('n'.into());
    let separators = Separators::new(spec, is_locale.then_some(locale), false);
    let unpadded = FormatSpec { width: None, ..spec.clone() };
    let part = |value: f64, sign: Option<Sign>| -> Result<String> {
        let text = float::format(value, style, precision, flags)?;
        let layout = Parts::of_float(&text, sign).lay_out(&unpadded, &separators);
        Ok(layout.head + &layout.body)
    };
    let mut body = String::new();
    if skip_real {
        body += &part(imag, spec.sign)?;
    } else {
        body += &part(real, spec.sign)?;
        body += &part(imag, Some(Sign::Plus))?;
    }
    body.push('j');
    if like_repr && !skip_real {
        body = format!("({body})");
    }
    Ok(Layout::new(String::new(), body, spec.width, spec.align, spec.fill))
}

const PRECISION_TOO_BIG: Error = Error::fixed(ErrorKind::ValueError, "precision too big");

/// The style of a presentation type, and whether it is written in capitals.
fn style(kind: Option<u32>, type_name: &str, allow_percent: bool) -> Result<(Style, bool)> {
    let Some(kind) = kind else { return Ok((Style::Repr, false)) };
    Ok(match char::from_u32(kind) {
        Some('e') => (Style::Exponent, false),
        Some('E') => (Style::Exponent, true),
        Some('f') => (Style::Fixed, false),
        Some('F') => (Style::Fixed, true),
        Some('g' | 'n') => (Style::General, false),
        Some('G') => (Style::General, true),
        Some('%') if allow_percent => (Style::Fixed, false),
        _ => return Err(unknown_kind(kind, type_name)),
    })
}

/// A precision turns the shortest form into significant digits.
fn with_precision(style: Style, precision: Option<usize>) -> Result<(Style, usize)> {
    match (style, precision) {
        (_, Some(precision)) if precision > i32::MAX as usize => Err(PRECISION_TOO_BIG),
        (Style::Repr, None) => Ok((Style::Repr, 0)),
        (Style::Repr, Some(precision)) => Ok((Style::General, precision)),
        (style, precision) => Ok((style, precision.unwrap_or(6))),
    }
}

fn sign_text(negative: bool, sign: Option<Sign>) -> &'static str {
    match (negative, sign) {
        (true, _) => "-",
        (false, Some(Sign::Plus)) => "+",
        (false, Some(Sign::Space)) => " ",
        (false, _) => "",
    }
}

/// A number in pieces, all ASCII.
struct Parts<'a> {
    sign: &'static str,
    prefix: &'static str,
    whole: &'a str,
    has_point: bool,
    fraction: &'a str,
    remainder: &'a str,
    suffix: &'static str,
}

impl<'a> Parts<'a> {
    /// A printed int: all digits, of whatever radix.
    fn of_int(text: &'a str, sign: Option<Sign>) -> Parts<'a> {
        let (sign, whole) = split_sign(text, sign);
        Parts { sign, prefix: "", whole, has_point: false, fraction: "", remainder: "", suffix: "" }
    }

    /// What `float::format` wrote.
    fn of_float(text: &'a str, sign: Option<Sign>) -> Parts<'a> {
        let (sign, text) = split_sign(text, sign);
        let (whole, rest) = split_digits(text);
        let parts =
            Parts { sign, prefix: "", whole, has_point: false, fraction: "", remainder: rest, suffix: "" };
        match rest.strip_prefix('.') {
            Some(rest) => {
                let (fraction, remainder) = split_digits(rest);
                Parts { has_point: true, fraction, remainder, ..parts }
            }
            None => parts,
        }
    }

    fn lay_out(&self, spec: &FormatSpec, separators: &Separators<'_>) -> Layout {
        let head = match self.prefix {
            "" => self.sign.to_owned(),
            prefix => self.sign.to_owned() + prefix,
        };
        let mut tail = String::new();
        if self.has_point {
            tail.push_str(separators.point);
            push_fraction(self.fraction, separators.fraction, &mut tail);
        }
        tail.push_str(self.remainder);
        tail.push_str(self.suffix);
        // Infinities and NaN have no digits to group, and without groups the layout pads as well.
        let mut body = if self.whole.is_empty() || separators.sizes.is_empty() {
            let mut body = String::with_capacity(self.whole.len() + tail.len());
            body.push_str(self.whole);
            body
        } else {
            // Zeros after the sign are grouped as digits are.
            let zeros = spec.fill == u32::from('0') && spec.align == Align::AfterSign;
            let fixed = head.len() + tail.chars().count();
            let minimum = if zeros { spec.width.unwrap_or(0).saturating_sub(fixed) } else { 0 };
            group(self.whole, separators, minimum)
        };
        body.push_str(&tail);
        Layout::new(head, body, spec.width, spec.align, spec.fill)
    }
}

/// The sign to show, and the number without its own.
fn split_sign(text: &str, sign: Option<Sign>) -> (&'static str, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (sign_text(true, sign), rest),
        None => (sign_text(false, sign), text),
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// What separates the digits.
struct Separators<'a> {
    point: &'a str,
    separator: &'a str,
    /// Group sizes from the point on, the last repeating (127 stops); empty for no grouping.
    sizes: &'a [u8],
    fraction: Option<Grouping>,
}

impl<'a> Separators<'a> {
    fn new(spec: &FormatSpec, locale: Option<&'a Locale>, binary: bool) -> Separators<'a> {
        let fraction = spec.fraction_grouping;
        if let Some(locale) = locale {
            let sizes = if locale.thousands_sep.is_empty() { &[] } else { locale.grouping.as_slice() };
            return Separators {
                point: &locale.decimal_point,
                separator: &locale.thousands_sep,
                sizes,
                fraction,
            };
        }
        let (separator, sizes): (_, &[u8]) = match spec.grouping {
            None => ("", &[]),
            Some(Grouping::Comma) => (",", &[3]),
            // Binary, octal and hexadecimal digits are grouped by four.
            Some(Grouping::Underscore) => ("_", if binary { &[4] } else { &[3] }),
        };
        Separators { point: ".", separator, sizes, fraction }
    }
}

/// Groups digits from the right, with zeros before them up to `minimum` characters.
fn group(digits: &str, separators: &Separators<'_>, minimum: usize) -> String {
    let separator_width = separators.separator.chars().count();
    let mut sizes = separators.sizes.iter();
    let mut size = usize::MAX;
    let mut groups: Vec<String> = Vec::new();
    let (mut rest, mut wanted) = (digits, minimum);
    loop {
        // The last size repeats; 127 and 0 end grouping.
        size = match sizes.next() {
            Some(127) => usize::MAX,
            Some(0) | None => size,
            Some(next) => usize::from(*next),
        };
        let len = size.min(rest.len().max(wanted).max(1));
        let taken = len.min(rest.len());
        let (before, group) = rest.split_at(rest.len() - taken);
        groups.push("0".repeat(len - taken) + group);
        rest = before;
        wanted = wanted.saturating_sub(len);
        if rest.is_empty() && wanted == 0 {
            break;
        }
        wanted = wanted.saturating_sub(separator_width);
    }
    groups.reverse();
    groups.join(separators.separator)
}

/// Groups fraction digits by three from the left.
fn push_fraction(digits: &str, grouping: Option<Grouping>, out: &mut String) {
    let Some(grouping) = grouping else { return out.push_str(digits) };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == 0 {
            out.push(grouping.symbol());
        }
        out.push(digit);
    }
}
