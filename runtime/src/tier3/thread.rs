//! The compiling thread: a bounded queue of regions in, finished code out.
#![allow(unsafe_code, reason = "the thread state's leave word, fork handlers, results of the C interface")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use taipan_layout::thread::leave;
use taipan_mir::region::{Exit, Fixup, FixupKind, Region, Step, Trace};

use super::library::Library;
use crate::vm::Vm;

/// Regions that may wait. A region compiles in tens of milliseconds; what does not fit would come too late anyway.
const QUEUE: usize = 16;

/// A region to be compiled.
pub struct Request {
    /// Tier 2's number of the looping executor.
    pub executor: usize,
    pub traces: Vec<Vec<Step>>,
    pub exits: Vec<Exit>,
}

/// Code that was made of a region.
pub struct Finished {
    pub executor: usize,
    code: Vec<u8>,
    fixups: Vec<Fixup>,
    entry: u32,
}

impl Finished {
    pub fn code(&self) -> &[u8] {
        &self.code
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
    /// Held while LLVM works; `fork` takes it.
    compiling: Mutex<()>,
    /// The process forked: the thread exists in the parent only.
    lost: AtomicBool,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Request>,
    busy: bool,
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
    pub fn start(library: Library, vm: &Vm) -> Result<Worker, String> {
        let shared: &'static Shared = Box::leak(Box::default());
        // SAFETY: the thread state lives as long as the process; the leave word is atomic.
        let leave: &'static AtomicU32 = unsafe { &(*vm.ts()).leave };
        let body = move || run(shared, &library, leave);
        let builder = std::thread::Builder::new().name("taipan-llvm".into()).stack_size(STACK);
        builder.spawn(body).map_err(|e| format!("no thread for it: {e}"))?;
        fork::watch(shared);
        Ok(Worker { shared })
    }

    /// Whether the thread exists in this process.
    pub fn is_alive(&self) -> bool {
        !self.shared.lost.load(Ordering::Relaxed)
    }

    pub fn submit(&self, request: Request) -> bool {
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
        while (queue.busy || !queue.waiting.is_empty()) && self.is_alive() {
            queue = self.shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub fn take_finished(&self) -> Vec<Finished> {
        std::mem::take(&mut lock(&self.shared.queue).finished)
    }
}

/// Stack of the compiling thread: LLVM recurses.
const STACK: usize = 16 << 20;

fn run(shared: &Shared, library: &Library, leave_word: &AtomicU32) {
    let verify = cfg!(debug_assertions) || std::env::var_os("TAIPAN_LLVM_VERIFY").is_some();
    loop {
        let mut queue = lock(&shared.queue);
        let request = loop {
            match queue.waiting.pop_front() {
                Some(request) => break request,
                None => queue = shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        };
        queue.busy = true;
        drop(queue);
        let compiling = lock(&shared.compiling);
        let finished = compile(library, &request, verify);
        drop(compiling);
        let mut queue = lock(&shared.queue);
        queue.busy = false;
        if let Some(finished) = finished {
            queue.finished.push(finished);
            leave_word.fetch_or(leave::PENDING, Ordering::Release);
        }
        shared.changed.notify_all();
    }
}

fn compile(library: &Library, request: &Request, verify: bool) -> Option<Finished> {
    let traces: Vec<Trace> =
        request.traces.iter().map(|t| Trace { steps: t.as_ptr(), len: t.len() }).collect();
    let region = Region {
        traces: traces.as_ptr(),
        trace_count: traces.len(),
        exits: request.exits.as_ptr(),
        exit_count: request.exits.len(),
        verify,
    };
    let compiled = library.compile(&region);
    // SAFETY: the library gives a valid result, whose pointers are valid until it is released.
    unsafe {
        let result = &*compiled;
        let finished = if result.code.is_null() {
            if output() {
                let text = std::slice::from_raw_parts(result.message, result.message_len);
                eprintln!("region of executor {}: {}", request.executor, String::from_utf8_lossy(text));
            }
            None
        } else {
            if output() {
                let steps: usize = request.traces.iter().map(Vec::len).sum();
                let [built, optimised, generated] = result.times.map(|t| t as f64 / 1e6);
                eprintln!(
                    "region of executor {}: {} traces, {steps} steps, {} bytes; {built:.1} ms to build, \
                     {optimised:.1} to optimise, {generated:.1} to generate",
                    request.executor,
                    traces.len(),
                    result.code_len
                );
            }
            Some(Finished {
                executor: request.executor,
                code: std::slice::from_raw_parts(result.code, result.code_len).to_vec(),
                fixups: std::slice::from_raw_parts(result.fixups, result.fixup_count).to_vec(),
                entry: result.entry,
            })
        };
        library.release(compiled);
        finished
    }
}

/// Whether each region is reported (`TAIPAN_TRACE=1`, for development).
fn output() -> bool {
    static ON: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var_os("TAIPAN_TRACE").is_some())
}

/// `fork` copies the running thread alone: it waits until LLVM is idle, and in the child the compiling thread is gone.
mod fork {
    use super::*;

    static WORKERS: Mutex<Vec<&'static Shared>> = Mutex::new(Vec::new());
    static HANDLERS: std::sync::Once = std::sync::Once::new();

    type Guards = Vec<(MutexGuard<'static, ()>, MutexGuard<'static, Queue>, &'static Shared)>;

    thread_local! {
        /// Locks that the forking thread holds.
        static HELD: std::cell::RefCell<Guards> = const { std::cell::RefCell::new(Vec::new()) };
    }

    pub fn watch(shared: &'static Shared) {
        lock(&WORKERS).push(shared);
        HANDLERS.call_once(|| {
            // SAFETY: the handlers are functions without arguments that live as long as the process.
            unsafe { libc::pthread_atfork(Some(before), Some(after), Some(after_in_child)) };
        });
    }

    unsafe extern "C" fn before() {
        let workers = lock(&WORKERS).clone();
        HELD.with_borrow_mut(|held| {
            held.extend(workers.into_iter().map(|s| (lock(&s.compiling), lock(&s.queue), s)));
        });
    }
    unsafe extern "C" fn after() {
        HELD.with_borrow_mut(Vec::clear);
    }
    unsafe extern "C" fn after_in_child() {
        HELD.with_borrow_mut(|held| {
            for (_, queue, shared) in held.iter_mut() {
                shared.lost.store(true, Ordering::Relaxed);
                queue.busy = false;
                queue.waiting.clear();
            }
            held.clear();
        });
    }
}
