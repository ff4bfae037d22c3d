//! What happens to unreachable objects, in CPython's order (PEP 442):
//!
//! 1. weak references to them die, and callbacks of weak references that are themselves reachable run;
//! 2. finalisers run, each object's once in its life;
//! 3. what a finaliser made reachable again, and all that this leads to, stays;
//! 4. the others give up their references (`clear`), and so the counts of all of them reach zero.
//!
//! All along each of the objects is held by one reference of the collector, so that whatever Python code does, none of them
//! goes away before its turn.

use taipan_layout::header::flag;
use taipan_layout::{Header, Value};

use super::{debug, lists, trace};
use crate::alloc::splice_rings;
use crate::objects::{TypeRef, list, weakref};
use crate::owned::decref;
use crate::protocol;
use crate::vm::Vm;

unsafe fn type_of(object: *mut Header) -> TypeRef {
    // SAFETY: the object is live.
    unsafe { TypeRef::from_ptr((*(*object).shape).ty) }
}

/// Disposes of the objects that `trace::unreachable` found; how many stayed unreachable. Survivors go to generation
/// `target`.
pub(super) fn dispose(vm: &Vm, garbage: Vec<*mut Header>, target: usize) -> usize {
    if garbage.is_empty() {
        return 0;
    }
    if vm.gc.debug_flags() & debug::COLLECTABLE != 0 {
        for &object in &garbage {
            // SAFETY: held by the collector.
            eprintln!("gc: collectable <{} {object:p}>", unsafe { type_of(object) }.name_str());
        }
    }
    clear_weak_references(vm, &garbage);
    // SAFETY: the collector holds each object.
    unsafe {
        if run_finalizers(vm, &garbage) {
            trace::examine_again(&garbage);
        }
    }
    // From here on the objects are ordinary ones again; those that die leave stale entries.
    // SAFETY: as above.
    let lost: Vec<bool> = garbage.iter().map(|o| unsafe { (**o).flags } & flag::GC_REACHED == 0).collect();
    lists::promote(vm, &garbage, target);
    splice_rings(vm.heap(), 0, target);
    let found = lost.iter().filter(|l| **l).count();
    let save_all = vm.gc.debug_flags() & debug::SAVEALL != 0;
    for (&object, lost) in garbage.iter().zip(lost) {
        let v = Value::from_ptr(object);
        // SAFETY: the collector's reference keeps the object through `clear` and is then dropped.
        unsafe {
            if lost && save_all {
                save(vm, v);
            } else if lost && (*object).flags & flag::DEAD == 0 {
                let slots = type_of(object).slots();
                if let Some(clear) = slots.clear {
                    let saved = protocol::object::save_exception(vm);
                    clear(vm, object);
                    protocol::object::restore_saved(vm, saved);
                }
            }
            decref(v);
        }
    }
    found
}

/// `DEBUG_SAVEALL`: the object goes to `gc.garbage` instead of being freed.
fn save(vm: &Vm, object: Value) {
    let Ok((_, garbage)) = super::python_lists(vm) else { return };
    if let Err(raised) = list::append(vm, *garbage, object) {
        vm.discard(raised);
    }
}

/// All weak references die before the first callback runs, so that no Python code gets hold of an unreachable object.
fn clear_weak_references(vm: &Vm, garbage: &[*mut Header]) {
    let mut calls = Vec::new();
    for &object in garbage {
        // SAFETY: the collector holds the object, and the table holds live reference objects.
        unsafe {
            if (*object).flags & flag::WEAKREFS != 0 {
                let is_garbage = |r: Value| (*r.header()).flags & flag::GC_CANDIDATE != 0;
                calls.extend(weakref::detach(vm, Value::from_ptr(object), is_garbage));
            }
        }
    }
    weakref::run_callbacks(vm, calls);
}

/// Runs the finalisers that have not run yet; whether there were any.
unsafe fn run_finalizers(vm: &Vm, garbage: &[*mut Header]) -> bool {
    let mut any = false;
    for &object in garbage {
        // SAFETY: the collector holds the object.
        unsafe {
            if (*object).flags & flag::FINALIZED != 0 {
                continue;
            }
            if let Some(finalize) = type_of(object).slots().finalize {
                (*object).flags |= flag::FINALIZED;
                any = true;
                let saved = protocol::object::save_exception(vm);
                finalize(vm, Value::from_ptr(object));
                protocol::object::restore_saved(vm, saved);
            }
        }
    }
    any
}
