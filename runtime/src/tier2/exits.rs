//! Entering executors and coming back.

use std::sync::atomic::Ordering;

use taipan_layout::{Frame, StackValue, ThreadState, Value};
use taipan_mir::opcodes::Opcode;
use taipan_mir::trace::{NO_CELL, Tail};
use taipan_stencil_lib::emit;
use taipan_uops::prelude;

use super::record::{self, Start};
use super::{
    ENTRY_THRESHOLD, EXIT_THRESHOLD, ExitInfo, ExitKind, LOOP_THRESHOLD, MAX_CHAIN, MAX_FAILURES,
    MAX_RETURNS, Running, State, install, traceable,
};
use crate::config::Tier;
use crate::interp::unwind;
use crate::objects::{code, float, function, list, tuple};
use crate::owned::Counted;
use crate::vm::Vm;

/// A back-edge's counter ran out.
///
/// # Safety
/// `frame` is current and executes the jump at `ip`, which leads to `target`.
pub unsafe fn hot_loop(vm: &Vm, frame: *mut Frame, ip: *mut u16, target: *mut u16) {
    // SAFETY: by contract; the counter is the unit after the jump.
    unsafe {
        *ip.add(1) = loop_counter(vm.config.jit_threshold) | (*ip.add(1) & 15);
        let state = vm.tier2.state();
        if state.recorder.is_some() || !traceable(frame) {
            return;
        }
        if let Some(executor) = state.heads.get(&(target as usize)) {
            // Another way back to a loop that is compiled.
            code::install_executor((*frame).code, ip, *executor);
            return;
        }
        let start = Start::Loop { code: (*frame).code, back_edge: ip, head: target };
        record::begin(vm, state, start, frame, target, 0);
    }
}

/// The counter unit of a loop that has not been looked at.
pub fn loop_counter(threshold: Option<u32>) -> u16 {
    (threshold.unwrap_or(LOOP_THRESHOLD).clamp(1, 4095) as u16) << 4
}

/// A function or generator was entered often, at this `RESUME_CHECK`.
///
/// # Safety
/// `frame` is current and executes the instruction.
pub unsafe fn hot_entry(vm: &Vm, frame: *mut Frame, resume: *mut u16) {
    // SAFETY: by contract.
    unsafe {
        let code = (*frame).code;
        (*code).entry_count = vm.config.entry_counter();
        let state = vm.tier2.state();
        // A delegating generator is resumed in the middle of an instruction.
        let delegating = (*resume >> 8) & 3 >= 2;
        if vm.config.jit_enabled() && state.recorder.is_none() && traceable(frame) && !delegating {
            record::begin(vm, state, Start::Entry { code, resume }, frame, resume, 0);
        }
    }
}

/// What a function's counter of entries begins with.
pub fn entry_counter(threshold: Option<u32>) -> u32 {
    threshold.unwrap_or(ENTRY_THRESHOLD).max(1) + 1
}

/// A compiled frame has returned to `frame`, which the interpreter would go on with, again and again: from now on the exit
/// looks whether it is this place, and goes on in machine code.
unsafe fn hot_return(vm: &Vm, state: &mut State, exit: u32, frame: *mut Frame) {
    // SAFETY: the frame is current and waits at its next instruction.
    unsafe {
        if state.recorder.is_some() || !traceable(frame) {
            return;
        }
        let ip = (*frame).ip;
        let mut target = state.points.get(&(ip as usize)).copied();
        if target.is_none() && *ip as u8 == Opcode::ENTER_EXECUTOR as u8 {
            target = code::executor_at((*frame).code, ip);
        }
        match target {
            Some(target) => {
                let linked = install::link_return(vm, state, exit, target, ip);
                if linked.is_none() {
                    state.exits[exit as usize].failures = MAX_FAILURES;
                }
            }
            None => record::begin(vm, state, Start::Return { exit, ip }, frame, ip, 0),
        }
    }
}

/// Runs an executor: 1 when the interpreter goes on in `ts.frame`, −1 when it has to be left.
///
/// # Safety
/// `frame` is current, its stack in memory, and executes the instruction that `executor` stands for.
pub unsafe fn enter(vm: &Vm, mut frame: *mut Frame, mut executor: usize) -> i32 {
    // SAFETY: by contract. The state is not borrowed while machine code runs.
    unsafe {
        let ts: *mut ThreadState = vm.ts();
        let interpreted = vm.config.tier == Tier::Uops;
        loop {
            let state = vm.tier2.state();
            if let Some(recorder) = &mut state.recorder
                && let Some(ip) = recorder.passing.take()
            {
                (*frame).ip = ip;
                return 1;
            }
            state.stats.entries += 1;
            state.running += 1;
            state.executors[executor].entered = state.executors[executor].entered.saturating_add(1);
            let is_region = state.executors[executor].region.is_some();
            vm.tier2.set_running(if is_region { Running::Tier3 } else { Running::Tier2 });
            if interpreted {
                super::uops::run(vm, frame, executor);
            } else {
                let entry = vm.tier2.state().executors[executor].entry;
                emit::enter(frame, (*frame).sp, ts, entry);
            }
            vm.tier2.set_running(Running::Interpreter);
            let state = vm.tier2.state();
            state.running -= 1;
            super::free::left(vm, state);
            state.stats.exits += 1;
            let id = (*ts).exit_id as u32;
            let exit = &mut state.exits[id as usize];
            exit.total += 1;
            let current = (*ts).frame;
            let pushed = exit.kind == ExitKind::Error && (*ts).exception.is_null();
            if pushed {
                // A frame that the trace did not expect, which knows where it goes on.
                return 1;
            }
            if exit.kind == ExitKind::Return {
                exit.count += 1;
                let threshold = vm.config.exit_threshold.unwrap_or(EXIT_THRESHOLD);
                let more = !exit.plain || exit.chain < MAX_RETURNS;
                if exit.count >= threshold && exit.failures < MAX_FAILURES && more {
                    exit.count = 0;
                    hot_return(vm, state, id, current);
                }
                return 1;
            }
            decode(vm, exit, current);
            (*current).ip = exit.ip;
            if exit.kind == ExitKind::Error {
                return if unwind::unwind(ts, current, std::ptr::null_mut()).is_null() { -1 } else { 1 };
            }
            if !(*ts).exception.is_null() {
                // A region could not box a float on its way out.
                return if unwind::unwind(ts, current, std::ptr::null_mut()).is_null() { -1 } else { 1 };
            }
            if exit.forced {
                return 1;
            }
            if exit.kind == ExitKind::Hot {
                super::regions::request(vm, state, id);
                return 1;
            }
            if let Some(bridge) = exit.bridge {
                if (*ts).leave.load(Ordering::Relaxed) != 0 {
                    return 1;
                }
                (frame, executor) = (current, bridge);
                continue;
            }
            exit.count += 1;
            let threshold = vm.config.exit_threshold.unwrap_or(EXIT_THRESHOLD);
            if exit.count >= threshold
                && exit.failures < MAX_FAILURES
                && exit.chain < MAX_CHAIN
                && state.recorder.is_none()
                && traceable(current)
            {
                exit.count = 0;
                if *instruction(exit.ip) as u8 == Opcode::ENTER_EXECUTOR as u8 {
                    // A loop that was compiled since.
                    if let (ExitKind::End, Some(target)) =
                        (exit.kind, code::executor_at((*current).code, instruction(exit.ip)))
                    {
                        state.link(id, target);
                    }
                    return 1;
                }
                let (ip, calls, kind, branch) = (exit.ip, exit.calls, exit.kind, exit.branch);
                if kind == ExitKind::End && *instruction(ip) as u8 == Opcode::JUMP_BACKWARD_JIT as u8 {
                    // A loop that is hot or not by its own counter.
                    return 1;
                }
                if kind == ExitKind::End && *ip as u8 == Opcode::RESUME_CHECK as u8 {
                    // A call that is not inlined: the callee is compiled by itself.
                    hot_entry(vm, current, ip);
                    return 1;
                }
                if matches!(kind, ExitKind::Before | ExitKind::End) && !branch {
                    specialize_anew(ip);
                }
                record::begin(vm, state, Start::Exit(id), current, ip, calls);
            }
            return 1;
        }
    }
}

/// Puts right what the machine code left: words and doubles in registers, frames without headers, borrowed words.
unsafe fn decode(vm: &Vm, exit: &mut ExitInfo, current: *mut Frame) {
    // SAFETY: the exit's description is that of the code that was left.
    unsafe {
        let ts: *mut ThreadState = vm.ts();
        let mut sp = (*current).sp;
        for i in 0..exit.depth as usize {
            *sp = StackValue((*ts).exit_words[i]);
            sp = sp.add(1);
        }
        let mut frames = 0;
        // Python code that interrupted the trace has made the inlined frames real.
        let real = std::mem::replace(&mut (*ts).interrupted, 0) != 0;
        if let (None, Some(state)) = (&exit.snapshot, &exit.state) {
            exit.snapshot = Some(Box::new(state.state().snapshot()));
        }
        if let Some(snapshot) = &exit.snapshot {
            frames = snapshot.frames.len();
            for raw in &snapshot.raw {
                let frame = (current as *mut u8).sub(raw.distance as usize) as *mut Frame;
                let home = Frame::localsplus(frame).add(raw.local as usize);
                *home = new_float(vm, (*home).0);
            }
            let sizes: usize = snapshot.frames.iter().map(|f| f.size as usize).sum();
            let mut frame = (current as *mut u8).sub(sizes);
            for f in &snapshot.frames {
                frame = frame.add(f.size as usize);
                if !real {
                    prelude::materialize(ts, frame as *mut Frame, &install::record(f));
                }
            }
            // What an error consumed is gone. Functions take their globals from the frame, which is real now.
            let tail = &snapshot.tail[..snapshot.tail.len().saturating_sub(exit.consumed as usize)];
            if !tail.is_empty() {
                sp = rebuild(vm, current, tail, sp);
            }
        }
        (*current).sp = sp;
        // The interpreter may let go of what the code borrowed from containers.
        let mut frame = current;
        for _ in 0..=frames.max(exit.calls as usize) {
            let mut slot = Frame::stack_base(frame);
            while slot < (*frame).sp {
                if (*slot).is_borrowed() {
                    *slot = prelude::into_owned(*slot).owned();
                }
                slot = slot.add(1);
            }
            frame = (*frame).previous;
        }
    }
}

/// A float of the double with these bits.
fn new_float(vm: &Vm, bits: u64) -> Value {
    // Memory for a float is the least that can be missing here.
    float::new(vm, f64::from_bits(bits)).map_or(Value::NONE, |v| v.into_value())
}

fn new_list(vm: &Vm) -> Value {
    // As above.
    list::with_capacity(vm, 0).map_or(Value::NONE, |v| v.into_value())
}

/// A function of `code` whose closure is the cell in a local of `frame`, if there is one.
unsafe fn new_function(vm: &Vm, frame: *mut Frame, code: Value, cell: u16) -> Value {
    // SAFETY: the frame is real; the trace knew that the local is a cell.
    unsafe {
        let made = function::new(vm, code, Value::from_ptr((*frame).globals), Value::NULL).and_then(|f| {
            if cell != NO_CELL {
                let cells = [*Frame::localsplus(frame).add(cell as usize)];
                function::set_part(*f, function::Part::Closure, Some(tuple::from_slice(vm, &cells)?));
            }
            Ok(f)
        });
        // As above.
        made.map_or(Value::NONE, |v| v.into_value())
    }
}

/// Puts the highest slots in order: those that are words lie at the top of memory already.
unsafe fn rebuild(vm: &Vm, frame: *mut Frame, tail: &[Tail], sp: *mut StackValue) -> *mut StackValue {
    // SAFETY: as above.
    unsafe {
        let words = tail.iter().filter(|t| **t == Tail::Tagged).count();
        let base = sp.sub(words);
        let mut old: Vec<StackValue> = (0..words).map(|i| *base.add(i)).collect();
        old.reverse();
        for (i, slot) in tail.iter().enumerate() {
            *base.add(i) = match slot {
                Tail::Tagged => old.pop().unwrap_or(StackValue::NULL),
                Tail::Double(n) => new_float(vm, (*vm.ts()).exit_words[3 + *n as usize]).owned(),
                Tail::Local(n) => {
                    let local = *Frame::localsplus(frame).add(*n as usize);
                    local.owned().peek().own().into_value().owned()
                }
                Tail::List => new_list(vm).owned(),
                Tail::Function { code, cell } => new_function(vm, frame, Value(*code), *cell).owned(),
                Tail::Constant(0) => StackValue::NULL,
                Tail::Constant(word) => Value(*word).own().into_value().owned(),
            };
        }
        base.add(tail.len())
    }
}

/// The instruction behind its `EXTENDED_ARG`s.
///
/// # Safety
/// An instruction in live code begins at `ip`.
pub(super) unsafe fn instruction(mut ip: *mut u16) -> *mut u16 {
    // SAFETY: by contract; an instruction follows its prefixes.
    unsafe {
        while *ip as u8 == Opcode::EXTENDED_ARG as u8 {
            ip = ip.add(1);
        }
    }
    ip
}

/// The operands are not what the instruction was specialised for: it is looked at anew when it is executed next.
pub(super) unsafe fn specialize_anew(ip: *mut u16) {
    // SAFETY: by contract.
    unsafe {
        let ip = instruction(ip);
        let Some(op) = Opcode::from_u8(*ip as u8) else { return };
        let generic = op.deopt();
        if generic == op
            || generic.caches() == 0
            || matches!(generic, Opcode::FOR_ITER | Opcode::JUMP_BACKWARD | Opcode::RESUME)
            || op == Opcode::ENTER_EXECUTOR
        {
            return;
        }
        *ip = (*ip & 0xFF00) | generic as u16;
        *ip.add(1) = 0;
    }
}
