//! The type's declaration: named methods and attributes.

use dashu_int::IBig;
use taipan_layout::{Kind, Value};
use taipan_text::int::{self as big, ByteOrder};

use super::format::format_int;
use super::slots::exact_copy;
use super::{Int, IntSubclass, arith, from_big, from_usize, new, payload, view};
use crate::objects::spec::{class_method, getter, method, method0, method1, tp_flags};
use crate::objects::{TypeSpec, bytes, is_instance, str, tuple, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "int",
    basicsize: size_of::<IntSubclass>(),
    itemsize: 4,
    // What is exact and not immediate gets `Kind::Int` when it is made; instances of subclasses keep this one.
    kind: Kind::Other,
    flags: tp_flags::BASETYPE | tp_flags::MATCH_SELF | tp_flags::LONG_SUBCLASS,
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\n\
          The number x without its fraction, or the integer that a text spells in a base from 2 to 36.\n\
          Base 0 takes the base from the text's prefix, as in source code.\n\n\
          >>> int('0x1f', base=0)\n31\n>>> int('-kiwi', 36)\n-957618",
    slots: super::slots::SLOTS,
    methods: &[
        method0("__ceil__", exact_copy, "The int itself."),
        method0("__floor__", exact_copy, "The int itself."),
        method0("__trunc__", exact_copy, "The int itself."),
        method1("__format__", "($self, format_spec, /)", format_int, "The text that format_spec describes."),
        method0("__getnewargs__", getnewargs, ""),
        method(
            "__round__",
            "($self, ndigits=None, /)",
            round,
            "The int itself; with negative ndigits the nearest multiple of 10**-ndigits, ties to even.",
        ),
        method0("__sizeof__", sizeof, "Size in memory, in bytes."),
        method0(
            "as_integer_ratio",
            as_integer_ratio,
            "The pair of the int and 1.\n\n\
             >>> (-42).as_integer_ratio()\n(-42, 1)\n>>> True.as_integer_ratio()\n(1, 1)",
        ),
        method0(
            "bit_count",
            bit_count,
            "Number of ones in the binary form of the absolute value.\n\n\
             >>> bin(84)\n'0b1010100'\n>>> (84).bit_count()\n3\n>>> (-84).bit_count()\n3",
        ),
        method0(
            "bit_length",
            bit_length,
            "Number of bits of the absolute value.\n\n\
             >>> bin(84)\n'0b1010100'\n>>> (84).bit_length()\n7\n>>> (0).bit_length()\n0",
        ),
        method0("conjugate", exact_copy, "The int itself."),
        method0("is_integer", |_, _| Ok(Owned::bool(true)), "True: as float.is_integer."),
        method(
            "to_bytes",
            "($self, /, length=1, byteorder='big', *, signed=False)",
            to_bytes,
            "The int as length bytes; OverflowError when it does not fit.",
        ),
        class_method(
            "from_bytes",
            "($type, /, bytes, byteorder='big', *, signed=False)",
            from_bytes,
            "The int that the bytes are the representation of.",
        ),
    ],
    getset: &[
        getter("real", exact_copy, "the part without i"),
        getter("imag", |_, _| Ok(Owned::fixnum(0)), "the part with i"),
        getter("numerator", exact_copy, "the number itself"),
        getter("denominator", |_, _| Ok(Owned::fixnum(1)), "one, for an integer"),
    ],
    ..TypeSpec::DEFAULT
};

fn getnewargs(vm: &Vm, this: Value) -> PyResult {
    tuple::from_slice(vm, &[payload(this)])
}

fn round(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let this = payload(this);
    if args[0].is_null() || args[0].is_none() {
        return exact_copy(vm, this);
    }
    let ndigits = protocol::number::index(vm, args[0])?;
    if !view(*ndigits).is_negative() {
        return exact_copy(vm, this);
    }
    let result = big::round(&view(this).operand(), &view(*ndigits).operand());
    from_big(vm, arith::check(vm, result)?)
}

/// As CPython counts: 30 bits in each 4-byte digit, one digit at least.
fn sizeof(vm: &Vm, this: Value) -> PyResult {
    let digits = view(payload(this)).bit_len().div_ceil(30).max(1);
    let base = type_of(vm, this).head.basicsize as usize;
    from_usize(vm, base + 4 * digits)
}

fn as_integer_ratio(vm: &Vm, this: Value) -> PyResult {
    tuple::from_slice(vm, &[payload(this), Value::fixnum(1)])
}

fn bit_count(vm: &Vm, this: Value) -> PyResult {
    match view(payload(this)) {
        Int::Small(i) => new(vm, i.unsigned_abs().count_ones().into()),
        Int::Big(b) => from_usize(vm, big::bit_count(b)),
    }
}

fn bit_length(vm: &Vm, this: Value) -> PyResult {
    from_usize(vm, view(payload(this)).bit_len())
}

/// The `byteorder` and `signed` arguments.
fn representation(vm: &Vm, function: &str, order: Value, signed: Value) -> PyResult<(ByteOrder, bool)> {
    let order = if order.is_null() {
        ByteOrder::Big
    } else if !is_instance(vm, order, vm.types.str) {
        let got = type_of(vm, order).name_str();
        return Err(vm.type_error(&format!("{function}() argument 'byteorder' must be str, not {got}")));
    } else {
        match str::as_str(&order).as_deref() {
            Some("big") => ByteOrder::Big,
            Some("little") => ByteOrder::Little,
            _ => return Err(vm.value_error("byteorder must be either 'little' or 'big'")),
        }
    };
    let signed = !signed.is_null() && protocol::compare::is_true(vm, signed)?;
    Ok((order, signed))
}

fn to_bytes(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let length = if args[0].is_null() { Owned::fixnum(1) } else { protocol::number::index(vm, args[0])? };
    let Some(length) = super::as_i64(*length) else {
        return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
    };
    let (order, signed) = representation(vm, "to_bytes", args[1], args[2])?;
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    let result = big::to_bytes(&view(payload(this)).operand(), length, order, signed);
    bytes::new(vm, &arith::check(vm, result)?)
}

fn from_bytes(vm: &Vm, cls: Value, args: &[Value]) -> PyResult {
    let (order, signed) = representation(vm, "from_bytes", args[1], args[2])?;
    let value = with_bytes(vm, args[0], |bytes| big::from_bytes(bytes, order, signed))?;
    let value = from_big(vm, value)?;
    if cls == vm.types.int.value() {
        return Ok(value);
    }
    protocol::call::positional(vm, cls, &[*value])
}

/// What `bytes(source)` would hold, but for a count: `__bytes__`, a buffer, or an iterable of small ints.
fn with_bytes(vm: &Vm, source: Value, read: impl FnOnce(&[u8]) -> IBig) -> PyResult<IBig> {
    if bytes::is_exact(source) {
        return Ok(read(bytes::as_slice(&source)));
    }
    if let Some(converted) = protocol::call::special(vm, source, *vm.names.__bytes__, &[])? {
        if !bytes::is_bytes(vm, *converted) {
            let got = type_of(vm, *converted).name_str();
            return Err(vm.type_error(&format!("__bytes__ returned non-bytes (type {got})")));
        }
        return Ok(read(bytes::as_slice(&converted)));
    }
    if bytes::is_bytes_like(vm, source) {
        return Ok(read(bytes::any_buffer(vm, source)?.as_slice()));
    }
    let ty = type_of(vm, source);
    let slots = ty.slots();
    let iterable = slots.iter.is_some() || slots.get_item.is_some();
    if !iterable || is_instance(vm, source, vm.types.str) {
        let got = type_of(vm, source).name_str();
        return Err(vm.type_error(&format!("cannot convert '{got}' object to bytes")));
    }
    let mut collected = Vec::new();
    protocol::iter::for_each(vm, source, |item| {
        let item = protocol::number::index(vm, *item)?;
        let byte = super::as_i64(*item).and_then(|i| u8::try_from(i).ok());
        match byte {
            Some(byte) => collected.push(byte),
            None => return Err(vm.value_error("bytes must be in range(0, 256)")),
        }
        Ok(())
    })?;
    Ok(read(&collected))
}
