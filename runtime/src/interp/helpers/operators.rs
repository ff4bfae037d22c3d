//! Arithmetic, comparison, subscription, and the forms for known types.

use taipan_layout::{Header, Kind, StackValue, ThreadState, Value};

use super::{status, truth, value, vm};
use crate::objects::slots::CompareOp;
use crate::objects::{dict, function, int, is_kind, list, set, slice, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::number::NbOp;
use crate::protocol::{compare, item, number, object};
use crate::vm::Vm;

/// `NB_SUBSCR`: the last operator of `BINARY_OP`.
const SUBSCRIPT: u32 = 26;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_binary_op(ts: *mut ThreadState, left: Value, right: Value, op: u32) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    value(match NbOp::from_oparg(op) {
        Some((op, false)) => number::binary(vm, op, left, right),
        Some((op, true)) => number::inplace(vm, op, left, right),
        None if op == SUBSCRIPT => item::get(vm, left, right),
        None => Err(vm.system_error("bad operator")),
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_unary_negative(ts: *mut ThreadState, v: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(number::negative(unsafe { vm(ts) }, v))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_unary_invert(ts: *mut ThreadState, v: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(number::invert(unsafe { vm(ts) }, v))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_compare(ts: *mut ThreadState, left: Value, right: Value, op: u32) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let op = CompareOp::ALL[op as usize % 6];
    value(vm.check_native_stack(" in comparison").and_then(|()| compare::rich(vm, left, right, op)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_is_true(ts: *mut ThreadState, v: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    truth(compare::is_true(unsafe { vm(ts) }, v))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_contains(ts: *mut ThreadState, container: Value, element: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    truth(item::contains(unsafe { vm(ts) }, container, element))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_set_item(ts: *mut ThreadState, container: Value, key: Value, v: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    status(item::set(unsafe { vm(ts) }, container, key, v))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_delete_item(ts: *mut ThreadState, container: Value, key: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    status(item::delete(unsafe { vm(ts) }, container, key))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_get_slice(
    ts: *mut ThreadState,
    container: Value,
    start: Value,
    stop: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    if let Some(bounds) = slice::plain_bounds(start, stop) {
        let words = match () {
            _ if is_kind(container, Kind::List) => list::items(&container),
            _ if is_kind(container, Kind::Tuple) => tuple::items(&container),
            _ => return value(general_slice(vm, container, start, stop)),
        };
        let range = slice::adjust(words.len(), bounds);
        let words = &words[range.start as usize..range.start as usize + range.count];
        return value(if is_kind(container, Kind::List) {
            list::from_slice(vm, words)
        } else if range.count == tuple::items(&container).len() {
            Ok(container.own())
        } else {
            tuple::from_slice(vm, words)
        });
    }
    value(general_slice(vm, container, start, stop))
}

fn general_slice(vm: &Vm, container: Value, start: Value, stop: Value) -> PyResult {
    let s = slice::new(vm, start, stop, Value::NONE)?;
    item::get(vm, container, *s)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_set_slice(
    ts: *mut ThreadState,
    container: Value,
    start: Value,
    stop: Value,
    given: StackValue,
) -> i32 {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let v = given.peek();
    if is_kind(container, Kind::List)
        && container != v
        && let Some(bounds) = slice::plain_bounds(start, stop)
    {
        let words = match () {
            _ if is_kind(v, Kind::List) => Some(list::items(&v)),
            _ if is_kind(v, Kind::Tuple) => Some(tuple::items(&v)),
            _ => None,
        };
        if let Some(words) = words {
            let range = slice::adjust(list::len(container), bounds);
            let first = range.start as usize;
            // SAFETY: a list has a header.
            let last = |list: Value| unsafe { (*list.header()).rc } == 1;
            // The caller's reference is the only one, so nobody sees the list again.
            if range.count == words.len() && given.owns() && is_kind(v, Kind::List) && last(v) {
                list::exchange(container, first, v);
                return 0;
            }
            return status(list::splice(vm, container, first, first + range.count, words));
        }
    }
    status(slice::new(vm, start, stop, Value::NONE).and_then(|s| item::set(vm, container, *s, v)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_str_concat(ts: *mut ThreadState, left: Value, right: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(str::concat(unsafe { vm(ts) }, left, right))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_str_append(ts: *mut ThreadState, left: Value, right: Value) -> Value {
    // SAFETY: `ts` is the running thread's; the caller gives its reference to `left` away.
    unsafe { value(str::append_in_place(vm(ts), Owned::from_owned(left), right)) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_str_equal(left: *mut Header, right: *mut Header) -> i32 {
    str::equal(Value::from_ptr(left), Value::from_ptr(right)) as i32
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_str_index(ts: *mut ThreadState, text: Value, index: usize) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(str::char_at(unsafe { vm(ts) }, text, index))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_dict_get_item(ts: *mut ThreadState, d: Value, key: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    value(match dict::get(vm, d, key) {
        Ok(Some(v)) => Ok(v),
        Ok(None) => Err(vm.key_error(key)),
        Err(raised) => Err(raised),
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_dict_contains(ts: *mut ThreadState, d: Value, key: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    truth(dict::contains(unsafe { vm(ts) }, d, key))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_set_contains(ts: *mut ThreadState, s: Value, key: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    truth(set::contains(unsafe { vm(ts) }, s, key))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_list_slice_parts(
    ts: *mut ThreadState,
    l: Value,
    start: Value,
    stop: Value,
    step: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    value(list::selected(vm, l, selection(l, start, stop, step)))
}

/// What `list[start:stop:step]` selects; bounds are fixnums or None, the step is one that is not 0.
fn selection(l: Value, start: Value, stop: Value, step: Value) -> slice::Selection {
    let step = if step.is_fixnum() { (step.as_fixnum() as isize).max(-isize::MAX) } else { 1 };
    let (first, last) = if step < 0 { (isize::MAX, isize::MIN) } else { (0, isize::MAX) };
    let bound = |v: Value, absent| if v.is_fixnum() { v.as_fixnum() as isize } else { absent };
    slice::adjust(list::len(l), (bound(start, first), bound(stop, last), step))
}

#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "the operands of two instructions")]
pub unsafe extern "C" fn rt_list_slice_assign(
    ts: *mut ThreadState,
    l: Value,
    start: Value,
    stop: Value,
    step: Value,
    target: Value,
    first: Value,
    last: Value,
) -> i32 {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let from = selection(l, start, stop, step);
    let to = selection(target, first, last, Value::NONE);
    let begin = to.start as usize;
    if from.count == to.count && list::assign_selected(l, from, target, begin) {
        return 0;
    }
    status(
        list::selected(vm, l, from)
            .and_then(|new| list::splice(vm, target, begin, begin + to.count, list::items(&new))),
    )
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_list_slice(ts: *mut ThreadState, l: Value, s: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(item::get(unsafe { vm(ts) }, l, s))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_is_instance(ts: *mut ThreadState, o: Value, class: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    truth(object::is_instance(unsafe { vm(ts) }, o, class))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_type_of(ts: *mut ThreadState, v: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    type_of(unsafe { vm(ts) }, v).value().own().into_value()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_str(ts: *mut ThreadState, v: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(object::str(unsafe { vm(ts) }, v))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_tuple(ts: *mut ThreadState, iterable: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(to_tuple(unsafe { vm(ts) }, iterable))
}

pub(super) fn to_tuple(vm: &Vm, iterable: Value) -> PyResult {
    if is_kind(iterable, Kind::Tuple) {
        return Ok(iterable.own());
    }
    tuple::from_owned(vm, crate::protocol::iter::collect(vm, iterable)?)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_cached_getitem(ts: *mut ThreadState, container: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let ty = type_of(vm, container);
    if !ty.is_heap_type() {
        return Value::NULL;
    }
    ty.lookup(vm, *vm.names.__getitem__).filter(|f| function::takes_exactly(*f, 2)).unwrap_or(Value::NULL)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_get_len(ts: *mut ThreadState, v: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    value(item::len(vm, v).and_then(|n| int::new(vm, n as i64)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_list_append(ts: *mut ThreadState, l: Value, element: Value) -> i32 {
    // SAFETY: `ts` is the running thread's; the caller gives its reference to the item away.
    unsafe { status(list::append(vm(ts), l, Owned::from_owned(element))) }
}
