//! `range` and its iterators. All arithmetic is done on machine words when start, stop and step are fixnums, and on
//! integers of any size otherwise.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::objects::RangeIter;
use taipan_layout::value::{FIXNUM_MAX, FIXNUM_MIN};
use taipan_layout::{Header, Kind, Value};

use super::sequence::{self, ReprText, builtin, check_count, is_negative, no_keywords, type_name};
use super::spec::{MemberType, member, method0, method1, tp_flags};
use super::{CompareOp, Slots, TypeSpec, int, is_kind, new_exact, new_instance, slice, tuple};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
pub struct Range {
    header: Header,
    /// Exact ints, owned.
    start: Value,
    stop: Value,
    step: Value,
    length: Value,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "range",
    basicsize: size_of::<Range>(),
    kind: Kind::Range,
    flags: tp_flags::SEQUENCE,
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\n\
          The integers from start (inclusive) to stop (exclusive), step apart.",
    slots: Slots {
        new: Some(construct),
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        iter: Some(new_iter),
        bool: Some(|_, this| Ok(parts(this).length != Value::fixnum(0))),
        len: Some(len),
        contains: Some(contains),
        get_item: Some(get_item),
        dealloc: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__reversed__", reversed, "The numbers from the last to the first."),
        method0("__reduce__", reduce, ""),
        method1("count", "($self, object, /)", count, "rangeobject.count(value) -> how often value occurs"),
        method1(
            "index",
            "($self, object, /)",
            index,
            "The place of value in the range.\n\nValueError if it is not in it.",
        ),
    ],
    members: &[
        member("start", MemberType::Object, std::mem::offset_of!(Range, start), true),
        member("stop", MemberType::Object, std::mem::offset_of!(Range, stop), true),
        member("step", MemberType::Object, std::mem::offset_of!(Range, step), true),
    ],
    ..TypeSpec::DEFAULT
};

fn parts<'a>(v: Value) -> &'a Range {
    // SAFETY: callers pass ranges, which never change.
    unsafe { &*v.as_ptr::<Range>() }
}

const ZERO: Value = Value::fixnum(0);
const ONE: Value = Value::fixnum(1);

/// `range(start, stop, step)` of exact ints.
pub fn new(vm: &Vm, start: Value, stop: Value, step: Value) -> PyResult {
    if step == ZERO {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    let length = length(vm, start, stop, step)?;
    let p = new_exact::<Range>(vm, vm.types.range)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).start = start.own().into_value();
        (*p).stop = stop.own().into_value();
        (*p).step = step.own().into_value();
        (*p).length = length.into_value();
    }
    Ok(Owned::from_new(p))
}

fn less(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
    protocol::compare::rich_bool(vm, a, b, CompareOp::Lt)
}

/// How many items a range has.
fn length(vm: &Vm, start: Value, stop: Value, step: Value) -> PyResult {
    if start.is_fixnum() && stop.is_fixnum() && step.is_fixnum() {
        let (start, stop, step) = (start.as_fixnum(), stop.as_fixnum(), step.as_fixnum());
        // Fixnums have 63 bits: their difference fits 64.
        let (distance, step) = if step > 0 { (stop - start, step) } else { (start - stop, -step) };
        return if distance <= 0 { Ok(Owned::fixnum(0)) } else { int::new(vm, (distance - 1) / step + 1) };
    }
    let negative = is_negative(step);
    let (low, high) = if negative { (stop, start) } else { (start, stop) };
    if !less(vm, low, high)? {
        return Ok(Owned::fixnum(0));
    }
    let step = if negative { int::sub(vm, ZERO, step)? } else { step.own() };
    let distance = int::sub(vm, high, low)?;
    let steps = int::floor_div(vm, *int::sub(vm, *distance, ONE)?, *step)?;
    int::add(vm, *steps, ONE)
}

fn construct(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    no_keywords(vm, "range", args)?;
    let pos = args.pos();
    check_count(vm, "range", pos.len(), 1, 3)?;
    let integer = |v: Value| protocol::number::index(vm, v);
    match *pos {
        [stop] => new(vm, ZERO, *integer(stop)?, ONE),
        [start, stop] => new(vm, *integer(start)?, *integer(stop)?, ONE),
        _ => new(vm, *integer(pos[0])?, *integer(pos[1])?, *integer(pos[2])?),
    }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let r = parts(this);
    let mut text = ReprText::new("range(");
    text.push_repr(vm, r.start)?;
    text.push(", ");
    text.push_repr(vm, r.stop)?;
    if r.step != ONE {
        text.push(", ");
        text.push_repr(vm, r.step)?;
    }
    text.push(")");
    text.finish(vm)
}

/// Equal ranges are those with the same items: what cannot be told from them does not count.
fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    let r = parts(this);
    let (start, step) = match r.length {
        ZERO => (Value::NONE, Value::NONE),
        ONE => (r.start, Value::NONE),
        _ => (r.start, r.step),
    };
    let t = tuple::from_slice(vm, &[r.length, start, step])?;
    protocol::compare::hash(vm, *t)
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_kind(a, Kind::Range) || !is_kind(b, Kind::Range) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::not_implemented());
    }
    let (x, y) = (parts(a), parts(b));
    let same = |a, b| protocol::compare::equal(vm, a, b);
    let equal = a == b
        || same(x.length, y.length)?
            && (x.length == ZERO || same(x.start, y.start)? && (x.length == ONE || same(x.step, y.step)?));
    Ok(Owned::bool(equal == (op == CompareOp::Eq)))
}

fn len(vm: &Vm, this: Value) -> PyResult<usize> {
    match int::as_i64(parts(this).length) {
        Some(n) => Ok(n as usize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// `v` as an exact int when it is one, or a bool.
fn integer(v: Value) -> Option<Value> {
    match v {
        Value::TRUE => Some(ONE),
        Value::FALSE => Some(ZERO),
        _ => (v.is_fixnum() || is_kind(v, Kind::Int)).then_some(v),
    }
}

/// The index of the int `v`.
fn position_of(vm: &Vm, r: &Range, v: Value) -> PyResult<Option<Owned>> {
    if v.is_fixnum() && r.start.is_fixnum() && r.stop.is_fixnum() && r.step.is_fixnum() {
        let (v, start, stop, step) =
            (v.as_fixnum(), r.start.as_fixnum(), r.stop.as_fixnum(), r.step.as_fixnum());
        let inside = if step > 0 { start <= v && v < stop } else { stop < v && v <= start };
        return if inside && (v - start) % step == 0 {
            int::new(vm, (v - start) / step).map(Some)
        } else {
            Ok(None)
        };
    }
    let inside = if is_negative(r.step) {
        !less(vm, r.start, v)? && less(vm, r.stop, v)?
    } else {
        !less(vm, v, r.start)? && less(vm, v, r.stop)?
    };
    if !inside {
        return Ok(None);
    }
    let distance = int::sub(vm, v, r.start)?;
    if *int::remainder(vm, *distance, r.step)? != ZERO {
        return Ok(None);
    }
    int::floor_div(vm, *distance, r.step).map(Some)
}

fn contains(vm: &Vm, this: Value, item: Value) -> PyResult<bool> {
    match integer(item) {
        Some(v) => Ok(position_of(vm, parts(this), v)?.is_some()),
        None => Ok(search(vm, this, item)?.0.is_some()),
    }
}

/// Index of the first item that equals `value`, and how many do.
fn search(vm: &Vm, this: Value, value: Value) -> PyResult<(Option<i64>, i64)> {
    let it = new_iter(vm, this)?;
    let (mut first, mut n, mut i) = (None, 0, 0);
    while let Some(v) = protocol::iter::next(vm, *it)? {
        if protocol::compare::equal(vm, *v, value)? {
            first = first.or(Some(i));
            n += 1;
        }
        i += 1;
    }
    Ok((first, n))
}

fn count(vm: &Vm, this: Value, value: Value) -> PyResult {
    match integer(value) {
        Some(v) => Ok(Owned::fixnum(position_of(vm, parts(this), v)?.is_some() as i64)),
        None => Ok(Owned::fixnum(search(vm, this, value)?.1)),
    }
}

fn index(vm: &Vm, this: Value, value: Value) -> PyResult {
    match integer(value) {
        Some(v) => {
            position_of(vm, parts(this), v)?.ok_or_else(|| vm.value_error("range.index(x): x not in range"))
        }
        None => match search(vm, this, value)?.0 {
            Some(i) => Ok(Owned::fixnum(i)),
            None => Err(vm.value_error("sequence.index(x): x not in sequence")),
        },
    }
}

/// The item at `i`, which is inside of the range (or one past an end).
fn item(vm: &Vm, r: &Range, i: Value) -> PyResult {
    let offset = int::mul(vm, i, r.step)?;
    int::add(vm, r.start, *offset)
}

fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    let r = parts(this);
    if is_kind(key, Kind::Slice) {
        let (start, stop, step) = slice::indices(vm, key, r.length)?;
        let step = int::mul(vm, r.step, *step)?;
        return new(vm, *item(vm, r, *start)?, *item(vm, r, *stop)?, *step);
    }
    if !sequence::is_index(vm, key) {
        return Err(
            vm.type_error(&format!("range indices must be integers or slices, not {}", type_name(vm, key)))
        );
    }
    let i = protocol::number::index(vm, key)?;
    let i = if is_negative(*i) { int::add(vm, *i, r.length)? } else { i };
    if is_negative(*i) || !less(vm, *i, r.length)? {
        return Err(vm.index_error("range object index out of range"));
    }
    item(vm, r, *i)
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let r = parts(this);
    let args = tuple::from_slice(vm, &[r.start, r.stop, r.step])?;
    tuple::from_slice(vm, &[vm.types.range.value(), *args])
}

pub(crate) unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut Range;
    // SAFETY: the range is dying and owns its words.
    unsafe {
        for v in [(*p).start, (*p).stop, (*p).step, (*p).length] {
            decref(v);
        }
    }
}

// ---- iterators ----

const HINT: &str = "How many items are still to come.";
const REDUCE: &str = "State for pickling.";
const SETSTATE: &str = "Skip the given number of items.";

pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "range_iterator",
    basicsize: size_of::<RangeIter>(),
    kind: Kind::RangeIter,
    flags: tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|_, this| Ok(this.own())), next: Some(iter_next), ..Slots::EMPTY },
    methods: &[
        method0(
            "__length_hint__",
            // SAFETY: the method's receiver is a live range iterator.
            |vm, it| int::new(vm, unsafe { (*it.as_ptr::<RangeIter>()).remaining }),
            HINT,
        ),
        method0("__reduce__", iter_reduce, REDUCE),
        method1("__setstate__", "($self, object, /)", iter_set_state, SETSTATE),
    ],
    ..TypeSpec::DEFAULT
};

fn fixnum_iter(vm: &Vm, start: i64, step: i64, remaining: i64) -> PyResult {
    let p = new_exact::<RangeIter>(vm, vm.types.range_iterator)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).next = start;
        (*p).step = step;
        (*p).remaining = remaining;
    }
    Ok(Owned::from_new(p))
}

pub fn new_iter(vm: &Vm, this: Value) -> PyResult {
    let r = parts(this);
    if [r.start, r.stop, r.step, r.length].iter().all(|v| v.is_fixnum()) {
        return fixnum_iter(vm, r.start.as_fixnum(), r.step.as_fixnum(), r.length.as_fixnum());
    }
    long_iter(vm, r.start.own(), r.step.own(), r.length.own())
}

/// `reversed(range)`.
pub(super) fn reversed(vm: &Vm, this: Value) -> PyResult {
    let r = parts(this);
    let last = int::sub(vm, r.length, ONE)?;
    let start = item(vm, r, *last)?;
    let step = int::sub(vm, ZERO, r.step)?;
    if [r.start, *start, *step, r.length].iter().all(|v| v.is_fixnum()) {
        return fixnum_iter(vm, start.as_fixnum(), step.as_fixnum(), r.length.as_fixnum());
    }
    long_iter(vm, start, step, r.length.own())
}

fn iter_next(_vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    let p: *mut RangeIter = it.as_ptr();
    // SAFETY: the iterator is alive.
    unsafe {
        if (*p).remaining <= 0 {
            return Ok(None);
        }
        let v = (*p).next;
        debug_assert!((FIXNUM_MIN..=FIXNUM_MAX).contains(&v));
        (*p).next = v.wrapping_add((*p).step);
        (*p).remaining -= 1;
        Ok(Some(Owned::fixnum(v)))
    }
}

fn iter_reduce(vm: &Vm, it: Value) -> PyResult {
    let p: *mut RangeIter = it.as_ptr();
    // SAFETY: the iterator is alive.
    let (next, step, n) = unsafe { ((*p).next, (*p).step, (*p).remaining) };
    let (next, step, n) = (int::new(vm, next)?, int::new(vm, step)?, int::new(vm, n)?);
    reduce_as_range(vm, *next, *step, *n)
}

/// `(iter, (range(…),), None)`
fn reduce_as_range(vm: &Vm, start: Value, step: Value, remaining: Value) -> PyResult {
    let distance = int::mul(vm, step, remaining)?;
    let stop = int::add(vm, start, *distance)?;
    let range = new(vm, start, *stop, step)?;
    let args = tuple::from_owned(vm, vec![range])?;
    tuple::from_owned(vm, vec![builtin(vm, "iter")?, args, Owned::none()])
}

fn iter_set_state(vm: &Vm, it: Value, state: Value) -> PyResult {
    let p: *mut RangeIter = it.as_ptr();
    let i = sequence::size_argument(vm, state)? as i64;
    // SAFETY: the iterator is alive.
    unsafe {
        let skip = i.clamp(0, (*p).remaining);
        (*p).next = (*p).next.wrapping_add(skip.wrapping_mul((*p).step));
        (*p).remaining -= skip;
    }
    Ok(Owned::none())
}

/// Iterator over a range that needs integers beyond fixnums.
#[repr(C)]
struct LongRangeIter {
    header: Header,
    /// Exact ints, owned.
    next: Value,
    step: Value,
    remaining: Value,
}

pub static LONG_ITER_SPEC: TypeSpec = TypeSpec {
    name: "longrange_iterator",
    basicsize: size_of::<LongRangeIter>(),
    kind: Kind::LongRangeIter,
    flags: tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, this| Ok(this.own())),
        next: Some(long_next),
        dealloc: Some(long_dealloc),
        ..Slots::EMPTY
    },
    methods: &[
        method0(
            "__length_hint__",
            // SAFETY: the method's receiver is a live iterator.
            |_, it| Ok(unsafe { (*it.as_ptr::<LongRangeIter>()).remaining }.own()),
            HINT,
        ),
        method0("__reduce__", long_reduce, REDUCE),
        method1("__setstate__", "($self, object, /)", long_set_state, SETSTATE),
    ],
    ..TypeSpec::DEFAULT
};

fn long_iter(vm: &Vm, next: Owned, step: Owned, remaining: Owned) -> PyResult {
    let p = new_instance::<LongRangeIter>(vm, vm.types.longrange_iterator)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).next = next.into_value();
        (*p).step = step.into_value();
        (*p).remaining = remaining.into_value();
    }
    Ok(Owned::from_new(p))
}

fn long_next(vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    let p: *mut LongRangeIter = it.as_ptr();
    // SAFETY: the iterator is alive; dropping ints runs no Python.
    unsafe {
        if (*p).remaining == ZERO {
            return Ok(None);
        }
        let following = int::add(vm, (*p).next, (*p).step)?;
        let fewer = int::sub(vm, (*p).remaining, ONE)?;
        crate::owned::replace(&raw mut (*p).remaining, Some(fewer));
        let v = Owned::from_owned(std::mem::replace(&mut (*p).next, following.into_value()));
        Ok(Some(v))
    }
}

fn long_reduce(vm: &Vm, it: Value) -> PyResult {
    let p: *mut LongRangeIter = it.as_ptr();
    // SAFETY: the iterator is alive.
    unsafe { reduce_as_range(vm, (*p).next, (*p).step, (*p).remaining) }
}

fn long_set_state(vm: &Vm, it: Value, state: Value) -> PyResult {
    let p: *mut LongRangeIter = it.as_ptr();
    let state = protocol::number::index(vm, state)?;
    // SAFETY: the iterator is alive; dropping ints runs no Python.
    unsafe {
        let skip = if is_negative(*state) {
            Owned::fixnum(0)
        } else if less(vm, (*p).remaining, *state)? {
            (*p).remaining.own()
        } else {
            state
        };
        let distance = int::mul(vm, *skip, (*p).step)?;
        let next = int::add(vm, (*p).next, *distance)?;
        let remaining = int::sub(vm, (*p).remaining, *skip)?;
        crate::owned::replace(&raw mut (*p).next, Some(next));
        crate::owned::replace(&raw mut (*p).remaining, Some(remaining));
    }
    Ok(Owned::none())
}

unsafe fn long_dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut LongRangeIter;
    // SAFETY: the iterator is dying and owns its words.
    unsafe {
        for v in [(*p).next, (*p).step, (*p).remaining] {
            decref(v);
        }
    }
}
