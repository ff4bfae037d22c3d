//! Types only.

use crate::uops::Uop;

/// Where the interpreter goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Resume {
    /// Number of the code object in the recorder's list.
    pub code: u32,
    /// Unit index of the instruction in it.
    pub unit: u32,
    /// Calls of the trace that are open there, counted from the frame in which it was entered.
    pub depth: u32,
}

/// A uop of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inst {
    pub uop: Uop,
    pub oparg: u32,
    pub operands: [u64; 2],
    /// The instruction it belongs to: where every exit of this uop resumes (after an error, where it happened).
    pub resume: u32,
    /// The path that was recorded is the one on which this uop jumps; not jumping leaves.
    pub jumps: bool,
}

/// How a trace ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Back to its own start.
    Loop,
    /// Into the interpreter (or whatever code is installed there), at this resume point.
    Exit(u32),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    pub insts: Vec<Inst>,
    pub end: End,
    pub resumes: Vec<Resume>,
}
