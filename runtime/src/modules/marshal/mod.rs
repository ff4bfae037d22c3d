//! `marshal`: values as bytes, in the format of `.pyc` files (version 5).
//!
//! The frontend has a reader and a writer of its own, for code objects as plain data; these here make and take objects.
//! Files are read through their `readinto`, a part at a time.

use taipan_layout::Value;

mod file;
mod read;
mod write;

use super::NativeModule;
use super::builtins::optional;
use crate::objects::spec::{MethodSpec, function};
use crate::objects::{bytes, str};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

const VERSION: i64 = 5;

pub static MODULE: NativeModule = NativeModule {
    name: "marshal",
    doc: "Reading and writing of Python values in a binary format.\n\nThe format is that of .pyc files and changes with \
          Python's version.",
    functions: FUNCTIONS,
    fill: |vm, m| super::set(vm, m, "version", Value::fixnum(VERSION)),
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "dump",
        "($module, value, file, version=version, /, *, allow_code=True)",
        dump,
        "Write the value on the open file.",
    ),
    function(
        "load",
        "($module, file, /, *, allow_code=True)",
        load_file,
        "Read one value from the open file and return it.",
    ),
    function(
        "dumps",
        "($module, value, version=version, /, *, allow_code=True)",
        dumps,
        "Return the bytes object that would be written to a file by dump(value, file).",
    ),
    function(
        "loads",
        "($module, bytes, /, *, allow_code=True)",
        loads,
        "Convert the bytes-like object to a value.",
    ),
];

/// The value at the start of `data`; with `filename`, code objects say that they come from there.
pub fn load(vm: &Vm, data: &[u8], filename: Option<&str>) -> PyResult {
    read::load(vm, data, filename.map(|f| str::intern(vm, f)), true)
}

/// A module, or a function, of the embedded library, whose inner functions are read when they are first needed.
pub fn load_fixed(vm: &Vm, data: &'static [u8], filename: Option<Owned>) -> PyResult {
    read::load_fixed(vm, data, filename)
}

/// The first constant of a function of the embedded library, when it is a text.
pub fn first_constant(vm: &Vm, code: &'static [u8]) -> PyResult<Option<Owned>> {
    read::first_constant(vm, code)
}

fn dump(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let data = dumps(vm, Value::NULL, &[args[0], args[2], args[3]])?;
    protocol::call::method(vm, args[1], *vm.names.write, &[*data])
}

fn load_file(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let allow_code = is_code_allowed(vm, args, 1)?;
    let data = file::gather(vm, args[0])?;
    read::load(vm, &data, None, allow_code)
}

fn is_code_allowed(vm: &Vm, args: &[Value], index: usize) -> PyResult<bool> {
    optional(args, index).map_or(Ok(true), |v| protocol::compare::is_true(vm, v))
}

fn dumps(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let allow_code = is_code_allowed(vm, args, 2)?;
    let version = match optional(args, 1) {
        Some(v) => i64::from(protocol::index::to_i32(vm, v)?),
        None => VERSION,
    };
    bytes::new(vm, &write::dump(vm, args[0], version, allow_code)?)
}

fn loads(vm: &Vm, _: Value, args: &[Value]) -> PyResult<Owned> {
    let allow_code = is_code_allowed(vm, args, 1)?;
    let data = bytes::buffer(vm, args[0])?;
    read::load(vm, data.as_slice(), None, allow_code)
}
