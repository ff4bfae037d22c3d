//! Jumps, periodic checks, and the way into tier 2.

use core::sync::atomic::Ordering;

use crate::prelude::*;

#[inline(always)]
unsafe fn must_leave(cx: Cx) -> bool {
    // SAFETY: the thread state is live.
    unsafe { (*cx.ts).leave.load(Ordering::Relaxed) != 0 }
}

uops! {
    fn _POP_JUMP_IF_FALSE(cond) -> () |cx| { if cond.0 == Value::FALSE.0 { Err(Jump) } else { Ok(()) } }
    fn _POP_JUMP_IF_TRUE(cond) -> () |cx| { if cond.0 == Value::TRUE.0 { Err(Jump) } else { Ok(()) } }
    fn _IS_NONE(value) -> (res, v) |cx| { Ok((boolean(value.0 == Value::NONE.0), value)) }
    fn _JUMP_FORWARD() -> () |cx| { Err(Jump) }
    fn _JUMP_BACKWARD() -> () |cx| { Err(Jump) }

    fn _CHECK_PERIODIC() -> () |cx| { if must_leave(cx) { Err(Slow) } else { Ok(()) } }
    fn _CHECK_PERIODIC__slow() -> () |cx| { status(rt_leave_check(cx.ts, cx.frame)) }
    fn _CHECK_PERIODIC_IF_NOT_YIELD_FROM() -> () |cx| {
        // Location 2 and 3 of RESUME: inside of `yield from` and `await`.
        if cx.oparg & 3 < 2 && must_leave(cx) { Err(Slow) } else { Ok(()) }
    }
    fn _CHECK_PERIODIC_IF_NOT_YIELD_FROM__slow() -> () |cx| { status(rt_leave_check(cx.ts, cx.frame)) }
    fn _QUICKEN_RESUME() -> () |cx| {
        const RESUME_CHECK: u16 = 196;
        *cx.ip = *cx.ip & 0xFF00 | RESUME_CHECK;
        Ok(())
    }
    fn _RESUME_CHECK() -> () |cx| { guard(!must_leave(cx)) }

    fn _COUNT_ENTRY() -> () |cx| {
        let code = (*cx.frame).code;
        let left = (*code).entry_count.wrapping_sub(1);
        if left == 0 {
            return Err(Slow);
        }
        (*code).entry_count = left;
        Ok(())
    }
    fn _COUNT_ENTRY__slow() -> () |cx| {
        rt_jit_entry(cx.ts, cx.frame, cx.ip);
        Ok(())
    }
    fn _JIT() -> () |cx| {
        let counter = cx.ip.add(1);
        if cx.operand0 < 16 {
            return Err(Slow);
        }
        *counter = (cx.operand0 - 16) as u16;
        Ok(())
    }
    fn _JIT__slow() -> () |cx| {
        let target = cx.ip.add(2).sub(cx.oparg as usize);
        let code = rt_jit_loop(cx.ts, cx.frame, cx.ip, target);
        status(code)?;
        if code != 0 { Err(Switch) } else { Ok(()) }
    }
    fn _ENTER_EXECUTOR() -> () |cx| {
        if rt_enter_executor(cx.ts, cx.frame, cx.ip, cx.arg() & 0xFF) < 0 {
            return Err(Leave);
        }
        Err(Switch)
    }
    fn _BAD_OPCODE() -> () |cx| {
        rt_bad_opcode(cx.ts, cx.frame, *cx.ip as u32 & 0xFF);
        Err(Error)
    }

    fn _GUARD_IS_TRUE_POP(flag) -> () |cx| { guard(flag.0 == Value::TRUE.0) }
    fn _GUARD_IS_FALSE_POP(flag) -> () |cx| { guard(flag.0 == Value::FALSE.0) }
    fn _GUARD_IS_NONE_POP(value) -> () |cx| { guard(value.0 == Value::NONE.0) }
    fn _GUARD_IS_NOT_NONE_POP(value) -> () |cx| {
        guard(value.0 != Value::NONE.0)?;
        try_drop(value)
    }
    fn _GUARD_IS_NOT_NONE_POP__slow(value) -> () |cx| { drop(cx.ts, value); Ok(()) }

    fn _SET_IP() -> () |cx| {
        (*cx.frame).ip = cx.operand0 as *mut u16;
        Ok(())
    }
    fn _CHECK_VALIDITY() -> () |cx| { guard(*(cx.operand0 as *const u32) == 0) }
    fn _GUARD_FRAME_GLOBALS() -> () |cx| { guard((*cx.frame).globals as u64 == cx.operand0) }
    fn _GUARD_NOT_INTERRUPTED() -> () |cx| { guard((*cx.ts).interrupted == 0) }
    fn _GUARD_RETURNED_TO() -> () |cx| { guard((*cx.frame).ip as u64 == cx.operand0) }
    fn _CHECK_LEAVE() -> () |cx| { guard(!must_leave(cx)) }
    fn _COUNT_LOOP() -> () |cx| {
        let counter = cx.operand0 as *mut u32;
        let left = (*counter).wrapping_sub(1);
        *counter = left;
        guard(left != 0)
    }
    fn _COUNT() -> () |cx| {
        let counter = cx.operand0 as *mut u64;
        *counter = (*counter).wrapping_add(1);
        Ok(())
    }
    fn _SPILL() -> () |cx| { Ok(()) }
}
