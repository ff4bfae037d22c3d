//! Entries that change places: what `OrderedDict` needs beyond a dict.
//!
//! A dict's entries lie in the order of their insertion, and deleted ones leave gaps. So an entry goes to the end by being
//! deleted and appended again, and to the front by being put into the last gap there. When there is none, the table is made
//! anew with one as large as half of it; both cost constant time on average.
//!
//! Taking out the first entry again and again would look at all gaps in front of it each time. The owner of the dict keeps
//! a [`First`] for that, which says where to begin.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::objects::Dict;
use taipan_layout::{Kind, Value};

use super::super::is_kind;
use super::{entry, find, grow, hash_key, len, raw, remove_entry, table, watch};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

/// No entry in use comes before number `at`, as long as the dict has the table that it had.
#[derive(Clone, Copy, Debug, Default)]
pub struct First {
    generation: u32,
    at: usize,
}

/// Changes with everything that changes the order or number of entries, except for a last entry that is taken out and
/// replaced.
pub fn stamp(d: Value) -> (u32, u32, usize) {
    let p = raw(d);
    // SAFETY: a live dict.
    unsafe { ((*p).generation, (*(*p).keys).entry_count, (*p).used) }
}

/// The number behind the last entry.
pub fn end(d: Value) -> usize {
    // SAFETY: a live dict.
    unsafe { (*(*raw(d)).keys).entry_count as usize }
}

/// The number of the first entry.
fn first(p: *mut Dict, hint: &mut First) -> Option<usize> {
    // SAFETY: a live dict, whose entries below the count are initialised.
    unsafe {
        if hint.generation != (*p).generation {
            *hint = First { generation: (*p).generation, at: 0 };
        }
        let count = (*(*p).keys).entry_count as usize;
        while hint.at < count && (*entry(p, hint.at)).key.is_null() {
            hint.at += 1;
        }
        (hint.at < count).then_some(hint.at)
    }
}

/// The number of the last entry.
fn last(p: *mut Dict) -> Option<usize> {
    // SAFETY: a live dict, whose entries below the count are initialised.
    unsafe { (0..(*(*p).keys).entry_count as usize).rev().find(|i| !(*entry(p, *i)).key.is_null()) }
}

/// The first entry, taken out.
pub fn pop_first(vm: &Vm, d: Value, hint: &mut First) -> Option<(Owned, Owned)> {
    let p = raw(d);
    // SAFETY: the entry was just found.
    first(p, hint).map(|i| unsafe { remove_entry(vm, p, i) })
}

/// Makes the entry of `key` the last one; false when there is none.
pub fn move_to_end(vm: &Vm, d: Value, key: Value) -> PyResult<bool> {
    let hash = hash_key(vm, key)?;
    let p = raw(d);
    loop {
        let Some(i) = find(vm, p, key, hash)? else { return Ok(false) };
        if last(p) == Some(i) {
            return Ok(true);
        }
        // SAFETY: the entry was just found, and moves into room that is there.
        unsafe {
            if (*(*p).keys).usable == 0 {
                grow(vm, p)?;
                continue;
            }
            watch::notify(vm, p, (*entry(p, i)).key);
            let e = table::remove((*p).keys, i);
            let is_str = is_kind(e.key, Kind::Str);
            table::push((*p).keys, e, is_str);
        }
        return Ok(true);
    }
}

/// Makes the entry of `key` the first one; false when there is none. The hint is asked for when the entry was found: comparing
/// keys may run Python, which may change it.
pub fn move_to_front(
    vm: &Vm,
    d: Value,
    key: Value,
    hint_of: fn(Value) -> &'static mut First,
) -> PyResult<bool> {
    let hash = hash_key(vm, key)?;
    let p = raw(d);
    loop {
        let Some(i) = find(vm, p, key, hash)? else { return Ok(false) };
        let hint = hint_of(d);
        match first(p, hint) {
            Some(front) if front == i => return Ok(true),
            Some(front) if front > 0 => {
                // SAFETY: the entry was just found, and the one before the first is not in use.
                unsafe {
                    watch::notify(vm, p, (*entry(p, i)).key);
                    let e = table::remove((*p).keys, i);
                    let is_str = is_kind(e.key, Kind::Str);
                    table::place((*p).keys, front - 1, e, is_str);
                }
                hint.at = front - 1;
                return Ok(true);
            }
            _ => make_room_in_front(vm, p)?,
        }
    }
}

#[cold]
fn make_room_in_front(vm: &Vm, p: *mut Dict) -> PyResult<()> {
    let used = len(Value::from_ptr(p));
    let gap = used / 2 + 1;
    let to = table::log2_for(gap + used + used / 2).map_or(std::ptr::null_mut(), table::allocate);
    if to.is_null() {
        return Err(vm.memory_error());
    }
    // SAFETY: the new table has room for the gap and the entries, and the old one is freed after they moved.
    unsafe {
        let from = (*p).keys;
        table::move_entries_behind(from, to, gap);
        (*p).keys = to;
        (*p).generation = (*p).generation.wrapping_add(1);
        table::free(from);
    }
    Ok(())
}
