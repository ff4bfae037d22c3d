//! `sys.settrace` and `sys.setprofile`: a program asks to be told what it does.
//!
//! While a function is set, the interpreter is in hooked mode: [`hook`] is asked before each instruction, finds the events that
//! happen there and calls the function, during which nothing is traced. Machine code is not entered from here, and nothing is
//! recorded: both would run past the events. What runs in machine code when tracing begins leaves at its next check.
//!
//! | event | where | told to |
//! |---|---|---|
//! | `call` | `RESUME`: a call, or a generator that goes on; an exception thrown into one | both |
//! | `line` | an instruction with another line than the one before it in its frame, or that a jump back on the same line leads to | the frame's function |
//! | `opcode` | every instruction of frames that ask for it | the frame's function |
//! | `return` | `RETURN_VALUE`, `YIELD_VALUE`; an exception leaves the frame | both |
//! | `exception` | an exception is raised in the frame or comes out of a call | the frame's function |
//! | `c_call`, `c_return`, `c_exception` | around calls of native functions | the profiling function |
//!
//! The tools of `sys.monitoring` are told before them; their events are found in [`monitoring`].
//!
//! The frame's function is what the tracing function answered to `call`, `frame.f_trace`. A function that raises is no longer asked.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use taipan_frontend::tables;
use taipan_layout::thread::leave;
use taipan_layout::{Frame, ThreadState, Value};
use taipan_mir::opcodes::Opcode;

use super::helpers::serve_leave;
use super::{frames, monitoring};
use crate::objects::{bytes, code, frame as frame_objects, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, call};
use crate::vm::Vm;

/// Who is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Observer {
    Trace,
    Profile,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    /// A new frame.
    Start,
    /// A generator goes on.
    Resume,
    /// A generator goes on with an exception.
    Throw,
    Line,
    Opcode,
    Return,
    Yield,
    Exception,
    /// Before or after a call of a native function.
    Native(&'static str),
}

impl Event {
    /// What the observers know it by.
    fn name(self) -> &'static str {
        match self {
            Event::Start | Event::Resume | Event::Throw => "call",
            Event::Line => "line",
            Event::Opcode => "opcode",
            Event::Return | Event::Yield => "return",
            Event::Exception => "exception",
            Event::Native(name) => name,
        }
    }
}

/// Why `f_lineno` of the frame cannot be set now.
pub fn why_no_jump(vm: &Vm, frame: *mut Frame) -> Option<&'static str> {
    let Some((_, event)) = vm.tracing.event.get().filter(|(traced, _)| *traced == frame) else {
        return Some("f_lineno can only be set in a trace function");
    };
    match event {
        Event::Resume | Event::Line | Event::Yield => None,
        Event::Start => Some("can't jump from the 'call' trace event of a new frame"),
        Event::Native(_) => Some("can't jump during a call"),
        Event::Opcode | Event::Return | Event::Exception | Event::Throw => {
            Some("can only jump from a 'line' trace event")
        }
    }
}

pub(super) use monitoring::Raise;

pub struct Tracing {
    trace: RefCell<Option<Owned>>,
    profile: RefCell<Option<Owned>>,
    /// One of them is being called.
    busy: Cell<bool>,
    /// The frame and event that one of them is being told.
    event: Cell<Option<(*mut Frame, Event)>>,
    /// Calls of native functions that have not come back, with their frames.
    calls: RefCell<Vec<(*mut Frame, Owned)>>,
    /// The last instruction that was looked at: its frame, place and first byte.
    last: Cell<(*mut Frame, *mut u16, u8)>,
    /// By code object, which is kept alive.
    lines: RefCell<HashMap<usize, (Owned, Rc<Lines>)>>,
    /// What `sys.monitoring` needs to know of the thread.
    pub(super) watching: monitoring::Thread,
}

impl Default for Tracing {
    fn default() -> Tracing {
        Tracing {
            trace: RefCell::default(),
            profile: RefCell::default(),
            busy: Cell::new(false),
            event: Cell::new(None),
            calls: RefCell::default(),
            last: Cell::new((std::ptr::null_mut(), std::ptr::null_mut(), 0)),
            lines: RefCell::default(),
            watching: monitoring::Thread::default(),
        }
    }
}

impl Tracing {
    fn place(&self, observer: Observer) -> &RefCell<Option<Owned>> {
        match observer {
            Observer::Trace => &self.trace,
            Observer::Profile => &self.profile,
        }
    }

    fn has_observers(&self) -> bool {
        self.trace.borrow().is_some() || self.profile.borrow().is_some()
    }

    /// What `sys.gettrace` or `sys.getprofile` answers.
    pub fn function(&self, observer: Observer) -> Option<Owned> {
        self.place(observer).borrow().clone()
    }
}

/// Whether somebody is to be told what the thread does.
pub fn is_on(vm: &Vm) -> bool {
    vm.tracing.has_observers() || vm.monitoring.is_on()
}

/// Sets or removes an observer.
pub fn set(vm: &Vm, observer: Observer, function: Option<Owned>) {
    let was_on = is_on(vm);
    let old = vm.tracing.place(observer).replace(function);
    let on = is_on(vm);
    if !on {
        vm.tracing.lines.borrow_mut().clear();
    }
    if observer == Observer::Profile {
        let calls = std::mem::take(&mut *vm.tracing.calls.borrow_mut());
        drop(calls);
    }
    let frame = super::python_frame(vm);
    // SAFETY: the innermost Python frame is live.
    if let Some(object) = (!frame.is_null()).then(|| unsafe { frame_objects::existing(frame) }).flatten()
        && observer == Observer::Trace
    {
        // The line that this is called in has begun.
        // SAFETY: as above.
        frame_objects::set_last_line(*object, unsafe { frame_objects::line_of(frame) }.unwrap_or(0));
    }
    if was_on != on && !vm.tracing.busy.get() {
        switch(vm, on);
    }
    drop(old);
}

/// Puts the interpreter into hooked mode, or into its plain one.
fn switch(vm: &Vm, on: bool) {
    if on {
        vm.tier2.stop_recording();
    }
    // SAFETY: the thread state is ours; the leave word is atomic.
    unsafe {
        let ts = vm.ts();
        if on {
            (*ts).hook = Some(hook);
            (*ts).dispatch = taipan_stencil_lib::hooked_handlers().as_ptr();
            (*ts).leave.fetch_or(leave::PENDING, Ordering::Release);
        } else {
            (*ts).hook = None;
            (*ts).dispatch = taipan_stencil_lib::handlers().as_ptr();
        }
    }
}

/// The tools of `sys.monitoring` begin to ask for events, or no longer do: that concerns all threads.
pub(super) fn switch_threads(vm: &Vm) {
    vm.threads.for_each(|thread| {
        thread.tracing.watching.reset();
        if !is_on(thread) {
            thread.tracing.lines.borrow_mut().clear();
        }
        if !thread.tracing.busy.get() {
            switch(thread, is_on(thread));
        }
    });
}

/// A new thread is watched as all others are.
pub fn start_thread(vm: &Vm) {
    vm.tracing.watching.reset();
    if is_on(vm) {
        switch(vm, true);
    }
}

/// Whether events are told now: somebody listens and is not being called.
#[inline]
fn is_listening(vm: &Vm) -> bool {
    // SAFETY: the thread state is ours.
    unsafe { (*vm.ts()).hook.is_some_and(|h| h as *const () == hook as *const ()) }
}

/// Calls `sys.call_tracing`'s function, with events although this happens inside of a tracing function.
pub fn call_traced(vm: &Vm, f: Value, args: &[Value]) -> PyResult {
    let busy = vm.tracing.busy.replace(false);
    let on = is_on(vm);
    if busy && on {
        switch(vm, true);
    }
    let result = call::positional(vm, f, args);
    vm.tracing.busy.set(busy);
    if busy && on {
        switch(vm, false);
    }
    result
}

unsafe extern "C" fn hook(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u64) -> i32 {
    // SAFETY: called by the hooked handlers of the running thread, with the frame's state in memory.
    unsafe {
        let vm = Vm::from_ts(ts);
        match step(vm, frame, ip, oparg as usize) {
            Ok(elsewhere) => i32::from(elsewhere),
            Err(_) => -1,
        }
    }
}

/// The events in front of an instruction; whether the interpreter goes on elsewhere instead of executing it.
unsafe fn step(vm: &Vm, frame: *mut Frame, ip: *mut u16, mut oparg: usize) -> PyResult<bool> {
    // SAFETY: the frame is current and about to execute the instruction.
    unsafe {
        // A generator's events are told only if there is a generator.
        super::sinks::unfuse(ip);
        let number = *ip as u8;
        let last = vm.tracing.last.replace((frame, ip, number));
        if (last.0, last.1) == (frame, ip) && last.2 != number {
            // Executing it has only specialised it so far, and now it comes again.
            return Ok(false);
        }
        let Some(mut op) = Opcode::from_u8(number) else { return Ok(false) };
        let passed = op == Opcode::ENTER_EXECUTOR;
        if passed {
            let original = code::original_unit((*frame).code, ip);
            let Some(stands_for) = Opcode::from_u8(original as u8) else { return Ok(false) };
            (op, oparg) = (stands_for, oparg & !0xFF | original as usize >> 8);
        }
        let op = op.deopt();
        if !frames::is_internal(frame) {
            observe(vm, frame, op, oparg)?;
        }
        if (*frame).ip != ip {
            // An observer set `f_lineno`.
            if let Some(object) = frame_objects::existing(frame) {
                frame_objects::set_last_line(*object, 0);
            }
            return Ok(true);
        }
        if !passed {
            return Ok(false);
        }
        // What machine code stands for is done here.
        if op == Opcode::JUMP_BACKWARD {
            if (*vm.ts()).leave.load(Ordering::Relaxed) != 0 {
                serve_leave(vm)?;
            }
            (*frame).ip = ip.add(2).sub(oparg);
        } else {
            (*frame).ip = ip.add(1);
        }
        Ok(true)
    }
}

unsafe fn observe(vm: &Vm, frame: *mut Frame, op: Opcode, oparg: usize) -> PyResult<()> {
    // SAFETY: as in `step`.
    unsafe {
        if vm.monitoring.is_on() {
            let ip = (*frame).ip;
            monitoring::observe(vm, frame, op, oparg)?;
            if (*frame).ip != ip {
                return Ok(());
            }
        }
        if !vm.tracing.has_observers() {
            return Ok(());
        }
        if let Some(function) = came_back(vm, frame) {
            tell_profile(vm, frame, Event::Native("c_return"), *function)?;
        }
        let unit = frame_objects::unit_of(frame);
        if op == Opcode::RESUME {
            started(vm, frame, if oparg & 3 == 0 { Event::Start } else { Event::Resume })?;
            if let Some(object) = frame_objects::existing(frame) {
                // A line begins behind the start of a function, but not where a generator goes on in the middle of one.
                let line = if oparg & 3 == 0 { 0 } else { line_at(vm, frame, unit) };
                frame_objects::set_last_line(*object, line);
            }
            return Ok(());
        }
        if let Some(object) = frame_objects::existing(frame)
            && vm.tracing.trace.borrow().is_some()
            && frame_objects::local_trace(*object).is_some()
        {
            let (lines, opcodes) = frame_objects::trace_flags(*object);
            let known = lines_of(vm, frame);
            let line = known.at(unit);
            if line > 0 {
                let last = frame_objects::last_line(*object);
                frame_objects::set_last_line(*object, line);
                let begins = known.begins_at(unit) || last == 0;
                if lines && line != last && begins && may_start_line(op) {
                    tell_frame(vm, frame, Event::Line, Value::NONE)?;
                    if frame_objects::unit_of(frame) != unit {
                        return Ok(());
                    }
                }
            }
            if opcodes {
                tell_frame(vm, frame, Event::Opcode, Value::NONE)?;
            }
            if op == Opcode::JUMP_BACKWARD {
                let target = (unit + 2).saturating_sub(oparg);
                if known.at(target) == line {
                    // Another turn of a loop on one line.
                    frame_objects::set_last_line(*object, 0);
                }
            }
        }
        match op {
            Opcode::RETURN_VALUE | Opcode::YIELD_VALUE => {
                let value = (*(*frame).sp.sub(1)).peek().own();
                let event = if op == Opcode::YIELD_VALUE { Event::Yield } else { Event::Return };
                tell_profile(vm, frame, event, *value)?;
                tell_frame(vm, frame, event, *value)?;
            }
            Opcode::END_FOR | Opcode::END_SEND => stopped(vm, frame, op == Opcode::END_FOR)?,
            Opcode::CALL | Opcode::CALL_KW | Opcode::CALL_FUNCTION_EX => {
                native_call(vm, frame, op, oparg)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// What a loop, `yield from` or `await` went through has ended with a value: that counts as a StopIteration. A generator that
/// returns nothing ends a loop without one.
unsafe fn stopped(vm: &Vm, frame: *mut Frame, in_loop: bool) -> PyResult<()> {
    // SAFETY: the iterator and the value lie on the frame's stack.
    unsafe {
        let has_function =
            frame_objects::existing(frame).is_some_and(|o| frame_objects::local_trace(*o).is_some());
        let (iterator, value) = ((*(*frame).sp.sub(2)).peek(), (*(*frame).sp.sub(1)).peek());
        if !has_function || iterator.is_null() || !ends_with_exception(vm, iterator) {
            return Ok(());
        }
        if in_loop && value.is_none() && crate::objects::generator::is_resumable(iterator) {
            return Ok(());
        }
        let class = vm.types.stop_iteration.value();
        let arguments: &[Value] = if value.is_none() { &[] } else { &[value] };
        let exception = call::positional(vm, class, arguments)?;
        let what = tuple::from_slice(vm, &[class, *exception, Value::NONE])?;
        tell_frame(vm, frame, Event::Exception, *what)
    }
}

/// The next item of an iterator that a loop goes through; a StopIteration at its end is told as one that the loop has caught.
pub fn next_item(vm: &Vm, iterator: Value) -> PyResult<Option<Owned>> {
    use crate::objects::generator::{self, Sent};
    if !is_listening(vm) || !ends_with_exception(vm, iterator) {
        return protocol::iter::next(vm, iterator);
    }
    let value = if generator::is_resumable(iterator) {
        match generator::resume_with(vm, iterator, Value::NONE)? {
            Sent::Yielded(v) => return Ok(Some(v)),
            Sent::Returned(v) if v.is_none() => return Ok(None),
            Sent::Returned(v) => v,
        }
    } else {
        drop(vm.stop_value.take());
        match protocol::iter::next(vm, iterator)? {
            Some(v) => return Ok(Some(v)),
            None => vm.stop_value.take().unwrap_or_else(Owned::none),
        }
    };
    let frame = super::python_frame(vm);
    if frame.is_null() {
        return Ok(None);
    }
    let raised = vm.stop_iteration((!value.is_none()).then_some(*value));
    // SAFETY: the frame is live, and the exception is set.
    unsafe { self::raised(vm, frame, Raise::Here) };
    vm.catch(raised, vm.types.stop_iteration).map(|_| None)
}

/// Whether the end of an iterator is a StopIteration rather than nothing at all.
fn ends_with_exception(vm: &Vm, iterator: Value) -> bool {
    let ty = type_of(vm, iterator);
    let t = &vm.types;
    [t.generator, t.coroutine, t.coroutine_wrapper, t.async_generator_asend, t.async_generator_athrow]
        .contains(&ty)
        || ty.is_heap_type()
}

/// Instructions that others pass over begin no line.
fn may_start_line(op: Opcode) -> bool {
    !matches!(op, Opcode::END_FOR | Opcode::END_SEND | Opcode::END_ASYNC_FOR | Opcode::POP_ITER)
}

/// The lines of a code object's units.
pub(super) struct Lines {
    /// −1 for none.
    of: Vec<i32>,
    /// Whether a line begins there: in the order of the code, or for who jumps there.
    begins: Vec<bool>,
}

impl Lines {
    fn new(code: &code::CodeObject) -> Lines {
        let of = code.lines();
        let mut begins = vec![false; of.len()];
        let compiled = bytes::as_slice(&code.code);
        let op_at = |unit: usize| Opcode::from_u8(compiled[2 * unit]).unwrap_or(Opcode::NOP);
        let first = (0..of.len()).find(|unit| op_at(*unit) == Opcode::RESUME).unwrap_or(0);
        let mut mark = |unit: usize, from: i32| {
            if of.get(unit).is_some_and(|line| *line >= 0 && *line != from) && may_start_line(op_at(unit)) {
                begins[unit] = true;
            }
        };
        let (mut unit, mut line, mut arg) = (0, -1, 0);
        while unit < of.len() {
            let op = op_at(unit);
            arg = arg << 8 | usize::from(compiled[2 * unit + 1]);
            let next = unit + 1 + op.caches();
            // What is in front of the first RESUME makes the frame.
            if op != Opcode::RESUME && may_start_line(op) && unit >= first {
                mark(unit, line);
                line = of[unit];
            }
            if op == Opcode::EXTENDED_ARG {
                unit = next;
                continue;
            }
            if op.has_jump() {
                let back = matches!(op, Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT);
                let target = if back { next.checked_sub(arg) } else { Some(next + arg) };
                if let Some(target) = target {
                    mark(target, of[unit]);
                }
            }
            (unit, arg) = (next, 0);
        }
        for h in tables::handlers(bytes::as_slice(&code.exceptiontable)) {
            mark(h.target as usize / 2, -1);
        }
        Lines { of, begins }
    }

    pub(super) fn begins_at(&self, unit: usize) -> bool {
        self.begins.get(unit).is_some_and(|b| *b)
    }

    pub(super) fn at(&self, unit: usize) -> i32 {
        self.of.get(unit).copied().unwrap_or(-1)
    }
}

unsafe fn line_at(vm: &Vm, frame: *mut Frame, unit: usize) -> i32 {
    // SAFETY: passed on.
    unsafe { lines_of(vm, frame) }.at(unit)
}

/// What is known of the lines of a frame's code.
///
/// # Safety
/// The frame is live and runs Python code.
pub(super) unsafe fn lines_of(vm: &Vm, frame: *mut Frame) -> Rc<Lines> {
    // SAFETY: the frame is live and runs Python code.
    let this = unsafe { frame_objects::code_of(frame) };
    let key = this as *const _ as usize;
    let known = vm.tracing.lines.borrow().get(&key).map(|(_, lines)| lines.clone());
    known.unwrap_or_else(|| {
        let lines = Rc::new(Lines::new(this));
        vm.tracing.lines.borrow_mut().insert(key, (this.value().own(), lines.clone()));
        lines
    })
}

/// Calls somebody who is told of an event, without events.
fn quietly(vm: &Vm, frame: *mut Frame, event: Event, f: Value, args: &[Value]) -> PyResult {
    let f = f.own();
    let outer = vm.tracing.event.replace(Some((frame, event)));
    vm.tracing.busy.set(true);
    switch(vm, false);
    let result = call::positional(vm, *f, args);
    vm.tracing.busy.set(false);
    vm.tracing.event.set(outer);
    // What was recorded meanwhile would not be what comes now.
    if is_on(vm) {
        switch(vm, true);
    }
    result
}

/// Calls a tool of `sys.monitoring`.
///
/// # Safety
/// The frame is live and runs Python code.
pub(super) unsafe fn tell_tool(
    vm: &Vm,
    frame: *mut Frame,
    event: monitoring::Event,
    f: Value,
    args: &[Value],
) -> PyResult {
    use monitoring::Event as E;
    // What may be done to `f_lineno` meanwhile.
    let event = match event {
        E::PyStart => Event::Start,
        E::PyResume | E::Line | E::PyYield | E::Jump | E::BranchLeft | E::BranchRight => Event::Line,
        E::Call | E::CReturn => Event::Native("call"),
        _ => Event::Exception,
    };
    quietly(vm, frame, event, f, args)
}

/// Calls an observer. One that raises is no longer one.
unsafe fn tell(
    vm: &Vm,
    observer: Observer,
    frame: *mut Frame,
    f: Value,
    event: Event,
    arg: Value,
) -> PyResult {
    // SAFETY: the frame is live and runs Python code.
    let object = unsafe { frame_objects::of(vm, frame)? };
    let name = str::intern(vm, event.name());
    let result = quietly(vm, frame, event, f, &[*object, *name, arg]);
    if result.is_err() {
        let saved = protocol::object::save_exception(vm);
        set(vm, observer, None);
        frame_objects::set_local_trace(*object, None);
        protocol::object::restore_saved(vm, saved);
    }
    result
}

unsafe fn tell_profile(vm: &Vm, frame: *mut Frame, event: Event, arg: Value) -> PyResult<()> {
    if let Some(f) = vm.tracing.function(Observer::Profile) {
        // SAFETY: passed on.
        drop(unsafe { tell(vm, Observer::Profile, frame, *f, event, arg)? });
    }
    Ok(())
}

/// Tells the frame's own function, if it has one, which may answer with another.
unsafe fn tell_frame(vm: &Vm, frame: *mut Frame, event: Event, arg: Value) -> PyResult<()> {
    // SAFETY: the frame is live and runs Python code.
    unsafe {
        if vm.tracing.trace.borrow().is_none() {
            return Ok(());
        }
        let Some(object) = frame_objects::existing(frame) else { return Ok(()) };
        let Some(f) = frame_objects::local_trace(*object) else { return Ok(()) };
        let answer = tell(vm, Observer::Trace, frame, *f, event, arg)?;
        if !answer.is_none() {
            frame_objects::set_local_trace(*object, Some(answer));
        }
        Ok(())
    }
}

/// A frame starts or goes on.
unsafe fn started(vm: &Vm, frame: *mut Frame, event: Event) -> PyResult<()> {
    // SAFETY: the frame is live and runs Python code.
    unsafe {
        tell_profile(vm, frame, event, Value::NONE)?;
        if let Some(f) = vm.tracing.function(Observer::Trace) {
            let answer = tell(vm, Observer::Trace, frame, *f, event, Value::NONE)?;
            if !answer.is_none() {
                let object = frame_objects::of(vm, frame)?;
                frame_objects::set_local_trace(*object, Some(answer));
            }
        }
        Ok(())
    }
}

/// An exception is thrown into a suspended generator, whose frame is current.
///
/// # Safety
/// The frame is current and an exception is set.
pub unsafe fn thrown_into(vm: &Vm, frame: *mut Frame) {
    // SAFETY: passed on.
    unsafe {
        aside(vm, |exception| {
            if vm.monitoring.is_on() {
                monitoring::thrown_into(vm, frame, exception)?;
            }
            started(vm, frame, Event::Throw)
        });
    }
}

/// An exception was raised in the frame, or came out of a call.
///
/// # Safety
/// The frame is current and an exception is set.
pub unsafe fn raised(vm: &Vm, frame: *mut Frame, how: Raise) {
    if !is_listening(vm) {
        return;
    }
    // SAFETY: passed on.
    unsafe {
        if vm.monitoring.is_on() {
            aside(vm, |exception| monitoring::raised(vm, frame, exception, how));
        }
        aside(vm, |exception| {
            if let Some(function) = came_back(vm, frame) {
                tell_profile(vm, frame, Event::Native("c_exception"), *function)?;
            }
            if frame_objects::existing(frame).is_some_and(|o| frame_objects::local_trace(*o).is_some()) {
                let traceback = protocol::attr::get(vm, exception, *vm.names.__traceback__)?;
                let class = type_of(vm, exception).value();
                let what = tuple::from_slice(vm, &[class, exception, *traceback])?;
                tell_frame(vm, frame, Event::Exception, *what)?;
            }
            Ok(())
        });
    }
}

/// An exception is raised once more, where it was handled.
///
/// # Safety
/// As for [`raised`].
pub unsafe fn raised_again(vm: &Vm, frame: *mut Frame, how: Raise) {
    if vm.monitoring.is_on() {
        // SAFETY: passed on.
        unsafe { aside(vm, |exception| monitoring::raised(vm, frame, exception, how)) };
    }
}

/// The frame is about to go on in the handler of an exception, which lies on its stack. False: an exception has been raised
/// instead, and is set.
///
/// # Safety
/// The frame is current; no exception is set.
pub unsafe fn handled(vm: &Vm, frame: *mut Frame) -> bool {
    if !vm.monitoring.is_on() || !is_listening(vm) {
        return true;
    }
    // SAFETY: the exception lies on the frame's stack.
    unsafe {
        let exception = (*(*frame).sp.sub(1)).peek().own();
        monitoring::handled(vm, frame, *exception).is_ok()
    }
}

/// An exception leaves the frame.
///
/// # Safety
/// As for [`raised`].
pub unsafe fn left(vm: &Vm, frame: *mut Frame, how: Raise) {
    if !is_listening(vm) {
        return;
    }
    // SAFETY: passed on.
    unsafe {
        if vm.monitoring.is_on() {
            aside(vm, |exception| monitoring::left(vm, frame, exception, how));
        }
        aside(vm, |_| {
            tell_profile(vm, frame, Event::Return, Value::NONE)?;
            tell_frame(vm, frame, Event::Return, Value::NONE)
        });
    }
}

/// Runs `f` with the exception put aside; an exception that `f` raises takes its place.
unsafe fn aside(vm: &Vm, f: impl FnOnce(Value) -> PyResult<()>) {
    if !is_listening(vm) {
        return;
    }
    // SAFETY: the exception moves out of the thread state and back.
    unsafe {
        let ts = vm.ts();
        let exception = Owned::from_owned(std::mem::replace(&mut (*ts).exception, Value::NULL));
        if f(*exception).is_ok() {
            let _ = vm.restore_exception(exception);
        }
    }
}

// ---- calls of native functions ----

/// The native function that the frame has called, once that is over.
fn came_back(vm: &Vm, frame: *mut Frame) -> Option<Owned> {
    let mut calls = vm.tracing.calls.borrow_mut();
    match calls.last() {
        Some((of, _)) if *of == frame => calls.pop().map(|(_, function)| function),
        _ => None,
    }
}

unsafe fn native_call(vm: &Vm, frame: *mut Frame, op: Opcode, oparg: usize) -> PyResult<()> {
    if vm.tracing.profile.borrow().is_none() {
        return Ok(());
    }
    // SAFETY: the operands lie on the frame's stack.
    unsafe {
        let depth = match op {
            Opcode::CALL => oparg + 2,
            Opcode::CALL_KW => oparg + 3,
            _ => 4,
        };
        let base = (*frame).sp.sub(depth);
        let (callable, receiver) = ((*base).peek(), (*base.add(1)).peek());
        let ty = type_of(vm, callable);
        let function = if ty == vm.types.builtin_function {
            callable.own()
        } else if ty == vm.types.method_descriptor && !receiver.is_null() {
            protocol::attr::bind(vm, callable, receiver)?
        } else {
            return Ok(());
        };
        tell_profile(vm, frame, Event::Native("c_call"), *function)?;
        if vm.tracing.profile.borrow().is_some() {
            vm.tracing.calls.borrow_mut().push((frame, function));
        }
        Ok(())
    }
}
