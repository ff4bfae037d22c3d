//! File objects: text and binary, buffered both ways, over a file descriptor.
//!
//! They serve `open`, the standard streams and `print` until programs bring an `io` module of their own. A text file and
//! its `buffer` share one [`Stream`]. Encodings that keep ASCII bytes as they are can be read line by line; others
//! are refused.
//!
//! | module | holds |
//! |---|---|
//! | `stream` | bytes: buffers and system calls |
//! | `text` | text files: encoding, newlines, lines |
//! | `binary` | binary files |
//! | `open` | `open()` and path arguments |

mod binary;
mod open;
mod stream;
mod text;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use taipan_layout::{Header, Value};

use crate::objects::spec::{GetSet, MethodSpec, getter, method, method0};
use crate::objects::{TypeRef, cast, exceptions, new_instance, owned, str, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised, decref};
use crate::protocol;
use crate::vm::Vm;

pub use binary::SPEC as BINARY_SPEC;
pub use open::{open, path_argument};
pub use stream::Stream;
pub use text::{SPEC, accepts_text, after_write, new_text, push_bytes, push_integer, push_text};

/// Streams that may hold unwritten data when the program ends.
pub type OpenFiles = RefCell<Vec<Weak<RefCell<Stream>>>>;

#[repr(C)]
struct File {
    header: Header,
    dict: Value,
    /// `Rc::into_raw`; null before initialisation.
    stream: *const RefCell<Stream>,
    name: Value,
    mode: Value,
    /// Text files only: `str`.
    encoding: Value,
    errors: Value,
    /// The `buffer` of a text file, once somebody asked for it.
    buffer: Value,
    newline: text::Newline,
    _pad: [u8; 7],
}

fn new_file(vm: &Vm, ty: TypeRef, stream: Rc<RefCell<Stream>>, name: Value, mode: &str) -> PyResult {
    let mode = str::new(vm, mode)?;
    vm.open_files.borrow_mut().push(Rc::downgrade(&stream));
    let f = new_instance::<File>(vm, ty)?;
    // SAFETY: the object is new.
    unsafe {
        (*f).stream = Rc::into_raw(stream);
        (*f).name = name.own().into_value();
        (*f).mode = mode.into_value();
    }
    Ok(owned(f))
}

fn file<'a>(this: Value) -> &'a mut File {
    // SAFETY: callers pass files.
    unsafe { cast(this) }
}

/// The stream of a file, for as long as the borrow is needed.
fn stream(this: Value) -> Rc<RefCell<Stream>> {
    // SAFETY: the pointer came from `Rc::into_raw` and the object owns one count.
    unsafe {
        let p = file(this).stream;
        Rc::increment_strong_count(p);
        Rc::from_raw(p)
    }
}

fn io_error(vm: &Vm, error: std::io::Error) -> Raised {
    exceptions::io_error(vm, &error, None)
}

/// Runs `f` on the open stream of a file.
fn with_stream<T>(vm: &Vm, this: Value, f: impl FnOnce(&mut Stream) -> std::io::Result<T>) -> PyResult<T> {
    let s = stream(this);
    let mut s = s.borrow_mut();
    if s.is_closed() {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    f(&mut s).map_err(|e| io_error(vm, e))
}

fn check_readable(vm: &Vm, this: Value) -> PyResult<()> {
    let s = stream(this);
    let readable = s.borrow().is_closed() || s.borrow().readable;
    if readable { Ok(()) } else { Err(vm.raise(vm.types.os_error, "not readable")) }
}

fn check_writable(vm: &Vm, this: Value) -> PyResult<()> {
    let s = stream(this);
    let writable = s.borrow().is_closed() || s.borrow().writable;
    if writable { Ok(()) } else { Err(vm.raise(vm.types.os_error, "not writable")) }
}

/// Writes out what all open files hold back; for the end of the program.
pub fn flush_all(vm: &Vm) {
    let all = vm.open_files.borrow().clone();
    for weak in all {
        if let Some(s) = weak.upgrade()
            && let Ok(mut s) = s.try_borrow_mut()
        {
            // Nobody is left who could be told about an error.
            let _ = s.flush();
        }
    }
}

/// A size argument: `None` and negative numbers mean everything.
fn size_argument(vm: &Vm, args: &[Value], index: usize) -> PyResult<Option<usize>> {
    match args.get(index).copied().filter(|v| !v.is_null() && !v.is_none()) {
        None => Ok(None),
        Some(v) if type_of(vm, v).slots().index.is_some() => {
            Ok(usize::try_from(protocol::index::to_isize(vm, v)?).ok())
        }
        Some(v) => {
            let got = type_of(vm, v).name_str();
            Err(vm.type_error(&format!("argument should be integer or None, not '{got}'")))
        }
    }
}

// ---- methods that both kinds have ----

const COMMON_METHODS: [MethodSpec; 12] = [
    method0("flush", flush, ""),
    method0("close", close, ""),
    method0("fileno", fileno, ""),
    method0("isatty", isatty, ""),
    method0("readable", |_, this| Ok(Owned::bool(stream(this).borrow().readable)), ""),
    method0("writable", |_, this| Ok(Owned::bool(stream(this).borrow().writable)), ""),
    method0("seekable", seekable, ""),
    method0("tell", tell, ""),
    method("seek", "($self, offset, whence=0, /)", seek, ""),
    method("truncate", "($self, size=None, /)", truncate, ""),
    method0("__enter__", enter, ""),
    method("__exit__", "($self, /, *exc_info)", exit, ""),
];

const COMMON_GETSET: [GetSet; 3] = [
    getter("closed", |_, this| Ok(Owned::bool(stream(this).borrow().is_closed())), ""),
    getter("name", |_, this| Ok(file(this).name.own()), ""),
    getter("mode", |_, this| Ok(file(this).mode.own()), ""),
];

fn flush(vm: &Vm, this: Value) -> PyResult {
    with_stream(vm, this, Stream::flush)?;
    Ok(Owned::none())
}

fn close(vm: &Vm, this: Value) -> PyResult {
    let s = stream(this);
    s.borrow_mut().close().map_err(|e| io_error(vm, e))?;
    Ok(Owned::none())
}

fn fileno(vm: &Vm, this: Value) -> PyResult {
    with_stream(vm, this, |s| Ok(Owned::fixnum(i64::from(s.fd()))))
}

fn isatty(vm: &Vm, this: Value) -> PyResult {
    with_stream(vm, this, |s| Ok(Owned::bool(s.is_terminal())))
}

fn seekable(vm: &Vm, this: Value) -> PyResult {
    with_stream(vm, this, |s| Ok(Owned::bool(s.position().is_ok())))
}

fn tell(vm: &Vm, this: Value) -> PyResult {
    let position = with_stream(vm, this, Stream::position)?;
    crate::objects::int::new(vm, position)
}

fn seek(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let offset = protocol::index::to_i64(vm, args[0])?;
    let whence = match args.get(1).copied().filter(|v| !v.is_null()) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => libc::SEEK_SET,
    };
    if !matches!(whence, libc::SEEK_SET | libc::SEEK_CUR | libc::SEEK_END) {
        return Err(vm.value_error(&format!("invalid whence ({whence}, should be 0, 1 or 2)")));
    }
    if whence == libc::SEEK_SET && offset < 0 {
        return Err(vm.value_error(&format!("negative seek position {offset}")));
    }
    let position = with_stream(vm, this, |s| s.seek(offset, whence))?;
    crate::objects::int::new(vm, position)
}

fn truncate(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    check_writable(vm, this)?;
    let size = match args.first().copied().filter(|v| !v.is_null() && !v.is_none()) {
        Some(v) => Some(protocol::index::to_i64(vm, v)?),
        None => None,
    };
    let size = with_stream(vm, this, |s| s.truncate(size))?;
    crate::objects::int::new(vm, size)
}

fn enter(vm: &Vm, this: Value) -> PyResult {
    with_stream(vm, this, |_| Ok(()))?;
    Ok(this.own())
}

fn exit(vm: &Vm, this: Value, _args: &[Value]) -> PyResult {
    protocol::call::method(vm, this, *vm.names.close, &[])?;
    Ok(Owned::none())
}

fn itself(_vm: &Vm, this: Value) -> PyResult {
    Ok(this.own())
}

/// Writes out what is held back and closes; errors have nobody to go to.
fn finalize(vm: &Vm, this: Value) {
    let s = stream(this);
    let last_user = Rc::strong_count(&s) <= 2;
    if last_user && let Err(e) = s.borrow_mut().close() {
        let raised = io_error(vm, e);
        let shown = type_of(vm, this).name_str();
        exceptions::write_unraisable(
            vm,
            raised,
            &format!("Exception ignored while finalizing file {shown}"),
            Value::NULL,
        );
    }
}

unsafe fn dealloc(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is a file; each word is taken out before it is dropped.
    unsafe {
        let f = &mut *(this as *mut File);
        for word in [&mut f.dict, &mut f.name, &mut f.mode, &mut f.encoding, &mut f.errors, &mut f.buffer] {
            decref(std::mem::replace(word, Value::NULL));
        }
        let stream = std::mem::replace(&mut f.stream, std::ptr::null());
        if !stream.is_null() {
            drop(Rc::from_raw(stream));
        }
    }
}

unsafe fn clear(_vm: &Vm, this: *mut Header) {
    // SAFETY: the object is a file; the stream stays, since methods rely on it.
    unsafe { decref(std::mem::replace(&mut (*(this as *mut File)).dict, Value::NULL)) };
}

unsafe fn traverse(this: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a file.
    let f = unsafe { &*(this as *mut File) };
    for v in [f.dict, f.name, f.buffer] {
        if !v.is_null() {
            visit(v);
        }
    }
}
