//! Watching a dict: code that promoted a global or builtin name to a constant must hear when the binding changes.
//!
//! A dict has a bit per watcher ([`Dict::watchers`]); each watcher is a row of [`WATCHERS`] and is called before the change
//! with the key concerned, or NULL when all keys go. The table is constant, so nothing is shared between interpreters.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::Value;
use taipan_layout::header::flag;
use taipan_layout::objects::Dict;

use crate::vm::Vm;

/// Runs no Python code and does not touch the dict.
pub type Watcher = fn(&Vm, dict: Value, key: Value);

/// The watcher of bit `i` is row `i`.
pub static WATCHERS: &[Watcher] = &[crate::tier2::invalidate::dict_changed];

/// From now on watcher `number` hears of changes of `d`.
pub fn watch(d: Value, number: usize) {
    debug_assert!(number < WATCHERS.len());
    let p: *mut Dict = d.as_ptr();
    // SAFETY: a live dict.
    unsafe {
        (*p).watchers |= 1 << number;
        (*p).header.flags |= flag::DICT_WATCHED;
    }
}

/// Tells the watchers of `p` that `key` is about to change.
///
/// # Safety
/// `p` is a live dict.
#[inline(always)]
pub(super) unsafe fn notify(vm: &Vm, p: *mut Dict, key: Value) {
    // SAFETY: by contract.
    unsafe {
        if (*p).watchers != 0 {
            call(vm, p, key);
        }
    }
}

#[cold]
unsafe fn call(vm: &Vm, p: *mut Dict, key: Value) {
    // SAFETY: by contract of `notify`.
    let bits = unsafe { (*p).watchers };
    for (i, watcher) in WATCHERS.iter().enumerate() {
        if bits & 1 << i != 0 {
            watcher(vm, Value::from_ptr(p), key);
        }
    }
}
