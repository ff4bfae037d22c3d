//! `collections.defaultdict`: a dict that makes the values of missing keys.
#![allow(unsafe_code, reason = "object layout")]

use std::mem::offset_of;

use taipan_layout::objects::Dict;
use taipan_layout::{Header, Value};

use crate::args::Args;
use crate::objects::spec::{Member, MemberType, TypeSpec, class_method, method0, method1, tp_flags};
use crate::objects::{Slots, cast, dict, genericalias, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol::{self, attr, call, iter};
use crate::vm::Vm;

#[repr(C)]
struct DefaultDict {
    base: Dict,
    /// Owned; NULL for none.
    factory: Value,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "collections.defaultdict",
    base: Some(|t| t.dict),
    basicsize: size_of::<DefaultDict>(),
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::MAPPING | tp_flags::DICT_SUBCLASS,
    doc: "A dict that makes the values of missing keys.\n\nThe factory is called without arguments; its result becomes \
          the value of the key. Everything else is as in a dict, arguments included.",
    slots: Slots {
        init: Some(init),
        repr: Some(repr),
        get_item: Some(get_item),
        or: Some(or),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(clear),
        ..Slots::EMPTY
    },
    methods: &[
        method1(
            "__missing__",
            "($self, key, /)",
            missing,
            "What the factory makes, as the value of key; KeyError without a factory.",
        ),
        method0("copy", |vm, this| like(vm, this, this), "A shallow copy."),
        method0("__copy__", |vm, this| like(vm, this, this), "A shallow copy."),
        method0("__reduce__", reduce, "What pickle needs to make the object again."),
        class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
    ],
    members: &[Member {
        name: "default_factory",
        ty: MemberType::ObjectOrNone,
        offset: offset_of!(DefaultDict, factory),
        readonly: false,
        doc: "What makes the values of missing keys, or None",
    }],
    ..TypeSpec::DEFAULT
};

fn of<'a>(v: Value) -> &'a mut DefaultDict {
    // SAFETY: callers pass instances of the type.
    unsafe { cast::<DefaultDict>(v) }
}

/// The factory, unless it is None.
fn factory(this: Value) -> Option<Owned> {
    let factory = of(this).factory;
    (!factory.is_null() && !factory.is_none()).then(|| factory.own())
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let (factory, rest) = match args.pos().first() {
        Some(first) => (Some(*first), Args::with_keywords(&args.all()[1..], args.kwnames())),
        None => (None, args),
    };
    let factory = factory.filter(|factory| !factory.is_none());
    if factory.is_some_and(|factory| !protocol::object::is_callable(vm, factory)) {
        return Err(vm.type_error("first argument must be callable or None"));
    }
    // SAFETY: the word is owned by the dict.
    unsafe { crate::owned::replace(&raw mut of(this).factory, factory.map(|factory| factory.own())) };
    dict::update_from_call(vm, this, rest, "dict")
}

fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    match dict::get(vm, this, key)? {
        Some(v) => Ok(v),
        None if type_of(vm, this) == vm.types.defaultdict => missing(vm, this, key),
        None => dict::missing(vm, this, key),
    }
}

fn missing(vm: &Vm, this: Value, key: Value) -> PyResult {
    let Some(factory) = factory(this) else { return Err(vm.key_error(key)) };
    let value = call::positional(vm, *factory, &[])?;
    // The factory may have made a value itself, by asking for the same key.
    dict::set_default(vm, this, key, *value)
}

/// A new one of the same class, with the same factory and the entries of `source`.
fn like(vm: &Vm, this: Value, source: Value) -> PyResult {
    let factory = factory(this).unwrap_or_else(Owned::none);
    call::positional(vm, type_of(vm, this).value(), &[*factory, source])
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let args = match factory(this) {
        Some(factory) => tuple::from_owned(vm, vec![factory])?,
        None => tuple::empty(vm),
    };
    let items = attr::call_attr(vm, this, "items", &[])?;
    let items = iter::iter(vm, *items)?;
    let parts = vec![type_of(vm, this).value().own(), args, Owned::none(), Owned::none(), items];
    tuple::from_owned(vm, parts)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let entries = match vm.types.dict.slots().repr {
        Some(of_dict) => str::to_string_lossy(*of_dict(vm, this)?),
        None => String::new(),
    };
    let shown = match factory(this) {
        None => "None".to_owned(),
        // The factory may show this very dict.
        Some(factory) => match protocol::object::repr_guard(vm, *factory) {
            Some(_guard) => protocol::object::repr_string(vm, *factory)?,
            None => "...".to_owned(),
        },
    };
    let name = type_of(vm, this).short_name();
    str::new(vm, &format!("{name}({shown}, {entries})"))
}

fn or(vm: &Vm, a: Value, b: Value) -> PyResult {
    let (own, other) = if is_instance(vm, a, vm.types.defaultdict) { (a, b) } else { (b, a) };
    if !dict::is_dict(vm, other) {
        return Ok(Owned::not_implemented());
    }
    let new = like(vm, own, a)?;
    attr::call_attr(vm, *new, "update", &[b])?;
    Ok(new)
}

unsafe fn dealloc(vm: &Vm, object: *mut Header) {
    // SAFETY: the object is dying; what remains of it is a dict.
    unsafe {
        decref((*(object as *mut DefaultDict)).factory);
        dict::dealloc(vm, object);
    }
}

unsafe fn clear(vm: &Vm, object: *mut Header) {
    // SAFETY: a live object, whose word is dropped after it was taken out.
    unsafe {
        decref(std::mem::replace(&mut (*(object as *mut DefaultDict)).factory, Value::NULL));
        dict::clear_slot(vm, object);
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: a live object.
    unsafe {
        let factory = (*(object as *mut DefaultDict)).factory;
        if !factory.is_null() {
            visit(factory);
        }
        dict::traverse(object, visit);
    }
}
