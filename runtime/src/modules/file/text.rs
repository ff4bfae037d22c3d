//! Text files.

use std::cell::RefCell;
use std::rc::Rc;

use taipan_layout::Value;

use super::{
    COMMON_GETSET, COMMON_METHODS, File, Stream, check_readable, check_writable, file, io_error,
    size_argument, stream, with_stream,
};
use crate::objects::spec::{GetSet, MethodSpec, TypeSpec, getter, method, method1, raw_method, tp_flags};
use crate::objects::str::StrView;
use crate::objects::{Slots, bytes, is_instance, list, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// What `open(newline=…)` asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Newline {
    /// Every line end becomes `\n`.
    Universal = 0,
    /// Every kind ends a line and is kept.
    Keep,
    /// Only `\n` ends a line.
    Lf,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "_io.TextIOWrapper",
    basicsize: size_of::<File>(),
    flags: tp_flags::HAVE_GC | tp_flags::WEAKREFABLE | tp_flags::DISALLOW_INSTANTIATION,
    dictoffset: std::mem::offset_of!(File, dict) as i32,
    slots: Slots {
        repr: Some(repr),
        iter: Some(super::itself),
        next: Some(next),
        finalize: Some(super::finalize),
        dealloc: Some(super::dealloc),
        traverse: Some(super::traverse),
        clear: Some(super::clear),
        ..Slots::EMPTY
    },
    methods: &METHODS,
    getset: &GETSET,
    ..TypeSpec::DEFAULT
};

static METHODS: [MethodSpec; 18] = {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = COMMON_METHODS;
    [
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
        method("read", "($self, size=-1, /)", read, ""),
        method("readline", "($self, size=-1, /)", readline, ""),
        method("readlines", "($self, hint=-1, /)", readlines, ""),
        method1("write", "($self, text, /)", write, ""),
        method1("writelines", "($self, lines, /)", writelines, ""),
        raw_method("reconfigure", "", reconfigure, ""),
    ]
};

static GETSET: [GetSet; 8] = {
    let [a, b, c] = COMMON_GETSET;
    [
        a,
        b,
        c,
        getter("encoding", |_, this| Ok(file(this).encoding.own()), ""),
        getter("errors", |_, this| Ok(file(this).errors.own()), ""),
        getter("newlines", |_, _| Ok(Owned::none()), ""),
        getter("line_buffering", |_, this| Ok(Owned::bool(stream(this).borrow().line_buffered)), ""),
        getter("buffer", get_buffer, ""),
    ]
};

/// A text file over a stream.
pub fn new_text(
    vm: &Vm,
    s: Rc<RefCell<Stream>>,
    name: Value,
    mode: &str,
    encoding: &str,
    errors: &str,
    newline: Option<&str>,
) -> PyResult {
    let f = super::new_file(vm, vm.types.file, s, name, mode)?;
    let (encoding, errors) = (str::intern(vm, encoding), str::intern(vm, errors));
    let this = file(*f);
    this.encoding = encoding.into_value();
    this.errors = errors.into_value();
    this.newline = match newline {
        None => Newline::Universal,
        Some("") => Newline::Keep,
        Some(_) => Newline::Lf,
    };
    Ok(f)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let f = file(this);
    let name = protocol::object::repr_string(vm, f.name)?;
    let (mode, encoding) = (str::to_string_lossy(f.mode), str::to_string_lossy(f.encoding));
    str::new(vm, &format!("<_io.TextIOWrapper name={name} mode='{mode}' encoding='{encoding}'>"))
}

fn get_buffer(vm: &Vm, this: Value) -> PyResult {
    let f = file(this);
    if f.buffer.is_null() {
        let (name, mode) = (f.name.own(), format!("{}b", str::to_string_lossy(f.mode)));
        let b = super::new_file(vm, vm.types.binary_file, stream(this), *name, &mode)?;
        file(this).buffer = b.into_value();
    }
    Ok(file(this).buffer.own())
}

// ---- writing ----

/// Whether `print` may push into this object's buffer.
pub fn accepts_text(vm: &Vm, v: Value) -> bool {
    type_of(vm, v) == vm.types.file && {
        let s = stream(v);
        let s = s.borrow();
        !s.is_closed() && s.writable
    }
}

fn is_utf8(f: &File) -> bool {
    str::equals_str(f.encoding, "utf-8") || str::equals_str(f.encoding, "UTF-8")
}

/// Appends ASCII bytes.
pub fn push_bytes(vm: &Vm, this: Value, data: &[u8]) -> PyResult<()> {
    let s = stream(this);
    s.borrow_mut().push(data).map_err(|e| io_error(vm, e))
}

/// Appends the decimal digits of `n`.
pub fn push_integer(vm: &Vm, this: Value, n: i64) -> PyResult<()> {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = n.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    push_bytes(vm, this, &digits[at..])
}

/// Appends the text of a `str` in the file's encoding.
pub fn push_text(vm: &Vm, this: Value, text: Value) -> PyResult<()> {
    if let Some(ascii) = str::ascii(&text) {
        return push_bytes(vm, this, ascii);
    }
    if is_utf8(file(this))
        && let Some(utf8) = encode_utf8(str::view(&text))
    {
        return push_bytes(vm, this, &utf8);
    }
    let f = file(this);
    let (encoding, errors) = (f.encoding.own(), f.errors.own());
    let encoded = protocol::call::method(vm, text, *vm.names.encode, &[*encoding, *errors])?;
    push_bytes(vm, this, bytes::as_slice(&encoded))
}

/// `None` when there is a lone surrogate.
fn encode_utf8(text: StrView<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 2);
    let mut buffer = [0; 4];
    for c in text.iter() {
        out.extend_from_slice(char::from_u32(c)?.encode_utf8(&mut buffer).as_bytes());
    }
    Some(out)
}

/// Writes out what should not wait any longer.
pub fn after_write(vm: &Vm, this: Value) -> PyResult<()> {
    let s = stream(this);
    s.borrow_mut().after_write().map_err(|e| io_error(vm, e))
}

fn write(vm: &Vm, this: Value, text: Value) -> PyResult {
    if !is_instance(vm, text, vm.types.str) {
        let got = type_of(vm, text).name_str();
        return Err(vm.type_error(&format!("write() argument must be str, not {got}")));
    }
    with_stream(vm, this, |_| Ok(()))?;
    check_writable(vm, this)?;
    push_text(vm, this, text)?;
    after_write(vm, this)?;
    Ok(Owned::fixnum(str::length(text) as i64))
}

fn writelines(vm: &Vm, this: Value, lines: Value) -> PyResult {
    protocol::iter::for_each(vm, lines, |line| write(vm, this, *line).map(drop))?;
    Ok(Owned::none())
}

fn reconfigure(vm: &Vm, this: Value, args: crate::args::Args) -> PyResult {
    for (keyword, v) in args.keywords() {
        let name = str::to_string_lossy(keyword);
        match name.as_str() {
            _ if v.is_none() => {}
            "line_buffering" | "write_through" => {
                let on = protocol::compare::is_true(vm, v)?;
                with_stream(vm, this, |s| {
                    s.flush()?;
                    *(if name == "line_buffering" { &mut s.line_buffered } else { &mut s.unbuffered }) = on;
                    Ok(())
                })?;
            }
            "encoding" | "errors" if is_instance(vm, v, vm.types.str) => {
                let f = file(this);
                let place = if name == "encoding" { &raw mut f.encoding } else { &raw mut f.errors };
                // SAFETY: the field owns its word.
                unsafe { crate::owned::replace(place, Some(v.own())) };
            }
            "newline" => {}
            _ => {
                return Err(
                    vm.type_error(&format!("reconfigure() got an unexpected keyword argument '{name}'"))
                );
            }
        }
    }
    Ok(Owned::none())
}

// ---- reading ----

fn decode(vm: &Vm, this: Value, data: &[u8]) -> PyResult {
    if is_utf8(file(this))
        && let Ok(text) = std::str::from_utf8(data)
    {
        return str::new(vm, text);
    }
    let f = file(this);
    let (encoding, errors) = (f.encoding.own(), f.errors.own());
    let data = bytes::new(vm, data)?;
    protocol::call::method(vm, *data, *vm.names.decode, &[*encoding, *errors])
}

/// `\r\n` and `\r` become `\n`.
fn translated(data: Vec<u8>) -> Vec<u8> {
    if !data.contains(&b'\r') {
        return data;
    }
    let mut out = Vec::with_capacity(data.len());
    let mut bytes = data.into_iter().peekable();
    while let Some(b) = bytes.next() {
        if b == b'\r' {
            bytes.next_if_eq(&b'\n');
            out.push(b'\n');
        } else {
            out.push(b);
        }
    }
    out
}

fn read(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    check_readable(vm, this)?;
    let size = size_argument(vm, args, 0)?;
    let universal = file(this).newline == Newline::Universal;
    let data = match size {
        None => {
            let data = with_stream(vm, this, |s| s.read(None))?;
            if universal { translated(data) } else { data }
        }
        Some(n) => with_stream(vm, this, |s| read_characters(s, n, universal))?,
    };
    decode(vm, this, &data)
}

/// Bytes of the next `n` characters of UTF-8 (bytes of other encodings).
fn read_characters(s: &mut Stream, n: usize, universal: bool) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut count = 0;
    while count < n {
        if s.available().is_empty() && !s.fill()? {
            break;
        }
        let first = s.available()[0];
        let length = match first {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        while s.available().len() < length.max(if first == b'\r' { 2 } else { 1 }) && s.fill()? {}
        let data = s.available();
        let length = length.min(data.len());
        if universal && first == b'\r' {
            out.push(b'\n');
            let pair = data.get(1) == Some(&b'\n');
            s.consume(1 + pair as usize);
        } else {
            out.extend_from_slice(&data[..length]);
            s.consume(length);
        }
        count += 1;
    }
    Ok(out)
}

/// The next line with its end; empty at the end of the file.
fn read_line(s: &mut Stream, newline: Newline, limit: Option<usize>) -> std::io::Result<Vec<u8>> {
    if newline == Newline::Lf {
        return s.read_line(limit);
    }
    let mut searched = 0;
    loop {
        let data = s.available();
        if let Some(i) = data[searched..].iter().position(|b| matches!(b, b'\n' | b'\r')) {
            let end = searched + i;
            if data[end] == b'\r' && end + 1 == data.len() && s.fill()? {
                // The `\n` of a pair may only have arrived now.
                continue;
            }
            let data = s.available();
            let pair = data[end] == b'\r' && data.get(end + 1) == Some(&b'\n');
            let whole = end + 1 + pair as usize;
            if limit.is_some_and(|l| l < whole) {
                return s.read(limit);
            }
            let mut line = data[..whole].to_vec();
            s.consume(whole);
            if newline == Newline::Universal {
                line.truncate(end);
                line.push(b'\n');
            }
            return Ok(line);
        }
        searched = data.len();
        if limit.is_some_and(|l| searched >= l) {
            return s.read(limit);
        }
        if !s.fill()? {
            return s.read(None);
        }
    }
}

fn readline(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    check_readable(vm, this)?;
    let limit = size_argument(vm, args, 0)?;
    let newline = file(this).newline;
    let line = with_stream(vm, this, |s| read_line(s, newline, limit))?;
    decode(vm, this, &line)
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let line = readline(vm, this, &[])?;
    Ok((str::length(*line) > 0).then_some(line))
}

fn readlines(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let hint = size_argument(vm, args, 0)?.filter(|n| *n > 0);
    let (mut lines, mut total) = (Vec::new(), 0);
    while let Some(line) = next(vm, this)? {
        total += str::length(*line);
        lines.push(line);
        if hint.is_some_and(|h| total >= h) {
            break;
        }
    }
    list::new(vm, lines)
}
