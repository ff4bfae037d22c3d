//! The compiler as the runtime uses it: the one place that names the frontend's entry points.

pub use compile::{compile_bytes, compile_with_warnings};

use std::rc::Rc;

use taipan_frontend::CodeObject;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Module,
    Expression,
    Interactive,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    pub optimize: u8,
    pub future: u32,
    pub top_level_await: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    Syntax,
    Indentation,
    Tab,
    Recursion,
}

#[derive(Clone, Debug)]
pub struct SyntaxError {
    pub kind: ErrorKind,
    pub message: String,
    pub lineno: i32,
    pub offset: i32,
    pub end_lineno: i32,
    pub end_offset: i32,
    pub text: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub struct Loc {
    pub line: i32,
}

#[derive(Clone, Debug)]
pub struct Warning {
    pub message: String,
    pub loc: Loc,
}

#[derive(Debug)]
pub struct Compilation {
    pub code: Rc<CodeObject>,
    pub warnings: Vec<Warning>,
}

mod compile {
    use super::*;

    fn unavailable() -> SyntaxError {
        SyntaxError {
            kind: ErrorKind::Syntax,
            message: "this build has no compiler for source text".to_owned(),
            lineno: 0,
            offset: 0,
            end_lineno: 0,
            end_offset: 0,
            text: None,
        }
    }

    pub fn compile_with_warnings(_: &str, _: &str, _: Mode, _: Flags) -> Result<Compilation, SyntaxError> {
        Err(unavailable())
    }

    pub fn compile_bytes(_: &[u8], _: &str, _: Mode, _: Flags) -> Result<Compilation, SyntaxError> {
        Err(unavailable())
    }
}
