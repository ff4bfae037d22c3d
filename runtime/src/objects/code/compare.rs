//! Equality of code objects: same names, same instructions, constants equal in value and type.

use taipan_layout::{Kind, Value};

use super::super::slots::CompareOp;
use super::super::{is_kind, tuple, type_of};
use super::{CodeObject, code_object};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    let comparable = matches!(op, CompareOp::Eq | CompareOp::Ne)
        && type_of(vm, a) == vm.types.code
        && type_of(vm, b) == vm.types.code;
    if !comparable {
        return Ok(Owned::not_implemented());
    }
    let same = a == b || equal(vm, code_object(a), code_object(b))?;
    Ok(Owned::bool(same == (op == CompareOp::Eq)))
}

fn numbers(c: &CodeObject) -> [i64; 6] {
    let h = &c.head;
    [
        i64::from(h.argcount),
        i64::from(h.posonlyargcount),
        i64::from(h.kwonlyargcount),
        i64::from(h.flags),
        i64::from(c.firstlineno),
        i64::from(h.unit_count),
    ]
}

fn objects(c: &CodeObject) -> [Value; 7] {
    [c.name, c.code, c.names, c.localsplusnames, c.localspluskinds, c.linetable, c.exceptiontable]
}

fn equal(vm: &Vm, a: &CodeObject, b: &CodeObject) -> PyResult<bool> {
    if numbers(a) != numbers(b) {
        return Ok(false);
    }
    for (x, y) in objects(a).into_iter().zip(objects(b)) {
        if !protocol::compare::equal(vm, x, y)? {
            return Ok(false);
        }
    }
    same_constant(vm, a.consts, b.consts)
}

/// Equality that tells `1`, `1.0` and `True` apart, and `0.0` from `-0.0`.
fn same_constant(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
    if a == b {
        return Ok(true);
    }
    let ty = type_of(vm, a);
    if ty != type_of(vm, b) {
        return Ok(false);
    }
    if is_kind(a, Kind::Tuple) {
        let (x, y) = (tuple::items(&a), tuple::items(&b));
        if x.len() != y.len() {
            return Ok(false);
        }
        for (x, y) in x.iter().zip(y) {
            if !same_constant(vm, *x, *y)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if ty == vm.types.float || is_kind(a, Kind::Complex) {
        // The text of a float tells its sign and value.
        return Ok(protocol::object::repr_string(vm, a)? == protocol::object::repr_string(vm, b)?);
    }
    protocol::compare::equal(vm, a, b)
}

pub(super) fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    let c = code_object(this);
    let mut h: u64 = 0;
    for part in objects(c) {
        h = h.rotate_left(5) ^ protocol::compare::hash(vm, part)? as u64;
    }
    for n in numbers(c) {
        h = h.rotate_left(5) ^ n as u64;
    }
    let h = h.wrapping_mul(0x9E37_79B9_7F4A_7C15) as i64;
    Ok(if h == -1 { -2 } else { h })
}
