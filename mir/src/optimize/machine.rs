//! The walk: state, decisions, emission.

use super::state::{Fact, Local, NO_PRODUCER, Own, Place, Rep, Slot, State, Sym, Type};
use super::{Entry, Facts, Optimized, Packed};
use crate::trace::{At, Chain, Dependency, End, Inst, NO_SNAPSHOT, Tail, Trace, VirtualFrame};
use crate::uops::{Class, Flags, Uop};

/// What later uops decided about earlier ones, by index in the recorded trace.
pub struct Decisions {
    bits: Vec<u8>,
    /// Types that the loop takes for granted, by local of the outermost frame.
    assumed: Vec<Type>,
    /// Which of them it made use of.
    used: Vec<bool>,
    /// Locals that are raw wherever the loop begins.
    raw: Vec<bool>,
    /// Locals that were, but cannot be at its end.
    tagged: Vec<bool>,
    pub changed: bool,
}

/// It needs no reference of its own.
pub const BORROW: u8 = 1;
/// The float must be a word.
pub const BOXED: u8 = 2;
/// The constant must be on the stack.
pub const PHYSICAL: u8 = 4;
/// It needs a reference of its own after all: something is released before it is dropped.
pub const OWNED: u8 = 8;
/// The item is used as an int.
pub const INT: u8 = 16;
/// The item is used as a double.
pub const DOUBLE: u8 = 32;

impl Decisions {
    pub fn new(len: usize) -> Decisions {
        Decisions {
            bits: vec![0; len],
            assumed: Vec::new(),
            used: Vec::new(),
            raw: Vec::new(),
            tagged: Vec::new(),
            changed: false,
        }
    }
    pub fn has(&self, at: u32, bit: u8) -> bool {
        self.bits.get(at as usize).is_some_and(|b| b & bit != 0)
    }
    /// Whether there is such a uop.
    pub fn set(&mut self, at: u32, bit: u8) -> bool {
        let Some(bits) = self.bits.get_mut(at as usize) else { return false };
        if *bits & bit == 0 {
            *bits |= bit;
            self.changed = true;
        }
        true
    }
}

/// A call that is being inlined: between `_INIT_CALL_PY_EXACT_ARGS` and `_PUSH_FRAME`.
pub struct Pending {
    pub frame: VirtualFrame,
    pub locals: Vec<Local>,
    pub size: u32,
}

pub struct Machine<'a> {
    pub facts: &'a dyn Facts,
    pub input: &'a Trace,
    pub state: State,
    pub decisions: &'a mut Decisions,
    /// Index of the uop of the recorded trace.
    pub at: u32,
    pub oparg: u32,
    pub operands: [u64; 2],
    pub resume: u32,
    out: Option<Trace>,
    states: Vec<Packed>,
    /// Snapshots that say something else than their states.
    swapped: Vec<u32>,
    /// The last snapshot, as long as nothing changed.
    snapshot: Option<u32>,
    /// Address of the instruction, when the frame has to know it.
    ip: Option<u64>,
    pub pending: Option<Pending>,
    /// Uops to come that were done already.
    pub skip: usize,
    /// The instruction that dropped what may have been a last reference: whether Python ran is asked before the next one.
    dropped: Option<u32>,
    /// Stores of the current instruction whose old object is known to stay alive.
    pub shared: Vec<u32>,
    /// The same for those where there was none.
    pub immediate: Vec<u32>,
    /// Stores of list items, and the uops that took these.
    pub stored_items: Vec<(u32, u32)>,
    /// The walk met something that cannot be compiled.
    failed: bool,
    /// Types of the running frame's locals that the loop's entry was given.
    assumed: Vec<Type>,
    /// Frames at the loop's entry.
    depth: usize,
}

impl<'a> Machine<'a> {
    pub fn new(
        facts: &'a dyn Facts,
        input: &'a Trace,
        entry: &Entry,
        decisions: &'a mut Decisions,
        emitting: bool,
    ) -> Machine<'a> {
        let state = match entry {
            Entry::Interpreter(frames) => State::of_interpreter(frames),
            Entry::Exit(state) => state.state(),
            Entry::Decoded(state) => state.state().decoded(),
        };
        let out = emitting.then(|| Trace {
            insts: Vec::with_capacity(input.insts.len()),
            end: input.end,
            resumes: input.resumes.clone(),
            ..Trace::default()
        });
        let assumed = decisions.assumed.clone();
        Machine {
            facts,
            input,
            state,
            decisions,
            at: 0,
            oparg: 0,
            operands: [0; 2],
            resume: 0,
            out,
            states: Vec::new(),
            swapped: Vec::new(),
            snapshot: None,
            ip: None,
            pending: None,
            dropped: None,
            skip: 0,
            shared: Vec::new(),
            immediate: Vec::new(),
            stored_items: Vec::new(),
            failed: false,
            assumed,
            depth: 1,
        }
    }

    pub fn run(&mut self) -> Option<()> {
        self.resume = self.input.insts.first().map_or(0, |i| i.resume);
        self.own_entry_slots();
        self.preamble();
        for (at, inst) in self.input.insts.iter().enumerate() {
            self.at = at as u32;
            self.oparg = inst.oparg;
            self.operands = inst.operands;
            self.resume = inst.resume;
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            if self.dropped.is_some_and(|dropped| dropped != inst.resume) {
                self.ask_for_interruption();
            }
            self.step(inst);
            if self.failed {
                return None;
            }
        }
        self.at = NO_PRODUCER;
        match self.input.end {
            End::Loop => {
                if self.dropped.is_some() {
                    self.resume = self.input.insts.first().map_or(0, |i| i.resume);
                    self.ask_for_interruption();
                }
                self.all_tagged();
                self.close();
            }
            End::Exit(resume) => {
                self.resume = resume;
                if self.dropped.is_some() {
                    self.ask_for_interruption();
                }
                self.materialize();
                self.all_tagged();
                // What follows may be anything.
                self.release();
            }
            End::Return => {}
        }
        (!self.failed).then_some(())
    }

    /// Whether the current uop is the last one.
    pub fn is_last(&self) -> bool {
        self.at as usize + 1 == self.input.insts.len()
    }

    pub fn finish(self) -> Option<Optimized> {
        self.out.map(|trace| Optimized { trace, states: self.states, swapped: self.swapped })
    }

    /// Words that an exit's other side borrowed get references: what keeps them alive may go away here.
    fn own_entry_slots(&mut self) {
        let height = self.state.frame().stack.len();
        self.tagged(height);
        let heap = |l: &Local| l.slot.own == Own::Heap;
        if self.state.frames.iter().any(|f| f.locals.iter().any(heap)) {
            self.materialize();
        }
        let frame = self.state.frames.len() - 1;
        for n in 0..self.state.frames[frame].stack.len() {
            let slot = self.state.frames[frame].stack[n];
            if slot.own == Own::Heap && slot.rep == Rep::Tagged {
                let below =
                    self.state.frames[frame].stack[n..].iter().filter(|s| s.rep == Rep::Tagged).count();
                self.emit(Uop::_OWN_SLOT, below as u32, [0; 2]);
            }
        }
        for frame in &mut self.state.frames {
            for slot in &mut frame.stack {
                slot.producer = NO_PRODUCER;
                if slot.own == Own::Heap {
                    slot.own = Own::Owned;
                }
            }
            for local in &mut frame.locals {
                local.slot.producer = NO_PRODUCER;
            }
        }
    }

    /// Checks what the loop takes for granted.
    fn preamble(&mut self) {
        if self.input.end != End::Loop {
            return;
        }
        // What an exit's other side knew need not hold again at the loop's end.
        self.materialize();
        self.all_tagged();
        self.change();
        self.state.erase();
        for n in 0..self.assumed.len() {
            let ty = self.assumed[n];
            let Some(guard) = guard_of_local(ty) else { continue };
            if self.decisions.used[n] {
                self.emit(guard, n as u32, [0; 2]);
            }
            self.change();
            let sym = self.state.frame().locals[n].slot.sym;
            let fact = self.state.fact_mut(sym);
            fact.ty = ty;
            fact.assumed = n as u16 + 1;
        }
        for n in 0..self.decisions.raw.len() {
            if self.decisions.raw[n] {
                // Of a float object somebody else may know: only an immediate can become a double.
                self.emit(Uop::_GUARD_LOCAL_FLONUM, n as u32, [0; 2]);
                self.emit(Uop::_UNBOX_LOCAL, n as u32, [0; 2]);
                self.change();
                let sym = self.new_sym(Type::Float);
                let slot = Slot { rep: Rep::Double, ..Slot::plain(sym, Own::Owned) };
                self.state.frame_mut().locals[n] = Local { slot, unset: false };
            }
        }
        self.depth = self.state.frames.len();
        let head = if self.decisions.raw.contains(&true) { self.take_snapshot() } else { NO_SNAPSHOT };
        if let Some(out) = &mut self.out {
            out.preamble = out.insts.len();
            out.head = head;
        }
    }

    /// At the end of a loop: types that hold again can be taken for granted at its beginning.
    fn close(&mut self) {
        if self.state.frames.len() != self.depth || self.state.frames.iter().any(|f| f.inlined.is_some()) {
            self.failed = true;
            return;
        }
        let symbols: Vec<Sym> = self.state.frame().locals.iter().map(|l| l.slot.sym).collect();
        let ends: Vec<Type> = symbols
            .iter()
            .map(|sym| self.state.fact(*sym).ty)
            .map(|ty| if guard_of_local(ty).is_some() { ty } else { Type::Unknown })
            .collect();
        let is_raw: Vec<bool> =
            self.state.frame().locals.iter().map(|l| l.slot.rep == Rep::Double && !l.unset).collect();
        if self.decisions.assumed.is_empty() {
            if ends.iter().any(|ty| *ty != Type::Unknown) {
                self.decisions.used = vec![false; ends.len()];
                self.decisions.assumed = ends;
                self.decisions.tagged = vec![false; is_raw.len()];
                self.decisions.raw = is_raw;
                self.decisions.changed = true;
            }
            return;
        }
        for (n, is_raw) in is_raw.into_iter().enumerate() {
            if self.decisions.raw[n] && !is_raw {
                self.decisions.raw[n] = false;
                self.decisions.tagged[n] = true;
                self.decisions.changed = true;
            } else if is_raw && !self.decisions.raw[n] && !self.decisions.tagged[n] {
                self.decisions.raw[n] = true;
                self.decisions.changed = true;
            } else if is_raw && !self.decisions.raw[n] {
                self.box_local(self.state.frames.len() - 1, n);
            }
        }
        for (n, ty) in ends.iter().enumerate() {
            let assumed = &mut self.decisions.assumed[n];
            if *assumed != Type::Unknown && !ty.is(*assumed) {
                *assumed =
                    if *assumed == Type::Flonum && *ty == Type::Float { Type::Float } else { Type::Unknown };
                self.decisions.changed = true;
            }
            if self.decisions.used[n] {
                self.rely_on(symbols[n]);
            }
        }
    }

    // ---- emission ----

    /// The state changed: the last snapshot is old.
    pub fn change(&mut self) {
        self.snapshot = None;
    }

    pub fn emit(&mut self, uop: Uop, oparg: u32, operands: [u64; 2]) {
        if self.out.is_none() {
            return;
        }
        let info = uop.info();
        // A recorded jump that is not taken leaves, too.
        let exits =
            info.is(Flags::DEOPT.union(Flags::EXIT).union(Flags::ERROR).union(Flags::FRAME)) || info.jumps();
        let snapshot = if exits { self.take_snapshot() } else { NO_SNAPSHOT };
        if let Some(out) = &mut self.out {
            out.insts.push(Inst { uop, oparg, operands, resume: self.resume, jumps: false, snapshot });
        }
    }

    /// The recorded uop as it is.
    pub fn keep(&mut self, uop: Uop) {
        self.emit(uop, self.oparg, self.operands);
    }

    fn take_snapshot(&mut self) -> u32 {
        if let Some(number) = self.snapshot {
            return number;
        }
        let Some(out) = &mut self.out else { return NO_SNAPSHOT };
        let (state, snapshot) = (self.state.compact(&self.decisions.used), self.state.snapshot());
        debug_assert_eq!(state.snapshot(), snapshot);
        out.snapshots.push(snapshot);
        self.states.push(Packed::new(&state));
        let number = out.snapshots.len() as u32 - 1;
        self.snapshot = Some(number);
        number
    }

    /// The two highest doubles lie in the other order than on the stack where the uop that was emitted last leaves.
    pub fn swap_doubles_of_exit(&mut self) {
        self.snapshot = None;
        let Some(out) = &mut self.out else { return };
        let Some(number) = out.insts.last().map(|i| i.snapshot) else { return };
        let Some(snapshot) = out.snapshots.get_mut(number as usize) else { return };
        let mut doubles = snapshot.tail.iter_mut().rev().filter(|t| matches!(t, Tail::Double(_)));
        if let (Some(upper), Some(lower)) = (doubles.next(), doubles.next()) {
            std::mem::swap(upper, lower);
            self.swapped.push(number);
        }
    }

    /// The uop that was emitted last continues when it jumps.
    pub fn mark_jump(&mut self) {
        if let Some(inst) = self.out.as_mut().and_then(|o| o.insts.last_mut()) {
            inst.jumps = true;
        }
    }

    pub fn keep_object(&mut self, word: u64) {
        if let Some(out) = &mut self.out
            && !out.objects.contains(&word)
        {
            out.objects.push(word);
        }
    }

    /// What the trace depends on must hold from here on.
    pub fn check_validity(&mut self) {
        if !self.state.valid {
            self.emit(Uop::_CHECK_VALIDITY, 0, [0; 2]);
            self.change();
            self.state.valid = true;
        }
    }

    pub fn depend(&mut self, on: Dependency) {
        if let Some(out) = &mut self.out
            && !out.depends_on.contains(&on)
        {
            out.depends_on.push(on);
        }
    }

    /// A record for `_MATERIALIZE_FRAME`.
    pub fn record(&mut self, frame: VirtualFrame) -> u64 {
        match &mut self.out {
            Some(out) => {
                out.records.push(frame);
                out.records.len() as u64 - 1
            }
            None => 0,
        }
    }

    pub fn fail(&mut self) {
        self.failed = true;
    }

    /// `_SET_IP` waits for something that looks at the frame.
    pub fn set_ip(&mut self, ip: u64) {
        self.ip = Some(ip);
    }
    pub fn ip(&self) -> u64 {
        self.ip.unwrap_or(0)
    }
    pub fn store_ip(&mut self) {
        if let Some(ip) = self.ip.take() {
            self.emit(Uop::_SET_IP, 0, [ip, 0]);
        }
    }

    // ---- the stack ----

    pub fn push(&mut self, slot: Slot) {
        self.change();
        self.state.frame_mut().stack.push(slot);
    }
    pub fn pop(&mut self) -> Slot {
        self.change();
        match self.state.frame_mut().stack.pop() {
            Some(slot) => slot,
            None => {
                // The recorded path and the table do not agree: nothing can be made of this.
                self.failed = true;
                Slot::plain(0, Own::Dynamic)
            }
        }
    }
    /// The slot `below` the top.
    pub fn peek(&mut self, below: usize) -> Slot {
        let stack = &self.state.frame().stack;
        match stack.len().checked_sub(below + 1) {
            Some(at) => stack[at],
            None => {
                self.failed = true;
                Slot::plain(0, Own::Dynamic)
            }
        }
    }
    pub fn top_mut(&mut self, below: usize) -> Option<&mut Slot> {
        self.change();
        let stack = &mut self.state.frame_mut().stack;
        let at = stack.len().checked_sub(below + 1)?;
        stack.get_mut(at)
    }

    pub fn new_sym(&mut self, ty: Type) -> Sym {
        self.state.sym(Fact { ty, ..Fact::default() })
    }
    /// Type of a slot, to be relied upon.
    pub fn ty(&mut self, slot: Slot) -> Type {
        self.rely_on(slot.sym);
        self.state.ty(slot)
    }
    /// What was taken for granted about the value at the loop's entry has to be checked there.
    fn rely_on(&mut self, sym: Sym) {
        let assumed = self.state.fact(sym).assumed;
        if assumed != 0
            && let Some(used) = self.decisions.used.get_mut(assumed as usize - 1)
            && !*used
        {
            *used = true;
            self.decisions.changed = true;
        }
    }
    /// Whether the slot can be dropped by doing nothing.
    pub fn needs_no_drop(&mut self, slot: Slot) -> bool {
        if self.state.ty(slot).is_immediate() && !matches!(slot.own, Own::Borrowed | Own::Heap) {
            self.rely_on(slot.sym);
        }
        self.state.needs_no_drop(slot)
    }
    /// A word of the given type that the current uop made.
    pub fn word(&mut self, ty: Type, own: Own) -> Slot {
        let sym = self.new_sym(ty);
        Slot { sym, own, rep: Rep::Tagged, producer: self.at, epoch: self.state.epoch }
    }
    /// The same without a producer that could do with less.
    pub fn plain_word(&mut self, ty: Type) -> Slot {
        let sym = self.new_sym(ty);
        Slot::plain(sym, Own::Owned)
    }
    pub fn refine(&mut self, slot: Slot, ty: Type) {
        if !self.state.fact(slot.sym).ty.is(ty) {
            self.change();
            self.state.fact_mut(slot.sym).ty = ty;
        }
    }
    /// Whether the type is known; what was taken for granted at the loop's entry is noted as used.
    pub fn known(&mut self, slot: Slot, ty: Type) -> bool {
        if !self.state.ty(slot).is(ty) {
            return false;
        }
        self.rely_on(slot.sym);
        true
    }

    /// Doubles in registers.
    pub fn doubles(&self) -> usize {
        self.state.frames.iter().flat_map(|f| &f.stack).filter(|s| s.rep == Rep::Double).count()
    }

    /// Makes the top slot a word.
    pub fn tag_top(&mut self) {
        match self.state.frame().stack.len().checked_sub(1) {
            Some(top) => self.tag(top),
            None => self.failed = true,
        }
    }

    /// Makes the slot a word, above which there is none.
    fn tag(&mut self, at: usize) {
        let slot = self.state.frame().stack[at];
        let tagged = match slot.rep {
            Rep::Tagged => return,
            Rep::Double => {
                if self.state.frame().stack[at + 1..].iter().any(|s| s.rep == Rep::Double) {
                    return self.demand(slot);
                }
                self.emit(Uop::_BOX_FLOAT, 0, [0; 2]);
                Slot { own: Own::Owned, rep: Rep::Tagged, producer: NO_PRODUCER, ..slot }
            }
            Rep::Lazy | Rep::Phantom => {
                let word = self.state.fact(slot.sym).constant;
                self.load_constant(word);
                Slot { own: Own::Borrowed, rep: Rep::Tagged, producer: NO_PRODUCER, ..slot }
            }
            Rep::Local(n) => self.read_local(n as usize, slot.producer),
            // It is made where it was recorded.
            Rep::List | Rep::Function(_) => return self.demand(slot),
        };
        self.change();
        if let Some(place) = self.state.frame_mut().stack.get_mut(at) {
            *place = tagged;
        }
    }

    pub fn load_constant(&mut self, word: u64) {
        const SMALL: u64 = 512;
        if word == 0 {
            self.emit(Uop::_PUSH_NULL, 0, [0; 2]);
        } else if word & 1 != 0 && word < SMALL {
            self.emit(Uop::_LOAD_SMALL_INT, (word >> 1) as u32, [0; 2]);
        } else {
            self.keep_object(word);
            self.emit(Uop::_LOAD_CONST_INLINE_BORROW, 0, [word, 0]);
        }
    }

    /// The `count` highest slots have to be words: those that are not, and cannot become ones here, are made
    /// differently in the next walk.
    pub fn tagged(&mut self, count: usize) {
        let len = self.state.frame().stack.len();
        let Some(lowest) = len.checked_sub(count) else {
            self.failed = true;
            return;
        };
        let words = &self.state.frame().stack[lowest..];
        let above = lowest + words.iter().rposition(|s| s.rep == Rep::Tagged).map_or(0, |p| p + 1);
        for at in lowest..above {
            let slot = self.state.frame().stack[at];
            self.demand(slot);
        }
        for at in above..len {
            self.tag(at);
        }
    }
    pub fn demand(&mut self, slot: Slot) {
        let bit = match slot.rep {
            Rep::Tagged => return,
            Rep::Double => BOXED,
            Rep::Lazy | Rep::Phantom | Rep::Local(_) | Rep::List | Rep::Function(_) => PHYSICAL,
        };
        if !self.decisions.set(slot.producer, bit) {
            self.failed = true;
        }
    }
    /// All slots of all frames.
    pub fn all_tagged(&mut self) {
        let height = self.state.frame().stack.len();
        self.tagged(height);
        let slots: Vec<Slot> = self.state.frames.iter().flat_map(|f| f.stack.iter().copied()).collect();
        for slot in slots {
            self.demand(slot);
        }
    }
    /// No double may be in a register.
    pub fn no_doubles(&mut self) {
        if self.doubles() == 0 {
            return;
        }
        let stack = &self.state.frame().stack;
        if let Some(lowest) = stack.iter().position(|s| s.rep == Rep::Double)
            && stack[lowest..].iter().all(|s| s.rep != Rep::Tagged)
        {
            let count = stack.len() - lowest;
            self.tagged(count);
        }
        let slots: Vec<Slot> = self.state.frames.iter().flat_map(|f| f.stack.iter().copied()).collect();
        for slot in slots.into_iter().filter(|s| s.rep == Rep::Double) {
            self.demand(slot);
        }
    }

    // ---- references ----

    /// Whether the slot's reference need not have been taken; asked where it is dropped.
    pub fn unneeded(&mut self, slot: Slot) -> bool {
        slot.own == Own::Owned
            && slot.producer != NO_PRODUCER
            && slot.epoch == self.state.epoch
            && self.borrowable(slot.producer)
            && !self.decisions.has(slot.producer, OWNED)
            && self.decisions.set(slot.producer, BORROW)
    }
    fn borrowable(&self, at: u32) -> bool {
        self.input.insts.get(at as usize).is_some_and(|i| {
            matches!(
                i.uop,
                Uop::_LOAD_FAST
                    | Uop::_LOAD_FAST_CHECK
                    | Uop::_ITER_NEXT_LIST
                    | Uop::_ITER_NEXT_TUPLE
                    | Uop::_ENUMERATE_NEXT_LIST
                    | Uop::_ENUMERATE_NEXT_TUPLE
                    | Uop::_LOAD_ATTR_INSTANCE_VALUE
                    | Uop::_LOAD_ATTR_SLOT
                    | Uop::_BINARY_OP_SUBSCR_LIST_INT
                    | Uop::_BINARY_OP_SUBSCR_TUPLE_INT
                    | Uop::_LOAD_DEREF
                    | Uop::_RETURN_VALUE
            )
        })
    }
    pub fn borrows(&self) -> bool {
        self.decisions.has(self.at, BORROW) && !self.decisions.has(self.at, OWNED)
    }
    /// Whether what the uop makes needs references of its own.
    pub fn owned_after_all(&self) -> bool {
        self.decisions.has(self.at, OWNED)
    }
    pub fn has(&self, bit: u8) -> bool {
        self.decisions.has(self.at, bit)
    }

    /// References may have been released.
    pub fn release(&mut self) {
        self.change();
        self.state.epoch += 1;
        self.refuse_borrowed();
    }
    /// Arbitrary code may have run.
    pub fn forget(&mut self) {
        self.change();
        self.no_deferred_locals();
        self.state.forget();
        self.refuse_borrowed();
    }
    /// What is borrowed from the heap here may be gone: it is not borrowed in the next walk.
    fn refuse_borrowed(&mut self) {
        let frames = self.state.frames.iter();
        let slots: Vec<Slot> = frames
            .flat_map(|f| f.stack.iter().copied().chain(f.locals.iter().map(|l| l.slot)))
            .filter(|s| s.own == Own::Heap)
            .collect();
        for slot in slots {
            if !self.decisions.set(slot.producer, OWNED) {
                self.failed = true;
            }
        }
    }

    /// Drops the top of the stack.
    pub fn drop_top(&mut self) {
        let slot = self.peek(0);
        match slot.rep {
            Rep::Phantom | Rep::Lazy | Rep::Local(_) | Rep::List | Rep::Function(_) => {
                self.pop();
                return;
            }
            Rep::Double => {
                self.emit(Uop::_POP_TOP_DOUBLE, 0, [0; 2]);
                self.pop();
                return;
            }
            Rep::Tagged => {}
        }
        if self.needs_no_drop(slot) || self.unneeded(slot) {
            self.emit(Uop::_POP_TOP_DEAD, 0, [0; 2]);
            self.pop();
            return;
        }
        match self.ty(slot) {
            Type::Float | Type::Flonum => {
                self.emit(Uop::_POP_TOP_FLOAT, 0, [0; 2]);
                self.pop();
                self.release();
            }
            Type::Str => {
                self.emit(Uop::_POP_TOP_UNICODE, 0, [0; 2]);
                self.pop();
                self.release();
            }
            _ if self.state.fact(slot.sym).constant != 0 => {
                // Somebody else keeps the object, so this is not its end.
                self.emit(Uop::_POP_TOP, 0, [0; 2]);
                self.pop();
            }
            _ => {
                let chain = self.chain(self.state.frames.len(), 0, At::Resume(self.resume));
                self.drop_object(chain);
            }
        }
    }

    /// Drops the word on top, whose object may be destroyed now. What is known stays known unless that ran Python code, which is
    /// asked before the next instruction.
    pub fn drop_object(&mut self, chain: Chain) {
        self.box_locals();
        self.no_deferred_locals();
        let number = match &mut self.out {
            Some(out) => {
                out.chains.push(chain);
                out.chains.len() as u64 - 1
            }
            None => 0,
        };
        self.emit(Uop::_POP_TOP_INLINE, 0, [number, 0]);
        self.pop();
        self.release();
        // What was checked for this instruction's other stores may have changed.
        self.shared.clear();
        self.immediate.clear();
        self.dropped = Some(self.resume);
    }

    fn ask_for_interruption(&mut self) {
        self.emit(Uop::_GUARD_NOT_INTERRUPTED, 0, [0; 2]);
        self.dropped = None;
    }

    /// The inlined ones of the outermost `end` frames, as Python code would find them.
    pub fn chain(&mut self, end: usize, distance: u32, at: At) -> Chain {
        let mut frames = Vec::new();
        for n in 0..end {
            let frame = &self.state.frames[n];
            let Some(inlined) = &frame.inlined else { continue };
            let record = frame.described(inlined);
            let below: u32 =
                self.state.frames[n..].iter().skip(1).map(|f| f.inlined.map_or(0, |i| i.size)).sum();
            frames.push((self.record(record) as u32, below));
        }
        Chain { frames, distance, at }
    }

    // ---- facts about attributes and items ----

    pub fn field(&self, owner: Sym, place: Place) -> Option<Sym> {
        self.state.fields.iter().rev().find(|f| f.owner == owner && f.place == place).map(|f| f.value)
    }
    pub fn set_field(&mut self, owner: Sym, place: Place, value: Sym) {
        self.state.fields.retain(|f| f.owner != owner || f.place != place);
        self.state.fields.push(super::state::Field { owner, place, value });
    }
    /// Somebody's attribute or item at this place has changed.
    pub fn kill_fields(&mut self, place: Place) {
        self.state.fields.retain(|f| f.place != place);
    }
    pub fn kill_items(&mut self) {
        self.state.fields.retain(|f| !matches!(f.place, Place::Item(_)));
    }

    // ---- anything else ----

    /// A uop of which only the table's row is known.
    pub fn generic(&mut self, uop: Uop) {
        let info = uop.info();
        if !super::rules::frame_free(uop) {
            self.materialize();
        }
        if info.class == Class::Calling && info.is(Flags::ESCAPES) {
            self.store_ip();
        }
        let inputs: usize = info.inputs.iter().map(|i| i.count.eval(self.oparg) as usize).sum();
        let kept: usize = info.inputs[..info.kept()].iter().map(|i| i.count.eval(self.oparg) as usize).sum();
        self.tagged(inputs);
        if info.class == Class::Calling {
            self.no_doubles();
        }
        if info.is(Flags::FRAME) {
            // A frame that is pushed here finds the caller's stack in memory.
            self.all_tagged();
        }
        self.keep(uop);
        for _ in kept..inputs {
            self.pop();
        }
        for (n, item) in info.produced().iter().enumerate() {
            for _ in 0..item.count.eval(self.oparg) {
                let ty = if n == 0 { super::rules::result_type(uop, self.oparg) } else { Type::Unknown };
                let slot = self.plain_word(ty);
                self.push(slot);
            }
        }
        if info.writes_local {
            let slot = self.plain_word(Type::Unknown);
            let oparg = self.oparg as usize;
            self.overwrite(oparg);
            if let Some(local) = self.state.frame_mut().locals.get_mut(oparg) {
                *local = Local { slot, unset: false };
            }
        }
        if info.is(Flags::LOCALS) {
            self.no_deferred_locals();
            for n in 0..self.state.frame().locals.len() {
                let slot = self.plain_word(Type::Unknown);
                self.state.frame_mut().locals[n] = Local { slot, unset: false };
            }
        }
        if info.is(Flags::ESCAPES) {
            self.forget();
        } else if info.class == Class::Calling {
            self.release();
            self.kill_items();
        }
    }
}

/// The guard that establishes a type of the top of the stack.
pub fn guard_of(ty: Type) -> Option<Uop> {
    Some(match ty {
        Type::Int => Uop::_GUARD_TOS_INT,
        Type::Flonum => Uop::_GUARD_TOS_FLONUM,
        Type::Float => Uop::_GUARD_TOS_FLOAT,
        Type::Str => Uop::_GUARD_TOS_UNICODE,
        Type::List => Uop::_GUARD_TOS_LIST,
        Type::Tuple => Uop::_GUARD_TOS_TUPLE,
        Type::Dict => Uop::_GUARD_TOS_DICT,
        _ => return None,
    })
}

/// The same for a local.
pub fn guard_of_local(ty: Type) -> Option<Uop> {
    Some(match ty {
        Type::Int => Uop::_GUARD_LOCAL_INT,
        Type::Flonum => Uop::_GUARD_LOCAL_FLONUM,
        Type::Float => Uop::_GUARD_LOCAL_FLOAT,
        Type::Str => Uop::_GUARD_LOCAL_UNICODE,
        Type::List => Uop::_GUARD_LOCAL_LIST,
        Type::Tuple => Uop::_GUARD_LOCAL_TUPLE,
        Type::Dict => Uop::_GUARD_LOCAL_DICT,
        _ => return None,
    })
}
