//! `_codecs`: the encodings that the runtime knows itself, as functions, and the registries of encodings and error handlers.
//! The module `codecs` of the standard library builds on it.
//!
//! | module | holds |
//! |---|---|
//! | `handlers` | the built-in error handlers as callables |
//! | `charmap` | encodings by a table |
//! | `escapes` | `unicode_escape` and its relatives |

mod charmap;
mod escapes;
mod handlers;

pub(super) use escapes::{decode_raw_unicode_escape, unescape_bytes};
use taipan_layout::Value;

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::str::codec::{self, ByteOrder, Codec, errors};
use crate::objects::str::codec_registry::{self, Direction};
use crate::objects::str::{self, args};
use crate::objects::{bytes, tuple};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule =
    NativeModule { name: "_codecs", doc: "", functions: FUNCTIONS, fill: |_, _| Ok(()) };

/// An optional string argument: NULL and None mean `default`.
fn text_or(vm: &Vm, v: Value, function: &str, position: u32, default: &str) -> PyResult<String> {
    if v.is_null() || v.is_none() {
        return Ok(default.to_owned());
    }
    if !args::is_str(vm, v) {
        let got = args::type_name(vm, v);
        return Err(
            vm.type_error(&format!("{function}() argument {position} must be str or None, not {got}"))
        );
    }
    Ok(str::to_string_lossy(v))
}

/// `(object, length)`, which every encoder and decoder returns.
fn pair(vm: &Vm, object: Owned, length: usize) -> PyResult {
    tuple::from_owned(vm, vec![object, Owned::fixnum(length as i64)])
}

fn encode_with(vm: &Vm, codec: Codec, function: &str, given: &[Value]) -> PyResult {
    args::expect_str(vm, given[0], function, 1)?;
    let errors = text_or(vm, given[1], function, 2, "strict")?;
    let encoded = codec.encode(vm, given[0], &errors)?;
    pair(vm, bytes::new(vm, &encoded)?, str::length(given[0]))
}

fn decode_with(vm: &Vm, codec: Codec, function: &str, given: &[Value]) -> PyResult {
    let data = bytes::buffer(vm, given[0])?;
    let errors = text_or(vm, given[1], function, 2, "strict")?;
    let last = match given.get(2) {
        Some(v) => args::flag(vm, *v, false)?,
        None => true,
    };
    let (text, used) = codec.decode(vm, data.as_slice(), &errors, last)?;
    pair(vm, text, used)
}

macro_rules! codec_functions {
    ($($encode:ident $decode:ident $codec:expr;)*) => {$(
        fn $encode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
            encode_with(vm, $codec, stringify!($encode), given)
        }
        fn $decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
            decode_with(vm, $codec, stringify!($decode), given)
        }
    )*};
}

codec_functions! {
    ascii_encode ascii_decode Codec::Ascii;
    latin_1_encode latin_1_decode Codec::Latin1;
    utf_7_encode utf_7_decode Codec::Utf7;
    utf_8_encode utf_8_decode Codec::Utf8;
    utf_16_le_encode utf_16_le_decode Codec::Utf16(ByteOrder::Little);
    utf_16_be_encode utf_16_be_decode Codec::Utf16(ByteOrder::Big);
    utf_32_le_encode utf_32_le_decode Codec::Utf32(ByteOrder::Little);
    utf_32_be_encode utf_32_be_decode Codec::Utf32(ByteOrder::Big);
}

/// The byte order that a `byteorder` argument means: negative little, positive big, 0 by mark.
fn order(vm: &Vm, v: Value) -> PyResult<ByteOrder> {
    let n = if v.is_null() { 0 } else { args::c_int(vm, v)? };
    Ok(match n {
        0 => ByteOrder::Marked,
        ..0 => ByteOrder::Little,
        _ => ByteOrder::Big,
    })
}

fn utf_16_encode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    encode_with(vm, Codec::Utf16(order(vm, given[2])?), "utf_16_encode", given)
}
fn utf_32_encode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    encode_with(vm, Codec::Utf32(order(vm, given[2])?), "utf_32_encode", given)
}
fn utf_16_decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    decode_with(vm, Codec::Utf16(ByteOrder::Marked), "utf_16_decode", given)
}
fn utf_32_decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    decode_with(vm, Codec::Utf32(ByteOrder::Marked), "utf_32_decode", given)
}

/// Decodes and tells the byte order found: −1, 0 (no mark) or 1.
fn ex_decode(
    vm: &Vm,
    function: &str,
    given: &[Value],
    make: fn(ByteOrder) -> Codec,
    marks: [&[u8]; 2],
) -> PyResult {
    let data = bytes::buffer(vm, given[0])?;
    let errors = text_or(vm, given[1], function, 2, "strict")?;
    let wanted = order(vm, given[2])?;
    let last = args::flag(vm, given[3], false)?;
    let found = match wanted {
        ByteOrder::Little => -1,
        ByteOrder::Big => 1,
        ByteOrder::Marked if data.as_slice().starts_with(marks[0]) => -1,
        ByteOrder::Marked if data.as_slice().starts_with(marks[1]) => 1,
        ByteOrder::Marked => 0,
    };
    let (text, used) = make(wanted).decode(vm, data.as_slice(), &errors, last)?;
    tuple::from_owned(vm, vec![text, Owned::fixnum(used as i64), Owned::fixnum(found)])
}

fn utf_16_ex_decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    ex_decode(vm, "utf_16_ex_decode", given, Codec::Utf16, [b"\xFF\xFE", b"\xFE\xFF"])
}
fn utf_32_ex_decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    ex_decode(vm, "utf_32_ex_decode", given, Codec::Utf32, [b"\xFF\xFE\0\0", b"\0\0\xFE\xFF"])
}

fn readbuffer_encode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    if args::is_str(vm, given[0]) {
        let encoded = Codec::Utf8.encode(vm, given[0], "strict")?;
        return pair(vm, bytes::new(vm, &encoded)?, encoded.len());
    }
    let data = bytes::buffer(vm, given[0])?;
    pair(vm, bytes::new(vm, data.as_slice())?, data.len())
}

// ---- registries ----

fn register(vm: &Vm, _: Value, search: Value) -> PyResult {
    codec_registry::register(vm, search)?;
    Ok(Owned::none())
}

fn unregister(vm: &Vm, _: Value, search: Value) -> PyResult {
    codec_registry::unregister(vm, search)?;
    Ok(Owned::none())
}

fn lookup(vm: &Vm, _: Value, encoding: Value) -> PyResult {
    args::expect_only_str(vm, encoding, "lookup")?;
    codec_registry::lookup(vm, &str::to_string_lossy(encoding))
}

fn convert(vm: &Vm, given: &[Value], direction: Direction, function: &str) -> PyResult {
    for (v, name) in [(given[1], "encoding"), (given[2], "errors")] {
        if !v.is_null() {
            args::expect_named_str(vm, v, function, name)?;
        }
    }
    let text =
        |v: Value, default: &str| if v.is_null() { default.to_owned() } else { str::to_string_lossy(v) };
    let (encoding, errors) = (text(given[1], "utf-8"), text(given[2], "strict"));
    // What the runtime knows itself needs no registry.
    if Codec::by_name(&encoding).is_some() {
        if direction == Direction::Encode && args::is_str(vm, given[0]) {
            return codec::encode(vm, given[0], &encoding, &errors);
        }
        if direction == Direction::Decode && bytes::is_bytes_like(vm, given[0]) {
            let data = bytes::buffer(vm, given[0])?;
            return codec::decode(vm, given[0], data.as_slice(), &encoding, &errors);
        }
    }
    codec_registry::convert(vm, given[0], &encoding, &errors, direction, false)
}

fn encode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    convert(vm, given, Direction::Encode, "encode")
}
fn decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    convert(vm, given, Direction::Decode, "decode")
}

fn register_error(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    args::expect_str(vm, given[0], "register_error", 1)?;
    if !protocol::object::is_callable(vm, given[1]) {
        return Err(vm.type_error("handler must be callable"));
    }
    errors::register(vm, given[0], given[1])?;
    Ok(Owned::none())
}

fn unregister_error(vm: &Vm, _: Value, name: Value) -> PyResult {
    args::expect_only_str(vm, name, "_unregister_error")?;
    if errors::Handler::by_name(&str::to_string_lossy(name)).is_some() {
        let shown = str::to_string_lossy(name);
        return Err(vm.value_error(&format!("cannot un-register built-in error handler '{shown}'")));
    }
    Ok(Owned::bool(errors::unregister(vm, name)?))
}

fn lookup_error(vm: &Vm, module: Value, name: Value) -> PyResult {
    args::expect_only_str(vm, name, "lookup_error")?;
    let text = str::to_string_lossy(name);
    if let Some(handler) = errors::registered(vm, &text)? {
        return Ok(handler);
    }
    match handlers::function_of(&text) {
        Some(spec) => crate::objects::builtin::new_function(vm, spec, module, Value::NULL),
        None => Err(vm.raise(vm.types.lookup_error, &format!("unknown error handler name '{text}'"))),
    }
}

const ENCODE: &str = "($module, str, errors=None, /)";
const ENCODE_ORDER: &str = "($module, str, errors=None, byteorder=0, /)";
const DECODE: &str = "($module, data, errors=None, /)";
const DECODE_PART: &str = "($module, data, errors=None, final=False, /)";
const DECODE_ESCAPES: &str = "($module, data, errors=None, final=True, /)";
const DECODE_EX: &str = "($module, data, errors=None, byteorder=0, final=False, /)";

static FUNCTIONS: &[MethodSpec] = &[
    function1("register", "($module, search_function, /)", register, "Adds a function that finds encodings."),
    function1("unregister", "($module, search_function, /)", unregister, "Takes such a function out again."),
    function1("lookup", "($module, encoding, /)", lookup, "The codec of an encoding."),
    function(
        "encode",
        "($module, /, obj, encoding='utf-8', errors='strict')",
        encode,
        "Encodes with any codec.",
    ),
    function(
        "decode",
        "($module, /, obj, encoding='utf-8', errors='strict')",
        decode,
        "Decodes with any codec.",
    ),
    function(
        "register_error",
        "($module, errors, handler, /)",
        register_error,
        "Gives an error handler a name.",
    ),
    function1(
        "_unregister_error",
        "($module, errors, /)",
        unregister_error,
        "Takes an error handler out again.",
    ),
    function1("lookup_error", "($module, name, /)", lookup_error, "The error handler of a name."),
    function("ascii_encode", ENCODE, ascii_encode, ""),
    function("ascii_decode", DECODE, ascii_decode, ""),
    function("latin_1_encode", ENCODE, latin_1_encode, ""),
    function("latin_1_decode", DECODE, latin_1_decode, ""),
    function("utf_7_encode", ENCODE, utf_7_encode, ""),
    function("utf_7_decode", DECODE_PART, utf_7_decode, ""),
    function("utf_8_encode", ENCODE, utf_8_encode, ""),
    function("utf_8_decode", DECODE_PART, utf_8_decode, ""),
    function("utf_16_encode", ENCODE_ORDER, utf_16_encode, ""),
    function("utf_16_le_encode", ENCODE, utf_16_le_encode, ""),
    function("utf_16_be_encode", ENCODE, utf_16_be_encode, ""),
    function("utf_16_decode", DECODE_PART, utf_16_decode, ""),
    function("utf_16_le_decode", DECODE_PART, utf_16_le_decode, ""),
    function("utf_16_be_decode", DECODE_PART, utf_16_be_decode, ""),
    function("utf_16_ex_decode", DECODE_EX, utf_16_ex_decode, ""),
    function("utf_32_encode", ENCODE_ORDER, utf_32_encode, ""),
    function("utf_32_le_encode", ENCODE, utf_32_le_encode, ""),
    function("utf_32_be_encode", ENCODE, utf_32_be_encode, ""),
    function("utf_32_decode", DECODE_PART, utf_32_decode, ""),
    function("utf_32_le_decode", DECODE_PART, utf_32_le_decode, ""),
    function("utf_32_be_decode", DECODE_PART, utf_32_be_decode, ""),
    function("utf_32_ex_decode", DECODE_EX, utf_32_ex_decode, ""),
    function("readbuffer_encode", DECODE, readbuffer_encode, ""),
    function("escape_encode", DECODE, escapes::escape_encode, ""),
    function("escape_decode", DECODE, escapes::escape_decode, ""),
    function("unicode_escape_encode", ENCODE, escapes::unicode_escape_encode, ""),
    function("unicode_escape_decode", DECODE_ESCAPES, escapes::unicode_escape_decode, ""),
    function("raw_unicode_escape_encode", ENCODE, escapes::raw_unicode_escape_encode, ""),
    function("raw_unicode_escape_decode", DECODE_ESCAPES, escapes::raw_unicode_escape_decode, ""),
    function("charmap_encode", "($module, str, errors=None, mapping=None, /)", charmap::encode, ""),
    function("charmap_decode", "($module, data, errors=None, mapping=None, /)", charmap::decode, ""),
    function1("charmap_build", "($module, map, /)", charmap::build, ""),
];
