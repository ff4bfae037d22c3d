//! Subscription and slices.

use crate::prelude::*;

/// The index in a fixnum, if it is within `length`.
#[inline(always)]
fn index(sub: StackValue, length: usize) -> Result<usize, Exit> {
    // A negative number is a huge unsigned one.
    let i = as_fixnum(sub) as usize;
    if i < length { Ok(i) } else { Err(Deopt) }
}

/// The same for one that may count from the end.
#[inline(always)]
fn signed_index(sub: StackValue, length: usize) -> Result<usize, Exit> {
    let i = as_fixnum(sub);
    let i = if i < 0 { i.wrapping_add(length as i64) } else { i } as usize;
    if i < length { Ok(i) } else { Err(Deopt) }
}

/// The place of an item of a list (in a local, which may have borrowed it) that has so many.
#[inline(always)]
unsafe fn item_of(list: Value, index: u64) -> Result<*mut Value, Exit> {
    // SAFETY: the trace knows the type.
    unsafe {
        let o = list.owned().ptr::<List>();
        if index < (*o).length as u64 { Ok((*o).items.add(index as usize)) } else { Err(Deopt) }
    }
}
/// Puts the flonum of `d` where a flonum was; `Slow` where a number was, or when it needs an object.
#[inline(always)]
unsafe fn store_double(slot: *mut Value, d: f64) -> Result<(), Exit> {
    // SAFETY: an item of a list.
    unsafe {
        if !(*slot).is_flonum() {
            // Dropping a number runs nothing; of anything else that is not sure.
            guard((*slot).is_fixnum() || value_is_kind(*slot, Kind::Float))?;
            return Err(Slow);
        }
        match Value::try_flonum(d) {
            Some(v) => {
                *slot = v;
                Ok(())
            }
            None => Err(Slow),
        }
    }
}
#[inline(always)]
unsafe fn store_float(cx: Cx, slot: *mut Value, d: f64) -> Result<(), Exit> {
    // SAFETY: an item of a list, which is a number.
    unsafe {
        let v = rt_new_float(cx.ts, d);
        if v.is_null() {
            return Err(Error);
        }
        let old = *slot;
        *slot = v;
        release(cx.ts, old);
        Ok(())
    }
}

uops! {
    fn _GUARD_TOS_LIST(value) -> () |cx| { guard(is_kind(value, Kind::List)) }
    fn _GUARD_NOS_LIST(nos, tos) -> () |cx| { guard(is_kind(nos, Kind::List)) }
    fn _GUARD_TOS_TUPLE(value) -> () |cx| { guard(is_kind(value, Kind::Tuple)) }
    fn _GUARD_NOS_TUPLE(nos, tos) -> () |cx| { guard(is_kind(nos, Kind::Tuple)) }
    fn _GUARD_TOS_DICT(value) -> () |cx| { guard(is_kind(value, Kind::Dict)) }
    fn _GUARD_NOS_DICT(nos, tos) -> () |cx| { guard(is_kind(nos, Kind::Dict)) }
    fn _GUARD_TOS_SLICE(value) -> () |cx| { guard(is_kind(value, Kind::Slice)) }

    fn _BINARY_OP_SUBSCR_LIST_INT(list, sub) -> (res, l, s) |cx| {
        let o = list.ptr::<List>();
        let i = index(sub, (*o).length)?;
        Ok((new_ref(*(*o).items.add(i)), list, sub))
    }
    fn _BINARY_OP_SUBSCR_TUPLE_INT(tuple, sub) -> (res, t, s) |cx| {
        let o = tuple.ptr::<Tuple>();
        let i = index(sub, (*o).length)?;
        Ok((new_ref(*Tuple::items(o).add(i)), tuple, sub))
    }
    fn _BINARY_OP_SUBSCR_LIST_INT_BORROW(list, sub) -> (res, l, s) |cx| {
        let o = list.ptr::<List>();
        let i = index(sub, (*o).length)?;
        Ok((borrow(*(*o).items.add(i)), list, sub))
    }
    fn _BINARY_OP_SUBSCR_TUPLE_INT_BORROW(tuple, sub) -> (res, t, s) |cx| {
        let o = tuple.ptr::<Tuple>();
        let i = index(sub, (*o).length)?;
        Ok((borrow(*Tuple::items(o).add(i)), tuple, sub))
    }
    fn _LIST_ITEM(list, sub) -> (res) |cx| {
        let o = list.ptr::<List>();
        let i = index(sub, (*o).length)?;
        Ok(new_ref(*(*o).items.add(i)))
    }
    fn _LIST_ITEM_SIGNED(list, sub) -> (res) |cx| {
        let o = list.ptr::<List>();
        let i = signed_index(sub, (*o).length)?;
        Ok(new_ref(*(*o).items.add(i)))
    }
    fn _STORE_LIST_ITEM_SIGNED(value, list, sub) -> (old) |cx| {
        let o = list.ptr::<List>();
        let i = signed_index(sub, (*o).length)?;
        let slot = (*o).items.add(i);
        let old = *slot;
        *slot = into_owned(value);
        Ok(old.owned())
    }
    fn _LIST_ITEM_BORROW(list, sub) -> (res) |cx| {
        let o = list.ptr::<List>();
        let i = index(sub, (*o).length)?;
        Ok(borrow(*(*o).items.add(i)))
    }
    fn _LIST_ITEM_INT(list, sub) -> (res) |cx| {
        let o = list.ptr::<List>();
        let i = index(sub, (*o).length)?;
        let item = *(*o).items.add(i);
        guard(item.is_fixnum())?;
        Ok(item.owned())
    }
    fn _LIST_ITEM_F64(list, sub) -> (d: f64) |cx| {
        let o = list.ptr::<List>();
        let i = index(sub, (*o).length)?;
        let item = *(*o).items.add(i);
        guard(item.is_flonum())?;
        Ok(item.as_flonum())
    }
    fn _STORE_LIST_ITEM_IMMEDIATE(value, list, sub) -> () |cx| {
        let o = list.ptr::<List>();
        let i = index(sub, (*o).length)?;
        let slot = (*o).items.add(i);
        guard(!(*slot).is_heap())?;
        *slot = Value(value.0);
        Ok(())
    }
    fn _STORE_LIST_ITEM_F64(list, sub, d: f64) -> () |cx| {
        let o = list.ptr::<List>();
        let i = index(sub, (*o).length)?;
        store_double((*o).items.add(i), d)
    }
    fn _STORE_LIST_ITEM_F64__slow(list, sub, d: f64) -> () |cx| {
        store_float(cx, (*list.ptr::<List>()).items.add(as_fixnum(sub) as usize), d)
    }
    fn _LOCAL_LIST_ITEM_INT() [local] -> (res) |cx| {
        let item = *item_of(local, cx.operand0)?;
        guard(item.is_fixnum())?;
        Ok(item.owned())
    }
    fn _LOCAL_LIST_ITEM_F64() [local] -> (d: f64) |cx| {
        let item = *item_of(local, cx.operand0)?;
        guard(item.is_flonum())?;
        Ok(item.as_flonum())
    }
    fn _STORE_LOCAL_LIST_ITEM_F64(d: f64) [local] -> () |cx| { store_double(item_of(local, cx.operand0)?, d) }
    fn _STORE_LOCAL_LIST_ITEM_F64__slow(d: f64) [local] -> () |cx| {
        store_float(cx, (*local.owned().ptr::<List>()).items.add(cx.operand0 as usize), d)
    }
    fn _BINARY_OP_SUBSCR_STR_INT(text, sub) -> (res, t, s) |cx| {
        let i = index(sub, (*text.ptr::<Str>()).length)?;
        let res = rt_str_index(cx.ts, text.peek(), i);
        if res.is_null() {
            drop(cx.ts, text);
        }
        Ok((checked(res)?, text, sub))
    }
    fn _BINARY_OP_SUBSCR_DICT(dict, sub) -> (res) |cx| {
        let res = rt_dict_get_item(cx.ts, dict.peek(), sub.peek());
        drop(cx.ts, dict);
        drop(cx.ts, sub);
        checked(res)
    }
    fn _BINARY_OP_SUBSCR_LIST_SLICE(list, sub) -> (res) |cx| {
        let res = rt_list_slice(cx.ts, list.peek(), sub.peek());
        drop(cx.ts, list);
        drop(cx.ts, sub);
        checked(res)
    }
    fn _LIST_SLICE(list, start, stop, step) -> (res) |cx| {
        checked(rt_list_slice_parts(cx.ts, list.peek(), start.peek(), stop.peek(), step.peek()))
    }
    fn _LIST_SLICE_ASSIGN(list, start, stop, step, target, first, last) -> () |cx| {
        let (list, target) = (list.peek(), target.peek());
        let (start, stop, step) = (start.peek(), stop.peek(), step.peek());
        status(rt_list_slice_assign(cx.ts, list, start, stop, step, target, first.peek(), last.peek()))
    }
    fn _GUARD_GETITEM_CODE(container, sub) -> () |cx| {
        let function = rt_cached_getitem(cx.ts, container.peek());
        guard(!function.is_null() && (*function.as_ptr::<Function>()).code.0 == cx.operand0)
    }
    fn _BINARY_OP_SUBSCR_GETITEM_FRAME(container, sub) -> (new_frame: *mut Frame) |cx| {
        let function = rt_cached_getitem(cx.ts, container.peek());
        guard(!function.is_null() && (*cx.ts).recursion_remaining > 1)?;
        let code = (*function.as_ptr::<Function>()).code.as_ptr::<Code>();
        let Ok(new) = allocate_frame(cx.ts, code) else { return Err(Deopt) };
        retain(function);
        init_frame(new, function, code, cx.frame, 0);
        let locals = Frame::localsplus(new);
        *locals = into_owned(container);
        *locals.add(1) = into_owned(sub);
        clear_locals_from(new, code, 2);
        Ok(new)
    }
    fn _BINARY_SLICE(container, start, stop) -> (res) |cx| {
        let res = rt_get_slice(cx.ts, container.peek(), start.peek(), stop.peek());
        drop(cx.ts, container);
        drop(cx.ts, start);
        drop(cx.ts, stop);
        checked(res)
    }
    fn _STORE_SLICE(value, container, start, stop) -> () |cx| {
        let code = rt_set_slice(cx.ts, container.peek(), start.peek(), stop.peek(), value);
        drop(cx.ts, value);
        drop(cx.ts, container);
        drop(cx.ts, start);
        drop(cx.ts, stop);
        status(code)
    }
    fn _STORE_SUBSCR(value, container, sub) -> () |cx| {
        let code = rt_set_item(cx.ts, container.peek(), sub.peek(), value.peek());
        drop(cx.ts, value);
        drop(cx.ts, container);
        drop(cx.ts, sub);
        status(code)
    }
    fn _STORE_SUBSCR_LIST_INT(value, list, sub) -> (old, l, s) |cx| {
        let o = list.ptr::<List>();
        let i = index(sub, (*o).length)?;
        let slot = (*o).items.add(i);
        let old = (*slot).owned();
        *slot = into_owned(value);
        Ok((old, list, sub))
    }
    fn _STORE_SUBSCR_DICT(value, dict, sub) -> () |cx| {
        let code = rt_map_add(cx.ts, dict.peek(), sub.peek(), value.peek());
        drop(cx.ts, value);
        drop(cx.ts, dict);
        drop(cx.ts, sub);
        status(code)
    }
    fn _DELETE_SUBSCR(container, sub) -> () |cx| {
        let code = rt_delete_item(cx.ts, container.peek(), sub.peek());
        drop(cx.ts, container);
        drop(cx.ts, sub);
        status(code)
    }
}
