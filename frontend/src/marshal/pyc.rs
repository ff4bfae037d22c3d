//! The 16 bytes before the code object in a `.pyc` file (PEP 3147, PEP 552).
//!
//! ```text
//! 0  magic number 3627 and "\r\n"
//! 4  flags, little endian: bit 0 hash-based, bit 1 (only with bit 0) check the source
//! 8  bit 0 clear: modification time and size of the source, 32 bits each, truncated
//!    bit 0 set:   the source's hash, see `source_hash`
//! ```

use std::fmt;

/// The first four bytes of a `.pyc` of CPython 3.14 (`importlib.util.MAGIC_NUMBER`).
pub const MAGIC_NUMBER: [u8; 4] = [0x2B, 0x0E, 0x0D, 0x0A];

/// How an importer finds out whether the file still belongs to its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PycValidation {
    /// Modification time (seconds) and size of the source, both modulo 2^32.
    Timestamp { mtime: u32, source_size: u32 },
    /// The source's hash, to be compared at import.
    CheckedHash([u8; 8]),
    /// The source's hash, for tools; the importer trusts the file.
    UncheckedHash([u8; 8]),
}

/// The decoded header; the code object follows at [`PycHeader::SIZE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PycHeader {
    pub validation: PycValidation,
}

/// Why the header is not one of a 3.14 `.pyc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PycHeaderError {
    /// `ImportError`: the file of another version, or no `.pyc`.
    BadMagic,
    /// `EOFError`.
    Truncated,
    /// `ImportError`.
    InvalidFlags(u32),
}

impl fmt::Display for PycHeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PycHeaderError::BadMagic => f.write_str("bad magic number"),
            PycHeaderError::Truncated => f.write_str("reached EOF while reading pyc header"),
            PycHeaderError::InvalidFlags(flags) => write!(f, "invalid flags {flags}"),
        }
    }
}

impl std::error::Error for PycHeaderError {}

impl PycHeader {
    /// Where the marshalled code begins.
    pub const SIZE: usize = 16;

    /// Decodes the header at the start of a file's contents.
    pub fn parse(file: &[u8]) -> Result<PycHeader, PycHeaderError> {
        let word =
            |at: usize| -> Option<u32> { Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?)) };
        if !file.starts_with(&MAGIC_NUMBER) {
            return Err(PycHeaderError::BadMagic);
        }
        let (Some(flags), Some(low), Some(high)) = (word(4), word(8), word(12)) else {
            return Err(PycHeaderError::Truncated);
        };
        let hash = (u64::from(high) << 32 | u64::from(low)).to_le_bytes();
        let validation = match flags {
            0b00 => PycValidation::Timestamp { mtime: low, source_size: high },
            0b01 => PycValidation::UncheckedHash(hash),
            0b11 => PycValidation::CheckedHash(hash),
            // CPython takes bit 1 without bit 0 as a timestamp file.
            0b10 => PycValidation::Timestamp { mtime: low, source_size: high },
            _ => return Err(PycHeaderError::InvalidFlags(flags)),
        };
        Ok(PycHeader { validation })
    }

    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let (flags, payload) = match self.validation {
            PycValidation::Timestamp { mtime, source_size } => {
                (0u32, (u64::from(source_size) << 32 | u64::from(mtime)).to_le_bytes())
            }
            PycValidation::UncheckedHash(hash) => (0b01, hash),
            PycValidation::CheckedHash(hash) => (0b11, hash),
        };
        let mut out = [0; Self::SIZE];
        out[..4].copy_from_slice(&MAGIC_NUMBER);
        out[4..8].copy_from_slice(&flags.to_le_bytes());
        out[8..].copy_from_slice(&payload);
        out
    }
}

/// The hash of a source file that hash-based `.pyc` files carry (`importlib.util.source_hash`).
pub fn source_hash(source: &[u8]) -> [u8; 8] {
    taipan_text::siphash::source_hash(u64::from(u32::from_le_bytes(MAGIC_NUMBER)), source)
}
