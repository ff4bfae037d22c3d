//! The uops of a program's instructions as text.

use std::fmt::Write;

use taipan_frontend::CodeObject;
use taipan_mir::bytecode::instructions;
use taipan_mir::uops::{ArgPart, expansion};

use crate::terminal::{Failure, Result};

/// Appends one code object:
///
/// ```text
/// __main__.f (line 1)
///    2 BINARY_OP 0
///        _SPECIALIZE_BINARY_OP
///        _BINARY_OP
/// ```
pub fn uops(module: &str, code: &CodeObject, out: &mut String) -> Result<()> {
    let name = String::from_utf8_lossy(code.qualname.as_wtf8());
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(out, "{text}").map_err(|_| too_long());
    line(format_args!("{module}.{name} (line {})", code.firstlineno))?;
    for i in instructions(&code.code) {
        line(format_args!("{:5} {} {}", i.unit, i.op, i.arg))?;
        for (uop, part, _) in expansion(i.op).into_iter().flat_map(|e| e.uops()) {
            match part {
                ArgPart::All => line(format_args!("        {uop}"))?,
                ArgPart::High => line(format_args!("        {uop} {}", i.arg >> 4))?,
                ArgPart::Low => line(format_args!("        {uop} {}", i.arg & 15))?,
            }
        }
    }
    Ok(())
}

fn too_long() -> Failure {
    Failure::program("the listing does not fit into memory")
}
