//! `types.GenericAlias`: what `list[int]` is. It stands in for its origin (attributes and calls go there) and remembers the
//! arguments; subscribing it again puts values in place of type variables.
//!
//! [`parameters_of`] and [`substitute`] are shared with unions of types (`uniontype`).
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::Value;
use taipan_layout::header::Header;

use super::sequence::{ReprText, builtin, check_count, no_keywords};
use super::spec::{MemberType, TypeSpec, getter, member, method, method0, method1, tp_flags};
use super::{CompareOp, Slots, TypeRef, list, new_instance, str, tuple, type_of, uniontype};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
struct GenericAlias {
    header: Header,
    origin: Value,
    /// A tuple.
    args: Value,
    /// The type variables in `args`: a tuple, NULL until asked for.
    parameters: Value,
    /// `*tuple[int, ...]`
    unpacked: bool,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "types.GenericAlias",
    basicsize: size_of::<GenericAlias>(),
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC | tp_flags::WEAKREFABLE,
    doc: "A generic type with arguments, such as list[int].",
    signature: "(origin, args, /)",
    slots: Slots {
        new: Some(construct),
        repr: Some(repr),
        hash: Some(hash),
        call: Some(call),
        getattro: Some(getattro),
        richcompare: Some(richcompare),
        iter: Some(unpack_once),
        or: Some(uniontype::or),
        get_item: Some(get_item),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    methods: &[
        method1(
            "__mro_entries__",
            "($self, object, /)",
            |vm, this, _| tuple::from_slice(vm, &[parts(this).origin]),
            "",
        ),
        method1(
            "__instancecheck__",
            "($self, object, /)",
            |vm, _, _| Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic")),
            "",
        ),
        method1(
            "__subclasscheck__",
            "($self, object, /)",
            |vm, _, _| Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic")),
            "",
        ),
        method0("__reduce__", reduce, ""),
        method("__dir__", "($self, /)", dir, ""),
    ],
    getset: &[
        getter("__parameters__", parameters, "Type variables in the GenericAlias."),
        getter("__typing_unpacked_tuple_args__", unpacked_tuple_args, ""),
    ],
    members: &[
        member("__origin__", MemberType::Object, std::mem::offset_of!(GenericAlias, origin), true),
        member("__args__", MemberType::Object, std::mem::offset_of!(GenericAlias, args), true),
        member("__unpacked__", MemberType::Bool, std::mem::offset_of!(GenericAlias, unpacked), true),
    ],
    ..TypeSpec::DEFAULT
};

/// Attributes that are the alias's own; all others are its origin's.
const OWN_ATTRIBUTES: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
/// Attributes that the alias does not have although its origin does.
const BLOCKED_ATTRIBUTES: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

fn parts<'a>(v: Value) -> &'a GenericAlias {
    // SAFETY: callers pass aliases, which never change but for `parameters`.
    unsafe { &*v.as_ptr::<GenericAlias>() }
}

/// `isinstance(v, types.GenericAlias)`.
pub(crate) fn is_alias(vm: &Vm, v: Value) -> bool {
    super::is_instance(vm, v, vm.types.generic_alias)
}

/// `origin[args]`.
pub fn new(vm: &Vm, origin: Value, args: Value) -> PyResult {
    of_type(vm, vm.types.generic_alias, origin, args, false)
}

fn of_type(vm: &Vm, ty: TypeRef, origin: Value, args: Value, unpacked: bool) -> PyResult {
    let args = if tuple::is_tuple(vm, args) { args.own() } else { tuple::from_slice(vm, &[args])? };
    let p = new_instance::<GenericAlias>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).origin = origin.own().into_value();
        (*p).args = args.into_value();
        (*p).unpacked = unpacked;
    }
    Ok(Owned::from_new(p))
}

fn construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    no_keywords(vm, "GenericAlias", args)?;
    check_count(vm, "GenericAlias", args.pos().len(), 2, 2)?;
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.generic_alias);
    of_type(vm, ty, args.pos()[0], args.pos()[1], false)
}

/// `__class_getitem__` as a class method.
pub(crate) fn class_getitem(vm: &Vm, cls: Value, args: &[Value]) -> PyResult {
    new(vm, cls, args[0])
}

/// An attribute by a name that is not among the interpreter's own.
fn optional(vm: &Vm, v: Value, name: &str) -> PyResult<Option<Owned>> {
    protocol::attr::get_optional(vm, v, *str::intern(vm, name))
}

/// How a type is written in the `repr` of an alias or a union.
pub(crate) fn push_type(vm: &Vm, text: &mut ReprText, v: Value) -> PyResult<()> {
    if v == Value::ELLIPSIS {
        text.push("...");
        return Ok(());
    }
    if v.is_none() || v == vm.types.none_type.value() {
        text.push("None");
        return Ok(());
    }
    let generic = optional(vm, v, "__origin__")?.is_some() && optional(vm, v, "__args__")?.is_some();
    if !generic
        && let Some(name) = optional(vm, v, "__qualname__")?
        && let Some(module) = optional(vm, v, "__module__")?
        && !module.is_none()
    {
        let (name, module) = (protocol::object::str(vm, *name)?, protocol::object::str(vm, *module)?);
        let module = str::to_string_lossy(*module);
        if module != "builtins" {
            text.push(&module);
            text.push(".");
        }
        text.push(&str::to_string_lossy(*name));
        return Ok(());
    }
    text.push_repr(vm, v)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    vm.check_native_stack(" while getting the repr of an object")?;
    let p = parts(this);
    let mut text = ReprText::new(if p.unpacked { "*" } else { "" });
    push_type(vm, &mut text, p.origin)?;
    text.push("[");
    let args = tuple::items(&p.args);
    for (i, v) in args.iter().enumerate() {
        if i > 0 {
            text.push(", ");
        }
        if list::is_list(vm, *v) {
            // The parameters of a Callable.
            text.push("[");
            for j in 0..list::len(*v) {
                // What is shown first may shorten the list.
                let Some(inner) = list::get(*v, j) else {
                    return Err(vm.raise(vm.types.index_error, "list index out of range"));
                };
                if j > 0 {
                    text.push(", ");
                }
                push_type(vm, &mut text, *inner)?;
            }
            text.push("]");
        } else {
            push_type(vm, &mut text, *v)?;
        }
    }
    text.push(if args.is_empty() { "()]" } else { "]" });
    text.finish(vm)
}

fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    let p = parts(this);
    let h = protocol::compare::hash(vm, p.origin)? ^ protocol::compare::hash(vm, p.args)?;
    Ok(if h == -1 { -2 } else { h })
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_alias(vm, a) || !is_alias(vm, b) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    let (x, y) = (parts(a), parts(b));
    let same = x.unpacked == y.unpacked
        && protocol::compare::equal(vm, x.origin, y.origin)?
        && protocol::compare::equal(vm, x.args, y.args)?;
    Ok(Owned::bool(same == (op == CompareOp::Eq)))
}

/// Calls the origin and tells the new object about the arguments, if it can remember them.
fn call(vm: &Vm, this: Value, args: Args) -> PyResult {
    let made = protocol::call::with_args(vm, parts(this).origin, args)?;
    if let Err(raised) = protocol::attr::set(vm, *made, *str::intern(vm, "__orig_class__"), this)
        && let Err(raised) = vm.catch(raised, vm.types.attribute_error)
    {
        drop(vm.catch(raised, vm.types.type_error)?);
    }
    Ok(made)
}

fn getattro(vm: &Vm, this: Value, name: Value) -> PyResult {
    let text = str::to_string_lossy(name);
    if OWN_ATTRIBUTES.contains(&&*text) || BLOCKED_ATTRIBUTES.contains(&&*text) {
        return protocol::attr::generic_get(vm, this, name);
    }
    protocol::attr::get(vm, parts(this).origin, name)
}

fn dir(vm: &Vm, this: Value, _args: &[Value]) -> PyResult {
    let names = protocol::object::dir(vm, parts(this).origin)?;
    for name in OWN_ATTRIBUTES {
        let name = str::intern(vm, name);
        if !protocol::item::contains(vm, *names, *name)? {
            list::append(vm, *names, name)?;
        }
    }
    Ok(names)
}

#[repr(C)]
struct AliasIter {
    header: Header,
    /// NULL once the unpacked form was given.
    alias: Value,
}

/// What `*alias` iterates with: it gives the unpacked form once.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "generic_alias_iterator",
    basicsize: size_of::<AliasIter>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, this| Ok(this.own())),
        next: Some(iter_next),
        dealloc: Some(iter_dealloc),
        traverse: Some(iter_traverse),
        clear: Some(iter_dealloc),
        ..Slots::EMPTY
    },
    methods: &[method0("__reduce__", iter_reduce, "")],
    ..TypeSpec::DEFAULT
};

fn unpack_once(vm: &Vm, this: Value) -> PyResult {
    let it = new_instance::<AliasIter>(vm, vm.types.generic_alias_iterator)?;
    // SAFETY: a fresh object.
    unsafe { (*it).alias = this.own().into_value() };
    Ok(Owned::from_new(it))
}

fn iter_next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    // SAFETY: the method of this type; the word gives its reference away.
    let alias = unsafe {
        let it: *mut AliasIter = this.as_ptr();
        if (*it).alias.is_null() {
            return Ok(None);
        }
        Owned::from_owned(std::mem::replace(&mut (*it).alias, Value::NULL))
    };
    let p = parts(*alias);
    Ok(Some(of_type(vm, vm.types.generic_alias, p.origin, p.args, true)?))
}

fn iter_reduce(vm: &Vm, this: Value) -> PyResult {
    let iter = builtin(vm, "iter")?;
    // SAFETY: the method of this type.
    let alias = unsafe { (*this.as_ptr::<AliasIter>()).alias };
    let what = if alias.is_null() { tuple::empty(vm) } else { alias.own() };
    let args = tuple::from_owned(vm, vec![what])?;
    tuple::from_owned(vm, vec![iter, args])
}

unsafe fn iter_dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is such an iterator; its word is taken out before it is dropped.
    unsafe { decref(std::mem::replace(&mut (*(this as *mut AliasIter)).alias, Value::NULL)) };
}

unsafe fn iter_traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is such an iterator.
    let v = unsafe { (*(this as *mut AliasIter)).alias };
    if !v.is_null() {
        visit(v);
    }
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let p = parts(this);
    if p.unpacked {
        let plain = new(vm, p.origin, p.args)?;
        let it = unpack_once(vm, *plain)?;
        let args = tuple::from_owned(vm, vec![it])?;
        return tuple::from_owned(vm, vec![builtin(vm, "next")?, args]);
    }
    let args = tuple::from_slice(vm, &[p.origin, p.args])?;
    tuple::from_slice(vm, &[type_of(vm, this).value(), *args])
}

fn unpacked_tuple_args(vm: &Vm, this: Value) -> PyResult {
    let p = parts(this);
    let is_tuple = p.origin == vm.types.tuple.value();
    Ok(if p.unpacked && is_tuple { p.args.own() } else { Owned::none() })
}

fn parameters(vm: &Vm, this: Value) -> PyResult {
    let p: *mut GenericAlias = this.as_ptr();
    // SAFETY: the alias is alive.
    unsafe {
        if (*p).parameters.is_null() {
            let found = parameters_of(vm, (*p).args)?;
            crate::owned::replace(&raw mut (*p).parameters, Some(found));
        }
        Ok((*p).parameters.own())
    }
}

// ---- type variables ----

/// The type variables in a tuple of arguments, each once, in order: a tuple.
pub(super) fn parameters_of(vm: &Vm, args: Value) -> PyResult {
    let mut found: Vec<Owned> = Vec::new();
    collect_parameters(vm, &list::snapshot(vm, args)?, &mut found)?;
    tuple::from_owned(vm, found)
}

fn collect_parameters(vm: &Vm, args: &[Owned], found: &mut Vec<Owned>) -> PyResult<()> {
    vm.check_native_stack(" in __parameter__ calculation")?;
    let mut add = |v: &Owned| {
        if !found.iter().any(|f| f.value() == v.value()) {
            found.push(v.clone());
        }
    };
    for arg in args {
        if TypeRef::from_value(vm, **arg).is_some() {
            continue;
        }
        if tuple::is_tuple(vm, **arg) || list::is_list(vm, **arg) {
            let nested = parameters_of(vm, **arg)?;
            for p in list::snapshot(vm, *nested)? {
                add(&p);
            }
        } else if optional(vm, **arg, "__typing_subst__")?.is_some() {
            add(arg);
        } else if let Some(inner) = optional(vm, **arg, "__parameters__")?
            && tuple::is_tuple(vm, *inner)
        {
            for p in tuple::items(&inner) {
                add(&p.own());
            }
        }
    }
    Ok(())
}

/// The items of a subscript, with unpacked tuples (`*tuple[int, str]`) spread out.
fn spread(vm: &Vm, item: Value) -> PyResult<Vec<Owned>> {
    let items = if tuple::is_tuple(vm, item) { list::snapshot(vm, item)? } else { vec![item.own()] };
    let mut out = Vec::with_capacity(items.len());
    for v in items {
        if TypeRef::from_value(vm, *v).is_none()
            && let Some(inner) = optional(vm, *v, "__typing_unpacked_tuple_args__")?
            && tuple::is_tuple(vm, *inner)
            && tuple::items(&inner).last() != Some(&Value::ELLIPSIS)
        {
            out.extend(tuple::items(&inner).iter().map(|v| v.own()));
            continue;
        }
        out.push(v);
    }
    Ok(out)
}

/// `args` with the values of a subscript in place of `parameters`: the new arguments, a tuple.
pub(super) fn substitute(vm: &Vm, this: Value, args: Value, parameters: Value, item: Value) -> PyResult {
    let parameters = tuple::items(&parameters);
    let shown = || -> PyResult<String> { protocol::object::repr_string(vm, this) };
    if parameters.is_empty() {
        return Err(vm.type_error(&format!("{} is not a generic class", shown()?)));
    }
    let mut values = spread(vm, item)?;
    for p in parameters {
        if let Some(prepare) = optional(vm, *p, "__typing_prepare_subst__")?
            && !prepare.is_none()
        {
            let given = tuple::from_owned(vm, values)?;
            let prepared = protocol::call::positional(vm, *prepare, &[this, *given])?;
            let several = tuple::is_tuple(vm, *prepared);
            values = if several { list::snapshot(vm, *prepared)? } else { vec![prepared] };
        }
    }
    if values.len() != parameters.len() {
        let how = if values.len() > parameters.len() { "many" } else { "few" };
        return Err(vm.type_error(&format!(
            "Too {how} arguments for {}; actual {}, expected {}",
            shown()?,
            values.len(),
            parameters.len()
        )));
    }
    let new = substitute_all(vm, tuple::items(&args), parameters, &values)?;
    tuple::from_owned(vm, new)
}

fn substitute_all(vm: &Vm, args: &[Value], parameters: &[Value], values: &[Owned]) -> PyResult<Vec<Owned>> {
    vm.check_native_stack("")?;
    let mut out = Vec::with_capacity(args.len());
    for arg in args {
        if TypeRef::from_value(vm, *arg).is_some() {
            out.push(arg.own());
            continue;
        }
        if tuple::is_tuple(vm, *arg) || list::is_list(vm, *arg) {
            let inner = list::snapshot(vm, *arg)?;
            let words: Vec<Value> = inner.iter().map(|v| v.value()).collect();
            let new = substitute_all(vm, &words, parameters, values)?;
            out.push(if tuple::is_tuple(vm, *arg) {
                tuple::from_owned(vm, new)?
            } else {
                list::new(vm, new)?
            });
            continue;
        }
        let unpack = match optional(vm, *arg, "__typing_is_unpacked_typevartuple__")? {
            Some(flag) => protocol::compare::is_true(vm, *flag)?,
            None => false,
        };
        let new = match optional(vm, *arg, "__typing_subst__")? {
            Some(subst) => match parameters.iter().position(|p| p == arg) {
                Some(i) => protocol::call::positional(vm, *subst, &[*values[i]])?,
                None => {
                    let shown = protocol::object::repr_string(vm, *arg)?;
                    let text =
                        format!("argument {shown} with __typing_subst__ was not found in __parameters__");
                    return Err(vm.type_error(&text));
                }
            },
            None => substitute_inside(vm, *arg, parameters, values)?,
        };
        if !unpack {
            out.push(new);
        } else if tuple::is_tuple(vm, *new) {
            out.extend(tuple::items(&new).iter().map(|v| v.own()));
        } else {
            let (from, got) = (type_of(vm, *arg).name_str(), type_of(vm, *new).name_str());
            return Err(vm.type_error(&format!(
                "expected __typing_subst__ of {from} objects to return a tuple, not {got}"
            )));
        }
    }
    Ok(out)
}

/// An argument that is itself generic, subscribed with the values of its own parameters.
fn substitute_inside(vm: &Vm, arg: Value, parameters: &[Value], values: &[Owned]) -> PyResult {
    let Some(inner) = optional(vm, arg, "__parameters__")? else { return Ok(arg.own()) };
    if !tuple::is_tuple(vm, *inner) || tuple::items(&inner).is_empty() {
        return Ok(arg.own());
    }
    let mut key = Vec::new();
    for p in tuple::items(&inner) {
        match parameters.iter().position(|q| q == p) {
            // A type variable tuple stands for several values.
            Some(i) if type_of(vm, *p).slots().iter.is_some() && tuple::is_tuple(vm, *values[i]) => {
                key.extend(tuple::items(&values[i]).iter().map(|v| v.own()));
            }
            Some(i) => key.push(values[i].clone()),
            None => key.push(p.own()),
        }
    }
    let key = tuple::from_owned(vm, key)?;
    protocol::item::get(vm, arg, *key)
}

fn get_item(vm: &Vm, this: Value, item: Value) -> PyResult {
    let p = parts(this);
    let parameters = parameters(vm, this)?;
    let new = substitute(vm, this, p.args, *parameters, item)?;
    of_type(vm, type_of(vm, this), p.origin, *new, p.unpacked)
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut GenericAlias;
    // SAFETY: the alias is dying and owns its words.
    unsafe {
        decref((*p).origin);
        decref((*p).args);
        decref((*p).parameters);
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut GenericAlias;
    // SAFETY: a live alias.
    unsafe {
        for v in [(*p).origin, (*p).args, (*p).parameters] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
