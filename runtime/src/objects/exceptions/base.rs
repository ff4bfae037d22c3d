//! `BaseException`: construction, text, attributes.

use std::mem::offset_of;

use taipan_layout::{Kind, Value};

use super::super::spec::{GetSet, Member, MemberType, TypeSpec, getset, member, method0, method1, tp_flags};
use super::super::{Slots, TypeRef, dict, is_instance, new_instance, owned, str, traceback, tuple, type_of};
use super::{BaseException, FLAGS, base};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static BASE_EXCEPTION: TypeSpec = TypeSpec {
    name: "BaseException",
    basicsize: size_of::<BaseException>(),
    kind: Kind::Exception,
    flags: FLAGS | tp_flags::BASE_EXC_SUBCLASS,
    dictoffset: offset_of!(BaseException, dict) as i32,
    doc: "What all exceptions have in common",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        str: Some(str_),
        dealloc: Some(super::dealloc),
        traverse: Some(super::traverse),
        clear: Some(super::dealloc),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__reduce__", reduce, ""),
        method1("__setstate__", "($self, state, /)", setstate, ""),
        method1(
            "with_traceback",
            "($self, tb, /)",
            with_traceback,
            "Set the traceback and return the exception.",
        ),
        method1(
            "add_note",
            "($self, note, /)",
            add_note,
            "Add a text that tracebacks show behind the message",
        ),
    ],
    getset: GETSET,
    members: MEMBERS,
    ..TypeSpec::DEFAULT
};

static GETSET: &[GetSet] = &[
    getset("__dict__", get_dict, set_dict, ""),
    getset("args", get_args, set_args, ""),
    getset("__traceback__", get_traceback, set_traceback, ""),
    getset("__context__", get_context, set_context, "exception context"),
    getset("__cause__", get_cause, set_cause, "exception cause"),
];

static MEMBERS: &[Member] =
    &[member("__suppress_context__", MemberType::Bool, offset_of!(BaseException, suppress_context), false)];

/// Allocates; `args` are the positional arguments. Keywords are `__init__`'s business.
pub(super) fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let Some(ty) = TypeRef::from_value(vm, cls) else {
        return Err(vm.type_error("BaseException.__new__(X): X is not a type object"));
    };
    let e = owned(new_instance::<BaseException>(vm, ty)?);
    let args = tuple::from_slice(vm, args.pos())?;
    // SAFETY: the object is new and an exception.
    unsafe { base(*e).args = args.into_value() };
    Ok(e)
}

pub(super) fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    if args.has_keywords() {
        super::no_keywords(vm, &type_of(vm, this).name_str(), args)?;
    }
    store_args(vm, this, args.pos())
}

/// Sets `args` unless they are those values already (the usual case: `__new__` has stored them).
pub(super) fn store_args(vm: &Vm, this: Value, args: &[Value]) -> PyResult<()> {
    // SAFETY: `this` is an exception.
    let current = unsafe { base(this).args };
    if !current.is_null() && tuple::items(&current) == args {
        return Ok(());
    }
    let args = tuple::from_slice(vm, args)?;
    // SAFETY: as above; the old tuple is dropped last.
    unsafe { crate::owned::replace(&raw mut base(this).args, Some(args)) };
    Ok(())
}

fn own_args(vm: &Vm, this: Value) -> Owned {
    // SAFETY: `this` is an exception.
    let args = unsafe { base(this).args };
    if args.is_null() { tuple::empty(vm) } else { args.own() }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let args = own_args(vm, this);
    let name = type_of(vm, this).short_name();
    let text = match tuple::items(&args) {
        [only] => {
            let only = only.own();
            protocol::object::repr(vm, *only)?
        }
        _ => protocol::object::repr(vm, *args)?,
    };
    let mut out = str::StrBuilder::new();
    out.push_str(&name);
    let single = tuple::items(&args).len() == 1;
    if single {
        out.push_str("(");
    }
    out.push_value(*text);
    if single {
        out.push_str(")");
    }
    out.finish(vm)
}

pub(super) fn str_(vm: &Vm, this: Value) -> PyResult {
    let args = own_args(vm, this);
    match tuple::items(&args) {
        [] => Ok(str::empty(vm)),
        [only] => {
            let only = only.own();
            protocol::object::str(vm, *only)
        }
        _ => protocol::object::str(vm, *args),
    }
}

/// `(type, args)` or `(type, args, state)`.
pub(super) fn reduce_with(vm: &Vm, this: Value, args: Value, state: Option<Owned>) -> PyResult {
    let ty = type_of(vm, this).value();
    match state {
        Some(state) => tuple::from_slice(vm, &[ty, args, *state]),
        None => tuple::from_slice(vm, &[ty, args]),
    }
}

/// The `__dict__`, when there is one.
pub(super) fn dict_of(this: Value) -> Option<Owned> {
    // SAFETY: `this` is an exception.
    let d = unsafe { base(this).dict };
    (!d.is_null()).then(|| d.own())
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let args = own_args(vm, this);
    reduce_with(vm, this, *args, dict_of(this))
}

fn setstate(vm: &Vm, this: Value, state: Value) -> PyResult {
    if !state.is_none() {
        if !is_instance(vm, state, vm.types.dict) {
            return Err(vm.type_error("state is not a dictionary"));
        }
        for (name, value) in dict::snapshot(state) {
            protocol::attr::set(vm, this, *name, *value)?;
        }
    }
    Ok(Owned::none())
}

fn with_traceback(vm: &Vm, this: Value, tb: Value) -> PyResult {
    set_traceback(vm, this, Some(tb))?;
    Ok(this.own())
}

fn add_note(vm: &Vm, this: Value, note: Value) -> PyResult {
    if !is_instance(vm, note, vm.types.str) {
        let got = type_of(vm, note).name_str();
        return Err(vm.type_error(&format!("add_note() argument must be str, not {got}")));
    }
    super::chain::append_note(vm, this, note)?;
    Ok(Owned::none())
}

fn get_dict(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is an exception; the field owns its word.
    unsafe {
        if base(this).dict.is_null() {
            let d = dict::new(vm)?;
            base(this).dict = d.into_value();
        }
        Ok(base(this).dict.own())
    }
}

fn set_dict(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("cannot delete __dict__")) };
    if !is_instance(vm, value, vm.types.dict) {
        let got = type_of(vm, value).name_str();
        return Err(vm.type_error(&format!("__dict__ must be set to a dictionary, not a '{got}'")));
    }
    // SAFETY: as above.
    unsafe { crate::owned::replace(&raw mut base(this).dict, Some(value.own())) };
    Ok(())
}

fn get_args(vm: &Vm, this: Value) -> PyResult {
    Ok(own_args(vm, this))
}

fn set_args(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("args may not be deleted")) };
    let items = protocol::iter::collect(vm, value)?;
    let args = tuple::from_owned(vm, items)?;
    // SAFETY: `this` is an exception; the field owns its word.
    unsafe { crate::owned::replace(&raw mut base(this).args, Some(args)) };
    Ok(())
}

fn or_none(v: Value) -> Owned {
    if v.is_null() { Owned::none() } else { v.own() }
}

fn get_traceback(_vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is an exception.
    Ok(or_none(unsafe { base(this).traceback }))
}

fn set_traceback(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("__traceback__ may not be deleted")) };
    if !value.is_none() && !traceback::is_traceback(vm, value) {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    super::set_traceback(this, (!value.is_none()).then(|| value.own()));
    Ok(())
}

fn checked_exception(vm: &Vm, value: Option<Value>, what: &str) -> PyResult<Option<Owned>> {
    let Some(value) = value else { return Err(vm.type_error(&format!("__{what}__ may not be deleted"))) };
    if value.is_none() {
        return Ok(None);
    }
    if !super::is_exception(vm, value) {
        return Err(vm.type_error(&format!("exception {what} must be None or derive from BaseException")));
    }
    Ok(Some(value.own()))
}

fn get_context(_vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is an exception.
    Ok(or_none(unsafe { base(this).context }))
}

fn set_context(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let value = checked_exception(vm, value, "context")?;
    super::set_context(this, value);
    Ok(())
}

fn get_cause(_vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is an exception.
    Ok(or_none(unsafe { base(this).cause }))
}

fn set_cause(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    let value = checked_exception(vm, value, "cause")?;
    super::set_cause(this, value);
    Ok(())
}
