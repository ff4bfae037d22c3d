//! `set` and `frozenset`: one layout, one table, two types.
//!
//! | module | holds |
//! |---|---|
//! | this one | what other parts of the runtime use |
//! | `table` | the hash table |
//! | `ops` | union, intersection and the like over tables |
//! | `methods` | the two types, their methods and operators, the iterator |
#![allow(unsafe_code, reason = "object layout")]

mod methods;
mod ops;
mod table;

use taipan_layout::{Header, Kind, Value};

use super::dict::{hash_fixnum, hash_value, unhashable};
use super::{TypeRef, is_kind, new_instance, new_tracked, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::vm::Vm;

pub use methods::{FROZEN_SPEC, ITER_SPEC, SPEC};
pub use ops::{difference_update, intersection, symmetric_difference_update, update};
use table::Place;
pub use table::Set;

#[inline(always)]
fn raw(v: Value) -> *mut Set {
    v.as_ptr()
}

pub fn new(vm: &Vm) -> PyResult {
    let p = new_tracked::<Set>(vm, vm.types.set, Kind::Set)?;
    // SAFETY: a fresh object; what is behind the header may be all zeroes.
    unsafe {
        (p as *mut Header).add(1).cast::<u8>().write_bytes(0, size_of::<Set>() - size_of::<Header>());
        Set::init(p);
    }
    Ok(Owned::from_new(p))
}

fn of_type(vm: &Vm, ty: TypeRef) -> PyResult {
    let p = new_instance::<Set>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe { Set::init(p) };
    Ok(Owned::from_new(p))
}

/// `set(iterable)`.
pub fn from_iterable(vm: &Vm, iterable: Value) -> PyResult {
    let s = new(vm)?;
    update(vm, *s, iterable)?;
    Ok(s)
}

/// `frozenset(iterable)`.
pub fn frozen_from_iterable(vm: &Vm, iterable: Value) -> PyResult {
    if is_kind(iterable, Kind::FrozenSet) {
        return Ok(iterable.own());
    }
    let s = of_type(vm, vm.types.frozenset)?;
    update(vm, *s, iterable)?;
    Ok(s)
}

/// A `frozenset` of the values (constants of code objects).
pub fn frozen_from_slice(vm: &Vm, values: &[Value]) -> PyResult {
    let s = of_type(vm, vm.types.frozenset)?;
    for v in values {
        add(vm, *s, *v)?;
    }
    Ok(s)
}

/// `isinstance(v, set)`.
pub fn is_set(vm: &Vm, v: Value) -> bool {
    is_kind(v, Kind::Set) || type_of(vm, v).is_subtype_of(vm.types.set)
}

/// `isinstance(v, (set, frozenset))`.
pub fn is_any_set(vm: &Vm, v: Value) -> bool {
    is_kind(v, Kind::FrozenSet) || is_set(vm, v) || type_of(vm, v).is_subtype_of(vm.types.frozenset)
}

pub fn len(s: Value) -> usize {
    // SAFETY: the caller's object is a set.
    unsafe { (*raw(s)).used }
}

#[inline]
fn hash_item(vm: &Vm, v: Value) -> PyResult<i64> {
    hash_value(vm, v).map_err(|raised| unhashable(vm, raised, v, "a set element"))
}

/// Adds `item` unless it is there.
#[inline]
pub fn add(vm: &Vm, s: Value, item: Value) -> PyResult<()> {
    if item.is_fixnum() {
        return table::add_fixnum(vm, raw(s), item, hash_fixnum(item));
    }
    let hash = hash_item(vm, item)?;
    table::add(vm, raw(s), item, hash)
}

/// `item in s`; a set as item is looked up as the frozenset that it equals.
pub fn contains(vm: &Vm, s: Value, item: Value) -> PyResult<bool> {
    let found = |item: Value, hash| Ok(matches!(table::find(vm, raw(s), item, hash)?, Place::Found(_)));
    match hash_value(vm, item) {
        Ok(hash) => found(item, hash),
        Err(raised) => {
            let frozen = frozen_stand_in(vm, raised, item)?;
            found(*frozen, hash_value(vm, *frozen)?)
        }
    }
}

/// Removes `item`: whether it was there.
pub fn discard(vm: &Vm, s: Value, item: Value) -> PyResult<bool> {
    let removed = match hash_value(vm, item) {
        Ok(hash) => table::remove(vm, raw(s), item, hash)?,
        Err(raised) => {
            let frozen = frozen_stand_in(vm, raised, item)?;
            table::remove(vm, raw(s), *frozen, hash_value(vm, *frozen)?)?
        }
    };
    Ok(removed.is_some())
}

/// A frozenset equal to `item`, when that is a set and therefore was found to be unhashable.
#[cold]
fn frozen_stand_in(vm: &Vm, raised: Raised, item: Value) -> PyResult {
    if !is_set(vm, item) {
        return Err(unhashable(vm, raised, item, "a set element"));
    }
    drop(vm.catch(raised, vm.types.type_error)?);
    let frozen = of_type(vm, vm.types.frozenset)?;
    table::merge(vm, raw(*frozen), raw(item))?;
    Ok(frozen)
}

/// The first item at or behind position `pos`, which is moved behind it, with its hash. Borrowed from the set.
pub fn next_entry(s: Value, pos: &mut usize) -> Option<(i64, Value)> {
    // SAFETY: the caller's object is a live set.
    unsafe { table::next(raw(s), pos) }
}

/// All items in the set's order.
pub fn snapshot(s: Value) -> Vec<Owned> {
    let mut pos = 0;
    let mut all = Vec::with_capacity(len(s));
    while let Some((_, v)) = next_entry(s, &mut pos) {
        all.push(v.own());
    }
    all
}

/// Drops all items.
pub fn clear(s: Value) {
    // SAFETY: the caller's object is a live set.
    unsafe { table::clear(raw(s)) };
}

pub(crate) unsafe fn dealloc(vm: &Vm, object: *mut Header) {
    // SAFETY: the set is dying.
    unsafe { table::drop_all(vm, object as *mut Set) };
}

unsafe fn clear_slot(_vm: &Vm, object: *mut Header) {
    // SAFETY: a live set.
    unsafe { table::clear(object as *mut Set) };
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let mut pos = 0;
    // SAFETY: a live set.
    while let Some((_, v)) = unsafe { table::next(object as *mut Set, &mut pos) } {
        visit(v);
    }
}
