//! Checks that have no place of their own in the tree.

use super::{Result, invalid};
use crate::{ast::Loc, code::PyText};

/// Lines and columns run forwards.
pub fn positions(loc: Loc) -> Result<()> {
    let Loc { line, end_line, col, end_col } = loc;
    if line > end_line {
        return invalid(format!("AST node line range ({line}, {end_line}) is not valid"));
    }
    if (line < 0 && end_line != line) || (col < 0 && col != end_col) {
        return invalid(format!(
            "AST node column range ({col}, {end_col}) for line range ({line}, {end_line}) is not valid"
        ));
    }
    if line == end_line && col > end_col {
        return invalid(format!("line {line}, column {col}-{end_col} is not a valid range"));
    }
    Ok(())
}

/// What a name must not be.
pub fn name(text: &PyText) -> Result<()> {
    match text.as_wtf8() {
        b"None" | b"True" | b"False" => {
            let text = String::from_utf8_lossy(text.as_wtf8());
            invalid(format!("identifier field can't represent '{text}' constant"))
        }
        _ => Ok(()),
    }
}

/// A list that must have something in it.
pub fn not_empty(len: usize, what: &str, owner: &str) -> Result<()> {
    if len == 0 { invalid(format!("empty {what} on {owner}")) } else { Ok(()) }
}
