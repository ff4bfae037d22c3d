//! The object header (16 bytes) and what its flag word means.
//!
//! ```text
//!   0        4        8                16
//!   | rc:i32 | flags  | shape: *Shape  | fields of the type …
//!              ^ byte 0: Kind, the exact built-in layout (0 for everything else)
//! ```
//!
//! A negative reference count marks an immortal object, whose count is never written.
//! A freed cell has a null shape; its first word links the free list.
//!
//! Words in front of the header (negative offsets) exist only for instances of Python classes that
//! inherit from a built-in type without a `__dict__` of its own (`class C(int)`): the word at −8 is then their
//! `__dict__`. Plain instances keep attributes inside (see [`crate::shape`]). Weak references live in a side
//! table of the interpreter, announced by [`flag::WEAKREFS`]; the cycle collector's state is the `GC_*` bits.

use core::cell::UnsafeCell;

use crate::shape::Shape;

#[repr(C)]
pub struct Header {
    pub rc: i32,
    pub flags: u32,
    pub shape: *const Shape,
    /// Counts and flags change through other pointers while somebody looks at an object. Without this the compiler may take a
    /// `&T` of an object for a promise that nothing in it changes, and leave out the counting.
    shared: UnsafeCell<()>,
}

/// The count that immortal objects are created with; only its sign matters.
pub const IMMORTAL: i32 = i32::MIN / 2;

/// The exact layout of an object, in byte 0 of its flags. Instances of subclasses are `Other` (or
/// `Instance` when they inherit from `object` alone), so a kind test is a test for the exact type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    Other = 0,
    /// An integer beyond 63 bits; never one that would fit a fixnum.
    Int,
    /// A double that is not a flonum.
    Float,
    Complex,
    Str,
    Bytes,
    ByteArray,
    Tuple,
    List,
    Dict,
    Set,
    FrozenSet,
    Range,
    RangeIter,
    LongRangeIter,
    ListIter,
    TupleIter,
    DictIter,
    Slice,
    Cell,
    Function,
    Method,
    /// A function implemented in Rust, bound or not.
    BuiltinFunction,
    MethodDescriptor,
    Code,
    Generator,
    Coroutine,
    AsyncGenerator,
    Type,
    Module,
    /// A plain instance: inherits from `object` alone, attributes inside the object.
    Instance,
    Property,
    Super,
    Enumerate,
    Zip,
    Exception,
}

/// Bits of `Header::flags` above the kind byte.
pub mod flag {
    /// The object may take part in a cycle and is known to the collector.
    pub const GC: u32 = 1 << 8;
    /// The generation: 0 (just allocated) to 2, 3 for frozen objects. Says which of the collector's lists the object is in.
    pub const GC_GENERATION_SHIFT: u32 = 9;
    pub const GC_GENERATION: u32 = 3 << GC_GENERATION_SHIFT;
    /// `__del__` (or a generator's close) ran already.
    pub const FINALIZED: u32 = 1 << 11;
    /// The interpreter's table of weak references has an entry for this object.
    pub const WEAKREFS: u32 = 1 << 12;
    /// There is a word in front of the header: the instance's `__dict__` or NULL.
    pub const PREFIXED: u32 = 1 << 13;
    /// The object is being destroyed right now.
    pub const DEAD: u32 = 1 << 14;
    /// From here up to bit 28 each kind gives the bits its own meaning.
    pub const KIND_SHIFT: u32 = 16;
    /// Scratch bits of a running collection: the object was passed over because nothing had led to it yet; it is
    /// being examined; it is reachable from outside.
    pub const GC_PASSED: u32 = 1 << 29;
    pub const GC_CANDIDATE: u32 = 1 << 30;
    pub const GC_REACHED: u32 = 1 << 31;

    /// `str`: bytes per code unit is `1 << field`.
    pub const STR_WIDTH_SHIFT: u32 = 16;
    pub const STR_WIDTH_MASK: u32 = 3 << 16;
    /// `str`: all code points are below 128.
    pub const STR_ASCII: u32 = 1 << 18;
    /// `str`: equal interned strings are the same object.
    pub const STR_INTERNED: u32 = 1 << 19;
    /// `dict`: somebody watches for changes.
    pub const DICT_WATCHED: u32 = 1 << 16;
    /// plain instance: attributes moved to the dict in the first word.
    pub const INSTANCE_HAS_DICT: u32 = 1 << 16;
}

impl Header {
    pub const fn new(rc: i32, flags: u32, shape: *const Shape) -> Header {
        Header { rc, flags, shape, shared: UnsafeCell::new(()) }
    }
    #[inline(always)]
    pub fn kind_byte(&self) -> u8 {
        self.flags as u8
    }
    #[inline(always)]
    pub fn is(&self, kind: Kind) -> bool {
        self.flags as u8 == kind as u8
    }
    #[inline(always)]
    pub fn is_immortal(&self) -> bool {
        self.rc < 0
    }
}

const _: () = {
    assert!(size_of::<Header>() == 16);
    assert!(core::mem::offset_of!(Header, shape) == 8);
};
