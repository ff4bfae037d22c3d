//! Files that hold a program: Python source, or the compiled code of a `.pyc`.

use std::path::Path;
use std::rc::Rc;

use taipan_frontend::{CodeObject, Flags, Mode, SyntaxError, Warning, compile_bytes, marshal};
use taipan_runtime::launch::is_pyc;

use crate::terminal::{Failure, Result, os_message};

/// A file's contents.
pub enum Contents {
    Source(Vec<u8>),
    Code(Rc<CodeObject>),
}

/// Reads a file; it has to exist and be readable, and a `.pyc` has to be one of this version.
pub fn read(path: &Path) -> Result<Contents> {
    let shown = path.display();
    if path.is_dir() {
        return Err(Failure::usage(format!("'{shown}' is a directory, not a program")));
    }
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::usage(format!("can't read '{shown}': {}", os_message(&error))))?;
    if !is_pyc(path, &bytes) {
        return Ok(Contents::Source(bytes));
    }
    match load_pyc(&bytes) {
        Ok(code) => Ok(Contents::Code(code)),
        Err(message) => Err(Failure::program(format!("'{shown}': {message}"))),
    }
}

fn load_pyc(bytes: &[u8]) -> std::result::Result<Rc<CodeObject>, String> {
    marshal::PycHeader::parse(bytes).map_err(|error| error.to_string())?;
    marshal::load_code(&bytes[marshal::PycHeader::SIZE..]).map_err(|error| error.to_string())
}

/// Compiles source; warnings go to standard error.
pub fn compile(path: &Path, source: &[u8], flags: Flags) -> Result<Rc<CodeObject>> {
    let name = path.to_string_lossy();
    let compilation = compile_bytes(source, &name, Mode::Module, flags)
        .map_err(|error| Failure::program(describe(&name, &error)))?;
    warn(&name, &compilation.warnings);
    Ok(compilation.code)
}

pub fn warn(name: &str, warnings: &[Warning]) {
    for warning in warnings {
        eprintln!("{name}:{}:{}: SyntaxWarning: {}", warning.loc.line, warning.loc.col + 1, warning.message);
    }
}

/// `FILE:LINE:COLUMN: SyntaxError: message`, as far as the place is known.
pub fn describe(name: &str, error: &SyntaxError) -> String {
    let place = match (error.lineno, error.offset) {
        (line, column) if line > 0 && column > 0 => format!("{name}:{line}:{column}"),
        (line, _) if line > 0 => format!("{name}:{line}"),
        _ => name.to_owned(),
    };
    format!("{place}: {}: {}", error.kind.name(), error.message)
}
