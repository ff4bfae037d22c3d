//! Threads: the interpreter lock, what travels with it, starting and ending threads. The design is in `docs/threads.md`.
//!
//! | module | holds |
//! |---|---|
//! | `lock` | the interpreter lock |
//! | `wait` | words and locks to wait on |
//! | `start` | the life of a thread |
//!
//! **Invariants.** Only the holder of the lock touches objects or anything that hangs off `Interp`, but for the lock itself, leave
//! words, and [`wait::Word`]s. A `Vm` is never freed. The lock is given up in [`Vm::unlocked`] and [`switch`] only.

pub mod lock;
mod start;
pub mod wait;

use std::cell::{Cell, RefCell, UnsafeCell};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use taipan_layout::thread::leave;

use crate::tier2::Running;
use crate::vm::Vm;
use lock::Lock;
pub use start::{Thread, handle_of, start};
use wait::Reentrant;

/// Reasons to leave machine code that concern the interpreter, whichever thread runs.
const SHARED: u32 = leave::COLLECT | leave::PENDING | leave::INVALIDATION;

/// What the interpreter knows of its threads.
pub struct Threads {
    lock: UnsafeCell<Lock>,
    /// All that live, in the order of their start.
    all: RefCell<Vec<&'static Vm>>,
    /// States of threads that have ended, to be used again.
    unused: RefCell<Vec<&'static Vm>>,
    /// Whether there are several threads, or were at the time of the last fork.
    several: Cell<bool>,
    main: Cell<*const Vm>,
    last_number: Cell<u64>,
    /// Those that the end of the program waits for.
    awaited: RefCell<Vec<Arc<Thread>>>,
    /// `threading.stack_size()`; 0: as the system has it.
    pub stack_size: Cell<usize>,
    pub import_lock: Reentrant,
}

impl Default for Threads {
    fn default() -> Threads {
        Threads {
            lock: UnsafeCell::new(Lock::held_by(ptr::null())),
            all: RefCell::default(),
            unused: RefCell::default(),
            several: Cell::new(false),
            main: Cell::new(ptr::null()),
            last_number: Cell::new(0),
            awaited: RefCell::default(),
            stack_size: Cell::new(0),
            import_lock: Reentrant::default(),
        }
    }
}

impl Threads {
    fn lock(&self) -> &Lock {
        // SAFETY: the lock is replaced only in a forked child, which has one thread.
        unsafe { &*self.lock.get() }
    }

    /// Threads besides the main one.
    pub fn count(&self) -> usize {
        self.all.borrow().len().saturating_sub(1)
    }

    /// Looks at every thread.
    pub fn for_each(&self, mut f: impl FnMut(&'static Vm)) {
        let all = self.all.borrow().clone();
        all.into_iter().for_each(&mut f);
    }

    pub fn is_main(&self, vm: &Vm) -> bool {
        ptr::eq(self.main.get(), vm)
    }

    /// The identity of the main thread.
    pub fn main_ident(&self) -> i64 {
        let main = self.main.get();
        // SAFETY: states of threads are never freed.
        if main.is_null() { 0 } else { unsafe { (*main).ident.get() } }
    }

    pub fn switch_interval(&self) -> std::time::Duration {
        self.lock().interval()
    }

    pub fn set_switch_interval(&self, micros: u64) {
        self.lock().set_interval(micros);
    }

    /// Whether the interpreter is ending: other threads do not run any more.
    pub fn is_ending(&self) -> bool {
        self.lock().is_kept()
    }

    fn next_number(&self) -> u64 {
        self.last_number.set(self.last_number.get() + 1);
        self.last_number.get()
    }
}

/// Who holds the interpreter lock, or held it last.
static HOLDER: AtomicPtr<Vm> = AtomicPtr::new(ptr::null_mut());

/// Sets reasons in the leave word of the thread that runs Python; for threads that have no part in the interpreter.
pub fn remind(reasons: u32) {
    let holder = HOLDER.load(Ordering::Acquire);
    if !holder.is_null() {
        // SAFETY: states of threads are never freed; the leave word is atomic.
        unsafe { (*(*holder).ts()).leave.fetch_or(reasons, Ordering::Release) };
    }
}

/// Makes the calling thread, whose state `vm` is, the main one.
pub fn start_main(vm: &'static Vm) {
    let threads = &vm.threads;
    vm.number.set(threads.next_number());
    vm.ident.set(this_ident());
    threads.main.set(vm);
    HOLDER.store(ptr::from_ref(vm).cast_mut(), Ordering::Release);
    threads.all.borrow_mut().push(vm);
    // SAFETY: there is no other thread yet.
    unsafe { *threads.lock.get() = Lock::held_by(vm) };
}

/// The system's identity of the calling thread.
pub fn this_ident() -> i64 {
    // SAFETY: a query.
    unsafe { libc::pthread_self() as i64 }
}

/// The interpreter ends: from now on only this thread runs.
pub fn keep_lock(vm: &Vm) {
    vm.threads.lock().keep(vm);
    vm.threads.several.set(false);
}

impl Vm {
    /// Runs what may take long while other threads run Python. `call` touches no objects. The system's error number is kept.
    #[inline]
    pub fn unlocked<R>(&self, call: impl FnOnce() -> R) -> R {
        if !self.threads.several.get() {
            return call();
        }
        let_go(self);
        self.threads.lock().release();
        let result = call();
        // SAFETY: the thread's own error number.
        let error = unsafe { *libc::__errno_location() };
        take(self);
        // SAFETY: as above.
        unsafe { *libc::__errno_location() = error };
        result
    }
}

/// Lets another thread run, which has asked for it.
#[cold]
pub fn switch(vm: &Vm) {
    if vm.threads.several.get() {
        let_go(vm);
        vm.threads.lock().hand_on();
        take(vm);
    }
}

/// Leaves everything so that other threads can run.
fn let_go(vm: &Vm) {
    // SAFETY: the thread state is ours; a chain of inlined frames belongs to the trace that waits below.
    unsafe {
        let ts = vm.ts();
        if !(*ts).inline.is_null() {
            // To the trace it is as if the drop had run Python.
            taipan_uops::prelude::materialize_inline(ts);
            (*ts).interrupted = 1;
        }
    }
    vm.running.set(vm.tier2.set_running(Running::Interpreter));
}

/// Waits for the lock and takes over what travels with it.
fn take(vm: &Vm) {
    let before = vm.threads.lock().acquire(vm);
    HOLDER.store(ptr::from_ref(vm).cast_mut(), Ordering::Release);
    if !before.is_null() && !ptr::eq(before, vm) {
        // SAFETY: states of threads are never freed, and the thread does not run.
        take_over(vm, unsafe { &*before });
    }
    vm.tier2.set_running(vm.running.get());
}

/// Copies the heads of the heap's lists from the thread that had the lock before.
fn take_over(vm: &Vm, before: &Vm) {
    // SAFETY: we hold the lock; `before` does not run, and the main thread's leave word is atomic.
    unsafe {
        let (to, from) = (vm.ts(), before.ts());
        (*to).free = (*from).free;
        (*to).young_top = (*from).young_top;
        (*to).young_end = (*from).young_end;
        (*to).known = ptr::read(&(*from).known);
        (*to).sinks = (*from).sinks;
        for (mine, theirs) in vm.free_arrays.iter().zip(&before.free_arrays) {
            mine.set(theirs.get());
        }
        let reasons = (*from).leave.fetch_and(!SHARED, Ordering::AcqRel) & SHARED;
        (*to).leave.fetch_or(reasons, Ordering::AcqRel);
        if vm.recursion_limit.get() != before.recursion_limit.get() {
            (*to).recursion_remaining += before.recursion_limit.get() - vm.recursion_limit.get();
            vm.recursion_limit.set(before.recursion_limit.get());
        }
    }
    vm.tier2.drop_recording(vm);
}

/// After a fork, in the child: the calling thread is alone.
pub fn after_fork(vm: &'static Vm) {
    let threads = &vm.threads;
    // SAFETY: there is no other thread; whoever held a part of the old lock is gone.
    unsafe { ptr::write(threads.lock.get(), Lock::held_by(vm)) };
    for other in threads.all.replace(vec![vm]) {
        if !ptr::eq(other, vm)
            && let Some(thread) = other.thread.borrow_mut().take()
        {
            thread.end();
        }
    }
    threads.awaited.borrow_mut().clear();
    threads.several.set(false);
    threads.main.set(vm);
    vm.ident.set(this_ident());
    if !threads.import_lock.is_owned(vm) {
        threads.import_lock.reset();
    }
    crate::signals::follow(vm);
}

/// Waits for all threads that are no daemons.
pub fn wait_for_all(vm: &Vm) -> crate::owned::PyResult<()> {
    loop {
        let next = vm.threads.awaited.borrow_mut().pop();
        match next {
            Some(thread) if thread.ident() != vm.ident.get() => {
                thread.wait(vm, None)?;
            }
            Some(_) => {}
            None => return Ok(()),
        }
    }
}
