//! `frame.f_locals` of a function: a mapping that reads and writes the frame's variables (PEP 667). Names that
//! the code does not have go to a dict of the frame object's.

use taipan_layout::{Frame, Header, Value};

use super::super::slots::CompareOp;
use super::super::spec::{MethodSpec, TypeSpec, method, method0, raw_method, tp_flags};
use super::super::{Slots, dict, is_instance, list, new_instance, owned, str, tuple, type_of};
use super::{code_of, frame_of, gone, locals, object};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
struct Proxy {
    header: Header,
    /// The frame object.
    frame: Value,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "FrameLocalsProxy",
    basicsize: size_of::<Proxy>(),
    flags: tp_flags::HAVE_GC | tp_flags::MAPPING,
    doc: "Mapping of a frame's local variables.",
    slots: Slots {
        new: Some(construct),
        repr: Some(repr),
        richcompare: Some(richcompare),
        iter: Some(iter),
        len: Some(len),
        contains: Some(contains),
        get_item: Some(get_item),
        set_item: Some(set_item),
        or: Some(or),
        inplace_or: Some(inplace_or),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};

static METHODS: &[MethodSpec] = &[
    method0("keys", keys, ""),
    method0("values", values, ""),
    method0("items", items, ""),
    method0("copy", copy, ""),
    method0("__reversed__", reversed, ""),
    method("get", "($self, key, default=None, /)", get, ""),
    method("setdefault", "($self, key, default=None, /)", setdefault, ""),
    method("pop", "($self, key, default=None, /)", pop, ""),
    raw_method("update", "", update, ""),
];

/// The proxy for a frame object.
pub(super) fn new(vm: &Vm, frame: Value) -> PyResult {
    let p = new_instance::<Proxy>(vm, vm.types.frame_locals_proxy)?;
    // SAFETY: the object is new.
    unsafe { (*p).frame = frame.own().into_value() };
    Ok(owned(p))
}

fn construct(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    if args.has_keywords() {
        return Err(vm.type_error("FrameLocalsProxy takes no keyword arguments"));
    }
    match args.pos() {
        [frame] if super::is_frame(vm, *frame) => new(vm, *frame),
        [other] => {
            let got = type_of(vm, *other).name_str();
            Err(vm.type_error(&format!("expect frame, not {got}")))
        }
        more => Err(vm.type_error(&format!("FrameLocalsProxy expected 1 argument, got {}", more.len()))),
    }
}

fn frame_object(this: Value) -> Value {
    // SAFETY: callers pass proxies.
    unsafe { super::super::cast::<Proxy>(this).frame }
}

fn frame(vm: &Vm, this: Value) -> PyResult<*mut Frame> {
    frame_of(frame_object(this)).ok_or_else(|| gone(vm))
}

fn extra(this: Value) -> Option<Owned> {
    let d = object(frame_object(this)).extra_locals;
    (!d.is_null()).then(|| d.own())
}

/// Names and values, variables first.
fn entries(vm: &Vm, this: Value) -> PyResult<Vec<(Owned, Owned)>> {
    let mut out = Vec::new();
    let frame = frame(vm, this)?;
    // SAFETY: the frame is live or kept by its object.
    unsafe {
        locals::for_each(frame, |name, v| {
            out.push((name.own(), v));
            Ok(())
        })?;
    }
    if let Some(d) = extra(this) {
        out.extend(dict::snapshot(*d));
    }
    Ok(out)
}

fn lookup(vm: &Vm, this: Value, key: Value) -> PyResult<Option<Owned>> {
    let frame = frame(vm, this)?;
    // SAFETY: as above.
    unsafe {
        let c = code_of(frame);
        if let Some(i) = locals::index_of(vm, c, key)?
            && let Some(v) = locals::get(frame, c, i)
        {
            return Ok(Some(v));
        }
    }
    match extra(this) {
        Some(d) => dict::get(vm, *d, key),
        None => Ok(None),
    }
}

fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    match lookup(vm, this, key)? {
        Some(v) => Ok(v),
        None => {
            let shown = protocol::object::repr_string(vm, key)?;
            Err(vm.raise(vm.types.key_error, &format!("local variable '{shown}' is not defined")))
        }
    }
}

fn set_item(vm: &Vm, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else {
        protocol::compare::hash(vm, key)?;
        if let Some(d) = extra(this)
            && dict::contains(vm, *d, key)?
        {
            return dict::delete(vm, *d, key);
        }
        return Err(if lookup(vm, this, key)?.is_some() {
            vm.value_error("cannot remove local variables from FrameLocalsProxy")
        } else {
            vm.key_error(key)
        });
    };
    let frame = frame(vm, this)?;
    // SAFETY: as above.
    unsafe {
        let c = code_of(frame);
        if let Some(i) = locals::index_of(vm, c, key)?.filter(|i| locals::is_writable(frame, c, *i)) {
            locals::set(frame, c, i, value);
            return Ok(());
        }
    }
    let place = object(frame_object(this));
    if place.extra_locals.is_null() {
        place.extra_locals = dict::new(vm)?.into_value();
    }
    let d = place.extra_locals.own();
    dict::set(vm, *d, key, value)
}

fn contains(vm: &Vm, this: Value, key: Value) -> PyResult<bool> {
    Ok(lookup(vm, this, key)?.is_some())
}

fn len(vm: &Vm, this: Value) -> PyResult<usize> {
    Ok(entries(vm, this)?.len())
}

fn keys(vm: &Vm, this: Value) -> PyResult {
    list::new(vm, entries(vm, this)?.into_iter().map(|(k, _)| k).collect())
}

fn values(vm: &Vm, this: Value) -> PyResult {
    list::new(vm, entries(vm, this)?.into_iter().map(|(_, v)| v).collect())
}

fn items(vm: &Vm, this: Value) -> PyResult {
    let mut out = Vec::new();
    for (k, v) in entries(vm, this)? {
        out.push(tuple::from_slice(vm, &[*k, *v])?);
    }
    list::new(vm, out)
}

fn iter(vm: &Vm, this: Value) -> PyResult {
    let k = keys(vm, this)?;
    protocol::iter::iter(vm, *k)
}

fn reversed(vm: &Vm, this: Value) -> PyResult {
    list::new(vm, entries(vm, this)?.into_iter().map(|(k, _)| k).rev().collect())
}

fn copy(vm: &Vm, this: Value) -> PyResult {
    let d = dict::new(vm)?;
    for (k, v) in entries(vm, this)? {
        dict::set(vm, *d, *k, *v)?;
    }
    Ok(d)
}

fn given(args: &[Value], index: usize) -> Value {
    args.get(index).copied().filter(|v| !v.is_null()).unwrap_or(Value::NONE)
}

fn get(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    Ok(lookup(vm, this, args[0])?.unwrap_or_else(|| given(args, 1).own()))
}

fn setdefault(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    if let Some(v) = lookup(vm, this, args[0])? {
        return Ok(v);
    }
    let v = given(args, 1);
    set_item(vm, this, args[0], Some(v))?;
    Ok(v.own())
}

fn pop(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    protocol::compare::hash(vm, args[0])?;
    if let Some(d) = extra(this)
        && let Some(v) = dict::get(vm, *d, args[0])?
    {
        dict::delete(vm, *d, args[0])?;
        return Ok(v);
    }
    if lookup(vm, this, args[0])?.is_some() {
        return Err(vm.value_error("cannot remove local variables from FrameLocalsProxy"));
    }
    match args.get(1).copied().filter(|v| !v.is_null()) {
        Some(default) => Ok(default.own()),
        None => Err(vm.key_error(args[0])),
    }
}

fn is_mapping(vm: &Vm, v: Value) -> bool {
    type_of(vm, v) == vm.types.frame_locals_proxy || is_instance(vm, v, vm.types.dict)
}

/// Takes over what another mapping has, one for which [`is_mapping`] holds.
fn merge(vm: &Vm, this: Value, other: Value) -> PyResult<()> {
    let d = if is_instance(vm, other, vm.types.dict) { other.own() } else { copy(vm, other)? };
    for (k, v) in dict::snapshot(*d) {
        set_item(vm, this, *k, Some(*v))?;
    }
    Ok(())
}

fn update(vm: &Vm, this: Value, args: Args) -> PyResult {
    let [other] = *args.pos() else {
        return Err(
            vm.type_error(&format!("update() takes exactly one argument ({} given)", args.pos().len()))
        );
    };
    if !is_mapping(vm, other) {
        return Err(vm.type_error("update() argument must be dict or another FrameLocalsProxy"));
    }
    merge(vm, this, other)?;
    Ok(Owned::none())
}

fn or(vm: &Vm, a: Value, b: Value) -> PyResult {
    if !is_mapping(vm, a) || !is_mapping(vm, b) {
        return Ok(Owned::not_implemented());
    }
    let plain = |v: Value| {
        if type_of(vm, v) == vm.types.frame_locals_proxy { copy(vm, v) } else { dict::copy(vm, v) }
    };
    let (result, other) = (plain(a)?, plain(b)?);
    for (k, v) in dict::snapshot(*other) {
        dict::set(vm, *result, *k, *v)?;
    }
    Ok(result)
}

fn inplace_or(vm: &Vm, a: Value, b: Value) -> PyResult {
    if !is_mapping(vm, b) {
        return Ok(Owned::not_implemented());
    }
    merge(vm, a, b)?;
    Ok(a.own())
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let Some(_guard) = protocol::object::repr_guard(vm, this) else { return str::new(vm, "{...}") };
    let d = copy(vm, this)?;
    protocol::object::repr(vm, *d)
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    if type_of(vm, b) == vm.types.frame_locals_proxy {
        return Ok(Owned::bool((frame_object(a) == frame_object(b)) == (op == CompareOp::Eq)));
    }
    if is_instance(vm, b, vm.types.dict) {
        let d = copy(vm, a)?;
        return protocol::compare::rich(vm, *d, b, op);
    }
    Ok(Owned::not_implemented())
}

unsafe fn dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is a proxy; its word is taken out before it is dropped.
    unsafe { decref(std::mem::replace(&mut (*(this as *mut Proxy)).frame, Value::NULL)) };
}

unsafe fn traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a proxy.
    let v = unsafe { (*(this as *mut Proxy)).frame };
    if !v.is_null() {
        visit(v);
    }
}
