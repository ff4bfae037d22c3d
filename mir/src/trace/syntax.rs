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
    /// What its exits have to put right: index of a [`Snapshot`], or [`NO_SNAPSHOT`] when the state is as the
    /// interpreter has it.
    pub snapshot: u32,
}

pub const NO_SNAPSHOT: u32 = u32::MAX;

/// How a trace ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Back to its own start (behind the preamble).
    Loop,
    /// Into the interpreter (or whatever code is installed there), at this resume point.
    Exit(u32),
    /// The last uop returned from the frame in which the trace was entered: on wherever its caller waits.
    Return,
}

/// A frame that was inlined: it has locals and a stack in memory, but no header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VirtualFrame {
    /// Word of the function, which the executor keeps alive.
    pub function: u64,
    /// Address of the call instruction in the caller.
    pub call_ip: u64,
    /// Bytes from the caller's frame to this one, and to the end of the caller's stack.
    pub size: u32,
    pub caller_stack: u32,
    pub return_offset: u32,
    /// Locals whose home holds a borrowed word, and those that were never written.
    pub borrowed: u64,
    pub unset: u64,
}

/// A slot at the top of the evaluation stack as an exit finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tail {
    /// The word is as the interpreter wants it.
    Tagged,
    /// The double in register `f0 + n`.
    Double(u8),
    /// A known word (0 is NULL).
    Constant(u64),
    /// The value of this local of the running frame.
    Local(u16),
    /// An empty list.
    List,
    /// A function of this code and the running frame's globals, its closure the cell in this local (or none).
    Function { code: u64, cell: u16 },
}

/// A function without a closure.
pub const NO_CELL: u16 = u16::MAX;

/// A local whose home holds a double instead of a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawLocal {
    /// Bytes from its frame to the running one.
    pub distance: u32,
    pub local: u32,
}

/// What a trace takes for granted without checking it each time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dependency {
    /// The global or builtin that this uop of the recorded trace loads.
    Binding(u32),
    /// The function's code and defaults.
    Function(u64),
}

/// What an exit has to put right before the interpreter can go on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Snapshot {
    /// Frames without a header, outermost first; the last one is running.
    pub frames: Vec<VirtualFrame>,
    /// The running frame's highest slots, lowest first, from the first one on that is not plain.
    pub tail: Vec<Tail>,
    pub raw: Vec<RawLocal>,
}

/// What Python code finds that runs when an object is destroyed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    /// Inlined frames, outermost first: index of the record, and bytes to the running frame.
    pub frames: Vec<(u32, u32)>,
    /// Bytes from the innermost visible frame to the running one.
    pub distance: u32,
    /// Where the innermost visible frame is: an address, or a resume point.
    pub at: At,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    Address(u64),
    Resume(u32),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    /// Uops before the loop proper: what the loop takes for granted is checked here, once per entry.
    pub preamble: usize,
    pub insts: Vec<Inst>,
    pub end: End,
    pub resumes: Vec<Resume>,
    pub snapshots: Vec<Snapshot>,
    /// The snapshot of the loop's start, or [`NO_SNAPSHOT`].
    pub head: u32,
    /// Frames that `_MATERIALIZE_FRAME` writes; its first operand is an index into this list until the trace is published.
    pub records: Vec<VirtualFrame>,
    /// Frames that are inlined where an object is dropped; the operand of `_POP_TOP_INLINE` is an index into this list.
    pub chains: Vec<Chain>,
    /// Objects whose words are operands: whoever publishes the trace keeps them alive.
    pub objects: Vec<u64>,
    /// Objects whose state was taken for granted: a change of a global dict's binding, a function's version.
    pub depends_on: Vec<Dependency>,
}

impl Default for Trace {
    /// A trace of nothing, which returns.
    fn default() -> Trace {
        Trace {
            preamble: 0,
            insts: Vec::new(),
            end: End::Return,
            resumes: Vec::new(),
            snapshots: Vec::new(),
            head: NO_SNAPSHOT,
            records: Vec::new(),
            chains: Vec::new(),
            objects: Vec::new(),
            depends_on: Vec::new(),
        }
    }
}
