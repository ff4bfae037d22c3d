//! `map` and `filter`.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::Value;
use taipan_layout::header::Header;

use super::sequence::{check_count, no_keywords};
use super::spec::{method0, method1, tp_flags};
use super::zip::{check_all_ended, iterators, strict_argument, uneven};
use super::{Slots, TypeRef, TypeSpec, new_instance, tuple, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
struct Map {
    header: Header,
    function: Value,
    /// Tuple of iterators.
    iterators: Value,
    strict: bool,
}

pub static MAP_SPEC: TypeSpec = TypeSpec {
    name: "map",
    basicsize: size_of::<Map>(),
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    doc: "An iterator over what function gives for items of the iterables.\n\n\
          It ends with the shortest iterable; with strict=True a shorter one is a ValueError.",
    signature: "(function, iterable, /, *iterables, strict=False)",
    slots: Slots {
        new: Some(map_construct),
        iter: Some(|_, this| Ok(this.own())),
        next: Some(map_next),
        dealloc: Some(map_dealloc),
        traverse: Some(map_traverse),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__reduce__", map_reduce, "State for pickling."),
        method1("__setstate__", "($self, object, /)", map_set_state, "Go on where the pickled object was."),
    ],
    ..TypeSpec::DEFAULT
};

fn map_construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.map);
    let strict = strict_argument(vm, "map", args)?;
    let [function, iterables @ ..] = args.pos() else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(vm.type_error("map() must have at least two arguments."));
    }
    let iterators = iterators(vm, iterables)?;
    let p = new_instance::<Map>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).function = function.own().into_value();
        (*p).iterators = iterators.into_value();
        (*p).strict = strict;
    }
    Ok(Owned::from_new(p))
}

fn map_next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let p: *mut Map = this.as_ptr();
    // SAFETY: the object is alive and owns function and iterators, which never change.
    let (function, iterators, strict) = unsafe { ((*p).function, (*p).iterators, (*p).strict) };
    let all = tuple::items(&iterators);
    if let [it] = all {
        let Some(item) = protocol::iter::next(vm, *it)? else { return Ok(None) };
        return protocol::call::positional(vm, function, &[*item]).map(Some);
    }
    let mut items: Vec<Owned> = Vec::with_capacity(all.len());
    for (i, it) in all.iter().enumerate() {
        match protocol::iter::next(vm, *it)? {
            Some(item) => items.push(item),
            None => {
                if strict {
                    if i > 0 {
                        return Err(uneven(vm, "map", i, true));
                    }
                    check_all_ended(vm, "map", iterators)?;
                }
                return Ok(None);
            }
        }
    }
    let words: Vec<Value> = items.iter().map(|v| v.value()).collect();
    protocol::call::positional(vm, function, &words).map(Some)
}

fn map_reduce(vm: &Vm, this: Value) -> PyResult {
    let p: *mut Map = this.as_ptr();
    let ty = type_of(vm, this).value();
    // SAFETY: the object is alive.
    let (function, iterators, strict) = unsafe { ((*p).function, (*p).iterators, (*p).strict) };
    let mut args = vec![function];
    args.extend_from_slice(tuple::items(&iterators));
    let args = tuple::from_slice(vm, &args)?;
    if strict {
        tuple::from_slice(vm, &[ty, *args, Value::TRUE])
    } else {
        tuple::from_slice(vm, &[ty, *args])
    }
}

fn map_set_state(vm: &Vm, this: Value, state: Value) -> PyResult {
    let strict = protocol::compare::is_true(vm, state)?;
    // SAFETY: the object is alive.
    unsafe { (*this.as_ptr::<Map>()).strict = strict };
    Ok(Owned::none())
}

unsafe fn map_dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut Map;
    // SAFETY: the object is dying and owns its words.
    unsafe {
        decref((*p).function);
        decref((*p).iterators);
    }
}

unsafe fn map_traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut Map;
    // SAFETY: a live object.
    unsafe {
        for v in [(*p).function, (*p).iterators] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}

#[repr(C)]
struct Filter {
    header: Header,
    function: Value,
    iterator: Value,
}

pub static FILTER_SPEC: TypeSpec = TypeSpec {
    name: "filter",
    basicsize: size_of::<Filter>(),
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    doc: "An iterator over the items of iterable that function finds true, or that are true when function is None.",
    signature: "(function, iterable, /)",
    slots: Slots {
        new: Some(filter_construct),
        iter: Some(|_, this| Ok(this.own())),
        next: Some(filter_next),
        dealloc: Some(filter_dealloc),
        traverse: Some(filter_traverse),
        ..Slots::EMPTY
    },
    methods: &[method0("__reduce__", filter_reduce, "State for pickling.")],
    ..TypeSpec::DEFAULT
};

fn filter_construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.filter);
    if ty == vm.types.filter || super::sequence::same_init(ty, vm.types.filter) {
        no_keywords(vm, "filter", args)?;
    }
    let pos = args.pos();
    check_count(vm, "filter", pos.len(), 2, 2)?;
    let iterator = protocol::iter::iter(vm, pos[1])?;
    let p = new_instance::<Filter>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).function = pos[0].own().into_value();
        (*p).iterator = iterator.into_value();
    }
    Ok(Owned::from_new(p))
}

fn filter_next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let p: *mut Filter = this.as_ptr();
    // SAFETY: the object is alive and owns function and iterator, which never change.
    let (function, iterator) = unsafe { ((*p).function, (*p).iterator) };
    let by_truth = function.is_none() || function == vm.types.bool.value();
    while let Some(item) = protocol::iter::next(vm, iterator)? {
        let keep = if by_truth {
            protocol::compare::is_true(vm, *item)?
        } else {
            let answer = protocol::call::positional(vm, function, &[*item])?;
            protocol::compare::is_true(vm, *answer)?
        };
        if keep {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn filter_reduce(vm: &Vm, this: Value) -> PyResult {
    let p: *mut Filter = this.as_ptr();
    // SAFETY: the object is alive.
    let args = unsafe { tuple::from_slice(vm, &[(*p).function, (*p).iterator])? };
    tuple::from_slice(vm, &[type_of(vm, this).value(), *args])
}

unsafe fn filter_dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut Filter;
    // SAFETY: the object is dying and owns its words.
    unsafe {
        decref((*p).function);
        decref((*p).iterator);
    }
}

unsafe fn filter_traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut Filter;
    // SAFETY: a live object.
    unsafe {
        for v in [(*p).function, (*p).iterator] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
