//! Iteration. An iterator stays on the stack below its items.

use taipan_layout::header::flag;
use taipan_layout::value::FIXNUM_MAX;

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

/// The iterator of an exact `enumerate` over such an iterator.
#[inline(always)]
unsafe fn enumerated(iter: StackValue, kind: Kind) -> Option<StackValue> {
    // SAFETY: the iterator on a loop's stack is not NULL, nor is what an `enumerate` goes through.
    unsafe {
        if !is_kind(iter, Kind::Enumerate) {
            return None;
        }
        let inner = (*iter.ptr::<Enumerate>()).iterator;
        if value_is_kind(inner, kind) { Some(inner.owned()) } else { None }
    }
}
/// Where the item of the iterator over a list or a tuple is that comes next.
#[inline(always)]
unsafe fn next_place(inner: StackValue, kind: Kind) -> *mut Value {
    // SAFETY: the caller has checked the kind, and that there is an item.
    unsafe {
        let it = inner.ptr::<SequenceIter>();
        let sequence = (*it).sequence;
        let items = match kind {
            Kind::ListIter => (*sequence.as_ptr::<List>()).items,
            _ => Tuple::items(sequence.as_ptr::<Tuple>()),
        };
        items.add((*it).index)
    }
}
/// The word is not NULL.
#[inline(always)]
unsafe fn is_alone(v: Value) -> bool {
    // SAFETY: by contract.
    unsafe { is_object(v.owned()) && (*v.as_ptr::<Header>()).rc == 1 }
}
/// An `enumerate` keeps the tuple that it gave out until the next turn, and so the item in it. Turns that make no tuple keep the
/// item there in the same way: it has to be seen to only if the tuple is the `enumerate`'s alone, and never if no object is involved.
#[inline(always)]
unsafe fn guard_enumerate(iter: StackValue, kind: Kind) -> Result<(), Exit> {
    // SAFETY: the kinds are checked before the fields are read.
    unsafe {
        let Some(inner) = enumerated(iter, kind) else { return Err(Deopt) };
        let it = iter.ptr::<Enumerate>();
        let has_next = if let Kind::ListIter = kind { list_has_next(inner) } else { tuple_has_next(inner) };
        guard(has_next && (*it).big.is_null() && (*it).index < FIXNUM_MAX)?;
        let pair = (*it).pair;
        if pair.is_null() {
            return Err(Slow);
        }
        let (old, item) = (*Tuple::items(pair.as_ptr::<Tuple>()).add(1), *next_place(inner, kind));
        if (is_object(old.owned()) || is_object(item.owned())) && is_alone(pair) {
            // The end of the old item could run Python code, and a tuple that the collector has let go has to be told to it.
            let known = (*pair.as_ptr::<Header>()).flags & flag::GC != 0;
            guard(known && !is_alone(old))?;
        }
        Ok(())
    }
}
/// There is no tuple yet.
#[inline(always)]
unsafe fn new_pair(cx: Cx, iter: StackValue) -> Result<(), Exit> {
    // SAFETY: the guard has checked the kind.
    unsafe {
        let mut items = [Value::NONE.owned(), Value::NONE.owned()];
        let pair = rt_build_tuple(cx.ts, items.as_mut_ptr(), 2);
        if pair.is_null() {
            return Err(Error);
        }
        (*iter.ptr::<Enumerate>()).pair = pair;
    }
    Ok(())
}
/// The next item and its number, both counted on.
#[inline(always)]
unsafe fn enumerate_next(iter: StackValue, kind: Kind) -> (Value, StackValue) {
    // SAFETY: the guard has checked the kinds, and that there is a next item and a pair.
    unsafe {
        let it = iter.ptr::<Enumerate>();
        let number = (*it).index;
        (*it).index = number + 1;
        let inner = (*it).iterator.owned();
        let item = *next_place(inner, kind);
        (*inner.ptr::<SequenceIter>()).index += 1;
        let pair = (*it).pair;
        let kept = Tuple::items(pair.as_ptr::<Tuple>()).add(1);
        let old = *kept;
        if (is_object(old.owned()) || is_object(item.owned())) && is_alone(pair) {
            *kept = Value(new_ref(item).0);
            // Never the last reference.
            let _ = try_drop(old.owned());
        }
        (item, Value::fixnum(number).owned())
    }
}
/// The end of the loop: the sequence is let go, as long as that does not destroy it.
#[inline(always)]
unsafe fn end_enumerate(iter: StackValue, kind: Kind) -> Result<(), Exit> {
    // SAFETY: the kinds are checked before the fields are read.
    unsafe {
        let Some(inner) = enumerated(iter, kind) else { return Err(Deopt) };
        let it = inner.ptr::<SequenceIter>();
        let sequence = (*it).sequence;
        if !sequence.is_null() {
            let has_next =
                if let Kind::ListIter = kind { list_has_next(inner) } else { tuple_has_next(inner) };
            guard(!has_next)?;
            if try_drop(sequence.owned()).is_err() {
                return Err(Deopt);
            }
            (*it).sequence = Value::NULL;
        }
        Ok(())
    }
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

    fn _GUARD_ENUMERATE_LIST(iter) -> () |cx| { guard_enumerate(iter, Kind::ListIter) }
    fn _GUARD_ENUMERATE_LIST__slow(iter) -> () |cx| { new_pair(cx, iter) }
    fn _GUARD_ENUMERATE_TUPLE(iter) -> () |cx| { guard_enumerate(iter, Kind::TupleIter) }
    fn _GUARD_ENUMERATE_TUPLE__slow(iter) -> () |cx| { new_pair(cx, iter) }
    fn _ENUMERATE_NEXT_LIST(iter) -> (item, index) |cx| {
        let (item, index) = enumerate_next(iter, Kind::ListIter);
        Ok((new_ref(item), index))
    }
    fn _ENUMERATE_NEXT_TUPLE(iter) -> (item, index) |cx| {
        let (item, index) = enumerate_next(iter, Kind::TupleIter);
        Ok((new_ref(item), index))
    }
    fn _ENUMERATE_NEXT_LIST_BORROW(iter) -> (item, index) |cx| {
        let (item, index) = enumerate_next(iter, Kind::ListIter);
        Ok((borrow(item), index))
    }
    fn _ENUMERATE_NEXT_TUPLE_BORROW(iter) -> (item, index) |cx| {
        let (item, index) = enumerate_next(iter, Kind::TupleIter);
        Ok((borrow(item), index))
    }
    fn _ENUMERATE_END_LIST(iter) -> () |cx| { end_enumerate(iter, Kind::ListIter) }
    fn _ENUMERATE_END_TUPLE(iter) -> () |cx| { end_enumerate(iter, Kind::TupleIter) }

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
