//! `list`: a head with pointer, length and capacity; the items are an array of their own.
//!
//! | module | holds |
//! |---|---|
//! | this one | the array: allocation, growth, what other parts of the runtime use |
//! | `ops` | operators, subscription and slices |
//! | `methods` | the methods |
//! | `sort` | `list.sort` |
//!
//! Invariants: `items[0..length]` are owned, non-NULL words; `items` is null exactly when `capacity` is 0. Machine code
//! appends by itself while `length < capacity`. A growing list sets [`RESIZED`], by which `sort` notices that
//! somebody used the list meanwhile. Items that leave a list are dropped after the list is consistent, because
//! that may run Python code which looks at it.
#![allow(unsafe_code, reason = "object layout")]

mod methods;
mod ops;
mod sort;

use std::ptr;

use taipan_layout::header::flag;
use taipan_layout::objects::List;
use taipan_layout::{Header, Kind, Value};

use super::spec::tp_flags;
use super::{Slots, TypeRef, TypeSpec, is_kind, iter, new_instance, new_tracked, tuple, type_of};
use crate::alloc;
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, copy_words, drop_words};
use crate::protocol;
use crate::vm::Vm;

pub use methods::{extend, reverse};
pub use ops::{assign_selected, exchange, selected};
pub use sort::sort;

/// Header flag: the array was reallocated since somebody cleared the flag.
pub(super) const RESIZED: u32 = 1 << flag::KIND_SHIFT;

pub static SPEC: TypeSpec = TypeSpec {
    name: "list",
    basicsize: size_of::<List>(),
    kind: Kind::List,
    flags: tp_flags::BASETYPE
        | tp_flags::HAVE_GC
        | tp_flags::SEQUENCE
        | tp_flags::MATCH_SELF
        | tp_flags::LIST_SUBCLASS,
    doc: "A mutable sequence.\n\nWithout an argument: an empty list; else a list of the iterable's items.",
    signature: "(iterable=(), /)",
    slots: Slots {
        new: Some(construct),
        init: Some(methods::init),
        repr: Some(ops::repr),
        richcompare: Some(ops::richcompare),
        iter: Some(iter::new_list_iter),
        len: Some(|_, this| Ok(len(this))),
        concat: Some(ops::concat),
        repeat: Some(ops::repeat),
        inplace_concat: Some(ops::inplace_concat),
        inplace_repeat: Some(ops::inplace_repeat),
        contains: Some(ops::contains),
        get_item: Some(ops::get_item),
        set_item: Some(ops::set_item),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(clear_slot),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    ..TypeSpec::DEFAULT
};

/// What [`append`] takes: a borrowed word or a reference to give away.
pub trait IntoOwned {
    fn into_owned(self) -> Owned;
}
impl IntoOwned for Value {
    fn into_owned(self) -> Owned {
        self.own()
    }
}
impl IntoOwned for Owned {
    fn into_owned(self) -> Owned {
        self
    }
}

/// `isinstance(v, list)`.
#[inline]
pub fn is_list(vm: &Vm, v: Value) -> bool {
    is_kind(v, Kind::List) || type_of(vm, v).has_flag(tp_flags::LIST_SUBCLASS)
}

pub fn new(vm: &Vm, values: Vec<Owned>) -> PyResult {
    let list = with_capacity(vm, values.len())?;
    let p = raw(*list);
    // SAFETY: the list has room for all values, whose references move.
    unsafe {
        for (i, v) in values.into_iter().enumerate() {
            *(*p).items.add(i) = v.into_value();
            (*p).length = i + 1;
        }
    }
    Ok(list)
}

pub fn from_slice(vm: &Vm, values: &[Value]) -> PyResult {
    let list = with_capacity(vm, values.len())?;
    let p = raw(*list);
    // SAFETY: the list has room for all values.
    unsafe {
        copy_words(values, (*p).items);
        (*p).length = values.len();
    }
    Ok(list)
}

/// `list(iterable)`.
pub fn from_iterable(vm: &Vm, iterable: Value) -> PyResult {
    let list = with_capacity(vm, 0)?;
    extend(vm, *list, iterable)?;
    Ok(list)
}

/// An empty list with room for `capacity` items.
pub fn with_capacity(vm: &Vm, capacity: usize) -> PyResult {
    if capacity > isize::MAX as usize / size_of::<Value>() {
        return Err(vm.memory_error());
    }
    let items =
        if capacity > 0 { alloc::alloc_array(vm, capacity * size_of::<Value>()) } else { ptr::null_mut() };
    if capacity > 0 && items.is_null() {
        return Err(vm.memory_error());
    }
    match new_tracked::<List>(vm, vm.types.list, Kind::List) {
        // SAFETY: a fresh object.
        Ok(p) => unsafe {
            (*p).length = 0;
            (*p).items = items.cast();
            (*p).capacity = capacity;
            Ok(Owned::from_new(p))
        },
        // SAFETY: nobody else has the array.
        Err(raised) => unsafe {
            alloc::free_array(vm, items, capacity * size_of::<Value>());
            Err(raised)
        },
    }
}

/// The items of a list or an instance of a subclass. The slice is valid until anything may run that changes
/// the list: Python code above all.
#[inline(always)]
pub fn items(v: &Value) -> &[Value] {
    let p: *mut List = v.as_ptr();
    // SAFETY: the caller's object is a list, which it leaves alone while it looks.
    unsafe { if (*p).length == 0 { &[] } else { std::slice::from_raw_parts((*p).items, (*p).length) } }
}

#[inline(always)]
pub fn len(v: Value) -> usize {
    // SAFETY: the caller's object is a list.
    unsafe { (*v.as_ptr::<List>()).length }
}

/// The item at `i`, or `None` behind the end.
#[inline(always)]
pub fn get(v: Value, i: usize) -> Option<Owned> {
    items(&v).get(i).map(|v| v.own())
}

/// Appends `item`, a borrowed `Value` or an `Owned`.
#[inline]
pub fn append(vm: &Vm, list: Value, item: impl IntoOwned) -> PyResult<()> {
    let item = item.into_owned();
    let p = raw(list);
    // SAFETY: the list is alive; the word is written below the capacity.
    unsafe {
        let n = (*p).length;
        if n == (*p).capacity {
            grow(vm, p, n + 1)?;
        }
        *(*p).items.add(n) = item.into_value();
        (*p).length = n + 1;
    }
    Ok(())
}

/// [`append`] of a reference that is given away.
#[inline]
pub fn append_owned(vm: &Vm, list: Value, item: Owned) -> PyResult<()> {
    append(vm, list, item)
}

/// Drops all items.
pub fn clear(list: Value) {
    let p = raw(list);
    // SAFETY: the list is empty and consistent before anything is dropped.
    unsafe {
        let (items, length, capacity) = ((*p).items, (*p).length, (*p).capacity);
        (*p).length = 0;
        (*p).capacity = 0;
        (*p).items = ptr::null_mut();
        if capacity > 0 {
            (*p).header.flags |= RESIZED;
        }
        drop_array(Vm::current(), items, length, capacity);
    }
}

/// # Safety
/// `items` is a list's array of `capacity` words (or null), of which `length` are in use; the list has given it up.
#[inline]
pub(super) unsafe fn drop_array(vm: &Vm, items: *mut Value, length: usize, capacity: usize) {
    // SAFETY: by contract.
    unsafe {
        drop_words(items, length);
        alloc::free_array(vm, items.cast(), capacity * size_of::<Value>());
    }
}

#[inline(always)]
pub(super) fn raw(v: Value) -> *mut List {
    v.as_ptr()
}

/// Makes room for `needed` items in all, and some more: about an eighth, so that appending is linear in total.
#[cold]
#[inline(never)]
pub(super) fn grow(vm: &Vm, p: *mut List, needed: usize) -> PyResult<()> {
    // SAFETY: a live list.
    let length = unsafe { (*p).length };
    let mut capacity = needed.saturating_add((needed >> 3) + 6) & !3;
    if needed - length > capacity - needed {
        // A large extension says how much it needs: no more than rounding up.
        capacity = needed.saturating_add(3) & !3;
    }
    set_capacity(vm, p, capacity)
}

/// Makes room for `extra` more items.
pub(super) fn reserve(vm: &Vm, p: *mut List, extra: usize) -> PyResult<()> {
    // SAFETY: a live list.
    let (length, capacity) = unsafe { ((*p).length, (*p).capacity) };
    let needed = length.checked_add(extra).ok_or_else(|| vm.memory_error())?;
    if needed <= capacity { Ok(()) } else { grow(vm, p, needed) }
}

/// Reallocates the array; `capacity` is not below the length.
pub(super) fn set_capacity(vm: &Vm, p: *mut List, capacity: usize) -> PyResult<()> {
    // SAFETY: a live list, whose array has as many words as its capacity says.
    unsafe {
        if capacity > isize::MAX as usize / size_of::<Value>() {
            return Err(vm.memory_error());
        }
        (*p).header.flags |= RESIZED;
        let old = (*p).capacity * size_of::<Value>();
        if capacity == 0 {
            alloc::free_array(vm, (*p).items.cast(), old);
            (*p).items = ptr::null_mut();
        } else {
            let items = alloc::grow_array(vm, (*p).items.cast(), old, capacity * size_of::<Value>());
            if items.is_null() {
                return Err(vm.memory_error());
            }
            (*p).items = items.cast();
        }
        (*p).capacity = capacity;
    }
    Ok(())
}

/// Gives memory back when less than half of the array is used.
pub(super) fn shrink(vm: &Vm, p: *mut List) {
    // SAFETY: a live list.
    let (length, capacity) = unsafe { ((*p).length, (*p).capacity) };
    if length < capacity / 2 {
        let wanted = if length == 0 { 0 } else { (length + (length >> 3) + 6) & !3 };
        if wanted < capacity
            && let Err(raised) = set_capacity(vm, p, wanted)
        {
            // The larger array serves as well.
            vm.discard(raised);
        }
    }
}

/// Takes the item at `at`, a position inside of the list, out of it.
pub(super) fn take_at(vm: &Vm, list: Value, at: usize) -> Owned {
    let p = raw(list);
    // SAFETY: the position is inside of the list; its reference moves to the caller.
    unsafe {
        let n = (*p).length;
        let place = (*p).items.add(at);
        let item = Owned::from_owned(*place);
        ptr::copy(place.add(1), place, n - at - 1);
        (*p).length = n - 1;
        shrink(vm, p);
        item
    }
}

/// Takes the last item out.
pub fn pop(vm: &Vm, list: Value) -> Option<Owned> {
    let last = len(list).checked_sub(1)?;
    Some(take_at(vm, list, last))
}

/// Puts `item` in the place of the item at `at`, which exists and is given back.
pub fn replace(list: Value, at: usize, item: Owned) -> Owned {
    debug_assert!(at < len(list));
    // SAFETY: the list's array owns its words; one takes the place of the other.
    unsafe { Owned::from_owned(std::mem::replace(&mut *(*raw(list)).items.add(at), item.into_value())) }
}

/// Exchanges two items, which exist.
pub fn swap(list: Value, a: usize, b: usize) {
    debug_assert!(a.max(b) < len(list));
    // SAFETY: both words belong to the list's array.
    unsafe { ptr::swap((*raw(list)).items.add(a), (*raw(list)).items.add(b)) }
}

/// Replaces `items[start..end]` by `with` and then drops what was there, the last item first.
pub fn splice(vm: &Vm, list: Value, start: usize, end: usize, with: &[Value]) -> PyResult<()> {
    let p = raw(list);
    let removed_count = end - start;
    // SAFETY: start ≤ end ≤ length; no Python runs in here. `with` is not part of this list's array.
    unsafe {
        let items = (*p).items;
        if with.len() == removed_count && (start..end).all(|i| !(*items.add(i)).is_heap()) {
            // Nothing to be dropped and nothing to be moved.
            copy_words(with, items.add(start));
            return Ok(());
        }
        let mut removed: Vec<Owned> = Vec::new();
        if removed.try_reserve_exact(removed_count).is_err() {
            return Err(vm.memory_error());
        }
        if with.len() > removed_count {
            reserve(vm, p, with.len() - removed_count)?;
        }
        let items = (*p).items;
        removed.extend((start..end).map(|i| Owned::from_owned(*items.add(i))));
        let tail = (*p).length - end;
        if tail > 0 && with.len() != removed_count {
            ptr::copy(items.add(end), items.add(start + with.len()), tail);
        }
        copy_words(with, items.add(start));
        (*p).length = start + with.len() + tail;
        if with.len() < removed_count {
            shrink(vm, p);
        }
        while let Some(item) = removed.pop() {
            drop(item);
        }
        Ok(())
    }
}

fn construct(vm: &Vm, cls: Value, _args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.list);
    Ok(Owned::from_new(new_instance::<List>(vm, ty)?))
}

pub(crate) unsafe fn dealloc(vm: &Vm, object: *mut Header) {
    let p = object as *mut List;
    // SAFETY: the list is dying.
    unsafe { drop_array(vm, (*p).items, (*p).length, (*p).capacity) };
}

unsafe fn clear_slot(_vm: &Vm, object: *mut Header) {
    clear(Value::from_ptr(object));
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut List;
    // SAFETY: a live list; visitors do not run Python.
    unsafe {
        for i in (0..(*p).length).rev() {
            visit(*(*p).items.add(i));
        }
    }
}

/// A list of what iterating over anything gives, for functions that need a snapshot.
pub(crate) fn snapshot(vm: &Vm, iterable: Value) -> PyResult<Vec<Owned>> {
    let words = if is_kind(iterable, Kind::List) {
        items(&iterable)
    } else if is_kind(iterable, Kind::Tuple) {
        tuple::items(&iterable)
    } else {
        return protocol::iter::collect(vm, iterable);
    };
    let mut all = Vec::new();
    if all.try_reserve_exact(words.len()).is_err() {
        return Err(vm.memory_error());
    }
    all.extend(words.iter().map(|v| v.own()));
    Ok(all)
}
