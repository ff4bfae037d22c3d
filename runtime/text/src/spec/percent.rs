//! `%` formatting of `str` and `bytes`.
//!
//! [`Pieces`] reads a template one piece at a time, because CPython does so too: an error in a later
//! piece is raised only after the arguments of the earlier ones have been converted. The `layout_*`
//! functions place a converted argument.

use std::ops::Range;

use dashu_int::{IBig, Sign};

use super::layout::padding;
use super::text::TextLayout;
use super::{Align, Layout};
use crate::error::{Error, ErrorKind, Result};
use crate::float::{self, Flags as FloatFlags, Style};
use crate::int;
use crate::units::Unit;

/// The flags of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-`.
    pub left: bool,
    /// `+`.
    pub plus: bool,
    /// A space.
    pub space: bool,
    /// `#`.
    pub alternate: bool,
    /// `0`.
    pub zero: bool,
}

/// A width or a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    Number(usize),
    /// `*`: the next argument. A negative width means `-` and its magnitude, a negative precision zero.
    Argument,
}

/// A conversion such as `%(key)-5.2f`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    /// The key in parentheses, as a range of the template. What the mapping gives for it is then the one
    /// argument of the conversion, for `*` too.
    pub key: Option<Range<usize>>,
    pub flags: Flags,
    pub width: Option<Amount>,
    pub precision: Option<Amount>,
    /// The code point of the conversion; not yet known to be one (see [`unsupported`]).
    pub kind: u32,
    /// Where `kind` stands in the template.
    pub index: usize,
    /// The template is damaged behind what was read here. To be raised once the key has been looked up
    /// and the arguments of `*` have been fetched, which may fail before.
    pub failure: Option<Error>,
}

impl Conversion {
    /// Whether the width or the precision is an argument.
    pub fn takes_arguments(&self) -> bool {
        [self.width, self.precision].contains(&Some(Amount::Argument))
    }
}

/// A part of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Copied as it is.
    Literal(Range<usize>),
    /// `%%`.
    Percent,
    Conversion(Conversion),
}

/// The pieces of a template, lazily. After an error there are none.
pub struct Pieces<'a, U> {
    template: &'a [U],
    at: usize,
}

impl<'a, U: Unit> Pieces<'a, U> {
    pub fn new(template: &'a [U]) -> Self {
        Pieces { template, at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.template.get(self.at).map(|unit| char::from_u32(unit.code()).unwrap_or('\0'))
    }

    fn need(&self) -> Result<char> {
        self.peek().ok_or_else(|| Error::value("incomplete format"))
    }

    /// After the percent sign.
    fn conversion(&mut self) -> Result<Piece> {
        if self.need()? == '%' {
            self.at += 1;
            return Ok(Piece::Percent);
        }
        let mut conversion = Conversion::default();
        if let Err(error) = self.read(&mut conversion) {
            if conversion.key.is_none() && !conversion.takes_arguments() {
                return Err(error);
            }
            conversion.failure = Some(error);
            self.at = self.template.len();
        }
        Ok(Piece::Conversion(conversion))
    }

    fn read(&mut self, conversion: &mut Conversion) -> Result<()> {
        if self.need()? == '(' {
            conversion.key = Some(self.key()?);
        }
        let flags = &mut conversion.flags;
        loop {
            match self.need()? {
                '-' => flags.left = true,
                '+' => flags.plus = true,
                ' ' => flags.space = true,
                '#' => flags.alternate = true,
                '0' => flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        conversion.width = self.amount(isize::MAX as usize, "width too big")?;
        if self.need()? == '.' {
            self.at += 1;
            self.need()?;
            let precision = self.amount(i32::MAX as usize, "precision too big")?;
            conversion.precision = precision.or(Some(Amount::Number(0)));
        }
        // C's length modifiers mean nothing here.
        if matches!(self.need()?, 'h' | 'l' | 'L') {
            self.at += 1;
        }
        self.need()?;
        conversion.index = self.at;
        conversion.kind = self.template[self.at].code();
        self.at += 1;
        Ok(())
    }

    /// A key may contain parentheses in pairs.
    fn key(&mut self) -> Result<Range<usize>> {
        self.at += 1;
        let start = self.at;
        let mut depth = 1;
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => (),
            }
            if depth == 0 {
                return Ok(start..self.at - 1);
            }
        }
        Err(Error::value("incomplete format key"))
    }

    fn amount(&mut self, limit: usize, too_big: &'static str) -> Result<Option<Amount>> {
        if self.need()? == '*' {
            self.at += 1;
            return Ok(Some(Amount::Argument));
        }
        let mut number: Option<usize> = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let next = number.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(digit as usize));
            number = Some(next.filter(|n| *n <= limit).ok_or_else(|| Error::value(too_big))?);
            self.at += 1;
        }
        Ok(number.map(Amount::Number))
    }
}

impl<U: Unit> Iterator for Pieces<'_, U> {
    type Item = Result<Piece>;

    fn next(&mut self) -> Option<Result<Piece>> {
        let rest = &self.template[self.at..];
        let percent = crate::find::find_unit(rest, U::from_code('%'.into())?);
        match percent.unwrap_or(rest.len()) {
            0 if rest.is_empty() => None,
            0 => {
                self.at += 1;
                let piece = self.conversion();
                if piece.is_err() {
                    self.at = self.template.len();
                }
                Some(piece)
            }
            len => {
                let start = self.at;
                self.at += len;
                Some(Ok(Piece::Literal(start..start + len)))
            }
        }
    }
}

/// The error of a conversion that does not exist, once its argument has been fetched.
pub fn unsupported(conversion: &Conversion) -> Error {
    let kind = conversion.kind;
    let shown = char::from_u32(kind).filter(|c| (' '..='~').contains(c)).unwrap_or('?');
    Error::value(format!("unsupported format character '{shown}' ({kind:#x}) at index {}", conversion.index))
}

/// The flags and amounts of a conversion once the arguments for `*` are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub flags: Flags,
    pub width: usize,
    pub precision: Option<usize>,
}

impl Field {
    /// Takes the value of a `*` width.
    pub fn set_width(&mut self, width: isize) {
        self.flags.left |= width < 0;
        self.width = width.unsigned_abs();
    }

    /// Takes the value of a `*` precision.
    pub fn set_precision(&mut self, precision: i32) {
        self.precision = Some(precision.max(0) as usize);
    }
}

/// An int for `d`, `i`, `u`, `o`, `x` or `X`. The precision is the least number of digits. `max_digits`
/// limits decimal digits (0: no limit).
pub fn layout_int(field: &Field, kind: char, value: &IBig, max_digits: usize) -> Result<Layout> {
    let (radix, prefix) = match kind {
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let text = match radix {
        10 => int::to_decimal(value, max_digits)?,
        _ => int::to_radix(value, radix, false),
    };
    let digits = text.trim_start_matches('-');
    let digits = if kind == 'X' { digits.to_uppercase() } else { digits.to_owned() };
    let zeros = field.precision.unwrap_or(0).saturating_sub(digits.len());
    let mut body = String::new();
    body.try_reserve_exact(zeros.saturating_add(digits.len())).map_err(|_| Error::MEMORY)?;
    body.extend(std::iter::repeat_n('0', zeros));
    body.push_str(&digits);
    let prefix = if field.flags.alternate { prefix } else { "" };
    Ok(layout_number(field, value.sign() == Sign::Negative, prefix, body))
}

/// A float for `e`, `f`, `g` and their capitals.
pub fn layout_float(field: &Field, kind: char, value: f64) -> Result<Layout> {
    let style = match kind.to_ascii_lowercase() {
        'e' => Style::Exponent,
        'f' => Style::Fixed,
        _ => Style::General,
    };
    let flags = FloatFlags {
        alternate: field.flags.alternate,
        uppercase: kind.is_ascii_uppercase(),
        ..FloatFlags::default()
    };
    let text = float::format(value, style, field.precision.unwrap_or(6), flags)?;
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body.to_owned()),
        None => (false, text),
    };
    Ok(layout_number(field, negative, "", body))
}

fn layout_number(field: &Field, negative: bool, prefix: &str, body: String) -> Layout {
    let Flags { left, plus, space, zero, .. } = field.flags;
    let sign = match negative {
        true => "-",
        false if plus => "+",
        false if space => " ",
        false => "",
    };
    let (align, fill) = match (left, zero) {
        (true, _) => (Align::Left, ' '),
        (false, true) => (Align::AfterSign, '0'),
        (false, false) => (Align::Right, ' '),
    };
    Layout::new(sign.to_owned() + prefix, body, Some(field.width), align, fill.into())
}

/// Text of `len` code points for `s`, `r`, `a` (cut to the precision) or `c`.
pub fn layout_text(field: &Field, kind: char, len: usize) -> TextLayout {
    let take = if kind == 'c' { len } else { field.precision.unwrap_or(len).min(len) };
    let align = if field.flags.left { Align::Left } else { Align::Right };
    let (left, _, right) = padding(field.width.saturating_sub(take), align);
    TextLayout { fill: ' '.into(), left, take, right }
}

/// The argument of `%c`, if it is an int, for code points below `limit` (0x110000 for `str`, 256 for
/// `bytes`).
pub fn character(value: &IBig, limit: u32) -> Result<u32> {
    u32::try_from(value).ok().filter(|code| *code < limit).ok_or_else(|| {
        let range = if limit == 256 { "256" } else { "0x110000" };
        Error::new(ErrorKind::OverflowError, format!("%c arg not in range({range})"))
    })
}
