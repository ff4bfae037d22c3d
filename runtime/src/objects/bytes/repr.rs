//! `repr` of bytes.

use crate::objects::str::StrBuilder;

/// `b'…'`, with double quotes when there are single ones and no double ones inside.
pub(crate) fn push_quoted(b: &mut StrBuilder, bytes: &[u8]) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    b.push(b'b' as u32);
    b.push(quote as u32);
    for &c in bytes {
        match c {
            b'\\' => b.push_str("\\\\"),
            _ if c == quote => {
                b.push(b'\\' as u32);
                b.push(c as u32);
            }
            b'\t' => b.push_str("\\t"),
            b'\n' => b.push_str("\\n"),
            b'\r' => b.push_str("\\r"),
            0x20..0x7F => b.push(c as u32),
            _ => crate::objects::str::repr::push_hex_escape(b, c as u32),
        }
    }
    b.push(quote as u32);
}
