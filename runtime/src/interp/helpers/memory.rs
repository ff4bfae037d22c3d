//! Deallocation, frames, the leave word, tier 2's entries.

use std::sync::atomic::Ordering;

use taipan_layout::thread::leave;
use taipan_layout::{Frame, Header, ThreadState, Value};
use taipan_mir::opcodes::Opcode;

use super::{value, vm};
use crate::interp::{frames, unwind};
use crate::objects::{float, int};
use crate::owned::PyResult;
use crate::vm::Vm;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_dealloc(_ts: *mut ThreadState, object: *mut Header) {
    // SAFETY: the count has just become 0.
    unsafe { crate::alloc::dealloc(object) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_leave_check(ts: *mut ThreadState, _frame: *mut Frame) -> i32 {
    // SAFETY: `ts` is the running thread's.
    super::status(serve_leave(unsafe { vm(ts) }))
}

/// Does what the leave word asks for.
pub fn serve_leave(vm: &Vm) -> PyResult<()> {
    // SAFETY: the thread state is ours; signal handlers touch the leave word only.
    let reasons = unsafe { (*vm.ts()).leave.swap(0, Ordering::Acquire) };
    if reasons & leave::COLLECT != 0 {
        crate::gc::collect_when_due(vm);
    }
    if reasons & leave::SIGNAL != 0 {
        crate::signals::deliver(vm)?;
    }
    Ok(())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_unwind(ts: *mut ThreadState, frame: *mut Frame, reraise: *mut u16) -> *mut Frame {
    // SAFETY: called by the handlers with the current frame.
    unsafe { unwind::unwind(ts, frame, reraise) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_frame_clear(ts: *mut ThreadState, frame: *mut Frame) {
    // SAFETY: the frame has just been unlinked.
    unsafe { frames::clear(vm(ts), frame) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_push_frame_slow(ts: *mut ThreadState, words: u32) -> *mut Frame {
    // SAFETY: `ts` is the running thread's.
    frames::allocate_python(unsafe { vm(ts) }, words).unwrap_or(std::ptr::null_mut())
}

/// Back-off that keeps a hot loop from asking again for a while.
const JIT_COUNTER: u16 = 4095 << 4 | 6;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_jit_loop(
    _ts: *mut ThreadState,
    _frame: *mut Frame,
    ip: *mut u16,
    _target: *mut u16,
) -> i32 {
    // SAFETY: the unit after the jump is its counter.
    unsafe { *ip.add(1) = JIT_COUNTER };
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_enter_executor(
    ts: *mut ThreadState,
    _frame: *mut Frame,
    _ip: *mut u16,
    index: u32,
) -> i32 {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let _ = vm.system_error(&format!("no executor {index}"));
    -1
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_bad_opcode(ts: *mut ThreadState, _frame: *mut Frame, opcode: u32) {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let name = Opcode::from_u8(opcode as u8).map_or_else(|| format!("{opcode}"), |o| o.name().to_owned());
    let _ = vm.system_error(&format!("unknown opcode {name}"));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_new_float(ts: *mut ThreadState, d: f64) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(float::new(unsafe { vm(ts) }, d))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_new_int(ts: *mut ThreadState, i: i64) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(int::new(unsafe { vm(ts) }, i))
}
