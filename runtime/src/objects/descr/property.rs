//! `property`.

use taipan_layout::{Header, Kind, Value};

use super::super::spec::*;
use super::super::{Slots, TypeRef, cast, new_instance, owned, parameters, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol::{self, call};
use crate::vm::Vm;

#[repr(C)]
pub struct Property {
    pub header: Header,
    pub get: Value,
    pub set: Value,
    pub delete: Value,
    pub doc: Value,
    /// Set by `__set_name__`, for messages.
    pub name: Value,
    pub getter_doc: bool,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "property",
    basicsize: size_of::<Property>(),
    kind: Kind::Property,
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    doc: "Property attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute value\n  fdel\n    function to be used for del'ing an attribute\n  doc\n    docstring",
    signature: "(fget=None, fset=None, fdel=None, doc=None)",
    slots: Slots {
        new: Some(|vm, cls, _| new_instance::<Header>(vm, TypeRef(cls.as_ptr())).map(owned)),
        init: Some(init),
        descr_get: Some(get),
        descr_set: Some(set),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: &[
        method1(
            "getter",
            "($self, object, /)",
            |vm, p, f| with(vm, p, 0, f),
            "The same property with another function for reading.",
        ),
        method1(
            "setter",
            "($self, object, /)",
            |vm, p, f| with(vm, p, 1, f),
            "The same property with another function for assigning.",
        ),
        method1(
            "deleter",
            "($self, object, /)",
            |vm, p, f| with(vm, p, 2, f),
            "The same property with another function for deleting.",
        ),
        raw_method(
            "__set_name__",
            "($self, owner, name, /)",
            set_name,
            "Tells the property the name that its class knows it by.",
        ),
    ],
    members: &[
        member("fget", MemberType::ObjectOrNone, std::mem::offset_of!(Property, get), true),
        member("fset", MemberType::ObjectOrNone, std::mem::offset_of!(Property, set), true),
        member("fdel", MemberType::ObjectOrNone, std::mem::offset_of!(Property, delete), true),
    ],
    getset: &[
        getset("__doc__", get_doc, set_doc, ""),
        getset("__name__", get_name, put_name, ""),
        getter("__isabstractmethod__", is_abstract, ""),
    ],
    ..TypeSpec::DEFAULT
};

fn of<'a>(v: Value) -> &'a mut Property {
    // SAFETY: called through this type's slots only.
    unsafe { cast(v) }
}

/// The getter of a plain property: for attribute caches.
pub fn getter_of(vm: &Vm, v: Value) -> Option<Value> {
    (type_of(vm, v) == vm.types.property).then(|| of(v).get).filter(|g| !g.is_null())
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let a = parameters::bind(vm, "property", ["fget", "fset", "fdel", "doc"], 0, args)?;
    let keep = |v: Value| (!v.is_null() && !v.is_none()).then(|| v.own());
    let p = of(this);
    // SAFETY: the words are owned by the property.
    unsafe {
        crate::owned::replace(&raw mut p.get, keep(a[0]));
        crate::owned::replace(&raw mut p.set, keep(a[1]));
        crate::owned::replace(&raw mut p.delete, keep(a[2]));
    }
    p.getter_doc = false;
    let mut doc = keep(a[3]);
    if doc.is_none()
        && let Some(f) = keep(a[0])
    {
        doc = protocol::attr::get_optional(vm, *f, *vm.names.__doc__)?.filter(|d| !d.is_none());
        p.getter_doc = doc.is_some();
    }
    if type_of(vm, this) == vm.types.property {
        // SAFETY: as above.
        unsafe { crate::owned::replace(&raw mut p.doc, doc) };
    } else {
        // A subclass keeps the text in its own namespace, as its class attribute would hide ours.
        let doc = doc.unwrap_or_else(Owned::none);
        if let Err(raised) = protocol::attr::set(vm, this, *vm.names.__doc__, *doc) {
            // Without a place for it a given text is dropped.
            if of(this).getter_doc {
                return Err(raised);
            }
            vm.catch(raised, vm.types.attribute_error)?;
        }
    }
    Ok(())
}

/// `property 'x' of 'C' object`, for messages.
fn describe(vm: &Vm, this: Value, object: Value) -> String {
    let class = protocol::attr::get(vm, type_of(vm, object).value(), *vm.names.__qualname__);
    let class = match class {
        Ok(q) => str::to_string_lossy(*q),
        Err(raised) => {
            vm.discard(raised);
            type_of(vm, object).name_str()
        }
    };
    match name_of(vm, this) {
        Some(n) => match protocol::object::repr_string(vm, *n) {
            Ok(n) => format!("property {n} of '{class}' object"),
            Err(raised) => {
                vm.discard(raised);
                format!("property of '{class}' object")
            }
        },
        None => format!("property of '{class}' object"),
    }
}

fn name_of(vm: &Vm, this: Value) -> Option<Owned> {
    let p = of(this);
    if !p.name.is_null() {
        return Some(p.name.own());
    }
    if p.get.is_null() {
        return None;
    }
    match protocol::attr::get_optional(vm, p.get, *vm.names.__name__) {
        Ok(n) => n,
        Err(raised) => {
            vm.discard(raised);
            None
        }
    }
}

fn get(vm: &Vm, this: Value, object: Option<Value>, _owner: Value) -> PyResult {
    let Some(object) = object.filter(|o| !o.is_none()) else { return Ok(this.own()) };
    let f = of(this).get;
    if f.is_null() {
        let text = format!("{} has no getter", describe(vm, this, object));
        return Err(vm.raise(vm.types.attribute_error, &text));
    }
    let f = f.own();
    call::positional(vm, *f, &[object])
}

fn set(vm: &Vm, this: Value, object: Value, value: Option<Value>) -> PyResult<()> {
    let (f, what) = match value {
        Some(_) => (of(this).set, "setter"),
        None => (of(this).delete, "deleter"),
    };
    if f.is_null() {
        let text = format!("{} has no {what}", describe(vm, this, object));
        return Err(vm.raise(vm.types.attribute_error, &text));
    }
    let f = f.own();
    match value {
        Some(v) => call::positional(vm, *f, &[object, v])?,
        None => call::positional(vm, *f, &[object])?,
    };
    Ok(())
}

/// A copy with one of the three functions replaced.
fn with(vm: &Vm, this: Value, which: usize, f: Value) -> PyResult {
    let p = of(this);
    let mut parts = [p.get, p.set, p.delete].map(|v| if v.is_null() { Value::NONE } else { v });
    if !f.is_none() {
        parts[which] = f;
    }
    // What came from a getter comes from the getter again.
    let doc = if p.getter_doc && !parts[0].is_none() || p.doc.is_null() { Value::NONE } else { p.doc };
    let class = type_of(vm, this).value();
    let copy = call::positional(vm, class, &[parts[0], parts[1], parts[2], doc])?;
    if super::super::is_instance(vm, *copy, vm.types.property)
        && let Some(n) = (!p.name.is_null()).then(|| p.name.own())
    {
        // SAFETY: the word is owned by the copy.
        unsafe { crate::owned::replace(&raw mut of(*copy).name, Some(n)) };
    }
    Ok(copy)
}

fn set_name(vm: &Vm, this: Value, args: Args) -> PyResult {
    let [_, name] = args.all() else {
        let n = args.all().len();
        let text = format!("__set_name__() takes 2 positional arguments but {n} were given");
        return Err(vm.type_error(&text));
    };
    // SAFETY: the word is owned by the property.
    unsafe { crate::owned::replace(&raw mut of(this).name, Some(name.own())) };
    Ok(Owned::none())
}

fn get_doc(_: &Vm, this: Value) -> PyResult {
    let d = of(this).doc;
    Ok(if d.is_null() { Owned::none() } else { d.own() })
}

fn set_doc(_: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    // SAFETY: the word is owned by the property.
    unsafe { crate::owned::replace(&raw mut of(this).doc, value.map(Counted::own)) };
    Ok(())
}

fn get_name(vm: &Vm, this: Value) -> PyResult {
    let p = of(this);
    let found = if !p.name.is_null() {
        Some(p.name.own())
    } else if p.get.is_null() {
        None
    } else {
        let f = p.get.own();
        protocol::attr::get_optional(vm, *f, *vm.names.__name__)?
    };
    match found {
        Some(n) => Ok(n),
        None => {
            let t = type_of(vm, this).name_str();
            Err(vm.raise(vm.types.attribute_error, &format!("'{t}' object has no attribute '__name__'")))
        }
    }
}

fn put_name(_: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    // SAFETY: the word is owned by the property.
    unsafe { crate::owned::replace(&raw mut of(this).name, value.map(Counted::own)) };
    Ok(())
}

fn is_abstract(vm: &Vm, this: Value) -> PyResult {
    let p = of(this);
    for f in [p.get, p.set, p.delete] {
        if f.is_null() {
            continue;
        }
        if let Some(v) = protocol::attr::get_optional(vm, f, *vm.names.__isabstractmethod__)?
            && protocol::compare::is_true(vm, *v)?
        {
            return Ok(Owned::bool(true));
        }
    }
    Ok(Owned::bool(false))
}

unsafe fn dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and of this type.
    unsafe {
        let p = object as *mut Property;
        for word in [&mut (*p).get, &mut (*p).set, &mut (*p).delete, &mut (*p).doc, &mut (*p).name] {
            decref(std::mem::replace(word, Value::NULL));
        }
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is of this type.
    unsafe {
        let p = object as *mut Property;
        for v in [(*p).get, (*p).set, (*p).delete, (*p).doc, (*p).name] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
