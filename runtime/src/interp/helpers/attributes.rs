//! Attributes, `super`, special methods.

use taipan_layout::{ThreadState, Value};

use super::{status, value, vm};
use crate::interp::attr_cache::{self, Access, Place};
use crate::objects::descr::super_;
use crate::objects::spec::tp_flags;
use crate::objects::{TypeRef, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{attr, call};
use crate::vm::Vm;
use crate::vm::names::{Name, Names};

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_get_attr(ts: *mut ThreadState, owner: Value, name: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    match attr_cache::find(vm, owner, name, Access::Load) {
        // SAFETY: the shape has the attribute at this offset.
        Some(Place::Slot(offset)) => unsafe { (*attr_cache::word(owner, offset)).own().into_value() },
        Some(Place::Class(found)) => found.own().into_value(),
        _ => value(attr::get(vm, owner, name)),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_get_method(
    ts: *mut ThreadState,
    owner: Value,
    name: Value,
    unbound: *mut u32,
) -> Value {
    // SAFETY: `ts` is the running thread's; `unbound` is the body's.
    unsafe {
        let vm = vm(ts);
        match attr_cache::find(vm, owner, name, Access::Load) {
            Some(Place::Method(f)) => {
                *unbound = 1;
                return f.own().into_value();
            }
            Some(Place::Slot(offset)) => {
                *unbound = 0;
                return (*attr_cache::word(owner, offset)).own().into_value();
            }
            Some(Place::Class(found)) => {
                *unbound = 0;
                return found.own().into_value();
            }
            _ => {}
        }
        match attr::get_method(vm, owner, name) {
            Ok((f, with_self)) => {
                *unbound = with_self as u32;
                f.into_value()
            }
            Err(_) => {
                *unbound = 0;
                Value::NULL
            }
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_set_attr(ts: *mut ThreadState, owner: Value, name: Value, v: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    match attr_cache::find(vm, owner, name, Access::Store) {
        // SAFETY: the shape has the attribute at this offset; the old value is dropped after the store.
        Some(Place::Slot(offset)) => unsafe {
            crate::owned::replace(attr_cache::word(owner, offset), Some(v.own()));
            0
        },
        // SAFETY: the object has room for the attribute, and the shape is the one that it then has.
        Some(Place::New(offset, shape)) => unsafe {
            *attr_cache::word(owner, offset) = v.own().into_value();
            (*owner.header()).shape = shape;
            0
        },
        _ => status(attr::set(vm, owner, name, v)),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_delete_attr(ts: *mut ThreadState, owner: Value, name: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    status(attr::delete(unsafe { vm(ts) }, owner, name))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_load_super_attr(
    ts: *mut ThreadState,
    super_callable: Value,
    class: Value,
    receiver: Value,
    name: Value,
    oparg: u32,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let args = [class, receiver];
    // Without arguments in the source, `super` finds class and receiver in the frame.
    let args = if oparg & 2 != 0 { &args[..] } else { &[] };
    value(call::positional(vm, super_callable, args).and_then(|s| attr::get(vm, *s, name)))
}

/// What [`rt_super_lookup`] finds: the attribute, and whether the receiver goes first.
fn super_lookup(
    vm: &Vm,
    class: Value,
    receiver: Value,
    name: Value,
    method: bool,
) -> PyResult<(Owned, bool)> {
    let Some(ty) = TypeRef::from_value(vm, class) else {
        let got = type_of(vm, class).name_str();
        return Err(vm.type_error(&format!("super() argument 1 must be a type, not {got}")));
    };
    let start = super_::check(vm, ty, receiver)?;
    if method && receiver != start.value() {
        let order: Vec<TypeRef> = start.mro_types().collect();
        if let Some(at) = order.iter().position(|t| *t == ty) {
            for t in &order[at + 1..] {
                if let Some(f) = crate::objects::dict::get_str(vm, t.dict.get(), name) {
                    if type_of(vm, f).has_flag(tp_flags::METHOD_DESCRIPTOR) {
                        return Ok((f.own(), true));
                    }
                    break;
                }
            }
        }
    }
    match super_::lookup(vm, ty, start, receiver, name)? {
        Some(v) => Ok((v, false)),
        None => {
            // `super().__class__` and its kin are attributes of the super object itself.
            let object = call::positional(vm, vm.types.super_.value(), &[class, receiver])?;
            attr::get(vm, *object, name).map(|v| (v, false))
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_super_lookup(
    ts: *mut ThreadState,
    class: Value,
    receiver: Value,
    name: Value,
    unbound: *mut u32,
) -> Value {
    // SAFETY: `ts` is the running thread's; `unbound` is the body's or null.
    unsafe {
        match super_lookup(vm(ts), class, receiver, name, !unbound.is_null()) {
            Ok((f, with_self)) => {
                if !unbound.is_null() {
                    *unbound = with_self as u32;
                }
                f.into_value()
            }
            Err(_) => {
                if !unbound.is_null() {
                    *unbound = 0;
                }
                Value::NULL
            }
        }
    }
}

/// Names and errors of `LOAD_SPECIAL`'s methods, in the order of `SpecialMethod`.
/// A method that the `with` statements look up, and what is said when it is missing.
type Special = (fn(&Names) -> &Name, &'static str);

const SPECIAL: [Special; 4] = [
    (
        |names| &names.__enter__,
        "'{}' object does not support the context manager protocol (missed __enter__ method)",
    ),
    (
        |names| &names.__exit__,
        "'{}' object does not support the context manager protocol (missed __exit__ method)",
    ),
    (
        |names| &names.__aenter__,
        "'{}' object does not support the asynchronous context manager protocol (missed __aenter__ method)",
    ),
    (
        |names| &names.__aexit__,
        "'{}' object does not support the asynchronous context manager protocol (missed __aexit__ method)",
    ),
];

fn load_special(vm: &Vm, owner: Value, which: u32) -> PyResult<(Owned, bool)> {
    let (name, message) = SPECIAL[which as usize % 4];
    let name = name(&vm.names).get();
    let ty = type_of(vm, owner);
    let Some(f) = ty.lookup(vm, name).map(Counted::own) else {
        let mut text = message.replace("{}", &ty.name_str());
        // The other protocol's methods deserve a hint.
        let (other, hint) = if which < 2 {
            (
                ["__aenter__", "__aexit__"],
                " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?",
            )
        } else {
            (
                ["__enter__", "__exit__"],
                " but it supports the context manager protocol. Did you mean to use 'with'?",
            )
        };
        if other.iter().all(|n| ty.lookup(vm, *str::intern(vm, n)).is_some()) {
            text.push_str(hint);
        }
        return Err(vm.type_error(&text));
    };
    if type_of(vm, *f).has_flag(tp_flags::METHOD_DESCRIPTOR) {
        return Ok((f, true));
    }
    attr::bind(vm, *f, owner).map(|b| (b, false))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_load_special(
    ts: *mut ThreadState,
    owner: Value,
    which: u32,
    unbound: *mut u32,
) -> Value {
    // SAFETY: `ts` is the running thread's; `unbound` is the body's.
    unsafe {
        match load_special(vm(ts), owner, which) {
            Ok((f, with_self)) => {
                *unbound = with_self as u32;
                f.into_value()
            }
            Err(_) => {
                *unbound = 0;
                Value::NULL
            }
        }
    }
}
