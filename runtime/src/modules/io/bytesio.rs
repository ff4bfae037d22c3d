//! `BytesIO`: a binary file in memory.
//!
//! The contents are either a vector or a `bytes` object that is shared with the program: what was given at the beginning, or
//! what `getvalue()` gave out. Changing them takes a copy in the second case. While somebody looks at the memory through
//! `getbuffer()` (`exports`) the size is frozen.

#![allow(unsafe_code, reason = "lends out memory")]

use memchr::memchr;
use taipan_layout::{Header, Value};

use super::base::stream;
use super::optional_size;
use crate::args::Args;
use crate::modules::native::{self, Dict, native_data};
use crate::objects::bytes::{self, Buffer, memoryview};
use crate::objects::spec::{TypeSpec, getter, method, method0, method1, tp_flags};
use crate::objects::{Slots, int, list, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
#[derive(Default)]
pub struct BytesIo {
    dict: Dict,
    own: Vec<u8>,
    /// Instead of `own`: an exact `bytes`.
    shared: Option<Owned>,
    at: usize,
    exports: usize,
    closed: bool,
}
native_data!(BytesIo: dict, shared);

const SIGNATURE: &str = "(initial_bytes=b'')";

pub static BYTES_IO: TypeSpec = TypeSpec {
    name: "_io.BytesIO",
    base: Some(|t| t.io_buffered_base),
    doc: "A binary stream whose contents are in memory.",
    signature: SIGNATURE,
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, BytesIo::default())),
        init: Some(init),
        iter: Some(|vm, this| open(vm, this).map(|_| this.own())),
        next: Some(next),
        clear: Some(clear),
        ..native::slots::<BytesIo>()
    },
    methods: &[
        method0("readable", yes, "Always true, while the stream is open."),
        method0("seekable", yes, "Always true, while the stream is open: every position can be gone to."),
        method0("writable", yes, "Always true, while the stream is open: it takes bytes."),
        method0("close", close, "Give the contents up; nothing can be read or written any more."),
        method0("flush", |vm, this| open(vm, this).map(|_| Owned::none()), "Does nothing."),
        method0("isatty", |vm, this| open(vm, this).map(|_| Owned::bool(false)), "Always returns False."),
        method0("tell", |vm, this| int::from_usize(vm, open(vm, this)?.at), "The position, in bytes."),
        method1("write", "($self, b, /)", write, "Write bytes to file."),
        method1("writelines", "($self, lines, /)", writelines, "Write lines to the file."),
        method("read1", "($self, size=-1, /)", read, "Read at most size bytes, returned as a bytes object."),
        method1("readinto", "($self, buffer, /)", readinto, "Read bytes into buffer."),
        method("readline", "($self, size=-1, /)", readline, "Next line from the file, as a bytes object."),
        method(
            "readlines",
            "($self, size=None, /)",
            readlines,
            "List of bytes objects, each a line from the file.",
        ),
        method("read", "($self, size=-1, /)", read, "Read at most size bytes, returned as a bytes object."),
        method0("getbuffer", getbuffer, "A memoryview of the contents, through which they can be changed."),
        method0("getvalue", getvalue, "All of the contents, wherever the position is."),
        method("seek", "($self, pos, whence=0, /)", seek, "Change stream position."),
        method("truncate", "($self, size=None, /)", truncate, "Truncate the file to at most size bytes."),
        method0("__getstate__", getstate, ""),
        method1("__setstate__", "($self, object, /)", setstate, ""),
        method0(
            "__sizeof__",
            |vm, this| {
                const FIXED: usize = 80;
                int::from_usize(vm, FIXED + data(this).own.capacity())
            },
            "",
        ),
    ],
    getset: &[getter("closed", |_, this| Ok(Owned::bool(data(this).closed)), "Whether close() was called.")],
    ..stream::<BytesIo>()
};

fn data<'a>(this: Value) -> &'a mut BytesIo {
    native::data(this)
}

impl BytesIo {
    fn contents(&self) -> &[u8] {
        match &self.shared {
            Some(shared) => bytes::as_slice(shared),
            None => &self.own,
        }
    }

    /// The rest of the contents, at most `n` bytes; the position moves behind it.
    fn take(&mut self, n: Option<usize>) -> &[u8] {
        let (at, len) = (self.at, self.contents().len());
        let rest = len.saturating_sub(at);
        let n = n.map_or(rest, |n| n.min(rest));
        self.at += n;
        if n == 0 { &[] } else { &self.contents()[at..at + n] }
    }

    /// The contents as a vector, with room for `more` bytes.
    fn unshare(&mut self, vm: &Vm, more: usize) -> PyResult<&mut Vec<u8>> {
        if let Some(shared) = &self.shared {
            let contents = bytes::as_slice(shared);
            let mut own = Vec::new();
            own.try_reserve(contents.len() + more).map_err(|_| vm.memory_error())?;
            own.extend_from_slice(contents);
            self.own = own;
            // What is dropped is a `bytes`: nothing else runs.
            self.shared = None;
        } else {
            self.own.try_reserve(more).map_err(|_| vm.memory_error())?;
        }
        Ok(&mut self.own)
    }
}

/// The data, unless the stream is closed.
fn open<'a>(vm: &Vm, this: Value) -> PyResult<&'a mut BytesIo> {
    let b = data(this);
    if b.closed { Err(vm.value_error("I/O operation on closed file.")) } else { Ok(b) }
}

fn check_exports(vm: &Vm, this: Value) -> PyResult<()> {
    if data(this).exports == 0 {
        return Ok(());
    }
    Err(vm.raise(vm.types.buffer_error, "Existing exports of data: object cannot be re-sized"))
}

fn yes(vm: &Vm, this: Value) -> PyResult {
    open(vm, this).map(|_| Owned::bool(true))
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let ([initial], _keep) = native::bind(vm, "BytesIO", SIGNATURE, args)?;
    check_exports(vm, this)?;
    let b = data(this);
    b.own = Vec::new();
    b.at = 0;
    b.closed = false;
    let old = b.shared.take();
    drop(old);
    let Some(initial) = native::given(initial) else { return Ok(()) };
    if bytes::is_exact(initial) {
        data(this).shared = Some(initial.own());
    } else {
        put(vm, this, initial)?;
        data(this).at = 0;
    }
    Ok(())
}

/// Breaks cycles. The memory stays: a view of it may be part of the same garbage.
unsafe fn clear(_vm: &Vm, object: *mut Header) {
    drop(std::mem::take(&mut data(Value::from_ptr(object)).dict));
}

fn close(vm: &Vm, this: Value) -> PyResult {
    check_exports(vm, this)?;
    let b = data(this);
    b.closed = true;
    b.own = Vec::new();
    drop(b.shared.take());
    Ok(Owned::none())
}

// ---- reading ----

fn read(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let n = optional_size(vm, args[0], -1)?;
    let b = open(vm, this)?;
    let n = usize::try_from(n).ok();
    if b.at == 0
        && n.is_none_or(|n| n >= b.contents().len())
        && let Some(shared) = b.shared.clone()
    {
        b.at = bytes::as_slice(&shared).len();
        return Ok(shared);
    }
    bytes::new(vm, b.take(n))
}

fn readinto(vm: &Vm, this: Value, target: Value) -> PyResult {
    let mut target = super::writable(vm, target, "readinto")?;
    let b = open(vm, this)?;
    let got = b.take(Some(target.len()));
    let n = got.len();
    // The target may be a view of this very stream.
    let (from, to) = (got.as_ptr_range(), target.as_mut_slice().as_ptr_range());
    if from.start < to.end && to.start < from.end {
        let copy = got.to_vec();
        target.as_mut_slice()[..n].copy_from_slice(&copy);
    } else {
        target.as_mut_slice()[..n].copy_from_slice(got);
    }
    int::from_usize(vm, n)
}

fn line(b: &mut BytesIo, limit: Option<usize>) -> &[u8] {
    let rest = b.contents().get(b.at..).unwrap_or(&[]);
    let rest = &rest[..limit.map_or(rest.len(), |l| l.min(rest.len()))];
    let n = memchr(b'\n', rest).map_or(rest.len(), |i| i + 1);
    b.take(Some(n))
}

fn readline(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let limit = optional_size(vm, args[0], -1)?;
    bytes::new(vm, line(open(vm, this)?, usize::try_from(limit).ok()))
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let line = line(open(vm, this)?, None);
    if line.is_empty() { Ok(None) } else { bytes::new(vm, line).map(Some) }
}

fn readlines(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    open(vm, this)?;
    let most = match native::given(args[0]) {
        None => 0,
        Some(v) if int::is_int(vm, v) => protocol::index::to_isize(vm, v)?,
        Some(v) => {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!("integer argument expected, got '{got}'")));
        }
    };
    let (mut lines, mut total) = (Vec::new(), 0);
    while let Some(line) = next(vm, this)? {
        total += bytes::as_slice(&line).len() as isize;
        lines.push(line);
        if most > 0 && total >= most {
            break;
        }
    }
    list::new(vm, lines)
}

// ---- writing ----

/// Writes a bytes-like object at the position.
fn put(vm: &Vm, this: Value, object: Value) -> PyResult<usize> {
    open(vm, this)?;
    check_exports(vm, this)?;
    let buffer = bytes::buffer(vm, object)?;
    // Exporting may have run Python.
    let b = open(vm, this)?;
    check_exports(vm, this)?;
    let source = buffer.as_slice();
    if source.is_empty() {
        return Ok(0);
    }
    let at = b.at;
    let Some(end) = at.checked_add(source.len()).filter(|e| *e <= isize::MAX as usize) else {
        return Err(vm.memory_error());
    };
    let more = end.saturating_sub(b.contents().len());
    let own = b.unshare(vm, more)?;
    if at > own.len() {
        own.resize(at, 0);
    }
    let over = source.len().min(own.len() - at);
    own[at..at + over].copy_from_slice(&source[..over]);
    own.extend_from_slice(&source[over..]);
    b.at = end;
    Ok(source.len())
}

fn write(vm: &Vm, this: Value, object: Value) -> PyResult {
    int::from_usize(vm, put(vm, this, object)?)
}

fn writelines(vm: &Vm, this: Value, lines: Value) -> PyResult {
    open(vm, this)?;
    protocol::iter::for_each(vm, lines, |line| put(vm, this, *line).map(drop))?;
    Ok(Owned::none())
}

fn truncate(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let size = match native::given(args[0]) {
        Some(v) => Some(optional_size(vm, v, 0)?),
        None => None,
    };
    let b = open(vm, this)?;
    check_exports(vm, this)?;
    let size = size.unwrap_or(b.at as isize);
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error(&format!("negative size value {size}")));
    };
    if size < b.contents().len() {
        b.unshare(vm, 0)?.truncate(size);
    }
    int::from_usize(vm, size)
}

fn seek(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let offset = protocol::index::to_isize(vm, args[0])?;
    let whence = match native::passed(args[1]) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => 0,
    };
    let b = open(vm, this)?;
    let base = match whence {
        0 if offset < 0 => return Err(vm.value_error(&format!("negative seek value {offset}"))),
        0 => 0,
        1 => b.at,
        2 => b.contents().len(),
        _ => {
            return Err(vm.value_error(&format!("invalid whence ({whence}, should be 0, 1 or 2)")));
        }
    };
    let Some(at) = (base as isize).checked_add(offset) else {
        return Err(vm.overflow_error("new position too large"));
    };
    b.at = at.max(0) as usize;
    int::from_usize(vm, b.at)
}

// ---- the whole ----

fn getvalue(vm: &Vm, this: Value) -> PyResult {
    let b = open(vm, this)?;
    if let Some(shared) = &b.shared {
        return Ok(shared.clone());
    }
    let all = bytes::new(vm, &b.own)?;
    if b.exports == 0 {
        // The copy takes the vector's place: most programs only ask once, at the end.
        b.own = Vec::new();
        b.shared = Some(all.clone());
    }
    Ok(all)
}

fn getstate(vm: &Vm, this: Value) -> PyResult {
    let all = getvalue(vm, this)?;
    let at = int::from_usize(vm, data(this).at)?;
    let state = vec![all, at, super::dict_state(vm, this)?];
    tuple::from_owned(vm, state)
}

fn setstate(vm: &Vm, this: Value, state: Value) -> PyResult {
    let items: Vec<Owned> = super::state_items(vm, this, &state, 3)?.iter().map(|v| v.own()).collect();
    open(vm, this)?;
    check_exports(vm, this)?;
    init(vm, this, Args::EMPTY)?;
    put(vm, this, *items[0])?;
    let at = super::state_position(vm, *items[1], "second item of state must be an integer, not")?;
    data(this).at = at;
    super::restore_dict(vm, this, *items[2], "third")?;
    Ok(Owned::none())
}

// ---- views of the memory ----

/// What `getbuffer()` shows: keeps the stream, and its size as it is.
#[derive(Default)]
pub struct BytesIoBuffer {
    source: Option<Owned>,
}
native_data!(BytesIoBuffer: source);

pub static BYTES_IO_BUFFER: TypeSpec = TypeSpec {
    name: "_io._BytesIOBuffer",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        buffer: Some(export),
        // The source stays as long as a view may look at its memory.
        clear: None,
        ..native::slots::<BytesIoBuffer>()
    },
    ..native::spec::<BytesIoBuffer>()
};

fn source(v: Value) -> Option<Value> {
    native::data::<BytesIoBuffer>(v).source.as_deref().copied()
}

fn getbuffer(vm: &Vm, this: Value) -> PyResult {
    open(vm, this)?;
    let view = native::new(vm, vm.types.io_bytes_buffer, BytesIoBuffer { source: Some(this.own()) })?;
    memoryview::new(vm, *view)
}

fn export(vm: &Vm, v: Value) -> PyResult<Buffer> {
    let Some(this) = source(v) else { return Err(vm.value_error("I/O operation on closed file.")) };
    let b = open(vm, this)?;
    b.unshare(vm, 0)?;
    b.exports += 1;
    let (start, len) = (b.own.as_mut_ptr(), b.own.len());
    // SAFETY: the vector is neither resized nor dropped while there are exports: the buffer keeps `v`, which keeps the stream.
    unsafe { Ok(Buffer::new(v.own(), start, len, false, Some(end_export))) }
}

fn end_export(_: &Vm, v: Value) {
    if let Some(this) = source(v) {
        data(this).exports -= 1;
    }
}
