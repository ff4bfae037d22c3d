//! The type `bytes`: its slots and methods.

use taipan_layout::{Kind, Value};
use taipan_text::escape;

use super::object::{self, as_slice};
use super::{construct, sequence};
use crate::args::Args;
use crate::objects::spec::{MethodSpec, method};
use crate::objects::str::{self, codec};
use crate::objects::{Slots, TypeRef, TypeSpec, tp_flags, type_of};
use crate::owned::{Counted, PyResult};
use crate::protocol;
use crate::vm::Vm;

fn slot_repr(vm: &Vm, this: Value) -> PyResult {
    str::new(vm, &escape::bytes_repr(as_slice(&this)))
}

fn contains(vm: &Vm, this: Value, item: Value) -> PyResult<bool> {
    super::sequence::contains(vm, as_slice(&this), item)
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

static METHODS: &[MethodSpec] = &[method(
    "decode",
    "($self, /, encoding='utf-8', errors='strict')",
    codec::method_decode,
    "The text that the bytes encode.",
)];

pub static SPEC: TypeSpec = TypeSpec {
    name: "bytes",
    basicsize: size_of::<taipan_layout::objects::Bytes>(),
    itemsize: 1,
    kind: Kind::Bytes,
    flags: tp_flags::BASETYPE | tp_flags::BYTES_SUBCLASS | tp_flags::MATCH_SELF,
    doc: "bytes(source, encoding, errors)\n\nAn immutable sequence of bytes.",
    slots: Slots {
        repr: Some(slot_repr),
        str: Some(slot_repr),
        hash: Some(|vm, this| Ok(object::hash(vm, this))),
        richcompare: Some(sequence::rich_compare),
        iter: Some(sequence::iter),
        new: Some(new),
        len: Some(|_, this| Ok(as_slice(&this).len())),
        concat: Some(sequence::concat),
        repeat: Some(sequence::repeat),
        contains: Some(contains),
        get_item: Some(sequence::get_item),
        buffer: Some(|_, this| Ok(super::buffer::of_bytes(this))),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};
