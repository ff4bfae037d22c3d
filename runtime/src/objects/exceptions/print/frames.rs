//! One entry of a traceback: where, and the source with markers under the part that was being executed.

use taipan_layout::Value;

use super::super::super::code::{CodeObject, code_object};
use super::super::super::{str, traceback};
use super::carets::{self, Anchors};
use super::{source, text_of};
use crate::owned::{Counted, Owned};
use crate::vm::Vm;

pub(super) struct FrameSummary {
    code: Owned,
    line: Option<i32>,
    end_line: Option<i32>,
    /// UTF-8 byte offsets in the first and the last line.
    column: Option<usize>,
    end_column: Option<usize>,
}

impl FrameSummary {
    /// `None` when the contents of the entry's frame are gone.
    pub(super) fn of(vm: &Vm, tb: Value) -> Option<FrameSummary> {
        let code = traceback::code_of(tb)?;
        let location = traceback::unit(tb).and_then(|u| code.location(u));
        let line = location.and_then(|l| l.line).or_else(|| traceback::line(tb));
        let ranges = location.filter(|_| !vm.config.no_debug_ranges);
        Some(FrameSummary {
            code: code.value().own(),
            line,
            end_line: ranges.and_then(|l| l.end_line).or(line),
            column: ranges.and_then(|l| l.column).map(|c| c as usize),
            end_column: ranges.and_then(|l| l.end_column).map(|c| c as usize),
        })
    }

    fn code(&self) -> &CodeObject {
        code_object(*self.code)
    }

    /// Whether both entries are the same line of the same function, so that one stands for both.
    pub(super) fn same_place(&self, other: &FrameSummary) -> bool {
        let (a, b) = (self.code(), other.code());
        let same_code =
            *self.code == *other.code || (str::equal(a.filename, b.filename) && str::equal(a.name, b.name));
        same_code && self.line.is_some() && self.line == other.line
    }

    pub(super) fn format(&self, vm: &Vm) -> String {
        let c = self.code();
        let line = self.line.map_or_else(|| "None".to_owned(), |n| n.to_string());
        let mut out = format!("  File \"{}\", line {line}, in {}\n", text_of(c.filename), text_of(c.name));
        if let (Some(first), Some(last)) = (self.line, self.end_line) {
            let lines: Vec<String> = (first..=last.max(first)).map(|n| source::line(vm, c, n)).collect();
            self.append_source(&mut out, &lines);
        }
        out
    }

    /// The entry with its first source line only, unmarked.
    pub(super) fn format_brief(&self, vm: &Vm) -> String {
        let c = self.code();
        let line = self.line.map_or_else(|| "None".to_owned(), |n| n.to_string());
        let mut out = format!("  File \"{}\", line {line}, in {}\n", text_of(c.filename), text_of(c.name));
        let source = self.line.map_or_else(String::new, |n| source::line(vm, c, n));
        if !source.trim().is_empty() {
            out.push_str(&format!("    {}\n", source.trim()));
        }
        out
    }

    fn append_source(&self, out: &mut String, original: &[String]) {
        if original.iter().all(|l| l.trim().is_empty()) {
            return;
        }
        let (Some(column), Some(end_column)) = (self.column, self.end_column) else {
            out.push_str(&format!("    {}\n", original[0].trim()));
            return;
        };
        let dedented = dedent(original);
        let lines: Vec<Vec<char>> = dedented.iter().map(|l| l.chars().collect()).collect();
        let dropped = original[0].chars().count() - lines[0].len();
        let last = original.len() - 1;
        let start = carets::char_offset(&original[0], column).saturating_sub(dropped);
        let end = carets::char_offset(&original[last], end_column).saturating_sub(dropped);
        let anchors = carets::anchors(&segment(&lines, start, end));
        let show = carets::should_show(&lines, start, end, anchors.is_some());
        let marked = Marked { lines: &lines, start, end, anchors, show };
        for line in dedent(&marked.render()) {
            out.push_str(&format!("    {line}\n"));
        }
    }
}

/// The text between two positions of the first and the last line.
pub(super) fn segment(lines: &[Vec<char>], start: usize, end: usize) -> Vec<char> {
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let from = if i == 0 { start.min(line.len()) } else { 0 };
        let to = if i + 1 == lines.len() { end.min(line.len()) } else { line.len() };
        if i > 0 {
            out.push('\n');
        }
        out.extend_from_slice(&line[from.min(to)..to]);
    }
    out
}

/// Removes the indentation that all lines share; lines of whitespace become empty.
fn dedent(lines: &[String]) -> Vec<String> {
    let mut margin: Option<&str> = None;
    for line in lines {
        let body = line.trim_start_matches([' ', '\t']);
        if body.is_empty() {
            continue;
        }
        let indent = &line[..line.len() - body.len()];
        margin = Some(match margin {
            None => indent,
            Some(m) => {
                let common = m.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                &m[..common]
            }
        });
    }
    let n = margin.map_or(0, str::len);
    lines
        .iter()
        .map(|l| if l.trim_matches([' ', '\t']).is_empty() { String::new() } else { l[n..].to_owned() })
        .collect()
}

/// Source lines and what is to be marked in them; offsets in characters.
struct Marked<'a> {
    lines: &'a [Vec<char>],
    start: usize,
    end: usize,
    anchors: Option<Anchors>,
    show: bool,
}

impl Marked<'_> {
    /// The lines that matter, each followed by its markers; longer gaps are counted.
    fn render(&self) -> Vec<String> {
        let mut significant = vec![0, self.lines.len() - 1];
        if let Some(a) = &self.anchors {
            for line in [a.left_line, a.right_line] {
                significant.extend((line.saturating_sub(1)..=line + 1).filter(|l| *l < self.lines.len()));
            }
        }
        significant.sort_unstable();
        significant.dedup();
        let mut out = Vec::new();
        let mut previous: Option<usize> = None;
        for line in significant {
            match previous.map(|p| line - p) {
                Some(2) => self.render_line(&mut out, line - 1),
                Some(gap) if gap > 2 => out.push(format!("...<{} lines>...", gap - 1)),
                _ => {}
            }
            self.render_line(&mut out, line);
            previous = Some(line);
        }
        out
    }

    fn render_line(&self, out: &mut Vec<String>, index: usize) {
        let line = &self.lines[index];
        out.push(line.iter().collect());
        if !self.show {
            return;
        }
        let last = index + 1 == self.lines.len();
        let width = carets::width(line, if last { self.end } else { line.len() });
        let blank = line.iter().take_while(|c| c.is_whitespace()).count();
        let start = carets::width(&self.lines[0], self.start);
        let marks = (0..width).map(|column| {
            if column < blank || (index == 0 && column < start) {
                return ' ';
            }
            match &self.anchors {
                None => '^',
                Some(a) if self.within(a, index, column) => '^',
                Some(_) => '~',
            }
        });
        out.push(marks.collect());
    }

    /// Whether the position lies between the two anchors: the operator, or the brackets and what is in them.
    fn within(&self, a: &Anchors, line: usize, column: usize) -> bool {
        let shown = |line: usize, offset: usize| {
            let offset = if line == 0 { offset + self.start } else { offset };
            carets::width(&self.lines[line], offset)
        };
        let after_left =
            line > a.left_line || (line == a.left_line && column >= shown(a.left_line, a.left_column));
        let before_right =
            line < a.right_line || (line == a.right_line && column < shown(a.right_line, a.right_column));
        after_left && before_right
    }
}

#[cfg(test)]
mod tests {
    use super::dedent;

    #[test]
    fn dedent_keeps_relative_indentation() {
        let lines = ["    a".to_owned(), "      b".to_owned(), "   ".to_owned()];
        assert_eq!(dedent(&lines), ["a", "  b", ""]);
    }
}
