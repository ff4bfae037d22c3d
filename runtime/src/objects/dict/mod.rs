//! `dict`: insertion-ordered, with versions that caches of global names rely on.
//!
//! | module | holds |
//! |---|---|
//! | this one | the operations that the rest of the runtime uses |
//! | `table` | the hash table itself, which knows nothing of Python |
//! | `methods` | type, methods and operators |
//! | `merge` | `update`, `**`, construction from mappings and pairs |
//! | `views`, `iterators` | `keys()`, `values()`, `items()` and what iterates over them |
//! | `order` | places of entries that change, for `OrderedDict` |
//! | `watch` | who wants to hear of changes |
//!
//! Looking a key up may run a Python `__eq__`, which may change the very dict. [`find`] holds no pointer into the table over such a
//! call but checks afterwards that the dict still has the same table ([`Dict::generation`]) and the entry the
//! same key, and starts again otherwise. When both are exact `str`, no Python can run.
//!
//! `keys.version` (see [`keys_version`]) stands for "these keys at these entry numbers": values may change under it, keys
//! may not.
#![allow(unsafe_code, reason = "object layout")]

mod iterators;
mod merge;
mod methods;
pub(crate) mod order;
mod table;
pub mod views;
pub mod watch;

use std::cell::Cell;

use taipan_layout::objects::{Dict, DictEntry, DictKeys, Str};
use taipan_layout::{Header, Kind, Value};

use super::sequence::{quick_equal, type_name};
use super::spec::tp_flags;
use super::{TypeRef, is_kind, new_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub use merge::{Conflict, merge, merge_from_pairs, merge_with, update};
pub use methods::SPEC;
pub(crate) use methods::{missing, update_from_call};

#[inline(always)]
fn raw(d: Value) -> *mut Dict {
    d.as_ptr()
}

/// `isinstance(v, dict)`.
#[inline]
pub fn is_dict(vm: &Vm, v: Value) -> bool {
    is_kind(v, Kind::Dict) || type_of(vm, v).has_flag(tp_flags::DICT_SUBCLASS)
}

/// A dict whose iteration nobody redefined: its table may be read in place of asking for keys.
#[inline]
pub fn is_plain(vm: &Vm, v: Value) -> bool {
    if is_kind(v, Kind::Dict) {
        return true;
    }
    let iter = |t: TypeRef| t.slots().iter.map(|f| f as usize);
    is_dict(vm, v) && iter(type_of(vm, v)) == iter(vm.types.dict)
}

pub fn new(vm: &Vm) -> PyResult {
    of_type(vm, vm.types.dict)
}

pub(crate) fn of_type(vm: &Vm, ty: TypeRef) -> PyResult {
    let p = new_instance::<Dict>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe { (*p).keys = table::empty() };
    Ok(Owned::from_new(p))
}

/// An empty dict with room for `entries`.
pub fn with_capacity(vm: &Vm, entries: usize) -> PyResult {
    let d = new(vm)?;
    if entries > 0 {
        reserve(vm, *d, entries)?;
    }
    Ok(d)
}

/// The hash of any value; the common kinds need no dispatch.
#[inline]
pub fn hash_value(vm: &Vm, v: Value) -> PyResult<i64> {
    if v.is_fixnum() {
        return Ok(hash_fixnum(v));
    }
    if is_kind(v, Kind::Str) {
        return Ok(hash_str(vm, v));
    }
    protocol::compare::hash(vm, v)
}

/// CPython hashes integers modulo this Mersenne prime.
const MODULUS: i64 = (1 << 61) - 1;

#[inline(always)]
pub fn hash_fixnum(v: Value) -> i64 {
    let i = v.as_fixnum();
    let h = if i > -MODULUS && i < MODULUS { i } else { i % MODULUS };
    if h == -1 { -2 } else { h }
}

/// The hash of an exact `str`.
#[inline(always)]
fn hash_str(vm: &Vm, v: Value) -> i64 {
    // SAFETY: the caller's value is an exact str.
    let cached = unsafe { (*v.as_ptr::<Str>()).hash };
    if cached != -1 { cached } else { str::hash(vm, v) }
}

#[inline]
fn hash_key(vm: &Vm, key: Value) -> PyResult<i64> {
    hash_value(vm, key).map_err(|raised| unhashable(vm, raised, key, "a dict key"))
}

/// Says what the unhashable object was needed for.
#[cold]
pub(super) fn unhashable(vm: &Vm, raised: Raised, key: Value, what: &str) -> Raised {
    match vm.catch(raised, vm.types.type_error) {
        Err(other) => other,
        Ok(e) if type_of(vm, *e) != vm.types.type_error => vm.restore_exception(e),
        Ok(e) => match protocol::object::str(vm, *e) {
            Ok(text) => {
                let text = str::to_string_lossy(*text);
                let name = type_name(vm, key);
                drop(e);
                vm.type_error(&format!("cannot use '{name}' as {what} ({text})"))
            }
            Err(raised) => raised,
        },
    }
}

/// The entry number of `key`. May run Python code unless all keys are strings and so is this one.
#[inline]
fn find(vm: &Vm, d: *mut Dict, key: Value, hash: i64) -> PyResult<Option<usize>> {
    // SAFETY: a live dict.
    unsafe {
        let keys = (*d).keys;
        if (*keys).all_str && is_kind(key, Kind::Str) {
            return Ok(table::find_str(keys, key, hash));
        }
        find_any(vm, d, key, hash)
    }
}

fn find_any(vm: &Vm, d: *mut Dict, key: Value, hash: i64) -> PyResult<Option<usize>> {
    // SAFETY: the dict is kept alive by the caller; its table is only used while the generation says that it
    // is still there.
    unsafe {
        'search: loop {
            let (keys, generation) = ((*d).keys, (*d).generation);
            let mut probe = table::Probe::new(keys, hash);
            while let Some(i) = probe.next(keys) {
                let e = (*keys).entries.add(i);
                if (*e).key == key {
                    return Ok(Some(i));
                }
                if (*e).hash != hash {
                    continue;
                }
                match quick_equal((*e).key, key) {
                    Some(true) => return Ok(Some(i)),
                    Some(false) => continue,
                    None => {}
                }
                let there = (*e).key.own();
                let same = protocol::compare::equal(vm, *there, key)?;
                if (*d).generation != generation || (*e).key != *there {
                    continue 'search;
                }
                if same {
                    return Ok(Some(i));
                }
            }
            return Ok(None);
        }
    }
}

#[inline(always)]
unsafe fn entry(d: *mut Dict, i: usize) -> *mut DictEntry {
    // SAFETY: entry numbers from the table are within it.
    unsafe { (*(*d).keys).entries.add(i) }
}

pub fn len(d: Value) -> usize {
    // SAFETY: a live dict.
    unsafe { (*raw(d)).used }
}

/// The value of `key`, or `None`.
#[inline]
pub fn get(vm: &Vm, d: Value, key: Value) -> PyResult<Option<Owned>> {
    let hash = hash_key(vm, key)?;
    get_hashed(vm, d, key, hash)
}

/// [`get`] for who knows the hash already.
#[inline]
pub fn get_hashed(vm: &Vm, d: Value, key: Value, hash: i64) -> PyResult<Option<Owned>> {
    // SAFETY: the entry is read right after it was found.
    Ok(find(vm, raw(d), key, hash)?.map(|i| unsafe { (*entry(raw(d), i)).value.own() }))
}

/// The value of `name`, an exact `str`. Runs no Python code; the result is borrowed from the dict.
#[inline]
pub fn get_str(vm: &Vm, d: Value, name: Value) -> Option<Value> {
    debug_assert!(is_kind(name, Kind::Str));
    // SAFETY: a live dict, which nothing changes in here.
    unsafe { table::find_str((*raw(d)).keys, name, hash_str(vm, name)).map(|i| (*entry(raw(d), i)).value) }
}

/// [`get_str`] of an interned name, whose entry was number `at` before, perhaps of another dict.
#[inline]
pub fn get_str_at(vm: &Vm, d: Value, name: Value, at: &Cell<usize>) -> Option<Value> {
    // SAFETY: a live dict, which nothing changes in here.
    unsafe {
        let i = at.get();
        if i < (*(*raw(d)).keys).entry_count as usize && (*entry(raw(d), i)).key == name {
            return Some((*entry(raw(d), i)).value);
        }
        let i = lookup_index(vm, d, name)?;
        at.set(i);
        Some((*entry(raw(d), i)).value)
    }
}

/// Whether every key is an exact `str`, so that [`get_str`] finds whatever there is to find.
pub fn has_only_str_keys(d: Value) -> bool {
    // SAFETY: a live dict and its table.
    unsafe { (*(*raw(d)).keys).all_str }
}

/// The entry number of `name`, an exact `str`: stays valid as long as [`keys_version`] does.
pub fn lookup_index(vm: &Vm, d: Value, name: Value) -> Option<usize> {
    // SAFETY: a live dict.
    unsafe { table::find_str((*raw(d)).keys, name, hash_str(vm, name)) }
}

/// Sets `d[key]`; both are borrowed.
#[inline]
pub fn set(vm: &Vm, d: Value, key: Value, value: Value) -> PyResult<()> {
    let hash = hash_key(vm, key)?;
    set_hashed(vm, d, key, hash, value)
}

/// [`set`] for a key that is an exact `str`.
pub fn set_str(vm: &Vm, d: Value, name: Value, value: Value) -> PyResult<()> {
    set_hashed(vm, d, name, hash_str(vm, name), value)
}

pub fn set_hashed(vm: &Vm, d: Value, key: Value, hash: i64, value: Value) -> PyResult<()> {
    let p = raw(d);
    match find(vm, p, key, hash)? {
        // SAFETY: the entry was just found; the old value is dropped after the store.
        Some(i) => unsafe {
            watch::notify(vm, p, key);
            crate::owned::replace(&raw mut (*entry(p, i)).value, Some(value.own()));
        },
        None => insert_new(vm, p, key, hash, value)?,
    }
    Ok(())
}

/// Adds an entry for a key that is known to be absent.
fn insert_new(vm: &Vm, p: *mut Dict, key: Value, hash: i64, value: Value) -> PyResult<()> {
    // SAFETY: a live dict; growing makes room before the entry is written.
    unsafe {
        watch::notify(vm, p, key);
        if (*(*p).keys).usable == 0 {
            grow(vm, p)?;
        }
        let entry = DictEntry { hash, key: key.own().into_value(), value: value.own().into_value() };
        table::push((*p).keys, entry, is_kind(key, Kind::Str));
        (*p).used += 1;
    }
    Ok(())
}

/// Another table when this one is full: three times as many slots as entries, so that a growing dict doubles and
/// one full of deleted entries shrinks.
#[cold]
fn grow(vm: &Vm, p: *mut Dict) -> PyResult<()> {
    // SAFETY: a live dict.
    let wanted = unsafe { (*p).used } * 3;
    let log2 = (wanted.max(1 << table::MIN_LOG2) as u64).next_power_of_two().trailing_zeros();
    resize(vm, p, if log2 > 31 { None } else { Some(log2 as u8) })
}

/// Makes room for `extra` more entries without a resize on the way.
pub fn reserve(vm: &Vm, d: Value, extra: usize) -> PyResult<()> {
    let p = raw(d);
    // SAFETY: a live dict.
    unsafe {
        if ((*(*p).keys).usable as usize) < extra {
            resize(vm, p, table::log2_for((*p).used + extra))?;
        }
    }
    Ok(())
}

fn resize(vm: &Vm, p: *mut Dict, log2: Option<u8>) -> PyResult<()> {
    // SAFETY: the old table is freed after its entries moved.
    unsafe {
        let to = log2.map_or(std::ptr::null_mut(), table::allocate);
        if to.is_null() {
            return Err(vm.memory_error());
        }
        let from = (*p).keys;
        table::move_entries(from, to);
        (*p).keys = to;
        (*p).generation = (*p).generation.wrapping_add(1);
        table::free(from);
    }
    Ok(())
}

/// Removes `key` and gives back its value.
pub fn take(vm: &Vm, d: Value, key: Value) -> PyResult<Option<Owned>> {
    if len(d) == 0 {
        // As in CPython, what could not be a key is simply not there.
        return Ok(None);
    }
    let hash = hash_key(vm, key)?;
    take_hashed(vm, d, key, hash)
}

/// [`take`] for a key whose hash is known.
pub fn take_hashed(vm: &Vm, d: Value, key: Value, hash: i64) -> PyResult<Option<Owned>> {
    let p = raw(d);
    // SAFETY: the entry was just found.
    Ok(find(vm, p, key, hash)?.map(|i| unsafe { remove_entry(vm, p, i).1 }))
}

/// Takes entry `i` out of the dict: its key and value.
///
/// # Safety
/// The entry is in use.
unsafe fn remove_entry(vm: &Vm, p: *mut Dict, i: usize) -> (Owned, Owned) {
    // SAFETY: by contract; the entry's references move to the caller.
    unsafe {
        watch::notify(vm, p, (*entry(p, i)).key);
        let e = table::remove((*p).keys, i);
        (*p).used -= 1;
        (Owned::from_owned(e.key), Owned::from_owned(e.value))
    }
}

/// `del d[key]`: `KeyError` when it is not there.
pub fn delete(vm: &Vm, d: Value, key: Value) -> PyResult<()> {
    let hash = hash_key(vm, key)?;
    match take_hashed(vm, d, key, hash)? {
        Some(_) => Ok(()),
        None => Err(vm.key_error(key)),
    }
}

/// `d.pop(key)`: `KeyError` when it is not there.
pub fn pop(vm: &Vm, d: Value, key: Value) -> PyResult {
    take(vm, d, key)?.ok_or_else(|| vm.key_error(key))
}

/// The last entry, taken out.
pub fn pop_last(vm: &Vm, d: Value) -> Option<(Owned, Owned)> {
    let p = raw(d);
    // SAFETY: a live dict; the entries behind the last one in use are deleted ones, which the count may leave out.
    unsafe {
        if (*p).used == 0 {
            return None;
        }
        let keys = (*p).keys;
        let mut i = (*keys).entry_count as usize - 1;
        while (*(*keys).entries.add(i)).key.is_null() {
            i -= 1;
        }
        let taken = remove_entry(vm, p, i);
        (*(*p).keys).entry_count = i as u32;
        Some(taken)
    }
}

pub fn contains(vm: &Vm, d: Value, key: Value) -> PyResult<bool> {
    let hash = hash_key(vm, key)?;
    Ok(find(vm, raw(d), key, hash)?.is_some())
}

/// The value of `key`, which is set to `default` first when it is not there.
pub fn set_default(vm: &Vm, d: Value, key: Value, default: Value) -> PyResult {
    let hash = hash_key(vm, key)?;
    if let Some(found) = get_hashed(vm, d, key, hash)? {
        return Ok(found);
    }
    insert_new(vm, raw(d), key, hash, default)?;
    Ok(default.own())
}

/// The entry at or after `pos`, which is moved behind it. Results are borrowed: own them before running anything.
#[inline]
pub fn next_entry(d: Value, pos: &mut usize) -> Option<(Value, Value)> {
    next_hashed(d, pos).map(|(_, k, v)| (k, v))
}

#[inline]
pub(crate) fn next_hashed(d: Value, pos: &mut usize) -> Option<(i64, Value, Value)> {
    // SAFETY: a live dict; entries below the count are initialised.
    unsafe {
        let keys = (*raw(d)).keys;
        while *pos < (*keys).entry_count as usize {
            let e = (*keys).entries.add(*pos);
            *pos += 1;
            if !(*e).key.is_null() {
                return Some(((*e).hash, (*e).key, (*e).value));
            }
        }
        None
    }
}

/// The entry at or before `pos - 1`, to which `pos` is moved.
pub(crate) fn previous_entry(d: Value, pos: &mut usize) -> Option<(Value, Value)> {
    // SAFETY: a live dict; entries below the count are initialised.
    unsafe {
        let keys = (*raw(d)).keys;
        if *pos > (*keys).entry_count as usize {
            // Not the table that the position was for.
            return None;
        }
        while *pos > 0 {
            *pos -= 1;
            let e = (*keys).entries.add(*pos);
            if !(*e).key.is_null() {
                return Some(((*e).key, (*e).value));
            }
        }
        None
    }
}

/// All entries in order.
pub fn snapshot(d: Value) -> Vec<(Owned, Owned)> {
    let mut pos = 0;
    let mut all = Vec::with_capacity(len(d));
    while let Some((k, v)) = next_entry(d, &mut pos) {
        all.push((k.own(), v.own()));
    }
    all
}

/// A `dict` with the entries of `d`, which may be an instance of a subclass.
pub fn copy(vm: &Vm, d: Value) -> PyResult {
    let copy = new(vm)?;
    if !is_plain(vm, d) {
        merge(vm, *copy, d)?;
        return Ok(copy);
    }
    let (from, to) = (raw(d), raw(*copy));
    // SAFETY: both are live dicts.
    unsafe {
        let count = (*(*from).keys).entry_count as usize;
        if (*from).used == 0 {
            return Ok(copy);
        }
        if (*from).used >= count - count / 3 {
            let keys = table::duplicate((*from).keys);
            if keys.is_null() {
                return Err(vm.memory_error());
            }
            (*to).keys = keys;
            (*to).used = (*from).used;
            return Ok(copy);
        }
    }
    reserve(vm, *copy, len(d))?;
    let mut pos = 0;
    while let Some((hash, k, v)) = next_hashed(d, &mut pos) {
        insert_new(vm, to, k, hash, v)?;
    }
    Ok(copy)
}

/// Drops all entries.
pub fn clear(vm: &Vm, d: Value) {
    let p = raw(d);
    // SAFETY: the dict is empty before its old table is dropped.
    unsafe {
        let old = (*p).keys;
        if old == table::empty() {
            return;
        }
        watch::notify(vm, p, Value::NULL);
        (*p).keys = table::empty();
        (*p).used = 0;
        (*p).generation = (*p).generation.wrapping_add(1);
        table::destroy(old);
    }
}

/// A number that stands for the dict's present keys and where they are; 0 when there is none to give. It is in
/// `keys.version` until a key is added, deleted or moved.
pub fn keys_version(vm: &Vm, d: Value) -> u32 {
    let p = raw(d);
    // SAFETY: a live dict; the shared empty table is replaced before it would be written.
    unsafe {
        if (*p).keys == table::empty()
            && let Err(raised) = resize(vm, p, Some(table::MIN_LOG2))
        {
            vm.discard(raised);
            return 0;
        }
        let keys: *mut DictKeys = (*p).keys;
        if (*keys).version == 0 {
            let v = vm.next_dict_version.get();
            if v == u32::MAX {
                return 0;
            }
            vm.next_dict_version.set(v + 1);
            (*keys).version = v;
        }
        (*keys).version
    }
}

pub(crate) unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the dict is dying.
    unsafe { table::destroy((*(object as *mut Dict)).keys) };
}

pub(crate) unsafe fn clear_slot(vm: &Vm, object: *mut Header) {
    clear(vm, Value::from_ptr(object));
}

pub(crate) unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let (d, mut pos) = (Value::from_ptr(object), 0);
    while let Some((k, v)) = next_entry(d, &mut pos) {
        visit(v);
        visit(k);
    }
}
