//! Entering machine code from Rust, which cannot call LLVM's `preserve_none` convention: C functions made
//! by the build script do it.

use taipan_layout::{Frame, StackValue, ThreadState};

/// A handler; its signature cannot be written in Rust.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handler(*const u8);
// SAFETY: the address of code is never read or written through.
unsafe impl Sync for Handler {}
// SAFETY: as above.
unsafe impl Send for Handler {}

unsafe extern "C" {
    static TAIPAN_HANDLERS: [Handler; 256];
    fn taipan_interp_enter(
        frame: *mut Frame,
        sp: *mut StackValue,
        ts: *mut ThreadState,
        pc: *mut u16,
        table: *const Handler,
    );
}

/// The interpreter's handlers by opcode.
pub fn handlers() -> &'static [Handler; 256] {
    // SAFETY: the build script makes the table.
    unsafe { &*&raw const TAIPAN_HANDLERS }
}

/// Runs the interpreter from the instruction `pc` of `frame` until a native frame is reached: then
/// `ts.result` holds the value, or is NULL with `ts.exception` set.
///
/// # Safety
/// `frame` is the innermost frame of `ts` with its stack up to `sp`, a frame below it is a native one, and
/// `ts.dispatch` is a table of handlers.
pub unsafe fn interpret(frame: *mut Frame, sp: *mut StackValue, ts: *mut ThreadState, pc: *mut u16) {
    // SAFETY: the caller's contract.
    unsafe { taipan_interp_enter(frame, sp, ts, pc, (*ts).dispatch as *const Handler) }
}
