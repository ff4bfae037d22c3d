//! Text to bytes and back: the encodings that need no tables, with all error handlers.
//!
//! | module | holds |
//! |---|---|
//! | `errors` | what happens to what cannot be encoded or decoded |
//! | `utf7`, `utf8` | UTF-7, UTF-8 |
//! | `narrow` | ASCII and Latin-1 |
//! | `wide` | UTF-16 and UTF-32 |
//!
//! A codec copies the runs that are in order and asks the error handler about the rest; the handler's name is only looked
//! at then, so that an unknown one does no harm to clean text.

pub mod errors;
mod narrow;
mod utf7;
mod utf8;
mod wide;

use taipan_layout::Value;

use super::StrBuilder;
use super::args::{self, expect_named_str};
use super::kinds::{StrView, ascii, view};
use crate::objects::{bytes, type_of};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;
use errors::{DecodeErrors, EncodeErrors};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ByteOrder {
    /// The machine's, announced by a byte order mark.
    Marked,
    Little,
    Big,
}

/// An encoding that the runtime itself knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    Utf7,
    Utf8,
    Ascii,
    Latin1,
    Utf16(ByteOrder),
    Utf32(ByteOrder),
}

impl Codec {
    /// By any of the names that CPython recognises without its codec registry.
    pub fn by_name(name: &str) -> Option<Codec> {
        let mut normal = String::with_capacity(name.len());
        for c in name.chars() {
            match c {
                'A'..='Z' => normal.push(c.to_ascii_lowercase()),
                '-' | ' ' => normal.push('_'),
                _ => normal.push(c),
            }
        }
        Some(match normal.as_str() {
            "utf_8" | "utf8" | "u8" | "cp65001" => Codec::Utf8,
            "utf_7" | "utf7" | "u7" => Codec::Utf7,
            "ascii" | "us_ascii" | "646" => Codec::Ascii,
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" | "8859" | "cp819" | "latin" | "l1" => {
                Codec::Latin1
            }
            "utf_16" | "utf16" | "u16" => Codec::Utf16(ByteOrder::Marked),
            "utf_16_le" | "utf_16le" => Codec::Utf16(ByteOrder::Little),
            "utf_16_be" | "utf_16be" => Codec::Utf16(ByteOrder::Big),
            "utf_32" | "utf32" | "u32" => Codec::Utf32(ByteOrder::Marked),
            "utf_32_le" | "utf_32le" => Codec::Utf32(ByteOrder::Little),
            "utf_32_be" | "utf_32be" => Codec::Utf32(ByteOrder::Big),
            _ => return None,
        })
    }

    /// How messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Utf7 => "utf7",
            Codec::Utf8 => "utf-8",
            Codec::Ascii => "ascii",
            Codec::Latin1 => "latin-1",
            Codec::Utf16(ByteOrder::Marked) => "utf-16",
            Codec::Utf16(ByteOrder::Little) => "utf-16-le",
            Codec::Utf16(ByteOrder::Big) => "utf-16-be",
            Codec::Utf32(ByteOrder::Marked) => "utf-32",
            Codec::Utf32(ByteOrder::Little) => "utf-32-le",
            Codec::Utf32(ByteOrder::Big) => "utf-32-be",
        }
    }

    /// The bytes of `text`, a `str`.
    pub fn encode(self, vm: &Vm, text: Value, errors: &str) -> PyResult<Vec<u8>> {
        let mut errors = EncodeErrors::new(vm, self.name(), text, errors);
        match self {
            Codec::Utf7 => Ok(utf7::encode(view(&text))),
            Codec::Utf8 => utf8::encode(view(&text), &mut errors),
            Codec::Ascii => narrow::encode(view(&text), 0x80, &mut errors),
            Codec::Latin1 => narrow::encode(view(&text), 0x100, &mut errors),
            Codec::Utf16(order) => wide::encode_utf16(view(&text), order, &mut errors),
            Codec::Utf32(order) => wide::encode_utf32(view(&text), order, &mut errors),
        }
    }

    /// The text of `data` and how many bytes of it were used: all of them, unless the last character is incomplete and
    /// more is to come (`last` is false).
    pub fn decode(self, vm: &Vm, data: &[u8], errors: &str, last: bool) -> PyResult<(Owned, usize)> {
        let mut out = StrBuilder::with_capacity(data.len() / self.unit());
        let mut run = DecodeErrors::new(vm, self.name(), data, errors);
        let used = self.decode_into(data, last, &mut out, &mut run)?;
        let mut replaced = run.take_replaced();
        while let Some((object, at)) = replaced {
            let data = &bytes::as_slice(&object)[at..];
            let mut run = DecodeErrors::new(vm, self.name(), data, errors);
            self.decode_into(data, last, &mut out, &mut run)?;
            replaced = run.take_replaced();
        }
        Ok((out.finish(vm)?, used))
    }

    fn decode_into(
        self,
        data: &[u8],
        last: bool,
        out: &mut StrBuilder,
        errors: &mut DecodeErrors,
    ) -> PyResult<usize> {
        Ok(match self {
            Codec::Utf7 => utf7::decode(data, last, out, errors)?,
            Codec::Utf8 => utf8::decode(data, last, out, errors)?,
            Codec::Ascii => narrow::decode_ascii(data, out, errors)?,
            Codec::Latin1 => {
                out.push_view(StrView::One(data));
                data.len()
            }
            Codec::Utf16(order) => wide::decode_utf16(data, order, last, out, errors)?,
            Codec::Utf32(order) => wide::decode_utf32(data, order, last, out, errors)?,
        })
    }

    /// Bytes per code unit.
    fn unit(self) -> usize {
        match self {
            Codec::Utf7 | Codec::Utf8 | Codec::Ascii | Codec::Latin1 => 1,
            Codec::Utf16(_) => 2,
            Codec::Utf32(_) => 4,
        }
    }
}

/// In development mode the encoding and the error handler have to exist, even where neither is needed.
#[inline]
fn check_names(vm: &Vm, encoding: &str, errors: &str) -> PyResult<()> {
    if !vm.config.dev_mode || vm.state.importlib.get().is_none() {
        return Ok(());
    }
    if Codec::by_name(encoding).is_none() {
        super::codec_registry::lookup(vm, encoding)?;
    }
    errors::find(vm, errors)
}

/// `text.encode(encoding, errors)` as a `bytes` object.
pub fn encode(vm: &Vm, text: Value, encoding: &str, errors: &str) -> PyResult {
    check_names(vm, encoding, errors)?;
    let Some(codec) = Codec::by_name(encoding) else {
        return super::codec_registry::encode(vm, text, encoding, errors);
    };
    if let (Some(units), Codec::Utf8 | Codec::Ascii | Codec::Latin1) = (ascii(&text), codec) {
        return bytes::new(vm, units);
    }
    let encoded = codec.encode(vm, text, errors)?;
    bytes::new(vm, &encoded)
}

/// `data.decode(encoding, errors)` for memory that stays where it is meanwhile; `object` is its owner.
pub fn decode(vm: &Vm, object: Value, data: &[u8], encoding: &str, errors: &str) -> PyResult {
    check_names(vm, encoding, errors)?;
    match Codec::by_name(encoding) {
        Some(Codec::Utf8 | Codec::Ascii) if data.is_ascii() => super::from_ascii(vm, data),
        Some(Codec::Latin1) => super::from_view(vm, StrView::One(data)),
        Some(codec) => codec.decode(vm, data, errors, true).map(|(text, _)| text),
        None => super::codec_registry::decode(vm, object, encoding, errors),
    }
}

/// The name of an encoding or error handler given as an argument; NULL means `default`.
fn name_argument(vm: &Vm, v: Value, function: &str, name: &str, default: &str) -> PyResult<String> {
    if v.is_null() {
        return Ok(default.to_owned());
    }
    expect_named_str(vm, v, function, name)?;
    let text = super::to_string_lossy(v);
    if text.contains('\0') {
        return Err(vm.value_error("embedded null character"));
    }
    Ok(text)
}

/// `str.encode`.
pub(super) fn method_encode(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    if args[0].is_null()
        && args[1].is_null()
        && let Some(units) = ascii(&this)
    {
        return bytes::new(vm, units);
    }
    let encoding = name_argument(vm, args[0], "encode", "encoding", "utf-8")?;
    let errors = name_argument(vm, args[1], "encode", "errors", "strict")?;
    encode(vm, this, &encoding, &errors)
}

/// `bytes.decode` and `bytearray.decode`.
pub(in crate::objects) fn method_decode(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let encoding = name_argument(vm, args[0], "decode", "encoding", "utf-8")?;
    let errors = name_argument(vm, args[1], "decode", "errors", "strict")?;
    let buffer = bytes::buffer(vm, this)?;
    decode(vm, this, buffer.as_slice(), &encoding, &errors)
}

/// `str(object, encoding, errors)`; either of the last two may be NULL.
pub(super) fn decode_object(vm: &Vm, object: Value, encoding: Value, errors: Value) -> PyResult {
    let encoding = name_argument(vm, encoding, "str", "encoding", "utf-8")?;
    let errors = name_argument(vm, errors, "str", "errors", "strict")?;
    if args::is_str(vm, object) {
        return Err(vm.type_error("decoding str is not supported"));
    }
    if !bytes::is_plain_buffer(vm, object) {
        let got = type_of(vm, object).name_str();
        return Err(vm.type_error(&format!("decoding to str: need a bytes-like object, {got} found")));
    }
    let buffer = bytes::buffer(vm, object)?;
    decode(vm, object, buffer.as_slice(), &encoding, &errors)
}
