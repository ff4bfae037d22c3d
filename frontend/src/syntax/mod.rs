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
    let parsed = match mode {
        Mode::Module | Mode::Interactive => parse_module(text).map(Parsed::Module),
        Mode::Expression => parse_expression(text).map(Parsed::Expression),
    };
    parsed.map_err(|error| messages::translate(&error, source))
}
