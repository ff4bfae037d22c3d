//! The optimiser of traces.
//!
//! A trace keeps the order of the evaluation stack through all of it: uops are replaced by cheaper ones with the same effect on
//! the stack, or left out when they have none. So the result can be emitted as stencils one after the other, and the LLVM tier
//! reads the same list. What the optimiser does is an abstract interpretation in one forward walk ([`machine`]), with the
//! state of [`state`]:
//!
//! * **Guards** on what is known already disappear. Types of locals at the end of a loop are taken for granted at its
//!   beginning and checked once, in the trace's preamble.
//! * **References.** A drop of what needs none disappears. If a value is dropped and nothing could have released it since it was
//!   taken from an attribute, item or local, it need not have got a reference in the first place.
//! * **Calls** of known Python functions are inlined: arguments go straight to where the callee's frame would have its
//!   locals, and the frame's header is written only when something may look at it ([`calls`]).
//! * **Floats** stay in registers from one operation to the next ([`floats`]).
//! * **Globals** that hold functions, types and modules are constants; the trace is invalidated when the binding changes.
//!
//! Some decisions come too late for a forward walk: that a reference was not needed is known at the drop. Such decisions are
//! noted by the uop that they concern, and the walk is repeated until it finds no new ones; the last walk makes the trace.
//!
//! Every exit gets a snapshot of the state, from which the interpreter's decoder puts the frames right, and the state itself, in
//! which code for the exit's other side goes on.

mod calls;
mod floats;
mod items;
mod locals;
mod machine;
mod pack;
mod rules;
mod slices;
pub mod state;

use crate::trace::Trace;
pub use pack::Packed;
pub use state::{FrameShape, State, Type};

/// What the optimiser asks about the objects and code that a trace names.
pub trait Facts {
    /// Type of an object.
    fn type_of(&self, word: u64) -> Type;
    /// What is to be known of a Python function; `None` when its frames cannot be inlined.
    fn function(&self, word: u64) -> Option<FunctionFacts>;
    /// Shape of the frames of the code with this number; size 0 when nothing lies behind such a frame (a generator's).
    fn code(&self, number: u32) -> FrameShape;
    /// Whether a global binding with this value hardly ever changes.
    fn is_stable(&self, word: u64) -> bool;
    /// Whether the function runs the code with this number.
    fn runs(&self, function: u64, code: u32) -> bool;
    /// Bytes of a frame's header.
    fn frame_header(&self) -> u32;
    /// The bits of the double of a float or an int that is one exactly.
    fn double(&self, word: u64) -> Option<u64>;
    /// The word of None.
    fn none(&self) -> u64;
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FunctionFacts {
    pub locals: u32,
    /// Bytes of a frame, header included.
    pub frame_size: u32,
    pub argcount: u32,
    /// The last ones of the locals: free variables.
    pub free: u32,
    /// Its globals.
    pub globals: u64,
    /// The generator expression whose code was copied for it; else 0.
    pub original: u64,
    pub version: u32,
}

/// Where a trace is entered.
#[derive(Clone, Debug)]
pub enum Entry {
    /// By the interpreter.
    Interpreter(Vec<FrameShape>),
    /// Behind an exit, by machine code.
    Exit(Packed),
    /// Behind an exit whose state the decoder has put right.
    Decoded(Packed),
}

/// The optimised trace and, by number of snapshot, the states of its exits.
pub struct Optimized {
    pub trace: Trace,
    pub states: Vec<Packed>,
    /// The numbers of snapshots that cannot be made of their states: a uop leaves with its two doubles swapped.
    pub swapped: Vec<u32>,
}

/// Repetitions of the walk after which decisions that still change are not waited for.
const MAX_WALKS: usize = 9;

/// Optimises a recorded trace; `None` when it cannot be had in a form that machine code can be made of.
pub fn optimize(facts: &dyn Facts, trace: &Trace, entry: &Entry) -> Option<Optimized> {
    let mut decisions = machine::Decisions::new(trace.insts.len());
    for walk in 0..MAX_WALKS {
        let emitting = walk > 0 && !decisions.changed;
        decisions.changed = false;
        let mut machine =
            machine::Machine::new(facts, trace, entry, &mut decisions, emitting || walk + 1 == MAX_WALKS);
        machine.run()?;
        let result = machine.finish();
        if !decisions.changed
            && let Some(result) = result
        {
            debug_assert_eq!(crate::trace::verify(&result.trace, 0), Ok(()), "{}", result.trace);
            return Some(result);
        }
    }
    None
}
