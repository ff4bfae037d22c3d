//! Between values and memory: reading homes, bringing values home, materialising words.

use inkwell::values::{BasicMetadataValueEnum, FloatValue, IntValue, PointerValue};

use super::helper;
use super::lower::Lower;
use super::state::{Fact, Frame, Item, Local, Own, Place, Repr, State, Type, Val};

/// Words that one call of a boxing helper covers.
const MASK_BITS: u32 = 64;

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

    /// The value of a local of the innermost frame.
    pub fn read_local(&mut self, state: &mut State<'c>, index: u32) -> Val<'c> {
        if let Some(local) = state.frame().locals.get(&index) {
            return local.val;
        }
        let home = self.local_home(state.frame().pointer, index);
        let value = self.w.load(home);
        let val = self.word(value, Own::Owned);
        if state.frames.len() == 1 {
            state.origins.insert(val.vn, Place::Local(index));
            self.touched.insert(Place::Local(index));
        }
        state.top().locals.insert(index, Local { val, dirty: false });
        val
    }
    pub fn write_local(&mut self, state: &mut State<'c>, index: u32, val: Val<'c>) {
        if state.frames.len() == 1 {
            self.touched.insert(Place::Local(index));
        }
        state.top().locals.insert(index, Local { val, dirty: true });
    }

    /// Makes the `count` highest items symbolic.
    pub fn ensure(&mut self, state: &mut State<'c>, count: usize) {
        while state.frame().items.len() < count {
            let at = state.frame().mem - 1;
            let value = self.w.load(self.slot(state.frame(), at));
            let val = self.word(value, Own::Tagged);
            if state.frames.len() == 1 && at < 0 {
                let place = Place::Stack(-at as u32);
                state.origins.insert(val.vn, place);
                self.touched.insert(place);
            }
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
        self.w.call(f, &[self.regs.ts.into(), double.into()]).into_int_value()
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

    /// Writes all frames' locals and items to their homes, and the stack pointers.
    pub fn flush(&mut self, state: &mut State<'c>, how: Flush) -> Vec<(PointerValue<'c>, u64)> {
        let mut boxes = Vec::new();
        for i in 0..state.frames.len() {
            self.flush_frame(state, i, usize::MAX, how, &mut boxes);
        }
        boxes
    }

    /// One frame; of its items the `count` lowest.
    pub fn flush_frame(
        &mut self,
        state: &mut State<'c>,
        i: usize,
        count: usize,
        how: Flush,
        boxes: &mut Vec<(PointerValue<'c>, u64)>,
    ) {
        self.flush_locals(state, i, how, boxes);
        self.flush_items(state, i, count, how, boxes);
    }

    pub fn flush_locals(
        &mut self,
        state: &mut State<'c>,
        i: usize,
        how: Flush,
        boxes: &mut Vec<(PointerValue<'c>, u64)>,
    ) {
        let frame = state.frames[i].clone();
        let base = self.local_home(frame.pointer, 0);
        let mut raw = Vec::new();
        for (&index, local) in frame.locals.iter().filter(|(_, l)| l.dirty) {
            let home = self.local_home(frame.pointer, index);
            match local.val.repr {
                Repr::Word(word) => {
                    self.w.b.build_store(home, word).unwrap();
                }
                Repr::Double(double) => {
                    self.w.b.build_store(home, double).unwrap();
                    raw.push(index);
                }
            }
        }
        self.box_homes(base, &raw, boxes);
        if how == Flush::Move {
            for (&index, local) in frame.locals.iter().filter(|(_, l)| l.dirty) {
                let val = self.rehomed(state, local.val, self.local_home(frame.pointer, index));
                state.frames[i].locals.insert(index, Local { val, dirty: false });
            }
        }
    }

    /// The `count` lowest items, and the stack pointer above them.
    pub fn flush_items(
        &mut self,
        state: &mut State<'c>,
        i: usize,
        count: usize,
        how: Flush,
        boxes: &mut Vec<(PointerValue<'c>, u64)>,
    ) {
        let frame = state.frames[i].clone();
        let mut raw = Vec::new();
        let bottom = self.slot(&frame, frame.mem);
        for (n, item) in frame.items.iter().enumerate().take(count) {
            if item.home {
                continue;
            }
            let slot = self.slot(&frame, frame.mem + n as i32);
            match item.val.repr {
                Repr::Word(_) => {
                    let word = self.stack_word(state, item.val);
                    self.w.b.build_store(slot, word).unwrap();
                }
                Repr::Double(double) => {
                    self.w.b.build_store(slot, double).unwrap();
                    raw.push(n as u32);
                }
            }
        }
        self.box_homes(bottom, &raw, boxes);
        if how == Flush::Move {
            for (n, item) in frame.items.iter().enumerate().take(count).filter(|(_, i)| !i.home) {
                let slot = self.slot(&frame, frame.mem + n as i32);
                let val = self.rehomed(state, item.val, slot);
                state.frames[i].items[n] = Item { val, home: true };
            }
        }
        let height = frame.mem + count.min(frame.items.len()) as i32;
        self.store_sp(frame.pointer, self.slot(&frame, height));
    }

    pub fn store_sp(&self, frame: PointerValue<'c>, sp: PointerValue<'c>) {
        self.w.b.build_store(self.w.at(frame, self.offsets.wrap.frame_sp as i64), sp).unwrap();
    }

    /// The value after it was boxed into a home, which holds the reference now.
    fn rehomed(&mut self, state: &mut State<'c>, val: Val<'c>, home: PointerValue<'c>) -> Val<'c> {
        let Repr::Double(double) = val.repr else { return val };
        let word = self.w.load(home);
        state.facts.insert(val.vn, Fact { ty: Type::Float, double: Some(double), flag: None });
        Val { repr: Repr::Word(word), vn: val.vn, own: Own::Owned }
    }

    fn box_homes(&self, base: PointerValue<'c>, raw: &[u32], boxes: &mut Vec<(PointerValue<'c>, u64)>) {
        let mut groups: Vec<(u32, u64)> = Vec::new();
        for &index in raw {
            let (group, bit) = (index / MASK_BITS * MASK_BITS, 1u64 << (index % MASK_BITS));
            match groups.iter_mut().find(|g| g.0 == group) {
                Some(g) => g.1 |= bit,
                None => groups.push((group, bit)),
            }
        }
        for (group, mask) in groups {
            let base = self.w.at(base, 8 * group as i64);
            self.call_homes(helper::BOX_HOMES, base, mask);
            boxes.push((base, mask));
        }
    }
    /// Gives back what a flush boxed, after control came back.
    pub fn unbox_homes(&self, boxes: &[(PointerValue<'c>, u64)]) {
        for &(base, mask) in boxes {
            self.call_homes(helper::UNBOX_HOMES, base, mask);
        }
    }
    fn call_homes(&self, name: &str, base: PointerValue<'c>, mask: u64) {
        let (ptr, int) = (self.w.ptr().into(), self.w.i64().into());
        let f = self.w.helper(name, &[ptr, ptr, int], false);
        let args: [BasicMetadataValueEnum; 3] = [self.regs.ts.into(), base.into(), self.w.int(mask).into()];
        self.w.call(f, &args);
    }
}
