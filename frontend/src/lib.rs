//! Python source to CPython 3.14 bytecode.

pub mod code;

pub use code::{CodeObject, Constant, PyText};
