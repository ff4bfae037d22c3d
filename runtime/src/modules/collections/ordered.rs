//! `collections.OrderedDict`.
//!
//! A dict keeps the order of insertion, so an ordered one is a dict that can also move its entries
//! (`objects/dict/order.rs`), compares in order, and calls what subclasses override where CPython's does.
#![allow(unsafe_code, reason = "object layout")]

use std::mem::offset_of;

use taipan_layout::objects::Dict;
use taipan_layout::{Header, Value};

use crate::args::Args;
use crate::modules::native::{self, Visit};
use crate::objects::dict::{self, order, views};
use crate::objects::slots::CompareOp;
use crate::objects::spec::{TypeSpec, class_method, method, method0, raw_method, tp_flags};
use crate::objects::{Slots, cast, is_instance, list, sequence, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol::{self, attr, call, item, iter};
use crate::vm::Vm;

#[repr(C)]
pub struct OrderedDict {
    base: Dict,
    attributes: native::Dict,
    first: order::First,
    /// Counts what [`order::stamp`] does not show.
    state: usize,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "collections.OrderedDict",
    base: Some(|t| t.dict),
    basicsize: size_of::<OrderedDict>(),
    flags: tp_flags::HAVE_GC
        | tp_flags::BASETYPE
        | tp_flags::WEAKREFABLE
        | tp_flags::MAPPING
        | tp_flags::DICT_SUBCLASS,
    dictoffset: offset_of!(OrderedDict, attributes) as i32,
    doc: "A dict that remembers the order of its entries and can change it.",
    slots: Slots {
        init: Some(|vm, this, args| {
            if args.pos().len() > 1 {
                let got = args.pos().len();
                return Err(vm.type_error(&format!("expected at most 1 argument, got {got}")));
            }
            update_with(vm, this, args)
        }),
        repr: Some(repr),
        richcompare: Some(richcompare),
        iter: Some(|vm, this| iterate(vm, this, Pick::Keys, false)),
        or: Some(or),
        inplace_or: Some(|vm, this, other| {
            update_from(vm, this, other)?;
            Ok(this.own())
        }),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(clear_slot),
        ..Slots::EMPTY
    },
    methods: &[
        class_method(
            "fromkeys",
            "($type, /, iterable, value=None)",
            |vm, cls, a| {
                let new = call::positional(vm, cls, &[])?;
                let value = native::passed(a[1]).unwrap_or(Value::NONE);
                iter::for_each(vm, a[0], |key| item::set(vm, *new, *key, value))?;
                Ok(new)
            },
            "An ordered dictionary with keys from iterable, all with the same value.",
        ),
        method0("__reduce__", reduce, "What pickle needs to make the object again."),
        method(
            "setdefault",
            "($self, /, key, default=None)",
            set_default,
            "The value of key, which is inserted with default when it is not there.",
        ),
        method(
            "pop",
            "($self, /, key, default=<unrepresentable>)",
            |vm, this, a| pop(vm, this, a[0], native::passed(a[1])),
            "Remove key and return its value; without it default if given, else KeyError.",
        ),
        method(
            "popitem",
            "($self, /, last=True)",
            pop_item,
            "Remove the last entry, or the first, and return it as a (key, value) pair.",
        ),
        method0("keys", |vm, this| views::new(vm, vm.types.odict_keys, this), "A set-like view of the keys."),
        method0(
            "items",
            |vm, this| views::new(vm, vm.types.odict_items, this),
            "A set-like view of the (key, value) pairs.",
        ),
        method0("values", |vm, this| views::new(vm, vm.types.odict_values, this), "A view of the values."),
        raw_method(
            "update",
            "",
            |vm, this, args| {
                if args.pos().len() > 1 {
                    let got = args.pos().len();
                    let text = format!("update() takes at most 1 positional argument ({got} given)");
                    return Err(vm.type_error(&text));
                }
                update_with(vm, this, args)?;
                Ok(Owned::none())
            },
            "D.update([E, ]**F): take over entries from a mapping or an iterable of pairs, then from F.",
        ),
        method0(
            "clear",
            |vm, this| {
                dict::clear(vm, this);
                Ok(Owned::none())
            },
            "Remove all entries.",
        ),
        method0("copy", copy, "A shallow copy."),
        method0(
            "__reversed__",
            |vm, this| iterate(vm, this, Pick::Keys, true),
            "An iterator over the keys from the last to the first.",
        ),
        method(
            "move_to_end",
            "($self, /, key, last=True)",
            move_to_end,
            "Move an entry to the end, or to the front when last is false; KeyError when there is none.",
        ),
    ],
    getset: &[crate::modules::functools::DICT],
    ..TypeSpec::DEFAULT
};

fn ordered<'a>(v: Value) -> &'a mut OrderedDict {
    // SAFETY: callers pass instances of the type.
    unsafe { cast::<OrderedDict>(v) }
}

fn is_exact(vm: &Vm, v: Value) -> bool {
    type_of(vm, v) == vm.types.ordered_dict
}

/// A new one without entries.
fn empty(vm: &Vm) -> PyResult {
    dict::of_type(vm, vm.types.ordered_dict)
}

/// What the constructor and `update` do with their arguments. Entries are set as `self[key] = value` would.
fn update_with(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    if let Some(source) = args.pos().first() {
        update_from(vm, this, *source)?;
    }
    for (key, value) in args.keywords() {
        item::set(vm, this, key, value)?;
    }
    Ok(())
}

fn update_from(vm: &Vm, this: Value, source: Value) -> PyResult<()> {
    if type_of(vm, source) == vm.types.dict || is_exact(vm, source) {
        for (key, value) in dict::snapshot(source) {
            item::set(vm, this, *key, *value)?;
        }
        return Ok(());
    }
    if let Some(keys) = attr::get_optional(vm, source, *str::intern(vm, "keys"))? {
        let keys = call::positional(vm, *keys, &[])?;
        return iter::for_each(vm, *keys, |key| {
            let value = item::get(vm, source, *key)?;
            item::set(vm, this, *key, *value)
        });
    }
    match attr::get_optional(vm, source, *str::intern(vm, "items"))? {
        Some(items) => add_pairs(vm, this, *call::positional(vm, *items, &[])?),
        None => add_pairs(vm, this, source),
    }
}

fn add_pairs(vm: &Vm, this: Value, pairs: Value) -> PyResult<()> {
    iter::for_each(vm, pairs, |pair| {
        let parts = iter::iter(vm, *pair)?;
        let Some(key) = iter::next(vm, *parts)? else {
            return Err(vm.value_error("need more than 0 values to unpack"));
        };
        let Some(value) = iter::next(vm, *parts)? else {
            return Err(vm.value_error("need more than 1 value to unpack"));
        };
        if iter::next(vm, *parts)?.is_some() {
            return Err(vm.value_error("too many values to unpack (expected 2)"));
        }
        item::set(vm, this, *key, *value)
    })
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let name = type_of(vm, this).short_name();
    if dict::len(this) == 0 {
        return str::new(vm, &format!("{name}()"));
    }
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return str::new(vm, "...");
    };
    let shown = dict::new(vm)?;
    if is_exact(vm, this) {
        for (key, value) in dict::snapshot(this) {
            dict::set(vm, *shown, *key, *value)?;
        }
    } else {
        let items = attr::call_attr(vm, this, "items", &[])?;
        dict::update(vm, *shown, *items)?;
    }
    let shown = protocol::object::repr_string(vm, *shown)?;
    str::new(vm, &format!("{name}({shown})"))
}

/// Equal as dicts; two ordered ones also in the same order.
fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    let as_dicts = vm.types.dict.slots().richcompare;
    if !dict::is_dict(vm, a) || !dict::is_dict(vm, b) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    let Some(as_dicts) = as_dicts else { return Ok(Owned::not_implemented()) };
    let same = as_dicts(vm, a, b, CompareOp::Eq)?;
    let same = protocol::compare::is_true(vm, *same)?
        && (!is_instance(vm, b, vm.types.ordered_dict) || same_order(vm, a, b)?);
    Ok(Owned::bool(same == (op == CompareOp::Eq)))
}

fn same_order(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
    let (before, mut i, mut j) = ((changes(a), changes(b)), 0, 0);
    while let (Some((k, _)), Some((l, _))) = (dict::next_entry(a, &mut i), dict::next_entry(b, &mut j)) {
        let (k, l) = (k.own(), l.own());
        let same = sequence::equal(vm, *k, *l)?;
        if (changes(a), changes(b)) != before {
            return Err(mutated(vm));
        }
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

fn or(vm: &Vm, a: Value, b: Value) -> PyResult {
    if !dict::is_dict(vm, a) || !dict::is_dict(vm, b) {
        return Ok(Owned::not_implemented());
    }
    let ty = type_of(vm, if is_instance(vm, a, vm.types.ordered_dict) { a } else { b });
    let new = call::positional(vm, ty.value(), &[a])?;
    if is_instance(vm, *new, vm.types.ordered_dict) {
        update_from(vm, *new, b)?;
    } else {
        attr::call_attr(vm, *new, "update", &[b])?;
    }
    Ok(new)
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let state = call::method(vm, this, *vm.names.__getstate__, &[])?;
    let items = attr::call_attr(vm, this, "items", &[])?;
    let items = iter::iter(vm, *items)?;
    let parts = vec![type_of(vm, this).value().own(), tuple::empty(vm), state, Owned::none(), items];
    tuple::from_owned(vm, parts)
}

fn set_default(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (key, default) = (args[0], native::passed(args[1]).unwrap_or(Value::NONE));
    if is_exact(vm, this) {
        return dict::set_default(vm, this, key, default);
    }
    if item::contains(vm, this, key)? {
        return item::get(vm, this, key);
    }
    item::set(vm, this, key, default)?;
    Ok(default.own())
}

#[cold]
fn mutated(vm: &Vm) -> Raised {
    vm.runtime_error("OrderedDict mutated during iteration")
}

/// Entries are taken out without asking what a subclass overrides.
fn pop(vm: &Vm, this: Value, key: Value, default: Option<Value>) -> PyResult {
    match (dict::take(vm, this, key)?, default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.own()),
        (None, None) => Err(vm.key_error(key)),
    }
}

fn is_last(vm: &Vm, v: Value) -> PyResult<bool> {
    native::passed(v).map_or(Ok(true), |v| protocol::compare::is_true(vm, v))
}

fn pop_item(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let last = is_last(vm, args[0])?;
    let o = ordered(this);
    o.state += 1;
    let taken = if last { dict::pop_last(vm, this) } else { order::pop_first(vm, this, &mut o.first) };
    match taken {
        Some((key, value)) => tuple::pair(vm, key, value),
        None => Err(vm.raise(vm.types.key_error, "dictionary is empty")),
    }
}

fn move_to_end(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (key, last) = (args[0], is_last(vm, args[1])?);
    let found = if dict::len(this) == 0 {
        false
    } else if last {
        order::move_to_end(vm, this, key)?
    } else {
        let found = order::move_to_front(vm, this, key, |this| &mut ordered(this).first)?;
        ordered(this).state += 1;
        found
    };
    if found { Ok(Owned::none()) } else { Err(vm.key_error(key)) }
}

/// Hashing, comparing and what subclasses override may run Python, which may change the dict.
fn unchanged(vm: &Vm, this: Value, before: Changes) -> PyResult<()> {
    if changes(this) == before { Ok(()) } else { Err(mutated(vm)) }
}

fn copy(vm: &Vm, this: Value) -> PyResult {
    let before = changes(this);
    if is_exact(vm, this) {
        let new = empty(vm)?;
        dict::reserve(vm, *new, dict::len(this))?;
        for (key, value) in dict::snapshot(this) {
            dict::set(vm, *new, *key, *value)?;
            unchanged(vm, this, before)?;
        }
        return Ok(new);
    }
    let new = call::positional(vm, type_of(vm, this).value(), &[])?;
    for (key, _) in dict::snapshot(this) {
        let value = item::get(vm, this, *key)?;
        unchanged(vm, this, before)?;
        item::set(vm, *new, *key, *value)?;
        unchanged(vm, this, before)?;
    }
    Ok(new)
}

unsafe fn dealloc(vm: &Vm, object: *mut Header) {
    // SAFETY: the object is dying; what remains of it is a dict.
    unsafe {
        drop(std::mem::take(&mut (*(object as *mut OrderedDict)).attributes));
        dict::dealloc(vm, object);
    }
}

unsafe fn clear_slot(vm: &Vm, object: *mut Header) {
    // SAFETY: a live object.
    unsafe {
        drop(std::mem::take(&mut (*(object as *mut OrderedDict)).attributes));
        dict::clear_slot(vm, object);
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: a live object.
    unsafe {
        (*(object as *mut OrderedDict)).attributes.visit_with(visit);
        dict::traverse(object, visit);
    }
}

// ---- views and iterators ----

pub static KEYS: TypeSpec = TypeSpec {
    name: "odict_keys",
    base: Some(|t| t.dict_keys),
    slots: Slots {
        iter: Some(|vm, this| iterate(vm, views::dict_of(this), Pick::Keys, false)),
        ..Slots::EMPTY
    },
    methods: &[method0("__reversed__", |vm, this| iterate(vm, views::dict_of(this), Pick::Keys, true), "")],
    ..views::BASE
};
pub static ITEMS: TypeSpec = TypeSpec {
    name: "odict_items",
    base: Some(|t| t.dict_items),
    slots: Slots {
        iter: Some(|vm, this| iterate(vm, views::dict_of(this), Pick::Items, false)),
        ..Slots::EMPTY
    },
    methods: &[method0("__reversed__", |vm, this| iterate(vm, views::dict_of(this), Pick::Items, true), "")],
    ..views::BASE
};
pub static VALUES: TypeSpec = TypeSpec {
    name: "odict_values",
    base: Some(|t| t.dict_values),
    slots: Slots {
        iter: Some(|vm, this| iterate(vm, views::dict_of(this), Pick::Values, false)),
        ..Slots::EMPTY
    },
    methods: &[method0("__reversed__", |vm, this| iterate(vm, views::dict_of(this), Pick::Values, true), "")],
    ..views::BASE
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pick {
    #[default]
    Keys,
    Values,
    Items,
}

type Changes = ((u32, u32, usize), usize);

/// Changes with the order or number of entries.
fn changes(d: Value) -> Changes {
    (order::stamp(d), ordered(d).state)
}

#[derive(Clone, Default)]
pub struct OrderedIterator {
    /// None when exhausted.
    dict: Option<Owned>,
    changes: Changes,
    /// The number of the next entry, or one more than it when going backwards.
    at: usize,
    pick: Pick,
    backwards: bool,
}
native::native_data!(OrderedIterator: dict);

pub static ITERATOR: TypeSpec = TypeSpec {
    name: "odict_iterator",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, this| Ok(this.own())),
        next: Some(next),
        ..native::slots::<OrderedIterator>()
    },
    methods: &[method0("__reduce__", reduce_iterator, "State for pickling.")],
    ..native::spec::<OrderedIterator>()
};

fn iterate(vm: &Vm, d: Value, pick: Pick, backwards: bool) -> PyResult {
    let at = if backwards { order::end(d) } else { 0 };
    let data = OrderedIterator { dict: Some(d.own()), changes: changes(d), at, pick, backwards };
    native::new(vm, vm.types.odict_iterator, data)
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let it = native::data::<OrderedIterator>(this);
    let Some(d) = it.dict.as_ref().map(|d| **d) else { return Ok(None) };
    let now = changes(d);
    if now != it.changes {
        drop(it.dict.take());
        return Err(mutated(vm));
    }
    let found =
        if it.backwards { dict::previous_entry(d, &mut it.at) } else { dict::next_entry(d, &mut it.at) };
    match (found, it.pick) {
        (Some((key, _)), Pick::Keys) => Ok(Some(key.own())),
        (Some((_, value)), Pick::Values) => Ok(Some(value.own())),
        (Some((key, value)), Pick::Items) => tuple::pair(vm, key.own(), value.own()).map(Some),
        (None, _) => {
            drop(it.dict.take());
            Ok(None)
        }
    }
}

/// `(iter, ([items still to come],))`, without using the iterator up.
fn reduce_iterator(vm: &Vm, this: Value) -> PyResult {
    let copy = native::new(vm, vm.types.odict_iterator, native::data::<OrderedIterator>(this).clone())?;
    let rest = list::from_iterable(vm, *copy)?;
    let iter = sequence::builtin(vm, "iter")?;
    let args = tuple::from_owned(vm, vec![rest])?;
    tuple::from_owned(vm, vec![iter, args])
}
