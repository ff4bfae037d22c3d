//! `repr` and `ascii` of text.

use taipan_layout::Value;
use taipan_text::escape;

use super::build::{self, StrBuilder};
use super::kinds::view;
use crate::owned::PyResult;
use crate::protocol;
use crate::vm::Vm;

/// `repr(s)`.
pub fn repr(vm: &Vm, s: Value) -> PyResult {
    if let Some(text) = super::ascii(&s)
        && !text.iter().any(|c| !matches!(c, b' '..=b'~') || matches!(c, b'\\' | b'\''))
    {
        // Nothing to escape: the text between single quotes.
        let mut new = build::NewStr::new(vm, text.len() + 2, 0x7F)?;
        new.fill(0, 1, b'\'' as u32);
        new.write(1, super::StrView::One(text));
        new.fill(text.len() + 1, 1, b'\'' as u32);
        return Ok(new.finish());
    }
    build::new(vm, &escape::repr(view(&s).iter()))
}

/// `ascii(object)`: its `repr` with everything beyond ASCII escaped.
pub fn ascii_repr(vm: &Vm, object: Value) -> PyResult {
    let text = protocol::object::repr(vm, object)?;
    if super::is_ascii(*text) {
        return Ok(text);
    }
    escape_non_ascii(vm, *text)
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

/// `\xhh`, `\uhhhh` or `\Uhhhhhhhh`.
pub(crate) fn push_hex_escape(b: &mut StrBuilder, c: u32) {
    let text = match c {
        0..0x100 => format!("\\x{c:02x}"),
        0x100..0x10000 => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    };
    b.push_str(&text);
}
