//! What happens to unreachable objects, in CPython's order (PEP 442):
//!
//! 1. weak references to them die, and callbacks of weak references that are themselves reachable run;
//! 2. finalisers run, each object's once in its life;
//! 3. what a finaliser made reachable again, and all that this leads to, stays;
//! 4. the others give up their references (`clear`), and so the counts of all of them reach zero.
//!
//! All along each of the objects is held by one reference of the collector, so that whatever Python code does, none of them
//! goes away before its turn.

use std::collections::HashSet;

use taipan_layout::header::flag;
use taipan_layout::objects::Instance;
use taipan_layout::{Header, Value};

use super::{debug, lists, trace};
use crate::objects::{TypeRef, list, tp_flags, weakref};
use crate::owned::decref;
use crate::protocol;
use crate::vm::Vm;

unsafe fn type_of(object: *mut Header) -> TypeRef {
    // SAFETY: the object is live.
    unsafe { TypeRef::from_ptr((*(*object).shape).ty) }
}

/// Disposes of the objects that `trace::unreachable` found; how many stayed unreachable. Survivors go to generation
/// `target`.
pub(super) fn dispose(vm: &Vm, mut garbage: Vec<*mut Header>, target: usize) -> usize {
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
            release_dead(&mut garbage);
            trace::examine_again(&garbage);
        }
    }
    // From here on the objects are ordinary ones again; those that die leave stale entries.
    // SAFETY: as above.
    let lost: Vec<bool> = garbage.iter().map(|o| unsafe { (**o).flags } & flag::GC_REACHED == 0).collect();
    lists::promote(vm, &garbage, target);
    let lost_objects = || garbage.iter().zip(&lost).filter(|(_, l)| **l).map(|(o, _)| *o);
    // SAFETY: as above.
    let hidden = lost_objects().filter(|o| unsafe { has_hidden_dict(*o) }).count();
    let found = lost_objects().count() - hidden;
    let save_all = vm.gc.debug_flags() & debug::SAVEALL != 0;
    for (&object, &lost) in garbage.iter().zip(&lost) {
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

/// Whether the object is a plain instance whose attributes are in a dict that nobody else holds (but the collector): where
/// such attributes are is not Python's business, so the dict does not count as an object found.
unsafe fn has_hidden_dict(object: *mut Header) -> bool {
    // SAFETY: the flag says that the object is a plain instance and has a dict.
    unsafe {
        let ty = type_of(object);
        ty.has_flag(tp_flags::SHAPED) && (*object).flags & flag::INSTANCE_HAS_DICT != 0 && {
            let dict = (*(object as *mut Instance)).extra;
            dict.is_heap() && (*dict.header()).rc == 2
        }
    }
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

/// Finalisers may have ended cycles themselves: what is held by the collector alone is dead already, and with it what only
/// such objects refer to. It does not count as found.
unsafe fn release_dead(garbage: &mut Vec<*mut Header>) {
    // SAFETY: the collector holds each object; one that nobody else holds is given up once.
    unsafe {
        let is_dead = |object: *mut Header| (*object).rc == 1;
        let mut work: Vec<*mut Header> = garbage.iter().copied().filter(|o| is_dead(*o)).collect();
        if work.is_empty() {
            return;
        }
        let mut dead: HashSet<*mut Header> = work.iter().copied().collect();
        while let Some(object) = work.pop() {
            let mut children = Vec::new();
            trace::for_each_child(object, &mut |v| {
                if v.is_heap() && (*v.header()).flags & flag::GC_CANDIDATE != 0 {
                    children.push(v.header());
                }
            });
            decref(Value::from_ptr(object));
            for child in children {
                if !dead.contains(&child) && is_dead(child) {
                    dead.insert(child);
                    work.push(child);
                }
            }
        }
        garbage.retain(|o| !dead.contains(o));
    }
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
