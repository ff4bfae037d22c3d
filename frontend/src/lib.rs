//! Python source to CPython 3.14 bytecode.

pub mod code;
pub mod dis;
pub mod marshal;
pub mod tables;

pub use code::{CodeObject, Constant, PyText};
