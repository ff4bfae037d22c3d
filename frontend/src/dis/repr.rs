//! Python's repr of constants.

use taipan_text::{escape, float};

use super::{NORMALIZED_ADDRESS, set_order};
use crate::Constant;

/// `repr(constant)`, with [`NORMALIZED_ADDRESS`] for addresses.
pub fn constant_repr(constant: &Constant) -> String {
    let mut out = String::new();
    write(constant, 0, &mut out);
    out
}

/// Deeper than any constant that a program can write (the parser stops at 200 parentheses); damaged
/// files must not exhaust the stack.
pub(super) const MAX_DEPTH: usize = 250;

fn write(constant: &Constant, depth: usize, out: &mut String) {
    match constant {
        Constant::Tuple(_) | Constant::FrozenSet(_) | Constant::Slice(_) if depth >= MAX_DEPTH => {
            out.push_str("...");
        }
        Constant::None => out.push_str("None"),
        Constant::True => out.push_str("True"),
        Constant::False => out.push_str("False"),
        Constant::Ellipsis => out.push_str("Ellipsis"),
        Constant::Int(int) => out.push_str(&int.to_string()),
        Constant::Float(value) => out.push_str(&float::repr(*value)),
        Constant::Complex { real, imag } => out.push_str(&float::complex_repr(*real, *imag)),
        Constant::Str(text) => {
            let points: Vec<u32> = text.code_points().collect();
            out.push_str(&escape::repr(points.iter().copied()));
        }
        Constant::Bytes(bytes) => out.push_str(&escape::bytes_repr(bytes)),
        Constant::Tuple(items) => {
            out.push('(');
            write_items(items.iter(), depth, out);
            out.push_str(if items.len() == 1 { ",)" } else { ")" });
        }
        Constant::FrozenSet(items) if items.is_empty() => out.push_str("frozenset()"),
        Constant::FrozenSet(items) => {
            out.push_str("frozenset({");
            write_items(set_order::iteration_order(items).into_iter(), depth, out);
            out.push_str("})");
        }
        Constant::Slice(parts) => {
            out.push_str("slice(");
            write_items(parts.iter(), depth, out);
            out.push(')');
        }
        Constant::Code(code) => {
            let text = |text: &crate::PyText| String::from_utf8_lossy(text.as_wtf8()).into_owned();
            out.push_str(&format!(
                "<code object {} at {NORMALIZED_ADDRESS}, file \"{}\", line {}>",
                text(&code.name),
                text(&code.filename),
                code.firstlineno
            ));
        }
    }
}

fn write_items<'a>(items: impl Iterator<Item = &'a Constant>, depth: usize, out: &mut String) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(item, depth + 1, out);
    }
}
