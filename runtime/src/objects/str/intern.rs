//! Strings that exist once: interned names, the empty string, the one-character strings of Latin-1; and the keyed
//! hash that all of them are found by.
//!
//! Equal interned strings are the same object, so comparing two of them is comparing addresses. The table does not
//! count as a reference: a string that dies takes itself out ([`forget`]). Names that the runtime itself uses
//! are immortal.
#![allow(unsafe_code, reason = "object layout")]

use hashbrown::HashTable;
use taipan_layout::Value;
use taipan_layout::header::{Header, IMMORTAL, flag};
use taipan_text::siphash::HashKey;

use super::build::{self, NewStr};
use super::codec_registry::Registry;
use super::kinds::{self, StrView, flags, object, view};
use crate::objects::{bytes, dict};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// All shared strings of an interpreter.
pub struct InternTable {
    strings: HashTable<Value>,
    recent: Recent,
    latin1: [Value; 256],
    empty: Value,
    key: Option<HashKey>,
    empty_bytes: Value,
    bytes: [Value; 256],
    /// Dict of the error handlers that Python code registered; NULL before the first one is asked for.
    error_handlers: Value,
    registry: Registry,
}

impl Default for InternTable {
    fn default() -> InternTable {
        InternTable {
            // A start has some 5,000.
            strings: HashTable::with_capacity(7_000),
            recent: Recent::default(),
            latin1: [Value::NULL; 256],
            empty: Value::NULL,
            key: None,
            empty_bytes: Value::NULL,
            bytes: [Value::NULL; 256],
            error_handlers: Value::NULL,
            registry: Registry::default(),
        }
    }
}

/// The ASCII strings that were interned last, each in the place that its first and last bytes say. Most names that are
/// interned are names that have just been interned: `self`, or `append`, in one function after the other. Finding one here
/// costs a fifth of hashing it with a key.
struct Recent(Box<[Value; RECENT]>);

const RECENT: usize = 4096;

impl Default for Recent {
    fn default() -> Recent {
        Recent(Box::new([Value::NULL; RECENT]))
    }
}

impl Recent {
    fn place(bytes: &[u8]) -> usize {
        let n = bytes.len() as u64;
        let word = |chunk: Option<&[u8; 8]>| chunk.map(|c| u64::from_le_bytes(*c));
        let half = |chunk: Option<&[u8; 4]>| chunk.map(|c| u64::from(u32::from_le_bytes(*c)));
        let (first, last) = match (word(bytes.first_chunk()), word(bytes.last_chunk())) {
            (Some(first), Some(last)) => (first, last),
            _ => match (half(bytes.first_chunk()), half(bytes.last_chunk())) {
                (Some(first), Some(last)) => (first, last),
                _ => bytes.first_chunk().zip(bytes.last_chunk()).map_or((0, 0), |(first, last)| {
                    (u64::from(u16::from_le_bytes(*first)), u64::from(u16::from_le_bytes(*last)))
                }),
            },
        };
        let mixed = (first ^ last.rotate_left(29) ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (64 - RECENT.ilog2())) as usize
    }

    #[inline]
    fn find(&self, place: usize, bytes: &[u8]) -> Option<Owned> {
        let v = self.0[place];
        if v.is_null() {
            return None;
        }
        // SAFETY: strings take themselves out before they are freed; one that waits for that has no references.
        let is_alive = unsafe { (*v.header()).rc } != 0;
        (is_alive && matches!(view(&v), StrView::One(own) if own == bytes)).then(|| v.own())
    }

    fn forget(&mut self, v: Value) {
        if let StrView::One(bytes) = view(&v) {
            let place = &mut self.0[Recent::place(bytes)];
            if *place == v {
                *place = Value::NULL;
            }
        }
    }
}

const NO_MEMORY: &str = "no memory for a name";

#[allow(clippy::mut_from_ref, reason = "under the interpreter lock; no caller keeps the borrow")]
#[inline(always)]
pub(super) fn table(vm: &Vm) -> &mut InternTable {
    // SAFETY: under the interpreter lock, and no caller keeps the borrow across a call that could come back here:
    // allocation never runs Python.
    unsafe { &mut *vm.interned.get() }
}

impl InternTable {
    #[inline(always)]
    pub(super) fn empty(&mut self, vm: &Vm) -> Value {
        if self.empty.is_null() {
            self.empty = make_shared(vm, StrView::EMPTY);
        }
        self.empty
    }

    #[inline(always)]
    pub(super) fn latin1(&mut self, vm: &Vm, c: u8) -> Value {
        let v = self.latin1[c as usize];
        if v.is_null() { self.make_latin1(vm, c) } else { v }
    }

    #[cold]
    fn make_latin1(&mut self, vm: &Vm, c: u8) -> Value {
        let v = make_shared(vm, StrView::One(&[c]));
        self.latin1[c as usize] = v;
        v
    }
}

/// An immortal interned string that is not in the table yet.
fn make_shared(vm: &Vm, text: StrView<'_>) -> Value {
    let mut s = NewStr::new(vm, text.len(), text.max_bound()).expect(NO_MEMORY);
    s.write(0, text);
    let v = s.finish().into_value();
    insert(vm, v);
    make_immortal(v);
    v
}

fn make_immortal(v: Value) {
    // SAFETY: `v` is a live heap object that the caller owns a reference to.
    unsafe { (*v.header()).rc = IMMORTAL };
}

fn insert(vm: &Vm, v: Value) {
    let h = hash(vm, v);
    // SAFETY: a live str under the lock.
    unsafe { (*v.header()).flags |= flag::STR_INTERNED };
    // SAFETY: the table holds live strs.
    table(vm).strings.insert_unique(h as u64, v, |other| unsafe { object(*other).hash } as u64);
}

/// The hash key of this process.
#[cold]
fn make_key(vm: &Vm) -> HashKey {
    match vm.config.hash_seed {
        Some(seed) => HashKey::from_seed(seed),
        None => {
            let mut bytes = [0u8; 16];
            // SAFETY: the buffer has the length given.
            let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
            assert_eq!(got, 16, "the system gave no random bytes for the hash key");
            HashKey::from_random(bytes)
        }
    }
}

#[inline]
pub(crate) fn hash_key(vm: &Vm) -> HashKey {
    match table(vm).key {
        Some(key) => key,
        None => *table(vm).key.insert(make_key(vm)),
    }
}

/// `hash(v)` of a `str` or an instance of a subclass, computed once per object.
#[inline]
pub fn hash(vm: &Vm, v: Value) -> i64 {
    // SAFETY: callers pass text.
    let cached = unsafe { object(v).hash };
    if cached != -1 { cached } else { compute_hash(vm, v) }
}

#[inline(never)]
fn compute_hash(vm: &Vm, v: Value) -> i64 {
    let h = hash_key(vm).hash(view(&v).bytes());
    // SAFETY: as in `hash`.
    unsafe { object(v).hash = h };
    h
}

/// Equal interned strings are the same object.
#[inline(always)]
pub fn is_interned(v: Value) -> bool {
    flags(v) & flag::STR_INTERNED != 0
}

/// The interned string with this text.
pub fn intern(vm: &Vm, text: &str) -> Owned {
    if !text.is_ascii() {
        let s = build::new(vm, text).expect(NO_MEMORY);
        return intern_value(vm, *s);
    }
    intern_ascii(vm, text.as_bytes())
}

/// The interned string of these ASCII characters.
pub fn intern_ascii(vm: &Vm, bytes: &[u8]) -> Owned {
    debug_assert!(bytes.is_ascii());
    match bytes {
        [] => return table(vm).empty(vm).own(),
        [one] => return table(vm).latin1(vm, *one).own(),
        _ => {}
    }
    let place = Recent::place(bytes);
    if let Some(found) = table(vm).recent.find(place, bytes) {
        return found;
    }
    let h = hash_key(vm).hash(bytes);
    let s = find(vm, h, StrView::One(bytes)).unwrap_or_else(|| {
        let s = build::from_ascii(vm, bytes).expect(NO_MEMORY);
        // SAFETY: a new string, whose hash this is.
        unsafe { object(*s).hash = h };
        insert(vm, *s);
        s
    });
    table(vm).recent.0[place] = *s;
    s
}

fn find(vm: &Vm, h: i64, text: StrView<'_>) -> Option<Owned> {
    let entry = table(vm).strings.find_entry(h as u64, |v| {
        // SAFETY: the table holds live strings.
        (unsafe { object(*v).hash == h }) && view(v).equals(text)
    });
    let entry = entry.ok()?;
    let v = *entry.get();
    // SAFETY: the object is still allocated.
    if unsafe { (*v.header()).rc } == 0 {
        // It waits for its destruction (see `alloc::dealloc`): make way for a new one.
        entry.remove();
        return None;
    }
    Some(v.own())
}

/// The interned string equal to `v`: `v` itself if there was none and it is an exact `str`.
pub fn intern_value(vm: &Vm, v: Value) -> Owned {
    let v = if kinds::is_exact(v) { v.own() } else { build::from_view(vm, view(&v)).expect(NO_MEMORY) };
    if is_interned(*v) {
        return v;
    }
    match view(&v) {
        StrView::One([]) => return table(vm).empty(vm).own(),
        StrView::One([one]) => return table(vm).latin1(vm, *one).own(),
        _ => {}
    }
    let h = hash(vm, *v);
    if let Some(found) = find(vm, h, view(&v)) {
        return found;
    }
    insert(vm, *v);
    v
}

/// An interned string that lives as long as the interpreter.
pub fn intern_static(vm: &Vm, text: &str) -> Value {
    let v = intern(vm, text).into_value();
    make_immortal(v);
    v
}

/// Takes a dying string out of the table.
///
/// # Safety
/// `this` is a `str` whose count has just become zero.
pub(super) unsafe fn forget(vm: &Vm, this: *mut Header) {
    let v = Value::from_ptr(this);
    if !is_interned(v) {
        return;
    }
    table(vm).recent.forget(v);
    // SAFETY: the object is still intact.
    let h = unsafe { object(v).hash };
    if let Ok(entry) = table(vm).strings.find_entry(h as u64, |other| *other == v) {
        entry.remove();
    }
}

/// The `bytes` object of one byte, or the empty one.
pub(in crate::objects) fn shared_bytes(vm: &Vm, byte: Option<u8>) -> PyResult {
    let place = |t: &'static mut InternTable| match byte {
        Some(b) => &mut t.bytes[b as usize],
        None => &mut t.empty_bytes,
    };
    // SAFETY: the table lives as long as the interpreter, which is never freed; see `table`.
    let table = || unsafe { &mut *vm.interned.get() };
    let v = *place(table());
    if !v.is_null() {
        return Ok(v.own());
    }
    let v = bytes::make_shared(vm, byte.as_slice())?.into_value();
    make_immortal(v);
    *place(table()) = v;
    Ok(v.own())
}

/// The registry of encodings.
#[allow(clippy::mut_from_ref, reason = "state of the interpreter, used under its lock")]
pub(super) fn registry(vm: &Vm) -> &mut Registry {
    &mut table(vm).registry
}

/// The dict of the error handlers that Python code registered.
pub(super) fn error_handlers(vm: &Vm) -> PyResult<Value> {
    if table(vm).error_handlers.is_null() {
        let d = dict::new(vm)?;
        table(vm).error_handlers = d.into_value();
    }
    Ok(table(vm).error_handlers)
}

/// How many strings are interned.
pub fn interned_count(vm: &Vm) -> usize {
    table(vm).strings.len()
}
