//! Going on in a pushed frame, leaving a frame, leaving the interpreter.

use crate::prelude::*;

/// Inlined frames that a trace may have at the same time: they count as frames only once they are real.
const MAX_INLINED: i32 = 16;
/// Units of CALL with its cache.
const CALL_UNITS: usize = 4;

uops! {
    fn _PUSH_FRAME(new_frame: *mut Frame) -> () |cx| {
        (*cx.ts).recursion_remaining -= 1;
        (*cx.ts).frame = new_frame;
        Err(Switch)
    }
    fn _PUSH_FRAME_AHEAD(new_frame: *mut Frame) -> () |cx| {
        (*cx.frame).ip = cx.ip.add(CALL_UNITS);
        (*cx.ts).recursion_remaining -= 1;
        (*cx.ts).frame = new_frame;
        Err(Switch)
    }
    fn _RETURN_VALUE(value) -> () |cx| {
        let value = into_owned(value);
        let frame = cx.frame;
        let caller = (*frame).previous;
        (*cx.ts).frame = caller;
        (*cx.ts).recursion_remaining += 1;
        // The frame is unlinked before its locals go: what their finalisers run finds the caller's frame.
        // `owner` and `flags` are both 0 in a plain frame: one comparison.
        if *(&raw const (*frame).owner as *const u16) == 0
            && (*frame).locals.0 | (*frame).frame_object.0 == 0
        {
            // The last local goes first, as in CPython.
            let locals = Frame::localsplus(frame);
            let mut i = (*(*frame).code).nlocalsplus as usize;
            while i > 0 {
                i -= 1;
                release(cx.ts, *locals.add(i));
            }
            release(cx.ts, (*frame).function);
            (*cx.ts).stack_top = frame as *mut u8;
        } else {
            rt_frame_clear(cx.ts, frame);
        }
        resume_caller(cx.ts, caller, value, (*caller).return_offset as usize);
        Err(Switch)
    }
    fn _CHECK_STACK_SPACE() -> () |cx| {
        let left = ((*cx.ts).stack_end as usize).wrapping_sub((*cx.ts).stack_top as usize);
        guard(left >= cx.operand0 as usize && (*cx.ts).recursion_remaining > MAX_INLINED)
    }
    fn _ENTER_INLINE() -> (frame: *mut Frame, sp: Slots) |cx| {
        let frame = (cx.frame as *mut u8).add(cx.operand0 as usize);
        // What is pushed while the frame runs goes behind it.
        (*cx.ts).stack_top = frame.add(cx.oparg as usize);
        Ok((frame as *mut Frame, frame.add(cx.operand1 as usize) as Slots))
    }
    fn _LEAVE_INLINE(value) -> (v, frame: *mut Frame, sp: Slots) |cx| {
        let frame = (cx.frame as *mut u8).sub(cx.operand0 as usize);
        (*cx.ts).stack_top = cx.frame as *mut u8;
        Ok((value, frame as *mut Frame, frame.add(cx.operand1 as usize) as Slots))
    }
    fn _LEAVE_INLINE_EMPTY() -> (frame: *mut Frame, sp: Slots) |cx| {
        let frame = (cx.frame as *mut u8).sub(cx.operand0 as usize);
        (*cx.ts).stack_top = cx.frame as *mut u8;
        Ok((frame as *mut Frame, frame.add(cx.operand1 as usize) as Slots))
    }
    fn _SET_CALLER_IP() -> () |cx| {
        let caller = (cx.frame as *mut u8).sub(cx.operand1 as usize) as *mut Frame;
        (*caller).ip = cx.operand0 as *mut u16;
        Ok(())
    }
    fn _ARG(value) -> () |cx| {
        *((cx.frame as *mut u8).add(cx.operand0 as usize) as *mut StackValue) = value;
        Ok(())
    }
    fn _MATERIALIZE_FRAME() -> () |cx| {
        let record = cx.operand0 as *const frame::InlineRecord;
        if (*record).borrowed | (*record).unset != 0 {
            return Err(Slow);
        }
        let frame = (cx.frame as *mut u8).sub(cx.operand1 as usize) as *mut Frame;
        materialize_header(cx.ts, frame, record);
        Ok(())
    }
    fn _MATERIALIZE_FRAME__slow() -> () |cx| {
        let frame = (cx.frame as *mut u8).sub(cx.operand1 as usize) as *mut Frame;
        materialize(cx.ts, frame, cx.operand0 as *const frame::InlineRecord);
        Ok(())
    }
    fn _INTERPRETER_EXIT(value) -> () |cx| {
        (*cx.ts).result = into_owned(value).owned();
        (*cx.ts).frame = (*cx.frame).previous;
        Err(Leave)
    }
}
