//! Parsing, and what is wrong with source that does not parse, in CPython's words.

mod hints;
mod messages;
mod numbers;
mod tokenizer;
pub mod unicode_properties;
mod words;

use ruff_python_ast::{ModExpression, ModModule};
use ruff_python_parser::{parse_expression, parse_module};

use crate::{
    Mode,
    ast::Loc,
    error::{Error, Result},
    source::Source,
};

/// The parser crate's tree.
pub enum Parsed {
    Module(ruff_python_parser::Parsed<ModModule>),
    Expression(ruff_python_parser::Parsed<ModExpression>),
}

pub fn parse(source: &Source, mode: Mode) -> Result<Parsed> {
    let text = source.text();
    if text.contains('\0') {
        return Err(Error::syntax("source code cannot contain null bytes", Loc::NONE));
    }
    if text.starts_with('\u{FEFF}') {
        // The parser crate would skip it; a byte order mark is gone by now.
        let message = "invalid non-printable character U+FEFF";
        return Err(Error::syntax(message, Loc::new(1, 1, 0, 0)));
    }
    if may_nest_too_deeply(text)
        && let Some(error) = messages::token_error(source)
    {
        return Err(error);
    }
    let parsed = match mode {
        Mode::Module | Mode::Interactive => parse_module(text).map(Parsed::Module),
        Mode::Expression => parse_expression(text).map(Parsed::Expression),
    };
    parsed.map_err(|error| messages::translate(&error, source))
}

/// Whether the source may exceed the tokenizer's limits on brackets and indentation, which the
/// parser crate does not have. Brackets in strings count too; a closer look follows.
fn may_nest_too_deeply(text: &str) -> bool {
    const MAX_LEVEL: u32 = 200;
    const MAX_INDENT: u32 = 99;
    let (mut level, mut indent) = (0u32, 0u32);
    let mut at_start = true;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                level += 1;
                if level > MAX_LEVEL {
                    return true;
                }
            }
            b')' | b']' | b'}' => level = level.saturating_sub(1),
            b'\n' => {
                at_start = true;
                indent = 0;
                continue;
            }
            b' ' | b'\t' if at_start => {
                indent += 1;
                if indent > MAX_INDENT {
                    return true;
                }
                continue;
            }
            _ => {}
        }
        at_start = false;
    }
    false
}
