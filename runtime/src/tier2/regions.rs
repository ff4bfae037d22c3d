//! Between tier 2 and tier 3: describes a hot loop with its side traces as a region, and installs what was made of it.

use std::collections::HashMap;

use taipan_mir::region as mir;
use taipan_stencil_lib::arena::{Arena, SystemPages};
use taipan_stencil_lib::emit::{self, Step};

use super::{ExitInfo, ExitKind, State};
use crate::tier3::{Finished, Request};
use crate::vm::Vm;

/// Turns of a loop in tier 2 before it is handed to tier 3. Compiling a region takes LLVM 20–200 ms on its own thread; a turn
/// takes 20–500 ns, so that a loop that pays has run for some milliseconds.
const HOT_LOOP: u32 = 20_000;
/// The same when the thresholds were set on the command line: nearly everything goes to tier 3.
const HOT_LOOP_FORCED: u32 = 3;
/// A loop that was handed over, or that tier 3 cannot compile, is not counted again.
const NEVER: u32 = u32::MAX;
/// Uops in one region: LLVM's time grows with them (about 0.3 ms each, in two copies of the loop).
const MAX_UOPS: usize = 1500;

/// The counter of a looping trace, when there is a third tier.
pub(super) fn counter(vm: &Vm, looping: bool) -> Option<Box<u32>> {
    let threshold = if vm.config.jit_threshold.is_some() { HOT_LOOP_FORCED } else { HOT_LOOP };
    (looping && vm.config.llvm_enabled()).then(|| Box::new(threshold))
}

/// A loop is hot: hands it to tier 3.
pub(super) fn request(vm: &Vm, state: &mut State, hot_exit: u32) {
    let Some(&(_, root)) = state.hot.iter().find(|(exit, _)| *exit == hot_exit) else { return };
    if let Some(counter) = &mut state.executors[root].counter {
        **counter = NEVER;
    }
    if !state.tier3.available(vm) {
        return;
    }
    let Some(request) = describe(state, root) else { return };
    if state.tier3.submit(request) && vm.config.jit_threshold.is_some() {
        // Forced: what is tested is the code, not the waiting.
        state.tier3.wait();
        install_finished(state);
    }
}

/// A safe point: takes over what tier 3 has finished.
pub fn serve(vm: &Vm) {
    // SAFETY: at a safe point nobody borrows the state.
    install_finished(unsafe { vm.tier2.state() });
}

/// Whether tier 3 can take the trace: inlined frames and exits that need a snapshot are not lowered yet.
fn understood(state: &State, executor: usize) -> bool {
    state.executors[executor].trace.end != taipan_mir::trace::End::Return
        && state.executors[executor].steps.iter().all(|(step, _)| match step {
            Step::Op(op) => {
                let exit = |id: u32| state.exits.get(id as usize).is_none_or(|e| e.snapshot.is_none());
                !op.uop.moves_frame()
                    && (op.deopt == 0 || exit(op.deopt))
                    && (op.error == 0 || exit(op.error))
            }
            _ => true,
        })
}

/// The region around a loop.
struct Description<'s> {
    state: &'s mut State,
    /// Executors by their entry, and the traces of the region by executor.
    entries: HashMap<u64, usize>,
    traces: HashMap<usize, u32>,
    /// Executors still to be described, in the order of their traces.
    order: Vec<usize>,
    uops: usize,
    exits: Vec<mir::Exit>,
    exit_numbers: HashMap<u32, u32>,
    /// Exits that only the region has, to be given slots.
    own: Vec<(usize, ExitInfo)>,
}

fn describe(state: &mut State, root: usize) -> Option<Request> {
    let entries = state.executors.iter().enumerate().map(|(n, e)| (e.entry as u64, n)).collect();
    let mut d = Description {
        state,
        entries,
        traces: HashMap::from([(root, 0)]),
        order: vec![root],
        uops: 0,
        exits: Vec::new(),
        exit_numbers: HashMap::new(),
        own: Vec::new(),
    };
    let mut traces = Vec::new();
    let mut next = 0;
    while let Some(&executor) = d.order.get(next) {
        if !understood(d.state, executor) {
            return None;
        }
        traces.push(d.trace(executor));
        next += 1;
    }
    let Description { own, mut exits, .. } = d;
    let arena = state.arena.as_mut()?;
    let slots = arena.allocate_slots(own.len()).ok()?;
    for (i, (number, mut info)) in own.into_iter().enumerate() {
        let slot = (slots.address as *mut u64).wrapping_add(i);
        // SAFETY: the slots were allocated for this.
        unsafe { *slot = emit::common_exit() };
        info.slot = slot;
        exits[number].id = state.exits.len() as u32;
        exits[number].slot = slot as u64;
        state.exits.push(info);
    }
    Some(Request { executor: root, traces, exits })
}

impl Description<'_> {
    fn trace(&mut self, executor: usize) -> Vec<mir::Step> {
        let steps = self.state.executors[executor].steps.clone();
        let mut restarts = HashMap::new();
        let none = mir::Step {
            kind: mir::StepKind::Op,
            uop: 0,
            oparg: 0,
            target: mir::NONE,
            operands: [0; 2],
            deopt: mir::NONE,
            error: mir::NONE,
            restart: mir::NONE,
            locals: mir::NONE,
        };
        let mut described = Vec::with_capacity(steps.len());
        for (step, origin) in steps {
            let step = match step {
                Step::Label { label, .. } => mir::Step { kind: mir::StepKind::Label, target: label, ..none },
                Step::Goto(label) => mir::Step { kind: mir::StepKind::Goto, target: label, ..none },
                Step::Exit(id) => mir::Step { kind: mir::StepKind::Exit, deopt: self.exit(id), ..none },
                // The region is what the loop was counted for.
                Step::Op(op) if op.uop == taipan_mir::uops::Uop::_COUNT_LOOP => continue,
                Step::Op(op) => {
                    let info = op.uop.info();
                    use taipan_mir::uops::{Class, Flags};
                    let leaves = info.is(Flags::DEOPT.union(Flags::EXIT));
                    let fails = info.is(Flags::ERROR.union(Flags::FRAME)) || info.class != Class::Leaf;
                    let restart = *restarts.entry(origin).or_insert_with(|| self.restart(executor, origin));
                    mir::Step {
                        uop: op.uop as u32,
                        oparg: op.oparg,
                        target: op.target,
                        operands: op.operands,
                        deopt: if leaves { self.exit(op.deopt) } else { mir::NONE },
                        error: if fails { self.exit(op.error) } else { mir::NONE },
                        restart,
                        ..none
                    }
                }
            };
            described.push(step);
        }
        described
    }

    /// The region's number of an exit.
    fn exit(&mut self, id: u32) -> u32 {
        if let Some(number) = self.exit_numbers.get(&id) {
            return *number;
        }
        let info = &self.state.exits[id as usize];
        let (depth, slot) = (info.depth as u32, info.slot);
        // SAFETY: the exit's slot lives as long as its executor.
        let target = if slot.is_null() { 0 } else { unsafe { *slot } };
        let link = match info.kind {
            ExitKind::Before | ExitKind::End => self.link(target),
            ExitKind::Error | ExitKind::Hot | ExitKind::Return => mir::NONE,
        };
        let number = self.exits.len() as u32;
        self.exits.push(mir::Exit { id, depth, doubles: 0, link, slot: slot as u64 });
        self.exit_numbers.insert(id, number);
        number
    }

    /// The trace of the region that begins at `target`, if it belongs into the region.
    fn link(&mut self, target: u64) -> u32 {
        let Some(&executor) = self.entries.get(&target) else { return mir::NONE };
        if let Some(&trace) = self.traces.get(&executor) {
            // Side traces have one way in, the loop has many.
            return if trace == 0 { 0 } else { mir::NONE };
        }
        let e = &self.state.executors[executor];
        let loops = e.steps.iter().any(|(s, _)| matches!(s, Step::Goto(_)));
        let side = matches!(e.start, super::record::Start::Exit(_));
        if !side || loops || self.uops + e.steps.len() > MAX_UOPS {
            return mir::NONE;
        }
        self.uops += e.steps.len();
        let number = self.order.len() as u32;
        self.traces.insert(executor, number);
        self.order.push(executor);
        number
    }

    /// An exit of the region's own: resumes at the start of an instruction, everything in memory.
    fn restart(&mut self, executor: usize, resume: u32) -> u32 {
        let e = &self.state.executors[executor];
        let Some(&(begin, _)) = e.ips.get(resume as usize) else { return mir::NONE };
        let calls = e.trace.resumes[resume as usize].depth;
        let number = self.exits.len();
        self.exits.push(mir::Exit { id: 0, depth: 0, doubles: 0, link: mir::NONE, slot: 0 });
        self.own.push((
            number,
            ExitInfo {
                kind: ExitKind::Before,
                ip: begin,
                depth: 0,
                calls,
                slot: std::ptr::null_mut(),
                count: 0,
                total: 0,
                failures: 0,
                chain: 0,
                origin: (taipan_mir::opcodes::Opcode::NOP, [0; 10]),
                snapshot: None,
                state: None,
                bridge: None,
            },
        ));
        number as u32
    }
}

fn install_finished(state: &mut State) {
    for finished in state.tier3.take_finished() {
        install(state, &finished);
    }
}

/// Puts a region's code into executable memory and makes everybody who enters the loop enter it.
fn install(state: &mut State, finished: &Finished) -> Option<()> {
    let arena: &mut Arena<SystemPages> = state.arena.as_mut()?;
    let block = arena.allocate_code(finished.code().len()).ok()?;
    let written = arena.write(block, |address| {
        // SAFETY: the block is writable and as long as the code.
        let place = unsafe { std::slice::from_raw_parts_mut(address as *mut u8, finished.code().len()) };
        place.copy_from_slice(finished.code());
        finished.fix(place, address as u64)
    });
    if written != Ok(true) {
        arena.free(block);
        return None;
    }
    let executor = &mut state.executors[finished.executor];
    let old = executor.entry as u64;
    let new = block.address as u64 + finished.entry() as u64;
    executor.entry = new as *const u8;
    state.stats.regions += 1;
    state.stats.region_bytes += finished.code().len() as u64;
    for exit in state.exits.iter().filter(|e| !e.slot.is_null()) {
        // SAFETY: slots live as long as their executors and are always writable.
        unsafe {
            if *exit.slot == old {
                *exit.slot = new;
            }
        }
    }
    Some(())
}
