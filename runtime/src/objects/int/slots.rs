//! The operators as the type's slots: operands of any int type are taken as exact ints, others are declined.
#![allow(unsafe_code, reason = "object layout")]

use std::cmp::Ordering;

use taipan_layout::{Header, Kind, Value};
use taipan_text::hash;

use super::{BigInt, Int, IntSubclass, arith, exact_value, payload, text, view};
use crate::objects::{CompareOp, Slots, float};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::vm::Vm;

pub(super) const SLOTS: Slots = Slots {
    repr: Some(repr),
    hash: Some(|_, v| Ok(hash_value(payload(v)))),
    richcompare: Some(richcompare),
    new: Some(super::construct::new_slot),
    dealloc: Some(dealloc),
    add: Some(add),
    subtract: Some(subtract),
    multiply: Some(multiply),
    remainder: Some(remainder),
    divmod: Some(divmod),
    power: Some(power),
    negative: Some(|vm, v| arith::negate(vm, payload(v))),
    positive: Some(exact_copy),
    absolute: Some(|vm, v| arith::absolute(vm, payload(v))),
    bool: Some(|_, v| Ok(payload(v) != Value::fixnum(0))),
    invert: Some(|vm, v| arith::invert(vm, payload(v))),
    lshift: Some(lshift),
    rshift: Some(rshift),
    and: Some(and),
    xor: Some(xor),
    or: Some(or),
    int: Some(exact_copy),
    float: Some(|vm, v| float::new(vm, arith::to_f64(vm, payload(v))?)),
    index: Some(exact_copy),
    floor_divide: Some(floor_divide),
    true_divide: Some(true_divide),
    ..Slots::EMPTY
};

macro_rules! binary_slots {
    ($($slot:ident = $operation:ident;)*) => {$(
        pub(in crate::objects) fn $slot(vm: &Vm, a: Value, b: Value) -> PyResult {
            match (exact_value(vm, a), exact_value(vm, b)) {
                (Some(a), Some(b)) => arith::$operation(vm, a, b),
                _ => Ok(Owned::not_implemented()),
            }
        }
    )*};
}

binary_slots! {
    add = add;
    subtract = sub;
    multiply = mul;
    remainder = remainder;
    divmod = divmod;
    floor_divide = floor_div;
    true_divide = true_div;
    lshift = lshift;
    rshift = rshift;
    and = and;
    or = or;
    xor = xor;
}

fn power(vm: &Vm, a: Value, b: Value, modulus: Value) -> PyResult {
    let (Some(a), Some(b)) = (exact_value(vm, a), exact_value(vm, b)) else {
        return Ok(Owned::not_implemented());
    };
    if modulus.is_none() {
        return arith::pow(vm, a, b);
    }
    match exact_value(vm, modulus) {
        Some(modulus) => arith::pow_mod(vm, a, b, modulus),
        None => Ok(Owned::not_implemented()),
    }
}

/// The exact int of any int.
pub(super) fn exact_copy(_: &Vm, v: Value) -> PyResult {
    Ok(payload(v).own())
}

fn repr(vm: &Vm, v: Value) -> PyResult {
    text::to_str(vm, payload(v))
}

/// `hash` of an exact int.
#[inline]
pub fn hash_value(v: Value) -> i64 {
    match view(v) {
        Int::Small(i) => hash::hash_i64(i),
        Int::Big(b) => hash::hash_int(b),
    }
}

/// The order of two exact ints.
#[inline]
pub fn compare_values(a: Value, b: Value) -> Ordering {
    match (view(a), view(b)) {
        (Int::Small(a), Int::Small(b)) => a.cmp(&b),
        (Int::Big(a), Int::Big(b)) => a.cmp(b),
        // A big int is beyond every fixnum on its side.
        (Int::Big(_), Int::Small(_)) if view(a).is_negative() => Ordering::Less,
        (Int::Big(_), Int::Small(_)) => Ordering::Greater,
        (Int::Small(_), Int::Big(_)) if view(b).is_negative() => Ordering::Greater,
        (Int::Small(_), Int::Big(_)) => Ordering::Less,
    }
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    match (exact_value(vm, a), exact_value(vm, b)) {
        (Some(a), Some(b)) => Ok(Owned::bool(op.holds(compare_values(a, b)))),
        _ => Ok(Owned::not_implemented()),
    }
}

/// Two layouts share the type's slot: the kind byte tells a big int from an instance of a subclass.
unsafe fn dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying, so its contents are ours to give up.
    unsafe {
        if (*object).is(Kind::Int) {
            std::ptr::drop_in_place(&raw mut (*(object as *mut BigInt)).value);
        } else {
            decref((*(object as *mut IntSubclass)).payload);
        }
    }
}
