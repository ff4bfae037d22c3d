//! The evaluation stack, constants, locals and cells.

use crate::prelude::*;

/// Is the local (which may be unbound) an object of exactly this built-in layout?
#[inline(always)]
unsafe fn has_kind(local: Value, kind: Kind) -> bool {
    // SAFETY: the word is not NULL.
    !local.is_null() && unsafe { value_is_kind(local, kind) }
}

uops! {
    fn _NOP() -> () |cx| { Ok(()) }

    fn _POP_TOP(value) -> () |cx| { try_drop(value) }
    fn _POP_TOP__slow(value) -> () |cx| { drop(cx.ts, value); Ok(()) }
    fn _POP_TOP_INLINE(value) -> () |cx| { try_drop(value) }
    fn _POP_TOP_INLINE__slow(value) -> () |cx| {
        if (*cx.ts).interrupted == 0 {
            (*cx.ts).inline = cx.operand0 as *const frame::InlineChain;
            (*cx.ts).inline_frame = cx.frame;
        }
        drop(cx.ts, value);
        (*cx.ts).inline = core::ptr::null();
        Ok(())
    }
    fn _POP_TOP_NOP(value) -> () |cx| { Ok(()) }
    fn _POP_TOP_INT(value) -> () |cx| { Ok(()) }
    fn _POP_TOP_FLOAT(value) -> () |cx| { if is_flonum(value) { Ok(()) } else { try_drop(value) } }
    fn _POP_TOP_FLOAT__slow(value) -> () |cx| { drop(cx.ts, value); Ok(()) }
    fn _POP_TOP_UNICODE(value) -> () |cx| { try_drop(value) }
    fn _POP_TOP_UNICODE__slow(value) -> () |cx| { drop(cx.ts, value); Ok(()) }

    fn _POP_TOP_DEAD(value) -> () |cx| { Ok(()) }
    fn _OWN(value) -> (owned) |cx| { Ok(into_owned(value).owned()) }
    fn _OWN_SLOT(items: Slots) -> () |cx| {
        *items = into_owned(*items).owned();
        Ok(())
    }
    fn _GUARD_LOCAL_INT() [local] -> () |cx| { guard(local.is_fixnum()) }
    fn _GUARD_LOCAL_FLONUM() [local] -> () |cx| { guard(local.is_flonum()) }
    fn _GUARD_LOCAL_FLOAT() [local] -> () |cx| { guard(local.is_flonum() || has_kind(local, Kind::Float)) }
    fn _GUARD_LOCAL_UNICODE() [local] -> () |cx| { guard(has_kind(local, Kind::Str)) }
    fn _GUARD_LOCAL_LIST() [local] -> () |cx| { guard(has_kind(local, Kind::List)) }
    fn _GUARD_LOCAL_TUPLE() [local] -> () |cx| { guard(has_kind(local, Kind::Tuple)) }
    fn _GUARD_LOCAL_DICT() [local] -> () |cx| { guard(has_kind(local, Kind::Dict)) }
    fn _TAKE_LOCAL() [local] -> (value) |cx| { Ok(local.owned()) }
    fn _STORE_FAST_NEW(value) -> () [new] |cx| { Ok(into_owned(value)) }
    fn _STORE_FAST_RAW(value) -> () [new] |cx| { Ok(Value(value.0)) }

    fn _GUARD_LOCAL_SHARED() [local] -> () |cx| {
        // An immortal object's count is negative: a large number here.
        guard(!local.is_heap() || (*local.header()).rc as u32 as u64 > cx.operand0)
    }
    fn _GUARD_LOCAL_IMMEDIATE() [local] -> () |cx| { guard(!local.is_heap()) }
    fn _STORE_FAST_SHARED(value) [old] -> () [new] |cx| {
        forget(old);
        Ok(into_owned(value))
    }
    fn _COPY_1(value) -> (top) |cx| {
        if value.owns() {
            retain(Value(value.0));
        }
        Ok(value)
    }
    fn _COPY_2(bottom, above) -> (top) |cx| {
        if bottom.owns() {
            retain(Value(bottom.0));
        }
        Ok(bottom)
    }
    fn _SWAP_2(lower, upper) -> (u, l) |cx| { Ok((upper, lower)) }

    fn _PUSH_NULL() -> (null) |cx| { Ok(StackValue::NULL) }
    fn _PUSH_NULL_CONDITIONAL(null: Slots) -> () |cx| {
        if cx.oparg & 1 != 0 {
            *null = StackValue::NULL;
        }
        Ok(())
    }
    fn _COPY(bottom, unused: Slots) -> (top) |cx| {
        if bottom.owns() {
            retain(Value(bottom.0));
        }
        Ok(bottom)
    }
    fn _SWAP(items: Slots) -> () |cx| {
        let other = items.add(cx.oparg as usize - 1);
        (*items, *other) = (*other, *items);
        Ok(())
    }

    fn _LOAD_FAST() [local] -> (value) |cx| { Ok(new_ref(local)) }
    fn _LOAD_FAST_BORROW() [local] -> (value) |cx| { Ok(borrow(local)) }
    fn _LOAD_FAST_CHECK() [local] -> (value) |cx| {
        if local.is_null() { Err(Slow) } else { Ok(new_ref(local)) }
    }
    fn _LOAD_FAST_CHECK__slow() [local] -> (value) |cx| {
        rt_unbound_local(cx.ts, cx.frame, cx.arg());
        Err(Error)
    }
    fn _LOAD_FAST_AND_CLEAR() [local] -> (value) [cleared] |cx| { Ok((local.owned(), Value::NULL)) }
    fn _SWAP_FAST(value) [local] -> (old) [new] |cx| { Ok((local.owned(), into_owned(value))) }
    fn _DELETE_FAST() [local] -> (old) [cleared] |cx| {
        if local.is_null() { Err(Slow) } else { Ok((local.owned(), Value::NULL)) }
    }
    fn _DELETE_FAST__slow() [local] -> (old) [cleared] |cx| {
        rt_unbound_local(cx.ts, cx.frame, cx.arg());
        Err(Error)
    }

    fn _LOAD_CONST() -> (value) |cx| { Ok(borrow(*(*(*cx.frame).code).consts.add(cx.oparg as usize))) }
    fn _LOAD_CONST_INLINE() -> (value) |cx| { Ok(new_ref(Value(cx.operand0))) }
    fn _LOAD_CONST_INLINE_BORROW() -> (value) |cx| { Ok(borrow(Value(cx.operand0))) }
    fn _LOAD_SMALL_INT() -> (value) |cx| { Ok(Value::fixnum(cx.oparg as i64).owned()) }
    fn _LOAD_COMMON_CONSTANT() -> (value) |cx| { Ok(rt_load_common_constant(cx.ts, cx.arg()).owned()) }

    fn _MAKE_CELL() [local] -> () [cell] |cx| {
        // A cell that cannot be made leaves the local as it is.
        retain(local);
        let cell = rt_new_cell(cx.ts, local);
        if cell.is_null() {
            return Err(Error);
        }
        release(cx.ts, local);
        Ok(cell)
    }
    fn _LOAD_DEREF() [cell] -> (value) |cx| {
        let value = (*cell.as_ptr::<Cell>()).value;
        if value.is_null() { Err(Slow) } else { Ok(new_ref(value)) }
    }
    fn _LOAD_DEREF__slow() [cell] -> (value) |cx| {
        rt_unbound_deref(cx.ts, cx.frame, cx.arg());
        Err(Error)
    }
    fn _LOAD_DEREF_BORROW() [cell] -> (value) |cx| {
        let value = (*cell.as_ptr::<Cell>()).value;
        if value.is_null() { Err(Slow) } else { Ok(borrow(value)) }
    }
    fn _LOAD_DEREF_BORROW__slow() [cell] -> (value) |cx| {
        rt_unbound_deref(cx.ts, cx.frame, cx.arg());
        Err(Error)
    }
    fn _STORE_DEREF(value) [cell] -> (old) |cx| {
        let slot = &mut (*cell.as_ptr::<Cell>()).value;
        let old = slot.owned();
        *slot = into_owned(value);
        Ok(old)
    }
    fn _DELETE_DEREF() [cell] -> (old) |cx| {
        let slot = &mut (*cell.as_ptr::<Cell>()).value;
        if slot.is_null() {
            return Err(Slow);
        }
        let old = slot.owned();
        *slot = Value::NULL;
        Ok(old)
    }
    fn _DELETE_DEREF__slow() [cell] -> (old) |cx| {
        rt_unbound_deref(cx.ts, cx.frame, cx.arg());
        Err(Error)
    }
    fn _COPY_FREE_VARS() -> () |cx| {
        let closure = (*(*cx.frame).function.as_ptr::<Function>()).closure.as_ptr::<Tuple>();
        let cells = Tuple::items(closure);
        let count = cx.oparg as usize;
        let homes = cx.local((*(*cx.frame).code).nlocalsplus as usize - count);
        let mut i = 0;
        while i < count {
            let cell = *cells.add(i);
            retain(cell);
            *homes.add(i) = cell;
            i += 1;
        }
        Ok(())
    }
    fn _LOAD_FROM_DICT_OR_DEREF(dict) -> (value) |cx| {
        let value = rt_load_from_dict_or_deref(cx.ts, cx.frame, dict.peek(), cx.arg());
        drop(cx.ts, dict);
        checked(value)
    }
}
