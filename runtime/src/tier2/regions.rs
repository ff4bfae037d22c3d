//! Between tier 2 and tier 3: describes a hot loop with its side traces as a region, and installs what was made of it.

use std::collections::HashMap;
use std::sync::Arc;

use taipan_mir::region as mir;
use taipan_mir::trace::End;
use taipan_mir::uops::Uop;
use taipan_stencil_lib::arena::{Arena, SystemPages};
use taipan_stencil_lib::emit::Step;

use super::record::Start;
use super::steps::Counts;
use super::{ExitKind, State};
use crate::config::Tier;
use crate::tier3::{Finished, Outcome, Request};
use crate::vm::Vm;

/// Turns of a loop in tier 2 before it is handed to tier 3, by default. LLVM takes 0.3–0.5 ms for each uop of the loop and a
/// turn of the stencils 1–2 ns, so that a region has cost as much as its loop has run until then: rent for as long as buying
/// costs. Measured with nbody: compiling takes 250 ms, which 300,000 turns take in stencils, and saves 40 %.
const HOT_LOOP: u32 = 400_000;
/// The same with `--tier llvm`, which is there to look at.
const HOT_WANTED: u32 = 20_000;
/// The same when the thresholds were set, too: nearly everything goes to tier 3.
const HOT_FORCED: u32 = 3;
/// A loop that was handed over, or that tier 3 cannot compile, is not counted again.
const NEVER: u32 = u32::MAX;
/// Uops in one region: what does not fit stays in stencils, to which exits lead.
const MAX_UOPS: usize = 2000;
/// The same by default. LLVM's time grows faster than the region: richards_super had one of 900 uops, lowered to some 3000 steps
/// with the copies of its side traces, which took 7 s and 20 MB and was no faster.
const MAX_UOPS_AUTO: usize = 400;
/// Regions made of one loop, each with more side traces than the one before.
const MAX_REGIONS: u8 = 4;
/// The same by default: after so many turns most side traces are there.
const MAX_REGIONS_AUTO: u8 = 2;
/// Regions of a process by default: a program with more hot loops than that has no hottest one.
const MAX_PROCESS_AUTO: u64 = 24;
/// Regions of a process that forces them: LLVM would take minutes for programs with many loops.
const MAX_FORCED: u64 = 32;

/// The region that a loop has.
pub struct Installed {
    pub address: *const u8,
    pub len: usize,
    /// What it was made of, for those who look at it.
    pub request: Option<Arc<Request>>,
}

/// The counter of a looping trace, when there is a third tier.
pub(super) fn counter(vm: &Vm, looping: bool) -> Option<Box<u32>> {
    let threshold = match vm.config.tier {
        _ if is_forced(vm) => HOT_FORCED,
        Tier::Llvm => HOT_WANTED,
        _ => HOT_LOOP,
    };
    (looping && vm.config.llvm_enabled()).then(|| Box::new(threshold))
}

/// Whether nearly every loop is to be compiled by LLVM, for tests of the code that it makes.
fn is_forced(vm: &Vm) -> bool {
    vm.config.tier == Tier::Llvm && vm.config.jit_threshold.is_some()
}

/// A loop is hot: hands it to tier 3.
pub(super) fn request(vm: &Vm, state: &mut State, hot_exit: u32) {
    let Some(&(_, root)) = state.hot.iter().find(|(exit, _)| *exit == hot_exit) else { return };
    if let Some(counter) = &mut state.executors[root].counter {
        **counter = NEVER;
    }
    hand_over(vm, state, root);
}

/// A side trace was made: when its loop has a region already, the next one will have it, too. Each further region waits for twice
/// as many.
pub(super) fn new_trace(vm: &Vm, state: &mut State, side: usize) {
    if !matches!(state.executors[side].start, Start::Exit(_)) {
        return;
    }
    let Some(root) = root_of(state, side) else { return };
    let executor = &mut state.executors[root];
    let most = if vm.config.tier == Tier::Auto { MAX_REGIONS_AUTO } else { MAX_REGIONS };
    if executor.regions > 0 && executor.regions < most {
        executor.new_sides += 1;
        if executor.new_sides >= 1 << (executor.regions - 1) {
            hand_over(vm, state, root);
        }
    }
}

fn hand_over(vm: &Vm, state: &mut State, root: usize) {
    if !state.tier3.available(vm) {
        return;
    }
    let forced = is_forced(vm);
    let auto = vm.config.tier == Tier::Auto;
    let most = if forced {
        MAX_FORCED
    } else if auto {
        MAX_PROCESS_AUTO
    } else {
        u64::MAX
    };
    if state.stats.regions >= most {
        return;
    }
    state.executors[root].regions += 1;
    state.executors[root].new_sides = 0;
    let most = if auto { MAX_UOPS_AUTO } else { MAX_UOPS };
    let Some((request, members)) = describe(state, root, most) else { return };
    if state.executors[root].last_request == request.traces.len() {
        // Nothing would be different.
        return;
    }
    state.executors[root].last_request = request.traces.len();
    for member in members {
        state.executors[member].is_in_region = true;
    }
    let request = Arc::new(request);
    if vm.config.keep_traces {
        state.executors[root].requested = Some(request.clone());
    }
    if state.tier3.submit(request) && forced {
        // Forced: what is tested is the code, not the waiting.
        state.tier3.wait();
        install_finished(state);
    }
}

/// Whose an exit is.
fn owner_of(state: &State, exit: u32) -> Option<usize> {
    let n = state.owners.partition_point(|(first, _)| *first <= exit);
    Some(state.owners[n.checked_sub(1)?].1)
}

/// The loop that a trace is stitched to, directly or through other side traces.
fn root_of(state: &State, executor: usize) -> Option<usize> {
    let mut at = executor;
    loop {
        if at != executor && state.executors[at].end == End::Loop {
            return Some(at);
        }
        match state.executors[at].start {
            Start::Exit(id) => at = owner_of(state, id)?,
            Start::Loop { .. } => return Some(at),
            Start::Entry { .. } | Start::Return { .. } => return None,
        }
    }
}

/// A safe point: takes over what tier 3 has finished.
pub(super) fn serve(vm: &Vm) {
    // SAFETY: at a safe point nobody borrows the state.
    install_finished(unsafe { vm.tier2.state() });
}

/// The region around a loop: its trace, and the traces that its exits and their exits lead to, as they were emitted as
/// stencils. Exits are those of the stencils, with the same numbers, slots and states, so that whatever is stitched to one of
/// them later continues both.
struct Description<'s> {
    state: &'s State,
    /// Executors in the order of their traces, with the calls that are open in the frame from which they count theirs.
    order: Vec<(usize, u32)>,
    uops: usize,
    most: usize,
    exits: Vec<mir::Exit>,
    /// By the exits' own numbers.
    numbers: HashMap<u32, u32>,
}

/// The region, and the executors in it.
pub(super) fn describe(state: &State, root: usize, most: usize) -> Option<(Request, Vec<usize>)> {
    let uops = state.executors[root].steps.len();
    if uops > most {
        return None;
    }
    let mut d =
        Description { state, order: vec![(root, 0)], uops, most, exits: Vec::new(), numbers: HashMap::new() };
    let mut traces = Vec::new();
    while let Some(&(executor, depth)) = d.order.get(traces.len()) {
        traces.push(d.trace(executor, depth));
    }
    // A path that did not close by itself is a loop when one of its side traces leads back.
    let closes = state.executors[root].end == End::Loop || d.exits.iter().any(|e| e.link == 0);
    let members = d.order.iter().map(|(executor, _)| *executor).collect();
    closes.then_some((Request { executor: root, traces, exits: d.exits }, members))
}

/// A step without anything.
const NO_STEP: mir::Step = mir::Step {
    kind: mir::StepKind::Op,
    uop: 0,
    oparg: 0,
    target: mir::NONE,
    operands: [0; 2],
    deopt: mir::NONE,
    error: mir::NONE,
};

impl Description<'_> {
    fn trace(&mut self, executor: usize, depth: u32) -> Vec<mir::Step> {
        let mut steps = Vec::with_capacity(self.state.executors[executor].steps.len());
        for step in &self.state.executors[executor].steps {
            steps.push(match *step {
                Step::Op(op) if op.uop == Uop::_COUNT_LOOP => continue,
                Step::Op(op) if op.uop == Uop::_COUNT => mir::Step {
                    uop: op.uop as u32,
                    operands: [op.operands[0] + Counts::REGION, 0],
                    ..NO_STEP
                },
                Step::Op(op) => mir::Step {
                    uop: op.uop as u32,
                    oparg: op.oparg,
                    operands: op.operands,
                    target: op.target,
                    deopt: self.exit(executor, depth, op.deopt),
                    error: self.exit(executor, depth, op.error),
                    ..NO_STEP
                },
                Step::Label { label, .. } => {
                    mir::Step { kind: mir::StepKind::Label, target: label, ..NO_STEP }
                }
                Step::Goto(label) => mir::Step { kind: mir::StepKind::Goto, target: label, ..NO_STEP },
                Step::Exit(id) => {
                    mir::Step { kind: mir::StepKind::Exit, deopt: self.exit(executor, depth, id), ..NO_STEP }
                }
            });
        }
        steps
    }

    /// The region's number of an exit.
    fn exit(&mut self, executor: usize, depth: u32, id: u32) -> u32 {
        // Uops without such an exit have the number 0, which is the first exit of the first executor.
        let Some(info) = self.state.exits.get(id as usize).filter(|e| !e.slot.is_null()) else {
            return mir::NONE;
        };
        if owner_of(self.state, id) != Some(executor) {
            return mir::NONE;
        }
        let link = match info.kind {
            ExitKind::Before | ExitKind::End => self.link(info, depth),
            ExitKind::Error | ExitKind::Interrupted | ExitKind::Return | ExitKind::Hot => mir::NONE,
        };
        let exit = mir::Exit { id, depth: info.depth as u32, link, slot: info.slot as u64 };
        *self.numbers.entry(id).or_insert_with(|| {
            self.exits.push(exit);
            self.exits.len() as u32 - 1
        })
    }

    /// The trace of the region that goes on there.
    fn link(&mut self, info: &super::ExitInfo, depth: u32) -> u32 {
        let Some(target) = info.link else { return mir::NONE };
        let executor = &self.state.executors[target];
        // Where the target's own frame is: side traces count calls as the trace that they leave does.
        let depth = match executor.start {
            Start::Exit(_) => depth,
            _ => depth + info.calls,
        };
        if let Some(n) = self.order.iter().position(|o| *o == (target, depth)) {
            return n as u32;
        }
        let looping = executor.end == End::Loop;
        if looping || self.order.iter().any(|o| o.0 == target) {
            // Another loop has a region of its own.
            return mir::NONE;
        }
        if self.uops + executor.steps.len() > self.most {
            return mir::NONE;
        }
        self.uops += executor.steps.len();
        self.order.push((target, depth));
        self.order.len() as u32 - 1
    }
}

pub(super) fn install_finished(state: &mut State) {
    for finished in state.tier3.take_finished() {
        match finished.outcome {
            Outcome::Code(_) => {
                if install(state, &finished).is_none() {
                    state.stats.regions_failed.push("there is no room for its code".to_owned());
                }
            }
            Outcome::Failed(reason) => state.stats.regions_failed.push(reason),
        }
    }
}

/// Puts a region's code into executable memory and makes everybody who enters the loop enter it.
fn install(state: &mut State, finished: &Finished) -> Option<()> {
    let Outcome::Code(code) = &finished.outcome else { return None };
    let arena: &mut Arena<SystemPages> = state.arena.as_mut()?;
    let block = arena.allocate_code(code.bytes().len()).ok()?;
    let written = arena.write(block, |address| {
        // SAFETY: the block is writable and as long as the code.
        let place = unsafe { std::slice::from_raw_parts_mut(address as *mut u8, code.bytes().len()) };
        place.copy_from_slice(code.bytes());
        code.fix(place, address as u64)
    });
    if written != Ok(true) {
        arena.free(block);
        return None;
    }
    let executor = &mut state.executors[finished.executor];
    let old = executor.entry as u64;
    let new = block.address as u64 + code.entry() as u64;
    executor.entry = new as *const u8;
    let request = executor.requested.clone();
    executor.region =
        Some(Installed { address: block.address as *const u8, len: code.bytes().len(), request });
    let stats = &mut state.stats;
    stats.regions += 1;
    stats.region_bytes += code.bytes().len() as u64;
    for (total, part) in stats.region_ns.iter_mut().zip(code.times()) {
        *total += part;
    }
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
