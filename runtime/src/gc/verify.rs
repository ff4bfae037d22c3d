//! Checks of the object model for debug builds, under `TAIPAN_GC_VERIFY=1`: every `traverse` must report exactly the
//! references that the type's `dealloc` gives up.
//!
//! When an object dies, what it reports is compared with the counts that `dealloc` takes away. All that was reported is
//! kept alive meanwhile, so that nothing else dies in between; objects that are unknown to the collector do not count, since
//! no cycle goes through them.

#[cfg(debug_assertions)]
pub use on::{check, configure, is_on, note};

#[cfg(debug_assertions)]
mod on {
    use std::cell::{Cell, RefCell};
    use std::collections::HashMap;

    use taipan_layout::header::flag;
    use taipan_layout::{Header, Value};

    use crate::objects::TypeRef;
    use crate::objects::slots::DeallocFn;
    use crate::owned::{decref, incref};
    use crate::vm::Vm;

    thread_local! {
        static ON: Cell<bool> = const { Cell::new(false) };
        /// Counts taken away, for each `dealloc` that is running; the innermost is last.
        static LOGS: RefCell<Vec<HashMap<u64, i64>>> = const { RefCell::new(Vec::new()) };
    }

    pub fn configure() {
        ON.set(std::env::var_os("TAIPAN_GC_VERIFY").is_some_and(|v| !v.is_empty() && v != "0"));
    }

    #[inline]
    pub fn is_on() -> bool {
        ON.get()
    }

    unsafe fn counts(v: Value) -> bool {
        // SAFETY: a heap word points to a live object.
        v.is_heap() && unsafe { (*v.header()).rc >= 0 && (*v.header()).flags & flag::GC != 0 }
    }

    /// A count changed by `change`.
    #[inline]
    pub fn note(v: Value, change: i64) {
        // SAFETY: the caller owns a reference.
        if ON.get() && unsafe { counts(v) } {
            LOGS.with_borrow_mut(|logs| {
                if let Some(log) = logs.last_mut() {
                    *log.entry(v.0).or_default() -= change;
                }
            });
        }
    }

    /// Runs `dealloc` and reports how it differs from the type's `traverse`.
    ///
    /// # Safety
    /// As for `dealloc`.
    pub unsafe fn check(vm: &Vm, object: *mut Header, dealloc: DeallocFn) {
        // SAFETY: the object is dying, its type alive; what it refers to is held by the references taken here.
        unsafe {
            let ty = TypeRef::from_ptr((*(*object).shape).ty);
            let mut reported: Vec<Value> = Vec::new();
            if let Some(traverse) = ty.slots().traverse {
                traverse(object, &mut |v| {
                    if counts(v) {
                        reported.push(v);
                    }
                });
            }
            let tracked = (*object).flags & flag::GC != 0;
            reported.iter().for_each(|v| incref(*v));
            LOGS.with_borrow_mut(|logs| logs.push(HashMap::new()));
            dealloc(vm, object);
            let mut log = LOGS.with_borrow_mut(|logs| logs.pop().unwrap_or_default());
            for v in &reported {
                *log.entry(v.0).or_default() -= 1;
            }
            // The reference to its class is given up by the caller.
            if ty.is_heap_type() {
                *log.entry(ty.value().0).or_default() += 1;
            }
            for (word, difference) in log {
                if difference == 0 || !tracked {
                    continue;
                }
                let child = Value(word);
                let known = reported.contains(&child);
                let what = if known || child == ty.value() {
                    crate::objects::type_of(vm, child).name_str()
                } else {
                    "an object that it does not report".to_owned()
                };
                eprintln!(
                    "gc verify: the dealloc of {} gave up {difference:+} references to {what} beyond those reported",
                    ty.name_str()
                );
            }
            LOGS.with_borrow_mut(|logs| logs.push(HashMap::new()));
            reported.iter().for_each(|v| decref(*v));
            LOGS.with_borrow_mut(|logs| logs.pop());
        }
    }
}

#[cfg(not(debug_assertions))]
mod off {
    use taipan_layout::{Header, Value};

    use crate::objects::slots::DeallocFn;
    use crate::vm::Vm;

    pub fn configure() {}
    #[inline(always)]
    pub fn is_on() -> bool {
        false
    }
    #[inline(always)]
    pub fn note(_: Value, _: i64) {}

    /// # Safety
    /// As for `dealloc`.
    pub unsafe fn check(vm: &Vm, object: *mut Header, dealloc: DeallocFn) {
        // SAFETY: passed on.
        unsafe { dealloc(vm, object) }
    }
}
#[cfg(not(debug_assertions))]
pub use off::{check, configure, is_on, note};
