//! `typing.Union`, also known as `types.UnionType`: what `int | str` is. Members are flattened and kept once each, in order.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::Value;
use taipan_layout::header::Header;

use super::genericalias::{is_alias, parameters_of, push_type, substitute};
use super::sequence::ReprText;
use super::spec::{MemberType, TypeSpec, class_method, getter, member, method1, tp_flags};
use super::{CompareOp, Slots, TypeRef, list, new_instance, set, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
struct Union {
    header: Header,
    /// A tuple of at least two members.
    args: Value,
    /// Those members that could be hashed when the union was made: a frozenset.
    hashable: Value,
    /// The others: a tuple, NULL when there are none.
    unhashable: Value,
    /// The type variables in `args`: a tuple, NULL until asked for.
    parameters: Value,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "typing.Union",
    basicsize: size_of::<Union>(),
    flags: tp_flags::HAVE_GC | tp_flags::WEAKREFABLE | tp_flags::DISALLOW_INSTANTIATION,
    doc: "A union of types, such as int | str.",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        getattro: Some(getattro),
        richcompare: Some(richcompare),
        or: Some(or_any),
        get_item: Some(get_item),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    methods: &[
        method1(
            "__mro_entries__",
            "($self, object, /)",
            |vm, this, _| {
                let shown = protocol::object::repr_string(vm, this)?;
                Err(vm.type_error(&format!("Cannot subclass {shown}")))
            },
            "",
        ),
        class_method("__class_getitem__", "($type, object, /)", class_getitem, "See PEP 585"),
    ],
    getset: &[
        getter("__name__", |vm, _| str::new(vm, "Union"), "Name of the type"),
        getter("__qualname__", |vm, _| str::new(vm, "Union"), "Qualified name of the type"),
        getter("__origin__", |vm, _| Ok(vm.types.union.value().own()), "Always returns the type"),
        getter("__parameters__", parameters, "Type variables in the types.UnionType."),
    ],
    members: &[member("__args__", MemberType::Object, std::mem::offset_of!(Union, args), true)],
    ..TypeSpec::DEFAULT
};

/// The members of a union: a tuple; `None` when `v` is none.
pub(crate) fn members(vm: &Vm, v: Value) -> Option<Value> {
    // SAFETY: the type has no subclasses, so an instance is a Union.
    (type_of(vm, v) == vm.types.union).then(|| unsafe { (*v.as_ptr::<Union>()).args })
}

/// What `|` makes unions of without being asked by a union or a type variable.
fn is_unionable(vm: &Vm, v: Value) -> bool {
    v.is_none()
        || TypeRef::from_value(vm, v).is_some()
        || is_alias(vm, v)
        || members(vm, v).is_some()
        || type_of(vm, v) == vm.types.type_alias
}

/// `|` of types and aliases.
pub fn or(vm: &Vm, a: Value, b: Value) -> PyResult {
    if is_unionable(vm, a) && is_unionable(vm, b) { of(vm, &[a, b]) } else { Ok(Owned::not_implemented()) }
}

/// `|` of type parameters: as if written `Union[a, b]`.
pub fn or_checked(vm: &Vm, a: Value, b: Value) -> PyResult {
    for v in [a, b] {
        if tuple::is_tuple(vm, v) {
            let shown = protocol::object::repr_string(vm, v)?;
            let text = format!("Union[arg, ...]: each arg must be a type. Got {shown}.");
            return Err(vm.type_error(&text));
        }
    }
    of(vm, &[a, b])
}

/// `|` with a union on one side: the other may be anything that a union may hold.
fn or_any(vm: &Vm, a: Value, b: Value) -> PyResult {
    of(vm, &[a, b])
}

/// The members of a union to be.
struct Builder {
    all: Vec<Owned>,
    /// A set, in which duplicates are found fast.
    hashable: Owned,
    /// What cannot be hashed is compared with its like only.
    unhashable: Vec<Owned>,
}

impl Builder {
    fn add(&mut self, vm: &Vm, v: Value) -> PyResult<()> {
        if v.is_none() {
            return self.add_one(vm, vm.types.none_type.value());
        }
        if type_of(vm, v) == vm.types.str {
            // Text is a reference to something that is defined later.
            let typing = crate::modules::import(vm, "typing")?;
            let reference = protocol::call::method(vm, *typing, *str::intern(vm, "_make_forward_ref"), &[v])?;
            return self.add_one(vm, *reference);
        }
        self.add_one(vm, v)
    }

    fn add_one(&mut self, vm: &Vm, v: Value) -> PyResult<()> {
        match protocol::compare::hash(vm, v) {
            Ok(_) => {
                if set::contains(vm, *self.hashable, v)? {
                    return Ok(());
                }
                set::add(vm, *self.hashable, v)?;
            }
            Err(raised) => {
                drop(vm.catch(raised, vm.types.type_error)?);
                for o in &self.unhashable {
                    if protocol::compare::equal(vm, **o, v)? {
                        return Ok(());
                    }
                }
                self.unhashable.push(v.own());
            }
        }
        self.all.push(v.own());
        Ok(())
    }
}

/// The union of `all`; a single member is itself.
pub fn of(vm: &Vm, all: &[Value]) -> PyResult {
    let mut b = Builder { all: Vec::new(), hashable: set::new(vm)?, unhashable: Vec::new() };
    for v in all {
        match members(vm, *v) {
            Some(inner) => {
                for v in tuple::items(&inner) {
                    b.add(vm, *v)?;
                }
            }
            None => b.add(vm, *v)?,
        }
    }
    if let [one] = &b.all[..] {
        return Ok(one.clone());
    }
    let args = tuple::from_owned(vm, b.all)?;
    let hashable = set::frozen_from_iterable(vm, *b.hashable)?;
    let unhashable = if b.unhashable.is_empty() { None } else { Some(tuple::from_owned(vm, b.unhashable)?) };
    let p = new_instance::<Union>(vm, vm.types.union)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).args = args.into_value();
        (*p).hashable = hashable.into_value();
        (*p).unhashable = unhashable.map_or(Value::NULL, Owned::into_value);
    }
    Ok(Owned::from_new(p))
}

fn args_of(this: Value) -> Value {
    // SAFETY: callers pass unions.
    unsafe { (*this.as_ptr::<Union>()).args }
}

fn class_getitem(vm: &Vm, _cls: Value, args: &[Value]) -> PyResult {
    let item = args[0];
    if !tuple::is_tuple(vm, item) {
        return of(vm, &[item]);
    }
    if tuple::items(&item).is_empty() {
        return Err(vm.type_error("Cannot take a Union of no types."));
    }
    of(vm, tuple::items(&item))
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    vm.check_native_stack(" while getting the repr of an object")?;
    let args = args_of(this);
    let mut text = ReprText::new("");
    for (i, v) in tuple::items(&args).iter().enumerate() {
        if i > 0 {
            text.push(" | ");
        }
        push_type(vm, &mut text, *v)?;
    }
    text.finish(vm)
}

/// The members that can be hashed and the others; NULL when there are none.
fn halves(this: Value) -> (Value, Value) {
    // SAFETY: callers pass unions.
    unsafe { ((*this.as_ptr::<Union>()).hashable, (*this.as_ptr::<Union>()).unhashable) }
}

fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    let (hashable, unhashable) = halves(this);
    if unhashable.is_null() {
        return protocol::compare::hash(vm, hashable);
    }
    let n = tuple::len(unhashable);
    for v in tuple::items(&unhashable) {
        protocol::compare::hash(vm, *v)?;
    }
    // They can be hashed by now; equal unions could have different hashes then.
    Err(vm.type_error(&format!("union contains {n} unhashable element{}", if n == 1 { "" } else { "s" })))
}

/// The order of members does not matter.
fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if members(vm, a).is_none() || members(vm, b).is_none() || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    let ((ha, ua), (hb, ub)) = (halves(a), halves(b));
    let mut same = ua.is_null() == ub.is_null() && protocol::compare::equal(vm, ha, hb)?;
    if same && !ua.is_null() {
        same = tuple::len(ua) == tuple::len(ub);
        for v in tuple::items(&ua) {
            same = same && protocol::item::contains(vm, ub, *v)?;
        }
    }
    Ok(Owned::bool(same == (op == CompareOp::Eq)))
}

fn getattro(vm: &Vm, this: Value, name: Value) -> PyResult {
    if str::to_string_lossy(name) == "__module__" {
        return protocol::attr::get(vm, vm.types.union.value(), name);
    }
    protocol::attr::generic_get(vm, this, name)
}

fn parameters(vm: &Vm, this: Value) -> PyResult {
    let p: *mut Union = this.as_ptr();
    // SAFETY: the union is alive.
    unsafe {
        if (*p).parameters.is_null() {
            let found = parameters_of(vm, (*p).args)?;
            crate::owned::replace(&raw mut (*p).parameters, Some(found));
        }
        Ok((*p).parameters.own())
    }
}

fn get_item(vm: &Vm, this: Value, item: Value) -> PyResult {
    let parameters = parameters(vm, this)?;
    let new = substitute(vm, this, args_of(this), *parameters, item)?;
    let all = list::snapshot(vm, *new)?;
    let all: Vec<Value> = all.iter().map(|v| **v).collect();
    of(vm, &all)
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut Union;
    // SAFETY: the union is dying and owns its words.
    unsafe {
        for word in [(*p).args, (*p).hashable, (*p).unhashable, (*p).parameters] {
            decref(word);
        }
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut Union;
    // SAFETY: a live union.
    unsafe {
        for v in [(*p).args, (*p).hashable, (*p).unhashable, (*p).parameters] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
