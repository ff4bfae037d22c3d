//! Taipan's runtime: values, objects, types, memory, the interpreter, builtins and native modules.
//!
//! Start reading at [`vm`] (the state), [`owned`] (references), [`objects`] (the types and how they are declared, see
//! [`objects::spec`]), [`protocol`] (operations on any object) and [`interp`] (running code).

pub mod alloc;
pub mod args;
pub mod config;
pub mod gc;
pub mod interp;
pub mod launch;
pub mod modules;
pub mod objects;
pub mod owned;
pub mod protocol;
pub mod signals;
pub mod signature;
pub mod vm;

pub use taipan_layout::{Kind, Value};

pub use args::Args;
pub use owned::{Counted, Owned, PyResult, Raised};
pub use vm::Vm;
