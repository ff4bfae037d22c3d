//! The text of a captured exception.

use taipan_layout::Value;

use super::super::super::{int, is_instance, traceback};
use super::super::syntax;
use super::frames::FrameSummary;
use super::report::{Entry, EntryId, Report};
use super::{safe_text, text_of};
use crate::protocol;
use crate::vm::Vm;

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
/// Nested exceptions of a group, and levels of groups, that are shown.
const MAX_GROUP_WIDTH: usize = 15;
const MAX_GROUP_DEPTH: usize = 10;
/// Equal entries of a traceback that are shown before the rest is only counted.
const REPEATED: usize = 3;

pub(super) fn write(vm: &Vm, report: &Report) -> String {
    let mut w = Writer { vm, report, out: String::new(), depth: 0, need_close: false };
    w.exception(0);
    w.out
}

/// The traceback, class and message of `exc` alone: no markers, chain, notes or suggestions.
pub(super) fn write_brief(vm: &Vm, exc: Value) -> String {
    let tb = super::super::traceback(exc);
    let mut out = if tb.is_null() { String::new() } else { brief_traceback(vm, tb) };
    let (class, text) =
        (super::report::type_name(vm, exc), safe_text(vm, exc, "exception", protocol::object::str));
    out.push_str(&if text.is_empty() { format!("{class}\n") } else { format!("{class}: {text}\n") });
    out
}

/// A traceback without markers.
pub(super) fn brief_traceback(vm: &Vm, tb: Value) -> String {
    let mut out = String::from("Traceback (most recent call last):\n");
    let mut tb = tb;
    let (mut previous, mut count): (Option<FrameSummary>, usize) = (None, 0);
    while !tb.is_null() {
        if let Some(frame) = FrameSummary::of(vm, tb) {
            if previous.as_ref().is_none_or(|p| !frame.same_place(p)) {
                out.push_str(&repetition(count));
                count = 0;
            }
            count += 1;
            if count <= REPEATED {
                out.push_str(&frame.format_brief(vm));
            }
            previous = Some(frame);
        }
        tb = traceback::next(tb).unwrap_or(Value::NULL);
    }
    out.push_str(&repetition(count));
    out
}

/// The line that stands for the entries of a run beyond the first few; empty for short runs.
fn repetition(count: usize) -> String {
    if count <= REPEATED {
        return String::new();
    }
    let more = count - REPEATED;
    let s = if more > 1 { "s" } else { "" };
    format!("  [Previous line repeated {more} more time{s}]\n")
}

struct Writer<'a> {
    vm: &'a Vm,
    report: &'a Report,
    out: String,
    /// Nesting in exception groups.
    depth: usize,
    /// The innermost group's closing line is still to come.
    need_close: bool,
}

impl<'a> Writer<'a> {
    fn indent(&self) -> String {
        " ".repeat(2 * self.depth)
    }

    /// Writes whole lines, with the margin of the group that they belong to.
    fn emit(&mut self, text: &str, margin: char) {
        let prefix = if self.depth > 0 { format!("{}{margin} ", self.indent()) } else { String::new() };
        for line in text.split_inclusive('\n') {
            self.out.push_str(&prefix);
            self.out.push_str(line);
        }
    }

    /// The chain that ends with `id`, oldest first.
    fn exception(&mut self, id: EntryId) {
        let mut chain: Vec<(Option<&str>, EntryId)> = Vec::new();
        let mut current = Some(id);
        while let Some(id) = current {
            let entry = &self.report.entries[id];
            let (sentence, next) = if entry.cause.is_some() {
                (Some(CAUSE), entry.cause)
            } else if entry.context.is_some() && !entry.suppress_context {
                (Some(CONTEXT), entry.context)
            } else {
                (None, None)
            };
            chain.push((sentence, id));
            current = next;
        }
        for (sentence, id) in chain.into_iter().rev() {
            if let Some(sentence) = sentence {
                self.emit(sentence, '|');
            }
            let entry = &self.report.entries[id];
            match &entry.nested {
                None => {
                    if !entry.frames.is_empty() {
                        self.emit("Traceback (most recent call last):\n", '|');
                        self.frames(entry);
                    }
                    self.last_lines(entry);
                }
                Some(_) if self.depth > MAX_GROUP_DEPTH => {
                    self.emit(&format!("... (max_group_depth is {MAX_GROUP_DEPTH})\n"), '|');
                }
                Some(nested) => self.group(entry, nested),
            }
        }
    }

    fn group(&mut self, entry: &'a Entry, nested: &'a [EntryId]) {
        let top = self.depth == 0;
        if top {
            self.depth = 1;
        }
        if !entry.frames.is_empty() {
            let margin = if top { '+' } else { '|' };
            self.emit("Exception Group Traceback (most recent call last):\n", margin);
            self.frames(entry);
        }
        self.last_lines(entry);
        let shown = nested.len().min(MAX_GROUP_WIDTH + 1);
        self.need_close = false;
        for (i, id) in nested.iter().enumerate().take(shown) {
            let last = i + 1 == shown;
            if last {
                self.need_close = true;
            }
            let truncated = i >= MAX_GROUP_WIDTH;
            let title = if truncated { "...".to_owned() } else { (i + 1).to_string() };
            let corner = if i == 0 { "+-" } else { "  " };
            let line = format!("{}{corner}+---------------- {title} ----------------\n", self.indent());
            self.out.push_str(&line);
            self.depth += 1;
            if truncated {
                let rest = nested.len() - MAX_GROUP_WIDTH;
                let s = if rest > 1 { "s" } else { "" };
                self.emit(&format!("and {rest} more exception{s}\n"), '|');
            } else {
                self.exception(*id);
            }
            if last && self.need_close {
                let line = format!("{}+------------------------------------\n", self.indent());
                self.out.push_str(&line);
                self.need_close = false;
            }
            self.depth -= 1;
        }
        if top {
            self.depth = 0;
        }
    }

    /// The entries of the traceback; runs of equal ones are cut short.
    fn frames(&mut self, entry: &'a Entry) {
        let mut count = 0;
        for (i, frame) in entry.frames.iter().enumerate() {
            if i == 0 || !frame.same_place(&entry.frames[i - 1]) {
                self.repeated(count);
                count = 0;
            }
            count += 1;
            if count <= REPEATED {
                let text = frame.format(self.vm);
                self.emit(&text, '|');
            }
        }
        self.repeated(count);
    }

    fn repeated(&mut self, count: usize) {
        self.emit(&repetition(count), '|');
    }

    /// Class and message, then the notes.
    fn last_lines(&mut self, entry: &'a Entry) {
        let text = if is_instance(self.vm, *entry.exc, self.vm.types.syntax_error) {
            syntax_error(self.vm, *entry.exc, &entry.type_name)
        } else if entry.text.is_empty() {
            format!("{}\n", entry.type_name)
        } else {
            format!("{}: {}\n", entry.type_name, entry.text)
        };
        self.emit(&text, '|');
        for note in &entry.notes {
            self.emit(&format!("{note}\n"), '|');
        }
    }
}

/// Position and text of a syntax error, then class and message.
fn syntax_error(vm: &Vm, exc: Value, type_name: &str) -> String {
    let mut out = String::new();
    let shown = |index: usize| {
        syntax::word(exc, index).map(|v| safe_text(vm, *v, "attribute", protocol::object::str))
    };
    let number = |index: usize| syntax::word(exc, index).and_then(|v| int::as_i64(*v));
    let filename = shown(syntax::FILENAME);
    if let Some(message) = shown(syntax::MSG)
        && (message == "invalid syntax" || message.contains("Perhaps you forgot a comma"))
        && syntax::word(exc, syntax::METADATA).is_some_and(|m| !m.is_none())
        && let Some(text) = super::python::misspelt_keyword(vm, exc, type_name)
    {
        return text;
    }
    let mut suffix = String::new();
    match (shown(syntax::LINENO), &filename) {
        (Some(line), _) => {
            let file = filename.as_deref().filter(|f| !f.is_empty()).unwrap_or("<string>");
            out.push_str(&format!("  File \"{file}\", line {line}\n"));
        }
        (None, Some(file)) => suffix = format!(" ({file})"),
        (None, None) => {}
    }
    if let Some(text) = syntax::word(exc, syntax::TEXT).filter(|t| is_instance(vm, **t, vm.types.str)) {
        let text: Vec<char> = text_of(*text).chars().collect();
        let end_offset = if shown(syntax::LINENO) == shown(syntax::END_LINENO) {
            number(syntax::END_OFFSET).filter(|n| *n != 0)
        } else {
            Some(i64::MAX)
        };
        source_line(&mut out, &text, number(syntax::OFFSET), end_offset);
    }
    let message = shown(syntax::MSG).filter(|m| !m.is_empty());
    let message = message.unwrap_or_else(|| "<no detail available>".to_owned());
    out.push_str(&format!("{type_name}: {message}{suffix}\n"));
    out
}

/// The line with markers below it. `end` is `None` when unknown and huge when the error goes on in later lines.
fn source_line(out: &mut String, text: &[char], offset: Option<i64>, end: Option<i64>) {
    let kept = text.len() - text.iter().rev().take_while(|c| **c == '\n').count();
    let stripped = &text[..kept];
    let spaces = stripped.iter().take_while(|c| matches!(c, ' ' | '\n' | '\x0c')).count();
    let line = &stripped[spaces..];
    let shown: String = line.iter().collect();
    out.push_str(&format!("    {shown}\n"));
    let Some(mut offset) = offset else { return };
    let (length, whole) = (stripped.len() as i64, text.len() as i64);
    let mut end = match end {
        Some(i64::MAX) => length + 1,
        Some(n) => n,
        None => offset,
    };
    if whole > 0 && offset > whole {
        offset = length + 1;
    }
    if whole > 0 && end > whole {
        end = length + 1;
    }
    if offset >= end || end < 0 {
        end = offset + 1;
    }
    let column = offset - 1 - spaces as i64;
    let end_column = end - 1 - spaces as i64;
    if column < 0 {
        return;
    }
    // Tabs and the like stay, so that the markers line up.
    let blank: String =
        line.iter().take(column as usize).map(|c| if c.is_whitespace() { *c } else { ' ' }).collect();
    let carets = "^".repeat((end_column - column).max(0) as usize);
    out.push_str(&format!("    {blank}{carets}\n"));
}
