//! Locals, constants and the order of the stack.
//!
//! A load puts nothing on the stack: its slot says which local or constant it is, until something wants a word or a double of it.
//! Stores leave doubles in the homes of locals, and check beforehand what makes the drop of the old value harmless.

use super::machine::{BORROW, DOUBLE, Machine, OWNED, PHYSICAL};
use super::state::{Fact, Local, NO_PRODUCER, Own, Rep, Slot, Type};
use crate::trace::Inst;
use crate::uops::Uop;

/// What the recorder saw at a store to a local.
#[derive(Clone, Copy)]
struct Observed(u64);

impl Observed {
    /// The new value is an immediate float.
    fn is_flonum(self) -> bool {
        self.0 & 1 != 0
    }
    /// The old value is not an object.
    fn was_immediate(self) -> bool {
        self.0 & 2 != 0
    }
    /// References that there were to the old object; the most when they are not counted.
    fn references(self) -> u64 {
        self.0 >> 8 & 0xFF
    }
}

impl Machine<'_> {
    pub fn load_fast(&mut self, uop: Uop) {
        let n = self.oparg as usize;
        let Some(local) = self.state.frame().locals.get(n).copied() else { return self.generic(uop) };
        if uop == Uop::_LOAD_FAST_CHECK
            && (local.unset || matches!(self.ty(local.slot), Type::Unknown | Type::Null))
        {
            return self.generic(uop);
        }
        if local.unset {
            return self.fail();
        }
        let slot = Slot {
            sym: local.slot.sym,
            own: Own::Borrowed,
            rep: Rep::Local(n as u16),
            producer: self.at,
            epoch: self.state.epoch,
        };
        self.push(slot);
        if self.has(PHYSICAL) {
            self.tag_top();
        }
    }

    pub fn load_deref(&mut self) {
        // Who raises an error looks at the frame.
        self.materialize();
        let borrows = self.borrows();
        self.keep(if borrows { Uop::_LOAD_DEREF_BORROW } else { Uop::_LOAD_DEREF });
        let slot = self.word(Type::Unknown, if borrows { Own::Heap } else { Own::Owned });
        self.push(slot);
    }

    pub fn load_fast_and_clear(&mut self) {
        self.materialize();
        let n = self.oparg as usize;
        let Some(local) = self.state.frame().locals.get(n).copied() else {
            return self.generic(Uop::_LOAD_FAST_AND_CLEAR);
        };
        self.overwrite(n);
        self.keep(Uop::_LOAD_FAST_AND_CLEAR);
        self.push(Slot { producer: NO_PRODUCER, ..local.slot });
        let sym = self.new_sym(Type::Null);
        self.state.frame_mut().locals[n] = Local { slot: Slot::plain(sym, Own::Owned), unset: false };
    }

    pub fn swap_fast(&mut self) {
        let n = self.oparg as usize;
        let Some(local) = self.state.frame().locals.get(n).copied() else {
            return self.generic(Uop::_SWAP_FAST);
        };
        self.guard_stores();
        self.unbox_stored();
        if self.peek(0).rep == Rep::Double {
            return self.store_double(n, local);
        }
        self.tagged(1);
        self.overwrite(n);
        // What was put on the stack may have been this local.
        let local = self.state.frame().locals[n];
        let value = self.peek(0);
        let forgotten = self.forgotten(local);
        let shared = !forgotten && self.shared.contains(&self.at);
        let moved = value.own == Own::Owned || self.ty(value).is_immediate();
        let uop = match (forgotten, moved) {
            (true, true) => Uop::_STORE_FAST_RAW,
            (true, false) => Uop::_STORE_FAST_NEW,
            (false, _) if shared => Uop::_STORE_FAST_SHARED,
            (false, _) => Uop::_SWAP_FAST,
        };
        self.emit(uop, self.oparg, [0; 2]);
        self.pop();
        if self.is_list_item(value) {
            self.stored_items.push((self.at, value.producer));
        }
        let stored = Slot { producer: self.at, ..Slot::plain(value.sym, Own::Owned) };
        self.state.frame_mut().locals[n] = Local { slot: stored, unset: false };
        if forgotten || shared {
            self.push(Slot { rep: Rep::Phantom, producer: NO_PRODUCER, ..local.slot });
        } else {
            self.push(local.slot);
        }
    }

    /// Whether a local's old value needs no drop.
    fn forgotten(&mut self, local: Local) -> bool {
        local.unset
            || self.needs_no_drop(local.slot)
            || self.immediate.contains(&self.at)
            || self.unneeded(local.slot)
    }

    /// What the stores of this instruction rely on is checked before the first of them: that floats are immediates,
    /// and that the old objects are not let go of for good.
    fn guard_stores(&mut self) {
        let insts = &self.input.insts;
        let at = self.at as usize;
        let resume = insts[at].resume;
        if at > 0 && insts[at - 1].resume == resume {
            return;
        }
        let stores: Vec<usize> = (at..insts.len())
            .take_while(|i| insts[*i].resume == resume)
            .filter(|i| insts[*i].uop == Uop::_SWAP_FAST)
            .collect();
        if stores.len() > 2 {
            return;
        }
        self.shared.clear();
        self.immediate.clear();
        let mut least = 1;
        for (below, store) in stores.iter().copied().enumerate() {
            let Inst { oparg, operands, .. } = insts[store];
            let observed = Observed(operands[0]);
            let value = self.peek(below);
            if self.decisions.has(store as u32, DOUBLE)
                && observed.is_flonum()
                && value.rep == Rep::Tagged
                && !self.known(value, Type::Flonum)
            {
                let covered = below == 1 && self.peek(0).rep == Rep::Tagged;
                self.emit(if covered { Uop::_GUARD_NOS_FLONUM } else { Uop::_GUARD_TOS_FLONUM }, 0, [0; 2]);
                self.refine(value, Type::Flonum);
            }
            let Some(local) = self.state.frame().locals.get(oparg as usize).copied() else { return };
            let again = below == 1 && insts[stores[0]].oparg == oparg;
            let harmless = matches!(self.state.ty(local.slot), Type::Float | Type::Flonum | Type::Str);
            if again || local.unset || self.needs_no_drop(local.slot) {
                continue;
            }
            if observed.was_immediate() {
                self.emit(Uop::_GUARD_LOCAL_IMMEDIATE, oparg, [0; 2]);
                self.immediate.push(store as u32);
            } else if harmless {
                // Its drop runs nothing.
            } else if observed.references() > least {
                self.emit(Uop::_GUARD_LOCAL_SHARED, oparg, [least, 0]);
                self.shared.push(store as u32);
                least += 1;
            }
        }
    }

    /// A flonum that is about to be stored becomes a double if the local is used as one.
    fn unbox_stored(&mut self) {
        let value = self.peek(0);
        if !self.has(DOUBLE) || !self.known(value, Type::Flonum) {
            return;
        }
        match value.rep {
            Rep::Tagged if self.doubles() < 3 => self.emit(Uop::_UNBOX_FLOAT, 0, [0; 2]),
            Rep::Lazy if self.doubles() < 3 => {
                let Some(bits) = self.facts.double(self.state.fact(value.sym).constant) else { return };
                self.emit(Uop::_LOAD_CONST_F64, 0, [bits, 0]);
            }
            _ => return,
        }
        let sym = self.new_sym(Type::Float);
        if let Some(top) = self.top_mut(0) {
            *top = Slot { sym, own: Own::Owned, rep: Rep::Double, producer: NO_PRODUCER, ..value };
        }
    }

    /// The double on top of the stack becomes a raw local.
    fn store_double(&mut self, n: usize, local: Local) {
        self.overwrite(n);
        let value = self.peek(0);
        let forgotten = self.forgotten(local);
        if !forgotten {
            self.emit(Uop::_TAKE_LOCAL, self.oparg, [0; 2]);
        }
        self.emit(Uop::_STORE_FAST_F64, self.oparg, [0; 2]);
        self.pop();
        let stored = Slot { rep: Rep::Double, ..Slot::plain(value.sym, Own::Owned) };
        self.state.frame_mut().locals[n] = Local { slot: stored, unset: false };
        if forgotten {
            self.push(Slot { rep: Rep::Phantom, producer: NO_PRODUCER, ..local.slot });
        } else {
            self.push(local.slot);
        }
    }

    pub fn load_const(&mut self) {
        let word = self.operands[0];
        let ty = self.facts.type_of(word);
        self.push_lazy(word, ty);
    }

    /// Pushes a known word, which is put on the stack only if something wants it there.
    pub fn push_lazy(&mut self, word: u64, ty: Type) {
        let sym = self.state.sym(Fact { ty, constant: word, ..Fact::default() });
        let slot =
            Slot { sym, own: Own::Borrowed, rep: Rep::Lazy, producer: self.at, epoch: self.state.epoch };
        self.push(slot);
        if word & 1 == 0 && word != 0 {
            self.keep_object(word);
        }
        if self.has(PHYSICAL) {
            self.tag_top();
        }
    }

    pub fn copy(&mut self) {
        let n = self.oparg as usize;
        let slot = self.peek(n - 1);
        if slot.rep.is_deferred() {
            return self.push(slot);
        }
        if slot.rep != Rep::Tagged {
            self.tagged(n);
        }
        let words = (0..n).filter(|below| self.peek(*below).rep == Rep::Tagged).count();
        match words {
            1 => self.emit(Uop::_COPY_1, 0, [0; 2]),
            2 => self.emit(Uop::_COPY_2, 0, [0; 2]),
            _ => self.emit(Uop::_COPY, words as u32, [0; 2]),
        }
        let mut slot = self.peek(n - 1);
        slot.producer = if slot.own == Own::Heap { slot.producer } else { NO_PRODUCER };
        if let Some(original) = self.top_mut(n - 1) {
            *original = slot;
        }
        self.push(slot);
    }

    pub fn swap(&mut self) {
        let n = self.oparg as usize;
        let (a, b) = (self.peek(0), self.peek(n - 1));
        // The order of the words and that of the doubles stay what they are, unless two of a kind pass each other.
        let between: Vec<Rep> = (1..n.max(2) - 1).map(|below| self.peek(below).rep).collect();
        let passes = |moved: Slot, other: Slot| {
            matches!(moved.rep, Rep::Tagged | Rep::Double)
                && (other.rep == moved.rep || between.contains(&moved.rep))
        };
        if passes(a, b) || passes(b, a) {
            self.tagged(n);
            match n {
                2 => self.emit(Uop::_SWAP_2, 0, [0; 2]),
                _ => self.keep(Uop::_SWAP),
            }
        }
        let (a, b) = (self.peek(0), self.peek(n - 1));
        if let Some(top) = self.top_mut(0) {
            *top = b;
        }
        if let Some(other) = self.top_mut(n - 1) {
            *other = a;
        }
    }

    /// Puts a local on the stack, for the uop of the recorded trace that did so.
    pub fn read_local(&mut self, n: usize, by: u32) -> Slot {
        let running = self.state.frames.len() - 1;
        if self.state.frames[running].locals[n].slot.rep == Rep::Double {
            self.box_local(running, n);
        }
        let local = self.state.frames[running].locals[n];
        let ty = self.ty(local.slot);
        let stays = self.input.insts.get(by as usize).is_some_and(|i| i.uop == Uop::_LOAD_FAST_BORROW);
        let borrows = self.decisions.has(by, BORROW) && !self.decisions.has(by, OWNED);
        let (uop, own) = if ty.is_immediate() {
            (Uop::_TAKE_LOCAL, Own::Borrowed)
        } else if matches!(local.slot.own, Own::Borrowed | Own::Heap | Own::Dynamic) {
            (Uop::_TAKE_LOCAL, local.slot.own)
        } else if stays {
            (Uop::_LOAD_FAST_BORROW, Own::Borrowed)
        } else if borrows {
            (Uop::_LOAD_FAST_BORROW, Own::Heap)
        } else {
            (Uop::_LOAD_FAST, Own::Owned)
        };
        self.emit(uop, n as u32, [0; 2]);
        let producer = if local.slot.own == Own::Heap { local.slot.producer } else { by };
        Slot { sym: local.slot.sym, own, rep: Rep::Tagged, producer, epoch: self.state.epoch }
    }

    /// The local gets another value: what was read of it before has to be on the stack.
    pub fn overwrite(&mut self, n: usize) {
        let slots: Vec<Slot> =
            self.state.frame().stack.iter().copied().filter(|s| s.rep == Rep::Local(n as u16)).collect();
        for slot in slots {
            self.demand(slot);
        }
    }

    /// What was read of locals has to be on the stack: they may change.
    pub fn no_deferred_locals(&mut self) {
        let slots: Vec<Slot> = self.state.frames.iter().flat_map(|f| f.stack.iter().copied()).collect();
        for slot in slots.into_iter().filter(|s| matches!(s.rep, Rep::Local(_))) {
            self.demand(slot);
        }
    }

    /// Makes a float of what a raw local holds.
    pub fn box_local(&mut self, frame: usize, n: usize) {
        let above = &self.state.frames[frame + 1..];
        let distance: u32 = above.iter().map(|f| f.inlined.map_or(0, |i| i.size)).sum();
        self.emit(Uop::_BOX_LOCAL, n as u32, [distance as u64, 0]);
        self.change();
        let local = &mut self.state.frames[frame].locals[n];
        local.slot.rep = Rep::Tagged;
        local.slot.own = Own::Owned;
    }

    /// No local is raw: somebody may look at the frames.
    pub fn box_locals(&mut self) {
        for frame in 0..self.state.frames.len() {
            for n in 0..self.state.frames[frame].locals.len() {
                let local = self.state.frames[frame].locals[n];
                if local.slot.rep == Rep::Double && !local.unset {
                    self.box_local(frame, n);
                }
            }
        }
    }
}
