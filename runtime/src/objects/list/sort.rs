//! `list.sort`: stable, with keys computed once, safe against callbacks that use the list.
//!
//! While the sort runs the list is empty: its array is held here, so that no comparison or key function can see or change
//! it. If anybody put something into the list meanwhile that is lost, and `ValueError` says so.
//!
//! The sort itself is `taipan_text::sort`. A comparison may raise; the items are then all still there, in some order.
//! Keys that are all small integers, all floats or all strings are compared without dispatch.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::{Kind, Value};
use taipan_text::sort::{self, SortError};

use super::super::slots::CompareOp;
use super::super::{is_kind, str};
use super::{RESIZED, drop_array, raw};
use crate::args::Args;
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::signature::{at_most_keywords, keyword_only};
use crate::vm::Vm;

/// `list.sort(*, key=None, reverse=False)`.
pub(super) fn sort_method(vm: &Vm, this: Value, args: Args) -> PyResult {
    if !args.pos().is_empty() {
        return Err(vm.type_error("sort() takes no positional arguments"));
    }
    at_most_keywords(vm, "sort", args, 2)?;
    let [key, reverse] = keyword_only(vm, "sort", args, ["key", "reverse"])?;
    let reverse = !reverse.is_null() && protocol::compare::is_true(vm, reverse)?;
    sort(vm, this, (!key.is_null() && !key.is_none()).then_some(key), reverse)?;
    Ok(Owned::none())
}

/// An item and what it is compared by; the item's reference belongs to the array that is being sorted.
#[derive(Clone, Copy)]
struct Entry {
    /// The item itself when there is no key function.
    key: Value,
    item: Value,
}

/// Sorts `list` in place.
pub fn sort(vm: &Vm, list: Value, key: Option<Value>, reverse: bool) -> PyResult<()> {
    let p = raw(list);
    // SAFETY: the list's array is taken out of it, so that nobody else sees it; it goes back at the end whatever happens,
    // with the same references in it.
    unsafe {
        let (items, length, capacity) = ((*p).items, (*p).length, (*p).capacity);
        (*p).items = std::ptr::null_mut();
        (*p).length = 0;
        (*p).capacity = 0;
        (*p).header.flags &= !RESIZED;

        let array = std::slice::from_raw_parts_mut(
            if length == 0 { std::ptr::NonNull::dangling().as_ptr() } else { items },
            length,
        );
        let outcome = sort_array(vm, array, key, reverse);

        let modified = (*p).header.flags & RESIZED != 0;
        let (stray, stray_length, stray_capacity) = ((*p).items, (*p).length, (*p).capacity);
        (*p).items = items;
        (*p).length = length;
        (*p).capacity = capacity;
        (*p).header.flags |= RESIZED;
        drop_array(vm, stray, stray_length, stray_capacity);
        outcome?;
        if modified {
            return Err(vm.value_error("list modified during sort"));
        }
    }
    Ok(())
}

fn sort_array(vm: &Vm, array: &mut [Value], key: Option<Value>, reverse: bool) -> PyResult<()> {
    let mut keys: Vec<Owned> = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    if entries.try_reserve_exact(array.len()).is_err() {
        return Err(vm.memory_error());
    }
    match key {
        None => entries.extend(array.iter().map(|v| Entry { key: *v, item: *v })),
        Some(f) => {
            if keys.try_reserve_exact(array.len()).is_err() {
                return Err(vm.memory_error());
            }
            for v in array.iter() {
                let k = protocol::call::positional(vm, f, &[*v])?;
                entries.push(Entry { key: *k, item: *v });
                keys.push(k);
            }
        }
    }
    let outcome = match common_kind(&entries) {
        Common::Fixnum => sort::sort(&mut entries, reverse, |a, b| Ok(a.key.as_fixnum() < b.key.as_fixnum())),
        Common::Flonum => sort::sort(&mut entries, reverse, |a, b| Ok(a.key.as_flonum() < b.key.as_flonum())),
        Common::Str => sort::sort(&mut entries, reverse, |a, b| Ok(str::compare(a.key, b.key).is_lt())),
        Common::None => sort::sort(&mut entries, reverse, |a, b| {
            protocol::compare::rich_bool(vm, a.key, b.key, CompareOp::Lt)
        }),
    };
    for (place, e) in array.iter_mut().zip(&entries) {
        *place = e.item;
    }
    outcome.map_err(|e| match e {
        SortError::Compare(raised) => raised,
        SortError::Memory => vm.memory_error(),
    })
}

/// What all keys are, when that allows a comparison without dispatch.
enum Common {
    Fixnum,
    Flonum,
    Str,
    None,
}

fn common_kind(entries: &[Entry]) -> Common {
    let Some(first) = entries.first() else { return Common::None };
    let all = |f: fn(Value) -> bool| entries.iter().all(|e| f(e.key));
    if first.key.is_fixnum() && all(Value::is_fixnum) {
        Common::Fixnum
    } else if first.key.is_flonum() && all(Value::is_flonum) {
        Common::Flonum
    } else if is_kind(first.key, Kind::Str) && all(|v| is_kind(v, Kind::Str)) {
        Common::Str
    } else {
        Common::None
    }
}
