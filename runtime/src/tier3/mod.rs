//! Tier 3: hot loops through LLVM, on a thread of their own.
//!
//! ```text
//!   loop counter runs out ─► describe the region (tier2::regions) ─► queue ─► thread: libtaipan_llvm.so
//!   safe point ◄── leave word ◄── finished code                                    │
//!   install: copy, fix up, entry and data slots ◄──────────────────────────────────┘
//! ```
//!
//! The library is opened when the first loop is hot enough: beside the executable, or where `TAIPAN_LLVM_TIER` says. Without
//! it, or with one of another version, loops stay in tier 2. The running thread never waits for LLVM; the queue is
//! bounded and drops what does not fit. `fork` waits for the compilation in progress and leaves the child
//! without the thread, which starts again with the child's first hot loop.

mod helpers;
mod library;
mod thread;

pub use thread::{Finished, Request};

use crate::config::Tier;
use crate::vm::Vm;
use thread::Worker;

/// State of tier 3, per interpreter.
#[derive(Default)]
pub struct Manager {
    worker: Option<Worker>,
    /// The library cannot be used; that was said once.
    off: bool,
}

impl Manager {
    /// Whether there is a compiler; opens it at the first call.
    pub fn available(&mut self, vm: &Vm) -> bool {
        if self.off {
            return false;
        }
        if self.worker.as_ref().is_some_and(Worker::is_alive) {
            return true;
        }
        match library::Library::open().and_then(|library| Worker::start(library, vm)) {
            Ok(worker) => {
                self.worker = Some(worker);
                true
            }
            Err(problem) => {
                self.off = true;
                if vm.config.tier == Tier::Llvm {
                    eprintln!("taipan: the LLVM tier is off: {problem}");
                }
                false
            }
        }
    }

    /// Queues a region; `false` when there is no room.
    pub fn submit(&mut self, request: Request) -> bool {
        self.worker.as_ref().is_some_and(|w| w.submit(request))
    }

    /// Waits until nothing is queued or being compiled.
    pub fn wait(&self) {
        if let Some(worker) = &self.worker {
            worker.wait();
        }
    }

    pub fn take_finished(&mut self) -> Vec<Finished> {
        self.worker.as_ref().map_or_else(Vec::new, Worker::take_finished)
    }
}
