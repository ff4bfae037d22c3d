//! The hash table behind dicts: a dense array of entries in insertion order, and an index of small slots into it.
//!
//! ```text
//!   DictKeys | index: 2^k slots of 1, 2 or 4 bytes | entries: hash, key, value …
//!              slot = upper bits of the hash ‖ k bits: number of the entry
//!              all ones: never used; all ones but the last: deleted
//! ```
//!
//! One allocation holds all three. A slot is as wide as its k bits need plus at least one bit; whatever is left over
//! holds bits of the hash, so that most slots which belong to another key are passed over without touching its
//! entry (for large dicts that is a cache miss each). An entry number is at most 2/3 of 2^k, which leaves the two special
//! patterns free. Collisions follow CPython's recurrence `i ← 5i + perturb + 1`, which sends integers to consecutive slots
//! and still comes to use all bits of the hash.
//!
//! A dict without entries has the shared table [`empty`], which is never written.
//!
//! Everything here works on raw tables and runs no Python code.
#![allow(unsafe_code, reason = "object layout")]

use std::ptr;

use taipan_layout::Value;
use taipan_layout::objects::{DictEntry, DictKeys};

use super::super::sequence::quick_equal;
use crate::owned::{decref, incref};

/// log2 of the smallest table's slots.
pub(super) const MIN_LOG2: u8 = 3;
/// Entry numbers are 32 bits wide.
const MAX_LOG2: u8 = 31;

#[repr(C, align(16))]
struct Shared(DictKeys, [u8; 8]);
// SAFETY: the only instance is never written: it has no room for entries and no version is given out for it.
unsafe impl Sync for Shared {}

static EMPTY: Shared = {
    // SAFETY: all-zero is a valid DictKeys.
    let mut keys: DictKeys = unsafe { std::mem::zeroed() };
    keys.all_str = true;
    keys.entries = ptr::dangling_mut();
    Shared(keys, [0xFF; 8])
};

/// The table of all dicts that have none of their own.
#[inline(always)]
pub(super) fn empty() -> *mut DictKeys {
    &raw const EMPTY.0 as *mut DictKeys
}

/// Entries that a table of `1 << log2` slots holds.
pub(super) fn usable(log2: u8) -> usize {
    (1usize << log2) * 2 / 3
}

/// The smallest table that holds `entries`; `None` when there is none.
pub(super) fn log2_for(entries: usize) -> Option<u8> {
    (MIN_LOG2..=MAX_LOG2).find(|l| usable(*l) >= entries)
}

fn log2_width(log2: u8) -> u8 {
    match log2 {
        0..=7 => 0,
        8..=15 => 1,
        _ => 2,
    }
}

fn byte_size(log2: u8) -> usize {
    size_of::<DictKeys>() + ((1usize << log2) << log2_width(log2)) + usable(log2) * size_of::<DictEntry>()
}

/// Bytes that a table occupies, for `__sizeof__`.
///
/// # Safety
/// `keys` is a live table.
pub(super) unsafe fn memory(keys: *const DictKeys) -> usize {
    // SAFETY: by contract.
    unsafe { if (*keys).log2_size == 0 { 0 } else { byte_size((*keys).log2_size) } }
}

/// A table without entries; null when memory is exhausted.
pub(super) fn allocate(log2: u8) -> *mut DictKeys {
    // SAFETY: the block is as large as the parts written here.
    unsafe {
        let keys = libc::malloc(byte_size(log2)) as *mut DictKeys;
        if keys.is_null() {
            return keys;
        }
        let index_bytes = (1usize << log2) << log2_width(log2);
        keys.write(std::mem::zeroed());
        (*keys).log2_size = log2;
        (*keys).log2_index_width = log2_width(log2);
        (*keys).all_str = true;
        (*keys).usable = usable(log2) as u32;
        (*keys).entries = index(keys).add(index_bytes) as *mut DictEntry;
        ptr::write_bytes(index(keys), 0xFF, index_bytes);
        keys
    }
}

/// Gives the table's memory back; its entries have been given up.
///
/// # Safety
/// Nobody uses `keys` any more.
pub(super) unsafe fn free(keys: *mut DictKeys) {
    if keys != empty() {
        // SAFETY: every other table came from malloc.
        unsafe { libc::free(keys.cast()) };
    }
}

/// Drops all entries of a table that no dict refers to any more, and frees it. May run Python code.
///
/// # Safety
/// `keys` was the table of a dict that has another one now.
pub(super) unsafe fn destroy(keys: *mut DictKeys) {
    // SAFETY: by contract nobody else sees the entries.
    unsafe {
        for i in 0..(*keys).entry_count as usize {
            let e = (*keys).entries.add(i);
            decref((*e).key);
            decref((*e).value);
        }
        free(keys);
    }
}

#[inline(always)]
unsafe fn index(keys: *const DictKeys) -> *mut u8 {
    // SAFETY: the index lies behind the head.
    unsafe { keys.add(1) as *mut u8 }
}

/// A width of index slots.
trait Slot: Copy + Eq {
    const EMPTY: Self;
    const DELETED: Self;
    fn truncate(word: u64) -> Self;
    fn word(self) -> u64;
}
macro_rules! slot {
    ($($t:ty)*) => {$(
        impl Slot for $t {
            const EMPTY: $t = <$t>::MAX;
            const DELETED: $t = <$t>::MAX - 1;
            #[inline(always)]
            fn truncate(word: u64) -> $t {
                word as $t
            }
            #[inline(always)]
            fn word(self) -> u64 {
                self as u64
            }
        }
    )*};
}
slot!(u8 u16 u32);

/// The sequence of slots that a hash visits.
#[derive(Clone, Copy)]
pub(super) struct Probe {
    at: usize,
    perturb: u64,
    mask: usize,
    hash: u64,
}

impl Probe {
    /// # Safety
    /// `keys` is a live table.
    #[inline(always)]
    pub unsafe fn new(keys: *const DictKeys, hash: i64) -> Probe {
        // SAFETY: by contract.
        let mask = (1usize << unsafe { (*keys).log2_size }) - 1;
        Probe { at: hash as usize & mask, perturb: hash as u64, mask, hash: hash as u64 }
    }
    #[inline(always)]
    fn advance(&mut self) {
        self.perturb >>= 5;
        self.at = self.at.wrapping_mul(5).wrapping_add(self.perturb as usize).wrapping_add(1) & self.mask;
    }
    /// The next entry whose slot agrees with the hash; `None` behind the last.
    ///
    /// # Safety
    /// `keys` is the table that the probe was made for.
    #[inline(always)]
    unsafe fn next_in<S: Slot>(&mut self, keys: *const DictKeys) -> Option<usize> {
        // SAFETY: `at` is masked by the table's size.
        unsafe {
            let slots = index(keys) as *const S;
            let number_bits = S::truncate(self.mask as u64).word();
            let tag = S::truncate(self.hash & !(self.mask as u64)).word();
            loop {
                let slot = *slots.add(self.at);
                if slot == S::EMPTY {
                    return None;
                }
                self.advance();
                if slot.word() & !number_bits == tag && slot != S::DELETED {
                    return Some((slot.word() & number_bits) as usize);
                }
            }
        }
    }
    /// [`Probe::next_in`] for any width.
    ///
    /// # Safety
    /// As there.
    #[inline]
    pub unsafe fn next(&mut self, keys: *const DictKeys) -> Option<usize> {
        // SAFETY: by contract; the width belongs to the table.
        unsafe {
            match (*keys).log2_index_width {
                0 => self.next_in::<u8>(keys),
                1 => self.next_in::<u16>(keys),
                _ => self.next_in::<u32>(keys),
            }
        }
    }
}

/// The entry of `key`, an exact `str`, among keys that are compared without running Python: those that are not
/// exact strings are passed over.
///
/// # Safety
/// `keys` is a live table.
#[inline]
pub(super) unsafe fn find_str(keys: *const DictKeys, key: Value, hash: i64) -> Option<usize> {
    // Most keys are the very object in the first slot that their hash visits, or that slot was never used.
    // SAFETY: by contract; a slot that is in use holds the number of an entry.
    unsafe {
        let mask = (1usize << (*keys).log2_size) - 1;
        let (at, slots) = (hash as usize & mask, index(keys));
        let number = match (*keys).log2_index_width {
            0 => match *slots.add(at) {
                u8::MAX => return None,
                slot => (slot < u8::DELETED).then_some(usize::from(slot) & mask),
            },
            1 => match *(slots as *const u16).add(at) {
                u16::MAX => return None,
                slot => (slot < u16::DELETED).then_some(usize::from(slot) & mask),
            },
            _ => None,
        };
        match number {
            Some(number) if (*(*keys).entries.add(number)).key == key => Some(number),
            _ => search_str(keys, key, hash),
        }
    }
}

/// [`find_str`] for all slots that the hash visits.
#[inline(never)]
unsafe fn search_str(keys: *const DictKeys, key: Value, hash: i64) -> Option<usize> {
    #[inline(always)]
    unsafe fn find<S: Slot>(keys: *const DictKeys, key: Value, hash: i64) -> Option<usize> {
        // SAFETY: entry numbers in the index are below the entry count.
        unsafe {
            let mut probe = Probe::new(keys, hash);
            while let Some(i) = probe.next_in::<S>(keys) {
                let e = (*keys).entries.add(i);
                if (*e).key == key || ((*e).hash == hash && quick_equal((*e).key, key) == Some(true)) {
                    return Some(i);
                }
            }
            None
        }
    }
    // SAFETY: by contract; the width belongs to the table.
    unsafe {
        match (*keys).log2_index_width {
            0 => find::<u8>(keys, key, hash),
            1 => find::<u16>(keys, key, hash),
            _ => find::<u32>(keys, key, hash),
        }
    }
}

/// Writes entry number `number` into the first free slot that `hash` visits.
unsafe fn put<S: Slot>(keys: *mut DictKeys, hash: i64, number: usize) {
    // SAFETY: the table has more slots than entries, so that the probe ends.
    unsafe {
        let slots = index(keys) as *mut S;
        let mut probe = Probe::new(keys, hash);
        while (*slots.add(probe.at)).word() < S::DELETED.word() {
            probe.advance();
        }
        *slots.add(probe.at) = S::truncate((hash as u64 & !(probe.mask as u64)) | number as u64);
    }
}

unsafe fn put_any(keys: *mut DictKeys, hash: i64, number: usize) {
    // SAFETY: the width belongs to the table.
    unsafe {
        match (*keys).log2_index_width {
            0 => put::<u8>(keys, hash, number),
            1 => put::<u16>(keys, hash, number),
            _ => put::<u32>(keys, hash, number),
        }
    }
}

/// Appends an entry, whose references move in.
///
/// # Safety
/// `keys.usable` is not 0; no entry has an equal key.
#[inline]
pub(super) unsafe fn push(keys: *mut DictKeys, entry: DictEntry, key_is_str: bool) {
    // SAFETY: there is room for the entry.
    unsafe {
        let number = (*keys).entry_count as usize;
        put_any(keys, entry.hash, number);
        (*keys).entries.add(number).write(entry);
        (*keys).entry_count += 1;
        (*keys).usable -= 1;
        (*keys).version = 0;
        (*keys).all_str &= key_is_str;
    }
}

/// Puts an entry where a deleted one was; its references move in.
///
/// # Safety
/// Entry `number` is below the count and not in use; no entry has an equal key.
pub(super) unsafe fn place(keys: *mut DictKeys, number: usize, entry: DictEntry, key_is_str: bool) {
    // SAFETY: by contract.
    unsafe {
        put_any(keys, entry.hash, number);
        (*keys).entries.add(number).write(entry);
        (*keys).version = 0;
        (*keys).all_str &= key_is_str;
    }
}

/// Takes entry `number` out; the caller drops its references.
///
/// # Safety
/// The entry is in use.
pub(super) unsafe fn remove(keys: *mut DictKeys, number: usize) -> DictEntry {
    unsafe fn unlink<S: Slot>(keys: *mut DictKeys, hash: i64, number: usize) {
        // SAFETY: the entry is in the index, so the probe meets it.
        unsafe {
            let slots = index(keys) as *mut S;
            let mut probe = Probe::new(keys, hash);
            loop {
                let slot = *slots.add(probe.at);
                if slot.word() & probe.mask as u64 == number as u64 && slot.word() < S::DELETED.word() {
                    *slots.add(probe.at) = S::DELETED;
                    return;
                }
                probe.advance();
            }
        }
    }
    // SAFETY: by contract.
    unsafe {
        let e = (*keys).entries.add(number);
        let hash = (*e).hash;
        match (*keys).log2_index_width {
            0 => unlink::<u8>(keys, hash, number),
            1 => unlink::<u16>(keys, hash, number),
            _ => unlink::<u32>(keys, hash, number),
        }
        (*keys).version = 0;
        std::mem::replace(&mut *e, DictEntry { hash: 0, key: Value::NULL, value: Value::NULL })
    }
}

/// Moves all entries of `from` into `to`, which is empty and large enough, without the gaps of deleted ones.
///
/// # Safety
/// `from` is not used afterwards but to be freed.
pub(super) unsafe fn move_entries(from: *mut DictKeys, to: *mut DictKeys) {
    // SAFETY: by contract.
    unsafe { move_entries_behind(from, to, 0) };
}

/// [`move_entries`], behind as many deleted ones as `gap` says.
///
/// # Safety
/// As there; `to` has room for the gap as well.
pub(super) unsafe fn move_entries_behind(from: *mut DictKeys, to: *mut DictKeys, gap: usize) {
    unsafe fn copy<S: Slot>(
        from: *mut DictKeys,
        to: *mut DictKeys,
        gap: usize,
        is_str: impl Fn(Value) -> bool,
    ) {
        // SAFETY: `to` has room for the gap and all live entries.
        unsafe {
            for i in 0..gap {
                (*to).entries.add(i).write(DictEntry { hash: 0, key: Value::NULL, value: Value::NULL });
            }
            let mut number = gap;
            let mut all_str = true;
            for i in 0..(*from).entry_count as usize {
                let e = (*from).entries.add(i);
                if (*e).key.is_null() {
                    continue;
                }
                all_str = all_str && is_str((*e).key);
                put::<S>(to, (*e).hash, number);
                ptr::copy_nonoverlapping(e, (*to).entries.add(number), 1);
                number += 1;
            }
            (*to).entry_count = number as u32;
            (*to).usable -= number as u32;
            (*to).all_str = all_str;
        }
    }
    let is_str = |v| super::super::is_kind(v, taipan_layout::Kind::Str);
    // SAFETY: the width belongs to the new table.
    unsafe {
        match (*to).log2_index_width {
            0 => copy::<u8>(from, to, gap, is_str),
            1 => copy::<u16>(from, to, gap, is_str),
            _ => copy::<u32>(from, to, gap, is_str),
        }
    }
}

/// A copy of a table with references of its own; null when memory is exhausted.
///
/// # Safety
/// `keys` is a live table.
pub(super) unsafe fn duplicate(keys: *const DictKeys) -> *mut DictKeys {
    // SAFETY: both blocks have the same size, and the used part of the old one is initialised.
    unsafe {
        if keys == empty() {
            return empty();
        }
        let copy = allocate((*keys).log2_size);
        if copy.is_null() {
            return copy;
        }
        let index_bytes = (1usize << (*keys).log2_size) << (*keys).log2_index_width;
        ptr::copy_nonoverlapping(index(keys), index(copy), index_bytes);
        let count = (*keys).entry_count as usize;
        ptr::copy_nonoverlapping((*keys).entries, (*copy).entries, count);
        for i in 0..count {
            let e = (*copy).entries.add(i);
            incref((*e).key);
            incref((*e).value);
        }
        (*copy).entry_count = (*keys).entry_count;
        (*copy).usable = (*keys).usable;
        (*copy).all_str = (*keys).all_str;
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of fixnums, which need no reference counts, next to a plain model of it.
    struct Pair {
        keys: *mut DictKeys,
        model: Vec<(i64, i64)>,
    }

    impl Pair {
        fn entry(&self, key: i64) -> Option<i64> {
            // SAFETY: a live table.
            unsafe {
                find_str(self.keys, Value::fixnum(key), hash(key))
                    .map(|i| (*(*self.keys).entries.add(i)).value.as_fixnum())
            }
        }
        fn insert(&mut self, key: i64, value: i64) {
            // SAFETY: a live table with room for one more entry.
            unsafe {
                if (*self.keys).usable == 0 {
                    let to = allocate(log2_for(self.model.len() * 2 + 1).expect("small"));
                    move_entries(self.keys, to);
                    free(self.keys);
                    self.keys = to;
                }
                let e = DictEntry { hash: hash(key), key: Value::fixnum(key), value: Value::fixnum(value) };
                push(self.keys, e, false);
            }
            self.model.push((key, value));
        }
        fn remove(&mut self, key: i64) {
            // SAFETY: the key is there.
            unsafe {
                let i = find_str(self.keys, Value::fixnum(key), hash(key)).expect("in the model");
                remove(self.keys, i);
            }
            self.model.retain(|(k, _)| *k != key);
        }
        fn in_order(&self) -> Vec<(i64, i64)> {
            // SAFETY: a live table.
            unsafe {
                (0..(*self.keys).entry_count as usize)
                    .map(|i| &*(*self.keys).entries.add(i))
                    .filter(|e| !e.key.is_null())
                    .map(|e| (e.key.as_fixnum(), e.value.as_fixnum()))
                    .collect()
            }
        }
    }

    /// Few different low bits, so that probes are long.
    fn hash(key: i64) -> i64 {
        (key % 5) | (key << 20)
    }

    #[test]
    fn behaves_like_a_list_of_pairs() {
        let mut pair = Pair { keys: empty(), model: Vec::new() };
        let mut seed = 1u64;
        for step in 0..60_000i64 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            // Phases of growth to beyond the one- and two-byte indexes, and of shrinking.
            let range = if step < 45_000 { 90_000 } else { 200 };
            let key = (seed >> 33) as i64 % range;
            match pair.entry(key) {
                None => pair.insert(key, step),
                Some(_) if seed >> 20 & 3 == 0 => pair.remove(key),
                Some(_) => {}
            }
            if step % 7_500 == 0 {
                assert_eq!(pair.in_order(), pair.model);
                for (k, v) in &pair.model {
                    assert_eq!(pair.entry(*k), Some(*v));
                }
            }
        }
        assert_eq!(pair.in_order(), pair.model);
        // SAFETY: the table is not used any more.
        unsafe { destroy(pair.keys) };
    }

    #[test]
    fn special_slots_are_no_entry_numbers() {
        for log2 in MIN_LOG2..=20 {
            assert!(usable(log2) <= (1 << log2) - 2, "2^{log2}");
            let width = 8u32 << log2_width(log2);
            assert!(u32::from(log2) < width, "a bit of the hash at 2^{log2}");
        }
        assert_eq!(log2_for(5), Some(3));
        assert_eq!(log2_for(6), Some(4));
        assert_eq!(log2_for(1 << 40), None);
    }

    #[test]
    fn a_copy_has_the_same_entries() {
        let mut pair = Pair { keys: empty(), model: Vec::new() };
        for i in 0..100 {
            pair.insert(i * 3, i);
        }
        pair.remove(30);
        // SAFETY: both tables are live until they are destroyed.
        unsafe {
            let copy = Pair { keys: duplicate(pair.keys), model: Vec::new() };
            assert_eq!(copy.in_order(), pair.model);
            assert_eq!(copy.entry(33), Some(11));
            assert_eq!(copy.entry(30), None);
            assert_eq!((*copy.keys).version, 0);
            destroy(copy.keys);
            destroy(pair.keys);
        }
    }
}
