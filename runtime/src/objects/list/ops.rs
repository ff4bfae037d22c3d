//! Operators of lists: comparison, concatenation, repetition, subscription, slices.
#![allow(unsafe_code, reason = "object layout")]

use std::mem::MaybeUninit;

use taipan_layout::{Kind, Value};

use super::super::sequence::{self, type_name};
use super::super::slice::{self, Selection};
use super::super::{CompareOp, is_kind, str};
use super::{
    extend, from_slice, get, is_list, items, len, raw, reserve, shrink, snapshot, splice, with_capacity,
};
use crate::owned::{Counted, Owned, PyResult, copy_words, incref};
use crate::protocol;
use crate::vm::Vm;

pub(super) fn repr(vm: &Vm, this: Value) -> PyResult {
    if len(this) == 0 {
        return str::new(vm, "[]");
    }
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return str::new(vm, "[...]");
    };
    sequence::repr_items(vm, "[", "]", |i| get(this, i))
}

pub(super) fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_list(vm, a) || !is_list(vm, b) {
        return Ok(Owned::not_implemented());
    }
    if len(a) != len(b) && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::bool(op == CompareOp::Ne));
    }
    vm.check_native_stack(" in comparison")?;
    let mut i = 0;
    // The items are asked for anew each time: an `__eq__` may change the lists.
    while i < len(a) && i < len(b) {
        let (x, y) = (items(&a)[i], items(&b)[i]);
        let same = match sequence::quick_equal(x, y) {
            Some(same) => same,
            None => {
                let (x, y) = (x.own(), y.own());
                protocol::compare::equal(vm, *x, *y)?
            }
        };
        if !same {
            // Unless the comparison has cut one of the lists off here.
            let (Some(x), Some(y)) = (get(a, i), get(b, i)) else { break };
            return match op {
                CompareOp::Eq => Ok(Owned::bool(false)),
                CompareOp::Ne => Ok(Owned::bool(true)),
                _ => protocol::compare::rich(vm, *x, *y, op),
            };
        }
        i += 1;
    }
    Ok(Owned::bool(op.holds(len(a).cmp(&len(b)))))
}

pub(super) fn contains(vm: &Vm, this: Value, item: Value) -> PyResult<bool> {
    let mut i = 0;
    while i < len(this) {
        let v = items(&this)[i];
        let same = match sequence::quick_equal(v, item) {
            Some(same) => same,
            None => protocol::compare::equal(vm, *v.own(), item)?,
        };
        if same {
            return Ok(true);
        }
        i += 1;
    }
    Ok(false)
}

pub(super) fn concat(vm: &Vm, a: Value, b: Value) -> PyResult {
    if !is_list(vm, b) {
        return Err(
            vm.type_error(&format!("can only concatenate list (not \"{}\") to list", type_name(vm, b)))
        );
    }
    let joined = with_capacity(vm, len(a) + len(b))?;
    let p = raw(*joined);
    // SAFETY: the new list has room for both.
    unsafe {
        copy_words(items(&a), (*p).items);
        copy_words(items(&b), (*p).items.add(len(a)));
        (*p).length = len(a) + len(b);
    }
    Ok(joined)
}

pub(super) fn repeat(vm: &Vm, this: Value, times: isize) -> PyResult {
    let n = len(this);
    let total = n.checked_mul(times.max(0) as usize).ok_or_else(|| vm.memory_error())?;
    let list = with_capacity(vm, total)?;
    fill_repeated(items(&this), *list, 0, total);
    Ok(list)
}

/// Writes `pattern` over and over into `list` from `from` up to `total` items.
fn fill_repeated(pattern: &[Value], list: Value, from: usize, total: usize) {
    let p = raw(list);
    // SAFETY: the list has room for `total` items. `pattern` may be the head of the same array: it is only read.
    unsafe {
        if let [one] = pattern {
            let one = *one;
            for i in from..total {
                incref(one);
                *(*p).items.add(i) = one;
            }
        } else {
            for i in from..total {
                let v = pattern[i % pattern.len()];
                incref(v);
                *(*p).items.add(i) = v;
            }
        }
        (*p).length = total;
    }
}

pub(super) fn inplace_concat(vm: &Vm, this: Value, other: Value) -> PyResult {
    extend(vm, this, other)?;
    Ok(this.own())
}

pub(super) fn inplace_repeat(vm: &Vm, this: Value, times: isize) -> PyResult {
    let n = len(this);
    if times <= 0 {
        super::clear(this);
    } else if n > 0 && times > 1 {
        let total = n.checked_mul(times as usize).ok_or_else(|| vm.memory_error())?;
        reserve(vm, raw(this), total - n)?;
        fill_repeated(items(&this), this, n, total);
    }
    Ok(this.own())
}

#[inline]
pub(super) fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    if key.is_fixnum() {
        return match sequence::position(len(this), key.as_fixnum() as isize) {
            Some(i) => Ok(items(&this)[i].own()),
            None => Err(vm.index_error("list index out of range")),
        };
    }
    if is_kind(key, Kind::Slice) {
        let range = slice::resolve(vm, key, || len(this))?;
        return selected(vm, this, range);
    }
    let i = index(vm, key)?;
    match sequence::position(len(this), i) {
        Some(i) => Ok(items(&this)[i].own()),
        None => Err(vm.index_error("list index out of range")),
    }
}

/// A new list of the items that a slice selects from this one.
#[inline]
pub fn selected(vm: &Vm, this: Value, range: Selection) -> PyResult {
    if range.step == 1 {
        let start = range.start as usize;
        return from_slice(vm, &items(&this)[start..start + range.count]);
    }
    let list = with_capacity(vm, range.count)?;
    let to = raw(*list);
    // SAFETY: what is selected lies within the items, and the new list has room for all of it.
    unsafe {
        let (mut from, mut place) = ((*raw(this)).items.wrapping_offset(range.start), (*to).items);
        for _ in 0..range.count {
            incref(*from);
            *place = *from;
            from = from.wrapping_offset(range.step);
            place = place.add(1);
        }
        (*to).length = range.count;
    }
    Ok(list)
}

/// Puts the selected items where as many others are in a list, which may be the same one. False, with nothing done, when there
/// are many, or when one of the old ones is an object.
pub fn assign_selected(this: Value, range: Selection, target: Value, start: usize) -> bool {
    const MOST: usize = 64;
    let mut items = [const { MaybeUninit::<Value>::uninit() }; MOST];
    if range.count > MOST {
        return false;
    }
    // SAFETY: what is selected lies within the items, and so does the target's part; nothing runs in between.
    unsafe {
        let place = (*raw(target)).items.wrapping_add(start);
        if (0..range.count).any(|i| (*place.add(i)).is_heap()) {
            return false;
        }
        let mut from = (*raw(this)).items.wrapping_offset(range.start);
        for item in &mut items[..range.count] {
            incref(*from);
            item.write(*from);
            from = from.wrapping_offset(range.step);
        }
        for (i, item) in items[..range.count].iter().enumerate() {
            *place.add(i) = item.assume_init();
        }
    }
    true
}

/// Exchanges the items from `start` on with those of another list, which has not more.
pub fn exchange(this: Value, start: usize, other: Value) {
    // SAFETY: the two arrays are different ones, and both have so many items from there on.
    unsafe { std::ptr::swap_nonoverlapping((*raw(this)).items.add(start), (*raw(other)).items, len(other)) }
}

fn index(vm: &Vm, key: Value) -> PyResult<isize> {
    if !sequence::is_index(vm, key) {
        return Err(
            vm.type_error(&format!("list indices must be integers or slices, not {}", type_name(vm, key)))
        );
    }
    sequence::index_size(vm, key)
}

pub(super) fn set_item(vm: &Vm, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    if is_kind(key, Kind::Slice) {
        return match value {
            Some(v) => set_slice(vm, this, key, v),
            None => delete_slice(vm, this, key),
        };
    }
    let i = index(vm, key)?;
    let Some(i) = sequence::position(len(this), i) else {
        return Err(vm.index_error("list assignment index out of range"));
    };
    match value {
        // SAFETY: the position is inside of the list; the old item is dropped after the store.
        Some(v) => unsafe { crate::owned::replace((*raw(this)).items.add(i), Some(v.own())) },
        None => drop(super::take_at(vm, this, i)),
    }
    Ok(())
}

fn set_slice(vm: &Vm, this: Value, key: Value, value: Value) -> PyResult<()> {
    let bounds = slice::unpack(vm, key)?;
    if bounds.2 == 1 {
        let new = sliceable(vm, value, "must assign iterable to extended slice")?;
        // Making the snapshot may have run Python: the length is only asked for now.
        let range = slice::adjust(len(this), bounds);
        let start = range.start as usize;
        let end = (range.stop as usize).max(start);
        let words: Vec<Value> = new.iter().map(|v| v.value()).collect();
        return splice(vm, this, start, end, &words);
    }
    let new = sliceable(vm, value, "must assign iterable to extended slice")?;
    let range = slice::adjust(len(this), bounds);
    if new.len() != range.count {
        return Err(vm.value_error(&format!(
            "attempt to assign sequence of size {} to extended slice of size {}",
            new.len(),
            range.count
        )));
    }
    let p = raw(this);
    let mut old = Vec::with_capacity(range.count);
    for (i, v) in range.positions().zip(new) {
        // SAFETY: positions are inside of the list, which nothing changes here; old items are dropped at the end.
        unsafe {
            let place = (*p).items.add(i);
            old.push(Owned::from_owned(*place));
            *place = v.into_value();
        }
    }
    Ok(())
}

/// The items to be assigned, in a copy of their own: the source may be the list itself.
fn sliceable(vm: &Vm, value: Value, message: &str) -> PyResult<Vec<Owned>> {
    match snapshot(vm, value) {
        Ok(all) => Ok(all),
        Err(raised) => {
            // Only "is not iterable" itself gets the slice's own words.
            let e = vm.catch(raised, vm.types.type_error)?;
            let iterable = super::super::type_of(vm, value).slots().iter.is_some()
                || super::super::type_of(vm, value).slots().get_item.is_some();
            if iterable {
                return Err(vm.restore_exception(e));
            }
            drop(e);
            Err(vm.type_error(message))
        }
    }
}

fn delete_slice(vm: &Vm, this: Value, key: Value) -> PyResult<()> {
    let range = slice::resolve(vm, key, || len(this))?;
    if range.count == 0 {
        return Ok(());
    }
    // The same positions from left to right.
    let Selection { start, step, count, .. } = range;
    let (first, step) = if step < 0 { (start + (count as isize - 1) * step, -step) } else { (start, step) };
    let (first, step) = (first as usize, step as usize);
    if step == 1 {
        return splice(vm, this, first, first + count, &[]);
    }
    let p = raw(this);
    let mut removed = Vec::with_capacity(count);
    // SAFETY: `first + step * (count - 1)` is inside of the list; the array is consistent before `removed` is dropped.
    unsafe {
        let items = (*p).items;
        let mut to = first;
        for from in first..(*p).length {
            if (from - first) % step == 0 && (from - first) / step < count {
                removed.push(Owned::from_owned(*items.add(from)));
            } else {
                *items.add(to) = *items.add(from);
                to += 1;
            }
        }
        (*p).length = to;
        shrink(vm, p);
    }
    drop(removed);
    Ok(())
}
