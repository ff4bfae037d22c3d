//! Interpreter frames. They lie on the thread's chunked data stack; a generator's lies inside the generator.
//!
//! ```text
//!   Frame header | locals, cells, free variables | evaluation stack →
//!                ^ localsplus()                    ^ base of the stack   ^ sp
//! ```
//!
//! While a frame runs, `sp` and the instruction pointer are in registers; `Frame::sp` and `Frame::ip` are valid
//! whenever control is outside of the handlers: in a call to the runtime that may look at frames, in a callee,
//! in a suspended generator. `ip` is the instruction being executed (its own unit, not the next one), so
//! that a traceback needs no correction; resuming after a call adds `return_offset` units.

use crate::objects::{Code, Dict};
use crate::value::{StackValue, Value};

#[repr(C)]
pub struct Frame {
    /// The caller's frame, or null at the bottom.
    pub previous: *mut Frame,
    /// Kept alive by `function` (or by whoever owns the frame).
    pub code: *mut Code,
    /// The function object, owned; a code that is executed without one gets a function made for it.
    pub function: Value,
    pub globals: *mut Dict,
    pub builtins: *mut Dict,
    /// The namespace of a module or class body, owned; NULL in functions.
    pub locals: Value,
    /// The Python-visible frame object, owned; NULL until somebody asks.
    pub frame_object: Value,
    pub ip: *mut u16,
    pub sp: *mut StackValue,
    /// Units from `ip` to the instruction after the call or yield at which this frame waits.
    pub return_offset: u16,
    /// [`owner`].
    pub owner: u8,
    /// [`flag`].
    pub flags: u8,
    /// Where compiled code goes on when a callee returns to this frame; 0: in the interpreter, at `ip`.
    pub resume_id: u32,
}

/// How an inlined frame is turned into a real one: constant data of an executor.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InlineRecord {
    /// The callee, which the executor keeps alive.
    pub function: Value,
    /// The call instruction in the caller.
    pub call_ip: *mut u16,
    /// Bytes from the caller's frame to this one, and to the end of the caller's stack.
    pub size: u32,
    pub caller_stack: u32,
    pub return_offset: u32,
    _pad: u32,
    /// Locals (a bit each, the lowest is local 0) whose home holds a borrowed word, and those that were never written.
    pub borrowed: u64,
    pub unset: u64,
}

impl InlineRecord {
    pub fn new(function: Value, call_ip: *mut u16, size: u32, caller_stack: u32, return_offset: u32) -> Self {
        InlineRecord { function, call_ip, size, caller_stack, return_offset, _pad: 0, borrowed: 0, unset: 0 }
    }
}

/// The inlined frames at a point where a trace drops an object: whoever enters Python meanwhile makes them real first.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InlineChain {
    /// Outermost first.
    pub frames: *const InlineLink,
    pub count: u32,
    /// Bytes from the innermost frame that is visible to the running one.
    pub distance: u32,
    /// The instruction that the innermost visible frame executes.
    pub ip: *mut u16,
}

/// An inlined frame, and the bytes from it to the running one.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InlineLink {
    pub record: *const InlineRecord,
    pub distance: u64,
}

pub mod owner {
    /// On the data stack, popped on return.
    pub const THREAD: u8 = 0;
    /// Inside a generator, coroutine or asynchronous generator.
    pub const GENERATOR: u8 = 1;
    /// The frame outlived its execution: owned by its frame object.
    pub const FRAME_OBJECT: u8 = 2;
    /// Pushed by native code that entered the interpreter: returning to it leaves the interpreter.
    pub const NATIVE: u8 = 3;
}

pub mod flag {
    /// The frame is the first one of a chunk of the data stack: popping it frees the chunk.
    pub const CHUNK_START: u8 = 1 << 0;
    /// A native frame's: a trace was interrupted in the middle of an instruction.
    pub const INTERRUPTS: u8 = 1 << 1;
}

impl Frame {
    /// # Safety
    /// `this` must point to a live frame.
    #[inline(always)]
    pub unsafe fn localsplus(this: *mut Frame) -> *mut Value {
        // SAFETY: the locals follow the header, in the same allocation.
        unsafe { this.add(1) as *mut Value }
    }
    /// # Safety
    /// `this` must point to a live frame whose code is set.
    #[inline(always)]
    pub unsafe fn stack_base(this: *mut Frame) -> *mut StackValue {
        // SAFETY: the stack follows the locals, whose number is the code's.
        unsafe { (this.add(1) as *mut StackValue).add((*(*this).code).nlocalsplus as usize) }
    }
}

/// Slots above the compiler's stack size that every frame has: between the uops of a bytecode the stack may be
/// deeper than between bytecodes (inputs that wait for their drop).
pub const STACK_SLACK: usize = 3;

/// Bytes from a frame to its first local: a constant of every stencil.
pub const LOCALS_OFFSET: usize = size_of::<Frame>();

const _: () = {
    assert!(size_of::<Frame>() == 80);
    // Read as one 16-bit number: 0 for a frame on the data stack without anything special about it.
    assert!(core::mem::offset_of!(Frame, owner) % 2 == 0 && owner::THREAD == 0);
    assert!(core::mem::offset_of!(Frame, flags) == core::mem::offset_of!(Frame, owner) + 1);
};
