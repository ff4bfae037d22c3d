//! Source file → `.pyc` file: what `py_compile` does, on bytes.

use std::fmt;

use crate::{
    Flags, Mode, SyntaxError, Warning, compile_bytes,
    marshal::{self, PycHeader, PycValidation, WriteError, source_hash},
};

/// How the file says which source it was made from (`py_compile.PycInvalidationMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalidation {
    /// The source's modification time in seconds; its size is added.
    Timestamp(u64),
    CheckedHash,
    UncheckedHash,
}

/// The contents of a `.pyc` file.
#[derive(Debug)]
pub struct Pyc {
    pub bytes: Vec<u8>,
    pub warnings: Vec<Warning>,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PycError {
    Source(SyntaxError),
    Marshal(WriteError),
}

impl fmt::Display for PycError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PycError::Source(error) => error.fmt(f),
            PycError::Marshal(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PycError {}

/// Compiles the contents of a source file to those of its `.pyc`; `filename` is what `co_filename`
/// says.
pub fn compile_pyc(
    source: &[u8],
    filename: &str,
    flags: Flags,
    invalidation: Invalidation,
) -> Result<Pyc, PycError> {
    let compilation = compile_bytes(source, filename, Mode::Module, flags).map_err(PycError::Source)?;
    let validation = match invalidation {
        // Both numbers are kept modulo 2^32.
        Invalidation::Timestamp(mtime) => {
            PycValidation::Timestamp { mtime: mtime as u32, source_size: source.len() as u32 }
        }
        Invalidation::CheckedHash => PycValidation::CheckedHash(source_hash(source)),
        Invalidation::UncheckedHash => PycValidation::UncheckedHash(source_hash(source)),
    };
    let mut bytes = Vec::with_capacity(source.len() + PycHeader::SIZE);
    bytes.extend(PycHeader { validation }.to_bytes());
    let bytes = marshal::dump_code_after(bytes, &compilation.code).map_err(PycError::Marshal)?;
    Ok(Pyc { bytes, warnings: compilation.warnings })
}
