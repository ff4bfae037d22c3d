//! `bytearray`: bytes that can be changed and resized.
//!
//! While somebody looks at the memory through a buffer (`exports`), the size is frozen: resizing raises `BufferError`.
#![allow(unsafe_code, reason = "object layout")]

use std::cell::Cell;

use taipan_layout::{Header, Kind, Value};

use super::buffer::{Buffer, any_buffer, is_bytes_like, is_plain_buffer};
use super::construct::{self, byte_value};
use super::{hex, methods, sequence, shared};
use crate::args::Args;
use crate::objects::spec::{MethodSpec, class_method};
use crate::objects::{
    CompareOp, Slots, TypeRef, TypeSpec, cast, is_kind, new_instance, owned, sequence as items, slice, str,
    tp_flags, tuple, type_of,
};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
pub struct ByteArray {
    header: Header,
    bytes: Vec<u8>,
    /// Buffers that look at the memory.
    exports: Cell<usize>,
}

fn state<'a>(v: Value) -> &'a mut ByteArray {
    // SAFETY: callers pass a bytearray or an instance of a subclass.
    unsafe { cast(v) }
}

/// The contents, good until Python code runs.
pub fn contents(v: &Value) -> &[u8] {
    &state(*v).bytes
}

fn of_class(vm: &Vm, class: TypeRef, bytes: Vec<u8>) -> PyResult {
    let p: *mut ByteArray = new_instance(vm, class)?;
    // SAFETY: a new object; the zeroed fields are overwritten without being dropped.
    unsafe {
        (&raw mut (*p).bytes).write(bytes);
        (&raw mut (*p).exports).write(Cell::new(0));
    }
    Ok(owned(p))
}

pub fn new(vm: &Vm, bytes: &[u8]) -> PyResult {
    let mut copy = shared::with_room(vm, bytes.len())?;
    copy.extend_from_slice(bytes);
    of_class(vm, vm.types.bytearray, copy)
}

/// The vector, for operations that change its size; `extra` more bytes will fit.
fn resizable<'a>(vm: &Vm, v: Value, extra: usize) -> PyResult<&'a mut Vec<u8>> {
    let this = state(v);
    if this.exports.get() > 0 {
        let message = "Existing exports of data: object cannot be re-sized";
        return Err(vm.raise(vm.types.buffer_error, message));
    }
    if this.bytes.try_reserve(extra).is_err() {
        return Err(vm.memory_error());
    }
    Ok(&mut this.bytes)
}

/// The contents, kept as they are: Python code that runs meanwhile cannot resize them.
pub(super) fn hold(vm: &Vm, v: Value) -> PyResult<Buffer> {
    export(vm, v)
}

fn export(_: &Vm, v: Value) -> PyResult<Buffer> {
    let this = state(v);
    this.exports.set(this.exports.get() + 1);
    // SAFETY: the vector is not resized while there are exports.
    unsafe { Ok(Buffer::new(v.own(), this.bytes.as_mut_ptr(), this.bytes.len(), false, Some(release))) }
}

fn release(_: &Vm, v: Value) {
    let this = state(v);
    this.exports.set(this.exports.get() - 1);
}

unsafe fn dealloc(_: &Vm, p: *mut Header) {
    // SAFETY: the object dies and owns its vector.
    unsafe { std::ptr::drop_in_place(&raw mut (*(p as *mut ByteArray)).bytes) };
}

fn construct(vm: &Vm, class: Value, _: Args) -> PyResult {
    of_class(vm, TypeRef::from_value(vm, class).unwrap_or(vm.types.bytearray), Vec::new())
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let given = construct::arguments(vm, "bytearray", args)?;
    *resizable(vm, this, 0)? = Vec::new();
    if construct::is_iterable_only(vm, given) {
        // Code that the iterator runs sees the bytes that are there already.
        return protocol::iter::for_each(vm, given[0], |item| {
            let b = byte_value(vm, *item)?;
            resizable(vm, this, 1)?.push(b);
            Ok(())
        });
    }
    let bytes = construct::contents(vm, "bytearray", given)?;
    *resizable(vm, this, 0)? = bytes;
    Ok(())
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let bytes = contents(&this);
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let name = type_of(vm, this).name_str();
    let mut out = format!("{name}(b{quote}");
    for &b in bytes {
        match b {
            // Unlike `bytes`, whatever the quotes are.
            b'\'' | b'\\' => out.extend(['\\', b as char]),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b' '..=b'~' => out.push(b as char),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push(quote);
    out.push(')');
    str::new(vm, &out)
}

fn rich_compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_bytes_like(vm, a) || !is_bytes_like(vm, b) {
        sequence::warn_of_mixture(vm, "bytearray", [a, b], op, &[(vm.types.str, "string")])?;
        return Ok(Owned::not_implemented());
    }
    let (x, y) = (any_buffer(vm, a)?, any_buffer(vm, b)?);
    Ok(Owned::bool(op.holds(x.as_slice().cmp(y.as_slice()))))
}

fn concat(vm: &Vm, a: Value, b: Value) -> PyResult {
    let right = sequence::operand(vm, a, b)?;
    let left = contents(&a);
    let mut out = shared::with_room(vm, left.len() + right.len())?;
    out.extend_from_slice(left);
    out.extend_from_slice(right.as_slice());
    of_class(vm, vm.types.bytearray, out)
}

fn inplace_concat(vm: &Vm, this: Value, other: Value) -> PyResult {
    let added = sequence::operand(vm, this, other)?.as_slice().to_vec();
    resizable(vm, this, added.len())?.extend_from_slice(&added);
    Ok(this.own())
}

fn repeated(vm: &Vm, this: Value, count: isize) -> PyResult<Vec<u8>> {
    let bytes = contents(&this);
    let Some(total) = bytes.len().checked_mul(count.max(0) as usize) else { return Err(vm.memory_error()) };
    let mut out = shared::with_room(vm, total)?;
    for _ in 0..count.max(0) {
        out.extend_from_slice(bytes);
    }
    Ok(out)
}

fn repeat(vm: &Vm, this: Value, count: isize) -> PyResult {
    let bytes = repeated(vm, this, count)?;
    of_class(vm, vm.types.bytearray, bytes)
}

fn inplace_repeat(vm: &Vm, this: Value, count: isize) -> PyResult {
    let bytes = repeated(vm, this, count)?;
    *resizable(vm, this, 0)? = bytes;
    Ok(this.own())
}

const WRONG_INDEX: &str = "bytearray indices must be integers or slices, not ";

fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    if is_kind(key, Kind::Slice) {
        let range = slice::resolve(vm, key, || contents(&this).len())?;
        let bytes = contents(&this);
        let picked: Vec<u8> = range.positions().map(|i| bytes[i]).collect();
        return of_class(vm, vm.types.bytearray, picked);
    }
    let index = sequence::index_argument(vm, key, WRONG_INDEX)?;
    match sequence::at(contents(&this), index) {
        Some(b) => Ok(Owned::fixnum(b as i64)),
        None => Err(vm.index_error("bytearray index out of range")),
    }
}

fn set_item(vm: &Vm, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    if is_kind(key, Kind::Slice) {
        return set_slice(vm, this, key, value);
    }
    let index = sequence::index_argument(vm, key, WRONG_INDEX)?;
    let new = value.map(|v| byte_value(vm, v)).transpose()?;
    let Some(at) = items::position(contents(&this).len(), index) else {
        return Err(vm.index_error("bytearray index out of range"));
    };
    match new {
        Some(b) => state(this).bytes[at] = b,
        None => {
            resizable(vm, this, 0)?.remove(at);
        }
    }
    Ok(())
}

fn set_slice(vm: &Vm, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let new = match value {
        None => Vec::new(),
        Some(v) if sequence_of_bytes(vm, v) => construct::from_object(vm, "bytearray", v)?,
        Some(_) => {
            return Err(
                vm.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)")
            );
        }
    };
    let range = slice::resolve(vm, key, || contents(&this).len())?;
    let len = contents(&this).len();
    if range.step == 1 {
        let from = range.start as usize;
        let to = from + range.count;
        if new.len() == range.count {
            state(this).bytes[from..to].copy_from_slice(&new);
        } else {
            resizable(vm, this, new.len())?.splice(from..to, new);
        }
        return Ok(());
    }
    if new.is_empty() {
        if range.count > 0 {
            let mut doomed = vec![false; len];
            range.positions().for_each(|i| doomed[i] = true);
            let mut doomed = doomed.into_iter();
            resizable(vm, this, 0)?.retain(|_| !doomed.next().unwrap_or(false));
        }
        return Ok(());
    }
    if new.len() != range.count {
        return Err(vm.value_error(&format!(
            "attempt to assign bytes of size {} to extended slice of size {}",
            new.len(),
            range.count
        )));
    }
    for (i, b) in range.positions().zip(new) {
        state(this).bytes[i] = b;
    }
    Ok(())
}

/// Whether `v` can be assigned to a slice: not a number and not text.
fn sequence_of_bytes(vm: &Vm, v: Value) -> bool {
    is_bytes_like(vm, v)
        || (!str::is_str(vm, v) && !items::is_index(vm, v) && type_of(vm, v).slots().iter.is_some())
}

fn append(vm: &Vm, this: Value, item: Value) -> PyResult {
    let b = byte_value(vm, item)?;
    resizable(vm, this, 1)?.push(b);
    Ok(Owned::none())
}

fn extend(vm: &Vm, this: Value, iterable: Value) -> PyResult {
    if str::is_str(vm, iterable) {
        return Err(vm.type_error("expected iterable of integers; got: 'str'"));
    }
    if !is_bytes_like(vm, iterable) && type_of(vm, iterable).slots().iter.is_none() {
        let got = type_of(vm, iterable).name_str();
        return Err(vm.type_error(&format!("can't extend bytearray with {got}")));
    }
    if is_bytes_like(vm, iterable) && !is_plain_buffer(vm, iterable) {
        let got = type_of(vm, iterable).name_str();
        return Err(vm.type_error(&format!("can't set bytearray slice from {got}")));
    }
    // The data go where the end was, whatever code ran meanwhile did behind it.
    let end = contents(&this).len();
    let added = construct::from_object(vm, "bytearray", iterable)?;
    let bytes = resizable(vm, this, added.len())?;
    let end = end.min(bytes.len());
    bytes.splice(end..end, added);
    Ok(Owned::none())
}

fn insert(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let index = items::size_argument(vm, args[0])?;
    let b = byte_value(vm, args[1])?;
    let bytes = resizable(vm, this, 1)?;
    let at = items::bound_in(bytes.len(), index).min(bytes.len());
    bytes.insert(at, b);
    Ok(Owned::none())
}

fn pop(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let index = str::args::optional_index(vm, args[0], -1)?;
    if contents(&this).is_empty() {
        return Err(vm.index_error("pop from empty bytearray"));
    }
    let Some(at) = items::position(contents(&this).len(), index) else {
        return Err(vm.index_error("pop index out of range"));
    };
    let b = resizable(vm, this, 0)?.remove(at);
    Ok(Owned::fixnum(b as i64))
}

fn remove(vm: &Vm, this: Value, value: Value) -> PyResult {
    let b = byte_value(vm, value)?;
    let Some(at) = memchr::memchr(b, contents(&this)) else {
        return Err(vm.value_error("value not found in bytearray"));
    };
    resizable(vm, this, 0)?.remove(at);
    Ok(Owned::none())
}

fn reverse(_: &Vm, this: Value) -> PyResult {
    state(this).bytes.reverse();
    Ok(Owned::none())
}

fn clear(vm: &Vm, this: Value) -> PyResult {
    *resizable(vm, this, 0)? = Vec::new();
    Ok(Owned::none())
}

fn copy(vm: &Vm, this: Value) -> PyResult {
    new(vm, contents(&this))
}

fn resize(vm: &Vm, this: Value, size: Value) -> PyResult {
    let size = items::size_argument(vm, size)?;
    if size < 0 {
        return Err(vm.value_error(&format!("Can only resize to positive sizes, got {size}")));
    }
    let len = contents(&this).len();
    if len == size as usize {
        return Ok(Owned::none());
    }
    resizable(vm, this, (size as usize).saturating_sub(len))?.resize(size as usize, 0);
    Ok(Owned::none())
}

fn alloc(_: &Vm, this: Value) -> PyResult {
    let this = state(this);
    Ok(Owned::fixnum(if this.bytes.capacity() == 0 { 0 } else { this.bytes.capacity() as i64 + 1 }))
}

fn sizeof(_: &Vm, this: Value) -> PyResult {
    let capacity = state(this).bytes.capacity() as i64;
    Ok(Owned::fixnum(56 + if capacity == 0 { 0 } else { capacity + 1 }))
}

/// State for pickling: the contents as Latin-1 text before protocol 3, as bytes from then on.
fn reduce_with(vm: &Vm, this: Value, protocol: isize) -> PyResult {
    let bytes = contents(&this);
    let args = if bytes.is_empty() {
        tuple::empty(vm)
    } else if protocol < 3 {
        let text = str::from_view(vm, str::StrView::One(bytes))?;
        let encoding = str::new(vm, "latin-1")?;
        tuple::from_slice(vm, &[*text, *encoding])?
    } else {
        let copy = super::new(vm, bytes)?;
        tuple::from_slice(vm, &[*copy])?
    };
    let state = protocol::call::method(vm, this, *vm.names.__getstate__, &[])?;
    tuple::from_slice(vm, &[type_of(vm, this).value(), *args, *state])
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    reduce_with(vm, this, 2)
}

fn reduce_ex(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let protocol = str::args::optional_index(vm, args[0], 0)?;
    reduce_with(vm, this, protocol)
}

fn fromhex(vm: &Vm, class: Value, args: &[Value]) -> PyResult {
    let bytes = hex::parse(vm, args[0])?;
    let made = of_class(vm, vm.types.bytearray, bytes)?;
    hex::of_class(vm, class, made)
}

static METHODS: &[MethodSpec] = &methods::with_shared_methods![
    method0("__alloc__", alloc, "Number of bytes allocated."),
    method0("__reduce__", reduce, "State for pickling."),
    method("__reduce_ex__", "($self, proto=0, /)", reduce_ex, "State for pickling."),
    method0("__sizeof__", sizeof, "Size of the object in memory, in bytes."),
    method1("append", "($self, item, /)", append, "Adds one byte at the end."),
    method0("clear", clear, "Removes all bytes."),
    method0("copy", copy, "A copy."),
    method1(
        "extend",
        "($self, iterable_of_ints, /)",
        extend,
        "Adds the bytes of a bytes-like object or iterable at the end."
    ),
    class_method(
        "fromhex",
        "($type, string, /)",
        fromhex,
        "The bytes that pairs of hexadecimal digits stand for."
    ),
    method("insert", "($self, index, item, /)", insert, "Inserts one byte before the index."),
    method("pop", "($self, index=-1, /)", pop, "Removes one byte and returns it."),
    method1("remove", "($self, value, /)", remove, "Removes the first occurrence of a byte."),
    method1("resize", "($self, size, /)", resize, "Cuts the contents or adds zero bytes to reach the size."),
    method0("reverse", reverse, "Turn the order of the bytes around."),
];

pub static SPEC: TypeSpec = TypeSpec {
    name: "bytearray",
    basicsize: size_of::<ByteArray>(),
    kind: Kind::ByteArray,
    flags: tp_flags::BASETYPE | tp_flags::MATCH_SELF,
    doc: "bytearray(source, encoding, errors)\n\nA sequence of bytes that can be changed.",
    slots: Slots {
        repr: Some(repr),
        str: Some(|vm, this| {
            sequence::warn_of_text(vm, "bytearray")?;
            repr(vm, this)
        }),
        richcompare: Some(rich_compare),
        iter: Some(sequence::iter),
        new: Some(construct),
        init: Some(init),
        dealloc: Some(dealloc),
        remainder: Some(methods::remainder),
        len: Some(|_, this| Ok(contents(&this).len())),
        concat: Some(concat),
        repeat: Some(repeat),
        inplace_concat: Some(inplace_concat),
        inplace_repeat: Some(inplace_repeat),
        contains: Some(shared::contains),
        get_item: Some(get_item),
        set_item: Some(set_item),
        buffer: Some(export),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};
