//! `bytes` as a sequence: subscription, iteration, concatenation, repetition, comparison.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::objects::SequenceIter;
use taipan_layout::{Header, Kind, Value};

use super::buffer::{Buffer, buffer, is_plain_buffer};
use super::object::{self, NewBytes, as_slice, is_bytes};
use super::shared;
use crate::modules::warnings;
use crate::objects::spec::{MethodSpec, method0, method1};
use crate::objects::str::args::builtin;
use crate::objects::{
    CompareOp, Slots, TypeRef, TypeSpec, cast, is_instance, is_kind, new_instance, owned, sequence, slice,
    tp_flags, tuple, type_of,
};

use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    let bytes = as_slice(&this);
    if is_kind(key, Kind::Slice) {
        let range = slice::resolve(vm, key, || bytes.len())?;
        if range.step == 1 {
            let from = range.start as usize;
            if range.count == bytes.len() {
                return object::to_exact(vm, this);
            }
            return object::new(vm, if range.count == 0 { &[] } else { &bytes[from..from + range.count] });
        }
        let picked: Vec<u8> = range.positions().map(|i| bytes[i]).collect();
        return object::new(vm, &picked);
    }
    let index = index_argument(vm, key, "byte indices must be integers or slices, not ")?;
    match at(bytes, index) {
        Some(b) => Ok(Owned::fixnum(b as i64)),
        None => Err(vm.index_error("index out of range")),
    }
}

/// An index of a subscription; `complaint` is followed by the type's name.
pub(super) fn index_argument(vm: &Vm, key: Value, complaint: &str) -> PyResult<isize> {
    if key.is_fixnum() {
        return Ok(key.as_fixnum() as isize);
    }
    if type_of(vm, key).slots().index.is_none() {
        let got = type_of(vm, key).name_str();
        return Err(vm.type_error(&format!("{complaint}{got}")));
    }
    sequence::index_size(vm, key)
}

/// The byte at `index`, negative ones from the end.
pub(super) fn at(bytes: &[u8], index: isize) -> Option<u8> {
    let i = if index < 0 { index.wrapping_add(bytes.len() as isize) } else { index };
    usize::try_from(i).ok().and_then(|i| bytes.get(i)).copied()
}

/// The right operand of a concatenation.
pub(super) fn operand(vm: &Vm, a: Value, b: Value) -> PyResult<Buffer> {
    if is_plain_buffer(vm, b) {
        return buffer(vm, b);
    }
    let (got, left) = (type_of(vm, b).name_str(), type_of(vm, a).name_str());
    Err(vm.type_error(&format!("can't concat {got} to {left}")))
}

pub(super) fn concat(vm: &Vm, a: Value, b: Value) -> PyResult {
    let right = operand(vm, a, b)?;
    let (x, y) = (as_slice(&a), right.as_slice());
    if x.is_empty() && object::is_exact(b) {
        return Ok(b.own());
    }
    if y.is_empty() && object::is_exact(a) {
        return Ok(a.own());
    }
    let mut new = NewBytes::new(vm, x.len() + y.len())?;
    new.write(0, x);
    new.write(x.len(), y);
    Ok(new.finish())
}

pub(super) fn repeat(vm: &Vm, this: Value, count: isize) -> PyResult {
    let bytes = as_slice(&this);
    if count <= 0 || bytes.is_empty() {
        return object::new(vm, &[]);
    }
    if count == 1 {
        return object::to_exact(vm, this);
    }
    let Some(total) = bytes.len().checked_mul(count as usize).filter(|n| *n <= isize::MAX as usize) else {
        return Err(vm.overflow_error("repeated bytes are too long"));
    };
    let mut new = NewBytes::new(vm, total)?;
    if let [byte] = bytes {
        new.fill(*byte);
    } else {
        for i in 0..count as usize {
            new.write(i * bytes.len(), bytes);
        }
    }
    Ok(new.finish())
}

/// With `-b`, says that `name` objects are compared with text, or with one of `others`.
pub(super) fn warn_of_mixture(
    vm: &Vm,
    name: &str,
    operands: [Value; 2],
    op: CompareOp,
    others: &[(TypeRef, &str)],
) -> PyResult<()> {
    if vm.config.bytes_warning == 0 || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(());
    }
    for (ty, shown) in others {
        if operands.iter().any(|v| is_instance(vm, *v, *ty)) {
            let text = format!("Comparison between {name} and {shown}");
            return warnings::warn(vm, vm.types.bytes_warning, &text, 1);
        }
    }
    Ok(())
}

/// With `-b`, says that the text of such an object is its `repr`.
pub(super) fn warn_of_text(vm: &Vm, name: &str) -> PyResult<()> {
    if vm.config.bytes_warning == 0 {
        return Ok(());
    }
    warnings::warn(vm, vm.types.bytes_warning, &format!("str() on a {name} instance"), 1)
}

pub(super) fn rich_compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_bytes(vm, a) || !is_bytes(vm, b) {
        let others = [(vm.types.str, "string"), (vm.types.int, "int")];
        warn_of_mixture(vm, "bytes", [a, b], op, &others)?;
        return Ok(Owned::not_implemented());
    }
    let (x, y) = (as_slice(&a), as_slice(&b));
    Ok(Owned::bool(match op {
        CompareOp::Eq => a == b || x == y,
        CompareOp::Ne => a != b && x != y,
        _ => op.holds(x.cmp(y)),
    }))
}

pub(super) fn iter(vm: &Vm, this: Value) -> PyResult {
    let ty =
        if shared::is_immutable(vm, this) { vm.types.bytes_iterator } else { vm.types.bytearray_iterator };
    let it: *mut SequenceIter = new_instance(vm, ty)?;
    // SAFETY: a new object of this layout.
    unsafe {
        (*it).index = 0;
        (*it).sequence = this.own().into_value();
    }
    Ok(owned(it))
}

fn state<'a>(it: Value) -> &'a mut SequenceIter {
    // SAFETY: the functions below are only called with instances of the type.
    unsafe { cast(it) }
}

fn next(vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    let it = state(it);
    if it.sequence.is_null() {
        return Ok(None);
    }
    if let Some(b) = shared::contents(vm, &it.sequence).get(it.index) {
        it.index += 1;
        return Ok(Some(Owned::fixnum(*b as i64)));
    }
    // SAFETY: the iterator owns the word.
    unsafe { crate::owned::replace(&mut it.sequence, None) };
    Ok(None)
}

unsafe fn dealloc(_: &Vm, it: *mut Header) {
    // SAFETY: the iterator owns its sequence.
    unsafe { crate::owned::replace(&raw mut (*(it as *mut SequenceIter)).sequence, None) };
}

unsafe fn traverse(it: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the collector calls this with live iterators.
    let sequence = unsafe { (*(it as *mut SequenceIter)).sequence };
    if !sequence.is_null() {
        visit(sequence);
    }
}

fn length_hint(vm: &Vm, it: Value) -> PyResult {
    let it = state(it);
    let left = if it.sequence.is_null() {
        0
    } else {
        shared::contents(vm, &it.sequence).len().saturating_sub(it.index)
    };
    Ok(Owned::fixnum(left as i64))
}

fn reduce(vm: &Vm, it: Value) -> PyResult {
    let builtin_iter = builtin(vm, "iter")?;
    let it = state(it);
    if it.sequence.is_null() {
        let nothing = tuple::empty(vm);
        let args = tuple::from_slice(vm, &[*nothing])?;
        return tuple::from_slice(vm, &[*builtin_iter, *args]);
    }
    let args = tuple::from_slice(vm, &[it.sequence])?;
    tuple::from_slice(vm, &[*builtin_iter, *args, Value::fixnum(it.index as i64)])
}

fn set_state(vm: &Vm, it: Value, index: Value) -> PyResult {
    let index = protocol::index::to_isize(vm, index)?;
    let it = state(it);
    if !it.sequence.is_null() {
        it.index = (index.max(0) as usize).min(shared::contents(vm, &it.sequence).len());
    }
    Ok(Owned::none())
}

const ITER_SLOTS: Slots = Slots {
    iter: Some(|_, it| Ok(it.own())),
    next: Some(next),
    dealloc: Some(dealloc),
    traverse: Some(traverse),
    ..Slots::EMPTY
};

static ITER_METHODS: &[MethodSpec] = &[
    method0("__length_hint__", length_hint, "Number of bytes still to come."),
    method0("__reduce__", reduce, "State for pickling."),
    method1("__setstate__", "($self, object, /)", set_state, "Restores the position."),
];

pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "bytes_iterator",
    basicsize: size_of::<SequenceIter>(),
    kind: Kind::Other,
    flags: tp_flags::HAVE_GC,
    slots: ITER_SLOTS,
    methods: ITER_METHODS,
    ..TypeSpec::DEFAULT
};

pub static BYTEARRAY_ITER_SPEC: TypeSpec = TypeSpec {
    name: "bytearray_iterator",
    basicsize: size_of::<SequenceIter>(),
    kind: Kind::Other,
    flags: tp_flags::HAVE_GC,
    slots: ITER_SLOTS,
    methods: ITER_METHODS,
    ..TypeSpec::DEFAULT
};
