//! `_io`: streams. The library's `io` adds the abstract classes.
//!
//! | module | holds |
//! |---|---|
//! | `base` | the base classes, which go by what the object at hand answers to |
//! | `calls` | the system's calls on file descriptors |
//! | `fileio` | `FileIO`: a file descriptor |
//! | `buffered` | `BufferedReader`, `BufferedWriter`, `BufferedRandom`, `BufferedRWPair` |
//! | `bytesio`, `stringio` | streams in memory |
//! | `newlines` | line ends: translating, finding; `IncrementalNewlineDecoder` |
//! | `text` | `TextIOWrapper` |
//! | `open` | `open()` |
//!
//! A text file is three objects: `TextIOWrapper` over a buffered stream over `FileIO`. Each layer talks to the next by its
//! Python methods, because any of them may be a program's own; where the next layer is exactly the native class, whose
//! methods cannot be replaced, it is called directly instead.
//!
//! The data of a stream are plain Rust structs (`modules::native`). No borrow into them is held while Python may run: the
//! buffer of a buffered stream is taken out meanwhile, and a flag keeps the stream from being entered again.

mod base;
pub mod buffered;
mod bytesio;
mod calls;
mod fileio;
mod newlines;
mod open;
mod stringio;
pub mod text;

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::{TypeRef, bytes, dict, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub use calls::is_open;
pub use open::{StandardStream, standard_stream};

pub static MODULE: NativeModule = NativeModule {
    name: "_io",
    doc: "Streams: files, buffers, text. The module io is the public face of it.",
    functions: FUNCTIONS,
    fill,
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "open",
        "($module, /, file, mode='r', buffering=-1, encoding=None,\n     errors=None, newline=None, closefd=True, opener=None)",
        open::open,
        "Open file and return a stream.  Raise OSError upon failure.",
    ),
    function1(
        "open_code",
        "($module, /, path)",
        open::open_code,
        "Opens the provided file with the intent to import the contents.",
    ),
    function(
        "text_encoding",
        "($module, encoding, stacklevel=2, /)",
        open::text_encoding,
        "A helper function to choose the text encoding.",
    ),
];

/// Bytes that a buffered stream holds unless it is told otherwise.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    let t = &vm.types;
    super::set(vm, m, "DEFAULT_BUFFER_SIZE", Value::fixnum(DEFAULT_BUFFER_SIZE as i64))?;
    super::set(vm, m, "UnsupportedOperation", *unsupported_operation(vm)?)?;
    super::set(vm, m, "BlockingIOError", t.blocking_io_error.value())?;
    for (ty, spec) in [
        (t.io_base, &base::IO_BASE),
        (t.io_raw_base, &base::RAW_IO_BASE),
        (t.io_buffered_base, &base::BUFFERED_IO_BASE),
        (t.io_text_base, &base::TEXT_IO_BASE),
        (t.io_file, &fileio::FILE_IO),
        (t.io_bytes, &bytesio::BYTES_IO),
        (t.io_bytes_buffer, &bytesio::BYTES_IO_BUFFER),
        (t.io_string, &stringio::STRING_IO),
        (t.io_newlines, &newlines::INCREMENTAL_NEWLINE_DECODER),
        (t.io_reader, &buffered::BUFFERED_READER),
        (t.io_writer, &buffered::BUFFERED_WRITER),
        (t.io_random, &buffered::BUFFERED_RANDOM),
        (t.io_pair, &buffered::BUFFERED_RW_PAIR),
        (t.io_text, &text::TEXT_IO_WRAPPER),
    ] {
        super::add_type(vm, m, ty, spec)?;
    }
    Ok(())
}

/// `io.UnsupportedOperation`, made once.
fn unsupported_operation(vm: &Vm) -> PyResult {
    if let Some(class) = vm.state.unsupported_operation.get() {
        return Ok(class.own());
    }
    let namespace = dict::new(vm)?;
    dict::set_str(vm, *namespace, *vm.names.__module__, *str::intern(vm, "io"))?;
    let bases = tuple::from_slice(vm, &[vm.types.os_error.value(), vm.types.value_error.value()])?;
    let name = str::intern(vm, "UnsupportedOperation");
    let class = protocol::call::positional(vm, vm.types.type_.value(), &[*name, *bases, *namespace])?;
    vm.state.unsupported_operation.set(Some(class.clone().into_value()));
    Ok(class)
}

/// A native text file with the streams below it; nothing for any other object.
pub fn layers(vm: &Vm, file: Value) -> Vec<Value> {
    if type_of(vm, file) != vm.types.io_text {
        return Vec::new();
    }
    let mut all = vec![file];
    if let Some(below) = text::buffer_of(file) {
        all.push(below);
        let kind = type_of(vm, below);
        if kind == vm.types.io_reader || kind == vm.types.io_writer {
            all.extend(buffered::raw_stream(below));
        }
    }
    all
}

// ---- what all rooms of this module use ----

/// `io.UnsupportedOperation(text)`.
#[cold]
fn unsupported(vm: &Vm, text: &str) -> Raised {
    let make = || -> PyResult {
        let (class, text) = (unsupported_operation(vm)?, str::new(vm, text)?);
        protocol::call::positional(vm, *class, &[*text])
    };
    match make() {
        Ok(e) => vm.set_exception(e),
        Err(raised) => raised,
    }
}

/// `ty("TEXT 'CLASS'")`, which names the class of what was got.
#[cold]
fn failed_type(vm: &Vm, ty: TypeRef, text: &str, got: Value) -> Raised {
    let got = type_of(vm, got).name_str();
    vm.raise(ty, &format!("{text} '{got}'"))
}

#[inline]
fn call(vm: &Vm, object: Value, method: Value, args: &[Value]) -> PyResult {
    protocol::call::method(vm, object, method, args)
}

/// What a stream's `closed` says.
fn is_closed(vm: &Vm, stream: Value) -> PyResult<bool> {
    let closed = protocol::attr::get(vm, stream, *vm.names.closed)?;
    protocol::compare::is_true(vm, *closed)
}

/// ValueError when a stream says that it is closed.
fn check_closed(vm: &Vm, stream: Value) -> PyResult<()> {
    match protocol::attr::get_optional(vm, stream, *vm.names.closed)? {
        Some(closed) if protocol::compare::is_true(vm, *closed)? => {
            Err(vm.value_error("I/O operation on closed file."))
        }
        _ => Ok(()),
    }
}

/// The text of an argument that C would take: without surrogates and zeroes.
fn checked_text(vm: &Vm, v: Value) -> PyResult<String> {
    let encoded = str::codec::Codec::Utf8.encode(vm, v, "strict")?;
    let text = String::from_utf8_lossy(&encoded).into_owned();
    if text.contains('\0') { Err(vm.value_error("embedded null character")) } else { Ok(text) }
}

/// A size argument; NULL and None mean `default`.
fn optional_size(vm: &Vm, v: Value, default: isize) -> PyResult<isize> {
    if v.is_null() || v.is_none() {
        return Ok(default);
    }
    if v.is_fixnum() {
        return Ok(v.as_fixnum() as isize);
    }
    if type_of(vm, v).slots().index.is_none() {
        return Err(failed_type(vm, vm.types.type_error, "argument should be integer or None, not", v));
    }
    protocol::index::to_isize(vm, v)
}

/// Memory that is filled by somebody else.
fn zeroed(vm: &Vm, n: usize) -> PyResult<Vec<u8>> {
    let mut room = Vec::new();
    room.try_reserve_exact(n).map_err(|_| vm.memory_error())?;
    room.resize(n, 0);
    Ok(room)
}

/// An argument whose memory is to be written to.
fn writable(vm: &Vm, v: Value, function: &str) -> PyResult<bytes::Buffer> {
    if let Some(export) = type_of(vm, v).slots().buffer {
        let buffer = export(vm, v)?;
        if !buffer.readonly {
            return Ok(buffer);
        }
    }
    let got = if v.is_none() { "None".to_owned() } else { type_of(vm, v).name_str() };
    Err(vm.type_error(&format!("{function}() argument must be read-write bytes-like object, not {got}")))
}

/// Does the second thing whether or not the first has worked; an error of the first becomes the context of the second's.
fn then(vm: &Vm, first: PyResult, second: impl FnOnce() -> PyResult) -> PyResult {
    let raised = match first {
        Ok(_) => return second(),
        Err(raised) => raised,
    };
    let first = vm.take_exception(raised);
    match second() {
        Ok(_) => Err(vm.restore_exception(first)),
        Err(raised) => {
            let later = vm.take_exception(raised);
            if *later != *first {
                protocol::attr::set(vm, *later, *vm.names.__context__, *first)?;
            }
            Err(vm.restore_exception(later))
        }
    }
}

/// `__getstate__` of a stream that is tied to the outside.
fn refuse_pickling(vm: &Vm, this: Value) -> PyResult {
    let name = type_of(vm, this).short_name();
    Err(vm.type_error(&format!("cannot pickle '{name}' instances")))
}

/// A copy of the instance's `__dict__`, None when it has none: part of the state of streams in memory.
fn dict_state(vm: &Vm, this: Value) -> PyResult {
    match protocol::attr::instance_dict(vm, this, false)? {
        Some(d) => dict::copy(vm, *d),
        None => Ok(Owned::none()),
    }
}

/// Takes over the `__dict__` of a state, the `nth` item of it.
fn restore_dict(vm: &Vm, this: Value, state: Value, nth: &str) -> PyResult<()> {
    if state.is_none() {
        return Ok(());
    }
    if !is_instance(vm, state, vm.types.dict) {
        let got = type_of(vm, state).name_str();
        return Err(vm.type_error(&format!("{nth} item of state should be a dict, got a {got}")));
    }
    let Some(own) = protocol::attr::instance_dict(vm, this, true)? else { return Ok(()) };
    for (key, value) in dict::snapshot(state) {
        dict::set(vm, *own, *key, *value)?;
    }
    Ok(())
}

/// What a `__setstate__` got, when it is a tuple of `n` items.
fn state_items<'a>(vm: &Vm, this: Value, state: &'a Value, n: usize) -> PyResult<&'a [Value]> {
    if tuple::is_tuple(vm, *state) && tuple::len(*state) >= n {
        return Ok(tuple::items(state));
    }
    let (name, got) = (type_of(vm, this).name_str(), type_of(vm, *state).name_str());
    Err(vm.type_error(&format!("{name}.__setstate__ argument should be {n}-tuple, got {got}")))
}

/// The position in a state; the complaint says which item it is.
fn state_position(vm: &Vm, v: Value, complaint: &str) -> PyResult<usize> {
    if !crate::objects::int::is_int(vm, v) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("{complaint} {got}")));
    }
    let n = protocol::index::to_isize(vm, v)?;
    usize::try_from(n).map_err(|_| vm.value_error("position value cannot be negative"))
}
