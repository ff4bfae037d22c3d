//! Between tier 2 and tier 3: describes a hot loop with its side traces as a region, and installs what was made of it.

use std::collections::HashMap;

use taipan_mir::region as mir;
use taipan_mir::trace::End;
use taipan_mir::uops::{Class, Flags, Uop};
use taipan_stencil_lib::arena::{Arena, SystemPages};
use taipan_stencil_lib::emit;

use super::record::Start;
use super::{ExitInfo, ExitKind, State};
use crate::tier3::{Finished, Request};
use crate::vm::Vm;

/// Turns of a loop in tier 2 before it is handed to tier 3. Compiling a region takes LLVM 20–200 ms on its own thread; a turn
/// takes 20–500 ns, so that a loop that pays has run for some milliseconds.
const HOT_LOOP: u32 = 20_000;
/// The same when the thresholds were set on the command line: nearly everything goes to tier 3.
const HOT_FORCED: u32 = 3;
/// A loop that was handed over, or that tier 3 cannot compile, is not counted again.
const NEVER: u32 = u32::MAX;
/// Uops in one region: LLVM's time grows with them (about 0.3 ms each, in two copies of the loop).
const MAX_UOPS: usize = 1500;

/// Regions made of one loop, each with more side traces than the one before.
const MAX_REGIONS: u8 = 4;

/// Regions of a process that forces them: LLVM would take minutes for programs with many loops.
const MAX_FORCED: u64 = 16;

/// The counter of a looping trace, when there is a third tier.
pub(super) fn counter(vm: &Vm, looping: bool) -> Option<Box<u32>> {
    let threshold = if vm.config.jit_threshold.is_some() { HOT_FORCED } else { HOT_LOOP };
    (looping && vm.config.llvm_enabled()).then(|| Box::new(threshold))
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
    if executor.regions > 0 && executor.regions < MAX_REGIONS {
        executor.new_sides += 1;
        if executor.new_sides >= 1 << (executor.regions - 1) {
            hand_over(vm, state, root);
        }
    }
}

fn hand_over(vm: &Vm, state: &mut State, root: usize) {
    if state.executors[root].recorded.end != End::Loop || !state.tier3.available(vm) {
        return;
    }
    let forced = vm.config.jit_threshold.is_some();
    if forced && state.stats.regions >= MAX_FORCED {
        return;
    }
    state.executors[root].regions += 1;
    state.executors[root].new_sides = 0;
    let Some(request) = describe(state, root) else { return };
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
        match state.executors[at].start {
            Start::Loop { .. } => return Some(at),
            Start::Exit(id) => at = owner_of(state, id)?,
            Start::Entry { .. } | Start::Return { .. } => return None,
        }
    }
}

/// A safe point: takes over what tier 3 has finished.
pub fn serve(vm: &Vm) {
    // SAFETY: at a safe point nobody borrows the state.
    install_finished(unsafe { vm.tier2.state() });
}

/// The region around a loop.
///
/// It is made of the traces as they were recorded: LLVM's tier finds types and cancels references over the whole loop, and its
/// exits leave frames and stacks as the interpreter has them. So side traces fit wherever they begin: at an instruction, with
/// so many calls open.
struct Description<'s> {
    state: &'s mut State,
    root: usize,
    /// Where the loop begins, and its jump back.
    head: *mut u16,
    back_edge: *mut u16,
    /// Side traces by the trace that they leave, where they begin, and the calls that are open there.
    sides: HashMap<(usize, *mut u16, u32), usize>,
    /// Executors in the order of their traces.
    order: Vec<usize>,
    uops: usize,
    exits: Vec<mir::Exit>,
    exit_numbers: HashMap<u32, u32>,
}

fn describe(state: &mut State, root: usize) -> Option<Request> {
    let executor = &state.executors[root];
    let Start::Loop { back_edge, .. } = executor.start else { return None };
    let first = executor.recorded.insts.first()?.resume;
    let head = executor.ips[first as usize].0;
    let mut sides = HashMap::new();
    for (n, e) in state.executors.iter().enumerate() {
        if let Start::Exit(id) = e.start
            && matches!(e.recorded.end, End::Exit(_))
            && let Some(owner) = owner_of(state, id)
        {
            let exit = &state.exits[id as usize];
            sides.entry((owner, exit.ip, exit.calls)).or_insert(n);
        }
    }
    let mut d = Description {
        state,
        root,
        head,
        back_edge,
        sides,
        order: vec![root],
        uops: 0,
        exits: Vec::new(),
        exit_numbers: HashMap::new(),
    };
    let mut traces = Vec::new();
    let mut next = 0;
    while let Some(&executor) = d.order.get(next) {
        traces.push(d.trace(executor));
        next += 1;
    }
    Some(Request { executor: root, traces, exits: d.exits })
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
    restart: mir::NONE,
    locals: mir::NONE,
};

impl Description<'_> {
    fn trace(&mut self, executor: usize) -> Vec<mir::Step> {
        let trace = self.state.executors[executor].recorded.clone();
        let looping = trace.end == End::Loop;
        let mut steps = Vec::with_capacity(trace.insts.len() + 4);
        if looping {
            steps.push(mir::Step { kind: mir::StepKind::Label, target: 0, ..NO_STEP });
        }
        let mut label = 0;
        for (n, inst) in trace.insts.iter().enumerate() {
            let at_head = trace.resumes[inst.resume as usize].depth == 0
                && self.state.executors[executor].ips[inst.resume as usize].0 == self.head;
            // A side trace may begin at the head itself: its first instruction is not a way back.
            let arrives = n > 0 && trace.insts[n - 1].resume != inst.resume;
            if at_head && arrives && !looping {
                // The rest of the path is the loop.
                let back = self.exit_to_head(executor, inst.resume);
                steps.push(mir::Step { kind: mir::StepKind::Exit, deopt: back, ..NO_STEP });
                return steps;
            }
            let before = self.exit(executor, inst.resume, ExitKind::Before);
            let info = inst.uop.info();
            let fails = info.is(Flags::ERROR.union(Flags::FRAME)) || info.class != Class::Leaf;
            let mut step = mir::Step {
                uop: inst.uop as u32,
                oparg: inst.oparg,
                operands: inst.operands,
                deopt: before,
                error: if fails { self.exit(executor, inst.resume, ExitKind::Error) } else { mir::NONE },
                restart: before,
                ..NO_STEP
            };
            if inst.uop == Uop::_LOAD_CONST {
                let code = trace.resumes[inst.resume as usize].code;
                // SAFETY: the code was recorded and lives as long as its frames run; the compiler made the index.
                let constant = unsafe {
                    let code = self.state.executors[executor].codes[code as usize];
                    *(*code).consts.add(inst.oparg as usize)
                };
                step.uop = Uop::_LOAD_CONST_INLINE_BORROW as u32;
                step.operands[0] = constant.0;
            }
            if inst.jumps {
                label += 1;
                step.target = label;
                steps.push(step);
                steps.push(mir::Step { kind: mir::StepKind::Exit, deopt: before, ..NO_STEP });
                steps.push(mir::Step { kind: mir::StepKind::Label, target: label, ..NO_STEP });
            } else {
                steps.push(step);
            }
        }
        match trace.end {
            End::Loop => steps.push(mir::Step { kind: mir::StepKind::Goto, target: 0, ..NO_STEP }),
            End::Exit(resume) => {
                let e = &self.state.executors[executor];
                let (begin, ip) = e.ips[resume as usize];
                let closes = trace.resumes[resume as usize].depth == 0
                    && (begin == self.head || begin == self.back_edge || ip == self.back_edge);
                let leave = self.exit(executor, resume, ExitKind::Before);
                steps.push(mir::Step {
                    uop: Uop::_CHECK_LEAVE as u32,
                    deopt: leave,
                    restart: leave,
                    ..NO_STEP
                });
                let last = if closes { self.exit_to_head(executor, resume) } else { leave };
                steps.push(mir::Step { kind: mir::StepKind::Exit, deopt: last, ..NO_STEP });
            }
            // Only loops and side traces that stay in the loop's frame are described.
            End::Return => {}
        }
        steps
    }

    /// The region's number of an exit: everything in memory, the interpreter goes on at the resume point.
    fn exit(&mut self, executor: usize, resume: u32, kind: ExitKind) -> u32 {
        let key = (executor, resume, kind == ExitKind::Error);
        let id = match self.state.region_exits.get(&key) {
            Some(id) => *id,
            None => {
                let Some(id) = self.new_exit(executor, resume, kind) else { return mir::NONE };
                self.state.region_exits.insert(key, id);
                id
            }
        };
        if let Some(number) = self.exit_numbers.get(&id) {
            return *number;
        }
        let info = &self.state.exits[id as usize];
        let (ip, calls, slot) = (info.ip, info.calls, info.slot as u64);
        let link = if kind == ExitKind::Before { self.link(executor, ip, calls) } else { mir::NONE };
        let number = self.exits.len() as u32;
        self.exits.push(mir::Exit { id, depth: 0, doubles: 0, link, slot });
        self.exit_numbers.insert(id, number);
        number
    }

    /// The same exit as a way back to the loop's head.
    fn exit_to_head(&mut self, executor: usize, resume: u32) -> u32 {
        let number = self.exit(executor, resume, ExitKind::Before);
        let Some(exit) = self.exits.get(number as usize) else { return mir::NONE };
        let back = mir::Exit { link: 0, ..*exit };
        self.exits.push(back);
        self.exits.len() as u32 - 1
    }

    fn new_exit(&mut self, executor: usize, resume: u32, kind: ExitKind) -> Option<u32> {
        let e = &self.state.executors[executor];
        let (begin, ip) = *e.ips.get(resume as usize)?;
        let calls = e.recorded.resumes[resume as usize].depth;
        let block = self.state.arena.as_mut()?.allocate_slots(1).ok()?;
        let slot = block.address as *mut u64;
        // SAFETY: the slot was allocated for this.
        unsafe { *slot = emit::common_exit() };
        let id = self.state.exits.len() as u32;
        let ip = if kind == ExitKind::Error { ip } else { begin };
        self.state.exits.push(ExitInfo::plain(kind, ip, calls, slot));
        self.state.owners.push((id, executor));
        Some(id)
    }

    /// The trace of the region that goes on there.
    fn link(&mut self, owner: usize, ip: *mut u16, calls: u32) -> u32 {
        let Some(&side) = self.sides.get(&(owner, ip, calls)) else { return mir::NONE };
        let len = self.state.executors[side].recorded.insts.len();
        if side == self.root || self.order.contains(&side) || self.uops + len > MAX_UOPS {
            return mir::NONE;
        }
        self.uops += len;
        self.order.push(side);
        self.order.len() as u32 - 1
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
