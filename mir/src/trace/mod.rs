//! MIR in its linear form: a recorded path as uops, before and after optimisation.
//!
//! A [`Trace`] is what the recorder makes of the path that the interpreter took, and what the stencil tier emits. Its uops
//! keep the order of the evaluation stack: each takes its inputs from the top. Every way out refers to a [`Resume`]: the
//! instruction at which the interpreter goes on.
//!
//! Text form, one uop to a line:
//!
//! ```text
//! trace
//!   _GUARD_LOCAL_INT                     1 -> 0 @0
//! start:
//!   _GUARD_NOT_EXHAUSTED_RANGE           47 -> 0 @1
//!   goto start
//! resume 0: code 0 unit 12 depth 0
//! snapshot 0:
//! snapshot 1: tagged f0
//! ```
//!
//! Behind the arrow stands the resume point, behind `@` the snapshot of its exits; a snapshot lists inlined frames and the
//! highest stack slots.

mod pack;
mod parse;
mod print;
mod syntax;
mod verify;

pub use pack::{Item, Packed};
pub use parse::{ParseError, parse};
pub use syntax::{
    At, Chain, Dependency, End, Inst, NO_CELL, NO_SNAPSHOT, RawLocal, Resume, Snapshot, Tail, Trace,
    VirtualFrame,
};
pub use verify::verify;
