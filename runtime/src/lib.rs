//! Taipan's runtime: values, objects, types, memory, the interpreter, builtins and native modules.
//!
//! Start reading at [`vm`] (the state), [`owned`] (references), [`objects`] (the types and how they are declared, see
//! [`objects::spec`]), [`protocol`] (operations on any object) and [`interp`] (running code).

// Unsafe code is refused in every other module.
#[allow(unsafe_code, reason = "object memory is taken and given back here")]
pub mod alloc;
pub mod args;
pub mod config;
#[allow(unsafe_code, reason = "installs compiled functions in code objects")]
pub mod embedded;
#[allow(unsafe_code, reason = "walks the references of objects")]
pub mod gc;
#[allow(unsafe_code, reason = "machine code enters Rust here: raw words, frames, C functions by name")]
#[allow(
    clippy::missing_safety_doc,
    reason = "one contract for all that bodies call: the state that a uop's row describes"
)]
pub mod interp;
pub mod launch;
pub mod modules;
#[allow(unsafe_code, reason = "object layout: what a value of a kind points to")]
pub mod objects;
#[allow(unsafe_code, reason = "reference counts of raw words")]
pub mod owned;
#[allow(unsafe_code, reason = "its statics have names for the linker")]
pub mod parts;
#[allow(unsafe_code, reason = "is called by the interpreter's handlers, with their frames")]
pub mod profile;
#[allow(unsafe_code, reason = "reads the slots of types and shapes")]
pub mod protocol;
pub mod repl;
#[allow(unsafe_code, reason = "installs signal handlers")]
pub mod signals;
pub mod signature;
#[allow(unsafe_code, reason = "states of threads change hands")]
pub mod threads;
#[allow(unsafe_code, reason = "makes machine code and enters it")]
pub mod tier2;
pub mod tier3;
#[allow(unsafe_code, reason = "owns the thread state that machine code reads")]
pub mod vm;

pub use taipan_layout::{Kind, Value};

pub use args::Args;
pub use owned::{Counted, Owned, PyResult, Raised};
pub use vm::Vm;
