//! Arithmetic on any two objects: slots of both, reflected forms, sequence fall-backs, messages.

use taipan_layout::Value;

use super::index;
use crate::objects::slots::{BinaryFn, Slots, UnaryFn};
use crate::objects::{TypeRef, float, int, is_instance, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::vm::Vm;

/// CPython's `NB_*` numbers: the argument of `BINARY_OP`; from 13 on in place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum NbOp {
    Add = 0,
    And,
    FloorDivide,
    Lshift,
    MatrixMultiply,
    Multiply,
    Remainder,
    Or,
    Power,
    Rshift,
    Subtract,
    TrueDivide,
    Xor,
}

struct Op {
    symbol: &'static str,
    get: fn(&Slots) -> Option<BinaryFn>,
    inplace: fn(&Slots) -> Option<BinaryFn>,
}

macro_rules! op {
    ($sym:literal, $slot:ident, $inplace:ident) => {
        Op { symbol: $sym, get: |s| s.$slot, inplace: |s| s.$inplace }
    };
}

/// By [`NbOp`].
static OPS: [Op; 13] = [
    op!("+", add, inplace_add),
    op!("&", and, inplace_and),
    op!("//", floor_divide, inplace_floor_divide),
    op!("<<", lshift, inplace_lshift),
    op!("@", matrix_multiply, inplace_matrix_multiply),
    op!("*", multiply, inplace_multiply),
    op!("%", remainder, inplace_remainder),
    op!("|", or, inplace_or),
    Op { symbol: "** or pow()", get: |_| None, inplace: |_| None },
    op!(">>", rshift, inplace_rshift),
    op!("-", subtract, inplace_subtract),
    op!("/", true_divide, inplace_true_divide),
    op!("^", xor, inplace_xor),
];

impl NbOp {
    /// The operator of a `BINARY_OP` argument and whether it is in place; `None` beyond the last (the subscript).
    pub fn from_oparg(oparg: u32) -> Option<(NbOp, bool)> {
        const ALL: [NbOp; 13] = [
            NbOp::Add,
            NbOp::And,
            NbOp::FloorDivide,
            NbOp::Lshift,
            NbOp::MatrixMultiply,
            NbOp::Multiply,
            NbOp::Remainder,
            NbOp::Or,
            NbOp::Power,
            NbOp::Rshift,
            NbOp::Subtract,
            NbOp::TrueDivide,
            NbOp::Xor,
        ];
        match oparg {
            0..13 => Some((ALL[oparg as usize], false)),
            13..26 => Some((ALL[oparg as usize - 13], true)),
            _ => None,
        }
    }
}

/// Tries the slots of both operands in Python's order; the result may be NotImplemented.
fn try_binary(vm: &Vm, a: Value, b: Value, get: fn(&Slots) -> Option<BinaryFn>) -> PyResult {
    let (ta, tb) = (type_of(vm, a), type_of(vm, b));
    let left = get(ta.slots());
    let mut right = if ta == tb { None } else { get(tb.slots()) };
    if let (Some(l), Some(r)) = (left, right)
        && l as *const () == r as *const ()
    {
        right = None;
    }
    if let Some(l) = left {
        if let Some(r) = right
            && tb.is_subtype_of(ta)
        {
            let v = r(vm, a, b)?;
            if *v != Value::NOT_IMPLEMENTED {
                return Ok(v);
            }
            right = None;
        }
        let v = l(vm, a, b)?;
        if *v != Value::NOT_IMPLEMENTED {
            return Ok(v);
        }
    }
    match right {
        Some(r) => r(vm, a, b),
        None => Ok(Owned::not_implemented()),
    }
}

#[cold]
fn unsupported(vm: &Vm, symbol: &str, a: Value, b: Value) -> Raised {
    let (ta, tb) = (type_of(vm, a).name_str(), type_of(vm, b).name_str());
    // Python 2's print statement with a redirect deserves a hint.
    if symbol == ">>" && is_print(vm, a) {
        return vm.type_error(&format!(
            "unsupported operand type(s) for {symbol}: '{ta}' and '{tb}'. Did you mean \"print(<message>, \
             file=<output_stream>)\"?"
        ));
    }
    vm.type_error(&format!("unsupported operand type(s) for {symbol}: '{ta}' and '{tb}'"))
}

fn is_print(vm: &Vm, v: Value) -> bool {
    crate::objects::builtin::parts(vm, v).is_some_and(|(spec, _)| spec.name == "print")
}

/// `a op b`.
pub fn binary(vm: &Vm, op: NbOp, a: Value, b: Value) -> PyResult {
    if op == NbOp::Power {
        return power(vm, a, b, Value::NONE);
    }
    let row = &OPS[op as usize];
    let v = try_binary(vm, a, b, row.get)?;
    if *v != Value::NOT_IMPLEMENTED {
        return Ok(v);
    }
    match op {
        NbOp::Add => {
            if let Some(concat) = type_of(vm, a).slots().concat {
                return concat(vm, a, b);
            }
        }
        NbOp::Multiply => {
            if let Some(v) = repeat(vm, a, b, |s| s.repeat)? {
                return Ok(v);
            }
        }
        _ => {}
    }
    Err(unsupported(vm, row.symbol, a, b))
}

/// Sequence repetition, when one of the two is a sequence.
fn repeat(
    vm: &Vm,
    a: Value,
    b: Value,
    left: fn(&Slots) -> Option<crate::objects::slots::RepeatFn>,
) -> PyResult<Option<Owned>> {
    let count = |n: Value| -> PyResult<isize> {
        if type_of(vm, n).slots().index.is_none() {
            let t = type_of(vm, n).name_str();
            return Err(vm.type_error(&format!("can't multiply sequence by non-int of type '{t}'")));
        }
        index::to_isize(vm, n)
    };
    if let Some(f) = left(type_of(vm, a).slots()) {
        return f(vm, a, count(b)?).map(Some);
    }
    if let Some(f) = type_of(vm, b).slots().repeat {
        return f(vm, b, count(a)?).map(Some);
    }
    Ok(None)
}

/// `a op= b`: the result to store.
pub fn inplace(vm: &Vm, op: NbOp, a: Value, b: Value) -> PyResult {
    let slots = *type_of(vm, a).slots();
    if op == NbOp::Power {
        if let Some(f) = slots.inplace_power {
            let v = f(vm, a, b, Value::NONE)?;
            if *v != Value::NOT_IMPLEMENTED {
                return Ok(v);
            }
        }
        return power_named(vm, a, b, Value::NONE, "**=");
    }
    let row = &OPS[op as usize];
    if let Some(f) = (row.inplace)(&slots) {
        let v = f(vm, a, b)?;
        if *v != Value::NOT_IMPLEMENTED {
            return Ok(v);
        }
    }
    let v = try_binary(vm, a, b, row.get)?;
    if *v != Value::NOT_IMPLEMENTED {
        return Ok(v);
    }
    match op {
        NbOp::Add => {
            if let Some(f) = slots.inplace_concat.or(slots.concat) {
                return f(vm, a, b);
            }
        }
        NbOp::Multiply => {
            if let Some(v) = repeat(vm, a, b, |s| s.inplace_repeat.or(s.repeat))? {
                return Ok(v);
            }
        }
        _ => {}
    }
    Err(unsupported(vm, &format!("{}=", row.symbol), a, b))
}

/// `pow(a, b, modulus)`; `modulus` is None for two arguments.
pub fn power(vm: &Vm, a: Value, b: Value, modulus: Value) -> PyResult {
    power_named(vm, a, b, modulus, "** or pow()")
}

fn power_named(vm: &Vm, a: Value, b: Value, modulus: Value, symbol: &str) -> PyResult {
    let (ta, tb, tm) = (type_of(vm, a), type_of(vm, b), type_of(vm, modulus));
    let mut tried: Vec<*const ()> = Vec::with_capacity(3);
    let mut order: Vec<TypeRef> = vec![ta, tb];
    if ta != tb && tb.is_subtype_of(ta) && tb.slots().power.is_some() {
        order.swap(0, 1);
    }
    if !modulus.is_none() {
        order.push(tm);
    }
    for t in order {
        let Some(f) = t.slots().power else { continue };
        if tried.contains(&(f as *const ())) {
            continue;
        }
        tried.push(f as *const ());
        let v = f(vm, a, b, modulus)?;
        if *v != Value::NOT_IMPLEMENTED {
            return Ok(v);
        }
    }
    if modulus.is_none() {
        return Err(unsupported(vm, symbol, a, b));
    }
    let (a, b, m) = (ta.name_str(), tb.name_str(), tm.name_str());
    Err(vm.type_error(&format!("unsupported operand type(s) for ** or pow(): '{a}', '{b}', '{m}'")))
}

/// `divmod(a, b)`.
pub fn divmod(vm: &Vm, a: Value, b: Value) -> PyResult {
    let v = try_binary(vm, a, b, |s| s.divmod)?;
    if *v == Value::NOT_IMPLEMENTED { Err(unsupported(vm, "divmod()", a, b)) } else { Ok(v) }
}

fn unary(vm: &Vm, v: Value, get: fn(&Slots) -> Option<UnaryFn>, what: &str) -> PyResult {
    match get(type_of(vm, v).slots()) {
        Some(f) => f(vm, v),
        None => {
            let t = type_of(vm, v).name_str();
            Err(vm.type_error(&format!("bad operand type for {what}: '{t}'")))
        }
    }
}

pub fn negative(vm: &Vm, v: Value) -> PyResult {
    unary(vm, v, |s| s.negative, "unary -")
}
pub fn positive(vm: &Vm, v: Value) -> PyResult {
    unary(vm, v, |s| s.positive, "unary +")
}
pub fn invert(vm: &Vm, v: Value) -> PyResult {
    unary(vm, v, |s| s.invert, "unary ~")
}
pub fn absolute(vm: &Vm, v: Value) -> PyResult {
    unary(vm, v, |s| s.absolute, "abs()")
}

/// `operator.index(v)`: an exact int.
pub fn index(vm: &Vm, v: Value) -> PyResult {
    if v.is_fixnum() {
        return Ok(v.own());
    }
    if int::is_int(vm, v) {
        return Ok(int::payload(v).own());
    }
    let Some(f) = type_of(vm, v).slots().index else {
        let t = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("'{t}' object cannot be interpreted as an integer")));
    };
    let r = f(vm, v)?;
    if !int::is_int(vm, *r) {
        let t = type_of(vm, *r).name_str();
        return Err(vm.type_error(&format!("__index__ returned non-int (type {t})")));
    }
    if !int::is_exact(*r) {
        let t = type_of(vm, *r).name_str();
        let text = format!(
            "__index__ returned non-int (type {t}).  The ability to return an instance of a strict subclass of int is \
             deprecated, and may be removed in a future version of Python."
        );
        crate::modules::warnings::warn(vm, vm.types.deprecation_warning, &text, 1)?;
    }
    Ok(int::payload(*r).own())
}

/// `float(v)` for a number (no strings): what `math` functions do with their arguments.
pub fn to_float(vm: &Vm, v: Value) -> PyResult<f64> {
    float::real_number(vm, v)
}

/// Whether `v` is usable as a float without text parsing.
pub fn is_real(vm: &Vm, v: Value) -> bool {
    let s = type_of(vm, v).slots();
    s.float.is_some() || s.index.is_some() || is_instance(vm, v, vm.types.float)
}
