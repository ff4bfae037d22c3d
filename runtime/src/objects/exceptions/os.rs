//! `OSError`: `errno` and file names, and the subclass that an `errno` selects (PEP 3151).
//!
//! The arguments are parsed in `__new__`, because they decide about the class; a Python subclass that overrides
//! `__init__` but not `__new__` gets them parsed in `__init__` instead, so that it may pass other arguments up.

use taipan_layout::Value;

use super::super::spec::{Member, MemberType, TypeSpec, getset, member, method0};
use super::super::{Slots, TypeRef, int, new_instance, owned, str, tuple, type_of};
use super::{BaseException, base, family, field, offset_of, set_field};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

const ERRNO: usize = 0;
const STRERROR: usize = 1;
const FILENAME: usize = 2;
const FILENAME2: usize = 3;
/// A fixnum, or NULL when unknown.
const WRITTEN: usize = 4;
pub(super) const WORDS: usize = 5;

const fn attribute(name: &'static str, index: usize) -> Member {
    member(name, MemberType::ObjectOrNone, offset_of(index), false)
}

pub static OS_ERROR: TypeSpec = TypeSpec {
    doc: "An operation of the system failed.",
    slots: Slots { new: Some(new), init: Some(init), str: Some(str_), ..Slots::EMPTY },
    methods: &[method0("__reduce__", reduce, "")],
    members: &[
        attribute("errno", ERRNO),
        attribute("strerror", STRERROR),
        attribute("filename", FILENAME),
        attribute("filename2", FILENAME2),
    ],
    getset: &[getset("characters_written", get_written, set_written, "")],
    ..family("OSError", |t| t.exception, WORDS)
};

/// The class for an `errno`, when it has one of its own.
fn class_of_errno(vm: &Vm, errno: i64) -> Option<TypeRef> {
    let t = &vm.types;
    let errno = i32::try_from(errno).ok()?;
    Some(match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => t.blocking_io_error,
        libc::EPIPE | libc::ESHUTDOWN => t.broken_pipe_error,
        libc::ECHILD => t.child_process_error,
        libc::ECONNABORTED => t.connection_aborted_error,
        libc::ECONNREFUSED => t.connection_refused_error,
        libc::ECONNRESET => t.connection_reset_error,
        libc::EEXIST => t.file_exists_error,
        libc::ENOENT => t.file_not_found_error,
        libc::EISDIR => t.is_a_directory_error,
        libc::ENOTDIR => t.not_a_directory_error,
        libc::EINTR => t.interrupted_error,
        libc::EACCES | libc::EPERM => t.permission_error,
        libc::ESRCH => t.process_lookup_error,
        libc::ETIMEDOUT => t.timeout_error,
        _ => return None,
    })
}

/// Whether instances of `ty` parse their arguments in `__init__`.
fn parses_in_init(ty: TypeRef) -> bool {
    let slots = ty.slots();
    slots.init.is_some_and(|f| f as usize != init as *const () as usize)
        && slots.new.is_some_and(|f| f as usize == new as *const () as usize)
}

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let Some(mut ty) = TypeRef::from_value(vm, cls) else {
        return Err(vm.type_error("OSError.__new__(X): X is not a type object"));
    };
    let in_init = parses_in_init(ty);
    if !in_init {
        super::no_keywords(vm, &ty.name_str(), args)?;
        if ty == vm.types.os_error
            && (2..=5).contains(&args.pos().len())
            && let Some(errno) = int::as_i64(args.pos()[0])
            && let Some(class) = class_of_errno(vm, errno)
        {
            ty = class;
        }
    }
    let e = owned(new_instance::<BaseException>(vm, ty)?);
    // SAFETY: the object is new and an exception.
    unsafe { base(*e).args = tuple::empty(vm).into_value() };
    if !in_init {
        fill(vm, *e, args.pos())?;
    }
    Ok(e)
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let ty = type_of(vm, this);
    if !parses_in_init(ty) {
        return Ok(());
    }
    super::no_keywords(vm, &ty.name_str(), args)?;
    fill(vm, this, args.pos())
}

/// Distributes `(errno, strerror[, filename[, winerror[, filename2]]])`; other counts are plain arguments.
fn fill(vm: &Vm, this: Value, args: &[Value]) -> PyResult<()> {
    let mut kept = args;
    if (2..=5).contains(&args.len()) {
        let filename = args.get(2).copied().filter(|f| !f.is_none());
        // SAFETY: `this` is an OSError.
        unsafe {
            set_field(this, ERRNO, Some(args[0]));
            set_field(this, STRERROR, Some(args[1]));
            if let Some(filename) = filename {
                let blocking = type_of(vm, this) == vm.types.blocking_io_error;
                if blocking && let Some(written) = int::as_i64(filename) {
                    set_field(this, WRITTEN, Some(Value::fixnum(written)));
                } else {
                    set_field(this, FILENAME, Some(filename));
                    if let Some(second) = args.get(4).copied().filter(|f| !f.is_none()) {
                        set_field(this, FILENAME2, Some(second));
                    }
                    kept = &args[..2];
                }
            }
        }
    }
    super::base::store_args(vm, this, kept)
}

fn str_(vm: &Vm, this: Value) -> PyResult {
    let words: Vec<Option<Owned>> = (0..4)
        .map(|i| {
            // SAFETY: `this` is an OSError; every word is owned before anything runs.
            let v = unsafe { field(this, i) };
            (!v.is_null()).then(|| v.own())
        })
        .collect();
    if words[FILENAME].is_none() && (words[ERRNO].is_none() || words[STRERROR].is_none()) {
        return super::base::str_(vm, this);
    }
    let shown = |i: usize| words[i].clone().unwrap_or_else(Owned::none);
    let mut out = str::StrBuilder::new();
    out.push_str("[Errno ");
    out.push_value(*protocol::object::str(vm, *shown(ERRNO))?);
    out.push_str("] ");
    out.push_value(*protocol::object::str(vm, *shown(STRERROR))?);
    if words[FILENAME].is_some() {
        out.push_str(": ");
        out.push_value(*protocol::object::repr(vm, *shown(FILENAME))?);
        if words[FILENAME2].is_some() {
            out.push_str(" -> ");
            out.push_value(*protocol::object::repr(vm, *shown(FILENAME2))?);
        }
    }
    out.finish(vm)
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is an OSError.
    let (filename, filename2) = unsafe { (field(this, FILENAME), field(this, FILENAME2)) };
    let mut args = super::args(this).own();
    if tuple::items(&args).len() == 2 && !filename.is_null() {
        let mut all = tuple::items(&args).to_vec();
        all.push(filename);
        if !filename2.is_null() {
            all.extend([Value::NONE, filename2]);
        }
        args = tuple::from_slice(vm, &all)?;
    }
    super::base::reduce_with(vm, this, *args, super::base::dict_of(this))
}

fn get_written(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is an OSError.
    let v = unsafe { field(this, WRITTEN) };
    if v.is_null() {
        return Err(vm.raise(vm.types.attribute_error, "characters_written"));
    }
    Ok(v.own())
}

fn set_written(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    // SAFETY: `this` is an OSError.
    unsafe {
        match value {
            None if field(this, WRITTEN).is_null() => {
                return Err(vm.raise(vm.types.attribute_error, "characters_written"));
            }
            None => set_field(this, WRITTEN, None),
            Some(v) => {
                let n = protocol::index::to_isize(vm, v)?;
                set_field(this, WRITTEN, Some(Value::fixnum(n as i64)));
            }
        }
    }
    Ok(())
}

/// The system's text for an `errno`.
pub fn strerror(errno: i32) -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer's length is passed along; the result is a NUL-terminated string in it.
    let ok = unsafe { libc::strerror_r(errno, buffer.as_mut_ptr().cast(), buffer.len()) } == 0;
    let end = buffer.iter().position(|b| *b == 0).unwrap_or(0);
    if ok { String::from_utf8_lossy(&buffer[..end]).into_owned() } else { format!("Unknown error {errno}") }
}

/// Raises `OSError(errno, strerror[, filename])`, as the subclass that the number selects.
#[cold]
pub fn errno_error(vm: &Vm, errno: i32, filename: Option<Value>) -> Raised {
    let text = match str::new(vm, &strerror(errno)) {
        Ok(text) => text,
        Err(raised) => return raised,
    };
    let mut args = vec![Value::fixnum(errno as i64), *text];
    args.extend(filename);
    vm.raise_with(vm.types.os_error, &args)
}

/// [`errno_error`] for an error of the standard library.
#[cold]
pub fn io_error(vm: &Vm, error: &std::io::Error, filename: Option<Value>) -> Raised {
    match error.raw_os_error() {
        Some(errno) => errno_error(vm, errno, filename),
        None => vm.raise(vm.types.os_error, &error.to_string()),
    }
}
