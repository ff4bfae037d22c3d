//! Going on in a pushed frame, leaving a frame, leaving the interpreter.

use crate::prelude::*;

uops! {
    fn _PUSH_FRAME(new_frame: *mut Frame) -> () |cx| {
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
    fn _INTERPRETER_EXIT(value) -> () |cx| {
        (*cx.ts).result = into_owned(value).owned();
        (*cx.ts).frame = (*cx.frame).previous;
        Err(Leave)
    }
}
