//! Binary files.

use taipan_layout::Value;

use super::{
    COMMON_GETSET, COMMON_METHODS, File, check_readable, check_writable, file, size_argument, with_stream,
};
use crate::objects::spec::{MethodSpec, TypeSpec, method, method1, tp_flags};
use crate::objects::{Slots, bytes, int, list, str};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "_io.BufferedRandom",
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
    getset: &COMMON_GETSET,
    ..TypeSpec::DEFAULT
};

static METHODS: [MethodSpec; 19] = {
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
        method("read1", "($self, size=-1, /)", read, ""),
        method1("readinto", "($self, buffer, /)", readinto, ""),
        method("readline", "($self, size=-1, /)", readline, ""),
        method("readlines", "($self, hint=-1, /)", readlines, ""),
        method1("write", "($self, buffer, /)", write, ""),
        method1("writelines", "($self, lines, /)", writelines, ""),
    ]
};

fn repr(vm: &Vm, this: Value) -> PyResult {
    let f = file(this);
    let name = protocol::object::repr_string(vm, f.name)?;
    let mode = str::to_string_lossy(f.mode);
    let class = if mode.contains('+') {
        "BufferedRandom"
    } else if mode.contains('r') {
        "BufferedReader"
    } else {
        "BufferedWriter"
    };
    str::new(vm, &format!("<_io.{class} name={name}>"))
}

fn read(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    check_readable(vm, this)?;
    let size = size_argument(vm, args, 0)?;
    let data = with_stream(vm, this, |s| s.read(size))?;
    bytes::new(vm, &data)
}

fn readinto(vm: &Vm, this: Value, target: Value) -> PyResult {
    check_readable(vm, this)?;
    let mut buffer = bytes::writable_buffer(vm, target)?;
    let room = buffer.as_mut_slice();
    let data = with_stream(vm, this, |s| s.read(Some(room.len())))?;
    room[..data.len()].copy_from_slice(&data);
    int::new(vm, data.len() as i64)
}

fn readline(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    check_readable(vm, this)?;
    let limit = size_argument(vm, args, 0)?;
    let line = with_stream(vm, this, |s| s.read_line(limit))?;
    bytes::new(vm, &line)
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let line = readline(vm, this, &[])?;
    Ok((!bytes::as_slice(&line).is_empty()).then_some(line))
}

fn readlines(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let hint = size_argument(vm, args, 0)?.filter(|n| *n > 0);
    let (mut lines, mut total) = (Vec::new(), 0);
    while let Some(line) = next(vm, this)? {
        total += bytes::as_slice(&line).len();
        lines.push(line);
        if hint.is_some_and(|h| total >= h) {
            break;
        }
    }
    list::new(vm, lines)
}

fn write(vm: &Vm, this: Value, data: Value) -> PyResult {
    let buffer = bytes::buffer(vm, data)?;
    with_stream(vm, this, |_| Ok(()))?;
    check_writable(vm, this)?;
    let bytes = buffer.as_slice();
    with_stream(vm, this, |s| {
        s.push(bytes)?;
        s.after_write()
    })?;
    int::new(vm, bytes.len() as i64)
}

fn writelines(vm: &Vm, this: Value, lines: Value) -> PyResult {
    protocol::iter::for_each(vm, lines, |line| write(vm, this, *line).map(drop))?;
    Ok(Owned::none())
}
