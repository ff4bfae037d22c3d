//! Which events happen where.
//!
//! | event | where | callbacks get, behind the code |
//! |---|---|---|
//! | `PY_START`, `PY_RESUME` | `RESUME` | place |
//! | `PY_RETURN`, `PY_YIELD` | `RETURN_VALUE`, `YIELD_VALUE` | place, value |
//! | `CALL` | calls, `super` in `LOAD_SUPER_ATTR` | place, what is called, its first argument |
//! | `C_RETURN`, `C_RAISE` | the caller goes on after a call of native code | as `CALL` |
//! | `LINE` | another line begins in the frame | line |
//! | `INSTRUCTION` | every instruction | place |
//! | `JUMP` | `JUMP_FORWARD`, `JUMP_BACKWARD` | place, target |
//! | `BRANCH_LEFT`, `BRANCH_RIGHT` | a condition has been looked at, an iterator asked | place, target |
//! | `STOP_ITERATION` | the end of a generator that a loop or `await` went through | place, exception |
//! | `RAISE`, `RERAISE`, `EXCEPTION_HANDLED`, `PY_UNWIND`, `PY_THROW` | on the way of an exception | place, exception |
//!
//! Places are byte offsets in the code. Whether a line begins, and where a branch came from, needs the instruction that the frame
//! executed before: [`Thread::trail`] has it for the frames that have been seen.

use std::cell::RefCell;

use taipan_layout::{Frame, Value};
use taipan_mir::opcodes::Opcode;

use super::Event::{
    self, BranchLeft, BranchRight, CRaise, CReturn, Call, ExceptionHandled, Instruction, Jump, Line,
    PyResume, PyReturn, PyStart, PyThrow, PyUnwind, PyYield, StopIteration,
};
use super::fire;
use super::flow::{self, Flow};
use crate::interp::{frames, tracing};
use crate::objects::code::CodeObject;
use crate::objects::{frame as frame_objects, list, method, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::call;
use crate::vm::Vm;

/// A call of native code that has not come back.
struct OpenCall {
    frame: *mut Frame,
    unit: usize,
    function: Owned,
    argument: Owned,
}

/// What finding events needs to know of a thread.
#[derive(Default)]
pub struct Thread {
    /// The last instructions of the running frames, the innermost at the end.
    trail: RefCell<Vec<(*mut Frame, usize)>>,
    calls: RefCell<Vec<OpenCall>>,
}

impl Thread {
    /// Watching begins, or has ended.
    pub fn reset(&self) {
        self.trail.borrow_mut().clear();
        let calls = std::mem::take(&mut *self.calls.borrow_mut());
        drop(calls);
    }

    /// The instruction that the frame executed before this one, if it was seen.
    unsafe fn step(&self, frame: *mut Frame, unit: usize) -> Option<usize> {
        let mut trail = self.trail.borrow_mut();
        // SAFETY: the caller's frame is live.
        let caller = unsafe { frames::first_python((*frame).previous) };
        let known = match trail.last() {
            Some((last, _)) if *last == caller => None,
            _ => trail.iter().rposition(|(f, _)| *f == frame),
        };
        match known {
            Some(at) => {
                trail.truncate(at + 1);
                Some(std::mem::replace(&mut trail[at].1, unit))
            }
            None => {
                trail.push((frame, unit));
                None
            }
        }
    }

    /// The native code that the frame has called, once that is over.
    fn came_back(&self, frame: *mut Frame) -> Option<OpenCall> {
        let mut calls = self.calls.borrow_mut();
        if calls.last().is_some_and(|c| c.frame == frame) { calls.pop() } else { None }
    }
}

fn offset(unit: usize) -> Value {
    Value::fixnum(2 * unit as i64)
}

/// An instruction that is about to be executed.
struct Place<'a> {
    vm: &'a Vm,
    frame: *mut Frame,
    code: &'a CodeObject,
    unit: usize,
}

impl Place<'_> {
    /// An event with a place and something else.
    fn tell(&self, event: Event, what: Value) -> PyResult<()> {
        self.tell_at(self.unit, event, &[self.code.value(), offset(self.unit), what])
    }

    /// An event with a place alone.
    fn tell_place(&self, event: Event) -> PyResult<()> {
        self.tell_at(self.unit, event, &[self.code.value(), offset(self.unit)])
    }

    /// Control goes somewhere.
    fn tell_way(&self, event: Event, from: usize, to: usize) -> PyResult<()> {
        self.tell_at(from, event, &[self.code.value(), offset(from), offset(to)])
    }

    fn tell_at(&self, unit: usize, event: Event, args: &[Value]) -> PyResult<()> {
        // SAFETY: the frame is current.
        unsafe { fire(self.vm, self.frame, self.code, unit, event, args) }
    }

    fn wants(&self, event: Event) -> bool {
        self.vm.monitoring.listeners(self.code, self.unit, event) != 0
    }

    /// Whether a callback has set `f_lineno`.
    fn has_moved(&self) -> bool {
        // SAFETY: the frame is live.
        unsafe { frame_objects::unit_of(self.frame) != self.unit }
    }

    /// A word of the stack, counted from its top.
    unsafe fn operand(&self, depth: usize) -> Value {
        // SAFETY: the instruction has so many operands.
        unsafe { (*(*self.frame).sp.sub(depth)).peek() }
    }
}

/// The events in front of an instruction.
///
/// # Safety
/// The frame is current and about to execute the instruction.
pub unsafe fn observe(vm: &Vm, frame: *mut Frame, op: Opcode, oparg: usize) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let code = frame_objects::code_of(frame);
        let unit = frame_objects::unit_of(frame);
        let place = Place { vm, frame, code, unit };
        let thread = &vm.tracing.watching;
        if let Some(open) = thread.came_back(frame) {
            tell_end(&place, CReturn, &open)?;
        }
        let flow = vm.monitoring.flow(code);
        let before = thread.step(frame, unit);
        if unit < flow.first || op == Opcode::EXTENDED_ARG {
            return Ok(());
        }
        if let Some(from) = before
            && from == flow.before(unit)
            && flow.begins_body(unit)
        {
            place.tell_way(BranchLeft, from, unit)?;
        }
        if op == Opcode::RESUME {
            place.tell_place(if oparg & 3 == 0 { PyStart } else { PyResume })?;
        }
        if place.has_moved() {
            return Ok(());
        }
        if place.wants(Line) {
            tell_line(&place, &flow, before)?;
            if place.has_moved() {
                return Ok(());
            }
        }
        if op != Opcode::RESUME {
            place.tell_place(Instruction)?;
        }
        if place.has_moved() {
            return Ok(());
        }
        at_instruction(&place, &flow, op, oparg)
    }
}

unsafe fn tell_line(place: &Place<'_>, flow: &Flow, before: Option<usize>) -> PyResult<()> {
    // SAFETY: the frame is current.
    let lines = unsafe { tracing::lines_of(place.vm, place.frame) };
    let line = lines.at(place.unit);
    if line <= 0 || !lines.begins_at(place.unit) {
        return Ok(());
    }
    // Of a frame that was running before anybody watched, the instruction in front is the best guess.
    let before = before.unwrap_or_else(|| flow.before(place.unit));
    if lines.at(before) == line && !begins_anew(place, flow, before) {
        return Ok(());
    }
    place.tell_at(place.unit, Line, &[place.code.value(), Value::fixnum(i64::from(line))])
}

/// Whether a line begins behind the instruction although it is the instruction's own: behind a `RESUME` that tells something,
/// or that waits for `yield from` or `await`.
fn begins_anew(place: &Place<'_>, flow: &Flow, before: usize) -> bool {
    let Some(kind) = flow.resumes(before) else { return false };
    kind >= 2
        || [PyStart, PyResume]
            .into_iter()
            .any(|event| place.vm.monitoring.listeners(place.code, before, event) != 0)
}

/// What an instruction itself means.
unsafe fn at_instruction(place: &Place<'_>, flow: &Flow, op: Opcode, oparg: usize) -> PyResult<()> {
    let next = place.unit + 1 + op.caches();
    // SAFETY: the frame is current and has the instruction's operands on its stack.
    unsafe {
        match op {
            Opcode::RETURN_VALUE => place.tell(PyReturn, *place.operand(1).own()),
            Opcode::YIELD_VALUE => place.tell(PyYield, *place.operand(1).own()),
            Opcode::JUMP_FORWARD => place.tell_way(Jump, place.unit, next + oparg),
            Opcode::JUMP_BACKWARD => place.tell_way(Jump, place.unit, next.saturating_sub(oparg)),
            Opcode::POP_JUMP_IF_TRUE
            | Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_NONE
            | Opcode::POP_JUMP_IF_NOT_NONE => {
                let condition = place.operand(1);
                let jumps = match op {
                    Opcode::POP_JUMP_IF_TRUE => condition == Value::TRUE,
                    Opcode::POP_JUMP_IF_FALSE => condition == Value::FALSE,
                    Opcode::POP_JUMP_IF_NONE => condition.is_none(),
                    _ => !condition.is_none(),
                };
                if jumps { place.tell_way(BranchRight, place.unit, next + oparg) } else { skip(place, next) }
            }
            Opcode::NOT_TAKEN => place.tell_way(BranchLeft, flow.before(place.unit), next),
            Opcode::POP_ITER => {
                let from = flow.loop_end(place.unit).unwrap_or_else(|| flow.before(place.unit));
                place.tell_way(BranchRight, from, next)
            }
            Opcode::END_ASYNC_FOR => place.tell_way(BranchRight, next.saturating_sub(oparg), next),
            Opcode::END_FOR | Opcode::END_SEND => tell_stop(place),
            Opcode::CALL | Opcode::CALL_KW | Opcode::CALL_FUNCTION_EX => tell_call(place, op, oparg),
            Opcode::LOAD_SUPER_ATTR if place.wants(Call) => {
                let first =
                    if oparg & 2 != 0 { place.operand(2).own() } else { place.vm.monitoring.missing() };
                tell_begin(place, place.operand(3).own(), first, true)
            }
            _ => Ok(()),
        }
    }
}

/// A branch is not taken: its instruction also passes over the `NOT_TAKEN` at `next`.
fn skip(place: &Place<'_>, next: usize) -> PyResult<()> {
    place.tell_at(next, Instruction, &[place.code.value(), offset(next)])?;
    if place.has_moved() { Ok(()) } else { place.tell_way(BranchLeft, place.unit, next + 1) }
}

/// A generator has ended that a loop or `yield from` went through: as if it had raised.
unsafe fn tell_stop(place: &Place<'_>) -> PyResult<()> {
    if !place.wants(StopIteration) {
        return Ok(());
    }
    // SAFETY: the iterator and the value lie on the stack.
    let (iterator, value) = unsafe { (place.operand(2), place.operand(1).own()) };
    let vm = place.vm;
    if iterator.is_null() || ![vm.types.generator, vm.types.coroutine].contains(&type_of(vm, iterator)) {
        return Ok(());
    }
    let arguments: &[Value] = if value.is_none() { &[] } else { &[*value] };
    let exception = call::positional(vm, vm.types.stop_iteration.value(), arguments)?;
    place.tell(StopIteration, *exception)
}

unsafe fn tell_call(place: &Place<'_>, op: Opcode, oparg: usize) -> PyResult<()> {
    if !place.wants(Call) {
        return Ok(());
    }
    let vm = place.vm;
    // SAFETY: the operands lie on the stack.
    unsafe {
        if op == Opcode::CALL_FUNCTION_EX {
            let (function, args) = (place.operand(4), place.operand(2));
            let items = if type_of(vm, args) == vm.types.tuple { tuple::items(&args).first() } else { None };
            let items = if type_of(vm, args) == vm.types.list { list::items(&args).first() } else { items };
            let first = items.map_or_else(|| vm.monitoring.missing(), |v| v.own());
            let is_native = ![vm.types.function, vm.types.method].contains(&type_of(vm, function));
            return tell_begin(place, function.own(), first, is_native);
        }
        let depth = if op == Opcode::CALL_KW { oparg + 3 } else { oparg + 2 };
        let (mut function, mut receiver) = (place.operand(depth), place.operand(depth - 1));
        if receiver.is_null() && type_of(vm, function) == vm.types.method {
            (function, receiver) = method::parts(function);
        }
        let first = if !receiver.is_null() {
            receiver.own()
        } else if oparg > 0 {
            place.operand(depth - 2).own()
        } else {
            vm.monitoring.missing()
        };
        let is_native = type_of(vm, function) != vm.types.function;
        tell_begin(place, function.own(), first, is_native)
    }
}

/// `CALL`; the end of a call of native code is told when the frame goes on.
fn tell_begin(place: &Place<'_>, function: Owned, argument: Owned, is_native: bool) -> PyResult<()> {
    let args = [place.code.value(), offset(place.unit), *function, *argument];
    place.tell_at(place.unit, Call, &args)?;
    if is_native && place.wants(Call) && !place.has_moved() {
        let open = OpenCall { frame: place.frame, unit: place.unit, function, argument };
        place.vm.tracing.watching.calls.borrow_mut().push(open);
    }
    Ok(())
}

fn tell_end(place: &Place<'_>, event: Event, open: &OpenCall) -> PyResult<()> {
    let args = [place.code.value(), offset(open.unit), *open.function, *open.argument];
    place.tell_at(open.unit, event, &args)
}

/// An event on the way of an exception.
unsafe fn tell_exception(
    vm: &Vm,
    frame: *mut Frame,
    unit: usize,
    event: Event,
    exception: Value,
) -> PyResult<()> {
    // SAFETY: the frame is current.
    let code = unsafe { frame_objects::code_of(frame) };
    Place { vm, frame, code, unit }.tell(event, exception)
}

/// Where an exception is raised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Raise {
    /// By the frame's instruction, or by native code that it called.
    Here,
    /// It comes out of a frame that the instruction has entered.
    Callee,
    /// Once more, by the instruction in this unit.
    Again(usize),
}

impl Raise {
    /// What callbacks are told as the place.
    unsafe fn unit(self, frame: *mut Frame) -> usize {
        // SAFETY: the caller's frame is live.
        let (code, unit) = unsafe { (frame_objects::code_of(frame), frame_objects::unit_of(frame)) };
        match self {
            // The instruction's end, where its inline cache is.
            Raise::Here => unit + flow::op_at(code, unit).map_or(0, Opcode::caches),
            Raise::Callee => unit.saturating_sub(1),
            Raise::Again(unit) => unit,
        }
    }
}

/// An exception was raised in the frame or came out of a call, or is raised once more.
///
/// # Safety
/// The frame is current.
pub unsafe fn raised(vm: &Vm, frame: *mut Frame, exception: Value, how: Raise) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        if let Some(open) = vm.tracing.watching.came_back(frame) {
            let (code, unit) = (frame_objects::code_of(frame), frame_objects::unit_of(frame));
            tell_end(&Place { vm, frame, code, unit }, CRaise, &open)?;
        }
        let event = if matches!(how, Raise::Again(_)) { Event::Reraise } else { Event::Raise };
        tell_exception(vm, frame, how.unit(frame), event, exception)
    }
}

/// The frame goes on in a handler of the exception.
///
/// # Safety
/// The frame is current.
pub unsafe fn handled(vm: &Vm, frame: *mut Frame, exception: Value) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe { tell_exception(vm, frame, frame_objects::unit_of(frame), ExceptionHandled, exception) }
}

/// The exception leaves the frame.
///
/// # Safety
/// The frame is current.
pub unsafe fn left(vm: &Vm, frame: *mut Frame, exception: Value, how: Raise) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe { tell_exception(vm, frame, how.unit(frame), PyUnwind, exception) }
}

/// The exception is thrown into a generator.
///
/// # Safety
/// The frame is current.
pub unsafe fn thrown_into(vm: &Vm, frame: *mut Frame, exception: Value) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        // Behind the instruction that the generator waits at there is the RESUME that it would go on with.
        let resume = frame_objects::unit_of(frame) + 1;
        vm.tracing.watching.step(frame, resume);
        tell_exception(vm, frame, resume, PyThrow, exception)
    }
}
