//! The objects of which there is one: `None`, `Ellipsis`, `NotImplemented` (immediates, see `taipan_layout::value`), and
//! the few heap objects that are made once: empty containers, one-character strings, the `MemoryError` that is
//! raised when there is no memory to make one.
#![allow(unsafe_code, reason = "object layout")]

use std::cell::Cell;

use taipan_layout::Value;
use taipan_layout::header::IMMORTAL;

use super::spec::{method0, tp_flags};
use super::{Slots, TypeSpec, exceptions, str};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// Immortal objects, each NULL until first needed.
pub struct Singletons {
    pub memory_error: Cell<Value>,
    pub empty_tuple: Cell<Value>,
    pub empty_str: Cell<Value>,
    pub empty_bytes: Cell<Value>,
    /// Strings of one code point below 256.
    pub latin1: [Cell<Value>; 256],
    /// Byte strings of length one.
    pub single_bytes: [Cell<Value>; 256],
}

impl Default for Singletons {
    fn default() -> Self {
        let null = || Cell::new(Value::NULL);
        Singletons {
            memory_error: null(),
            empty_tuple: null(),
            empty_str: null(),
            empty_bytes: null(),
            latin1: std::array::from_fn(|_| null()),
            single_bytes: std::array::from_fn(|_| null()),
        }
    }
}

/// Makes what cannot be made later.
pub(super) fn fill(vm: &Vm) {
    super::tuple::empty(vm);
    let e = exceptions::create(vm, vm.types.memory_error, &[]).expect("start-up needs memory");
    // SAFETY: the object is live; nobody counts on its count yet.
    unsafe { (*e.header()).rc = IMMORTAL };
    vm.singletons.memory_error.set(e.into_value());
}

pub static NONE_SPEC: TypeSpec = TypeSpec {
    name: "NoneType",
    doc: "The class of None.",
    signature: "()",
    slots: Slots {
        new: Some(|vm, _, args| only(vm, args, "NoneType", Value::NONE)),
        repr: Some(|vm, _| str::new(vm, "None")),
        // The number that CPython gives it, so that sets of optional values print alike.
        hash: Some(|_, _| Ok(0xFCA86420)),
        bool: Some(|_, _| Ok(false)),
        ..Slots::EMPTY
    },
    ..TypeSpec::DEFAULT
};

pub static ELLIPSIS_SPEC: TypeSpec = TypeSpec {
    name: "ellipsis",
    doc: "The class of the constant ...",
    signature: "()",
    flags: tp_flags::IMMUTABLETYPE,
    slots: Slots {
        new: Some(|vm, _, args| only(vm, args, "EllipsisType", Value::ELLIPSIS)),
        repr: Some(|vm, _| str::new(vm, "Ellipsis")),
        ..Slots::EMPTY
    },
    methods: &[method0("__reduce__", |vm, _| str::new(vm, "Ellipsis"), "")],
    ..TypeSpec::DEFAULT
};

pub static NOT_IMPLEMENTED_SPEC: TypeSpec = TypeSpec {
    name: "NotImplementedType",
    doc: "The class of NotImplemented.",
    signature: "()",
    slots: Slots {
        new: Some(|vm, _, args| only(vm, args, "NotImplementedType", Value::NOT_IMPLEMENTED)),
        repr: Some(|vm, _| str::new(vm, "NotImplemented")),
        bool: Some(|vm, _| Err(vm.type_error("NotImplemented should not be used in a boolean context"))),
        ..Slots::EMPTY
    },
    methods: &[method0("__reduce__", |vm, _| str::new(vm, "NotImplemented"), "")],
    ..TypeSpec::DEFAULT
};

/// The constructor of a type with one instance.
fn only(vm: &Vm, args: Args, name: &str, instance: Value) -> PyResult<Owned> {
    if !args.all().is_empty() {
        return Err(vm.type_error(&format!("{name} takes no arguments")));
    }
    Ok(instance.own())
}
