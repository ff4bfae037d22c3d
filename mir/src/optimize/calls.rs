//! Inlined calls.
//!
//! The callee's frame lies where the interpreter would have put it, directly behind the caller's, and its locals and stack are
//! used as such; but its header is not written, `ts.frame` stays, and nothing counts it. Uops that look at the
//! frame, or that may run Python code, have the headers written first (`_MATERIALIZE_FRAME`); an exit has its decoder do it.

use super::machine::{Machine, PHYSICAL, Pending};
use super::state::{Frame, Local, NO_PRODUCER, Own, Rep, Slot, State, Type};
use crate::trace::{At, Dependency, End, NO_CELL, VirtualFrame};
use crate::uops::Uop;

/// Frames that are inlined into each other.
const MAX_INLINED: usize = 12;
/// Locals of a frame that can be inlined: a mask has a bit for each.
const MAX_LOCALS: u32 = 64;

impl Machine<'_> {
    /// `_CHECK_FUNCTION_VERSION`: whether the callee is known.
    pub fn check_function(&mut self, version: u64) {
        let callee = self.peek(self.oparg as usize + 1);
        let word = self.state.fact(callee.sym).constant;
        if word != 0 && self.facts.function(word).is_some_and(|f| f.version as u64 == version) {
            self.check_validity();
            self.depend(Dependency::Function(word));
            return;
        }
        let recorded = self.operands[1];
        self.call_guard(Uop::_CHECK_FUNCTION_VERSION);
        if recorded != 0 && self.facts.function(recorded).is_some_and(|f| f.version as u64 == version) {
            // A version belongs to one function.
            self.change();
            self.state.fact_mut(callee.sym).constant = recorded;
            self.keep_object(recorded);
        }
    }

    /// A guard on a callee, whose slots have to be on the stack.
    pub fn call_guard(&mut self, uop: Uop) {
        self.tagged(self.oparg as usize + 2);
        self.emit(uop, self.oparg, [self.operands[0], 0]);
    }

    pub fn check_exact_args(&mut self) {
        let callee = self.peek(self.oparg as usize + 1);
        let word = self.state.fact(callee.sym).constant;
        let given = self.given_arguments();
        if let (Some(given), Some(f)) = (given, self.facts.function(word))
            && word != 0
            && f.argcount == given
        {
            return;
        }
        self.call_guard(Uop::_CHECK_FUNCTION_EXACT_ARGS);
    }

    /// Arguments of a call, its self included, when it is known whether there is one.
    fn given_arguments(&mut self) -> Option<u32> {
        let receiver = self.peek(self.oparg as usize);
        match self.ty(receiver) {
            Type::Null => Some(self.oparg),
            Type::Unknown if receiver.rep != Rep::Lazy && self.state.version(receiver.sym) == 0 => None,
            _ => Some(self.oparg + 1),
        }
    }

    /// `_INIT_CALL_PY_EXACT_ARGS`: moves the arguments to the callee's locals if it can be inlined.
    pub fn init_call(&mut self) {
        let callee = self.peek(self.oparg as usize + 1);
        let word = self.state.fact(callee.sym).constant;
        let function = if word == 0 { None } else { self.facts.function(word) };
        let (Some(f), Some(given)) = (function, self.given_arguments()) else {
            return self.generic(Uop::_INIT_CALL_PY_EXACT_ARGS);
        };
        let inlined = self.state.frames.iter().filter(|f| f.inlined.is_some()).count();
        if self.state.frame().size == 0
            || f.argcount != given
            || f.locals > MAX_LOCALS
            || inlined >= MAX_INLINED
            || f.frame_size >= 1 << 15
        {
            return self.generic(Uop::_INIT_CALL_PY_EXACT_ARGS);
        }
        self.emit(Uop::_CHECK_STACK_SPACE, 0, [f.frame_size as u64, 0]);
        let caller_size = self.state.frame().size;
        let header = self.facts.frame_header();
        let mut locals = vec![None; f.locals as usize];
        for n in (0..given).rev() {
            self.tag_top();
            let mut slot = self.peek(0);
            if slot.own == Own::Dynamic {
                self.emit(Uop::_OWN, 0, [0; 2]);
                slot = Slot::plain(slot.sym, Own::Owned);
            }
            self.emit(Uop::_ARG, 0, [(caller_size + header + 8 * n) as u64, 0]);
            self.pop();
            locals[n as usize] = Some(Local { slot, unset: false });
        }
        if given == self.oparg {
            self.drop_top();
        }
        // The callee is not let go of: its word moves nowhere, and somebody keeps the function.
        let callee = self.peek(0);
        match callee.rep {
            Rep::Tagged if self.needs_no_drop(callee) || self.unneeded(callee) => {
                self.emit(Uop::_POP_TOP_DEAD, 0, [0; 2]);
            }
            Rep::Tagged => self.emit(Uop::_POP_TOP, 0, [0; 2]),
            _ => {}
        }
        self.pop();
        self.keep_object(word);
        self.depend(Dependency::Function(word));
        let null = self.new_sym(Type::Null);
        let locals = locals
            .into_iter()
            .map(|l| l.unwrap_or(Local { slot: Slot::plain(null, Own::Owned), unset: true }))
            .collect();
        let frame = VirtualFrame {
            function: word,
            call_ip: self.ip(),
            size: caller_size,
            caller_stack: 0,
            return_offset: 0,
            borrowed: 0,
            unset: 0,
        };
        self.pending = Some(Pending { frame, locals, size: f.frame_size });
    }

    /// The guard on a generator expression's call, `below` slots of which lie under the callee.
    pub fn guard_genexpr(&mut self, below: usize) {
        let callee = self.peek(1);
        let next = self.input.insts.get(self.at as usize + 1).map_or(0, |i| i.operands[1]);
        if let (Rep::Function(_), Some(f)) = (callee.rep, self.facts.function(next)) {
            let known = |slot: Slot, m: &Self| {
                slot.rep == Rep::Lazy && m.state.fact(slot.sym).constant == m.operands[1]
            };
            let fits = match below {
                2 => {
                    let (builtin, null) = (self.peek(3), self.peek(2));
                    known(builtin, self) && self.ty(null) == Type::Null
                }
                _ => self.peek(2).rep == Rep::List,
            };
            if fits && f.original == self.state.fact(callee.sym).constant && self.has_globals(f.globals) {
                return;
            }
        }
        self.tagged(below + 2);
        self.emit(self.input.insts[self.at as usize].uop, 0, [self.operands[0], 0]);
    }

    /// Whether the running frame has these globals, which is checked if it can be.
    fn has_globals(&mut self, globals: u64) -> bool {
        let frame = self.state.frame();
        match (frame.globals, frame.inlined) {
            (known, _) if known == globals => return true,
            (_, Some(inlined)) => {
                return self.facts.function(inlined.function).is_some_and(|f| f.globals == globals);
            }
            _ => {}
        }
        self.keep_object(globals);
        self.emit(Uop::_GUARD_FRAME_GLOBALS, 0, [globals, 0]);
        self.change();
        let known = &mut self.state.frame_mut().globals;
        if *known != Frame::OF_CALLEE {
            *known = globals;
        }
        true
    }

    /// Whether the call to come that takes what the current uop makes is one of a fused generator expression.
    fn is_for_genexpr(&self, list: bool) -> bool {
        const FAR: usize = 64;
        let from = self.at as usize + 1;
        let to = self.input.insts.len().min(from + FAR);
        let call = self.input.insts[from..to]
            .iter()
            .find(|i| matches!(i.uop, Uop::_PUSH_FRAME | Uop::_INIT_GENEXPR_SINK | Uop::_INIT_GENEXPR_LIST));
        let depth = |resume: u32| self.input.resumes.get(resume as usize).map(|r| r.depth);
        call.is_some_and(|i| {
            i.uop != Uop::_PUSH_FRAME
                && (!list || i.uop == Uop::_INIT_GENEXPR_LIST)
                && depth(i.resume) == depth(self.resume)
        })
    }

    /// `_BUILD_LIST` without items: the list is not made if only a fused generator expression takes it.
    pub fn defer_list(&mut self) -> bool {
        if self.has(PHYSICAL) || !self.is_for_genexpr(true) {
            return false;
        }
        let slot = self.word(Type::List, Own::Borrowed);
        self.push(Slot { rep: Rep::List, ..slot });
        true
    }

    /// `_BUILD_TUPLE` of a cell, `_LOAD_CONST`, `_MAKE_FUNCTION`, `_SET_FUNCTION_ATTRIBUTE`: the same for the function of the
    /// expression and its closure.
    pub fn defer_closure(&mut self) -> bool {
        const CLOSURE: u32 = 8;
        let Rep::Local(cell) = self.peek(0).rep else { return false };
        let Some([code, make, set, ..]) = self.input.insts.get(self.at as usize + 1..) else { return false };
        let is_closure = code.uop == Uop::_LOAD_CONST
            && make.uop == Uop::_MAKE_FUNCTION
            && set.uop == Uop::_SET_FUNCTION_ATTRIBUTE
            && set.oparg == CLOSURE;
        if !is_closure || self.has(PHYSICAL) || !self.is_for_genexpr(false) {
            return false;
        }
        self.pop();
        self.push_function(code.operands[0], cell);
        self.skip = 3;
        true
    }

    /// `_MAKE_FUNCTION`: the same without a closure.
    pub fn defer_function(&mut self) -> bool {
        let code = self.peek(0);
        let next = self.input.insts.get(self.at as usize + 1);
        if code.rep != Rep::Lazy
            || next.is_some_and(|i| i.uop == Uop::_SET_FUNCTION_ATTRIBUTE)
            || self.has(PHYSICAL)
            || !self.is_for_genexpr(false)
        {
            return false;
        }
        self.pop();
        self.push_function(self.state.fact(code.sym).constant, NO_CELL);
        true
    }

    fn push_function(&mut self, code: u64, cell: u16) {
        self.keep_object(code);
        let slot = self.word(Type::Object, Own::Borrowed);
        self.state.fact_mut(slot.sym).constant = code;
        self.push(Slot { rep: Rep::Function(cell), ..slot });
    }

    /// `_INIT_GENEXPR_SINK`, `_INIT_GENEXPR_LIST`: the expression's iterator and cells become locals of a frame that also takes the
    /// items, if that can be inlined. `below` slots lie under the callee: what the frame stands for.
    pub fn init_genexpr(&mut self, below: usize) {
        let uop = self.input.insts[self.at as usize].uop;
        let ([packed, template], ip) = (self.operands, self.ip());
        let (sink, returns) = (packed & 0xFFFF_FFFF, (packed >> 32) as u32);
        self.operands = [sink, 0];
        let inlined = self.state.frames.iter().filter(|f| f.inlined.is_some()).count();
        let caller_size = self.state.frame().size;
        let fits = |f: &crate::optimize::FunctionFacts| {
            f.locals <= MAX_LOCALS && f.frame_size < 1 << 15 && inlined < MAX_INLINED && caller_size != 0
        };
        let callee = self.peek(1);
        let facts = self.facts.function(template);
        let closure = matches!((callee.rep, &facts), (Rep::Function(cell), Some(f)) if (cell != NO_CELL) as u32 != f.free);
        if closure || self.peek(0).rep != Rep::Tagged {
            return self.generic(uop);
        }
        let Some(f) = facts.filter(fits) else { return self.enter_genexpr(below) };
        self.emit(Uop::_CHECK_STACK_SPACE, 0, [f.frame_size as u64, 0]);
        let place = |header: u32, n: u32| (caller_size + header + 8 * n) as u64;
        let header = self.facts.frame_header();
        let null = self.new_sym(Type::Null);
        let unbound = Local { slot: Slot::plain(null, Own::Owned), unset: true };
        let mut locals = vec![unbound; f.locals as usize];
        self.tag_top();
        let mut slot = self.peek(0);
        if slot.own == Own::Dynamic {
            self.emit(Uop::_OWN, 0, [0; 2]);
            slot = Slot::plain(slot.sym, Own::Owned);
        }
        self.emit(Uop::_ARG, 0, [place(header, 0), 0]);
        self.pop();
        locals[0] = Local { slot, unset: false };
        let callee = self.peek(0).rep;
        for n in 0..f.free {
            let local = f.locals - f.free + n;
            match callee {
                Rep::Function(cell) => self.emit(Uop::_LOAD_FAST, cell as u32, [0; 2]),
                _ => self.emit(Uop::_FUNCTION_CELL, 0, [n as u64, 0]),
            }
            let cell = self.plain_word(Type::Object);
            self.push(cell);
            self.emit(Uop::_ARG, 0, [place(header, local), 0]);
            self.pop();
            locals[local as usize] = Local { slot: cell, unset: false };
        }
        // The function was made for this call, as was the list below it; neither has anything whose end is noticed.
        if callee == Rep::Tagged {
            self.emit(Uop::_POP_TOP, 0, [0; 2]);
            self.release();
        }
        self.pop();
        if below == 2 {
            self.drop_top();
            self.drop_top();
        } else {
            if self.peek(0).rep == Rep::Tagged {
                self.emit(Uop::_POP_TOP, 0, [0; 2]);
            }
            self.pop();
        }
        self.keep_object(template);
        let frame = VirtualFrame {
            function: template,
            call_ip: ip,
            size: caller_size,
            caller_stack: 0,
            return_offset: returns,
            borrowed: 0,
            unset: 0,
        };
        self.pending = Some(Pending { frame, locals, size: f.frame_size });
    }

    /// A generator expression's call that is not inlined: without its function, if that was not made.
    fn enter_genexpr(&mut self, below: usize) {
        let uop = self.input.insts[self.at as usize].uop;
        let lower_is_made = (2..2 + below).any(|n| self.peek(n).rep == Rep::Tagged);
        let Rep::Function(cell) = self.peek(1).rep else { return self.generic(uop) };
        if lower_is_made {
            return self.generic(uop);
        }
        let mut iter = self.peek(0);
        if iter.own == Own::Dynamic {
            self.emit(Uop::_OWN, 0, [0; 2]);
            iter = Slot::plain(iter.sym, Own::Owned);
        }
        // Nothing of what is below is anywhere.
        for _ in 0..2 + below {
            self.pop();
        }
        self.push(iter);
        if cell == NO_CELL {
            return self.generic(Uop::_INIT_GENEXPR);
        }
        self.emit(Uop::_LOAD_FAST, cell as u32, [0; 2]);
        let cell = self.plain_word(Type::Object);
        self.push(cell);
        self.generic(Uop::_INIT_GENEXPR_CELL);
    }

    /// `_PUSH_FRAME`: `locals` and `size` of the callee that is not inlined.
    pub fn push_frame(&mut self) {
        let header = self.facts.frame_header();
        if let Some(mut pending) = self.pending.take() {
            let callee = self.next_resume().map(|r| self.input.resumes[r as usize].code);
            if callee.is_none_or(|code| !self.facts.runs(pending.frame.function, code)) {
                // What was recorded is not what the guards promise.
                return self.fail();
            }
            // An exit in the callee finds the caller's stack in memory.
            let slots = self.state.frame().stack.clone();
            if slots.iter().any(|s| s.rep != Rep::Tagged) {
                self.all_tagged();
            }
            let caller = self.state.frame();
            let caller_stack = header + 8 * (caller.locals.len() as u32 + State::depth(caller));
            let size = caller.size;
            pending.frame.caller_stack = caller_stack;
            let stack = header + 8 * pending.locals.len() as u32;
            self.emit(Uop::_ENTER_INLINE, pending.size, [size as u64, stack as u64]);
            self.change();
            self.state.frames.push(Frame {
                locals: pending.locals,
                stack: Vec::new(),
                size: pending.size,
                globals: Frame::OF_CALLEE,
                inlined: Some(pending.frame),
            });
            return;
        }
        self.store_ip();
        self.materialize();
        self.no_doubles();
        // While the new frame is on top: nothing can be added to the caller's stack once it is entered.
        self.all_tagged();
        self.emit(Uop::_PUSH_FRAME, 0, [0; 2]);
        self.pop();
        let Some(resume) = self.next_resume() else { return self.fail() };
        let shape = self.facts.code(self.input.resumes[resume as usize].code);
        // A generator's stack has what it had when it was suspended.
        let depth = self.operands[1];
        let mut stack = Vec::new();
        for n in 0..depth {
            // On top is what it was sent by the loop.
            let ty = if n + 1 == depth { Type::None } else { Type::Unknown };
            let sym = self.new_sym(ty);
            stack.push(Slot::plain(sym, Own::Dynamic));
        }
        let mut locals = Vec::new();
        for _ in 0..shape.locals {
            let sym = self.new_sym(Type::Unknown);
            locals.push(Local { slot: Slot::plain(sym, Own::Owned), unset: false });
        }
        self.change();
        self.state.frames.push(Frame { locals, stack, size: shape.size, globals: 0, inlined: None });
    }

    /// Where the trace goes on behind the current uop.
    fn next_resume(&self) -> Option<u32> {
        match (self.input.insts.get(self.at as usize + 1), self.input.end) {
            (Some(inst), _) => Some(inst.resume),
            (None, End::Exit(resume)) => Some(resume),
            _ => None,
        }
    }

    /// `_YIELD_VALUE`
    pub fn yield_value(&mut self) {
        self.store_ip();
        let height = self.state.frame().stack.len();
        self.tagged(height);
        self.no_doubles();
        self.box_locals();
        let value = self.peek(0);
        let ty = self.ty(value);
        self.keep(Uop::_YIELD_VALUE);
        self.pop();
        // What the suspended frame holds stays there for longer than the trace can see.
        self.release();
        if self.state.frames.len() < 2 {
            if self.input.end != End::Return || !self.is_last() {
                self.fail();
            }
            return;
        }
        self.state.frames.pop();
        let slot = self.plain_word(ty);
        self.push(slot);
    }

    /// `_RETURN_GENERATOR`: the frame becomes the generator's, and the caller goes on.
    pub fn return_generator(&mut self) {
        if self.state.frames.len() < 2 || self.state.frame().inlined.is_some() {
            return self.fail();
        }
        self.store_ip();
        self.no_doubles();
        self.box_locals();
        self.keep(Uop::_RETURN_GENERATOR);
        self.state.frames.pop();
        let slot = self.plain_word(Type::Object);
        self.push(slot);
    }

    /// `_RETURN_VALUE`
    pub fn return_value(&mut self) {
        if self.state.frames.len() < 2 {
            if self.input.end != End::Return || !self.is_last() {
                return self.fail();
            }
            self.tagged(1);
            self.no_doubles();
            self.box_locals();
            self.keep(Uop::_RETURN_VALUE);
            self.pop();
            return;
        }
        if self.state.frame().inlined.is_none() {
            self.tagged(1);
            self.no_doubles();
            self.box_locals();
            let value = self.peek(0);
            let ty = self.ty(value);
            self.keep(Uop::_RETURN_VALUE);
            self.forget();
            self.state.frames.pop();
            let slot = self.plain_word(ty);
            self.push(slot);
            return;
        }
        if self.state.frame().stack.len() != 1 {
            return self.fail();
        }
        // A double or a constant needs no place.
        if !matches!(self.peek(0).rep, Rep::Double | Rep::Lazy) {
            self.tag_top();
        }
        let mut value = self.peek(0);
        let is_word = value.rep == Rep::Tagged;
        let keeps = !is_word || self.state.fact(value.sym).constant != 0 || self.ty(value).is_immediate();
        if !keeps && value.own != Own::Owned {
            if self.borrows() {
                value.own = Own::Heap;
                value.producer = self.at;
            } else {
                self.emit(Uop::_OWN, 0, [0; 2]);
                value.producer = if value.own == Own::Dynamic { NO_PRODUCER } else { self.at };
                value.own = Own::Owned;
                value.epoch = self.state.epoch;
            }
            if let Some(top) = self.top_mut(0) {
                *top = value;
            }
        }
        self.drop_locals();
        let Some(value) = self.state.frame().stack.last().copied() else { return self.fail() };
        let header = self.facts.frame_header();
        let caller = &self.state.frames[self.state.frames.len() - 2];
        let stack = header + 8 * (caller.locals.len() as u32 + State::depth(caller));
        let Some(size) = self.state.frame().inlined.map(|f| f.size) else { return self.fail() };
        let uop = if is_word { Uop::_LEAVE_INLINE } else { Uop::_LEAVE_INLINE_EMPTY };
        self.emit(uop, 0, [size as u64, stack as u64]);
        self.change();
        self.state.frames.pop();
        self.push(value);
    }

    /// Lets go of an inlined frame's locals, the last one first.
    fn drop_locals(&mut self) {
        for n in (0..self.state.frame().locals.len()).rev() {
            let local = self.state.frame().locals[n];
            if local.unset || self.needs_no_drop(local.slot) || self.unneeded(local.slot) {
                // Nobody makes a float of a raw local any more.
                self.state.frame_mut().locals[n].unset |= local.slot.rep == Rep::Double;
                continue;
            }
            self.emit(Uop::_TAKE_LOCAL, n as u32, [0; 2]);
            self.push(local.slot);
            self.change();
            self.state.frame_mut().locals[n].unset = true;
            let uop = match self.ty(local.slot) {
                Type::Float => Uop::_POP_TOP_FLOAT,
                Type::Str => Uop::_POP_TOP_UNICODE,
                _ if self.state.fact(local.slot.sym).constant != 0 => Uop::_POP_TOP,
                _ => {
                    // Who looks at frames now must see the caller's, as it is at the call.
                    let running = self.state.frames.len() - 1;
                    let Some(inlined) = self.state.frame().inlined else { return self.fail() };
                    let chain = self.chain(running, inlined.size, At::Address(inlined.call_ip));
                    self.drop_object(chain);
                    continue;
                }
            };
            self.emit(uop, 0, [0; 2]);
            self.pop();
            self.release();
        }
    }

    /// Writes the headers of all inlined frames: from here on they are real.
    pub fn materialize(&mut self) {
        self.box_locals();
        self.materialize_below(self.state.frames.len());
    }

    fn materialize_below(&mut self, end: usize) {
        for n in 0..end {
            let frame = &self.state.frames[n];
            let Some(inlined) = &frame.inlined else { continue };
            let record = frame.described(inlined);
            let distance: u32 =
                self.state.frames[n..].iter().skip(1).map(|f| f.inlined.map_or(0, |i| i.size)).sum();
            let number = self.record(record);
            self.emit(Uop::_MATERIALIZE_FRAME, 0, [number, distance as u64]);
            self.change();
            let frame = &mut self.state.frames[n];
            frame.inlined = None;
            for local in &mut frame.locals {
                local.unset = false;
                local.slot.own = Own::Owned;
                local.slot.producer = NO_PRODUCER;
            }
        }
    }
}
