//! The layout of the listing.

use std::fmt::Write;

use taipan_mir::opcodes::Opcode;

use super::{Instruction, Labels, Options, args, constant_repr, decode};
use crate::tables::{self, Location};
use crate::{CodeObject, Constant};

/// Shown where there is no line.
const NO_LINE: &str = "  --";
const NAME_WIDTH: usize = 20;
const ARG_WIDTH: usize = 5;

/// Prints `code` and, after it, the code objects among its constants (`dis.dis`).
pub fn disassemble_recursive(code: &CodeObject, options: &Options<'_>, out: &mut String) {
    disassemble(code, options, out);
    if options.depth == Some(0) {
        return;
    }
    // Only the outermost listing has a current instruction.
    let inner = Options { depth: options.depth.map(|depth| depth - 1), current: None, ..*options };
    for constant in &code.consts {
        if let Constant::Code(nested) = constant {
            out.push_str("\nDisassembly of ");
            out.push_str(&constant_repr(constant));
            out.push_str(":\n");
            disassemble_recursive(nested, &inner, out);
        }
    }
}

/// Prints `code` alone (`dis.disassemble`).
pub fn disassemble(code: &CodeObject, options: &Options<'_>, out: &mut String) {
    let labels = Labels::new(code);
    let last_offset = code.code.len().saturating_sub(2).max(9999);
    let layout = Layout {
        place: if options.show_positions { positions_width(code) } else { line_width(code) },
        label: 4 + labels.offsets.len().to_string().len(),
        offset: if options.show_offsets { last_offset.to_string().len() } else { 0 },
        options,
    };
    for instruction in decode(code, options.adaptive, &labels) {
        layout.print(&instruction, out);
    }
    if labels.handlers.is_empty() {
        return;
    }
    out.push_str("ExceptionTable:\n");
    for handler in &labels.handlers {
        let label = |offset: u32| labels.at(offset).unwrap_or(0);
        let lasti = if handler.push_lasti { " lasti" } else { "" };
        let (start, end, target) = (label(handler.start), label(handler.end), label(handler.target));
        push(out, format_args!("  L{start} to L{end} -> L{target} [{}]{lasti}\n", handler.depth));
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a String never fails");
}

/// The width of the column of line numbers; 0 leaves the column out.
fn line_width(code: &CodeObject) -> usize {
    let lines = || tables::line_ranges(&code.linetable, code.firstlineno).map(|range| range.line);
    // Line 0 (a module's first instruction) does not count.
    let Some(last) = lines().flatten().filter(|line| *line != 0).max().filter(|line| *line != -1) else {
        return 0;
    };
    let width = last.to_string().len().max(3);
    if lines().any(|line| line.is_none()) { width.max(NO_LINE.len()) } else { width }
}

fn positions_width(code: &CodeObject) -> usize {
    let fields = |location: &Location| {
        [
            location.line.map(i64::from),
            location.end_line.map(i64::from),
            location.column.map(i64::from),
            location.end_column.map(i64::from),
        ]
    };
    let (mut any, mut widest) = (false, 0);
    for location in tables::locations(&code.linetable, code.firstlineno) {
        let fields = fields(&location);
        any |= fields.iter().any(Option::is_some);
        widest = widest.max(fields.iter().map(|f| f.map_or(1, |n| n.to_string().len())).sum());
    }
    // Three separators between the four numbers, and a space after them.
    if any { 1 + NO_LINE.len().max(3 + widest) } else { 0 }
}

struct Layout<'a> {
    /// Widths of the columns; a column of width 0 is left out.
    place: usize,
    label: usize,
    offset: usize,
    options: &'a Options<'a>,
}

/// A line of the listing: an instruction, or a unit of its cache.
struct Line<'a> {
    name: &'a str,
    arg: Option<u32>,
    meaning: &'a str,
    offset: u32,
    label: Option<u32>,
    current: bool,
}

impl Layout<'_> {
    fn print(&self, instruction: &Instruction, out: &mut String) {
        let offset = instruction.offset;
        let end = offset + 2 * instruction.caches.len() as u32;
        if self.place > 0 && instruction.starts_line && offset > 0 {
            out.push('\n');
        }
        let line = Line {
            name: &instruction.name(),
            arg: instruction.arg,
            meaning: &instruction.argrepr,
            offset,
            label: instruction.label,
            current: self.options.current.is_some_and(|current| offset <= current && current <= end),
        };
        self.print_line(&line, &self.place_of(instruction, instruction.starts_line), out);
        if self.options.show_caches {
            self.print_caches(instruction, out);
        }
    }

    fn print_caches(&self, instruction: &Instruction, out: &mut String) {
        let Some(op) = Opcode::from_u8(instruction.opcode) else { return };
        let place = self.place_of(instruction, false);
        let mut rest = instruction.caches.as_slice();
        let mut offset = instruction.offset;
        for &(name, size) in args::cache_fields(op.deinstrument()) {
            let Some((units, tail)) = rest.split_at_checked(size) else { return };
            rest = tail;
            let value = units.iter().rev().fold(0u64, |value, unit| value << 16 | u64::from(*unit));
            for index in 0..size {
                offset += 2;
                let meaning = if index == 0 { format!("{name}: {value}") } else { String::new() };
                let line = Line {
                    name: "CACHE",
                    arg: Some(0),
                    meaning: &meaning,
                    offset,
                    label: None,
                    current: false,
                };
                self.print_line(&line, &place, out);
            }
        }
    }

    /// The first column: the line where one begins, or the whole location.
    fn place_of(&self, instruction: &Instruction, starts_line: bool) -> String {
        let width = self.place;
        if !self.options.show_positions {
            return match (starts_line, instruction.line) {
                (false, _) => " ".repeat(width),
                (true, Some(line)) => format!("{line:>width$}"),
                (true, None) => format!("{NO_LINE:>width$}"),
            };
        }
        let shown = |number: Option<i64>| number.map_or("?".to_owned(), |n| n.to_string());
        let text = match instruction.location {
            None | Some(Location { line: None, end_line: None, column: None, end_column: None, .. }) => {
                NO_LINE.to_owned()
            }
            Some(location) => format!(
                "{}:{}-{}:{}",
                shown(location.line.map(i64::from)),
                shown(location.column.map(i64::from)),
                shown(location.end_line.map(i64::from)),
                shown(location.end_column.map(i64::from)),
            ),
        };
        format!("{text:width$}")
    }

    fn print_line(&self, line: &Line<'_>, place: &str, out: &mut String) {
        let start = out.len();
        if self.place > 0 {
            out.push_str(place);
            out.push(' ');
        }
        let label = line.label.map_or(String::new(), |label| format!("L{label}:"));
        push(out, format_args!("{label:>width$} ", width = self.label));
        if self.offset > 0 {
            push(out, format_args!("{:>width$}   ", line.offset, width = self.offset));
        }
        out.push_str(if line.current { "-->" } else { "   " });
        push(out, format_args!(" {:NAME_WIDTH$}", line.name));
        if let Some(arg) = line.arg {
            // A long name takes from the room of the argument.
            let width = ARG_WIDTH.saturating_sub(line.name.len().saturating_sub(NAME_WIDTH));
            // CPython holds arguments in a signed C int.
            push(out, format_args!(" {:>width$}", arg as i32));
            if !line.meaning.is_empty() {
                push(out, format_args!(" ({})", line.meaning));
            }
        }
        let end = start + out[start..].trim_end_matches(is_python_space).len();
        out.truncate(end);
        out.push('\n');
    }
}

/// What `str.rstrip` removes.
fn is_python_space(c: char) -> bool {
    taipan_text::unicode::is_space(c.into())
}
