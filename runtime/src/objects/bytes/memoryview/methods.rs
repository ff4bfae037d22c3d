//! Methods and attributes of `memoryview`, and its iterator.
#![allow(unsafe_code, reason = "object layout")]

use std::borrow::Cow;

use taipan_layout::objects::SequenceIter;
use taipan_layout::{Header, Kind, Value};

use super::super::hex;
use super::{View, again, items, live, release, wrap};
use crate::objects::spec::{GetSet, MethodSpec, class_method, getter, method, method0, method1};
use crate::objects::str::args;
use crate::objects::{
    Slots, TypeSpec, bytes, cast, genericalias, int, is_kind, list, new_instance, owned, sequence, str,
    tp_flags, tuple,
};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) fn repr(vm: &Vm, this: Value) -> PyResult {
    let released = if super::state(this).view.is_none() { "released " } else { "" };
    str::new(vm, &format!("<{released}memory at {:#x}>", this.0))
}

/// A list of the items of the dimensions in `shape`, whose bytes are `raw`.
fn nested(vm: &Vm, view: &View, shape: &[usize], raw: &[u8]) -> PyResult {
    let Some((n, inner)) = shape.split_first() else { return items::read(vm, &view.format, raw) };
    let size = raw.len() / (*n).max(1);
    let mut out = Vec::with_capacity(*n);
    for i in 0..*n {
        out.push(nested(vm, view, inner, &raw[i * size..(i + 1) * size])?);
    }
    list::new(vm, out)
}

fn tolist(vm: &Vm, this: Value) -> PyResult {
    let view = live(vm, this)?;
    let raw = view.to_vec();
    nested(vm, view, &view.shape, &raw)
}

fn tobytes(vm: &Vm, this: Value, given: &[Value]) -> PyResult {
    let view = live(vm, this)?;
    if !given[0].is_null() && !given[0].is_none() {
        args::expect_named_str(vm, given[0], "tobytes", "order")?;
        match str::to_string_lossy(given[0]).as_str() {
            "C" | "A" => {}
            "F" if view.shape.len() <= 1 => {}
            "F" => return fortran(vm, view),
            _ => return Err(vm.value_error("order must be 'C', 'F' or 'A'")),
        }
    }
    bytes::new(vm, &view.to_vec())
}

/// The items with the first index changing fastest.
fn fortran(vm: &Vm, view: &View) -> PyResult {
    let raw = view.to_vec();
    let mut out = Vec::with_capacity(raw.len());
    let total: usize = view.shape.iter().product();
    for i in 0..total {
        let (mut rest, mut at, mut size) = (i, 0, raw.len());
        for n in &view.shape {
            size /= n;
            at += (rest % n) * size;
            rest /= n;
        }
        out.extend_from_slice(&raw[at..at + view.itemsize]);
    }
    bytes::new(vm, &out)
}

fn method_hex(vm: &Vm, this: Value, given: &[Value]) -> PyResult {
    live(vm, this)?;
    let _held = super::export(vm, this)?;
    let (sep, group) = hex::arguments(vm, given, hex::Separator::Ascii)?;
    hex::to_hex(vm, &live(vm, this)?.to_vec(), sep, group)
}

fn method_release(vm: &Vm, this: Value) -> PyResult {
    release(vm, this)?;
    Ok(Owned::none())
}

fn enter(vm: &Vm, this: Value) -> PyResult {
    live(vm, this)?;
    Ok(this.own())
}

fn exit(vm: &Vm, this: Value, _: &[Value]) -> PyResult {
    method_release(vm, this)
}

fn toreadonly(vm: &Vm, this: Value) -> PyResult {
    let mut view = again(vm, live(vm, this)?)?;
    view.readonly = true;
    wrap(vm, view)
}

fn cast_to(vm: &Vm, this: Value, given: &[Value]) -> PyResult {
    args::expect_named_str(vm, given[0], "cast", "format")?;
    let format = str::to_string_lossy(given[0]);
    let view = live(vm, this)?;
    if !view.is_contiguous() {
        return Err(vm.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let shape = if given[1].is_null() { None } else { Some(shape_argument(vm, given[1])?) };
    if view.shape.len() != 1 && shape.as_ref().is_some_and(|s| s.len() != 1) {
        return Err(vm.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    let Some(itemsize) = items::size(&format) else {
        return Err(vm.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    if !items::is_byte(&format) && !items::is_byte(&view.format) {
        return Err(vm.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    if view.nbytes() % itemsize != 0 {
        return Err(vm.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let mut new = again(vm, view)?;
    let n = view.nbytes() / itemsize;
    new.shape = shape.unwrap_or_else(|| vec![n]);
    if new.shape.iter().try_fold(1usize, |a, b| a.checked_mul(*b)) != Some(n) {
        return Err(vm.type_error("memoryview: product(shape) * itemsize != buffer size"));
    }
    new.format = Cow::Owned(format);
    new.itemsize = itemsize;
    new.stride = new.inner() as isize;
    wrap(vm, new)
}

fn shape_argument(vm: &Vm, v: Value) -> PyResult<Vec<usize>> {
    let sizes = if is_kind(v, Kind::List) {
        list::items(&v)
    } else if is_kind(v, Kind::Tuple) {
        tuple::items(&v)
    } else {
        return Err(vm.type_error("shape must be a list or a tuple"));
    };
    let mut shape = Vec::new();
    for size in sizes {
        if !int::is_int(vm, *size) {
            return Err(vm.type_error("memoryview.cast(): elements of shape must be integers"));
        }
        match int::as_i64(*size).map(usize::try_from) {
            Some(Ok(n)) if n > 0 => shape.push(n),
            _ => {
                let message = "memoryview.cast(): elements of shape must be integers > 0";
                return Err(vm.value_error(message));
            }
        }
    }
    Ok(shape)
}

fn count(vm: &Vm, this: Value, value: Value) -> PyResult {
    let mut n = 0;
    protocol::iter::for_each(vm, this, |item| {
        n += protocol::compare::equal(vm, *item, value)? as i64;
        Ok(())
    })?;
    Ok(Owned::fixnum(n))
}

fn index(vm: &Vm, this: Value, given: &[Value]) -> PyResult {
    let (start, stop) = sequence::search_bounds(vm, given[1], given[2])?;
    let len = live(vm, this)?.len();
    for i in sequence::bound_in(len, start)..sequence::bound_in(len, stop).min(len) {
        let item = protocol::item::get(vm, this, Value::fixnum(i as i64))?;
        if protocol::compare::equal(vm, *item, given[0])? {
            return Ok(Owned::fixnum(i as i64));
        }
    }
    Err(vm.value_error("memoryview.index(x): x not found"))
}

fn from_flags(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    super::new(vm, given[0])
}

pub(super) static METHODS: &[MethodSpec] = &[
    class_method(
        "__class_getitem__",
        "($type, object, /)",
        genericalias::class_getitem,
        "The class with a type argument.",
    ),
    method0("__enter__", enter, ""),
    method("__exit__", "($self, /, *exc_info)", exit, "Releases the view."),
    class_method(
        "_from_flags",
        "($type, /, object, flags)",
        from_flags,
        "A view asked for with buffer flags.",
    ),
    method(
        "cast",
        "($self, /, format, shape=<unrepresentable>)",
        cast_to,
        "The same memory with another format or shape.",
    ),
    method1("count", "($self, value, /)", count, "Number of items that equal the value."),
    method(
        "hex",
        "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        method_hex,
        "The bytes in hexadecimal digits.\n\n\
         With sep, a character, groups of bytes_per_sep bytes are set apart: counted from the right,\n\
         from the left when the number is negative.\n\n\
         >>> memoryview(b'Zq\\x07').hex()\n'5a7107'\n>>> memoryview(b'Zq\\x07').hex(':', -2)\n'5a71:07'",
    ),
    method("index", "($self, value, start=0, stop=sys.maxsize, /)", index, "First index of the value."),
    method0("release", method_release, "Gives the memory back to its owner."),
    method("tobytes", "($self, /, order='C')", tobytes, "A copy of the memory."),
    method0("tolist", tolist, "A list of the items."),
    method0("toreadonly", toreadonly, "A view that refuses changes."),
];

fn numbers(vm: &Vm, all: impl Iterator<Item = i64>) -> PyResult {
    let words: Vec<Value> = all.map(Value::fixnum).collect();
    tuple::from_slice(vm, &words)
}

pub(super) static GETSET: &[GetSet] = &[
    getter("obj", |vm, v| Ok(live(vm, v)?.buffer.exporter().own()), "The object whose memory this is."),
    getter("nbytes", |vm, v| Ok(Owned::fixnum(live(vm, v)?.nbytes() as i64)), "Size in bytes."),
    getter("readonly", |vm, v| Ok(Owned::bool(live(vm, v)?.readonly)), "Whether changes are refused."),
    getter("itemsize", |vm, v| Ok(Owned::fixnum(live(vm, v)?.itemsize as i64)), "Bytes per item."),
    getter("format", |vm, v| str::new(vm, &live(vm, v)?.format), "Format of an item, as in struct."),
    getter("ndim", |vm, v| Ok(Owned::fixnum(live(vm, v)?.shape.len() as i64)), "Number of dimensions."),
    getter(
        "shape",
        |vm, v| numbers(vm, live(vm, v)?.shape.iter().map(|n| *n as i64)),
        "Items per dimension.",
    ),
    getter(
        "strides",
        |vm, v| numbers(vm, live(vm, v)?.strides().iter().map(|n| *n as i64)),
        "Bytes per step in each dimension.",
    ),
    getter("suboffsets", |vm, v| live(vm, v).map(|_| tuple::empty(vm)), "Always empty."),
    getter(
        "c_contiguous",
        |vm, v| Ok(Owned::bool(live(vm, v)?.is_contiguous())),
        "Whether the last index changes fastest, without gaps.",
    ),
    getter(
        "f_contiguous",
        |vm, v| Ok(Owned::bool(is_fortran(live(vm, v)?))),
        "Whether the first index changes fastest, without gaps.",
    ),
    getter("contiguous", |vm, v| Ok(Owned::bool(live(vm, v)?.is_contiguous())), "Whether there are no gaps."),
];

fn is_fortran(view: &View) -> bool {
    view.is_contiguous() && view.shape.iter().filter(|n| **n > 1).count() <= 1
}

// ---- iteration ----

pub(super) fn iter(vm: &Vm, this: Value) -> PyResult {
    let view = live(vm, this)?;
    if view.shape.len() != 1 {
        let message = "multi-dimensional sub-views are not implemented";
        return Err(vm.raise(vm.types.not_implemented_error, message));
    }
    let it: *mut SequenceIter = new_instance(vm, vm.types.memory_iterator)?;
    // SAFETY: a new object of this layout.
    unsafe {
        (*it).index = 0;
        (*it).sequence = this.own().into_value();
    }
    Ok(owned(it))
}

fn next(vm: &Vm, it: Value) -> PyResult<Option<Owned>> {
    // SAFETY: only called with instances of the iterator type.
    let it: &mut SequenceIter = unsafe { cast(it) };
    if it.sequence.is_null() {
        return Ok(None);
    }
    let view = live(vm, it.sequence)?;
    if it.index < view.len() {
        it.index += 1;
        return items::read(vm, &view.format, view.row(it.index - 1)).map(Some);
    }
    // SAFETY: the iterator owns the word.
    unsafe { crate::owned::replace(&mut it.sequence, None) };
    Ok(None)
}

unsafe fn dealloc(_: &Vm, it: *mut Header) {
    // SAFETY: the iterator owns its view.
    unsafe { crate::owned::replace(&raw mut (*(it as *mut SequenceIter)).sequence, None) };
}

unsafe fn traverse(it: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the collector calls this with live iterators.
    let sequence = unsafe { (*(it as *mut SequenceIter)).sequence };
    if !sequence.is_null() {
        visit(sequence);
    }
}

pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "memory_iterator",
    basicsize: size_of::<SequenceIter>(),
    flags: tp_flags::HAVE_GC,
    slots: Slots {
        iter: Some(|_, it| Ok(it.own())),
        next: Some(next),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    ..TypeSpec::DEFAULT
};
