//! What is known at a point of a trace: frames, locals, stack, and facts about values.

use crate::trace::{RawLocal, Snapshot, Tail, VirtualFrame};

/// What kind of object a value is. Only facts that can never become false about an object are types; what an object's
/// class or layout is right now is its version ([`Fact::version`]).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Type {
    #[default]
    Unknown,
    Null,
    /// An int that is an immediate.
    Int,
    /// A float that is an immediate; any float.
    Flonum,
    Float,
    Bool,
    None,
    Str,
    List,
    Tuple,
    Dict,
    Slice,
    ListIter,
    TupleIter,
    RangeIter,
    /// Anything else that is a pointer.
    Object,
}

impl Type {
    pub const ALL: [Type; 16] = [
        Type::Unknown,
        Type::Null,
        Type::Int,
        Type::Flonum,
        Type::Float,
        Type::Bool,
        Type::None,
        Type::Str,
        Type::List,
        Type::Tuple,
        Type::Dict,
        Type::Slice,
        Type::ListIter,
        Type::TupleIter,
        Type::RangeIter,
        Type::Object,
    ];

    /// Values of the type have no reference count: dropping them is nothing.
    pub fn is_immediate(self) -> bool {
        matches!(self, Type::Null | Type::Int | Type::Flonum | Type::Bool | Type::None)
    }
    /// Whether everything of this type is also of the other one.
    pub fn is(self, other: Type) -> bool {
        self == other || self == Type::Flonum && other == Type::Float
    }
}

/// Number of a value; the facts about it are in a table.
pub type Sym = u32;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fact {
    pub ty: Type,
    /// Version of the object's shape (0: not known), good as long as [`State::escapes`] is `since`.
    pub(super) version: u32,
    pub(super) since: u32,
    /// The word, when it is known; 0 when not.
    pub constant: u64,
    /// The local (plus 1) of the outermost frame that had this value when the trace was entered, if its type was taken for granted.
    pub assumed: u16,
}

/// Who keeps the object of a word alive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Own {
    /// The word owns a reference.
    Owned,
    /// Somebody who cannot let go before the word is gone: a local whose frame waits, a constant.
    Borrowed,
    /// A container or local that may let go when anything is released.
    Heap,
    /// The tag of the word says it.
    Dynamic,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rep {
    /// A word on the evaluation stack.
    Tagged,
    /// A double on the stack of doubles.
    Double,
    /// A known word that is nowhere yet.
    Lazy,
    /// Nothing; only its drop may follow.
    Phantom,
    /// The value of this local of its frame, which is read when it is wanted.
    Local(u16),
    /// An empty list that is not made yet.
    List,
    /// A function that is not made yet: its code is the value's constant, its closure the cell in this local
    /// ([`NO_CELL`](crate::trace::NO_CELL): none).
    Function(u16),
}

impl Rep {
    /// Neither a word nor a double: nothing is anywhere for it.
    pub fn is_deferred(self) -> bool {
        matches!(self, Rep::Lazy | Rep::Local(_) | Rep::List | Rep::Function(_))
    }
    /// A deferred slot that is read, not made.
    fn can_be_loaded(self) -> bool {
        matches!(self, Rep::Lazy | Rep::Local(_))
    }
}

pub const NO_PRODUCER: u32 = u32::MAX;

/// A stack slot or a local.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    pub sym: Sym,
    pub own: Own,
    pub rep: Rep,
    /// The uop of the recorded trace that took the reference, or that made the double or the constant.
    pub producer: u32,
    /// [`State::epoch`] at that time.
    pub epoch: u32,
}

/// A local whose slot is a [`Rep::Double`] is *raw*: its home holds the double itself. A raw local is the only holder of its value,
/// so that the float that is made of it one day is the only one, too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local {
    pub slot: Slot,
    /// The home was never written: a local that is not bound.
    pub unset: bool,
}

/// A frame of the trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    pub locals: Vec<Local>,
    pub stack: Vec<Slot>,
    /// Bytes from the frame to whatever is pushed next.
    pub size: u32,
    /// The address of its globals, when known: [`Frame::OF_CALLEE`] for a known function's.
    pub globals: u64,
    /// Set while the frame has no header.
    pub inlined: Option<VirtualFrame>,
}

/// What a value in an object's attribute or a list's item is known to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    pub owner: Sym,
    pub place: Place,
    pub value: Sym,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Bytes into the object.
    Attribute(u64),
    Item(u64),
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct State {
    pub facts: Vec<Fact>,
    pub frames: Vec<Frame>,
    pub fields: Vec<Field>,
    /// Counts the points at which references may have been released.
    pub epoch: u32,
    /// Counts those at which arbitrary code may have run, or shapes may have changed.
    pub escapes: u32,
    /// What the trace depends on was checked since something ran that could change it.
    pub valid: bool,
}

/// A frame of which nothing is known but its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameShape {
    pub locals: u32,
    pub stack: u32,
    /// Bytes of the frame, header included.
    pub size: u32,
}

impl State {
    /// The state of the interpreter: everything in memory, nothing known.
    pub fn of_interpreter(frames: &[FrameShape]) -> State {
        let mut state = State { valid: false, ..State::default() };
        for shape in frames {
            let mut frame =
                Frame { locals: Vec::new(), stack: Vec::new(), size: shape.size, globals: 0, inlined: None };
            for _ in 0..shape.locals {
                let sym = state.sym(Fact::default());
                frame.locals.push(Local { slot: Slot::plain(sym, Own::Owned), unset: false });
            }
            for _ in 0..shape.stack {
                let sym = state.sym(Fact::default());
                frame.stack.push(Slot::plain(sym, Own::Dynamic));
            }
            state.frames.push(frame);
        }
        state
    }

    pub fn sym(&mut self, fact: Fact) -> Sym {
        self.facts.push(fact);
        self.facts.len() as Sym - 1
    }
    pub fn fact(&self, sym: Sym) -> &Fact {
        &self.facts[sym as usize]
    }
    pub fn fact_mut(&mut self, sym: Sym) -> &mut Fact {
        &mut self.facts[sym as usize]
    }
    pub fn ty(&self, slot: Slot) -> Type {
        self.fact(slot.sym).ty
    }
    /// Version of the value's shape; 0 when not known.
    pub fn version(&self, sym: Sym) -> u32 {
        let fact = self.fact(sym);
        if fact.since == self.escapes { fact.version } else { 0 }
    }
    pub fn set_version(&mut self, sym: Sym, version: u32) {
        let since = self.escapes;
        let fact = self.fact_mut(sym);
        (fact.version, fact.since) = (version, since);
    }
    pub fn frame(&self) -> &Frame {
        self.frames.last().expect("a trace has a frame")
    }
    pub fn frame_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a trace has a frame")
    }

    /// Whether the slot can be dropped by doing nothing.
    pub fn needs_no_drop(&self, slot: Slot) -> bool {
        matches!(slot.rep, Rep::Phantom | Rep::Double | Rep::Local(_) | Rep::List | Rep::Function(_))
            || matches!(slot.own, Own::Borrowed | Own::Heap)
            || self.ty(slot).is_immediate()
    }

    /// Arbitrary code may have run: what it could change is not known any more.
    pub fn forget(&mut self) {
        self.escapes += 1;
        self.fields.clear();
        self.epoch += 1;
        self.valid = false;
    }

    /// Forgets everything but frames and who owns what.
    pub fn erase(&mut self) {
        self.facts.clear();
        self.forget();
        let mut facts = Vec::new();
        for frame in &mut self.frames {
            frame.globals = 0;
            for local in &mut frame.locals {
                local.slot.sym = facts.len() as Sym;
                facts.push(Fact::default());
            }
            for slot in &mut frame.stack {
                slot.sym = facts.len() as Sym;
                facts.push(Fact::default());
            }
        }
        self.facts = facts;
    }

    /// The same state with facts about what is still there only, and without what was taken for granted at a loop's entry but
    /// not checked there.
    pub fn compact(&self, checked: &[bool]) -> State {
        const ABSENT: Sym = Sym::MAX;
        let mut map = vec![ABSENT; self.facts.len()];
        let mut facts: Vec<Fact> = Vec::with_capacity(32);
        let mut renamed = |sym: Sym| -> Sym {
            let new = &mut map[sym as usize];
            if *new == ABSENT {
                let mut fact = self.facts[sym as usize];
                if fact.assumed != 0 && !checked[fact.assumed as usize - 1] {
                    fact = Fact::default();
                }
                *new = facts.len() as Sym;
                facts.push(Fact { assumed: 0, ..fact });
            }
            *new
        };
        let mut frames = self.frames.clone();
        for frame in &mut frames {
            for local in &mut frame.locals {
                local.slot.sym = renamed(local.slot.sym);
            }
            for slot in &mut frame.stack {
                slot.sym = renamed(slot.sym);
            }
        }
        let fields = self
            .fields
            .iter()
            .map(|f| Field { owner: map[f.owner as usize], value: map[f.value as usize], ..*f })
            .filter(|f| f.owner != ABSENT && f.value != ABSENT)
            .collect();
        State { facts, frames, fields, epoch: self.epoch, escapes: self.escapes, valid: self.valid }
    }

    /// Whether code for an exit in this state can go on in it: everything is a word on the stack, or can be put on top of it.
    pub fn is_plain(&self) -> bool {
        let running = self.frames.len() - 1;
        self.frames.iter().enumerate().all(|(n, f)| {
            let words = f.stack.iter().take_while(|s| s.rep == Rep::Tagged).count();
            let (words, rest) = f.stack.split_at(words);
            words.iter().all(|s| n == running || s.own != Own::Heap)
                && rest.iter().all(|s| n == running && s.rep.can_be_loaded())
        })
    }

    /// The state after the interpreter's decoder has put everything right.
    pub fn decoded(&self) -> State {
        let mut state = self.clone();
        state.valid = false;
        for frame in &mut state.frames {
            frame.inlined = None;
            for local in &mut frame.locals {
                local.unset = false;
                local.slot.own = Own::Owned;
                local.slot.rep = Rep::Tagged;
                local.slot.producer = NO_PRODUCER;
            }
            for slot in &mut frame.stack {
                if let Rep::Function(_) = slot.rep {
                    // The constant is its code.
                    state.facts[slot.sym as usize].constant = 0;
                }
                *slot = Slot::plain(slot.sym, Own::Dynamic);
            }
        }
        for frame in 0..self.frames.len() {
            for (n, local) in self.frames[frame].locals.iter().enumerate() {
                if local.unset {
                    let sym = state.sym(Fact { ty: Type::Null, ..Fact::default() });
                    state.frames[frame].locals[n].slot.sym = sym;
                }
            }
        }
        state.forget();
        state
    }

    /// Words in memory or registers of a frame's stack.
    pub fn depth(frame: &Frame) -> u32 {
        frame.stack.iter().filter(|s| s.rep == Rep::Tagged).count() as u32
    }

    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for frame in &self.frames {
            if let Some(inlined) = &frame.inlined {
                snapshot.frames.push(frame.described(inlined));
            }
        }
        let mut distance = 0;
        for frame in self.frames.iter().rev() {
            for (n, local) in frame.locals.iter().enumerate() {
                if local.slot.rep == Rep::Double && !local.unset {
                    snapshot.raw.push(RawLocal { distance, local: n as u32 });
                }
            }
            distance += frame.inlined.map_or(0, |i| i.size);
        }
        let stack = &self.frame().stack;
        if let Some(first) = stack.iter().position(|s| s.rep != Rep::Tagged) {
            let mut doubles = 0;
            snapshot.tail.extend(stack[first..].iter().map(|s| match s.rep {
                Rep::Tagged => Tail::Tagged,
                Rep::Double => {
                    doubles += 1;
                    Tail::Double(doubles - 1)
                }
                Rep::Lazy | Rep::Phantom => Tail::Constant(self.fact(s.sym).constant),
                Rep::Local(n) => Tail::Local(n),
                Rep::List => Tail::List,
                Rep::Function(cell) => Tail::Function { code: self.fact(s.sym).constant, cell },
            }));
        }
        snapshot
    }
}

impl Frame {
    pub const OF_CALLEE: u64 = u64::MAX;

    /// The frame's description with the present state of its locals.
    pub fn described(&self, inlined: &VirtualFrame) -> VirtualFrame {
        let mut frame = *inlined;
        for (i, local) in self.locals.iter().enumerate() {
            if local.unset {
                frame.unset |= 1 << i;
            } else if local.slot.own != Own::Owned {
                frame.borrowed |= 1 << i;
            }
        }
        frame
    }
}

impl Slot {
    /// A word on the stack that no uop of the trace made.
    pub fn plain(sym: Sym, own: Own) -> Slot {
        Slot { sym, own, rep: Rep::Tagged, producer: NO_PRODUCER, epoch: 0 }
    }
}
