//! Rich comparison, equality, hashing, truth.

use taipan_layout::{Kind, Value};

use crate::objects::slots::CompareOp;
use crate::objects::{is_kind, str, type_of};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

/// `a op b`, any result.
pub fn rich(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (ta, tb) = (type_of(vm, a), type_of(vm, b));
    let (left, right) = (ta.slots().richcompare, tb.slots().richcompare);
    let mut try_right = true;
    if ta != tb
        && tb.is_subtype_of(ta)
        && let Some(f) = right
    {
        try_right = false;
        let v = f(vm, b, a, op.swapped())?;
        if *v != Value::NOT_IMPLEMENTED {
            return Ok(v);
        }
    }
    if let Some(f) = left {
        let v = f(vm, a, b, op)?;
        if *v != Value::NOT_IMPLEMENTED {
            return Ok(v);
        }
    }
    if try_right && let Some(f) = right {
        let v = f(vm, b, a, op.swapped())?;
        if *v != Value::NOT_IMPLEMENTED {
            return Ok(v);
        }
    }
    match op {
        CompareOp::Eq => Ok(Owned::bool(a == b)),
        CompareOp::Ne => Ok(Owned::bool(a != b)),
        _ => {
            let (sym, x, y) = (op.symbol(), ta.name_str(), tb.name_str());
            Err(vm.type_error(&format!("'{sym}' not supported between instances of '{x}' and '{y}'")))
        }
    }
}

/// [`rich`] as a truth value; an object equals itself without being asked.
#[inline]
pub fn rich_bool(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult<bool> {
    if a == b {
        match op {
            CompareOp::Eq => return Ok(true),
            CompareOp::Ne => return Ok(false),
            _ => {}
        }
    }
    if a.is_fixnum() && b.is_fixnum() {
        return Ok(op.holds(a.as_fixnum().cmp(&b.as_fixnum())));
    }
    if is_kind(a, Kind::Str) && is_kind(b, Kind::Str) {
        return Ok(match op {
            CompareOp::Eq => str::equal(a, b),
            CompareOp::Ne => !str::equal(a, b),
            _ => op.holds(str::compare(a, b)),
        });
    }
    let v = rich(vm, a, b, op)?;
    is_true(vm, *v)
}

/// `a is b or a == b`.
#[inline]
pub fn equal(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
    rich_bool(vm, a, b, CompareOp::Eq)
}

/// `hash(v)`.
#[inline]
pub fn hash(vm: &Vm, v: Value) -> PyResult<i64> {
    if is_kind(v, Kind::Str) {
        return Ok(str::hash(vm, v));
    }
    match type_of(vm, v).slots().hash {
        Some(f) => f(vm, v),
        None => crate::objects::object::not_hashable(vm, v),
    }
}

/// `bool(v)`.
#[inline]
pub fn is_true(vm: &Vm, v: Value) -> PyResult<bool> {
    match v {
        Value::TRUE => return Ok(true),
        Value::FALSE | Value::NONE => return Ok(false),
        _ => {}
    }
    let slots = type_of(vm, v).slots();
    if let Some(f) = slots.bool {
        return f(vm, v);
    }
    match slots.len {
        Some(f) => Ok(f(vm, v)? != 0),
        None => Ok(true),
    }
}
