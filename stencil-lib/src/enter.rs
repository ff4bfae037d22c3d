//! Entering machine code from Rust, which cannot call LLVM's `preserve_none` convention: C functions made
//! by the build script do it.

use taipan_layout::{Frame, StackValue, ThreadState};

unsafe extern "C" {
    static TAIPAN_HANDLERS: Table;
    static TAIPAN_HOOKED_HANDLERS: Table;
    fn taipan_interp_enter(
        frame: *mut Frame,
        sp: *mut StackValue,
        ts: *mut ThreadState,
        pc: *mut u16,
        table: *const *const u8,
    );
}

#[repr(transparent)]
struct Table([*const u8; 256]);
// SAFETY: addresses of code are never read or written through.
unsafe impl Sync for Table {}

/// The interpreter's handlers by opcode, for `ThreadState::dispatch`.
pub fn handlers() -> &'static [*const u8; 256] {
    // SAFETY: the build script makes the table, which is constant.
    unsafe { &TAIPAN_HANDLERS.0 }
}

/// Handlers that call `ts.hook` before each instruction; the mode of recording and tracing.
pub fn hooked_handlers() -> &'static [*const u8; 256] {
    // SAFETY: as above.
    unsafe { &TAIPAN_HOOKED_HANDLERS.0 }
}

/// Runs the interpreter from the instruction `pc` of `frame` until a native frame is reached: then `ts.result`
/// holds the value, or is NULL with `ts.exception` set.
///
/// # Safety
/// `frame` is the innermost frame of `ts` with its stack up to `sp`, a frame below it is a native one, and
/// `table` is a table of handlers, the one that `ts.dispatch` names.
pub unsafe fn interp_enter(
    frame: *mut Frame,
    sp: *mut StackValue,
    ts: *mut ThreadState,
    pc: *mut u16,
    table: *const *const u8,
) {
    // SAFETY: the caller's contract.
    unsafe { taipan_interp_enter(frame, sp, ts, pc, table) }
}
