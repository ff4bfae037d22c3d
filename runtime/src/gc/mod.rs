//! The cycle collector: finds objects that refer to each other but are reachable from nowhere else.
//!
//! Reference counts free nearly everything at once; this module exists for cycles. The algorithm is CPython's (Neil
//! Schemenauer, Tim Peters): a reference count that the references between the examined objects explain completely means
//! that nobody outside holds the object. It needs no roots, so native code and machine code may keep references
//! wherever they like.
//!
//! | module | holds |
//! |---|---|
//! | `lists` | which objects exist, by generation |
//! | `trace` | which of them are unreachable |
//! | `garbage` | weak references, finalisers and the breaking of cycles (PEP 442) |
//! | `verify` | the check of every `traverse` against `dealloc` (`TAIPAN_GC_VERIFY`) |
//! | `shutdown` | the end of the interpreter |
//!
//! Three generations, as CPython 3.14 shows them: what survives a collection moves to the next older one, and the oldest is
//! looked at when as much has been added to it as it had (so that all collections together cost time linear in what the
//! program allocates).
//!
//! **Invariants.** A collection starts at a leave check or in `gc.collect()`, never in an allocation. Every object that may
//! be in a cycle has the flag `GC`, and its type a `traverse` that reports exactly the references that its `dealloc`
//! gives up (borrowed words are not reported). While counts are changed temporarily no Python code runs. Before the first
//! finaliser runs, all counts are right again and each unreachable object is held by one reference of the collector.

mod garbage;
pub mod lists;
pub mod shutdown;
mod trace;
pub mod verify;

pub use trace::for_each_child;

use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::Ordering;
use std::time::Instant;

use taipan_layout::Value;
use taipan_layout::thread::leave;

use crate::alloc::splice_rings;
use crate::objects::{dict, exceptions, list, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// `gc.set_debug`.
pub mod debug {
    pub const STATS: i32 = 1;
    pub const COLLECTABLE: i32 = 2;
    pub const UNCOLLECTABLE: i32 = 4;
    pub const SAVEALL: i32 = 32;
    pub const LEAK: i32 = COLLECTABLE | UNCOLLECTABLE | SAVEALL;
}

/// Generations that Python sees.
pub const GENERATIONS: usize = 3;
/// The generation of frozen objects, which no collection looks at.
pub const FROZEN: usize = 3;

/// What `gc.get_stats()` tells of a generation.
#[derive(Clone, Copy, Default)]
pub struct Stats {
    pub collections: u64,
    pub collected: u64,
}

/// State of the collector; one for each interpreter.
pub struct Collector {
    enabled: Cell<bool>,
    running: Cell<bool>,
    thresholds: [Cell<i32>; GENERATIONS],
    /// Collections of the next younger generation since this one was looked at; the first is unused (the list of young objects
    /// is counted).
    counts: [Cell<i32>; GENERATIONS],
    /// Objects in the oldest generation when it was last looked at, and objects added since.
    long_lived_total: Cell<usize>,
    long_lived_pending: Cell<usize>,
    debug: Cell<i32>,
    stats: [Cell<Stats>; GENERATIONS],
    /// `gc.callbacks` and `gc.garbage`: lists, made with the module.
    callbacks: Cell<Option<Value>>,
    garbage: Cell<Option<Value>>,
    lists: UnsafeCell<lists::Lists>,
    /// Collections in a row that were due and found nothing.
    idle: Cell<u32>,
    /// `TAIPAN_GC_STRESS`: collect at every so many leave checks; 0: only when due.
    stress: Cell<u32>,
    stress_count: Cell<u32>,
}

impl Default for Collector {
    fn default() -> Self {
        Collector {
            enabled: Cell::new(true),
            running: Cell::new(false),
            thresholds: [Cell::new(2000), Cell::new(10), Cell::new(10)],
            counts: Default::default(),
            long_lived_total: Cell::new(0),
            long_lived_pending: Cell::new(0),
            debug: Cell::new(0),
            stats: Default::default(),
            callbacks: Cell::new(None),
            garbage: Cell::new(None),
            lists: Default::default(),
            idle: Cell::new(0),
            stress: Cell::new(0),
            stress_count: Cell::new(0),
        }
    }
}

impl Collector {
    pub fn is_enabled(&self) -> bool {
        self.enabled.get()
    }
    /// Allocations beyond which a generation is due, never negative.
    pub fn threshold(&self, generation: usize) -> usize {
        self.thresholds[generation].get().max(0) as usize
    }
    pub fn thresholds(&self) -> [i32; GENERATIONS] {
        [0, 1, 2].map(|g| self.thresholds[g].get())
    }
    pub fn debug_flags(&self) -> i32 {
        self.debug.get()
    }
    pub fn set_debug_flags(&self, flags: i32) {
        self.debug.set(flags);
    }
    pub fn stats(&self) -> [Stats; GENERATIONS] {
        [0, 1, 2].map(|g| self.stats[g].get())
    }
    fn flag(&self, bit: i32) -> bool {
        self.debug.get() & bit != 0
    }
}

pub fn set_enabled(vm: &Vm, on: bool) {
    vm.gc.enabled.set(on);
    lists::rearm(vm);
}

pub fn set_thresholds(vm: &Vm, values: &[i32]) {
    for (cell, value) in vm.gc.thresholds.iter().zip(values) {
        cell.set(*value);
    }
    lists::rearm(vm);
}

/// `gc.get_count()`.
pub fn counts(vm: &Vm) -> [usize; GENERATIONS] {
    let young = lists::count_young(vm);
    [young, vm.gc.counts[1].get() as usize, vm.gc.counts[2].get() as usize]
}

/// `gc.callbacks` and `gc.garbage`, made when the module `gc` is.
pub fn python_lists(vm: &Vm) -> PyResult<(Owned, Owned)> {
    let get = |cell: &Cell<Option<Value>>| match cell.get() {
        Some(v) => Ok(v.own()),
        None => {
            let made = list::new(vm, Vec::new())?;
            cell.set(Some(made.clone().into_value()));
            Ok(made)
        }
    };
    Ok((get(&vm.gc.callbacks)?, get(&vm.gc.garbage)?))
}

/// Asks for a collection at the next leave check.
pub fn request(vm: &Vm) {
    // SAFETY: the thread state is ours.
    unsafe { (*vm.ts()).leave.fetch_or(leave::COLLECT, Ordering::Relaxed) };
}

/// Reads `TAIPAN_GC_STRESS` and `TAIPAN_GC_VERIFY`, the collector's testing aids.
pub fn configure(vm: &Vm) {
    if let Some(n) = std::env::var("TAIPAN_GC_STRESS").ok().and_then(|n| n.parse().ok()) {
        vm.gc.stress.set(n);
        request(vm);
    }
    verify::configure();
}

/// Moves what lives to the oldest generation as it is: what the start made stays. The program's own objects are then the young
/// ones, in an order that does not depend on what was made before.
pub fn settle_start(vm: &Vm) {
    let oldest = GENERATIONS - 1;
    if vm.gc.running.get() {
        return;
    }
    if let Some(all) = lists::gather(vm, oldest) {
        lists::promote(vm, &all, oldest);
        splice_rings(vm.heap(), oldest, oldest);
        vm.gc.long_lived_total.set(all.len());
    }
    vm.gc.counts.iter().for_each(|count| count.set(0));
    lists::rearm(vm);
    if vm.gc.stress.get() == 0 {
        // A collection that became due on the way is not.
        // SAFETY: the thread state is ours.
        unsafe { (*vm.ts()).leave.fetch_and(!leave::COLLECT, Ordering::Relaxed) };
    }
}

/// Serves the leave word's [`leave::COLLECT`].
pub fn collect_when_due(vm: &Vm) {
    if vm.gc.stress.get() != 0 {
        stress(vm);
        return;
    }
    if !vm.gc.enabled.get() || vm.gc.running.get() {
        return;
    }
    let due = |g: usize| vm.gc.counts[g].get() > vm.gc.thresholds[g].get();
    // The oldest generation is only looked at when it has doubled: the total cost stays linear.
    let doubled = vm.gc.long_lived_pending.get() > vm.gc.long_lived_total.get();
    let generation = if due(2) && doubled {
        2
    } else if due(1) {
        1
    } else {
        0
    };
    run(vm, generation, Reason::Due);
}

/// Due collections of young objects in a row that find nothing, before only every so many-th examines its objects; the others
/// move what lives to the oldest generation as it is. A program that makes no cycles then pays little for its live
/// objects; one that begins to is noticed after as many collections, and what went unexamined is found by the next full
/// collection.
const IDLE_LIMIT: u32 = 4;
const IDLE_STEP: u32 = 8;

/// Under `TAIPAN_GC_STRESS` each check counts; every 500th collection is a full one.
fn stress(vm: &Vm) {
    let n = vm.gc.stress_count.get().wrapping_add(1);
    vm.gc.stress_count.set(n);
    if n.is_multiple_of(vm.gc.stress.get()) && vm.gc.enabled.get() && !vm.gc.running.get() {
        let turn = n / vm.gc.stress.get();
        let generation = if turn.is_multiple_of(500) {
            2
        } else if turn.is_multiple_of(10) {
            1
        } else {
            0
        };
        run(vm, generation, if turn.is_multiple_of(1000) { Reason::Due } else { Reason::Asked });
    }
    request(vm);
}

/// Collects `generation` and all younger ones; the number of unreachable objects found. Nothing happens while another
/// collection is running.
pub fn collect(vm: &Vm, generation: usize) -> usize {
    run(vm, generation, Reason::Asked)
}

/// Why a collection runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    Due,
    Asked,
    /// The interpreter ends: nobody is told.
    Shutdown,
}

fn run(vm: &Vm, generation: usize, reason: Reason) -> usize {
    if vm.gc.running.replace(true) {
        return 0;
    }
    let saved = protocol::object::save_exception(vm);
    let tell = |phase: &str, collected: usize| {
        if reason != Reason::Shutdown {
            run_callbacks(vm, phase, generation, collected);
        }
    };
    tell("start", 0);
    let collected = collect_now(vm, generation, reason);
    tell("stop", collected);
    protocol::object::restore_saved(vm, saved);
    vm.gc.running.set(false);
    lists::rearm(vm);
    collected
}

fn collect_now(vm: &Vm, generation: usize, reason: Reason) -> usize {
    let start = Instant::now();
    let gc = &vm.gc;
    if gc.flag(debug::STATS) {
        eprintln!("gc: collecting generation {generation}...");
        let [a, b, c] = [0, 1, 2].map(|g| lists::objects(vm, Some(g)).len());
        eprintln!("gc: objects in each generation: {a} {b} {c}");
        eprintln!("gc: objects in permanent generation: {}", lists::objects(vm, Some(FROZEN)).len());
    }
    if generation + 1 < GENERATIONS {
        let next = &gc.counts[generation + 1];
        next.set(next.get().saturating_add(1));
    }
    for count in &gc.counts[..=generation] {
        count.set(0);
    }
    let oldest = GENERATIONS - 1;
    let idle = gc.idle.get();
    if reason == Reason::Due && generation < oldest && idle >= IDLE_LIMIT && !idle.is_multiple_of(IDLE_STEP) {
        gc.idle.set(idle.saturating_add(1));
        if let Some(all) = lists::gather(vm, generation) {
            lists::promote(vm, &all, oldest);
            splice_rings(vm.heap(), generation + 1, oldest);
            gc.long_lived_pending.set(gc.long_lived_pending.get() + all.len());
        }
        let stats = &gc.stats[generation];
        stats.set(Stats { collections: stats.get().collections + 1, ..stats.get() });
        return 0;
    }
    let target = (generation + 1).min(oldest);
    let from_roots = reason == Reason::Due && generation == oldest;
    let Some(mut candidates) = lists::gather(vm, generation) else { return 0 };
    let unreachable = trace::unreachable(vm, &mut candidates, from_roots);
    lists::promote(vm, &candidates, target);
    if generation == oldest {
        gc.long_lived_total.set(candidates.len());
        gc.long_lived_pending.set(0);
    } else if target == oldest {
        gc.long_lived_pending.set(gc.long_lived_pending.get() + candidates.len());
    }
    drop(candidates);
    let found = garbage::dispose(vm, unreachable, target);
    gc.idle.set(if found == 0 { gc.idle.get().saturating_add(1) } else { 0 });
    let stats = &gc.stats[generation];
    let old = stats.get();
    stats.set(Stats { collections: old.collections + 1, collected: old.collected + found as u64 });
    if gc.flag(debug::STATS) {
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("gc: done, {found} unreachable, 0 uncollectable, {seconds:.4}s elapsed");
    }
    found
}

/// Calls what is in `gc.callbacks`.
fn run_callbacks(vm: &Vm, phase: &str, generation: usize, collected: usize) {
    let Some(callbacks) = vm.gc.callbacks.get() else { return };
    if list::items(&callbacks).is_empty() {
        return;
    }
    let info = || -> PyResult<(Owned, Owned)> {
        let info = dict::new(vm)?;
        for (name, value) in [("generation", generation), ("collected", collected), ("uncollectable", 0)] {
            dict::set_str(vm, *info, *str::intern(vm, name), Value::fixnum(value as i64))?;
        }
        Ok((str::new(vm, phase)?, info))
    };
    const WHAT: &str = "Exception ignored while calling GC callback";
    let (phase, info) = match info() {
        Ok(both) => both,
        Err(raised) => return exceptions::write_unraisable(vm, raised, WHAT, Value::NULL),
    };
    // A callback may change the list.
    let mut i = 0;
    while let Some(callback) = list::items(&callbacks).get(i).copied().map(Counted::own) {
        if let Err(raised) = protocol::call::positional(vm, *callback, &[*phase, *info]) {
            exceptions::write_unraisable(vm, raised, WHAT, *callback);
        }
        i += 1;
    }
}
