//! `open()`.

use std::cell::RefCell;
use std::ffi::CString;
use std::rc::Rc;

use taipan_layout::Value;

use super::{Stream, new_text};
use crate::objects::{bytes, exceptions, int, is_instance, str, type_of};
use crate::owned::{PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

/// The bytes of a path: `str`, `bytes`, or an object with `__fspath__`.
pub fn path_argument(vm: &Vm, v: Value) -> PyResult<Vec<u8>> {
    if is_instance(vm, v, vm.types.str) {
        return Ok(encode_path(v));
    }
    if is_instance(vm, v, vm.types.bytes) {
        return Ok(bytes::as_slice(&v).to_vec());
    }
    let got = type_of(vm, v).name_str();
    let Some(path) = protocol::call::special(vm, v, *vm.names.__fspath__, &[])? else {
        return Err(vm.type_error(&format!("expected str, bytes or os.PathLike object, not {got}")));
    };
    if is_instance(vm, *path, vm.types.str) {
        return Ok(encode_path(*path));
    }
    if is_instance(vm, *path, vm.types.bytes) {
        return Ok(bytes::as_slice(&path).to_vec());
    }
    let other = type_of(vm, *path).name_str();
    Err(vm.type_error(&format!("expected {got}.__fspath__() to return str or bytes, not {other}")))
}

/// UTF-8; the surrogates that stand for undecodable bytes become those bytes again (PEP 383).
fn encode_path(v: Value) -> Vec<u8> {
    let mut out = Vec::new();
    for c in str::view(&v).iter() {
        match c {
            0xDC80..=0xDCFF => out.push((c - 0xDC00) as u8),
            _ => {
                let c = char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    out
}

/// What a mode string says.
struct Mode {
    flags: i32,
    readable: bool,
    writable: bool,
    binary: bool,
}

fn parse_mode(vm: &Vm, mode: &str) -> PyResult<Mode> {
    let invalid = || -> Raised { vm.value_error(&format!("invalid mode: '{mode}'")) };
    let mut counts = [0usize; 128];
    for c in mode.chars() {
        if !matches!(c, 'r' | 'w' | 'a' | 'x' | '+' | 'b' | 't') || counts[c as usize] > 0 {
            return Err(invalid());
        }
        counts[c as usize] += 1;
    }
    let has = |c: char| counts[c as usize] > 0;
    if has('b') && has('t') {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    if ['r', 'w', 'a', 'x'].iter().filter(|c| has(**c)).count() != 1 {
        return Err(vm.value_error("must have exactly one of create/read/write/append mode"));
    }
    let plus = has('+');
    let (readable, writable) = (has('r') || plus, !has('r') || plus);
    let access = match (readable, writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    let creation = if has('w') {
        libc::O_CREAT | libc::O_TRUNC
    } else if has('a') {
        libc::O_CREAT | libc::O_APPEND
    } else if has('x') {
        libc::O_CREAT | libc::O_EXCL
    } else {
        0
    };
    Ok(Mode { flags: access | creation | libc::O_CLOEXEC, readable, writable, binary: has('b') })
}

fn text_option(vm: &Vm, v: Option<Value>, name: &str) -> PyResult<Option<String>> {
    match v {
        None => Ok(None),
        Some(v) if is_instance(vm, v, vm.types.str) => Ok(Some(str::to_string_lossy(v))),
        Some(v) => {
            let got = type_of(vm, v).name_str();
            Err(vm.type_error(&format!("open() argument '{name}' must be str or None, not {got}")))
        }
    }
}

/// The encoding, if its files can be read line by line.
fn known_encoding(vm: &Vm, name: &str) -> PyResult<String> {
    let normal = name.to_ascii_lowercase().replace('_', "-");
    match normal.as_str() {
        "utf-8" => Ok(name.to_owned()),
        "utf8" | "u8" | "cp65001" | "locale" => Ok("utf-8".to_owned()),
        "ascii" | "us-ascii" | "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Ok(normal),
        _ => Err(vm.raise(
            vm.types.not_implemented_error,
            &format!("open() does not support the encoding '{name}'"),
        )),
    }
}

pub fn open(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let given = |i: usize| args.get(i).copied().filter(|v| !v.is_null() && !v.is_none());
    let target = args[0];
    let mode_text = match given(1) {
        None => "r".to_owned(),
        Some(m) if is_instance(vm, m, vm.types.str) => str::to_string_lossy(m),
        Some(m) => {
            let got = type_of(vm, m).name_str();
            return Err(vm.type_error(&format!("open() argument 'mode' must be str, not {got}")));
        }
    };
    let buffering = match given(2) {
        Some(v) => protocol::index::to_isize(vm, v)?,
        None => -1,
    };
    let encoding = text_option(vm, given(3), "encoding")?;
    let errors = text_option(vm, given(4), "errors")?;
    let newline = text_option(vm, given(5), "newline")?;
    let mode = parse_mode(vm, &mode_text)?;
    if mode.binary {
        for (name, option) in [("encoding", &encoding), ("errors", &errors), ("newline", &newline)] {
            if option.is_some() {
                return Err(vm.value_error(&format!(
                    "binary mode doesn't take {} {name} argument",
                    if name == "newline" { "a" } else { "an" }
                )));
            }
        }
    } else if buffering == 0 {
        return Err(vm.value_error("can't have unbuffered text I/O"));
    }
    if let Some(n) = &newline
        && !matches!(n.as_str(), "" | "\n" | "\r" | "\r\n")
    {
        return Err(vm.value_error(&format!("illegal newline value: {n}")));
    }
    let encoding = known_encoding(vm, encoding.as_deref().unwrap_or("UTF-8"))?;
    let close_fd = match args.get(6).copied().filter(|v| !v.is_null()) {
        Some(v) => protocol::compare::is_true(vm, v)?,
        None => true,
    };
    let fd = descriptor(vm, target, &mode, given(7), close_fd)?;
    let mut stream = Stream::new(fd, mode.readable, mode.writable, close_fd);
    stream.unbuffered = buffering == 0;
    stream.line_buffered = buffering == 1 || (buffering < 0 && !mode.binary && stream.is_terminal());
    let stream = Rc::new(RefCell::new(stream));
    if mode.binary {
        return super::new_file(vm, vm.types.binary_file, stream, target, &binary_mode(&mode_text));
    }
    let errors = errors.unwrap_or_else(|| "strict".to_owned());
    new_text(vm, stream, target, &mode_text, &encoding, &errors, newline.as_deref())
}

/// CPython's `mode` attribute of a binary file: `rb`, `wb`, `ab`, `xb`, with `+` last.
fn binary_mode(mode: &str) -> String {
    let kind = mode.chars().find(|c| matches!(c, 'r' | 'w' | 'a' | 'x')).unwrap_or('r');
    let plus = if mode.contains('+') { "+" } else { "" };
    format!("{kind}b{plus}")
}

/// Opens the file, or takes the descriptor that the argument is.
fn descriptor(vm: &Vm, target: Value, mode: &Mode, opener: Option<Value>, close_fd: bool) -> PyResult<i32> {
    if int::is_int(vm, target) {
        let fd = protocol::index::to_i32(vm, target)?;
        if fd < 0 {
            return Err(vm.value_error("negative file descriptor"));
        }
        // SAFETY: a query about a number.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            return Err(exceptions::errno_error(vm, libc::EBADF, None));
        }
        return Ok(fd);
    }
    let path = path_argument(vm, target)?;
    if !close_fd {
        return Err(vm.value_error("Cannot use closefd=False with file name"));
    }
    if let Some(opener) = opener {
        let fd = protocol::call::positional(vm, opener, &[target, Value::fixnum(i64::from(mode.flags))])?;
        let fd = protocol::index::to_i32(vm, *fd)?;
        return if fd < 0 { Err(vm.value_error(&format!("opener returned {fd}"))) } else { Ok(fd) };
    }
    let Ok(path) = CString::new(path) else { return Err(vm.value_error("embedded null byte")) };
    loop {
        // SAFETY: the path is a NUL-terminated string.
        let fd = unsafe { libc::open(path.as_ptr(), mode.flags, 0o666) };
        if fd >= 0 {
            return check_not_directory(vm, fd, target);
        }
        let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
        if errno != libc::EINTR {
            return Err(exceptions::errno_error(vm, errno, Some(target)));
        }
    }
}

fn check_not_directory(vm: &Vm, fd: i32, target: Value) -> PyResult<i32> {
    // SAFETY: the struct is plain data that fstat fills; the descriptor was just opened here.
    unsafe {
        let mut info: libc::stat = std::mem::zeroed();
        if libc::fstat(fd, &mut info) == 0 && info.st_mode & libc::S_IFMT == libc::S_IFDIR {
            libc::close(fd);
            return Err(exceptions::errno_error(vm, libc::EISDIR, Some(target)));
        }
    }
    Ok(fd)
}
