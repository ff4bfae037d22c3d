//! Signals: the handler only marks the signal and sets a bit of the leave word; Python code runs at the next safe point.
//!
//! What Python knows of handlers is a list with one item per signal, made when `_signal` is imported. Until then the
//! interrupt raises KeyboardInterrupt.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, Ordering};

use taipan_layout::thread::leave;
use taipan_layout::{ThreadState, Value};

use crate::objects::{frame, list};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Signals are numbered from 1 to 64.
pub const COUNT: i32 = 65;

/// Signals that arrived: bit *n* − 1 stands for signal *n*.
static ARRIVED: AtomicU64 = AtomicU64::new(0);
/// The descriptor that the numbers of signals are written to, or −1.
static WAKEUP: AtomicI32 = AtomicI32::new(-1);
/// Whether a write that fails because there is no room is reported.
static WARN_WHEN_FULL: AtomicBool = AtomicBool::new(true);
static MAIN_THREAD: AtomicPtr<ThreadState> = AtomicPtr::new(std::ptr::null_mut());

extern "C" fn on_signal(number: libc::c_int) {
    mark(number);
    let fd = WAKEUP.load(Ordering::Acquire);
    if fd >= 0 {
        let byte = number as u8;
        // SAFETY: `write` and the error number may be used in handlers; the interrupted code finds its own error number.
        unsafe {
            let error = *libc::__errno_location();
            libc::write(fd, (&raw const byte).cast(), 1);
            *libc::__errno_location() = error;
        }
    }
}

/// Makes a signal's Python handler run at the next safe point.
pub fn mark(number: i32) {
    ARRIVED.fetch_or(1 << (number - 1), Ordering::Release);
    let ts = MAIN_THREAD.load(Ordering::Acquire);
    if !ts.is_null() {
        // SAFETY: the main thread's state lives as long as the process; the leave word is atomic.
        unsafe { (*ts).leave.fetch_or(leave::SIGNAL, Ordering::Release) };
    }
}

/// Makes `vm`'s thread the one that signals are served in.
pub fn follow(vm: &Vm) {
    MAIN_THREAD.store(vm.ts(), Ordering::Release);
}

/// Makes Ctrl-C a KeyboardInterrupt in `vm`'s thread.
pub fn install(vm: &Vm) {
    follow(vm);
    for ignored in [libc::SIGPIPE, libc::SIGXFSZ] {
        set_action(ignored, Action::Ignore);
    }
    if action(libc::SIGINT) == Action::Default {
        set_action(libc::SIGINT, Action::Python);
    }
}

/// What the system does with a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Default,
    Ignore,
    /// Our handler marks it.
    Python,
    /// A handler of somebody else.
    Foreign,
}

pub fn action(number: i32) -> Action {
    // SAFETY: a query into a place that all-zero is valid for.
    let set = unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(number, std::ptr::null(), &mut old);
        old.sa_sigaction
    };
    match set {
        libc::SIG_DFL => Action::Default,
        libc::SIG_IGN => Action::Ignore,
        handler if handler == on_signal as *const () as usize => Action::Python,
        _ => Action::Foreign,
    }
}

/// Whether the system accepted it.
pub fn set_action(number: i32, action: Action) -> bool {
    // SAFETY: the handler only does what handlers may do.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = match action {
            Action::Default | Action::Foreign => libc::SIG_DFL,
            Action::Ignore => libc::SIG_IGN,
            Action::Python => on_signal as *const () as usize,
        };
        libc::sigemptyset(&mut new.sa_mask);
        libc::sigaction(number, &new, std::ptr::null_mut()) == 0
    }
}

/// Sets the descriptor that arriving signals are written to; the one before.
pub fn set_wakeup(fd: i32, warn_when_full: bool) -> i32 {
    WARN_WHEN_FULL.store(warn_when_full, Ordering::Release);
    WAKEUP.swap(fd, Ordering::AcqRel)
}

/// Runs what arrived signals ask for, the lowest number first; in the main thread only.
pub fn deliver(vm: &Vm) -> PyResult<()> {
    if !vm.threads.is_main(vm) {
        return Ok(());
    }
    loop {
        let arrived = ARRIVED.load(Ordering::Acquire);
        if arrived == 0 {
            return Ok(());
        }
        let bit = arrived.trailing_zeros();
        ARRIVED.fetch_and(!(1 << bit), Ordering::AcqRel);
        if let Err(raised) = run_handler(vm, bit as i32 + 1) {
            // The others wait for the next safe point.
            if ARRIVED.load(Ordering::Acquire) != 0 {
                // SAFETY: the thread's own state; the leave word is atomic.
                unsafe { (*vm.ts()).leave.fetch_or(leave::SIGNAL, Ordering::Release) };
            }
            return Err(raised);
        }
    }
}

fn run_handler(vm: &Vm, number: i32) -> PyResult<()> {
    let Some(handlers) = vm.state.signal_handlers.get() else {
        return if number == libc::SIGINT {
            Err(vm.raise_with(vm.types.keyboard_interrupt, &[]))
        } else {
            Ok(())
        };
    };
    let Some(handler) = list::items(&handlers).get(number as usize).map(|h| h.own()) else { return Ok(()) };
    if !protocol::object::is_callable(vm, *handler) {
        return Ok(());
    }
    let frame = current_frame(vm)?;
    protocol::call::positional(vm, *handler, &[Value::fixnum(i64::from(number)), *frame]).map(drop)
}

/// The frame that the signal interrupts, or None.
fn current_frame(vm: &Vm) -> PyResult {
    // SAFETY: the chain of live frames ends with null.
    unsafe {
        let f = crate::interp::python_frame(vm);
        if f.is_null() { Ok(Owned::none()) } else { frame::of(vm, f) }
    }
}

/// Ends the process as Ctrl-C does when nothing handles it, so that a shell sees why. Returns where the signal is blocked.
pub fn end_by_interrupt() {
    set_action(libc::SIGINT, Action::Default);
    // SAFETY: the signal goes to this process.
    unsafe { libc::kill(libc::getpid(), libc::SIGINT) };
}
