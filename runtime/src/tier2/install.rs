//! Uops become machine code and an executor that the interpreter finds.

use std::rc::Rc;
use std::time::{Duration, Instant};

use taipan_layout::Value;
use taipan_layout::frame::{InlineChain, InlineLink, InlineRecord};
use taipan_mir::opcodes::Opcode;
use taipan_mir::optimize::{Entry, FrameShape, Optimized, optimize};
use taipan_mir::trace::{At, End, Packed, Trace, VirtualFrame};
use taipan_mir::uops::Uop;
use taipan_stencil_lib::arena::{Arena, Block, SystemPages};
use taipan_stencil_lib::emit::{self, Op, Step};

use super::facts::{World, frame_size};
use super::free;
use super::invalidate::assumptions;
use super::record::{Recorder, Start};
use super::regions;
use super::steps::{self, Counts, Extras, Plan, Planned};
use super::translate::{Translation, translate, unbind_class_methods};
use super::view;
use super::{ARENA_SIZE, Executor, ExitInfo, ExitKind, MAX_FAILURES, State};
use crate::config::Tier;
use crate::objects::code;
use crate::owned::Counted;
use crate::vm::Vm;

/// Entries of a function until it is looked at again after nothing came of it.
pub(super) const ENTRY_BACKOFF: u32 = 1 << 20;

/// Where a recording ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    Closed,
    At(*mut taipan_layout::Frame, *mut u16),
    Returned,
}

/// Compiles a recording and makes the interpreter, or the exit that it starts from, use it.
pub(super) fn compile(vm: &Vm, state: &mut State, mut recorder: Recorder, stopped: Stopped) {
    let began = Instant::now();
    let first = recorder.entries.first().copied();
    let (failed_guard, chain) = match recorder.start {
        Start::Exit(id) => {
            let exit = &state.exits[id as usize];
            // The same form would leave again.
            let same = first.is_some_and(|e| {
                exit.origin == (e.opcode, e.cache) && !is_direction(e.opcode) && !exit.branch
            });
            (exit.kind == ExitKind::Before && same, exit.chain + 1)
        }
        _ => (false, 0),
    };
    unbind_class_methods(&mut recorder.entries);
    let Some(t) = translate(&recorder.entries, stopped, failed_guard, recorder.calls) else {
        if trace_output() {
            eprintln!("not translated: {:?} {:?}", recorder.start, first.map(|e| e.opcode));
        }
        return failed(vm, state, recorder.start);
    };
    let translated = began.elapsed();
    if matches!(recorder.start, Start::Loop { .. } | Start::Entry { .. })
        && !matches!(t.trace.end, End::Loop | End::Return)
    {
        // A path that does not close is worth compiling only when it gets somewhere.
        if t.trace.insts.len() < 12 {
            return failed(vm, state, recorder.start);
        }
    }
    let (entry, depth) = match recorder.start {
        Start::Exit(id) => {
            let exit = &state.exits[id as usize];
            match &exit.state {
                Some(s) if s.is_plain() && exit.kind != ExitKind::Interrupted => {
                    (Entry::Exit(s.clone()), exit.depth as usize)
                }
                Some(s) => (Entry::Decoded(s.clone()), 0),
                // A trace's end, or an exit of a region: everything is as the interpreter has it.
                None if !(exit.plain || exit.kind == ExitKind::End) || recorder.shapes.is_empty() => {
                    return failed(vm, state, recorder.start);
                }
                None => (Entry::Interpreter(recorder.shapes.clone()), 0),
            }
        }
        Start::Loop { .. } | Start::Entry { .. } | Start::Return { .. } => {
            let Some(code) = first.map(|e| e.code) else { return failed(vm, state, recorder.start) };
            // SAFETY: recorded code is live.
            let shape = unsafe {
                FrameShape { locals: (*code).nlocalsplus, stack: recorder.stack, size: frame_size(code) }
            };
            (Entry::Interpreter(vec![shape]), 0)
        }
    };
    if trace_output() {
        eprintln!("executor {} for {:?} depth {depth}\n{}", state.executors.len(), recorder.start, t.trace);
    }
    let Some(optimized) = optimize(&World { codes: &t.codes }, &t.trace, &entry) else {
        if trace_output() {
            eprintln!("not optimised");
        }
        return failed(vm, state, recorder.start);
    };
    let optimised = began.elapsed();
    if trace_output() {
        eprintln!("optimised\n{}", optimized.trace);
    }
    let shown = vm.config.keep_traces.then(|| Trace { snapshots: Vec::new(), ..optimized.trace.clone() });
    match publish(vm, state, &t, optimized, depth, chain, recorder.start) {
        Ok(executor) => {
            state.stats.translate_ns += translated.as_nanos() as u64;
            state.stats.optimize_ns += (optimised - translated).as_nanos() as u64;
            if let Some(optimised) = shown {
                view::note(state, executor, &t, optimised);
            }
            install(vm, state, executor, recorder.start, matches!(entry, Entry::Decoded(_)));
            state.stats.compile_ns += began.elapsed().as_nanos() as u64;
            state.stats.trigger_ns += recorder.begun.elapsed().as_nanos() as u64;
            regions::new_trace(vm, state, executor);
        }
        Err(Unpublished::Full) => {
            free::evict(vm, state);
            retry_later(vm, state, recorder.start);
        }
        Err(Unpublished::Refused) => failed(vm, state, recorder.start),
    }
}

/// Why there is no code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unpublished {
    /// No room, until others are freed.
    Full,
    Refused,
}

/// Whether every trace is printed as it is compiled (`TAIPAN_TRACE=1`, for development; another value prints only the
/// figures at the end).
pub(super) fn trace_output() -> bool {
    static ON: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var_os("TAIPAN_TRACE").is_some_and(|v| v == "1"))
}

/// Instructions whose exit is a direction, not a type.
fn is_direction(op: Opcode) -> bool {
    matches!(op.deopt(), Opcode::FOR_ITER | Opcode::JUMP_BACKWARD | Opcode::RESUME)
}

/// Emits the code.
fn publish(
    vm: &Vm,
    state: &mut State,
    t: &Translation,
    optimized: Optimized,
    depth: usize,
    chain: u8,
    start: Start,
) -> Result<usize, Unpublished> {
    let Optimized { mut trace, states, swapped } = optimized;
    let invalid = Box::new(0u32);
    let records: Box<[InlineRecord]> = trace.records.iter().map(record).collect();
    let inlined: Box<[InlineLink]> = trace
        .chains
        .iter()
        .flat_map(|chain| &chain.frames)
        .map(|(n, distance)| InlineLink {
            record: &raw const records[*n as usize],
            distance: *distance as u64,
        })
        .collect();
    let mut first_link = 0;
    let chains: Box<[InlineChain]> = trace
        .chains
        .iter()
        .map(|chain| {
            let frames = inlined.as_ptr().wrapping_add(first_link);
            first_link += chain.frames.len();
            let ip = match chain.at {
                At::Address(ip) => ip as *mut u16,
                At::Resume(resume) => t.ips[resume as usize].1,
            };
            InlineChain { frames, count: chain.frames.len() as u32, distance: chain.distance, ip }
        })
        .collect();
    for inst in &mut trace.insts {
        match inst.uop {
            Uop::_MATERIALIZE_FRAME => {
                inst.operands[0] = &raw const records[inst.operands[0] as usize] as u64;
            }
            Uop::_POP_TOP_INLINE => {
                inst.operands[0] = &raw const chains[inst.operands[0] as usize] as u64;
            }
            Uop::_CHECK_VALIDITY => inst.operands[0] = &raw const *invalid as u64,
            _ => {}
        }
    }
    // A region is entered with everything in memory, in a frame that has a header.
    let looping = match start {
        Start::Loop { .. } => true,
        Start::Exit(id) => trace.end == End::Loop && depth == 0 && state.exits[id as usize].calls == 0,
        Start::Entry { .. } | Start::Return { .. } => false,
    };
    let mut counter = regions::counter(vm, looping);
    let mut counts = vm.config.stats.is_some().then(Box::<Counts>::default);
    let mut forced = forced_exits(vm, &trace);
    let extras = Extras {
        hot: counter.as_mut().map(|c| &raw mut **c),
        counts: counts.as_mut().map(|c| &raw mut **c),
        forced: &mut forced,
    };
    let mut plan = steps::plan(&trace, extras);
    let count = plan.exits.len();
    let first_exit = free::take(&mut state.vacant_exits, count).unwrap_or(state.exits.len() as u32);
    plan.number_from(first_exit);
    let Plan { steps, exits: planned, hot: hot_exit } = plan;
    let interpreted = vm.config.tier == Tier::Uops;
    let code = match interpreted {
        true => None,
        false => match emit_code(vm, state, &steps, depth, counts.as_ref().map(|c| &raw const c.slow)) {
            Ok(code) => Some(code),
            Err(problem) => {
                if first_exit < state.exits.len() as u32 {
                    free::give(&mut state.vacant_exits, first_exit..first_exit + count as u32);
                }
                return Err(problem);
            }
        },
    };

    let mut exits: Vec<ExitInfo> = planned
        .iter()
        .map(|Planned { kind, resume, snapshot, forced, consumed, branch, position }| ExitInfo {
            kind: *kind,
            ip: match kind {
                ExitKind::Error => t.ips[*resume as usize].1,
                ExitKind::Before
                | ExitKind::Interrupted
                | ExitKind::End
                | ExitKind::Hot
                | ExitKind::Return => t.ips[*resume as usize].0,
            },
            depth: 0,
            calls: trace.resumes[*resume as usize].depth,
            slot: std::ptr::null_mut(),
            count: 0,
            total: 0,
            failures: 0,
            chain,
            origin: t.origins.get(*resume as usize).copied().unwrap_or((Opcode::NOP, [0; 10])),
            snapshot: swapped
                .contains(snapshot)
                .then(|| Box::new(trace.snapshots[*snapshot as usize].clone())),
            state: states.get(*snapshot as usize).cloned(),
            link: None,
            bridge: None,
            plain: false,
            forced: *forced,
            consumed: *consumed,
            position: *position,
            branch: *branch,
        })
        .collect();
    if let Some((_, slots)) = code {
        for point in &state.emitter.exits {
            let info = &mut exits[(point.id - first_exit) as usize];
            info.depth = point.depth;
            info.slot = (slots.address as *mut u64).wrapping_add(point.slot as usize);
        }
    }
    let mut links = Vec::new();
    for (n, exit) in exits.iter().enumerate().filter(|(_, e)| e.kind == ExitKind::End && e.depth == 0) {
        let codes = t.end_code();
        // SAFETY: the instruction lies in live code.
        let target = unsafe {
            let ip = super::exits::instruction(exit.ip);
            if *ip as u8 == Opcode::ENTER_EXECUTOR as u8 {
                code::executor_at(codes[0], ip)
            } else {
                state.heads.get(&(exit.ip as usize)).copied()
            }
        };
        links.extend(target.map(|target| (first_exit + n as u32, target)));
    }
    if (first_exit as usize) < state.exits.len() {
        for (place, exit) in state.exits[first_exit as usize..].iter_mut().zip(exits) {
            *place = exit;
        }
    } else {
        state.exits.extend(exits);
    }
    for (exit, target) in links {
        state.link(exit, target);
    }
    let len = code.map_or(0, |(block, _)| block.len);
    state.stats.uops += trace.insts.len() as u64;
    state.stats.code_bytes += len as u64;
    // Addresses in code stand for its instructions as long as the code is there.
    let codes = t.codes.iter().map(|c| Value::from_ptr(*c).own());
    let objects =
        trace.objects.iter().filter(|w| Value(**w).is_heap()).map(|w| Value(*w).own()).chain(codes).collect();
    let executor = state.vacant.pop().unwrap_or(state.executors.len());
    state.made += 1;
    let place = state.owners.partition_point(|(first, _)| *first < first_exit);
    state.owners.insert(place, (first_exit, executor));
    state.hot.extend(hot_exit.map(|exit| (exit, executor)));
    let made = Executor {
        code,
        exits: first_exit..first_exit + count as u32,
        entered: 0,
        entry: code.map_or(std::ptr::null(), |(block, _)| block.address as *const u8),
        stencils: code.map_or(std::ptr::null(), |(block, _)| block.address as *const u8),
        region: None,
        requested: None,
        last_request: 0,
        is_in_region: false,
        serial: state.made,
        depends_on: assumptions(t, &trace.depends_on),
        uops: Packed::new(&trace),
        preamble: trace.preamble as u32,
        end: trace.end,
        code_len: len,
        program: if interpreted { steps.as_slice().into() } else { Rc::new([]) },
        steps: if vm.config.keep_traces || vm.config.llvm_enabled() { steps } else { Vec::new() },
        start,
        counter,
        counts,
        _forced: forced,
        regions: 0,
        new_sides: 0,
        invalid,
        _objects: objects,
        _records: records,
        _links: inlined,
        _chains: chains,
        notes: None,
    };
    match state.executors.get_mut(executor) {
        Some(vacant) => *vacant = made,
        None => state.executors.push(made),
    }
    Ok(executor)
}

/// Emits the code of `steps`, entered with `depth` cached values: the code and its data slots. Slow siblings count at `slow`.
fn emit_code(
    vm: &Vm,
    state: &mut State,
    steps: &[Step],
    depth: usize,
    slow: Option<*const u64>,
) -> Result<(Block, Block), Unpublished> {
    if state.arena.is_none() {
        state.arena = Arena::new(SystemPages, emit::common_exit() as usize, ARENA_SIZE).ok();
    }
    let arena = state.arena.as_mut().ok_or(Unpublished::Refused)?;
    let began = Instant::now();
    state.emitter.count_slow(slow.map(|at| at as u64));
    if let Err(e) = state.emitter.layout_from(steps, depth, 0) {
        if trace_output() {
            eprintln!("not emitted: {e}");
        }
        return Err(Unpublished::Refused);
    }
    let (len, slots) = state.emitter.size();
    if vm.config.jit_memory.is_some_and(|most| arena.used() + len > most) {
        return Err(Unpublished::Full);
    }
    let code = arena.allocate_code(len).map_err(|_| Unpublished::Full)?;
    let Ok(slot_block) = arena.allocate_slots(slots) else {
        arena.free(code);
        return Err(Unpublished::Full);
    };
    let emitter = &state.emitter;
    let mut protecting = Duration::ZERO;
    let laid_out = Instant::now();
    let written = arena.write(code, |address| {
        let writable = Instant::now();
        // SAFETY: the blocks have the sizes that the emitter asked for and lie in one arena near the text.
        unsafe {
            emitter.write(steps, address as *mut u8, address as u64, slot_block.address as *mut u64);
        }
        protecting = writable - laid_out;
        Instant::now()
    });
    let patched = written.map_err(|_| Unpublished::Refused)?;
    protecting += patched.elapsed();
    state.stats.emit_ns += (began.elapsed() - protecting).as_nanos() as u64;
    state.stats.protect_ns += protecting.as_nanos() as u64;
    Ok((code, slot_block))
}

/// Countdowns for the trace's guards: those that a test wants to fail once.
fn forced_exits(vm: &Vm, trace: &Trace) -> Box<[u32]> {
    let Some(force) = vm.config.force_exits else { return Box::default() };
    let wanted = |n: usize| force.guard.is_none_or(|guard| guard == n);
    (0..steps::guards(trace)).map(|n| if wanted(n) { force.after } else { 0 }).collect()
}

/// A frame's description as machine code reads it.
pub(super) fn record(f: &VirtualFrame) -> InlineRecord {
    let mut record =
        InlineRecord::new(Value(f.function), f.call_ip as *mut u16, f.size, f.caller_stack, f.return_offset);
    record.borrowed = f.borrowed;
    record.unset = f.unset;
    record
}

fn install(vm: &Vm, state: &mut State, executor: usize, start: Start, decoded: bool) {
    match start {
        Start::Exit(id) => {
            state.stats.bridges += 1;
            let exit = &mut state.exits[id as usize];
            if decoded {
                exit.bridge = Some(executor);
                return;
            }
            // From now on the exit goes on in the new code.
            state.link(id, executor);
        }
        Start::Loop { code, back_edge, head } => {
            state.stats.traces += 1;
            if state.executors[executor].end == End::Loop {
                state.heads.insert(head as usize, executor);
            }
            // SAFETY: the back-edge lies in live code, which keeps the list.
            unsafe { code::install_executor(code, back_edge, executor) };
        }
        Start::Entry { code, resume } => {
            state.stats.traces += 1;
            state.points.insert(resume as usize, executor);
            // SAFETY: the instruction lies in live code, which keeps the list.
            unsafe { code::install_executor(code, resume, executor) };
        }
        Start::Return { exit, ip } => {
            state.stats.bridges += 1;
            state.points.insert(ip as usize, executor);
            if link_return(vm, state, exit, executor, ip).is_none() {
                state.exits[exit as usize].failures = MAX_FAILURES;
            }
        }
    }
}

/// Makes the exit of a return go on in `target` when it returns to `ip`, where that begins. The comparison has an exit of its own
/// for other callers.
pub(super) fn link_return(vm: &Vm, state: &mut State, exit: u32, target: usize, ip: *mut u16) -> Option<()> {
    let first = state.exits.len() as u32;
    let steps =
        [Step::Op(Op::new(Uop::_GUARD_RETURNED_TO).operand(ip as u64).deopt(first)), Step::Exit(first + 1)];
    let from = &state.exits[exit as usize];
    let chain = if from.plain { from.chain + 1 } else { 1 };
    let code = match vm.config.tier {
        Tier::Uops => None,
        _ => Some(emit_code(vm, state, &steps, 0, None).ok()?),
    };
    for (id, kind) in [(first, ExitKind::Return), (first + 1, ExitKind::End)] {
        let mut info = ExitInfo { chain, ..ExitInfo::plain(kind, ip, 0, std::ptr::null_mut()) };
        if let Some((_, slots)) = code {
            let point = state.emitter.exits.iter().find(|p| p.id == id)?;
            info.slot = (slots.address as *mut u64).wrapping_add(point.slot as usize);
        }
        state.exits.push(info);
    }
    let executor = state.executors.len();
    state.owners.push((first, executor));
    state.executors.push(Executor {
        entry: code.map_or(std::ptr::null(), |(block, _)| block.address as *const u8),
        code,
        exits: first..first + 2,
        code_len: code.map_or(0, |(block, _)| block.len),
        program: if code.is_none() { steps.as_slice().into() } else { Rc::new([]) },
        ..Executor::bare(Start::Return { exit, ip })
    });
    state.link(first + 1, target);
    state.link(exit, executor);
    state.stats.code_bytes += code.map_or(0, |(block, _)| block.len) as u64;
    Some(())
}

/// There was no room: the loop or exit counts anew, and waits as long as it can.
fn retry_later(vm: &Vm, state: &mut State, start: Start) {
    match start {
        Start::Exit(id) | Start::Return { exit: id, .. } => {
            let exit = &mut state.exits[id as usize];
            exit.failures += 1;
            exit.count = 0;
        }
        // SAFETY: recorded code is live.
        Start::Entry { code, .. } => unsafe {
            (*code).entry_count = ENTRY_BACKOFF.min(vm.config.entry_counter() << 8)
        },
        // SAFETY: the counter is the unit after the jump, in live code.
        Start::Loop { back_edge, .. } => unsafe {
            let counter = back_edge.add(1);
            *counter = 4095 << 4 | (*counter & 15);
        },
    }
}

/// A recording came to nothing: the next attempt comes later, and after some attempts never.
pub(super) fn failed(_vm: &Vm, state: &mut State, start: Start) {
    state.stats.aborted += 1;
    if trace_output() {
        eprintln!("nothing came of {start:?}");
    }
    match start {
        Start::Exit(id) | Start::Return { exit: id, .. } => {
            let exit = &mut state.exits[id as usize];
            exit.failures += 1;
            exit.count = 0;
        }
        Start::Entry { code, .. } => {
            // SAFETY: recorded code is live.
            unsafe { (*code).entry_count = ENTRY_BACKOFF };
        }
        Start::Loop { back_edge, .. } => {
            // SAFETY: the counter is the unit after the jump, in live code.
            unsafe {
                let counter = back_edge.add(1);
                let backoff = (*counter & 15).max(10) + 1;
                *counter = if backoff > 12 + MAX_FAILURES as u16 || backoff > 14 {
                    // The plain jump does not count.
                    *back_edge = (*back_edge & 0xFF00) | Opcode::JUMP_BACKWARD_NO_JIT as u16;
                    0
                } else {
                    4095 << 4 | backoff
                };
            }
        }
    }
}
