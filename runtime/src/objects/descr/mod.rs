//! Descriptors: slot wrappers, computed and stored attributes, `property`, `classmethod`, `staticmethod`, `super`,
//! `mappingproxy`.

pub mod mappingproxy;
pub mod property;
pub mod super_;
pub mod wrappers;

use taipan_layout::{Header, Value};

use super::spec::*;
use super::typeobject::slotdefs::{SlotDef, Wrap};
use super::{CompareOp, Slots, TypeRef, cast, new_instance, owned, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, Raised, decref};
use crate::protocol;
use crate::signature;
use crate::vm::Vm;

/// `int.__add__`: a native slot under its dunder name.
#[repr(C)]
pub struct WrapperDescriptor {
    pub header: Header,
    pub owner: Value,
    pub def: &'static SlotDef,
}

/// `(1).__add__`: a wrapper bound to an object.
#[repr(C)]
pub struct MethodWrapper {
    pub header: Header,
    pub descriptor: Value,
    pub receiver: Value,
}

#[repr(C)]
pub struct GetSetDescriptor {
    pub header: Header,
    pub owner: Value,
    pub spec: &'static GetSet,
}

#[repr(C)]
pub struct MemberDescriptor {
    pub header: Header,
    pub owner: Value,
    /// The attribute's name, owned.
    pub name: Value,
    pub ty: MemberType,
    pub readonly: bool,
    pub offset: usize,
    doc: &'static str,
}

pub static WRAPPER_DESCRIPTOR_SPEC: TypeSpec = TypeSpec {
    name: "wrapper_descriptor",
    basicsize: size_of::<WrapperDescriptor>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION | tp_flags::METHOD_DESCRIPTOR,
    slots: Slots {
        repr: Some(|vm, d| {
            let (n, t) = (wrapper(d).def.name, owner_name(wrapper(d).owner));
            str::new(vm, &format!("<slot wrapper '{n}' of '{t}' objects>"))
        }),
        call: Some(wrapper_call),
        descr_get: Some(wrapper_get),
        ..Slots::EMPTY
    },
    methods: &[method0("__reduce__", wrapper_reduce, "What pickle and copy ask: the attribute by its name.")],
    getset: &[
        getter("__name__", |vm, d| str::new(vm, wrapper(d).def.name), ""),
        getter(
            "__qualname__",
            |vm, d| str::new(vm, &format!("{}.{}", owner_short_name(wrapper(d).owner), wrapper(d).def.name)),
            "",
        ),
        getter("__doc__", |vm, d| str::new(vm, wrapper(d).def.doc), ""),
        getter("__text_signature__", |vm, d| str::new(vm, wrapper(d).def.signature), ""),
        getter("__objclass__", |_, d| Ok(wrapper(d).owner.own()), ""),
    ],
    ..TypeSpec::DEFAULT
};

pub static METHOD_WRAPPER_SPEC: TypeSpec = TypeSpec {
    name: "method-wrapper",
    basicsize: size_of::<MethodWrapper>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|vm, w| {
            let w = method_wrapper(w);
            let t = type_of(vm, w.receiver).name_str();
            let n = wrapper(w.descriptor).def.name;
            str::new(vm, &format!("<method-wrapper '{n}' of {t} object at {:#x}>", w.receiver.0))
        }),
        call: Some(|vm, w, args| {
            let w = method_wrapper(w);
            call_slot(vm, wrapper(w.descriptor), w.receiver, args)
        }),
        richcompare: Some(method_wrapper_compare),
        hash: Some(|_, w| {
            let w = method_wrapper(w);
            Ok(((w.receiver.0 as i64).rotate_right(4) ^ (w.descriptor.0 as i64).rotate_right(8))
                & (i64::MAX >> 1))
        }),
        dealloc: Some(method_wrapper_dealloc),
        traverse: Some(method_wrapper_traverse),
        ..Slots::EMPTY
    },
    methods: &[method0(
        "__reduce__",
        method_wrapper_reduce,
        "What pickle and copy ask: the attribute by its name.",
    )],
    getset: &[
        getter("__self__", |_, w| Ok(method_wrapper(w).receiver.own()), ""),
        getter("__name__", |vm, w| str::new(vm, wrapper(method_wrapper(w).descriptor).def.name), ""),
        getter(
            "__qualname__",
            |vm, w| {
                let d = wrapper(method_wrapper(w).descriptor);
                str::new(vm, &format!("{}.{}", owner_short_name(d.owner), d.def.name))
            },
            "",
        ),
        getter("__doc__", |vm, w| str::new(vm, wrapper(method_wrapper(w).descriptor).def.doc), ""),
        getter(
            "__text_signature__",
            |vm, w| str::new(vm, wrapper(method_wrapper(w).descriptor).def.signature),
            "",
        ),
        getter("__objclass__", |_, w| Ok(wrapper(method_wrapper(w).descriptor).owner.own()), ""),
    ],
    ..TypeSpec::DEFAULT
};

pub static GETSET_SPEC: TypeSpec = TypeSpec {
    name: "getset_descriptor",
    basicsize: size_of::<GetSetDescriptor>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|vm, d| {
            let d = getset_of(d);
            str::new(vm, &format!("<attribute '{}' of '{}' objects>", d.spec.name, owner_name(d.owner)))
        }),
        descr_get: Some(getset_get),
        descr_set: Some(getset_set),
        dealloc: Some(getset_dealloc),
        traverse: Some(getset_traverse),
        ..Slots::EMPTY
    },
    methods: &[],
    getset: &[
        getter("__name__", |vm, d| str::new(vm, getset_of(d).spec.name), ""),
        getter(
            "__qualname__",
            |vm, d| {
                str::new(vm, &format!("{}.{}", owner_short_name(getset_of(d).owner), getset_of(d).spec.name))
            },
            "",
        ),
        getter("__doc__", |vm, d| text_or_none(vm, getset_of(d).spec.doc), ""),
        getter("__objclass__", |_, d| Ok(getset_of(d).owner.own()), ""),
    ],
    ..TypeSpec::DEFAULT
};

pub static MEMBER_SPEC: TypeSpec = TypeSpec {
    name: "member_descriptor",
    basicsize: size_of::<MemberDescriptor>(),
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|vm, d| {
            let d = member_of(d);
            let n = str::to_string_lossy(d.name);
            str::new(vm, &format!("<member '{n}' of '{}' objects>", owner_name(d.owner)))
        }),
        descr_get: Some(member_get),
        descr_set: Some(member_set),
        dealloc: Some(member_dealloc),
        traverse: Some(member_traverse),
        ..Slots::EMPTY
    },
    methods: &[method0("__reduce__", member_reduce, "What pickle and copy ask: the attribute by its name.")],
    getset: &[
        getter("__name__", |_, d| Ok(member_of(d).name.own()), ""),
        getter(
            "__qualname__",
            |vm, d| {
                let d = member_of(d);
                str::new(vm, &format!("{}.{}", owner_short_name(d.owner), str::to_string_lossy(d.name)))
            },
            "",
        ),
        getter("__doc__", |vm, d| text_or_none(vm, member_of(d).doc), ""),
        getter("__objclass__", |_, d| Ok(member_of(d).owner.own()), ""),
    ],
    ..TypeSpec::DEFAULT
};

fn wrapper<'a>(v: Value) -> &'a WrapperDescriptor {
    // SAFETY: called for objects of this type only.
    unsafe { cast(v) }
}
fn method_wrapper<'a>(v: Value) -> &'a MethodWrapper {
    // SAFETY: as above.
    unsafe { cast(v) }
}
fn getset_of<'a>(v: Value) -> &'a GetSetDescriptor {
    // SAFETY: as above.
    unsafe { cast(v) }
}
fn member_of<'a>(v: Value) -> &'a MemberDescriptor {
    // SAFETY: as above.
    unsafe { cast(v) }
}

fn owner_short_name(owner: Value) -> String {
    TypeRef(owner.as_ptr()).short_name()
}

fn owner_name(owner: Value) -> String {
    TypeRef(owner.as_ptr()).name_str()
}

fn text_or_none(vm: &Vm, text: &str) -> PyResult {
    if text.is_empty() { Ok(Owned::none()) } else { str::new(vm, text) }
}

pub fn new_wrapper(vm: &Vm, ty: TypeRef, def: &'static SlotDef) -> PyResult {
    let p = new_instance::<WrapperDescriptor>(vm, vm.types.wrapper_descriptor)?;
    // SAFETY: fresh memory. The owner is a built-in type, which is immortal.
    unsafe {
        (*p).owner = ty.value();
        (&raw mut (*p).def).write(def);
    }
    Ok(owned(p))
}

/// The type and slot of a wrapper descriptor.
pub fn as_wrapper(vm: &Vm, v: Value) -> Option<(TypeRef, &'static SlotDef)> {
    (type_of(vm, v) == vm.types.wrapper_descriptor)
        .then(|| (TypeRef(wrapper(v).owner.as_ptr()), wrapper(v).def))
}

pub fn new_getset(vm: &Vm, ty: TypeRef, spec: &'static GetSet) -> PyResult {
    let p = new_instance::<GetSetDescriptor>(vm, vm.types.getset_descriptor)?;
    crate::owned::incref(ty.value());
    // SAFETY: fresh memory.
    unsafe {
        (*p).owner = ty.value();
        (&raw mut (*p).spec).write(spec);
    }
    Ok(owned(p))
}

pub fn new_member(vm: &Vm, ty: TypeRef, spec: &'static Member) -> PyResult {
    let name = str::intern(vm, spec.name);
    make_member(vm, ty, *name, spec.ty, spec.readonly, spec.offset, spec.doc)
}

/// The descriptor of a `__slots__` entry.
pub fn new_slot_member(vm: &Vm, ty: TypeRef, name: Value, offset: usize) -> PyResult {
    make_member(vm, ty, name, MemberType::Object, false, offset, "")
}

fn make_member(
    vm: &Vm,
    ty: TypeRef,
    name: Value,
    member_type: MemberType,
    readonly: bool,
    offset: usize,
    doc: &'static str,
) -> PyResult {
    let p = new_instance::<MemberDescriptor>(vm, vm.types.member_descriptor)?;
    crate::owned::incref(ty.value());
    // SAFETY: fresh memory.
    unsafe {
        (*p).owner = ty.value();
        (*p).name = name.own().into_value();
        (*p).ty = member_type;
        (*p).readonly = readonly;
        (*p).offset = offset;
        (&raw mut (*p).doc).write(doc);
    }
    Ok(owned(p))
}

/// Offset of the word that a member descriptor stores to, and whether it may be written: for attribute caches.
pub fn member_slot(vm: &Vm, v: Value) -> Option<(usize, bool)> {
    if type_of(vm, v) != vm.types.member_descriptor {
        return None;
    }
    let m = member_of(v);
    (m.ty == MemberType::Object).then_some((m.offset, m.readonly))
}

/// Gives a new class its `__dict__` and `__weakref__` attributes.
pub fn add_dict_and_weakref(
    vm: &Vm,
    ty: TypeRef,
    namespace: Value,
    with_dict: bool,
    with_weakref: bool,
) -> PyResult<()> {
    static DICT: GetSet =
        getset("__dict__", class_get_dict, class_set_dict, "dictionary for instance variables");
    static WEAKREF: GetSet =
        getter("__weakref__", get_weakref, "the weak references to the object, the first of them");
    for (spec, wanted) in [(&DICT, with_dict), (&WEAKREF, with_weakref)] {
        let name = str::intern(vm, spec.name);
        if wanted && super::dict::get_str(vm, namespace, *name).is_none() {
            let d = new_getset(vm, ty, spec)?;
            super::dict::set_str(vm, namespace, *name, *d)?;
        }
    }
    Ok(())
}

/// The `__dict__` attribute of the native type that the object's class comes from, when that type has its own idea of it:
/// types, modules and exceptions do.
fn native_dict_attribute(vm: &Vm, o: Value) -> Option<Owned> {
    let native =
        std::iter::successors(Some(type_of(vm, o)), |t| t.base_type()).find(|t| !t.is_heap_type())?;
    native.lookup(vm, *vm.names.__dict__).map(Counted::own)
}

fn class_get_dict(vm: &Vm, o: Value) -> PyResult {
    let native = native_dict_attribute(vm, o);
    match native.as_ref().and_then(|d| type_of(vm, **d).slots().descr_get.map(|get| (d, get))) {
        Some((d, get)) => get(vm, **d, Some(o), type_of(vm, o).value()),
        None => get_dict(vm, o),
    }
}

fn class_set_dict(vm: &Vm, o: Value, value: Option<Value>) -> PyResult<()> {
    let native = native_dict_attribute(vm, o);
    match native.as_ref().and_then(|d| type_of(vm, **d).slots().descr_set.map(|set| (d, set))) {
        Some((d, set)) => set(vm, **d, o, value),
        None => set_dict(vm, o, value),
    }
}

/// `instance.__dict__`, for every type that keeps one.
pub fn get_dict(vm: &Vm, o: Value) -> PyResult {
    match protocol::attr::instance_dict(vm, o, true)? {
        Some(d) => Ok(d),
        None => {
            let t = type_of(vm, o).name_str();
            Err(vm.raise(vm.types.attribute_error, &format!("'{t}' object has no attribute '__dict__'")))
        }
    }
}

pub fn set_dict(vm: &Vm, o: Value, value: Option<Value>) -> PyResult<()> {
    // A deleted namespace is there again, empty, when it is asked for.
    let new = match value {
        Some(value) => value.own(),
        None => super::dict::new(vm)?,
    };
    let value = *new;
    if !super::is_instance(vm, value, vm.types.dict) {
        let got = type_of(vm, value).name_str();
        return Err(vm.type_error(&format!("__dict__ must be set to a dictionary, not a '{got}'")));
    }
    let ty = type_of(vm, o);
    if ty.has_flag(tp_flags::SHAPED) {
        super::typeobject::shapes::attach_dict(o, value.own());
    } else if let Some(word) = protocol::attr::dict_word(ty, o) {
        // SAFETY: the word is inside the object and owned.
        unsafe { crate::owned::replace(word, Some(value.own())) };
    }
    Ok(())
}

fn get_weakref(vm: &Vm, o: Value) -> PyResult {
    Ok(super::weakref::references(vm, o).into_iter().next().unwrap_or_else(Owned::none))
}

fn wrapper_get(vm: &Vm, d: Value, object: Option<Value>, _owner: Value) -> PyResult {
    let Some(object) = object else { return Ok(d.own()) };
    check_receiver(vm, wrapper(d).owner, wrapper(d).def.name, object)?;
    let p = new_instance::<MethodWrapper>(vm, vm.types.method_wrapper)?;
    // SAFETY: fresh memory.
    unsafe {
        (*p).descriptor = d.own().into_value();
        (*p).receiver = object.own().into_value();
    }
    Ok(owned(p))
}

fn check_receiver(vm: &Vm, owner: Value, name: &str, object: Value) -> PyResult<()> {
    let owner = TypeRef(owner.as_ptr());
    let actual = type_of(vm, object);
    if actual == owner || actual.is_subtype_of(owner) {
        return Ok(());
    }
    let (t, got) = (owner.name_str(), actual.name_str());
    Err(vm.type_error(&format!("descriptor '{name}' for '{t}' objects doesn't apply to a '{got}' object")))
}

fn wrapper_call(vm: &Vm, d: Value, args: Args) -> PyResult {
    let w = wrapper(d);
    let Some((&first, rest)) = args.all().split_first().filter(|_| !args.pos().is_empty()) else {
        let (n, t) = (w.def.name, owner_name(w.owner));
        return Err(vm.type_error(&format!("descriptor '{n}' of '{t}' object needs an argument")));
    };
    let owner = TypeRef(w.owner.as_ptr());
    let actual = type_of(vm, first);
    if actual != owner && !actual.is_subtype_of(owner) {
        let (n, t, got) = (w.def.name, owner.name_str(), actual.name_str());
        return Err(
            vm.type_error(&format!("descriptor '{n}' requires a '{t}' object but received a '{got}'"))
        );
    }
    call_slot(vm, w, first, Args::with_keywords(rest, args.kwnames()))
}

/// Calls the slot that a wrapper stands for.
fn call_slot(vm: &Vm, w: &WrapperDescriptor, this: Value, args: Args) -> PyResult {
    let slots = *TypeRef(w.owner.as_ptr()).slots();
    let name = w.def.name;
    let gone = |vm: &Vm| -> Raised { vm.type_error(&format!("slot {name} is empty")) };
    if !matches!(w.def.wrap, Wrap::Call(_) | Wrap::Init(_)) && args.has_keywords() {
        return Err(vm.type_error(&format!("wrapper {name}() takes no keyword arguments")));
    }
    let exactly = |n: usize| -> PyResult<&[Value]> {
        let got = args.pos().len();
        if got != n {
            // Only the two-argument wrappers say who they are.
            let who = if n == 2 { format!("{name} ") } else { String::new() };
            return Err(
                vm.type_error(&format!("{who}expected {n} argument{}, got {got}", signature::plural(n)))
            );
        }
        Ok(args.pos())
    };
    let one_or_two = || match args.pos().len() {
        1 | 2 => Ok(args.pos()),
        got => Err(vm.type_error(&format!("expected 1 or 2 arguments, got {got}"))),
    };
    match w.def.wrap {
        Wrap::Unary(get) => {
            exactly(0)?;
            get(&slots).ok_or_else(|| gone(vm))?(vm, this)
        }
        Wrap::Binary(get) => {
            let a = exactly(1)?;
            get(&slots).ok_or_else(|| gone(vm))?(vm, this, a[0])
        }
        Wrap::Reflected(get) => {
            let a = exactly(1)?;
            get(&slots).ok_or_else(|| gone(vm))?(vm, a[0], this)
        }
        Wrap::Ternary(get) => {
            let a = one_or_two()?;
            get(&slots).ok_or_else(|| gone(vm))?(vm, this, a[0], a.get(1).copied().unwrap_or(Value::NONE))
        }
        Wrap::ReflectedTernary(get) => {
            let a = one_or_two()?;
            get(&slots).ok_or_else(|| gone(vm))?(vm, a[0], this, a.get(1).copied().unwrap_or(Value::NONE))
        }
        Wrap::Bool(get) => {
            exactly(0)?;
            Ok(Owned::bool(get(&slots).ok_or_else(|| gone(vm))?(vm, this)?))
        }
        Wrap::Len(get) => {
            exactly(0)?;
            super::int::new(vm, get(&slots).ok_or_else(|| gone(vm))?(vm, this)? as i64)
        }
        Wrap::Hash(get) => {
            exactly(0)?;
            super::int::new(vm, get(&slots).ok_or_else(|| gone(vm))?(vm, this)?)
        }
        Wrap::Contains(get) => {
            let a = exactly(1)?;
            Ok(Owned::bool(get(&slots).ok_or_else(|| gone(vm))?(vm, this, a[0])?))
        }
        Wrap::Repeat(get) => {
            let a = exactly(1)?;
            let n = protocol::index::to_isize(vm, a[0])?;
            get(&slots).ok_or_else(|| gone(vm))?(vm, this, n)
        }
        Wrap::Compare(op) => {
            let a = exactly(1)?;
            slots.richcompare.ok_or_else(|| gone(vm))?(vm, this, a[0], op)
        }
        Wrap::Set(get) => {
            let a = exactly(2)?;
            guard_setattr(vm, name, w, this)?;
            get(&slots).ok_or_else(|| gone(vm))?(vm, this, a[0], Some(a[1]))?;
            Ok(Owned::none())
        }
        Wrap::Delete(get) => {
            let a = exactly(1)?;
            guard_setattr(vm, name, w, this)?;
            get(&slots).ok_or_else(|| gone(vm))?(vm, this, a[0], None)?;
            Ok(Owned::none())
        }
        Wrap::Next(get) => {
            exactly(0)?;
            match get(&slots).ok_or_else(|| gone(vm))?(vm, this)? {
                Some(v) => Ok(v),
                None => Err(vm.stop_iteration(None)),
            }
        }
        Wrap::Call(get) => get(&slots).ok_or_else(|| gone(vm))?(vm, this, args),
        Wrap::Init(get) => {
            get(&slots).ok_or_else(|| gone(vm))?(vm, this, args)?;
            Ok(Owned::none())
        }
        Wrap::DescrGet(get) => {
            signature::positional_between(vm, name, &args, 1, 2)?;
            let a = args.pos();
            let object = Some(a[0]).filter(|o| !o.is_none());
            let cls = a.get(1).copied().filter(|c| !c.is_none());
            if object.is_none() && cls.is_none() {
                return Err(vm.type_error("__get__(None, None) is invalid"));
            }
            get(&slots).ok_or_else(|| gone(vm))?(vm, this, object, cls.unwrap_or(Value::NULL))
        }
        Wrap::Buffer(get) => {
            exactly(1)?;
            protocol::index::to_i64(vm, args.pos()[0])?;
            let memory = get(&slots).ok_or_else(|| gone(vm))?(vm, this)?;
            super::bytes::memoryview::of_buffer(vm, memory)
        }
        Wrap::Finalize(get) => {
            exactly(0)?;
            get(&slots).ok_or_else(|| gone(vm))?(vm, this);
            Ok(Owned::none())
        }
    }
}

/// `object.__setattr__(cls, …)` must not get around a metaclass's rules.
fn guard_setattr(vm: &Vm, name: &str, w: &WrapperDescriptor, this: Value) -> PyResult<()> {
    let is_attr = matches!(name, "__setattr__" | "__delattr__");
    if is_attr && w.owner == vm.types.object.value() && TypeRef::from_value(vm, this).is_some() {
        let t = type_of(vm, this).name_str();
        return Err(vm.type_error(&format!("can't apply this {name} to {t} object")));
    }
    Ok(())
}

fn method_wrapper_compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if type_of(vm, a) != type_of(vm, b) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    let (x, y) = (method_wrapper(a), method_wrapper(b));
    let same = x.descriptor == y.descriptor && x.receiver == y.receiver;
    Ok(Owned::bool(same == (op == CompareOp::Eq)))
}

fn getset_get(vm: &Vm, d: Value, object: Option<Value>, _owner: Value) -> PyResult {
    let Some(object) = object else { return Ok(d.own()) };
    let g = getset_of(d);
    check_receiver(vm, g.owner, g.spec.name, object)?;
    (g.spec.get)(vm, object)
}

fn getset_set(vm: &Vm, d: Value, object: Value, value: Option<Value>) -> PyResult<()> {
    let g = getset_of(d);
    check_receiver(vm, g.owner, g.spec.name, object)?;
    match g.spec.set {
        Some(set) => set(vm, object, value),
        None => {
            let (n, t) = (g.spec.name, owner_name(g.owner));
            let text = format!("attribute '{n}' of '{t}' objects is not writable");
            Err(vm.raise(vm.types.attribute_error, &text))
        }
    }
}

fn member_get(vm: &Vm, d: Value, object: Option<Value>, _owner: Value) -> PyResult {
    let Some(object) = object else { return Ok(d.own()) };
    let m = member_of(d);
    check_receiver(vm, m.owner, &str::to_string_lossy(m.name), object)?;
    // SAFETY: the receiver's type, just checked, has a field of this type at the offset.
    unsafe {
        let at = object.as_ptr::<u8>().add(m.offset);
        match m.ty {
            MemberType::ObjectOrNone => {
                let v = *(at as *const Value);
                Ok(if v.is_null() { Owned::none() } else { v.own() })
            }
            MemberType::Builtins => Ok(super::function::builtins::visible(vm, *(at as *const Value)).own()),
            MemberType::Object => {
                let v = *(at as *const Value);
                if v.is_null() {
                    let text = format!(
                        "'{}' object has no attribute '{}'",
                        super::typeobject::attrs::qualified_name(vm, type_of(vm, object)),
                        str::to_string_lossy(m.name)
                    );
                    return Err(protocol::attr::raise_missing(vm, object, m.name, &text));
                }
                Ok(v.own())
            }
            MemberType::Bool => Ok(Owned::bool(*at != 0)),
            MemberType::I32 => Ok(Owned::fixnum(*(at as *const i32) as i64)),
            MemberType::U32 => Ok(Owned::fixnum(*(at as *const u32) as i64)),
            MemberType::Usize => Ok(Owned::fixnum(*(at as *const usize) as i64)),
            MemberType::F64 => super::float::new(vm, *(at as *const f64)),
        }
    }
}

fn member_set(vm: &Vm, d: Value, object: Value, value: Option<Value>) -> PyResult<()> {
    let m = member_of(d);
    check_receiver(vm, m.owner, &str::to_string_lossy(m.name), object)?;
    if m.readonly {
        return Err(vm.raise(vm.types.attribute_error, "readonly attribute"));
    }
    // SAFETY: as in `member_get`; the word owns its reference.
    unsafe {
        let at = object.as_ptr::<u8>().add(m.offset);
        match (m.ty, value) {
            (MemberType::Object | MemberType::ObjectOrNone | MemberType::Builtins, value) => {
                // What reads as None when it is unset can be deleted at any time.
                let is_slot = m.ty == MemberType::Object;
                if is_slot && value.is_none() && (*(at as *const Value)).is_null() {
                    return Err(vm.raise_with(vm.types.attribute_error, &[m.name]));
                }
                crate::owned::replace(at as *mut Value, value.map(Counted::own));
            }
            (MemberType::Bool, Some(v)) => match v {
                Value::TRUE => *at = 1,
                Value::FALSE => *at = 0,
                _ => return Err(vm.type_error("attribute value type must be bool")),
            },
            (MemberType::I32, Some(v)) => *(at as *mut i32) = protocol::index::to_i32(vm, v)?,
            (MemberType::U32, Some(v)) => *(at as *mut u32) = protocol::index::to_usize(vm, v)? as u32,
            (MemberType::Usize, Some(v)) => *(at as *mut usize) = protocol::index::to_usize(vm, v)?,
            (MemberType::F64, Some(v)) => *(at as *mut f64) = protocol::number::to_float(vm, v)?,
            (_, None) => return Err(vm.type_error("can't delete numeric/char attribute")),
        }
    }
    Ok(())
}

fn member_reduce(vm: &Vm, d: Value) -> PyResult {
    super::builtin::reduce_via_getattr(vm, member_of(d).owner, member_of(d).name)
}

fn wrapper_reduce(vm: &Vm, d: Value) -> PyResult {
    let name = str::new(vm, wrapper(d).def.name)?;
    super::builtin::reduce_via_getattr(vm, wrapper(d).owner, *name)
}

fn method_wrapper_reduce(vm: &Vm, w: Value) -> PyResult {
    let w = method_wrapper(w);
    let name = str::new(vm, wrapper(w.descriptor).def.name)?;
    super::builtin::reduce_via_getattr(vm, w.receiver, *name)
}

unsafe fn method_wrapper_dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and of this type.
    unsafe {
        let w = object as *mut MethodWrapper;
        decref((*w).descriptor);
        decref((*w).receiver);
    }
}

unsafe fn method_wrapper_traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is of this type.
    unsafe {
        let w = object as *mut MethodWrapper;
        visit((*w).descriptor);
        visit((*w).receiver);
    }
}

unsafe fn getset_dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and of this type.
    unsafe { decref((*(object as *mut GetSetDescriptor)).owner) };
}

unsafe fn getset_traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is of this type.
    unsafe { visit((*(object as *mut GetSetDescriptor)).owner) };
}

unsafe fn member_dealloc(_: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and of this type.
    unsafe {
        let m = object as *mut MemberDescriptor;
        decref((*m).owner);
        decref((*m).name);
    }
}

unsafe fn member_traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is of this type.
    unsafe { visit((*(object as *mut MemberDescriptor)).owner) };
}
