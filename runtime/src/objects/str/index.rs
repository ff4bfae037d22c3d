//! Subscription and iteration.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::objects::SequenceIter;
use taipan_layout::{Header, Kind, Value};

use super::args::builtin;
use super::build::{empty, from_ascii, from_char, from_view};
use super::kinds::{StrView, ascii, is_ascii, length, view, with_units};
use super::{build::to_exact, kinds::Unit};
use crate::objects::spec::{MethodSpec, method0, method1};
use crate::objects::{
    Slots, TypeSpec, cast, is_kind, new_instance, owned, sequence, slice, tp_flags, tuple, type_of,
};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// The character at `index`, which is in range.
#[inline]
pub fn char_at(vm: &Vm, s: Value, index: usize) -> PyResult {
    from_char(vm, view(&s).get(index))
}

/// `s[index]` for a native index, negative ones from the end.
#[inline]
pub fn item(vm: &Vm, s: Value, index: isize) -> PyResult {
    let len = length(s);
    let at = if index < 0 { index.wrapping_add(len as isize) } else { index };
    if at < 0 || at as usize >= len {
        return Err(vm.index_error("string index out of range"));
    }
    char_at(vm, s, at as usize)
}

/// `s[from:to]` with `from <= to <= len(s)`.
pub fn substring(vm: &Vm, s: Value, from: usize, to: usize) -> PyResult {
    if from == 0 && to == length(s) {
        return to_exact(vm, s);
    }
    part(vm, s, from, to)
}

/// A new string with the characters `from..to`: parts of ASCII strings need no look at their contents.
#[inline]
pub(super) fn part(vm: &Vm, s: Value, from: usize, to: usize) -> PyResult {
    match ascii(&s) {
        Some(text) => from_ascii(vm, &text[from..to]),
        None => from_view(vm, view(&s).slice(from, to)),
    }
}

pub(super) fn get_item(vm: &Vm, s: Value, key: Value) -> PyResult {
    if key.is_fixnum() {
        return item(vm, s, key.as_fixnum() as isize);
    }
    if is_kind(key, Kind::Slice) {
        let range = slice::resolve(vm, key, || length(s))?;
        if range.count == 0 {
            return Ok(empty(vm));
        }
        if range.step == 1 {
            return substring(vm, s, range.start as usize, range.start as usize + range.count);
        }
        return stepped(vm, view(&s), range);
    }
    if type_of(vm, key).slots().index.is_none() {
        let got = type_of(vm, key).name_str();
        return Err(vm.type_error(&format!("string indices must be integers, not '{got}'")));
    }
    let index = sequence::index_size(vm, key)?;
    item(vm, s, index)
}

fn stepped(vm: &Vm, text: StrView<'_>, range: slice::Selection) -> PyResult {
    fn pick<T: Unit>(units: &[T], range: slice::Selection) -> Option<Vec<T>> {
        let mut out = Vec::new();
        out.try_reserve(range.count).ok()?;
        out.extend(range.positions().map(|i| units[i]));
        Some(out)
    }
    with_units!(text, units => match pick(units, range) {
        Some(picked) => from_view(vm, Unit::view(&picked)),
        None => Err(vm.memory_error()),
    })
}

pub(super) fn iter(vm: &Vm, s: Value) -> PyResult {
    let ty = if is_ascii(s) { vm.types.str_ascii_iterator } else { vm.types.str_iterator };
    let it: *mut SequenceIter = new_instance(vm, ty)?;
    // SAFETY: a new object of this layout.
    unsafe {
        (*it).index = 0;
        (*it).sequence = s.own().into_value();
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
    if it.index < length(it.sequence) {
        it.index += 1;
        return char_at(vm, it.sequence, it.index - 1).map(Some);
    }
    // SAFETY: the iterator owns the word; a str's destruction runs nothing.
    unsafe { crate::owned::replace(&mut it.sequence, None) };
    Ok(None)
}

unsafe fn dealloc(_: &Vm, it: *mut Header) {
    // SAFETY: the iterator owns its string.
    unsafe { crate::owned::replace(&raw mut (*(it as *mut SequenceIter)).sequence, None) };
}

unsafe fn traverse(it: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the collector calls this with live iterators.
    let sequence = unsafe { (*(it as *mut SequenceIter)).sequence };
    if !sequence.is_null() {
        visit(sequence);
    }
}

fn length_hint(_: &Vm, it: Value) -> PyResult {
    let it = state(it);
    let left = if it.sequence.is_null() { 0 } else { length(it.sequence) - it.index };
    Ok(Owned::fixnum(left as i64))
}

fn reduce(vm: &Vm, it: Value) -> PyResult {
    let builtin_iter = builtin(vm, "iter")?;
    let it = state(it);
    if it.sequence.is_null() {
        let args = tuple::from_slice(vm, &[*empty(vm)])?;
        return tuple::from_slice(vm, &[*builtin_iter, *args]);
    }
    let args = tuple::from_slice(vm, &[it.sequence])?;
    tuple::from_slice(vm, &[*builtin_iter, *args, Value::fixnum(it.index as i64)])
}

fn set_state(vm: &Vm, it: Value, index: Value) -> PyResult {
    let index = protocol::index::to_isize(vm, index)?;
    let it = state(it);
    if !it.sequence.is_null() {
        it.index = (index.max(0) as usize).min(length(it.sequence));
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
    method0("__length_hint__", length_hint, "Number of characters still to come."),
    method0("__reduce__", reduce, "State for pickling."),
    method1("__setstate__", "($self, object, /)", set_state, "Restores the position."),
];

pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "str_iterator",
    basicsize: size_of::<SequenceIter>(),
    kind: Kind::Other,
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: ITER_SLOTS,
    methods: ITER_METHODS,
    ..TypeSpec::DEFAULT
};

/// The same for strings that are ASCII: programs see the name only.
pub static ASCII_ITER_SPEC: TypeSpec = TypeSpec {
    name: "str_ascii_iterator",
    basicsize: size_of::<SequenceIter>(),
    kind: Kind::Other,
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: ITER_SLOTS,
    methods: ITER_METHODS,
    ..TypeSpec::DEFAULT
};
