//! The type `bytes`: its slots and methods.

use taipan_layout::{Kind, Value};
use taipan_text::escape;

use super::object::{self, as_slice};
use super::{construct, hex, sequence, shared};
use crate::args::Args;
use crate::objects::spec::{MethodSpec, class_method};
use crate::objects::str::{self, percent};
use crate::objects::{Slots, TypeRef, TypeSpec, is_instance, tp_flags, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

fn slot_repr(vm: &Vm, this: Value) -> PyResult {
    str::new(vm, &escape::bytes_repr(as_slice(&this)))
}

fn new(vm: &Vm, class: Value, args: Args) -> PyResult {
    let given = construct::arguments(vm, "bytes", args)?;
    let class = TypeRef::from_value(vm, class).unwrap_or(vm.types.bytes);
    let [source, encoding, errors] = given;
    if !source.is_null() && encoding.is_null() && errors.is_null() {
        if object::is_exact(source) && class == vm.types.bytes {
            return Ok(source.own());
        }
        let hook = protocol::attr::lookup_special(vm, source, *vm.names.__bytes__)?;
        if let Some(hook) = hook {
            let made = protocol::call::positional(vm, *hook, &[])?;
            if !object::is_bytes(vm, *made) {
                let got = type_of(vm, *made).name_str();
                return Err(vm.type_error(&format!("__bytes__ returned non-bytes (type {got})")));
            }
            if class == vm.types.bytes {
                return Ok(made);
            }
            return object::new_of_class(vm, class, as_slice(&made));
        }
    }
    let contents = construct::contents(vm, "bytes", given)?;
    object::new_of_class(vm, class, &contents)
}

/// `format % args`, and `value % bytes` for bytes on the right only.
pub(super) fn remainder(vm: &Vm, a: Value, b: Value) -> PyResult {
    if !object::is_bytes(vm, a) && !is_instance(vm, a, vm.types.bytearray) {
        return Ok(Owned::not_implemented());
    }
    let format = super::buffer(vm, a)?;
    let out = percent::format_bytes(vm, format.as_slice(), b)?;
    shared::like(vm, a, &out)
}

fn sizeof(_: &Vm, this: Value) -> PyResult {
    Ok(Owned::fixnum(33 + as_slice(&this).len() as i64))
}

fn getnewargs(vm: &Vm, this: Value) -> PyResult {
    let bytes = object::to_exact(vm, this)?;
    tuple::from_slice(vm, &[*bytes])
}

fn method_bytes(vm: &Vm, this: Value) -> PyResult {
    object::to_exact(vm, this)
}

fn fromhex(vm: &Vm, class: Value, args: &[Value]) -> PyResult {
    let bytes = hex::parse(vm, args[0])?;
    let made = object::new(vm, &bytes)?;
    hex::of_class(vm, class, made)
}

pub(super) const SUB: &str = "($self, sub[, start[, end]], /)";

/// The methods of both `bytes` and `bytearray`, after those given.
macro_rules! with_shared_methods {
    ($($own:expr),* $(,)?) => {{
        use $crate::objects::bytes::methods::SUB;
        use $crate::objects::bytes::{hex, shared};
        use $crate::objects::spec::{method, method0, method1, static_method};
        use $crate::objects::str::codec;
        [
            $($own,)*
            method0("capitalize", shared::capitalize, "A copy with its first letter in upper case and the rest in lower case."),
            method("center", "($self, width, fillchar=b' ', /)", shared::center, "A copy in the middle of a field of the given width."),
            method("count", SUB, shared::count, "Number of occurrences of sub in B[start:end] that do not overlap."),
            method("decode", "($self, /, encoding='utf-8', errors='strict')", codec::method_decode, "The text that the bytes encode."),
            method("endswith", "($self, suffix[, start[, end]], /)", shared::endswith, "Whether the bytes end with the suffix, or one of a tuple of them."),
            method("expandtabs", "($self, /, tabsize=8)", shared::expandtabs, "A copy with tabs replaced by spaces up to the next tab stop."),
            method("find", SUB, shared::find, "Lowest index of sub in B[start:end], or -1."),
            method("hex", "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", hex::method_hex, "The bytes in hexadecimal digits.\n\n\
         With sep, a character, groups of bytes_per_sep bytes are set apart: counted from the right,\n\
         from the left when the number is negative.\n\n\
         >>> b'Zq\\x07'.hex()\n'5a7107'\n>>> bytearray(b'Zq\\x07').hex('-')\n'5a-71-07'\n\
         >>> b'Zq\\x07'.hex('.', 2)\n'5a.7107'\n>>> b'Zq\\x07'.hex('.', -2)\n'5a71.07'"),
            method("index", SUB, shared::index, "Lowest index of sub in B[start:end]; ValueError when there is none."),
            method0("isalnum", shared::isalnum, "Whether all bytes are ASCII letters or digits, and there is one."),
            method0("isalpha", shared::isalpha, "Whether all bytes are ASCII letters, and there is one."),
            method0("isascii", shared::isascii, "Whether all bytes are ASCII."),
            method0("isdigit", shared::isdigit, "Whether all bytes are ASCII digits, and there is one."),
            method0("islower", shared::islower, "Whether all ASCII letters are lower case, and there is one."),
            method0("isspace", shared::isspace, "Whether all bytes are ASCII whitespace, and there is one."),
            method0("istitle", shared::istitle, "Whether words begin in upper case and go on in lower case."),
            method0("isupper", shared::isupper, "Whether all ASCII letters are upper case, and there is one."),
            method1("join", "($self, iterable_of_bytes, /)", shared::join, "The bytes of the iterable's items with these between them."),
            method("ljust", "($self, width, fillchar=b' ', /)", shared::ljust, "A copy at the left of a field of the given width."),
            method0("lower", shared::lower, "A copy with ASCII letters in lower case."),
            method("lstrip", "($self, bytes=None, /)", shared::lstrip, "A copy without whitespace (or the given bytes) at its start."),
            static_method("maketrans", "(frm, to, /)", shared::maketrans, "A table for translate()."),
            method1("partition", "($self, sep, /)", shared::partition, "The parts before, of and after the first separator."),
            method1("removeprefix", "($self, prefix, /)", shared::removeprefix, "A copy without the prefix, if there is one."),
            method1("removesuffix", "($self, suffix, /)", shared::removesuffix, "A copy without the suffix, if there is one."),
            method("replace", "($self, old, new, count=-1, /)", shared::replace, "A copy with occurrences of old replaced by new."),
            method("rfind", SUB, shared::rfind, "Highest index of sub in B[start:end], or -1."),
            method("rindex", SUB, shared::rindex, "Highest index of sub in B[start:end]; ValueError when there is none."),
            method("rjust", "($self, width, fillchar=b' ', /)", shared::rjust, "A copy at the right of a field of the given width."),
            method1("rpartition", "($self, sep, /)", shared::rpartition, "The parts before, of and after the last separator."),
            method("rsplit", "($self, /, sep=None, maxsplit=-1)", shared::rsplit, "The parts between separators, splitting from the right."),
            method("rstrip", "($self, bytes=None, /)", shared::rstrip, "A copy without whitespace (or the given bytes) at its end."),
            method("split", "($self, /, sep=None, maxsplit=-1)", shared::split, "The parts between separators, or between runs of whitespace."),
            method("splitlines", "($self, /, keepends=False)", shared::splitlines, "The lines of the bytes."),
            method("startswith", "($self, prefix[, start[, end]], /)", shared::startswith, "Whether the bytes start with the prefix, or one of a tuple of them."),
            method("strip", "($self, bytes=None, /)", shared::strip, "A copy without whitespace (or the given bytes) at its ends."),
            method0("swapcase", shared::swapcase, "A copy with the case of ASCII letters exchanged."),
            method0("title", shared::title, "A copy with every word beginning in upper case."),
            method("translate", "($self, table, /, delete=b'')", shared::translate, "A copy with bytes replaced as the table says, and without the deleted ones."),
            method0("upper", shared::upper, "A copy with ASCII letters in upper case."),
            method1("zfill", "($self, width, /)", shared::zfill, "A number padded with zeroes after its sign."),
        ]
    }};
}
pub(super) use with_shared_methods;

static METHODS: &[MethodSpec] = &with_shared_methods![
    method0("__bytes__", method_bytes, "The bytes as an exact bytes object."),
    method0("__getnewargs__", getnewargs, ""),
    method0("__sizeof__", sizeof, "Size of the object in memory, in bytes."),
    class_method(
        "fromhex",
        "($type, string, /)",
        fromhex,
        "The bytes that pairs of hexadecimal digits stand for."
    ),
];

pub static SPEC: TypeSpec = TypeSpec {
    name: "bytes",
    basicsize: size_of::<taipan_layout::objects::Bytes>(),
    itemsize: 1,
    kind: Kind::Bytes,
    flags: tp_flags::BASETYPE | tp_flags::BYTES_SUBCLASS | tp_flags::MATCH_SELF,
    doc: "bytes(source, encoding, errors)\n\nAn immutable sequence of bytes.",
    slots: Slots {
        repr: Some(slot_repr),
        str: Some(|vm, this| {
            sequence::warn_of_text(vm, "bytes")?;
            slot_repr(vm, this)
        }),
        hash: Some(|vm, this| Ok(object::hash(vm, this))),
        richcompare: Some(sequence::rich_compare),
        iter: Some(sequence::iter),
        new: Some(new),
        remainder: Some(remainder),
        len: Some(|_, this| Ok(as_slice(&this).len())),
        concat: Some(sequence::concat),
        repeat: Some(sequence::repeat),
        contains: Some(shared::contains),
        get_item: Some(sequence::get_item),
        buffer: Some(|_, this| Ok(super::buffer::of_bytes(this))),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};
