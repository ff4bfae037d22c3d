//! `slice`, and what a slice selects from a sequence of a given length.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::objects::Slice;
use taipan_layout::{Header, Kind, Value};

use super::sequence::{check_count, clamped, no_keywords};
use super::spec::{MemberType, member, method0, method1, tp_flags};
use super::{CompareOp, Slots, TypeSpec, int, is_kind, new_exact, tuple};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "slice",
    basicsize: size_of::<Slice>(),
    kind: Kind::Slice,
    flags: tp_flags::HAVE_GC,
    doc: "slice(stop)\nslice(start, stop[, step])\n\nWhat an extended subscript such as a[0:10:2] selects by.",
    slots: Slots {
        new: Some(construct),
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    methods: &[
        method1(
            "indices",
            "($self, object, /)",
            indices_method,
            "S.indices(len) -> (start, stop, stride)\n\nThe bounds that the slice means for a sequence of len items.",
        ),
        method0("__reduce__", reduce, "What pickle needs to make the object again."),
    ],
    members: &[
        member("start", MemberType::Object, std::mem::offset_of!(Slice, start), true),
        member("stop", MemberType::Object, std::mem::offset_of!(Slice, stop), true),
        member("step", MemberType::Object, std::mem::offset_of!(Slice, step), true),
    ],
    ..TypeSpec::DEFAULT
};

/// `slice(start, stop, step)`.
/// Start, stop and step; borrowed.
pub fn words(slice: Value) -> [Value; 3] {
    // SAFETY: callers pass slices.
    let s = unsafe { super::cast::<Slice>(slice) };
    [s.start, s.stop, s.step]
}

pub fn new(vm: &Vm, start: Value, stop: Value, step: Value) -> PyResult {
    let p = new_exact::<Slice>(vm, vm.types.slice)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).start = start.own().into_value();
        (*p).stop = stop.own().into_value();
        (*p).step = step.own().into_value();
    }
    Ok(Owned::from_new(p))
}

fn parts<'a>(v: Value) -> &'a Slice {
    // SAFETY: callers pass slices, which never change.
    unsafe { &*v.as_ptr::<Slice>() }
}

/// The items that a slice selects: `count` of them, `step` apart, the first at `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    pub count: usize,
}

impl Selection {
    /// The selected positions in the slice's order.
    pub fn positions(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |i| (self.start + i as isize * self.step) as usize)
    }
}

/// Start, stop and step as numbers, before the length is known. Runs `__index__` methods.
pub fn unpack(vm: &Vm, slice: Value) -> PyResult<(isize, isize, isize)> {
    const MESSAGE: &str = "slice indices must be integers or None or have an __index__ method";
    let s = parts(slice);
    let step = if s.step.is_none() { 1 } else { clamped(vm, s.step, MESSAGE)? };
    if step == 0 {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    // The most negative step would overflow when it is negated; nothing selects by it but one item.
    let step = step.max(-isize::MAX);
    let start = match s.start {
        Value::NONE => {
            if step < 0 {
                isize::MAX
            } else {
                0
            }
        }
        v => clamped(vm, v, MESSAGE)?,
    };
    let stop = match s.stop {
        Value::NONE => {
            if step < 0 {
                isize::MIN
            } else {
                isize::MAX
            }
        }
        v => clamped(vm, v, MESSAGE)?,
    };
    Ok((start, stop, step))
}

/// The bounds of `[start:stop]` when finding them runs no Python code: fixnums and None.
#[inline]
pub fn plain_bounds(start: Value, stop: Value) -> Option<(isize, isize, isize)> {
    let bound = |v: Value, absent: isize| match v {
        Value::NONE => Some(absent),
        v => v.is_fixnum().then(|| v.as_fixnum() as isize),
    };
    Some((bound(start, 0)?, bound(stop, isize::MAX)?, 1))
}

/// What unpacked bounds select from `len` items.
#[inline]
pub fn adjust(len: usize, (start, stop, step): (isize, isize, isize)) -> Selection {
    let n = len as isize;
    let bound = |b: isize| {
        if b < 0 {
            let b = b.saturating_add(n);
            if b < 0 { if step < 0 { -1 } else { 0 } } else { b }
        } else if b >= n {
            if step < 0 { n - 1 } else { n }
        } else {
            b
        }
    };
    let (start, stop) = (bound(start), bound(stop));
    let count = if step < 0 {
        if stop < start { (start - stop - 1) / -step + 1 } else { 0 }
    } else if start < stop {
        (stop - start - 1) / step + 1
    } else {
        0
    };
    Selection { start, stop, step, count: count as usize }
}

/// What `slice` selects from a sequence whose length is asked for after the bounds' `__index__` methods ran.
#[inline]
pub fn resolve(vm: &Vm, slice: Value, len: impl FnOnce() -> usize) -> PyResult<Selection> {
    let bounds = unpack(vm, slice)?;
    Ok(adjust(len(), bounds))
}

fn construct(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    no_keywords(vm, "slice", args)?;
    let pos = args.pos();
    check_count(vm, "slice", pos.len(), 1, 3)?;
    match *pos {
        [stop] => new(vm, Value::NONE, stop, Value::NONE),
        [start, stop] => new(vm, start, stop, Value::NONE),
        _ => new(vm, pos[0], pos[1], pos[2]),
    }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let s = parts(this);
    let all = [s.start, s.stop, s.step];
    super::sequence::repr_items(vm, "slice(", ")", |i| all.get(i).map(|v| v.own()))
}

/// The hash of the tuple (start, stop, step) but for the final mixing with the length.
fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    const PRIME_1: u64 = 11400714785074694791;
    const PRIME_2: u64 = 14029467366897019727;
    const PRIME_5: u64 = 2870177450012600261;
    let s = parts(this);
    let mut acc = PRIME_5;
    for v in [s.start, s.stop, s.step] {
        let lane = protocol::compare::hash(vm, v)? as u64;
        acc = acc.wrapping_add(lane.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
    }
    Ok(if acc == u64::MAX { 1546275796 } else { acc as i64 })
}

fn as_tuple(vm: &Vm, v: Value) -> PyResult {
    let s = parts(v);
    tuple::from_slice(vm, &[s.start, s.stop, s.step])
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_kind(a, Kind::Slice) || !is_kind(b, Kind::Slice) {
        return Ok(Owned::not_implemented());
    }
    if a == b {
        return Ok(Owned::bool(matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge)));
    }
    let (x, y) = (as_tuple(vm, a)?, as_tuple(vm, b)?);
    protocol::compare::rich(vm, *x, *y, op)
}

/// `slice.indices`: integers of any size.
fn indices_method(vm: &Vm, this: Value, length: Value) -> PyResult {
    let length = protocol::number::index(vm, length)?;
    if super::sequence::is_negative(*length) {
        return Err(vm.value_error("length should not be negative"));
    }
    let (start, stop, step) = indices(vm, this, *length)?;
    tuple::from_owned(vm, vec![start, stop, step])
}

/// The bounds that `this` means for a sequence of `length` (an exact `int`) items, without any limit of size.
pub(crate) fn indices(vm: &Vm, this: Value, length: Value) -> PyResult<(Owned, Owned, Owned)> {
    let s = parts(this);
    let less = |a: Value, b: Value| protocol::compare::rich_bool(vm, a, b, CompareOp::Lt);
    let zero = Value::fixnum(0);
    let step = if s.step.is_none() { Owned::fixnum(1) } else { big_index(vm, s.step)? };
    if *step == zero {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let backwards = super::sequence::is_negative(*step);
    let (lower, upper) = if backwards {
        (Owned::fixnum(-1), int::sub(vm, length, Value::fixnum(1))?)
    } else {
        (Owned::fixnum(0), length.own())
    };
    let bound = |v: Value, absent: &Owned| -> PyResult {
        if v.is_none() {
            return Ok(absent.clone());
        }
        let v = big_index(vm, v)?;
        if super::sequence::is_negative(*v) {
            let v = int::add(vm, *v, length)?;
            Ok(if less(*v, *lower)? { lower.clone() } else { v })
        } else {
            Ok(if less(*upper, *v)? { upper.clone() } else { v })
        }
    };
    let (first, last) = if backwards { (&upper, &lower) } else { (&lower, &upper) };
    let start = bound(s.start, first)?;
    let stop = bound(s.stop, last)?;
    Ok((start, stop, step))
}

fn big_index(vm: &Vm, v: Value) -> PyResult {
    if !super::sequence::is_index(vm, v) {
        return Err(vm.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    protocol::number::index(vm, v)
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let args = as_tuple(vm, this)?;
    tuple::from_slice(vm, &[vm.types.slice.value(), *args])
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut Slice;
    // SAFETY: the slice is dying and owns its words.
    unsafe {
        decref((*p).start);
        decref((*p).stop);
        decref((*p).step);
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut Slice;
    // SAFETY: a live slice; words may be NULL while it is being made.
    unsafe {
        for v in [(*p).start, (*p).stop, (*p).step] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
