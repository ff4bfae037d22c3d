//! `types.SimpleNamespace`: an object that is nothing but attributes.

use std::mem::offset_of;

use taipan_layout::{Header, Value};

use crate::args::Args;
use crate::objects::slots::CompareOp;
use crate::objects::spec::{Member, MemberType, TypeSpec, member, method0, raw_method, tp_flags};
use crate::objects::{Slots, TypeRef, cast, dict, is_instance, new_instance, owned, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
struct Namespace {
    header: Header,
    dict: Value,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "types.SimpleNamespace",
    basicsize: size_of::<Namespace>(),
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    dictoffset: offset_of!(Namespace, dict) as i32,
    doc: "An object with the attributes that it is made with.",
    signature: "(mapping_or_iterable=(), /, **kwargs)",
    slots: Slots {
        new: Some(construct),
        init: Some(init),
        repr: Some(repr),
        richcompare: Some(richcompare),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__reduce__", reduce, "What pickle needs to make the callable again."),
        raw_method("__replace__", "($self, /, **changes)", replace, "Return a copy with new values."),
    ],
    members: MEMBERS,
    ..TypeSpec::DEFAULT
};

static MEMBERS: &[Member] =
    &[member("__dict__", MemberType::ObjectOrNone, offset_of!(Namespace, dict), true)];

/// A namespace with these attributes.
pub fn new(vm: &Vm, items: &[(&str, Value)]) -> PyResult {
    let n = construct(vm, vm.types.simple_namespace.value(), Args::EMPTY)?;
    for (name, v) in items {
        dict::set_str(vm, dict_of(*n), *str::intern(vm, name), *v)?;
    }
    Ok(n)
}

fn dict_of(this: Value) -> Value {
    // SAFETY: callers pass namespaces.
    unsafe { cast::<Namespace>(this).dict }
}

fn construct(vm: &Vm, cls: Value, _args: Args) -> PyResult {
    let Some(ty) = TypeRef::from_value(vm, cls) else { return Err(vm.type_error("X is not a type object")) };
    let n = owned(new_instance::<Namespace>(vm, ty)?);
    let d = dict::new(vm)?;
    // SAFETY: the object is new.
    unsafe { cast::<Namespace>(*n).dict = d.into_value() };
    Ok(n)
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    if args.pos().len() > 1 {
        let n = args.pos().len();
        return Err(vm.type_error(&format!("SimpleNamespace expected at most 1 argument, got {n}")));
    }
    let d = dict_of(this).own();
    if let Some(first) = args.pos().first() {
        let given = protocol::call::positional(vm, vm.types.dict.value(), &[*first])?;
        for (k, v) in dict::snapshot(*given) {
            if !is_instance(vm, *k, vm.types.str) {
                return Err(vm.type_error("keywords must be strings"));
            }
            dict::set(vm, *d, *k, *v)?;
        }
    }
    for (k, v) in args.keywords() {
        dict::set(vm, *d, k, v)?;
    }
    Ok(())
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let name = if type_of(vm, this) == vm.types.simple_namespace {
        "namespace".to_owned()
    } else {
        type_of(vm, this).name_str()
    };
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return str::new(vm, &format!("{name}(...)"));
    };
    let mut out = str::StrBuilder::new();
    out.push_str(&name);
    out.push_str("(");
    let mut first = true;
    for (k, v) in dict::snapshot(dict_of(this)) {
        if !is_instance(vm, *k, vm.types.str) || str::length(*k) == 0 {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push_str(", ");
        }
        out.push_value(*k);
        out.push_str("=");
        out.push_value(*protocol::object::repr(vm, *v)?);
    }
    out.push_str(")");
    out.finish(vm)
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    let both = [a, b].iter().all(|v| is_instance(vm, *v, vm.types.simple_namespace));
    if !both || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    let (x, y) = (dict_of(a).own(), dict_of(b).own());
    protocol::compare::rich(vm, *x, *y, op)
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let empty = tuple::empty(vm);
    tuple::from_slice(vm, &[type_of(vm, this).value(), *empty, dict_of(this)])
}

fn replace(vm: &Vm, this: Value, args: Args) -> PyResult {
    if !args.pos().is_empty() {
        return Err(vm.type_error("__replace__() takes no positional arguments"));
    }
    let copy = protocol::call::positional(vm, type_of(vm, this).value(), &[])?;
    if !is_instance(vm, *copy, vm.types.simple_namespace) {
        let class = crate::objects::typeobject::attrs::full_name(vm, type_of(vm, this));
        let got = type_of(vm, *copy).name_str();
        let text = format!("expect types.SimpleNamespace type, but {class}() returned '{got}' object");
        return Err(vm.type_error(&text));
    }
    let d = dict_of(*copy).own();
    for (k, v) in dict::snapshot(dict_of(this)) {
        dict::set(vm, *d, *k, *v)?;
    }
    for (k, v) in args.keywords() {
        dict::set(vm, *d, k, v)?;
    }
    Ok(copy)
}

unsafe fn dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is a namespace; its word is taken out before it is dropped.
    unsafe { decref(std::mem::replace(&mut (*(this as *mut Namespace)).dict, Value::NULL)) };
}

unsafe fn traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a namespace.
    let v = unsafe { (*(this as *mut Namespace)).dict };
    if !v.is_null() {
        visit(v);
    }
}
