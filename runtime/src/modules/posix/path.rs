//! Path arguments: `str`, `bytes`, objects with `__fspath__`, and descriptors where a function takes them.

use std::ffi::CString;

use taipan_layout::Value;

use super::last_error;
use crate::objects::{bytes, exceptions, int, is_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// What a function is to work on.
pub struct PathArg {
    /// The argument, for error messages and results of the same type.
    pub object: Owned,
    pub text: CString,
    /// Instead of the path.
    pub fd: Option<i32>,
}

impl PathArg {
    /// Whether results are bytes, as the argument was.
    pub fn is_bytes(&self, vm: &Vm) -> bool {
        is_instance(vm, *self.object, vm.types.bytes)
    }

    /// `OSError` for the last call, with the path.
    #[cold]
    pub fn failure(&self, vm: &Vm) -> Raised {
        exceptions::errno_error(vm, last_error(), Some(*self.object))
    }

    /// The result of a call that answers −1 when it fails.
    pub fn check<T: PartialOrd + From<i8>>(&self, vm: &Vm, result: T) -> PyResult<T> {
        if result < T::from(0) { Err(self.failure(vm)) } else { Ok(result) }
    }
}

/// `os.fspath`.
pub fn fspath(vm: &Vm, v: Value) -> PyResult {
    if is_instance(vm, v, vm.types.str) || is_instance(vm, v, vm.types.bytes) {
        return Ok(v.own());
    }
    let got = type_of(vm, v).short_name();
    let Some(path) = protocol::call::special(vm, v, *vm.names.__fspath__, &[])? else {
        return Err(vm.type_error(&format!("expected str, bytes or os.PathLike object, not {got}")));
    };
    if is_instance(vm, *path, vm.types.str) || is_instance(vm, *path, vm.types.bytes) {
        return Ok(path);
    }
    let other = type_of(vm, *path).short_name();
    Err(vm.type_error(&format!("expected {got}.__fspath__() to return str or bytes, not {other}")))
}

/// The bytes of a `str` or `bytes` as file names have them.
pub fn encode(vm: &Vm, v: Value) -> PyResult<Vec<u8>> {
    if is_instance(vm, v, vm.types.bytes) {
        return Ok(bytes::as_slice(&v).to_vec());
    }
    if let Some(ascii) = str::ascii(&v) {
        return Ok(ascii.to_vec());
    }
    let encoded = str::codec::encode(vm, v, "utf-8", "surrogateescape")?;
    Ok(bytes::as_slice(&encoded).to_vec())
}

/// A file name as `str`; undecodable bytes become surrogates (PEP 383).
pub fn decode(vm: &Vm, name: &[u8]) -> PyResult {
    if name.is_ascii() {
        return str::from_ascii(vm, name);
    }
    if let Ok(text) = std::str::from_utf8(name) {
        return str::new(vm, text);
    }
    let object = bytes::new(vm, name)?;
    str::codec::decode(vm, *object, name, "utf-8", "surrogateescape")
}

fn c_string(vm: &Vm, data: Vec<u8>, function: &str, name: &str) -> PyResult<CString> {
    CString::new(data).map_err(|_| vm.value_error(&format!("{function}: embedded null character in {name}")))
}

/// A path; with `allow_fd` an open descriptor may be given instead.
pub fn argument(vm: &Vm, v: Value, function: &str, name: &str, allow_fd: bool) -> PyResult<PathArg> {
    let is_path = is_instance(vm, v, vm.types.str) || is_instance(vm, v, vm.types.bytes);
    if !is_path && allow_fd && type_of(vm, v).slots().index.is_some() {
        let fd = protocol::index::to_i32(vm, v)?;
        return Ok(PathArg { object: v.own(), text: CString::default(), fd: Some(fd) });
    }
    let object = if is_path {
        v.own()
    } else {
        let allowed =
            if allow_fd { "string, bytes, os.PathLike or integer" } else { "string, bytes or os.PathLike" };
        let complaint = |got: Value| {
            let got = type_of(vm, got).name_str();
            vm.type_error(&format!("{function}: {name} should be {allowed}, not {got}"))
        };
        match protocol::call::special(vm, v, *vm.names.__fspath__, &[])? {
            Some(path) if is_instance(vm, *path, vm.types.str) || is_instance(vm, *path, vm.types.bytes) => {
                path
            }
            Some(path) => {
                let (got, other) = (type_of(vm, v).short_name(), type_of(vm, *path).short_name());
                return Err(vm.type_error(&format!(
                    "expected {got}.__fspath__() to return str or bytes, not {other}"
                )));
            }
            None => return Err(complaint(v)),
        }
    };
    let text = c_string(vm, encode(vm, *object)?, function, name)?;
    Ok(PathArg { object, text, fd: None })
}

/// `dir_fd`: relative paths start there; None: the current folder.
pub fn dir_fd(vm: &Vm, v: Value) -> PyResult<i32> {
    match crate::modules::native::given(v) {
        None => Ok(libc::AT_FDCWD),
        Some(v) if type_of(vm, v).slots().index.is_some() => protocol::index::to_i32(vm, v),
        Some(v) => {
            let got = type_of(vm, v).name_str();
            Err(vm.type_error(&format!("argument should be integer or None, not {got}")))
        }
    }
}

/// A flag argument with a default.
pub fn flag(vm: &Vm, v: Value, default: bool) -> PyResult<bool> {
    match crate::modules::native::passed(v) {
        Some(v) => protocol::compare::is_true(vm, v),
        None => Ok(default),
    }
}

/// A file descriptor: an int, or an object with `fileno()`.
pub fn descriptor(vm: &Vm, v: Value) -> PyResult<i32> {
    let number = if int::is_int(vm, v) {
        v.own()
    } else {
        match protocol::attr::get_optional(vm, v, *str::intern(vm, "fileno"))? {
            Some(fileno) => protocol::call::positional(vm, *fileno, &[])?,
            None => return Err(vm.type_error("argument must be an int, or have a fileno() method.")),
        }
    };
    let fd = protocol::index::to_i32(vm, *number)?;
    if fd < 0 {
        return Err(vm.value_error(&format!("file descriptor cannot be a negative integer ({fd})")));
    }
    Ok(fd)
}
