//! `weakref.proxy`: an object that passes every operation on to its referent, and raises ReferenceError once that is dead.
//! In operations of two operands both are unwrapped, so that proxies behave like what they stand for.

use taipan_layout::Value;

use super::super::spec::*;
use super::super::typeobject::attrs::qualified_name;
use super::super::{Slots, TypeRef, object, str, type_of};
use super::{WeakRef, create, dealloc, drop_callback, get, traverse};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, attr, compare, item, iter, number, number::NbOp};
use crate::vm::Vm;

const fn family(name: &'static str) -> TypeSpec {
    TypeSpec {
        name,
        basicsize: size_of::<WeakRef>(),
        flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
        slots: SLOTS,
        ..TypeSpec::DEFAULT
    }
}

pub static SPEC: TypeSpec = TypeSpec {
    methods: &[
        method0(
            "__bytes__",
            |vm, this| protocol::call::method(vm, *referent(vm, this)?, *vm.names.__bytes__, &[]),
            "",
        ),
        method0(
            "__reversed__",
            |vm, this| attr::call_attr(vm, *referent(vm, this)?, "__reversed__", &[]),
            "",
        ),
    ],
    ..family("weakref.ProxyType")
};

/// Proxies of callable objects have a type of their own, because `callable` asks the type.
pub static CALLABLE_SPEC: TypeSpec = TypeSpec {
    slots: Slots {
        call: Some(|vm, this, args| protocol::call::with_args(vm, *referent(vm, this)?, args)),
        ..SLOTS
    },
    ..family("weakref.CallableProxyType")
};

macro_rules! unary {
    ($f:expr) => {
        Some(|vm, this| $f(vm, *referent(vm, this)?))
    };
}

macro_rules! binary {
    ($op:ident) => {
        Some(|vm, a, b| number::binary(vm, NbOp::$op, *unwrap(vm, a)?, *unwrap(vm, b)?))
    };
}

macro_rules! inplace {
    ($op:ident) => {
        Some(|vm, a, b| number::inplace(vm, NbOp::$op, *unwrap(vm, a)?, *unwrap(vm, b)?))
    };
}

const SLOTS: Slots = Slots {
    repr: Some(repr),
    str: unary!(protocol::object::str),
    hash: Some(object::not_hashable),
    getattro: Some(|vm, this, name| attr::get(vm, *referent(vm, this)?, name)),
    setattro: Some(|vm, this, name, value| {
        let target = referent(vm, this)?;
        match value {
            Some(v) => attr::set(vm, *target, name, v),
            None => attr::delete(vm, *target, name),
        }
    }),
    richcompare: Some(|vm, a, b, op| compare::rich(vm, *unwrap(vm, a)?, *unwrap(vm, b)?, op)),
    iter: unary!(iter::iter),
    next: Some(next),
    dealloc: Some(dealloc),
    traverse: Some(traverse),
    clear: Some(drop_callback),

    add: binary!(Add),
    subtract: binary!(Subtract),
    multiply: binary!(Multiply),
    remainder: binary!(Remainder),
    divmod: Some(|vm, a, b| number::divmod(vm, *unwrap(vm, a)?, *unwrap(vm, b)?)),
    power: Some(|vm, a, b, m| number::power(vm, *unwrap(vm, a)?, *unwrap(vm, b)?, *unwrap(vm, m)?)),
    negative: unary!(number::negative),
    positive: unary!(number::positive),
    absolute: unary!(number::absolute),
    bool: unary!(compare::is_true),
    invert: unary!(number::invert),
    lshift: binary!(Lshift),
    rshift: binary!(Rshift),
    and: binary!(And),
    xor: binary!(Xor),
    or: binary!(Or),
    int: Some(|vm, this| protocol::call::positional(vm, vm.types.int.value(), &[*referent(vm, this)?])),
    float: Some(|vm, this| protocol::call::positional(vm, vm.types.float.value(), &[*referent(vm, this)?])),
    index: unary!(number::index),
    floor_divide: binary!(FloorDivide),
    true_divide: binary!(TrueDivide),
    matrix_multiply: binary!(MatrixMultiply),
    inplace_add: inplace!(Add),
    inplace_subtract: inplace!(Subtract),
    inplace_multiply: inplace!(Multiply),
    inplace_remainder: inplace!(Remainder),
    inplace_lshift: inplace!(Lshift),
    inplace_rshift: inplace!(Rshift),
    inplace_and: inplace!(And),
    inplace_xor: inplace!(Xor),
    inplace_or: inplace!(Or),
    inplace_floor_divide: inplace!(FloorDivide),
    inplace_true_divide: inplace!(TrueDivide),
    inplace_matrix_multiply: inplace!(MatrixMultiply),

    len: unary!(item::len),
    contains: Some(|vm, this, v| item::contains(vm, *referent(vm, this)?, *unwrap(vm, v)?)),
    get_item: Some(|vm, this, key| item::get(vm, *referent(vm, this)?, *unwrap(vm, key)?)),
    set_item: Some(|vm, this, key, value| {
        let (target, key) = (referent(vm, this)?, unwrap(vm, key)?);
        match value {
            Some(v) => item::set(vm, *target, *key, *unwrap(vm, v)?),
            None => item::delete(vm, *target, *key),
        }
    }),
    ..Slots::EMPTY
};

/// `weakref.proxy(object, callback)`.
pub fn new(vm: &Vm, target: Value, callback: Option<Value>) -> PyResult {
    let callable = protocol::object::is_callable(vm, target);
    let ty = if callable { vm.types.weak_callable_proxy } else { vm.types.weak_proxy };
    create(vm, ty, target, callback)
}

pub(super) fn is_proxy_type(vm: &Vm, ty: TypeRef) -> bool {
    ty == vm.types.weak_proxy || ty == vm.types.weak_callable_proxy
}

fn referent(vm: &Vm, this: Value) -> PyResult {
    get(this).ok_or_else(|| vm.raise(vm.types.reference_error, "weakly-referenced object no longer exists"))
}

/// What `v` stands for: its referent if it is a proxy.
fn unwrap(vm: &Vm, v: Value) -> PyResult {
    if is_proxy_type(vm, type_of(vm, v)) { referent(vm, v) } else { Ok(v.own()) }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let text = match get(this) {
        None => format!("<weakproxy at {:#x}; dead>", this.0),
        Some(o) => {
            let t = qualified_name(vm, type_of(vm, *o));
            format!("<weakproxy at {:#x}; to '{t}' at {:#x}>", this.0, o.0)
        }
    };
    str::new(vm, &text)
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let target = referent(vm, this)?;
    if type_of(vm, *target).slots().next.is_none() {
        let t = type_of(vm, *target).name_str();
        return Err(vm.type_error(&format!("Weakref proxy referenced a non-iterator '{t}' object")));
    }
    iter::next(vm, *target)
}
