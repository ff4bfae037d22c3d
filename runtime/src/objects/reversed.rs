//! `reversed`: asks for `__reversed__`, else walks `__getitem__` down from the length.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::header::Header;
use taipan_layout::{Kind, Value};

use super::sequence::{self, check_count, no_keywords, type_name};
use super::spec::{method0, method1, tp_flags};
use super::{Slots, TypeRef, TypeSpec, is_kind, new_instance, tuple, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
struct Reversed {
    header: Header,
    /// Owned; NULL when exhausted.
    sequence: Value,
    /// Index of the next item plus one.
    index: usize,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "reversed",
    basicsize: size_of::<Reversed>(),
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    doc: "An iterator over the items of sequence from the last to the first.",
    signature: "(sequence, /)",
    slots: Slots {
        new: Some(construct),
        iter: Some(|_, this| Ok(this.own())),
        next: Some(next),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__length_hint__", length_hint, "How many items are still to come."),
        method0("__reduce__", reduce, "State for pickling."),
        method1("__setstate__", "($self, object, /)", set_state, "Go on at the given position."),
    ],
    ..TypeSpec::DEFAULT
};

fn construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.reversed);
    if ty == vm.types.reversed || sequence::same_init(ty, vm.types.reversed) {
        no_keywords(vm, "reversed", args)?;
    }
    check_count(vm, "reversed", args.pos().len(), 1, 1)?;
    let sequence = args.pos()[0];
    // Built-in types keep their methods.
    if is_kind(sequence, Kind::Range) {
        return super::range::reversed(vm, sequence);
    }
    if is_kind(sequence, Kind::List) {
        return super::iter::new_list_reverse_iter(vm, sequence);
    }
    if type_of(vm, sequence).lookup(vm, *vm.names.__reversed__).is_some_and(Value::is_none) {
        return Err(not_reversible(vm, sequence));
    }
    if let Some(iterator) = protocol::call::special(vm, sequence, *vm.names.__reversed__, &[])? {
        return Ok(iterator);
    }
    if !protocol::item::is_sequence(vm, sequence) {
        return Err(not_reversible(vm, sequence));
    }
    let n = protocol::item::len(vm, sequence)?;
    let p = new_instance::<Reversed>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).sequence = sequence.own().into_value();
        (*p).index = n;
    }
    Ok(Owned::from_new(p))
}

#[cold]
fn not_reversible(vm: &Vm, v: Value) -> crate::owned::Raised {
    vm.type_error(&format!("'{}' object is not reversible", type_name(vm, v)))
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let p: *mut Reversed = this.as_ptr();
    // SAFETY: the object is alive; the sequence is owned over the call.
    unsafe {
        if (*p).sequence.is_null() {
            return Ok(None);
        }
        if (*p).index > 0 {
            let sequence = (*p).sequence.own();
            match protocol::item::get(vm, *sequence, Value::fixnum((*p).index as i64 - 1)) {
                Ok(item) => {
                    (*p).index -= 1;
                    return Ok(Some(item));
                }
                Err(raised) => {
                    if let Err(raised) = vm.catch(raised, vm.types.index_error) {
                        drop(vm.catch(raised, vm.types.stop_iteration)?);
                    }
                }
            }
        }
        (*p).index = 0;
        decref(std::mem::replace(&mut (*p).sequence, Value::NULL));
        Ok(None)
    }
}

fn length_hint(vm: &Vm, this: Value) -> PyResult {
    let p: *mut Reversed = this.as_ptr();
    // SAFETY: the object is alive; the sequence is owned over the call.
    unsafe {
        if (*p).sequence.is_null() {
            return Ok(Owned::fixnum(0));
        }
        let sequence = (*p).sequence.own();
        let n = protocol::item::len(vm, *sequence)?;
        Ok(Owned::fixnum(if n < (*p).index { 0 } else { (*p).index } as i64))
    }
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let p: *mut Reversed = this.as_ptr();
    let ty = type_of(vm, this).value();
    // SAFETY: the object is alive.
    unsafe {
        if (*p).sequence.is_null() {
            let args = tuple::from_owned(vm, vec![tuple::empty(vm)])?;
            return tuple::from_slice(vm, &[ty, *args]);
        }
        let args = tuple::from_slice(vm, &[(*p).sequence])?;
        tuple::from_slice(vm, &[ty, *args, Value::fixnum((*p).index as i64 - 1)])
    }
}

fn set_state(vm: &Vm, this: Value, state: Value) -> PyResult {
    let i = sequence::size_argument(vm, state)?.max(-1);
    let p: *mut Reversed = this.as_ptr();
    // SAFETY: the object is alive; the sequence is owned over the call.
    unsafe {
        if !(*p).sequence.is_null() {
            let sequence = (*p).sequence.own();
            let n = protocol::item::len(vm, *sequence)?;
            (*p).index = ((i + 1) as usize).min(n);
        }
    }
    Ok(Owned::none())
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the object is dying and owns its word.
    unsafe { decref((*(object as *mut Reversed)).sequence) };
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: a live object.
    let sequence = unsafe { (*(object as *mut Reversed)).sequence };
    if !sequence.is_null() {
        visit(sequence);
    }
}
