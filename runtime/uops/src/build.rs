//! Containers, unpacking, string formatting.

use crate::prelude::*;

uops! {
    fn _BUILD_TUPLE(items: Slots) -> (tuple) |cx| { checked(rt_build_tuple(cx.ts, items, cx.arg())) }
    fn _BUILD_LIST(items: Slots) -> (list) |cx| { checked(rt_build_list(cx.ts, items, cx.arg())) }
    fn _BUILD_SET(items: Slots) -> (set) |cx| { checked(rt_build_set(cx.ts, items, cx.arg())) }
    fn _BUILD_MAP(items: Slots) -> (dict) |cx| { checked(rt_build_map(cx.ts, items, cx.arg())) }
    fn _BUILD_STRING(pieces: Slots) -> (text) |cx| { checked(rt_build_string(cx.ts, pieces, cx.arg())) }
    fn _BUILD_SLICE(args: Slots) -> (slice) |cx| {
        let step = if cx.oparg == 3 { *args.add(2) } else { StackValue::NULL };
        let slice = rt_build_slice(cx.ts, (*args).peek(), (*args.add(1)).peek(), step.peek());
        drop(cx.ts, *args);
        drop(cx.ts, *args.add(1));
        drop(cx.ts, step);
        checked(slice)
    }
    fn _BUILD_INTERPOLATION(value, text, format: Slots) -> (res) |cx| {
        let spec = if cx.oparg & 1 != 0 { *format } else { StackValue::NULL };
        let res = rt_build_interpolation(cx.ts, value.peek(), text.peek(), cx.arg() >> 2, spec.peek());
        drop(cx.ts, value);
        drop(cx.ts, text);
        drop(cx.ts, spec);
        checked(res)
    }
    fn _BUILD_TEMPLATE(strings, interpolations) -> (res) |cx| {
        let res = rt_build_template(cx.ts, strings.peek(), interpolations.peek());
        drop(cx.ts, strings);
        drop(cx.ts, interpolations);
        checked(res)
    }

    fn _LIST_APPEND(list, unused: Slots, value) -> () |cx| {
        let o = list.ptr::<List>();
        let length = (*o).length;
        if length == (*o).capacity {
            return Err(Slow);
        }
        *(*o).items.add(length) = into_owned(value);
        (*o).length = length + 1;
        Ok(())
    }
    fn _LIST_APPEND__slow(list, unused: Slots, value) -> () |cx| {
        status(rt_list_append(cx.ts, list.peek(), into_owned(value)))
    }
    fn _LIST_EXTEND(list, unused: Slots, iterable) -> () |cx| {
        let code = rt_list_extend(cx.ts, list.peek(), iterable.peek());
        drop(cx.ts, iterable);
        status(code)
    }
    fn _SET_ADD(set, unused: Slots, value) -> () |cx| {
        let code = rt_set_add(cx.ts, set.peek(), value.peek());
        drop(cx.ts, value);
        status(code)
    }
    fn _SET_UPDATE(set, unused: Slots, iterable) -> () |cx| {
        let code = rt_set_update(cx.ts, set.peek(), iterable.peek());
        drop(cx.ts, iterable);
        status(code)
    }
    fn _MAP_ADD(dict, unused: Slots, key, value) -> () |cx| {
        let code = rt_map_add(cx.ts, dict.peek(), key.peek(), value.peek());
        drop(cx.ts, key);
        drop(cx.ts, value);
        status(code)
    }
    fn _DICT_UPDATE(dict, unused: Slots, update) -> () |cx| {
        let code = rt_dict_update(cx.ts, dict.peek(), update.peek());
        drop(cx.ts, update);
        status(code)
    }
    fn _DICT_MERGE(callable, unused0, unused1, dict, unused: Slots, update) -> () |cx| {
        let code = rt_dict_merge(cx.ts, dict.peek(), update.peek(), callable.peek());
        drop(cx.ts, update);
        status(code)
    }

    fn _UNPACK_SEQUENCE(sequence, values: Slots) -> () |cx| {
        let code = rt_unpack_sequence(cx.ts, sequence.peek(), cx.arg(), values);
        drop(cx.ts, sequence);
        status(code)
    }
    fn _UNPACK_SEQUENCE_TWO_TUPLE(sequence) -> (second, first, s) |cx| {
        let o = sequence.ptr::<Tuple>();
        guard((*o).length == 2)?;
        let items = Tuple::items(o);
        Ok((new_ref(*items.add(1)), new_ref(*items), sequence))
    }
    fn _UNPACK_SEQUENCE_TUPLE(sequence, values: Slots) -> (s) |cx| {
        let o = sequence.ptr::<Tuple>();
        let count = cx.oparg as usize;
        guard((*o).length == count)?;
        unpack(Tuple::items(o), count, values);
        Ok(sequence)
    }
    fn _UNPACK_SEQUENCE_LIST(sequence, values: Slots) -> (s) |cx| {
        let o = sequence.ptr::<List>();
        let count = cx.oparg as usize;
        guard((*o).length == count)?;
        unpack((*o).items, count, values);
        Ok(sequence)
    }
    fn _UNPACK_TUPLE_2_BORROW(sequence) -> (second, first) |cx| {
        let o = sequence.ptr::<Tuple>();
        guard((*o).length == 2)?;
        let items = Tuple::items(o);
        Ok((borrow(*items.add(1)), borrow(*items)))
    }
    fn _UNPACK_TUPLE_3_BORROW(sequence) -> (third, second, first) |cx| {
        let o = sequence.ptr::<Tuple>();
        guard((*o).length == 3)?;
        let items = Tuple::items(o);
        Ok((borrow(*items.add(2)), borrow(*items.add(1)), borrow(*items)))
    }
    fn _UNPACK_LIST_2_BORROW(sequence) -> (second, first) |cx| {
        let o = sequence.ptr::<List>();
        guard((*o).length == 2)?;
        let items = (*o).items;
        Ok((borrow(*items.add(1)), borrow(*items)))
    }
    fn _UNPACK_LIST_3_BORROW(sequence) -> (third, second, first) |cx| {
        let o = sequence.ptr::<List>();
        guard((*o).length == 3)?;
        let items = (*o).items;
        Ok((borrow(*items.add(2)), borrow(*items.add(1)), borrow(*items)))
    }
    fn _UNPACK_EX(sequence, values: Slots) -> () |cx| {
        let code = rt_unpack_ex(cx.ts, sequence.peek(), cx.arg() & 0xFF, cx.arg() >> 8, values);
        drop(cx.ts, sequence);
        status(code)
    }

    fn _FORMAT_SIMPLE(value) -> (res) |cx| {
        if is_kind(value, Kind::Str) {
            return Ok(value);
        }
        let res = rt_format_simple(cx.ts, value.peek());
        drop(cx.ts, value);
        checked(res)
    }
    fn _FORMAT_WITH_SPEC(value, spec) -> (res) |cx| {
        let res = rt_format_with_spec(cx.ts, value.peek(), spec.peek());
        drop(cx.ts, value);
        drop(cx.ts, spec);
        checked(res)
    }
    fn _CONVERT_VALUE(value) -> (res) |cx| {
        let res = rt_convert_value(cx.ts, value.peek(), cx.arg());
        drop(cx.ts, value);
        checked(res)
    }
}

/// The first item goes to the highest slot. The sequence itself lies in the lowest one until it is read, so it
/// is an argument of the bodies and not read again here.
#[inline(always)]
unsafe fn unpack(items: *mut Value, count: usize, values: Slots) {
    let mut i = 0;
    while i < count {
        // SAFETY: the caller has checked the length; the stack has room for the outputs.
        unsafe { *values.add(count - 1 - i) = new_ref(*items.add(i)) };
        i += 1;
    }
}
