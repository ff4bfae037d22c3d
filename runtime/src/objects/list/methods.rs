//! The methods of lists.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::{Kind, Value};

use super::super::sequence::same_new;
use super::super::sequence::{self, at_most_one, no_keywords};
use super::super::spec::{MethodSpec, class_method, method, method0, method1, raw_method};
use super::super::{genericalias, is_kind, iter, tuple, type_of};
use super::{append, clear, from_slice, grow, items, len, raw, reserve, shrink};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, incref};
use crate::protocol;
use crate::vm::Vm;

pub(super) static METHODS: &[MethodSpec] = &[
    method1("__getitem__", "($self, index, /)", super::ops::get_item, "Return self[index]."),
    method0("__reversed__", iter::new_list_reverse_iter, "The items from the last to the first."),
    method0("__sizeof__", sizeof, "How many bytes of memory the list takes, without its items."),
    method0(
        "clear",
        |_, this| {
            clear(this);
            Ok(Owned::none())
        },
        "Leave no item in the list.",
    ),
    method0("copy", |vm, this| from_slice(vm, items(&this)), "A new list with the same items."),
    method1(
        "append",
        "($self, object, /)",
        |vm, this, v| {
            append(vm, this, v)?;
            Ok(Owned::none())
        },
        "Put object behind the last item.",
    ),
    method("insert", "($self, index, object, /)", insert, "Put object in front of the item at index."),
    method1(
        "extend",
        "($self, iterable, /)",
        |vm, this, v| {
            extend(vm, this, v)?;
            Ok(Owned::none())
        },
        "Put all items of iterable behind the last one.",
    ),
    method(
        "pop",
        "($self, index=-1, /)",
        pop,
        "Take an item out and return it, the last one if no index is given.\n\nIndexError if there is none.",
    ),
    method1(
        "remove",
        "($self, value, /)",
        remove,
        "Take out the first item that equals value.\n\nValueError if there is none.",
    ),
    method(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        index,
        "The index of the first item that equals value.\n\nValueError if there is none.",
    ),
    method1("count", "($self, value, /)", count, "How many items equal value."),
    method0(
        "reverse",
        |_, this| {
            reverse(this);
            Ok(Owned::none())
        },
        "Turn the order of the items around, without a copy.",
    ),
    raw_method(
        "sort",
        "($self, /, *, key=None, reverse=False)",
        super::sort::sort_method,
        "Sort the list in ascending order and return None.\n\nThe sort is in place and stable. A key function is applied once to each item.",
    ),
    class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
];

pub(super) fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let ty = type_of(vm, this);
    if ty == vm.types.list || same_new(ty, vm.types.list) {
        no_keywords(vm, "list", args)?;
    }
    let iterable = at_most_one(vm, "list", args)?;
    clear(this);
    match iterable {
        Some(v) => extend(vm, this, v),
        None => Ok(()),
    }
}

/// Appends the items of any iterable.
pub fn extend(vm: &Vm, this: Value, iterable: Value) -> PyResult<()> {
    if is_kind(iterable, Kind::List) || is_kind(iterable, Kind::Tuple) {
        let words = |v: &'_ Value| -> (*const Value, usize) {
            let s = if is_kind(*v, Kind::List) { items(v) } else { tuple::items(v) };
            (s.as_ptr(), s.len())
        };
        let p = raw(this);
        let n = words(&iterable).1;
        if n == 0 {
            return Ok(());
        }
        reserve(vm, p, n)?;
        // A list that extends itself may just have been moved: only now the source's address counts.
        let (from, n) = (words(&iterable).0, n);
        // SAFETY: there is room for n words behind the length, and the source has n words; nothing runs in between.
        unsafe {
            let to = (*p).items.add((*p).length);
            for i in 0..n {
                let v = *from.add(i);
                incref(v);
                *to.add(i) = v;
            }
            (*p).length += n;
        }
        return Ok(());
    }
    let it = protocol::iter::iter(vm, iterable)?;
    let hint = protocol::iter::length_hint(vm, iterable, 8)?;
    let p = raw(this);
    // SAFETY: a live list.
    unsafe {
        // A hint is only a hint: do not fail because a huge one cannot be reserved.
        if (*p).length == 0 && (*p).capacity == 0 && hint > 0 && hint < 1 << 24 {
            grow(vm, p, hint)?;
        }
    }
    while let Some(v) = protocol::iter::next(vm, *it)? {
        append(vm, this, v)?;
    }
    shrink(vm, p);
    Ok(())
}

pub fn reverse(this: Value) {
    let p = raw(this);
    // SAFETY: a live list; no Python runs.
    unsafe {
        if (*p).length > 1 {
            std::slice::from_raw_parts_mut((*p).items, (*p).length).reverse();
        }
    }
}

fn insert(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let i = sequence::size_argument(vm, args[0])?;
    let n = len(this);
    let at = sequence::bound_in(n, i).min(n);
    let p = raw(this);
    reserve(vm, p, 1)?;
    // SAFETY: there is room for one more word.
    unsafe {
        let place = (*p).items.add(at);
        std::ptr::copy(place, place.add(1), n - at);
        *place = args[1].own().into_value();
        (*p).length = n + 1;
    }
    Ok(Owned::none())
}

fn pop(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let i = if args[0].is_null() { -1 } else { sequence::size_argument(vm, args[0])? };
    let n = len(this);
    if n == 0 {
        return Err(vm.index_error("pop from empty list"));
    }
    let Some(at) = sequence::position(n, i) else {
        return Err(vm.index_error("pop index out of range"));
    };
    Ok(super::take_at(vm, this, at))
}

/// The first position from `start` below `stop` (and below the length, which may change) whose item equals `value`.
fn find(vm: &Vm, this: Value, value: Value, start: usize, stop: usize) -> PyResult<Option<usize>> {
    let mut i = start;
    while i < stop && i < len(this) {
        let v = items(&this)[i];
        let same = match sequence::quick_equal(v, value) {
            Some(same) => same,
            None => protocol::compare::equal(vm, *v.own(), value)?,
        };
        if same {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

fn remove(vm: &Vm, this: Value, value: Value) -> PyResult {
    match find(vm, this, value, 0, usize::MAX)? {
        Some(i) => {
            // An `__eq__` that answered yes may have shortened the list.
            if i < len(this) {
                drop(super::take_at(vm, this, i));
            }
            Ok(Owned::none())
        }
        None => Err(vm.value_error("list.remove(x): x not in list")),
    }
}

fn index(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (start, stop) = sequence::search_bounds(vm, args[1], args[2])?;
    let n = len(this);
    match find(vm, this, args[0], sequence::bound_in(n, start), sequence::bound_in(n, stop))? {
        Some(i) => Ok(Owned::fixnum(i as i64)),
        None => Err(vm.value_error("list.index(x): x not in list")),
    }
}

fn count(vm: &Vm, this: Value, value: Value) -> PyResult {
    let (mut n, mut from) = (0, 0);
    while let Some(i) = find(vm, this, value, from, usize::MAX)? {
        n += 1;
        from = i + 1;
    }
    Ok(Owned::fixnum(n))
}

fn sizeof(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: a live list.
    let capacity = unsafe { (*raw(this)).capacity };
    let size = type_of(vm, this).head.basicsize as usize + capacity * size_of::<Value>();
    Ok(Owned::fixnum(size as i64))
}
