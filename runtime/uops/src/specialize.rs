//! Adaptive counters: each family's generic form counts down and then asks the runtime to specialise the
//! instruction (PEP 659). The counter is CPython's: 12 bits of count above 4 bits of back-off, where back-off
//! 15 means never.

use crate::prelude::*;

const STEP: u64 = 16;
const NEVER: u64 = 15;

/// Counts; `Slow` when it is time.
#[inline(always)]
unsafe fn tick(cx: Cx) -> Result<(), Exit> {
    if cx.operand0 >= STEP {
        // SAFETY: the counter is the unit after the instruction.
        unsafe { *cx.ip.add(1) = (cx.operand0 - STEP) as u16 };
    } else if cx.operand0 != NEVER {
        return Err(Slow);
    }
    Ok(())
}

uops! {
    fn _SPECIALIZE_TO_BOOL(value) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_TO_BOOL__slow(value) -> () |cx| {
        rt_specialize_to_bool(cx.ts, cx.frame, cx.ip, value.peek());
        Err(Again)
    }
    fn _SPECIALIZE_BINARY_OP(left, right) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_BINARY_OP__slow(left, right) -> () |cx| {
        rt_specialize_binary_op(cx.ts, cx.frame, cx.ip, cx.arg(), left.peek(), right.peek());
        Err(Again)
    }
    fn _SPECIALIZE_STORE_SUBSCR(container, sub) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_STORE_SUBSCR__slow(container, sub) -> () |cx| {
        rt_specialize_store_subscr(cx.ts, cx.frame, cx.ip, container.peek(), sub.peek());
        Err(Again)
    }
    fn _SPECIALIZE_COMPARE_OP(left, right) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_COMPARE_OP__slow(left, right) -> () |cx| {
        rt_specialize_compare_op(cx.ts, cx.frame, cx.ip, cx.arg(), left.peek(), right.peek());
        Err(Again)
    }
    fn _SPECIALIZE_CONTAINS_OP(left, right) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_CONTAINS_OP__slow(left, right) -> () |cx| {
        rt_specialize_contains_op(cx.ts, cx.frame, cx.ip, right.peek());
        Err(Again)
    }
    fn _SPECIALIZE_JUMP_BACKWARD() -> () |cx| { tick(cx) }
    fn _SPECIALIZE_JUMP_BACKWARD__slow() -> () |cx| {
        rt_specialize_jump_backward(cx.ts, cx.frame, cx.ip);
        Err(Again)
    }
    fn _SPECIALIZE_LOAD_ATTR(owner) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_LOAD_ATTR__slow(owner) -> () |cx| {
        rt_specialize_load_attr(cx.ts, cx.frame, cx.ip, cx.arg(), owner.peek());
        Err(Again)
    }
    fn _SPECIALIZE_STORE_ATTR(owner) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_STORE_ATTR__slow(owner) -> () |cx| {
        rt_specialize_store_attr(cx.ts, cx.frame, cx.ip, cx.arg(), owner.peek());
        Err(Again)
    }
    fn _SPECIALIZE_LOAD_SUPER_ATTR(callable, class, receiver) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_LOAD_SUPER_ATTR__slow(callable, class, receiver) -> () |cx| {
        rt_specialize_load_super_attr(cx.ts, cx.frame, cx.ip, cx.arg(), callable.peek(), class.peek());
        Err(Again)
    }
    fn _SPECIALIZE_LOAD_GLOBAL() -> () |cx| { tick(cx) }
    fn _SPECIALIZE_LOAD_GLOBAL__slow() -> () |cx| {
        rt_specialize_load_global(cx.ts, cx.frame, cx.ip, cx.arg());
        Err(Again)
    }
    fn _SPECIALIZE_UNPACK_SEQUENCE(sequence) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_UNPACK_SEQUENCE__slow(sequence) -> () |cx| {
        rt_specialize_unpack_sequence(cx.ts, cx.frame, cx.ip, cx.arg(), sequence.peek());
        Err(Again)
    }
    fn _SPECIALIZE_FOR_ITER(iter) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_FOR_ITER__slow(iter) -> () |cx| {
        rt_specialize_for_iter(cx.ts, cx.frame, cx.ip, cx.arg(), iter.peek());
        Err(Again)
    }
    fn _SPECIALIZE_SEND(receiver, value) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_SEND__slow(receiver, value) -> () |cx| {
        rt_specialize_send(cx.ts, cx.frame, cx.ip, receiver.peek());
        Err(Again)
    }
    fn _SPECIALIZE_CALL(callable, self_or_null, unused: Slots) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_CALL__slow(callable, self_or_null, unused: Slots) -> () |cx| {
        rt_specialize_call(cx.ts, cx.frame, cx.ip, cx.arg(), callable.peek(), self_or_null.peek(), unused);
        Err(Again)
    }
    fn _SPECIALIZE_CALL_KW(callable, self_or_null, unused: Slots, names) -> () |cx| { tick(cx) }
    fn _SPECIALIZE_CALL_KW__slow(callable, self_or_null, unused: Slots, names) -> () |cx| {
        rt_specialize_call_kw(cx.ts, cx.frame, cx.ip, cx.arg(), callable.peek(), self_or_null.peek());
        Err(Again)
    }
}
