//! Signals: the handler only sets a flag and a bit of the leave word; Python code runs at the next safe point.

use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use taipan_layout::ThreadState;
use taipan_layout::thread::leave;

use crate::owned::PyResult;
use crate::vm::Vm;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static MAIN_THREAD: AtomicPtr<ThreadState> = AtomicPtr::new(std::ptr::null_mut());

extern "C" fn on_interrupt(_: libc::c_int) {
    INTERRUPTED.store(true, Ordering::Release);
    let ts = MAIN_THREAD.load(Ordering::Acquire);
    if !ts.is_null() {
        // SAFETY: the main thread's state lives as long as the process; the leave word is atomic.
        unsafe { (*ts).leave.fetch_or(leave::SIGNAL, Ordering::Release) };
    }
}

/// Makes Ctrl-C a KeyboardInterrupt in `vm`'s thread.
pub fn install(vm: &Vm) {
    MAIN_THREAD.store(vm.ts(), Ordering::Release);
    // SAFETY: the handler is async-signal-safe.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_interrupt as *const () as usize;
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(libc::SIGINT, &action, std::ptr::null_mut());
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
    }
}

/// Runs what arrived signals ask for.
pub fn deliver(vm: &Vm) -> PyResult<()> {
    if INTERRUPTED.swap(false, Ordering::AcqRel) {
        return Err(vm.raise_with(vm.types.keyboard_interrupt, &[]));
    }
    Ok(())
}
