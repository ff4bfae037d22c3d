//! The compiling thread: a bounded queue of regions in, finished code out.
#![allow(unsafe_code, reason = "the thread state's leave word, fork handlers, results of the C interface")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use taipan_layout::thread::leave;
use taipan_mir::region::{Compiled, Exit, Fixup, FixupKind, Region, Step, Trace};

use super::library::Library;

/// Regions that may wait. A region compiles in tens of milliseconds; what does not fit would come too late anyway.
const QUEUE: usize = 16;

/// A region to be compiled.
pub struct Request {
    /// Tier 2's number of the looping executor.
    pub executor: usize,
    /// The loop, and the traces that are stitched to it.
    pub traces: Vec<Vec<Step>>,
    pub exits: Vec<Exit>,
}

/// What became of a region.
pub struct Finished {
    pub executor: usize,
    pub outcome: Outcome,
}

pub enum Outcome {
    Code(Code),
    /// Why there is none.
    Failed(String),
}

/// Code that was made of a region.
pub struct Code {
    bytes: Vec<u8>,
    fixups: Vec<Fixup>,
    entry: u32,
    times: [u64; 3],
}

impl Code {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Nanoseconds spent in building, optimising and generating.
    pub fn times(&self) -> [u64; 3] {
        self.times
    }
    pub fn entry(&self) -> u32 {
        self.entry
    }
    /// Fills in what depends on the code's address; `false` when something is out of reach.
    pub fn fix(&self, code: &mut [u8], address: u64) -> bool {
        self.fixups.iter().all(|f| {
            let base = if f.internal { address } else { 0 };
            let value = base.wrapping_add(f.target).wrapping_add(f.addend as u64);
            let at = f.offset as usize;
            match f.kind {
                FixupKind::Abs64 => {
                    code[at..at + 8].copy_from_slice(&value.to_le_bytes());
                    true
                }
                FixupKind::Rel32 => {
                    let distance = value.wrapping_sub(address + at as u64) as i64;
                    code[at..at + 4].copy_from_slice(&(distance as i32).to_le_bytes());
                    i32::try_from(distance).is_ok()
                }
            }
        })
    }
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Something was queued, or something was finished.
    changed: Condvar,
    /// The process forked: the thread exists in the parent only.
    lost: AtomicBool,
    /// There is no library, or a fork left it in the middle of something.
    broken: AtomicBool,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arc<Request>>,
    busy: bool,
    /// The process ends: nothing is begun any more.
    closed: bool,
    finished: Vec<Finished>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Panics abort, so a poisoned lock does not happen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The running thread's end of the queue. What is shared lives as long as the process, because `fork` has to find it.
pub struct Worker {
    shared: &'static Shared,
}

impl Worker {
    /// Starts the thread, which opens the library; `loud`: it says when that fails.
    pub fn start(loud: bool) -> Result<Worker, String> {
        let shared: &'static Shared = Box::leak(Box::default());
        let body = move || run(shared, loud);
        let builder = std::thread::Builder::new().name("taipan-llvm".into()).stack_size(STACK);
        fork::watch(shared);
        builder.spawn(body).map_err(|e| format!("no thread for it: {e}"))?;
        Ok(Worker { shared })
    }

    /// Whether nothing can be compiled in this process any more.
    pub fn is_broken(&self) -> bool {
        self.shared.broken.load(Ordering::Relaxed)
    }

    /// Whether the thread exists in this process.
    pub fn is_alive(&self) -> bool {
        !self.shared.lost.load(Ordering::Relaxed)
    }

    pub fn submit(&self, request: Arc<Request>) -> bool {
        let mut queue = lock(&self.shared.queue);
        if queue.waiting.len() >= QUEUE {
            return false;
        }
        queue.waiting.push_back(request);
        self.shared.changed.notify_all();
        true
    }

    pub fn wait(&self) {
        let mut queue = lock(&self.shared.queue);
        while (queue.busy || !queue.waiting.is_empty()) && self.is_alive() && !self.is_broken() {
            queue = self.shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub fn take_finished(&self) -> Vec<Finished> {
        std::mem::take(&mut lock(&self.shared.queue).finished)
    }
}

/// Stack of the compiling thread: LLVM recurses.
const STACK: usize = 16 << 20;

/// The thread has the priority of the process. A lower one saves nothing, because the region has to be made anyway, and on a
/// machine with other work the process could not end before the thread had its turn to do so.
fn run(shared: &'static Shared, loud: bool) {
    // SAFETY: this concerns the calling thread alone. Signals are the running thread's.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, std::ptr::null_mut());
    }
    {
        // The loader runs LLVM's constructors, which the end of the process must not meet, either.
        let mut queue = lock(&shared.queue);
        if queue.closed {
            return;
        }
        queue.busy = true;
    }
    let opened = Library::open();
    lock(&shared.queue).busy = false;
    let library = match opened {
        Ok(library) => library,
        Err(problem) => {
            if loud {
                eprintln!("taipan: the LLVM tier is off: {problem}");
            }
            shared.broken.store(true, Ordering::Relaxed);
            lock(&shared.queue).waiting.clear();
            shared.changed.notify_all();
            return;
        }
    };
    end::watch(shared);
    let verify = cfg!(debug_assertions) || std::env::var_os("TAIPAN_LLVM_VERIFY").is_some();
    loop {
        let mut queue = lock(&shared.queue);
        let request = loop {
            match queue.waiting.pop_front().filter(|_| !queue.closed) {
                Some(request) => break request,
                None => queue = shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        };
        queue.busy = true;
        drop(queue);
        let finished = compile(&library, &request, verify);
        let mut queue = lock(&shared.queue);
        queue.busy = false;
        queue.finished.push(finished);
        crate::threads::remind(leave::PENDING);
        shared.changed.notify_all();
    }
}

fn compile(library: &Library, request: &Request, verify: bool) -> Finished {
    let compiled = with_region(request, verify, 0, |region| library.compile(region));
    // SAFETY: the library gives a valid result, whose pointers are valid until it is released.
    let outcome = unsafe {
        let result = &*compiled;
        let outcome = if result.code.is_null() {
            Outcome::Failed(message(result))
        } else {
            Outcome::Code(Code {
                bytes: std::slice::from_raw_parts(result.code, result.code_len).to_vec(),
                fixups: std::slice::from_raw_parts(result.fixups, result.fixup_count).to_vec(),
                entry: result.entry,
                times: result.times,
            })
        };
        library.release(compiled);
        outcome
    };
    if output() {
        let number = request.executor;
        match &outcome {
            Outcome::Failed(reason) => eprintln!("region of executor {number}: {reason}"),
            Outcome::Code(code) => {
                let steps: usize = request.traces.iter().map(|t| t.len()).sum();
                let [built, optimised, generated] = code.times.map(|t| t as f64 / 1e6);
                eprintln!(
                    "region of executor {number}: {} traces, {steps} steps, {} bytes; {built:.1} ms to build, \
                     {optimised:.1} to optimise, {generated:.1} to generate",
                    request.traces.len(),
                    code.bytes.len()
                );
            }
        }
    }
    Finished { executor: request.executor, outcome }
}

/// The request in the form that the library takes.
pub fn with_region<T>(request: &Request, verify: bool, text: u32, f: impl FnOnce(&Region) -> T) -> T {
    let traces: Vec<Trace> =
        request.traces.iter().map(|steps| Trace { steps: steps.as_ptr(), len: steps.len() }).collect();
    f(&Region {
        traces: traces.as_ptr(),
        trace_count: traces.len(),
        exits: request.exits.as_ptr(),
        exit_count: request.exits.len(),
        verify,
        text,
    })
}

/// # Safety
/// The result was not released yet.
pub unsafe fn message(result: &Compiled) -> String {
    // SAFETY: by contract.
    let text = unsafe { std::slice::from_raw_parts(result.message, result.message_len) };
    String::from_utf8_lossy(text).into_owned()
}

/// Whether each region is reported (`TAIPAN_TRACE=1`, for development).
fn output() -> bool {
    static ON: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var_os("TAIPAN_TRACE").is_some())
}

/// The process's end runs libLLVM's destructors, which must not meet LLVM at work: then the process ends at once. Everything
/// that Python and Rust have to write is written by then.
pub mod end {
    use super::*;

    /// Nothing is begun any more; ends the process with this status if something is going on.
    pub fn at_once(status: u8) {
        let closing = |shared: &&'static Shared| {
            let mut queue = lock(&shared.queue);
            queue.closed = true;
            queue.busy && !shared.lost.load(Ordering::Relaxed)
        };
        let workers = fork::workers();
        if workers.iter().filter(|shared| closing(shared)).count() > 0 {
            use std::io::Write;
            // Nobody could be told that this fails.
            let _ = (std::io::stdout().flush(), std::io::stderr().flush());
            // SAFETY: ends the process.
            unsafe { libc::_exit(status.into()) };
        }
    }

    unsafe extern "C" {
        /// glibc's `atexit` with the status; handlers run last registered first, so before those of the library.
        fn on_exit(
            function: extern "C" fn(status: libc::c_int, argument: *mut libc::c_void),
            argument: *mut libc::c_void,
        ) -> libc::c_int;
    }

    extern "C" fn leaving(status: libc::c_int, shared: *mut libc::c_void) {
        // SAFETY: what is shared lives as long as the process.
        let shared = unsafe { &*(shared as *const Shared) };
        let mut queue = lock(&shared.queue);
        queue.closed = true;
        if queue.busy {
            // SAFETY: ends the process.
            unsafe { libc::_exit(status) };
        }
    }

    pub(super) fn watch(shared: &'static Shared) {
        // SAFETY: the handler and its argument live as long as the process.
        unsafe { on_exit(leaving, &raw const *shared as *mut libc::c_void) };
    }
}

/// `fork` copies the running thread alone: in the child the compiling thread is gone, and LLVM is not touched again if
/// it was at work.
mod fork {
    use super::*;

    static WORKERS: Mutex<Vec<&'static Shared>> = Mutex::new(Vec::new());
    static HANDLERS: std::sync::Once = std::sync::Once::new();

    type Guards = Vec<(MutexGuard<'static, Queue>, &'static Shared)>;

    thread_local! {
        /// Locks that the forking thread holds.
        static HELD: std::cell::RefCell<Guards> = const { std::cell::RefCell::new(Vec::new()) };
    }

    pub(super) fn workers() -> Vec<&'static Shared> {
        lock(&WORKERS).clone()
    }

    pub(super) fn watch(shared: &'static Shared) {
        lock(&WORKERS).push(shared);
        HANDLERS.call_once(|| {
            // SAFETY: the handlers are functions without arguments that live as long as the process.
            unsafe { libc::pthread_atfork(Some(before), Some(after), Some(after_in_child)) };
        });
    }

    unsafe extern "C" fn before() {
        let workers = lock(&WORKERS).clone();
        HELD.with_borrow_mut(|held| held.extend(workers.into_iter().map(|s| (lock(&s.queue), s))));
    }
    unsafe extern "C" fn after() {
        HELD.with_borrow_mut(Vec::clear);
    }
    unsafe extern "C" fn after_in_child() {
        HELD.with_borrow_mut(|held| {
            for (queue, shared) in held.iter_mut() {
                shared.lost.store(true, Ordering::Relaxed);
                if queue.busy {
                    shared.broken.store(true, Ordering::Relaxed);
                }
                queue.busy = false;
                queue.waiting.clear();
            }
            held.clear();
        });
    }
}
