//! Machine code made offline from the uop bodies: the interpreter's handlers, linked into this crate.
#![allow(unsafe_code, reason = "enters machine code")]

pub mod enter;

pub use enter::{handlers, interp_enter};
