//! The part of a thread's state that machine code touches. The runtime's `Vm` begins with it.

use core::sync::atomic::AtomicU32;

use crate::frame::{Frame, InlineChain};
use crate::header::Header;
use crate::value::{StackValue, Value};

/// Reasons to leave machine code at the next check: bits of [`ThreadState::leave`].
pub mod leave {
    /// Another thread asks for the interpreter lock.
    pub const LOCK_REQUEST: u32 = 1 << 0;
    pub const SIGNAL: u32 = 1 << 1;
    pub const COLLECT: u32 = 1 << 2;
    pub const INVALIDATION: u32 = 1 << 3;
    pub const TRACING: u32 = 1 << 4;
    pub const ASYNC_EXCEPTION: u32 = 1 << 5;
    /// Freed executors, finalisers and other work that waited for a safe point.
    pub const PENDING: u32 = 1 << 6;
}

/// Free cells of `16 * index` bytes, for `index` in `1..SIZE_CLASSES`.
pub const SIZE_CLASSES: usize = 33;

/// Raw words that a machine-code exit leaves for the decoder.
pub const EXIT_WORDS: usize = 64;

/// What `except` and `finally` blocks are handling, per frame stack: the thread has one, each generator has one.
#[repr(C)]
pub struct ExceptionItem {
    /// Owned; NULL when nothing is being handled.
    pub value: Value,
    pub previous: *mut ExceptionItem,
}

/// Objects that specialised instructions compare with; the interpreter keeps them alive.
#[repr(C)]
pub struct Known {
    pub type_type: Value,
    pub str_type: Value,
    pub tuple_type: Value,
    pub super_type: Value,
    /// The builtin functions `len` and `isinstance`.
    pub len: Value,
    pub isinstance: Value,
    /// The method descriptor `list.append`.
    pub list_append: Value,
}

/// A builtin that asks a generator for all of its items, and a function in Python that does the same: traces can follow that.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Sink {
    pub builtin: Value,
    pub function: Value,
    /// The generator expression whose items it takes itself: `function` then runs a copy of this code. NULL when it takes any
    /// generator's.
    pub code: Value,
    /// Units from the instruction behind the call of the generator expression to where its result is wanted.
    pub returns: u32,
}

/// Called with the instruction about to be executed and its argument; `frame.ip` and `frame.sp` are stored. Returns 0 to execute
/// it, 1 to go on in `ts.frame` at its `ip` and `sp` instead, −1 for an exception. It may change `ts.dispatch`.
pub type Hook =
    unsafe extern "C" fn(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u64) -> i32;

#[repr(C)]
pub struct ThreadState {
    /// Non-zero: leave machine code at the next check ([`leave`]).
    pub leave: AtomicU32,
    /// Python frames that may still be pushed before `RecursionError`.
    pub recursion_remaining: i32,
    /// The innermost frame.
    pub frame: *mut Frame,
    /// The exception being raised, owned; NULL when none.
    pub exception: Value,
    /// The innermost entry of the stack of exceptions being handled (`sys.exception()`): `exc_base`, or the
    /// entry of the running generator.
    pub exc_info: *mut ExceptionItem,
    pub exc_base: ExceptionItem,
    /// First free byte of the data stack's current chunk, and its end.
    pub stack_top: *mut u8,
    pub stack_end: *mut u8,
    /// Heads of the free lists, linked through the cells' first word.
    pub free: [*mut Header; SIZE_CLASSES],
    /// Where the collector's list of young objects goes on, and where it ends: the next allocation of an object that may
    /// take part in a cycle stores its cell's address there; at the end the list is tidied up or a collection asked for.
    pub young_top: *mut *mut u8,
    pub young_end: *mut *mut u8,
    /// Handler table of the interpreter mode in force (plain, tracing, recording).
    pub dispatch: *const *const u8,
    /// What the hooked handlers (`taipan_stencil_lib::hooked_handlers`, a table for `dispatch`) call before each
    /// instruction; recording and tracing are made of it.
    pub hook: Option<Hook>,
    /// While machine code drops what may be an object's last reference: its inlined frames, and the running one. Else null.
    pub inline: *const InlineChain,
    pub inline_frame: *mut Frame,
    /// Python ran meanwhile and the inlined frames are real now: the trace leaves before its next instruction.
    pub interrupted: u32,
    /// Result of a run of the interpreter that ended with a return; owned.
    pub result: StackValue,
    pub known: Known,
    /// What `CALL_BUILTIN_CLASS_GEN` calls, by the number in its cache.
    pub sinks: *const Sink,
    /// Executor and exit through which machine code left last.
    pub exit_id: u64,
    pub exit_words: [u64; EXIT_WORDS],
}
