//! `bytes(source, encoding, errors)` and `bytearray(…)`: bytes from text, sizes, buffers and iterables.

use taipan_layout::{Kind, Value};

use super::buffer::{any_buffer, is_bytes_like};
use super::object::{as_slice, is_bytes};
use crate::args::Args;
use crate::objects::str::{self, args as text_args, codec};
use crate::objects::{is_kind, list, tuple, type_of};
use crate::owned::{Counted, PyResult};
use crate::protocol;
use crate::signature::unexpected_keyword;
use crate::vm::Vm;

/// The arguments of the two constructors; NULL where omitted.
pub(super) fn arguments(vm: &Vm, name: &str, args: Args) -> PyResult<[Value; 3]> {
    let pos = args.pos();
    let given = pos.len() + args.keyword_count();
    if given > 3 {
        return Err(vm.type_error(&format!("{name}() takes at most 3 arguments ({given} given)")));
    }
    let mut values = [Value::NULL; 3];
    values[..pos.len()].copy_from_slice(pos);
    for (keyword, value) in args.keywords() {
        let key = str::to_string_lossy(keyword);
        let names = ["source", "encoding", "errors"];
        let Some(at) = names.iter().position(|n| *n == key) else {
            return Err(unexpected_keyword(vm, name, keyword, names));
        };
        if !values[at].is_null() {
            return Err(vm.type_error(&format!(
                "argument for {name}() given by name ('{key}') and position ({})",
                at + 1
            )));
        }
        values[at] = value;
    }
    for (at, what) in [(1, "encoding"), (2, "errors")] {
        if !values[at].is_null() {
            text_args::expect_named_str(vm, values[at], name, what)?;
        }
    }
    Ok(values)
}

/// The bytes that the arguments ask for; `type_name` is for messages.
pub(super) fn contents(
    vm: &Vm,
    type_name: &str,
    [source, encoding, errors]: [Value; 3],
) -> PyResult<Vec<u8>> {
    if source.is_null() {
        if !encoding.is_null() {
            return Err(vm.type_error("encoding without a string argument"));
        }
        if !errors.is_null() {
            return Err(vm.type_error("errors without a string argument"));
        }
        return Ok(Vec::new());
    }
    if str::is_str(vm, source) {
        if encoding.is_null() {
            return Err(vm.type_error("string argument without an encoding"));
        }
        let encoding = str::to_string_lossy(encoding);
        let errors = if errors.is_null() { "strict".to_owned() } else { str::to_string_lossy(errors) };
        let encoded = codec::encode(vm, source, &encoding, &errors)?;
        return Ok(as_slice(&encoded).to_vec());
    }
    if !encoding.is_null() {
        return Err(vm.type_error("encoding without a string argument"));
    }
    if !errors.is_null() {
        return Err(vm.type_error("errors without a string argument"));
    }
    if type_of(vm, source).slots().index.is_some() && !is_bytes(vm, source) {
        return zeroes(vm, source);
    }
    from_object(vm, type_name, source)
}

/// Whether the only argument is an iterable that has to be asked for one integer after the other.
pub(super) fn is_iterable_only(vm: &Vm, [source, encoding, errors]: [Value; 3]) -> bool {
    let slots = |v| type_of(vm, v).slots();
    !source.is_null()
        && encoding.is_null()
        && errors.is_null()
        && !str::is_str(vm, source)
        && !is_bytes_like(vm, source)
        && !is_kind(source, Kind::List)
        && !is_kind(source, Kind::Tuple)
        && slots(source).index.is_none()
        && (slots(source).iter.is_some() || slots(source).get_item.is_some())
}

/// As many zero bytes as the integer says.
fn zeroes(vm: &Vm, size: Value) -> PyResult<Vec<u8>> {
    let n = protocol::index::to_isize(vm, size)?;
    if n < 0 {
        return Err(vm.value_error("negative count"));
    }
    let mut v = Vec::new();
    if v.try_reserve_exact(n as usize).is_err() {
        return Err(vm.memory_error());
    }
    v.resize(n as usize, 0);
    Ok(v)
}

/// The bytes of a bytes-like object or of an iterable of integers.
pub(super) fn from_object(vm: &Vm, type_name: &str, source: Value) -> PyResult<Vec<u8>> {
    let complaint =
        if type_name == "bytes" { "bytes must be in range(0, 256)" } else { "byte must be in range(0, 256)" };
    if is_bytes_like(vm, source) {
        return Ok(any_buffer(vm, source)?.as_slice().to_vec());
    }
    if str::is_str(vm, source) {
        return Err(vm.type_error(&format!("cannot convert 'str' object to {type_name}")));
    }
    if is_kind(source, Kind::List) || is_kind(source, Kind::Tuple) {
        return from_sequence(vm, source, complaint);
    }
    if type_of(vm, source).slots().iter.is_none() && type_of(vm, source).slots().get_item.is_none() {
        let got = type_of(vm, source).name_str();
        return Err(vm.type_error(&format!("cannot convert '{got}' object to {type_name}")));
    }
    let mut out = Vec::with_capacity(protocol::iter::length_hint(vm, source, 32)?.min(1 << 20));
    protocol::iter::for_each(vm, source, |item| {
        out.push(byte_or(vm, *item, complaint)?);
        Ok(())
    })?;
    Ok(out)
}

/// An exact list or tuple, whose `__index__` methods may change its length while this looks.
fn from_sequence(vm: &Vm, source: Value, complaint: &str) -> PyResult<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let items = if is_kind(source, Kind::List) { list::items(&source) } else { tuple::items(&source) };
        let Some(item) = items.get(out.len()) else { return Ok(out) };
        let b = match *item {
            v if v.is_fixnum() && (0..256).contains(&v.as_fixnum()) => v.as_fixnum() as u8,
            v => byte_or(vm, *v.own(), complaint)?,
        };
        out.push(b);
    }
}

/// An integer argument in `range(256)`.
pub(super) fn byte_value(vm: &Vm, v: Value) -> PyResult<u8> {
    byte_or(vm, v, "byte must be in range(0, 256)")
}

fn byte_or(vm: &Vm, v: Value, complaint: &str) -> PyResult<u8> {
    let n = if v.is_fixnum() { v.as_fixnum() as isize } else { protocol::index::to_isize_clamped(vm, v)? };
    u8::try_from(n).map_err(|_| vm.value_error(complaint))
}
