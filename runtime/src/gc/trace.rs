//! Which candidates are unreachable.
//!
//! 1. Every reference from a candidate to a candidate is subtracted from the target's count, in place. What is left of a
//!    count are references from outside.
//! 2. What an object with references from outside leads to is reachable; on the way its references are added again.
//! 3. The references of the candidates that were not reached are added again.
//!
//! So counts are wrong between the steps only, no side table is needed, and each object is traversed twice.
//! An automatic full collection first marks what the interpreter's own roots lead to (modules, built-in types, frames): in
//! most programs that is nearly everything, and it is traversed once only.
//!
//! Python can see the order of survivors, since finalisers run in it if they die in a later collection. It is
//! CPython's: who is reachable when its turn comes stays in place; who was passed over first goes to the end.
//!
//! There is no recursion: work lists have room for every candidate from the start.

use taipan_layout::header::{Header, Kind, flag};
use taipan_layout::objects::{Cell, Dict, Instance, List, Tuple};
use taipan_layout::{Frame, Value};

use crate::interp::frames;
use crate::objects::{TypeRef, for_each_type, tp_flags};
use crate::vm::Vm;

/// Calls `f` with every reference that `object` owns, in CPython's order. The commonest layouts are walked in place.
///
/// # Safety
/// `object` is live.
#[inline(always)]
pub unsafe fn for_each_child<F: FnMut(Value)>(object: *mut Header, f: &mut F) {
    // SAFETY: the kind byte says which layout the object has.
    unsafe {
        match (*object).kind_byte() {
            k if k == Kind::Tuple as u8 => {
                let t = object as *mut Tuple;
                for i in (0..(*t).length).rev() {
                    f(*Tuple::items(t).add(i));
                }
            }
            k if k == Kind::List as u8 => {
                let l = object as *mut List;
                for i in (0..(*l).length).rev() {
                    f(*(*l).items.add(i));
                }
            }
            k if k == Kind::Dict as u8 => {
                let keys = (*(object as *mut Dict)).keys;
                if !keys.is_null() {
                    let all_str = (*keys).all_str;
                    for i in 0..(*keys).entry_count as usize {
                        let entry = (*keys).entries.add(i);
                        // Strings are in no cycle.
                        if !all_str {
                            f((*entry).value);
                            f((*entry).key);
                        } else {
                            f((*entry).value);
                        }
                    }
                }
            }
            k if k == Kind::Cell as u8 => f((*(object as *mut Cell)).value),
            k if k == Kind::Instance as u8 => for_each_attribute(object, f),
            _ => {
                let ty = TypeRef::from_ptr((*(*object).shape).ty);
                if let Some(traverse) = ty.slots().traverse {
                    traverse(object, f);
                }
            }
        }
    }
}

/// [`for_each_child`] of a plain instance.
#[inline(always)]
unsafe fn for_each_attribute<F: FnMut(Value)>(object: *mut Header, f: &mut F) {
    // SAFETY: the object is an instance of a Python class that inherits from `object` alone; see `layout::Instance`.
    unsafe {
        let shape = (*object).shape;
        let ty = TypeRef::from_ptr((*shape).ty);
        let words = object as *mut u8;
        for offset in ty.slot_offsets.borrow().iter() {
            f(*(words.add(*offset as usize) as *mut Value));
        }
        if ty.has_flag(tp_flags::SHAPED) {
            f((*(object as *mut Instance)).extra);
            let attributes = words.add(ty.head.basicsize as usize) as *mut Value;
            for i in 0..(*shape).used_slots as usize {
                f(*attributes.add(i));
            }
        }
        f(ty.value());
    }
}

/// Whether `v` is one of the objects being examined.
#[inline(always)]
unsafe fn is_candidate(v: Value) -> bool {
    // SAFETY: a heap word points to a live object.
    v.is_heap() && unsafe { (*v.header()).flags & flag::GC_CANDIDATE != 0 }
}

/// Separates the unreachable objects from `candidates`, which keeps the others. The unreachable ones still have the flag
/// `GC_CANDIDATE` and hold one more reference each, which is the caller's to drop. `from_roots`: the interpreter's roots are
/// marked first, and what they lead to stays in its former order.
pub(super) fn unreachable(vm: &Vm, candidates: &mut Vec<*mut Header>, from_roots: bool) -> Vec<*mut Header> {
    let mut work: Vec<*mut Header> = Vec::new();
    let mut survivors: Vec<*mut Header> = Vec::new();
    let n = candidates.len();
    if work.try_reserve_exact(n).is_err() || survivors.try_reserve_exact(n).is_err() {
        return Vec::new();
    }
    // SAFETY: candidates are live, and nothing runs that could change them.
    unsafe {
        if from_roots {
            mark_from_roots(vm, &mut work);
            candidates.retain(|&object| {
                let candidate = (*object).flags & flag::GC_CANDIDATE != 0;
                if !candidate {
                    survivors.push(object);
                }
                candidate
            });
        }
        examine(candidates, &mut work, &mut survivors);
        let mut out = Vec::new();
        if out.try_reserve_exact(n - survivors.len()).is_ok() {
            for &object in candidates.iter() {
                if (*object).flags & flag::GC_REACHED == 0 {
                    (*object).rc += 1;
                    out.push(object);
                }
            }
            *candidates = survivors;
        }
        out
    }
}

/// Which of the objects that [`unreachable`] found are reachable after their finalisers ran: those get the flag
/// `GC_REACHED`.
pub(super) fn examine_again(garbage: &[*mut Header]) {
    let (mut work, mut survivors): (Vec<*mut Header>, Vec<*mut Header>) = (Vec::new(), Vec::new());
    let n = garbage.len();
    // SAFETY: as above; the collector's own reference is not one from outside.
    unsafe {
        if work.try_reserve_exact(n).is_err() || survivors.try_reserve_exact(n).is_err() {
            garbage.iter().for_each(|o| (**o).flags |= flag::GC_REACHED);
            return;
        }
        garbage.iter().for_each(|o| {
            (**o).rc -= 1;
            (**o).flags &= !(flag::GC_PASSED | flag::GC_REACHED);
        });
        examine(garbage, &mut work, &mut survivors);
        garbage.iter().for_each(|o| (**o).rc += 1);
    }
}

/// The three steps; reached candidates get the flag `GC_REACHED` and are appended to `survivors`. `work` and `survivors` have
/// room for all.
unsafe fn examine(candidates: &[*mut Header], work: &mut Vec<*mut Header>, survivors: &mut Vec<*mut Header>) {
    // SAFETY: by the caller's contract the candidates are live; children are live because they are referred to.
    unsafe {
        for &object in candidates {
            for_each_child(object, &mut |v| {
                if is_candidate(v) {
                    (*v.header()).rc -= 1;
                }
            });
        }
        let mut reach = |object: *mut Header, work: &mut Vec<*mut Header>| {
            survivors.push(object);
            for_each_child(object, &mut |v| {
                if is_candidate(v) {
                    let child = v.header();
                    (*child).rc += 1;
                    let flags = (*child).flags;
                    if flags & flag::GC_REACHED == 0 {
                        (*child).flags = flags | flag::GC_REACHED;
                        // Else its turn is still to come.
                        if flags & flag::GC_PASSED != 0 {
                            work.push(child);
                        }
                    }
                }
            });
        };
        for &object in candidates {
            let flags = (*object).flags;
            if flags & flag::GC_REACHED == 0 {
                if (*object).rc == 0 {
                    (*object).flags = flags | flag::GC_PASSED;
                    continue;
                }
                debug_assert!(
                    (*object).rc > 0,
                    "more references to a {} were reported than counted",
                    TypeRef::from_ptr((*(*object).shape).ty).name_str()
                );
                (*object).flags = flags | flag::GC_REACHED;
            }
            reach(object, work);
        }
        let mut next = 0;
        while next < work.len() {
            reach(work[next], work);
            next += 1;
        }
        for &object in candidates {
            if (*object).flags & flag::GC_REACHED == 0 {
                for_each_child(object, &mut |v| {
                    if is_candidate(v) {
                        (*v.header()).rc += 1;
                    }
                });
            }
        }
    }
}

/// Takes the flag `GC_CANDIDATE` off everything that modules, built-in types and the active frames lead to.
unsafe fn mark_from_roots(vm: &Vm, work: &mut Vec<*mut Header>) {
    // SAFETY: roots are live. Each object is pushed once at most: when it stops being a candidate.
    unsafe {
        let mark = |v: Value, work: &mut Vec<*mut Header>| {
            if is_candidate(v) {
                (*v.header()).flags &= !flag::GC_CANDIDATE;
                work.push(v.header());
            }
        };
        let state = &vm.state;
        for root in [&state.modules, &state.builtins, &state.sys_dict, &state.import_function] {
            if let Some(v) = root.get() {
                mark(v, work);
            }
        }
        for_each_type(&vm.types, |ty, _| {
            for v in [ty.dict.get(), ty.bases.get(), ty.mro.get()] {
                mark(v, work);
            }
        });
        let mut frame = frames::first_python((*vm.ts()).frame);
        while !frame.is_null() {
            mark((*frame).function, work);
            mark((*frame).locals, work);
            for i in 0..(*(*frame).code).nlocalsplus as usize {
                mark(*Frame::localsplus(frame).add(i), work);
            }
            frame = frames::first_python((*frame).previous);
        }
        while let Some(object) = work.pop() {
            for_each_child(object, &mut |v| mark(v, work));
        }
    }
}
