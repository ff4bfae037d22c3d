//! UTF-16 and UTF-32 in either byte order, with or without a byte order mark.

use super::ByteOrder;
use super::errors::{DecodeErrors, EncodeErrors, Replacement};
use crate::objects::str::{StrBuilder, StrView};
use crate::owned::PyResult;

const NOT_ALLOWED: &str = "surrogates not allowed";

fn is_surrogate(c: u32) -> bool {
    (0xD800..0xE000).contains(&c)
}

pub(super) fn push_u16(out: &mut Vec<u8>, unit: u16, order: ByteOrder) {
    out.extend(if order == ByteOrder::Big { unit.to_be_bytes() } else { unit.to_le_bytes() });
}

pub(super) fn push_u32(out: &mut Vec<u8>, unit: u32, order: ByteOrder) {
    out.extend(if order == ByteOrder::Big { unit.to_be_bytes() } else { unit.to_le_bytes() });
}

fn push_utf16(out: &mut Vec<u8>, c: u32, order: ByteOrder) {
    if c < 0x10000 {
        push_u16(out, c as u16, order);
    } else {
        push_u16(out, (0xD7C0 + (c >> 10)) as u16, order);
        push_u16(out, (0xDC00 + (c & 0x3FF)) as u16, order);
    }
}

/// Encodes with `push`, asking about each surrogate; `unit` is the size of what replacement bytes are made of.
fn encode(
    text: StrView<'_>,
    unit: usize,
    errors: &mut EncodeErrors<'_>,
    mut out: Vec<u8>,
    push: impl Fn(&mut Vec<u8>, u32),
) -> PyResult<Vec<u8>> {
    let mut at = 0;
    while at < text.len() {
        let c = text.get(at);
        if !is_surrogate(c) {
            push(&mut out, c);
            at += 1;
            continue;
        }
        let (replacement, next) = errors.handle(at, at + 1, NOT_ALLOWED)?;
        match replacement {
            Replacement::Bytes(bytes) if bytes.len() % unit == 0 => out.extend(bytes),
            Replacement::Text(r) if !r.view().iter().any(is_surrogate) => {
                r.view().iter().for_each(|c| push(&mut out, c));
            }
            _ => return Err(errors.raise(at, at + 1, NOT_ALLOWED)),
        }
        at = next;
    }
    Ok(out)
}

pub(super) fn encode_utf16(
    text: StrView<'_>,
    order: ByteOrder,
    errors: &mut EncodeErrors<'_>,
) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(2 * text.len() + 2);
    if order == ByteOrder::Marked {
        push_u16(&mut out, 0xFEFF, order);
    }
    encode(text, 2, errors, out, |out, c| push_utf16(out, c, order))
}

pub(super) fn encode_utf32(
    text: StrView<'_>,
    order: ByteOrder,
    errors: &mut EncodeErrors<'_>,
) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(4 * text.len() + 4);
    if order == ByteOrder::Marked {
        push_u32(&mut out, 0xFEFF, order);
    }
    encode(text, 4, errors, out, |out, c| push_u32(out, c, order))
}

pub(super) fn decode_utf16(
    data: &[u8],
    order: ByteOrder,
    last: bool,
    out: &mut StrBuilder,
    errors: &mut DecodeErrors<'_>,
) -> PyResult<usize> {
    let (big, mut at) = match (order, data) {
        (ByteOrder::Marked, [0xFE, 0xFF, ..]) => (true, 2),
        (ByteOrder::Marked, [0xFF, 0xFE, ..]) => (false, 2),
        (ByteOrder::Big, _) => (true, 0),
        _ => (false, 0),
    };
    errors.set_encoding(if big { "utf-16-be" } else { "utf-16-le" });
    let unit_at = |i: usize| {
        let pair = [*data.get(i)?, *data.get(i + 1)?];
        Some(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) } as u32)
    };
    while at < data.len() {
        let Some(first) = unit_at(at) else {
            if !last {
                return Ok(at);
            }
            at = errors.handle(out, at, data.len(), "truncated data")?;
            continue;
        };
        at = match first {
            0xD800..0xDC00 => match unit_at(at + 2) {
                Some(second @ 0xDC00..0xE000) => {
                    out.push(0x10000 + ((first & 0x3FF) << 10 | second & 0x3FF));
                    at + 4
                }
                Some(_) => errors.handle(out, at, at + 2, "illegal UTF-16 surrogate")?,
                None if !last => return Ok(at),
                None => errors.handle(out, at, data.len(), "unexpected end of data")?,
            },
            0xDC00..0xE000 => errors.handle(out, at, at + 2, "illegal encoding")?,
            _ => {
                out.push(first);
                at + 2
            }
        };
    }
    Ok(at)
}

pub(super) fn decode_utf32(
    data: &[u8],
    order: ByteOrder,
    last: bool,
    out: &mut StrBuilder,
    errors: &mut DecodeErrors<'_>,
) -> PyResult<usize> {
    let (big, mut at) = match (order, data) {
        (ByteOrder::Marked, [0, 0, 0xFE, 0xFF, ..]) => (true, 4),
        (ByteOrder::Marked, [0xFF, 0xFE, 0, 0, ..]) => (false, 4),
        (ByteOrder::Big, _) => (true, 0),
        _ => (false, 0),
    };
    errors.set_encoding(if big { "utf-32-be" } else { "utf-32-le" });
    while at < data.len() {
        let Some(unit) = data.get(at..at + 4).and_then(|b| <[u8; 4]>::try_from(b).ok()) else {
            if !last {
                return Ok(at);
            }
            at = errors.handle(out, at, data.len(), "truncated data")?;
            continue;
        };
        let c = if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) };
        at = match c {
            0xD800..0xE000 => {
                errors.handle(out, at, at + 4, "code point in surrogate code point range(0xd800, 0xe000)")?
            }
            0x110000.. => errors.handle(out, at, at + 4, "code point not in range(0x110000)")?,
            _ => {
                out.push(c);
                at + 4
            }
        };
    }
    Ok(at)
}
