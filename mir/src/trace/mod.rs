//! MIR in its linear form: a recorded path as uops, before and after optimisation.
//!
//! A [`Trace`] is what the recorder makes of the path that the interpreter took, and what the stencil tier emits. Its uops
//! keep the order of the evaluation stack: each takes its inputs from the top. Every way out refers to a [`Resume`]: the
//! instruction at which the interpreter goes on.
//!
//! Text form, one uop to a line:
//!
//! ```text
//! trace loop
//!   _GUARD_NOT_EXHAUSTED_RANGE            -> 0
//!   _SWAP_FAST 1
//!   _GUARD_TOS_INT                        -> 1
//!   goto start
//! resume 0: code 0 unit 12 depth 0
//! ```

mod print;
mod syntax;

pub use syntax::{Dependency, End, Inst, NO_SNAPSHOT, Resume, Snapshot, Tail, Trace, VirtualFrame};
