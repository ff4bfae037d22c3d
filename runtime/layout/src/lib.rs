//! What machine code may see: the tagged word, the object header and the few object layouts that uop
//! bodies touch directly.
//!
//! This crate is compiled twice with the same source: into the runtime, and (below `runtime/uops`) into
//! the bitcode from which the handlers, the stencils and the LLVM tiers are made. It is therefore
//! `no_std`, has no statics, allocates nothing and depends on nothing; every type is `repr(C)` and the
//! assertions in each module fix the offsets.
//!
//! | module | holds |
//! |---|---|
//! | [`value`] | the 64-bit word: fixnum, flonum, immediates, owned and borrowed pointers |
//! | [`header`] | the object header, exact kinds, flag bits |
//! | [`shape`] | hidden classes: type + attribute layout + version |
//! | [`objects`] | prefixes of the object types that bodies read or write |
//! | [`frame`] | interpreter frames on the data stack |
//! | [`thread`] | the part of the thread state that bodies use |
#![no_std]
#![allow(unsafe_code, reason = "object memory")]

pub mod frame;
pub mod header;
pub mod objects;
pub mod shape;
pub mod thread;
pub mod value;

pub use frame::Frame;
pub use header::{Header, Kind};
pub use shape::Shape;
pub use thread::ThreadState;
pub use value::{StackValue, Value};
