//! `mappingproxy`: a read-only view of a mapping; `cls.__dict__` is one.

use taipan_layout::{Header, Value};

use super::super::spec::*;
use super::super::{CompareOp, Slots, TypeRef, cast, is_instance, new_instance, owned, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, PyResult, decref};
use crate::protocol::{self, call};
use crate::signature;
use crate::vm::Vm;

#[repr(C)]
pub struct MappingProxy {
    pub header: Header,
    pub mapping: Value,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "mappingproxy",
    basicsize: size_of::<MappingProxy>(),
    flags: tp_flags::HAVE_GC | tp_flags::MAPPING,
    doc: "Read-only proxy of a mapping.",
    signature: "(mapping)",
    slots: Slots {
        repr: Some(|vm, p| {
            let inner = protocol::object::repr_string(vm, mapping(p))?;
            str::new(vm, &format!("mappingproxy({inner})"))
        }),
        str: Some(|vm, p| protocol::object::str(vm, mapping(p))),
        hash: Some(|vm, p| protocol::compare::hash(vm, mapping(p))),
        richcompare: Some(compare),
        iter: Some(|vm, p| protocol::iter::iter(vm, mapping(p))),
        len: Some(|vm, p| protocol::item::len(vm, mapping(p))),
        get_item: Some(|vm, p, k| protocol::item::get(vm, mapping(p), k)),
        contains: Some(|vm, p, k| protocol::item::contains(vm, mapping(p), k)),
        or: Some(or),
        inplace_or: Some(inplace_or),
        new: Some(construct),
        init: Some(|_, _, _| Ok(())),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    methods: &[
        class_method1(
            "__class_getitem__",
            "($type, object, /)",
            crate::objects::object::generic_alias,
            "See PEP 585",
        ),
        method(
            "get",
            "($self, key, default=None, /)",
            get,
            "Return the value for key if key is in the mapping, else default.",
        ),
        method0("keys", |vm, p| forward(vm, p, "keys"), "a set-like object providing a view on D's keys"),
        method0("values", |vm, p| forward(vm, p, "values"), "an object providing a view on D's values"),
        method0("items", |vm, p| forward(vm, p, "items"), "a set-like object providing a view on D's items"),
        method0("copy", |vm, p| forward(vm, p, "copy"), "a shallow copy of D"),
        method0("__reversed__", |vm, p| forward(vm, p, "__reversed__"), "reverse iterator"),
    ],
    ..TypeSpec::DEFAULT
};

fn mapping(v: Value) -> Value {
    // SAFETY: called through this type's slots only.
    unsafe { cast::<MappingProxy>(v) }.mapping
}

pub fn new(vm: &Vm, mapping: Value) -> PyResult {
    let p = new_instance::<MappingProxy>(vm, vm.types.mappingproxy)?;
    // SAFETY: fresh memory.
    unsafe { (*p).mapping = mapping.own().into_value() };
    Ok(owned(p))
}

fn construct(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    let s = signature::Signature::parse("(mapping)");
    let mut a = [Value::NULL];
    let bound = s.bind(vm, "mappingproxy", args, &mut a)?;
    let ok = type_of(vm, a[0]).slots().get_item.is_some()
        && !is_instance(vm, a[0], vm.types.list)
        && !is_instance(vm, a[0], vm.types.tuple)
        && TypeRef::from_value(vm, a[0]).is_none();
    if !ok {
        let got = type_of(vm, a[0]).name_str();
        return Err(vm.type_error(&format!("mappingproxy() argument must be a mapping, not {got}")));
    }
    let r = new(vm, a[0]);
    bound.release();
    r
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    let inner = |v: Value| if type_of(vm, v) == vm.types.mappingproxy { mapping(v) } else { v };
    protocol::compare::rich(vm, inner(a), inner(b), op)
}

fn get(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let default = if args[1].is_null() { Value::NONE } else { args[1] };
    protocol::attr::call_attr(vm, mapping(this), "get", &[args[0], default])
}

fn forward(vm: &Vm, this: Value, name: &str) -> PyResult {
    call::method(vm, mapping(this), *str::intern(vm, name), &[])
}

fn or(vm: &Vm, a: Value, b: Value) -> PyResult {
    let inner = |v: Value| if type_of(vm, v) == vm.types.mappingproxy { mapping(v) } else { v };
    protocol::number::binary(vm, protocol::number::NbOp::Or, inner(a), inner(b))
}

fn inplace_or(vm: &Vm, a: Value, _: Value) -> PyResult {
    let t = type_of(vm, a).name_str();
    Err(vm.type_error(&format!("'|=' is not supported by {t}; use '|' instead")))
}

unsafe fn dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and of this type.
    unsafe { decref((*(object as *mut MappingProxy)).mapping) };
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is of this type.
    unsafe { visit((*(object as *mut MappingProxy)).mapping) };
}
