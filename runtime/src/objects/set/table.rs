//! The hash table of `set` and `frozenset`: open addressing with the keys in the table itself.
//!
//! Iteration order of a set is visible to programs, so the order of probing, the moments of growth and the sizes are
//! CPython's: a set of integers prints alike. A search looks at up to ten neighbouring slots before it jumps
//! (`i ← 5i + 1 + perturb`); small sets live in a table of eight slots inside of the object.
//!
//! As with dicts, comparing keys may run Python code that changes the set: [`find`] checks after each such call that
//! table and key are still there and otherwise starts again.
#![allow(unsafe_code, reason = "object layout")]

use std::ptr;

use taipan_layout::Value;
use taipan_layout::header::Header;

use super::super::sequence::quick_equal;
use crate::alloc;
use crate::owned::{Counted, Owned, PyResult, decref, incref};
use crate::protocol;
use crate::vm::Vm;

pub(super) const SMALL: usize = 8;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
/// Above this a growing set doubles instead of quadrupling.
const LARGE_SET: usize = 50_000;

/// The key of a slot whose key was removed: a word that no value has.
pub(super) const REMOVED: Value = Value(0x0C);

#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Slot {
    /// NULL: never used.
    pub key: Value,
    pub hash: i64,
}
const UNUSED: Slot = Slot { key: Value::NULL, hash: 0 };

#[repr(C)]
pub struct Set {
    pub(super) header: Header,
    /// Slots in use, removed ones included.
    pub(super) fill: usize,
    pub(super) used: usize,
    pub(super) mask: usize,
    /// `small` of the same object, or an array of its own.
    pub(super) table: *mut Slot,
    /// Hash of a frozenset; −1 when not computed.
    pub(super) hash: i64,
    /// Where `pop` goes on looking.
    pub(super) finger: usize,
    /// Counts the tables that this set has had.
    pub(super) generation: usize,
    /// Some key is or was an object: else there is nothing to drop.
    pub(super) has_objects: bool,
    pub(super) small: [Slot; SMALL],
}

/// Result of a search.
pub(super) enum Place {
    /// The slot that has the key.
    Found(usize),
    /// The slot where it would go.
    Free(usize),
}

impl Set {
    /// # Safety
    /// `this` is a fresh, zeroed object.
    pub(super) unsafe fn init(this: *mut Set) {
        // SAFETY: by contract.
        unsafe {
            (*this).mask = SMALL - 1;
            (*this).table = (&raw mut (*this).small).cast();
            (*this).hash = -1;
        }
    }
    unsafe fn is_small(this: *mut Set) -> bool {
        // SAFETY: a live set.
        unsafe { (*this).table == (&raw mut (*this).small).cast() }
    }
}

pub(super) fn live(slot: Slot) -> bool {
    !slot.key.is_null() && slot.key != REMOVED
}

/// The slots that a hash visits, in order: calls `look` until it answers.
#[inline(always)]
fn probe<T>(mask: usize, hash: i64, mut look: impl FnMut(usize) -> Option<T>) -> T {
    let mut perturb = hash as u64;
    let mut i = hash as usize & mask;
    loop {
        let neighbours = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
        for j in i..=i + neighbours {
            if let Some(answer) = look(j) {
                return answer;
            }
        }
        perturb >>= PERTURB_SHIFT;
        i = i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize) & mask;
    }
}

/// Looks `key` up. May run Python code.
pub(super) fn find(vm: &Vm, s: *mut Set, key: Value, hash: i64) -> PyResult<Place> {
    // SAFETY: the caller keeps the set alive; its table is only used while the generation says that it is there.
    unsafe {
        loop {
            let (table, generation) = ((*s).table, (*s).generation);
            // A key goes where the last removed one on its way was.
            let mut removed = None;
            let outcome: PyResult<Option<Place>> = probe((*s).mask, hash, |j| {
                let slot = *table.add(j);
                if slot.key.is_null() {
                    return Some(Ok(match removed {
                        // Somebody may have taken that place during a comparison.
                        Some(r) => ((*table.add(r)).key == REMOVED).then_some(Place::Free(r)),
                        None => Some(Place::Free(j)),
                    }));
                }
                if slot.key == REMOVED {
                    removed = Some(j);
                    return None;
                }
                if slot.hash != hash {
                    return None;
                }
                match quick_equal(slot.key, key) {
                    Some(true) => return Some(Ok(Some(Place::Found(j)))),
                    Some(false) => return None,
                    None => {}
                }
                let there = slot.key.own();
                match protocol::compare::equal(vm, *there, key) {
                    Err(raised) => Some(Err(raised)),
                    Ok(_) if (*s).generation != generation || (*table.add(j)).key != *there => Some(Ok(None)),
                    Ok(true) => Some(Ok(Some(Place::Found(j)))),
                    Ok(false) => None,
                }
            });
            if let Some(place) = outcome? {
                return Ok(place);
            }
        }
    }
}

/// Adds `key` unless an equal one is there.
pub(super) fn add(vm: &Vm, s: *mut Set, key: Value, hash: i64) -> PyResult<()> {
    // SAFETY: a live set, whose table has a slot for every masked hash.
    let (first, there) = unsafe {
        let first = hash as usize & (*s).mask;
        (first, (*(*s).table.add(first)).key)
    };
    // Most often the first slot answers.
    let i = if there.is_null() {
        first
    } else if there == key {
        return Ok(());
    } else {
        let Place::Free(i) = find(vm, s, key, hash)? else { return Ok(()) };
        i
    };
    // SAFETY: the search ended at this slot without running anything since.
    unsafe {
        (*s).has_objects |= key.is_heap();
        insert(vm, s, i, Slot { key: key.own().into_value(), hash })
    }
}

/// [`add`] of a small integer: other small integers are passed without comparing.
#[inline]
pub(super) fn add_fixnum(vm: &Vm, s: *mut Set, key: Value, hash: i64) -> PyResult<()> {
    // SAFETY: a live set; nothing runs Python code up to the insertion.
    unsafe {
        let (mask, table) = ((*s).mask, (*s).table);
        let first = hash as usize & mask;
        let last = if first + LINEAR_PROBES <= mask { first + LINEAR_PROBES } else { first };
        let mut i = first;
        loop {
            let there = (*table.add(i)).key;
            if there.is_null() {
                return insert(vm, s, i, Slot { key, hash });
            }
            if there == key {
                return Ok(());
            }
            if !there.is_fixnum() || i == last {
                return add(vm, s, key, hash);
            }
            i += 1;
        }
    }
}

/// Puts a new key into a slot, which has none.
#[inline(always)]
unsafe fn insert(vm: &Vm, s: *mut Set, i: usize, new: Slot) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let slot = (*s).table.add(i);
        let unused = (*slot).key.is_null();
        *slot = new;
        (*s).used += 1;
        if unused {
            (*s).fill += 1;
            if (*s).fill * 5 >= (*s).mask * 3 {
                resize(vm, s, growth((*s).used))?;
            }
        }
    }
    Ok(())
}

fn growth(used: usize) -> usize {
    if used > LARGE_SET { used * 2 } else { used * 4 }
}

/// Puts a key into a table that has no equal one and no removed slots, and room for it.
unsafe fn put_clean(table: *mut Slot, mask: usize, slot: Slot) {
    // SAFETY: by contract of the callers.
    unsafe {
        probe(mask, slot.hash, |j| (*table.add(j)).key.is_null().then(|| *table.add(j) = slot));
    }
}

/// Takes `key` out.
pub(super) fn remove(vm: &Vm, s: *mut Set, key: Value, hash: i64) -> PyResult<Option<Owned>> {
    match find(vm, s, key, hash)? {
        // SAFETY: the slot was just found; its reference moves to the caller.
        Place::Found(i) => unsafe { Ok(Some(take(s, i))) },
        Place::Free(_) => Ok(None),
    }
}

/// # Safety
/// Slot `i` has a key.
pub(super) unsafe fn take(s: *mut Set, i: usize) -> Owned {
    // SAFETY: by contract.
    unsafe {
        let slot = (*s).table.add(i);
        let key = (*slot).key;
        *slot = Slot { key: REMOVED, hash: -1 };
        (*s).used -= 1;
        Owned::from_owned(key)
    }
}

/// Another table with more than `wanted` slots, without removed ones.
pub(super) fn resize(vm: &Vm, s: *mut Set, wanted: usize) -> PyResult<()> {
    let mut size = SMALL;
    while size <= wanted {
        size = size.checked_mul(2).ok_or_else(|| vm.memory_error())?;
    }
    // SAFETY: all live slots of the old table move to the new one before the old one is freed.
    unsafe {
        let was_small = Set::is_small(s);
        let (old, old_mask) = ((*s).table, (*s).mask);
        let mut buffer: [Slot; SMALL];
        let mut from = old;
        let to: *mut Slot;
        if size == SMALL {
            to = (&raw mut (*s).small).cast();
            if was_small {
                if (*s).fill == (*s).used {
                    return Ok(());
                }
                buffer = (*s).small;
                from = buffer.as_mut_ptr();
            }
        } else {
            let bytes = size.checked_mul(size_of::<Slot>()).ok_or_else(|| vm.memory_error())?;
            to = alloc::alloc_array(vm, bytes).cast();
            if to.is_null() {
                return Err(vm.memory_error());
            }
        }
        // An unused slot is all zeroes.
        ptr::write_bytes(to, 0, size);
        for i in 0..=old_mask {
            let slot = *from.add(i);
            if live(slot) {
                put_clean(to, size - 1, slot);
            }
        }
        (*s).table = to;
        (*s).mask = size - 1;
        (*s).fill = (*s).used;
        (*s).generation += 1;
        if !was_small {
            alloc::free_array(vm, old.cast(), (old_mask + 1) * size_of::<Slot>());
        }
    }
    Ok(())
}

/// Gets rid of removed slots when they are more than a quarter.
pub(super) fn tidy(vm: &Vm, s: *mut Set) -> PyResult<()> {
    // SAFETY: a live set.
    unsafe { if (*s).fill - (*s).used > (*s).mask / 4 { resize(vm, s, growth((*s).used)) } else { Ok(()) } }
}

/// Makes room for `extra` keys that may be new.
pub(super) fn reserve(vm: &Vm, s: *mut Set, extra: usize) -> PyResult<()> {
    // SAFETY: a live set.
    unsafe {
        if ((*s).fill + extra) * 5 >= (*s).mask * 3 {
            return resize(vm, s, ((*s).used + extra) * 2);
        }
    }
    Ok(())
}

/// Adds all keys of another set.
pub(super) fn merge(vm: &Vm, s: *mut Set, other: *mut Set) -> PyResult<()> {
    // SAFETY: both sets are live; the fast ways run no Python code.
    unsafe {
        if s == other || (*other).used == 0 {
            return Ok(());
        }
        reserve(vm, s, (*other).used)?;
        (*s).has_objects |= (*other).has_objects;
        if (*s).fill == 0 {
            if (*s).mask == (*other).mask && (*other).fill == (*other).used {
                ptr::copy_nonoverlapping((*other).table, (*s).table, (*s).mask + 1);
                for i in 0..=(*s).mask {
                    incref((*(*s).table.add(i)).key);
                }
            } else {
                for i in 0..=(*other).mask {
                    let slot = *(*other).table.add(i);
                    if live(slot) {
                        incref(slot.key);
                        put_clean((*s).table, (*s).mask, slot);
                    }
                }
            }
            (*s).fill = (*other).used;
            (*s).used = (*other).used;
            return Ok(());
        }
        let mut pos = 0;
        while let Some((hash, key)) = next(other, &mut pos) {
            add(vm, s, *key.own(), hash)?;
        }
    }
    Ok(())
}

/// The first key at or behind slot `pos`, which is moved behind it.
///
/// # Safety
/// `s` is a live set.
pub(super) unsafe fn next(s: *mut Set, pos: &mut usize) -> Option<(i64, Value)> {
    // SAFETY: slots up to the mask exist.
    unsafe {
        while *pos <= (*s).mask {
            let slot = *(*s).table.add(*pos);
            *pos += 1;
            if live(slot) {
                return Some((slot.hash, slot.key));
            }
        }
        None
    }
}

/// Drops all keys of a dying set.
///
/// # Safety
/// Nobody looks at `s` any more.
pub(super) unsafe fn drop_all(vm: &Vm, s: *mut Set) {
    // SAFETY: by contract.
    unsafe {
        let (table, mask) = ((*s).table, (*s).mask);
        let mut left = if (*s).has_objects { (*s).fill } else { 0 };
        let mut i = 0;
        while left > 0 && i <= mask {
            let slot = *table.add(i);
            if !slot.key.is_null() {
                decref(slot.key);
                left -= 1;
            }
            i += 1;
        }
        if !Set::is_small(s) {
            alloc::free_array(vm, table.cast(), (mask + 1) * size_of::<Slot>());
        }
    }
}

/// Drops all keys.
///
/// # Safety
/// `s` is a live set.
pub(super) unsafe fn clear(s: *mut Set) {
    // SAFETY: the set is empty before anything is dropped.
    unsafe {
        let was_small = Set::is_small(s);
        let mut buffer = (*s).small;
        let (table, mask) =
            if was_small { (buffer.as_mut_ptr(), SMALL - 1) } else { ((*s).table, (*s).mask) };
        (*s).small = [UNUSED; SMALL];
        (*s).table = (&raw mut (*s).small).cast();
        (*s).mask = SMALL - 1;
        (*s).fill = 0;
        (*s).used = 0;
        (*s).hash = -1;
        (*s).generation += 1;
        for i in 0..=mask {
            decref((*table.add(i)).key);
        }
        if !was_small {
            alloc::free_array(Vm::current(), table.cast(), (mask + 1) * size_of::<Slot>());
        }
    }
}

/// Exchanges the contents of two sets.
///
/// # Safety
/// Both are live.
pub(super) unsafe fn swap(a: *mut Set, b: *mut Set) {
    // SAFETY: by contract; a small table moves with its object's contents.
    unsafe {
        let (a_small, b_small) = (Set::is_small(a), Set::is_small(b));
        ptr::swap(&raw mut (*a).fill, &raw mut (*b).fill);
        ptr::swap(&raw mut (*a).used, &raw mut (*b).used);
        ptr::swap(&raw mut (*a).mask, &raw mut (*b).mask);
        ptr::swap(&raw mut (*a).table, &raw mut (*b).table);
        ptr::swap(&raw mut (*a).small, &raw mut (*b).small);
        ptr::swap(&raw mut (*a).has_objects, &raw mut (*b).has_objects);
        if a_small {
            (*b).table = (&raw mut (*b).small).cast();
        }
        if b_small {
            (*a).table = (&raw mut (*a).small).cast();
        }
        (*a).hash = -1;
        (*b).hash = -1;
        (*a).generation += 1;
        (*b).generation += 1;
    }
}
