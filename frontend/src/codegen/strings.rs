//! f-strings, t-strings, and docstrings.

use std::borrow::Cow;

use super::*;
use crate::error::{Error, ErrorKind};

impl<'a> Compiler<'a> {
    pub fn joined_str(&mut self, values: &'a [Expr<'a>], loc: Loc) -> Result<()> {
        if values.len() > STACK_USE_GUIDELINE {
            self.load_name_const(known::EMPTY, loc);
            self.emit_attr(known::JOIN, true, loc);
            self.emit(Op::BUILD_LIST, 0, loc);
            for value in values {
                self.visit_expr(value)?;
                self.emit(Op::LIST_APPEND, 1, loc);
            }
            self.emit(Op::CALL, 1, loc);
            return Ok(());
        }
        self.visit_exprs(values)?;
        match values.len() {
            0 => self.load_name_const(known::EMPTY, loc),
            1 => {}
            count => self.emit(Op::BUILD_STRING, count as u32, loc),
        }
        Ok(())
    }

    pub fn formatted_value(
        &mut self,
        value: &'a Expr<'a>,
        conversion: Conversion,
        format_spec: Option<&'a Expr<'a>>,
        loc: Loc,
    ) -> Result<()> {
        self.visit_expr(value)?;
        if conversion != Conversion::None {
            self.emit(Op::CONVERT_VALUE, conversion as u32, loc);
        }
        match format_spec {
            Some(spec) => {
                self.visit_expr(spec)?;
                self.emit0(Op::FORMAT_WITH_SPEC, loc);
            }
            None => self.emit0(Op::FORMAT_SIMPLE, loc),
        }
        Ok(())
    }

    pub fn interpolation(
        &mut self,
        value: &'a Expr<'a>,
        text: ConstId,
        conversion: Conversion,
        format_spec: Option<&'a Expr<'a>>,
        loc: Loc,
    ) -> Result<()> {
        self.visit_expr(value)?;
        self.load_const(text, loc);
        let mut arg = 2 | (conversion as u32) << 2;
        if let Some(spec) = format_spec {
            arg |= 1;
            self.visit_expr(spec)?;
        }
        self.emit(Op::BUILD_INTERPOLATION, arg, loc);
        Ok(())
    }

    /// The strings and the interpolations become two tuples that alternate, beginning and ending
    /// with a string.
    pub fn template_str(&mut self, values: &'a [Expr<'a>], loc: Loc) -> Result<()> {
        let is_interpolation = |e: &Expr| matches!(e.kind, ExprKind::Interpolation { .. });
        let mut strings = 0;
        let mut last_was_interpolation = true;
        let mut index = 0;
        while index < values.len() {
            if is_interpolation(&values[index]) {
                if last_was_interpolation {
                    self.load_name_const(known::EMPTY, loc);
                    strings += 1;
                }
                last_was_interpolation = true;
            } else {
                self.visit_expr(&values[index])?;
                while values.get(index + 1).is_some_and(|e| !is_interpolation(e)) {
                    index += 1;
                    self.visit_expr(&values[index])?;
                    self.emit_binary(Operator::Add, true, loc);
                }
                strings += 1;
                last_was_interpolation = false;
            }
            index += 1;
        }
        if last_was_interpolation {
            self.load_name_const(known::EMPTY, loc);
            strings += 1;
        }
        self.emit(Op::BUILD_TUPLE, strings, loc);
        let mut interpolations = 0;
        for value in values.iter().filter(|e| is_interpolation(e)) {
            self.visit_expr(value)?;
            interpolations += 1;
        }
        self.emit(Op::BUILD_TUPLE, interpolations, loc);
        self.emit0(Op::BUILD_TEMPLATE, loc);
        Ok(())
    }

    /// A docstring without the indentation that its lines share.
    pub fn clean_doc(&mut self, id: ConstId) -> Result<ConstId> {
        let Constant::Str(text) = self.consts.get(id) else { return Ok(id) };
        // Surrogates begin with this byte.
        if memchr::memchr(0xED, text.as_wtf8()).is_some() && text.as_str().is_none() {
            return Err(not_encodable(text));
        }
        let cleaned = PyText::from_wtf8(&clean_doc(text.as_wtf8()));
        Ok(self.consts.text(&cleaned))
    }
}

/// CPython cleans docstrings in UTF-8, which has no lone surrogates.
#[cold]
fn not_encodable(text: &PyText) -> Box<Error> {
    let is_surrogate = |point: &u32| (0xD800..0xE000).contains(point);
    let points: Vec<u32> = text.code_points().collect();
    let start = points.iter().position(is_surrogate).unwrap_or_default();
    let count = points[start..].iter().take_while(|point| is_surrogate(point)).count();
    let what = match count {
        0 | 1 => format!("character '\\u{:04x}' in position {start}", points[start]),
        _ => format!("characters in position {start}-{}", start + count - 1),
    };
    let message = format!("'utf-8' codec can't encode {what}: surrogates not allowed");
    Error::nowhere(ErrorKind::UnicodeEncode, message)
}

/// Expands tabs, strips the first line's leading spaces and removes the smallest indentation of the
/// other lines that are not blank.
fn clean_doc(text: &[u8]) -> Cow<'_, [u8]> {
    let text = match memchr::memchr(b'\t', text) {
        Some(_) => Cow::Owned(expand_tabs(text)),
        None => Cow::Borrowed(text),
    };
    let indent = |line: &[u8]| line.iter().take_while(|&&b| b == b' ').count();
    let Some(end) = memchr::memchr(b'\n', &text) else {
        let first = indent(&text);
        return match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[first..]),
            Cow::Owned(mut text) => {
                text.drain(..first);
                Cow::Owned(text)
            }
        };
    };
    let (first, rest) = (&text[..end], &text[end + 1..]);
    let lines = || {
        let ends = memchr::memchr_iter(b'\n', rest).chain([rest.len()]);
        ends.scan(0, |start, end| Some(&rest[std::mem::replace(start, end + 1)..end]))
    };
    let margin = lines().map(|line| (indent(line), line.len())).filter(|(indent, len)| indent < len);
    let margin = margin.map(|(indent, _)| indent).min().unwrap_or(0);
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(&first[indent(first)..]);
    for line in lines() {
        out.push(b'\n');
        // A line that is shorter than the margin is blank.
        out.extend_from_slice(line.get(margin..).unwrap_or_default());
    }
    Cow::Owned(out)
}

/// `str.expandtabs()` with stops at every eighth column.
fn expand_tabs(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut column = 0;
    for &byte in text {
        match byte {
            b'\t' => {
                let width = 8 - column % 8;
                out.extend(std::iter::repeat_n(b' ', width));
                column += width;
                continue;
            }
            b'\n' | b'\r' => column = 0,
            // Continuation bytes belong to the character before.
            0x80..0xC0 => {}
            _ => column += 1,
        }
        out.push(byte);
    }
    out
}
