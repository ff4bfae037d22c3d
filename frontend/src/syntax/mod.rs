//! Parsing, and what is wrong with source that does not parse, in CPython's words.

mod lexer;
mod peg;
pub mod unicode_properties;
mod words;

use ruff_python_ast::{ModExpression, ModModule, token::Tokens};
use ruff_python_parser::{ParseOptions, parse_expression, parse_module, parse_unchecked};

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

pub use lexer::{ignored_type, keyword_follows, type_in_comment};
pub use peg::{Diagnosis, Input, LATEST, diagnose, diagnose_dialect, diagnose_input, function_type};

/// Parses; the error is a placeholder, as `diagnose` knows better. Also says whether brackets nest so deeply that
/// CPython's parser may give up.
pub fn parse(source: &Source, mode: Mode) -> Result<(Parsed, bool)> {
    let text = source.text();
    let depth = if may_nest_too_deeply(source) { lexer::bracket_depth(text) } else { Some(0) };
    // The parser crate would skip a byte order mark, which is gone by now.
    let Some(depth) = depth.filter(|_| !text.starts_with('\u{FEFF}')) else {
        return Err(Error::syntax("invalid syntax", Loc::NONE));
    };
    let parsed = match mode {
        Mode::Module | Mode::Interactive => parse_module(text).map(Parsed::Module),
        Mode::Expression => parse_expression(text).map(Parsed::Expression),
    };
    match parsed {
        Ok(parsed) => Ok((parsed, depth > DOUBTFUL_BRACKETS)),
        Err(error) => Err(Error::syntax("invalid syntax", source.loc(error.location))),
    }
}

/// A bracket may be some thirty rules deep in CPython's grammar, whose parser gives up at 6000.
const DOUBTFUL_BRACKETS: usize = 120;

/// The tokens of a module. Source that the parser refuses has tokens too, unless they are what is wrong.
pub fn tokens(source: &Source) -> Result<Tokens> {
    match parse(source, Mode::Module) {
        Ok((Parsed::Module(parsed), _)) => Ok(parsed.tokens().clone()),
        Ok((Parsed::Expression(parsed), _)) => Ok(parsed.tokens().clone()),
        Err(error) if lexer::stop(source.text()).is_some() => Err(error),
        Err(_) => Ok(all_tokens(source)),
    }
}

/// Whether the text ends in the middle of a statement, and nothing else is wrong with its tokens.
pub fn ends_early(source: &Source) -> bool {
    lexer::stop(source.text()) == Some(lexer::Stop::Eof)
}

/// The tokens of a source, whatever is wrong with it.
pub fn all_tokens(source: &Source) -> Tokens {
    let options = ParseOptions::from(ruff_python_parser::Mode::Module);
    parse_unchecked(source.text(), options).tokens().clone()
}

/// Whether the source may come near CPython's limits on brackets and indentation, which the parser
/// crate does not have. Brackets in strings count too; a closer look follows.
fn may_nest_too_deeply(source: &Source) -> bool {
    const MAX_INDENT: usize = 99;
    /// Few bytes, so that the bound is close; enough for vector instructions.
    const CHUNK: usize = 64;
    // Within a chunk all brackets might open before any closes, and behind it those that opened
    // there may all be open still: so the level is bounded without looking at the order.
    let mut level = 0;
    source.text().as_bytes().chunks(CHUNK).any(|chunk| {
        let opening = count(chunk, |byte| byte == b'(' || byte & !0x20 == b'[');
        let closing = count(chunk, |byte| byte == b')' || byte & !0x20 == b']');
        let highest = level + opening;
        level = opening.max(highest.saturating_sub(closing));
        highest > DOUBTFUL_BRACKETS
    }) || source.has_indent_beyond(MAX_INDENT)
}

/// How many bytes of a short slice are so.
fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().map(|&byte| is(byte) as u8).sum::<u8>() as usize
}
