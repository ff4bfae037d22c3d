//! The pure algorithms of Python's text and numbers.
//!
//! The runtime's builtin types (`int`, `float`, `str`, `bytes`, `list.sort`) and the front end (constant
//! folding, `dis`) need the same answers to questions that have nothing to do with objects: how a
//! float prints, whether a code point is printable, what a string hashes to. Each module answers one
//! family of them over plain Rust data: code points are `u32` (lone surrogates are legal Python),
//! integers are [`dashu_int::IBig`], errors are small enums whose `Display` is CPython's message.
//!
//! Nothing here allocates Python objects, calls back into Python (except through a caller's closure)
//! or keeps global state.

pub mod error;
pub mod escape;
pub mod find;
pub mod float;
pub mod hash;
pub mod int;
pub mod siphash;
pub mod sort;
pub mod spec;
pub mod unicode;
pub mod units;

#[cfg(test)]
mod oracle;

pub use error::{Error, ErrorKind, Result};
