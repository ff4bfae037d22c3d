//! Which objects the collector knows, by generation.
//!
//! A generation is a list of cell addresses in the order in which objects came into it, plus a ring of large objects
//! (see `alloc`). An allocation appends to the youngest list, and a dying object does *not* take its entry out: an entry counts
//! only when its cell holds an object of that list's generation. A cell that was used again can be in a list twice;
//! then its last entry is the right one. So an object costs one store when it is made, and churn costs a pass over
//! the young list whenever that has filled up (which is also what counts the survivors).
//!
//! Pages are never unmapped, so looking at a stale entry is safe.

use std::ptr;

use taipan_layout::header::flag;
use taipan_layout::objects::Tuple;
use taipan_layout::{Header, Kind, Value};

use super::{FROZEN, GENERATIONS};
use crate::alloc::{LARGE, base_of, for_each_large, object_at, splice_rings};
use crate::vm::Vm;

/// Room that the young list has at least after it was tidied up: keeps tidying cheap when nearly everything in it lives.
const MIN_ROOM: usize = 1024;

const SCRATCH: u32 = flag::GC_CANDIDATE | flag::GC_REACHED | flag::GC_PASSED;

/// Words at the beginning of the young list that no cell's address equals: who frees a cell looks at the last two entries.
const SENTINELS: usize = 2;

pub struct Lists {
    /// The young list's memory; begins with [`SENTINELS`].
    young: *mut *mut u8,
    young_capacity: usize,
    /// Generations 1, 2 and the frozen one.
    old: [Vec<*mut u8>; 3],
}

impl Default for Lists {
    fn default() -> Self {
        Lists { young: ptr::null_mut(), young_capacity: 0, old: Default::default() }
    }
}

#[allow(
    clippy::mut_from_ref,
    reason = "under the interpreter lock; no caller keeps the borrow across Python code"
)]
fn lists(vm: &Vm) -> &mut Lists {
    // SAFETY: under the interpreter lock; no caller keeps the borrow across another call of this module.
    unsafe { &mut *vm.gc.lists.get() }
}

/// Makes the young list; runs before the first allocation.
pub fn start(vm: &Vm) {
    let capacity = 4096;
    // SAFETY: the thread state is ours; the list begins behind the sentinel.
    unsafe {
        let young = libc::malloc(capacity * size_of::<*mut u8>()) as *mut *mut u8;
        assert!(!young.is_null(), "start-up needs memory");
        young.write_bytes(0, SENTINELS);
        let l = lists(vm);
        (l.young, l.young_capacity) = (young, capacity);
        (*vm.ts()).young_top = young.add(SENTINELS);
        (*vm.ts()).young_end = young.add(capacity);
    }
}

/// The object that an entry of generation `generation` stands for; null when it is stale or the object is dying.
#[inline(always)]
unsafe fn entry(base: *mut u8, generation: usize) -> *mut Header {
    // SAFETY: entries are addresses of cells.
    unsafe {
        let object = object_at(base);
        if object.is_null() || (*object).rc <= 0 {
            return ptr::null_mut();
        }
        let flags = (*object).flags;
        let wanted = flag::GC | (generation as u32) << flag::GC_GENERATION_SHIFT;
        if flags & (flag::GC | flag::GC_GENERATION) == wanted { object } else { ptr::null_mut() }
    }
}

/// Makes the collector know an object again that it let go because of what it held.
///
/// # Safety
/// `object` is live, and of a type whose objects the collector knows.
#[inline]
pub unsafe fn track(vm: &Vm, object: *mut Header) {
    // SAFETY: by contract; as for a new object. Large ones stay in their ring.
    unsafe {
        if (*object).flags & flag::GC != 0 {
            return;
        }
        (*object).flags |= flag::GC;
        if (*object).flags & LARGE == 0 {
            let ts = vm.ts();
            *(*ts).young_top = base_of(object);
            (*ts).young_top = (*ts).young_top.add(1);
            if (*ts).young_top == (*ts).young_end {
                young_is_full(vm);
            }
        }
    }
}

/// Number of entries in the young list.
fn young_len(vm: &Vm) -> usize {
    // SAFETY: top lies in the list's memory, behind the sentinel.
    unsafe { (*vm.ts()).young_top.offset_from(lists(vm).young) as usize - SENTINELS }
}

/// Takes stale entries out of the young list, and tuples of atomic values, which need no collector. `incomplete`: so many
/// of the newest objects may not be filled in yet.
fn tidy_young(vm: &Vm, incomplete: usize) {
    // SAFETY: reads and writes stay inside of the list; marks are taken off again.
    unsafe {
        let first = lists(vm).young.add(SENTINELS);
        let end = (*vm.ts()).young_top;
        let mut to = end;
        let mut from = end;
        // Backwards, so that of several entries for a cell the last one stays.
        while from > first {
            from = from.sub(1);
            let object = entry(*from, 0);
            if !object.is_null() && (*object).flags & flag::GC_REACHED == 0 {
                let complete = end.offset_from(from) > incomplete as isize;
                if complete && (*object).is(Kind::Tuple) && is_atomic_tuple(object) {
                    (*object).flags &= !flag::GC;
                    continue;
                }
                (*object).flags |= flag::GC_REACHED;
                to = to.sub(1);
                *to = *from;
            }
        }
        let kept = end.offset_from(to) as usize;
        ptr::copy(to, first, kept);
        for i in 0..kept {
            (*object_at(*first.add(i))).flags &= !flag::GC_REACHED;
        }
        (*vm.ts()).young_top = first.add(kept);
    }
}

/// Objects in the youngest generation.
pub fn count_young(vm: &Vm) -> usize {
    tidy_young(vm, 0);
    young_len(vm) + vm.heap().large_young
}

/// The young list has reached its end: tidies it up, asks for a collection when one is due, makes room.
#[cold]
#[inline(never)]
pub fn young_is_full(vm: &Vm) {
    // The object that made the list full has nothing but a header yet.
    tidy_young(vm, 1);
    let live = young_len(vm);
    let threshold = vm.gc.threshold(0);
    let automatic = vm.gc.is_enabled() && threshold != 0 && !vm.gc.running.get();
    if automatic && live > threshold {
        super::request(vm);
    }
    let room = if automatic && live <= threshold {
        (threshold + 1 - live).max(MIN_ROOM.min(threshold + 1))
    } else {
        live.max(MIN_ROOM)
    };
    make_room(vm, live, room);
}

/// Sets the young list's end `room` entries behind the `live` ones that it has.
fn make_room(vm: &Vm, live: usize, room: usize) {
    let l = lists(vm);
    let needed = live + room + SENTINELS;
    // SAFETY: the list moves as a whole; top and end follow.
    unsafe {
        if needed > l.young_capacity {
            let moved = libc::realloc(l.young.cast(), needed * size_of::<*mut u8>()) as *mut *mut u8;
            if moved.is_null() {
                // Without memory the newest entry is given up: a cycle through that object would not be found.
                (*vm.ts()).young_top = (*vm.ts()).young_top.sub(1);
                return;
            }
            (l.young, l.young_capacity) = (moved, needed);
        }
        (*vm.ts()).young_top = l.young.add(SENTINELS + live);
        (*vm.ts()).young_end = l.young.add(needed);
    }
}

/// Sets the young list's end anew: after a collection and when the thresholds changed.
pub fn rearm(vm: &Vm) {
    young_is_full(vm);
}

/// All objects of `generation` and younger ones as candidates of a collection, oldest first, taken out of their lists.
/// Tuples of atomic values leave the collector's sight on the way. `None` when memory is exhausted.
pub fn gather(vm: &Vm, generation: usize) -> Option<Vec<*mut Header>> {
    let mut out: Vec<*mut Header> = Vec::new();
    let mut most = young_len(vm);
    for g in 1..=generation {
        most += lists(vm).old[g - 1].len();
    }
    for g in 0..=generation {
        for_each_large(vm, g, |_| most += 1);
    }
    out.try_reserve_exact(most).ok()?;
    // Backwards, youngest generation first: see the module's header for why; turned around at the end.
    for g in 0..=generation {
        for_each_large(vm, g, |object| {
            // SAFETY: rings hold live objects.
            unsafe {
                if (*object).rc > 0 && (*object).flags & flag::GC != 0 {
                    (*object).flags |= flag::GC_CANDIDATE;
                    out.push(object);
                }
            }
        });
        let mut add = |base: *mut u8| {
            // SAFETY: entries are addresses of cells; a live object's type is alive.
            unsafe {
                let object = entry(base, g);
                if object.is_null() || (*object).flags & flag::GC_CANDIDATE != 0 {
                    return;
                }
                if (*object).is(Kind::Tuple) && is_atomic_tuple(object) {
                    (*object).flags &= !(flag::GC | flag::GC_GENERATION);
                    return;
                }
                (*object).flags |= flag::GC_CANDIDATE;
                out.push(object);
            }
        };
        if g == 0 {
            // SAFETY: the list's entries lie between the sentinel and the top.
            unsafe {
                let first = lists(vm).young.add(SENTINELS);
                let mut from = (*vm.ts()).young_top;
                while from > first {
                    from = from.sub(1);
                    add(*from);
                }
                (*vm.ts()).young_top = first;
            }
        } else {
            let list = &mut lists(vm).old[g - 1];
            list.drain(..).rev().for_each(&mut add);
        }
    }
    let target = (generation + 1).min(GENERATIONS - 1);
    for g in 0..=generation {
        splice_rings(vm.heap(), g, target);
    }
    vm.heap().large_young = 0;
    out.reverse();
    Some(out)
}

/// Whether nothing in the tuple can ever be part of a cycle. A tuple that still has NULL words is being filled.
unsafe fn is_atomic_tuple(object: *mut Header) -> bool {
    // SAFETY: by the caller's knowledge the tuple's words are written.
    unsafe {
        let t = object as *mut Tuple;
        let items = std::slice::from_raw_parts(Tuple::items(t), (*t).length);
        items.iter().all(|v| if v.is_heap() { (*v.header()).flags & flag::GC == 0 } else { !v.is_null() })
    }
}

/// Enters objects into a generation's list.
pub fn promote(vm: &Vm, objects: &[*mut Header], generation: usize) {
    let list = &mut lists(vm).old[generation - 1];
    // Without memory a cycle through these objects will not be found.
    let room = list.try_reserve(objects.len()).is_ok();
    for &object in objects {
        // SAFETY: the objects are live.
        unsafe {
            let flags = (*object).flags & !(flag::GC_GENERATION | SCRATCH);
            (*object).flags = flags | (generation as u32) << flag::GC_GENERATION_SHIFT;
            if room && flags & LARGE == 0 {
                list.push(base_of(object));
            }
        }
    }
}

/// `gc.freeze()`: no collection looks any more at what exists now.
pub fn freeze(vm: &Vm) {
    if vm.gc.running.get() {
        return;
    }
    if let Some(all) = gather(vm, GENERATIONS - 1) {
        promote(vm, &all, FROZEN);
        splice_rings(vm.heap(), GENERATIONS - 1, FROZEN);
    }
}

/// `gc.unfreeze()`.
pub fn unfreeze(vm: &Vm) {
    if vm.gc.running.get() {
        return;
    }
    let frozen = objects(vm, Some(FROZEN));
    lists(vm).old[FROZEN - 1].clear();
    promote(vm, &frozen, GENERATIONS - 1);
    splice_rings(vm.heap(), FROZEN, GENERATIONS - 1);
}

/// The objects of a generation, or of all three, in order. `None`: without the frozen ones.
pub fn objects(vm: &Vm, generation: Option<usize>) -> Vec<*mut Header> {
    let wanted = match generation {
        Some(g) => g..g + 1,
        None => 0..GENERATIONS,
    };
    let mut out = Vec::new();
    for g in wanted.rev() {
        let mut add = |object: *mut Header| {
            // SAFETY: live objects; the mark keeps an object from being listed twice and is taken off below.
            unsafe {
                if !object.is_null() && (*object).flags & flag::GC_REACHED == 0 && is_known(object) {
                    (*object).flags |= flag::GC_REACHED;
                    out.push(object);
                }
            }
        };
        if g == 0 {
            tidy_young(vm, 0);
            for i in 0..young_len(vm) {
                // SAFETY: the entry lies in the list.
                unsafe { add(entry(*lists(vm).young.add(SENTINELS + i), 0)) };
            }
        } else {
            for base in &lists(vm).old[g - 1] {
                // SAFETY: entries are addresses of cells.
                unsafe { add(entry(*base, g)) };
            }
        }
        for_each_large(vm, g, &mut add);
    }
    for object in &out {
        // SAFETY: as above.
        unsafe { (**object).flags &= !flag::GC_REACHED };
    }
    out
}

/// Whether the collector knows the object.
pub fn is_tracked(v: Value) -> bool {
    // SAFETY: a heap word points to a live object.
    v.is_heap() && unsafe { is_known(v.header()) }
}

/// Built-in types live for ever, and tuples of atomic values are let go at the first look.
unsafe fn is_known(object: *mut Header) -> bool {
    // SAFETY: the object is live.
    unsafe {
        (*object).flags & flag::GC != 0
            && (*object).rc > 0
            && !((*object).is(Kind::Tuple) && is_atomic_tuple(object))
    }
}
