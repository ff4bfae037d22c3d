//! `repr` and `ascii` of text.

use taipan_layout::Value;

use super::build::StrBuilder;
use super::kinds::{StrView, view};
use super::unicode;
use crate::owned::PyResult;
use crate::vm::Vm;

/// `repr(s)`.
pub fn repr(vm: &Vm, s: Value) -> PyResult {
    let mut b = StrBuilder::with_capacity(super::length(s) + 2);
    push_quoted(&mut b, view(&s), unicode::is_printable);
    b.finish(vm)
}

/// `repr(s)` with everything beyond ASCII escaped: `ascii(s)`.
pub fn ascii_repr(vm: &Vm, s: Value) -> PyResult {
    let mut b = StrBuilder::with_capacity(super::length(s) + 2);
    push_quoted(&mut b, view(&s), |c| c < 0x80 && unicode::is_printable(c));
    b.finish(vm)
}

/// `text` (the repr of some object) with everything beyond ASCII escaped.
pub fn escape_non_ascii(vm: &Vm, text: Value) -> PyResult {
    if super::is_ascii(text) {
        return super::to_exact(vm, text);
    }
    let mut b = StrBuilder::with_capacity(super::length(text));
    for c in view(&text).iter() {
        if c < 0x80 { b.push(c) } else { push_hex_escape(&mut b, c) }
    }
    b.finish(vm)
}

/// Single quotes, unless there are single quotes and no double ones inside.
pub(crate) fn push_quoted(b: &mut StrBuilder, text: StrView<'_>, printable: impl Fn(u32) -> bool) {
    let has = |q: u8| text.iter().any(|c| c == q as u32);
    let quote = if has(b'\'') && !has(b'"') { b'"' } else { b'\'' } as u32;
    b.push(quote);
    for c in text.iter() {
        match c {
            _ if c == quote || c == b'\\' as u32 => {
                b.push(b'\\' as u32);
                b.push(c);
            }
            0x20..0x7F => b.push(c),
            9 => b.push_str("\\t"),
            10 => b.push_str("\\n"),
            13 => b.push_str("\\r"),
            _ if printable(c) => b.push(c),
            _ => push_hex_escape(b, c),
        }
    }
    b.push(quote);
}

/// `\xhh`, `\uhhhh` or `\Uhhhhhhhh`.
pub(crate) fn push_hex_escape(b: &mut StrBuilder, c: u32) {
    let (letter, digits) = match c {
        0..0x100 => (b'x', 2),
        0x100..0x10000 => (b'u', 4),
        _ => (b'U', 8),
    };
    b.push(b'\\' as u32);
    b.push(letter as u32);
    for i in (0..digits).rev() {
        b.push(b"0123456789abcdef"[(c >> (4 * i) & 0xF) as usize] as u32);
    }
}
