//! The uops of a program's instructions as text.

use std::fmt::Write;

use taipan_frontend::CodeObject;
use taipan_mir::opcodes::Opcode;
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
    let units: Vec<&[u8]> = code.code.chunks_exact(2).collect();
    let (mut unit, mut argument) = (0, 0u64);
    while let Some([op, low]) = units.get(unit).copied() {
        let (op, low) = (*op, *low);
        argument = argument << 8 | u64::from(low);
        let Some(op) = Opcode::from_u8(op) else { break };
        if op == Opcode::EXTENDED_ARG {
            unit += 1;
            continue;
        }
        line(format_args!("{unit:5} {op} {argument}"))?;
        for (uop, part, _) in expansion(op).into_iter().flat_map(|e| e.uops()) {
            match part {
                ArgPart::All => line(format_args!("        {uop}"))?,
                ArgPart::High => line(format_args!("        {uop} {}", argument >> 4))?,
                ArgPart::Low => line(format_args!("        {uop} {}", argument & 15))?,
            }
        }
        unit += 1 + op.caches();
        argument = 0;
    }
    Ok(())
}

fn too_long() -> Failure {
    Failure::program("the listing does not fit into memory")
}
