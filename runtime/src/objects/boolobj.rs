//! `bool`: the immediates `True` and `False`, which are ints.

use taipan_layout::{Kind, Value};

use super::spec::tp_flags;
use super::{Slots, TypeSpec, int, str};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::signature::{no_keywords, positional_between};
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "bool",
    base: Some(|types| types.int),
    basicsize: size_of::<int::IntSubclass>(),
    itemsize: 4,
    kind: Kind::Other,
    flags: tp_flags::MATCH_SELF | tp_flags::LONG_SUBCLASS,
    doc: "The truth of an object: True or False, the only two instances. The class cannot be subclassed.",
    signature: "(object=False, /)",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        and: Some(|vm, a, b| bitwise(vm, a, b, |a, b| a & b, int::and)),
        or: Some(|vm, a, b| bitwise(vm, a, b, |a, b| a | b, int::or)),
        xor: Some(|vm, a, b| bitwise(vm, a, b, |a, b| a ^ b, int::xor)),
        ..Slots::EMPTY
    },
    ..TypeSpec::DEFAULT
};

fn new(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    no_keywords(vm, "bool", &args)?;
    positional_between(vm, "bool", &args, 0, 1)?;
    match args.pos().first() {
        Some(x) => Ok(Owned::bool(protocol::compare::is_true(vm, *x)?)),
        None => Ok(Owned::bool(false)),
    }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    Ok(str::intern_static(vm, if this == Value::TRUE { "True" } else { "False" }).own())
}

/// Two bools give a bool, a bool and another int an int.
#[inline]
fn bitwise(
    vm: &Vm,
    a: Value,
    b: Value,
    of_bools: fn(bool, bool) -> bool,
    of_ints: fn(&Vm, Value, Value) -> PyResult,
) -> PyResult {
    if a.is_bool() && b.is_bool() {
        return Ok(Owned::bool(of_bools(a == Value::TRUE, b == Value::TRUE)));
    }
    match (int::exact_value(vm, a), int::exact_value(vm, b)) {
        (Some(a), Some(b)) => of_ints(vm, a, b),
        _ => Ok(Owned::not_implemented()),
    }
}
