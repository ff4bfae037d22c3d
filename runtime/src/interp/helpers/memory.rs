//! Deallocation, frames, the leave word, tier 2's entries.

use std::sync::atomic::Ordering;

use taipan_layout::thread::leave;
use taipan_layout::{Frame, Header, ThreadState, Value};
use taipan_mir::opcodes::Opcode;

use super::{value, vm};
use crate::interp::{frames, unwind};
use crate::objects::{code, float, int};
use crate::owned::PyResult;
use crate::vm::Vm;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_dealloc(ts: *mut ThreadState, object: *mut Header) {
    // SAFETY: the count has just become 0.
    unsafe { crate::alloc::dealloc_in(vm(ts), object) }
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
    if reasons & leave::LOCK_REQUEST != 0 {
        crate::threads::switch(vm);
    }
    if reasons & leave::COLLECT != 0 {
        crate::gc::collect_when_due(vm);
    }
    if reasons & leave::PENDING != 0 {
        crate::tier2::serve(vm);
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

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_jit_loop(
    ts: *mut ThreadState,
    frame: *mut Frame,
    ip: *mut u16,
    target: *mut u16,
) -> i32 {
    // SAFETY: the frame is current and executes the jump.
    unsafe { crate::tier2::hot_loop(vm(ts), frame, ip, target) };
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_jit_entry(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16) {
    // SAFETY: the frame is current and executes the instruction.
    unsafe { crate::tier2::hot_entry(vm(ts), frame, ip) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_enter_executor(
    ts: *mut ThreadState,
    frame: *mut Frame,
    ip: *mut u16,
    index: u32,
) -> i32 {
    // SAFETY: the frame is current and executes the instruction that the executor stands for.
    unsafe {
        let vm = vm(ts);
        // Machine code leaves at the first check while the leave word is set.
        if (*ts).leave.load(Ordering::Relaxed) != 0 && serve_leave(vm).is_err() {
            return if unwind::unwind(ts, frame, std::ptr::null_mut()).is_null() { -1 } else { 1 };
        }
        if *ip as u8 != Opcode::ENTER_EXECUTOR as u8 {
            // The executor was freed just now.
            (*frame).ip = code::instruction_start((*frame).code, ip);
            return 1;
        }
        crate::tier2::enter(vm, frame, code::executor(frame, index as usize))
    }
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
pub unsafe extern "C" fn rt_float_power(ts: *mut ThreadState, a: f64, b: f64) -> f64 {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    // The exception is set when there is no power.
    float::real_power(vm, a, b).unwrap_or(f64::INFINITY)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_new_int(ts: *mut ThreadState, i: i64) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(int::new(unsafe { vm(ts) }, i))
}
