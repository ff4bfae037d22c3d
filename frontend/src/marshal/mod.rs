//! Marshal version 5, the body of a `.pyc`: bytes to [`CodeObject`](crate::CodeObject) and back.
//!
//! A marshalled object is one type byte and its payload; containers nest. The high bit of the type
//! byte ([`FLAG_REF`]) puts the object into a table, numbered in the order in which the flagged
//! objects *begin*, and a later `r` record names it by that number. So shared strings are written
//! once, and the reader gives both users the same object.
//!
//! Only what a code object can contain is read: marshal data with lists, dicts or mutable sets in it
//! is valid for Python's `marshal.loads` and is reported as [`ReadError::Unsupported`] here.
//!
//! Damaged data ends in an error, never in a panic: sizes are checked against the remaining bytes
//! before anything is allocated, and nesting is limited to [`MAX_DEPTH`] as in CPython.

pub mod lazy;
mod pyc;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use pyc::{MAGIC_NUMBER, PycHeader, PycHeaderError, PycValidation, source_hash};
pub use read::{ReadError, load, load_code};
pub use write::{WriteError, dump, dump_code, dump_code_after};

/// The nesting at which reader and writer give up (`MAX_MARSHAL_STACK_DEPTH`).
pub const MAX_DEPTH: usize = 2000;

/// Set in the type byte of an object that later `r` records refer to.
const FLAG_REF: u8 = 0x80;

/// The type bytes, by CPython's names (`Python/marshal.c`).
pub mod tag {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOPITER: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const INT64: u8 = b'I';
    pub const FLOAT: u8 = b'f';
    pub const BINARY_FLOAT: u8 = b'g';
    pub const COMPLEX: u8 = b'x';
    pub const BINARY_COMPLEX: u8 = b'y';
    pub const LONG: u8 = b'l';
    pub const STRING: u8 = b's';
    pub const INTERNED: u8 = b't';
    pub const REF: u8 = b'r';
    pub const TUPLE: u8 = b'(';
    pub const SMALL_TUPLE: u8 = b')';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const CODE: u8 = b'c';
    pub const UNICODE: u8 = b'u';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const SLICE: u8 = b':';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
}
