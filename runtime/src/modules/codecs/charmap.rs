//! Encodings by a table: from bytes to text by a string of up to 256 characters or a mapping, from text to bytes by a
//! mapping.

use taipan_layout::Value;

use super::{pair, text_or};
use crate::objects::str::codec::errors::{DecodeErrors, EncodeErrors, Replacement};
use crate::objects::str::{self, StrBuilder, StrView, args};
use crate::objects::{bytes, dict, int, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

const NAME: &str = "charmap";
const UNDEFINED: &str = "character maps to <undefined>";

/// `mapping[key]`, where a missing key and None are the same.
fn look_up(vm: &Vm, mapping: Value, key: u32) -> PyResult<Option<Owned>> {
    match protocol::item::get(vm, mapping, Value::fixnum(key as i64)) {
        Ok(v) => Ok(Some(v).filter(|v| !v.is_none())),
        Err(raised) => vm.catch(raised, vm.types.lookup_error).map(|_| None),
    }
}

pub(super) fn decode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    let data = bytes::buffer(vm, given[0])?;
    let handler = text_or(vm, given[1], "charmap_decode", 2, "strict")?;
    let mapping = given[2];
    let raw = data.as_slice();
    if mapping.is_null() || mapping.is_none() {
        return pair(vm, str::from_view(vm, StrView::One(raw))?, raw.len());
    }
    let mut out = StrBuilder::with_capacity(raw.len());
    let mut errors = DecodeErrors::new(vm, NAME, raw, &handler);
    let table = args::is_str(vm, mapping).then(|| str::view(&mapping));
    let mut at = 0;
    while at < raw.len() {
        let defined = match table {
            Some(table) => {
                let c = Some(raw[at] as usize).filter(|i| *i < table.len()).map(|i| table.get(i));
                // U+FFFE in a table means that there is nothing.
                c.filter(|c| *c != 0xFFFE).map(|c| out.push(c)).is_some()
            }
            None => push_mapped(vm, mapping, raw[at], &mut out)?,
        };
        at = if defined { at + 1 } else { errors.handle(&mut out, at, at + 1, UNDEFINED)? };
    }
    pair(vm, out.finish(vm)?, raw.len())
}

/// What a mapping has for a byte: a character's number or text.
fn push_mapped(vm: &Vm, mapping: Value, byte: u8, out: &mut StrBuilder) -> PyResult<bool> {
    let Some(v) = look_up(vm, mapping, byte as u32)? else { return Ok(false) };
    if args::is_str(vm, *v) {
        if str::equals_str(*v, "\u{FFFE}") {
            return Ok(false);
        }
        out.push_value(*v);
        return Ok(true);
    }
    if !int::is_int(vm, *v) {
        return Err(vm.type_error("character mapping must return integer, None or str"));
    }
    match int::as_i64(*v).map(u32::try_from) {
        Some(Ok(0xFFFE)) => Ok(false),
        Some(Ok(c @ 0..0x110000)) => {
            out.push(c);
            Ok(true)
        }
        _ => Err(vm.type_error("character mapping must be in range(0x110000)")),
    }
}

pub(super) fn encode(vm: &Vm, _: Value, given: &[Value]) -> PyResult {
    args::expect_str(vm, given[0], "charmap_encode", 1)?;
    let handler = text_or(vm, given[1], "charmap_encode", 2, "strict")?;
    let mapping = given[2];
    if mapping.is_null() || mapping.is_none() {
        let encoded = str::codec::Codec::Latin1.encode(vm, given[0], &handler)?;
        return pair(vm, bytes::new(vm, &encoded)?, str::length(given[0]));
    }
    let text = str::view(&given[0]);
    let mut errors = EncodeErrors::new(vm, NAME, given[0], &handler);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if push_encoded(vm, mapping, text.get(at), &mut out)? {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        let mut ignored = Vec::new();
        while end < text.len() && !push_encoded(vm, mapping, text.get(end), &mut ignored)? {
            end += 1;
        }
        let (replacement, next) = errors.handle(at, end, UNDEFINED)?;
        match replacement {
            Replacement::Bytes(raw) => out.extend(raw),
            Replacement::Text(text) => {
                for c in text.view().iter() {
                    if !push_encoded(vm, mapping, c, &mut out)? {
                        return Err(errors.raise(at, end, UNDEFINED));
                    }
                }
            }
        }
        at = next;
    }
    pair(vm, bytes::new(vm, &out)?, text.len())
}

fn push_encoded(vm: &Vm, mapping: Value, c: u32, out: &mut Vec<u8>) -> PyResult<bool> {
    let Some(v) = look_up(vm, mapping, c)? else { return Ok(false) };
    if bytes::is_bytes(vm, *v) {
        out.extend_from_slice(bytes::as_slice(&v));
        return Ok(true);
    }
    if !int::is_int(vm, *v) {
        let got = type_of(vm, *v).name_str();
        let message = format!("character mapping must return integer, bytes or None, not {got}");
        return Err(vm.type_error(&message));
    }
    match int::as_i64(*v).map(u8::try_from) {
        Some(Ok(b)) => {
            out.push(b);
            Ok(true)
        }
        _ => Err(vm.type_error("character mapping must be in range(256)")),
    }
}

/// The mapping for [`encode`] from the table for [`decode`].
pub(super) fn build(vm: &Vm, _: Value, map: Value) -> PyResult {
    args::expect_only_str(vm, map, "charmap_build")?;
    let d = dict::new(vm)?;
    for (byte, c) in str::view(&map).iter().enumerate().take(256) {
        if c != 0xFFFE {
            dict::set(vm, *d, Value::fixnum(c as i64), Value::fixnum(byte as i64))?;
        }
    }
    Ok(d)
}
