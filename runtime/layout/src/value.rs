//! The tagged 64-bit word.
//!
//! | low bits | meaning |
//! |---|---|
//! | `...1` | fixnum: 63-bit signed integer, value in the upper 63 bits |
//! | `..10` | flonum: a double with an exponent in 2^-255 … 2^256, or +0.0 |
//! | `0000` | owned pointer to a heap object (16-byte aligned); the all-zero word is NULL |
//! | `0100` | borrowed pointer: only on the evaluation stack ([`StackValue`]) |
//! | `1000` | other immediates: None, False, True, Ellipsis, NotImplemented |
//! | `1100` | unused |
//!
//! Flonums are *self-tagged* (Melançon, Serrano, Feeley: "Float Self-Tagging", arXiv 2411.16544): adding 1 to
//! the three exponent bits below the sign moves the common exponents to `10x`; rotating left by three
//! brings that `10` to the tag position. Decoding is a rotation and a subtraction, without a branch.
//! +0.0 is outside of that range and far too common to be boxed, so it takes the word of 2^-255 (`2`), and that
//! one double is boxed instead; all other doubles outside the range (−0.0, infinities, NaN, huge, tiny) are boxed.
//!
//! [`Value`] carries no ownership in its type: it is `Copy`, and whoever holds it knows (a MIR value
//! statically, a container by its contract) whether it owns a reference. The runtime's own code uses an
//! owning wrapper instead.

use crate::header::Header;

pub const TAG_MASK: u64 = 0xF;
pub const BORROWED_BIT: u64 = 0x4;

/// A word that may be stored in the heap: never borrowed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(pub u64);

/// A word on the evaluation stack: like [`Value`], but a pointer may be borrowed from a local, a
/// constant or another owner that outlives the stack slot.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct StackValue(pub u64);

pub const FIXNUM_MIN: i64 = -(1 << 62);
pub const FIXNUM_MAX: i64 = (1 << 62) - 1;

/// What [`Value::flonum`] adds to the bits before the rotation.
const FLONUM_BIAS: u64 = 1 << 60;
/// The word of +0.0 (by rotation alone it would be 2^-255).
pub const FLONUM_ZERO: u64 = 2;

impl Value {
    pub const NULL: Value = Value(0);
    pub const NONE: Value = Value(0x08);
    pub const FALSE: Value = Value(0x18);
    pub const TRUE: Value = Value(0x28);
    pub const ELLIPSIS: Value = Value(0x38);
    pub const NOT_IMPLEMENTED: Value = Value(0x48);

    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }
    #[inline(always)]
    pub const fn is_fixnum(self) -> bool {
        self.0 & 1 != 0
    }
    #[inline(always)]
    pub const fn is_flonum(self) -> bool {
        self.0 & 3 == 2
    }
    /// A non-NULL pointer to a heap object. `self` must not be borrowed-tagged, which a `Value` never is.
    #[inline(always)]
    pub const fn is_heap(self) -> bool {
        self.0 & TAG_MASK == 0 && self.0 != 0
    }
    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.0 == Self::NONE.0
    }
    #[inline(always)]
    pub const fn is_bool(self) -> bool {
        self.0 == Self::TRUE.0 || self.0 == Self::FALSE.0
    }
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        Value(0x18 + ((b as u64) << 4))
    }

    /// The fixnum `i`, which must be within [`FIXNUM_MIN`]`..=`[`FIXNUM_MAX`].
    #[inline(always)]
    pub const fn fixnum(i: i64) -> Value {
        Value(((i as u64) << 1) | 1)
    }
    #[inline(always)]
    pub const fn try_fixnum(i: i64) -> Option<Value> {
        if i >= FIXNUM_MIN && i <= FIXNUM_MAX { Some(Value::fixnum(i)) } else { None }
    }
    #[inline(always)]
    pub const fn as_fixnum(self) -> i64 {
        (self.0 as i64) >> 1
    }

    /// The immediate form of `d`, or `None` when it has to be boxed.
    #[inline(always)]
    pub const fn try_flonum(d: f64) -> Option<Value> {
        let bits = d.to_bits();
        let word = bits.wrapping_add(FLONUM_BIAS).rotate_left(3);
        if word & 3 == 2 && word != FLONUM_ZERO {
            Some(Value(word))
        } else if bits == 0 {
            Some(Value(FLONUM_ZERO))
        } else {
            None
        }
    }
    #[inline(always)]
    pub const fn as_flonum(self) -> f64 {
        let bits = self.0.rotate_right(3).wrapping_sub(FLONUM_BIAS);
        f64::from_bits(if self.0 == FLONUM_ZERO { 0 } else { bits })
    }

    #[inline(always)]
    pub fn from_ptr<T>(p: *mut T) -> Value {
        Value(p as u64)
    }
    /// The object's address; meaningful only when [`Value::is_heap`].
    #[inline(always)]
    pub fn header(self) -> *mut Header {
        self.0 as *mut Header
    }
    #[inline(always)]
    pub fn as_ptr<T>(self) -> *mut T {
        self.0 as *mut T
    }
    /// The same word as a stack value that does not own its reference.
    #[inline(always)]
    pub const fn borrowed(self) -> StackValue {
        StackValue(self.0 | (self.is_heap() as u64) << 2)
    }
    /// The same word as a stack value that owns its reference.
    #[inline(always)]
    pub const fn owned(self) -> StackValue {
        StackValue(self.0)
    }
}

impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Value({:#x})", self.0)
    }
}

impl core::fmt::Debug for StackValue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "StackValue({:#x})", self.0)
    }
}

impl StackValue {
    pub const NULL: StackValue = StackValue(0);

    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }
    /// A pointer whose reference this stack slot does not own.
    #[inline(always)]
    pub const fn is_borrowed(self) -> bool {
        self.0 & TAG_MASK == BORROWED_BIT
    }
    /// A pointer whose reference this stack slot owns.
    #[inline(always)]
    pub const fn owns(self) -> bool {
        self.0 & TAG_MASK == 0 && self.0 != 0
    }
    /// A non-NULL pointer, owned or borrowed.
    #[inline(always)]
    pub const fn is_heap(self) -> bool {
        self.0 & (TAG_MASK & !BORROWED_BIT) == 0 && self.0 != 0
    }
    /// The word without its ownership tag: what the slot refers to, as an unowned [`Value`].
    /// (Bit 2 is payload in fixnums and flonums and clear in the other immediates.)
    #[inline(always)]
    pub const fn peek(self) -> Value {
        Value(if self.0 & TAG_MASK == BORROWED_BIT { self.0 & !BORROWED_BIT } else { self.0 })
    }
    /// The object's address, for a slot known to hold a heap pointer: no test of the tag.
    #[inline(always)]
    pub fn ptr<T>(self) -> *mut T {
        (self.0 & !BORROWED_BIT) as *mut T
    }
}

const _: () = {
    assert!(Value::fixnum(-1).as_fixnum() == -1);
    assert!(Value::bool(true).0 == Value::TRUE.0 && Value::bool(false).0 == Value::FALSE.0);
    assert!(FLONUM_ZERO & 3 == 2);
};
