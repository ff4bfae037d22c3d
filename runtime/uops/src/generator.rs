//! Generators and coroutines: making, suspending, resuming in place, and the generic protocol.
//!
//! A suspended generator's frame has `ip` at its YIELD_VALUE (or RETURN_GENERATOR) and `return_offset` 1. While
//! it runs, `previous` is the frame that resumed it, which waits at a SEND or FOR_ITER (or is a native frame, whose
//! code is INTERPRETER_EXIT throughout): a yield goes on right after that instruction, a return at its
//! `return_offset`.

use core::mem::offset_of;

use crate::prelude::*;

/// Units of SEND and FOR_ITER with their caches.
const RESUMING_INSTRUCTION: usize = 2;

/// Can the generator be resumed in place?
#[inline(always)]
unsafe fn resumable(cx: Cx, receiver: StackValue) -> bool {
    // SAFETY: the kind is checked before the fields are read.
    unsafe {
        (is_kind(receiver, Kind::Generator) || is_kind(receiver, Kind::Coroutine))
            && (*receiver.ptr::<Generator>()).state < generator_state::EXECUTING
            && (*cx.ts).recursion_remaining > 1
    }
}
/// Links the generator's frame above the running one, with `value` on its stack.
#[inline(always)]
unsafe fn link(cx: Cx, receiver: StackValue, value: Value) -> *mut Frame {
    // SAFETY: the caller has checked that it is suspended.
    unsafe {
        let generator = receiver.ptr::<Generator>();
        let frame = &raw mut (*generator).frame;
        let sp = (*frame).sp;
        *sp = value.owned();
        (*frame).sp = sp.add(1);
        (*frame).ip = (*frame).ip.add((*frame).return_offset as usize);
        (*frame).previous = cx.frame;
        (*generator).state = generator_state::EXECUTING;
        (*generator).exc.previous = (*cx.ts).exc_info;
        (*cx.ts).exc_info = &raw mut (*generator).exc;
        (*cx.frame).return_offset = (cx.operand0 + cx.oparg) as u16;
        frame
    }
}

uops! {
    fn _FOR_ITER_GEN_FRAME(iter) -> (gen_frame: *mut Frame) |cx| {
        guard(is_kind(iter, Kind::Generator) && resumable(cx, iter))?;
        Ok(link(cx, iter, Value::NONE))
    }
    fn _GUARD_GENERATOR_AT(iter) -> () |cx| {
        guard(is_kind(iter, Kind::Generator))?;
        let frame = &raw mut (*iter.ptr::<Generator>()).frame;
        guard((*frame).ip.add((*frame).return_offset as usize) as u64 == cx.operand0)
    }
    fn _SEND_GEN_FRAME(receiver, value) -> (gen_frame: *mut Frame) |cx| {
        guard(resumable(cx, receiver))?;
        Ok(link(cx, receiver, into_owned(value)))
    }
    fn _SEND(receiver, value) -> (res, returned) |cx| {
        if resumable(cx, receiver) {
            let frame = link(cx, receiver, into_owned(value));
            (*cx.ts).recursion_remaining -= 1;
            (*cx.ts).frame = frame;
            return Err(Switch);
        }
        let mut res = Value::NULL;
        let code = rt_send(cx.ts, receiver.peek(), value.peek(), &mut res);
        drop(cx.ts, value);
        status(code)?;
        Ok((res.owned(), boolean(code != 0)))
    }
    fn _END_SEND(receiver, value) -> (res, r) |cx| { Ok((value, receiver)) }

    fn _RETURN_GENERATOR() -> () |cx| {
        let caller = (*cx.frame).previous;
        let generator = rt_make_generator(cx.ts, cx.frame);
        if generator.is_null() {
            return Err(Error);
        }
        (*cx.ts).recursion_remaining += 1;
        resume_caller(cx.ts, caller, generator, (*caller).return_offset as usize);
        Err(Switch)
    }
    fn _YIELD_VALUE(value) -> () |cx| {
        let generator = (cx.frame as *mut u8).sub(offset_of!(Generator, frame)) as *mut Generator;
        (*generator).state = generator_state::SUSPENDED + cx.oparg as u8;
        (*cx.ts).exc_info = (*generator).exc.previous;
        (*generator).exc.previous = core::ptr::null_mut();
        let caller = (*cx.frame).previous;
        (*cx.frame).previous = core::ptr::null_mut();
        (*cx.frame).return_offset = 1;
        (*cx.ts).recursion_remaining += 1;
        resume_caller(cx.ts, caller, into_owned(value), RESUMING_INSTRUCTION);
        Err(Switch)
    }

    fn _GET_YIELD_FROM_ITER(iterable) -> (iter) |cx| {
        let iter = rt_get_yield_from_iter(cx.ts, cx.frame, iterable.peek());
        drop(cx.ts, iterable);
        checked(iter)
    }
    fn _GET_AITER(value) -> (iter) |cx| {
        let iter = rt_get_aiter(cx.ts, value.peek());
        drop(cx.ts, value);
        checked(iter)
    }
    fn _GET_ANEXT(iter) -> (awaitable) |cx| { checked(rt_get_anext(cx.ts, iter.peek())) }
    fn _GET_AWAITABLE(value) -> (awaitable) |cx| {
        let awaitable = rt_get_awaitable(cx.ts, value.peek(), cx.arg());
        drop(cx.ts, value);
        checked(awaitable)
    }
    fn _END_ASYNC_FOR(awaitable, exception) -> () |cx| {
        if rt_is_stop_async_iteration(cx.ts, exception.peek()) != 0 {
            drop(cx.ts, awaitable);
            drop(cx.ts, exception);
            return Ok(());
        }
        (*cx.ts).exception = into_owned(exception);
        drop(cx.ts, awaitable);
        Err(Reraise)
    }
    fn _CLEANUP_THROW(sub_iter, last_sent, exception) -> (none, value) |cx| {
        let value = rt_stop_iteration_value(cx.ts, exception.peek());
        drop(cx.ts, sub_iter);
        drop(cx.ts, last_sent);
        if value.is_null() {
            (*cx.ts).exception = into_owned(exception);
            return Err(Reraise);
        }
        drop(cx.ts, exception);
        Ok((Value::NONE.owned(), value.owned()))
    }
}
