//! The base classes: `_IOBase`, `_RawIOBase`, `_BufferedIOBase` and `_TextIOBase`.
//!
//! They go by what the object at hand answers to (`self.read(…)`, `self.closed`), because Python classes inherit from them
//! and override anything. All native streams begin with the fields of [`Base`].

use memchr::memchr;
use taipan_layout::Value;

use super::{call, check_closed, failed_type, optional_size, unsupported};
use crate::modules::native::{self, Dict, native_data};
use crate::objects::spec::{TypeSpec, getter, method, method0, method1, raw_method, tp_flags};
use crate::objects::{Slots, bytes, exceptions, int, list, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
#[derive(Default)]
pub struct Base {
    dict: Dict,
}
native_data!(Base: dict);

/// The declaration that every stream class starts from.
pub const fn stream<T: native::Data>() -> TypeSpec {
    TypeSpec {
        flags: tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::WEAKREFABLE | tp_flags::MADE_BY_MODULE,
        dictoffset: native::data_offset::<T>() as i32,
        ..native::spec::<T>()
    }
}

pub static IO_BASE: TypeSpec = TypeSpec {
    name: "_io._IOBase",
    doc: "The abstract base class of all streams.\n\nIt reads, writes and seeks nothing; what derived classes do not override \
          raises UnsupportedOperation.",
    slots: Slots { iter: Some(iter), next: Some(next), finalize: Some(finalize), ..native::slots::<Base>() },
    methods: &[
        method(
            "seek",
            "($self, offset, whence=os.SEEK_SET, /)",
            |vm, _, _| Err(unsupported(vm, "seek")),
            "Change the stream position to the given byte offset.",
        ),
        method0(
            "tell",
            |vm, this| call(vm, this, *vm.names.seek, &[Value::fixnum(0), Value::fixnum(1)]),
            "The position in the stream.",
        ),
        method(
            "truncate",
            "($self, size=None, /)",
            |vm, _, _| Err(unsupported(vm, "truncate")),
            "Truncate file to size bytes.",
        ),
        method0("flush", flush, "Flush write buffers, if applicable."),
        method0("close", close, "Flush and close the IO object."),
        method0("seekable", |_, _| Ok(Owned::bool(false)), "Return whether object supports random access."),
        method0("readable", |_, _| Ok(Owned::bool(false)), "Return whether object was opened for reading."),
        method0("writable", |_, _| Ok(Owned::bool(false)), "Return whether object was opened for writing."),
        method0("_checkClosed", |vm, this| check_closed(vm, this).map(|()| Owned::none()), ""),
        method0("_checkSeekable", |vm, this| check_seekable(vm, this).map(|()| Owned::bool(true)), ""),
        method0("_checkReadable", |vm, this| check_readable(vm, this).map(|()| Owned::bool(true)), ""),
        method0("_checkWritable", |vm, this| check_writable(vm, this).map(|()| Owned::bool(true)), ""),
        method0(
            "fileno",
            |vm, _| Err(unsupported(vm, "fileno")),
            "Return underlying file descriptor if one exists.",
        ),
        method0(
            "isatty",
            |vm, this| check_closed(vm, this).map(|()| Owned::bool(false)),
            "Return whether this is an 'interactive' stream.",
        ),
        method0("__enter__", |vm, this| check_closed(vm, this).map(|()| this.own()), ""),
        raw_method("__exit__", "", |vm, this, _| call(vm, this, *vm.names.close, &[]), ""),
        method("readline", "($self, size=-1, /)", readline, "Read and return a line from the stream."),
        method("readlines", "($self, hint=-1, /)", readlines, "Return a list of lines from the stream."),
        method1("writelines", "($self, lines, /)", writelines, "Write a list of lines to stream."),
    ],
    getset: &[
        getter("closed", |vm, this| Ok(Owned::bool(was_closed(vm, this)?)), ""),
        crate::objects::spec::getset(
            "__dict__",
            crate::objects::descr::get_dict,
            crate::objects::descr::set_dict,
            "",
        ),
    ],
    ..stream::<Base>()
};

pub static RAW_IO_BASE: TypeSpec = TypeSpec {
    name: "_io._RawIOBase",
    base: Some(|t| t.io_base),
    doc: "What unbuffered binary streams have in common.",
    slots: native::slots::<Base>(),
    methods: &[
        method("read", "($self, size=-1, /)", raw_read, ""),
        method0("readall", raw_readall, "All bytes up to the end, in as many reads as that takes."),
        raw_method("readinto", "", |vm, _, _| Err(vm.raise_with(vm.types.not_implemented_error, &[])), ""),
        raw_method("write", "", |vm, _, _| Err(vm.raise_with(vm.types.not_implemented_error, &[])), ""),
    ],
    ..stream::<Base>()
};

pub static BUFFERED_IO_BASE: TypeSpec = TypeSpec {
    name: "_io._BufferedIOBase",
    base: Some(|t| t.io_base),
    doc: "Base class for buffered IO objects.",
    slots: native::slots::<Base>(),
    methods: &[
        method0(
            "detach",
            |vm, _| Err(unsupported(vm, "detach")),
            "Disconnect this buffer from its underlying raw stream and return it.",
        ),
        method(
            "read",
            "($self, size=-1, /)",
            |vm, _, _| Err(unsupported(vm, "read")),
            "Read and return up to n bytes.",
        ),
        method(
            "read1",
            "($self, size=-1, /)",
            |vm, _, _| Err(unsupported(vm, "read1")),
            "Read and return up to size bytes, with at most one read() call to the underlying raw stream.",
        ),
        method1(
            "readinto",
            "($self, buffer, /)",
            |vm, this, target| read_into(vm, this, target, *vm.names.read),
            "",
        ),
        method1(
            "readinto1",
            "($self, buffer, /)",
            |vm, this, target| read_into(vm, this, target, *vm.names.read1),
            "",
        ),
        method1(
            "write",
            "($self, b, /)",
            |vm, _, _| Err(unsupported(vm, "write")),
            "Write buffer b to the IO stream.",
        ),
    ],
    ..stream::<Base>()
};

pub static TEXT_IO_BASE: TypeSpec = TypeSpec {
    name: "_io._TextIOBase",
    base: Some(|t| t.io_base),
    doc: "Base class for text I/O.",
    slots: native::slots::<Base>(),
    methods: &[
        method0(
            "detach",
            |vm, _| Err(unsupported(vm, "detach")),
            "Separate the underlying buffer from the TextIOBase and return it.",
        ),
        method(
            "read",
            "($self, size=-1, /)",
            |vm, _, _| Err(unsupported(vm, "read")),
            "Read at most size characters from stream.",
        ),
        method(
            "readline",
            "($self, size=-1, /)",
            |vm, _, _| Err(unsupported(vm, "readline")),
            "Read until newline or EOF.",
        ),
        method1(
            "write",
            "($self, s, /)",
            |vm, _, _| Err(unsupported(vm, "write")),
            "Write string s to stream.",
        ),
    ],
    getset: &[
        getter("encoding", |_, _| Ok(Owned::none()), "Encoding of the text stream."),
        getter("newlines", |_, _| Ok(Owned::none()), "Line endings translated so far."),
        getter("errors", |_, _| Ok(Owned::none()), "The error setting of the decoder or encoder."),
    ],
    ..stream::<Base>()
};

// ---- what a stream can do ----

fn check_answer(vm: &Vm, this: Value, question: Value, complaint: &str) -> PyResult<()> {
    let answer = call(vm, this, question, &[])?;
    if *answer == Value::TRUE { Ok(()) } else { Err(unsupported(vm, complaint)) }
}

pub fn check_readable(vm: &Vm, this: Value) -> PyResult<()> {
    check_answer(vm, this, *vm.names.readable, "File or stream is not readable.")
}
pub fn check_writable(vm: &Vm, this: Value) -> PyResult<()> {
    check_answer(vm, this, *vm.names.writable, "File or stream is not writable.")
}
pub fn check_seekable(vm: &Vm, this: Value) -> PyResult<()> {
    check_answer(vm, this, *vm.names.seekable, "File or stream is not seekable.")
}

// ---- closing ----

/// Whether [`close`] has run: it leaves a mark among the attributes.
fn was_closed(vm: &Vm, this: Value) -> PyResult<bool> {
    Ok(protocol::attr::get_optional(vm, this, *vm.names.__IOBase_closed)?.is_some())
}

fn flush(vm: &Vm, this: Value) -> PyResult {
    if was_closed(vm, this)? {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    Ok(Owned::none())
}

pub fn close(vm: &Vm, this: Value) -> PyResult {
    if was_closed(vm, this)? {
        return Ok(Owned::none());
    }
    let flushed = call(vm, this, *vm.names.flush, &[]);
    super::then(vm, flushed, || {
        protocol::attr::set(vm, this, *vm.names.__IOBase_closed, Value::TRUE).map(|()| Owned::none())
    })
    .map(|_| Owned::none())
}

/// Closes what the program has not closed. `_finalizing` tells `close()` that it is the end.
fn finalize(vm: &Vm, this: Value) {
    let saved = protocol::object::save_exception(vm);
    let closed = match protocol::attr::get_optional(vm, this, *vm.names.closed) {
        Ok(Some(closed)) => protocol::compare::is_true(vm, *closed),
        Ok(None) => Ok(true),
        Err(raised) => Err(raised),
    };
    // An object without a sensible `closed` was never made completely.
    let closed = closed.unwrap_or_else(|raised| {
        vm.discard(raised);
        true
    });
    if !closed {
        if let Err(raised) = protocol::attr::set(vm, this, *vm.names._finalizing, Value::TRUE) {
            vm.discard(raised);
        }
        if let Err(raised) = call(vm, this, *vm.names.close, &[]) {
            exceptions::write_unraisable(vm, raised, "Exception ignored while finalizing file", this);
        }
    }
    protocol::object::restore_saved(vm, saved);
}

// ---- lines ----

fn iter(vm: &Vm, this: Value) -> PyResult {
    check_closed(vm, this)?;
    Ok(this.own())
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let line = call(vm, this, *vm.names.readline, &[])?;
    Ok((protocol::item::len(vm, *line)? > 0).then_some(line))
}

/// Reads as much at once as `peek` shows to belong to the line; without it, byte by byte.
fn readline(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let limit = usize::try_from(optional_size(vm, args[0], -1)?).ok();
    let peek = protocol::attr::get_optional(vm, this, *vm.names.peek)?;
    let mut line: Vec<u8> = Vec::new();
    while limit.is_none_or(|l| line.len() < l) {
        let mut ahead = 1;
        if let Some(peek) = &peek {
            let seen = protocol::call::positional(vm, **peek, &[Value::fixnum(1)])?;
            if !bytes::is_bytes(vm, *seen) {
                let text = "peek() should have returned a bytes object, not";
                return Err(failed_type(vm, vm.types.os_error, text, *seen));
            }
            let seen = bytes::as_slice(&seen);
            if !seen.is_empty() {
                let room = limit.map_or(seen.len(), |l| (l - line.len()).min(seen.len()));
                ahead = memchr(b'\n', &seen[..room]).map_or(room, |i| i + 1);
            }
        }
        let got = call(vm, this, *vm.names.read, &[Value::fixnum(ahead as i64)])?;
        if !bytes::is_bytes(vm, *got) {
            let text = "read() should have returned a bytes object, not";
            return Err(failed_type(vm, vm.types.os_error, text, *got));
        }
        let got = bytes::as_slice(&got);
        line.extend_from_slice(got);
        if got.is_empty() || got.ends_with(b"\n") {
            break;
        }
    }
    bytes::new(vm, &line)
}

fn readlines(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let hint = optional_size(vm, args[0], -1)?;
    let mut lines = Vec::new();
    let it = protocol::iter::iter(vm, this)?;
    let mut total = 0;
    while let Some(line) = protocol::iter::next(vm, *it)? {
        if hint > 0 {
            let n = protocol::item::len(vm, *line)? as isize;
            lines.push(line);
            if n > hint - total {
                break;
            }
            total += n;
        } else {
            lines.push(line);
        }
    }
    list::new(vm, lines)
}

fn writelines(vm: &Vm, this: Value, lines: Value) -> PyResult {
    check_closed(vm, this)?;
    protocol::iter::for_each(vm, lines, |line| call(vm, this, *vm.names.write, &[*line]).map(drop))?;
    Ok(Owned::none())
}

// ---- raw and buffered streams ----

fn raw_read(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let n = optional_size(vm, args[0], -1)?;
    let Ok(n) = usize::try_from(n) else { return call(vm, this, *vm.names.readall, &[]) };
    let room = super::zeroed(vm, n)?;
    let room = bytes::bytearray::new(vm, &room)?;
    let got = call(vm, this, *vm.names.readinto, &[*room])?;
    if got.is_none() {
        return Ok(got);
    }
    let count = protocol::index::to_isize(vm, *got)?;
    let filled = bytes::bytearray::contents(&room);
    match usize::try_from(count).ok().and_then(|c| filled.get(..c)) {
        Some(filled) if count as usize <= n => bytes::new(vm, filled),
        _ => Err(vm.value_error(&format!("readinto returned {count} outside buffer size {n}"))),
    }
}

fn raw_readall(vm: &Vm, this: Value) -> PyResult {
    let mut all: Vec<u8> = Vec::new();
    let mut any = false;
    let size = Value::fixnum(super::DEFAULT_BUFFER_SIZE as i64);
    loop {
        let got = call(vm, this, *vm.names.read, &[size])?;
        if got.is_none() {
            // Nothing for now: an error only if there was nothing before either.
            return if any { bytes::new(vm, &all) } else { Ok(got) };
        }
        if !bytes::is_bytes(vm, *got) {
            return Err(vm.type_error("read() should return bytes"));
        }
        let got = bytes::as_slice(&got);
        if got.is_empty() {
            return bytes::new(vm, &all);
        }
        any = true;
        all.extend_from_slice(got);
    }
}

/// `readinto` by way of `read` (or `read1`).
fn read_into(vm: &Vm, this: Value, target: Value, how: Value) -> PyResult {
    let function = if how == *vm.names.read { "readinto" } else { "readinto1" };
    let mut target = super::writable(vm, target, function)?;
    let wanted = target.len();
    let got = call(vm, this, how, &[Value::fixnum(wanted as i64)])?;
    if !bytes::is_bytes(vm, *got) {
        return Err(vm.type_error("read() should return bytes"));
    }
    let got = bytes::as_slice(&got);
    let n = got.len();
    if n > wanted {
        return Err(
            vm.value_error(&format!("read() returned too much data: {wanted} bytes requested, {n} returned"))
        );
    }
    target.as_mut_slice()[..n].copy_from_slice(got);
    int::from_usize(vm, n)
}

/// A line as an overridden `readline` gave it, for iteration: must be of type `text` or bytes.
pub fn overridden_line(vm: &Vm, this: Value, text: bool) -> PyResult<Option<Owned>> {
    let line = call(vm, this, *vm.names.readline, &[])?;
    let right = if text { str::is_str(vm, *line) } else { bytes::is_bytes(vm, *line) };
    if !right {
        let what = if text { "a str" } else { "a bytes" };
        let text = format!("readline() should have returned {what} object, not");
        return Err(failed_type(vm, vm.types.os_error, &text, *line));
    }
    Ok((protocol::item::len(vm, *line)? > 0).then_some(line))
}
