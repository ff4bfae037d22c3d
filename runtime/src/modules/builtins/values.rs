//! Functions that turn one value into another.

use taipan_layout::{Kind, Value};

use super::optional;
use crate::args::Args;
use crate::objects::{bytes, exceptions, int, is_instance, is_kind, str, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) fn abs(vm: &Vm, _: Value, x: Value) -> PyResult {
    protocol::number::absolute(vm, x)
}

pub(super) fn ascii(vm: &Vm, _: Value, x: Value) -> PyResult {
    crate::objects::str::ascii_repr(vm, x)
}

/// An integer in base `2^shift` with its prefix.
fn in_base(vm: &Vm, v: Value, radix: u32, prefix: &str) -> PyResult {
    let i = protocol::number::index(vm, v)?;
    let digits = if let Some(n) = int::as_i64(*i) {
        let magnitude = n.unsigned_abs();
        match radix {
            2 => format!("{magnitude:b}"),
            8 => format!("{magnitude:o}"),
            _ => format!("{magnitude:x}"),
        }
    } else {
        let big = int::to_big(*i).ok_or_else(|| vm.system_error("an integer without a value"))?;
        let (_, magnitude) = big.into_parts();
        magnitude.in_radix(radix as u8).to_string()
    };
    let sign = if int::is_negative(*i) { "-" } else { "" };
    str::new(vm, &format!("{sign}{prefix}{digits}"))
}

pub(super) fn bin(vm: &Vm, _: Value, x: Value) -> PyResult {
    in_base(vm, x, 2, "0b")
}
pub(super) fn oct(vm: &Vm, _: Value, x: Value) -> PyResult {
    in_base(vm, x, 8, "0o")
}
pub(super) fn hex(vm: &Vm, _: Value, x: Value) -> PyResult {
    in_base(vm, x, 16, "0x")
}

pub(super) fn breakpoint(vm: &Vm, _: Value, args: Args) -> PyResult {
    match exceptions::print::sys_attribute(vm, "breakpointhook") {
        Some(hook) => protocol::call::with_args(vm, *hook, args),
        None => Err(vm.runtime_error("lost sys.breakpointhook")),
    }
}

pub(super) fn callable(vm: &Vm, _: Value, x: Value) -> PyResult {
    Ok(Owned::bool(protocol::object::is_callable(vm, x)))
}

pub(super) fn chr(vm: &Vm, _: Value, x: Value) -> PyResult {
    let i = protocol::number::index(vm, x)?;
    match int::as_i64(*i).and_then(|n| u32::try_from(n).ok()).filter(|c| *c <= 0x10_FFFF) {
        Some(c) => str::from_char(vm, c),
        None => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

pub(super) fn ord(vm: &Vm, _: Value, x: Value) -> PyResult {
    let length = if is_instance(vm, x, vm.types.str) {
        let n = str::length(x);
        if n == 1 {
            let c = str::view(&x).iter().next().unwrap_or(0);
            return Ok(Owned::fixnum(i64::from(c)));
        }
        n
    } else if is_kind(x, Kind::Bytes) || is_kind(x, Kind::ByteArray) || is_instance(vm, x, vm.types.bytes) {
        let buffer = bytes::buffer(vm, x)?;
        let data = buffer.as_slice();
        if let [only] = data {
            return Ok(Owned::fixnum(i64::from(*only)));
        }
        data.len()
    } else {
        let got = type_of(vm, x).name_str();
        return Err(vm.type_error(&format!("ord() expected string of length 1, but {got} found")));
    };
    Err(vm.type_error(&format!("ord() expected a character, but string of length {length} found")))
}

pub(super) fn divmod(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    protocol::number::divmod(vm, args[0], args[1])
}

pub(super) fn pow(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    protocol::number::power(vm, args[0], args[1], optional(args, 2).unwrap_or(Value::NONE))
}

pub(super) fn format(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let spec = optional(args, 1);
    if let Some(spec) = spec
        && !is_instance(vm, spec, vm.types.str)
    {
        let got = type_of(vm, spec).name_str();
        return Err(vm.type_error(&format!("format() argument 2 must be str, not {got}")));
    }
    protocol::object::format(vm, args[0], spec.unwrap_or(Value::NULL))
}

pub(super) fn hash(vm: &Vm, _: Value, x: Value) -> PyResult {
    let h = protocol::compare::hash(vm, x)?;
    int::new(vm, h)
}

/// Heap objects are identified by their address; immediates by their word, which is never a multiple of 16.
pub(super) fn id(vm: &Vm, _: Value, x: Value) -> PyResult {
    match i64::try_from(x.0) {
        Ok(n) => int::new(vm, n),
        Err(_) => int::from_big(vm, x.0.into()),
    }
}

pub(super) fn repr(vm: &Vm, _: Value, x: Value) -> PyResult {
    protocol::object::repr(vm, x)
}

pub(super) fn round(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let digits = optional(args, 1).filter(|d| !d.is_none());
    let given: &[Value] = match &digits {
        Some(d) => std::slice::from_ref(d),
        None => &[],
    };
    match protocol::call::special_or_none(vm, args[0], *vm.names.__round__, given)? {
        Some(v) => Ok(v),
        None => {
            let got = type_of(vm, args[0]).name_str();
            Err(vm.type_error(&format!("type {got} doesn't define __round__ method")))
        }
    }
}
