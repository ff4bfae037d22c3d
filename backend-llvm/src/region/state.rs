//! What is known at a point of a region: frames with their locals and stacks as values, and facts about values.
//!
//! A value is a tagged word or an unboxed double. Locals and stack items are read from memory when they are first used.
//! Locals are written to their homes at once: as doubles where tier 2 keeps them raw, and only there, so that an exit finds
//! in the homes what its snapshot says. A stack item is at *home* when its slot in memory holds it. Facts belong to value numbers, so that a guard on one
//! copy of a value helps all copies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use inkwell::values::{FloatValue, IntValue, PointerValue};

use super::late::Late;

/// Number of a value: copies share it.
pub type Vn = u32;

#[derive(Clone, Copy)]
pub enum Repr<'c> {
    Word(IntValue<'c>),
    /// A float that is not boxed anywhere: a raw local, or a stack item whose box is not made yet.
    Double(FloatValue<'c>),
}

/// Who holds the reference of a word that may be a pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Own {
    /// A stack word: its tag says.
    Tagged,
    /// Somebody else; the word has no tag.
    Borrowed,
    /// This value.
    Owned,
    /// It is no pointer.
    Immediate,
}

#[derive(Clone, Copy)]
pub struct Val<'c> {
    pub repr: Repr<'c>,
    pub vn: Vn,
    pub own: Own,
}

/// What a value is known to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Type {
    #[default]
    Unknown,
    Null,
    /// Anything but NULL.
    NonNull,
    Fixnum,
    /// A float that is an immediate.
    Flonum,
    /// A float, immediate or boxed.
    Float,
    Bool,
    List,
    Tuple,
    Dict,
    Str,
    RangeIter,
    ListIter,
    TupleIter,
    /// A new frame that returns to a frame of its own, which looks at what `__init__` gave.
    InitFrame,
}

impl From<taipan_mir::graph::Type> for Type {
    fn from(known: taipan_mir::graph::Type) -> Type {
        use taipan_mir::graph::Type as Known;
        match known {
            Known::Null => Type::Null,
            Known::Int => Type::Fixnum,
            Known::Flonum => Type::Flonum,
            Known::Float => Type::Float,
            Known::Bool => Type::Bool,
            Known::Str => Type::Str,
            Known::List => Type::List,
            Known::Tuple => Type::Tuple,
            Known::Dict => Type::Dict,
            Known::RangeIter => Type::RangeIter,
            Known::ListIter => Type::ListIter,
            Known::TupleIter => Type::TupleIter,
            Known::Unknown | Known::None | Known::Slice | Known::Object => Type::Unknown,
        }
    }
}

impl Type {
    /// No reference needs counting.
    pub fn is_immediate(self) -> bool {
        matches!(self, Type::Fixnum | Type::Flonum | Type::Bool | Type::Null)
    }
    pub fn is_pointer(self) -> bool {
        !self.is_immediate() && !matches!(self, Type::Unknown | Type::NonNull | Type::Float)
    }
    /// Whether everything of this type is also of the other one.
    pub fn is(self, other: Type) -> bool {
        self == other || self == Type::Flonum && other == Type::Float
    }
    pub fn non_null(self) -> bool {
        !matches!(self, Type::Unknown | Type::Null)
    }
}

#[derive(Clone, Copy, Default)]
pub struct Fact<'c> {
    pub ty: Type,
    /// The number, of a float.
    pub double: Option<FloatValue<'c>>,
    /// The truth, of a bool.
    pub flag: Option<IntValue<'c>>,
}

#[derive(Clone, Copy)]
pub struct Item<'c> {
    pub val: Val<'c>,
    pub home: bool,
}

#[derive(Clone)]
pub struct Frame<'c> {
    pub pointer: PointerValue<'c>,
    /// Where `mem` counts from: the stack pointer at the loop's head, or the base of a callee's stack.
    pub origin: PointerValue<'c>,
    /// Words of the stack that lie in memory only, relative to `origin` (negative: below it).
    pub mem: i32,
    pub items: Vec<Item<'c>>,
    pub locals: BTreeMap<u32, Val<'c>>,
    /// Types of locals whose values are in memory only.
    pub types: BTreeMap<u32, Type>,
    /// Those of them that are raw.
    pub raw: BTreeSet<u32>,
    /// The frame has no header: bytes from the caller's frame to it.
    pub inlined: Option<u32>,
    /// It was pushed as a [`Type::InitFrame`].
    pub init: bool,
}

impl<'c> Frame<'c> {
    /// A frame of which nothing is known.
    pub fn new(pointer: PointerValue<'c>, origin: PointerValue<'c>) -> Frame<'c> {
        Frame {
            pointer,
            origin,
            mem: 0,
            items: Vec::new(),
            locals: BTreeMap::new(),
            types: BTreeMap::new(),
            raw: BTreeSet::new(),
            inlined: None,
            init: false,
        }
    }
    /// Height of the stack, relative to `origin`.
    pub fn height(&self) -> i32 {
        self.mem + self.items.len() as i32
    }
}

#[derive(Clone)]
pub struct State<'c> {
    /// The frame of the loop and the calls that are open above it.
    pub frames: Vec<Frame<'c>>,
    /// Stack of unboxed doubles of the trace's own uops on doubles.
    pub doubles: Vec<FloatValue<'c>>,
    pub facts: HashMap<Vn, Fact<'c>>,
    /// Arguments for the frame that is entered next: where they go, in bytes from the running frame.
    pub arguments: Vec<(u64, Val<'c>)>,
    /// The loop's frame has returned: the first frame is another one.
    pub returned: bool,
    /// Locals whose boxes are not made yet ([`super::late`]).
    pub late: Vec<Late>,
}

impl<'c> State<'c> {
    pub fn top(&mut self) -> &mut Frame<'c> {
        self.frames.last_mut().expect("a region always has its first frame")
    }
    pub fn frame(&self) -> &Frame<'c> {
        self.frames.last().expect("a region always has its first frame")
    }
    pub fn fact(&self, val: Val<'c>) -> Fact<'c> {
        let mut fact = self.facts.get(&val.vn).copied().unwrap_or_default();
        if let Repr::Double(d) = val.repr {
            fact.ty = Type::Float;
            fact.double = Some(d);
        }
        fact
    }
    pub fn ty(&self, val: Val<'c>) -> Type {
        self.fact(val).ty
    }
    pub fn learn(&mut self, val: Val<'c>, ty: Type) {
        self.facts.entry(val.vn).or_default().ty = ty;
    }
    pub fn double(&self, val: Val<'c>) -> Option<FloatValue<'c>> {
        self.fact(val).double
    }
    /// No reference has to be given back when the value goes.
    pub fn needs_no_drop(&self, val: Val<'c>) -> bool {
        match val.repr {
            Repr::Double(_) => true,
            Repr::Word(_) => matches!(val.own, Own::Borrowed | Own::Immediate) || self.ty(val).is_immediate(),
        }
    }

    /// A path that is taken rarely begins: locals are read from their homes again, so that the loop need not keep their values
    /// for it. Borrowed words have a tag in their homes, and stay as they are.
    pub fn reload_locals(&mut self) {
        for frame in &mut self.frames {
            for (index, val) in std::mem::take(&mut frame.locals) {
                let stays = match val.repr {
                    Repr::Word(word) => word.is_const() || !matches!(val.own, Own::Owned | Own::Immediate),
                    Repr::Double(double) => double.is_const(),
                };
                if stays {
                    frame.locals.insert(index, val);
                    continue;
                }
                if let Repr::Double(_) = val.repr {
                    frame.raw.insert(index);
                }
                let ty = self.facts.get(&val.vn).map_or(Type::Unknown, |f| f.ty);
                if ty != Type::Unknown {
                    frame.types.insert(index, ty);
                }
            }
        }
    }

    /// Something ran that may have changed locals: they are read again, as what they were. Raw ones cannot have changed:
    /// nobody may look at those.
    pub fn forget_locals(&mut self) {
        let facts = &self.facts;
        for frame in &mut self.frames {
            let (raw, words): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut frame.locals)
                .into_iter()
                .partition(|(_, val)| matches!(val.repr, Repr::Double(_)));
            frame.locals = raw;
            for (index, val) in words {
                let ty = facts.get(&val.vn).map_or(Type::Unknown, |f| f.ty);
                if ty != Type::Unknown {
                    frame.types.insert(index, ty);
                }
            }
        }
    }
}
