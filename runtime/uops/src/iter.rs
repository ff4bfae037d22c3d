//! Iteration. An iterator stays on the stack below its items.

use crate::prelude::*;

#[inline(always)]
unsafe fn list_has_next(iter: StackValue) -> bool {
    // SAFETY: the caller has guarded the kind.
    unsafe {
        let it = iter.ptr::<SequenceIter>();
        let list = (*it).sequence.as_ptr::<List>();
        !list.is_null() && (*it).index < (*list).length
    }
}
#[inline(always)]
unsafe fn tuple_has_next(iter: StackValue) -> bool {
    // SAFETY: the caller has guarded the kind.
    unsafe {
        let it = iter.ptr::<SequenceIter>();
        let tuple = (*it).sequence.as_ptr::<Tuple>();
        !tuple.is_null() && (*it).index < (*tuple).length
    }
}
/// An exhausted iterator lets its sequence go; `Slow` if that destroys it.
#[inline(always)]
unsafe fn exhaust(iter: StackValue) -> Result<(), Exit> {
    // SAFETY: the caller has guarded the kind.
    unsafe {
        let it = iter.ptr::<SequenceIter>();
        try_drop((*it).sequence.owned())?;
        (*it).sequence = Value::NULL;
    }
    Err(Jump)
}
#[inline(always)]
unsafe fn exhaust_slow(cx: Cx, iter: StackValue) -> Result<(), Exit> {
    // SAFETY: the caller has guarded the kind.
    unsafe {
        let it = iter.ptr::<SequenceIter>();
        let sequence = (*it).sequence;
        (*it).sequence = Value::NULL;
        release(cx.ts, sequence);
    }
    Err(Jump)
}

uops! {
    fn _GET_ITER(iterable) -> (iter) |cx| {
        let iter = rt_get_iter(cx.ts, iterable.peek());
        drop(cx.ts, iterable);
        checked(iter)
    }
    fn _GET_LEN(value) -> (len) |cx| { checked(rt_get_len(cx.ts, value.peek())) }
    fn _FOR_ITER(iter) -> (next) |cx| {
        let next = rt_iter_next(cx.ts, iter.peek());
        if !next.is_null() {
            Ok(next.owned())
        } else if (*cx.ts).exception.is_null() {
            Err(Jump)
        } else {
            Err(Error)
        }
    }
    fn _FOR_ITER_TIER_TWO(iter) -> (next) |cx| {
        let next = rt_iter_next(cx.ts, iter.peek());
        if !next.is_null() {
            Ok(next.owned())
        } else if (*cx.ts).exception.is_null() {
            Err(Deopt)
        } else {
            Err(Error)
        }
    }

    fn _ITER_CHECK_LIST(iter) -> () |cx| { guard(is_kind(iter, Kind::ListIter)) }
    fn _ITER_JUMP_LIST(iter) -> () |cx| { if list_has_next(iter) { Ok(()) } else { exhaust(iter) } }
    fn _ITER_JUMP_LIST__slow(iter) -> () |cx| { exhaust_slow(cx, iter) }
    fn _ITER_NEXT_LIST(iter) -> (next) |cx| {
        let it = iter.ptr::<SequenceIter>();
        let index = (*it).index;
        (*it).index = index + 1;
        Ok(new_ref(*(*(*it).sequence.as_ptr::<List>()).items.add(index)))
    }
    fn _ITER_NEXT_LIST_BORROW(iter) -> (next) |cx| {
        let it = iter.ptr::<SequenceIter>();
        let index = (*it).index;
        (*it).index = index + 1;
        Ok(borrow(*(*(*it).sequence.as_ptr::<List>()).items.add(index)))
    }
    fn _ITER_NEXT_TUPLE_BORROW(iter) -> (next) |cx| {
        let it = iter.ptr::<SequenceIter>();
        let index = (*it).index;
        (*it).index = index + 1;
        Ok(borrow(*Tuple::items((*it).sequence.as_ptr::<Tuple>()).add(index)))
    }
    fn _GUARD_NOT_EXHAUSTED_LIST(iter) -> () |cx| { guard(list_has_next(iter)) }

    fn _ITER_CHECK_TUPLE(iter) -> () |cx| { guard(is_kind(iter, Kind::TupleIter)) }
    fn _ITER_JUMP_TUPLE(iter) -> () |cx| { if tuple_has_next(iter) { Ok(()) } else { exhaust(iter) } }
    fn _ITER_JUMP_TUPLE__slow(iter) -> () |cx| { exhaust_slow(cx, iter) }
    fn _ITER_NEXT_TUPLE(iter) -> (next) |cx| {
        let it = iter.ptr::<SequenceIter>();
        let index = (*it).index;
        (*it).index = index + 1;
        Ok(new_ref(*Tuple::items((*it).sequence.as_ptr::<Tuple>()).add(index)))
    }
    fn _GUARD_NOT_EXHAUSTED_TUPLE(iter) -> () |cx| { guard(tuple_has_next(iter)) }

    fn _ITER_CHECK_RANGE(iter) -> () |cx| { guard(is_kind(iter, Kind::RangeIter)) }
    fn _ITER_JUMP_RANGE(iter) -> () |cx| {
        if (*iter.ptr::<RangeIter>()).remaining > 0 { Ok(()) } else { Err(Jump) }
    }
    fn _ITER_NEXT_RANGE(iter) -> (next) |cx| {
        let it = iter.ptr::<RangeIter>();
        let value = (*it).next;
        (*it).next = value.wrapping_add((*it).step);
        (*it).remaining -= 1;
        Ok(Value::fixnum(value).owned())
    }
    fn _GUARD_NOT_EXHAUSTED_RANGE(iter) -> () |cx| { guard((*iter.ptr::<RangeIter>()).remaining > 0) }
}
