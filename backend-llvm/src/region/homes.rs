//! Between values and memory: reading homes, bringing values home, materialising words.

use inkwell::values::{FloatValue, IntValue, PointerValue};

use super::helper;
use super::lower::Lower;
use super::state::{Fact, Frame, Item, Own, Repr, State, Type, Val};

/// What a flush is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// The values stay as they are: control comes back and goes on with them, or leaves for good.
    Copy,
    /// From now on memory holds them.
    Move,
}

impl<'a, 'c> Lower<'a, 'c> {
    pub fn local_home(&self, frame: PointerValue<'c>, index: u32) -> PointerValue<'c> {
        self.w.at(frame, self.offsets.wrap.locals as i64 + 8 * index as i64)
    }
    pub fn slot(&self, frame: &Frame<'c>, at: i32) -> PointerValue<'c> {
        self.w.at(frame.origin, 8 * at as i64)
    }
    pub fn word(&mut self, value: IntValue<'c>, own: Own) -> Val<'c> {
        Val { repr: Repr::Word(value), vn: self.new_vn(), own }
    }
    pub fn double_val(&mut self, value: FloatValue<'c>) -> Val<'c> {
        Val { repr: Repr::Double(value), vn: self.new_vn(), own: Own::Immediate }
    }

    /// The value of a local of the innermost frame; a double if it is raw.
    pub fn read_local(&mut self, state: &mut State<'c>, index: u32) -> Val<'c> {
        if let Some(val) = state.frame().locals.get(&index).copied() {
            return val;
        }
        let home = self.local_home(state.frame().pointer, index);
        if state.top().raw.remove(&index) {
            let double = self.w.b.build_load(self.w.bodies.context.f64_type(), home, "").unwrap();
            let val = self.double_val(double.into_float_value());
            state.top().locals.insert(index, val);
            return val;
        }
        let value = self.w.load(home);
        let ty = state.frame().types.get(&index).copied().unwrap_or_default();
        let val = self.word(value, if ty.is_immediate() { Own::Immediate } else { Own::Owned });
        if ty != Type::Unknown {
            state.learn(val, ty);
        }
        state.top().locals.insert(index, val);
        val
    }
    pub fn write_local(&mut self, state: &mut State<'c>, index: u32, val: Val<'c>) {
        let home = self.local_home(state.frame().pointer, index);
        let store = match val.repr {
            Repr::Word(_) => {
                let word = self.stack_word(state, val);
                self.w.b.build_store(home, word).unwrap()
            }
            Repr::Double(double) => self.w.b.build_store(home, double).unwrap(),
        };
        self.touches(store, super::items::Memory::Home);
        state.top().types.remove(&index);
        state.top().raw.remove(&index);
        state.top().locals.insert(index, val);
    }
    /// The number of a value that is known to be a float.
    pub fn double_of(&mut self, state: &mut State<'c>, val: Val<'c>) -> FloatValue<'c> {
        if let Some(double) = state.double(val) {
            return double;
        }
        let word = self.plain(val);
        let double = match state.ty(val) {
            Type::Flonum => self.flonum(word),
            _ => self.unboxed(word, None),
        };
        self.learn_double(state, val, double);
        double
    }

    /// Makes the `count` highest items symbolic.
    pub fn ensure(&mut self, state: &mut State<'c>, count: usize) {
        while state.frame().items.len() < count {
            let at = state.frame().mem - 1;
            let value = self.w.load(self.slot(state.frame(), at));
            let val = self.word(value, Own::Tagged);
            let frame = state.top();
            frame.mem = at;
            frame.items.insert(0, Item { val, home: true });
        }
    }
    pub fn pop(&mut self, state: &mut State<'c>) -> Val<'c> {
        self.ensure(state, 1);
        state.top().items.pop().expect("ensured").val
    }
    pub fn push(&mut self, state: &mut State<'c>, val: Val<'c>) {
        state.top().items.push(Item { val, home: false });
    }
    /// The item `depth` below the top (0 is the top).
    pub fn peek(&mut self, state: &mut State<'c>, depth: usize) -> Val<'c> {
        self.ensure(state, depth + 1);
        let items = &state.frame().items;
        items[items.len() - 1 - depth].val
    }

    /// The word without regard to who holds the reference: for looking, not for giving away.
    pub fn raw(&mut self, state: &mut State<'c>, depth: usize) -> IntValue<'c> {
        match self.peek(state, depth).repr {
            Repr::Word(word) => word,
            Repr::Double(_) => {
                let at = state.frame().items.len() - 1 - depth;
                let boxed = self.boxed(state, state.frame().items[at].val);
                state.top().items[at] = Item { val: boxed, home: false };
                self.plain(boxed)
            }
        }
    }
    /// The word of a value that is one.
    pub fn plain(&self, val: Val<'c>) -> IntValue<'c> {
        match val.repr {
            Repr::Word(word) => word,
            Repr::Double(_) => unreachable!("a boxed value is a word"),
        }
    }
    /// The value as a word.
    pub fn boxed(&mut self, state: &mut State<'c>, val: Val<'c>) -> Val<'c> {
        let Repr::Double(double) = val.repr else { return val };
        let word = self.box_double(double);
        let val = Val { repr: Repr::Word(word), vn: val.vn, own: Own::Owned };
        state.facts.insert(val.vn, Fact { ty: Type::Float, double: Some(double), flag: None });
        val
    }
    /// A float object or flonum: the fast body in line, the slow one out of line.
    pub fn box_double(&mut self, double: FloatValue<'c>) -> IntValue<'c> {
        let (code, out) = self.invoke("_BOX_FLOAT", &self.zero_context(), &[double.into()], None, 1);
        let b = &self.w.b;
        let ok =
            b.build_int_compare(inkwell::IntPredicate::EQ, code, code.get_type().const_zero(), "").unwrap();
        let (fast, slow, join) = (b.get_insert_block().unwrap(), self.block("box"), self.block("boxed"));
        self.branch_likely(ok, join, slow);
        self.w.b.position_at_end(slow);
        let boxed = self.call_box(double);
        self.w.b.build_unconditional_branch(join).unwrap();
        self.w.b.position_at_end(join);
        let phi = self.w.b.build_phi(self.w.i64(), "").unwrap();
        phi.add_incoming(&[(&out[0], fast), (&boxed, slow)]);
        phi.as_basic_value().into_int_value()
    }
    pub fn call_box(&self, double: FloatValue<'c>) -> IntValue<'c> {
        let f = self.w.helper(
            helper::BOX,
            &[self.w.ptr().into(), self.w.bodies.context.f64_type().into()],
            false,
        );
        self.call_cold(f, &[self.regs.ts.into(), double.into()])
    }

    /// The word as it lies on a stack, with its reference or its tag: for giving away.
    pub fn stack_word(&mut self, state: &mut State<'c>, val: Val<'c>) -> IntValue<'c> {
        let val = self.boxed(state, val);
        let word = self.plain(val);
        if val.own != Own::Borrowed || state.ty(val).is_immediate() {
            return word;
        }
        if state.ty(val).is_pointer() {
            return self.w.b.build_or(word, self.w.int(4), "").unwrap();
        }
        let (_, out) = self.invoke("_LOAD_FAST_BORROW", &self.zero_context(), &[], Some(word), 1);
        out[0]
    }
    /// The word with a reference of its own, for a local: consumes the value.
    pub fn owned(&mut self, state: &mut State<'c>, val: Val<'c>) -> Val<'c> {
        let word = match val.repr {
            Repr::Double(_) => return val,
            Repr::Word(word) => word,
        };
        if state.ty(val).is_immediate() {
            return Val { own: Own::Immediate, ..val };
        }
        match val.own {
            Own::Owned | Own::Immediate => val,
            Own::Borrowed => {
                let retained = self.retained(word, state.ty(val));
                Val { repr: Repr::Word(retained), vn: val.vn, own: Own::Owned }
            }
            Own::Tagged => {
                let null = self.w.int(0);
                let (_, out) = self.invoke("_SWAP_FAST", &self.zero_context(), &[word.into()], Some(null), 2);
                Val { repr: Repr::Word(out[1]), vn: val.vn, own: Own::Owned }
            }
        }
    }
    /// A new reference to what `word` (without a tag) refers to.
    pub fn retained(&mut self, word: IntValue<'c>, ty: Type) -> IntValue<'c> {
        if ty.is_immediate() {
            return word;
        }
        let name = if ty.non_null() { "_LOAD_FAST" } else { "_COPY" };
        if name == "_LOAD_FAST" {
            return self.invoke(name, &self.zero_context(), &[], Some(word), 1).1[0];
        }
        let unused = self.w.ptr().get_poison();
        self.invoke(name, &self.zero_context(), &[word.into(), unused.into()], None, 1).1[0]
    }

    // ---- bringing values home ----

    /// Boxes the doubles on the stacks, so that a copy of the state that is flushed shares the boxes.
    pub fn box_items(&mut self, state: &mut State<'c>) {
        for i in 0..state.frames.len() {
            for n in 0..state.frames[i].items.len() {
                let val = state.frames[i].items[n].val;
                if matches!(val.repr, Repr::Double(_)) {
                    let val = self.boxed(state, val);
                    state.frames[i].items[n] = Item { val, home: false };
                }
            }
        }
    }

    /// Brings everything home, and tells where the running frame's stack ends. Callers' stacks are in memory since they
    /// called, locals since they were assigned.
    pub fn flush(&mut self, state: &mut State<'c>, how: Flush) {
        for i in 0..state.frames.len() {
            self.flush_items(state, i, usize::MAX, how);
        }
        self.store_top(state);
    }

    /// Of a frame's stack the `count` lowest items.
    pub fn flush_items(&mut self, state: &mut State<'c>, i: usize, count: usize, how: Flush) {
        let frame = state.frames[i].clone();
        for (n, item) in frame.items.iter().enumerate().take(count) {
            if item.home || state.is_late(item.val) {
                continue;
            }
            let slot = self.slot(&frame, frame.mem + n as i32);
            let (val, word) = match how {
                Flush::Copy => (item.val, self.cold_word(state, item.val)),
                Flush::Move => {
                    let val = self.boxed(state, item.val);
                    (val, self.stack_word(state, val))
                }
            };
            self.w.b.build_store(slot, word).unwrap();
            if how == Flush::Move {
                state.frames[i].items[n] = Item { val, home: true };
            }
        }
    }

    /// The word of a value where hardly anybody comes: a double is boxed out of line.
    pub fn cold_word(&mut self, state: &mut State<'c>, val: Val<'c>) -> IntValue<'c> {
        match val.repr {
            Repr::Double(double) => self.call_box(double),
            Repr::Word(_) => self.stack_word(state, val),
        }
    }

    /// Tells whoever walks the frames where the running one's stack ends.
    pub fn store_top(&self, state: &State<'c>) {
        let frame = state.frame();
        if frame.inlined.is_none() {
            self.store_sp(frame.pointer, self.slot(frame, frame.height()));
        }
    }

    pub fn store_sp(&self, frame: PointerValue<'c>, sp: PointerValue<'c>) {
        self.w.b.build_store(self.w.at(frame, self.offsets.wrap.frame_sp as i64), sp).unwrap();
    }
}
