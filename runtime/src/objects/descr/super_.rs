//! `super`.

use taipan_layout::{Header, Kind, Value};

use super::super::spec::*;
use super::super::{Slots, TypeRef, cast, dict, new_instance, owned, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, PyResult, Raised, decref};
use crate::protocol;
use crate::signature;
use crate::vm::Vm;

#[repr(C)]
pub struct Super {
    pub header: Header,
    /// The class whose successors are searched.
    pub this_class: Value,
    /// Instance or class; NULL when unbound.
    pub object: Value,
    /// The class whose MRO is searched; NULL when unbound.
    pub object_type: Value,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "super",
    basicsize: size_of::<Super>(),
    kind: Kind::Super,
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)",
    slots: Slots {
        repr: Some(repr),
        getattro: Some(getattro),
        descr_get: Some(bind),
        new: Some(|vm, cls, _| new_instance::<Header>(vm, TypeRef(cls.as_ptr())).map(owned)),
        init: Some(init),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    members: &[
        member("__thisclass__", MemberType::ObjectOrNone, std::mem::offset_of!(Super, this_class), true),
        member("__self__", MemberType::ObjectOrNone, std::mem::offset_of!(Super, object), true),
        member("__self_class__", MemberType::ObjectOrNone, std::mem::offset_of!(Super, object_type), true),
    ],
    ..TypeSpec::DEFAULT
};

fn of<'a>(v: Value) -> &'a mut Super {
    // SAFETY: called through this type's slots only.
    unsafe { cast(v) }
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    signature::no_keywords(vm, "super", &args)?;
    signature::positional_between(vm, "super", &args, 0, 2)?;
    let pos = args.pos();
    let (cls, object) = match pos {
        [] => {
            let (c, o) = crate::interp::super_arguments(vm)?;
            (c, Some(o))
        }
        [c] => (c.own(), None),
        [c, o, ..] => (c.own(), Some(o.own())),
    };
    let Some(ty) = TypeRef::from_value(vm, *cls) else {
        let got = type_of(vm, *cls).name_str();
        return Err(vm.type_error(&format!("super() argument 1 must be a type, not {got}")));
    };
    let object = object.filter(|o| !o.is_none());
    let object_type = match &object {
        Some(o) => Some(check(vm, ty, **o)?.value().own()),
        None => None,
    };
    let s = of(this);
    // SAFETY: the words are owned by the super object.
    unsafe {
        crate::owned::replace(&raw mut s.this_class, Some(cls));
        crate::owned::replace(&raw mut s.object, object);
        crate::owned::replace(&raw mut s.object_type, object_type);
    }
    Ok(())
}

/// The class whose MRO `super(ty, object)` searches.
pub fn check(vm: &Vm, ty: TypeRef, object: Value) -> PyResult<TypeRef> {
    if let Some(o) = TypeRef::from_value(vm, object)
        && o.is_subtype_of(ty)
    {
        return Ok(o);
    }
    let actual = type_of(vm, object);
    if actual.is_subtype_of(ty) {
        return Ok(actual);
    }
    if let Some(c) = protocol::attr::get_optional(vm, object, *vm.names.__class__)?
        && let Some(c) = TypeRef::from_value(vm, *c)
        && c != actual
        && c.is_subtype_of(ty)
    {
        return Ok(c);
    }
    Err(not_an_instance(vm, ty, object))
}

/// What `super(ty, object)` says of an object that it cannot be about.
pub fn not_an_instance(vm: &Vm, ty: TypeRef, object: Value) -> Raised {
    let actual = type_of(vm, object);
    let what = if TypeRef::from_value(vm, object).is_some() { "type" } else { "instance of" };
    let name = TypeRef::from_value(vm, object).map_or_else(|| actual.name_str(), |t| t.name_str());
    vm.type_error(&format!(
        "super(type, obj): obj ({what} {name}) is not an instance or subtype of type ({}).",
        ty.name_str()
    ))
}

/// `super(ty, object).name` for an object whose searched class is `start`; `None` when no successor has it.
pub fn lookup(
    vm: &Vm,
    ty: TypeRef,
    start: TypeRef,
    object: Value,
    name: Value,
) -> PyResult<Option<crate::owned::Owned>> {
    let order: Vec<TypeRef> = start.mro_types().collect();
    let Some(at) = order.iter().position(|t| *t == ty) else { return Ok(None) };
    for t in &order[at + 1..] {
        let Some(found) = dict::get_str(vm, t.dict.get(), name).map(Counted::own) else { continue };
        return match type_of(vm, *found).slots().descr_get {
            Some(get) => {
                let instance = (object != start.value()).then_some(object);
                get(vm, *found, instance, start.value()).map(Some)
            }
            None => Ok(Some(found)),
        };
    }
    Ok(None)
}

/// `super(ty, object).name` where `object` is a class.
pub fn lookup_after(vm: &Vm, ty: TypeRef, object: Value, name: Value) -> PyResult {
    let start = check(vm, ty, object)?;
    match lookup(vm, ty, start, object, name)? {
        Some(v) => Ok(v),
        None => {
            let text = format!("'super' object has no attribute '{}'", str::to_string_lossy(name));
            Err(vm.raise(vm.types.attribute_error, &text))
        }
    }
}

fn getattro(vm: &Vm, this: Value, name: Value) -> PyResult {
    let s = of(this);
    let key = protocol::attr::name_key(vm, name)?;
    if !s.object_type.is_null() && *key != *vm.names.__class__ {
        let (ty, start) = (TypeRef(s.this_class.as_ptr()), TypeRef(s.object_type.as_ptr()));
        let object = s.object.own();
        if let Some(v) = lookup(vm, ty, start, *object, *key)? {
            return Ok(v);
        }
    }
    protocol::attr::generic_get(vm, this, *key)
}

fn bind(vm: &Vm, this: Value, object: Option<Value>, _owner: Value) -> PyResult {
    let s = of(this);
    let Some(object) = object.filter(|o| !o.is_none() && s.object.is_null()) else { return Ok(this.own()) };
    if type_of(vm, this) != vm.types.super_ {
        return protocol::call::positional(vm, type_of(vm, this).value(), &[s.this_class, object]);
    }
    let start = check(vm, TypeRef(s.this_class.as_ptr()), object)?;
    let p = new_instance::<Super>(vm, vm.types.super_)?;
    // SAFETY: fresh memory.
    unsafe {
        (*p).this_class = s.this_class.own().into_value();
        (*p).object = object.own().into_value();
        (*p).object_type = start.value().own().into_value();
    }
    Ok(owned(p))
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let s = of(this);
    let class =
        if s.this_class.is_null() { "NULL".to_owned() } else { TypeRef(s.this_class.as_ptr()).name_str() };
    if s.object_type.is_null() {
        return str::new(vm, &format!("<super: <class '{class}'>, NULL>"));
    }
    let object = TypeRef(s.object_type.as_ptr()).name_str();
    str::new(vm, &format!("<super: <class '{class}'>, <{object} object>>"))
}

unsafe fn dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and of this type.
    unsafe {
        let s = object as *mut Super;
        for v in [(*s).this_class, (*s).object, (*s).object_type] {
            decref(v);
        }
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is of this type.
    unsafe {
        let s = object as *mut Super;
        for v in [(*s).object, (*s).this_class, (*s).object_type] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
