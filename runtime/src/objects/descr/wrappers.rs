//! `classmethod` and `staticmethod`.

use taipan_layout::{Header, Value};

use super::super::spec::*;
use super::super::{Slots, TypeRef, cast, dict, genericalias, method, new_instance, owned, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::signature;
use crate::vm::Vm;

/// Both types: the wrapped callable and the instance's `__dict__`.
#[repr(C)]
pub struct Wrapper {
    pub header: Header,
    pub callable: Value,
    pub dict: Value,
}

const DICT_OFFSET: i32 = std::mem::offset_of!(Wrapper, dict) as i32;

const ATTRS: &[GetSet] = &[
    getset("__dict__", super::get_dict, super::set_dict, ""),
    getter("__isabstractmethod__", is_abstract, ""),
    getset(
        "__annotations__",
        |vm, this| wrapped_attribute(vm, this, "__annotations__"),
        |vm, this, value| set_own_attribute(vm, this, "__annotations__", value),
        "",
    ),
    getset(
        "__annotate__",
        |vm, this| wrapped_attribute(vm, this, "__annotate__"),
        |vm, this, value| set_own_attribute(vm, this, "__annotate__", value),
        "",
    ),
];

/// An attribute of what is wrapped, kept once it was asked for.
fn wrapped_attribute(vm: &Vm, this: Value, name: &str) -> PyResult {
    let namespace = super::get_dict(vm, this)?;
    let name = str::intern(vm, name);
    if let Some(known) = dict::get_str(vm, *namespace, *name) {
        return Ok(known.own());
    }
    let f = of(this).callable.own();
    let found = protocol::attr::get(vm, *f, *name)?;
    dict::set_str(vm, *namespace, *name, *found)?;
    Ok(found)
}

fn set_own_attribute(vm: &Vm, this: Value, name: &str, value: Option<Value>) -> PyResult<()> {
    let namespace = super::get_dict(vm, this)?;
    let name = str::intern(vm, name);
    match value {
        Some(value) => dict::set_str(vm, *namespace, *name, value),
        None if dict::get_str(vm, *namespace, *name).is_some() => dict::delete(vm, *namespace, *name),
        None => {
            let text = format!(
                "'{}' object has no attribute '{}'",
                type_of(vm, this).name_str(),
                str::to_string_lossy(*name)
            );
            Err(vm.raise(vm.types.attribute_error, &text))
        }
    }
}
const METHODS: &[MethodSpec] =
    &[class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585")];
const MEMBERS: &[Member] = &[
    member("__func__", MemberType::ObjectOrNone, std::mem::offset_of!(Wrapper, callable), true),
    member("__wrapped__", MemberType::ObjectOrNone, std::mem::offset_of!(Wrapper, callable), true),
];

pub static CLASSMETHOD_SPEC: TypeSpec = TypeSpec {
    name: "classmethod",
    basicsize: size_of::<Wrapper>(),
    dictoffset: DICT_OFFSET,
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    doc: "Convert a function to be a class method.",
    signature: "(function, /)",
    slots: Slots { repr: Some(|vm, w| repr(vm, w, "classmethod")), descr_get: Some(class_get), ..COMMON },
    methods: METHODS,
    getset: ATTRS,
    members: MEMBERS,
    ..TypeSpec::DEFAULT
};

pub static STATICMETHOD_SPEC: TypeSpec = TypeSpec {
    name: "staticmethod",
    basicsize: size_of::<Wrapper>(),
    dictoffset: DICT_OFFSET,
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    doc: "Convert a function to be a static method.",
    signature: "(function, /)",
    slots: Slots {
        repr: Some(|vm, w| repr(vm, w, "staticmethod")),
        descr_get: Some(|_, w, _, _| Ok(of(w).callable.own())),
        call: Some(|vm, w, args| {
            let f = of(w).callable.own();
            protocol::call::with_args(vm, *f, args)
        }),
        ..COMMON
    },
    methods: METHODS,
    getset: ATTRS,
    members: MEMBERS,
    ..TypeSpec::DEFAULT
};

const COMMON: Slots = Slots {
    new: Some(new),
    init: Some(init),
    dealloc: Some(dealloc),
    traverse: Some(traverse),
    clear: Some(dealloc),
    ..Slots::EMPTY
};

fn of<'a>(v: Value) -> &'a mut Wrapper {
    // SAFETY: called through these types' slots only.
    unsafe { cast(v) }
}

fn new(vm: &Vm, cls: Value, _: Args) -> PyResult {
    let p = new_instance::<Wrapper>(vm, TypeRef(cls.as_ptr()))?;
    // SAFETY: fresh memory.
    unsafe { (*p).callable = Value::NONE };
    Ok(owned(p))
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let name = type_of(vm, this).name_str();
    signature::no_keywords(vm, &name, &args)?;
    signature::positional_between(vm, &name, &args, 1, 1)?;
    let f = args.pos()[0];
    // SAFETY: the word is owned by the wrapper.
    unsafe { crate::owned::replace(&raw mut of(this).callable, Some(f.own())) };
    copy_attributes(vm, this, f)
}

/// The wrapper looks like what it wraps (`functools.update_wrapper`'s attributes).
fn copy_attributes(vm: &Vm, this: Value, f: Value) -> PyResult<()> {
    let n = &vm.names;
    for name in [*n.__module__, *n.__name__, *n.__qualname__, *n.__doc__] {
        if let Some(v) = protocol::attr::get_optional(vm, f, name)? {
            let d = super::get_dict(vm, this)?;
            dict::set_str(vm, *d, name, *v)?;
        }
    }
    Ok(())
}

pub fn new_classmethod(vm: &Vm, f: Value) -> PyResult {
    protocol::call::positional(vm, vm.types.classmethod.value(), &[f])
}

/// A `staticmethod` made by the runtime itself: no attribute copies.
pub fn new_staticmethod(vm: &Vm, f: Value) -> PyResult {
    let p = new_instance::<Wrapper>(vm, vm.types.staticmethod)?;
    // SAFETY: fresh memory.
    unsafe { (*p).callable = f.own().into_value() };
    Ok(owned(p))
}

/// The function inside of a `staticmethod` or `classmethod`.
pub fn callable_of(vm: &Vm, v: Value) -> Option<Value> {
    let t = type_of(vm, v);
    (t == vm.types.staticmethod || t == vm.types.classmethod).then(|| of(v).callable)
}

fn class_get(vm: &Vm, this: Value, object: Option<Value>, owner: Value) -> PyResult {
    let cls = if owner.is_null() || owner.is_none() {
        object.map_or(Value::NONE, |o| type_of(vm, o).value())
    } else {
        owner
    };
    method::new(vm, of(this).callable, cls)
}

fn repr(vm: &Vm, this: Value, name: &str) -> PyResult {
    let f = of(this).callable.own();
    let inner = protocol::object::repr_string(vm, *f)?;
    str::new(vm, &format!("<{name}({inner})>"))
}

fn is_abstract(vm: &Vm, this: Value) -> PyResult {
    let f = of(this).callable.own();
    match protocol::attr::get_optional(vm, *f, *vm.names.__isabstractmethod__)? {
        Some(v) => Ok(Owned::bool(protocol::compare::is_true(vm, *v)?)),
        None => Ok(Owned::bool(false)),
    }
}

unsafe fn dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and of one of these types.
    unsafe {
        let w = object as *mut Wrapper;
        for word in [&mut (*w).callable, &mut (*w).dict] {
            decref(std::mem::replace(word, Value::NULL));
        }
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is of one of these types.
    unsafe {
        let w = object as *mut Wrapper;
        visit((*w).callable);
        if !(*w).dict.is_null() {
            visit((*w).dict);
        }
    }
}
