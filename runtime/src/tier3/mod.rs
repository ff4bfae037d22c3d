//! Tier 3: hot loops through LLVM, on a thread of their own.
//!
//! ```text
//!   loop counter runs out ─► describe the region (tier2::regions) ─► queue ─► thread: libtaipan_llvm.so
//!   safe point ◄── leave word ◄── finished code                                    │
//!   install: copy, fix up, entry and data slots ◄──────────────────────────────────┘
//! ```
//!
//! The library is opened when the first loop is hot enough, by the thread: beside the executable, or where
//! `TAIPAN_LLVM_TIER` says. Without it, or with one of another version, loops stay in tier 2, which is said if `--tier llvm`
//! asked for it. The running thread never waits for LLVM; the queue is bounded and drops what does not fit. After `fork` the
//! child has no such thread; it starts one with its next hot loop, unless the parent was compiling just then: what LLVM
//! keeps to itself may then be in the middle of something. A process that ends while LLVM works does not wait, either.

mod helpers;
mod library;
mod thread;

pub use thread::end::at_once as end;
pub use thread::{Finished, Outcome, Request};

use std::sync::Arc;

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
    /// Whether there is a compiler, as far as is known; starts the thread at the first call.
    pub fn available(&mut self, vm: &Vm) -> bool {
        if self.off || self.worker.as_ref().is_some_and(Worker::is_broken) {
            return false;
        }
        if self.worker.as_ref().is_some_and(Worker::is_alive) {
            return true;
        }
        let wanted = vm.config.tier == Tier::Llvm;
        match Worker::start(wanted) {
            Ok(worker) => {
                self.worker = Some(worker);
                true
            }
            Err(problem) => {
                self.off = true;
                if wanted {
                    eprintln!("taipan: the LLVM tier is off: {problem}");
                }
                false
            }
        }
    }

    /// Queues a region; `false` when there is no room.
    pub fn submit(&mut self, request: Arc<Request>) -> bool {
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

/// The LLVM IR of a region, before or after LLVM's passes.
pub fn region_ir(request: &Request, optimised: bool) -> Result<String, String> {
    use taipan_mir::region::{TEXT_BUILT, TEXT_OPTIMISED};
    let library = library::Library::open()?;
    let text = if optimised { TEXT_OPTIMISED } else { TEXT_BUILT };
    Ok(thread::with_region(request, true, text, |region| library.text(region)))
}
