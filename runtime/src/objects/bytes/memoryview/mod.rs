//! `memoryview`: the memory of another object, seen as items of some format.
//!
//! A view holds a [`Buffer`] of its exporter and selects from it: an offset, a shape and a stride for the first dimension
//! (the others are contiguous). Slices of a view take a buffer of their own from the same exporter, so each can be
//! released by itself. A released view has no buffer any more.
#![allow(unsafe_code, reason = "object layout")]

pub(crate) mod items;
mod methods;

use std::borrow::Cow;
use std::cell::Cell;

use taipan_layout::{Header, Kind, Value};

use super::buffer::{Buffer, any_buffer, buffer, is_bytes_like};
use crate::args::Args;
use crate::objects::{
    CompareOp, Slots, TypeSpec, cast, is_kind, new_instance, owned, sequence, slice, tp_flags, tuple, type_of,
};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::signature;
use crate::vm::Vm;

#[repr(C)]
pub struct MemoryView {
    header: Header,
    view: Option<Box<View>>,
    /// Buffers that others took of this view.
    exports: Cell<usize>,
    hash: Cell<i64>,
}

/// What a view sees.
struct View {
    buffer: Buffer,
    /// Byte of the buffer at which the first item begins.
    offset: usize,
    format: Cow<'static, str>,
    itemsize: usize,
    /// Items per dimension; none for a single item.
    shape: Vec<usize>,
    /// Bytes from one index of the first dimension to the next.
    stride: isize,
    readonly: bool,
}

impl View {
    /// Everything that `buffer` shows.
    fn whole(buffer: Buffer) -> View {
        let (format, itemsize, shape) = match &buffer.format {
            None => (Cow::Borrowed("B"), 1, vec![buffer.len()]),
            Some(f) => (f.code.clone(), f.itemsize, f.shape.clone()),
        };
        let readonly = buffer.readonly;
        let mut view = View { buffer, offset: 0, format, itemsize, shape, stride: 0, readonly };
        view.stride = view.inner() as isize;
        view
    }

    /// Items of the first dimension.
    fn len(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }
    /// Bytes of what one index of the first dimension selects.
    fn inner(&self) -> usize {
        self.itemsize * self.shape.iter().skip(1).product::<usize>()
    }
    fn nbytes(&self) -> usize {
        self.itemsize * self.shape.iter().product::<usize>()
    }
    fn is_contiguous(&self) -> bool {
        // An empty view with another stride has gaps too, as in CPython.
        self.len() == 1 || self.stride == self.inner() as isize
    }
    /// The bytes at index `i` of the first dimension.
    fn row(&self, i: usize) -> &[u8] {
        let at = (self.offset as isize + i as isize * self.stride) as usize;
        &self.buffer.as_slice()[at..at + self.inner()]
    }
    fn row_mut(&mut self, i: usize) -> &mut [u8] {
        let at = (self.offset as isize + i as isize * self.stride) as usize;
        let size = self.inner();
        &mut self.buffer.as_mut_slice()[at..at + size]
    }
    /// A copy of all selected bytes, in order.
    fn to_vec(&self) -> Vec<u8> {
        if self.is_contiguous() {
            return self.buffer.as_slice()[self.offset..self.offset + self.nbytes()].to_vec();
        }
        (0..self.len()).flat_map(|i| self.row(i)).copied().collect()
    }
    /// The strides of all dimensions, in bytes.
    fn strides(&self) -> Vec<isize> {
        let mut all = vec![self.stride; self.shape.len().min(1)];
        let mut size = self.inner() as isize;
        for n in self.shape.iter().skip(1) {
            size /= (*n).max(1) as isize;
            all.push(size);
        }
        all
    }
}

fn state<'a>(v: Value) -> &'a mut MemoryView {
    // SAFETY: callers pass memory views; the type has no subclasses.
    unsafe { cast(v) }
}

/// The view behind `v`, unless it was released.
fn live<'a>(vm: &Vm, v: Value) -> PyResult<&'a mut View> {
    match &mut state(v).view {
        Some(view) => Ok(view),
        None => Err(vm.value_error("operation forbidden on released memoryview object")),
    }
}

fn wrap(vm: &Vm, view: View) -> PyResult {
    let p: *mut MemoryView = new_instance(vm, vm.types.memoryview)?;
    // SAFETY: a new object; `None` and zeroes are overwritten without being dropped.
    unsafe {
        (&raw mut (*p).view).write(Some(Box::new(view)));
        (&raw mut (*p).exports).write(Cell::new(0));
        (&raw mut (*p).hash).write(Cell::new(-1));
    }
    Ok(owned(p))
}

/// Another view of the same memory, its fields to be changed by the caller.
fn again(vm: &Vm, view: &View) -> PyResult<View> {
    let buffer = any_buffer(vm, view.buffer.exporter())?;
    Ok(View {
        buffer,
        offset: view.offset,
        format: view.format.clone(),
        itemsize: view.itemsize,
        shape: view.shape.clone(),
        stride: view.stride,
        readonly: view.readonly,
    })
}

/// A view of memory that was lent already.
pub(in crate::objects) fn of_buffer(vm: &Vm, memory: Buffer) -> PyResult {
    wrap(vm, View::whole(memory))
}

/// `memoryview(object)`.
pub fn new(vm: &Vm, object: Value) -> PyResult {
    if type_of(vm, object) == vm.types.memoryview {
        let view = again(vm, live(vm, object)?)?;
        return wrap(vm, view);
    }
    if !is_bytes_like(vm, object) {
        let got = type_of(vm, object).name_str();
        return Err(vm.type_error(&format!("memoryview: a bytes-like object is required, not '{got}'")));
    }
    wrap(vm, View::whole(any_buffer(vm, object)?))
}

/// A view of the memory behind `v`, a view, as plain bytes in one dimension; `None` if there are gaps.
pub fn as_bytes(vm: &Vm, v: Value) -> Option<PyResult> {
    if has_gaps(vm, v) {
        return None;
    }
    let plain = live(vm, v).and_then(|view| again(vm, view)).and_then(|mut view| {
        (view.shape, view.format, view.itemsize, view.stride) = (vec![view.nbytes()], "B".into(), 1, 1);
        wrap(vm, view)
    });
    Some(plain)
}

/// A view of `object`'s memory that refuses changes: `object` itself if that is so already.
pub fn read_only(vm: &Vm, object: Value) -> PyResult {
    let whole = new(vm, object)?;
    if live(vm, *whole)?.readonly {
        return Ok(object.own());
    }
    let mut view = again(vm, live(vm, *whole)?)?;
    view.readonly = true;
    wrap(vm, view)
}

/// Whether `v` is a view whose items do not lie side by side: what takes a plain buffer refuses it.
pub(super) fn has_gaps(vm: &Vm, v: Value) -> bool {
    type_of(vm, v) == vm.types.memoryview && state(v).view.as_ref().is_some_and(|view| !view.is_contiguous())
}

fn construct(vm: &Vm, _: Value, args: Args) -> PyResult {
    let signature = signature::Signature::parse("(object)");
    let mut given = [Value::NULL];
    let bound = signature.bind(vm, "memoryview", args, &mut given)?;
    let made = new(vm, given[0]);
    bound.release();
    made
}

/// The view's memory as plain bytes: in place when it is contiguous, else a copy.
fn export(vm: &Vm, v: Value) -> PyResult<Buffer> {
    let view = live(vm, v)?;
    let mut out = if view.is_contiguous() {
        let this = state(v);
        this.exports.set(this.exports.get() + 1);
        let start = view.buffer.as_ptr().wrapping_add(view.offset);
        // SAFETY: the view keeps its buffer while there are exports (see `release`).
        unsafe { Buffer::new(v.own(), start, view.nbytes(), view.readonly, Some(end_export)) }
    } else {
        let copy = super::new(vm, &view.to_vec())?;
        buffer(vm, *copy)?
    };
    if view.format != "B" || view.shape.len() != 1 {
        out.format = Some(Box::new(super::BufferFormat {
            code: view.format.clone(),
            itemsize: view.itemsize,
            shape: view.shape.clone(),
        }));
    }
    Ok(out)
}

fn end_export(_: &Vm, v: Value) {
    let this = state(v);
    this.exports.set(this.exports.get() - 1);
}

/// Gives a view up whose memory was lent; not while others use it.
pub(super) fn release_unless_used(vm: &Vm, v: Value) -> PyResult<()> {
    if state(v).exports.get() > 0 { Ok(()) } else { release(vm, v) }
}

fn release(vm: &Vm, v: Value) -> PyResult<()> {
    let this = state(v);
    if this.view.is_some() && this.exports.get() > 0 {
        let n = this.exports.get();
        let s = signature::plural(n);
        return Err(vm.raise(vm.types.buffer_error, &format!("memoryview has {n} exported buffer{s}")));
    }
    drop(this.view.take());
    Ok(())
}

unsafe fn dealloc(_: &Vm, p: *mut Header) {
    // SAFETY: the object dies and owns its view.
    unsafe { std::ptr::drop_in_place(&raw mut (*(p as *mut MemoryView)).view) };
}

unsafe fn traverse(p: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the collector calls this with live objects.
    if let Some(view) = unsafe { &(*(p as *mut MemoryView)).view } {
        visit(view.buffer.exporter());
    }
}

fn out_of_bounds(vm: &Vm, dimension: usize) -> Raised {
    vm.index_error(&format!("index out of bounds on dimension {dimension}"))
}

fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    let dimensions = live(vm, this)?.shape.len();
    if sequence::is_index(vm, key) {
        let index = sequence::index_size(vm, key)?;
        let view = live(vm, this)?;
        if dimensions > 1 {
            let message = "multi-dimensional sub-views are not implemented";
            return Err(vm.raise(vm.types.not_implemented_error, message));
        }
        if dimensions == 0 {
            return Err(vm.type_error("invalid indexing of 0-dim memory"));
        }
        let Some(i) = sequence::position(view.len(), index) else { return Err(out_of_bounds(vm, 1)) };
        return items::read(vm, &view.format, view.row(i));
    }
    if is_kind(key, Kind::Slice) {
        // The part holds the memory before the bounds' methods run, which may release this view.
        let mut part = again(vm, live(vm, this)?)?;
        if dimensions == 0 {
            return Err(vm.type_error("invalid indexing of 0-dim memory"));
        }
        let range = slice::resolve(vm, key, || part.len())?;
        select(&mut part, range);
        return wrap(vm, part);
    }
    if is_kind(key, Kind::Tuple) {
        let at = tuple_index(vm, this, key)?;
        let view = live(vm, this)?;
        return items::read(vm, &view.format, &view.row(at.0)[at.1..at.1 + view.itemsize]);
    }
    Err(vm.type_error("memoryview: invalid slice key"))
}

/// Narrows the first dimension to what a slice selects.
fn select(view: &mut View, range: slice::Selection) {
    if range.count > 0 {
        view.offset = (view.offset as isize + range.start * view.stride) as usize;
    }
    view.stride *= range.step;
    view.shape[0] = range.count;
}

/// Row and byte offset in it that a tuple of indices selects.
fn tuple_index(vm: &Vm, this: Value, key: Value) -> PyResult<(usize, usize)> {
    let keys: Vec<Owned> = tuple::items(&key).iter().map(|v| v.own()).collect();
    let n = live(vm, this)?.shape.len();
    if !keys.is_empty() && keys.iter().all(|k| is_kind(**k, Kind::Slice)) {
        let message = "multi-dimensional slicing is not implemented";
        return Err(vm.raise(vm.types.not_implemented_error, message));
    }
    if keys.iter().any(|k| !sequence::is_index(vm, **k)) {
        return Err(vm.type_error("memoryview: invalid slice key"));
    }
    if keys.len() > n {
        return Err(
            vm.type_error(&format!("cannot index {n}-dimension view with {}-element tuple", keys.len()))
        );
    }
    if keys.len() < n {
        let message = "sub-views are not implemented";
        return Err(vm.raise(vm.types.not_implemented_error, message));
    }
    let mut positions = Vec::with_capacity(n);
    for (dimension, key) in keys.iter().enumerate() {
        if !sequence::is_index(vm, **key) {
            return Err(vm.type_error("memoryview: invalid slice key"));
        }
        let index = sequence::index_size(vm, **key)?;
        let size = live(vm, this)?.shape[dimension];
        positions.push(sequence::position(size, index).ok_or_else(|| out_of_bounds(vm, dimension + 1))?);
    }
    let strides = live(vm, this)?.strides();
    let inner = positions.iter().zip(&strides).skip(1).map(|(p, s)| p * *s as usize).sum();
    Ok((positions.first().copied().unwrap_or(0), inner))
}

fn set_item(vm: &Vm, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    if live(vm, this)?.readonly {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else { return Err(vm.type_error("cannot delete memory")) };
    if sequence::is_index(vm, key) {
        if live(vm, this)?.shape.len() != 1 {
            let message = "sub-views are not implemented";
            return Err(vm.raise(vm.types.not_implemented_error, message));
        }
        let index = sequence::index_size(vm, key)?;
        let Some(i) = sequence::position(live(vm, this)?.len(), index) else {
            return Err(out_of_bounds(vm, 1));
        };
        let raw = items::encode(vm, &live(vm, this)?.format.clone(), value)?;
        live(vm, this)?.row_mut(i).copy_from_slice(&raw);
        return Ok(());
    }
    if is_kind(key, Kind::Slice) {
        let source = any_buffer(vm, value)?;
        let range = slice::resolve(vm, key, || live(vm, this).map_or(0, |v| v.len()))?;
        let view = live(vm, this)?;
        let source_format = source.format.as_ref().map_or("B", |f| &f.code);
        if view.shape.len() != 1
            || source.len() != range.count * view.itemsize
            || source_format.trim_start_matches('@') != view.format.trim_start_matches('@')
        {
            let message = "memoryview assignment: lvalue and rvalue have different structures";
            return Err(vm.value_error(message));
        }
        // Source and target may be the same memory.
        let bytes = source.as_slice().to_vec();
        for (i, item) in range.positions().zip(bytes.chunks(view.itemsize)) {
            view.row_mut(i).copy_from_slice(item);
        }
        return Ok(());
    }
    if is_kind(key, Kind::Tuple) {
        if !tuple::items(&key).is_empty() && tuple::items(&key).iter().all(|k| is_kind(*k, Kind::Slice)) {
            let message = "memoryview slice assignments are currently restricted to ndim = 1";
            return Err(vm.raise(vm.types.not_implemented_error, message));
        }
        let (row, at) = tuple_index(vm, this, key)?;
        let raw = items::encode(vm, &live(vm, this)?.format.clone(), value)?;
        live(vm, this)?.row_mut(row)[at..at + raw.len()].copy_from_slice(&raw);
        return Ok(());
    }
    Err(vm.type_error("memoryview: invalid slice key"))
}

fn rich_compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || !is_bytes_like(vm, b) {
        return Ok(Owned::not_implemented());
    }
    let equal = a == b || equals(vm, a, b)?;
    Ok(Owned::bool(equal == (op == CompareOp::Eq)))
}

fn equals(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
    let Some(x) = &state(a).view else { return Ok(false) };
    let other = match type_of(vm, b) == vm.types.memoryview {
        true => match &state(b).view {
            Some(y) => again(vm, y)?,
            None => return Ok(false),
        },
        false => View::whole(any_buffer(vm, b)?),
    };
    if x.shape != other.shape {
        return Ok(false);
    }
    let is_exact = |f: &str| !matches!(items::letter(f), None | Some(b'd' | b'f' | b'e' | b'?'));
    if x.format == other.format && is_exact(&x.format) {
        return Ok((0..x.len()).all(|i| x.row(i) == other.row(i)));
    }
    let (xs, ys) = (x.to_vec(), other.to_vec());
    for (p, q) in xs.chunks(x.itemsize).zip(ys.chunks(other.itemsize)) {
        let (Ok(p), Ok(q)) = (items::read(vm, &x.format, p), items::read(vm, &other.format, q)) else {
            vm.discard(Raised::already_set());
            return Ok(false);
        };
        if !protocol::compare::equal(vm, *p, *q)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    let cached = &state(this).hash;
    if cached.get() != -1 {
        return Ok(cached.get());
    }
    let view = live(vm, this)?;
    if !view.readonly {
        return Err(vm.value_error("cannot hash writable memoryview object"));
    }
    if !items::is_byte(&view.format) {
        return Err(vm.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    // The exporter's `__hash__` must not take the memory away.
    let this_export = export(vm, this)?;
    let hashed = protocol::compare::hash(vm, view.buffer.exporter());
    drop(this_export);
    hashed?;
    let view = live(vm, this)?;
    cached.set(crate::objects::str::hash_key(vm).hash(&view.to_vec()));
    Ok(cached.get())
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "memoryview",
    basicsize: size_of::<MemoryView>(),
    flags: tp_flags::HAVE_GC | tp_flags::SEQUENCE | tp_flags::WEAKREFABLE,
    doc: "memoryview(object)\n\nA view of the memory of a bytes-like object.",
    signature: "(object)",
    slots: Slots {
        repr: Some(methods::repr),
        hash: Some(hash),
        richcompare: Some(rich_compare),
        iter: Some(methods::iter),
        new: Some(construct),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        len: Some(|vm, this| Ok(live(vm, this)?.len())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        buffer: Some(export),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    getset: methods::GETSET,
    ..TypeSpec::DEFAULT
};

pub use methods::ITER_SPEC;
