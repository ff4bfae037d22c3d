//! The type `dict`: methods and operators.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::objects::Dict;
use taipan_layout::{Kind, Value};

use super::super::sequence::{self, ReprText, at_most_one};
use super::super::spec::{
    MethodSpec, TypeSpec, class_method, method, method0, method1, raw_method, tp_flags,
};
use super::super::{CompareOp, Slots, TypeRef, genericalias, is_kind, set, str, tuple, type_of};
use super::{iterators, len, merge, next_entry, raw, table, views};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "dict",
    basicsize: size_of::<Dict>(),
    kind: Kind::Dict,
    flags: tp_flags::BASETYPE
        | tp_flags::HAVE_GC
        | tp_flags::MAPPING
        | tp_flags::MATCH_SELF
        | tp_flags::DICT_SUBCLASS,
    doc: "dict() -> new empty dictionary\ndict(mapping) -> with the mapping's (key, value) pairs\n\
          dict(iterable) -> with the pairs that the iterable gives\ndict(**kwargs) -> with the keyword arguments",
    slots: Slots {
        new: Some(|vm, cls, _| super::of_type(vm, TypeRef::from_value(vm, cls).unwrap_or(vm.types.dict))),
        init: Some(|vm, this, args| update_from_call(vm, this, args, "dict")),
        repr: Some(repr),
        richcompare: Some(richcompare),
        iter: Some(iterators::new_keys),
        len: Some(|_, this| Ok(len(this))),
        contains: Some(super::contains),
        get_item: Some(get_item),
        set_item: Some(set_item),
        or: Some(or),
        inplace_or: Some(inplace_or),
        dealloc: Some(super::dealloc),
        traverse: Some(super::traverse),
        clear: Some(super::clear_slot),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};

static METHODS: &[MethodSpec] = &[
    method1(
        "__contains__",
        "($self, key, /)",
        |vm, d, k| Ok(Owned::bool(super::contains(vm, d, k)?)),
        "Whether the dictionary has the key.",
    ),
    method1("__getitem__", "($self, key, /)", get_item, "Return self[key]."),
    method0("__sizeof__", sizeof, "Bytes of memory that the dictionary occupies."),
    method("get", "($self, key, default=None, /)", get, "The value of key, or default when it is not there."),
    method(
        "setdefault",
        "($self, key, default=None, /)",
        set_default,
        "The value of key, which is inserted with default when it is not there.",
    ),
    method(
        "pop",
        "($self, key, default=<unrepresentable>, /)",
        pop,
        "Remove key and return its value.\n\nWithout it: default if given, else KeyError.",
    ),
    method0(
        "popitem",
        pop_item,
        "Remove the newest entry and return it as a (key, value) pair.\n\nRaises KeyError when the dictionary is empty.",
    ),
    method0("keys", views::new_keys, "A set-like view of the keys."),
    method0("items", views::new_items, "A set-like view of the (key, value) pairs."),
    method0("values", views::new_values, "A view of the values."),
    raw_method(
        "update",
        "",
        |vm, d, args| {
            update_from_call(vm, d, args, "update")?;
            Ok(Owned::none())
        },
        "D.update([E, ]**F): take over entries from a mapping or an iterable of pairs, then from F.",
    ),
    class_method(
        "fromkeys",
        "($type, iterable, value=None, /)",
        from_keys,
        "A dictionary with keys from iterable, all with the same value.",
    ),
    method0(
        "clear",
        |vm, d| {
            super::clear(vm, d);
            Ok(Owned::none())
        },
        "Remove all entries.",
    ),
    method0("copy", super::copy, "A shallow copy."),
    method0(
        "__reversed__",
        iterators::new_reverse_keys,
        "An iterator over the keys from the newest to the oldest.",
    ),
    class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
];

/// What the constructor and `update` do with their arguments.
pub(crate) fn update_from_call(vm: &Vm, this: Value, args: Args, name: &str) -> PyResult<()> {
    if let Some(source) = at_most_one(vm, name, args)? {
        merge::update(vm, this, source)?;
    }
    for (k, v) in args.keywords() {
        super::set(vm, this, k, v)?;
    }
    Ok(())
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    if len(this) == 0 {
        return str::new(vm, "{}");
    }
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return str::new(vm, "{...}");
    };
    vm.check_native_stack(" while getting the repr of an object")?;
    let mut text = ReprText::new("{");
    let (mut pos, mut first) = (0, true);
    while let Some((k, v)) = next_entry(this, &mut pos) {
        let (k, v) = (k.own(), v.own());
        if !first {
            text.push(", ");
        }
        first = false;
        text.push_repr(vm, *k)?;
        text.push(": ");
        text.push_repr(vm, *v)?;
    }
    text.push("}");
    text.finish(vm)
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !super::is_dict(vm, a) || !super::is_dict(vm, b) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    vm.check_native_stack(" in comparison")?;
    Ok(Owned::bool(equal(vm, a, b)? == (op == CompareOp::Eq)))
}

fn equal(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
    if len(a) != len(b) {
        return Ok(false);
    }
    let mut pos = 0;
    while let Some((hash, k, v)) = super::next_hashed(a, &mut pos) {
        let (k, v) = (k.own(), v.own());
        match super::get_hashed(vm, b, *k, hash)? {
            Some(w) if sequence::equal(vm, *v, *w)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

#[inline]
fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    match super::get(vm, this, key)? {
        Some(v) => Ok(v),
        None => missing(vm, this, key),
    }
}

/// `d[key]` without such a key: subclasses may define `__missing__`.
#[cold]
pub(crate) fn missing(vm: &Vm, this: Value, key: Value) -> PyResult {
    if !is_kind(this, Kind::Dict)
        && let Some(hook) = protocol::attr::lookup_special(vm, this, *vm.names.__missing__)?
    {
        return protocol::call::positional(vm, *hook, &[key]);
    }
    Err(vm.key_error(key))
}

fn set_item(vm: &Vm, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(v) => super::set(vm, this, key, v),
        None => super::delete(vm, this, key),
    }
}

fn or(vm: &Vm, a: Value, b: Value) -> PyResult {
    if !super::is_dict(vm, a) || !super::is_dict(vm, b) {
        return Ok(Owned::not_implemented());
    }
    let new = super::copy(vm, a)?;
    merge::update(vm, *new, b)?;
    Ok(new)
}

fn inplace_or(vm: &Vm, this: Value, other: Value) -> PyResult {
    merge::update(vm, this, other)?;
    Ok(this.own())
}

fn or_none(v: Value) -> Value {
    if v.is_null() { Value::NONE } else { v }
}

fn get(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    Ok(super::get(vm, this, args[0])?.unwrap_or_else(|| or_none(args[1]).own()))
}

fn set_default(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    super::set_default(vm, this, args[0], or_none(args[1]))
}

fn pop(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    match super::take(vm, this, args[0])? {
        Some(v) => Ok(v),
        None if !args[1].is_null() => Ok(args[1].own()),
        None => Err(vm.key_error(args[0])),
    }
}

fn pop_item(vm: &Vm, this: Value) -> PyResult {
    match super::pop_last(vm, this) {
        Some((k, v)) => tuple::pair(vm, k, v),
        None => Err(vm.raise(vm.types.key_error, "popitem(): dictionary is empty")),
    }
}

fn from_keys(vm: &Vm, cls: Value, args: &[Value]) -> PyResult {
    let (iterable, value) = (args[0], or_none(args[1]));
    let d = protocol::call::positional(vm, cls, &[])?;
    if !is_kind(*d, Kind::Dict) {
        protocol::iter::for_each(vm, iterable, |k| protocol::item::set(vm, *d, *k, value))?;
        return Ok(d);
    }
    if is_kind(iterable, Kind::Dict) {
        super::reserve(vm, *d, len(iterable))?;
        let mut pos = 0;
        while let Some((hash, k, _)) = super::next_hashed(iterable, &mut pos) {
            super::set_hashed(vm, *d, *k.own(), hash, value)?;
        }
    } else if is_kind(iterable, Kind::Set) || is_kind(iterable, Kind::FrozenSet) {
        super::reserve(vm, *d, set::len(iterable))?;
        let mut pos = 0;
        while let Some((hash, k)) = set::next_entry(iterable, &mut pos) {
            super::set_hashed(vm, *d, *k.own(), hash, value)?;
        }
    } else {
        protocol::iter::for_each(vm, iterable, |k| super::set(vm, *d, *k, value))?;
    }
    Ok(d)
}

fn sizeof(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: a live dict.
    let table = unsafe { table::memory((*raw(this)).keys) };
    Ok(Owned::fixnum((type_of(vm, this).head.basicsize as usize + table) as i64))
}
