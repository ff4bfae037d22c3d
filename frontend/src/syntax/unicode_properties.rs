//! Which characters may stand in identifiers, and which are printable.

use unicode_ident::{is_xid_continue, is_xid_start};

pub fn is_identifier_char(c: char, first: bool) -> bool {
    if first { c == '_' || is_xid_start(c) } else { is_xid_continue(c) }
}

/// The standard library's debug form escapes the categories that Python calls not printable; with
/// a letter before it, a combining character stays.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    let mut text = String::from("a");
    text.push(c);
    text.escape_debug().nth(1) == Some(c)
}
