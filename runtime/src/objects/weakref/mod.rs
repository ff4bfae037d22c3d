//! Weak references and proxies (which have the same layout). The referent knows only a flag; a table of the interpreter maps its address to its references.

pub mod proxy;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use taipan_layout::header::flag;
use taipan_layout::{Header, Value};

use super::spec::*;
use super::typeobject::attrs::qualified_name;
use super::{CompareOp, Slots, TypeRef, cast, genericalias, is_instance, new_instance, owned, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::signature;
use crate::vm::Vm;

/// Address of a referent → its weak reference objects (not owned), oldest first.
#[derive(Default)]
pub struct Table(RefCell<HashMap<u64, Vec<Value>>>);

/// The callbacks that are still to run, borrowed.
pub fn callbacks(vm: &Vm) -> Vec<Value> {
    let table = vm.weakrefs.0.borrow();
    // SAFETY: the table holds live reference objects.
    let callbacks = table.values().flatten().map(|r| unsafe { cast::<WeakRef>(*r).callback.get() });
    callbacks.filter(|callback| !callback.is_null()).collect()
}

#[repr(C)]
pub struct WeakRef {
    pub header: Header,
    /// The referent, not owned; NULL when dead.
    referent: Cell<Value>,
    /// Callable or NULL, owned.
    callback: Cell<Value>,
    hash: Cell<i64>,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "weakref.ReferenceType",
    basicsize: size_of::<WeakRef>(),
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    slots: Slots {
        repr: Some(repr),
        call: Some(call),
        hash: Some(hash),
        richcompare: Some(compare),
        new: Some(new),
        init: Some(init),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(drop_callback),
        ..Slots::EMPTY
    },
    methods: &[class_method(
        "__class_getitem__",
        "($type, object, /)",
        genericalias::class_getitem,
        "See PEP 585",
    )],
    getset: &[getter("__callback__", get_callback, "")],
    ..TypeSpec::DEFAULT
};

fn of<'a>(v: Value) -> &'a WeakRef {
    // SAFETY: called for weak references and proxies only.
    unsafe { cast(v) }
}

/// The arguments are `__new__`'s, which has used them.
fn init(vm: &Vm, _: Value, args: Args) -> PyResult<()> {
    signature::positional_between(vm, "__init__", &args, 1, 2)
}

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    if TypeRef(cls.as_ptr()) == vm.types.weakref {
        signature::no_keywords(vm, "ref", &args)?;
    }
    signature::positional_between(vm, "__new__", &args, 1, 2)?;
    let callback = args.pos().get(1).copied().filter(|c| !c.is_none());
    create(vm, TypeRef(cls.as_ptr()), args.pos()[0], callback)
}

/// A weak reference to `object`; a plain one without callback is shared.
pub fn create(vm: &Vm, ty: TypeRef, object: Value, callback: Option<Value>) -> PyResult {
    let target = type_of(vm, object);
    if !target.has_flag(tp_flags::WEAKREFABLE) || !object.is_heap() {
        let t = target.name_str();
        return Err(vm.type_error(&format!("cannot create weak reference to '{t}' object")));
    }
    if callback.is_none() && (ty == vm.types.weakref || proxy::is_proxy_type(vm, ty)) {
        let shared = vm.weakrefs.0.borrow().get(&object.0).and_then(|list| {
            list.iter().copied().find(|r| type_of(vm, *r) == ty && of(*r).callback.get().is_null())
        });
        if let Some(r) = shared {
            return Ok(r.own());
        }
    }
    let p = new_instance::<WeakRef>(vm, ty)?;
    // SAFETY: fresh memory; the referent is alive.
    unsafe {
        (*p).referent.set(object);
        (*p).callback.set(callback.map_or(Value::NULL, |c| c.own().into_value()));
        (*p).hash.set(-1);
        (*object.header()).flags |= flag::WEAKREFS;
    }
    vm.weakrefs.0.borrow_mut().entry(object.0).or_default().push(Value::from_ptr(p));
    Ok(owned(p))
}

/// The referent, if alive.
pub fn get(v: Value) -> Option<Owned> {
    let r = of(v).referent.get();
    // A dying referent has a count of zero until its references are cleared.
    // SAFETY: the table clears the word before the referent's memory is freed.
    (!r.is_null() && unsafe { (*r.header()).rc } != 0).then(|| r.own())
}

/// The weak references to `object`: the shared one, the shared proxy, then the newest first.
pub fn references(vm: &Vm, object: Value) -> Vec<Owned> {
    let table = vm.weakrefs.0.borrow();
    let Some(list) = table.get(&object.0) else { return Vec::new() };
    // A reference object that is dying is still listed.
    // SAFETY: the table holds live reference objects.
    let mut all: Vec<Owned> =
        list.iter().rev().filter(|r| unsafe { (*r.header()).rc } > 0).map(|r| r.own()).collect();
    all.sort_by_key(|r| {
        let ty = type_of(vm, **r);
        if !of(**r).callback.get().is_null() {
            2
        } else if ty == vm.types.weakref {
            0
        } else if proxy::is_proxy_type(vm, ty) {
            1
        } else {
            2
        }
    });
    all
}

/// The referent dies: its references become dead, then their callbacks run, newest first.
pub fn clear_references(vm: &Vm, object: Value) {
    let calls = detach(vm, object, |_| false);
    run_callbacks(vm, calls);
}

/// A weak reference whose referent died, and what is to be called with it.
pub type DueCallback = (Owned, Owned);

/// Makes all weak references to `object` dead. The callbacks due, newest first, but for references that `is_dying` says
/// are about to die themselves.
pub fn detach(vm: &Vm, object: Value, is_dying: impl Fn(Value) -> bool) -> Vec<DueCallback> {
    let Some(list) = vm.weakrefs.0.borrow_mut().remove(&object.0) else { return Vec::new() };
    // SAFETY: the object is still allocated.
    unsafe { (*object.header()).flags &= !flag::WEAKREFS };
    let mut calls = Vec::new();
    let mut unused = Vec::new();
    for r in list.iter().rev() {
        let weak = of(*r);
        weak.referent.set(Value::NULL);
        if is_dying(*r) {
            continue;
        }
        let callback = weak.callback.replace(Value::NULL);
        if !callback.is_null() {
            // A reference object with a count of zero is dying right now: its callback dies with it.
            // SAFETY: the callback's word was owned by the reference object, which is live or dying.
            unsafe {
                let callback = Owned::from_owned(callback);
                if (*r.header()).rc == 0 {
                    unused.push(callback);
                } else {
                    calls.push((r.own(), callback));
                }
            }
        }
    }
    calls
}

/// Runs the callbacks of dead weak references. What they raise is reported; the exception in flight stays.
pub fn run_callbacks(vm: &Vm, calls: Vec<DueCallback>) {
    if calls.is_empty() {
        return;
    }
    let saved = protocol::object::save_exception(vm);
    for (r, callback) in calls {
        if let Err(raised) = protocol::call::positional(vm, *callback, &[*r]) {
            super::exceptions::write_unraisable(
                vm,
                raised,
                "Exception ignored while calling weakref callback",
                *callback,
            );
        }
    }
    protocol::object::restore_saved(vm, saved);
}

fn forget(vm: &Vm, this: Value) {
    let referent = of(this).referent.replace(Value::NULL);
    if referent.is_null() {
        return;
    }
    let mut table = vm.weakrefs.0.borrow_mut();
    if let Some(list) = table.get_mut(&referent.0) {
        list.retain(|r| *r != this);
        if list.is_empty() {
            table.remove(&referent.0);
            // SAFETY: the referent is alive, or its references would have been cleared.
            unsafe { (*referent.header()).flags &= !flag::WEAKREFS };
        }
    }
}

fn call(vm: &Vm, this: Value, args: Args) -> PyResult {
    signature::no_keywords(vm, "__call__", &args)?;
    signature::positional_between(vm, "__call__", &args, 0, 0)?;
    Ok(get(this).unwrap_or_else(Owned::none))
}

fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    let w = of(this);
    if w.hash.get() != -1 {
        return Ok(w.hash.get());
    }
    let Some(target) = get(this) else { return Err(vm.type_error("weak object has gone away")) };
    let h = protocol::compare::hash(vm, *target)?;
    w.hash.set(h);
    Ok(h)
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    let both = [a, b].iter().all(|v| is_instance(vm, *v, vm.types.weakref));
    if !both || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    match (get(a), get(b)) {
        (Some(x), Some(y)) => protocol::compare::rich(vm, *x, *y, op),
        _ => Ok(Owned::bool((a == b) == (op == CompareOp::Eq))),
    }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let Some(o) = get(this) else { return str::new(vm, &format!("<weakref at {:#x}; dead>", this.0)) };
    let t = qualified_name(vm, type_of(vm, *o));
    let name = protocol::attr::lookup_special(vm, *o, *vm.names.__name__)?;
    let name = match name.filter(|n| is_instance(vm, **n, vm.types.str)) {
        Some(n) => format!(" ({})", str::to_string_lossy(*n)),
        None => String::new(),
    };
    str::new(vm, &format!("<weakref at {:#x}; to '{t}' at {:#x}{name}>", this.0, o.0))
}

fn get_callback(_: &Vm, this: Value) -> PyResult {
    let c = of(this).callback.get();
    Ok(if c.is_null() { Owned::none() } else { c.own() })
}

unsafe fn dealloc(vm: &Vm, object: *mut Header) {
    let this = Value::from_ptr(object);
    forget(vm, this);
    // SAFETY: the reference object is dying and owns its callback.
    unsafe { decref(of(this).callback.replace(Value::NULL)) };
}

/// The end of a cycle through the callback.
unsafe fn drop_callback(_: &Vm, object: *mut Header) {
    // SAFETY: the reference object owns its callback.
    unsafe { decref(of(Value::from_ptr(object)).callback.replace(Value::NULL)) };
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let c = of(Value::from_ptr(object)).callback.get();
    if !c.is_null() {
        visit(c);
    }
}
