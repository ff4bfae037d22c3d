//! Iterators over sequences: lists (both directions), tuples, anything with `__getitem__`, and `iter(callable, sentinel)`.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::objects::SequenceIter;
use taipan_layout::{Header, Kind, Value};

use super::sequence::{self, builtin};
use super::spec::{MethodSpec, method0, method1, tp_flags};
use super::{Slots, TypeRef, TypeSpec, list, new_exact, new_instance, tuple};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

const HINT: &str = "How many items are still to come.";
const REDUCE: &str = "State for pickling.";
const SETSTATE: &str = "Go on at the given position.";
const FLAGS: u64 = tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION;

const BASE_SLOTS: Slots = Slots {
    iter: Some(|_, this| Ok(this.own())),
    dealloc: Some(dealloc),
    traverse: Some(traverse),
    ..Slots::EMPTY
};

const fn spec(
    name: &'static str,
    kind: Kind,
    next: super::slots::NextFn,
    methods: &'static [MethodSpec],
) -> TypeSpec {
    TypeSpec {
        name,
        basicsize: size_of::<SequenceIter>(),
        kind,
        flags: FLAGS,
        slots: Slots { next: Some(next), ..BASE_SLOTS },
        methods,
        ..TypeSpec::DEFAULT
    }
}

pub static LIST_ITER_SPEC: TypeSpec = spec(
    "list_iterator",
    Kind::ListIter,
    list_next,
    &[
        method0("__length_hint__", |_, it| Ok(remaining(it, list::len)), HINT),
        method0("__reduce__", |vm, it| reduce_forward(vm, it, || list::new(vm, Vec::new())), REDUCE),
        method1(
            "__setstate__",
            "($self, object, /)",
            |vm, it, v| set_position(vm, it, v, Some(list::len)),
            SETSTATE,
        ),
    ],
);
pub static LIST_REVERSE_ITER_SPEC: TypeSpec = spec(
    "list_reverseiterator",
    Kind::Other,
    list_reverse_next,
    &[
        method0("__length_hint__", list_reverse_hint, HINT),
        method0("__reduce__", list_reverse_reduce, REDUCE),
        method1("__setstate__", "($self, object, /)", list_reverse_set_position, SETSTATE),
    ],
);
pub static TUPLE_ITER_SPEC: TypeSpec = spec(
    "tuple_iterator",
    Kind::TupleIter,
    tuple_next,
    &[
        method0("__length_hint__", |_, it| Ok(remaining(it, tuple::len)), HINT),
        method0("__reduce__", |vm, it| reduce_forward(vm, it, || Ok(tuple::empty(vm))), REDUCE),
        method1(
            "__setstate__",
            "($self, object, /)",
            |vm, it, v| set_position(vm, it, v, Some(tuple::len)),
            SETSTATE,
        ),
    ],
);
/// Over anything whose `__getitem__` takes 0, 1, 2, … until `IndexError`.
pub static SEQ_ITER_SPEC: TypeSpec = spec(
    "iterator",
    Kind::Other,
    seq_next,
    &[
        method0("__length_hint__", seq_hint, HINT),
        method0("__reduce__", |vm, it| reduce_forward(vm, it, || Ok(tuple::empty(vm))), REDUCE),
        method1("__setstate__", "($self, object, /)", |vm, it, v| set_position(vm, it, v, None), SETSTATE),
    ],
);

fn raw(v: Value) -> *mut SequenceIter {
    v.as_ptr()
}

fn new(vm: &Vm, ty: TypeRef, sequence: Value, index: usize) -> PyResult {
    let p = new_exact::<SequenceIter>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).sequence = sequence.own().into_value();
        (*p).index = index;
    }
    Ok(Owned::from_new(p))
}

pub fn new_list_iter(vm: &Vm, list: Value) -> PyResult {
    new(vm, vm.types.list_iterator, list, 0)
}
/// The index of a reverse iterator is one more than that of its next item; 0 when exhausted.
pub fn new_list_reverse_iter(vm: &Vm, list: Value) -> PyResult {
    new(vm, vm.types.list_reverseiterator, list, list::len(list))
}
pub fn new_tuple_iter(vm: &Vm, tuple: Value) -> PyResult {
    new(vm, vm.types.tuple_iterator, tuple, 0)
}
/// An iterator over an object that has only `__getitem__`.
pub fn new_sequence(vm: &Vm, object: Value) -> PyResult {
    new(vm, vm.types.seq_iterator, object, 0)
}

/// Lets go of the sequence: the iterator is exhausted for good.
///
/// # Safety
/// `p` is a live iterator.
unsafe fn finish(p: *mut SequenceIter) {
    // SAFETY: by contract; the word is cleared before its reference is dropped.
    unsafe {
        let sequence = std::mem::replace(&mut (*p).sequence, Value::NULL);
        decref(sequence);
    }
}

fn list_next(_vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    let p = raw(it);
    // SAFETY: the iterator is alive and keeps its list alive.
    unsafe {
        let sequence = (*p).sequence;
        if sequence.is_null() {
            return Ok(None);
        }
        if let Some(v) = list::get(sequence, (*p).index) {
            (*p).index += 1;
            return Ok(Some(v));
        }
        finish(p);
        Ok(None)
    }
}

fn tuple_next(_vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    let p = raw(it);
    // SAFETY: the iterator is alive and keeps its tuple alive.
    unsafe {
        let sequence = (*p).sequence;
        if sequence.is_null() {
            return Ok(None);
        }
        if let Some(v) = tuple::items(&sequence).get((*p).index) {
            (*p).index += 1;
            return Ok(Some(v.own()));
        }
        finish(p);
        Ok(None)
    }
}

fn list_reverse_next(_vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    let p = raw(it);
    // SAFETY: the iterator is alive and keeps its list alive.
    unsafe {
        let sequence = (*p).sequence;
        if sequence.is_null() {
            return Ok(None);
        }
        if (*p).index > 0
            && let Some(v) = list::get(sequence, (*p).index - 1)
        {
            (*p).index -= 1;
            return Ok(Some(v));
        }
        (*p).index = 0;
        finish(p);
        Ok(None)
    }
}

fn seq_next(vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    let p = raw(it);
    // SAFETY: the iterator is alive; the sequence is owned over the call.
    unsafe {
        if (*p).sequence.is_null() {
            return Ok(None);
        }
        let sequence = (*p).sequence.own();
        if (*p).index >= isize::MAX as usize {
            return Err(vm.overflow_error("iter index too large"));
        }
        let index = super::int::from_i64(vm, (*p).index as i64)?;
        match protocol::item::get(vm, *sequence, *index) {
            Ok(v) => {
                (*p).index += 1;
                Ok(Some(v))
            }
            Err(raised) => {
                let raised = match vm.catch(raised, vm.types.index_error) {
                    Ok(_) => None,
                    Err(raised) => vm.catch(raised, vm.types.stop_iteration).err(),
                };
                match raised {
                    Some(raised) => Err(raised),
                    None => {
                        finish(p);
                        Ok(None)
                    }
                }
            }
        }
    }
}

fn remaining(it: Value, len: fn(Value) -> usize) -> Owned {
    let p = raw(it);
    // SAFETY: the iterator is alive and keeps its sequence alive.
    let n =
        unsafe { if (*p).sequence.is_null() { 0 } else { len((*p).sequence).saturating_sub((*p).index) } };
    Owned::fixnum(n as i64)
}

fn list_reverse_hint(_vm: &Vm, it: Value) -> PyResult {
    let p = raw(it);
    // SAFETY: the iterator is alive and keeps its list alive.
    let n = unsafe {
        if (*p).sequence.is_null() || list::len((*p).sequence) < (*p).index { 0 } else { (*p).index }
    };
    Ok(Owned::fixnum(n as i64))
}

fn seq_hint(vm: &Vm, it: Value) -> PyResult {
    let p = raw(it);
    // SAFETY: the iterator is alive; the sequence is owned over the call.
    unsafe {
        if (*p).sequence.is_null() {
            return Ok(Owned::fixnum(0));
        }
        let sequence = (*p).sequence.own();
        if super::type_of(vm, *sequence).slots().len.is_none() {
            return Ok(Owned::not_implemented());
        }
        let n = protocol::item::len(vm, *sequence)?;
        Ok(Owned::fixnum(n.saturating_sub((*p).index) as i64))
    }
}

/// `(iter, (sequence,), index)`; an exhausted iterator is one over an empty sequence.
fn reduce_forward(vm: &Vm, it: Value, empty: impl Fn() -> PyResult) -> PyResult {
    reduce(vm, it, "iter", |p| Owned::fixnum(p.index as i64), empty)
}

fn reduce(
    vm: &Vm,
    it: Value,
    function: &str,
    index: impl Fn(&SequenceIter) -> Owned,
    empty: impl Fn() -> PyResult,
) -> PyResult {
    let p = raw(it);
    // SAFETY: the iterator is alive.
    let exhausted = || unsafe { (*p).sequence.is_null() };
    // Finding the builtin may run Python, which may exhaust this very iterator.
    let maker = builtin(vm, function)?;
    if exhausted() {
        let args = tuple::from_owned(vm, vec![empty()?])?;
        return tuple::from_owned(vm, vec![maker, args]);
    }
    // SAFETY: as above.
    let sequence = unsafe { (*p).sequence };
    let args = tuple::from_slice(vm, &[sequence])?;
    // SAFETY: as above.
    let index = index(unsafe { &*p });
    tuple::from_owned(vm, vec![maker, args, index])
}

fn list_reverse_reduce(vm: &Vm, it: Value) -> PyResult {
    reduce(vm, it, "reversed", |p| Owned::fixnum(p.index as i64 - 1), || list::new(vm, Vec::new()))
}

fn set_position(vm: &Vm, it: Value, state: Value, len: Option<fn(Value) -> usize>) -> PyResult {
    let i = sequence::size_argument(vm, state)?.max(0) as usize;
    let p = raw(it);
    // SAFETY: the iterator is alive and keeps its sequence alive.
    unsafe {
        if !(*p).sequence.is_null() {
            (*p).index = len.map_or(i, |len| i.min(len((*p).sequence)));
        }
    }
    Ok(Owned::none())
}

fn list_reverse_set_position(vm: &Vm, it: Value, state: Value) -> PyResult {
    let i = sequence::size_argument(vm, state)?.max(-1);
    let p = raw(it);
    // SAFETY: the iterator is alive and keeps its list alive.
    unsafe {
        if !(*p).sequence.is_null() {
            (*p).index = ((i + 1) as usize).min(list::len((*p).sequence));
        }
    }
    Ok(Owned::none())
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the iterator is dying and owns its word.
    unsafe { decref((*(object as *mut SequenceIter)).sequence) };
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: a live iterator.
    let sequence = unsafe { (*(object as *mut SequenceIter)).sequence };
    if !sequence.is_null() {
        visit(sequence);
    }
}

// ---- iter(callable, sentinel) ----

#[repr(C)]
struct CallIter {
    header: Header,
    /// Owned; both NULL when exhausted.
    callable: Value,
    sentinel: Value,
}

pub static CALL_ITER_SPEC: TypeSpec = TypeSpec {
    name: "callable_iterator",
    basicsize: size_of::<CallIter>(),
    flags: FLAGS,
    slots: Slots {
        iter: Some(|_, this| Ok(this.own())),
        next: Some(call_next),
        dealloc: Some(call_dealloc),
        traverse: Some(call_traverse),
        ..Slots::EMPTY
    },
    methods: &[method0("__reduce__", call_reduce, REDUCE)],
    ..TypeSpec::DEFAULT
};

/// `iter(callable, sentinel)`.
pub fn new_callable(vm: &Vm, callable: Value, sentinel: Value) -> PyResult {
    let p = new_instance::<CallIter>(vm, vm.types.callable_iterator)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).callable = callable.own().into_value();
        (*p).sentinel = sentinel.own().into_value();
    }
    Ok(Owned::from_new(p))
}

unsafe fn call_finish(p: *mut CallIter) {
    // SAFETY: a live iterator; the words are cleared before their references are dropped.
    unsafe {
        let callable = std::mem::replace(&mut (*p).callable, Value::NULL);
        let sentinel = std::mem::replace(&mut (*p).sentinel, Value::NULL);
        decref(callable);
        decref(sentinel);
    }
}

fn call_next(vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    let p: *mut CallIter = it.as_ptr();
    // SAFETY: the iterator is alive; what it refers to is owned over the calls.
    unsafe {
        if (*p).callable.is_null() {
            return Ok(None);
        }
        let callable = (*p).callable.own();
        let result = match protocol::call::positional(vm, *callable, &[]) {
            Ok(result) => result,
            Err(raised) => {
                drop(vm.catch(raised, vm.types.stop_iteration)?);
                call_finish(p);
                return Ok(None);
            }
        };
        // The call may have exhausted this very iterator.
        if (*p).sentinel.is_null() {
            return Ok(None);
        }
        let sentinel = (*p).sentinel.own();
        if protocol::compare::equal(vm, *sentinel, *result)? {
            call_finish(p);
            return Ok(None);
        }
        Ok(Some(result))
    }
}

fn call_reduce(vm: &Vm, it: Value) -> PyResult {
    let iter = builtin(vm, "iter")?;
    let p: *mut CallIter = it.as_ptr();
    // SAFETY: the iterator is alive.
    let args = unsafe {
        if (*p).callable.is_null() {
            tuple::from_owned(vm, vec![tuple::empty(vm)])?
        } else {
            tuple::from_slice(vm, &[(*p).callable, (*p).sentinel])?
        }
    };
    tuple::from_owned(vm, vec![iter, args])
}

unsafe fn call_dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the iterator is dying.
    unsafe { call_finish(object as *mut CallIter) };
}

unsafe fn call_traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut CallIter;
    // SAFETY: a live iterator.
    unsafe {
        for v in [(*p).callable, (*p).sentinel] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
