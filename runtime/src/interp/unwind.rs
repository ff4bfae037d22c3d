//! Exceptions leave frames: the search through the exception tables.

use taipan_layout::frame::owner;
use taipan_layout::{Frame, ThreadState, Value};
use taipan_mir::opcodes::Opcode;

use super::frames;
use super::tracing::{self, Raise};
use crate::objects::{frame as frame_objects, traceback};
use crate::owned::Counted;
use crate::vm::Vm;

/// Goes on after an exception; the contract is in the helper table.
///
/// # Safety
/// `frame` is the current frame and an exception is set.
pub unsafe fn unwind(ts: *mut ThreadState, mut frame: *mut Frame, reraise: *mut u16) -> *mut Frame {
    // SAFETY: by contract; frames are linked and live.
    unsafe {
        let vm = Vm::from_ts(ts);
        debug_assert!(!(*ts).exception.is_null());
        // Where the exception is raised again, in the first frame.
        let mut again = reraise;
        if !again.is_null() && *again == Opcode::RERAISE as u16 {
            // It restores no place, so the exception leaves from here.
            (*frame).ip = again;
        }
        let mut how = Raise::Here;
        loop {
            if (*frame).owner == owner::NATIVE {
                (*ts).frame = (*frame).previous;
                (*ts).result = taipan_layout::StackValue::NULL;
                return std::ptr::null_mut();
            }
            (*ts).frame = frame;
            if !frames::is_internal(frame) {
                let mut at = if again.is_null() {
                    add_traceback(vm, frame);
                    tracing::raised(vm, frame, how);
                    (*frame).ip
                } else {
                    how = Raise::Again(frame_objects::code_of(frame).unit_index(again));
                    tracing::raised_again(vm, frame, how);
                    again
                };
                while enter_handler(ts, frame, at) {
                    if tracing::handled(vm, frame) {
                        return frame;
                    }
                    // A tool has raised, as if in front of the handler.
                    at = (*frame).ip.sub(1);
                }
                tracing::left(vm, frame, how);
            }
            (again, how) = (std::ptr::null_mut(), Raise::Callee);
            frames::cut_stack(frame, 0);
            let caller = (*frame).previous;
            (*ts).frame = caller;
            (*ts).recursion_remaining += 1;
            frames::clear(vm, frame);
            frame = caller;
        }
    }
}

/// Prepares the frame to go on in its handler for the instruction at `at`, if there is one. The index that the handler may
/// ask for is that of `ip`, where the exception was raised first.
unsafe fn enter_handler(ts: *mut ThreadState, frame: *mut Frame, at: *const u16) -> bool {
    // SAFETY: the frame is live and runs Python code.
    unsafe {
        let units = (*(*frame).code).units;
        let code = frame_objects::code_of(frame);
        let index = code.unit_index((*frame).ip);
        let Some(handler) = code.handler(code.unit_index(at)) else { return false };
        frames::cut_stack(frame, handler.depth as usize);
        // Finalisers that ran above leave the exception in flight as it was.
        let exception = std::mem::replace(&mut (*ts).exception, Value::NULL);
        let mut sp = (*frame).sp;
        if handler.push_lasti {
            *sp = Value::fixnum(index as i64).owned();
            sp = sp.add(1);
        }
        *sp = exception.owned();
        (*frame).sp = sp.add(1);
        // Compiled code is entered at the handler, if at all.
        (*frame).resume_id = 0;
        (*frame).ip = units.add(handler.target as usize / 2);
        true
    }
}

/// Records that the exception passes through `frame`. Running out of memory here loses the entry only.
unsafe fn add_traceback(vm: &Vm, frame: *mut Frame) {
    // SAFETY: an exception is set; it is put aside while objects are made.
    unsafe {
        let exception = (*vm.ts()).exception.own();
        if let Err(raised) = traceback::add(vm, *exception, frame) {
            let _ = raised;
            let _ = vm.restore_exception(exception);
        }
    }
}
