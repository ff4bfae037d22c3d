//! `int`: values of 63 bits lie in the word itself (fixnums), larger ones in a [`BigInt`] object.
//!
//! **One representation per value.** A `BigInt` never holds what fits a fixnum, so "is it zero", "is it an index" and
//! identity-style fast paths need to look at fixnums only. Everything that makes an int goes through [`new`] or [`from_big`],
//! which keep the rule. `True` and `False` are immediates of their own; [`payload`] turns them into fixnums.
//!
//! An instance of a Python subclass of `int` holds the exact int in one word after the header:
//!
//! ```text
//!   exact, 63 bits    the word                         kind: –
//!   exact, larger     Header | value: IBig             kind: Int
//!   subclass          Header | payload: Value | …      kind: Other, attributes in `__dict__` (see the header's prefix)
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `arith` | the operators over exact ints: fixnum paths inline, the rest by `dashu_int` |
//! | `slots` | the operators as type slots: subclasses, bools, `NotImplemented`; comparison, hash, repr |
//! | `construct` | `int(x, base)` and the conversions `__int__`, `__index__` |
//! | `methods` | the named methods and attributes |
//! | `text` | decimal conversion with the digit limit, `format` |
#![allow(unsafe_code, reason = "object layout")]

pub mod arith;
mod construct;
mod methods;
mod slots;
pub mod text;

use std::ops::Deref;

use dashu_int::IBig;
use taipan_layout::value::{FIXNUM_MAX, FIXNUM_MIN};
use taipan_layout::{Header, Kind, Value};

use super::spec::tp_flags;
use super::{TypeRef, new_object, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub use arith::{
    add, and, divmod, floor_div, invert, lshift, mul, negate, or, pow, pow_mod, remainder, rshift, sub,
    to_f64, true_div, xor,
};
pub(crate) use construct::number_text;
pub use construct::{from_exact_or_subclass, from_object, parse_str};
pub use methods::SPEC;
pub use slots::{compare_values, hash_value};
pub use text::{max_str_digits, repr_string, to_radix};

/// An int beyond 63 bits.
#[repr(C)]
pub struct BigInt {
    pub header: Header,
    pub value: IBig,
}

/// An instance of a Python subclass.
#[repr(C)]
pub struct IntSubclass {
    pub header: Header,
    /// The exact int, owned.
    pub payload: Value,
}

/// The int `i`.
#[inline(always)]
pub fn new(vm: &Vm, i: i64) -> PyResult {
    match Value::try_fixnum(i) {
        // SAFETY: a fixnum is an immediate: there is no reference to own.
        Some(v) => Ok(unsafe { Owned::from_owned(v) }),
        None => new_big(vm, IBig::from(i)),
    }
}

/// The int `i`; the same as [`new`].
#[inline(always)]
pub fn from_i64(vm: &Vm, i: i64) -> PyResult {
    new(vm, i)
}

pub fn from_u64(vm: &Vm, i: u64) -> PyResult {
    match i64::try_from(i) {
        Ok(i) => new(vm, i),
        Err(_) => new_big(vm, IBig::from(i)),
    }
}

pub fn from_usize(vm: &Vm, i: usize) -> PyResult {
    from_u64(vm, i as u64)
}

pub fn from_i128(vm: &Vm, i: i128) -> PyResult {
    match i64::try_from(i) {
        Ok(i) => new(vm, i),
        Err(_) => new_big(vm, IBig::from(i)),
    }
}

/// The int of any size; chooses the representation.
pub fn from_big(vm: &Vm, value: IBig) -> PyResult {
    match i64::try_from(&value) {
        Ok(i) => new(vm, i),
        Err(_) => new_big(vm, value),
    }
}

/// `value` does not fit a fixnum.
#[cold]
fn new_big(vm: &Vm, value: IBig) -> PyResult {
    debug_assert!(!i64::try_from(&value).is_ok_and(|i| (FIXNUM_MIN..=FIXNUM_MAX).contains(&i)));
    let object = new_object::<BigInt>(vm, vm.types.int, size_of::<BigInt>())?;
    // SAFETY: the object is new and large enough; the zeroed field is overwritten without being dropped.
    unsafe {
        (*object).header.flags = (*object).header.flags & !0xFF | Kind::Int as u32;
        (&raw mut (*object).value).write(value);
    }
    Ok(Owned::from_new(object))
}

/// Whether `v` is an `int`: exact, `bool` or of a subclass.
#[inline]
pub fn is_int(vm: &Vm, v: Value) -> bool {
    v.is_fixnum() || super::is_kind(v, Kind::Int) || type_of(vm, v).has_flag(tp_flags::LONG_SUBCLASS)
}

/// Whether `v` is exactly an `int`.
#[inline(always)]
pub fn is_exact(v: Value) -> bool {
    v.is_fixnum() || super::is_kind(v, Kind::Int)
}

/// The exact int (fixnum or [`BigInt`]) that `v` is or holds; `None` when `v` is not an int.
/// The result lives as long as `v`.
#[inline(always)]
pub fn exact_value(vm: &Vm, v: Value) -> Option<Value> {
    if v.is_fixnum() { Some(v) } else { exact_value_slow(vm, v) }
}

fn exact_value_slow(vm: &Vm, v: Value) -> Option<Value> {
    if v.is_bool() || v.is_heap() && type_of(vm, v).has_flag(tp_flags::LONG_SUBCLASS) {
        return Some(payload(v));
    }
    None
}

/// The exact int of any int: of itself, of a `bool`, of an instance of a subclass.
///
/// `v` must be an int ([`is_int`]).
#[inline(always)]
pub fn payload(v: Value) -> Value {
    if v.is_fixnum() || super::is_kind(v, Kind::Int) {
        v
    } else if v.is_bool() {
        Value::fixnum((v == Value::TRUE) as i64)
    } else {
        // SAFETY: what is an int and none of the above is an instance of a subclass.
        unsafe { (*v.as_ptr::<IntSubclass>()).payload }
    }
}

/// The value of an int (exact, `bool` or subclass) that fits; `None` for larger ones and for what is no int.
#[inline]
pub fn as_i64(v: Value) -> Option<i64> {
    if v.is_fixnum() {
        return Some(v.as_fixnum());
    }
    if v.is_bool() {
        return Some((v == Value::TRUE) as i64);
    }
    match any(v)? {
        Int::Small(i) => Some(i),
        Int::Big(b) => i64::try_from(b).ok(),
    }
}

/// The value of an int of any size (exact, `bool` or subclass).
pub fn to_big(v: Value) -> Option<IBig> {
    any(v).map(Int::into_big)
}

/// Looks into any object without a `Vm`: the type's flag says whether it is an int.
fn any<'a>(v: Value) -> Option<Int<'a>> {
    if v.is_fixnum() || v.is_bool() {
        return Some(view(payload(v)));
    }
    if !v.is_heap() {
        return None;
    }
    // SAFETY: a heap word points to a live object, whose shape names a live type.
    let ty = unsafe { TypeRef::from_ptr((*(*v.header()).shape).ty) };
    ty.has_flag(tp_flags::LONG_SUBCLASS).then(|| view(payload(v)))
}

/// An exact int, looked at.
#[derive(Clone, Copy)]
pub enum Int<'a> {
    Small(i64),
    Big(&'a IBig),
}

/// What the exact int `v` holds. The borrow must not outlive the object that the caller keeps alive.
#[inline(always)]
pub fn view<'a>(v: Value) -> Int<'a> {
    if v.is_fixnum() {
        Int::Small(v.as_fixnum())
    } else {
        // SAFETY: exact ints are fixnums or objects of this layout, and the caller keeps the object alive.
        Int::Big(unsafe { &(*v.as_ptr::<BigInt>()).value })
    }
}

impl<'a> Int<'a> {
    pub fn into_big(self) -> IBig {
        match self {
            Int::Small(i) => IBig::from(i),
            Int::Big(b) => b.clone(),
        }
    }
    /// As an operand of `dashu_int`; making one from a fixnum allocates nothing.
    #[inline]
    pub fn operand(self) -> Operand<'a> {
        match self {
            Int::Small(i) => Operand::Small(IBig::from(i)),
            Int::Big(b) => Operand::Big(b),
        }
    }
    pub fn is_negative(self) -> bool {
        match self {
            Int::Small(i) => i < 0,
            Int::Big(b) => b.sign() == dashu_int::Sign::Negative,
        }
    }
    pub fn is_zero(self) -> bool {
        matches!(self, Int::Small(0))
    }
    /// Bits of the magnitude.
    pub fn bit_len(self) -> usize {
        match self {
            Int::Small(i) => (64 - i.unsigned_abs().leading_zeros()) as usize,
            Int::Big(b) => dashu_int::ops::BitTest::bit_len(b),
        }
    }
}

pub enum Operand<'a> {
    Small(IBig),
    Big(&'a IBig),
}

impl Deref for Operand<'_> {
    type Target = IBig;
    #[inline]
    fn deref(&self) -> &IBig {
        match self {
            Operand::Small(b) => b,
            Operand::Big(b) => b,
        }
    }
}

/// Whether an int (of any kind) is below zero.
pub fn is_negative(v: Value) -> bool {
    view(payload(v)).is_negative()
}

/// The int `v` (of any kind) as an exact one with its own reference.
pub(crate) fn own_exact(v: Value) -> Owned {
    payload(v).own()
}
