//! `BufferedRWPair`: one stream to read from and another to write to.

use taipan_layout::Value;

use super::super::base::{self, stream};
use super::super::{call, then};
use crate::args::Args;
use crate::modules::native::{self, Dict, native_data};
use crate::objects::Slots;
use crate::objects::spec::{TypeSpec, getter, method0, raw_method};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
#[derive(Default)]
pub struct Pair {
    dict: Dict,
    reader: Option<Owned>,
    writer: Option<Owned>,
}
native_data!(Pair: dict, reader, writer);

const SIGNATURE: &str = "(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)";

pub static BUFFERED_RW_PAIR: TypeSpec = TypeSpec {
    name: "_io.BufferedRWPair",
    base: Some(|t| t.io_buffered_base),
    doc: "A buffered reader and writer object together.",
    signature: SIGNATURE,
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, Pair::default())),
        init: Some(init),
        ..native::slots::<Pair>()
    },
    methods: &[
        raw_method("read", "", |vm, this, args| forward(vm, reader(vm, this)?, *vm.names.read, args), ""),
        raw_method("peek", "", |vm, this, args| forward(vm, reader(vm, this)?, *vm.names.peek, args), ""),
        raw_method("read1", "", |vm, this, args| forward(vm, reader(vm, this)?, *vm.names.read1, args), ""),
        raw_method(
            "readinto",
            "",
            |vm, this, args| forward(vm, reader(vm, this)?, *vm.names.readinto, args),
            "",
        ),
        raw_method(
            "readinto1",
            "",
            |vm, this, args| forward(vm, reader(vm, this)?, *vm.names.readinto1, args),
            "",
        ),
        raw_method("write", "", |vm, this, args| forward(vm, writer(vm, this)?, *vm.names.write, args), ""),
        method0("flush", |vm, this| call(vm, *writer(vm, this)?, *vm.names.flush, &[]), ""),
        method0("readable", |vm, this| call(vm, *reader(vm, this)?, *vm.names.readable, &[]), ""),
        method0("writable", |vm, this| call(vm, *writer(vm, this)?, *vm.names.writable, &[]), ""),
        method0("close", close, ""),
        method0("isatty", isatty, ""),
    ],
    getset: &[getter("closed", |vm, this| protocol::attr::get(vm, *writer(vm, this)?, *vm.names.closed), "")],
    ..stream::<Pair>()
};

fn part(vm: &Vm, part: &Option<Owned>) -> PyResult {
    match part {
        Some(part) => Ok(part.clone()),
        None => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}

fn reader(vm: &Vm, this: Value) -> PyResult {
    part(vm, &native::data::<Pair>(this).reader)
}

fn writer(vm: &Vm, this: Value) -> PyResult {
    part(vm, &native::data::<Pair>(this).writer)
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let ([raw_reader, raw_writer, size], _keep) = native::bind(vm, "BufferedRWPair", SIGNATURE, args)?;
    let size: &[Value] = if size.is_null() { &[] } else { &[size] };
    base::check_readable(vm, raw_reader)?;
    base::check_writable(vm, raw_writer)?;
    let make = |ty: crate::objects::TypeRef, raw: Value| {
        let args: Vec<Value> = [raw].iter().chain(size).copied().collect();
        protocol::call::positional(vm, ty.value(), &args)
    };
    let reader = make(vm.types.io_reader, raw_reader)?;
    let writer = make(vm.types.io_writer, raw_writer)?;
    let pair = native::data::<Pair>(this);
    let old = (pair.reader.replace(reader), pair.writer.replace(writer));
    drop(old);
    Ok(())
}

fn forward(vm: &Vm, to: Owned, name: Value, args: Args) -> PyResult {
    let method = protocol::attr::get(vm, *to, name)?;
    protocol::call::with_args(vm, *method, args)
}

fn close(vm: &Vm, this: Value) -> PyResult {
    let closed = writer(vm, this).and_then(|w| call(vm, *w, *vm.names.close, &[]));
    then(vm, closed, || call(vm, *reader(vm, this)?, *vm.names.close, &[]))
}

fn isatty(vm: &Vm, this: Value) -> PyResult {
    let answer = call(vm, *writer(vm, this)?, *vm.names.isatty, &[])?;
    if *answer != Value::FALSE {
        return Ok(answer);
    }
    call(vm, *reader(vm, this)?, *vm.names.isatty, &[])
}
