//! `enumerate`: pairs of a running number and an item.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::header::Header;
use taipan_layout::objects::Enumerate;
use taipan_layout::value::FIXNUM_MAX;
use taipan_layout::{Kind, Value};

use super::spec::{class_method, method0, tp_flags};
use super::{Slots, TypeRef, TypeSpec, genericalias, int, new_instance, str, tuple, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "enumerate",
    basicsize: size_of::<Enumerate>(),
    kind: Kind::Enumerate,
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    doc: "An iterator over pairs of a number and an item of iterable; the numbers count from start.",
    signature: "(iterable, start=0)",
    slots: Slots {
        new: Some(construct),
        iter: Some(|_, this| Ok(this.own())),
        next: Some(next),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__reduce__", reduce, "State for pickling."),
        class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
    ],
    ..TypeSpec::DEFAULT
};

/// `(iterable, start=0)`, each by position or name.
fn arguments(vm: &Vm, args: Args) -> PyResult<(Value, Option<Value>)> {
    let pos = args.pos();
    let given = pos.len() + args.keyword_count();
    if given > 2 {
        return Err(vm.type_error(&format!("enumerate() takes at most 2 arguments ({given} given)")));
    }
    let (mut iterable, mut start) = (pos.first().copied(), pos.get(1).copied());
    for (name, value) in args.keywords() {
        match &*str::to_string_lossy(name) {
            "iterable" if iterable.is_none() => iterable = Some(value),
            "start" if start.is_none() => start = Some(value),
            other => {
                return Err(
                    vm.type_error(&format!("'{other}' is an invalid keyword argument for enumerate()"))
                );
            }
        }
    }
    match iterable {
        Some(iterable) => Ok((iterable, start)),
        None => Err(vm.type_error("enumerate() missing required argument 'iterable'")),
    }
}

fn construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.enumerate);
    let (iterable, start) = arguments(vm, args)?;
    let start = match start {
        Some(v) => protocol::number::index(vm, v)?,
        None => Owned::fixnum(0),
    };
    let iterator = protocol::iter::iter(vm, iterable)?;
    let p = new_instance::<Enumerate>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).iterator = iterator.into_value();
        if start.is_fixnum() {
            (*p).index = start.as_fixnum();
        } else {
            (*p).big = start.into_value();
        }
    }
    Ok(Owned::from_new(p))
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let p: *mut Enumerate = this.as_ptr();
    // SAFETY: the object is alive; its iterator is owned by it for as long.
    unsafe {
        let Some(item) = protocol::iter::next(vm, (*p).iterator)? else { return Ok(None) };
        let number = if (*p).big.is_null() && (*p).index < FIXNUM_MAX {
            let number = Owned::fixnum((*p).index);
            (*p).index += 1;
            number
        } else {
            if (*p).big.is_null() {
                (*p).big = int::new(vm, (*p).index)?.into_value();
            }
            let following = int::add(vm, (*p).big, Value::fixnum(1))?;
            Owned::from_owned(std::mem::replace(&mut (*p).big, following.into_value()))
        };
        tuple::recycled_pair(vm, &raw mut (*p).pair, number, item).map(Some)
    }
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let p: *mut Enumerate = this.as_ptr();
    // SAFETY: the object is alive.
    let args = unsafe {
        let number = if (*p).big.is_null() { int::new(vm, (*p).index)? } else { (*p).big.own() };
        tuple::from_slice(vm, &[(*p).iterator, *number])?
    };
    tuple::from_slice(vm, &[type_of(vm, this).value(), *args])
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut Enumerate;
    // SAFETY: the object is dying and owns its words.
    unsafe {
        decref((*p).iterator);
        decref((*p).big);
        decref((*p).pair);
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut Enumerate;
    // SAFETY: a live object.
    unsafe {
        for v in [(*p).iterator, (*p).pair] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
