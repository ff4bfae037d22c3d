//! The life of a thread: starting it, running its function, ending it, waiting for its end.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use taipan_layout::Value;

use super::wait::Word;
use crate::objects::{dict, exceptions, tuple};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::tier2::Running;
use crate::vm::Vm;

/// Bytes of native stack that a thread gets at least: what raising an error at the end of the stack needs, and some more.
const SMALLEST_STACK: usize = 1 << 20;
/// Without a limit of the system's.
const USUAL_STACK: usize = 8 << 20;

/// A thread as others see it. Outlives it.
#[derive(Debug)]
pub struct Thread {
    state: Word,
    ident: AtomicI64,
}

const NEW: u32 = 0;
const RUNNING: u32 = 1;
const DONE: u32 = 2;

impl Default for Thread {
    fn default() -> Thread {
        Thread { state: Word::new(NEW), ident: AtomicI64::new(0) }
    }
}

impl Thread {
    /// A thread that runs already.
    pub fn running(ident: i64) -> Thread {
        Thread { state: Word::new(RUNNING), ident: AtomicI64::new(ident) }
    }

    pub fn ident(&self) -> i64 {
        self.ident.load(Ordering::Acquire)
    }

    pub fn is_started(&self) -> bool {
        self.state.get() != NEW
    }

    pub fn is_done(&self) -> bool {
        self.state.get() == DONE
    }

    /// Tells those who wait that the thread has ended.
    pub fn end(&self) {
        self.state.set(DONE, i32::MAX);
    }

    /// Waits for the end, at most so long.
    pub fn wait(&self, vm: &Vm, patience: Option<Duration>) -> PyResult<()> {
        let until = patience.and_then(|t| Instant::now().checked_add(t));
        while !self.is_done() && until.is_none_or(|t| Instant::now() < t) {
            self.state.wait(vm, RUNNING, until)?;
        }
        Ok(())
    }
}

/// The handle of a running thread by its identity, if it is one of ours. The main thread gets one when it is asked for: in
/// the child of a fork in another thread it tells that the main thread is gone.
pub fn handle_of(vm: &Vm, ident: i64) -> Option<Arc<Thread>> {
    let mut found = None;
    vm.threads.for_each(|other| {
        if other.ident.get() == ident {
            let mut thread = other.thread.borrow_mut();
            found = Some(thread.get_or_insert_with(|| Arc::new(Thread::running(ident))).clone());
        }
    });
    found
}

/// What a new thread is given.
struct Task {
    vm: &'static Vm,
    thread: Arc<Thread>,
    function: Owned,
    args: Owned,
    /// A dict or None.
    keywords: Owned,
}

// SAFETY: the new thread touches the objects when it holds the interpreter lock only.
unsafe impl Send for Task {}

/// Starts a thread that calls `function(*args, **keywords)`.
pub fn start(
    vm: &Vm,
    thread: Arc<Thread>,
    function: Value,
    args: Value,
    keywords: Value,
    daemon: bool,
) -> PyResult<()> {
    use crate::owned::Counted;
    crate::modules::direct_import::lock_what_loads(vm)?;
    let state = new_state(vm);
    let task = Task {
        vm: state,
        thread: thread.clone(),
        function: function.own(),
        args: args.own(),
        keywords: keywords.own(),
    };
    // The new thread waits for the lock, which we hold.
    let builder = std::thread::Builder::new().stack_size(stack_size(vm));
    vm.threads.several.set(true);
    vm.threads.all.borrow_mut().push(state);
    *state.thread.borrow_mut() = Some(thread.clone());
    match builder.spawn(move || task.run()) {
        Ok(started) => {
            use std::os::unix::thread::JoinHandleExt;
            let ident = started.as_pthread_t() as i64;
            thread.ident.store(ident, Ordering::Release);
            state.ident.set(ident);
            thread.state.set(RUNNING, 0);
            if !daemon {
                let awaited = &vm.threads.awaited;
                awaited.borrow_mut().retain(|t| !t.is_done());
                awaited.borrow_mut().push(thread);
            }
            Ok(())
        }
        Err(_) => {
            remove(state);
            Err(vm.runtime_error("can't start new thread"))
        }
    }
}

fn stack_size(vm: &Vm) -> usize {
    let wanted = vm.threads.stack_size.get();
    if wanted != 0 {
        return wanted.max(SMALLEST_STACK);
    }
    // SAFETY: a query into initialised memory.
    let limit = unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        if libc::getrlimit(libc::RLIMIT_STACK, &mut limit) == 0 { limit.rlim_cur } else { 0 }
    };
    match usize::try_from(limit) {
        Ok(bytes) if (SMALLEST_STACK..1 << 32).contains(&bytes) => bytes,
        _ => USUAL_STACK,
    }
}

/// A state for a new thread: one that an ended thread has left, or a new one.
fn new_state(vm: &Vm) -> &'static Vm {
    let unused = vm.threads.unused.borrow_mut().pop();
    let state = unused.unwrap_or_else(|| vm.sibling());
    state.number.set(vm.threads.next_number());
    state.running.set(Running::Interpreter);
    state.dealloc_depth.set(0);
    state.coroutine_origin_depth.set(0);
    state.recursion_limit.set(vm.recursion_limit.get());
    // SAFETY: nobody runs in this state yet.
    unsafe {
        let ts = state.ts();
        (*ts).recursion_remaining = vm.recursion_limit.get();
        (*ts).frame = ptr::null_mut();
        (*ts).exc_base.previous = ptr::null_mut();
        (*ts).exc_info = &raw mut (*ts).exc_base;
        (*ts).dispatch = taipan_stencil_lib::handlers().as_ptr();
        (*ts).hook = None;
        (*ts).inline = ptr::null();
        (*ts).interrupted = 0;
        (*ts).leave.store(0, Ordering::Release);
    }
    state
}

/// Takes an ended thread out of the list.
fn remove(state: &'static Vm) {
    let threads = &state.threads;
    threads.all.borrow_mut().retain(|other| !ptr::eq(*other, state));
    *state.thread.borrow_mut() = None;
    threads.several.set(threads.all.borrow().len() > 1);
    threads.unused.borrow_mut().push(state);
}

impl Task {
    fn run(self) {
        let Task { vm, thread, function, args, keywords } = self;
        // SAFETY: a new system thread enters the interpreter with a state that nobody else has.
        unsafe { vm.enter_thread() };
        super::take(vm);
        vm.ident.set(super::this_ident());
        crate::interp::tracing::start_thread(vm);
        if let Err(raised) = call(vm, *function, *args, *keywords) {
            match vm.catch(raised, vm.types.system_exit) {
                Ok(exit) => drop(exit),
                Err(raised) => {
                    let text = "Exception ignored in thread started by";
                    exceptions::write_unraisable(vm, raised, text, *function);
                }
            }
        }
        drop((function, args, keywords));
        vm.forget_own();
        thread.end();
        remove(vm);
        // Whoever gets the lock next reads the heads of the heap's lists from this state.
        vm.threads.lock().release();
    }
}

fn call(vm: &Vm, function: Value, args: Value, keywords: Value) -> PyResult<()> {
    let mut values: Vec<Value> = tuple::items(&args).to_vec();
    if keywords.is_none() {
        return protocol::call::positional(vm, function, &values).map(drop);
    }
    let pairs = dict::snapshot(keywords);
    values.extend(pairs.iter().map(|(_, v)| **v));
    let names: Vec<Value> = pairs.iter().map(|(k, _)| **k).collect();
    let names = tuple::from_slice(vm, &names)?;
    protocol::call::with_args(vm, function, crate::args::Args::with_keywords(&values, *names)).map(drop)
}
