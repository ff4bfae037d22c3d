//! Bytes-like arguments: borrowing the memory of an object that exports it.
//!
//! A [`Buffer`] keeps its exporter alive and, where the exporter's memory could move, keeps it from moving: a
//! `bytearray` with exports refuses to be resized. Types export through their `buffer` slot.
#![allow(unsafe_code, reason = "borrows the memory of objects")]

use std::borrow::Cow;

use taipan_layout::Value;

use super::object;
use crate::objects::type_of;
use crate::owned::{Counted, Owned, PyResult};
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
        Buffer { exporter, data, len, readonly, format: None, release }
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
        if let Some(release) = self.release {
            release(Vm::current(), *self.exporter);
        }
    }
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

/// The memory of a bytes-like object; `TypeError` for all others.
pub fn buffer(vm: &Vm, v: Value) -> PyResult<Buffer> {
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

/// The memory of a bytes-like object that may be written to.
pub fn writable_buffer(vm: &Vm, v: Value) -> PyResult<Buffer> {
    if let Some(export) = type_of(vm, v).slots().buffer {
        let buffer = export(vm, v)?;
        if !buffer.readonly {
            return Ok(buffer);
        }
    }
    let got = type_of(vm, v).name_str();
    Err(vm.type_error(&format!("read-write bytes-like object expected, not {got}")))
}
