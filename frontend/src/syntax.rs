//! Parsing, and what the parser crate says about wrong source in CPython's words.

use ruff_python_ast::{ModExpression, ModModule};
use ruff_python_parser::{ParseError, ParseErrorType, parse_expression, parse_module};
use ruff_text_size::Ranged;

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
    parsed.map_err(|error| translate(&error, source))
}

fn translate(error: &ParseError, source: &Source) -> Box<Error> {
    let loc = source.loc(error.range());
    match &error.error {
        ParseErrorType::UnexpectedIndentation => Error::indentation("unexpected indent", loc),
        ParseErrorType::OtherError(message) => Error::syntax(message.clone(), loc),
        _ => Error::syntax("invalid syntax", loc),
    }
}
