//! The types `set`, `frozenset` and `set_iterator`.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::header::Header;
use taipan_layout::{Kind, Value};

use super::super::sequence::{self, ReprText, at_most_one, builtin, no_keywords};
use super::super::spec::{MethodSpec, TypeSpec, class_method, method, method0, method1, tp_flags};
use super::super::{
    CompareOp, Slots, TypeRef, genericalias, is_kind, list, new_instance, str, tuple, type_of,
};
use super::table::{self, SMALL, Set, Slot};
use super::{add, contains, discard, is_any_set, len, next_entry, of_type, ops, raw, snapshot};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

const COMMON_SLOTS: Slots = Slots {
    repr: Some(repr),
    richcompare: Some(richcompare),
    iter: Some(new_iter),
    len: Some(|_, this| Ok(len(this))),
    contains: Some(contains),
    subtract: Some(|vm, a, b| operator(vm, a, b, ops::difference)),
    and: Some(|vm, a, b| operator(vm, a, b, ops::intersection)),
    xor: Some(|vm, a, b| operator(vm, a, b, ops::symmetric_difference)),
    or: Some(|vm, a, b| operator(vm, a, b, union_two)),
    dealloc: Some(super::dealloc),
    traverse: Some(super::traverse),
    ..Slots::EMPTY
};
const COMMON_FLAGS: u64 =
    tp_flags::BASETYPE | tp_flags::HAVE_GC | tp_flags::MATCH_SELF | tp_flags::WEAKREFABLE;

pub static SPEC: TypeSpec = TypeSpec {
    name: "set",
    basicsize: size_of::<Set>(),
    kind: Kind::Set,
    flags: COMMON_FLAGS,
    doc: "An unordered collection without duplicates.",
    signature: "(iterable=(), /)",
    slots: Slots {
        new: Some(|vm, cls, _| of_type(vm, TypeRef::from_value(vm, cls).unwrap_or(vm.types.set))),
        init: Some(init),
        inplace_subtract: Some(|vm, a, b| inplace(vm, a, b, ops::difference_update)),
        inplace_and: Some(|vm, a, b| inplace(vm, a, b, intersection_update)),
        inplace_xor: Some(|vm, a, b| inplace(vm, a, b, ops::symmetric_difference_update)),
        inplace_or: Some(|vm, a, b| inplace(vm, a, b, ops::update)),
        clear: Some(super::clear_slot),
        ..COMMON_SLOTS
    },
    methods: SET_METHODS,
    ..TypeSpec::DEFAULT
};

pub static FROZEN_SPEC: TypeSpec = TypeSpec {
    name: "frozenset",
    basicsize: size_of::<Set>(),
    kind: Kind::FrozenSet,
    flags: COMMON_FLAGS,
    doc: "An unordered collection without duplicates that never changes.",
    signature: "(iterable=(), /)",
    slots: Slots { new: Some(frozen_new), hash: Some(hash), ..COMMON_SLOTS },
    methods: &[
        CONTAINS,
        method0("copy", copy, COPY_DOC),
        DIFFERENCE,
        INTERSECTION,
        IS_DISJOINT,
        IS_SUBSET,
        IS_SUPERSET,
        REDUCE,
        SIZEOF,
        SYMMETRIC_DIFFERENCE,
        UNION,
        CLASS_GETITEM,
    ],
    ..TypeSpec::DEFAULT
};

const COPY_DOC: &str = "A shallow copy.";
const OTHERS: &str = "($self, /, *others)";
const CONTAINS: MethodSpec = method1(
    "__contains__",
    "($self, object, /)",
    |vm, s, v| Ok(Owned::bool(contains(vm, s, v)?)),
    "Whether y is an item.",
);
const DIFFERENCE: MethodSpec =
    method("difference", OTHERS, difference, "A new set of the items that none of the others has.");
const INTERSECTION: MethodSpec =
    method("intersection", OTHERS, intersection, "A new set of the items that all others have too.");
const IS_DISJOINT: MethodSpec = method1(
    "isdisjoint",
    "($self, other, /)",
    |vm, s, o| Ok(Owned::bool(ops::is_disjoint(vm, s, o)?)),
    "Whether the two have no item in common.",
);
const IS_SUBSET: MethodSpec = method1(
    "issubset",
    "($self, other, /)",
    |vm, s, o| Ok(Owned::bool(is_subset(vm, s, o)?)),
    "Whether other contains every item of the set.",
);
const IS_SUPERSET: MethodSpec = method1(
    "issuperset",
    "($self, other, /)",
    |vm, s, o| Ok(Owned::bool(ops::is_superset(vm, s, o)?)),
    "Whether the set contains every item of other.",
);
const REDUCE: MethodSpec = method0("__reduce__", reduce, "State for pickling.");
const SIZEOF: MethodSpec = method0("__sizeof__", sizeof, "Bytes of memory that the set occupies.");
const SYMMETRIC_DIFFERENCE: MethodSpec = method1(
    "symmetric_difference",
    "($self, other, /)",
    ops::symmetric_difference,
    "A new set of the items that exactly one of the two has.",
);
const UNION: MethodSpec =
    method("union", OTHERS, union, "A new set of the items of this set and of all others.");
const CLASS_GETITEM: MethodSpec =
    class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585");

static SET_METHODS: &[MethodSpec] = &[
    CONTAINS,
    method1(
        "add",
        "($self, object, /)",
        |vm, s, v| {
            add(vm, s, v)?;
            Ok(Owned::none())
        },
        "Add an item; nothing happens when it is there already.",
    ),
    method0(
        "clear",
        |_, s| {
            super::clear(s);
            Ok(Owned::none())
        },
        "Remove all items.",
    ),
    method0("copy", ops::copy, COPY_DOC),
    method1(
        "discard",
        "($self, object, /)",
        |vm, s, v| {
            discard(vm, s, v)?;
            Ok(Owned::none())
        },
        "Remove an item if it is there.",
    ),
    DIFFERENCE,
    method(
        "difference_update",
        OTHERS,
        |vm, s, args| each(vm, s, args, ops::difference_update),
        "Remove the items that any of the others has.",
    ),
    INTERSECTION,
    method(
        "intersection_update",
        OTHERS,
        intersection_update_all,
        "Keep the items that all others have too.",
    ),
    IS_DISJOINT,
    IS_SUBSET,
    IS_SUPERSET,
    method0("pop", pop, "Remove some item and return it.\n\nRaises KeyError when the set is empty."),
    REDUCE,
    method1(
        "remove",
        "($self, object, /)",
        remove,
        "Remove an item.\n\nRaises KeyError when it is not there.",
    ),
    SIZEOF,
    SYMMETRIC_DIFFERENCE,
    method1(
        "symmetric_difference_update",
        "($self, other, /)",
        |vm, s, o| {
            ops::symmetric_difference_update(vm, s, o)?;
            Ok(Owned::none())
        },
        "Keep the items that exactly one of the two has.",
    ),
    UNION,
    method("update", OTHERS, |vm, s, args| each(vm, s, args, ops::update), "Add the items of all others."),
    CLASS_GETITEM,
];

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    no_keywords(vm, "set", args)?;
    let iterable = at_most_one(vm, "set", args)?;
    // SAFETY: a live set.
    if unsafe { (*raw(this)).fill } > 0 {
        super::clear(this);
    }
    match iterable {
        Some(v) => ops::update(vm, this, v),
        None => Ok(()),
    }
}

fn frozen_new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.frozenset);
    if ty == vm.types.frozenset || sequence::same_init(ty, vm.types.frozenset) {
        no_keywords(vm, "frozenset", args)?;
    }
    let iterable = at_most_one(vm, "frozenset", args)?;
    if let Some(v) = iterable
        && ty == vm.types.frozenset
        && is_kind(v, Kind::FrozenSet)
    {
        return Ok(v.own());
    }
    let s = of_type(vm, ty)?;
    if let Some(v) = iterable {
        ops::update(vm, *s, v)?;
    }
    Ok(s)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let name = type_of(vm, this).name_str();
    if len(this) == 0 {
        return str::new(vm, &format!("{name}()"));
    }
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return str::new(vm, &format!("{name}(...)"));
    };
    vm.check_native_stack(" while getting the repr of an object")?;
    let exact = is_kind(this, Kind::Set);
    let mut text = if exact { ReprText::new("{") } else { ReprText::new(&format!("{name}({{")) };
    for (i, v) in snapshot(this).iter().enumerate() {
        if i > 0 {
            text.push(", ");
        }
        text.push_repr(vm, **v)?;
    }
    text.push(if exact { "}" } else { "})" });
    text.finish(vm)
}

/// Combines the items' hashes whatever their order, as CPython does it: the values are visible to programs.
fn hash(_vm: &Vm, this: Value) -> PyResult<i64> {
    fn shuffle(h: u64) -> u64 {
        ((h ^ 89869747) ^ (h << 16)).wrapping_mul(3644798167)
    }
    let p = raw(this);
    // SAFETY: a live frozenset.
    unsafe {
        if (*p).hash != -1 {
            return Ok((*p).hash);
        }
        let mut h = 0u64;
        let mut pos = 0;
        while let Some((item, _)) = next_entry(this, &mut pos) {
            h ^= shuffle(item as u64);
        }
        h ^= (len(this) as u64 + 1).wrapping_mul(1927868237);
        h ^= (h >> 11) ^ (h >> 25);
        h = h.wrapping_mul(69069).wrapping_add(907133923);
        (*p).hash = if h == u64::MAX { 590923713 } else { h as i64 };
        Ok((*p).hash)
    }
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_any_set(vm, a) || !is_any_set(vm, b) {
        return Ok(Owned::not_implemented());
    }
    let equal = || -> PyResult<bool> {
        // SAFETY: both are live sets; a hash other than -1 was computed.
        let (x, y) = unsafe { ((*raw(a)).hash, (*raw(b)).hash) };
        Ok(len(a) == len(b) && (x == -1 || y == -1 || x == y) && ops::is_subset(vm, a, b)?)
    };
    let holds = match op {
        CompareOp::Eq => equal()?,
        CompareOp::Ne => !equal()?,
        CompareOp::Le => ops::is_subset(vm, a, b)?,
        CompareOp::Ge => ops::is_subset(vm, b, a)?,
        CompareOp::Lt => len(a) < len(b) && ops::is_subset(vm, a, b)?,
        CompareOp::Gt => len(a) > len(b) && ops::is_subset(vm, b, a)?,
    };
    Ok(Owned::bool(holds))
}

fn operator(vm: &Vm, a: Value, b: Value, f: fn(&Vm, Value, Value) -> PyResult) -> PyResult {
    if is_any_set(vm, a) && is_any_set(vm, b) { f(vm, a, b) } else { Ok(Owned::not_implemented()) }
}

fn inplace(vm: &Vm, a: Value, b: Value, f: fn(&Vm, Value, Value) -> PyResult<()>) -> PyResult {
    if !is_any_set(vm, b) {
        return Ok(Owned::not_implemented());
    }
    f(vm, a, b)?;
    Ok(a.own())
}

fn union_two(vm: &Vm, a: Value, b: Value) -> PyResult {
    let result = ops::copy(vm, a)?;
    if a != b {
        ops::update(vm, *result, b)?;
    }
    Ok(result)
}

fn copy(vm: &Vm, this: Value) -> PyResult {
    if is_kind(this, Kind::FrozenSet) { Ok(this.own()) } else { ops::copy(vm, this) }
}

fn union(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let result = ops::copy(vm, this)?;
    for other in tuple::items(&args[0]) {
        if *other != this {
            ops::update(vm, *result, *other)?;
        }
    }
    Ok(result)
}

fn difference(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let [first, rest @ ..] = tuple::items(&args[0]) else { return ops::copy(vm, this) };
    let result = ops::difference(vm, this, *first)?;
    for other in rest {
        ops::difference_update(vm, *result, *other)?;
    }
    Ok(result)
}

fn intersection(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let [first, rest @ ..] = tuple::items(&args[0]) else { return ops::copy(vm, this) };
    let mut result = ops::intersection(vm, this, *first)?;
    for other in rest {
        result = ops::intersection(vm, *result, *other)?;
    }
    Ok(result)
}

fn intersection_update(vm: &Vm, this: Value, other: Value) -> PyResult<()> {
    let kept = ops::intersection(vm, this, other)?;
    // SAFETY: both are live sets; the old contents are dropped with `kept`.
    unsafe { table::swap(raw(this), raw(*kept)) };
    Ok(())
}

fn intersection_update_all(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let kept = intersection(vm, this, args)?;
    // SAFETY: as above.
    unsafe { table::swap(raw(this), raw(*kept)) };
    Ok(Owned::none())
}

fn each(vm: &Vm, this: Value, args: &[Value], f: fn(&Vm, Value, Value) -> PyResult<()>) -> PyResult {
    for other in tuple::items(&args[0]) {
        f(vm, this, *other)?;
    }
    Ok(Owned::none())
}

fn is_subset(vm: &Vm, this: Value, other: Value) -> PyResult<bool> {
    if is_any_set(vm, other) {
        return ops::is_subset(vm, this, other);
    }
    let common = ops::intersection(vm, this, other)?;
    Ok(len(*common) == len(this))
}

fn remove(vm: &Vm, this: Value, item: Value) -> PyResult {
    if discard(vm, this, item)? { Ok(Owned::none()) } else { Err(vm.key_error(item)) }
}

fn pop(vm: &Vm, this: Value) -> PyResult {
    let p = raw(this);
    // SAFETY: a live set; with a key in use the search ends.
    unsafe {
        if (*p).used == 0 {
            return Err(vm.raise(vm.types.key_error, "pop from an empty set"));
        }
        let mut i = (*p).finger & (*p).mask;
        while !table::live(*(*p).table.add(i)) {
            i = (i + 1) & (*p).mask;
        }
        (*p).finger = i + 1;
        Ok(table::take(p, i))
    }
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let items = list::new(vm, snapshot(this))?;
    let args = tuple::from_owned(vm, vec![items])?;
    let state = protocol::call::method(vm, this, *vm.names.__getstate__, &[])?;
    tuple::from_owned(vm, vec![type_of(vm, this).value().own(), args, state])
}

fn sizeof(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: a live set.
    let mask = unsafe { (*raw(this)).mask };
    let table = if mask < SMALL { 0 } else { (mask + 1) * size_of::<Slot>() };
    Ok(Owned::fixnum((type_of(vm, this).head.basicsize as usize + table) as i64))
}

// ---- iterator ----

#[repr(C)]
struct SetIter {
    header: Header,
    /// Owned; NULL when exhausted.
    set: Value,
    /// Items that the set had at the start; `usize::MAX` after it was found to be changed.
    used: usize,
    pos: usize,
    remaining: usize,
}

pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "set_iterator",
    basicsize: size_of::<SetIter>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, this| Ok(this.own())),
        next: Some(iter_next),
        dealloc: Some(iter_dealloc),
        traverse: Some(iter_traverse),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__length_hint__", iter_length_hint, "How many items are still to come."),
        method0("__reduce__", iter_reduce, "State for pickling."),
    ],
    ..TypeSpec::DEFAULT
};

fn new_iter(vm: &Vm, set: Value) -> PyResult {
    let p = new_instance::<SetIter>(vm, vm.types.set_iterator)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).set = set.own().into_value();
        (*p).used = len(set);
        (*p).remaining = len(set);
    }
    Ok(Owned::from_new(p))
}

fn iter_next(vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    let p: *mut SetIter = it.as_ptr();
    // SAFETY: the iterator is alive and keeps its set alive.
    unsafe {
        let set = (*p).set;
        if set.is_null() {
            return Ok(None);
        }
        if (*p).used != len(set) {
            // Sticky: the iterator stays broken.
            (*p).used = usize::MAX;
            return Err(vm.runtime_error("Set changed size during iteration"));
        }
        match next_entry(set, &mut (*p).pos) {
            Some((_, v)) => {
                (*p).remaining = (*p).remaining.saturating_sub(1);
                Ok(Some(v.own()))
            }
            None => {
                (*p).set = Value::NULL;
                decref(set);
                Ok(None)
            }
        }
    }
}

fn iter_length_hint(_vm: &Vm, it: Value) -> PyResult {
    let p: *mut SetIter = it.as_ptr();
    // SAFETY: the iterator is alive and keeps its set alive.
    let n = unsafe { if !(*p).set.is_null() && (*p).used == len((*p).set) { (*p).remaining } else { 0 } };
    Ok(Owned::fixnum(n as i64))
}

fn iter_reduce(vm: &Vm, it: Value) -> PyResult {
    let p: *mut SetIter = it.as_ptr();
    let mut rest = Vec::new();
    // SAFETY: the iterator is alive and keeps its set alive.
    unsafe {
        let mut pos = (*p).pos;
        if !(*p).set.is_null() {
            if (*p).used != len((*p).set) {
                return Err(vm.runtime_error("Set changed size during iteration"));
            }
            while let Some((_, v)) = next_entry((*p).set, &mut pos) {
                rest.push(v.own());
            }
        }
    }
    let rest = list::new(vm, rest)?;
    let args = tuple::from_owned(vm, vec![rest])?;
    tuple::from_owned(vm, vec![builtin(vm, "iter")?, args])
}

unsafe fn iter_dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the iterator is dying and owns its word.
    unsafe { decref((*(object as *mut SetIter)).set) };
}

unsafe fn iter_traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: a live iterator.
    let set = unsafe { (*(object as *mut SetIter)).set };
    if !set.is_null() {
        visit(set);
    }
}
