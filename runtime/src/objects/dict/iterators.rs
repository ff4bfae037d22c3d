//! Iterators over dicts: keys, values or items, forwards or backwards.
//!
//! They go by entry number and notice a changed number of entries; what else happens to the dict meanwhile only
//! changes what they find.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::header::Header;
use taipan_layout::objects::Dict;
use taipan_layout::{Kind, Value};

use super::super::spec::{MethodSpec, TypeSpec, method0, tp_flags};
use super::super::{Slots, TypeRef, list, new_instance, sequence, tuple};
use super::{len, next_entry, previous_entry, raw};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::vm::Vm;

#[repr(C)]
pub(super) struct DictIter {
    header: Header,
    /// Owned; NULL when exhausted.
    dict: Value,
    /// Entries that the dict had at the start; `usize::MAX` after it was found to be changed.
    used: usize,
    /// Number of the next entry, or one more than it when going backwards.
    pos: usize,
    /// Entries still to come.
    remaining: usize,
    /// The tuple given out before by iterators over items, or NULL.
    pair: Value,
}

type Pick = fn(&Vm, *mut DictIter, Value, Value) -> PyResult;

const fn spec(name: &'static str, next: super::super::slots::NextFn, kind: Kind) -> TypeSpec {
    TypeSpec {
        name,
        basicsize: size_of::<DictIter>(),
        kind,
        flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(|_, this| Ok(this.own())),
            next: Some(next),
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            ..Slots::EMPTY
        },
        methods: METHODS,
        ..TypeSpec::DEFAULT
    }
}

static METHODS: &[MethodSpec] = &[
    method0("__length_hint__", length_hint, "How many items are still to come."),
    method0("__reduce__", reduce, "State for pickling."),
];

pub static KEY_ITER_SPEC: TypeSpec =
    spec("dict_keyiterator", |vm, it| next(vm, it, false, |_, _, k, _| Ok(k.own())), Kind::DictIter);
pub static VALUE_ITER_SPEC: TypeSpec =
    spec("dict_valueiterator", |vm, it| next(vm, it, false, |_, _, _, v| Ok(v.own())), Kind::Other);
pub static ITEM_ITER_SPEC: TypeSpec =
    spec("dict_itemiterator", |vm, it| next(vm, it, false, pair), Kind::Other);
pub static REVERSE_KEY_ITER_SPEC: TypeSpec =
    spec("dict_reversekeyiterator", |vm, it| next(vm, it, true, |_, _, k, _| Ok(k.own())), Kind::Other);
pub static REVERSE_VALUE_ITER_SPEC: TypeSpec =
    spec("dict_reversevalueiterator", |vm, it| next(vm, it, true, |_, _, _, v| Ok(v.own())), Kind::Other);
pub static REVERSE_ITEM_ITER_SPEC: TypeSpec =
    spec("dict_reverseitemiterator", |vm, it| next(vm, it, true, pair), Kind::Other);

fn pair(vm: &Vm, it: *mut DictIter, k: Value, v: Value) -> PyResult {
    // SAFETY: the iterator is alive and owns its word.
    unsafe { tuple::recycled_pair(vm, &raw mut (*it).pair, k.own(), v.own()) }
}

/// An iterator of type `ty` over `dict`.
pub(super) fn new(vm: &Vm, ty: TypeRef, dict: Value, backwards: bool) -> PyResult {
    let p = new_instance::<DictIter>(vm, ty)?;
    // SAFETY: a fresh object; the dict is alive.
    unsafe {
        let d: *mut Dict = raw(dict);
        (*p).dict = dict.own().into_value();
        (*p).used = (*d).used;
        (*p).remaining = (*d).used;
        (*p).pos = if backwards { (*(*d).keys).entry_count as usize } else { 0 };
    }
    Ok(Owned::from_new(p))
}

pub(super) fn new_keys(vm: &Vm, dict: Value) -> PyResult {
    new(vm, vm.types.dict_keyiterator, dict, false)
}
pub(super) fn new_reverse_keys(vm: &Vm, dict: Value) -> PyResult {
    new(vm, vm.types.dict_reversekeyiterator, dict, true)
}

#[inline(always)]
fn next(vm: &Vm, it: Value, backwards: bool, pick: Pick) -> PyResult<Option<Owned>> {
    let p: *mut DictIter = it.as_ptr();
    // SAFETY: the iterator is alive and keeps its dict alive.
    unsafe {
        let dict = (*p).dict;
        if dict.is_null() {
            return Ok(None);
        }
        if (*p).used != len(dict) {
            // Sticky: the iterator stays broken.
            (*p).used = usize::MAX;
            return Err(vm.runtime_error("dictionary changed size during iteration"));
        }
        let found =
            if backwards { previous_entry(dict, &mut (*p).pos) } else { next_entry(dict, &mut (*p).pos) };
        match found {
            Some((k, v)) if (*p).remaining > 0 => {
                (*p).remaining -= 1;
                pick(vm, p, k, v).map(Some)
            }
            other => {
                (*p).dict = Value::NULL;
                decref(dict);
                match other {
                    Some(_) => Err(vm.runtime_error("dictionary keys changed during iteration")),
                    None => Ok(None),
                }
            }
        }
    }
}

fn length_hint(_vm: &Vm, it: Value) -> PyResult {
    let p: *mut DictIter = it.as_ptr();
    // SAFETY: the iterator is alive and keeps its dict alive.
    let n = unsafe { if !(*p).dict.is_null() && (*p).used == len((*p).dict) { (*p).remaining } else { 0 } };
    Ok(Owned::fixnum(n as i64))
}

/// `(iter, ([items still to come],))`, without using the iterator up.
fn reduce(vm: &Vm, it: Value) -> PyResult {
    let p: *mut DictIter = it.as_ptr();
    let ty = super::super::type_of(vm, it);
    // SAFETY: both are live iterators.
    let rest = unsafe {
        let copy = new_instance::<DictIter>(vm, ty)?;
        (*copy).used = (*p).used;
        (*copy).pos = (*p).pos;
        (*copy).remaining = (*p).remaining;
        if !(*p).dict.is_null() {
            (*copy).dict = (*p).dict.own().into_value();
        }
        list::from_iterable(vm, *Owned::from_new(copy))?
    };
    let iter = sequence::builtin(vm, "iter")?;
    let args = tuple::from_owned(vm, vec![rest])?;
    tuple::from_owned(vm, vec![iter, args])
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut DictIter;
    // SAFETY: the iterator is dying and owns its words.
    unsafe {
        decref((*p).dict);
        decref((*p).pair);
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut DictIter;
    // SAFETY: a live iterator.
    unsafe {
        for v in [(*p).dict, (*p).pair] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
