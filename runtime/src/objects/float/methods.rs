//! The type's declaration: named methods and attributes.

use taipan_layout::objects::Float;
use taipan_layout::{Kind, Value};
use taipan_text::float as algorithms;

use super::slots::{exact_copy, own, trunc, whole_to_int};
use super::{construct, is_exact, new};
use crate::objects::int::{self, arith};
use crate::objects::spec::{class_method1, getter, method, method0, method1, tp_flags};
use crate::objects::{TypeSpec, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "float",
    basicsize: size_of::<Float>(),
    kind: Kind::Float,
    flags: tp_flags::BASETYPE | tp_flags::MATCH_SELF,
    doc: "The floating-point number that x is or spells.",
    signature: "(x=0, /)",
    slots: super::slots::SLOTS,
    methods: &[
        method0("__ceil__", |vm, v| whole_to_int(vm, own(v).ceil()), "The smallest int that is not less."),
        method0(
            "__floor__",
            |vm, v| whole_to_int(vm, own(v).floor()),
            "The largest int that is not greater.",
        ),
        method0("__trunc__", trunc, "The int without the fraction."),
        method1("__format__", "($self, format_spec, /)", format, "The text that format_spec describes."),
        method0("__getnewargs__", getnewargs, ""),
        method(
            "__round__",
            "($self, ndigits=None, /)",
            round,
            "The nearest int, ties to even; with ndigits a float with that many decimals.",
        ),
        method0(
            "as_integer_ratio",
            as_integer_ratio,
            "Numerator and positive denominator in lowest terms.\n\n\
             >>> (0.375).as_integer_ratio()\n(3, 8)\n>>> (-12.0).as_integer_ratio()\n(-12, 1)",
        ),
        method0("conjugate", exact_copy, "The float itself."),
        method0(
            "hex",
            |vm, v| str::new(vm, &algorithms::to_hex(own(v))),
            "The value in hexadecimal notation.\n\n\
             >>> (10.5).hex()\n'0x1.5000000000000p+3'\n>>> (-0.2).hex()\n'-0x1.999999999999ap-3'",
        ),
        method0(
            "is_integer",
            |_, v| Ok(Owned::bool(algorithms::is_integer(own(v)))),
            "Whether there is no fraction.",
        ),
        class_method1("from_number", "($type, number, /)", from_number, "The float of a real number."),
        class_method1(
            "fromhex",
            "($type, string, /)",
            fromhex,
            "The float that hexadecimal notation spells.\n\n\
             >>> float.fromhex('0x1.4p3')\n10.0\n>>> float.fromhex('-a.8')\n-10.5",
        ),
        class_method1(
            "__getformat__",
            "($type, typestr, /)",
            getformat,
            "The format of C's 'double' or 'float'; for tests.",
        ),
    ],
    getset: &[
        getter("real", exact_copy, "the part without i"),
        getter("imag", |vm, _| new(vm, 0.0), "the part with i"),
    ],
    ..TypeSpec::DEFAULT
};

fn getnewargs(vm: &Vm, this: Value) -> PyResult {
    let value = new(vm, own(this))?;
    tuple::from_slice(vm, &[*value])
}

fn round(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let value = own(this);
    if args[0].is_null() || args[0].is_none() {
        return whole_to_int(vm, value.round_ties_even());
    }
    let ndigits = protocol::number::index(vm, args[0])?;
    let ndigits = int::as_i64(*ndigits)
        .unwrap_or_else(|| if int::view(*ndigits).is_negative() { i64::MIN } else { i64::MAX });
    new(vm, arith::check(vm, algorithms::round(value, ndigits))?)
}

fn as_integer_ratio(vm: &Vm, this: Value) -> PyResult {
    let (numerator, denominator) = arith::check(vm, algorithms::as_integer_ratio(own(this)))?;
    let (numerator, denominator) = (int::from_big(vm, numerator)?, int::from_big(vm, denominator)?);
    tuple::from_slice(vm, &[*numerator, *denominator])
}

/// A class method's result: made by calling the class when it is not `float` itself.
fn for_class(vm: &Vm, cls: Value, value: f64) -> PyResult {
    let value = new(vm, value)?;
    if cls == vm.types.float.value() {
        return Ok(value);
    }
    protocol::call::positional(vm, cls, &[*value])
}

fn from_number(vm: &Vm, cls: Value, number: Value) -> PyResult {
    if is_exact(number) && cls == vm.types.float.value() {
        return Ok(number.own());
    }
    for_class(vm, cls, construct::real_number(vm, number)?)
}

fn fromhex(vm: &Vm, cls: Value, text: Value) -> PyResult {
    if !is_instance(vm, text, vm.types.str) {
        return Err(vm.type_error("bad argument type for built-in operation"));
    }
    let result = algorithms::from_hex(str::to_string_lossy(text).as_bytes());
    for_class(vm, cls, arith::check(vm, result)?)
}

fn getformat(vm: &Vm, _: Value, which: Value) -> PyResult {
    if !is_instance(vm, which, vm.types.str) {
        let got = type_of(vm, which).name_str();
        return Err(vm.type_error(&format!("__getformat__() argument must be str, not {got}")));
    }
    match str::as_str(&which).as_deref() {
        Some("double" | "float") if cfg!(target_endian = "little") => str::new(vm, "IEEE, little-endian"),
        Some("double" | "float") => str::new(vm, "IEEE, big-endian"),
        _ => Err(vm.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
    }
}

fn format(vm: &Vm, this: Value, spec: Value) -> PyResult {
    int::format::format_float(vm, this, own(this), spec)
}
