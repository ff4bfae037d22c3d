//! JSON's strings.

use taipan_layout::Value;

use super::{refuse, refuse_at};
use crate::objects::str::{self, StrBuilder, StrView};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The short escape of a character.
fn short(c: u32) -> Option<u8> {
    Some(match u8::try_from(c).ok()? {
        b'"' => b'"',
        b'\\' => b'\\',
        8 => b'b',
        9 => b't',
        10 => b'n',
        12 => b'f',
        13 => b'r',
        _ => return None,
    })
}

fn push_escape(out: &mut StrBuilder, c: u32) {
    if let Some(letter) = short(c) {
        out.push_view(StrView::One(&[b'\\', letter]));
        return;
    }
    let mut units = [0; 2];
    let units: &[u16] = match char::from_u32(c) {
        Some(c) => c.encode_utf16(&mut units),
        // A lone surrogate stands for itself.
        None => {
            units[0] = c as u16;
            &units[..1]
        }
    };
    for unit in units {
        let digit = |shift: u32| DIGITS[usize::from(unit >> shift & 15)];
        out.push_view(StrView::One(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]));
    }
}

/// Appends the text in quotes; `escaped` says which characters are written in another way.
fn quote_with(out: &mut StrBuilder, text: StrView<'_>, escaped: impl Fn(u32) -> bool) {
    out.push(u32::from(b'"'));
    let mut from = 0;
    for (i, c) in text.iter().enumerate() {
        if escaped(c) {
            out.push_view(text.slice(from, i));
            push_escape(out, c);
            from = i + 1;
        }
    }
    out.push_view(text.slice(from, text.len()));
    out.push(u32::from(b'"'));
}

/// Appends the text in quotes, all of it in ASCII.
pub fn quote_ascii(out: &mut StrBuilder, text: StrView<'_>) {
    quote_with(out, text, |c| !(0x20..0x7F).contains(&c) || c == u32::from(b'"') || c == u32::from(b'\\'));
}

/// Appends the text in quotes; what need not be escaped stays as it is.
pub fn quote(out: &mut StrBuilder, text: StrView<'_>) {
    quote_with(out, text, |c| c < 0x20 || c == u32::from(b'"') || c == u32::from(b'\\'));
}

/// The string whose contents begin at `from`, behind the quote, and the place behind its end.
pub fn scan(vm: &Vm, document: Value, from: usize, strict: bool) -> PyResult<(Owned, usize)> {
    let text = str::view(&document);
    let unterminated = || refuse_at(vm, "Unterminated string starting at", document, from as isize - 1);
    let stop = plain_end(text, from, strict);
    if stop < text.len() && text.get(stop) == u32::from(b'"') {
        return Ok((str::substring(vm, document, from, stop)?, stop + 1));
    }
    let mut out = StrBuilder::new();
    let mut at = from;
    loop {
        let stop = plain_end(text, at, strict);
        out.push_view(text.slice(at, stop));
        if stop == text.len() {
            return Err(unterminated());
        }
        match text.get(stop) {
            0x22 => return Ok((out.finish(vm)?, stop + 1)),
            0x5C => {}
            _ => return Err(refuse(vm, "Invalid control character at", document, stop)),
        }
        if stop + 1 == text.len() {
            return Err(unterminated());
        }
        let c = match text.get(stop + 1) {
            0x75 => {
                let (c, next) = unicode_escape(vm, document, stop)?;
                out.push(c);
                at = next;
                continue;
            }
            0x22 => 0x22,
            0x5C => 0x5C,
            0x2F => 0x2F,
            0x62 => 8,
            0x66 => 12,
            0x6E => 10,
            0x72 => 13,
            0x74 => 9,
            _ => return Err(refuse(vm, "Invalid \\escape", document, stop)),
        };
        out.push(c);
        at = stop + 2;
    }
}

/// Where the characters that stand for themselves end.
fn plain_end(text: StrView<'_>, from: usize, strict: bool) -> usize {
    if let StrView::One(bytes) = text {
        let ends = |b: &u8| matches!(*b, b'"' | b'\\') || (strict && *b < 0x20);
        return bytes[from..].iter().position(ends).map_or(bytes.len(), |n| from + n);
    }
    let ends = |i: &usize| matches!(text.get(*i), 0x22 | 0x5C) || (strict && text.get(*i) < 0x20);
    (from..text.len()).find(ends).unwrap_or(text.len())
}

/// The character of the escape `\uXXXX` at `at`, or of two that are a pair of surrogates, and the place behind.
fn unicode_escape(vm: &Vm, document: Value, at: usize) -> PyResult<(u32, usize)> {
    let text = str::view(&document);
    let bad = |at: usize| refuse(vm, "Invalid \\uXXXX escape", document, at);
    let four = |from: usize| {
        (from..from + 4).try_fold(0, |n, i| Some(n << 4 | char::from_u32(text.get(i))?.to_digit(16)?))
    };
    let end = at + 6;
    if end > text.len() {
        return Err(bad(at + 1));
    }
    let first = four(at + 2).ok_or_else(|| bad(at + 1))?;
    if !(0xD800..0xDC00).contains(&first)
        || end + 6 > text.len()
        || text.get(end) != u32::from(b'\\')
        || text.get(end + 1) != u32::from(b'u')
    {
        return Ok((first, end));
    }
    let second = four(end + 2).ok_or_else(|| bad(end + 1))?;
    if !(0xDC00..0xE000).contains(&second) {
        return Ok((first, end));
    }
    Ok((0x10000 + ((first - 0xD800) << 10 | (second - 0xDC00)), end + 6))
}
