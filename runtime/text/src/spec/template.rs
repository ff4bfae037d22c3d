//! The templates of `str.format` and `string.Formatter`.
//!
//! A template is literal text and replacement fields `{name!conversion:spec}`; a name is an argument,
//! followed by attributes `.name` and items `[key]`. [`Markups`] reads the fields one at a time (errors
//! come as late as CPython raises them), [`FieldName`] and [`Steps`] take names apart, [`Numbering`]
//! counts automatic arguments. A specification may contain fields itself, to a depth of
//! [`MAX_NESTING`].

use std::ops::Range;

use super::append_digit;
use crate::error::{Error, Result};
use crate::unicode::decimal_value;
use crate::units::Unit;

/// A template and the specifications in it; deeper is `ValueError: Max string recursion exceeded`.
pub const MAX_NESTING: usize = 2;

/// Literal text and the field after it; ranges are those of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markup {
    pub literal: Range<usize>,
    pub field: Option<Field>,
}

/// A replacement field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: Range<usize>,
    pub conversion: Option<u32>,
    pub spec: Range<usize>,
    /// The specification contains a brace, so it is a template itself.
    pub spec_is_template: bool,
}

/// The markups of a template, lazily. After an error there are none.
pub struct Markups<'a, U> {
    template: &'a [U],
    at: usize,
}

impl<'a, U: Unit> Markups<'a, U> {
    pub fn new(template: &'a [U]) -> Self {
        Markups { template, at: 0 }
    }

    fn take(&mut self) -> Option<char> {
        let unit = self.template.get(self.at)?;
        self.at += 1;
        Some(char::from_u32(unit.code()).unwrap_or('\0'))
    }

    fn peek(&self) -> Option<char> {
        self.template.get(self.at).map(|unit| char::from_u32(unit.code()).unwrap_or('\0'))
    }

    fn markup(&mut self) -> Result<Markup> {
        let start = self.at;
        let brace = loop {
            match self.take() {
                Some(c @ ('{' | '}')) => break c,
                Some(_) => (),
                None => return Ok(Markup { literal: start..self.at, field: None }),
            }
        };
        let doubled = self.peek() == Some(brace);
        if brace == '}' && !doubled {
            return Err(Error::value("Single '}' encountered in format string"));
        }
        if self.peek().is_none() {
            return Err(Error::value("Single '{' encountered in format string"));
        }
        if doubled {
            // The first of the two belongs to the literal, the second is skipped.
            let literal = start..self.at;
            self.at += 1;
            return Ok(Markup { literal, field: None });
        }
        let literal = start..self.at - 1;
        Ok(Markup { literal, field: Some(self.field()?) })
    }

    fn field(&mut self) -> Result<Field> {
        let start = self.at;
        let end = loop {
            match self.take() {
                Some('{') => return Err(Error::value("unexpected '{' in field name")),
                // Everything up to the bracket belongs to the key.
                Some('[') => {
                    while self.peek().is_some_and(|c| c != ']') {
                        self.at += 1;
                    }
                }
                Some(c @ ('}' | ':' | '!')) => break c,
                Some(_) => (),
                None => return Err(Error::value("expected '}' before end of string")),
            }
        };
        let name = start..self.at - 1;
        let mut field = Field { name, conversion: None, spec: 0..0, spec_is_template: false };
        if end == '}' {
            return Ok(field);
        }
        if end == '!' {
            let conversion = self
                .template
                .get(self.at)
                .ok_or_else(|| Error::value("end of string while looking for conversion specifier"))?;
            self.at += 1;
            field.conversion = Some(conversion.code());
            match self.take() {
                Some('}') => return Ok(field),
                Some(':') => (),
                Some(_) => return Err(Error::value("expected ':' after conversion specifier")),
                None => return Err(Error::value("unmatched '{' in format spec")),
            }
        }
        let start = self.at;
        let mut depth = 1;
        while let Some(c) = self.take() {
            match c {
                '{' => {
                    field.spec_is_template = true;
                    depth += 1;
                }
                '}' => depth -= 1,
                _ => (),
            }
            if depth == 0 {
                field.spec = start..self.at - 1;
                return Ok(field);
            }
        }
        Err(Error::value("unmatched '{' in format spec"))
    }
}

impl<U: Unit> Iterator for Markups<'_, U> {
    type Item = Result<Markup>;

    fn next(&mut self) -> Option<Result<Markup>> {
        if self.at >= self.template.len() {
            return None;
        }
        let markup = self.markup();
        if markup.is_err() {
            self.at = self.template.len();
        }
        Some(markup)
    }
}

/// The error of a conversion other than `r`, `s` and `a`.
pub fn unknown_conversion(conversion: u32) -> Error {
    match char::from_u32(conversion) {
        Some(c @ '!'..='~') => Error::value(format!("Unknown conversion specifier {c}")),
        _ => Error::value(format!("Unknown conversion specifier \\x{conversion:x}")),
    }
}

/// Which argument a field name begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// No name: the next one.
    Automatic,
    Index(usize),
    /// A keyword, as a range of the name.
    Keyword(Range<usize>),
}

/// A field name taken apart: the argument, and the rest for [`Steps`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldName {
    pub argument: Argument,
    /// Where the attributes and items begin.
    pub rest: usize,
}

impl FieldName {
    pub fn parse<U: Unit>(name: &[U]) -> Result<FieldName> {
        let ends = |unit: &U| matches!(char::from_u32(unit.code()), Some('.' | '['));
        let rest = name.iter().position(ends).unwrap_or(name.len());
        let argument = match (rest, index(&name[..rest])?) {
            (0, _) => Argument::Automatic,
            (_, Some(index)) => Argument::Index(index),
            (_, None) => Argument::Keyword(0..rest),
        };
        Ok(FieldName { argument, rest })
    }
}

/// Decimal digits of any script, and nothing else.
fn index<U: Unit>(text: &[U]) -> Result<Option<usize>> {
    let mut number = None;
    for unit in text {
        let Some(digit) = decimal_value(unit.code()) else { return Ok(None) };
        number = Some(append_digit(number.unwrap_or(0), digit)?);
    }
    Ok(number)
}

/// One step from a value to a part of it; ranges are those of the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `.name`.
    Attribute(Range<usize>),
    /// `[123]`.
    Index(usize),
    /// `[key]`: a string key.
    Key(Range<usize>),
}

/// The steps of a name after its argument, lazily. After an error there are none.
pub struct Steps<'a, U> {
    name: &'a [U],
    at: usize,
}

impl<'a, U: Unit> Steps<'a, U> {
    /// `start` is [`FieldName::rest`].
    pub fn new(name: &'a [U], start: usize) -> Self {
        Steps { name, at: start }
    }

    fn step(&mut self) -> Result<Step> {
        let is =
            |unit: &U, expected: &[char]| char::from_u32(unit.code()).is_some_and(|c| expected.contains(&c));
        let opening = &self.name[self.at];
        let start = self.at + 1;
        let rest = &self.name[start..];
        let not_empty = |range: Range<usize>| {
            if range.is_empty() { Err(Error::value("Empty attribute in format string")) } else { Ok(range) }
        };
        if is(opening, &['.']) {
            let len = rest.iter().position(|unit| is(unit, &['.', '['])).unwrap_or(rest.len());
            self.at = start + len;
            return Ok(Step::Attribute(not_empty(start..start + len)?));
        }
        if is(opening, &['[']) {
            let len = rest.iter().position(|unit| is(unit, &[']']));
            let len = len.ok_or_else(|| Error::value("Missing ']' in format string"))?;
            self.at = start + len + 1;
            let number = index(&rest[..len])?;
            let range = not_empty(start..start + len)?;
            return Ok(number.map_or(Step::Key(range), Step::Index));
        }
        Err(Error::value("Only '.' or '[' may follow ']' in format field specifier"))
    }
}

impl<U: Unit> Iterator for Steps<'_, U> {
    type Item = Result<Step>;

    fn next(&mut self) -> Option<Result<Step>> {
        if self.at >= self.name.len() {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.at = self.name.len();
        }
        Some(step)
    }
}

/// Counts automatic arguments over a template and the specifications in it; automatic and explicit
/// numbers do not mix.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbering {
    next: usize,
    automatic: Option<bool>,
}

impl Numbering {
    /// The index of a numbered argument, `None` for a keyword.
    pub fn resolve(&mut self, argument: &Argument) -> Result<Option<usize>> {
        let automatic = match argument {
            Argument::Automatic => true,
            Argument::Index(_) => false,
            Argument::Keyword(_) => return Ok(None),
        };
        if *self.automatic.get_or_insert(automatic) != automatic {
            return Err(Error::value(if automatic {
                "cannot switch from manual field specification to automatic field numbering"
            } else {
                "cannot switch from automatic field numbering to manual field specification"
            }));
        }
        Ok(Some(match argument {
            Argument::Index(index) => *index,
            _ => {
                self.next += 1;
                self.next - 1
            }
        }))
    }
}
