//! The format mini-language of `format()`, `str.format` and f-strings, and `%` formatting.
//!
//! ```text
//! [[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]
//! ```
//!
//! [`FormatSpec::parse`] reads a specification; [`number`] and [`text`] lay values out by it. A result is
//! a [`Layout`]: the parts between which padding goes, so that the caller can build its own kind of
//! string without copying twice. [`percent`] and [`template`] read the two template languages; they only
//! parse, since looking up arguments needs objects.
//!
//! Errors carry CPython's messages; those that end in the type of the object take its name from the
//! caller.

mod layout;
pub mod number;
pub mod percent;
pub mod template;
pub mod text;

pub use layout::Layout;

use crate::error::{Error, Result};
use crate::unicode::decimal_value;
use crate::units::Unit;

/// Where a value stands in a field that is wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
    Center,
    /// `=`: the padding goes between the sign (or prefix) and the digits.
    AfterSign,
}

impl Align {
    fn from_code(code: u32) -> Option<Align> {
        match char::from_u32(code)? {
            '<' => Some(Align::Left),
            '>' => Some(Align::Right),
            '^' => Some(Align::Center),
            '=' => Some(Align::AfterSign),
            _ => None,
        }
    }
}

/// What is written before a number that is not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `-`, also the default: nothing.
    Minus,
    Plus,
    Space,
}

/// A separator between groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    Comma,
    Underscore,
}

impl Grouping {
    fn symbol(self) -> char {
        match self {
            Grouping::Comma => ',',
            Grouping::Underscore => '_',
        }
    }
}

/// A parsed specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// A code point; a space unless given.
    pub fill: u32,
    pub align: Align,
    /// `None` if no sign was given, which differs from `-` in that strings do not object to it.
    pub sign: Option<Sign>,
    /// `z`: no minus sign before a zero.
    pub no_negative_zero: bool,
    /// `#`.
    pub alternate: bool,
    pub width: Option<usize>,
    pub grouping: Option<Grouping>,
    pub precision: Option<usize>,
    pub fraction_grouping: Option<Grouping>,
    /// The presentation type; `None` if it was left out.
    pub kind: Option<u32>,
}

/// What a type assumes where the specification is silent.
#[derive(Clone, Copy)]
pub struct Defaults<'a> {
    pub align: Align,
    /// The presentation type; `None` for float and complex, which have a format of their own.
    pub kind: Option<char>,
    /// The name of the object's type, for messages.
    pub type_name: &'a str,
}

impl<'a> Defaults<'a> {
    pub fn text(type_name: &'a str) -> Self {
        Defaults { align: Align::Left, kind: Some('s'), type_name }
    }

    pub fn int(type_name: &'a str) -> Self {
        Defaults { align: Align::Right, kind: Some('d'), type_name }
    }

    /// For float and complex.
    pub fn float(type_name: &'a str) -> Self {
        Defaults { align: Align::Right, kind: None, type_name }
    }
}

impl FormatSpec {
    /// Parses `spec`. An empty one never gets here: it means `str(value)`.
    pub fn parse<U: Unit>(spec: &[U], defaults: Defaults<'_>) -> Result<FormatSpec> {
        let mut rest = Cursor { text: spec };
        let mut fill = None;
        let mut align = None;
        if let Some(found) = rest.peek_at(1).and_then(Align::from_code) {
            fill = rest.next();
            align = Some(found);
            rest.next();
        } else if let Some(found) = rest.peek().and_then(Align::from_code) {
            align = Some(found);
            rest.next();
        }
        let sign = match rest.peek_char() {
            Some('+') => Some(Sign::Plus),
            Some('-') => Some(Sign::Minus),
            Some(' ') => Some(Sign::Space),
            _ => None,
        };
        if sign.is_some() {
            rest.next();
        }
        let no_negative_zero = rest.eat('z');
        let alternate = rest.eat('#');
        // A zero before the width means zeros after the sign, unless a fill was given.
        if fill.is_none() && rest.eat('0') {
            fill = Some('0'.into());
            if align.is_none() && defaults.align == Align::Right {
                align = Some(Align::AfterSign);
            }
        }
        let width = rest.number()?;
        let grouping = rest.grouping()?;
        let (mut precision, mut fraction_grouping) = (None, None);
        if rest.eat('.') {
            precision = rest.number()?;
            fraction_grouping = rest.grouping()?;
            if precision.is_none() && fraction_grouping.is_none() {
                return Err(Error::value("Format specifier missing precision"));
            }
        }
        if rest.text.len() > 1 {
            let spec: String =
                spec.iter().map(|unit| char::from_u32(unit.code()).unwrap_or('\u{FFFD}')).collect();
            let name = defaults.type_name;
            return Err(Error::value(format!(
                "Invalid format specifier '{spec}' for object of type '{name}'"
            )));
        }
        // For CPython's floats the code 0 is "no type", so that is what it means when it is given.
        let kind = rest.next().filter(|kind| *kind != 0 || defaults.kind.is_some());
        let effective = kind.or(defaults.kind.map(u32::from));
        check_grouping(grouping, fraction_grouping, effective)?;
        Ok(FormatSpec {
            fill: fill.unwrap_or(' '.into()),
            align: align.unwrap_or(defaults.align),
            sign,
            no_negative_zero,
            alternate,
            width,
            grouping,
            precision,
            fraction_grouping,
            kind,
        })
    }
}

/// Which presentation types take separators.
fn check_grouping(grouping: Option<Grouping>, fraction: Option<Grouping>, kind: Option<u32>) -> Result<()> {
    let letter = kind.and_then(char::from_u32);
    if let Some(grouping) = grouping {
        let fits = match (letter, grouping) {
            (None, _) => kind.is_none(),
            (Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F'), _) => true,
            (Some('b' | 'o' | 'x' | 'X'), Grouping::Underscore) => true,
            _ => false,
        };
        if !fits {
            return Err(cannot_group(grouping, kind));
        }
    }
    match fraction {
        Some(fraction) if letter == Some('n') => Err(cannot_group(fraction, kind)),
        _ => Ok(()),
    }
}

fn cannot_group(grouping: Grouping, kind: Option<u32>) -> Error {
    let symbol = grouping.symbol();
    let kind = shown_kind(kind.unwrap_or(0));
    Error::value(format!("Cannot specify '{symbol}' with '{kind}'."))
}

/// A presentation type in a message: as it is, or its code in hexadecimal.
fn shown_kind(kind: u32) -> String {
    match char::from_u32(kind) {
        Some(c @ '!'..='\x7f') => c.to_string(),
        _ => format!("\\x{kind:x}"),
    }
}

fn unknown_kind(kind: u32, type_name: &str) -> Error {
    let kind = shown_kind(kind);
    Error::value(format!("Unknown format code '{kind}' for object of type '{type_name}'"))
}

/// What is left of a specification.
struct Cursor<'a, U> {
    text: &'a [U],
}

impl<U: Unit> Cursor<'_, U> {
    fn peek_at(&self, index: usize) -> Option<u32> {
        self.text.get(index).map(|unit| unit.code())
    }

    fn peek(&self) -> Option<u32> {
        self.peek_at(0)
    }

    fn peek_char(&self) -> Option<char> {
        self.peek().and_then(char::from_u32)
    }

    fn next(&mut self) -> Option<u32> {
        let (first, rest) = self.text.split_first()?;
        self.text = rest;
        Some(first.code())
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek_char() == Some(expected);
        if found {
            self.next();
        }
        found
    }

    /// Decimal digits of any script.
    fn number(&mut self) -> Result<Option<usize>> {
        let mut number: Option<usize> = None;
        while let Some(digit) = self.peek().and_then(decimal_value) {
            number = Some(append_digit(number.unwrap_or(0), digit)?);
            self.next();
        }
        Ok(number)
    }

    fn grouping(&mut self) -> Result<Option<Grouping>> {
        const BOTH: &str = "Cannot specify both ',' and '_'.";
        let comma = self.eat(',');
        if self.eat('_') {
            if comma || self.peek_char() == Some(',') {
                return Err(Error::value(BOTH));
            }
            return Ok(Some(Grouping::Underscore));
        }
        Ok(comma.then_some(Grouping::Comma))
    }
}

/// Numbers in format strings are limited as CPython's `Py_ssize_t` is.
fn append_digit(number: usize, digit: u8) -> Result<usize> {
    number
        .checked_mul(10)
        .and_then(|number| number.checked_add(digit.into()))
        .filter(|number| *number <= isize::MAX as usize)
        .ok_or_else(|| Error::value("Too many decimal digits in format string"))
}

#[cfg(test)]
mod tests;
