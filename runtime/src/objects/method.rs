//! Bound methods: a callable with its first argument.

use std::mem::offset_of;

use taipan_layout::objects::Method;
use taipan_layout::{Header, Kind, Value};

use super::slots::CompareOp;
use super::spec::{Member, MemberType, TypeSpec, member, method0, tp_flags};
use super::{Slots, cast, is_instance, new_exact, owned, str, tuple, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "method",
    basicsize: size_of::<Method>(),
    kind: Kind::Method,
    flags: tp_flags::HAVE_GC | tp_flags::WEAKREFABLE,
    doc: "Create a bound instance method object.",
    signature: "(function, instance, /)",
    slots: Slots {
        new: Some(construct),
        repr: Some(repr),
        hash: Some(hash),
        call: Some(call),
        getattro: Some(getattro),
        richcompare: Some(richcompare),
        descr_get: Some(descr_get),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: &[method0("__reduce__", reduce, "")],
    members: MEMBERS,
    getset: &[super::spec::getter("__doc__", get_doc, "")],
    ..TypeSpec::DEFAULT
};

static MEMBERS: &[Member] = &[
    member("__func__", MemberType::Object, offset_of!(Method, function), true),
    member("__self__", MemberType::Object, offset_of!(Method, receiver), true),
];

/// `function` bound to `receiver`.
pub fn new(vm: &Vm, function: Value, receiver: Value) -> PyResult {
    let m = new_exact::<Method>(vm, vm.types.method)?;
    // SAFETY: the object is new.
    unsafe {
        (*m).function = function.own().into_value();
        (*m).receiver = receiver.own().into_value();
    }
    Ok(owned(m))
}

/// Function and receiver of a bound method; borrowed.
pub fn parts(this: Value) -> (Value, Value) {
    // SAFETY: callers pass methods.
    let m = unsafe { cast::<Method>(this) };
    (m.function, m.receiver)
}

fn construct(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    if args.has_keywords() {
        return Err(vm.type_error("method() takes no keyword arguments"));
    }
    let [function, receiver] = *args.pos() else {
        return Err(vm.type_error(&format!("method expected 2 arguments, got {}", args.pos().len())));
    };
    if !protocol::object::is_callable(vm, function) {
        return Err(vm.type_error("first argument must be callable"));
    }
    if receiver.is_none() {
        return Err(vm.type_error("instance must not be None"));
    }
    new(vm, function, receiver)
}

fn call(vm: &Vm, this: Value, args: Args) -> PyResult {
    let (function, receiver) = parts(this);
    let (function, receiver) = (function.own(), receiver.own());
    protocol::call::prepend_args(vm, *function, *receiver, args)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let (function, receiver) = parts(this);
    let (function, receiver) = (function.own(), receiver.own());
    let mut name = protocol::attr::get_optional(vm, *function, *vm.names.__qualname__)?;
    if name.is_none() {
        name = protocol::attr::get_optional(vm, *function, *vm.names.__name__)?;
    }
    let name = name.filter(|n| is_instance(vm, **n, vm.types.str));
    let mut out = str::StrBuilder::new();
    out.push_str("<bound method ");
    match name {
        Some(n) => out.push_value(*n),
        None => out.push_str("?"),
    }
    out.push_str(" of ");
    out.push_value(*protocol::object::repr(vm, *receiver)?);
    out.push_str(">");
    out.finish(vm)
}

/// By identity of the receiver and value of the function, as equality is.
fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    let (function, receiver) = parts(this);
    let h = (receiver.0 >> 4) as i64 ^ protocol::compare::hash(vm, function)?;
    Ok(if h == -1 { -2 } else { h })
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    let comparable = matches!(op, CompareOp::Eq | CompareOp::Ne)
        && type_of(vm, a) == vm.types.method
        && type_of(vm, b) == vm.types.method;
    if !comparable {
        return Ok(Owned::not_implemented());
    }
    let ((f, x), (g, y)) = (parts(a), parts(b));
    let (f, g) = (f.own(), g.own());
    let same = x == y && protocol::compare::equal(vm, *f, *g)?;
    Ok(Owned::bool(same == (op == CompareOp::Eq)))
}

/// The type's own attributes, then those of the function.
fn getattro(vm: &Vm, this: Value, name: Value) -> PyResult {
    let key = protocol::attr::name_key(vm, name)?;
    let ty = type_of(vm, this);
    if let Some(found) = ty.lookup(vm, *key).map(Counted::own) {
        return match type_of(vm, *found).slots().descr_get {
            Some(get) => get(vm, *found, Some(this), ty.value()),
            None => Ok(found),
        };
    }
    let function = parts(this).0.own();
    protocol::attr::get(vm, *function, *key)
}

fn get_doc(vm: &Vm, this: Value) -> PyResult {
    let function = parts(this).0.own();
    protocol::attr::get(vm, *function, *vm.names.__doc__)
}

/// Bound already: binding again changes nothing.
fn descr_get(_vm: &Vm, this: Value, _instance: Option<Value>, _owner: Value) -> PyResult {
    Ok(this.own())
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let (function, receiver) = parts(this);
    let (function, receiver) = (function.own(), receiver.own());
    let name = protocol::attr::get(vm, *function, *vm.names.__name__)?;
    let getattr = super::function::builtins::named(vm, "getattr")?;
    let args = tuple::from_slice(vm, &[*receiver, *name])?;
    tuple::from_slice(vm, &[*getattr, *args])
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the object is a method; each word is taken out before it is dropped.
    unsafe {
        let m = object as *mut Method;
        decref(std::mem::replace(&mut (*m).function, Value::NULL));
        decref(std::mem::replace(&mut (*m).receiver, Value::NULL));
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a method.
    unsafe {
        let m = object as *mut Method;
        for v in [(*m).function, (*m).receiver] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
