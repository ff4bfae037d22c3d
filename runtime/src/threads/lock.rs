//! The interpreter lock.
//!
//! Who wants it waits for the switch interval; when nobody else has got it meanwhile, he asks the holder to let go, by a bit
//! of the holder's leave word. The holder then waits until one of those who wait has taken it, or the system's scheduler would
//! give it right back to the thread that is running already.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use taipan_layout::thread::leave;

use crate::vm::Vm;

/// `sys.getswitchinterval()` at the start, in microseconds.
const INTERVAL: u64 = 5000;

pub struct Lock {
    state: Mutex<State>,
    released: Condvar,
    taken: Condvar,
    interval: AtomicU64,
    /// The thread that ends the interpreter, once it does: nobody else gets the lock any more.
    last: AtomicPtr<Vm>,
}

struct State {
    locked: bool,
    /// Who has it or, while it is free, who had it.
    holder: *const Vm,
    /// How often it went from one thread to another.
    switches: u64,
    waiting: usize,
}

impl Lock {
    /// A lock that `holder` has.
    pub fn held_by(holder: *const Vm) -> Lock {
        Lock {
            state: Mutex::new(State { locked: true, holder, switches: 0, waiting: 0 }),
            released: Condvar::new(),
            taken: Condvar::new(),
            interval: AtomicU64::new(INTERVAL),
            last: AtomicPtr::new(ptr::null_mut()),
        }
    }

    pub fn interval(&self) -> Duration {
        Duration::from_micros(self.interval.load(Ordering::Relaxed))
    }

    pub fn set_interval(&self, micros: u64) {
        self.interval.store(micros, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held, and a panic ends the process.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the lock is `vm`'s, who holds it already.
    pub fn keep(&self, vm: &Vm) {
        let _state = self.state();
        self.last.store(ptr::from_ref(vm).cast_mut(), Ordering::Release);
    }

    /// Whether the interpreter is ending.
    pub fn is_kept(&self) -> bool {
        !self.last.load(Ordering::Acquire).is_null()
    }

    /// Waits for the lock; who had it before.
    pub fn acquire(&self, vm: &Vm) -> *const Vm {
        let mut state = self.state();
        state.waiting += 1;
        loop {
            let last = self.last.load(Ordering::Acquire);
            if !last.is_null() && !ptr::eq(last, vm) {
                drop(state);
                // A daemon thread at the end of the program: it does not wake up again.
                loop {
                    std::thread::park();
                }
            }
            if !state.locked {
                break;
            }
            let before = state.switches;
            let (next, timeout) =
                self.released.wait_timeout(state, self.interval()).unwrap_or_else(PoisonError::into_inner);
            state = next;
            if state.locked && timeout.timed_out() && state.switches == before && !state.holder.is_null() {
                // SAFETY: states of threads are never freed; the leave word is atomic.
                unsafe {
                    (*(*state.holder).ts()).leave.fetch_or(leave::LOCK_REQUEST, Ordering::Release);
                }
            }
        }
        state.waiting -= 1;
        state.locked = true;
        let before = std::mem::replace(&mut state.holder, ptr::from_ref(vm));
        if !ptr::eq(before, vm) {
            state.switches += 1;
            self.taken.notify_all();
        }
        before
    }

    pub fn release(&self) {
        self.state().locked = false;
        self.released.notify_one();
    }

    /// Lets go, and returns when somebody else has got it, if anybody wants it.
    pub fn hand_on(&self) {
        let mut state = self.state();
        let before = state.switches;
        state.locked = false;
        self.released.notify_one();
        while !state.locked && state.switches == before && state.waiting > 0 && !self.is_kept() {
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
