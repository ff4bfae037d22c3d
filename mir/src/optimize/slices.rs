//! Slices of lists without slice objects, found by reading on in the recorded trace.

use super::machine::Machine;
use super::state::{Fact, Own, Rep, Slot, Type};
use crate::trace::Inst;
use crate::uops::Uop;

/// The word of 0.
const FIXNUM_ZERO: u64 = 1;

/// Reads on in the recorded trace.
struct Lookahead<'t> {
    insts: &'t [Inst],
    begin: usize,
    at: usize,
    /// What the last `_SET_IP` that was passed says.
    ip: Option<u64>,
}

impl<'t> Lookahead<'t> {
    fn behind(machine: &Machine<'t>) -> Lookahead<'t> {
        let begin = machine.at as usize + 1;
        Lookahead { insts: &machine.input.insts, begin, at: begin, ip: None }
    }
    /// Uops that were passed, and the last of them.
    fn passed(&self) -> usize {
        self.at - self.begin
    }
    fn last(&self) -> &Inst {
        &self.insts[self.at - 1]
    }
    /// Passes over the uop if it is the next one.
    fn is(&mut self, uop: Uop) -> bool {
        if let Some(Inst { uop: Uop::_SET_IP, operands, .. }) = self.insts.get(self.at) {
            self.ip = Some(operands[0]);
            self.at += 1;
        }
        let is = self.insts.get(self.at).is_some_and(|i| i.uop == uop);
        self.at += is as usize;
        is
    }
    fn subscript_by_slice(&mut self) -> bool {
        self.is(Uop::_GUARD_TOS_SLICE)
            && self.is(Uop::_GUARD_NOS_LIST)
            && self.is(Uop::_BINARY_OP_SUBSCR_LIST_SLICE)
    }
    /// Passes over a local or a constant: where it is.
    fn operand(&mut self) -> Option<usize> {
        let loads = [Uop::_LOAD_FAST_BORROW, Uop::_LOAD_SMALL_INT, Uop::_LOAD_CONST];
        loads.into_iter().any(|uop| self.is(uop)).then(|| self.at - 1)
    }
    /// Passes over the addition of a small constant: its word.
    fn added_constant(&mut self) -> Option<u64> {
        let before = self.at;
        let drop = |this: &mut Self| this.is(Uop::_POP_TOP_INT);
        if self.is(Uop::_LOAD_SMALL_INT) {
            let word = (self.last().oparg as u64) << 1 | 1;
            let adds = self.is(Uop::_GUARD_TOS_INT)
                && self.is(Uop::_GUARD_NOS_INT)
                && self.is(Uop::_BINARY_OP_ADD_INT)
                && drop(self)
                && drop(self);
            if adds {
                return Some(word);
            }
        }
        self.at = before;
        None
    }
}

impl Machine<'_> {
    /// `target[first:last] = list[start:stop:step]` in one: no list is made in between. What is evaluated between the two has no
    /// effect and cannot fail: locals, constants, and a sum that is the upper bound.
    pub fn slice_assignment(&mut self) -> bool {
        let parts = self.oparg as usize;
        let mut next = Lookahead::behind(self);
        if parts != 3 || !next.subscript_by_slice() {
            return false;
        }
        let operands = (next.operand(), next.operand(), next.operand());
        let (Some(target), Some(first), Some(last)) = operands else { return false };
        let added = next.added_constant();
        if !next.is(Uop::_STORE_SLICE) {
            return false;
        }
        let (store, passed, ip) = (*next.last(), next.passed(), next.ip);
        let step = self.peek(0);
        let list = self.peek(3);
        let mut fits =
            self.known(list, Type::List) && !matches!(self.state.fact(step.sym).constant, 0 | FIXNUM_ZERO);
        for below in 0..3 {
            let bound = self.peek(below);
            fits &= self.known(bound, Type::Int) || self.known(bound, Type::None);
        }
        let height = self.state.frame().stack.len();
        for at in [target, first, last] {
            fits = fits && self.push_operand(at);
        }
        if fits {
            let (target, first, last) = (self.peek(2), self.peek(1), self.peek(0));
            fits = matches!(target.rep, Rep::Local(_))
                && self.known(target, Type::List)
                && (self.known(first, Type::Int) || self.known(first, Type::None))
                && (self.known(last, Type::Int) || added.is_none() && self.known(last, Type::None));
        }
        if fits {
            self.tagged(7);
            let list = self.peek(6);
            fits = self.needs_no_drop(list) || self.unneeded(list);
            // From here on there is no way back: in the next walk the list is borrowed.
            if !fits {
                self.fail();
                return true;
            }
        }
        if !fits {
            self.state.frame_mut().stack.truncate(height);
            self.change();
            return false;
        }
        if let Some(constant) = added {
            self.push_lazy(constant, Type::Int);
            self.tagged(1);
            self.emit(Uop::_ADD_BOUND, 0, [0; 2]);
            self.pop();
            self.pop();
            let sum = self.plain_word(Type::Int);
            self.push(sum);
        }
        self.resume = store.resume;
        if let Some(ip) = ip {
            self.set_ip(ip);
        }
        self.oparg = 0;
        self.operands = [0; 2];
        self.generic(Uop::_LIST_SLICE_ASSIGN);
        self.skip = passed;
        true
    }

    /// Pushes what a uop to come loads.
    fn push_operand(&mut self, at: usize) -> bool {
        let Inst { uop, oparg, operands, .. } = self.input.insts[at];
        match uop {
            Uop::_LOAD_FAST_BORROW => {
                let Some(local) = self.state.frame().locals.get(oparg as usize).copied() else {
                    return false;
                };
                if local.unset || local.slot.rep != Rep::Tagged {
                    return false;
                }
                let slot = Slot { rep: Rep::Local(oparg as u16), own: Own::Borrowed, ..local.slot };
                self.push(Slot { producer: at as u32, epoch: self.state.epoch, ..slot });
            }
            Uop::_LOAD_SMALL_INT => self.push_lazy((oparg as u64) << 1 | 1, Type::Int),
            _ => {
                let ty = self.facts.type_of(operands[0]);
                self.push_lazy(operands[0], ty);
            }
        }
        true
    }

    /// `list[start:stop]` and `list[start:stop:step]` of a list that is not dropped here: no slice object is made. False
    /// when it is something else.
    pub fn list_slice(&mut self, parts: usize) -> bool {
        let built = self.input.insts[self.at as usize].uop == Uop::_BUILD_SLICE;
        let mut next = Lookahead::behind(self);
        if built && !next.subscript_by_slice() {
            return false;
        }
        let subscript = if built { next.last().resume } else { self.resume };
        let follows = next.passed();
        let list = self.peek(parts);
        if !self.known(list, Type::List) {
            return false;
        }
        for below in 0..parts {
            let bound = self.peek(below);
            if !self.known(bound, Type::Int) && !self.known(bound, Type::None) {
                return false;
            }
        }
        let step = self.peek(0);
        if parts == 3 && matches!(self.state.fact(step.sym).constant, 0 | FIXNUM_ZERO) {
            return false;
        }
        self.tagged(parts + 1);
        let list = self.peek(parts);
        if !self.needs_no_drop(list) && !self.unneeded(list) {
            return false;
        }
        self.resume = subscript;
        if parts == 2 {
            let none = self.facts.none();
            self.load_constant(none);
            let sym = self.state.sym(Fact { ty: Type::None, constant: none, ..Fact::default() });
            self.push(Slot::plain(sym, Own::Borrowed));
        }
        self.no_doubles();
        self.emit(Uop::_LIST_SLICE, 0, [0; 2]);
        for _ in 0..4 {
            self.pop();
        }
        let slot = self.plain_word(Type::List);
        self.push(slot);
        if built {
            self.skip = follows;
        }
        true
    }
}
