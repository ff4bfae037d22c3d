//! Owning references and the result types of everything that can raise.
//!
//! A [`Value`] is a plain word. As a parameter it is *borrowed*: the caller keeps it alive for the call.
//! What is read out of a mutable container and used across anything that may run Python must be made an
//! [`Owned`] first (`value.own()`): Python code may drop the container's reference.
//! `Owned` counts: cloning increments, dropping decrements and may run a finaliser. Do not drop one while
//! holding a Rust borrow into an object that Python can reach.

use std::num::NonZeroU64;
use std::ops::Deref;

use taipan_layout::{Header, Value};

use crate::alloc;

/// A reference that is counted; never NULL.
#[repr(transparent)]
pub struct Owned(NonZeroU64);

/// An exception is set in the thread state. Producing one means having set it (`vm.raise_…`); whoever
/// handles one takes it out with `vm.take_exception()`.
#[must_use]
#[derive(Debug)]
pub struct Raised(());

pub type PyResult<T = Owned> = Result<T, Raised>;

impl Raised {
    /// For the functions that have just set the exception.
    pub(crate) fn already_set() -> Raised {
        Raised(())
    }
}

impl Owned {
    /// Takes over the caller's reference.
    ///
    /// # Safety
    /// `value` is not NULL and the caller owns one reference to it, which it gives up.
    #[inline(always)]
    pub unsafe fn from_owned(value: Value) -> Owned {
        debug_assert!(!value.is_null());
        // SAFETY: the word of a non-NULL value is not zero.
        Owned(unsafe { NonZeroU64::new_unchecked(value.0) })
    }

    /// Gives the reference up without dropping it.
    #[inline(always)]
    pub fn into_value(self) -> Value {
        let v = Value(self.0.get());
        std::mem::forget(self);
        v
    }

    #[inline(always)]
    pub fn value(&self) -> Value {
        Value(self.0.get())
    }

    /// A new object just allocated with a count of one.
    #[inline(always)]
    pub fn from_new<T>(object: *mut T) -> Owned {
        // SAFETY: allocation gave the only reference to the caller.
        unsafe { Owned::from_owned(Value::from_ptr(object)) }
    }

    pub fn fixnum(i: i64) -> Owned {
        Value::fixnum(i).own()
    }
    pub fn none() -> Owned {
        Value::NONE.own()
    }
    pub fn bool(b: bool) -> Owned {
        Value::bool(b).own()
    }
    pub fn not_implemented() -> Owned {
        Value::NOT_IMPLEMENTED.own()
    }
}

impl Deref for Owned {
    type Target = Value;
    #[inline(always)]
    fn deref(&self) -> &Value {
        // SAFETY: both are transparent wrappers of one 64-bit word.
        unsafe { &*(self as *const Owned as *const Value) }
    }
}

impl Clone for Owned {
    #[inline(always)]
    fn clone(&self) -> Owned {
        self.value().own()
    }
}

impl Drop for Owned {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: this is the reference that `self` owns.
        unsafe { decref(self.value()) }
    }
}

impl From<bool> for Owned {
    fn from(b: bool) -> Owned {
        Owned::bool(b)
    }
}

/// Counting on plain words.
pub trait Counted {
    /// A counted reference to the same object.
    fn own(self) -> Owned;
}

impl Counted for Value {
    #[inline(always)]
    fn own(self) -> Owned {
        incref(self);
        // SAFETY: the increment above made the reference.
        unsafe { Owned::from_owned(self) }
    }
}

#[inline(always)]
pub fn incref(v: Value) {
    if v.is_heap() {
        // SAFETY: a heap word points to a live object while somebody owns it, which the caller does.
        unsafe {
            crate::gc::verify::note(v, 1);
            let h = v.header();
            let rc = (*h).rc;
            if rc >= 0 {
                (*h).rc = rc + 1;
            }
        }
    }
}

/// Whether all words are numbers without an object: there is nothing to count. Most arrays are either full of them or free of
/// them, so that the first word answers for the latter, and the others are looked at without a branch for each.
#[inline(always)]
fn are_numbers(words: &[Value]) -> bool {
    let number = |w: &Value| w.0 | w.0 >> 1;
    words.first().is_none_or(|w| number(w) & 1 != 0)
        && words.iter().fold(1, |all, w| all & number(w)) & 1 != 0
}

/// Copies words and takes a reference to each.
///
/// # Safety
/// `to` has room for all of them and does not overlap.
#[inline]
pub unsafe fn copy_words(from: &[Value], to: *mut Value) {
    if from.is_empty() {
        return;
    }
    // SAFETY: by contract.
    unsafe {
        if !are_numbers(from) {
            for v in from {
                incref(*v);
            }
        }
        std::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len());
    }
}

/// Gives up the references in an array, the last one first.
///
/// # Safety
/// As for [`decref`], for each of them.
#[inline]
pub unsafe fn drop_words(words: *mut Value, count: usize) {
    // SAFETY: by contract.
    unsafe {
        if count == 0 || are_numbers(std::slice::from_raw_parts(words, count)) {
            return;
        }
        for i in (0..count).rev() {
            decref(*words.add(i));
        }
    }
}

/// Gives up one reference.
///
/// # Safety
/// The caller owns a reference to `v` (or `v` is NULL or an immediate) and does not use it afterwards.
#[inline(always)]
pub unsafe fn decref(v: Value) {
    if v.is_heap() {
        // SAFETY: the object is alive, since the caller owns a reference.
        unsafe {
            crate::gc::verify::note(v, -1);
            let h: *mut Header = v.header();
            let rc = (*h).rc;
            if rc > 1 {
                (*h).rc = rc - 1;
            } else if rc >= 0 {
                (*h).rc = 0;
                alloc::dealloc(h);
            }
        }
    }
}

/// Replaces the word at `place`, which owns its reference, and drops the old one after the store.
///
/// # Safety
/// `place` is valid and its word is owned.
#[inline(always)]
pub unsafe fn replace(place: *mut Value, new: Option<Owned>) {
    // SAFETY: as the caller promises; the old reference is dropped last because it may run Python.
    unsafe {
        let old = *place;
        *place = new.map_or(Value::NULL, Owned::into_value);
        decref(old);
    }
}
