//! `unicode_escape`, `raw_unicode_escape` and the escapes of `bytes` literals.

use std::cell::Cell;

use taipan_layout::Value;
use taipan_text::escape::{self, DecodeFailure, InvalidEscape};

use super::{pair, text_or};
use crate::objects::str::codec::Codec;
use crate::objects::str::codec::errors::DecodeErrors;
use crate::objects::str::{self, StrBuilder, StrView, args};
use crate::objects::{bytes, int};
use crate::owned::{PyResult, Raised};
use crate::parts;
use crate::vm::Vm;

pub(super) fn unicode_escape_encode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    args::expect_str(vm, given[0], "unicode_escape_encode", 1)?;
    let encoded = escape::encode_unicode_escape(str::view(&given[0]).iter());
    pair(vm, bytes::new(vm, &encoded)?, str::length(given[0]))
}

pub(super) fn raw_unicode_escape_encode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    args::expect_str(vm, given[0], "raw_unicode_escape_encode", 1)?;
    let encoded = escape::encode_raw_unicode_escape(str::view(&given[0]).iter());
    pair(vm, bytes::new(vm, &encoded)?, str::length(given[0]))
}

/// The bytes of a bytes-like object, or of text in UTF-8.
fn input(vm: &Vm, v: Value) -> PyResult<Vec<u8>> {
    if args::is_str(vm, v) {
        Codec::Utf8.encode(vm, v, "strict")
    } else {
        Ok(bytes::buffer(vm, v)?.as_slice().to_vec())
    }
}

/// The text of raw escapes, which have to be right.
pub(in crate::modules) fn decode_raw_unicode_escape(vm: &Vm, data: &[u8]) -> PyResult {
    let mut errors = DecodeErrors::new(vm, "rawunicodeescape", data, "strict");
    let decoded = escape::decode_raw_unicode_escape(data, true, recover(&mut errors))?;
    str::from_view(vm, StrView::Four(&decoded.output))
}

/// The bytes that the inside of a literal stands for.
pub(in crate::modules) fn unescape_bytes(vm: &Vm, data: &[u8]) -> PyResult<Vec<u8>> {
    let decoded = int::arith::check(vm, escape::bytes_unescape(data, "strict"))?;
    warn(vm, decoded.invalid, "b")?;
    Ok(decoded.output)
}

/// Asks the error handler about damage.
fn recover<'a>(
    errors: &'a mut DecodeErrors<'_>,
) -> impl FnMut(DecodeFailure) -> Result<(Vec<u32>, usize), Raised> + 'a {
    |failure| {
        let mut out = StrBuilder::new();
        let next = errors.handle(&mut out, failure.start, failure.end, failure.reason)?;
        Ok((out.view().iter().collect(), next))
    }
}

fn warn(vm: &Vm, invalid: Option<InvalidEscape>, prefix: &str) -> PyResult<()> {
    let Some(invalid) = invalid else { return Ok(()) };
    // The library's message quotes the sequence as in text.
    let message = format!("{prefix}{invalid}");
    crate::modules::warnings::warn(vm, vm.types.deprecation_warning, message.trim_end(), 1)
}

pub(super) fn unicode_escape_decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    let data = input(vm, given[0])?;
    let handler = text_or(vm, given[1], "unicode_escape_decode", 2, "strict")?;
    let last = args::flag(vm, given[2], true)?;
    let mut errors = DecodeErrors::new(vm, "unicodeescape", &data, &handler);
    // `\N{…}` without the names of characters is no damage of the input.
    let left_out = Cell::new(false);
    let by_name = |name: &[u8]| match vm.config.parts.names {
        Some(names) => (names.find)(std::str::from_utf8(name).ok()?).map(u32::from),
        None => {
            left_out.set(true);
            None
        }
    };
    let decoded = escape::decode_unicode_escape(&data, last, by_name, recover(&mut errors));
    if left_out.get() {
        if let Err(raised) = decoded {
            drop(vm.take_exception(raised));
        }
        return Err(parts::names_left_out(vm));
    }
    let decoded = decoded?;
    warn(vm, decoded.invalid, "")?;
    pair(vm, str::from_view(vm, StrView::Four(&decoded.output))?, decoded.consumed)
}

pub(super) fn raw_unicode_escape_decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    let data = input(vm, given[0])?;
    let handler = text_or(vm, given[1], "raw_unicode_escape_decode", 2, "strict")?;
    let last = args::flag(vm, given[2], true)?;
    let mut errors = DecodeErrors::new(vm, "rawunicodeescape", &data, &handler);
    let decoded = escape::decode_raw_unicode_escape(&data, last, recover(&mut errors))?;
    pair(vm, str::from_view(vm, StrView::Four(&decoded.output))?, decoded.consumed)
}

pub(super) fn escape_encode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    if !bytes::is_bytes(vm, given[0]) {
        let got = args::type_name(vm, given[0]);
        return Err(vm.type_error(&format!("escape_encode() argument 1 must be bytes, not {got}")));
    }
    let raw = bytes::as_slice(&given[0]);
    let mut out = Vec::with_capacity(raw.len());
    for &b in raw {
        match b {
            b'\\' | b'\'' => out.extend([b'\\', b]),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b' '..=b'~' => out.push(b),
            _ => out.extend(format!("\\x{b:02x}").bytes()),
        }
    }
    pair(vm, bytes::new(vm, &out)?, raw.len())
}

pub(super) fn escape_decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    let data = input(vm, given[0])?;
    let handler = text_or(vm, given[1], "escape_decode", 2, "strict")?;
    let decoded = int::arith::check(vm, escape::bytes_unescape(&data, &handler))?;
    warn(vm, decoded.invalid, "b")?;
    pair(vm, bytes::new(vm, &decoded.output)?, data.len())
}
