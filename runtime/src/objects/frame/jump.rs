//! Setting `f_lineno`: the frame goes on at another line.
//!
//! That is safe where the evaluation stack of the place it leaves can be made the stack of the place it goes to: what lies
//! above is dropped, and the rest must mean the same there. So what lies on the stack is worked out for each instruction, as
//! far as it matters ([`Kind`]): an iterator belongs to one loop, and what an `except` block finds there is an exception that
//! is being handled.

use taipan_frontend::tables;
use taipan_layout::{Frame, Value};
use taipan_mir::opcodes::Opcode;

use super::super::code::CodeObject;
use super::super::{bytes, int, is_instance};
use crate::interp::{frames, tracing};
use crate::owned::{Counted, PyResult};
use crate::vm::Vm;

/// What a stack slot holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Iterator,
    /// The exception that was handled before.
    Except,
    Object,
    Null,
    /// Where an exception was raised first.
    Lasti,
}

/// A stack from its bottom; `None` where nothing leads.
type Stack = Option<Vec<Kind>>;

/// `frame.f_lineno = line`.
pub(super) fn set_line(vm: &Vm, frame: *mut Frame, line: Option<Value>) -> PyResult<()> {
    let Some(line) = line else { return Err(vm.raise(vm.types.attribute_error, "cannot delete attribute")) };
    if !is_instance(vm, line, vm.types.int) {
        return Err(vm.value_error("lineno must be an integer"));
    }
    if let Some(reason) = tracing::why_no_jump(vm, frame) {
        return Err(vm.value_error(reason));
    }
    let Some(line) = int::as_i64(line).and_then(|n| i32::try_from(n).ok()) else {
        return Err(vm.overflow_error("Python int too large to convert to C int"));
    };
    // SAFETY: the frame is being traced: it is current, and its state is in memory.
    unsafe {
        let code = super::code_of(frame);
        if line < code.firstlineno {
            return Err(vm.value_error(&format!("line {line} comes before the current code block")));
        }
        let starts = line_starts(code);
        let Some(target) = starts.iter().flatten().copied().filter(|n| *n >= line).min() else {
            return Err(vm.value_error(&format!("line {line} comes after the current code block")));
        };
        let stacks = stacks(code);
        let from = stacks.get(super::unit_of(frame)).cloned().flatten();
        let (unit, stack) = choose(&stacks, &starts, target, &from).map_err(|m| vm.value_error(m))?;
        fill_unbound(vm, code, frame)?;
        cut(vm, frame, from.unwrap_or_default(), stack.len());
        (*frame).ip = (*(*frame).code).units.add(unit);
        Ok(())
    }
}

/// The line that begins at a unit, as far as the table of lines says so.
fn line_starts(code: &CodeObject) -> Vec<Option<i32>> {
    let mut starts = vec![None; bytes::as_slice(&code.code).len() / 2];
    for r in tables::line_ranges(bytes::as_slice(&code.linetable), code.firstlineno) {
        if let Some(start) = starts.get_mut(r.start as usize / 2) {
            *start = r.line;
        }
    }
    starts
}

/// Where the line `target` begins with the deepest stack that `from` can become.
fn choose<'a>(
    stacks: &'a [Stack],
    starts: &[Option<i32>],
    target: i32,
    from: &Stack,
) -> Result<(usize, &'a Vec<Kind>), &'static str> {
    let mut best: Option<(usize, &Vec<Kind>)> = None;
    let mut reason = None;
    for (unit, _) in starts.iter().enumerate().filter(|(_, line)| **line == Some(target)) {
        match (from, &stacks[unit]) {
            (Some(from), Some(to)) if can_become(from, to) => {
                if best.is_none_or(|(_, b)| to > b) {
                    best = Some((unit, to));
                }
            }
            (None, _) => reason = reason.or(Some("can't jump from unreachable code")),
            (_, to) => reason = reason.or_else(|| Some(explain(to))),
        }
    }
    best.ok_or(reason.unwrap_or("cannot find bytecode for specified line"))
}

/// Whether `from` is `to` once what lies above is dropped.
fn can_become(from: &[Kind], to: &[Kind]) -> bool {
    let fits = |(from, to): (&Kind, &Kind)| match to {
        Kind::Object => *from != Kind::Null,
        Kind::Null => true,
        to => from == to,
    };
    from.len() >= to.len() && from.iter().zip(to).all(fits)
}

fn explain(to: &Stack) -> &'static str {
    match to.as_ref().map(|s| s.last()) {
        None => "can't jump into an exception handler, or code may be unreachable",
        Some(Some(Kind::Except)) => "can't jump into an 'except' block as there's no exception",
        Some(Some(Kind::Lasti)) => "can't jump into a re-raising block as there's no location",
        Some(Some(Kind::Iterator)) => "can't jump into the body of a for loop",
        Some(_) => "incompatible stacks",
    }
}

/// Variables that the compiler took to be set by then are None.
unsafe fn fill_unbound(vm: &Vm, code: &CodeObject, frame: *mut Frame) -> PyResult<()> {
    // SAFETY: by the caller; the frame has so many locals.
    let locals =
        unsafe { std::slice::from_raw_parts_mut(Frame::localsplus(frame), code.head.nlocalsplus as usize) };
    let unbound = locals.iter().filter(|v| v.is_null()).count();
    if unbound > 0 {
        let s = if unbound == 1 { "" } else { "s" };
        let text = format!("assigning None to {unbound} unbound local{s}");
        crate::modules::warnings::warn(vm, vm.types.runtime_warning, &text, 0)?;
        locals.iter_mut().filter(|v| v.is_null()).for_each(|v| *v = Value::NONE);
    }
    Ok(())
}

/// Drops what lies above `depth`; handled exceptions are over then.
unsafe fn cut(vm: &Vm, frame: *mut Frame, mut stack: Vec<Kind>, depth: usize) {
    // SAFETY: the frame is current, its stack as deep as `stack`.
    unsafe {
        while stack.len() > depth {
            if stack.pop() == Some(Kind::Except) {
                let previous = (*(*frame).sp.sub(1)).peek().own();
                let item = (*vm.ts()).exc_info;
                let previous = if previous.is_none() { None } else { Some(previous) };
                crate::owned::replace(&raw mut (*item).value, previous);
            }
            let left = (*frame).sp.offset_from(Frame::stack_base(frame)) as usize;
            frames::cut_stack(frame, left.saturating_sub(1));
        }
    }
}

/// The stack in front of each unit.
fn stacks(code: &CodeObject) -> Vec<Stack> {
    let units: Vec<(Opcode, u8)> = bytes::as_slice(&code.code)
        .chunks_exact(2)
        .map(|unit| (Opcode::from_u8(unit[0]).map_or(Opcode::NOP, Opcode::deopt), unit[1]))
        .collect();
    let mut all: Vec<Stack> = vec![None; units.len() + 1];
    all[0] = Some(Vec::new());
    let mut again = true;
    while again {
        again = false;
        let mut at = 0;
        while at < units.len() {
            let begin = at;
            let mut arg = 0u32;
            while units[at].0 == Opcode::EXTENDED_ARG && at + 1 < units.len() {
                arg = (arg | u32::from(units[at].1)) << 8;
                at += 1;
                all[at] = all[begin].clone();
            }
            let (op, low) = units[at];
            arg |= u32::from(low);
            let next = at + 1 + op.caches();
            if let Some(stack) = all[at].clone() {
                again |= follow(&mut all, stack, op, arg, at, next);
            }
            at = next;
        }
        for h in tables::handlers(bytes::as_slice(&code.exceptiontable)) {
            let (start, target) = (h.start as usize / 2, h.target as usize / 2);
            if let (Some(Some(stack)), Some(None)) = (all.get(start), all.get(target)) {
                let mut stack: Vec<Kind> = stack.iter().copied().take(h.depth as usize).collect();
                if h.push_lasti {
                    stack.push(Kind::Lasti);
                }
                stack.push(Kind::Except);
                all[target] = Some(stack);
                again = true;
            }
        }
    }
    all
}

/// Gives the places behind an instruction their stacks; whether one lies before it and was not known.
fn follow(all: &mut [Stack], mut stack: Vec<Kind>, op: Opcode, arg: u32, at: usize, next: usize) -> bool {
    let mut back = false;
    let mut lead = |place: Option<usize>, stack: &Vec<Kind>| {
        if let Some(slot) = place.and_then(|p| all.get_mut(p)) {
            back |= slot.is_none() && place.is_some_and(|p| p < at);
            *slot = Some(stack.clone());
        }
    };
    let jump = arg as usize;
    match op {
        Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_TRUE
        | Opcode::POP_JUMP_IF_NONE
        | Opcode::POP_JUMP_IF_NOT_NONE => {
            stack.pop();
            lead(Some(next + jump), &stack);
        }
        Opcode::SEND => lead(Some(next + jump), &stack),
        Opcode::JUMP_FORWARD => {
            lead(Some(next + jump), &stack);
            return back;
        }
        Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
            lead(next.checked_sub(jump), &stack);
            return back;
        }
        Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE => return back,
        Opcode::GET_ITER | Opcode::GET_AITER => {
            stack.pop();
            stack.push(Kind::Iterator);
        }
        Opcode::FOR_ITER => {
            stack.push(Kind::Object);
            lead(Some(next + jump), &stack);
        }
        Opcode::END_ASYNC_FOR => stack.truncate(stack.len().saturating_sub(2)),
        Opcode::PUSH_EXC_INFO => stack.push(Kind::Except),
        Opcode::POP_EXCEPT => {
            stack.pop();
        }
        Opcode::PUSH_NULL => stack.push(Kind::Null),
        Opcode::LOAD_GLOBAL => {
            stack.push(Kind::Object);
            if arg & 1 != 0 {
                stack.push(Kind::Null);
            }
        }
        Opcode::LOAD_ATTR => {
            stack.pop();
            stack.push(Kind::Object);
            if arg & 1 != 0 {
                stack.push(Kind::Null);
            }
        }
        Opcode::SWAP => {
            let (top, other) = (stack.len().wrapping_sub(1), stack.len().wrapping_sub(jump));
            if top < stack.len() && other < stack.len() {
                stack.swap(top, other);
            }
        }
        Opcode::COPY => {
            if let Some(kind) = stack.len().checked_sub(jump).and_then(|i| stack.get(i).copied()) {
                stack.push(kind);
            }
        }
        _ => {
            let effect = taipan_frontend::stack_effect(op as i32, arg, Some(false)).unwrap_or(0);
            match usize::try_from(effect) {
                Ok(n) => stack.extend(std::iter::repeat_n(Kind::Object, n)),
                Err(_) => stack.truncate(stack.len().saturating_sub(effect.unsigned_abs() as usize)),
            }
        }
    }
    lead(Some(next), &stack);
    back
}
