//! Set algebra. The order in which items are looked at and added is CPython's, because it shows in the order of the
//! results.

use taipan_layout::{Kind, Value};

use super::super::{TypeRef, dict, is_kind};
use super::table::{self, Place};
use super::{add, contains, hash_item, is_any_set, len, next_entry, of_type, raw};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// `set` or `frozenset`, whichever `s` inherits from: the type of results.
fn base_type(vm: &Vm, s: Value) -> TypeRef {
    if super::is_set(vm, s) { vm.types.set } else { vm.types.frozenset }
}

/// An empty set of the base type of `s`.
fn new_like(vm: &Vm, s: Value) -> PyResult {
    of_type(vm, base_type(vm, s))
}

/// A copy of exactly `set` or `frozenset`.
pub(super) fn copy(vm: &Vm, s: Value) -> PyResult {
    let new = new_like(vm, s)?;
    table::merge(vm, raw(*new), raw(s))?;
    Ok(new)
}

/// Adds the items of any iterable.
pub fn update(vm: &Vm, s: Value, other: Value) -> PyResult<()> {
    if is_any_set(vm, other) {
        return table::merge(vm, raw(s), raw(other));
    }
    if is_kind(other, Kind::Dict) {
        table::reserve(vm, raw(s), dict::len(other))?;
        let mut pos = 0;
        while let Some((hash, k, _)) = dict::next_hashed(other, &mut pos) {
            table::add(vm, raw(s), *k.own(), hash)?;
        }
        return Ok(());
    }
    protocol::iter::for_each(vm, other, |item| add(vm, s, *item))
}

/// Whether an item with a known hash is in `s`.
fn has(vm: &Vm, s: Value, item: Value, hash: i64) -> PyResult<bool> {
    Ok(matches!(table::find(vm, raw(s), item, hash)?, Place::Found(_)))
}

/// A new set of what is both in `s` and in any iterable.
pub fn intersection(vm: &Vm, s: Value, other: Value) -> PyResult {
    if s == other {
        return copy(vm, s);
    }
    let result = new_like(vm, s)?;
    if is_any_set(vm, other) {
        let (large, small) = if len(other) > len(s) { (other, s) } else { (s, other) };
        let mut pos = 0;
        while let Some((hash, v)) = next_entry(small, &mut pos) {
            let v = v.own();
            if has(vm, large, *v, hash)? {
                table::add(vm, raw(*result), *v, hash)?;
            }
        }
        return Ok(result);
    }
    let it = protocol::iter::iter(vm, other)?;
    while let Some(item) = protocol::iter::next(vm, *it)? {
        let hash = dict::hash_value(vm, *item)?;
        if has(vm, s, *item, hash)? {
            table::add(vm, raw(*result), *item, hash)?;
            // All of them were found: the rest of the iterable cannot matter.
            if len(*result) >= len(s) {
                break;
            }
        }
    }
    Ok(result)
}

/// Removes what any iterable gives.
pub fn difference_update(vm: &Vm, s: Value, other: Value) -> PyResult<()> {
    if s == other {
        super::clear(s);
        return Ok(());
    }
    if is_any_set(vm, other) {
        let mut pos = 0;
        while let Some((hash, v)) = next_entry(other, &mut pos) {
            drop(table::remove(vm, raw(s), *v.own(), hash)?);
        }
    } else {
        protocol::iter::for_each(vm, other, |item| {
            let hash = hash_item(vm, *item)?;
            table::remove(vm, raw(s), *item, hash).map(drop)
        })?;
    }
    table::tidy(vm, raw(s))
}

/// A new set of what is in `s` but not in any iterable.
pub(super) fn difference(vm: &Vm, s: Value, other: Value) -> PyResult {
    let other_is_dict = is_kind(other, Kind::Dict);
    let other_len = if is_any_set(vm, other) {
        len(other)
    } else if other_is_dict {
        dict::len(other)
    } else {
        usize::MAX
    };
    if other_len == usize::MAX || len(s) >> 2 > other_len {
        let result = copy(vm, s)?;
        difference_update(vm, *result, other)?;
        return Ok(result);
    }
    let result = new_like(vm, s)?;
    let mut pos = 0;
    while let Some((hash, v)) = next_entry(s, &mut pos) {
        let v = v.own();
        let there = if other_is_dict {
            dict::get_hashed(vm, other, *v, hash)?.is_some()
        } else {
            has(vm, other, *v, hash)?
        };
        if !there {
            table::add(vm, raw(*result), *v, hash)?;
        }
    }
    Ok(result)
}

/// Removes what is also in any iterable and adds the rest of that.
pub fn symmetric_difference_update(vm: &Vm, s: Value, other: Value) -> PyResult<()> {
    if s == other {
        super::clear(s);
        return Ok(());
    }
    let toggle = |hash: i64, v: Owned| {
        if table::remove(vm, raw(s), *v, hash)?.is_none() {
            table::add(vm, raw(s), *v, hash)?;
        }
        Ok(())
    };
    if is_kind(other, Kind::Dict) {
        let mut pos = 0;
        while let Some((hash, k, _)) = dict::next_hashed(other, &mut pos) {
            toggle(hash, k.own())?;
        }
        return Ok(());
    }
    // An iterable may give an item twice: a set of it does not.
    let other = if is_any_set(vm, other) { other.own() } else { super::from_iterable(vm, other)? };
    let mut pos = 0;
    while let Some((hash, v)) = next_entry(*other, &mut pos) {
        toggle(hash, v.own())?;
    }
    Ok(())
}

pub(super) fn symmetric_difference(vm: &Vm, s: Value, other: Value) -> PyResult {
    let result = new_like(vm, s)?;
    update(vm, *result, other)?;
    symmetric_difference_update(vm, *result, s)?;
    Ok(result)
}

/// Whether every item of `s` is in `other`, both sets.
pub(super) fn is_subset(vm: &Vm, s: Value, other: Value) -> PyResult<bool> {
    if len(s) > len(other) {
        return Ok(false);
    }
    let mut pos = 0;
    while let Some((hash, v)) = next_entry(s, &mut pos) {
        if !has(vm, other, *v.own(), hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn is_disjoint(vm: &Vm, s: Value, other: Value) -> PyResult<bool> {
    if s == other {
        return Ok(len(s) == 0);
    }
    if is_any_set(vm, other) {
        let (large, small) = if len(other) > len(s) { (other, s) } else { (s, other) };
        let mut pos = 0;
        while let Some((hash, v)) = next_entry(small, &mut pos) {
            if has(vm, large, *v.own(), hash)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let it = protocol::iter::iter(vm, other)?;
    while let Some(item) = protocol::iter::next(vm, *it)? {
        let hash = hash_item(vm, *item)?;
        if has(vm, s, *item, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `s.issuperset(other)` for any iterable.
pub(super) fn is_superset(vm: &Vm, s: Value, other: Value) -> PyResult<bool> {
    if is_any_set(vm, other) {
        return is_subset(vm, other, s);
    }
    let it = protocol::iter::iter(vm, other)?;
    while let Some(item) = protocol::iter::next(vm, *it)? {
        if !contains(vm, s, *item)? {
            return Ok(false);
        }
    }
    Ok(true)
}
