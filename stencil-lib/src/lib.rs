//! Machine code made offline from the uop bodies: the interpreter's handlers, linked into this crate, and
//! the stencils with the engine that copies and patches them.
//!
//! | module | does |
//! |---|---|
//! | [`enter`] | the handlers' table, entering the interpreter |
//! | [`stencil`] | the tables of stencils and holes |
//! | [`emit`] | lays out and writes the code of a trace |
//! | [`arena`] | executable memory near the binary's text |
//! | [`uops`] | one uop at a time, without machine code of its own |
//! | [`listing`] | the stencils and the layout of emitted code, to look at |
#![allow(unsafe_code, reason = "writes and enters machine code")]

pub mod arena;
pub mod emit;
pub mod enter;
pub mod listing;
pub mod stencil;
pub mod uops;

pub use enter::{handlers, hooked_handlers, interp_enter};
