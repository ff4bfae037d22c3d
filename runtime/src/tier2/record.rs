//! Recording: the interpreter runs in hooked mode and reports each instruction before it executes it.
//!
//! Recording starts at a hot back-edge's target or at a hot side exit and ends when the path comes back to where it
//! started, meets code that is compiled already, or meets something that traces do not contain. It follows calls.

use std::time::Instant;

use std::collections::HashMap;

use taipan_layout::frame::owner;
use taipan_layout::objects::{
    Code, Dict, Enumerate, Function, List, Method, SHARED_VERSION, SequenceIter, Tuple,
};
use taipan_layout::value::FIXNUM_MAX;
use taipan_layout::{Frame, Kind, ThreadState, Value};
use taipan_mir::opcodes::{NbOp, Opcode};
use taipan_mir::optimize::FrameShape;

use super::{Executor, State, facts, figures, fits, install, traceable};
use crate::objects::code;
use crate::owned::{Counted, Owned};
use crate::vm::Vm;

/// Instructions in one recording.
const MAX_LENGTH: usize = 600;
/// Instructions after which calls are not inlined any more: their callees are compiled by themselves.
const ENOUGH: usize = 80;
/// Calls that are open at the same time.
const MAX_DEPTH: u32 = 8;

/// An instruction that is about to be executed.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub frame: *mut Frame,
    pub code: *mut Code,
    /// The instruction, and where it begins: at its first `EXTENDED_ARG`.
    pub ip: *mut u16,
    pub begin: *mut u16,
    pub opcode: Opcode,
    pub oparg: u32,
    /// The units behind the instruction, as they were.
    pub cache: [u16; 10],
    /// The object that a call calls or a global names; for a store of an attribute, whether the object gains it; for a store to
    /// a local what [`observed_store`] says; for an iteration [`Enumerated::from_observed`]; 1 for a fixnum that is negated, and a list
    /// that is indexed with one. Else 0.
    pub observed: u64,
    /// The frame that the instruction returns to, and where that goes on.
    returns_to: Option<(*mut Frame, *mut u16)>,
    /// Its specialised form did not fit after all.
    pub missed: bool,
    pub globals: *mut Dict,
    pub builtins: *mut Dict,
    /// Slots on the frame's stack.
    pub depth: u32,
    /// The frame runs below native code that the instruction before it has called, which pushed no frame itself.
    pub nested: bool,
}

/// Where the compiled path will be entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// At the loop's head; its back-edge is this instruction.
    Loop { code: *mut Code, back_edge: *mut u16, head: *mut u16 },
    /// Behind this side exit.
    Exit(u32),
    /// Behind the `RESUME_CHECK` of a function or generator.
    Entry { code: *mut Code, resume: *mut u16 },
    /// Where a frame goes on after a call; the exit is the callee's.
    Return { exit: u32, ip: *mut u16 },
}

pub struct Recorder {
    pub start: Start,
    /// When recording began.
    pub begun: Instant,
    /// The first instruction and its frame.
    pub head: *mut u16,
    pub frame: *mut Frame,
    pub entries: Vec<Entry>,
    /// Stack slots in the first frame at the beginning.
    pub stack: u32,
    /// What the locals are when the path begins at the head of a compiled loop.
    kinds: Option<Box<[u8]>>,
    /// The frames at the beginning, outermost first, when they are as the interpreter has them.
    pub shapes: Vec<FrameShape>,
    /// Keeps alive what the entries point to.
    kept: Vec<Owned>,
    /// The first of the `EXTENDED_ARG`s that were seen before the instruction to come.
    prefix: Option<*mut u16>,
    /// Calls that were open at the start, all of them the compiled trace's own, and now.
    pub calls: u32,
    depth: u32,
    /// The fewest calls that were open since.
    lowest: u32,
    /// The last instruction returns from the first frame.
    returned: bool,
    /// The instruction that comes next is an `ENTER_EXECUTOR` that is passed over: the recorded path goes on here.
    pub passing: Option<*mut u16>,
}

/// Why a recording ends here.
enum Stop {
    /// Back at the head.
    Closed,
    /// The rest is left to the interpreter, from this instruction on.
    Here(*mut u16),
    /// The first frame has returned.
    Returned,
    /// Nothing came of it.
    Abort,
}

/// Puts the interpreter into recording mode.
pub(super) fn begin(vm: &Vm, state: &mut State, start: Start, frame: *mut Frame, head: *mut u16, calls: u32) {
    if crate::interp::tracing::is_on(vm) {
        return;
    }
    let entries = Vec::with_capacity(128);
    // SAFETY: the frames of the open calls are live, and their stack pointers are valid outside of machine code.
    let shapes = if let Start::Exit(_) = start { unsafe { shapes(frame, calls) } } else { Vec::new() };
    state.recorder = Some(Box::new(Recorder {
        start,
        begun: Instant::now(),
        head,
        frame,
        entries,
        stack: 0,
        kinds: None,
        shapes,
        kept: Vec::new(),
        prefix: None,
        calls,
        depth: calls,
        lowest: calls,
        returned: false,
        passing: None,
    }));
    // SAFETY: the thread state is ours.
    unsafe {
        (*vm.ts()).hook = Some(hook);
        (*vm.ts()).dispatch = taipan_stencil_lib::hooked_handlers().as_ptr();
    }
}

/// The frames of the open calls.
unsafe fn shapes(frame: *mut Frame, calls: u32) -> Vec<FrameShape> {
    // SAFETY: by contract.
    unsafe {
        let mut shapes = Vec::with_capacity(calls as usize + 1);
        let mut frame = frame;
        for _ in 0..=calls {
            if frame.is_null() || !traceable(frame) {
                return Vec::new();
            }
            let stack = (*frame).sp.offset_from(Frame::stack_base(frame)) as u32;
            let code = (*frame).code;
            shapes.push(FrameShape {
                locals: (*code).nlocalsplus,
                stack,
                size: super::facts::frame_size(code),
            });
            frame = (*frame).previous;
        }
        shapes.reverse();
        shapes
    }
}

fn end(vm: &Vm) {
    if vm.config.stats.is_some() {
        // The hook still counts.
        return;
    }
    // SAFETY: the thread state is ours.
    unsafe {
        (*vm.ts()).dispatch = taipan_stencil_lib::handlers().as_ptr();
        (*vm.ts()).hook = None;
    }
}

pub(super) unsafe extern "C" fn hook(
    ts: *mut ThreadState,
    frame: *mut Frame,
    ip: *mut u16,
    oparg: u64,
) -> i32 {
    // SAFETY: called by the hooked handlers of the running thread.
    unsafe {
        let vm = Vm::from_ts(ts);
        let state = vm.tier2.state();
        if vm.config.stats.is_some() {
            state.stats.executed.interpreter += Opcode::from_u8(*ip as u8).map_or(0, figures::uops);
        }
        let Some(recorder) = &mut state.recorder else {
            end(vm);
            return 0;
        };
        let Some(stop) = recorder.observe(&state.heads, &state.executors, frame, ip, oparg as u32) else {
            return 0;
        };
        end(vm);
        if let Some(recorder) = state.recorder.take() {
            match stop {
                Stop::Closed => install::compile(vm, state, *recorder, install::Stopped::Closed),
                Stop::Here(begin) => {
                    install::compile(vm, state, *recorder, install::Stopped::At(frame, begin));
                }
                Stop::Returned => install::compile(vm, state, *recorder, install::Stopped::Returned),
                Stop::Abort => {
                    if install::trace_output() {
                        let last = Opcode::from_u8(*ip as u8);
                        eprintln!(
                            "aborted {:?} after {} at {last:?}",
                            recorder.start,
                            recorder.entries.len()
                        );
                    }
                    install::failed(vm, state, recorder.start)
                }
            }
        }
        0
    }
}

impl Recorder {
    unsafe fn observe(
        &mut self,
        heads: &HashMap<usize, usize>,
        executors: &[Executor],
        frame: *mut Frame,
        ip: *mut u16,
        oparg: u32,
    ) -> Option<Stop> {
        // SAFETY: the instruction and its caches are inside of the running code.
        unsafe {
            let mut opcode = Opcode::from_u8(*ip as u8)?;
            self.correct(frame, ip);
            if self.returned {
                return Some(Stop::Returned);
            }
            if let Some(last) = self.entries.last()
                && last.returns_to.is_some_and(|expected| expected != (frame, ip))
                && (last.frame, last.ip) != (frame, ip)
            {
                // The return let go of something, and a finaliser or a weak reference's callback runs first. Its frames are not
                // the path's.
                return Some(Stop::Abort);
            }
            if !traceable(frame) {
                return Some(if self.entries.is_empty() { Stop::Abort } else { Stop::Here(ip) });
            }
            // An instruction that was rewritten is dispatched again: the last form counts.
            let again = self.entries.last().is_some_and(|e| e.ip == ip && e.frame == frame);
            if again {
                self.prefix = self.entries.pop().filter(|e| e.begin != e.ip).map(|e| e.begin);
            } else if !self.entries.is_empty() {
                if heads.contains_key(&(ip as usize)) && !self.is_resumed(frame, ip) {
                    if self.is_other_form(frame, ip) {
                        return Some(Stop::Closed);
                    }
                    // A loop that is compiled begins here.
                    self.follow(frame);
                    return Some(Stop::Here(ip));
                }
                if frame == self.frame && ip == self.head && self.lowest == self.calls {
                    return Some(Stop::Closed);
                }
            }
            if opcode == Opcode::EXTENDED_ARG {
                self.prefix.get_or_insert(ip);
                return None;
            }
            let begin = self.prefix.take().unwrap_or(ip);
            if self.entries.is_empty() && self.prefix.is_none() {
                self.stack = (*frame).sp.offset_from(Frame::stack_base(frame)) as u32;
                if matches!(self.start, Start::Exit(_)) && heads.contains_key(&(begin as usize)) {
                    self.kinds = Some(kinds_of(frame));
                }
            }
            if !again {
                self.follow(frame)?;
            }
            if opcode == Opcode::ENTER_EXECUTOR
                && let Some(executor) = code::executor_at((*frame).code, ip)
                && let Start::Entry { .. } = executors[executor].start
            {
                // Calls are inlined, whether or not the callee is compiled by itself.
                self.passing = Some(ip.add(1));
                opcode = Opcode::RESUME_CHECK;
            }
            if opcode == Opcode::RESUME_CHECK
                && !self.entries.is_empty()
                && (*frame).owner != owner::GENERATOR
                && (self.entries.len() >= ENOUGH || self.is_open(frame))
            {
                // Recursion, or enough for one trace: the callee is compiled by itself.
                self.passing = None;
                return Some(Stop::Here(ip));
            }
            if opcode == Opcode::ENTER_EXECUTOR
                && let Some(executor) = code::executor_at((*frame).code, ip)
                && let Start::Loop { head, .. } = executors[executor].start
                && (self.is_resumed(frame, head) || self.is_other_form(frame, head))
            {
                self.passing = Some(head);
                opcode = Opcode::JUMP_BACKWARD_NO_JIT;
            }
            if opcode == Opcode::ENTER_EXECUTOR {
                return Some(if self.entries.is_empty() { Stop::Abort } else { Stop::Here(begin) });
            }
            let whole = matches!(self.start, Start::Entry { .. } | Start::Return { .. })
                && (*frame).owner != owner::GENERATOR;
            if opcode.deopt() == Opcode::JUMP_BACKWARD
                && opcode != Opcode::JUMP_BACKWARD_NO_JIT
                && (whole || self.turns_again(frame, ip.add(2).sub(oparg as usize)))
            {
                // The loop is compiled by itself when it is hot.
                return Some(if self.entries.is_empty() { Stop::Abort } else { Stop::Here(begin) });
            }
            if !super::translate::supported(opcode) || self.too_long() {
                return Some(if self.entries.len() < 4 { Stop::Abort } else { Stop::Here(begin) });
            }
            self.returned = matches!(opcode, Opcode::RETURN_VALUE | Opcode::YIELD_VALUE) && self.depth == 0;
            let mut cache = [0; 10];
            for (i, unit) in cache.iter_mut().enumerate().take(opcode.caches()) {
                *unit = *ip.add(1 + i);
            }
            if !fits::fits(frame, opcode, oparg, &cache) {
                super::exits::specialize_anew(begin);
                opcode = opcode.deopt();
                cache[0] = 0;
            }
            let mut observed = observed(frame, opcode, oparg, &cache);
            if opcode == Opcode::LOAD_ATTR
                && oparg & 1 != 0
                && let Some((function, version)) = facts::class_method(frame, oparg >> 1)
            {
                observed = function.0;
                (cache[1], cache[2]) = (version as u16, (version >> 16) as u16);
            }
            let is_store = matches!(
                opcode,
                Opcode::STORE_FAST | Opcode::STORE_FAST_LOAD_FAST | Opcode::STORE_FAST_STORE_FAST
            );
            if Value(observed).is_heap() && observed > 1 && !is_store {
                self.kept.push(Value(observed).own());
            }
            if self.entries.last().is_none_or(|e| e.code != (*frame).code) {
                self.kept.push(Value::from_ptr((*frame).code).own());
            }
            let nested = self.entries.last().is_some_and(|last| !is_pushed_by(frame, last.frame));
            self.entries.push(Entry {
                frame,
                code: (*frame).code,
                ip,
                begin,
                opcode,
                oparg,
                cache,
                observed,
                returns_to: returns_to(frame, opcode),
                missed: false,
                globals: (*frame).globals,
                builtins: (*frame).builtins,
                depth: (*frame).sp.offset_from(Frame::stack_base(frame)) as u32,
                nested,
            });
            None
        }
    }

    /// The last instruction went the generic way when its specialised form did not fit: the generic form counts, and only that.
    unsafe fn correct(&mut self, frame: *mut Frame, ip: *mut u16) {
        let Some(last) = self.entries.last_mut() else { return };
        let generic = last.opcode.deopt();
        let again = last.ip == ip && last.frame == frame;
        // SAFETY: the entry's code is kept alive; an instruction with caches has its counter behind it.
        let counted = |e: &Entry| unsafe { *e.ip.add(1) } != e.cache[0];
        if !again && generic != last.opcode && generic.caches() > 0 && counted(last) {
            last.opcode = generic;
            last.observed = 0;
            last.missed = true;
        }
    }

    /// Keeps account of calls. `Some(())` goes on.
    fn follow(&mut self, frame: *mut Frame) -> Option<()> {
        if let Some(last) = self.entries.last()
            && last.frame != frame
        {
            if matches!(last.opcode, Opcode::RETURN_VALUE | Opcode::YIELD_VALUE | Opcode::RETURN_GENERATOR) {
                self.depth = self.depth.saturating_sub(1);
                self.lowest = self.lowest.min(self.depth);
            } else {
                self.depth += 1;
            }
        }
        Some(())
    }

    /// Whether this is a compiled loop's head, which was left because locals had other types than the loop takes for granted, and
    /// now they have those again that they had then: the path is a loop for these types.
    unsafe fn is_other_form(&self, frame: *mut Frame, ip: *mut u16) -> bool {
        // SAFETY: the frame is live.
        frame == self.frame
            && ip == self.head
            && self.calls == 0
            && self.lowest == 0
            && self.kinds.as_ref().is_some_and(|kinds| *kinds == unsafe { kinds_of(frame) })
    }

    /// Whether this is a generator that the recorded path resumes, at a loop's head that it has not met yet: the loop's turn
    /// belongs to that of the loop that asks for items.
    unsafe fn is_resumed(&self, frame: *mut Frame, head: *mut u16) -> bool {
        // SAFETY: the frame is live.
        unsafe {
            (*frame).owner == owner::GENERATOR
                && frame != self.frame
                && !self.entries.iter().any(|e| e.ip == head && e.frame == frame)
        }
    }

    /// Whether the jump back to `target` leads to where the recording has been, which is not its head.
    unsafe fn turns_again(&self, frame: *mut Frame, target: *mut u16) -> bool {
        (target != self.head || frame != self.frame)
            && self.entries.iter().any(|e| e.begin == target && e.frame == frame)
    }

    /// Whether a frame that was entered since runs the same code.
    unsafe fn is_open(&self, frame: *mut Frame) -> bool {
        // SAFETY: the frames are live.
        unsafe {
            let mut caller = (*frame).previous;
            for _ in 0..self.depth {
                if caller.is_null() {
                    return false;
                }
                if (*caller).code == (*frame).code {
                    return true;
                }
                caller = (*caller).previous;
            }
            false
        }
    }

    fn too_long(&self) -> bool {
        self.entries.len() >= MAX_LENGTH || self.depth > MAX_DEPTH
    }
}

/// What [`Entry::returns_to`] says.
unsafe fn returns_to(frame: *mut Frame, opcode: Opcode) -> Option<(*mut Frame, *mut u16)> {
    if opcode != Opcode::RETURN_VALUE {
        return None;
    }
    // SAFETY: a running frame has a caller, which waits.
    unsafe {
        let caller = (*frame).previous;
        Some((caller, (*caller).ip.add((*caller).return_offset as usize)))
    }
}

/// Of a store to a local: whether the value is an immediate float, whether there was no object, and from bit 8 on how many references there are to the old
/// object (the most when they are not counted).
unsafe fn observed_store(frame: *mut Frame, value: Value, local: u32) -> u64 {
    const MOST: i64 = 255;
    // SAFETY: the frame is live and the compiler made the index.
    let (was_immediate, references) = unsafe {
        let old = *Frame::localsplus(frame).add(local as usize);
        match old.is_heap() {
            true if (*old.header()).rc >= 0 => (false, ((*old.header()).rc as i64).min(MOST)),
            is_object => (!is_object, MOST),
        }
    };
    value.is_flonum() as u64 | (was_immediate as u64) << 1 | (references as u64) << 8
}

/// What the frame's locals are: representations, and kinds of objects.
unsafe fn kinds_of(frame: *mut Frame) -> Box<[u8]> {
    const OBJECT: u8 = 1 << 7;
    // SAFETY: the frame is live.
    unsafe {
        let locals = Frame::localsplus(frame);
        let kind = |n: u32| match *locals.add(n as usize) {
            v if v.is_null() => 0,
            v if v.is_fixnum() => 1,
            v if v.is_flonum() => 2,
            v if v.is_heap() => OBJECT | (*v.header()).flags as u8,
            _ => 3,
        };
        (0..(*(*frame).code).nlocalsplus).map(kind).collect()
    }
}

/// Whether control came from `caller` to the new `frame` without native code in between.
///
/// # Safety
/// Both frames are live, or `frame` is one that was returned to.
pub unsafe fn is_pushed_by(frame: *mut Frame, caller: *mut Frame) -> bool {
    // SAFETY: by contract; frames below a live one are live.
    unsafe {
        let mut below = (*frame).previous;
        // A call of a class has a frame of its own between the two.
        for _ in 0..2 {
            if below == caller {
                return true;
            }
            if below.is_null() || (*below).owner == owner::NATIVE {
                return false;
            }
            below = (*below).previous;
        }
        false
    }
}

/// The exact `enumerate` over a list or a tuple that a loop asks for its next pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Enumerated {
    pub is_list: bool,
    /// There is no next item.
    pub ended: bool,
}

impl Enumerated {
    pub fn from_observed(observed: u64) -> Option<Enumerated> {
        (observed != 0).then_some(Enumerated { is_list: observed & 2 != 0, ended: observed & 4 != 0 })
    }
    fn observed(self) -> u64 {
        1 | (self.is_list as u64) << 1 | (self.ended as u64) << 2
    }

    /// `None` for everything that the uops refuse.
    unsafe fn of(iterator: Value) -> Option<Enumerated> {
        // SAFETY: the caller's iterator is alive; kinds are checked before fields are read.
        unsafe {
            let is = |v: Value, kind: Kind| v.is_heap() && (*v.header()).is(kind);
            if !is(iterator, Kind::Enumerate) {
                return None;
            }
            let (number, inner) = {
                let it = &*iterator.as_ptr::<Enumerate>();
                (it.big.is_null() && it.index < FIXNUM_MAX, it.iterator)
            };
            let is_list = is(inner, Kind::ListIter);
            if !is_list && !is(inner, Kind::TupleIter) {
                return None;
            }
            let SequenceIter { index, sequence, .. } = *inner.as_ptr::<SequenceIter>();
            let length = match is_list {
                _ if sequence.is_null() => 0,
                true => (*sequence.as_ptr::<List>()).length,
                false => (*sequence.as_ptr::<Tuple>()).length,
            };
            let ended = sequence.is_null() || index >= length;
            let stays = sequence.is_null() || (*sequence.header()).rc != 1;
            let fits = if ended { stays } else { number };
            fits.then_some(Enumerated { is_list, ended })
        }
    }
}

/// What [`Entry::observed`] says.
unsafe fn observed(frame: *mut Frame, opcode: Opcode, oparg: u32, cache: &[u16; 10]) -> u64 {
    // SAFETY: the instruction is about to be executed: its operands are on the frame's stack. What a specialised form
    // expects is checked before it is read.
    unsafe {
        let below = |n: usize| (*(*frame).sp.sub(n + 1)).peek();
        let is = |v: Value, kind: Kind| v.is_heap() && (*v.header()).is(kind);
        match opcode {
            Opcode::CALL_PY_EXACT_ARGS => {
                let callee = below(oparg as usize + 1);
                if is(callee, Kind::Function) { sole(callee) } else { 0 }
            }
            Opcode::CALL_BOUND_METHOD_EXACT_ARGS => {
                let callee = below(oparg as usize + 1);
                if !is(callee, Kind::Method) {
                    return 0;
                }
                let function = (*callee.as_ptr::<Method>()).function;
                if is(function, Kind::Function) { sole(function) } else { 0 }
            }
            Opcode::LOAD_GLOBAL_MODULE | Opcode::LOAD_GLOBAL_BUILTIN => {
                let builtin = opcode == Opcode::LOAD_GLOBAL_BUILTIN;
                if builtin && (*(*(*frame).globals).keys).version != cache[1] as u32 {
                    // The name may be a global now.
                    return 0;
                }
                let dict = if builtin { (*frame).builtins } else { (*frame).globals };
                let keys = (*dict).keys;
                let (version, index) = (cache[1 + builtin as usize], cache[3]);
                if (*keys).version != version as u32 || index as u32 >= (*keys).entry_count {
                    return 0;
                }
                let value = (*(*keys).entries.add(index as usize)).value;
                if facts::is_stable(value) { value.0 } else { 0 }
            }
            Opcode::UNARY_NEGATIVE => below(0).is_fixnum() as u64,
            Opcode::BINARY_OP if oparg != NbOp::NB_SUBSCR as u32 => 0,
            Opcode::BINARY_OP | Opcode::STORE_SUBSCR => {
                (is(below(1), Kind::List) && below(0).is_fixnum()) as u64
            }
            Opcode::FOR_ITER => Enumerated::of(below(0)).map_or(0, Enumerated::observed),
            Opcode::STORE_FAST => observed_store(frame, below(0), oparg),
            Opcode::STORE_FAST_LOAD_FAST => observed_store(frame, below(0), oparg >> 4),
            Opcode::STORE_FAST_STORE_FAST => {
                observed_store(frame, below(0), oparg >> 4)
                    | observed_store(frame, below(1), oparg & 15) << 32
            }
            Opcode::STORE_ATTR_INSTANCE_VALUE => {
                let owner = below(0);
                if !is(owner, Kind::Instance) {
                    return 0;
                }
                let slot = (owner.0 + cache[3] as u64) as *const Value;
                (*slot).is_null() as u64
            }
            _ => 0,
        }
    }
}

/// The word of a function that its version stands for, else 0.
unsafe fn sole(function: Value) -> u64 {
    // SAFETY: callers pass functions.
    let version = unsafe { (*function.as_ptr::<Function>()).version };
    if version & SHARED_VERSION == 0 { function.0 } else { 0 }
}
