//! Bytes-like arguments: borrowing the memory of an object that exports it.
//!
//! A [`Buffer`] keeps its exporter alive and, where the exporter's memory could move, keeps it from moving: a
//! `bytearray` with exports refuses to be resized. Types export through their `buffer` slot.
#![allow(unsafe_code, reason = "borrows the memory of objects")]

use std::borrow::Cow;

use taipan_layout::Value;

use super::{memoryview, object};
use crate::objects::type_of;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// How the bytes of a buffer are to be read; the contents are contiguous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BufferFormat {
    /// Format in the notation of `struct`: `B` for plain bytes.
    pub code: Cow<'static, str>,
    pub itemsize: usize,
    /// Items per dimension.
    pub shape: Vec<usize>,
}

pub struct Buffer {
    /// Whose memory it is.
    exporter: Owned,
    data: *mut u8,
    len: usize,
    pub readonly: bool,
    /// `None`: plain bytes.
    pub format: Option<Box<BufferFormat>>,
    /// Tells the exporter that the memory is no longer looked at.
    release: Option<fn(&Vm, Value)>,
    /// For an exporter whose class is written in Python: the memory of the view that its `__buffer__` returned.
    view: Option<Box<Buffer>>,
}

impl Buffer {
    /// # Safety
    /// The memory stays where it is until `release` is called or, without it, as long as `exporter` lives.
    pub unsafe fn new(
        exporter: Owned,
        data: *mut u8,
        len: usize,
        readonly: bool,
        release: Option<fn(&Vm, Value)>,
    ) -> Buffer {
        Buffer { exporter, data, len, readonly, format: None, release, view: None }
    }

    /// The memory that `exporter`, an object of a Python class, offers through a view.
    pub fn through_view(exporter: Owned, mut view: Buffer) -> Buffer {
        Buffer {
            exporter,
            data: view.data,
            len: view.len,
            readonly: view.readonly,
            format: view.format.take(),
            release: None,
            view: Some(Box::new(view)),
        }
    }

    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the memory stays until the buffer is dropped; under the interpreter lock nobody writes while this
        // borrow is used, as long as its user calls no Python.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }

    /// The memory for writing; empty for a read-only buffer.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        if self.len == 0 || self.readonly {
            return &mut [];
        }
        // SAFETY: as for `as_slice`; the exporter allows writing.
        unsafe { std::slice::from_raw_parts_mut(self.data, self.len) }
    }

    pub fn as_ptr(&self) -> *mut u8 {
        self.data
    }
    pub fn len(&self) -> usize {
        self.len
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    pub fn exporter(&self) -> Value {
        self.exporter.value()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(view) = self.view.take() {
            let object = view.exporter.clone();
            drop(view);
            release_view(Vm::current(), *self.exporter, *object);
        }
        if let Some(release) = self.release {
            release(Vm::current(), *self.exporter);
        }
    }
}

/// Tells an object of a Python class that its view is no longer used. It may have no method for that; what the method raises is
/// reported.
fn release_view(vm: &Vm, exporter: Value, view: Value) {
    let saved = protocol::object::save_exception(vm);
    let name = crate::objects::str::intern(vm, "__release_buffer__");
    let found = protocol::call::special(vm, exporter, *name, &[view]);
    let released = found.and_then(|_| memoryview::release_unless_used(vm, view));
    if let Err(raised) = released {
        let text = "Exception ignored in __release_buffer__ of";
        crate::objects::exceptions::write_unraisable(vm, raised, text, exporter);
    }
    protocol::object::restore_saved(vm, saved);
}

/// The memory that an object of a Python class offers by its method `__buffer__`.
pub fn of_method(vm: &Vm, v: Value) -> PyResult<Buffer> {
    /// What `inspect.BufferFlags.FULL_RO` is.
    const FULL_READ_ONLY: i64 = 0x11C;
    let name = crate::objects::str::intern(vm, "__buffer__");
    let Some(view) = protocol::call::special(vm, v, *name, &[Value::fixnum(FULL_READ_ONLY)])? else {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("a bytes-like object is required, not '{got}'")));
    };
    if type_of(vm, *view) != vm.types.memoryview {
        return Err(vm.type_error("__buffer__ returned non-memoryview object"));
    }
    let memory = any_buffer(vm, *view)?;
    Ok(Buffer::through_view(v.own(), memory))
}

/// The bytes of a `bytes` object as a buffer.
pub(super) fn of_bytes(v: Value) -> Buffer {
    let contents = object::as_slice(&v);
    // SAFETY: the contents of a bytes object never move.
    unsafe { Buffer::new(v.own(), contents.as_ptr().cast_mut(), contents.len(), true, None) }
}

/// Whether `v` exports a buffer.
#[inline]
pub fn is_bytes_like(vm: &Vm, v: Value) -> bool {
    object::is_exact(v) || type_of(vm, v).slots().buffer.is_some()
}

/// Whether [`buffer`] has the bytes of `v`: it exports a buffer whose items lie side by side.
#[inline]
pub fn is_plain_buffer(vm: &Vm, v: Value) -> bool {
    is_bytes_like(vm, v) && !memoryview::has_gaps(vm, v)
}

/// The memory of a bytes-like object, whose bytes have to lie side by side; `TypeError` for all others.
pub fn buffer(vm: &Vm, v: Value) -> PyResult<Buffer> {
    if object::is_exact(v) {
        return Ok(of_bytes(v));
    }
    if memoryview::has_gaps(vm, v) {
        let text = "memoryview: underlying buffer is not C-contiguous";
        return Err(vm.raise(vm.types.buffer_error, text));
    }
    any_buffer(vm, v)
}

/// [`buffer`] for whoever also takes memory with gaps: such a view's items are copied.
pub fn any_buffer(vm: &Vm, v: Value) -> PyResult<Buffer> {
    if object::is_exact(v) {
        return Ok(of_bytes(v));
    }
    match type_of(vm, v).slots().buffer {
        Some(export) => export(vm, v),
        None => {
            let got = type_of(vm, v).name_str();
            Err(vm.type_error(&format!("a bytes-like object is required, not '{got}'")))
        }
    }
}

/// The memory of a bytes-like object that may be written to; `what` begins the complaint about others.
pub fn writable_buffer(vm: &Vm, v: Value, what: &str) -> PyResult<Buffer> {
    if let Some(export) = type_of(vm, v).slots().buffer
        && !memoryview::has_gaps(vm, v)
    {
        let buffer = export(vm, v)?;
        if !buffer.readonly {
            return Ok(buffer);
        }
    }
    let got = type_of(vm, v).name_str();
    Err(vm.type_error(&format!("{what} must be read-write bytes-like object, not {got}")))
}
