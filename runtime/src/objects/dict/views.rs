//! `dict_keys`, `dict_values`, `dict_items`: views of a dict that see its changes. Those of keys and items behave
//! like sets; their operators accept any iterable and answer with a `set`.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::header::Header;
use taipan_layout::{Kind, Value};

use super::super::sequence::{self, ReprText};
use super::super::spec::{GetSet, MethodSpec, TypeSpec, getter, method0, method1, tp_flags};
use super::super::{CompareOp, Slots, descr, is_kind, list, new_instance, set, tuple, type_of};
use super::super::{TypeRef, str};
pub use super::iterators::{
    ITEM_ITER_SPEC, KEY_ITER_SPEC, REVERSE_ITEM_ITER_SPEC, REVERSE_KEY_ITER_SPEC, REVERSE_VALUE_ITER_SPEC,
    VALUE_ITER_SPEC,
};
use super::{iterators, len};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
struct View {
    header: Header,
    dict: Value,
}

/// What all views have in common.
pub(crate) const BASE: TypeSpec = TypeSpec {
    basicsize: size_of::<View>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    getset: GETSET,
    ..TypeSpec::DEFAULT
};
const BASE_SLOTS: Slots = Slots {
    repr: Some(repr),
    len: Some(|_, this| Ok(len(dict_of(this)))),
    dealloc: Some(dealloc),
    traverse: Some(traverse),
    ..Slots::EMPTY
};
const SET_SLOTS: Slots = Slots {
    richcompare: Some(richcompare),
    subtract: Some(subtract),
    and: Some(and),
    xor: Some(xor),
    or: Some(or),
    ..BASE_SLOTS
};
const GETSET: &[GetSet] = &[getter(
    "mapping",
    |vm, this| descr::mappingproxy::new(vm, dict_of(this)),
    "The dictionary behind this view.",
)];
const REVERSED: &str = "A reverse iterator over the view.";
const DISJOINT: MethodSpec = method1(
    "isdisjoint",
    "($self, object, /)",
    is_disjoint,
    "Whether the view and an iterable have nothing in common.",
);

pub static KEYS_SPEC: TypeSpec = TypeSpec {
    name: "dict_keys",
    slots: Slots {
        iter: Some(|vm, this| iterators::new(vm, vm.types.dict_keyiterator, dict_of(this), false)),
        contains: Some(|vm, this, key| super::contains(vm, dict_of(this), key)),
        ..SET_SLOTS
    },
    methods: &[
        DISJOINT,
        method0("__reversed__", |vm, this| iterators::new_reverse_keys(vm, dict_of(this)), REVERSED),
    ],
    ..BASE
};
pub static ITEMS_SPEC: TypeSpec = TypeSpec {
    name: "dict_items",
    slots: Slots {
        iter: Some(|vm, this| iterators::new(vm, vm.types.dict_itemiterator, dict_of(this), false)),
        contains: Some(items_contains),
        ..SET_SLOTS
    },
    methods: &[
        DISJOINT,
        method0(
            "__reversed__",
            |vm, this| iterators::new(vm, vm.types.dict_reverseitemiterator, dict_of(this), true),
            REVERSED,
        ),
    ],
    ..BASE
};
pub static VALUES_SPEC: TypeSpec = TypeSpec {
    name: "dict_values",
    slots: Slots {
        iter: Some(|vm, this| iterators::new(vm, vm.types.dict_valueiterator, dict_of(this), false)),
        ..BASE_SLOTS
    },
    methods: &[method0(
        "__reversed__",
        |vm, this| iterators::new(vm, vm.types.dict_reversevalueiterator, dict_of(this), true),
        REVERSED,
    )],
    ..BASE
};

pub(crate) fn dict_of(view: Value) -> Value {
    // SAFETY: callers pass live views, which keep their dict.
    unsafe { (*view.as_ptr::<View>()).dict }
}

pub(crate) fn new(vm: &Vm, ty: TypeRef, dict: Value) -> PyResult {
    let p = new_instance::<View>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe { (*p).dict = dict.own().into_value() };
    Ok(Owned::from_new(p))
}
pub fn new_keys(vm: &Vm, dict: Value) -> PyResult {
    new(vm, vm.types.dict_keys, dict)
}
pub fn new_values(vm: &Vm, dict: Value) -> PyResult {
    new(vm, vm.types.dict_values, dict)
}
pub fn new_items(vm: &Vm, dict: Value) -> PyResult {
    new(vm, vm.types.dict_items, dict)
}

/// A view of keys or items.
fn is_set_like(vm: &Vm, v: Value) -> bool {
    let ty = type_of(vm, v);
    ty == vm.types.dict_keys
        || ty == vm.types.dict_items
        || ty == vm.types.odict_keys
        || ty == vm.types.odict_items
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return str::new(vm, "...");
    };
    let all = list::from_iterable(vm, this)?;
    let mut text = ReprText::new(&type_of(vm, this).name_str());
    text.push("(");
    text.push_repr(vm, *all)?;
    text.push(")");
    text.finish(vm)
}

fn items_contains(vm: &Vm, this: Value, item: Value) -> PyResult<bool> {
    if !tuple::is_tuple(vm, item) {
        return Ok(false);
    }
    let &[key, value] = tuple::items(&item) else { return Ok(false) };
    match super::get(vm, dict_of(this), key)? {
        Some(found) => sequence::equal(vm, *found, value),
        None => Ok(false),
    }
}

/// Whether every item of `a` is in `b`.
fn all_in(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
    let it = protocol::iter::iter(vm, a)?;
    while let Some(item) = protocol::iter::next(vm, *it)? {
        if !protocol::item::contains(vm, b, *item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !set::is_any_set(vm, b) && !is_set_like(vm, b) {
        return Ok(Owned::not_implemented());
    }
    let (m, n) = (protocol::item::len(vm, a)?, protocol::item::len(vm, b)?);
    let holds = match op {
        CompareOp::Eq => m == n && all_in(vm, a, b)?,
        CompareOp::Ne => m != n || !all_in(vm, a, b)?,
        CompareOp::Lt => m < n && all_in(vm, a, b)?,
        CompareOp::Le => m <= n && all_in(vm, a, b)?,
        CompareOp::Gt => m > n && all_in(vm, b, a)?,
        CompareOp::Ge => m >= n && all_in(vm, b, a)?,
    };
    Ok(Owned::bool(holds))
}

fn subtract(vm: &Vm, a: Value, b: Value) -> PyResult {
    let result = set::from_iterable(vm, a)?;
    set::difference_update(vm, *result, b)?;
    Ok(result)
}

fn or(vm: &Vm, a: Value, b: Value) -> PyResult {
    let result = set::from_iterable(vm, a)?;
    set::update(vm, *result, b)?;
    Ok(result)
}

fn xor(vm: &Vm, a: Value, b: Value) -> PyResult {
    let result = set::from_iterable(vm, a)?;
    set::symmetric_difference_update(vm, *result, b)?;
    Ok(result)
}

fn and(vm: &Vm, a: Value, b: Value) -> PyResult {
    // The view may be the right operand of something else.
    let (mut view, mut other) = if is_set_like(vm, a) { (a, b) } else { (b, a) };
    let n = protocol::item::len(vm, view)?;
    if is_kind(other, Kind::Set) && n <= set::len(other) {
        return set::intersection(vm, other, view);
    }
    if is_set_like(vm, other) && protocol::item::len(vm, other)? > n {
        std::mem::swap(&mut view, &mut other);
    }
    let result = set::new(vm)?;
    protocol::iter::for_each(vm, other, |item| {
        if protocol::item::contains(vm, view, *item)? {
            set::add(vm, *result, *item)?;
        }
        Ok(())
    })?;
    Ok(result)
}

fn is_disjoint(vm: &Vm, this: Value, other: Value) -> PyResult {
    if this == other {
        return Ok(Owned::bool(protocol::item::len(vm, this)? == 0));
    }
    let (mut view, mut other) = (this, other);
    if (is_kind(other, Kind::Set) || is_kind(other, Kind::FrozenSet) || is_set_like(vm, other))
        && protocol::item::len(vm, other)? > protocol::item::len(vm, view)?
    {
        std::mem::swap(&mut view, &mut other);
    }
    let it = protocol::iter::iter(vm, other)?;
    while let Some(item) = protocol::iter::next(vm, *it)? {
        if protocol::item::contains(vm, view, *item)? {
            return Ok(Owned::bool(false));
        }
    }
    Ok(Owned::bool(true))
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the view is dying and owns its word.
    unsafe { decref((*(object as *mut View)).dict) };
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: a live view.
    let dict = unsafe { (*(object as *mut View)).dict };
    if !dict.is_null() {
        visit(dict);
    }
}
