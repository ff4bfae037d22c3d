//! Backslash escapes: `repr` and `ascii` of text and bytes, and the escape codecs in both directions.

mod decode;

pub use decode::{
    DecodeFailure, Decoded, InvalidEscape, bytes_unescape, decode_raw_unicode_escape, decode_unicode_escape,
};

use crate::unicode::is_printable;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// `repr` of a text: single quotes, unless it contains those and no double ones; what is not printable
/// is escaped. As no lone surrogate is printable, the result is well-formed.
pub fn repr(text: impl Iterator<Item = u32> + Clone) -> String {
    quoted(text, is_printable)
}

/// `ascii` of a text: as [`repr`], with everything beyond ASCII escaped.
pub fn ascii(text: impl Iterator<Item = u32> + Clone) -> String {
    quoted(text, |_| false)
}

/// `keep` says which code points beyond ASCII stay as they are.
fn quoted(text: impl Iterator<Item = u32> + Clone, keep: impl Fn(u32) -> bool) -> String {
    let quote = quote_for(text.clone());
    let mut out = String::with_capacity(text.size_hint().0 + 2);
    out.push(quote);
    for code in text {
        match char::from_u32(code) {
            Some(c @ (' '..='[' | ']'..='~')) if c != quote => out.push(c),
            Some(c) if c == '\\' || c == quote => out.extend(['\\', c]),
            Some(c) if code > 0x7F && keep(code) => out.push(c),
            _ => push_escaped(code, &mut out),
        }
    }
    out.push(quote);
    out
}

fn quote_for(text: impl Iterator<Item = u32>) -> char {
    let (mut single, mut double) = (false, false);
    for code in text {
        single |= code == u32::from('\'');
        double |= code == u32::from('"');
    }
    if single && !double { '"' } else { '\'' }
}

/// The shortest of `\n`, `\xXX`, `\uXXXX` and `\UXXXXXXXX`.
fn push_escaped(code: u32, out: &mut String) {
    let (letter, digits) = match code {
        9 => return out.push_str("\\t"),
        10 => return out.push_str("\\n"),
        13 => return out.push_str("\\r"),
        0..0x100 => ('x', 2),
        0x100..0x10000 => ('u', 4),
        _ => ('U', 8),
    };
    out.extend(['\\', letter]);
    for digit in (0..digits).rev() {
        out.push(HEX[(code >> (4 * digit) & 15) as usize].into());
    }
}

/// `repr(bytes)`, with the `b`.
pub fn bytes_repr(bytes: &[u8]) -> String {
    let quote = quote_for(bytes.iter().map(|&b| b.into()));
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match char::from(byte) {
            c @ ('\\' | '\'' | '"') if c == '\\' || c == quote => out.extend(['\\', c]),
            c @ ' '..='~' => out.push(c),
            _ => push_escaped(byte.into(), &mut out),
        }
    }
    out.push(quote);
    out
}

/// The codec `unicode_escape`, encoding: ASCII with escapes.
pub fn encode_unicode_escape(text: impl Iterator<Item = u32>) -> Vec<u8> {
    let mut out = String::new();
    for code in text {
        match code {
            0x5C => out.push_str("\\\\"),
            0x20..0x7F => out.push(code as u8 as char),
            _ => push_escaped(code, &mut out),
        }
    }
    out.into_bytes()
}

/// The codec `raw_unicode_escape`, encoding: Latin-1, and escapes for what is beyond.
pub fn encode_raw_unicode_escape(text: impl Iterator<Item = u32>) -> Vec<u8> {
    let mut out = Vec::new();
    for code in text {
        match u8::try_from(code) {
            Ok(byte) => out.push(byte),
            Err(_) => {
                let mut escape = String::new();
                push_escaped(code, &mut escape);
                out.extend(escape.as_bytes());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
