//! Waiting for another thread: a word that changes under the interpreter lock, and the system's futex to sleep on.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::owned::PyResult;
use crate::vm::Vm;

#[derive(Default, Debug)]
pub struct Word {
    value: AtomicU32,
    /// Threads that sleep, or are about to.
    waiters: AtomicU32,
}

impl Word {
    pub fn new(value: u32) -> Word {
        Word { value: AtomicU32::new(value), waiters: AtomicU32::new(0) }
    }

    pub fn get(&self) -> u32 {
        self.value.load(Ordering::Acquire)
    }

    /// Sets the word and wakes at most so many who wait for a change.
    pub fn set(&self, value: u32, wake: i32) {
        self.value.store(value, Ordering::Release);
        if self.waiters.load(Ordering::Acquire) > 0 {
            // SAFETY: waking by the address of a live word.
            unsafe {
                libc::syscall(
                    libc::SYS_futex,
                    self.value.as_ptr(),
                    libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                    wake,
                );
            }
        }
    }

    /// Nobody waits in a forked child.
    pub fn reset(&self, value: u32) {
        self.value.store(value, Ordering::Release);
        self.waiters.store(0, Ordering::Release);
    }

    /// Sleeps without the interpreter lock while the word is `value`, until then at the latest. May end early. In the main
    /// thread, signals are served.
    pub fn wait(&self, vm: &Vm, value: u32, until: Option<Instant>) -> PyResult<()> {
        let left = until.map(|t| t.saturating_duration_since(Instant::now()));
        self.waiters.fetch_add(1, Ordering::AcqRel);
        let interrupted = vm.unlocked(|| sleep(&self.value, value, left));
        self.waiters.fetch_sub(1, Ordering::AcqRel);
        if interrupted { crate::signals::deliver(vm) } else { Ok(()) }
    }
}

/// Whether a signal ended it.
fn sleep(word: &AtomicU32, value: u32, left: Option<Duration>) -> bool {
    let time = left.map(|t| libc::timespec {
        tv_sec: i64::try_from(t.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(t.subsec_nanos()),
    });
    let time = time.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the word is live, the time null or valid.
    let status = unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            value,
            time,
        )
    };
    status < 0 && std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR)
}

/// A lock that whoever holds the interpreter lock may release.
#[derive(Default, Debug)]
pub struct Simple(Word);

impl Simple {
    pub fn is_locked(&self) -> bool {
        self.0.get() != 0
    }

    /// Takes it if it is free.
    pub fn try_acquire(&self) -> bool {
        if self.is_locked() {
            return false;
        }
        self.0.set(1, 0);
        true
    }

    /// Takes it, waiting at most so long; whether that succeeded.
    pub fn acquire(&self, vm: &Vm, patience: Option<Duration>) -> PyResult<bool> {
        if self.try_acquire() {
            return Ok(true);
        }
        if patience.is_some_and(|t| t.is_zero()) {
            return Ok(false);
        }
        let until = patience.and_then(|t| Instant::now().checked_add(t));
        loop {
            self.0.wait(vm, 1, until)?;
            if self.try_acquire() {
                return Ok(true);
            }
            if until.is_some_and(|t| Instant::now() >= t) {
                return Ok(false);
            }
        }
    }

    pub fn release(&self) {
        self.0.set(0, 1);
    }

    pub fn reset(&self) {
        self.0.reset(0);
    }
}

/// A lock that its owner may take again.
#[derive(Default, Debug)]
pub struct Reentrant {
    lock: Simple,
    /// The number of the owner; 0: nobody.
    owner: Cell<u64>,
    count: Cell<usize>,
}

impl Reentrant {
    pub fn is_owned(&self, vm: &Vm) -> bool {
        self.owner.get() == vm.number.get()
    }

    /// The identity of the owner; 0: nobody, or a thread that has ended.
    pub fn owner_ident(&self, vm: &Vm) -> i64 {
        let mut ident = 0;
        vm.threads.for_each(|other| {
            if other.number.get() == self.owner.get() {
                ident = other.ident.get();
            }
        });
        ident
    }

    /// How often it is held, by whomever.
    pub fn count(&self) -> usize {
        self.count.get()
    }

    pub fn acquire(&self, vm: &Vm, patience: Option<Duration>) -> PyResult<bool> {
        if !self.is_owned(vm) {
            if !self.lock.acquire(vm, patience)? {
                return Ok(false);
            }
            self.owner.set(vm.number.get());
        }
        self.count.set(self.count.get() + 1);
        Ok(true)
    }

    /// Lets go once; `false` when the calling thread does not hold it.
    pub fn release(&self, vm: &Vm) -> bool {
        if !self.is_owned(vm) {
            return false;
        }
        self.count.set(self.count.get() - 1);
        if self.count.get() == 0 {
            self.owner.set(0);
            self.lock.release();
        }
        true
    }

    /// Lets go entirely; how often the thread held it.
    pub fn release_all(&self, vm: &Vm) -> usize {
        if !self.is_owned(vm) {
            return 0;
        }
        self.owner.set(0);
        let count = self.count.replace(0);
        self.lock.release();
        count
    }

    /// Sets how often the owner holds it.
    pub fn restore(&self, count: usize) {
        self.count.set(count);
    }

    pub fn reset(&self) {
        self.lock.reset();
        self.owner.set(0);
        self.count.set(0);
    }
}
